//! What kind of failure it was: numbers first, words second. Pure.
//!
//! Words alone mislead: the text of one provider's rate limit speaks of quotas and of ways to log in.

use std::sync::LazyLock;

use regex::Regex;

use crate::agent::catalogue::Cli;
use crate::event::FailureClass;

/// What is known about a failure.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Trouble {
    /// HTTP status, as an event told it.
    pub status: Option<u16>,
    /// Its name, as an event told it.
    pub kind: Option<String>,
    /// Exit code.
    pub exit: Option<i32>,
    /// What was said about it.
    pub words: String,
}

/// An HTTP status in a text: told as one, followed by its own name, or the first word of all.
static STATUS: LazyLock<Regex> = LazyLock::new(|| {
    let told = r#"(?i)(?:\bstatus(?:[ _]?code)?|\bhttp(?:/\d(?:\.\d)?)?|(?:\b|_)error|"code")["']?[:=( ]*(?:code )?([45]\d\d)\b"#;
    let named = r"\b([45]\d\d) (?:Unauthorized|Forbidden|Too Many Requests|Payment Required|Internal Server Error|Bad Gateway|Service Unavailable|Gateway Timeout|Bad Request)\b";
    let first = r"^\s*(?:\[?API Error: )?([45]\d\d) ";
    Regex::new(&format!("{told}|{named}|{first}")).expect("the expression is fixed")
});

/// Words, in the order in which they are looked for.
static WORDS: LazyLock<Vec<(FailureClass, Regex)>> = LazyLock::new(|| {
    let all = [
        (FailureClass::ContextOverflow, CONTEXT),
        (FailureClass::Quota, QUOTA),
        (FailureClass::RateLimit, r"rate.?limit|too many requests|overloaded_error|resource.?exhausted"),
        (
            FailureClass::Auth,
            r"not logged in|please run /login|log ?in required|invalid.?api.?key|incorrect api key|auth(?:entication|.?error)|unauthori[sz]ed|unauthenticated|api key (?:is )?(?:missing|not set|not valid)|missing environment variable|no auth",
        ),
        (
            FailureClass::Provider,
            r"overloaded|high demand|internal server error|bad gateway|service unavailable|connection (?:was )?(?:refused|reset|failed|error|closed|lost)|finish reason|server.?error|stream (?:disconnected|closed|ended)|timed? ?out|econn|enotfound|fetch failed|network|(?:unexpected|invalid) eof|error sending request|could not resolve|dns",
        ),
    ];
    let read = |(class, words): (FailureClass, &str)| {
        (class, Regex::new(&format!("(?i){words}")).expect("the expression is fixed"))
    };
    all.into_iter().map(read).collect()
});

const CONTEXT: &str = r"prompt budget|context.?length|context.?window|prompt is too long|maximum context|too many tokens|input is too long|token limit exceeded";
const QUOTA: &str = r"insufficient.?quota|usage limit|quota exceeded|exceeded your (?:current )?quota|credit balance|out of credits|(?:daily|weekly|monthly|spending) limit|billing";

/// The class of a failure of `cli`; `None` if nothing tells.
pub fn class_of(cli: &Cli, trouble: &Trouble) -> Option<FailureClass> {
    let named = || trouble.kind.as_ref().and_then(|kind| cli.kind(kind));
    let exit = || trouble.exit.and_then(|code| cli.exits.get(&code)).copied();
    let written = || status_in(&trouble.words).and_then(|status| by_status(status, &trouble.words));
    let told = trouble.status.and_then(|status| by_status(status, &trouble.words));
    told.or_else(named).or_else(exit).or_else(written).or_else(|| by_words(&trouble.words))
}

/// The last HTTP status that `words` tell.
pub(super) fn status_in(words: &str) -> Option<u16> {
    let found = STATUS.captures_iter(words).last()?;
    found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3))?.as_str().parse().ok()
}

