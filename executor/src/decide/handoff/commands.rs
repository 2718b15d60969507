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

/// Does `text` hold `part` where a command can begin, and not only the middle of a word of it?
fn holds(text: &str, part: &str) -> bool {
    let is_edge = |c: Option<char>| c.is_none_or(|c| !(c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '/')));
    text.match_indices(part).any(|(at, _)| begins(&text[..at]) && is_edge(text[at + part.len()..].chars().next()))
}

/// Words that run the command behind them.
const WRAPPERS: [&str; 9] = ["time", "env", "exec", "nice", "sudo", "command", "then", "do", "eval"];

/// Can a command begin behind `before`? Behind `echo` none does.
fn begins(before: &str) -> bool {
    let before = before.trim_end();
    if before.is_empty() || before.ends_with([';', '&', '|', '(', '{', '!']) {
        return true;
    }
    if let Some(shell) = before.strip_suffix(['\'', '"']) {
        let last = shell.split_whitespace().next_back().unwrap_or_default();
        return last.starts_with('-') && last.ends_with('c');
    }
    let mut back = before.split_whitespace().rev();
    let last = back.next().unwrap_or_default();
    let is_time = last.starts_with(|c: char| c.is_ascii_digit()) && back.next() == Some("timeout");
    let is_setting = last.split_once('=').is_some_and(|(name, _)| !name.is_empty() && !name.starts_with('-'));
    WRAPPERS.contains(&last) || is_time || is_setting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_are_found_by_what_they_hold() {
        let ran = |command: &str| Ran { command: command.to_owned(), failed: None, code: None };
        let all = [
            ran("cd app && npm test 2>&1 | tail -5"),
            ran("/bin/bash -lc 'cargo  test -p x'"),
            ran("make"),
            ran("CI=1 timeout 60 pytest -q"),
            ran("echo go vet; printf 'rake'"),
        ];
        for (claimed, found) in [
            ("npm test", Some(0)),
            ("`npm  test`", Some(0)),
            ("cargo test -p x", Some(1)),
            ("cargo test", Some(1)),
            ("$ make", Some(2)),
            ("make (no warnings)", Some(2)),
            ("make check", None),
            ("npm tes", None),
            ("pytest", Some(3)),
            ("go vet", None),
            ("rake", None),
            ("go test", None),
            ("  ", None),
        ] {
            assert_eq!(last_run(claimed, &all), found.map(|at: usize| &all[at]), "{claimed}");
        }
    }
}
