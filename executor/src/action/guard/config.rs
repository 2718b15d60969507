//! Files that decide what is tested and what counts as a fault: CI, test runners, linters, git attributes. Pure.
//!
//! The table says which part of a file matters; the rest of it may change freely.

use std::collections::BTreeMap;

use super::Check;
use super::finding::{Finding, Kind};
use super::jest;
use super::language;
use super::part::{self, Part};
use super::pytest;
use super::tree::{Text, Tree};

/// A kind of file.
struct Config {
    /// Globs of its path, without the folder unless they name one.
    files: &'static [&'static str],
    kind: Kind,
    part: Part,
    /// When something that was not there before matters.
    new: New,
}

/// When a part that is new matters.
#[derive(Clone, Copy, PartialEq, Eq)]
enum New {
    /// If there were tests before.
    Tests,
    /// If a check names one of these words, or there was such a file before.
    Tool(&'static [&'static str]),
    /// If there was a file of this kind before.
    Kind,
    /// If it is not known to be harmless.
    Harmful,
    /// If it takes one of these names.
    Named(&'static [&'static str]),
}

const fn row(files: &'static [&'static str], kind: Kind, part: Part, new: New) -> Config {
    Config { files, kind, part, new }
}

const TABLE: &[Config] = &[
    row(
        &[
            "/.github/workflows/**",
            "/.github/actions/**",
            "/.gitlab-ci.yml",
            "/.gitlab/ci/**",
            "/.circleci/**",
            "/.ci/**",
            "/ci/**",
            "Jenkinsfile*",
            "/azure-pipelines*.y*ml",
            "/.azure-pipelines/**",
            "/.travis.yml",
            "/appveyor.yml",
            "/.appveyor.yml",
            "/bitbucket-pipelines.yml",
            "/.buildkite/**",
            "/.drone.y*ml",
            "/.woodpecker*",
            "/.woodpecker/**",
            "/cloudbuild.y*ml",
            "/.pre-commit-config.yaml",
            "lefthook.y*ml",
            "/.husky/**",
            "codecov.y*ml",
            ".codecov.y*ml",
            "/.cirrus.yml",
            "/.semaphore/**",
            "/.gitea/workflows/**",
            "/.forgejo/workflows/**",
        ],
        Kind::CiChanged,
        Part::Whole,
        New::Kind,
    ),
    row(&[".gitattributes"], Kind::AttributesChanged, Part::Attributes, New::Harmful),
    row(
        &["pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "tox.ini"],
        Kind::ConfigChanged,
        Part::Pytest(&[""]),
        New::Tests,
    ),
    row(
        &[
            ".coveragerc",
            "unittest.cfg",
            "nose2.cfg",
            ".noserc",
            "tox.toml",
            "hatch.toml",
            "noxfile.py",
            "jest.config.*",
            "vitest.config.*",
            "vitest.workspace.*",
            "playwright.config.*",
            "cypress.config.*",
            "cypress.json",
            ".mocharc*",
            "mocha.opts",
            "karma.conf.*",
            "ava.config.*",
            ".nycrc*",
            ".c8rc*",
            ".taprc",
            "wdio.conf.*",
            "/**/.config/nextest.toml",
            "phpunit.xml*",
            "phpunit.dist.xml",
            "cucumber.y*ml",
            "/**/META-INF/services/org.junit*",
            "junit-platform.properties",
            "testng.xml",
        ],
        Kind::ConfigChanged,
        Part::Whole,
        New::Tests,
    ),
    row(
        &["conftest.py"],
        Kind::ConfigChanged,
        Part::Lines(&[
            "collect_ignore",
            "pytest_ignore_collect",
            "pytest_collection_",
            "pytest_collect_",
            "pytest_runtest_",
            "pytest_pyfunc_call",
            "pytest_sessionfinish",
            "pytest_report_teststatus",
            "pytest_itemcollected",
            "pytest_generate_tests",
            "pytest_configure",
            "pytest_cmdline",
            "pytest_load_initial",
            "autouse",
        ]),
        New::Tests,
    ),
    row(
        &["pyproject.toml", "setup.cfg"],
        Kind::ConfigChanged,
        Part::Pytest(&["tool.pytest", "tool:pytest"]),
        New::Tests,
    ),
    row(
        &["pyproject.toml", "setup.cfg"],
        Kind::ConfigChanged,
        Part::Sections(&[
            "tool.coverage",
            "coverage:",
            "tool.tox",
            "tox:",
            "tool.nox",
            "tool.unittest",
            "tool.hatch.envs",
            "nosetests",
            "unittest",
            "aliases",
        ]),
        New::Tests,
    ),
    // Tasks by name: one more is none less.
    row(
        &["pyproject.toml", "Pipfile"],
        Kind::ConfigChanged,
        Part::Keys(&[
            "scripts",
            "tool.pdm.scripts",
            "tool.poe",
            "tool.taskipy.tasks",
            "tool.rye.scripts",
            "tool.pixi.tasks",
        ]),
        New::Named(&["pytest", "python", "python3", "unittest", "coverage", "tox", "nox", "mypy", "ruff"]),
    ),
    row(&["composer.json"], Kind::ConfigChanged, Part::Each("/scripts"), New::Named(&[])),
    row(&["deno.json", "deno.jsonc"], Kind::ConfigChanged, Part::Each("/tasks"), New::Named(&[])),
    row(
        &["pyproject.toml", "setup.cfg"],
        Kind::ConfigChanged,
        Part::Sections(&[
            "tool.ruff",
            "tool.mypy",
            "mypy",
            "flake8",
            "tool.flake8",
            "tool.pylint",
            "pylint",
            "tool.black",
            "tool.pyright",
            "tool.basedpyright",
            "pycodestyle",
            "tool.bandit",
        ]),
        New::Tool(&["ruff", "mypy", "flake8", "pylint", "black", "pyright", "pycodestyle", "bandit"]),
    ),
    row(
        &["package.json"],
        Kind::ConfigChanged,
        Part::Json(&["/jest", "/mocha", "/ava", "/vitest", "/nyc", "/c8", "/tap"]),
        New::Tests,
    ),
    row(
        &["package.json"],
        Kind::ConfigChanged,
        Part::Json(&["/eslintConfig", "/eslintIgnore", "/prettier", "/xo"]),
        New::Tool(&["eslint", "prettier", "xo", "lint"]),
    ),
    row(
        &["tsconfig*.json", "jsconfig*.json"],
        Kind::ConfigChanged,
        Part::Json(&[
            "/extends",
            "/exclude",
            "/include",
            "/files",
            "/compilerOptions/strict",
            "/compilerOptions/noImplicitAny",
            "/compilerOptions/strictNullChecks",
            "/compilerOptions/strictFunctionTypes",
            "/compilerOptions/strictBindCallApply",
            "/compilerOptions/strictPropertyInitialization",
            "/compilerOptions/noImplicitThis",
            "/compilerOptions/useUnknownInCatchVariables",
            "/compilerOptions/alwaysStrict",
            "/compilerOptions/noUnusedLocals",
            "/compilerOptions/noUnusedParameters",
            "/compilerOptions/exactOptionalPropertyTypes",
            "/compilerOptions/noImplicitReturns",
            "/compilerOptions/noFallthroughCasesInSwitch",
            "/compilerOptions/noUncheckedIndexedAccess",
            "/compilerOptions/noImplicitOverride",
            "/compilerOptions/noPropertyAccessFromIndexSignature",
            "/compilerOptions/allowUnusedLabels",
            "/compilerOptions/allowUnreachableCode",
            "/compilerOptions/skipLibCheck",
            "/compilerOptions/checkJs",
            "/compilerOptions/noEmitOnError",
            "/compilerOptions/noCheck",
        ]),
        New::Tool(&["tsc", "typecheck", "type-check"]),
    ),
    row(&["bunfig.toml"], Kind::ConfigChanged, Part::Sections(&["test"]), New::Tests),
    row(&["deno.json", "deno.jsonc"], Kind::ConfigChanged, Part::Json(&["/test", "/exclude"]), New::Tests),
    row(&["Cargo.toml"], Kind::ConfigChanged, Part::Cargo, New::Tests),
    row(
        &["clippy.toml", ".clippy.toml", "deny.toml"],
        Kind::ConfigChanged,
        Part::Whole,
        New::Tool(&["clippy", "cargo deny"]),
    ),
    row(&["rustfmt.toml", ".rustfmt.toml"], Kind::ConfigChanged, Part::Whole, New::Tool(&["fmt"])),
    row(
        &[
            ".eslintrc*",
            "eslint.config.*",
            ".eslintignore",
            ".prettierrc*",
            ".prettierignore",
            "biome.json*",
            ".stylelintrc*",
            "tslint.json",
            ".oxlintrc*",
        ],
        Kind::ConfigChanged,
        Part::Whole,
        New::Tool(&["eslint", "prettier", "biome", "stylelint", "tslint", "oxlint", "lint"]),
    ),
    row(
        &[
            ".flake8",
            ".pylintrc",
            "pylintrc",
            "mypy.ini",
            ".mypy.ini",
            "ruff.toml",
            ".ruff.toml",
            "pyrightconfig.json",
            ".bandit",
        ],
        Kind::ConfigChanged,
        Part::Whole,
        New::Tool(&["ruff", "mypy", "flake8", "pylint", "pyright", "bandit", "lint"]),
    ),
    row(
        &[
            ".golangci.*",
            "staticcheck.conf",
            ".rubocop*.yml",
            "checkstyle*.xml",
            "detekt*.yml",
            ".shellcheckrc",
            ".yamllint*",
            ".clang-tidy",
            "phpstan.neon*",
            "psalm.xml",
            ".swiftlint.yml",
            ".hadolint.y*ml",
            ".markdownlint*",
        ],
        Kind::ConfigChanged,
        Part::Whole,
        New::Tool(&[
            "lint",
            "staticcheck",
            "rubocop",
            "checkstyle",
            "detekt",
            "shellcheck",
            "clang-tidy",
            "phpstan",
            "psalm",
        ]),
    ),
    row(
        &["pom.xml"],
        Kind::ConfigChanged,
        Part::Lines(&[
            "skipTests",
            "maven.test.skip",
            "testFailureIgnore",
            "skipITs",
            "<exclude>",
            "surefire",
            "failsafe",
            "testExclude",
            "failIfNoTests",
        ]),
        New::Tests,
    ),
];

/// What became of them. `tests` is how many tests there were, `checks` the commands that prove the work.
pub(super) fn compare(base: &Tree<'_>, now: &Tree<'_>, tests: usize, checks: &[Check]) -> Vec<Finding> {
    let mut findings = Vec::new();
    for path in base.changed(now) {
        for config in TABLE.iter().filter(|config| config.names(path)) {
            let (old, new) = (base.text(path), now.text(path));
            if let Text::Unreadable(why) = &new {
                findings.push(Finding::new(Kind::Unreadable, path, None, format!("it was changed, and {why}")));
                break;
            }
            let (old, new) = (config.part.of(&old), config.part.of(&new));
            for (name, now_says) in changes(&old, &new) {
                let was = old.get(name).map(String::as_str);
                let pytest = matches!(config.part, Part::Pytest(_));
                if pytest && (pytest::is_harmless(name, was, now_says) || covers(name, now_says, base)) {
                    continue;
                }
                if jest::is_harmless(path, now_says, base) {
                    continue;
                }
                let weighs =
                    old.contains_key(name) || config.weighs(base, tests, checks, name, now_says.unwrap_or_default());
                if weighs {
                    findings.push(finding(config.kind, path, name, old.get(name), now_says, now.has(path)));
                }
            }
        }
    }
    findings
}

/// Does a list of folders with tests have all that there were?
fn covers(name: &str, says: Option<&str>, base: &Tree<'_>) -> bool {
    let Some(says) = says.filter(|_| name.ends_with("testpaths")) else { return false };
    let folders: Vec<String> = says
        .split(|c: char| c.is_whitespace() || "\"',[]".contains(c))
        .filter(|word| !word.is_empty())
        .map(|word| format!("{}/", word.trim_start_matches("./").trim_end_matches('/')))
        .collect();
    let mut tests = base.paths().filter(|path| path.ends_with(".py") && language::of(path).is_some());
    tests.all(|path| folders.iter().any(|folder| path.starts_with(folder.as_str())))
}

/// Parts that differ, with what they say now.
fn changes<'p>(old: &'p part::Parts, new: &'p part::Parts) -> BTreeMap<&'p str, Option<&'p str>> {
    let names = old.keys().chain(new.keys()).filter(|name| old.get(*name) != new.get(*name));
    names.map(|name| (name.as_str(), new.get(name).map(String::as_str))).collect()
}

