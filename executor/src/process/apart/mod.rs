//! Attempts that are kept apart: what one writes to the worktrees of others, or to what the run keeps of them, lands in a folder of
//! its own and nowhere else. So nobody's work is written to by a neighbour, and who tried is known for certain.
//!
//! The program starts itself once more in front of the attempt's own: [`enter`] gives the process a view of the file system of its own
//! and becomes the attempt. Where the system cannot do it nothing is different, and only what is seen afterwards counts.

mod bring;
#[cfg(target_os = "linux")]
mod linux;
#[cfg(target_os = "linux")]
mod mounts;
#[cfg(not(target_os = "linux"))]
mod other;
mod own;
mod traces;

use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

#[cfg(target_os = "linux")]
use linux as system;
#[cfg(not(target_os = "linux"))]
use other as system;

use serde::Deserialize;

use super::live;
use super::supervise::explain;
pub use bring::{Act, Brought, View};
pub(super) use own::named;
pub use own::{Own, places};
pub use traces::{nobodys_traces, traces};

/// What was written, below that folder.
const WRITTEN: &str = "written";
/// What the file system needs to keep it there.
const SCRATCH: &str = "scratch";
/// Why an attempt that was to be kept apart did not begin.
const REFUSAL: &str = "refusal";

/// When attempts are kept apart.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Isolation {
    /// On Linux, if this process may mount file systems; all users stay who they are.
    #[default]
    Auto,
    /// Always; if need be in a user namespace of one user, in which programs such as `sudo` gain nothing.
    Always,
    /// Never.
    Never,
}

impl Isolation {
    /// The word of it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
    /// That which has this word.
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Auto, Self::Always, Self::Never].into_iter().find(|isolation| isolation.word() == word)
    }
}

/// How an attempt is kept apart. All paths are absolute and without links.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Apart {
    /// A whole working tree that is not its own: it may write nowhere in it.
    pub tree: Option<PathBuf>,
    /// Folders in which it may write nowhere, either.
    pub places: Vec<PathBuf>,
    /// Folders and files in these that are its own all the same.
    pub own: Vec<PathBuf>,
    /// Where what it writes there lands; outside of the places.
    pub aside: PathBuf,
    /// Where that lands for all: nothing of it is seen.
    pub hidden: PathBuf,
    /// Whether a user namespace may be used.
    pub isolation: Isolation,
}

impl Apart {
    /// `command`, with the words that keep it apart before it; `program` are the first words of a process that calls [`enter`].
    fn before(&self, program: &[OsString]) -> Vec<OsString> {
        let mut words = program.to_vec();
        let option = |name: &str, path: &Path| [OsString::from(name), path.as_os_str().to_owned()];
        words.extend(self.tree.iter().flat_map(|tree| option("--tree", tree)));
        words.extend(self.places.iter().flat_map(|place| option("--place", place)));
        words.extend(self.own.iter().flat_map(|own| option("--own", own)));
        words.extend(option("--aside", &self.aside));
        words.extend(option("--hidden", &self.hidden));
        words.extend(["--isolation".into(), self.isolation.word().into()]);
        words
    }

    /// Is everything what its path says? A folder that is reached by a link is not the one that was made.
    fn is_real(&self) -> bool {
        let is_real = |path: &PathBuf| fs::canonicalize(path).is_ok_and(|real| real == *path);
        self.tree.iter().chain(&self.places).chain(&self.own).all(is_real)
    }

    /// Makes the folder anew in which it lands.
    fn prepare(&self) -> io::Result<()> {
        clear(&self.aside)?;
        fs::create_dir_all(&self.aside)
    }

    /// The attempt has ended: forgets what only the file system needed; why it did not begin, if it did not.
    fn ended(&self) -> Option<String> {
        let refusal = fs::read_to_string(self.aside.join(REFUSAL)).ok();
        // What stays is looked for by nobody.
        unscratched(&self.aside);
        let nothing = |folder: &Path| fs::remove_dir(folder).is_ok();
        for place in self.tree.iter().chain(&self.places) {
            let written = written(&self.aside, place);
            nothing(&written);
            written.parent().map(nothing);
        }
        let is_empty = nothing(&self.aside.join(WRITTEN));
        if refusal.is_some() || is_empty {
            drop(fs::remove_file(self.aside.join(REFUSAL)));
            nothing(&self.aside);
        }
        refusal
    }
}

/// Where in `aside` what is written to `place` lands: below what is written to the folder that it lies in.
fn written(aside: &Path, place: &Path) -> PathBuf {
    let top = place.parent().unwrap_or(place);
    below(&below(&aside.join(WRITTEN), top), place)
}

/// What bears the name of `path` in `folder`. No two places, and no two folders in which places lie, have the same name.
fn below(folder: &Path, path: &Path) -> PathBuf {
    folder.join(path.file_name().unwrap_or_default())
}

