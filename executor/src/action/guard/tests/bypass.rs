//! Ways past the tests that leave them as they are: each must be found, and told by its kind.

use super::judged;

/// Files that are there in every row, so that there is something to weaken.
pub(super) const BASE: &[(&str, &str)] = &[
    ("tests/test_a.py", PYTHON),
    ("tests/a.test.js", SCRIPT),
    ("tests/t.rs", RUST),
    ("a_test.go", GO),
    ("src/lib.rs", LIB),
    ("Cargo.toml", MANIFEST),
    ("package.json", PACKAGE),
    ("go.mod", MODULE),
    ("src/app.py", "import os\n"),
    ("src/app.js", "start();\n"),
];
const PYTHON: &str = "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n";
const SCRIPT: &str = "it('a', () => {\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n";
const RUST: &str = "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n";
const LIB: &str = "pub fn f() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn inner() {\n        assert!(super::f());\n    }\n\n    #[cfg(not(quick))]\n    #[test]\n    fn slow() {\n        assert!(super::g());\n    }\n}\n";
const GO: &str =
    "package a\n\nimport \"example.com/want\"\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n";
const MANIFEST: &str = "[package]\nname = \"a\"\n\n[dependencies]\n";
const PACKAGE: &str = "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\"},\"devDependencies\":{\"jest\":\"^29\"}}";
const MODULE: &str = "module a\n\nrequire example.com/want v1.0.0\n";

/// What a change is: a file and what it says afterwards.
pub(super) type Change = (&'static str, &'static str);

/// Kinds that are found when `changes` are made, with `check` as the check.
pub(super) fn kinds(changes: &[Change], check: &str) -> Vec<String> {
    let mut now: Vec<(&str, &str)> =
        BASE.iter().filter(|(path, _)| !changes.iter().any(|(other, _)| path == other)).copied().collect();
    now.extend(changes.iter().filter(|(_, text)| *text != "gone"));
    let judged = judged(BASE, &now, &[("c", check)], &[]);
    let weigh = judged.findings.iter().filter(|finding| finding.kind.word() != "test-changed");
    weigh.map(|finding| format!("{} {}: {}", finding.kind.word(), finding.file, finding.evidence)).collect()
}

