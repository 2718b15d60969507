//! Command lines as they are rendered, for every way an agent can be called.

use std::path::Path;
use std::sync::Arc;

use mission_compiler::source::{FileId, Span};
use mission_compiler::workflow::Agent;
use serde_json::{Value, json};

use super::{Call, Wanted};
use crate::agent::Session;
use crate::agent::catalogue::{Catalogue, Cli};
use crate::agent::stream::Totals;
use crate::decide::port::Reask;

fn agent() -> Agent {
    Agent {
        runners: Vec::new(),
        write: true,
        model: None,
        effort: None,
        budget: None,
        command: Vec::new(),
        env: vec![("OWN".to_owned(), "1".to_owned())],
        pass_env: vec!["MINE".to_owned()],
        span: Span::new(FileId::default(), 0, 0),
    }
}

fn cli(name: &str) -> Arc<Cli> {
    Arc::clone(Catalogue::shipped().get(name).expect("shipped"))
}

fn wanted(agent: &Agent) -> Wanted<'_> {
    let (folder, keep) = (Path::new("/run/a"), Path::new("/run/k"));
    Wanted { agent, prompt: "do it", reask: None, taken: false, schema: None, before: None, fresh: "U", folder, keep }
}

fn schema() -> Value {
    json!({ "type": "object", "required": ["a"], "properties": { "a": { "type": "string" }, "b": { "type": "string" } } })
}

fn words(name: &str, wanted: &Wanted<'_>) -> String {
    Call::new(&cli(name), wanted).expect("a call").words.join(" ")
}

#[test]
fn words_stand_in_the_documented_order() {
    let all = Agent { model: Some("m".into()), effort: Some("high".into()), ..agent() };
    let paid = Agent { budget: Some(1.5), ..all.clone() };
    let read = Agent { write: false, ..agent() };
    let head = "-p --output-format stream-json --verbose --strict-mcp-config --disallowedTools AskUserQuestion";
    for (name, agent, line) in [
        ("claude", &agent(), format!("{head} --permission-mode bypassPermissions --session-id U")),
        (
            "claude",
            &paid,
            format!(
                "{head} --permission-mode bypassPermissions --model m --effort high --max-budget-usd 1.5 --session-id U"
            ),
        ),
        ("claude", &read, format!("{head} --permission-mode dontAsk --tools Read,Grep,Glob --session-id U")),
        (
            "codex",
            &all,
            "exec --json --skip-git-repo-check -c sandbox_mode=\"workspace-write\" -m m -c \
             model_reasoning_effort=\"high\" -"
                .to_owned(),
        ),
        ("opencode", &read, "run --format json --print-logs --log-level ERROR --agent plan".to_owned()),
    ] {
        assert_eq!(words(name, &wanted(agent)), line, "{name}");
    }
}

#[test]
fn a_schema_goes_into_the_prompt_and_to_those_who_take_one() {
    let (agent, schema) = (agent(), schema());
    let wanted = Wanted { schema: Some(&schema), ..wanted(&agent) };
    let claude = Call::new(&cli("claude"), &wanted).expect("a call");
    let at = claude.words.iter().position(|word| word == "--json-schema").expect("given");
    assert_eq!(claude.words[at + 1], schema.to_string());
    assert!(!claude.strict && claude.stdin.as_ref().is_some_and(|text| text.contains(&schema.to_string())));
    let codex = Call::new(&cli("codex"), &wanted).expect("a call");
    assert!(codex.strict && codex.words.join(" ").ends_with("--output-schema /run/a/given-schema.json -"));
    let given: Value = serde_json::from_str(&codex.files[0].1).expect("JSON");
    assert_eq!((&given["required"], &given["additionalProperties"]), (&json!(["a", "b"]), &json!(false)));
    let opencode = Call::new(&cli("opencode"), &wanted).expect("a call");
    assert!(opencode.files.is_empty() && opencode.stdin.expect("a prompt").contains("begins with ```json"));
    let text = json!({ "type": "string" });
    let plain = Call::new(&cli("codex"), &Wanted { schema: Some(&text), ..wanted }).expect("a call");
    assert!(!plain.strict && !plain.words.join(" ").contains("schema"), "{:?}", plain.words);
}

