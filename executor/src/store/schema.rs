//! The file itself: its tables, its format number, and how it is opened.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, TransactionBehavior, config::DbConfig};

use super::error::{StoreError, io as failed, sqlite};

/// `MSN1`: how `file` and SQLite tell a run store from other databases.
const APPLICATION: i32 = 0x4d53_4e31;

/// Each entry brings a store from the format before it to its own; the format number is how many have been applied.
///
/// `type` and `node` of an event are computed from its body, for people who look with `sqlite3`: nothing is stored twice.
const MIGRATIONS: &[&str] = &["
    CREATE TABLE meta (id INTEGER PRIMARY KEY CHECK (id = 1), epoch INTEGER NOT NULL, head TEXT NOT NULL, seal BLOB NOT NULL) STRICT;
    CREATE TABLE definition (id INTEGER PRIMARY KEY CHECK (id = 1), body TEXT NOT NULL, digest BLOB NOT NULL) STRICT;
    CREATE TABLE event (
        seq INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL, hash BLOB NOT NULL,
        type TEXT GENERATED ALWAYS AS (body ->> '$.type') VIRTUAL,
        node TEXT GENERATED ALWAYS AS (body ->> '$.node') VIRTUAL
    ) STRICT;
    CREATE TABLE request (id INTEGER PRIMARY KEY, at INTEGER NOT NULL, body TEXT NOT NULL, seal BLOB NOT NULL, answer TEXT) STRICT;
"];

pub(super) fn path_in(dir: &Path) -> PathBuf {
    dir.join("run.db")
}

pub(super) fn wal_in(dir: &Path) -> PathBuf {
    dir.join("run.db-wal")
}

/// How long to wait for another process that is writing; such writes are single short transactions.
const PATIENCE: Duration = Duration::from_secs(5);

const READ_WRITE: OpenFlags = OpenFlags::SQLITE_OPEN_READ_WRITE.union(OpenFlags::SQLITE_OPEN_NO_MUTEX);

/// A new, empty store, for this process alone until it is closed. Nothing is synced before [`sync`].
pub(super) fn create(path: &Path) -> Result<Connection, StoreError> {
    if fs::exists(path).unwrap_or(true) {
        let e = io::Error::new(io::ErrorKind::AlreadyExists, "there is one already");
        return Err(failed("create", path)(e));
    }
    let failed = || sqlite("create", path);
    let mut db = Connection::open_with_flags(path, READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE).map_err(failed())?;
    // small pages: a commit writes one or two of them to the log, and events are short
    db.execute_batch(
        "PRAGMA page_size = 1024; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL",
    )
    .map_err(failed())?;
    migrate(&mut db, path, MIGRATIONS)?;
    Ok(db)
}

/// Closes a new store and makes it durable.
pub(super) fn close_new(db: Connection, path: &Path) -> Result<(), StoreError> {
    db.close().map_err(|(_, e)| sqlite("close", path)(e))?;
    // IMPORTANT: no connection of this process may be open now; closing another descriptor drops SQLite's locks
    fs::File::open(path).and_then(|file| file.sync_all()).map_err(failed("sync", path))
}

/// A connection that writes events: every commit is synced.
pub(super) fn open_writer(path: &Path) -> Result<Connection, StoreError> {
    let mut db = open(path)?;
    let found = check_format(&db, path)?;
    // the log is emptied into the file by the writer itself, see `writer`; SQLite does it should that not be enough
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 2000;
         PRAGMA journal_size_limit = 524288; PRAGMA cell_size_check = ON",
    )
    .map_err(sqlite("open", path))?;
    if found < known() {
        keep_copy(&db, path, found)?;
        migrate(&mut db, path, MIGRATIONS)?;
    }
    Ok(db)
}

/// A connection that reads, and may use the mailbox.
pub(super) fn open_shared(path: &Path) -> Result<Connection, StoreError> {
    let db = open(path)?;
    check_format(&db, path)?;
    Ok(db)
}

/// A connection to a file that nobody has open, without locks and without files beside it.
pub(super) fn open_at_rest(path: &Path) -> Result<Connection, StoreError> {
    let mut uri = String::from("file:");
    for c in path.to_string_lossy().chars() {
        match c {
            '%' => uri.push_str("%25"),
            '?' => uri.push_str("%3f"),
            '#' => uri.push_str("%23"),
            c => uri.push(c),
        }
    }
    uri.push_str("?immutable=1");
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(uri, flags).map_err(sqlite("open", path))?;
    settle(&db, path)?;
    check_format(&db, path)?;
    Ok(db)
}

fn open(path: &Path) -> Result<Connection, StoreError> {
    match fs::metadata(path) {
        Ok(_) => {}
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(StoreError::NotFound { path: path.to_owned() }),
        Err(e) => return Err(failed("open", path)(e)),
    }
    let db = Connection::open_with_flags(path, READ_WRITE).map_err(sqlite("open", path))?;
    settle(&db, path)?;
    Ok(db)
}

