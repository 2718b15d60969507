//! Logs of refs: what git remembers of where they were, and what stashes are kept by. Only looks.
//!
//! Git itself forgets what is old; what is young stays until somebody takes it away.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::Repository;
use super::common::{LeftOut, names};
use crate::digest;

/// For how long git remembers whatever the project has not said otherwise, in seconds: 30 days, less one to be sure.
const YOUNG: u64 = 29 * 24 * 60 * 60;
/// Most logs that are looked at, and the largest, in bytes.
const MOST: usize = 5_000;
const LARGEST: u64 = 64 << 20;

/// Logs of refs, without those of remotes and of runs, by the name under which they are told of.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Logs(BTreeMap<String, Arc<Log>>);

/// A log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Log {
    /// Inode, length, and when it changed, in seconds and nanoseconds.
    change: (u64, u64, i64, i64),
    all: Part,
    /// The end of it that git does not forget, and since when that is.
    young: Part,
    since: u64,
}

/// A part of a log: how long, and its digest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Part(usize, String);

impl Part {
    fn new(text: &[u8]) -> Self {
        Self(text.len(), digest::hex(&Sha256::digest(text)[..16]))
    }
    /// Does `text` begin like this?
    fn begins(&self, text: &[u8]) -> bool {
        text.get(..self.0).is_some_and(|start| Self::new(start) == *self)
    }
}

impl Logs {
    /// The logs that have lost lines since, or in which other lines stand now.
    pub fn lost(&self, after: &Self, repository: &Repository) -> Vec<String> {
        let lost = |(name, before): (&String, &Arc<Log>)| match after.0.get(name) {
            None => (before.young.0 > 0 && !path_of(repository, name).exists()).then(|| format!("D {name}")),
            Some(now) if Arc::ptr_eq(now, before) || now == before => None,
            Some(_) => {
                let text = read(&path_of(repository, name));
                let kept = before.all.begins(&text) || before.young.begins(&text[young_from(&text, before.since)..]);
                (!kept).then(|| format!("M {name}"))
            }
        };
        self.0.iter().filter_map(lost).collect()
    }
    /// Makes the logs as if what changed from `after` to `next` had been so before, but of those that had changed until `after`.
    pub fn leave_out(&mut self, after: &Self, next: &Self) {
        let changed = self.changed(after);
        for name in after.changed(next).into_iter().filter(|name| !changed.contains(name)) {
            match next.0.get(&name) {
                Some(log) => self.0.insert(name, Arc::clone(log)),
                None => self.0.remove(&name),
            };
        }
    }
    /// The logs that are not as they were.
    pub fn changed(&self, after: &Self) -> Vec<String> {
        let names = self.0.keys().chain(after.0.keys().filter(|name| !self.0.contains_key(*name)));
        let all = |logs: &Self, name| logs.0.get(name).map(|log| log.all.clone());
        names.filter(|name| all(self, *name) != all(after, *name)).cloned().collect()
    }
}

/// The ref that the log called `name` is of.
pub fn ref_of_log(name: &str) -> Option<&str> {
    name.strip_prefix(".git/logs/").filter(|name| name.starts_with("refs/"))
}

impl Repository {
    /// The logs as they are at `now`, in seconds since 1970. `last` is what this said before. Adds to `left_out`.
    pub fn logs(&self, now: u64, last: &Logs, left_out: &mut LeftOut) -> Logs {
        let mut logs = Logs::default();
        if self.keeps_refs_elsewhere() {
            return logs;
        }
        self.add_logs("logs", (now, last), &mut logs, left_out);
        for tree in names(&self.common_dir.join("worktrees")) {
            if !self.is_of_engine(&tree) {
                self.add_logs(&format!("worktrees/{tree}/logs"), (now, last), &mut logs, left_out);
            }
        }
        logs
    }

