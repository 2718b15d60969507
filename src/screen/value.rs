//! A value as text that a person can read: YAML, so that no text in it can pass for structure. JSON is for programs.

use serde_json::{Map, Value};

use crate::page;

/// Widest list or text that stands on one line, in characters.
const WIDEST: usize = 72;
/// Where the lines of a longer text end, in characters from the left; they have at least half of it, however deep they stand.
const EDGE: usize = 96;

/// `value` in lines; a value that is one text is that text.
pub(crate) fn text(value: &Value) -> String {
    let mut out = String::new();
    match value {
        Value::String(text) => out.push_str(text),
        Value::Object(map) if !map.is_empty() => entries(map, 0, false, &mut out),
        Value::Array(list) if inline(list).is_none() => items(list, 0, &mut out),
        other => out.push_str(after(other, 0).trim_start()),
    }
    out
}

/// The entries of a mapping; `begun`: the line of the first one has begun.
fn entries(map: &Map<String, Value>, indent: usize, begun: bool, out: &mut String) {
    for (i, (key, value)) in map.iter().enumerate() {
        if i > 0 || !begun {
            out.push_str(&" ".repeat(indent));
        }
        out.push_str(&scalar(key));
        out.push(':');
        out.push_str(&after(value, indent + 2));
    }
}

fn items(list: &[Value], indent: usize, out: &mut String) {
    for value in list {
        out.push_str(&" ".repeat(indent));
        out.push('-');
        match value {
            Value::Object(map) if !map.is_empty() => {
                out.push(' ');
                entries(map, indent + 2, true, out);
            }
            other => out.push_str(&after(other, indent + 2)),
        }
    }
}

