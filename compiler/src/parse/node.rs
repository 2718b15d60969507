//! One node: its verb or verbs and all keys that may stand beside them.

use super::decode::Decoder;
use super::fields::{Fields, KeyFault};
use super::file::variables;
use super::parts;
use super::words::{id_from, is_id};
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::suggest::one_of;
use crate::syntax::{AgentChoice, Entries, Node, Prompt, Tree, TreeKind, Verb};

const VERBS: &[&str] = &["agent", "run", "gate", "uses", "value", "nodes"];
const NODE: &[&str] = &[
    "agent",
    "run",
    "gate",
    "uses",
    "value",
    "nodes",
    "needs",
    "when",
    "otherwise",
    "always",
    "map",
    "yield",
    "output",
    "assert",
    "pass_when",
    "partial_when",
    "say",
    "on_fail",
    "only",
    "timeout",
    "idle",
    "retry",
    "worktree",
    "claims",
    "handoff",
    "report",
    "prompt",
    "with",
    "env",
    "stdin",
    "cwd",
    "pool",
    "secrets",
];
const CHOICE: &[&str] = &["by", "of", "else"];
const PROMPT: &[&str] = &["file"];

/// Keys that mean something beside certain verbs only. (`yield` is also at home beside `map`.)
const AT_HOME: &[(&str, &[&str])] = &[
    ("prompt", &["agent"]),
    ("with", &["uses"]),
    ("stdin", &["run"]),
    ("yield", &["nodes"]),
    ("timeout", &["agent", "run", "uses", "nodes"]),
    ("idle", &["agent", "run", "uses", "nodes"]),
    ("retry", &["agent", "run", "uses", "nodes"]),
];

impl Decoder<'_> {
    /// Notes it if `id` is not a node id.
    pub(super) fn id(&mut self, id: &Spanned<String>, what: &str) {
        if let Err(fault) = id_fault(id, what) {
            self.broken = true;
            self.push(fault.at(id));
        }
    }
}

fn id_fault(id: &str, what: &str) -> Result<(), KeyFault> {
    if is_id(id) {
        return Ok(());
    }
    let message = if id.len() > 63 && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
        format!("{what} `{id}` has {} characters, expected at most 63", id.len())
    } else if id.contains('_') {
        format!("{what} `{id}` holds `_`; ids are written with `-`, and expressions turn `-` into `_`")
    } else {
        format!("`{id}` is not a valid {what}")
    };
    let help = match id_from(id) {
        Some(better) => format!("write `{better}`"),
        None => "use lower-case words joined by `-`, beginning with a letter".to_owned(),
    };
    Err(KeyFault { code: "bad-id", message, help: Some(help) })
}

fn node_id(id: &str) -> Result<(), KeyFault> {
    id_fault(id, "node id")
}

/// The nodes of the file, a group or a map's body.
pub(super) fn nodes(d: &mut Decoder<'_>, tree: Tree, field: &str) -> Entries<Node> {
    let span = tree.span;
    if matches!(tree.kind, TreeKind::List(_)) {
        d.broken = true;
        d.wrong_shape(&tree, field, "a mapping", Some("write each node as a key: `build: { run: make }`".to_owned()));
        return Entries::default();
    }
    let Some(entries) = d.entries(tree, field, node_id) else { return Entries::default() };
    if entries.is_empty() && !d.partial {
        d.broken = true;
        d.push(Diagnostic::error("no-nodes", span, format!("{field} is empty, expected at least one node")));
    }
    let mut nodes = Vec::with_capacity(entries.len());
    for (key, tree) in entries {
        if d.has_enough() {
            break;
        }
        let node = node(d, tree, &key);
        d.broken |= node.is_none();
        d.lost |= node.is_none();
        nodes.extend(node.map(|node| (key, node)));
    }
    Entries(nodes)
}

