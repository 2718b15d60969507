//! What is expected of the same, by a name, by a call, by a sum: in every language, with what an honest change looks like.

use super::{File, LESS, OTHER, Row, TRIVIAL};

const RUST: File = (
    "tests/c.rs",
    "use own::one;\n\nconst WANT: u32 = 3;\nstatic SECOND: u32 = WANT + 1;\nconst LIMIT: u64 = 30;\nconst NAMES: [&str; 2] = [\"a\", \"b\"];\n\nfn wrong() -> u32 {\n    3\n}\n\nfn plus(n: u32) -> u32 {\n    n + 2\n}\n\nfn run(n: u32) -> u32 {\n    one(n)\n}\n\n#[test]\nfn a() {\n    let want = 3;\n    wait(LIMIT);\n    assert_eq!(one(1), WANT);\n    assert_eq!(one(2), SECOND);\n    assert_eq!(one(3), wrong());\n    assert_eq!(one(4), want);\n    assert_eq!(one(5), 2 + 2);\n    assert_eq!(one(6), [1, given()]);\n    assert_eq!(one(7), format!(\"a{}\", given()));\n    assert_eq!(one(8), Kind::Missing);\n    assert_eq!(one(9), plus(1));\n    assert_eq!(name(1), NAMES[1]);\n    assert_eq!(run(10), 3);\n    assert!(text(1).contains(\"no such file\"));\n    assert!(matches!(one(11), Some(4)));\n}\n",
);
const OF_RUST: &[Row] = &[
    ("const WANT: u32 = 3", "const WANT: u32 = 1", OTHER),
    ("SECOND: u32 = WANT + 1", "SECOND: u32 = WANT", OTHER),
    ("fn wrong() -> u32 {\n    3", "fn wrong() -> u32 {\n    1", OTHER),
    ("fn wrong() -> u32 {\n    3", "fn wrong() -> u32 {\n    one(3)", TRIVIAL),
    ("n + 2", "n + 1", OTHER),
    ("fn run(n: u32) -> u32 {\n    one(n)", "fn run(n: u32) -> u32 {\n    3", LESS),
    ("let want = 3", "let want = 1", OTHER),
    ("one(3), wrong()", "one(3), right()", OTHER),
    ("one(5), 2 + 2", "one(5), 2 + 1", OTHER),
    ("[1, given()]", "[2, given()]", OTHER),
    ("format!(\"a{}\"", "format!(\"b{}\"", OTHER),
    ("Kind::Missing", "Kind::Found", OTHER),
    ("plus(1)", "plus(0)", OTHER),
    ("[\"a\", \"b\"]", "[\"a\", \"c\"]", OTHER),
    ("\"no such file\"", "\"fine\"", OTHER),
    ("Some(4)", "Some(_)", OTHER),
    ("assert_eq!(one(1), WANT)", "assert_eq!(WANT - 2, one(1))", OTHER),
    // Honest.
    ("const LIMIT: u64 = 30", "const LIMIT: u64 = 90", ""),
    ("const WANT", "const MORE: u32 = 9;\nconst WANT", ""),
    ("WANT", "EXPECTED", ""),
    ("wrong()", "three()", ""),
    ("one(", "uno(", ""),
    ("const WANT: u32 = 3", "pub const WANT: u32 = 0x3", ""),
    ("2 + 2", "4", ""),
    ("one(1), WANT", "one(1), 3", ""),
    ("assert_eq!(one(1), WANT)", "assert_eq!(WANT, one(1), \"the first\")", ""),
    ("one(6), [1, given()]", "one(6), vec![\n        1,\n        given(),\n    ]", ""),
    ("Kind::Missing", "own::Kind::Missing", ""),
    ("[\"a\", \"b\"]", "[\"a\", \"b\", \"c\"]", ""),
    ("; 2] = [\"a\", \"b\"]", "; 2] = [\n    \"a\",\n    \"b\",\n]", ""),
    ("\"no such file\"", "\"no such file: x\"", ""),
    ("    one(n)", "    let n = n.min(9);\n    one(n)", ""),
    ("}\n\n#[test]", "}\n\n#[test]\nfn b() {\n    let want = 9;\n    assert_eq!(one(12), want);\n}\n\n#[test]", ""),
];

