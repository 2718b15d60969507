//! The agent's own tools: which one does a job, and how its arguments are filled, by its own schema.

use serde_json::{Map, Value, json};

use crate::asked::{Asked, Tool};

/// Names under which agents offer a shell, in order of preference.
const SHELLS: [&str; 12] = [
    "bash",
    "shell",
    "exec_command",
    "run_shell_command",
    "developer__shell",
    "local_shell",
    "execute_command",
    "shell_command",
    "terminal",
    "run_command",
    "run_commands",
    "execute",
];
/// Names under which they offer to write a file.
const WRITERS: [&str; 7] =
    ["write", "write_file", "writefile", "create_file", "developer__write", "developer__text_editor", "create"];
/// Names under which they take a result.
const RESULTS: [&str; 5] =
    ["structuredoutput", "structured_output", "recipe__final_output", "final_output", "return_result"];

/// A call of a tool.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Call {
    /// Name of the tool.
    pub(crate) tool: String,
    /// Its arguments.
    pub(crate) arguments: Value,
}

/// What a tool is to do.
#[derive(Debug, Clone, Copy)]
enum Job<'j> {
    Run(&'j str),
    Write(&'j str, &'j str),
}

/// The tool that takes results.
pub(crate) fn taker(asked: &Asked) -> Option<&Tool> {
    pick(asked, &RESULTS)
}

/// Runs `command` in a shell; `None` if the agent has none.
pub(crate) fn run(asked: &Asked, command: &str) -> Option<Call> {
    pick(asked, &SHELLS).map(|tool| filled(tool, Job::Run(command)))
}

/// Writes `text` to `file` of the working directory with a tool for that, else with a shell.
pub(crate) fn write(asked: &Asked, file: &str, text: &str) -> Option<Call> {
    if let Some(tool) = pick(asked, &WRITERS) {
        let path = asked.folder.as_ref().map_or_else(|| file.to_owned(), |folder| format!("{folder}/{file}"));
        return Some(filled(tool, Job::Write(&path, text)));
    }
    run(asked, &format!("printf '%s\\n' '{}' > '{file}' && cat '{file}'", text.trim_end()))
}

fn pick<'a>(asked: &'a Asked, names: &[&str]) -> Option<&'a Tool> {
    names.iter().find_map(|name| asked.tools.iter().find(|tool| tool.name.eq_ignore_ascii_case(name)))
}

fn filled(tool: &Tool, job: Job<'_>) -> Call {
    let required = tool.schema["required"].as_array().cloned().unwrap_or_default();
    let mut arguments = Map::new();
    for (name, schema) in tool.schema["properties"].as_object().into_iter().flatten() {
        let value = argument(&name.to_lowercase(), schema, job)
            .or_else(|| required.contains(&json!(name)).then(|| filler(schema)));
        arguments.extend(value.map(|value| (name.clone(), value)));
    }
    Call { tool: tool.name.clone(), arguments: Value::Object(arguments) }
}

fn argument(name: &str, schema: &Value, job: Job<'_>) -> Option<Value> {
    match (name, job) {
        ("command" | "cmd" | "script", Job::Run(command)) if kind(schema) == "array" => {
            Some(json!(["bash", "-lc", command]))
        }
        ("command" | "cmd" | "script", Job::Run(command)) => Some(json!(command)),
        ("commands", Job::Run(command)) => Some(json!([command])),
        ("command", Job::Write(..)) => Some(json!("write")),
        ("file_path" | "filepath" | "path" | "absolute_path" | "filename", Job::Write(path, _)) => Some(json!(path)),
        ("content" | "file_text" | "contents" | "text", Job::Write(_, text)) => Some(json!(text)),
        _ => None,
    }
}

fn kind(schema: &Value) -> &str {
    schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or_default()
}

/// Anything that fits.
fn filler(schema: &Value) -> Value {
    match (schema["enum"].get(0), kind(&lowered(schema))) {
        (Some(first), _) => first.clone(),
        (None, "boolean") => json!(false),
        (None, "number" | "integer") => json!(1),
        (None, "array") => json!([]),
        (None, "object") => json!({}),
        _ => json!("x"),
    }
}

/// Gemini writes types in capitals.
fn lowered(schema: &Value) -> Value {
    json!({ "type": kind(schema).to_lowercase() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(tools: &[(&str, Value)]) -> Asked {
        let tools = tools.iter().map(|(name, properties)| Tool {
            name: (*name).to_owned(),
            schema: json!({ "required": ["command", "why", "file_path", "content"], "properties": properties }),
        });
        Asked { tools: tools.collect(), folder: Some("/w".to_owned()), ..Asked::default() }
    }

    #[test]
    fn arguments_follow_the_tools_own_schema() {
        let shell = asked(&[(
            "Bash",
            json!({ "command": { "type": "string" }, "why": { "type": "string" }, "wait": { "type": "integer" } }),
        )]);
        let call = run(&shell, "ls").expect("a shell");
        assert_eq!((call.tool.as_str(), call.arguments), ("Bash", json!({ "command": "ls", "why": "x" })));
        let list = asked(&[("shell", json!({ "command": { "type": ["array"] } }))]);
        assert_eq!(run(&list, "ls").expect("a shell").arguments, json!({ "command": ["bash", "-lc", "ls"] }));
        assert_eq!(run(&asked(&[]), "ls"), None);
    }

    #[test]
    fn files_are_written_with_a_tool_for_that_if_there_is_one() {
        let both = asked(&[
            ("bash", json!({ "command": { "type": "string" } })),
            ("Write", json!({ "file_path": { "type": "string" }, "content": { "type": "string" } })),
        ]);
        let call = write(&both, "a.txt", "A\n").expect("a tool");
        assert_eq!(call.arguments, json!({ "file_path": "/w/a.txt", "content": "A\n" }));
        let shell = asked(&[("bash", json!({ "command": { "type": "string" } }))]);
        let call = write(&shell, "a.txt", "A\n").expect("a tool");
        assert_eq!(call.arguments, json!({ "command": "printf '%s\\n' 'A' > 'a.txt' && cat 'a.txt'" }));
    }
}