fn by_status(status: u16, words: &str) -> Option<FailureClass> {
    let says = |class: FailureClass| WORDS.iter().any(|(c, regex)| *c == class && regex.is_match(words));
    match status {
        400 | 413 | 422 if says(FailureClass::ContextOverflow) => Some(FailureClass::ContextOverflow),
        400 | 403 | 429 if says(FailureClass::Quota) => Some(FailureClass::Quota),
        401 | 403 => Some(FailureClass::Auth),
        402 => Some(FailureClass::Quota),
        429 => Some(FailureClass::RateLimit),
        413 => Some(FailureClass::ContextOverflow),
        400..=599 => Some(FailureClass::Provider),
        _ => None,
    }
}

fn by_words(words: &str) -> Option<FailureClass> {
    WORDS.iter().find(|(_, regex)| regex.is_match(words)).map(|(class, _)| *class)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::catalogue::Catalogue;

    #[test]
    fn numbers_come_before_words() {
        use FailureClass::{Auth, Budget, ContextOverflow, Provider, Quota, RateLimit};
        let catalogue = Catalogue::shipped();
        let gemini = "[API Error: fake 429]\nPlease wait and try again later. To increase your limits, request a quota \
                      increase through AI Studio, or switch to another /auth method";
        for (cli, status, kind, exit, words, class) in [
            ("claude", Some(401), None, Some(1), "fake 401", Some(Auth)),
            ("claude", None, None, Some(1), "Not logged in · Please run /login", Some(Auth)),
            ("claude", Some(429), None, Some(1), "API Error: rate limit", Some(RateLimit)),
            ("claude", Some(529), None, Some(1), "Overloaded", Some(Provider)),
            ("claude", Some(400), None, Some(1), "prompt is too long: 210000 tokens", Some(ContextOverflow)),
            ("claude", Some(400), None, Some(1), "Your credit balance is too low", Some(Quota)),
            ("claude", None, Some("error_max_budget_usd"), Some(1), "", Some(Budget)),
            ("claude", None, None, Some(1), "No conversation found with session ID: x", None),
            (
                "codex",
                None,
                None,
                Some(1),
                "unexpected status 401 Unauthorized: fake 401, url: http://h/v1",
                Some(Auth),
            ),
            ("codex", None, None, Some(1), "exceeded retry limit, last status: 429 Too Many Requests", Some(RateLimit)),
            ("codex", None, None, Some(1), "unexpected status 500 Internal Server Error", Some(Provider)),
            (
                "codex",
                None,
                None,
                Some(1),
                "Codex ran out of room in the model's context window.",
                Some(ContextOverflow),
            ),
            ("codex", None, None, Some(1), "stream disconnected before completion", Some(Provider)),
            ("codex", None, None, Some(1), "Missing environment variable: `OPENAI_API_KEY`.", Some(Auth)),
            ("codex", None, None, Some(1), "You've hit your usage limit.", Some(Quota)),
            ("gemini", None, None, Some(173), gemini, Some(RateLimit)),
            ("gemini", None, None, Some(41), "Invalid auth method selected", Some(Auth)),
            ("gemini", None, None, None, "[API Error: {\"error\":{\"code\":401,\"status\":\"X\"}}]", Some(Auth)),
            ("opencode", Some(500), None, Some(1), "fake 500", Some(Provider)),
            ("goose", None, None, Some(1), "Authentication failed for http://h. Status: 401 Unauthorized.", Some(Auth)),
            ("goose", None, None, None, "Ran into this error: Rate limit exceeded: fake 429.", Some(RateLimit)),
            ("aider", None, None, Some(1), "litellm.AuthenticationError: OpenAIException", Some(Auth)),
            ("aider", None, None, Some(1), "line 404 of main.rs: no such thing", None),
        ] {
            let cli = catalogue.get(cli).expect("shipped");
            let trouble = Trouble { status, kind: kind.map(str::to_owned), exit, words: words.to_owned() };
            assert_eq!(class_of(cli, &trouble), class, "{}: {words}", cli.name);
        }
    }
}
