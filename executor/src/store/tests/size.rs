//! How much the store takes on disk.

use std::fs;

use super::super::{Reader, schema};
use super::*;

fn bytes(dir: &Path) -> u64 {
    fs::read_dir(dir).expect("a folder").map(|e| e.and_then(|e| e.metadata()).expect("an entry").len()).sum()
}

#[test]
fn a_run_of_442_nodes_stays_small() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let (mut payload, mut most) = (0, 0);
    // one commit per event is the worst case: every commit copies a page into the log
    for seq in 2..=885 {
        payload += serde_json::to_string(&typical(seq)).expect("JSON").len() as u64;
        store.append(vec![typical(seq)]).wait().expect("stored");
        most = most.max(bytes(dir.path()));
    }
    assert!(most <= 3 << 20, "{most} bytes at most");
    drop(store);
    let rest = bytes(dir.path());
    assert!(rest - payload <= 442 * 4096, "{rest} bytes for {payload} of payload");
    assert!(rest < 1 << 20, "{rest} bytes at rest");
}

#[test]
fn a_reader_who_follows_does_not_let_the_log_grow() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let mut tail = Reader::open(dir.path()).and_then(|r| r.tail(0)).expect("opened");
    let mut most = 0;
    for seq in 2..3_000 {
        store.append(vec![typical(seq)]).wait().expect("stored");
        assert!(tail.poll().expect("read").len() <= 2);
        most = most.max(fs::metadata(schema::wal_in(dir.path())).expect("there").len());
    }
    assert!(most <= 1 << 20, "{most} bytes of log");
}

#[test]
fn a_reader_who_sits_in_a_transaction_lets_the_log_grow_slowly() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let sitting = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    sitting.execute_batch("BEGIN; SELECT count(*) FROM event").expect("reads");
    let log = || fs::metadata(schema::wal_in(dir.path())).expect("there").len();
    for seq in 2..=2_001 {
        store.append(vec![typical(seq)]).wait().expect("stored: a reader holds nobody up");
    }
    // 40,000 commits within 64 MiB
    assert!(log() <= 2_000 * ((64 << 20) / 40_000), "{} bytes of log", log());
    let seen: u64 = sitting.query_row("SELECT count(*) FROM event", [], |row| row.get(0)).expect("reads");
    assert_eq!(seen, 1, "it sees what was there when it sat down");
    drop(sitting);
    store.append(typicals(2_002..=2_400)).wait().expect("stored");
    store.append(typicals(2_401..=2_800)).wait().expect("stored");
    store.append(typicals(2_801..=3_200)).wait().expect("stored");
    store.append(vec![typical(3_201)]).wait().expect("stored");
    assert!(log() <= 1 << 20, "the log shrinks when the reader is gone: {} bytes", log());
}
