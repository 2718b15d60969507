//! What is installed: which packages there are, and who says so. A package that nothing names was not installed by anybody.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::file;

/// Largest list of what is installed that is read, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Folders of packages.
pub(in super::super) const PACKAGES: &str = "node_modules";
/// What Python's environments are called.
const ENVIRONMENTS: [&str; 3] = [".venv", "venv", "env"];
/// Other places in which something is installed.
const OTHERS: [&str; 11] = [
    "bower_components",
    "vendor",
    "Pods",
    "deps",
    ".tox",
    ".nox",
    ".bundle",
    ".direnv",
    ".devenv",
    ".hypothesis",
    ".yarn",
];
/// What package managers write beside the packages.
const MANAGERS: [&str; 15] = [
    ".bin",
    ".cache",
    ".pnpm",
    ".store",
    ".vite",
    ".vite-temp",
    ".vitest",
    ".prisma",
    ".mf",
    ".package-lock.json",
    ".yarn-integrity",
    ".yarn-state.yml",
    ".modules.yaml",
    ".pnpm-workspace-state.json",
    ".pnpm-workspace-state-v1.json",
];
/// What is in every environment.
const STANDARD: [&str; 15] = [
    "bin",
    "lib64",
    "include",
    "share",
    "etc",
    "man",
    "Scripts",
    "Include",
    "conda-meta",
    "ssl",
    "sbin",
    "var",
    "pyvenv.cfg",
    ".gitignore",
    ".lock",
];
/// Files beside what is installed in the other places.
const BESIDE: [&str; 3] = ["autoload.php", "modules.txt", "Manifest.lock"];
/// What is in `site-packages` and stands in no list.
const UNLISTED: [&str; 7] = [
    "__pycache__",
    "_virtualenv.py",
    "_virtualenv.pth",
    "easy-install.pth",
    "distutils-precedence.pth",
    "README.txt",
    "_distutils_hack",
];
/// Keys of `package.json` that name packages.
const NAMING: [&str; 5] =
    ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies", "peerDependenciesMeta"];
/// What package managers write of what they install.
pub(in super::super) const LOCKS: [&str; 6] =
    ["package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "bun.lockb"];

/// Is it installed, or kept from a repository on purpose?
pub(in super::super) fn is_installed(path: &Path) -> bool {
    has(path, &[PACKAGES]) || has(path, &ENVIRONMENTS) || has(path, &OTHERS) || is_own(path) || is_metadata(path)
}

/// Is it kept from a repository on purpose, as what is different on every machine?
pub(in super::super) fn is_own(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with(".env") || name.contains(".local")
}

/// Does Python write it about a package that is installed from where it lies?
pub(in super::super) fn is_metadata(path: &Path) -> bool {
    path.components().any(|part| part.as_os_str().to_string_lossy().ends_with(".egg-info"))
}

pub(in super::super) fn has(path: &Path, names: &[&str]) -> bool {
    path.components().any(|part| names.iter().any(|name| part.as_os_str() == *name))
}

/// The package in which `path` lies, if it lies in one.
pub(super) fn package(path: &Path) -> Option<PathBuf> {
    let parts: Vec<&OsStr> = path.iter().collect();
    let at = parts.iter().position(|part| *part == PACKAGES)?;
    let is_scope = parts.get(at + 1)?.to_string_lossy().starts_with('@');
    let end = at + 2 + usize::from(is_scope);
    (parts.len() >= end).then(|| parts[..end].iter().collect())
}

/// The name of the package at `path`, as others ask for it; `None` if it is none.
pub(in super::super) fn package_name(path: &Path) -> Option<String> {
    let text = path.display().to_string();
    let (_, name) = text.rsplit_once("node_modules/")?;
    Some(name.to_owned())
}

/// The names in a folder, sorted; none in what a link leads to.
pub(super) fn names(folder: &Path) -> Vec<OsString> {
    if !is_folder(folder) {
        return Vec::new();
    }
    let mut names: Vec<OsString> =
        fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect();
    names.sort_unstable();
    names
}

/// Is it a folder, and no link to one?
fn is_folder(path: &Path) -> bool {
    path.symlink_metadata().is_ok_and(|about| about.is_dir())
}

/// Where the packages of a scope lie. Behind a link that leads out of the project there may be anything: such a scope is a piece itself.
fn scope(packages: &Path, name: &str) -> Option<PathBuf> {
    let path = packages.join(name.starts_with('@').then_some(name)?);
    if is_folder(&path) {
        return Some(path);
    }
    let (project, real) = (packages.parent()?.canonicalize().ok()?, path.canonicalize().ok()?);
    (real.starts_with(project) && is_folder(&real)).then_some(real)
}

/// Is it the name of a package: `name` or `@scope/name`? Who makes a path of it stays where packages are.
pub(in super::super) fn is_name(name: &str) -> bool {
    let is_part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.contains(['/', '\\', '\0']);
    match name.strip_prefix('@') {
        Some(scoped) => scoped.split_once('/').is_some_and(|(scope, own)| is_part(scope) && is_part(own)),
        None => is_part(name),
    }
}

/// A folder in which something is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Packages,
    Environment,
    Other,
}

