//! The server from outside, over TCP: dialects, refusals, streams that break, the ledger, and the end.

use std::io::{Read, Write};
use std::net::TcpStream;

use mission_scenario::Server;
use serde_json::{Value, json};

/// The whole answer to one request.
fn ask(server: &Server, path: &str, body: &Value) -> String {
    let body = body.to_string();
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    let length = body.len();
    write!(stream, "POST {path}?beta=true HTTP/1.1\r\nhost: x\r\ncontent-length: {length}\r\n\r\n{body}")
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    answer
}

fn body_of(answer: &str) -> Value {
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|e| panic!("{e}: {answer}"))
}

const TASK: &str = "Do it.\n{\"type\":\"object\",\"required\":[\"n\"],\"properties\":{\"n\":{\"type\":\"integer\"}}}\n";

/// A request in each dialect: the end of the path and the body.
fn requests(stream: bool) -> Vec<(&'static str, Value)> {
    let schema = json!({ "type": "object", "properties": { "command": { "type": "string" } } });
    let (named, parts) = (json!({ "name": "bash", "parameters": schema }), json!([{ "text": TASK }]));
    let user = json!([{ "role": "user", "content": TASK }]);
    let end = if stream { "v1/models/m:streamGenerateContent" } else { "v1/models/m:generateContent" };
    vec![
        (
            "v1/messages",
            json!({ "stream": stream, "messages": user, "tools": [{ "name": "bash", "input_schema": schema }] }),
        ),
        ("responses", json!({ "stream": stream, "input": user, "tools": [named] })),
        ("chat/completions", json!({ "stream": stream, "messages": user, "tools": [{ "function": named }] })),
        (
            end,
            json!({ "contents": [{ "role": "user", "parts": parts }], "tools": [{ "functionDeclarations": [named] }] }),
        ),
    ]
}

#[test]
fn every_dialect_answers_at_once_and_in_parts_and_counts_the_same() {
    let server = Server::start().expect("it starts");
    for (nth, (path, body)) in requests(false).into_iter().enumerate() {
        let answer = body_of(&ask(&server, &format!("/ok,tag=whole{nth}/{path}"), &body)).to_string();
        assert!(answer.contains("hello.txt"), "{path}: {answer}");
    }
    for (nth, (path, body)) in requests(true).into_iter().enumerate() {
        let answer = ask(&server, &format!("/say,tag=parts{nth}/{path}"), &body);
        assert!(answer.contains("text/event-stream") && answer.ends_with("\r\n0\r\n\r\n"), "{path}: {answer}");
    }
    let ledger = server.ledger();
    let inputs: std::collections::BTreeSet<u64> = ledger.all().values().map(|count| count.input).collect();
    assert_eq!((ledger.all().len(), inputs.len()), (8, 8), "{ledger:?}");
    assert!(ledger.all().values().all(|count| count.answers == 1 && count.output > 0), "{ledger:?}");
}

#[test]
fn refusals_have_their_status_and_end_when_they_should() {
    let server = Server::start().expect("it starts");
    for (path, body) in requests(true) {
        let refused = ask(&server, &format!("/429,reset=300,tag=limit/{path}"), &body);
        assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("retry-after: 300\r\n"), "{refused}");
        let tag = path.replace(['/', ':'], "-");
        let first = ask(&server, &format!("/500,times=1,tag={tag}/{path}"), &body);
        let second = ask(&server, &format!("/500,times=1,tag={tag}/{path}"), &body);
        assert!(first.starts_with("HTTP/1.1 500 ") && second.starts_with("HTTP/1.1 200 "), "{path}");
        let count = server.ledger().of(&tag);
        assert_eq!((count.requests, count.refused, count.answers), (2, 1, 1), "{path}");
    }
    assert_eq!(server.ledger().of("limit").input, 0);
}

#[test]
fn a_cut_stream_has_no_end_and_its_tokens_are_not_told() {
    let server = Server::start().expect("it starts");
    for (path, body) in requests(true) {
        let answer = ask(&server, &format!("/cut/{path}"), &body);
        assert!(answer.contains("data: {") && !answer.ends_with("\r\n0\r\n\r\n"), "{path}: {answer}");
    }
    let count = server.ledger().of("cut");
    assert_eq!((count.requests, count.refused, count.input), (4, 4, 0));
}

#[test]
fn what_is_nothing_is_refused_and_the_ledger_is_told() {
    let server = Server::start().expect("it starts");
    assert!(ask(&server, "/ok/v1/embeddings", &json!({})).starts_with("HTTP/1.1 404 "));
    ask(&server, "/say,tag=one/chat/completions", &json!({ "messages": [] }));
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    stream.write_all(b"GET /ledger HTTP/1.1\r\n\r\n").expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    assert_eq!(body_of(&answer)["one"]["asides"], 1, "{answer}");
}

#[test]
fn it_ends_when_it_is_dropped() {
    let server = Server::start().expect("it starts");
    let address = server.address();
    drop(server);
    let gone = (0..200).any(|_| {
        std::thread::sleep(std::time::Duration::from_millis(5));
        TcpStream::connect(address).is_err()
    });
    assert!(gone, "{address} still listens");
}
