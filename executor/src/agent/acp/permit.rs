//! What an agent is given leave to do. Pure.
//!
//! Who may write is given leave for everything, once each time: an answer that holds for ever is not chosen, since agents write it
//! into their settings. Who may only read is given leave for tools of the kinds `read`, `search`, `fetch` and `think`; any other
//! kind, also an unknown one, is refused.

use serde_json::{Value, json};

/// Kinds of tools that change nothing.
const HARMLESS: [&str; 4] = ["read", "search", "fetch", "think"];

/// An answer to `session/request_permission`.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Leave {
    /// Whether it was given.
    pub(super) given: bool,
    /// What is answered.
    pub(super) result: Value,
}

/// The answer of one who may `write` or not, to `params`; `kind` is that of the tool, if it is known.
pub(super) fn leave(write: bool, kind: Option<&str>, params: &Value) -> Leave {
    let allowed = write || kind.is_some_and(|kind| HARMLESS.contains(&kind));
    let wanted = if allowed { ["allow_once", "allow_always"] } else { ["reject_once", "reject_always"] };
    let options = params.get("options").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let of_kind = |kind: &&str| options.iter().find(|option| option.get("kind").and_then(Value::as_str) == Some(*kind));
    let chosen = wanted.iter().find_map(of_kind).and_then(|option| option.get("optionId"));
    match chosen {
        Some(id) => Leave { given: allowed, result: json!({ "outcome": { "outcome": "selected", "optionId": id } }) },
        // There is no such answer: not answering is the only other one.
        None => withdrawn(),
    }
}

/// The answer when the turn is over.
pub(super) fn withdrawn() -> Leave {
    Leave { given: false, result: json!({ "outcome": { "outcome": "cancelled" } }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The option chosen among these kinds; its id is its place.
    fn chosen(write: bool, tool: Option<&str>, kinds: &[&str]) -> Option<u64> {
        let options: Vec<Value> =
            kinds.iter().enumerate().map(|(i, kind)| json!({ "optionId": i, "kind": kind })).collect();
        let leave = leave(write, tool, &json!({ "options": options }));
        leave.result["outcome"]["optionId"].as_u64()
    }

    #[test]
    fn leave_is_given_once_and_only_for_what_the_profile_may() {
        let usual = ["allow_always", "allow_once", "reject_once", "reject_always"];
        for (write, tool, kinds, wanted) in [
            (true, Some("execute"), &usual[..], Some(1)),
            (true, None, &usual, Some(1)),
            (true, Some("edit"), &["allow_once", "allow_once", "reject_once"], Some(0)),
            (true, Some("edit"), &["allow_always", "reject_once"], Some(0)),
            (true, Some("edit"), &["reject_once"], None),
            (true, Some("edit"), &["something_new"], None),
            (false, Some("read"), &usual, Some(1)),
            (false, Some("think"), &usual, Some(1)),
            (false, Some("edit"), &usual, Some(2)),
            (false, Some("execute"), &usual, Some(2)),
            (false, Some("other"), &usual, Some(2)),
            (false, Some("switch_mode"), &usual, Some(2)),
            (false, None, &usual, Some(2)),
            (false, None, &["allow_once", "reject_always"], Some(1)),
            (false, None, &["allow_once"], None),
        ] {
            assert_eq!(chosen(write, tool, kinds), wanted, "{write} {tool:?} {kinds:?}");
        }
        assert!(leave(true, None, &json!({ "options": [{ "optionId": "a", "kind": "allow_once" }] })).given);
        assert!(!leave(false, None, &json!({ "options": [{ "optionId": "r", "kind": "reject_once" }] })).given);
        assert_eq!(leave(true, None, &json!({})), withdrawn());
    }
}