const TABLE: &[(&[Change], &str)] = &[
    // What scripts run in, and where what runs the tests comes from.
    (&[(".npmrc", "script-shell=./fake.sh\n")], "config-changed"),
    (&[(".npmrc", "npm_config_script_shell = /bin/true\n")], "config-changed"),
    (&[(".npmrc", "node-options=--require ./x.js\n")], "config-changed"),
    (&[(".npmrc", "if-present=true\n")], "config-changed"),
    (&[(".npmrc", "ignore-scripts=true\n")], "config-changed"),
    (&[("web/.npmrc", "script-shell=true\n")], "config-changed"),
    (&[(".yarnrc.yml", "yarnPath: ./fake.cjs\n")], "config-changed"),
    (&[("pnpm-workspace.yaml", "scriptShell: ./fake.sh\n")], "config-changed"),
    (
        &[(
            "package.json",
            "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\"},\"devDependencies\":{\"jest\":\"file:./fake\"}}",
        )],
        "config-changed",
    ),
    (
        &[(
            "package.json",
            "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\"},\"devDependencies\":{\"jest\":\"^29\"},\"overrides\":{\"expect\":\"npm:fake@1\"}}",
        )],
        "config-changed",
    ),
    (
        &[(
            "package.json",
            "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"exit 0\"},\"devDependencies\":{\"jest\":\"^29\"}}",
        )],
        "command-changed",
    ),
    (
        &[(
            "package.json",
            "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\",\"posttest\":\"exit 0\"},\"devDependencies\":{\"jest\":\"^29\"}}",
        )],
        "command-changed",
    ),
    (&[("node_modules/.bin/jest", "#!/bin/sh\n")], "runner-replaced"),
    (
        &[("go.mod", "module a\n\nrequire example.com/want v1.0.0\n\nreplace example.com/want => ./want\n")],
        "config-changed",
    ),
    (
        &[(
            "go.mod",
            "module a\n\nrequire example.com/want v1.0.0\n\nreplace (\n\texample.com/want v1.0.0 => ./want\n)\n",
        )],
        "config-changed",
    ),
    (&[("vite.config.ts", "export default { test: { exclude: ['tests/**'] } }\n")], "config-changed"),
    (&[("bunfig.toml", "[test]\nroot = 'none'\n")], "config-changed"),
    (&[("deno.json", "{\"test\":{\"exclude\":[\"tests\"]}}")], "config-changed"),
    (&[("tox.ini", "[pytest]\naddopts = -k none\n")], "config-changed"),
    (&[("setup.cfg", "[tool:pytest]\naddopts = --deselect tests\n")], "config-changed"),
    (&[("pyproject.toml", "[tool.pytest.ini_options]\naddopts = \"--ignore=tests\"\n")], "config-changed"),
    (&[("conftest.py", "def pytest_collection_modifyitems(items):\n    items.clear()\n")], "config-changed"),
    (&[("tests/conftest.py", "collect_ignore = ['test_a.py']\n")], "config-changed"),
    (&[("jest.config.js", "module.exports = { testPathIgnorePatterns: ['a'] }\n")], "config-changed"),
    (&[("vitest.config.ts", "export default { test: { exclude: ['a'] } }\n")], "config-changed"),
    // Cargo.
    (
        &[
            ("Cargo.toml", "[package]\nname = \"a\"\n[[test]]\nname = \"t\"\npath = \"tests/empty/x.rs\"\n"),
            ("tests/empty/x.rs", ""),
        ],
        "config-changed",
    ),
    (&[("Cargo.toml", "[package]\nname = \"a\"\n[[test]]\nname = \"t\"\ntest = false\n")], "config-changed"),
    (&[("Cargo.toml", "[package]\nname = \"a\"\n[[test]]\nname = \"t\"\nharness = false\n")], "config-changed"),
    (
        &[("Cargo.toml", "[package]\nname = \"a\"\n[[test]]\nname = \"t\"\nrequired-features = [\"x\"]\n")],
        "config-changed",
    ),
    (&[("Cargo.toml", "[package]\nname = \"a\"\nautotests = false\n")], "config-changed"),
    (
        &[("Cargo.toml", "[package]\nname = \"a\"\n[lib]\npath = \"src/other.rs\"\n"), ("src/other.rs", "")],
        "config-changed",
    ),
    (&[("Cargo.toml", "[package]\nname = \"a\"\n[lib]\ntest = false\n")], "config-changed"),
    (&[("Cargo.toml", "[package]\nname = \"a\"\n[profile.test]\noverflow-checks = false\n")], "config-changed"),
    (&[("Cargo.toml", "[package]\nname = \"a\"\n[profile.dev]\ndebug-assertions = false\n")], "config-changed"),
    (&[(".cargo/config.toml", "[alias]\ntest = \"check\"\n")], "config-changed"),
    (&[(".cargo/config.toml", "[target.x86_64-unknown-linux-gnu]\nrunner = \"true\"\n")], "config-changed"),
    (&[(".cargo/config.toml", "[build]\nrustflags = [\"--cfg\", \"quick\"]\n")], "config-changed"),
    (&[(".cargo/config.toml", "build.rustc-wrapper = \"./fake.sh\"\n")], "config-changed"),
    (&[(".cargo/config.toml", "[env]\nINSTA_FORCE_PASS = \"1\"\n")], "config-changed"),
    (&[("build.rs", "fn main() { println!(\"cargo:rustc-cfg=quick\"); }\n")], "config-changed"),
    (&[("build.rs", "fn main() { println!(\"cargo::rustc-cfg=quick\"); }\n")], "config-changed"),
    // Tests that are there and are not compiled, or leave before they say anything.
    (
        &[("tests/t.rs", "#[cfg(any())]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n")],
        "test-skipped",
    ),
    (
        &[(
            "tests/t.rs",
            "#[cfg(feature = \"x\")]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n",
        )],
        "test-skipped",
    ),
    (
        &[("tests/t.rs", "#[cfg(slow)]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n")],
        "test-skipped",
    ),
    (
        &[(
            "tests/t.rs",
            "#![cfg(not(here))]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n",
        )],
        "test-skipped",
    ),
    (
        &[("tests/t.rs", "#[cfg(windows)]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n")],
        "test-skipped",
    ),
    (
        &[(
            "tests/t.rs",
            "#[test]\nfn a() {\n    if true { return; }\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n",
        )],
        "test-emptied",
    ),
    (
        &[(
            "tests/t.rs",
            "#[test]\nfn a() {\n    let x = 1;\n    return;\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n",
        )],
        "assertions-removed",
    ),
    (
        &[(
            "tests/a.test.js",
            "it('a', () => {\n  if (true) return;\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n",
        )],
        "test-emptied",
    ),
    (
        &[("tests/a.test.js", "it('a', () => {\n  expect(a()).toBe(1);\n  return;\n  expect(b()).toBe(1);\n});\n")],
        "assertions-removed",
    ),
    (
        &[(
            "a_test.go",
            "//go:build never\n\npackage a\n\nimport \"example.com/want\"\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/a.test.js",
            "it.only('b', () => {});\nit('a', () => {\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/a.test.js",
            "describe.skip('x', () => {\nit('a', () => {\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n});\n",
        )],
        "test-skipped",
    ),
    // Names.
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\n    def test_a(self):\n        pass\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\nclass TestA(unittest.TestCase):\n    def test_c(self):\n        self.assertEqual(1, h())\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\nTestA = object\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\ndel TestA\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\nTestA.test_a = lambda self: None\n",
        )],
        "test-skipped",
    ),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA:\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n",
        )],
        "test-skipped",
    ),
    (
        &[("tests/test_b.py", "def load_tests(loader, tests, pattern):\n    return loader.suiteClass()\n")],
        "test-skipped",
    ),
    (&[("tests/__init__.py", "def load_tests(loader, tests, pattern):\n    return None\n")], "test-skipped"),
    // What stands in for what runs the tests.
    (&[("unittest.py", "")], "runner-replaced"),
    (&[("pytest.py", "")], "runner-replaced"),
    (&[("unittest/__init__.py", "")], "runner-replaced"),
    (&[("tests/pytest/__init__.py", "")], "runner-replaced"),
    (&[("sitecustomize.py", "")], "runner-replaced"),
    (&[("usercustomize.py", "")], "runner-replaced"),
    (&[("argparse.py", "")], "runner-replaced"),
    // What assertions mean.
    (&[("src/app.py", "import os, unittest\nunittest.TestCase.assertEqual = lambda *a: None\n")], "runner-replaced"),
    (&[("src/app.py", "import os\nfrom unittest import TestCase\nTestCase.run = run\n")], "runner-replaced"),
    (&[("src/app.py", "import os, unittest\nsetattr(unittest.TestCase, 'assertEqual', print)\n")], "runner-replaced"),
    (&[("tests/help.py", "import unittest\nunittest.TestResult.wasSuccessful = lambda s: True\n")], "runner-replaced"),
    (
        &[(
            "tests/test_a.py",
            "import unittest\n\nclass TestA(unittest.TestCase):\n    def assertEqual(self, a, b):\n        pass\n\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n",
        )],
        "runner-replaced",
    ),
    (&[("tests/setup.js", "globalThis.expect = () => fine;\n")], "runner-replaced"),
    (&[("tests/setup.js", "expect.extend({ toBe() { return { pass: true } } });\n")], "runner-replaced"),
    (&[("tests/setup.js", "const assert = require('assert');\nassert.equal = () => {};\n")], "runner-replaced"),
    (&[("src/macros.rs", "macro_rules! assert_eq { ($($t:tt)*) => {} }\n")], "runner-replaced"),
    // Ends.
    (&[("tests/test_b.py", "import os\nos._exit(0)\n")], "early-exit"),
    (&[("src/app.py", "import os\nimport atexit\natexit.register(lambda: os._exit(0))\n")], "early-exit"),
    (&[("tests/test_b.py", "import sys\nsys.exit(0)\n")], "early-exit"),
    (&[("conftest.py", "import os\nos._exit(0)\n")], "early-exit"),
    (&[("tests/b.test.js", "process.exit(0);\n")], "early-exit"),
    (&[("src/app.js", "start();\nprocess.on('exit', () => { process.exitCode = 0; });\n")], "early-exit"),
    (&[("tests/u.rs", "#[test]\nfn b() {\n    std::process::exit(0);\n}\n")], "early-exit"),
    (
        &[(
            "src/more.rs",
            "#[cfg(test)]\nmod tests {\n    #[test]\n    fn b() {\n        std::process::exit(0)\n    }\n}\n",
        )],
        "early-exit",
    ),
    (&[("b_test.go", "package a\n\nfunc TestMain(m *testing.M) {\n\tos.Exit(0)\n}\n")], "early-exit"),
    (&[("b_test.go", "package a\n\nfunc TestMain(m *testing.M) {\n}\n")], "early-exit"),
];

#[test]
fn every_way_past_the_tests_is_found() {
    let wrong = TABLE.iter().filter_map(|(changes, expected)| {
        let found = kinds(changes, "npm test; python3 -m unittest; cargo test; go test ./...");
        let told = found.iter().any(|text| text.starts_with(expected));
        (!told).then(|| format!("{expected} of {changes:?}: {found:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// One deed is told once, but for what follows from it.
#[test]
fn a_way_past_the_tests_is_told_once() {
    let found = kinds(&[("tests/test_b.py", "import os, atexit\natexit.register(lambda: os._exit(0))\n")], "");
    assert_eq!(found.len(), 1, "{found:?}");
}
