//! Which agent makes an attempt, and whether there is room for it. Who is here is found out by the shell and told as an input. Pure.

use mission_compiler::graph::Ix;
use mission_compiler::workflow::Verb;

use super::Core;
use super::port::{Action, Candidate, Choice};
use crate::event::Timestamp;

/// Who makes an attempt.
pub(super) enum Whom {
    /// No coding agent; or there is none here, and the shell is to say why.
    Nobody,
    /// This one.
    Agent(Candidate),
    /// The shell has not answered yet.
    Asked,
    /// Each that could refuses work: until this moment, or until a person has acted.
    Held(Vec<String>, Option<Timestamp>),
}

impl Core {
    /// Who makes the next attempt of `ix`.
    pub(super) fn whom(&mut self, ix: Ix) -> Whom {
        let def = std::sync::Arc::clone(&self.run.graph().node(ix).def);
        let Verb::Agent { choice, .. } = &def.verb else { return Whom::Nobody };
        // A profile that cannot be told fails the node when it starts.
        let Ok(profile) = self.profile(ix, choice) else { return Whom::Nobody };
        let Some(agent) = self.run.workflow().agents.get(&profile) else { return Whom::Nobody };
        if agent.runners.first().is_none_or(|runner| runner == "command") {
            return Whom::Nobody;
        }
        let without: Vec<String> = self.run.held(self.now).map(|(name, _)| name.to_owned()).collect();
        let key = (profile, without);
        match self.choices.get(&key) {
            None => {
                let agent = Box::new(agent.clone());
                if self.asked.insert(key.clone()) {
                    let (profile, without) = key;
                    self.step.actions.push(Action::Choose { profile, agent, without });
                }
                Whom::Asked
            }
            Some(Choice { agent: Some(agent), .. }) => Whom::Agent(agent.clone()),
            Some(Choice { agent: None, held, .. }) if held.is_empty() => Whom::Nobody,
            Some(Choice { agent: None, held, .. }) => {
                let until = held.iter().filter_map(|name| self.run.hold(name)?.until).min();
                Whom::Held(held.clone(), until)
            }
        }
    }

    /// The shell has found out who can work for a profile.
    pub(super) fn chosen(&mut self, profile: String, without: Vec<String>, choice: Choice) {
        self.machine = choice.room;
        let key = (profile, without);
        self.asked.remove(&key);
        self.choices.insert(key, choice);
    }

    /// Must an attempt of `agent` wait for others: because of what they weigh, or because its first one must be alone?
    pub(super) fn has_no_room(&self, agent: &Candidate) -> bool {
        let others = || self.live.values().filter_map(|live| live.agent.as_ref());
        let borne: u64 = others().map(|other| u64::from(other.weight)).sum();
        let too_heavy = borne > 0 && borne + u64::from(agent.weight) > self.bearable();
        let warms_up = agent.warmup && !self.warm.contains(&agent.name) && others().any(|o| o.name == agent.name);
        too_heavy || warms_up
    }
}
