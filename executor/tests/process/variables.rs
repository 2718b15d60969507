//! Which variables reach which agent: of every shipped one, in full. A name that appears here is a decision.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use mission_compiler::workflow::{Agent, From};
use mission_executor::agent::catalogue::Catalogue;
use mission_executor::decide::port::{Task, Work};

use crate::bench::{Bench, agent as command_agent, limits, shell};

/// Variables of people that no agent may see unless it is told to.
const PRIVATE: [&str; 26] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY",
    "AWS_SESSION_TOKEN",
    "AZURE_CLIENT_SECRET",
    "BASH_ENV",
    "CARGO_REGISTRY_TOKEN",
    "CLAUDECODE",
    "CLAUDE_CODE_ENTRYPOINT",
    "CLAUDE_CODE_SSE_PORT",
    "DATABASE_URL",
    "DBUS_SESSION_BUS_ADDRESS",
    "DISPLAY",
    "DOCKER_HOST",
    "GIT_ASKPASS",
    "GIT_DIR",
    "GIT_SSH_COMMAND",
    "GNUPGHOME",
    "GOOGLE_APPLICATION_CREDENTIALS",
    "KUBECONFIG",
    "LD_PRELOAD",
    "MISSION_RUN_ID_OF_ANOTHER",
    "NODE_OPTIONS",
    "NPM_TOKEN",
    "PYTHONPATH",
    "SSH_AUTH_SOCK",
    "VAULT_TOKEN",
];

/// What the shell sets by itself.
const OF_THE_SHELL: [&str; 4] = ["OLDPWD", "PWD", "SHLVL", "_"];

/// Writes down what it sees.
const SPY: &str = "#!/bin/sh\n[ \"$1\" = --version ] && exit\ntr '\\0' '\\n' < /proc/$$/environ > seen\nexit 1\n";

fn seen(bench: &mut Bench, work: Work) -> BTreeMap<String, String> {
    let _ = fs::remove_file(bench.repo().join("seen"));
    bench.run(work);
    let text = fs::read_to_string(bench.repo().join("seen")).expect("it was called");
    let pairs = text.lines().filter_map(|line| line.split_once('='));
    pairs.filter(|(name, _)| !OF_THE_SHELL.contains(name)).map(|(n, v)| (n.to_owned(), v.to_owned())).collect()
}

fn work(runner: &str, write: bool) -> Work {
    let Work { task: Task::Agent { agent, .. }, .. } = command_agent("none", "") else { unreachable!("an agent") };
    let env = vec![];
    let agent =
        Agent { runners: vec![runner.to_owned()], command: Vec::new(), pass_env: Vec::new(), env, write, ..*agent };
    let (prompt, agent) = ("Write it.".to_owned(), Box::new(agent));
    let task = Task::Agent { profile: "writer".to_owned(), agent, runner: None, prompt, reask: None, onward: None };
    Work { from: From::Default, ..crate::bench::work("w:n", task) }
}

#[test]
fn every_agent_sees_what_is_its_own_and_nothing_else() {
    let shipped = Catalogue::shipped();
    let named: BTreeSet<String> =
        shipped.all().flat_map(|cli| cli.pass_env.iter().chain(&cli.secrets).cloned()).collect();
    let common = [
        "COLORTERM",
        "HOME",
        "LANG",
        "LC_ALL",
        "LOGNAME",
        "NODE_EXTRA_CA_CERTS",
        "TERM",
        "TZ",
        "USER",
        "XDG_CONFIG_HOME",
    ];
    let proxies = ["ALL_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", "https_proxy", "http_proxy", "no_proxy"];
    let names = named.iter().map(String::as_str).chain(PRIVATE).chain(common).chain(proxies);
    let host: Vec<(String, String)> = names.map(|name| (name.to_owned(), format!("host {name}"))).collect();
    let host: Vec<(&str, &str)> = host.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();

    let agents: String = shipped
        .all()
        .map(|cli| format!("{}: {{ bin: ./spy, detect: {{ says: '' }}, warmup: false }}\n", cli.name))
        .collect();
    let mut bench = Bench::knowing(Some(agents), limits(), &host);
    bench.script("spy", SPY);

    let command = seen(&mut bench, shell("./spy"));
    let every: BTreeSet<String> = command.keys().cloned().collect();
    let mut text = format!("every attempt\n{}", told(&command, &BTreeSet::new()));
    for cli in shipped.all() {
        let write = seen(&mut bench, work(&cli.name, true));
        let read = seen(&mut bench, work(&cli.name, false));
        for name in PRIVATE {
            assert!(!write.contains_key(name) && !read.contains_key(name), "`{name}` reaches {}", cli.name);
        }
        let own: BTreeSet<&String> = cli.pass_env.iter().chain(&cli.secrets).collect();
        let strange = write.keys().chain(read.keys()).find(|name| named.contains(*name) && !own.contains(name));
        assert_eq!(strange, None, "{} sees what belongs to another agent", cli.name);
        text.push_str(&format!("\n{}\n{}", cli.name, told(&write, &every)));
        let other: BTreeMap<String, String> =
            read.into_iter().filter(|(name, value)| write.get(name) != Some(value)).collect();
        if !other.is_empty() {
            text.push_str(&format!("  for `access: read`\n{}", told(&other, &BTreeSet::new()).replace("  ", "    ")));
        }
    }
    let run = bench.run_folder();
    insta::assert_snapshot!(text.replace(&run.display().to_string(), "RUN"));
}

/// Names that are passed on, and names with the values that descriptions give them.
fn told(seen: &BTreeMap<String, String>, but: &BTreeSet<String>) -> String {
    let line =
        |(name, value): (&String, &String)| match (value == &format!("host {name}"), name.starts_with("MISSION_")) {
            (true, _) => format!("  {name}\n"),
            (false, true) => format!("  {name}=(of the attempt)\n"),
            (false, false) if name == "PATH" => "  PATH\n".to_owned(),
            (false, false) => format!("  {name}={value}\n"),
        };
    seen.iter().filter(|(name, _)| !but.contains(*name)).map(line).collect()
}
