//! Files that stand in for what runs the tests.

use super::super::Check;
use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::tree::Tree;
use super::{parted, text};

/// Modules of Python that run tests, or that Python runs before anything else.
const RUNNERS: [&str; 9] =
    ["unittest", "pytest", "_pytest", "nose", "nose2", "doctest", "pluggy", "sitecustomize", "usercustomize"];

/// Modules that these bring in: one of that name at the top is found first.
const BROUGHT_IN: [&str; 52] = [
    "argparse",
    "ast",
    "asyncio",
    "bisect",
    "bz2",
    "collections",
    "concurrent",
    "contextlib",
    "contextvars",
    "copy",
    "copyreg",
    "dataclasses",
    "difflib",
    "dis",
    "enum",
    "fnmatch",
    "functools",
    "gettext",
    "glob",
    "heapq",
    "importlib",
    "inspect",
    "io",
    "keyword",
    "linecache",
    "locale",
    "logging",
    "opcode",
    "operator",
    "os",
    "pathlib",
    "pprint",
    "random",
    "re",
    "reprlib",
    "runpy",
    "shutil",
    "signal",
    "socket",
    "string",
    "struct",
    "subprocess",
    "tempfile",
    "textwrap",
    "threading",
    "token",
    "tokenize",
    "traceback",
    "types",
    "typing",
    "warnings",
    "weakref",
];

/// Tools of Python that a check runs as `python3 -m …`.
const TOOLS: [&str; 16] = [
    "coverage",
    "mypy",
    "tox",
    "nox",
    "ruff",
    "flake8",
    "pylint",
    "black",
    "isort",
    "xmlrunner",
    "behave",
    "pyright",
    "trial",
    "green",
    "ward",
    "stestr",
];

/// Folders that a package manager fills.
const INSTALLED: [&str; 3] = ["node_modules/", "vendor/bin/", "vendor/phpunit/"];

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Vec<Finding> {
    if base.has(path) || !now.has(path) {
        return init_gone(base, now, path).into_iter().collect();
    }
    let what = python(now, path, checks).or_else(|| node(base, path));
    what.map(|what| Finding::new(Kind::RunnerReplaced, path, None, what)).into_iter().collect()
}

fn python(now: &Tree<'_>, path: &str, checks: &[Check]) -> Option<String> {
    let (folder, name) = parted(path);
    let (stem, ending) = name.split_once('.')?;
    // `unittest.cpython-311-x86_64-linux-gnu.so`, and what was compiled before.
    if !matches!(ending.rsplit('.').next(), Some("py" | "pyc" | "so" | "pyd")) {
        return None;
    }
    let (above, module) = match stem {
        "__init__" => parted(folder.trim_end_matches('/')),
        module => (folder, module),
    };
    // In a package it has a longer name.
    if now.has(&format!("{above}__init__.py")) || module.is_empty() {
        return None;
    }
    let runs = RUNNERS.contains(&module);
    let found_first = above.is_empty() && BROUGHT_IN.contains(&module);
    let is_run = above.is_empty() && TOOLS.contains(&module) && is_run(checks, module);
    (runs || found_first || is_run).then(|| format!("Python finds it instead of its own `{module}`"))
}

/// Is the module run as a program?
fn is_run(checks: &[Check], module: &str) -> bool {
    let named = |run: &str| {
        let words: Vec<&str> = run.split_whitespace().collect();
        words.windows(2).any(|pair| pair == ["-m", module])
    };
    checks.iter().any(|check| named(&check.run))
}

/// Programs that nobody installed.
fn node(base: &Tree<'_>, path: &str) -> Option<String> {
    let (place, inside) = INSTALLED.iter().find_map(|place| {
        let deeper = || path.split_once(&format!("/{place}")).map(|(_, rest)| rest);
        path.strip_prefix(place).or_else(deeper).map(|inside| (place, inside))
    })?;
    let vendored = base.paths().any(|path| path.starts_with(place) || path.contains(&format!("/{place}")));
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
