//! What programs said of themselves, kept between runs: asking takes some of them seconds. An answer holds for the very file that
//! gave it. Whatever cannot be read or written is as if it were not there.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

/// Number of programs that are remembered.
const MOST: usize = 200;
/// Bytes of an answer that is remembered.
const LONGEST: usize = 4 * 1024;
/// Bytes of a file that can be one of ours.
const LARGEST: u64 = 4 << 20;

/// Where answers are kept.
#[derive(Debug)]
pub(super) struct Memory {
    file: Option<PathBuf>,
    /// Answers are written, but not believed.
    pub(super) afresh: bool,
}

/// All answers; the key is the program with its arguments, as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answers {
    programs: BTreeMap<String, Answer>,
}

/// An answer, and the file that gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    size: u64,
    /// Seconds and nanoseconds.
    modified: (i64, i64),
    /// The same; package managers write files that bear the time of their making, but nobody sets this one.
    changed: (i64, i64),
    said: String,
}

/// One writer at a time in this program; of several programs the last one wins.
static TURN: Mutex<()> = Mutex::new(());

impl Memory {
    /// That of the user whose environment this is: below `XDG_CACHE_HOME`, else `HOME/.cache`; none without them.
    pub(super) fn of(environment: &[(OsString, OsString)]) -> Self {
        let value = |name: &str| {
            let found = environment.iter().find(|(known, _)| known == OsStr::new(name));
            found.map(|(_, value)| PathBuf::from(value)).filter(|path| path.is_absolute())
        };
        let folder = value("XDG_CACHE_HOME").or_else(|| Some(value("HOME")?.join(".cache")));
        Self { file: folder.map(|folder| folder.join("mission").join("versions.json")), afresh: false }
    }
    /// What `program` said to `args`, if it is still the same file.
    pub(super) fn recall(&self, program: &Path, args: &[String]) -> Option<String> {
        if self.afresh {
            return None;
        }
        let answer = self.read().programs.remove(&key(program, args)?)?;
        let now = Answer { said: answer.said.clone(), ..stamp(program)? };
        (answer == now).then_some(answer.said)
    }
    /// Remembers what `program` said, if it is still what it was when it was asked: `before`.
    pub(super) fn keep(&self, program: &Path, args: &[String], before: Option<Stamp>, said: &str) {
        let (Some(Stamp(before)), Some(key)) = (before, key(program, args)) else { return };
        if said.len() > LONGEST || stamp(program).as_ref() != Some(&before) {
            return;
        }
        let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answers = self.read();
        if answers.programs.len() >= MOST {
            answers.programs.clear();
        }
        answers.programs.insert(key, Answer { said: said.to_owned(), ..before });
        // Without it the program is asked again.
        let _ = self.write(&answers);
    }
    /// What tells the file `program` from what it may become.
    pub(super) fn stamp(&self, program: &Path) -> Option<Stamp> {
        stamp(program).map(Stamp)
    }
    fn read(&self) -> Answers {
        let file = self.file.as_deref();
        let is_ours = |path: &&Path| fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() <= LARGEST);
        let bytes = file.filter(is_ours).and_then(|path| fs::read(path).ok());
        bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
    }
    /// All or nothing: whoever reads sees the old file or the new one.
    fn write(&self, answers: &Answers) -> Option<()> {
        let file = self.file.as_deref()?;
        let folder = file.parent()?;
        fs::create_dir_all(folder).ok()?;
        let mut draft = tempfile_in(folder)?;
        let written = draft.1.write_all(&serde_json::to_vec(answers).ok()?).and_then(|()| fs::rename(&draft.0, file));
        if written.is_err() {
            let _ = fs::remove_file(&draft.0);
        }
        written.ok()
    }
}

/// What tells one state of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stamp(Answer);

