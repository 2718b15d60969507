//! Every example as a user meets it: the graph that `compile` prints, and what a run in a scratch repository does.

use std::path::{Path, PathBuf};

use crate::bench::{Bench, repository};

/// Compares `found` with the file, or rewrites it.
fn expect_file(path: &Path, found: &str) {
    if std::env::var_os("MISSION_BLESS").is_some() {
        std::fs::write(path, found).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(expected == found, "{} changed (MISSION_BLESS=1 rewrites it); now it is\n{found}", path.display());
}

fn example(name: &str) -> PathBuf {
    repository().join("examples").join(name)
}

/// What happened to each node, in the order of the graph: no times, ids, durations or digests.
fn history(bench: &Bench) -> String {
    let graph = bench.json(&["graph", "--json"]);
    let order: Vec<&str> = graph["nodes"].as_array().unwrap().iter().map(|n| n["id"].as_str().unwrap()).collect();
    let mut lines: Vec<(usize, String)> = Vec::new();
    for record in bench.mission(&["events", "--json"]).success().stdout.lines() {
        let record: serde_json::Value = serde_json::from_str(record).unwrap();
        let event = &record["event"];
        let kind = event["type"].as_str().unwrap();
        let text = |key: &str| event[key].as_str().map(|v| format!(" {v}")).unwrap_or_default();
        let Some(node) = event["node"].as_str() else {
            let place = if kind == "run-started" { 0 } else { usize::MAX };
            lines.push((place, format!("{kind}{}", text("status"))));
            continue;
        };
        let place = 1 + order.iter().position(|id| *id == node).unwrap_or_else(|| panic!("{node} is not in the graph"));
        let attempt = event["attempt"].as_u64().filter(|a| *a > 0).map(|a| format!(" attempt {a}")).unwrap_or_default();
        let class = event["failure"]["class"].as_str().map(|c| format!(" {c}")).unwrap_or_default();
        let keys = event["keys"]
            .as_array()
            .map(|keys| format!(" {}", keys.iter().map(|k| k.as_str().unwrap()).collect::<Vec<_>>().join(" ")));
        let rest = [text("status"), class, text("reason"), text("choice"), keys.unwrap_or_default()].concat();
        lines.push((place, format!("{node} {kind}{attempt}{rest}")));
    }
    lines.sort_by_key(|(place, _)| *place);
    lines.into_iter().map(|(_, line)| line + "\n").collect()
}

#[test]
fn graphs_are_those_that_compile_prints() {
    let bench = Bench::new();
    for (name, args) in [
        ("hello", &["compile", "examples/hello/hello.yaml"][..]),
        ("fan-out", &["compile", "examples/fan-out/fan-out.yaml"]),
        ("release-notes", &["compile", "examples/release-notes/release-notes.yaml"]),
        ("migration", &["compile", "mission", "--with", "plan=examples/migration/plan.json"]),
    ] {
        expect_file(&example(name).join("graph.txt"), &bench.mission(args).success().stdout);
    }
}

#[test]
fn the_picture_in_the_readme_is_what_compile_draws() {
    let found = Bench::new().mission(&["compile", "mission", "--format", "svg"]).success().stdout;
    expect_file(&repository().join("docs/mission.svg"), &found);
}

#[test]
fn hello() {
    let bench = Bench::new();
    bench.mission(&["run", "examples/hello/hello.yaml", "-i", "name=you"]).success();
    assert_eq!(bench.finished()["outputs"]["text"], "Hello, you! (11 characters)");
    expect_file(&example("hello").join("log.txt"), &history(&bench));
}

#[test]
fn fan_out() {
    let bench = Bench::new();
    bench.mission(&["run", "examples/fan-out/fan-out.yaml"]).success();
    assert_eq!(bench.finished()["outputs"]["total"], 23);
    expect_file(&example("fan-out").join("log.txt"), &history(&bench));
}

#[test]
fn release_notes() {
    let bench = Bench::new();
    bench.commit("add: a \"quoted\" thing");
    let run = &["run", "examples/release-notes/release-notes.yaml"];
    let waiting = bench.mission(run);
    assert_eq!(waiting.code, 3, "{waiting:?}");
    assert!(waiting.stdout.contains("mission approve "), "{waiting:?}");
    bench.mission(&["approve", "--node", "release-notes:review", "--choice", "rewrite", "--comment", "shorter"]);
    bench.mission(&["approve", "--node", "release-notes:review"]).success();
    let notes = std::fs::read_to_string(bench.path().join("RELEASE_NOTES.md")).unwrap();
    assert_eq!(notes, "# Changes, revised\n\n- the examples\n- add: a \"quoted\" thing\n");
    expect_file(&example("release-notes").join("log.txt"), &history(&bench));
}

#[test]
fn migration() {
    let bench = Bench::new();
    let run = bench.mission(&["run", "examples/migration/demo.yaml"]).success();
    assert_eq!(bench.git(&["status", "--porcelain"]), "", "the repository it was started from is untouched");
    let scratch = bench.at(".mission/scratch/demo-1");
    assert_eq!(scratch.finished()["status"], "succeeded");
    assert_eq!(scratch.sh("bin/ledger total"), "44.75\n");
    assert!(scratch.sh("sh tests/run.sh").contains("ok - 12.5 in cents"));
    assert_eq!(scratch.git(&["status", "--porcelain"]), "");
    let commits =
        scratch.git(&["log", "--format=%s %(trailers:key=Mission-Validation,valueonly,separator=%x20)", "-2"]);
    assert_eq!(commits, "Switch over passed\nWhole cents: the new format passed\n");
    for part in [
        "Requirements: 5 met of 5",
        "Whole cents: the new format",
        "cents-exact | unmet",
        "cents-exact | met",
        "Switch over",
    ] {
        assert!(run.stdout.contains(part), "{part} is not in the report:\n{}", run.stdout);
    }
    let rows = scratch.json(&["report", "--json"])["requirements"].clone();
    let first = &rows[0];
    assert_eq!(first["id"], "cents-exact");
    assert_eq!(first["by"][0]["node"], "mission:milestone:1:feature:convert");
    assert_eq!(first["judged"]["node"], "mission:milestone:1:revalidate", "the round that ran last counts");
    assert_eq!((&first["checks"][0]["exitCode"], &first["status"]), (&0.into(), &"met".into()));
    expect_file(&example("migration").join("log.txt"), &history(&scratch));
}

/// A repository as `setup.sh` makes it.
fn ledger(bench: &Bench) -> Bench {
    bench.sh("sh examples/migration/setup.sh ../ledger >/dev/null");
    bench.at("../ledger")
}

#[test]
fn migration_in_worktrees_leaves_the_tree_alone() {
    let bench = Bench::new();
    let ledger = ledger(&bench);
    let before = ledger.git(&["rev-parse", "main"]);
    ledger.mission(&["run", "mission", "--prompt", "Whole cents", "--yes", "-i", "useWorktrees=true"]).success();
    assert_eq!(ledger.finished()["outputs"]["contradictions"], serde_json::json!([]));
    assert_eq!(ledger.git(&["rev-parse", "main"]), before);
    assert_eq!(ledger.git(&["status", "--porcelain"]), "");
    let branches = ledger.git(&["for-each-ref", "--format=%(refname:short)", "refs/heads/mission/"]);
    let integrated = branches.lines().find(|branch| branch.ends_with("/main")).unwrap();
    ledger.git(&["checkout", "-q", integrated]);
    assert_eq!(ledger.sh("bin/ledger total"), "44.75\n");
    assert!(ledger.sh("sh tests/run.sh").contains("ok - 12.5 in cents"));
    let passed = ledger.git(&["log", "--format=%s", "--grep=^Mission-Validation: passed"]);
    assert_eq!(passed, "Switch over\nWhole cents: the new format\n", "one commit for each milestone");
}

#[test]
fn without_any_check_the_plan_and_the_report_say_unproven() {
    let bench = Bench::new();
    let ledger = ledger(&bench);
    ledger.sh("git rm -q .mission/config.yaml && git commit -q -m 'no checks'");
    assert_eq!(ledger.mission(&["run", "mission", "--prompt", "Whole cents"]).code, 3);
    let status = ledger.json(&["status", "--json"]);
    let events = ledger.mission(&["events", "--json"]).success().stdout;
    assert!(events.contains("UNPROVEN: no check command was given or found"), "{status}\n{events}");
    let report = ledger.mission(&["approve", "--node", "mission:approve-plan"]).success().stdout;
    assert!(report.contains("UNPROVEN"), "{report}");
    // The judge is content with everything, and no command stands behind it.
    let report = ledger.json(&["report", "--json"]);
    let rows = report["requirements"].as_array().unwrap();
    assert_eq!(rows.len(), 5, "{rows:#?}");
    for row in rows {
        assert_eq!((&row["status"], &row["judged"]["status"]), (&"unproven".into(), &"met".into()), "{row:#}");
    }
    assert!(report["unproven"][0].as_str().unwrap().contains("`mission:milestone:1`"), "{}", report["unproven"]);
    assert!(ledger.git(&["log", "-1", "--format=%B"]).contains("Mission-Validation: unproven"));
}
