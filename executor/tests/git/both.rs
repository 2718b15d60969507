//! Two changed the same file from the same beginning.

use mission_executor::git::Both;

use crate::fixture::Fixture;

#[test]
fn the_lines_of_both_are_kept() {
    let fixture = Fixture::new();
    fixture.write("f", "1\n2\n3\n4\n5\n");
    let base = format!("100644 {}", fixture.git(&["hash-object", "-w", "f"]).trim());
    let repo = fixture.open();
    let both = |base: Option<&str>, mine: &[u8], theirs: &[u8]| {
        let both = repo.both(&fixture.run_dir().join("both"), base, mine, theirs).expect("git runs");
        assert!(!fixture.run_dir().join("both").exists());
        both
    };
    let text = |text: &str| text.as_bytes().to_vec();
    let table = [
        ("one\n2\n3\n4\n5\n", "1\n2\n3\n4\ntwo\n", Both::Clean(text("one\n2\n3\n4\ntwo\n"))),
        ("1\n2\n3\n4\n5\n", "1\n2\n", Both::Clean(text("1\n2\n"))),
        ("1\n2\n3\n4\n5\nmine\n", "1\n2\n3\n4\n5\ntheirs\n", Both::Union(text("1\n2\n3\n4\n5\ntheirs\nmine\n"))),
        ("--help\n", "-p\n", Both::Union(text("-p\n--help\n"))),
    ];
    for (mine, theirs, expected) in table {
        assert_eq!(both(Some(&base), mine.as_bytes(), theirs.as_bytes()), expected, "{mine}{theirs}");
    }
    assert_eq!(both(None, b"mine\n", b"theirs\n"), Both::Union(text("theirs\nmine\n")));
    assert_eq!(both(None, b"\0mine", b"theirs\n"), Both::Neither);
    assert!(repo.both(&fixture.run_dir(), Some("100644 nothing"), b"", b"").is_err());
}
