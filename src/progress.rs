//! Where the agents of a run stand that are at work now: read from what they have printed so far.

use std::collections::BTreeMap;
use std::sync::Arc;

use mission_executor::agent::Session;
use mission_executor::agent::catalogue::{Catalogue, Driver};
use mission_executor::agent::stream::{Progress, Story};
use mission_executor::runs::AttemptPath;

use crate::history::Past;
use crate::page::{Page, Tone, flat};
use crate::screen::words;

/// Progress by node id, of attempts under way whose agents speak in events.
pub(crate) fn of(past: &Past) -> BTreeMap<String, Progress> {
    let ids = past.run.live().map(|ix| (past.run.graph().node(ix).id.to_string(), past.run.state(ix).attempt));
    let mut ids = ids.filter(|_| past.alive).peekable();
    // To know what all agents say takes longer than to read a run.
    if ids.peek().is_none() {
        return BTreeMap::new();
    }
    let known = Catalogue::shipped().with(past.definition.catalogue.as_deref().unwrap_or_default());
    let Ok(catalogue) = known else { return BTreeMap::new() };
    ids.filter_map(|(id, attempt)| Some((id.clone(), read(past, &catalogue, &id, attempt)?))).collect()
}

fn read(past: &Past, catalogue: &Catalogue, node: &str, attempt: u32) -> Option<Progress> {
    let path = AttemptPath::new(node, attempt).ok()?;
    let session = Session::read(&past.dir.attempt(&path))?;
    let cli = catalogue.get(&session.agent).filter(|cli| cli.driver != Driver::Text)?;
    let text = std::fs::read(past.dir.log(&path)).unwrap_or_default();
    let mut story = Story::new(Arc::clone(cli));
    String::from_utf8_lossy(&text).lines().for_each(|line| drop(story.line(line)));
    let mut progress = story.progress();
    let folder = format!("{}/", session.folder.display());
    for file in &mut progress.files {
        if let Some(inner) = file.strip_prefix(&folder) {
            *file = inner.to_owned();
        }
    }
    Some(progress)
}

/// The same for people.
pub(crate) fn page(all: &BTreeMap<String, Progress>) -> Page {
    let mut page = Page::new();
    for (node, progress) in all {
        let files = (!progress.files.is_empty()).then(|| words::count(progress.files.len(), "file", "files"));
        let parts: Vec<String> = [progress.tool.clone(), files, progress.message.clone()]
            .into_iter()
            .flatten()
            .map(|part| flat(&part))
            .collect();
        if !parts.is_empty() {
            page.text("  ")
                .tone(Tone::Accent, "at work    ")
                .text(node)
                .text("  ")
                .tone(Tone::Dim, parts.join(" · "))
                .end();
        }
    }
    page
}
