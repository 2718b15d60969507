//! Where there is too much to look at all of it, a look says so.

use std::fs;

use mission_executor::git::{KnownTheirs, LeftOut, Logs};

use crate::fixture::Fixture;

/// Makes `count` of something in the folder `inner` of the repository.
fn many(fixture: &Fixture, inner: &str, count: usize, make: impl Fn(&std::path::Path)) {
    let folder = fixture.root.join(inner);
    fs::create_dir_all(&folder).unwrap();
    (0..count).for_each(|number| make(&folder.join(number.to_string())));
}

fn lines(left_out: &LeftOut) -> Vec<&str> {
    left_out.iter().map(String::as_str).collect()
}

#[test]
fn entries_and_locks() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let look = || {
        let mut left_out = LeftOut::new();
        drop(repository.locks(&mut left_out));
        drop(repository.guarded(&mut left_out));
        left_out
    };
    assert_eq!(lines(&look()), [""; 0]);
    many(&fixture, ".git/refs/heads/x", 10_001, |path| fs::create_dir(path).unwrap());
    let expected = [".git/refs: locks in more than 10000 folders", ".git/refs: more than 10000 entries"];
    assert_eq!(lines(&look()), expected);
}

#[test]
fn logs_of_refs() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let look = || {
        let mut left_out = LeftOut::new();
        (repository.logs(0, &Logs::default(), &mut left_out), left_out)
    };
    let (before, left_out) = look();
    assert_eq!(lines(&left_out), [""; 0]);
    many(&fixture, ".git/logs/0", 5_001, |path| fs::write(path, "").unwrap());
    let (after, left_out) = look();
    assert_eq!(lines(&left_out), [".git/logs: more than 5000 logs"]);
    assert_eq!(before.lost(&after, &repository), [""; 0], "what is not looked at is not lost");
    fs::remove_file(fixture.root.join(".git/logs/HEAD")).unwrap();
    assert_eq!(before.lost(&after, &repository), ["D .git/logs/HEAD"]);
}

#[test]
fn indexes_of_working_trees() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let place = fixture.outside();
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join(".git"), "").unwrap();
    let gitdir = place.join(".git").display().to_string();
    let make = |path: &std::path::Path| {
        fs::create_dir(path).unwrap();
        fs::write(path.join("gitdir"), &gitdir).unwrap();
    };
    let look = || {
        let mut left_out = LeftOut::new();
        drop(repository.theirs(&mut KnownTheirs::default(), &mut left_out).unwrap());
        left_out
    };
    many(&fixture, ".git/worktrees", 200, make);
    assert_eq!(lines(&look()), [""; 0]);
    make(&fixture.root.join(".git/worktrees/more"));
    assert_eq!(lines(&look()), [".git/worktrees: more than 200 indexes"]);
}

#[test]
fn configuration_and_submodules() {
    let fixture = Fixture::new();
    let repository = fixture.open();
    let look = || {
        let mut left_out = LeftOut::new();
        drop(repository.guarded(&mut left_out));
        left_out
    };
    let config = fs::read_to_string(fixture.root.join(".git/config")).unwrap();
    let include = |count: usize| (0..count).map(|n| format!("[include]\n\tpath = x{n}\n")).collect::<String>();
    fixture.write(".git/config", &format!("{config}{}", include(50)));
    fixture.write(&format!(".git/modules/{}/HEAD", "a/".repeat(16)), "");
    assert_eq!(lines(&look()), [""; 0]);
    fixture.write(".git/config", &format!("{config}{}", include(51)));
    fixture.write(&format!(".git/modules/{}/HEAD", "b/".repeat(18)), "");
    let expected = [
        ".git/modules: what is more than 16 folders deep",
        "configuration of git: more than 50 files that it includes",
    ];
    assert_eq!(lines(&look()), expected);
    fixture.write(".git/config", &format!("{config}#{}\n", "x".repeat(1 << 20)));
    assert!(
        lines(&look()).iter().any(|line| line.ends_with("config: what it includes, as it has more than 1048576 bytes"))
    );
}
