//! Linux: a mount namespace, an overlay over the places, and what is the attempt's own on top of them.

use std::collections::BTreeMap;
use std::ffi::{CString, OsString};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{AtFlags, CWD, Mode, OFlags, StatVfsMountFlags, StatxFlags};
use rustix::io::Errno;
use rustix::mount::{
    MountFlags, MountPropagationFlags, UnmountFlags, mount, mount_bind, mount_bind_recursive, mount_change,
    mount_remount, unmount,
};
use rustix::process::{getgid, getuid};
use rustix::thread::UnshareFlags;

use super::{Apart, Isolation, SCRATCH, WRITTEN, below, mounts, written};

/// Files of the record of a run. Whoever maps one that another empties is ended by the system, without a word.
const RECORD: [&str; 3] = ["run.db", "run.db-wal", "run.db-shm"];

/// Pauses before a program is tried again that somebody is still writing.
const BUSY: [u64; 5] = [1, 5, 20, 50, 100];

/// Gives this process, which works in `here`, the view that `apart` says.
pub(super) fn enter(apart: &Apart, mapper: &[OsString], here: &Path) -> io::Result<()> {
    let shared = leave(apart.isolation)?;
    // Nothing that is mounted here is seen outside; what is mounted outside is seen here.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::DOWNSTREAM)?;
    // It begins while everything is mounted: starting a program takes its time.
    let outside = if shared { Outside::begin(mapper)? } else { None };
    let covered = cover(apart, here);
    match outside {
        Some(outside) if covered.is_ok() => lock(outside),
        Some(outside) => outside.end(false).and(covered),
        None => covered,
    }
}

/// Puts its own view over everything that is not the attempt's own.
fn cover(apart: &Apart, here: &Path) -> io::Result<()> {
    let own = apart.own.iter().map(|path| Ok((path, opened(path)?))).collect::<io::Result<Vec<_>>>()?;
    let is_in_place = |path: &Path| apart.places.iter().any(|place| path.starts_with(place));
    let (inside, outside): (Vec<_>, Vec<_>) = own.into_iter().partition(|(path, _)| is_in_place(path));
    if let Some(tree) = &apart.tree {
        cover_tree(apart, tree)?;
    }
    for (at, own) in &outside {
        mount_bind_recursive(number(own), *at)?;
    }
    let mut tops = BTreeMap::<&Path, Vec<&Path>>::new();
    for place in &apart.places {
        let top = place.parent().ok_or_else(|| io::Error::other("a place lies in a folder"))?;
        tops.entry(top).or_default().push(place);
    }
    for (top, places) in tops {
        cover_places(apart, top, &places)?;
    }
    for (at, own) in &inside {
        mount_bind(number(own), *at)?;
    }
    // Out of sight: what the attempt wrote is not its own to take back, and what others wrote is not its own at all.
    mount("tmpfs", &apart.hidden, "tmpfs", MountFlags::RDONLY, None)?;
    let sealed = apart.hidden.parent().into_iter().flat_map(|run| RECORD.map(|name| run.join(name)));
    // Where a file cannot be sealed nothing is different: what becomes of it is found by whoever writes to it.
    sealed.filter(|file| file.is_file()).for_each(|file| drop(seal(&file)));
    // The working directory still is the one below.
    std::env::set_current_dir(here)
}

/// Makes `file` one that can be read, and neither written to nor taken away.
fn seal(file: &Path) -> io::Result<()> {
    mount_bind(file, file)?;
    let now = rustix::fs::statvfs(file)?.f_flag;
    let kept = [
        (StatVfsMountFlags::NODEV, MountFlags::NODEV),
        (StatVfsMountFlags::NOEXEC, MountFlags::NOEXEC),
        (StatVfsMountFlags::NOSUID, MountFlags::NOSUID),
        (StatVfsMountFlags::NOATIME, MountFlags::NOATIME),
        (StatVfsMountFlags::NODIRATIME, MountFlags::NODIRATIME),
        (StatVfsMountFlags::RELATIME, MountFlags::RELATIME),
    ];
    // In a user namespace nothing that holds already may be given up.
    let kept = kept.into_iter().filter(|(flag, _)| now.contains(*flag)).map(|(_, flag)| flag);
    Ok(mount_remount(file, kept.fold(MountFlags::BIND | MountFlags::RDONLY, |all, flag| all | flag), c"")?)
}

