//! What git ignores, and commands may need: it is there by links, but for what is made anew, and for what is ignored only since the work
//! began. What a commit lacks proves nothing of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::super::Job;
use super::super::ignored::file::opened;
use super::super::ignored::installed::{has, is_installed, is_name, package_name};
use super::super::repository;
use super::super::tries::Stop;
use crate::event::Failure;
use crate::git::{Oid, Probe, Repository, Rule};

/// What lies in ignored folders and files of these names is made anew where it is missing.
const MADE_ANEW: [&str; 14] = [
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".nyc_output",
    ".coverage",
    "coverage",
    "target",
    "build",
    "dist",
    "out",
    ".next",
    ".nuxt",
    ".gradle",
];
/// Largest file that is copied, and most of all, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;
const LARGEST_OF_ALL: u64 = 1024 * 1024 * 1024;
/// Most links that are made.
const MOST: usize = 1_000;

/// Something that git ignores only since the work began.
#[derive(Debug)]
pub(super) struct New {
    path: PathBuf,
    /// The rule that says so is part of the work: it is not in what is ignored.
    told: bool,
}

/// What git ignores.
#[derive(Debug, Default)]
pub(super) struct Ignored {
    all: Vec<PathBuf>,
    pub(super) new: Vec<New>,
}

impl New {
    /// Is `path` it, or in it?
    pub(super) fn covers(&self, path: &str) -> bool {
        Path::new(path).starts_with(&self.path)
    }
}

impl Ignored {
    /// Now, whenever that began.
    pub(super) fn now(repo: &Repository) -> Result<Self, Failure> {
        let all = repo.ignored()?.into_iter().filter(|path| !has(path, &MADE_ANEW)).collect();
        Ok(Self { all, new: Vec::new() })
    }

    /// Now, held against the rules of `base`.
    pub(super) fn since(repo: &Repository, base: &Oid) -> Result<Self, Failure> {
        let Self { all, .. } = Self::now(repo)?;
        let asked: Vec<&PathBuf> = all.iter().filter(|path| !is_installed(path)).collect();
        if asked.is_empty() {
            return Ok(Self { all, new: Vec::new() });
        }
        let rules = repo.rules(&asked)?;
        let before = rules_of(repo, base, &rules)?;
        let mut new = Vec::new();
        for (path, rule) in asked.into_iter().zip(rules) {
            // A folder that is not ignored itself, and in which everything is: it says so of itself.
            let Some(rule) = rule else {
                new.push(New { path: path.clone(), told: false });
                continue;
            };
            // Who keeps rules elsewhere keeps them for every repository.
            if rule.file.file_name().is_none_or(|name| name != ".gitignore") || rule.file.is_absolute() {
                continue;
            }
            let known = before.get(&rule.file);
            if known.is_none_or(|lines| !lines.contains(rule.pattern.trim())) {
                let told = known.is_some() || !all.iter().any(|path| rule.file.starts_with(path));
                new.push(New { path: path.clone(), told });
            }
        }
        Ok(Self { all, new })
    }

    /// What is ignored only since the work began.
    pub(super) fn paths(&self) -> Vec<String> {
        self.new.iter().map(|new| new.path.display().to_string()).collect()
    }
    /// Is each of it ignored by a rule that can be seen in the work?
    pub(super) fn is_told(&self) -> bool {
        self.new.iter().all(|new| new.told)
    }

    /// Makes the links; to what is ignored only since the work began if `new` says so.
    pub(super) fn link(&self, job: &Job<'_>, probe: &Probe, new: bool) -> Result<(), Failure> {
        let held: BTreeSet<&PathBuf> = self.new.iter().filter(|_| !new).map(|new| &new.path).collect();
        let root = repository(job)?.root();
        let wanted = self.all.iter().filter(|path| !held.contains(path));
        for path in wanted.take(MOST) {
            let to = probe.path.join(path);
            if to.symlink_metadata().is_err() && is_inside(&probe.path, path) {
                // What cannot be linked is missing, as on a clean checkout.
                let _ = symlink(root.join(path), &to);
            }
        }
        Ok(())
    }

    /// Makes the links, and copies where nothing is linked. A worktree that `is_set_up` has the rest already.
    pub(super) fn place(&self, job: &Job<'_>, probe: &Probe, is_set_up: bool, placed: &Placed<'_>) -> Result<(), Stop> {
        let root = repository(job).map_err(Stop::Failed)?.root();
        let links = Links { root, to: &probe.path, out: placed.out };
        if is_set_up {
            placed.out.iter().for_each(|path| links.open(path));
        } else {
            self.all.iter().take(MOST).for_each(|path| links.link(path));
        }
        if placed.stand_in {
            placed.out.iter().for_each(|path| links.stand_in(path));
        }
        let mut left = LARGEST_OF_ALL;
        placed.with.iter().try_for_each(|path| links.copy(path, &mut left))
    }
}

/// What of the work is there.
pub(super) struct Placed<'p> {
    /// All but this.
    pub(super) out: &'p BTreeSet<PathBuf>,
    /// This also where it is made anew as a rule.
    pub(super) with: &'p [PathBuf],
    /// Something is in place of packages that are out.
    pub(super) stand_in: bool,
}

