//! A long run that is resumed: from the command line to the first process.

use std::fmt::Write as _;
use std::io;

use crate::ground::Ground;
use crate::sample::{run, samples};
use crate::startup::{stamping, until_stamp};
use crate::table::{Table, Unit, median, seconds};

const FINISHED: usize = 10_000;

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    let ground = Ground::new()?;
    let mut text = format!(
        "mission: 1\nname: long\nlimits: {{ concurrency: 8, nodes: {} }}\nnodes:\n  gate: {{ gate: {{ title: Well?, choices: {{ go: {{ go: next }} }} }} }}\n{}",
        FINISHED + 10,
        stamping("")?
    );
    for node in 0..FINISHED {
        writeln!(text, "  n{node}: {{ run: [/bin/true] }}").expect("a text grows");
    }
    ground.write("long.yaml", &text)?;
    run(&mut ground.mission(&["run", "long.yaml"]), 3)?;
    let mut times = Vec::new();
    for _ in 0..samples() {
        let retry = || run(&mut ground.mission(&["retry", "--node", "stamp"]), 3);
        times.push(until_stamp(&ground, retry)?);
    }
    table.figure("10,000 finished nodes, start to dispatch", Unit::Time, median(seconds(&times)), Some(0.100))
}
