//! Everything that can go wrong with a store.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rusqlite::ErrorCode;
use thiserror::Error;

/// Why the store cannot do what was asked. Cheap to clone: everyone who waits for the same commit gets the same error.
#[derive(Debug, Clone, Error)]
pub enum StoreError {
    /// There is no store.
    #[error("there is no run store at `{}`", path.display())]
    NotFound {
        /// Where.
        path: PathBuf,
    },
    /// The file is something else.
    #[error("`{}` is not a run store", path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
    },
    /// A newer version of this program made it.
    #[error("`{}` has format {found}, and this version reads formats up to {known}", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// It is what was written, and says what this version does not know.
    #[error("`{}` holds what only a newer version can read{}: {what}", path.display(), at(*seq))]
    Unknown {
        /// The file.
        path: PathBuf,
        /// The first such record, if it is a record.
        seq: Option<u64>,
        /// What is not known.
        what: String,
    },
    /// What is stored is not what was written.
    #[error("`{}` is damaged{}: {what}", path.display(), at(*seq))]
    Damaged {
        /// The file.
        path: PathBuf,
        /// The first record that is wrong, if it is a record.
        seq: Option<u64>,
        /// What is wrong.
        what: String,
    },
    /// Another executor has taken the run over; nothing was written.
    #[error("another executor has taken over the run: it is in epoch {current}, and this one belongs to epoch {held}")]
    Fenced {
        /// Epoch of this handle.
        held: u64,
        /// Epoch of the run.
        current: u64,
    },
    /// A record does not follow the last one; nothing was written.
    #[error("record {found} does not follow record {last}")]
    Sequence {
        /// The last record stored.
        last: u64,
        /// The record given.
        found: u64,
    },
    /// A record that cannot be written as JSON; nothing was written.
    #[error("record {seq} cannot be stored: {what}")]
    Unwritable {
        /// The record.
        seq: u64,
        /// Why.
        what: String,
    },
    /// An earlier error lost this handle; what is stored must be read again.
    #[error("the run store is lost to this process: {cause}")]
    Lost {
        /// The earlier error.
        cause: Arc<Self>,
    },
    /// SQLite or the file system refused. Whether anything was written is unknown until it is read again.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Sqlite {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: Arc<rusqlite::Error>,
    },
    /// The file system refused.
    #[error("cannot {doing} `{}`: {source}", path.display())]
    Io {
        /// What was tried.
        doing: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: Arc<std::io::Error>,
    },
}

fn at(seq: Option<u64>) -> String {
    seq.map(|seq| format!(" at record {seq}")).unwrap_or_default()
}

impl StoreError {
    /// True where what is stored cannot be trusted (exit code 6), false where storing does not work (exit code 5).
    pub fn is_integrity(&self) -> bool {
        match self {
            Self::Foreign { .. } | Self::Newer { .. } | Self::Unknown { .. } | Self::Damaged { .. } => true,
            Self::Lost { cause } => cause.is_integrity(),
            Self::NotFound { .. } | Self::Fenced { .. } | Self::Sequence { .. } | Self::Unwritable { .. } => false,
            Self::Sqlite { .. } | Self::Io { .. } => false,
        }
    }

    pub(super) fn damaged(path: &Path, seq: Option<u64>, what: impl Into<String>) -> Self {
        Self::Damaged { path: path.to_owned(), seq, what: what.into() }
    }

    /// What was written whole and cannot be read: of a long list of what was expected, only what was found is told.
    pub(super) fn unknown(path: &Path, seq: Option<u64>, kind: Option<&str>, error: &serde_json::Error) -> Self {
        let told = error.to_string();
        let why = told.split(", expected").next().unwrap_or_default();
        let what = kind.map_or_else(|| why.to_owned(), |kind| format!("`{kind}`: {why}"));
        Self::Unknown { path: path.to_owned(), seq, what }
    }

    pub(super) fn lost(self) -> Self {
        match self {
            Self::Lost { .. } => self,
            cause => Self::Lost { cause: Arc::new(cause) },
        }
    }
}

/// For `map_err`: what was tried with which file. Rows that cannot be read as what they must be are damage.
pub(super) fn sqlite<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(rusqlite::Error) -> StoreError + 'a {
    move |source| match &source {
        rusqlite::Error::SqliteFailure(e, _) => match e.code {
            ErrorCode::NotADatabase => StoreError::Foreign { path: path.to_owned() },
            ErrorCode::DatabaseCorrupt => StoreError::damaged(path, None, source.to_string()),
            _ => StoreError::Sqlite { doing, path: path.to_owned(), source: Arc::new(source) },
        },
        rusqlite::Error::FromSqlConversionFailure(..)
        | rusqlite::Error::IntegralValueOutOfRange(..)
        | rusqlite::Error::Utf8Error(..)
        | rusqlite::Error::InvalidColumnType(..)
        | rusqlite::Error::QueryReturnedNoRows => StoreError::damaged(path, None, source.to_string()),
        _ => StoreError::Sqlite { doing, path: path.to_owned(), source: Arc::new(source) },
    }
}

/// For `map_err`: what was tried with which file.
pub(super) fn io<'a>(doing: &'static str, path: &'a Path) -> impl FnOnce(std::io::Error) -> StoreError + 'a {
    move |source| StoreError::Io { doing, path: path.to_owned(), source: Arc::new(source) }
}
