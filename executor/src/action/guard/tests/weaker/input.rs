//! What is asked of: another literal in the same words, in every language, with what an honest change looks like.

use super::{File, INPUT, OTHER, Row};

const PYTHON: File = (
    "tests/test_i.py",
    "import unittest\nimport pytest\nfrom app import one, two\n\nAT = 4\nTIMEOUT = 5\n\n\n@pytest.fixture\ndef given_by():\n    return 31\n\n\ndef run(n):\n    return one(n + 2)\n\n\ndef test_a():\n    x = 2\n    timeout = 5\n    assert one(1) == 3\n    assert one(x) == 4\n    assert one(AT) == 5, 'four'\n    assert run(6) == 7\n    assert two('a', strict=True) == 8\n    assert one([1, 2]) == 9\n    assert holds(7), 'it holds'\n    assert one(8, timeout=5) < 10\n    assert two(one(9), {'k': 1})['v'] == 11\n    assert one(timeout) == 12\n    assert one(1000) == 13\n    assert one(14) == kind()\n    with pytest.raises(ValueError, match='bad'):\n        one(-1)\n\n\ndef test_c(given_by):\n    text = ' a long text that says '  'much of the same and much of the same and much of the same and much of the same and much of the same and much of the same and much of the same and much of the same, to the end'\n    assert one(given_by) == 32\n    assert one(text) == 33\n    for late in waited():\n        pytest.fail('late by 1')\n\n\nclass T(unittest.TestCase):\n    def setUp(self):\n        self.own = 41\n\n    def test_b(self):\n        self.assertEqual(one(self.own), 42)\n        self.assertEqual(one(21), 3)\n        self.assertTrue(holds(22), 'it holds')\n        self.assertRaises(ValueError, one, -2)\n        self.assertGreater(one(23), 5)\n",
);
const OF_PYTHON: &[Row] = &[
    ("one(1) == 3", "one(2) == 3", INPUT),
    ("one(1) == 3", "one(-1) == 3", INPUT),
    ("one(1) == 3", "one() == 3", INPUT),
    ("one(1) == 3", "one(None) == 3", INPUT),
    ("one(1) == 3", "one('1') == 3", INPUT),
    ("one(1) == 3", "one(2) == 1", INPUT),
    ("one(1) == 3", "int(one(2)) == 3", INPUT),
    ("one(1) == 3", "3 == one(2)", INPUT),
    ("    assert one(1) == 3", "    for x in [2]:\n        assert one(x) == 3", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("assert one(x) == 4", "assert one(x - 1) == 4", INPUT),
    ("AT = 4", "AT = 1", INPUT),
    ("n + 2", "n + 1", INPUT),
    ("run(6)", "run(5)", INPUT),
    ("two('a'", "two('b'", INPUT),
    ("strict=True", "strict=False", INPUT),
    ("two('a', strict=True)", "two('a')", INPUT),
    ("one([1, 2])", "one([1])", INPUT),
    ("one([1, 2])", "one([])", INPUT),
    ("one([1, 2])", "one([1, 2, 3])", INPUT),
    ("holds(7)", "holds(6)", INPUT),
    ("one(8, timeout", "one(1, timeout", INPUT),
    ("'k': 1", "'k': 2", INPUT),
    ("['v']", "['w']", INPUT),
    ("one(14)", "one(13)", INPUT),
    ("        one(-1)", "        one('x')", INPUT),
    ("'k': 1", "'j': 1", INPUT),
    ("{'k': 1}", "{}", INPUT),
    ("one(1) == 3", "one(2) == 3 and True", INPUT),
    ("assert one(1) == 3", "assert [one(2)] == [3]", INPUT),
    ("    assert one(1) == 3", "    given = lambda: one(2)\n    assert given() == 3", INPUT),
    ("return 31", "return 32", INPUT),
    ("self.own = 41", "self.own = 42", INPUT),
    ("the end", "the END", INPUT),
    ("one(1) == 3", "one(*[2]) == 3", INPUT),
    ("one(21)", "one(1)", INPUT),
    ("holds(22)", "holds(1)", INPUT),
    ("one, -2", "one, -3", INPUT),
    ("one(23)", "one(99)", INPUT),
    // Honest.
    ("    assert one(1) == 3", "    assert one(1) == 3\n    assert one(2) == 4", ""),
    ("    assert one(1) == 3", "    assert one(2) == 4\n    assert one(1) == 3", ""),
    ("    assert one(1) == 3\n    assert one(x) == 4\n", "    assert one(x) == 4\n    assert one(1) == 3\n", ""),
    ("one(1) == 3", "3 == one(1)", ""),
    ("one(1000)", "one(1_000)", ""),
    ("one(1000)", "one(0x3e8)", ""),
    ("one(1)", "one( 1 )", ""),
    ("one(", "uno(", ""),
    ("one(1)", "one(n=1)", ""),
    ("one(1)", "one(1, mode)", ""),
    ("one(1)", "one(1, mode=None)", ""),
    ("one(1)", "one(1, True)", ""),
    ("two('a'", "two(\"a\"", ""),
    ("two('a', strict=True)", "two(strict=True, a='a')", ""),
    ("    x = 2", "    given = 2", ""),
    ("one(x)", "one(2)", ""),
    ("x = 2", "x = 1 + 1", ""),
    ("'k': 1", "'k': 1, 'j': 2", ""),
    ("    assert one(1) == 3", "    for n, want in [(1, 3), (5, 6)]:\n        assert one(n) == want", ""),
    (
        "def test_a():\n    x = 2\n    timeout = 5\n    assert one(1) == 3\n",
        "def same(n, want):\n    assert one(n) == want\n\n\ndef test_a():\n    x = 2\n    timeout = 5\n    same(1, 3)\n",
        "",
    ),
    ("two('a', strict=True)", "two('a', True)", ""),
    ("one(1) == 3", "one(Level(1)) == 3", ""),
    ("'late by 1'", "'late by 2'", ""),
    ("'four'", "'it is five'", ""),
    ("'it holds'", "'it still holds, says seven'", ""),
    ("timeout=5) < 10", "timeout=9) < 10", ""),
    ("< 10", "< 9", ""),
    ("timeout = 5", "timeout = 9", ""),
    ("assert one([1, 2]) == 9", "assert one([\n        1,\n        2,\n    ]) == 9", ""),
    ("self.assertEqual(one(21), 3)", "self.assertEqual(3, one(21), 'three')", ""),
    ("self.assertEqual(one(21), 3)", "got = one(21)\n        self.assertEqual(got, 3)", ""),
    ("    assert one(1) == 3\n", "    got = one(1)\n    assert got == 3\n", ""),
    ("def test_a():", "def test_more():\n    assert one(99) == 3\n\n\ndef test_a():", ""),
    (
        "    assert one(1) == 3\n",
        "    assert one(77) == 3\n\n\ndef test_more():\n    assert one(1) == 3\n\n\ndef test_c():\n    x, timeout = 2, 5\n",
        "assertions-removed",
    ),
    ("AT = 4", "AT = 2 + 2", ""),
    ("strict=True", "strict=True, more=1", ""),
    ("== 13", "== 14", OTHER),
];

const RUST: File = (
    "tests/i.rs",
    "use own::one;\n\n#[test]\nfn a() {\n    let x = 2;\n    assert_eq!(one(1), 3);\n    assert_eq!(one(x), 4);\n    assert!(holds(5), \"it holds\");\n    assert!(matches!(one(6), Some(4)));\n    assert!(one(7).contains(\"no such file\"));\n    match one(12) {\n        4 => {}\n        other => panic!(\"{other}, not 4\"),\n    }\n    assert_eq!(run(&[\"a\", \"b\"]).code, 0);\n    assert_eq!(two(\"a\", Some(8)), Kind::Missing);\n    assert!(three(&Given { at: 1, of: Kind::A }).is_ok());\n    assert!(wait(|| one(9) == 3, Duration::from_secs(5)));\n    assert_eq!(one(10).expect_err(\"it fails\").to_string(), \"bad\");\n}\n",
);
const OF_RUST: &[Row] = &[
    ("one(1), 3", "one(2), 3", INPUT),
    ("assert_eq!(one(1), 3)", "assert_eq!(3, one(2), \"three\")", INPUT),
    ("assert_eq!(one(1), 3)", "assert!(one(2) == 3)", INPUT),
    ("let x = 2", "let x = 1", INPUT),
    ("two(\"a\", Some(8))", "two(Some(8), \"a\", 9)", INPUT),
    ("holds(5)", "holds(4)", INPUT),
    ("one(6)", "one(1)", INPUT),
    ("one(7)", "one(1)", INPUT),
    ("&[\"a\", \"b\"]", "&[\"a\"]", INPUT),
    ("&[\"a\", \"b\"]", "&[\"a\", \"c\"]", INPUT),
    ("Some(8)", "None", INPUT),
    ("at: 1", "at: 2", INPUT),
    ("one(9)", "one(1)", INPUT),
    ("one(10)", "one(1)", INPUT),
    ("one(1), 3", "one(1_u32), 3", ""),
    ("\"it holds\"", "\"it still holds: {x}\"", ""),
    ("from_secs(5)", "from_secs(50)", ""),
    ("one(10)", "one(Some(10))", ""),
    ("two(\"a\"", "two(\"a\".to_owned()", ""),
    ("of: Kind::A", "of: Kind::A, more: 3", ""),
    ("at: 1, of: Kind::A", "of: Kind::A, at: 1", ""),
    ("one(1)", "one(1, Mode::Fast)", ""),
    ("one(1)", "one(1)?", ""),
    ("one(1)", "one(1).0", ""),
    ("one(1)", "one(1).expect(\"it counts\")", ""),
    ("\"it fails\"", "\"it must fail\"", ""),
    ("\"{other}, not 4\"", "\"{other} is not four\"", ""),
    ("at: 1, of: Kind::A }", "at: 1, of: Kind::A, more: 3, ..given() }", ""),
    ("    assert_eq!(one(1), 3);", "    assert_eq!(one(2), 4);\n    assert_eq!(one(1), 3);", ""),
    ("one(", "uno(", ""),
];

const SCRIPT: File = (
    "tests/i.test.ts",
    "import { one } from '../app';\n\nit('a', () => {\n  const x = 2;\n  expect(one(1)).toBe(3);\n  expect(one(x)).toEqual(4);\n  expect(one({ a: 1, b: [2] })).toBeTruthy();\n  expect(() => one(-1)).toThrow('bad');\n  expect(one(5)).toBeGreaterThan(2);\n  assert.equal(one('a'), 6);\n  assert.ok(holds(7), 'it holds');\n  expect(one(`${x}a`)).toBe(8);\n});\n",
);
const OF_SCRIPT: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("expect(one(1)).toBe(3)", "expect(one(2)).toStrictEqual(3)", INPUT),
    ("expect(one(1)).toBe(3)", "assert.equal(one(2), 3)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("a: 1", "a: 2", INPUT),
    ("b: [2]", "b: []", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("one(5)", "one(9)", INPUT),
    ("{ a: 1, b: [2] }", "{ a: 1 }", INPUT),
    ("expect(one(1)).toBe(3)", "expect([one(2)]).toEqual([3])", INPUT),
    ("  expect(one(1)).toBe(3);", "  const got = () => one(2);\n  expect(got()).toBe(3);", INPUT),
    ("one('a')", "one('b')", INPUT),
    ("holds(7)", "holds(6)", INPUT),
    ("`${x}a`", "`${x}b`", INPUT),
    ("one('a')", "one(\"a\")", ""),
    ("'it holds'", "'it still holds'", ""),
    ("a: 1, b: [2]", "b: [2], a: 1", ""),
    ("a: 1, b: [2]", "a: 1, b: [2], c: 3", ""),
    ("one(1)", "one(1, true)", ""),
    ("  expect(one(1)).toBe(3);", "  expect(one(1)).toBe(3);\n  expect(one(2)).toBe(3);", ""),
    ("one(", "uno(", ""),
    ("  const x = 2;", "  const given = 2, x = given;", ""),
];

const GO: File = (
    "i_test.go",
    "package one\n\nfunc TestA(t *testing.T) {\n\tx := 2\n\tif one(1) != 3 {\n\t\tt.Fatal(\"three\")\n\t}\n\tif got := one(x); got != 4 {\n\t\tt.Errorf(\"one(2) = %d\", got)\n\t}\n\tswitch one(9) {\n\tcase 4:\n\tdefault:\n\t\tt.Fatal(\"none\", 1)\n\t}\n\tassert.Equal(t, 5, one(\"a\"))\n\tassert.True(t, holds(6), \"it holds\")\n\trequire.NoError(t, two([]int{1, 2}))\n}\n",
);
const OF_GO: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x := 2", "x := 1", INPUT),
    ("one(\"a\")", "one(\"b\")", INPUT),
    ("holds(6)", "holds(5)", INPUT),
    ("{1, 2}", "{1}", INPUT),
    ("\"three\"", "\"it must be three\"", ""),
    ("\"none\", 1", "\"none of them\", 2", ""),
    ("\"one(2) = %d\"", "\"one(x) = %d\"", ""),
    ("\"it holds\"", "\"it still holds\"", ""),
    ("one(1)", "one(1, true)", ""),
    ("one(", "uno(", ""),
];

const JAVA: File = (
    "src/test/java/ITest.java",
    "class ITest {\n  @Test\n  void a() {\n    int x = 2;\n    assertEquals(3, one(1));\n    assertEquals(4, one(x));\n    assertThat(one(5)).isEqualTo(6);\n    assertThrows(IllegalStateException.class, () -> one(-1));\n    assertTrue(holds(7), \"it holds\");\n  }\n}\n",
);
const OF_JAVA: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("one(5)", "one(4)", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("holds(7)", "holds(6)", INPUT),
    ("\"it holds\"", "\"it still holds\"", ""),
    ("one(1)", "one(1L)", ""),
    ("one(1)", "one(1, true)", ""),
    ("one(", "uno(", ""),
];

const KOTLIN: File = (
    "src/test/kotlin/ITest.kt",
    "class ITest {\n  @Test\n  fun a() {\n    val x = 2\n    assertEquals(3, one(1))\n    assertEquals(4, one(x))\n    assertFailsWith<Bad> { one(-1) }\n  }\n}\n",
);
const OF_KOTLIN: &[Row] =
    &[("one(1)", "one(2)", INPUT), ("x = 2", "x = 1", INPUT), ("one(-1)", "one(-2)", INPUT), ("one(", "uno(", "")];

const RUBY: File = (
    "spec/i_spec.rb",
    "RSpec.describe One do\n  it 'is three' do\n    x = 2\n    expect(one(1)).to eq 3\n    expect(one(x)).to eq 4\n    expect(two 5).to eq(6)\n    expect { one(-1) }.to raise_error(Bad)\n    assert_equal 8, one('a')\n  end\nend\n",
);
const OF_RUBY: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("two 5", "two 4", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("one('a')", "one('b')", INPUT),
    ("one('a')", "one(\"a\")", ""),
    ("two 5", "two(5)", ""),
    ("one(", "uno(", ""),
];

const PHP: File = (
    "tests/ITest.php",
    "<?php\nclass ITest extends TestCase {\n  public function testA(): void {\n    $x = 2;\n    $this->assertSame(3, one(1));\n    $this->assertSame(4, one($x));\n    self::assertTrue(holds(5), 'it holds');\n  }\n}\n",
);
const OF_PHP: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("$x = 2", "$x = 1", INPUT),
    ("holds(5)", "holds(4)", INPUT),
    ("'it holds'", "'it still holds'", ""),
    ("one(", "uno(", ""),
];

