//! Making commits: from the working tree, with a message that nobody can forge lines into.
//!
//! Plumbing, not `git commit`: the new commit exists before the branch moves, so a caller can note its id first and
//! know after a crash whether the move happened. The move itself is a compare-and-swap.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::path::Path;

use super::call::Call;
use super::error::Error;
use super::index::{Draft, Marks, on_index};
use super::name::{Oid, RepoPath, is_deceptive, visible};
use super::recent::Purpose;
use super::shield::Drivers;
use super::status::{ARGS, BRANCH, Change, Kind, head_of, nul_list, read_status};
use super::{Policy, Repository};

/// Address of the engine's own identity.
pub(super) const ADDRESS: &str = "mission@localhost";

/// A commit message: subject, body, trailers.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Message {
    /// First line.
    pub subject: String,
    /// Text below it; may be empty.
    pub body: String,
    /// Trailers in order, the engine's own among them.
    pub trailers: Vec<(String, String)>,
}

impl Message {
    /// The text of the message. Subject and trailer values become one line each; lines of subject and body that could
    /// be taken for a trailer of the engine (`Mission-…:`) or for the end of the message (`---`) are quoted with `> `;
    /// control characters and invisible formatting are written as `\u{…}`.
    ///
    /// # Errors
    /// [`Error::NoSubject`]; [`Error::BadName`] for a trailer key that is not letters, digits and `-`.
    pub fn render(&self) -> Result<String, Error> {
        let subject = one_line(&self.subject);
        if subject.is_empty() {
            return Err(Error::NoSubject);
        }
        let mut text = harmless(&subject) + "\n";
        let body: Vec<String> = self.body.replace("\r\n", "\n").lines().map(|l| harmless(l.trim_end())).collect();
        let body = body.join("\n");
        let body = body.trim_matches('\n');
        if !body.is_empty() {
            text.push_str(&format!("\n{body}\n"));
        }
        let mut trailers = String::new();
        for (key, value) in &self.trailers {
            check_key(key)?;
            trailers.push_str(&format!("{key}: {}\n", one_line(value)));
        }
        if !trailers.is_empty() {
            text.push_str(&format!("\n{trailers}"));
        }
        Ok(text)
    }
}

fn check_key(key: &str) -> Result<(), Error> {
    let fits = key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if fits && key.starts_with(|c: char| c.is_ascii_alphabetic()) && key.len() <= 64 {
        return Ok(());
    }
    Err(Error::bad_name("a trailer key", key, "expected a letter, then at most 63 letters, digits or `-`"))
}

fn one_line(text: &str) -> String {
    let words: Vec<&str> = text.split(|c: char| c.is_whitespace()).filter(|w| !w.is_empty()).collect();
    visible(&words.join(" "))
}

fn harmless(line: &str) -> String {
    let bare = line.trim_start_matches(|c: char| c.is_whitespace() || is_deceptive(c)).to_ascii_lowercase();
    let quoted = bare.starts_with("mission-") && bare.contains(':') || bare.starts_with("---");
    let shown: String = line.split('\t').map(visible).collect::<Vec<_>>().join("\t");
    if quoted { format!("> {shown}") } else { shown }
}

/// The working tree, taken into the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Staged {
    /// The tree it makes.
    pub tree: Oid,
    /// The commit it stands on.
    pub head: Oid,
    /// True if the tree is that of `head`.
    pub unchanged: bool,
    /// Folders that are repositories of their own and were left out.
    pub nested: Vec<RepoPath>,
}

/// What was taken into the index.
struct Taken {
    /// The tree that it makes.
    tree: Oid,
    /// The commit that it differs from.
    head: Oid,
    /// What differed.
    changes: Vec<Change>,
}

/// A commit that exists and belongs to no branch yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: Oid,
    /// Its first parent: where the branch must still be.
    pub parent: Oid,
}

