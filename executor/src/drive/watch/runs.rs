//! What lies in the folders of runs that nobody writes there now: of this run what its executor writes once, of others everything but
//! what attempts left there. Follows no link.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::between;
use super::files::{self, Digests};
use crate::git::LeftOut;
use crate::runs::{Holder, RunDir, Runs};

/// Most other runs that are looked at, the latest.
const MOST: usize = 1_000;

/// Files of this run that its executor goes on writing in place, so that only which ones they are is known.
const IN_PLACE: [&str; 3] = ["lock", "run.db", "run.tip"];
/// Its files that are written when nobody works any more, and a folder that nobody writes to.
const AT_REST: [&str; 3] = ["report.md", "report.json", "artifacts"];

/// Runs that no executor holds, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Idle(BTreeMap<String, Run>);

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    /// What its lock says: whoever takes the run writes that anew.
    lock: Option<String>,
    /// Its files, with size and time.
    files: Digests,
}

impl Idle {
    /// The runs of the project at `root`, but the one called `own`. `last` is what the last look saw. Adds to `left_out`.
    pub(super) fn look(root: &Path, own: &str, last: &Self, left_out: &mut LeftOut) -> Self {
        Self::look_at(MOST, root, own, last, left_out)
    }

    fn look_at(most: usize, root: &Path, own: &str, last: &Self, left_out: &mut LeftOut) -> Self {
        let all = Runs::of(root).list().unwrap_or_else(|error| {
            left_out.insert(format!(".mission/runs: {error}"));
            Vec::new()
        });
        let mut others = all.iter().rev().filter(|run| run.id().as_str() != own);
        let found = others.by_ref().take(most).filter_map(|run| Some((run.id().to_string(), last.one(run)?))).collect();
        if others.next().is_some() {
            left_out.insert(format!(".mission/runs: more than {most} other runs"));
        }
        Self(found)
    }

    /// How `run` stands, unless an executor holds it. One that was held by nobody is still held by nobody while its lock is the same.
    fn one(&self, run: &RunDir) -> Option<Run> {
        let lock = lock(run.path());
        let is_known = self.0.get(run.id().as_str()).is_some_and(|known| known.lock == lock);
        if !is_known && run.is_alive().unwrap_or(true) {
            return None;
        }
        let mut files = Digests::new();
        for entry in run.path().read_dir().ok()?.flatten() {
            let (name, Ok(about)) = (entry.file_name().to_string_lossy().into_owned(), entry.metadata()) else {
                continue;
            };
            // What an executor says in the background may come after it has let go of the run.
            if name == "executor.log" {
                continue;
            }
            let what = if about.is_dir() {
                "folder".to_owned()
            } else {
                format!("{} {}.{}", about.len(), about.ctime(), about.ctime_nsec())
            };
            files.insert(name, what);
        }
        Some(Run { lock, files })
    }

    /// Makes them as if what changed from `after` to `next` had been so before, but of those that had changed until `after`.
    pub(super) fn leave_out(&mut self, after: &Self, next: &Self) {
        between::map(&mut self.0, &after.0, &next.0);
    }

    /// Has nobody held the run `id` of the project at `root` since before this look?
    ///
    /// IMPORTANT: asked after everything else was looked at, since somebody may take it at any time.
    pub(super) fn stayed(&self, id: &str, root: &Path) -> bool {
        self.0.get(id).is_some_and(|run| run.lock == lock(&root.join(".mission/runs").join(id)))
    }

    /// Names of what is new, different or gone in runs of the project at `root` that nobody has held meanwhile.
    pub(super) fn changed(&self, now: &Self, root: &Path) -> Vec<String> {
        let is_gone = |id: &&String| !now.0.contains_key(*id) && !root.join(".mission/runs").join(id).exists();
        let gone = self.0.keys().filter(is_gone);
        let mut lines: Vec<String> = gone.map(|id| format!("D .mission/runs/{id}")).collect();
        for (id, before) in self.0.iter().filter(|(id, _)| self.stayed(id, root)) {
            let Some(now) = now.0.get(id) else { continue };
            let changed = files::changed(&before.files, &now.files);
            // Whoever reads a run makes files beside the database; of one that was killed, the last reader also moves what they hold.
            let is_of_readers = |name: &str| {
                name.starts_with("run.db-") || name == "run.db" && before.files.keys().any(|n| n.starts_with("run.db-"))
            };
            let told = changed.iter().filter_map(|line| line.split_once(' ')).filter(|(_, name)| !is_of_readers(name));
            let told: Vec<String> = told.map(|(how, name)| format!("{how} .mission/runs/{id}/{name}")).collect();
            // IMPORTANT: asked in this order: whoever takes a run writes the lock anew before anything else, and holds it all the while.
            if !told.is_empty() && !is_held(id, root) && self.stayed(id, root) {
                lines.extend(told);
            }
        }
        lines
    }
}

/// Does somebody hold the run `id` of the project at `root` just now? Also if that cannot be told.
fn is_held(id: &str, root: &Path) -> bool {
    Runs::of(root).find(id).and_then(|run| run.is_alive()).unwrap_or(true)
}

