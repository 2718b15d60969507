//! The program is made anew where its tests are run, and nowhere else. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::called::{Side, calls, lines_of, runs};
use super::lines::Lines;
use super::way::blocks;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static GIVEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"^globals\(\)\[["'](\w+)["']\]\s*=|^(?:def\s+|function\s+)?(\w+)\s*(?:=[^=>]|\()|^global(?:This)?\.(\w+)\s*=[^=]"#,
    )
});
static TOP: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:(?:export\s+)?(?:let|var|const)\s+)?([A-Za-z_]\w*)\s*=[^=]"));
static MAKES: LazyLock<Regex> = LazyLock::new(|| pattern(r"^(?:def|function)\b|^[\w.()\[\]'\x22]+\s*=[^=>]"));
/// What only says how much is told.
static TELLS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?i)verbos|debug|quiet|log|trace|colou?r"));

/// What is given another value there: the line, and what is said of it.
pub(super) fn found(was: &Side<'_>, is: &Side<'_>) -> Vec<(usize, String)> {
    let mut sites: Vec<usize> = is.part.names.iter().flat_map(|name| lines_of(is, &calls(is, name))).collect();
    sites.extend(runs(is));
    sites.extend(&is.part.statements);
    let mut found: Vec<(usize, String)> = Vec::new();
    for site in sites {
        for block in blocks(&is.lines, site) {
            let head = &is.lines.code[block];
            let is_whole = head.contains("__name__") || head.contains("require.main");
            for at in block + 1..site {
                let (line, depth) = (is.lines.plain[at].trim(), is.lines.indent(at));
                let Some(name) =
                    given(line).filter(|_| depth > is.lines.indent(block) && depth <= is.lines.indent(site))
                else {
                    continue;
                };
                let is_its = was.part.program.contains(name) || !is_whole && is_used(&is.lines, name, block..site);
                if is_its && !was.text.contains(line) && !found.iter().any(|(other, _)| *other == at + 1) {
                    found.push((at + 1, format!("where its tests are run, `{name}` becomes something else: `{line}`")));
                }
            }
        }
    }
    found
}

/// The name that is given a value in this line.
fn given(line: &str) -> Option<&str> {
    let found = GIVEN.captures(line).filter(|_| MAKES.is_match(line))?;
    found.get(1).or_else(|| found.get(2)).or_else(|| found.get(3)).map(|name| name.as_str())
}

/// Is `name` given a value at the top, and do functions elsewhere speak of it?
fn is_used(lines: &Lines<'_>, name: &str, but: std::ops::Range<usize>) -> bool {
    let top = lines.code.iter().any(|line| TOP.captures(line).is_some_and(|found| &found[1] == name));
    let others = (0..lines.len()).filter(|at| !but.contains(at) && lines.indent(*at) > 0);
    top && !TELLS.is_match(name) && others.into_iter().any(|at| lines.words(&(at..at + 1)).contains(name))
}
