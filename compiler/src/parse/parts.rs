//! The structured keys of a node: gate, map, output, assert, on_fail, retry, worktree, handoff, report.

use super::decode::Decoder;
use super::fields::Fields;
use super::words::is_identifier;
use crate::diagnostic::Diagnostic;
use crate::source::{Span, Spanned};
use crate::syntax::{
    Assert, Choice, Entries, Expression, Gate, Handoff, Map, OnFail, Output, Report, Retry, Tree, TreeKind, Worktree,
};

const GATE: &[&str] = &["title", "summary", "edit", "allowYes", "choices"];
const CHOICE: &[&str] = &["go", "comment", "max", "status"];
const MAP: &[&str] = &["over", "as", "key", "mode", "max", "solo", "join"];
const OUTPUT: &[&str] = &["schema", "from", "repair"];
const ASSERT: &[&str] = &["expr", "say"];
const ON_FAIL: &[&str] = &["repair", "as", "attempts", "else"];
const RETRY: &[&str] = &["max", "on", "backoff"];
const WORKTREE: &[&str] = &["when", "base", "path", "branch"];
const HANDOFF: &[&str] = &["done", "files", "commands", "commits", "keeps", "changes", "mismatch"];
const REPORT: &[&str] = &["as", "title", "rows", "requirements", "by"];

const SOURCES: &[&str] = &["agent", "stdout", "file", "last-json"];

/// Most rounds of a repair edge.
const MOST_REPAIRS: i64 = 3;
/// Most rounds of a choice that goes back.
const MOST_REVISIONS: i64 = 9;
/// Most re-asks and retries.
const MOST_RETRIES: i64 = 20;

impl Decoder<'_> {
    fn required_text(&mut self, f: &mut Fields, key: &str, help: &str) -> Option<Spanned<String>> {
        let Some(tree) = f.take(key) else {
            self.missing(f, key, help);
            return None;
        };
        self.text(tree, &format!("`{key}`"))
    }

    fn required_expression(&mut self, f: &mut Fields, key: &str, help: &str) -> Option<Expression> {
        let Some(tree) = f.take(key) else {
            self.missing(f, key, help);
            return None;
        };
        self.expression(tree, &format!("`{key}`"))
    }

    /// A required name that must be a node id.
    fn required_id(&mut self, f: &mut Fields, key: &str, help: &str) -> Option<Spanned<String>> {
        let id = self.required_text(f, key, help)?;
        self.id(&id, "node id");
        Some(id)
    }
}

