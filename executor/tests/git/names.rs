//! Hostile names: refused, and where git itself would take them, still refused.

use mission_executor::git::{BranchName, Error, Journal, Oid, Place, RepoPath, WorktreePath};

use crate::fixture::{Fixture, snapshot};

/// Neither a branch nor a worktree path nor an id; mostly not a file name that may reach git either.
const HOSTILE: &[&str] = &[
    // empty, blank, dots
    "",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    ".",
    "..",
    "...",
    "./",
    "../",
    "/",
    "//",
    "/.",
    "a//b",
    "a/",
    "/a",
    "a/./b",
    "a/../b",
    "../x",
    "../../etc/passwd",
    "a/../../x",
    "..\\x",
    ".a",
    "a/.b",
    "a.",
    "a./b",
    "a..b",
    "a/..",
    "-",
    "--",
    "-a",
    "a/-b",
    // options
    "-rf",
    "-f",
    "--force",
    "--upload-pack=touch x",
    "--output=/tmp/x",
    "--exec=x",
    "--help",
    "-c",
    "-ccore.pager=x",
    "--git-dir=/tmp",
    "--work-tree=/",
    "--config-env=a=b",
    "--end-of-options",
    "-b",
    "-D",
    "--no-index",
    "-o/tmp/x",
    // refs and revisions
    "HEAD",
    "refs/heads/main",
    "refs/tags/x",
    "refs/remotes/origin/x",
    "@",
    "@{-1}",
    "@{u}",
    "main@{1}",
    "main^",
    "main~1",
    "main^{commit}",
    "main:README",
    ":/fix",
    ":0:README",
    "a..main",
    "main...side",
    "^main",
    "a@{b}",
    "a~b",
    "a^b",
    "a:b",
    "a?b",
    "a*b",
    "a[b",
    "a\\b",
    "+main:main",
    "main.lock",
    "a.lock/b",
    "a/b.LOCK",
    "0123456789012345678901234567890123456789",
    "abcdefabcdefabcdefabcdefabcdefabcdefabcd",
    // shells
    "$(id)",
    "`id`",
    "a;id",
    "a|id",
    "a&id",
    "a&&id",
    "a>b",
    "a<b",
    "'a'",
    "\"a\"",
    "a'b",
    "a\"b",
    "$HOME",
    "${IFS}",
    "a b",
    "a\tb",
    "a\nb",
    "a\rb",
    "a\0b",
    "\0",
    "!x",
    "a!b",
    "#a",
    "a#b",
    "%00",
    "a%2fb",
    "{a,b}",
    "(a)",
    "a=b",
    "~",
    "~root",
    "*",
    "?",
    "[a]",
    // unicode: look-alikes, direction, nothing at all
    "a\u{3000}b",
    "a\u{a0}b",
    "a\u{200b}b",
    "\u{200b}",
    "\u{feff}a",
    "a\u{202e}b",
    "a\u{2066}b",
    "\u{ff0f}a",
    "a\u{2215}b",
    "a\u{ff0e}\u{ff0e}",
    "é",
    "e\u{301}",
    "日本",
    "ⅷ",
    "\u{1f600}",
    "а",
    "İ",
    "ß",
    "a\u{7f}b",
    "\u{1b}[31m",
    "a\u{85}b",
    "\u{2028}",
    // git's own folder, in every spelling, and other systems' devices with streams
    ".git",
    ".GIT",
    ".git/config",
    "a/.git/hooks/x",
    ".git ",
    ".git.",
    ".git::$INDEX_ALLOCATION",
    "git~1:x",
    ".Git/HEAD",
    "CON:",
    "a:stream",
    "C:\\x",
    "c:/x",
    "\\\\host\\share",
    // templates
    "{{ run.id }}",
    "{% raw %}",
    "<%= x %>",
    "${{ x }}",
    "a{{b}}",
];

/// A length that nothing may have.
fn long() -> Vec<String> {
    vec![
        "a".repeat(201),
        "a/".repeat(150) + "a",
        "é".repeat(300),
        "a".repeat(10_000),
        format!("{}.lock", "a".repeat(10)),
    ]
}

fn hostile() -> impl Iterator<Item = String> {
    HOSTILE.iter().map(|s| (*s).to_owned()).chain(long())
}

#[test]
fn the_table_is_long() {
    let mut all: Vec<String> = hostile().collect();
    let count = all.len();
    all.sort();
    all.dedup();
    assert_eq!(all.len(), count, "an entry stands there twice");
    assert!(count >= 150, "{count}");
}

