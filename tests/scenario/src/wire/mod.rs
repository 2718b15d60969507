//! The dialects in which models are asked and answer.

mod anthropic;
mod chat;
mod gemini;
mod responses;

use serde_json::Value;

use crate::asked::Asked;
use crate::decide::Answer;
use crate::http::Request;
use crate::ledger::Tokens;
use crate::scenario::Scenario;

/// Pieces in which a text is told.
const PIECES: usize = 4;

/// A dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// Anthropic Messages.
    Anthropic,
    /// OpenAI Responses.
    Responses,
    /// OpenAI Chat Completions.
    Chat,
    /// Gemini `generateContent`.
    Gemini,
}

/// An answer in a dialect.
#[derive(Debug)]
pub(crate) struct Reply {
    /// All at once.
    pub(crate) whole: Value,
    /// In parts, as server-sent events.
    pub(crate) parts: Vec<String>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP status.
    pub(crate) status: u16,
    /// What is said.
    pub(crate) words: String,
    /// A limit of the account.
    pub(crate) quota: bool,
    /// Seconds after which one may try again.
    pub(crate) retry: Option<u64>,
    /// Seconds until a limit ends.
    pub(crate) reset: Option<u64>,
    /// Then: seconds since 1970.
    pub(crate) reset_at: Option<u64>,
}

impl Refusal {
    /// With `status`, as `scenario` wants it; `now` in seconds since 1970.
    pub(crate) fn new(status: u16, scenario: &Scenario, now: u64) -> Self {
        let quota = scenario.name == "quota";
        let reset = scenario.number("reset");
        let words = match (quota, status) {
            (true, _) => "You've reached your usage limit.".to_owned(),
            (false, 429) => "Rate limit reached: scripted 429.".to_owned(),
            (false, 500..) => format!("Internal server error: scripted {status}."),
            (false, status) => format!("scripted {status}"),
        };
        let busy = matches!(status, 429 | 503 | 529) && reset.is_none();
        let retry = scenario.number("retry").or(reset).or(busy.then_some(1));
        Self { status, words, quota, retry, reset, reset_at: reset.map(|seconds| now + seconds) }
    }
    /// What the dialect says in headers.
    pub(crate) fn headers(&self, dialect: Dialect) -> Vec<(&'static str, String)> {
        let mut headers: Vec<_> = self.retry.map(|seconds| ("retry-after", seconds.to_string())).into_iter().collect();
        match (dialect, self.reset_at, self.reset) {
            (Dialect::Anthropic, Some(at), _) => {
                headers.push(("anthropic-ratelimit-unified-reset", at.to_string()));
                headers.push(("anthropic-ratelimit-unified-status", "rejected".to_owned()));
            }
            (Dialect::Responses | Dialect::Chat, _, Some(seconds)) => {
                headers.push(("x-ratelimit-reset-requests", format!("{seconds}s")));
            }
            _ => {}
        }
        headers
    }
}

impl Dialect {
    /// The one that `path` is for.
    pub(crate) fn of(path: &str) -> Option<Self> {
        let ends = |end: &str| path.ends_with(end);
        if ends("/messages") {
            Some(Self::Anthropic)
        } else if ends("/responses") {
            Some(Self::Responses)
        } else if ends("/chat/completions") {
            Some(Self::Chat)
        } else if ends(":generateContent") || ends(":streamGenerateContent") {
            Some(Self::Gemini)
        } else {
            None
        }
    }
    /// What was asked.
    pub(crate) fn asked(self, request: &Request) -> Asked {
        let body = &request.body;
        match self {
            Self::Anthropic => anthropic::asked(body),
            Self::Responses => responses::asked(body),
            Self::Chat => chat::asked(body),
            Self::Gemini => gemini::asked(body, &request.path),
        }
    }
    /// An answer.
    pub(crate) fn answer(self, asked: &Asked, answer: &Answer, tokens: Tokens) -> Reply {
        match self {
            Self::Anthropic => anthropic::answer(asked, answer, tokens),
            Self::Responses => responses::answer(asked, answer, tokens),
            Self::Chat => chat::answer(asked, answer, tokens),
            Self::Gemini => gemini::answer(asked, answer, tokens),
        }
    }
    /// A refusal.
    pub(crate) fn refusal(self, refusal: &Refusal) -> Value {
        match self {
            Self::Anthropic => anthropic::refusal(refusal),
            Self::Responses | Self::Chat => responses::refusal(refusal),
            Self::Gemini => gemini::refusal(refusal),
        }
    }
}

