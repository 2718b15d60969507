//! Types of filters: what each takes and what it makes.

use std::ops::Range;

use crate::template::ast::{Arg, Ast, AstKind, Const, Word};

use super::infer::{Infer, Typed};
use super::types::Type;
use crate::suggest;

/// What a filter works on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Takes {
    Anything,
    Text,
    List,
    Number,
    /// A list, or a text as a list of characters.
    Sequence,
    Map,
    /// Whatever has a length.
    Sized,
}

/// What a filter makes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Makes {
    Text,
    Int,
    Number,
    Bool,
    Texts,
    Same,
    Element,
    Lists,
    Unknown,
    /// Worked out by hand.
    Special,
}

const FILTERS: &[(&str, Takes, Makes)] = &[
    ("lower", Takes::Text, Makes::Text),
    ("upper", Takes::Text, Makes::Text),
    ("title", Takes::Text, Makes::Text),
    ("capitalize", Takes::Text, Makes::Text),
    ("replace", Takes::Text, Makes::Text),
    ("trim", Takes::Text, Makes::Text),
    ("indent", Takes::Text, Makes::Text),
    ("slug", Takes::Text, Makes::Text),
    ("split", Takes::Text, Makes::Texts),
    ("lines", Takes::Text, Makes::Texts),
    ("string", Takes::Anything, Makes::Text),
    ("tojson", Takes::Anything, Makes::Text),
    ("join", Takes::Sequence, Makes::Text),
    ("length", Takes::Sized, Makes::Int),
    ("count", Takes::Sized, Makes::Int),
    ("int", Takes::Anything, Makes::Int),
    ("float", Takes::Anything, Makes::Number),
    ("abs", Takes::Number, Makes::Same),
    ("round", Takes::Number, Makes::Number),
    ("bool", Takes::Anything, Makes::Bool),
    ("all_ok", Takes::List, Makes::Special),
    ("default", Takes::Anything, Makes::Special),
    ("d", Takes::Anything, Makes::Special),
    ("attr", Takes::Map, Makes::Special),
    ("first", Takes::Sequence, Makes::Element),
    ("last", Takes::Sequence, Makes::Element),
    ("min", Takes::Sequence, Makes::Element),
    ("max", Takes::Sequence, Makes::Element),
    ("sum", Takes::List, Makes::Special),
    ("sort", Takes::Sequence, Makes::Special),
    ("unique", Takes::Sequence, Makes::Special),
    ("reverse", Takes::Sequence, Makes::Same),
    ("list", Takes::Anything, Makes::Special),
    ("select", Takes::List, Makes::Special),
    ("reject", Takes::List, Makes::Special),
    ("selectattr", Takes::List, Makes::Special),
    ("rejectattr", Takes::List, Makes::Special),
    ("map", Takes::List, Makes::Special),
    ("groupby", Takes::List, Makes::Special),
    ("flatten", Takes::List, Makes::Special),
    ("difference", Takes::List, Makes::Special),
    ("batch", Takes::Sequence, Makes::Lists),
    ("slice", Takes::Sequence, Makes::Lists),
    ("items", Takes::Map, Makes::Unknown),
    ("dictsort", Takes::Map, Makes::Unknown),
    ("chain", Takes::Anything, Makes::Unknown),
    ("zip", Takes::Anything, Makes::Unknown),
];

/// All filters.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    FILTERS.iter().map(|(name, ..)| *name)
}

