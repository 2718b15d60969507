//! Variables of the environment that decide what a command runs, or which tests. Pure.
//!
//! A line that sets one is told only for a value that steers: `NODE_OPTIONS=--max-old-space-size=4096` does not.

use std::sync::LazyLock;

use regex::Regex;

use super::pytest;
use super::recipe::joined;
use super::tree::Tree;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// A variable that is set, and what to.
static SETS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?:^|[\s;&|(@'"])([A-Za-z_]\w*)\s*[:?+]{0,3}=[ \t]*([^\n]*)"#));

/// Flags of Node that load something, choose tests or run none.
static NODE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:^|[\s'\x22=])(?:-r|-C|--require|--import|--(?:experimental-)?loader|--conditions|--test-(?:only|name-pattern|skip-pattern|shard|global-setup)|--env-file\S*|--experimental-(?:default-)?config-file)\b|--test-reporter[= ]\s*\S*[./]",
    )
});

/// Flags of the compiler of Rust that leave something out.
static RUST: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"--cfg\b|(?:^|[\s'\x22,=\[])-A|--allow|cap-lints|overflow-checks|debug-assertions|crate-attr")
});

/// Flags of Go that choose tests, or put another program or file in between.
static GO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"--?(?:run|skip|exec|tags|toolexec|overlay|short|list|vettool|modfile)\b|(?:^|[\s'\x22=])-[nc]\b")
});

/// What keeps Maven, Gradle and their tests from running all, or from telling.
pub(super) static MAVEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"-D(?:skip|maven\.test|test\b|it\.test\b|surefire\.|failsafe\.|groups\b|excludedGroups\b|failIfNo|junit\.)|-javaagent|-Xbootclasspath|--fail-never|--(?:file|projects|non-recursive|help|version|exclude-task|dry-run|continue)\b|(?:^|\s)-(?:fn|pl|f|N|x|m|h|v)\b",
    )
});

/// Variables that steer whatever they are set to.
const ALWAYS: [&str; 21] = [
    "PYTEST_PLUGINS",
    "PYTHONHOME",
    "BASH_ENV",
    "LD_PRELOAD",
    "DYLD_INSERT_LIBRARIES",
    "MAKEFILES",
    "PHPRC",
    "PERL5OPT",
    "RUBYOPT",
    "SPEC_OPTS",
    "TESTOPTS",
    "GTEST_FILTER",
    "RUSTC",
    "RUSTDOC",
    "INSTA_FORCE_PASS",
    "INSTA_UPDATE",
    "UPDATE_EXPECT",
    "TRYBUILD",
    "NEXTEST_PROFILE",
    "NEXTEST_DEFAULT_FILTER",
    "NEXTEST_STATUS_LEVEL",
];

/// What a line sets that steers, as it is written there. `base` tells which folders were there.
pub(super) fn steers(line: &str, base: &Tree<'_>) -> Option<String> {
    let found = SETS.captures_iter(line).find(|found| decides(&found[1], found[2].trim(), base))?;
    Some(found[0].trim_matches(|c: char| c.is_whitespace() || ";&|(@'\"".contains(c)).chars().take(100).collect())
}

/// Does a variable of this name steer with some value?
pub(super) fn is_known(name: &str) -> bool {
    ALWAYS.contains(&name)
        || matches!(
            name,
            "NODE_OPTIONS"
                | "PYTHONPATH"
                | "NODE_PATH"
                | "RUBYLIB"
                | "PERL5LIB"
                | "PYTEST_ADDOPTS"
                | "PYTHONOPTIMIZE"
                | "RUSTFLAGS"
                | "RUSTDOCFLAGS"
                | "CARGO_ENCODED_RUSTFLAGS"
                | "CARGO_BUILD_RUSTFLAGS"
                | "GOFLAGS"
                | "MAVEN_ARGS"
                | "MAVEN_OPTS"
                | "GRADLE_OPTS"
                | "JAVA_TOOL_OPTIONS"
                | "BUNDLE_GEMFILE"
        )
        || name.ends_with("_WRAPPER") && name.contains("RUSTC")
        || name.starts_with("CARGO_TARGET_") && (name.ends_with("_RUNNER") || name.ends_with("_RUSTFLAGS"))
}

