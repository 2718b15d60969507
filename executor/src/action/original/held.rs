//! What a commit lacks of the work: what git ignores, and was written since the run first looked. What is installed because the project
//! names it, and what only tools make, is none of it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;

use regex::Regex;

use super::super::Job;
use super::super::guard::is_for_tests;
use super::super::ignored::installed::{self, LOCKS, PACKAGES};
use super::super::ignored::{Record, Since, file, made};
use super::super::repository;
use crate::event::Failure;
use crate::git::{Entry, Oid, Repository, Sort};

/// Largest file that is read, in bytes.
const LARGEST: u64 = 1024 * 1024;
/// What the name of an example has more than that of the file it is for.
const EXAMPLE: [&str; 7] = ["example", "sample", "template", "tmpl", "dist", "default", "defaults"];

/// Ends of files that speak of others and load none.
const PROSE: [&str; 5] = [".md", ".rst", ".txt", ".adoc", "ignore"];

/// What a line of settings gives a value to.
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?m)^[ \t{,]*(?:export[ \t]+)?["']?([A-Za-z_][\w.-]*)["']?[ \t]*[=:]"#).expect("a constant pattern")
});

/// What tools write at the beginning of what they make.
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"\A(?s:.{0,600}?)(?i:\bgenerated\b|\bauto-?generated|do not edit|not be edited|do not modify)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Something that a commit lacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) path: PathBuf,
    /// Nobody but an author can have made it.
    pub(super) plain: bool,
}

/// What is there now and was not when `record` was made. `base` and `now` are the trees of then and now.
pub(super) fn held(job: &Job<'_>, record: &Record, [base, now]: [&Oid; 2]) -> Result<Vec<Held>, Failure> {
    let mut since = record.since(job)?;
    since.retain(|(path, since)| may_count(path, *since));
    if since.is_empty() {
        return Ok(Vec::new());
    }
    let work = Work::of(job, record, [base, now])?;
    let held = since.into_iter().filter_map(|(path, since)| {
        let plain = work.weighs(&path, since)? && since != Since::Changed;
        Some(Held { path, plain })
    });
    Ok(held.collect())
}

/// Could it be part of the work? What was there already counts only where it is written in a language: data of programs changes all the
/// time.
fn may_count(path: &Path, since: Since) -> bool {
    let is_installed = installed::has(path, &[PACKAGES, "site-packages"]);
    let is_work = !is_installed && !installed::is_own(path);
    !installed::is_metadata(path) && (since != Since::Changed || is_work && made::is_source(path))
}

/// What the work says of itself.
struct Work<'r> {
    root: &'r Path,
    /// Files that were there: examples of settings.
    examples: Vec<(String, String)>,
    /// Names of packages.
    named: BTreeSet<String>,
    /// Names of packages that are asked for by a path at which a commit has nothing; true where that lies among packages.
    absent: BTreeMap<String, bool>,
    locks: Vec<String>,
    /// The same with what these need, by folder of packages.
    needed: RefCell<BTreeMap<PathBuf, BTreeSet<String>>>,
    /// Names, without an extension, of what is no test: something can be made of it.
    stems: BTreeSet<String>,
    /// Texts of what is new or changed, but prose.
    changed: Vec<String>,
}

