//! What says how git works, and lies where nobody would look: the hooks of a folder and the files that the configuration names, and the
//! records of submodules. Only looks.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Component, Path, PathBuf};

use super::Repository;
use super::common::{Guarded, LeftOut, names};

/// How many parts the names of submodules have, and how deep they lie in one another.
const DEEPEST: usize = 16;
/// How often files name one another: git itself follows no more.
const OFTEN: usize = 10;
/// Most files that are named, and the largest that is read, in bytes.
const MOST: usize = 50;
const LARGEST: u64 = 1 << 20;

impl Repository {
    /// The hooks that `core.hooksPath` of the repository leads to, unless they are files of the work itself; and what says in each
    /// submodule how git works there. Adds to `left_out`.
    pub(super) fn guarded_elsewhere(&self, left_out: &mut LeftOut) -> Vec<Guarded> {
        let mut all = Vec::new();
        if let Some((name, path)) = self.named_hooks() {
            all.push(Guarded::new(name, path, true));
        }
        for path in self.included(left_out) {
            let told = path.strip_prefix(&self.root).unwrap_or(&path).display().to_string();
            all.push(Guarded::new(told, path, false));
        }
        modules(".git/modules", &self.common_dir.join("modules"), DEEPEST, &mut all, left_out);
        all
    }

    /// The files that the configuration includes, unless git holds them: then a change of them is seen as work. Not those below
    /// somebody's home.
    fn included(&self, left_out: &mut LeftOut) -> Vec<PathBuf> {
        let own = ["config", "config.worktree"].map(|name| self.common_dir.join(name));
        let (mut level, mut found) = (own.to_vec(), BTreeSet::new());
        for _ in 0..OFTEN {
            let named = level.iter().flat_map(|file| included_by(file, left_out)).collect::<BTreeSet<_>>();
            let new: Vec<PathBuf> = named.into_iter().filter(|path| !found.contains(path)).collect();
            level = new.into_iter().take(MOST + 1 - found.len()).collect();
            found.extend(level.iter().cloned());
            if found.len() > MOST {
                left_out.insert(format!("configuration of git: more than {MOST} files that it includes"));
                break;
            }
        }
        // What is in the folder of git counts in any case.
        found.retain(|path| !path.starts_with(&self.common_dir) && !own.contains(path));
        if found.is_empty() {
            return Vec::new();
        }
        let inside = found.iter().filter_map(|path| path.strip_prefix(&self.root).ok());
        let call = self.git("ls-files").and_then(|call| call.args(["-z", "--"]).args(inside).env(LITERAL, "1").run());
        let held: BTreeSet<PathBuf> = match &call {
            Ok(answer) => answer.parts().map(|path| self.root.join(OsStr::from_bytes(path))).collect(),
            Err(_) => BTreeSet::new(),
        };
        found.into_iter().filter(|path| !held.contains(path)).collect()
    }

    fn named_hooks(&self) -> Option<(String, PathBuf)> {
        let text = fs::read_to_string(self.common_dir.join("config")).ok()?;
        let named = hooks_path(&text)?;
        let root = self.common_dir.parent()?;
        let path = root.join(named);
        // What git holds is seen as a change of files.
        let is_work = path.starts_with(root) && !path.starts_with(&self.common_dir) && !ignores_itself(&path);
        (!is_work).then(|| (named.to_owned(), path))
    }
}

/// The last value of `core.hooksPath` in a configuration; not one below somebody's home.
fn hooks_path(text: &str) -> Option<&str> {
    let is_it = |line: &str| {
        let key = line.rsplit_once(']').map_or(line, |(_, key)| key);
        key.trim().eq_ignore_ascii_case("hookspath")
    };
    let mut values = text.lines().filter_map(|line| line.split_once('=').filter(|(key, _)| is_it(key)));
    let last = values.next_back().map(|(_, value)| value.trim().trim_matches('"'))?;
    Some(last).filter(|value| !value.is_empty() && !value.starts_with('~'))
}

/// Paths are names, not patterns.
const LITERAL: &str = "GIT_LITERAL_PATHSPECS";