#[test]
fn hostile_branches_and_paths_and_ids_are_refused_with_a_reason() {
    for text in hostile() {
        let error = BranchName::parse(&text).expect_err(&text);
        let Error::BadName { what, text: shown, why } = &error else { panic!("{error}") };
        assert_eq!(*what, "a branch name");
        assert!(!why.is_empty());
        assert!(shown.chars().count() <= 120 && !shown.chars().any(char::is_control), "{shown:?}");
        assert!(BranchName::parse(&format!("mission/r/{text}")).is_err() || is_fine_below(&text), "mission/r/{text:?}");
        assert!(WorktreePath::parse(&text).is_err(), "{text:?}");
        assert!(WorktreePath::parse(&format!(".worktrees/{text}")).is_err(), ".worktrees/{text:?}");
        if text.len() != 40 {
            assert!(Oid::parse(&text).is_err(), "{text:?}");
        }
    }
}

/// Refused by themselves, harmless behind a prefix.
fn is_fine_below(text: &str) -> bool {
    text == "HEAD" || text.starts_with("refs/") || text.len() == 40
}

#[test]
fn what_could_be_an_id_must_be_lower_case_hex_of_the_right_length() {
    for good in ["0".repeat(40), "a1".repeat(20), "f".repeat(64)] {
        assert_eq!(Oid::parse(&good).unwrap().as_str(), good);
    }
    for bad in [
        "0".repeat(39),
        "0".repeat(41),
        "0".repeat(63),
        "A".repeat(40),
        "g".repeat(40),
        format!("{}\n", "0".repeat(40)),
    ] {
        assert!(Oid::parse(&bad).is_err(), "{bad:?}");
    }
}

#[test]
fn ordinary_names_are_taken_as_they_are() {
    for good in [
        "main",
        "master",
        "release/1.2",
        "feature/a_b-c+d",
        "_x",
        "1",
        "a.b",
        "mission/2026-01-02-abc/1/auth-api",
        "v1.0",
    ] {
        assert_eq!(BranchName::parse(good).unwrap().full(), format!("refs/heads/{good}"));
        let path = format!(".worktrees/{good}");
        assert_eq!(WorktreePath::parse(&path).unwrap().as_str(), path);
    }
    assert!(WorktreePath::parse(".worktrees/").is_err());
    assert!(WorktreePath::parse(".worktrees").is_err());
    assert!(WorktreePath::parse("elsewhere/x").is_err());
    assert!(WorktreePath::parse("/.worktrees/x").is_err());
}

#[test]
fn paths_of_files_may_be_odd_but_stay_below_the_top() {
    for bad in [
        "", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/..", "../a", "a/../b", ".git", ".git/x", "a/.GIT/x",
        ".git./x", ".git /x", "GIT~1", ".git:x/y", "a\0b",
    ] {
        assert!(RepoPath::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    for good in ["a", "-rf", "a b", "a\nb", ".gitignore", ".github/x", "git", "...", "é", ".mission/x"] {
        assert_eq!(RepoPath::parse(good.as_bytes()).unwrap().as_bytes(), good.as_bytes());
    }
    assert!(RepoPath::parse(&vec![b'a'; 5000]).is_err());
    assert!(RepoPath::parse(b".mission/x").unwrap().is_below(".mission"));
    assert!(!RepoPath::parse(b".missionary").unwrap().is_below(".mission"));
    assert_eq!(RepoPath::parse("a\nb\u{202e}".as_bytes()).unwrap().to_string(), "a\\u{a}b\\u{202e}");
}

/// Every hostile string as path, branch, base and run of a worktree: refused before anything is touched.
#[test]
fn no_hostile_string_reaches_git_through_a_worktree() {
    let fixture = Fixture::new();
    let worktrees = fixture.worktrees();
    let before = snapshot(&fixture.outside(), &["repo/.worktrees"]);
    let spec = |base: &str, path: &str, branch: &str| mission_executor::decide::port::WorktreeSpec {
        base: base.to_owned(),
        path: path.to_owned(),
        branch: branch.to_owned(),
    };
    let refused = |result: Result<Place, Error>, text: &str| {
        let error = result.map(|p| p.path).expect_err(text);
        assert!(matches!(error, Error::BadName { .. } | Error::BranchMissing { .. }), "{text:?}: {error}");
    };
    for text in hostile() {
        refused(worktrees.enter(&spec("main", &text, "b"), "w:n", 1, false), &text);
        refused(worktrees.enter(&spec("main", ".worktrees/x", &text), "w:n", 1, false), &text);
        refused(worktrees.enter(&spec(&text, ".worktrees/x", "b"), "w:n", 1, false), &text);
        if !is_fine_below(&text) && !text.contains('/') {
            let run = mission_executor::git::Worktrees::new(&fixture.open(), &fixture.run_dir(), &text);
            assert!(run.is_err(), "{text:?}");
        }
    }
    drop(Journal::new(&fixture.run_dir()));
    assert_eq!(snapshot(&fixture.outside(), &["repo/.worktrees"]), before);
    let made: Vec<_> =
        std::fs::read_dir(fixture.root.join(".worktrees")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(made.iter().all(|name| name == ".gitignore" || name == ".lock"), "{made:?}");
}