/// Covers the working tree `tree`. What else is mounted in it stays as it is: one overlay shows one file system.
fn cover_tree(apart: &Apart, tree: &Path) -> io::Result<()> {
    let is_own = |path: &Path| apart.own.iter().any(|own| path.starts_with(own));
    let mut through = Vec::new();
    for path in mounts::below(&fs::read("/proc/self/mountinfo")?, tree) {
        match opened(&path) {
            Ok(there) if !is_own(&path) => through.push((path, there)),
            Ok(_) | Err(Errno::NOENT) => {}
            Err(other) => return Err(other.into()),
        }
    }
    overlay(tree, &written(&apart.aside, tree), &scratch(apart, "tree", tree), tree)?;
    for (at, there) in &through {
        mount_bind(number(there), at)?;
    }
    Ok(())
}

/// Covers `places`, which lie in `top`. To mount an overlay costs several files of the file system, so there is one for all of them,
/// seen for a moment where afterwards nothing is seen; a place on which something else is mounted needs one of its own.
fn cover_places(apart: &Apart, top: &Path, places: &[&Path]) -> io::Result<()> {
    let mount = mount_of(top);
    let (inside, mounted): (Vec<&Path>, Vec<&Path>) =
        places.iter().partition(|place| mount.is_some() && mount_of(place) == mount);
    if !inside.is_empty() {
        overlay(top, &below(&apart.aside.join(WRITTEN), top), &scratch(apart, "places", top), &apart.aside)?;
        for place in inside {
            let seen = folder(&below(&apart.aside, place))?;
            mount_bind(number(&seen), place)?;
        }
        unmount(&apart.aside, UnmountFlags::DETACH)?;
    }
    for place in mounted {
        overlay(place, &written(&apart.aside, place), &scratch(apart, "mounted", place), place)?;
    }
    Ok(())
}

/// Where an overlay of `path` does its work. No two share it: the folder in which places lie may be the very tree that is covered.
fn scratch(apart: &Apart, what: &str, path: &Path) -> PathBuf {
    let mut name = OsString::from(format!("{what}-"));
    name.push(path.file_name().unwrap_or_default());
    apart.aside.join(SCRATCH).join(name)
}

/// Mounts `at` a view of `lower` in which what is written lands in `upper`.
fn overlay(lower: &Path, upper: &Path, work: &Path, at: &Path) -> io::Result<()> {
    fs::create_dir_all(upper)?;
    fs::create_dir_all(work)?;
    let (lower, upper, work) = (folder(lower)?, folder(upper)?, folder(work)?);
    let options = [("lowerdir", &lower), ("upperdir", &upper), ("workdir", &work)];
    let options = options.map(|(name, fd)| format!("{name}={}", number(fd))).join(",");
    let options = CString::new(format!("userxattr,{options}")).map_err(io::Error::other)?;
    Ok(mount("overlay", at, "overlay", MountFlags::empty(), options.as_c_str())?)
}

