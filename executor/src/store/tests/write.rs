//! Writing and reading back, alone and with others.

use std::sync::atomic::{AtomicBool, Ordering};

use super::super::{Committed, Head, Reader, StoreError, Uncommitted};
use super::*;
use crate::event::{PauseCause, RunStatus};

#[test]
fn what_is_written_is_read_back() {
    let dir = run();
    let TakenOver { store, definition: pinned, records } = take_over(dir.path());
    assert_eq!((pinned, store.epoch()), (definition(), 1));
    assert_eq!(records, [started()]);
    for seq in 2..100 {
        assert_eq!(store.append(vec![typical(seq)]).wait().expect("stored"), [typical(seq)]);
    }
    drop(store);
    let names: Vec<_> =
        std::fs::read_dir(dir.path()).expect("a folder").map(|e| e.expect("an entry").file_name()).collect();
    assert_eq!(names.len(), 2, "a closed store is `run.db` and `run.tip`: {names:?}");
    let TakenOver { store, records, .. } = take_over(dir.path());
    assert_eq!(store.epoch(), 2);
    let expected: Vec<_> = std::iter::once(started()).chain(typicals(2..=99)).collect();
    assert_eq!(records, expected);
    // not only equal: printed alike, down to the order of keys and the last digit
    assert_eq!(serde_json::to_string(&records).expect("JSON"), serde_json::to_string(&expected).expect("JSON"));
    let reader = Reader::open(dir.path()).expect("opened");
    assert_eq!(reader.definition().expect("read"), definition());
    assert_eq!(reader.records(0).expect("read"), expected);
    assert_eq!(reader.records(97).expect("read"), expected[97..]);
    assert_eq!(reader.records(99).expect("read"), []);
    assert!(matches!(reader.records(100), Err(StoreError::Damaged { seq: Some(100), .. })));
}

#[test]
fn the_digest_of_a_definition_names_its_content() {
    assert_eq!(definition().digest(), definition().digest());
    let change: [fn(&mut Definition); 7] = [
        |d| d.name.push('x'),
        |d| d.origin.push('x'),
        |d| d.workflow.push(' '),
        |d| d.files.values_mut().for_each(|text| text.push('\n')),
        |d| drop(d.inputs.insert("what".into(), Data::null())),
        |d| d.agents.clear(),
        |d| d.engine.push('1'),
    ];
    for (i, change) in change.into_iter().enumerate() {
        let mut other = definition();
        change(&mut other);
        assert_ne!(other.digest(), definition().digest(), "change {i}");
    }
}

#[tokio::test]
async fn what_follows_is_reachable_only_after_the_commit() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let step = Uncommitted::new(typicals(2..=4), vec!["start it"]);
    assert_eq!(step.records(), typicals(2..=4));
    let committed: Committed<_> = store.commit(step).await.expect("stored");
    assert_eq!(committed.records(), typicals(2..=4));
    assert_eq!(Reader::open(dir.path()).expect("opened").records(1).expect("read"), typicals(2..=4));
    assert_eq!(committed.into_parts(), (typicals(2..=4), vec!["start it"]));
    let nothing = store.commit(Uncommitted::new(vec![], 7)).await.expect("nothing to store");
    assert_eq!((nothing.into_parts(), store.commits()), ((vec![], 7), 1));
}

#[test]
fn steps_that_wait_together_share_a_commit() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let waiting: Vec<_> = (2..2_002).map(|seq| store.append(vec![typical(seq)])).collect();
    for (seq, pending) in (2..).zip(waiting) {
        assert_eq!(pending.wait().expect("stored"), [typical(seq)]);
    }
    // 2,000 steps in groups of at most 256 need 8 commits; a commit takes longer than handing over the next steps
    assert!((8..=200).contains(&store.commits()), "{}", store.commits());
    drop(store);
    assert_eq!(take_over(dir.path()).records.len(), 2_001);
}

#[test]
fn a_step_on_its_way_is_stored_even_if_nobody_waits() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    for seq in 2..50 {
        drop(store.append(vec![typical(seq)]));
    }
    drop(store);
    assert_eq!(take_over(dir.path()).records.len(), 49);
}

