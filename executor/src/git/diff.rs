//! What a commit changed, as text for people and agents; and how to take it back.

use super::Repository;
use super::commit::Message;
use super::error::Error;
use super::merge::Trial;
use super::name::{BranchName, Oid};

impl Repository {
    /// The parents of `commit`, the first first.
    ///
    /// # Errors
    /// Those of running git, and [`Error::Failed`] if there is no such commit.
    pub fn parents(&self, commit: &Oid) -> Result<Vec<Oid>, Error> {
        let text = self.git("rev-list")?.args(["--parents", "-n", "1", commit.as_str(), "--"]).run()?.text()?;
        text.split_ascii_whitespace().skip(1).map(Oid::parse).collect()
    }

    /// What differs from `from` to `to`: a summary by file, and the difference itself. No driver of the repository
    /// takes part.
    ///
    /// # Errors
    /// Those of running git.
    pub fn difference(&self, from: &Oid, to: &Oid) -> Result<(String, String), Error> {
        let ask = |how: &str| {
            let call = self.git("diff-tree")?.args(["-r", how, "--no-color", "--no-ext-diff", "--no-textconv"]);
            let call = call.args(["--ignore-submodules=dirty", "--end-of-options", from.as_str(), to.as_str(), "--"]);
            let bytes = call.long().run()?.stdout;
            Ok::<_, Error>(String::from_utf8_lossy(&bytes).into_owned())
        };
        Ok((ask("--stat=100")?, ask("--patch")?))
    }

    /// What `head` would be without what the merge `commit` brought in, in the object database only.
    ///
    /// # Errors
    /// Those of running git.
    pub fn try_revert(&self, head: &Oid, commit: &Oid, parent: &Oid) -> Result<Trial, Error> {
        // Three commits that nobody sees make the merge the common ground of what is and of what was before it.
        let quiet = self.untrusted();
        let message = Message { subject: "Without a merge".to_owned(), ..Message::default() };
        let ground = quiet.commit_tree(&self.tree_of(commit)?, &[parent], &message)?.oid;
        let ours = quiet.commit_tree(&self.tree_of(head)?, &[&ground], &message)?.oid;
        let theirs = quiet.commit_tree(&self.tree_of(parent)?, &[&ground], &message)?.oid;
        self.try_merge(&ours, &theirs)
    }

    /// Makes `branch` at `commit`, unless it is there already.
    ///
    /// # Errors
    /// [`Error::RefMoved`] if it is somewhere else.
    pub fn keep_branch(&self, branch: &BranchName, commit: &Oid) -> Result<(), Error> {
        match self.tip(branch)? {
            Some(tip) if tip == *commit => Ok(()),
            _ => self.move_branch(branch, None, commit, "mission: kept"),
        }
    }
}
