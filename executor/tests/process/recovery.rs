//! An executor that is killed, and what the next one finds and ends.

use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use mission_executor::agent::prices::Prices;
use mission_executor::decide::port::Work;
use mission_executor::process::apart::Isolation;
use mission_executor::process::recover::{Swept, call_mark, settle, sweep};
use mission_executor::process::{Launcher, Limits, Settings};

use crate::bench::{Bench, assert_gone, shell, token, until, with_argument};

/// Where the helper finds its run; without it there is nothing to help with.
const FOLDER: &str = "TEST_RUN_FOLDER";
/// What the helper runs.
const SCRIPT: &str = "TEST_SCRIPT";

/// Not a test by itself: an executor in a process of its own, to be killed.
#[test]
fn helper_executor() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let settings = Settings {
        repository: Path::new(&folder).join("repo"),
        folder: Path::new(&folder).join("run"),
        run: "run-1".to_owned(),
        environment: std::env::vars_os().collect(),
        agents: None,
        guard: Vec::new(),
        keeper: Vec::new(),
        isolation: Isolation::Auto,
        prices: Prices::default(),
        limits: Limits::default(),
    };
    let script = std::env::var(SCRIPT).expect("a script");
    let launcher = Launcher::new(settings, None).expect("launcher");
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime").block_on(
        async {
            for n in 0..3 {
                launcher.start(Work { node: format!("w:n{n}"), ..shell(&script) }, |_| {});
            }
            std::future::pending::<()>().await;
        },
    );
}

fn executor(bench: &Bench, script: &str) -> Child {
    Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "recovery::helper_executor", "--nocapture"])
        .env(FOLDER, bench.dir.path())
        .env(SCRIPT, script)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("an executor")
}

#[test]
fn a_killed_executor_leaves_nothing_to_the_next() {
    let bench = Bench::new();
    let (plain, hidden, bare) = (token(), token(), token());
    let script = format!(
        "trap '' TERM HUP; (setsid sh -c 'sleep {hidden} & exec true' >/dev/null 2>&1 </dev/null &); \
         env -i sleep {bare} & sleep {plain}"
    );
    let mut executor = executor(&bench, &script);
    until("all sleep", || [&plain, &hidden, &bare].iter().all(|token| with_argument(token).len() == 3));
    executor.kill().expect("kill -9");
    executor.wait().expect("wait");
    assert!(bench.marked().len() >= 9, "they live on");
    let swept = sweep(&bench.run_folder(), "run-1").expect("sweep");
    for token in [&plain, &hidden, &bare] {
        assert_gone(token, &script);
    }
    assert_eq!(swept.attempts, ["run-1/w:n0/1", "run-1/w:n1/1", "run-1/w:n2/1"]);
    assert!(swept.ended >= 12 && swept.left == 0, "{swept:?}");
    bench.assert_clean();
    assert_eq!(sweep(&bench.run_folder(), "run-1").expect("sweep"), Swept::default(), "nothing is left to do");
}

#[test]
fn git_that_outlives_its_executor_is_waited_for() {
    let (run, other) = (tempfile::tempdir().expect("folder"), tempfile::tempdir().expect("folder"));
    let call = |folder: &Path| {
        let mark = call_mark(folder);
        let script = "touch begun; until [ -e go ]; do sleep 0.01; done; touch done";
        Command::new("sh").args(["-c", script]).env(mark.0, mark.1).current_dir(folder).spawn().expect("sh")
    };
    let (mut git, mut foreign) = (call(run.path()), call(other.path()));
    until("both are at work", || [&run, &other].iter().all(|folder| folder.path().join("begun").exists()));
    let folder = run.path().to_owned();
    let waiting = std::thread::spawn(move || settle(&folder));
    fs::write(run.path().join("go"), "").expect("write");
    assert_eq!(waiting.join().expect("settle"), 0);
    assert!(run.path().join("done").exists(), "it came to its end");
    assert!(foreign.try_wait().expect("wait").is_none(), "of another run: nobody waits for it and nobody ends it");
    fs::write(other.path().join("go"), "").expect("write");
    assert!(git.wait().expect("wait").success() && foreign.wait().expect("wait").success());
}

#[test]
fn a_process_that_got_the_id_of_an_attempt_is_left_alone() {
    let bench = Bench::new();
    let token = token();
    let mut innocent = Command::new("sleep").arg(&token).spawn().expect("sleep");
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").expect("boot id");
    let start = start_of(innocent.id());
    let record = |boot: &str, start: u64| {
        let mut file = fs::File::create(bench.run_folder().join("live/1-1")).expect("file");
        writeln!(file, "{{\"boot\":{{\"id\":\"{}\"}}}}", boot.trim()).expect("write");
        let pid = innocent.id();
        writeln!(file, "{{\"started\":{{\"attempt\":\"run-1/w:n/1\",\"pid\":{pid},\"start\":{start}}}}}")
            .expect("write");
    };
    for (boot, start) in [(boot.as_str(), start - 1), (boot.as_str(), 0), ("another", start)] {
        record(boot, start);
        let swept = sweep(&bench.run_folder(), "run-1").expect("sweep");
        assert_eq!((swept.ended, swept.left), (0, 0), "{boot} {start}");
        assert_eq!(with_argument(&token).len(), 1);
    }
    record(&boot, start);
    assert_eq!(sweep(&bench.run_folder(), "run-1").expect("sweep").ended, 1, "the one that is meant is ended");
    // The sweep may have taken note of its end already.
    let _ = innocent.wait();
}

#[test]
fn the_mark_of_another_run_or_folder_is_not_taken_for_ours() {
    let bench = Bench::new();
    let token = token();
    let folder = bench.run_folder();
    let mut others: Vec<Child> = [("run-2", folder.clone()), ("run-1", folder.join("elsewhere"))]
        .into_iter()
        .map(|(run, folder)| {
            let mut command = Command::new("sleep");
            command.arg(&token).env("MISSION_RUN_ID", run).env("MISSION_RUN_DIR", folder).spawn().expect("sleep")
        })
        .collect();
    until("both sleep", || with_argument(&token).len() == 2);
    assert_eq!(sweep(&folder, "run-1").expect("sweep").ended, 0);
    assert_eq!(with_argument(&token).len(), 2);
    for other in &mut others {
        other.kill().expect("kill");
        other.wait().expect("wait");
    }
}

fn start_of(pid: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).expect("stat");
    let fields = stat.rsplit(')').next().expect("fields");
    fields.split_ascii_whitespace().nth(19).and_then(|field| field.parse().ok()).expect("a start")
}
