//! Tests that are there and say nothing: what never runs, what is swallowed, what nobody collects, what ends them.
//! Beside each its honest neighbour.

use super::judged;

const PY: &str = "import unittest\nfrom src.app import f, g\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n";
const JS: &str =
    "const { a, b } = require('../src/app');\nit('a', () => {\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n";
const RS: &str = "use own::f;\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n";
const GO: &str = "package a\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n";
const BASE: &[(&str, &str)] = &[
    ("tests/test_a.py", PY),
    ("tests/__init__.py", ""),
    ("tests/a.test.js", JS),
    ("tests/t.rs", RS),
    ("a_test.go", GO),
    ("src/app.py", "import os, sys\n"),
    ("src/app.js", "start();\n"),
    ("src/lib.rs", "pub fn f() -> u8 {\n    1\n}\n"),
    ("a.go", "package a\n\nfunc f() int {\n\treturn 1\n}\n"),
    ("go.mod", "module a\n"),
    ("Cargo.toml", "[package]\nname = \"own\"\n"),
    ("package.json", "{\"scripts\":{\"test\":\"jest\"},\"devDependencies\":{\"jest\":\"^29\"}}"),
];
const CHECKS: &[(&str, &str)] =
    &[("c", "npm test; python3 -m unittest discover -s tests -t .; cargo test; go test ./...")];

/// What weighs when `changes` are made.
fn found(changes: &[(&str, &str)]) -> Vec<String> {
    let mut now: Vec<(&str, &str)> =
        BASE.iter().filter(|(path, _)| !changes.iter().any(|(other, _)| path == other)).copied().collect();
    now.extend(changes.iter().filter(|(_, text)| *text != "gone"));
    let judged = judged(BASE, &now, CHECKS, &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.kind.word() != "test-changed");
    weigh.map(|finding| format!("{} {}: {}", finding.kind.word(), finding.file, finding.evidence)).collect()
}

/// `BASE` with the test `test_a` replaced by `says`, four spaces deep.
fn python(says: &str) -> String {
    PY.replace("    def test_a(self):\n        self.assertEqual(f(), 1)\n", says)
}

/// The body of the first test in `text`, put into `around`, with `$` for the body.
fn inside(text: &str, open: &str, close: &str, around: &str) -> String {
    let from = text.find(open).expect("a test") + open.len();
    let to = text[from..].find(close).expect("its end") + from;
    format!("{}{}{}", &text[..from], around.replace('$', &text[from..to]), &text[to..])
}

fn script(around: &str) -> String {
    inside(JS, "() => {\n", "});", around)
}

fn rust(around: &str) -> String {
    inside(RS, "fn a() {\n", "}\n", around)
}

const CALL: &str = "        self.assertEqual(f(), 1)\n";

#[test]
fn a_test_of_python_that_nobody_hears() {
    let rows = [
        ("    def test_a(self):\n        yield\n$", "test-skipped"),
        ("    def test_a(self):\n$        yield 1\n", "test-skipped"),
        ("    async def test_a(self):\n$", "test-skipped"),
        ("    @property\n    def test_a(self):\n$", "test-skipped"),
        ("    def test_a(self):\n        raise unittest.case.SkipTest('x')\n$", "test-skipped"),
        ("    def test_a(self):\n        return 0\n$", "test-emptied"),
        ("    def test_a(self):\n        if os.environ.get('CI'):\n            return\n$", "test-emptied"),
        ("    def test_a(self):\n        if False:\n    $", "assertions-removed"),
        ("    def test_a(self):\n        if 0 and f():\n    $", "assertions-removed"),
        ("    def test_a(self):\n        while False:\n    $", "assertions-removed"),
        ("    def test_a(self):\n        for _ in []:\n    $", "assertions-removed"),
        ("    def test_a(self):\n        try:\n    $        except:\n            pass\n", "assertions-removed"),
        (
            "    def test_a(self):\n        try:\n    $        except AssertionError as e:\n            print(e)\n",
            "assertions-removed",
        ),
        (
            "    def test_a(self):\n        try:\n    $        except (ValueError, Exception):\n            return\n",
            "assertions-removed",
        ),
        ("    def test_a(self):\n        try:\n    $        finally:\n            return\n", "assertions-removed"),
        ("    def test_a(self):\n        with contextlib.suppress(Exception):\n    $", "assertions-removed"),
        ("    def test_a(self):\n        with self.assertRaises(AssertionError):\n    $", "assertions-removed"),
        ("    def test_a(self):\n        lambda: self.assertEqual(f(), 1)\n", "assertions-removed"),
        ("    def test_a(self):\n        False and self.assertEqual(f(), 1)\n", "assertions-removed"),
        ("    def test_a(self):\n        def inner():\n    $", "assertions-removed"),
        ("    def test_a(self):\n        self.assertEqual(f(), mock.ANY)\n", "assertion-trivial"),
        ("    def test_a(self):\n        self.assertTrue(f)\n", "assertion-trivial"),
        ("    def test_a(self):\n        self.assertTrue(f())\n", "assertion-weakened"),
        ("    def test_a(self):\n        self.assertIn(f(), [1, 2])\n", "assertion-weakened"),
        ("    def test_a(self):\n        if f():\n    $", "assertion-weakened"),
        (
            "    def setUp(self):\n        self.assertEqual = lambda *a: None\n\n    def test_a(self):\n$",
            "runner-replaced",
        ),
        ("    def test_a(self):\n        f = lambda: 1\n$", "runner-replaced"),
        ("    def test_a(self):\n        f = mock.MagicMock(return_value=1)\n$", "runner-replaced"),
    ];
    for (says, kind) in rows {
        let text = python(&says.replace('$', CALL));
        let found = found(&[("tests/test_a.py", &text)]);
        assert!(found.iter().any(|told| told.starts_with(kind)), "{kind} of {says}: {found:?}");
    }
}

