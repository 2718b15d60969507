//! `map:`: its list, its element, its key.

use crate::diagnostic::Diagnostic;
use crate::template::ast::{self, Ast, AstKind};
use crate::workflow::{Join, Map, Mode};

use super::Checker;
use super::outline::At;
use super::text::Known;
use super::types::Type;
use super::view::View;

impl Checker<'_> {
    /// The `map` of a node; `Some(None)` if it has none, `None` if it does not compile.
    #[expect(clippy::option_option, reason = "the outer one is about the mistake, the inner one about the key")]
    pub(super) fn map(&mut self, at: At) -> Option<Option<Map>> {
        let node = self.outline.entries[at].node;
        let Some(map) = &node.map else { return Some(None) };
        let (around, of) = (View::around(at), View::of(at));
        let over = self.list_expression("over", &map.over, &around);
        self.elements[at] = Some(over.ty.element());
        let key = self.expression(&map.key, &of);
        if !key.ty.may(|t| t.is_number() || matches!(t, Type::Text(_))) {
            let message = format!("`key` must be a text or a number, found {}", key.ty.name());
            self.report(Diagnostic::error("type-mismatch", map.key.span, message));
        }
        self.stable_key(at, map);
        let max = map.max.as_ref().map(|m| self.expression(m, &around));
        if let (Some(text), Some(Known { ty, .. })) = (&map.max, &max)
            && !ty.may_be_number()
        {
            let message = format!("`max` must be a number, found {}", ty.name());
            self.report(Diagnostic::error("type-mismatch", text.span, message));
        }
        let solo = map.solo.as_ref().map(|s| self.condition("solo", s, &of));
        let mode = match map.mode.as_ref().map(|m| m.value.as_str()) {
            Some("serial") => Mode::Serial,
            Some("barrier") => Mode::Barrier,
            _ => Mode::Parallel,
        };
        let join = match map.join.as_ref().map(|j| j.value.as_str()) {
            Some("all_done") => Join::AllDone,
            Some("stop") => Join::Stop,
            _ => Join::AllOk,
        };
        self.mode_fits(map, mode, join);
        let (max, solo) = (super::node::opened(max)?, super::node::opened(solo)?);
        Some(Some(Map { over: over.code?, item: map.item.value.clone(), key: key.code?, mode, max, solo, join }))
    }
    /// Keys that mean nothing in this mode.
    fn mode_fits(&self, map: &crate::syntax::Map, mode: Mode, join: Join) {
        if let (Mode::Parallel, Join::Stop, Some(word)) = (mode, join, &map.join) {
            let message = "`join: stop` needs items one after the other";
            let help = "add `mode: serial` or `mode: barrier`, or use `join: all_ok`";
            self.report(Diagnostic::error("join-without-order", word.span, message).help(help));
        }
        if mode == Mode::Parallel {
            return;
        }
        for (key, text) in [("max", &map.max), ("solo", &map.solo)] {
            if let Some(text) = text {
                let message = format!("`{key}` has no effect: items already run one after the other");
                self.report(
                    Diagnostic::error("misplaced-key", text.span, message).help("remove it, or use `mode: parallel`"),
                );
            }
        }
    }
    /// A key that does not depend on the item is the same for all; one by position is not stable.
    fn stable_key(&self, at: At, map: &crate::syntax::Map) {
        let Ok(key) = ast::expression(&map.key) else { return };
        let mut names = Vec::new();
        each_name(&key, &mut |name| names.push(name.to_owned()));
        let index = format!("{}_index", map.item.value);
        if names.iter().any(|n| *n == map.item.value || *n == index) {
            return;
        }
        let name = self.outline.name(at);
        let message = format!("`key` is the same for every item of `{name}`");
        let help = format!("use something of the item, e.g. `{}.id`, or its position `{index}`", map.item.value);
        self.report(Diagnostic::error("duplicate-key-expression", map.key.span, message).help(help));
    }
}

/// Calls `visit` for every variable in an expression.
pub(super) fn each_name(ast: &Ast, visit: &mut dyn FnMut(&str)) {
    match &ast.kind {
        AstKind::Name(name) => visit(name),
        AstKind::Const(_) => {}
        AstKind::Attr { base, .. } | AstKind::Not(base) | AstKind::Neg(base) => each_name(base, visit),
        AstKind::Item { base, index } => {
            each_name(base, visit);
            each_name(index, visit);
        }
        AstKind::Slice { base, bounds } => {
            each_name(base, visit);
            bounds.iter().for_each(|b| each_name(b, visit));
        }
        AstKind::Binary { left, right, .. } => {
            each_name(left, visit);
            each_name(right, visit);
        }
        AstKind::If { test, then, otherwise } => {
            each_name(test, visit);
            each_name(then, visit);
            otherwise.iter().for_each(|o| each_name(o, visit));
        }
        AstKind::Filter { base, args, .. } => {
            base.iter().for_each(|b| each_name(b, visit));
            args.iter().for_each(|a| each_name(&a.value, visit));
        }
        AstKind::Test { base, args, .. } | AstKind::Call { callee: base, args } => {
            each_name(base, visit);
            args.iter().for_each(|a| each_name(&a.value, visit));
        }
        AstKind::List(items) => items.iter().for_each(|i| each_name(i, visit)),
        AstKind::Map(entries) => entries.iter().for_each(|(k, v)| {
            each_name(k, visit);
            each_name(v, visit);
        }),
    }
}
