//! Profiles that can be used, those that cannot, and how the command line replaces them.

use std::path::Path;

use mission_compiler::source::{FileId, Span};
use mission_compiler::workflow::Agent;

use super::{Agents, Choice, ChoiceError, Found, ProfileError, Runner, Spec, check_profile};
use crate::process::Programs;

fn profile(runners: &[&str], command: &[&str]) -> Agent {
    Agent {
        runners: runners.iter().map(|r| (*r).to_owned()).collect(),
        write: true,
        model: None,
        effort: None,
        budget: None,
        command: command.iter().map(|w| (*w).to_owned()).collect(),
        env: Vec::new(),
        pass_env: Vec::new(),
        span: Span::new(FileId::default(), 0, 0),
    }
}

/// The shipped agents and `more`, on a `PATH` with these scripts: name and what it prints.
fn agents(dir: &Path, more: &str, scripts: &[(&str, &str)]) -> Agents {
    use std::os::unix::fs::PermissionsExt as _;
    for (name, says) in scripts {
        std::fs::write(dir.join(name), format!("#!/bin/sh\necho '{says}'\n")).expect("script");
        std::fs::set_permissions(dir.join(name), std::fs::Permissions::from_mode(0o755)).expect("mode");
    }
    let path = std::env::join_paths([dir, Path::new("/usr/bin"), Path::new("/bin")]).expect("paths");
    Agents::new(Some(more.to_owned()), Programs::new(dir, Some(&path)), vec![("PATH".into(), path)])
}

fn chosen(agents: &Agents, profile: &Agent) -> Result<String, String> {
    match agents.choose("writer", profile) {
        Ok(Runner::Command(words)) => Ok(format!("command {}", words.join(" "))),
        Ok(Runner::Cli { cli, .. }) => Ok(cli.name.clone()),
        Err(error) => Err(error.to_string()),
    }
}

const HERE: [(&str, &str); 4] =
    [("claude", "some other claude"), ("codex", "codex-cli 0.169.0"), ("goose", "1.52.0"), ("mine", "hello")];

#[test]
fn the_first_runner_that_is_here_and_fits_is_chosen() {
    let dir = tempfile::tempdir().expect("dir");
    let agents = agents(dir.path(), "mine: { bin: mine }", &HERE);
    let full = |runners: &[&str], write, model: Option<&str>, budget| Agent {
        write,
        model: model.map(str::to_owned),
        budget,
        ..profile(runners, &["./agent", "-x"])
    };
    for (runners, write, model, budget, wanted) in [
        (&["command"][..], true, None, None, "command ./agent -x"),
        (&["claude", "command"], true, None, None, "command ./agent -x"),
        (&["auto"], true, None, None, "codex"),
        (&["auto"], false, None, None, "codex"),
        (&["gemini", "goose", "codex"], true, None, None, "goose"),
        (&["goose"], false, None, None, "goose"),
        (&["mine", "auto"], true, Some("m"), None, "codex"),
        (&["codex", "mine"], true, None, None, "codex"),
    ] {
        let found = chosen(&agents, &full(runners, write, model, budget));
        assert_eq!(found.as_deref(), Ok(wanted), "{runners:?}");
    }
    for (runners, budget, part) in [
        (&["claude"][..], None, "is another program: it says \"some other claude\""),
        (&["gemini", "nobody"], None, "`gemini`: there is no program `gemini` in `PATH`"),
        (&["gemini", "nobody"], None, "; `nobody` is not a known agent"),
        (&["codex"], Some(1.0), "no agent for profile `writer`: `codex`: it takes no `budget`"),
        (&["auto"], Some(1.0), "`auto`: none of claude is on `PATH`"),
    ] {
        let error = chosen(&agents, &full(runners, true, None, budget)).expect_err("nobody");
        assert!(error.contains(part), "{runners:?}: {error}");
    }
}

