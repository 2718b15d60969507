//! What an attempt inherits: an allow-list, never the whole environment of this program.
//!
//! Passed on: where things are (`PATH` without relative entries, `HOME`, `TMPDIR`, the XDG folders, homes of tool chains), who the
//! user is, how text looks (locale, terminal, time zone), and which certificates to trust. Not passed on, unless a profile or node
//! names it: keys and tokens, `SSH_AUTH_SOCK` (it lets a process act as the user on other machines), proxies (they may carry a
//! password), and everything that changes what programs do, such as `GIT_*` and `LD_*`. There is no terminal to answer questions on,
//! so git is told not to ask any.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::{OsStr, OsString};

use super::program::absolute_entries;

/// Names passed on. `LC_*` is passed on as well.
const INHERITED: [&str; 34] = [
    "CARGO_HOME",
    "CI",
    "COLORTERM",
    "CURL_CA_BUNDLE",
    "GOPATH",
    "GOROOT",
    "HOME",
    "JAVA_HOME",
    "LANG",
    "LANGUAGE",
    "LOGNAME",
    "NODE_EXTRA_CA_CERTS",
    "NO_COLOR",
    "NVM_DIR",
    "PATH",
    "PNPM_HOME",
    "PYENV_ROOT",
    "REQUESTS_CA_BUNDLE",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TERM",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
    "VOLTA_HOME",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_DIRS",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
];

/// Set for every attempt, unless a profile or node says otherwise.
const GIVEN: [(&str, &str); 1] = [("GIT_TERMINAL_PROMPT", "0")];

/// Environment of this program, and what of it attempts may see.
#[derive(Debug)]
pub(super) struct Environment {
    all: BTreeMap<OsString, OsString>,
    inherited: BTreeMap<OsString, OsString>,
}

impl Environment {
    pub(super) fn new(all: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let all: BTreeMap<_, _> = all.into_iter().collect();
        let mut inherited: BTreeMap<_, _> =
            all.iter().filter(|(name, _)| is_inherited(name)).map(|(n, v)| (n.clone(), v.clone())).collect();
        if let Some(path) = inherited.get_mut(OsStr::new("PATH")) {
            *path = absolute_entries(path);
        }
        inherited.extend(GIVEN.map(|(name, value)| (name.into(), value.into())));
        Self { all, inherited }
    }
    /// The value of `name`, whether inherited or not.
    pub(super) fn get(&self, name: &str) -> Option<&OsStr> {
        self.all.get(OsStr::new(name)).map(OsString::as_os_str)
    }
    /// `NAME=value` of everything that is not inherited, but for what shells set by themselves.
    pub(super) fn withheld(&self) -> BTreeSet<Vec<u8>> {
        let own = |name: &OsStr| ["_", "OLDPWD", "PWD", "SHLVL"].iter().any(|shell| name == *shell);
        let line =
            |(name, value): (&OsString, &OsString)| [name.as_encoded_bytes(), b"=", value.as_encoded_bytes()].concat();
        self.all.iter().filter(|(name, _)| !is_inherited(name) && !own(name)).map(line).collect()
    }
    /// What an attempt gets: the inherited names, those in `passed` that are set, then `own` in order.
    pub(super) fn compose<'a>(
        &self,
        passed: impl IntoIterator<Item = &'a String>,
        own: impl IntoIterator<Item = (&'a str, OsString)>,
    ) -> BTreeMap<OsString, OsString> {
        let mut variables = self.inherited.clone();
        for name in passed {
            if let Some(value) = self.get(name) {
                variables.insert(name.into(), value.to_owned());
            }
        }
        for (name, value) in own {
            let value = if name == "PATH" { absolute_entries(&value) } else { value };
            variables.insert(name.into(), value);
        }
        variables
    }
}

fn is_inherited(name: &OsStr) -> bool {
    name.to_str().is_some_and(|name| INHERITED.binary_search(&name).is_ok() || name.starts_with("LC_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_named_variables_are_inherited() {
        assert!(INHERITED.is_sorted());
        let given = [
            ("PATH", ".:/bin:bin"),
            ("HOME", "/h"),
            ("LC_ALL", "C"),
            ("GIT_DIR", "/elsewhere"),
            ("LD_PRELOAD", "/evil.so"),
            ("SSH_AUTH_SOCK", "/s"),
            ("OPENAI_API_KEY", "k"),
            ("MISSION_RUN_ID", "outer"),
            ("CLAUDECODE", "1"),
        ];
        let environment = Environment::new(given.map(|(n, v)| (n.into(), v.into())));
        let passed = ["OPENAI_API_KEY".to_owned(), "NOT_SET".to_owned()];
        let own = [("TERM", "dumb".into()), ("HOME", "/mine".into()), ("PATH", "x:/usr/bin".into())];
        let names = |map: BTreeMap<OsString, OsString>| -> Vec<String> {
            map.into_iter().map(|(n, v)| format!("{}={}", n.display(), v.display())).collect()
        };
        assert_eq!(names(environment.compose([], [])), ["GIT_TERMINAL_PROMPT=0", "HOME=/h", "LC_ALL=C", "PATH=/bin"]);
        assert_eq!(
            names(environment.compose(&passed, own)),
            ["GIT_TERMINAL_PROMPT=0", "HOME=/mine", "LC_ALL=C", "OPENAI_API_KEY=k", "PATH=/usr/bin", "TERM=dumb"]
        );
    }
}
