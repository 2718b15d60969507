//! What is allowed but probably not meant, and what only a look at several nodes can tell.

use crate::diagnostic::Diagnostic;
use crate::source::Spanned;
use crate::syntax::{self, Verb};
use crate::workflow::Mode;

use super::Checker;
use super::outline::{At, BodyAt};

/// Most writers of one body that are compared with each other.
const MOST_COMPARED: usize = 100;
/// Most writers that a message names.
const MOST_NAMED: usize = 8;

impl Checker<'_> {
    /// What is allowed but probably not meant.
    pub(super) fn hazards(&self) {
        for at in 0..self.outline.entries.len() {
            self.never_runs(at);
            self.parallel_writers(at);
            self.shared_worktree(at);
            self.always_alone(at);
            self.nested_worktree(at);
            self.gate_in_map(at);
        }
        self.lonely_pools();
        for body in 0..self.outline.bodies.len() {
            self.writers_side_by_side(body);
        }
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
    /// A parallel map whose items may write the same files: told once, with everybody inside who may write.
    fn parallel_writers(&self, map: At) {
        let entry = &self.outline.entries[map];
        if !self.runs_items_together(map) {
            return;
        }
        // What is inside a node stands right behind it.
        let inside = (map..self.outline.entries.len()).take_while(|at| self.around(*at).any(|n| n == map));
        let writers: Vec<At> = inside.filter(|at| self.writes_in(*at, map)).collect();
        let Some(first) = writers.first().copied() else { return };
        let who = self.writers(&writers);
        let message = format!("items of `{}` may write the same files at the same time", entry.key.value);
        let mut wrong = Diagnostic::warning("parallel-writers", self.outline.span(first), message);
        for at in &writers[1..] {
            wrong = wrong.label(self.outline.span(*at), "and here");
        }
        if let Some(profile) = self.writing_profile_of(first) {
            wrong = wrong.label(profile.span, format!("`{}` may write", profile.value));
        }
        let name = if let [one] = writers.as_slice() { *one } else { map };
        let give =
            format!("give `{}` a `worktree` or `claims`, or agents with `access: read`", self.outline.name(name));
        let help = if writers.len() > 1 { format!("{who} may write: {give}") } else { give };
        self.report(wrong.help(help));
    }
    /// Is `at` an agent that may write, with `map` as the nearest parallel map around it and nothing that keeps its items
    /// apart?
    fn writes_in(&self, at: At, map: At) -> bool {
        let inside: Vec<At> = self.around(at).take_while(|n| *n != map).collect();
        let nearest = !inside.iter().any(|n| self.runs_items_together(*n));
        // what stands inside the parallel map must keep its items apart
        let mut chain = inside.iter().copied().chain([map]).map(|n| self.outline.entries[n].node);
        nearest && !chain.any(|n| n.worktree.is_some() || n.claims.is_some()) && self.writing_profile_of(at).is_some()
    }
    /// Is it a map of which several items may be under way?
    fn runs_items_together(&self, at: At) -> bool {
        let map = self.outline.entries[at].node.map.as_ref();
        map.is_some_and(|m| mode(m) == Mode::Parallel && m.max.as_ref().is_none_or(|max| max.trim() != "1"))
    }
    /// Names for a message: `` `a`, `b` and 3 more ``.
    fn writers(&self, writers: &[At]) -> String {
        let names: Vec<String> =
            writers.iter().take(MOST_NAMED).map(|at| format!("`{}`", self.outline.name(*at))).collect();
        match (names.as_slice(), writers.len().saturating_sub(MOST_NAMED)) {
            ([one], _) => one.clone(),
            ([most @ .., last], 0) => format!("{} and {last}", most.join(", ")),
            (names, more) => format!("{} and {more} more", names.join(", ")),
        }
    }
    fn writing_profile_of(&self, at: At) -> Option<&Spanned<String>> {
        match self.outline.entries[at].node.verbs.first().map(|v| &v.value) {
            Some(Verb::Agent(choice)) => self.writing_profile(choice),
            _ => None,
        }
    }
    /// Where a profile that may write stands, if an agent node can be given one.
    fn writing_profile(&self, choice: &syntax::AgentChoice) -> Option<&Spanned<String>> {
        let names: Vec<&str> = match choice {
            syntax::AgentChoice::One(name) => vec![name],
            syntax::AgentChoice::By { of, otherwise, .. } => {
                of.0.iter().map(|(_, n)| n.value.as_str()).chain([otherwise.value.as_str()]).collect()
            }
        };
        let writes = |agent: &syntax::Agent| agent.access.as_ref().is_none_or(|a| a.value == "write");
        let mut agents = self.syntax.agents.0.iter();
        agents.find(|(name, agent)| names.contains(&name.value.as_str()) && writes(agent)).map(|(name, _)| name)
    }
    /// Agents of one body that may write and that nothing puts in order: told once for those that may meet.
    fn writers_side_by_side(&self, body: BodyAt) {
        let writers = self.outline.bodies[body].order.iter().copied().filter(|at| {
            let node = self.outline.entries[*at].node;
            let apart = node.worktree.is_some() || node.claims.is_some();
            !apart && node.when.is_none() && self.writing_profile_of(*at).is_some()
        });
        let mut groups: Vec<Vec<At>> = Vec::new();
        for later in writers.take(MOST_COMPARED) {
            let meets = |group: &Vec<At>| group.iter().any(|earlier| !self.outline.upstream(later, *earlier));
            let (met, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut groups).into_iter().partition(meets);
            groups = rest;
            groups.push(met.into_iter().flatten().chain([later]).collect());
        }
        for group in groups.iter().filter(|group| group.len() > 1) {
            self.beside_each_other(group);
        }
    }
    fn beside_each_other(&self, group: &[At]) {
        let Some((last, others)) = group.split_last() else { return };
        let message = format!("{} may write the same files at the same time", self.writers(group));
        let mut wrong = Diagnostic::warning("parallel-writers", self.outline.span(*last), message);
        for other in others {
            wrong = wrong.label(self.outline.span(*other), "runs beside it");
        }
        let order = match others {
            [one] => format!("put them in order ({})", self.outline.needs_line(*last, self.outline.name(*one))),
            _ => "put them in order with `needs`".to_owned(),
        };
        self.report(wrong.help(format!("{order}, or give them `claims`, a `worktree`, or agents with `access: read`")));
    }
    /// Items that run at the same time need a worktree each.
    fn shared_worktree(&self, at: At) {
        let Some(worktree) = &self.outline.entries[at].node.worktree else { return };
        let maps = self.around(at).filter_map(|n| self.outline.entries[n].node.map.as_ref());
        for map in maps.filter(|m| mode(m) == Mode::Parallel) {
            let index = format!("{}_index", map.item.value);
            let names_item = |text: &str| text.contains(map.item.value.as_str()) || text.contains(&index);
            for (key, text) in [("path", &worktree.path), ("branch", &worktree.branch)] {
                if !names_item(text) {
                    let message = format!("`{key}` is the same for every item of a parallel map");
                    let help = format!("use something of the item in it, e.g. `{{{{ {index} }}}}`");
                    self.report(Diagnostic::warning("shared-worktree", text.span, message).help(help));
                }
            }
        }
    }
    /// `always` is about what a node needs.
    fn always_alone(&self, at: At) {
        let entry = &self.outline.entries[at];
        let Some(always) = entry.node.always.as_ref().filter(|a| a.value) else { return };
        if entry.node.needs.is_empty() && entry.node.only.is_none() && self.outline.bodies[entry.body].owner.is_none() {
            let message = format!("`always` has no effect: `{}` needs nothing", entry.key.value);
            self.report(Diagnostic::warning("always-without-needs", always.span, message).help("add `needs:`"));
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
