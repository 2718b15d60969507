//! Death and disk errors at any moment: whatever was acknowledged is there, and no step is there in part.

use std::io::{BufRead as _, BufReader, Write as _};

use super::super::{Reader, StoreError};
use super::*;

/// Not a test by itself: writes steps of three records for ever and says what is durable.
#[test]
fn writer() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let TakenOver { store, records, .. } = take_over(Path::new(&dir));
    let mut seq = records.len() as u64;
    let mut out = std::io::stdout().lock();
    loop {
        // a few steps wait together, so that the kill meets groups as well
        let waiting: Vec<_> = (0..3)
            .map(|_| {
                seq += 3;
                (seq, store.append(typicals(seq - 2..=seq)))
            })
            .collect();
        for (seq, pending) in waiting {
            pending.wait().expect("stored");
            writeln!(out, "ack {seq}").and_then(|()| out.flush()).expect("printed");
        }
    }
}

#[test]
fn a_killed_writer_loses_nothing_it_acknowledged() {
    let dir = run();
    let mut chance = Chance(0x5eed_0001);
    for round in 0..30 {
        let mut child = again("crash::writer", dir.path()).spawn().expect("started");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let number = |line: String| line.strip_prefix("ack ").and_then(|n| n.parse::<u64>().ok());
        let mut acked = 0;
        for _ in 0..=chance.below(90) {
            acked =
                lines.by_ref().map(|l| l.expect("readable")).find_map(number).expect("it writes until it is killed");
        }
        child.kill().expect("killed");
        child.wait().expect("waited");
        acked = lines.map_while(Result::ok).filter_map(number).last().unwrap_or(acked);
        let read = Reader::open(dir.path()).expect("opened").records(0).expect("sound");
        let TakenOver { store, records, .. } = take_over(dir.path());
        assert_eq!(read, records, "round {round}");
        assert!(records.len() as u64 >= acked, "round {round}: {acked} acknowledged, {} stored", records.len());
        assert_eq!(records.len() % 3, 1, "round {round}: steps are whole");
        assert_eq!(records[1..], typicals(2..=records.len() as u64), "round {round}");
        assert_eq!(store.epoch(), 2 * (round + 1));
    }
}

/// Not a test by itself: writes seven steps of three records, says what is durable, and ends at the first error.
#[test]
fn short_writer() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let mut out = std::io::stdout().lock();
    let mut say = |what: String| writeln!(out, "{what}").and_then(|()| out.flush()).expect("printed");
    let taken = match Store::take_over(Path::new(&dir)) {
        Ok(taken) => taken,
        Err(e) => return say(format!("refused {e}")),
    };
    let mut seq = taken.records.len() as u64;
    for _ in 0..7 {
        seq += 3;
        match taken.store.append(typicals(seq - 2..=seq)).wait() {
            Ok(_) => say(format!("ack {seq}")),
            Err(e) => {
                assert!(matches!(taken.store.append(typicals(seq - 2..=seq)).wait(), Err(StoreError::Lost { .. })));
                return say(format!("lost {e}"));
            }
        }
    }
    drop(taken);
    say("end".into());
}

/// Runs the short writer in `dir` with `fault` at the `n`th system call `call` of each of its threads; what it said.
fn with_fault(dir: &Path, call: &str, fault: &str, n: u32) -> Vec<String> {
    let child = again("crash::short_writer", dir);
    let inject = format!("inject={call}:{fault}:when={n}");
    let output = Command::new("strace")
        .args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject])
        .arg(child.get_program())
        .args(child.get_args())
        .env(CHILD, dir)
        .output()
        .expect("started");
    String::from_utf8_lossy(&output.stdout).lines().map(str::to_owned).collect()
}

/// Faults at the first, second, … of these calls, until the writer gets to its end or `most` were tried.
fn with_faults(call: &str, fault: &str, most: u32) {
    for n in 1..=most {
        let dir = run();
        let said = with_fault(dir.path(), call, fault, n);
        let what = format!("{call} {n}: {fault}: {said:?}");
        let acked = said.iter().filter_map(|line| line.strip_prefix("ack ")?.parse().ok()).next_back().unwrap_or(1);
        let taken = Store::take_over(dir.path()).expect(&what);
        let stored = taken.records.len() as u64;
        assert!((acked..=acked + 3).contains(&stored) && stored % 3 == 1, "{what}: {stored} stored");
        assert_eq!(taken.records[1..], typicals(2..=stored), "{what}");
        if said.iter().any(|line| line == "end") {
            // each thread counts its own calls: the first fault may have met nobody's
            assert!(n > 1 || fault != "signal=KILL", "{what}: no fault happened");
            return;
        }
        assert!(said.iter().any(|line| line == "running 1 test"), "{what}: it did not run");
    }
}

/// Needs `strace`, which not every machine has; then the kills at random moments above are all there is.
#[test]
fn a_fault_at_any_system_call_loses_nothing_acknowledged() {
    if !Command::new("strace").args(["-qq", "-o", "/dev/null", "true"]).status().is_ok_and(|status| status.success()) {
        return;
    }
    std::thread::scope(|scope| {
        for fault in ["signal=KILL", "error=EIO", "error=ENOSPC"] {
            scope.spawn(move || {
                for (call, most) in [("pwrite64", 26), ("fsync,fdatasync", 12), ("ftruncate", 2), ("unlink", 3)] {
                    with_faults(call, fault, most);
                }
            });
        }
    });
}