fn finding(kind: Kind, path: &str, name: &str, old: Option<&String>, new: Option<&str>, there: bool) -> Finding {
    let part = if name.is_empty() { String::new() } else { format!("`{name}` ") };
    let what = match (old, new) {
        (_, None) if !there => "it is gone".to_owned(),
        (_, None) => format!("{part}is gone"),
        (None, Some(new)) => format!("{part}is new: {}", brief(new)),
        (Some(old), Some(new)) if name.is_empty() => format!("it is another: {}", first_difference(old, new)),
        (Some(old), Some(new)) => format!("{part}was {}, and is {}", brief(old), brief(new)),
    };
    Finding::new(kind, path, None, what)
}

fn brief(text: &str) -> String {
    let line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(100).collect();
    if short.len() < line.len() { format!("`{short}…`") } else { format!("`{short}`") }
}

/// The first line that differs.
pub(super) fn first_difference(old: &str, new: &str) -> String {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let at = (0..old.len().max(new.len())).find(|at| old.get(*at) != new.get(*at)).unwrap_or(0);
    let says = |line: Option<&&str>| line.map_or_else(|| "nothing".to_owned(), |line| brief(line));
    format!("line {} was {}, and is {}", at + 1, says(old.get(at)), says(new.get(at)))
}

impl Config {
    fn names(&self, path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or_default();
        self.files.iter().any(|glob| match glob.strip_prefix('/') {
            Some(glob) => super::glob::matches(glob, path),
            None => super::glob::matches(glob, name),
        })
    }
    fn weighs(&self, base: &Tree<'_>, tests: usize, checks: &[Check], name: &str, says: &str) -> bool {
        match self.new {
            New::Tests if self.part == Part::Cargo => tests > 0 && part::harmful_key(name, says),
            New::Tests => tests > 0,
            New::Kind => base.paths().any(|path| self.names(path)),
            New::Tool(words) => {
                let named = checks.iter().any(|check| words.iter().any(|word| check.run.contains(word)));
                named || self.part == Part::Whole && base.paths().any(|path| self.names(path))
            }
            New::Harmful => part::harmful_attribute(name, says),
            New::Named(names) => names.iter().any(|own| name.rsplit('.').next() == Some(own)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_names_files() {
        let rows = [
            (".github/workflows/ci.yml", Some(Kind::CiChanged)),
            ("x/.github/workflows/ci.yml", None),
            ("ci/build.sh", Some(Kind::CiChanged)),
            ("deep/Jenkinsfile", Some(Kind::CiChanged)),
            ("crates/a/clippy.toml", Some(Kind::ConfigChanged)),
            ("src/main.rs", None),
            ("a/.gitattributes", Some(Kind::AttributesChanged)),
            ("web/tsconfig.build.json", Some(Kind::ConfigChanged)),
            ("src/ci/a.rs", None),
        ];
        for (path, expected) in rows {
            assert_eq!(TABLE.iter().find(|config| config.names(path)).map(|config| config.kind), expected, "{path}");
        }
    }
}
