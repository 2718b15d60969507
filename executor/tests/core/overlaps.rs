//! Work that conflicts is told once.

use mission_executor::decide::port::Input;
use mission_executor::event::Overlap;

use crate::scripted::Scripted;

fn overlap(one: &str, other: &str, files: &[&str]) -> Overlap {
    let files = files.iter().map(|f| (*f).to_owned()).collect();
    Overlap { nodes: [one, other].map(|n| format!("t:{n}")), branches: [one, other].map(str::to_owned), files }
}

#[test]
fn a_conflict_is_recorded_once_for_a_pair_and_its_files() {
    let mut run = Scripted::begin("{ mission: 1, name: t, nodes: { a: { run: a }, b: { run: b }, c: { run: c } } }");
    for seen in [
        overlap("a", "b", &["x", "y"]),
        overlap("a", "b", &["y", "x"]),
        overlap("a", "b", &["x"]),
        overlap("a", "c", &["x"]),
        overlap("a", "b", &["x", "z"]),
    ] {
        run.input(Input::Overlap(seen));
    }
    let expected = [overlap("a", "b", &["x", "y"]), overlap("a", "c", &["x"]), overlap("a", "b", &["x", "z"])];
    assert_eq!(run.core.run().overlaps(), expected);
    run.resumed();
    assert_eq!(run.core.run().overlaps(), expected, "read from the log");
    run.input(Input::Overlap(overlap("a", "c", &["x"])));
    assert_eq!(run.core.run().overlaps(), expected, "not told again by another executor");
}
