//! Tests with tables of cases: a row that is gone or says something else, and honest changes of the same tables.

use super::{File, GONE, INPUT, OTHER, Row};

const RUST: File = (
    "tests/r.rs",
    "use own::one;\n\nconst CASES: &[(u32, u32)] = &[(1, 3), (2, 4)];\nconst FIVE: u32 = 5;\n\n#[rstest]\n#[case(1, 3)]\n#[case(2, FIVE)]\nfn a(#[case] given: u32, #[case] want: u32) {\n    assert_eq!(one(given), want);\n}\n\n#[test]\nfn b() {\n    for (given, want) in CASES {\n        assert_eq!(one(*given), *want);\n    }\n    for (given, want) in [(\"x\", \"y\"), (\"z\", name())] {\n        assert_eq!(two(given), want);\n    }\n}\n",
);
const OF_RUST: &[Row] = &[
    ("#[case(1, 3)]", "#[case(1, 1)]", OTHER),
    ("FIVE: u32 = 5", "FIVE: u32 = 1", OTHER),
    ("#[case(1, 3)]\n", "", GONE),
    ("#[case(1, 3)]", "#[case(8, 9)]", GONE),
    ("(2, 4)", "(2, 1)", OTHER),
    ("(2, 4)", "(9, 9)", GONE),
    (", (2, 4)", "", GONE),
    ("(\"x\", \"y\")", "(\"x\", \"z\")", OTHER),
    ("(\"x\", \"y\")", "(\"xx\", \"y\")", INPUT),
    ("(2, 4)", "(1, 4)", INPUT),
    ("name())", "other())", OTHER),
    (
        "    for (given, want) in CASES {\n        assert_eq!(one(*given), *want);\n    }\n",
        "    assert_eq!(one(1), 3);\n",
        GONE,
    ),
    ("#[case(1, 3)]", "#[case::first(1, 3)]\n#[case(8, 9)]", ""),
    ("(2, 4)]", "(2, 4), (8, 9)]", ""),
    ("(1, 3), (2, 4)", "\n    (2, 4),\n    (1, 0x3),\n", ""),
    ("FIVE", "WANT", ""),
    ("#[case(2, FIVE)]", "#[case(2, 5)]", ""),
    ("CASES", "ROWS", ""),
    (
        "#[test]\nfn b() {\n    for (given, want) in CASES {\n        assert_eq!(one(*given), *want);\n    }\n",
        "// It's what all do.\nfn each() {\n    for (given, want) in CASES {\n        assert_eq!(one(*given), *want);\n    }\n}\n\n#[test]\nfn b() {\n    each();\n",
        "",
    ),
    ("&[(u32, u32)] = &[(1, 3), (2, 4)]", "&[(u32, u32, bool)] = &[(1, 3, true), (2, 4, false)]", ""),
];

const PYTHON: File = (
    "tests/test_r.py",
    "import pytest\nfrom app import one\n\nCASES = [(1, 3), (2, 4)]\n\n\n@pytest.mark.parametrize('given, want', [(1, 3), (2, wrong())])\ndef test_a(given, want):\n    assert one(given) == want\n\n\n@pytest.mark.parametrize('given,want', CASES)\ndef test_b(given, want):\n    assert one(given) == want\n\n\ndef test_c():\n    for given, want in {'x': 1, 'y': 2}.items():\n        assert one(given) == want\n\n\ndef test_d():\n    for name, given, want in [('first', 'a', 3)]:\n        assert one(given) == want, name\n",
);
const OF_PYTHON: &[Row] = &[
    ("[(1, 3), (2, wrong())]", "[(1, 1), (2, wrong())]", OTHER),
    ("wrong()", "right()", OTHER),
    (", (2, wrong())", "", GONE),
    ("CASES = [(1, 3), (2, 4)]", "CASES = [(1, 3), (2, 2)]", OTHER),
    ("CASES = [(1, 3), (2, 4)]", "CASES = [(1, 3), (2, 4)]\nCASES.pop()", GONE),
    ("'y': 2", "'y': 1", OTHER),
    ("'x': 1, ", "", GONE),
    ("[(1, 3), (2, wrong())]", "[\n    pytest.param(1, 3, id='first'),\n    (2, wrong()),\n    (8, 9),\n]", ""),
    ("CASES = [(1, 3), (2, 4)]", "CASES = [(1, 3), (2, 4), (8, 9)]", ""),
    ("CASES", "ROWS", ""),
    ("'y': 2", "'y': 2, 'z': 3", ""),
    ("[(1, 3)", "[(2, 3)", INPUT),
    ("'y': 2", "'z': 2", INPUT),
    ("('first', 'a', 3)", "('first', 'b', 3)", INPUT),
    ("('first', 'a', 3)", "('the first', 'a', 3)", ""),
    ("('first', 'a', 3)", "('the first', 'b', 3)", INPUT),
];

