//! Red after several merges: the one that did it is found, named, told to whoever repairs, or taken out.

use serde_json::{Value, json};

use crate::scratch::{Scratch, prompt};

const CHECK: &str = r#"checks=[{"name":"wire","run":"test ! -e bad.txt || { echo the wire is broken >&2; exit 3; }"}]"#;
const WORKTREES: [&str; 5] = ["--yes", "-i", "useWorktrees=true", "-i", CHECK];

/// One milestone of three features, the second of which breaks the check.
fn scratch() -> Scratch {
    let scratch = Scratch::new(1, 3);
    scratch.on("f1-2", "echo broken by two > bad.txt; also=bad.txt; default\n");
    scratch
}

fn verdict(report: &Value, title: &str) -> Value {
    let verdicts = report["sections"][0]["verdicts"].as_array().cloned().unwrap_or_default();
    verdicts.into_iter().find(|verdict| verdict["title"] == json!(title)).unwrap_or_default()
}

fn on_branch(scratch: &Scratch) -> String {
    let branch = format!("mission/{}/main", scratch.id());
    scratch.git(&["ls-tree", "-r", "--name-only", &branch]).split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn the_guilty_of_three_features_is_named_and_told_to_the_repair() {
    let scratch = scratch();
    scratch.on("follow-up", "rm bad.txt; also=bad.txt; default\n");
    scratch.run(&WORKTREES).exits(0).says("succeeded");
    let asked = prompt(&scratch, "mission:milestone:1:follow-up", 1);
    for part in ["The feature is `f1-2`", "| +++ b/bad.txt", "| +broken by two", "| the wire is broken"] {
        assert!(asked.contains(part), "`{part}` in {asked}");
    }
    assert!(!asked.contains("b/f1-1.txt"), "nobody else's work is told: {asked}");
    let report = scratch.report();
    let row = verdict(&report, "Culprit")["rows"][0].clone();
    assert_eq!((row["feature"].clone(), row["exit code"].clone()), (json!("f1-2"), json!(3)));
    scratch.mission(&["report"]).exits(0).says("with `f1-2` the command");
    assert!(!on_branch(&scratch).contains("bad.txt"), "the repair is committed");
    assert_eq!(scratch.git(&["worktree", "list"]).lines().count(), 1, "no try is left");
}

#[test]
fn the_policy_takes_the_guilty_feature_out_and_goes_on() {
    let scratch = scratch();
    let args = [&WORKTREES[..], &["-i", "onCulprit=backout"]].concat();
    scratch.run(&args).exits(1).says("partial").says("taken out: f1-2");
    assert_eq!(scratch.starts().get("mission:milestone:1:follow-up"), None, "what is out needs no repair");
    assert_eq!(scratch.state("mission:milestone:1:revalidate"), "done");
    assert_eq!(on_branch(&scratch), "README.md f1-1.txt f1-3.txt");
    let kept = format!("mission/{}/left-out/1/f1-2", scratch.id());
    assert_eq!(scratch.git(&["show", &format!("{kept}:bad.txt")]), "broken by two\n", "its work is kept");
    let row = verdict(&scratch.report(), "Backed out")["rows"][0].clone();
    assert_eq!((row["feature"].clone(), row["kept on"].clone()), (json!("f1-2"), json!(kept)));
    scratch.mission(&["report"]).exits(0).says(&kept);
    let report = scratch.report();
    assert_eq!((&report["status"], &report["sections"][0]["state"]), (&json!("partial"), &json!("partial")));
    let trailer = |name: &str| {
        let branch = format!("mission/{}/main", scratch.id());
        let format = format!("--format=%(trailers:key={name},valueonly)");
        scratch.git(&["log", "-1", &format, &branch]).trim().to_owned()
    };
    let trailers = ["Mission-Features", "Mission-Left-Out", "Mission-Validation"].map(trailer);
    assert_eq!(trailers, ["f1-1, f1-3", "f1-2", "partial"]);
}

#[test]
fn who_cannot_be_named_is_not_named() {
    let scratch = Scratch::new(1, 3);
    scratch.on("integrate", "echo x > bad.txt; also=bad.txt; default\n");
    scratch.on("follow-up", "rm bad.txt; also=bad.txt; default\n");
    scratch.run(&WORKTREES).exits(0);
    let asked = prompt(&scratch, "mission:milestone:1:follow-up", 1);
    assert!(asked.contains("the wire is broken") && !asked.contains("The feature is"), "{asked}");
    assert_eq!(verdict(&scratch.report(), "Culprit")["state"], json!("done"));
}
