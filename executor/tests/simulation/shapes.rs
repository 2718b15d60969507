//! Workflows for the simulated world: random, small, and together using every construct of the language.

use std::fmt::Write as _;
use std::sync::Arc;

use mission_compiler::check::{Registry, check};
use mission_compiler::parse::parse;
use mission_compiler::source::{Source, Sources};
use mission_compiler::workflow::Workflow;

use crate::choices::Choices;

/// A workflow as the invariants know it.
#[derive(Debug, Clone)]
pub(crate) struct Shape {
    pub(crate) text: String,
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) concurrency: usize,
}

/// Compiles `text`, which must be right.
pub(crate) fn compiled(text: &str) -> Arc<Workflow> {
    let sources = Sources::new(Source::new("simulated.yaml", text));
    let parsed = parse(sources.workflow());
    let syntax = parsed.workflow.unwrap_or_else(|| panic!("{:#?}\n{text}", parsed.diagnostics));
    let checked = check(&syntax, &sources, &Registry::default());
    let workflow = checked.workflow.unwrap_or_else(|| panic!("{:#?}\n{text}", checked.diagnostics));
    Arc::new(workflow)
}

/// The shape number `seed`.
pub(crate) fn shape(seed: u64) -> Shape {
    let mut choices = Choices::new(seed ^ 0x5eed);
    let concurrency = choices.between(1, 4) as usize;
    let mut made = Text { choices, out: String::new(), count: 0, lists: Vec::new() };
    made.workflow(concurrency);
    let text = made.out;
    Shape { workflow: compiled(&text), text, concurrency }
}

struct Text {
    choices: Choices,
    out: String,
    count: u64,
    /// Agent nodes whose output holds a list.
    lists: Vec<String>,
}

impl Text {
    fn line(&mut self, depth: usize, text: &str) {
        let _ = writeln!(self.out, "{:width$}{text}", "", width = depth * 2);
    }

    fn workflow(&mut self, concurrency: usize) {
        let list = (0..self.choices.between(1, 4)).map(|i| format!("i{i}")).collect::<Vec<_>>().join(", ");
        self.line(0, "mission: 1");
        self.line(0, "name: sim");
        self.line(0, "inputs:");
        self.line(1, &format!("list: {{ type: array, items: {{ type: string }}, default: [{list}] }}"));
        self.line(1, "flag: { type: boolean, default: true }");
        let limits = self.run_limits();
        self.line(0, &format!("limits: {{ concurrency: {concurrency}{limits} }}"));
        self.line(0, "agents:");
        // Half of the shapes have agents that may refuse, with a second one to take over.
        let named = concurrency % 2 == 1;
        let runner = if named { "[alpha, beta]" } else { "command, command: [\"/bin/true\"]" };
        self.line(1, &format!("worker: {{ runner: {runner}, access: read }}"));
        self.line(0, "schemas:");
        self.line(1, "Reply: { type: object, required: [ok, attempt, list], properties: { ok: { type: boolean }, attempt: { type: integer }, list: { type: array, items: { type: string } } } }");
        self.line(0, "nodes:");
        let names = self.body(1, 0);
        if self.choices.chance(300) {
            self.line(1, "last:");
            self.line(2, &format!("needs: [{}]", names.join(", ")));
            self.line(2, "always: true");
            self.agent(2, false);
        }
    }

    /// A third of the shapes may use only so much.
    fn run_limits(&mut self) -> String {
        let mut limits = String::new();
        if self.choices.chance(650) {
            return limits;
        }
        if self.choices.chance(500) {
            let _ = write!(limits, ", wall: {}s", self.choices.between(15, 60));
        }
        if self.choices.chance(500) {
            let _ = write!(limits, ", agentRuns: {}", self.choices.between(2, 6));
        }
        if self.choices.chance(500) {
            let _ = write!(limits, ", usd: {}", self.choices.between(2, 6));
        }
        if self.choices.chance(250) {
            limits.push_str(", onExceeded: stop");
        }
        limits
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("n{}", self.count)
    }

    /// A body of some nodes; returns their names.
    fn body(&mut self, depth: usize, nested: u32) -> Vec<String> {
        let size = if nested == 0 { self.choices.between(2, 9) } else { self.choices.between(1, 3) };
        let mut names: Vec<String> = Vec::new();
        for _ in 0..size {
            let name = self.name();
            let choices = &mut self.choices;
            let mut needs: Vec<String> = names.iter().filter(|_| choices.chance(450)).cloned().collect();
            needs.truncate(3);
            self.node(depth, nested, &name, &needs);
            names.push(name);
        }
        names
    }

