//! Attempts that share the main working tree, each in a view of its own: what one writes gets into the tree when it has ended, one attempt
//! after the other, so that everybody knows whose it is. Judges nothing.
//!
//! How far that has come is noted with the run before each step: after a crash it is done once more from there.

mod others;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::differences;
use super::share::{self, Share};
use crate::drive::local::Ground;
use crate::git::{self, Both, Difference, Oid, Repository, visible};
use crate::process::apart::{Act, Brought, View};
use crate::runs::{AttemptPath, write_all_durably, write_durably};

/// How the name of a note begins.
const NOTE: &str = "view-";

/// What is noted of the view of an attempt.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Note {
    /// The tree when the view began.
    base: String,
    /// When it began, since the epoch.
    #[serde(default)]
    began: Option<Duration>,
    /// The tree just before anything of it got there; none: it has not ended.
    #[serde(default)]
    before: Option<String>,
    /// What gets there, or goes; of folders everything in them.
    #[serde(default)]
    paths: BTreeSet<String>,
    /// When that was, since the epoch.
    #[serde(default)]
    at: Option<Duration>,
    /// What others had changed in the same way, or in part.
    #[serde(default)]
    alike: BTreeSet<String>,
    /// What it left as others had left it: nothing of that is known to be its own.
    #[serde(default)]
    as_others: BTreeSet<String>,
    /// Files in which the lines of both stand.
    #[serde(default)]
    both: BTreeSet<String>,
    /// Files that it went on with after others had left them, and what of their lines stands no longer.
    #[serde(default)]
    over: BTreeMap<String, String>,
    /// What others changed, and where theirs stands.
    #[serde(default)]
    kept_out: BTreeSet<String>,
    /// Everything is there.
    #[serde(default)]
    done: bool,
}

impl Note {
    /// Is everything where it belongs?
    pub(super) fn is_done(&self) -> bool {
        self.done
    }
}

/// A view of one attempt.
#[derive(Debug, Clone)]
pub(super) struct Own {
    note: PathBuf,
    aside: PathBuf,
}

impl Own {
    /// The view of that attempt; it need not have one.
    pub(super) fn of(ground: &Ground, path: &AttemptPath) -> Self {
        let name = path.folder().display().to_string().replace('/', "_");
        let note = ground.folder.join("git").join(format!("{NOTE}{name}.json"));
        Self { note, aside: ground.folder.join(path.aside()) }
    }

    /// Where what it writes lies.
    pub(super) fn aside(&self) -> &Path {
        &self.aside
    }

    /// Has it a view?
    pub(super) fn exists(&self) -> bool {
        self.note.exists()
    }

    /// Notes that the view begins, in the tree `base`.
    pub(super) fn begin(&self, base: &str) -> io::Result<()> {
        self.write(&Note { base: base.to_owned(), began: Some(share::now()), ..Note::default() })
    }

