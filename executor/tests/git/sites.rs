//! Every call of ours that calls git, in an order in which each has something to do.

use mission_executor::action::{Job, Shell, perform_with};
use mission_executor::decide::port::{Exit, WorktreeSpec};
use mission_executor::event::Left;
use mission_executor::git::{
    Base, BranchName, Collect, Error, Known, LeftOut, Loose, Memory, Message, Oid, Policy, Probe, Repository, Wanted,
    Worktrees,
};
use serde_json::json;

use crate::culprit::ended;
use crate::fixture::{RUN, write_in};
use crate::vectors::Trap;

fn spec(name: &str, base: &str) -> WorktreeSpec {
    let branch = if name == "main" { "mission/r1/main".to_owned() } else { format!("mission/r1/1/{name}") };
    WorktreeSpec { base: base.to_owned(), path: format!(".worktrees/r1-{name}"), branch }
}

/// A call of ours. Its result does not matter here: refusing is as good as doing.
pub(crate) type Site = (&'static str, fn(&Trap));

fn with_repo(t: &Trap, act: impl FnOnce(&Repository)) {
    if let Ok(repo) = Repository::discover(&t.fixture.program(), &t.fixture.root, Policy::Shielded) {
        act(&repo);
    }
}

pub(crate) const SITES: &[Site] = &[
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
    ("merge_base", |t| with_repo(t, |r| drop(r.merge_base(&t.fixture.oid("main"), &t.fixture.oid("side"))))),
    ("status", |t| with_repo(t, |r| drop(r.status()))),
    ("rules", |t| with_repo(t, |r| drop(r.rules(&[&"src/x.log".into(), &"src".into()])))),
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
    ("glance", |t| {
        with_worktrees(t, |w| {
            let two = BranchName::parse("mission/r1/1/two").unwrap();
            drop(w.of_branch(&two).map(|place| place.map(|place| w.glance(&place))));
        })
    }),
    ("seal", |t| with_worktrees(t, |w| seal(t, w, "one"))),
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
    ("git.head", |t| everywhere(t, |r| drop(t.fixture.act_in(r, "git.head", "w:head", 1, json!({ "ignored": true }))))),
    ("checks.guard", |t| everywhere(t, |r| guard(t, r))),
    ("stand", |t| {
        // A folder in which git sees nothing.
        std::fs::create_dir_all(t.fixture.root.join("bare/inner")).expect("it is made");
        everywhere(t, |r| drop(r.stand(&t.fixture.run_dir(), &mut Memory::default())));
    }),
    ("refs", |t| everywhere(t, |r| drop(r.refs(&mut Known::default())))),
    ("made since", |t| {
        everywhere(t, |r| {
            drop(r.head().map(|head| r.made_since(head.as_str(), [])));
            let made = r.made_since(t.fixture.oid("side").as_str(), []);
            drop(made.and_then(|made| r.passing_in(&made, &[t.fixture.oid("main")], |_| true)));
        })
    }),
    ("what was lost", |t| {
        everywhere(t, |r| {
            let name = format!(".git/objects/ab/{}", "c".repeat(38));
            write_in(&t.fixture.root, &name, "no object");
            let before = r.loose(0, &Loose::default(), &mut LeftOut::new());
            drop(r.falsified(&before));
            std::fs::remove_file(t.fixture.root.join(&name)).expect("it was there");
            drop(r.lost(&before, &r.loose(0, &before, &mut LeftOut::new())));
        })
    }),
    ("which way HEAD went", |t| {
        everywhere(t, |r| {
            let (from, to) = (t.fixture.oid("main"), t.fixture.oid("side"));
            drop(r.tree_of(&to).map(|tree| r.went_by_itself(&from, &to, &tree)));
            drop(r.head().and_then(|head| r.tree_of(&head).map(|tree| r.went_by_itself(&head, &head, &tree))));
            // A commit that was taken back.
            let before = r.head().and_then(|head| Ok((r.parents(&head)?, head)));
            if let Ok(([parent, ..], head)) = before.as_ref().map(|(parents, head)| (&parents[..], head)) {
                drop(r.tree_of(parent).map(|tree| r.went_by_itself(parent, head, &tree)));
            }
        })
    }),
    ("difference", |t| {
        with_repo(t, |r| {
            drop(r.difference(&t.fixture.oid("main"), &t.fixture.oid("side")));
            drop(r.parents(&t.fixture.oid("side")));
        })
    }),
    ("both", |t| {
        with_repo(t, |r| {
            let base = t.fixture.git(&["rev-parse", "main:src/a"]);
            let base = format!("100644 {}", base.trim());
            drop(r.both(&t.fixture.run_dir().join("both"), Some(&base), b"mine\n", b"theirs\n"));
        })
    }),
    ("contents", |t| with_repo(t, |r| contents(t, r))),
    ("revert", |t| with_merges(t, |w, merges| drop(w.repository().try_revert(&merges[1], &merges[0], &merges[2])))),
    ("probe", |t| {
        with_worktrees(t, |w| {
            drop(w.probe("w:culprit", &t.fixture.oid("side")));
            drop(w.clear_probes());
        })
    }),
    ("checks.original", |t| with_worktrees(t, |w| original(t, w))),
    ("checks.bisect", |t| with_merges(t, |w, merges| bisect(t, w, merges))),
    ("git.backout", |t| {
        with_merges(t, |_, merges| {
            let commit = merges[1].as_str();
            conflict(t, "git.backout", json!({ "commit": commit, "key": "two", "branch": "mission/r1/1/two" }));
        })
    }),
    ("finish", |t| with_worktrees(t, |w| drop(w.finish()))),
    ("checks.detect", |t| with_repo(t, |r| drop(t.fixture.act_in(r, "checks.detect", "w:detect", 1, json!({}))))),
    ("stage", |t| with_repo(t, |r| drop(r.stage(&t.fixture.run_dir())))),
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

/// In the user's tree, and in the integration worktree.
fn everywhere(t: &Trap, act: impl Fn(&Repository)) {
    with_repo(t, &act);
    if let Some(place) = with_main(t) {
        act(&place.repository);
    }
}

fn guard(t: &Trap, repo: &Repository) {
    let base = t.fixture.oid("side").to_string();
    for against in [json!(null), json!(t.fixture.oid("main").as_str())] {
        let with = json!({
            "base": base, "since": base, "named": ["src"], "against": against, "settings": "x", "allow": ["*"],
            "checks": [{ "name": "t", "run": "sh src/a" }],
        });
        drop(t.fixture.act_in(repo, "checks.guard", "w:guard", 1, with));
    }
}

fn contents(t: &Trap, repo: &Repository) {
    let Ok(files) = repo.tree_of(&t.fixture.oid("side")).and_then(|tree| repo.files(&tree)) else { return };
    drop(repo.contents(&files.iter().map(|file| (&file.blob, file.bytes)).collect::<Vec<_>>()));
}

/// How the worktree was left is told, and looked up.
fn seal(t: &Trap, worktrees: &Worktrees, name: &str) {
    let branch = BranchName::parse(&format!("mission/r1/1/{name}")).unwrap();
    let Ok(Some(place)) = worktrees.of_branch(&branch) else { return };
    let Ok(stand) = place.repository.stand(&t.fixture.run_dir(), &mut Memory::default()) else { return };
    let left = Left {
        path: format!(".worktrees/r1-{name}"),
        asked: branch.to_string(),
        branch: place.branch.to_string(),
        head: stand.head,
        tree: Some(stand.tree),
    };
    worktrees.seal(&left);
    drop(worktrees.is_moved_since(branch.as_str()));
    drop(worktrees.sealed(&t.fixture.root));
    // The second time it is looked up whose commit that is.
    for _ in 0..2 {
        drop(worktrees.settle(&branch, &place, &Message { subject: name.into(), ..Message::default() }));
    }
}

/// The two merges of the integration branch, oldest first, and what was before them.
fn with_merges(t: &Trap, act: impl Fn(&Worktrees, &[Oid; 3])) {
    with_worktrees(t, |w| {
        let repo = w.repository();
        let before = |oid: &Oid| repo.parents(oid).ok().and_then(|parents| parents.first().cloned());
        let Ok(Some(two)) = repo.tip(w.main()) else { return };
        let Some(one) = before(&two) else { return };
        let Some(start) = before(&one) else { return };
        act(w, &[one, two, start]);
    });
}

/// The command fails wherever `two` is in.
fn bisect(t: &Trap, worktrees: &Worktrees, [one, two, start]: &[Oid; 3]) {
    let run_dir = t.fixture.run_dir();
    let job = Job {
        root: worktrees.repository().root(),
        repository: Some(worktrees.repository()),
        worktrees: Some(worktrees),
        run: RUN,
        run_dir: &run_dir,
        node: "w:culprit",
        attempt: 1,
        first_attempt: 1,
    };
    let run =
        |_: &str, probe: &Probe, _: u32| ended(Exit::Code(i32::from(probe.path.join("two").exists())), String::new());
    let shell = Shell { run: &run, stopped: &|| false, setup: &["true".to_owned()] };
    let commits = json!([{ "commit": one.as_str(), "key": "one" }, { "commit": two.as_str(), "key": "two" }]);
    let with = json!({ "good": start.as_str(), "commits": commits, "run": [{ "run": "true" }] });
    drop(perform_with("checks.bisect", with, &job, &shell));
}

/// A test and one inside the program have changed; the command fails wherever they are as they were.
fn original(t: &Trap, worktrees: &Worktrees) {
    let (run_dir, root) = (t.fixture.run_dir(), worktrees.repository().root());
    let with_tests = |asks: &str| format!("#[cfg(test)]\nmod tests {{ {asks} }}\n");
    write_in(root, "tests/t", "as it was\n");
    write_in(root, "lib.rs", &with_tests("much"));
    let Ok(base) = worktrees.repository().shown(&run_dir) else { return };
    write_in(root, "tests/t", "weaker\n");
    write_in(root, "lib.rs", &with_tests("less"));
    let job = Job {
        root,
        repository: Some(worktrees.repository()),
        worktrees: Some(worktrees),
        run: RUN,
        run_dir: &run_dir,
        node: "w:original",
        attempt: 1,
        first_attempt: 1,
    };
    let run = |_: &str, probe: &Probe, _: u32| {
        let is_weaker = std::fs::read_to_string(probe.path.join("tests/t")).is_ok_and(|text| text == "weaker\n");
        ended(Exit::Code(i32::from(!is_weaker)), String::new())
    };
    let shell = Shell { run: &run, stopped: &|| false, setup: &[] };
    let with = json!({ "base": base.tree.as_str(), "run": [{ "run": "true" }] });
    drop(perform_with("checks.original", with, &job, &shell));
    for name in ["tests/t", "lib.rs"] {
        drop(std::fs::remove_file(root.join(name)));
    }
}

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