/// `gate:`
pub(super) fn gate(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Gate> {
    let mut f = d.fields(tree, "`gate`", at, GATE)?;
    let title = d.required_text(&mut f, "title", "add the question that the person answers");
    let summary = f.take("summary").and_then(|t| d.text(t, "`summary`"));
    let edit = f.take("edit").and_then(|t| d.expression(t, "`edit`"));
    let allow_yes = f.take("allowYes").and_then(|t| d.boolean(&t, "`allowYes`"));
    let choices = match f.take_entry("choices") {
        Some((at, tree)) => choices(d, tree, at),
        None => {
            d.missing(
                &f,
                "choices",
                "add what can be decided: `choices: { approve: { go: next }, deny: { go: end } }`",
            );
            None
        }
    };
    Some(Gate { title: title?, summary, edit, allow_yes, choices: choices? })
}

fn choices(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Entries<Choice>> {
    let entries = d.entries(tree, "`choices`", |_| Ok(()))?;
    if entries.is_empty() {
        d.push(Diagnostic::error("no-choices", at, "`choices` is empty, expected at least one choice"));
        return None;
    }
    let mut all = Vec::new();
    for (key, tree) in entries {
        d.id(&key, "name of a choice");
        let choice = choice(d, tree, &key);
        d.broken |= choice.is_none();
        all.extend(choice.map(|choice| (key, choice)));
    }
    Some(Entries(all))
}

fn choice(d: &mut Decoder<'_>, tree: Tree, key: &Spanned<String>) -> Option<Choice> {
    let mut f = d.fields(tree, &format!("choice `{}`", key.value), key.span, CHOICE)?;
    let go = d.required_id(&mut f, "go", "add where it leads: `go: next`, `go: end`, or an earlier node");
    let status_at = f.find("status");
    let max_at = f.find("max");
    let comment = f.take("comment").and_then(|t| d.word(t, "`comment`", &["required", "optional"]));
    let max = f.take("max").and_then(|t| d.whole(&t, "`max`", 1, MOST_REVISIONS));
    let status = f.take("status").and_then(|t| d.word(t, "`status`", &["cancelled", "failed"]));
    let go = go?;
    if let (Some(at), false) = (status_at, go.value == "end") {
        d.push(misplaced(at, "status", "`status` says how the run ends; it belongs to `go: end`"));
    }
    if let (Some(at), "next" | "end") = (max_at, go.as_str()) {
        d.push(misplaced(at, "max", "`max` bounds how often a choice goes back to an earlier node"));
    }
    Some(Choice { go, comment, max, status })
}

fn misplaced(at: Span, key: &str, help: &str) -> Diagnostic {
    Diagnostic::error("misplaced-key", at, format!("`{key}` has no effect here")).help(help)
}

/// `map:`
pub(super) fn map(d: &mut Decoder<'_>, tree: Tree, span: Span) -> Option<Map> {
    if let TreeKind::Str(over) = &tree.kind {
        let help = format!("write `map: {{ over: {over}, as: item, key: item.id }}`");
        d.wrong_shape(&tree, "`map`", "a mapping", Some(help));
        return broken(d);
    }
    let mut f = d.fields(tree, "`map`", span, MAP).or_else(|| broken(d))?;
    let over = d.required_expression(&mut f, "over", "add the list: `over: nodes.NAME.output.items`");
    let item = d.required_text(&mut f, "as", "name the element for expressions: `as: item`");
    let key = d.required_expression(&mut f, "key", "add what identifies an element: `key: item.id`");
    let mode = f.take("mode").and_then(|t| d.word(t, "`mode`", &["parallel", "serial", "barrier"]));
    let max = f.take("max").and_then(|t| d.expression(t, "`max`"));
    let solo = f.take("solo").and_then(|t| d.expression(t, "`solo`"));
    let join = f.take("join").and_then(|t| d.word(t, "`join`", &["all_ok", "all_done", "stop"]));
    if let Some(item) = &item
        && !is_identifier(item)
    {
        let better = item.replace(|c: char| !c.is_ascii_alphanumeric(), "_");
        let help = is_identifier(&better).then(|| format!("write `{better}`"));
        let message = format!("`{}` cannot be used in expressions", item.value);
        d.push(Diagnostic::error("bad-name", item.span, message).maybe_help(help));
        d.broken = true;
    }
    d.broken |= over.is_none() || item.is_none() || key.is_none();
    Some(Map { span, over: over?, item: item?, key: key?, mode, max, solo, join })
}

fn broken<T>(d: &mut Decoder<'_>) -> Option<T> {
    d.broken = true;
    None
}

/// `output:`
pub(super) fn output(d: &mut Decoder<'_>, tree: Tree, span: Span) -> Option<Output> {
    if let TreeKind::Str(word) = &tree.kind {
        let key = if SOURCES.contains(&word.as_str()) { "from" } else { "schema" };
        d.wrong_shape(&tree, "`output`", "a mapping", Some(format!("write `output: {{ {key}: {word} }}`")));
        return broken(d);
    }
    let mut f = d.fields(tree, "`output`", span, OUTPUT).or_else(|| broken(d))?;
    let schema = f.take("schema").and_then(|tree| {
        let fits = matches!(tree.kind, TreeKind::Str(_) | TreeKind::Map(_));
        if !fits {
            d.broken = true;
            d.wrong_type(&tree, "`schema`", "the name of a schema, or a JSON Schema");
        }
        fits.then_some(tree)
    });
    let from = f.take("from").and_then(|t| d.word(t, "`from`", SOURCES));
    let repair = f.take("repair").and_then(|t| d.whole(&t, "`repair`", 0, MOST_RETRIES));
    Some(Output { span, schema, from, repair })
}

/// `assert:`
pub(super) fn asserts(d: &mut Decoder<'_>, tree: Tree) -> Vec<Assert> {
    let items = d.list(tree, "`assert`", "`{ expr, say }`").unwrap_or_default();
    items.into_iter().filter_map(|tree| assert(d, tree)).collect()
}

fn assert(d: &mut Decoder<'_>, tree: Tree) -> Option<Assert> {
    let at = tree.span;
    let mut f = d.fields(tree, "an assert", at, ASSERT)?;
    let expr = d.required_expression(&mut f, "expr", "add the condition: `expr: output.items | length > 0`");
    let say = d.required_text(&mut f, "say", "add what is wrong when the condition is false");
    Some(Assert { expr: expr?, say: say? })
}

/// `on_fail:`
pub(super) fn on_fail(d: &mut Decoder<'_>, tree: Tree, span: Span) -> Option<OnFail> {
    let mut f = d.fields(tree, "`on_fail`", span, ON_FAIL).or_else(|| broken(d))?;
    let repair = d.required_id(&mut f, "repair", "name the node that repairs");
    let as_name = d.required_id(&mut f, "as", "name the round that follows the repair: `as: check-again`");
    let attempts = f.take("attempts").and_then(|t| d.whole(&t, "`attempts`", 1, MOST_REPAIRS));
    let otherwise = f.take("else").and_then(|t| d.word_or_template(t, "`else`", &["stop", "continue", "ask"]));
    d.broken |= repair.is_none() || as_name.is_none();
    Some(OnFail { span, repair: repair?, as_name: as_name?, attempts, otherwise })
}

/// `retry:`
pub(super) fn retry(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Retry> {
    let mut f = d.fields(tree, "`retry`", at, RETRY)?;
    let max = match f.take("max") {
        Some(tree) => d.whole(&tree, "`max`", 0, MOST_RETRIES),
        None => {
            d.missing(&f, "max", "add how many new attempts: `max: 1`");
            None
        }
    };
    let on = f.take("on").and_then(|t| d.list(t, "`on`", "`crash`, `timeout` or `rate-limit`")).unwrap_or_default();
    let on = on.into_iter().filter_map(|t| d.word(t, "`on`", &["crash", "timeout", "rate-limit"])).collect();
    let backoff = f.take("backoff").and_then(|t| d.duration(t, "`backoff`", true));
    Some(Retry { max: max?, on, backoff })
}

/// `worktree:`
pub(super) fn worktree(d: &mut Decoder<'_>, tree: Tree, span: Span) -> Option<Worktree> {
    let mut f = d.fields(tree, "`worktree`", span, WORKTREE)?;
    let when = f.take("when").and_then(|t| d.expression(t, "`when`"));
    let base = f.take("base").and_then(|t| d.text(t, "`base`"));
    let path = d.required_text(&mut f, "path", "add where it is checked out: `path: \".worktrees/{{ run.id }}\"`");
    let path = path.filter(|path| inside(d, path, "`path`", "the repository"));
    let branch = d.required_text(&mut f, "branch", "add its branch: `branch: \"work/{{ run.id }}\"`");
    Some(Worktree { span, when, base, path: path?, branch: branch? })
}

/// `handoff:`
pub(super) fn handoff(d: &mut Decoder<'_>, tree: Tree, span: Span) -> Option<Handoff> {
    let mut f = d.fields(tree, "`handoff`", span, HANDOFF)?;
    let done = f.take("done").and_then(|t| d.expression(t, "`done`"));
    let files = f.take("files").and_then(|t| d.expression(t, "`files`"));
    let commands = f.take("commands").and_then(|t| d.expression(t, "`commands`"));
    let commits = f.take("commits").and_then(|t| d.expression(t, "`commits`"));
    let keeps = f.take("keeps").and_then(|t| d.expression(t, "`keeps`"));
    let changes = f.take("changes").and_then(|t| d.word_or_template(t, "`changes`", &["expected", "none", "any"]));
    let mismatch = f.take("mismatch").and_then(|t| d.word_or_template(t, "`mismatch`", &["fail", "report"]));
    Some(Handoff { span, done, files, commands, commits, keeps, changes, mismatch })
}

/// `report:`
pub(super) fn report(d: &mut Decoder<'_>, tree: Tree, at: Span) -> Option<Report> {
    let mut f = d.fields(tree, "`report`", at, REPORT)?;
    let kinds = &["section", "item", "check", "verdict"];
    let as_kind = match f.take("as") {
        Some(tree) => d.word(tree, "`as`", kinds),
        None => {
            d.missing(&f, "as", "add the role in the report: `as: section`, `item`, `check` or `verdict`");
            None
        }
    };
    let title = f.take("title").and_then(|t| d.text(t, "`title`"));
    let rows = f.take("rows").and_then(|t| d.expression(t, "`rows`"));
    let (required_at, by_at) = (f.find("requirements"), f.find("by"));
    let requirements = f.take("requirements").and_then(|t| d.expression(t, "`requirements`"));
    let by = f.take("by").and_then(|t| d.expression(t, "`by`"));
    if let (Some(at), Some(kind)) = (required_at, as_kind.as_ref().filter(|kind| kind.value != "section")) {
        let help = format!("a section has requirements, `as: {}` has none", kind.value);
        d.push(misplaced(at, "requirements", &help));
    }
    if let (Some(at), None) = (by_at, required_at) {
        d.push(misplaced(at, "by", "`by` says what fulfills the `requirements` beside it"));
    }
    Some(Report { as_kind: as_kind?, title, rows, requirements, by })
}

/// Whether a literal path stays inside `base`; a path with templates is looked at as far as it is literal.
pub(super) fn inside(d: &mut Decoder<'_>, path: &Spanned<String>, field: &str, base: &str) -> bool {
    let fault = if path.is_empty() {
        "is empty"
    } else if path.starts_with(['/', '\\', '~']) || path.get(1..2) == Some(":") {
        "is absolute"
    } else if path.split(['/', '\\']).any(|part| part == "..") {
        "leaves its directory with `..`"
    } else {
        return true;
    };
    let message = format!("{field} `{}` {fault}, expected a path inside {base}", path.value);
    d.push(Diagnostic::error("path-outside", path.span, message));
    false
}

/// `cwd:`
pub(super) fn cwd(d: &mut Decoder<'_>, tree: Tree) -> Option<Tree> {
    let text = d.text(tree.clone(), "`cwd`")?;
    inside(d, &text, "`cwd`", "the repository").then_some(tree)
}
