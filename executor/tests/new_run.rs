//! A new run is there whole or not at all, whenever its maker dies.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};

use mission_executor::event::{Event, Record, Timestamp};
use mission_executor::runs::Runs;
use mission_executor::store::{Definition, Head, Store};

const CHILD: &str = "MISSION_TEST_NEW_RUN";
const NOW: Timestamp = Timestamp(1_795_240_920_000);

fn definition() -> Definition {
    Definition {
        name: "demo".into(),
        origin: "demo.yaml".into(),
        workflow: "name: demo\n".into(),
        files: BTreeMap::from([("ask.md".into(), "x".repeat(10_000))]),
        inputs: BTreeMap::new(),
        agents: BTreeMap::new(),
        catalogue: None,
        engine: "0.1.0".into(),
    }
}

fn started(run: &str) -> Record {
    let event = Event::RunStarted {
        run: run.into(),
        workflow: "demo".into(),
        definition: definition().digest(),
        engine: "0.1.0".into(),
        inputs: BTreeMap::new(),
        agents: BTreeMap::new(),
        flags: vec![],
    };
    Record { seq: 1, at: NOW, event }
}

/// Not a test by itself: makes runs for ever and names each one that is there.
#[test]
fn maker() {
    let Some(repository) = std::env::var_os(CHILD) else { return };
    let mut out = std::io::stdout().lock();
    loop {
        let draft = Runs::of(Path::new(&repository)).draft(NOW).expect("a draft");
        Store::create(draft.path(), &definition(), &[started(draft.id().as_str())]).expect("created");
        let (run, lock) = draft.publish().expect("published");
        writeln!(out, "made {}", run.id()).and_then(|()| out.flush()).expect("printed");
        drop(lock);
    }
}

#[test]
fn a_killed_maker_leaves_whole_runs_only() {
    let repository = tempfile::tempdir().expect("a folder");
    let runs = Runs::of(repository.path());
    let mut made = Vec::new();
    for round in 0..20 {
        let mut child = Command::new(std::env::current_exe().expect("this test"))
            .args(["--exact", "maker", "--nocapture"])
            .env(CHILD, repository.path())
            .stdout(Stdio::piped())
            .spawn()
            .expect("started");
        let mut lines = BufReader::new(child.stdout.take().expect("piped")).lines();
        let id = |line: String| line.strip_prefix("made ").map(str::to_owned);
        // the kill meets another moment of the next run each time, because nobody waits for it
        for _ in 0..=round % 4 {
            made.push(lines.by_ref().map(|l| l.expect("readable")).find_map(id).expect("it works until it is killed"));
        }
        child.kill().expect("killed");
        child.wait().expect("waited");
        made.extend(lines.map_while(Result::ok).filter_map(id));

        let found = runs.list().expect("listed");
        let ids: Vec<_> = found.iter().map(|run| run.id().as_str()).collect();
        assert!(ids.is_sorted() && made.iter().all(|id| ids.contains(&id.as_str())), "round {round}");
        for run in &found {
            assert!(!run.is_alive().expect("probed"));
            assert_eq!(Head::read(run.path()).expect("whole").workflow, "demo");
        }
        let taken = Store::take_over(found.last().expect("a run").path()).expect("whole");
        assert_eq!(
            (taken.definition, taken.records),
            (definition(), vec![started(found.last().expect("a run").id().as_str())])
        );
        drop(runs.draft(NOW).expect("a draft"));
        let rest = std::fs::read_dir(runs.root().join("tmp")).expect("a folder");
        let names: Vec<_> =
            rest.map(|e| e.expect("an entry").file_name()).filter(|n| !n.to_string_lossy().starts_with('.')).collect();
        assert!(names.is_empty(), "round {round}: the next run sweeps what the dead left: {names:?}");
    }
}