/// One server-sent event.
fn event(name: Option<&str>, data: &Value) -> String {
    match name {
        Some(name) => format!("event: {name}\ndata: {data}\n\n"),
        None => format!("data: {data}\n\n"),
    }
}

/// `text` in a few pieces.
fn pieces(text: &str) -> Vec<String> {
    let all: Vec<char> = text.chars().collect();
    all.chunks(all.len().div_ceil(PIECES).max(1)).map(|piece| piece.iter().collect()).collect()
}

/// An id that is like no other, from the figures that are like no other.
fn id(kind: &str, tokens: Tokens) -> String {
    format!("{kind}_{:020x}", tokens.input)
}

/// A text, or the texts of a list of parts, one per line.
fn content(value: &Value) -> String {
    let part = |part: &Value| part["text"].as_str().map(str::to_owned);
    match value {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(part).collect::<Vec<_>>().join("\n"),
        _ => String::new(),
    }
}

/// Beginnings of what an agent tells of the surroundings in the person's name.
const SURROUNDINGS: [&str; 7] = [
    "<system-reminder>",
    "<environment_context>",
    "<session_context>",
    "<info-msg>",
    "<user_instructions>",
    "<permissions",
    "# AGENTS.md",
];

/// What a person wrote of the content of a message: a text, or a list of parts.
fn personal(content: &Value) -> Option<String> {
    let is_personal = |text: &&str| {
        let text = text.trim_start();
        !text.is_empty() && !SURROUNDINGS.iter().any(|beginning| text.starts_with(beginning))
    };
    let texts = match content {
        Value::String(text) => vec![text.as_str()],
        Value::Array(parts) => parts.iter().filter_map(|part| part["text"].as_str()).collect(),
        _ => Vec::new(),
    };
    let said: Vec<&str> = texts.into_iter().filter(is_personal).collect();
    (!said.is_empty()).then(|| said.join("\n"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_come_in_pieces() {
        assert_eq!(pieces("abcdefghi"), ["abc", "def", "ghi"]);
        assert_eq!(pieces("äb").concat(), "äb");
        assert!(pieces("").is_empty());
    }

    #[test]
    fn what_agents_tell_of_the_surroundings_is_not_the_persons_word() {
        let parts =
            json!([{ "text": "<session_context>\n…" }, { "text": "Do it." }, { "type": "image" }, { "text": "Now." }]);
        assert_eq!(personal(&parts).as_deref(), Some("Do it.\nNow."));
        assert_eq!(personal(&json!("<system-reminder>…")), None);
        assert_eq!(personal(&json!("Do it.")).as_deref(), Some("Do it."));
    }

    #[test]
    fn a_limit_says_when_it_ends() {
        let refusal = Refusal::new(429, &Scenario::read("quota,reset=300"), 1_000);
        assert_eq!((refusal.retry, refusal.reset_at, refusal.quota), (Some(300), Some(1_300), true));
        let headers = refusal.headers(Dialect::Anthropic);
        assert!(headers.contains(&("anthropic-ratelimit-unified-reset", "1300".to_owned())), "{headers:?}");
        assert_eq!(Refusal::new(429, &Scenario::read("429"), 0).retry, Some(1));
        assert_eq!(Refusal::new(401, &Scenario::read("401"), 0).retry, None);
    }
}
