//! Coding agents as processes: scripts that speak as the real ones do.

use std::fs;

use mission_compiler::workflow::{Agent, From};
use mission_executor::decide::port::{Ended, Exit, Input, Reask, Task, Work};
use mission_executor::event::FailureClass;
use serde_json::json;

use crate::bench::{Bench, agent as command_agent, limits, read_json};

/// Stands for `codex`: notes how it was called, then does what the file `play` says.
const SCRIPT: &str = "#!/bin/sh\n\
    if [ \"$1\" = --version ]; then echo 'codex-cli 0.169.0'; exit; fi\n\
    for word; do printf '%s\\n' \"$word\"; done > called\ncat > asked\nenv > seen\n. ./play\n";

const THREAD: &str = r#"{"type":"thread.started","thread_id":"T1"}"#;

fn says(text: &str) -> String {
    let item = json!({ "type": "item.completed", "item": { "type": "agent_message", "text": text } });
    item.to_string()
}

fn used(input: u64, output: u64) -> String {
    json!({ "type": "turn.completed", "usage": { "input_tokens": input, "output_tokens": output } }).to_string()
}

/// A run in which `codex` is the script, and `more` are further agents.
fn bench(more: &str) -> Bench {
    let agents = format!("codex: {{ bin: ./codex.sh }}\n{more}");
    let bench = Bench::knowing(Some(agents), limits(), &[("OPENAI_API_KEY", "sk-hunter22"), ("OTHER_KEY", "no")]);
    bench.script("codex.sh", SCRIPT);
    bench
}

fn play(bench: &Bench, text: &str) {
    fs::write(bench.repo().join("play"), text).expect("play");
}

/// A play that prints these lines and ends with `code`.
fn lines(lines: &[&str], code: i32) -> String {
    format!("cat <<'END'\n{}\nEND\nexit {code}\n", lines.join("\n"))
}

fn work(runner: &str, attempt: u32, reask: Option<Reask>) -> Work {
    let Work { task: Task::Agent { agent, .. }, .. } = command_agent("none", "") else { unreachable!("an agent") };
    let agent = Box::new(Agent { runners: vec![runner.to_owned()], command: Vec::new(), ..*agent });
    let prompt = "Write it.".to_owned();
    let task = Task::Agent { profile: "writer".to_owned(), agent, runner: None, prompt, reask, onward: None };
    Work { attempt, from: From::Default, ..crate::bench::work("w:n", task) }
}

fn failed(ended: &Ended) -> (FailureClass, &str) {
    match &ended.exit {
        Exit::Failed(failure) => (failure.class, failure.message.as_str()),
        other => panic!("{other:?}"),
    }
}

fn file(bench: &Bench, name: &str) -> String {
    fs::read_to_string(bench.repo().join(name)).expect(name)
}

