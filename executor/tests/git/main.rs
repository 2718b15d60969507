//! Git and the built-in actions on real temporary repositories. Nothing here depends on the user's own configuration.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails right there")]

mod alone;
mod both;
mod collect;
mod commit;
mod conflicts;
mod corpus;
mod crash;
mod culprit;
mod detect;
mod elsewhere;
mod fixture;
mod graph;
mod guard;
mod hostile;
mod integrate;
mod land;
mod names;
mod original;
mod preflight;
mod program;
mod radar;
mod scene;
mod sites;
mod stand;
mod status;
mod too_much;
mod vectors;
mod worktree;
