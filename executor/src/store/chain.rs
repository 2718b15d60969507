//! The rows of the log: how a record becomes a row, how rows become records again, and the chain that holds them together.

use std::path::Path;

use rusqlite::{Connection, params};

use super::error::{StoreError, sqlite};
use super::tip::Tip;
use crate::digest;
use crate::event::{Event, Record, Timestamp};

/// The end of a chain of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) seq: u64,
    pub(super) hash: [u8; 32],
}

impl Link {
    /// The link before the first record.
    pub(super) fn start(definition: [u8; 32]) -> Self {
        Self { seq: 0, hash: definition }
    }
    fn next(self, at: &str, body: &str) -> Self {
        let seq = self.seq + 1;
        // byte for byte the JSON of the record
        let line = format!("{{\"seq\":{seq},\"at\":{at},\"event\":{body}}}");
        Self { seq, hash: digest::sha256(&[&self.hash, line.as_bytes()]) }
    }
}

/// Appends `record` within the caller's transaction. Returns the new end and the bytes of the row.
pub(super) fn append(db: &Connection, path: &Path, end: Link, record: &Record) -> Result<(Link, usize), StoreError> {
    if record.seq != end.seq + 1 {
        return Err(StoreError::Sequence { last: end.seq, found: record.seq });
    }
    let unwritable = |e: serde_json::Error| StoreError::Unwritable { seq: record.seq, what: e.to_string() };
    let body = serde_json::to_string(&record.event).map_err(unwritable)?;
    let next = end.next(&serde_json::to_string(&record.at).map_err(unwritable)?, &body);
    db.prepare_cached("INSERT INTO event (seq, at, body, hash) VALUES (?, ?, ?, ?)")
        .and_then(|mut insert| insert.execute(params![next.seq, record.at.0, body, next.hash]))
        .map_err(sqlite("write to", path))?;
    Ok((next, body.len()))
}

/// Reads and checks all records after `from`, which must be a link of the chain; `tip` was read before the rows.
pub(super) fn read(db: &Connection, path: &Path, from: Link, tip: Tip) -> Result<(Vec<Record>, Link), StoreError> {
    let failed = || sqlite("read", path);
    let mut select =
        db.prepare_cached("SELECT seq, at, body, hash FROM event WHERE seq > ? ORDER BY seq").map_err(failed())?;
    let mut rows = select.query([from.seq]).map_err(failed())?;
    let mut records = Vec::new();
    let mut end = from;
    tip.check(path, end)?;
    while let Some(row) = rows.next().map_err(failed())? {
        let expected = end.seq + 1;
        let damaged = |what: String| StoreError::damaged(path, Some(expected), what);
        let wrong_row = |e: rusqlite::Error| damaged(e.to_string());
        let seq: u64 = row.get(0).map_err(wrong_row)?;
        if seq != expected {
            return Err(damaged(format!("it is missing, record {seq} follows")));
        }
        let at = Timestamp(row.get(1).map_err(wrong_row)?);
        let body = row.get_ref(2).and_then(|v| v.as_str().map_err(Into::into)).map_err(wrong_row)?;
        let hash: [u8; 32] = row.get(3).map_err(wrong_row)?;
        end = end.next(&serde_json::to_string(&at).map_err(|e| damaged(e.to_string()))?, body);
        if end.hash != hash {
            return Err(damaged("its hash does not follow from what is stored".into()));
        }
        tip.check(path, end)?;
        let event: Event = serde_json::from_str(body).map_err(|error| unread(path, expected, body, &error))?;
        records.push(Record { seq, at, event });
    }
    tip.check_end(path, end)?;
    Ok((records, end))
}

/// A row whose hash is right and that is no record: if it is one of a kind, a newer version wrote it.
fn unread(path: &Path, seq: u64, body: &str, error: &serde_json::Error) -> StoreError {
    let value: Option<serde_json::Value> = serde_json::from_str(body).ok();
    match value.as_ref().and_then(|value| value["type"].as_str()) {
        Some(kind) => StoreError::unknown(path, Some(seq), Some(kind), error),
        None => StoreError::damaged(path, Some(seq), error.to_string()),
    }
}

/// The link at record `seq`, as stored.
pub(super) fn link(db: &Connection, path: &Path, seq: u64) -> Result<Link, StoreError> {
    let hash = db
        .prepare_cached("SELECT hash FROM event WHERE seq = ?")
        .and_then(|mut select| select.query_row([seq], |row| row.get(0)))
        .map_err(|e| match e {
            rusqlite::Error::QueryReturnedNoRows => StoreError::damaged(path, Some(seq), "it is missing"),
            e => sqlite("read", path)(e),
        })?;
    Ok(Link { seq, hash })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_hashes_the_line_that_people_see() {
        let event = Event::BarrierOpened { node: "demo:part:1:barrier".into() };
        let record = Record { seq: 8, at: Timestamp(1_795_240_920_001), event };
        let line = serde_json::to_string(&record).expect("JSON");
        assert_eq!(
            line,
            r#"{"seq":8,"at":"2026-11-21T06:02:00.001Z","event":{"type":"barrier-opened","node":"demo:part:1:barrier"}}"#
        );
        let before = Link { seq: 7, hash: [7; 32] };
        let body = serde_json::to_string(&record.event).expect("JSON");
        let next = before.next(&serde_json::to_string(&record.at).expect("JSON"), &body);
        assert_eq!(next, Link { seq: 8, hash: digest::sha256(&[&[7; 32], line.as_bytes()]) });
    }
}
