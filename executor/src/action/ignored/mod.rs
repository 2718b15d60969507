//! What git ignores, piece by piece, and what of it was there when the run first looked: a commit has none of it. What only tools make is
//! left aside, and of what is installed a piece is a package. Follows no link but that of a scope of packages to elsewhere in the project,
//! and reads of a file its first bytes, or what lists packages as far as it is not too large.

pub(super) mod file;
pub(super) mod installed;
pub(super) mod made;

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::{Job, repository};
use crate::digest::sha256_hex;
use crate::event::Failure;
use crate::git::{Error, Journal};
use installed::Place;
use made::Made;

/// Kind of the note.
const NOTE: &str = "ignored";
/// Most pieces that are remembered, and most files and folders that are looked at.
const MOST: usize = 100_000;
const MOST_SEEN: usize = 1_000_000;

/// A moment as the file system tells it: seconds and nanoseconds.
type Moment = (i64, i64);

/// What was there.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Record {
    at: Moment,
    paths: BTreeSet<String>,
    /// Nothing was left out.
    whole: bool,
}

/// What became of a piece since then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Since {
    New,
    Changed,
    /// Written to, and by the looks of it a cache, a report or a log.
    Trace,
}

impl Record {
    /// What git ignores here, as the run first saw it, and how that is called: looked at now, if nobody did before.
    ///
    /// # Errors
    /// Those of git and of the file system.
    pub(super) fn first(job: &Job<'_>) -> Result<String, Failure> {
        let repo = repository(job)?;
        let (journal, root) = (Journal::new(job.run_dir), repo.root().display().to_string());
        if let Some(record) = journal.read::<Self>(NOTE, &root)? {
            return Ok(record.name());
        }
        let at = moment(journal.folder()?)?;
        let Pieces { paths, whole, .. } = Pieces::of(repo.root(), &repo.ignored()?);
        let record = Self { at, paths: paths.iter().map(|path| path.display().to_string()).collect(), whole };
        journal.write(NOTE, &root, &record)?;
        Ok(record.name())
    }

    /// The one that is called `name`; `None` if it is not there, or is another.
    ///
    /// # Errors
    /// Those of git and of the file system.
    pub(super) fn named(job: &Job<'_>, name: &str) -> Result<Option<Self>, Failure> {
        let root = repository(job)?.root().display().to_string();
        let record = Journal::new(job.run_dir).read::<Self>(NOTE, &root)?;
        Ok(record.filter(|record| record.name() == name))
    }

    /// Was there something at `path`, or in it?
    pub(super) fn had(&self, path: &Path) -> bool {
        self.paths.iter().any(|piece| Path::new(piece).starts_with(path))
    }

    fn name(&self) -> String {
        sha256_hex(&serde_json::to_vec(self).expect("paths and numbers are JSON"))
    }

    /// What is there now that was not, or that was written to since.
    ///
    /// # Errors
    /// Those of git.
    pub(super) fn since(&self, job: &Job<'_>) -> Result<Vec<(PathBuf, Since)>, Failure> {
        let repo = repository(job)?;
        let Pieces { paths, traces, .. } = Pieces::of(repo.root(), &repo.ignored()?);
        let traces = traces.into_iter().filter(|path| later(&repo.root().join(path), self.at));
        let traces = traces.map(|path| (path, Since::Trace));
        let of = |path: PathBuf| {
            let is_later = || later(&repo.root().join(&path), self.at);
            let since = if self.paths.contains(&path.display().to_string()) {
                is_later().then_some(Since::Changed)
            } else {
                (self.whole || is_later()).then_some(Since::New)
            };
            since.map(|since| (path, since))
        };
        Ok(paths.into_iter().filter_map(of).chain(traces).collect())
    }
}

/// Was it written to, or put there, after `at`?
fn later(path: &Path, at: Moment) -> bool {
    path.symlink_metadata().is_ok_and(|about| (about.ctime(), about.ctime_nsec()) > at)
}

/// Can there be work in it? Nobody keeps any in a pipe, a socket or a device.
fn is_one(about: &Metadata) -> bool {
    about.is_file() || about.is_dir() || about.is_symlink()
}

/// The present, by the clock that files have.
fn moment(folder: &Path) -> Result<Moment, Failure> {
    let path = folder.join(".moment");
    let io = |source| Error::Io { path: path.clone(), source };
    fs::write(&path, "").map_err(io)?;
    let about = path.symlink_metadata().map_err(io)?;
    fs::remove_file(&path).map_err(io)?;
    Ok((about.ctime(), about.ctime_nsec()))
}

