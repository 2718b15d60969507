//! What `parse` makes of a file: values, places, and what is left when something is wrong.

use mission_compiler::check;
use mission_compiler::parse::{self, Parsed, parse};
use mission_compiler::source::{Source, Span};
use mission_compiler::syntax::{TreeKind, Verb};
use serde_json::json;

const HEAD: &str = "mission: 1\nname: demo\n";

fn read(rest: &str) -> (String, Parsed) {
    let text = format!("{HEAD}{rest}");
    let parsed = parse(&Source::new("demo.yaml", text.as_str()));
    (text, parsed)
}

fn codes(parsed: &Parsed) -> Vec<&'static str> {
    parsed.diagnostics.iter().map(|d| d.code).collect()
}

fn shown(text: &str, span: Span) -> &str {
    &text[span.start as usize..span.end as usize]
}

#[test]
fn places_are_exact() {
    let (text, parsed) = read(
        "nodes:\n  build:\n    needs: [fetch, 'lint']\n    when: \"a == 'é'\"\n    run: |\n      make\n      make test\n\n    retry: { max: 2, on: [crash] }\n",
    );
    let workflow = parsed.workflow.expect("a good file");
    let (key, node) = &workflow.nodes.0[0];
    assert_eq!(shown(&text, key.span), "build");
    let needs: Vec<(&str, &str)> = node.needs.iter().map(|n| (n.value.as_str(), shown(&text, n.span))).collect();
    assert_eq!(needs, [("fetch", "fetch"), ("lint", "'lint'")]);
    let when = node.when.as_ref().expect("a condition");
    assert_eq!((when.value.as_str(), shown(&text, when.span)), ("a == 'é'", "\"a == 'é'\""));
    assert_eq!(shown(&text, node.verbs[0].span), "run");
    let Verb::Run(run) = &node.verbs[0].value else { panic!("not a command") };
    assert_eq!(run.kind, TreeKind::Str("make\nmake test\n".to_owned()));
    assert_eq!(shown(&text, run.span), "make\n      make test");
    let retry = node.retry.as_ref().expect("retries");
    assert_eq!((retry.max.value, shown(&text, retry.max.span)), (2, "2"));
}

#[test]
fn harmless_mistakes_leave_a_workflow_and_holes_do_not() {
    for (rest, code, whole) in [
        ("nodes:\n  a: { run: x, tiemout: 5m }\n", "unknown-key", true),
        ("nodes:\n  a: { rnu: x }\n", "unknown-key", true),
        ("nodez:\n  a: { run: x }\n", "unknown-key", true),
        ("nodes:\n  a: { run: x, timeout: 5 }\n", "bad-duration", true),
        ("nodes:\n  a: { run: 'x {{ y }}' }\n", "template-in-run", true),
        ("nodes:\n  a: { run: x }\n  a: { run: y }\n", "duplicate-key", true),
        ("nodes:\n  a: { value: {{ x }} }\n", "unquoted-template", true),
        ("nodes:\n  a: { value: 0777 }\n", "leading-zero", true),
        ("nodes:\n  a: { value: &v [*v] }\n", "alias-cycle", false),
        ("nodes:\n  a: { run: x, map: { over: y, as: z } }\n", "missing-key", false),
        ("nodes:\n  a: { run: x, when: [] }\n", "wrong-type", false),
        ("nodes:\n  a: {}\n", "no-verb", false),
        ("nodes:\n  A: { run: x }\n", "bad-id", false),
    ] {
        let (_, parsed) = read(rest);
        assert_eq!(codes(&parsed), [code], "{rest}");
        assert_eq!(parsed.workflow.is_some(), whole, "{rest}");
    }
}

#[test]
fn a_misspelt_key_is_read_as_what_was_meant() {
    let (text, parsed) = read("nodes:\n  a: { rnu: x, nedes: [b], needs_: [c] }\n  b: { run: y, run_: z }\n");
    assert_eq!(codes(&parsed), ["unknown-key"; 4]);
    let helps: Vec<&str> = parsed.diagnostics.iter().filter_map(|d| d.help.as_deref()).collect();
    assert_eq!(helps[..2], ["did you mean `run`?", "did you mean `needs`?"]);
    let nodes = parsed.workflow.expect("no hole").nodes;
    let node = &nodes.0[0].1;
    assert_eq!((node.verbs.len(), shown(&text, node.verbs[0].span)), (1, "rnu"));
    assert_eq!(node.needs.iter().map(|n| n.value.as_str()).collect::<Vec<_>>(), ["b"], "the first of two is taken");
    let Verb::Run(run) = &nodes.0[1].1.verbs[0].value else { panic!("not a command") };
    assert_eq!(run.kind, TreeKind::Str("y".to_owned()), "what is spelt rightly counts");
}

