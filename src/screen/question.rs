//! A gate's question in a terminal: what is shown, and what the typed lines mean. Reads and prints nothing itself.

use serde_json::Value;

use crate::page::{Page, Tone};
use crate::screen::value;

/// Lines of a value that are shown with the question; all of them with `show`.
const FIRST_LINES: usize = 20;

/// A gate that asks.
#[derive(Debug, Clone)]
pub(crate) struct Question {
    /// Node id.
    pub(crate) node: String,
    /// Title.
    pub(crate) title: String,
    /// Text.
    pub(crate) summary: String,
    /// Value that may be edited.
    pub(crate) value: Option<Value>,
    /// Names of the choices.
    pub(crate) choices: Vec<String>,
    /// Those that need a comment.
    pub(crate) comment_required: Vec<String>,
    /// Digest of what is shown.
    pub(crate) digest: String,
    /// The edited value.
    edited: Option<Value>,
    /// The choice made, while its comment is awaited.
    chosen: Option<String>,
}

/// What a line leads to.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Effect {
    /// Print this and ask for another line.
    Say(Page),
    /// Open an editor on this value, hand the result to [`Question::edited`].
    Edit(Value),
    /// The answer.
    Decide {
        /// The choice.
        choice: String,
        /// The comment.
        comment: Option<String>,
        /// The edited value, if it was edited.
        value: Option<Value>,
    },
    /// The gate goes on waiting.
    Later,
}

impl Question {
    /// The question of a gate that has opened.
    pub(crate) fn new(
        node: &str,
        title: &str,
        summary: &str,
        value: Option<Value>,
        choices: &[String],
        comment_required: &[String],
        digest: &str,
    ) -> Self {
        Self {
            node: node.to_owned(),
            title: title.to_owned(),
            summary: summary.to_owned(),
            value,
            choices: choices.to_vec(),
            comment_required: comment_required.to_vec(),
            digest: digest.to_owned(),
            edited: None,
            chosen: None,
        }
    }
    /// What is shown first.
    pub(crate) fn page(&self) -> Page {
        let mut page = Page::new();
        page.end().tone(Tone::Warn, "? ").tone(Tone::Strong, &self.title).text("  ").tone(Tone::Dim, &self.node).end();
        for line in self.summary.trim_end().lines() {
            page.text("  ").line(line);
        }
        if let Some(value) = &self.value {
            page.end();
            show(value, FIRST_LINES, &mut page);
        }
        page.end();
        self.menu(&mut page);
        page
    }
    /// What to type, as a prompt.
    pub(crate) fn prompt(&self) -> Page {
        let mut page = Page::new();
        match &self.chosen {
            Some(choice) if self.comment_required.contains(choice) => page.text(format!("comment for {choice}: ")),
            Some(_) => page.text("comment (or nothing): "),
            None => page.text("> "),
        };
        page
    }
    /// Takes a typed line.
    pub(crate) fn typed(&mut self, line: &str) -> Effect {
        let line = line.trim();
        if let Some(choice) = self.chosen.take() {
            return self.commented(choice, line);
        }
        let word = line.to_lowercase();
        let offered = self.offered();
        let meant: Vec<&(String, Option<char>)> = offered.iter().filter(|(name, _)| *name == word).collect();
        let meant = if meant.is_empty() { by_letter_or_beginning(&offered, &word) } else { meant };
        match meant.as_slice() {
            [(name, _)] => self.picked(name.clone()),
            [] | [_, _, ..] => {
                let mut page = Page::new();
                if !word.is_empty() {
                    page.line(format!("`{line}` is none of these."));
                }
                self.menu(&mut page);
                Effect::Say(page)
            }
        }
    }
    /// Takes the value that came back from the editor.
    pub(crate) fn edited(&mut self, value: Result<Value, String>) -> Effect {
        let mut page = Page::new();
        match value {
            Ok(value) if Some(&value) == self.value.as_ref() => {
                self.edited = None;
                page.line("The value is unchanged.");
            }
            Ok(value) => {
                page.line("The value is edited; it takes effect with your answer.");
                show(&value, FIRST_LINES, &mut page);
                self.edited = Some(value);
            }
            Err(why) => {
                page.line(why);
            }
        }
        self.menu(&mut page);
        Effect::Say(page)
    }
    /// The answer was refused; the question stands again.
    pub(crate) fn refused(&mut self, reasons: &[String]) -> Page {
        let mut page = Page::new();
        page.tone(Tone::Bad, "refused").line(": ");
        for reason in reasons {
            page.text("  - ").line(reason);
        }
        self.menu(&mut page);
        page
    }

