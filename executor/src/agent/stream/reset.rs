//! When an agent can be asked again, as far as its words tell it without doubt. Pure: the present moment and the zone of clock
//! times are given.
//!
//! Only a time that stands beside a word for it counts: logs are full of other ones. What could mean two moments means none.

use std::sync::LazyLock;

use jiff::civil::{Date, Time};
use jiff::tz::TimeZone;
use jiff::{Span, Timestamp as Moment, ToSpan as _, Zoned};
use regex::{Captures, Regex};
use serde_json::Value;

use crate::event::Timestamp;

/// No limit lasts longer than this many days; a time beyond it is a mistake.
const LONGEST_DAYS: i64 = 40;

fn fixed(text: &str) -> Regex {
    Regex::new(&format!("(?i){text}")).expect("the expression is fixed")
}

/// Words that a moment or a duration may follow.
const BEFORE: &str = r"(?:reset|retry|retries|again|until|available|wait|renew|refresh)\w*";

/// `…|1755806400`, `resetsAt: 1755806400`, `x-ratelimit-reset: 1755806400123`.
static EPOCH: LazyLock<Regex> = LazyLock::new(|| {
    fixed(&format!(r#"(?:limit reached\|\s*|{BEFORE}[\w-]*["']?\s*[:=]?\s*(?:at\s+)?["']?)(\d{{13}}|\d{{10}})\b"#))
});
/// `resets at 2026-11-21T15:00:00Z`.
static RFC_3339: LazyLock<Regex> = LazyLock::new(|| {
    let moment = r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)";
    fixed(&format!(r"{BEFORE}[^.\n]{{0,40}}?({moment})"))
});
/// `Retry-After: Sat, 21 Nov 2026 15:00:00 GMT`.
static RFC_2822: LazyLock<Regex> = LazyLock::new(|| {
    fixed(r#"retry-after["']?\s*[:=]\s*["']?(\w{3}, \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d (?:GMT|[+-]\d{4}))"#)
});
/// `retry-after: 30`, `"retryDelay": "34.5s"`, `retry_delay_ms=500`, `x-ratelimit-reset-tokens: 6m0s`.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    let name = r"(?:retry[-_ ]?after|retry[-_ ]?(?:delay|in)|(?:rate)?limit[-_]reset(?:[-_](?:tokens|requests))?)";
    fixed(&format!(
        r#"{name}(?:[-_]?(ms|seconds))?["']?\s*[:=]?\s*["']?((?:\d+(?:\.\d+)?\s*(?:ms|s|m|h|d)?)+)(?:["',\s}}\])]|$)"#
    ))
});
/// `try again in 5 minutes`, `wait for 1 hour and 20 minutes`, `resets in 6m0s`.
static DURATION: LazyLock<Regex> = LazyLock::new(|| {
    let part = r"\d+(?:\.\d+)?\s*(?:milliseconds?|ms|seconds?|secs?|s|minutes?|mins?|m|hours?|hrs?|h|days?|d)";
    let parts = format!(r"{part}(?:(?:\s*,\s*|\s+and\s+|\s*){part})*\b");
    fixed(&format!(r"{BEFORE}(?:[^.\n]{{0,40}}?\b(?:in|after|for)|\s+another)\s+(?:about\s+)?({parts})"))
});
/// One part of a duration.
static PART: LazyLock<Regex> = LazyLock::new(|| fixed(r"(\d+(?:\.\d+)?)\s*([a-z]*)"));
/// `resets 3pm`, `again at 15:30 (Europe/Berlin)`, `resets Oct 9 at 3:05 PM UTC`, `again at Oct 9th, 2026 3:05 PM`.
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    let date = r"(?:(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?\s+(\d{1,2})(?:st|nd|rd|th)?(?:,?\s+(\d{4}))?,?\s+(?:at\s+)?)?";
    let time = r"(\d{1,2})(?::(\d\d))?\s*([ap]m\b)?";
    let zone = r"(?:\s*\(?(utc|gmt|[a-z]+/[a-z_]+(?:/[a-z_]+)?)\)?)?";
    fixed(&format!(r"{BEFORE}\s*(?:[:·∙-]\s*)?(?:at\s+|on\s+)?{date}{time}{zone}"))
});

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The moment that `words` tell, seen at `now`; clock times without a zone are in `zone`. `None` if they tell none for sure.
pub fn reset_in(words: &str, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let at = moment(now)?;
    let found = last(&EPOCH, words, |c| epoch(c.get(1)?.as_str().parse().ok()?))
        .or_else(|| last(&RFC_3339, words, |c| c[1].replacen(' ', "T", 1).parse().ok()))
        .or_else(|| last(&RFC_2822, words, |c| Some(jiff::fmt::rfc2822::parse(&c[1]).ok()?.timestamp())))
        .or_else(|| last(&HEADER, words, |c| after(at, duration(&c[2], c.get(1).map_or("s", |unit| unit.as_str()))?)))
        .or_else(|| last(&DURATION, words, |c| after(at, duration(&c[1], "")?)))
        .or_else(|| last(&CLOCK, words, |c| clock(c, at, zone)))?;
    plausible(found, at)
}