impl Repository {
    /// Takes everything in the working tree but `.mission/` and `.worktrees/` into the index. `scratch` is a folder for a temporary one.
    ///
    /// # Errors
    /// [`Error::Unmerged`], [`Error::Filtered`], [`Error::Locked`], [`Error::NoCommits`].
    pub fn stage(&self, scratch: &Path) -> Result<Staged, Error> {
        let drivers = self.switched_off()?;
        let merged = |changes: &[Change]| {
            let unmerged: Vec<&Change> = changes.iter().filter(|c| c.kind == Kind::Unmerged).collect();
            if unmerged.is_empty() {
                return Ok(());
            }
            Err(Error::Unmerged { paths: unmerged.iter().map(|c| c.path.to_string()).collect() })
        };
        let mut taken = self.take_in(scratch, &drivers, merged)?;
        if self.policy == Policy::Trusted {
            // The hook judges what is in the index, and may change files.
            self.hook("pre-commit", &[])?;
            taken = self.take_in(scratch, &drivers, |_| Ok(()))?;
        }
        self.staged(taken)
    }

    /// The same in the middle of a merge: files in conflict count as they are, and no hook is asked.
    ///
    /// # Errors
    /// [`Error::Filtered`], [`Error::Locked`], [`Error::NoCommits`].
    pub(super) fn stage_as_is(&self, scratch: &Path) -> Result<Staged, Error> {
        let taken = self.take_in(scratch, &self.switched_off()?, |_| Ok(()))?;
        self.staged(taken)
    }

    /// Takes what differs into the index, if `fits`.
    ///
    /// IMPORTANT: by way of an index of our own. The one that is there may say that files are unchanged which are not.
    fn take_in(
        &self,
        scratch: &Path,
        drivers: &Drivers,
        fits: impl Fn(&[Change]) -> Result<(), Error>,
    ) -> Result<Taken, Error> {
        let draft = Draft::new(scratch)?;
        let (there, status) = self.recent.with_memory(&self.git_dir, Purpose::Commit, |memory| {
            let there = self.index(&mut memory.index, drivers)?;
            // What fails half-way is nothing to go on from.
            let mut own = std::mem::take(&mut memory.own);
            own.follow(self, (&there, Marks::Hold), &draft, drivers)?;
            let status = own.seen_by(self.covered("status", drivers).args(BRANCH).args(ARGS), &draft)?;
            memory.own = own;
            Ok::<_, Error>((there, status))
        })?;
        let head = head_of(&status)?.ok_or(Error::NoCommits)?;
        let changes = read_status(&status)?;
        fits(&changes)?;
        self.update_index(&changes, Some(&draft.path), drivers)?;
        let tree = self.write_tree(Some(&draft.path), drivers)?;
        if !changes.is_empty() {
            self.follow_index(&there, &self.index_at(Some(&draft.path), drivers)?, drivers)?;
        }
        Ok(Taken { tree, head, changes })
    }

    fn staged(&self, Taken { tree, head, changes }: Taken) -> Result<Staged, Error> {
        let unchanged = tree == self.tree_of(&head)?;
        let nested = changes.into_iter().filter(|c| c.kind == Kind::Nested).map(|c| c.path).collect();
        Ok(Staged { tree, head, unchanged, nested })
    }

    /// Takes `changes` into the index, or into the one at `index`.
    pub(super) fn update_index(
        &self,
        changes: &[Change],
        index: Option<&Path>,
        drivers: &Drivers,
    ) -> Result<(), Error> {
        let paths: Vec<&RepoPath> = changes.iter().filter(|c| c.kind != Kind::Nested).map(|c| &c.path).collect();
        if paths.is_empty() {
            return Ok(());
        }
        let stored: Vec<&RepoPath> =
            changes.iter().filter(|c| !matches!(c.kind, Kind::Nested | Kind::Deleted)).map(|c| &c.path).collect();
        if let Some((path, filter)) = self.filtered(&stored, drivers)? {
            return Err(Error::Filtered { path: path.to_string(), filter: visible(&filter) });
        }
        // Where a link stands in place of their folder git would look behind it for them.
        let may_be = changes.iter().filter(|c| matches!(c.kind, Kind::Deleted | Kind::Added | Kind::Unmerged));
        let behind: BTreeSet<&RepoPath> = may_be.map(|c| &c.path).filter(|path| self.is_behind_link(path)).collect();
        if !behind.is_empty() {
            let call = on_index(self.covered("update-index", drivers), index);
            let paths: Vec<&RepoPath> = behind.iter().copied().collect();
            let call = call.args(["-z", "--force-remove", "--stdin"]).stdin(nul_list(&paths));
            self.settle_lock(call.long().run_any()?)?;
        }
        let paths: Vec<&RepoPath> = paths.into_iter().filter(|path| !behind.contains(path)).collect();
        let call = on_index(self.covered("update-index", drivers), index);
        let call = call.args(["-z", "--add", "--remove", "--replace", "--stdin"]).stdin(nul_list(&paths));
        self.settle_lock(call.long().run_any()?)
    }