#[test]
fn what_nodes_need_is_judged_beside_a_hole() {
    let wrong = |rest: &str| {
        let (_, parsed) = read(rest);
        assert!(parsed.workflow.is_none(), "{rest}");
        parsed.partial.map(|partial| check::order(&partial).diagnostics.into_iter().map(|d| d.code).collect::<Vec<_>>())
    };
    let beside = "  b: { run: x, needs: [tset] }\n  c: { run: x, needs: [d] }\n  d: { run: x, needs: [c] }\n";
    for hole in ["a: {}", "a: { run: 7 }", "a: { run: x, when: [] }", "A: { run: x }"] {
        assert_eq!(wrong(&format!("nodes:\n  {hole}\n{beside}")), Some(vec!["unknown-node", "cycle"]), "{hole}");
    }
    let headless = parse(&Source::new("demo.yaml", format!("nodes:\n{beside}")));
    assert_eq!((codes(&headless), headless.workflow.is_none()), (vec!["missing-key"; 2], true));
    assert_eq!(headless.partial.map(|partial| check::order(&partial).diagnostics.len()), Some(2));
    for unread in ["a: make", "a: [make]", "a: *gone"] {
        assert_eq!(wrong(&format!("nodes:\n  {unread}\n  b: {{ run: x, needs: [a] }}\n")), None, "{unread}");
    }
}

#[test]
fn a_number_with_leading_zeros_is_only_a_warning() {
    let (_, parsed) = read("nodes:\n  a: { value: [0777, 0, 0.5, 0x1F, -07] }\n");
    assert!(!parsed.has_errors());
    assert_eq!(codes(&parsed), ["leading-zero", "leading-zero"]);
    assert_eq!(parsed.diagnostics[0].message, "`0777` is the number 777 in YAML 1.2");
}

#[test]
fn the_first_of_equal_keys_counts() {
    let value = parse::value(&Source::new("x.yaml", "a: 1\nb: 2\n"));
    assert_eq!(value, Ok(json!({ "a": 1, "b": 2 })));
    let (_, parsed) = read("nodes:\n  a: { run: first, run: second }\n");
    let workflow = parsed.workflow.expect("no hole");
    let Verb::Run(run) = &workflow.nodes.0[0].1.verbs[0].value else { panic!("not a command") };
    assert_eq!(run.kind, TreeKind::Str("first".to_owned()));
}

#[test]
fn an_unquoted_template_is_read_as_if_quoted() {
    let (text, parsed) =
        read("nodes:\n  a:\n    value: {{ inputs.a }}/{{ inputs.b }}  # why\n    cwd: {{ inputs.c }}\n");
    assert_eq!(codes(&parsed), ["unquoted-template", "unquoted-template"]);
    assert_eq!(shown(&text, parsed.diagnostics[0].span), "{{ inputs.a }}/{{ inputs.b }}");
    let workflow = parsed.workflow.expect("no hole");
    let Verb::Value(value) = &workflow.nodes.0[0].1.verbs[0].value else { panic!("not a value") };
    assert_eq!(value.kind, TreeKind::Str("{{ inputs.a }}/{{ inputs.b }}".to_owned()));
}

#[test]
fn prompt_files_of_all_bodies_in_order() {
    let (text, parsed) = read(
        "nodes:\n  a: { agent: x, prompt: { file: one.md } }\n  b:\n    nodes:\n      c: { agent: x, prompt: { file: deep/two.md } }\n      d: { agent: x, prompt: inline }\n  e: { agent: x, prompt: { file: one.md } }\n",
    );
    let files = parsed.workflow.expect("a good file").prompt_files();
    let files: Vec<(&str, &str)> = files.iter().map(|f| (f.value.as_str(), shown(&text, f.span))).collect();
    assert_eq!(files, [("one.md", "one.md"), ("deep/two.md", "deep/two.md"), ("one.md", "one.md")]);
}

#[test]
fn any_value_can_be_read() {
    let value = |text: &str| parse::value(&Source::new("x.yaml", text));
    assert_eq!(value(""), Ok(json!(null)));
    assert_eq!(value("# only a comment\n"), Ok(json!(null)));
    assert_eq!(value("[no, 1_000, 0o17, ~, .5]"), Ok(json!(["no", "1_000", 15, null, 0.5])));
    assert_eq!(value("{\"a\": [true, \"\\u00e9\"]}"), Ok(json!({ "a": [true, "é"] })));
    assert_eq!(value("a: &x { b: 1 }\nc: *x\n"), Ok(json!({ "a": { "b": 1 }, "c": { "b": 1 } })));
    assert_eq!(value("a: [").map_err(|d| d[0].code), Err("yaml-syntax"));
}
