//! Which agents do the work: `--agent`, then `.mission/agents.yaml`, then the workflow itself.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use mission_compiler::workflow::{Agent, AgentChoice, Body, Verb, Workflow};
use mission_executor::agent::catalogue::Told;
use mission_executor::agent::prices::Prices;
use mission_executor::agent::{Agents, Choice, ProfileError, Spec, check_profile};
use mission_executor::process::Programs;
use serde_json::Value;

use crate::failure::Failure;
use crate::inputs::{kind, listed};
use crate::{files, prices, project};
use mission_compiler::suggest::nearest;

/// A finding: what is wrong, and the way out.
type Finding = (String, Option<String>);

/// What a run pins about agents.
#[derive(Debug)]
pub(crate) struct Pinned {
    /// Replaced profiles: profile (or `*`) → spec.
    pub(crate) profiles: BTreeMap<String, String>,
    /// Text of the repository's `agents.yaml`, if it describes coding agents.
    pub(crate) catalogue: Option<String>,
    /// Profiles whose agent's cost nobody tells, each with that agent.
    pub(crate) unpriced: Vec<(String, String)>,
}

/// Who does the work, as the run pins it; every profile that nodes use can be used then.
///
/// # Errors
/// Everything that is wrong, at once.
pub(crate) fn resolve(workflow: &Workflow, given: &[String], here: &Path, root: &Path) -> Result<Pinned, Failure> {
    let mut findings = Vec::new();
    let mut chosen = BTreeMap::new();
    let (told, text) = configured(root)?;
    for (profile, words) in &told.profiles {
        let spec = match words.as_slice() {
            [one] => one.clone(),
            words => Value::from(words).to_string(),
        };
        take(workflow, &format!("{profile}={spec}"), None, &mut chosen, &mut findings);
    }
    let text = text.filter(|_| !told.agents.is_empty());
    let agents = among(root, text.clone());
    if text.is_some() {
        agents.catalogue().map_err(|e| unreadable(root, &e.to_string()))?;
    }
    let mut flags = BTreeSet::new();
    for text in given {
        let profile = text.split('=').next().unwrap_or_default().trim().to_owned();
        if profile == "*" {
            // All profiles: what the repository says for one of them does not outlive that.
            chosen.retain(|name, _| flags.contains(name));
        }
        if !flags.insert(profile.clone()) {
            findings.push((format!("--agent {profile} is given twice"), None));
        }
        take(workflow, text, Some(here), &mut chosen, &mut findings);
    }
    if findings.is_empty() {
        findings = unusable(workflow, &chosen, &agents);
    }
    if findings.is_empty() {
        let unpriced = unpriced(workflow, &chosen, &agents, &prices::read(root)?);
        let profiles = chosen.into_iter().map(|(profile, spec)| (profile, written(&spec))).collect();
        return Ok(Pinned { profiles, catalogue: text, unpriced });
    }
    Err(Failure::Several { title: format!("the agents of `{}` are not right", workflow.name), findings })
}

/// The coding agents that the repository at `root` knows, and where they are looked for; they are asked what they are, whatever they
/// once said.
///
/// # Errors
/// An `agents.yaml` that is none.
pub(crate) fn known(root: &Path) -> Result<Agents, Failure> {
    let agents = among(root, configured(root)?.1).afresh();
    agents.catalogue().map_err(|e| unreadable(root, &e.to_string()))?;
    Ok(agents)
}

fn among(root: &Path, text: Option<String>) -> Agents {
    let programs = Programs::new(root, std::env::var_os("PATH").as_deref());
    Agents::new(text, programs, std::env::vars_os().collect())
}

/// `.mission/agents.yaml`: what it says, and its text.
fn configured(root: &Path) -> Result<(Told, Option<String>), Failure> {
    let path = project::folder(root).join("agents.yaml");
    if !path.exists() {
        return Ok((Told::default(), None));
    }
    match files::data(&path)? {
        Value::Null => return Ok((Told::default(), None)),
        Value::Object(_) => {}
        other => return Err(unreadable(root, &format!("it is {}, expected a map", kind(&other)))),
    }
    let text = files::text(&path)?;
    let told = Told::read(&text).map_err(|e| unreadable(root, &e.to_string()))?;
    Ok((told, Some(text)))
}

fn unreadable(root: &Path, why: &str) -> Failure {
    let path = project::folder(root).join("agents.yaml");
    let help = "a key is a profile (`writer: ./agents/writer.sh`) or a coding agent (`mine: { bin: … }`); \
                `mission schema agents` describes both";
    Failure::usage(format!("`{}`: {why}", path.display()), help)
}

