//! Can a script fail at all? A command that ends well whatever it finds proves nothing. Pure; no whole shell, but enough
//! to see what decides how a script ends. What is not understood can fail.

mod simple;
#[cfg(test)]
mod tests;
pub(super) mod words;

use words::{Token, Word, tokens};

/// How a script ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::action) enum Ends {
    /// As what it runs does.
    AsFound,
    /// Well: nothing that it runs could prove anything.
    Idle,
    /// Well, though something that it runs could fail.
    Masked,
}

/// How often scripts are looked into that stand in others.
const DEEPEST: usize = 5;

/// How a command ends that is not known here: a script of the repository, say.
pub(in crate::action) type Known<'k> = &'k dyn Fn(&str) -> Option<Ends>;

/// Nothing is known.
pub(in crate::action) const UNKNOWN: Known<'static> = &|_| None;

/// How `script` ends, as `sh` would run it.
pub(in crate::action) fn ends(script: &str, known: Known<'_>) -> Ends {
    Ends::of(look(script, DEEPEST, known))
}

/// How lines end of which each must end well: those of a recipe. `-` before one overlooks its fault.
pub(in crate::action) fn recipe<'l>(lines: impl IntoIterator<Item = &'l str>, known: Known<'_>) -> Ends {
    let mut all = Piece::IDLE;
    for line in lines {
        let bare = line.trim_start().trim_start_matches(['@', '+']);
        let (overlooked, bare) = match bare.strip_prefix('-') {
            Some(rest) => (true, rest.trim_start_matches(['@', '+', '-'])),
            None => (false, bare),
        };
        let piece = look(bare, DEEPEST, known);
        all.fails |= piece.fails && !overlooked;
        all.runs |= piece.runs;
    }
    Ends::of(all)
}

impl Ends {
    fn of(piece: Piece) -> Self {
        match (piece.fails || piece.bails, piece.runs) {
            (true, _) => Self::AsFound,
            (false, true) => Self::Masked,
            (false, false) => Self::Idle,
        }
    }
}

/// What a piece of a script comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Piece {
    /// It may end with a fault.
    fails: bool,
    /// It may end the whole script with one.
    bails: bool,
    /// It runs something that could fail.
    runs: bool,
    /// It ends the script.
    leaves: bool,
    /// It ends it as what stood before.
    as_before: bool,
}

impl Piece {
    const IDLE: Self = Self { fails: false, bails: false, runs: false, leaves: false, as_before: false };
    const OPEN: Self = Self { fails: true, runs: true, ..Self::IDLE };

    fn of(ends: Ends) -> Self {
        match ends {
            Ends::AsFound => Self::OPEN,
            Ends::Idle => Self::IDLE,
            Ends::Masked => Self { runs: true, ..Self::IDLE },
        }
    }

    /// Both are run, in this order; how the second ends decides, or either if `strict`.
    fn then(self, next: Self, strict: bool) -> Self {
        Self {
            fails: if next.as_before { self.fails } else { next.fails || strict && self.fails },
            bails: self.bails || next.bails,
            runs: self.runs || next.runs,
            leaves: next.leaves,
            as_before: false,
        }
    }
}

fn look(script: &str, left: usize, known: Known<'_>) -> Piece {
    let Some(tokens) = tokens(script).filter(|_| left > 0) else { return Piece::OPEN };
    let first = script.lines().next().unwrap_or_default();
    let strict = first.starts_with("#!") && first.split_whitespace().skip(1).any(is_strict);
    let mut reader = Reader { tokens: &tokens, at: 0, left, strict, piped: script.contains("pipefail"), known };
    let piece = reader.list(&[]);
    // What is left over was not understood.
    if reader.at < tokens.len() { Piece::OPEN } else { piece }
}

/// `-e`, `-eu`
fn is_strict(word: &str) -> bool {
    word.strip_prefix('-').is_some_and(|rest| !rest.starts_with('-') && rest.contains('e')) || word == "errexit"
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
    left: usize,
    strict: bool,
    piped: bool,
    known: Known<'t>,
}

