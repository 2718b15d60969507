//! Files that nobody would write: the check says something, or nothing, but never panics and points at real characters.

use std::fmt::Write as _;

use mission_compiler::check::check;
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};

use crate::world::{Outcome, check_text, registry, root};

fn places_are_real(outcome: &Outcome) {
    for diagnostic in &outcome.diagnostics {
        let labels = diagnostic.labels.iter().map(|l| l.span);
        for span in labels.chain([diagnostic.span]) {
            let text = outcome.sources.get(span.file).text();
            assert!(text.get(span.start as usize..span.end as usize).is_some(), "{diagnostic:?}");
        }
    }
}

fn survives(text: &str) {
    let source = Source::new("mutated.yaml", text);
    if parse(&source).workflow.is_some() {
        places_are_real(&check_text("mutated.yaml", text, Some(&root().join("../templates"))));
    }
}

#[test]
fn a_template_without_one_of_its_lines() {
    let text = std::fs::read_to_string(root().join("../templates/mission.yaml")).expect("the template is there");
    let lines: Vec<&str> = text.lines().collect();
    for gone in (0..lines.len()).step_by(3) {
        let rest: Vec<&str> = lines.iter().enumerate().filter(|(i, _)| *i != gone).map(|(_, l)| *l).collect();
        survives(&rest.join("\n"));
    }
}

#[test]
fn a_template_with_a_word_of_it_misspelt() {
    let text = std::fs::read_to_string(root().join("../templates/mission.yaml")).expect("the template is there");
    let words: Vec<usize> = text.match_indices(['.', '|', '(', '"', '{']).map(|(i, _)| i).collect();
    for at in words.into_iter().step_by(11) {
        let mut wrong = text.clone();
        wrong.insert_str(at + 1, "ö{");
        survives(&wrong);
        wrong = text.clone();
        wrong.remove(at);
        survives(&wrong);
    }
}

#[test]
fn deep_expressions_are_refused_and_not_walked() {
    let deep = [
        format!("{}1", "not ".repeat(20_000)),
        format!("{}1", "-".repeat(20_000)),
        format!("1{}", " + 1".repeat(20_000)),
        format!("inputs{}", ".a".repeat(20_000)),
        format!("1{}", " | int".repeat(20_000)),
        format!("{}1{}", "(".repeat(20_000), ")".repeat(20_000)),
        format!("{}1{}", "[".repeat(20_000), "]".repeat(20_000)),
        format!("1{}", " < 2".repeat(20_000)),
    ];
    for expression in deep {
        let text = format!("mission: 1\nname: deep\nnodes:\n  a:\n    when: '{expression}'\n    run: ./a\n");
        let outcome = check_text("deep.yaml", &text, None);
        let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!(codes, ["syntax"], "{}", &expression[..20]);
    }
    let elifs = format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(20_000));
    let nested = format!("{}{}", "{% if 1 %}".repeat(20_000), "{% endif %}".repeat(20_000));
    for prompt in [elifs, nested] {
        let head = "mission: 1\nname: deep\nagents: { a: { runner: auto } }\n";
        let text = format!("{head}nodes:\n  a:\n    agent: a\n    prompt: '{prompt}'\n");
        let outcome = check_text("deep.yaml", &text, None);
        assert!(outcome.diagnostics.iter().any(|d| d.code == "syntax"));
    }
}

#[test]
fn schemas_that_share_everything_are_not_unfolded() {
    let mut text =
        "mission: 1\nname: shared\nnodes:\n  a:\n    run: ./a\n    output: { schema: S0 }\n    pass_when: output.l"
            .to_owned();
    text.push_str(&".l".repeat(20));
    text.push_str(" == none\nschemas:\n");
    for i in 0..60 {
        let next = i + 1;
        let both = format!("{{ $ref: \"#/schemas/S{next}\" }}");
        writeln!(text, "  S{i}: {{ type: object, required: [l, r], properties: {{ l: {both}, r: {both} }} }}")
            .expect("a text");
    }
    text.push_str("  S60: { type: 'null' }\n");
    let outcome = check_text("shared.yaml", &text, None);
    places_are_real(&outcome);
    assert!(outcome.workflow.is_some());
}

#[test]
fn many_nodes_in_one_chain() {
    let mut text = "mission: 1\nname: long\nnodes:\n  n0: { run: ./a, output: { from: stdout } }\n".to_owned();
    for i in 1..3_000 {
        let before = i - 1;
        let value = "{{ nodes.n0.output }}";
        writeln!(text, "  n{i}: {{ needs: [n{before}], run: ./a, env: {{ A: \"{value}\" }} }}").expect("a text");
    }
    let source = Source::new("long.yaml", text.as_str());
    let parsed = parse(&source);
    let workflow = parsed.workflow.expect("a workflow");
    let checked = check(&workflow, &Sources::new(source), &registry());
    assert_eq!(checked.diagnostics, []);
    assert_eq!(checked.workflow.map(|w| w.body.nodes.len()), Some(3_000));
}
