//! Two features write the same line: the conflict is handed over, and whatever its resolver does, nothing is lost.

use std::path::{Path, PathBuf};

use serde_json::json;

use crate::agents::Mission;

const RESOLVED: &str = "printf '{\"status\":\"resolved\",\"summary\":\"both\"}' | answer\n";

/// `one` and `two` write the same line, `three` does not; the validator wants all three.
fn mission(resolver: &str) -> Mission {
    let mission = Mission::new(&[&["one", "two", "three"]]);
    for name in ["one", "two"] {
        mission.write(&format!("feature-{name}"), &format!("echo {name} > same\necho {name} > {name}\n"));
    }
    mission.write("resolve", resolver);
    mission.write("judge", "grep -q one same && grep -q two same && test -e m1/three");
    mission
}

#[test]
fn a_good_resolver_makes_one_merge_commit_with_both_sides() {
    let mission = mission(&format!("echo 'one and two' > same\n{RESOLVED}"));
    let before = mission.place.theirs();
    let (code, said) = mission.run();
    assert_eq!(code, Some(0), "{said}");
    let branch = mission.place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    let merge = |name: &str| format!("Merge {name} from {prefix}/1/{name}");
    assert_eq!(mission.commits(), [merge("one"), merge("three"), merge("two"), "Milestone 1".to_owned()]);
    assert_eq!(mission.place.here(&["rev-list", "--merges", "--count", &format!("main..{branch}")]), "3");
    assert_eq!((mission.show("same"), mission.show("two")), ("one and two".to_owned(), "two".to_owned()));
    let node = "mission:milestone:1:conflict:two";
    let prompt = mission.prompt(&format!("{node}:resolve"));
    for part in ["\"path\": \"same\"", "write two", "did two", "write one", "did one"] {
        assert!(prompt.contains(part), "{part} in {prompt}");
    }
    assert!(!prompt.contains("write three"), "it does not meet it: {prompt}");
    assert!(mission.prompt("mission:milestone:1:integrate").contains("\"summary\": \"both\""));
    let report = mission.report();
    assert_eq!(report["integrated"]["leftOut"], json!([]), "{report}");
    let items: Vec<_> = report["integrated"]["merged"].as_array().unwrap().iter().map(|m| m["key"].clone()).collect();
    assert_eq!(items, ["one", "three", "two"]);
    assert_eq!(mission.trailer("Mission-Features"), "one, two, three");
    assert_eq!(mission.place.touched(&before), [] as [PathBuf; 0]);
    mission.place.nothing_is_left();
}

/// A feature that is left out fails nothing where everything is proven without it; but the run is no success.
#[test]
fn a_milestone_can_be_proven_without_what_is_left_out() {
    let mission = mission("exit 3");
    mission.write("judge", "true");
    let (code, said) = mission.run();
    assert_eq!(code, Some(1), "{said}");
    assert_eq!(mission.trailer("Mission-Features"), "one, three");
    assert_eq!(mission.trailer("Mission-Validation"), "unproven", "nothing but the judge says so");
    let report = mission.report();
    assert_eq!((&report["status"], &report["sections"][0]["state"]), (&json!("partial"), &json!("partial")));
    assert!(report["reasons"].to_string().contains("with a conflict that nobody resolved: two"), "{report}");
    assert_eq!(mission.trailer("Mission-Left-Out"), "two");
    assert!(said.contains("Conflict of ") && said.contains("is left out: nobody resolved it"), "{said}");
    assert_eq!(mission.report()["integrated"]["leftOut"][0]["key"], json!("two"));
}

