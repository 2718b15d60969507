//! An old test that finds what it brings in where that lies now. Only names of files and modules are others, and only those of files that
//! have moved. Pure.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::paths::{bare, extension, folder, is_end, module, relative, renamed, resolved};
use super::{Move, is_family, script};

/// `from app import double`
static FROM: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([ \t]*from[ \t]+)([\w.]+)([ \t]+import[ \t]+)([^\n]*(?:\([^)]*\))?)"));
/// `import app`, `import app as a`
static IMPORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([ \t]*import[ \t]+)([\w.]+)([ \t]+as[ \t]+\w+)?([ \t]*(?:#.*)?)$"));
/// `patch("app.double")`, `import_module("app")`
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(\bpatch(?:\.(?:dict|multiple))?\([ \t\n]*["']|\bimport_module\([ \t\n]*["'])([\w.]+)(["'])"#)
});
/// `require('../app')`, `from './app.js'`, `jest.mock('../app')`
static SCRIPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(\brequire\(\s*|\bfrom\s*|\bimport\s*\(?\s*|\bmock\(\s*)(['"])(\.\.?/[^'"\n]*)(['"])"#)
});
/// `require 'app/double'`, `require_relative '../lib/app'`, `#include "app.h"`
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r#"(?m)^([ \t]*(?:require(?:_relative)?[ \t(]+|#[ \t]*include[ \t]+))(['"])([\w./-]+)(['"])"#)
});
/// `import com.example.App;`
static CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^([ \t]*import[ \t]+(?:static[ \t]+)?)([\w.]+)"));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Where an old test lies, and what is there now.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Place<'t> {
    /// Where it lay.
    pub(in super::super) from: &'t str,
    /// Where it lies.
    pub(in super::super) to: &'t str,
    /// The test of now, if there is one.
    pub(in super::super) now: Option<&'t str>,
}

/// What is there now.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Known<'t> {
    pub(in super::super) moves: &'t [Move],
    /// Texts of the tests of now: of several names that a file can have, theirs is taken.
    pub(in super::super) tests: &'t [&'t str],
    /// Paths of all files.
    pub(in super::super) files: &'t [String],
}

impl<'t> Known<'t> {
    /// The file that has moved and that was meant by `name`, the end of its path; `None`, where it could be another as well.
    fn meant(&self, name: &str, of: impl Fn(&str) -> String) -> Option<&'t Move> {
        let mut all = self.moves.iter().filter(|one| is_end(&of(&one.from), name));
        let first = all.next()?;
        (all.next().is_none() && self.is_alone(first, name)).then_some(first)
    }
    /// Does no other file that is there now end with `name`?
    fn is_alone(&self, one: &Move, name: &str) -> bool {
        let is_other = |path: &&String| **path != one.to && is_family(path, &one.to);
        !self.files.iter().filter(is_other).any(|path| is_end(module(path), bare(name)))
    }
}

/// The old test `text`, that brings in what has moved from where it lies now.
pub(in super::super) fn written(text: &str, place: Place<'_>, known: Known<'_>) -> String {
    let mut written = match extension(place.from) {
        "py" => python(text, known),
        "js" | "cjs" | "mjs" | "jsx" | "ts" | "cts" | "mts" | "tsx" => {
            let modules = place.now.is_some_and(|now| script::is_module(place.to, now));
            let text = if modules { script::as_module(text) } else { None }.unwrap_or_else(|| text.to_owned());
            scripts(&text, place, known, modules)
        }
        "rb" | "c" | "cc" | "cpp" | "cxx" | "h" | "hpp" => named(text, place, known),
        "rs" => rust(text, known),
        "java" | "kt" | "scala" | "groovy" => classes(text, known),
        _ => text.to_owned(),
    };
    for one in known.moves {
        written = renamed(&written, &one.from, &one.to);
    }
    written
}

/// Names of an import list.
fn listed(list: &str) -> impl Iterator<Item = &str> {
    let names = list.split('#').next().unwrap_or_default().trim_matches(|c: char| "() \t\n".contains(c)).split(',');
    names.filter_map(|name| name.split_whitespace().next())
}

