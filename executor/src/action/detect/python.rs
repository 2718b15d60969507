//! What the files of a Python project tell.

use std::fs;
use std::path::Path;

use super::{Findings, Found, first_of, read};

/// Files that show a Python project.
const SIGNS: [&str; 8] = [
    "pyproject.toml",
    "setup.py",
    "setup.cfg",
    "pytest.ini",
    "tox.ini",
    "conftest.py",
    "requirements.txt",
    "requirements-dev.txt",
];
/// Lock files and how a command is run in the environment that they describe.
const LOCKS: [(&str, &str); 4] =
    [("uv.lock", "uv run "), ("poetry.lock", "poetry run "), ("pdm.lock", "pdm run "), ("Pipfile.lock", "pipenv run ")];

pub(super) fn look(root: &Path, findings: &mut Findings) {
    let Some(sign) = first_of(root, &SIGNS) else { return };
    let locks: Vec<&str> = LOCKS.iter().map(|(lock, _)| *lock).collect();
    let lock = first_of(root, &locks);
    let prefix = LOCKS.iter().find(|(name, _)| Some(*name) == lock).map_or("", |(_, prefix)| prefix);
    let python = if prefix.is_empty() { "python3" } else { "python" };
    if let Some(source) = names_pytest(root) {
        findings.checks.push(Found::new("pytest", format!("{prefix}{python} -m pytest"), source));
    } else if let Some(folder) = test_folder(root) {
        let run = format!("{prefix}{python} -m unittest discover -s {folder} -t .");
        findings.checks.push(Found::new("unittest", run, sign));
    }
}

/// The first file that speaks of pytest.
fn names_pytest(root: &Path) -> Option<&'static str> {
    let certain = first_of(root, &["pytest.ini", "conftest.py"]);
    certain
        .or_else(|| SIGNS.into_iter().find(|name| read(root, name).is_some_and(|text| mentions(&text, "pytest"))))
        .or_else(|| root.join("tests/conftest.py").exists().then_some("tests/conftest.py"))
}

/// Does a line that is no comment hold `word` (as a requirement, a section, a command)?
fn mentions(text: &str, word: &str) -> bool {
    text.lines().map(|line| line.split('#').next().unwrap_or_default()).any(|line| line.contains(word))
}

/// A folder with files that `unittest` would find.
fn test_folder(root: &Path) -> Option<&'static str> {
    ["tests", "test", "."].into_iter().find(|folder| {
        let entries = fs::read_dir(root.join(folder)).into_iter().flatten();
        let mut names = entries.filter_map(|e| e.ok()?.file_name().into_string().ok());
        names.any(|name| name.starts_with("test") && name.ends_with(".py"))
    })
}
