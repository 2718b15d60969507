//! The top of the file: version, inputs, limits, agents, schemas, outputs.

use super::decode::Decoder;
use super::fields::{Fields, KeyFault};
use super::node;
use super::words::{is_identifier, is_name};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::syntax::{Agent, Entries, Expression, Limits, Node, Tree, TreeKind, Workflow};

/// The language version that this compiler reads.
const VERSION: i64 = 1;

const WORKFLOW: &[&str] =
    &["mission", "name", "description", "inputs", "limits", "pools", "agents", "schemas", "nodes", "outputs"];
const LIMITS: &[&str] = &["concurrency", "wall", "usd", "agentRuns", "nodes", "parked", "weight", "onExceeded"];
const AGENT: &[&str] = &["runner", "access", "model", "effort", "budget", "command", "env", "passEnv"];

/// Largest capacity of a pool.
const MOST_IN_POOL: i64 = 1_000;

/// The types of JSON Schema.
const TYPES: &[&str] = &["string", "number", "integer", "boolean", "array", "object", "null"];

/// Decodes the whole file. What is missing at its top leaves a hole, with something in its place.
pub(super) fn workflow(d: &mut Decoder<'_>, tree: Tree) -> Option<Workflow> {
    if tree.kind == TreeKind::Null {
        d.push(empty_file(tree.span));
        return None;
    }
    let span = tree.span;
    let mut f = d.fields(tree, "the workflow", span, WORKFLOW)?;
    let mission = version(d, &mut f);
    let name = name(d, &mut f);
    let description = f.take("description").and_then(|t| d.literal(t, "`description`"));
    let inputs = f.take("inputs").map(|t| schemas(d, t, "`inputs`", input_name)).unwrap_or_default();
    let limits = f.take_entry("limits").and_then(|(at, t)| limits(d, t, at)).unwrap_or_default();
    let pools = f.take("pools").map(|t| pools(d, t)).unwrap_or_default();
    let agents = f.take("agents").map(|t| agents(d, t)).unwrap_or_default();
    let schemas = f.take("schemas").map(|t| schemas(d, t, "`schemas`", table_name)).unwrap_or_default();
    let nodes = nodes(d, &mut f);
    let outputs = f.take("outputs").map(|t| outputs(d, t)).unwrap_or_default();
    Some(Workflow {
        mission: mission?,
        name: name?,
        description,
        inputs,
        limits,
        pools,
        agents,
        schemas,
        nodes,
        outputs,
    })
}

/// A text without a single value.
pub(super) fn empty_file(here: Span) -> Diagnostic {
    Diagnostic::error("empty-file", here, "the file holds no workflow")
        .help("a workflow begins with `mission: 1` and has a `name` and `nodes`")
}

fn version(d: &mut Decoder<'_>, f: &mut Fields) -> Option<Spanned<i64>> {
    let Some(tree) = f.take("mission") else {
        d.missing(f, "mission", "add the language version as the first line: `mission: 1`");
        return Some(Spanned::new(VERSION, f.span));
    };
    if tree.kind == TreeKind::Int(VERSION) {
        return Some(Spanned::new(VERSION, tree.span));
    }
    d.broken = true;
    let raw = d.raw(tree.span);
    let message = format!("language version `{raw}` is not known, expected {VERSION}");
    d.push(Diagnostic::error("unknown-version", tree.span, message).help(format!("write `mission: {VERSION}`")));
    None
}

fn name(d: &mut Decoder<'_>, f: &mut Fields) -> Option<Spanned<String>> {
    let Some(tree) = f.take("name") else {
        d.missing(f, "name", "add a name: the first part of every node id, e.g. `name: release-notes`");
        return Some(Spanned::new("workflow".to_owned(), f.span));
    };
    let name = d.literal(tree, "`name`")?;
    d.id(&name, "workflow name");
    Some(name)
}

fn nodes(d: &mut Decoder<'_>, f: &mut Fields) -> Entries<Node> {
    match f.take("nodes") {
        Some(tree) => node::nodes(d, tree, "`nodes`"),
        None => {
            d.missing(f, "nodes", "add at least one node");
            Entries::default()
        }
    }
}

/// Entries that are JSON Schemas.
fn schemas(d: &mut Decoder<'_>, tree: Tree, field: &str, fits: fn(&str) -> Result<(), KeyFault>) -> Entries<Tree> {
    let entries = d.entries(tree, field, fits).unwrap_or_default();
    let schemas = entries.into_iter().filter(|(key, tree)| {
        let fits = matches!(tree.kind, TreeKind::Map(_));
        if !fits {
            d.broken = true;
            let help = match &tree.kind {
                TreeKind::Str(name) if TYPES.contains(&name.as_str()) => Some(format!("write `{{ type: {name} }}`")),
                _ => None,
            };
            d.wrong_shape(tree, &format!("`{}`", key.value), "a mapping that is a JSON Schema", help);
        }
        fits
    });
    Entries(schemas.collect())
}

