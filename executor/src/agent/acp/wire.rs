//! Messages to an agent, as lines of JSON. Pure.

use serde_json::{Value, json};

/// Version of the protocol that is spoken.
pub(super) const VERSION: u64 = 1;

/// JSON-RPC's "method not found".
const NO_METHOD: i64 = -32601;

/// Lines that have not been written yet.
#[derive(Debug, Default)]
pub(super) struct Outbox {
    bytes: Vec<u8>,
    sent: usize,
}

impl Outbox {
    /// What is to be written.
    pub(super) fn rest(&self) -> &[u8] {
        &self.bytes[self.sent..]
    }
    /// `count` bytes of it were written.
    pub(super) fn sent(&mut self, count: usize) {
        self.sent += count;
        if self.sent >= self.bytes.len() {
            (self.bytes, self.sent) = (Vec::new(), 0);
        }
    }
    /// Adds a message.
    pub(super) fn push(&mut self, message: &Value) {
        self.bytes.extend_from_slice(message.to_string().as_bytes());
        self.bytes.push(b'\n');
    }
}

/// A request of ours.
pub(super) fn request(id: u64, method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params })
}

/// A message that wants no answer.
pub(super) fn notice(method: &str, params: Value) -> Value {
    json!({ "jsonrpc": "2.0", "method": method, "params": params })
}

/// The answer to a request of the agent.
pub(super) fn answer(id: &Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// The answer to a request that nobody offered to serve.
pub(super) fn unknown(id: &Value, method: &str) -> Value {
    let message = format!("`{method}` is not offered by this client");
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": NO_METHOD, "message": message } })
}