#[test]
fn what_an_agent_said_and_used_is_known_when_it_ends() {
    let mut bench = bench("");
    let schema = json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" }, "b": { "type": "string" } } });
    play(
        &bench,
        &lines(
            &["a banner", THREAD, &says("first"), &says(r#"{"a":"key sk-hunter22","b":null}"#), &used(2468, 112)],
            0,
        ),
    );
    let ended = bench.run(Work { schema: Some(schema), ..work("codex", 1, None) });
    assert_eq!(ended.exit, Exit::Code(0), "{}", ended.log_tail);
    assert_eq!(ended.reply.structured, Some(json!({ "a": "key ***" })), "nulls of the strict form are absent");
    assert_eq!((ended.usage.input_tokens, ended.usage.output_tokens, ended.usage.usd), (Some(2468), Some(112), None));
    assert!(file(&bench, "called").ends_with("given-schema.json\n-\n"), "{}", file(&bench, "called"));
    assert!(file(&bench, "asked").starts_with("Write it."));
    let seen = file(&bench, "seen");
    assert!(seen.contains("OPENAI_API_KEY=sk-hunter22") && !seen.contains("OTHER_KEY"), "{seen}");
    assert!(seen.contains("MISSION_SCHEMA=") && !seen.contains("MISSION_OUTPUT="), "{seen}");
    let log = String::from_utf8(bench.log()).expect("text");
    assert!(log.contains("a banner") && !log.contains("hunter22"), "{log}");
    let session = read_json(&bench.run_folder().join("attempts/w/n/1/session.json"));
    assert_eq!(
        (&session["agent"], &session["id"], &session["totals"]["input"]),
        (&json!("codex"), &json!("T1"), &json!(2468))
    );
    bench.assert_clean();
}

#[test]
fn asked_again_it_goes_on_with_its_session_and_counts_only_what_is_new() {
    let mut bench = bench("");
    play(&bench, &lines(&[THREAD, &says("prose"), &used(2468, 112)], 0));
    assert_eq!(bench.run(work("codex", 1, None)).reply.text, "prose");
    play(&bench, &lines(&[THREAD, &says("{}"), &used(4000, 200)], 0));
    let reask = Reask { attempt: 1, previous: "prose".to_owned(), errors: vec!["no JSON in the reply".to_owned()] };
    let ended = bench.run(work("codex", 2, Some(reask)));
    assert_eq!((ended.usage.input_tokens, ended.usage.output_tokens), (Some(1532), Some(88)));
    assert!(file(&bench, "called").ends_with("resume\nT1\n-\n"), "{}", file(&bench, "called"));
    assert!(file(&bench, "asked").contains("- no JSON in the reply\n"));
    // An attempt that was cut off told no figures: what the session used since is unknown, never 0.
    play(&bench, &lines(&[THREAD], 1));
    let reask = |attempt| Some(Reask { attempt, previous: String::new(), errors: vec!["x".to_owned()] });
    assert_eq!(bench.run(work("codex", 3, reask(2))).usage.input_tokens, None);
    play(&bench, &lines(&[THREAD, &says("{}"), &used(9000, 900)], 0));
    assert_eq!(bench.run(work("codex", 4, reask(3))).usage.input_tokens, None);
}

#[test]
fn failures_have_their_class_whatever_the_exit_code() {
    let mut bench = bench("");
    let gone = r#"{"type":"turn.failed","error":{"message":"unexpected status 401 Unauthorized: bad key"}}"#;
    for (text, class, part) in [
        (lines(&[THREAD, gone], 0), FailureClass::Auth, "`codex` failed: unexpected status 401"),
        (lines(&[THREAD, gone], 1), FailureClass::Auth, "`codex` failed with exit code 1"),
        (lines(&[THREAD, &says("half")], 0), FailureClass::Exit, "ended without saying that it is done"),
        (lines(&["not an event"], 0), FailureClass::Exit, "not an event"),
        (String::new(), FailureClass::Exit, "ended without saying that it is done"),
        ("echo 'Missing environment variable: `X`' >&2; exit 1".to_owned(), FailureClass::Auth, "Missing environment"),
        (format!("{}\nkill -9 $$", lines(&[THREAD], 0).replace("exit 0\n", "")), FailureClass::Signal, "signal 9"),
    ] {
        play(&bench, &text);
        let ended = bench.run(work("codex", 1, None));
        let (found, message) = failed(&ended);
        assert!(found == class && message.contains(part), "{text}: {found:?} {message}");
        let Exit::Failed(failure) = &ended.exit else { unreachable!("it failed") };
        assert!(!failure.log_tail.as_deref().unwrap_or_default().contains("thread.started"), "events stay in the log");
    }
    let ended = bench.run(work("gemini", 1, None));
    assert!(matches!(&ended.exit, Exit::NotStarted(why) if why.contains("no program `gemini`")), "{:?}", ended.exit);
    bench.assert_clean();
}

#[test]
fn what_goes_round_in_circles_or_never_begins_is_ended() {
    let slow = "slow: { like: codex, bin: ./codex.sh, start_timeout: 300ms }\n\
                short: { like: codex, bin: ./codex.sh, caps: { events: 100 } }\n\
                loud: { like: codex, bin: ./codex.sh, caps: { output: 100000 } }\n\
                plain: { bin: ./codex.sh, caps: { output: 100000 } }\n";
    let mut bench = bench(slow);
    play(&bench, "echo a banner is no event\ntrap '' TERM\n./hide 1000 &\nwait\n");
    let ended = bench.run(work("slow", 1, None));
    assert_eq!(failed(&ended), (FailureClass::StartFailed, "`slow` said nothing within 0.3 s of its start"));
    play(&bench, &format!("while :; do echo '{}'; done", says("again")));
    let ended = bench.run(work("short", 1, None));
    let (class, message) = failed(&ended);
    assert!(class == FailureClass::Budget && message.contains("more than 100 events"), "{message}");
    for runner in ["loud", "plain"] {
        play(&bench, "while :; do echo this is no event and has no end; echo nor is this >&2; done");
        let ended = bench.run(work(runner, 1, None));
        let (class, message) = failed(&ended);
        assert!(class == FailureClass::Budget && message.contains("more than 100000 bytes of output"), "{message}");
    }
    bench.assert_clean();
}

#[test]
fn trying_again_is_no_progress_and_a_tool_under_way_is() {
    let mut bench = bench("");
    let again = r#"{"type":"error","message":"Reconnecting... 1/5"}"#;
    play(&bench, &lines(&[again, again, "a banner"], 1));
    bench.start(work("codex", 1, None));
    assert!(matches!(bench.next(), Input::Ended(_)), "no sign of progress");
    let tool = r#"{"type":"item.started","item":{"id":"i","type":"command_execution","command":"make"}}"#;
    // A tool that is silent is no progress: it is told once that it is under way.
    play(&bench, &format!("echo '{tool}'\nread nothing < ./pipe\n"));
    std::process::Command::new("mkfifo").arg(bench.repo().join("pipe")).status().expect("mkfifo");
    let leash = bench.start(work("codex", 1, None));
    bench.alive();
    assert!(matches!(bench.next(), Input::Busy { attempt: 1, .. }), "a tool is under way");
    leash.end(true);
    bench.ended();
    // One that works is.
    play(&bench, &format!("echo '{tool}'\nwhile :; do :; done\n"));
    let leash = bench.start(work("codex", 1, None));
    for _ in 0..3 {
        bench.alive();
        assert!(matches!(bench.next(), Input::Busy { .. }), "a tool is under way");
    }
    leash.end(true);
    bench.ended();
    bench.assert_clean();
}

#[test]
fn a_text_agent_says_what_it_prints() {
    let mut bench = bench("plain: { bin: ./plain.sh, start_timeout: 20ms }\n");
    // It is silent for longer than others may be before their first event.
    bench.script("plain.sh", "#!/bin/sh\nsleep 0.2\ncat\necho '```json'\necho '{\"a\": 1}'\necho '```'\n");
    let ended = bench.run(work("plain", 1, None));
    assert_eq!(ended.exit, Exit::Code(0));
    assert_eq!(ended.reply.text, "Write it.```json\n{\"a\": 1}\n```\n");
    assert_eq!((ended.usage.input_tokens, ended.usage.usd), (None, None));
}