/// A new file that nobody else writes to.
fn tempfile_in(folder: &Path) -> Option<(PathBuf, fs::File)> {
    let path = folder.join(format!("versions.{}.new", super::uuid().ok()?));
    let file = fs::File::options().write(true).create_new(true).open(&path).ok()?;
    Some((path, file))
}

fn key(program: &Path, args: &[String]) -> Option<String> {
    let real = fs::canonicalize(program).ok()?;
    serde_json::to_string(&(program.to_str()?, real.to_str()?, args)).ok()
}

fn stamp(program: &Path) -> Option<Answer> {
    let found = fs::metadata(program).ok()?;
    let (modified, changed) = ((found.mtime(), found.mtime_nsec()), (found.ctime(), found.ctime_nsec()));
    Some(Answer { size: found.size(), modified, changed, said: String::new() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn memory(home: &Path) -> Memory {
        Memory::of(&[("HOME".into(), home.into())])
    }

    #[test]
    fn an_answer_holds_for_the_very_file_that_gave_it() {
        let dir = tempfile::tempdir().expect("dir");
        let (memory, program) = (memory(dir.path()), dir.path().join("robot"));
        let args = ["--version".to_owned()];
        fs::write(&program, "one").expect("written");
        let before = memory.stamp(&program);
        assert_eq!(memory.recall(&program, &args), None);
        memory.keep(&program, &args, before.clone(), "robot 1.0");
        assert_eq!(memory.recall(&program, &args).as_deref(), Some("robot 1.0"));
        assert_eq!(memory.recall(&program, &["version".to_owned()]), None, "asked otherwise");
        // The same size and, as packages have it, the same time of modification.
        let modified = fs::metadata(&program).and_then(|found| found.modified()).expect("a time");
        fs::write(&program, "two").expect("written");
        fs::File::options().write(true).open(&program).and_then(|file| file.set_modified(modified)).expect("set");
        assert_eq!(memory.recall(&program, &args), None, "another file");
        memory.keep(&program, &args, before, "robot 1.0");
        assert_eq!(memory.recall(&program, &args), None, "it changed while it was asked");
        memory.keep(&program, &args, memory.stamp(&program), "robot 2.0");
        assert_eq!(memory.recall(&program, &args).as_deref(), Some("robot 2.0"));
        assert_eq!(Memory { afresh: true, ..memory }.recall(&program, &args), None);
    }

    #[test]
    fn what_is_damaged_is_ignored_and_written_anew() {
        let dir = tempfile::tempdir().expect("dir");
        let (memory, program) = (memory(dir.path()), dir.path().join("robot"));
        fs::write(&program, "one").expect("written");
        let keep = || memory.keep(&program, &[], memory.stamp(&program), "robot 1.0");
        keep();
        let file = dir.path().join(".cache/mission/versions.json");
        let whole = fs::read(&file).expect("a file");
        for damaged in [&b""[..], b"{", b"[]", b"{\"programs\":{\"a\":1}}", b"\xff\xfe", &whole[..whole.len() / 2]] {
            fs::write(&file, damaged).expect("written");
            assert_eq!(memory.recall(&program, &[]), None);
            keep();
            assert_eq!(memory.recall(&program, &[]).as_deref(), Some("robot 1.0"));
        }
        let names: Vec<_> = fs::read_dir(file.parent().expect("a folder")).expect("listed").flatten().collect();
        assert_eq!(names.len(), 1, "no draft is left: {names:?}");
        fs::remove_file(&file).expect("removed");
        fs::create_dir(&file).expect("a folder in its place");
        keep();
        assert_eq!(memory.recall(&program, &[]), None, "and nothing breaks");
    }

    #[test]
    fn without_a_home_nothing_is_kept() {
        let memory = Memory::of(&[("HOME".into(), "relative".into())]);
        assert_eq!(memory.file, None);
        memory.keep(Path::new("/bin/sh"), &[], memory.stamp(Path::new("/bin/sh")), "sh");
        assert_eq!(memory.recall(Path::new("/bin/sh"), &[]), None);
    }
}