impl<'r> Work<'r> {
    fn of(job: &Job<'r>, record: &Record, [base, now]: [&Oid; 2]) -> Result<Self, Failure> {
        let repo = repository(job)?;
        let (was, is) = (repo.files(base)?, repo.files(now)?);
        let name = |entry: &Entry| entry.path.as_path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        let examples = texts(repo, was.iter().filter(|entry| example_of(&name(entry)).is_some()))?;
        let projects = texts(repo, is.iter().filter(|entry| name(entry) == "package.json"))?;
        let locks = texts(repo, is.iter().filter(|entry| LOCKS.contains(&&*name(entry))))?;
        let sources = is.iter().filter(|entry| !is_for_tests(&entry.path.to_string()));
        let differing: BTreeSet<String> =
            repo.differences(base, now)?.into_iter().map(|difference| difference.change.path.to_string()).collect();
        let speaks = |path: &str| differing.contains(path) && !PROSE.iter().any(|end| path.ends_with(end));
        let changed = texts(repo, is.iter().filter(|entry| speaks(&entry.path.to_string())))?;
        let only = |all: Vec<(String, String)>| all.into_iter().map(|(_, text)| text).collect::<Vec<_>>();
        let root = job.repository.map_or(job.root, Repository::root);
        let has = |path: &Path| record.had(path) || is.iter().any(|entry| lies_at(entry, path));
        Ok(Self {
            root,
            examples,
            absent: absent(root, &projects, has),
            named: projects.iter().flat_map(|(_, text)| installed::named(text)).collect(),
            needed: RefCell::default(),
            locks: only(locks),
            stems: sources.map(|entry| stem(entry.path.as_path())).collect(),
            changed: only(changed),
        })
    }

    /// Is `path` plainly work? `None`: it is none of it.
    fn weighs(&self, path: &Path, since: Since) -> Option<bool> {
        if since == Since::Trace {
            let speaks =
                installed::hidden_in(path).map_or_else(|| self.speaks(path), |folder| self.calls(path, folder));
            return speaks.then(|| self.is_written(path));
        }
        if let Some(name) = installed::package_name(path) {
            if let Some(plain) = self.absent.get(&name) {
                return Some(*plain);
            }
            return (!self.names(path, &name)).then_some(true);
        }
        if path.parent().is_some_and(|folder| folder.ends_with("site-packages")) {
            return (!installed::is_listed(&self.root.join(path))).then_some(false);
        }
        if installed::is_own(path) {
            return (!self.is_example(path)).then_some(false);
        }
        Some(self.is_written(path))
    }

    /// Is the package at `path` installed because somebody asks for it?
    fn names(&self, path: &Path, name: &str) -> bool {
        // All of a scope, where it lies elsewhere: whoever names one of its packages names it.
        if name.starts_with('@') && !name.contains('/') {
            let scope = format!("{name}/");
            return self.named.iter().any(|name| name.starts_with(&scope));
        }
        let is_asked =
            |name: &str| self.named.contains(name) || self.locks.iter().any(|text| installed::locks(text, name));
        let folder = path.ancestors().find(|folder| folder.ends_with(PACKAGES)).unwrap_or(path);
        let mut needed = self.needed.borrow_mut();
        let all = || installed::needed(&self.root.join(folder), &self.named);
        is_asked(name) || needed.entry(folder.to_owned()).or_insert_with(all).contains(name)
    }

    /// Does it say what an example that was there asks for?
    fn is_example(&self, path: &Path) -> bool {
        let (name, text) = (path.display().to_string(), read(&self.root.join(path)).unwrap_or_default());
        let keys = |text: &str| KEY.captures_iter(text).map(|found| found[1].to_owned()).collect::<BTreeSet<_>>();
        self.examples.iter().filter(|(example, _)| example_of(example).is_some_and(|of| of == name)).any(
            |(_, example)| {
                let asked = keys(&text);
                text == *example || !asked.is_empty() && asked.is_subset(&keys(example))
            },
        )
    }

    /// Is it a text that no tool makes of what is there, and that a language or the work itself tells to be part of it?
    fn is_written(&self, path: &Path) -> bool {
        let Some(text) = read(&self.root.join(path)) else { return false };
        !self.is_made_of(&stem(path)) && !GENERATED.is_match(&text) && (made::is_source(path) || self.speaks(path))
    }

    /// Does something that changed call the file by its name?
    fn speaks(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        self.changed.iter().any(|text| says(text, &name))
    }

    /// Does something that changed call the file in `folder`, with or without its extension? Names in caches are those of any file.
    fn calls(&self, path: &Path, folder: &str) -> bool {
        let plain = |name: Option<&OsStr>| name.unwrap_or_default().to_string_lossy().into_owned();
        let names = [plain(path.file_name()), plain(path.file_stem())];
        self.changed.iter().any(|text| says(text, folder) && names.iter().any(|name| says(text, name)))
    }

