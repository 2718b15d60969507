//! What is known of each agent: where it lies, how it is led to another model than the one of its provider, and what it does not tell.

use crate::real::Real;

/// What most of them do.
const BASE: Real = Real {
    name: "",
    bin: "",
    place: "",
    call: "",
    files: &[],
    tells_cost: true,
    tells_tokens: true,
    goes_on: true,
    tells_status: true,
    cut: "provider",
    prints_all: false,
    lacks: &[],
};

const CLAUDE: &str = r#"
export ANTHROPIC_BASE_URL="$url" ANTHROPIC_API_KEY=scripted CLAUDE_CODE_MAX_RETRIES=1
exec "$real" "$@""#;

/// claude with a subscription.
pub(crate) const SUBSCRIBED: &str = r#"
export ANTHROPIC_BASE_URL="$url" CLAUDE_CODE_OAUTH_TOKEN=scripted CLAUDE_CODE_MAX_RETRIES=1
exec "$real" "$@""#;

const OPENCODE: &str = r#"
export OPENCODE_CONFIG_CONTENT='{"autoupdate":false,"share":"disabled","model":"scripted/m","small_model":"scripted/m","enabled_providers":["scripted"],"provider":{"scripted":{"npm":"@ai-sdk/openai-compatible","options":{"baseURL":"'"$url"'","apiKey":"scripted"},"models":{"m":{"limit":{"context":400000,"output":8000},"cost":{"input":1,"output":2},"tool_call":true},"m2":{"limit":{"context":400000,"output":8000},"cost":{"input":1,"output":2},"tool_call":true}}}}}'
exec "$real" "$@""#;

const GEMINI: &str = r#"
export GEMINI_API_KEY=scripted GOOGLE_GEMINI_BASE_URL="$url"
case " $* " in *' -m '*) ;; *) set -- -m scripted "$@";; esac
exec "$real" "$@""#;

const GOOSE: &str = r#"
export GOOSE_PROVIDER=openai GOOSE_MODEL=gpt-4o OPENAI_API_KEY=scripted
export OPENAI_HOST="${url%/*}" OPENAI_BASE_PATH="${url##*/}/chat/completions"
exec "$real" "$@""#;

/// What it asks a person who opens it for the first time.
const CLAUDE_SETTINGS: (&str, &str) = (
    ".claude.json",
    r#"{"hasCompletedOnboarding":true,"theme":"dark","customApiKeyResponses":{"approved":["scripted"],"rejected":[]}}"#,
);

const GEMINI_SETTINGS: (&str, &str) = (
    ".gemini/settings.json",
    r#"{"security":{"auth":{"selectedType":"gemini-api-key"},"folderTrust":{"enabled":false}},"general":{"maxAttempts":2}}"#,
);

const QWEN: &str = r#"
export OPENAI_API_KEY=scripted OPENAI_BASE_URL="$url" OPENAI_MODEL=scripted
exec "$real" --auth-type openai "$@""#;

// What is its key it takes out of all it prints: so that must be no word.
const COPILOT: &str = r#"
export COPILOT_PROVIDER_BASE_URL="$url" COPILOT_PROVIDER_TYPE=openai COPILOT_PROVIDER_API_KEY=0-0-0-0
export COPILOT_MODEL=gpt-4o COPILOT_PROVIDER_MAX_PROMPT_TOKENS=400000 COPILOT_OFFLINE=true
exec "$real" "$@""#;

const KIMI: &str = r#"
export KIMI_MODEL_NAME=scripted KIMI_MODEL_API_KEY=scripted KIMI_MODEL_BASE_URL="$url" KIMI_MODEL_PROVIDER_TYPE=openai
exec "$real" "$@""#;

const PI: &str = r#"
export PI_CODING_AGENT_DIR="$HOME/pi/$tag" PI_CODING_AGENT_SESSION_DIR="$HOME/sessions"
mkdir -p "$PI_CODING_AGENT_DIR"
printf '{"providers":{"scripted":{"baseUrl":"%s","api":"openai-completions","apiKey":"scripted","models":[{"id":"m","name":"m","reasoning":false,"input":["text"],"cost":{"input":1,"output":2,"cacheRead":0,"cacheWrite":0},"contextWindow":400000,"maxTokens":8000}]}}}' "$url" > "$PI_CODING_AGENT_DIR/models.json"
exec "$real" --provider scripted --model m "$@""#;

const CLINE: &str = r#"
export CLINE_DATA_DIR="$HOME/cline/$tag"
mkdir -p "$CLINE_DATA_DIR/settings"
printf '{"version":1,"lastUsedProvider":"openai-compatible","modes":{},"providers":{"openai-compatible":{"settings":{"provider":"openai-compatible","apiKey":"scripted","model":"scripted","baseUrl":"%s"},"updatedAt":"2026-01-01T00:00:00.000Z","tokenSource":"manual"}}}' "$url" > "$CLINE_DATA_DIR/settings/providers.json"
exec "$real" "$@""#;

// It has no tools: what it edits its model tells in the reply.
const AIDER: &str = r#"
export OPENAI_API_KEY=scripted OPENAI_API_BASE="$url,text=1" AIDER_MODEL=openai/gpt-4o AIDER_EDIT_FORMAT=diff
exec "$real" "$@""#;

