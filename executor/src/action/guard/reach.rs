//! Where nothing collects tests: a file that is compiled by nobody, or whose name or folder the runner passes over. Asked
//! of files that are new, so that a test that moves there is told of as gone. Pure.

use regex::Regex;

use super::Check;
use super::language::Path;
use super::recipe::folder;
use super::tree::Tree;

/// Why the tests of `path`, which is new, are not run.
pub(super) fn unreached(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Option<String> {
    let parts = Path::new(path);
    match parts.extension {
        "rs" => rust(now, path, &parts),
        "py" => python(base, now, &parts, checks),
        "go" => go(base, now, path, &parts),
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" => javascript(base, &parts),
        _ => None,
    }
}

/// A file below `tests/` is compiled where it stands at the top, or something names it.
fn rust(now: &Tree<'_>, path: &str, parts: &Path<'_>) -> Option<String> {
    let at = parts.folders.iter().rposition(|folder| *folder == "tests")?;
    let deep = parts.folders.len() - at - 1;
    if deep == 0 || deep == 1 && parts.stem == "main" {
        return None;
    }
    let name = if parts.stem == "mod" { parts.folders.last().copied().unwrap_or_default() } else { parts.stem };
    let brings = Regex::new(&format!(r"\bmod\s+(?:r#)?{0}\b|\b{0}\.rs\b|/{0}\b", regex::escape(name))).ok()?;
    let near = |other: &str| other != path && (other.ends_with(".rs") || other.ends_with("Cargo.toml"));
    let named = now
        .paths()
        .filter(|other| near(other))
        .any(|other| now.text(other).readable().is_some_and(|text| brings.is_match(text)));
    (!named)
        .then(|| "nothing compiles it: Cargo takes the files in `tests/`, and what they bring in with `mod`".to_owned())
}

fn python(base: &Tree<'_>, now: &Tree<'_>, parts: &Path<'_>, checks: &[Check]) -> Option<String> {
    let by = |word: &str| checks.iter().any(|check| check.run.contains(word));
    if by("pytest") {
        return (!parts.stem.starts_with("test_") && !parts.stem.ends_with("_test"))
            .then(|| "pytest collects `test_*.py` and `*_test.py`".to_owned());
    }
    if !by("unittest") || by(" -p") || by("--pattern") {
        return None;
    }
    if !parts.stem.starts_with("test") {
        return Some("unittest collects `test*.py`".to_owned());
    }
    let own = parts.folders.join("/");
    let before = base.paths().any(|path| path.ends_with(".py") && folder(path) == own);
    let is_package = own.is_empty() || now.has(&format!("{own}/__init__.py"));
    (!before && !is_package).then(|| "unittest does not look into a folder without `__init__.py`".to_owned())
}

/// Systems and machines that the name of a file of Go may end with, but for those of the checks.
const ELSEWHERE: [&str; 31] = [
    "aix",
    "android",
    "darwin",
    "dragonfly",
    "freebsd",
    "hurd",
    "illumos",
    "ios",
    "js",
    "nacl",
    "netbsd",
    "openbsd",
    "plan9",
    "solaris",
    "wasip1",
    "windows",
    "zos",
    "386",
    "arm",
    "loong64",
    "mips",
    "mips64",
    "mips64le",
    "mipsle",
    "ppc64",
    "ppc64le",
    "riscv64",
    "s390x",
    "sparc64",
    "wasm",
    "riscv",
];

fn go(base: &Tree<'_>, now: &Tree<'_>, path: &str, parts: &Path<'_>) -> Option<String> {
    let stem = parts.stem.trim_end_matches("_test");
    let elsewhere = |part: &&str| ELSEWHERE.contains(part);
    if let Some(part) = stem.split('_').skip(1).collect::<Vec<_>>().into_iter().rev().take(2).find(elsewhere) {
        return Some(format!("Go compiles a file of this name only for `{part}`"));
    }
    if parts.folders.iter().any(|folder| folder.starts_with(['_', '.'])) {
        return Some("Go passes over folders that begin with `_` or `.`".to_owned());
    }
    let mut above = folder(path);
    while !above.is_empty() {
        let module = format!("{above}/go.mod");
        if now.has(&module) && !base.has(&module) && base.has("go.mod") {
            return Some(format!("`{module}` makes it another module"));
        }
        above = folder(above);
    }
    None
}

fn javascript(base: &Tree<'_>, parts: &Path<'_>) -> Option<String> {
    let named = parts.stem.ends_with(".test") || parts.stem.ends_with(".spec") || parts.folders.contains(&"__tests__");
    let text = base.text("package.json");
    let by_name =
        text.readable().is_some_and(|text| ["\"jest\"", "\"vitest\""].iter().any(|runner| text.contains(runner)));
    let own = base.paths().filter(|path| path.contains(".test.") || path.contains(".spec.")).count() > 0;
    (by_name && own && !named).then(|| "jest and vitest collect `*.test.*` and `*.spec.*`".to_owned())
}
