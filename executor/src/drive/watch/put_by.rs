//! How everything stood when attempts were ended by their own executor, because the run was interrupted. It is on disk once nobody works
//! any more: what changes until they are taken up again is nobody's work.

use std::collections::BTreeMap;
use std::fs;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::folder;
use super::sight::Sight;
use crate::drive::local::Ground;
use crate::runs::write_durably_with;

/// Name of the file in the folder of the attempt.
const FILE: &str = "after.json";

/// A node and the number of its attempt.
type Key = (String, u32);

/// Attempts that have ended, as long as it may matter how everything stood then.
#[derive(Debug, Default)]
pub(in crate::drive) struct PutBy(Mutex<BTreeMap<Key, Arc<Sight>>>);

impl PutBy {
    fn all(&self) -> MutexGuard<'_, BTreeMap<Key, Arc<Sight>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `attempt` has ended, and everything is as it is `now`.
    pub(super) fn add(&self, attempt: Key, now: &Arc<Sight>) {
        self.all().insert(attempt, Arc::clone(now));
    }

    /// It does not matter: the attempt came to an end of its own.
    pub(in crate::drive) fn forget(&self, attempt: &Key) {
        self.all().remove(attempt);
    }

    /// Puts it on disk. Nobody works any more, so nobody else writes there. What is missing there is as after a crash: who goes on is
    /// held against all that has changed.
    pub(in crate::drive) fn write(&self, ground: &Ground) {
        for ((node, attempt), sight) in std::mem::take(&mut *self.all()) {
            let Ok(folder) = folder(ground, &node, attempt) else { continue };
            let path = folder.join(FILE);
            if write_durably_with(&path, |file| Ok(serde_json::to_writer(file, &*sight)?)).is_err() {
                // What lies there now was written by the attempt.
                let _ = fs::remove_file(path);
            }
        }
    }
}

/// How everything stood then, where that is known.
pub(super) fn read(ground: &Ground, node: &str, attempt: u32) -> Option<Sight> {
    let text = fs::read(folder(ground, node, attempt).ok()?.join(FILE)).ok()?;
    serde_json::from_slice(&text).ok()
}
