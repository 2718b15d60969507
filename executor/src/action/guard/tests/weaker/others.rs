//! Go, Java, Ruby and shells: tests that ask less, and those that ask it in other words.

use super::{File, GONE, LESS, REMOVED, Row, SKIPPED, TRIVIAL};

pub(super) const GO: File = (
    "one_test.go",
    "package one\n\nfunc TestA(t *testing.T) {\n\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}\n}\n\nfunc TestB(t *testing.T) {\n\tgot := two()\n\tassert.Equal(t, 2, got)\n}\n",
);
pub(super) const OF_GO: &[Row] = &[
    ("one() != 3", "one() == 0", LESS),
    ("one() != 3", "one() < 0", LESS),
    ("one() != 3", "one() != 3 && one() != 1", LESS),
    ("\tif one() != 3", "\tif !testing.Verbose() {\n\t\treturn\n\t}\n\tif one() != 3", LESS),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tif full {\n\t\tif one() != 3 {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        LESS,
    ),
    ("\tif one() != 3", "\tdefer func() { recover() }()\n\tif one() != 3", REMOVED),
    ("assert.Equal(t, 2, got)", "assert.NotNil(t, got)", LESS),
    ("assert.Equal(t, 2, got)", "assert.Contains(t, []int{1, 2}, got)", LESS),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, got, got)", TRIVIAL),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, two(), got)", TRIVIAL),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tfor range map[string]int{} {\n\t\tif one() != 3 {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        REMOVED,
    ),
    ("t.Fatal(\"three\")", "t.Skip(\"three\")", SKIPPED),
    ("t.Fatal(\"three\")", "t.Log(\"three\")", REMOVED),
    ("if one() != 3 {", "if one() != 3 && os.Getenv(\"FULL\") != \"\" {", LESS),
    ("func TestA(t *testing.T) {", "func TestA(_ *testing.T) {\n\tt := &testing.T{}", "runner-replaced"),
    ("if one() != 3 {", "if reflect.TypeOf(one()) == nil {", LESS),
    ("if one() != 3 {", "if got := one(); got != 3 {", ""),
    ("assert.Equal(t, 2, got)", "require.Equal(t, 2, got)", ""),
    ("assert.Equal(t, 2, got)", "assert.Equal(t, 2, two())", ""),
    (
        "\tif one() != 3 {\n\t\tt.Fatal(\"three\")\n\t}",
        "\tfor _, want := range []int{3} {\n\t\tif one() != want {\n\t\t\tt.Fatal(\"three\")\n\t\t}\n\t}",
        "",
    ),
    (
        "\tif one() != 3",
        "\tdefer func() {\n\t\tif r := recover(); r != nil {\n\t\t\tt.Fatal(r)\n\t\t}\n\t}()\n\tif one() != 3",
        "",
    ),
];
pub(super) const TABLES: File = (
    "one_test.go",
    "package one\n\nfunc check(t *testing.T, got, want int) {\n\tt.Helper()\n\tif got != want {\n\t\tt.Errorf(\"%d\", got)\n\t}\n}\n\nfunc TestA(t *testing.T) {\n\tcases := []struct{ given, want int }{\n\t\t{1, 3},\n\t\t{2, 4},\n\t}\n\tfor _, c := range cases {\n\t\tif one(c.given) != c.want {\n\t\t\tt.Error(c)\n\t\t}\n\t}\n}\n\nfunc TestB(t *testing.T) {\n\tcheck(t, two(), 2)\n}\n",
);
pub(super) const OF_TABLES: &[Row] = &[
    ("\t\t{2, 4},\n", "", GONE),
    ("\t\t{1, 3},\n\t\t{2, 4},\n", "", GONE),
    ("got != want", "got == 0", LESS),
    ("\t\tt.Errorf(\"%d\", got)\n", "", REMOVED),
    ("\tcheck(t, two(), 2)\n", "\ttwo()\n", REMOVED),
    ("\t\tif one(c.given)", "\t\tif c.given == 2 {\n\t\t\tcontinue\n\t\t}\n\t\tif one(c.given)", LESS),
    ("\t\t{2, 4},\n", "\t\t{2, 4},\n\t\t{5, 6},\n", ""),
    ("got != want", "want != got", ""),
];
pub(super) const JAVA: File = (
    "src/test/java/OneTest.java",
    "class OneTest {\n  @Test\n  void a() {\n    assertEquals(3, one());\n  }\n\n  @Test\n  void b() {\n    assertThrows(IllegalStateException.class, () -> one(-1));\n  }\n\n  @Test\n  void c() {\n    assertThat(names()).containsExactly(\"x\", \"y\");\n  }\n}\n",
);
pub(super) const OF_JAVA: &[Row] = &[
    ("assertEquals(3, one())", "assertNotNull(one())", LESS),
    ("assertEquals(3, one())", "assertTrue(one() > 0)", LESS),
    ("assertEquals(3, one())", "assertEquals(one(), one())", TRIVIAL),
    (
        "    assertEquals(3, one());",
        "    if (Boolean.getBoolean(\"full\")) {\n      assertEquals(3, one());\n    }",
        LESS,
    ),
    (
        "    assertEquals(3, one());",
        "    if (!Boolean.getBoolean(\"full\")) return;\n    assertEquals(3, one());",
        LESS,
    ),
    ("IllegalStateException.class", "Exception.class", LESS),
    ("containsExactly(\"x\", \"y\")", "isNotNull()", LESS),
    ("assertEquals(3, one())", "assertEquals(3, one(), 5)", LESS),
    ("assertEquals(3, one())", "assertThat(one())", TRIVIAL),
    ("assertEquals(3, one())", "assertDoesNotThrow(() -> one())", LESS),
    (
        "  @Test\n  void a()",
        "  @EnabledIfEnvironmentVariable(named = \"X\", matches = \"y\")\n  @Test\n  void a()",
        SKIPPED,
    ),
    (
        "    assertEquals(3, one());",
        "    try {\n      assertEquals(3, one());\n    } catch (AssertionError e) {\n    }",
        REMOVED,
    ),
    ("assertEquals(3, one())", "assertEquals(3, one(), \"three\")", ""),
    ("assertEquals(3, one())", "assertThat(one()).isEqualTo(3)", ""),
];
pub(super) const SHELL: File = (
    "tests/smoke.sh",
    "set -eu\nout=$(./app)\n[ \"$out\" = three ]\n./app --list | grep -qx one\ndiff want.txt got.txt\n",
);
pub(super) const OF_SHELL: &[Row] = &[
    ("[ \"$out\" = three ]", "[ -n \"$out\" ]", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" != four ]", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" = \"$(./app)\" ]", TRIVIAL),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || true", TRIVIAL),
    ("[ \"$out\" = three ]", "if [ -n \"${FULL:-}\" ]; then\n  [ \"$out\" = three ]\nfi", LESS),
    ("diff want.txt got.txt", "[ -e got.txt ]", LESS),
    ("diff want.txt got.txt", "diff want.txt want.txt", TRIVIAL),
    ("diff want.txt got.txt", "diff -wi want.txt got.txt", LESS),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] && echo fine", TRIVIAL),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] &", TRIVIAL),
    ("[ \"$out\" = three ]", "set +e\n[ \"$out\" = three ]\nset -e", REMOVED),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || [ \"$out\" = four ]", LESS),
    ("[ \"$out\" = three ]", "[ \"${out:-three}\" = three ]", LESS),
    ("[ \"$out\" = three ]", "test \"$out\" = three", ""),
    ("[ \"$out\" = three ]", "[ \"$out\" = three ] || exit 1", ""),
];
pub(super) const RUBY: File =
    ("spec/one_spec.rb", "RSpec.describe One do\n  it 'is three' do\n    expect(one).to eq 3\n  end\nend\n");
pub(super) const OF_RUBY: &[Row] = &[
    ("expect(one).to eq 3", "expect(one).not_to be_nil", LESS),
    ("expect(one).to eq 3", "expect(one).to be_truthy", LESS),
    ("expect(one).to eq 3", "expect(one).to eq 3 if ENV['FULL']", LESS),
    ("    expect(one).to eq 3", "    next unless ENV['FULL']\n    expect(one).to eq 3", LESS),
    ("expect(one).to eq 3", "expect(one).to eq one", TRIVIAL),
    ("expect(one).to eq 3", "expect(one).to eql(3)", ""),
    ("expect(one).to eq 3", "got = one\n    expect(got).to eq 3", ""),
];
