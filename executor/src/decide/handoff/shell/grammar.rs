//! From words to lists of commands.

use super::between::Awaited;
use super::{Command, DEEPEST, Item, Join, Pipeline, Read, Script, Simple, Word};

/// Words that end a list which somebody began.
const CLOSERS: [&str; 9] = ["then", "elif", "else", "fi", "do", "done", "esac", "}", ";;"];

pub(super) struct Parser {
    pub(super) chars: Vec<char>,
    pub(super) at: usize,
    pub(super) depth: u32,
    pub(super) bodies: Vec<String>,
    pub(super) awaited: Vec<Awaited>,
}

impl Parser {
    pub(super) fn new(text: &str, depth: u32) -> Self {
        let chars = text.chars().map(|c| if c == '\r' { ' ' } else { c }).collect();
        Self { chars, at: 0, depth, bodies: Vec::new(), awaited: Vec::new() }
    }
    pub(super) fn whole(mut self) -> Option<Read> {
        let script = self.script()?;
        (self.at == self.chars.len()).then_some(Read { script, bodies: self.bodies })
    }
    pub(super) fn length(&self) -> usize {
        self.chars.len()
    }
    pub(super) fn peek(&self) -> Option<char> {
        self.ahead(0)
    }
    pub(super) fn ahead(&self, by: usize) -> Option<char> {
        self.chars.get(self.at + by).copied()
    }
    pub(super) fn since(&self, from: usize) -> String {
        self.between(from, self.at)
    }
    pub(super) fn between(&self, from: usize, to: usize) -> String {
        self.chars.get(from..to.min(self.chars.len())).unwrap_or_default().iter().collect()
    }
    /// What `read` reads, with here-documents of its own.
    pub(super) fn nested(&mut self, read: impl Fn(&mut Self) -> Option<Script>) -> Option<Read> {
        let outer = std::mem::take(&mut self.bodies);
        let awaited = std::mem::take(&mut self.awaited);
        let script = read(self);
        let bodies = std::mem::replace(&mut self.bodies, outer);
        self.awaited = awaited;
        Some(Read { script: script?, bodies })
    }