/// What the lock of the run in `folder` says; `None` if it has none.
fn lock(folder: &Path) -> Option<String> {
    fs::read_to_string(folder.join("lock")).ok()
}

/// What lies in the folder of the run `own` that no run has, or that its executor does not write while attempts are under way.
///
/// Adds to `left_out`.
pub(super) fn own(folder: &Path, own: &str, left_out: &mut LeftOut) -> Digests {
    let mut all = Digests::new();
    for name in folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.file_name()) {
        let (shown, path) = (name.to_string_lossy(), folder.join(&name));
        let told = format!(".mission/runs/{own}/{shown}");
        if IN_PLACE.contains(&&*shown) {
            let what = path.symlink_metadata().map(|about| format!("{} {}", about.dev(), about.ino()));
            all.insert(told, what.unwrap_or_default() + &shape(&shown, &path));
        } else if AT_REST.contains(&&*shown) || !RunDir::may_have(&shown) {
            files::add(&mut all, &told, &path, &|_| true, left_out);
        }
    }
    all
}

/// What stays the same of a file that is written in place.
fn shape(name: &str, path: &Path) -> String {
    match name {
        // Each executor writes it anew; what an attempt did before is held against how it was then.
        "lock" => {
            let holder = fs::read(path).ok().and_then(|text| serde_json::from_slice::<Holder>(&text).ok());
            format!(" {}", holder.is_some_and(|holder| holder.pid == std::process::id()))
        }
        // Each line is as long as the one before it.
        "run.tip" => path.symlink_metadata().map(|about| format!(" {}", about.len())).unwrap_or_default(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Timestamp;

    fn project() -> (tempfile::TempDir, RunDir) {
        let place = tempfile::tempdir().expect("a folder");
        let run = place.path().join(".mission/runs/20260101-0000-gabehi");
        fs::create_dir_all(&run).expect("it is made");
        fs::write(run.join("report.md"), "fine").expect("it is written");
        let dir = Runs::of(place.path()).list().expect("a list").pop().expect("a run");
        drop(dir.lock(Timestamp(1_000)).expect("nobody has it"));
        (place, dir)
    }

    #[test]
    fn what_nobody_holds_stays_as_it_is() {
        let (place, dir) = project();
        let look = |last: &Idle| Idle::look(place.path(), "20260102-0000-gabehi", last, &mut LeftOut::new());
        let before = look(&Idle::default());
        assert!(before.changed(&look(&before), place.path()).is_empty());
        for (most, said) in [(1, None), (0, Some(".mission/runs: more than 0 other runs"))] {
            let mut left_out = LeftOut::new();
            let seen = Idle::look_at(most, place.path(), "20260102-0000-gabehi", &before, &mut left_out);
            assert_eq!((seen.0.len(), left_out.first().map(String::as_str)), (most, said));
        }
        fs::write(dir.path().join("run.db-wal"), "").expect("it is written");
        assert!(before.changed(&look(&before), place.path()).is_empty(), "somebody reads");
        fs::write(dir.path().join("report.md"), "better than that").expect("it is written");
        assert_eq!(before.changed(&look(&before), place.path()), ["M .mission/runs/20260101-0000-gabehi/report.md"]);
        fs::remove_dir_all(dir.path()).expect("it goes");
        assert!(!before.stayed(dir.id().as_str(), place.path()));
        assert_eq!(before.changed(&look(&before), place.path()), ["D .mission/runs/20260101-0000-gabehi"]);
    }

    #[test]
    fn whoever_is_just_taking_a_run_may_change_it() {
        let (place, dir) = project();
        let look = |last: &Idle| Idle::look(place.path(), "20260102-0000-gabehi", last, &mut LeftOut::new());
        let before = look(&Idle::default());
        let lock = fs::File::open(dir.path().join("lock")).expect("it is there");
        lock.lock().expect("nobody has it");
        fs::write(dir.path().join("run.db"), "records").expect("it is written");
        let after = look(&before);
        assert!(before.changed(&after, place.path()).is_empty(), "its name is not in the lock yet");
        lock.unlock().expect("it is let go");
        assert_eq!(before.changed(&after, place.path()), ["A .mission/runs/20260101-0000-gabehi/run.db"]);
    }

    #[test]
    fn whoever_takes_a_run_may_change_it() {
        let (place, dir) = project();
        let look = |last: &Idle| Idle::look(place.path(), "20260102-0000-gabehi", last, &mut LeftOut::new());
        let before = look(&Idle::default());
        let lock = dir.lock(Timestamp(2_000)).expect("nobody has it");
        fs::write(dir.path().join("report.md"), "another").expect("it is written");
        let held = look(&before);
        assert!(!held.0.contains_key(dir.id().as_str()), "somebody holds it");
        drop(lock);
        assert!(!before.stayed(dir.id().as_str(), place.path()));
        assert!(
            before.changed(&held, place.path()).is_empty() && before.changed(&look(&before), place.path()).is_empty()
        );
        assert!(held.changed(&look(&held), place.path()).is_empty(), "who begins meanwhile knows nothing of it");
    }
}