impl Reader<'_> {
    fn op(&self) -> Option<&'static str> {
        match self.tokens.get(self.at) {
            Some(Token::Op(op)) => Some(op),
            _ => None,
        }
    }

    fn keyword(&self) -> Option<&str> {
        match self.tokens.get(self.at) {
            Some(Token::Word(word)) if !word.quoted && !word.moving => Some(&word.text),
            _ => None,
        }
    }

    /// Statements, up to one of the `ends` or a bracket that closes.
    fn list(&mut self, ends: &[&str]) -> Piece {
        let mut all = Piece::IDLE;
        let mut left = false;
        while self.at < self.tokens.len() {
            if matches!(self.op(), Some(";" | ";;" | "&")) {
                self.at += 1;
                continue;
            }
            if self.op() == Some(")") || self.keyword().is_some_and(|word| ends.contains(&word)) {
                break;
            }
            let before = self.at;
            let (strict, next) = (self.strict, self.and_or());
            if self.at == before {
                break;
            }
            if !left {
                all = all.then(next, strict);
                left = next.leaves;
            }
        }
        Piece { leaves: left, ..all }
    }

    fn and_or(&mut self) -> Piece {
        let mut all = self.pipeline();
        while let Some(op @ ("&&" | "||")) = self.op() {
            self.at += 1;
            while self.op() == Some(";") {
                self.at += 1;
            }
            let next = self.pipeline();
            let either = op == "||";
            let fails = if next.as_before { all.fails } else { next.fails };
            all = Piece {
                fails: if either { all.fails && fails } else { all.fails || fails },
                bails: all.bails || next.bails && (!either || all.fails),
                runs: all.runs || next.runs,
                leaves: all.leaves,
                as_before: false,
            };
        }
        if self.op() == Some("&") {
            // Nobody waits for it.
            return Piece { fails: false, bails: false, ..all };
        }
        all
    }

    fn pipeline(&mut self) -> Piece {
        let mut turned = false;
        while self.keyword() == Some("!") {
            turned = !turned;
            self.at += 1;
        }
        let mut all = self.command();
        while matches!(self.op(), Some("|" | "|&")) {
            self.at += 1;
            while self.op() == Some(";") {
                self.at += 1;
            }
            let next = self.command();
            let (own, other) = (all.fails || all.bails, next.fails || next.bails);
            all = Piece { fails: other || self.piped && own, runs: all.runs || next.runs, ..Piece::IDLE };
        }
        // What could not fail would do so always, turned round.
        if turned { Piece { fails: true, leaves: false, ..all } } else { all }
    }

    fn command(&mut self) -> Piece {
        if self.op() == Some("(") {
            self.at += 1;
            let inside = self.list(&[]);
            self.at += usize::from(self.op() == Some(")"));
            self.redirections();
            return Piece { fails: inside.fails || inside.bails, runs: inside.runs, ..Piece::IDLE };
        }
        let piece = match self.keyword().unwrap_or_default() {
            "{" => self.between(&["}"]),
            "if" => self.branches(),
            "while" | "until" => self.repeated(),
            "for" => {
                while !matches!(self.keyword(), Some("do") | None) || self.op().is_some() {
                    if self.at >= self.tokens.len() {
                        return Piece::OPEN;
                    }
                    self.at += 1;
                }
                self.between(&["done"])
            }
            "case" | "function" | "select" | "[[" => return self.not_understood(),
            _ => return self.simple(),
        };
        self.redirections();
        piece
    }

    /// From a word that opens to one of `ends`.
    fn between(&mut self, ends: &[&str]) -> Piece {
        self.at += 1;
        let inside = self.list(ends);
        self.at += 1;
        inside
    }

    /// `if`: how the conditions end says nothing, how the branches do decides.
    fn branches(&mut self) -> Piece {
        let mut all = Piece::IDLE;
        loop {
            let branch = self.keyword() == Some("else");
            self.at += 1;
            let part = self.list(if branch { &["fi"] } else { &["then"] });
            all = Piece { bails: all.bails || part.bails, runs: all.runs || part.runs, ..all };
            if branch {
                all.fails |= part.fails;
            } else {
                let inside = self.between(&["elif", "else", "fi"]);
                self.at -= 1;
                all.fails |= inside.fails;
                all = Piece { bails: all.bails || inside.bails, runs: all.runs || inside.runs, ..all };
            }
            match self.keyword() {
                Some("elif" | "else") => {}
                _ => {
                    self.at += 1;
                    return all;
                }
            }
        }
    }

    fn repeated(&mut self) -> Piece {
        self.at += 1;
        let condition = self.list(&["do"]);
        let inside = self.between(&["done"]);
        Piece { bails: condition.bails || inside.bails, runs: condition.runs || inside.runs, leaves: false, ..inside }
    }

    /// All the rest.
    fn not_understood(&mut self) -> Piece {
        if self.keyword() == Some("[[") {
            return self.simple();
        }
        self.at = self.tokens.len();
        Piece::OPEN
    }

    /// Skips `> file`; true if something is read.
    fn redirections(&mut self) -> bool {
        let mut reads = false;
        while let Some(op @ (">" | ">>" | ">|" | "<" | "<>" | "&>" | "&>>" | ">&" | "<&")) = self.op() {
            self.at += 1;
            if let Some(Token::Word(file)) = self.tokens.get(self.at) {
                reads |= op == "<" && file.text != "/dev/null";
                self.at += 1;
            }
        }
        reads
    }

    fn simple(&mut self) -> Piece {
        let mut words: Vec<Word> = Vec::new();
        let (mut reads, mut computed) = (false, false);
        while self.at < self.tokens.len() {
            reads |= self.redirections();
            let Some(Token::Word(word)) = self.tokens.get(self.at) else { break };
            self.at += 1;
            // `2>` names a stream.
            let stream = word.text.chars().all(|c| c.is_ascii_digit()) && matches!(self.op(), Some(">" | ">>" | ">&"));
            if stream {
                continue;
            }
            if words.is_empty() && is_assignment(&word.text) {
                computed |= word.moving && word.text.contains(['(', '`']);
                continue;
            }
            words.push(word.clone());
        }
        // A function is not looked into: a word of its name can fail.
        if self.op() == Some("(") && words.len() == 1 {
            self.at += 2;
            while self.op() == Some(";") {
                self.at += 1;
            }
            let body = self.command();
            return Piece { runs: body.runs, ..Piece::IDLE };
        }
        if let [first, rest @ ..] = words.as_slice()
            && first.text == "set"
        {
            self.strict |= rest.iter().any(|word| is_strict(&word.text));
            self.strict &= !rest.iter().any(|word| word.text.starts_with('+') && word.text.contains('e'));
        }
        let piece = simple::command(&words, self.left, self.known);
        if reads || computed && words.is_empty() { Piece { fails: true, runs: true, ..piece } } else { piece }
    }
}

fn is_assignment(word: &str) -> bool {
    let Some((name, _)) = word.split_once('=') else { return false };
    let name = name.trim_end_matches('+');
    !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !name.starts_with(|c: char| c.is_ascii_digit())
}
