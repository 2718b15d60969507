//! Expressions, templates and prompts of the file: parsed, checked where they stand, compiled.

use std::ops::Range;

use crate::diagnostic::Diagnostic;
use crate::source::{FileId, Span, Spanned, Written};
use crate::syntax::{self, Tree, TreeKind};
use crate::template::ast::{self, Ast, Stmt};
use crate::template::{Data, Expr, Prompt, SyntaxError, Template};

use super::Checker;
use super::infer::{Infer, Typed};
use super::schema;
use super::types::Type;
use super::view::View;

/// Most expressions in a workflow: each of them takes some kilobytes once it is compiled.
const MOST_EXPRESSIONS: usize = 100_000;

/// A compiled text with its type.
#[derive(Debug, Clone)]
pub(super) struct Known<T> {
    /// `None`: it does not compile, which has been reported.
    pub(super) code: Option<T>,
    pub(super) ty: Type,
}

impl<T> Known<T> {
    fn broken() -> Self {
        Self { code: None, ty: Type::Any }
    }
}

impl<'s> Checker<'s> {
    /// The characters of the file behind bytes of a scalar's value.
    pub(super) fn locate(&self, scalar: &Spanned<String>, range: Range<usize>) -> Span {
        self.written(scalar).locate(range)
    }
    fn written<'t>(&'t self, scalar: &'t Spanned<String>) -> Written<'t> {
        Written::new(self.sources.get(scalar.span.file), scalar.span, &scalar.value)
    }
    fn syntax_error(&self, scalar: &Spanned<String>, error: SyntaxError) {
        let span = error.range.map_or(scalar.span, |range| self.locate(scalar, whole_characters(scalar, range)));
        self.report(Diagnostic::error("syntax", span, error.message));
    }
    /// Whether `more` expressions at `span` are still few enough; said once if they are not.
    fn are_few(&self, more: usize, span: Span) -> bool {
        let before = self.expressions.get();
        self.expressions.set(before.saturating_add(more));
        let are_few = self.expressions.get() <= MOST_EXPRESSIONS;
        if !are_few && before <= MOST_EXPRESSIONS {
            let message = "the workflow holds more than 100,000 expressions".to_owned();
            // The place where it begins: the text itself may be long.
            let start = Span { end: span.start, ..span };
            self.report(Diagnostic::error("too-many-expressions", start, message));
        }
        are_few
    }
    /// A bare expression.
    pub(super) fn expression(&self, text: &Spanned<String>, view: &View) -> Known<Expr> {
        self.inferred(text, view, false).map_or_else(Known::broken, |(typed, _)| self.compiled(text, typed.ty))
    }
    /// A bare expression that decides a verdict; `key` is the key that holds it.
    pub(super) fn verdict(&self, key: &str, text: &Spanned<String>, view: &View) -> Known<Expr> {
        match self.inferred(text, view, true) {
            Some((typed, ast)) => {
                self.must_be_bool(key, text, &ast, &typed.ty);
                self.compiled(text, typed.ty)
            }
            None => Known::broken(),
        }
    }
    /// A bare expression that must be true or false; `key` is the key that holds it.
    pub(super) fn condition(&self, key: &str, text: &Spanned<String>, view: &View) -> Known<Expr> {
        match self.inferred(text, view, false) {
            Some((typed, ast)) => {
                self.must_be_bool(key, text, &ast, &typed.ty);
                self.compiled(text, typed.ty)
            }
            None => Known::broken(),
        }
    }
    /// Parses and infers; `None` has been reported.
    pub(super) fn inferred(&self, text: &Spanned<String>, view: &View, verdict: bool) -> Option<(Typed, Ast)> {
        if self.has_enough() || !self.are_few(1, text.span) {
            return None;
        }
        let ast = match ast::expression(text) {
            Ok(ast) => ast,
            Err(error) => {
                self.syntax_error(text, error);
                return None;
            }
        };
        let written = self.written(text);
        let place = |range| written.locate(range);
        let mut infer = Infer { checker: self, view, text, place: &place, locals: Vec::new(), verdict };
        let typed = infer.infer(&ast);
        Some((typed, ast))
    }
    fn compiled(&self, text: &Spanned<String>, ty: Type) -> Known<Expr> {
        match Expr::compile(text, text.span) {
            Ok(code) => Known { code: Some(code), ty },
            Err(error) => {
                self.syntax_error(text, error);
                Known::broken()
            }
        }
    }
    fn must_be_bool(&self, key: &str, text: &Spanned<String>, ast: &Ast, ty: &Type) {
        if ty.may_be_bool() {
            return;
        }
        let message = format!("`{key}` must be true or false, found {}", ty.name());
        let help = match ty {
            t if t.may_be_list() => Some("compare its `| length`"),
            t if t.may_be_number() || t.may_be_text() => Some("compare it with something"),
            _ => None,
        };
        let span = self.locate(text, ast.range.clone());
        self.report(Diagnostic::error("type-mismatch", span, message).maybe_help(help.map(str::to_owned)));
    }
    /// A template in one scalar.
    pub(super) fn template(&self, text: &Spanned<String>, view: &View) -> Known<Template> {
        if !text.contains("{{") && !text.contains("{%") && !text.contains("{#") {
            let code = Some(Template::Literal(Data::from(text.as_str())));
            return Known { code, ty: Type::one_of(&[&text.value]) };
        }
        if self.has_enough() || !self.are_few(text.matches("{{").count(), text.span) {
            return Known::broken();
        }
        let stmts = match ast::template(text) {
            Ok(stmts) => stmts,
            Err(error) => {
                self.syntax_error(text, error);
                return Known::broken();
            }
        };
        let written = self.written(text);
        let place = |range| written.locate(range);
        let mut infer = Infer { checker: self, view, text, place: &place, locals: Vec::new(), verdict: false };
        let mut types = Vec::new();
        for stmt in &stmts {
            match stmt {
                Stmt::Emit(ast) => types.push(infer.infer(ast).ty),
                _ => {
                    let at = text.find("{%").map_or(0..0, |at| at..at + 2);
                    let help = Some("compute the value in an expression, or in a node of its own".to_owned());
                    infer.wrong("block-in-template", &at, "`{% %}` is for prompts only".to_owned(), help);
                    return Known::broken();
                }
            }
        }
        if self.has_enough() {
            return Known::broken();
        }
        match Template::compile(text, text.span) {
            Ok(code) => {
                let ty = if matches!(code, Template::Whole(_)) { types.pop().unwrap_or(Type::Any) } else { Type::TEXT };
                Known { code: Some(code), ty }
            }
            Err(error) => {
                self.syntax_error(text, error);
                Known::broken()
            }
        }
    }
    /// A value with templates in its scalars.
    pub(super) fn tree(&self, tree: &Tree, view: &View) -> Known<Template> {
        match &tree.kind {
            TreeKind::Str(text) => self.template(&Spanned::new(text.clone(), tree.span), view),
            TreeKind::List(items) => {
                let known: Vec<Known<Template>> = items.iter().map(|t| self.tree(t, view)).collect();
                let ty = Type::list(Type::either(known.iter().map(|k| k.ty.clone())));
                let code = known.into_iter().map(|k| k.code).collect::<Option<Vec<_>>>().map(list);
                Known { code, ty }
            }
            TreeKind::Map(entries) => {
                let known: Vec<(&str, Known<Template>)> =
                    entries.iter().map(|(k, t)| (k.value.as_str(), self.tree(t, view))).collect();
                let ty = Type::map(known.iter().map(|(name, k)| (*name, k.ty.clone())));
                let code = known.into_iter().map(|(name, k)| Some((name.to_owned(), k.code?)));
                Known { code: code.collect::<Option<Vec<_>>>().map(map), ty }
            }
            TreeKind::Null | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) => {
                let json = schema::json(tree);
                Known { code: Some(Template::Literal(Data::from_json(&json))), ty: schema::of_value(&json) }
            }
        }
    }
    /// The prompt of an agent node called `name`.
    pub(super) fn prompt(&self, prompt: &syntax::Prompt, name: &str, view: &View) -> Option<Prompt> {
        match prompt {
            syntax::Prompt::Inline(text) => {
                let written = self.written(text);
                let place = |range| written.locate(range);
                self.prompt_text(name, text, text.span, &place, view)
            }
            syntax::Prompt::File(path) => {
                let Some((file, source)) = self.sources.find(path) else {
                    let message = format!("prompt file `{}` is not there", path.value);
                    self.report(Diagnostic::error("missing-file", path.span, message));
                    return None;
                };
                let whole = Span::new(file, 0, source.text().len());
                let place = move |range: Range<usize>| in_file(file, &range);
                self.prompt_text(path, source.text(), whole, &place, view)
            }
        }
    }
    fn prompt_text(
        &self,
        name: &str,
        text: &str,
        span: Span,
        place: &dyn Fn(Range<usize>) -> Span,
        view: &View,
    ) -> Option<Prompt> {
        let fail = |error: SyntaxError| {
            let span = error.range.map_or(span, |range| place(whole_characters(text, range)));
            self.report(Diagnostic::error("syntax", span, error.message));
        };
        if self.has_enough() || !self.are_few(text.matches("{{").count(), span) {
            return None;
        }
        let stmts = ast::template(text).map_err(fail).ok()?;
        let mut infer = Infer { checker: self, view, text, place, locals: Vec::new(), verdict: false };
        infer.block(&stmts);
        if self.has_enough() {
            return None;
        }
        Prompt::compile(name, text, span).map_err(fail).ok()
    }
}

