//! The lexical rules of names, durations and templates.

use crate::workflow::Millis;

/// Longest node id in bytes.
const LONGEST_ID: usize = 63;

/// Whether `text` is a node id: `[a-z][a-z0-9]*(-[a-z0-9]+)*`, at most 63 characters.
pub fn is_id(text: &str) -> bool {
    text.len() <= LONGEST_ID
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .split('-')
            .all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()))
}

/// Whether `text` can be used as a name in expressions: `[A-Za-z_][A-Za-z0-9_]*`.
pub fn is_identifier(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

/// Whether `text` is a name of the file's own tables: `[A-Za-z][A-Za-z0-9_-]*`.
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}

/// Whether `text` holds a template or a template block.
pub(super) fn has_template(text: &str) -> bool {
    text.contains("{{") || text.contains("{%")
}

/// The nearest id to `text`, if there is a sensible one.
pub(super) fn id_from(text: &str) -> Option<String> {
    let mut id = String::new();
    let mut before = ' ';
    for c in text.chars() {
        let breaks_word = c.is_ascii_uppercase() && (before.is_ascii_lowercase() || before.is_ascii_digit());
        if !id.is_empty() && !id.ends_with('-') && (breaks_word || !c.is_ascii_alphanumeric()) {
            id.push('-');
        }
        if c.is_ascii_alphanumeric() {
            id.push(c.to_ascii_lowercase());
        }
        before = c;
    }
    let id = id.trim_matches('-').to_owned();
    is_id(&id).then_some(id)
}

/// What is wrong with a literal duration, and what to write instead.
pub(super) fn duration_fault(text: &str) -> Option<Option<String>> {
    if Millis::parse(text).is_some() {
        return None;
    }
    let compact: String = text.chars().filter(|c| !c.is_whitespace()).collect::<String>().to_lowercase();
    let split = compact.find(|c: char| !c.is_ascii_digit()).unwrap_or(compact.len());
    let (number, unit) = compact.split_at(split);
    let unit = match unit {
        "" | "sec" | "secs" | "second" | "seconds" => "s",
        "min" | "mins" | "minute" | "minutes" => "m",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "day" | "days" => "d",
        "ms" | "s" | "m" | "h" | "d" => unit,
        _ => return Some(None),
    };
    Some((!number.is_empty()).then(|| format!("{number}{unit}")).filter(|d| Millis::parse(d).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suggest::nearest;

    #[test]
    fn ids() {
        for id in ["a", "approve-it", "a1-2b", &"a".repeat(63)] {
            assert!(is_id(id), "{id}");
        }
        for id in ["", "A", "1a", "a_b", "a--b", "-a", "a-", "a.b", &"a".repeat(64)] {
            assert!(!is_id(id), "{id}");
        }
        assert_eq!(id_from("buildIt_now").as_deref(), Some("build-it-now"));
        assert_eq!(id_from("1st"), None);
    }

    #[test]
    fn near_words() {
        assert_eq!(nearest("tiemout", ["timeout", "idle"]), Some("timeout"));
        assert_eq!(nearest("on_exceeded", ["onExceeded", "wall"]), Some("onExceeded"));
        assert_eq!(nearest("colour", ["timeout", "idle"]), None);
        assert_eq!(duration_fault("30 min"), Some(Some("30m".to_owned())));
        assert_eq!(duration_fault("soon"), Some(None));
        assert_eq!(duration_fault("90s"), None);
    }
}
