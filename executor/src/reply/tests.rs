//! What counts as the result of an attempt, and what does not.

use mission_compiler::workflow::From;
use serde_json::{Value, json};

use super::extract;
use crate::decide::port::Reply;
use crate::event::FailureClass;

fn text(text: &str) -> Reply {
    Reply { text: text.to_owned(), ..Reply::default() }
}

fn file(content: &str, text: &str) -> Reply {
    Reply { file: Some(content.to_owned()), text: text.to_owned(), ..Reply::default() }
}

fn object() -> Value {
    json!({ "type": "object", "properties": { "a": { "type": "integer" } } })
}

#[test]
fn agents_are_read_in_the_documented_order() {
    let fenced = "first\n```json\n{\"a\": 1}\n```\nthen {\"a\": 2}\n```json\n{\"a\": 3}\n```\nbye {\"a\": 4}";
    let table: Vec<(&str, Reply, Option<Value>, Value)> = vec![
        (
            "structured beats all",
            Reply { structured: Some(json!({"a": 9})), ..file(r#"{"a":8}"#, fenced) },
            Some(object()),
            json!({"a": 9}),
        ),
        ("file beats text", file(r#" {"a":8} "#, fenced), Some(object()), json!({"a": 8})),
        ("last fence beats later objects", text(fenced), Some(object()), json!({"a": 3})),
        (
            "last object in prose",
            text("x {\"a\": 1} y {\"a\": {\"b\": 2}}.\nz"),
            Some(object()),
            json!({"a": {"b": 2}}),
        ),
        ("lists are not objects", text("{\"a\": 1} see [1]"), Some(object()), json!({"a": 1})),
        ("a list where a list is wanted", text("{\"a\": 1} see [1]"), Some(json!({"type": "array"})), json!([1])),
        ("a number", text("so:\n42\n"), Some(json!({"type": "integer"})), json!(42)),
        (
            "a text schema takes the text",
            text("see {\"a\": 1}\n"),
            Some(json!({"type": "string"})),
            json!("see {\"a\": 1}"),
        ),
        ("no schema: whole text", text("see [1] and {} there\n"), None, json!("see [1] and {} there")),
        ("no schema: JSON on its own lines", text("done\n{\n \"a\": 1\n}\n"), None, json!({"a": 1})),
        ("no schema: fence", text("done\n```json\n[1]\n```\nbye"), None, json!([1])),
        (
            "a fence of another language is prose",
            text("```rust\nlet a = [1];\n```"),
            None,
            json!("```rust\nlet a = [1];\n```"),
        ),
        ("an unmarked fence with JSON", text("```\n{\"a\":1}\n```"), Some(object()), json!({"a": 1})),
        ("a fence inside a longer fence", text("````json\n{\"a\": \"```\"}\n````"), None, json!({"a": "```"})),
        ("braces in strings", text(r#"{"a": "}{", "b": "\"{"}"#), Some(object()), json!({"a": "}{", "b": "\"{"})),
    ];
    for (name, reply, schema, wanted) in table {
        assert_eq!(extract(From::Default, true, schema.as_ref(), &reply).as_ref(), Ok(&wanted), "{name}");
    }
}

#[test]
fn a_block_and_another_value_behind_it_are_no_result() {
    let refused = "```json\n{\"passed\": true}\n```\nOn second thought:\n{\"passed\": false}\n";
    for (text_of, refuses) in [
        (refused, true),
        ("```json\n{\"passed\": true}\n```\n{\n  \"passed\": false\n}", true),
        ("```json\n{\"passed\": true}\n```\nAgain:\n{\"passed\": true}\n", false),
        ("```json\n{\"passed\": true}\n```\nunlike {\"passed\": false} before\n", false),
        ("{\"passed\": false}\n```json\n{\"passed\": true}\n```\n", false),
    ] {
        let got = extract(From::Default, true, Some(&object()), &text(text_of));
        match got {
            Err(failure) if refuses => assert!(failure.message.contains("two results"), "{}", failure.message),
            got => assert_eq!((got, refuses), (Ok(json!({"passed": true})), false), "{text_of}"),
        }
    }
}

#[test]
fn commands_are_read_as_they_ask() {
    let number = json!({ "type": "integer" });
    let words = json!({ "enum": ["yes", "no"] });
    let referred = json!({ "$ref": "#/definitions/W", "definitions": { "W": { "type": ["string", "null"] } } });
    let table: Vec<(&str, From, Reply, Option<Value>, Value)> = vec![
        ("no schema, no from: nothing", From::Default, text("chatter"), None, Value::Null),
        ("schema: the file", From::Default, file(r#"{"a":1}"#, r#"{"a":2}"#), Some(object()), json!({"a": 1})),
        ("schema: else the last JSON", From::Default, text("log\n{\"a\":2}\n"), Some(object()), json!({"a": 2})),
        ("text", From::Stdout, text("a1b2\n"), None, json!("a1b2")),
        ("text with inner lines", From::Stdout, text(" a\nb \r\n\n"), None, json!(" a\nb ")),
        ("empty text", From::Stdout, text(""), None, json!("")),
        ("text, though it looks like JSON", From::Stdout, text("42\n"), Some(json!({"type": "string"})), json!("42")),
        ("one of some words", From::Stdout, text("yes\n"), Some(words.clone()), json!("yes")),
        ("a text by reference", From::Stdout, text("yes\n"), Some(referred.clone()), json!("yes")),
        ("JSON by schema", From::Stdout, text(" {\"a\": 1}\n"), Some(object()), json!({"a": 1})),
        ("file", From::File, file("[1,2]", "chatter"), None, json!([1, 2])),
        (
            "last JSON: a number on the last line",
            From::LastJson,
            text("{\"a\":1}\n7\n\n"),
            Some(number.clone()),
            json!(7),
        ),
        ("last JSON: over lines", From::LastJson, text("x\n[\n1,\n2\n]\nbye"), None, json!([1, 2])),
        (
            "numbers keep their value",
            From::LastJson,
            text("[1, 1.5, -3, 18446744073709551615]"),
            None,
            json!([1, 1.5, -3, u64::MAX]),
        ),
    ];
    for (name, from, reply, schema, wanted) in table {
        assert_eq!(extract(from, false, schema.as_ref(), &reply).as_ref(), Ok(&wanted), "{name}");
    }
}

#[test]
fn what_is_no_result_says_why() {
    let object = object();
    let cut = Reply { text_cut: true, ..text("{\"a\":1}") };
    let broken = Reply { text_broken: Some(3), ..text("{\"a\":1}") };
    let refused = Reply { file_refused: Some("it is a symbolic link".to_owned()), ..text("{\"a\":1}") };
    let deep = "[".repeat(200) + &"]".repeat(200);
    let long = "x".repeat(500);
    let table: Vec<(&str, From, bool, Reply, FailureClass, &str)> = vec![
        ("silence", From::Default, true, text(" \n"), FailureClass::NoResult, "without saying anything"),
        (
            "amid a sentence",
            From::Default,
            true,
            text("Done would look like {\"a\": 1} but it is not."),
            FailureClass::InvalidOutput,
            "goes on: \"but it is not.\"",
        ),
        ("prose", From::Default, true, text("all good"), FailureClass::InvalidOutput, "begins: \"all good\""),
        ("prose is quoted shortly", From::Default, true, text(&long), FailureClass::InvalidOutput, "xxx…\""),
        ("a cut text", From::Default, true, cut.clone(), FailureClass::NoResult, "the limit of 7 bytes"),
        ("a cut text of a command", From::Stdout, false, cut.clone(), FailureClass::NoResult, "the limit of 7 bytes"),
        ("bytes", From::Stdout, false, broken, FailureClass::InvalidOutput, "number 3"),
        (
            "a key twice",
            From::LastJson,
            false,
            text("{\"a\":1,\"a\":2}"),
            FailureClass::InvalidOutput,
            "`a` is given twice",
        ),
        (
            "a key twice inside",
            From::File,
            false,
            file("{\"b\":[{\"a\":1,\"a\":2}]}", ""),
            FailureClass::InvalidOutput,
            "given twice at line 1",
        ),
        ("two values", From::File, false, file("{\"a\":1} {}", ""), FailureClass::InvalidOutput, "trailing characters"),
        ("an empty file", From::File, false, file("\n", ""), FailureClass::NoResult, "is empty"),
        ("no file", From::File, false, text("{}"), FailureClass::NoResult, "`MISSION_OUTPUT`"),
        ("a refused file", From::Default, true, refused, FailureClass::InvalidOutput, "symbolic link"),
        ("too deep", From::File, false, file(&deep, ""), FailureClass::InvalidOutput, "recursion limit"),
        (
            "half a value",
            From::LastJson,
            false,
            text("{\"a\": 1"),
            FailureClass::InvalidOutput,
            "no JSON in standard output",
        ),
        ("nothing printed", From::LastJson, false, text(""), FailureClass::NoResult, "nothing on standard output"),
        (
            "text for an object",
            From::Stdout,
            false,
            text("hello"),
            FailureClass::InvalidOutput,
            "standard output is not valid",
        ),
        ("escapes are quoted", From::Default, true, text("\u{1b}[2J"), FailureClass::InvalidOutput, "\\u{1b}[2J"),
    ];
    for (name, from, is_agent, reply, class, part) in table {
        let failure = extract(from, is_agent, Some(&object), &reply).expect_err(name);
        assert_eq!(failure.class, class, "{name}: {failure:?}");
        assert!(failure.message.contains(part), "{name}: {}", failure.message);
        assert!(failure.message.chars().count() < 400, "{name}: {}", failure.message.len());
    }
    assert_eq!(
        extract(From::Default, true, Some(&object), &Reply { file: Some("{\"a\":1}".into()), ..cut }),
        Ok(json!({"a": 1})),
        "a cut text does not matter where the file speaks"
    );
}

#[test]
fn hostile_text_is_given_up_on() {
    for hostile in ["[".repeat(1 << 20), "{\"a\":".repeat(1 << 18), "[0,\"[0,\",".repeat(1 << 17)] {
        let failure = extract(From::LastJson, false, None, &text(&hostile)).expect_err("no JSON in it");
        assert_eq!(failure.class, FailureClass::InvalidOutput);
    }
}