impl Place {
    /// What `folder` is.
    pub(super) fn of(folder: &Path) -> Option<Self> {
        let name = folder.file_name()?.to_str()?;
        if name == PACKAGES {
            return Some(Self::Packages);
        }
        if ENVIRONMENTS.contains(&name) {
            let is_one = ["pyvenv.cfg", "conda-meta", "bin/activate"].iter().any(|own| folder.join(own).exists());
            return is_one.then_some(Self::Environment);
        }
        OTHERS.contains(&name).then_some(Self::Other)
    }

    /// What counts in it, by paths inside: each is a piece itself, or there may be some in it.
    pub(super) fn pieces(self, folder: &Path) -> Vec<(PathBuf, bool)> {
        let plain = |name: &OsString| name.to_string_lossy().into_owned();
        let all = names(folder).into_iter();
        match self {
            Self::Packages => {
                let own = all.filter(|name| !MANAGERS.contains(&&*plain(name)));
                let scoped = |name: OsString| {
                    let (path, scope) = (PathBuf::from(&name), scope(folder, &plain(&name)));
                    let is_scope = scope.is_some();
                    let inner = scope.map_or_else(Vec::new, |scope| names(&scope));
                    let alone = (!is_scope).then(|| path.clone());
                    inner.into_iter().map(|name| path.join(name)).chain(alone).collect::<Vec<_>>()
                };
                own.flat_map(scoped).map(|path| (path, true)).collect()
            }
            Self::Environment => {
                let own = all.filter(|name| !STANDARD.contains(&&*plain(name)));
                own.flat_map(|name| match &*plain(&name) {
                    "lib" | "Lib" => libraries(folder, &name),
                    _ => vec![(PathBuf::from(name), false)],
                })
                .collect()
            }
            Self::Other => {
                let files = all.filter(|name| !BESIDE.contains(&&*plain(name)) && folder.join(name).is_file());
                files.map(|name| (PathBuf::from(name), false)).collect()
            }
        }
    }
}

/// What lies in `site-packages` of the folder `lib` of an environment.
fn libraries(environment: &Path, lib: &OsStr) -> Vec<(PathBuf, bool)> {
    let lib = PathBuf::from(lib);
    let versions = names(&environment.join(&lib)).into_iter().map(|name| lib.join(name));
    let versions = versions.filter(|path| is_folder(&environment.join(path)));
    let folders =
        versions.flat_map(|path| [path.join("site-packages"), path]).filter(|path| path.ends_with("site-packages"));
    folders
        .flat_map(|path| names(&environment.join(&path)).into_iter().map(move |name| (path.join(name), true)))
        .collect()
}

/// Does a list of what was installed there speak of what lies in `site-packages` at `path`?
pub(in super::super) fn is_listed(path: &Path) -> bool {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name().and_then(OsStr::to_str)) else { return false };
    let is_list = |name: &str| [".dist-info", ".egg-info", ".egg-link", ".egg"].iter().any(|end| name.ends_with(end));
    if UNLISTED.contains(&name) || is_list(name) || name.starts_with("__editable__") {
        return true;
    }
    let lists = names(folder).into_iter().filter(|name| name.to_str().is_some_and(is_list));
    let files = lists.flat_map(|list| ["RECORD", "top_level.txt"].map(|file| folder.join(&list).join(file)));
    files.filter_map(|path| file::text(&path, LARGEST)).any(|text| {
        let first = |line: &str| line.split([',', '/']).next().is_some_and(|first| first == name);
        text.lines().any(first)
    })
}

