use super::*;

struct Bench(tempfile::TempDir);

impl Bench {
    fn new(tree: &[(&str, &str)], view: &[(&str, &str)]) -> Self {
        let bench = Self(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(bench.root()).expect("it is made");
        let upper = written(&bench.aside(), &bench.root());
        for (top, files) in [(bench.root(), tree), (upper, view)] {
            for (name, text) in files {
                let path = top.join(name);
                fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
                fs::write(path, text).expect("it is written");
            }
        }
        bench
    }
    fn root(&self) -> PathBuf {
        self.0.path().canonicalize().expect("it is there").join("repo")
    }
    fn aside(&self) -> PathBuf {
        self.0.path().join("aside")
    }
    fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.root().join(name)).ok()
    }
}

#[test]
fn what_the_file_system_notes_stays_behind() {
    let bench = Bench::new(&[], &[("x", "1")]);
    let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
    let all = View::new(&aside, &root, &none);
    let set = |name: &str| {
        let flags = rustix::fs::XattrFlags::empty();
        rustix::fs::lsetxattr(all.at(Path::new("x")), name, b"y", flags)
    };
    if set("user.own").and_then(|()| set("user.overlay.origin")).is_err() {
        return; // This file system keeps no notes.
    }
    all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
    let has = |name: &str| rustix::fs::lgetxattr(root.join("x"), name, &mut [0_u8; 8]).is_ok();
    assert!(has("user.own") && !has("user.overlay.origin"));
}

fn others(names: &[&str]) -> BTreeSet<PathBuf> {
    names.iter().map(PathBuf::from).collect()
}

fn acts(view: &View<'_>) -> Vec<(String, Act)> {
    view.plan().expect("it is read").into_iter().map(|b| (b.path.display().to_string(), b.act)).collect()
}

#[test]
fn what_was_written_gets_there_and_nothing_else_changes() {
    let tree = [("a/same", "1"), ("a/old", "1"), ("b", "1")];
    let view = [("a/same", "1"), ("a/old", "2"), ("a/new/x", "3"), (".git/hooks/h", "4"), (".worktrees/w", "5")];
    let (bench, none) = (Bench::new(&tree, &view), others(&[]));
    let (aside, root) = (bench.aside(), bench.root());
    let all = View::new(&aside, &root, &none);
    let expected = [("a/new", Act::Folder), ("a/new/x", Act::Move), ("a/old", Act::Move), ("a/same", Act::Skip)];
    assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
    // A crash after each step, and once more.
    for _ in 0..expected.len() {
        let plan = all.plan().expect("it is read");
        plan.iter().take(2).try_for_each(|step| all.perform(step)).expect("it is done");
    }
    all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
    all.close(&none).expect("it is cleared");
    assert_eq!(["a/same", "a/old", "a/new/x", "b"].map(|name| bench.read(name).expect(name)), ["1", "2", "3", "1"]);
    assert!(bench.read(".git/hooks/h").is_none() && bench.read(".worktrees/w").is_none());
    assert!(all.at(Path::new(".git/hooks/h")).exists(), "it is kept as evidence");
    assert!(!all.at(Path::new("a")).exists());
}

#[test]
fn what_others_changed_meanwhile_is_not_overwritten() {
    let tree = [("both", "theirs"), ("folder", "file"), ("d/x", "theirs"), ("alike", "now")];
    let view = [("both", "mine"), ("folder/x", "mine"), ("d", "mine"), ("alike", "now"), ("new", "mine")];
    let changed = others(&["both", "folder", "d/x", "alike", "new"]);
    let bench = Bench::new(&tree, &view);
    let (aside, root) = (bench.aside(), bench.root());
    let all = View::new(&aside, &root, &changed);
    let expected =
        [("alike", Act::Skip), ("both", Act::Merge), ("d", Act::Leave), ("folder", Act::Leave), ("new", Act::Merge)];
    assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
    all.put(Path::new("both"), b"together", false).expect("it is put");
    assert_eq!(bench.read("both").as_deref(), Some("together"));
    all.close(&others(&["d"])).expect("it is cleared");
    assert!(all.at(Path::new("d")).exists() && !all.at(Path::new("new")).exists());
}

#[test]
fn no_link_leads_out_of_the_tree() {
    let bench = Bench::new(&[("a", "1")], &[("link/x", "mine")]);
    let outside = bench.0.path().join("outside");
    fs::create_dir(&outside).expect("it is made");
    fs::write(outside.join("x"), "mine").expect("it is written");
    std::os::unix::fs::symlink(&outside, bench.root().join("link")).expect("it is made");
    let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
    let all = View::new(&aside, &root, &none);
    let expected = [("link", Act::Remove), ("link", Act::Folder), ("link/x", Act::Move)];
    let plan = all.plan().expect("it is read");
    assert_eq!(acts(&all), expected.map(|(name, act)| (name.to_owned(), act)));
    assert!(all.perform(&plan[2]).is_err(), "the link is still there");
    plan.iter().try_for_each(|step| all.perform(step)).expect("it is done");
    fs::write(outside.join("x"), "theirs").expect("it is written");
    assert_eq!(bench.read("link/x").as_deref(), Some("mine"));
}

/// Everything below `folder` but what is nobody's work, folders with a slash at the end.
fn everything(folder: &Path, name: &str, found: &mut Vec<(String, String)>) {
    for entry in sorted(folder).expect("it is read") {
        let (path, name) = (folder.join(&entry), format!("{name}{}", entry.display()));
        if path.is_dir() {
            found.push((format!("{name}/"), String::new()));
            everything(&path, &format!("{name}/"), found);
        } else {
            found.push((name, fs::read_to_string(&path).expect("it is read")));
        }
    }
}

