//! Bit rot, truncation, and files that are not ours: noticed or harmless, never a panic, never other records.

use std::fs;

use super::super::{Head, Reader, StoreError, schema};
use super::*;

/// Not a test by itself: writes some records and dies, leaving a write-ahead log behind.
#[test]
fn dying() {
    let Some(dir) = std::env::var_os(CHILD) else { return };
    let TakenOver { store, records, .. } = take_over(Path::new(&dir));
    let last = records.len() as u64;
    for seq in last + 1..=last + 60 {
        store.append(vec![typical(seq)]).wait().expect("stored");
    }
    std::process::abort();
}

/// A run whose executor died: records in the file, and more of them in its log.
fn left_behind() -> TempDir {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.append(typicals(2..=60)).wait().expect("stored");
    drop(store);
    again("damage::dying", dir.path()).output().expect("ran");
    assert!(fs::metadata(schema::wal_in(dir.path())).expect("left").len() > 60_000);
    dir
}

fn copy(from: &Path) -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    for name in ["run.db", "run.db-wal", "run.tip"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), dir.path().join(name)).expect("copied");
        }
    }
    dir
}

/// Reads the run in every way; `true` if it is what it was, `false` if the damage was noticed.
fn sound(dir: &Path, expected: &[Record], what: &str) -> bool {
    let read = Reader::open(dir).and_then(|reader| Ok((reader.definition()?, reader.records(0)?)));
    if let Ok((pinned, records)) = &read {
        assert!(*pinned == definition() && records == expected, "{what}: other records are believed");
    }
    if let Ok(head) = Head::read(dir) {
        assert_eq!((head.workflow.as_str(), head.started), ("demo", started().at), "{what}");
    }
    let taken = Store::take_over(dir);
    if let Ok(taken) = &taken {
        assert!(taken.definition == definition() && taken.records == expected, "{what}: other records are believed");
        let next = expected.len() as u64 + 1;
        taken.store.append(vec![typical(next)]).wait().expect(what);
    }
    read.is_ok() && taken.is_ok()
}

#[test]
fn flipped_bytes_are_noticed_or_harmless() {
    let origin = left_behind();
    let expected = Reader::open(copy(origin.path()).path()).and_then(|r| r.records(0)).expect("sound");
    assert_eq!(expected.len(), 120);
    let mut chance = Chance(0x5eed_0002);
    let mut noticed = 0;
    for round in 0..200 {
        let dir = copy(origin.path());
        let name = ["run.db", "run.db-wal", "run.tip"][[0, 0, 0, 1, 1, 1, 1, 2][chance.below(8) as usize]];
        let path = dir.path().join(name);
        let mut bytes = fs::read(&path).expect("readable");
        let at = chance.below(bytes.len() as u64) as usize;
        bytes[at] ^= 1 << chance.below(8);
        fs::write(&path, bytes).expect("written");
        noticed += u32::from(!sound(dir.path(), &expected, &format!("round {round}: byte {at} of {name}")));
    }
    assert!((100..200).contains(&noticed), "{noticed} of 200 noticed");
}

#[test]
fn missing_ends_are_noticed() {
    let origin = left_behind();
    let expected = Reader::open(copy(origin.path()).path()).and_then(|r| r.records(0)).expect("sound");
    for name in ["run.db", "run.db-wal"] {
        let whole = fs::metadata(origin.path().join(name)).expect("there").len();
        for part in 0..12 {
            let dir = copy(origin.path());
            let keep = whole * part / 12;
            fs::File::options().write(true).open(dir.path().join(name)).and_then(|f| f.set_len(keep)).expect("cut");
            assert!(!sound(dir.path(), &expected, &format!("{name} cut to {keep}")), "{name} cut to {keep}");
        }
    }
    let dir = copy(origin.path());
    fs::remove_file(schema::wal_in(dir.path())).expect("removed");
    assert!(!sound(dir.path(), &expected, "no log"), "the log is missing");
    // a power cut may take the tip, which is never synced; the records are all there
    let dir = copy(origin.path());
    fs::remove_file(dir.path().join("run.tip")).expect("removed");
    assert!(sound(dir.path(), &expected, "no tip"));
    let dir = copy(origin.path());
    fs::write(dir.path().join("run.tip"), "").expect("emptied");
    assert!(sound(dir.path(), &expected, "an empty tip"));
    let dir = copy(origin.path());
    fs::copy(left_behind().path().join("run.db-wal"), dir.path().join("run.db-wal")).expect("copied");
    let error = Store::take_over(dir.path()).map(|_| ());
    assert!(error.is_err() || sound(dir.path(), &expected, "another log"), "{error:?}");
}

