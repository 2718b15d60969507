//! Looks for processes that were left behind: by marks in their environment, and by descent.

use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, getpid, set_child_subreaper};

/// How long what is ending may take for it.
const PATIENCE: Duration = Duration::from_secs(3);

/// Makes this process the one that orphans of its descendants come to, so that they are found.
pub(crate) fn adopt() {
    set_child_subreaper(Some(getpid())).expect("every process may adopt");
}

/// What is still alive and came from this bench: it has `folder` in its environment, or descends from this test. Under
/// `cargo test`, where tests share a process, descent tells nothing.
pub(crate) fn processes(folder: &Path) -> Vec<String> {
    let began = Instant::now();
    loop {
        let left = look(folder);
        if left.is_empty() || began.elapsed() > PATIENCE {
            return left;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn look(folder: &Path) -> Vec<String> {
    let own = getpid().as_raw_nonzero().get();
    let alone = std::env::var_os("NEXTEST_EXECUTION_MODE").is_some_and(|mode| mode == "process-per-test");
    let mark = folder.display().to_string();
    let all: Vec<(i32, i32)> = pids().filter_map(|pid| Some((pid, parent(pid)?))).collect();
    let descends = |mut pid: i32| loop {
        match all.iter().find(|(one, _)| *one == pid) {
            Some((_, parent)) if *parent == own => return true,
            Some((_, parent)) => pid = *parent,
            None => return false,
        }
    };
    let bears = |pid: i32| {
        let environment = std::fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&mark)
    };
    let theirs =
        all.iter().map(|(pid, _)| *pid).filter(|pid| *pid != own && (bears(*pid) || (alone && descends(*pid))));
    theirs.filter_map(told).collect()
}

fn pids() -> impl Iterator<Item = i32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn stat(pid: i32) -> Option<(String, i32)> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, behind) = text.rsplit_once(") ")?;
    let mut words = behind.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

fn parent(pid: i32) -> Option<i32> {
    stat(pid).map(|(_, parent)| parent)
}

/// Its command line; `None` if it has ended. Who has ended and is ours is reaped.
fn told(pid: i32) -> Option<String> {
    let (state, parent) = stat(pid)?;
    if state == "Z" {
        if parent == getpid().as_raw_nonzero().get() {
            let _ = rustix::process::waitpid(Pid::from_raw(pid), rustix::process::WaitOptions::NOHANG);
        }
        return None;
    }
    let words = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    Some(format!("{pid} (of {parent}): {}", String::from_utf8_lossy(&words).replace('\0', " ")))
}
