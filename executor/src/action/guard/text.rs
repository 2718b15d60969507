//! Source text with its comments, and the insides of its strings, blanked out. Every byte keeps its place, so what is
//! found in one view can be looked up in the other. No parser: enough to tell code from prose.

/// How a language writes comments and strings.
pub(super) struct Style {
    /// What a comment begins with that goes to the end of the line.
    pub(super) line: &'static [&'static str],
    /// What a longer comment begins and ends with.
    pub(super) block: &'static [(&'static str, &'static str)],
    /// Strings, those with longer quotes first.
    pub(super) strings: &'static [Quote],
    /// What else is special.
    pub(super) special: Special,
}

/// A kind of string.
pub(super) struct Quote {
    pub(super) mark: &'static str,
    /// `\` takes the meaning from the next character.
    pub(super) escapes: bool,
    /// It may hold line feeds.
    pub(super) lines: bool,
}

/// Lexical peculiarities.
#[derive(PartialEq, Eq)]
pub(super) enum Special {
    None,
    /// `r#"…"#`, and `'` that begins a lifetime.
    Rust,
    /// `/…/` where a value is expected.
    Regex,
    /// `#` is a comment only at the beginning of a word.
    Shell,
}

pub(super) const fn quote(mark: &'static str) -> Quote {
    Quote { mark, escapes: true, lines: false }
}

/// The views of a text.
pub(super) struct Source {
    /// Comments and the insides of strings are spaces.
    pub(super) code: String,
    /// Comments are spaces.
    pub(super) plain: String,
    starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(text: &str, style: &Style) -> Self {
        let mut code = text.as_bytes().to_vec();
        let mut plain = code.clone();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            match piece(text, at, style) {
                Piece::Code(length) => at += length,
                Piece::Comment(end) => {
                    blank(&mut code, at, end);
                    blank(&mut plain, at, end);
                    at = end;
                }
                Piece::Text { inside, end, close } => {
                    blank(&mut code, inside, close);
                    at = end;
                }
            }
        }
        let starts =
            std::iter::once(0).chain(bytes.iter().enumerate().filter(|(_, b)| **b == b'\n').map(|(i, _)| i + 1));
        let starts = starts.collect();
        let text_of = |bytes| String::from_utf8(bytes).expect("whole characters are blanked");
        Self { code: text_of(code), plain: text_of(plain), starts }
    }
    /// Number of the line that byte `at` is in, from 1.
    pub(super) fn line(&self, at: usize) -> usize {
        self.starts.partition_point(|start| *start <= at)
    }
    /// Is byte `at` code, and not inside a string or a comment?
    pub(super) fn is_code(&self, at: usize) -> bool {
        self.code.as_bytes().get(at).is_some_and(|b| *b != b' ' || self.plain.as_bytes()[at] == b' ')
    }
    /// Where the line that `at` is in begins.
    pub(super) fn line_start(&self, at: usize) -> usize {
        self.starts[self.line(at) - 1]
    }
    /// Where the line that `at` is in ends.
    pub(super) fn line_end(&self, at: usize) -> usize {
        self.code[at..].find('\n').map_or(self.code.len(), |end| at + end)
    }
    /// The end of the bracket that opens at `at`; the end of the text if it is never closed.
    pub(super) fn closing(&self, at: usize) -> usize {
        let bytes = self.code.as_bytes();
        let (open, close) = match bytes.get(at) {
            Some(b'(') => (b'(', b')'),
            Some(b'[') => (b'[', b']'),
            _ => (b'{', b'}'),
        };
        let mut depth = 0_usize;
        for (offset, byte) in bytes[at..].iter().enumerate() {
            if *byte == open {
                depth += 1;
            } else if *byte == close {
                depth -= 1;
                if depth == 0 {
                    return at + offset + 1;
                }
            }
        }
        bytes.len()
    }
}

enum Piece {
    Code(usize),
    Comment(usize),
    Text { inside: usize, close: usize, end: usize },
}

fn piece(text: &str, at: usize, style: &Style) -> Piece {
    let bytes = text.as_bytes();
    let starts = |mark: &str| bytes[at..].starts_with(mark.as_bytes());
    if style.line.iter().any(|mark| starts(mark)) && begins_comment(bytes, at, style) {
        return Piece::Comment(find(text, at, "\n").unwrap_or(text.len()));
    }
    if let Some((open, close)) = style.block.iter().find(|(open, _)| starts(open)) {
        return Piece::Comment(find(text, at + open.len(), close).map_or(text.len(), |end| end + close.len()));
    }
    if style.special == Special::Rust
        && let Some(found) = rust_text(text, at)
    {
        return found;
    }
    if let Some(quote) = style.strings.iter().find(|quote| starts(quote.mark)) {
        return string(text, at, quote);
    }
    if style.special == Special::Regex && bytes[at] == b'/' && value_expected(bytes, at) {
        return string(text, at, &Quote { mark: "/", escapes: true, lines: false });
    }
    Piece::Code(1)
}

