//! `parse` never panics, whatever it is given; every place it names lies in the text; and on files that differ a little
//! from good ones it agrees with the JSON Schema.

use std::path::Path;
use std::sync::LazyLock;

use mission_compiler::diagnostic::{render, to_json};
use mission_compiler::parse::{self, parse};
use mission_compiler::schema::workflow_schema;
use mission_compiler::source::{Source, Sources};
use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::{Value, json};

static ACCEPTED: LazyLock<Vec<String>> = LazyLock::new(|| texts("accept"));
static ALL: LazyLock<Vec<String>> = LazyLock::new(|| [texts("accept"), texts("reject")].concat());
static SCHEMA: LazyLock<jsonschema::Validator> =
    LazyLock::new(|| jsonschema::draft7::new(&workflow_schema()).expect("the schema is a schema"));

fn texts(folder: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = std::fs::read_dir(&folder).expect("the fixture folder is there");
    let files = files.map(|f| f.expect("a readable entry").path());
    let mut files: Vec<_> = files.filter(|f| f.extension().is_some_and(|e| e == "yaml")).collect();
    files.sort();
    files.into_iter().map(|f| std::fs::read_to_string(f).expect("a fixture is UTF-8")).collect()
}

/// Parses and renders; checks what must hold for every text.
fn survive(text: &str) {
    let source = Source::new("any.yaml", text);
    let parsed = parse(&source);
    assert!(parsed.workflow.is_some() || parsed.has_errors(), "no workflow and no reason");
    for diagnostic in &parsed.diagnostics {
        let places = diagnostic.labels.iter().map(|l| l.span).chain([diagnostic.span]);
        for span in places {
            let range = span.start as usize..span.end as usize;
            assert!(text.get(range).is_some(), "{} is at {span:?}, which is no place in the text", diagnostic.code);
        }
    }
    let sources = Sources::new(source);
    let rendered = render(&sources, &parsed.diagnostics, false);
    assert!(!rendered.contains(|c: char| c.is_control() && c != '\n'), "{rendered:?}");
    assert_eq!(to_json(&sources, &parsed.diagnostics).as_array().map(Vec::len), Some(parsed.diagnostics.len()));
}

/// A piece of text that means something to YAML or to the language.
fn piece() -> impl Strategy<Value = String> {
    let known = [
        "{{",
        "}}",
        "{{ x }}",
        "{%",
        "|\n",
        ">-\n",
        "- ",
        ": ",
        ":",
        "#",
        " #",
        "&a ",
        "*a",
        "<<: *a\n",
        "!!int ",
        "!x ",
        "? ",
        "{",
        "}",
        "[",
        "]",
        ",",
        "\"",
        "'",
        "\\",
        "\n",
        "\n\n",
        "\r\n",
        "\t",
        "  ",
        "---\n",
        "...",
        "%YAML 1.2\n",
        "null",
        "~",
        "run",
        "nodes:",
        "map",
        "0777",
        "1e9",
        ".inf",
        "\u{feff}",
        "\u{0}",
        "\u{1b}[31m",
        "\u{202e}",
        "é",
        "🚀",
    ];
    prop_oneof![
        8 => prop::sample::select(known.to_vec()).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

fn floor(text: &str, index: &Index) -> usize {
    text.floor_char_boundary(index.index(text.len() + 1))
}

/// What the schema has against `json`, but for what is wrong inside a JSON Schema: `check` looks at those, not `parse`.
fn faults(json: &Value) -> Vec<String> {
    let errors = SCHEMA.iter_errors(json).filter(|error| {
        let path = error.schema_path().to_string();
        let inside = path.contains("/JsonSchema/properties/")
            || (path.contains("/properties/schema/") && error.instance().is_object());
        !inside
    });
    errors.map(|error| format!("{}: {error}", error.instance_path())).collect()
}

/// Every value inside `value`, as JSON pointers.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    found.push(at.to_owned());
    match value {
        Value::Object(object) => {
            for (key, inner) in object {
                pointers(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, inner)| pointers(inner, &format!("{at}/{i}"), found));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn replacement() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(null),
        json!(true),
        json!(0),
        json!(1),
        json!(-3),
        json!(2.5),
        json!(30),
        json!(""),
        json!(" "),
        json!("x"),
        json!("{{ inputs.x }}"),
        json!("a {{ x }} b"),
        json!("{% if x %}"),
        json!("10m"),
        json!("0s"),
        json!("5"),
        json!("next"),
        json!("end"),
        json!("stop"),
        json!("file"),
        json!("../x"),
        json!("/x"),
        json!("A_b"),
        json!([]),
        json!(["x"]),
        json!([1, true]),
        json!(["{{ x }}"]),
        json!([null]),
        json!([[]]),
        json!({}),
        json!({ "x": 1 }),
        json!({ "file": "x.md" }),
        json!({ "go": "next" }),
        json!({ "run": "x" }),
        json!({ "a": { "run": "x" } }),
        json!({ "type": "string" }),
        json!({ "max": 2 }),
        json!({ "expr": "x", "say": "y" }),
        json!({ "a-b": "x" }),
    ])
}

/// Every key that a file may have anywhere, and a few that it may not.
static WORDS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let mut words = ["x", "A-b", "a_b", "as", "inputs"].map(str::to_owned).to_vec();
    properties(&workflow_schema(), &mut words);
    words.sort();
    words.dedup();
    words
});

