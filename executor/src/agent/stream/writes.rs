//! Which files an agent wrote with its tools for that, as its events tell it. Pure.
//!
//! That a tool was called to write a file does not say that it did: it counts when that tool is known to have ended well.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::commands::how;
use super::look::text_at;
use crate::agent::catalogue::Rule;

/// Most files that are kept, and most tools that are under way.
const MOST: usize = 1_000;

/// Files that tools wrote.
#[derive(Debug, Default)]
pub(super) struct Writes {
    done: BTreeSet<String>,
    /// Files of tools under way, by the id of the tool.
    open: BTreeMap<String, Vec<String>>,
}

impl Writes {
    /// An event, with the rules that apply to it.
    pub(super) fn hear(&mut self, rules: &[&Rule], event: &Value) {
        let all =
            |at: &dyn Fn(&Rule) -> Vec<String>| -> Vec<String> { rules.iter().flat_map(|rule| at(rule)).collect() };
        let texts = |values: Vec<&Value>| values.into_iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let files = all(&|rule| texts(rule.writes.iter().flat_map(|at| at.all(event)).collect()));
        let failed = rules.iter().find_map(|rule| how(rule, event)).map(|(failed, _)| failed);
        let begun = rules.iter().find_map(|rule| text_at(rule.opens.as_ref(), event));
        match begun {
            Some(id) if !files.is_empty() && self.open.len() < MOST => {
                self.open.insert(id, files);
            }
            Some(_) => {}
            // The event tells of the end.
            None if failed != Some(true) => self.keep(files),
            None => {}
        }
        let wrote = all(&|rule| texts(rule.wrote.iter().flat_map(|at| at.all(event)).collect()));
        for id in wrote {
            let files = self.open.remove(&id).unwrap_or_default();
            self.keep(files);
        }
        let closed = all(&|rule| texts(rule.closes.iter().flat_map(|at| at.all(event)).collect()));
        for id in closed {
            let files = self.open.remove(&id).unwrap_or_default();
            if failed == Some(false) {
                self.keep(files);
            }
        }
    }
    fn keep(&mut self, files: Vec<String>) {
        let room = MOST.saturating_sub(self.done.len());
        self.done.extend(files.into_iter().take(room));
    }
    /// All of them, as the agent names them; of many, some.
    pub(super) fn all(&self) -> Vec<String> {
        self.done.iter().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(rules: &[Value], events: &[Value]) -> Vec<String> {
        let rules: Vec<Rule> = rules.iter().map(|rule| serde_json::from_value(rule.clone()).expect("a rule")).collect();
        let mut writes = Writes::default();
        for event in events {
            let fits: Vec<&Rule> = rules.iter().filter(|rule| super::super::look::fit(&rule.fits, event)).collect();
            writes.hear(&fits, event);
        }
        writes.all()
    }

    #[test]
    fn what_a_tool_wrote_counts_when_it_has_ended_well() {
        let rules = [
            json!({ "match": { "/t": "use" }, "opens": "/id" }),
            json!({ "match": { "/t": "use" }, "writes": ["/path"] }),
            json!({ "match": { "/t": "end" }, "closes": "/id", "broke_if": "/bad" }),
            json!({ "match": { "/t": "quiet" }, "closes": "/id" }),
            json!({ "match": { "/t": "quiet", "/status": "success" }, "wrote": "/id" }),
            json!({ "match": { "/t": "wrote" }, "writes": ["/path"], "exit": "/exit" }),
        ];
        let begin = json!({ "t": "use", "id": "1", "path": "x" });
        for (ends, expected) in [
            (json!({ "t": "end", "id": "1" }), &["x"][..]),
            (json!({ "t": "end", "id": "1", "bad": false }), &["x"]),
            (json!({ "t": "end", "id": "1", "bad": true }), &[]),
            (json!({ "t": "end", "id": "2" }), &[]),
            (json!({ "t": "quiet", "id": "1", "status": "success" }), &["x"]),
            (json!({ "t": "quiet", "id": "1", "status": "error" }), &[]),
            (json!({ "t": "other" }), &[]),
            (json!({ "t": "wrote", "path": "y" }), &["y"]),
            (json!({ "t": "wrote", "path": "y", "exit": 0 }), &["y"]),
            (json!({ "t": "wrote", "path": "y", "exit": 1 }), &[]),
        ] {
            assert_eq!(told(&rules, &[begin.clone(), ends.clone()]), expected, "{ends}");
        }
    }
}