/// Becomes `program` with `words`, kept apart as `apart` says; without a program only tries whether that can be. Called in a process
/// that was started for it and has one thread. `mapper` are the program and first arguments of a process that calls [`map`] with the
/// process id that follows.
///
/// # Errors
/// Why it cannot be kept apart, or the program cannot be started; in the folder of the attempt as well.
pub fn enter(apart: &Apart, mapper: &[OsString], program: Option<&Path>, words: &[OsString]) -> io::Result<()> {
    let refuse = |why: io::Error| {
        drop(fs::write(apart.aside.join(REFUSAL), why.to_string()));
        why
    };
    let here = std::env::current_dir().map_err(refuse)?;
    system::enter(apart, mapper, &here)
        .map_err(|why| refuse(io::Error::other(format!("the attempt cannot be kept apart from others: {why}"))))?;
    match program {
        Some(program) => {
            let why = system::become_program(program, words);
            Err(refuse(io::Error::other(explain(&why, program, &here))))
        }
        None => Ok(()),
    }
}

/// Helps the process `pid`, which calls [`enter`], from outside. Standard input says when.
///
/// # Errors
/// What the system says.
pub fn map(pid: u32) -> io::Result<()> {
    system::map(pid)
}

/// Who keeps attempts apart, and whether that can be done here.
#[derive(Debug)]
pub(super) struct Keeper {
    /// First words of a process that calls [`enter`].
    program: Vec<OsString>,
    isolation: Isolation,
    works: OnceLock<bool>,
    /// The same with a whole working tree.
    works_with_tree: OnceLock<bool>,
}

impl Keeper {
    pub(super) fn new(program: Vec<OsString>, isolation: Isolation) -> Self {
        Self { program, isolation, works: OnceLock::new(), works_with_tree: OnceLock::new() }
    }
    /// How an attempt is kept apart, as the first of `ways` that can be gone, if one can, with the words before its own.
    pub(super) fn apart(&self, ways: impl IntoIterator<Item = Apart>) -> io::Result<Option<Kept>> {
        for way in ways {
            if let Some(apart) = self.possible(way) {
                apart.prepare()?;
                let words = apart.before(&self.program);
                return Ok(Some(Kept { apart, words }));
            }
        }
        Ok(None)
    }

    /// Does `way` keep an attempt apart from a whole working tree, and can it be gone?
    pub(super) fn covers(&self, way: Apart) -> bool {
        way.tree.is_some() && self.possible(way).is_some()
    }

    fn possible(&self, way: Apart) -> Option<Apart> {
        let is_wanted = self.isolation != Isolation::Never && !self.program.is_empty();
        let mut apart = is_wanted.then_some(Apart { isolation: self.isolation, ..way })?;
        apart.places.retain(|place| place.is_dir());
        (apart.is_real() && self.works(&apart)).then_some(apart)
    }

    /// Tried once, since it depends on the system and on the file system alone.
    fn works(&self, apart: &Apart) -> bool {
        let tried = || tried(apart, &self.program).is_ok();
        match apart.tree {
            Some(_) => *self.works_with_tree.get_or_init(tried),
            None => self.isolation == Isolation::Always || *self.works.get_or_init(tried),
        }
    }
}

/// Can attempts be kept apart as `apart` says?
///
/// # Errors
/// Why not.
pub fn tried(apart: &Apart, program: &[OsString]) -> io::Result<()> {
    apart.prepare()?;
    let words = apart.before(program);
    let (first, rest) = words.split_first().expect("there is a program");
    let mut command = Command::new(first);
    command.args(rest).env_clear().stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let told = command.spawn().and_then(|mut child| {
        live::spare(i32::try_from(child.id()).map_err(io::Error::other)?);
        child.wait()
    });
    let refusal = apart.ended();
    match (told?, refusal) {
        (status, None) if status.success() => Ok(()),
        (status, refusal) => Err(io::Error::other(refusal.unwrap_or_else(|| status.to_string()))),
    }
}

/// An attempt that is kept apart.
#[derive(Debug)]
pub(super) struct Kept {
    apart: Apart,
    words: Vec<OsString>,
}

impl Kept {
    /// The words before the attempt's own.
    pub(super) fn words(&self) -> &[OsString] {
        &self.words
    }
    /// Does it see a whole working tree through a view of its own?
    pub(super) fn covers_tree(&self) -> bool {
        self.apart.tree.is_some()
    }
    /// See [`Apart::ended`].
    pub(super) fn ended(&self) -> Option<String> {
        self.apart.ended()
    }
}

/// Removes what an earlier process left in `aside`.
fn clear(aside: &Path) -> io::Result<()> {
    unscratched(aside);
    match fs::remove_dir_all(aside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// The file system makes folders in its scratch that nobody may read; empty ones can be removed unread.
fn unscratched(aside: &Path) {
    let scratch = aside.join(SCRATCH);
    for place in fs::read_dir(&scratch).into_iter().flatten().flatten() {
        for inner in ["work", "index"] {
            drop(fs::remove_dir(place.path().join(inner)));
        }
        drop(fs::remove_dir(place.path()));
    }
    drop(fs::remove_dir(scratch));
}
