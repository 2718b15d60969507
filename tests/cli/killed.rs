//! `kill -9` of the executor: its agents and commands are gone soon, although nobody resumes the run.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::support::Place;

/// Ways of a process to stay alive; `SLEEP` is a sleep that is known by its argument.
const WAYS: [(&str, &str); 7] = [
    ("plain", "SLEEP"),
    ("deaf", "trap '' TERM HUP INT; SLEEP & while :; do wait; done"),
    ("session", "setsid sh -c 'SLEEP & wait' & wait"),
    ("deaf-session", "setsid sh -c \"trap '' TERM; SLEEP & while :; do wait; done\" & wait"),
    ("nohup", "nohup SLEEP >/dev/null 2>&1 & wait"),
    ("orphan", "(setsid SLEEP & ) ; sleep 1000"),
    ("bare-orphan", "(env -i setsid SLEEP & ) ; sleep 1000"),
];

/// Processes that were started with the argument `token`.
fn with_argument(token: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        let words = fs::read(entry.path().join("cmdline")).unwrap_or_default();
        if words.split(|b| *b == 0).any(|word| word == token.as_bytes()) {
            found.push(pid);
        }
    }
    found
}

/// How often the threads of a process have gone to sleep.
fn sleeps(pid: u32) -> u64 {
    let threads = fs::read_dir(format!("/proc/{pid}/task")).unwrap().flatten();
    let counts = threads.map(|thread| {
        let status = fs::read_to_string(thread.path().join("status")).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("voluntary_ctxt_switches:").map(str::to_owned));
        line.and_then(|count| count.trim().parse::<u64>().ok()).unwrap_or(0)
    });
    counts.sum()
}

#[track_caller]
fn until(what: &str, limit: u64, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(limit), "still waiting: {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// A run with a node for each way, and the tokens of their sleeps.
fn flow() -> (String, Vec<String>) {
    let token = |i: usize| format!("4{:06}.{i}", std::process::id() % 1_000_000);
    let nodes = WAYS.iter().enumerate().map(|(i, (name, text))| {
        let text = text.replace("SLEEP", &format!("sleep {}", token(i)));
        format!("  {name}:\n    run: {}\n", serde_json::to_string(&text).unwrap())
    });
    let head = format!("mission: 1\nname: w\nlimits: {{ concurrency: {} }}\nnodes:\n", WAYS.len());
    (head + &nodes.collect::<String>(), (0..WAYS.len()).map(token).collect())
}

#[test]
fn what_a_killed_executor_left_behind_is_gone_within_seconds_without_a_resume() {
    let place = Place::new();
    let (text, tokens) = flow();
    place.write("w.yaml", text);
    let mut command = place.prepare(&["run", "w.yaml", "--json"]);
    let mut executor = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    for (token, (way, _)) in tokens.iter().zip(WAYS) {
        until(way, 60, || !with_argument(token).is_empty());
    }
    let runs = place.path().join(".mission/runs");
    let mut guard = None;
    until("the guard", 60, || {
        let all = fs::read_dir(&runs).unwrap().flatten();
        guard = all.flat_map(|run| with_argument(run.path().to_str().unwrap())).next();
        guard.is_some()
    });
    // It looks at what the executor has adopted, and sleeps, and looks again.
    let guard = guard.unwrap();
    let before = sleeps(guard);
    until("the guard has looked", 60, || sleeps(guard) >= before + 8);
    executor.kill().unwrap();
    executor.wait().unwrap();
    for (token, (way, _)) in tokens.iter().zip(WAYS) {
        until(way, 20, || with_argument(token).is_empty());
    }
    until("the guard is gone", 20, || {
        fs::read_dir(&runs).unwrap().flatten().all(|run| with_argument(run.path().to_str().unwrap()).is_empty())
    });
}

#[test]
fn the_guard_of_a_killed_executor_leaves_the_next_one_alone() {
    let place = Place::new();
    // The first time it waits and cannot be asked to end, so that the guard is still at work when the run goes on.
    place.write(
        "w.yaml",
        "mission: 1\nname: w\nnodes:\n  a: { run: \"trap '' TERM; test -e began && { sleep 3; exit; }; touch began; sleep 1000\" }\n",
    );
    let mut command = place.prepare(&["run", "w.yaml", "--json"]);
    let mut executor = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    until("the node", 60, || place.path().join("began").exists());
    executor.kill().unwrap();
    executor.wait().unwrap();
    place.mission(&["resume"]).exits(0);
}
