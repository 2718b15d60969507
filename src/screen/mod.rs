//! What a person sees while a run goes on. Reads records and log lines; changes nothing.

pub(crate) mod board;
pub(crate) mod live;
pub(crate) mod plain;
pub(crate) mod question;
pub(crate) mod value;
pub(crate) mod words;
