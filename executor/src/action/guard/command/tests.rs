//! What checks run, on small trees.

use super::super::Check;
use super::super::finding::Kind;
use super::super::tree::Tree;
use super::*;

const BASE: &[(&str, &str)] = &[
    ("package.json", r#"{"scripts":{"test":"sh scripts/t.sh && jest","pretest":"tsc","build":"tsc"}}"#),
    ("scripts/t.sh", "set -eu\n./helper.sh\ngrep x y\n"),
    ("helper.sh", "true\n"),
    ("Makefile", "OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\nother:\n\techo\n"),
    ("justfile", "test:\n  cargo test\n"),
    ("app.py", "print()\n"),
    ("test_a.py", "def test_a():\n    assert x\n"),
    ("verify", "#!/bin/sh\nfalse\n"),
];

/// What is found when `path` says `text` instead.
fn found(check: &str, path: &str, text: Option<&str>) -> Vec<String> {
    let mut files: Vec<(&str, &str)> = BASE.iter().filter(|(p, _)| *p != path).copied().collect();
    files.extend(text.map(|text| (path, text)));
    let checks = [Check::of("c", check)];
    let findings = compare(&Tree::of(BASE), &Tree::of(&files), &checks);
    findings.into_iter().map(|f| format!("{}: {}", f.file, f.evidence)).collect()
}

#[test]
fn what_a_check_runs_must_stay() {
    let rows: [(&str, &str, Option<&str>, bool); 24] = [
        ("npm run test", "package.json", Some(r#"{"scripts":{"test":"true","pretest":"tsc"}}"#), true),
        ("npm test", "package.json", Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest"}}"#), true),
        ("yarn test", "package.json", Some("{}"), true),
        (
            "npm run test",
            "package.json",
            Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest && eslint .","pretest":"tsc"},"x":1}"#),
            false,
        ),
        (
            "npm run test",
            "package.json",
            Some(r#"{"scripts":{"test":"sh scripts/t.sh && jest || true","pretest":"tsc"}}"#),
            true,
        ),
        ("npm run build", "package.json", Some(r#"{"scripts":{"build":"tsc"}}"#), false),
        ("npm run test", "scripts/t.sh", Some("set -eu\n./helper.sh\n"), true),
        ("npm run test", "scripts/t.sh", Some("set -eu\n./helper.sh\ngrep x y\ngrep z y\n"), false),
        ("npm run test", "scripts/t.sh", Some("set -eu\nexit 0\n./helper.sh\ngrep x y\n"), true),
        ("npm run test", "helper.sh", Some("exit 0\n"), true),
        ("npm run test", "helper.sh", None, true),
        (
            "make test",
            "Makefile",
            Some("OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\nother:\n\tls\n"),
            false,
        ),
        ("make test", "Makefile", Some("OPTS = -q\ntest: build\n\t-pytest $(OPTS)\nbuild:\n\tcc x\n"), true),
        ("make test", "Makefile", Some("OPTS = -k none\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\n"), true),
        ("make test", "Makefile", Some("OPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\ttrue\n"), true),
        ("make -s test", "Makefile", None, true),
        (
            "make test",
            "Makefile",
            Some("SHELL = /bin/true\nOPTS = -q\ntest: build\n\tpytest $(OPTS)\nbuild:\n\tcc x\n"),
            true,
        ),
        ("just test", "justfile", Some("test:\n  true\n"), true),
        ("just test", "justfile", Some("test:\n  cargo test\nlint:\n  cargo clippy\n"), false),
        ("python3 app.py | grep x", "app.py", Some("print(1)\n"), false),
        ("python3 -m pytest test_a.py", "test_a.py", Some("def test_a():\n    assert y\n"), false),
        ("./verify", "verify", Some("#!/bin/sh\ntrue\n"), true),
        ("test -e new && sh scripts/none.sh", "scripts/none.sh", Some("x"), false),
        ("cd . && ./verify --fast", "verify", None, true),
    ];
    for (check, path, text, expected) in rows {
        let found = found(check, path, text);
        assert_eq!(!found.is_empty(), expected, "{check} {path} {text:?}: {found:?}");
    }
}

#[test]
fn what_rules_every_recipe_may_not_be_added() {
    let old = BASE.iter().find(|(path, _)| *path == "Makefile").expect("there is one").1;
    let rows = [
        ("MAKEFLAGS += -n\n", "", true),
        ("SHELL := /bin/true\n", "", true),
        ("", ".IGNORE:\n", true),
        ("", ".SHELLFLAGS = -c true\n", true),
        ("", ".PHONY: test\nmore:\n\tls\n", false),
    ];
    for (before, behind, expected) in rows {
        let new = format!("{before}{old}{behind}");
        assert_eq!(!found("make test", "Makefile", Some(&new)).is_empty(), expected, "{new:?}");
    }
}

#[test]
fn a_check_that_is_new_must_be_able_to_fail() {
    let rows = [
        ("make test", "Makefile", "test:\n\t-pytest\n", true),
        ("make test", "Makefile", "test:\n\t@pytest || true\n", true),
        ("make test", "Makefile", ".IGNORE:\ntest:\n\tpytest\n", true),
        ("make test", "Makefile", "test:\n\t@echo fine\n", true),
        ("make test", "Makefile", "test: all\nall:\n\ttrue\n", true),
        ("make test", "Makefile", "test:\n\tpytest -x\n", false),
        ("npm test", "package.json", r#"{"scripts":{"test":"jest || true"}}"#, true),
        ("npm test", "package.json", r#"{"scripts":{"test":"jest; exit 0"}}"#, true),
        ("npm test", "package.json", r#"{"scripts":{"test":"exit 0"}}"#, true),
        ("npm test", "package.json", r#"{"scripts":{"test":"jest --ci"}}"#, false),
        ("just test", "justfile", "test:\n  cargo test || :\n", true),
    ];
    for (check, path, text, expected) in rows {
        let checks = [Check::of("c", check)];
        let findings = compare(&Tree::of(&[("a.py", "x")]), &Tree::of(&[("a.py", "x"), (path, text)]), &checks);
        let kinds: Vec<Kind> = findings.iter().map(|finding| finding.kind).collect();
        assert_eq!(kinds, if expected { vec![Kind::CheckMasked] } else { vec![] }, "{check} {text:?}");
    }
}

#[test]
fn the_finding_says_what_runs_it() {
    let found = found("npm run test", "helper.sh", Some("exit 0\n"));
    assert_eq!(found, ["helper.sh: the check `c` runs this script: line 1 was `true`, and is `exit 0`"]);
}

/// Files before, files now, the check, and the kind that is found (empty: none).
type Case =
    (&'static [(&'static str, &'static str)], &'static [(&'static str, &'static str)], &'static str, &'static str);

const MAKES: (&str, &str) = ("Makefile", "test:\n\tpytest\n");
const TESTS: (&str, &str) = ("test/a.test.js", "it('a', () => { expect(a()).toBe(1) });\n");
const WORKSPACE: (&str, &str) =
    ("package.json", r#"{"workspaces":["web"],"scripts":{"test":"npm test --workspaces"}}"#);
const MEMBER: (&str, &str) = ("web/package.json", r#"{"name":"@x/web","scripts":{"test":"jest"}}"#);
const MEMBER_GONE: (&str, &str) = ("web/package.json", r#"{"name":"@x/web","scripts":{"test":"true"}}"#);

const CASES: &[Case] = &[
    // What a Makefile includes belongs to it.
    (
        &[MAKES],
        &[("Makefile", "test:\n\tpytest\ninclude x.mk\n"), ("x.mk", ".IGNORE:\n")],
        "make test",
        "command-changed",
    ),
    (
        &[MAKES],
        &[("Makefile", "-include x.mk\ntest:\n\tpytest\n"), ("x.mk", "MAKEFLAGS += -i\n")],
        "make test",
        "command-changed",
    ),
    (
        &[MAKES],
        &[("Makefile", "sinclude x.mk\ntest:\n\tpytest\n"), ("x.mk", "MAKEFLAGS := -k\n")],
        "make test",
        "command-changed",
    ),
    (
        &[MAKES],
        &[("Makefile", "test:\n\tpytest\ninclude x.mk\n"), ("x.mk", "test:\n\ttrue\n")],
        "make test",
        "command-changed",
    ),
    (
        &[MAKES],
        &[("Makefile", "test:\n\tpytest\ninclude mk/*.mk\n"), ("mk/x.mk", "test: ; @true\n")],
        "make test",
        "command-changed",
    ),
    (
        &[("Makefile", "include mk/t.mk\n"), ("mk/t.mk", "test:\n\tpytest\n")],
        &[("Makefile", "include mk/t.mk\n"), ("mk/t.mk", "test:\n\t-pytest\n")],
        "make test",
        "command-changed",
    ),
    (
        &[MAKES],
        &[("Makefile", "test:\n\tpytest\ninclude x.mk\n"), ("x.mk", "lint:\n\truff check\nX := 1\n")],
        "make test",
        "",
    ),
    (
        &[("Makefile", "include mk/t.mk\n"), ("mk/t.mk", "test:\n\tpytest\n")],
        &[("Makefile", "include mk/t.mk\n"), ("mk/t.mk", "test:\n\tpytest\n\truff check\n")],
        "make test",
        "",
    ),
    (&[MAKES], &[("Makefile", "-include out/x.mk\ntest:\n\tpytest\n")], "make test", "command-changed"),
    (&[MAKES], &[("Makefile", "-include .env\n-include $(OBJS:.o=.d) a.d\ntest:\n\tpytest\n")], "make test", ""),
    // The target is another, or is given other variables, or is not made at all.
    (&[MAKES], &[("Makefile", "test:\n\tpytest\ntest:\n\ttrue\n")], "make test", "command-changed"),
    (&[MAKES], &[("Makefile", "test: SHELL = /bin/true\ntest:\n\tpytest\n")], "make test", "command-changed"),
    (
        &[MAKES],
        &[(
            "Makefile",
            "SHELL := /bin/bash\n.SHELLFLAGS := -eu -o pipefail -c\nMAKEFLAGS += --no-print-directory\ntest:\n\tpytest\n",
        )],
        "make test",
        "",
    ),
    (
        &[("Makefile", "RUN ?= pytest\ntest:\n\t$(RUN)\n")],
        &[("Makefile", "RUN ?= pytest\nRUN = true\ntest:\n\t$(RUN)\n")],
        "make test",
        "command-changed",
    ),
    (
        &[("Makefile", "RUN ?= pytest\ntest:\n\t$(RUN)\n")],
        &[("Makefile", "RUN ?= pytest\ntest: RUN = true\ntest:\n\t$(RUN)\n")],
        "make test",
        "command-changed",
    ),
    (
        &[("Makefile", "T = a\ntest:\n\tpytest $(T)\n")],
        &[("Makefile", "T = a\nT += -k none\ntest:\n\tpytest $(T)\n")],
        "make test",
        "command-changed",
    ),
    (
        &[("Makefile", "T = a\ntest:\n\tpytest $(T)\n")],
        &[("Makefile", "T = a\nT += b\nS = 1\ntest:\n\tpytest $(T)\n")],
        "make test",
        "",
    ),
    (&[MAKES], &[MAKES, ("test/a", "x")], "make test", "command-changed"),
    (&[MAKES], &[("Makefile", ".PHONY: test\ntest:\n\tpytest\n"), ("test/a", "x")], "make test", ""),
    (&[MAKES, ("test/a", "x")], &[MAKES, ("test/a", "x"), ("test/b", "x")], "make test", ""),
    (
        &[("web/Makefile", "test:\n\tpytest\n")],
        &[("web/Makefile", "test:\n\ttrue\n")],
        "make -C web test",
        "command-changed",
    ),
    (
        &[("web/Makefile", "test:\n\tpytest\n")],
        &[("web/Makefile", "test:\n\ttrue\n")],
        "cd web && make test",
        "command-changed",
    ),
    (&[("t.mk", "test:\n\tpytest\n")], &[("t.mk", "test:\n\ttrue\n")], "make -f t.mk test", "command-changed"),
    (
        &[("justfile", "import 'x.just'\n"), ("x.just", "test:\n  jest\n")],
        &[("justfile", "import 'x.just'\n"), ("x.just", "test:\n  true\n")],
        "just",
        "command-changed",
    ),
    (
        &[("justfile", "import 'x.just'\n"), ("x.just", "test:\n  jest\n")],
        &[("justfile", "import 'x.just'\n"), ("x.just", "test:\n  true\n")],
        "just test",
        "command-changed",
    ),
    // What runs before and after a script.
    (
        &[JEST, TESTS],
        &[("package.json", r#"{"scripts":{"test":"jest","pretest":"rm -rf test"}}"#), TESTS],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[("package.json", r#"{"scripts":{"test":"jest","pretest":"rimraf ./test/*.js"}}"#), TESTS],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[("package.json", r#"{"scripts":{"test":"jest","pretest":"sed -i s/1/2/ test/a.test.js"}}"#), TESTS],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[("package.json", r#"{"scripts":{"test":"jest","pretest":"cp fine.js test/a.test.js"}}"#), TESTS],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[
            (
                "package.json",
                r#"{"scripts":{"test":"jest","pretest":"node -e \"fs.rmSync('test',{recursive:true})\""}}"#,
            ),
            TESTS,
        ],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[
            ("package.json", r#"{"scripts":{"test":"jest","pretest":"ln -sf /bin/true node_modules/.bin/jest"}}"#),
            TESTS,
        ],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[("package.json", r#"{"scripts":{"test":"jest","posttest":"git checkout test"}}"#), TESTS],
        "npm test",
        "command-changed",
    ),
    (
        &[JEST, TESTS],
        &[
            ("package.json", r#"{"scripts":{"test":"jest","pretest":"sh prep.sh"}}"#),
            TESTS,
            ("prep.sh", "rm -rf test\n"),
        ],
        "npm test",
        "check-masked",
    ),
    (
        &[JEST, TESTS],
        &[
            (
                "package.json",
                r#"{"scripts":{"test":"jest","pretest":"rm -rf dist && tsc -p .","posttest":"sh done.sh"}}"#,
            ),
            TESTS,
            ("done.sh", "echo done\n"),
        ],
        "npm test",
        "",
    ),
    // Packages below the top.
    (&[WORKSPACE, MEMBER], &[WORKSPACE, MEMBER_GONE], "npm test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "npm test -w @x/web", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "npm --prefix web test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "cd web && npm run test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "pnpm -r test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "pnpm --filter @x/web run test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "yarn workspace @x/web test", "command-changed"),
    (&[MEMBER], &[MEMBER_GONE], "npx turbo run test --all", "command-changed"),
    (&[JEST, MEMBER], &[JEST, MEMBER_GONE], "npm test", ""),
    (
        &[MEMBER],
        &[("web/package.json", r#"{"name":"@x/web","scripts":{"test":"jest","dev":"vite"},"dependencies":{"a":"1"}}"#)],
        "npm test -w @x/web",
        "",
    ),
    // Data is listed, and fails nobody.
    (&[("tests/in.txt", "a\n")], &[("tests/in.txt", "b\n")], "grep -q b tests/in.txt", "test-changed"),
    (&[("tests/in.json", "1\n")], &[("tests/in.json", "2\n")], "sh -c 'cat tests/in.json'", "test-changed"),
    (&[("checklist.md", "a\n")], &[("checklist.md", "b\n")], "test -s checklist.md", "test-changed"),
    (&[("tests/jest.json", "1\n")], &[("tests/jest.json", "2\n")], "jest --config tests/jest.json", "command-changed"),
    (&[("ci/list.txt", "1\n")], &[("ci/list.txt", "2\n")], "xargs sh < ci/list.txt", "command-changed"),
    (
        &[("package.json", r#"{"scripts":{"test":"echo none yet"}}"#)],
        &[("package.json", r#"{"scripts":{"test":"echo none yet","dev":"vite"}}"#)],
        "npm test",
        "",
    ),
    // A new script is judged where it is there to prove something, and not where it is the work.
    (&[], &[("test.sh", "echo fine\n")], "sh test.sh", "check-masked"),
    (&[], &[("scripts/run.sh", "jest || true\n")], "sh scripts/run.sh", "check-masked"),
    (&[], &[("hello.sh", "echo hello\n")], "sh hello.sh | grep -q hello", ""),
    // Where nothing proved anything, whatever comes is new.
    (
        &[("package.json", r#"{"scripts":{"test":"echo \"Error: no test specified\" && exit 1"}}"#)],
        &[JEST],
        "npm test",
        "",
    ),
    (&[("package.json", r#"{"scripts":{"test":"echo none yet"}}"#)], &[JEST], "npm test", ""),
    (&[("Makefile", "test:\n\t@true\n")], &[MAKES], "make test", ""),
    (
        &[("package.json", r#"{"scripts":{"test":"echo none yet"}}"#)],
        &[("package.json", r#"{"scripts":{"test":"echo none at all"}}"#)],
        "npm test",
        "check-masked",
    ),
];

const JEST: (&str, &str) = ("package.json", r#"{"scripts":{"test":"jest"}}"#);

#[test]
fn what_is_run_is_followed_wherever_it_stands() {
    let wrong = CASES.iter().filter_map(|(base, now, check, expected)| {
        let findings = compare(&Tree::of(base), &Tree::of(now), &[Check::of("c", check)]);
        let kinds: Vec<&str> = findings.iter().map(|finding| finding.kind.word()).collect();
        let right = if expected.is_empty() { kinds.is_empty() } else { kinds.contains(expected) };
        (!right).then(|| format!("{check}: {now:?}: {expected} {findings:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn first_checks_that_cannot_fail_prove_nothing() {
    let scripts = [
        ("sh -c true", true),
        ("test 1", true),
        ("ls", true),
        (":", true),
        ("echo ok && exit 0", true),
        ("jest; true", true),
        ("jest | tail -5", true),
        ("sh t.sh", true),
        ("npm run unit", true),
        ("make -s deep", true),
        ("node --version", true),
        ("jest | tee out.log | cat", true),
        ("set -o pipefail; jest | tail", false),
        ("jest && echo fine", false),
        ("sh real.sh", false),
        ("sh t.sh && sh real.sh", false),
        ("rm -rf out || true; jest", false),
        ("eslint . --max-warnings 0", false),
        ("node --test", false),
    ];
    for (script, expected) in scripts {
        let package = serde_json::json!({ "scripts": { "test": script, "unit": "exit 0" } }).to_string();
        let now = [
            ("package.json", package.as_str()),
            ("t.sh", "echo running\nexit 0\n"),
            ("real.sh", "set -e\ntest -e a\necho ok\n"),
            ("Makefile", "deep:\n\t@sh t.sh\n"),
        ];
        let findings = compare(&Tree::of(&[("a", "x")]), &Tree::of(&now), &[Check::of("c", "npm test")]);
        let kinds: Vec<&str> = findings.iter().map(|finding| finding.kind.word()).collect();
        assert_eq!(kinds, if expected { vec!["check-masked"] } else { vec![] }, "{script}: {findings:?}");
    }
}

#[test]
fn what_a_person_gave_may_be_anything_and_nothing_else() {
    for (given, expected) in [(true, 0), (false, 1)] {
        let check = Check { given, ..Check::of("c", "jest || true") };
        assert_eq!(compare(&Tree::of(&[]), &Tree::of(&[]), &[check]).len(), expected, "{given}");
    }
}

/// A program of which a recipe only looks at what it says is what is tested.
#[test]
fn what_is_compared_may_be_anything_unless_it_proves_itself() {
    let make = "test:\n\tbin/greet Ann | grep -x 'hello Ann'\n";
    let rows = [
        (make, "#!/bin/sh\necho \"hello $1\"\n", false),
        ("test:\n\tbin/greet Ann | tee log\n", "#!/bin/sh\necho \"hello $1\"\n", true),
        ("test:\n\tbin/greet Ann && ls | grep x\n", "#!/bin/sh\necho \"hello $1\"\n", true),
        (make, "#!/bin/sh\n[ \"$(app)\" = x ] && echo \"hello $1\"\n", true),
        (make, "#!/bin/sh\nsh tests/a.sh\n", true),
        (make, "#!/bin/sh\npython3 -m unittest\n", true),
        ("test:\n\tbin/greet Ann | diff - want.txt\n", "#!/bin/sh\necho \"hello $1\"\n", true),
        ("test:\n\tbin/greet Ann | grep -xf want.txt\n", "#!/bin/sh\necho \"hello $1\"\n", true),
        ("test:\n\tbin/greet Ann | grep -x hello want.txt\n", "#!/bin/sh\necho \"hello $1\"\n", true),
        ("test:\n\tbin/greet Ann | grep -x \"$(cat want.txt)\"\n", "#!/bin/sh\necho \"hello $1\"\n", true),
    ];
    for (make, old, found) in rows {
        let base = [("Makefile", make), ("bin/greet", old), ("tests/a.sh", "false\n")];
        let now = [base[0], ("bin/greet", "#!/bin/sh\necho \"hello ${1:-you}\"\n"), base[2]];
        let findings = compare(&Tree::of(&base), &Tree::of(&now), &[Check::of("c", "make test")]);
        assert_eq!(
            !findings.is_empty(),
            found,
            "{make} {old} {:?}",
            findings.iter().map(|f| &f.evidence).collect::<Vec<_>>()
        );
    }
}

/// A script may get more options that make it fail, and a run of tests may tell more.
#[test]
fn a_script_may_be_stricter() {
    let old = "set -e\npython3 -m unittest\nnpm test\n";
    for (new, wrong) in [
        ("set -euo pipefail\npython3 -m unittest -v\n(npm test)\n", false),
        ("set -u\npython3 -m unittest\nnpm test\n", true),
        ("set -e\npython3 -m unittest -k x -v\nnpm test\n", true),
        ("set -e\npython3 -m unittest\n(npm test) || true\n", true),
        ("set -e\npython3 -m unittest -v\n", true),
    ] {
        let (base, now) = ([("ci.sh", old)], [("ci.sh", new)]);
        let findings = compare(&Tree::of(&base), &Tree::of(&now), &[Check::of("c", "sh ci.sh")]);
        assert_eq!(!findings.is_empty(), wrong, "{new} {:?}", findings.iter().map(|f| &f.evidence).collect::<Vec<_>>());
    }
    let (base, now) = ([("ci.sh", "a\nb\n")], [("ci.sh", "(a)\nb\n")]);
    assert!(!compare(&Tree::of(&base), &Tree::of(&now), &[Check::of("c", "sh ci.sh")]).is_empty());
    let (base, now) = ([("ci.sh", "pytest\n")], [("ci.sh", "pytest -v\n")]);
    assert!(compare(&Tree::of(&base), &Tree::of(&now), &[Check::of("c", "sh ci.sh")]).is_empty());
}
