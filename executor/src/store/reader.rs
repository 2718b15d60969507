//! Reading a run from anywhere, while its executor writes. Every read is short: nobody is held up, and the log stays small.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::chain::{self, Link};
use super::error::{StoreError, sqlite};
use super::tip::Tip;
use super::{Definition, Head, head, schema};
use crate::digest;
use crate::event::Record;

/// A run as others see it.
#[derive(Debug)]
pub struct Reader {
    db: Connection,
    dir: PathBuf,
    path: PathBuf,
}

impl Reader {
    /// Opens the store in folder `dir` for reading; works in folders that cannot be written to.
    pub fn open(dir: &Path) -> Result<Self, StoreError> {
        let path = schema::path_in(dir);
        let db = schema::open_shared(&path).and_then(|db| {
            db.execute_batch("PRAGMA query_only = ON").map_err(sqlite("open", &path))?;
            Ok(db)
        });
        let db = match db {
            // a log cannot be made here; without one the file is complete, and can be read as it is
            Err(StoreError::Sqlite { .. }) if matches!(std::fs::exists(schema::wal_in(dir)), Ok(false)) => {
                schema::open_at_rest(&path)?
            }
            opened => opened?,
        };
        Ok(Self { db, dir: dir.to_owned(), path })
    }

    /// The summary.
    pub fn head(&self) -> Result<Head, StoreError> {
        Ok(head::load(&self.db, &self.path)?.1)
    }

    /// The pinned definition, checked against its digest.
    pub fn definition(&self) -> Result<Definition, StoreError> {
        Ok(load_definition(&self.db, &self.path)?.0)
    }

    /// All records after number `after`, checked against each other and against the newest one known to be stored.
    pub fn records(&self, after: u64) -> Result<Vec<Record>, StoreError> {
        let tip = Tip::read(&self.dir)?;
        let from = self.link(after)?;
        Ok(chain::read(&self.db, &self.path, from, tip)?.0)
    }

    /// Follows the run from the record after number `after`.
    pub fn tail(self, after: u64) -> Result<Tail, StoreError> {
        let from = self.link(after)?;
        Ok(Tail { reader: self, from, version: None })
    }

    fn link(&self, seq: u64) -> Result<Link, StoreError> {
        match seq {
            0 => Ok(Link::start(load_definition(&self.db, &self.path)?.1)),
            seq => chain::link(&self.db, &self.path, seq),
        }
    }
}

/// The definition and its digest.
pub(super) fn load_definition(db: &Connection, path: &Path) -> Result<(Definition, [u8; 32]), StoreError> {
    let (body, digest): (String, [u8; 32]) = db
        .query_row("SELECT body, digest FROM definition", [], |row| Ok((row.get(0)?, row.get(1)?)))
        .map_err(sqlite("read", path))?;
    let damaged = |what: String| StoreError::damaged(path, None, format!("definition: {what}"));
    let unread = |error: serde_json::Error| {
        let value: Option<serde_json::Value> = serde_json::from_str(&body).ok();
        match value.map(|value| digest::sha256(&[digest::canonical(&value).as_bytes()])) {
            Some(found) if found == digest => StoreError::unknown(path, None, Some("definition"), &error),
            _ => damaged(error.to_string()),
        }
    };
    let definition: Definition = serde_json::from_str(&body).map_err(unread)?;
    if definition.digest_bytes() != digest {
        return Err(damaged("it is not the one that was written".into()));
    }
    Ok((definition, digest))
}

/// A reader that remembers how far it has read.
#[derive(Debug)]
pub struct Tail {
    reader: Reader,
    from: Link,
    version: Option<i64>,
}

impl Tail {
    /// Records since the last call; costs microseconds when there are none. To be called a few times a second.
    pub fn poll(&mut self) -> Result<Vec<Record>, StoreError> {
        let Reader { db, dir, path } = &self.reader;
        let version = db.pragma_query_value(None, "data_version", |row| row.get(0)).map_err(sqlite("read", path))?;
        if self.version == Some(version) {
            return Ok(Vec::new());
        }
        let tip = Tip::read(dir)?;
        let (records, end) = chain::read(db, path, self.from, tip)?;
        self.from = end;
        self.version = Some(version);
        Ok(records)
    }

    /// Number of the last record read.
    pub fn seq(&self) -> u64 {
        self.from.seq
    }

    /// The summary.
    pub fn head(&self) -> Result<Head, StoreError> {
        self.reader.head()
    }
}
