//! Nodes that do nothing: what the engine itself costs, beside the floor, ninja and make.

use std::io;
use std::time::Duration;

use crate::ground::{Ground, is_there};
use crate::sample::{in_turn, run};
use crate::shape::{Shape, Through};
use crate::table::{Against, Table, Unit, median, seconds};

/// One line of the table.
struct Case {
    what: &'static str,
    shape: Shape,
    j: usize,
    through: Through,
    /// Ratios wanted: to the floor, to ninja, to make.
    goals: [Option<f64>; 3],
}

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    use Through::{Argv, Shell};
    let case = |what, shape, j, through, goals| Case { what, shape, j, through, goals };
    for case in [
        case("1,000 at once, J=2", Shape::fan(1000), 2, Argv, [Some(2.0), Some(1.0), None]),
        case("1,000 at once, J=8", Shape::fan(1000), 8, Argv, [None, Some(0.7), Some(1.15)]),
        case("1,000 at once, J=8, `sh -c`", Shape::fan(1000), 8, Shell, [None, Some(1.2), None]),
        case("chain of 200", Shape::chain(200), 2, Argv, [None, Some(0.8), None]),
        case("20 layers of 50, J=2", Shape::layers(20, 50), 2, Argv, [None, Some(1.0), None]),
    ] {
        line(table, &case)?;
    }
    Ok(())
}

fn line(table: &mut Table, case: &Case) -> io::Result<()> {
    let ground = Ground::new()?;
    ground.write("bench.yaml", &case.shape.workflow(case.j, case.through))?;
    ground.write("build.ninja", &case.shape.ninja())?;
    ground.write("Makefile", &case.shape.make())?;
    ground.write("dag.json", &case.shape.json())?;
    let j = case.j.to_string();
    let mut ours = || {
        ground.forget()?;
        run(&mut ground.mission(&["run", "bench.yaml"]), 0)
    };
    let floor = std::env::var("MISSION_FLOOR").ok();
    let how = if case.through == Through::Shell { "sh" } else { "direct" };
    let mut floor = floor.map(|program| {
        let (ground, j) = (&ground, &j);
        move || run(&mut ground.command(&program, &["dag.json", j, "full", how, "thr", "../floor.db"]), 0)
    });
    let other = |program: &'static str| {
        let (ground, j) = (&ground, &j);
        is_there(program).then_some(move || {
            let _ = std::fs::remove_file(ground.path().join(".ninja_log"));
            run(&mut ground.command(program, &["-j", j]), 0)
        })
    };
    let (mut ninja, mut make) = (other("ninja"), other("make"));
    let mut contenders: Vec<&mut dyn FnMut() -> io::Result<Duration>> = vec![&mut ours];
    let mut present = Vec::new();
    if let Some(floor) = &mut floor {
        contenders.push(floor);
        present.push(0);
    }
    for (at, program) in [(1, &mut ninja), (2, &mut make)] {
        if let Some(program) = program {
            contenders.push(program);
            present.push(at);
        }
    }
    let medians: Vec<f64> = in_turn(&mut contenders)?.iter().map(|times| median(seconds(times))).collect();
    let others = ["floor", "ninja", "make"].iter().enumerate().map(|(at, name)| Against {
        name,
        figure: present.iter().position(|p| *p == at).map(|p| medians[p + 1]),
        goal: case.goals[at],
    });
    table.compare(case.what, Unit::Time, medians[0], &others.collect::<Vec<_>>())
}
