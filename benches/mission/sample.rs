//! Running commands and taking their time and memory.

use std::io;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

/// How often the memory of a process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// How often each figure is taken.
pub(crate) fn samples() -> usize {
    let asked = std::env::var("MISSION_BENCH_SAMPLES").ok().and_then(|text| text.parse().ok());
    asked.unwrap_or(5).max(1)
}

/// How a command went.
pub(crate) struct Sample {
    /// From start to end.
    pub(crate) wall: Duration,
    /// Most memory that it alone had resident, in bytes; its children are not counted.
    pub(crate) peak: u64,
}

/// Runs `command`, which must end with `code`.
pub(crate) fn run(command: &mut Command, code: i32) -> io::Result<Duration> {
    let since = Instant::now();
    let child = command.stderr(Stdio::piped()).spawn()?;
    let ended = child.wait_with_output()?;
    let wall = since.elapsed();
    expect(command, ended.status, code, &ended.stderr)?;
    Ok(wall)
}

/// The same, and watches its memory.
pub(crate) fn watch(command: &mut Command, code: i32) -> io::Result<Sample> {
    let since = Instant::now();
    let child = command.stderr(Stdio::piped()).spawn()?;
    let (pid, over) = (child.id(), AtomicBool::new(false));
    let (ended, wall, peak) = thread::scope(|scope| {
        let watcher = scope.spawn(|| peak(pid, &over));
        let ended = wait(child);
        let wall = since.elapsed();
        over.store(true, Ordering::Release);
        (ended, wall, watcher.join().unwrap_or(0))
    });
    let (status, told) = ended?;
    expect(command, status, code, &told)?;
    Ok(Sample { wall, peak })
}

fn wait(child: Child) -> io::Result<(ExitStatus, Vec<u8>)> {
    child.wait_with_output().map(|output| (output.status, output.stderr))
}

/// The kernel keeps the highest value itself, so only growth after the last look is missed.
fn peak(pid: u32, over: &AtomicBool) -> u64 {
    let mut peak = 0;
    while !over.load(Ordering::Acquire) {
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<u64>().ok());
        peak = peak.max(kib.unwrap_or(0) * 1024);
        thread::sleep(LOOK_EVERY);
    }
    peak
}

fn expect(command: &Command, status: ExitStatus, code: i32, told: &[u8]) -> io::Result<()> {
    if status.code() == Some(code) {
        return Ok(());
    }
    let told = String::from_utf8_lossy(told);
    Err(io::Error::other(format!("{command:?} ended with {status}, expected {code}\n{told}")))
}

/// Takes turns, so that whatever else the machine does falls on all alike; returns the times of each.
pub(crate) fn in_turn(contenders: &mut [&mut dyn FnMut() -> io::Result<Duration>]) -> io::Result<Vec<Vec<Duration>>> {
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..samples() {
        for (contender, times) in contenders.iter_mut().zip(&mut times) {
            times.push(contender()?);
        }
    }
    Ok(times)
}