const SCRIPT: File = (
    "tests/r.test.js",
    "const { one } = require('../app');\n\nconst CASES = [{ given: 1, want: 3 }, { given: 2, want: 4 }];\n\nit.each([[1, 3], [2, wrong]])('a %i', (given, want) => {\n  expect(one(given)).toBe(want);\n});\n\nfor (const { given, want } of CASES) {\n  it(`b ${given}`, () => {\n    expect(one(given)).toBe(want);\n  });\n}\n\nit.each`\n  given | want\n  ${1}  | ${3}\n  ${2}  | ${4}\n`('c $given', ({ given, want }) => {\n  expect(one(given)).toBe(want);\n});\n",
);
const OF_SCRIPT: &[Row] = &[
    ("[1, 3]", "[1, 1]", OTHER),
    ("wrong]", "right]", OTHER),
    (", [2, wrong]", "", GONE),
    ("want: 4", "want: 1", OTHER),
    (", { given: 2, want: 4 }", "", GONE),
    ("${4}", "${1}", OTHER),
    ("  ${2}  | ${4}\n", "", GONE),
    ("want: 4 }", "want: 4 }, { given: 8, want: 9 }", ""),
    ("[1, 3]", "[2, 3]", INPUT),
    ("given: 1", "given: 5", INPUT),
    ("${2}  | ${4}", "${1}  | ${4}", INPUT),
    ("want: 3 }", "want: 3, name: 'x' }", ""),
    ("{ given: 1, want: 3 }", "{ want: 3, given: 1 }", ""),
    ("${2}  | ${4}", "${2} | ${4}\n  ${8} | ${9}", ""),
    ("[[1, 3], [2, wrong]]", "[\n  [1, 3],\n  [2, wrong],\n  [8, 9],\n]", ""),
];

const GO: File = (
    "r_test.go",
    "package one\n\nfunc TestR(t *testing.T) {\n\tcases := []struct{ given, want int }{\n\t\t{1, 3},\n\t\t{2, wrong()},\n\t}\n\tfor _, c := range cases {\n\t\tif got := one(c.given); got != c.want {\n\t\t\tt.Errorf(\"%d\", got)\n\t\t}\n\t}\n}\n\nfunc TestS(t *testing.T) {\n\ttests := map[string]struct{ given, want int }{\n\t\t\"a\": {given: 1, want: 3},\n\t\t\"b\": {given: 2, want: 4},\n\t}\n\tfor name, c := range tests {\n\t\tt.Run(name, func(t *testing.T) {\n\t\t\tassert.Equal(t, c.want, one(c.given))\n\t\t})\n\t}\n}\n",
);
const OF_GO: &[Row] = &[
    ("{1, 3}", "{1, 1}", OTHER),
    ("wrong()", "right()", OTHER),
    ("\t\t{1, 3},\n", "", GONE),
    ("\t\t{1, 3},\n", "\t\t{8, 9},\n", GONE),
    ("want: 4", "want: 1", OTHER),
    ("\t\t\"b\": {given: 2, want: 4},\n", "", GONE),
    ("{1, 3}", "{2, 3}", INPUT),
    ("given: 1, want: 3", "given: 2, want: 3", INPUT),
    ("\"a\": {given", "\"first\": {given", ""),
    ("{1, 3}", "{given: 1, want: 3}", ""),
    ("\t\t{1, 3},\n", "\t\t{1, 3},\n\t\t{8, 9},\n", ""),
    (
        "given, want int }{\n\t\t{1, 3},\n\t\t{2, wrong()},",
        "given, want int; name string }{\n\t\t{1, 3, \"x\"},\n\t\t{2, wrong(), \"y\"},",
        "",
    ),
    ("cases", "rows", ""),
];