fn folder(path: &Path) -> rustix::io::Result<OwnedFd> {
    rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

fn opened(path: &Path) -> rustix::io::Result<OwnedFd> {
    rustix::fs::open(path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
}

/// An open file or folder by number: a path may hold signs that mean something to the file system's options.
fn number(folder: &OwnedFd) -> String {
    format!("/proc/self/fd/{}", folder.as_raw_fd())
}

/// Which mount `path` is seen through, if the system tells.
fn mount_of(path: &Path) -> Option<u64> {
    let about = rustix::fs::statx(CWD, path, AtFlags::SYMLINK_NOFOLLOW, StatxFlags::MNT_ID).ok()?;
    StatxFlags::from_bits_retain(about.stx_mask).contains(StatxFlags::MNT_ID).then_some(about.stx_mnt_id)
}

/// One who stays outside: only such a one may say that all users and groups stay who they are.
struct Outside(Child);

impl Outside {
    /// It waits until it is told; none if `mapper` is nobody.
    fn begin(mapper: &[OsString]) -> io::Result<Option<Self>> {
        let Some((program, words)) = mapper.split_first() else { return Ok(None) };
        let mut command = Command::new(program);
        command.args(words).arg(std::process::id().to_string()).stdin(Stdio::piped());
        command.spawn().map(Self).map(Some)
    }
    /// It does its part, if `go`, and has ended.
    fn end(mut self, go: bool) -> io::Result<ExitStatus> {
        let mut pipe = self.0.stdin.take().expect("it was asked for");
        if go {
            pipe.write_all(GO)?;
        }
        drop(pipe);
        self.0.wait()
    }
}

/// What is mounted cannot be taken away again in a user namespace of its own, and nobody who is in another can be reached from
/// there. All users and groups stay who they are. Where there can be no user namespace, what is mounted counts all the same.
fn lock(outside: Outside) -> io::Result<()> {
    let is_locked = leave_with(UnshareFlags::NEWUSER | UnshareFlags::NEWNS).is_ok();
    let status = outside.end(is_locked)?;
    if is_locked && !status.success() {
        return Err(io::Error::other("users and groups cannot be kept in a user namespace"));
    }
    Ok(())
}

/// What the one outside waits for.
const GO: &[u8] = b".";

/// Says, once standard input tells so, that all users and groups stay who they are in the user namespace of the process `pid`.
pub(super) fn map(pid: u32) -> io::Result<()> {
    let mut told = Vec::new();
    io::stdin().lock().read_to_end(&mut told)?;
    if told != GO {
        return Ok(());
    }
    for name in ["uid_map", "gid_map"] {
        let here = fs::read_to_string(format!("/proc/self/{name}"))?;
        // Each line: the first inside, the first outside, how many.
        let parts = here.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>());
        let lines = parts.filter(|part| part.len() == 3).map(|part| format!("{0} {0} {1}\n", part[0], part[2]));
        fs::write(format!("/proc/{pid}/{name}"), lines.collect::<String>())?;
    }
    Ok(())
}

/// Leaves the view of the file system that this process shares with others; true if it still shares their user namespace.
fn leave(isolation: Isolation) -> io::Result<bool> {
    match leave_with(UnshareFlags::NEWNS) {
        Err(Errno::PERM) if isolation == Isolation::Always => {
            let (user, group) = (getuid().as_raw(), getgid().as_raw());
            leave_with(UnshareFlags::NEWUSER | UnshareFlags::NEWNS)?;
            fs::write("/proc/self/setgroups", "deny")?;
            fs::write("/proc/self/uid_map", format!("{user} {user} 1"))?;
            fs::write("/proc/self/gid_map", format!("{group} {group} 1"))?;
            Ok(false)
        }
        Err(Errno::PERM) => Err(io::Error::other("this process may not mount file systems")),
        other => Ok(other.map(|()| true)?),
    }
}

#[expect(
    deprecated,
    reason = "the safe form; only the table of open files, which stays shared here, could make it unsound"
)]
fn leave_with(flags: UnshareFlags) -> rustix::io::Result<()> {
    rustix::thread::unshare(flags)
}

/// Becomes `program`; comes back only if that fails.
pub(super) fn become_program(program: &Path, words: &[OsString]) -> io::Error {
    let mut command = Command::new(program);
    command.args(words);
    for pause in BUSY {
        let error = command.exec();
        if error.kind() != io::ErrorKind::ExecutableFileBusy {
            return error;
        }
        thread::sleep(Duration::from_millis(pause));
    }
    command.exec()
}
