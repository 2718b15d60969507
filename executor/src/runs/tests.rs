//! Folders, ids by prefix, drafts, and the lock between processes.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use super::*;
use crate::event::Timestamp;

const NOW: Timestamp = Timestamp(1_795_240_920_000);

fn place() -> (tempfile::TempDir, Runs) {
    let repository = tempfile::tempdir().expect("a folder");
    let runs = Runs::of(repository.path());
    (repository, runs)
}

fn with_ids(ids: &[&str]) -> (tempfile::TempDir, Runs) {
    let (repository, runs) = place();
    for id in ids {
        fs::create_dir_all(runs.root().join("runs").join(id)).expect("created");
    }
    (repository, runs)
}

fn entries(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .expect("a folder")
        .map(|e| e.expect("an entry").file_name().into_string().expect("UTF-8"))
        .collect();
    names.sort();
    names
}

#[test]
fn any_unique_prefix_finds_a_run() {
    let (_repository, runs) = with_ids(&[
        "20261121-0602-kosame",
        "20261121-0602-kosuna",
        "20261121-0715-bifuta",
        "20270101-0000-bababa",
        "notes",
        "20261121-0602-xxxxxx",
    ]);
    let cases: [(&str, Result<&str, &[&str]>); 14] = [
        ("20261121-0602-kosame", Ok("20261121-0602-kosame")),
        ("20261121-0602-kosa", Ok("20261121-0602-kosame")),
        ("20261121-07", Ok("20261121-0715-bifuta")),
        ("2027", Ok("20270101-0000-bababa")),
        ("bifuta", Ok("20261121-0715-bifuta")),
        ("bi", Ok("20261121-0715-bifuta")),
        ("kosu", Ok("20261121-0602-kosuna")),
        ("kos", Err(&["20261121-0602-kosame", "20261121-0602-kosuna"])),
        ("20261121-0602-kos", Err(&["20261121-0602-kosame", "20261121-0602-kosuna"])),
        ("2026", Err(&["20261121-0602-kosame", "20261121-0602-kosuna", "20261121-0715-bifuta"])),
        ("2028", Err(&[])),
        ("notes", Err(&[])),
        ("../runs", Err(&[])),
        ("", Err(&[])),
    ];
    for (wanted, expected) in cases {
        match (runs.find(wanted), expected) {
            (Ok(run), Ok(id)) => assert_eq!(run.id().as_str(), id, "{wanted}"),
            (Err(RunsError::Ambiguous { candidates, .. }), Err(ids)) => {
                assert_eq!(candidates.iter().map(RunId::as_str).collect::<Vec<_>>(), ids, "{wanted}");
            }
            (Err(RunsError::NotFound { wanted: named }), Err([])) => assert_eq!(named, wanted),
            (found, _) => panic!("{wanted}: {found:?}"),
        }
    }
    let message = runs.find("kos").expect_err("ambiguous").to_string();
    assert_eq!(message, "`kos` begins several runs: `20261121-0602-kosame`, `20261121-0602-kosuna`");
}

#[test]
fn the_latest_run_is_the_last_one_that_fits() {
    let (_repository, runs) = with_ids(&["20261121-0602-kosame", "20270101-0000-bababa", "20261121-0715-bifuta"]);
    assert_eq!(runs.latest().expect("a run").id().as_str(), "20270101-0000-bababa");
    let older = runs.latest_where(|run| run.id().as_str() < "2027").expect("a run");
    assert_eq!(older.id().as_str(), "20261121-0715-bifuta");
    assert!(matches!(runs.latest_where(|_| false), Err(RunsError::NoRun { .. })));
    let (_repository, none) = place();
    assert!(matches!(none.latest(), Err(RunsError::NoRun { .. })));
    assert!(!none.root().exists(), "looking creates nothing");
}

