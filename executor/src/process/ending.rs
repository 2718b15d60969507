//! How a process is brought to its end: told to stop, asked by signal, ended, each with its time; and what is done about what it
//! leaves behind.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::{Instant, sleep_until};

use super::hunt::Quarry;
use super::live::Judge;
use super::tree::{self, Id, Signal};
use super::{Ask, Limits};

/// Longest time that is spent on ending processes; what is in the hands of the kernel for longer cannot be ended.
const HUNT: Duration = Duration::from_secs(10);
/// How often that is begun anew because something came up behind it.
const HUNTS: u32 = 3;

/// What came of a step towards the end.
pub(super) enum Step {
    /// What was to be done has been done.
    Done,
    /// The process is to stop, and has not been told so.
    Cancel,
}

/// How the process is brought to its end when that is asked for, and what is done about what it leaves behind.
pub(super) struct Ending {
    asked: watch::Receiver<Ask>,
    pid: i32,
    /// Given away while it hunts.
    quarry: Option<Quarry>,
    farewell: Duration,
    grace: Duration,
    /// It was told to stop.
    told: bool,
    /// When it should have ended by itself.
    parting: Option<Instant>,
    /// When asking has had its time.
    deadline: Option<Instant>,
    hunt: Option<JoinHandle<(Quarry, usize)>>,
}

impl Ending {
    /// Nothing has been asked yet.
    pub(super) fn new(asked: watch::Receiver<Ask>, pid: i32, quarry: Quarry, limits: &Limits) -> Self {
        let (farewell, grace) = (limits.farewell, limits.grace);
        let (parting, deadline, hunt) = (None, None, None);
        Self { asked, pid, quarry: Some(quarry), farewell, grace, told: false, parting, deadline, hunt }
    }
    /// Waits for the next thing to be done, and does it, unless it is for the caller to do. Nothing is lost if it is dropped while
    /// it waits.
    ///
    /// IMPORTANT: only while the process has not been waited for; its group is signalled by number.
    pub(super) async fn step(&mut self) -> Step {
        if self.hunt.is_some() {
            return std::future::pending().await;
        }
        let (deadline, told) = (self.deadline, self.told);
        let next = deadline.map(|at| (at, Ask::Kill)).or(self.parting.map(|at| (at, Ask::Term)));
        let time_over = async {
            match next {
                Some((at, what)) => {
                    sleep_until(at).await;
                    what
                }
                None => std::future::pending().await,
            }
        };
        let asked = async {
            let wanted = |ask: &Ask| *ask == Ask::Kill || (*ask == Ask::Term && deadline.is_none() && !told);
            let asked = self.asked.wait_for(wanted).await.map(|asked| *asked);
            match asked {
                Ok(asked) => asked,
                // The leash is gone: nobody will ask any more.
                Err(_) => std::future::pending().await,
            }
        };
        tokio::select! {
            asked = asked => match asked {
                Ask::Term => {
                    self.told = true;
                    return Step::Cancel;
                }
                Ask::Kill => self.kill(),
                Ask::Run => std::future::pending().await,
            },
            what = time_over => if what == Ask::Kill { self.kill() } else { self.term() },
        }
        Step::Done
    }
    /// Gives it a moment to end by itself.
    pub(super) fn part(&mut self) {
        self.parting.get_or_insert(Instant::now() + self.farewell);
    }
    fn kill(&mut self) {
        self.hunt = self.quarry.take().map(|quarry| hunt(quarry, None));
    }
    /// Asks the process to end.
    ///
    /// IMPORTANT: only while the process has not been waited for; its group is signalled by number.
    pub(super) fn term(&mut self) {
        if self.deadline.is_some() || self.hunt.is_some() {
            return;
        }
        if let Some(quarry) = &mut self.quarry {
            // Whoever leaves the tree while it ends is known from now.
            quarry.find();
        }
        tree::send_group(self.pid, Signal::Term);
        tree::send_group(self.pid, Signal::Cont);
        self.deadline = Some(Instant::now() + self.grace);
    }
    /// The process has ended: ends what it left behind, if anything.
    pub(super) async fn finish(mut self, judge: &Judge, is_dry: bool, patience: Duration) -> Strays {
        let orphans = judge.has_orphans(self.pid);
        let is_clean = is_dry && self.deadline.is_none() && !orphans.unwrap_or_else(|| tree::group_exists(self.pid));
        let mut hunting = match (self.hunt.take(), self.quarry.take()) {
            (Some(hunt), _) => hunt,
            (None, Some(mut quarry)) if is_clean => {
                quarry.let_go();
                return Strays { ended: orphans.map(|_| BTreeSet::new()), left: 0 };
            }
            (None, Some(quarry)) => hunt(quarry, Some(patience)),
            (None, None) => return Strays::default(),
        };
        let mut hunts = 0;
        loop {
            // A thread that was not let run has hunted when it was dropped; what it found is not known.
            let Ok((quarry, left)) = hunting.await else { return Strays::default() };
            // This takes note of those that ended by themselves meanwhile, and looks a last time.
            hunts += 1;
            if left > 0 || hunts == HUNTS || judge.has_orphans(self.pid) != Some(true) {
                return Strays { ended: orphans.map(|_| quarry.ended().clone()), left };
            }
            hunting = hunt(quarry, None);
        }
    }
}

/// What a process left behind.
#[derive(Debug, Default)]
pub(super) struct Strays {
    /// Processes that had to be ended, perhaps with the process itself; `None` is unknown.
    pub(super) ended: Option<BTreeSet<Id>>,
    /// How many could not be ended.
    pub(super) left: usize,
}

/// Hunts on a thread of its own; afterwards there is nothing to do on drop.
fn hunt(mut quarry: Quarry, polite: Option<Duration>) -> JoinHandle<(Quarry, usize)> {
    spawn_blocking(move || {
        let left = quarry.hunt(polite, HUNT);
        quarry.let_go();
        (quarry, left)
    })
}
