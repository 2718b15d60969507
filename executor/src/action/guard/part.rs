//! The parts of a file of configuration that matter to the proof, each by name and in a form that spaces and comments
//! do not change. Pure; no parser but that of JSON.

use std::collections::BTreeMap;

use serde_json::Value;

use super::text::{Quote, Source, Special, Style, quote};
use super::tree::Text;

/// Name of a part → what it says. The whole file has the empty name.
pub(super) type Parts = BTreeMap<String, String>;

/// Which parts of a file matter.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// Sections (`[name]`) whose names begin with one of these.
    Sections(&'static [&'static str]),
    /// Every key of sections whose names begin with one of these; an empty one begins all.
    Keys(&'static [&'static str]),
    /// The same, of settings of pytest.
    Pytest(&'static [&'static str]),
    /// Every value of the object at this JSON pointer.
    Each(&'static str),
    /// Values at these JSON pointers; comments and trailing commas are overlooked.
    Json(&'static [&'static str]),
    /// Lines with one of these words.
    Lines(&'static [&'static str]),
    /// Lints, test targets and members of `Cargo.toml`.
    Cargo,
    /// Each pattern of `.gitattributes`.
    Attributes,
}

const HASH: Style =
    Style { line: &["#", ";"], block: &[], strings: &[quote("\""), quote("'")], special: Special::Shell };
const SLASH: Style = Style {
    line: &["//"],
    block: &[("/*", "*/")],
    strings: &[Quote { mark: "\"", escapes: true, lines: false }],
    special: Special::None,
};

impl Part {
    /// The parts of `text`; none if there is no such file.
    pub(super) fn of(self, text: &Text) -> Parts {
        let Some(text) = text.readable() else { return Parts::new() };
        match self {
            Self::Whole => Parts::from([(String::new(), text.trim_end().to_owned())]),
            Self::Sections(names) => {
                sections(text).into_iter().filter(|(name, _)| names.iter().any(|n| begins(name, n))).collect()
            }
            Self::Keys(names) => keys(text, names, false),
            Self::Pytest(names) => keys(text, names, true),
            Self::Each(pointer) => each(text, pointer),
            Self::Json(pointers) => json(text, pointers),
            Self::Lines(words) => lines(text, words),
            Self::Cargo => cargo(text),
            Self::Attributes => attributes(text),
        }
    }
}

/// `tool.ruff` begins `tool.ruff` and `tool.ruff.lint`, not `tool.ruffian`; a name that ends with `:` begins anything.
fn begins(name: &str, start: &str) -> bool {
    name.strip_prefix(start)
        .is_some_and(|rest| rest.is_empty() || start.ends_with(':') || rest.starts_with(['.', '-', ':', '_', ' ']))
}

/// Sections and their lines, without comments and spaces at the ends. Repeated ones (`[[test]]`) are joined.
fn sections(text: &str) -> Parts {
    let source = Source::new(text, &HASH);
    let mut parts = Parts::new();
    let mut name = String::new();
    for line in source.plain.lines() {
        let line = line.trim();
        if line.starts_with('[')
            && line.ends_with(']')
            && !line.contains('=')
            && !line.contains(',')
            && !line.contains('"')
        {
            name = line.trim_matches(['[', ']', ' ']).to_owned();
            parts.entry(name.clone()).or_default();
        } else if !line.is_empty() {
            let says = parts.entry(name.clone()).or_default();
            says.push_str(line);
            says.push('\n');
        }
    }
    parts
}

/// Sections with their keys and values, each `[[…]]` for itself; a list over several lines is one value.
pub(super) fn entries(text: &str) -> Vec<(String, BTreeMap<String, String>)> {
    let source = Source::new(text, &HASH);
    let mut entries = vec![(String::new(), BTreeMap::new())];
    let mut open: Option<String> = None;
    for line in source.plain.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let keys = &mut entries.last_mut().expect("there is always one").1;
        if let Some(key) = &open {
            let value: &mut String = keys.entry(key.clone()).or_default();
            value.push_str(line);
            if line.ends_with(']') {
                open = None;
            }
        } else if let Some(name) = line.strip_prefix('[').filter(|_| line.ends_with(']')) {
            entries.push((name.trim_matches(['[', ']', ' ']).to_owned(), BTreeMap::new()));
        } else if let Some((key, value)) = line.split_once('=') {
            let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
            open = (value.starts_with('[') && !value.ends_with(']')).then(|| key.clone());
            keys.insert(key, value);
        }
    }
    entries
}

