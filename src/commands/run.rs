//! `mission run`: everything is checked before a run exists; then it goes on until it ends or waits.

use std::collections::BTreeMap;

use mission_compiler::source::Sources;
use mission_compiler::template::Data;
use mission_executor::action;
use mission_executor::clock::SystemClock;
use mission_executor::drive::{Begin, TakeOver, begin};
use mission_executor::runs::Runs;
use mission_executor::store::Definition;

use crate::args;
use crate::assume::Assumed;
use crate::executing::{Job, Shown, execute};
use crate::failure::{Exit, Failure};
use crate::inputs::{self, Purpose};
use crate::load::{self, Loaded};
use crate::{agents, background, preflight, project};

/// Begins a run and executes it.
pub(crate) fn perform(args: &args::Run) -> Result<Exit, Failure> {
    let root = project::root()?;
    let loaded = load::load(&args.workflow)?;
    let inputs = inputs::resolve(&loaded.workflow, &args.inputs, Purpose::Run)?;
    refuse_early(&loaded, &inputs)?;
    let agents = agents::resolve(&loaded.workflow, &args.agents, &root)?;
    let fit = preflight::check(&loaded.workflow, &inputs, &root, args.allow_dirty)?;
    let flags = args.allow_dirty.then(|| "allow-dirty".to_owned()).into_iter().collect();
    let begun = Begin { definition: definition(&loaded, inputs, agents), flags };
    let (dir, lock) = begin(&Runs::of(&root), &SystemClock::new(), &action::registry(), &begun)?;
    if let Some(fit) = fit {
        fit.begin(&dir)?;
    }
    if args.detach {
        drop(lock);
        return background::resume(&root, &dir, args.yes, args.json);
    }
    execute(Job { root, dir, lock, how: TakeOver::Begin, yes: args.yes, shown: Shown::json(args.json) })
}

/// Values that follow from the inputs alone and that nodes will not accept.
fn refuse_early(loaded: &Loaded, inputs: &BTreeMap<String, Data>) -> Result<(), Failure> {
    let shapeless =
        |error: mission_compiler::expand::ExpandError| Failure::Usage { message: error.to_string(), hint: None };
    let facts = Assumed::new(&loaded.workflow, inputs).map_err(shapeless)?;
    let mut findings = Vec::new();
    for (node, reasons) in facts.objections() {
        findings.extend(reasons.into_iter().map(|reason| (format!("`{node}`: {reason}"), None)));
    }
    if findings.is_empty() {
        return Ok(());
    }
    let title = format!("the inputs of `{}` give values that its nodes refuse", loaded.workflow.name);
    Err(Failure::Several { title, findings })
}

/// What the run pins.
fn definition(loaded: &Loaded, inputs: BTreeMap<String, Data>, agents: BTreeMap<String, String>) -> Definition {
    let source = loaded.sources.workflow();
    Definition {
        name: loaded.workflow.name.clone(),
        origin: source.name().to_owned(),
        workflow: source.text().to_owned(),
        files: files(&loaded.sources),
        inputs,
        agents,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

fn files(sources: &Sources) -> BTreeMap<String, String> {
    sources.prompts().map(|file| (file.name().to_owned(), file.text().to_owned())).collect()
}