    /// Commands up to the end of the text or to what closes the list.
    pub(super) fn script(&mut self) -> Option<Script> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        let mut script = Script::default();
        self.lines();
        let from = self.at;
        let mut to = from;
        loop {
            self.lines();
            let bare = self.bare();
            if self.peek().is_none_or(|c| c == ')') || CLOSERS.contains(&bare.as_str()) || self.starts(";;") {
                break;
            }
            let mut item = self.item()?;
            to = self.at;
            self.blanks();
            match self.peek() {
                Some('&') => {
                    item.background = true;
                    self.at += 1;
                }
                Some(';') if !self.starts(";;") => self.at += 1,
                Some('\n') => self.line(),
                Some(';' | ')') | None => {}
                Some(_) => return None,
            }
            script.items.push(item);
        }
        self.depth -= 1;
        script.said = self.between(from, to).split_whitespace().collect::<Vec<_>>().join(" ");
        Some(script)
    }

    fn item(&mut self) -> Option<Item> {
        let mut item = Item { first: self.pipeline()?, rest: Vec::new(), background: false };
        loop {
            self.blanks();
            let join = match () {
                () if self.starts("&&") => Join::And,
                () if self.starts("||") => Join::Or,
                () => return Some(item),
            };
            self.at += 2;
            self.lines();
            item.rest.push((join, self.pipeline()?));
        }
    }

    fn pipeline(&mut self) -> Option<Pipeline> {
        let mut pipeline = Pipeline { negated: false, commands: Vec::new() };
        loop {
            self.blanks();
            match self.bare().as_str() {
                "!" => {
                    pipeline.negated = !pipeline.negated;
                    self.at += 1;
                }
                "time" => {
                    self.at += 4;
                    self.blanks();
                    if self.bare() == "-p" {
                        self.at += 2;
                    }
                }
                _ => break,
            }
        }
        loop {
            self.blanks();
            pipeline.commands.push(self.command()?);
            self.blanks();
            if !self.starts("|") || self.starts("||") {
                return Some(pipeline);
            }
            self.at += if self.starts("|&") { 2 } else { 1 };
            self.lines();
        }
    }

    fn command(&mut self) -> Option<Command> {
        let bare = self.bare();
        let command = match bare.as_str() {
            "select" | "coproc" => return None,
            "{" => {
                self.at += 1;
                let script = self.script()?;
                self.keyword("}")?;
                Command::Group(script)
            }
            "[[" => {
                while !self.ends_test()? {}
                Command::Test
            }
            "if" => self.branches()?,
            "while" | "until" => {
                self.at += 5;
                let condition = self.script()?;
                Command::While(bare == "while", condition, self.body()?)
            }
            "for" => self.repeated()?,
            "case" => self.cases()?,
            "function" => {
                self.at += 8;
                self.blanks();
                let name = self.word()?.text;
                self.blanks();
                if self.starts("()") {
                    self.at += 2;
                }
                self.function(name)?
            }
            _ if self.starts("((") => {
                self.brackets('(', ')')?;
                Command::Test
            }
            _ if self.starts("(") => {
                self.at += 1;
                let script = self.script()?;
                (self.peek()? == ')').then(|| self.at += 1)?;
                Command::Subshell(script)
            }
            _ => return self.simple(),
        };
        let mut behind = Simple::default();
        while self.redirection(&mut behind)? {}
        Some(command)
    }

    /// One word or operator inside `[[ … ]]`; was it the last?
    fn ends_test(&mut self) -> Option<bool> {
        self.blanks();
        if self.bare() == "]]" {
            self.at += 2;
            return Some(true);
        }
        match self.peek()? {
            c if c.is_whitespace() || ";&|()<>".contains(c) => self.at += 1,
            _ => drop(self.word()?),
        }
        Some(false)
    }

    fn branches(&mut self) -> Option<Command> {
        let mut branches = Vec::new();
        self.at += 2;
        loop {
            let condition = self.script()?;
            self.keyword("then")?;
            branches.push((condition, self.script()?));
            match self.bare().as_str() {
                "elif" => self.at += 4,
                "else" => {
                    self.at += 4;
                    let last = self.script()?;
                    self.keyword("fi")?;
                    return Some(Command::If(branches, Some(last)));
                }
                _ => {
                    self.keyword("fi")?;
                    return Some(Command::If(branches, None));
                }
            }
        }
    }

    fn body(&mut self) -> Option<Script> {
        self.lines();
        self.keyword("do")?;
        let body = self.script()?;
        self.keyword("done")?;
        Some(body)
    }

    fn repeated(&mut self) -> Option<Command> {
        self.at += 3;
        self.blanks();
        if self.starts("((") {
            self.brackets('(', ')')?;
            self.separator();
            return Some(Command::For(false, self.body()?));
        }
        self.word()?;
        self.lines();
        let mut sure = false;
        if self.bare() == "in" {
            self.at += 2;
            self.blanks();
            while !matches!(self.peek()?, ';' | '\n') {
                let word = self.word()?;
                sure |= word.plain && !word.text.contains(['*', '?', '[']);
                self.blanks();
            }
        }
        self.separator();
        Some(Command::For(sure, self.body()?))
    }

    fn cases(&mut self) -> Option<Command> {
        self.at += 4;
        self.blanks();
        self.word()?;
        self.lines();
        self.keyword("in")?;
        let mut branches = Vec::new();
        loop {
            self.lines();
            if self.bare() == "esac" {
                self.at += 4;
                return Some(Command::Case(branches));
            }
            if self.peek()? == '(' {
                self.at += 1;
            }
            loop {
                self.blanks();
                self.word()?;
                self.blanks();
                let c = self.peek()?;
                self.at += 1;
                match c {
                    '|' => {}
                    ')' => break,
                    _ => return None,
                }
            }
            branches.push(self.script()?);
            if self.starts(";;") {
                self.at += if self.starts(";;&") { 3 } else { 2 };
            }
        }
    }

    fn function(&mut self, name: String) -> Option<Command> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return None;
        }
        self.lines();
        let body = self.command()?;
        self.depth -= 1;
        Some(Command::Function(name, Box::new(body)))
    }

    fn simple(&mut self) -> Option<Command> {
        let mut simple = Simple::default();
        loop {
            self.blanks();
            if self.redirection(&mut simple)? {
                continue;
            }
            let Some(c) = self.peek().filter(|c| !matches!(c, ';' | '&' | '|' | ')' | '\n')) else { break };
            if c == '(' {
                return self.defines(&simple);
            }
            let name = if simple.words.is_empty() { self.assigned() } else { None };
            match name {
                Some(name) => {
                    let value = self.value()?;
                    simple.settings.push((name, value));
                }
                None => simple.words.push(self.word()?),
            }
        }
        let says = simple != Simple::default();
        says.then_some(Command::Simple(simple))
    }

    /// At `(` behind the words so far: the definition of a function, or nothing that is understood.
    fn defines(&mut self, simple: &Simple) -> Option<Command> {
        let [Word { text, plain: true, .. }] = simple.words.as_slice() else { return None };
        self.at += 1;
        self.blanks();
        (simple.settings.is_empty() && self.peek()? == ')').then(|| self.at += 1)?;
        self.function(text.clone())
    }

    /// The name that is set here, if one is; it is passed with its `=`.
    fn assigned(&mut self) -> Option<String> {
        let rest = self.chars.get(self.at..)?;
        let length = rest.iter().take_while(|c| c.is_ascii_alphanumeric() || **c == '_').count();
        let behind = length + usize::from(rest.get(length) == Some(&'+'));
        if length == 0 || rest[0].is_ascii_digit() || rest.get(behind) != Some(&'=') {
            return None;
        }
        let name = self.between(self.at, self.at + length);
        self.at += behind + 1;
        Some(name)
    }

    fn value(&mut self) -> Option<Word> {
        match self.peek() {
            Some('(') => {
                let from = self.at;
                self.brackets('(', ')')?;
                Some(Word { text: self.since(from), plain: false, inner: Vec::new() })
            }
            None => Some(Word { plain: true, ..Word::default() }),
            Some(c) if c.is_whitespace() || ";&|)".contains(c) => Some(Word { plain: true, ..Word::default() }),
            Some(_) => self.word(),
        }
    }

    /// The characters up to the next that means something, if none of them is quoted.
    fn bare(&self) -> String {
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let end = |c: &char| c.is_whitespace() || ";&|()<>\"'$`\\".contains(*c);
        let word: String = rest.iter().take(10).take_while(|c| !end(c)).collect();
        let behind = rest.get(word.chars().count());
        if behind.is_some_and(|c| "\"'$`\\".contains(*c)) { String::new() } else { word }
    }

    pub(super) fn starts(&self, text: &str) -> bool {
        text.chars().enumerate().all(|(by, c)| self.ahead(by) == Some(c))
    }

    fn keyword(&mut self, word: &str) -> Option<()> {
        (self.bare() == word).then(|| self.at += word.len())
    }

    fn separator(&mut self) {
        self.blanks();
        if self.peek() == Some(';') {
            self.at += 1;
        }
    }
}