/// The same of a value that an event told: seconds or milliseconds since 1970, seconds from now, or words.
pub fn reset_at(value: &Value, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
    let at = moment(now)?;
    match value {
        Value::Number(number) => {
            let number = number.as_f64().filter(|n| *n > 0.0)?;
            let found = if number < 1e8 { after(at, (number * 1_000.0) as i64)? } else { epoch(number as i64)? };
            plausible(found, at)
        }
        Value::String(text) => {
            let bare = format!("reset: {text}");
            let lasts = || after(at, duration(text, "s")?);
            reset_in(&bare, now, zone)
                .or_else(|| reset_in(&format!("reset in {text}"), now, zone))
                .or_else(|| plausible(lasts()?, at))
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

fn moment(at: Timestamp) -> Option<Moment> {
    Moment::from_millisecond(i64::try_from(at.0).ok()?).ok()
}

/// The last match that means something: what is said last is about the present.
fn last<T>(regex: &Regex, words: &str, read: impl Fn(&Captures<'_>) -> Option<T>) -> Option<T> {
    regex.captures_iter(words).filter_map(|found| read(&found)).last()
}

fn plausible(found: Moment, now: Moment) -> Option<Timestamp> {
    let longest = now.checked_add((24 * LONGEST_DAYS).hours()).ok()?;
    let fits = found > now && found <= longest;
    fits.then(|| u64::try_from(found.as_millisecond()).ok().map(Timestamp)).flatten()
}

fn epoch(number: i64) -> Option<Moment> {
    if number >= 100_000_000_000 { Moment::from_millisecond(number).ok() } else { Moment::from_second(number).ok() }
}

fn after(now: Moment, millis: i64) -> Option<Moment> {
    now.checked_add(Span::new().try_milliseconds(millis).ok()?).ok()
}

/// Milliseconds; a number without a unit is one of `otherwise`, and none if that is empty.
fn duration(text: &str, otherwise: &str) -> Option<i64> {
    let mut sum = 0.0;
    for part in PART.captures_iter(text) {
        let unit = if part[2].is_empty() { otherwise } else { &part[2] };
        let scale = match unit.to_lowercase().as_str() {
            "ms" | "millisecond" | "milliseconds" => 1.0,
            "s" | "sec" | "secs" | "second" | "seconds" => 1_000.0,
            "m" | "min" | "mins" | "minute" | "minutes" => 60_000.0,
            "h" | "hr" | "hrs" | "hour" | "hours" => 3_600_000.0,
            "d" | "day" | "days" => 86_400_000.0,
            "and" => continue,
            _ => return None,
        };
        sum += part[1].parse::<f64>().ok()? * scale;
    }
    (sum > 0.0).then_some(sum.ceil() as i64)
}

/// The next time that the clock shows this. An hour that could be meant by day or by night means nothing. The present minute lasts
/// until its end: who tells minutes has left out the seconds.
fn clock(told: &Captures<'_>, now: Moment, zone: &TimeZone) -> Option<Moment> {
    let number = |at: usize| told.get(at).and_then(|part| part.as_str().parse::<i8>().ok());
    let (hour, minute) = (number(4)?, number(5).unwrap_or(0));
    let hour = match told.get(6).map(|half| half.as_str().to_lowercase()) {
        Some(half) if (1..=12).contains(&hour) => hour % 12 + if half == "pm" { 12 } else { 0 },
        Some(_) => return None,
        None if told.get(5).is_some() && (hour == 0 || hour > 12 || told[4].starts_with('0')) => hour,
        None => return None,
    };
    let time = Time::new(hour, minute, 0, 0).ok()?;
    let zone = match told.get(7).map(|name| name.as_str()) {
        Some(name) if name.eq_ignore_ascii_case("gmt") || name.eq_ignore_ascii_case("utc") => TimeZone::UTC,
        Some(name) => TimeZone::get(name).ok()?,
        None => zone.clone(),
    };
    let today = now.to_zoned(zone.clone());
    let on = |date: Date| date.to_datetime(time).to_zoned(zone.clone()).ok();
    let shown: i64 = if told.get(5).is_some() { 60 } else { 0 };
    let later = |at: &Zoned| at.timestamp().as_second() + shown > now.as_second();
    let found = match told.get(1) {
        None => on(today.date()).filter(later).or_else(|| on(today.date().tomorrow().ok()?)),
        Some(month) => {
            let month = MONTHS.iter().position(|name| month.as_str().eq_ignore_ascii_case(name))? as i8 + 1;
            let day = number(2)?;
            match told.get(3) {
                Some(year) => on(Date::new(year.as_str().parse().ok()?, month, day).ok()?),
                None => {
                    let this = Date::new(today.year(), month, day).ok().and_then(on).filter(later);
                    this.or_else(|| on(Date::new(today.year() + 1, month, day).ok()?))
                }
            }
        }
    };
    let at = found?.timestamp();
    if at > now { Some(at) } else { at.checked_add(shown.seconds()).ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Saturday, 21 November 2026, 14:00 in Berlin.
    const NOW: &str = "2026-11-21T13:00:00Z";

    fn stamp(text: &str) -> Timestamp {
        Timestamp(text.parse::<Moment>().expect("a moment").as_millisecond() as u64)
    }

    #[test]
    fn times_that_are_told_are_understood() {
        let berlin = TimeZone::get("Europe/Berlin").expect("a zone");
        for (words, expected) in [
            // Seconds and milliseconds since 1970.
            ("Claude AI usage limit reached|1795266000", "2026-11-21T13:00:00Z+"),
            ("Claude AI usage limit reached|1795269600", "2026-11-21T14:00:00Z"),
            (r#"{"resetsAt":1795269600}"#, "2026-11-21T14:00:00Z"),
            (r#""resets_at": 1795269600123"#, "2026-11-21T14:00:00.123Z"),
            ("x-ratelimit-reset: 1795269600", "2026-11-21T14:00:00Z"),
            // Moments.
            ("quota exceeded, resets at 2026-11-21T15:30:00Z", "2026-11-21T15:30:00Z"),
            ("anthropic-ratelimit-requests-reset: 2026-11-21T13:00:30+00:00", "2026-11-21T13:00:30Z"),
            ("try again after 2026-11-21 16:30:00+01:00", "2026-11-21T15:30:00Z"),
            ("Retry-After: Sat, 21 Nov 2026 13:05:00 GMT", "2026-11-21T13:05:00Z"),
            // Headers and fields.
            ("HTTP 429\nretry-after: 30\n", "2026-11-21T13:00:30Z"),
            (r#"{"retry-after":"30"}"#, "2026-11-21T13:00:30Z"),
            ("retry_after_ms: 1500", "2026-11-21T13:00:01.500Z"),
            (r#""retryDelay": "34.5s""#, "2026-11-21T13:00:34.500Z"),
            ("retry_delay { seconds: 34 }", "none"),
            ("x-ratelimit-reset-tokens: 6m0s", "2026-11-21T13:06:00Z"),
            // Sentences.
            ("Rate limit reached for gpt-5. Please try again in 6m0s. Visit x.", "2026-11-21T13:06:00Z"),
            ("Please try again in 450ms.", "2026-11-21T13:00:00.450Z"),
            ("Please try again in 1.898s", "2026-11-21T13:00:01.898Z"),
            ("You've hit your usage limit. Try again in 3 days 4 hours 5 minutes.", "2026-11-24T17:05:00Z"),
            ("your quota will reset after 1h 20m", "2026-11-21T14:20:00Z"),
            ("Your quota will reset after 18h41m2s.", "2026-11-22T07:41:02Z"),
            ("please wait for 1 hour and 30 seconds", "2026-11-21T14:00:30Z"),
            ("Retrying in 5 minutes", "2026-11-21T13:05:00Z"),
            // Clock times, here in Berlin unless they say otherwise.
            ("5-hour limit reached ∙ resets 3pm", "2026-11-21T14:00:00Z"),
            ("You've hit your limit · resets 3pm (America/New_York)", "2026-11-21T20:00:00Z"),
            ("limit reached, resets 1pm", "2026-11-22T12:00:00Z"),
            ("resets at 12am (UTC)", "2026-11-22T00:00:00Z"),
            ("try again at 15:30", "2026-11-21T14:30:00Z"),
            ("try again at 2:00 PM.", "2026-11-21T13:01:00Z"),
            ("try again at 1:59 PM.", "2026-11-22T12:59:00Z"),
            ("try again at 03:30 UTC", "2026-11-22T03:30:00Z"),
            ("Weekly limit reached · resets Nov 24 at 3:05 PM", "2026-11-24T14:05:00Z"),
            ("try again at Nov 24th, 2026 3:05 PM.", "2026-11-24T14:05:00Z"),
            ("resets Dec 3, 9am (UTC)", "2026-12-03T09:00:00Z"),
            // What is said last counts.
            ("try again in 1s\ntry again in 2s\nPlease try again in 20s.", "2026-11-21T13:00:20Z"),
            // Nothing for sure.
            ("resets at 3:05", "none"),
            ("resets at 25pm", "none"),
            ("resets 3", "none"),
            ("429 Too Many Requests", "none"),
            ("[2026-11-21T15:00:00Z] rate limited", "none"),
            ("request 1795269600 failed: rate limit", "none"),
            ("retry-after: 0", "none"),
            ("resets at 2026-11-21T11:00:00Z", "none"),
            ("resets at 2029-01-01T00:00:00Z", "none"),
            ("try again in 90000000000000000000 days", "none"),
            ("resets 3pm (Nowhere/Town)", "none"),
            ("resets Feb 30 at 3pm", "none"),
            ("", "none"),
        ] {
            let found = reset_in(words, stamp(NOW), &berlin).map(|at| moment(at).expect("a moment"));
            let expected =
                (!expected.ends_with('+') && expected != "none").then(|| expected.parse::<Moment>().expect("a moment"));
            assert_eq!(found, expected, "{words}");
        }
    }

    #[test]
    fn values_of_events_are_understood() {
        for (value, expected) in [
            ("1795269600", Some("2026-11-21T14:00:00Z")),
            ("1795269600000", Some("2026-11-21T14:00:00Z")),
            ("90", Some("2026-11-21T13:01:30Z")),
            ("0", None),
            ("-1", None),
            ("\"2026-11-21T14:00:00Z\"", Some("2026-11-21T14:00:00Z")),
            ("\"1795269600\"", Some("2026-11-21T14:00:00Z")),
            ("\"34s\"", Some("2026-11-21T13:00:34Z")),
            ("\"90\"", Some("2026-11-21T13:01:30Z")),
            ("\"3pm\"", Some("2026-11-21T15:00:00Z")),
            ("\"soon\"", None),
            ("null", None),
            ("[90]", None),
        ] {
            let value: Value = serde_json::from_str(value).expect("JSON");
            let found = reset_at(&value, stamp(NOW), &TimeZone::UTC).map(|at| moment(at).expect("a moment"));
            assert_eq!(found, expected.map(|text| text.parse().expect("a moment")), "{value}");
        }
    }

    #[test]
    fn no_text_makes_it_fail() {
        let long = "retry ".repeat(50_000);
        for words in ["resets 99:99pm", "retry-after: 99999999999999999999999999", "until ￿", &long] {
            let _ = reset_in(words, stamp(NOW), &TimeZone::UTC);
            let _ = reset_in(words, Timestamp(u64::MAX), &TimeZone::UTC);
        }
    }
}