fn node(d: &mut Decoder<'_>, tree: Tree, key: &Spanned<String>) -> Option<Node> {
    let span = tree.span;
    let what = format!("node `{}`", key.value);
    if let TreeKind::Str(text) = &tree.kind {
        let help = format!("write `{}: {{ run: {text} }}` if it is a command", key.value);
        d.wrong_shape(&tree, &what, "a mapping", Some(help));
        return None;
    }
    let mut f = d.fields(tree, &what, key.span, NODE)?;
    one_verb(d, &f);
    misplaced(d, &f);
    let verbs = verbs(d, &mut f);
    Some(Node {
        span,
        verbs,
        needs: f.take("needs").map(|t| needs(d, t)).unwrap_or_default(),
        when: f.take("when").and_then(|t| d.expression(t, "`when`")),
        otherwise: f.take("otherwise"),
        always: f.take("always").and_then(|t| d.boolean(&t, "`always`")),
        map: f.take_entry("map").and_then(|(at, t)| parts::map(d, t, at)).map(Box::new),
        yields: f.take("yield").and_then(|t| d.expression(t, "`yield`")),
        output: f.take_entry("output").and_then(|(at, t)| parts::output(d, t, at)).map(Box::new),
        asserts: f.take("assert").map(|t| parts::asserts(d, t)).unwrap_or_default(),
        pass_when: f.take("pass_when").and_then(|t| d.expression(t, "`pass_when`")),
        partial_when: f.take("partial_when").and_then(|t| d.expression(t, "`partial_when`")),
        say: f.take("say").and_then(|t| d.text(t, "`say`")),
        on_fail: f.take_entry("on_fail").and_then(|(at, t)| parts::on_fail(d, t, at)).map(Box::new),
        only: f.take("only").and_then(|t| d.word(t, "`only`", &["repair"])),
        timeout: f.take("timeout").and_then(|t| d.duration(t, "`timeout`", false)),
        idle: f.take("idle").and_then(|t| d.duration(t, "`idle`", false)),
        retry: f.take_entry("retry").and_then(|(at, t)| parts::retry(d, t, at)).map(Box::new),
        worktree: f.take_entry("worktree").and_then(|(at, t)| parts::worktree(d, t, at)).map(Box::new),
        claims: f.take("claims").and_then(|t| d.expression(t, "`claims`")),
        handoff: f.take_entry("handoff").and_then(|(at, t)| parts::handoff(d, t, at)).map(Box::new),
        report: f.take_entry("report").and_then(|(at, t)| parts::report(d, t, at)).map(Box::new),
        prompt: f.take_entry("prompt").and_then(|(at, t)| prompt(d, t, at)),
        with: f.take("with").and_then(|t| with(d, t)),
        env: f.take("env").map(|t| d.environment(t, "`env`")).unwrap_or_default(),
        stdin: f.take("stdin"),
        cwd: f.take("cwd").and_then(|t| parts::cwd(d, t)),
        pool: f.take("pool").and_then(|t| d.literal(t, "`pool`")),
        secrets: f.take("secrets").map(|t| variables(d, t, "`secrets`")).unwrap_or_default(),
    })
}

/// A node does exactly one thing.
fn one_verb(d: &mut Decoder<'_>, f: &Fields) {
    let mut verbs: Vec<(Span, &str)> = VERBS.iter().filter_map(|v| f.find(v).map(|at| (at, *v))).collect();
    verbs.sort_unstable();
    d.broken |= verbs.len() != 1;
    match verbs.as_slice() {
        [] if d.partial => {}
        [] => {
            let message = format!("{} has no verb: nothing says what it does", f.what);
            d.push(Diagnostic::error("no-verb", f.span, message).help(format!("add {}", one_of(VERBS))));
        }
        [_] => {}
        [(first_at, first), others @ ..] => {
            for (at, verb) in others {
                let message = format!("{} does two things: `{first}` and `{verb}`", f.what);
                let help = "a node has one verb; make two nodes, or a group of them below `nodes:`";
                d.push(Diagnostic::error("two-verbs", *at, message).label(*first_at, "the first verb").help(help));
            }
        }
    }
}

/// Keys that have no effect beside the node's verb.
fn misplaced(d: &mut Decoder<'_>, f: &Fields) {
    let verbs: Vec<&str> = VERBS.iter().copied().filter(|v| f.find(v).is_some()).collect();
    if let [verb] = verbs.as_slice() {
        for (key, homes) in AT_HOME {
            let Some(at) = f.find(key) else { continue };
            if homes.contains(verb) || (*key == "yield" && f.find("map").is_some()) {
                continue;
            }
            let message = format!("`{key}` has no effect beside `{verb}`");
            let help = match *key {
                "stdin" | "with" | "prompt" => format!("`{key}` belongs to `{}`", homes[0]),
                "yield" => "`yield` belongs to a group (`nodes`) or a `map`".to_owned(),
                _ => "only work that runs by itself can be limited and retried".to_owned(),
            };
            d.push(Diagnostic::error("misplaced-key", at, message).help(help));
        }
    }
    if let Some(at) = f.find("say").filter(|_| f.find("pass_when").is_none() && f.find("partial_when").is_none()) {
        let wrong = Diagnostic::error("misplaced-key", at, "`say` has no effect without a verdict");
        d.push(wrong.help("`say` belongs to `pass_when` or `partial_when`"));
    }
    if verbs.contains(&"agent") && f.find("prompt").is_none() {
        d.missing(f, "prompt", "an agent needs a prompt: `prompt: |` with the text below, or `prompt: { file: PATH }`");
    }
}

fn verbs(d: &mut Decoder<'_>, f: &mut Fields) -> Vec<Spanned<Verb>> {
    let mut verbs = Vec::new();
    for verb in VERBS {
        let Some((at, tree)) = f.take_entry(verb) else { continue };
        let decoded = match *verb {
            "agent" => agent(d, tree, at).map(Verb::Agent),
            "run" => run(d, tree).map(Verb::Run),
            "gate" => parts::gate(d, tree, at).map(Verb::Gate),
            "uses" => d.literal(tree, "`uses`").map(Verb::Uses),
            "value" => Some(Verb::Value(tree)),
            _ => Some(Verb::Nodes(nodes(d, tree, "`nodes`"))),
        };
        d.broken |= decoded.is_none();
        verbs.extend(decoded.map(|verb| Spanned::new(verb, at)));
    }
    verbs.sort_by_key(|verb| verb.span);
    verbs
}

