//! Help texts: the committed reference `docs/cli/commands.md` is what the program prints.

use std::path::Path;

use crate::support::Place;

/// The commands, as the help page lists them.
pub(crate) fn commands() -> Vec<String> {
    let help = Place::new().mission(&["--help"]).exits(0).out;
    let (_, list) = help.split_once("\nRunning:\n").unwrap();
    let (list, _) = list.split_once("\nGlobal options:").unwrap();
    let names: Vec<String> =
        list.lines().filter_map(|l| l.strip_prefix("  ")?.split_once(' ')).map(|(name, _)| name.to_owned()).collect();
    assert!(names.len() > 20, "{names:?}");
    names
}

const INTRODUCTION: &str = "\
<!-- Generated from the help texts; `MISSION_BLESS=1 cargo test --test cli` writes it anew. -->
# Commands

What `mission COMMAND --help` prints. The exit codes are explained in [exit-codes.md](exit-codes.md), the output of
`--json` by the schemas in [`schemas/`](../../schemas).
";

#[test]
fn the_reference_is_what_the_program_prints() {
    let place = Place::new();
    let mut reference = INTRODUCTION.to_owned();
    let commands = commands();
    let names = commands.iter().map(|c| vec![c.as_str()]);
    let all = [vec![]].into_iter().chain(names).chain([vec!["agents", "test"]]);
    for mut args in all {
        let title = ["mission"].iter().chain(&args).copied().collect::<Vec<_>>().join(" ");
        args.push("--help");
        let help = place.mission(&args).exits(0);
        assert_eq!(help.err, "");
        let lines: Vec<&str> = help.out.lines().map(str::trim_end).collect();
        assert!(lines.iter().all(|line| line.chars().count() <= 100), "{title}: a line is longer than 100 columns");
        reference.push_str(&format!("\n## {title}\n\n```text\n{}\n```\n", lines.join("\n").trim_end()));
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cli/commands.md");
    if std::env::var_os("MISSION_BLESS").is_some() {
        std::fs::write(&path, &reference).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(reference == committed, "docs/cli/commands.md is out of date: run MISSION_BLESS=1 cargo test --test cli");
}

#[test]
fn short_and_long_help_are_the_same() {
    let place = Place::new();
    for command in commands().iter().map(String::as_str).chain(["agents test"]) {
        let help = |flag| place.mission(&command.split(' ').chain([flag]).collect::<Vec<_>>()).exits(0).out;
        assert_eq!(help("-h"), help("--help"), "{command}");
        assert!(help("-h").contains("-h, --help  "), "{command} has the short layout\n{}", help("-h"));
    }
}

#[test]
fn without_a_command_the_help_is_shown() {
    let place = Place::new();
    let help = place.mission(&[]).exits(2);
    assert!(help.err.contains("Usage: mission [OPTIONS] <COMMAND>"), "{}", help.err);
}

#[test]
fn usage_errors_exit_2_and_suggest() {
    let place = Place::new();
    let input = "an input is given as `-i NAME=VALUE`";
    let cases: [(&[&str], &str); 11] = [
        (&["run", "hello.yaml", "name=you"], input),
        (&["run", "hello.yaml", "--name", "you"], input),
        (&["run", "mission", "Add search"], "a goal as `--prompt TEXT`"),
        (&["hello.yaml"], "a workflow is run by `mission run hello.yaml`"),
        (&["cancel"], "`mission ps` lists the runs"),
        (&["deny"], "`mission ps` lists the runs"),
        (&["chekc", "x.yaml"], "'check'"),
        (&["run"], "<FILE|NAME>"),
        (&["run", "x", "--promt", "y"], "'--prompt'"),
        (&["approve", "x", "--edit", "--value", "1"], "cannot be used with"),
        (&["compile", "x", "--with", "plan"], "expected NODE=FILE"),
    ];
    for (args, part) in cases {
        let said = place.mission(args).exits(2);
        assert!(said.err.contains(part), "{args:?}\n{}", said.err);
        assert!(said.err.matches("tip: ").count() <= 1, "one way out: {}", said.err);
        assert_eq!(said.out, "");
    }
    assert_eq!(place.files(), [""; 0]);
}

#[test]
fn a_directory_that_is_not_there_is_named() {
    let place = Place::new();
    let said = place.mission(&["-C", "nowhere", "ps"]).exits(2);
    assert_eq!(said.err, "error: cannot enter `nowhere`: no such file or directory\n");
}

#[test]
fn completions_for_every_shell_know_the_commands() {
    let (place, commands) = (Place::new(), commands());
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = place.mission(&["completions", shell]).exits(0).out;
        assert!(commands.iter().all(|c| script.contains(c)), "{shell}");
    }
    assert_eq!(place.command("bash").args(["-n", "/dev/stdin"]).status().unwrap().code(), Some(0));
}

#[test]
fn man_pages_for_every_command() {
    let place = Place::new();
    assert!(place.mission(&["man"]).exits(0).out.contains(".TH mission 1"));
    place.mission(&["man", "-o", "pages"]).exits(0);
    let mut wanted: Vec<String> = commands().iter().map(|c| format!("pages/mission-{c}.1")).collect();
    wanted.push("pages/mission.1".to_owned());
    wanted.sort();
    assert_eq!(place.files(), wanted);
}

#[test]
fn a_closed_pipe_is_quiet() {
    let place = Place::new();
    let mut command = place.command("sh");
    let script = format!("'{}' man | head -c 1 >/dev/null; echo done", env!("CARGO_BIN_EXE_mission"));
    let output = command.args(["-c", &script]).output().unwrap();
    assert_eq!((String::from_utf8_lossy(&output.stdout).as_ref(), output.stderr.as_slice()), ("done\n", &b""[..]));
}
