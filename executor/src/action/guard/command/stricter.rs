//! Lines of a check that are written otherwise and prove as much: more options that only make it fail, more that is told, or brackets
//! around it. Pure.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

/// Runners that tell more by `-v`; where it ends, options may follow.
static RUNNER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\t?@?(?:python3? -m (?:unittest|pytest)|pytest|go test|cargo test)(?: discover)?(?: |$)";
    Regex::new(pattern).expect("a constant pattern")
});

/// What a shell does itself, and brackets would take back.
static OWN: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:cd|pushd|popd|exit|return|export|set|shopt|source|eval|exec|read|unset|shift|trap|wait|alias|local|declare|readonly|ulimit|umask|break|continue|if|for|while|until|case|function|then|else|do|done|fi|esac)\b|^[.:!\[{]|[;&|=(){}<>`#\\]";
    Regex::new(pattern).expect("a constant pattern")
});

/// Does `new` prove as much as `old` did? `stops`: what runs it goes no further after a fault.
pub(super) fn proves_as_much(old: &str, new: &str, stops: bool) -> bool {
    sets_more(old, new) || tells_more(old, new) || stops && is_bracketed(old, new)
}

/// `set -e` and `set -euo pipefail`
fn sets_more(old: &str, new: &str) -> bool {
    match (options(old), options(new)) {
        (Some(old), Some(new)) => old.is_subset(&new),
        (..) => false,
    }
}

/// Options of a shell that only make it fail, or tell more; `None`: others, or none.
fn options(line: &str) -> Option<BTreeSet<&str>> {
    const NAMES: [(&str, &str); 4] = [("errexit", "e"), ("nounset", "u"), ("xtrace", "x"), ("pipefail", "pipefail")];
    let mut found = BTreeSet::new();
    let mut words = line.strip_prefix("set ")?.split_whitespace();
    while let Some(word) = words.next() {
        let letters = word.strip_prefix('-').filter(|letters| !letters.is_empty())?;
        for (at, letter) in letters.char_indices() {
            match letter {
                'e' | 'u' | 'x' | 'E' => found.insert(&letters[at..=at]),
                'o' if at + 1 == letters.len() => {
                    let name = words.next()?;
                    found.insert(NAMES.iter().find(|(long, _)| *long == name)?.1)
                }
                _ => return None,
            };
        }
    }
    Some(found)
}

/// The same run of tests, that tells more of each: behind the runner, or at the end where nothing waits for a value.
fn tells_more(old: &str, new: &str) -> bool {
    const SAYS: [&str; 2] = ["-v", "--verbose"];
    let plain = |line: &str| !line.contains(['|', ';', '&', '`', '$', '#', '\\', '<', '>']);
    let Some(runner) = RUNNER.find(old).filter(|_| plain(old) && plain(new)) else { return false };
    let rest = old[runner.end()..].trim();
    let Some(behind) = new.strip_prefix(old[..runner.end()].trim_end()) else { return false };
    let behind = behind.trim();
    let waits = old.split_whitespace().last().is_some_and(|last| last.starts_with('-'));
    let own = rest.split_whitespace().any(|word| word == "--");
    SAYS.iter().any(|says| {
        let first =
            behind.strip_prefix(says).is_some_and(|after| after.trim_start() == rest && !after.starts_with('-'));
        let last = behind.strip_suffix(says).is_some_and(|before| before.ends_with(' ') && before.trim_end() == rest);
        first && (rest.is_empty() || behind != format!("{says}{rest}")) || last && !waits && !own
    })
}

/// `x` and `(x)`
fn is_bracketed(old: &str, new: &str) -> bool {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let inside = new.trim().strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).map(str::trim);
    indent(old) == indent(new) && inside == Some(old.trim()) && !OWN.is_match(old.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_prove_as_much() {
        for (old, new) in [
            ("set -e", "set -eu"),
            ("set -e", "set -euo pipefail"),
            ("set -eu", "set -eux"),
            ("set -o errexit", "set -e -o pipefail"),
            ("python3 -m unittest discover -s tests -t .", "python3 -m unittest discover -s tests -t . -v"),
            ("python3 -m unittest", "python3 -m unittest -v"),
            ("\tgo test ./...", "\tgo test -v ./..."),
            ("pytest tests", "pytest --verbose tests"),
            ("python3 -m unittest", "(python3 -m unittest)"),
            ("npm test", "( npm test )"),
        ] {
            assert!(proves_as_much(old, new, true), "{old:?} {new:?}");
        }
    }

    #[test]
    fn lines_that_may_prove_less() {
        for (old, new) in [
            ("set -eu", "set -u"),
            ("set -e", "set +e"),
            ("set -e", "set -en"),
            ("set -e", "set -e -o noexec"),
            ("set -e", "set -e; exit 0"),
            ("set -e", "set -u"),
            ("node --test a.js", "node --test a.js -v"),
            ("node --test", "node -v --test"),
            ("grep x y", "grep -v x y"),
            ("cmp a b", "cmp -v a b"),
            ("make test", "make -v test"),
            ("pytest tests", "pytest -v"),
            ("pytest tests", "pytest -v tests/a"),
            ("pytest tests -k", "pytest tests -k -v"),
            ("pytest tests", "pytest tests -vk none"),
            ("pytest tests", "pytest tests --version"),
            ("cargo test -- a", "cargo test -- a -v"),
            ("pytest tests", "pytest -v tests || true"),
            ("x", "(x) || true"),
            ("x", "(x) &"),
            ("exit 1", "(exit 1)"),
            ("status=1", "(status=1)"),
            ("cd web", "(cd web)"),
            (". ./x.sh", "(. ./x.sh)"),
            ("a && b", "(a && b)"),
            ("x", "$(x)"),
            ("x", "(y)"),
        ] {
            assert!(!proves_as_much(old, new, true), "{old:?} {new:?}");
        }
        assert!(!proves_as_much("x", "(x)", false), "where a fault is overlooked the brackets hold it back");
    }
}