    fn add_logs(&self, name: &str, (now, last): (u64, &Logs), logs: &mut Logs, left_out: &mut LeftOut) {
        let passes = ["logs/refs/remotes", "logs/refs/heads/mission", "logs/refs/mission", "logs/refs/prefetch"];
        if passes.contains(&name) {
            return;
        }
        let path = self.common_dir.join(name);
        let Ok(about) = path.symlink_metadata() else { return };
        if about.is_dir() {
            for inner in names(&path) {
                self.add_logs(&format!("{name}/{inner}"), (now, last), logs, left_out);
            }
            return;
        }
        let told = format!(".git/{name}");
        if !about.is_file() || told.ends_with(".lock") {
            return;
        }
        if logs.0.len() >= MOST {
            left_out.insert(format!(".git/logs: more than {MOST} logs"));
            return;
        }
        if about.len() > LARGEST {
            left_out.insert(format!("{told}: more than {LARGEST} bytes"));
            return;
        }
        let change = (about.ino(), about.len(), about.ctime(), about.ctime_nsec());
        let known = last.0.get(&told).filter(|log| log.change == change);
        let log = known.cloned().unwrap_or_else(|| {
            let text = read(&path);
            let since = now.saturating_sub(YOUNG);
            let young = Part::new(&text[young_from(&text, since)..]);
            Arc::new(Log { change, all: Part::new(&text), young, since })
        });
        logs.0.insert(told, log);
    }
}

/// Where the log is that is told of as `name`.
fn path_of(repository: &Repository, name: &str) -> PathBuf {
    repository.common_dir.join(name.strip_prefix(".git/").unwrap_or(name))
}

/// What a log says; nothing if it cannot be read.
fn read(path: &Path) -> Vec<u8> {
    plain(&fs::read(path).unwrap_or_default())
}

/// Without the tab in front of a reason where there is none: git itself writes it or leaves it out.
fn plain(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|b| *b == b'\n') {
        match line.strip_suffix(b"\t\n") {
            Some(rest) => {
                plain.extend_from_slice(rest);
                plain.push(b'\n');
            }
            None => plain.extend_from_slice(line),
        }
    }
    plain
}

/// Where in `text` the lines begin that are not older than `since`.
fn young_from(text: &[u8], since: u64) -> usize {
    let mut at = 0;
    for line in text.split_inclusive(|b| *b == b'\n') {
        if time(line).is_none_or(|time| time >= since) {
            return at;
        }
        at += line.len();
    }
    at
}

/// When a line says that it was written: `OLD NEW NAME <EMAIL> SECONDS ZONE`, a tab, and why.
fn time(line: &[u8]) -> Option<u64> {
    let head = line.split(|b| *b == b'\t').next()?;
    let mut words = head.rsplit(|b| *b == b' ').filter(|word| !word.is_empty());
    std::str::from_utf8(words.nth(1)?).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(time: u64) -> String {
        format!("{:040} {:040} a b <a@b> {time} +0100\tcommit: at 9 > 8\n", time, time + 1)
    }

    #[test]
    fn what_is_young_begins_with_the_first_line_that_is() {
        let text = [line(10), line(20), line(15), line(30)].concat();
        let length = line(10).len();
        for (since, from) in [(0, 0), (10, 0), (11, length), (20, length), (21, 3 * length), (31, 4 * length)] {
            assert_eq!(young_from(text.as_bytes(), since), from, "{since}");
        }
        assert_eq!(young_from(b"nonsense\n", 5), 0, "what cannot be read is not forgotten");
        assert_eq!(young_from(b"", 5), 0);
    }

    #[test]
    fn a_part_is_where_it_was_or_is_gone() {
        let part = Part::new(b"one\ntwo\n");
        assert!(part.begins(b"one\ntwo\nthree\n") && part.begins(b"one\ntwo\n"));
        assert!(!part.begins(b"one\n") && !part.begins(b"one\ntwp\nthree\n"));
        assert!(Part::new(b"").begins(b""));
    }

    #[test]
    fn a_reason_that_is_none_may_be_written_as_one() {
        assert_eq!(plain(b"a b\t\nc\td\t\ne\nf\t"), b"a b\nc\td\ne\nf\t");
    }
}