fn agent(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<AgentChoice> {
    if matches!(tree.kind, TreeKind::Str(_)) {
        return d.literal(tree, "`agent`").map(AgentChoice::One);
    }
    if !matches!(tree.kind, TreeKind::Map(_)) {
        d.wrong_type(&tree, "`agent`", "the name of an agent, or `{ by, of, else }`");
        return None;
    }
    let mut f = d.fields(tree, "`agent`", at, CHOICE)?;
    let by = f.take("by").map(|t| d.expression(t, "`by`"));
    let of = f.take("of").map(|t| d.entries(t, "`of`", |_| Ok(())).unwrap_or_default());
    let otherwise = f.take("else").map(|t| d.literal(t, "`else`"));
    if by.is_none() {
        d.missing(&f, "by", "add the expression whose value chooses the agent");
    }
    if of.is_none() {
        d.missing(&f, "of", "add the agent for each value: `of: { docs: writer }`");
    }
    if otherwise.is_none() {
        d.missing(&f, "else", "add the agent for every other value");
    }
    let of = of?.into_iter().filter_map(|(key, tree)| d.literal(tree, &format!("`{}`", key.value)).map(|t| (key, t)));
    let of = Entries(of.collect());
    Some(AgentChoice::By { by: by??, of, otherwise: otherwise?? })
}

fn run(d: &mut Decoder<'_>, tree: Tree) -> Option<Tree> {
    match &tree.kind {
        TreeKind::Str(text) if text.trim().is_empty() => {
            d.push(Diagnostic::error("empty-run", tree.span, "`run` is empty, expected a command"));
            return None;
        }
        TreeKind::Str(text) => refuse_template(d, text, &tree),
        TreeKind::List(items) if items.is_empty() => {
            d.push(Diagnostic::error("empty-run", tree.span, "`run` is empty, expected a program and its arguments"));
            return None;
        }
        TreeKind::List(items) => {
            for item in items {
                match &item.kind {
                    TreeKind::Str(text) => refuse_template(d, text, item),
                    TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::Bool(_) => {}
                    TreeKind::Null | TreeKind::List(_) | TreeKind::Map(_) => {
                        d.broken = true;
                        d.wrong_type(item, "an argument of `run`", "a text or a number");
                    }
                }
            }
        }
        TreeKind::Null | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::Map(_) => {
            d.wrong_type(&tree, "`run`", "a text for the shell, or a list of program and arguments");
            return None;
        }
    }
    Some(tree)
}

fn refuse_template(d: &mut Decoder<'_>, text: &str, tree: &Tree) {
    let Some(at) = text.find("{{").or_else(|| text.find("{%")) else { return };
    let end = text[at..].find("}}").map_or(at + 2, |i| at + i + 2);
    let span = crate::source::locate(d.source, tree.span, text, at..end);
    let help =
        "pass the value through the environment: `env: { NAME: \"{{ … }}\" }`, then use \"$NAME\"; or through `stdin:`";
    d.push(Diagnostic::error("template-in-run", span, "`run` is never a template").help(help));
}

fn needs(d: &mut Decoder<'_>, tree: Tree) -> Vec<Spanned<String>> {
    let Some(items) = d.list(tree, "`needs`", "node names") else {
        d.broken = true;
        return Vec::new();
    };
    items.into_iter().filter_map(|t| d.literal(t, "`needs`")).collect()
}

fn prompt(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Prompt> {
    let prompt = match tree.kind {
        TreeKind::Str(text) if text.trim().is_empty() => {
            d.push(Diagnostic::error("empty-prompt", tree.span, "`prompt` is empty"));
            None
        }
        TreeKind::Str(text) => Some(Prompt::Inline(Spanned::new(text, tree.span))),
        TreeKind::Map(_) => file_prompt(d, tree, at),
        TreeKind::Null | TreeKind::Bool(_) | TreeKind::Int(_) | TreeKind::Float(_) | TreeKind::List(_) => {
            d.wrong_type(&tree, "`prompt`", "a text, or `{ file: PATH }`");
            None
        }
    };
    d.broken |= prompt.is_none();
    prompt
}

fn file_prompt(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Prompt> {
    let mut f = d.fields(tree, "`prompt`", at, PROMPT)?;
    let Some(tree) = f.take("file") else {
        d.missing(
            &f,
            "file",
            "name the prompt file, relative to the workflow file: `prompt: { file: prompts/write.md }`",
        );
        return None;
    };
    let path = d.literal(tree, "`file`")?;
    parts::inside(d, &path, "`file`", "the directory of the workflow file").then_some(Prompt::File(path))
}

fn with(d: &mut Decoder<'_>, tree: Tree) -> Option<Tree> {
    if matches!(tree.kind, TreeKind::Map(_)) {
        return Some(tree);
    }
    d.wrong_type(&tree, "`with`", "a mapping of arguments");
    None
}
