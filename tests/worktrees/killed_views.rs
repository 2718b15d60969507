//! The executor is killed at every call of git while attempts work in views of their own and what they wrote gets into the tree: nothing of
//! it is lost, nothing is there twice, and nobody is accused.

use std::collections::BTreeMap;

use crate::agents::findings;
use crate::killed::{arm_at, calls, run, side_by_side};
use crate::place::Place;

/// Calls around which a view begins and ends.
const COUNTED: &str = "update-index|write-tree|diff-tree|merge-file";

/// Two begin together and change one file, each at its own end; what they did before they were lost they do not do twice.
const WORKFLOW: &str = r#"
mission: 1
name: two
limits: { concurrency: 2 }
nodes:
  one:
    run: |
      : > ../one.there; n=0; until [ -e ../two.there ]; do n=$((n+1)); test $n -lt 1200; sleep 0.05; done
      mkdir -p d/one; echo one > d/one/x; rm -rf gone anew; mkdir -p anew/in; echo one > anew/in/y; echo one > anew/x; grep -q one both || { (echo one; cat both) > both.new; mv both.new both; }
    handoff: { changes: any }
  two:
    run: |
      : > ../two.there; n=0; until [ -e ../one.there ]; do n=$((n+1)); test $n -lt 1200; sleep 0.05; done
      mkdir -p d/two; echo two > d/two/x; ln -sfn d link; grep -q two both || { (cat both; echo two) > both.two; mv both.two both; }
    handoff: { changes: any }
  after:
    needs: [one, two]
    run: test -e d/one/x -a -e link/two/x -a ! -e gone -a -e anew/in/y -a -e anew/x -a ! -e anew/in/x
"#;

fn stage(at: u32, when: &str) -> Place {
    let place = Place::plain(WORKFLOW);
    std::fs::create_dir_all(place.root().join("anew/in")).unwrap();
    for (name, text) in [("both", "1\n2\n3\n4\n5\n"), ("gone", "1\n"), ("anew/in/x", "1\n")] {
        std::fs::write(place.root().join(name), text).unwrap();
    }
    place.here(&["add", "both", "gone", "anew"]);
    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "files"]);
    arm_at(&place, at, when, COUNTED);
    place
}

fn outcome(place: &Place) -> BTreeMap<&'static str, String> {
    let report = serde_json::from_str(&place.run(&mut place.mission(&["report", "--json"]))).unwrap();
    BTreeMap::from([
        ("both", std::fs::read_to_string(place.root().join("both")).unwrap()),
        ("changed", place.here(&["status", "--porcelain", "-uall"])),
        ("accused", format!("{:?}", findings(&report))),
        ("status", report["status"].to_string()),
    ])
}

/// Did attempts have views of their own?
fn has_views(place: &Place) -> bool {
    let runs = std::fs::read_dir(place.root().join(".mission/runs")).unwrap().flatten();
    let mut notes = runs.flat_map(|run| std::fs::read_dir(run.path().join("git")).into_iter().flatten().flatten());
    notes.any(|note| note.file_name().to_string_lossy().starts_with("view-"))
}

/// Can they, as the program tells itself?
fn can_be_apart(place: &Place) -> bool {
    let told: serde_json::Value = serde_json::from_str(&place.run(&mut place.mission(&["doctor", "--json"]))).unwrap();
    told["findings"].as_array().unwrap().iter().any(|f| f["about"] == "isolation" && f["state"] == "ok")
}

/// What the project says of isolation holds for every workflow that is held to its word.
#[test]
fn who_wants_none_has_none() {
    for (isolation, may) in [("auto", true), ("never", false)] {
        let place = stage(0, "never");
        let config = format!("worktree: {{ isolation: {isolation} }}\n");
        std::fs::write(place.root().join(".mission/config.yaml"), config).unwrap();
        let (ok, said) = run(&place, place.mission(&["run", "two", "--allow-dirty"]));
        assert!(ok, "{said}");
        assert_eq!(has_views(&place), may && can_be_apart(&place), "{isolation}: {said}");
        assert_eq!(said.contains("These shared a working tree"), !has_views(&place), "{isolation}: {said}");
    }
}

#[test]
fn what_was_written_in_a_view_is_there_once_after_any_kill() {
    let whole = stage(0, "never");
    let (ok, said) = run(&whole, whole.mission(&["run", "two", "--allow-dirty"]));
    assert!(ok, "{said}");
    assert_eq!(has_views(&whole), can_be_apart(&whole), "{said}");
    let expected = outcome(&whole);
    assert_eq!(expected["both"], "one\n1\n2\n3\n4\n5\ntwo\n", "{said}");
    assert_eq!(expected["accused"], "[]");
    // With what else is under way the calls are not the same every time; a call more than there was kills nobody.
    let points: Vec<_> = (1..=calls(&whole) + 2).flat_map(|call| [(call, "before"), (call, "after")]).collect();
    side_by_side(&points, |(call, when)| {
        let place = stage(*call, when);
        let (ok, said) = run(&place, place.mission(&["run", "two", "--allow-dirty"]));
        if !ok {
            let (ok, more) = run(&place, place.mission(&["resume"]));
            assert!(ok, "resumed after a kill {when} call {call}: {said}{more}");
        }
        assert_eq!(outcome(&place), expected, "after a kill {when} call {call}: {said}");
    });
}
