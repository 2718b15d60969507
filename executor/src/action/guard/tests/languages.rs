//! Every language: one file of tests, and what each way to weaken it is called.

use super::super::finding::Terms;
use super::super::language::{self, Patterns, scan};
use super::{found, judged};

/// Collected tests and assertions that can fail, of `text` at `path`.
fn counts(path: &str, text: &str) -> (usize, usize, usize) {
    let language = language::of(path).unwrap_or_else(|| panic!("{path} holds no tests"));
    let tests = scan(text, language, &Patterns::default()).tests;
    let run = tests.iter().filter(|test| test.skipped.is_none()).count();
    (tests.len(), run, tests.iter().map(|test| test.assertions).sum())
}

#[test]
fn every_pattern_of_the_tables_compiles() {
    let patterns = Patterns::default();
    for language in language::all() {
        let markers = language.markers.iter().map(|marker| marker.pattern);
        let asserts = language.asserts.iter().map(|assert| assert.pattern);
        let others =
            language.tests.iter().chain(language.groups).copied().chain([language.leaves]).chain(language.linked);
        for pattern in markers.chain(asserts).chain(others) {
            assert!(regex::Regex::new(pattern).is_ok(), "{pattern}");
        }
        scan("", language, &patterns);
    }
}

#[test]
fn no_text_is_too_strange_to_be_read() {
    let patterns = Patterns::default();
    let pieces = [
        "it('",
        "describe.only(",
        "#[test]\nfn é(",
        "def test_x(",
        "@test \"",
        "{",
        "}",
        "((",
        "\"\"\"",
        "'",
        "\\",
        "\n\t",
        "assert!(",
        "expect(",
        "ü",
        "/*",
        "=>",
        "@Test fun `",
    ];
    for (at, first) in pieces.iter().enumerate() {
        for second in &pieces {
            let text = format!("{first}{second}{}{first}", pieces[(at * 7 + 3) % pieces.len()]);
            for language in language::all() {
                scan(&text, language, &patterns);
                scan(&text.repeat(3), language, &patterns);
            }
        }
    }
}

