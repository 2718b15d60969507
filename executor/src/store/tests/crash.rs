//! SIGKILL at any moment: whatever was acknowledged is there, and no step is there in part.

use std::io::{BufRead as _, BufReader, Write as _};

use super::super::Reader;
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
