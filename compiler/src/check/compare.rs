//! Comparisons that can never hold.

use std::ops::Range;

use crate::template::ast::{Arg, Ast, Word};

use super::infer::Infer;
use super::types::Type;
use crate::suggest;

/// Tests, without those that are only other spellings of operators.
const TESTS: &[&str] = &[
    "defined",
    "undefined",
    "none",
    "boolean",
    "odd",
    "even",
    "divisibleby",
    "number",
    "integer",
    "int",
    "float",
    "string",
    "sequence",
    "iterable",
    "mapping",
    "startingwith",
    "endingwith",
    "lower",
    "upper",
    "sameas",
    "eq",
    "equalto",
    "==",
    "ne",
    "!=",
    "lt",
    "lessthan",
    "<",
    "le",
    "<=",
    "gt",
    "greaterthan",
    ">",
    "ge",
    ">=",
    "in",
    "true",
    "false",
    "filter",
    "test",
];

impl Infer<'_, '_> {
    /// `==` and `!=`.
    pub(super) fn equal(&self, left: &Type, right: &Type, at: &Range<usize>, sides: (&Ast, &Ast)) {
        if left.never_equals(right) {
            let message = format!("{} is compared with {}: they are never equal", left.name(), right.name());
            self.wrong("type-mismatch", at, message, None);
            return;
        }
        self.choice(left, right, sides.0, &sides.1.range);
        self.choice(right, left, sides.1, &sides.0.range);
    }
    /// A known text that is none of the possible ones.
    fn choice(&self, known: &Type, literal: &Type, of: &Ast, at: &Range<usize>) {
        let (Some(choices), Some(texts)) = (known.choices(), literal.choices()) else { return };
        if let [text] = &*texts
            && choices.len() > 1
            && !choices.contains(text)
        {
            let message = format!("`{}` is never `{text}`", self.source(of).trim());
            let near = suggest::nearest(text, choices.iter().map(String::as_str));
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("it is one of {}", suggest::ticked(&choices)),
            };
            self.wrong("unknown-value", at, message, Some(help));
        }
    }
    /// `<` and its like.
    pub(super) fn ordered(&self, symbol: &str, left: &Type, right: &Type, at: &Range<usize>) {
        let orderable = |t: &Type| t.may(|t| t.is_number() || matches!(t, Type::Text(_) | Type::Null));
        let bad = [left, right].into_iter().find(|t| !orderable(t));
        let message = match bad {
            Some(bad) => {
                let help = bad.may_be_list().then(|| "compare its `| length`".to_owned());
                let message = format!("`{symbol}` compares numbers or texts, found {}", bad.name());
                return self.wrong("type-mismatch", at, message, help);
            }
            None if left.never_equals(right) => {
                format!("`{symbol}` compares {} with {}", left.name(), right.name())
            }
            None => return,
        };
        self.wrong("type-mismatch", at, message, None);
    }
    /// `in`.
    pub(super) fn contains(&self, item: &Type, of: &Type, at: &Range<usize>, sides: (&Ast, &Ast)) {
        if !of.may(|t| matches!(t, Type::Text(_) | Type::List(_) | Type::Map(_))) {
            let message = format!("`in` looks into a list, text or map, found {}", of.name());
            return self.wrong("type-mismatch", &sides.1.range, message, None);
        }
        let only_list = of.parts().iter().all(|t| matches!(t, Type::List(_)));
        if only_list && item.never_equals(&of.element()) {
            let message =
                format!("`in` looks for {} in a list of which each element is {}", item.name(), of.element().name());
            return self.wrong("type-mismatch", at, message, None);
        }
        if !only_list {
            return;
        }
        let (Some(choices), Some(listed)) = (item.choices(), of.element().choices()) else { return };
        if choices.len() > 1 {
            for text in listed.iter().filter(|t| !choices.contains(t)) {
                self.choice(item, &Type::one_of(&[text]), sides.0, &sides.1.range);
            }
        } else if listed.len() > 1 {
            self.choice(&of.element(), item, sides.1, &sides.0.range);
        }
    }
    /// `is NAME(args)`.
    pub(super) fn test(&mut self, ty: &Type, name: &Word, args: &[Arg], at: &Range<usize>) {
        if !TESTS.contains(&name.text.as_str()) {
            let help = match name.text.as_str() {
                "null" => Some("did you mean `none`?".to_owned()),
                "empty" => Some("compare its `| length` with 0".to_owned()),
                word => suggest::nearest(word, TESTS.iter().copied()).map(|n| format!("did you mean `{n}`?")),
            };
            self.wrong("unknown-test", &name.range, format!("unknown test `{}`", name.text), help);
        }
        let types: Vec<Type> = args.iter().map(|a| self.infer(&a.value).ty).collect();
        if let (Some(ty_arg), Some(arg)) = (types.first(), args.first()) {
            let whole = Ast { range: at.clone(), kind: arg.value.kind.clone() };
            self.operator(&name.text, ty, ty_arg, (&whole, &arg.value), at);
        }
    }
    /// The comparison that the test called `name` stands for.
    pub(super) fn operator(&self, name: &str, left: &Type, right: &Type, sides: (&Ast, &Ast), at: &Range<usize>) {
        match name {
            "eq" | "equalto" | "==" | "ne" | "!=" => self.equal(left, right, at, sides),
            "lt" | "lessthan" | "<" | "le" | "<=" | "gt" | "greaterthan" | ">" | "ge" | ">=" => {
                self.ordered(name, left, right, at);
            }
            "in" => self.contains(left, right, at, sides),
            _ => {}
        }
    }
    /// Whether there is a test of this name.
    pub(super) fn is_test(name: &str) -> bool {
        TESTS.contains(&name)
    }
}

/// All tests.
#[cfg(test)]
pub(super) fn tests() -> impl Iterator<Item = &'static str> {
    TESTS.iter().copied()
}
