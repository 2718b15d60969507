//! Names of files that belong to one attempt of a node. A node id becomes folders; nothing else can become a path.

use std::fmt::Write as _;
use std::path::PathBuf;

use thiserror::Error;

/// Folder of a run in which lands what attempts wrote where they may not.
pub const ASIDE: &str = "aside";

/// A node id that cannot be a path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("`{0}` is not a node id: expected words of `a-z`, `0-9` and `-`, joined by `:`")]
pub struct BadNode(String);

/// One attempt of a node as part of a path: `mission:build:2` and attempt 1 become `mission/build/2/1`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct AttemptPath(String);

impl AttemptPath {
    /// Accepts node ids only: words `[a-z0-9]+(-[a-z0-9]+)*` of at most 200 bytes, joined by `:`.
    pub fn new(node: &str, attempt: u32) -> Result<Self, BadNode> {
        let mut path = String::with_capacity(node.len() + 8);
        for word in node.split(':') {
            let sound =
                word.len() <= 200 && word.split('-').all(|part| !part.is_empty() && part.bytes().all(is_letter));
            if !sound {
                return Err(BadNode(node.to_owned()));
            }
            path.push_str(word);
            path.push('/');
        }
        write!(path, "{attempt}").expect("writing to a string succeeds");
        Ok(Self(path))
    }
    /// Its log, below the folder of the run: `logs/<node>/<attempt>.log`.
    pub fn log(&self) -> PathBuf {
        format!("logs/{}.log", self.0).into()
    }
    /// Its own folder, below the folder of the run: `attempts/<node>/<attempt>`.
    pub fn folder(&self) -> PathBuf {
        format!("attempts/{}", self.0).into()
    }
    /// What it asked of the run that it works for, and was refused, one line each, below the folder of the run:
    /// `attempts/<node>/<attempt>/steered`.
    pub fn steered(&self) -> PathBuf {
        self.folder().join("steered")
    }
    /// What it wrote where it may not, below the folder of the run: `aside/<node>/<attempt>`.
    pub fn aside(&self) -> PathBuf {
        format!("{ASIDE}/{}", self.0).into()
    }
    /// What its node keeps over all of its attempts with `agent`, below the folder of the run: `kept/<node>/@<agent>`. No word of a
    /// node id begins like that.
    pub fn kept(&self, agent: &str) -> PathBuf {
        let (node, _) = self.0.rsplit_once('/').expect("an attempt follows the node");
        format!("kept/{node}/@{agent}").into()
    }
    /// Its mark while it is alive, below the folder of the run: `live/<node>/<attempt>`.
    pub fn live(&self) -> PathBuf {
        format!("live/{}", self.0).into()
    }
}

fn is_letter(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

#[cfg(test)]
mod tests {
    use std::path::{Component, Path};

    use super::*;

    #[test]
    fn node_ids_become_folders() {
        for (node, attempt, log) in [
            ("demo", 1, "logs/demo/1.log"),
            ("demo:build", 2, "logs/demo/build/2.log"),
            ("demo:part:1:piece:auth-api", 10, "logs/demo/part/1/piece/auth-api/10.log"),
        ] {
            let path = AttemptPath::new(node, attempt).expect(node);
            assert_eq!(path.log(), Path::new(log));
            assert_eq!(path.folder(), Path::new(&log.replace("logs", "attempts").replace(".log", "")));
            assert!(path.log().components().all(|c| matches!(c, Component::Normal(_))));
        }
    }

    #[test]
    fn attempts_of_a_node_keep_one_folder_for_each_agent() {
        let of = |node, attempt, agent| AttemptPath::new(node, attempt).expect(node).kept(agent);
        assert_eq!(of("demo:part:1", 1, "some-agent"), Path::new("kept/demo/part/1/@some-agent"));
        assert_eq!(of("demo", 1, "a"), of("demo", 12, "a"));
        let all = [of("demo", 1, "a"), of("demo", 1, "b"), of("demo:a", 1, "a"), of("demo:1", 1, "a")];
        for (i, one) in all.iter().enumerate() {
            assert!(all.iter().enumerate().all(|(n, other)| n == i || !other.starts_with(one)), "{one:?}");
        }
    }

    #[test]
    fn nothing_else_does() {
        for wrong in [
            "",
            ":",
            "a:",
            ":a",
            "a::b",
            "..",
            "a:..",
            "../x",
            "/etc",
            "a/b",
            "-rf",
            "a-",
            "a--b",
            ".git",
            "a.b",
            "a b",
            "A",
            "a_b",
            "a\0",
            "a\n",
            "é",
            "a\u{202e}b",
            "a\u{3000}b",
            "*",
            "a:*",
            &"x".repeat(201),
        ] {
            assert_eq!(AttemptPath::new(wrong, 1), Err(BadNode(wrong.to_owned())), "{wrong:?}");
        }
    }

    #[test]
    fn two_attempts_never_share_a_path() {
        let ids = ["a", "a:1", "a:1:1", "a:1-1", "a:b", "a-b"];
        let paths: Vec<_> =
            ids.iter().flat_map(|id| [1, 11].map(|n| AttemptPath::new(id, n).expect(id).log())).collect();
        for (i, a) in paths.iter().enumerate() {
            assert!(paths[i + 1..].iter().all(|b| a != b && !b.starts_with(a)), "{a:?}");
        }
    }
}
