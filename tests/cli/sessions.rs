//! Sessions of coding agents that outlive the executor: gone on with after `kill -9`, taken over by people.

use std::path::Path;
use std::process::Stdio;

use serde_json::{Value, json};

use crate::support::{Place, follows, kill, until};
use crate::terminal::Terminal;

/// The agent: it notes how it is called, says hello in its session, then does what the file `play` says. Several of them wait for
/// each other in no way.
const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo 'robot 1.0'; exit; }
how=new
while [ $# -gt 0 ]; do
    case "$1" in
    --resume) session=$2; [ $how = chat ] || how=resume; shift ;;
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
if [ $how = chat ]; then
    echo "robot: what now?"; read -r line; echo "$line, $PWD, ${ROBOT_KEY:-no key}, ${MISSION_RUN_ID:-no run}" > chatted; exit
fi
. ./play
"#;

const AGENTS: &str = r"
robot:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  args: [--json]
  options: { resume: [--resume, '{session}'] }
  attach: [--chat, --resume, '{session}']
  secrets: [ROBOT_KEY]
  events:
    - { match: { /type: hello }, session: /session }
    - { match: { /type: answer }, text: /text }
    - { match: { /type: tool }, tool: /name }
    - { match: { /type: end }, done: true, usage: { input: [/in], output: [/out] } }
    - { match: { /ok: false }, failed: true, error: /error, status: /status, resets: /resets }
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
    place.write("w.yaml", FLOW).write(".mission/agents.yaml", AGENTS).script("robot.sh", ROBOT).write("play", play);
    place
}

/// A run whose executor was killed while its agent was at work, as soon as `under_way`.
fn killed(place: &Place, under_way: impl Fn(&Path) -> bool) {
    let executor = place.spawn(&["run", "w.yaml", "--json"]);
    until(|| under_way(&place.path()));
    kill(executor);
}

/// Has the first attempt of `w:a` a session that has begun?
fn has_begun(place: &Path) -> bool {
    let runs = std::fs::read_dir(place.join(".mission/runs")).into_iter().flatten().flatten();
    let session = |run: &Path| std::fs::read(run.join("attempts/w/a/1/session.json")).unwrap_or_default();
    let read = |bytes: Vec<u8>| serde_json::from_slice::<Value>(&bytes).unwrap_or_default();
    runs.map(|run| read(session(&run.path()))).any(|session| session["begun"] == json!(true))
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
    let events = place.events();
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
    let events = place.events();
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
    assert_eq!(starts(&place.events()), causes(&[(1, "first"), (2, "lost")]));
}

