//! Linux: a mount namespace, an overlay over each place, and what is the attempt's own on top of them.

use std::ffi::{CString, OsString};
use std::fs;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::fs::{Mode, OFlags};
use rustix::io::Errno;
use rustix::mount::{MountFlags, MountPropagationFlags, mount, mount_bind, mount_change};
use rustix::process::{getgid, getuid};
use rustix::thread::UnshareFlags;

use super::{Apart, Isolation, written};

/// Pauses before a program is tried again that somebody is still writing.
const BUSY: [u64; 5] = [1, 5, 20, 50, 100];

/// Gives this process, which works in `here`, the view that `apart` says.
pub(super) fn enter(apart: &Apart, mapper: &[OsString], here: &Path) -> io::Result<()> {
    let shared = leave(apart.isolation)?;
    // Nothing that is mounted here is seen outside; what is mounted outside is seen here.
    mount_change("/", MountPropagationFlags::REC | MountPropagationFlags::DOWNSTREAM)?;
    let folder = |path: &Path| {
        rustix::fs::open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty())
    };
    // By number: a path may hold signs that mean something to the file system's options.
    let number = |fd: &OwnedFd| format!("/proc/self/fd/{}", fd.as_raw_fd());
    let own = apart.own.iter().map(|path| folder(path)).collect::<Result<Vec<OwnedFd>, _>>()?;
    for place in &apart.places {
        let (lower, upper) = (folder(place)?, folder(&written(&apart.aside, place))?);
        let work = folder(&apart.scratch(place))?;
        let options = [("lowerdir", &lower), ("upperdir", &upper), ("workdir", &work)];
        let options = options.map(|(name, fd)| format!("{name}={}", number(fd))).join(",");
        let options = CString::new(format!("userxattr,{options}")).map_err(io::Error::other)?;
        mount("overlay", place, "overlay", MountFlags::empty(), options.as_c_str())?;
    }
    for (own, at) in own.iter().zip(&apart.own) {
        mount_bind(number(own), at)?;
    }
    // Out of sight: what the attempt wrote is not its own to take back.
    mount("tmpfs", &apart.aside, "tmpfs", MountFlags::RDONLY, None)?;
    // The working directory still is the one below.
    std::env::set_current_dir(here)?;
    if shared {
        lock(mapper)?;
    }
    Ok(())
}

/// What is mounted cannot be taken away again in a user namespace of its own, and nobody who is in another can be reached from
/// there. All users and groups stay who they are. Where there can be no user namespace, what is mounted counts all the same.
fn lock(mapper: &[OsString]) -> io::Result<()> {
    let Some((program, words)) = mapper.split_first() else { return Ok(()) };
    // Only somebody who stays outside may say that all stay who they are.
    let mut outside =
        Command::new(program).args(words).arg(std::process::id().to_string()).stdin(Stdio::piped()).spawn()?;
    let mut pipe = outside.stdin.take().expect("it was asked for");
    if leave_with(UnshareFlags::NEWUSER | UnshareFlags::NEWNS).is_err() {
        drop(pipe);
        return outside.wait().map(drop);
    }
    pipe.write_all(GO)?;
    drop(pipe);
    match outside.wait()?.success() {
        true => Ok(()),
        false => Err(io::Error::other("users and groups cannot be kept in a user namespace")),
    }
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
