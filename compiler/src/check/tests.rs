//! Inference by table: an expression over a few inputs, and its type or the code of its mistake.

use std::cell::{Cell, RefCell};
use std::collections::BTreeSet;

use indexmap::IndexMap;
use serde_json::json;

use super::outline::Outline;
use super::schema::{self, Schemas};
use super::types::Type;
use super::view::View;
use super::{Checker, Registry};
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::{FileId, Source, Sources, Span, Spanned};
use crate::syntax::{Entries, Limits, Workflow};

fn workflow() -> Workflow {
    let nowhere = Span::default();
    Workflow {
        mission: Spanned::new(1, nowhere),
        name: Spanned::new("test".to_owned(), nowhere),
        description: None,
        inputs: Entries::default(),
        pools: Entries::default(),
        limits: Limits::default(),
        agents: Entries::default(),
        schemas: Entries::default(),
        nodes: Entries::default(),
        outputs: Entries::default(),
    }
}

fn inputs() -> IndexMap<String, Type> {
    let item = json!({
        "type": "object", "required": ["id", "size"],
        "properties": {
            "id": { "type": "string" }, "size": { "type": "integer" }, "note": { "type": "string" },
            "tags": { "type": ["array", "null"], "items": { "type": "string" }, "default": [] },
        },
    });
    let schema = json!({
        "text": { "type": "string" }, "int": { "type": "integer" }, "number": { "type": "number" },
        "flag": { "type": "boolean" }, "mode": { "enum": ["fast", "slow"] }, "any": {},
        "texts": { "type": "array", "items": { "type": "string" } }, "maybe": { "type": ["string", "null"] },
        "item": item.clone(), "items": { "type": "array", "items": item },
        "states": { "type": "array", "items": {
            "type": "object", "required": ["status"], "properties": { "status": { "enum": ["done", "failed"] } },
        } },
    });
    let inputs = schema.as_object().expect("a map of schemas");
    inputs.iter().map(|(name, s)| (name.clone(), schema::type_of(s))).collect()
}

/// Type of an expression, and what is wrong with it.
fn infer(text: &str) -> (Type, Vec<Diagnostic>) {
    let (syntax, registry) = (workflow(), Registry::default());
    let sources = Sources::new(Source::new("test.yaml", text));
    let checker = Checker {
        syntax: &syntax,
        sources: &sources,
        registry: &registry,
        outline: Outline::collect(&syntax.nodes),
        schemas: Schemas::default(),
        revised: BTreeSet::new(),
        inputs: inputs(),
        contracts: Vec::new(),
        results: Vec::new(),
        elements: Vec::new(),
        report: RefCell::new(Findings::default()),
        expressions: Cell::new(0),
    };
    let expression = Spanned::new(text.to_owned(), Span::new(FileId::default(), 0, text.len()));
    let ty = checker.expression(&expression, &View::end(0)).ty;
    (ty, checker.report.into_inner().finish().0)
}

fn item() -> Type {
    inputs()["item"].clone()
}

#[test]
fn expressions_have_types() {
    let table = [
        ("1", Type::Int),
        ("1.5", Type::Number),
        ("'a'", Type::one_of(&["a"])),
        ("none", Type::Null),
        ("[1, 2]", Type::list(Type::Int)),
        ("[]", Type::list(Type::Any)),
        ("{'a': 1}.a", Type::Int),
        ("inputs.any.whatever[3].more", Type::Any),
        ("inputs.int + 1", Type::Int),
        ("inputs.int + 1.5", Type::either([Type::Int, Type::Number])),
        ("inputs.int / 2", Type::Number),
        ("inputs.int // 2", Type::Int),
        ("inputs.text ~ 3", Type::TEXT),
        ("inputs.text + 'a'", Type::TEXT),
        ("not inputs.texts", Type::Bool),
        ("inputs.flag and inputs.int", Type::either([Type::Bool, Type::Int])),
        ("inputs.flag or none", Type::Bool.nullable()),
        ("1 if inputs.flag else 'a'", Type::either([Type::Int, Type::one_of(&["a"])])),
        ("1 < inputs.int <= 3", Type::Bool),
        ("inputs.int in [1, 2]", Type::Bool),
        ("'a' not in inputs.texts", Type::Bool),
        ("inputs.maybe is none", Type::Bool),
        ("inputs.maybe is not none", Type::Bool),
        ("inputs.maybe", Type::TEXT.nullable()),
        ("inputs.item.note", Type::TEXT.nullable()),
        ("inputs.item.tags", Type::list(Type::TEXT).nullable()),
        ("inputs.item['id']", Type::TEXT),
        ("inputs.items[0].size", Type::Int),
        ("inputs.items[1:]", Type::list(item())),
        ("inputs.items | first", item()),
        ("inputs.items | map(attribute='id')", Type::list(Type::TEXT)),
        ("inputs.items | map(attribute='tags') | flatten", Type::list(Type::TEXT)),
        ("inputs.items | map(attribute='tags') | map('length') | max", Type::Int),
        ("inputs.items | map(attribute='id') | map('upper') | join(', ')", Type::TEXT),
        ("inputs.items | selectattr('size', 'gt', 3) | list | length", Type::Int),
        ("inputs.items | selectattr('note') | map(attribute='id') | list", Type::list(Type::TEXT)),
        ("inputs.items | sum(attribute='size')", Type::Number),
        ("inputs.items | sort(attribute='size') | last", item()),
        ("inputs.texts | difference(['a']) | unique | list", Type::list(Type::TEXT)),
        ("inputs.texts | select('eq', 'a') | list", Type::list(Type::TEXT)),
        ("inputs.texts | batch(2)", Type::list(Type::list(Type::TEXT))),
        ("inputs.text | lines", Type::list(Type::TEXT)),
        ("inputs.text | slug", Type::TEXT),
        ("inputs.states | all_ok", Type::Bool),
        ("inputs.items | tojson", Type::TEXT),
        ("inputs.maybe | default('x')", Type::TEXT.nullable()),
        ("inputs.mode | default('x')", Type::one_of(&["fast", "slow", "x"])),
    ];
    for (text, wanted) in table {
        let (found, wrong) = infer(text);
        assert!(wrong.is_empty(), "{text}: {wrong:?}");
        assert_eq!(found, wanted, "{text}");
    }
}