#[test]
fn a_published_draft_is_a_run_and_is_locked() {
    let (repository, runs) = place();
    let draft = runs.draft(NOW).expect("a draft");
    assert!(runs.list().expect("listed").is_empty(), "a draft is no run yet");
    fs::write(draft.path().join("run.db"), "x").expect("written");
    let id = draft.id().clone();
    let (run, lock) = draft.publish().expect("published");
    assert_eq!((run.id(), run.path()), (&id, runs.root().join("runs").join(id.as_str()).as_path()));
    assert_eq!(entries(run.path()), ["artifacts", "attempts", "live", "lock", "logs", "run.db"]);
    assert!(entries(&runs.root().join("tmp")).iter().all(|name| name.starts_with('.')));
    assert_eq!(fs::read_to_string(repository.path().join(".mission/.gitignore")).expect("readable"), "*\n");
    assert!(run.is_alive().expect("probed"));
    let holder = run.holder().expect("signed");
    assert_eq!((holder.pid, holder.since), (std::process::id(), NOW));
    let refused = run.lock(NOW).expect_err("held").to_string();
    assert!(
        refused.starts_with(&format!("run `{id}` is held by another executor: process {} on `", holder.pid)),
        "{refused}"
    );
    assert!(refused.ends_with("since 2026-11-21T06:02:00Z"), "{refused}");
    drop(lock);
    assert!(!run.is_alive().expect("probed"));
    assert!(run.lock(NOW).is_ok());
}

/// The child of a killed executor holds a copy of the descriptor until it runs its program: that is not the executor.
#[test]
fn what_the_dead_still_hold_for_a_moment_is_waited_for() {
    let (_repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    let mut child = Command::new("true").spawn().expect("started");
    let dead = child.id();
    child.wait().expect("ended");
    let holder = Holder { pid: dead, ..run.holder().expect("signed") };
    fs::write(run.path().join("lock"), serde_json::to_vec(&holder).expect("plain")).expect("written");
    assert!(run.is_alive().expect("probed"), "it is held, whoever signed");
    let release = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(50));
        drop(lock);
    });
    assert!(!run.is_alive().expect("probed"));
    release.join().expect("released");
    assert!(run.lock(NOW).is_ok());
}