#[test]
fn versions_that_are_too_old_or_not_told_are_refused() {
    let dir = tempfile::tempdir().expect("dir");
    let entry = |name: &str, min: &str| {
        format!(
            "{name}: {{ bin: {name}, auto: {}, detect: {{ says: '{name}( (?P<version>[0-9.]+))?', min: '{min}' }} }}\n",
            name != "fresh"
        )
    };
    let more = entry("robot", "1.10") + &entry("mute", "0.1") + &entry("fresh", "1.10");
    let here = [("robot", "robot 1.9.3"), ("mute", "mute"), ("fresh", "fresh 1.10.0")];
    let agents = agents(dir.path(), &more, &here);
    let why = |name: &str| chosen(&agents, &profile(&[name], &[])).expect_err("it is refused");
    let program = |name: &str| dir.path().join(name).display().to_string();
    let end = format!("`robot`: `{}` is version 1.9.3; 1.10.0 or later is needed", program("robot"));
    assert!(why("robot").ends_with(&end), "{}", why("robot"));
    let end = format!("`mute`: `{}` does not tell its version; 0.1.0 or later is needed", program("mute"));
    assert!(why("mute").ends_with(&end), "{}", why("mute"));
    assert!(why("auto").contains(&format!("; `{}` is version 1.9.3;", program("robot"))), "{}", why("auto"));
    assert_eq!(chosen(&agents, &profile(&["robot", "fresh"], &[])), Ok("fresh".to_owned()), "the next one of the list");
    let agents = self::agents(dir.path(), "robot: { bin: robot, detect: { says: '', min: '1.x' } }", &[]);
    assert!(agents.catalogue().expect_err("no version").to_string().contains("`1.x` is not a version"));
}

#[test]
fn what_a_program_said_is_remembered_until_it_is_another_file() {
    let (dir, home) = (tempfile::tempdir().expect("dir"), tempfile::tempdir().expect("home"));
    let more = "robot: { bin: robot, detect: { says: 'robot (?P<version>[0-9.]+)' } }";
    drop(agents(dir.path(), more, &[("robot", "robot 1.0'; echo asked >> \"$0.asked\"; : '")]));
    let find = |afresh: bool| {
        let path: std::ffi::OsString = dir.path().into();
        let environment = vec![("PATH".into(), path.clone()), ("HOME".into(), home.path().into())];
        let made = Agents::new(Some(more.to_owned()), Programs::new(home.path(), Some(&path)), environment);
        let agents = if afresh { made.afresh() } else { made };
        let found = agents.find(agents.catalogue().expect("sound").get("robot").expect("known"));
        let asked = std::fs::read_to_string(dir.path().join("robot.asked")).unwrap_or_default().lines().count();
        let Found::Ready { version, .. } = found else { return (format!("{found:?}"), asked) };
        (version.unwrap_or_default(), asked)
    };
    assert_eq!(find(false), ("1.0".to_owned(), 1));
    assert_eq!(find(false), ("1.0".to_owned(), 1), "remembered");
    assert_eq!(find(true), ("1.0".to_owned(), 2), "asked on purpose");
    drop(agents(dir.path(), more, &[("robot", "robot 2.0'; echo asked >> \"$0.asked\"; : '")]));
    assert_eq!(find(false), ("2.0".to_owned(), 3), "another file");
    drop(agents(dir.path(), more, &[("robot", "sorry'; echo asked >> \"$0.asked\"; : '")]));
    assert!(find(false).0.starts_with("Foreign") && find(false).1 == 5, "what is no answer is not remembered");
}

#[test]
fn descriptions_that_cannot_be_read_matter_only_to_those_who_need_them() {
    let dir = tempfile::tempdir().expect("dir");
    let agents = agents(dir.path(), "mine: { argz: 1 }", &[]);
    assert_eq!(chosen(&agents, &profile(&["command"], &["./x"])), Ok("command ./x".to_owned()));
    let error = chosen(&agents, &profile(&["auto"], &[])).expect_err("nobody is known");
    assert!(error.starts_with("no agent for profile `writer`: `agents.yaml`: ") && error.contains("argz"), "{error}");
}

