//! What is said to an agent, and when.

use std::sync::Arc;

use serde_json::{Value, json};

use super::{Client, Talk, standard};
use crate::agent::catalogue::{Catalogue, Cli, Driver};
use crate::agent::stream::{Listener, Totals};
use crate::decide::port::Exit;
use crate::event::FailureClass;

/// Both sides of a conversation.
struct Room {
    client: Client,
    listener: Listener,
}

impl Room {
    fn new(talk: Talk) -> Self {
        Self::with("robot: { driver: acp, bin: robot, args: [acp] }", talk)
    }
    fn with(entry: &str, talk: Talk) -> Self {
        let catalogue = Catalogue::shipped().with(entry).expect("sound");
        let cli: &Arc<Cli> = catalogue.get("robot").expect("described");
        assert_eq!(cli.driver, Driver::Acp);
        Self { client: Client::new("robot", talk, "/repo"), listener: Listener::new(Arc::clone(cli)) }
    }
    /// What was said since the last time.
    fn said(&mut self) -> Vec<Value> {
        let text = String::from_utf8(self.client.outgoing().to_vec()).expect("text");
        self.client.sent(text.len());
        text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
    }
    /// The one message said since the last time.
    fn one(&mut self) -> Value {
        let mut said = self.said();
        assert_eq!(said.len(), 1, "{said:?}");
        said.remove(0)
    }
    fn hear(&mut self, message: Value) -> Option<String> {
        self.client.line(&mut self.listener, message.to_string().as_bytes()).shown
    }
    /// Answers the request that was just made.
    fn reply(&mut self, method: &str, result: Value) {
        let asked = self.one();
        assert_eq!(asked["method"], method, "{asked}");
        self.hear(json!({ "jsonrpc": "2.0", "id": asked["id"], "result": result }));
    }
    fn fail(&mut self, method: &str, error: Value) {
        let asked = self.one();
        assert_eq!(asked["method"], method, "{asked}");
        self.hear(json!({ "jsonrpc": "2.0", "id": asked["id"], "error": error }));
    }
    fn update(&mut self, update: Value) -> Option<String> {
        self.hear(
            json!({ "jsonrpc": "2.0", "method": "session/update", "params": { "sessionId": "S", "update": update } }),
        )
    }
    fn chunk(&mut self, text: &str) {
        self.update(json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": text } }));
    }
    /// As far as the prompt.
    fn begun(talk: Talk) -> Self {
        let mut room = Self::new(talk);
        room.reply("initialize", json!({ "protocolVersion": 1 }));
        room.reply("session/new", json!({ "sessionId": "S" }));
        room
    }
    fn ended(&self) -> Result<(), (FailureClass, String)> {
        assert!(self.client.is_over());
        let verdict = match self.client.refusal() {
            Some(failure) => Err(failure.clone()),
            None => self.listener.verdict(&Exit::Code(0)),
        };
        verdict.map_err(|failure| (failure.class, failure.message))
    }
}

fn talk() -> Talk {
    Talk { prompt: "again".to_owned(), anew: "do it".to_owned(), write: true, ..Talk::default() }
}

#[test]
fn the_rules_of_the_protocol_are_sound() {
    assert!(standard().events.iter().any(|rule| rule.done == Some(true)) && !standard().kinds.is_empty());
}

#[test]
fn a_session_begins_is_asked_and_ends() {
    let mut room = Room::new(talk());
    let hello = room.one();
    assert_eq!(
        hello["params"]["clientCapabilities"],
        json!({ "fs": { "readTextFile": false, "writeTextFile": false }, "terminal": false })
    );
    room.hear(json!({ "jsonrpc": "2.0", "id": 7, "result": { "protocolVersion": 9 } }));
    assert!(room.said().is_empty(), "an answer to something else");
    room.hear(json!({ "jsonrpc": "2.0", "id": hello["id"], "result": { "protocolVersion": 1, "agentCapabilities": { "loadSession": true } } }));
    let new = room.one();
    assert_eq!((&new["method"], &new["params"]), (&json!("session/new"), &json!({ "cwd": "/repo", "mcpServers": [] })));
    room.chunk("history");
    room.hear(json!({ "jsonrpc": "2.0", "id": new["id"], "result": { "sessionId": "S" } }));
    let prompt = room.one();
    assert_eq!(prompt["params"], json!({ "sessionId": "S", "prompt": [{ "type": "text", "text": "do it" }] }));
    assert!(room.listener.has_begun() && !room.client.goes_on());
    room.chunk("I will. ");
    assert_eq!(
        room.update(json!({ "sessionUpdate": "tool_call", "toolCallId": "t", "title": "Write", "kind": "edit", "locations": [{ "path": "/repo/a" }] })),
        Some("Write /repo/a".to_owned())
    );
    assert!(room.listener.is_busy());
    room.update(json!({ "sessionUpdate": "tool_call_update", "toolCallId": "t", "status": "completed" }));
    assert!(!room.listener.is_busy());
    room.chunk("Do");
    room.hear(json!({ "jsonrpc": "2.0", "method": "_vendor/news", "params": {} }));
    room.update(json!({ "sessionUpdate": "something_new" }));
    room.hear(json!({ "jsonrpc": "2.0", "method": "session/update", "params": { "sessionId": "other", "update": { "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": "?" } } } }));
    room.chunk("ne.");
    room.hear(json!({ "jsonrpc": "2.0", "id": prompt["id"], "result": { "stopReason": "end_turn" } }));
    assert_eq!(room.ended(), Ok(()));
    assert_eq!(room.listener.reply().0, "Done.");
    assert_eq!(room.listener.session(), Some("S"));
    assert_eq!(room.listener.usage(Totals::NOTHING).input_tokens, None, "unknown, not 0");
    room.chunk("late");
    assert!(room.said().is_empty() && room.listener.reply().0.is_empty());
}

