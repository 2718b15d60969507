//! Operators: arithmetic, joined texts, and the hyphen that is a minus.

use std::ops::Range;

use crate::template::ast::{Ast, AstKind, BinaryOp, Const};

use super::infer::{Infer, Typed};
use super::outline::Found;
use super::types::Type;
use crate::suggest;

impl Infer<'_, '_> {
    /// `left op right`.
    pub(super) fn binary(&mut self, ast: &Ast, op: BinaryOp, left: &Ast, right: &Ast) -> Typed {
        if op == BinaryOp::Sub && self.hyphenated(ast) {
            return Typed::new(Type::Any);
        }
        let (l, r) = (self.infer(left), self.infer(right));
        let ty = match op {
            BinaryOp::And | BinaryOp::Or => {
                return Typed { ty: Type::either([l.ty, r.ty]), own: l.own || r.own };
            }
            BinaryOp::Eq | BinaryOp::Ne => {
                self.equal(&l.ty, &r.ty, &ast.range, (left, right));
                Type::Bool
            }
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                self.ordered(op.symbol(), &l.ty, &r.ty, &ast.range);
                Type::Bool
            }
            BinaryOp::In => {
                self.contains(&l.ty, &r.ty, &ast.range, (left, right));
                Type::Bool
            }
            BinaryOp::Concat => {
                self.textual(left, &l.ty);
                self.textual(right, &r.ty);
                Type::TEXT
            }
            BinaryOp::Add => self.sum(&l.ty, &r.ty, &ast.range),
            BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::FloorDiv | BinaryOp::Rem | BinaryOp::Pow => {
                self.arithmetic(op, (left, &l.ty), (right, &r.ty))
            }
        };
        Typed { ty, own: l.own || r.own }
    }
    fn sum(&self, left: &Type, right: &Type, at: &Range<usize>) -> Type {
        let addable = |t: &Type| t.may(|t| t.is_number() || matches!(t, Type::Text(_) | Type::List(_)));
        if !addable(left) || !addable(right) || left.never_equals(right) {
            let message = format!("cannot add {} and {}", left.name(), right.name());
            let help = [left, right].iter().any(|t| t.may_be_text()).then(|| "`~` joins texts".to_owned());
            self.wrong("type-mismatch", at, message, help);
            return Type::Any;
        }
        if *left == Type::Int && *right == Type::Int {
            Type::Int
        } else {
            Type::either([widened(left), widened(right)])
        }
    }
    fn arithmetic(&self, op: BinaryOp, left: (&Ast, &Type), right: (&Ast, &Type)) -> Type {
        let repeats = op == BinaryOp::Mul;
        let mut known = true;
        for (ast, ty) in [left, right] {
            let repeatable = repeats && ty.may(|t| matches!(t, Type::Text(_) | Type::List(_)));
            if !(ty.may_be_number() || repeatable) {
                let message = format!("`{}` takes numbers, found {}", op.symbol(), ty.name());
                self.wrong("type-mismatch", &ast.range, message, None);
            }
            known &= ty.is_number();
        }
        match op {
            _ if !known => Type::Any,
            BinaryOp::Div | BinaryOp::Pow => Type::Number,
            _ if *left.1 == Type::Int && *right.1 == Type::Int => Type::Int,
            _ => Type::Number,
        }
    }
    /// Anything but a list or map: those would become JSON inside a text.
    fn textual(&self, ast: &Ast, ty: &Type) {
        if !ty.may(|t| !matches!(t, Type::List(_) | Type::Map(_))) {
            let message = format!("`~` joins texts, found {}", ty.name());
            let help = if ty.may_be_list() { "use `| join(\", \")`" } else { "use `| tojson`" };
            self.wrong("type-mismatch", &ast.range, message, Some(help.to_owned()));
        }
    }
    /// Must be a number.
    pub(super) fn number(&mut self, ast: &Ast) {
        let ty = self.infer(ast).ty;
        if !ty.may(|t| t.is_number() || *t == Type::Null) {
            self.wrong("type-mismatch", &ast.range, format!("expected a number, found {}", ty.name()), None);
        }
    }
    /// `nodes.some-name` is a subtraction; says so and how to write it. True if that is what it is.
    fn hyphenated(&mut self, ast: &Ast) -> bool {
        let mut words = Vec::new();
        let Some(first) = hyphen_chain(ast, &mut words) else { return false };
        let Some((root, head)) = first else { return false };
        words.push((head, first_range(ast)));
        words.reverse();
        let tight = |a: &Range<usize>, b: &Range<usize>| self.text.get(a.end..b.start) == Some("-");
        if root != "nodes" || self.is_local("nodes") || !words.windows(2).all(|w| tight(&w[0].1, &w[1].1)) {
            return false;
        }
        let id = words.iter().map(|(w, _)| w.replace('_', "-")).collect::<Vec<_>>().join("-");
        let found = self.checker.find(self.view, &id);
        let head = words[0].0.replace('_', "-");
        if matches!(found, Found::Nowhere) && !matches!(self.checker.find(self.view, &head), Found::Nowhere) {
            return false;
        }
        let at = words[0].1.start..words.last().map_or(words[0].1.end, |w| w.1.end);
        if matches!(found, Found::Nowhere) {
            let near = suggest::nearest(&id, self.checker.visible(self.view)).map(|n| n.replace('-', "_"));
            let help = near.map(|n| {
                format!("did you mean `nodes.{n}`? in an expression `-` is minus, and ids are written with `_`")
            });
            self.wrong("unknown-node", &at, format!("unknown node `{id}`"), help);
            return true;
        }
        let message = format!("`-` is minus in an expression: `nodes.{id}` is not a reference");
        let help = format!("write `nodes.{}`", id.replace('-', "_"));
        self.wrong("hyphen-in-reference", &at, message, Some(help));
        true
    }
}

/// The words of `nodes.a-b-c.output` from the right; the root and first word, if it begins with one.
fn hyphen_chain(ast: &Ast, words: &mut Vec<(String, Range<usize>)>) -> Option<Option<(String, String)>> {
    match &ast.kind {
        AstKind::Binary { op: BinaryOp::Sub, left, right } => {
            let mut leftmost = right.as_ref();
            while let AstKind::Attr { base, .. } | AstKind::Item { base, .. } = &leftmost.kind {
                leftmost = base;
            }
            let word = match &leftmost.kind {
                AstKind::Name(name) => name.clone(),
                AstKind::Const(Const::Int(number)) => number.to_string(),
                _ => return None,
            };
            words.push((word, leftmost.range.clone()));
            hyphen_chain(left, words)
        }
        AstKind::Attr { base, name } => match &base.kind {
            AstKind::Name(root) => Some(Some((root.clone(), name.clone()))),
            _ => None,
        },
        _ => None,
    }
}

/// Bytes of the word behind the first dot of such a chain.
fn first_range(ast: &Ast) -> Range<usize> {
    let mut leftmost = ast;
    while let AstKind::Binary { left, .. } = &leftmost.kind {
        leftmost = left;
    }
    match &leftmost.kind {
        AstKind::Attr { name, .. } => leftmost.range.end - name.len()..leftmost.range.end,
        _ => leftmost.range.clone(),
    }
}

/// Without the knowledge which texts it can be.
fn widened(ty: &Type) -> Type {
    Type::either(ty.parts().iter().map(|t| if matches!(t, Type::Text(_)) { Type::TEXT } else { t.clone() }))
}