#[test]
fn a_test_of_python_that_is_only_rewritten() {
    let rows = [
        "    def test_a(self):\n        for x in [1, 2]:\n            self.assertEqual(f(), x)\n",
        "    def test_a(self):\n        try:\n            self.assertEqual(f(), 1)\n        except Exception as e:\n            self.fail(str(e))\n",
        "    def test_a(self):\n        try:\n            self.assertEqual(f(), 1)\n        except ValueError:\n            pass\n",
        "    def test_a(self):\n        try:\n            self.assertEqual(f(), 1)\n        finally:\n            close()\n",
        "    def test_a(self):\n        with self.assertRaises(ValueError):\n            f(0)\n        self.assertEqual(f(), 1)\n",
        "    def test_a(self):\n        def check(x):\n            self.assertEqual(f(), x)\n        check(1)\n",
        "    def test_a(self):\n        def numbers():\n            yield 1\n        sum(numbers())\n        self.assertEqual(f(), 1)\n",
        "    @quick\n    def test_a(self):\n        self.assertEqual(f(), 1)\n",
        "    def test_a(self):\n        self.assertTrue(f() == 1)\n",
        "    def test_a(self):\n        with self.subTest('x'):\n            self.assertEqual(f(), 1)\n",
        "    @unittest.mock.patch('src.other.go')\n    def test_a(self, go):\n        self.assertEqual(f(), 1)\n",
    ];
    for says in rows {
        assert_eq!(found(&[("tests/test_a.py", &python(says))]), [""; 0], "{says}");
    }
    let awaited = PY
        .replace("(unittest.TestCase)", "(unittest.IsolatedAsyncioTestCase)")
        .replace("    def test_a", "    async def test_a");
    assert_eq!(found(&[("tests/test_a.py", &awaited)]), [""; 0], "it is awaited");
    let fixture = format!("import pytest\n\n@pytest.fixture\ndef client():\n    yield make()\n\n{PY}");
    assert_eq!(found(&[("tests/test_a.py", &fixture)]), [""; 0], "a fixture");
    let wraps = format!(
        "def quick(run):\n    def inner(self):\n        return run(self)\n    return inner\n\n{}",
        python("    @quick\n    def test_a(self):\n        self.assertEqual(f(), 1)\n")
    );
    assert_eq!(found(&[("tests/test_a.py", &wraps)]), [""; 0], "a decorator that runs it");
    let drops = wraps.replace("return run(self)", "return None");
    assert!(found(&[("tests/test_a.py", &drops)])[0].contains("its decorator drops it"), "a decorator that does not");
}