/// The files that the configuration `file` includes, whatever the condition is.
fn included_by(file: &Path, left_out: &mut LeftOut) -> Vec<PathBuf> {
    let about = file.metadata().ok().filter(Metadata::is_file);
    if about.as_ref().is_some_and(|about| about.len() > LARGEST) {
        left_out.insert(format!("{}: what it includes, as it has more than {LARGEST} bytes", file.display()));
        return Vec::new();
    }
    let text = about.and_then(|_| fs::read_to_string(file).ok()).unwrap_or_default();
    let folder = file.parent().unwrap_or(file);
    includes(&text).map(|named| plain(&folder.join(named))).collect()
}

/// The values of `include.path` and `includeIf.….path` in a configuration; not those below somebody's home.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    let mut is_in = false;
    text.lines().filter_map(move |line| {
        let mut line = line.trim();
        if let Some((section, rest)) = line.strip_prefix('[').and_then(|line| line.rsplit_once(']')) {
            let name = section.split(|sign: char| sign.is_whitespace() || sign == '"').next().unwrap_or_default();
            is_in = name.eq_ignore_ascii_case("include") || name.eq_ignore_ascii_case("includeif");
            line = rest.trim();
        }
        let (_, value) = line.split_once('=').filter(|(key, _)| is_in && key.trim().eq_ignore_ascii_case("path"))?;
        Some(value.trim().trim_matches('"')).filter(|value| !value.is_empty() && !value.starts_with(['~', '%']))
    })
}

/// A path without `.` and `..`, as it is read.
fn plain(path: &Path) -> PathBuf {
    path.components().fold(PathBuf::new(), |mut plain, part| {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            other => plain.push(other),
        }
        plain
    })
}

/// Does a folder keep itself out of every commit, as tools do that write hooks?
fn ignores_itself(folder: &Path) -> bool {
    fs::read_to_string(folder.join(".gitignore")).is_ok_and(|text| text.lines().any(|line| line.trim() == "*"))
}

/// Submodules are in folders by their names, which may have several parts.
fn modules(told: &str, folder: &Path, left: usize, all: &mut Vec<Guarded>, left_out: &mut LeftOut) {
    for name in names(folder) {
        let (told, path) = (format!("{told}/{name}"), folder.join(&name));
        let is_folder = path.symlink_metadata().is_ok_and(|about| about.is_dir());
        if is_folder && path.join("HEAD").symlink_metadata().is_ok() {
            all.extend(
                ["config", "hooks", "info"].map(|own| Guarded::new(format!("{told}/{own}"), path.join(own), true)),
            );
            modules(&format!("{told}/modules"), &path.join("modules"), left.saturating_sub(1), all, left_out);
        } else if is_folder && left > 0 {
            modules(&told, &path, left - 1, all, left_out);
        } else if is_folder {
            left_out.insert(format!(".git/modules: what is more than {DEEPEST} folders deep"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_included_wherever_a_section_says() {
        let text = "[core]\n\tpath = no\n[include]\n\tpath = ../.local\n\tPath=\"a b\"\n path = ~/x\n[IncludeIf \"gitdir:/a]b/\"] path = /c\n\
            [includes]\npath = no\n[include \"x\"]\npath = d\n[user]\npath = no\n";
        assert_eq!(includes(text).collect::<Vec<_>>(), ["../.local", "a b", "/c", "d"]);
        assert_eq!(plain(Path::new("/r/.git/../.local/./x")), Path::new("/r/.local/x"));
    }

    #[test]
    fn hooks_are_where_the_last_setting_says() {
        for (text, expected) in [
            ("[core]\n\tbare = false\n", None),
            ("[core]\n\thooksPath = .husky/_\n", Some(".husky/_")),
            ("[core] HOOKSPATH = \"a b\"\n", Some("a b")),
            ("[core]\nhooksPath=one\nhooksPath = /srv/two\n", Some("/srv/two")),
            ("[core]\nhooksPath = ~/hooks\n", None),
            ("[core]\nhooksPath =\n", None),
        ] {
            assert_eq!(hooks_path(text), expected, "{text}");
        }
    }
}
