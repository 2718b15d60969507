//! Keys that have no effect where they stand.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax;

use super::Checker;
use super::outline::At;
use super::verbs::word;

impl Checker<'_> {
    /// Keys that mean nothing beside the verb of a node.
    pub(super) fn placement(&self, at: At) {
        let node = self.outline.entries[at].node;
        let [verb] = node.verbs.as_slice() else { return };
        let verb = word(&verb.value);
        for (key, span, homes, help) in placed(node) {
            if !homes.contains(&verb) {
                let message = format!("`{key}` has no effect beside `{verb}`");
                self.report(Diagnostic::error("misplaced-key", span, message).help(help));
            }
        }
        self.without_effect(node, verb);
    }
    fn without_effect(&self, node: &syntax::Node, verb: &str) {
        let report = |span: Span, message: &str, help: &str| {
            self.report(Diagnostic::error("misplaced-key", span, message).help(help));
        };
        if let (Some(tree), None) = (&node.otherwise, &node.when) {
            report(tree.span, "`otherwise` has no effect without `when`", "add `when:`, or remove it");
        }
        if let (Some(yields), "agent" | "run" | "gate" | "uses" | "value") = (&node.yields, verb) {
            report(yields.span, "`yield` has no effect without a body", "a `yield` belongs to `nodes:`");
        }
        if let Some(output) = &node.output {
            match (&output.from, verb) {
                (Some(from), "uses" | "value" | "nodes") => {
                    report(
                        from.span,
                        &format!("`from` has no effect beside `{verb}`"),
                        "it belongs to `agent` or `run`",
                    );
                }
                (Some(from), "agent") if from.value == "stdout" => {
                    report(from.span, "an agent's result is not read from standard output", "use `from: agent`");
                }
                (Some(from), "run") if from.value == "agent" => {
                    report(from.span, "a command has no agent to answer", "use `stdout`, `file` or `last-json`");
                }
                _ => {}
            }
            if let (Some(repair), true) = (&output.repair, verb != "agent") {
                report(
                    repair.span,
                    &format!("`repair` has no effect beside `{verb}`"),
                    "only an agent can be asked again",
                );
            }
        }
        for secret in &node.secrets {
            if let Some((name, _)) = node.env.0.iter().find(|(name, _)| name.value == secret.value) {
                let message = format!("`{}` is set by `env` and listed under `secrets`", secret.value);
                report(name.span, &message, "remove one of them");
            }
        }
        if let Some(retry) = node.retry.as_ref().filter(|r| r.on.is_empty() && r.max.value > 0) {
            report(
                retry.max.span,
                "`retry` says not what to retry on",
                "add `on: [crash, timeout, rate-limit]` or some of them",
            );
        }
        if let (Some(_), Some(always)) = (&node.only, node.always.as_ref().filter(|a| a.value)) {
            report(always.span, "a repair node runs when its node has failed, and never else", "remove `always`");
        }
        if let (Some(_), Some(on_fail)) = (&node.only, &node.on_fail) {
            report(
                on_fail.span,
                "a repair node cannot be repaired itself",
                "raise `attempts` of the node that it repairs",
            );
        }
    }
}

/// Keys of a node that are at home beside certain verbs only: name, place, verbs, help.
fn placed(node: &syntax::Node) -> Vec<(&'static str, Span, &'static [&'static str], &'static str)> {
    let mut keys: Vec<(&'static str, Option<Span>, &'static [&'static str], &'static str)> = vec![
        (
            "env",
            node.env.0.first().map(|(k, _)| k.span),
            &["agent", "run"],
            "only commands and agents have an environment",
        ),
        (
            "secrets",
            node.secrets.first().map(|s| s.span),
            &["agent", "run", "uses"],
            "only commands, agents and actions take secrets",
        ),
        (
            "cwd",
            node.cwd.as_ref().map(|t| t.span),
            &["agent", "run"],
            "only commands and agents have a working directory",
        ),
        (
            "claims",
            node.claims.as_ref().map(|e| e.span),
            &["agent", "run", "uses", "nodes"],
            "only work can write files",
        ),
        (
            "worktree",
            node.worktree.as_ref().map(|w| w.span),
            &["agent", "run", "uses", "nodes"],
            "only work needs a working directory",
        ),
        (
            "handoff",
            node.handoff.as_ref().map(|h| h.span),
            &["agent", "run"],
            "only agents and commands say what they did",
        ),
        ("pool", node.pool.as_ref().map(|p| p.span), &["agent", "run", "uses"], "only work can be bounded"),
        (
            "output",
            node.output.as_ref().map(|o| o.span),
            &["agent", "run", "uses", "value", "nodes"],
            "a gate's result is what `edit` names, or the choice",
        ),
        (
            "pass_when",
            node.pass_when.as_ref().map(|p| p.span),
            &["agent", "run", "uses", "value", "nodes"],
            "a gate's verdict is the choice",
        ),
        (
            "partial_when",
            node.partial_when.as_ref().map(|p| p.span),
            &["agent", "run", "uses", "value", "nodes"],
            "a gate's verdict is the choice",
        ),
        (
            "on_fail",
            node.on_fail.as_ref().map(|o| o.span),
            &["agent", "run", "uses", "value", "nodes"],
            "a gate does not fail: add a choice that goes back",
        ),
    ];
    let assert = node.asserts.first().map(|a| a.expr.span);
    if node.yields.is_none() {
        let homes: &[&str] = &["agent", "run", "uses", "value", "gate"];
        keys.push(("assert", assert, homes, "a group has an output only with `yield`"));
        keys.push((
            "pass_when",
            node.pass_when.as_ref().map(|p| p.span),
            homes,
            "a group has an output only with `yield`",
        ));
        keys.push((
            "partial_when",
            node.partial_when.as_ref().map(|p| p.span),
            homes,
            "a group has an output only with `yield`",
        ));
        keys.push(("output", node.output.as_ref().map(|o| o.span), homes, "a group has an output only with `yield`"));
    }
    keys.into_iter().filter_map(|(key, span, homes, help)| Some((key, span?, homes, help))).collect()
}
