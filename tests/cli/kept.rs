//! What a node keeps for its agent: one folder over its attempts, a crash and `mission attach`; another for another node.

use std::os::unix::fs::PermissionsExt as _;

use serde_json::json;

use crate::support::{Place, kill, until};
use crate::terminal::Terminal;

/// The agent: its sessions are one file, `$ROBOT_DB`, as it is called every time. Then it does what the file `play` says.
const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo 'robot 1.0'; exit; }
how=$1
[ "$how" = chat ] || cat > /dev/null
echo "$how ${2:-}" >> "$ROBOT_DB"
[ "$how" = chat ] && { echo "robot: what now?"; read -r line; exit; }
echo '{"type":"hello","session":"S1"}'
. ./play
"#;

const AGENTS: &str = r"
robot:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  options: { write: [work], resume: ['{session}'] }
  attach: [chat, '{session}']
  env: { ROBOT_DB: '{keep}/all.db', ROBOT_RULES: '{''a'':{},''b'':{''keep'':1}}' }
  events:
    - { match: { /type: hello }, session: /session }
    - { match: { /type: answer }, text: /text, done: true }
";

const FLOW: &str = "\
mission: 1
name: w
agents:
  writer: { runner: robot, access: write }
nodes:
  a: { agent: writer, prompt: write }
  b: { needs: [a], agent: writer, prompt: write }
";

const ANSWER: &str = r#"echo '{"type":"answer","text":"done"}'"#;

#[test]
fn a_node_keeps_one_folder_over_its_attempts_a_crash_and_what_a_person_does() {
    let place = Place::new();
    place.write("w.yaml", FLOW).write(".mission/agents.yaml", AGENTS).script("robot.sh", ROBOT);
    let runs = place.path().join(".mission/runs");
    let kept = |node: &str| {
        let run = std::fs::read_dir(&runs).into_iter().flatten().flatten().map(|run| run.path());
        run.map(|run| run.join(format!("kept/w/{node}/@robot"))).find(|folder| folder.exists())
    };
    let calls = |node: &str| kept(node).and_then(|folder| std::fs::read_to_string(folder.join("all.db")).ok());
    let has_begun = || {
        let run = kept("a").and_then(|folder| Some(folder.ancestors().nth(4)?.join("attempts/w/a/1/session.json")));
        run.and_then(|file| std::fs::read_to_string(file).ok()).is_some_and(|text| text.contains("\"begun\":true"))
    };
    place.write("play", "sleep 1000");
    let executor = place.spawn(&["run", "w.yaml", "--json"]);
    until(has_begun);
    kill(executor);
    let folder = kept("a").expect("it was made");
    assert_eq!(folder.metadata().expect("a folder").permissions().mode() & 0o777, 0o700);
    place.write("play", "exit 1");
    place.mission(&["resume"]).exits(1);
    assert_eq!(calls("a").as_deref(), Some("work \nwork S1\n"));

    let run = place.mission(&["ps", "--json"]).exits(0).json()["runs"][0]["run"].as_str().unwrap().to_owned();
    let set = place.mission(&["attach", &run, "a", "--print", "--json"]).exits(0).json()["set"].clone();
    let inner = folder.strip_prefix(place.path()).expect("it lies in the place").join("all.db");
    let database = format!("PLACE/{}", inner.display());
    assert_eq!(
        set,
        json!([["ROBOT_DB", database], ["ROBOT_RULES", "{'a':{},'b':{'keep':1}}"]]),
        "other braces are text"
    );
    place.write("play", ANSWER);
    let mut terminal = Terminal::start(&place, &["attach", &run, "a"], "false");
    terminal.shows("robot: what now?").types("go on").shows("What becomes of w:a?").types("continue");
    terminal.shows("w: succeeded").ends(0);
    assert_eq!(calls("a").as_deref(), Some("work \nwork S1\nchat S1\nwork S1\n"));
    assert_eq!(calls("b").as_deref(), Some("work \n"), "another node has its own");
}
