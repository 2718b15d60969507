//! Unrolls one body: repair rounds, the gates that ask, and revise rounds become nodes of their own, never a cycle.

use crate::template::{Data, Scope};
use crate::workflow::{Body, Go, NodeAt, OnFail, Setting, Unresolved, Verb};

/// Position of a [`Slot`] in its [`Layout`].
pub(super) type SlotAt = usize;

/// One node to be made, in terms of its body.
#[derive(Debug, Clone)]
pub(super) struct Slot {
    /// The definition.
    pub(super) at: NodeAt,
    /// Name of this round.
    pub(super) name: String,
    /// Needs; each a list of rounds.
    pub(super) needs: Vec<Vec<SlotAt>>,
    /// Order only.
    pub(super) after: Vec<SlotAt>,
    /// Whether it is used.
    pub(super) trigger: Option<SlotTrigger>,
    /// Round of its name, from 0.
    pub(super) round: u32,
    /// Last round of a chain with `else: continue`.
    pub(super) absorbs: bool,
    /// The gate that asked for this revision.
    pub(super) revises: Option<SlotAt>,
    /// It is a gate that asks about this failed slot.
    pub(super) asks: Option<SlotAt>,
    /// Choices not offered in this round.
    pub(super) withheld: Vec<String>,
}

/// Condition of a slot.
#[derive(Debug, Clone)]
pub(super) enum SlotTrigger {
    /// That slot failed.
    Failed(SlotAt),
    /// That gate was answered so.
    Chose(SlotAt, String),
}

/// A body, unrolled; slots are in topological order.
#[derive(Debug, Default)]
pub(super) struct Layout {
    pub(super) slots: Vec<Slot>,
    /// Rounds of each node of the body.
    pub(super) rounds: Vec<Vec<SlotAt>>,
    /// Gates that ask about each node of the body.
    pub(super) gates: Vec<Vec<SlotAt>>,
}

/// Names of the choices of a gate that asks what to do about a failure.
pub(super) const ASK_CHOICES: [&str; 3] = ["retry", "continue", "stop"];

/// Unrolls `body`; `inputs` decide what unresolved failures mean.
///
/// # Errors
/// An `else` that does not evaluate to one of its three words.
pub(super) fn layout(body: &Body, inputs: &Data) -> Result<Layout, String> {
    let mut made = Layout {
        slots: Vec::with_capacity(body.nodes.len()),
        rounds: vec![Vec::new(); body.nodes.len()],
        gates: vec![Vec::new(); body.nodes.len()],
    };
    for (at, node) in body.nodes.iter().enumerate() {
        if node.repairs.is_none() {
            let slot = made.slot(at, node.name.clone());
            if let Some(on_fail) = &node.on_fail {
                made.repair_rounds(body, slot, on_fail, inputs)?;
            }
        }
    }
    for slot in 0..made.slots.len() {
        let at = made.slots[slot].at;
        if made.slots[slot].asks.is_some() {
            continue;
        }
        let node = &body.nodes[at];
        let needs = node.needs.iter().filter(|&&need| Some(need) != node.repairs);
        made.slots[slot].needs = needs.map(|&need| made.rounds[need].clone()).collect();
    }
    for at in 0..body.nodes.len() {
        made.revise_rounds(body, at);
    }
    made.wait_for_questions();
    Ok(made.sorted())
}

fn unresolved(on_fail: &OnFail, inputs: &Data) -> Result<Unresolved, String> {
    let template = match &on_fail.otherwise {
        Setting::Fixed(fixed) => return Ok(*fixed),
        Setting::Computed(template) => template,
    };
    let mut scope = Scope::new();
    scope.bind("inputs", inputs.clone());
    let word = template.render_text(&scope).map_err(|e| format!("`else`: {e}"))?;
    match word.as_str() {
        "stop" => Ok(Unresolved::Stop),
        "continue" => Ok(Unresolved::Continue),
        "ask" => Ok(Unresolved::Ask),
        other => Err(format!("`else` is `{other}`; expected `stop`, `continue` or `ask`")),
    }
}

fn numbered(name: &str, round: u32) -> String {
    if round <= 1 { name.to_owned() } else { format!("{name}-{round}") }
}

impl Layout {
    /// A new round of node `at`.
    fn slot(&mut self, at: NodeAt, name: String) -> SlotAt {
        let round = self.rounds[at].len() as u32;
        let slot = self.slots.len();
        self.rounds[at].push(slot);
        self.slots.push(Slot {
            at,
            name,
            needs: Vec::new(),
            after: Vec::new(),
            trigger: None,
            round,
            absorbs: false,
            revises: None,
            asks: None,
            withheld: Vec::new(),
        });
        slot
    }

