//! What an attempt prints, told to people: messages, tools, what they gave, errors; and where it stands. Pure. Decides nothing: that is
//! the listener's affair.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::look::{fit, is_true, shortened, text_at};
use crate::agent::catalogue::{Cli, Driver, Rule};

/// Characters of a tool and of a message in a few words.
const SHORT: usize = 200;
/// Files that are named; more are not remembered.
const FILES: usize = 200;

/// Something that an attempt printed, for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Said {
    /// The agent said it.
    Message(String),
    /// It uses a tool: name and what for.
    Tool(String),
    /// What a tool gave back.
    Gave(String),
    /// It tries again, because of this.
    Again(String),
    /// It failed with this.
    Error(String),
    /// No event: a banner, a warning, standard error.
    Other(String),
}

/// Where an attempt under way stands.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Progress {
    /// The tool that is under way, or else the last one that was used since the last message.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool: Option<String>,
    /// The end of what the agent said last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Files that it has changed by its tools for that, in order; at most 200.
    pub files: Vec<String>,
}

/// The story of one attempt.
#[derive(Debug)]
pub struct Story {
    cli: Arc<Cli>,
    /// The last message; the same again is not told again.
    last: String,
    /// The beginning of a line of a message that comes in pieces.
    piece: String,
    open: Vec<(String, String)>,
    used: Option<String>,
    files: Vec<String>,
}

impl Story {
    /// The story of an attempt of `cli`, from its beginning.
    pub fn new(cli: Arc<Cli>) -> Self {
        Self { cli, last: String::new(), piece: String::new(), open: Vec::new(), used: None, files: Vec::new() }
    }
    /// A line of its log.
    pub fn line(&mut self, line: &str) -> Vec<Said> {
        let event = Some(line).filter(|line| self.cli.driver != Driver::Text && line.trim_start().starts_with('{'));
        let Some(event) = event.and_then(|line| serde_json::from_str::<Value>(line).ok()) else {
            let mut said = self.finish();
            said.push(Said::Other(line.to_owned()));
            return said;
        };
        let cli = Arc::clone(&self.cli);
        let mut said = Vec::new();
        for rule in cli.rules().filter(|rule| fit(&rule.fits, &event)) {
            self.speech(rule, &event, &mut said);
            self.tools(rule, &event, &mut said);
            self.trouble(rule, &event, &mut said);
        }
        said
    }
    /// What is left when nothing more comes.
    pub fn finish(&mut self) -> Vec<Said> {
        let rest = std::mem::take(&mut self.piece);
        Some(rest).filter(|rest| !rest.trim().is_empty()).map(Said::Message).into_iter().collect()
    }
    /// Where it stands.
    pub fn progress(&self) -> Progress {
        let tool = self.open.last().map(|(_, tool)| tool.clone()).or_else(|| self.used.clone());
        let line = self.last.trim_end().lines().next_back().unwrap_or_default();
        let message = Some(shortened(line, SHORT)).filter(|line| !line.is_empty());
        Progress { tool, message, files: self.files.clone() }
    }
    fn speech(&mut self, rule: &Rule, event: &Value, said: &mut Vec<Said>) {
        if rule.fresh {
            said.extend(self.finish());
            self.last.clear();
        }
        if let Some(text) = text_at(rule.text.as_ref(), event).filter(|text| *text != self.last && !text.is_empty()) {
            said.extend(self.finish());
            said.push(Said::Message(text.clone()));
            self.last = text;
            self.used = None;
        }
        if let Some(more) = text_at(rule.append.as_ref(), event) {
            self.last.push_str(&more);
            self.piece.push_str(&more);
            self.used = None;
            while let Some((line, rest)) = self.piece.split_once('\n') {
                said.push(Said::Message(line.to_owned()));
                self.piece = rest.to_owned();
            }
        }
    }
    fn tools(&mut self, rule: &Rule, event: &Value, said: &mut Vec<Said>) {
        if let Some(name) = text_at(rule.tool.as_ref(), event) {
            said.extend(self.finish());
            let target = rule.target.iter().find_map(|at| at.text(event)).unwrap_or_default();
            let tool = shortened(format!("{name} {target}").trim_end(), SHORT);
            said.push(Said::Tool(tool.clone()));
            match text_at(rule.opens.as_ref(), event) {
                Some(id) => self.open.push((id, tool)),
                None => self.used = Some(tool),
            }
        }
        let changed = rule.writes.iter().flat_map(|at| at.all(event)).filter_map(Value::as_str);
        for file in changed {
            if self.files.len() < FILES && !self.files.iter().any(|known| known == file) {
                self.files.push(file.to_owned());
            }
        }
        let closed: Vec<&str> = rule.closes.iter().flat_map(|at| at.all(event)).filter_map(Value::as_str).collect();
        self.open.retain(|(id, _)| !closed.contains(&id.as_str()));
        let gave = rule.gave.iter().find_map(|at| at.text(event)).filter(|text| !text.trim().is_empty());
        said.extend(gave.map(Said::Gave));
    }
    fn trouble(&mut self, rule: &Rule, event: &Value, said: &mut Vec<Said>) {
        let failed = rule.failed == Some(true)
            || rule.failed_if.as_ref().is_some_and(|at| at.first(event).is_some_and(is_true))
            || !fit(&rule.failed_unless, event);
        let words = || text_at(rule.error.as_ref(), event).unwrap_or_else(|| "no reason is told".to_owned());
        match (rule.retry, failed) {
            (true, _) => said.push(Said::Again(words())),
            (false, true) => said.push(Said::Error(words())),
            (false, false) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agent::catalogue::Catalogue;

    fn told(agent: &str, file: &str) -> (Vec<Said>, Progress) {
        let mut story = Story::new(Arc::clone(Catalogue::shipped().get(agent).expect("shipped")));
        let path = format!("{}/tests/transcripts/{agent}/{file}.jsonl", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(path).expect("a transcript");
        let mut said: Vec<Said> = text.lines().flat_map(|line| story.line(line)).collect();
        said.extend(story.finish());
        (said, story.progress())
    }

    #[test]
    fn transcripts_read_like_stories() {
        use Said::{Error, Gave, Message, Tool};
        let done = || Message("Done: I wrote hello.txt.".to_owned());
        let (claude, progress) = told("claude", "ok");
        let tool = || Tool("Bash echo hello > hello.txt".to_owned());
        assert_eq!(claude, [Message("I will create the file.".to_owned()), tool(), done()]);
        assert_eq!(progress.message.as_deref(), Some("Done: I wrote hello.txt."));
        let (codex, _) = told("codex", "ok");
        assert!(codex.contains(&Gave("hello\n".to_owned())), "{codex:?}");
        let (gemini, _) = told("gemini", "ok");
        let tool = Tool("run_shell_command echo hello > hello.txt".to_owned());
        assert!(gemini.ends_with(&[tool, Gave("hello".to_owned()), done()]), "{gemini:?}");
        let (qwen, progress) = told("qwen", "ok");
        assert!(qwen.contains(&Gave("ok".to_owned())), "{qwen:?}");
        assert_eq!(progress.files, ["/repo/hello.txt"]);
        let (refused, _) = told("claude", "err401");
        assert!(refused.iter().any(|said| matches!(said, Error(why) if why.contains("authenticate"))), "{refused:?}");
    }

    #[test]
    fn a_tool_under_way_is_told_until_it_ends() {
        let (_, progress) = told("gemini", "killed");
        assert!(progress.tool.is_some_and(|tool| tool.starts_with("run_shell_command")));
        let (_, progress) = told("gemini", "ok");
        assert_eq!(progress.tool, None);
    }
}
