//! Putting an attempt into words: prompt, environment, paths, limits. Pure; every value is rendered exactly once.

use std::collections::BTreeMap;

use mission_compiler::facts::scope;
use mission_compiler::graph::{Ix, Shape};
use mission_compiler::template::{Data, EvalError, Scope, Template, Uses};
use mission_compiler::workflow::{AgentChoice, Millis, Setting, Verb};

use super::Core;
use super::port::{Broken, Onward, Reask, Task, Work, WorktreeSpec};
use crate::event::{Cause, Failure, FailureClass};
use crate::run::Phase;

/// A rendered attempt with what the core itself watches.
pub(super) struct Rendered {
    pub(super) work: Work,
    pub(super) timeout: Option<u64>,
    pub(super) idle: Option<u64>,
    pub(super) claims: Vec<String>,
}

fn wrong(field: &str, error: &EvalError) -> Failure {
    Failure::new(FailureClass::Expression, format!("`{field}`: {error}"))
}

impl Core {
    /// Everything that the node's expressions with these uses may see.
    fn seen(&self, ix: Ix, uses: &Uses) -> Scope {
        let mut seen = scope(self.run.graph(), &self.run, self.frame_of(ix), uses);
        self.bind_rounds(ix, uses, &mut seen);
        seen
    }

    fn text(&self, ix: Ix, field: &str, template: &Template) -> Result<String, Failure> {
        template.render_text(&self.seen(ix, &template.uses())).map_err(|e| wrong(field, &e))
    }

    pub(super) fn render_work(&self, ix: Ix, attempt: u32, runner: Option<String>) -> Result<Rendered, Failure> {
        let def = &self.run.graph().node(ix).def;
        let mut input = BTreeMap::new();
        let task = self.task(ix, runner, &mut input)?;
        let mut env = Vec::with_capacity(def.env.len());
        for (name, template) in &def.env {
            env.push((name.clone(), self.text(ix, name, template)?));
        }
        let cwd = def.cwd.as_ref().map(|cwd| self.text(ix, "cwd", cwd)).transpose()?;
        let claims = self.claims(ix)?;
        let worktree = self.worktree(ix)?;
        let guarded = worktree.as_ref().is_some_and(|spec| !self.under_way_since_left(ix, &spec.path).is_empty());
        let work = Work {
            node: self.id(ix),
            attempt,
            first_attempt: self.first_attempt(ix, attempt),
            put_by: self.run.state(ix).attempts.iter().filter(|a| a.put_by).map(|a| a.number).collect(),
            task,
            env,
            secrets: def.secrets.clone(),
            cwd,
            worktree,
            from: def.output.from,
            schema: def.output.contract.as_ref().map(|c| c.schema().clone()),
            watched: def.handoff.is_some(),
            view: self.may_have_company(ix),
            guarded,
            shared: Vec::new(),
            input,
        };
        let timeout = self.duration(ix, "timeout", def.timeout.as_ref())?;
        let idle = self.duration(ix, "idle", def.idle.as_ref())?;
        Ok(Rendered { work, timeout, idle, claims })
    }

    /// Globs that the node may write; none: anything.
    pub(super) fn claims(&self, ix: Ix) -> Result<Vec<String>, Failure> {
        let Some(claims) = &self.run.graph().node(ix).def.claims else { return Ok(Vec::new()) };
        let value = claims.eval(&self.seen(ix, claims.uses())).map_err(|e| wrong("claims", &e))?;
        Ok(value.items().unwrap_or_default().iter().map(Data::to_text).collect())
    }

    fn first_attempt(&self, ix: Ix, attempt: u32) -> u32 {
        let state = self.run.state(ix);
        let anew = |cause: Cause| matches!(cause, Cause::First | Cause::Reset);
        if anew(state.next) {
            return attempt;
        }
        state.attempts.iter().rev().find(|a| anew(a.cause)).map_or(attempt, |a| a.number)
    }

