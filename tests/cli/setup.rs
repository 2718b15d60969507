//! `init` and `doctor`.

use crate::support::{Place, follows};

#[test]
fn init_writes_what_is_missing_and_nothing_else() {
    let place = Place::new();
    place.write(".mission/config.yaml", "checks: []\n");
    let said = place.mission(&["init"]).exits(0);
    insta::assert_snapshot!(said.out);
    assert_eq!(place.read(".mission/config.yaml"), "checks: []\n");
    let again = place.mission(&["init", "--json"]).exits(0).json();
    follows(&again, "init");
    assert_eq!(again["created"], serde_json::json!([]));
    place.mission(&["check", "hello"]).exits(0);
    let run = place.mission(&["run", "hello", "-i", "who=Ann"]).exits(0);
    assert!(run.out.contains("succeeded   the run"), "{}", run.out);
    assert!(place.mission(&["logs", "say"]).exits(0).out.contains("Hello, Ann."));
}

#[test]
fn what_init_writes_belongs_to_the_repository_and_runs_do_not() {
    let place = Place::new();
    let git = |args: &[&str]| {
        let mut command = place.command("git");
        crate::support::said(command.args(["-c", "init.defaultBranch=main"]).args(args), &place.path()).exits(0).out
    };
    git(&["init", "-q"]);
    place.mission(&["init"]).exits(0);
    place.mission(&["run", "hello"]).exits(0);
    let seen = git(&["status", "--porcelain", "--untracked-files=all"]);
    insta::assert_snapshot!(seen);
}

#[test]
fn what_init_writes_after_a_run_is_seen_by_git_too() {
    let place = Place::new();
    let git = |args: &[&str]| {
        let mut command = place.command("git");
        crate::support::said(command.args(["-c", "init.defaultBranch=main"]).args(args), &place.path()).exits(0).out
    };
    git(&["init", "-q"]);
    place.write("w.yaml", "mission: 1\nname: w\nnodes:\n  a: { run: \"true\" }\n");
    place.mission(&["run", "w.yaml"]).exits(0);
    let created = place.mission(&["init", "--json"]).exits(0).json()["created"].clone();
    assert_eq!(created[0], ".mission/.gitignore");
    place.write(".mission/agents.yaml", "").write(".mission/prices.yaml", "");
    let seen = git(&["status", "--porcelain", "--untracked-files=all", ".mission"]);
    let names =
        [".gitignore", "agents.yaml", "config.yaml", "prices.yaml", "workflow.schema.json", "workflows/hello.yaml"];
    assert_eq!(seen, names.map(|name| format!("?? .mission/{name}\n")).concat());
    place.write(".mission/.gitignore", "mine\n");
    place.mission(&["init"]).exits(0);
    assert_eq!(place.read(".mission/.gitignore"), "mine\n", "what people wrote is left alone");
}

#[test]
fn doctor_tells_what_is_there_and_changes_nothing() {
    let place = Place::new();
    place.write("Cargo.toml", "[package]\nname = \"x\"\n");
    place.write("bin/claude", "#!/bin/sh\necho '9.9.9 (Claude Code)'\n").write("bin/codex", "#!/bin/sh\nexit 1\n");
    let tools = place.path().join("bin");
    place.command("chmod").args(["+x", "bin/claude", "bin/codex"]).status().unwrap();
    let before = place.files();
    // Programs of the repository itself are never trusted: the agents stand elsewhere.
    let elsewhere = Place::new();
    elsewhere.command("cp").arg("-r").arg(&tools).arg(elsewhere.path().join("tools")).status().unwrap();
    let path = format!("{}:{}", elsewhere.path().join("tools").display(), std::env::var("PATH").unwrap());
    let mut command = place.prepare(&["doctor", "--json"]);
    let found = crate::support::said(command.env("PATH", &path), &place.path()).exits(0).json();
    follows(&found, "doctor");
    let about = |name: &str| {
        let findings = found["findings"].as_array().unwrap();
        findings.iter().find(|f| f["about"] == name).unwrap_or_else(|| panic!("{name}: {found:#}")).clone()
    };
    assert_eq!(about("git")["state"], "ok");
    assert_eq!(about("repository")["state"], "absent");
    assert!(about("checks")["found"].as_str().unwrap().contains("cargo test"));
    assert!(about("agent claude")["found"].as_str().unwrap().starts_with("9.9.9 ("));
    assert!(about("agent codex")["found"].as_str().unwrap().contains("codex` is another program: it says \"\""));
    assert_eq!(place.files(), before);
    let text = crate::support::said(place.prepare(&["doctor"]).env("PATH", &path), &place.path()).exits(0).out;
    assert!(text.contains("ok       store"), "{text}");
}