/// Keys of sections, each as `section.key`, and the sections themselves. What is indented, or in an open list, belongs to
/// the key above.
fn keys(text: &str, names: &[&str], with_sections: bool) -> Parts {
    let source = Source::new(text, &HASH);
    let mut parts = Parts::new();
    let (mut section, mut key) = (String::new(), None);
    for line in source.plain.lines().filter(|line| !line.trim().is_empty()) {
        let bare = line.trim();
        let open = key.as_ref().and_then(|key| parts.get(key)).is_some_and(|says: &String| is_open(says));
        let parted = bare.split_once(['=', ':']).map(|(name, says)| (name.trim(), says.trim()));
        let indented = line.starts_with(char::is_whitespace) && !bare.contains(" = ");
        match parted.filter(|_| !open && !indented) {
            _ if !open && bare.starts_with('[') && bare.ends_with(']') => {
                (section, key) = (bare.trim_matches(['[', ']', ' ']).to_owned(), None);
                if with_sections {
                    parts.insert(section.clone(), String::new());
                }
            }
            Some((name, says)) => {
                let full = format!("{section}.{}", name.trim_matches('"'));
                parts.insert(full.clone(), says.to_owned());
                key = Some(full);
            }
            None => {
                if let Some(says) = key.as_ref().and_then(|key| parts.get_mut(key)) {
                    says.push(' ');
                    says.push_str(bare);
                }
            }
        }
    }
    let counts = |key: &str| names.iter().any(|name| name.is_empty() || begins(key, name));
    parts.retain(|key, _| counts(key));
    parts
}

/// A list that goes on.
fn is_open(says: &str) -> bool {
    let count = |mark: char| says.chars().filter(|c| *c == mark).count();
    says.starts_with(['[', '{']) && (count('[') > count(']') || count('{') > count('}'))
}

fn each(text: &str, pointer: &str) -> Parts {
    let Some(value) = parsed(text) else { return Parts::from([(String::new(), text.trim_end().to_owned())]) };
    let all = value.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
    all.map(|(name, says)| (format!("{pointer}/{name}"), says.to_string())).collect()
}

fn parsed(text: &str) -> Option<Value> {
    let source = Source::new(text, &SLASH);
    serde_json::from_str(&source.plain).or_else(|_| serde_json::from_str(&without_trailing_commas(&source))).ok()
}

fn json(text: &str, pointers: &[&str]) -> Parts {
    let Some(value) = parsed(text) else {
        // What cannot be parsed cannot be told apart.
        return Parts::from([(String::new(), text.trim_end().to_owned())]);
    };
    let found =
        pointers.iter().filter_map(|pointer| Some(((*pointer).to_owned(), value.pointer(pointer)?.to_string())));
    found.collect()
}

fn without_trailing_commas(source: &Source) -> String {
    let mut bytes = source.plain.clone().into_bytes();
    let code = source.code.as_bytes();
    for at in 0..code.len() {
        let next = code[at + 1..].iter().find(|b| !b.is_ascii_whitespace());
        if code[at] == b',' && matches!(next, Some(b'}' | b']')) {
            bytes[at] = b' ';
        }
    }
    String::from_utf8(bytes).unwrap_or_default()
}

fn lines(text: &str, words: &[&str]) -> Parts {
    let mut parts = Parts::new();
    for line in text.lines().map(str::trim) {
        for word in words.iter().filter(|word| line.contains(**word)) {
            let says = parts.entry((*word).to_owned()).or_default();
            says.push_str(line);
            says.push('\n');
        }
    }
    parts
}

/// Keys of `Cargo.toml` that decide what is tested.
fn cargo(text: &str) -> Parts {
    let mut parts = Parts::new();
    for (name, says) in sections(text) {
        if begins(&name, "lints") || begins(&name, "workspace.lints") {
            parts.insert(name, says);
            continue;
        }
        let keys: &[&str] = match name.as_str() {
            "package" => &["autotests", "autobenches", "autoexamples"],
            "lib" | "bin" => &["test", "doctest", "harness"],
            "workspace" => &["exclude", "default-members"],
            _ => &[],
        };
        for key in keys {
            if let Some(value) = value(&says, key) {
                parts.insert(format!("{name}.{key}"), value);
            }
        }
        if name == "workspace" {
            // A member more is no loss; each that goes is.
            for member in value(&says, "members").unwrap_or_default().split(['[', ']', ',', '\n']).map(str::trim) {
                if !member.is_empty() {
                    parts.insert(format!("workspace.members: {member}"), String::new());
                }
            }
        }
    }
    parts
}

