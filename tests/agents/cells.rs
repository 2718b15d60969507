//! The cells of the matrix: one thing that can happen, held against one agent.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bench::{Bench, Ended};
use crate::real::{Real, Script};
use crate::table;

const PROMPT: &str = "Make a small file in the current directory, then tell the result.";

/// Holds a cell against an agent; of one that it cannot be for, the table says why.
pub(crate) fn hold(real: Real, cell: &str, test: fn(&Bench)) {
    match real.lacks.iter().find(|(one, _)| *one == cell) {
        Some((_, why)) => table::lacks(real.name, cell, why),
        None => test(&Bench::new(real)),
    }
}

/// A workflow with one node; `more` are further keys of the node.
fn flow(bench: &Bench, schema: bool, more: &str) {
    let mut text = format!(
        "mission: 1\nname: cell\nlimits: {{ parked: 1s }}\nagents:\n  worker: {{ runner: {}, access: write }}\n\
         schemas:\n  Answer: {{ type: object, required: [answer], additionalProperties: false, properties: {{ answer: {{ type: string }} }} }}\n\
         nodes:\n  work:\n    agent: worker\n    prompt: {{ file: prompt.md }}\n    timeout: 300s\n",
        bench.real.name
    );
    if schema {
        text.push_str("    output: { schema: Answer, repair: 1 }\n");
    }
    writeln!(text, "    {more}").expect("texts take everything");
    bench.write("repo/cell.yaml", &text);
    bench.write("repo/prompt.md", PROMPT);
    bench.git(&["add", "."]);
    bench.git(&["commit", "-q", "-m", "flow"]);
}

fn run(bench: &Bench) -> Ended {
    bench.start(&["run", "cell.yaml"]).wait()
}

/// The end of every cell: nothing is left, every known count is right, and the figures are noted.
fn over(bench: &Bench, cell: &str, known: usize, ended: &Ended) {
    bench.is_clean();
    bench.counts_are_right(if bench.real.tells_tokens { known } else { 0 });
    table::note(bench.real.name, cell, &bench.told(), ended.took);
}

pub(crate) fn ok(bench: &Bench) {
    bench.lead(&Script::always("ok"));
    flow(bench, false, "");
    let ended = run(bench).exits(0);
    let told = bench.told();
    let said = told.attempt(1).output.as_ref().and_then(Value::as_str).unwrap_or_default();
    let is_right = if bench.real.prints_all { said.contains("Done.") } else { said == "Done." };
    assert!(is_right, "{told:#?}");
    assert_eq!(bench.read("repo/hello.txt"), "hello from the model\n");
    over(bench, "ok", 1, &ended);
}

pub(crate) fn schema(bench: &Bench) {
    bench.lead(&Script::always("ok"));
    flow(bench, true, "");
    let ended = run(bench).exits(0);
    let told = bench.told();
    assert_eq!((told.attempts.len(), &told.attempt(1).output), (1, &Some(json!({ "answer": "done" }))), "{told:#?}");
    over(bench, "schema", 1, &ended);
}

/// A result that does not fit at first, if the agent lets that through. In a session that does not go on the model does not see that it was asked again.
fn bad(bench: &Bench) -> Script<'static> {
    if bench.real.lacks.iter().any(|(cell, _)| *cell == "re-ask") {
        return Script::always("ok");
    }
    match bench.real.goes_on {
        true => Script::always("bad"),
        false => Script { first: "alwaysbad", later: "ok", ..Script::default() },
    }
}

pub(crate) fn reask(bench: &Bench) {
    bench.lead(&bad(bench));
    flow(bench, true, "");
    let ended = run(bench).exits(0);
    let told = bench.told();
    assert_eq!((told.attempts.len(), told.attempt(2).cause.as_str()), (2, "reask"), "{told:#?}");
    assert_eq!(told.attempt(2).output, Some(json!({ "answer": "done" })), "{told:#?}");
    let turns = bench.server.ledger().of("cell-work.2").turns;
    assert!(turns >= 2 || !bench.real.goes_on, "whether the session went on: {turns}\n{}", bench.heard());
    over(bench, "re-ask", 2, &ended);
}

