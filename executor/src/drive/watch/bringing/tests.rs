//! Views that are brought into a real repository at the same time.

use std::fs::{self, File, FileTimes};
use std::process::Command;
use std::time::{Duration, SystemTime};

use super::*;
use crate::git::{Policy, Program};
use crate::process::apart::View;
use crate::runs::AttemptPath;

/// A repository with a run, and views that have ended.
struct Bench {
    folder: tempfile::TempDir,
    eyes: Eyes,
    ground: Arc<Ground>,
    /// The tree when the views began.
    base: String,
}

impl Bench {
    async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let root = folder.path().canonicalize().expect("it is there").join("repo");
        let run = root.join(".mission/runs/r");
        fs::create_dir_all(run.join("git")).expect("a folder");
        for (name, text) in [("all", "1\n2\n3\n"), (".git-not", "x"), (".gitignore", ".mission\n")] {
            fs::write(root.join(name), text).expect("a file");
        }
        let home = folder.path().to_owned();
        for words in
            [&["init", "-q"][..], &["add", "."], &["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "x"]]
        {
            let done = Command::new("git").args(words).current_dir(&root).env("HOME", &home).status();
            assert!(done.expect("git runs").success());
        }
        let variables = std::env::vars_os().filter(|(name, _)| name == "PATH").chain([("HOME".into(), home.into())]);
        let program = Program::find(variables, &root).expect("there is git");
        let repository = Some(Repository::discover(&program, &root, Policy::Shielded).expect("a repository"));
        let (worktrees, setup) = (None, Vec::new());
        let ground = Arc::new(Ground { root, repository, worktrees, setup, run: "r".to_owned(), folder: run });
        let (eyes, base) = (Eyes::default(), String::new());
        let mut bench = Self { folder, eyes, ground, base };
        bench.base = bench.eyes.stand(&bench.ground, &bench.repository()).await.expect("it is seen").tree;
        bench
    }

    fn repository(&self) -> Repository {
        let repository = self.ground.repository.as_ref().expect("there is one");
        repository.looking(&self.ground.folder.join("git")).expect("a folder")
    }

    fn own(&self, node: &str) -> view::Own {
        view::Own::of(&self.ground, &AttemptPath::new(node, 1).expect("a node"))
    }

    /// Where what was written there to `name` lies.
    fn at(&self, own: &view::Own, name: &str) -> PathBuf {
        View::new(own.aside(), &self.ground.root, &BTreeSet::new()).at(Path::new(name))
    }

    /// The view of `node`, in which it wrote this an hour ago.
    fn ended(&self, node: &str, files: &[(&str, &str)]) -> view::Own {
        let own = self.own(node);
        own.begin(&self.base).expect("it is noted");
        for (name, text) in files {
            let path = self.at(&own, name);
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(&path, text).expect("it is written");
            let ago = FileTimes::new().set_modified(SystemTime::now() - Duration::from_secs(3_600));
            File::options().append(true).open(&path).and_then(|file| file.set_times(ago)).expect("it is set");
        }
        own
    }

    /// What they see who end at the same time, in this order.
    async fn bring<const N: usize>(&self, views: [view::Own; N]) -> [Arc<Sight>; N] {
        let (repository, mut seen) = (self.repository(), Vec::new());
        let mut all: Vec<_> =
            views.iter().map(|own| Box::pin(self.eyes.bring(&self.ground, &repository, own))).collect();
        // Each has ended before the first has looked.
        for one in &mut all {
            let asked = std::future::poll_fn(|cx| std::task::Poll::Ready(one.as_mut().poll(cx).is_pending()));
            assert!(asked.await, "nothing is there yet");
        }
        let told = all
            .into_iter()
            .map(|one| async { one.await.map(|there| there.seen).expect("it is there").expect("it is seen") });
        let told: Vec<_> = told.map(Box::pin).collect();
        for one in join(told).await {
            seen.push(one);
        }
        seen.try_into().expect("as many")
    }

    /// What changed by `node`, as it is told.
    fn changed(&self, node: &str, now: &Sight) -> Vec<String> {
        let work = view::Work::read([self.own(node)]).expect("it is noted");
        let changed = work.changed(&self.repository(), &now.own.stand.tree).expect("it is told");
        changed.iter().map(|difference| difference.change.path.to_string()).collect()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.ground.root.join(name)).expect(name)
    }

