//! What the items of a map handed over, and which of them changed the files of another since: expressions read it.

use std::collections::BTreeMap;

use mission_executor::decide::port::{Exit, Seen};
use mission_executor::event::{Contents, How, Touched};
use serde_json::json;

use crate::scripted::Scripted;

/// A map of three, and what expressions see of it. `more` stands in the definition of the items.
fn begun(more: &str) -> Scripted {
    Scripted::begin(&format!(
        "
mission: 1
name: t
agents: {{ w: {{ runner: [alpha], access: write }} }}
nodes:
  part:
    map: {{ over: '[\"a\", \"b\", \"c\"]', as: x, key: x, mode: serial, join: all_done }}
    agent: w
    prompt: go
    output: {{ schema: {{ type: object }}, repair: 1 }}
    {more}
  look:
    needs: [part]
    always: true
    value:
      all: \"{{{{ nodes.part.items | map(attribute='handoff') | list }}}}\"
outputs: {{ look: nodes.look.output.all }}
"
    ))
}

/// What is seen of an attempt that left the tree `tree`: `PATH BEFORE AFTER`.
fn seen(tree: &str, all: &[&str]) -> Seen {
    let id = |text: &str| Some(format!("100644 {text}")).filter(|_| text != "-");
    let parts = all.iter().map(|line| line.split(' ').collect::<Vec<_>>());
    let contents: BTreeMap<String, Contents> = parts
        .map(|p| (p[0].to_owned(), Contents { before: id(p[1]), after: id(p[2]), ..Contents::default() }))
        .collect();
    let changed = contents.keys().map(|path| Touched { path: path.clone(), how: How::Modified }).collect();
    Seen { place: "/srv".to_owned(), tree: tree.to_owned(), changed, contents, ..Seen::default() }
}

const WELL: Exit = Exit::Code(0);

fn ends(run: &mut Scripted, item: &str, files: &[&str], seen: Seen) {
    let said = json!({ "files": files }).to_string();
    run.ends_seen(&format!("t:part:{item}"), WELL, &said, seen);
}

#[test]
fn what_an_item_left_and_who_changed_it_since_is_read_by_expressions() {
    let mut run = begun("handoff: { files: output.files, changes: any, mismatch: report }");
    ends(&mut run, "a", &["x", "y"], seen("1", &["x - 1", "y 1 2", "z 1 2"]));
    ends(&mut run, "b", &["x"], seen("2", &["x 1 2", "z 2 3"]));
    ends(&mut run, "c", &["y", "x"], seen("3", &["x 2 3", "y 2 -"]));
    let rewritten = json!([{ "file": "x", "by": ["b", "c"] }, { "file": "y", "by": ["c"] }]);
    let expected = json!([
        { "tree": "1", "rewritten": rewritten },
        { "tree": "2", "rewritten": [{ "file": "x", "by": ["c"] }] },
        { "tree": "3", "rewritten": [] },
    ]);
    assert_eq!(run.core.run().ending().expect("over").outputs["look"].to_json(), expected);
}

#[test]
fn of_what_nobody_saw_nothing_is_known() {
    let mut run = begun("handoff: { files: output.files, changes: any, mismatch: report }");
    ends(&mut run, "a", &["x"], seen("1", &["x - 1"]));
    run.ends("t:part:b", 0, "{\"files\": []}");
    ends(&mut run, "c", &[], seen("3", &[]));
    let expected = json!([
        { "tree": "1", "rewritten": [] },
        { "tree": null, "rewritten": [] },
        { "tree": "3", "rewritten": [] },
    ]);
    assert_eq!(run.core.run().ending().expect("over").outputs["look"].to_json(), expected);
}
