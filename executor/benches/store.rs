//! What durability costs here: synced commits per second, alone and with many steps at once, and how fast a run is read.
//!
//! `cargo bench -p mission-executor --bench store`. Beside it a single file that is written and synced as often: the floor of
//! this disk on this day.

use std::collections::BTreeMap;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use mission_compiler::template::Data;
use mission_executor::event::{Event, Record, Status, Timestamp, Usage};
use mission_executor::runs::Runs;
use mission_executor::store::{Definition, Head, Reader, Store, TakenOver};
use serde_json::json;

fn main() -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "disk     {}", floor(2_000)?)?;
    for (tasks, each) in [(1, 2_000), (8, 1_000), (64, 400)] {
        writeln!(out, "{tasks:>2} tasks {}", commits(tasks, each)?)?;
    }
    for records in [1_000, 10_000, 30_000] {
        writeln!(out, "{records:>6} records {}", load(records)?)?;
    }
    writeln!(out, "new run  {}", new_run(50)?)?;
    writeln!(out, "head     {}", head(200)?)
}

/// One page overwritten and synced, again and again.
fn floor(times: u32) -> io::Result<String> {
    let file = tempfile::NamedTempFile::new_in(env!("CARGO_TARGET_TMPDIR"))?;
    let page = [7; 4096];
    let since = Instant::now();
    for n in 0..times {
        file.as_file().write_all_at(&page, u64::from(n % 64) * 4096)?;
        file.as_file().sync_data()?;
    }
    Ok(format!("{:>8.0} syncs/s", rate(times.into(), since.elapsed())))
}

/// `tasks` threads, each storing `each` records one after the other.
fn commits(tasks: u64, each: u64) -> io::Result<String> {
    let dir = run(&[])?;
    let TakenOver { store, .. } = take_over(dir.path());
    let next = Mutex::new(1);
    let since = Instant::now();
    let mut waits: Vec<Duration> = std::thread::scope(|scope| {
        let work = || {
            let mut waits = Vec::new();
            for _ in 0..each {
                let begun = Instant::now();
                let pending = {
                    let mut seq = next.lock().expect("no task panics");
                    *seq += 1;
                    store.append(vec![record(*seq)])
                };
                pending.wait().expect("stored");
                waits.push(begun.elapsed());
            }
            waits
        };
        let tasks: Vec<_> = (0..tasks).map(|_| scope.spawn(work)).collect();
        tasks.into_iter().flat_map(|task| task.join().expect("no task panics")).collect()
    });
    let took = since.elapsed();
    waits.sort_unstable();
    let wait = |share: usize| waits[(waits.len() - 1) * share / 100].as_micros();
    Ok(format!(
        "{:>8.0} steps/s  {:>6.0} commits/s  {:>6} commits for {} steps  p50 {} us  p99 {} us",
        rate(tasks * each, took),
        rate(store.commits(), took),
        store.commits(),
        tasks * each,
        wait(50),
        wait(99),
    ))
}

/// Taking over and reading a run of `count` records.
fn load(count: u64) -> io::Result<String> {
    let dir = run(&(2..=count).map(record).collect::<Vec<_>>())?;
    let bytes = std::fs::metadata(dir.path().join("run.db"))?.len();
    let since = Instant::now();
    let taken = take_over(dir.path());
    let took = since.elapsed();
    assert_eq!(taken.records.len() as u64, count);
    let since = Instant::now();
    let read = Reader::open(dir.path()).and_then(|reader| reader.records(0)).expect("sound");
    assert_eq!(read, taken.records);
    Ok(format!(
        "{:>8} bytes  take over {:>6.1} ms  read and check {:>6.1} ms",
        bytes,
        millis(took),
        millis(since.elapsed())
    ))
}

/// Making a run and taking it over, as the start of `run` does.
fn new_run(count: u32) -> io::Result<String> {
    let repository = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let runs = Runs::of(repository.path());
    let since = Instant::now();
    for _ in 0..count {
        let draft = runs.draft(Timestamp(1_795_240_920_000)).expect("a draft");
        Store::create(draft.path(), &definition(), &[started()]).expect("created");
        let (run, _lock) = draft.publish().expect("published");
        take_over(run.path()).store.append(vec![record(2)]).wait().expect("stored");
    }
    Ok(format!("{:>8.1} ms each", millis(since.elapsed()) / f64::from(count)))
}

/// Reading the summaries of many closed runs, as a list of runs does.
fn head(count: u32) -> io::Result<String> {
    let dir = run(&[])?;
    let since = Instant::now();
    for _ in 0..count {
        assert_eq!(Head::read(dir.path()).expect("sound").workflow, "demo");
    }
    Ok(format!("{:>8.3} ms each", millis(since.elapsed()) / f64::from(count)))
}

fn rate(count: u64, took: Duration) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / took.as_secs_f64()
}

fn millis(took: Duration) -> f64 {
    took.as_secs_f64() * 1e3
}

fn definition() -> Definition {
    Definition {
        name: "demo".into(),
        origin: "demo.yaml".into(),
        workflow: "name: demo\n".into(),
        files: BTreeMap::new(),
        inputs: BTreeMap::new(),
        agents: BTreeMap::new(),
        catalogue: None,
        engine: "0.1.0".into(),
    }
}

fn started() -> Record {
    let event = Event::RunStarted {
        run: "20261121-0602-kosame".into(),
        workflow: "demo".into(),
        definition: definition().digest(),
        engine: "0.1.0".into(),
        inputs: BTreeMap::new(),
        agents: BTreeMap::new(),
        flags: vec![],
    };
    Record { seq: 1, at: Timestamp(0), event }
}

/// A run with its first record and `more`. Not in the folder for temporary files, which may be in memory.
fn run(more: &[Record]) -> io::Result<tempfile::TempDir> {
    let dir = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut records = vec![started()];
    records.extend_from_slice(more);
    Store::create(dir.path(), &definition(), &records).expect("created");
    Ok(dir)
}

fn take_over(dir: &Path) -> TakenOver {
    Store::take_over(dir).expect("sound")
}

/// The end of a node with a result of a usual size.
fn record(seq: u64) -> Record {
    let output = json!({"status": "success", "summary": "done as it was asked; nothing remarkable happened on the way", "files": ["src/a.rs"]});
    let event = Event::NodeFinished {
        node: format!("demo:part:{}:piece:number-{seq}", seq % 20),
        attempt: 1,
        status: Status::Done,
        output: Some(Data::from_json(&output)),
        failure: None,
        unresolved: false,
        usage: Usage::default(),
    };
    Record { seq, at: Timestamp(seq), event }
}
