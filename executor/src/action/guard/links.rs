//! Symbolic links of the work that lead out of it: what they bring in is in no commit. Reads where they lead, and looks whether something is
//! there.

use std::collections::BTreeSet;
use std::path::Path;

use super::finding::{Finding, Kind};
use crate::event::Failure;
use crate::git::{Entry, Oid, Repository, Sort};

/// Longest path that a link can hold, in bytes.
const LONGEST: u64 = 4096;
/// Where a link may lead on every machine.
const EVERYWHERE: &str = "/dev/null";

/// Links of `new` that lead elsewhere, and were not in `old`.
pub(super) fn outside(repo: &Repository, old: &[Entry], new: &[Entry]) -> Result<Vec<Finding>, Failure> {
    let had: BTreeSet<&Oid> = old.iter().filter(|entry| entry.sort == Sort::Link).map(|entry| &entry.blob).collect();
    let is_new = |entry: &&Entry| entry.sort == Sort::Link && !had.contains(&entry.blob) && entry.bytes <= LONGEST;
    let links: Vec<&Entry> = new.iter().filter(is_new).collect();
    if links.is_empty() {
        return Ok(Vec::new());
    }
    let asked: Vec<(&Oid, u64)> = links.iter().map(|entry| (&entry.blob, entry.bytes)).collect();
    let targets = repo.contents(&asked)?.into_iter().map(Option::unwrap_or_default);
    let paths: BTreeSet<String> = new.iter().map(|entry| entry.path.to_string()).collect();
    let found = links.iter().zip(targets).filter_map(|(entry, target)| {
        let (path, target) = (entry.path.to_string(), String::from_utf8_lossy(&target).into_owned());
        let is_there = |inner: &str| repo.root().join(inner).symlink_metadata().is_ok();
        let what = leads(&path, &target, &|inner| holds(&paths, inner), &is_there)?;
        Some(Finding::new(Kind::LinkOutside, &path, None, format!("it is a link to `{target}`, {what}")))
    });
    Ok(found.collect())
}

/// Does the work have a file or a folder there?
fn holds(paths: &BTreeSet<String>, inner: &str) -> bool {
    let below = format!("{inner}/");
    inner.is_empty()
        || paths.contains(inner)
        || paths.range(below.clone()..).next().is_some_and(|path| path.starts_with(&below))
}

/// Where the link at `path` leads that no commit goes; `None`: it stays in the work, or leads nowhere.
fn leads(
    path: &str,
    target: &str,
    holds: &dyn Fn(&str) -> bool,
    is_there: &dyn Fn(&str) -> bool,
) -> Option<&'static str> {
    if Path::new(target).is_absolute() {
        return (target != EVERYWHERE).then_some("and another machine has something else there, or nothing");
    }
    let mut parts: Vec<&str> = path.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                if parts.pop().is_none() {
                    return Some("which leads out of the repository");
                }
            }
            name => parts.push(name),
        }
    }
    let inner = parts.join("/");
    (!holds(&inner) && is_there(&inner)).then_some("which is there, and in no commit")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_leads_out_of_the_work_or_not() {
        let paths: BTreeSet<String> = ["lib/a.py", "lib-b", "x"].map(str::to_owned).into();
        let told = |path: &str, target: &str| {
            leads(path, target, &|inner| holds(&paths, inner), &|inner| inner.starts_with("out")).is_some()
        };
        for (path, target) in [
            ("a.py", "/tmp/a.py"),
            ("a.py", "../a.py"),
            ("lib/b.py", "../../repo/x"),
            ("a.py", "out/a.py"),
            ("lib/b.py", "./../out"),
            ("lib/b.py", ".././lib/../out/"),
        ] {
            assert!(told(path, target), "{path} -> {target}");
        }
        for (path, target) in [
            ("a.py", "lib/a.py"),
            ("lib/b.py", "../x"),
            ("lib/b.py", "a.py"),
            ("here", "."),
            ("all", "lib"),
            ("lib/up", ".."),
            ("tests/dangling", "nowhere"),
            ("etc/x.service", "/dev/null"),
        ] {
            assert!(!told(path, target), "{path} -> {target}");
        }
    }
}
