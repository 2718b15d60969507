//! Files with more mistakes than anybody reads: checking ends, says so, and says nothing that is not so.

use mission_compiler::check::{Checked, check};
use mission_compiler::diagnostic::{Diagnostic, MOST, Severity};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};

use crate::world::registry;

/// What parsing and, if it comes to that, checking find.
fn found(text: &str) -> (Vec<Diagnostic>, bool, bool) {
    let sources = Sources::new(Source::new("many.yaml", text));
    let parsed = parse(sources.workflow());
    let Some(syntax) = parsed.workflow else {
        assert!(
            parsed.partial.is_none() || !parsed.more,
            "what was not looked at is missing from the partial workflow"
        );
        return (parsed.diagnostics, parsed.more, false);
    };
    let Checked { workflow, mut diagnostics, more } = check(&syntax, &sources, &registry());
    diagnostics.extend(parsed.diagnostics);
    (diagnostics, parsed.more || more, workflow.is_some())
}

/// A file with `times` lines below `head`, and `tail`.
fn many(head: &str, times: usize, line: &dyn Fn(usize) -> String, tail: &str) -> String {
    let lines: String = (0..times).map(line).collect();
    format!("mission: 1\nname: many\n{head}{lines}{tail}")
}

/// A mistake that a file can have as often as one likes, and no other.
struct Mistake {
    code: &'static str,
    head: &'static str,
    line: fn(usize) -> String,
    tail: &'static str,
}

impl Mistake {
    fn times(&self, times: usize) -> String {
        many(self.head, times, &self.line, self.tail)
    }
}

fn mistakes() -> Vec<Mistake> {
    let of = |code, head, line, tail| Mistake { code, head, line, tail };
    let in_nodes = |code, line| of(code, "nodes:\n", line, "");
    let node = "nodes: { a: { run: [x] } }\n";
    vec![
        in_nodes("unknown-key", |i| format!("  n{i}: {{ run: [x], xyzzy: 1 }}\n")),
        in_nodes("wrong-type", |i| format!("  n{i}: {{ run: [x], timeout: [{i}] }}\n")),
        in_nodes("bad-id", |i| format!("  N{i}: {{ run: [x] }}\n")),
        in_nodes("unknown-node", |i| format!("  n{i}: {{ run: [x], needs: [m{i}] }}\n")),
        in_nodes("unknown-node", |i| format!("  n{i}: {{ run: [x], when: nodes.m{i}.output }}\n")),
        in_nodes("unknown-name", |i| format!("  n{i}: {{ value: '{{{{ m{i} }}}}' }}\n")),
        in_nodes("unknown-action", |i| format!("  n{i}: {{ uses: m{i} }}\n")),
        of("unknown-node", "nodes:\n  a:\n    run: [x]\n    needs:\n", |i| format!("      - m{i}\n"), ""),
        of("unknown-name", "nodes:\n  a:\n    value:\n", |i| format!("      - '{{{{ m{i} }}}}'\n"), ""),
        of("unknown-name", "nodes:\n  a:\n    value: |\n", |i| format!("      é {{{{ m{i} }}}}\n"), ""),
        of("unknown-key", "schemas:\n  s:\n", |i| format!("    xyzzy{i}: 1\n"), node),
        of("invalid-schema", "inputs:\n", |i| format!("  i{i}: {{ type: 1 }}\n"), node),
    ]
}

#[test]
fn checking_ends_after_enough_errors_and_says_so() {
    for mistake in mistakes() {
        let code = mistake.code;
        let (few, more, _) = found(&mistake.times(MOST - 1));
        assert_eq!((few.len(), more), (MOST - 1, false), "{code}: {:?}", few.first());
        let (enough, more, accepted) = found(&mistake.times(MOST + 500));
        assert_eq!((enough.len(), more, accepted), (MOST, true, false), "{code}");
        let others: Vec<&Diagnostic> = enough.iter().filter(|d| d.code != code).collect();
        assert!(others.is_empty(), "{code}: {others:?}");
    }
}

#[test]
fn warnings_hide_no_error() {
    let warned = |tail| many("nodes:\n", MOST + 500, &|i| format!("  n{i}: {{ value: 0{} }}\n", i + 1), tail);
    let (warnings, more, accepted) = found(&warned(""));
    assert_eq!((warnings.len(), more, accepted), (MOST, true, true));
    let (all, more, accepted) = found(&warned("  last: { run: [x], needs: [nobody] }\n"));
    let errors: Vec<&str> = all.iter().filter(|d| d.severity == Severity::Error).map(|d| d.code).collect();
    assert_eq!((errors, more, accepted), (vec!["unknown-node"], true, false));
}

#[test]
fn more_expressions_than_a_machine_can_bear_are_refused_once() {
    let of = |count: usize| many("nodes:\n  a:\n    run: [x]\n    stdin: '", count, &|_| "{{1}}".to_owned(), "'\n");
    let (all, _, accepted) = found(&of(100_000));
    assert_eq!((all.len(), accepted), (0, true));
    let (all, more, accepted) = found(&of(100_001));
    let codes: Vec<&str> = all.iter().map(|d| d.code).collect();
    assert_eq!((codes, more, accepted), (vec!["too-many-expressions"], false, false));
}