#[test]
fn damage_names_the_record() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    store.append(typicals(2..=9)).wait().expect("stored");
    drop(store);
    let tamper: [(&str, u64); 5] = [
        ("UPDATE event SET body = replace(body, 'number-2', 'number-3') WHERE seq = 5", 5),
        ("UPDATE event SET at = at + 1 WHERE seq = 3", 3),
        ("UPDATE event SET hash = (SELECT hash FROM event WHERE seq = 6) WHERE seq = 7", 7),
        ("DELETE FROM event WHERE seq = 4", 4),
        ("DELETE FROM event WHERE seq > 7", 8),
    ];
    for (sql, wrong) in tamper {
        let dir = copy(dir.path());
        rusqlite::Connection::open(dir.path().join("run.db")).and_then(|db| db.execute_batch(sql)).expect("tampered");
        let errors = [
            Store::take_over(dir.path()).map(|_| ()),
            Reader::open(dir.path()).and_then(|r| r.records(0)).map(|_| ()),
            Reader::open(dir.path()).and_then(|r| r.tail(0)?.poll()).map(|_| ()),
        ];
        for error in errors {
            let error = error.expect_err(sql);
            assert!(matches!(error, StoreError::Damaged { seq: Some(seq), .. } if seq == wrong), "{sql}: {error}");
            assert!(error.is_integrity() && error.to_string().contains(&format!("at record {wrong}")), "{error}");
        }
    }
    for sql in [
        "UPDATE definition SET body = replace(body, 'ask.md', 'run.md')",
        "UPDATE meta SET head = replace(head, 'running', 'succeeded')",
        "UPDATE meta SET epoch = epoch + 1",
        "DELETE FROM meta",
        "DROP TABLE request",
        "CREATE TRIGGER t AFTER INSERT ON event BEGIN DELETE FROM event; END",
    ] {
        let dir = copy(dir.path());
        rusqlite::Connection::open(dir.path().join("run.db")).and_then(|db| db.execute_batch(sql)).expect("tampered");
        let error = Store::take_over(dir.path()).map(|_| ()).expect_err(sql);
        assert!(matches!(error, StoreError::Damaged { seq: None, .. }), "{sql}: {error}");
    }
}

#[test]
fn other_files_are_refused() {
    for (content, what) in [
        (&b""[..], "empty"),
        (b"hello, I am not a database, and I am longer than a header of one hundred bytes is, am I not? yes", "text"),
    ] {
        let dir = run();
        fs::write(dir.path().join("run.db"), content).expect("written");
        assert!(matches!(Store::take_over(dir.path()), Err(StoreError::Foreign { .. })), "{what}");
        assert!(matches!(Reader::open(dir.path()), Err(StoreError::Foreign { .. })), "{what}");
        assert_eq!(fs::read(dir.path().join("run.db")).expect("readable"), content, "it stays as it is");
    }
    let dir = run();
    fs::remove_file(dir.path().join("run.db")).expect("removed");
    let other = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    other.execute_batch("CREATE TABLE event (seq INTEGER PRIMARY KEY)").expect("created");
    drop(other);
    assert!(matches!(Store::take_over(dir.path()), Err(StoreError::Foreign { .. })));
}

#[test]
fn a_newer_format_is_refused() {
    let dir = run();
    let db = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    db.execute_batch("PRAGMA user_version = 9").expect("changed");
    drop(db);
    let errors = [
        Store::take_over(dir.path()).map(|_| ()),
        Reader::open(dir.path()).map(|_| ()),
        Head::read(dir.path()).map(|_| ()),
    ];
    for error in errors {
        let error = error.expect_err("newer");
        assert!(matches!(error, StoreError::Newer { found: 9, known: 1, .. }), "{error}");
        assert!(error.to_string().ends_with("has format 9, and this version reads formats up to 1"), "{error}");
    }
}