/// What only that feature was to fulfill is not met, whatever is said of it, and though the command is green.
#[test]
fn what_only_a_feature_fulfills_that_is_left_out_is_not_met() {
    let mission = mission("exit 3");
    mission.write("judge", "true");
    let plan = std::fs::read_to_string(mission.ctl("plan.json")).unwrap();
    let mut plan: serde_json::Value = serde_json::from_str(&plan).unwrap();
    let features = &mut plan["milestones"][0]["features"];
    (features[0]["fulfills"], features[1]["fulfills"]) = (json!([]), json!(["a1"]));
    mission.write("plan.json", &plan.to_string());
    let output = mission.command(&["-i", r#"checks=[{"name":"there","run":"test -e one"}]"#]).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{said}");
    let report = mission.report();
    let requirement = &report["requirements"][0];
    assert_eq!(
        (&requirement["status"], &requirement["by"][0]["leftOut"]),
        (&json!("unproven"), &json!(true)),
        "{said}"
    );
    assert_eq!(requirement["why"], json!("judged met, but what was to fulfill it is left out: `two`"));
    assert!(said.contains("1 unproven of 1") && said.contains("two left out"), "{said}");
    // Nobody took anything out, and nothing is said of that.
    assert!(!said.contains("taken back by"), "{said}");
}

/// It does what it can, and its index holds two sides of a file: there is nothing to merge, and the run is no success.
#[test]
fn a_feature_that_cannot_be_merged_is_left_out() {
    let mission = Mission::new(&[&["one", "two"]]);
    let sides = r"b=$(git hash-object -w same); printf '100644 %s 1\tu\n100644 %s 2\tu\n' $b $b";
    let answer = r#"printf '{"featureId":"one","status":"partial","summary":"in conflict"}' | answer; exit"#;
    mission.write("feature-one", &format!("echo one > one; {sides} | git update-index --index-info\n{answer}\n"));
    let (code, said) = mission.run();
    assert_eq!(code, Some(1), "{said}");
    let report = mission.report();
    assert_eq!(report["status"], json!("partial"), "{report}");
    assert!(report["reasons"].to_string().contains("being nothing that can be merged: one"), "{report}");
    assert!(report["integrated"]["leftOut"][0]["reason"].to_string().contains("unresolved conflicts: u"), "{report}");
    let trailers = ["Mission-Features", "Mission-Left-Out", "Mission-Validation"].map(|key| mission.trailer(key));
    assert_eq!(trailers, ["two", "one", "unproven"]);
}

/// What a resolver does, and what the report says of it.
const BAD: &[(&str, &str)] = &[
    ("exit 3", "nobody resolved it"),
    ("exit 0", "nobody resolved it"),
    ("printf '{\"status\":\"failed\",\"summary\":\"cannot be\"}' | answer", "nobody resolved it"),
    ("@resolved", "`same` still has a conflict marker in line 1"),
    ("echo one > same; @resolved", "`same` drops what is merged"),
    ("git checkout --theirs same; @resolved", "`same` drops what was integrated before"),
    ("rm same; @resolved", "`same` drops both sides"),
    ("git add -A; git -c user.name=a -c user.email=b commit -qm done; @resolved", "conflict marker"),
];

/// What a resolver does that no word can put right, and the evidence. It is a lie, so it fails the milestone at once.
const FOUL: &[(&str, &str)] = &[
    ("echo 'one two' > same; echo x > m1/three; @resolved", "M m1/three"),
    ("echo 'one two' > same; echo x > new; @resolved", "A new"),
    ("echo 'one two' > same; rm one; @resolved", "D one"),
    ("git merge --abort; @resolved", "D two"),
    ("git reset -q --hard main; @resolved", "refs moved that it may not move"),
    ("echo 'one two' > same; git tag v9; @resolved", "refs/tags/v9 from nothing"),
];

#[test]
fn a_bad_resolver_loses_nothing_and_the_report_says_what_was_left_out() {
    std::thread::scope(|scope| {
        for some in BAD.chunks(BAD.len().div_ceil(4)) {
            scope.spawn(|| some.iter().for_each(|(resolver, why)| bad(resolver, why)));
        }
    });
}

#[test]
fn a_resolver_that_changes_more_than_the_files_in_conflict_is_caught() {
    std::thread::scope(|scope| {
        for some in FOUL.chunks(FOUL.len().div_ceil(3)) {
            scope.spawn(|| some.iter().for_each(|(resolver, evidence)| foul(resolver, evidence)));
        }
    });
}

fn foul(resolver: &str, evidence: &str) {
    let mission = lost_nothing(resolver, &["refs/tags"]);
    let report = mission.report();
    let told = report["unresolved"].as_array().unwrap().iter();
    let told: String = told
        .filter(|trouble| trouble["node"] == json!("mission:milestone:1:conflict:two:resolve"))
        .map(|trouble| trouble["failure"].to_string())
        .collect();
    assert!(told.contains("contradicted") && told.contains(evidence), "{resolver}: {told}");
    assert_eq!(mission.prompt("mission:milestone:1:integrate"), "", "{resolver}: nobody builds on it");
}

fn bad(resolver: &str, why: &str) {
    let mission = lost_nothing(resolver, &[]);
    let report = mission.report();
    let left_out = format!("`{}` is left out: ", report["integrated"]["leftOut"][0]["branch"].as_str().unwrap());
    for text in [report.to_string(), mission.prompt("mission:milestone:1:integrate")] {
        assert!(text.contains(&left_out) && text.contains(why), "{resolver}: {text}");
    }
}

/// Runs the mission: it fails, `two` is left out, and everything is where it was but for `its_own` of the resolver.
fn lost_nothing(resolver: &str, its_own: &[&str]) -> Mission {
    let mission = mission(&resolver.replace("@resolved", RESOLVED));
    let before = mission.place.theirs();
    let (code, said) = mission.run();
    assert_eq!(code, Some(1), "{resolver}: {said}");
    let branch = mission.place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    assert_eq!(mission.place.items(&branch), "one three", "{resolver}");
    assert_eq!((mission.show("same"), mission.show("m1/three")), ("one".to_owned(), "three".to_owned()), "{resolver}");
    let two = format!("{prefix}/1/two");
    assert_eq!(mission.place.here(&["show", &format!("{two}:same")]), "two", "{resolver}");
    let branches = mission.place.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    assert_eq!(branches, format!("main\n{two}\n{branch}"), "{resolver}");
    let worktrees = mission.place.here(&["worktree", "list", "--porcelain"]);
    assert_eq!(worktrees.matches("worktree ").count(), 2, "that of `two` only, {resolver}: {worktrees}");
    let report = mission.report();
    assert_eq!(report["status"], json!("failed"), "{resolver}");
    let left = report["integrated"]["leftOut"].as_array().unwrap();
    let left: Vec<_> = left.iter().map(|l| (l["key"].clone(), l["branch"].clone())).collect();
    assert_eq!(left, [(json!("two"), json!(two))], "{resolver}");
    assert!(said.contains(&format!("`{two}` is left out: ")), "{resolver}: {said}");
    let mut touched = mission.place.touched(&before);
    touched.retain(|path| !its_own.iter().any(|own| path.starts_with(Path::new(".git").join(own))));
    assert_eq!(touched, [] as [PathBuf; 0], "{resolver}");
    assert_eq!(mission.place.here(&["fsck", "--no-dangling", "--no-progress"]), "", "{resolver}");
    mission
}

/// Three features write the same line: each resolution stands on the one before.
#[test]
fn conflicts_are_resolved_one_after_the_other() {
    let mission = mission(&format!("(grep -v '^[<|=>]' same; true) | tr '\\n' ' ' > all; mv all same; {RESOLVED}"));
    mission.write("feature-three", "mkdir m1; echo three > m1/three; echo three > same\n");
    let (code, said) = mission.run();
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(mission.place.items(&mission.place.integrated()), "one two three");
    let same = mission.show("same");
    assert!(["one", "two", "three"].iter().all(|name| same.contains(name)), "{same}");
    mission.place.nothing_is_left();
}

/// The integration worktree is then none: nothing works in it any more, and nothing in it is touched.
#[test]
fn a_resolver_that_leaves_the_branch_stops_the_run_and_loses_nothing() {
    let mission = mission(&format!(
        "echo 'one and two' > same; git branch mine; git symbolic-ref HEAD refs/heads/mine; {RESOLVED}"
    ));
    let before = mission.place.theirs();
    let (code, said) = mission.run();
    assert_eq!(code, Some(1), "{said}");
    let branch = mission.place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    assert_eq!(mission.place.items(&branch), "one three");
    let branches = mission.place.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]);
    assert_eq!(branches, format!("main\nmine\n{prefix}/1/two\n{branch}"));
    assert!(said.contains(&format!("it is no longer on its branch `{branch}`")), "{said}");
    let left = &mission.report()["integrated"]["leftOut"];
    assert_eq!(left[0]["branch"], json!(format!("{prefix}/1/two")), "{left}");
    let touched = mission.place.touched(&before);
    assert_eq!(touched, [PathBuf::from(".git/logs/refs/heads/mine"), PathBuf::from(".git/refs/heads/mine")], "its own");
}