#[test]
fn asked_again_the_same_session_goes_on() {
    let agent = agent();
    let totals = Totals { input: Some(7), output: Some(1), ..Totals::default() };
    let before = Session { id: Some("S".to_owned()), ..Session::new("codex", totals) };
    let reask = Reask { attempt: 1, previous: "prose".to_owned(), errors: vec!["/a: is missing".to_owned()] };
    let again = Wanted { reask: Some(&reask), before: Some(&before), ..wanted(&agent) };
    let codex = Call::new(&cli("codex"), &again).expect("a call");
    assert!(codex.words.join(" ").ends_with("resume S -"), "{:?}", codex.words);
    let text = codex.stdin.expect("a prompt");
    assert!(text.contains("- /a: is missing\n") && !text.contains("do it"), "{text}");
    assert_eq!(codex.session, before);
    // Another agent cannot go on with it: it gets everything.
    let claude = Call::new(&cli("claude"), &again).expect("a call");
    assert!(claude.words.join(" ").ends_with("--session-id U"), "{:?}", claude.words);
    let text = claude.stdin.expect("a prompt");
    assert!(text.starts_with("do it") && text.contains("prose"), "{text}");
    assert_eq!(claude.session, Session { id: Some("U".into()), ..Session::new("claude", Totals::NOTHING) });
    // Nor can one whose session never became known.
    let lost = Session { id: None, ..before.clone() };
    let codex = Call::new(&cli("codex"), &Wanted { before: Some(&lost), ..again }).expect("a call");
    assert!(codex.stdin.expect("a prompt").starts_with("do it") && !codex.words.contains(&"resume".to_owned()));
}

#[test]
fn prompts_take_the_channel_of_the_agent() {
    let agent = agent();
    let aider = Call::new(&cli("aider"), &wanted(&agent)).expect("a call");
    assert_eq!((aider.stdin.as_ref(), aider.files.len()), (None, 1));
    assert!(aider.words.join(" ").starts_with("--message-file /run/a/prompt.md "), "{:?}", aider.words);
    assert_eq!(aider.files[0].1, "do it");
    let kimi = Call::new(&cli("kimi"), &wanted(&agent)).expect("a call");
    assert_eq!((&kimi.words[..2], kimi.stdin), (&["-p".to_owned(), "do it".to_owned()][..], None));
    let long = "x".repeat(121 * 1024);
    let error = Call::new(&cli("kimi"), &Wanted { prompt: &long, ..wanted(&agent) }).expect_err("too long");
    assert!(error.contains("an argument of at most 122880 bytes; this one has 123904"), "{error}");
    let whole = Call::new(&cli("claude"), &Wanted { prompt: &long, ..wanted(&agent) }).expect("a call");
    assert_eq!(whole.stdin, Some(long));
}

#[test]
fn only_what_is_named_is_passed_on() {
    let agent = Agent { write: false, ..agent() };
    let call = Call::new(&cli("codex"), &wanted(&agent)).expect("a call");
    assert_eq!(call.env, [("OWN".to_owned(), "1".to_owned())]);
    assert_eq!(call.pass_env, ["CODEX_HOME", "MINE"]);
    assert!(call.secrets.contains(&"OPENAI_API_KEY".to_owned()) && call.secrets.contains(&"HTTPS_PROXY".to_owned()));
    assert!(call.stdin.expect("a prompt").contains("must not change, create or delete any"));
}

#[test]
fn a_folder_is_kept_for_those_who_ask_for_one_and_their_sessions() {
    let agent = Agent { write: false, ..agent() };
    let (opencode, database) = (cli("opencode"), ("OPENCODE_DB".to_owned(), "/run/k/opencode.db".to_owned()));
    let first = Call::new(&opencode, &wanted(&agent)).expect("a call");
    assert!(first.env.contains(&database) && first.session.kept, "{:?}", first.env);
    assert_eq!(first.keep.as_deref(), Some(Path::new("/run/k")));
    assert!(first.env.iter().any(|(_, value)| value.starts_with("{\"*\":\"deny\"")), "JSON is text: {:?}", first.env);
    let codex = Call::new(&cli("codex"), &wanted(&agent)).expect("a call");
    assert_eq!((codex.keep, codex.session.kept), (None, false), "it asks for none");
    // A session is gone on with where it is kept: those of older runs are elsewhere.
    for kept in [true, false] {
        let before = Session { id: Some("S".to_owned()), kept, ..Session::new("opencode", Totals::NOTHING) };
        let again = Call::new(&opencode, &Wanted { before: Some(&before), ..wanted(&agent) }).expect("a call");
        assert_eq!((again.env.contains(&database), again.session.kept), (kept, kept));
        assert_eq!((again.keep.is_some(), again.continued), (kept, true));
    }
}
