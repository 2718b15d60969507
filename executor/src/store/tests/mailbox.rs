//! Requests from other processes: each is answered once, or was never carried out.

use std::time::Duration;

use super::super::{Answer, Mailbox, Reader, StoreError, Uncommitted, Waited};
use super::*;

const LONG: Duration = Duration::from_secs(60);

#[test]
fn a_request_is_carried_out_and_answered_in_one_step() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let mut inbox = Mailbox::open(dir.path()).expect("opened");
    assert_eq!(inbox.take().expect("read"), []);
    let person = Mailbox::open(dir.path()).expect("opened");
    let approve = json!({"do": "approve", "node": "demo:ask", "comment": "fine \u{1F600}"});
    let first = person.post(Timestamp(NOW), &approve).expect("posted");
    let second = person.post(Timestamp(NOW + 1), &json!({"do": "cancel"})).expect("posted");
    assert!(first < second);
    let taken = inbox.take().expect("read");
    assert_eq!(taken.iter().map(|r| (r.id, r.at, &r.body)).collect::<Vec<_>>()[0], (first, Timestamp(NOW), &approve));
    assert_eq!((taken.len(), inbox.take().expect("read")), (2, vec![]));
    assert_eq!(person.answer(first).expect("read"), None);
    assert_eq!(person.wait(first, Duration::ZERO, || true).expect("waited"), Waited::Late);
    commit(&store, Uncommitted::new(typicals(2..=3), ()).accept(first).refuse(second, "it is over"));
    let answer = |id| person.wait(id, LONG, || true).expect("waited");
    assert_eq!(answer(first), Waited::Answered(Answer::Accepted { seq: 3 }));
    assert_eq!(answer(second), Waited::Answered(Answer::Refused { reason: "it is over".into() }));
    // the first answer stays
    store.answer(first, Answer::Refused { reason: "late".into() }).wait().expect("stored");
    assert_eq!(answer(first), Waited::Answered(Answer::Accepted { seq: 3 }));
    assert_eq!(inbox.take().expect("read"), []);
}

#[test]
fn an_answer_is_awaited_by_another_thread() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    let person = Mailbox::open(dir.path()).expect("opened");
    let id = person.post(Timestamp(NOW), &json!("hello")).expect("posted");
    std::thread::scope(|scope| {
        let waited = scope.spawn(move || person.wait(id, LONG, || true).expect("waited"));
        let mut inbox = Mailbox::open(dir.path()).expect("opened");
        let taken = inbox.take().expect("read").remove(0);
        store.answer(taken.id, Answer::Accepted { seq: 0 }).wait().expect("stored");
        assert_eq!(waited.join().expect("ended"), Waited::Answered(Answer::Accepted { seq: 0 }));
    });
}

#[test]
fn a_request_to_a_dead_executor_is_taken_back() {
    let dir = run();
    let person = Mailbox::open(dir.path()).expect("opened");
    let id = person.post(Timestamp(NOW), &json!("hello")).expect("posted");
    assert_eq!(person.wait(id, LONG, || false).expect("waited"), Waited::Gone);
    assert_eq!(person.answer(id).expect("read"), Some(Answer::Withdrawn));
    let mut inbox = Mailbox::open(dir.path()).expect("opened");
    assert_eq!(inbox.take().expect("read"), [], "nobody will carry it out");
    // answered just before the executor left: the answer counts
    let next = person.post(Timestamp(NOW), &json!("again")).expect("posted");
    let TakenOver { store, .. } = take_over(dir.path());
    store.answer(next, Answer::Accepted { seq: 9 }).wait().expect("stored");
    let refused = Waited::Answered(Answer::Refused { reason: "the executor that was asked is gone".into() });
    assert_eq!(person.wait(next, LONG, || false).expect("waited"), refused, "a new executor does nothing old");
    assert_eq!(inbox.take().expect("read"), []);
}

#[test]
fn a_number_is_never_used_twice() {
    let dir = run();
    let person = Mailbox::open(dir.path()).expect("opened");
    let mut inbox = Mailbox::open(dir.path()).expect("opened");
    let first = person.post(Timestamp(NOW), &json!(1)).expect("posted");
    assert_eq!(inbox.take().expect("read").len(), 1);
    assert_eq!(person.wait(first, LONG, || false).expect("waited"), Waited::Gone);
    let second = person.post(Timestamp(NOW), &json!(2)).expect("posted");
    assert!(second > first);
    assert_eq!(inbox.take().expect("read")[0].body, json!(2));
}

#[test]
fn an_altered_request_is_not_carried_out() {
    let dir = run();
    let person = Mailbox::open(dir.path()).expect("opened");
    person.post(Timestamp(NOW), &json!({"do": "deny"})).expect("posted");
    let db = rusqlite::Connection::open(dir.path().join("run.db")).expect("opened");
    db.execute_batch("UPDATE request SET body = '{\"do\":\"approve\"}'").expect("altered");
    let taken = Mailbox::open(dir.path()).and_then(|mut inbox| inbox.take());
    assert!(matches!(taken, Err(StoreError::Damaged { .. })), "{taken:?}");
}

#[test]
fn many_people_do_not_disturb_the_executor() {
    let dir = run();
    let TakenOver { store, .. } = take_over(dir.path());
    std::thread::scope(|scope| {
        for who in 0..4 {
            let dir = dir.path();
            scope.spawn(move || {
                let person = Mailbox::open(dir).expect("opened");
                for n in 0..10 {
                    let id = person.post(Timestamp(NOW), &json!([who, n])).expect("posted");
                    assert!(matches!(
                        person.wait(id, LONG, || true).expect("waited"),
                        Waited::Answered(Answer::Accepted { .. })
                    ));
                }
            });
        }
        let mut inbox = Mailbox::open(dir.path()).expect("opened");
        let (mut seq, mut bodies) = (1, Vec::new());
        while bodies.len() < 40 {
            for request in inbox.take().expect("read") {
                seq += 1;
                bodies.push(request.body.to_string());
                commit(&store, Uncommitted::new(vec![typical(seq)], ()).accept(request.id));
            }
            std::thread::yield_now();
        }
        bodies.sort();
        bodies.dedup();
        assert_eq!(bodies.len(), 40, "each was taken once");
    });
    assert_eq!(Reader::open(dir.path()).and_then(|r| r.records(1)).expect("read").len(), 40);
}
