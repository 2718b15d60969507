//! What was made by looking, made for all as well: whoever is told its id can look into it, and commands can be tried out with it.

use std::path::Path;

use crate::event::Failure;
use crate::git::{Oid, RepoPath, Repository};

/// How the content of a submodule begins.
const SUBMODULE: &str = "160000 ";

/// Makes the contents `MODE OID` for all, which `looking` knows, as far as they are not there yet.
pub(super) fn contents<'c>(
    [looking, repo]: [&Repository; 2],
    all: impl IntoIterator<Item = &'c str>,
) -> Result<(), Failure> {
    let blobs = all.into_iter().filter(|content| !content.starts_with(SUBMODULE)).filter_map(|c| c.split_once(' '));
    let blobs = blobs.map(|(_, oid)| Oid::parse(oid)).collect::<Result<Vec<_>, _>>()?;
    let asked: Vec<(&Oid, u64)> = blobs.iter().map(|oid| (oid, 0)).collect();
    let there = repo.contents(&asked)?;
    let missing: Vec<(&Oid, u64)> =
        asked.into_iter().zip(there).filter(|(_, content)| content.is_none()).map(|(asked, _)| asked).collect();
    for content in looking.contents(&missing)?.into_iter().flatten() {
        repo.keep_content(content)?;
    }
    Ok(())
}

/// Makes the tree `tree` for all, which `looking` knows. `scratch` is a folder for a temporary index.
pub(super) fn tree(repos: [&Repository; 2], tree: &Oid, scratch: &Path) -> Result<(), Failure> {
    let [looking, repo] = repos;
    // Git knows commits itself.
    if repo.has(tree)? {
        return Ok(());
    }
    let head = repo.tree_of(&repo.head()?)?;
    let differences = looking.differences(&head, tree)?;
    contents(repos, differences.iter().filter_map(|difference| difference.after.as_deref()))?;
    let other: Vec<(&RepoPath, Option<String>)> =
        differences.iter().map(|difference| (&difference.change.path, difference.after.clone())).collect();
    repo.composed(&head, &other, scratch)?;
    Ok(())
}