#[test]
fn a_session_goes_on_by_the_way_that_the_agent_knows() {
    let resumes = || Talk { resume: Some("S".to_owned()), ..talk() };
    for (capabilities, method) in [
        (json!({ "loadSession": true }), "session/load"),
        (json!({ "loadSession": true, "sessionCapabilities": { "resume": {} } }), "session/resume"),
    ] {
        let mut room = Room::new(resumes());
        room.reply("initialize", json!({ "protocolVersion": 1, "agentCapabilities": capabilities }));
        room.update(
            json!({ "sessionUpdate": "agent_message_chunk", "content": { "type": "text", "text": "history" } }),
        );
        room.reply(method, json!({}));
        assert_eq!(room.one()["params"], json!({ "sessionId": "S", "prompt": [{ "type": "text", "text": "again" }] }));
        assert!(room.client.goes_on() && room.listener.has_begun());
    }
    let mut room = Room::new(resumes());
    room.reply("initialize", json!({ "protocolVersion": 1 }));
    room.reply("session/new", json!({ "sessionId": "N" }));
    assert_eq!(room.one()["params"]["prompt"][0]["text"], "do it", "one that cannot go on is told everything");
    // Nor can one whose session is gone; that is no failure.
    let mut room = Room::new(resumes());
    room.reply("initialize", json!({ "protocolVersion": 1, "agentCapabilities": { "loadSession": true } }));
    room.fail("session/load", json!({ "code": -32603, "message": "Internal error" }));
    room.reply("session/new", json!({ "sessionId": "N" }));
    let prompt = room.one();
    assert_eq!(prompt["params"], json!({ "sessionId": "N", "prompt": [{ "type": "text", "text": "do it" }] }));
    assert!(!room.client.goes_on());
}

#[test]
fn settings_are_made_before_the_prompt_or_the_agent_is_refused() {
    let wants = |model: &str, effort: Option<&str>| {
        let effort = effort.map(|effort| ("thought_level", effort.to_owned()));
        Talk { settings: [("model", model.to_owned())].into_iter().chain(effort).collect(), ..talk() }
    };
    let options = json!([
        { "id": "m", "category": "model", "currentValue": "small", "options": [{ "group": "g", "options": [{ "value": "small" }, { "value": "large" }] }] },
        { "id": "e", "category": "thought_level", "currentValue": "low", "options": [{ "value": "low" }, { "value": "high" }] },
    ]);
    let mut room = Room::new(wants("large", Some("low")));
    room.reply("initialize", json!({ "protocolVersion": 1 }));
    room.reply("session/new", json!({ "sessionId": "S", "configOptions": options }));
    let set = room.one();
    assert_eq!(set["method"], "session/set_config_option");
    assert_eq!(set["params"], json!({ "sessionId": "S", "configId": "m", "value": "large" }));
    room.hear(json!({ "jsonrpc": "2.0", "id": set["id"], "result": { "configOptions": options } }));
    assert_eq!(room.one()["method"], "session/prompt", "the effort is the right one already");
    for (wanted, offered, part) in [
        ("huge", options.clone(), "`robot` offers no model `huge`; it offers `small`, `large`"),
        ("huge", json!([]), "`robot` offers no choice of model, where `huge` was wanted"),
    ] {
        let mut room = Room::new(wants(wanted, None));
        room.reply("initialize", json!({ "protocolVersion": 1 }));
        room.reply("session/new", json!({ "sessionId": "S", "configOptions": offered }));
        assert_eq!(room.ended(), Err((FailureClass::StartFailed, part.to_owned())));
        assert!(room.said().is_empty());
    }
}

