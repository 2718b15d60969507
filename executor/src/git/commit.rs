//! Making commits: from the working tree, with a message that nobody can forge lines into.
//!
//! Plumbing, not `git commit`: the new commit exists before the branch moves, so a caller can note its id first and
//! know after a crash whether the move happened. The move itself is a compare-and-swap.

use std::ffi::OsStr;
use std::path::Path;

use super::call::Call;
use super::error::Error;
use super::name::{Oid, RepoPath, is_deceptive, visible};
use super::status::{Change, Kind, nul_list};
use super::{Policy, Repository};

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

/// A commit that exists and belongs to no branch yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub oid: Oid,
    /// Its first parent: where the branch must still be.
    pub parent: Oid,
}

impl Repository {
    /// Takes everything in the working tree but `.mission/` and `.worktrees/` into the index.
    ///
    /// # Errors
    /// [`Error::Unmerged`], [`Error::Filtered`], [`Error::Locked`], [`Error::NoCommits`].
    pub fn stage(&self) -> Result<Staged, Error> {
        let head = self.head()?;
        let mut changes = self.status()?;
        let unmerged: Vec<&Change> = changes.iter().filter(|c| c.kind == Kind::Unmerged).collect();
        if !unmerged.is_empty() {
            return Err(Error::Unmerged { paths: unmerged.iter().map(|c| c.path.to_string()).collect() });
        }
        self.update_index(&changes, None)?;
        if self.policy == Policy::Trusted {
            // The hook judges what is in the index, and may change files.
            self.hook("pre-commit", &[])?;
            changes = self.status()?;
            self.update_index(&changes, None)?;
        }
        self.staged(head, changes)
    }

    /// The same in the middle of a merge: files in conflict count as they are, and no hook is asked.
    ///
    /// # Errors
    /// [`Error::Filtered`], [`Error::Locked`], [`Error::NoCommits`].
    pub(super) fn stage_as_is(&self) -> Result<Staged, Error> {
        let (head, changes) = (self.head()?, self.status()?);
        self.update_index(&changes, None)?;
        self.staged(head, changes)
    }

    fn staged(&self, head: Oid, changes: Vec<Change>) -> Result<Staged, Error> {
        let tree = self.write_tree(None)?;
        let unchanged = tree == self.tree_of(&head)?;
        let nested = changes.into_iter().filter(|c| c.kind == Kind::Nested).map(|c| c.path).collect();
        Ok(Staged { tree, head, unchanged, nested })
    }

    /// The tree that a commit of the working tree would have now, changes included that the index is told to overlook.
    /// The index stays as it is; `scratch` is a folder for a temporary one.
    ///
    /// # Errors
    /// Those of [`Repository::stage`], but files with conflicts count as they are.
    pub fn tree_id(&self, scratch: &Path) -> Result<Oid, Error> {
        static NUMBER: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let index = scratch.join(format!("index-{}-{number}", std::process::id()));
        let from = self.git_dir.join("index");
        if from.exists() {
            copy_index(&from, &index).map_err(|e| Error::io(&from, e))?;
        }
        let tree = self.status().and_then(|changes| {
            self.update_index(&changes, Some(&index))?;
            self.uncover(&index)?;
            self.write_tree(Some(&index))
        });
        std::fs::remove_file(&index).ok();
        tree
    }

    /// Takes into `index` what it was told to overlook, and is there. (What is not there may be left out on purpose.)
    fn uncover(&self, index: &Path) -> Result<(), Error> {
        let list = on_index(self.git("ls-files")?, Some(index)).args(["-v", "-z"]).long().run()?;
        let mut covered = Vec::new();
        for row in list.parts() {
            let path = RepoPath::parse(row.get(2..).unwrap_or_default())?;
            let overlooked = row[0].is_ascii_lowercase();
            if overlooked || row[0] == b'S' && self.root.join(path.as_path()).symlink_metadata().is_ok() {
                covered.push(path);
            }
        }
        if covered.is_empty() {
            return Ok(());
        }
        let paths: Vec<&RepoPath> = covered.iter().collect();
        for flag in ["--no-assume-unchanged", "--no-skip-worktree"] {
            let call = on_index(self.git("update-index")?, Some(index)).args([flag, "-z", "--stdin"]);
            call.stdin(nul_list(&paths)).long().run()?;
        }
        let call = on_index(self.git("update-index")?, Some(index));
        let call = call.args(["-z", "--add", "--remove", "--replace", "--stdin"]).stdin(nul_list(&paths));
        call.long().run().map(|_| ())
    }

    fn update_index(&self, changes: &[Change], index: Option<&Path>) -> Result<(), Error> {
        let paths: Vec<&RepoPath> = changes.iter().filter(|c| c.kind != Kind::Nested).map(|c| &c.path).collect();
        if paths.is_empty() {
            return Ok(());
        }
        if self.policy == Policy::Shielded {
            let stored: Vec<&RepoPath> =
                changes.iter().filter(|c| !matches!(c.kind, Kind::Nested | Kind::Deleted)).map(|c| &c.path).collect();
            if let Some((path, filter)) = self.filtered(&stored, &self.drivers()?.filters)? {
                return Err(Error::Filtered { path: path.to_string(), filter: visible(&filter) });
            }
        }
        let call = on_index(self.git("update-index")?, index);
        let call = call.args(["-z", "--add", "--remove", "--replace", "--stdin"]).stdin(nul_list(&paths));
        self.settle_lock(call.long().run_any()?)
    }

    fn write_tree(&self, index: Option<&Path>) -> Result<Oid, Error> {
        Oid::parse(&on_index(self.git("write-tree")?, index).long().run()?.text()?)
    }

    /// An answer of a call that needs the lock of the index.
    fn settle_lock(&self, answer: super::call::Answer) -> Result<(), Error> {
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
        let parent = (*parents.first().expect("a commit of a run stands on another")).clone();
        let mut call = self.identified(self.git("commit-tree")?)?;
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

    /// With the user's identity; where none is configured, with the engine's own.
    fn identified(&self, call: Call) -> Result<Call, Error> {
        if self.setting("user.name")?.is_some() && self.setting("user.email")?.is_some() {
            return Ok(call);
        }
        Ok(call
            .env("GIT_AUTHOR_NAME", "mission")
            .env("GIT_AUTHOR_EMAIL", "mission@localhost")
            .env("GIT_COMMITTER_NAME", "mission")
            .env("GIT_COMMITTER_EMAIL", "mission@localhost"))
    }
}

fn on_index(call: Call, index: Option<&Path>) -> Call {
    match index {
        Some(index) => call.env("GIT_INDEX_FILE", index),
        None => call,
    }
}

/// Copies an index with its time.
///
/// IMPORTANT: git compares times by the second, and looks into a file that is as new as the index, because such a time does not tell
/// whether it changed since. In a copy that is newer, a change of the same size would be overlooked.
fn copy_index(from: &Path, to: &Path) -> std::io::Result<()> {
    let time = from.metadata()?.modified()?;
    std::fs::copy(from, to)?;
    std::fs::File::options().write(true).open(to)?.set_modified(time)
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
