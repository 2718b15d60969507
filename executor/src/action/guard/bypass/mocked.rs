//! What a test asks of the program, and what stands in its place there: a mock of the very thing that is tested, or words
//! like `it` and `expect` that are somebody's own. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::recipe::{folder, joined};
use super::super::text::Source;
use super::super::tree::Tree;
use super::lines::{squeezed, style};
use super::stand_in::{brought_in, is_program};
use super::text;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Endings that an import leaves out.
const ENDS: [&str; 9] = ["", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", "/index.js", "/index.ts"];

static ASKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^.*(?:\bassert|\bexpect|\bt\.|\.should\b).*$"));
static MOCKS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\b(?:jest|vi|mock|td)\.(?:mock|doMock|setMock|unstable_mockModule|module|replace|replaceEsm)\s*\(\s*(?:import\s*\(\s*)?['"`](\.[^'"`\n]+)['"`]"#,
    )
});
static WORDS_FROM: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\bimport\s*(?:(\w+)\s*,?\s*)?(?:\{([^}]*)\})?\s*from\s*['"](\.[^'"\n]+)['"]|\b(?:const|let|var)\s*(?:\{([^}]*)\}|(\w+))\s*=\s*require\s*\(\s*['"](\.[^'"\n]+)['"]\s*\)"#,
    )
});
static MODULES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^import[ \t]+([\w.]+)(?:[ \t]+as[ \t]+(\w+))?[ \t]*$"));

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    if !base.has(path) || !now.has(path) || language::of(path).is_none() {
        return Vec::new();
    }
    let Some(style) = style(extension) else { return Vec::new() };
    let (old, new) = (Source::new(&text(base, path), style), Source::new(&text(now, path), style));
    let asked: String = ASKS.find_iter(&old.code).map(|line| format!("{}\n", line.as_str())).collect();
    let found = match extension {
        "py" => [python(base, path, &old, &new, &asked), elsewhere(base, now, path, (&old, &new), &asked)].concat(),
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" => {
            let taken = elsewhere(base, now, path, (&old, &new), &asked);
            [script(base, path, &old, &new, &asked), words(now, path, &old, &new), taken].concat()
        }
        _ => Vec::new(),
    };
    found.into_iter().map(|(line, what)| Finding::new(Kind::RunnerReplaced, path, Some(line), what)).collect()
}

type Said = Vec<(usize, String)>;

/// Is `name` in what is asked?
fn is_asked(asked: &str, name: &str) -> bool {
    Regex::new(&format!(r"\b{}\b", regex::escape(name))).is_ok_and(|word| word.is_match(asked))
}

/// Where `made` stands in the code of `new`, and not in `old`.
fn stands(old: &Source, new: &Source, made: &str, name: &str) -> Option<(usize, String)> {
    let made = Regex::new(made).ok()?;
    if made.is_match(&old.plain) {
        return None;
    }
    let found = made.find_iter(&new.plain).find(|found| new.is_code(found.start()))?;
    let line = squeezed(&new.plain[new.line_start(found.start())..new.line_end(found.start())]);
    Some((new.line(found.start()), format!("`{name}` is what is tested, and something stands in for it: `{line}`")))
}

fn python(base: &Tree<'_>, path: &str, old: &Source, new: &Source, asked: &str) -> Said {
    let mut names = brought_in(base, path, "py", &old.plain);
    for found in MODULES.captures_iter(&old.plain) {
        let file = found[1].replace('.', "/");
        if ["", "src/", "lib/"].iter().any(|start| is_program(base, &format!("{start}{file}.py"))) {
            let name = found.get(2).map_or(&found[1], |name| name.as_str());
            let used = Regex::new(&format!(r"\b{}\.(\w+)", regex::escape(name)));
            let used: Vec<String> = used
                .map(|used| used.captures_iter(asked).map(|found| found[1].to_owned()).collect())
                .unwrap_or_default();
            names.extend(used);
        }
    }
    let of = |name: &String| {
        let mine = format!(r#"(?:['"][\w.]*\.{name}['"]|[\w.]+\s*,\s*['"]{name}['"])"#);
        let made = format!(
            r"\bpatch(?:\.object)?\s*\(\s*{mine}|\bmonkeypatch\.setattr\s*\(\s*{mine}|(?m)^[ \t]*\w+\.{name}[ \t]*=[ \t]*(?:lambda\b|(?:\w+\.)*(?:Magic|Async)?Mock\b|\d|True|False|None)"
        );
        stands(old, new, &made, name)
    };
    names.iter().filter(|name| is_asked(asked, name)).filter_map(of).collect()
}

/// What came from the program, and comes from a file for tests now, or from one that git does not hold.
fn elsewhere(base: &Tree<'_>, now: &Tree<'_>, path: &str, (old, new): (&Source, &Source), asked: &str) -> Said {
    static TAKES: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?m)^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([^\n()]+)"));
    let python = path.ends_with(".py");
    let all: Vec<(usize, String, String)> = match python {
        true => TAKES
            .captures_iter(&new.plain)
            .filter_map(|found| Some((found.get(0)?.end(), found[1].to_owned(), found[2].to_owned())))
            .collect(),
        false => WORDS_FROM
            .captures_iter(&new.plain)
            .filter_map(|found| {
                let list: Vec<&str> =
                    [1, 2, 4, 5].iter().filter_map(|at| found.get(*at)).map(|list| list.as_str()).collect();
                let from = found.get(3).or_else(|| found.get(6))?.as_str().to_owned();
                Some((found.get(0)?.end(), from, list.join(" ")))
            })
            .collect(),
    };
    let extension = if python { "py" } else { "js" };
    let names = brought_in(base, path, extension, &old.plain);
    let kept = brought_in(now, path, extension, &new.plain);
    let mut said = Said::new();
    for name in names.iter().filter(|name| is_asked(asked, name) && !kept.contains(name)) {
        let from = all.iter().find(|(_, _, list)| is_asked(list, name));
        let Some((at, from, _)) = from else { continue };
        let file = from.trim_start_matches('.').replace('.', "/");
        let known = match python {
            true => ["", "src/", "lib/", "tests/", "test/"].iter().any(|start| {
                let there = |end: &str| now.has(&format!("{start}{file}{end}"));
                there(".py") || there("/__init__.py")
            }),
            false => meant(now, path, from).is_some(),
        };
        let for_tests = ["test", "mock", "fake", "stub", "fixture"].iter().any(|word| from.contains(word));
        if known && for_tests {
            said.push((new.line(*at), format!("`{name}` came from the program, and comes from `{from}` now")));
        }
    }
    said
}

/// The file that `from` in `path` means.
fn meant(tree: &Tree<'_>, path: &str, from: &str) -> Option<String> {
    let file = joined(folder(path), from);
    let bare = file.strip_suffix(".js").unwrap_or(&file).to_owned();
    let all = [file, bare].into_iter().flat_map(|file| ENDS.map(|end| format!("{file}{end}")));
    all.into_iter().find(|file| tree.has(file))
}

fn script(base: &Tree<'_>, path: &str, old: &Source, new: &Source, asked: &str) -> Said {
    let names: Vec<String> =
        brought_in(base, path, "js", &old.plain).into_iter().filter(|name| is_asked(asked, name)).collect();
    let mut said: Said = names
        .iter()
        .filter_map(|name| {
            let made = format!(
                r#"\bspyOn\s*\(\s*\w+\s*,\s*['"]{name}['"]\s*\)\s*\.mock(?:Return|Implementation|Resolved)\w*|\bstub\s*\(\s*\w+\s*,\s*['"]{name}['"]|(?m)^[ \t]*\w+\.{name}\s*=\s*(?:\(|async\b|function\b|\w+\s*=>|jest\.|vi\.|sinon\.|\d)"#
            );
            stands(old, new, &made, name)
        })
        .collect();
    let known: Vec<&str> =
        MOCKS.captures_iter(&old.plain).filter_map(|found| found.get(1)).map(|from| from.as_str()).collect();
    for found in MOCKS.captures_iter(&new.plain) {
        let Some((whole, from)) = found.get(0).zip(found.get(1)) else { continue };
        let Some(file) = meant(base, path, from.as_str()).filter(|file| is_program(base, file)) else { continue };
        // Of what comes from this file, something is asked.
        let tested = WORDS_FROM.captures_iter(&old.plain).any(|import| {
            let from = import.get(3).or_else(|| import.get(6)).and_then(|from| meant(base, path, from.as_str()));
            let list: Vec<&str> =
                [1, 2, 4, 5].iter().filter_map(|at| import.get(*at)).map(|list| list.as_str()).collect();
            from.as_deref() == Some(&file) && names.iter().any(|name| list.iter().any(|list| is_asked(list, name)))
        });
        if tested && new.is_code(whole.start()) && !known.contains(&from.as_str()) {
            let what = format!("`{file}` is what is tested, and something stands in for it");
            said.push((new.line(whole.start()), what));
        }
    }
    said
}

/// `it`, `expect` and their like that come from a file of the repository now, which makes its own.
fn words(now: &Tree<'_>, path: &str, old: &Source, new: &Source) -> Said {
    const OWN: [&str; 6] = ["it", "test", "expect", "describe", "assert", "specify"];
    let mut said = Said::new();
    for found in WORDS_FROM.captures_iter(&new.plain) {
        let (Some(whole), Some(from)) = (found.get(0), found.get(3).or_else(|| found.get(6))) else { continue };
        let list: Vec<&str> = [1, 2, 4, 5].iter().filter_map(|at| found.get(*at)).map(|list| list.as_str()).collect();
        let taken = OWN.iter().find(|word| list.iter().any(|list| is_asked(list, word)));
        let Some(word) = taken.filter(|_| !old.plain.contains(whole.as_str())) else { continue };
        let file = meant(now, path, from.as_str());
        let says = file.as_deref().map(|file| text(now, file));
        // A fixture that extends the runner's own is common.
        if says.as_deref().is_some_and(|says| !makes(says, word)) {
            continue;
        }
        let file = file.unwrap_or_else(|| from.as_str().to_owned());
        said.push((new.line(whole.start()), format!("`{word}` comes from `{file}`, which says itself what it means")));
    }
    said
}

fn makes(says: &str, word: &str) -> bool {
    let made = format!(
        r"\bfunction\s+{word}\b|\b(?:const|let|var)\s+{word}\s*=\s*(?:\(|async\b|function\b|\w+\s*=>|new\s+Proxy|Object\.)|\bexports\.{word}\s*=\s*(?:\(|async\b|function\b|\w+\s*=>)|\b{word}\s*:\s*(?:\(|async\b|function\b|\w+\s*=>)"
    );
    Regex::new(&made).is_ok_and(|made| made.is_match(says))
}