impl Infer<'_, '_> {
    /// `base | name(args)`; `of` is the filtered expression.
    pub(super) fn filter(&mut self, base: &Typed, name: &Word, args: &[Arg], of: Option<&Ast>) -> Typed {
        let Some((_, takes, makes)) = FILTERS.iter().find(|(known, ..)| *known == name.text) else {
            args.iter().for_each(|a| drop(self.infer(&a.value)));
            let near = suggest::nearest(&name.text, names());
            let help = near.map(|n| format!("did you mean `{n}`?"));
            self.wrong("unknown-filter", &name.range, format!("unknown filter `{}`", name.text), help);
            return Typed::new(Type::Any);
        };
        self.takes(*takes, &base.ty, name, of);
        if *makes == Makes::Special {
            return self.special(base, name, args);
        }
        args.iter().for_each(|a| drop(self.infer(&a.value)));
        let ty = match makes {
            Makes::Text => Type::TEXT,
            Makes::Int => Type::Int,
            Makes::Number => Type::Number,
            Makes::Bool => Type::Bool,
            Makes::Texts => Type::list(Type::TEXT),
            Makes::Same => base.ty.present(),
            Makes::Element if base.ty.may_be_text() => Type::Any,
            Makes::Element => base.ty.element(),
            Makes::Lists => Type::list(Type::list(base.ty.element())),
            Makes::Unknown | Makes::Special => Type::Any,
        };
        base.with(ty)
    }
    fn takes(&self, takes: Takes, ty: &Type, name: &Word, of: Option<&Ast>) {
        let (fits, wanted): (fn(&Type) -> bool, _) = match takes {
            Takes::Anything => return,
            Takes::Text => (|t| matches!(t, Type::Text(_)) || t.is_number(), "a text"),
            Takes::List => (|t| matches!(t, Type::List(_)), "a list"),
            Takes::Number => (Type::is_number, "a number"),
            Takes::Sequence => (|t| matches!(t, Type::List(_) | Type::Text(_)), "a list"),
            Takes::Map => (|t| matches!(t, Type::Map(_)), "a map"),
            Takes::Sized => (|t| matches!(t, Type::List(_) | Type::Text(_) | Type::Map(_)), "a list, text or map"),
        };
        if !ty.may(fits) {
            let found = of.map_or(String::new(), |of| format!("`{}` is ", self.source(of).trim()));
            let message = format!(
                "`{}` takes {wanted}, {}{}",
                name.text,
                if of.is_some() { "but " } else { "found " },
                found + ty.name()
            );
            self.wrong("type-mismatch", &name.range, message, None);
        }
    }
    fn special(&mut self, base: &Typed, name: &Word, args: &[Arg]) -> Typed {
        match name.text.as_str() {
            "map" => self.map_filter(base, args),
            "selectattr" | "rejectattr" => self.by_attribute(base, args),
            "attr" => match args.first().and_then(|a| text(&a.value)) {
                Some((field, at)) => self.field(base, &field, &at, None),
                None => self.rest(base, args, Type::Any),
            },
            "all_ok" => {
                let element = base.with(base.ty.element());
                self.field(&element, "status", &name.range, None);
                self.rest(base, args, Type::Bool)
            }
            "default" | "d" => {
                let or = args.first().map_or(Type::TEXT, |a| self.infer(&a.value).ty);
                args.iter().skip(1).for_each(|a| drop(self.infer(&a.value)));
                base.with(Type::either([base.ty.clone(), or]))
            }
            "flatten" => {
                let inner = base.ty.element().present();
                let ty = if inner.may_be_list() { inner.element() } else { inner };
                self.rest(base, args, Type::list(ty))
            }
            "difference" => self.difference(base, args),
            "select" | "reject" => self.select(base, args),
            "sum" => {
                self.attribute_of(base, args);
                base.with(Type::Number)
            }
            "groupby" => {
                self.attribute_of(base, args);
                base.with(Type::list(Type::Any))
            }
            // sort, unique, list
            _ => {
                self.attribute_of(base, args);
                let list = base.ty.may_be_list() && !base.ty.may_be_text();
                base.with(if list { Type::list(base.ty.element()) } else { Type::list(Type::Any) })
            }
        }
    }
    fn rest(&mut self, base: &Typed, args: &[Arg], ty: Type) -> Typed {
        args.iter().for_each(|a| drop(self.infer(&a.value)));
        base.with(ty)
    }
    /// Checks `attribute="a.b"`; type of that property of the elements.
    fn attribute_of(&mut self, base: &Typed, args: &[Arg]) -> Option<Typed> {
        let mut found = None;
        for arg in args {
            match (arg.keyword.as_deref(), text(&arg.value)) {
                (Some("attribute"), Some((path, at))) => found = Some(self.path(base, &path, &at)),
                _ => drop(self.infer(&arg.value)),
            }
        }
        found
    }
    /// The property at a dotted path of the elements of a list.
    fn path(&mut self, base: &Typed, path: &str, at: &Range<usize>) -> Typed {
        let mut typed = base.with(base.ty.element());
        let mut start = at.start;
        for part in path.split('.') {
            let range = start..start + part.len();
            start = range.end + 1;
            typed = if part.bytes().all(|b| b.is_ascii_digit()) {
                typed.with(typed.ty.element())
            } else {
                self.field(&typed, part, &range, None)
            };
        }
        typed
    }
    fn map_filter(&mut self, base: &Typed, args: &[Arg]) -> Typed {
        if let Some(typed) = self.attribute_of(base, args) {
            return typed.with(Type::list(typed.ty.clone()));
        }
        let Some((name, at)) = args.first().filter(|a| a.keyword.is_none()).and_then(|a| text(&a.value)) else {
            return base.with(Type::list(Type::Any));
        };
        let element = base.with(base.ty.element().present());
        let made = self.filter(&element, &Word { text: name, range: at }, &args[1..], None);
        made.with(Type::list(made.ty.clone()))
    }
    fn by_attribute(&mut self, base: &Typed, args: &[Arg]) -> Typed {
        let Some((path, at)) = args.first().and_then(|a| text(&a.value)) else {
            return self.rest(base, args, base.ty.clone());
        };
        let typed = self.path(base, &path, &at);
        self.named_test(&typed, &args[0].value, &args[1..]);
        base.with(Type::list(base.ty.element()))
    }
    fn select(&mut self, base: &Typed, args: &[Arg]) -> Typed {
        let element = base.with(base.ty.element());
        if let Some(first) = args.first() {
            self.named_test(&element, &first.value, args);
        }
        base.with(Type::list(base.ty.element()))
    }
    /// The test that `selectattr` and its like name in their arguments; `of` is what is tested.
    fn named_test(&mut self, tested: &Typed, of: &Ast, args: &[Arg]) {
        let Some((name, at)) = args.first().and_then(|a| text(&a.value)) else { return };
        if !Self::is_test(&name) {
            self.test(&tested.ty, &Word { text: name, range: at.clone() }, &[], &at);
            return;
        }
        if let Some(arg) = args.get(1) {
            let against = self.infer(&arg.value).ty;
            let inside = Ast { range: of.range.start + 1..of.range.end - 1, kind: of.kind.clone() };
            self.operator(&name, &tested.ty, &against, (&inside, &arg.value), &arg.value.range);
        }
    }
    fn difference(&mut self, base: &Typed, args: &[Arg]) -> Typed {
        for arg in args {
            let other = self.infer(&arg.value).ty;
            if !other.may_be_list() {
                let message = format!("`difference` takes a list, found {}", other.name());
                self.wrong("type-mismatch", &arg.value.range, message, None);
            } else if base.ty.may_be_list() && base.ty.element().never_equals(&other.element()) {
                let (a, b) = (base.ty.element(), other.element());
                let message = format!(
                    "`difference` takes away {}, but each element is {}: it changes nothing",
                    b.name(),
                    a.name()
                );
                self.wrong("type-mismatch", &arg.value.range, message, None);
            }
        }
        base.with(Type::list(base.ty.element()))
    }
}

/// A constant text and the bytes between its quotes.
fn text(ast: &Ast) -> Option<(String, Range<usize>)> {
    match &ast.kind {
        AstKind::Const(Const::Text(text)) => Some((text.clone(), ast.range.start + 1..ast.range.end - 1)),
        _ => None,
    }
}
