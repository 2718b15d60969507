//! The shipped mission from its plan to its report, with real agents: two milestones of three features in worktrees, written with
//! the agents' own tools, a validation that is red first, its repair, and the report.

use std::time::Duration;

use serde_json::Value;

use crate::bench::Bench;
use crate::real::{Real, Script};
use crate::record::Attempt;

/// Red until somebody writes the file: the follow-up does.
const CHECK: &str = r#"checks=[{"name":"unit tests","run":"test -e repaired.txt || { echo 'repaired.txt is not there' >&2; exit 3; }"}]"#;
const GATE: &str = "mission:approve-plan";

/// Attempts of a whole mission that may fail and be tried again: real programs do, and then may tell nothing.
const MISHAPS: usize = 2;

/// Every profile of the mission, and who works for it.
type Cast<'c> = [(&'c str, &'c str)];

/// Plans, approves, builds and reports with `cast`; `scenario` is what the server plays.
fn whole(bench: &Bench, cast: &Cast<'_>, scenario: &str) -> Duration {
    let planned = plan(bench, cast, &Script::always(scenario));
    let built = bench.start(&approval(&bench.id())).wait().exits(0);
    bench.is_clean();
    planned + built.took
}

/// The words that approve the plan and go on.
fn approval(run: &str) -> [&str; 6] {
    ["approve", run, "--node", GATE, "--by", "ann"]
}

/// Plans.
fn plan(bench: &Bench, cast: &Cast<'_>, script: &Script<'_>) -> Duration {
    for name in cast.iter().map(|(_, agent)| *agent) {
        bench.lead_another(&Real::find(name).expect("it was found before"), script);
    }
    let agents: Vec<String> = cast.iter().map(|(profile, agent)| format!("{profile}={agent}")).collect();
    let mut args = vec!["run", "mission", "--prompt", "make the files", "-i", "useWorktrees=true", "-i", CHECK];
    args.extend(agents.iter().flat_map(|agent| ["--agent", agent.as_str()]));
    bench.start(&args).wait().exits(3).took
}