    fn is_young(&self, name: &str) -> bool {
        let time = fs::metadata(self.ground.root.join(name)).and_then(|about| about.modified()).expect(name);
        time.elapsed().is_ok_and(|ago| ago < Duration::from_secs(600))
    }
}

/// Waits for all.
async fn join<F: Future + Unpin>(all: Vec<F>) -> Vec<F::Output> {
    let (mut all, mut done): (Vec<F>, Vec<Option<F::Output>>) = (all, Vec::new());
    done.resize_with(all.len(), || None);
    std::future::poll_fn(move |cx| {
        for (one, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = std::pin::Pin::new(one).poll(cx)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            return std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect());
        }
        std::task::Poll::Pending
    })
    .await
}

fn run(test: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("a runtime").block_on(test);
}

#[test]
fn who_ended_meanwhile_gets_there_together_and_what_each_changed_is_its_own() {
    run(async {
        let bench = Bench::new().await;
        let views = [
            bench.ended("a", &[("a", "a"), ("in/a", "a")]),
            bench.ended("b", &[("all", "one\n2\n3\n")]),
            bench.ended("none", &[]),
            bench.ended("c", &[("all", "1\n2\nthree\n")]),
            bench.ended("d", &[("d", "d")]),
        ];
        let [a, b, none, c, d] = bench.bring(views).await;
        assert!(
            Arc::ptr_eq(&a, &b) && Arc::ptr_eq(&b, &none) && Arc::ptr_eq(&c, &d),
            "one look for those who go together"
        );
        assert!(!Arc::ptr_eq(&b, &c), "nobody goes along who meets one that ended before");
        assert_eq!(bench.read("all"), "one\n2\nthree\n");
        for (node, now, changed) in [
            ("a", &a, &["a", "in/a"][..]),
            ("b", &b, &["all"]),
            ("none", &none, &[]),
            ("c", &c, &["all"]),
            ("d", &d, &["d"]),
        ] {
            assert_eq!(bench.changed(node, now), changed, "{node}");
            let note = bench.own(node).read().expect("it is read").expect("it is there");
            assert!(note.is_done() && !bench.at(&bench.own(node), "").exists(), "{node}");
        }
        // Who came later did not know of it, and what is built by times is built anew.
        assert_eq!(["a", "in/a", "all", "d"].map(|name| bench.is_young(name)), [true, true, true, false]);
    });
}

#[test]
fn who_begins_meanwhile_sees_what_was_brought_as_a_whole() {
    run(async {
        let (bench, names) = (Bench::new().await, ["x/1", "x/2", "x/3"]);
        let (repository, own) = (bench.repository(), bench.ended("a", &names.map(|name| (name, "a"))));
        let bring = async { bench.eyes.bring(&bench.ground, &repository, &own).await.map(|there| there.seen) };
        let begin = async { bench.eyes.look_to_begin(&bench.ground, &repository).await };
        let (there, began) = tokio::join!(bring, begin);
        let (there, began) = (there.expect("it is there").expect("it is seen"), began.expect("it is seen"));
        assert!(Arc::ptr_eq(&there.common, &began.common) && Arc::ptr_eq(&there.own, &began.own), "one look for both");
        let alone = bench.eyes.look_to_begin(&bench.ground, &repository).await.expect("it is seen");
        assert!(alone.own.stand.tree == began.own.stand.tree && alone.number > began.number, "nobody brings any more");
    });
}

#[test]
fn what_tells_git_what_to_see_goes_alone() {
    run(async {
        let bench = Bench::new().await;
        let views = [
            bench.ended("hidden", &[("out/x", "x")]),
            bench.ended("hides", &[(".gitignore", ".mission\nout\n")]),
            bench.ended("last", &[("z", "z")]),
        ];
        let [hidden, hides, last] = bench.bring(views).await;
        assert!(!Arc::ptr_eq(&hidden, &hides) && !Arc::ptr_eq(&hides, &last));
        assert_eq!(bench.changed("hidden", &hidden), ["out/x"], "it was seen before it was hidden");
        assert_eq!(bench.changed("hides", &hides), [".gitignore", "out/x"], "what it hides is no longer in a commit");
        assert_eq!(bench.changed("last", &last), ["z"]);
    });
}