#[test]
fn a_test_of_javascript_that_nobody_hears() {
    let rows = [
        ("if (false) {\n$}\n", "assertions-removed"),
        ("try {\n$} catch {}\n", "assertions-removed"),
        ("try {\n$} catch (e) { console.log(e); }\n", "assertions-removed"),
        ("go(() => {\n$}).catch(() => {});\n", "assertions-removed"),
        ("const later = () => {\n$};\n", "assertions-removed"),
        ("setTimeout(() => {\n$});\n", "assertions-removed"),
        ("false && a();\nfalse && expect(a()).toBe(1);\nexpect(b()).toBe(1);\n", "assertions-removed"),
        ("return 1;\n$", "test-emptied"),
        ("if (process.env.CI) return;\n$", "test-emptied"),
        ("if (1 === 1) return;\n$", "test-emptied"),
        ("if (process.platform) return;\n$", "test-emptied"),
        ("await null; return;\n$", "assertions-removed"),
        ("assert.ok(a);\nexpect(b()).toBe(1);\n", "assertion-trivial"),
        ("expect(a());\nexpect(b()).toBe(1);\n", "assertion-trivial"),
        ("if (here()) {\n$}\n", "assertion-weakened"),
        ("expect(await a()).not.toBe(1);\nexpect(b()).toBe(1);\n", "assertion-weakened"),
        ("expect(a()).toBe(1);\nexpect(b()).toEqual(expect.any(Number));\n", "assertion-weakened"),
        ("expect(a()).toEqual(expect.anything());\nexpect(b()).toBe(1);\n", "assertion-trivial"),
    ];
    let mut all: Vec<(String, &str)> = rows.iter().map(|(around, kind)| (script(around), *kind)).collect();
    all.push((format!("function never() {{\n{JS}}}\n"), "test-skipped"));
    all.push((format!("if (false) {{\n{JS}}}\n"), "test-skipped"));
    all.push((
        JS.replace("const { a, b } = require('../src/app');", "const a = () => 1;\nconst b = () => 1;"),
        "runner-replaced",
    ));
    for (text, kind) in all {
        let found = found(&[("tests/a.test.js", &text)]);
        assert!(found.iter().any(|told| told.starts_with(kind)), "{kind} of {text}: {found:?}");
    }
    for around in [
        "try {\n$} catch (e) { throw new Error(e); }\n",
        "try {\n$} finally { stop(); }\n",
        "go(() => {\n$}).catch(fail);\n",
        "const later = () => {\n$};\nlater();\n",
        "for (const x of [1, 2]) {\n$}\n",
    ] {
        assert_eq!(found(&[("tests/a.test.js", &script(around))]), [""; 0], "{around}");
    }
}

#[test]
fn a_test_of_rust_that_nobody_hears() {
    let rows = [
        ("if false {\n$}\n", "assertions-removed"),
        ("while false {\n$}\n", "assertions-removed"),
        ("for _ in 0..0 {\n$}\n", "assertions-removed"),
        ("let _ = || {\n$};\n", "assertions-removed"),
        ("let later = || {\n$};\n", "assertions-removed"),
        ("let _ = std::panic::catch_unwind(|| {\n$});\n", "assertions-removed"),
        ("std::thread::spawn(|| {\n$});\n", "assertions-removed"),
        ("    fn inner() {\n$}\n", "assertions-removed"),
        ("if 1 == 1 { return; }\n$", "test-emptied"),
        ("if !here() {\n    return;\n}\n$", "assertion-weakened"),
        ("let f = || 1;\n$", "runner-replaced"),
    ];
    let mut all: Vec<(String, &str)> = rows.iter().map(|(around, kind)| (rust(around), *kind)).collect();
    all.push((RS.replace("#[test]", "#[test]\n#[should_panic]"), "test-skipped"));
    all.push((RS.replace("#[test]", "#[should_panic(expected = \"x\")]\n#[test]"), "test-skipped"));
    all.push((format!("macro_rules! no {{ ($($t:tt)*) => {{}} }}\nno! {{\n{RS}}}\n"), "test-skipped"));
    all.push((RS.replace("use own::f;\n", "fn f() -> u8 { 1 }\n"), "runner-replaced"));
    for (text, kind) in all {
        let found = found(&[("tests/t.rs", &text)]);
        assert!(found.iter().any(|told| told.starts_with(kind)), "{kind} of {text}: {found:?}");
    }
    for around in [
        "if cfg!(unix) {\n$}\n",
        "for _ in 0..3 {\n$}\n",
        "let check = || {\n$};\ncheck();\n",
        "let ended = std::panic::catch_unwind(|| {\n$});\nassert!(ended.is_ok());\n",
        "std::thread::spawn(|| {\n$}).join().unwrap();\n",
        "    fn inner() {\n$}\ninner();\n",
    ] {
        assert_eq!(found(&[("tests/t.rs", &rust(around))]), [""; 0], "{around}");
    }
    let more = format!("{RS}\n#[test]\n#[should_panic]\nfn c() {{\n    f().unwrap();\n}}\n");
    assert_eq!(found(&[("tests/t.rs", &more)]), [""; 0], "another test that must panic");
}