#[test]
fn the_head_follows_in_the_same_transaction() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let head = |status, ended: Option<u64>| Head {
        workflow: "demo".into(),
        status,
        started: started().at,
        ended: ended.map(|seq| Timestamp(NOW + seq * 7)),
    };
    let read =
        || (Head::read(dir.path()).expect("read"), Reader::open(dir.path()).and_then(|r| r.head()).expect("read"));
    let same = |status, ended| (head(status, ended), head(status, ended));
    assert_eq!(read(), same(RunStatus::Running, None));
    commit(&store, Uncommitted::new(vec![typical(2)], ()).status(RunStatus::Waiting));
    assert_eq!(read(), same(RunStatus::Waiting, None));
    commit(&store, Uncommitted::new(vec![typical(3)], ()));
    assert_eq!(read(), same(RunStatus::Waiting, None));
    let end = |seq, status| record(seq, Event::RunFinished { status, outputs: BTreeMap::new(), reasons: vec![] });
    commit(&store, Uncommitted::new(vec![end(4, RunStatus::Failed)], ()));
    assert_eq!(read(), same(RunStatus::Failed, Some(4)));
    commit(&store, Uncommitted::new(vec![record(5, Event::RunResumed { epoch: 2, notes: vec![] })], ()));
    assert_eq!(read(), same(RunStatus::Running, None));
    commit(
        &store,
        Uncommitted::new(vec![record(6, Event::RunPaused { reason: "limit".into(), cause: PauseCause::Limit })], ()),
    );
    assert_eq!(read(), same(RunStatus::Paused, None));
    drop(store);
    assert_eq!(Head::read(dir.path()).expect("read"), head(RunStatus::Paused, None), "of a closed store");
    assert_eq!(std::fs::read_dir(dir.path()).expect("a folder").count(), 2, "and it leaves no trace");
}

#[test]
fn a_record_that_does_not_follow_is_refused() {
    for wrong in [0, 1, 3, 1 << 40] {
        let dir = run();
        let TakenOver { store, .. } = take_over(dir.path());
        let refused = store.append(vec![typical(2), Record { seq: wrong, ..typical(3) }]).wait();
        assert!(
            matches!(refused, Err(StoreError::Sequence { last: 2, found }) if found == wrong) || wrong == 3,
            "{wrong}"
        );
        drop(store);
        assert_eq!(take_over(dir.path()).records.len(), if wrong == 3 { 3 } else { 1 });
    }
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let refused = store.append(vec![Record { at: Timestamp(u64::MAX), ..typical(2) }]).wait();
    assert!(matches!(refused, Err(StoreError::Unwritable { seq: 2, .. })), "{refused:?}");
}

#[test]
fn a_tail_sees_everything_once_while_the_writer_writes() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let done = AtomicBool::new(false);
    let follow = |after| {
        let mut tail = Reader::open(dir.path()).expect("opened").tail(after).expect("opened");
        let mut seen = Vec::new();
        loop {
            let last = done.load(Ordering::Acquire);
            seen.extend(tail.poll().expect("read"));
            if last {
                assert_eq!((tail.seq(), tail.poll().expect("read")), (400, vec![]));
                return seen;
            }
            std::thread::yield_now();
        }
    };
    std::thread::scope(|scope| {
        let all = scope.spawn(|| follow(0));
        let some = scope.spawn(|| follow(1));
        for seq in 2..=400 {
            store.append(vec![typical(seq)]).wait().expect("stored: readers hold nobody up");
        }
        done.store(true, Ordering::Release);
        assert_eq!(some.join().expect("ended"), typicals(2..=400));
        assert_eq!(all.join().expect("ended")[1..], typicals(2..=400));
    });
}

#[test]
fn a_store_is_made_whole_or_not_at_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let gap = Store::create(dir.path(), &definition(), &[started(), typical(3)]);
    assert!(matches!(gap, Err(StoreError::Sequence { last: 1, found: 3 })));
    assert!(Store::take_over(dir.path()).is_err());
    let dir = run();
    assert!(
        matches!(Store::create(dir.path(), &definition(), &[started()]), Err(StoreError::Io { .. })),
        "never on top"
    );
    assert_eq!(take_over(dir.path()).records, [started()]);
    let missing = tempfile::tempdir().expect("a folder");
    assert!(matches!(Store::take_over(missing.path()), Err(StoreError::NotFound { .. })));
    assert!(matches!(Reader::open(missing.path()), Err(StoreError::NotFound { .. })));
    assert!(matches!(Head::read(missing.path()), Err(StoreError::NotFound { .. })));
    assert_eq!(std::fs::read_dir(missing.path()).expect("a folder").count(), 0);
}
