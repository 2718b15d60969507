//! One node: everything around its verb, in the order in which it is evaluated.

use std::sync::Arc;

use crate::diagnostic::Diagnostic;
use crate::source::Span;
use crate::syntax;
use crate::template::{Expr, Scope, Template, Uses};
use crate::workflow::{self, Changes, Mismatch, Node, OnFail, Output, Report, Role, Setting, Unresolved, Worktree};

use super::Checker;
use super::outline::At;
use super::schema::Schema;
use super::text::Known;
use super::types::Type;
use super::view::View;
use crate::suggest;

impl Checker<'_> {
    /// Checks the node `at` and all nodes inside it; `None`: something does not compile, which has been reported.
    pub(super) fn node(&mut self, at: At, nodes: &mut Vec<Option<Node>>) -> Option<Node> {
        let syntax = self.outline.entries[at].node;
        self.placement(at);
        let map = self.map(at);
        let around = self.when_view(at);
        let when = syntax.when.as_ref().map(|w| self.condition("when", w, &around));
        let (output, own) = self.output(at);
        let verb = self.verb(at, nodes);
        let yields = self.yields(at);
        let ty = self.settle_type(at, own, yields.as_ref().map_or(&verb.ty, |y| &y.ty));
        self.results[at] = Some(ty.clone());
        let otherwise = syntax.otherwise.as_ref().map(|tree| self.otherwise(at, tree, &around));
        let after = View::with_output(at, ty);
        let asserts = self.asserts(at, &after);
        if let (Some(tree), Some(known), Some(asserts)) = (&syntax.otherwise, &otherwise, &asserts) {
            self.otherwise_holds(tree, known, asserts);
        }
        let pass_when = syntax.pass_when.as_ref().map(|p| self.verdict("pass_when", p, &after));
        let partial_when = syntax.partial_when.as_ref().map(|p| self.verdict("partial_when", p, &after));
        let say = syntax.say.as_ref().map(|s| self.template(s, &after));
        let of = View::of(at);
        let worktree = syntax.worktree.as_ref().map(|w| self.worktree(w, &of));
        let claims = syntax.claims.as_ref().map(|c| self.list_of_texts("claims", c, &of));
        let handoff = syntax.handoff.as_ref().map(|h| self.handoff(h, &after));
        let report = syntax.report.as_ref().map(|r| self.report_hints(r, &after, &of));
        let env = self.environment(&syntax.env, &of);
        let stdin = syntax.stdin.as_ref().map(|tree| self.tree(tree, &of));
        let cwd = syntax.cwd.as_ref().map(|tree| self.must_be_text("cwd", tree.span, self.tree(tree, &of)));
        let on_fail = self.on_fail(at);
        Some(Node {
            name: self.outline.name(at).to_owned(),
            span: self.outline.span(at),
            verb: verb.code?,
            needs: self.ranks(&self.outline.entries[at].needs),
            when: opened(when)?,
            otherwise: opened(otherwise)?,
            always: syntax.always.as_ref().is_some_and(|a| a.value),
            map: map?,
            yields: opened(yields)?,
            output,
            asserts: asserts?,
            keys: Vec::new(),
            pass_when: opened(pass_when)?,
            partial_when: opened(partial_when)?,
            say: opened(say)?,
            on_fail: on_fail?,
            repairs: self.outline.entries[at].repairs.map(|r| self.outline.entries[r].rank),
            timeout: self.duration(syntax.timeout.as_ref(), &of)?,
            idle: self.duration(syntax.idle.as_ref(), &of)?,
            retry: self.retry(syntax.retry.as_deref()),
            worktree: swapped(worktree)?,
            claims: opened(claims)?,
            handoff: swapped(handoff)?,
            report: swapped(report)?,
            env: env?,
            stdin: opened(stdin)?,
            cwd: opened(cwd)?,
            pool: syntax.pool.as_ref().map(|p| p.value.clone()),
            secrets: syntax.secrets.iter().map(|s| s.value.clone()).collect(),
        })
    }
    fn ranks(&self, needs: &[At]) -> Vec<usize> {
        needs.iter().map(|n| self.outline.entries[*n].rank).collect()
    }
    /// On a map, `when` is asked once, unless it speaks of the element: then for each item.
    fn when_view(&self, at: At) -> View {
        let syntax = self.outline.entries[at].node;
        let (Some(map), Some(when)) = (&syntax.map, &syntax.when) else { return View::around(at) };
        let index = format!("{}_index", map.item.value);
        let per_item = Expr::compile(when, when.span)
            .is_ok_and(|e| e.uses().roots.contains(&map.item.value) || e.uses().roots.contains(&index));
        if per_item { View::of(at) } else { View::around(at) }
    }
    /// `output:`, and the schema of the result.
    fn output(&mut self, at: At) -> (Output, Option<Arc<Schema>>) {
        let Some(syntax) = &self.outline.entries[at].node.output else { return (Output::default(), None) };
        let schema = syntax.schema.as_ref().and_then(|tree| self.schema(tree));
        let from = match syntax.from.as_ref().map(|f| f.value.as_str()) {
            Some("agent") => workflow::From::Agent,
            Some("stdout") => workflow::From::Stdout,
            Some("file") => workflow::From::File,
            Some("last-json") => workflow::From::LastJson,
            _ => workflow::From::Default,
        };
        let contract = schema.as_ref().and_then(|s| s.contract.clone());
        let repair = syntax.repair.as_ref().map_or(0, |r| u32::try_from(r.value).unwrap_or(0));
        self.contracts[at].clone_from(&schema);
        (Output { contract, from, repair }, schema)
    }
    /// A schema by name or in place.
    fn schema(&self, tree: &syntax::Tree) -> Option<Arc<Schema>> {
        let syntax::TreeKind::Str(name) = &tree.kind else {
            return Some(self.schemas.inline(tree, &mut self.report.borrow_mut()));
        };
        let found = self.schemas.get(name);
        if found.is_none() {
            let help = suggest::help(name, "schema", self.schemas.names());
            let message = format!("unknown schema `{name}`");
            self.report(Diagnostic::error("unknown-schema", tree.span, message).maybe_help(help));
        }
        found.cloned()
    }
    /// Type of the node's result (of one item), from its contract or else from its verb.
    fn settle_type(&self, at: At, own: Option<Arc<Schema>>, verb: &Type) -> Type {
        let syntax = self.outline.entries[at].node;
        if let Some(schema) = own {
            return schema.ty.clone();
        }
        if syntax.output.as_ref().is_some_and(|o| o.schema.is_some()) {
            return Type::Any;
        }
        match syntax.verbs.first().map(|v| &v.value) {
            Some(syntax::Verb::Run(_) | syntax::Verb::Agent(_)) => self.plain_result(syntax, verb),
            _ => verb.clone(),
        }
    }
    /// Result of a command or agent without a schema.
    fn plain_result(&self, syntax: &syntax::Node, verb: &Type) -> Type {
        match syntax.output.as_ref().map(|o| o.from.as_ref().map(|f| f.value.as_str())) {
            None => verb.clone(),
            Some(Some("file" | "last-json")) => Type::Any,
            Some(_) => Type::TEXT,
        }
    }
    fn otherwise(&mut self, at: At, tree: &syntax::Tree, view: &View) -> Known<Template> {
        let known = self.tree(tree, view);
        let result = self.results[at].clone().unwrap_or(Type::Any);
        let whole_map = self.is_map(at) && !view.own_item;
        if let Some(schema) = self.contracts[at].clone().filter(|_| !whole_map) {
            self.fits(tree, &known, &schema, "`otherwise`");
        } else if !whole_map {
            self.results[at] = Some(Type::either([result, known.ty.clone()]));
        }
        known
    }
    /// Reports what is certainly wrong with a value that must satisfy `schema`.
    fn fits(&self, tree: &syntax::Tree, known: &Known<Template>, schema: &Schema, what: &str) {
        if let (Some(Template::Literal(data)), Some(contract)) = (&known.code, &schema.contract) {
            if let Err(reasons) = contract.admit(data.to_json()) {
                let message = format!("{what} breaks the node's schema: {}", reasons.join("; "));
                self.report(Diagnostic::error("otherwise-mismatch", tree.span, message));
            }
        } else if known.ty.never_equals(&schema.ty) {
            let message = format!("{what} is {}, but the node's schema wants {}", known.ty.name(), schema.ty.name());
            self.report(Diagnostic::error("otherwise-mismatch", tree.span, message));
        }
    }
    /// Reports a written-out `otherwise` for which an assert over nothing but `output` is false.
    fn otherwise_holds(&self, tree: &syntax::Tree, known: &Known<Template>, asserts: &[workflow::Assert]) {
        let Some(Template::Literal(data)) = &known.code else { return };
        let mut scope = Scope::new();
        scope.bind("output", data.clone());
        let alone = |uses: &Uses| uses.roots.iter().all(|root| root == "output");
        for assert in asserts.iter().filter(|a| alone(a.expr.uses()) && alone(&a.say.uses())) {
            if let (Ok(false), Ok(say)) = (assert.expr.eval_bool(&scope), assert.say.render_text(&scope)) {
                let message = format!("`otherwise` breaks an assert of the node: {say}");
                let wrong = Diagnostic::error("otherwise-mismatch", tree.span, message);
                self.report(wrong.label(assert.expr.span(), "this is false"));
            }
        }
    }
    fn yields(&self, at: At) -> Option<Known<Expr>> {
        let entry = &self.outline.entries[at];
        let text = entry.node.yields.as_ref()?;
        let inner = entry.inner?;
        Some(self.expression(text, &View::end(inner)))
    }
    fn asserts(&self, at: At, view: &View) -> Option<Vec<workflow::Assert>> {
        let asserts = self.outline.entries[at].node.asserts.iter().map(|assert| {
            let expr = self.condition("assert", &assert.expr, view);
            let say = self.template(&assert.say, view);
            Some(workflow::Assert { expr: expr.code?, say: say.code? })
        });
        asserts.collect::<Vec<_>>().into_iter().collect()
    }
    fn worktree(&self, worktree: &syntax::Worktree, view: &View) -> Option<Worktree> {
        let when = worktree.when.as_ref().map(|w| self.condition("when", w, view));
        let text =
            |key, text: &crate::source::Spanned<String>| self.must_be_text(key, text.span, self.template(text, view));
        let base = worktree.base.as_ref().map(|b| text("base", b));
        let (path, branch) = (text("path", &worktree.path), text("branch", &worktree.branch));
        let base = opened(base)?.unwrap_or_else(|| Template::Literal("integrated".into()));
        Some(Worktree { when: opened(when)?, base, path: path.code?, branch: branch.code? })
    }
    fn handoff(&self, handoff: &syntax::Handoff, view: &View) -> Option<workflow::Handoff> {
        let done = handoff.done.as_ref().map(|d| self.condition("done", d, view));
        let list = |key, text: &Option<syntax::Expression>| text.as_ref().map(|t| self.list_of_texts(key, t, view));
        let (files, commands) = (list("files", &handoff.files), list("commands", &handoff.commands));
        let commits = list("commits", &handoff.commits);
        let keeps = handoff.keeps.as_ref().map(|k| self.list_of_records("keeps", k, view, &[("key", false)]));
        let changes =
            self.word("changes", handoff.changes.as_ref(), &["expected", "none", "any"], Changes::parse, view);
        let mismatch = self.word("mismatch", handoff.mismatch.as_ref(), &["fail", "report"], Mismatch::parse, view);
        Some(workflow::Handoff {
            done: opened(done)?,
            files: opened(files)?,
            commands: opened(commands)?,
            commits: opened(commits)?,
            keeps: opened(keeps)?,
            changes: changes?,
            mismatch: mismatch?,
        })
    }
    fn report_hints(&self, report: &syntax::Report, view: &View, before: &View) -> Option<Report> {
        let role = match report.as_kind.value.as_str() {
            "section" => Role::Section,
            "item" => Role::Item,
            "check" => Role::Check,
            _ => Role::Verdict,
        };
        let title = report.title.as_ref().map(|t| self.template(t, view));
        let rows = report.rows.as_ref().map(|r| self.list_expression("rows", r, view));
        let list = |key: &str, text: &Option<syntax::Expression>, fields: &[(&str, bool)]| {
            opened(text.as_ref().map(|t| self.list_of_records(key, t, before, fields)))
        };
        let requirements = list("requirements", &report.requirements, &[("id", false), ("text", false)]);
        let by = list("by", &report.by, &[("id", false), ("fulfills", true)]);
        Some(Report { role, title: opened(title)?, rows: opened(rows)?, requirements: requirements?, by: by? })
    }
    /// A list of maps that have `fields`; each is a text, or where so said a list of texts.
    fn list_of_records(
        &self,
        key: &str,
        text: &syntax::Expression,
        view: &View,
        fields: &[(&str, bool)],
    ) -> Known<Expr> {
        let known = self.list_expression(key, text, view);
        let element = known.ty.element();
        for (name, many) in fields {
            let fits = element.field(name).is_ok_and(|field| {
                let one = |t: &Type| t.may_be_text() || t.may_be_number();
                if *many { field.ty.may(|t| matches!(t, Type::List(of) if one(of))) } else { one(&field.ty) }
            });
            if !fits {
                let what = if *many { "a list of texts" } else { "a text" };
                let message = format!("each of `{key}` must have `{name}`, {what}");
                self.report(Diagnostic::error("type-mismatch", self.locate(text, 0..text.len()), message));
            }
        }
        known
    }
    fn must_be_text(&self, key: &str, span: Span, known: Known<Template>) -> Known<Template> {
        if !known.ty.may(|t| matches!(t, Type::Text(_)) || t.is_number()) {
            let message = format!("`{key}` must be a text, found {}", known.ty.name());
            self.report(Diagnostic::error("type-mismatch", span, message));
        }
        known
    }
    pub(super) fn list_expression(&self, key: &str, text: &syntax::Expression, view: &View) -> Known<Expr> {
        let known = self.expression(text, view);
        if !known.ty.may_be_list() {
            let message = format!("`{key}` must be a list, found {}", known.ty.name());
            self.report(Diagnostic::error("type-mismatch", self.locate(text, 0..text.len()), message));
        }
        known
    }
    fn list_of_texts(&self, key: &str, text: &syntax::Expression, view: &View) -> Known<Expr> {
        let known = self.expression(text, view);
        let fits = known.ty.may(|t| *t == Type::Null || matches!(t, Type::List(of) if of.may_be_text()));
        if !fits {
            let message = format!("`{key}` must be a list of texts, found {}", known.ty.name());
            self.report(Diagnostic::error("type-mismatch", self.locate(text, 0..text.len()), message));
        }
        known
    }
    fn environment(&self, env: &syntax::Entries<syntax::Tree>, view: &View) -> Option<Vec<(String, Template)>> {
        let entries = env.0.iter().map(|(name, tree)| Some((name.value.clone(), self.tree(tree, view).code?)));
        entries.collect::<Vec<_>>().into_iter().collect()
    }
    fn on_fail(&self, at: At) -> Option<Option<OnFail>> {
        let entry = &self.outline.entries[at];
        let Some(on_fail) = &entry.node.on_fail else { return Some(None) };
        let repair = self.outline.in_body(entry.body, &on_fail.repair);
        let attempts = on_fail.attempts.as_ref().map_or(1, |a| u32::try_from(a.value).unwrap_or(1));
        let otherwise = self.unresolved(on_fail)?;
        let repair = self.outline.entries[repair?].rank;
        Some(Some(OnFail { repair, as_name: on_fail.as_name.value.clone(), attempts, otherwise }))
    }
    /// `else`: one of three words, or a template over inputs that makes one.
    fn unresolved(&self, on_fail: &syntax::OnFail) -> Option<Setting<Unresolved>> {
        let parse = |word: &str| match word {
            "stop" => Some(Unresolved::Stop),
            "continue" => Some(Unresolved::Continue),
            "ask" => Some(Unresolved::Ask),
            _ => None,
        };
        let words = ["stop", "continue", "ask"];
        self.word("else", on_fail.otherwise.as_ref(), &words, parse, &View::start())
    }
    /// One of `words`, or a template that makes one; the default of `T` is the first of them.
    fn word<T>(
        &self,
        key: &str,
        text: Option<&crate::source::Spanned<String>>,
        words: &[&str],
        parse: impl Fn(&str) -> Option<T>,
        view: &View,
    ) -> Option<Setting<T>> {
        let Some(text) = text else { return parse(words[0]).map(Setting::Fixed) };
        if let Some(fixed) = parse(text) {
            return Some(Setting::Fixed(fixed));
        }
        let known = self.template(text, view);
        let wanted = suggest::one_of(words);
        let bad = known.ty.choices().and_then(|c| c.iter().find(|w| !words.contains(&w.as_str())).cloned());
        if let Some(bad) = bad {
            let message = format!("`{key}` may become `{bad}`, expected {wanted}");
            self.report(Diagnostic::error("unknown-value", text.span, message));
        } else if !known.ty.may_be_text() {
            let message = format!("`{key}` is {}, expected {wanted}", known.ty.name());
            self.report(Diagnostic::error("type-mismatch", text.span, message));
        }
        known.code.map(Setting::Computed)
    }
}

/// The code of an optional field: `Some(None)` if it is not there, `None` if it does not compile.
pub(super) fn opened<T>(known: Option<Known<T>>) -> Option<Option<T>> {
    swapped(known.map(|k| k.code))
}

#[expect(clippy::option_option, reason = "the outer one is about the mistake, the inner one about the key")]
fn swapped<T>(field: Option<Option<T>>) -> Option<Option<T>> {
    match field {
        None => Some(None),
        Some(None) => None,
        Some(some) => Some(some),
    }
}