fn python(text: &str, known: Known<'_>) -> String {
    let mut names: Vec<String> = Vec::new();
    for test in known.tests {
        names.extend(IMPORT.captures_iter(test).map(|found| found[2].to_owned()));
        for found in FROM.captures_iter(test) {
            names.push(found[2].to_owned());
            names.extend(listed(&found[4]).map(|name| format!("{}.{name}", &found[2])));
        }
    }
    let name = |dotted: &str| -> Option<String> {
        let path = |dotted: &str| dotted.replace('.', "/");
        let one = known.meant(&path(dotted), |path| module(path).to_owned()).filter(|one| one.from.ends_with(".py"))?;
        let whole = names.iter().filter(|name| is_end(module(&one.to), &path(name)));
        whole.max_by_key(|name| name.len()).filter(|name| known.is_alone(one, &path(name))).cloned()
    };
    let from = FROM.replace_all(text, |found: &Captures<'_>| {
        let (module, list) = (&found[2], found[4].trim());
        if let Some(now) = name(module) {
            return format!("{}{now}{}{}", &found[1], &found[3], &found[4]);
        }
        let one = list.split_whitespace().next().unwrap_or_default();
        let (alone, renamed) = (listed(list).count() == 1, list.contains(" as "));
        match name(&format!("{module}.{one}")).filter(|_| alone).as_deref().and_then(|now| now.rsplit_once('.')) {
            Some((package, now)) if renamed => {
                format!("{}{package}{}{}", &found[1], &found[3], list.replacen(one, now, 1))
            }
            Some((package, now)) => format!("{}{package}{}{now} as {one}", &found[1], &found[3]),
            None => found[0].to_owned(),
        }
    });
    let import = IMPORT.replace_all(&from, |found: &Captures<'_>| {
        let module = &found[2];
        match (name(module), found.get(3)) {
            (Some(now), Some(own)) => format!("{}{now}{}{}", &found[1], own.as_str(), &found[4]),
            (Some(now), None) if !module.contains('.') => format!("{}{now} as {module}{}", &found[1], &found[4]),
            _ => found[0].to_owned(),
        }
    });
    let spoken = SPOKEN.replace_all(&import, |found: &Captures<'_>| {
        let whole = &found[2];
        let parts = whole.match_indices('.').map(|(at, _)| at).chain([whole.len()]);
        let mut modules: Vec<usize> = parts.collect();
        modules.reverse();
        let known = modules.into_iter().find_map(|at| Some(name(&whole[..at])? + &whole[at..]));
        format!("{}{}{}", &found[1], known.as_deref().unwrap_or(whole), &found[3])
    });
    spoken.into_owned()
}

/// Specifiers that name a file from where the test lies. Of a module they name the whole of it.
fn scripts(text: &str, place: Place<'_>, known: Known<'_>, modules: bool) -> String {
    let (was, is) = (folder(place.from), folder(place.to));
    let replaced = SCRIPT.replace_all(text, |found: &Captures<'_>| {
        let spec = &found[3];
        let Some(path) = resolved(was, spec) else { return found[0].to_owned() };
        let meant = |one: &&Move| {
            let (whole, base) = (one.from.as_str(), bare(&one.from));
            let script = path.rsplit_once('.').is_some_and(|(stem, ending)| ending.ends_with("js") && stem == base);
            path == whole || path == base || script || base.strip_suffix("/index") == Some(path.as_str())
        };
        let alone = |one: &&Move| {
            let beside =
                |path: &&String| **path != one.to && module(path) == module(&one.to) && is_family(path, &one.to);
            known.files.iter().find(beside).is_none()
        };
        let now = match known.moves.iter().find(meant).filter(alone) {
            None if was == is => return found[0].to_owned(),
            None => relative(is, &path),
            Some(one) => {
                let to = relative(is, &one.to);
                let usual = ["js", "ts", "jsx", "tsx"].contains(&extension(&to));
                match (extension(spec), usual && !modules) {
                    ("", true) => bare(&to).to_owned(),
                    ("js", true) if extension(&one.from) == "ts" => format!("{}.js", bare(&to)),
                    _ => to,
                }
            }
        };
        format!("{}{}{now}{}", &found[1], &found[2], &found[4])
    });
    replaced.into_owned()
}

/// What is named by a path from the test, or from a folder that nobody names.
fn named(text: &str, place: Place<'_>, known: Known<'_>) -> String {
    let (was, is) = (folder(place.from), folder(place.to));
    let replaced = NAMED.replace_all(text, |found: &Captures<'_>| {
        let spec = &found[3];
        let whole = |path: &str| if extension(spec).is_empty() { bare(path).to_owned() } else { path.to_owned() };
        let near = resolved(was, spec);
        let exact = known.moves.iter().find(|one| near.as_deref() == Some(whole(&one.from).as_str()));
        let now = match exact {
            Some(one) => Some(relative(is, &whole(&one.to))),
            None => known.meant(spec, whole).and_then(|one| {
                let (from, to) = (whole(&one.from), whole(&one.to));
                let now = to.strip_prefix(from.strip_suffix(spec)?)?;
                known.is_alone(one, now).then(|| now.to_owned())
            }),
        };
        format!("{}{}{}{}", &found[1], &found[2], now.as_deref().unwrap_or(spec), &found[4])
    });
    replaced.into_owned()
}

