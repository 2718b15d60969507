//! Commands that a result names, held against those that ran. Pure.
//!
//! That a text for a shell was run does not mean that every command in it was: `true || X` runs no X, `X | tail` runs it
//! and keeps its answer to itself. So the texts are read, and walked through in every way that fits how they ended.
//! What is so in each of these ways is known; what is so in some only is unknown, and unknown proves nothing.

mod alike;
mod builtin;
mod call;
mod claim;
mod peel;
mod walk;
mod worlds;

use std::cell::Cell;

use super::shell::{Read, read};
use crate::decide::port::Ran;
use alike::Words;
use claim::Claim;
use walk::{Target, Walk};
use worlds::Sure;

/// Steps that all walks of one result may take together; more is doubt.
const STEPS: u32 = 200_000;

/// What is known of a command that a result names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It was not run. With what was run instead, if that only looks like it.
    Never(Option<String>),
    /// This may have run it, or not.
    Maybe(String),
    /// This ran it with further arguments, nothing ran it as it is named.
    Part(String),
    /// Its last run was this, and how it ended is not known.
    Ran(String),
    /// Its last run failed, with this exit code of the whole.
    Failed(Option<i64>),
    /// Its last run succeeded.
    Passed,
}

/// The commands of an attempt, read.
pub(super) struct Record<'r> {
    ran: Vec<(&'r Ran, Option<Read>)>,
    /// Top of the tree that the attempt worked in; empty: not known.
    place: &'r str,
    left: Cell<u32>,
}

/// A verdict, and the run that gave it.
type Told = (Verdict, Option<usize>);

impl<'r> Record<'r> {
    pub(super) fn new(ran: &'r [Ran], place: &'r str) -> Self {
        let ran = ran.iter().map(|ran| (ran, read(&ran.command))).collect();
        Self { ran, place, left: Cell::new(STEPS) }
    }

    /// What is known of the command that somebody wrote as `named`.
    pub(super) fn verdict(&self, named: &str) -> Verdict {
        let verdicts = claim::readings(named, self.place).into_iter().map(|claim| self.of(named, &claim));
        verdicts.max_by_key(rank).unwrap_or(Verdict::Never(None))
    }

    fn of(&self, named: &str, claim: &Claim) -> Verdict {
        let parts: Vec<Told> = claim.parts.iter().map(|words| self.part(words)).collect();
        let whole = claim.whole.as_ref().map(|text| self.fold(named, |at| self.sure(Target::Text(text), at)));
        let worst = parts.iter().map(|(verdict, _)| verdict).min_by_key(|verdict| rank(verdict));
        match (worst, whole) {
            (None, None) => Verdict::Never(None),
            (None, Some((whole, _))) => whole,
            // The same text failed as a whole, and its parts did not all succeed since.
            (Some(worst), Some((whole @ Verdict::Failed(_), at))) => {
                let mended = *worst == Verdict::Passed && parts.iter().all(|(_, since)| *since > at);
                if mended { Verdict::Passed } else { whole }
            }
            (Some(worst), _) => worst.clone(),
        }
    }

    fn part(&self, words: &Words) -> Told {
        self.fold(&words.joined(), |at| {
            let is_named = self.ran[at].0.command.contains(words.name());
            if is_named { self.sure(Target::Words(words), at) } else { Sure::Never }
        })
    }

    /// What is sure of run `at`.
    fn sure(&self, target: Target<'_>, at: usize) -> Sure {
        let (ran, read) = &self.ran[at];
        let Some(read) = read else {
            let holds = match target {
                Target::Words(words) => spaced(&ran.command).contains(&words.joined()),
                Target::Text(_) => false,
            };
            return if holds { Sure::Maybe } else { Sure::Never };
        };
        let walked = |trusting: bool| {
            let walk = Walk::new(target, self.place, trusting, self.left.get());
            let sure = worlds::sure(&walk.all(read), ran.failed);
            self.left.set(walk.rest(self.left.get()));
            sure
        };
        match walked(false) {
            // Whoever goes to a folder first has gone there: the failure is that of the command.
            Sure::Maybe if ran.failed == Some(true) => match walked(true) {
                Sure::Failed => Sure::Failed,
                _ => Sure::Maybe,
            },
            sure => sure,
        }
    }

    /// What the runs tell, one after the other.
    fn fold(&self, like: &str, sure: impl Fn(usize) -> Sure) -> Told {
        let mut told: Told = (Verdict::Never(None), None);
        for (at, (ran, _)) in self.ran.iter().enumerate() {
            let text = || short(&ran.command);
            let verdict = match (sure(at), &told.0) {
                (Sure::Never, Verdict::Never(_)) if spaced(&ran.command).contains(like) => Verdict::Never(Some(text())),
                (Sure::Maybe, Verdict::Never(_) | Verdict::Failed(_)) => Verdict::Maybe(text()),
                (Sure::Part(Some(false)), Verdict::Never(_) | Verdict::Failed(_)) => Verdict::Failed(ran.code),
                (Sure::Part(_), Verdict::Never(_) | Verdict::Maybe(_) | Verdict::Failed(_)) => Verdict::Part(text()),
                (Sure::Part(Some(false)), Verdict::Passed) => Verdict::Part(text()),
                (Sure::Ran, _) => Verdict::Ran(text()),
                (Sure::Passed, _) => Verdict::Passed,
                (Sure::Failed, _) => Verdict::Failed(ran.code),
                (Sure::Never | Sure::Maybe | Sure::Part(_), _) => continue,
            };
            told = (verdict, Some(at));
        }
        told
    }
}

/// From what says least for the claim to what says most.
fn rank(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Never(None) => 0,
        Verdict::Never(Some(_)) => 1,
        Verdict::Failed(_) => 2,
        Verdict::Maybe(_) => 3,
        Verdict::Part(_) => 4,
        Verdict::Ran(_) => 5,
        Verdict::Passed => 6,
    }
}

fn spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The beginning of a text, on one line.
fn short(text: &str) -> String {
    let line = spaced(text);
    if line.chars().count() <= 120 { line } else { line.chars().take(119).chain(['…']).collect() }
}

#[cfg(test)]
mod tests;
