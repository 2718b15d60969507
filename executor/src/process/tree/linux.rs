//! Linux: `/proc`, pidfd, and the subreaper that keeps orphans findable.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::OnceLock;
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, PidfdFlags, WaitOptions, pidfd_open, pidfd_send_signal, set_child_subreaper, waitpid};

use super::{Id, Proc, Signal, own};

/// `PF_KTHREAD` of the kernel's `sched.h`.
const KERNEL: u32 = 0x0020_0000;
/// Milliseconds for which a process is waited for that shows neither environment nor arguments.
const UNSETTLED: u32 = 20;

/// Processes can be found here.
pub(in crate::process) const KNOWS: bool = true;

/// Makes orphans among the descendants of this process its children instead of init's, for as long as it lives.
pub(in crate::process) fn become_guardian() -> bool {
    static DONE: OnceLock<bool> = OnceLock::new();
    *DONE.get_or_init(|| set_child_subreaper(Some(rustix::process::getpid())).is_ok())
}

/// Ids of the children of the main thread, which is the one that inherits orphans; `None` if the kernel does not tell.
///
/// Costs one system call. IMPORTANT: it relies on the main thread living as long as the process, as it does in Rust.
pub(in crate::process) fn adopted() -> Option<Vec<i32>> {
    static CHILDREN: OnceLock<Option<File>> = OnceLock::new();
    let file = CHILDREN.get_or_init(|| {
        let pid = own();
        File::open(format!("/proc/{pid}/task/{pid}/children")).ok().filter(|_| become_guardian())
    });
    let file = file.as_ref()?;
    let (mut text, mut at) = (Vec::new(), 0);
    let mut part = [0; 1024];
    loop {
        let size = file.read_at(&mut part, at).ok()?;
        text.extend_from_slice(&part[..size]);
        if size == 0 || (at == 0 && size < part.len() / 2) {
            break;
        }
        at += size as u64;
    }
    Some(ids(&text))
}

/// Ids of the children of the main thread of `pid`, with the orphans that it adopted; none if the kernel does not tell.
pub(in crate::process) fn children(pid: i32) -> Vec<i32> {
    ids(&fs::read(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default())
}

fn ids(text: &[u8]) -> Vec<i32> {
    text.split(u8::is_ascii_whitespace).filter_map(|word| std::str::from_utf8(word).ok()?.parse().ok()).collect()
}

/// All processes that can be seen.
pub(in crate::process) fn all() -> Vec<Proc> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    entries.filter_map(|entry| look(entry.ok()?.file_name().to_str()?.parse().ok()?)).collect()
}

/// Milliseconds of processor time that `root` and its descendants have used, with those of them that have ended.
pub(in crate::process) fn effort(root: i32) -> u64 {
    let mut children: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for process in all() {
        children.entry(process.parent).or_default().push(process.id.pid);
    }
    let (mut sum, mut next) = (0, vec![root]);
    while let Some(pid) = next.pop() {
        sum += used(&fs::read(format!("/proc/{pid}/stat")).unwrap_or_default()).unwrap_or(0);
        next.extend(children.remove(&pid).unwrap_or_default());
    }
    sum
}

/// Milliseconds in a line of `stat`: the fields 14 to 17, in ticks of which Linux shows a hundred a second on every machine.
fn used(stat: &[u8]) -> Option<u64> {
    let behind = stat.iter().rposition(|b| *b == b')')? + 1;
    let fields = std::str::from_utf8(&stat[behind..]).ok()?.split_ascii_whitespace();
    Some(fields.skip(11).take(4).filter_map(|field| field.parse::<u64>().ok()).sum::<u64>() * 10)
}

/// The process `pid`, if there is one.
pub(in crate::process) fn look(pid: i32) -> Option<Proc> {
    let mut file = File::open(format!("/proc/{pid}/stat")).ok()?;
    // Longer than any line of this file, so one call reads it whole.
    let mut stat = [0; 1024];
    let size = file.read(&mut stat).ok()?;
    parse(pid, &stat[..size])
}