/// Killed with everything while it waits for its model; the same session goes on after that.
pub(crate) fn resume(bench: &Bench) {
    bench.lead(&Script { first: "hang,after=1", later: "ok", ..Script::default() });
    flow(bench, true, "");
    let running = bench.start(&["run", "cell.yaml"]);
    bench.wait_for(&bench.repo().join("hello.txt"));
    std::thread::sleep(std::time::Duration::from_millis(300));
    running.kill();
    let ended = bench.start(&["resume"]).wait().exits(0);
    let told = bench.told();
    assert_eq!(told.attempt(2).output, Some(json!({ "answer": "done" })), "{told:#?}");
    assert_eq!(told.attempt(1).tokens, None, "what was killed did not tell what it used\n{told:#?}");
    let turns = bench.server.ledger().of("cell-work.2").turns;
    assert!(turns > 1 || !bench.real.goes_on, "whether the session went on: {turns}\n{}", bench.heard());
    over(bench, "resume", 0, &ended);
}

/// What happens first is understood as `class`, and the run ends with `code`; another attempt finds the model in order.
fn refused(bench: &Bench, cell: &str, first: &str, class: &str, code: i32) {
    bench.lead(&Script { first, later: "ok", ..Script::default() });
    flow(bench, true, "retry: { max: 1, on: [crash], backoff: 0s }");
    let ended = run(bench).exits(code);
    let told = bench.told();
    assert_eq!(told.attempt(1).class.as_deref(), Some(class), "{told:#?}\n{}", bench.heard());
    let again = code == 0;
    assert_eq!(told.attempts.len(), if again { 2 } else { 1 }, "{told:#?}");
    over(bench, cell, usize::from(again), &ended);
}

pub(crate) fn status401(bench: &Bench) {
    match bench.real.tells_status {
        // A person has to log in: the run pauses.
        true => refused(bench, "401", "401", "auth", 3),
        // Without a number or a word for it, it is an error as any other.
        false => refused(bench, "401", "401", "provider", 0),
    }
}

pub(crate) fn status429(bench: &Bench) {
    // It would be parked for longer than this workflow allows: no retry is burnt.
    refused(bench, "429", "429", "rate-limit", 1);
}

pub(crate) fn status500(bench: &Bench) {
    refused(bench, "500", "500", "provider", 0);
}

pub(crate) fn cut(bench: &Bench) {
    refused(bench, "cut stream", "cut", bench.real.cut, 0);
}

pub(crate) fn hang(bench: &Bench) {
    bench.lead(&Script { first: "hang", later: "ok", ..Script::default() });
    let idle = bench.real.patience();
    flow(bench, true, &format!("idle: {idle}s\n    retry: {{ max: 1, on: [timeout], backoff: 0s }}"));
    let ended = run(bench).exits(0);
    let told = bench.told();
    assert_eq!(told.attempt(1).class.as_deref(), Some("idle"), "{told:#?}");
    over(bench, "hang", 1, &ended);
}

pub(crate) fn slow(bench: &Bench) {
    bench.lead(&Script::always("slow,pause=250"));
    flow(bench, true, "idle: 120s");
    let ended = run(bench).exits(0);
    assert_eq!(bench.told().attempts.len(), 1);
    over(bench, "slow", 1, &ended);
}

pub(crate) fn cancel(bench: &Bench) {
    bench.lead(&Script::always("longtool"));
    flow(bench, true, "");
    let running = bench.start(&["run", "cell.yaml"]);
    bench.wait_for(&bench.repo().join("tool-started"));
    let asked = bench.mission(&["cancel", &bench.id()]);
    assert!(String::from_utf8_lossy(&asked.stdout).contains("taken by the executor"), "{asked:?}");
    let ended = running.wait();
    assert_eq!(bench.told().status.as_deref(), Some("cancelled"), "{}", ended.heard);
    over(bench, "cancel inside a tool", 0, &ended);
}

