//! Which git is run, and with which environment: an absolute path and an allow-list.
//!
//! The environment is given, never read here. Knows nothing of repositories.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use super::call::Call;
use super::error::Error;

/// Variables that git and, where they are allowed, the user's own hooks may see. Every `GIT_*` is missing on purpose:
/// inherited from a hook or an alias they would lead git into another repository.
const PASSED: [&str; 9] =
    ["HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR", "USER", "LOGNAME", "TMPDIR", "SSH_AUTH_SOCK", "GNUPGHOME", "TZ"];

/// The oldest git with `merge-tree --write-tree` and `safe.bareRepository`.
const OLDEST: (u32, u32) = (2, 38);

/// A git program and the environment it runs in.
#[derive(Debug, Clone)]
pub struct Program {
    path: PathBuf,
    env: BTreeMap<OsString, OsString>,
    config_files: Arc<OnceLock<Option<Vec<PathBuf>>>>,
}

impl Program {
    /// Looks for `git` in the absolute folders of `PATH` that are not below `avoid` (the folder one works in: a
    /// repository may contain a file called `git`), and keeps of `vars` only what git needs.
    ///
    /// # Errors
    /// [`Error::ProgramMissing`].
    pub fn find(vars: impl IntoIterator<Item = (OsString, OsString)>, avoid: &Path) -> Result<Self, Error> {
        let mut env: BTreeMap<OsString, OsString> = BTreeMap::new();
        let mut search = OsString::new();
        for (name, value) in vars {
            if name == "PATH" {
                search = value;
            } else if PASSED.iter().any(|p| name == *p) {
                env.insert(name, value);
            }
        }
        let folders = trusted_folders(&search, avoid);
        let path = folders.iter().map(|f| f.join("git")).find(|p| is_executable(p)).ok_or(Error::ProgramMissing)?;
        let search = std::env::join_paths(folders).expect("the folders come from split_paths");
        env.insert("PATH".into(), search);
        Ok(Self { path, env, config_files: Arc::default() })
    }
    /// The same with one more variable, by which its calls are known to whoever looks for them.
    pub fn marked(mut self, (name, value): (OsString, OsString)) -> Self {
        self.env.insert(name, value);
        self
    }
    /// Its absolute path.
    pub fn path(&self) -> &Path {
        &self.path
    }
    pub(super) fn env(&self) -> impl Iterator<Item = (&OsString, &OsString)> {
        self.env.iter()
    }
    /// Where the configuration of this machine and of the user may be, whether it is there or not; `None` if this git does not tell.
    pub(super) fn config_files(&self) -> Option<&[PathBuf]> {
        let ask = |name| {
            let told = Call::new(self, "var").arg(name).cwd(Path::new("/")).run().ok()?.text().ok()?;
            let files: Vec<PathBuf> = told.lines().map(PathBuf::from).collect();
            (!files.is_empty() && files.iter().all(|path| path.is_absolute())).then_some(files)
        };
        let both = || Some([ask("GIT_CONFIG_SYSTEM")?, ask("GIT_CONFIG_GLOBAL")?].concat());
        self.config_files.get_or_init(both).as_deref()
    }
    /// Its version, such as `2.47.3`.
    ///
    /// # Errors
    /// [`Error::TooOld`] below 2.38; [`Error::Unexpected`] if it does not say.
    pub fn version(&self) -> Result<String, Error> {
        let text = Call::new(self, "version").run()?.text()?;
        let found = text.split_whitespace().nth(2).unwrap_or_default().to_owned();
        let mut numbers = found.split('.').map(|n| n.parse::<u32>().ok());
        match (numbers.next().flatten(), numbers.next().flatten()) {
            (Some(major), Some(minor)) if (major, minor) >= OLDEST => Ok(found),
            (Some(_), Some(_)) => Err(Error::TooOld { found }),
            _ => Err(Error::Unexpected { call: "version".into(), what: text }),
        }
    }
}

/// Absolute folders of a search path in their order, without those below `avoid`.
fn trusted_folders(search: &OsStr, avoid: &Path) -> Vec<PathBuf> {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let avoid = real(avoid);
    let inside = |folder: &Path| avoid.parent().is_some() && real(folder).starts_with(&avoid);
    std::env::split_paths(search).filter(|folder| folder.is_absolute() && !inside(folder)).collect()
}

fn is_executable(path: &Path) -> bool {
    path.metadata().is_ok_and(|m| m.is_file() && m.permissions().mode() & 0o111 != 0)
}
