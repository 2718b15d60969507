//! Types of expressions. Reports only what is certainly wrong: what is not known is [`Type::Any`] and fits everywhere.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::template::ast::{Arg, Ast, AstKind, Const};

use super::Checker;
use super::outline::At;
use super::types::{Field, NoField, Type};
use super::view::{From, ROOTS, View};
use crate::suggest;

/// Walks over the expressions of one text.
pub(super) struct Infer<'c, 's> {
    pub(super) checker: &'c Checker<'s>,
    pub(super) view: &'c View,
    /// The text that the ranges count bytes of.
    pub(super) text: &'c str,
    /// From a range of the text to the file.
    pub(super) place: &'c dyn Fn(Range<usize>) -> Span,
    /// Names bound by `{% for %}`, `{% set %}`, `{% with %}`; later ones first.
    pub(super) locals: Vec<(String, Type)>,
    /// The expression is a verdict: what it reads of `output` may have no default.
    pub(super) verdict: bool,
}

/// What is known of an expression.
#[derive(Debug, Clone)]
pub(super) struct Typed {
    pub(super) ty: Type,
    /// It is taken from `output`.
    pub(super) own: bool,
}

impl Typed {
    pub(super) fn new(ty: Type) -> Self {
        Self { ty, own: false }
    }
    pub(super) fn with(&self, ty: Type) -> Self {
        Self { ty, own: self.own }
    }
}

