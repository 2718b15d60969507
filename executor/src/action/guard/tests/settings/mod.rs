//! Files beside tests and program that change what a check runs: each that lets a fault pass is found, and a setting that
//! is a setting is not.

mod fine;
mod harm;
mod harm_elsewhere;

use super::judged;
use fine::SETTINGS;

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
const GO: File = ("a_test.go", "package a\n\nfunc TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal()\n\t}\n}\n");
const JAVA: File =
    ("src/test/java/ATest.java", "class ATest {\n    @Test\n    void a() {\n        assertEquals(1, f());\n    }\n}\n");
const RB: File = ("spec/a_spec.rb", "describe 'a' do\n  it 'b' do\n    expect(f).to eq(1)\n  end\nend\n");
const PHP: File = (
    "tests/ATest.php",
    "<?php\nclass ATest extends TestCase {\n    public function testA() {\n        $this->assertSame(1, f());\n    }\n}\n",
);

pub(super) fn found(base: &[File], changes: &[File], check: &str) -> Vec<String> {
    let mut now: Vec<File> =
        base.iter().filter(|(path, _)| !changes.iter().any(|(other, _)| path == other)).copied().collect();
    now.extend(changes.iter().filter(|(_, text)| *text != "gone"));
    let judged = judged(base, &now, &[("c", check)], &[]);
    let all = judged.findings.iter().filter(|f| f.kind.word() != "test-changed");
    all.map(|f| format!("{} {}: {}", f.kind.word(), f.file, f.evidence)).collect()
}

/// What it is, what there was, what is other or new, and the check.
type Row = (&'static str, &'static [File], &'static [File], &'static str);

const NPM: File = ("package.json", r#"{"scripts":{"test":"node --test","pretest":"tsc","dev":"vite"}}"#);
pub(super) const NPM2: File = ("package.json", r#"{"scripts":{"test":"node --test"}}"#);
const JEST: File = ("package.json", r#"{"scripts":{"test":"jest"},"devDependencies":{"jest":"^29"}}"#);
const CARGO: File = ("Cargo.toml", "[package]\nname = \"a\"\n\n[features]\ndefault = [\"full\"]\nfull = []\n");
const RSF: File = (
    "src/lib.rs",
    "pub fn f() {}\n\n#[cfg(all(test, feature = \"full\"))]\nmod tests {\n    #[test]\n    fn inner() {\n        assert!(super::f());\n    }\n}\n",
);
const POM: File = ("pom.xml", "<project>\n<properties>\n<java>17</java>\n</properties>\n</project>\n");

#[test]
fn what_steers_a_check_is_found() {
    let rows = harm::STEERING.iter().chain(harm_elsewhere::STEERING);
    let passed = rows.filter(|(_, base, changes, check)| found(base, changes, check).is_empty());
    let passed: Vec<&str> = passed.map(|(name, ..)| *name).collect();
    assert_eq!(passed, [""; 0]);
}

#[test]
fn a_setting_is_no_finding() {
    let refused = SETTINGS.iter().map(|(name, base, changes, check)| (name, found(base, changes, check)));
    let refused: Vec<_> = refused.filter(|(_, found)| !found.is_empty()).collect();
    assert!(refused.is_empty(), "{refused:#?}");
}
