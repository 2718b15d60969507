//! What a profile says of an agent reaches it: that it may only read, which model it uses, how much that thinks.

use crate::bench::Bench;
use crate::real::{Real, Script};

/// A node whose profile says `how`.
fn bench(name: &str, how: &str) -> Option<Bench> {
    Some(bench_of(Real::find(name)?, how))
}

fn bench_of(real: Real, how: &str) -> Bench {
    let name = real.name;
    let bench = Bench::new(real);
    bench.lead(&Script::always("ok"));
    let text = format!(
        "mission: 1\nname: cell\nagents:\n  worker: {{ runner: {name}, {how} }}\nnodes:\n  work:\n    agent: worker\n\
         \x20   prompt: Make a small file, then tell the result.\n    timeout: 300s\n"
    );
    bench.write("repo/cell.yaml", &text);
    bench.git(&["add", "."]);
    bench.git(&["commit", "-q", "-m", "flow"]);
    bench
}

/// Its model has it write a file by its own tool; it may not.
fn reads_only(name: &str) {
    let Some(bench) = bench(name, "access: read") else { return };
    bench.start(&["run", "cell.yaml"]).wait().exits(0);
    assert!(bench.server.ledger().of("cell-work.1").answers > 0, "{}", bench.heard());
    let made = bench.repo().join("hello.txt").exists();
    assert!(!made, "it wrote a file\n{}", bench.heard());
}

/// The model and the effort of the profile are those that the provider is asked for.
fn chooses(name: &str, how: &str, model: &str, effort: Option<&str>) {
    let Some(bench) = bench(name, &format!("access: write, {how}")) else { return };
    bench.start(&["run", "cell.yaml"]).wait().exits(0);
    let ledger = bench.server.ledger();
    let all: Vec<_> = ledger.chosen("cell-work.1").collect();
    let is_right = |(asked, thinks): &(&str, Option<&str>)| *asked == model && (effort.is_none() || *thinks == effort);
    assert!(!all.is_empty() && all.iter().all(is_right), "{all:?}\n{}", bench.heard());
}

/// What an agent does not offer is said before anything is asked.
fn offers_no_other(name: &str, how: &str, says: &str) {
    let Some(bench) = bench(name, &format!("access: write, {how}")) else { return };
    let ended = bench.start(&["run", "cell.yaml"]).wait().exits(1);
    assert!(ended.heard.contains(says), "{}", ended.heard);
    assert_eq!(bench.server.ledger().of("cell-work.1").requests, 0, "{}", ended.heard);
}

/// It logs in by the method that `auth` names, and by no other.
fn logs_in(name: &str, method: &str) {
    let Some(real) = Real::find(name) else { return };
    let bench = bench_of(Real { files: &[], ..real }, "access: write");
    std::fs::create_dir_all(bench.repo().join(".mission")).expect("a folder can be made");
    let by = |method: &str| bench.write("repo/.mission/agents.yaml", &format!("{name}: {{ auth: {method} }}\n"));
    by("nonesuch");
    let ended = bench.start(&["run", "cell.yaml"]).wait();
    assert_ne!(ended.code, Some(0), "{}", ended.heard);
    assert_eq!(bench.server.ledger().of("cell-work.1").requests, 0, "{}", ended.heard);
    by(method);
    bench.start(&["run", "cell.yaml"]).wait().exits(0);
    assert_eq!(bench.read("repo/hello.txt"), "hello from the model\n");
}

macro_rules! tests {
    ($($name:ident: $body:expr;)*) => { $(#[test] fn $name() { $body; })* };
}

mod held_to_reading {
    use super::reads_only;

    tests! {
        claude: reads_only("claude");
        codex: reads_only("codex");
        opencode: reads_only("opencode");
        gemini: reads_only("gemini");
        qwen: reads_only("qwen");
        pi: reads_only("pi");
        aider: reads_only("aider");
        claude_acp: reads_only("claude-acp");
        codex_acp: reads_only("codex-acp");
        opencode_acp: reads_only("opencode-acp");
        gemini_acp: reads_only("gemini-acp");
        goose_acp: reads_only("goose-acp");
        qwen_acp: reads_only("qwen-acp");
        copilot_acp: reads_only("copilot-acp");
        kimi_acp: reads_only("kimi-acp");
    }
}

mod log_in {
    use super::logs_in;

    tests! {
        gemini_acp: logs_in("gemini-acp", "gemini-api-key");
    }
}

mod model {
    use super::{chooses, offers_no_other};

    tests! {
        claude: chooses("claude", "model: claude-sonnet-4-5, effort: low", "claude-sonnet-4-5", None);
        codex: chooses("codex", "model: gpt-5, effort: low", "gpt-5", Some("low"));
        opencode: chooses("opencode", "model: scripted/m2", "m2", None);
        gemini: chooses("gemini", "model: gemini-2.5-pro", "gemini-2.5-pro", None);
        goose: chooses("goose", "model: gpt-4.1", "gpt-4.1", None);
        claude_acp: chooses("claude-acp", "model: sonnet, effort: low", "claude-sonnet-5-5", Some("low"));
        codex_acp: chooses("codex-acp", "model: gpt-6-sol, effort: low", "gpt-6-sol", Some("low"));
        opencode_acp: chooses("opencode-acp", "model: scripted/m2", "m2", None);
        gemini_acp: chooses("gemini-acp", "model: gemini-2.5-pro", "gemini-2.5-pro", None);
        goose_acp: chooses("goose-acp", "model: gpt-4.1", "gpt-4.1", None);
        claude_acp_offers_no_other: offers_no_other("claude-acp", "model: nonesuch", "offers no model `nonesuch`");
        codex_acp_offers_no_other: offers_no_other("codex-acp", "model: nonesuch", "offers no model `nonesuch`");
    }
}