#[test]
fn tests_and_assertions_are_counted() {
    let rows: &[(&str, &str, (usize, usize, usize))] = &[
        (
            "src/a.rs",
            "fn x() {}\n#[cfg(test)]\nmod tests {\n #[test]\n fn a() { assert!(x); assert_eq!(1, y()); }\n\n #[tokio::test(flavor = \"x\")]\n #[ignore = \"slow\"]\n async fn b() -> R { assert_ne!(a, b, \"{}\", 1); }\n}\n",
            (2, 1, 3),
        ),
        ("src/a.rs", "// #[test]\n// fn a() {}\nconst T: &str = \"#[test] fn b() {}\";\n", (0, 0, 0)),
        (
            "src/a.rs",
            "#[rstest]\n#[case(1)]\n#[case(2)]\nfn a(#[case] x: u8) { assert!(x > 0) }\n#[test]\n#[should_panic]\nfn b() { f() }\n",
            (2, 2, 2),
        ),
        (
            "tests/test_a.py",
            "def test_a():\n    assert f() == 1, 'm'\n\n\nclass TestB:\n    @pytest.mark.skip(reason='x')\n    def test_c(self):\n        self.assertEqual(a, b)\n\n    async def test_d(\n        self,\n    ):\n        with pytest.raises(E):\n            f()\n\ndef helper():\n    assert False\n",
            (3, 2, 3),
        ),
        (
            "test_a.py",
            "'''\ndef test_x(): pass\n'''\npytestmark = pytest.mark.skip\ndef test_y(): assert z\n",
            (1, 0, 1),
        ),
        (
            "a.test.ts",
            "describe('a', () => {\n  it(\"b's\", async () => { expect(f(1)).toBe(2); });\n  it.skip('c', () => { expect(x).toBe(1) });\n  test.each([[1, 2], [3, 4]])('d %i', (a, b) => { assert.equal(a, b); });\n});\n// it('e', () => {})\n",
            (3, 2, 3),
        ),
        (
            "src/__tests__/a.js",
            "xdescribe('a', function () { it('b', function () { expect(x).toBe(1) }) });\ntest('c', t => t.is(f(), 1));\nit.todo('d');\n",
            (3, 1, 2),
        ),
        ("a.spec.js", "it.only('a', () => { expect(x).toBe(y) });\nit('b', () => { expect(x).toBe(y) });\n", (2, 1, 2)),
        (
            "pkg/a_test.go",
            "package a\n\nfunc TestA(t *testing.T) {\n\tif x != 1 {\n\t\tt.Errorf(\"x\")\n\t}\n\tt.Run(\"sub\", func(t *testing.T) {\n\t\tassert.Equal(t, 1, y)\n\t})\n}\n\nfunc TestB(t *testing.T) {\n\tt.Skip(\"no\")\n\trequire.NoError(t, err)\n}\n",
            (3, 2, 3),
        ),
        (
            "src/test/java/ATest.java",
            "class ATest {\n  @Test\n  void a() { assertEquals(1, f()); }\n\n  @Disabled(\"x\")\n  @ParameterizedTest\n  @ValueSource(ints = {1, 2})\n  public void b(int x) throws Exception { assertTrue(x > 0); }\n}\n",
            (2, 1, 2),
        ),
        (
            "src/test/kotlin/ATest.kt",
            "class ATest {\n  @Test fun `a b`() = assertEquals(1, f())\n  @Test\n  fun c() { assertThat(x).isEqualTo(1) }\n}\n",
            (2, 2, 2),
        ),
        (
            "spec/a_spec.rb",
            "RSpec.describe A do\n  it 'b' do\n    expect(x).to eq 1\n  end\n  xit \"c\" do\n    expect(y).to eq 1\n  end\nend\n",
            (2, 1, 2),
        ),
        (
            "test/a_test.rb",
            "class A < Minitest::Test\n  def test_b\n    assert_equal 1, f\n    refute x\n  end\n  def test_c\n    skip\n    assert x\n  end\nend\n",
            (2, 1, 3),
        ),
        (
            "a.bats",
            "@test \"a b\" {\n  run f\n  [ \"$status\" -eq 0 ]\n  [[ \"$output\" == x ]]\n}\n@test 'c' {\n  skip\n  [ 1 -eq \"$x\" ]\n}\n",
            (2, 1, 3),
        ),
        ("tests/smoke.sh", "set -eu\n[ \"$(./app)\" = x ] || exit 1\n./app | grep -q y\n", (1, 1, 3)),
        ("test_x.sh", "test_a() {\n  assertEquals 1 \"$(f)\"\n}\ntest_b() {\n  assertTrue x\n}\n", (2, 2, 2)),
        ("Makefile", "all: build\n\ttrue\ntest: all\n\t./t\nunit-test:\n\t./u\nTEST = x\n", (2, 2, 0)),
        (
            "a_test.cc",
            "TEST(A, b) { EXPECT_EQ(1, f()); ASSERT_TRUE(x); }\nTEST_F(A, DISABLED_c) { EXPECT_TRUE(y); }\n",
            (2, 1, 3),
        ),
        (
            "ATests.cs",
            "class A {\n [Fact]\n public async Task B() { Assert.Equal(1, f()); }\n [Fact(Skip = \"x\")]\n public void C() { Assert.True(x); }\n}\n",
            (2, 1, 2),
        ),
        (
            "tests/ATest.php",
            "class ATest { public function testB(): void { $this->assertSame(1, f()); } public function testC() { $this->markTestSkipped(); } }\n",
            (2, 1, 1),
        ),
        ("Tests/ATests/A.swift", "class A: XCTestCase { func testB() { XCTAssertEqual(1, f()) } }\n", (1, 1, 1)),
        (
            "test/a_test.exs",
            "describe \"a\" do\n  test \"b\" do\n    assert f() == 1\n  end\n  @tag :skip\n  test \"c\" do\n    assert x\n  end\nend\n",
            (2, 1, 2),
        ),
    ];
    for (path, text, expected) in rows {
        assert_eq!(counts(path, text), *expected, "{path}:\n{text}");
    }
}