    fn node(&mut self, depth: usize, nested: u32, name: &str, needs: &[String]) {
        let kind = self.choices.below(if nested < 2 { 12 } else { 7 });
        if kind == 11 {
            return self.revised_gate(depth, name, needs);
        }
        self.line(depth, &format!("{name}:"));
        if !needs.is_empty() {
            self.line(depth + 1, &format!("needs: [{}]", needs.join(", ")));
        }
        match kind {
            0..=2 => self.run(depth + 1),
            3 | 4 => {
                self.lists.push(name.to_owned());
                self.agent(depth + 1, true);
            }
            5 => self.line(depth + 1, "value: { ok: true }"),
            6 => {
                if self.choices.chance(500) {
                    self.line(depth + 1, "when: not inputs.flag");
                    self.line(depth + 1, "otherwise: { ok: true, attempt: 0, list: [] }");
                }
                self.agent(depth + 1, false);
            }
            7 | 8 => self.map(depth + 1, nested, needs),
            9 => {
                self.line(depth + 1, "nodes:");
                self.body(depth + 2, nested + 1);
            }
            _ => self.repaired(depth, name),
        }
    }

    fn run(&mut self, depth: usize) {
        self.line(depth, "run: [\"/bin/true\"]");
        self.limits(depth);
    }

    fn agent(&mut self, depth: usize, verdict: bool) {
        self.line(depth, "agent: worker");
        self.line(depth, "prompt: go");
        let repair = self.choices.below(3);
        self.line(depth, &format!("output: {{ schema: Reply, repair: {repair} }}"));
        if verdict && self.choices.chance(300) {
            self.line(depth, "pass_when: output.ok");
        }
        self.limits(depth);
    }

    fn limits(&mut self, depth: usize) {
        if self.choices.chance(400) {
            self.line(depth, "timeout: 20s");
        }
        if self.choices.chance(200) {
            self.line(depth, "idle: 8s");
        }
        if self.choices.chance(400) {
            let (max, backoff) = (self.choices.between(1, 2), *self.choices.one(&["0s", "3s"]));
            let backoff = if backoff == "0s" { String::new() } else { format!(", backoff: {backoff}") };
            self.line(depth, &format!("retry: {{ max: {max}, on: [crash, timeout]{backoff} }}"));
        }
    }

    fn map(&mut self, depth: usize, nested: u32, needs: &[String]) {
        let mode = *self.choices.one(&["parallel", "serial", "barrier"]);
        let join = if mode == "parallel" {
            *self.choices.one(&["all_ok", "all_done"])
        } else {
            *self.choices.one(&["all_ok", "all_done", "stop"])
        };
        let item = format!("e{}", self.count);
        self.line(depth, "map:");
        let made = needs.iter().find(|n| self.lists.contains(n)).cloned();
        self.line(
            depth + 1,
            &format!("over: {}", made.map_or_else(|| "inputs.list".to_owned(), |n| format!("nodes.{n}.output.list"))),
        );
        self.line(depth + 1, &format!("as: {item}"));
        self.line(depth + 1, &format!("key: {item}"));
        self.line(depth + 1, &format!("mode: {mode}"));
        self.line(depth + 1, &format!("join: {join}"));
        if mode == "parallel" && self.choices.chance(300) {
            self.line(depth + 1, "max: 1");
        }
        if mode == "parallel" && self.choices.chance(300) {
            self.line(depth + 1, &format!("solo: {item}_index == 2"));
        }
        if self.choices.chance(500) {
            self.run(depth);
        } else {
            self.line(depth, "nodes:");
            self.body(depth + 1, nested + 1);
        }
    }

    fn repaired(&mut self, depth: usize, name: &str) {
        let (attempts, otherwise) = (self.choices.between(1, 2), *self.choices.one(&["stop", "continue", "ask"]));
        if self.choices.chance(500) {
            self.agent(depth + 1, true);
        } else {
            self.line(depth + 1, "nodes:");
            self.body(depth + 2, 2);
        }
        let on_fail =
            format!("on_fail: {{ repair: {name}-fix, as: {name}-again, attempts: {attempts}, else: {otherwise} }}");
        self.line(depth + 1, &on_fail);
        self.line(depth, &format!("{name}-fix:"));
        self.line(depth + 1, "only: repair");
        self.agent(depth + 1, false);
    }

    /// A node, a gate that may send back to it, and the gate's own name last so that others can need it.
    fn revised_gate(&mut self, depth: usize, name: &str, needs: &[String]) {
        self.line(depth, &format!("{name}-made:"));
        if !needs.is_empty() {
            self.line(depth + 1, &format!("needs: [{}]", needs.join(", ")));
        }
        self.agent(depth + 1, false);
        self.line(depth, &format!("{name}:"));
        self.line(depth + 1, &format!("needs: [{name}-made]"));
        self.line(depth + 1, "gate:");
        self.line(depth + 2, "title: Go on?");
        self.line(depth + 2, &format!("edit: nodes.{name}_made.output"));
        self.line(depth + 2, "choices:");
        self.line(depth + 3, "approve: { go: next }");
        let max = self.choices.between(1, 2);
        if self.choices.chance(600) {
            self.line(depth + 3, &format!("revise: {{ go: {name}-made, comment: required, max: {max} }}"));
        }
        self.line(depth + 3, "deny: { go: end, status: cancelled }");
        self.line(depth + 3, "give-up: { go: end, status: failed }");
    }
}
