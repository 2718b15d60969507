//! Settings of nodes: durations and retries. Their literal forms have been read by the parser; here templates are typed.

use crate::diagnostic::Diagnostic;
use crate::syntax::{self, Tree, TreeKind};
use crate::template::Template;
use crate::workflow::{Millis, Retry, Setting};

use super::Checker;
use super::types::Type;
use super::verbs::scalar;
use super::view::View;

impl Checker<'_> {
    /// A duration; `Some(None)` if there is none, `None` if it does not compile.
    #[expect(clippy::option_option, reason = "the outer one is about the mistake, the inner one about the key")]
    pub(super) fn duration(&self, tree: Option<&Tree>, view: &View) -> Option<Option<Setting<Millis>>> {
        let Some(tree) = tree else { return Some(None) };
        if let Some(fixed) = scalar(tree).as_deref().and_then(Millis::parse) {
            return Some(Some(Setting::Fixed(fixed)));
        }
        self.computed(tree, view, Type::TEXT, "a duration such as `30m`").map(Some)
    }
    /// A template whose value must be of a type.
    pub(super) fn computed<T>(&self, tree: &Tree, view: &View, ty: Type, wanted: &str) -> Option<Setting<T>> {
        let known = self.tree(tree, view);
        if known.ty.never_equals(&ty) {
            let message = format!("expected {wanted}, found {}", known.ty.name());
            self.report(Diagnostic::error("type-mismatch", tree.span, message));
        }
        match known.code? {
            template @ (Template::Whole(_) | Template::Text(_)) => Some(Setting::Computed(template)),
            Template::Literal(_) | Template::List(_) | Template::Map(_) => None,
        }
    }
    /// A number, or a template that makes one.
    pub(super) fn amount<T: Amount>(&self, tree: Option<&Tree>) -> Option<Option<Setting<T>>> {
        let Some(tree) = tree else { return Some(None) };
        match T::of(tree) {
            Some(fixed) => Some(Some(Setting::Fixed(fixed))),
            None => self.computed(tree, &View::start(), Type::Number, "a number").map(Some),
        }
    }
    pub(super) fn retry(&self, retry: Option<&syntax::Retry>) -> Retry {
        let Some(retry) = retry else { return Retry::default() };
        let on = |word: &str| retry.on.iter().any(|w| w.value == word);
        let backoff = retry.backoff.as_ref().and_then(scalar).as_deref().and_then(Millis::parse);
        Retry {
            max: u32::try_from(retry.max.value).unwrap_or(0),
            crash: on("crash"),
            timeout: on("timeout"),
            rate_limit: on("rate-limit"),
            backoff: backoff.map_or(0, |b| b.0),
        }
    }
}

/// A number that a limit can be.
pub(super) trait Amount: Sized {
    /// The number that is written there.
    fn of(tree: &Tree) -> Option<Self>;
}

impl Amount for i64 {
    fn of(tree: &Tree) -> Option<Self> {
        match tree.kind {
            TreeKind::Int(whole) => Some(whole),
            _ => None,
        }
    }
}

impl Amount for f64 {
    fn of(tree: &Tree) -> Option<Self> {
        match tree.kind {
            TreeKind::Int(whole) => Some(whole as Self),
            TreeKind::Float(number) => Some(number),
            _ => None,
        }
    }
}
