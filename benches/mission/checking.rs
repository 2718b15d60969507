//! Checking: large workflows, and how soon what nobody should run is refused.

use std::fmt::Write as _;
use std::io;

use crate::ground::{Ground, is_there};
use crate::sample::{in_turn, run};
use crate::shape::{Shape, Through};
use crate::table::{Against, Table, Unit, median, seconds};

/// Adds the section.
pub(crate) fn measure(table: &mut Table) -> io::Result<()> {
    let ground = Ground::new()?;
    for (nodes, name, goal) in [(1_000, "1,000", None), (10_000, "10,000", None), (100_000, "100,000", Some(1.3))] {
        let shape = Shape::tangle(nodes);
        ground.write("large.yaml", &shape.workflow(2, Through::Argv))?;
        ground.write("build.ninja", &shape.ninja())?;
        let mut ours = || run(&mut ground.mission(&["check", "large.yaml"]), 0);
        let mut ninja = || run(&mut ground.command("ninja", &["-n"]), 0);
        let mut contenders: Vec<&mut dyn FnMut() -> io::Result<_>> = vec![&mut ours];
        if is_there("ninja") {
            contenders.push(&mut ninja);
        }
        let medians: Vec<f64> = in_turn(&mut contenders)?.iter().map(|times| median(seconds(times))).collect();
        let against = Against { name: "ninja -n", figure: medians.get(1).copied(), goal };
        table.compare(&format!("check of {name} nodes"), Unit::Time, medians[0], &[against])?;
    }
    let mut template = || run(&mut ground.mission(&["check", "mission"]), 0);
    let times = in_turn(&mut [&mut template])?;
    table.figure("check of the mission template", Unit::Time, median(seconds(&times[0])), Some(0.005))?;
    for (what, text) in mistakes() {
        ground.write("mistake.yaml", &text)?;
        let mut refuse = || run(&mut ground.mission(&["run", "mistake.yaml"]), 2);
        let times = in_turn(&mut [&mut refuse])?;
        table.figure(&format!("refused: {what}"), Unit::Time, median(seconds(&times[0])), Some(1.0))?;
    }
    for (what, input) in [
        ("an unknown input", "maxConcurency=1"),
        ("an input of the wrong type", "maxConcurrency=many"),
        ("an input out of range", "maxConcurrency=11"),
    ] {
        let mut refuse = || run(&mut ground.mission(&["run", "mission", "--prompt", "x", "-i", input]), 2);
        let times = in_turn(&mut [&mut refuse])?;
        table.figure(&format!("refused: {what}"), Unit::Time, median(seconds(&times[0])), Some(1.0))?;
    }
    for (what, text) in hostile() {
        ground.write("hostile.yaml", &text)?;
        let mut refuse = || run(&mut ground.mission(&["check", "hostile.yaml"]), 2);
        let times = in_turn(&mut [&mut refuse])?;
        table.figure(&format!("refused: {what}"), Unit::Time, median(seconds(&times[0])), Some(1.0))?;
    }
    Ok(())
}

fn begun() -> String {
    "mission: 1\nname: hostile\nnodes:\n".to_owned()
}

/// Workflows of a few lines with one mistake each.
fn mistakes() -> Vec<(&'static str, String)> {
    vec![
        ("a misspelt key", begun() + "  a: { rnu: [/bin/true] }\n"),
        ("an unknown node", begun() + "  a: { run: [/bin/true], needs: [b] }\n"),
        ("a cycle", cycle(3)),
        (
            "a reference to what is not upstream",
            begun() + "  a: { run: [x], when: nodes.b.output }\n  b: { run: [x] }\n",
        ),
        ("a value of the wrong type", begun() + "  a: { run: [/bin/true], timeout: [1] }\n"),
        ("what is not YAML", begun() + "  a: { run: [/bin/true]\n b: ]\n"),
    ]
}

/// Workflows that nobody should run, each at most as large as a workflow may be, but for one byte in one of them.
fn hostile() -> Vec<(&'static str, String)> {
    let long = 8 << 20;
    let repeated = |part: &str, times: usize| begun() + "  a: { value: " + &part.repeat(times);
    let filled = |line: &dyn Fn(usize) -> String| {
        let mut text = begun();
        let mut at = 0;
        while text.len() < long - 100 {
            text.push_str(&line(at));
            at += 1;
        }
        text
    };
    vec![
        ("an alias bomb", aliases()),
        ("100,000 aliases of a long text", heavy_aliases()),
        ("a byte more than 8 MiB", begun() + "  a: { run: [/bin/true] }\n#" + &"x".repeat(long)),
        ("8 MiB of `[`", repeated("[", long - 100)),
        ("8 MiB of `{a: `", repeated("{a: ", long / 4 - 100)),
        ("8 MiB of `- `", begun() + "  a:\n    value:\n      " + &"- ".repeat(long / 2 - 100)),
        ("a cycle of 1,000", cycle(1_000)),
        ("a cycle of 100,000", cycle(100_000)),
        ("200,000 duplicate keys", begun() + &"  a: { run: [/bin/true] }\n".repeat(200_000)),
        ("8 MiB of unknown keys", filled(&|at| format!("  n{at}: {{ rnu: [/bin/true] }}\n"))),
        ("8 MiB of unknown needs", filled(&|at| format!("  n{at}: {{ run: [/bin/true], needs: [m{at}] }}\n"))),
        ("8 MiB of failing expressions", filled(&|at| format!("  n{at}: {{ run: [x], when: nodes.m{at}.output }}\n"))),
        ("8 MiB of broken templates", filled(&|at| format!("  n{at}: {{ value: \"{{{{ 1 +\" }}\n"))),
        ("an expression of 8 MiB", begun() + "  a:\n    run: [x]\n    when: \"" + &"(".repeat(long - 200) + "\"\n"),
        ("8 MiB without a line end", "x".repeat(long)),
    ]
}

/// Nine lists, each of nine times the one before.
fn aliases() -> String {
    let mut text = begun() + "  a:\n    value:\n      l0: &l0 [x, x, x, x, x, x, x, x, x]\n";
    for level in 1..=9 {
        let inner = vec![format!("*l{}", level - 1); 9].join(", ");
        writeln!(text, "      l{level}: &l{level} [{inner}]").expect("a text grows");
    }
    text
}

fn heavy_aliases() -> String {
    let mut text = begun() + "  a:\n    value:\n      - &long " + &"x".repeat(10_000) + "\n";
    text.push_str(&"      - *long\n".repeat(100_000));
    text
}

fn cycle(nodes: usize) -> String {
    let mut text = begun();
    for node in 0..nodes {
        writeln!(text, "  n{node}: {{ run: [/bin/true], needs: [n{}] }}", (node + 1) % nodes).expect("a text grows");
    }
    text
}
