//! Coding agents with which one talks, as processes: a script that speaks as the real ones do.

use std::fs;
use std::time::Duration;

use mission_compiler::workflow::{Agent, From};
use mission_executor::decide::port::{Ended, Exit, Input, Reask, Task, Work};
use mission_executor::event::FailureClass;
use mission_executor::process::Limits;
use serde_json::{Value, json};

use crate::bench::{Bench, agent as command_agent, limits, read_json};

/// Notes what it hears, answers what every agent answers, and does for the rest what the files `play`, `stop` and `bye` say.
const SCRIPT: &str = r#"#!/bin/sh
: > heard
[ ! -f first ] || . ./first
while IFS= read -r line; do
    printf '%s\n' "$line" >> heard
    case "$line" in
    *'"method":"initialize"'*) echo '{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}' ;;
    *'"method":"session/new"'*) echo '{"jsonrpc":"2.0","id":2,"result":{"sessionId":"S"}}' ;;
    *'"method":"session/load"'*) . ./load ;;
    *'"method":"session/prompt"'*) . ./play ;;
    *'"method":"session/cancel"'*) . ./stop ;;
    esac
done
: > farewell
. ./bye
"#;

const DONE: &str = r#"echo '{"jsonrpc":"2.0","id":3,"result":{"stopReason":"end_turn"}}'"#;
const CANCELLED: &str = r#"echo '{"jsonrpc":"2.0","id":3,"result":{"stopReason":"cancelled"}}'"#;