/// Names of packages that `package.json` with this text asks for, and its own.
pub(in super::super) fn named(text: &str) -> BTreeSet<String> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return BTreeSet::new() };
    let asked = NAMING.iter().filter_map(|key| value[*key].as_object()).flat_map(|all| all.keys().cloned());
    asked.chain(value["name"].as_str().map(str::to_owned)).filter(|name| is_name(name)).collect()
}

/// Names of packages that `package.json` with this text asks for by a path, and that path.
pub(in super::super) fn local(text: &str) -> Vec<(String, String)> {
    let Ok(value) = serde_json::from_str::<Value>(text) else { return Vec::new() };
    let asked = NAMING.iter().filter_map(|key| value[*key].as_object()).flatten();
    asked.filter_map(|(name, asked)| Some((name.clone(), path_in(asked.as_str()?)?.to_owned()))).collect()
}

/// The path that is asked for: `file:../a`, `link:a`, `./a`.
fn path_in(asked: &str) -> Option<&str> {
    let Some(path) = ["file:", "link:", "portal:"].iter().find_map(|kind| asked.strip_prefix(kind)) else {
        let path = asked.strip_prefix("workspace:").unwrap_or(asked);
        return path.starts_with(['.', '/']).then_some(path);
    };
    // `file://a` is what `file:a` is, and only `file:///a` an absolute path.
    Some(path.strip_prefix("//").filter(|rest| !rest.starts_with('/')).unwrap_or(path))
}

/// The folder beside packages in which a package manager keeps what is its own, and `path` lies.
pub(in super::super) fn hidden_in(path: &Path) -> Option<&str> {
    let (_, inside) = path.to_str()?.rsplit_once("node_modules/")?;
    let folder = inside.split('/').next().unwrap_or(inside);
    MANAGERS.contains(&folder).then_some(folder)
}

/// Does a lock file with this text speak of the package `name`?
pub(in super::super) fn locks(text: &str, name: &str) -> bool {
    let opens = |c: char| c.is_whitespace() || "\"'/,({".contains(c);
    let closes = |c: char| c.is_whitespace() || "\"'/,@:)".contains(c);
    text.match_indices(name).any(|(at, _)| {
        let before = text[..at].chars().next_back().is_none_or(opens);
        before && text[at + name.len()..].chars().next().is_none_or(closes)
    })
}