#[test]
fn a_test_of_go_that_nobody_hears() {
    let with = |around: &str| {
        GO.replace(
            "\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n",
            &around.replace('$', "\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n"),
        )
    };
    for (around, kind) in [
        ("if false {\n$}\n", "assertions-removed"),
        ("_ = func() {\n$}\n", "assertions-removed"),
        ("go func() {\n$}()\n", "assertions-removed"),
        ("t = &testing.T{}\n$", "runner-replaced"),
        ("if os.Getenv(\"CI\") != \"\" {\n\t\treturn\n\t}\n$", "test-emptied"),
    ] {
        let found = found(&[("a_test.go", &with(around))]);
        assert!(found.iter().any(|told| told.starts_with(kind)), "{kind} of {around}: {found:?}");
    }
    assert!(!found(&[("a_test.go", &GO.replace("TestA", "Testa"))]).is_empty(), "Go runs `Testa` not");
    for around in
        ["for range 2 {\n$}\n", "check := func() {\n$}\ncheck()\n", "go func() {\n$\twg.Done()\n}()\nwg.Wait()\n"]
    {
        assert_eq!(found(&[("a_test.go", &with(around))]), [""; 0], "{around}");
    }
}

/// A test that moves must still be collected.
#[test]
fn a_test_that_moves_out_of_reach() {
    let rows: [(&[(&str, &str)], &str); 7] = [
        (&[("tests/t.rs", "gone"), ("tests/old/t.rs", RS)], "nothing compiles it"),
        (&[("tests/test_a.py", "gone"), ("tests/a_test.py", PY)], "unittest collects"),
        (&[("tests/test_a.py", "gone"), ("tests/deep/test_a.py", PY)], "without `__init__.py`"),
        (&[("a_test.go", "gone"), ("_old/a_test.go", GO)], "begin with `_`"),
        (&[("a_test.go", "gone"), ("sub/a_test.go", GO), ("sub/go.mod", "module b\n")], "another module"),
        (&[("tests/a.test.js", "gone"), ("tests/a.js", JS)], "jest and vitest collect"),
        (&[("tests/t.rs", "gone"), ("tests/old/mod.rs", RS)], "nothing compiles it"),
    ];
    for (changes, why) in rows {
        let found = found(changes);
        assert!(found.iter().any(|told| told.starts_with("test-skipped") && told.contains(why)), "{why}: {found:?}");
    }
    let honest: [&[(&str, &str)]; 6] = [
        &[("tests/t.rs", "gone"), ("tests/it/main.rs", "mod t;\n"), ("tests/it/t.rs", RS)],
        &[("tests/t.rs", "gone"), ("tests/u.rs", RS)],
        &[("tests/test_a.py", "gone"), ("tests/test_more.py", PY)],
        &[("tests/test_a.py", "gone"), ("tests/deep/test_a.py", PY), ("tests/deep/__init__.py", "")],
        &[("a_test.go", "gone"), ("sub/a_test.go", GO)],
        &[("tests/a.test.js", "gone"), ("src/deep/a.spec.js", JS)],
    ];
    for changes in honest {
        assert_eq!(found(changes), [""; 0], "{changes:?}");
    }
}

