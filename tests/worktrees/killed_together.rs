//! The executor is killed at every call of git while several attempts end at once, each in a view of its own: what they wrote gets into the
//! tree together, and is there once, whenever that was.

use std::collections::BTreeMap;

use crate::agents::findings;
use crate::killed::{arm_at, calls, run, side_by_side};
use crate::place::Place;

/// Calls around which what was written in views gets into the tree.
const COUNTED: &str = "status|diff-tree|write-tree";

const NODES: [&str; 4] = ["one", "two", "three", "four"];

/// All end when the last of them has begun, and none meets another.
const DEED: &str = r#"
      : > ../there.$me; n=0
      for other in one two three four; do until [ -e ../there.$other ]; do n=$((n+1)); test $n -lt 1200; sleep 0.05; done; done
      mkdir -p d/$me; echo $me > d/$me/x; echo $me > $me; rm -f old.$me
    handoff: { changes: any }
"#;

fn workflow() -> String {
    let node = |name: &str| format!("  {name}:\n    run: |\n      me={name}{DEED}");
    format!(
        "mission: 1\nname: two\nlimits: {{ concurrency: 4 }}\nnodes:\n{}  after:\n    needs: [one, two, three, four]\n    run: |\n      \
         for n in one two three four; do grep -qx $n $n; grep -qx $n d/$n/x; test ! -e old.$n; done\n",
        NODES.map(node).concat()
    )
}

fn stage(at: u32, when: &str) -> Place {
    let place = Place::plain(&workflow());
    for name in NODES {
        std::fs::write(place.root().join(format!("old.{name}")), "1\n").unwrap();
    }
    place.here(&["add", "."]);
    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "files"]);
    arm_at(&place, at, when, COUNTED);
    place
}

fn outcome(place: &Place) -> BTreeMap<&'static str, String> {
    let report = serde_json::from_str(&place.run(&mut place.mission(&["report", "--json"]))).unwrap();
    BTreeMap::from([
        ("changed", place.here(&["status", "--porcelain", "-uall"])),
        ("accused", format!("{:?}", findings(&report))),
        ("status", report["status"].to_string()),
    ])
}

#[test]
fn what_several_wrote_is_there_once_after_any_kill() {
    let whole = stage(0, "never");
    let (ok, said) = run(&whole, whole.mission(&["run", "two", "--allow-dirty"]));
    assert!(ok, "{said}");
    let expected = outcome(&whole);
    assert_eq!(expected["accused"], "[]", "{said}");
    assert_eq!(expected["changed"].lines().count(), 12, "{expected:?}");
    // How many go together is not the same every time; a call more than there was kills nobody.
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