/// What git ignores.
struct Pieces<'r> {
    root: &'r Path,
    paths: BTreeSet<PathBuf>,
    /// What may be the trace of a tool.
    traces: Vec<PathBuf>,
    seen: usize,
    whole: bool,
}

impl<'r> Pieces<'r> {
    /// Below `root`, where git ignores `tops`.
    fn of(root: &'r Path, tops: &[PathBuf]) -> Self {
        let mut all = Self { root, paths: BTreeSet::new(), traces: Vec::new(), seen: 0, whole: true };
        for top in tops {
            match installed::package(top) {
                Some(package) if installed::hidden_in(&package).is_some() => all.trace(top.clone()),
                Some(package) => all.insert(package),
                None => all.add(top.clone()),
            }
        }
        all
    }

    fn insert(&mut self, path: PathBuf) {
        if self.root.join(&path).symlink_metadata().is_ok_and(|about| !is_one(&about)) {
            return;
        }
        if self.paths.len() < MOST {
            self.paths.insert(path);
        } else {
            self.whole = false;
        }
    }

    /// What a package manager keeps beside the packages may be the trace of a tool, but programs, and packages again.
    fn trace(&mut self, path: PathBuf) {
        self.seen += 1;
        if self.seen > MOST_SEEN {
            self.whole = false;
            return;
        }
        let full = self.root.join(&path);
        if full.symlink_metadata().is_ok_and(|about| about.is_file()) {
            if self.traces.len() < MOST {
                self.traces.push(path);
            }
        } else if !path.file_name().is_some_and(|name| name == ".bin" || name == installed::PACKAGES) {
            installed::names(&full).into_iter().for_each(|name| self.trace(path.join(name)));
        }
    }