#[test]
fn leave_is_given_by_the_profile_and_nothing_else_is_served() {
    let ask = |id: Value, call: Value| {
        let options = json!([{ "optionId": "a", "kind": "allow_once" }, { "optionId": "r", "kind": "reject_once" }]);
        json!({ "jsonrpc": "2.0", "id": id, "method": "session/request_permission", "params": { "sessionId": "S", "toolCall": call, "options": options } })
    };
    let chosen = |answer: &Value| answer["result"]["outcome"]["optionId"].as_str().map(str::to_owned);
    let mut writer = Room::begun(talk());
    writer.one();
    writer.chunk("before the tool");
    assert_eq!(
        writer.hear(ask(json!("x"), json!({ "toolCallId": "t", "title": "make" }))),
        Some("allowed: make".to_owned())
    );
    let answer = writer.one();
    assert_eq!((&answer["id"], chosen(&answer).as_deref()), (&json!("x"), Some("a")));
    assert!(writer.listener.reply().0.is_empty(), "a tool was used: what was said before is not the reply");
    let mut reader = Room::begun(Talk { write: false, ..talk() });
    reader.one();
    reader.update(json!({ "sessionUpdate": "tool_call", "toolCallId": "known", "title": "cat", "kind": "read" }));
    for (call, wanted) in [
        (json!({ "toolCallId": "known" }), "a"),
        (json!({ "toolCallId": "t", "kind": "search" }), "a"),
        (json!({ "toolCallId": "t", "kind": "edit", "title": "rm" }), "r"),
        (json!({ "toolCallId": "known", "kind": "execute" }), "r"),
        (json!({ "toolCallId": "t" }), "r"),
    ] {
        reader.hear(ask(json!(0), call.clone()));
        assert_eq!(chosen(&reader.one()).as_deref(), Some(wanted), "{call}");
    }
    reader.hear(json!({ "jsonrpc": "2.0", "id": 5, "method": "fs/write_text_file", "params": { "path": "/etc/x" } }));
    assert_eq!(reader.one()["error"]["code"], -32601);
    assert!(reader.client.cancel());
    assert_eq!(reader.one()["method"], "session/cancel");
    assert!(reader.client.cancel() && reader.said().is_empty(), "told once");
    reader.hear(ask(json!(9), json!({ "kind": "read" })));
    assert_eq!(reader.one()["result"]["outcome"]["outcome"], "cancelled");
}

