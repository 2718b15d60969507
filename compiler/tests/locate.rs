//! `source::locate`: a range of a scalar's value leads back to the same characters in the file, however it is written.

use mission_compiler::parse::parse;
use mission_compiler::source::{Source, locate};
use mission_compiler::syntax::{Prompt, Verb};

/// Parses a file whose only node has this prompt (written as given), and returns what `needle`'s place shows.
fn shown(prompt: &str, needle: &str) -> String {
    let text = format!("mission: 1\nname: n\nnodes:\n  a:\n    agent: w\n    prompt: {prompt}\n");
    let source = Source::new("n.yaml", text);
    let parsed = parse(&source);
    let workflow = parsed.workflow.unwrap_or_else(|| panic!("{:?}", parsed.diagnostics));
    let (_, node) = &workflow.nodes.0[0];
    let Some(Prompt::Inline(text)) = &node.prompt else { panic!("no prompt") };
    let start = text.value.find(needle).unwrap_or_else(|| panic!("{needle:?} is not in {:?}", text.value));
    let span = locate(&source, text.span, &text.value, start..start + needle.len());
    source.text()[span.start as usize..span.end as usize].to_owned()
}

#[test]
fn the_characters_of_the_file_are_found() {
    for (prompt, needle) in [
        ("say {{ x.y }} now", "x.y"),
        ("\"say {{ x.y }} now\"", "x.y"),
        ("'it''s {{ x.y }}'", "x.y"),
        ("\"a\\tb \\u00e9 {{ x.y }}\"", "x.y"),
        ("\"tail x.y\"", "x.y"),
        ("plain over\n      two lines {{ x.y }} é", "x.y"),
        ("\"quoted over\n\n      two {{ x.y }}\"", "x.y"),
        ("\"quoted \\\n      on {{ x.y }}\"", "x.y"),
        ("|\n      first\n        deeper {{ x.y }}\n\n      last", "x.y"),
        ("|\n      first\n        deeper\n\n      last {{ x.y }}", "{{ x.y }}"),
        ("|-\n\n      after a blank é {{ x.y }}", "x.y"),
        ("|\n      \"quoted\" {{ x.y }} \"line\"", "x.y"),
        (">-\n      folded\n      over é {{ x.y }}\n\n      and more", "and more"),
        (">-\n      folded\n      over {{ x.y }}", "x.y"),
        (">\n      folded\n\n        kept x\n        as is x.y\n      end", "x.y"),
    ] {
        assert_eq!(shown(prompt, needle), needle, "in {prompt:?}");
    }
}

#[test]
fn a_range_over_a_fold_covers_both_lines() {
    assert_eq!(shown(">-\n      one\n      two", "one two"), "one\n      two");
}

#[test]
fn a_value_of_another_place_gives_the_whole_place() {
    let source = Source::new("n.yaml", "key: 'value'");
    let span = mission_compiler::source::Span::new(Default::default(), 5, 12);
    assert_eq!(locate(&source, span, "other", 1..2), span);
    assert_eq!(locate(&source, span, "value", 0..5), mission_compiler::source::Span::new(Default::default(), 6, 11));
}

#[test]
fn braces_are_taken_off_an_expression() {
    let text = "mission: 1\nname: n\nnodes:\n  a:\n    when: \"{{ inputs.x }}\"\n    run: 'true'\n";
    let source = Source::new("n.yaml", text);
    let parsed = parse(&source);
    assert_eq!(parsed.diagnostics[0].code, "template-in-expression");
    let workflow = parsed.workflow.expect("the mistake leaves no hole");
    let when = workflow.nodes.0[0].1.when.clone().expect("a condition");
    assert_eq!(when.value, "inputs.x");
    assert_eq!(&text[when.span.start as usize..when.span.end as usize], "inputs.x");
    assert!(matches!(workflow.nodes.0[0].1.verbs[0].value, Verb::Run(_)));
}
