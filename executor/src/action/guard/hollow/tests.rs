//! Scripts that can fail, and scripts that cannot.

use super::{Ends, UNKNOWN};

fn ends(script: &str) -> Ends {
    super::ends(script, UNKNOWN)
}

const IDLE: &[&str] = &[
    "",
    "# nothing",
    "true",
    ":",
    "/bin/true",
    "exit 0",
    "exit",
    "echo ok",
    "printf 'ok\\n'",
    "sh -c true",
    "sh -c 'exit 0'",
    "bash -lc ':'",
    "test 1",
    "[ 1 ]",
    "[[ 1 == 1 ]]",
    "test -n x",
    "test -e .",
    "ls",
    "ls -la",
    "ls .",
    "pwd",
    "date",
    "sleep 1",
    "env true",
    "env A=1 true",
    "A=1 true",
    "timeout 5 true",
    "command true",
    "exec true",
    "eval true",
    "eval 'exit 0'",
    "true && true",
    "echo a; echo b",
    "echo a\necho b\n",
    "set -eu\necho fine",
    "if true; then echo ok; fi",
    "( true )",
    "{ echo a; }",
    "node -e ''",
    "node -e 'process.exit(0)'",
    "node -e \"console.log('ok')\"",
    "python3 -c pass",
    "python3 -c 'import sys; sys.exit(0)'",
    "node --version",
    "npm -v",
    "cargo --version",
    "rm -rf out",
    "mkdir -p a && touch a/b",
    "git status",
    "echo hi > out.txt",
    "cd web && true",
    "for x in a b; do echo $x; done",
    "! false || true",
    "x=1",
    "cat /dev/null",
    "echo ok | cat",
    "true &",
    "rm -rf x || true",
    "docker rm x || true",
];

const MASKED: &[&str] = &[
    "jest || true",
    "jest || :",
    "jest; true",
    "jest; exit 0",
    "jest; echo done",
    "jest | tail",
    "jest 2>&1 | tail -n 5",
    "jest | tee out.log",
    "jest | cat",
    "jest || echo failed",
    "jest || exit 0",
    "jest &",
    "sh -c 'jest || true'",
    "( jest; true )",
    "{ jest; } || true",
    "if jest; then echo ok; else echo failed; fi",
    "while jest; do echo x; done",
    "npx jest || (echo failed && true)",
    "set +e\njest\necho done",
    "jest\nexit 0\nfalse",
    "true || jest",
    "jest | sort | uniq",
    "jest || { echo no; }",
    "eval 'jest; true'",
    "f() { jest; }\necho done",
];

const FAILS: &[&str] = &[
    "jest",
    "npm test",
    "true && jest",
    "jest && true",
    "jest && echo ok",
    "echo a; jest",
    "set -e\njest\necho done",
    "#!/bin/sh -e\njest\necho done",
    "jest || exit 1",
    "jest || { echo no; exit 1; }",
    "jest || (echo no; exit 1)",
    "set -o pipefail; jest | tail",
    "jest | grep passed",
    "! grep -q x y",
    "test -e one.txt",
    "test \"$(cat a)\" = b",
    "[ -f a ]",
    "ls a",
    "cat a",
    "exit 1",
    "exit $code",
    "code=0\njest || code=1\nexit $code",
    "if ! jest; then exit 1; fi",
    "if jest; then true; else exit 1; fi\necho ok",
    "if [ -e x ]; then jest; fi",
    "for t in *.sh; do sh $t || exit 1; done",
    "$RUN",
    "sh -c \"$CHECK\"",
    "sh test.sh",
    "./verify",
    "bin/true",
    "python3 -c 'import app'",
    "python3 -c 'assert f() == 1'",
    "node -e 'require(\"./a\")'",
    "python3 -m unittest",
    "git diff --exit-code",
    "docker build .",
    "timeout 60 jest",
    "CI=1 jest --ci",
    "cat <<E\nx\nE",
    "case $1 in a) jest;; esac",
    "x=$(jest)",
    "! true",
    "test -e a || false",
    "rm -f out; jest",
    "jest; code=$?; echo done; exit $code",
    "diff a b",
    "jest\nexit",
    "wait",
    "sort < a",
    "npm run build && npm run lint",
    "set -eu\ncd \"$(dirname \"$0\")\"\ntest -e a\necho ok",
];

#[test]
fn what_cannot_fail_is_told_from_what_can() {
    for (table, expected) in [(IDLE, Ends::Idle), (MASKED, Ends::Masked), (FAILS, Ends::AsFound)] {
        let wrong = table.iter().filter(|script| ends(script) != expected);
        let wrong: Vec<String> = wrong.map(|script| format!("{script:?}: {:?}", ends(script))).collect();
        assert!(wrong.is_empty(), "not {expected:?}: {}", wrong.join("\n"));
    }
}

#[test]
fn what_is_known_elsewhere_counts() {
    let known = |command: &str| command.contains("t.sh").then_some(Ends::Idle);
    for (script, expected) in [
        ("sh t.sh", Ends::Idle),
        ("./t.sh --all", Ends::Idle),
        ("sh t.sh && echo ok", Ends::Idle),
        ("sh t.sh && jest", Ends::AsFound),
        ("sh other.sh", Ends::AsFound),
    ] {
        assert_eq!(super::ends(script, &known), expected, "{script}");
    }
}

#[test]
fn every_line_of_a_recipe_decides() {
    let rows: &[(&[&str], Ends)] = &[
        (&[], Ends::Idle),
        (&["\t@echo fine"], Ends::Idle),
        (&["\t-jest"], Ends::Masked),
        (&["\t@-jest", "\t@echo done"], Ends::Masked),
        (&["\tjest", "\t@echo done"], Ends::AsFound),
        (&["\t-rm -f x", "\tjest"], Ends::AsFound),
        (&["\t-rm -f x"], Ends::Idle),
    ];
    for (lines, expected) in rows {
        assert_eq!(super::recipe(lines.iter().copied(), UNKNOWN), *expected, "{lines:?}");
    }
}

#[test]
fn no_script_is_too_strange_to_be_read() {
    let pieces = [
        "if", "then", "fi", "do", "done", "(", ")", "{", "}", "'", "\"", "$(", "`", "||", "|", "&", ";;", ">", "!",
        "\\", "case x", "é", "\n", "eval", "sh -c",
    ];
    for first in pieces {
        for second in pieces {
            for third in pieces {
                ends(&format!("{first} {second} {third}"));
                ends(&format!("{first}{second}{third}"));
            }
        }
    }
}
