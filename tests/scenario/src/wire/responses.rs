//! OpenAI Responses, and the refusals of both dialects of OpenAI.

use serde_json::{Value, json};

use super::{Refusal, Reply, content, event, id, personal, pieces};
use crate::asked::{Asked, Tool, folder, texts};
use crate::decide::Answer;
use crate::ledger::Tokens;

pub(super) fn asked(body: &Value) -> Asked {
    let format = &body["text"]["format"];
    let mut asked = Asked {
        model: content(&body["model"]),
        format: (format["type"] == "json_schema").then(|| format["schema"].clone()),
        stream: body["stream"] == json!(true),
        folder: folder(&texts(&body["input"])).or_else(|| folder(&content(&body["instructions"]))),
        ..Asked::default()
    };
    // Tools stand beside the conversation, or in an item of it.
    let more = body["input"].as_array().into_iter().flatten().filter(|item| item["type"] == "additional_tools");
    for tool in std::iter::once(body).chain(more).filter_map(|place| place["tools"].as_array()).flatten() {
        let inner = tool["tools"].as_array().into_iter().flatten();
        asked.tools.extend(std::iter::once(tool).chain(inner).filter_map(one_tool));
    }
    let items = match &body["input"] {
        Value::String(text) => vec![json!({ "role": "user", "content": text })],
        other => other.as_array().cloned().unwrap_or_default(),
    };
    for item in &items {
        if item["type"].as_str().is_some_and(|kind| kind.ends_with("_output")) {
            asked.results += 1;
        } else if item["role"] == "user" {
            personal(&item["content"]).into_iter().for_each(|text| asked.person(text));
        }
    }
    asked
}

fn one_tool(tool: &Value) -> Option<Tool> {
    let name = tool["name"].as_str().or_else(|| tool["type"].as_str())?;
    Some(Tool { name: name.to_owned(), schema: tool["parameters"].clone() })
}

pub(super) fn answer(asked: &Asked, answer: &Answer, tokens: Tokens) -> Reply {
    let mut items: Vec<Value> = answer.say.iter().map(|text| message(text, tokens)).collect();
    items.extend(answer.call.iter().map(|call| {
        json!({ "type": "function_call", "id": id("fc", tokens), "call_id": id("call", tokens), "name": call.tool,
            "arguments": call.arguments.to_string(), "status": "completed" })
    }));
    let usage = json!({ "input_tokens": tokens.input, "input_tokens_details": { "cached_tokens": tokens.cached },
        "output_tokens": tokens.output, "output_tokens_details": { "reasoning_tokens": tokens.thought },
        "total_tokens": tokens.input + tokens.output });
    let response = |status: &str, output: &[Value], usage: &Value| {
        json!({ "id": id("resp", tokens), "object": "response", "created_at": 1, "model": asked.model, "status": status,
            "output": output, "usage": usage })
    };
    let whole = response("completed", &items, &usage);
    let mut parts = Vec::new();
    let mut tell = |kind: &str, mut data: Value| {
        data["type"] = json!(kind);
        data["sequence_number"] = json!(parts.len());
        parts.push(event(Some(kind), &data));
    };
    tell("response.created", json!({ "response": response("in_progress", &[], &Value::Null) }));
    for (index, item) in items.iter().enumerate() {
        let mut begun = item.clone();
        begun["status"] = json!("in_progress");
        let at = json!({ "output_index": index, "item_id": item["id"] });
        let with = |more: Value| merged(&at, &more);
        if let Some(text) = item["content"][0]["text"].as_str() {
            begun["content"] = json!([]);
            tell("response.output_item.added", with(json!({ "item": begun })));
            let empty = json!({ "type": "output_text", "text": "", "annotations": [] });
            tell("response.content_part.added", with(json!({ "content_index": 0, "part": empty })));
            for piece in pieces(text) {
                tell("response.output_text.delta", with(json!({ "content_index": 0, "delta": piece })));
            }
            tell("response.output_text.done", with(json!({ "content_index": 0, "text": text })));
            tell("response.content_part.done", with(json!({ "content_index": 0, "part": item["content"][0] })));
        } else {
            begun["arguments"] = json!("");
            tell("response.output_item.added", with(json!({ "item": begun })));
            tell("response.function_call_arguments.delta", with(json!({ "delta": item["arguments"] })));
            tell("response.function_call_arguments.done", with(json!({ "arguments": item["arguments"] })));
        }
        tell("response.output_item.done", with(json!({ "item": item })));
    }
    tell("response.completed", json!({ "response": whole }));
    Reply { whole, parts }
}

fn message(text: &str, tokens: Tokens) -> Value {
    json!({ "type": "message", "id": id("msg", tokens), "role": "assistant", "status": "completed",
        "content": [{ "type": "output_text", "text": text, "annotations": [] }] })
}

fn merged(one: &Value, other: &Value) -> Value {
    let fields = [one, other].into_iter().filter_map(Value::as_object).flatten();
    fields.map(|(name, value)| (name.clone(), value.clone())).collect()
}

pub(super) fn refusal(refusal: &Refusal) -> Value {
    let kind = match refusal.status {
        429 if refusal.quota => "usage_limit_reached",
        400 => "context_length_exceeded",
        401 => "invalid_api_key",
        429 => "rate_limit_exceeded",
        _ => "server_error",
    };
    let mut error = json!({ "message": refusal.words, "type": kind, "code": kind });
    if refusal.quota {
        error["plan_type"] = json!("pro");
    }
    if let (Some(seconds), Some(at)) = (refusal.reset, refusal.reset_at) {
        error["resets_in_seconds"] = json!(seconds);
        error["resets_at"] = json!(at);
    }
    json!({ "error": error })
}
