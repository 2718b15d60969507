//! What is a catalogue and what is not, and that the shipped one is.

use super::{Catalogue, CatalogueError, Channel, Driver, SHIPPED, Told, agents_schema};

fn with(text: &str) -> Result<Catalogue, String> {
    Catalogue::shipped().with(text).map_err(|e| e.to_string())
}

#[test]
fn an_agent_whose_sessions_are_of_no_use_never_takes_one_up() {
    let shipped = Catalogue::shipped();
    for (name, wanted) in [("claude", true), ("goose-acp", true), ("gemini-acp", false), ("cline", false)] {
        let cli = shipped.get(name).expect("it is shipped");
        assert_eq!((cli.takes_up(name), cli.takes_up("another")), (wanted, false), "{name}");
    }
}

#[test]
fn the_shipped_agents_are_read_in_their_order() {
    let shipped = Catalogue::shipped();
    let names: Vec<&str> = shipped.all().map(|cli| cli.name.as_str()).collect();
    let all = ["claude", "codex", "opencode", "gemini", "copilot", "goose", "qwen", "kimi", "pi", "cline", "aider"];
    assert_eq!(names[..all.len()], all);
    let talked_with = shipped.all().filter(|cli| cli.driver == Driver::Acp).map(|cli| (cli.name.as_str(), cli.auto));
    let named =
        ["claude", "codex", "opencode", "gemini", "copilot", "goose", "qwen", "kimi"].map(|n| format!("{n}-acp"));
    assert!(talked_with.eq(named.iter().map(|name| (name.as_str(), false))), "{names:?}");
    for cli in shipped.all() {
        let versions = [
            "2.1.329 (Claude Code)",
            "@agentclientprotocol/codex-acp 2.6.0",
            "GitHub Copilot CLI 1.0.102.",
            "codex-cli 0.169.0",
            "1.18.33",
            "aider 0.86.2",
        ];
        let detect = cli.detect.as_ref().expect("each is told from others");
        let fits = versions.iter().any(|said| detect.says.0.is_match(said));
        assert!(fits, "{}: {}", cli.name, detect.says.0);
        assert_eq!(cli.driver == Driver::Text, cli.rules().next().is_none(), "{}", cli.name);
    }
}

#[test]
fn a_repository_adds_agents_and_changes_those_that_are_shipped() {
    let catalogue = with(
        "mine:\n  bin: ./my-agent.sh\nloud:\n  like: claude\n  bin: loud-claude\n  options: { model: [-m, '{model}'] }\n\
         codex:\n  pass_env: [MY_HOME]\nwriter: ./writer.sh\n'*': [claude, x]\n",
    )
    .expect("sound");
    let shipped = Catalogue::shipped();
    let mine = catalogue.get("mine").expect("added");
    assert_eq!((mine.driver, mine.prompt, mine.bin.as_str()), (Driver::Text, Channel::Stdin, "./my-agent.sh"));
    let loud = catalogue.get("loud").expect("added");
    let claude = shipped.get("claude").expect("shipped");
    assert_eq!((&loud.events, &loud.args, loud.bin.as_str()), (&claude.events, &claude.args, "loud-claude"));
    assert!(loud.options.schema.is_none() && loud.options.model.is_some(), "a key that is given replaces all of it");
    let codex = catalogue.get("codex").expect("shipped");
    assert_eq!(codex.pass_env, ["MY_HOME"]);
    assert_eq!(codex.events, shipped.get("codex").expect("shipped").events);
    assert_eq!(catalogue.all().count(), shipped.all().count() + 2, "profiles are no agents");
}