    fn repair_rounds(&mut self, body: &Body, first: SlotAt, on_fail: &OnFail, inputs: &Data) -> Result<(), String> {
        let name = body.nodes[self.slots[first].at].name.clone();
        let mut last = first;
        for k in 1..=on_fail.attempts {
            last = self.repair_round(body, on_fail, last, k, &SlotTrigger::Failed(last));
        }
        match unresolved(on_fail, inputs).map_err(|message| format!("`{name}`: {message}"))? {
            Unresolved::Stop => {}
            Unresolved::Continue => self.slots[last].absorbs = true,
            Unresolved::Ask => {
                let gate = self.ask(first, last, format!("{name}-unresolved"), &[]);
                let retry = SlotTrigger::Chose(gate, ASK_CHOICES[0].to_owned());
                let again = self.repair_round(body, on_fail, last, on_fail.attempts + 1, &retry);
                self.ask(first, again, format!("{name}-unresolved-2"), &ASK_CHOICES[..1]);
            }
        }
        Ok(())
    }

    /// The repair node and the round behind it; returns the round.
    fn repair_round(&mut self, body: &Body, on_fail: &OnFail, failed: SlotAt, k: u32, trigger: &SlotTrigger) -> SlotAt {
        let at = self.slots[failed].at;
        let repair = self.slot(on_fail.repair, numbered(&body.nodes[on_fail.repair].name, k));
        self.slots[repair].trigger = Some(trigger.clone());
        self.slots[repair].after.push(failed);
        let round = self.slot(at, numbered(&on_fail.as_name, k));
        self.slots[round].trigger = Some(trigger.clone());
        self.slots[round].after.push(repair);
        round
    }

    fn ask(&mut self, first: SlotAt, failed: SlotAt, name: String, withheld: &[&str]) -> SlotAt {
        let at = self.slots[first].at;
        let gate = self.slot(at, name);
        self.rounds[at].pop();
        self.gates[at].push(gate);
        let slot = &mut self.slots[gate];
        slot.trigger = Some(SlotTrigger::Failed(failed));
        slot.asks = Some(failed);
        slot.withheld = withheld.iter().map(|&c| c.to_owned()).collect();
        gate
    }

    /// Clones everything between the target of a gate's way back and the gate, once per round.
    fn revise_rounds(&mut self, body: &Body, gate_at: NodeAt) {
        let Verb::Gate(gate) = &body.nodes[gate_at].verb else { return };
        let back = gate.choices.iter().find_map(|(name, choice)| match choice.go {
            Go::Back { to, max } => Some((name.clone(), to, max)),
            Go::Next | Go::End { .. } => None,
        });
        let Some((choice, to, max)) = back else { return };
        let span = between(body, to, gate_at);
        let originals: Vec<SlotAt> = (0..self.slots.len())
            .filter(|&s| span.contains(&self.slots[s].at) && self.slots[s].revises.is_none())
            .collect();
        let mut gate_slot = self.rounds[gate_at][0];
        for round in 2..=max + 1 {
            let base = self.slots.len();
            let clone_of = |s: SlotAt| originals.iter().position(|&o| o == s).map(|i| base + i);
            let clones: Vec<Slot> = originals.iter().map(|&o| self.clone_slot(o, round, &clone_of)).collect();
            for mut clone in clones {
                clone.revises = Some(gate_slot);
                if clone.trigger.is_none() {
                    clone.trigger = Some(SlotTrigger::Chose(gate_slot, choice.clone()));
                }
                let (at, asks, slot) = (clone.at, clone.asks.is_some(), self.slots.len());
                if asks {
                    self.gates[at].push(slot);
                } else {
                    clone.round = self.rounds[at].len() as u32;
                    self.rounds[at].push(slot);
                }
                self.slots.push(clone);
            }
            let original_gate = self.rounds[gate_at][0];
            gate_slot = clone_of(original_gate).expect("a gate is between its target and itself");
        }
        self.slots[gate_slot].withheld.push(choice);
        self.widen_needs(&span);
    }

    fn clone_slot(&self, original: SlotAt, round: u32, clone_of: &dyn Fn(SlotAt) -> Option<SlotAt>) -> Slot {
        let mut clone = self.slots[original].clone();
        let moved = |s: SlotAt| clone_of(s).unwrap_or(s);
        clone.name = format!("{}-{round}", clone.name);
        for need in &mut clone.needs {
            if need.iter().any(|&s| clone_of(s).is_some()) {
                *need = need.iter().filter_map(|&s| clone_of(s)).collect();
            }
        }
        clone.after = clone.after.iter().map(|&s| moved(s)).collect();
        clone.asks = clone.asks.map(moved);
        clone.trigger = clone.trigger.map(|t| match t {
            SlotTrigger::Failed(s) => SlotTrigger::Failed(moved(s)),
            SlotTrigger::Chose(s, choice) => SlotTrigger::Chose(moved(s), choice),
        });
        clone
    }