#[test]
fn an_end_is_a_success_only_if_something_was_said() {
    for (said, result, wanted) in [
        (Some("x"), json!({ "result": { "stopReason": "end_turn" } }), None),
        (
            None,
            json!({ "result": { "stopReason": "end_turn" } }),
            Some((FailureClass::Provider, "without saying anything")),
        ),
        (
            Some(" \n"),
            json!({ "result": { "stopReason": "end_turn" } }),
            Some((FailureClass::Provider, "without saying anything")),
        ),
        (Some("x"), json!({ "result": { "stopReason": "refusal" } }), Some((FailureClass::Provider, "refusal"))),
        (Some("x"), json!({ "result": { "stopReason": "max_tokens" } }), Some((FailureClass::Budget, "max_tokens"))),
        (
            Some("x"),
            json!({ "result": { "stopReason": "max_turn_requests" } }),
            Some((FailureClass::Budget, "max_turn")),
        ),
        (Some("x"), json!({ "result": { "stopReason": "cancelled" } }), Some((FailureClass::Signal, "cancelled"))),
        (
            Some("x"),
            json!({ "result": { "stopReason": "bored" } }),
            Some((FailureClass::Exit, "without saying that it is done")),
        ),
        (Some("x"), json!({ "result": {} }), Some((FailureClass::Exit, "without saying that it is done"))),
        (
            None,
            json!({ "error": { "code": 429, "message": "log in to raise your limit" } }),
            Some((FailureClass::RateLimit, "(HTTP 429)")),
        ),
        (
            None,
            json!({ "error": { "code": -32603, "message": "Internal error", "data": { "statusCode": 401 } } }),
            Some((FailureClass::Auth, "(HTTP 401)")),
        ),
        (
            None,
            json!({ "error": { "code": -32603, "message": "Internal error", "data": { "details": "prompt is too long" } } }),
            Some((FailureClass::ContextOverflow, "prompt is too long")),
        ),
        (
            None,
            json!({ "error": { "code": -32000, "message": "Authentication required" } }),
            Some((FailureClass::Auth, "Authentication required")),
        ),
        (
            None,
            json!({ "error": { "code": -32603, "message": "Internal error" } }),
            Some((FailureClass::Provider, "Internal error")),
        ),
    ] {
        let mut room = Room::begun(talk());
        let asked = room.one();
        said.iter().for_each(|text| room.chunk(text));
        let mut message = json!({ "jsonrpc": "2.0", "id": asked["id"] });
        message.as_object_mut().expect("an object").extend(result.as_object().expect("an object").clone());
        room.hear(message);
        match (room.ended(), wanted) {
            (Ok(()), None) => {}
            (Err((class, message)), Some((wanted, part))) => {
                assert!(class == wanted && message.contains(part), "{result}: {class:?} {message}");
            }
            (ended, wanted) => panic!("{result}: {ended:?}, expected {wanted:?}"),
        }
    }
}

#[test]
fn what_cannot_begin_says_why() {
    let mut room = Room::new(talk());
    room.reply("initialize", json!({ "protocolVersion": 2 }));
    let (class, message) = room.ended().expect_err("another protocol");
    assert!(
        class == FailureClass::StartFailed && message.contains("speaks version 2 of the protocol, expected version 1"),
        "{message}"
    );
    let mut room = Room::new(Talk { auth: Some("key".to_owned()), ..talk() });
    room.reply("initialize", json!({ "protocolVersion": 1 }));
    let asked = room.said();
    assert_eq!((&asked[0]["method"], &asked[0]["params"]), (&json!("authenticate"), &json!({ "methodId": "key" })));
    room.hear(json!({ "jsonrpc": "2.0", "id": asked[0]["id"], "result": {} }));
    room.fail("session/new", json!({ "code": -32000, "message": "Authentication required" }));
    assert_eq!(room.ended().expect_err("not logged in").0, FailureClass::Auth);
    let mut room = Room::new(talk());
    room.reply("initialize", json!({ "protocolVersion": 1 }));
    room.reply("session/new", json!({ "sessionId": null }));
    assert_eq!(room.ended(), Err((FailureClass::StartFailed, "`robot` began a session without an id".to_owned())));
}

#[test]
fn hostile_lines_do_no_harm() {
    let mut room = Room::begun(talk());
    room.said();
    let deep = format!("{{\"method\":{}", "[".repeat(100_000));
    for line in [&b"{"[..], b"\xff{}", b"[]", b"null", deep.as_bytes(), b"a banner"] {
        assert!(!room.client.line(&mut room.listener, line).alive);
    }
    assert!(room.listener.chatter().contains("a banner"));
    for odd in
        [json!({}), json!({ "method": 1 }), json!({ "id": {} }), json!({ "id": "x".repeat(5000), "method": "fs/read" })]
    {
        room.hear(odd);
    }
    assert!(room.said().is_empty() && !room.client.is_over());
    for n in 0..20_000 {
        room.hear(json!({ "jsonrpc": "2.0", "id": n, "method": "fs/read_text_file" }));
    }
    let (class, message) = room.ended().expect_err("cut off");
    assert!(class == FailureClass::Budget && message.contains("asks more than it reads"), "{message}");
    assert!(room.client.outgoing().len() < 2 << 20);
}
