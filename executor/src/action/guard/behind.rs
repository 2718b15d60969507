//! Files that tests have for themselves although nothing in their names says so: the data that only tests read, helpers that assert for
//! them, and tests that only a command names. It is told by who speaks of them, so what follows from it is a doubt and no more. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::language::Path;
use super::original::{is_for_tests, modules_of_tests};
use super::placeholder::speaks_of;

/// Endings of files that are code. Scripts of a shell are for the guard.
const CODE: [&str; 26] = [
    "py", "js", "cjs", "mjs", "jsx", "ts", "cts", "mts", "tsx", "rs", "go", "java", "kt", "kts", "scala", "groovy",
    "rb", "php", "c", "cc", "cpp", "cxx", "cs", "swift", "ex", "exs",
];
/// Endings of files that data are in.
const DATA: [&str; 20] = [
    "json", "jsonl", "ndjson", "json5", "csv", "tsv", "txt", "xml", "yaml", "yml", "sql", "html", "out", "in", "snap",
    "golden", "expected", "dat", "bin", "log",
];
/// Names of files with settings or commands in.
const NAMES: [&str; 8] = [
    "package.json",
    "package-lock.json",
    "composer.json",
    "Makefile",
    "GNUmakefile",
    "justfile",
    "tsconfig.json",
    "deno.json",
];

static ASSERTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bassert|\bexpect\s*\(|\bpanic!|\bAssertionError\b"));
static FUNCTION: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:def|fn|func|function|class|sub|fun)\b|=>|\(\)\s*\{"));
static CALL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Za-z_]\w*\s*\("));
static GIVES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\breturn\b|->\s*[^\s{]"));
static TAKES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^\s*from\s+([\w.]+)\s+import|^\s*import\s+([\w.]+)|^\s*use\s+(\w+)::|\brequire\(\s*['"](\.[^'"]+)['"]|\bfrom\s+['"](\.[^'"]+)['"]"#,
    )
});

static MACRO: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bmacro_rules!\s*(\w+)"));
static BRINGS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\b(?:import|from|require|use|include|include_str|source|load)\b|^\s*\. "));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// What there was, and who speaks of it.
pub(in super::super) struct Before<'t> {
    /// Path and text of each file of before.
    pub(in super::super) files: &'t [(String, String)],
    /// The commands that prove the work.
    pub(in super::super) commands: &'t [String],
}

impl Before<'_> {
    /// Is the file at `path`, of the program by its name, for tests alone?
    pub(in super::super) fn is_behind_tests(&self, path: &str) -> bool {
        let Some((_, text)) = self.files.iter().find(|(other, _)| other == path) else { return false };
        let parts = Path::new(path);
        let name = path.rsplit('/').next().unwrap_or_default();
        let (code, data) = (CODE.contains(&parts.extension), DATA.contains(&parts.extension));
        if !code && !data || NAMES.contains(&name) || name.starts_with('.') || is_for_tests(path) {
            return false;
        }
        if parts.extension == "rs" && self.is_compiled_for_tests(path) {
            return true;
        }
        let (tests, program): (Vec<_>, Vec<_>) = self.files.iter().partition(|(other, _)| is_for_tests(other));
        // A macro of Rust is called by its own name, wherever it is.
        let macros: Vec<String> = MACRO.captures_iter(text).map(|found| format!("{}!", &found[1])).collect();
        let speaks = |other: &str| mentions(other, path, code) || macros.iter().any(|name| calls(other, name));
        let by_tests = tests.iter().any(|(_, text)| speaks(text));
        if data || !FUNCTION.is_match(text) && !CALL.is_match(text) {
            return by_tests && !self.program(&program, path, &|_| false).any(speaks);
        }
        let named = |other: &str| other != path && self.commands_name(other);
        let asked =
            by_tests || self.commands_name(path) || program.iter().any(|(other, text)| named(other) && speaks(text));
        let proves = ASSERTS.is_match(text) && (self.takes_program(text, path) || !GIVES.is_match(text));
        asked && proves && !self.program(&program, path, &named).any(speaks)
    }

    /// Is it a module of Rust of which the program says `#[cfg(test)]`?
    fn is_compiled_for_tests(&self, path: &str) -> bool {
        let mut rust = self.files.iter().filter(|(other, _)| other != path && other.ends_with(".rs"));
        rust.any(|(other, text)| modules_of_tests(other, text).iter().any(|file| file == path))
    }

    /// Texts of the program, but for the file at `path` and those that are left out.
    fn program<'s>(
        &'s self,
        program: &'s [&'s (String, String)],
        path: &'s str,
        left_out: &'s dyn Fn(&str) -> bool,
    ) -> impl Iterator<Item = &'s str> {
        let words = |other: &str| {
            matches!(Path::new(other).extension, "md" | "rst" | "adoc") || NAMES.iter().any(|n| other.ends_with(n))
        };
        let before = program.iter().filter(move |(other, _)| other != path && !words(other) && !left_out(other));
        before.map(|(_, text)| text.as_str())
    }

    /// Does a command, or a script of `package.json` or a Makefile, name the file?
    fn commands_name(&self, path: &str) -> bool {
        let parts = Path::new(path);
        let module = path.strip_suffix(".py").map(|path| path.replace('/', "."));
        let scripts = self.files.iter().filter(|(other, _)| NAMES.contains(&other.as_str())).map(|(_, text)| text);
        self.commands.iter().chain(scripts).any(|text| {
            let words: Vec<&str> = text.split(|c: char| c.is_whitespace() || "\"'`(),;|&=".contains(c)).collect();
            let target = |pair: &[&str]| ["--bin", "--example"].contains(&pair[0]) && pair[1] == parts.stem;
            words.iter().any(|word| word.trim_start_matches("./") == path || Some(*word) == module.as_deref())
                || parts.extension == "rs" && words.windows(2).any(target)
        })
    }

    /// Does `text` take something from another file of the program?
    fn takes_program(&self, text: &str, path: &str) -> bool {
        TAKES.captures_iter(text).any(|found| {
            let name = found.iter().skip(1).flatten().next().map_or("", |name| name.as_str());
            let last = name.rsplit(['/', '.']).find(|part| !part.is_empty() && *part != "js").unwrap_or_default();
            let rust = path.ends_with(".rs") && !["std", "core", "alloc", "self", "super"].contains(&name);
            let other = |other: &str| other != path && !is_for_tests(other) && Path::new(other).stem == last;
            rust || self.files.iter().any(|(file, _)| other(file))
        })
    }
}