/// `app::math::double`, where `src/math.rs` has moved.
fn rust(text: &str, known: Known<'_>) -> String {
    let inner = |path: &str| -> Option<String> {
        let whole = format!("/{}", module(path));
        let inner = whole.split_once("/src/").map(|(_, inner)| inner.to_owned())?;
        (!["lib", "main"].contains(&inner.as_str())).then_some(inner)
    };
    let mut written = text.to_owned();
    for one in known.moves.iter().filter(|one| one.from.ends_with(".rs")) {
        let (Some(from), Some(to)) = (inner(&one.from), inner(&one.to)) else { continue };
        let of_crate = |inner: &str| format!("src/{inner}");
        let meant = known.meant(&of_crate(&from), |path| module(path).to_owned());
        if meant == Some(one) && known.is_alone(one, &of_crate(&to)) {
            let (from, to) = (from.replace('/', "::"), to.replace('/', "::"));
            let old = pattern(&format!(r"(^|[^\w:])(\w+)::{}\b", regex::escape(&from)));
            written =
                old.replace_all(&written, |found: &Captures<'_>| format!("{}{}::{to}", &found[1], &found[2])).into();
        }
    }
    written
}

/// `import com.example.App`, where the folders are the package.
fn classes(text: &str, known: Known<'_>) -> String {
    let replaced = CLASS.replace_all(text, |found: &Captures<'_>| {
        let spec = &found[2];
        let ends = spec.match_indices('.').map(|(at, _)| at).chain([spec.len()]);
        let now = ends.filter(|at| spec[..*at].contains('.')).find_map(|at| {
            let name = spec[..at].replace('.', "/");
            let one = known.meant(&name, |path| bare(path).to_owned())?;
            let now = bare(&one.to).strip_prefix(bare(&one.from).strip_suffix(&name)?)?;
            known.is_alone(one, now).then(|| now.replace('/', ".") + &spec[at..])
        });
        format!("{}{}", &found[1], now.as_deref().unwrap_or(spec))
    });
    replaced.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(from: &str, to: &str) -> Vec<Move> {
        vec![Move { from: from.to_owned(), to: to.to_owned(), same: false, decides: false }]
    }

    fn seen(test: &str, text: &str, moved: (&str, &str), now: &str) -> String {
        beside(test, text, moved, now, &[])
    }

    /// With other files that are there.
    fn beside(test: &str, text: &str, moved: (&str, &str), now: &str, others: &[&str]) -> String {
        let files: Vec<String> = others.iter().chain(&[moved.1, test]).map(|path| (*path).to_owned()).collect();
        let moves = one(moved.0, moved.1);
        let known = Known { moves: &moves, tests: &[now], files: &files };
        written(text, Place { from: test, to: test, now: Some(now) }, known)
    }

    #[test]
    fn modules_of_python_are_brought_in_by_their_names_of_now() {
        let (test, moved) = ("tests/test_app.py", ("app.py", "src/app.py"));
        for (old, now, expected) in [
            ("from app import add\n", "from src.app import add\n", "from src.app import add\n"),
            ("import app\n", "import src.app\n", "import src.app as app\n"),
            ("    import app as a  # why\n", "from src import app\n", "    import src.app as a  # why\n"),
            ("from app import (\n    add,\n)\n", "from src.app import x\n", "from src.app import (\n    add,\n)\n"),
            ("@mock.patch(\"app.add\")\n", "import src.app\n", "@mock.patch(\"src.app.add\")\n"),
            ("run([python, \"app.py\"])\n", "", "run([python, \"src/app.py\"])\n"),
        ] {
            assert_eq!(seen(test, old, moved, now), expected);
        }
        let moved = ("calc/app.py", "calc/core/sums.py");
        let now = "from calc.core import sums\n";
        assert_eq!(seen(test, "from calc import app\n", moved, now), "from calc.core import sums as app\n");
    }

    #[test]
    fn what_has_not_moved_keeps_its_name() {
        let (test, moved) = ("tests/test_app.py", ("app.py", "src/app.py"));
        for (old, now) in [
            ("from app import double\n", "from fake import double\n"),
            ("from myapp import double\n", "from src.app import double\n"),
            ("from app.more import double\n", "from src.app import double\n"),
            ("assert double(2) == 4  # app\n", "import src.app\n"),
        ] {
            assert_eq!(seen(test, old, moved, now), old);
        }
        let (test, moved) = ("test/app.test.js", ("app.js", "src/app.js"));
        for old in ["require('./app')", "require('../fake')", "require('app')", "assert.equal(f('../app'), 1)"] {
            assert_eq!(seen(test, old, moved, ""), old);
        }
    }

    #[test]
    fn what_could_be_another_file_keeps_its_name() {
        for (test, moved, other, old, now) in [
            (
                "tests/a.py",
                ("app.py", "src/core/app.py"),
                "core/app.py",
                "from app import f\n",
                "from core.app import f\n",
            ),
            ("tests/a.py", ("old/app.py", "new/app.py"), "app.py", "from app import f\n", "from new.app import f\n"),
            ("tests/a.py", ("app.py", "src/app.py"), "src/app/__init__.py", "import app\n", "import src.app\n"),
            ("test/a.ts", ("app.ts", "src/app.ts"), "src/app.js", "from '../app'", ""),
            ("test/a.rb", ("lib/app.rb", "lib/calc/app.rb"), "spec/calc/app.rb", "require 'app'", ""),
            ("tests/a.c", ("inc/app.h", "inc/calc/app.h"), "tests/calc/app.h", "#include \"app.h\"", ""),
            ("tests/a.rs", ("a/src/math.rs", "a/src/x/math.rs"), "b/src/x/math.rs", "use b::math::f;", ""),
            ("tests/a.rs", ("a/src/math.rs", "a/src/x/math.rs"), "b/src/math.rs", "use b::math::f;", ""),
            (
                "src/test/java/ATest.java",
                ("src/main/java/a/A.java", "src/main/java/a/b/A.java"),
                "src/test/java/a/b/A.java",
                "import a.A;",
                "",
            ),
        ] {
            assert_eq!(beside(test, old, moved, now, &[other]), old);
            assert_ne!(beside(test, old, moved, now, &[]), old);
        }
    }

    #[test]
    fn other_languages_name_files_in_their_ways() {
        for (test, moved, old, expected) in [
            ("test/a.test.js", ("app.js", "index.js"), "require('../app');", "require('../index');"),
            ("test/a.test.js", ("app.js", "src/app.js"), "from '../app.js';", "from '../src/app.js';"),
            ("src/a.test.ts", ("src/app.ts", "src/calc/app.ts"), "jest.mock('./app')", "jest.mock('./calc/app')"),
            ("test/a.test.js", ("lib/index.js", "src/index.js"), "require('../lib')", "require('../src/index')"),
            ("test/a_test.rb", ("lib/app.rb", "lib/calc/app.rb"), "require 'app'", "require 'calc/app'"),
            ("test/a_test.rb", ("lib/app.rb", "app.rb"), "require_relative '../lib/app'", "require_relative '../app'"),
            ("tests/a.c", ("app.h", "include/app.h"), "#include \"app.h\"", "#include \"include/app.h\""),
            ("tests/a.rs", ("src/math.rs", "src/calc/math.rs"), "use app::math::add;", "use app::calc::math::add;"),
            ("tests/a.rs", ("src/math.rs", "src/sums/mod.rs"), "app::math::add(1)", "app::sums::add(1)"),
            ("tests/a.sh", ("app.sh", "lib/app.sh"), ". ./app.sh", ". ./lib/app.sh"),
            (
                "src/test/java/a/AppTest.java",
                ("src/main/java/a/App.java", "src/main/java/a/b/App.java"),
                "import static a.App.add;",
                "import static a.b.App.add;",
            ),
        ] {
            assert_eq!(seen(test, old, moved, ""), expected);
        }
    }

    #[test]
    fn a_test_that_moves_finds_what_did_not() {
        let place = Place { from: "test/app.test.js", to: "test/unit/app.test.js", now: None };
        let old = "const a = require('../app');\nconst same = require('./same');\n";
        let expected = "const a = require('../../lib/app');\nconst same = require('../same');\n";
        assert_eq!(
            written(old, place, Known { moves: &one("app.js", "lib/app.js"), tests: &[], files: &[] }),
            expected
        );
    }

    #[test]
    fn a_script_becomes_a_module_where_the_test_of_now_is_one() {
        let place =
            Place { from: "test/a.test.js", to: "test/a.test.mjs", now: Some("import test from 'node:test';\n") };
        let old = "const test = require('node:test');\nconst { add } = require('../app');\nassert(add(1, 2) === 3);\n";
        let expected = "import test from 'node:test';\nimport { add } from '../app.mjs';\nassert(add(1, 2) === 3);\n";
        assert_eq!(written(old, place, Known { moves: &one("app.js", "app.mjs"), tests: &[], files: &[] }), expected);
    }
}
