//! Folders of worktrees on disk: made, recognised and deleted without following symbolic links.

use std::fs::{self, File};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};

use super::error::Error;
use super::name::WORKTREES_DIR;

/// File with the rules of `.worktrees/`.
pub(super) const IGNORE: &str = ".gitignore";
/// File in `.worktrees/` whose holder makes and removes worktrees.
pub(super) const LOCK: &str = ".lock";
/// What the file with the rules of `.worktrees/` says: nothing in it is anybody's work.
const IGNORES_ITSELF: &[u8] = b"*\n";
/// File in the administrative folder of a worktree of ours.
const MARKER: &str = "mission";
/// How long a git process of a dead executor is waited for.
const PATIENCE: Duration = Duration::from_secs(3);

/// Waits until no other executor and no other thread makes or removes worktrees below `root`, and keeps it so until
/// the answer is dropped. `.worktrees/` is there then, and ignores itself.
pub(super) fn turn(root: &Path) -> Result<File, Error> {
    make_dir(&root.join(WORKTREES_DIR), WORKTREES_DIR)?;
    let ignore = root.join(WORKTREES_DIR).join(IGNORE);
    match File::create_new(&ignore) {
        Ok(mut file) => file.write_all(IGNORES_ITSELF).map_err(|e| Error::io(&ignore, e))?,
        Err(e) if e.kind() == ErrorKind::AlreadyExists => {}
        Err(e) => return Err(Error::io(&ignore, e)),
    }
    let path = root.join(WORKTREES_DIR).join(LOCK);
    let file = File::options().create(true).append(true).open(&path).map_err(|e| Error::io(&path, e))?;
    flock(&file, FlockOperation::LockExclusive).map_err(|e| Error::io(&path, e.into()))?;
    Ok(file)
}

/// Does `.worktrees/` ignore itself, as whoever takes a turn has it? One who wrote something else there is no engine.
pub(super) fn ignores_itself(root: &Path) -> bool {
    let path = root.join(WORKTREES_DIR).join(IGNORE);
    let is_file = path.symlink_metadata().is_ok_and(|about| about.is_file());
    is_file && fs::read(&path).is_ok_and(|text| text == IGNORES_ITSELF)
}

/// The absolute path of the worktree `relative`, whose parents are made.
pub(super) fn prepare(root: &Path, relative: &str) -> Result<PathBuf, Error> {
    let path = root.join(relative);
    // From the top, one by one: `create_dir_all` would walk through a symbolic link.
    let above: Vec<&Path> = path.ancestors().skip(1).take_while(|p| *p != root).collect();
    for folder in above.into_iter().rev() {
        make_dir(folder, relative)?;
    }
    Ok(path)
}

fn make_dir(folder: &Path, relative: &str) -> Result<(), Error> {
    match fs::create_dir(folder) {
        Err(e) if e.kind() != ErrorKind::AlreadyExists => Err(Error::io(folder, e)),
        _ if is_real_dir(folder) => Ok(()),
        _ => Err(lost(relative, "a folder above it is a symbolic link")),
    }
}

fn lost(path: &str, why: &str) -> Error {
    Error::WorktreeLost { path: path.to_owned(), why: why.to_owned() }
}

/// The absolute path of the worktree `relative` if it is a real folder.
pub(super) fn existing(root: &Path, relative: &str) -> Option<PathBuf> {
    let path = root.join(relative);
    (is_real_dir(&path) && parents_are_real(root, relative)).then_some(path)
}

/// Name of the administrative folder that the file `.git` of the worktree at `path` names.
pub(super) fn admin_of(path: &Path, common_dir: &Path) -> Result<String, Error> {
    let file = path.join(".git");
    let lost = |why: &str| lost(&path.display().to_string(), why);
    if !file.symlink_metadata().is_ok_and(|m| m.is_file()) {
        return Err(lost("its file `.git` is gone"));
    }
    let text = fs::read_to_string(&file).map_err(|e| Error::io(&file, e))?;
    let target = text.strip_prefix("gitdir: ").unwrap_or_default().trim_end_matches('\n');
    let target = path.join(target).canonicalize().map_err(|_| lost("its file `.git` leads nowhere"))?;
    let folder = admin_root(common_dir).canonicalize().map_err(|e| Error::io(common_dir, e))?;
    match (target.parent(), target.file_name().and_then(|n| n.to_str())) {
        (Some(parent), Some(name)) if parent == folder => Ok(name.to_owned()),
        _ => Err(lost("its file `.git` leads out of the repository")),
    }
}

/// Name of the administrative folder that says it belongs to the worktree at `path`.
pub(super) fn admin_for(path: &Path, common_dir: &Path) -> Option<String> {
    let entries = fs::read_dir(admin_root(common_dir)).ok()?;
    let names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| belongs(common_dir, name, path)).collect();
    names.sort();
    names.into_iter().next()
}

fn belongs(common_dir: &Path, admin: &str, path: &Path) -> bool {
    place_of(common_dir, admin) == Some(path.join(".git"))
}

