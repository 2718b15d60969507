//! Errors while writing: the handle is lost, and what is stored is found out by reading.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::CommandExt as _;

use super::super::{Head, Reader, StoreError};
use super::*;

fn assert_lost(store: &Store, why: &str) {
    for _ in 0..2 {
        let error = store.append(vec![typical(2)]).wait().expect_err("lost");
        assert!(matches!(&error, StoreError::Lost { cause } if cause.to_string().contains(why)), "{error}");
    }
    let error = store.append(vec![]).wait().expect_err("lost, even with nothing to store");
    assert!(matches!(error, StoreError::Lost { .. }));
}

#[test]
fn an_error_loses_the_handle_and_everyone_who_waits_is_told() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.append(typicals(2..=4)).wait().expect("stored");
    store.spoil(
        "CREATE TEMP TRIGGER t BEFORE INSERT ON main.event WHEN new.seq = 7 BEGIN SELECT RAISE(FAIL, 'injected'); END",
    );
    let waiting: Vec<_> = (5..10).map(|seq| store.append(vec![typical(seq)])).collect();
    let failed: Vec<_> = waiting.into_iter().map(|p| p.wait().map(|_| ())).filter(Result::is_err).collect();
    assert!((3..=5).contains(&failed.len()), "{failed:?}");
    assert!(failed[0].as_ref().is_err_and(|e| e.to_string().contains("injected") && !e.is_integrity()), "{failed:?}");
    assert_lost(&store, "injected");
    // reading tells: the steps before the wrong one are there or not, and none in part
    let TakenOver { store: second, records, .. } = take_over(dir.path());
    let stored = records.len() as u64;
    assert_eq!(stored, 9 - failed.len() as u64);
    second.append(typicals(stored + 1..=9)).wait().expect("stored");
    assert_lost(&store, "injected");
}

#[test]
fn a_full_disk_is_an_error_and_does_no_damage() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.spoil("PRAGMA max_page_count = 60");
    let mut stored = 1;
    let error = loop {
        match store.append(vec![typical(stored + 1)]).wait() {
            Ok(_) => stored += 1,
            Err(e) => break e,
        }
    };
    assert!(stored > 20 && error.to_string().contains("full"), "{stored}: {error}");
    assert_lost(&store, "full");
    let TakenOver { store, records, .. } = take_over(dir.path());
    assert_eq!(records.len() as u64, stored);
    store.append(vec![typical(stored + 1)]).wait().expect("there is room again");
}

#[test]
fn an_old_epoch_changes_nothing() {
    let dir = run();
    let TakenOver { store: old, .. } = take_over(dir.path());
    old.append(vec![typical(2)]).wait().expect("stored");
    let TakenOver { store: new, records, .. } = take_over(dir.path());
    assert_eq!((records.len(), old.epoch(), new.epoch()), (2, 1, 2));
    let fenced = old.append(vec![typical(3)]).wait();
    assert!(matches!(fenced, Err(StoreError::Fenced { held: 1, current: 2 })), "{fenced:?}");
    new.append(vec![typical(3), typical(4)]).wait().expect("stored");
    assert_lost(&old, "another executor has taken over the run");
    drop(old);
    new.append(vec![typical(5)]).wait().expect("stored");
    assert_eq!(Reader::open(dir.path()).and_then(|r| r.records(1)).expect("read"), typicals(2..=5));
}

#[test]
fn of_two_who_take_a_new_run_the_first_to_write_has_it() {
    let dir = run();
    let TakenOver { store: first, .. } = take_over(dir.path());
    let TakenOver { store: second, .. } = take_over(dir.path());
    assert_eq!((first.epoch(), second.epoch()), (1, 1), "nothing is written yet");
    second.append(vec![typical(2)]).wait().expect("stored");
    let fenced = first.append(vec![typical(2)]).wait();
    assert!(matches!(fenced, Err(StoreError::Fenced { held: 1, current: 1 })), "{fenced:?}");
    second.append(vec![typical(3)]).wait().expect("stored");
    drop((first, second));
    let TakenOver { store, records, .. } = take_over(dir.path());
    assert_eq!((store.epoch(), records.len()), (2, 3));
}