    /// Is a folder of `path` a link by now?
    pub(super) fn is_behind_link(&self, path: &RepoPath) -> bool {
        let mut folders = path.as_path().ancestors().skip(1).filter(|folder| !folder.as_os_str().is_empty());
        folders.any(|folder| self.root.join(folder).is_symlink())
    }

    pub(super) fn write_tree(&self, index: Option<&Path>, drivers: &Drivers) -> Result<Oid, Error> {
        Oid::parse(&on_index(self.covered("write-tree", drivers), index).long().run()?.text()?)
    }

    /// An answer of a call that needs the lock of the index.
    pub(super) fn settle_lock(&self, answer: super::call::Answer) -> Result<(), Error> {
        let lock = self.git_dir.join("index.lock");
        match answer.code {
            Some(0) => Ok(()),
            _ if lock.exists() => Err(Error::Locked { path: lock }),
            _ => Err(answer.failed()),
        }
    }

    /// Makes a commit of `tree` on `parents`. No branch moves.
    ///
    /// # Errors
    /// [`Error::NoSubject`], [`Error::BadName`] (a trailer key), or git's own.
    pub fn commit_tree(&self, tree: &Oid, parents: &[&Oid], message: &Message) -> Result<Commit, Error> {
        self.commit_at(None, tree, parents, message)
    }

    /// Would [`Repository::commit_tree`] have made `commit` of these? A commit that is made again at the same time is the same. Where
    /// hooks judge it, or it is signed, it may be another each time, and this cannot tell.
    ///
    /// # Errors
    /// Those of [`Repository::commit_tree`].
    pub(super) fn is_made_of(
        &self,
        commit: &Oid,
        tree: &Oid,
        parents: &[&Oid],
        message: &Message,
    ) -> Result<bool, Error> {
        if self.policy == Policy::Trusted {
            return Ok(true);
        }
        let call = self.git("rev-list")?.args(["--max-count=1", "--no-commit-header", "--format=%ad%n%cd"]);
        let times = call.args(["--date=raw", commit.as_str()]).run()?.text()?;
        let Some((author, committer)) = times.trim().split_once('\n') else { return Ok(false) };
        let made = self.commit_at(Some([author, committer]), tree, parents, message)?;
        Ok(made.oid == *commit)
    }

    fn commit_at(
        &self,
        times: Option<[&str; 2]>,
        tree: &Oid,
        parents: &[&Oid],
        message: &Message,
    ) -> Result<Commit, Error> {
        let parent = (*parents.first().expect("a commit of a run stands on another")).clone();
        let mut call = self.identified(self.git("commit-tree")?)?;
        if let Some([author, committer]) = times {
            call = call.env("GIT_AUTHOR_DATE", format!("@{author}")).env("GIT_COMMITTER_DATE", format!("@{committer}"));
        }
        if self.policy == Policy::Trusted && self.setting("commit.gpgSign")?.as_deref() == Some("true") {
            call = call.arg("-S").long();
        }
        for parent in parents {
            call = call.args(["-p", parent.as_str()]);
        }
        let mut text = message.render()?;
        if self.policy == Policy::Trusted && parents.len() == 1 {
            text = self.judged_by_hook(text)?;
        }
        let oid = Oid::parse(&call.arg(tree.as_str()).stdin(text).run()?.text()?)?;
        self.recent.tree(&oid, || Ok(tree.clone()))?;
        Ok(Commit { oid, parent })
    }

    /// Moves the branch that is checked out to `commit`, if it is still at its parent.
    ///
    /// # Errors
    /// [`Error::RefMoved`] if it is not.
    pub fn advance(&self, commit: &Commit, why: &str) -> Result<(), Error> {
        self.move_ref("HEAD", Some(&commit.parent), &commit.oid, why)?;
        self.hook("post-commit", &[])
    }