#[test]
fn who_cannot_get_there_keeps_nobody_else_out() {
    run(async {
        let bench = Bench::new().await;
        let views =
            [bench.ended("a", &[("a", "a")]), bench.ended("b", &[("link/x", "b")]), bench.ended("c", &[("c", "c")])];
        let outside = bench.folder.path().join("outside");
        fs::create_dir(&outside).expect("a folder");
        fs::create_dir(bench.ground.root.join("link")).expect("a folder");
        let root = bench.ground.root.clone();
        // What is a folder while it is planned, and a link afterwards, leads nowhere.
        let before = bench.eyes.stand(&bench.ground, &bench.repository()).await.expect("it is seen").tree;
        let mut batch = Batch::of(&bench.repository(), &views, &before);
        fs::remove_dir(root.join("link")).expect("it goes");
        std::os::unix::fs::symlink(&outside, root.join("link")).expect("a link");
        batch.bring(&bench.repository());
        let told: Vec<bool> = batch.parts.iter().map(Result::is_ok).collect();
        assert_eq!(told, [true, false, true]);
        assert_eq!((bench.read("a"), bench.read("c"), outside.join("x").exists()), ("a".into(), "c".into(), false));
        batch.done().expect("it is noted");
        let done =
            ["a", "b", "c"].map(|node| bench.own(node).read().expect("it is read").expect("it is there").is_done());
        assert_eq!(done, [true, false, true], "it is tried again");
    });
}

#[test]
fn what_was_brought_in_part_gets_there_once_more_after_a_crash() {
    run(async {
        for brought in 0..=3 {
            let bench = Bench::new().await;
            let views = [
                bench.ended("a", &[("a", "a"), ("x/a", "a")]),
                bench.ended("b", &[("b", "b")]),
                bench.ended("c", &[("c", "c")]),
            ];
            let repository = bench.repository();
            let mut batch = Batch::of(&repository, &views, &bench.base);
            assert_eq!(batch.parts.len(), 3);
            Load::note(batch.loads().collect()).expect("it is noted");
            for load in batch.parts.iter_mut().flatten().flatten().take(brought) {
                load.bring(&repository).expect("it is there");
            }
            // Nobody is left who knows of it: what follows is on disk.
            drop(batch);
            fs::write(bench.ground.root.join("by hand"), "x").expect("a file");
            let paths = ["a", "b", "c"].map(|node| AttemptPath::new(node, 1).expect("a node"));
            Eyes::default().bring_all(&bench.ground, paths.to_vec()).await.expect("it is there");
            assert_eq!(["a", "x/a", "b", "c"].map(|name| bench.read(name)), ["a", "a", "b", "c"], "{brought}");
            let now = bench.eyes.look(&bench.ground, &repository).await.expect("it is seen");
            for (node, changed) in [("a", &["a", "x/a"][..]), ("b", &["b"]), ("c", &["c"])] {
                assert_eq!(bench.changed(node, &now), changed, "{brought}");
                assert!(bench.own(node).read().expect("it is read").is_some_and(|note| note.is_done()), "{brought}");
            }
            assert!(bench.is_young("a") && bench.is_young("b"), "{brought}: the last one did not know of them");
        }
    });
}

#[test]
fn only_those_go_together_whose_paths_do_not_meet() {
    let batch = |paths: &[&str]| Batch { paths: paths.iter().map(PathBuf::from).collect(), ..Batch::default() };
    let goes = |one: &[&str], other: &[&str]| {
        let paths: Vec<&Path> = other.iter().map(Path::new).collect();
        batch(one).goes_with(&paths)
    };
    for (one, other) in [
        (&["a"][..], &["b"][..]),
        (&["src/a.rs", "src/b.rs"], &["src/c.rs", "docs/a.md"]),
        (&["a", "a-b"], &["a.b", "aa"]),
        (&["x/a-b"], &["x/a"]),
        (&[".gitignore"], &[]),
        (&[], &[".gitignore"]),
    ] {
        assert!(goes(one, other) && goes(other, one), "{one:?} {other:?}");
    }
    for (one, other) in [
        (&["a"][..], &["a"][..]),
        (&["src"], &["src/a.rs"]),
        (&["src/a/b"], &["x", "src/a"]),
        (&["a-b", "a/x/y", "b"], &["a"]),
        (&["a"], &[".gitignore"]),
        (&["a"], &["src/.gitattributes"]),
        (&["a"], &["inner/.GIT/config"]),
        (&["a"], &[".gitmodules"]),
    ] {
        assert!(!goes(one, other) && !goes(other, one), "{one:?} {other:?}");
    }
}