/// The characters that `range` touches: the engine counts one byte where a character is unexpected.
fn whole_characters(text: &str, range: Range<usize>) -> Range<usize> {
    let down = |at: usize| (0..=at.min(text.len())).rev().find(|i| text.is_char_boundary(*i)).unwrap_or(0);
    let up = |at: usize| (at..=text.len()).find(|i| text.is_char_boundary(*i)).unwrap_or(text.len());
    down(range.start)..up(range.end)
}

fn in_file(file: FileId, range: &Range<usize>) -> Span {
    Span::new(file, range.start, range.end)
}

/// A list; literal if all its items are.
fn list(items: Vec<Template>) -> Template {
    let literal = items.iter().map(|t| match t {
        Template::Literal(data) => Some(data.clone()),
        _ => None,
    });
    match literal.collect::<Option<Vec<_>>>() {
        Some(items) => Template::Literal(Data::list(items)),
        None => Template::List(items),
    }
}

/// A map; literal if all its values are.
fn map(entries: Vec<(String, Template)>) -> Template {
    let literal = entries.iter().map(|(name, t)| match t {
        Template::Literal(data) => Some((name.clone(), data.clone())),
        _ => None,
    });
    match literal.collect::<Option<Vec<_>>>() {
        Some(entries) => Template::Literal(Data::map(entries)),
        None => Template::Map(entries),
    }
}

