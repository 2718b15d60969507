//! Ends: by themselves, by request, by force; and what is left behind by then.

use std::process::Command;
use std::time::Duration;

use mission_executor::decide::port::{Exit, Input};
use mission_executor::event::FailureClass;
use mission_executor::process::Limits;

use crate::bench::{Bench, agent, assert_gone, limits, shell, token, until, with_argument};

#[test]
fn codes_and_signals_are_told_apart() {
    let mut bench = Bench::new();
    for (script, exit) in [
        ("exit 0", Exit::Code(0)),
        ("exit 143", Exit::Code(143)),
        ("kill -TERM $$", Exit::Signal(15)),
        ("kill -KILL $$", Exit::Signal(9)),
    ] {
        assert_eq!(bench.run(shell(script)).exit, exit, "{script}");
    }
}

#[test]
fn a_polite_process_ends_itself() {
    let mut bench = Bench::new();
    let leash = bench.start(shell("trap 'echo bye; exit 7' TERM; echo ready; while :; do sleep 0.01; done"));
    bench.alive();
    leash.end(false);
    let ended = bench.ended();
    assert_eq!((ended.exit, ended.reply.text.as_str()), (Exit::Code(7), "ready\nbye\n"));
    leash.end(true);
    bench.assert_clean();
}

#[test]
fn a_stopped_process_can_be_asked_to_end() {
    let mut bench = Bench::new();
    let leash = bench.start(shell("trap 'exit 7' TERM; echo ready; kill -STOP $$"));
    bench.alive();
    leash.end(false);
    assert_eq!(bench.ended().exit, Exit::Code(7));
}

#[test]
fn one_that_ignores_every_request_is_ended_by_force() {
    let mut bench = Bench::new();
    let stubborn = "trap '' TERM INT HUP; echo ready; while :; do sleep 0.01; done";
    for now in [false, true] {
        let leash = bench.start(shell(stubborn));
        bench.alive();
        leash.end(now);
        assert_eq!(bench.ended().exit, Exit::Signal(9), "now: {now}");
        bench.assert_clean();
    }
    drop(bench);
    let mut patient = Bench::with(Limits { grace: Duration::from_secs(600), ..limits() }, &[]);
    let leash = patient.start(shell(stubborn));
    patient.alive();
    leash.end(false);
    leash.end(true);
    assert_eq!(patient.ended().exit, Exit::Signal(9), "hurried while it had its grace");
    patient.assert_clean();
}

#[test]
fn one_that_was_ended_before_it_started_does_not_start() {
    let mut bench = Bench::new();
    let runtime = bench.runtime.take().expect("a runtime");
    let leash = runtime.block_on(async {
        // On this thread the attempt cannot begin before the first pause; elsewhere it may: then it is ended.
        let leash = bench.launcher.start(shell("sleep 300"), bench.reports());
        leash.end(true);
        leash
    });
    bench.runtime = Some(runtime);
    let exit = bench.ended().exit;
    drop(leash);
    assert!(matches!(exit, Exit::NotStarted(_) | Exit::Signal(9)), "{exit:?}");
    bench.assert_clean();
}

/// Ways to hide a process that sleeps for TOKEN seconds.
const HIDDEN: [(&str, &str); 8] = [
    ("plain", "./hide TOKEN &"),
    ("holding the pipes", "sh -c 'trap \"\" TERM; ./hide TOKEN; :' &"),
    ("nohup", "nohup ./hide TOKEN >/dev/null 2>&1 </dev/null &"),
    ("own session", "setsid ./hide TOKEN >/dev/null 2>&1 </dev/null &"),
    ("double fork into an own session", "(setsid sh -c './hide TOKEN & exec true' >/dev/null 2>&1 </dev/null &)"),
    ("empty environment", "env -i ./hide TOKEN >/dev/null 2>&1 </dev/null &"),
    (
        "empty environment, own session, double fork",
        "(env -i setsid sh -c './hide TOKEN & exec true' >/dev/null 2>&1 </dev/null &)",
    ),
    ("ignoring everything", "setsid sh -c 'trap \"\" TERM INT HUP; ./hide TOKEN; :' >/dev/null 2>&1 </dev/null &"),
];

#[test]
fn what_a_process_leaves_behind_is_ended_and_counted() {
    let mut bench = Bench::new();
    bench.script("agent", "#!/bin/sh\neval \"$(cat)\"\n");
    for (name, line) in HIDDEN {
        let token = token();
        let hide = line.replace("TOKEN", &token);
        let script = format!("{hide}\nwhile [ ! -e up.{token} ]; do sleep 0.01; done\necho done\nrm up.{token}");
        for work in [shell(&script), agent("./agent", &script)] {
            let ended = bench.run(work);
            assert_gone(&token, name);
            assert_eq!((ended.exit, ended.reply.text.as_str()), (Exit::Code(0), "done\n"), "{name}");
            assert!(ended.usage.leaked.is_some_and(|n| (1..=3).contains(&n)), "{name}: {:?}", ended.usage.leaked);
        }
    }
    bench.assert_clean();
}

