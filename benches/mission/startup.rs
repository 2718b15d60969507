//! From the command line to the first process of a node.

use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::ground::{Ground, is_there};
use crate::sample::{in_turn, run};
use crate::table::{Against, Table, Unit, median, seconds};

/// With this word this program writes the time into a file and ends.
pub(crate) const STAMP: &str = "stamp";

/// Writes the time of day into `path`.
pub(crate) fn stamp(path: &str) -> io::Result<()> {
    std::fs::write(path, now()?.as_nanos().to_string())
}

/// A workflow with a node `stamp` that writes the time into the file `stamp` of the project.
pub(crate) fn stamping(needs: &str) -> io::Result<String> {
    let me = std::env::current_exe()?;
    Ok(format!("  stamp: {{ run: [{}, {STAMP}, stamp]{needs} }}\n", serde_json::to_string(&me)?))
}

fn now() -> io::Result<Duration> {
    SystemTime::now().duration_since(UNIX_EPOCH).map_err(io::Error::other)
}

/// Time from now until the node `stamp` has run, while `work` goes on.
pub(crate) fn until_stamp(ground: &Ground, work: impl FnOnce() -> io::Result<Duration>) -> io::Result<Duration> {
    let begun = now()?;
    work()?;
    let path = ground.path().join("stamp");
    let at = std::fs::read_to_string(&path)?.parse().map_err(io::Error::other)?;
    std::fs::remove_file(path)?;
    Ok(Duration::from_nanos(at).saturating_sub(begun))
}

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    let ground = Ground::new()?;
    ground.write("first.yaml", &format!("mission: 1\nname: first\nnodes:\n{}", stamping("")?))?;
    ground.write("one.yaml", "mission: 1\nname: one\nnodes:\n  only: { run: [/bin/true] }\n")?;
    ground.write("build.ninja", "rule r\n  command = /bin/true\nbuild only: r\n")?;
    let mut first = || {
        ground.forget()?;
        until_stamp(&ground, || run(&mut ground.mission(&["run", "first.yaml"]), 0))
    };
    let mut whole = || {
        ground.forget()?;
        run(&mut ground.mission(&["run", "one.yaml"]), 0)
    };
    let mut ninja = || {
        let _ = std::fs::remove_file(ground.path().join(".ninja_log"));
        run(&mut ground.command("ninja", &[]), 0)
    };
    let mut contenders: Vec<&mut dyn FnMut() -> io::Result<Duration>> = vec![&mut first, &mut whole];
    if is_there("ninja") {
        contenders.push(&mut ninja);
    }
    // These are short, so more of them.
    let mut times = vec![Vec::new(); contenders.len()];
    for _ in 0..4 {
        in_turn(&mut contenders)?.into_iter().zip(&mut times).for_each(|(more, times)| times.extend(more));
    }
    let medians: Vec<f64> = times.iter().map(|times| median(seconds(times))).collect();
    table.figure("start to the first process", Unit::Time, medians[0], Some(0.030))?;
    let against = Against { name: "ninja", figure: medians.get(2).copied(), goal: Some(2.0) };
    table.compare("run of one node", Unit::Time, medians[1], &[against])
}
