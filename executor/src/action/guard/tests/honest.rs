//! Honest changes beside tests: none of them is a finding.

use super::bypass::{Change, kinds};

const TABLE: &[&[Change]] = &[
    // More tests.
    &[(
        "tests/test_b.py",
        "import unittest\n\nclass TestB(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(h(), 1)\n",
    )],
    &[("tests/test_b.py", "import pytest\n\ndef test_b():\n    with pytest.raises(SystemExit):\n        main()\n")],
    &[("tests/u.rs", "#[test]\nfn b() {\n    assert!(f());\n}\n"), ("tests/u/mod.rs", "")],
    &[("tests/u.rs", "#[cfg(feature = \"x\")]\n#[test]\nfn b() {\n    assert!(f());\n}\n")],
    &[(
        "tests/t.rs",
        "#[cfg(unix)]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n\n#[cfg(windows)]\n#[test]\nfn w() {\n    assert!(f());\n}\n",
    )],
    &[(
        "tests/t.rs",
        "#[cfg(not(target_os = \"windows\"))]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n",
    )],
    &[(
        "b_test.go",
        "//go:build integration\n\npackage a\n\nfunc TestB(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n",
    )],
    &[("b_test.go", "package a\n\nfunc TestMain(m *testing.M) {\n\tsetup()\n\tos.Exit(m.Run())\n}\n")],
    &[(
        "b_test.go",
        "package a\n\nfunc TestHelperProcess(t *testing.T) {\n\tif os.Getenv(\"GO_WANT_HELPER_PROCESS\") != \"1\" {\n\t\treturn\n\t}\n\tos.Exit(0)\n}\n",
    )],
    &[(
        "tests/b.test.js",
        "describe('b', () => {\n  it('b', async () => {\n    await expect(b()).resolves.toBe(1);\n  });\n});\n",
    )],
    &[(
        "tests/b.test.js",
        "const test = require('node:test');\nconst expect = require('chai').expect;\ntest('b', () => { expect(b()).to.equal(1); });\n",
    )],
    &[(
        "tests/setup.js",
        "expect.extend({ toBeWithin(a, b, c) { return { pass: a > b && a < c }; } });\nprocess.exit = jest.fn();\n",
    )],
    // A test that moves, with its name or its body kept.
    &[
        ("tests/t.rs", "gone"),
        ("tests/things.rs", "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert_eq!(g(), 1);\n}\n"),
    ],
    &[
        ("tests/a.test.js", "gone"),
        ("tests/unit/a.test.js", "it('a', () => {\n  expect(a()).toBe(1);\n  expect(b()).toBe(1);\n});\n"),
    ],
    // A test that gives back what it waits for.
    &[(
        "tests/a.test.js",
        "it('a', () => {\n  expect(a()).toBe(1);\n  return wait().then(() => {\n    expect(b()).toBe(1);\n  });\n});\n",
    )],
    // Dependencies and settings of package managers.
    &[(
        "package.json",
        "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\"},\"dependencies\":{\"left\":\"file:../left\"},\"devDependencies\":{\"jest\":\"^30\",\"vitest\":\"^1\"}}",
    )],
    &[(
        "package.json",
        "{\"scripts\":{\"test\":\"jest && eslint .\",\"pretest\":\"tsc\",\"build\":\"x\"},\"devDependencies\":{\"jest\":\"^29\"}}",
    )],
    &[(
        "package.json",
        "{\"scripts\":{\"test\":\"jest\",\"pretest\":\"tsc\"},\"devDependencies\":{\"jest\":\"^29\"},\"overrides\":{\"expect\":\"^29\",\"x\":\"npm:y@1\"}}",
    )],
    &[(
        ".npmrc",
        "registry=https://registry.npmjs.org/\nsave-exact=true\nengine-strict=true\nscript-shell=bash\nnode-options=--max-old-space-size=4096\n",
    )],
    &[(".yarnrc.yml", "nodeLinker: node-modules\nyarnPath: .yarn/releases/yarn-4.1.0.cjs\n")],
    &[("pnpm-workspace.yaml", "packages:\n  - 'packages/*'\n")],
    &[(
        "go.mod",
        "module a\n\nrequire example.com/want v1.2.0\nrequire example.com/other v0.1.0\n\nreplace example.com/other => ../other\n",
    )],
    &[("vite.config.ts", "export default { build: { exclude: ['x'] }, test: { environment: 'jsdom' } }\n")],
    // Cargo.
    &[
        (
            "Cargo.toml",
            "[package]\nname = \"a\"\nbuild = \"build.rs\"\n[dependencies]\nx = { path = \"x\" }\n[[test]]\nname = \"more\"\npath = \"tests/more/main.rs\"\nharness = false\n[[bin]]\nname = \"tool\"\npath = \"src/tool.rs\"\n",
        ),
        ("tests/more/main.rs", "fn main() {}\n"),
        ("src/tool.rs", "fn main() {}\n"),
    ],
    &[(
        "Cargo.toml",
        "[package]\nname = \"a\"\n[[test]]\nname = \"t\"\npath = \"tests/t.rs\"\n[lib]\nname = \"a\"\npath = \"src/lib.rs\"\n",
    )],
    &[(
        "Cargo.toml",
        "[package]\nname = \"a\"\n[profile.test]\nopt-level = 1\n[profile.dev]\ndebug = 1\n[profile.release]\noverflow-checks = false\n[features]\nx = []\n",
    )],
    &[(
        ".cargo/config.toml",
        "[alias]\nxtask = \"run -p xtask --\"\n[build]\njobs = 2\ntarget-dir = \"out\"\nrustflags = [\"-C\", \"link-arg=-fuse-ld=lld\", \"-D\", \"warnings\"]\n[target.x86_64-unknown-linux-gnu]\nlinker = \"clang\"\n[env]\nDATABASE = \"x\"\n",
    )],
    &[(
        "build.rs",
        "fn main() { println!(\"cargo:rustc-cfg=has_fast_path\"); println!(\"cargo:rerun-if-changed=build.rs\"); }\n",
    )],
    // Python.
    &[("src/app.py", "import os\nimport atexit\n\natexit.register(flush)\n")],
    &[(
        "src/app.py",
        "import os\nimport sys\n\ndef main():\n    sys.exit(0)\n\nif __name__ == '__main__':\n    main()\n",
    )],
    &[("src/daemon.py", "import os\n\ndef child():\n    if os.fork():\n        os._exit(0)\n")],
    &[("src/pkg/__init__.py", ""), ("src/pkg/unittest.py", "x = 1\n"), ("src/pkg/signal.py", ""), ("src/types.py", "")],
    &[("conftest.py", "import pytest\n\n@pytest.fixture\ndef client():\n    return make()\n")],
    &[(
        "tests/test_b.py",
        "import unittest\n\nclass TestB(unittest.TestCase):\n    maxDiff = None\n\n    def setUp(self):\n        self.x = 1\n\n    def test_b(self):\n        self.assertEqual(self.x, 1)\n\nunittest.TestCase.maxDiff = None\n\nif __name__ == '__main__':\n    unittest.main()\n",
    )],
    &[(
        "tests/test_doc.py",
        "import doctest\n\ndef load_tests(loader, tests, ignore):\n    tests.addTests(doctest.DocTestSuite(app))\n    return tests\n",
    )],
    &[(
        "tests/test_a.py",
        "import unittest\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n\nclass TestB(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(h(), 1)\n",
    )],
    &[(
        "tests/test_a.py",
        "import unittest\nfrom base import Base\n\nclass TestA(Base):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n\n    def test_b(self):\n        self.assertEqual(g(), 1)\n",
    )],
    // The program itself.
    &[("src/app.js", "start();\nprocess.on('SIGINT', () => process.exit(0));\nif (help) process.exit(0);\n")],
    &[("src/main.rs", "fn main() {\n    if help() {\n        std::process::exit(0);\n    }\n}\n")],
    &[("tests/fake.rs", "fn main() {\n    std::process::exit(0);\n}\n")],
    &[("src/macros.rs", "macro_rules! assert_near { ($a:expr, $b:expr) => { assert!(($a - $b).abs() < 1e-9) } }\n")],
];

#[test]
fn honest_changes_are_no_findings() {
    let wrong = TABLE.iter().filter_map(|changes| {
        let found = kinds(changes, "npm test; python3 -m unittest; cargo test; go test ./...");
        (!found.is_empty()).then(|| format!("{changes:?}: {found:?}"))
    });
    let wrong: Vec<String> = wrong.collect();
    assert!(TABLE.len() >= 20 && wrong.is_empty(), "{}", wrong.join("\n"));
}
