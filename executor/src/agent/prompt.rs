//! What a coding agent is told: the author's prompt, what it may do, and the form of the result. Pure.

use serde_json::Value;

use super::call::Wanted;

/// What an agent is told whose attempt was lost in the middle of its work.
const ONWARD: &str = "You were interrupted before you were done. The state of the working tree is as you left it. Go on with your task \
                      where you stopped.\n";

/// What an agent is told whose session a person hands back.
const TAKEN: &str = "A person has talked to you meanwhile and hands the task back to you. Do what is left of it, if anything, and reply \
                     with its result.\n";

/// The whole prompt; of a session that goes on, only what is new.
pub(super) fn text(wanted: &Wanted<'_>, resumed: bool) -> String {
    let mut text = match wanted.reask {
        Some(reask) if resumed => again(&reask.errors),
        None if resumed && wanted.taken => TAKEN.to_owned(),
        None if resumed => ONWARD.to_owned(),
        Some(reask) => {
            let mut text = wanted.prompt.to_owned();
            if !reask.previous.trim().is_empty() {
                text.push_str("\nYour last reply was:\n\n");
                text.push_str(reask.previous.trim());
                text.push('\n');
            }
            text
        }
        None => wanted.prompt.to_owned(),
    };
    if !wanted.agent.write {
        text.push_str("\n\nYou may read files, but must not change, create or delete any.\n");
    }
    if let Some(schema) = wanted.schema {
        text.push_str(&form(schema));
    }
    text
}

fn again(errors: &[String]) -> String {
    let reasons: Vec<String> = errors.iter().map(|error| format!("- {error}\n")).collect();
    format!(
        "Your last reply was not accepted:\n{}\nDo no more work. Reply again with the corrected result only.\n",
        reasons.concat()
    )
}

fn form(schema: &Value) -> String {
    format!(
        "\n\nEnd your last message with the result: one fenced block that begins with ```json and holds one JSON value, \
         which this JSON Schema describes. Nothing may follow it.\n\n{schema}\n"
    )
}