/// `pid (name) state ppid pgrp session tty tpgid flags …`; the name may hold anything, also `)`. Field 22 is the time of the start:
/// proc(5). Threads of the kernel are no processes.
fn parse(pid: i32, stat: &[u8]) -> Option<Proc> {
    let behind = stat.iter().rposition(|b| *b == b')')? + 1;
    let mut fields = std::str::from_utf8(&stat[behind..]).ok()?.split_ascii_whitespace();
    let state = fields.next()?;
    let mut number = || fields.next()?.parse::<i32>().ok();
    let (parent, group, session) = (number()?, number()?, number()?);
    let flags: u32 = fields.nth(2)?.parse().ok()?;
    let start = fields.nth(12)?.parse().ok()?;
    if flags & KERNEL != 0 {
        return None;
    }
    Some(Proc { id: Id { pid, start }, parent, group, session, zombie: matches!(state, "Z" | "X") })
}

/// Environment that `pid` was started with, NUL behind each variable; empty if it has none or it may not be seen.
///
/// While a process becomes another program, and while it ends, the kernel shows neither environment nor arguments. That is waited for.
pub(in crate::process) fn environ(pid: i32) -> Vec<u8> {
    let read = |name: &str| fs::read(format!("/proc/{pid}/{name}")).unwrap_or_default();
    for _ in 0..UNSETTLED {
        let environ = read("environ");
        if !environ.is_empty() {
            return environ;
        }
        if !read("cmdline").is_empty() {
            // Its arguments became visible just before its environment.
            return read("environ");
        }
        if look(pid).is_none_or(|process| process.zombie) {
            break;
        }
        thread::sleep(Duration::from_millis(1));
    }
    Vec::new()
}

/// Sends `signal` to exactly this process; false if it is gone.
pub(in crate::process) fn send(id: Id, signal: Signal) -> bool {
    let Some(pid) = Pid::from_raw(id.pid) else { return false };
    // The descriptor holds on to a process, not to a number; so what is looked at afterwards is what is signalled.
    let Ok(fd) = pidfd_open(pid, PidfdFlags::empty()) else { return false };
    look(id.pid).is_some_and(|now| now.id == id) && pidfd_send_signal(&fd, signal.raw()).is_ok()
}

/// Takes note of the end of `pid`, an adopted child, so that it does not stay a zombie.
pub(in crate::process) fn reap(pid: i32) {
    if let Some(pid) = Pid::from_raw(pid) {
        // Whether it was ours to reap does not matter: nobody else waits for this one.
        let _ = waitpid(Some(pid), WaitOptions::NOHANG);
    }
}

/// Names this start of the machine.
pub(in crate::process) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_hold_anything() {
        let stat = b"17 (a) R 1 (x) S 5 6 7 8 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4321 0 0\n";
        let wanted = Proc { id: Id { pid: 17, start: 4321 }, parent: 5, group: 6, session: 7, zombie: false };
        assert_eq!(parse(17, stat), Some(wanted));
        assert_eq!(parse(17, b"17 (a) Z 5 6 7").map(|p| p.zombie), None);
        // Group and session of one whose leaders are outside of the container.
        let entered = b"17 (a) R 0 0 0 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0 4321 0 0\n";
        assert_eq!(parse(17, entered), Some(Proc { parent: 0, group: 0, session: 0, ..wanted }));
        let kernel = b"17 (k) S 2 0 0 0 -1 2129984 0 0 0 0 0 0 0 0 20 0 1 0 4321 0 0\n";
        assert_eq!(parse(17, kernel), None);
        assert_eq!(parse(17, b""), None);
    }

    #[test]
    fn processor_time_is_summed() {
        assert_eq!(used(b"17 (a) R 1 6 7 8 -1 0 0 0 0 0 1 2 3 4 20 0 1 0 4321 0 0"), Some(100));
        assert_eq!(used(b""), None);
        let began = std::time::Instant::now();
        while effort(own()) < 50 {
            assert!(began.elapsed().as_secs() < 60, "this loop works");
        }
        assert_eq!(effort(i32::MAX), 0);
    }

    #[test]
    fn this_process_is_found() {
        let me = look(own()).expect("this process is there");
        assert!(!me.zombie && all().contains(&me));
        assert!(!environ(own()).is_empty());
        assert!(!boot().is_empty());
        assert!(look(i32::MAX).is_none());
    }

    #[test]
    fn a_process_that_took_over_an_id_is_not_signalled() {
        let mut child = std::process::Command::new("sleep").arg("60").spawn().expect("sleep starts");
        let id = look(i32::try_from(child.id()).expect("an id")).expect("it is there").id;
        assert!(!send(Id { start: id.start - 1, ..id }, Signal::Kill));
        assert!(child.try_wait().expect("wait").is_none());
        assert!(send(id, Signal::Kill));
        child.wait().expect("wait");
        assert!(!send(id, Signal::Kill));
    }
}
