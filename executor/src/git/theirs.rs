//! The indexes of working trees that are neither the main one nor an engine's: what somebody has put there is in no commit yet. Only
//! looks.

use std::collections::BTreeMap;
use std::path::Path;

use super::Repository;
use super::common::{LeftOut, names};
use super::error::Error;
use super::index::KnownIndex;
use super::place;

/// Most working trees that are looked at.
const MOST: usize = 200;

/// What was said before, and from what it follows.
#[derive(Debug, Default)]
pub struct KnownTheirs(BTreeMap<String, KnownIndex>);

/// Digests of indexes, by the name under which they are told of; `None`: there is none, or it cannot be read.
pub type Theirs = BTreeMap<String, Option<String>>;

impl Repository {
    /// The indexes as they are. `known` is what this said before. Adds to `left_out`.
    ///
    /// # Errors
    /// Those of running git.
    pub fn theirs(&self, known: &mut KnownTheirs, left_out: &mut LeftOut) -> Result<Theirs, Error> {
        let mut all = Theirs::new();
        let mut last = std::mem::take(&mut known.0);
        for name in names(&self.common_dir.join("worktrees")) {
            let at = place::place_of(&self.common_dir, &name).filter(|at| at.exists());
            let at = at.and_then(|file| file.parent().map(Path::to_owned));
            let Some(at) = at.filter(|_| !self.is_of_engine(&name)) else { continue };
            if all.len() == MOST {
                left_out.insert(format!(".git/worktrees: more than {MOST} indexes"));
                break;
            }
            let drivers = self.switched_off()?;
            let admin = place::admin_dir(&self.common_dir, &name);
            let is_there = admin.join("index").symlink_metadata().is_ok();
            let mut index = last.remove(&name).unwrap_or_default();
            // Who takes it away just now is told of when it is gone.
            let seen = is_there.then(|| self.seen_from(at, admin).index(&mut index, &drivers).ok()).flatten();
            all.insert(format!(".git/worktrees/{name}/index"), seen.map(|index| index.digest()));
            known.0.insert(name, index);
        }
        Ok(all)
    }
}

/// Those that are different, or gone; not what is new, nor of whose working tree nothing is left.
pub fn restaged(before: &Theirs, after: &Theirs) -> Vec<String> {
    let told = before.iter().filter_map(|(name, was)| {
        let (was, is) = (was.as_ref()?, after.get(name)?);
        let how = if is.is_some() { "M" } else { "D" };
        (is.as_ref() != Some(was)).then(|| format!("{how} {name}"))
    });
    told.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_there_counts() {
        let all = |rows: &[(&str, Option<&str>)]| -> Theirs {
            rows.iter().map(|(name, sum)| ((*name).to_owned(), sum.map(str::to_owned))).collect()
        };
        let before = all(&[("a", Some("1")), ("b", Some("1")), ("c", None), ("d", Some("1")), ("e", Some("1"))]);
        let after = all(&[("a", Some("1")), ("b", Some("2")), ("c", Some("1")), ("e", None), ("f", Some("1"))]);
        assert_eq!(restaged(&before, &after), ["M b", "D e"]);
    }
}
