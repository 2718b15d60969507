//! Every dialect on transcripts, against the table of what they must be understood as. No agent is needed for this.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Deserialize;
use serde_json::Value;

use super::{Listener, Sign, Totals};
use crate::agent::acp::{Client, Talk};
use crate::agent::catalogue::{Caps, Catalogue, Driver};
use crate::agent::stream::Splitter;
use crate::decide::port::{Exit, Ran};
use crate::event::{FailureClass, Usage};

/// One line of the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    agent: String,
    file: String,
    exit: Option<i32>,
    signal: Option<i32>,
    #[serde(default)]
    stderr: String,
    before: Option<Before>,
    /// The session that is gone on with in a conversation.
    resumes: Option<String>,
    outcome: String,
    text: Option<String>,
    structured: Option<Value>,
    session: Option<String>,
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    cache_write: Option<u64>,
    model: Option<String>,
    usd: Option<f64>,
    shown: Option<Vec<String>>,
    /// Commands that it ran, and how they ended: `ok`, `failed` or `unknown`, with the exit code where it is told.
    ran: Option<Vec<String>>,
    says: Option<String>,
    overrun: Option<String>,
    /// What it used is unknown, whatever it tells.
    #[serde(default)]
    unknown: bool,
    /// A tool is under way at the end.
    busy: Option<bool>,
    /// Lines that are no progress.
    sleepy: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Before {
    input: Option<u64>,
    output: Option<u64>,
    cached: Option<u64>,
    cache_write: Option<u64>,
    usd: Option<f64>,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/transcripts")
}

fn cases() -> Vec<Case> {
    let text = std::fs::read_to_string(folder().join("cases.yaml")).expect("the table");
    serde_yaml::from_str(&text).expect("the table is sound")
}

fn listener(agent: &str) -> Listener {
    Listener::new(Arc::clone(Catalogue::shipped().get(agent).expect("shipped")))
}

fn listen(case: &Case, chunk: usize) -> (Listener, Vec<Sign>) {
    let mut listener = listener(&case.agent);
    let text = std::fs::read(folder().join(&case.agent).join(&case.file).with_extension("jsonl")).expect(&case.file);
    let (mut splitter, mut signs) = (Splitter::default(), Vec::new());
    let talk = Talk { resume: case.resumes.clone(), write: true, ..Talk::default() };
    let mut client = (listener.cli.driver == Driver::Acp).then(|| Client::new(&case.agent, talk, "/repo"));
    let mut hear = |line: &[u8]| match &mut client {
        Some(client) => client.line(&mut listener, line),
        None => listener.line(line),
    };
    text.chunks(chunk).for_each(|bytes| splitter.push(bytes, |line| signs.push(hear(line))));
    splitter.finish(|line| signs.push(hear(line)));
    if !case.stderr.is_empty() {
        listener.chat(&case.stderr);
    }
    (listener, signs)
}

#[test]
fn transcripts_are_understood() {
    for case in cases() {
        let name = format!("{} {} {:?}", case.agent, case.file, case.exit.or(case.signal));
        for chunk in [7, 64 * 1024] {
            let (listener, signs) = listen(&case, chunk);
            hold(&name, &case, listener, &signs);
        }
    }
}

fn hold(name: &str, case: &Case, mut listener: Listener, signs: &[Sign]) {
    let exit = case.exit.map_or_else(|| Exit::Signal(case.signal.expect("an ending")), Exit::Code);
    let verdict = listener.verdict(&exit);
    let outcome = match &verdict {
        Ok(()) => "done".to_owned(),
        Err(failure) => serde_json::to_value(failure.class).expect("a word").as_str().expect("a word").to_owned(),
    };
    assert_eq!(outcome, case.outcome, "{name}: {verdict:?}");
    let message = verdict.err().map(|failure| failure.message).unwrap_or_default();
    assert!(message.contains(case.says.as_deref().unwrap_or_default()), "{name}: {message}");
    let busy = case.busy.unwrap_or(false);
    assert!(listener.is_busy() == busy || case.busy.is_none() && case.outcome != "done", "{name}: tools under way");
    assert!(listener.has_begun(), "{name}");
    let sleepy = signs.iter().filter(|sign| !sign.alive).count();
    assert!(case.sleepy.is_none_or(|wanted| wanted == sleepy), "{name}: {sleepy} lines are no progress");
    let overrun = listener.overrun().map(|failure| failure.message).unwrap_or_default();
    assert_eq!(overrun.is_empty(), case.overrun.is_none(), "{name}: {overrun}");
    assert!(overrun.contains(case.overrun.as_deref().unwrap_or_default()), "{name}: {overrun}");
    if let Some(shown) = &case.shown {
        let told: Vec<String> = signs.iter().filter_map(|sign| sign.shown.clone()).collect();
        let first: Vec<&String> = told.iter().take(shown.len()).collect();
        assert_eq!(first, shown.iter().collect::<Vec<_>>(), "{name}");
    }
    if let Some(wanted) = &case.ran {
        let ran: Option<Vec<String>> = listener.commands().map(|all| all.iter().map(told_of).collect());
        assert_eq!(ran.as_ref(), Some(wanted), "{name}");
    }
    if case.outcome == "done" || case.input.is_some() || case.unknown {
        let known = |b: &Before| Totals {
            input: b.input,
            output: b.output,
            cached: b.cached,
            cache_write: b.cache_write,
            usd: b.usd,
        };
        let told = listener.usage(case.before.as_ref().map_or(Totals::NOTHING, known));
        let unknown = Usage { model: told.model.clone(), ..Usage::default() };
        let usage = if listener.broke_off(&exit) { unknown } else { told };
        let wanted = Usage {
            input_tokens: case.input,
            output_tokens: case.output,
            cached_tokens: case.cached,
            cache_write_tokens: case.cache_write,
            model: case.model.clone(),
            ..Usage::default()
        };
        assert_eq!(Usage { usd: None, ..usage.clone() }, wanted, "{name}");
        assert_eq!(usage.usd.is_some(), case.usd.is_some(), "{name}: {usage:?}");
        assert!((usage.usd.unwrap_or(0.0) - case.usd.unwrap_or(0.0)).abs() < 1e-9, "{name}: {usage:?}");
    }
    if case.outcome == "done" {
        assert_eq!(listener.session(), case.session.as_deref(), "{name}");
        let (text, cut, structured) = listener.reply();
        assert_eq!(Some(text), case.text, "{name}");
        assert_eq!((cut, structured), (false, case.structured.clone()), "{name}");
    }
}

