//! Symbolic links that lead out of what a commit holds: whoever follows one here sees something else than whoever has the commit. Only
//! looks, and follows none.

use std::ffi::OsStr;
use std::fs;
use std::path::{Component, Path, PathBuf};

use super::Repository;
use super::name::{STATE_DIR, WORKTREES_DIR, visible};
use super::status::Difference;

/// How git writes the mode of a link.
const LINK: &str = "120000 ";

impl Repository {
    /// Of `differences` that lead to the working tree, the links that are new or lead elsewhere than before, and out of what is committed:
    /// each with where it leads.
    pub fn leading_out(&self, differences: &[Difference]) -> Vec<String> {
        let is_new = |d: &&Difference| d.after != d.before && d.after.as_ref().is_some_and(|to| to.starts_with(LINK));
        let leads = |d: &Difference| {
            let path = d.change.path.as_path();
            let target = fs::read_link(self.root.join(path)).ok()?;
            let told = visible(&format!("{} -> {}", path.display(), target.display()));
            (!is_inside(&self.root, path, &target)).then_some(told)
        };
        differences.iter().filter(is_new).filter_map(leads).collect()
    }
}

/// Does the link at `path` below `root` that says `target` lead to something that a commit may hold?
fn is_inside(root: &Path, path: &Path, target: &Path) -> bool {
    let folder = path.parent().unwrap_or(Path::new(""));
    let below = if target.is_absolute() { target.strip_prefix(root).ok() } else { Some(target) };
    let Some(below) = below else { return false };
    let whole = if target.is_absolute() { below.to_owned() } else { folder.join(below) };
    let mut at = PathBuf::new();
    for part in whole.components() {
        match part {
            Component::Normal(name) => at.push(name),
            Component::CurDir => {}
            Component::ParentDir if at.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return false,
        }
    }
    let is_kept = |name: &OsStr| !name.eq_ignore_ascii_case(".git");
    let top = at.components().next().map(Component::as_os_str);
    at.iter().all(is_kept) && top.is_none_or(|top| top != STATE_DIR && top != WORKTREES_DIR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_commit_may_hold_is_inside() {
        for (path, target, inside) in [
            ("a", "docs/a.md", true),
            ("a", "./nowhere", true),
            ("docs/a", "../README.md", true),
            ("docs/a", "..", true),
            ("docs/in/a", "../../src/../b", true),
            ("a", "/srv/repo/b", true),
            ("a", "../b", false),
            ("docs/a", "../../repo/b", false),
            ("a", "/srv/repo/../b", false),
            ("a", "/srv/repository/b", false),
            ("a", "/etc/passwd", false),
            ("a", ".git/config", false),
            ("a", ".GIT", false),
            ("docs/a", "../in/.git/x", false),
            ("a", ".mission/runs", false),
            ("a", ".worktrees/r1-two/b", false),
            ("a", "docs/.worktrees", true),
        ] {
            assert_eq!(
                is_inside(Path::new("/srv/repo"), Path::new(path), Path::new(target)),
                inside,
                "{path} {target}"
            );
        }
    }
}
