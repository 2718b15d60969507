//! Commands that a result names, held against those that ran. Pure.

use crate::decide::port::Ran;

/// The last run of `claimed` among `ran`.
///
/// Agents wrap what they run (`cd x && …`, `sh -lc '…'`, `… | tail`) and comment on what they name (`… (all passed)`): a run
/// counts if its text holds what is claimed, word for word, or if the claim begins with its text.
pub(super) fn last_run<'r>(claimed: &str, ran: &'r [Ran]) -> Option<&'r Ran> {
    let claimed = words(claimed);
    if claimed.is_empty() {
        return None;
    }
    ran.iter().rev().find(|ran| {
        let ran = words(&ran.command);
        holds(&ran, &claimed) || !ran.is_empty() && claimed.starts_with(&format!("{ran} ("))
    })
}

/// The text with single spaces, without the marks of a quotation or a prompt.
fn words(text: &str) -> String {
    let bare = text.trim().trim_matches('`').trim();
    let bare = bare.strip_prefix("$ ").unwrap_or(bare);
    bare.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Does `text` hold `part`, and not only the middle of a word of it?
fn holds(text: &str, part: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')));
    text.match_indices(part)
        .any(|(at, _)| is_edge(text[..at].chars().next_back()) && is_edge(text[at + part.len()..].chars().next()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_by_what_they_hold() {
        let ran = |command: &str| Ran { command: command.to_owned(), failed: None, code: None };
        let all = [ran("cd app && npm test 2>&1 | tail -5"), ran("/bin/bash -lc 'cargo  test -p x'"), ran("make")];
        for (claimed, found) in [
            ("npm test", Some(0)),
            ("`npm  test`", Some(0)),
            ("cargo test -p x", Some(1)),
            ("cargo test", Some(1)),
            ("$ make", Some(2)),
            ("make (no warnings)", Some(2)),
            ("make check", None),
            ("npm tes", None),
            ("go test", None),
            ("  ", None),
        ] {
            assert_eq!(last_run(claimed, &all), found.map(|at: usize| &all[at]), "{claimed}");
        }
    }
}
