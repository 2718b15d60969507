//! Where each line of a shell script stands: within which constructs, in which folder, in a string, behind what goes on.
//! A line that is kept proves what it did only where it stands as it stood. Pure; no parser, but enough to see what is
//! put around a line.

use std::sync::LazyLock;

use regex::Regex;

use super::super::language::shell;
use super::super::text::Source;

/// A line of a script, and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) says: String,
    /// What of it is code, and not in a string that began before.
    code: String,
    /// Constructs that are open before it, and folders that were gone into.
    within: Vec<String>,
    /// What the line before it ends with, if that goes on.
    behind: &'static str,
}

impl Line {
    /// The lines of what is no script of a shell, or of which each is a shell of its own.
    pub(super) fn plain(text: &str) -> Vec<Self> {
        let lines = text.lines().map(str::trim_end).filter(|line| !line.trim().is_empty());
        let plain = |line: &str| Self { says: line.to_owned(), code: String::new(), within: Vec::new(), behind: "" };
        lines.map(plain).collect()
    }
    /// Does it stand as `other` does?
    pub(super) fn stands_as(&self, other: &Self) -> bool {
        self.within == other.within && self.behind == other.behind
    }
}

/// Goes to where the script, or the repository, is.
static OWN_PLACE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"dirname|BASH_SOURCE|\$\{?0|rev-parse\s+--show-|^["']?\.["']?$|\bpwd\b|\$\{?PWD"#;
    Regex::new(pattern).expect("a constant pattern")
});

/// The lines of a shell script that are not empty.
pub(super) fn lines(script: &str) -> Vec<Line> {
    let source = Source::new(script, &shell::STYLE);
    let mut walk = Walk { script, open: Vec::new(), begins: true };
    let mut lines = Vec::new();
    let mut behind = "";
    for ((says, code), plain) in script.lines().zip(source.code.lines()).zip(source.plain.lines()) {
        if says.trim().is_empty() {
            continue;
        }
        lines.push(Line {
            says: says.trim_end().to_owned(),
            code: code.trim().to_owned(),
            within: walk.open.clone(),
            behind,
        });
        // A comment ends nothing, and is no end.
        if !plain.trim().is_empty() {
            walk.line(code, plain);
            behind = ["\\", "&&", "||", "|"].into_iter().find(|end| code.trim_end().ends_with(end)).unwrap_or_default();
        }
    }
    lines
}

/// How far a script was read.
struct Walk<'s> {
    script: &'s str,
    open: Vec<String>,
    /// The next word is a command.
    begins: bool,
}

