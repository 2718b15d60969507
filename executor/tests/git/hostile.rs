//! Repositories that try to run programs. Each vector is first shown to be real with plain git, then every call of ours
//! is made, and none may fire it.

use mission_executor::decide::port::WorktreeSpec;
use mission_executor::git::{Base, BranchName, Collect, Error, Message, Policy, Repository, Wanted, Worktrees};
use serde_json::json;

use crate::fixture::write_in;
use crate::vectors::{Trap, VECTORS, Vector};

fn spec(name: &str, base: &str) -> WorktreeSpec {
    let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
    WorktreeSpec { base: base.to_owned(), path: format!(".worktrees/r1-{name}"), branch }
}

/// A call of ours. Its result does not matter here: refusing is as good as doing.
type Site = (&'static str, fn(&Trap));

fn with_repo(t: &Trap, act: impl FnOnce(&Repository)) {
    if let Ok(repo) = Repository::discover(&t.fixture.program(), &t.fixture.root, Policy::Shielded) {
        act(&repo);
    }
}

const SITES: &[Site] = &[
    ("version", |t| drop(t.fixture.program().version())),
    ("discover", |t| {
        for folder in ["", "src", "inner", "lib"] {
            drop(Repository::discover(&t.fixture.program(), &t.fixture.root.join(folder), Policy::Shielded));
        }
    }),
    ("head", |t| with_repo(t, |r| drop(r.head()))),
    ("current_branch", |t| with_repo(t, |r| drop(r.current_branch()))),
    ("tip", |t| with_repo(t, |r| drop(r.tip(&BranchName::parse("side").unwrap())))),
    ("is_ancestor", |t| with_repo(t, |r| drop(r.is_ancestor(&t.fixture.oid("main"), &t.fixture.oid("side"))))),
    ("status", |t| with_repo(t, |r| drop(r.status()))),
    ("preflight", |t| {
        with_repo(t, |r| {
            drop(r.preflight(&Wanted { base_branch: Some("main"), commits: true, ..Wanted::default() }));
            drop(r.preflight(&Wanted { base_branch: Some("side"), worktrees: true, ..Wanted::default() }));
        })
    }),
    ("tree_id", |t| with_repo(t, |r| drop(r.tree_id(&t.fixture.run_dir())))),
    ("changes", |t| with_repo(t, |r| drop(r.changes(&t.fixture.oid("main"), &t.fixture.oid("side"))))),
    ("try_merge", |t| with_repo(t, |r| drop(r.try_merge(&t.fixture.oid("main"), &t.fixture.oid("side"))))),
    ("commit_tree", |t| {
        with_repo(t, |r| {
            let (head, message) = (t.fixture.oid("HEAD"), Message { subject: "x".into(), ..Message::default() });
            drop(r.tree_of(&head).and_then(|tree| r.commit_tree(&tree, &[&head], &message)));
        })
    }),
    ("worktree enter", |t| {
        with_worktrees(t, |w| {
            drop(w.enter(&spec("one", "main"), "w:f:one", 1, false));
            drop(w.enter(&spec("two", "side"), "w:f:two", 1, false));
            drop(w.enter(&spec("main", "main"), "w:integrate", 1, false));
            drop(w.enter(&spec("one", "main"), "w:f:one", 1, false));
        })
    }),
    ("work in worktrees", |t| {
        for name in ["one", "two"] {
            let dir = t.fixture.root.join(format!(".worktrees/r1-{name}"));
            if dir.exists() {
                write_in(&dir, "src/a", &format!("{name}\n"));
                write_in(&dir, name, "new\n");
            }
        }
    }),
    ("watch", |t| {
        with_worktrees(t, |w| {
            let one = BranchName::parse("mission/r1/1/one").unwrap();
            drop(w.of_branch(&one).map(|place| place.map(|place| w.watch(&place))));
        })
    }),
    ("settle", |t| {
        with_worktrees(t, |w| {
            for name in ["one", "two"] {
                if let Ok(Some(place)) = w.of_branch(&BranchName::parse(&format!("mission/r1/1/{name}")).unwrap()) {
                    drop(place.settle(&Message { subject: name.into(), ..Message::default() }));
                }
            }
        })
    }),
    ("git.integrate", |t| {
        let items = json!([{ "key": "one", "status": "done" }, { "key": "two", "status": "done" }]);
        with_repo(t, |r| {
            let with = json!({ "items": items, "branches": "mission/r1/1", "base": "main" });
            drop(t.fixture.act_in(r, "git.integrate", "w:merge", 1, with));
        });
    }),
    ("git.merge", |t| conflict(t, "git.merge", json!({ "branch": "mission/r1/1/two", "key": "two" }))),
    ("git.conclude, refused", |t| conflict(t, "git.conclude", json!({ "branch": "mission/r1/1/two" }))),
    ("git.merge again", |t| conflict(t, "git.merge", json!({ "branch": "mission/r1/1/two", "key": "two" }))),
    ("resolve", |t| {
        if let Some(place) = with_main(t) {
            write_in(&place.path, "src/a", "one and two\n");
        }
    }),
    ("git.conclude", |t| conflict(t, "git.conclude", json!({ "branch": "mission/r1/1/two" }))),
    ("finish", |t| with_worktrees(t, |w| drop(w.finish()))),
    ("checks.detect", |t| with_repo(t, |r| drop(t.fixture.act_in(r, "checks.detect", "w:detect", 1, json!({}))))),
    ("stage", |t| with_repo(t, |r| drop(r.stage()))),
    ("git.commit", |t| {
        with_repo(t, |r| {
            let with = json!({ "message": "x", "allowEmpty": true });
            drop(t.fixture.act_in(r, "git.commit", "w:commit", 1, with));
        })
    }),
    ("land", |t| with_worktrees(t, |w| drop(w.landing().and_then(|_| w.land("r1"))))),
    ("land forward", |t| with_repo(t, |r| drop(land_another(t, r)))),
    ("gc", |t| {
        with_worktrees(t, |w| {
            drop(w.collect(Collect::Merged, true));
            drop(w.collect(Collect::Merged, false));
        })
    }),
];

/// The integration worktree, where there is one.
fn with_main(t: &Trap) -> Option<mission_executor::git::Place> {
    let repo = Repository::discover(&t.fixture.program(), &t.fixture.root, Policy::Shielded).ok()?;
    Worktrees::new(&repo, &t.fixture.run_dir(), "r1").ok()?.shared().ok()?
}

/// An action in the integration worktree, each time as a node of its own.
fn conflict(t: &Trap, action: &str, with: serde_json::Value) {
    static NUMBER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    if let Some(place) = with_main(t) {
        drop(t.fixture.act_in(&place.repository, action, &format!("w:{number}"), 1, with));
    }
}

/// A second run whose work can be landed forward, into the working tree.
fn land_another(t: &Trap, repo: &Repository) -> Result<(), Error> {
    let folder = t.fixture.run_dir().join("second");
    let worktrees = Worktrees::new(repo, &folder, "r2")?;
    let (branch, oid) = (BranchName::parse("main")?, t.fixture.oid("main"));
    worktrees.begin(&Base { branch, oid })?;
    let spec = WorktreeSpec { branch: "mission/r2/main".to_owned(), ..spec("landing", "main") };
    let place = worktrees.enter(&spec, "w:integrate", 1, false)?;
    write_in(&place.path, "src/a", "landed\n");
    place.settle(&Message { subject: "landed".into(), ..Message::default() })?;
    worktrees.finish()?;
    worktrees.land("r2").map(|_| ())
}

fn with_worktrees(t: &Trap, act: impl FnOnce(&Worktrees)) {
    with_repo(t, |repo| {
        let worktrees = Worktrees::new(repo, &t.fixture.run_dir(), "r1").unwrap();
        act(&worktrees);
    });
}

/// Makes the trap, with changes that the calls have to look at; nothing has fired when it is handed out.
fn armed(vector: &Vector) -> Trap {
    let trap = Trap::new();
    (vector.plant)(&trap);
    trap.dirty();
    trap.fired();
    trap
}

fn proof(vector: &Vector) {
    if vector.proof.is_empty() {
        return;
    }
    let trap = armed(vector);
    let (_, said) = trap.fixture.try_git_in(&trap.fixture.root, vector.proof);
    assert!(trap.fired(), "{} is not a vector: git {:?} did not fire it: {said}", vector.name, vector.proof);
}

fn immune(vector: &Vector) {
    let trap = armed(vector);
    for (site, act) in SITES {
        act(&trap);
        assert!(!trap.fired(), "{} fired at {site}", vector.name);
    }
}

/// Four at a time: each vector makes two repositories.
fn for_each_vector(check: fn(&Vector)) {
    std::thread::scope(|scope| {
        let lanes: Vec<_> =
            (0..4).map(|lane| scope.spawn(move || VECTORS.iter().skip(lane).step_by(4).for_each(check))).collect();
        for lane in lanes {
            if let Err(panic) = lane.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

#[test]
fn there_are_enough_vectors() {
    assert!(VECTORS.len() >= 40);
    assert!(VECTORS.iter().filter(|v| !v.proof.is_empty()).count() >= 35);
}

#[test]
fn every_vector_is_real() {
    for_each_vector(proof);
}

#[test]
fn no_vector_fires_at_any_call() {
    for_each_vector(immune);
}

#[test]
fn without_a_trap_every_call_does_its_work() {
    let trap = Trap::new();
    trap.dirty();
    for (_, act) in SITES {
        act(&trap);
    }
    let fixture = &trap.fixture;
    assert_eq!(fixture.git(&["log", "-2", "--format=%s", "main"]), "landed\nx");
    assert_eq!(fixture.git(&["status", "--porcelain", "--ignored"]), "!! .worktrees/");
    // `one` was merged; `two` conflicted with it in `src/a`, and was resolved when it was tried a second time.
    assert_eq!(
        fixture.git(&["log", "--format=%s", "--first-parent", "main~2..mission/r1/main"]),
        "Merge two from mission/r1/1/two\nMerge one from mission/r1/1/one"
    );
    assert_eq!(
        fixture.git(&["for-each-ref", "--format=%(refname)", "refs/heads/mission"]),
        "refs/heads/mission/r1/main\nrefs/heads/mission/r2/main"
    );
}

#[test]
fn a_trusted_repository_runs_its_own_programs() {
    let trap = Trap::new();
    trap.hook("pre-commit");
    trap.dirty();
    let repo = Repository::discover(&trap.fixture.program(), &trap.fixture.root, Policy::Trusted).unwrap();
    trap.fixture.act_in(&repo, "git.commit", "w:commit", 1, json!({ "message": "x" })).unwrap();
    assert!(trap.fired());
    assert_eq!(trap.fixture.git(&["status", "--porcelain"]), "");
}
