//! Ends processes until none is left: those of an attempt, and whatever came from them, wherever it hid. Blocks.
//!
//! First everything that is found is stopped, until nothing new is found, so that nothing forks away; then it is killed; and
//! that is repeated until twice in a row nothing is found. Looking at all processes takes longer, on a busy machine, than a process
//! that forks away all the time needs for that; so those that were adopted here, and what they forked, are looked at in between.

use std::collections::{BTreeMap, BTreeSet};
use std::thread;
use std::time::{Duration, Instant};

use super::live;
use super::tree::{self, Id, Proc, Signal};

/// Looks that stop processes, before those found so far are killed.
const ROUNDS: u32 = 64;
/// Looks in a row at nothing but what was adopted here; each costs a few system calls.
const GLANCES: u32 = 256;
/// Pause between two looks at processes that are about to end.
const PAUSE: Duration = Duration::from_millis(1);
/// How long one round waits for the killed to be gone.
const ROUND: Duration = Duration::from_millis(500);

/// Where processes are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// Among the descendants of this process.
    Descendants,
    /// Everywhere but above this process.
    Everywhere,
}

/// Processes to be ended.
pub(super) struct Quarry {
    field: Field,
    /// Decides about processes that nothing else is known of.
    judge: Box<dyn Fn(&Proc) -> bool + Send>,
    /// Groups that are known to be theirs.
    groups: BTreeSet<i32>,
    /// Those found so far.
    known: BTreeSet<Id>,
    /// Those that were told to end.
    ended: BTreeSet<Id>,
    /// How long to go on when this is dropped before its time.
    on_drop: Option<Duration>,
}

impl Quarry {
    /// The processes `roots`, the groups `groups`, everything that `judge` claims, and all descendants of these.
    pub(super) fn new(
        field: Field,
        roots: impl IntoIterator<Item = Id>,
        groups: impl IntoIterator<Item = i32>,
        judge: impl Fn(&Proc) -> bool + Send + 'static,
    ) -> Self {
        Self {
            field,
            judge: Box::new(judge),
            groups: groups.into_iter().collect(),
            known: roots.into_iter().collect(),
            ended: BTreeSet::new(),
            on_drop: None,
        }
    }
    /// Hunts for at most `limit` when dropped, until [`Quarry::let_go`].
    pub(super) fn hunted_on_drop(mut self, limit: Duration) -> Self {
        self.on_drop = Some(limit);
        self
    }
    /// Nothing is to be done when this is dropped.
    pub(super) fn let_go(&mut self) {
        self.on_drop = None;
    }
    /// Processes that were told to end so far.
    pub(super) fn ended(&self) -> &BTreeSet<Id> {
        &self.ended
    }
    fn is_theirs(&self, process: &Proc) -> bool {
        self.known.contains(&process.id)
            || self.groups.contains(&process.group)
            || self.groups.contains(&process.session)
            || (!process.zombie && (self.judge)(process))
    }
    /// All that are alive now; remembers them.
    pub(super) fn find(&mut self) -> Vec<Proc> {
        let all: BTreeMap<i32, Proc> = tree::all().into_iter().map(|p| (p.id.pid, p)).collect();
        let above = ancestors(&all, tree::own());
        let below = match self.field {
            Field::Descendants => Some(descendants(&all, BTreeSet::from([tree::own()]))),
            Field::Everywhere => None,
        };
        let candidates = || {
            all.values().filter(|p| {
                let pid = p.id.pid;
                pid != 1 && !above.contains(&pid) && below.as_ref().is_none_or(|below| below.contains(&pid))
            })
        };
        let seeds: BTreeSet<i32> = candidates().filter(|p| self.is_theirs(p)).map(|p| p.id.pid).collect();
        let inside = descendants(&all, seeds);
        let found: Vec<Proc> = candidates().filter(|p| !p.zombie && inside.contains(&p.id.pid)).copied().collect();
        self.known.extend(found.iter().map(|p| p.id));
        found
    }
    /// Stops those that were adopted here and what came from them, as soon as each is seen; false if that was nothing new. Misses
    /// what only a look at everything finds.
    fn glance(&mut self, stopped: &mut BTreeSet<Id>) -> bool {
        let before = stopped.len();
        let mut next: Vec<(i32, Option<i32>)> = tree::adopted().into_iter().flatten().map(|pid| (pid, None)).collect();
        while let Some((pid, forked_by)) = next.pop() {
            let Some(process) = tree::look(pid).filter(|process| !process.zombie) else { continue };
            // Whoever forked it may have ended since.
            let inherits = forked_by.is_some_and(|parent| process.parent == parent || process.parent == tree::own());
            if !inherits && !self.is_theirs(&process) {
                continue;
            }
            // IMPORTANT: before its children are looked at; then it forks no more.
            if stopped.insert(process.id) {
                self.known.insert(process.id);
                self.tell(process.id, Signal::Stop);
            }
            next.extend(tree::children(pid).into_iter().map(|child| (child, Some(pid))));
        }
        stopped.len() > before
    }
    /// Ends them all; asks first and waits for `polite`, if given. Gives up after `limit`. Returns how many are left.
    pub(super) fn hunt(&mut self, polite: Option<Duration>, limit: Duration) -> usize {
        if !tree::KNOWS {
            return self.end_groups(polite);
        }
        let began = Instant::now();
        if let Some(patience) = polite {
            let found = self.find();
            for process in &found {
                self.tell(process.id, Signal::Term);
                self.tell(process.id, Signal::Cont);
            }
            await_end(found.iter().map(|p| p.id).collect(), patience);
        }
        let mut quiet = 0;
        loop {
            let mut found = self.find();
            quiet = if found.is_empty() { quiet + 1 } else { 0 };
            if quiet == 2 || began.elapsed() > limit {
                return found.len();
            }
            let mut stopped = BTreeSet::new();
            for _ in 0..ROUNDS {
                let near = self.field == Field::Descendants;
                (0..GLANCES).take_while(|_| near && self.glance(&mut stopped)).for_each(drop);
                let fresh: Vec<Id> = found.iter().map(|p| p.id).filter(|id| stopped.insert(*id)).collect();
                if fresh.is_empty() {
                    break;
                }
                for id in fresh {
                    self.tell(id, Signal::Stop);
                }
                found = self.find();
            }
            if !stopped.is_empty() {
                quiet = 0;
            }
            for id in &stopped {
                self.tell(*id, Signal::Kill);
            }
            await_end(stopped, ROUND);
        }
    }
    /// What can be done where processes cannot be found.
    fn end_groups(&self, polite: Option<Duration>) -> usize {
        for group in self.groups.iter().copied().filter(|group| tree::group_exists(*group)) {
            if let Some(patience) = polite {
                tree::send_group(group, Signal::Term);
                let began = Instant::now();
                while tree::group_exists(group) && began.elapsed() < patience {
                    thread::sleep(PAUSE);
                }
            }
            tree::send_group(group, Signal::Kill);
        }
        0
    }
    fn tell(&mut self, id: Id, signal: Signal) {
        if tree::send(id, signal) {
            self.ended.insert(id);
        }
    }
}

