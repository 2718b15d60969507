//! OpenAI Chat Completions.

use serde_json::{Value, json};

use super::{Reply, content, event, id, personal, pieces};
use crate::asked::{Asked, Tool, folder, texts};
use crate::decide::Answer;
use crate::ledger::Tokens;

pub(super) fn asked(body: &Value) -> Asked {
    let tools = body["tools"].as_array().into_iter().flatten().map(|tool| &tool["function"]);
    let tools =
        tools.filter_map(|t| Some(Tool { name: t["name"].as_str()?.to_owned(), schema: t["parameters"].clone() }));
    let format = &body["response_format"];
    let mut asked = Asked {
        model: content(&body["model"]),
        tools: tools.collect(),
        format: (format["type"] == "json_schema").then(|| format["json_schema"]["schema"].clone()),
        stream: body["stream"] == json!(true),
        folder: folder(&texts(&body["messages"])),
        ..Asked::default()
    };
    for message in body["messages"].as_array().into_iter().flatten() {
        match message["role"].as_str() {
            Some("tool") => asked.results += 1,
            Some("user") => personal(&message["content"]).into_iter().for_each(|text| asked.person(text)),
            _ => {}
        }
    }
    asked
}

pub(super) fn answer(asked: &Asked, answer: &Answer, tokens: Tokens) -> Reply {
    let usage = json!({ "prompt_tokens": tokens.input, "completion_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output, "prompt_tokens_details": { "cached_tokens": tokens.cached },
        "completion_tokens_details": { "reasoning_tokens": 0 } });
    let calls: Vec<Value> = answer
        .call
        .iter()
        .map(|call| {
            json!({ "index": 0, "id": id("call", tokens), "type": "function",
                "function": { "name": call.tool, "arguments": call.arguments.to_string() } })
        })
        .collect();
    let reason = if calls.is_empty() { "stop" } else { "tool_calls" };
    let base = |object: &str, choices: Value| json!({ "id": id("chatcmpl", tokens), "object": object, "created": 1, "model": asked.model, "choices": choices });
    let mut message = json!({ "role": "assistant", "content": answer.say });
    if !calls.is_empty() {
        message["tool_calls"] = json!(calls);
    }
    let mut whole = base("chat.completion", json!([{ "index": 0, "message": message, "finish_reason": reason }]));
    whole["usage"] = usage.clone();
    let chunk = |delta: Value, reason: Value| {
        let choices = json!([{ "index": 0, "delta": delta, "finish_reason": reason }]);
        event(None, &base("chat.completion.chunk", choices))
    };
    let mut parts = vec![chunk(json!({ "role": "assistant", "content": "" }), Value::Null)];
    let said = pieces(answer.say.as_deref().unwrap_or_default());
    parts.extend(said.into_iter().map(|piece| chunk(json!({ "content": piece }), Value::Null)));
    parts.extend(calls.iter().map(|call| chunk(json!({ "tool_calls": [call] }), Value::Null)));
    parts.push(chunk(json!({}), json!(reason)));
    let mut last = base("chat.completion.chunk", json!([]));
    last["usage"] = usage;
    parts.push(event(None, &last));
    parts.push("data: [DONE]\n\n".to_owned());
    Reply { whole, parts }
}
