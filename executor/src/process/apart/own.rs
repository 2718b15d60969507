//! What is an attempt's own, and what is not: from where it works to how it is kept apart. Mounts nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::Apart;
use crate::git::{STATE_DIR, WORKTREES_DIR};
use crate::runs::ASIDE;

/// Folders below the folder of a run that only the engine writes to, but for what belongs to the attempt.
const KEPT_BY_RUN: [&str; 4] = ["attempts", "git", "kept", "logs"];

/// Variables that say where somebody is, not what is theirs.
const WHERE: [&str; 3] = ["PWD", "OLDPWD", "PATH"];

/// Where attempts of the run in `folder` may write nothing but their own, in the project at `root`; not all of it need be there.
pub fn places(root: &Path, folder: &Path) -> Vec<PathBuf> {
    std::iter::once(root.join(WORKTREES_DIR)).chain(of_run(folder)).collect()
}

fn of_run(folder: &Path) -> impl Iterator<Item = PathBuf> {
    KEPT_BY_RUN.into_iter().map(|name| folder.join(name))
}

/// What is an attempt's own.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Own {
    /// Its worktree; none: it works in the main working tree.
    pub worktree: Option<PathBuf>,
    /// In the main working tree it works in a view of its own.
    pub view: bool,
    /// Folders of the run.
    pub of_run: Vec<PathBuf>,
    /// What it shares in the main working tree; need not be there.
    pub shared: Vec<PathBuf>,
    /// Where what it writes elsewhere lands.
    pub aside: PathBuf,
}

impl Own {
    /// How it can be kept apart in the project at `root` by the run in `folder`, the best first; `variables` are those of the attempt.
    pub fn ways(&self, root: &Path, folder: &Path, variables: &BTreeMap<OsString, OsString>) -> Vec<Apart> {
        let own: Vec<PathBuf> = self.worktree.iter().chain(&self.of_run).cloned().collect();
        let (places, aside, hidden) = (places(root, folder), self.aside.clone(), folder.join(ASIDE));
        let narrow = Apart { places, own, aside, hidden, ..Apart::default() };
        self.with_tree(root, folder, variables).into_iter().chain([narrow]).collect()
    }

    /// Apart from the whole main working tree, unless it is where somebody lives, or git would not be found in it again.
    fn with_tree(&self, root: &Path, folder: &Path, variables: &BTreeMap<OsString, OsString>) -> Option<Apart> {
        if self.worktree.is_none() && !self.view {
            return None;
        }
        let is_home = variables.get(OsStr::new("HOME")).is_some_and(|home| Path::new(home) == root);
        let git = root.join(".git");
        let about = fs::symlink_metadata(&git).ok()?;
        if is_home || root.parent().is_none() || about.is_symlink() {
            return None;
        }
        let nobodys = [Some(git).filter(|_| about.is_dir()), Some(root.join(STATE_DIR))];
        let shared: BTreeSet<PathBuf> =
            self.shared.iter().filter(|path| path.exists()).cloned().chain(named(root, variables)).collect();
        let own = nobodys.into_iter().flatten().chain(shared).chain(self.worktree.clone());
        let own = own.chain(self.of_run.iter().cloned()).collect();
        let tree = Some(root.to_owned());
        // What it writes there in a view of its own is not its work.
        let worktrees = self.worktree.is_none().then(|| root.join(WORKTREES_DIR));
        let places = worktrees.into_iter().chain(of_run(folder)).collect();
        let (aside, hidden) = (self.aside.clone(), folder.join(ASIDE));
        Some(Apart { tree, places, own, aside, hidden, ..Apart::default() })
    }
}

/// Files and folders below `root` that variables lead to: whoever gave them to the attempt means them to be used.
pub(in crate::process) fn named(root: &Path, variables: &BTreeMap<OsString, OsString>) -> Vec<PathBuf> {
    let others = variables.iter().filter(|(name, _)| WHERE.iter().all(|at| *name != at));
    let inside = |path: &PathBuf| {
        let first = path.strip_prefix(root).ok().and_then(|inner| inner.components().next());
        first.is_some_and(|first| [".git", STATE_DIR, WORKTREES_DIR].iter().all(|name| first.as_os_str() != *name))
    };
    let paths = others.map(|(_, value)| Path::new(value)).filter(|path| path.is_absolute());
    paths.filter_map(|path| path.canonicalize().ok()).filter(inside).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_main_working_tree_is_covered_but_for_what_is_shared() {
        let place = tempfile::tempdir().expect("a folder");
        let root = place.path().canonicalize().expect("it is there").join("repo");
        let folder = root.join(".mission/runs/r");
        for name in [".git", ".mission/runs/r", ".worktrees/a", "modules", "target", "out"] {
            fs::create_dir_all(root.join(name)).expect("it is made");
        }
        let own = Own {
            worktree: Some(root.join(".worktrees/a")),
            view: false,
            of_run: vec![folder.join("attempts/a/1")],
            shared: vec![root.join("modules"), root.join("missing")],
            aside: folder.join("aside/a/1"),
        };
        let at = |name: &str| root.join(name).into_os_string();
        let variables = [("PWD", "out"), ("CARGO_TARGET_DIR", "target"), ("MISSION_RUN_DIR", ".mission/runs/r")];
        let mut variables: BTreeMap<OsString, OsString> =
            variables.map(|(name, inner)| (name.into(), at(inner))).into();
        variables.insert("LANG".into(), "C".into());
        variables.insert("PATH".into(), at("out"));
        let [wide, narrow] = &own.ways(&root, &folder, &variables)[..] else { panic!("two ways") };
        let names: Vec<&Path> = wide.own.iter().map(|path| path.strip_prefix(&root).expect("below it")).collect();
        let expected = [".git", ".mission", "modules", "target", ".worktrees/a", ".mission/runs/r/attempts/a/1"];
        assert_eq!(names, expected.map(Path::new));
        assert_eq!((wide.tree.as_ref(), wide.places.len()), (Some(&root), 4));
        assert_eq!([&wide.hidden, &narrow.hidden], [&folder.join("aside"); 2], "what all wrote");
        assert_eq!((narrow.tree.as_ref(), narrow.places.len(), narrow.own.len()), (None, 5, 2));

        variables.insert("HOME".into(), root.clone().into());
        assert_eq!(own.ways(&root, &folder, &variables).len(), 1, "somebody lives there");
        variables.remove(OsStr::new("HOME"));
        let elsewhere = Own { worktree: None, ..own.clone() };
        assert_eq!(elsewhere.ways(&root, &folder, &variables).len(), 1, "it is its own");
        let view = Own { view: true, ..elsewhere };
        let [wide, _] = &view.ways(&root, &folder, &variables)[..] else { panic!("two ways") };
        assert_eq!((wide.tree.as_ref(), &wide.places[0]), (Some(&root), &root.join(".worktrees")));
        assert!(!wide.own.contains(&root.join(".worktrees/a")));
        fs::rename(root.join(".git"), root.join("out/git")).expect("it moves");
        std::os::unix::fs::symlink("out/git", root.join(".git")).expect("it is made");
        assert_eq!(own.ways(&root, &folder, &variables).len(), 1, "git is elsewhere");
    }
}
