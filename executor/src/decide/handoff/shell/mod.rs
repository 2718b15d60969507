//! Text for a shell, read as far as it matters which commands it would run. Pure; runs nothing, expands nothing.
//!
//! The grammar is that of POSIX sh with what bash and zsh add in everyday use. Reading is total: of what it does not
//! understand, or of what is nested too deep, it says so instead of guessing.

mod between;
mod grammar;
mod words;

/// What a text says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Read {
    /// Its commands.
    pub(super) script: Script,
    /// The here-documents in it, in order.
    pub(super) bodies: Vec<String>,
}

/// Commands one after the other.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Script {
    /// As it is written, with single spaces.
    pub(super) said: String,
    pub(super) items: Vec<Item>,
}

/// Pipelines that depend on each other by `&&` and `||`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Item {
    pub(super) first: Pipeline,
    pub(super) rest: Vec<(Join, Pipeline)>,
    /// `&` behind it: nobody waits for it.
    pub(super) background: bool,
}

/// What stands between two pipelines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Join {
    /// `&&`
    And,
    /// `||`
    Or,
}

/// Commands that feed each other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pipeline {
    /// `!` before it.
    pub(super) negated: bool,
    pub(super) commands: Vec<Command>,
}

/// One command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Command {
    Simple(Simple),
    /// `( … )`
    Subshell(Script),
    /// `{ …; }`
    Group(Script),
    /// Conditions and what follows from each, then `else`.
    If(Vec<(Script, Script)>, Option<Script>),
    /// `while` (it goes on with `true`) and `until`.
    While(bool, Script, Script),
    /// `for`; whether there is surely something to go over.
    For(bool, Script),
    /// The branches of `case`.
    Case(Vec<Script>),
    Function(String, Box<Self>),
    /// `[[ … ]]` and `(( … ))`.
    Test,
}

/// A program or builtin with its words.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Simple {
    /// `NAME=value` before the words.
    pub(super) settings: Vec<(String, Word)>,
    pub(super) words: Vec<Word>,
    /// What is written to its input, if the text itself says so: the index of a here-document.
    pub(super) fed: Option<usize>,
    /// Substitutions in its redirections.
    pub(super) aside: Vec<Read>,
}

/// A word as a program would get it. Expansions stand in it as they are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Word {
    pub(super) text: String,
    /// Nothing in it is expanded.
    pub(super) plain: bool,
    /// Commands that are run for their output.
    pub(super) inner: Vec<Read>,
}

/// Longest text that is read.
const LONGEST: usize = 1 << 16;

/// How deep commands may stand in each other.
const DEEPEST: u32 = 24;

/// What `text` says; `None`: it is not understood.
pub(super) fn read(text: &str) -> Option<Read> {
    if text.len() > LONGEST {
        return None;
    }
    grammar::Parser::new(text, 0).whole()
}

#[cfg(test)]
mod tests;
