//! `mission run`: everything is checked before a run exists; then it goes on until it ends or waits.

use std::collections::BTreeMap;
use std::path::Path;

use mission_compiler::source::Sources;
use mission_compiler::template::Data;
use mission_executor::clock::SystemClock;
use mission_executor::drive::{Begin, Compiled, TakeOver, YES_BY, begin};
use mission_executor::runs::Runs;
use mission_executor::store::Definition;

use crate::args;
use crate::assume::Assumed;
use crate::executing::{Job, Shown, execute};
use crate::failure::{Exit, Failure};
use crate::inputs::{self, Purpose};
use crate::load::{self, Loaded};
use crate::page::{self, Page, Tone, flat};
use crate::preset::Preset;
use crate::{agents, background, files, person, preflight, project};

/// Begins a run and executes it.
pub(crate) fn perform(args: &args::Run) -> Result<Exit, Failure> {
    let preset = Preset::read(&args.workflow)?;
    let loaded = load::load(&preset.workflow)?;
    let inputs = inputs::resolve(&loaded.workflow, &preset, &args.inputs, Purpose::Run)?;
    refuse_early(&loaded, &inputs)?;
    let here = std::env::current_dir().map_err(|source| files::io("find", Path::new("."), source))?;
    let project = project::root()?;
    let scratch = preset.repository(&project)?;
    let root = scratch.as_ref().map_or(project, |scratch| scratch.folder.clone());
    let agents = agents::resolve(&loaded.workflow, &args.agents, &here, &root);
    let pinned = preflight::check(&loaded.workflow, &inputs, &root, args.allow_dirty);
    let (agents, pinned) = both(&loaded.workflow.name, agents, pinned)?;
    say_unpriced(&agents.unpriced);
    let dirty = args.allow_dirty.then(|| "allow-dirty".to_owned());
    let yes = (args.yes || preset.yes).then(|| format!("{YES_BY}{}", person::name()));
    let flags = dirty.into_iter().chain(yes).chain(pinned).collect();
    let begun = Begin { definition: definition(&loaded, &root, inputs, agents), flags };
    let compiled = Compiled::checked(loaded.workflow, loaded.sources, &begun.definition)?;
    let (dir, lock) = begin(&Runs::of(&root), &SystemClock::new(), &begun, &compiled)?;
    if let Some(scratch) = scratch {
        say_where(&root, &here);
        scratch.keep();
    }
    let yes = args.yes || preset.yes;
    if args.detach {
        drop(lock);
        return background::resume(&root, &dir, yes, args.json);
    }
    let known = Some(compiled);
    execute(Job { root, dir, lock, known, how: TakeOver::Begin, yes, shown: Shown::json(args.json) })
}

/// Two things that a run needs; what is wrong with either is told at once.
fn both<A, B>(workflow: &str, one: Result<A, Failure>, other: Result<B, Failure>) -> Result<(A, B), Failure> {
    match (one, other) {
        (Ok(one), Ok(other)) => Ok((one, other)),
        (Err(failure), Ok(_)) | (Ok(_), Err(failure)) => Err(failure),
        (Err(one), Err(other)) => {
            let findings = [one, other].map(Failure::findings).into_iter().flatten().collect();
            Err(Failure::Several { title: format!("`{workflow}` cannot run here"), findings })
        }
    }
}

/// Tells whose cost `limits.usd` cannot count.
fn say_unpriced(unpriced: &[(String, String)]) {
    for (profile, agent) in unpriced {
        let mut page = Page::new();
        page.tone(Tone::Warn, "warning").text(": `limits.usd` cannot hold ").tone(Tone::Strong, flat(agent));
        page.line(format!(" (profile `{profile}`): it tells no cost, and `.mission/prices.yaml` has no price for it"));
        page::say(&page);
    }
}

/// Tells in which repository the run works, when it is not the one where the person stands.
fn say_where(root: &Path, here: &Path) {
    let shown = root.strip_prefix(here).unwrap_or(root).display().to_string();
    let mut page = Page::new();
    page.text("repository: ").tone(Tone::Strong, &shown).text("   look around with ");
    page.tone(Tone::Accent, format!("mission -C {shown} status")).end();
    page::say(&page);
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
fn definition(loaded: &Loaded, root: &Path, inputs: BTreeMap<String, Data>, agents: agents::Pinned) -> Definition {
    let source = loaded.sources.workflow();
    Definition {
        name: loaded.workflow.name.clone(),
        origin: origin(source.name(), root),
        workflow: source.text().to_owned(),
        files: prompts(&loaded.sources),
        inputs,
        agents: agents.profiles,
        catalogue: agents.catalogue,
        engine: env!("CARGO_PKG_VERSION").to_owned(),
    }
}

/// Where the workflow came from, as seen from the project: relative inside it, absolute elsewhere.
fn origin(name: &str, root: &Path) -> String {
    let Ok(path) = Path::new(name).canonicalize() else { return name.to_owned() };
    let root = root.canonicalize().unwrap_or_else(|_| root.to_owned());
    path.strip_prefix(root).unwrap_or(&path).display().to_string()
}

fn prompts(sources: &Sources) -> BTreeMap<String, String> {
    sources.prompts().map(|file| (file.name().to_owned(), file.text().to_owned())).collect()
}
