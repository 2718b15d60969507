//! The durable side of a run: `run.db`, the one SQLite file that holds its definition, its events and its mailbox.
//! The only room that names rusqlite. Knows rows, not what they mean: what follows from an event is the business of `run`.
//!
//! - [`Store::create`] makes the file, [`Store::take_over`] makes this process its only writer, [`Reader`] reads it from anywhere.
//! - An event is chained to the one before it: `hash = SHA-256(hash before ‖ the line that `mission events --json` prints)`;
//!   the first is chained to the digest of the definition. `run.tip` repeats the newest hash outside of SQLite, so that rows
//!   cut off at the end are noticed as well.
//! - Any error while writing loses the handle: a failed commit may still be durable, so nobody retries it. Whoever wants to
//!   go on takes the run over again and reads what is there.

mod chain;
mod definition;
mod error;
mod head;
mod log;
mod mailbox;
mod reader;
mod schema;
mod step;
mod tip;
mod writer;

pub use definition::Definition;
pub use error::StoreError;
pub use head::Head;
pub use mailbox::{Answer, GONE, Mailbox, Request, RequestId, Waited};
pub use reader::{Reader, Tail};
pub use step::{Committed, Uncommitted};
pub use writer::{Pending, Store, TakenOver};

#[cfg(test)]
mod tests;
