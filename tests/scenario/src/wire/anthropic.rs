//! Anthropic Messages.

use serde_json::{Value, json};

use super::{Refusal, Reply, content, event, id, personal, pieces};
use crate::asked::{Asked, Tool, folder, texts};
use crate::decide::Answer;
use crate::ledger::Tokens;

pub(super) fn asked(body: &Value) -> Asked {
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools =
        tools.filter_map(|t| Some(Tool { name: t["name"].as_str()?.to_owned(), schema: t["input_schema"].clone() }));
    let format = [&body["output_config"]["format"]["schema"], &body["output_format"]["schema"]];
    let mut asked = Asked {
        model: content(&body["model"]),
        tools: tools.collect(),
        format: format.into_iter().find(|schema| schema.is_object()).cloned(),
        stream: body["stream"] == json!(true),
        folder: folder(&texts(&body["system"])).or_else(|| folder(&texts(&body["messages"]))),
        ..Asked::default()
    };
    for message in body["messages"].as_array().into_iter().flatten().filter(|m| m["role"] == "user") {
        let blocks = message["content"].as_array().into_iter().flatten();
        asked.results += blocks.filter(|block| block["type"] == "tool_result").count();
        personal(&message["content"]).into_iter().for_each(|text| asked.person(text));
    }
    asked
}

pub(super) fn answer(asked: &Asked, answer: &Answer, tokens: Tokens) -> Reply {
    let mut blocks: Vec<Value> = answer.say.iter().map(|text| json!({ "type": "text", "text": text })).collect();
    blocks.extend(answer.call.iter().map(
        |call| json!({ "type": "tool_use", "id": id("toolu", tokens), "name": call.tool, "input": call.arguments }),
    ));
    let stop = if answer.call.is_some() { "tool_use" } else { "end_turn" };
    let usage = |output: u64| {
        json!({ "input_tokens": tokens.input - tokens.cached, "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": tokens.cached, "output_tokens": output })
    };
    let message = |content: &[Value], stop: Value, output: u64| {
        json!({ "id": id("msg", tokens), "type": "message", "role": "assistant", "model": asked.model, "content": content,
            "stop_reason": stop, "stop_sequence": null, "usage": usage(output) })
    };
    let mut parts = Vec::new();
    let mut tell = |data: Value| parts.push(event(data["type"].as_str(), &data));
    tell(json!({ "type": "message_start", "message": message(&[], Value::Null, 1) }));
    for (index, block) in blocks.iter().enumerate() {
        let mut empty = block.clone();
        let mut deltas: Vec<Value> = Vec::new();
        if let Some(text) = block["text"].as_str() {
            empty["text"] = json!("");
            deltas.extend(pieces(text).into_iter().map(|text| json!({ "type": "text_delta", "text": text })));
        } else {
            empty["input"] = json!({});
            let input = block["input"].to_string();
            deltas.extend(
                pieces(&input).into_iter().map(|piece| json!({ "type": "input_json_delta", "partial_json": piece })),
            );
        }
        tell(json!({ "type": "content_block_start", "index": index, "content_block": empty }));
        deltas
            .into_iter()
            .for_each(|delta| tell(json!({ "type": "content_block_delta", "index": index, "delta": delta })));
        tell(json!({ "type": "content_block_stop", "index": index }));
    }
    tell(json!({ "type": "message_delta", "delta": { "stop_reason": stop, "stop_sequence": null },
        "usage": { "output_tokens": tokens.output } }));
    tell(json!({ "type": "message_stop" }));
    Reply { whole: message(&blocks, json!(stop), tokens.output), parts }
}

pub(super) fn refusal(refusal: &Refusal) -> Value {
    let kind = match refusal.status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    };
    json!({ "type": "error", "error": { "type": kind, "message": refusal.words }, "request_id": "req_scripted" })
}
