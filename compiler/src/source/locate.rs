//! From a range inside a YAML scalar's *value* back to the characters of the file. Knows how YAML scalars are written.

use std::cell::OnceCell;
use std::ops::Range;

use super::{Source, Span};

/// The characters of `source` that became `value[range]`, where `value` is the scalar written at `span`.
///
/// Exact for plain, quoted and block scalars, folded or not, to the limits of what folding keeps: a range that begins in
/// white space may begin a little early. When `value` is not what stands at `span`, the answer is `span` itself.
pub fn locate(source: &Source, span: Span, value: &str, range: Range<usize>) -> Span {
    Written::new(source, span, value).locate(range)
}

/// A scalar as it was written: [`locate`] for many ranges of the same value, which is walked over once.
pub struct Written<'s> {
    raw: Option<&'s str>,
    span: Span,
    value: &'s str,
    fit: OnceCell<Fit>,
}

/// How a value stands in the text.
enum Fit {
    /// Letter by letter.
    Same,
    /// In its own way.
    Walked(Walked),
    /// Somewhere else.
    Elsewhere,
}

impl<'s> Written<'s> {
    /// `value` is the scalar written at `span` of `source`.
    pub fn new(source: &'s Source, span: Span, value: &'s str) -> Self {
        let raw = source.text().get(span.start as usize..span.end as usize);
        Self { raw, span, value, fit: OnceCell::new() }
    }
    /// The characters that became `value[range]`.
    pub fn locate(&self, range: Range<usize>) -> Span {
        let range = range.start.min(self.value.len())..range.end.clamp(range.start, self.value.len());
        let found = match self.fit.get_or_init(|| self.fit()) {
            Fit::Same => range,
            Fit::Walked(walked) => walked.find(self.value, &range),
            Fit::Elsewhere => return self.span,
        };
        let start = self.span.start as usize;
        Span::new(self.span.file, start + found.start, start + found.end)
    }
    fn fit(&self) -> Fit {
        let Some(raw) = self.raw else { return Fit::Elsewhere };
        if raw == self.value {
            return Fit::Same;
        }
        let walked = quoted(raw, self.value).or_else(|| Walk::new(raw, Style::Unquoted, 0).over(self.value));
        walked.map_or(Fit::Elsewhere, Fit::Walked)
    }
}

fn quoted(raw: &str, value: &str) -> Option<Walked> {
    let (style, quote) = match raw.chars().next()? {
        '"' => (Style::Double, '"'),
        '\'' => (Style::Single, '\''),
        _ => return None,
    };
    let inside = raw.strip_suffix(quote).filter(|inside| !inside.is_empty())?;
    Walk::new(inside, style, 1).over(value)
}

/// Where each character of a value begins and ends in the text.
struct Walked {
    begins: Steps,
    ends: Steps,
    /// Where the walk came to its end.
    end: usize,
}

impl Walked {
    /// Where `value[range]` stands.
    fn find(&self, value: &str, range: &Range<usize>) -> Range<usize> {
        let is_inside = |at: usize| at < value.len() && value.is_char_boundary(at);
        let start = if is_inside(range.start) { self.begins.of(range.start) } else { self.end };
        let is_end = range.end > 0 && value.is_char_boundary(range.end);
        let end = if is_end { self.ends.of(range.end) } else { start };
        start..end.max(start)
    }
}

/// From offsets in a value to offsets in the text; noted only where the distance between the two changes.
#[derive(Default)]
struct Steps(Vec<(usize, usize)>);

impl Steps {
    fn note(&mut self, at: usize, written: usize) {
        if self.0.last().is_none_or(|last| last.1 + (at - last.0) != written) {
            self.0.push((at, written));
        }
    }
    fn of(&self, at: usize) -> usize {
        let last = self.0.partition_point(|step| step.0 <= at).checked_sub(1).map_or((0, 0), |i| self.0[i]);
        last.1 + (at - last.0)
    }
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

    /// Aligns the whole value, so that a value of another place is noticed.
    fn over(mut self, value: &str) -> Option<Walked> {
        let (mut begins, mut ends) = (Steps::default(), Steps::default());
        for (index, wanted) in value.char_indices() {
            begins.note(index, self.read(wanted)?);
            ends.note(index + wanted.len_utf8(), self.at);
        }
        Some(Walked { begins, ends, end: self.at })
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