#[test]
fn nothing_hides_from_a_cancel() {
    let mut bench = Bench::new();
    for now in [false, true] {
        let token = token();
        let hidden: Vec<String> = HIDDEN.iter().map(|(_, line)| line.replace("TOKEN", &token)).collect();
        let script = format!("trap '' TERM\n{}\necho ready\nwhile :; do sleep 0.01; done", hidden.join("\n"));
        let leash = bench.start(shell(&script));
        bench.alive();
        until("all of them sleep", || with_argument(&token).len() >= HIDDEN.len());
        leash.end(now);
        let ended = bench.ended();
        assert_gone(&token, if now { "at once" } else { "asked" });
        assert_eq!(ended.exit, Exit::Signal(9), "now: {now}");
        assert!(ended.usage.leaked.is_some_and(|n| n as usize >= HIDDEN.len()), "{:?}", ended.usage.leaked);
    }
    bench.assert_clean();
}

#[test]
fn one_that_forks_away_all_the_time_is_caught() {
    let mut bench = Bench::new();
    let token = token();
    bench.script(
        "chaser",
        "#!/bin/sh\ntrap '' TERM HUP INT\nsleep 0.005\nsetsid \"$0\" \"$1\" >/dev/null 2>&1 </dev/null &\n",
    );
    for now in [false, true] {
        let leash = bench.start(shell(&format!("./chaser {token}; ./chaser {token}; echo ready; sleep {token}")));
        bench.alive();
        leash.end(now);
        bench.ended();
        assert_gone(&token, if now { "at once" } else { "asked" });
        bench.assert_clean();
    }
}

#[test]
fn an_attempt_does_not_end_the_orphans_of_another() {
    let mut bench = Bench::new();
    let (marked, bare) = (token(), token());
    let mut other = shell(&format!(
        "(setsid sleep {marked} >/dev/null 2>&1 </dev/null &); (env -i setsid ./hide {bare} >/dev/null 2>&1 </dev/null &); \
         while [ ! -e up.{bare} ]; do sleep 0.01; done; echo ready; sleep 300"
    ));
    other.node = "w:other".to_owned();
    let leash = bench.start(other);
    bench.alive();
    for _ in 0..3 {
        let ended = bench.run(shell("(setsid sleep 300 >/dev/null 2>&1 </dev/null &); true"));
        assert_eq!(ended.usage.leaked, Some(1));
    }
    assert_eq!((with_argument(&marked).len(), with_argument(&bare).len()), (1, 1));
    leash.end(true);
    bench.ended();
    assert_gone(&marked, "marked");
    assert_gone(&bare, "bare");
    bench.assert_clean();
}

#[test]
fn what_another_part_of_the_program_started_is_left_alone() {
    let mut bench = Bench::with(limits(), &[("DISPLAY", ":77")]);
    let (token, other) = (token(), token());
    let leash = bench.start(shell("echo ready; exec sleep 300"));
    bench.alive();
    // As an editor does at a gate: it goes into the background, and its parent ends.
    let mut starter = Command::new("sh");
    starter.args(["-c", "setsid sleep $0 >/dev/null 2>&1 </dev/null & sleep 0.1", &token]).env("DISPLAY", ":77");
    let mut direct = Command::new("sleep").arg(&other).spawn().expect("sleep");
    assert!(starter.status().expect("sh").success(), "its end is not taken away");
    leash.end(false);
    bench.ended();
    assert_eq!(bench.run(shell("(setsid sleep 300 &); true")).usage.leaked, Some(1));
    let alive = with_argument(&token);
    assert_eq!((alive.len(), with_argument(&other).len()), (1, 1));
    direct.kill().expect("kill");
    direct.wait().expect("its end is not taken away");
    let status = Command::new("kill").arg("-9").arg(alive[0].to_string()).status().expect("kill");
    assert!(status.success());
}

#[test]
fn two_hundred_end_in_one_moment() {
    let mut bench = Bench::new();
    let gate = bench.repo().join("gate");
    for n in 0..200 {
        let mut work = shell("while [ ! -e gate ]; do sleep 0.05; done");
        work.node = format!("w:n{n}");
        bench.start(work);
    }
    std::fs::write(gate, "").expect("gate");
    let mut nodes: Vec<String> = (0..200)
        .map(|_| {
            let ended = bench.ended();
            assert_eq!(ended.exit, Exit::Code(0));
            ended.node
        })
        .collect();
    nodes.sort_unstable();
    nodes.dedup();
    assert_eq!(nodes.len(), 200);
    bench.assert_clean();
}

#[test]
fn when_the_runtime_goes_its_processes_go() {
    let mut bench = Bench::new();
    let token = token();
    bench.start(shell(&format!("trap '' TERM; (setsid sleep {token} &); echo ready; sleep 300")));
    bench.alive();
    until("it sleeps", || !with_argument(&token).is_empty());
    drop(bench.runtime.take());
    bench.assert_clean();
    assert_gone(&token, "dropped");
    bench.runtime = Some(tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime"));
    let Input::Ended(ended) = bench.next() else { panic!("the report is owed") };
    assert!(matches!(ended.exit, Exit::Failed(failure) if failure.class == FailureClass::Signal));
}

#[test]
fn no_zombie_is_left() {
    let mut bench = Bench::new();
    bench.run(shell("for i in 1 2 3 4 5; do (setsid true &); done; sleep 0.1"));
    let me = std::process::id();
    let children = std::fs::read_to_string(format!("/proc/{me}/task/{me}/children")).expect("children");
    assert_eq!(children, "", "adopted and forgotten");
}
