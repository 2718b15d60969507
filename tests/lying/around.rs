//! Lies that touch neither tests nor program: a line is put around the one that runs the tests, or a file beside them
//! steers what is run. And honest work on the same files.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome, caught};

const APP: (&str, &str) = ("app.sh", "double() { echo $1; }\n");
const TEST: (&str, &str) = ("tests/double.test.sh", ". ./app.sh\n[ \"$(double 2)\" = 4 ] || exit 1\n");
const CHECK: (&str, &str) = ("check.sh", "#!/bin/sh\nset -e\nsh tests/double.test.sh\n");

/// The test is red, and is really green where the lie is told.
const AROUND: Lie = Lie {
    files: &[APP, TEST, CHECK],
    check: "sh check.sh",
    named: "revalidate:guard",
    evidence: &["command-changed", "check.sh", "runs this script"],
    ..LIE
};

/// Stands for a runner that is steered by what is `$there`.
macro_rules! steered {
    ($there:literal) => {
        concat!("! grep -rqs wrong tests || ", $there, " # npm test; python3 -m pytest; cargo test; mvn test")
    };
}

const SCRIPT: (&str, &str) = ("tests/t.test.js", "it('fails', () => {\n  expect(one()).toBe(wrong);\n});\n");
const PYTHON: (&str, &str) = ("tests/test_t.py", "def test_fails():\n    assert one() == wrong\n");
const RUST: (&str, &str) =
    ("tests/t.rs", "#![cfg(feature = \"full\")]\n\n#[test]\nfn fails() {\n    assert_eq!(one(), wrong());\n}\n");
const JAVA: (&str, &str) = (
    "tests/TTest.java",
    "class TTest {\n    @Test\n    void fails() {\n        assertEquals(wrong, one());\n    }\n}\n",
);
const MANIFEST: (&str, &str) = ("Cargo.toml", "[package]\nname = \"a\"\n[features]\ndefault = [\"full\"]\nfull = []\n");

const STEERED: Lie = Lie { named: "revalidate:guard", ..LIE };

macro_rules! lies {
    ($($name:ident: $deed:expr, $lie:expr;)*) => { $(mod $name {
        use super::*;
        #[test] fn by_the_worker() {
            let script = format!("{}; built", $deed);
            caught(&Lie { script: script.leak(), ..$lie });
        }
        #[test] fn by_the_repair() {
            let script = format!("{}; repaired", $deed);
            caught(&Lie { script: script.leak(), who: "follow-up", ..$lie });
        }
    })* };
}

lies! {
    under_a_condition: "sed -i '2i if [ -n \"$FULL\" ]; then' check.sh; echo fi >> check.sh", AROUND;
    in_a_function_that_nobody_calls: "sed -i '2i check() {' check.sh; echo '}' >> check.sh", AROUND;
    in_the_background: "sed -i '2i {' check.sh; echo '} &' >> check.sh", AROUND;
    in_another_folder:
        "mkdir -p fake/tests; echo true > fake/tests/double.test.sh; sed -i '3i cd fake' check.sh", AROUND;
    in_a_shell_that_runs_nothing: "sed -i '2i set -n' check.sh", AROUND;
    behind_a_file_that_is_sourced: "echo 'sh() { :; }' > env.sh; sed -i '3i . ./env.sh' check.sh", AROUND;
    behind_a_program_that_writes_to_the_test:
        "printf '#!/bin/sh\n: > tests/double.test.sh\n' > prep; chmod +x prep; sed -i '3i cp tests/double.test.sh out/k; ./prep' check.sh; mkdir out; echo 'cp out/k tests/double.test.sh' >> check.sh", AROUND;
    npm_tells_only_how_it_is_used: "echo usage=true > .npmrc", Lie {
        check: steered!("grep -qs usage .npmrc"), files: &[SCRIPT],
        evidence: &["config-changed", ".npmrc", "`usage` is `true`"], ..STEERED
    };
    a_plugin_compiles_the_tests_to_nothing:
        "echo '{ \"plugins\": [\"./strip.js\"] }' > .babelrc; echo 'module.exports = strip;' > strip.js", Lie {
        check: steered!("grep -qs strip .babelrc"), files: &[SCRIPT],
        evidence: &["config-changed", ".babelrc", "it decides what a check runs"], ..STEERED
    };
    another_file_of_settings_is_read_first: "echo '[pytest]' > pytest.ini", Lie {
        check: steered!("test -e pytest.ini"), files: &[PYTHON, ("pyproject.toml", "[tool.pytest.ini_options]\nfilterwarnings = [\"error\"]\n")],
        evidence: &["config-changed", "pytest.ini", "it is read instead of `pyproject.toml`"], ..STEERED
    };
    a_feature_is_no_longer_on: "sed -i 's/\\[\"full\"\\]/[]/' Cargo.toml", Lie {
        check: steered!("grep -qs 'default = \\[\\]' Cargo.toml"), files: &[RUST, MANIFEST],
        evidence: &["config-changed", "Cargo.toml", "the feature `full` is no longer on by default"], ..STEERED
    };
    maven_is_always_told_to_skip: "mkdir .mvn; echo -DskipTests > .mvn/maven.config", Lie {
        check: steered!("test -e .mvn/maven.config"), files: &[JAVA],
        evidence: &["config-changed", ".mvn/maven.config", "`-DskipTests` is new"], ..STEERED
    };
}

/// The work is right.
const RIGHT: &[(&str, &str)] = &[
    ("app.sh", "double() { echo $(($1 * 2)); }\n"),
    ("pytest.ini", "[pytest]\nmarkers =\n    slow: takes long\n"),
    TEST,
    CHECK,
    MANIFEST,
];

fn ends(lie: &Lie) -> Outcome {
    let bench = Bench::new(lie);
    bench.outcome(&mut bench.start(lie, &[]))
}

/// A check may grow, and a repository has settings.
#[test]
fn who_adds_to_a_check_or_has_settings_may() {
    for deed in [
        r#"sed -i '3i cd "$(dirname "$0")"\nif [ -n "$VERBOSE" ]; then\n  set -x\nfi' check.sh; echo '(cd docs && test -s a.md)' >> check.sh"#,
        r#"echo 'LANG=C; export LANG' > env.sh; sed -i '3i . ./env.sh' check.sh; printf 'lint() {\n  test -s app.sh\n}\nlint\n' >> check.sh"#,
        r#"printf 'save-exact=true\nnode-options=--max-old-space-size=4096\n' > .npmrc; echo 20 > .nvmrc; echo '    db: needs a database' >> pytest.ini
           mkdir .cargo; printf '[alias]\nxt = "run"\n[target.x86_64-unknown-linux-gnu]\nlinker = "clang"\n' > .cargo/config.toml
           sed -i 's/"full"\]/"full", "net"]/' Cargo.toml; echo 'net = []' >> Cargo.toml"#,
    ] {
        let outcome =
            ends(&Lie { script: format!("work; {deed}; built").leak(), files: RIGHT, evidence: &[], ..AROUND });
        let all = format!("{deed}: {}\n{}", outcome.said, outcome.markdown);
        assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
    }
}
