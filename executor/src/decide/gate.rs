//! Gates: what is shown, what may be decided, and what a decision is bound to. Pure.

use mission_compiler::contract::Contract;
use mission_compiler::facts::scope;
use mission_compiler::graph::{Ix, Trigger};
use mission_compiler::template::{Data, Scope, Uses};
use mission_compiler::workflow::{Assert, Gate, Go, KeyCheck, Verb};
use serde_json::json;

use super::port::Decision;
use super::{Core, Refusal, judge_value};
use crate::digest;
use crate::event::{Event, Failure, FailureClass, RunStatus, Usage};
use crate::run::{Phase, Shown, gate_output};

impl Core {
    pub(super) fn open_gate(&mut self, ix: Ix) {
        let shown = match self.shown(ix) {
            Ok(shown) => shown,
            Err(message) => return self.fail(ix, Failure::new(FailureClass::Expression, message)),
        };
        let node = self.id(ix);
        let allow_yes = shown.allow_yes;
        self.emit(Event::GateOpened {
            node: node.clone(),
            digest: shown.digest.clone(),
            title: shown.title,
            summary: shown.summary,
            value: shown.value,
            choices: shown.choices,
            comment_required: shown.comment_required,
            allow_yes,
        });
        if let Some(by) = self.yes.clone().filter(|_| allow_yes)
            && let Some(choice) = self.onward(ix)
        {
            let decision =
                Decision { node, choice, by, via: "yes".to_owned(), comment: None, shown: None, value: None };
            // A value that breaks the gate's asserts cannot be let through: the gate goes on waiting for a person.
            let _ = self.decide_at(ix, decision);
        }
    }

    fn onward(&self, ix: Ix) -> Option<String> {
        let Verb::Gate(gate) = &self.run.graph().node(ix).def.verb else { return None };
        gate.choices
            .iter()
            .find(|(_, choice)| choice.go == Go::Next && !choice.comment_required)
            .map(|(name, _)| name.clone())
    }

    /// What the gate shows now.
    fn shown(&self, ix: Ix) -> Result<Shown, String> {
        let node = self.run.graph().node(ix);
        if let Some(failed) = node.chain.asks {
            return Ok(self.shown_question(ix, failed));
        }
        let Verb::Gate(gate) = &node.def.verb else { return Err("BUG: not a gate".to_owned()) };
        let frame = self.frame_of(ix);
        let eval = |uses: &Uses| scope(self.run.graph(), &self.run, frame, uses);
        let title = gate.title.render_text(&eval(&gate.title.uses())).map_err(|e| format!("`title`: {e}"))?;
        let summary = match &gate.summary {
            Some(summary) => summary.render_text(&eval(&summary.uses())).map_err(|e| format!("`summary`: {e}"))?,
            None => String::new(),
        };
        let value = match &gate.edit {
            Some(edit) => Some(edit.value.eval(&eval(edit.value.uses())).map_err(|e| format!("`edit`: {e}"))?),
            None => None,
        };
        let choices = self.choices_of(ix);
        let required = |name: &String| gate.choices.get(name).is_some_and(|c| c.comment_required);
        let comment_required = choices.iter().filter(|name| required(name)).cloned().collect();
        Ok(self.bound(title, summary, value, choices, comment_required, gate.allow_yes))
    }

    fn shown_question(&self, ix: Ix, failed: Ix) -> Shown {
        let id = self.id(failed);
        let state = self.run.state(failed);
        let summary = state.failure.as_ref().map_or_else(String::new, |f| {
            let mut lines = vec![f.message.clone()];
            lines.extend(f.reasons.iter().map(|r| format!("- {r}")));
            lines.join("\n")
        });
        let title = format!("`{id}` failed and was not repaired. What now?");
        self.bound(title, summary, state.output.clone(), self.choices_of(ix), Vec::new(), false)
    }

    fn bound(
        &self,
        title: String,
        summary: String,
        value: Option<Data>,
        choices: Vec<String>,
        comment_required: Vec<String>,
        allow_yes: bool,
    ) -> Shown {
        let json = value.as_ref().map(Data::to_json);
        let digest = digest::of_json(&json!({ "title": title, "summary": summary, "value": json, "choices": choices }));
        Shown { digest, title, summary, value, choices, comment_required, allow_yes, since: self.now }
    }

    pub(super) fn decision(&mut self, decision: Decision) -> Result<(), Refusal> {
        if let Some(ending) = self.run.ending() {
            return Err(match ending.status {
                RunStatus::Cancelled => Refusal::Final,
                status => Refusal::Over(status.word().to_owned()),
            });
        }
        let ix = self.run.meant(&decision.node).ok_or_else(|| Refusal::UnknownNode(decision.node.clone()))?;
        self.decide_at(ix, decision)
    }

