//! The executor of a real run is killed after every call of git that changes something and every set-up command, one by
//! one, and before some of them. (That a kill before any of them makes no difference is shown where the actions are tested.)

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::agents::locks;
use crate::place::Place;

/// Set-up, two features that meet in a line, a conflict that a command resolves, a commit.
const WORKFLOW: &str = r#"
mission: 1
name: two
nodes:
  feature:
    map: { over: '["one", "two"]', as: f, key: f, mode: serial }
    run: cat .env > /dev/null; echo "$F" > same
    env: { F: "{{ f }}" }
    worktree: { base: "{{ 'main' }}", path: ".worktrees/{{ run.id }}-{{ f }}", branch: "mission/{{ run.id }}/1/{{ f }}" }
  merge:
    needs: [feature]
    uses: git.integrate
    with: { items: "{{ nodes.feature.items }}", branches: "mission/{{ run.id }}/1", base: main }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
  conflict:
    needs: [merge]
    map: { over: nodes.merge.output.conflicts, as: conflict, key: conflict.key, mode: serial }
    nodes:
      begin:
        uses: git.merge
        with: { branch: "{{ conflict.branch }}", key: "{{ conflict.key }}" }
        worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
      resolve:
        needs: [begin]
        run: echo "one and two" > same
        worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
      conclude:
        needs: [begin, resolve]
        always: true
        uses: git.conclude
        with: { branch: "{{ conflict.branch }}", accept: "{{ not nodes.resolve.error }}" }
        worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
  commit:
    needs: [conflict]
    uses: git.commit
    with: { message: Done, allowEmpty: true }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
"#;

