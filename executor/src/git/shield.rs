//! What a repository's own configuration may not do: run programs.
//!
//! `core.hooksPath=/dev/null` is not enough. Filters and drivers have free names, so they are read from the
//! configuration before every call that touches content, and switched off by name. Everything travels in
//! `GIT_CONFIG_COUNT` variables: names with `=` would break `-c`, and long lists would break the argument limit.
//! Drivers of `diff` are not among them: no call asks for text diffs without `--no-ext-diff --no-textconv`.

use std::collections::BTreeSet;

use super::call::{Answer, Call};

/// May the repository's hooks, filters, drivers and signing run?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Policy {
    /// Nothing of the repository runs.
    #[default]
    Shielded,
    /// The project's own configuration trusts it: `git: { hooks: run }`.
    Trusted,
}

/// Settings that hold under every policy: no prompts, no housekeeping in the background, no recursion into submodules,
/// no file taken for unchanged that is not.
const ALWAYS: [(&str, &str); 19] = [
    ("core.editor", ":"),
    ("sequence.editor", ":"),
    ("core.pager", "cat"),
    ("color.ui", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("merge.conflictStyle", "diff3"),
    ("submodule.recurse", "false"),
    ("status.submoduleSummary", "false"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("core.checkStat", "default"),
    ("core.trustctime", "true"),
    // Whoever else tells git which files changed may not know it, and part of an index in another file may be exchanged.
    ("core.fsmonitor", "false"),
    ("core.splitIndex", "false"),
    // Whoever writes there tells what stands on what; the commits themselves say it as well.
    ("core.commitGraph", "false"),
    // What lies in an index about files that git does not know may have been put there by anybody.
    ("core.untrackedCache", "false"),
    ("i18n.commitEncoding", "UTF-8"),
    ("safe.bareRepository", "explicit"),
];

/// Settings that name programs, or make git call them.
const SHIELD: [(&str, &str); 17] = [
    ("core.hooksPath", "/dev/null"),
    ("core.askPass", ""),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.alternateRefsCommand", ""),
    ("credential.helper", ""),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("merge.verifySignatures", "false"),
    ("gpg.program", "false"),
    ("gpg.ssh.program", "false"),
    ("gpg.x509.program", "false"),
    ("interactive.diffFilter", "cat"),
    ("rerere.enabled", "false"),
    ("protocol.allow", "never"),
    ("protocol.ext.allow", "never"),
];

/// Commands that move names, metadata or objects as they are, and never content: no filter, driver or textconv can come into play.
const CONTENT_FREE: [&str; 10] = [
    "cat-file",
    "commit-tree",
    "config",
    "for-each-ref",
    "merge-base",
    "pack-objects",
    "rev-list",
    "rev-parse",
    "symbolic-ref",
    "update-ref",
];

/// Must the free names be enumerated before a call of `name`?
pub(super) fn touches_content(name: &str) -> bool {
    !CONTENT_FREE.contains(&name)
}

/// Names of programs that the configuration defines freely.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Drivers {
    pub(super) filters: BTreeSet<String>,
    merges: BTreeSet<String>,
}

impl Drivers {
    /// From `git config --list --name-only -z`. Keys that are not UTF-8 keep their meaning byte by byte in git, so
    /// they cannot be switched off by name: their presence is an error for the caller.
    pub(super) fn read(answer: &Answer) -> Result<Self, super::error::Error> {
        let mut drivers = Self::default();
        for key in answer.parts() {
            let Some((section, name, _)) = split_key(key) else { continue };
            let set = match section {
                b"filter" => &mut drivers.filters,
                b"merge" => &mut drivers.merges,
                _ => continue,
            };
            let name = std::str::from_utf8(name).map_err(|_| answer.unexpected("a driver's name is not UTF-8"))?;
            set.insert(name.to_owned());
        }
        Ok(drivers)
    }

    fn off(&self) -> impl Iterator<Item = (String, &'static str)> {
        let filters = self.filters.iter().flat_map(|name| {
            [("clean", ""), ("smudge", ""), ("process", ""), ("required", "false")]
                .map(|(key, value)| (format!("filter.{name}.{key}"), value))
        });
        // A driver that "succeeds" without merging would drop one side; one that fails makes an honest conflict.
        let merges = self.merges.iter().map(|name| (format!("merge.{name}.driver"), "exit 1"));
        filters.chain(merges)
    }
}

/// `section.name.key` → its three parts; `None` for keys without a name.
fn split_key(key: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let first = key.iter().position(|b| *b == b'.')?;
    let last = key.iter().rposition(|b| *b == b'.')?;
    (first < last).then(|| (&key[..first], &key[first + 1..last], &key[last + 1..]))
}

/// Puts the shield before `call`.
pub(super) fn cover(call: Call, policy: Policy, drivers: &Drivers) -> Call {
    let always = ALWAYS.iter().map(|(k, v)| ((*k).to_owned(), *v));
    let mut settings: Vec<(String, &str)> = always.collect();
    if policy == Policy::Shielded {
        settings.extend(SHIELD.iter().map(|(k, v)| ((*k).to_owned(), *v)));
        settings.extend(drivers.off());
    }
    let mut call = call.env("GIT_CONFIG_COUNT", settings.len().to_string());
    for (at, (key, value)) in settings.iter().enumerate() {
        call = call.env(format!("GIT_CONFIG_KEY_{at}"), key).env(format!("GIT_CONFIG_VALUE_{at}"), value);
    }
    if policy == Policy::Shielded {
        // Stronger than `protocol.*`: no transport at all, whatever the configuration says.
        call = call.env("GIT_ALLOW_PROTOCOL", "none");
    }
    call
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_split_at_the_first_and_last_dot() {
        assert_eq!(split_key(b"filter.a.b=c.clean"), Some((&b"filter"[..], &b"a.b=c"[..], &b"clean"[..])));
        assert_eq!(split_key(b"core.bare"), None);
        assert_eq!(split_key(b"merge..driver"), Some((&b"merge"[..], &b""[..], &b"driver"[..])));
    }

    #[test]
    fn a_switched_off_merge_driver_fails_instead_of_succeeding_silently() {
        let drivers = Drivers { merges: ["ours".to_owned()].into(), ..Drivers::default() };
        assert_eq!(drivers.off().collect::<Vec<_>>(), [("merge.ours.driver".to_owned(), "exit 1")]);
    }
}
