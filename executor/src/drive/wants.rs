//! What a workflow with these inputs wants of the repository, read off its nodes before anything is made.

use std::path::Path;

use mission_compiler::template::{Data, Expr, Scope};
use mission_compiler::workflow::{Body, Node, Verb, Workflow};

use super::Ground;
use crate::git::{Error, Policy, Program, Ready, Repository, Wanted, Worktrees};

/// What a workflow wants.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wants {
    /// Some node makes commits.
    pub commits: bool,
    /// Some node works in a worktree of its own.
    pub worktrees: bool,
    /// The branch that integration starts from.
    pub base: Option<String>,
    /// What some node says is held against what happened, which a repository shows where there is one.
    pub looks: bool,
}

impl Wants {
    /// Reads it off. A condition that depends on more than inputs counts as true.
    pub fn of(workflow: &Workflow, inputs: &Data) -> Self {
        let mut scope = Scope::new();
        scope.bind("inputs", inputs.clone());
        let mut wants = Self::default();
        wants.body(&workflow.body, &scope);
        wants
    }

    fn body(&mut self, body: &Body, scope: &Scope) {
        for node in &body.nodes {
            if holds(node.when.as_ref(), scope) {
                self.node(node, scope);
            }
        }
    }

    fn node(&mut self, node: &Node, scope: &Scope) {
        if let Some(worktree) = node.worktree.as_ref().filter(|w| holds(w.when.as_ref(), scope)) {
            self.worktrees = true;
            let base = worktree.base.render_text(scope).ok().filter(|base| base != "integrated");
            self.base = self.base.take().or(base);
        }
        self.looks |= node.handoff.is_some();
        match &node.verb {
            Verb::Nodes(body) => self.body(body, scope),
            Verb::Uses { action, with } => {
                self.commits |= action.starts_with("git.");
                let base = match with {
                    mission_compiler::template::Template::Map(entries) => entries.iter().find(|(k, _)| k == "base"),
                    _ => None,
                };
                let base = base.and_then(|(_, template)| template.render_text(scope).ok());
                self.base = self.base.take().or(base.filter(|_| action == "git.integrate"));
            }
            Verb::Agent { .. } | Verb::Run(_) | Verb::Gate(_) | Verb::Value(_) => {}
        }
    }

    /// Does the workflow touch git at all?
    pub fn git(&self) -> bool {
        self.commits || self.worktrees
    }

    /// Checks that the repository is fit for it.
    ///
    /// # Errors
    /// Every fault found, each with its way out.
    pub fn preflight(&self, repository: &Repository, allow_dirty: bool) -> Result<Ready, Vec<Error>> {
        repository.preflight(&Wanted {
            allow_dirty,
            base_branch: self.base.as_deref(),
            worktrees: self.worktrees,
            commits: self.commits,
        })
    }
}

fn holds(when: Option<&Expr>, scope: &Scope) -> bool {
    when.is_none_or(|when| when.eval_bool(scope).unwrap_or(true))
}

impl Ground {
    /// What the attempts of run `run`, whose folder is `folder`, stand on: `root`, and the repository around it if the
    /// run `wants` one. `setup` prepares new worktrees.
    ///
    /// # Errors
    /// What git said.
    pub fn survey(
        root: &Path,
        folder: &Path,
        run: &str,
        program: &Program,
        policy: Policy,
        wants: &Wants,
        setup: Vec<String>,
    ) -> Result<Self, Error> {
        let repository = match wants.git() {
            true => Some(Repository::discover(program, root, policy)?),
            // Without one, or in one that cannot be looked at, nothing can be held against anything, and the run says so.
            false if wants.looks => Repository::discover(program, root, policy).ok(),
            false => None,
        };
        let own = repository.as_ref().filter(|_| wants.git());
        let worktrees = own.map(|r| Worktrees::new(r, folder, run)).transpose()?;
        let (root, run, folder) = (root.to_owned(), run.to_owned(), folder.to_owned());
        Ok(Self { root, repository, worktrees, setup, run, folder })
    }
}