/// Links from a throw-away worktree to what git ignores. What cannot be made is missing, as on a clean checkout.
struct Links<'l> {
    root: &'l Path,
    to: &'l Path,
    out: &'l BTreeSet<PathBuf>,
}

impl Links<'_> {
    /// To `path`, but what is out: a folder in which there is something of it is made, and what else is in it linked.
    fn link(&self, path: &Path) {
        if self.out.contains(path) {
            return;
        }
        let (from, to) = (self.root.join(path), self.to.join(path));
        if !self.out.range(path.to_owned()..).next().is_some_and(|out| out.starts_with(path)) {
            if to.symlink_metadata().is_err() && is_inside(self.to, path) {
                let _ = symlink(from, to);
            }
            return;
        }
        if self.make(path) {
            for entry in fs::read_dir(from).into_iter().flatten().flatten() {
                self.link(&path.join(entry.file_name()));
            }
        }
    }

    /// Where a set-up linked to a folder with something in it that is out, links to all the rest of it.
    fn open(&self, path: &Path) {
        let folders: Vec<&Path> = path.ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty()).collect();
        // IMPORTANT: from the top down. Behind a link of the set-up lies the work itself, and a link there is the author's own.
        for folder in folders.into_iter().rev().take_while(|folder| is_inside(self.to, folder)) {
            let (from, to) = (self.root.join(folder), self.to.join(folder));
            let is_link = to.symlink_metadata().is_ok_and(|about| about.is_symlink());
            if is_link && to.canonicalize().ok() == from.canonicalize().ok() && fs::remove_file(&to).is_ok() {
                self.link(folder);
            }
        }
    }

    /// Packages are looked for in the folders above as well, and there it is: here is one that nobody can load.
    fn stand_in(&self, path: &Path) {
        let Some((path, name)) = stand_in_of(path) else { return };
        let to = self.to.join(&path);
        let text = format!("{{\"name\": {name:?}, \"version\": \"0.0.0\", \"exports\": {{}}}}\n");
        if to.symlink_metadata().is_err() && self.make(&path) {
            let _ = fs::write(to.join("package.json"), text);
        }
    }

    /// Copies what is at `path`, or links to it; `left` are the bytes for which there is room.
    fn copy(&self, path: &Path, left: &mut u64) -> Result<(), Stop> {
        let (from, to) = (self.root.join(path), self.to.join(path));
        if to.symlink_metadata().is_ok() || !path.parent().is_some_and(|folder| self.make(folder)) {
            return Ok(());
        }
        let Ok(about) = from.symlink_metadata() else { return Ok(()) };
        if about.is_file() {
            // Whatever it says of its size is what a copy takes, also where nothing is in it.
            let most = LARGEST.min(*left);
            if about.len() > most || copied(&from, &to, most).is_ok_and(|bytes| bytes > most) {
                let why = format!(
                    "whether the commit has all that it needs is not known: git ignores `{}`, which is too large to be tried with",
                    path.display()
                );
                return Err(Stop::Unknown(why));
            }
            *left -= about.len();
        } else if about.is_dir() || about.is_symlink() {
            let _ = symlink(from, to);
        }
        Ok(())
    }

    /// Makes the folder `path` and those that it is in. False if that cannot be done, or something leads elsewhere on the way.
    fn make(&self, path: &Path) -> bool {
        let mut at = self.to.to_owned();
        path.iter().all(|name| {
            at.push(name);
            match at.symlink_metadata() {
                Ok(about) => about.is_dir(),
                Err(_) => fs::create_dir(&at).is_ok(),
            }
        })
    }
}

/// Copies a file, and who may run it; how many bytes, one more than `most` if there are more.
fn copied(from: &Path, to: &Path, most: u64) -> io::Result<u64> {
    let (file, about) = opened(from)?;
    let bytes = io::copy(&mut file.take(most + 1), &mut File::create_new(to)?)?;
    fs::set_permissions(to, about.permissions())?;
    Ok(bytes)
}

/// Where something stands in for what is at `path`, and the name of the package that it is; `None` if it is none.
pub(super) fn stand_in_of(path: &Path) -> Option<(PathBuf, String)> {
    let name = package_name(path).filter(|name| is_name(name))?;
    Some((path.with_file_name(stem_of(&name)), name))
}

/// The name under which a package is loaded, which may be one file.
fn stem_of(name: &str) -> &str {
    let own = name.rsplit('/').next().unwrap_or(name);
    [".js", ".cjs", ".mjs", ".json"].iter().find_map(|end| own.strip_suffix(end)).unwrap_or(own)
}

