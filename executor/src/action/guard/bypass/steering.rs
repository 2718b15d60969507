//! Files that steer what a check runs without being tests, program or script: settings of package managers, build tools,
//! compilers and runners. One table: which lines harm where they are new, and which where they are gone.
//!
//! A file has a row only for what lets a fault pass. What only adds, or says how something is stored or told, is no
//! finding.

use std::sync::LazyLock;

use regex::Regex;

use super::super::Check;
use super::super::environment;
use super::super::finding::{Finding, Kind};
use super::super::glob;
use super::super::tree::Tree;
use super::{parted, text};

/// Lines of a kind of file.
struct Row {
    /// Globs of its name, or of its path if they have a `/`.
    files: &'static [&'static str],
    /// Words of which a check has to run one; empty: whatever is run.
    run: &'static [&'static str],
    /// What harms where it is new.
    added: Option<Regex>,
    /// What makes it harmless.
    unless: Option<Regex>,
    /// What harms where it is gone.
    gone: Option<Regex>,
}

fn row(files: &'static [&'static str], run: &'static [&'static str], [added, unless, gone]: [&str; 3]) -> Row {
    let some = |text: &str| (!text.is_empty()).then(|| Regex::new(text).expect("a constant pattern"));
    Row { files, run, added: some(added), unless: some(unless), gone: some(gone) }
}

/// Packages that run or judge tests, in a pattern.
const PYTHON: &str = r"(?:pytest|coverage|tox|nox|mypy|ruff|flake8|pylint|hypothesis|python3?)";

