//! The schema in a real editor: the YAML language server opens the shipped template, as VS Code and others would.
//!
//! `scripts/test` installs the server and sets `MISSION_REQUIRE_EDITOR`; without either the test says that it was skipped.

#![expect(clippy::print_stdout, reason = "a skipped test says so")]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use serde_json::{Value, json};

/// How long the server may take for one answer before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

struct Server {
    child: Child,
    input: ChildStdin,
    messages: Receiver<Value>,
    next_id: u64,
    version: u64,
    uri: String,
}

impl Server {
    fn start(program: &Path) -> Self {
        let mut child = Command::new("node")
            .arg(program)
            .arg("--stdio")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node starts the language server");
        let input = child.stdin.take().expect("piped");
        let output = child.stdout.take().expect("piped");
        let (sender, messages) = channel();
        std::thread::spawn(move || {
            let mut reader = BufReader::new(output);
            while let Some(message) = read_message(&mut reader) {
                if sender.send(message).is_err() {
                    return;
                }
            }
        });
        let uri = format!("file://{}", root().join("templates/mission.yaml").display());
        Self { child, input, messages, next_id: 0, version: 0, uri }
    }

    fn send(&mut self, message: &Value) {
        let text = message.to_string();
        write!(self.input, "Content-Length: {}\r\n\r\n{text}", text.len()).expect("the server reads");
        self.input.flush().expect("the server reads");
    }

    fn notify(&mut self, method: &str, params: &Value) {
        self.send(&json!({ "jsonrpc": "2.0", "method": method, "params": params }));
    }

    fn ask(&mut self, method: &str, params: &Value) -> Value {
        self.next_id += 1;
        let id = self.next_id;
        self.send(&json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params }));
        loop {
            let message = self.receive();
            if message["id"] == json!(id) && message.get("method").is_none() {
                assert!(message.get("error").is_none(), "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// The next message; requests of the server are answered on the way.
    fn receive(&mut self) -> Value {
        let message = self.messages.recv_timeout(PATIENCE).expect("the server answers");
        if message.get("method").is_some() && message.get("id").is_some() {
            let result = match message["method"].as_str() {
                Some("workspace/configuration") => {
                    let items = message["params"]["items"].as_array().map_or(0, Vec::len);
                    let yaml = json!({ "validate": true, "completion": true, "hover": true, "schemaStore": { "enable": false } });
                    Value::Array(
                        (0..items)
                            .map(|i| {
                                if message["params"]["items"][i]["section"] == "yaml" {
                                    yaml.clone()
                                } else {
                                    json!({})
                                }
                            })
                            .collect(),
                    )
                }
                _ => Value::Null,
            };
            self.send(&json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }));
        }
        message
    }

    fn open(&mut self) {
        let root_uri = format!("file://{}", root().display());
        let capabilities = json!({
            "textDocument": {
                "publishDiagnostics": {}, "hover": { "contentFormat": ["markdown", "plaintext"] },
                "completion": { "completionItem": { "documentationFormat": ["markdown", "plaintext"] } }
            },
            "workspace": { "configuration": true, "didChangeConfiguration": {} }
        });
        self.ask("initialize", &json!({ "processId": null, "rootUri": root_uri, "capabilities": capabilities }));
        self.notify("initialized", &json!({}));
        let yaml = json!({ "yaml": { "validate": true, "completion": true, "hover": true, "schemaStore": { "enable": false } } });
        self.notify("workspace/didChangeConfiguration", &json!({ "settings": yaml }));
    }

    fn show(&mut self, text: &str) {
        self.version += 1;
        let uri = self.uri.clone();
        if self.version == 1 {
            let document = json!({ "uri": uri, "languageId": "yaml", "version": 1, "text": text });
            self.notify("textDocument/didOpen", &json!({ "textDocument": document }));
        } else {
            let document = json!({ "uri": uri, "version": self.version });
            self.notify(
                "textDocument/didChange",
                &json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
            );
        }
    }

    /// The diagnostics published for the document, once `enough` says that they are those waited for.
    fn diagnostics(&mut self, enough: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        loop {
            let message = self.receive();
            if message["method"] == "textDocument/publishDiagnostics" && message["params"]["uri"] == json!(self.uri) {
                let found = message["params"]["diagnostics"].as_array().cloned().unwrap_or_default();
                if enough(&found) {
                    return found;
                }
            }
        }
    }

    fn at(&self, line: usize, character: usize) -> Value {
        json!({ "textDocument": { "uri": self.uri }, "position": { "line": line, "character": character } })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn read_message(reader: &mut impl BufRead) -> Option<Value> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix("Content-Length:") {
            length = value.trim().parse().ok()?;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    serde_json::from_slice(&body).ok()
}

fn server() -> Option<Server> {
    let program = root().join("tests/editor/node_modules/yaml-language-server/bin/yaml-language-server");
    if program.exists() {
        return Some(Server::start(&program));
    }
    assert!(std::env::var_os("MISSION_REQUIRE_EDITOR").is_none(), "{} is not installed", program.display());
    println!("skipped: the YAML language server is not installed; `scripts/test` installs it");
    None
}

/// Line (from 0) of the first line of `text` that contains `part`.
fn line_of(text: &str, part: &str) -> usize {
    text.lines().position(|l| l.contains(part)).unwrap_or_else(|| panic!("`{part}` stands in the template"))
}

#[test]
fn the_template_is_valid_a_typo_is_marked_and_keys_are_completed_and_explained() {
    let Some(mut server) = server() else { return };
    let text = std::fs::read_to_string(root().join("templates/mission.yaml")).expect("the template is there");
    server.open();

    server.show(&text);
    assert_eq!(server.diagnostics(|_| true), Vec::<Value>::new(), "the shipped template has no diagnostics");

    let typo = text.replacen("    timeout: 30m", "    timeuot: 30m", 1);
    let line = line_of(&typo, "timeuot: 30m");
    server.show(&typo);
    let found = server.diagnostics(|found| !found.is_empty());
    assert!(found.iter().any(|d| d["range"]["start"]["line"] == json!(line)), "expected line {line}: {found:#?}");
    assert!(found.iter().any(|d| d["message"].as_str().is_some_and(|m| m.contains("timeuot"))), "{found:#?}");

    server.show(&text);
    server.diagnostics(<[Value]>::is_empty);
    let timeout = line_of(&text, "    timeout: 30m");
    let hover = server.ask("textDocument/hover", &server.at(timeout, 6));
    let told = hover["contents"].to_string();
    assert!(told.contains("Time limit"), "hover over `timeout` explains it: {hover}");

    let at = timeout + 1;
    let mut lines: Vec<&str> = text.lines().collect();
    lines.insert(at, "    ");
    server.show(&lines.join("\n"));
    let answer = server.ask("textDocument/completion", &server.at(at, 4));
    let items = answer["items"].as_array().or(answer.as_array()).cloned().unwrap_or_default();
    for key in ["retry", "report", "needs"] {
        let item = items.iter().find(|i| i["label"] == json!(key));
        let item = item.unwrap_or_else(|| panic!("`{key}` is offered: {items:#?}"));
        assert!(item["documentation"].to_string().len() > 10, "`{key}` is explained: {item}");
    }
}