const CSHARP: File = (
    "tests/ITests.cs",
    "public class ITests\n{\n  [Fact]\n  public void A()\n  {\n    var x = 2;\n    Assert.Equal(3, One(1));\n    Assert.Equal(4, One(x));\n    Assert.Throws<Bad>(() => One(-1));\n    Assert.True(Holds(5), \"it holds\");\n  }\n}\n",
);
const OF_CSHARP: &[Row] = &[
    ("One(1)", "One(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("One(-1)", "One(-2)", INPUT),
    ("Holds(5)", "Holds(4)", INPUT),
    ("\"it holds\"", "\"it still holds\"", ""),
    ("One(", "Uno(", ""),
];

const SWIFT: File = (
    "Tests/OneTests/ITests.swift",
    "final class ITests: XCTestCase {\n  func testA() {\n    let x = 2\n    XCTAssertEqual(one(1), 3)\n    XCTAssertEqual(one(x), 4)\n    XCTAssertTrue(holds(5), \"it holds\")\n    XCTAssertThrowsError(try one(-1))\n  }\n}\n",
);
const OF_SWIFT: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("holds(5)", "holds(4)", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("\"it holds\"", "\"it still holds\"", ""),
    ("one(", "uno(", ""),
];

const ELIXIR: File = (
    "test/i_test.exs",
    "defmodule ITest do\n  test \"a\" do\n    x = 2\n    assert one(1) == 3\n    assert one(x) == 4\n    refute holds(5)\n    assert_raise Bad, fn -> one(-1) end\n  end\nend\n",
);
const OF_ELIXIR: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("holds(5)", "holds(4)", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("one(", "uno(", ""),
];

const C: File = (
    "tests/i_test.c",
    "TEST(C, A) {\n  int x = 2;\n  EXPECT_EQ(one(1), 3);\n  EXPECT_EQ(one(x), 4);\n  assert(one(5) == 6);\n  ASSERT_TRUE(holds(7));\n  EXPECT_THROW(one(-1), Bad);\n}\n",
);
const OF_C: &[Row] = &[
    ("one(1)", "one(2)", INPUT),
    ("x = 2", "x = 1", INPUT),
    ("one(5)", "one(4)", INPUT),
    ("holds(7)", "holds(6)", INPUT),
    ("one(-1)", "one(-2)", INPUT),
    ("one(1)", "one(1UL)", ""),
    ("one(", "uno(", ""),
];

const SHELL: File = (
    "tests/i.sh",
    "set -eu\nout=$(./app two)\n[ \"$out\" = three ]\n[ \"$(./app 1)\" = four ]\ntest \"$(./app --list a | sort)\" = five\n",
);
const OF_SHELL: &[Row] = &[
    ("./app two", "./app one", INPUT),
    ("./app 1", "./app 2", INPUT),
    ("--list a", "--list b", INPUT),
    ("./app", "./own", ""),
    ("out", "got", ""),
];

const BATS: File = (
    "tests/i.bats",
    "@test \"a\" {\n  run ./app two\n  [ \"$status\" -eq 0 ]\n  [ \"$output\" = three ]\n  run ./app --list \"a b\"\n  assert_output five\n}\n",
);
const OF_BATS: &[Row] = &[
    ("run ./app two", "run ./app one", INPUT),
    ("\"a b\"", "\"a c\"", INPUT),
    ("\"a b\"", "'a b'", ""),
    ("./app", "./own", ""),
    ("  run ./app two\n", "  run ./app one\n  [ \"$status\" -eq 1 ]\n  run ./app two\n", ""),
];

/// Every file, and what is written in it.
pub(super) const TABLES: [(File, &[Row]); 12] = [
    (PYTHON, OF_PYTHON),
    (RUST, OF_RUST),
    (SCRIPT, OF_SCRIPT),
    (GO, OF_GO),
    (JAVA, OF_JAVA),
    (KOTLIN, OF_KOTLIN),
    (RUBY, OF_RUBY),
    (PHP, OF_PHP),
    (CSHARP, OF_CSHARP),
    (SWIFT, OF_SWIFT),
    (ELIXIR, OF_ELIXIR),
    (C, OF_C),
];

/// Scripts, in which words are literals.
pub(super) const SCRIPTS: [(File, &[Row]); 2] = [(SHELL, OF_SHELL), (BATS, OF_BATS)];
