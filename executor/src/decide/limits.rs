//! How much may run, and how much may be spent. Pure.

use mission_compiler::facts::{Facts, scope};
use mission_compiler::graph::Ix;
use mission_compiler::template::{Data, Template};
use mission_compiler::workflow::{Millis, OnExceeded, Setting};

use super::port::Action;
use super::{Core, DEFAULT_CONCURRENCY, claims};
use crate::event::{Event, PauseCause, Timestamp};

impl Core {
    fn limit<T: Copy>(&self, setting: Option<&Setting<T>>, read: impl Fn(&Data) -> Option<T>) -> Option<T> {
        match setting? {
            Setting::Fixed(value) => Some(*value),
            Setting::Computed(template) => read(&self.limit_value(template)?),
        }
    }

    fn limit_value(&self, template: &Template) -> Option<Data> {
        let seen = scope(self.run.graph(), &self.run, self.run.graph().top_frame(), &template.uses());
        template.render(&seen).ok()
    }

    /// Nodes that may run at the same time.
    pub(super) fn concurrency(&self) -> usize {
        let limits = &self.run.workflow().limits;
        let wanted = self.limit(limits.concurrency.as_ref(), Data::as_i64).unwrap_or(DEFAULT_CONCURRENCY);
        usize::try_from(wanted.max(1)).unwrap_or(usize::MAX)
    }

    pub(super) fn limit_on_nodes(&self) -> Option<u64> {
        let limits = &self.run.workflow().limits;
        self.limit(limits.nodes.as_ref(), Data::as_i64).and_then(|n| u64::try_from(n).ok())
    }

    fn limit_on_wall(&self) -> Option<u64> {
        let limits = &self.run.workflow().limits;
        self.limit(limits.wall.as_ref(), |d| Millis::parse(d.as_str()?)).map(|ms| ms.0)
    }

    /// Milliseconds for which a node may be parked in all.
    pub(super) fn limit_on_parking(&self) -> Option<u64> {
        let limits = &self.run.workflow().limits;
        self.limit(limits.parked.as_ref(), |d| Millis::parse(d.as_str()?)).map(|ms| ms.0)
    }

    /// What agents that run at the same time may weigh together.
    pub(super) fn bearable(&self) -> u64 {
        let limits = &self.run.workflow().limits;
        let wanted = self.limit(limits.weight.as_ref(), Data::as_i64).and_then(|n| u64::try_from(n).ok());
        wanted.unwrap_or(u64::from(self.machine))
    }

    /// When the working time of the run will be used up.
    pub(super) fn wall_deadline(&self) -> Option<Timestamp> {
        if self.live.is_empty() || self.run.paused().is_some() {
            return None;
        }
        let left = self.limit_on_wall()?.checked_sub(self.run.wall(self.now))?;
        (left > 0).then(|| Timestamp(self.now.0 + left))
    }

    /// Pauses or cancels the run if a limit is used up; true if nothing more may start.
    pub(super) fn exceeded(&mut self) -> bool {
        if self.run.paused().is_some() || self.run.cancel().is_some() {
            return true;
        }
        let Some(reason) = self.used_up() else { return false };
        match self.run.workflow().limits.on_exceeded {
            // What is under way may end; only a new start needs someone's word.
            OnExceeded::Pause if self.ready.is_empty() => return false,
            OnExceeded::Pause => self.emit(Event::RunPaused { reason, cause: PauseCause::Limit }),
            OnExceeded::Stop if self.ready.is_empty() && self.live.is_empty() => return false,
            // Nothing begins in the step that ends everything: what has just begun is not yet known to run.
            OnExceeded::Stop if self.step.actions.iter().any(|action| matches!(action, Action::Start(_))) => {}
            OnExceeded::Stop => {
                self.cancel("limits".to_owned(), Some(reason), false).expect("a run with work left is not over");
            }
        }
        true
    }

    fn used_up(&self) -> Option<String> {
        let limits = &self.run.workflow().limits;
        let spent = self.run.spent();
        if let Some(max) = self.limit(limits.agent_runs.as_ref(), Data::as_i64)
            && spent.agent_runs as i64 >= max
            && self.agent_is_next()
        {
            return Some(format!("`limits.agentRuns` of {max} is used up"));
        }
        if let Some(max) = self.limit(limits.usd.as_ref(), number)
            && self.known_usd() >= max
        {
            return Some(format!("`limits.usd` of {max} is used up"));
        }
        let max = self.limit_on_wall()?;
        (self.run.wall(self.now) >= max).then(|| format!("`limits.wall` of {} is used up", Millis(max)))
    }

    /// USD spent, with what attempts under way have told.
    fn known_usd(&self) -> f64 {
        self.run.spent().usd
            + self.live.values().filter_map(|live| live.usage.usd.or(live.usage.estimated_usd)).sum::<f64>()
    }

    fn agent_is_next(&self) -> bool {
        self.ready.iter().any(|ix| self.run.graph().node(*ix).kind == mission_compiler::draw::Kind::Agent)
    }

    /// Must a ready node wait for others that run: the same pool, or claims on the same paths?
    pub(super) fn must_wait(&self, ix: Ix) -> bool {
        let def = &self.run.graph().node(ix).def;
        if def.pool.is_none() && def.claims.is_none() {
            return false;
        }
        let pool_taken = def.pool.as_ref().is_some_and(|pool| {
            let users = self.live.keys().filter(|other| self.run.graph().node(**other).def.pool.as_ref() == Some(pool));
            users.count() >= self.run.workflow().pools.get(pool).map_or(1, |capacity| *capacity as usize)
        });
        pool_taken || self.claims_taken(ix)
    }

    fn claims_taken(&self, ix: Ix) -> bool {
        let node = self.run.graph().node(ix);
        let Some(expr) = &node.def.claims else { return false };
        let seen = scope(self.run.graph(), &self.run, self.frame_of(ix), expr.uses());
        // A list that cannot be evaluated fails the node when it starts.
        let Some(items) = expr.eval(&seen).ok().and_then(|value| value.items()) else { return false };
        let wanted: Vec<String> = items.iter().map(Data::to_text).collect();
        self.live.values().any(|live| !claims::compatible(&wanted, &live.claims))
    }

    /// The inputs, for the shell.
    pub fn inputs(&self) -> Data {
        self.run.inputs()
    }
}

fn number(data: &Data) -> Option<f64> {
    data.to_json().as_f64()
}