    fn add(&mut self, path: PathBuf) {
        self.seen += 1;
        if self.seen > MOST_SEEN {
            self.whole = false;
            return;
        }
        let full = self.root.join(&path);
        let Ok(about) = full.symlink_metadata() else { return };
        if !is_one(&about) {
            return;
        }
        if !about.is_dir() {
            match made::by_a_tool(self.root, &path, &about) {
                None => self.insert(path),
                Some(Made::Trace) if self.traces.len() < MOST => self.traces.push(path),
                Some(Made::Trace | Made::Object) => {}
            }
            return;
        }
        match Place::of(&full) {
            Some(place) => {
                for (inner, is_piece) in place.pieces(&full) {
                    let inner = path.join(inner);
                    if is_piece { self.insert(inner) } else { self.add(inner) }
                }
                let beside = installed::names(&full).into_iter().map(|name| path.join(name));
                beside.filter(|path| installed::hidden_in(path).is_some()).for_each(|path| self.trace(path));
            }
            None if made::by_a_build_script(&path) => {}
            None => {
                for name in installed::names(&full) {
                    self.add(path.join(name));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    fn put(root: &Path, path: &str, text: &str) {
        let path = root.join(path);
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    }

    fn pieces(files: &[(&str, &str)], tops: &[&str]) -> Vec<String> {
        let folder = tempfile::tempdir().expect("a folder");
        for (path, text) in files {
            put(folder.path(), path, text);
        }
        let tops: Vec<PathBuf> = tops.iter().map(PathBuf::from).collect();
        Pieces::of(folder.path(), &tops).paths.into_iter().map(|path| path.display().to_string()).collect()
    }

    #[test]
    fn what_only_tools_make_is_no_piece() {
        let made = [
            "__pycache__/app.cpython-311.pyc",
            ".pytest_cache/v/cache/nodeids",
            ".pytest_cache/README.md",
            ".coverage",
            "coverage/lcov-report/index.html",
            "coverage/lcov-report/sorter.js",
            "target/debug/deps/app-0123456789abcdef.o",
            "target/debug/deps/app-0123456789abcdef",
            "target/debug/app",
            "target/debug/build/x-0123456789abcdef/out/gen.rs",
            "target/debug/incremental/app/query-cache.bin",
            "target/.rustc_info.json",
            "build/app.o",
            "build/app.d",
            "out/Main.class",
            "npm-debug.log",
            "tsconfig.tsbuildinfo",
        ];
        let files: Vec<(&str, &str)> = made.iter().map(|path| (*path, "x")).chain([("Cargo.toml", "")]).collect();
        let tops: Vec<&str> = made.iter().map(|path| path.split('/').next().unwrap_or_default()).collect();
        assert_eq!(pieces(&files, &tops), [""; 0]);
    }

    #[test]
    fn what_a_person_may_have_written_is_one() {
        let written = [
            ".pytest_cache/fast.py",
            "__pycache__/fast.py",
            "build/triple.py",
            "coverage/fast.js",
            "fast.pyc",
            "out/factor",
            "target/debug/fast.sh",
            "target/debug/run",
            "target/gen.rs",
        ];
        let files: Vec<(&str, &str)> =
            written.iter().map(|path| (*path, "#!/bin/sh\n")).chain([("Cargo.toml", "")]).collect();
        assert_eq!(pieces(&files, &["."]).iter().filter(|path| *path != "./Cargo.toml").count(), written.len());
    }

    #[test]
    fn what_python_loads_whatever_its_source_says_is_one() {
        let (checked, pinned) = ("magi\u{3}\0\0\0hash", "magi\u{1}\0\0\0hash");
        let files = [("__pycache__/a.pyc", checked), ("__pycache__/b.pyc", pinned), ("__pycache__/c.pyc", "")];
        assert_eq!(pieces(&files, &["__pycache__"]), ["__pycache__/b.pyc"]);
    }

    #[test]
    fn what_lies_beside_packages_may_be_a_trace() {
        let folder = tempfile::tempdir().expect("a folder");
        let traces = ["node_modules/.cache/twice.js", "node_modules/.pnpm/x/y.js", "node_modules/.vite/deps/fast.js"];
        let others =
            ["node_modules/.bin/a", "node_modules/.pnpm/a@1/node_modules/a/index.js", "node_modules/a/index.js"];
        traces.iter().chain(&others).for_each(|path| put(folder.path(), path, ""));
        for tops in [
            vec!["node_modules"],
            vec!["node_modules/.bin", "node_modules/.cache", "node_modules/.pnpm", "node_modules/.vite"],
        ] {
            let tops: Vec<PathBuf> = tops.iter().map(PathBuf::from).collect();
            let found = Pieces::of(folder.path(), &tops);
            assert_eq!(found.traces, traces.map(PathBuf::from), "{tops:?}");
            let package = (tops.len() == 1).then(|| PathBuf::from("node_modules/a"));
            assert_eq!(found.paths, package.into_iter().collect(), "{tops:?}");
        }
    }

    /// To open a pipe is to wait for who writes into it.
    #[test]
    fn a_pipe_is_none_and_nobody_waits_for_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let paths = ["coverage/pipe", "__pycache__/a.pyc", "tmp/pipe", "target/debug/pipe", "node_modules/pipe"];
        for path in paths {
            put(folder.path(), &format!("{path}.py"), "");
            let made = Command::new("mkfifo").arg(folder.path().join(path)).status().expect("it runs");
            assert!(made.success(), "{path}");
        }
        fs::write(folder.path().join("Cargo.toml"), "").expect("it is written");
        let tops = ["coverage", "__pycache__", "tmp", "target", "node_modules"].map(PathBuf::from);
        let Pieces { paths: found, traces, .. } = Pieces::of(folder.path(), &tops);
        assert_eq!((found.len(), traces), (paths.len(), Vec::new()), "{found:?}");
        assert!(found.iter().all(|path| path.extension().is_some_and(|end| end == "py")), "{found:?}");
    }

    #[test]
    fn of_what_is_installed_a_package_is_one() {
        let files = [
            ("node_modules/a/index.js", ""),
            ("node_modules/a/node_modules/b/index.js", ""),
            ("node_modules/@s/c/index.js", ""),
            ("node_modules/.bin/a", ""),
            ("node_modules/.package-lock.json", ""),
            ("packages/x/node_modules/d/index.js", ""),
            (".venv/pyvenv.cfg", ""),
            (".venv/bin/python", ""),
            (".venv/fast.py", ""),
            (".venv/own/x.py", ""),
            (".venv/lib/python3.11/site-packages/pip/__init__.py", ""),
            ("vendor/autoload.php", ""),
            ("vendor/fast.php", ""),
            ("vendor/a/b.php", ""),
            ("env/fast.py", ""),
        ];
        let found = pieces(
            &files,
            &["node_modules", "packages/x/node_modules", ".venv", "vendor", "env", "lib/node_modules/e/x.js"],
        );
        let expected = [
            ".venv/fast.py",
            ".venv/lib/python3.11/site-packages/pip",
            ".venv/own/x.py",
            "env/fast.py",
            "lib/node_modules/e",
            "node_modules/@s/c",
            "node_modules/a",
            "packages/x/node_modules/d",
            "vendor/fast.php",
        ];
        assert_eq!(found, expected);
    }
}
