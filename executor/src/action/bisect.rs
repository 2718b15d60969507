//! `checks.bisect`: which of several merges turned commands red? Each commit is tried out in a throw-away worktree.
//!
//! Nothing is concluded that was not seen: the beginning must be green and the end red, else nobody is named.

use serde_json::{Value, json};

use super::tries::{Red, Stop, Tries};
use super::{Job, Shell, refuse};
use crate::event::Failure;
use crate::git::Oid;

/// Most bytes of a difference that are told.
const MOST: usize = 24_000;
pub(super) fn with() -> Value {
    json!({
        "type": "object",
        "description": "Finds the first of several commits with which a command fails, by trying them out in worktrees of their own.",
        "required": ["good", "commits", "run"],
        "additionalProperties": false,
        "properties": {
            "good": { "type": "string", "description": "The commit before the first of them, with which the commands pass." },
            "commits": {
                "type": "array",
                "description": "The commits in order: what `git.integrate` lists under `merged`.",
                "items": {
                    "type": "object",
                    "required": ["commit"],
                    "properties": {
                        "commit": { "type": "string" },
                        "key": { "type": ["string", "null"] },
                        "branch": { "type": ["string", "null"] }
                    }
                }
            },
            "run": {
                "type": "array",
                "description": "The commands that fail.",
                "items": {
                    "type": "object",
                    "required": ["run"],
                    "properties": { "name": { "type": ["string", "null"] }, "run": { "type": "string" } }
                }
            }
        }
    })
}

pub(super) fn result() -> Value {
    let text = |description: &str| json!({ "type": ["string", "null"], "description": description });
    json!({
        "type": "object",
        "required": ["found"],
        "properties": {
            "found": { "type": "boolean", "description": "True if one is guilty." },
            "why": text("What was seen."),
            "key": text("Key of the guilty item."),
            "branch": text("Its branch."),
            "commit": text("The guilty commit."),
            "alone": { "type": ["boolean", "null"], "description": "False: its work alone is green, so it does not get on with what was merged before it." },
            "command": text("The command that fails."),
            "exitCode": { "type": ["integer", "null"], "description": "Its exit code." },
            "output": text("The end of its output."),
            "stat": text("What the commit changes, by file."),
            "diff": text("What it changes."),
            "probes": { "type": ["integer", "null"], "description": "How many commits were tried out." }
        }
    })
}

pub(super) fn perform(with: &Value, job: &Job<'_>, shell: &Shell<'_>) -> Result<Value, Failure> {
    let worktrees = job.worktrees.ok_or_else(|| refuse("this run has no worktrees"))?;
    // What an attempt that was killed left behind.
    worktrees.clear_probes()?;
    let mut search = Search(Tries::new(worktrees, job, shell, &with["run"]));
    let commits: Vec<Value> = with["commits"].as_array().cloned().unwrap_or_default();
    let answer = search.find(with["good"].as_str().unwrap_or_default(), &commits);
    worktrees.clear_probes()?;
    match answer {
        Ok(found) => Ok(found),
        Err(Stop::Unknown(why)) => Ok(nobody(&why, search.0.probes)),
        Err(Stop::Failed(failure)) => Err(failure),
    }
}

fn nobody(why: &str, probes: u32) -> Value {
    json!({
        "found": false, "why": why, "key": null, "branch": null, "commit": null, "alone": null, "command": null,
        "exitCode": null, "output": null, "stat": null, "diff": null, "probes": probes,
    })
}

/// The search of one that is guilty.
struct Search<'s>(Tries<'s>);

impl Search<'_> {
    fn find(&mut self, good: &str, commits: &[Value]) -> Result<Value, Stop> {
        let unknown = |why: &str| Err(Stop::Unknown(why.to_owned()));
        if commits.is_empty() || self.0.commands().is_empty() {
            return unknown("there is nothing to try out: no commit or no command was given");
        }
        let oids: Vec<Oid> =
            commits.iter().map(|c| Oid::parse(c["commit"].as_str().unwrap_or_default())).collect::<Result<_, _>>()?;
        let (good, head) = (Oid::parse(good)?, oids.last().expect("it is not empty"));
        let Some(mut red) = self.0.red(head)? else {
            return unknown(
                "with everything merged, and nothing else, the commands pass: the failure came later, or is not reproducible",
            );
        };
        if self.0.red(&good)?.is_some() {
            return unknown("the commands failed before the first merge already");
        }
        let (mut low, mut high) = (0, oids.len() - 1);
        while low < high {
            let middle = low + (high - low) / 2;
            match self.0.red(&oids[middle])? {
                Some(seen) => (high, red) = (middle, seen),
                None => low = middle + 1,
            }
        }
        self.name(&commits[high], &oids[high], high > 0, red)
    }

    /// The guilty one, with everything that helps to repair it.
    fn name(&mut self, commit: &Value, oid: &Oid, has_earlier: bool, red: Red) -> Result<Value, Stop> {
        let repo = self.0.worktrees.repository();
        let parents = repo.parents(oid)?;
        let before = parents.first().ok_or_else(|| Stop::Unknown(format!("{oid} is the first commit of all")))?.clone();
        let alone = match parents.get(1) {
            Some(own) if has_earlier => self.0.red(own)?.is_some(),
            _ => true,
        };
        let (stat, diff) = repo.difference(&before, oid)?;
        let named = commit["key"].as_str().unwrap_or_else(|| oid.short());
        let why = if alone {
            format!("with `{named}` the command `{}` fails, without it it passes", red.command)
        } else {
            format!(
                "`{named}` does not get on with what was merged before it: alone it passes `{}`, together it fails",
                red.command
            )
        };
        Ok(json!({
            "found": true, "why": why, "key": commit["key"], "branch": commit["branch"], "commit": oid.as_str(),
            "alone": alone, "command": red.command, "exitCode": red.exit_code, "output": red.output, "stat": head(&stat, MOST),
            "diff": head(&diff, MOST), "probes": self.0.probes,
        }))
    }
}

fn head(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}\n… {} more bytes", &text[..end], text.len() - end)
}