    fn picked(&mut self, name: String) -> Effect {
        if self.choices.contains(&name) {
            self.chosen = Some(name);
            return Effect::Say(Page::new());
        }
        let current = self.edited.as_ref().or(self.value.as_ref());
        match (name.as_str(), current) {
            (EDIT, Some(value)) => Effect::Edit(value.clone()),
            (SHOW, Some(value)) => {
                let mut page = Page::new();
                show(value, usize::MAX, &mut page);
                self.menu(&mut page);
                Effect::Say(page)
            }
            _ => Effect::Later,
        }
    }
    fn commented(&mut self, choice: String, line: &str) -> Effect {
        if line.is_empty() && self.comment_required.contains(&choice) {
            let mut page = Page::new();
            page.line(format!("`{choice}` needs a comment."));
            self.chosen = Some(choice);
            return Effect::Say(page);
        }
        let comment = (!line.is_empty()).then(|| line.to_owned());
        Effect::Decide { choice, comment, value: self.edited.clone() }
    }
    /// Everything that may be typed, with the letter that is enough.
    fn offered(&self) -> Vec<(String, Option<char>)> {
        let extras = [EDIT, SHOW].into_iter().filter(|_| self.value.is_some()).chain([LATER]);
        let words = self.choices.iter().map(String::as_str).chain(extras);
        let mut offered: Vec<(String, Option<char>)> = Vec::new();
        for word in words {
            let taken = |c: &char| offered.iter().any(|(_, letter)| *letter == Some(*c));
            let letter = word.chars().find(|c| c.is_ascii_alphanumeric() && !taken(c));
            offered.push((word.to_owned(), letter));
        }
        offered
    }
    fn menu(&self, page: &mut Page) {
        for (word, letter) in self.offered() {
            let about = match word.as_str() {
                _ if self.comment_required.contains(&word) => "  (needs a comment)",
                EDIT => "  change the value in your editor",
                SHOW => "  the whole value",
                LATER => "  leave; the gate goes on waiting",
                _ => "",
            };
            let letter = letter.map_or("   ".to_owned(), |c| format!("[{c}]"));
            page.text("  ").tone(Tone::Accent, letter).text(" ").text(word).tone(Tone::Dim, about).end();
        }
    }
}

const EDIT: &str = "edit";
const SHOW: &str = "show";
const LATER: &str = "later";

fn by_letter_or_beginning<'o>(offered: &'o [(String, Option<char>)], word: &str) -> Vec<&'o (String, Option<char>)> {
    let mut chars = word.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Vec::new(),
        (Some(letter), None) => offered.iter().filter(|(_, l)| *l == Some(letter)).collect(),
        (Some(_), Some(_)) => offered.iter().filter(|(name, _)| name.starts_with(word)).collect(),
    }
}

/// A value, indented; at most `lines` lines.
fn show(value: &Value, lines: usize, page: &mut Page) {
    let text = value::text(value);
    let total = text.lines().count();
    for line in text.lines().take(lines) {
        page.text("  ").line(line);
    }
    if total > lines {
        page.tone(Tone::Dim, format!("  … {} more lines", total - lines)).end();
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn question(value: Option<Value>) -> Question {
        let choices = ["approve", "revise", "deny"].map(str::to_owned);
        Question::new("w:review", "Publish?", "One note.\nTwo.", value, &choices, &["revise".to_owned()], "d")
    }
    fn shown(page: &Page) -> String {
        anstream::adapter::strip_str(page.as_str()).to_string()
    }
    fn said(effect: Effect) -> String {
        match effect {
            Effect::Say(page) => shown(&page),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_question_shows_what_is_decided_about() {
        let long: Vec<u32> = (0..30).collect();
        insta::assert_snapshot!(shown(&question(Some(json!({ "title": "1.2", "list": long }))).page()));
        insta::assert_snapshot!(shown(&question(None).page()));
    }

    #[test]
    fn a_letter_a_beginning_or_the_word_chooses() {
        for line in ["a", "A", " approve ", "app"] {
            let mut question = question(None);
            assert_eq!(said(question.typed(line)), "", "{line}");
            assert_eq!(shown(&question.prompt()), "comment (or nothing): ");
            let decided = Effect::Decide { choice: "approve".to_owned(), comment: None, value: None };
            assert_eq!(question.typed(""), decided);
        }
    }

    #[test]
    fn what_is_not_offered_is_asked_again() {
        let mut question = question(None);
        assert!(said(question.typed("publish")).starts_with("`publish` is none of these."));
        assert!(said(question.typed("edit")).starts_with("`edit` is none of these."));
        assert!(said(question.typed("")).starts_with("  [a] approve"));
        assert_eq!(question.typed("later"), Effect::Later);
    }

    #[test]
    fn a_needed_comment_is_insisted_on() {
        let mut question = question(None);
        said(question.typed("revise"));
        assert_eq!(shown(&question.prompt()), "comment for revise: ");
        assert_eq!(said(question.typed("  ")), "`revise` needs a comment.\n");
        let comment = Some("shorter".to_owned());
        assert_eq!(question.typed("shorter"), Effect::Decide { choice: "revise".to_owned(), comment, value: None });
    }

    #[test]
    fn an_edited_value_goes_with_the_answer() {
        let mut question = question(Some(json!([1])));
        assert_eq!(question.typed("edit"), Effect::Edit(json!([1])));
        assert!(said(question.edited(Err("not JSON".to_owned()))).starts_with("not JSON\n"));
        assert!(said(question.edited(Ok(json!([1])))).starts_with("The value is unchanged."));
        said(question.edited(Ok(json!([2]))));
        assert_eq!(question.typed("e"), Effect::Edit(json!([2])), "editing goes on where it was");
        said(question.typed("a"));
        let decided =
            Effect::Decide { choice: "approve".to_owned(), comment: Some("ok".to_owned()), value: Some(json!([2])) };
        assert_eq!(question.typed("ok"), decided);
    }

    #[test]
    fn letters_are_unique() {
        let choices = ["stop", "show", "s"].map(str::to_owned);
        let question = Question::new("n", "t", "", Some(json!(1)), &choices, &[], "d");
        let letters: Vec<_> = question.offered().into_iter().map(|(_, letter)| letter).collect();
        assert_eq!(letters, [Some('s'), Some('h'), None, Some('e'), Some('o'), Some('l')]);
    }
}