impl Drop for Quarry {
    fn drop(&mut self) {
        if let Some(limit) = self.on_drop {
            self.hunt(None, limit);
        }
    }
}

/// Waits until all of `ids` are gone, at most for `patience`; takes note of the end of adopted ones.
fn await_end(mut ids: BTreeSet<Id>, patience: Duration) {
    let began = Instant::now();
    loop {
        ids.retain(|id| !is_gone(*id));
        if ids.is_empty() || began.elapsed() > patience {
            return;
        }
        thread::sleep(PAUSE);
    }
}

fn is_gone(id: Id) -> bool {
    let Some(process) = tree::look(id.pid).filter(|process| process.id == id) else { return true };
    if process.zombie && process.parent == tree::own() && !live::is_awaited(id.pid) {
        tree::reap(id.pid);
    }
    process.zombie
}

/// `pid` and everything above it.
fn ancestors(all: &BTreeMap<i32, Proc>, pid: i32) -> BTreeSet<i32> {
    let mut above = BTreeSet::new();
    let mut next = Some(pid);
    while let Some(pid) = next.filter(|pid| above.insert(*pid)) {
        next = all.get(&pid).map(|process| process.parent);
    }
    above
}

/// `seeds` and everything below them.
fn descendants(all: &BTreeMap<i32, Proc>, seeds: BTreeSet<i32>) -> BTreeSet<i32> {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in all.values() {
        children.entry(process.parent).or_default().push(process.id.pid);
    }
    let mut inside = BTreeSet::new();
    let mut next: Vec<i32> = seeds.into_iter().collect();
    while let Some(pid) = next.pop() {
        if inside.insert(pid) {
            next.extend(children.get(&pid).into_iter().flatten());
        }
    }
    inside
}
