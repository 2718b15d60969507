//! What differs, with file names that are hard to read.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;

use mission_executor::git::{Change, Kind, RepoPath, Wanted};

use crate::fixture::{Fixture, indexes};

fn paths(changes: &[Change]) -> Vec<(String, Kind)> {
    changes.iter().map(|c| (c.path.to_string(), c.kind)).collect()
}

const ODD: [&[u8]; 14] = [
    b"-rf",
    b"--output=x",
    b" leading",
    b"trailing ",
    b"a\nb",
    b"tab\there",
    b"quote\"'",
    b"back\\slash",
    "ünï\u{202e}code".as_bytes(),
    b"not\xffutf8",
    b":(top)magic",
    b"*glob?",
    b"$(touch x)",
    b"? M N... ",
];

#[test]
fn odd_names_come_back_byte_by_byte() {
    let fixture = Fixture::new();
    for name in ODD {
        std::fs::write(fixture.root.join(OsStr::from_bytes(name)), "x").unwrap();
    }
    let repo = fixture.open();
    let mut expected: Vec<&[u8]> = ODD.to_vec();
    expected.sort_unstable();
    let changes = repo.status().unwrap();
    assert_eq!(changes.iter().map(|c| c.path.as_bytes()).collect::<Vec<_>>(), expected);
    assert!(changes.iter().all(|c| c.kind == Kind::Untracked));
    let faults = repo.preflight(&Wanted { commits: true, ..Wanted::default() }).unwrap_err();
    let text = faults[0].to_string();
    assert!(!text.contains('\n') && !text.contains('\u{202e}'), "{text:?}");
    let staged = repo.stage(&fixture.run_dir()).unwrap();
    assert_eq!(repo.status().unwrap().len(), ODD.len());
    let added = repo.changes(&staged.head, &staged.tree).unwrap();
    assert_eq!(added.iter().map(|c| c.path.as_bytes()).collect::<Vec<_>>(), expected);
}

#[test]
fn each_kind_of_change_is_told_apart() {
    let fixture = Fixture::new();
    fixture.commit("gone", "x");
    fixture.commit("moved", "long enough to be seen as the same file\n");
    fixture.commit("folder", "a file that becomes a folder");
    std::fs::remove_file(fixture.root.join("gone")).unwrap();
    fixture.git(&["mv", "moved", "elsewhere"]);
    std::fs::remove_file(fixture.root.join("folder")).unwrap();
    fixture.write("folder/x", "x");
    fixture.write("README", "other");
    fixture.write("added", "x");
    fixture.git(&["add", "added"]);
    let repo = fixture.open();
    let expected = [
        ("README", Kind::Modified),
        ("added", Kind::Added),
        ("elsewhere", Kind::Added),
        ("folder", Kind::Deleted),
        ("folder/x", Kind::Untracked),
        ("gone", Kind::Deleted),
        ("moved", Kind::Deleted),
    ];
    let found = paths(&repo.status().unwrap());
    assert_eq!(found.iter().map(|(p, k)| (p.as_str(), *k)).collect::<Vec<_>>(), expected);
    let staged = repo.stage(&fixture.run_dir()).unwrap();
    let found = paths(&repo.changes(&staged.head, &staged.tree).unwrap());
    let kinds: Vec<(&str, Kind)> = found.iter().map(|(p, k)| (p.as_str(), *k)).collect();
    assert_eq!(kinds[4], ("folder/x", Kind::Added));
    assert_eq!(kinds.len(), 7);
}

#[test]
fn the_tree_of_the_working_tree_is_known_without_touching_the_index() {
    let fixture = Fixture::new();
    let repo = fixture.open();
    let scratch = fixture.run_dir();
    let head_tree = repo.tree_of(&repo.head().unwrap()).unwrap();
    assert_eq!(repo.tree_id(&scratch).unwrap(), head_tree);
    fixture.write("new", "x");
    fixture.write("README", "y");
    fixture.write(".mission/state", "x");
    let index = std::fs::read(fixture.root.join(".git/index")).unwrap();
    let tree = repo.tree_id(&scratch).unwrap();
    assert_eq!(std::fs::read(fixture.root.join(".git/index")).unwrap(), index);
    assert_eq!(repo.stage(&fixture.run_dir()).unwrap().tree, tree);
    assert_ne!(tree, head_tree);
    assert_eq!(indexes(&scratch), [""; 0], "the temporary index is gone");
    assert_eq!(fixture.git(&["ls-tree", "-r", "--name-only", tree.as_str()]), "README\nnew\nsrc/a");
}

/// Of a change of the same size in the second of the check-out neither size nor time tell, as git compares them.
#[test]
fn a_change_in_the_second_of_the_checkout_is_in_the_tree() {
    let fixture = Fixture::new();
    let second = |file: &str| fixture.root.join(file).metadata().unwrap().ctime();
    fixture.write("same", "start\n");
    fixture.git(&["add", "."]);
    fixture.git(&["commit", "-qm", "same"]);
    for round in 0.. {
        assert!(round < 50, "never within one second");
        std::fs::remove_file(fixture.root.join("same")).unwrap();
        fixture.git(&["checkout", "-q", "--", "same"]);
        let begun = second("same");
        fixture.write("same", "three\n");
        if begun == second("same") && begun == second(".git/index") {
            break;
        }
    }
    // By now the second is over, as it often is when somebody looks.
    std::thread::sleep(std::time::Duration::from_millis(1100));
    let tree = fixture.open().tree_id(&fixture.run_dir()).unwrap();
    assert_eq!(fixture.git(&["show", &format!("{tree}:same")]), "three");
}

#[test]
fn repositories_inside_are_left_out() {
    let fixture = Fixture::new();
    let inner = fixture.root.join("inner");
    std::fs::create_dir(&inner).unwrap();
    fixture.git_in(&inner, &["init", "-q"]);
    std::fs::write(inner.join("x"), "x").unwrap();
    let repo = fixture.open();
    assert_eq!(paths(&repo.status().unwrap()), [("inner".to_owned(), Kind::Nested)]);
    let staged = repo.stage(&fixture.run_dir()).unwrap();
    assert!(staged.unchanged);
    assert_eq!(staged.nested, [RepoPath::parse(b"inner").unwrap()]);
}