/// What stands after `key:` or `-`, to the end of its last line.
fn after(value: &Value, indent: usize) -> String {
    let mut out = String::new();
    match value {
        Value::Object(map) if !map.is_empty() => {
            out.push('\n');
            entries(map, indent, false, &mut out);
        }
        Value::Array(list) => match inline(list) {
            Some(line) => return format!(" {line}\n"),
            None => {
                out.push('\n');
                items(list, indent, &mut out);
            }
        },
        Value::String(text) => {
            let lines = block(text, indent).or_else(|| folded(text, indent));
            return format!(" {}\n", lines.unwrap_or_else(|| scalar(text)));
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Object(_) => return format!(" {value}\n"),
    }
    out
}

/// A list of short values on one line.
fn inline(list: &[Value]) -> Option<String> {
    let one = |value: &Value| match value {
        Value::String(text) if text.contains([',', '[', ']', '{', '}']) => Some(page::json(text, false)),
        Value::String(text) => Some(scalar(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) => Some(value.to_string()),
        Value::Array(_) | Value::Object(_) => None,
    };
    let line = format!("[{}]", list.iter().map(one).collect::<Option<Vec<_>>>()?.join(", "));
    (line.chars().count() <= WIDEST).then_some(line)
}

/// A text of several lines as such, if nothing in it is hidden by that.
fn block(text: &str, indent: usize) -> Option<String> {
    let (body, mark) = text.strip_suffix('\n').map_or((text, "|-"), |body| (body, "|"));
    let fits = text.contains('\n')
        && !body.starts_with([' ', '\n'])
        && !body.ends_with('\n')
        && !body.is_empty()
        && page::clean(body) == body;
    fits.then(|| {
        let lines = body.split('\n').map(|line| match line {
            "" => "\n".to_owned(),
            line => format!("\n{}{line}", " ".repeat(indent)),
        });
        format!("{mark}{}", lines.collect::<String>())
    })
}

/// A long text broken at its spaces, which is how it reads back.
fn folded(text: &str, indent: usize) -> Option<String> {
    let hidden = text.starts_with(' ') || text.ends_with(' ') || text.contains("  ") || text.contains(['\n', '\t']);
    if hidden || text.chars().count() <= WIDEST || page::clean(text) != text {
        return None;
    }
    let room = EDGE.saturating_sub(indent).max(EDGE / 2);
    let (mut out, mut used) = (">-".to_owned(), usize::MAX);
    for word in text.split(' ') {
        let width = word.chars().count();
        if used.saturating_add(1 + width) > room {
            out.push('\n');
            out.push_str(&" ".repeat(indent));
            used = width;
        } else {
            out.push(' ');
            used += 1 + width;
        }
        out.push_str(word);
    }
    Some(out)
}

/// A text on one line: as it is where that can only mean a text, else quoted.
fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { page::json(&text, false) }
}

fn is_plain(text: &str) -> bool {
    let mut chars = text.chars();
    let begins = match (chars.next(), chars.next()) {
        (Some('.'), second) => second.is_some_and(|c| c.is_alphanumeric() || c == '/'),
        (Some(first), _) => first.is_alphanumeric() || matches!(first, '/' | '(' | '$' | '<' | '_'),
        (None, _) => false,
    };
    let lower = text.to_lowercase();
    let number = lower.parse::<f64>().is_ok() || lower.starts_with("0x") || lower.starts_with("0o");
    let word = ["true", "false", "null", ".inf", ".nan"].contains(&lower.as_str());
    let structure = text.contains(": ") || text.contains(" #") || text.ends_with([':', ' ']);
    begins && !number && !word && !structure && !text.contains(['\n', '\t']) && page::clean(text) == text
}

#[cfg(test)]
mod tests {
    use mission_compiler::parse;
    use mission_compiler::source::Source;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_plan_reads_like_one() {
        let plan = json!({
            "goal": "Whole cents: no more, no less", "risks": [], "notes": null,
            "milestones": [{
                "id": "format", "files": ["bin/a", "lib/b.sh"],
                "features": [{ "id": "convert", "text": "Read lines.\n\nPrint cents.", "ok": true }, {}],
                "objective": "A converter from the old file and functions that read and write the new one, beside the code that is there: \
                    nothing is taken away yet.",
            }],
        });
        insta::assert_snapshot!(text(&plan));
    }

    #[test]
    fn what_is_read_is_what_there_is() {
        let texts = [
            "",
            " ",
            "x",
            "1",
            "1.5",
            "0x1f",
            "0o17",
            "1e3",
            "+1",
            "-",
            "- x",
            "true",
            "True",
            "null",
            "~",
            "no",
            "yes",
            ".inf",
            "...",
            "---",
            "a: b",
            "a:b",
            "a:",
            "a #b",
            "#a",
            "[a]",
            "{a}",
            "a, b",
            "&a",
            "*a",
            "!a",
            "|",
            ">",
            "%a",
            "@a",
            "`a`",
            "\"a\"",
            "'a'",
            "it's",
            "a\nb",
            "a\n",
            "a\n\n",
            "\na",
            " a\nb",
            "a\n  - id: b",
            "a\tb",
            "\u{1b}[2J",
            "a\n\u{202e}b",
            "é",
            "2026-01-01",
            "<b>",
            "a\r\nb",
            "\\",
            "a\\n",
            "=",
            "?",
            "? a",
            ".a",
            "./a",
            "/a",
            "a ",
            "a\n b\n\nc",
            "key: [1, 2]",
            "\u{feff}a",
        ];
        let long = |text: &str| format!("{text} {}", "word: #and - more ".repeat(20).trim_end());
        let texts = texts.iter().map(|t| (*t).to_owned()).chain(texts.iter().map(|t| long(t)));
        let mut values: Vec<Value> = texts.map(Value::from).collect();
        values.extend([
            json!(null),
            json!(true),
            json!(-1),
            json!(0.5),
            json!([]),
            json!({}),
            json!([[]]),
            json!([{}]),
        ]);
        for value in &values {
            let keyed = value.as_str().map_or_else(|| json!({ "k": 1 }), |text| json!({ (text): 1 }));
            for whole in [
                json!({ "a": value, "b": 1 }),
                json!([value, value]),
                json!([[value], { "a": [value, { "b": value }] }, 1]),
                json!({ "a": { "b": [{ "c": value, "d": [[value, {}]] }] } }),
                json!({ "a": [keyed, "x".repeat(WIDEST)] }),
                json!([value, "x".repeat(WIDEST), [value, "x".repeat(WIDEST)]]),
            ] {
                let text = text(&whole);
                assert_eq!(page::clean(&text), text, "{whole}");
                let read = parse::value(&Source::new("x.yaml", text.as_str()));
                assert_eq!(read.as_ref(), Ok(&whole), "{text}");
            }
        }
        assert_eq!(text(&json!("one\ntext")), "one\ntext");
        assert_eq!((text(&json!([])), text(&json!({})), text(&json!(7))), ("[]\n".into(), "{}\n".into(), "7\n".into()));
    }
}
