//! Values in expressions: what is bound is found by name, and contracts fill in what is absent or null.

use mission_compiler::contract::Contract;
use mission_compiler::source::{FileId, Span};
use mission_compiler::template::{Data, Expr, Prompt, Scope};
use serde_json::json;

#[test]
fn bound_names_and_made_maps_are_maps() {
    let here = Span::new(FileId::default(), 0, 0);
    let mut scope = Scope::new();
    scope.bind("inputs", Data::map(vec![("tag".to_owned(), Data::from("v1"))]));
    let expr = Expr::compile("inputs.tag", here).expect("it parses");
    assert_eq!(expr.eval(&scope).expect("it is bound").as_str(), Some("v1"));
    let prompt = Prompt::compile("p", "{% if inputs.tag %}{{ inputs.tag }}{% endif %}", here).expect("it parses");
    assert_eq!(prompt.render(&scope).expect("it is bound"), "v1");
}

#[test]
fn an_explicit_null_reads_as_absent() {
    let schema = json!({ "type": "object", "properties": {
        "parallel": { "type": ["boolean", "null"], "default": true },
        "notes": { "type": ["string", "null"] },
    } });
    let contract = Contract::compile(schema).expect("a valid schema");
    for value in [json!({}), json!({ "parallel": null, "notes": null })] {
        assert_eq!(contract.admit(value), Ok(json!({ "parallel": true, "notes": null })));
    }
    assert_eq!(contract.admit(json!({ "parallel": false })), Ok(json!({ "parallel": false, "notes": null })));
}

#[test]
fn a_value_of_another_type_than_every_alternative_is_told_what_it_should_be() {
    let schema = json!({ "anyOf": [
        { "type": "object", "required": ["a"], "properties": { "a": { "type": "integer" } } },
        { "type": "array" },
        { "type": "null" },
    ] });
    let contract = Contract::compile(schema).expect("a valid schema");
    let told = |value| contract.admit(value).expect_err("it is refused");
    assert_eq!(told(json!("hello")), [r#"/: "hello" is not of type "object" or "array" or "null""#]);
    assert_eq!(told(json!({ "a": "x" })), [r#"/a: "x" is not of type "integer""#]);
}