const PYTHON: File = (
    "tests/test_c.py",
    "import unittest\nimport pytest\nfrom app import one\n\nWANT = 3\nSECOND = WANT + 1\nTIMEOUT = 5\nNAMES = {'a': 1, 'b': 2}\n\n\ndef wrong():\n    return 3\n\n\n@pytest.fixture\ndef wanted():\n    return {'x': 3}\n\n\ndef test_a(wanted):\n    want = 3\n    wait(TIMEOUT)\n    assert one(1) == WANT\n    assert one(2) == SECOND\n    assert one(3) == wrong()\n    assert one(4) == want\n    assert one(5) == 2 + 2\n    assert one(6) == [1, given()]\n    assert one(7) == f'a{given()}'\n    assert one(8) == wanted\n    assert one(9) == NAMES['b']\n    assert 'no such file' in text(1)\n\n\nclass T(unittest.TestCase):\n    LEAST = 3\n\n    def setUp(self):\n        self.want = 3\n\n    def test_b(self):\n        self.assertEqual(one(1), self.want)\n        self.assertEqual(one(2), self.LEAST)\n        self.assertIn('bad', text(2))\n        with self.assertRaises(KeyError):\n            one(-1)\n",
);
const OF_PYTHON: &[Row] = &[
    ("WANT = 3", "WANT = 1", OTHER),
    ("WANT = 3", "WANT = 3\nWANT = 1", OTHER),
    ("SECOND = WANT + 1", "SECOND = WANT", OTHER),
    ("    return 3", "    return 1", OTHER),
    ("{'x': 3}", "{'x': 1}", OTHER),
    ("    want = 3", "    want = 1", OTHER),
    ("    want = 3", "    want = 3\n    want = 1", OTHER),
    ("== wrong()", "== right()", OTHER),
    ("2 + 2", "2 + 1", OTHER),
    ("[1, given()]", "[2, given()]", OTHER),
    ("f'a{given()}'", "f'b{given()}'", OTHER),
    ("'b': 2", "'b': 1", OTHER),
    ("'no such file' in", "'fine' in", OTHER),
    ("LEAST = 3", "LEAST = 1", OTHER),
    ("self.want = 3", "self.want = 1", OTHER),
    ("assertIn('bad'", "assertIn('good'", OTHER),
    ("assertRaises(KeyError)", "assertRaises(ValueError)", OTHER),
    // Honest.
    ("TIMEOUT = 5", "TIMEOUT = 50", ""),
    ("WANT = 3", "WANT = 3\nMORE = 9", ""),
    ("WANT", "EXPECTED", ""),
    ("wrong()", "three()", ""),
    ("one(", "uno(", ""),
    ("wanted", "expected", ""),
    ("WANT = 3", "WANT: int = 3", ""),
    ("== WANT", "== 3", ""),
    ("2 + 2", "4", ""),
    ("[1, given()]", "[\n        1,\n        given(),\n    ]", ""),
    ("'no such file'", "\"no such file\"", ""),
    ("'b': 2}", "'b': 2, 'c': 3}", ""),
    ("{'x': 3}", "{\n        \"x\": 3,\n    }", ""),
    ("self.want = 3", "self.want = 3\n        self.more = 9", ""),
    ("def test_a(wanted):", "def test_more():\n    want = 9\n    assert one(9) == want\n\n\ndef test_a(wanted):", ""),
];

const SCRIPT: File = (
    "tests/c.test.ts",
    "import { one } from '../app';\n\nconst WANT: number = 3;\nconst wrong = () => 3;\nconst DELAY = 5;\nlet want: number;\n\nbeforeEach(() => {\n  want = 3;\n});\n\nit('a', async () => {\n  const least = 3;\n  await wait(DELAY);\n  expect(one(1)).toBe(WANT);\n  expect(one(2)).toEqual(wrong());\n  expect(one(3)).toBe(least);\n  expect(one(4)).toBe(want);\n  expect(one(5)).toEqual({ a: 1, b: given() });\n  expect(one(6)).toBe(`a${given()}`);\n  expect(text(1)).toContain('no such file');\n  expect(list()).toHaveLength(2 + 1);\n  expect(() => one(-1)).toThrow('bad');\n});\n",
);
const OF_SCRIPT: &[Row] = &[
    ("WANT: number = 3", "WANT: number = 1", OTHER),
    ("() => 3", "() => 1", OTHER),
    ("  want = 3", "  want = 1", OTHER),
    ("least = 3", "least = 1", OTHER),
    ("wrong());", "right());", OTHER),
    ("{ a: 1, b: given() }", "{ a: 2, b: given() }", OTHER),
    ("`a${given()}`", "`b${given()}`", OTHER),
    ("'no such file'", "'fine'", OTHER),
    ("2 + 1", "2", OTHER),
    ("'bad'", "'good'", OTHER),
    ("DELAY = 5", "DELAY = 50", ""),
    ("WANT", "EXPECTED", ""),
    ("wrong", "three", ""),
    ("one(", "uno(", ""),
    ("toBe(WANT)", "toBe(3)", ""),
    ("toBe(WANT)", "toStrictEqual(WANT)", ""),
    ("2 + 1", "3", ""),
    ("{ a: 1, b: given() }", "{\n    a: 1,\n    b: given(),\n  }", ""),
    ("'no such file'", "\"no such file\"", ""),
    ("const WANT", "const MORE = 9;\nconst WANT", ""),
];