/// The value of `key = …`, over several lines if it is a list.
fn value(section: &str, key: &str) -> Option<String> {
    let mut lines = section.lines();
    let first = lines.find_map(|line| {
        let (name, value) = line.split_once('=')?;
        (name.trim() == key).then(|| value.trim().to_owned())
    })?;
    let mut value = first;
    while value.starts_with('[') && !value.ends_with(']') {
        let Some(line) = lines.next() else { break };
        value.push('\n');
        value.push_str(line.trim());
    }
    Some(value)
}

fn attributes(text: &str) -> Parts {
    let mut parts = Parts::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (pattern, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let says = parts.entry(pattern.to_owned()).or_default();
        says.push_str(&rest.split_whitespace().collect::<Vec<_>>().join(" "));
        says.push(' ');
    }
    parts
}

/// Does an attribute that is new change what git stores, merges or shows?
pub(super) fn harmful_attribute(pattern: &str, says: &str) -> bool {
    let harmless = |word: &str| {
        let name = word.trim_start_matches(['-', '!']).split('=').next().unwrap_or_default();
        matches!(name, "text" | "eol" | "crlf" | "whitespace" | "binary" | "export-ignore" | "export-subst")
            || name.starts_with("linguist-")
            || word.starts_with("diff=")
    };
    pattern.starts_with("[attr]") || !says.split_whitespace().all(harmless)
}

/// Does a key of `Cargo.toml` that is new take tests or lints away? A member, a test target or a stricter lint does not.
pub(super) fn harmful_key(name: &str, says: &str) -> bool {
    let lints = begins(name, "lints") || begins(name, "workspace.lints");
    let fewer = ["package.auto", "lib.", "bin.", "workspace.exclude", "workspace.default-members"];
    lints && says.contains("allow") || fewer.iter().any(|start| name.starts_with(start)) && says != "true"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(part: Part, text: &str) -> Vec<(String, String)> {
        part.of(&Text::Is(text.into())).into_iter().collect()
    }

    #[test]
    fn sections_are_found_whatever_is_around_them() {
        let text =
            "a = 1\n[tool.pytest.ini_options] # x\naddopts = \"-q # no\" # c\n\n[tool.other]\nx = [\n \"[y]\",\n]\n";
        let found = parts(Part::Sections(&["tool.pytest"]), text);
        assert_eq!(found, [("tool.pytest.ini_options".into(), "addopts = \"-q # no\"\n".into())]);
        assert!(begins("tool.ruff.lint", "tool.ruff") && !begins("tool.ruffian", "tool.ruff"));
    }

    #[test]
    fn json_is_read_with_comments_and_trailing_commas() {
        let text = "{ // c\n \"compilerOptions\": { \"strict\": true, /* , } */ \"x\": \",}\", },\n}";
        let found = parts(Part::Json(&["/compilerOptions/strict", "/exclude"]), text);
        assert_eq!(found, [("/compilerOptions/strict".into(), "true".into())]);
        assert_eq!(parts(Part::Json(&["/a"]), "{ no").len(), 1, "what cannot be parsed counts as a whole");
    }

    #[test]
    fn of_a_cargo_file_lints_test_targets_and_members_count() {
        let text = "[package]\nname = \"x\"\nautotests = false\n[workspace]\nmembers = [\n  \"a\", # first\n  \"b\",\n]\n[lints.clippy]\nall = \"deny\"\n[dependencies]\nx = \"1\"\n";
        let names: Vec<String> = parts(Part::Cargo, text).into_iter().map(|(name, _)| name).collect();
        let expected = ["lints.clippy", "package.autotests", "workspace.members: \"a\"", "workspace.members: \"b\""];
        assert_eq!(names, expected);
    }

    #[test]
    fn attributes_that_only_name_a_kind_of_text_are_harmless() {
        assert!(!harmful_attribute("*", "text=auto eol=lf"));
        assert!(!harmful_attribute("*.png", "binary"));
        for says in ["filter=x", "merge=ours", "working-tree-encoding=UTF-16", "text ident"] {
            assert!(harmful_attribute("*.py", says), "{says}");
        }
        assert!(harmful_attribute("[attr]x", "text"));
    }
}