/// The repository, with an `.env` that set-up copies, and in the place of git a script that counts the calls that change
/// something and kills the executor at call `at`. Set-up commands count as well.
fn stage(at: u32, when: &str) -> Place {
    let place = Place::plain(WORKFLOW);
    std::fs::write(place.root().join(".gitignore"), ".env\n").unwrap();
    std::fs::write(place.root().join(".env"), "secret\n").unwrap();
    place.here(&["add", "-A"]);
    place.here(&["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "ignore"]);
    let count = arm(&place, at, when);
    let set_up = format!("{}; cp \"$MISSION_REPOSITORY/.env\" .; {}", count.before, count.after);
    // What is JSON is YAML.
    let set_up = serde_json::Value::from(set_up);
    std::fs::write(place.root().join(".mission/config.yaml"), format!("worktree: {{ setup: [{set_up}] }}\n")).unwrap();
    place
}

/// What stands around a call that counts.
pub(crate) struct Count {
    before: String,
    after: String,
}

/// Calls that change something.
const CHANGING: &str = "worktree|update-index|update-ref|commit-tree|read-tree|reset|write-tree";

/// In the place of git a script that counts the calls that change something, and kills the executor at call `at`.
pub(crate) fn arm(place: &Place, at: u32, when: &str) -> Count {
    arm_at(place, at, when, CHANGING)
}

/// The same with the calls that the pattern `counted` names.
pub(crate) fn arm_at(place: &Place, at: u32, when: &str, counted: &str) -> Count {
    let folder = place.dir.path().canonicalize().unwrap();
    // Calls may be made at the same time.
    let count = format!("printf x >> '{0}/count'; n=$(wc -c < '{0}/count')", folder.display());
    let kill = |moment: &str| {
        if moment == when {
            // The call goes on after its executor, and takes its time: nobody may work beside it.
            let place = folder.display();
            format!(
                "if [ $n -ge {at} ] && mkdir '{place}/killed' 2> /dev/null; then until [ -s '{place}/executor' ]; do sleep 0.01; done; \
                 kill -9 $(cat '{place}/executor'); sleep 0.5; fi"
            )
        } else {
            ":".to_owned()
        }
    };
    let count = Count { before: format!("{count}; {}", kill("before")), after: kill("after") };
    let real = place.run(Command::new("sh").args(["-c", "command -v git"]));
    let text = format!(
        r#"case "$2" in {counted}) ;; *) exec '{real}' "$@" ;; esac
{}
'{real}' "$@"; code=$?
{}
exit $code"#,
        count.before, count.after
    );
    let write = "mkdir \"$1\" && printf '#!/bin/sh\\n%s\\n' \"$2\" > \"$1/git\" && chmod 755 \"$1/git\"";
    place.run(Command::new("sh").args(["-c", write, "sh"]).arg(folder.join("bin")).arg(text));
    count
}

/// How many calls there were that change something.
pub(crate) fn calls(place: &Place) -> u32 {
    std::fs::metadata(place.dir.path().join("count")).unwrap().len().try_into().unwrap()
}

/// Tries every one of `points`, four at once: most of the time each waits.
pub(crate) fn side_by_side<P: Sync>(points: &[P], try_one: impl Fn(&P) + Sync) {
    let next = AtomicUsize::new(0);
    let lane = || {
        while let Some(point) = points.get(next.fetch_add(1, Ordering::Relaxed)) {
            try_one(point);
        }
    };
    std::thread::scope(|scope| {
        for lane in [(); 4].map(|()| scope.spawn(lane)) {
            if let Err(panic) = lane.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

/// Begins a run, or goes on with it, with that git; true if it came to its end.
pub(crate) fn run(place: &Place, mut command: Command) -> (bool, String) {
    let path = format!("{}:{}", place.dir.path().join("bin").display(), std::env::var("PATH").unwrap());
    let child = command
        .env("PATH", path)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    std::fs::write(place.dir.path().join("executor"), child.id().to_string()).unwrap();
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.success(), said)
}

/// What must be the same after any kill.
fn outcome(place: &Place) -> BTreeMap<&'static str, String> {
    let branch = place.integrated();
    BTreeMap::from([
        ("tree", place.here(&["rev-parse", &format!("{branch}^{{tree}}")])),
        ("same", place.here(&["show", &format!("{branch}:same")])),
        ("items", place.items(&branch)),
        ("merges", place.here(&["rev-list", "--merges", "--count", &format!("main..{branch}")])),
        ("commits", place.here(&["rev-list", "--first-parent", "--count", &format!("main..{branch}")])),
        // What an attempt left that was lost is kept below `refs/mission/`.
        ("refs", place.here(&["for-each-ref", "--format=%(refname)", "refs/heads"]).replace(&branch, "MAIN")),
        ("locks", format!("{:?}", locks(&place.root().join(".git")))),
    ])
}

#[test]
fn a_run_that_is_killed_at_any_call_of_git_ends_the_same() {
    let whole = stage(0, "never");
    let (ok, said) = run(&whole, whole.mission(&["run", "two"]));
    assert!(ok, "{said}");
    let expected = outcome(&whole);
    let parts = ["same", "items", "merges", "commits", "refs", "locks"].map(|part| expected[part].as_str());
    assert_eq!(parts, ["one and two", "one two", "2", "3", "refs/heads/main\nrefs/heads/MAIN", "[]"]);
    whole.nothing_is_left();
    let calls = calls(&whole);
    assert!(calls >= 30, "only {calls} calls");
    let points: Vec<(u32, &str)> =
        (1..=calls).map(|call| (call, "after")).chain((1..=calls).step_by(4).map(|call| (call, "before"))).collect();
    let next = AtomicUsize::new(0);
    let lane = || {
        loop {
            let Some((call, when)) = points.get(next.fetch_add(1, Ordering::Relaxed)) else { return };
            killed(*call, when, &expected);
        }
    };
    std::thread::scope(|scope| {
        for lane in [(); 4].map(|()| scope.spawn(lane)) {
            if let Err(panic) = lane.join() {
                std::panic::resume_unwind(panic);
            }
        }
    });
}

fn killed(call: u32, when: &str, expected: &BTreeMap<&'static str, String>) {
    let place = stage(call, when);
    let before = place.theirs();
    let (ok, said) = run(&place, place.mission(&["run", "two"]));
    // Killed behind the end of the run, while worktrees are removed: the resume has nothing to do but that.
    assert!(!ok, "nobody was killed {when} call {call}: {said}");
    let (ok, said) = run(&place, place.mission(&["resume"]));
    assert!(ok, "resumed after a kill {when} call {call}: {said}");
    assert_eq!(&outcome(&place), expected, "after a kill {when} call {call}");
    assert_eq!(place.touched(&before), [] as [PathBuf; 0], "after a kill {when} call {call}");
    place.nothing_is_left();
}
