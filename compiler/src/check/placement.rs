//! Keys that have no effect where they stand, and what looks wrong without being an error.

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax::{self, Verb};
use crate::workflow::Mode;

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
    /// What is allowed but probably not meant.
    pub(super) fn hazards(&self) {
        for at in 0..self.outline.entries.len() {
            self.never_runs(at);
            self.parallel_writer(at);
            self.nested_worktree(at);
            self.gate_in_map(at);
        }
        self.pools();
    }
    fn never_runs(&self, at: At) {
        if let Some(when) = &self.outline.entries[at].node.when
            && when.trim().eq_ignore_ascii_case("false")
        {
            let message = format!("`{}` can never run", self.outline.name(at));
            self.report(Diagnostic::warning("unreachable", when.span, message));
        }
    }
    /// Around a node, itself first: nodes whose keys hold for it as well.
    fn around(&self, at: At) -> impl Iterator<Item = At> + '_ {
        std::iter::once(at).chain(self.outline.owners(self.outline.entries[at].body))
    }
    fn parallel_writer(&self, at: At) {
        let entry = &self.outline.entries[at];
        let Some(Verb::Agent(choice)) = entry.node.verbs.first().map(|v| &v.value) else { return };
        let parallel = self.around(at).find(|n| {
            let map = self.outline.entries[*n].node.map.as_ref();
            map.is_some_and(|m| mode(m) == Mode::Parallel && m.max.as_ref().is_none_or(|max| max.trim() != "1"))
        });
        let Some(map) = parallel else { return };
        // what stands inside the parallel map must keep its items apart
        let inside = self.around(at).take_while(|n| *n != map).chain([map]);
        let apart = inside.map(|n| self.outline.entries[n].node).any(|n| n.worktree.is_some() || n.claims.is_some());
        let names: Vec<&str> = match choice {
            syntax::AgentChoice::One(name) => vec![name],
            syntax::AgentChoice::By { of, otherwise, .. } => {
                of.0.iter().map(|(_, n)| n.value.as_str()).chain([otherwise.value.as_str()]).collect()
            }
        };
        let writer = self.syntax.agents.0.iter().find(|(name, agent)| {
            names.contains(&name.value.as_str()) && agent.access.as_ref().is_none_or(|a| a.value == "write")
        });
        if let (false, Some((profile, _))) = (apart, writer) {
            let name = &entry.key.value;
            let message = format!("items of `{}` may write the same files at the same time", self.outline.name(map));
            let wrong = Diagnostic::warning("parallel-writers", entry.key.span, message);
            let wrong = wrong.label(profile.span, format!("`{}` may write", profile.value));
            self.report(wrong.help(format!("give `{name}` a `worktree` or `claims`, or an agent with `access: read`")));
        }
    }
    fn nested_worktree(&self, at: At) {
        let entry = &self.outline.entries[at];
        let Some(worktree) = &entry.node.worktree else { return };
        let outer = self.outline.owners(entry.body).find_map(|o| self.outline.entries[o].node.worktree.as_ref());
        if let Some(outer) = outer {
            let wrong = Diagnostic::error("nested-worktree", worktree.span, "a worktree inside a worktree");
            self.report(wrong.label(outer.span, "the outer one").help("keep one of them"));
        }
    }
    /// A decision is recorded under its id; in a map by position that id means another item after an edit.
    fn gate_in_map(&self, at: At) {
        let entry = &self.outline.entries[at];
        if !matches!(entry.node.verbs.first().map(|v| &v.value), Some(Verb::Gate(_))) {
            return;
        }
        let maps = self.around(at).filter_map(|n| self.outline.entries[n].node.map.as_ref());
        for map in maps {
            let Ok(key) = crate::template::ast::expression(&map.key) else { continue };
            let mut by_item = false;
            super::map::each_name(&key, &mut |name| by_item |= name == map.item.value);
            if !by_item {
                let message = format!("gate `{}` is inside a map whose key is a position", entry.key.value);
                let wrong = Diagnostic::error("gate-without-stable-key", map.key.span, message);
                let help = format!("use something of the item as key, e.g. `{}.id`", map.item.value);
                self.report(wrong.label(entry.key.span, "this gate").help(help));
            }
        }
    }
    /// A pool that only one node uses, beside one with almost the same name.
    fn pools(&self) {
        let pools: Vec<_> = self.outline.entries.iter().filter_map(|e| e.node.pool.as_ref()).collect();
        let uses = |name: &str| pools.iter().filter(|p| p.value == name).count();
        for pool in pools.iter().filter(|p| uses(p) == 1) {
            let others = pools.iter().map(|p| p.value.as_str()).filter(|p| *p != pool.value && uses(p) > 1);
            if let Some(near) = super::suggest::nearest(pool, others) {
                let message = format!("pool `{}` has no other user", pool.value);
                self.report(
                    Diagnostic::warning("lonely-pool", pool.span, message).help(format!("did you mean `{near}`?")),
                );
            }
        }
    }
    /// Profiles that no node names.
    pub(super) fn unused_agents(&self) {
        for (name, _) in &self.syntax.agents.0 {
            let named = |choice: &syntax::AgentChoice| match choice {
                syntax::AgentChoice::One(one) => one.value == name.value,
                syntax::AgentChoice::By { of, otherwise, .. } => {
                    otherwise.value == name.value || of.0.iter().any(|(_, n)| n.value == name.value)
                }
            };
            let used = self.outline.entries.iter().flat_map(|e| &e.node.verbs).any(|v| match &v.value {
                Verb::Agent(choice) => named(choice),
                _ => false,
            });
            if !used {
                let message = format!("agent `{}` is not used", name.value);
                self.report(Diagnostic::warning("unused-agent", name.span, message));
            }
        }
    }
}

fn mode(map: &syntax::Map) -> Mode {
    match map.mode.as_ref().map(|m| m.value.as_str()) {
        Some("serial") => Mode::Serial,
        Some("barrier") => Mode::Barrier,
        _ => Mode::Parallel,
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
        keys.push(("output", node.output.as_ref().map(|o| o.span), homes, "a group has an output only with `yield`"));
    }
    keys.into_iter().filter_map(|(key, span, homes, help)| Some((key, span?, homes, help))).collect()
}
