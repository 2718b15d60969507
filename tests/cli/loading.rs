//! Finding, reading and checking workflows: every refusal names the place, exits 2 and leaves nothing behind.

use crate::support::Place;

const HELLO: &str = "\
mission: 1
name: hello
nodes:
  a: { run: echo hi }
  b: { needs: [a], run: echo ho }
";

#[test]
fn a_workflow_is_found_by_path_by_name_and_among_the_shipped() {
    let place = Place::new();
    place.write("flows/hello.yaml", HELLO).write(".mission/workflows/own.yaml", HELLO.replace("hello", "own"));
    let workflow = |args: &[&str]| place.mission(args).exits(0).json()["workflow"].clone();
    assert_eq!(workflow(&["compile", "flows/hello.yaml", "--json"]), "hello");
    assert_eq!(workflow(&["compile", "own", "--json"]), "own");
    assert_eq!(workflow(&["compile", "mission", "--json"]), "mission");
    // From below, the project's workflows are still known, and files are relative to where one stands.
    assert_eq!(workflow(&["-C", "flows", "compile", "own", "--json"]), "own");
    assert_eq!(workflow(&["-C", "flows", "compile", "hello.yaml", "--json"]), "hello");
    // A project's workflow wins over a shipped one.
    place.write(".mission/workflows/mission.yaml", HELLO.replace("hello", "mine"));
    assert_eq!(workflow(&["compile", "mission", "--json"]), "mine");
}

#[test]
fn what_is_not_there_is_said_with_what_is() {
    let place = Place::new();
    place.write("flows/hello.yaml", HELLO).write(".mission/workflows/release.yaml", HELLO);
    let mut all = String::new();
    for name in ["flows/hallo.yaml", "nowhere/x.yaml", "flows", "./flows", "releese", "misson", "zzz"] {
        let said = place.mission(&["compile", name]).exits(2);
        assert_eq!(said.out, "");
        all.push_str(&format!("$ mission compile {name}\n{}\n", said.err));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn files_that_cannot_be_workflows_are_refused_before_they_are_read() {
    let place = Place::new();
    place.write("big.yaml", vec![b'#'; 8 * 1024 * 1024 + 1]);
    place.write("latin.yaml", b"mission: 1\nname: caf\xe9\n");
    place.write("empty.yaml", "");
    place.write("not.yaml", "mission: [1\n");
    place.write("twice.yaml", "mission: 1\nname: a\nname: b\nnodes: {}\n");
    let before = place.files();
    let mut all = String::new();
    for name in ["big.yaml", "latin.yaml", "empty.yaml", "not.yaml", "twice.yaml"] {
        let said = place.mission(&["run", name]).exits(2);
        assert_eq!(said.out, "");
        all.push_str(&format!("$ mission run {name}\n{}\n", said.err));
    }
    assert_eq!(place.files(), before, "nothing is created on disk");
    insta::assert_snapshot!(all);
}

#[test]
fn an_alias_bomb_is_refused() {
    let place = Place::new();
    let mut text = "mission: 1\nname: bomb\nnodes:\n  a: { value: &v0 [x, x, x, x, x, x, x, x, x] }\n".to_owned();
    for i in 1..12 {
        let list = vec![format!("*v{}", i - 1); 9].join(", ");
        text.push_str(&format!("  n{i}: {{ value: &v{i} [{list}] }}\n"));
    }
    place.write("bomb.yaml", text);
    let said = place.mission(&["check", "bomb.yaml"]).exits(2);
    assert!(said.out.contains("error[alias-limit]"), "{}", said.out);
}

#[test]
fn prompt_files_stand_beside_the_workflow() {
    let place = Place::new();
    let flow = |file: &str| {
        format!(
            "mission: 1\nname: w\nagents: {{ x: {{ runner: auto }} }}\nnodes:\n  a: {{ agent: x, prompt: {{ file: {file} }} }}\n"
        )
    };
    place.write("flows/prompts/a.md", "Do {{ run.id }}.").write("secret.md", "no").write("flows/latin.md", b"\xff");
    place.write("flows/good.yaml", flow("prompts/a.md"));
    place.mission(&["check", "flows/good.yaml"]).exits(0);
    let mut all = String::new();
    for (name, file) in
        [("up", "../secret.md"), ("gone", "prompts/b.md"), ("latin", "latin.md"), ("root", "/etc/hostname")]
    {
        place.write(&format!("flows/{name}.yaml"), flow(file));
        let said = place.mission(&["check", &format!("flows/{name}.yaml")]).exits(2);
        all.push_str(&said.out);
    }
    insta::assert_snapshot!(all);
}

#[test]
fn check_reports_every_file_and_its_json_follows_the_schema() {
    let place = Place::new();
    place.write("good.yaml", HELLO);
    place.write("bad.yaml", HELLO.replace("[a]", "[aa]").replace("run: echo hi", "rnu: echo hi"));
    let text = place.mission(&["check", "good.yaml", "bad.yaml", "gone.yaml"]).exits(2);
    insta::assert_snapshot!(format!("{}\n--- standard error\n{}", text.out, text.err));
    let json = place.mission(&["check", "good.yaml", "bad.yaml", "gone.yaml", "--json"]).exits(2).json();
    crate::support::follows(&json, "findings");
    assert_eq!(json["files"][0]["errors"], 0);
    assert_eq!(json["files"][1]["findings"][0]["code"], "unknown-key");
    assert_eq!(json["files"][2]["unreadable"], "there is no file `gone.yaml`");
}

#[test]
fn that_checking_ended_early_is_said() {
    let place = Place::new();
    let nodes: String = (0..1_200).map(|i| format!("  n{i}: {{ run: [x], needs: [m{i}] }}\n")).collect();
    place.write("many.yaml", format!("mission: 1\nname: many\nnodes:\n{nodes}"));
    let note = "note: there may be more: checking ends after 1,000 errors, and 1,000 warnings are kept";
    let said = place.mission(&["check", "many.yaml"]).exits(2).out;
    assert!(said.contains(note), "{said}");
    assert!(said.contains("not ok  many.yaml: 1,000 errors"), "{said}");
    assert!(place.mission(&["run", "many.yaml"]).exits(2).err.contains(note));
    let json = place.mission(&["check", "many.yaml", "--json"]).exits(2).json();
    crate::support::follows(&json, "findings");
    assert_eq!((&json["files"][0]["errors"], &json["files"][0]["more"]), (&1_000.into(), &true.into()));
    place.write("few.yaml", HELLO);
    assert_eq!(place.mission(&["check", "few.yaml", "--json"]).exits(0).json()["files"][0]["more"], false);
}

#[test]
fn control_characters_of_a_file_never_reach_the_terminal() {
    let place = Place::new();
    place.write("evil.yaml", "mission: 1\nname: x\nnodes:\n  \"a\\e[2J\\u202e\": { rnu: \"\\e]0;x\\a\" }\n");
    for args in
        [&["check", "evil.yaml"][..], &["check", "evil.yaml", "--color", "always"], &["check", "\u{1b}[2J.yaml"]]
    {
        let said = place.mission(args).exits(2);
        let all = said.out + &said.err;
        assert!(!all.contains("\u{1b}[2J") && !all.contains("\u{1b}]") && !all.contains('\u{202e}'), "{all:?}");
    }
}
