//! Deterministic simulation: the shipped core in a world where everything fails, one seed a world.
//!
//! `MISSION_SIM_RUNS` sets how many worlds, `MISSION_SIM_SEED` the first one (or the only one, with `MISSION_SIM_RUNS=1`).
//! A world that violates an invariant prints its seed; the same seed gives the same world again.

#![expect(clippy::print_stdout, reason = "figures and seeds are for people")]

mod books;
mod choices;
mod invariants;
mod planted;
mod shapes;
mod world;

use planted::Bug;
use shapes::{Shape, shape};
use world::{Outcome, World};

/// How many different workflows the worlds share.
const SHAPES: u64 = 300;

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .map_or(otherwise, |text| text.parse().unwrap_or_else(|_| panic!("{name} is not a number: {text}")))
}

fn shapes() -> Vec<Shape> {
    (0..SHAPES).map(shape).collect()
}

fn live(seed: u64, shapes: &[Shape], bug: Option<Bug>) -> Outcome {
    World::new(seed, &shapes[(seed % SHAPES) as usize], bug).live()
}

#[test]
fn no_world_violates_an_invariant() {
    let (first, runs) = (number("MISSION_SIM_SEED", 0), number("MISSION_SIM_RUNS", 3_000));
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let began = std::time::Instant::now();
    let outcomes: Vec<(u64, u64, u64, u64)> = std::thread::scope(|scope| {
        let work = (0..threads).map(|thread| {
            scope.spawn(move || {
                let shapes = shapes();
                let mut sums = (0, 0, 0, 0);
                for seed in (first + thread..first + runs).step_by(threads as usize) {
                    let outcome = live(seed, &shapes, None);
                    if let Some(violation) = outcome.violation {
                        let text = &shapes[(seed % SHAPES) as usize].text;
                        panic!("seed {seed}: {violation}\n{text}\nagain: MISSION_SIM_SEED={seed} MISSION_SIM_RUNS=1");
                    }
                    sums.0 += 1;
                    sums.1 += outcome.executions;
                    sums.2 += outcome.crashes;
                    sums.3 += outcome.events;
                }
                sums
            })
        });
        let work: Vec<_> = work.collect();
        work.into_iter().map(|handle| handle.join().unwrap_or_else(|e| std::panic::resume_unwind(e))).collect()
    });
    let (worlds, executions, crashes, events) =
        outcomes.into_iter().fold((0, 0, 0, 0), |a, b| (a.0 + b.0, a.1 + b.1, a.2 + b.2, a.3 + b.3));
    assert_eq!(worlds, runs);
    let seconds = began.elapsed().as_secs_f64();
    let rate = executions as f64 / seconds * 60.0 / 1e6;
    println!(
        "{worlds} worlds, {executions} node executions, {events} events, {crashes} crashes in {seconds:.1} s: {rate:.2} M node executions/min, 0 violations"
    );
    assert!(executions > worlds && crashes > worlds / 20, "the worlds are too quiet to prove anything");
}

#[test]
fn a_seed_is_a_world() {
    let (once, again) = (shapes(), shapes());
    for seed in 0..500 {
        let (a, b) = (live(seed, &once, None), live(seed, &again, None));
        assert_eq!(
            (a.hash, a.events, a.executions, a.status),
            (b.hash, b.events, b.executions, b.status),
            "seed {seed}"
        );
    }
}

#[test]
fn every_planted_bug_is_found() {
    let shapes = shapes();
    let mut escaped = Vec::new();
    for bug in Bug::ALL {
        let found = (0..20_000).find_map(|seed| Some((seed, live(seed, &shapes, Some(bug)).violation?)));
        match found {
            Some((seed, violation)) => println!("{bug:?}: seed {seed}: {violation}"),
            None => escaped.push(bug),
        }
    }
    assert!(escaped.is_empty(), "planted and not found: {escaped:?}");
}
