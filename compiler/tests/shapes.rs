//! Shapes of workflow files: every file of `accept/` parses, every file of `reject/` gives exactly the text beside it.
//!
//! `MISSION_BLESS=1 cargo test -p mission-compiler --test shapes` rewrites the texts.

use std::path::{Path, PathBuf};

use mission_compiler::diagnostic::render;
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};

fn fixtures(folder: &str) -> Vec<(String, PathBuf)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(folder);
    let files = std::fs::read_dir(&folder).expect("the fixture folder is there");
    let mut files: Vec<PathBuf> = files.map(|f| f.expect("a readable entry").path()).collect();
    files.retain(|f| f.extension().is_some_and(|e| e == "yaml"));
    files.sort();
    let stem = |f: &Path| f.file_stem().expect("a name").to_string_lossy().into_owned();
    files.into_iter().map(|f| (stem(&f), f)).collect()
}

fn read(name: &str, path: &Path) -> Source {
    Source::new(format!("{name}.yaml"), std::fs::read_to_string(path).expect("a fixture is UTF-8"))
}

#[test]
fn accepted_files_parse_without_a_word() {
    let fixtures = fixtures("accept");
    assert!(fixtures.len() >= 25, "only {} fixtures", fixtures.len());
    for (name, path) in fixtures {
        let source = read(&name, &path);
        let parsed = parse(&source);
        assert!(parsed.diagnostics.is_empty(), "{}", render(&Sources::new(source), &parsed.diagnostics, false));
        assert!(parsed.workflow.is_some(), "{name}");
    }
}

#[test]
fn rejected_files_say_why() {
    let fixtures = fixtures("reject");
    assert!(fixtures.len() >= 60, "only {} fixtures", fixtures.len());
    let bless = std::env::var_os("MISSION_BLESS").is_some();
    let mut faults = Vec::new();
    for (name, path) in fixtures {
        let source = read(&name, &path);
        let parsed = parse(&source);
        assert!(parsed.has_errors(), "{name} is accepted");
        let named = parsed.diagnostics.iter().any(|d| name.starts_with(d.code));
        let codes: Vec<&str> = parsed.diagnostics.iter().map(|d| d.code).collect();
        assert!(named, "{name} is named after none of its faults {codes:?}");
        let text = render(&Sources::new(source), &parsed.diagnostics, false);
        assert!(!text.contains(|c: char| c.is_control() && c != '\n'), "{name}: a control character came through");
        let expected = path.with_extension("stderr");
        if bless {
            std::fs::write(&expected, &text).expect("the fixture folder is writable");
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(&text) {
            faults.push(format!("--- {name}\n{text}"));
        }
    }
    assert!(faults.is_empty(), "these texts changed (MISSION_BLESS=1 rewrites them):\n{}", faults.join("\n"));
}
