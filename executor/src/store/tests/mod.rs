//! The store against the disk: what is acknowledged is there, and what is wrong is noticed.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use mission_compiler::template::Data;
use serde_json::json;
use tempfile::TempDir;

use super::{Definition, Store, TakenOver, Uncommitted};
use crate::event::{Cause, Event, Record, Status, Timestamp, Usage};

mod crash;
mod damage;
mod faults;
mod mailbox;
mod size;
mod write;

/// 2026-11-21 06:02:00 UTC.
const NOW: u64 = 1_795_240_920_000;

fn definition() -> Definition {
    Definition {
        name: "demo".into(),
        origin: "flows/demo.yaml".into(),
        workflow: "name: demo\nnodes: {}\n".into(),
        files: BTreeMap::from([("ask.md".into(), "Say \"{{ inputs.what }}\".\n".into())]),
        inputs: BTreeMap::from([("what".into(), Data::from_json(&json!({"z": 0.1, "a": [1, null, "é\u{0}"]})))]),
        agents: BTreeMap::from([("*".into(), "./agent".into())]),
        catalogue: None,
        engine: "0.1.0".into(),
    }
}

fn record(seq: u64, event: Event) -> Record {
    Record { seq, at: Timestamp(NOW + seq * 7), event }
}

fn started() -> Record {
    let Definition { name, inputs, agents, engine, .. } = definition();
    let event = Event::RunStarted {
        run: "20261121-0602-kosame".into(),
        workflow: name,
        definition: definition().digest(),
        engine,
        inputs,
        agents,
        flags: vec![],
    };
    record(1, event)
}

/// Records as a run makes them: a node begins, and ends with a result of a few hundred bytes.
fn typical(seq: u64) -> Record {
    let node = format!("demo:part:{}:piece:number-{}", seq % 20 + 1, seq / 2);
    let event = if seq.is_multiple_of(2) {
        Event::NodeStarted { node, attempt: 1, cause: Cause::First, agent: None }
    } else {
        let summary = format!("number {seq} is done as it was asked; nothing remarkable happened on the way");
        Event::NodeFinished {
            node,
            attempt: 1,
            status: Status::Done,
            output: Some(Data::from_json(
                &json!({"status": "success", "summary": summary, "files": ["src/a.rs", "src/b.rs"], "share": 0.1 * f64::from(u32::try_from(seq).expect("small"))}),
            )),
            failure: None,
            unresolved: false,
            usage: Usage { millis: Some(seq * 31), usd: Some(0.1 + 0.2), ..Usage::default() },
        }
    };
    record(seq, event)
}

fn typicals(range: std::ops::RangeInclusive<u64>) -> Vec<Record> {
    range.map(typical).collect()
}

/// The folder of a run whose only record says that it started.
fn run() -> TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    Store::create(dir.path(), &definition(), &[started()]).expect("created");
    dir
}

fn take_over(dir: &Path) -> TakenOver {
    Store::take_over(dir).expect("taken over")
}

/// Commits a step that nothing follows from.
fn commit(store: &Store, step: Uncommitted<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    runtime.block_on(store.commit(step)).expect("stored").into_parts();
}

/// Seeded numbers that look random (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, n: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % n
    }
}

/// This test binary again, running only the test `name` with `dir` in its environment.
fn again(name: &str, dir: &Path) -> Command {
    let mut command = Command::new(std::env::current_exe().expect("this test"));
    command.args(["--exact", &format!("store::tests::{name}"), "--nocapture"]).env(CHILD, dir);
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

const CHILD: &str = "MISSION_TEST_STORE";