    /// May it be made of something in the work: `triple`, `triple_pb2` of a `triple`?
    fn is_made_of(&self, own: &str) -> bool {
        let parts = own.match_indices(['_', '-']).map(|(at, _)| &own[..at]).chain([own]);
        parts.into_iter().any(|part| self.stems.contains(part))
    }
}

/// Does the text have this name, and not as a part of another?
fn says(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let alone = |at: usize| !text[..at].ends_with(part) && !text[at + name.len()..].starts_with(part);
    !name.is_empty() && text.match_indices(name).any(|(at, _)| alone(at))
}

/// Packages that these files ask for by a path in the project at which there is nothing.
fn absent(root: &Path, projects: &[(String, String)], has: impl Fn(&Path) -> bool) -> BTreeMap<String, bool> {
    let local = projects.iter().flat_map(|(path, text)| {
        let folder = root.join(path).parent().map_or_else(PathBuf::new, Path::to_owned);
        installed::local(text).into_iter().map(move |(name, to)| (name, folder.join(to)))
    });
    let inside = local.filter_map(|(name, to)| Some((name, plainly(&to).strip_prefix(root).ok()?.to_owned())));
    inside.filter(|(_, to)| !has(to)).map(|(name, to)| (name, installed::has(&to, &[PACKAGES]))).collect()
}

/// The path without `.` and `..`.
fn plainly(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            Component::Prefix(_) | Component::RootDir | Component::Normal(_) => plain.push(part),
        }
    }
    plain
}

/// Is it what lies at `path`, or in it? A repository inside has what nobody sees here.
fn lies_at(entry: &Entry, path: &Path) -> bool {
    entry.path.as_path().starts_with(path) || entry.sort == Sort::Submodule && path.starts_with(entry.path.as_path())
}

/// The file that a file called so is an example of.
fn example_of(path: &str) -> Option<String> {
    let (folder, name) = path.rsplit_once('/').map_or(("", path), |(folder, name)| (folder, name));
    let is_word = |part: &&str| EXAMPLE.contains(part);
    let word = name.split(['.', '-', '_']).find(is_word)?;
    let at = name.find(word)?;
    let rest = if at == 0 {
        name[word.len()..].trim_start_matches(['.', '-', '_']).to_owned()
    } else {
        format!("{}{}", &name[..at - 1], &name[at + word.len()..])
    };
    Some(if folder.is_empty() { rest } else { format!("{folder}/{rest}") })
}

/// The name of a file up to its first period.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let from = usize::from(name.starts_with('.'));
    name[from..].split('.').next().unwrap_or_default().to_owned()
}

/// The text of the file at `path`; `None` if it is none, or too large.
fn read(path: &Path) -> Option<String> {
    file::text(path, LARGEST).filter(|text| !text.contains('\0'))
}

/// Paths and texts of these.
fn texts<'e>(repo: &Repository, entries: impl Iterator<Item = &'e Entry>) -> Result<Vec<(String, String)>, Failure> {
    let entries: Vec<&Entry> = entries.filter(|entry| (1..=4 * LARGEST).contains(&entry.bytes)).collect();
    let asked: Vec<(&Oid, u64)> = entries.iter().map(|entry| (&entry.blob, entry.bytes)).collect();
    let found = repo.contents(&asked)?.into_iter().map(Option::unwrap_or_default);
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    Ok(entries.iter().map(|entry| entry.path.to_string()).zip(found.map(text)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_example_tells_what_it_is_for() {
        for (example, of) in [
            (".env.example", Some(".env")),
            (".env-sample", Some(".env")),
            ("app/.env.dist", Some("app/.env")),
            ("conf.local.json.example", Some("conf.local.json")),
            ("example.env.local", Some("env.local")),
            (".env", None),
            ("sampled.py", None),
        ] {
            assert_eq!(example_of(example).as_deref(), of, "{example}");
        }
    }
}
