//! Every YAML block of `docs/language.md`: whole files and nodes are accepted, `refused CODE` blocks have that fault.

use mission_compiler::check::check;
use mission_compiler::diagnostic::{Diagnostic, Severity, render};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};

use crate::world::{registry, root};

/// A fenced block: the words behind its backticks, its line, its text.
struct Block {
    words: Vec<String>,
    line: usize,
    text: String,
}

fn blocks(page: &str) -> Vec<Block> {
    let mut found: Vec<Block> = Vec::new();
    let mut open = false;
    for (at, line) in page.lines().enumerate() {
        match line.strip_prefix("```") {
            Some(_) if open => open = false,
            Some(words) => {
                open = true;
                let words = words.split_whitespace().map(str::to_owned).collect();
                found.push(Block { words, line: at + 1, text: String::new() });
            }
            None if open => {
                let block = found.last_mut().expect("an open block");
                block.text.push_str(line);
                block.text.push('\n');
            }
            None => {}
        }
    }
    found
}

fn findings(text: String) -> (Vec<Diagnostic>, String) {
    let mut sources = Sources::new(Source::new("language.md", text));
    let parsed = parse(sources.workflow());
    let mut found = parsed.diagnostics;
    if let Some(workflow) = parsed.workflow {
        for file in workflow.prompt_files() {
            sources.add(Source::new(file.value.as_str(), "A prompt."));
        }
        found.extend(check(&workflow, &sources, &registry()).diagnostics);
    }
    let text = render(&sources, &found, false);
    (found, text)
}

#[test]
fn every_block_of_the_reference_is_what_it_says() {
    let page = std::fs::read_to_string(root().join("../docs/language.md")).expect("the reference is there");
    let blocks = blocks(&page);
    let frame = &blocks.iter().find(|b| b.words == ["yaml", "frame"]).expect("the frame is there").text;
    let (mut accepted, mut refused) = (0, 0);
    for block in blocks.iter().filter(|b| b.words.first().is_some_and(|w| w == "yaml")) {
        let place = format!("docs/language.md:{}", block.line);
        match block.words.iter().map(String::as_str).collect::<Vec<_>>()[1..] {
            [] => {
                let (found, text) = findings(block.text.clone());
                assert!(found.is_empty(), "{place}\n{text}");
                accepted += 1;
            }
            ["nodes"] => {
                let (found, text) = findings(format!("{frame}{}", block.text));
                // The frame names agents that a block need not use.
                let faults = found.iter().filter(|d| d.severity == Severity::Error || d.code != "unused-agent");
                assert_eq!(faults.count(), 0, "{place}\n{text}");
                accepted += 1;
            }
            ["refused", code] => {
                let (found, text) = findings(format!("{frame}{}", block.text));
                assert!(found.iter().any(|d| d.code == code), "{place} has no `{code}`\n{text}");
                refused += 1;
            }
            ["frame"] => {}
            ref words => panic!("{place}: {words:?} is no kind of block"),
        }
    }
    assert!(accepted >= 10 && refused >= 3, "{accepted} accepted, {refused} refused");
}
