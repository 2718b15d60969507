//! What a model was asked, whatever the dialect.

use serde_json::Value;

/// A tool that the agent offers.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Tool {
    /// Its name.
    pub(crate) name: String,
    /// JSON Schema of its arguments.
    pub(crate) schema: Value,
}

/// A request.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    /// The model that was named.
    pub(crate) model: String,
    /// How much it is to think, in the dialect's own word.
    pub(crate) effort: Option<String>,
    /// The tools.
    pub(crate) tools: Vec<Tool>,
    /// What the person wrote, in order; without what the agent itself tells about the surroundings.
    pub(crate) prompts: Vec<String>,
    /// Results of tools since then.
    pub(crate) results: usize,
    /// The schema that the answer must have.
    pub(crate) format: Option<Value>,
    /// Whether the answer is to come in parts.
    pub(crate) stream: bool,
    /// The working directory, if the agent told it.
    pub(crate) folder: Option<String>,
    /// The agent has no tools: what is to be written is told in the reply.
    pub(crate) in_text: bool,
}

impl Asked {
    /// The person wrote.
    pub(crate) fn person(&mut self, text: String) {
        self.prompts.push(text);
        self.results = 0;
    }
    /// The first of what the person wrote: the task. Later ones speak about it.
    pub(crate) fn task(&self) -> &str {
        self.prompts.first().map_or("", String::as_str)
    }
    /// The last of what the person wrote.
    pub(crate) fn last(&self) -> &str {
        self.prompts.last().map_or("", String::as_str)
    }
    /// It is no step of the work, but a question beside it, such as one for a title.
    pub(crate) fn is_aside(&self) -> bool {
        self.tools.is_empty() && !self.in_text
    }
}

/// Where dialects tell how much the model is to think.
const EFFORTS: [&str; 4] = [
    "/reasoning/effort",
    "/reasoning_effort",
    "/output_config/effort",
    "/generationConfig/thinkingConfig/thinkingLevel",
];

/// How much the model is to think.
pub(crate) fn effort(body: &Value) -> Option<String> {
    EFFORTS.iter().find_map(|at| body.pointer(at)?.as_str()).map(str::to_owned)
}

/// Every text in `value`, one per line.
pub(crate) fn texts(value: &Value) -> String {
    let mut all = String::new();
    gather(value, &mut all);
    all
}

fn gather(value: &Value, all: &mut String) {
    match value {
        Value::String(text) => {
            all.push_str(text);
            all.push('\n');
        }
        Value::Array(items) => items.iter().for_each(|item| gather(item, all)),
        Value::Object(map) => map.values().for_each(|item| gather(item, all)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Words behind which agents tell the working directory.
const BEFORE_FOLDER: [&str; 6] = [
    "orking directory: ",
    "orking directory is: ",
    "orking directory is ",
    "<cwd>",
    "Workspace Directories:**\n  - ",
    "orking Directory: ",
];

/// The working directory as told in `text`.
pub(crate) fn folder(text: &str) -> Option<String> {
    BEFORE_FOLDER.iter().find_map(|before| {
        let at = text.find(before)? + before.len();
        let rest = text[at..].trim_start_matches('`');
        let end = rest.find(['\n', '`', '<', '"', ' ']).unwrap_or(rest.len());
        let path = rest[..end].trim_end_matches('.');
        path.starts_with('/').then(|| path.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_is_found_where_agents_tell_it() {
        for (text, path) in [
            (" - Primary working directory: /tmp/x\n - other", Some("/tmp/x")),
            ("<environment_context>\n  <cwd>/tmp/x</cwd>", Some("/tmp/x")),
            ("- **Workspace Directories:**\n  - /tmp/x\n- more", Some("/tmp/x")),
            ("Current working directory is: `/tmp/x`.", Some("/tmp/x")),
            ("in the working directory, which", None),
        ] {
            assert_eq!(folder(text).as_deref(), path, "{text}");
        }
    }
}
