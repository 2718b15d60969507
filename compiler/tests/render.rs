//! Diagnostics as text and as JSON.

use mission_compiler::diagnostic::{Diagnostic, render, tidy, to_json};
use mission_compiler::parse::{self, parse};
use mission_compiler::source::{FileId, Source, Sources, Span};
use serde_json::json;

const WORKFLOW: FileId = FileId(0);

fn sources(text: &str) -> Sources {
    Sources::new(Source::new("demo.yaml", text))
}

#[test]
fn sorted_by_place_with_labels_and_help() {
    let mut sources = sources("one: 1\ntwo: 2\nthree: é 3\n");
    let prompt = sources.add(Source::new("prompts/write.md", "first line\nsay {{ nme }}\n"));
    let found = [
        Diagnostic::error("late", Span::new(prompt, 18, 21), "`nme` is not known")
            .label(Span::new(WORKFLOW, 0, 3), "the prompt is named here"),
        Diagnostic::warning("middle", Span::new(WORKFLOW, 24, 25), "`3` is odd").help("write `4`"),
        Diagnostic::error("early", Span::new(WORKFLOW, 7, 10), "`two` again").label(Span::new(WORKFLOW, 0, 3), "first"),
    ];
    let expected = "\
error[early]: `two` again
 --> demo.yaml:2:1
  |
1 | one: 1
  | --- first
2 | two: 2
  | ^^^

warning[middle]: `3` is odd
 --> demo.yaml:3:10
  |
3 | three: é 3
  |          ^
  |
  = help: write `4`

error[late]: `nme` is not known
 --> prompts/write.md:2:8
  |
2 | say {{ nme }}
  |        ^^^
  |
 ::: demo.yaml:1:1
  |
1 | one: 1
  | --- the prompt is named here

";
    assert_eq!(render(&sources, &found, false), expected);
}

#[test]
fn colour_is_the_only_difference_of_colour() {
    let sources = sources("one: 1\n");
    let found = [Diagnostic::error("some-code", Span::new(WORKFLOW, 0, 3), "wrong").help("right")];
    let (plain, coloured) = (render(&sources, &found, false), render(&sources, &found, true));
    assert!(!plain.contains('\u{1b}') && coloured.contains('\u{1b}'));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        stripped.push_str(before);
        rest = after.split_once('m').map_or("", |(_, after)| after);
    }
    assert_eq!(stripped + rest, plain);
}

#[test]
fn as_json() {
    let sources = sources("one: 1\ntwo: é x\n");
    let found =
        [Diagnostic::error("some-code", Span::new(WORKFLOW, 15, 16), "wrong").label(Span::new(WORKFLOW, 0, 3), "why")];
    let expected = json!([{
        "code": "some-code", "severity": "error", "message": "wrong",
        "file": "demo.yaml", "line": 2, "column": 8, "endLine": 2, "endColumn": 9, "help": null,
        "labels": [{ "file": "demo.yaml", "line": 1, "column": 1, "endLine": 1, "endColumn": 4, "message": "why" }],
    }]);
    assert_eq!(to_json(&sources, &found), expected);
}

#[test]
fn hidden_characters_are_made_visible() {
    let text = "a\u{1b}[31m: \u{202e}b\u{85}c\n";
    let at = text.find('b').expect("there is a b");
    let found = [Diagnostic::error("x", Span::new(WORKFLOW, at, at + 1), "key `\u{1b}]0;evil\u{7}` \u{202e}")];
    let mut sources = sources(text);
    let shown = render(&sources, &found, false);
    assert!(shown.contains(r"key `\u{1b}]0;evil\u{7}` \u{202e}"), "{shown}");
    assert!(shown.contains("1 | a␛[31m: �b�c\n  |          ^\n"), "{shown}");
    sources.add(Source::new("name\u{1b}[2J.md", "x"));
    let elsewhere = [Diagnostic::error("x", Span::new(FileId(1), 0, 1), "wrong")];
    assert!(render(&sources, &elsewhere, false).contains(r"name\u{1b}[2J.md:1:1"));
}

#[test]
fn carriage_returns_and_byte_order_marks_change_nothing() {
    for entry in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/accept")).expect("fixtures") {
        let text = std::fs::read_to_string(entry.expect("a readable entry").path()).expect("a fixture is UTF-8");
        let windows = format!("\u{feff}{}", text.replace('\n', "\r\n"));
        let windows = Source::new("windows.yaml", windows);
        let parsed = parse(&windows);
        assert!(parsed.diagnostics.is_empty(), "{:?}", parsed.diagnostics);
        assert_eq!(parse::value(&windows), parse::value(&Source::new("unix.yaml", text)));
    }
    let text = "mission: 1\r\nname: demo\r\nnodes:\r\n  a:\r\n    run: |\r\n      first\r\n      say {{ x }}\r\n";
    let sources = sources(text);
    let expected = "\
error[template-in-run]: `run` is never a template
 --> demo.yaml:7:11
  |
7 |       say {{ x }}
  |           ^^^^^^^
";
    let shown = render(&sources, &parse(sources.workflow()).diagnostics, false);
    assert!(shown.starts_with(expected), "{shown}");
    assert!(!shown.contains('\r') && !shown.contains('␍'), "{shown:?}");
}

#[test]
fn a_line_without_end_is_left_out() {
    let text = format!("key: \"{}\"\nrest: 1\n", "x".repeat(100_000));
    let sources = sources(&text);
    let found = [Diagnostic::error("x", Span::new(WORKFLOW, 5, 100_007), "y".repeat(100_000))];
    let shown = render(&sources, &found, false);
    assert!(shown.len() < 4000, "{} bytes", shown.len());
    assert!(shown.contains("demo.yaml:1:6"), "{shown}");
}

#[test]
fn a_place_outside_the_text_is_its_end() {
    let sources = sources("é");
    for span in [Span::new(WORKFLOW, 1, 1), Span::new(WORKFLOW, 5, 9), Span::new(FileId(7), 0, 1)] {
        assert!(render(&sources, &[Diagnostic::error("x", span, "wrong")], false).contains("demo.yaml:1:"));
    }
}

#[test]
fn tidy_sorts_and_drops_repetitions() {
    let one = Diagnostic::error("a", Span::new(WORKFLOW, 4, 5), "one");
    let two = Diagnostic::warning("b", Span::new(WORKFLOW, 1, 2), "two");
    assert_eq!(tidy(vec![one.clone(), two.clone(), one.clone()]), vec![two, one]);
}

#[test]
fn of_very_many_findings_the_first_are_shown_and_the_rest_counted() {
    let text = format!("mission: 1\nname: many\nnodes:\n{}", "  a: { run: echo }\n".repeat(1_000));
    let sources =
        mission_compiler::source::Sources::new(mission_compiler::source::Source::new("many.yaml", text.as_str()));
    let parsed = mission_compiler::parse::parse(sources.workflow());
    assert_eq!(parsed.diagnostics.len(), 999);
    let shown = mission_compiler::diagnostic::render(&sources, &parsed.diagnostics, false);
    assert_eq!(shown.matches("error[duplicate-key]").count(), 200);
    assert!(shown.contains("799 more findings"), "{}", &shown[shown.len() - 200..]);
}
