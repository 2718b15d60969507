//! The pure core, driven by hand: what a test says happened, happened; what follows is asserted in full.

mod again;
mod counting;
mod gates;
mod handed;
mod ledger;
mod limits;
mod overlaps;
mod parking;
mod repairs;
mod requirements;
mod resets;
mod scripted;