    /// Nodes outside the span wait for every round of a name inside it.
    fn widen_needs(&mut self, span: &[NodeAt]) {
        for slot in 0..self.slots.len() {
            if span.contains(&self.slots[slot].at) {
                continue;
            }
            for need in 0..self.slots[slot].needs.len() {
                let Some(&first) = self.slots[slot].needs[need].first() else { continue };
                let at = self.slots[first].at;
                if span.contains(&at) {
                    self.slots[slot].needs[need] = self.rounds[at].clone();
                }
            }
        }
    }

    /// Whoever needs a node waits until nobody is being asked about it: the answer decides whether the need is satisfied.
    fn wait_for_questions(&mut self) {
        for slot in 0..self.slots.len() {
            let needs = self.slots[slot].needs.iter();
            let asked = needs.filter_map(|rounds| Some((rounds, &self.gates[self.slots[*rounds.first()?].at])));
            let about = |gate: SlotAt, rounds: &[SlotAt]| self.slots[gate].asks.is_some_and(|s| rounds.contains(&s));
            let gates =
                asked.flat_map(|(rounds, gates)| gates.iter().copied().filter(move |&gate| about(gate, rounds)));
            let gates: Vec<SlotAt> = gates.collect();
            self.slots[slot].after.extend(gates);
        }
    }

    /// Slots in topological order, ties by the order in which they were made.
    fn sorted(self) -> Self {
        let n = self.slots.len();
        let mut waits = vec![0usize; n];
        let mut next: Vec<Vec<SlotAt>> = vec![Vec::new(); n];
        for (s, slot) in self.slots.iter().enumerate() {
            let mut before: Vec<SlotAt> = slot.needs.iter().flatten().chain(&slot.after).copied().collect();
            before.extend(slot.trigger.iter().map(SlotTrigger::source));
            before.sort_unstable();
            before.dedup();
            waits[s] = before.len();
            before.into_iter().for_each(|b| next[b].push(s));
        }
        let mut open: std::collections::BTreeSet<SlotAt> = (0..n).filter(|&s| waits[s] == 0).collect();
        let mut order = Vec::with_capacity(n);
        while let Some(s) = open.pop_first() {
            order.push(s);
            for &later in &next[s] {
                waits[later] -= 1;
                if waits[later] == 0 {
                    open.insert(later);
                }
            }
        }
        assert_eq!(order.len(), n, "BUG: a checked body has a cycle");
        self.renumbered(&order)
    }

    fn renumbered(self, order: &[SlotAt]) -> Self {
        let mut new_at = vec![0; order.len()];
        order.iter().enumerate().for_each(|(new, &old)| new_at[old] = new);
        let moved = |list: Vec<SlotAt>| list.into_iter().map(|s| new_at[s]).collect::<Vec<_>>();
        let mut slots: Vec<Option<Slot>> = self.slots.into_iter().map(Some).collect();
        let slots = order.iter().map(|&old| {
            let mut slot = slots[old].take().expect("each slot stands once in the order");
            slot.needs = slot.needs.into_iter().map(moved).collect();
            slot.after = moved(slot.after);
            slot.revises = slot.revises.map(|s| new_at[s]);
            slot.asks = slot.asks.map(|s| new_at[s]);
            slot.trigger = slot.trigger.map(|t| match t {
                SlotTrigger::Failed(s) => SlotTrigger::Failed(new_at[s]),
                SlotTrigger::Chose(s, choice) => SlotTrigger::Chose(new_at[s], choice),
            });
            slot
        });
        Self {
            slots: slots.collect(),
            rounds: self.rounds.into_iter().map(moved).collect(),
            gates: self.gates.into_iter().map(moved).collect(),
        }
    }
}

impl SlotTrigger {
    fn source(&self) -> SlotAt {
        match self {
            Self::Failed(s) | Self::Chose(s, _) => *s,
        }
    }
}

/// Nodes on the ways from `to` to `gate`, both included, with the repair nodes of those.
fn between(body: &Body, to: NodeAt, gate: NodeAt) -> Vec<NodeAt> {
    let n = body.nodes.len();
    let (mut from_target, mut to_gate) = (vec![false; n], vec![false; n]);
    from_target[to] = true;
    to_gate[gate] = true;
    for at in 0..n {
        if body.nodes[at].needs.iter().any(|&need| from_target[need]) {
            from_target[at] = true;
        }
    }
    for at in (0..n).rev() {
        if to_gate[at] {
            body.nodes[at].needs.iter().for_each(|&need| to_gate[need] = true);
        }
    }
    let on_way = |at: NodeAt| from_target[at] && to_gate[at];
    (0..n).filter(|&at| on_way(at) || body.nodes[at].repairs.is_some_and(on_way)).collect()
}