pub(crate) fn parallel(bench: &Bench) {
    bench.lead(&Script::always("ok"));
    let text = format!(
        "mission: 1\nname: cell\nlimits: {{ concurrency: 4 }}\nagents:\n  worker: {{ runner: {}, access: write }}\n\
         nodes:\n  each:\n    map: {{ over: \"[1, 2, 3, 4]\", as: n, key: n, mode: parallel, join: all_ok }}\n    agent: worker\n\
         \x20   prompt: {{ file: prompt.md }}\n    timeout: 300s\n    retry: {{ max: 1, on: [crash], backoff: 0s }}\n\
         \x20   worktree: {{ base: main, path: \".worktrees/{{{{ run.id }}}}-{{{{ n }}}}\", branch: \"part/{{{{ run.id }}}}/{{{{ n }}}}\" }}\n",
        bench.real.name
    );
    flow(bench, false, "");
    bench.write("repo/cell.yaml", &text);
    bench.git(&["commit", "-q", "-a", "-m", "four"]);
    let ended = run(bench).exits(0);
    let told = bench.told();
    let done = told.attempts.iter().filter(|one| one.class.is_none()).count();
    assert_eq!(done, 4, "{told:#?}");
    bench.tried_again_at_most(1);
    over(bench, "4 in parallel", 4, &ended);
}

/// Two attempts in one session: what each used is known and right, in money as well where the agent tells that.
pub(crate) fn usage(bench: &Bench) {
    bench.lead(&bad(bench));
    flow(bench, true, "");
    let ended = run(bench).exits(0);
    let told = bench.told();
    for attempt in &told.attempts {
        let is_told = attempt.tokens.is_some_and(|(input, output)| input > 0 && output > 0);
        // What is not told is unknown, never 0.
        assert!(if bench.real.tells_tokens { is_told } else { attempt.tokens.is_none() }, "{told:#?}");
        assert_eq!(attempt.usd.is_some_and(|usd| usd > 0.0), bench.real.tells_cost, "{told:#?}");
    }
    over(bench, "usage", told.attempts.len(), &ended);
}

pub(crate) fn long_prompt(bench: &Bench) {
    bench.lead(&Script::always("ok"));
    flow(bench, true, "");
    let line = "This line stands here so that the prompt is long, and says nothing else at all.\n";
    let long = line.repeat(300 * 1024 / line.len() + 1);
    bench.write("repo/prompt.md", &format!("{PROMPT}\n{long}"));
    bench.git(&["commit", "-q", "-a", "-m", "long"]);
    let ended = run(bench).exits(0);
    let longest = bench.server.ledger().of("cell-work.1").longest;
    assert!(longest >= 300 * 1024, "{longest} bytes of the prompt arrived\n{}", bench.heard());
    over(bench, "prompt of 300 KB", 1, &ended);
}

pub(crate) fn unknown_event(bench: &Bench) {
    let line = r#"{"type":"something.new","of":{"a":[1,null]},"session":7}"#;
    bench.lead(&Script { before: line, after: line, ..Script::always("ok") });
    flow(bench, true, "");
    let ended = run(bench).exits(0);
    assert_eq!(bench.told().attempt(1).output, Some(json!({ "answer": "done" })));
    over(bench, "unknown event", 1, &ended);
}

pub(crate) fn banner(bench: &Bench) {
    let line = "  * Welcome! *  {this is no JSON";
    bench.lead(&Script { before: line, after: "Goodbye. {", ..Script::always("ok") });
    flow(bench, true, "");
    let ended = run(bench).exits(0);
    assert_eq!(bench.told().attempt(1).output, Some(json!({ "answer": "done" })));
    over(bench, "banner before JSON", 1, &ended);
}