fn says(text: &str) -> String {
    update(&json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": text } }))
}

fn update(update: &Value) -> String {
    let message =
        json!({ "jsonrpc": "2.0", "method": "session/update", "params": { "sessionId": "S", "update": update } });
    format!("printf '%s\\n' '{message}'\n")
}

/// A run in which `robot` is the script; an agent gets `farewell` to stop by itself.
fn bench(farewell: Duration, more: &str) -> Bench {
    let agents = format!("robot: {{ driver: acp, bin: ./robot.sh{more} }}\n");
    let bench = Bench::knowing(Some(agents), Limits { farewell, ..limits() }, &[]);
    bench.script("robot.sh", SCRIPT);
    ["play", "stop", "bye", "load"].iter().for_each(|name| put(&bench, name, ""));
    bench
}

/// Nobody waits as long as that.
const LONG: Duration = Duration::from_secs(50);
const SHORT: Duration = Duration::from_millis(100);

fn put(bench: &Bench, name: &str, text: &str) {
    fs::write(bench.repo().join(name), text).expect(name);
}

fn has(bench: &Bench, name: &str) -> bool {
    bench.repo().join(name).exists()
}

fn heard(bench: &Bench) -> Vec<Value> {
    let text = fs::read_to_string(bench.repo().join("heard")).expect("heard");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

fn work(attempt: u32, prompt: &str, reask: Option<Reask>) -> Work {
    let Work { task: Task::Agent { agent, .. }, .. } = command_agent("none", "") else { unreachable!("an agent") };
    let agent = Box::new(Agent { runners: vec!["robot".to_owned()], command: Vec::new(), ..*agent });
    let task = Task::Agent {
        profile: "writer".to_owned(),
        agent,
        runner: None,
        prompt: prompt.to_owned(),
        reask,
        onward: None,
    };
    Work { attempt, from: From::Default, ..crate::bench::work("w:n", task) }
}

fn failed(ended: &Ended) -> (FailureClass, &str) {
    match &ended.exit {
        Exit::Failed(failure) => (failure.class, failure.message.as_str()),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_conversation_is_held_to_its_end_whatever_the_length_of_the_prompt() {
    let mut bench = bench(LONG, "");
    let ask = json!({ "jsonrpc": "2.0", "id": "p", "method": "session/request_permission", "params": {
        "sessionId": "S", "toolCall": { "toolCallId": "t", "title": "make" }, "options": [{ "optionId": "yes", "kind": "allow_once" }] } });
    let play = [
        "echo a banner\n".to_owned(),
        says("I will."),
        format!("echo '{ask}'\nIFS= read -r answer; printf '%s\\n' \"$answer\" > answer\n"),
        says("```json\n{\"a\":1}\n```"),
        format!("{DONE}\n"),
    ];
    put(&bench, "play", &play.concat());
    put(&bench, "bye", "exit 7");
    let prompt = "long ".repeat(60_000);
    let ended = bench.run(work(1, &prompt, None));
    assert_eq!(ended.exit, Exit::Code(0), "how it ends says nothing once the turn was over: {}", ended.log_tail);
    assert_eq!(ended.reply.text, "```json\n{\"a\":1}\n```");
    assert_eq!((ended.usage.input_tokens, ended.usage.usd), (None, None));
    let heard = heard(&bench);
    assert_eq!(heard[1]["params"]["cwd"], json!(fs::canonicalize(bench.repo()).expect("repo")));
    assert_eq!(heard[2]["params"]["prompt"][0]["text"], json!(prompt));
    assert_eq!(read_json(&bench.repo().join("answer"))["result"]["outcome"]["optionId"], "yes");
    assert!(has(&bench, "farewell"), "its input was closed");
    assert!(String::from_utf8_lossy(&bench.log()).contains("a banner"));
    let session = read_json(&bench.run_folder().join("attempts/w/n/1/session.json"));
    assert_eq!((&session["agent"], &session["id"]), (&json!("robot"), &json!("S")));
    bench.assert_clean();
}

#[test]
fn asked_again_the_session_goes_on_and_otherwise_everything_is_told_anew() {
    let mut bench = bench(LONG, "");
    put(&bench, "play", &format!("{}{DONE}\n", says("prose")));
    assert_eq!(bench.run(work(1, "Write it.", None)).reply.text, "prose");
    let reask = || Some(Reask { attempt: 1, previous: "prose".to_owned(), errors: vec!["no JSON".to_owned()] });
    put(&bench, "load", &format!("{}echo '{}'\n", says("history"), r#"{"jsonrpc":"2.0","id":2,"result":{}}"#));
    let ended = bench.run(work(2, "Write it.", reask()));
    assert_eq!((ended.reply.text.as_str(), ended.usage.continued), ("prose", true));
    let asked = heard(&bench);
    assert_eq!((&asked[1]["method"], &asked[1]["params"]["sessionId"]), (&json!("session/load"), &json!("S")));
    let text = asked[2]["params"]["prompt"][0]["text"].as_str().expect("a prompt");
    assert!(text.contains("- no JSON") && !text.contains("Write it."), "{text}");
    // A session that is gone: a new one, in the same process.
    put(
        &bench,
        "load",
        &format!("echo '{}'\n", r#"{"jsonrpc":"2.0","id":2,"error":{"code":-32602,"message":"gone"}}"#),
    );
    let script = SCRIPT.replace(r#""id":2,"result":{"sessionId":"S"}"#, r#""id":3,"result":{"sessionId":"S2"}"#);
    bench.script("robot.sh", &script);
    put(
        &bench,
        "play",
        &format!("{}{DONE}\n", says("anew")).replace(r#""id":3"#, r#""id":4"#).replace(r#""S""#, r#""S2""#),
    );
    let ended = bench.run(work(2, "Write it.", reask()));
    assert_eq!((&ended.exit, ended.reply.text.as_str(), ended.usage.continued), (&Exit::Code(0), "anew", false));
    let text = heard(&bench)[3]["params"]["prompt"][0]["text"].as_str().expect("a prompt").to_owned();
    assert!(text.starts_with("Write it.") && text.contains("prose"), "{text}");
    assert_eq!(read_json(&bench.run_folder().join("attempts/w/n/2/session.json"))["id"], "S2");
    bench.assert_clean();
}

#[test]
fn who_stops_when_asked_to_is_not_signalled() {
    let mut bench = bench(LONG, "");
    put(&bench, "play", &format!("trap ': > signalled' TERM\n{}", says("at work")));
    put(&bench, "stop", CANCELLED);
    let leash = bench.start(work(1, "Write it.", None));
    while !heard_prompt(&bench) {
        std::thread::yield_now();
    }
    leash.end(false);
    let ended = bench.ended();
    assert_eq!(failed(&ended).0, FailureClass::Signal);
    assert_eq!(heard(&bench).last().expect("a line")["method"], "session/cancel");
    assert!(has(&bench, "farewell") && !has(&bench, "signalled"));
    bench.assert_clean();
}

fn heard_prompt(bench: &Bench) -> bool {
    fs::read_to_string(bench.repo().join("heard")).is_ok_and(|text| text.contains("session/prompt"))
}

#[test]
fn who_does_not_stop_is_ended_with_everything_that_came_from_it() {
    let mut bench = bench(SHORT, "");
    put(&bench, "play", &format!("trap '' TERM\n./hide 1000 &\n{}", says("at work")));
    put(&bench, "bye", "./hide 1001");
    let leash = bench.start(work(1, "Write it.", None));
    while !heard_prompt(&bench) {
        std::thread::yield_now();
    }
    leash.end(false);
    let ended = bench.ended();
    assert_eq!(failed(&ended).0, FailureClass::Signal);
    bench.assert_clean();
    // Who has done its work and does not go is no failure.
    put(&bench, "play", &format!("trap '' TERM\n{}{DONE}\n", says("done")));
    let ended = bench.run(work(1, "Write it.", None));
    assert_eq!((&ended.exit, ended.reply.text.as_str()), (&Exit::Code(0), "done"));
    bench.assert_clean();
}

#[test]
fn who_breaks_off_has_failed() {
    let mut bench = bench(LONG, "");
    for (play, class, part) in [
        ("exit 3".to_owned(), FailureClass::Exit, "`robot` ended with exit code 3"),
        (format!("{}exit 0", says("half")), FailureClass::Exit, "ended without saying that it is done"),
        ("kill -9 $$".to_owned(), FailureClass::Signal, "signal 9"),
        ("exec <&-\nexit 1".to_owned(), FailureClass::Exit, "exit code 1"),
        (DONE.to_owned(), FailureClass::Provider, "without saying anything"),
        (
            format!("echo '{}'", r#"{"jsonrpc":"2.0","id":3,"error":{"code":429,"message":"slow down"}}"#),
            FailureClass::RateLimit,
            "`robot` failed (HTTP 429): slow down",
        ),
    ] {
        put(&bench, "play", &play);
        let ended = bench.run(work(1, "Write it.", None));
        let (found, message) = failed(&ended);
        assert!(found == class && message.contains(part), "{play}: {found:?} {message}");
    }
    put(&bench, "first", "echo 'no such option' >&2; exit 2");
    let ended = bench.run(work(1, "Write it.", None));
    let (class, message) = failed(&ended);
    assert!(class == FailureClass::Exit && message.contains("no such option"), "{message}");
    bench.assert_clean();
}

#[test]
fn what_never_begins_or_never_ends_is_ended() {
    let mut bench = bench(SHORT, ", start_timeout: 300ms, caps: { events: 50 }");
    put(&bench, "first", "echo '{\"jsonrpc\":\"2.0\",\"method\":\"_news\"}'\nexec sleep 1000");
    let ended = bench.run(work(1, "Write it.", None));
    assert_eq!(failed(&ended), (FailureClass::StartFailed, "`robot` said nothing within 0.3 s of its start"));
    fs::remove_file(bench.repo().join("first")).expect("removed");
    put(&bench, "play", &format!("while :; do {}done", says("again")));
    let ended = bench.run(work(1, "Write it.", None));
    let (class, message) = failed(&ended);
    assert!(class == FailureClass::Budget && message.contains("more than 50 events"), "{message}");
    bench.assert_clean();
}

#[test]
fn a_tool_under_way_is_told() {
    let mut bench = bench(SHORT, "");
    let tool = json!({ "sessionUpdate": "tool_call", "toolCallId": "t", "title": "make", "kind": "execute", "status": "in_progress" });
    put(&bench, "play", &update(&tool));
    let leash = bench.start(work(1, "Write it.", None));
    while !matches!(bench.next(), Input::Busy { .. }) {}
    leash.end(true);
    assert!(matches!(bench.ended().exit, Exit::Failed(_)));
    bench.assert_clean();
}
