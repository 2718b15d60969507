//! Objects and packs that say something else than before under the same name: git writes them once. Only looks.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use super::Repository;
use super::common::names;
use super::error::Error;
use super::name::Oid;

/// Most objects that are named.
const NAMED: usize = 10;
/// In how many parts objects are looked at again if one of them is not whole.
const PARTS: usize = 8;
/// For how long the clock of a file system may be behind ours, in nanoseconds.
const BEHIND: i128 = 20_000_000;

/// Packs and their indexes by name, with their size in bytes.
pub type Packs = BTreeMap<String, u64>;

impl Repository {
    /// The packs as they are.
    pub fn packs(&self) -> Packs {
        let folder = self.common_dir.join("objects/pack");
        let is_one = |name: &String| [".pack", ".idx"].iter().any(|end| name.ends_with(end));
        let all = names(&folder).into_iter().filter(is_one);
        all.filter_map(|name| Some((name.clone(), folder.join(name).symlink_metadata().ok()?.len()))).collect()
    }

    /// Of the packs of `before`, those that have another size now.
    pub fn repacked(&self, before: &Packs) -> Vec<String> {
        let now = self.packs();
        let other = before.iter().filter(|(name, size)| now.get(*name).is_some_and(|now| now != *size));
        other.map(|(name, _)| format!("M .git/objects/pack/{name}")).collect()
    }

    /// Of the loose objects `all`, those that were written to since `since`, in nanoseconds since 1970, and are no longer what their
    /// names say. A file that is only marked as used still is. All of them are looked at, and the first are named.
    ///
    /// # Errors
    /// Those of running git.
    pub(super) fn rewritten(&self, all: impl Iterator<Item = String>, since: i128) -> Result<Vec<String>, Error> {
        let objects = self.common_dir.join("objects");
        let touched = all.filter(|name| {
            let (folder, rest) = name.split_at(2);
            is_touched(&objects.join(folder).join(rest), since)
        });
        let touched: Vec<Oid> = touched.filter_map(|name| Oid::parse(&name).ok()).collect();
        let mut broken = Vec::new();
        self.find_broken(&touched, &mut broken)?;
        let mut told: Vec<String> = broken.iter().take(NAMED).map(ToString::to_string).collect();
        if broken.len() > NAMED {
            told.push(format!("and more of the {} that were written to", touched.len()));
        }
        Ok(told)
    }

    /// Adds to `broken` which of `oids` are not what their names say, until there are more than are named.
    fn find_broken(&self, oids: &[Oid], broken: &mut Vec<Oid>) -> Result<(), Error> {
        if oids.is_empty() || broken.len() > NAMED || self.are_whole(oids)? {
            return Ok(());
        }
        if let [oid] = oids {
            let (folder, rest) = oid.as_str().split_at(2);
            // That something is gone is told in another way.
            if self.common_dir.join("objects").join(folder).join(rest).exists() {
                broken.push(oid.clone());
            }
            return Ok(());
        }
        oids.chunks(oids.len().div_ceil(PARTS)).try_for_each(|part| self.find_broken(part, broken))
    }

    /// Are objects what their names say, and nothing behind that? What they lead to is not looked at.
    fn are_whole(&self, oids: &[Oid]) -> Result<bool, Error> {
        let asked: String = oids.iter().map(|oid| format!("{oid}\n")).collect();
        let walk = ["--objects", "--verify-objects", "--no-walk", "--filter=tree:0", "--stdin"];
        if self.git("rev-list")?.args(walk).stdin(asked.clone()).long().run_any()?.code != Some(0) {
            return Ok(false);
        }
        // That looks at the content of a file alone, and overlooks what follows it; whoever takes it up whole does not.
        let pack = ["--stdout", "-q", "--window=0", "--compression=0"];
        Ok(self.git("pack-objects")?.args(pack).stdin(asked).unheard().long().run_any()?.code == Some(0))
    }
}

/// Was the file at `path` written to, or made to look as if it was not? Links to it are made and removed at any time.
fn is_touched(path: &Path, since: i128) -> bool {
    let later = |seconds: i64, nanos: i64| i128::from(seconds) * 1_000_000_000 + i128::from(nanos) >= since - BEHIND;
    let is_it = |about: Metadata| {
        later(about.ctime(), about.ctime_nsec()) && (about.nlink() == 1 || later(about.mtime(), about.mtime_nsec()))
    };
    fs::symlink_metadata(path).is_ok_and(is_it)
}

#[cfg(test)]
mod tests {
    use std::fs::{OpenOptions, Permissions};
    use std::io::Write as _;
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;
    use crate::git::{Policy, Program};

    fn git(place: &Path, args: &[&str]) -> String {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=a", "-c", "user.email=a@b"]).args(args).current_dir(place);
        let said = git.output().expect("git runs");
        assert!(said.status.success(), "{args:?}");
        String::from_utf8_lossy(&said.stdout).trim().to_owned()
    }

    #[test]
    fn what_stands_behind_an_object_is_seen() {
        let place = tempfile::tempdir().expect("a folder");
        git(place.path(), &["init", "-q"]);
        fs::write(place.path().join("a"), "text\n").expect("a file");
        git(place.path(), &["add", "a"]);
        git(place.path(), &["commit", "-qm", "a"]);
        let all: Vec<String> =
            ["HEAD", "HEAD^{tree}", "HEAD:a"].iter().map(|what| git(place.path(), &["rev-parse", what])).collect();
        let vars = [("PATH".into(), std::env::var_os("PATH").expect("there is a path"))];
        let program = Program::find(vars, place.path()).expect("git is there");
        let repo = Repository::discover(&program, place.path(), Policy::Shielded).expect("a repository");
        let told = || repo.rewritten(all.iter().cloned(), 0).expect("git runs");
        assert_eq!(told(), [""; 0], "as git wrote them");
        for oid in &all {
            let file = place.path().join(".git/objects").join(&oid[..2]).join(&oid[2..]);
            let whole = fs::read(&file).expect("it is loose");
            fs::set_permissions(&file, Permissions::from_mode(0o644)).expect("it is ours");
            let mut open = OpenOptions::new().append(true).open(&file).expect("it is written to");
            // The end of a stream once more: what ends it well there says nothing.
            open.write_all(&whole[whole.len() - 4..]).expect("it is written to");
            // A commit whose tree cannot be read is told as well.
            assert!(told().contains(oid), "{oid}: {:?}", told());
            fs::write(&file, whole).expect("it is put back");
        }
    }
}
