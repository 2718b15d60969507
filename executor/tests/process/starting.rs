//! Programs, arguments, environment, working directory, and the files that an attempt is told of.

use std::fs;
use std::os::unix::fs::symlink;

use mission_compiler::template::Data;
use mission_compiler::workflow::From;
use mission_executor::decide::port::{Exit, Task, WorktreeSpec};
use serde_json::json;

use crate::bench::{Bench, agent, argv, limits, read_json, shell};

#[test]
fn a_command_gets_its_words_and_its_input() {
    let mut bench = Bench::new();
    let ended = bench.run(argv(&["printf", "%s|", "a b", "$HOME", "*"]));
    assert_eq!((ended.exit, ended.reply.text.as_str()), (Exit::Code(0), "a b|$HOME|*|"));
    assert_eq!((ended.usage.leaked, ended.usage.millis.is_some()), (Some(0), true));
    let mut work = argv(&["cat"]);
    if let Task::Command { stdin, .. } = &mut work.task {
        *stdin = Some("é\0x".repeat(100_000));
    }
    let ended = bench.run(work);
    assert_eq!((ended.exit, ended.reply.text), (Exit::Code(0), "é\0x".repeat(100_000)));
    let ended = bench.run(shell("cat; echo end"));
    assert_eq!(ended.reply.text, "end\n", "without input the input is empty");
    let ended = bench.run(shell("false; echo not reached"));
    assert_eq!((ended.exit, ended.reply.text.as_str()), (Exit::Code(1), ""));
    bench.assert_clean();
}

#[test]
fn what_cannot_start_says_why() {
    let mut bench = Bench::new();
    bench.script("no-interpreter", "#!/no/such/interpreter\n");
    bench.script("no-first-line", "echo hello\n");
    fs::write(bench.repo().join("data"), "x").expect("file");
    symlink("/", bench.repo().join("out")).expect("link");
    let mut nul = argv(&["true"]);
    nul.env.push(("A".to_owned(), "x\0y".to_owned()));
    let mut name = argv(&["true"]);
    name.env.push(("A=B".to_owned(), "x".to_owned()));
    let mut long = argv(&["true"]);
    long.env.push(("A".to_owned(), "x".repeat(200_000)));
    let within = |cwd: &str| {
        let mut work = argv(&["true"]);
        work.cwd = Some(cwd.to_owned());
        work
    };
    let mut bad_node = argv(&["true"]);
    bad_node.node = "../x".to_owned();
    for (work, part) in [
        (argv(&["no-such-program"]), "no program `no-such-program` in `PATH`"),
        (argv(&["./nothing"]), "relative to the repository"),
        (argv(&["./data"]), "not an executable file"),
        (argv(&["./no-interpreter"]), "the interpreter that its first line names is not there"),
        (argv(&["./no-first-line"]), "neither a program nor a script"),
        (argv(&["printf", "a\0b"]), "argument 1 of the command holds a NUL byte"),
        (argv(&[]), "the command is empty"),
        (nul, "environment variable \"A\""),
        (name, "environment variable \"A=B\""),
        (long, "pass long values by `stdin`"),
        (within("sub/none"), "`sub/none` cannot be used"),
        (within("../repo"), "does not lie below"),
        (within("/tmp"), "does not lie below"),
        (within("out/tmp"), "leads out of"),
        (bad_node, "is not a node id"),
    ] {
        let node = work.node.clone();
        let ended = bench.run(work);
        let Exit::NotStarted(why) = &ended.exit else { panic!("{part}: {:?}", ended.exit) };
        let why = why.replace(&format!("{}/", bench.repo().display()), "");
        assert!(why.starts_with(&format!("node `{node}`: ")) && why.contains(part), "{why}");
    }
    bench.assert_clean();
}

#[test]
fn a_program_planted_in_the_working_directory_is_not_taken() {
    let path = format!(".::bin:{}", std::env::var("PATH").expect("PATH"));
    let mut bench = Bench::with(limits(), &[("PATH", &path)]);
    for name in ["cat", "printf", "sh"] {
        bench.script(name, "#!/bin/sh\necho planted\n");
    }
    let ended = bench.run(argv(&["printf", "real"]));
    assert_eq!(ended.reply.text, "real");
    let ended = bench.run(shell("cat </dev/null; sh -c 'echo real'"));
    assert_eq!(ended.reply.text, "real\n");
    let ended = bench.run(argv(&["./cat"]));
    assert_eq!(ended.reply.text, "planted\n", "a path is a path");
}