/// The file `.git` of the worktree whose administrative folder is called `admin`, as that says; nothing as long as it does not.
pub(super) fn place_of(common_dir: &Path, admin: &str) -> Option<PathBuf> {
    let gitdir = fs::read_to_string(admin_dir(common_dir, admin).join("gitdir")).ok()?;
    let gitdir = gitdir.trim_end_matches('\n');
    (!gitdir.is_empty()).then(|| admin_dir(common_dir, admin).join(gitdir))
}

/// The administrative folder called `admin`.
pub(super) fn admin_dir(common_dir: &Path, admin: &str) -> PathBuf {
    admin_root(common_dir).join(admin)
}

/// The folder of all administrative folders.
pub(super) fn admin_root(common_dir: &Path) -> PathBuf {
    common_dir.join("worktrees")
}

/// Lets git keep the log of HEAD there, whatever the repository says about logs: git goes on with one that exists.
pub(super) fn keep_log(common_dir: &Path, admin: &str) -> Result<(), Error> {
    let path = admin_dir(common_dir, admin).join("logs/HEAD");
    fs::create_dir_all(path.parent().expect("it is in a folder")).map_err(|e| Error::io(&path, e))?;
    File::options().create(true).append(true).open(&path).map(drop).map_err(|e| Error::io(&path, e))
}

/// Leaves `text` in the administrative folder.
pub(super) fn mark(common_dir: &Path, admin: &str, text: &str) -> Result<(), Error> {
    let path = admin_dir(common_dir, admin).join(MARKER);
    fs::write(&path, text).map_err(|e| Error::io(path, e))
}

/// The text that was left in the administrative folder.
pub(super) fn marker(common_dir: &Path, admin: &str) -> Option<String> {
    fs::read_to_string(admin_dir(common_dir, admin).join(MARKER)).ok()
}

/// Deletes the folder of a worktree, and folders above it that are empty then, up to `.worktrees/`.
pub(super) fn delete(root: &Path, relative: &str) -> Result<(), Error> {
    let path = root.join(relative);
    match path.symlink_metadata() {
        Err(e) if e.kind() == ErrorKind::NotFound => {}
        Ok(meta) if meta.is_dir() && parents_are_real(root, relative) => {
            fs::remove_dir_all(&path).map_err(|e| Error::io(&path, e))?;
        }
        _ => return Err(lost(relative, "it is not a folder that was made for it")),
    }
    let top = root.join(WORKTREES_DIR);
    for parent in path.ancestors().skip(1).take_while(|p| *p != top) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

/// Deletes the folder of a worktree that was planned and perhaps never begun: only if it is empty.
pub(super) fn delete_empty(root: &Path, relative: &str) {
    if parents_are_real(root, relative) {
        fs::remove_dir(root.join(relative)).ok();
    }
}

/// Deletes a file or folder below the worktree at `top`, not through a symbolic link.
pub(super) fn delete_inside(top: &Path, relative: &Path) -> Result<(), Error> {
    let path = top.join(relative);
    if !path.ancestors().skip(1).take_while(|p| *p != top).all(is_real_dir) {
        return Err(lost(&path.display().to_string(), "a folder above it is a symbolic link"));
    }
    let deleted = if is_real_dir(&path) { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
    match deleted {
        Err(e) if e.kind() != ErrorKind::NotFound => return Err(Error::io(path, e)),
        _ => {}
    }
    for parent in path.ancestors().skip(1).take_while(|p| *p != top) {
        if fs::remove_dir(parent).is_err() {
            break;
        }
    }
    Ok(())
}

/// Deletes the administrative folder of the worktree at `path`.
pub(super) fn delete_admin(common_dir: &Path, admin: &str, path: &Path) -> Result<(), Error> {
    let folder = admin_dir(common_dir, admin);
    if !is_real_dir(&folder) || !belongs(common_dir, admin, path) {
        return Ok(());
    }
    fs::remove_dir_all(&folder).map_err(|e| Error::io(&folder, e))?;
    // Git removes the empty folder of all worktrees, too; another worktree may appear meanwhile, and then it stays.
    fs::remove_dir(admin_root(common_dir)).ok();
    Ok(())
}

/// Waits for a git process that a dead executor may have left, and takes away its lock when it is dead as well.
/// Only for folders of ours: nobody else takes locks there.
pub(super) fn wait_until_quiet(git_dir: &Path) {
    let lock = git_dir.join("index.lock");
    let until = Instant::now() + PATIENCE;
    while (lock.exists() || is_being_made(git_dir)) && Instant::now() < until {
        std::thread::sleep(Duration::from_millis(10));
    }
    fs::remove_file(lock).ok();
}

/// `git worktree add` holds this lock until it is done.
pub(super) fn is_being_made(git_dir: &Path) -> bool {
    fs::read_to_string(git_dir.join("locked")).is_ok_and(|text| text.trim() == "initializing")
}

fn parents_are_real(root: &Path, relative: &str) -> bool {
    let path = root.join(relative);
    path.ancestors().skip(1).take_while(|p| *p != root).all(is_real_dir)
}

fn is_real_dir(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|m| m.is_dir())
}
