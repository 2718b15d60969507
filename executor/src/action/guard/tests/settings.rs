//! Files beside tests and program that change what a check runs: each that lets a fault pass is found, and a setting that is a setting is not.

use super::judged;

pub(super) type File = (&'static str, &'static str);

pub(super) const PY: File = (
    "tests/test_a.py",
    "import unittest\nfrom app import f\n\nclass TestA(unittest.TestCase):\n    def test_a(self):\n        self.assertEqual(f(), 1)\n",
);
pub(super) const JS: File =
    ("test/a.test.js", "const test = require('node:test');\ntest('a', () => {\n  assert.equal(f(), 1);\n});\n");
pub(super) const RS: File = (
    "src/lib.rs",
    "pub fn f() {}\n\n#[cfg(test)]\nmod tests {\n    #[test]\n    fn inner() {\n        assert!(super::f());\n    }\n}\n",
);

pub(super) fn found(base: &[File], changes: &[File], check: &str) -> Vec<String> {
    let mut now: Vec<File> =
        base.iter().filter(|(path, _)| !changes.iter().any(|(other, _)| path == other)).copied().collect();
    now.extend(changes.iter().filter(|(_, text)| *text != "gone"));
    let judged = judged(base, &now, &[("c", check)], &[]);
    let all = judged.findings.iter().filter(|f| f.kind.word() != "test-changed");
    all.map(|f| format!("{} {}: {}", f.kind.word(), f.file, f.evidence)).collect()
}

pub(super) const NPM2: File = ("package.json", r#"{"scripts":{"test":"node --test"}}"#);
