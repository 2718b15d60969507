//! Durations, costs, failures and states in few words; the same everywhere.

use std::time::Duration;

use mission_executor::event::{Cause, Checked, Failure, SkipReason, Timestamp, Usage, Weight};

use crate::page::flat;

/// `4s`, `1m05s`, `2h10m`; below a second `300ms`.
pub(crate) fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{}ms", time.as_millis()),
        1..=59 => format!("{seconds}s"),
        60..=3599 => format!("{}m{:02}s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{}h{:02}m", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{}d{:02}h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// As [`duration`], but nothing shorter than a second: for what is counted while one looks.
pub(crate) fn elapsed(time: Duration) -> String {
    if time.as_secs() == 0 { "0s".to_owned() } else { duration(time) }
}

/// `38s · 2,468 in, 112 out · $0.012`; what is unknown is left out.
pub(crate) fn usage(usage: &Usage) -> String {
    let mut parts = Vec::new();
    if let Some(millis) = usage.millis {
        parts.push(duration(Duration::from_millis(millis)));
    }
    match (usage.input_tokens, usage.output_tokens) {
        (None, None) => {}
        (read, written) => {
            let read = read.map(|n| format!("{} in", thousands(n)));
            let written = written.map(|n| format!("{} out", thousands(n)));
            parts.push([read, written].into_iter().flatten().collect::<Vec<_>>().join(", "));
        }
    }
    if let Some(usd) = usage.usd {
        parts.push(money(usd));
    }
    if usage.continued {
        parts.push("went on with its session".to_owned());
    }
    if let Some(leaked) = usage.leaked.filter(|n| *n > 0) {
        parts.push(format!("{leaked} left-over {} ended", if leaked == 1 { "process" } else { "processes" }));
    }
    parts.join(" · ")
}

/// `3 files changed · unproven: …`: what came of holding a result against the facts.
pub(crate) fn checked(checked: &Checked) -> String {
    let changed = (checked.changed.len() + checked.more as usize).max(checked.own.len());
    let files = count(changed, "file changed", "files changed");
    let findings = checked.findings.iter().map(|finding| {
        let word = match finding.weight {
            Weight::Unproven => "unproven: ",
            Weight::Contradiction | Weight::Tampering => "",
        };
        format!("{word}{}", finding.line())
    });
    std::iter::once(files).chain(findings).collect::<Vec<_>>().join(" · ")
}

/// `$0.012`, `$3.10`.
pub(crate) fn money(usd: f64) -> String {
    if usd < 1.0 { format!("${usd:.3}") } else { format!("${usd:.2}") }
}

/// `2,468`.
pub(crate) fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `3 nodes`, `1 node`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{} {}", thousands(n as u64), if n == 1 { one } else { many })
}

/// A failure on one line, reasons included.
pub(crate) fn failure(failure: &Failure) -> String {
    let mut text = flat(&failure.message);
    let mut more: Vec<String> = failure.reasons.iter().map(|reason| flat(reason)).collect();
    if more.first().is_some_and(|first| text.ends_with(first.as_str())) {
        more.remove(0);
        if !more.is_empty() {
            text.push_str("; ");
        }
    } else if !more.is_empty() {
        text.push_str(": ");
    }
    text + &more.join("; ")
}

/// Why an attempt began, unless it is the first.
pub(crate) fn cause(cause: Cause) -> Option<&'static str> {
    match cause {
        Cause::First => None,
        Cause::Retry => Some("retry"),
        Cause::Reask => Some("asked again"),
        Cause::Lost => Some("the attempt before was lost"),
        Cause::Taken => Some("a person handed its session back"),
        Cause::Reset => Some("begun anew"),
        Cause::Parked => Some("asked again after a refusal"),
    }
}

/// How long a node waits for its agent; `clock` tells a moment.
pub(crate) fn parked(until: Option<Timestamp>, clock: impl Fn(Timestamp) -> String) -> String {
    match until {
        Some(until) => format!("parked until {}", clock(until)),
        None => "parked until you act".to_owned(),
    }
}

/// Why a node did not run.
pub(crate) fn skip(reason: SkipReason) -> &'static str {
    match reason {
        SkipReason::When => "its condition is false",
        SkipReason::Upstream => "something it needs did not succeed",
        SkipReason::UnusedRepair => "this round was not needed",
    }
}

#[cfg(test)]
mod tests {
    use mission_executor::event::FailureClass;

    use super::*;

    #[test]
    fn durations() {
        let cases = [(300, "300ms"), (4_200, "4s"), (65_000, "1m05s"), (7_800_000, "2h10m"), (90_000_000, "1d01h")];
        for (millis, text) in cases {
            assert_eq!(duration(Duration::from_millis(millis)), text);
        }
    }

    #[test]
    fn unknown_usage_is_left_out() {
        assert_eq!(usage(&Usage::default()), "");
        let all = Usage {
            millis: Some(38_000),
            input_tokens: Some(1_002_468),
            output_tokens: Some(112),
            usd: Some(0.0123),
            leaked: Some(1),
            continued: true,
            ..Usage::default()
        };
        let text = "38s · 1,002,468 in, 112 out · $0.012 · went on with its session · 1 left-over process ended";
        assert_eq!(usage(&all), text);
    }

    #[test]
    fn a_reason_that_repeats_the_message_is_not_said_twice() {
        let mut verdict = Failure::new(FailureClass::Verdict, "the verdict is `not passed`");
        assert_eq!(failure(&verdict), "the verdict is `not passed`");
        verdict.reasons = vec!["check `unit`\nexit code 1".to_owned(), "`a-1` is unmet".to_owned()];
        assert_eq!(failure(&verdict), "the verdict is `not passed`: check `unit` exit code 1; `a-1` is unmet");
        let mut refused = Failure::new(FailureClass::InvalidOutput, "not acceptable: /a: too long");
        refused.reasons = vec!["/a: too long".to_owned()];
        assert_eq!(failure(&refused), "not acceptable: /a: too long");
        refused.reasons.push("/b: missing".to_owned());
        assert_eq!(failure(&refused), "not acceptable: /a: too long; /b: missing");
    }
}