fn told_of(ran: &Ran) -> String {
    let how = match ran.failed {
        Some(true) => "failed",
        Some(false) => "ok",
        None => "unknown",
    };
    let code = ran.code.map_or_else(String::new, |code| format!(" {code}"));
    format!("{}: {how}{code}", ran.command)
}

/// How each agent tells that a command failed.
#[test]
fn commands_that_failed_are_told_from_those_that_went_well() {
    let claude = [
        r#"{"type":"assistant","message":{"content":[{"type":"tool_use","id":"a","name":"Bash","input":{"command":"make"}}]}}"#,
        r#"{"type":"user","message":{"content":[{"type":"tool_result","tool_use_id":"a","is_error":BAD}]}}"#,
    ];
    let codex = [
        r#"{"type":"item.started","item":{"id":"a","type":"command_execution","command":"make","exit_code":null}}"#,
        r#"{"type":"item.completed","item":{"id":"a","type":"command_execution","command":"make","exit_code":CODE}}"#,
    ];
    let goose = [
        r#"{"type":"message","message":{"role":"assistant","content":[{"type":"toolRequest","id":"a","toolCall":{"value":{"name":"shell","arguments":{"command":"make"}}}}]}}"#,
        r#"{"type":"message","message":{"role":"user","content":[{"type":"toolResponse","id":"a","toolResult":{"value":{"isError":BAD}}}]}}"#,
    ];
    let pi = [
        r#"{"type":"tool_execution_start","toolCallId":"a","toolName":"bash","args":{"command":"make"}}"#,
        r#"{"type":"tool_execution_end","toolCallId":"a","toolName":"bash","isError":BAD}"#,
    ];
    let opencode = [
        r#"{"type":"tool_use","part":{"type":"tool","tool":"bash","state":{"input":{"command":"make"},"metadata":{"exit":CODE}}}}"#,
        "{}",
    ];
    let rows = [
        ("claude", claude, ["make: ok", "make: failed"]),
        ("qwen", claude, ["make: ok", "make: failed"]),
        ("codex", codex, ["make: ok 0", "make: failed 3"]),
        ("goose", goose, ["make: ok", "make: failed"]),
        ("pi", pi, ["make: ok", "make: failed"]),
        ("opencode", opencode, ["make: ok 0", "make: failed 3"]),
    ];
    for (agent, lines, expected) in rows {
        for (bad, expected) in [false, true].into_iter().zip(expected) {
            let mut listener = listener(agent);
            for line in lines {
                let code = if bad { "3" } else { "0" };
                listener.line(line.replace("BAD", &bad.to_string()).replace("CODE", code).as_bytes());
            }
            let ran: Vec<String> = listener.commands().unwrap_or_default().iter().map(told_of).collect();
            assert_eq!(ran, [expected], "{agent}");
        }
    }
}