#[test]
fn profiles_and_agents_stand_side_by_side() {
    let told = Told::read("writer: ./writer.sh\nlist: [./a, --fast]\nmine: { bin: x }\n").expect("sound");
    let words =
        |name: &str| told.profiles.iter().find(|(profile, _)| profile == name).map(|(_, words)| words.join(" "));
    assert_eq!((words("writer").as_deref(), words("list").as_deref()), (Some("./writer.sh"), Some("./a --fast")));
    assert_eq!(told.agents.keys().collect::<Vec<_>>(), ["mine"]);
    assert_eq!(Told::read("# nothing\n\n"), Ok(Told::default()));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (text, part) in [
        ("mine:\n  bin: x\n  argz: [a]\n", "unknown field `argz`"),
        ("mine:\n  bin: x\n  argz: [a]\n", "line 3"),
        ("mine: { bin: x }\nmine: { bin: y }\n", "line 2"),
        ("mine: 7\n", "expected a runner such as `claude:MODEL`, a command, or the description of an agent"),
        ("mine:\n  bin: x\n  args: ['{modle}']\n", "`{modle}` cannot be filled in"),
        ("mine:\n  bin: x\n  env: { A: '{keeps}/a' }\n", "`{keeps}` cannot be filled in; expected `{keep}`"),
        ("mine:\n  bin: x\n  read_env: { A: '{session}' }\n", "`{session}` cannot be filled in; expected `{keep}`"),
        ("mine:\n  bin: x\n  args: ['{keep}']\n", "`{keep}` cannot be filled in; expected one of `{prompt}`"),
        ("mine:\n  bin: x\n  events:\n    - { text: item }\n", "`item` is not a pointer"),
        ("mine:\n  bin: x\n  detect: { says: '(' }\n", "is not a regular expression"),
        ("mine:\n  bin: x\n  start_timeout: soon\n", "`soon` is not a duration"),
        ("mine:\n  bin: x\n  kinds: { x: nothing }\n", "nothing"),
        ("mine: { driver: text }\n", "agent `mine`: it needs `bin`"),
        ("mine: { bin: x, driver: stream }\n", "no rule of `events` says `done: true`"),
        ("mine: { bin: x, like: nobody }\n", "`like: nobody` names no agent"),
        ("mine: { bin: x, prompt: file }\n", "`prompt: file` needs `{prompt_file}`"),
        ("mine: { bin: x, prompt: argument }\n", "`prompt: argument` needs `{prompt}`"),
        ("mine: { bin: x, options: { model: [--m] } }\n", "`options.model` has no place for its value"),
        ("mine: { bin: x, exits: { '0': auth } }\n", "`0` is not an exit code"),
        (
            "mine: { bin: x, driver: acp, prompt: file, args: ['{prompt_file}'] }\n",
            "`prompt` has no meaning with `driver: acp`",
        ),
        ("mine: { bin: x, driver: acp, options: { resume: ['{session}'] } }\n", "`options.resume` has no meaning"),
        ("mine: { bin: x, auth: key }\n", "`auth` has a meaning with `driver: acp` only"),
        ("mine: { bin: x, sessions: false }\n", "`sessions` has a meaning with `driver: acp` only"),
        ("auto: { bin: x }\n", "this cannot be the name of an agent"),
        ("My_agent: { bin: x }\n", "this cannot be the name of an agent"),
        ("- a\n", "line 1"),
    ] {
        let error = with(text).expect_err(text);
        assert!(error.contains(part), "{text}: {error}");
    }
    let shape = Told::read("mine: { bin: x, y: 1 }").expect_err("an unknown key");
    assert!(matches!(shape, CatalogueError::Shape { .. }), "{shape}");
}

#[test]
fn the_schema_admits_the_shipped_catalogue_and_no_unknown_keys() {
    let schema = jsonschema::draft7::new(&agents_schema()).expect("a schema");
    let read = |text: &str| -> serde_json::Value { serde_yaml::from_str(text).expect("YAML") };
    let errors: Vec<String> = schema.iter_errors(&read(SHIPPED)).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert!(schema.is_valid(&read("writer: ./a\nlist: [./a, b]\nmine: { bin: x }")));
    for wrong in ["mine: { bin: x, argz: [] }", "mine: 7", "mine: { bin: x, events: [{ text: item }] }", "x: []"] {
        assert!(!schema.is_valid(&read(wrong)), "{wrong}");
    }
}

#[test]
fn the_manual_shows_what_is_read() {
    let manual = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/agents.md");
    let manual = std::fs::read_to_string(manual).expect("the manual");
    let blocks = manual.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next());
    let all = blocks.fold(Catalogue::shipped(), |all, block| all.with(block).expect("the example is sound"));
    let driver = |name: &str| all.get(name).expect("described").driver;
    assert_eq!((driver("robot"), driver("any")), (Driver::Stream, Driver::Acp));
    let row = |name: &str| manual.find(&format!("\n| {name} | ")).unwrap_or_else(|| panic!("{name} has no row"));
    let shipped = Catalogue::shipped();
    let rows: Vec<usize> = shipped.all().map(|cli| row(&cli.name)).collect();
    assert!(rows.is_sorted(), "the table has the order of `auto`");
}
