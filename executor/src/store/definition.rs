//! What a run pins when it begins. Resuming compiles this, whatever has become of the files since.

use std::collections::BTreeMap;

use mission_compiler::template::Data;
use serde::{Deserialize, Serialize};

use crate::digest;

/// The definition of a run, kept with it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Definition {
    /// Name of the workflow.
    pub name: String,
    /// Where its text came from, for messages and to notice later edits; a path or the name of a shipped template.
    pub origin: String,
    /// Its text.
    pub workflow: String,
    /// Texts of the files it names (prompts, schemas), by the path it names them with.
    pub files: BTreeMap<String, String>,
    /// Inputs with defaults filled in.
    pub inputs: BTreeMap<String, Data>,
    /// Agent profiles replaced for this run: profile (or `*`) → spec.
    pub agents: BTreeMap<String, String>,
    /// Text of the repository's `agents.yaml`, if it describes coding agents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub catalogue: Option<String>,
    /// Version of the engine that made it.
    pub engine: String,
}

impl Definition {
    /// SHA-256 of its canonical JSON, in hex. The same definition has the same digest, whatever the order of keys.
    pub fn digest(&self) -> String {
        digest::hex(&self.digest_bytes())
    }
    pub(super) fn digest_bytes(&self) -> [u8; 32] {
        let value = serde_json::to_value(self).expect("texts and JSON values are JSON");
        digest::sha256(&[digest::canonical(&value).as_bytes()])
    }
}
