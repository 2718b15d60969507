//! Repositories that try to run programs. Each vector is first shown to be real with plain git, then every call of ours
//! is made, and none may fire it. That no call of git is forgotten is looked up in the sources.

use std::collections::BTreeSet;

use mission_executor::git::{Policy, Repository};
use regex::Regex;
use serde_json::json;

use crate::fixture::script;
use crate::sites::SITES;
use crate::vectors::{Trap, VECTORS, Vector};

/// Makes the trap, with changes that the calls have to look at; nothing has fired when it is handed out.
fn armed(vector: &Vector) -> Trap {
    let trap = Trap::new();
    (vector.plant)(&trap);
    trap.dirty();
    trap.fired();
    trap
}

fn proof(vector: &Vector) {
    if vector.proof.is_empty() {
        return;
    }
    let trap = armed(vector);
    let (_, said) = trap.fixture.try_git_in(&trap.fixture.root, vector.proof);
    assert!(trap.fired(), "{} is not a vector: git {:?} did not fire it: {said}", vector.name, vector.proof);
}

fn immune(vector: &Vector) {
    let trap = armed(vector);
    for (site, act) in SITES {
        act(&trap);
        assert!(!trap.fired(), "{} fired at {site}", vector.name);
    }
}

/// Four at a time: each vector makes two repositories.
fn for_each_vector(check: fn(&Vector)) {
    std::thread::scope(|scope| {
        let lanes: Vec<_> =
            (0..4).map(|lane| scope.spawn(move || VECTORS.iter().skip(lane).step_by(4).for_each(check))).collect();
        for lane in lanes {
            if let Err(panic) = lane.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

#[test]
fn there_are_enough_vectors() {
    assert!(VECTORS.len() >= 40);
    assert!(VECTORS.iter().filter(|v| !v.proof.is_empty()).count() >= 35);
}

#[test]
fn every_vector_is_real() {
    for_each_vector(proof);
}

#[test]
fn no_vector_fires_at_any_call() {
    for_each_vector(immune);
}

#[test]
fn without_a_trap_every_call_does_its_work() {
    let trap = Trap::new();
    trap.dirty();
    for (_, act) in SITES {
        act(&trap);
    }
    let fixture = &trap.fixture;
    assert_eq!(fixture.git(&["log", "-2", "--format=%s", "main"]), "landed\nx");
    assert_eq!(fixture.git(&["status", "--porcelain", "--ignored"]), "!! .worktrees/");
    assert_eq!(fixture.git(&["show", "mission/r1/left-out/1/two:two"]), "new", "what was backed out is kept");
    // `one` was merged; `two` conflicted with it in `src/a`, and was resolved when it was tried a second time.
    assert_eq!(
        fixture.git(&["log", "--format=%s", "--first-parent", "main~2..mission/r1/main"]),
        "Back out two\nMerge two from mission/r1/1/two\nMerge one from mission/r1/1/one"
    );
    assert_eq!(
        fixture.git(&["for-each-ref", "--format=%(refname)", "refs/heads/mission"]),
        "refs/heads/mission/r1/left-out/1/two\nrefs/heads/mission/r1/main\nrefs/heads/mission/r2/main"
    );
}

#[test]
fn a_trusted_repository_runs_its_own_programs() {
    let trap = Trap::new();
    trap.hook("pre-commit");
    trap.dirty();
    let repo = Repository::discover(&trap.fixture.program(), &trap.fixture.root, Policy::Trusted).unwrap();
    trap.fixture.act_in(&repo, "git.commit", "w:commit", 1, json!({ "message": "x" })).unwrap();
    assert!(trap.fired());
    assert_eq!(trap.fixture.git(&["status", "--porcelain"]), "");
}

/// A place in the sources that calls git: where it is, the command, and what is written out of its arguments.
struct Call {
    file: String,
    command: String,
    args: Vec<String>,
}

/// Every call of git in the sources.
fn written() -> Vec<Call> {
    let begins = Regex::new(r#"(?:\.git|\.covered|\.pinned|Call::new)\((?:\w+,\s*)?"([a-z-]+)""#).unwrap();
    let list = Regex::new(r#"(?s)\.args\(\[(.*?)\]\)|\.arg\("([^"]*)"\)"#).unwrap();
    let word = Regex::new(r#""([^"]*)""#).unwrap();
    let mut found = Vec::new();
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/src/git")).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        for begin in begins.captures_iter(&text) {
            let rest = &text[begin.get(0).unwrap().end()..];
            let mut statements = rest.split_once("\n    }\n").map_or(rest, |(body, _)| body).split(";\n");
            let first = statements.next().unwrap();
            // Arguments that come in a statement of their own.
            let more = statements.next().filter(|more| more.trim_start().starts_with("let call = call."));
            let statement = format!("{first}{}", more.unwrap_or_default());
            let mut args = Vec::new();
            for part in list.captures_iter(&statement) {
                match (part.get(1), part.get(2)) {
                    (Some(several), _) => args.extend(word.captures_iter(several.as_str()).map(|w| w[1].to_owned())),
                    (_, Some(one)) => args.push(one.as_str().to_owned()),
                    (None, None) => {}
                }
            }
            let file = path.file_name().unwrap().to_string_lossy().into_owned();
            found.push(Call { file, command: begin[1].to_owned(), args });
        }
    }
    found
}

/// Every call of git that is made with `vector`, if there is one.
fn made(vector: Option<&Vector>) -> BTreeSet<Vec<String>> {
    let trap = Trap::new();
    if let Some(vector) = vector {
        (vector.plant)(&trap);
    }
    trap.dirty();
    let (real, log) = (trap.fixture.program().path().display().to_string(), trap.fixture.outside().join("calls"));
    let text = format!(r#"printf '%s\037' "$@" >> '{0}'; printf '\036' >> '{0}'; exec '{real}' "$@""#, log.display());
    script(&trap.fixture.outside().join("bin/git"), &text);
    for (_, act) in SITES {
        act(&trap);
    }
    let repo = Repository::discover(&trap.fixture.program(), &trap.fixture.root, Policy::Trusted).unwrap();
    trap.fixture.write("trusted", "x\n");
    trap.fixture.act_in(&repo, "git.commit", "w:trusted", 1, json!({ "message": "x" })).unwrap();
    let calls = std::fs::read_to_string(log).unwrap();
    calls.split('\u{1e}').map(|call| call.split('\u{1f}').map(str::to_owned).collect()).collect()
}

/// A call that is not made here is one that no vector was tried on.
#[test]
fn no_call_of_git_in_the_sources_is_forgotten() {
    let with_filter = VECTORS.iter().find(|vector| vector.name == "filter clean");
    let made: BTreeSet<Vec<String>> = [None, with_filter].into_iter().flat_map(made).collect();
    let written = written();
    assert!(written.len() >= 35, "only {} are found", written.len());
    let is_made = |call: &&Call| {
        made.iter().any(|args| args.get(1) == Some(&call.command) && call.args.iter().all(|arg| args.contains(arg)))
    };
    let told = |call: &Call| format!("{}: git {} {}", call.file, call.command, call.args.join(" "));
    let forgotten: Vec<String> = written.iter().filter(|call| !is_made(call)).map(told).collect();
    assert_eq!(forgotten, [""; 0], "add them to the table of sites");
}