#[test]
fn a_refused_run_leaves_nothing() {
    let (repository, runs) = place();
    let draft = runs.draft(NOW).expect("a draft");
    fs::write(draft.path().join("run.db"), "x").expect("written");
    drop(draft);
    assert!(entries(repository.path()).is_empty());
    let (run, _lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    drop(runs.draft(NOW).expect("a draft"));
    assert_eq!(runs.list().expect("listed"), [run], "what others made stays");
}

#[test]
fn a_folder_kept_under_version_control_stays_visible_to_git() {
    let (repository, runs) = place();
    fs::create_dir_all(repository.path().join(".mission/workflows")).expect("created");
    let (_run, _lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    assert_eq!(entries(runs.root()), ["runs", "tmp", "workflows"]);
    assert_eq!(fs::read_to_string(runs.root().join("runs/.gitignore")).expect("readable"), "*\n");
}

#[test]
fn a_link_in_place_of_a_folder_is_refused() {
    let (repository, runs) = place();
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::os::unix::fs::symlink(elsewhere.path(), repository.path().join(".mission")).expect("a link");
    assert!(matches!(runs.draft(NOW), Err(RunsError::NotAFolder { .. })));
    assert!(entries(elsewhere.path()).is_empty());
}

#[test]
fn ids_are_given_in_order_and_dead_drafts_are_swept() {
    let (_repository, runs) = place();
    let first = runs.draft(NOW).expect("a draft");
    let second = runs.draft(Timestamp(NOW.0 - 3_600_000)).expect("a draft");
    assert!(first.id() < second.id(), "also when the clock was set back");
    let dead = runs.root().join("tmp/20261121-0602-bababa");
    fs::create_dir(&dead).expect("created");
    let third = runs.draft(NOW).expect("a draft");
    assert!(second.id() < third.id() && !dead.exists());
    assert!(first.path().exists() && second.path().exists(), "living drafts stay");
}

#[test]
fn removing_a_run_touches_nothing_else() {
    let (repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    let (other, _other_lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    let canary = repository.path().join("canary");
    fs::create_dir(&canary).expect("created");
    fs::write(canary.join("file"), "kept").expect("written");
    std::os::unix::fs::symlink(&canary, run.path().join("artifacts/link")).expect("a link");
    fs::create_dir_all(run.log(&AttemptPath::new("demo:a", 1).expect("a node"))).expect("created");
    runs.remove(&run, lock).expect("removed");
    assert_eq!(runs.list().expect("listed"), [other]);
    assert_eq!(fs::read_to_string(canary.join("file")).expect("readable"), "kept");
    assert!(entries(&runs.root().join("tmp")).iter().all(|name| name.starts_with('.')));
}

#[test]
fn a_child_that_outlives_the_executor_does_not_keep_the_run() {
    let (_repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    let mut child = Command::new("sleep").arg("60").spawn().expect("started");
    drop(lock);
    assert!(!run.is_alive().expect("probed"));
    drop(run.lock(NOW).expect("free"));
    child.kill().expect("killed");
    child.wait().expect("waited");
}

#[test]
fn a_run_removed_under_the_lock_is_not_taken() {
    let (_repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    drop(lock);
    fs::remove_dir_all(run.path()).expect("removed");
    assert!(matches!(run.lock(NOW), Err(RunsError::Io { .. })));
    assert!(!run.is_alive().expect("probed"));
}

/// Not a test by itself: a process of the race below. Takes the lock, says so, and holds it until its input ends.
#[test]
fn racer() {
    let Some(folder) = std::env::var_os("MISSION_TEST_RACE") else { return };
    let run = Path::new(&folder);
    let mut line = String::new();
    let answer = match RunLock::acquire(run, NOW) {
        Ok(lock) => {
            fs::write(run.join(format!("won-{}", std::process::id())), "").expect("written");
            std::io::stdin().read_line(&mut line).expect("readable");
            drop(lock);
            0
        }
        Err(RunsError::Held { .. }) => 4,
        Err(e) => panic!("{e}"),
    };
    std::process::exit(answer);
}

#[test]
fn of_eight_processes_one_gets_the_lock_and_its_death_frees_it() {
    let (_repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    drop(lock);
    for round in 0..10 {
        let mut racers: Vec<_> = (0..8)
            .map(|_| {
                Command::new(std::env::current_exe().expect("this test"))
                    .args(["--exact", "runs::tests::racer", "--nocapture"])
                    .env("MISSION_TEST_RACE", run.path())
                    .stdin(Stdio::piped())
                    .stdout(Stdio::null())
                    .spawn()
                    .expect("started")
            })
            .collect();
        // the losers end by themselves; exactly one racer is left
        while racers.len() > 1 {
            racers.retain_mut(|racer| match racer.try_wait().expect("waited") {
                Some(status) => {
                    assert_eq!(status.code(), Some(4), "round {round}");
                    false
                }
                None => true,
            });
            std::thread::yield_now();
        }
        let winner = &mut racers[0];
        let mark = run.path().join(format!("won-{}", winner.id()));
        while !mark.exists() {
            std::thread::yield_now();
        }
        assert!(run.is_alive().expect("probed"));
        assert_eq!(run.holder().expect("signed").pid, winner.id());
        winner.kill().expect("killed");
        winner.wait().expect("waited");
        assert!(!run.is_alive().expect("probed"), "the kernel frees the lock of the dead");
        assert_eq!(entries(run.path()).iter().filter(|name| name.starts_with("won-")).count(), 1);
        fs::remove_file(mark).expect("removed");
    }
}

#[test]
fn probing_readers_do_not_make_an_executor_fail() {
    let (_repository, runs) = place();
    let (run, lock) = runs.draft(NOW).expect("a draft").publish().expect("published");
    drop(lock);
    let done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                while !done.load(std::sync::atomic::Ordering::Relaxed) {
                    run.is_alive().expect("probed");
                    std::thread::sleep(std::time::Duration::from_micros(200));
                }
            });
        }
        for _ in 0..100 {
            drop(run.lock(NOW).expect("free"));
        }
        done.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
