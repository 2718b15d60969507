//! Names that reach git, each behind a type that only a check can build. They are refused when wrong, never repaired.
//!
//! Knows nothing of processes or files.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Error;

/// Folder of the engine's own state; never committed, never seen as dirt.
pub const STATE_DIR: &str = ".mission";
/// Folder of worktrees; never committed, never seen as dirt.
pub const WORKTREES_DIR: &str = ".worktrees";

/// Name of an object: 40 or 64 lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Oid(String);

impl TryFrom<String> for Oid {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}
impl From<Oid> for String {
    fn from(oid: Oid) -> Self {
        oid.0
    }
}

impl Oid {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`Error::BadName`] unless it is 40 or 64 lower-case hex digits.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let hex = text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if hex && matches!(text.len(), 40 | 64) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::bad_name("an object id", text, "expected 40 or 64 lower-case hex digits"))
    }
    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The id that stands for "does not exist", as long as this one.
    pub(super) fn absent(&self) -> String {
        "0".repeat(self.0.len())
    }
    /// The first ten digits, for people.
    pub fn short(&self) -> &str {
        &self.0[..10]
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Name of a branch, without `refs/heads/`.
///
/// ASCII letters, digits and `. _ - +` in parts divided by `/`. Narrower than `git check-ref-format`, which accepts
/// `$(id)`, quotes and look-alike spaces.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BranchName(String);

/// Longest name of a branch in bytes.
const LONGEST_BRANCH: usize = 200;

impl BranchName {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`Error::BadName`] saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match branch_fault(text) {
            None => Ok(Self(text.to_owned())),
            Some(why) => Err(Error::bad_name("a branch name", text, why)),
        }
    }
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
    /// The full ref, which can never be read as an option.
    pub fn full(&self) -> String {
        format!("refs/heads/{}", self.0)
    }
}

impl fmt::Display for BranchName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn branch_fault(text: &str) -> Option<&'static str> {
    if text.is_empty() {
        return Some("it is empty");
    }
    if text.len() > LONGEST_BRANCH {
        return Some("it is longer than 200 bytes");
    }
    if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'/')) {
        return Some("only ASCII letters, digits and `. _ - + /` are allowed");
    }
    if text.contains("..") {
        return Some("it contains `..`");
    }
    if text == "HEAD" || text.starts_with("refs/") {
        return Some("it looks like a ref of git's own");
    }
    if Oid::parse(text).is_ok() {
        return Some("it looks like an object id");
    }
    text.split('/').find_map(part_fault)
}

fn part_fault(part: &str) -> Option<&'static str> {
    let first = part.bytes().next();
    if !first.is_some_and(|b| b.is_ascii_alphanumeric() || b == b'_') {
        return Some("each part between `/` must begin with a letter, a digit or `_`");
    }
    if part.ends_with('.') {
        return Some("a part ends with `.`");
    }
    if part.to_ascii_lowercase().ends_with(".lock") {
        return Some("a part ends with `.lock`");
    }
    None
}

/// Path of a file below the top of a working tree, as git names it: any bytes, but never absolute, never upwards,
/// never inside `.git`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "Vec<u8>", into = "Vec<u8>")]
pub struct RepoPath(Vec<u8>);

impl TryFrom<Vec<u8>> for RepoPath {
    type Error = Error;
    fn try_from(bytes: Vec<u8>) -> Result<Self, Error> {
        Self::parse(&bytes)
    }
}
impl From<RepoPath> for Vec<u8> {
    fn from(path: RepoPath) -> Self {
        path.0
    }
}

impl RepoPath {
    /// Checks `bytes`.
    ///
    /// # Errors
    /// [`Error::BadName`] saying what is wrong with it.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        match path_fault(bytes) {
            None => Ok(Self(bytes.to_vec())),
            Some(why) => Err(Error::bad_name("a path in the repository", &String::from_utf8_lossy(bytes), why)),
        }
    }
    /// The bytes.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
    /// As a relative path.
    pub fn as_path(&self) -> &Path {
        Path::new(OsStr::from_bytes(&self.0))
    }
    /// Is it the folder `name` at the top, or below it?
    pub fn is_below(&self, name: &str) -> bool {
        self.0.split(|b| *b == b'/').next() == Some(name.as_bytes())
    }
    /// The path as an owned string of the system.
    pub fn to_os_string(&self) -> OsString {
        OsString::from_vec(self.0.clone())
    }
}

impl fmt::Display for RepoPath {
    /// Control characters and bytes that are not UTF-8 are shown as escapes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&String::from_utf8_lossy(&self.0)))
    }
}

fn path_fault(bytes: &[u8]) -> Option<&'static str> {
    if bytes.is_empty() {
        return Some("it is empty");
    }
    if bytes.len() > 4096 {
        return Some("it is longer than 4096 bytes");
    }
    if bytes.contains(&0) {
        return Some("it contains a NUL byte");
    }
    bytes.split(|b| *b == b'/').find_map(|part| match part {
        b"" => Some("it is absolute or has an empty part"),
        b"." | b".." => Some("it contains `.` or `..`"),
        part if is_git_dir(part) => Some("it leads into `.git`"),
        _ => None,
    })
}

/// `.git` as case-folding file systems may spell it, trailing dots, spaces and `:` streams included.
fn is_git_dir(part: &[u8]) -> bool {
    let stem = part.split(|b| *b == b':').next().unwrap_or(part);
    let end = stem.iter().rposition(|b| !matches!(b, b'.' | b' ')).map_or(0, |at| at + 1);
    let lower = stem[..end].to_ascii_lowercase();
    lower == b".git" || lower == b"git~1"
}

/// Path of a worktree below [`WORKTREES_DIR`]: `.worktrees/` and parts of ASCII letters, digits and `. _ - +`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorktreePath(String);

impl WorktreePath {
    /// Checks `text`.
    ///
    /// # Errors
    /// [`Error::BadName`] saying what is wrong with it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match worktree_fault(text) {
            None => Ok(Self(text.to_owned())),
            Some(why) => Err(Error::bad_name("a worktree path", text, why)),
        }
    }
    /// The path below the repository.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WorktreePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn worktree_fault(text: &str) -> Option<&'static str> {
    let Some(rest) = text.strip_prefix(".worktrees/") else {
        return Some("it must begin with `.worktrees/`");
    };
    if text.len() > LONGEST_BRANCH {
        return Some("it is longer than 200 bytes");
    }
    branch_fault(rest)
}

/// `text` with everything that could deceive a terminal or a reader written as `\u{…}`.
pub(crate) fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if is_deceptive(c) { out.extend(c.escape_unicode()) } else { out.push(c) }
    }
    out
}

/// Control characters (line feed and tab included), bidirectional and invisible formatting.
pub(crate) fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}
