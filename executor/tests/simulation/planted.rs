//! Bugs planted on purpose: a simulation that does not find them proves nothing.
//!
//! Faults of the shell are planted in the world; faults of the core are planted by giving it another workflow than the
//! one the invariants know, so that the product holds no code for them.

use std::sync::Arc;

use mission_compiler::workflow::{Body, Join, Mode, Node, Setting, Unresolved, Verb, Workflow};

use crate::shapes::Shape;

/// A planted bug.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// Asks agents that refuse.
    AsksWhoRefuses,
    /// Forgets until when an agent refuses.
    ForgetsWhen,
    /// Takes one that lets nobody in for one that is only slow.
    LetsInAgain,
    /// Begins anew what was broken off.
    BeginsAnew,
    /// Counts what a session used before once more.
    CountsSessions,
    /// Takes a cost that nobody told for none.
    UnknownIsZero,
    /// Does not look at the working time.
    WallIgnored,
    /// Does not count attempts of agents.
    RunsIgnored,
    /// Starts before the commit.
    SpawnFirst,
    /// Starts every attempt twice.
    StartsTwice,
    /// Does not end what an older executor left.
    OrphansLive,
    /// The last acknowledged record is not durable.
    LostTail,
    /// Stores something else instead of the end of a node.
    DropsFinish,
    /// A new executor begins a finished node anew.
    ResetsDone,
    /// Does not end anything when asked.
    IgnoresKill,
    /// Tells of the end while the process still runs.
    EndsBeforeGone,
    /// Takes an end that is told twice for that of the latest attempt.
    StaleExit,
    /// Answers gates that nobody answered.
    NobodyDecides,
    /// Does not compare what was seen with what is shown.
    StaleDecision,
    /// The report leaves a node out.
    ReportForgets,
    /// Runs more at once than allowed.
    LimitIgnored,
    /// Does not wait for what a node needs.
    NeedIgnored,
    /// Does not wait at barriers.
    BarrierIgnored,
    /// Does not let an item run alone.
    SoloIgnored,
    /// Tries more often than allowed.
    RetriesOn,
    /// Does not check results against their schema.
    SchemaIgnored,
    /// Does not ask for the verdict.
    VerdictIgnored,
    /// Repairs once more than allowed.
    RepairsOn,
    /// A failed item does not fail its map.
    JoinIgnored,
    /// Goes on after an unresolved failure.
    UnresolvedIgnored,
}

impl Bug {
    pub(crate) const ALL: [Self; 30] = [
        Self::AsksWhoRefuses,
        Self::ForgetsWhen,
        Self::LetsInAgain,
        Self::BeginsAnew,
        Self::CountsSessions,
        Self::UnknownIsZero,
        Self::WallIgnored,
        Self::RunsIgnored,
        Self::SpawnFirst,
        Self::StartsTwice,
        Self::OrphansLive,
        Self::LostTail,
        Self::DropsFinish,
        Self::ResetsDone,
        Self::IgnoresKill,
        Self::EndsBeforeGone,
        Self::StaleExit,
        Self::NobodyDecides,
        Self::StaleDecision,
        Self::ReportForgets,
        Self::LimitIgnored,
        Self::NeedIgnored,
        Self::BarrierIgnored,
        Self::SoloIgnored,
        Self::RetriesOn,
        Self::SchemaIgnored,
        Self::VerdictIgnored,
        Self::RepairsOn,
        Self::JoinIgnored,
        Self::UnresolvedIgnored,
    ];

    /// The workflow that the core is given.
    pub(crate) fn workflow(self, shape: &Shape) -> Arc<Workflow> {
        let mut workflow = (*shape.workflow).clone();
        if self == Self::LimitIgnored {
            workflow.limits.concurrency = Some(Setting::Fixed(shape.concurrency as i64 + 2));
        }
        if self == Self::WallIgnored {
            workflow.limits.wall = None;
        }
        if self == Self::RunsIgnored {
            workflow.limits.agent_runs = None;
        }
        workflow.body = self.body(&workflow.body);
        Arc::new(workflow)
    }

    fn body(self, body: &Body) -> Arc<Body> {
        let nodes = body.nodes.iter().map(|node| {
            let mut node = (**node).clone();
            self.change(&mut node);
            if let Verb::Nodes(inner) = &node.verb {
                node.verb = Verb::Nodes(self.body(inner));
            }
            Arc::new(node)
        });
        Arc::new(Body { nodes: nodes.collect() })
    }

    fn change(self, node: &mut Node) {
        let map = node.map.as_mut();
        match self {
            Self::NeedIgnored => node.needs.clear(),
            Self::BarrierIgnored => {
                if let Some(map) = map.filter(|m| m.mode == Mode::Barrier) {
                    map.mode = Mode::Parallel;
                }
            }
            Self::SoloIgnored => {
                if let Some(map) = map {
                    map.solo = None;
                }
            }
            Self::RetriesOn => node.retry.max += 3,
            Self::SchemaIgnored => node.output.contract = None,
            Self::VerdictIgnored => node.pass_when = None,
            Self::RepairsOn => {
                if let Some(on_fail) = &mut node.on_fail {
                    on_fail.attempts += 1;
                }
            }
            Self::JoinIgnored => {
                if let Some(map) = map {
                    map.join = Join::AllDone;
                }
            }
            Self::UnresolvedIgnored => {
                if let Some(on_fail) = &mut node.on_fail {
                    on_fail.otherwise = Setting::Fixed(Unresolved::Continue);
                }
            }
            Self::AsksWhoRefuses
            | Self::ForgetsWhen
            | Self::LetsInAgain
            | Self::BeginsAnew
            | Self::CountsSessions
            | Self::UnknownIsZero
            | Self::WallIgnored
            | Self::RunsIgnored
            | Self::SpawnFirst
            | Self::StartsTwice
            | Self::OrphansLive
            | Self::LostTail
            | Self::DropsFinish
            | Self::ResetsDone
            | Self::IgnoresKill
            | Self::EndsBeforeGone
            | Self::StaleExit
            | Self::NobodyDecides
            | Self::StaleDecision
            | Self::ReportForgets
            | Self::LimitIgnored => {}
        }
    }
}