impl Infer<'_, '_> {
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        (self.place)(range.clone())
    }
    pub(super) fn source(&self, ast: &Ast) -> &str {
        self.text.get(ast.range.clone()).unwrap_or_default()
    }
    pub(super) fn wrong(&self, code: &'static str, range: &Range<usize>, message: String, help: Option<String>) {
        self.checker.report(Diagnostic::error(code, self.span(range), message).maybe_help(help));
    }
    /// Type of `ast`, reporting what is wrong inside it.
    pub(super) fn infer(&mut self, ast: &Ast) -> Typed {
        if self.checker.has_enough() {
            return Typed::new(Type::Any);
        }
        match &ast.kind {
            AstKind::Name(name) => self.name(name, ast),
            AstKind::Const(constant) => Typed::new(of_const(constant)),
            AstKind::Attr { base, name } => self.attr(ast, base, name),
            AstKind::Item { base, index } => self.item(ast, base, index),
            AstKind::Slice { base, bounds } => {
                bounds.iter().for_each(|b| self.number(b));
                self.infer(base)
            }
            AstKind::Not(inner) => {
                self.infer(inner);
                Typed::new(Type::Bool)
            }
            AstKind::Neg(inner) => {
                self.number(inner);
                Typed::new(Type::Number)
            }
            AstKind::Binary { op, left, right } => self.binary(ast, *op, left, right),
            AstKind::If { test, then, otherwise } => {
                self.infer(test);
                let then = self.infer(then);
                let otherwise = otherwise.as_ref().map_or(Typed::new(Type::Any), |o| self.infer(o));
                Typed { ty: Type::either([then.ty, otherwise.ty]), own: then.own || otherwise.own }
            }
            AstKind::Filter { base, name, args } => {
                let typed = base.as_ref().map_or(Typed::new(Type::TEXT), |b| self.infer(b));
                self.filter(&typed, name, args, base.as_deref())
            }
            AstKind::Test { base, name, args } => {
                let typed = self.infer(base);
                self.test(&typed.ty, name, args, &ast.range);
                Typed::new(Type::Bool)
            }
            AstKind::Call { callee, args } => self.call(callee, args),
            AstKind::List(items) => {
                let types: Vec<Type> = items.iter().map(|i| self.infer(i).ty).collect();
                Typed::new(Type::list(Type::either(types)))
            }
            AstKind::Map(entries) => self.map(entries),
        }
    }
    fn map(&mut self, entries: &[(Ast, Ast)]) -> Typed {
        let mut fields = Vec::new();
        let mut known = true;
        for (key, value) in entries {
            self.infer(key);
            let ty = self.infer(value).ty;
            match &key.kind {
                AstKind::Const(Const::Text(name)) => fields.push((name.as_str(), ty)),
                _ => known = false,
            }
        }
        Typed::new(if known { Type::map(fields) } else { Type::Any })
    }
    fn name(&mut self, name: &str, ast: &Ast) -> Typed {
        if let Some((_, ty)) = self.locals.iter().rev().find(|(local, _)| local == name) {
            return Typed::new(ty.clone());
        }
        let ty = self.checker.root(self.view, name, self.span(&ast.range));
        Typed { ty, own: name == "output" }
    }
    pub(super) fn is_local(&self, name: &str) -> bool {
        self.locals.iter().any(|(local, _)| local == name)
    }
    fn attr(&mut self, ast: &Ast, base: &Ast, name: &str) -> Typed {
        let at = ast.range.end - name.len()..ast.range.end;
        if let AstKind::Name(root) = &base.kind
            && !self.is_local(root)
        {
            match root.as_str() {
                "nodes" if self.view.from == From::Start => return self.infer(base),
                "nodes" => return Typed::new(self.node(name, &at)),
                "inputs" => return Typed::new(self.input(name, &at)),
                _ => {}
            }
        }
        if let Some(map) = self.map_under_way(base).filter(|_| name == "items") {
            return Typed::new(self.checker.items_of(map));
        }
        match self.node_of(base) {
            Some(Some(node)) => return Typed::new(self.node_field(node, name, &at)),
            Some(None) => return Typed::new(Type::Any),
            None => {}
        }
        let typed = self.infer(base);
        self.field(&typed, name, &at, Some(base))
    }
    /// What `ast` means if it is `nodes.NAME`; the inner `None` has been reported.
    fn node_of(&self, ast: &Ast) -> Option<Option<At>> {
        let AstKind::Attr { base, name } = &ast.kind else { return None };
        if !matches!(&base.kind, AstKind::Name(root) if root == "nodes") || self.is_local("nodes") {
            return None;
        }
        if self.view.from == From::Start {
            self.checker.root(self.view, "nodes", self.span(&base.range));
            return Some(None);
        }
        let at = ast.range.end - name.len()..ast.range.end;
        Some(self.checker.node_ref(self.view, name, self.span(&at)))
    }
    /// The map that `ast` means if it is `nodes.NAME`, seen from one of its own items.
    fn map_under_way(&self, ast: &Ast) -> Option<At> {
        let AstKind::Attr { base, name } = &ast.kind else { return None };
        let nodes = matches!(&base.kind, AstKind::Name(root) if root == "nodes") && !self.is_local("nodes");
        nodes.then(|| self.checker.map_under_way(self.view, name))?
    }
    fn node(&self, name: &str, at: &Range<usize>) -> Type {
        let Some(node) = self.checker.node_ref(self.view, name, self.span(at)) else { return Type::Any };
        self.total(node, at);
        self.checker.record(node)
    }
    fn node_field(&self, node: At, name: &str, at: &Range<usize>) -> Type {
        if matches!(name, "output" | "items") {
            self.total(node, at);
        }
        let record = self.checker.record(node);
        match record.field(name) {
            Ok(field) => field.ty,
            Err(_) => {
                let id = self.checker.outline.name(node);
                let known = ["output", "status", "error", "attempts", "items"];
                let output = self.checker.result(node);
                let help = match (&output.field(name), name) {
                    (_, "items") => Some(format!("`{id}` is not a map; its result is `output`")),
                    (Ok(_), _) if output != Type::Any => {
                        Some(format!("write `nodes.{}.output.{name}`", id.replace('-', "_")))
                    }
                    _ => {
                        suggest::help(name, "field", known.into_iter().take(4 + usize::from(self.checker.is_map(node))))
                    }
                };
                self.wrong("unknown-field", at, format!("a node has no field `{name}`"), help);
                Type::Any
            }
        }
    }
    /// Reading a node that may be skipped without a value is an error (language rule L7).
    fn total(&self, node: At, at: &Range<usize>) {
        let entry = &self.checker.outline.entries[node];
        let Some(when) = entry.node.when.as_ref().filter(|_| entry.node.otherwise.is_none()) else { return };
        let name = &entry.key.value;
        let message = format!("`{name}` may be skipped and has no value then");
        let wrong = Diagnostic::error("otherwise-missing", self.span(at), message);
        let wrong = wrong.label(when.span, "skipped when this is false");
        self.checker.report(wrong.help(format!("give `{name}` an `otherwise:` with the value that it has then")));
    }
    fn input(&self, name: &str, at: &Range<usize>) -> Type {
        if let Some(ty) = self.checker.inputs.get(name) {
            return ty.clone();
        }
        let known = self.checker.inputs.keys().map(String::as_str);
        let help = suggest::help(name, "input", known);
        self.wrong("unknown-input", at, format!("unknown input `{name}`"), help);
        Type::Any
    }
    /// The property `name` of a value; `of` is the expression that made it.
    pub(super) fn field(&mut self, typed: &Typed, name: &str, at: &Range<usize>, of: Option<&Ast>) -> Typed {
        match typed.ty.field(name) {
            Ok(field) => {
                self.verdict_field(typed, name, at, &field);
                typed.with(field.ty)
            }
            Err(missing) => {
                let what = of.map_or("the value".to_owned(), |of| format!("`{}`", self.source(of).trim()));
                let (message, help) = match missing {
                    NoField::Unknown(known) => {
                        let known = known.iter().map(String::as_str);
                        (format!("{what} has no field `{name}`"), suggest::help(name, "field", known))
                    }
                    NoField::NotAMap(kind) => {
                        (format!("{what} is {kind} and has no field `{name}`"), of.and_then(|of| self.no_map_help(of)))
                    }
                };
                self.wrong("unknown-field", at, message, help);
                Typed::new(Type::Any)
            }
        }
    }
    /// Why the result of a node is not what one might expect.
    fn no_map_help(&self, of: &Ast) -> Option<String> {
        if matches!(&of.kind, AstKind::Name(name) if name == "output")
            && let From::Node(at) = self.view.from
        {
            return self.checker.result_help(at);
        }
        let AstKind::Attr { base, name } = &of.kind else { return None };
        if name != "output" {
            return None;
        }
        self.checker.result_help(self.node_of(base)??)
    }
    /// What decides a verdict may be neither absent nor filled in (language rule L9).
    fn verdict_field(&self, typed: &Typed, name: &str, at: &Range<usize>, field: &Field) {
        if !(self.verdict && typed.own && (field.defaulted || field.optional)) {
            return;
        }
        let (code, why, place) = if field.defaulted {
            ("verdict-default", "has a default: an absent verdict would count", "the default is declared here")
        } else {
            ("verdict-optional", "may be absent", "it is declared here")
        };
        let mut wrong = Diagnostic::error(code, self.span(at), format!("`{name}` decides a verdict but {why}"));
        if let Some(declared) = field.declared {
            wrong = wrong.label(declared, place);
        }
        let help = match field.defaulted {
            true => format!("remove the default and list `{name}` under `required`"),
            false => format!("list `{name}` under `required`"),
        };
        self.checker.report(wrong.help(help));
    }
    fn item(&mut self, ast: &Ast, base: &Ast, index: &Ast) -> Typed {
        if let AstKind::Name(root) = &base.kind
            && ROOTS.contains(&root.as_str())
            && !self.is_local(root)
        {
            let help = match &index.kind {
                AstKind::Const(Const::Text(name)) => format!("write `{root}.{}`", name.replace('-', "_")),
                _ => "every reference must be known before anything runs".to_owned(),
            };
            self.wrong("subscripted-root", &ast.range, format!("`{root}` may not be subscripted"), Some(help));
            return Typed::new(Type::Any);
        }
        let typed = self.infer(base);
        if let AstKind::Const(Const::Text(name)) = &index.kind
            && !typed.ty.may_be_list()
        {
            let inside = index.range.start + 1..index.range.end - 1;
            return self.field(&typed, name, &inside, Some(base));
        }
        self.infer(index);
        if typed.ty.may_be_list() { typed.with(typed.ty.element()) } else { typed.with(Type::Any) }
    }
    fn call(&mut self, callee: &Ast, args: &[Arg]) -> Typed {
        args.iter().for_each(|a| drop(self.infer(&a.value)));
        let (name, at) = match &callee.kind {
            AstKind::Name(name) => (name, callee.range.clone()),
            AstKind::Attr { base, name } => {
                self.infer(base);
                (name, callee.range.end - name.len()..callee.range.end)
            }
            _ => {
                self.infer(callee);
                return Typed::new(Type::Any);
            }
        };
        let near = suggest::nearest(name, super::filters::names());
        let help = match near {
            Some(filter) => format!("`{filter}` is a filter: write `… | {filter}`"),
            None => "there are no functions, only filters".to_owned(),
        };
        self.wrong("unknown-function", &at, format!("unknown function `{name}`"), Some(help));
        Typed::new(Type::Any)
    }
}

fn of_const(constant: &Const) -> Type {
    match constant {
        Const::Null => Type::Null,
        Const::Bool(_) => Type::Bool,
        Const::Int(_) => Type::Int,
        Const::Float(_) => Type::Number,
        Const::Text(text) => Type::one_of(&[text]),
    }
}
