//! Who does the work: flags, the repository's settings, presets.

use crate::support::Place;

const FLOW: &str = "\
mission: 1
name: w
agents:
  writer: { runner: command, command: [./writer.sh] }
  reader: { runner: command, command: [./reader.sh] }
nodes:
  a: { agent: writer, prompt: write }
  b: { needs: [a], agent: reader, prompt: read }
";

fn place() -> Place {
    let place = Place::new();
    place.write("w.yaml", FLOW);
    for name in ["writer", "reader", "other", "deep/third"] {
        script(&place, &format!("{name}.sh"), &format!("echo \"{name} $MISSION_NODE_ID $*\" >> trace"));
    }
    place
}

fn script(place: &Place, name: &str, text: &str) {
    place.script(name, format!("#!/bin/sh\ncat > /dev/null\n{text}\necho done\n"));
}

#[track_caller]
fn traced(place: &Place, args: &[&str]) -> String {
    let _ = std::fs::remove_file(place.path().join("trace"));
    place.mission(&[&["run", "w.yaml"], args].concat()).exits(0);
    place.read("trace")
}

#[test]
fn flags_win_over_the_repository_and_the_repository_over_the_workflow() {
    let place = place();
    assert_eq!(traced(&place, &[]), "writer w:a \nreader w:b \n");
    place.write(".mission/agents.yaml", "writer: ./other.sh\nnobody: claude\n");
    assert_eq!(traced(&place, &[]), "other w:a \nreader w:b \n");
    assert_eq!(traced(&place, &["--agent", "writer=./reader.sh"]), "reader w:a \nreader w:b \n");
    assert_eq!(traced(&place, &["--agent", "*=./writer.sh"]), "writer w:a \nwriter w:b \n");
    assert_eq!(
        traced(&place, &["--agent", "reader=./other.sh", "--agent", "*=./writer.sh"]),
        "writer w:a \nother w:b \n"
    );
    place.write(".mission/agents.yaml", "\"*\": [./other.sh, --careful]\n");
    assert_eq!(traced(&place, &[]), "other w:a --careful\nother w:b --careful\n");
}

#[test]
fn a_command_on_the_command_line_is_found_from_where_one_stands() {
    let place = place();
    place.write(".mission/config.yaml", "");
    place.mission(&["-C", "deep", "run", "../w.yaml", "--agent", "*=./third.sh"]).exits(0);
    assert_eq!(place.read("trace"), "deep/third w:a \ndeep/third w:b \n");
}

#[test]
fn agents_that_cannot_work_are_refused_before_a_run_exists() {
    let place = place();
    place.write(
        "auto.yaml",
        FLOW.replace("runner: command, command: [./writer.sh]", "runner: command, command: [./gone.sh]"),
    );
    let before = place.files();
    let mut all = String::new();
    let cases: [&[&str]; 6] = [
        &["run", "w.yaml", "--agent", "writr=./other.sh"],
        &["run", "w.yaml", "--agent", "./other.sh"],
        &["run", "w.yaml", "--agent", "writer="],
        &["run", "w.yaml", "--agent", "writer=./a.sh", "--agent", "writer=./b.sh"],
        &["run", "w.yaml", "--agent", "writer=./w.yaml"],
        &["run", "auto.yaml"],
    ];
    for args in cases {
        all.push_str(&format!("$ mission {}\n{}\n", args.join(" "), place.mission(args).exits(2).err));
    }
    for text in ["- 1\n", "writer: 3\n", "writer: [\n"] {
        place.write(".mission/agents.yaml", text);
        all.push_str(&format!("# {text}{}\n", place.mission(&["run", "w.yaml"]).exits(2).err));
    }
    std::fs::remove_dir_all(place.path().join(".mission")).unwrap();
    assert_eq!(place.files(), before);
    insta::assert_snapshot!(all);
}