/// Is refused until a moment from now, having told that it used a tool, if it did.
fn refused(tool: bool) -> String {
    let tool = if tool { r#"echo '{"type":"tool","name":"write"}'; "# } else { "" };
    format!(
        "[ -e told ] || {{ {tool}at=$(( $(date +%s%3N) + 1500 )); : > told; \
         echo '{{\"type\":\"end\",\"ok\":false,\"status\":429,\"error\":\"limit\",\"resets\":'$at',\"in\":5,\"out\":1}}'; exit 1; }}\n{ANSWER}"
    )
}

#[test]
fn an_agent_that_was_refused_in_the_middle_goes_on_with_its_session() {
    let place = place(&refused(true));
    place.mission(&["run", "w.yaml"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\n");
    assert!(place.read("asked").starts_with("You were interrupted before you were done."));
    let events = place.events();
    assert_eq!(starts(&events), causes(&[(1, "first"), (2, "parked")]));
    let used: Vec<[&Value; 2]> = events
        .iter()
        .filter(|e| e["type"] == "node-parked" || e["type"] == "node-finished")
        .map(|e| [&e["usage"]["inputTokens"], &e["usage"]["continued"]])
        .collect();
    assert_eq!(used, [[&json!(5), &Value::Null], [&json!(7), &json!(true)]]);
}

#[test]
fn one_that_was_refused_at_once_is_told_its_task_again() {
    let place = place(&refused(false));
    place.mission(&["run", "w.yaml"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nnew S2\n");
    assert!(place.read("asked").starts_with("write a story"));
}

#[test]
fn a_session_that_is_gone_when_the_limit_is_over_costs_one_new_attempt() {
    let gone = refused(true).replace("exit 1;", "rm session-$session; : > session-other; exit 1;");
    let place = place(&gone);
    place.mission(&["run", "w.yaml"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\nnew S2\n");
    assert_eq!(starts(&place.events()), causes(&[(1, "first"), (2, "parked"), (3, "lost")]));
}

#[test]
fn a_session_outlives_an_attempt_that_ends_before_it_says_anything() {
    let place = place("sleep 1000");
    killed(&place, has_begun);
    // The next one is killed too, as soon as it is called.
    place.write("robot.sh", ROBOT.replace("[ $how = chat ] || echo \"{", "sleep 1000; echo \"{"));
    let executor = place.spawn(&["resume"]);
    until(|| place.read("calls").lines().count() == 2);
    kill(executor);
    place.write("robot.sh", ROBOT).write("play", ANSWER);
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\nresume S1\n");
    assert_eq!(starts(&place.events()), causes(&[(1, "first"), (2, "lost"), (3, "lost")]));
}

/// A run that failed because its agent gave up.
fn failed() -> Place {
    let place = place("echo '{\"type\":\"answer\",\"text\":\"I give up\"}'; exit 1");
    place.mission(&["run", "w.yaml"]).exits(1);
    place.write("play", ANSWER);
    place
}

fn id(place: &Place) -> String {
    place.mission(&["ps", "--json"]).exits(0).json()["runs"][0]["run"].as_str().unwrap().to_owned()
}

/// The only `node-taken`, without the moment.
fn taken(place: &Place) -> Value {
    let all = place.events();
    let mut taken = all.iter().filter(|e| e["type"] == "node-taken");
    let one = taken.next().expect("one was recorded").clone();
    assert!(taken.next().is_none());
    one
}

#[test]
fn how_to_attach_is_printed() {
    let place = failed();
    let root = place.path();
    let said = place.mission(&["attach", &id(&place), "a", "--print"]).exits(0);
    assert_eq!(said.out, "cd PLACE && PLACE/./robot.sh --chat --resume S1\n");
    let json = place.mission(&["attach", &id(&place), "a", "--print", "--json"]).exits(0).json();
    follows(&json, "attach");
    assert_eq!((&json["session"], &json["attempt"], &json["passed"]), (&json!("S1"), &json!(1), &json!(["ROBOT_KEY"])));
    assert!(!root.join("chatted").exists());
}

#[test]
fn a_person_talks_to_the_agent_and_hands_its_session_back() {
    let place = failed();
    let mut terminal = Terminal::start(&place, &["attach", &id(&place), "a"], "false");
    terminal.shows("attempt 1: `robot` in its session").shows("robot: what now?").types("try harder");
    terminal.shows("What becomes of w:a?").types("continue").shows("taken over").shows("w: succeeded").ends(0);
    assert_eq!(place.read("chatted"), format!("try harder, {}, no key, no run\n", place.path().display()));
    assert_eq!(place.read("calls"), "new S1\nchat S1\nresume S1\n");
    assert!(place.read("asked").starts_with("A person has talked to you meanwhile"));
    let taken = taken(&place);
    assert_eq!(
        (&taken["outcome"], &taken["session"], &taken["via"]),
        (&json!("continue"), &json!("S1"), &json!("command"))
    );
    let events = place.events();
    assert_eq!(starts(&events), causes(&[(1, "first"), (2, "taken")]));
}

/// Several in a repository, each in a view of the tree of its own, if the system can do it.
const BESIDE: &str = "\
mission: 1
name: w
agents:
  writer: { runner: robot, access: write }
nodes:
  a:
    agent: writer
    prompt: write a story
    output: { schema: { type: object, required: [title], properties: { title: { type: string } } } }
    handoff: { files: \"['half', 'more']\" }
  b:
    run: until [ -e ../PLACE.over ]; do sleep 0.1; done
    handoff: { changes: any }
";

/// What a killed attempt wrote is there for the person who takes its session over, and what the person does counts as its work.
#[test]
fn a_person_finds_what_a_lost_attempt_had_done() {
    let place = place("");
    let name = place.path().file_name().unwrap().to_string_lossy().into_owned();
    let [half, over] = ["half", "over"].map(|word| place.path().with_file_name(format!("{name}.{word}")));
    place.write("play", format!("echo half > half; : > '{}'; sleep 1000", half.display()));
    let git = |args: &[&str]| {
        let me = ["-c", "user.name=a", "-c", "user.email=a@b"];
        assert!(place.command("git").args([&me[..], args].concat()).status().unwrap().success(), "{args:?}");
    };
    place.write("w.yaml", BESIDE.replace("PLACE", &name)).write(".mission/.gitignore", "*\n");
    // What the robot itself keeps is nobody's work.
    place.write(".gitignore", "robot.sh\nasked\ncalls\nsession-*\nchatted\nplay\n");
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-qm", "start"]);
    killed(&place, |root| has_begun(root) && half.exists());
    place.write("play", ANSWER);
    let chat = r#"echo "robot: what now?"; read -r line; cat half; echo more > more; exit"#;
    place.write("robot.sh", ROBOT.replace(r#"echo "robot: what now?"; read -r line;"#, &format!("{chat} #")));
    let mut terminal = Terminal::start(&place, &["attach", &id(&place), "a"], "false");
    terminal.shows("robot: what now?").types("go on").shows("half").shows("What becomes of w:a?");
    std::fs::write(&over, "").unwrap();
    terminal.types("continue").shows("taken over").shows("w: succeeded").ends(0);
    let report = place.mission(&["report", "--json"]).exits(0).json();
    let all = report["handoffs"].as_array().unwrap();
    assert!(all.iter().all(|handoff| handoff["checked"]["findings"].is_null()), "{report}");
    let of_a = all.iter().find(|handoff| handoff["node"] == "w:a").unwrap();
    let changed: Vec<&Value> = of_a["checked"]["changed"].as_array().unwrap().iter().map(|t| &t["path"]).collect();
    assert_eq!(changed, ["half", "more"], "{report}");
    for file in [half, over] {
        std::fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_node_is_marked_as_done_only_with_a_value_that_fits() {
    let place = failed();
    let (run, before) = (id(&place), place.events().len());
    let mark = |value: &str| {
        let end = ["--then", "done", "--value", value, "--by", "Ann", "--comment", "by hand"];
        place.mission(&[&["attach", &run, "a", "--no-open"], &end[..]].concat())
    };
    let said = mark(r#"{"titel":1}"#).exits(2);
    assert!(said.err.contains("the value is refused") && said.err.contains("title"), "{}", said.err);
    let said = place.mission(&["attach", &run, "a", "--no-open", "--then", "done"]).exits(2);
    assert!(said.err.contains("the result of `w:a` has a schema"), "{}", said.err);
    assert_eq!(place.events().len(), before, "what is refused is not recorded");
    mark(r#"{"title":"by hand"}"#).exits(0);
    let status = place.mission(&["status", "--json"]).exits(0).json();
    assert_eq!(status["state"], "succeeded");
    let taken = taken(&place);
    assert_eq!(
        (&taken["by"], &taken["comment"], &taken["value"]["title"]),
        (&json!("Ann"), &json!("by hand"), &json!("by hand"))
    );
    let report = place.mission(&["report", "--json"]).exits(0).json();
    assert_eq!((&report["decisions"][0]["choice"], &report["decisions"][0]["by"]), (&json!("done"), &json!("Ann")));
    assert_eq!(place.read("calls"), "new S1\n", "nothing was begun for it");
}

#[test]
fn a_node_begins_anew_or_fails_as_the_person_says() {
    let place = failed();
    let run = id(&place);
    let then = |outcome: &str, more: &[&str]| {
        place.mission(&[&["attach", &run, "a", "--no-open", "--then", outcome], more].concat())
    };
    let said = then("failed", &["--by", "Ann", "--comment", "hopeless", "--json"]).exits(1);
    assert!(said.out.contains("Ann marked it as failed: hopeless"), "{}", said.out);
    then("retry", &["--no-resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\n");
    place.mission(&["resume"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nnew S2\n");
    assert!(place.read("asked").starts_with("write a story"));
    then("retry", &[]).exits(2);
}

#[test]
fn nobody_is_attached_to_what_runs_or_has_no_session() {
    let place = place("sleep 1000");
    let mut executor = place.spawn(&["run", "w.yaml", "--json"]);
    until(|| has_begun(&place.path()));
    let said = place.mission(&["attach", &id(&place), "a", "--no-open", "--then", "done", "--value", "{}"]).exits(2);
    assert!(said.err.contains("attempt 1 of `w:a` is under way") && said.err.contains("kill -INT"), "{}", said.err);
    executor.kill().unwrap();
    executor.wait().unwrap();
    let said = place.mission(&["attach", &id(&place), "a"]).exits(2);
    assert!(said.err.contains("a session is opened in a terminal, and there is none"), "{}", said.err);
    place.write("other.yaml", "mission: 1\nname: o\nnodes:\n  a: { run: 'true' }\n");
    place.mission(&["run", "other.yaml"]).exits(0);
    let other = place.mission(&["ps", "--json"]).json()["runs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|r| r["workflow"] == "o")
        .unwrap()["run"]
        .clone();
    let said = place.mission(&["attach", other.as_str().unwrap(), "a"]).exits(2);
    assert!(said.err.contains("no attempt of `o:a` has a session"), "{}", said.err);
}

#[test]
fn what_was_interrupted_is_handed_back_as_well() {
    let place = place("sleep 1000");
    killed(&place, has_begun);
    place.write("play", ANSWER);
    place.mission(&["attach", &id(&place), "a", "--no-open", "--then", "continue"]).exits(0);
    assert_eq!(place.read("calls"), "new S1\nresume S1\n");
    assert_eq!(starts(&place.events()), causes(&[(1, "first"), (2, "taken")]));
}

/// Says something, uses a tool, and waits in it.
const AT_WORK: &str = r#"echo 'a banner'
printf '%s\n' '{"type":"answer","text":"I will build it.\nIt has two parts."}'
echo "{\"type\":\"use\",\"id\":\"1\",\"name\":\"edit\",\"file\":\"$PWD/src/a.rs\"}"
printf '%s\n' '{"type":"end-of-use","id":"1","text":"one\ntwo"}'
echo '{"type":"use","id":"2","name":"run","command":"make test"}'
while [ ! -e go ]; do sleep 0.05; done
echo "{\"type\":\"again\",\"why\":\"overloaded $ROBOT_KEY\"}"
"#;

const TOOLS: &str = r"    - { match: { /type: use }, tool: /name, target: [/file, /command], opens: /id, writes: [/file] }
    - { match: { /type: end-of-use }, closes: /id, gave: [/text] }
    - { match: { /type: again }, retry: true, error: /why }
";

#[test]
fn what_an_agent_does_is_told_while_it_is_at_work() {
    let place = place(&format!("{AT_WORK}{ANSWER}"));
    place.write(".mission/agents.yaml", format!("{AGENTS}{TOOLS}"));
    let mut command = place.prepare(&["run", "w.yaml", "--json"]);
    command.env("ROBOT_KEY", "hunter22").stdout(Stdio::null()).stderr(Stdio::null());
    let mut executor = command.spawn().unwrap();
    let mut status = Value::Null;
    until(|| {
        let runs = std::fs::read_dir(place.path().join(".mission/runs")).is_ok_and(|runs| runs.count() > 0);
        let said = if runs { Some(place.mission(&["status", "--json"])) } else { None };
        status = said.filter(|said| said.code == 0).map(|said| said.json()).unwrap_or_default();
        status["nodes"][0]["progress"]["tool"] == "run make test"
    });
    follows(&status, "status");
    let wanted = json!({ "tool": "run make test", "message": "It has two parts.", "files": ["src/a.rs"] });
    assert_eq!(status["nodes"][0]["progress"], wanted);
    let page = place.mission(&["status"]).exits(0).out;
    assert!(page.contains("at work    w:a  run make test · 1 file · It has two parts."), "{page}");
    place.write("go", "");
    executor.wait().unwrap();
    assert_eq!(
        place.mission(&["logs", "a"]).exits(0).out.replace("PLACE", ""),
        "── w:a, attempt 1 \na banner\nI will build it.\nIt has two parts.\n→ edit /src/a.rs\n  one\n  two\n→ run make test\n\
         tries again: overloaded ***\n{\"title\":\"T\"}\n"
    );
    let raw = place.mission(&["logs", "a", "--raw"]).exits(0).out;
    assert!(raw.contains(r#"{"type":"use","id":"2""#) && !raw.contains("hunter22"), "{raw}");
    let json = place.mission(&["logs", "a", "--json"]).exits(0).out;
    let lines: Vec<Value> = json.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.iter().for_each(|line| follows(line, "log"));
    let kinds: Vec<&str> = lines.iter().map(|line| line["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["output", "message", "message", "tool", "result", "result", "tool", "again", "message"]);
    assert_eq!(
        place.mission(&["status", "--json"]).json()["nodes"][0].get("progress"),
        None,
        "it is not at work any more"
    );
}

#[test]
fn the_row_of_an_agent_tells_its_tool_and_how_many_files_it_has_changed() {
    let place = place(&format!("{AT_WORK}{ANSWER}"));
    place.write(".mission/agents.yaml", format!("{AGENTS}{TOOLS}"));
    let mut screen = Terminal::start(&place, &["run", "w.yaml"], "true");
    screen.shows("1 file · run make test");
    place.write("go", "");
    screen.shows("succeeded");
}