/// The packages that those of `named` need, as what is installed in `folder` says itself.
pub(in super::super) fn needed(folder: &Path, named: &BTreeSet<String>) -> BTreeSet<String> {
    let (mut all, mut open) = (named.clone(), named.iter().cloned().collect::<Vec<_>>());
    while let Some(name) = open.pop() {
        let Some(text) = file::text(&folder.join(&name).join("package.json"), LARGEST) else { continue };
        for other in self::named(&text) {
            if all.insert(other.clone()) {
                open.push(other);
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;
    use std::process::Command;

    use super::*;

    #[test]
    fn a_package_is_named_by_its_project_its_lock_or_another_package() {
        let project = r#"{"name": "app", "dependencies": {"a": "1"}, "devDependencies": {"@s/b": "2"}}"#;
        let names = named(project);
        assert_eq!(names.iter().map(String::as_str).collect::<Vec<_>>(), ["@s/b", "a", "app"]);
        let folder = tempfile::tempdir().expect("a folder");
        for (name, text) in
            [("a", r#"{"dependencies": {"c": "1"}}"#), ("c", r#"{"dependencies": {"a": "1", "d": "1"}}"#)]
        {
            fs::create_dir(folder.path().join(name)).expect("it is made");
            fs::write(folder.path().join(name).join("package.json"), text).expect("it is written");
        }
        let needed = needed(folder.path(), &names);
        assert!(["c", "d"].iter().all(|name| needed.contains(*name)) && !needed.contains("twice"), "{needed:?}");
        for (text, name) in [
            (r#"{"packages": {"node_modules/twice": {}}}"#, "twice"),
            ("twice@^1.0.0:\n  version \"1.0.0\"\n", "twice"),
            ("packages:\n  /@s/b@1.0.0:\n", "@s/b"),
            ("  '@s/b@1.0.0':\n", "@s/b"),
        ] {
            assert!(locks(text, name), "{text}");
        }
        assert!(!locks(r#"{"packages": {"node_modules/twice-as": {}, "node_modules/nottwice": {}}}"#, "twice"));
    }

    #[test]
    fn a_path_is_told_from_a_version() {
        let path = |asked: &str| path_in(asked).map(str::to_owned);
        for asked in ["file:a/b", "file://a/b", "link:a/b", "portal:a/b"] {
            assert_eq!(path(asked).as_deref(), Some("a/b"), "{asked}");
        }
        assert_eq!(path("file:///a").as_deref(), Some("///a"));
        assert_eq!([path("../a"), path("workspace:./a")], [Some("../a".to_owned()), Some("./a".to_owned())]);
        for asked in
            ["^1.0.0", "*", "", "workspace:*", "workspace:^", "npm:a@1", "github:a/b", "a/b", "https://a/b.tgz"]
        {
            assert_eq!(path(asked), None, "{asked}");
        }
    }

    #[test]
    fn only_a_name_of_a_package_names_one() {
        for name in ["a", "a.js", "@s/c", "_b-1"] {
            assert!(is_name(name), "{name}");
        }
        for name in ["", "..", ".cache", "../a", "/etc/a", "a/b", "@s", "@/c", "@s/", "@s/..", "@../c", "@s/c/d", "a\0"]
        {
            assert!(!is_name(name), "{name}");
        }
        let text = r#"{"name": "../own", "dependencies": {"/a": "1", "../b": "1", "@s/../c": "1", "d": "1"}}"#;
        assert_eq!(named(text).into_iter().collect::<Vec<_>>(), ["d"]);
    }

    /// What lies behind a link may have no end, and nobody writes into a pipe.
    #[test]
    fn a_list_is_a_file() {
        let folder = tempfile::tempdir().expect("a folder");
        for name in ["x.dist-info", "y.dist-info", "a"] {
            fs::create_dir(folder.path().join(name)).expect("it is made");
        }
        symlink("/dev/zero", folder.path().join("x.dist-info/RECORD")).expect("it is made");
        let pipe = folder.path().join("y.dist-info/RECORD");
        assert!(Command::new("mkfifo").arg(pipe).status().expect("it runs").success());
        assert!(!is_listed(&folder.path().join("fast.py")));
        fs::write(folder.path().join("own.json"), r#"{"dependencies": {"b": "1"}}"#).expect("it is written");
        symlink("../own.json", folder.path().join("a/package.json")).expect("it is made");
        let names = BTreeSet::from(["a".to_owned()]);
        assert_eq!(needed(folder.path(), &names), names, "what a link leads to says nothing");
    }

    #[test]
    fn a_folder_behind_a_link_out_of_the_project_is_not_looked_into() {
        let folder = tempfile::tempdir().expect("a folder");
        let (packages, elsewhere) = (folder.path().join(PACKAGES), folder.path().join("elsewhere"));
        for path in ["site-packages/x", "c"] {
            fs::create_dir_all(elsewhere.join(path)).expect("it is made");
        }
        fs::create_dir_all(packages.join("@t/d")).expect("it is made");
        let other = tempfile::tempdir().expect("a folder");
        fs::create_dir(other.path().join("e")).expect("it is made");
        symlink(other.path(), packages.join("@s")).expect("it is made");
        symlink("../elsewhere", packages.join("@u")).expect("it is made");
        let paths = |all: Vec<(PathBuf, bool)>| all.into_iter().map(|(path, _)| path).collect::<Vec<_>>();
        assert_eq!(
            paths(Place::Packages.pieces(&packages)),
            ["@s", "@t/d", "@u/c", "@u/site-packages"].map(PathBuf::from),
            "in the project it is"
        );
        fs::create_dir(folder.path().join("lib")).expect("it is made");
        symlink("../elsewhere", folder.path().join("lib/python3")).expect("it is made");
        assert_eq!(paths(Place::Environment.pieces(folder.path())), ["elsewhere", PACKAGES].map(PathBuf::from));
    }

    #[test]
    fn what_is_in_site_packages_stands_in_a_list() {
        let folder = tempfile::tempdir().expect("a folder");
        let info = folder.path().join("six-1.0.dist-info");
        fs::create_dir(&info).expect("it is made");
        fs::write(info.join("RECORD"), "six.py,sha256=x,1\nmore/__init__.py,,\n").expect("it is written");
        for name in ["six.py", "more", "six-1.0.dist-info", "__pycache__", "__editable__.app.pth"] {
            assert!(is_listed(&folder.path().join(name)), "{name}");
        }
        for name in ["fast.py", "fast.pth", "mor"] {
            assert!(!is_listed(&folder.path().join(name)), "{name}");
        }
    }
}
