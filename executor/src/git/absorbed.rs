//! What a branch took in of others, and does not have: git takes it for merged from then on, and a later merge brings nothing of it. Only
//! looks.

use std::collections::{BTreeMap, BTreeSet};

use super::Repository;
use super::error::Error;
use super::name::{Oid, visible};
use super::stand::Made;

impl Repository {
    /// Files that only others had changed whose commits `made` took in, and that are in `tree` as they were before these changes; each
    /// with the commit that has it. `start` is where the branch began, and `own` are tips whose work is judged elsewhere.
    ///
    /// # Errors
    /// Those of running git.
    pub fn dropped(
        &self,
        made: &[Made],
        start: &Oid,
        own: impl IntoIterator<Item = String>,
        tree: &Oid,
    ) -> Result<Vec<String>, Error> {
        let ids: BTreeSet<&str> = made.iter().map(|made| made.oid.as_str()).collect();
        let parents = made.iter().flat_map(|made| &made.parents).map(String::as_str);
        let outside: BTreeSet<&str> = parents.filter(|id| !ids.contains(id) && *id != start.as_str()).collect();
        if outside.is_empty() {
            return Ok(Vec::new());
        }
        let own: Vec<Oid> = own.into_iter().filter_map(|tip| Oid::parse(&tip).ok()).collect();
        let mut found = Vec::new();
        for taken in outside {
            let taken = Oid::parse(taken)?;
            let mut known = [start].into_iter().chain(&own);
            if known.any(|tip| self.is_ancestor(&taken, tip).unwrap_or(false)) {
                continue;
            }
            let lost = self.lost_of(&taken, start, tree)?;
            found.extend(lost.into_iter().map(|path| format!("{path} of {}", taken.short())));
        }
        Ok(found)
    }

    /// Files that were changed on the way to `taken`, and not on that to `start`, and of which `tree` has nothing.
    fn lost_of(&self, taken: &Oid, start: &Oid, tree: &Oid) -> Result<Vec<String>, Error> {
        // Of what has nothing in common nobody can tell what was there before.
        let Some(base) = self.merge_base(start, taken)? else { return Ok(Vec::new()) };
        let ours: BTreeSet<_> = self.changes(&base, start)?.into_iter().map(|change| change.path).collect();
        let missing: BTreeMap<_, _> =
            self.differences(taken, tree)?.into_iter().map(|d| (d.change.path, d.after)).collect();
        let theirs = self.differences(&base, taken)?.into_iter();
        let lost = theirs.filter(|d| !ours.contains(&d.change.path) && missing.get(&d.change.path) == Some(&d.before));
        Ok(lost.map(|d| visible(&d.change.path.to_string())).collect())
    }
}
