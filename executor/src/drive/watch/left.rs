//! What attempts left in the folder of the run when they ended: from then on nobody writes there, whoever is still under way.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::run_files::RunFiles;
use crate::runs::AttemptPath;

/// Attempts that have ended, in this order, each with its files.
#[derive(Debug, Default)]
pub(super) struct Left(Mutex<Vec<(AttemptPath, RunFiles)>>);

impl Left {
    fn all(&self) -> MutexGuard<'_, Vec<(AttemptPath, RunFiles)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
    /// How many have ended.
    pub(super) fn count(&self) -> usize {
        self.all().len()
    }
    /// `attempt` has ended, and the files of the run are `files`.
    pub(super) fn add(&self, attempt: AttemptPath, files: &RunFiles) {
        let own = files.of(&attempt);
        self.all().push((attempt, own));
    }
    /// What changed of what they left, between two looks: how many had ended before each began, and the files that it saw.
    pub(super) fn changed(&self, first: (usize, &RunFiles), now: (usize, &RunFiles)) -> Vec<String> {
        let all = self.all();
        let lines = all.iter().take(now.0).enumerate().flat_map(|(number, (attempt, left))| {
            let before = if number < first.0 { &first.1.of(attempt) } else { left };
            before.changed(&now.1.of(attempt))
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::super::run_files::Known;
    use super::*;
    use crate::git::LeftOut;

    fn look(folder: &Path) -> RunFiles {
        Known::default().look(folder, &["attempts", "logs"], &|_| true, &mut LeftOut::new())
    }

    #[test]
    fn what_was_left_stays_and_what_changed_before_is_nobody_elses() {
        let place = tempfile::tempdir().expect("a folder");
        let write = |name: &str, text: &str| {
            let path = place.path().join(name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
        };
        let left = Left::default();
        let first = look(place.path());
        write("logs/a/1.log", "said");
        write("logs/a/2.log", "under way");
        write("attempts/a/1/result.json", "{}");
        left.add(AttemptPath::new("a", 1).expect("a node"), &look(place.path()));
        write("logs/a/2.log", "still under way");
        assert_eq!(left.changed((0, &first), (1, &look(place.path()))), [""; 0]);
        write("logs/a/1.log", "never said");
        write("attempts/a/1/more", "x");
        let (count, later) = (left.count(), look(place.path()));
        assert_eq!(left.changed((0, &first), (0, &later)), [""; 0], "who looked before it ended saw something else");
        assert_eq!(left.changed((0, &first), (1, &later)), ["A attempts/a/1/more", "M logs/a/1.log"]);
        assert_eq!(
            left.changed((count, &later), (count, &look(place.path()))),
            [""; 0],
            "who began later did none of it"
        );
        fs::remove_dir_all(place.path().join("attempts")).expect("it goes");
        let lines = ["D attempts/a/1/more", "D attempts/a/1/result.json"];
        assert_eq!(left.changed((count, &later), (count, &look(place.path()))), lines);
    }
}
