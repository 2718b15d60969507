//! A whole mission, killed or not: what is the user's stays as it was, nothing is left behind.

use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use serde_json::json;

use crate::agents::{Mission, findings, locks};
use crate::place::Place;

const MISSION: [&str; 9] =
    ["run", "mission", "--prompt", "Whole cents.", "-i", "useWorktrees=true", "-i", "maxConcurrency=4", "--yes"];

#[test]
fn a_mission_with_worktrees_touches_nothing_of_the_users() {
    let place = Place::demo();
    std::fs::write(place.root().join("note"), "not committed\n").unwrap();
    std::fs::write(place.root().join("README.md"), "being written\n").unwrap();
    let before = place.theirs();
    place.run(&mut place.mission(&MISSION));
    assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
    let branch = place.integrated();
    assert_eq!(
        place.items(&branch),
        "convert store convert-tests program page data",
        "one merge each, in the plan's order"
    );
    let commits =
        place.here(&["log", "--first-parent", "--reverse", "--no-merges", "--format=%s", &format!("main..{branch}")]);
    assert_eq!(commits.lines().count(), 2, "one commit for each milestone: {commits}");
    assert_eq!(place.here(&["for-each-ref", "--format=%(refname:short)", "refs/heads"]), format!("main\n{branch}"));
    place.nothing_is_left();
}

