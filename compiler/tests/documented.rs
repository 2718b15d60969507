//! `docs/diagnostics.md` lists exactly the codes that the compiler can give.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn files(folder: &Path, extension: &str, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            files(&path, extension, found);
        } else if path.extension().is_some_and(|e| e == extension) {
            found.push(path);
        }
    }
}

fn texts(folder: &str, extension: &str) -> String {
    let mut paths = Vec::new();
    files(&root().join(folder), extension, &mut paths);
    paths.iter().map(|path| std::fs::read_to_string(path).expect("UTF-8")).collect()
}

/// The texts that stand between `open` and `close`.
fn between<'t>(text: &'t str, open: &str, close: char) -> BTreeSet<&'t str> {
    text.split(open).skip(1).filter_map(|rest| rest.split_once(close).map(|(code, _)| code)).collect()
}

#[test]
fn every_code_is_documented_and_every_documented_code_exists() {
    let docs = std::fs::read_to_string(root().join("../docs/diagnostics.md")).expect("the page is there");
    let documented = between(&docs, "\n| `", '`');
    let sources = texts("src", "rs");
    let unknown: Vec<_> = documented.iter().filter(|code| !sources.contains(&format!("\"{code}\""))).collect();
    assert!(unknown.is_empty(), "documented, but not in the sources: {unknown:?}");

    let plain: String = sources.split_whitespace().collect();
    let mut given = between(&plain, "Diagnostic::error(\"", '"');
    given.extend(between(&plain, "Diagnostic::warning(\"", '"'));
    let fixtures = texts("tests", "stderr");
    let shown = format!("\n{fixtures}");
    given.extend(between(&shown, "\nerror[", ']'));
    given.extend(between(&shown, "\nwarning[", ']'));
    let missing: Vec<_> = given.difference(&documented).collect();
    assert!(missing.is_empty(), "not in docs/diagnostics.md: {missing:?}");
}
