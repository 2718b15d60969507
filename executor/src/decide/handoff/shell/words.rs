//! From characters to words: quotation, expansion, substitution.

use super::grammar::Parser;
use super::{Read, Word};

impl Parser {
    /// One word; `None`: it is cut off, or none begins here.
    pub(super) fn word(&mut self) -> Option<Word> {
        let from = self.at;
        let mut word = Word { plain: true, ..Word::default() };
        while let Some(c) = self.peek() {
            match c {
                '\\' => self.escaped(&mut word.text),
                '\'' => {
                    self.at += 1;
                    let inside = self.until('\'')?;
                    word.text.push_str(&inside);
                }
                '"' => self.quoted(&mut word)?,
                '$' if self.ahead(1) == Some('\'') => {
                    self.at += 2;
                    let inside = self.until_unescaped('\'')?;
                    word.text.push_str(&inside);
                }
                '$' => self.expansion(&mut word)?,
                '`' => self.backticks(&mut word)?,
                '<' | '>' if self.ahead(1) == Some('(') => {
                    self.at += 2;
                    let inner = self.substitution()?;
                    word.inner.push(inner);
                    word.plain = false;
                }
                c if is_end(c) => break,
                c => {
                    word.text.push(c);
                    self.at += 1;
                }
            }
        }
        (self.at > from).then_some(word)
    }

    fn escaped(&mut self, text: &mut String) {
        self.at += 1;
        match self.peek() {
            Some('\n') | None => {}
            Some(c) => text.push(c),
        }
        self.at = (self.at + 1).min(self.length());
    }

    fn quoted(&mut self, word: &mut Word) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                '"' => {
                    self.at += 1;
                    return Some(());
                }
                '\\' if matches!(self.ahead(1), Some('$' | '`' | '"' | '\\' | '\n')) => self.escaped(&mut word.text),
                '$' => self.expansion(word)?,
                '`' => self.backticks(word)?,
                c => {
                    word.text.push(c);
                    self.at += 1;
                }
            }
        }
    }

    /// At a `$`.
    fn expansion(&mut self, word: &mut Word) -> Option<()> {
        let from = self.at;
        match self.ahead(1) {
            Some('(') if self.ahead(2) == Some('(') => {
                self.at += 1;
                self.brackets('(', ')')?;
            }
            Some('(') => {
                self.at += 2;
                let inner = self.substitution()?;
                word.inner.push(inner);
            }
            Some('{') => {
                self.at += 1;
                self.brackets('{', '}')?;
            }
            Some(c) if c.is_alphanumeric() || c == '_' => {
                self.at += 1;
                while self.peek().is_some_and(|c| c.is_alphanumeric() || c == '_') {
                    self.at += 1;
                }
            }
            Some('?' | '$' | '!' | '#' | '@' | '*' | '-') => self.at += 2,
            _ => {
                word.text.push('$');
                self.at += 1;
                return Some(());
            }
        }
        word.plain = false;
        word.text.push_str(&self.since(from));
        Some(())
    }

    /// Behind `$(`, up to behind `)`.
    fn substitution(&mut self) -> Option<Read> {
        let inner = self.nested(Self::script)?;
        (self.peek()? == ')').then(|| self.at += 1)?;
        Some(inner)
    }

    fn backticks(&mut self, word: &mut Word) -> Option<()> {
        let from = self.at;
        self.at += 1;
        let inside = self.until_unescaped('`')?;
        word.inner.push(Self::new(&inside, self.depth + 1).whole()?);
        word.plain = false;
        word.text.push_str(&self.since(from));
        Some(())
    }

    /// From an opening bracket to behind its closing one; quotation counts.
    pub(super) fn brackets(&mut self, open: char, close: char) -> Option<()> {
        let mut depth = 0_usize;
        loop {
            let c = self.peek()?;
            self.at += 1;
            match c {
                '\\' => self.at += 1,
                '\'' if open != '{' => drop(self.until('\'')?),
                '"' => drop(self.until_unescaped('"')?),
                c if c == open => depth += 1,
                c if c == close => {
                    depth = depth.checked_sub(1)?;
                    if depth == 0 {
                        return Some(());
                    }
                }
                _ => {}
            }
        }
    }

    /// Up to `end`, which is passed.
    fn until(&mut self, end: char) -> Option<String> {
        let from = self.at;
        while self.peek()? != end {
            self.at += 1;
        }
        self.at += 1;
        Some(self.between(from, self.at - 1))
    }

    /// The same, where `\` takes the meaning from what follows.
    fn until_unescaped(&mut self, end: char) -> Option<String> {
        let mut inside = String::new();
        loop {
            let c = self.peek()?;
            self.at += 1;
            match c {
                '\\' => {
                    inside.push(self.peek()?);
                    self.at += 1;
                }
                c if c == end => return Some(inside),
                c => inside.push(c),
            }
        }
    }
}

/// Does a word end before `c`?
fn is_end(c: char) -> bool {
    c.is_whitespace() || matches!(c, ';' | '&' | '|' | '(' | ')' | '<' | '>')
}
