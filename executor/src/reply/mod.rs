//! Finds the result in what an attempt said. Pure: it must not know processes, files or agents.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

mod json;

use mission_compiler::workflow::From;
use serde_json::Value;

use crate::decide::port::Reply;
use crate::event::{Failure, FailureClass};

pub use json::{Kinds, parse};

/// Characters of a reply that a message quotes.
const QUOTED: usize = 200;

/// The result in `reply`, not yet checked against its schema.
///
/// Agents: the structured result, else the file, else the last fenced JSON block, else the last JSON value of a type that `schema`
/// accepts (an error amid a sentence), else (no schema, or one that accepts a text) the whole text. Without a schema a JSON value counts only if it stands on
/// lines of its own, so that brackets in prose stay prose. A JSON value on lines of its own behind the last block that says
/// something else makes the reply ambiguous, which is an error. Commands: as `from` says; without `from` and `schema` there is no result.
/// Texts lose their trailing line ends, as in `$(…)`.
///
/// # Errors
/// `NoResult` if there is nothing, or only a part because a limit was exceeded; `InvalidOutput` if there is something else than JSON.
pub fn extract(from: From, is_agent: bool, schema: Option<&Value>, reply: &Reply) -> Result<Value, Failure> {
    match (from, is_agent, schema) {
        (From::Agent, _, _) | (From::Default, true, _) => said(schema, reply),
        (From::Default, false, None) => Ok(Value::Null),
        (From::Default, false, Some(_)) => match written(reply)? {
            Some(value) => Ok(value),
            None => last_json(schema, reply),
        },
        (From::Stdout, _, _) => stdout(schema, reply),
        (From::File, _, _) => written(reply)?.ok_or_else(|| {
            Failure::new(FailureClass::NoResult, "nothing was written to the file named by `MISSION_OUTPUT`")
        }),
        (From::LastJson, _, _) => last_json(schema, reply),
    }
}

fn said(schema: Option<&Value>, reply: &Reply) -> Result<Value, Failure> {
    if let Some(value) = &reply.structured {
        return Ok(value.clone());
    }
    if let Some(value) = written(reply)? {
        return Ok(value);
    }
    let text = whole(reply)?;
    let kinds = Kinds::of(schema);
    if let Some((block, rest)) = json::last_fenced(text)
        && (kinds.object || kinds.list || parse(block).is_ok_and(|value| value.is_string()))
    {
        let value = parse(block).map_err(|e| invalid("the last JSON block of the reply", &e, block))?;
        return match json::last_standing(rest).filter(|later| parse(later).is_ok_and(|later| later != value)) {
            Some(later) => Err(ambiguous(later)),
            None => Ok(value),
        };
    }
    let found = match schema {
        Some(_) => match json::last_value(text, kinds) {
            Some((span, Some(after))) => return Err(amid(span, after)),
            Some((span, None)) => Some(span),
            None => json::last_line(text).filter(|_| !kinds.text),
        },
        None => json::last_standing(text),
    };
    if let Some(span) = found {
        return parse(span).map_err(|e| invalid("the last JSON value of the reply", &e, span));
    }
    if text.trim().is_empty() {
        return Err(Failure::new(FailureClass::NoResult, "the agent ended without saying anything"));
    }
    if kinds.text { Ok(Value::String(text.trim().to_owned())) } else { Err(no_json("the reply", text)) }
}

fn stdout(schema: Option<&Value>, reply: &Reply) -> Result<Value, Failure> {
    let text = whole(reply)?;
    if Kinds::of(schema).text {
        return Ok(Value::String(text.trim_end_matches(['\n', '\r']).to_owned()));
    }
    if text.trim().is_empty() {
        return Err(Failure::new(FailureClass::NoResult, "nothing on standard output, where JSON was expected"));
    }
    parse(text).map_err(|e| invalid("standard output", &e, text))
}

fn last_json(schema: Option<&Value>, reply: &Reply) -> Result<Value, Failure> {
    let text = whole(reply)?;
    if text.trim().is_empty() {
        return Err(Failure::new(FailureClass::NoResult, "nothing on standard output, where JSON was expected"));
    }
    let Some(span) = json::last_line(text).or_else(|| json::last_value(text, Kinds::of(schema)).map(|(span, _)| span))
    else {
        return Err(no_json("standard output", text));
    };
    parse(span).map_err(|e| invalid("the last JSON value on standard output", &e, span))
}

fn written(reply: &Reply) -> Result<Option<Value>, Failure> {
    if let Some(why) = &reply.file_refused {
        return Err(Failure::new(FailureClass::InvalidOutput, format!("the result file cannot be used: {why}")));
    }
    let Some(text) = &reply.file else { return Ok(None) };
    if text.trim().is_empty() {
        return Err(Failure::new(FailureClass::NoResult, "the result file is empty, where JSON was expected"));
    }
    parse(text).map(Some).map_err(|e| invalid("the result file", &e, text))
}

/// The text, if it is whole.
fn whole(reply: &Reply) -> Result<&str, Failure> {
    if reply.text_cut {
        let limit = reply.text.len();
        let message = format!(
            "the result was to be read from standard output, but that is longer than the limit of {limit} bytes; \
             write it to the file named by `MISSION_OUTPUT` instead"
        );
        return Err(Failure::new(FailureClass::NoResult, message));
    }
    if let Some(at) = reply.text_broken {
        let message = format!("standard output is not UTF-8: the first wrong byte is number {at}, counted from 0");
        return Err(Failure::new(FailureClass::InvalidOutput, message));
    }
    Ok(&reply.text)
}

/// A block and a value behind it that say different things: to choose one of them would be a guess.
fn ambiguous(later: &str) -> Failure {
    let message = "the reply holds two results, a JSON block and another JSON value behind it; expected one";
    Failure::new(FailureClass::InvalidOutput, format!("{message}; the later one begins: {}", quote(later)))
}

/// A value with a sentence round it: what the sentence says of it, nobody reads.
fn amid(value: &str, after: &str) -> Failure {
    let message = "the last JSON value of the reply stands amid a sentence, which may say anything of it; expected it in a JSON block or on a line \
                   of its own";
    let (value, after) = (quote(value), quote(after));
    Failure::new(FailureClass::InvalidOutput, format!("{message}; it begins: {value} and goes on: {after}"))
}

fn no_json(place: &str, text: &str) -> Failure {
    Failure::new(FailureClass::InvalidOutput, format!("no JSON in {place}, which begins: {}", quote(text)))
}

fn invalid(place: &str, why: &str, text: &str) -> Failure {
    Failure::new(FailureClass::InvalidOutput, format!("{place} is not valid: {why}; it begins: {}", quote(text)))
}

/// The beginning of `text` in quotes, control characters escaped.
fn quote(text: &str) -> String {
    let text = text.trim();
    let mut beginning: String = text.chars().take(QUOTED).collect();
    if beginning.len() < text.len() {
        beginning.push('…');
    }
    format!("{beginning:?}")
}

#[cfg(test)]
mod tests;
