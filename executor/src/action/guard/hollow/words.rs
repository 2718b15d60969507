//! A script of a shell as words and operators. No expansion: a word says whether it holds something that only the shell
//! could tell.

/// A piece of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) enum Token {
    Word(Word),
    /// `;` and line feeds are `;`, also where there are several.
    Op(&'static str),
}

/// A word without its quotes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in super::super) struct Word {
    pub(in super::super) text: String,
    /// It holds a variable, a command or a pattern.
    pub(in super::super) moving: bool,
    /// It, or a part of it, stood in quotes: no keyword.
    pub(in super::super) quoted: bool,
}

/// Longest first.
const OPERATORS: [&str; 16] =
    ["&&", "||", ";;", "|&", "&>>", "&>", ">>", ">&", ">|", "<&", "<>", "|", "&", ";", "(", ")"];

/// The tokens of `script`; `None` where it holds what is not understood (`<<`).
pub(in super::super) fn tokens(script: &str) -> Option<Vec<Token>> {
    let text: Vec<char> = script.replace("\\\n", " ").chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < text.len() {
        let rest: String = text[at..text.len().min(at + 3)].iter().collect();
        if rest.starts_with("<<") {
            return None;
        }
        match text[at] {
            '\n' => {
                tokens.push(Token::Op(";"));
                at += 1;
            }
            '<' => {
                tokens.push(Token::Op("<"));
                at += 1;
            }
            '>' if !rest.starts_with(">>") && !rest.starts_with(">&") && !rest.starts_with(">|") => {
                tokens.push(Token::Op(">"));
                at += 1;
            }
            c if c.is_whitespace() => at += 1,
            '#' => at += text[at..].iter().take_while(|c| **c != '\n').count(),
            _ => match OPERATORS.iter().find(|operator| rest.starts_with(**operator)) {
                Some(operator) => {
                    tokens.push(Token::Op(operator));
                    at += operator.len();
                }
                None => {
                    let (word, end) = word(&text, at);
                    tokens.push(Token::Word(word));
                    at = end.max(at + 1);
                }
            },
        }
    }
    Some(tokens)
}

/// The word that begins at `at`, and where it ends.
fn word(text: &[char], mut at: usize) -> (Word, usize) {
    let mut word = Word::default();
    while at < text.len() {
        match text[at] {
            '\'' => {
                let end = until(text, at + 1, '\'');
                word.text.extend(&text[at + 1..end]);
                word.quoted = true;
                at = end + 1;
            }
            '"' => {
                let end = closing_quote(text, at + 1);
                let inside = &text[at + 1..end];
                word.moving |= inside.iter().any(|c| matches!(c, '$' | '`'));
                let mut escaped = false;
                for c in inside {
                    escaped = *c == '\\' && !escaped;
                    if !escaped {
                        word.text.push(*c);
                    }
                }
                word.quoted = true;
                at = end + 1;
            }
            '\\' => {
                word.text.extend(text.get(at + 1));
                at += 2;
            }
            '$' if matches!(text.get(at + 1), Some('(' | '{')) => {
                let end = closing(text, at + 1);
                word.text.extend(&text[at..end]);
                word.moving = true;
                at = end;
            }
            '`' => {
                let end = (until(text, at + 1, '`') + 1).min(text.len());
                word.text.extend(&text[at..end]);
                word.moving = true;
                at = end;
            }
            c if c.is_whitespace() || ";|&()<>".contains(c) => break,
            c => {
                word.moving |= "$*?".contains(c);
                word.text.push(c);
                at += 1;
            }
        }
    }
    (word, at)
}

fn until(text: &[char], from: usize, mark: char) -> usize {
    text[from.min(text.len())..].iter().position(|c| *c == mark).map_or(text.len(), |offset| from + offset)
}

fn closing_quote(text: &[char], from: usize) -> usize {
    let mut at = from;
    while at < text.len() && text[at] != '"' {
        at += if text[at] == '\\' { 2 } else { 1 };
    }
    at.min(text.len())
}

/// Behind the bracket that opens at `at`.
fn closing(text: &[char], at: usize) -> usize {
    let (open, close) = if text[at] == '(' { ('(', ')') } else { ('{', '}') };
    let mut depth = 0_usize;
    for (offset, c) in text[at..].iter().enumerate() {
        if *c == open {
            depth += 1;
        } else if *c == close {
            depth -= 1;
            if depth == 0 {
                return at + offset + 1;
            }
        }
    }
    text.len()
}