#[test]
fn agents_tell_their_version_once() {
    let dir = tempfile::tempdir().expect("dir");
    let agents = agents(dir.path(), "mine: { bin: mine }", &HERE);
    let find = |name: &str| agents.find(agents.catalogue().expect("sound").get(name).expect("known"));
    let program = dir.path().join("codex");
    assert_eq!(find("codex"), Found::Ready { program, version: Some("0.169.0".to_owned()) });
    assert_eq!(find("mine"), Found::Ready { program: dir.path().join("mine"), version: None });
    std::fs::remove_file(dir.path().join("codex")).expect("removed");
    assert!(matches!(find("codex"), Found::Ready { .. }), "asked once");
    assert!(matches!(find("gemini"), Found::Absent { .. }));
    assert!(matches!(find("claude"), Found::Foreign { .. }));
}

#[test]
fn a_program_that_is_not_there_is_found_out_before_the_run() {
    let dir = tempfile::tempdir().expect("dir");
    let agents = agents(dir.path(), "", &[]);
    assert_eq!(check_profile("w", &profile(&["command"], &["sh"]), &agents), Ok(()));
    assert_eq!(check_profile("w", &profile(&["command"], &["/bin/sh"]), &agents), Ok(()));
    let error = check_profile("w", &profile(&["command"], &["./no-such-agent"]), &agents).expect_err("not there");
    assert!(error.to_string().starts_with("agent profile `w`: there is no program at `"), "{error}");
    let error = check_profile("w", &profile(&["command"], &[]), &agents).expect_err("no command");
    assert_eq!(error, ProfileError::NoCommand { profile: "w".to_owned() });
    let error = check_profile("w", &profile(&["codex"], &[]), &agents).expect_err("not there");
    assert!(error.help().contains("--agent w=./my-agent"), "{}", error.help());
}

#[test]
fn choices_are_read() {
    let command = |words: &[&str]| Spec::Command(words.iter().map(|w| (*w).to_owned()).collect());
    let runner =
        |name: &str, model: Option<&str>| Spec::Runner { name: name.to_owned(), model: model.map(str::to_owned) };
    for (text, profile, spec) in [
        ("writer=./agent.sh", "writer", command(&["./agent.sh"])),
        ("*=/opt/a gent", "*", command(&["/opt/a gent"])),
        ("w=bin/a:b", "w", command(&["bin/a:b"])),
        ("w=[\"./a\", \"--fast\", \"x=y\"]", "w", command(&["./a", "--fast", "x=y"])),
        ("w=claude", "w", runner("claude", None)),
        ("w = codex:gpt-5", "w", runner("codex", Some("gpt-5"))),
        ("w=opencode:vendor/model:free", "w", runner("opencode", Some("vendor/model:free"))),
    ] {
        assert_eq!(Choice::parse(text), Ok(Choice { profile: profile.to_owned(), spec }), "{text}");
    }
    for text in ["", "writer", "=claude", " =claude"] {
        assert!(matches!(Choice::parse(text), Err(ChoiceError::NoProfile { .. })), "{text}");
    }
    for text in ["w=", "w=Claude", "w=claude:", "w=[]", "w=[\"\"]", "w=[1]", "w=agent.sh", "w=command", "w=a b"] {
        assert!(matches!(Choice::parse(text), Err(ChoiceError::NoSpec { .. })), "{text}");
    }
}

#[test]
fn a_choice_replaces_the_driver_and_keeps_the_rest() {
    let mut before = profile(&["auto"], &["old"]);
    before.env = vec![("A".to_owned(), "1".to_owned())];
    before.model = Some("old".to_owned());
    let after = Spec::parse("./new").expect("a path").apply(&before);
    assert_eq!(
        (after.runners, after.command, after.env),
        (vec!["command".to_owned()], vec!["./new".to_owned()], before.env.clone())
    );
    let after = Spec::parse("codex:m").expect("a runner").apply(&before);
    assert_eq!((after.runners, after.command.len(), after.model), (vec!["codex".to_owned()], 0, Some("m".to_owned())));
    let all = Choice::parse("*=codex").expect("a choice");
    assert!(all.is_for("writer") && !Choice::parse("a=codex").expect("a choice").is_for("b"));
}
