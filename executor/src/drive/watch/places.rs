//! What changed in places other than the attempt's own. Judges nothing.

use super::sight::{Other, Sight};
use super::{Watch, changed, files, lines};
use crate::decide::port::Elsewhere;
use crate::git;

impl Watch {
    /// Logs that tell of something that nobody sees in the refs.
    fn logged(&self, now: &Sight) -> Vec<String> {
        let (before, now) = (&self.first.common, &now.common);
        let lost = before.logs.lost(&now.logs, &self.repository);
        let is_told = |log: &String| {
            let moved = git::ref_of_log(log).is_some_and(|name| before.refs.get(name) != now.refs.get(name));
            moved || lost.iter().any(|line| line.ends_with(log.as_str()))
        };
        let changed = before.logs.changed(&now.logs);
        changed.into_iter().filter(|log| !is_told(log)).map(|log| format!("M {log}")).collect()
    }

    pub(super) fn elsewhere(&self, now: &Sight) -> Result<Vec<Elsewhere>, git::Error> {
        let mut found = Vec::new();
        for before in &self.first.others {
            let Some(after) = now.others.iter().find(|other| other.root == before.root) else {
                found.push(told(before, vec!["it is gone, or no longer what was made".to_owned()]));
                continue;
            };
            let mut what = match (&before.tree, &after.tree) {
                (Some(from), Some(to)) => lines(&changed(&self.repository, from, to)?),
                (None, None) => Vec::new(),
                _ => vec!["it cannot be read any more".to_owned()],
            };
            what.extend(after.nested.difference(&before.nested).cloned());
            if before.index != after.index {
                what.push("its index".to_owned());
            }
            what.extend(files::changed(&before.git, &after.git));
            what.extend(self.repository.left_locked(&before.locks, &after.locks));
            if before.owner.is_none() {
                what.extend(self.logged(now));
            }
            // Whoever worked there and left it as it is now has done it, and nobody else.
            let after_end = after.left.is_some() && after.left != after.tree;
            if !what.is_empty() {
                found.push(Elsewhere { after_end, ..told(before, what) });
            }
        }
        // Where somebody worked when this began, and nobody does now.
        let is_new = |other: &&Other| self.first.others.iter().all(|before| before.root != other.root);
        for other in now.others.iter().filter(is_new) {
            if other.left.is_some() && other.tree.is_none() {
                found.push(told(other, vec!["it cannot be read any more".to_owned()]));
            }
            if let (Some(left), Some(tree)) = (&other.left, &other.tree) {
                let mut what = lines(&changed(&self.repository, left, tree)?);
                if let Some(rest) = self.eyes.rest(&other.root) {
                    what.extend(files::changed(&rest.git, &other.git));
                    what.extend(self.repository.left_locked(&rest.locks, &other.locks));
                }
                if !what.is_empty() {
                    found.push(Elsewhere { after_end: true, ..told(other, what) });
                }
            }
        }
        Ok(found)
    }
}

fn told(other: &Other, what: Vec<String>) -> Elsewhere {
    Elsewhere { owner: other.owner.clone(), path: other.asked.clone(), what, after_end: false }
}