/// Settings that every connection has. What is stored is data: nothing in it is run, and little of it is kept in memory.
fn settle(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let set = || -> rusqlite::Result<()> {
        db.busy_timeout(PATIENCE)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
        db.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
        db.execute_batch("PRAGMA cache_size = -256; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0")
    };
    set().map_err(sqlite("open", path))
}

pub(super) fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).expect("there are few formats")
}

fn pragma<T: rusqlite::types::FromSql>(db: &Connection, path: &Path, name: &str) -> Result<T, StoreError> {
    db.pragma_query_value(None, name, |row| row.get(0)).map_err(sqlite("read", path))
}

/// Refuses what is not a store, or a store of a later format.
pub(super) fn check_format(db: &Connection, path: &Path) -> Result<u32, StoreError> {
    if pragma::<i32>(db, path, "application_id")? != APPLICATION {
        return Err(StoreError::Foreign { path: path.to_owned() });
    }
    let found = pragma::<u32>(db, path, "user_version")?;
    if found > known() {
        return Err(StoreError::Newer { path: path.to_owned(), found, known: known() });
    }
    Ok(found)
}

fn keep_copy(db: &Connection, path: &Path, format: u32) -> Result<(), StoreError> {
    let copy = path.with_extension(format!("db.{format}"));
    if fs::exists(&copy).unwrap_or(false) {
        return Ok(());
    }
    db.execute("VACUUM INTO ?", [copy.to_string_lossy()]).map_err(sqlite("copy", path))?;
    Ok(())
}

/// Applies what is missing of `migrations`, all or nothing.
fn migrate(db: &mut Connection, path: &Path, migrations: &[&str]) -> Result<(), StoreError> {
    let failed = || sqlite("update", path);
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed())?;
    let found: usize = step.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed())?;
    for migration in migrations.iter().skip(found) {
        step.execute_batch(migration).map_err(failed())?;
    }
    step.pragma_update(None, "application_id", APPLICATION).map_err(failed())?;
    step.pragma_update(None, "user_version", migrations.len().max(found)).map_err(failed())?;
    step.commit().map_err(failed())
}

/// Looks for damage below the rows: the structure of the file, and tables that are not the ones we made.
pub(super) fn check_structure(db: &Connection, path: &Path) -> Result<(), StoreError> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(sqlite("read", path))?;
    if verdict != "ok" {
        return Err(StoreError::damaged(path, None, verdict));
    }
    let mut fresh = Connection::open_in_memory().map_err(sqlite("open", path))?;
    migrate(&mut fresh, path, MIGRATIONS)?;
    if tables(db, path)? != tables(&fresh, path)? {
        return Err(StoreError::damaged(path, None, "its tables are not those of a run store"));
    }
    Ok(())
}

fn tables(db: &Connection, path: &Path) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
    let mut select =
        db.prepare("SELECT type, name, sql FROM sqlite_schema ORDER BY name, type").map_err(sqlite("read", path))?;
    let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)));
    rows.and_then(Iterator::collect).map_err(sqlite("read", path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_older_store_is_brought_up_in_one_step_and_a_copy_is_kept() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = path_in(dir.path());
        let mut db = create(&path).expect("created");
        db.execute("INSERT INTO request (at, body, seal) VALUES (1, 'x', 'y')", [])
            .expect_err("strict: a text is no blob");
        db.execute("INSERT INTO request (at, body, seal) VALUES (1, 'x', x'00')", []).expect("inserted");
        keep_copy(&db, &path, 1).expect("copied");
        let later = [MIGRATIONS[0], "ALTER TABLE request ADD COLUMN who TEXT", "UPDATE request SET who = 'nobody'"];
        migrate(&mut db, &path, &later).expect("migrated");
        let row = db.query_row("SELECT body, who FROM request", [], |r| Ok((r.get(0)?, r.get(1)?))).expect("a row");
        assert_eq!(row, ("x".to_owned(), "nobody".to_owned()));
        assert!(matches!(check_format(&db, &path), Err(StoreError::Newer { found: 3, known: 1, .. })));
        drop(db);
        let copy = open_at_rest(&dir.path().join("run.db.1")).expect("readable");
        let count: u32 = copy.query_row("SELECT count(*) FROM request", [], |r| r.get(0)).expect("a count");
        assert_eq!(count, 1);
    }

    #[test]
    fn a_migration_that_fails_changes_nothing() {
        let dir = tempfile::tempdir().expect("a folder");
        let path = path_in(dir.path());
        let mut db = create(&path).expect("created");
        let bad = [MIGRATIONS[0], "ALTER TABLE request ADD COLUMN who TEXT", "NONSENSE"];
        assert!(migrate(&mut db, &path, &bad).is_err());
        assert_eq!(check_format(&db, &path).expect("unchanged"), 1);
        check_structure(&db, &path).expect("unchanged");
    }

    #[test]
    fn paths_with_signs_that_mean_something_in_addresses_are_paths() {
        let dir = tempfile::tempdir().expect("a folder");
        let odd = dir.path().join("50% of #1? é");
        fs::create_dir(&odd).expect("created");
        let path = path_in(&odd);
        close_new(create(&path).expect("created"), &path).expect("closed");
        open_at_rest(&path).expect("opened");
    }
}
