//! What says how git works, and lies where nobody would look: the hooks of a folder that the configuration names, and the records of
//! submodules. Only looks.

use std::fs;
use std::path::{Path, PathBuf};

use super::Repository;
use super::common::{Guarded, names};

/// How deep the names of submodules are.
const DEEPEST: usize = 6;

impl Repository {
    /// The hooks that `core.hooksPath` of the repository leads to, unless they are files of the work itself; and what says in each
    /// submodule how git works there.
    pub(super) fn guarded_elsewhere(&self) -> Vec<Guarded> {
        let mut all = Vec::new();
        if let Some((name, path)) = self.named_hooks() {
            all.push(Guarded::new(name, path, true));
        }
        modules(".git/modules", &self.common_dir.join("modules"), DEEPEST, &mut all);
        all
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

/// Does a folder keep itself out of every commit, as tools do that write hooks?
fn ignores_itself(folder: &Path) -> bool {
    fs::read_to_string(folder.join(".gitignore")).is_ok_and(|text| text.lines().any(|line| line.trim() == "*"))
}

/// Submodules are in folders by their names, which may have several parts.
fn modules(told: &str, folder: &Path, left: usize, all: &mut Vec<Guarded>) {
    for name in names(folder) {
        let (told, path) = (format!("{told}/{name}"), folder.join(&name));
        let is_folder = path.symlink_metadata().is_ok_and(|about| about.is_dir());
        if is_folder && path.join("HEAD").symlink_metadata().is_ok() {
            all.extend(
                ["config", "hooks", "info"].map(|own| Guarded::new(format!("{told}/{own}"), path.join(own), true)),
            );
            modules(&format!("{told}/modules"), &path.join("modules"), left.saturating_sub(1), all);
        } else if is_folder && left > 0 {
            modules(&told, &path, left - 1, all);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