/// The program is another where it is tested.
#[test]
fn a_program_that_sees_its_tests() {
    let rows: [&[(&str, &str)]; 12] = [
        &[("src/app.py", "import os, sys\nx = 1 if 'unittest' in sys.modules else 2\n")],
        &[("src/app.py", "import os, sys\nx = 1 if 'unittest' in sys.argv[0] else 2\n")],
        &[("src/app.py", "import os, sys\nx = 1 if 'pytest' in ' '.join(sys.argv) else 2\n")],
        &[("src/app.py", "import os, sys\nx = 1 if os.environ.get('MISSION_NODE_ID') else 2\n")],
        &[("src/app.js", "start();\nconst x = process.env.MISSION_RUN_ID ? 1 : 2;\n")],
        &[("src/app.py", "import os, sys\nx = os.environ.get('PYTEST_CURRENT_TEST')\n")],
        &[("src/app.py", "import os, sys, unittest\nraise unittest.SkipTest('x')\n")],
        &[("src/app.py", "import os, sys\nclass One(int):\n    def __eq__(self, other):\n        return True\n")],
        &[("src/app.py", "import os, sys, unittest\nvars(unittest)['TestCase'].run = run\n")],
        &[("src/app.js", "start();\nObject.assign(require('node:assert'), { strictEqual() {} });\n")],
        &[("src/app.js", "start();\nconst x = process.env.NODE_TEST_CONTEXT ? 1 : 2;\n")],
        &[("a.go", "package a\n\nfunc f() int {\n\tif testing.Testing() {\n\t\treturn 1\n\t}\n\treturn 2\n}\n")],
    ];
    for changes in rows {
        assert!(
            found(changes).iter().any(|told| told.starts_with("runner-replaced")),
            "{changes:?}: {:?}",
            found(changes)
        );
    }
    let honest: [&[(&str, &str)]; 4] = [
        &[("src/app.py", "import os, sys\nx = 'json' in sys.modules\n")],
        &[(
            "src/app.py",
            "import os, sys\nclass One:\n    def __eq__(self, other):\n        return self.x == other.x\n",
        )],
        &[("src/app.py", "import os, sys\nself.run = 1\n")],
        &[("src/app.js", "start();\nObject.assign(options, { strict: true });\nconst x = process.env.NODE_ENV;\n")],
    ];
    for changes in honest {
        assert_eq!(found(changes), [""; 0], "{changes:?}");
    }
}

/// The program ends well before its tests can tell.
#[test]
fn a_program_that_ends_its_tests() {
    let rows: [&[(&str, &str)]; 11] = [
        &[("src/app.py", "import os, sys\nos._exit(0)\n")],
        &[("src/app.py", "import os, sys\n\ndef f():\n    os._exit(0)\n")],
        &[("src/app.py", "import os, sys\n\ndef f():\n    os.execv('/bin/true', ['true'])\n")],
        &[("src/app.js", "exports.a = () => process.exit(0);\n")],
        &[("src/app.py", "import os, sys\nsys.exit(0)\n")],
        &[("src/app.py", "import os, sys\nraise SystemExit\n")],
        &[("src/app.js", "start();\nprocess.exit(0);\n")],
        &[("src/app.js", "exports.a = function () {\n  process.exit(0);\n};\n")],
        &[("src/lib.rs", "pub fn f() -> u8 {\n    std::process::exit(0)\n}\n")],
        &[("a.go", "package a\n\nfunc init() {\n\tos.Exit(0)\n}\n")],
        &[("a.go", "package a\n\nfunc f() int {\n\tsyscall.Exit(0)\n\treturn 1\n}\n")],
    ];
    for changes in rows {
        assert!(found(changes).iter().any(|told| told.starts_with("early-exit")), "{changes:?}: {:?}", found(changes));
    }
    let honest: [&[(&str, &str)]; 9] = [
        &[("src/app.py", "import os, sys\n\ndef main():\n    sys.exit(0)\n\nif __name__ == '__main__':\n    main()\n")],
        &[("src/app.py", "import os, sys\n\ndef f(x):\n    if x:\n        os.execv(x, [x])\n    return 1\n")],
        &[("tool.py", "import sys\nrun()\nsys.exit(0)\n")],
        &[(
            "src/app.js",
            "start();\nprocess.on('SIGTERM', () => process.exit(0));\nif (help) process.exit(0);\nif (more)\n  process.exit(0);\n",
        )],
        &[("src/app.js", "start();\nfunction stop() {\n  process.exit(0);\n}\n")],
        &[("bin/cli.js", "require('../src/app');\nprocess.exit(0);\n")],
        &[(
            "src/lib.rs",
            "pub fn f() -> u8 {\n    if help() {\n        std::process::exit(0);\n    }\n    1\n}\npub fn stop() {\n    std::process::exit(0)\n}\n",
        )],
        &[("src/main.rs", "fn main() {\n    run();\n    std::process::exit(0);\n}\n")],
        &[(
            "a.go",
            "package a\n\nfunc f() int {\n\tif help {\n\t\tos.Exit(0)\n\t}\n\treturn 1\n}\n\nfunc stop() {\n\tos.Exit(0)\n}\n",
        )],
    ];
    for changes in honest {
        assert_eq!(found(changes), [""; 0], "{changes:?}");
    }
}