#[test]
fn every_transcript_and_every_dialect_is_in_the_table() {
    let cases = cases();
    let told: BTreeSet<(String, String)> = cases.iter().map(|c| (c.agent.clone(), c.file.clone())).collect();
    for cli in Catalogue::shipped().all().filter(|cli| cli.driver != Driver::Text) {
        assert!(cases.iter().any(|c| c.agent == cli.name && c.outcome == "done"), "{}: no success", cli.name);
        assert!(cases.iter().any(|c| c.agent == cli.name && c.outcome != "done"), "{}: no failure", cli.name);
        let tells = cli.events.iter().any(|rule| rule.command.is_some());
        let ran = |c: &Case| c.agent == cli.name && c.ran.as_ref().is_some_and(|ran| !ran.is_empty());
        assert!(!tells || cases.iter().any(ran), "{}: no command", cli.name);
        for file in std::fs::read_dir(folder().join(&cli.name)).expect("a folder").flatten() {
            let name = file.path().file_stem().expect("a name").to_string_lossy().into_owned();
            assert!(told.contains(&(cli.name.clone(), name.clone())), "{}/{name} is in no case", cli.name);
        }
    }
}

#[test]
fn caps_cut_what_goes_on_for_ever() {
    let mut cli = Catalogue::shipped().get("gemini").expect("shipped").as_ref().clone();
    cli.caps = Caps { events: 10, turns: 3, ..Caps::default() };
    let mut chatty = Listener::new(Arc::new(cli.clone()));
    for _ in 0..10 {
        chatty.line(br#"{"type":"message","role":"assistant","content":"x"}"#);
    }
    assert_eq!(chatty.overrun(), None);
    chatty.line(br#"{"type":"error","message":"fake 500"}"#);
    let failure = chatty.overrun().expect("too many");
    assert!(failure.message.contains("more than 10 events; it last said: fake 500"), "{}", failure.message);
    let mut busy = Listener::new(Arc::new(cli));
    for _ in 0..4 {
        busy.line(br#"{"type":"tool_use","tool_name":"x","tool_id":"1"}"#);
    }
    assert!(busy.overrun().expect("too many").message.contains("more than 3 turns"));
}

#[test]
fn who_tries_again_for_ever_is_ended_for_what_went_wrong() {
    let line = |words: &str, small: bool| {
        format!("time=1 level=ERROR run=1 message=\"stream error\" small={small} agent=build error.error=\"{words}\"")
    };
    let mut listener = listener("opencode");
    (0..9).for_each(|_| listener.chat(&line("AI_APICallError: x", true)));
    (0..3).for_each(|_| listener.chat(&line("AI_APICallError: scripted 500", false)));
    assert_eq!(listener.overrun(), None, "three tries, and what is asked aside");
    listener.line(br#"{"type":"tool_use","part":{"tool":"bash"}}"#);
    (0..3).for_each(|_| listener.chat(&line("AI_APICallError: scripted 500", false)));
    assert_eq!(listener.overrun(), None, "it got on between them");
    listener.chat(&line("AI_APICallError: Too Many Requests", false));
    let failure = listener.overrun().expect("too many");
    assert_eq!(failure.class, crate::event::FailureClass::RateLimit);
    assert!(
        failure.message.contains("after 4 tries that failed; it last said: AI_APICallError"),
        "{}",
        failure.message
    );
}

#[test]
fn hostile_lines_are_no_events() {
    let mut listener = listener("claude");
    let deep = format!("{{\"type\":{}", "[".repeat(100_000));
    for line in [&b"{"[..], b"\xff\xfe{}", b"{\"type\":", b"[]", b"null", deep.as_bytes()] {
        assert!(!listener.line(line).alive);
    }
    assert!(!listener.has_begun());
    assert!(listener.chatter.len() <= 200_000);
}

#[test]
fn a_text_agent_is_believed_by_its_exit_code_and_the_lines_that_are_described() {
    let plain = Catalogue::shipped().with("plain: { bin: plain }").expect("sound");
    let mut plain = Listener::new(Arc::clone(plain.get("plain").expect("described")));
    let said = plain.line(b"litellm.AuthenticationError: bad key");
    assert_eq!(said, Sign { alive: true, shown: Some("litellm.AuthenticationError: bad key".to_owned()) });
    assert_eq!(plain.verdict(&Exit::Code(0)), Ok(()));
    assert_eq!(plain.verdict(&Exit::Code(1)).expect_err("failed").class, FailureClass::Auth);
    assert_eq!(plain.usage(Totals::NOTHING), Usage::default());
    let (error, done) = ("litellm.AuthenticationError: OpenAIException - bad key", "Tokens: 1.2k sent, 56 received.");
    for (lines, wanted) in [
        (&["Applied edit to a.txt", done][..], None),
        (&[error, "Retrying in 0.2 seconds...", done], None),
        (&["Aider v0.86.2", error], Some(FailureClass::Auth)),
        (&[done, error], Some(FailureClass::Auth)),
        (&["Aider v0.86.2"], Some(FailureClass::Exit)),
    ] {
        let mut aider = listener("aider");
        lines.iter().for_each(|line| drop(aider.line(line.as_bytes())));
        assert_eq!(aider.verdict(&Exit::Code(0)).err().map(|failure| failure.class), wanted, "{lines:?}");
    }
}
