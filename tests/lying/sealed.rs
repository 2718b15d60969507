//! Lies about features that have ended: their work is what they left, whatever is written since, and wherever.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::bench::{APART, Bench, Lie, Outcome};

/// `one` waits until `two` has ended, does `deed` and its own work.
fn after_two(deed: &str) -> String {
    let told = format!(
        r#"n=0; until '{}' -C "$REPO" events | grep -q 'done  *mission:milestone:1:feature:two '; do n=$((n+1)); test $n -lt 600; sleep 0.05; done"#,
        env!("CARGO_BIN_EXE_mission")
    );
    format!("{told}; {deed}\nwork")
}

/// `two` ends while `one` is under way.
const BESIDE: Lie = Lie { features: &["one", "two"], together: 2, ..APART };

/// Writes the worktree of `two` anew, and everything in the files of the run that says how it was left.
const REWRITE: &str = r#"
W=$(echo "$REPO"/.worktrees/*-two); cd "$W"; echo evil > planted.txt
old=$(git rev-parse HEAD^{tree}); git add -A; new=$(git write-tree); git reset -q
GIT_INDEX_FILE="$REPO/../idx" sh -c 'git read-tree HEAD; echo two > "$REPO/../two.txt"; git update-index --add --cacheinfo 100644,$(git hash-object -w "$REPO/../two.txt"),two.txt; git write-tree' > "$REPO/../left"
find "$MISSION_RUN_DIR/git" -name '*.json' -exec sed -i "s/$(cat "$REPO/../left")/$new/g" {} +
for b in $(git for-each-ref --format='%(refname:short)' 'refs/heads/mission/*/1/two'); do
  printf '{"branch":"%s","tree":"%s","head":"%s"}' "$b" "$new" "$(git rev-parse HEAD)" > "$MISSION_RUN_DIR/git/seal-$(printf %s "$b" | sha256sum | cut -c1-24).json"
done
cd "$HERE"
"#;

fn is_caught(outcome: &Outcome) {
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!(outcome.code, Some(1), "{all}");
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    assert!(outcome.markdown.contains("planted.txt"), "the file is told: {all}");
}

#[test]
fn the_seal_of_a_feature_that_has_ended_is_rewritten_with_its_work() {
    let bench = Bench::new(&BESIDE);
    bench.write("ctl/lie/one", &after_two(REWRITE));
    is_caught(&bench.outcome(&mut bench.start(&BESIDE, &[])));
}

/// `one` does `deed` in its first attempt; then the executor is killed, and another takes over.
fn killed_after(deed: &str) -> Outcome {
    let bench = Bench::new(&BESIDE);
    let wait = r#": > "$REPO/../ready"; mkfifo "$REPO/../wait"; read -r x < "$REPO/../wait""#;
    bench.write("ctl/lie/one", &after_two(&format!("if [ \"$MISSION_ATTEMPT\" = 1 ]; then {deed}\n{wait}; fi")));
    let mut child =
        bench.start(&BESIDE, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mission runs");
    let began = Instant::now();
    while !bench.path("").join("ready").exists() {
        assert!(began.elapsed().as_secs() < 120, "the first attempt never got so far");
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().expect("it is under way");
    child.wait().expect("it is gone");
    bench.outcome(&mut bench.command(&["resume"]))
}

/// What was left is in the record: an executor that takes over holds the work against it.
#[test]
fn nor_does_it_help_to_kill_the_executor() {
    is_caught(&killed_after(REWRITE));
}

#[test]
fn who_is_honest_is_not_accused_when_the_executor_was_killed() {
    let outcome = killed_after(":");
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}
