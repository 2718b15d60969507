//! A command as a result names it. Pure.

use super::super::shell::{Command, Join, Pipeline, Read, Script, Simple, Word, read};
use super::alike::{self, Words, program};
use super::peel::{Layer, layer};

/// What is to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Claim {
    /// Commands that must all have run, without what only runs them.
    pub(super) parts: Vec<Words>,
    /// The text as a whole, where it is more than one command.
    pub(super) whole: Option<String>,
}

/// How deep texts may stand in texts.
const DEEPEST: u32 = 4;

/// What `named` may mean: it as it stands, or without what was said about it.
pub(super) fn readings(named: &str, place: &str) -> Vec<Claim> {
    let mut texts = vec![bare(named)];
    texts.extend(quoted(named));
    texts.extend(uncommented(&bare(named)));
    let claims = texts.iter().filter_map(|text| read(text)).map(|read| claim(&read, place));
    claims.filter(|claim| !claim.parts.is_empty() || claim.whole.is_some()).collect()
}

/// Without the marks of a quotation or a prompt.
fn bare(named: &str) -> String {
    let bare = named.trim().trim_matches('`').trim();
    bare.strip_prefix("$ ").unwrap_or(bare).to_owned()
}

/// What stands in the marks that it begins with: `` `X` passed ``.
fn quoted(named: &str) -> Option<String> {
    let inside = named.trim().strip_prefix('`')?.split_once('`')?.0;
    Some(bare(inside))
}

/// Without what stands behind it in words: `X (all passed)`, `X — fine`, `X -> ok`.
fn uncommented(named: &str) -> Option<String> {
    let marks = [" (", " — ", " – ", " → ", " -> ", " => "];
    let at = marks.iter().filter_map(|mark| named.find(mark)).min()?;
    Some(named[..at].to_owned())
}

fn claim(text: &Read, place: &str) -> Claim {
    let mut simple = Vec::new();
    gather(&text.script, 0, &mut simple);
    let weighty = simple.iter().any(|(simple, _)| !is_aside(simple));
    let kept: Vec<&(Simple, bool)> = simple
        .iter()
        .filter(|(simple, feeds)| !weighty || !(is_aside(simple) || *feeds && alike::is_filter(simple)))
        .collect();
    let parts = kept.into_iter().map(|(simple, _)| innermost(&simple.words, place)).collect();
    let one = matches!(text.script.items.as_slice(), [item] if item.rest.is_empty() && !item.background
        && matches!(item.first.commands.as_slice(), [Command::Simple(_)]));
    let parts = if weighty || one { parts } else { Vec::new() };
    Claim { parts, whole: (!one).then(|| text.script.said.clone()).filter(|text| !text.is_empty()) }
}

/// Commands that must have run for the text to have run; and whether each stands behind another that feeds it.
fn gather(script: &Script, depth: u32, all: &mut Vec<(Simple, bool)>) {
    for item in &script.items {
        pipeline(&item.first, depth, all);
        // Behind `||` nothing need have run.
        for (_, more) in item.rest.iter().take_while(|(join, _)| *join == Join::And) {
            pipeline(more, depth, all);
        }
    }
}

fn pipeline(pipeline: &Pipeline, depth: u32, all: &mut Vec<(Simple, bool)>) {
    for (at, command) in pipeline.commands.iter().enumerate() {
        match command {
            Command::Simple(simple) if simple.words.is_empty() => {}
            Command::Simple(simple) => match inner(&simple.words).filter(|_| depth < DEEPEST) {
                Some(text) => gather(&text.script, depth + 1, all),
                None => all.push((simple.clone(), at > 0)),
            },
            Command::Subshell(script) | Command::Group(script) => gather(script, depth, all),
            Command::If(..)
            | Command::While(..)
            | Command::For(..)
            | Command::Case(_)
            | Command::Function(..)
            | Command::Test => {}
        }
    }
}

/// The text that a command gives to a shell.
fn inner(words: &[Word]) -> Option<Read> {
    match layer(words, None, false) {
        Layer::Text { text, .. } => read(&text),
        Layer::Wraps { inner: rest, .. } => inner(rest),
        Layer::Nothing | Layer::Unknown | Layer::Program => None,
    }
}

/// A command without what only runs it.
fn innermost(words: &[Word], place: &str) -> Words {
    let mut rest = words;
    while let Layer::Wraps { inner, .. } = layer(rest, None, false) {
        rest = inner;
    }
    Words::of(rest, place)
}

/// Commands that only prepare the way for others.
fn is_aside(simple: &Simple) -> bool {
    const ASIDE: [&str; 16] = [
        "cd", "pushd", "popd", "export", "set", "unset", "source", ".", "true", ":", "echo", "printf", "exit", "mkdir",
        "umask", "ulimit",
    ];
    program(&simple.words).is_some_and(|name| ASIDE.contains(&name.as_str()))
}
