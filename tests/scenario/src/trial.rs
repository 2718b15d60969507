//! Plays the model of an agent that `mission agents test` tries: says what it is told to say, remembers the code word, and runs the
//! command that never ends.

use serde_json::{Value, json};

use crate::asked::Asked;
use crate::decide::Work;
use crate::tools;

/// What stands before the code word.
const BEFORE: &str = "The code word is `";

/// What is to be done, or `None` if only a word is to be said.
pub(crate) fn work(asked: &Asked) -> Option<Work> {
    if let Some((_, behind)) = asked.last().split_once("Run exactly this command") {
        let command = behind.split('`').nth(1).unwrap_or_default();
        return Some(Work { calls: tools::run(asked, command).into_iter().collect(), result: None });
    }
    let word = asked.prompts.iter().find_map(|prompt| code_word(prompt))?;
    let count = if asked.last().contains("it must be 8 now") { 8 } else { 7 };
    Some(Work { calls: Vec::new(), result: Some(json!({ "word": word, "count": count })) })
}

/// What is said if nothing is to be done.
pub(crate) const SAY: &str = "ready";

fn code_word(prompt: &str) -> Option<Value> {
    let (_, behind) = prompt.split_once(BEFORE)?;
    behind.split('`').next().map(Value::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(prompts: &[&str]) -> Option<Value> {
        let prompts = prompts.iter().map(|text| (*text).to_owned()).collect();
        work(&Asked { prompts, ..Asked::default() })?.result
    }

    #[test]
    fn the_first_code_word_is_remembered() {
        let first = "The code word is `w1`. Reply";
        assert_eq!(result(&[first]), Some(json!({ "word": "w1", "count": 7 })));
        assert_eq!(result(&[first, "/count: it must be 8 now"]), Some(json!({ "word": "w1", "count": 8 })));
        assert_eq!(result(&[first, "The code word is `?`."]), Some(json!({ "word": "w1", "count": 7 })));
        assert_eq!(result(&["Reply with the single word: ready"]), None);
    }
}
