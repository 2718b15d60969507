//! What pages name must be there: tests in `docs/reliability.md`, files and headings behind links.

use crate::bench::repository;

fn page(name: &str) -> String {
    std::fs::read_to_string(repository().join(name)).unwrap()
}

/// Words in backticks.
fn ticked(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

#[test]
fn every_proof_of_the_promises_is_a_test() {
    let mut proofs = 0;
    for line in page("docs/reliability.md").lines() {
        let mut file = None;
        for word in ticked(line) {
            if word.ends_with(".rs") {
                file = Some(word);
            } else if let Some(path) = file.take() {
                let tests = page(path);
                let at = tests.find(&format!("fn {word}(")).unwrap_or_else(|| panic!("{path} has no {word}"));
                assert!(tests[..at].trim_end().rsplit("fn ").next().unwrap().contains("test]"), "{word} is no test");
                proofs += 1;
            }
        }
    }
    assert!(proofs >= 30, "only {proofs} proofs");
}

/// The anchor of a heading, as pages on the web make it.
fn anchor(heading: &str) -> String {
    let kept = heading.trim().to_lowercase();
    kept.chars()
        .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}

/// Every page of the repository.
fn pages() -> Vec<String> {
    let mut found = Vec::new();
    for folder in ["", "docs", "docs/cli", "examples"] {
        let inside = std::fs::read_dir(repository().join(folder)).unwrap().map(|entry| entry.unwrap().path());
        let pages = inside.flat_map(|path| [path.join("README.md"), path]).filter(|path| path.is_file());
        let pages = pages.filter(|path| path.extension().is_some_and(|e| e == "md"));
        found.extend(pages.map(|path| path.strip_prefix(repository()).unwrap().display().to_string()));
    }
    found.sort();
    found.dedup();
    found
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages();
    let mut links = 0;
    for name in &pages {
        let text = page(name);
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if target.starts_with("http") {
                continue;
            }
            let (file, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = repository().join(name).parent().unwrap().join(file);
            let path = if file.is_empty() { repository().join(name) } else { path };
            assert!(path.exists(), "{name}: {target} is not there");
            if !heading.is_empty() {
                let there = std::fs::read_to_string(&path).unwrap();
                let found = there
                    .lines()
                    .filter_map(|l| l.strip_prefix('#'))
                    .any(|l| anchor(l.trim_start_matches('#')) == heading);
                assert!(found, "{name}: {target} has no such heading");
            }
            links += 1;
        }
    }
    assert!(pages.len() >= 15 && links >= 40, "only {links} links");
}

#[test]
fn every_dependency_is_accounted_for() {
    let manifest = page("Cargo.toml");
    let table = manifest.split("[workspace.dependencies]").nth(1).unwrap().split("\n[").next().unwrap();
    let names =
        table.lines().filter(|l| !l.starts_with('#')).filter_map(|l| l.split_once('=')).map(|(name, _)| name.trim());
    let page = page("docs/dependencies.md");
    for name in names.filter(|name| !name.starts_with("mission-")) {
        assert!(ticked(&page).any(|word| word == name), "docs/dependencies.md does not say why `{name}` is here");
    }
}

#[test]
fn the_architecture_names_every_room() {
    let text = page("ARCHITECTURE.md");
    let map = text.split("## Map").nth(1).unwrap().split("\n## ").next().unwrap();
    for word in ticked(map).filter(|word| word.contains('/')) {
        let at = repository().join(word.trim_end_matches('/'));
        assert!(at.exists() || at.with_extension("rs").exists(), "ARCHITECTURE.md: `{word}` is not there");
    }
    for crate_ in ["compiler/src", "executor/src"] {
        for entry in std::fs::read_dir(repository().join(crate_)).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap();
            let named = ticked(map).any(|word| word == format!("{crate_}/{name}"));
            assert!(named || name == "lib", "ARCHITECTURE.md does not tell what `{crate_}/{name}` is");
        }
    }
}
