//! Conflicts with other work under way are looked for when an attempt ends, and now and then while it goes on.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::local::{Ground, tell};
use crate::decide::port::Input;
use crate::event::Overlap;
use crate::git::{Error, Place, Worktrees};

/// The pause between two looks, at least.
const PAUSE: Duration = Duration::from_secs(5);
/// How many times as long as a look the pause behind it is, at least: looking takes a twentieth of the time at most.
const REST: u32 = 20;

/// Looks again and again, as long as an attempt goes on in `place`. Without a worktree there is nothing to see.
pub(super) async fn keep_looking(
    ground: &Arc<Ground>,
    place: Option<&Place>,
    inputs: &mpsc::UnboundedSender<Input>,
) -> Infallible {
    let Some(place) = place else { return std::future::pending().await };
    let mut pause = PAUSE;
    loop {
        sleep(pause).await;
        let began = Instant::now();
        look(ground, place, Worktrees::glance, inputs).await;
        pause = PAUSE.max(began.elapsed() * REST);
    }
}

/// Looks once, and tells what conflicts. What is not seen is found when the work is merged; so a fault is none of the
/// attempt's.
pub(super) async fn look(
    ground: &Arc<Ground>,
    place: &Place,
    how: fn(&Worktrees, &Place) -> Result<Vec<Overlap>, Error>,
    inputs: &mpsc::UnboundedSender<Input>,
) {
    let (ground, place) = (Arc::clone(ground), place.clone());
    let seen = tokio::task::spawn_blocking(move || ground.worktrees.as_ref().map(|w| how(w, &place))).await;
    for overlap in seen.ok().flatten().and_then(Result::ok).unwrap_or_default() {
        tell(inputs, Input::Overlap(overlap));
    }
}
