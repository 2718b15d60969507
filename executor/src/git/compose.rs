//! Trees that nobody has in files: one tree with some files of another. Moves nothing, and touches no index but its own.

use std::path::Path;

use super::Repository;
use super::error::Error;
use super::index::{Draft, on_index};
use super::name::{Oid, RepoPath};
use super::shield::Drivers;

impl Repository {
    /// The tree `tree` with other content at some paths: `MODE OID`, as a difference tells it; `None`: nothing is there. `scratch` is a
    /// folder for a temporary index.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if one of them is in the way of another.
    pub fn composed(&self, tree: &Oid, contents: &[(&RepoPath, Option<String>)], scratch: &Path) -> Result<Oid, Error> {
        let draft = Draft::new(scratch)?;
        let index = Some(draft.path.as_path());
        on_index(self.git("read-tree")?, index).arg(tree.as_str()).long().run()?;
        // What goes first makes room for what comes.
        let (gone, put): (Vec<_>, Vec<_>) = contents.iter().partition(|(_, content)| content.is_none());
        let mut rows = Vec::new();
        for (path, content) in gone.into_iter().chain(put) {
            let head = content.clone().unwrap_or_else(|| format!("0 {}", tree.absent()));
            rows.extend(head.bytes().chain(*b"\t").chain(path.as_bytes().iter().copied()).chain([0]));
        }
        let call = on_index(self.git("update-index")?, index).args(["--replace", "-z", "--index-info"]).stdin(rows);
        call.long().run()?;
        self.write_tree(index, &Drivers::default())
    }

    /// Keeps `content` as it is, and tells its id.
    ///
    /// # Errors
    /// Those of running git.
    pub fn keep_content(&self, content: Vec<u8>) -> Result<Oid, Error> {
        Oid::parse(&self.git("hash-object")?.args(["-w", "--stdin"]).stdin(content).run()?.text()?)
    }
}
