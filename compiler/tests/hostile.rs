//! Texts made to exhaust a parser end with one clear error and no workflow.

use mission_compiler::diagnostic::{MOST, render};
use mission_compiler::parse::{MAX_BYTES, parse};
use mission_compiler::source::{Source, Sources};

const HEAD: &str = "mission: 1\nname: demo\nnodes:\n  a: { run: 'true' }\nbomb:";

fn laughs() -> String {
    let mut text = String::from("mission: 1\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let copies = vec![format!("*a{}", i - 1); 10].join(", ");
        text.push_str(&format!("a{i}: &a{i} [{copies}]\n"));
    }
    text
}

fn nested_anchors() -> String {
    let open: String = (0..60).map(|i| format!("&n{i} [")).collect();
    format!("{HEAD} {open}{}{}", vec!["x"; 50_000].join(", "), "]".repeat(60))
}

fn deep_by_alias() -> String {
    let mut text = String::from("mission: 1\na0: &a0 [[[[[[[[[[x]]]]]]]]]]\n");
    for i in 1..20 {
        text.push_str(&format!("a{i}: &a{i} [[[[[[[[[[*a{}]]]]]]]]]]\n", i - 1));
    }
    text
}

#[test]
fn bombs_end_with_one_clear_error() {
    let megabyte = 1024 * 1024;
    let large_anchor = format!("{HEAD}\n  - &a {}\n{}", "x".repeat(10_000), "  - *a\n".repeat(100_000));
    let templates = format!("{HEAD}\n{}", "  - {{ x }} y\n".repeat(10_000));
    let many_templates = format!("{HEAD}\n{}", "  - {{ x }} y\n".repeat(100_000));
    for (what, text, code) in [
        ("a file over 8 MiB", " ".repeat(MAX_BYTES + 1), "file-too-large"),
        ("billion laughs", laughs(), "alias-limit"),
        ("a large anchor, many aliases", large_anchor, "alias-limit"),
        ("anchors around anchors", nested_anchors(), "alias-limit"),
        ("depth by aliases", deep_by_alias(), "too-deep"),
        ("an alias of itself", format!("{HEAD} &a [*a]"), "alias-cycle"),
        ("brackets", format!("{HEAD} {}", "[".repeat(megabyte)), "too-deep"),
        ("braces", format!("{HEAD} {}", "{a: ".repeat(megabyte / 4)), "too-deep"),
        ("dashes", format!("{HEAD}\n  {}", "- ".repeat(megabyte / 2)), "too-deep"),
        ("question marks", format!("{HEAD}\n  {}", "? ".repeat(megabyte / 2)), "too-deep"),
        ("commas", format!("{HEAD} [{}]", "x,".repeat(3 * megabyte)), "too-many-values"),
        ("a quote without end", format!("{HEAD} \"{}", "x\n".repeat(megabyte)), "yaml-syntax"),
        ("a text without end", format!("{HEAD}\n  {}", "x".repeat(megabyte)), "unknown-key"),
        ("unquoted templates", templates, "unquoted-template"),
        ("unquoted templates, large", many_templates, "unquoted-template"),
    ] {
        let source = Source::new("bomb.yaml", text);
        let parsed = parse(&source);
        assert!(parsed.has_errors(), "{what}");
        let codes: Vec<&str> = parsed.diagnostics.iter().map(|d| d.code).collect();
        assert!(codes.contains(&code), "{what}: {codes:?}");
        let text = render(&Sources::new(source), &parsed.diagnostics, false);
        assert!(text.len() < 64 * 1024, "{what}: {} bytes of text", text.len());
    }
}

#[test]
fn of_twenty_thousand_equal_keys_a_thousand_are_named() {
    let source = Source::new("keys.yaml", format!("{HEAD}\n{}", "  x: 1\n".repeat(20_000)));
    let parsed = parse(&source);
    let duplicates = parsed.diagnostics.iter().filter(|d| d.code == "duplicate-key").count();
    assert_eq!((duplicates, parsed.more), (MOST, true));
}