/// Who goes on from what others left there meanwhile has put that together itself, but only as far as it has seen it.
#[tokio::test]
async fn what_was_seen_of_others_is_gone_on_from() {
    let written = "1\n2\n3\n4\n5\n";
    for (more, mine, expected, lost) in [
        ("6\n", "1\n2\n3\n4\n5\n6\nmine\n", "1\n2\n3\n4\n5\n6\nmine\n", &[][..]),
        ("6\n", "1\n3\n4\n5\n6\n", "1\n3\n4\n5\n6\n", &["new (`2`)"]),
        // It has seen the first one, and not the second.
        ("6\n", "1\n2\n3\n4\n5\nmine\n", "1\n2\n3\n4\n5\n6\nmine\n", &[]),
        ("6\n", "x\ny\nz\n", "1\n2\n3\n4\n5\n6\nx\ny\nz\n", &[]),
    ] {
        let bench = Bench::new().await;
        let views = ["one", "two", "three"].map(|node| bench.ended(node, &[]));
        let texts = [written.to_owned(), format!("{written}{more}"), mine.to_owned()];
        for (view, text) in views.iter().zip(texts) {
            let path = bench.at(view, "new");
            fs::create_dir_all(path.parent().expect("a folder")).expect("it is made");
            fs::write(path, text).expect("it is written");
            bench.bring([view.clone()]).await;
        }
        assert_eq!(bench.read("new"), expected, "{mine}");
        let work = view::Work::read([bench.own("three")]).expect("it is noted");
        assert_eq!(work.over(), lost, "{mine}");
    }
}

/// What was to go because it lies elsewhere by now goes as well after a crash, when the new one is there already.
#[tokio::test]
async fn what_was_moved_in_part_is_moved_after_a_crash() {
    let bench = Bench::new().await;
    let (one, two) = (bench.ended("one", &[("all", "1\n2\n3\n4\n5\n")]), bench.ended("two", &[]));
    bench.bring([one]).await;
    let moved = bench.at(&two, "a/all");
    fs::create_dir_all(moved.parent().expect("a folder")).expect("it is made");
    fs::write(moved, "1\n2\n3\n4\n5\n6\n").expect("it is written");
    let gone = bench.at(&two, "all");
    rustix::fs::mknodat(
        rustix::fs::CWD,
        &gone,
        rustix::fs::FileType::CharacterDevice,
        rustix::fs::Mode::empty(),
        rustix::fs::makedev(0, 0),
    )
    .expect("it is deleted");
    let repository = bench.repository();
    let now = bench.eyes.stand(&bench.ground, &repository).await.expect("it is seen").tree;
    let load = two.load(&repository, &now).expect("it is planned").expect("there is something");
    Load::note(vec![&load]).expect("it is noted");
    // As far as it came.
    let there = bench.ground.root.join("a/all");
    fs::create_dir_all(there.parent().expect("a folder")).expect("it is made");
    fs::rename(bench.at(&two, "a/all"), &there).expect("it is there");
    drop(load);
    let paths = ["one", "two"].map(|node| AttemptPath::new(node, 1).expect("a node"));
    Eyes::default().bring_all(&bench.ground, paths.to_vec()).await.expect("it is there");
    assert_eq!(bench.read("a/all"), "1\n2\n3\n4\n5\n6\n");
    assert!(!bench.ground.root.join("all").exists());
    let work = view::Work::read([two]).expect("it is noted");
    assert!(work.kept_out().is_empty(), "{:?}", work.kept_out());
}