#[test]
fn doctor_tells_what_there_is_of_a_repository_and_what_is_in_the_way() {
    let place = Place::new();
    let git = |args: &[&str]| assert!(place.command("git").args(args).status().unwrap().success(), "{args:?}");
    let doctor = || {
        let found = place.mission(&["doctor", "--json"]).exits(0).json();
        follows(&found, "doctor");
        let all = found["findings"].as_array().unwrap().iter().filter(|f| f["about"] == "repository");
        all.map(|f| (f["state"].as_str().unwrap().to_owned(), f["found"].as_str().unwrap().to_owned()))
            .collect::<Vec<_>>()
    };
    assert!(
        matches!(doctor().as_slice(), [(state, why)] if state == "absent" && why.contains("not inside a git repository"))
    );
    git(&["init", "-q", "-b", "main"]);
    assert!(
        matches!(doctor().as_slice(), [(state, why)] if state == "unfit" && why.ends_with(": the repository has no commits"))
    );
    git(&["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-q", "--allow-empty", "-m", "start"]);
    assert!(matches!(doctor().as_slice(), [(state, why)] if state == "ok" && why.contains(", main at ")));
    place.write("mine.txt", "not committed").write(".git/MERGE_HEAD", "");
    let states: Vec<String> = doctor().into_iter().map(|(state, _)| state).collect();
    assert_eq!(states, ["unfit"; 2], "a merge that goes on, and a file: both are said");
    let text = place.mission(&["doctor"]).exits(0).out;
    assert!(text.contains("\nunfit    repository ") && text.contains("mine.txt"), "{text}");
}

#[test]
fn doctor_exits_1_when_runs_cannot_work() {
    let place = Place::new();
    place.write(".mission", "a file where a folder should be");
    let found = place.mission(&["doctor"]).exits(1);
    assert!(found.out.contains("wrong    store"), "{}", found.out);
}

#[test]
fn agents_are_listed_with_what_they_can_and_cannot() {
    let place = Place::new();
    place
        .write("tools/claude", "#!/bin/sh\necho '9.9.9 (Claude Code)'\n")
        .write("tools/goose", "#!/bin/sh\necho 'goose version:v3.1'\n")
        .write("tools/mine", "#!/bin/sh\n")
        .write(".mission/agents.yaml", "mine: { bin: mine, notes: [ours] }\n'*': mine\n");
    place.command("chmod").args(["+x", "tools/claude", "tools/goose", "tools/mine"]).status().unwrap();
    let path = format!("{}:/usr/bin:/bin", place.path().join("tools").display());
    let list = |args: &[&str]| crate::support::said(place.prepare(args).env("PATH", &path), &place.path()).exits(0);
    let all = list(&["agents", "--json"]).json();
    follows(&all, "found");
    let about = |name: &str| {
        let agents = all["agents"].as_array().unwrap();
        agents.iter().find(|agent| agent["name"] == name).unwrap_or_else(|| panic!("{name}: {all:#}")).clone()
    };
    let claude = about("claude");
    assert_eq!((&claude["state"], &claude["version"]), (&"ready".into(), &"9.9.9".into()));
    assert!(claude["can"].as_array().unwrap().contains(&"schema".into()));
    assert_eq!(claude["gaps"], serde_json::json!([]));
    assert!(about("goose")["why"].as_str().unwrap().contains("is another program: it says \"goose version:v3.1\""));
    assert_eq!((&about("mine")["state"], &about("mine")["notes"]), (&"ready".into(), &serde_json::json!(["ours"])));
    assert_eq!(about("aider")["state"], "absent");
    let text = list(&["agents"]).out;
    assert!(text.starts_with("ready    claude "), "{text}");
    assert!(text.contains("gaps: no events: it is believed by its exit code"), "{text}");
    assert!(text.contains("absent   codex "), "{text}");
    place.write(".mission/agents.yaml", "mine:\n  bin: mine\n  argz: []\n");
    let error = place.mission(&["agents"]).exits(2).err;
    assert!(error.contains("unknown field `argz`") && error.contains("line 3"), "{error}");
}
