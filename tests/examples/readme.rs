//! The README as a reader follows it: every `sh` block is run, in order, in one shell, in a copy of what a clone holds; a
//! `text` block behind it is what it prints, and a `yaml` block is the file that the text before it names.

use std::fmt::Write as _;

use crate::bench::{Bench, repository};

/// Blocks that are not run here, and why.
const ELSEWHERE: &[(&str, &str)] = &[
    ("scripts/test", "it runs this test"),
    (
        "cargo install --locked --path .",
        "it builds everything once more, so `.ci/run` does it; here the program under test is on the `PATH`",
    ),
];

/// Stands for cargo: the program it would build and run is the one under test.
const CARGO: &str = "#!/bin/sh\n[ \"$1 $2\" = 'run --' ] || exit 70\nshift 2\nexec mission \"$@\"\n";

/// Tests wait for what happens and not for time: where the tour sleeps until it kills a run, a feature must have been built.
const SLEEP: &str =
    "sleep() { until mission status | grep -q 'done .*mission:milestone:1:feature'; do command sleep 0.1; done; }";

struct Block {
    language: String,
    text: String,
    /// The last name in backticks that ends in `.yaml`, before the block.
    file: Option<String>,
    line: usize,
}

fn blocks(page: &str) -> Vec<Block> {
    let (mut found, mut open, mut file): (Vec<Block>, bool, Option<String>) = (Vec::new(), false, None);
    for (at, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(language) => {
                open = true;
                found.push(Block {
                    language: language.to_owned(),
                    text: String::new(),
                    file: file.take(),
                    line: at + 1,
                });
            }
            None if open => writeln!(found.last_mut().unwrap().text, "{line}").unwrap(),
            None => {
                file = line
                    .split('`')
                    .skip(1)
                    .step_by(2)
                    .filter(|word| word.ends_with(".yaml"))
                    .last()
                    .map(str::to_owned)
                    .or(file)
            }
        }
    }
    found
}

/// Does `line` look like `pattern`, where `…` stands for anything?
fn matches(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split('…');
    let Some(mut rest) = line.strip_prefix(parts.next().unwrap()) else { return false };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else { return rest.is_empty() };
    for part in middle {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// Are these the lines printed? A pattern that is only `…` stands for any number of lines.
fn printed(expected: &[&str], found: &[&str]) -> bool {
    match expected {
        [] => found.iter().all(|line| line.is_empty()),
        [any, rest @ ..] if any.trim() == "…" => (0..=found.len()).any(|skip| printed(rest, &found[skip..])),
        [first, rest @ ..] => {
            found.split_first().is_some_and(|(line, others)| matches(first, line) && printed(rest, others))
        }
    }
}

#[test]
fn every_block_of_the_readme_does_what_it_says() {
    let page = std::fs::read_to_string(repository().join("README.md")).unwrap();
    let blocks = blocks(&page);
    let bench = Bench::below("mission");
    let tools = bench.path().join("../tools");
    std::fs::create_dir(&tools).unwrap();
    std::fs::write(tools.join("cargo"), CARGO).unwrap();
    let mut script = format!("chmod +x '{0}/cargo'; PATH='{0}':$PATH\n{SLEEP}\nset -eu\n", tools.display());
    let mut run = Vec::new();
    for block in &blocks {
        match block.language.as_str() {
            "sh" if ELSEWHERE.iter().any(|(text, _)| *text == block.text.trim()) => {}
            "sh" => {
                writeln!(script, "echo '@@ {}'\n{}", block.line, block.text).unwrap();
                run.push(block.line);
            }
            "yaml" if block.text.starts_with("mission:") => {
                let file = block.file.as_ref().expect("the text names the file");
                writeln!(script, "cat >{file} <<'END OF FILE'\n{}END OF FILE", block.text).unwrap();
            }
            // The first line of a file in an editor: the schema it names is one that the README makes.
            "yaml" => {
                let schema = block.text.trim().rsplit("$schema=./").next().unwrap();
                assert!(page.contains(&format!("> .mission/workflows/{schema}")), "{schema} is made nowhere");
            }
            "text" => {}
            other => panic!("README.md:{}: no test for `{other}`", block.line),
        }
    }
    let output = bench.run(bench.command("sh").args(["-c", &format!("exec 2>&1\n{script}")]));
    assert_eq!(output.code, 0, "{}", output.stdout);
    for pair in blocks.windows(2).filter(|pair| pair[1].language == "text") {
        let from = format!("@@ {}\n", pair[0].line);
        let said = output.stdout.split_once(&from).expect("the block was run").1;
        let said = said.split("@@ ").next().unwrap();
        let expected: Vec<&str> = ["…"].into_iter().chain(pair[1].text.lines()).chain(["…"]).collect();
        let found: Vec<&str> = said.trim_end().lines().collect();
        assert!(
            printed(&expected, &found),
            "README.md:{} shows\n{}\nbut this is printed\n{said}",
            pair[1].line,
            pair[1].text
        );
    }
    assert!(run.len() >= 8, "only {} blocks were run", run.len());
}