/// Path, before, now, and what is found.
type Row = (&'static str, &'static str, &'static str, &'static [&'static str]);

const RUST: &str =
    "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n";
const PYTHON: &str = "def test_a():\n    assert f() == 1\n    assert g()\n\n\ndef test_b():\n    assert h()\n";
const JS: &str =
    "it('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\nit('b', () => { expect(h()).toBe(3); });\n";
const GO: &str = "func TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n\tassert.True(t, g())\n}\n\nfunc TestB(t *testing.T) {\n\tassert.True(t, h())\n}\n";
const JAVA: &str = "class T {\n  @Test\n  void a() {\n    assertEquals(1, f());\n    assertTrue(g());\n  }\n  @Test\n  void b() {\n    assertTrue(h());\n  }\n}\n";
const RUBY: &str =
    "class T\n  def test_a\n    assert_equal 1, f\n    assert g\n  end\n  def test_b\n    assert h\n  end\nend\n";
const BATS: &str =
    "@test \"a\" {\n  run f\n  [ \"$status\" -eq 0 ]\n  [ \"$output\" = 1 ]\n}\n@test \"b\" {\n  [ -e x ]\n}\n";

const WEAKER: &[Row] = &[
    ("src/a.rs", RUST, "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n", &["test-removed"]),
    ("src/a.rs", RUST, "fn nothing() {}\n", &["test-file-emptied"]),
    (
        "src/a.rs",
        RUST,
        "#[test]\n#[ignore]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["test-skipped"],
    ),
    (
        "src/a.rs",
        RUST,
        "#[cfg(any())]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["test-skipped"],
    ),
    (
        "src/a.rs",
        RUST,
        "#![cfg(feature = \"never\")]\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "src/a.rs",
        RUST,
        "fn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["test-removed"],
    ),
    ("src/a.rs", RUST, "#[test]\nfn a() {\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n", &["test-emptied"]),
    (
        "src/a.rs",
        RUST,
        "#[test]\nfn a() {\n    return;\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["test-emptied"],
    ),
    (
        "src/a.rs",
        RUST,
        "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    // assert!(g());\n}\n\n#[test]\nfn b() {\n    assert!(h());\n}\n",
        &["assertions-removed"],
    ),
    (
        "src/a.rs",
        RUST,
        "#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(true);\n}\n\n#[test]\nfn b() {\n    assert!(h() || true);\n}\n",
        &["assertion-trivial", "assertion-trivial"],
    ),
    (
        "src/a.rs",
        RUST,
        "#[test]\nfn a() {\n    assert_eq!(f(), f());\n    assert!(g());\n}\n\n#[test]\nfn b() {\n    let s = \"assert!(h())\";\n}\n",
        &["assertions-removed", "assertion-trivial"],
    ),
    ("tests/test_a.py", PYTHON, "def test_a():\n    assert f() == 1\n    assert g()\n", &["test-removed"]),
    (
        "tests/test_a.py",
        PYTHON,
        "def check_a():\n    assert f() == 1\n    assert g()\n\n\ndef test_b():\n    assert h()\n",
        &["test-removed"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "@pytest.mark.skip\ndef test_a():\n    assert f() == 1\n    assert g()\n\n\n@pytest.mark.xfail(\n    reason='x',\n)\ndef test_b():\n    assert h()\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "pytestmark = [pytest.mark.skipif(True, reason='x')]\n\ndef test_a():\n    assert f() == 1\n    assert g()\n\n\ndef test_b():\n    assert h()\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "def test_a():\n    pytest.skip('later')\n    assert f() == 1\n    assert g()\n\n\ndef test_b():\n    pass\n",
        &["test-skipped", "test-emptied"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "def test_a():\n    assert True\n    assert g()\n\n\ndef test_b():\n    assert h() or True\n",
        &["assertion-trivial", "assertion-trivial"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "def test_a():\n    assert f() == f()\n    assert (1 == 1)\n\n\ndef test_b():\n    return\n    assert h()\n",
        &["test-emptied", "assertion-trivial"],
    ),
    ("a.test.js", JS, "it('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\n", &["test-removed"]),
    (
        "a.test.js",
        JS,
        "it.skip('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\nxit('b', () => { expect(h()).toBe(3); });\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "a.test.js",
        JS,
        "it.only('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\nit('b', () => { expect(h()).toBe(3); });\n",
        &["test-skipped"],
    ),
    (
        "a.test.js",
        JS,
        "describe.skip('x', () => {\nit('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\nit('b', () => { expect(h()).toBe(3); });\n});\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "a.test.js",
        JS,
        "it('a', () => {\n  expect(f()).toBe(1);\n  expect(true).toBe(true);\n});\nit('b', () => {});\n",
        &["test-emptied", "assertion-trivial"],
    ),
    (
        "a.test.js",
        JS,
        "beforeEach(function () { this.skip() });\nit('a', () => {\n  expect(f()).toBe(1);\n  expect(g()).toBe(2);\n});\nit.todo('b');\n",
        &["test-skipped", "test-skipped"],
    ),
    (
        "a_test.go",
        GO,
        "func TestA(t *testing.T) {\n\tt.Skip()\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n\tassert.True(t, g())\n}\n\nfunc TestB(t *testing.T) {\n\tassert.True(t, true)\n}\n",
        &["test-skipped", "assertion-trivial"],
    ),
    (
        "a_test.go",
        GO,
        "func skipAll(t *testing.T) {\n\tt.Skip()\n}\n\nfunc TestA(t *testing.T) {\n\tskipAll(t)\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n\tassert.True(t, g())\n}\n\nfunc TestB(t *testing.T) {\n\tassert.True(t, h())\n}\n",
        &["test-skipped"],
    ),
    (
        "a_test.go",
        GO,
        "func testA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n\tassert.True(t, g())\n}\n\nfunc TestB(t *testing.T) {\n\treturn\n\tassert.True(t, h())\n}\n",
        &["test-removed", "test-emptied"],
    ),
    (
        "src/test/java/T.java",
        JAVA,
        "class T {\n  @Disabled\n  @Test\n  void a() {\n    assertEquals(1, f());\n    assertTrue(g());\n  }\n  @Test\n  void b() {\n    assertTrue(true);\n  }\n}\n",
        &["test-skipped", "assertion-trivial"],
    ),
    (
        "src/test/java/T.java",
        JAVA,
        "@Disabled\nclass T {\n  @Test\n  void a() {\n    assertEquals(1, f());\n    assertTrue(g());\n  }\n  void b() {\n    assertTrue(h());\n  }\n}\n",
        &["test-removed", "test-skipped"],
    ),
    (
        "test/t_test.rb",
        RUBY,
        "class T\n  def test_a\n    skip 'x'\n    assert_equal 1, f\n    assert g\n  end\n  def test_b\n    assert true\n  end\nend\n",
        &["test-skipped", "assertion-trivial"],
    ),
    (
        "test/t_test.rb",
        RUBY,
        "class T\n  def test_a\n    assert_equal 1, f\n  end\n  def test_b\n  end\nend\n",
        &["test-emptied", "assertions-removed"],
    ),
    (
        "t.bats",
        BATS,
        "@test \"a\" {\n  skip\n  run f\n  [ \"$status\" -eq 0 ]\n  [ \"$output\" = 1 ]\n}\n@test \"b\" {\n  [ 1 -eq 1 ]\n}\n",
        &["test-skipped", "assertion-trivial"],
    ),
    (
        "t.bats",
        BATS,
        "@test \"a\" {\n  run f\n  [ \"$status\" -eq 0 ] || true\n  [ \"$output\" = 1 ]\n}\n@test \"b\" {\n  [ -e x ]\n}\n",
        &["assertion-trivial"],
    ),
    ("Makefile", "test:\n\t./t\ncheck:\n\t./c\n", "test:\n\t./t\n", &["test-removed"]),
];

#[test]
fn what_got_weaker_is_found() {
    for (path, base, now, expected) in WEAKER {
        let found = found(&[(path, base)], &[(path, now)]);
        let kinds: Vec<&str> =
            found.iter().filter_map(|f| f.split(' ').next()).filter(|k| *k != "fewer-tests").collect();
        assert_eq!(&kinds, expected, "{path}:\n{now}\n{found:?}");
    }
}

const FAIR: &[Row] = &[
    (
        "src/a.rs",
        RUST,
        "// moved\n#[test]\nfn b() {\n    assert!(h());\n    assert!(i());\n}\n#[test]\nfn a() {\n    assert_eq!(f(), 1);\n    assert!(g());\n}\n#[test]\n#[ignore]\nfn new() {}\n",
        &[],
    ),
    (
        "src/a.rs",
        RUST,
        "mod tests {\n    #[test]\n    fn a_says_more() {\n        assert_eq!(f(), 1);\n        assert!(g());\n    }\n    #[test]\n    fn b() {\n        assert!(h());\n    }\n}\n",
        &[],
    ),
    (
        "src/a.rs",
        RUST,
        "#[test]\nfn a() {\n    assert_eq!(f(0), 2);\n    assert!(g(true), \"why\");\n}\n\n#[test]\nfn b() {\n    assert!(!h());\n}\n",
        &["test-changed src/a.rs", "test-changed src/a.rs"],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "import x\n\ndef test_b():\n    assert h()\n\n\nclass TestA:\n    def test_a(self):\n        assert f() == 1\n        assert g()\n\n@pytest.mark.skip\ndef test_new():\n    assert True\n",
        &[],
    ),
    (
        "tests/test_a.py",
        PYTHON,
        "def needs_net():\n    pytest.skip('x')\n\ndef test_a():\n    assert f() == 1\n    assert g()\n\n\ndef test_b():\n    assert h()\n\n\ndef test_c():\n    needs_net()\n    assert i()\n",
        &[],
    ),
    (
        "a.test.js",
        JS,
        "describe('x', () => {\n  it('b', () => { expect(h()).toBe(3); });\n  it('a', async () => {\n    expect(f()).toBe(1);\n    expect(g()).toBe(2);\n    expect(i()).toBe(/['\"]/);\n  });\n  it('c', () => { expect(true).toBe(x) });\n});\n",
        &[],
    ),
    (
        "a_test.go",
        GO,
        "func TestA(t *testing.T) {\n\tif f() != 1 {\n\t\tt.Fatal(1)\n\t}\n\tassert.True(t, g())\n\tt.Run(\"x\", func(t *testing.T) { t.Error(1) })\n}\n\nfunc TestB(t *testing.T) {\n\tassert.True(t, h())\n}\n\nfunc TestC(t *testing.T) {\n\tt.Skip()\n}\n",
        &[],
    ),
    ("Makefile", "test:\n\t./t\n", "test:\n\t./t\ncheck:\n\t./c\n", &[]),
];

#[test]
fn more_tests_and_moved_tests_are_no_findings() {
    for (path, base, now, told) in FAIR {
        assert_eq!(found(&[(path, base)], &[(path, now)]), *told, "{path}:\n{now}");
        assert!(
            judged(&[(path, base)], &[(path, now)], &[], &[]).findings.iter().all(|f| f.passes(&Terms::default())),
            "{path}"
        );
        assert_eq!(found(&[(path, base)], &[(path, base)]), [""; 0]);
    }
}