fn properties(schema: &Value, words: &mut Vec<String>) {
    match schema {
        Value::Object(object) => {
            let named = object.get("properties").and_then(Value::as_object);
            words.extend(named.into_iter().flat_map(|named| named.keys().cloned()));
            object.values().for_each(|inner| properties(inner, words));
        }
        Value::Array(list) => list.iter().for_each(|inner| properties(inner, words)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn word() -> impl Strategy<Value = &'static str> {
    prop::sample::select(WORDS.iter().map(String::as_str).collect::<Vec<_>>())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        survive(&String::from_utf8_lossy(&bytes));
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(piece(), 0..40)) {
        survive(&pieces.concat());
    }

    #[test]
    fn good_and_bad_files_with_pieces_put_in_or_cut_out(
        file: Index, edits in prop::collection::vec((any::<Index>(), any::<Index>(), piece(), any::<bool>()), 1..4),
    ) {
        let mut text = file.get(&ALL).clone();
        for (a, b, piece, cut) in edits {
            let (a, b) = (floor(&text, &a), floor(&text, &b));
            let end = if cut { b.max(a).min(text.ceil_char_boundary(a + 20)) } else { a };
            text.replace_range(a..text.floor_char_boundary(end).max(a), &piece);
        }
        survive(&text);
    }

    #[test]
    fn parse_and_schema_agree(
        file: Index, place: Index, value in replacement(), word in word(), operation in 0..4u8,
    ) {
        let source = Source::new("good.yaml", file.get(&ACCEPTED).as_str());
        let mut json = parse::value(&source).expect("an accepted fixture is YAML");
        let mut places = Vec::new();
        pointers(&json, "", &mut places);
        let place = place.get(&places);
        let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
        let last = place.rsplit('/').next().unwrap_or_default().replace("~1", "/").replace("~0", "~");
        match (operation, json.pointer_mut(parent)) {
            (0, _) => *json.pointer_mut(place).expect("a place that was found") = value,
            (1, Some(Value::Object(object))) => { object.shift_remove(&last); }
            (2, Some(Value::Object(object))) => { object.insert(word.to_owned(), value); }
            (_, Some(Value::Object(object))) => {
                if let Some(inner) = object.shift_remove(&last) {
                    object.insert(word.to_owned(), inner);
                }
            }
            (_, _) => {}
        }
        let text = serde_json::to_string_pretty(&json).expect("it is JSON");
        let parsed = parse(&Source::new("changed.yaml", text.as_str()));
        let errors = faults(&json);
        let (codes, accepted) = (parsed.diagnostics, errors.is_empty());
        prop_assert!(codes.is_empty() == accepted, "{} {} {}: {:?} {:?}", place, operation, word, codes, errors);
    }
}