fn limits(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Limits> {
    let mut f = d.fields(tree, "`limits`", at, LIMITS)?;
    Some(Limits {
        concurrency: f.take("concurrency").and_then(|t| d.amount(t, "`concurrency`", true)),
        wall: f.take("wall").and_then(|t| d.duration(t, "`wall`", false)),
        usd: f.take("usd").and_then(|t| d.amount(t, "`usd`", false)),
        agent_runs: f.take("agentRuns").and_then(|t| d.amount(t, "`agentRuns`", true)),
        nodes: f.take("nodes").and_then(|t| d.amount(t, "`nodes`", true)),
        parked: f.take("parked").and_then(|t| d.duration(t, "`parked`", true)),
        weight: f.take("weight").and_then(|t| d.amount(t, "`weight`", true)),
        on_exceeded: f.take("onExceeded").and_then(|t| d.word(t, "`onExceeded`", &["pause", "stop"])),
    })
}

fn pools(d: &mut Decoder<'_>, tree: Tree) -> Entries<Spanned<i64>> {
    let entries = d.entries(tree, "`pools`", table_name).unwrap_or_default();
    let pools = entries.into_iter().filter_map(|(key, tree)| {
        let capacity = d.whole(&tree, &format!("`{}`", key.value), 1, MOST_IN_POOL);
        d.broken |= capacity.is_none();
        capacity.map(|capacity| (key, capacity))
    });
    Entries(pools.collect())
}

fn agents(d: &mut Decoder<'_>, tree: Tree) -> Entries<Agent> {
    let entries = d.entries(tree, "`agents`", table_name).unwrap_or_default();
    let agents = entries.into_iter().filter_map(|(key, tree)| {
        let agent = agent(d, tree, &key);
        d.broken |= agent.is_none();
        agent.map(|agent| (key, agent))
    });
    Entries(agents.collect())
}

fn agent(d: &mut Decoder<'_>, tree: Tree, key: &Spanned<String>) -> Option<Agent> {
    let mut f = d.fields(tree, &format!("agent `{}`", key.value), key.span, AGENT)?;
    let runner = match f.take("runner") {
        Some(tree) => text_or_texts(d, tree, "`runner`"),
        None => {
            d.missing(&f, "runner", "add `runner: auto`, the name of an agent, or `command`");
            None
        }
    };
    let access = f.take("access").and_then(|t| d.word(t, "`access`", &["read", "write"]));
    let model = f.take("model").and_then(|t| d.plain_value(t, "`model`"));
    let effort = f.take("effort").and_then(|t| d.plain_value(t, "`effort`"));
    let budget = f.take("budget").and_then(|t| d.amount(t, "`budget`", false));
    let command = f.take("command").and_then(|t| text_or_texts(d, t, "`command`"));
    let env = f.take("env").map(|t| d.environment(t, "`env`")).unwrap_or_default();
    let pass_env = f.take("passEnv").map(|t| variables(d, t, "`passEnv`")).unwrap_or_default();
    Some(Agent { runner: runner?, access, model, effort, budget, command, env, pass_env })
}

/// A text, or a list of texts that is not empty.
fn text_or_texts(d: &mut Decoder<'_>, tree: Tree, field: &str) -> Option<Tree> {
    let fits = match &tree.kind {
        TreeKind::Str(text) => !text.is_empty(),
        TreeKind::List(items) => !items.is_empty() && items.iter().all(|item| matches!(item.kind, TreeKind::Str(_))),
        TreeKind::Null | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::Map(_) => false,
    };
    if !fits {
        d.wrong_type(&tree, field, "a text or a list of texts");
    }
    fits.then_some(tree)
}

/// A list of names of environment variables.
pub(super) fn variables(d: &mut Decoder<'_>, tree: Tree, field: &str) -> Vec<Spanned<String>> {
    let names = d.list(tree, field, "names").unwrap_or_default();
    let names = names.into_iter().filter_map(|t| d.literal(t, field)).collect::<Vec<_>>();
    for name in &names {
        if let Err(fault) = variable_name(name) {
            d.push(fault.at(name));
        }
    }
    names
}

fn outputs(d: &mut Decoder<'_>, tree: Tree) -> Entries<Expression> {
    let entries = d.entries(tree, "`outputs`", input_name).unwrap_or_default();
    let outputs = entries.into_iter().filter_map(|(key, tree)| {
        let field = format!("`outputs.{}`", key.value);
        d.expression(tree, &field).map(|expression| (key, expression))
    });
    Entries(outputs.collect())
}

fn input_name(name: &str) -> Result<(), KeyFault> {
    if is_identifier(name) {
        return Ok(());
    }
    let better = name.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
    let help = if is_identifier(&better) {
        format!("write `{better}`: letters, digits and `_`, so that expressions can name it")
    } else {
        "use letters, digits and `_`, so that expressions can name it".to_owned()
    };
    Err(KeyFault { code: "bad-name", message: format!("`{name}` cannot be used in expressions"), help: Some(help) })
}

fn table_name(name: &str) -> Result<(), KeyFault> {
    if is_name(name) {
        return Ok(());
    }
    let help = Some("use letters, digits, `-` and `_`, beginning with a letter".to_owned());
    Err(KeyFault { code: "bad-name", message: format!("`{name}` is not a valid name"), help })
}

/// A name of an environment variable.
pub(super) fn variable_name(name: &str) -> Result<(), KeyFault> {
    if is_identifier(name) {
        return Ok(());
    }
    let help = Some("use letters, digits and `_`, e.g. `API_URL`".to_owned());
    Err(KeyFault {
        code: "bad-name",
        message: format!("`{name}` is not a valid name of an environment variable"),
        help,
    })
}