static TABLE: LazyLock<Vec<Row>> = LazyLock::new(|| {
    vec![
        // Package managers of JavaScript, and what compiles its tests.
        row(
            &[".pnpmfile.*"],
            &[],
            [
                r"\b(?:jest|vitest|mocha|ava|tap|expect|chai|typescript|eslint)\b.*\b(?:file|link|portal|npm|git)\b",
                "",
                "",
            ],
        ),
        row(&[".yarnrc.yml"], &[], [r"^-?\s*(?:path:\s*)?['\x22]?[\w./-]+\.c?js\b", r"^yarnPath|\.yarn/plugins/", ""]),
        row(&[".yarnrc"], &[], [r"^--(?:\w+\.)?(?:cwd|modules-folder|ignore-scripts|use-yarnrc)\b", "", ""]),
        row(&["bunfig.toml"], &["bun"], [r"^preload\s*=", "", ""]),
        row(
            &["babel.config.*", ".babelrc*", ".swcrc"],
            &[],
            [
                r#"['"]\.{1,2}/[^'"]*\.(?:[cm]?js|ts|wasm)['"]|\bplugins['"]?\s*:\s*\[\s*\[?\s*['"]\.{1,2}/|\bvisitor\b"#,
                "",
                "",
            ],
        ),
        row(&["tsconfig*.json"], &[], [r#""(?:transform|plugin)"\s*:\s*"\.{0,2}/"#, "", ""]),
        row(
            &["deno.json", "deno.jsonc", "import_map.json"],
            &["deno"],
            [
                r#""(?:jsr:|npm:)?@?(?:std/(?:assert|testing|expect)|chai|expect)[^"]*"\s*:\s*"(?:\./|\.\./|/|data:)"#,
                "",
                "",
            ],
        ),
        // Python.
        row(
            &["pyproject.toml", "Pipfile"],
            &[],
            [
                &format!(r#"^"?{PYTHON}"?\s*=\s*(?:\{{[^}}]*\b(?:path|file|git|url|workspace)\s*=|"[\w.]+:[\w.]+")"#),
                "",
                "",
            ],
        ),
        row(
            &["requirements*.txt", "pyproject.toml", "setup.cfg"],
            &[],
            [&format!(r#"(?:^|["'])\s*{PYTHON}\s*@\s*(?:file:|\.{{0,2}}/|git)"#), "", ""],
        ),
        row(
            &["entry_points.txt", "pyproject.toml", "setup.cfg", "setup.py"],
            &["pytest", "tox", "nox"],
            [r"\bpytest11\b", "", ""],
        ),
        // Rust.
        row(&["rust-toolchain.toml", "rust-toolchain"], &["cargo"], [r"^path\s*=", "", ""]),
        // Maven and Gradle.
        row(
            &["pom.xml"],
            &[],
            [
                r"<test>|roups>|<testSourceDirectory>|test\.failure\.ignore|<packaging>pom|<(?:in|ex)cludesFile>|<suiteXmlFile>",
                r"<groupId>",
                r"<module>",
            ],
        ),
        row(
            &["*.gradle", "*.gradle.kts"],
            &[],
            [
                r"(?i)ignoreFailures|excludeTestsMatching|enabled = false|\bonlyIf\b|\bfilter\b|(?:exclude|include)(?:Tags|Engines|Categories)|useJUnit|useTestNG|\bexclude\b|excludedTaskNames|startParameter|testClassesDirs|\btest\w*\b.*(?:enabled\s*=\s*false|setEnabled\s*\(\s*false|srcDirs?\s*=|setSrcDirs|actions\b)|sourceSets\.test\b.*=",
                r"\bexclude\s*\(?\s*(?:group|module)\b|^useJUnitPlatform\s*(?:\(\s*\)|\{)$|^test\s*\{\s*useJUnitPlatform\(\)\s*\}$",
                r"^include\b|ignoreFailures\s*=\s*false|useJUnit|useTestNG",
            ],
        ),
        row(
            &["/**/gradle/wrapper/*.properties", "/**/.mvn/wrapper/*.properties"],
            &[],
            [
                r"(?i)^distributionUrl\s*=\s*(?:file|[./])|^distributionSha256Sum\s*=\s*$|^wrapperUrl\s*=\s*(?:file|[./])",
                "",
                "",
            ],
        ),
        // Ruby.
        row(
            &[".rspec", ".rspec-local", ".rspec-*"],
            &[],
            [
                r"(?:^|\s)(?:--(?:tag|pattern|exclude-pattern|default-path|dry-run|failure-exit-code|error-exit-code|example|example-matches|only-failures|next-failure|options|require|no-fail-fast)\b|-[tPErIO]\b|-e\b)",
                r"^(?:--require|-r)\s*(?:spec_helper|rails_helper|turnip/rspec)$|^-I\s*(?:lib|spec)$",
                r"--require|-r\b|--tag|--fail-if-no-examples",
            ],
        ),
        row(
            &["spec_helper.rb", "rails_helper.rb", "test_helper.rb"],
            &[],
            [
                r"\bfilter_run(?:_excluding|_including)?\b|\b(?:ex|in)clusion_filter\b|\bfailure_exit_code\b|\bdry_run\b|\.pattern\s*=|\bfail_if_no_examples\s*=\s*false",
                "",
                "",
            ],
        ),
        row(
            &["Rakefile", "rakefile", "Rakefile.rb", "rakefile.rb", "*.rake"],
            &["rake", "rails"],
            [
                r"\.clear\b|\bclear_(?:actions|prerequisites)\b|\bfail_on_error\s*=\s*false|\bexit(?:!|\s*\(?\s*(?:0|true)|\s*$)",
                "",
                r"(?i)test|spec|rspec|\.pattern|^sh\b",
            ],
        ),
        row(
            &["Gemfile", "gems.rb"],
            &[],
            [
                r#"\bgem\s*\(?\s*['"](?:rspec[\w-]*|minitest[\w-]*|test-unit|cucumber|capybara|rake|rubocop)['"].*\b(?:path|git|github|source)\b"#,
                "",
                "",
            ],
        ),
        row(&["/**/.bundle/config"], &[], [r"^BUNDLE_(?:GEMFILE|LOCAL__\w*|BIN|WITHOUT:.*test)\b", "", ""]),
        // The files of other programs that run tests.
        row(
            &["Taskfile.y*ml", "Taskfile.dist.y*ml"],
            &["task "],
            [
                r"^(?:ignore_error:\s*true|status:|if:|platforms:|dotenv:|method:\s*(?:checksum|timestamp)|sources:)",
                "",
                r"^-\s|^cmds?:|^deps:",
            ],
        ),
        row(
            &["mix.exs"],
            &["mix"],
            [
                r#"\btest:\s*[\["&f]|"test"\s*=>|\btest_(?:paths|pattern|ignore_filters|load_filters|elixirc_options)\b|\bpreferred_cli_env\b.*\btest:"#,
                r#""test"\s*\]|test: :test"#,
                "",
            ],
        ),
        row(
            &["test_helper.exs"],
            &[],
            [r"\b(?:exclude|include|only_test_ids|exit_status|autorun)\s*:", "", r"ExUnit\.start"],
        ),
        row(
            &["CMakeLists.txt", "*.cmake"],
            &["ctest", "cmake", "make"],
            [
                r"\bWILL_FAIL\b|\bDISABLED\s+(?:TRUE|ON|1)\b|\bPASS_REGULAR_EXPRESSION\b|\bSKIP_RE\w+\b|CTEST_CUSTOM_\w*IGNORE",
                "",
                r"\b(?:add_test|enable_testing|gtest_discover_tests|gtest_add_tests|catch_discover_tests|doctest_discover_tests)\b",
            ],
        ),
        row(
            &["Directory.Build.*", "*.csproj", "*.fsproj", "*.vbproj"],
            &["dotnet"],
            [
                r"(?i)<IsTestProject>\s*false|TestCaseFilter|<RunSettingsFilePath>|<SkipTests|<VSTest\w+>|<Compile\s+Remove=.*test",
                "",
                "",
            ],
        ),
    ]
});

/// Files of which a program reads the first that is there.
const INSTEAD: [&[&str]; 5] = [
    &["pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg"],
    &["rakefile", "Rakefile", "rakefile.rb", "Rakefile.rb"],
    &["Taskfile.yml", "taskfile.yml", "Taskfile.yaml", "taskfile.yaml", "Taskfile.dist.yml"],
    &["phpunit.xml", "phpunit.dist.xml", "phpunit.xml.dist"],
    &[".mocharc.js", ".mocharc.cjs", ".mocharc.yaml", ".mocharc.yml", ".mocharc.jsonc", ".mocharc.json"],
];

/// Words by which somebody reads files that set variables.
const READERS: [&str; 8] = [".env", "env-file", "dotenv", "direnv", "pipenv", "yarn", "docker compose", "foreman"];

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str, checks: &[Check]) -> Vec<Finding> {
    let (old, new) = (text(base, path), text(now, path));
    let ran = |words: &[&str]| {
        words.is_empty() || checks.iter().any(|check| words.iter().any(|word| check.run.contains(word)))
    };
    let (before, after) = (lines(&old), lines(&new));
    let fresh: Vec<&str> = after.iter().copied().filter(|line| !before.contains(line)).collect();
    let lost: Vec<&str> = before.iter().copied().filter(|line| !after.contains(line)).collect();
    let mut said = Vec::new();
    for row in TABLE.iter().filter(|row| row.names(path) && ran(row.run)) {
        let harms = |line: &&&str| row.added.as_ref().is_some_and(|added| added.is_match(line)) && !row.lets(line);
        said.extend(
            fresh.iter().find(harms).map(|line| format!("`{}` is new: it decides what a check runs", brief(line))),
        );
        let missed = |line: &&&str| row.gone.as_ref().is_some_and(|gone| gone.is_match(line)) && !more(line, &fresh);
        said.extend(
            lost.iter().find(missed).map(|line| format!("`{}` is gone: it decided what a check runs", brief(line))),
        );
    }
    said.extend(options(path, &fresh));
    if sets_variables(path) && ran(&READERS) {
        let steers = fresh.iter().find_map(|line| environment::steers(line, base));
        said.extend(steers.map(|line| format!("`{line}` is new: it decides what a check runs, or which tests")));
    }
    said.extend(instead(base, now, path));
    said.into_iter().map(|what| Finding::new(Kind::ConfigChanged, path, None, what)).collect()
}

impl Row {
    fn names(&self, path: &str) -> bool {
        let (_, name) = parted(path);
        let fits = |glob: &&&str| match glob.strip_prefix('/') {
            Some(glob) => glob::matches(glob, path),
            None => glob::matches(glob, name),
        };
        self.files.iter().any(|glob| fits(&glob))
    }
    fn lets(&self, line: &str) -> bool {
        self.unless.as_ref().is_some_and(|unless| unless.is_match(line))
    }
}

/// What is no comment, without spaces around it.
fn lines(text: &str) -> Vec<&str> {
    let bare = text.lines().map(str::trim);
    bare.filter(|line| !line.is_empty() && !line.starts_with("//") && (!line.starts_with('#'))).collect()
}

/// Does one of the lines that are new hold every word of `line`?
fn more(line: &str, fresh: &[&str]) -> bool {
    let words = |line: &str| -> Vec<String> {
        let words = line.split(|c: char| c.is_whitespace() || ",;()[]{}".contains(c));
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    };
    let own = words(line);
    fresh.iter().any(|other| {
        let all = words(other);
        own.iter().all(|word| all.contains(word))
    })
}

/// Options that Maven and its virtual machine are always given.
fn options(path: &str, fresh: &[&str]) -> Option<String> {
    let names = ["maven.config", "jvm.config", "gradle.properties"];
    let (folder, name) = parted(path);
    let own = names.contains(&name) && (folder.ends_with(".mvn/") || name == "gradle.properties");
    let steers = |line: &&&str| match name {
        "gradle.properties" => line.starts_with("org.gradle.jvmargs") && environment::MAVEN.is_match(line),
        _ => environment::MAVEN.is_match(line),
    };
    let line = fresh.iter().filter(|_| own).find(steers)?;
    Some(format!("`{}` is new: it decides what a check runs", brief(line)))
}

/// Is it a file of variables, as `.env.test`, `.envrc` or `test.env`?
fn sets_variables(path: &str) -> bool {
    let (_, name) = parted(path);
    name.starts_with(".env") || name.ends_with(".env")
}

/// A file that is read instead of one that was there.
fn instead(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<String> {
    let (folder, name) = parted(path);
    let of = |name: &str| INSTEAD.iter().find(|names| names.contains(&name));
    let names =
        of(name).filter(|_| !base.has(path) && now.has(path) && !matches!(name, "pyproject.toml" | "tox.ini"))?;
    let mut later = names.iter().skip_while(|other| **other != name).skip(1);
    // Pytest passes over files that say nothing of it.
    let counts = |other: &str| !names.contains(&"pytest.ini") || text(base, other).contains("pytest");
    let other = later.find(|other| {
        let other = format!("{folder}{other}");
        base.has(&other) && now.has(&other) && counts(&other)
    })?;
    Some(format!("it is read instead of `{folder}{other}`"))
}

fn brief(line: &str) -> String {
    line.chars().take(100).collect()
}
