//! The conflict radar: what meets is seen before it is merged, and nothing changes by looking.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::{Place, overlaps};

use crate::fixture::{Fixture, snapshot, write_in};

fn enter(fixture: &Fixture, name: &str) -> Place {
    let branch = format!("mission/r1/1/{name}");
    let spec = WorktreeSpec { base: "integrated".to_owned(), path: format!(".worktrees/r1-{name}"), branch };
    fixture.worktrees().enter(&spec, &format!("w:{name}"), 1, false).unwrap()
}

fn seen(fixture: &Fixture) -> Vec<String> {
    let line = |o: mission_executor::event::Overlap| format!("{} {}: {}", o.nodes[0], o.nodes[1], o.files.join(" "));
    overlaps(&fixture.run_dir()).unwrap().into_iter().map(line).collect()
}

#[test]
fn what_meets_is_seen_committed_or_not_until_it_no_longer_does() {
    let fixture = Fixture::new();
    let [a, b, c] = ["a", "b", "c"].map(|name| enter(&fixture, name));
    let worktrees = fixture.worktrees();
    worktrees.watch(&a).unwrap();
    assert_eq!(seen(&fixture), [] as [&str; 0]);
    write_in(&a.path, "src/a", "1\n2 a\n3\n");
    fixture.git_in(&a.path, &["commit", "-qam", "a"]);
    write_in(&b.path, "src/a", "1\n2 b\n3\n");
    write_in(&b.path, "new", "b\n");
    write_in(&c.path, "new", "c\n");
    let before = (snapshot(&fixture.root, &[".git/objects"]), fixture.git(&["for-each-ref"]));
    worktrees.watch(&b).unwrap();
    assert_eq!(seen(&fixture), ["w:a w:b: src/a", "w:b w:c: new"]);
    worktrees.watch(&c).unwrap();
    worktrees.watch(&a).unwrap();
    assert_eq!(seen(&fixture), ["w:a w:b: src/a", "w:b w:c: new"], "seen from either side it is the same");
    assert_eq!((snapshot(&fixture.root, &[".git/objects"]), fixture.git(&["for-each-ref"])), before);
    assert_eq!(fixture.git_in(&b.path, &["status", "--porcelain"]), " M src/a\n?? new", "b is as it was");
    write_in(&c.path, "new", "b\n");
    worktrees.watch(&c).unwrap();
    assert_eq!(seen(&fixture), ["w:a w:b: src/a"]);
}

#[test]
fn a_glance_sees_what_changed_and_costs_nothing_where_nothing_did() {
    let fixture = Fixture::new();
    let [a, b] = ["a", "b"].map(|name| enter(&fixture, name));
    let worktrees = fixture.worktrees();
    let glance = |place| worktrees.glance(place).unwrap().into_iter().map(|o| o.files.join(" ")).collect::<Vec<_>>();
    write_in(&a.path, "src/a", "1\n2 a\n3\n");
    write_in(&b.path, "src/a", "1\n2 b\n3\n");
    assert_eq!(glance(&a), [""; 0], "the other was not looked at yet");
    assert_eq!(glance(&b), ["src/a"]);
    let state = || (snapshot(&fixture.run_dir(), &[]), snapshot(&fixture.root, &[]));
    let before = state();
    assert_eq!((glance(&a), glance(&b)), (vec![], vec![]), "told already");
    assert_eq!(state(), before, "no note and no object is written");
    write_in(&b.path, "src/a", "1\n2 a\n3\n");
    assert_eq!(glance(&a), [""; 0], "it did not change, and the other is taken as it was last seen");
    assert_eq!(seen(&fixture), ["w:a w:b: src/a"]);
    assert_eq!(glance(&b), [""; 0]);
    assert_eq!(seen(&fixture), [""; 0], "they agree now");
    // At its end an attempt looks at all.
    write_in(&a.path, "src/a", "1\n2 c\n3\n");
    assert_eq!(worktrees.watch(&b).unwrap().len(), 1);
}