#[test]
fn the_environment_is_an_allow_list() {
    let outer = [
        ("HOME", "/home/u"),
        ("LC_TIME", "C"),
        ("TOKEN", "hunter2-token"),
        ("PASSED", "passed on"),
        ("AWS_SECRET_ACCESS_KEY", "not for you"),
        ("GIT_DIR", "/elsewhere"),
        ("LD_PRELOAD", ""),
        ("SSH_AUTH_SOCK", "/s"),
        ("MISSION_ATTEMPT_ID", "outer/w/1"),
    ];
    let mut bench = Bench::with(limits(), &outer);
    bench.script("agent", "#!/bin/sh\n/usr/bin/env | /usr/bin/cut -d= -f1 | LC_ALL=C /usr/bin/sort\n");
    let mut work = agent("./agent", "hello");
    work.env.push(("MINE".to_owned(), "1".to_owned()));
    work.env.push(("MISSION_NODE_ID".to_owned(), "forged".to_owned()));
    work.secrets.push("TOKEN".to_owned());
    work.schema = Some(json!({"type": "object"}));
    let ended = bench.run(work);
    let names: Vec<&str> = ended.reply.text.lines().filter(|n| !["_", "SHLVL", "PWD", "OLDPWD"].contains(n)).collect();
    let wanted = "GIT_TERMINAL_PROMPT HOME LC_TIME MINE MISSION_ATTEMPT MISSION_ATTEMPT_ID MISSION_EXECUTOR MISSION_IDEMPOTENCY_KEY MISSION_INPUT MISSION_NODE_ID \
                  MISSION_OUTPUT MISSION_RUN_DIR MISSION_RUN_ID MISSION_SCHEMA OWN PASSED PATH TOKEN";
    assert_eq!(names.join(" "), wanted);
    let mut work =
        shell("echo $MISSION_RUN_ID $MISSION_NODE_ID $MISSION_ATTEMPT $MISSION_ATTEMPT_ID $MISSION_IDEMPOTENCY_KEY");
    work.attempt = 7;
    let ended = bench.run(work);
    assert_eq!(ended.reply.text, "run-1 w:n 7 run-1/w:n/7 run-1/w:n\n");
    let mut work = shell("printf 'it is hunter2-'; sleep 0.05; printf token; printf %s \"$TOKEN\" >&2");
    work.secrets.push("TOKEN".to_owned());
    let ended = bench.run(work);
    assert_eq!((ended.reply.text.as_str(), ended.log_tail.contains("hunter2-token")), ("it is ***", false));
    assert!(!String::from_utf8_lossy(&bench.log()).contains("hunter2-token"));
    let mut work = shell("printf '\"of %s\"' \"$TOKEN\" > \"$MISSION_OUTPUT\"");
    work.from = mission_compiler::workflow::From::File;
    work.secrets.push("TOKEN".to_owned());
    let file = bench.run_folder().join("attempts/w/n").join(work.attempt.to_string()).join("result.json");
    assert_eq!(bench.run(work).reply.file.as_deref(), Some("\"of ***\""));
    assert_eq!(std::fs::read_to_string(file).expect("the result file"), "\"of ***\"");
    bench.assert_clean();
}

#[test]
fn an_attempt_is_told_of_its_files() {
    let mut bench = Bench::new();
    bench.script(
        "agent",
        "#!/bin/sh -eu\ncp \"$MISSION_SCHEMA\" schema.json\ncp \"$MISSION_INPUT\" input.json\ncat >\"$MISSION_OUTPUT\"\n",
    );
    let mut work = agent("./agent", "{\"a\": 1}");
    work.schema = Some(json!({"type": "object"}));
    work.input.insert("goal".to_owned(), Data::from_json(&json!(["x"])));
    let ended = bench.run(work.clone());
    assert_eq!((ended.exit, ended.reply.file.as_deref()), (Exit::Code(0), Some("{\"a\": 1}")));
    let folder = bench.run_folder().join("attempts/w/n/1");
    assert_eq!(read_json(&bench.repo().join("schema.json")), json!({"type": "object"}));
    assert_eq!(read_json(&bench.repo().join("input.json")), json!({"goal": ["x"]}));
    let left = |name: &str| folder.join(name).exists();
    assert!(
        left("result.json") && !left("schema.json") && !left("input.json"),
        "what it was told is of no use any more"
    );
    work.schema = None;
    work.attempt = 2;
    let ended = bench.run(work);
    assert_eq!(ended.exit, Exit::Code(2), "no schema, no `MISSION_SCHEMA`: {}", ended.log_tail);
    let told = bench.run_folder().join("attempts/w/n/2/input.json");
    assert_eq!(read_json(&told), json!({"goal": ["x"]}), "what failed can be looked into");
    let mut plain = shell("echo ${MISSION_OUTPUT-none}");
    plain.attempt = 3;
    assert_eq!(bench.run(plain).reply.text, "none\n");
    assert!(!bench.run_folder().join("attempts/w/n/3").exists(), "no folder without need");
    let mut file = shell("echo [1] >$MISSION_OUTPUT");
    file.from = From::File;
    file.attempt = 4;
    assert_eq!(bench.run(file).reply.file.as_deref(), Some("[1]\n"));
}

#[test]
fn work_is_done_where_it_should_be() {
    let mut bench = Bench::new();
    fs::create_dir_all(bench.repo().join(".worktrees/a/sub")).expect("folders");
    let real = fs::canonicalize(bench.repo()).expect("repository");
    let mut work = shell("pwd -P");
    assert_eq!(bench.run(work.clone()).reply.text.trim(), real.to_str().expect("UTF-8"));
    let spec = WorktreeSpec { base: "main".to_owned(), path: ".worktrees/a".to_owned(), branch: "b".to_owned() };
    work.worktree = Some(spec);
    work.cwd = Some("./sub".to_owned());
    assert_eq!(bench.run(work).reply.text.trim(), real.join(".worktrees/a/sub").to_str().expect("UTF-8"));
}

#[test]
fn a_profile_without_a_driver_does_not_start() {
    let mut bench = Bench::new();
    let mut work = agent("./agent", "");
    if let Task::Agent { agent, .. } = &mut work.task {
        agent.runners = vec!["nobody".to_owned()];
    }
    let ended = bench.run(work);
    let Exit::NotStarted(why) = ended.exit else { panic!("{:?}", ended.exit) };
    assert!(why.contains("no agent for profile `writer`: `nobody` is not a known agent"), "{why}");
}
