//! How a working tree and the refs stand: whoever remembers what was seen sees the same as whoever looks for the first time.

use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use mission_executor::git::{Known, Memory, Stand};

use crate::fixture::{Fixture, indexes, script};

/// What is done, and how.
type Step = (&'static str, fn(&Fixture));

/// One change at a time.
const STEPS: &[Step] = &[
    ("nothing", |_| {}),
    ("a new file", |f| f.write("new", "one\n")),
    ("the same size", |f| f.write("new", "two\n")),
    ("the index", |f| drop(f.git(&["add", "new"]))),
    ("the same size, in the index", |f| f.write("new", "six\n")),
    ("taken back", |f| drop(f.git(&["checkout", "-q", "--", "new"]))),
    ("a commit", |f| drop(f.git(&["commit", "-qm", "new"]))),
    ("the same size, committed", |f| f.write("new", "ten\n")),
    ("a mode", |f| std::fs::set_permissions(f.root.join("new"), std::fs::Permissions::from_mode(0o755)).unwrap()),
    ("a link", |f| {
        std::fs::remove_file(f.root.join("new")).unwrap();
        symlink("README", f.root.join("new")).unwrap();
    }),
    ("another link", |f| {
        std::fs::remove_file(f.root.join("new")).unwrap();
        symlink("src/a", f.root.join("new")).unwrap();
    }),
    ("a folder in its place", |f| {
        std::fs::remove_file(f.root.join("new")).unwrap();
        f.write("new/inside", "x");
    }),
    ("gone", |f| std::fs::remove_dir_all(f.root.join("new")).unwrap()),
    ("a link in place of a folder", |f| {
        std::fs::rename(f.root.join("src"), f.root.join("moved")).unwrap();
        symlink("moved", f.root.join("src")).unwrap();
    }),
    ("the folder again", |f| {
        std::fs::remove_file(f.root.join("src")).unwrap();
        std::fs::rename(f.root.join("moved"), f.root.join("src")).unwrap();
    }),
    ("only in the index", |f| drop(f.git(&["rm", "-q", "--cached", "README"]))),
    ("back in the index", |f| drop(f.git(&["reset", "-q"]))),
    ("hidden", |f| drop(f.git(&["update-index", "--assume-unchanged", "README"]))),
    ("changed, and hidden", |f| f.write("README", "HELLO\n")),
    ("changed again, and hidden", |f| f.write("README", "Hello\n")),
    ("hidden otherwise", |f| {
        f.git(&["update-index", "--no-assume-unchanged", "README"]);
        f.git(&["update-index", "--skip-worktree", "README"]);
    }),
    ("no longer hidden", |f| drop(f.git(&["update-index", "--no-skip-worktree", "README"]))),
    ("ignored", |f| f.write(".git/info/exclude", "out\n")),
    ("an ignored file", |f| f.write("out", "x\n")),
    ("an ignored file in the index", |f| drop(f.git(&["add", "-f", "out"]))),
    ("a branch", |f| drop(f.git(&["checkout", "-q", "-b", "side"]))),
    ("a branch that looks like none", |f| drop(f.git(&["checkout", "-q", "-b", "(detached)"]))),
    ("no branch", |f| drop(f.git(&["checkout", "-q", "--detach"]))),
    ("a repository inside", |f| drop(f.git(&["init", "-q", "inner"]))),
    ("a split index", |f| drop(f.git(&["update-index", "--split-index"]))),
    ("a change in a split index", |f| {
        f.write("late", "x\n");
        f.git(&["add", "late"]);
    }),
    ("a hidden file in a split index", |f| drop(f.git(&["update-index", "--assume-unchanged", "late"]))),
    ("everything back", |f| drop(f.git(&["reset", "-q", "--hard", "main"]))),
];

fn anew(fixture: &Fixture) -> Stand {
    fixture.open().stand(&fixture.run_dir(), &mut Memory::default()).unwrap()
}

fn remembers_what_there_is(fixture: &Fixture) {
    let repo = fixture.open();
    let mut memory = Memory::default();
    for (what, act) in STEPS {
        act(fixture);
        for _ in 0..2 {
            assert_eq!(repo.stand(&fixture.run_dir(), &mut memory).unwrap(), anew(fixture), "{what}");
        }
        let now = anew(fixture);
        assert_eq!(now.tree, repo.tree_id(&fixture.run_dir()).unwrap().as_str(), "{what}");
        let shown = repo.shown(&fixture.run_dir()).unwrap();
        assert_eq!((shown.tree.as_str(), &shown.branch), (&*now.tree, &now.branch), "{what}");
        assert_eq!(shown.head.map(|head| head.to_string()), now.head, "{what}");
        assert_eq!(fixture.git(&["cat-file", "-t", &now.tree]), "tree", "{what}: everybody can look into it");
    }
    assert_eq!(indexes(&fixture.run_dir()), [""; 0], "the temporary index is gone");
}

#[test]
fn whoever_remembers_sees_the_same() {
    remembers_what_there_is(&Fixture::new());
}

/// Names that are not whole.
#[test]
fn also_where_an_index_is_written_in_another_way() {
    let fixture = Fixture::new();
    fixture.git(&["config", "index.version", "4"]);
    remembers_what_there_is(&fixture);
}

#[test]
fn also_where_ids_are_longer() {
    let fixture = Fixture::empty();
    std::fs::remove_dir_all(fixture.root.join(".git")).unwrap();
    let made = fixture.try_git_in(&fixture.root, &["init", "-q", "-b", "main", "--object-format=sha256"]);
    assert!(made.0, "{}", made.1);
    fixture.git(&["config", "user.name", "Ada"]);
    fixture.git(&["config", "user.email", "ada@example.org"]);
    fixture.commit("README", "Hello\n");
    fixture.commit("src/a", "a\n");
    assert_eq!(fixture.git(&["rev-parse", "HEAD"]).len(), 64);
    remembers_what_there_is(&fixture);
}

#[test]
fn every_step_is_seen() {
    let fixture = Fixture::new();
    let repo = fixture.open();
    let mut memory = Memory::default();
    let mut before = repo.stand(&fixture.run_dir(), &mut memory).unwrap();
    for (what, act) in STEPS {
        act(&fixture);
        let now = repo.stand(&fixture.run_dir(), &mut memory).unwrap();
        let unseen = ["nothing", "hidden otherwise", "ignored", "an ignored file", "a split index"];
        assert_eq!(now != before, !unseen.contains(what), "{what}");
        before = now;
    }
}

/// Git with a list of its calls.
fn listed(fixture: &Fixture) -> std::path::PathBuf {
    let (list, bin) = (fixture.outside().join("calls"), fixture.outside().join("bin"));
    let git = fixture.program().path().display().to_string();
    std::fs::create_dir(&bin).unwrap();
    script(&bin.join("git"), &format!("echo \"$2\" >> '{}'\nexec '{git}' \"$@\"\n", list.display()));
    list
}

fn calls(list: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(list).unwrap_or_default();
    std::fs::write(list, "").unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn git_is_asked_only_for_what_may_have_changed() {
    let fixture = Fixture::new();
    let list = listed(&fixture);
    let repo = fixture.open();
    let (mut memory, mut known) = (Memory::default(), Known::default());
    let mut look = || {
        calls(&list);
        drop(repo.stand(&fixture.run_dir(), &mut memory).unwrap());
        drop(repo.refs(&mut known).unwrap());
        calls(&list)
    };
    let mut first = look();
    let vars = first.iter().take_while(|call| *call == "var").count();
    assert_eq!(first.split_off(vars), ["config", "ls-files", "update-index", "status", "rev-parse", "for-each-ref"]);
    // An older git does not tell where its configuration may be, and is asked for all of it every time.
    let of_config = if vars == 2 { [].as_slice() } else { &["config"] };
    let and_asked = |calls: &[&'static str]| [of_config, calls].concat();
    // Of files as new as these nothing is believed.
    assert_eq!(look(), and_asked(&["status"]));
    fixture.write("new", "x\n");
    assert_eq!(look(), and_asked(&["status", "update-index", "write-tree"]));
    // As long as its time would not tell of another change, it is read again; git is asked if it holds something else.
    assert_eq!(look(), and_asked(&["status"]));
    fixture.write("new", "z\n");
    assert_eq!(look(), and_asked(&["status", "update-index", "write-tree"]));
    let (new, clock) = (fixture.root.join("new"), fixture.outside().join("clock"));
    loop {
        std::fs::write(&clock, "x").unwrap();
        if clock.metadata().unwrap().ctime() > new.metadata().unwrap().ctime() + 3 {
            break;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(look(), and_asked(&["status", "update-index", "write-tree"]));
    assert_eq!(look(), and_asked(&["status"]));
    fixture.git(&["config", "filter.planted.clean", "touch ../planted; cat"]);
    fixture.write(".git/info/attributes", "* filter=planted\n");
    assert_eq!(look(), ["config", "status"], "what was planted is seen before git acts on it");
    assert!(!fixture.outside().join("planted").exists() && !fixture.root.join("../planted").exists());
    assert_eq!(look(), and_asked(&["status"]));
    fixture.git(&["config", "include.path", "more"]);
    for _ in 0..2 {
        assert_eq!(look(), ["config", "status"], "what is included may change as well");
    }
    fixture.git(&["config", "--unset", "include.path"]);
    fixture.git(&["config", "--remove-section", "filter.planted"]);
    assert_eq!(look(), ["config", "status"]);
    fixture.write("new", "y\n");
    assert_eq!(look(), and_asked(&["status", "update-index", "write-tree"]));
    fixture.git(&["tag", "v1"]);
    assert_eq!(look().last().map(String::as_str), Some("for-each-ref"));
}

const MOVES: &[&[&str]] = &[
    &["branch", "side"],
    &["tag", "v1"],
    &["pack-refs", "--all"],
    &["commit", "-q", "--allow-empty", "-m", "next"],
    &["branch", "-f", "side", "main"],
    &["tag", "-d", "v1"],
    &["symbolic-ref", "refs/heads/alias", "refs/heads/side"],
    &["symbolic-ref", "refs/heads/alias", "refs/heads/main"],
    &["update-ref", "refs/odd/one", "HEAD"],
    &["branch", "-D", "side"],
    &["branch", "mission/r1/main"],
    &["branch", "mission/r2/main"],
];

#[test]
fn refs_are_seen_wherever_they_are_kept() {
    for format in ["files", "reftable"] {
        let fixture = Fixture::empty();
        std::fs::remove_dir_all(fixture.root.join(".git")).unwrap();
        let made = fixture.try_git_in(&fixture.root, &["init", "-q", "-b", "main", &format!("--ref-format={format}")]);
        if !made.0 {
            // An older git knows one format only.
            continue;
        }
        fixture.git(&["config", "user.name", "Ada"]);
        fixture.git(&["config", "user.email", "ada@example.org"]);
        fixture.commit("a", "a\n");
        let repo = fixture.open();
        let mut known = Known::default();
        let mut before = repo.refs(&mut known).unwrap();
        for step in MOVES {
            fixture.git(step);
            let now = repo.refs(&mut known).unwrap();
            assert_eq!(now, repo.refs(&mut Known::default()).unwrap(), "{format}: {step:?}");
            let seen = *step != ["pack-refs", "--all"];
            assert_eq!(now != before, seen, "{format}: {step:?}");
            before = now;
        }
    }
}

/// Git can keep in the index what it does not know of each folder. Whoever can write there can make it look as if it were still so.
#[test]
fn a_forged_memory_of_unknown_files_hides_none() {
    let fixture = Fixture::new();
    fixture.git(&["config", "status.showUntrackedFiles", "all"]);
    let (folder, index) = (fixture.root.join("src"), fixture.root.join(".git/index"));
    let past = std::time::SystemTime::now() - Duration::from_secs(100);
    // Of what changed in the same second git does not believe its memory.
    let age = |path: &Path| std::fs::File::open(path).unwrap().set_modified(past).unwrap();
    age(&folder);
    age(&fixture.root);
    fixture.git(&["update-index", "--force-untracked-cache"]);
    for _ in 0..2 {
        assert_eq!(fixture.git(&["-c", "core.untrackedCache=true", "status", "--porcelain"]), "");
    }
    let before = (anew(&fixture).tree, times(&folder));
    fixture.write("src/hidden", "x\n");
    age(&folder);
    let known = std::fs::read(&index).unwrap();
    assert!(known.windows(16).any(|bytes| bytes == before.1), "git remembers the folder");
    let forged: Vec<u8> = replaced(&known, &before.1, &times(&folder));
    std::fs::write(&index, forged).unwrap();
    let read = ["-c", "core.untrackedCache=keep", "status", "--porcelain"];
    assert_eq!(fixture.git(&read), "", "git itself is deceived");
    assert_ne!(anew(&fixture).tree, before.0);
}

/// The same of a file that git knows: the index may say that it is as it was, though it is not.
#[test]
fn a_forged_index_hides_no_change() {
    let fixture = Fixture::new();
    let (readme, index) = (fixture.root.join("README"), fixture.root.join(".git/index"));
    let (repo, mut memory) = (fixture.open(), Memory::default());
    let before = repo.stand(&fixture.run_dir(), &mut memory).unwrap();
    let stored = fixture.git(&["rev-parse", "HEAD:README"]);
    fixture.write("README", "forged\n");
    let past = std::time::SystemTime::now() - Duration::from_secs(100);
    std::fs::File::open(&readme).unwrap().set_modified(past).unwrap();
    fixture.git(&["add", "README"]);
    let forged = fixture.git(&["rev-parse", ":README"]);
    let text = replaced(&std::fs::read(&index).unwrap(), &bytes(&forged), &bytes(&stored));
    std::fs::write(&index, text).unwrap();
    assert_eq!(fixture.git(&["status", "--porcelain"]), "", "git itself is deceived");
    let now = repo.stand(&fixture.run_dir(), &mut memory).unwrap();
    assert_ne!(now.tree, before.tree);
    assert_eq!(now, anew(&fixture));
    let staged = repo.stage(&fixture.run_dir()).unwrap();
    assert_eq!(staged.tree.as_str(), now.tree, "what is seen is what is committed");
    assert_eq!(fixture.git(&["show", &format!("{}:README", staged.tree)]), "forged");
    assert_eq!(fixture.git(&["status", "--porcelain"]), "M  README", "by now git knows it, too");
}

/// A change that was made in the second of the last look, as large and as old as what was there.
#[test]
fn a_change_right_after_a_look_is_seen() {
    let fixture = Fixture::new();
    let (repo, mut memory) = (fixture.open(), Memory::default());
    let file = fixture.root.join("README");
    let time = std::time::SystemTime::now() - Duration::from_secs(100);
    let mut trees = std::collections::BTreeSet::new();
    for text in ["one\n", "two\n", "six\n", "ten\n"] {
        fixture.write("README", text);
        std::fs::File::open(&file).unwrap().set_modified(time).unwrap();
        trees.insert(repo.stand(&fixture.run_dir(), &mut memory).unwrap().tree);
    }
    assert_eq!(trees.len(), 4);
}

/// A file that git stores in another way than it is, and one that holds the same and may be run, are no reason to believe anything.
#[test]
fn of_young_files_only_what_git_stores_as_it_is_is_known() {
    let fixture = Fixture::new();
    let list = listed(&fixture);
    fixture.write(".gitattributes", "*.txt text\n");
    fixture.write("a.txt", "one\r\n");
    let (repo, mut memory) = (fixture.open(), Memory::default());
    let mut look = || {
        calls(&list);
        let tree = repo.stand(&fixture.run_dir(), &mut memory).unwrap().tree;
        assert_eq!(tree, anew(&fixture).tree);
        tree
    };
    let first = look();
    assert_eq!(look(), first);
    fixture.write("a.txt", "one\n");
    assert_eq!(look(), first, "stored, it is the same");
    std::fs::set_permissions(fixture.root.join("a.txt"), std::fs::Permissions::from_mode(0o755)).unwrap();
    assert_ne!(look(), first);
    fixture.git(&["config", "core.fileMode", "false"]);
    assert_eq!(look(), first, "git is told not to look at that");
}

/// Somebody who knows when git reads a file shows it another one, and takes that back at once.
#[test]
fn what_only_git_saw_is_not_known_of_what_there_is() {
    let fixture = Fixture::new();
    let (bin, file) = (fixture.outside().join("bin"), fixture.root.join("new"));
    let (git, new) = (fixture.program().path().display().to_string(), file.display());
    std::fs::create_dir(&bin).unwrap();
    let deceive = format!("test \"$2 $4\" = 'update-index --add' || exec '{git}' \"$@\"");
    script(&bin.join("git"), &format!("{deceive}\necho good > '{new}'\n'{git}' \"$@\"\necho evil > '{new}'\n"));
    let (repo, mut memory) = (fixture.open(), Memory::default());
    fixture.write("new", "evil\n");
    let seen = repo.stand(&fixture.run_dir(), &mut memory).unwrap().tree;
    assert_eq!(fixture.git(&["show", &format!("{}:new", repo.shown(&fixture.run_dir()).unwrap().tree)]), "good");
    assert_eq!(fixture.read("new"), "evil\n");
    std::fs::remove_file(bin.join("git")).unwrap();
    script(&bin.join("git"), &format!("exec '{git}' \"$@\"\n"));
    let now = repo.stand(&fixture.run_dir(), &mut memory).unwrap();
    assert_ne!(now.tree, seen);
    assert_eq!(now, anew(&fixture));
}

/// What the user told git to overlook is seen, and not committed.
#[test]
fn what_git_shall_overlook_is_no_part_of_a_commit() {
    let fixture = Fixture::new();
    fixture.git(&["update-index", "--assume-unchanged", "README"]);
    fixture.git(&["update-index", "--skip-worktree", "src/a"]);
    fixture.write("README", "mine\n");
    std::fs::remove_file(fixture.root.join("src/a")).unwrap();
    fixture.write("new", "x\n");
    let staged = fixture.open().stage(&fixture.run_dir()).unwrap();
    let base = fixture.git(&["diff-tree", "-r", "--name-status", "HEAD", staged.tree.as_str()]);
    assert_eq!(base, "A\tnew");
    assert_eq!(fixture.git(&["ls-files", "-v"]), "h README\nH new\nS src/a", "the marks are still there");
}

fn bytes(hex: &str) -> Vec<u8> {
    (0..hex.len() / 2).map(|at| u8::from_str_radix(&hex[2 * at..2 * at + 2], 16).unwrap()).collect()
}

/// The times of a file as an index has them.
fn times(path: &Path) -> Vec<u8> {
    let about = path.metadata().unwrap();
    let numbers = [about.ctime(), about.ctime_nsec(), about.mtime(), about.mtime_nsec()];
    numbers.iter().flat_map(|n| u32::try_from(*n).unwrap().to_be_bytes()).collect()
}

fn replaced(text: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    let mut all = text.to_vec();
    for at in 0..=text.len() - old.len() {
        if text[at..].starts_with(old) {
            all[at..at + old.len()].copy_from_slice(new);
        }
    }
    all
}