pub(crate) const ALL: &[Real] = &[
    Real {
        name: "claude",
        bin: "claude",
        place: "node_modules/.bin/claude",
        call: CLAUDE,
        files: &[CLAUDE_SETTINGS],
        ..BASE
    },
    Real {
        name: "codex",
        bin: "codex",
        place: "node_modules/.bin/codex",
        call: r#"
export SCRIPTED_KEY=scripted
exec "$real" -c model="scripted" -c model_provider="scripted" -c "model_providers.scripted={name=\"scripted\",base_url=\"$url\",env_key=\"SCRIPTED_KEY\",wire_api=\"responses\",request_max_retries=1,stream_max_retries=1}" "$@""#,
        tells_cost: false,
        ..BASE
    },
    Real {
        name: "opencode",
        bin: "opencode",
        place: "node_modules/opencode-linux-x64/bin/opencode",
        call: OPENCODE,
        ..BASE
    },
    Real {
        name: "gemini",
        bin: "gemini",
        place: "node_modules/.bin/gemini",
        call: GEMINI,
        files: &[GEMINI_SETTINGS],
        tells_cost: false,
        ..BASE
    },
    Real {
        name: "goose",
        bin: "goose",
        place: "node_modules/@aaif/goose-binary-linux-x64/bin/goose",
        call: GOOSE,
        ..BASE
    },
    // The same models by way of the Agent Client Protocol.
    Real {
        name: "claude-acp",
        bin: "claude-agent-acp",
        place: "node_modules/.bin/claude-agent-acp",
        call: CLAUDE,
        ..BASE
    },
    Real {
        name: "codex-acp",
        bin: "codex-acp",
        place: "node_modules/.bin/codex-acp",
        call: r#"
export SCRIPTED_KEY=scripted MODEL_PROVIDER=scripted
export CODEX_CONFIG='{"model":"scripted","model_providers":{"scripted":{"name":"scripted","base_url":"'"$url"'","env_key":"SCRIPTED_KEY","wire_api":"responses","request_max_retries":1,"stream_max_retries":1}}}'
exec "$real" "$@""#,
        tells_cost: false,
        ..BASE
    },
    Real {
        name: "opencode-acp",
        bin: "opencode",
        place: "node_modules/opencode-linux-x64/bin/opencode",
        call: OPENCODE,
        tells_tokens: false,
        tells_status: false,
        ..BASE
    },
    Real {
        name: "gemini-acp",
        bin: "gemini",
        place: "node_modules/.bin/gemini",
        call: GEMINI,
        files: &[GEMINI_SETTINGS],
        tells_cost: false,
        goes_on: false,
        ..BASE
    },
    Real {
        name: "goose-acp",
        bin: "goose",
        place: "node_modules/@aaif/goose-binary-linux-x64/bin/goose",
        call: GOOSE,
        tells_cost: false,
        tells_tokens: false,
        ..BASE
    },
    // Those that are tried by night only.
    Real {
        name: "qwen",
        bin: "qwen",
        place: "more/node_modules/.bin/qwen",
        call: QWEN,
        tells_cost: false,
        lacks: &[("re-ask", "it insists on the schema itself")],
        ..BASE
    },
    Real {
        name: "copilot",
        bin: "copilot",
        place: "more/node_modules/.bin/copilot",
        call: COPILOT,
        tells_cost: false,
        tells_tokens: false,
        ..BASE
    },
    Real { name: "pi", bin: "pi", place: "more/node_modules/.bin/pi", call: PI, ..BASE },
    Real {
        name: "kimi",
        bin: "kimi",
        place: "more/node_modules/.bin/kimi",
        call: KIMI,
        tells_cost: false,
        tells_tokens: false,
        cut: "exit",
        lacks: &[
            ("resume", "it tells its session only at its end"),
            ("prompt of 300 KB", "its prompt is an argument: at most 120 KiB"),
        ],
        ..BASE
    },
    Real {
        name: "cline",
        bin: "cline",
        place: "more/node_modules/.bin/cline",
        call: CLINE,
        tells_cost: false,
        goes_on: false,
        ..BASE
    },
    Real {
        name: "aider",
        bin: "aider",
        place: "more/python/bin/aider",
        call: AIDER,
        tells_cost: false,
        tells_tokens: false,
        goes_on: false,
        prints_all: true,
        lacks: &[("cancel inside a tool", "it has no tools"), ("unknown event", "it does not speak in events")],
        ..BASE
    },
    Real {
        name: "qwen-acp",
        bin: "qwen",
        place: "more/node_modules/.bin/qwen",
        call: QWEN,
        tells_cost: false,
        tells_tokens: false,
        lacks: &[("429", "it tries ten times, a minute apart, and tells nothing of it")],
        ..BASE
    },
    Real {
        name: "copilot-acp",
        bin: "copilot",
        place: "more/node_modules/.bin/copilot",
        call: COPILOT,
        tells_cost: false,
        ..BASE
    },
    Real {
        name: "kimi-acp",
        bin: "kimi",
        place: "more/node_modules/.bin/kimi",
        call: KIMI,
        tells_cost: false,
        tells_tokens: false,
        lacks: &[
            ("429", "its turn ends without a word, so it is a failure as any other"),
            ("cut stream", "it takes it for the end: let the result have a schema"),
        ],
        ..BASE
    },
];
