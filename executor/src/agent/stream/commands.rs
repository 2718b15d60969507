//! Which commands an agent ran, and how they ended, as its events tell it. Pure.

use std::collections::BTreeMap;

use serde_json::Value;

use super::look::{is_true, text_at};
use crate::agent::catalogue::Rule;
use crate::decide::port::Ran;

/// Most commands that are kept; of more, the last.
const MOST: usize = 10_000;

/// Commands in the order in which they began.
#[derive(Debug, Default)]
pub(super) struct Commands {
    ran: BTreeMap<u64, Ran>,
    next: u64,
    /// Commands under way, by the id of their tool.
    open: BTreeMap<String, u64>,
}

impl Commands {
    /// An event that `rule` applies to.
    pub(super) fn hear(&mut self, rule: &Rule, event: &Value) {
        let goes_on = rule.background_if.as_ref().is_some_and(|at| at.first(event).is_some_and(is_true));
        let ended = how(rule, event).filter(|_| !goes_on);
        let ids: Vec<String> = rule
            .closes
            .iter()
            .flat_map(|at| at.all(event))
            .filter_map(Value::as_str)
            .filter(|id| self.open.contains_key(*id))
            .map(str::to_owned)
            .collect();
        if let Some(command) = text_at(rule.command.as_ref(), event).filter(|_| ids.is_empty()) {
            self.begin(command, text_at(rule.opens.as_ref(), event).filter(|_| !goes_on), ended);
        }
        for id in ids {
            let ran = self.open.remove(&id).and_then(|at| self.ran.get_mut(&at));
            if let (Some(ran), Some((failed, code))) = (ran, ended) {
                (ran.failed, ran.code) = (Some(failed), code);
            }
        }
    }
    fn begin(&mut self, command: String, id: Option<String>, ended: Option<(bool, Option<i64>)>) {
        let (failed, code) = ended.map_or((None, None), |(failed, code)| (Some(failed), code));
        self.ran.insert(self.next, Ran { command, failed, code });
        self.open.extend(id.map(|id| (id, self.next)));
        self.next += 1;
        if self.ran.len() > MOST {
            self.ran.pop_first();
        }
    }
    /// All of them.
    pub(super) fn take(&mut self) -> Vec<Ran> {
        std::mem::take(&mut self.ran).into_values().collect()
    }
}

/// How a command or tool ended, where the event says so.
pub(super) fn how(rule: &Rule, event: &Value) -> Option<(bool, Option<i64>)> {
    let code = rule.exit.as_ref().and_then(|at| at.first(event)).and_then(Value::as_i64);
    if let Some(code) = code {
        return Some((code != 0, Some(code)));
    }
    rule.broke_if.as_ref().map(|at| (at.first(event).is_some_and(is_true), None))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn rules() -> [Rule; 2] {
        [
            json!({ "command": "/run", "opens": "/id", "background_if": "/aside" }),
            json!({ "closes": "/of", "broke_if": "/bad", "background_if": "/task" }),
        ]
        .map(|rule| serde_json::from_value(rule).expect("a rule"))
    }

    #[test]
    fn what_goes_on_behind_its_tool_has_not_ended() {
        for (begins, ends, failed) in [
            (json!({ "run": "x", "id": "1" }), json!({ "of": "1" }), Some(false)),
            (json!({ "run": "x", "id": "1" }), json!({ "of": "1", "bad": true }), Some(true)),
            (json!({ "run": "x", "id": "1", "aside": true }), json!({ "of": "1" }), None),
            (json!({ "run": "x", "id": "1", "aside": false }), json!({ "of": "1" }), Some(false)),
            (json!({ "run": "x", "id": "1" }), json!({ "of": "1", "task": "b1" }), None),
            (json!({ "run": "x", "id": "1" }), json!({ "of": "1", "task": null }), Some(false)),
        ] {
            let mut commands = Commands::default();
            let [begin, end] = rules();
            commands.hear(&begin, &begins);
            commands.hear(&end, &ends);
            let all = commands.take();
            assert_eq!(all.iter().map(|ran| ran.failed).collect::<Vec<_>>(), [failed], "{begins} {ends}");
        }
    }
}
