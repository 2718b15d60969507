//! `kill -9` of mission while three agents are at work, and resume: each goes on in its session, and nothing that is not known is
//! told as a figure.

use serde_json::{Value, json};

use crate::bench::Bench;
use crate::real::{Real, Script};

fn killed(agents: [&str; 3]) {
    let found: Option<Vec<Real>> = agents.iter().map(|agent| Real::find(agent)).collect();
    let Some(all) = found else { return };
    let bench = Bench::new(all[0]);
    let mut text = "mission: 1\nname: three\nlimits: { concurrency: 3, weight: 64 }\n\
         schemas:\n  Answer: { type: object, required: [answer], properties: { answer: { type: string } } }\n"
        .to_owned();
    let profiles = agents.map(|agent| format!("  {agent}: {{ runner: {agent}, access: write }}\n"));
    let nodes = agents.map(|agent| {
        format!(
            "  of-{agent}:\n    agent: {agent}\n    prompt: Make a small file, then tell the result.\n    timeout: 300s\n\
             \x20   output: {{ schema: Answer }}\n\
             \x20   worktree: {{ base: main, path: \".worktrees/{{{{ run.id }}}}-{agent}\", branch: \"{agent}/{{{{ run.id }}}}\" }}\n"
        )
    });
    text.push_str(&format!("agents:\n{}nodes:\n{}", profiles.concat(), nodes.concat()));
    bench.write("repo/three.yaml", &text);
    bench.git(&["add", "."]);
    bench.git(&["commit", "-q", "-m", "three"]);
    for real in &all {
        bench.lead_another(real, &Script { first: "hang,after=1", later: "ok", ..Script::default() });
    }
    let running = bench.start(&["run", "three.yaml"]);
    let file = |agent: &str| bench.repo().join(format!(".worktrees/{}-{agent}/hello.txt", bench.id()));
    bench.wait_for(&bench.repo().join(".worktrees"));
    agents.iter().for_each(|agent| bench.wait_for(&file(agent)));
    // The model of each has been asked for the second time by then, and says nothing.
    let silent = || agents.iter().all(|agent| bench.server.ledger().of(&format!("three-of-{agent}.1")).refused > 0);
    bench.until("every model is silent", silent);
    running.kill();
    bench.is_clean();
    bench.start(&["resume"]).wait().exits(0);
    bench.is_clean();
    let told = bench.told();
    for agent in agents {
        let of = |number: u64| {
            let node = format!("three:of-{agent}");
            told.of(&node, number).unwrap_or_else(|| panic!("no attempt {number} of {agent}: {told:#?}"))
        };
        assert_eq!(of(1).tokens, None, "what was killed told nothing\n{told:#?}");
        assert_eq!((of(2).cause.as_str(), &of(2).output), ("lost", &Some(json!({ "answer": "done" }))), "{told:#?}");
        let turns = bench.server.ledger().of(&of(2).tag()).turns;
        assert!(turns > 1, "{agent} goes on in its session: {}", bench.heard());
    }
    bench.counts_are_right(1);
    let output = bench.mission(&["report", "--json"]);
    let report: Value = serde_json::from_slice(&output.stdout).expect("the report is JSON");
    let unknown = told.attempts.iter().filter(|one| one.tokens.is_none()).count();
    assert_eq!(report["totals"]["unknownTokens"], unknown, "{report:#}");
    let known: u64 = told.attempts.iter().filter_map(|one| one.tokens).map(|(input, _)| input).sum();
    assert_eq!(report["totals"]["usage"]["inputTokens"], known, "{report:#}");
}

#[test]
fn claude_codex_and_gemini() {
    killed(["claude", "codex", "gemini"]);
}

#[test]
fn claude_opencode_and_goose() {
    killed(["claude", "opencode", "goose"]);
}