/// A folder that was made anew, with one in it that nobody marked; one in the place of a file; one that is new; one that is gone.
fn remade() -> Option<Bench> {
    let tree = [
        ("anew/x", "old"),
        ("anew/gone", "old"),
        ("anew/in/gone", "old"),
        ("file", "old"),
        ("plain", "old"),
        ("keep/x", "old"),
    ];
    let view = [
        ("anew/x", "new"),
        ("anew/in/y", "new"),
        ("anew/in/z", "new"),
        ("file/x", "new"),
        ("new/x", "new"),
        ("new/y", "new"),
        ("plain", "new"),
    ];
    let bench = Bench::new(&tree, &view);
    let upper = written(&bench.aside(), &bench.root());
    for folder in ["anew", "file", "new"] {
        let flags = rustix::fs::XattrFlags::empty();
        // Some file systems keep no notes.
        rustix::fs::lsetxattr(upper.join(folder), OPAQUE, b"y", flags).ok()?;
    }
    Some(bench)
}

#[test]
fn what_got_there_before_a_crash_stays_there() {
    let expected = [
        ("anew/", ""),
        ("anew/in/", ""),
        ("anew/in/y", "new"),
        ("anew/in/z", "new"),
        ("anew/x", "new"),
        ("file/", ""),
        ("file/x", "new"),
        ("keep/", ""),
        ("keep/x", "old"),
        ("new/", ""),
        ("new/x", "new"),
        ("new/y", "new"),
        ("plain", "new"),
    ];
    let expected = expected.map(|(name, text)| (name.to_owned(), text.to_owned()));
    for done in 0.. {
        let Some(bench) = remade() else { return };
        let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
        let all = View::new(&aside, &root, &none);
        let plan = all.plan().expect("it is read");
        plan.iter().take(done).try_for_each(|step| all.perform(step)).expect("it is done");
        all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
        let mut found = Vec::new();
        everything(&root, "", &mut found);
        assert_eq!(found, expected, "after {done} of {plan:?}");
        all.close(&none).expect("it is cleared");
        assert!(!all.upper.exists());
        if done == plan.len() {
            break;
        }
    }
}

#[test]
fn what_others_wrote_in_a_folder_that_is_made_anew_stays() {
    let Some(bench) = remade() else { return };
    fs::write(bench.root().join("anew/in/theirs"), "theirs").expect("it is written");
    let (aside, root, theirs) = (bench.aside(), bench.root(), others(&["anew/in/theirs"]));
    let all = View::new(&aside, &root, &theirs);
    let plan = all.plan().expect("it is read");
    plan.iter().try_for_each(|step| all.perform(step)).expect("it is done");
    assert_eq!(bench.read("anew/in/theirs").as_deref(), Some("theirs"));
    let of = |name: &str| plan.iter().filter(|b| b.path == Path::new(name)).map(|b| b.act).collect::<Vec<_>>();
    assert_eq!((of("anew/in/theirs"), of("anew/in/gone")), (vec![Act::Leave], vec![Act::Remove]));
}

#[test]
fn what_is_put_together_was_whole_before_and_is_whole_then() {
    let (bench, changed) = (Bench::new(&[("both", "theirs")], &[("both", "mine")]), others(&["both"]));
    let (aside, root) = (bench.aside(), bench.root());
    let all = View::new(&aside, &root, &changed);
    fs::set_permissions(all.at(Path::new("both")), Permissions::from_mode(0o750)).expect("it is set");
    // What a crash left of it before.
    fs::write(all.upper.with_file_name("repo.together"), "half").expect("it is written");
    all.put(Path::new("both"), b"together", false).expect("it is put");
    let about = fs::metadata(root.join("both")).expect("it is there");
    assert_eq!((bench.read("both").as_deref(), about.mode() & 0o777), (Some("together"), 0o750));
    all.close(&others(&[])).expect("it is cleared");
    assert!(!all.upper.exists() && !all.upper.with_file_name("repo.together").exists());
}

#[test]
fn who_makes_it_a_program_or_none_prevails() {
    for (before, mine, theirs, then) in [
        (false, 0o644, 0o755, 0o755),
        (false, 0o755, 0o644, 0o755),
        (true, 0o755, 0o644, 0o644),
        (true, 0o644, 0o755, 0o644),
    ] {
        let (bench, changed) = (Bench::new(&[("both", "theirs")], &[("both", "mine")]), others(&["both"]));
        let (aside, root) = (bench.aside(), bench.root());
        let all = View::new(&aside, &root, &changed);
        for (path, mode) in [(all.at(Path::new("both")), mine), (root.join("both"), theirs)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("it is set");
        }
        all.put(Path::new("both"), b"together", before).expect("it is put");
        assert_eq!(fs::metadata(root.join("both")).expect("it is there").mode() & 0o777, then, "{mine:o} {theirs:o}");
    }
}

#[test]
fn who_replaces_a_folder_by_a_file_or_a_file_by_a_folder_does() {
    let bench = Bench::new(&[("d/x", "1"), ("f", "1")], &[("d", "file"), ("f/y", "2")]);
    let (aside, root, none) = (bench.aside(), bench.root(), others(&[]));
    let all = View::new(&aside, &root, &none);
    all.plan().expect("it is read").iter().try_for_each(|step| all.perform(step)).expect("it is done");
    assert_eq!((bench.read("d").as_deref(), bench.read("f/y").as_deref()), (Some("file"), Some("2")));
}
