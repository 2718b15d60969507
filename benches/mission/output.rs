//! A node that prints far more than is kept.

use std::io;

use crate::ground::{Ground, is_there};
use crate::sample::{samples, watch};
use crate::table::{Against, Table, Unit, median};

const COMMAND: &str = "yes mission accomplished | head -c 268435456";

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    let ground = Ground::new()?;
    ground.write("bench.yaml", &format!("mission: 1\nname: bench\nnodes:\n  loud: {{ run: \"{COMMAND}\" }}\n"))?;
    ground.write("build.ninja", &format!("rule r\n  command = {COMMAND}\nbuild loud: r\n"))?;
    let (mut ours, mut ninja) = (Vec::new(), Vec::new());
    for _ in 0..samples() {
        ground.forget()?;
        ours.push(watch(&mut ground.mission(&["run", "bench.yaml"]), 0)?);
        if is_there("ninja") {
            let _ = std::fs::remove_file(ground.path().join(".ninja_log"));
            ninja.push(watch(&mut ground.command("ninja", &[]), 0)?);
        }
    }
    let time = |samples: &[crate::sample::Sample]| median(samples.iter().map(|s| s.wall.as_secs_f64()).collect());
    let peak = |samples: &[crate::sample::Sample]| median(samples.iter().map(|s| s.peak as f64).collect());
    let other = (!ninja.is_empty()).then_some(&ninja);
    let against = |figure| Against { name: "ninja", figure, goal: None };
    table.compare("a node prints 256 MiB", Unit::Time, time(&ours), &[against(other.map(|n| time(n)))])?;
    table.figure("  memory meanwhile", Unit::Size, peak(&ours), Some(f64::from(16 << 20)))?;
    table.compare("", Unit::Size, peak(&ours), &[against(other.map(|n| peak(n)))])
}