    fn task(&self, ix: Ix, runner: Option<String>, input: &mut BTreeMap<String, Data>) -> Result<Task, Failure> {
        let def = &self.run.graph().node(ix).def;
        match &def.verb {
            Verb::Agent { choice, prompt } => {
                let profile = self.profile(ix, choice)?;
                let agent = self.run.workflow().agents.get(&profile).cloned().ok_or_else(|| {
                    Failure::new(FailureClass::Expression, format!("there is no agent profile `{profile}`"))
                })?;
                let seen = self.seen(ix, prompt.uses());
                *input = seen.bound();
                let mut prompt = prompt.render(&seen).map_err(|e| wrong("prompt", &e))?;
                let reask = self.reask(ix);
                if let Some(reask) = &reask {
                    prompt.push_str(&refusal(&reask.errors));
                }
                let state = self.run.state(ix);
                let onward = broken(state.next).map(|after| Onward { attempt: state.attempt, after });
                Ok(Task::Agent { profile, agent: Box::new(agent), runner, prompt, reask, onward })
            }
            Verb::Run(command) => {
                let stdin = def.stdin.as_ref().map(|stdin| self.text(ix, "stdin", stdin)).transpose()?;
                Ok(Task::Command { command: command.clone(), stdin })
            }
            Verb::Uses { action, with } => {
                let with = with.render(&self.seen(ix, &with.uses())).map_err(|e| wrong("with", &e))?;
                Ok(Task::Action { name: action.clone(), with: with.to_json() })
            }
            Verb::Gate(_) | Verb::Value(_) | Verb::Nodes(_) => {
                Err(Failure::new(FailureClass::Expression, "BUG: this node has no attempts"))
            }
        }
    }

    pub(super) fn profile(&self, ix: Ix, choice: &AgentChoice) -> Result<String, Failure> {
        match choice {
            AgentChoice::One(name) => Ok(name.clone()),
            AgentChoice::By { by, of, otherwise } => {
                let value = by.eval(&self.seen(ix, by.uses())).map_err(|e| wrong("agent.by", &e))?;
                Ok(of.get(&value.to_text()).unwrap_or(otherwise).clone())
            }
        }
    }

    fn reask(&self, ix: Ix) -> Option<Reask> {
        let state = self.run.state(ix);
        if state.next != Cause::Reask {
            return None;
        }
        let answerable = |f: &Failure| {
            matches!(f.class, FailureClass::InvalidOutput | FailureClass::NoResult | FailureClass::Contradicted)
        };
        // Attempts since then may have been refused by their agent.
        let refused = state.attempts.iter().rev().find(|a| a.failure.as_ref().is_some_and(answerable));
        let attempt = refused.map_or(state.attempt, |a| a.number);
        let kept = self.refused.get(&ix).cloned().or_else(|| {
            // After a crash the exact words are gone; the reasons are in the log.
            let failure = refused?.failure.as_ref()?;
            let reasons =
                if failure.reasons.is_empty() { vec![failure.message.clone()] } else { failure.reasons.clone() };
            Some((String::new(), reasons))
        });
        kept.map(|(previous, errors)| Reask { attempt, previous, errors })
    }

    pub(super) fn worktree(&self, ix: Ix) -> Result<Option<WorktreeSpec>, Failure> {
        // A worktree on a group or map holds for everything inside; the innermost wins.
        let mut at = Some(ix);
        while let Some(here) = at {
            let node = self.run.graph().node(here);
            let inherited = here != ix && node.shape == Shape::Map && self.run.graph().node(ix).parent == Some(here);
            if let Some(worktree) = node.def.worktree.as_ref().filter(|_| !inherited) {
                let wanted = match &worktree.when {
                    Some(when) => {
                        when.eval_bool(&self.seen(here, when.uses())).map_err(|e| wrong("worktree.when", &e))?
                    }
                    None => true,
                };
                if !wanted {
                    return Ok(None);
                }
                return Ok(Some(WorktreeSpec {
                    base: self.text(here, "worktree.base", &worktree.base)?,
                    path: self.text(here, "worktree.path", &worktree.path)?,
                    branch: self.text(here, "worktree.branch", &worktree.branch)?,
                }));
            }
            at = node.parent;
        }
        Ok(None)
    }

