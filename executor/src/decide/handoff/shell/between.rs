//! What stands between words: blanks, comments, ends of lines, redirections and here-documents.

use super::Simple;
use super::grammar::Parser;

/// A here-document whose text is still to come.
pub(super) struct Awaited {
    tag: String,
    /// Tabs at the beginning of lines do not count.
    dash: bool,
    body: usize,
}

impl Parser {
    /// Passes a redirection, if one is here.
    pub(super) fn redirection(&mut self, simple: &mut Simple) -> Option<bool> {
        self.blanks();
        let from = self.at;
        while self.peek().is_some_and(|c| c.is_ascii_digit()) {
            self.at += 1;
        }
        let operators = ["<<<", "<<-", "<<", "<>", "<&", "<", "&>>", "&>", ">>", ">&", ">|", ">"];
        let operator = operators.into_iter().find(|operator| self.starts(operator));
        let is_process = self.at == from && (self.starts("<(") || self.starts(">("));
        let Some(operator) = operator.filter(|_| !is_process) else {
            self.at = from;
            return Some(false);
        };
        self.at += operator.len();
        self.blanks();
        let target = self.word()?;
        match operator {
            "<<" | "<<-" => {
                simple.fed = Some(self.bodies.len());
                self.awaited.push(Awaited { tag: target.text, dash: operator == "<<-", body: self.bodies.len() });
                self.bodies.push(String::new());
            }
            "<<<" => {
                simple.fed = Some(self.bodies.len());
                self.bodies.push(target.text);
                simple.aside.extend(target.inner);
            }
            _ => simple.aside.extend(target.inner),
        }
        Some(true)
    }

    /// Passes blanks, continued lines and comments.
    pub(super) fn blanks(&mut self) {
        while let Some(c) = self.peek() {
            match c {
                '\\' if self.ahead(1) == Some('\n') => self.at += 2,
                '#' if self.at == 0
                    || self.chars[self.at - 1].is_whitespace()
                    || ";&|(".contains(self.chars[self.at - 1]) =>
                {
                    while self.peek().is_some_and(|c| c != '\n') {
                        self.at += 1;
                    }
                }
                c if c.is_whitespace() && c != '\n' => self.at += 1,
                _ => return,
            }
        }
    }

    /// Passes blanks and ends of lines.
    pub(super) fn lines(&mut self) {
        self.blanks();
        while self.peek() == Some('\n') {
            self.line();
            self.blanks();
        }
    }

    /// Passes the end of a line, and the here-documents behind it.
    pub(super) fn line(&mut self) {
        self.at += 1;
        for Awaited { tag, dash, body } in std::mem::take(&mut self.awaited) {
            let mut text = String::new();
            while self.at < self.chars.len() {
                let length = self.chars[self.at..].iter().take_while(|c| **c != '\n').count();
                let line = self.between(self.at, self.at + length);
                self.at = (self.at + length + 1).min(self.chars.len());
                let line = if dash { line.trim_start_matches('\t') } else { &line };
                if line.trim_end() == tag {
                    break;
                }
                text.push_str(line);
                text.push('\n');
            }
            self.bodies[body] = text;
        }
    }
}