    /// The message as the hook `commit-msg` leaves it.
    fn judged_by_hook(&self, text: String) -> Result<String, Error> {
        let path = self.git_dir.join("COMMIT_EDITMSG");
        std::fs::write(&path, text).map_err(|e| Error::io(&path, e))?;
        self.hook("commit-msg", &[path.as_os_str()])?;
        std::fs::read_to_string(&path).map_err(|e| Error::io(&path, e))
    }

    /// Runs a hook of the repository where the project trusts them; otherwise does nothing.
    fn hook(&self, name: &str, args: &[&OsStr]) -> Result<(), Error> {
        if self.policy == Policy::Shielded {
            return Ok(());
        }
        let call = self.git("hook")?.args(["run", "--ignore-missing", name, "--"]).args(args).long();
        call.run().map(|_| ())
    }

    /// Are a name and an address configured?
    fn has_user(&self) -> Result<bool, Error> {
        let answer =
            self.git("config")?.args(["-z", "--name-only", "--get-regexp", r"^user\.(name|email)$"]).run_any()?;
        match answer.code {
            Some(0) => {
                Ok(["user.name", "user.email"].iter().all(|key| answer.parts().any(|part| part == key.as_bytes())))
            }
            Some(1) => Ok(false),
            _ => Err(answer.failed()),
        }
    }

    /// With the user's identity; where none is configured, with the engine's own.
    fn identified(&self, call: Call) -> Result<Call, Error> {
        if self.has_user()? {
            return Ok(call);
        }
        Ok(call
            .env("GIT_AUTHOR_NAME", "mission")
            .env("GIT_AUTHOR_EMAIL", ADDRESS)
            .env("GIT_COMMITTER_NAME", "mission")
            .env("GIT_COMMITTER_EMAIL", ADDRESS))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot go on fails right there")]
mod tests {
    use super::*;

    fn message(subject: &str, body: &str, trailers: &[(&str, &str)]) -> Message {
        let trailers = trailers.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        Message { subject: subject.into(), body: body.into(), trailers }
    }

    #[test]
    fn a_message_has_three_paragraphs() {
        let text = message("Add  login\n", "\nWhy.\r\n\r\nHow.\n\n", &[("Mission-Run", "r1")]).render().unwrap();
        assert_eq!(text, "Add login\n\nWhy.\n\nHow.\n\nMission-Run: r1\n");
    }

    #[test]
    fn lines_that_look_like_trailers_of_the_engine_are_quoted() {
        let forged = [
            "Mission-Run: other",
            "mission-node : x",
            "  MISSION-RUN: y",
            "\u{200b}Mission-Run: z",
            "\tMission-Node: t",
            "---",
            "--- a/file",
        ];
        for line in forged {
            let text = message("s", line, &[("Mission-Run", "r1")]).render().unwrap();
            let body: Vec<&str> = text.lines().collect();
            assert!(body[2].starts_with("> "), "{line:?} became {text:?}");
            assert_eq!(body.last(), Some(&"Mission-Run: r1"));
        }
        let text = message("Mission-Run: x", "", &[]).render().unwrap();
        assert_eq!(text, "> Mission-Run: x\n");
    }

    #[test]
    fn a_trailer_value_stays_on_its_line_and_a_key_is_a_word() {
        let text = message("s", "", &[("Mission-Features", "a\nMission-Run: forged\n\nb")]).render().unwrap();
        assert_eq!(text, "s\n\nMission-Features: a Mission-Run: forged b\n");
        for key in ["", "a b", "a:b", "-x", "1x", "a\nb", "é"] {
            assert!(matches!(message("s", "", &[(key, "v")]).render(), Err(Error::BadName { .. })), "{key:?}");
        }
    }

    #[test]
    fn control_characters_and_hidden_formatting_are_shown() {
        let text = message("a\u{1b}[31mb", "x\u{202e}y\tz", &[]).render().unwrap();
        assert_eq!(text, "a\\u{1b}[31mb\n\nx\\u{202e}y\tz\n");
        assert!(matches!(message(" \n", "b", &[]).render(), Err(Error::NoSubject)));
    }
}