/// Three milestones of four features: one merge commit for each feature, one commit for each milestone, nothing else.
#[test]
fn twelve_features_are_twelve_merges_and_three_commits() {
    let features = [["a", "b", "c", "d"], ["e", "f", "g", "h"], ["i", "j", "k", "l"]];
    let mission = Mission::new(&features.each_ref().map(<[&str; 4]>::as_slice));
    let root = mission.place.root();
    lived_in(&mission.place);
    let before = mission.place.theirs();
    let kept = [
        ".git/index",
        ".git/HEAD",
        ".git/ORIG_HEAD",
        ".git/config",
        ".git/description",
        ".git/packed-refs",
        ".git/refs/heads/main",
        ".git/refs/stash",
        ".git/logs/HEAD",
        ".git/logs/refs/heads/main",
        ".git/logs/refs/stash",
        ".git/hooks/pre-commit",
        ".git/info/exclude",
        "empty",
        "link",
        "same",
        "note",
        "ignored",
        "run.sh",
    ];
    for path in kept {
        assert!(before.contains_key(&PathBuf::from(path)), "{path} is looked at");
    }
    let refs = |place: &Place| place.here(&["for-each-ref", "--format=%(refname) %(objectname)"]);
    let (objects, refs_before) = (mission.place.objects(), refs(&mission.place));
    let (code, said) = mission.run();
    assert_eq!(code, Some(0), "{said}");
    let branch = mission.place.integrated();
    let prefix = branch.strip_suffix("/main").unwrap();
    let mut expected = Vec::new();
    for (at, features) in (1..).zip(&features) {
        expected.extend(features.map(|f| format!("Merge {f} from {prefix}/{at}/{f}")));
        expected.push(format!("Milestone {at}"));
    }
    assert_eq!(mission.commits(), expected);
    assert_eq!(json!(findings(&mission.report())), json!([]), "nobody is accused");
    let range = format!("main..{branch}");
    let log = |format: &str| mission.place.here(&["log", "--first-parent", "--reverse", format, &range]);
    let parents: Vec<usize> = log("--format=%P").lines().map(|line| line.split(' ').count()).collect();
    assert_eq!(parents, [2, 2, 2, 2, 1, 2, 2, 2, 2, 1, 2, 2, 2, 2, 1]);
    let trailers = |key: &str| -> Vec<String> {
        let text = log(&format!("--format=%(trailers:key={key},valueonly)"));
        text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    assert_eq!(trailers("Mission-Milestone"), ["m1", "m2", "m3"]);
    assert_eq!(trailers("Mission-Features"), ["a, b, c, d", "e, f, g, h", "i, j, k, l"]);
    assert_eq!(trailers("Mission-Left-Out"), [] as [&str; 0]);
    let files = mission.place.here(&["ls-tree", "-r", "--name-only", &branch]);
    assert_eq!(files.lines().filter(|file| file.starts_with('m')).count(), 12, "{files}");
    assert_eq!(mission.place.touched(&before), [] as [PathBuf; 0]);
    let objects_now = mission.place.objects();
    assert!(objects.iter().all(|object| objects_now.get(object.0) == Some(object.1)), "an object is gone");
    let own = format!("refs/heads/{branch} {}", mission.place.here(&["rev-parse", &branch]));
    let theirs: Vec<String> = refs(&mission.place).lines().filter(|row| **row != own).map(str::to_owned).collect();
    assert_eq!(theirs.join("\n"), refs_before, "one branch is new, and nothing else");
    let logs = std::fs::read_dir(root.join(format!(".git/logs/refs/heads/{prefix}"))).unwrap();
    assert_eq!(logs.count(), 1, "the log of that branch");
    assert!(!root.join(".git/refs/mission").exists());
    assert_eq!(locks(&root.join(".git")), [] as [PathBuf; 0]);
    assert!(!root.join(".git/worktrees").exists());
    mission.place.nothing_is_left();
}

/// Makes it a repository somebody lives in: with branches, tags, a stash, hooks, settings, links, changes of every kind.
fn lived_in(place: &Place) {
    let identity = ["-c", "user.name=a", "-c", "user.email=a@b"];
    let git = |args: &[&str]| drop(place.here(&[&identity[..], args].concat()));
    let root = place.root();
    let write = |path: &str, text: &str| std::fs::write(root.join(path), text).unwrap();
    write("run.sh", "#!/bin/sh\n");
    let runs = |path: &str| std::fs::set_permissions(root.join(path), PermissionsExt::from_mode(0o755)).unwrap();
    runs("run.sh");
    std::os::unix::fs::symlink("nowhere", root.join("link")).unwrap();
    write(".gitignore", "ignored\n");
    git(&["add", "-A"]);
    git(&["commit", "-qm", "lived in"]);
    git(&["branch", "other"]);
    git(&["tag", "-a", "-m", "v1", "v1"]);
    git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
    git(&["update-ref", "refs/notes/mine", "HEAD"]);
    git(&["pack-refs", "--all"]);
    git(&["commit", "-q", "--allow-empty", "-m", "later"]);
    write("same", "put aside\n");
    git(&["stash", "-q"]);
    git(&["reset", "-q", "--hard"]);
    git(&["config", "alias.x", "status"]);
    git(&["config", "commit.gpgSign", "true"]);
    write(".git/hooks/pre-commit", "#!/bin/sh\nexit 1\n");
    runs(".git/hooks/pre-commit");
    std::fs::create_dir(root.join("empty")).unwrap();
    for (path, text) in [("note", "not committed\n"), ("ignored", "ignored\n"), ("same", "staged\n")] {
        write(path, text);
    }
    git(&["add", "same"]);
    write("same", "being written\n");
}

/// The demo, with the executor killed at different moments: as many merges, the same tree.
#[test]
fn a_killed_mission_with_worktrees_ends_the_same() {
    let whole = Place::demo();
    whole.run(&mut whole.mission(&MISSION));
    let tree = |place: &Place| place.here(&["rev-parse", &format!("{}^{{tree}}", place.integrated())]);
    std::thread::scope(|scope| {
        for moment in 0..6_u64 {
            let expected = tree(&whole);
            scope.spawn(move || {
                let place = Place::demo();
                let before = place.theirs();
                let mut child = place.start(&MISSION);
                // Not a measure of anything: each moment is as good as another.
                std::thread::sleep(std::time::Duration::from_millis(400 + 450 * moment));
                child.kill().unwrap();
                child.wait().unwrap();
                place.mission(&["resume"]).output().unwrap();
                // Killed before there was a run: nothing to resume.
                if place.integrated().is_empty() {
                    place.run(&mut place.mission(&MISSION));
                }
                assert_eq!(tree(&place), expected, "killed at moment {moment}");
                assert_eq!(place.items(&place.integrated()).split(' ').count(), 6);
                assert_eq!(place.touched(&before), [] as [PathBuf; 0]);
                place.nothing_is_left();
            });
        }
    });
}