/// Does `name` steer with this value?
pub(super) fn decides(name: &str, value: &str, base: &Tree<'_>) -> bool {
    let bare = value.trim_matches(['"', '\'']);
    let first = bare.split([' ', '\t', ';', '"', '\'']).next().unwrap_or_default();
    is_known(name)
        && !bare.is_empty()
        && match name {
            "NODE_OPTIONS" => NODE.is_match(value),
            "PYTHONPATH" | "NODE_PATH" | "RUBYLIB" | "PERL5LIB" => !first.split(':').all(|one| was_there(one, base)),
            "BUNDLE_GEMFILE" => !base.has(&joined("", first)),
            "PYTEST_ADDOPTS" => pytest::narrows(bare),
            "PYTHONOPTIMIZE" => first != "0",
            "GOFLAGS" => GO.is_match(value),
            "RUBYOPT" => !first.starts_with("-W") && !first.starts_with("-w"),
            "MAVEN_ARGS" | "MAVEN_OPTS" | "GRADLE_OPTS" | "JAVA_TOOL_OPTIONS" => MAVEN.is_match(value),
            _ if name.ends_with("FLAGS") => leaves_out(value),
            _ if name.ends_with("_WRAPPER") => !value.contains("sccache"),
            _ => true,
        }
}

/// Do these flags of the compiler of Rust leave tests, checks or warnings out?
pub(super) fn leaves_out(flags: &str) -> bool {
    RUST.is_match(flags)
}

/// A folder that the repository had, or the place itself, or what the variable said before.
fn was_there(folder: &str, base: &Tree<'_>) -> bool {
    const PLACES: [&str; 9] =
        ["$PWD", "${PWD}", "$(PWD)", "$(CURDIR)", "$(pwd)", "`pwd`", "$$PWD", "$ROOT", "{{justfile_directory()}}"];
    let bare = PLACES.iter().find_map(|place| folder.strip_prefix(place)).unwrap_or(folder);
    let own = joined("", bare.trim_start_matches('/'));
    bare.starts_with('$') || own.is_empty() || (bare.len() < folder.len() || !bare.starts_with('/')) && base.holds(&own)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_steers_and_what_does_not() {
        let rows = [
            ("NODE_OPTIONS=--require ./x.js", true),
            ("export NODE_OPTIONS='--max-old-space-size=4096 --test-only'", true),
            ("env NODE_OPTIONS=--experimental-vm-modules jest", false),
            ("NODE_OPTIONS=\"--enable-source-maps --test-reporter=spec\"", false),
            ("PYTHONPATH=fake python3 -m unittest", true),
            ("PYTHONPATH=/tmp/x", true),
            ("export PYTHONPATH=src:.", false),
            ("export PYTHONPATH=$PWD/src:$PYTHONPATH", false),
            ("PYTHONPATH := $(CURDIR)/src", false),
            ("export PYTHONPATH = fake", true),
            ("PYTEST_ADDOPTS='-k one'", true),
            ("PYTEST_ADDOPTS=-q --tb=short", false),
            ("RUSTFLAGS='-D warnings'", false),
            ("RUSTFLAGS ?= --cfg quick", true),
            ("RUSTC_WRAPPER=sccache", false),
            ("RUSTC_WRAPPER=./true.sh", true),
            ("GOFLAGS=-mod=vendor", false),
            ("GOFLAGS=-run=none", true),
            ("MAVEN_OPTS=-Xmx1g", false),
            ("MAVEN_OPTS=-DskipTests", true),
            ("DATABASE=x PORT=1", false),
            ("BASH_ENV=./x.sh", true),
        ];
        let base = Tree::of(&[("src/app.py", "")]);
        for (line, expected) in rows {
            assert_eq!(steers(line, &base).is_some(), expected, "{line}");
        }
    }
}
