//! `doctor --probe`: one short call of each agent, bounded, told with its cost and the way out, and nothing left behind.

use serde_json::{Value, json};

use crate::support::{Place, follows};

const ROBOT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo "robot 1.0"; exit; }
echo "$*" >> "$HOME/calls"
cat > "$HOME/asked"
say() { echo "{\"type\":\"answer\",\"text\":\"$1\"}"; echo "{\"type\":\"end\",\"ok\":true$2}"; exit 0; }
fail() { echo "{\"type\":\"end\",\"ok\":false,\"error\":\"$2\",\"status\":$1}"; exit 1; }
case $1 in
ready) say ready ',"in":1200,"out":3,"usd":0.25' ;;
quiet) say ready ;;
dirty) touch litter; (env -i setsid sleep 1000 >/dev/null 2>&1 </dev/null &); say ready ;;
key) fail 401 'wrong key' ;;
full) fail 429 'limit reached' ;;
down) fail 503 'overloaded' ;;
sleep) sleep 1000 ;;
dead) echo 'no such flag' >&2; exit 3 ;;
esac
"#;

const AGENTS: &str = r"
ready:
  bin: ./robot.sh
  detect: { says: 'robot (?P<version>\d+\.\d+)' }
  args: [ready]
  options: { read: [--read], write: [--write] }
  events:
    - { match: { /type: answer }, text: /text }
    - { match: { /type: end }, done: true, failed_unless: { /ok: true }, error: /error, status: /status, usage: { input: [/in], output: [/out] }, cost: /usd }
  login: '`robot login`'
quiet: { like: ready, args: [quiet] }
dirty: { like: ready, args: [dirty] }
key: { like: ready, args: [key], auto: false }
full: { like: ready, args: [full], auto: false }
down: { like: ready, args: [down], auto: false }
sleep: { like: ready, args: [sleep], auto: false }
dead: { like: ready, args: [dead], auto: false }
old: { like: ready, detect: { says: 'robot (?P<version>\d+\.\d+)', min: '1.1' } }
";

fn place() -> Place {
    let place = Place::new();
    place.write(".mission/agents.yaml", AGENTS).script("robot.sh", ROBOT);
    place
}

/// `doctor` with these arguments where no other agent is, and what it found about probes.
fn doctor(place: &Place, args: &[&str], code: i32) -> Vec<Value> {
    let mut command = place.prepare(&["doctor", "--json"]);
    let said = crate::support::said(command.args(args).env("PATH", "/usr/bin:/bin"), &place.path()).exits(code);
    follows(&said.json(), "doctor");
    let findings = said.json()["findings"].as_array().unwrap().clone();
    findings.into_iter().filter(|finding| finding["about"].as_str().unwrap().starts_with("probe ")).collect()
}

fn calls(place: &Place) -> Vec<String> {
    let home = place.path().parent().unwrap().join("home/calls");
    std::fs::read_to_string(home).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[test]
fn agents_are_called_once_if_asked_and_nothing_is_left() {
    let place = place();
    let before = place.files();
    assert!(doctor(&place, &[], 0).is_empty());
    assert!(calls(&place).is_empty(), "never without the flag");
    let found = doctor(&place, &["--probe"], 0);
    let about: Vec<&str> = found.iter().map(|finding| finding["about"].as_str().unwrap()).collect();
    assert_eq!(
        about,
        ["probe ready", "probe quiet", "probe dirty"],
        "those that `auto` may take and that are new enough"
    );
    assert_eq!(calls(&place), ["ready --read", "quiet --read", "dirty --read"]);
    assert!(found.iter().all(|finding| finding["state"] == "ok" && finding.get("help").is_none()), "{found:#?}");
    let told = |i: usize| found[i]["found"].as_str().unwrap();
    assert!(told(0).ends_with("1,200 tokens in, 3 out, $0.250)"), "{}", told(0));
    assert!(told(1).ends_with("tokens unknown, cost unknown)"), "{}", told(1));
    assert_eq!((&found[0]["probe"]["usd"], found[1]["probe"].get("usd")), (&json!(0.25), None));
    assert_eq!(place.files(), before, "nothing is left in the project");
    place.mission(&["ps", "--json"]).exits(0).json()["runs"].as_array().unwrap().is_empty().then_some(()).unwrap();
}

#[test]
fn what_fails_is_told_by_its_class_with_the_way_out() {
    let place = place();
    let before = place.files();
    for (name, class, help) in [
        ("key", "auth", "log in: `robot login`"),
        ("full", "rate-limit", "runs wait by themselves"),
        ("down", "provider", "try again later"),
        ("dead", "exit", "start `./robot.sh` by hand"),
    ] {
        let found = doctor(&place, &["--probe", name], 1);
        let [finding] = &found[..] else { panic!("{found:#?}") };
        assert_eq!((&finding["state"], &finding["probe"]["failed"]), (&json!("wrong"), &json!(class)), "{finding:#}");
        let (told, way) = (finding["found"].as_str().unwrap(), finding["help"].as_str().unwrap());
        assert!(told.starts_with(&format!("{class}: `{name}` ")) && way.contains(help), "{finding:#}");
    }
    let slow = doctor(&place, &["--probe", "sleep", "--limit", "1"], 1);
    assert_eq!(slow[0]["probe"]["failed"], json!("timeout"), "{slow:#?}");
    assert!(slow[0]["help"].as_str().unwrap().starts_with("it was given 1 s: start "), "{slow:#?}");
    for (name, why) in [("old", "is version 1.0; 1.1.0 or later is needed"), ("nobody", "this is not a known agent")] {
        let found = doctor(&place, &["--probe", name], 1);
        assert!(found[0]["found"].as_str().unwrap().contains(why) && found[0].get("probe").is_none(), "{found:#?}");
    }
    assert_eq!(place.files(), before);
    place.mission(&["doctor", "--limit", "3"]).exits(2);
}

#[test]
fn a_version_that_is_too_old_is_a_gap_and_refused_before_a_run_exists() {
    let place = place();
    place.write("w.yaml", "mission: 1\nname: w\nagents: { writer: { runner: old, access: read } }\nnodes:\n  a: { agent: writer, prompt: go }\n");
    let mut command = place.prepare(&["agents", "--json"]);
    let all = crate::support::said(command.env("PATH", "/usr/bin:/bin"), &place.path()).exits(0).json();
    follows(&all, "found");
    let old = all["agents"].as_array().unwrap().iter().find(|agent| agent["name"] == "old").unwrap();
    assert_eq!((&old["state"], &old["version"]), (&json!("old"), &json!("1.0")));
    assert_eq!(old["gaps"][0], json!("too old: `PLACE/./robot.sh` is version 1.0; 1.1.0 or later is needed"));
    let said = place.mission(&["run", "w.yaml"]).exits(2);
    assert!(said.err.contains("`old`: `PLACE/./robot.sh` is version 1.0; 1.1.0 or later is needed"), "{}", said.err);
    assert!(said.err.contains("`mission agents` tells what is here"), "{}", said.err);
    assert!(!place.path().join(".mission/runs").exists() && calls(&place).is_empty());
}
