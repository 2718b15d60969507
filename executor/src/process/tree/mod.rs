//! What the kernel tells about processes. Everything that is particular to one system stands below this module.
//!
//! A process is named by its id *and* the time of its start: an id alone may have passed to an innocent process.

#[cfg(target_os = "linux")]
mod linux;
#[cfg(not(target_os = "linux"))]
mod other;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

pub(super) use system::{KNOWS, adopted, all, become_guardian, boot, children, effort, environ, look, reap, send};

/// One process for as long as the machine runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Id {
    /// Process id.
    pub(super) pid: i32,
    /// When it started, in clock ticks since boot.
    pub(super) start: u64,
}

/// A process as it was when it was looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Proc {
    /// Which one.
    pub(super) id: Id,
    /// Its parent.
    pub(super) parent: i32,
    /// Its process group.
    pub(super) group: i32,
    /// Its session.
    pub(super) session: i32,
    /// It has ended, and nobody has asked how.
    pub(super) zombie: bool,
}

/// A signal that ends, stops or wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signal {
    /// Asks to end.
    Term,
    /// Ends.
    Kill,
    /// Stops.
    Stop,
    /// Wakes.
    Cont,
}

impl Signal {
    fn raw(self) -> rustix::process::Signal {
        match self {
            Self::Term => rustix::process::Signal::TERM,
            Self::Kill => rustix::process::Signal::KILL,
            Self::Stop => rustix::process::Signal::STOP,
            Self::Cont => rustix::process::Signal::CONT,
        }
    }
}

/// Id of this process.
pub(super) fn own() -> i32 {
    rustix::process::getpid().as_raw_pid()
}

/// Session of this process; 0 if its leader cannot be seen from here, as in a container entered from outside.
///
/// Read from where those of others are read, so that they can be compared. `getsid(2)` says 0 as well, which no type for process ids
/// allows.
pub(super) fn own_session() -> i32 {
    look(own()).map_or(0, |process| process.session)
}

/// Sends `signal` to every member of the group `group`.
///
/// IMPORTANT: only while the leader has not been reaped; afterwards the number may belong to someone else.
pub(super) fn send_group(group: i32, signal: Signal) {
    if let Some(group) = rustix::process::Pid::from_raw(group) {
        // The group may be gone already: then there is nobody to tell.
        let _ = rustix::process::kill_process_group(group, signal.raw());
    }
}

/// Whether the group `group` has a member, dead or alive.
pub(super) fn group_exists(group: i32) -> bool {
    rustix::process::Pid::from_raw(group).is_some_and(|group| rustix::process::test_kill_process_group(group).is_ok())
}