#[test]
fn mistakes_have_exact_places() {
    let table = [
        ("inputs.itm.id", "unknown-input", "itm"),
        ("inputs.item.sise", "unknown-field", "sise"),
        ("(inputs.item).sise", "unknown-field", "sise"),
        ("inputs.item['sise']", "unknown-field", "sise"),
        ("inputs.text.length", "unknown-field", "length"),
        ("inputs.items | map(attribute='sise') | list", "unknown-field", "sise"),
        ("inputs.items | map(attribute='tags.x') | list", "unknown-field", "x"),
        ("inputs.items | selectattr('sise') | list", "unknown-field", "sise"),
        ("inputs.items | sort(attribute=\"sise\")", "unknown-field", "sise"),
        ("inputs.states | selectattr('status', 'eq', 'donne') | list", "unknown-value", "'donne'"),
        ("inputs.states | map(attribute='status') | select('ne', 'x') | list", "unknown-value", "'x'"),
        ("inputs.mode == 'fsat'", "unknown-value", "'fsat'"),
        ("'fsat' == inputs.mode", "unknown-value", "'fsat'"),
        ("inputs.mode is eq('fsat')", "unknown-value", "'fsat'"),
        ("'fsat' in [inputs.mode]", "unknown-value", "'fsat'"),
        ("inputs.int == 'a'", "type-mismatch", "inputs.int == 'a'"),
        ("3 > 2 and inputs.text > 5", "type-mismatch", "inputs.text > 5"),
        ("inputs.text is gt(5)", "type-mismatch", "inputs.text is gt(5)"),
        ("inputs.item < 5", "type-mismatch", "inputs.item < 5"),
        ("1 + inputs.text", "type-mismatch", "1 + inputs.text"),
        ("2 * (inputs.text - 1)", "type-mismatch", "inputs.text"),
        ("'a' ~ inputs.item", "type-mismatch", "inputs.item"),
        ("inputs.texts | upper", "type-mismatch", "upper"),
        ("inputs.texts[inputs.text:]", "type-mismatch", "inputs.text"),
        ("inputs.texts | difference([1])", "type-mismatch", "[1]"),
        ("inputs.texts | all_ok", "unknown-field", "all_ok"),
        ("inputs.texts | fist", "unknown-filter", "fist"),
        ("inputs.texts | map('uper') | list", "unknown-filter", "uper"),
        ("inputs.texts is emptyy", "unknown-test", "emptyy"),
        ("inputs.texts | select('od') | list", "unknown-test", "od"),
        ("len(inputs.texts)", "unknown-function", "len"),
        ("inputs.text.split(',')", "unknown-function", "split"),
        ("input.text", "unknown-name", "input"),
        ("inputs['text']", "subscripted-root", "inputs['text']"),
        ("output.x", "name-not-here", "output"),
        ("nodes | length", "name-not-here", "nodes"),
        ("nodes.none.output", "unknown-node", "none"),
        ("nodes.a-b.output", "unknown-node", "a-b"),
        ("inputs.text ==", "syntax", "=="),
    ];
    for (text, code, at) in table {
        let (_, wrong) = infer(text);
        let [only] = wrong.as_slice() else { panic!("{text}: expected one mistake, found {wrong:?}") };
        assert_eq!(only.code, code, "{text}");
        assert_eq!(&text[only.span.start as usize..only.span.end as usize], at, "{text}");
    }
}

#[test]
fn what_is_not_known_for_certain_is_not_wrong() {
    let fine = [
        "inputs.any > 3 and inputs.any == 'a'",
        "inputs.any | map(attribute='x') | difference(inputs.any) | length == 0",
        "inputs.maybe == 'a' or inputs.maybe | upper == 'A'",
        "inputs.item.note.x is defined or inputs.any",
        "inputs.int == inputs.number",
        "inputs.maybe == none and none == inputs.int",
        "inputs.mode in inputs.any",
        "inputs.mode in ['fast']",
        "'x' in inputs.text",
        "inputs.text * 3",
        "inputs.item | items | list | length",
        "(inputs.flag and inputs.text) == 'a'",
    ];
    for text in fine {
        let (_, wrong) = infer(text);
        // the one certain mistake among them
        let certain = text.contains("note.x");
        assert_eq!(wrong.len(), usize::from(certain), "{text}: {wrong:?}");
    }
}

#[test]
fn every_known_filter_and_test_exists_in_the_engine() {
    use crate::template::{Expr, Scope};
    let unknown = |text: &str| match Expr::compile(text, Span::default()).expect("it parses").eval(&Scope::new()) {
        Ok(_) => false,
        Err(error) => error.message.contains("unknown"),
    };
    assert!(unknown("[] | nonsense") && unknown("1 is nonsense"), "the engine says so when it knows a name not");
    for name in super::filters::names() {
        assert!(!unknown(&format!("[] | {name}")), "filter `{name}`");
    }
    for name in super::compare::tests().filter(|n| n.chars().all(char::is_alphabetic)) {
        assert!(!unknown(&format!("1 is {name}")), "test `{name}`");
    }
}