    fn duration(&self, ix: Ix, field: &str, setting: Option<&Setting<Millis>>) -> Result<Option<u64>, Failure> {
        let template = match setting {
            None => return Ok(None),
            Some(Setting::Fixed(Millis(ms))) => return Ok(Some(*ms)),
            Some(Setting::Computed(template)) => template,
        };
        let text = self.text(ix, field, template)?;
        let parsed = Millis::parse(&text).filter(|ms| ms.0 > 0);
        let message = || format!("`{field}` is `{text}`; expected a duration such as `30s`, `15m`, `2h`");
        parsed.map(|ms| Some(ms.0)).ok_or_else(|| Failure::new(FailureClass::Expression, message()))
    }

    /// `failure` in a repair node: verdict, reasons, and every failed command and verdict below the failed node.
    pub(super) fn failure_root(&self, failed: Ix) -> Data {
        let state = self.run.state(failed);
        let graph = self.run.graph();
        let words = |t: Option<&str>| t.map_or_else(Data::null, Data::from);
        let (mut commands, mut verdicts) = (Vec::new(), Vec::new());
        let mut reasons: Vec<String> = Vec::new();
        let inside = graph.descendants(failed).into_iter().chain(std::iter::once(failed));
        for ix in inside.filter(|ix| self.run.state(*ix).phase == Phase::Failed && graph.node(*ix).shape == Shape::Leaf)
        {
            let Some(failure) = &self.run.state(ix).failure else { continue };
            reasons.push(format!("{}: {}", graph.node(ix).id, failure.message));
            reasons.extend(failure.reasons.iter().cloned());
            if failure.class == FailureClass::Verdict {
                verdicts.push(Data::map(vec![
                    ("node".to_owned(), Data::from(&*graph.node(ix).id)),
                    ("title".to_owned(), Data::from(self.title(ix).as_str())),
                    ("output".to_owned(), self.run.state(ix).output.clone().unwrap_or_else(Data::null)),
                ]));
            }
            if matches!(graph.node(ix).def.verb, Verb::Run(_)) {
                commands.push(Data::map(vec![
                    ("node".to_owned(), Data::from(&*graph.node(ix).id)),
                    ("title".to_owned(), Data::from(self.title(ix).as_str())),
                    ("class".to_owned(), Data::from_json(&serde_json::to_value(failure.class).unwrap_or_default())),
                    ("exitCode".to_owned(), failure.exit_code.map_or_else(Data::null, |c| Data::from(i64::from(c)))),
                    ("logTail".to_owned(), words(failure.log_tail.as_deref())),
                ]));
            }
        }
        let class = state.failure.as_ref().and_then(|f| serde_json::to_value(f.class).ok()).unwrap_or_default();
        Data::map(vec![
            ("node".to_owned(), Data::from(&*graph.node(failed).id)),
            ("class".to_owned(), Data::from_json(&class)),
            ("message".to_owned(), words(state.failure.as_ref().map(|f| f.message.as_str()))),
            ("reasons".to_owned(), Data::list(reasons.into_iter().map(Data::from).collect())),
            ("verdict".to_owned(), state.output.clone().unwrap_or_else(Data::null)),
            ("commands".to_owned(), Data::list(commands)),
            ("verdicts".to_owned(), Data::list(verdicts)),
        ])
    }

    /// The node's title from its `report:` hints, else its label.
    pub(crate) fn title(&self, ix: Ix) -> String {
        crate::report::title(&self.run, ix)
    }
}

/// What broke off the attempt before, if the next one begins for `cause`.
fn broken(cause: Cause) -> Option<Broken> {
    match cause {
        Cause::Lost => Some(Broken::Lost),
        Cause::Parked => Some(Broken::Refused),
        Cause::Taken => Some(Broken::Taken),
        Cause::First | Cause::Retry | Cause::Reask | Cause::Reset => None,
    }
}

/// The end of a prompt that asks again.
fn refusal(errors: &[String]) -> String {
    let mut text = "\n\n---\nYour last reply was not accepted:\n".to_owned();
    for error in errors {
        text.push_str("- ");
        text.push_str(error);
        text.push('\n');
    }
    text.push_str("Do no more work. Reply again with the corrected result only.\n");
    text
}