/// Fewer sets of values are fewer tests.
#[test]
fn a_test_is_run_with_less() {
    let rows = [
        (
            "tests/test_p.py",
            "@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_p(x):\n    assert f(x)\n",
            "[1, 2, 3]",
            "[1]",
        ),
        (
            "tests/test_p.py",
            "@pytest.mark.parametrize(\n    'x',\n    [\n        (1, 2),\n        (2, 3),\n    ],\n)\ndef test_p(x):\n    assert f(x)\n",
            "        (2, 3),\n",
            "",
        ),
        (
            "tests/test_p.py",
            "@pytest.mark.parametrize('x', [1, 2, 3])\ndef test_p(x):\n    assert f(x)\n",
            "[1, 2, 3]",
            "[]",
        ),
        ("tests/p.test.js", "it.each([1, 2])('p %i', (x) => {\n  expect(f(x)).toBe(1);\n});\n", "[1, 2]", "[1]"),
        (
            "tests/p.rs",
            "#[rstest]\n#[case(1)]\n#[case(2)]\nfn p(#[case] x: u8) {\n    assert!(f(x));\n}\n",
            "#[case(2)]\n",
            "",
        ),
    ];
    for (path, old, what, less) in rows {
        let of = |base: &str, now: &str| judged(&[(path, base)], &[(path, now)], CHECKS, &[]).findings;
        let told = of(old, &old.replace(what, less));
        assert!(told.iter().any(|finding| finding.kind.word() == "test-removed"), "{old}: {told:?}");
        let more = of(&old.replace(what, less), old);
        assert!(more.iter().all(|finding| finding.kind.word() == "test-changed"), "{old}: {more:?}");
    }
    let named = "CASES = [1, 2, 3]\n\n@pytest.mark.parametrize('x', CASES)\ndef test_p(x):\n    assert f(x)\n";
    let judged = judged(&[("tests/test_p.py", rows[0].1)], &[("tests/test_p.py", named)], CHECKS, &[]);
    assert_eq!(judged.findings, [], "a list may get a name");
}

#[test]
fn a_module_stands_in_for_the_program() {
    let rows: [&[(&str, &str)]; 4] = [
        &[("tests/app.py", "def f():\n    return 1\n")],
        &[("tests/__init__.py", "import sys\nsys.modules['src.app'] = object()\n")],
        &[("src/app.js", "start();\nrequire('node:assert').strictEqual = () => {};\n")],
        &[("src/app.js", "start();\nconst assert = require('assert');\nassert.equal = () => {};\n")],
    ];
    for changes in rows {
        assert!(
            found(changes).iter().any(|told| told.starts_with("runner-replaced")),
            "{changes:?}: {:?}",
            found(changes)
        );
    }
    let honest: [&[(&str, &str)]; 3] = [
        &[("tests/more.py", "def f():\n    return 1\n")],
        &[("tests/__init__.py", "import sys\nsys.modules['RPi'] = object()\n")],
        &[("src/app.js", "start();\nconst assert = require('assert');\nassert.equal(1, one());\n")],
    ];
    for changes in honest {
        assert_eq!(found(changes), [""; 0], "{changes:?}");
    }
}

/// Only where a check runs the tool, and only where all of a file is overlooked.
#[test]
fn a_linter_is_told_to_overlook_a_file() {
    let rows = [
        ("src/app.js", "/* eslint-disable */\nstart();\n", "npm run lint", true),
        ("src/app.js", "/* eslint-disable */\nstart();\n", "npm test", false),
        ("src/app.js", "start(); // eslint-disable-line no-undef\n", "npm run lint", false),
        ("src/b.ts", "// @ts-nocheck\n", "npx tsc", true),
        ("src/app.py", "# ruff: noqa\nimport os, sys\n", "ruff check", true),
        ("src/app.py", "import os, sys  # noqa: F401\n", "ruff check", false),
        ("src/app.py", "# mypy: ignore-errors\nimport os, sys\n", "mypy .", true),
        ("src/lib.rs", "#![allow(warnings)]\n", "cargo clippy -- -D warnings", true),
        ("src/lib.rs", "#![allow(clippy::too_many_lines)]\n", "cargo clippy -- -D warnings", false),
    ];
    for (path, text, check, expected) in rows {
        let judged = judged(&[(path, "start();\n")], &[(path, text)], &[("c", check)], &[]);
        let told = judged.findings.iter().any(|finding| finding.kind.word() == "config-changed");
        assert_eq!(told, expected, "{path} {text}: {:?}", judged.findings);
    }
}
