//! A file of git beside the commits that tells what stands on what, written by somebody who lies.

use std::fs;

use mission_executor::git::{Made, Oid};

use crate::fixture::Fixture;

/// Length of the ids in the file, and of the table entry of a chunk.
const ID: usize = 20;
const ROW: usize = 12;

/// Where the chunk `name` of the file begins: after a head of eight bytes a table of names and offsets.
fn chunk(file: &[u8], name: &[u8; 4]) -> usize {
    let rows = file[8..].chunks(ROW).take(usize::from(file[6]));
    let mut found = rows.filter(|row| row[..4] == *name).map(|row| u64::from_be_bytes(row[4..].try_into().unwrap()));
    usize::try_from(found.next().unwrap()).unwrap()
}

/// Lets the file say that `commit` stands on `parent`.
fn forge(fixture: &Fixture, commit: &Oid, parent: &Oid) {
    fixture.git(&["commit-graph", "write", "--reachable"]);
    let path = fixture.root.join(".git/objects/info/commit-graph");
    let mut file = fs::read(&path).unwrap();
    let (ids, data) = (chunk(&file, b"OIDL"), chunk(&file, b"CDAT"));
    let bytes = |oid: &Oid| -> Vec<u8> {
        (0..ID).map(|at| u8::from_str_radix(&oid.as_str()[2 * at..2 * at + 2], 16).unwrap()).collect()
    };
    let at = |oid: &Oid| file[ids..].chunks(ID).position(|id| *id == bytes(oid)).unwrap();
    // Of each commit: its tree, its first parent, its second, and when it was made.
    let field = data + at(commit) * (ID + 16) + ID;
    let parent = u32::try_from(at(parent)).unwrap().to_be_bytes();
    file[field..field + 4].copy_from_slice(&parent);
    let forged = fixture.root.join(".git/forged");
    fs::write(&forged, file).unwrap();
    fs::rename(forged, path).unwrap();
}

#[test]
fn what_a_forged_graph_of_commits_tells_is_not_believed() {
    let fixture = Fixture::new();
    let first = fixture.commit("a", "one");
    let hidden = fixture.commit("a", "two");
    let middle = fixture.commit("a", "three");
    // Git always reads the commit itself that it is asked for by name.
    let last = fixture.commit("a", "four");
    forge(&fixture, &middle, &first);
    let range = format!("{first}..{last}");
    let believed = fixture.git(&["-c", "core.commitGraph=true", "rev-list", &range]);
    let seen = format!("{last}\n{middle}");
    assert_eq!(believed, seen, "whoever believes it does not see the commit below");
    let repository = fixture.open();
    let made = repository.made_since(last.as_str(), [first.to_string()]).unwrap();
    let made: Vec<&str> = made.iter().map(|Made { oid, .. }| oid.as_str()).collect();
    assert_eq!(made, [&last, &middle, &hidden].map(Oid::as_str));
    assert!(repository.is_ancestor(&hidden, &last).unwrap());
    assert_eq!(repository.parents(&middle).unwrap(), [hidden]);
}
