//! Profiles that can be used, those that cannot, and how the command line replaces them.

use std::path::Path;

use mission_compiler::source::{FileId, Span};
use mission_compiler::workflow::Agent;

use super::{Choice, ChoiceError, ProfileError, Runner, Spec, check_profile};
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

#[test]
fn commands_are_driven_and_others_refused_by_name() {
    let words = vec!["./agent".to_owned(), "-x".to_owned()];
    assert_eq!(Runner::of("writer", &profile(&["command"], &["./agent", "-x"])), Ok(Runner::Command(words.clone())));
    assert_eq!(Runner::of("writer", &profile(&["claude", "command"], &["./agent", "-x"])), Ok(Runner::Command(words)));
    let error = Runner::of("writer", &profile(&["auto", "claude"], &[])).expect_err("not supported");
    assert_eq!(
        error.to_string(),
        "agent profile `writer` asks for `auto` or `claude`, but this version can only drive `command`"
    );
    assert!(error.help().contains("--agent writer=./my-agent"), "{}", error.help());
    let error = Runner::of("writer", &profile(&["command"], &[])).expect_err("no command");
    assert_eq!(error, ProfileError::NoCommand { profile: "writer".to_owned() });
}

#[test]
fn a_program_that_is_not_there_is_found_out_before_the_run() {
    let programs = Programs::new(Path::new("/"), Some("/usr/bin:/bin".as_ref()));
    assert_eq!(check_profile("w", &profile(&["command"], &["sh"]), &programs), Ok(()));
    assert_eq!(check_profile("w", &profile(&["command"], &["/bin/sh"]), &programs), Ok(()));
    let error = check_profile("w", &profile(&["command"], &["./no-such-agent"]), &programs).expect_err("not there");
    assert!(error.to_string().starts_with("agent profile `w`: there is no program at `/./no-such-agent`"), "{error}");
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