/// Is the file at `path` code, by its ending?
pub(in super::super) fn is_code(path: &str) -> bool {
    CODE.contains(&Path::new(path).extension)
}

/// Does `text` speak of the file: by its path or name, code by the name without its ending, data by the folder that it lies in?
fn mentions(text: &str, path: &str, code: bool) -> bool {
    let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
    let whole = |part: &str, mark: char| text.contains(&format!("{part}{mark}"));
    let brought = || text.lines().filter(|line| BRINGS.is_match(line)).any(|line| speaks_of(line, path));
    text.contains(name)
        || code && brought()
        || !code
            && folder.len() > 2
            && folder != "src"
            && (whole(folder, '/') || whole(folder, '"') || whole(folder, '\''))
}

/// Does `text` call the macro `name!`?
fn calls(text: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    text.match_indices(name).any(|(at, _)| !text[..at].ends_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    const APP: (&str, &str) = ("app.py", "def double(x):\n    assert x >= 0\n    return x\n");

    fn behind(files: &[(&str, &str)], command: &str) -> Vec<String> {
        let files: Vec<(String, String)> =
            files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect();
        let before = Before { files: &files, commands: &[command.to_owned()] };
        files.iter().map(|(path, _)| path.clone()).filter(|path| before.is_behind_tests(path)).collect()
    }

    #[test]
    fn what_only_tests_read_is_theirs() {
        let test = (
            "tests/test_app.py",
            "from app import double\nfrom cases import CASES\nopen(\"fixtures/cases.json\")\nglob(\"examples/*\")\nopen(\"config.json\")\nopen(\"README.md\")\n",
        );
        let files = [
            APP,
            test,
            ("fixtures/cases.json", "[]"),
            ("examples/two.txt", "2"),
            ("cases.py", "CASES = [(2, 4)]\n"),
            ("config.json", "{}"),
            ("main.py", "from app import double\nopen('config.json')\n"),
            ("README.md", "x"),
            ("other.json", "{}"),
        ];
        assert_eq!(behind(&files, "python3 -m unittest"), ["fixtures/cases.json", "examples/two.txt", "cases.py"]);
    }

    #[test]
    fn a_macro_is_of_those_who_call_it() {
        let lib = ("src/lib.rs", "pub mod testing;\npub fn double(x: i32) -> i32 {\n    x\n}\n");
        let own = (
            "src/testing.rs",
            "#[macro_export]\nmacro_rules! same {\n    ($a:expr) => {\n        assert_eq!($a, 4)\n    };\n}\n",
        );
        let test = ("tests/app.rs", "use app::{double, same};\n#[test]\nfn doubles() {\n    same!(double(2));\n}\n");
        assert_eq!(behind(&[lib, own, test], "cargo test"), ["src/testing.rs"]);
        let other = ("src/main.rs", "fn main() {\n    app::same!(4);\n}\n");
        assert_eq!(behind(&[lib, own, test, other], "cargo test"), [""; 0]);
        let not_it = ("src/main.rs", "fn main() {\n    not_same!(4);\n}\n");
        assert_eq!(behind(&[lib, own, test, not_it], "cargo test"), ["src/testing.rs"]);
    }

    #[test]
    fn helpers_that_assert_and_tests_that_a_command_names_are_theirs() {
        let helper =
            ("lib/check.js", "const assert = require('assert');\nexports.same = (a, b) => assert.strictEqual(a, b);\n");
        let app = ("app.js", "exports.double = (x) => 2 * x;\n");
        let test =
            ("test/app.test.js", "const { same } = require('../lib/check');\nconst { double } = require('../app');\n");
        assert_eq!(behind(&[helper, app, test], "node --test"), ["lib/check.js"]);
        let qa = (
            "qa/double.py",
            "import unittest\n\nfrom app import double\n\n\nclass T(unittest.TestCase):\n    def test(self):\n        self.assertEqual(double(2), 4)\n",
        );
        assert_eq!(behind(&[APP, qa], "python3 -m unittest qa.double"), ["qa/double.py"]);
        let (run, checks) = (
            ("selfcheck.py", "import checks_double\n\nchecks_double.run()\n"),
            ("checks_double.py", "from app import double\n\n\ndef run():\n    assert double(2) == 4\n"),
        );
        assert_eq!(behind(&[APP, run, checks], "python3 selfcheck.py"), ["checks_double.py"]);
        let bin = ("src/bin/selftest.rs", "use app::double;\n\nfn main() {\n    assert_eq!(double(2), 4);\n}\n");
        let lib = ("src/lib.rs", "pub fn double(x: i32) -> i32 {\n    assert!(x > 0);\n    x\n}\n");
        assert_eq!(behind(&[lib, bin], "cargo run --bin selftest"), ["src/bin/selftest.rs"]);
        let helper = ("src/testing.rs", "pub fn same(a: i32, b: i32) {\n    assert_eq!(a, b);\n}\n");
        let lib = ("src/lib.rs", "pub mod testing;\npub fn double(x: i32) -> i32 {\n    x\n}\n");
        let test = ("tests/app.rs", "use app::testing::same;\n");
        assert_eq!(behind(&[lib, helper, test], "cargo test"), ["src/testing.rs"]);
        let lib = ("src/lib.rs", "#[cfg(test)]\nmod testutil;\nmod other;\npub fn double(x: i32) -> i32 {\n    x\n}\n");
        let same = "pub fn same(a: i32, b: i32) -> bool {\n    a == b\n}\n";
        assert_eq!(
            behind(&[lib, ("src/testutil.rs", same), ("src/other.rs", same)], "cargo test"),
            ["src/testutil.rs"]
        );
        let verify = ("verify.js", "require('./checks/double')();\nconsole.log('ok');\n");
        let package = ("package.json", "{ \"scripts\": { \"test\": \"node verify.js\" } }");
        let check = (
            "checks/double.js",
            "const assert = require('assert');\nconst { double } = require('../app');\n\nmodule.exports = () => {\n  assert.strictEqual(double(2), 4);\n};\n",
        );
        let app = ("app.js", "exports.double = (x) => x;\n");
        assert_eq!(behind(&[app, verify, package, check], "npm test"), ["checks/double.js"]);
        // The program itself, whoever runs it.
        assert_eq!(behind(&[APP], "python3 app.py --test"), [""; 0]);
        assert_eq!(behind(&[APP, ("tests/test_app.py", "from app import double\n")], "python3 -m unittest"), [""; 0]);
        let test = ("tests/a.test.sh", "bin/double 2; sh double.sh 2; python3 main.py 2; . ./lib.sh\n");
        let programs = [
            ("bin/double", "echo $1\n"),
            ("double.sh", "echo $1\n"),
            ("main.py", "import sys\nprint(sys.argv[1])\n"),
            ("lib.sh", "x=1\n"),
        ];
        assert_eq!(behind(&[&programs[..], &[test]].concat(), "sh tests/a.test.sh"), [""; 0]);
    }
}
