//! What checks printed: the logs of their last attempts.

use std::fs;
use std::io;

use serde_json::Value;

use super::super::{Job, refuse};
use super::Check;
use super::ended::Printed;
use crate::event::Failure;
use crate::runs::AttemptPath;

/// What each item of `ran` that ended well printed.
pub(super) fn read(ran: &Value, checks: &[Check], job: &Job<'_>) -> Result<Vec<Printed>, Failure> {
    let done = ran.as_array().into_iter().flatten().filter(|item| item["status"] == "done");
    done.map(|item| of(item, checks, job)).collect()
}

fn of(item: &Value, checks: &[Check], job: &Job<'_>) -> Result<Printed, Failure> {
    let text = |key: &str| item[key].as_str().unwrap_or_default();
    let attempt = u32::try_from(item["attempts"].as_u64().unwrap_or_default()).unwrap_or(u32::MAX);
    let path = AttemptPath::new(text("node"), attempt).map_err(|e| refuse(format!("`ran`: {e}")))?;
    let printed = match fs::read(job.run_dir.join(path.log())) {
        Ok(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
        // Who prints nothing has no log.
        Err(e) if e.kind() == io::ErrorKind::NotFound => String::new(),
        Err(e) => return Err(refuse(format!("what `{}` printed cannot be read: {e}", text("node")))),
    };
    let key = text("key");
    let run = checks.iter().find(|check| check.name == key).map_or("", |check| &check.run);
    Ok(Printed { check: key.to_owned(), run: run.to_owned(), text: printed })
}