const JAVA: File = (
    "src/test/java/RTest.java",
    "class RTest {\n  @ParameterizedTest\n  @CsvSource({\"1, 3\", \"2, 4\"})\n  void a(int given, int want) {\n    assertEquals(want, one(given));\n  }\n\n  static Stream<Arguments> rows() {\n    return Stream.of(arguments(1, 3), arguments(2, wrong()));\n  }\n\n  @ParameterizedTest\n  @MethodSource(\"rows\")\n  void b(int given, int want) {\n    assertEquals(want, one(given));\n  }\n}\n",
);
const OF_JAVA: &[Row] = &[
    ("\"2, 4\"", "\"2, 1\"", OTHER),
    ("\"2, 4\"", "\"1, 4\"", INPUT),
    (", \"2, 4\"", "", GONE),
    ("arguments(1, 3)", "arguments(1, 1)", OTHER),
    ("wrong()", "right()", OTHER),
    ("arguments(1, 3), ", "", GONE),
    ("\"2, 4\"", "\"2, 4\", \"8, 9\"", ""),
    ("arguments(1, 3)", "arguments(1, 3), arguments(8, 9)", ""),
    ("rows", "cases", ""),
];

const CSHARP: File = (
    "tests/RTests.cs",
    "public class RTests\n{\n  [Theory]\n  [InlineData(1, 3)]\n  [InlineData(2, 4)]\n  public void A(int given, int want)\n  {\n    Assert.Equal(want, One(given));\n  }\n}\n",
);
const OF_CSHARP: &[Row] = &[
    ("(2, 4)", "(2, 1)", OTHER),
    ("(2, 4)", "(1, 4)", INPUT),
    ("  [InlineData(2, 4)]\n", "", GONE),
    ("  [InlineData(2, 4)]\n", "  [InlineData(2, 4)]\n  [InlineData(8, 9)]\n", ""),
];

const RUBY: File = (
    "test/r_test.rb",
    "class RTest < Minitest::Test\n  CASES = [[1, 3], [2, 4]]\n\n  def test_a\n    CASES.each do |given, want|\n      assert_equal want, one(given)\n    end\n  end\nend\n",
);
const OF_RUBY: &[Row] = &[
    ("[2, 4]", "[2, 1]", OTHER),
    ("[2, 4]", "[1, 4]", INPUT),
    (", [2, 4]", "", GONE),
    ("[2, 4]]", "[2, 4], [8, 9]]", ""),
    ("CASES", "ROWS", ""),
];

const PHP: File = (
    "tests/RTest.php",
    "<?php\nclass RTest extends TestCase {\n  public static function rows(): array {\n    return [[1, 3], [2, 4]];\n  }\n\n  #[DataProvider('rows')]\n  public function testA(int $given, int $want): void {\n    $this->assertSame($want, one($given));\n  }\n}\n",
);
const OF_PHP: &[Row] = &[
    ("[2, 4]", "[2, 1]", OTHER),
    ("[2, 4]", "[1, 4]", INPUT),
    (", [2, 4]", "", GONE),
    ("[2, 4]]", "[2, 4], [8, 9]]", ""),
];

const SWIFT: File = (
    "Tests/OneTests/RTests.swift",
    "final class RTests: XCTestCase {\n  func testA() {\n    for (given, want) in [(1, 3), (2, 4)] {\n      XCTAssertEqual(one(given), want)\n    }\n  }\n}\n",
);
const OF_SWIFT: &[Row] = &[
    ("(2, 4)", "(2, 1)", OTHER),
    ("(2, 4)", "(1, 4)", INPUT),
    (", (2, 4)", "", GONE),
    ("(2, 4)]", "(2, 4), (8, 9)]", ""),
];

/// Every file, and what is written in it.
pub(super) const TABLES: [(File, &[Row]); 9] = [
    (RUST, OF_RUST),
    (PYTHON, OF_PYTHON),
    (SCRIPT, OF_SCRIPT),
    (GO, OF_GO),
    (JAVA, OF_JAVA),
    (CSHARP, OF_CSHARP),
    (RUBY, OF_RUBY),
    (PHP, OF_PHP),
    (SWIFT, OF_SWIFT),
];