impl Walk<'_> {
    fn line(&mut self, code: &str, plain: &str) {
        self.begins = true;
        let bytes = code.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let rest = &code[at..];
            at += match bytes[at] {
                b if b.is_ascii_whitespace() => 1,
                b'(' if rest.starts_with("()") => 2,
                b'(' => self.opens("("),
                b'$' if rest.starts_with("$((") => rest.find("))").map_or(3, |end| end + 2),
                b'$' if rest.starts_with("${") => rest.find('}').map_or(2, |end| end + 1),
                b'$' if rest.starts_with("$(") => self.opens("$(") + 1,
                b'`' => self.tick(),
                b')' => self.round(),
                b';' | b'&' | b'|' => {
                    self.begins = true;
                    1
                }
                _ => self.word(rest, &plain[at..]),
            };
        }
    }

    fn opens(&mut self, with: &str) -> usize {
        self.open.push(with.to_owned());
        self.begins = true;
        1
    }

    fn tick(&mut self) -> usize {
        if self.open.iter().any(|open| open == "`") {
            self.closes(&["`"]);
        } else {
            self.open.push("`".to_owned());
        }
        self.begins = true;
        1
    }

    /// A `)` ends what `(` began, or the pattern of a `case`.
    fn round(&mut self) -> usize {
        let last = self.open.iter().rfind(|open| matches!(open.as_str(), "(" | "$(" | "case"));
        if last.is_some_and(|last| last != "case") {
            self.closes(&["(", "$("]);
        }
        self.begins = true;
        1
    }

    /// Takes away what was opened last with one of `names`, and what is open in it.
    fn closes(&mut self, names: &[&str]) {
        if let Some(at) = self.open.iter().rposition(|open| names.contains(&open.as_str())) {
            self.open.truncate(at);
        }
    }

    /// The same, but for folders: whoever goes into one in an `if` is still there behind it.
    fn ends(&mut self, names: &[&str]) {
        let before = self.open.clone();
        self.closes(names);
        self.open.extend(before.into_iter().skip(self.open.len()).filter(|open| open.starts_with("cd ")));
    }

    /// Reads one word, and returns how long it is.
    fn word(&mut self, code: &str, plain: &str) -> usize {
        let end = code.find(|c: char| c.is_whitespace() || ";&|()`".contains(c)).unwrap_or(code.len()).max(1);
        let word = &code[..end];
        // The body of `function name {` as well.
        if word == "{" {
            self.opens(word);
            return end;
        }
        if !std::mem::replace(&mut self.begins, false) {
            return end;
        }
        match word {
            "if" | "while" | "until" | "for" | "case" | "select" => {
                self.open.push(word.to_owned());
                self.begins = matches!(word, "if" | "while" | "until");
            }
            "then" | "else" | "elif" | "do" => {
                self.ends(&["if", "then", "else", "elif", "while", "until", "for", "select"]);
                self.opens(word);
            }
            "fi" => self.ends(&["if", "then", "else", "elif"]),
            "done" => self.ends(&["do"]),
            "esac" => self.ends(&["case"]),
            "}" => self.closes(&["{"]),
            "!" | "time" => self.begins = true,
            "cd" | "pushd" | "popd" => self.goes(word, plain[end..].trim_start()),
            _ => {}
        }
        end
    }

    fn goes(&mut self, word: &str, rest: &str) {
        let to = rest.split([';', '&', '|']).next().unwrap_or_default().trim();
        let name = to.trim_matches(['"', '\'', '$', '{', '}']);
        let assigns = |line: &str| {
            line.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with('=') && OWN_PLACE.is_match(rest))
        };
        if word == "popd" || matches!(to, "-" | ".." | "\"$OLDPWD\"") {
            if self.open.last().is_some_and(|open| open.starts_with("cd ")) {
                self.open.pop();
            }
        } else if !(OWN_PLACE.is_match(to) || to.contains('$') && self.script.lines().any(assigns)) {
            self.open.push(format!("cd {to}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the line `x` stands within.
    fn within(script: &str) -> Vec<String> {
        let line = lines(script).into_iter().find(|line| line.says.trim() == "x").expect("there is one");
        let mut within = line.within;
        within.extend((!line.behind.is_empty()).then(|| line.behind.to_owned()));
        within.extend(line.code.is_empty().then(|| "text".to_owned()));
        within
    }

    #[test]
    fn what_is_put_around_a_line_is_seen() {
        let rows: [(&str, &[&str]); 25] = [
            ("set -e\nx\n", &[]),
            ("if [ -n \"$A\" ]; then\nx\nfi\n", &["then"]),
            ("if a; then\n  b\nelse\n  x\nfi\n", &["else"]),
            ("if a; then b; fi\nx\n", &[]),
            ("check() {\nx\n}\n", &["{"]),
            ("function check {\nx\n}\n", &["{"]),
            ("if true; then cd fake; fi\nx\n", &["cd fake"]),
            ("check() { a; }\nx\n", &[]),
            ("while false; do\nx\ndone\n", &["do"]),
            ("for f in a b; do echo $f; done\nx\n", &[]),
            ("case x in y)\nx\n;; esac\n", &["case"]),
            ("case $1 in\n  -v) V=1 ;;\n  (b) ;;\nesac\nx\n", &[]),
            ("(\nx\n)\n", &["("]),
            ("(cd web && npm test)\nx\n", &[]),
            ("a=$(b \"$(c)\")\nx\n", &[]),
            ("echo '\nx\n'\n", &["text"]),
            ("a &&\nx\n", &["&&"]),
            (": \\\nx\n", &["\\"]),
            ("cd fake\nx\n", &["cd fake"]),
            ("cd web\nnpm test\ncd ..\nx\n", &[]),
            ("cd \"$(dirname \"$0\")/..\"\nx\n", &[]),
            ("ROOT=$(git rev-parse --show-toplevel)\ncd \"$ROOT\"\nx\n", &[]),
            ("n=$((n + 1))\nm=${a:-b}\nx\n", &[]),
            ("pushd web\nnpm test\npopd\nx\n", &[]),
            ("# if we are here\nx\n", &[]),
        ];
        for (script, expected) in rows {
            assert_eq!(within(script), expected, "{script:?}");
        }
    }
}
