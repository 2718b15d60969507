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

/// A name that a line gives to something.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:(?:const|let|var|my)\s+)?\$?(\w+)\s*=[^=]|^for\s*\(?\s*(?:const\s+|let\s+)?(\w+)\s+(?:in|of)\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// The line that is new and writes to tests: it names them and writes, or gives them a name that another writes to.
fn line(old: &str, new: &str, base: &Tree<'_>, place: &str) -> Option<String> {
    let writes_to = |name: &str| {
        let is_it = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name);
        new.lines().any(|line| WRITES.is_match(line) && is_it(line))
    };
    let mut fresh = new.lines().map(str::trim).filter(|line| !old.lines().any(|other| other.trim() == *line));
    let found = fresh.find(|line| {
        let name = || NAMED.captures(line).and_then(|found| found.iter().skip(1).flatten().next());
        let words = line.split(|c: char| c.is_whitespace() || "\"'`(),;|&>=[]{}".contains(c));
        let mut paths = words.filter(|word| word.len() > 1).map(|word| joined(place, word));
        paths.any(|path| proved_by(base, &path))
            && (WRITES.is_match(line) || name().is_some_and(|name| writes_to(name.as_str())))
    });
    found.map(|line| line.chars().take(120).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_writes_to_tests_is_found_and_who_names_them_is_not() {
        let base = Tree::of(&[("tests/test_a.py", "def test_a():\n    assert x\n")]);
        let rows = [
            ("open('tests/test_a.py', 'w').write('')\n", true),
            ("p = 'tests/test_a.py'\nopen(p, 'w').write('')\n", true),
            ("for p in ['tests/test_a.py']:\n    os.remove(p)\n", true),
            ("subprocess.run(['git', 'checkout', 'tests/test_a.py'])\n", true),
            ("const p = 'tests/test_a.py';\nfs.writeFileSync(p, '');\n", true),
            ("run(['tests/test_a.py'])\nopen('report.json', 'w').write(x)\n", false),
            ("FILES = ['tests/test_a.py']\nout = open('out/a.txt', 'w')\n", false),
            ("open('tests/test_a.py').read()\n", false),
        ];
        for (text, expected) in rows {
            let now = Tree::of(&[("prep.py", text)]);
            assert_eq!(rewrites("python3 prep.py", "", &base, &now).is_some(), expected, "{text}");
        }
    }
}
