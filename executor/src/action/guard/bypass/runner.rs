//! Files that stand in for what runs the tests.

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::tree::Tree;
use super::{parted, text};

/// Modules of Python that run tests, or that Python runs before anything else.
const RUNNERS: [&str; 9] =
    ["unittest", "pytest", "_pytest", "nose", "nose2", "doctest", "pluggy", "sitecustomize", "usercustomize"];

/// Modules that these bring in: one of that name at the top is found first.
const BROUGHT_IN: [&str; 14] = [
    "argparse",
    "traceback",
    "difflib",
    "fnmatch",
    "signal",
    "inspect",
    "functools",
    "contextlib",
    "warnings",
    "importlib",
    "os",
    "re",
    "io",
    "linecache",
];

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    if base.has(path) || !now.has(path) {
        return init_gone(base, now, path).into_iter().collect();
    }
    let what = python(now, path).or_else(|| node(base, path));
    what.map(|what| Finding::new(Kind::RunnerReplaced, path, None, what)).into_iter().collect()
}

fn python(now: &Tree<'_>, path: &str) -> Option<String> {
    let (folder, name) = parted(path);
    let (above, module) = match name.strip_suffix(".py")? {
        "__init__" => parted(folder.trim_end_matches('/')),
        module => (folder, module),
    };
    // In a package it has a longer name.
    if now.has(&format!("{above}__init__.py")) || module.is_empty() {
        return None;
    }
    let runs = RUNNERS.contains(&module);
    let found_first = above.is_empty() && BROUGHT_IN.contains(&module);
    (runs || found_first).then(|| format!("Python finds it instead of its own `{module}`"))
}

/// Programs that nobody installed.
fn node(base: &Tree<'_>, path: &str) -> Option<String> {
    let inside =
        path.strip_prefix("node_modules/").or_else(|| path.split_once("/node_modules/").map(|(_, rest)| rest))?;
    let vendored = base.paths().any(|path| path.starts_with("node_modules/") || path.contains("/node_modules/"));
    let fixture = language::Path::new(path).in_tests();
    (!vendored && !fixture).then(|| format!("`{inside}` is found before what the package manager installs"))
}

/// `unittest discover` goes into packages only.
fn init_gone(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<Finding> {
    let (folder, name) = parted(path);
    let gone = name == "__init__.py" && base.has(path) && !now.has(path);
    let below = |path: &&str| path.starts_with(folder) && language::of(path).is_some() && path.ends_with(".py");
    let tests = now.paths().filter(below).any(|path| text(now, path).contains("unittest"));
    let what = "without it `unittest` does not find the tests in this folder";
    (gone && tests && !folder.is_empty()).then(|| Finding::new(Kind::RunnerReplaced, path, None, what))
}
