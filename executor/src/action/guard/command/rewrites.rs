//! Programs that a check brings along, and that write to the tests before or after they are run. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::super::language;
use super::super::recipe::joined;
use super::super::tree::Tree;
use super::grew::proved_by;

/// What a program writes to files with, or takes them away.
static WRITES: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"\bopen\s*\([^)\n]*,\s*(?:mode\s*=\s*)?['"][rb]*[wax+]|\bwrite_(?:text|bytes)\b|\bwriteFile(?:Sync)?\b|\brmtree\b|\bshutil\.(?:copy|move)\w*|\bos\.(?:remove|unlink|rename|replace|truncate)\b|\bunlink(?:Sync)?\b|\b(?:rm|rename|copyFile|cp|truncate)Sync\b|\bFile\.(?:write|delete|rename)\b|\bFileUtils\b|\bgit\b\W+(?:checkout|restore|stash|rm|mv|reset|apply)\b"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// Endings of programs that are run as they are.
const PROGRAMS: [&str; 9] = ["py", "js", "mjs", "cjs", "ts", "mts", "rb", "pl", "php"];

/// The first program that `command` names, begun in `place`, that is another than it was and has a line by which it
/// writes to tests: its path, and the line.
pub(super) fn rewrites(command: &str, place: &str, base: &Tree<'_>, now: &Tree<'_>) -> Option<(String, String)> {
    let words = command.split(|c: char| c.is_whitespace() || "\"'`(),;|&>=".contains(c));
    let paths = words.filter(|word| !word.is_empty()).map(|word| joined(place, word));
    let mut programs = paths.filter(|path| {
        let parts = language::Path::new(path);
        PROGRAMS.contains(&parts.extension) && language::of(path).is_none() && base.content(path) != now.content(path)
    });
    programs.find_map(|path| {
        let (old, new) = (base.text(&path), now.text(&path));
        let line = line(old.readable().unwrap_or_default(), new.readable()?, base, place)?;
        Some((path, line))
    })
}

/// The line that is new and writes to tests: it names them and writes, or it names one and the file writes somewhere.
fn line(old: &str, new: &str, base: &Tree<'_>, place: &str) -> Option<String> {
    let writes = WRITES.is_match(new);
    let mut fresh = new.lines().map(str::trim).filter(|line| !old.lines().any(|other| other.trim() == *line));
    let found = fresh.find(|line| {
        let words = line.split(|c: char| c.is_whitespace() || "\"'`(),;|&>=[]{}".contains(c));
        let mut paths = words.filter(|word| word.len() > 1).map(|word| joined(place, word));
        let writes_here = WRITES.is_match(line);
        paths.any(|path| {
            let test = base.has(&path) && language::of(&path).is_some();
            test && writes || writes_here && proved_by(base, &path)
        })
    });
    found.map(|line| line.chars().take(120).collect())
}
