//! What a test brings in from the program, and then makes itself: it tests its own invention.

use std::sync::LazyLock;

use regex::Regex;

use super::super::finding::{Finding, Kind};
use super::super::language;
use super::super::text::Source;
use super::super::tree::Tree;
use super::lines::{squeezed, style};
use super::text;

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

static PYTHON_IMPORTS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]+\(?([^\n()]+)"));
static SCRIPT_IMPORTS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"\bimport\s+([^'"\n]+?)\s+from\s+['"]([^'"\n]+)['"]|\b(?:const|let|var)\s+(\{[^}]*\}|\w+)\s*=\s*require\s*\(\s*['"]([^'"\n]+)['"]"#,
    )
});
static RUST_IMPORTS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*use[ \t]+(\w+)::([^;]+);"));
static WORD: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b[A-Za-z_]\w*\b"));

pub(super) fn changed(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Vec<Finding> {
    let extension = language::Path::new(path).extension;
    let module = module(base, now, path).into_iter();
    let mut findings: Vec<Finding> =
        module.map(|(line, what)| Finding::new(Kind::RunnerReplaced, path, line, what)).collect();
    if !base.has(path) || !now.has(path) || language::of(path).is_none() {
        return findings;
    }
    let Some(style) = style(extension) else { return findings };
    let (old, new) = (Source::new(&text(base, path), style), Source::new(&text(now, path), style));
    for name in brought_in(base, path, extension, &old.plain) {
        let made = match extension {
            "py" => format!(
                r"(?m)^[ \t]*(?:{name}[ \t]+=[ \t]|{name}=(?:lambda\b|(?:\w+\.)*(?:Magic|Async)?Mock\b|\d|True|False|None)|(?:async[ \t]+)?def[ \t]+(?:{name}[ \t]*\(|test\w*\([^)\n]*\b{name}[ \t]*=)|class[ \t]+{name}\b)"
            ),
            "rs" => format!(r"\bfn\s+{name}\s*[(<]|\blet\s+{name}\s*=\s*(?:move\s*)?\||\bmacro_rules!\s*{name}\b"),
            _ => format!(
                r"\b(?:const|let|var)\s+{name}\s*=\s*(?:async\b|\(|function\b|\w+\s*=>|(?:jest|vi|sinon)\.|\d)|\bfunction\s+{name}\s*\("
            ),
        };
        let Ok(made) = Regex::new(&made) else { continue };
        let Some(found) = made.find(&new.code).filter(|_| !made.is_match(&old.code)) else { continue };
        let at = found.start() + found.as_str().len() - found.as_str().trim_start().len();
        let line = squeezed(&new.plain[new.line_start(at)..new.line_end(at)]);
        let what = format!("`{name}` came from the program, and the tests make their own: `{line}`");
        findings.push(Finding::new(Kind::RunnerReplaced, path, Some(new.line(at)), what));
    }
    findings
}

static MODULES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?m)^[ \t]*sys\.modules\[[ \t]*['"]([\w.]+)['"][ \t]*\][ \t]*=[^=]"#));

/// A module of the program that tests would find elsewhere: one of its name beside them, or one put in its place.
fn module(base: &Tree<'_>, now: &Tree<'_>, path: &str) -> Option<(Option<usize>, String)> {
    let parts = language::Path::new(path);
    if parts.extension != "py" || !now.has(path) || !parts.in_tests() {
        return None;
    }
    let program = |name: &str| {
        let file = name.replace('.', "/");
        ["", "src/", "lib/"].iter().map(|start| format!("{start}{file}.py")).find(|file| is_program(base, file))
    };
    if !base.has(path)
        && language::of(path).is_none()
        && let Some(file) = program(parts.stem)
    {
        return Some((None, format!("tests find it instead of `{file}`")));
    }
    let (old, new) = (text(base, path), text(now, path));
    let found =
        MODULES.captures_iter(&new).find(|found| !old.contains(found[0].trim()) && program(&found[1]).is_some())?;
    let line = new[..found.get(0)?.start()].lines().count() + 1;
    Some((Some(line), format!("`{}` came from the program, and the tests put something in its place", &found[1])))
}

/// Names that the file takes from the program.
pub(super) fn brought_in(base: &Tree<'_>, path: &str, extension: &str, old: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut add = |list: &str| {
        let ignored = ["as", "import", "type", "self", "default"];
        names.extend(
            WORD.find_iter(list).map(|word| word.as_str().to_owned()).filter(|word| !ignored.contains(&word.as_str())),
        );
    };
    match extension {
        "py" => {
            for found in PYTHON_IMPORTS.captures_iter(old) {
                let file = found[1].trim_start_matches('.').replace('.', "/");
                let own = ["", "src/", "lib/"]
                    .iter()
                    .flat_map(|start| [format!("{start}{file}.py"), format!("{start}{file}/__init__.py")]);
                if own.into_iter().any(|file| is_program(base, &file)) {
                    add(&found[2]);
                }
            }
        }
        "rs" => {
            for found in RUST_IMPORTS.captures_iter(old) {
                let outer = ["std", "core", "alloc", "super", "crate", "self", "common", "support", "helpers", "util"];
                if !outer.contains(&&found[1])
                    && base
                        .text("Cargo.toml")
                        .readable()
                        .is_some_and(|text| text.replace('-', "_").contains(&format!("\"{}\"", &found[1])))
                {
                    add(&found[2]);
                }
            }
        }
        "js" | "jsx" | "ts" | "tsx" | "mjs" | "cjs" | "mts" | "cts" => {
            for found in SCRIPT_IMPORTS.captures_iter(old) {
                let (list, from) = (found.get(1).or_else(|| found.get(3)), found.get(2).or_else(|| found.get(4)));
                let Some((list, from)) = list.zip(from).filter(|(_, from)| from.as_str().starts_with('.')) else {
                    continue;
                };
                let file = super::super::recipe::joined(super::super::recipe::folder(path), from.as_str());
                let ends = ["", ".js", ".ts", ".mjs", ".cjs", ".tsx", ".jsx", "/index.js", "/index.ts"];
                if ends.iter().any(|end| is_program(base, &format!("{file}{end}"))) {
                    add(list.as_str());
                }
            }
        }
        _ => {}
    }
    names
}

/// A file that is there, and not for tests.
pub(super) fn is_program(base: &Tree<'_>, file: &str) -> bool {
    let parts = language::Path::new(file);
    base.has(file)
        && language::of(file).is_none()
        && !parts.in_tests()
        && !parts.named(&["test", "helper", "fixture", "conftest", "mock", "stub"])
}
