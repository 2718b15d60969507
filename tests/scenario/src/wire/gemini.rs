//! Gemini `generateContent` and `streamGenerateContent`.

use serde_json::{Value, json};

use super::{Refusal, Reply, event, personal, pieces};
use crate::asked::{Asked, Tool, folder, texts};
use crate::decide::Answer;
use crate::ledger::Tokens;

pub(super) fn asked(body: &Value, path: &str) -> Asked {
    let tools = body["tools"].as_array().into_iter().flatten();
    let tools = tools.filter_map(|tool| tool["functionDeclarations"].as_array()).flatten();
    let schema =
        |t: &Value| [&t["parametersJsonSchema"], &t["parameters"]].into_iter().find(|s| s.is_object()).cloned();
    let tools = tools.filter_map(|t| Some(Tool { name: t["name"].as_str()?.to_owned(), schema: schema(t)? }));
    let settings = &body["generationConfig"];
    let format = [&settings["responseJsonSchema"], &settings["responseSchema"]];
    let mut asked = Asked {
        model: path.rsplit('/').next().and_then(|end| end.split(':').next()).unwrap_or_default().to_owned(),
        tools: tools.collect(),
        format: format.into_iter().find(|schema| schema.is_object()).cloned(),
        stream: path.ends_with(":streamGenerateContent"),
        folder: folder(&texts(&body["contents"])).or_else(|| folder(&texts(&body["systemInstruction"]))),
        ..Asked::default()
    };
    for message in body["contents"].as_array().into_iter().flatten().filter(|m| m["role"] == "user") {
        let parts = message["parts"].as_array().cloned().unwrap_or_default();
        asked.results += parts.iter().filter(|part| part.get("functionResponse").is_some()).count();
        personal(&message["parts"]).into_iter().for_each(|text| asked.person(text));
    }
    asked
}

pub(super) fn answer(asked: &Asked, answer: &Answer, tokens: Tokens) -> Reply {
    let usage = json!({ "promptTokenCount": tokens.input, "candidatesTokenCount": tokens.output,
        "totalTokenCount": tokens.input + tokens.output, "cachedContentTokenCount": tokens.cached });
    let mut said: Vec<Value> =
        pieces(answer.say.as_deref().unwrap_or_default()).into_iter().map(|text| json!({ "text": text })).collect();
    said.extend(
        answer.call.iter().map(|call| json!({ "functionCall": { "name": call.tool, "args": call.arguments } })),
    );
    let candidate = |parts: &[Value], last: bool| {
        let mut candidate = json!({ "content": { "role": "model", "parts": parts }, "index": 0 });
        if last {
            candidate["finishReason"] = json!("STOP");
        }
        let mut reply = json!({ "candidates": [candidate], "modelVersion": asked.model });
        if last {
            reply["usageMetadata"] = usage.clone();
        }
        reply
    };
    let end = said.len().saturating_sub(1);
    let each = said.iter().enumerate();
    let parts = each.map(|(at, part)| event(None, &candidate(std::slice::from_ref(part), at == end))).collect();
    Reply { whole: candidate(&said, true), parts }
}

pub(super) fn refusal(refusal: &Refusal) -> Value {
    let status = match refusal.status {
        400 => "INVALID_ARGUMENT",
        401 => "UNAUTHENTICATED",
        403 => "PERMISSION_DENIED",
        429 => "RESOURCE_EXHAUSTED",
        503 => "UNAVAILABLE",
        _ => "INTERNAL",
    };
    let mut words = refusal.words.clone();
    let mut details = Vec::new();
    if let Some(seconds) = refusal.reset {
        words.push_str(&format!(" Please retry in {seconds}s."));
        let kind = "type.googleapis.com/google.rpc.RetryInfo";
        details.push(json!({ "@type": kind, "retryDelay": format!("{seconds}s") }));
    }
    json!({ "error": { "code": refusal.status, "message": words, "status": status, "details": details } })
}