impl Infer<'_, '_> {
    /// The statements of a prompt, in order; names set inside end with it.
    fn block(&mut self, stmts: &[Stmt]) {
        let outer = self.locals.len();
        stmts.iter().for_each(|s| self.statement(s));
        self.locals.truncate(outer);
    }
    fn statement(&mut self, stmt: &Stmt) {
        match stmt {
            Stmt::Emit(ast) => drop(self.infer(ast)),
            Stmt::For { targets, iter, filter, body, otherwise } => {
                let ty = self.infer(iter).ty;
                self.iterable(iter, &ty);
                let outer = self.locals.len();
                match targets.as_slice() {
                    [one] => self.locals.push((one.text.clone(), elements(&ty))),
                    many => self.locals.extend(many.iter().map(|t| (t.text.clone(), Type::Any))),
                }
                self.locals.push(("loop".to_owned(), loop_type()));
                if let Some(filter) = filter {
                    self.infer(filter);
                }
                self.block(body);
                self.locals.truncate(outer);
                self.block(otherwise);
            }
            Stmt::If { test, then, otherwise } => {
                self.infer(test);
                // as in Jinja, what is set inside an `if` is seen behind it
                then.iter().chain(otherwise).for_each(|s| self.statement(s));
            }
            Stmt::Bind { bindings, body } => {
                let outer = self.locals.len();
                for (targets, value) in bindings {
                    let ty = value.as_ref().map_or(Type::TEXT, |v| self.infer(v).ty);
                    let ty = |alone| if alone { ty.clone() } else { Type::Any };
                    self.locals.extend(targets.iter().map(|t| (t.text.clone(), ty(targets.len() == 1))));
                }
                if let Some(body) = body {
                    self.block(body);
                    self.locals.truncate(outer);
                }
            }
            Stmt::Filter { filter, body } => {
                self.infer(filter);
                self.block(body);
            }
            Stmt::Refused { keyword, range } => {
                let message = format!("`{{% {keyword} %}}` is not allowed in a prompt");
                let help = "a prompt may use `if`, `for`, `set`, `with` and `filter`";
                self.wrong("statement-not-allowed", range, message, Some(help.to_owned()));
            }
        }
    }
    fn iterable(&self, iter: &Ast, ty: &Type) {
        if !ty.may(|t| matches!(t, Type::List(_) | Type::Map(_))) {
            let message = format!("`{{% for %}}` takes a list, found {}", ty.name());
            self.wrong("type-mismatch", &iter.range, message, None);
        }
    }
}

fn elements(ty: &Type) -> Type {
    if ty.may(|t| matches!(t, Type::Map(_))) { Type::Any } else { ty.element() }
}

fn loop_type() -> Type {
    let numbers = ["index", "index0", "revindex", "revindex0", "length", "depth", "depth0"];
    let flags = ["first", "last"];
    let others = ["previtem", "nextitem"];
    let fields = numbers.map(|n| (n, Type::Int)).into_iter();
    let fields = fields.chain(flags.map(|n| (n, Type::Bool))).chain(others.map(|n| (n, Type::Any)));
    Type::map(fields)
}