    /// What is noted; `None`: it has no view.
    pub(super) fn read(&self) -> io::Result<Option<Note>> {
        match fs::read(&self.note) {
            Ok(text) => Ok(Some(serde_json::from_slice(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn write(&self, note: &Note) -> io::Result<()> {
        if let Some(folder) = self.note.parent() {
            fs::create_dir_all(folder)?;
        }
        write_durably(&self.note, &serde_json::to_vec(note)?)
    }

    /// Brings what was written into the tree of `repository`, which is `now`. The attempt has ended, and nobody else does the same.
    ///
    /// # Errors
    /// What git or the file system says; done once more it goes on from there.
    pub(super) fn bring(&self, repository: &Repository, now: &str) -> Result<(), git::Error> {
        let Some(mut load) = self.load(repository, now)? else { return Ok(()) };
        Load::note(vec![&load])?;
        load.bring(repository)?;
        load.freshen_others(repository, now)?;
        load.is_there();
        Load::note(vec![&load])
    }

    /// What is to be brought into the tree of `repository`, which is `now`; `None`: everything is there. Changes nothing.
    ///
    /// # Errors
    /// What git or the file system says.
    pub(super) fn load(&self, repository: &Repository, now: &str) -> Result<Option<Load>, git::Error> {
        let io = |source| self.failed(source);
        let Some(mut note) = self.read().map_err(io)?.filter(|note| !note.done) else { return Ok(None) };
        // It was planned before, and may have been carried out in part.
        let is_again = note.before.is_some();
        let before = note.before.get_or_insert_with(|| now.to_owned()).clone();
        let others = differences(repository, &note.base, &before)?;
        let like = Oid::parse(&before)?;
        let touched: BTreeSet<PathBuf> = others.iter().map(|d| d.change.path.as_path().to_owned()).collect();
        let view = View::new(&self.aside, repository.root(), &touched);
        let mut plan = view.plan().map_err(io)?;
        note.at.get_or_insert_with(share::now);
        let moved = self.moved(repository, &view, (&note, &others), &plan)?;
        for step in &mut plan {
            let name = name(&step.path);
            let was_moved = is_again && step.act == Act::Leave && note.paths.contains(&name);
            if was_moved || moved.contains(&step.path) {
                step.act = Act::Remove;
            }
            if matches!(step.act, Act::Skip | Act::Merge) && touched.contains(&step.path) {
                match self
                    .past(repository, &note, &others, &step.path)?
                    .share(&view.at(&step.path), &like)
                    .map_err(io)?
                {
                    Share::Own => drop(note.alike.insert(name.clone())),
                    Share::AsOthers => {
                        note.as_others.insert(name.clone());
                        step.act = Act::Skip;
                    }
                    Share::Nothing => step.act = Act::Skip,
                }
            }
            match step.act {
                Act::Leave => drop(note.kept_out.insert(name)),
                Act::Folder | Act::Open | Act::Skip => {}
                Act::Move | Act::Remove | Act::Merge => drop(note.paths.insert(name)),
            }
        }
        Ok(Some(Load { own: self.clone(), note, others, touched, plan }))
    }

    fn failed(&self, source: io::Error) -> git::Error {
        git::Error::Io { path: self.aside.clone(), source }
    }

    /// What is noted of the views of others.
    fn others(&self) -> io::Result<Vec<Note>> {
        let Some(folder) = self.note.parent() else { return Ok(Vec::new()) };
        let mut notes = Vec::new();
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            let is_note = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with(NOTE));
            if is_note && path.extension().is_some_and(|e| e == "json") && path != self.note {
                notes.push(serde_json::from_slice(&fs::read(&path)?)?);
            }
        }
        Ok(notes)
    }
}

/// What one view brings into the tree, as it is planned.
#[derive(Debug)]
pub(super) struct Load {
    own: Own,
    note: Note,
    /// What others changed since the view began.
    others: Vec<Difference>,
    touched: BTreeSet<PathBuf>,
    plan: Vec<Brought>,
}

impl Load {
    /// Everything that it wrote, changed or not.
    pub(super) fn paths(&self) -> impl Iterator<Item = &Path> {
        self.plan.iter().map(|step| step.path.as_path())
    }

    /// Notes durably how far these have come.
    ///
    /// # Errors
    /// What the file system says.
    pub(super) fn note(loads: Vec<&Self>) -> Result<(), git::Error> {
        let Some(first) = loads.first() else { return Ok(()) };
        let written = loads.iter().map(|load| Ok((load.own.note.as_path(), serde_json::to_vec(&load.note)?)));
        let written = written.collect::<io::Result<Vec<_>>>().and_then(|notes| write_all_durably(&notes));
        written.map_err(|source| first.own.failed(source))
    }

    /// Does what is planned. IMPORTANT: it is noted before.
    ///
    /// # Errors
    /// What git or the file system says; done once more it goes on from there.
    pub(super) fn bring(&mut self, repository: &Repository) -> Result<(), git::Error> {
        let (own, note) = (&self.own, &mut self.note);
        let io = |source| own.failed(source);
        let view = View::new(&own.aside, repository.root(), &self.touched);
        for step in &self.plan {
            if step.act != Act::Merge {
                view.perform(step).map_err(io)?;
                continue;
            }
            let is_it = |d: &&Difference| d.change.path.as_path() == step.path;
            // With what others changed it is planned to be put together, and with nothing else.
            let Some(of) = self.others.iter().find(is_it) else { continue };
            let base = of.before.as_deref();
            let (both, lost) = own.together(repository, &view, (note, of))?;
            match both {
                Both::Clean(content) => {
                    if let Some(lines) = lost {
                        note.over.insert(name(&step.path), lines);
                        own.write(note).map_err(io)?;
                    }
                    view.put(&step.path, &content, base.is_some_and(|base| base.starts_with("100755"))).map_err(io)?;
                }
                Both::Union(content) => {
                    note.both.insert(name(&step.path));
                    own.write(note).map_err(io)?;
                    view.put(&step.path, &content, base.is_some_and(|base| base.starts_with("100755"))).map_err(io)?;
                }
                Both::Neither => {
                    note.kept_out.insert(name(&step.path));
                }
            }
        }
        self.touched.iter().for_each(|path| view.freshen(path));
        let kept = self.plan.iter().map(|step| &step.path).filter(|path| note.kept_out.contains(&name(path)));
        view.close(&kept.cloned().collect()).map_err(io)
    }

    /// Gives what others brought along with it a new time, too; the tree is `now`.
    ///
    /// # Errors
    /// Those of running git.
    pub(super) fn freshen_others(&self, repository: &Repository, now: &str) -> Result<(), git::Error> {
        let Some(before) = &self.note.before else { return Ok(()) };
        let view = View::new(&self.own.aside, repository.root(), &self.touched);
        for difference in differences(repository, before, now)? {
            if !covers(&self.note.paths, &difference.change.path.to_string()) {
                view.freshen(difference.change.path.as_path());
            }
        }
        Ok(())
    }

    /// Everything is there.
    pub(super) fn is_there(&mut self) {
        self.note.done = true;
    }
}

/// What the views of one piece of work brought, one attempt after the other.
#[derive(Debug, Clone, Default)]
pub(super) struct Work {
    notes: Vec<Note>,
}

impl Work {
    /// Of the attempts whose views are `views`.
    pub(super) fn read(views: impl IntoIterator<Item = Own>) -> io::Result<Self> {
        let notes = views.into_iter().map(|own| own.read());
        Ok(Self { notes: notes.filter_map(Result::transpose).collect::<io::Result<_>>()? })
    }

    fn begun(&self) -> impl Iterator<Item = (&Note, &str)> {
        self.notes.iter().filter_map(|note| Some((note, note.before.as_deref()?)))
    }

    /// Is `path` something that it brought?
    pub(super) fn covers(&self, path: &str) -> bool {
        self.begun().any(|(note, _)| covers(&note.paths, path))
    }

    /// Did it bring anything in the folder `path`, or that itself?
    pub(super) fn reaches(&self, path: &str) -> bool {
        let inside = format!("{}/", path.trim_end_matches('/'));
        let is_inside = |note: &Note| note.paths.range(inside.clone()..).next().is_some_and(|p| p.starts_with(&inside));
        self.covers(path.trim_end_matches('/')) || self.begun().any(|(note, _)| is_inside(note))
    }

    /// Did it bring rules by which git may overlook `path`?
    fn may_hide(&self, path: &Path) -> bool {
        let rules = path.ancestors().skip(1).map(|folder| name(&folder.join(".gitignore")));
        rules.into_iter().any(|rules| self.covers(&rules))
    }

    /// What changed by it, in the tree that is `now`.
    pub(super) fn changed(&self, repository: &Repository, now: &str) -> Result<Vec<Difference>, git::Error> {
        let mut changed = BTreeMap::new();
        for (note, before) in self.begun() {
            for difference in differences(repository, &note.base, before)? {
                if note.alike.contains(&difference.change.path.to_string()) {
                    changed.insert(difference.change.path.to_string(), difference);
                }
            }
        }
        if let Some((_, before)) = self.begun().next() {
            for difference in differences(repository, before, now)? {
                let path = difference.change.path.to_string();
                // What git overlooks from now on is in no commit, and still lies there.
                let is_gone = difference.after.is_none();
                let file = difference.change.path.as_path();
                let is_hidden =
                    || is_gone && self.may_hide(file) && repository.root().join(file).symlink_metadata().is_ok();
                if self.covers(&path) || is_hidden() {
                    changed.insert(path, difference);
                }
            }
        }
        Ok(changed.into_values().collect())
    }

    /// Files in which the lines of others stand beside its own.
    pub(super) fn both(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.notes.iter().flat_map(|note| &note.both).collect();
        all.into_iter().cloned().collect()
    }

    /// Files that it went on with after others had left them, each with what of their lines stands no longer.
    pub(super) fn over(&self) -> Vec<String> {
        let all = self.notes.iter().flat_map(|note| &note.over);
        all.map(|(path, lines)| format!("{path} ({lines})")).collect()
    }

    /// What others changed, and where theirs stands.
    pub(super) fn kept_out(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.notes.iter().flat_map(|note| &note.kept_out).collect();
        all.into_iter().cloned().collect()
    }

    /// What it left as others had left it, and nothing more.
    pub(super) fn as_others(&self) -> Vec<String> {
        let all: BTreeSet<&String> = self.notes.iter().flat_map(|note| &note.as_others).collect();
        all.into_iter().filter(|path| !self.covers(path)).cloned().collect()
    }

    /// The tree that its first view began with.
    pub(super) fn base(&self) -> Option<&str> {
        self.notes.first().map(|note| note.base.as_str())
    }
}

fn covers(paths: &BTreeSet<String>, path: &str) -> bool {
    let inner = path.match_indices('/').map(|(at, _)| &path[..at]);
    paths.contains(path) || inner.into_iter().any(|folder| paths.contains(folder))
}

/// As a path in the repository is shown.
fn name(path: &Path) -> String {
    visible(&path.to_string_lossy())
}