/// The lines of the files with rules as they were.
fn rules_of(
    repo: &Repository,
    base: &Oid,
    rules: &[Option<Rule>],
) -> Result<BTreeMap<PathBuf, BTreeSet<String>>, Failure> {
    let wanted: BTreeSet<&PathBuf> = rules.iter().flatten().map(|rule| &rule.file).collect();
    let files = repo.files(base)?;
    let files: Vec<_> =
        files.iter().filter(|entry| wanted.iter().any(|file| entry.path.as_path() == file.as_path())).collect();
    let asked: Vec<_> = files.iter().map(|entry| (&entry.blob, entry.bytes)).collect();
    let texts = repo.contents(&asked)?.into_iter().map(Option::unwrap_or_default);
    let lines = |text: Vec<u8>| String::from_utf8_lossy(&text).lines().map(|line| line.trim().to_owned()).collect();
    Ok(files.iter().zip(texts).map(|(entry, text)| (entry.path.as_path().to_owned(), lines(text))).collect())
}

/// Does the folder of `path` lie below `top`, with no link on the way?
fn is_inside(top: &Path, path: &Path) -> bool {
    let folder: PathBuf = path.parent().map_or_else(|| top.to_owned(), |parent| top.join(parent));
    folder.canonicalize().is_ok_and(|real| real == folder)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::process::Command;

    use super::*;

    fn put(path: &Path, text: &str) {
        fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
        fs::write(path, text).expect("it is written");
    }

    /// Whose work it is, and a throw-away worktree.
    fn scene() -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().expect("a folder");
        let top = folder.path().canonicalize().expect("it is there");
        let (root, to) = (top.join("root"), top.join("to"));
        [&root, &to].iter().for_each(|path| fs::create_dir(path).expect("it is made"));
        (folder, root, to)
    }

    /// A file that is almost all holes fills a disk when it is copied.
    #[test]
    fn what_is_too_large_is_not_copied() {
        let (_folder, root, to) = scene();
        put(&root.join("out/small"), "small");
        File::create(root.join("out/huge")).and_then(|file| file.set_len(LARGEST + 1)).expect("it is made");
        let links = Links { root: &root, to: &to, out: &BTreeSet::new() };
        for (path, mut left) in [("out/huge", LARGEST_OF_ALL), ("out/small", 4)] {
            let Err(Stop::Unknown(why)) = links.copy(Path::new(path), &mut left) else {
                panic!("BUG: it is too large")
            };
            assert!(why.contains(path), "{why}");
            assert!(!to.join(path).exists());
        }
    }

    #[test]
    fn a_link_of_the_author_stays() {
        let (_folder, root, to) = scene();
        put(&root.join("pkgs/a/index.js"), "a");
        put(&root.join("pkgs/c/index.js"), "c");
        put(&root.join("node_modules/b/index.js"), "b");
        symlink("../pkgs", root.join("node_modules/@s")).expect("it is made");
        symlink(root.join("node_modules"), to.join("node_modules")).expect("it is made");
        let out = BTreeSet::from(["node_modules/@s/c".into()]);
        Links { root: &root, to: &to, out: &out }.open(Path::new("node_modules/@s/c"));
        assert_eq!(fs::read_link(root.join("node_modules/@s")).expect("it is there"), Path::new("../pkgs"));
        assert!(!to.join("node_modules/@s/c").exists());
        for path in ["node_modules/@s/a/index.js", "node_modules/b/index.js"] {
            assert!(to.join(path).exists(), "{path}");
        }
        // Elsewhere nothing is touched either.
        let (_folder, root, to) = scene();
        put(&root.join("pkgs/c/index.js"), "c");
        fs::create_dir(root.join("node_modules")).expect("it is made");
        symlink("../pkgs", root.join("node_modules/@s")).expect("it is made");
        let other = root.with_file_name("other");
        fs::create_dir(&other).expect("it is made");
        symlink(root.join("pkgs"), other.join("@s")).expect("it is made");
        symlink(&other, to.join("node_modules")).expect("it is made");
        Links { root: &root, to: &to, out: &out }.open(Path::new("node_modules/@s/c"));
        assert!(other.join("@s").is_symlink() && to.join("node_modules").is_symlink());
    }

    #[test]
    fn a_file_is_copied_and_a_pipe_is_not() {
        let (_folder, root, to) = scene();
        put(&root.join("out/run"), "#!/bin/sh\n");
        fs::set_permissions(root.join("out/run"), fs::Permissions::from_mode(0o755)).expect("it is changed");
        symlink("run", root.join("out/link")).expect("it is made");
        assert!(Command::new("mkfifo").arg(root.join("out/pipe")).status().expect("it runs").success());
        let links = Links { root: &root, to: &to, out: &BTreeSet::new() };
        let mut left = LARGEST_OF_ALL;
        for path in ["out/run", "out/link", "out/pipe"] {
            assert!(links.copy(Path::new(path), &mut left).is_ok(), "{path}");
        }
        assert_eq!(left, LARGEST_OF_ALL - 10, "what is copied takes room");
        let about = to.join("out/run").symlink_metadata().expect("it is there");
        assert!(about.is_file() && about.permissions().mode() & 0o777 == 0o755);
        assert_eq!(fs::read(to.join("out/link")).expect("it leads to the work"), b"#!/bin/sh\n");
        assert!(to.join("out/pipe").symlink_metadata().is_err(), "nobody waits for it");
    }
}