#[test]
fn a_run_removed_under_its_executor_never_becomes_something_else() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.append(vec![typical(2)]).wait().expect("stored");
    fs::remove_dir_all(dir.path()).expect("removed");
    // SQLite writes on into files without a name; whoever opens the run again is told the truth
    drop(store.append(vec![typical(3)]).wait());
    drop(store);
    assert!(matches!(Store::take_over(dir.path()), Err(StoreError::NotFound { .. })));
}

#[test]
fn a_writer_that_stays_in_its_transaction_is_waited_for() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let other = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    other
        .execute_batch("BEGIN IMMEDIATE; INSERT INTO request (at, body, seal) VALUES (1, '{}', x'00')")
        .expect("begun");
    let pending = store.append(vec![typical(2)]);
    other.execute_batch("COMMIT").expect("committed");
    pending.wait().expect("stored after the other");
}

/// Not a test by itself: reads and tries to write in a folder that is write-protected, as a user who must respect that.
#[test]
fn in_a_protected_folder() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let dir = Path::new(&dir);
    let reader = Reader::open(dir).expect("opened");
    assert_eq!(reader.records(1).expect("read"), typicals(2..=9));
    assert_eq!(reader.definition().expect("read"), definition());
    assert_eq!(Head::read(dir).expect("read").workflow, "demo");
    assert_eq!(reader.tail(1).and_then(|mut tail| tail.poll()).expect("read"), typicals(2..=9));
    let refused = Store::take_over(dir).map(|_| ());
    assert!(matches!(refused, Err(StoreError::Sqlite { .. } | StoreError::Io { .. })), "{refused:?}");
    let elsewhere = Store::create(&dir.join("missing"), &definition(), &[started()]);
    assert!(matches!(elsewhere, Err(StoreError::Sqlite { .. })), "{elsewhere:?}");
}

#[test]
fn a_protected_folder_can_be_read() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.append(typicals(2..=9)).wait().expect("stored");
    drop(store);
    let protect = |folder: u32, file: u32| {
        for entry in fs::read_dir(dir.path()).expect("a folder") {
            fs::set_permissions(entry.expect("an entry").path(), fs::Permissions::from_mode(file)).expect("set");
        }
        fs::set_permissions(dir.path(), fs::Permissions::from_mode(folder)).expect("set");
    };
    for (folder, file) in [(0o555, 0o444), (0o555, 0o666)] {
        protect(folder, file);
        let mut child = again("faults::in_a_protected_folder", dir.path());
        if rustix::process::geteuid().is_root() {
            // nobody: the system does not protect anything from root
            child.uid(65_534);
        }
        let output = child.output().expect("ran");
        assert!(output.status.success(), "{folder:o} {file:o}: {}", String::from_utf8_lossy(&output.stdout));
        protect(0o755, 0o644);
    }
}

#[test]
fn a_store_taken_away_acknowledges_nothing_more() {
    type Change = fn(&std::path::Path);
    let changes: [Change; 2] = [
        |dir| std::fs::remove_dir_all(dir).expect("removed"),
        // another store in its place
        |dir| {
            std::fs::remove_dir_all(dir).expect("removed");
            std::fs::create_dir(dir).expect("made");
            Store::create(dir, &definition(), &[started()]).expect("created");
        },
    ];
    for change in changes {
        let outer = tempfile::tempdir().expect("a folder");
        let dir = outer.path().join("run");
        std::fs::create_dir(&dir).expect("made");
        Store::create(&dir, &definition(), &[started()]).expect("created");
        let TakenOver { store, .. } = take_over(&dir);
        store.append(vec![typical(2)]).wait().expect("stored");
        change(&dir);
        assert!(matches!(store.append(vec![typical(3)]).wait(), Err(StoreError::NotFound { .. })));
        assert!(matches!(store.append(vec![typical(4)]).wait(), Err(StoreError::Lost { .. })));
    }
}

#[test]
fn settings_that_somebody_else_changes_lose_the_handle() {
    for setting in ["user_version = 99", "user_version = 0", "application_id = 99"] {
        let dir = run();
        let TakenOver { store, .. } = take_over(dir.path());
        store.append(vec![typical(2)]).wait().expect("stored");
        let other = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
        other.execute_batch(&format!("PRAGMA {setting}")).expect("changed");
        store.append(vec![typical(3)]).wait().expect_err(setting);
        assert_lost(&store, "");
    }
}
