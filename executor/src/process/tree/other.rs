//! Other Unix systems: nothing is known about processes beyond those that were started here. Process groups must do.

use super::{Id, Proc, Signal};

/// Processes cannot be found here.
pub(in crate::process) const KNOWS: bool = false;

/// There is no way to keep orphans.
pub(in crate::process) fn become_guardian() -> bool {
    false
}

/// Not known.
pub(in crate::process) fn adopted() -> Option<Vec<i32>> {
    None
}

/// Not known.
pub(in crate::process) fn children(_pid: i32) -> Vec<i32> {
    Vec::new()
}

/// Not known: nobody is taken to work.
pub(in crate::process) fn effort(_root: i32) -> u64 {
    0
}

/// Not known.
pub(in crate::process) fn all() -> Vec<Proc> {
    Vec::new()
}

/// Not known.
pub(in crate::process) fn look(_pid: i32) -> Option<Proc> {
    None
}

/// Not known.
pub(in crate::process) fn environ(_pid: i32) -> Vec<u8> {
    Vec::new()
}

/// A process that cannot be identified is not signalled.
pub(in crate::process) fn send(_id: Id, _signal: Signal) -> bool {
    false
}

/// Nothing is adopted.
pub(in crate::process) fn reap(_pid: i32) {}

/// Not known.
pub(in crate::process) fn boot() -> String {
    String::new()
}