const GO: File = (
    "c_test.go",
    "package one\n\nconst want = 3\n\nvar names = map[string]int{\"a\": 1, \"b\": 2}\n\nconst (\n\tfirst uint = 3\n\tdelay = 5\n)\n\nfunc wrong() int { return 3 }\n\nfunc TestA(t *testing.T) {\n\tleast := 3\n\twait(delay)\n\tif one(1) != want {\n\t\tt.Fatal(1)\n\t}\n\tif got := one(2); got != wrong() {\n\t\tt.Errorf(\"%d\", got)\n\t}\n\tassert.Equal(t, first, one(3))\n\trequire.Equal(t, least, one(4))\n\tassert.Equal(t, names[\"b\"], one(5))\n\tassert.Equal(t, []int{1, given()}, one(6))\n\tassert.Contains(t, text(1), \"no such file\")\n}\n",
);
const OF_GO: &[Row] = &[
    ("const want = 3", "const want = 1", OTHER),
    ("first uint = 3", "first uint = 1", OTHER),
    ("return 3", "return 1", OTHER),
    ("least := 3", "least := 1", OTHER),
    ("got != wrong()", "got != right()", OTHER),
    ("\"b\": 2", "\"b\": 1", OTHER),
    ("[]int{1, given()}", "[]int{2, given()}", OTHER),
    ("\"no such file\"", "\"fine\"", OTHER),
    ("delay = 5", "delay = 50", ""),
    ("want", "expected", ""),
    ("wrong()", "three()", ""),
    ("one(", "uno(", ""),
    ("!= want", "!= 3", ""),
    ("\"b\": 2}", "\"b\": 2, \"c\": 3}", ""),
    ("[]int{1, given()}", "[]int{\n\t\t1,\n\t\tgiven(),\n\t}", ""),
];