/// Takes one `PROFILE=SPEC` over; a relative command is found from `here`.
fn take(
    workflow: &Workflow,
    text: &str,
    here: Option<&Path>,
    chosen: &mut BTreeMap<String, Spec>,
    findings: &mut Vec<Finding>,
) {
    let choice = match Choice::parse(text) {
        Ok(choice) => choice,
        Err(error) => return findings.push((error.to_string(), None)),
    };
    let known = choice.profile == "*" || workflow.agents.contains_key(&choice.profile);
    match (known, here) {
        (true, here) => {
            chosen.insert(choice.profile, absolute(choice.spec, here));
        }
        // The repository's settings serve several workflows; not each has every profile.
        (false, None) => {}
        (false, Some(_)) => {
            let names: Vec<&str> = workflow.agents.keys().map(String::as_str).collect();
            let hint = match nearest(&choice.profile, names.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None if names.is_empty() => format!("`{}` has no agents", workflow.name),
                None => format!("the agent profiles of `{}` are {}", workflow.name, listed(&names)),
            };
            findings.push((format!("--agent: there is no agent profile `{}`", choice.profile), Some(hint)));
        }
    }
}

fn absolute(spec: Spec, here: Option<&Path>) -> Spec {
    match (spec, here) {
        (Spec::Command(mut words), Some(here)) => {
            if let Some(program) = words.first_mut().filter(|p| p.contains('/') && !Path::new(p).is_absolute()) {
                // Collecting the parts leaves `.` out.
                *program = here.join(&*program).components().collect::<std::path::PathBuf>().display().to_string();
            }
            Spec::Command(words)
        }
        (spec, _) => spec,
    }
}

fn written(spec: &Spec) -> String {
    match spec {
        Spec::Command(words) => serde_json::to_string(words).expect("texts are JSON"),
        Spec::Runner { name, model: Some(model) } => format!("{name}:{model}"),
        Spec::Runner { name, model: None } => name.clone(),
    }
}

/// Profiles that nodes use, as they were chosen.
fn profiles<'w>(workflow: &'w Workflow, chosen: &BTreeMap<String, Spec>) -> Vec<(&'w str, Agent)> {
    let mut used = BTreeSet::new();
    collect(&workflow.body, &mut used);
    let profile = |name: &'w str| {
        let agent = workflow.agents.get(name)?;
        let spec = chosen.get(name).or_else(|| chosen.get("*"));
        Some((name, spec.map_or_else(|| agent.clone(), |spec| spec.apply(agent))))
    };
    used.into_iter().filter_map(profile).collect()
}

/// Profiles that nodes use and that cannot do any work here.
fn unusable(workflow: &Workflow, chosen: &BTreeMap<String, Spec>, agents: &Agents) -> Vec<Finding> {
    let all = profiles(workflow, chosen);
    let mut findings = Vec::new();
    // Profiles that nobody serves for the same reasons are one finding.
    let mut alike: Vec<(Vec<String>, Vec<&str>)> = Vec::new();
    for (name, agent) in &all {
        match check_profile(name, agent, agents) {
            Ok(()) => {}
            Err(ProfileError::Nobody { reasons, .. }) if !reasons.is_empty() => {
                match alike.iter_mut().find(|(why, _)| *why == reasons) {
                    Some((_, names)) => names.push(name),
                    None => alike.push((reasons, vec![name])),
                }
            }
            Err(error) => findings.push((error.to_string(), Some(error.help()))),
        }
    }
    findings.extend(alike.into_iter().map(|(reasons, names)| {
        let word = if names.len() == 1 { "profile" } else { "profiles" };
        let message = format!("no agent for {word} {}: {}", listed(&names), reasons.join("; "));
        let profile = if names.len() == 1 { names[0] } else { "*" };
        let help = format!(
            "`mission agents` tells what is here; any program can be an agent: `--agent '{profile}=./my-agent'`"
        );
        (message, Some(help))
    }));
    findings
}

/// Profiles that a limit on money cannot hold, if there is one.
fn unpriced(
    workflow: &Workflow,
    chosen: &BTreeMap<String, Spec>,
    agents: &Agents,
    prices: &Prices,
) -> Vec<(String, String)> {
    if workflow.limits.usd.is_none() {
        return Vec::new();
    }
    let all = profiles(workflow, chosen).into_iter();
    all.filter_map(|(name, agent)| Some((name.to_owned(), prices::unknown(name, &agent, agents, prices)?))).collect()
}

/// The profiles that nodes of `body` may use.
fn collect<'w>(body: &'w Body, used: &mut BTreeSet<&'w str>) {
    for node in &body.nodes {
        match &node.verb {
            Verb::Agent { choice: AgentChoice::One(name), .. } => {
                used.insert(name);
            }
            Verb::Agent { choice: AgentChoice::By { of, otherwise, .. }, .. } => {
                used.extend(of.values().map(String::as_str).chain([otherwise.as_str()]));
            }
            Verb::Nodes(inner) => collect(inner, used),
            Verb::Run(_) | Verb::Gate(_) | Verb::Uses { .. } | Verb::Value(_) => {}
        }
    }
}
