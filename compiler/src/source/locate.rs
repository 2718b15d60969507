//! From a range inside a YAML scalar's *value* back to the characters of the file. Knows how YAML scalars are written.

use std::ops::Range;

use super::{Source, Span};

/// The characters of `source` that became `value[range]`, where `value` is the scalar written at `span`.
///
/// Exact for plain, quoted and block scalars, folded or not, to the limits of what folding keeps: a range that begins in
/// white space may begin a little early. When `value` is not what stands at `span`, the answer is `span` itself.
pub fn locate(source: &Source, span: Span, value: &str, range: Range<usize>) -> Span {
    let Some(raw) = source.text().get(span.start as usize..span.end as usize) else { return span };
    let range = range.start.min(value.len())..range.end.clamp(range.start, value.len());
    let found = if raw == value {
        Some(range)
    } else {
        quoted(raw, value, &range).or_else(|| Walk::new(raw, Style::Unquoted, 0).range(value, &range))
    };
    match found {
        Some(found) => Span::new(span.file, span.start as usize + found.start, span.start as usize + found.end),
        None => span,
    }
}

fn quoted(raw: &str, value: &str, range: &Range<usize>) -> Option<Range<usize>> {
    let (style, quote) = match raw.chars().next()? {
        '"' => (Style::Double, '"'),
        '\'' => (Style::Single, '\''),
        _ => return None,
    };
    let inside = raw.strip_suffix(quote).filter(|inside| !inside.is_empty())?;
    Walk::new(inside, style, 1).range(value, range)
}

#[derive(Clone, Copy, PartialEq)]
enum Style {
    Unquoted,
    Single,
    Double,
}

/// Walks over the written text while the value is read off it.
struct Walk<'r> {
    raw: &'r str,
    style: Style,
    at: usize,
}

impl<'r> Walk<'r> {
    fn new(raw: &'r str, style: Style, at: usize) -> Self {
        Self { raw, style, at }
    }

    /// Aligns the whole value, so that a value of another place is noticed, and notes both ends of `range`.
    fn range(mut self, value: &str, range: &Range<usize>) -> Option<Range<usize>> {
        let (mut start, mut end) = (None, None);
        for (index, wanted) in value.char_indices() {
            let begin = self.read(wanted)?;
            if index == range.start {
                start = Some(begin);
            }
            if index + wanted.len_utf8() == range.end {
                end = Some(self.at);
            }
        }
        let start = start.unwrap_or(self.at);
        Some(start..end.unwrap_or(start).max(start))
    }

    /// Reads what became `wanted` and tells where it begins.
    fn read(&mut self, wanted: char) -> Option<usize> {
        loop {
            let begin = self.at;
            let rest = &self.raw[begin..];
            let Some(written) = rest.chars().next() else {
                // Line breaks that end a block scalar are not part of its place.
                return (wanted == '\n').then_some(begin);
            };
            match (self.style, written) {
                (Style::Double, '\\') => {
                    let (decoded, length) = escape(rest)?;
                    self.at += length;
                    match decoded {
                        Some(decoded) if decoded == wanted => return Some(begin),
                        Some(_) => return None,
                        None => {}
                    }
                }
                (Style::Single, '\'') => {
                    self.at += 2;
                    return (wanted == '\'' && rest.starts_with("''")).then_some(begin);
                }
                _ if written == wanted => {
                    self.at += written.len_utf8();
                    return Some(begin);
                }
                // A folded line break is read as one space, or as the line breaks that follow it.
                (_, '\n') if wanted == ' ' => {
                    self.at += 1;
                    return Some(begin);
                }
                (_, ' ' | '\t' | '\n' | '\r') => self.at += 1,
                _ if wanted == '\n' => return Some(begin),
                _ => return None,
            }
        }
    }
}

/// The character that an escape of a double-quoted text stands for (`None`: a line continuation), and its length.
fn escape(rest: &str) -> Option<(Option<char>, usize)> {
    let code = rest[1..].chars().next()?;
    let simple = match code {
        '0' => '\0',
        'a' => '\u{7}',
        'b' => '\u{8}',
        't' | '\t' => '\t',
        'n' => '\n',
        'v' => '\u{b}',
        'f' => '\u{c}',
        'r' => '\r',
        'e' => '\u{1b}',
        'N' => '\u{85}',
        '_' => '\u{a0}',
        'L' => '\u{2028}',
        'P' => '\u{2029}',
        '\n' => return Some((None, 2)),
        '\r' => return Some((None, 2)),
        'x' => return hexadecimal(rest, 2),
        'u' => return hexadecimal(rest, 4),
        'U' => return hexadecimal(rest, 8),
        other => other,
    };
    Some((Some(simple), 1 + code.len_utf8()))
}

fn hexadecimal(rest: &str, digits: usize) -> Option<(Option<char>, usize)> {
    let number = u32::from_str_radix(rest.get(2..2 + digits)?, 16).ok()?;
    char::from_u32(number).map(|c| (Some(c), 2 + digits))
}