/// Adds a record as a later version would: the chain holds.
fn add(dir: &Path, body: &str) {
    let db = rusqlite::Connection::open(dir.join("run.db")).expect("opened");
    let (seq, hash): (u64, Vec<u8>) =
        db.query_row("SELECT max(seq), hash FROM event", [], |row| Ok((row.get(0)?, row.get(1)?))).expect("read");
    let (seq, at) = (seq + 1, Timestamp(NOW + 900));
    let line = format!("{{\"seq\":{seq},\"at\":{},\"event\":{body}}}", serde_json::to_string(&at).expect("JSON"));
    let next = crate::digest::sha256(&[&hash, line.as_bytes()]);
    db.execute("INSERT INTO event (seq, at, body, hash) VALUES (?, ?, ?, ?)", rusqlite::params![seq, at.0, body, next])
        .expect("added");
}

#[test]
fn records_of_a_newer_version_are_refused_and_not_called_damage() {
    for (body, what) in [
        (r#"{"type":"node-dreamt","node":"demo:a"}"#, "`node-dreamt`: unknown variant `node-dreamt`"),
        (
            r#"{"type":"node-started","node":"demo:a","attempt":1,"cause":"dreamt"}"#,
            "`node-started`: unknown variant `dreamt`",
        ),
        (r#"{"type":"barrier-opened"}"#, "`barrier-opened`: missing field `node`"),
    ] {
        let dir = run();
        add(dir.path(), body);
        let errors = [
            Store::take_over(dir.path()).map(|_| ()),
            Reader::open(dir.path()).and_then(|reader| reader.records(0)).map(|_| ()),
        ];
        for error in errors.map(|result| result.expect_err(what)) {
            assert!(error.is_integrity() && matches!(error, StoreError::Unknown { seq: Some(2), .. }), "{error}");
            let end = format!("run.db` holds what only a newer version can read at record 2: {what}");
            assert!(error.to_string().ends_with(&end), "{error}");
        }
    }
    let dir = run();
    add(dir.path(), "[1]");
    let error = Store::take_over(dir.path()).expect_err("no record at all");
    assert!(matches!(error, StoreError::Damaged { seq: Some(2), .. }), "{error}");
}

#[test]
fn a_definition_of_a_newer_version_is_refused_and_not_called_damage() {
    let dir = run();
    let mut pinned = serde_json::to_value(definition()).expect("JSON");
    pinned["dreams"] = json!(true);
    let digest = crate::digest::sha256(&[crate::digest::canonical(&pinned).as_bytes()]);
    let db = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    let change = |body: &str| {
        db.execute("UPDATE definition SET body = ?, digest = ?", rusqlite::params![body, digest]).expect("changed");
        Reader::open(dir.path()).and_then(|reader| reader.definition()).expect_err("unknown")
    };
    let error = change(&pinned.to_string());
    assert!(error.to_string().ends_with("a newer version can read: `definition`: unknown field `dreams`"), "{error}");
    pinned["dreams"] = json!(false);
    let error = change(&pinned.to_string());
    assert!(matches!(error, StoreError::Damaged { .. }), "its digest is wrong as well: {error}");
}

/// Whoever writes into the records while the run is under way, in SQLite's own way, is noticed by the next step.
#[test]
fn records_that_somebody_else_wrote_end_the_run() {
    let foreign = [
        "UPDATE event SET body = replace(body, 'a', 'b') WHERE seq = 2",
        "DELETE FROM event WHERE seq = 3",
        "INSERT INTO event SELECT seq + 1, at, body, hash FROM event WHERE seq = (SELECT max(seq) FROM event)",
    ];
    for sql in foreign {
        let dir = run();
        let TakenOver { store, .. } = take_over(dir.path());
        store.append(typicals(2..=3)).wait().expect("stored");
        let other = rusqlite::Connection::open(schema::path_in(dir.path())).expect("opened");
        assert_eq!(other.execute(sql, []).expect(sql), 1, "{sql}");
        let refused = store.append(vec![typical(4)]).wait().expect_err(sql).to_string();
        assert!(refused.contains("run.db"), "{sql}: {refused}");
    }
    // What changes no record is none of the records' business.
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let other = rusqlite::Connection::open(schema::path_in(dir.path())).expect("opened");
    other.execute_batch("VACUUM").expect("written");
    store.append(typicals(2..=3)).wait().expect("stored");
}
