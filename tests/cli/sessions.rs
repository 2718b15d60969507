//! Sessions of coding agents that outlive the executor: gone on with after `kill -9`, taken over by people.

use std::path::Path;
use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::Place;

/// The agent: it notes how it is called, says hello in its session, then does what the file `play` says. Several of them wait for
/// each other in no way.
const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo 'robot 1.0'; exit; }
how=new
while [ $# -gt 0 ]; do
    case "$1" in
    --resume) how=resume; session=$2; shift ;;
    --chat) how=chat ;;
    esac
    shift
done
[ $how = chat ] || cat > asked
[ $how = new ] && { n=$(ls | grep -c '^session-'); session=S$((n + 1)); }
echo "$how $session" >> calls
if [ $how = resume ] && [ ! -e "session-$session" ]; then echo "no session $session" >&2; exit 1; fi
: > "session-$session"
[ $how = chat ] || echo "{\"type\":\"hello\",\"session\":\"$session\"}"
. ./play
"#;

const AGENTS: &str = r"
robot:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  args: [--json]
  options: { resume: [--resume, '{session}'] }
  events:
    - { match: { /type: hello }, session: /session }
    - { match: { /type: answer }, text: /text }
    - { match: { /type: end }, done: true, usage: { input: [/in], output: [/out] } }
";

const FLOW: &str = "\
mission: 1
name: w
agents:
  writer: { runner: robot, access: write }
nodes:
  a:
    agent: writer
    prompt: write a story
    output: { schema: { type: object, required: [title], properties: { title: { type: string } } } }
";

/// Answers and ends.
const ANSWER: &str = r#"echo '{"type":"answer","text":"{\"title\":\"T\"}"}'; echo '{"type":"end","in":7,"out":2}'"#;

/// A place with the agent, which does `play` at first.
fn place(play: &str) -> Place {
    let place = Place::new();
    place.write("w.yaml", FLOW).write(".mission/agents.yaml", AGENTS).write("robot.sh", ROBOT).write("play", play);
    assert!(place.command("chmod").args(["+x", "robot.sh"]).status().unwrap().success());
    place
}

/// A run whose executor was killed while its agent was at work, as soon as `under_way`.
fn killed(place: &Place, under_way: impl Fn(&Path) -> bool) {
    let mut executor = spawn(place);
    until(|| under_way(&place.path()));
    executor.kill().unwrap();
    executor.wait().unwrap();
}

fn spawn(place: &Place) -> Child {
    let mut command = place.prepare(&["run", "w.yaml", "--json"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

#[track_caller]
fn until(mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(60), "still waiting");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Has the first attempt of `w:a` a session that has begun?
fn has_begun(place: &Path) -> bool {
    let runs = std::fs::read_dir(place.join(".mission/runs")).into_iter().flatten().flatten();
    let session = |run: &Path| std::fs::read(run.join("attempts/w/a/1/session.json")).unwrap_or_default();
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    runs.map(|run| read(session(&run.path()))).any(|session| session["begun"] == json!(true))
}

fn events(place: &Place) -> Vec<Value> {
    let text = place.mission(&["events", "--json"]).exits(0).out;
    text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["event"].take()).collect()
}

/// Attempt and cause of every start of `w:a`.
fn starts(events: &[Value]) -> Vec<(u64, String)> {
    let starts = events.iter().filter(|e| e["type"] == "node-started" && e["node"] == "w:a");
    starts.map(|e| (e["attempt"].as_u64().unwrap(), e["cause"].as_str().unwrap().to_owned())).collect()
}

fn causes(list: &[(u64, &str)]) -> Vec<(u64, String)> {
    list.iter().map(|(attempt, cause)| (*attempt, (*cause).to_owned())).collect()
}

#[test]
fn after_kill_9_the_agent_goes_on_with_its_session() {
    let place = place("sleep 1000");
    killed(&place, has_begun);
    place.write("play", ANSWER);
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\n");
    let asked = place.read("asked");
    assert!(asked.starts_with("You were interrupted before you were done.") && asked.contains("\"title\""), "{asked}");
    assert!(!asked.contains("write a story"), "the session knows its task: {asked}");
    let events = events(&place);
    assert_eq!(starts(&events), causes(&[(1, "first"), (2, "lost")]));
    let end = events.iter().find(|e| e["type"] == "node-finished").unwrap();
    assert_eq!((&end["status"], &end["usage"]["continued"]), (&json!("done"), &json!(true)));
    assert_eq!((&end["usage"]["inputTokens"], &end["usage"]["outputTokens"]), (&json!(7), &json!(2)));
}

#[test]
fn a_session_that_is_gone_is_followed_by_one_new_attempt() {
    let place = place("sleep 1000");
    killed(&place, has_begun);
    std::fs::remove_file(place.path().join("session-S1")).unwrap();
    place.write("session-other", "").write("play", ANSWER);
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\nnew S2\n");
    assert!(place.read("asked").starts_with("write a story"));
    let events = events(&place);
    assert_eq!(starts(&events), causes(&[(1, "first"), (2, "lost"), (3, "lost")]));
    let lost: Vec<&str> =
        events.iter().filter(|e| e["type"] == "node-lost").map(|e| e["reason"].as_str().unwrap()).collect();
    let why = "`robot` cannot go on with the session of the attempt before: no session S1";
    assert_eq!(lost, ["its executor is gone", why]);
    assert!(events.iter().all(|e| e["usage"].get("continued").is_none()));
}

#[test]
fn a_session_that_never_began_is_not_gone_on_with() {
    let place = place("");
    // It is killed before it says anything.
    let silent = ROBOT.replace("[ $how = chat ] || echo \"{", "sleep 1000; echo \"{");
    place.write("robot.sh", silent);
    killed(&place, |root| root.join("calls").exists());
    place.write("robot.sh", ROBOT).write("play", ANSWER);
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nnew S2\n");
    assert_eq!(starts(&events(&place)), causes(&[(1, "first"), (2, "lost")]));
}