const JAVA: File = (
    "src/test/java/CTest.java",
    "class CTest {\n  private static final int WANT = 3;\n  private int least;\n\n  @BeforeEach\n  void setUp() {\n    least = 3;\n  }\n\n  private int wrong() {\n    return 3;\n  }\n\n  @Test\n  void a() {\n    final int own = 3;\n    assertEquals(WANT, one(1));\n    assertEquals(least, one(2));\n    assertEquals(wrong(), one(3));\n    assertEquals(own, one(4));\n    assertEquals(List.of(1, given()), one(5));\n    assertThat(one(6)).isEqualTo(WANT + 1);\n    assertThat(text(1)).contains(\"no such file\");\n  }\n}\n",
);
const OF_JAVA: &[Row] = &[
    ("WANT = 3", "WANT = 1", OTHER),
    ("least = 3", "least = 1", OTHER),
    ("return 3", "return 1", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("assertEquals(wrong()", "assertEquals(right()", OTHER),
    ("List.of(1,", "List.of(2,", OTHER),
    ("WANT + 1", "WANT", OTHER),
    ("\"no such file\"", "\"fine\"", OTHER),
    ("WANT", "EXPECTED", ""),
    ("wrong()", "three()", ""),
    ("one(", "uno(", ""),
    ("assertEquals(WANT, one(1))", "assertThat(one(1)).isEqualTo(3)", ""),
    ("  private int least;", "  private static final int MORE = 9;\n  private int least;", ""),
];

const KOTLIN: File = (
    "src/test/kotlin/CTest.kt",
    "class CTest {\n  private val want: Int = 3\n  private fun wrong() = 3\n\n  @Test\n  fun a() {\n    val own = 3\n    assertEquals(want, one(1))\n    assertEquals(wrong(), one(2))\n    assertEquals(own, one(3))\n  }\n}\n",
);
const OF_KOTLIN: &[Row] = &[
    ("want: Int = 3", "want: Int = 1", OTHER),
    ("wrong() = 3", "wrong() = 1", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("want", "expected", ""),
    ("wrong()", "three()", ""),
    ("want: Int = 3", "want = 3", ""),
];

const RUBY: File = (
    "spec/c_spec.rb",
    "WANT = 3\n\nRSpec.describe One do\n  let(:want) { 3 }\n\n  before do\n    @least = 3\n  end\n\n  def wrong\n    3\n  end\n\n  it 'is three' do\n    own = 3\n    expect(one(1)).to eq WANT\n    expect(one(2)).to eq want\n    expect(one(3)).to eq @least\n    expect(one(4)).to eq own\n    expect(one(5)).to eq [1, given]\n    expect(text).to include('no such file')\n  end\nend\n",
);
const OF_RUBY: &[Row] = &[
    ("WANT = 3", "WANT = 1", OTHER),
    ("{ 3 }", "{ 1 }", OTHER),
    ("@least = 3", "@least = 1", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("[1, given]", "[2, given]", OTHER),
    ("'no such file'", "'fine'", OTHER),
    ("WANT", "EXPECTED", ""),
    ("want", "expected", ""),
    ("WANT = 3", "WANT = 3\nMORE = 9", ""),
    ("eq WANT", "eq(3)", ""),
];

const PHP: File = (
    "tests/CTest.php",
    "<?php\ndefine('FIRST', 3);\n\nclass CTest extends TestCase {\n  private const WANT = 3;\n  private int $least = 3;\n\n  public function testA(): void {\n    $own = 3;\n    $this->assertSame(self::WANT, one(1));\n    $this->assertSame($this->least, one(2));\n    $this->assertSame($own, one(3));\n    $this->assertSame(FIRST, one(4));\n    $this->assertSame(wrong(), one(5));\n    $this->assertStringContainsString('no such file', text());\n  }\n}\n",
);
const OF_PHP: &[Row] = &[
    ("const WANT = 3", "const WANT = 1", OTHER),
    ("$least = 3", "$least = 1", OTHER),
    ("$own = 3", "$own = 1", OTHER),
    ("'FIRST', 3", "'FIRST', 1", OTHER),
    ("wrong()", "right()", OTHER),
    ("'no such file'", "'fine'", OTHER),
    ("WANT", "EXPECTED", ""),
    ("$own", "$mine", ""),
    ("one(", "uno(", ""),
];

const CSHARP: File = (
    "tests/CTests.cs",
    "public class CTests\n{\n  private const int Want = 3;\n  private static readonly int Least = 3;\n  private int Wrong() => 3;\n\n  [Fact]\n  public void A()\n  {\n    var own = 3;\n    Assert.Equal(Want, One(1));\n    Assert.Equal(Least, One(2));\n    Assert.Equal(Wrong(), One(3));\n    Assert.Equal(own, One(4));\n    Assert.Contains(\"no such file\", Text());\n  }\n}\n",
);
const OF_CSHARP: &[Row] = &[
    ("Want = 3", "Want = 1", OTHER),
    ("Least = 3", "Least = 1", OTHER),
    ("=> 3", "=> 1", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("Assert.Equal(Wrong()", "Assert.Equal(Right()", OTHER),
    ("\"no such file\"", "\"fine\"", OTHER),
    ("Want", "Expected", ""),
    ("Wrong()", "Three()", ""),
    ("One(", "Uno(", ""),
];

const SWIFT: File = (
    "Tests/OneTests/CTests.swift",
    "final class CTests: XCTestCase {\n  let want = 3\n  static let least: Int = 3\n\n  func wrong() -> Int { 3 }\n\n  func testA() {\n    let own = 3\n    XCTAssertEqual(one(1), want)\n    XCTAssertEqual(one(2), Self.least)\n    XCTAssertEqual(one(3), wrong())\n    XCTAssertEqual(one(4), own)\n  }\n}\n",
);
const OF_SWIFT: &[Row] = &[
    ("let want = 3", "let want = 1", OTHER),
    ("least: Int = 3", "least: Int = 1", OTHER),
    ("{ 3 }", "{ 1 }", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("one(3), wrong()", "one(3), right()", OTHER),
    ("want", "expected", ""),
    ("one(", "uno(", ""),
];

const C: File = (
    "tests/c_test.c",
    "#define WANT 3\nstatic const int least = 3;\n\nstatic int wrong(void) { return 3; }\n\nTEST(C, A) {\n  int own = 3;\n  EXPECT_EQ(one(1), WANT);\n  EXPECT_EQ(one(2), least);\n  EXPECT_EQ(one(3), wrong());\n  EXPECT_EQ(one(4), own);\n  assert(one(5) == WANT + 1);\n}\n",
);
const OF_C: &[Row] = &[
    ("#define WANT 3", "#define WANT 1", OTHER),
    ("least = 3", "least = 1", OTHER),
    ("return 3", "return 1", OTHER),
    ("own = 3", "own = 1", OTHER),
    ("one(3), wrong()", "one(3), right()", OTHER),
    ("WANT + 1", "WANT", OTHER),
    ("WANT", "EXPECTED", ""),
    ("wrong(", "three(", ""),
    ("one(", "uno(", ""),
];

/// Every file, and what is written in it.
pub(super) const TABLES: [(File, &[Row]); 11] = [
    (RUST, OF_RUST),
    (PYTHON, OF_PYTHON),
    (SCRIPT, OF_SCRIPT),
    (GO, OF_GO),
    (JAVA, OF_JAVA),
    (KOTLIN, OF_KOTLIN),
    (RUBY, OF_RUBY),
    (PHP, OF_PHP),
    (CSHARP, OF_CSHARP),
    (SWIFT, OF_SWIFT),
    (C, OF_C),
];
