//! Inputs: typed by the workflow, refused all at once, from flags and files.

use serde_json::json;

use crate::support::Place;

const FLOW: &str = r#"
mission: 1
name: release
inputs:
  tag: { type: string, description: tag to describe }
  count: { type: integer, default: 3, minimum: 1, maximum: 10, description: how many }
  dryRun: { type: boolean, default: false }
  mode: { enum: [stop, continue, ask], default: stop }
  parts: { type: array, items: { type: string }, default: [] }
  note: { type: [string, "null"], default: null }
  extra: { type: object, properties: { deep: { type: integer, default: 7 } }, additionalProperties: false, default: {} }
nodes:
  part:
    map: { over: inputs.parts, as: part, key: part }
    run: echo "$MODE"
    env: { MODE: "{{ inputs.mode }} {{ inputs.tag }} {{ inputs.count }} {{ inputs.note }}" }
"#;

fn place() -> Place {
    let place = Place::new();
    place.write("release.yaml", FLOW);
    place
}

#[test]
fn everything_wrong_is_said_at_once_and_nothing_is_made() {
    let place = place();
    place.write("bad.json", "{ \"count\": 1,, }").write("list.yaml", "- 1\n");
    let before = place.files();
    let cases: [&[&str]; 11] = [
        &["-i", "tga=v1", "-i", "tag=v1"],
        &["-i", "count=11", "-i", "dryRun=yes", "-i", "mode=stp", "-i", "parts=a"],
        &["-i", "count=many", "-i", "tag"],
        &["-i", "tag=a", "-i", "tag=b"],
        &["--prompt", "x"],
        &["--input", "tag=v1"],
        &["--input", "[1]"],
        &["--input", "@list.yaml"],
        &["--input", "@bad.json"],
        &["-i", "parts=@gone.json", "-i", "extra={deep: x, other: 1}"],
        &["-i", "count=11", "--input", r#"{"count": 99, "zag": 1}"#],
    ];
    let mut all = String::new();
    for case in cases {
        let args = [&["run", "release.yaml"], case].concat();
        let said = place.mission(&args).exits(2);
        assert_eq!(said.out, "");
        all.push_str(&format!("$ mission {}\n{}\n", args.join(" "), said.err));
    }
    assert_eq!(place.files(), before);
    insta::assert_snapshot!(all);
}

#[test]
fn check_lists_what_a_workflow_takes() {
    let place = place();
    let one = place.mission(&["check", "release.yaml"]).exits(0).out;
    insta::assert_snapshot!(one);
    let several = place.mission(&["check", "release.yaml", "release.yaml"]).exits(0).out;
    assert_eq!(several, "ok  release.yaml: `release`\n".repeat(2));
    let shipped = place.mission(&["check", "mission"]).exits(0).out;
    let prompt = shipped.lines().find(|l| l.starts_with("  -i prompt ")).unwrap();
    assert!(prompt.ends_with("What the mission is to achieve. [required]"), "{prompt}");
}

#[test]
fn a_placeholder_must_be_replaced() {
    let place = Place::new();
    let mut all = String::new();
    for args in [&["run", "mission"][..], &["run", "mission", "--prompt", "Describe the mission goal."]] {
        all.push_str(&place.mission(args).exits(2).err);
    }
    assert_eq!(place.files(), [""; 0]);
    insta::assert_snapshot!(all);
}

#[test]
fn a_placeholder_may_stay_where_another_input_stands_for_it() {
    let place = Place::new();
    place.write("plan.json", "{}");
    let refused = place.mission(&["run", "mission", "-i", "plan=@plan.json"]).exits(2).err;
    assert!(refused.contains("plan") && !refused.contains("placeholder"), "{refused}");
}

/// Keys of the items that a map over `parts` has with these flags.
fn parts(place: &Place, flags: &[&str]) -> Vec<String> {
    let args = [&["compile", "release.yaml", "--json"], flags].concat();
    let picture = place.mission(&args).exits(0).json();
    let ids = picture["nodes"].as_array().unwrap().iter().map(|n| n["id"].as_str().unwrap().to_owned());
    ids.filter_map(|id| id.strip_prefix("release:part:").map(str::to_owned)).collect()
}

#[test]
fn values_come_from_flags_json_yaml_and_standard_input() {
    let place = place();
    place.write("parts.json", r#"["a", "b"]"#).write("parts.yaml", "- c\n- d\n").write("all.yaml", "parts: [e]\n");
    assert_eq!(parts(&place, &[]), [""; 0]);
    assert_eq!(parts(&place, &["-i", "parts=[x, y]"]), ["x", "y"]);
    assert_eq!(parts(&place, &["-i", r#"parts=["x"]"#]), ["x"]);
    assert_eq!(parts(&place, &["-i", "parts=@parts.json"]), ["a", "b"]);
    assert_eq!(parts(&place, &["-i", "parts=@parts.yaml"]), ["c", "d"]);
    assert_eq!(parts(&place, &["--input", "@all.yaml"]), ["e"]);
    assert_eq!(parts(&place, &["--input", r#"{"parts": ["f"]}"#]), ["f"]);
    assert_eq!(parts(&place, &["--input", "@all.yaml", "-i", "parts=[g]"]), ["g"], "-i wins");
    let mut command = place.prepare(&["compile", "release.yaml", "--json", "-i", "parts=@-"]);
    command.stdin(std::fs::File::open(place.path().join("parts.json")).unwrap());
    let picture = crate::support::said(&mut command, &place.path()).exits(0).json();
    assert_eq!(picture["nodes"].as_array().unwrap().len(), 3);
}

#[test]
fn compile_draws_with_and_without_values() {
    let place = Place::new();
    let flow = r#"
mission: 1
name: w
nodes:
  list:
    run: cat list.json
    output: { schema: { type: array, items: { type: object, required: [id], properties: { id: { type: string } } } }, from: stdout }
  item:
    needs: [list]
    map: { over: nodes.list.output, as: item, key: item.id }
    run: "true"
"#;
    place
        .write("w.yaml", flow)
        .write("two.json", r#"[{"id": "a"}, {"id": "b"}]"#)
        .write("same.json", r#"[{"id": "a"}, {"id": "a"}]"#);
    place.write("bad.json", r#"[{"name": 1}]"#);
    insta::assert_snapshot!(place.mission(&["compile", "w.yaml"]).exits(0).out);
    insta::assert_snapshot!(place.mission(&["compile", "w.yaml", "--with", "list=two.json"]).exits(0).out);
    let json = place.mission(&["compile", "w.yaml", "--with", "w:list=two.json", "--json"]).exits(0).json();
    crate::support::follows(&json, "graph");
    let ids: Vec<_> = json["nodes"].as_array().unwrap().iter().map(|n| n["id"].clone()).collect();
    assert_eq!(json!(ids), json!(["w:list", "w:item:a", "w:item:b", "w:item"]));
    let mut all = String::new();
    for with in ["list=same.json", "list=bad.json", "lst=two.json", "list=gone.json"] {
        all.push_str(&format!(
            "$ --with {with}\n{}",
            place.mission(&["compile", "w.yaml", "--with", with]).exits(2).err
        ));
    }
    insta::assert_snapshot!(all);
    for (format, part) in [("dot", "digraph"), ("mermaid", "flowchart"), ("svg", "<svg"), ("text", "w: ")] {
        let said = place.mission(&["compile", "w.yaml", "--format", format, "-o", "out"]).exits(0);
        assert_eq!(said.out, "");
        assert!(place.read("out").contains(part), "{format}");
    }
}