fn begins_comment(bytes: &[u8], at: usize, style: &Style) -> bool {
    style.special != Special::Shell || at == 0 || matches!(bytes[at - 1], b' ' | b'\t' | b'\n' | b';' | b'(')
}

fn string(text: &str, at: usize, quote: &Quote) -> Piece {
    let bytes = text.as_bytes();
    let inside = at + quote.mark.len();
    let mut here = inside;
    while here < bytes.len() {
        if quote.escapes && bytes[here] == b'\\' {
            here += 2;
        } else if bytes[here..].starts_with(quote.mark.as_bytes()) {
            return Piece::Text { inside, close: here, end: here + quote.mark.len() };
        } else if bytes[here] == b'\n' && !quote.lines {
            // It was no string after all: an apostrophe, say.
            return Piece::Code(quote.mark.len());
        } else {
            here += 1;
        }
    }
    if quote.lines { Piece::Text { inside, close: text.len(), end: text.len() } } else { Piece::Code(quote.mark.len()) }
}

/// Raw strings and character literals of Rust.
fn rust_text(text: &str, at: usize) -> Option<Piece> {
    let bytes = text.as_bytes();
    let word_before = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    if bytes[at] == b'r' && (!word_before || matches!(bytes[at - 1], b'b' | b'c')) {
        let hashes = bytes[at + 1..].iter().take_while(|b| **b == b'#').count();
        let inside = at + 1 + hashes + 1;
        if bytes.get(inside - 1) == Some(&b'"') {
            let end = format!("\"{}", "#".repeat(hashes));
            let close = find(text, inside, &end).unwrap_or(text.len());
            return Some(Piece::Text { inside, close, end: (close + end.len()).min(text.len()) });
        }
    }
    if bytes[at] != b'\'' {
        return None;
    }
    let next = text[at + 1..].chars().next()?;
    let inside = at + 1;
    let close = if next == '\\' { find(text, inside + 2, "'")? } else { inside + next.len_utf8() };
    let literal = bytes.get(close) == Some(&b'\'') && close - inside <= 12;
    Some(if literal { Piece::Text { inside, close, end: close + 1 } } else { Piece::Code(1) })
}

/// Does a `/` at `at` begin a regular expression rather than divide?
fn value_expected(bytes: &[u8], at: usize) -> bool {
    let before = bytes[..at].iter().rev().find(|b| !b.is_ascii_whitespace());
    before.is_none_or(|b| b"(,=:[!&|?{};<>~".contains(b))
}

fn find(text: &str, from: usize, what: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..=bytes.len().checked_sub(what.len())?).find(|at| bytes[*at..].starts_with(what.as_bytes()))
}

/// Spaces instead of everything but line feeds.
fn blank(bytes: &mut [u8], from: usize, to: usize) {
    let to = to.min(bytes.len());
    for byte in bytes.get_mut(from..to).unwrap_or_default() {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::language::{javascript, python, rust, shell};
    use super::*;

    fn code(text: &str, style: &Style) -> String {
        let source = Source::new(text, style);
        assert_eq!(source.code.len(), text.len());
        assert_eq!(source.plain.len(), text.len());
        source.code
    }

    #[test]
    fn comments_and_strings_are_blank() {
        let rows = [
            (&rust::STYLE, "a // b\nc", "a     \nc"),
            (&rust::STYLE, "a /* b\n*/ c", "a     \n   c"),
            (&rust::STYLE, r##"x(r#"a " // b"#) y"##, r##"x(r#"        "#) y"##),
            (&rust::STYLE, "f::<'a>('\"', 'é', '\\'') z", "f::<'a>(' ', '  ', '  ') z"),
            (&rust::STYLE, "\"a\\\" // b\" c", "\"        \" c"),
            (&python::STYLE, "x = '''a\n#'''# b", "x = ''' \n '''   "),
            (&python::STYLE, "it's # odd\ny", "it's      \ny"),
            (&javascript::STYLE, "a(/['\"]/, `x\n//`) // c", "a(/    /, ` \n  `)     "),
            (&javascript::STYLE, "a / b / c", "a / b / c"),
            (&shell::STYLE, "a#b # c\n\"# d\"", "a#b    \n\"   \""),
        ];
        for (style, text, expected) in rows {
            assert_eq!(code(text, style), expected, "{text}");
        }
    }

    #[test]
    fn what_is_cut_off_is_no_trouble() {
        for text in ["\"", "'", "r#\"", "/*", "'''", "`", "'\\", "/", "\\", "r", "é'", "\"\\"] {
            for style in [&rust::STYLE, &python::STYLE, &javascript::STYLE, &shell::STYLE] {
                code(text, style);
            }
        }
    }

    #[test]
    fn lines_and_brackets() {
        let source = Source::new("a {\n '}' {}\n}\nb", &javascript::STYLE);
        assert_eq!(source.line(0), 1);
        assert_eq!(source.line(4), 2);
        assert_eq!(source.closing(2), 13);
        assert_eq!(source.line(source.closing(2)), 3);
        assert!(source.is_code(0) && !source.is_code(6));
    }
}
