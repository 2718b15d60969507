//! What only tools make and no person writes: caches, object files, reports. Tables; a file of which one cannot know is none of it.

use std::fs::Metadata;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Component, Path};

use super::file;

/// Folders in which everything is a cache, a report or the memory of a coding agent, but what is written in a language.
const CACHES: [&str; 33] = [
    ".claude",
    ".codex",
    ".gemini",
    ".cursor",
    ".opencode",
    ".goose",
    ".serena",
    "__pycache__",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".nyc_output",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".cache",
    ".parcel-cache",
    ".turbo",
    ".swc",
    ".sass-cache",
    ".gradle",
    ".kotlin",
    ".idea",
    ".vs",
    ".eggs",
    ".phpunit.cache",
    "coverage",
    "htmlcov",
    "lcov-report",
    "test-results",
    "playwright-report",
    "blob-report",
    "surefire-reports",
    "CMakeFiles",
];
/// Scripts that stand in every report of a coverage.
const IN_REPORTS: [&str; 5] =
    ["sorter.js", "prettify.js", "block-navigation.js", "coverage_html.js", "keybd_closed.js"];
/// Extensions of object files.
const OBJECTS: [&str; 10] = ["o", "obj", "lo", "gcda", "gcno", "profraw", "class", "rmeta", "rlib", "tsbuildinfo"];
/// Extensions of what programs leave behind.
const LEFT: [&str; 6] = ["log", "tmp", "swp", "swo", "pid", "lock"];
/// Files by their names.
const NAMES: [&str; 17] = [
    ".pnp.cjs",
    ".pnp.loader.mjs",
    ".pnp.data.json",
    ".coverage",
    ".DS_Store",
    "Thumbs.db",
    ".eslintcache",
    ".stylelintcache",
    ".rspec_status",
    ".phpunit.result.cache",
    "coverage.xml",
    "lcov.info",
    "junit.xml",
    "nosetests.xml",
    ".rustc_info.json",
    "CACHEDIR.TAG",
    ".node_repl_history",
];
/// What makes a folder `target` the one of a build.
const BUILDS: [&str; 3] = ["Cargo.toml", "pom.xml", "build.sbt"];
/// Folders that a build makes, and the lists in them of what an object was made of.
const OUTPUT: [&str; 4] = ["target", "build", "out", "obj"];
/// Extensions of what is written in a language that a program can run or load.
const LANGUAGES: [&str; 58] = [
    "py", "pyw", "pyx", "js", "jsx", "mjs", "cjs", "ts", "tsx", "mts", "cts", "vue", "svelte", "rb", "rake", "php",
    "pl", "pm", "lua", "sh", "bash", "zsh", "fish", "ps1", "bat", "cmd", "awk", "sed", "bats", "rs", "c", "h", "cc",
    "cpp", "cxx", "hpp", "hh", "s", "go", "java", "kt", "kts", "scala", "groovy", "clj", "cs", "fs", "swift", "m",
    "mm", "ex", "exs", "erl", "hs", "ml", "r", "jl", "dart",
];

/// Is it written in a language, by its extension?
pub(in super::super) fn is_source(path: &Path) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
    LANGUAGES.contains(&&*extension)
}

/// What a tool made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Made {
    /// Something that was compiled.
    Object,
    /// A cache, a report or a log. By what it is called it might be anything.
    Trace,
}

/// What no person writes of the file at `path` below `root`; `None`: it may be anything.
pub(super) fn by_a_tool(root: &Path, path: &Path, about: &Metadata) -> Option<Made> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let inside = |names: &[&str]| folders(path).any(|folder| names.contains(&folder));
    if extension == "pyc" && inside(&["__pycache__"]) {
        return (!is_pinned(root, path)).then_some(Made::Object);
    }
    if OBJECTS.contains(&&*extension) || extension == "d" && inside(&OUTPUT) {
        return Some(Made::Object);
    }
    if NAMES.contains(&&*name)
        || LEFT.contains(&&*extension)
        || name.starts_with(".coverage.")
        || name.starts_with(".aider")
    {
        return Some(Made::Trace);
    }
    if inside(&["coverage", "htmlcov"]) && IN_REPORTS.contains(&&*name) {
        return Some(Made::Trace);
    }
    let built = is_built(root, path);
    let is_other = is_source(path) || about.is_symlink() || is_script(root, path, about);
    let made = if built { Made::Object } else { Made::Trace };
    ((built || inside(&CACHES)) && !is_other).then_some(made)
}

/// Is it a folder into which a build script writes what it makes (`target/debug/build/NAME-HASH`)?
pub(super) fn by_a_build_script(path: &Path) -> bool {
    let names: Vec<&str> = path.components().filter_map(text).collect();
    let [.., "build", own] = names[..] else { return false };
    let hash = own.rsplit_once('-').map_or("", |(_, hash)| hash);
    names.contains(&"target") && hash.len() == 16 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Does it lie where a build puts what it makes?
fn is_built(root: &Path, path: &Path) -> bool {
    let target = path.ancestors().filter(|folder| folder.file_name().is_some_and(|name| name == "target")).last();
    let beside = target.and_then(Path::parent).map(|folder| root.join(folder));
    beside.is_some_and(|folder| BUILDS.iter().any(|name| folder.join(name).is_file()))
}

/// May it be run, and is it a text that says by what?
fn is_script(root: &Path, path: &Path, about: &Metadata) -> bool {
    if path.extension().is_some() && about.permissions().mode() & 0o111 == 0 {
        return false;
    }
    file::head(&root.join(path)) == Some(*b"#!")
}

/// Is it compiled Python that is loaded whatever became of its source (PEP 552)? No tool makes such a file unless it is told to.
fn is_pinned(root: &Path, path: &Path) -> bool {
    file::head::<8>(&root.join(path)).is_some_and(|head| head[4..] == [1, 0, 0, 0])
}

fn folders(path: &Path) -> impl Iterator<Item = &str> {
    path.parent().into_iter().flat_map(Path::components).filter_map(text)
}

fn text(part: Component<'_>) -> Option<&str> {
    part.as_os_str().to_str()
}
