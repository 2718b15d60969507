//! Bad input: a clear message with its place, exit 2, and nothing on disk.

use std::fmt::Write as _;

use crate::scratch::Scratch;

fn refused(scratch: &Scratch, args: &[&str], part: &str) {
    scratch.mission(args).exits(2).says(part);
    assert!(!scratch.path("repo/.mission").exists(), "nothing is made: {args:?}");
}

#[test]
fn inputs() {
    let scratch = Scratch::new(1, 1);
    for (args, part) in [
        (&["-i", "maxConcurency=2"][..], "maxConcurrency"),
        (&["-i", "maxConcurrency=two"], "maxConcurrency"),
        (&["-i", "maxConcurrency=11"], "10"),
        (&["-i", "onUnresolved=perhaps"], "stop"),
        (&["-i", "plan=@nowhere.json"], "nowhere.json"),
        (&["--agent", "bilder=./x"], "builder"),
    ] {
        refused(&scratch, &[&["run", "mission", "--prompt", "x"], args].concat(), part);
    }
    refused(&scratch, &["run", "mission"], "prompt");
    refused(&scratch, &["run", "mision"], "mission");
}

#[test]
fn workflow_files() {
    let scratch = Scratch::new(1, 1);
    let head = "mission: 1\nname: bad\n";
    let mut bomb = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for i in 1..12 {
        let _ = writeln!(bomb, "a{i}: &a{i} [{}]", vec![format!("*a{}", i - 1); 9].join(", "));
    }
    let cases = [
        ("key", format!("{head}nodez:\n  a: {{ run: echo }}\n"), "nodes", "3:1"),
        ("need", format!("{head}nodes:\n  test: {{ run: echo }}\n  b: {{ run: echo, needs: [tset] }}\n"), "test", "5:"),
        (
            "cycle",
            format!("{head}nodes:\n  a: {{ run: echo, needs: [b] }}\n  b: {{ run: echo, needs: [a] }}\n"),
            "a",
            "4:",
        ),
        (
            "upstream",
            format!(
                "{head}nodes:\n  a: {{ run: echo, output: {{ from: stdout }} }}\n  b:\n    run: cat\n    env: {{ X: \"{{{{ nodes.a.output }}}}\" }}\n"
            ),
            "needs: [a]",
            "7:",
        ),
        ("yaml", "mission: 1\nname: [unclosed\n".to_owned(), "is never closed", "2:7"),
        ("bomb", format!("{bomb}mission: 1\n"), "copy too much", "5:"),
        ("type", format!("{head}nodes:\n  a: {{ run: echo, needs: 7 }}\n"), "needs", "4:"),
    ];
    for (name, text, part, place) in cases {
        scratch.write("repo/bad.yaml", &text);
        for command in ["run", "compile", "check"] {
            let ran = scratch.mission(&[command, "bad.yaml"]).exits(2).says(part);
            assert!(ran.text().contains("bad.yaml"), "{name}: {ran:?}");
            assert!(ran.text().contains(place), "{name} names its place `{place}`: {ran:?}");
        }
        assert!(!scratch.path("repo/.mission").exists(), "{name}: nothing is made");
    }
    scratch.write("repo/bad.yaml", &format!("{head}description: {}\n", "x".repeat(9 << 20)));
    for command in ["run", "compile", "check"] {
        refused(&scratch, &[command, "bad.yaml"], "8 MiB");
    }
    // A mistake hides no other: a misspelt key, an unknown node, a wrong type and a cycle are told together.
    scratch.write(
        "repo/bad.yaml",
        &format!(
            "{head}nodes:\n  a: {{ rnu: echo }}\n  b: {{ run: echo, needs: [tset] }}\n  c: {{ run: echo, needs: [d] }}\n  \
             d: {{ run: echo, needs: [c] }}\n  e: {{ run: {{}}, needs: [b] }}\n"
        ),
    );
    for code in ["unknown-key", "unknown-node", "cycle", "wrong-type"] {
        refused(&scratch, &["run", "bad.yaml"], &format!("error[{code}]"));
    }
}

#[test]
fn a_dirty_tree_is_refused_with_the_way_out() {
    let scratch = Scratch::new(1, 1);
    scratch.write("repo/mine.txt", "not yet committed\n");
    scratch.run(&["--yes"]).exits(2).says("mine.txt").says("--allow-dirty");
    assert_eq!(scratch.runs(), 0);
    scratch.run(&["--yes", "--allow-dirty"]).exits(0);
    assert!(scratch.report()["flags"].to_string().contains("allow-dirty"));
}

#[test]
fn an_edited_workflow_does_not_change_a_run() {
    let scratch = Scratch::new(1, 1);
    let text = "mission: 1\nname: pinned\nnodes:\n  ask:\n    gate: { title: Go on?, choices: { approve: { go: next } } }\n  say: { needs: [ask], run: echo first > said }\n";
    scratch.write("repo/pinned.yaml", text);
    scratch.git(&["add", "."]);
    scratch.git(&["commit", "-q", "-m", "workflow"]);
    scratch.mission(&["run", "pinned.yaml"]).exits(3);
    scratch.write("repo/pinned.yaml", &text.replace("first", "second"));
    scratch.to_run("approve", &[]).exits(0).says("changed");
    assert_eq!(scratch.read("repo/said"), "first\n");
}
