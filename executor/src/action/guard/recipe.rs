//! A target of a Makefile or a recipe of a justfile, with everything that it needs. Pure.

use std::collections::{BTreeMap, BTreeSet};

/// In the order in which GNU make looks.
pub(super) const MAKEFILES: [&str; 3] = ["GNUmakefile", "makefile", "Makefile"];
pub(super) const JUSTFILES: [&str; 3] = ["justfile", "Justfile", ".justfile"];

/// Variables of make that change how every recipe is run.
const RULING: [&str; 6] = ["SHELL", ".SHELLFLAGS", "MAKEFLAGS", ".IGNORE", ".ONESHELL", "PATH"];

#[derive(Default)]
struct Rules {
    first: Option<String>,
    /// Target → its lines: what it needs, and its recipe.
    rules: BTreeMap<String, Vec<String>>,
    needs: BTreeMap<String, Vec<String>>,
    variables: BTreeMap<String, Vec<String>>,
    includes: Vec<String>,
}

/// What `target` (empty: the first) of a Makefile does, in lines.
pub(super) fn make(text: &str, target: &str) -> Option<String> {
    let rules = read(text, true);
    let mut said = told(&rules, target)?;
    for name in RULING {
        said.extend(rules.variables.get(name).into_iter().flatten().cloned());
        said.extend(rules.rules.get(name).into_iter().flatten().cloned());
    }
    said.extend(rules.includes);
    Some(said.join("\n"))
}

/// What `recipe` (empty: the first) of a justfile does, in lines.
pub(super) fn just(text: &str, recipe: &str) -> Option<String> {
    let rules = read(text, false);
    let mut said = told(&rules, recipe)?;
    said.extend(rules.includes);
    Some(said.join("\n"))
}

/// The lines of a target, of everything that it needs, and of the variables in them.
fn told(rules: &Rules, target: &str) -> Option<Vec<String>> {
    let target = if target.is_empty() { rules.first.clone()? } else { target.to_owned() };
    rules.rules.get(&target)?;
    let mut said = Vec::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![target];
    while let Some(target) = open.pop() {
        if !seen.insert(target.clone()) {
            continue;
        }
        said.extend(rules.rules.get(&target).into_iter().flatten().cloned());
        open.extend(rules.needs.get(&target).into_iter().flatten().rev().cloned());
    }
    let mut at = 0;
    let mut named = BTreeSet::new();
    while at < said.len() {
        for name in variables(&said[at]) {
            if named.insert(name.clone()) {
                said.extend(rules.variables.get(&name).into_iter().flatten().cloned());
            }
        }
        at += 1;
    }
    Some(said)
}

/// Names in `$(…)`, `${…}` and `{{…}}`.
fn variables(line: &str) -> Vec<String> {
    let mut names = Vec::new();
    for (open, close) in [("$(", ')'), ("${", '}'), ("{{", '}')] {
        for (at, _) in line.match_indices(open) {
            let inside = &line[at + open.len()..];
            let end = inside.find(close).unwrap_or(inside.len());
            names
                .extend(inside[..end].split(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').map(str::to_owned));
        }
    }
    names.retain(|name| !name.is_empty());
    names
}

fn read(text: &str, make: bool) -> Rules {
    let mut rules = Rules::default();
    let mut current: Vec<String> = Vec::new();
    for line in text.replace("\\\n", " ").lines() {
        let indented = line.starts_with('\t') || !make && line.starts_with(' ');
        if indented {
            for target in &current {
                rules.rules.entry(target.clone()).or_default().push(line.trim_end().to_owned());
            }
            continue;
        }
        let bare = line.trim();
        if bare.is_empty() || bare.starts_with('#') {
            continue;
        }
        current = Vec::new();
        if ["include ", "-include ", "sinclude ", "import ", "set "].iter().any(|word| bare.starts_with(word)) {
            rules.includes.push(bare.to_owned());
        } else if let Some(name) = assigned(bare) {
            rules.variables.entry(name).or_default().push(bare.to_owned());
        } else if let Some((targets, needs)) = bare.split_once(':') {
            current = rule(&mut rules, bare, targets, needs.trim_start_matches(':'), make);
        }
    }
    rules
}

/// Notes a rule, and returns its targets.
fn rule(rules: &mut Rules, line: &str, targets: &str, needs: &str, make: bool) -> Vec<String> {
    let targets: Vec<String> = if make {
        targets.split_whitespace().map(str::to_owned).collect()
    } else {
        // The parameters of a recipe follow its name.
        targets.split_whitespace().take(1).map(|name| name.trim_start_matches('@').to_owned()).collect()
    };
    let (needs, inline) = needs.split_once(';').unwrap_or((needs, ""));
    for target in &targets {
        if !target.starts_with('.') {
            rules.first.get_or_insert_with(|| target.clone());
        }
        let says = rules.rules.entry(target.clone()).or_default();
        if !inline.is_empty() {
            says.push(inline.trim().to_owned());
        }
        if target.starts_with('.') {
            says.push(line.to_owned());
        }
        for need in needs.split_whitespace().filter(|need| *need != "|" && *need != "&&") {
            says.push(format!("needs {need}"));
            rules.needs.entry(target.clone()).or_default().push(need.trim_matches(['(', ')']).to_owned());
        }
    }
    targets
}

/// The variable that `line` sets.
fn assigned(line: &str) -> Option<String> {
    let at = line.find('=')?;
    let before = line[..at].trim_end_matches([':', '?', '+', '!']).trim();
    let name = before.strip_prefix("export ").or_else(|| before.strip_prefix("override ")).unwrap_or(before);
    let plain = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    plain.then(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_comes_with_what_it_needs() {
        let text = "X := 1\nall: test\n\n# c\ntest: build lib ; echo $(X)\n\trun $(Y)\nY = 2\nbuild:\n\tcc\nlib:\n\tar\nother:\n\tno\n";
        let said = make(text, "test").expect("a target");
        assert_eq!(said, "echo $(X)\nneeds build\nneeds lib\n\trun $(Y)\n\tcc\n\tar\nX := 1\nY = 2");
        assert_eq!(make(text, "").map(|all| all.contains("cc")), Some(true), "the first target");
        assert_eq!(make(text, "none"), None);
    }

    #[test]
    fn a_recipe_has_parameters_and_settings() {
        let text =
            "set shell := ['sh']\nv := 'x'\n@test *args: build\n  cargo test {{args}} {{v}}\nbuild:\n  cargo build\n";
        let said = just(text, "test").expect("a recipe");
        assert_eq!(said, "needs build\n  cargo test {{args}} {{v}}\n  cargo build\nv := 'x'\nset shell := ['sh']");
    }
}