/// The report, with the record's own facts in it.
fn report(bench: &Bench) -> Value {
    let output = bench.mission(&["report", "--json"]);
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// What every mission must have done, whoever did it.
#[track_caller]
fn is_whole(bench: &Bench) {
    let (told, report) = (bench.told(), report(bench));
    assert_eq!(report["status"], "succeeded", "{report:#}");
    assert_eq!(report["outputs"]["report"]["completedMilestones"], 2, "{report:#}");
    assert_eq!(report["outputs"]["contradictions"], serde_json::json!([]), "{report:#}");
    let sections = report["sections"].as_array().cloned().unwrap_or_default();
    assert_eq!(sections.len(), 2, "{report:#}");
    let nodes: Vec<&str> = told.attempts.iter().map(|one| one.node.as_str()).collect();
    for feature in
        ["1:feature:f1-1", "1:feature:f1-2", "1:feature:f1-3", "2:feature:f2-1", "2:feature:f2-2", "2:feature:f2-3"]
    {
        let node = format!("mission:milestone:{feature}");
        assert!(nodes.contains(&node.as_str()), "{node} in {nodes:?}");
    }
    // The first validation is red, its repair makes it green, and the second milestone finds it so.
    let lasting: Vec<&str> =
        told.attempts.iter().filter(|one| !told.tried_again(one)).map(|one| one.node.as_str()).collect();
    assert_eq!(lasting.iter().filter(|node| node.ends_with(":judge")).count(), 3, "{nodes:?}");
    assert_eq!(lasting.iter().filter(|node| node.contains(":follow-up")).count(), 1, "{nodes:?}");
    bench.counts_are_right(told.attempts.iter().filter(|one| one.tokens.is_some()).count());
}

/// A file of the integration branch.
fn integrated(bench: &Bench, file: &str) -> String {
    bench.git(&["show", &format!("mission/{}/main:{file}", bench.id())])
}

fn alone(name: &'static str) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(real);
    let took = whole(&bench, &[("*", name)], "mission");
    is_whole(&bench);
    for id in ["f1-1", "f1-2", "f1-3", "f2-1", "f2-2", "f2-3"] {
        assert_eq!(integrated(&bench, &format!("{id}.txt")), format!("built by {id}\n"));
    }
    assert_eq!(integrated(&bench, "repaired.txt"), "repaired\n");
    let told = bench.told();
    bench.tried_again_at_most(MISHAPS);
    for one in told.attempts.iter().filter(|one| one.node.contains("feature") && one.class.is_none()) {
        assert!(one.tokens.is_some(), "{} is done and told no tokens\n{}", one.tag(), bench.last_words(one));
    }
    println!("{name}: a whole mission in {:.1} s", took.as_secs_f64());
}

#[test]
fn claude_alone() {
    alone("claude");
}

#[test]
fn codex_alone() {
    alone("codex");
}

#[test]
fn opencode_alone() {
    alone("opencode");
}

#[test]
fn gemini_alone() {
    alone("gemini");
}

#[test]
fn goose_alone() {
    alone("goose");
}

/// Another agent for every role, and features that meet in one file.
#[test]
fn five_together() {
    let cast = [
        ("planner", "claude"),
        ("builder", "codex"),
        ("validator", "gemini"),
        ("fixer", "opencode"),
        ("scribe", "goose"),
    ];
    let found: Option<Vec<Real>> = cast.iter().map(|(_, agent)| Real::find(agent)).collect();
    let Some(all) = found else { return };
    let bench = Bench::new(all[0]);
    let took = whole(&bench, &cast, "mission,conflict=1");
    is_whole(&bench);
    for milestone in 1..=2 {
        let text = integrated(&bench, &format!("shared-{milestone}.txt"));
        let mut lines: Vec<&str> = text.lines().collect();
        lines.sort_unstable();
        let wanted: Vec<String> = (1..=3).map(|n| format!("built by f{milestone}-{n}")).collect();
        assert_eq!(lines, wanted, "every side is kept\n{}", bench.heard());
    }
    println!("five together: a whole mission in {:.1} s", took.as_secs_f64());
}

/// `kill -9` while three agents build the first milestone, each with its file written and its model silent; then resume.
fn killed(name: &'static str) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(real);
    let features = [1, 2, 3].map(|n| format!("mission:milestone:1:feature:f1-{n}"));
    let script = Script {
        first: "mission,silent=1",
        nodes: "mission:milestone:1:feature:*",
        later: "mission",
        ..Script::default()
    };
    plan(&bench, &[("*", name)], &script);
    let running = bench.start(&approval(&bench.id()));
    let tag = |node: &str, attempt: u64| format!("{}.{attempt}", node.replace(':', "-"));
    bench
        .until("three are at work", || features.iter().all(|node| bench.server.ledger().of(&tag(node, 1)).refused > 0));
    running.kill();
    bench.is_clean();
    bench.start(&["resume"]).wait().exits(0);
    bench.is_clean();

    is_whole(&bench);
    let told = bench.told();
    for node in &features {
        let both = told.of(node, 1).zip(told.of(node, 2));
        let (first, second) = both.unwrap_or_else(|| panic!("two attempts of {node}: {told:#?}"));
        assert_eq!(first.tokens, None, "what was killed told nothing\n{told:#?}");
        assert_eq!((second.cause.as_str(), told.of(node, 3)), ("lost", None), "{told:#?}");
        let turns = bench.server.ledger().of(&tag(node, 2)).turns;
        assert!(turns > 1, "{node} goes on in its session: {}", bench.heard());
    }
    for id in ["f1-1", "f1-2", "f1-3", "f2-1", "f2-2", "f2-3"] {
        assert_eq!(integrated(&bench, &format!("{id}.txt")), format!("built by {id}\n"));
    }
    // The ledger is what the server counted, and unknown where nobody told: of what was killed, and of what followed if the agent
    // only tells what its whole session used.
    let report = report(&bench);
    let ledger = bench.server.ledger();
    let asked = |one: &&Attempt| one.tokens.is_none() && ledger.of(&one.tag()).requests > 0;
    let unknown = told.attempts.iter().filter(asked).count();
    assert!(unknown >= 3, "{told:#?}");
    assert_eq!(report["totals"]["unknownTokens"], unknown, "{report:#}");
    let known: u64 = told.attempts.iter().filter_map(|one| one.tokens).map(|(input, _)| input).sum();
    assert_eq!(report["totals"]["usage"]["inputTokens"], known, "{report:#}");
}

#[test]
fn claude_killed() {
    killed("claude");
}

#[test]
fn codex_killed() {
    killed("codex");
}

#[test]
fn gemini_killed() {
    killed("gemini");
}