    fn decide_at(&mut self, ix: Ix, decision: Decision) -> Result<(), Refusal> {
        let node = self.id(ix);
        let state = self.run.state(ix);
        let Some(shown) = state.shown.clone().filter(|_| state.phase == Phase::Asking) else {
            return Err(Refusal::NotAsking(node));
        };
        if !shown.choices.contains(&decision.choice) {
            let offered = shown.choices.iter().map(|c| format!("`{c}`")).collect::<Vec<_>>().join(", ");
            return Err(Refusal::NoSuchChoice { node, choice: decision.choice, offered });
        }
        let comment = decision.comment.filter(|c| !c.trim().is_empty());
        if comment.is_none() && shown.comment_required.contains(&decision.choice) {
            return Err(Refusal::CommentRequired { choice: decision.choice });
        }
        if decision.shown.is_some_and(|seen| seen != shown.digest) {
            return Err(Refusal::Stale(node));
        }
        let value = match decision.value {
            Some(edited) => Some(self.edited(ix, edited)?),
            None => shown.value.clone(),
        };
        let go = self.gate(ix).and_then(|gate| gate.choices.get(&decision.choice)).map(|c| c.go.clone());
        if go == Some(Go::Next) {
            self.lets_through(ix, &gate_output(&decision.choice, comment.as_deref(), value.as_ref()))?;
        }
        let result = digest::of_json(&value.as_ref().map_or(serde_json::Value::Null, Data::to_json));
        let (choice, by, via) = (decision.choice, decision.by, decision.via);
        self.emit(Event::GateDecided {
            node: node.clone(),
            choice: choice.clone(),
            by: by.clone(),
            via,
            comment: comment.clone(),
            shown: shown.digest,
            result,
            value,
        });
        match go {
            Some(Go::End { cancelled: true }) => {
                let why =
                    comment.map_or_else(|| format!("`{choice}` at {node}"), |c| format!("`{choice}` at {node}: {c}"));
                self.cancel(by, Some(why), false)
            }
            Some(Go::End { cancelled: false }) => {
                let failure = Failure::new(FailureClass::Verdict, format!("{by} chose `{choice}`"));
                let output = self.run.state(ix).output.clone();
                self.finished(ix, 0, output, Some(failure), Usage::default());
                Ok(())
            }
            Some(Go::Next | Go::Back { .. }) | None => Ok(()),
        }
    }

    fn gate(&self, ix: Ix) -> Option<&Gate> {
        let node = self.run.graph().node(ix);
        match &node.def.verb {
            Verb::Gate(gate) if node.chain.asks.is_none() => Some(gate),
            _ => None,
        }
    }

    /// Checks an edited value against the contract of the node whose output it replaces.
    fn edited(&self, ix: Ix, value: serde_json::Value) -> Result<Data, Refusal> {
        let Some(edit) = self.gate(ix).and_then(|gate| gate.edit.as_ref()) else {
            return Err(Refusal::NothingToEdit(self.id(ix)));
        };
        self.judge(ix, value, edit.contract.as_ref(), &edit.asserts, &edit.keys)
    }

    /// Checks what goes on against the gate's own asserts, edited or not.
    fn lets_through(&self, ix: Ix, output: &Data) -> Result<(), Refusal> {
        let asserts = &self.run.graph().node(ix).def.asserts;
        self.judge(ix, output.to_json(), None, asserts, &[]).map(|_| ())
    }

    fn judge(
        &self,
        ix: Ix,
        value: serde_json::Value,
        contract: Option<&Contract>,
        asserts: &[Assert],
        keys: &[KeyCheck],
    ) -> Result<Data, Refusal> {
        let seen = |assert: &Assert, output: &Data| {
            let mut uses = assert.expr.uses().clone();
            uses.merge(&assert.say.uses());
            self.own_scope(ix, &uses, output)
        };
        judge_value(value, contract, asserts, keys, &seen).map_err(|reasons| Refusal::Invalid { reasons })
    }

    /// Binds `failure` in a repair node and `revision` in a revised one.
    pub(super) fn bind_rounds(&self, ix: Ix, uses: &Uses, seen: &mut Scope) {
        if uses.roots.contains("revision") {
            seen.bind("revision", self.revision(ix));
        }
        if uses.roots.contains("failure")
            && let Some(failed) = self.failed_before(ix)
        {
            seen.bind("failure", self.failure_root(failed));
        }
    }

    /// `{round, comment, previous}` of the innermost revision that `ix` belongs to; null in the first round.
    fn revision(&self, ix: Ix) -> Data {
        let mut at = Some(ix);
        while let Some(here) = at {
            let node = self.run.graph().node(here);
            if let Some(gate) = node.chain.revises {
                let asked = self.run.state(gate);
                let round = self.run.graph().node(gate).chain.round + 1;
                let comment = asked.decided.as_ref().and_then(|d| d.comment.as_deref());
                return Data::map(vec![
                    ("round".to_owned(), Data::from(i64::from(round))),
                    ("comment".to_owned(), comment.map_or_else(Data::null, Data::from)),
                    ("previous".to_owned(), asked.output.clone().unwrap_or_else(Data::null)),
                ]);
            }
            at = node.parent;
        }
        Data::null()
    }

    /// The failed node that the repair node `ix` is there for, also seen from inside a repair group.
    fn failed_before(&self, ix: Ix) -> Option<Ix> {
        let mut at = Some(ix);
        while let Some(here) = at {
            let node = self.run.graph().node(here);
            if node.def.repairs.is_some() {
                return match &node.trigger {
                    Some(Trigger::Failed(failed)) => Some(*failed),
                    Some(Trigger::Chose(gate, _)) => self.run.graph().node(*gate).chain.asks,
                    None => None,
                };
            }
            at = node.parent;
        }
        None
    }
}
