//! Whether this process belongs to an attempt: known by the mark in its environment, and by the processes above it, since whoever
//! takes the mark away still has its parents. Starts and ends nothing.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use super::live;
use super::tree;
use crate::runs::AttemptPath;

/// Most processes above this one that are looked at.
const HIGHEST: usize = 1_000;

/// What tells of which attempt a process is.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Mark {
    folder: PathBuf,
    run: String,
    attempt: Option<AttemptPath>,
}

/// This process and those above it.
#[derive(Debug, Default)]
pub struct Lineage {
    above: Vec<i32>,
    /// From this process upwards.
    marks: Vec<Mark>,
}

/// To which attempt of a run a process belongs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Within {
    /// This one.
    Attempt(AttemptPath),
    /// One that cannot be told any more.
    Unknown,
}

impl Lineage {
    /// That of this process, whose environment is `own`.
    pub fn new(own: impl IntoIterator<Item = (std::ffi::OsString, std::ffi::OsString)>) -> Self {
        let mut text = Vec::new();
        for (name, value) in own {
            text.extend([name.as_bytes(), b"=", value.as_bytes(), b"\0"].concat());
        }
        let mut found = Self { above: Vec::new(), marks: mark(&text).into_iter().collect() };
        let mut pid = tree::own();
        for _ in 0..HIGHEST {
            found.marks.extend(mark(&tree::environ(pid)));
            let Some(process) = tree::look(pid).filter(|process| process.parent > 0) else { break };
            pid = process.parent;
            found.above.push(pid);
        }
        found
    }

    /// The attempt of `run`, whose folder is `folder`, that the process belongs to; `executor` is the process that executes it now.
    ///
    /// Of several the outermost one counts: that one was started by the executor itself.
    pub fn within(&self, folder: &Path, run: &str, executor: Option<u32>) -> Option<Within> {
        let folder = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let fits = |mark: &&Mark| mark.run == run && mark.folder == folder;
        if let Some(mark) = self.marks.iter().rev().find(fits) {
            return Some(mark.attempt.clone().map_or(Within::Unknown, Within::Attempt));
        }
        let executor = executor.and_then(|pid| i32::try_from(pid).ok());
        executor.filter(|pid| self.above.contains(pid)).map(|_| Within::Unknown)
    }
}

fn mark(environ: &[u8]) -> Option<Mark> {
    let folder = Path::new(OsStr::from_bytes(live::value(environ, b"MISSION_RUN_DIR=")?)).to_owned();
    let text = |name: &[u8]| live::value(environ, name).and_then(|value| std::str::from_utf8(value).ok());
    let attempt = || AttemptPath::new(text(b"MISSION_NODE_ID=")?, text(b"MISSION_ATTEMPT=")?.parse().ok()?).ok();
    Some(Mark { folder, run: text(b"MISSION_RUN_ID=")?.to_owned(), attempt: attempt() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lineage(marks: &[(&str, &str, &str)], above: &[i32]) -> Lineage {
        let text = |(run, node, number): &(&str, &str, &str)| {
            format!(
                "A=b\0MISSION_RUN_DIR=/nowhere/{run}\0MISSION_RUN_ID={run}\0MISSION_NODE_ID={node}\0MISSION_ATTEMPT={number}\0"
            )
        };
        let marks = marks.iter().filter_map(|m| mark(text(m).as_bytes())).collect();
        Lineage { above: above.to_vec(), marks }
    }

    #[test]
    fn the_outermost_attempt_of_the_run_counts() {
        let of = |lineage: &Lineage, run: &str| lineage.within(Path::new(&format!("/nowhere/{run}")), run, Some(7));
        let attempt = |node, number| Some(Within::Attempt(AttemptPath::new(node, number).expect("a node")));
        let all = lineage(&[("r1", "w:framed", "1"), ("r1", "w:one", "2"), ("r2", "w:outer", "1")], &[9, 8]);
        assert_eq!(of(&all, "r1"), attempt("w:one", 2));
        assert_eq!(of(&all, "r2"), attempt("w:outer", 1));
        assert_eq!(of(&all, "r3"), None, "another run is not steered by whom it is not");
        assert_eq!(of(&lineage(&[("r1", "../x", "1")], &[]), "r1"), Some(Within::Unknown));
        assert_eq!(of(&lineage(&[], &[9, 7, 1]), "r1"), Some(Within::Unknown), "it hides its mark");
        assert_eq!(all.within(Path::new("/elsewhere/r1"), "r1", None), None, "a run of the same name elsewhere");
    }

    #[test]
    fn who_started_this_process_is_above_it() {
        let lineage = Lineage::new([]);
        let parent = rustix::process::getppid().map(rustix::process::Pid::as_raw_pid);
        assert_eq!(lineage.above.first().copied(), parent.filter(|_| tree::KNOWS));
    }
}
