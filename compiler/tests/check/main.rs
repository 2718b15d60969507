//! Meaning of workflow files: every file of `accept/` and every shipped template checks without a word, every file of
//! `reject/` gives exactly the text beside it.
//!
//! `MISSION_BLESS=1 cargo test -p mission-compiler --test check` rewrites the texts.

mod built;
mod enough;
mod hostile;
mod reference;
mod world;

use std::path::Path;

use mission_compiler::diagnostic::render;
use world::{Outcome, check_file, fixtures, root};

fn fault(outcome: &Outcome) -> Option<String> {
    let text = render(&outcome.sources, &outcome.diagnostics, false);
    let whole = outcome.diagnostics.is_empty() && outcome.workflow.is_some();
    (!whole).then(|| if text.is_empty() { "no workflow and no reason".to_owned() } else { text })
}

fn faultless(outcome: &Outcome) {
    assert_eq!(fault(outcome), None);
}

#[test]
fn accepted_files_check_without_a_word() {
    let fixtures = fixtures("accept");
    assert!(fixtures.len() >= 15, "only {} fixtures", fixtures.len());
    let faults: Vec<String> = fixtures.iter().map(|path| check_file(path)).filter_map(|o| fault(&o)).collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn shipped_templates_check_without_a_word() {
    faultless(&check_file(&root().join("../templates/mission.yaml")));
}

#[test]
fn shipped_examples_check_without_a_word() {
    for name in ["hello", "fan-out", "release-notes"] {
        faultless(&check_file(&root().join(format!("../examples/{name}/{name}.yaml"))));
    }
}

#[test]
fn rejected_files_say_why() {
    let bless = std::env::var_os("MISSION_BLESS").is_some();
    let mut faults = Vec::new();
    let fixtures = fixtures("reject");
    assert!(fixtures.len() >= 95, "only {} fixtures", fixtures.len());
    for path in fixtures {
        let outcome = check_file(&path);
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = render(&outcome.sources, &outcome.diagnostics, false);
        let codes: Vec<&str> = outcome.diagnostics.iter().map(|d| d.code).collect();
        assert!(
            codes.iter().any(|c| name.starts_with(c)),
            "{name} is named after none of its faults {codes:?}\n{text}"
        );
        let expected = path.with_extension("stderr");
        if bless {
            std::fs::write(&expected, &text).expect("the fixture folder is writable");
        } else if std::fs::read_to_string(&expected).ok().as_deref() != Some(&text) {
            faults.push(format!("--- {name}\n{text}"));
        }
    }
    assert!(faults.is_empty(), "these texts changed (MISSION_BLESS=1 rewrites them):\n{}", faults.join("\n"));
}

#[test]
fn every_rejected_file_has_a_text_and_the_other_way_round() {
    let folder = root().join("tests/check/reject");
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            continue;
        }
        let other = |e: &str| Path::new(&path).with_extension(e).is_file();
        assert!(other("yaml") && other("stderr"), "{} stands alone", path.display());
    }
}
