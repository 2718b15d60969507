//! The session of an attempt, kept in its folder, so that an agent that is asked again still knows what it did.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::stream::Totals;

/// Name of the file in the folder of the attempt.
const FILE: &str = "session.json";

/// The session of an attempt.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Session {
    /// Name of the agent.
    pub agent: String,
    /// Its id, once it is known.
    pub id: Option<String>,
    /// Its figures when it was last heard of, as the agent tells them.
    pub totals: Totals,
    /// The agent has spoken in it: it exists.
    #[serde(default)]
    pub begun: bool,
    /// The agent has used a tool in it: there is work that a new session would not know of.
    #[serde(default)]
    pub worked: bool,
    /// The directory that the agent works in, absolute.
    #[serde(default)]
    pub folder: PathBuf,
    /// Its agent keeps it in the folder that the node keeps.
    #[serde(default)]
    pub kept: bool,
}

impl Session {
    /// A session of `agent` that has not begun.
    pub fn new(agent: &str, totals: Totals) -> Self {
        let (begun, worked, folder, kept) = (false, false, PathBuf::new(), false);
        Self { agent: agent.to_owned(), id: None, totals, begun, worked, folder, kept }
    }
    /// Reads the session of the attempt whose folder is `folder`; `None` if there is none that can be read.
    pub fn read(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&fs::read(folder.join(FILE)).ok()?).ok()
    }
    /// Notes in `folder` that somebody else has used it since: what it used in all is not known any more.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn used_by_others(&self, folder: &Path) -> io::Result<()> {
        Self { totals: Totals::default(), ..self.clone() }.write(folder)
    }
    /// Writes it, all or nothing.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write(&self, folder: &Path) -> io::Result<()> {
        let (draft, file) = (folder.join("session.json.new"), folder.join(FILE));
        fs::write(&draft, serde_json::to_vec(self)?)?;
        fs::rename(draft, file)
    }
}

/// A random UUID.
///
/// # Errors
/// If the system gives no random bytes.
pub fn uuid() -> io::Result<String> {
    let mut bytes = [0; 16];
    io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut bytes)?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    let part = |from: usize, to: usize| hex[from..to].concat();
    Ok(format!("{}-{}-{}-{}-{}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 16)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_come_back_and_what_is_none_is_none() {
        let dir = tempfile::tempdir().expect("dir");
        assert_eq!(Session::read(dir.path()), None);
        let session = Session { id: Some("s".to_owned()), ..Session::new("a", Totals::NOTHING) };
        session.write(dir.path()).expect("written");
        assert_eq!(Session::read(dir.path()), Some(session));
        fs::write(dir.path().join(FILE), "{").expect("written");
        assert_eq!(Session::read(dir.path()), None);
    }

    #[test]
    fn uuids_are_of_version_4_and_differ() {
        let (one, other) = (uuid().expect("random"), uuid().expect("random"));
        assert_ne!(one, other);
        let parts: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!((parts, &one[14..15]), (vec![8, 4, 4, 4, 12], "4"));
        assert!("89ab".contains(&one[19..20]), "{one}");
    }
}
