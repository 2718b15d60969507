//! Text on its way to a person: tones instead of escape codes, and nothing foreign that could steer a terminal.
//!
//! IMPORTANT: every text that is printed passes [`clean`], here or in [`Page`]; styles come from [`Tone`] only.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::args::Color;
use crate::failure::Failure;

/// What a piece of text says about itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Tone {
    /// A heading or a name.
    Strong,
    /// Less important than its surroundings.
    Dim,
    /// As it should be.
    Good,
    /// Not as it should be.
    Bad,
    /// Worth a look.
    Warn,
    /// Something to type, or under way.
    Accent,
}

impl Tone {
    fn style(self) -> Style {
        match self {
            Self::Strong => Style::new().bold(),
            Self::Dim => Style::new().dimmed(),
            Self::Good => AnsiColor::Green.on_default(),
            Self::Bad => AnsiColor::Red.on_default().bold(),
            Self::Warn => AnsiColor::Yellow.on_default(),
            Self::Accent => AnsiColor::Cyan.on_default(),
        }
    }
}

/// Text with tones, line by line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Page(String);

impl Page {
    /// An empty page.
    pub(crate) fn new() -> Self {
        Self::default()
    }
    /// Adds plain text.
    pub(crate) fn text(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.0.push_str(&clean(text.as_ref()));
        self
    }
    /// Adds text in a tone.
    pub(crate) fn tone(&mut self, tone: Tone, text: impl AsRef<str>) -> &mut Self {
        if text.as_ref().is_empty() {
            return self;
        }
        let style = tone.style();
        self.0.push_str(&format!("{style}{}{style:#}", clean(text.as_ref())));
        self
    }
    /// Adds plain text and ends the line.
    pub(crate) fn line(&mut self, text: impl AsRef<str>) -> &mut Self {
        self.text(text).end()
    }
    /// Ends the line.
    pub(crate) fn end(&mut self) -> &mut Self {
        self.0.push('\n');
        self
    }
    /// Adds what another room has rendered with colours of its own; any other control sequence in it is made visible.
    pub(crate) fn rendered(&mut self, text: &str) -> &mut Self {
        let mut rest = text;
        while let Some(at) = rest.find("\u{1b}[") {
            let (before, sequence) = rest.split_at(at);
            self.text(before);
            let body = &sequence[2..];
            let end = body.find(|c: char| !c.is_ascii_digit() && c != ';').unwrap_or(body.len());
            if body[end..].starts_with('m') {
                self.0.push_str(&sequence[..end + 3]);
                rest = &sequence[end + 3..];
            } else {
                self.text("\u{1b}");
                rest = &sequence[1..];
            }
        }
        self.text(rest)
    }
    /// The text with its escape codes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

/// Makes control characters, and marks that reorder text, visible (`\x1b`, `\u{202e}`); line ends and tabs stay.
pub(crate) fn clean(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hostile) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        match c {
            _ if !is_hostile(c) => out.push(c),
            '\0'..='\u{ff}' => out.push_str(&format!("\\x{:02x}", u32::from(c))),
            _ => out.push_str(&format!("\\u{{{:x}}}", u32::from(c))),
        }
    }
    Cow::Owned(out)
}

/// As [`clean`], on one line: line ends become spaces.
pub(crate) fn flat(text: &str) -> String {
    clean(text.trim_end()).replace("\r\n", " ").replace(['\n', '\t'], " ")
}

fn is_hostile(c: char) -> bool {
    match c {
        '\n' | '\t' => false,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => true,
        _ => c.is_control(),
    }
}

/// Chooses colours for this process.
pub(crate) fn colour(color: Color) {
    let choice = match color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    choice.write_global();
}

/// True if standard output shows colours.
pub(crate) fn has_colour() -> bool {
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// True if standard error shows colours.
pub(crate) fn has_colour_on_stderr() -> bool {
    anstream::AutoStream::choice(&std::io::stderr()) != anstream::ColorChoice::Never
}

/// Prints to standard output.
pub(crate) fn print(page: &Page) -> Result<(), Failure> {
    let mut out = anstream::stdout().lock();
    out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush()).map_err(output_failure)
}

/// Prints to standard error, as far as that is possible.
pub(crate) fn say(page: &Page) {
    let mut out = anstream::stderr().lock();
    // Nobody is left to be told if standard error is gone.
    let _ = out.write_all(page.as_str().as_bytes()).and_then(|()| out.flush());
}

/// Prints text that is a file format of its own (SVG, DOT, a schema) to standard output.
pub(crate) fn print_document(text: &str) -> Result<(), Failure> {
    let mut page = Page::new();
    page.text(text);
    if !text.ends_with('\n') {
        page.end();
    }
    print(&page)
}

/// Prints `value` as indented JSON.
pub(crate) fn print_json(value: &impl Serialize) -> Result<(), Failure> {
    print_document(&json(value, true))
}

/// Prints `value` as JSON on one line.
pub(crate) fn print_json_line(value: &impl Serialize) -> Result<(), Failure> {
    print_document(&json(value, false))
}

/// JSON whose control characters are escaped, those above 0x7e too.
pub(crate) fn json(value: &impl Serialize, indented: bool) -> String {
    let text = if indented { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    let text = text.expect("our own types have text keys and cannot fail to serialize");
    if !text.chars().any(is_hostile) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        // Below 0x20 only the line ends of the indentation are left: serde_json escapes the rest.
        if is_hostile(c) { out.push_str(&format!("\\u{:04x}", u32::from(c))) } else { out.push(c) }
    }
    out
}

fn output_failure(error: std::io::Error) -> Failure {
    if error.kind() == ErrorKind::BrokenPipe { Failure::Closed } else { Failure::Output(error) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_are_made_visible() {
        let cases = [
            ("plain ünï\n\ttext", "plain ünï\n\ttext"),
            ("\u{1b}]0;title\u{7}", "\\x1b]0;title\\x07"),
            ("back\rover", "back\\x0dover"),
            ("\u{9b}31m", "\\x9b31m"),
            ("abc\u{202e}fed", "abc\\u{202e}fed"),
        ];
        for (raw, shown) in cases {
            assert_eq!(clean(raw), shown);
        }
    }

    #[test]
    fn rendered_text_keeps_colours_and_nothing_else() {
        let mut page = Page::new();
        page.rendered("\u{1b}[1;31merror\u{1b}[0m \u{1b}[2J\u{1b}]8;;x\u{7}");
        assert_eq!(page.as_str(), "\u{1b}[1;31merror\u{1b}[0m \\x1b[2J\\x1b]8;;x\\x07");
    }

    #[test]
    fn json_holds_no_raw_control_character() {
        let text = json(&"a\u{1b}b\u{9b}c\u{7f}\u{202e}", false);
        assert_eq!(text, r#""a\u001bb\u009bc\u007f\u202e""#);
        assert_eq!(serde_json::from_str::<String>(&text).expect("JSON"), "a\u{1b}b\u{9b}c\u{7f}\u{202e}");
    }
}