#[test]
fn a_preset_fills_inputs_in_and_makes_its_repository() {
    let place = Place::new();
    place.write(
        "p/flow.yaml",
        "mission: 1\nname: w\ninputs: { who: { type: string }, n: { type: integer, default: 1 } }\nnodes:\n  a:\n    run: echo \"$WHO $N\" >> trace\n    env: { WHO: \"{{ inputs.who }}\", N: \"{{ inputs.n }}\" }\n",
    );
    place.write("p/setup.sh", "mkdir -p \"$1\"\ncd \"$1\"\ngit init -q\nmkdir .mission\n");
    place.write("p/demo.yaml", "preset: 1\nworkflow: flow.yaml\nrepository: setup.sh\ninputs: { who: Ann, n: 2 }\n");
    let run = place.mission(&["run", "p/demo.yaml"]).exits(0);
    assert!(run.err.starts_with("repository: .mission/scratch/demo-1   look around with mission -C"), "{}", run.err);
    assert_eq!(place.read(".mission/scratch/demo-1/trace"), "Ann 2\n");
    place.mission(&["-C", ".mission/scratch/demo-1", "status"]).exits(0);
    place.mission(&["run", "p/demo.yaml", "-i", "n=3"]).exits(0);
    assert_eq!(place.read(".mission/scratch/demo-2/trace"), "Ann 3\n");
    place.mission(&["compile", "p/demo.yaml"]).exits(0);
}

#[test]
fn what_is_wrong_with_a_preset_is_said_and_nothing_is_left_behind() {
    let place = Place::new();
    place
        .write("flow.yaml", "mission: 1\nname: w\ninputs: { who: { type: string } }\nnodes:\n  a: { run: \"true\" }\n");
    place.write("setup.sh", "echo 'no disk' >&2\nexit 3\n");
    let before = place.files();
    let mut all = String::new();
    for text in [
        "preset: 2\nworkflow: flow.yaml\n",
        "preset: 1\n",
        "preset: 1\nworkflow: flow.yaml\ninput: {}\n",
        "preset: 1\nworkflow: flow.yaml\ninputs: [a]\n",
        "preset: 1\nworkflow: flow.yaml\nyes: sure\n",
        "preset: 1\nworkflow: flow.yaml\ninputs: { whom: Ann, who: 3 }\n",
        "preset: 1\nworkflow: gone.yaml\n",
        "preset: 1\nworkflow: flow.yaml\ninputs: { who: Ann }\nrepository: gone.sh\n",
        "preset: 1\nworkflow: flow.yaml\ninputs: { who: Ann }\nrepository: setup.sh\n",
    ] {
        place.write("demo.yaml", text);
        all.push_str(&format!("{text}{}\n", place.mission(&["run", "demo.yaml"]).exits(2).err));
    }
    std::fs::remove_file(place.path().join("demo.yaml")).unwrap();
    let left: Vec<String> = place.files().into_iter().filter(|f| f != ".mission/.gitignore").collect();
    assert_eq!(left, before);
    insta::assert_snapshot!(all);
}

#[test]
fn where_no_agent_is_here_it_is_said_once_and_briefly() {
    let place = Place::new();
    let mut command = place.prepare(&["run", "mission", "--prompt", "x"]);
    let tools = place.path().join("tools");
    std::fs::create_dir(&tools).unwrap();
    let said = crate::support::said(command.env("PATH", &tools), &place.path()).exits(2);
    let findings: Vec<&str> = said.err.lines().filter(|l| l.starts_with("  - ")).collect();
    assert_eq!(findings.len(), 3, "{}", said.err);
    assert!(findings[2].contains("`git` is not in any absolute folder of PATH"), "told at once: {}", said.err);
    assert!(findings[0].contains("no agent for profiles `builder`, `fixer` and `scribe`: `auto`: none of claude, "));
    assert!(
        findings[1].contains("no agent for profiles `planner` and `validator`"),
        "those that only read: {}",
        said.err
    );
    assert!(!said.err.contains("tools") && said.err.contains("`--agent '*=./my-agent'`"), "{}", said.err);
}

#[test]
fn what_the_agents_and_what_the_repository_lack_is_told_at_once() {
    let place = Place::new();
    let run = |agent: &str| place.mission(&["run", "mission", "--prompt", "x", "--agent", agent]).exits(2).err;
    let both = run("*=./gone.sh");
    assert!(both.starts_with("error: `mission` cannot run here\n  - "), "{both}");
    assert!(both.contains("gone.sh") && both.contains("is not inside a git repository\n    help: "), "{both}");
    place.script("here.sh", "#!/bin/sh\n");
    assert!(!run("*=./here.sh").contains("here.sh"));
    assert!(!place.path().join(".mission").exists(), "nothing is made");
}
