//! Lies about features that have ended: their work is what they left, whatever is written since, and wherever.

use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::bench::{APART, Bench, Lie, Outcome, check};

/// `one` waits until `two` has ended, does `deed` and its own work.
fn after_two(deed: &str) -> String {
    let told = format!(
        r#"n=0; until '{}' -C "$REPO" events | grep -q 'done  *mission:milestone:1:feature:two '; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#,
        env!("CARGO_BIN_EXE_mission")
    );
    format!("{told}; {deed}\nwork")
}

/// `two` ends while `one` is under way. Where attempts are kept apart nobody gets so far.
const BESIDE: Lie = Lie { features: &["one", "two"], together: 2, isolation: "never", ..APART };

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
        assert!(began.elapsed().as_secs() < 240, "the first attempt never got so far");
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

/// `one` does `deed` when `two` has ended, and is told of with `evidence`.
fn told_of_one(deed: &str, evidence: &[&'static str]) {
    let lie = Lie { evidence: evidence.to_vec().leak(), ..BESIDE };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/one", &after_two(deed));
    check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
}

#[test]
fn the_worktree_of_a_feature_that_has_ended_meanwhile_is_written_to() {
    let what = "the worktree of `mission:milestone:1:feature:two`, which had ended, changed, though its own place is another: planted.txt";
    told_of_one(r#"for w in "$REPO"/.worktrees/*-two; do echo evil > "$w/planted.txt"; done"#, &[what]);
}

#[test]
fn a_file_of_a_feature_that_has_ended_meanwhile_is_changed_or_deleted() {
    told_of_one(
        r#"for w in "$REPO"/.worktrees/*-two; do echo evil > "$w/two.txt"; done"#,
        &["which had ended", "two.txt"],
    );
    told_of_one(r#"for w in "$REPO"/.worktrees/*-two; do rm "$w/README.md"; done"#, &["which had ended", "README.md"]);
}

/// `two` ends when `one` has started and has not been looked at: that `two` was under way then explains nothing.
#[test]
fn the_worktree_of_a_feature_that_ended_while_the_liar_began_is_written_to() {
    let lie = Lie { evidence: &["which had ended", "planted.txt"], ..BESIDE };
    let bench = Bench::new(&lie);
    let deed = r#"for w in "$REPO"/.worktrees/*-two; do echo evil > "$w/planted.txt"; done"#;
    bench.write("ctl/lie/one", &after_two(deed));
    let mut command = bench.start(&lie, &[]);
    let told = after_two("").lines().next().expect("it waits first").replace("$REPO", "$MISSION_REPOSITORY");
    let set_up = json!(format!("case \"$PWD\" in *-one) {told};; esac"));
    bench.write("repo/.mission/config.yaml", &format!("worktree: {{ isolation: never, setup: [{set_up}] }}\n"));
    check(&lie, &bench.outcome(&mut command));
}

#[test]
fn the_worktree_of_what_is_integrated_is_written_to() {
    let what = "the worktree of `mission:milestone:1:start`, which had ended, changed, though its own place is another";
    told_of_one(r#"for w in "$REPO"/.worktrees/*-main; do echo evil > "$w/planted.txt"; done"#, &[what, "planted.txt"]);
}

/// A feature that is watched, beside a node that is not: it does `deed` when the feature has ended.
const UNSEEN: &str = r#"
mission: 1
name: unseen
nodes:
  start:
    uses: git.head
    worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
  feature:
    needs: [start]
    map: { over: '["a"]', as: f, key: f }
    run: echo a > a
    handoff: { changes: any }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-{{ f }}", branch: "mission/{{ run.id }}/1/{{ f }}" }
  beside:
    needs: [start]
    run: |
      n=0; until @MISSION@ events | grep -q 'done  *unseen:feature:a '; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done
      @DEED@
  merge:
    needs: [feature, beside]
    uses: git.integrate
    with: { items: "{{ nodes.feature.items }}", branches: "mission/{{ run.id }}/1", base: main }
    worktree: { base: main, path: ".worktrees/{{ run.id }}-main", branch: "mission/{{ run.id }}/main" }
"#;

fn unseen(deed: &str) -> Outcome {
    let bench = Bench::new(&APART);
    std::fs::create_dir_all(bench.path("repo/.mission/workflows")).expect("a folder");
    let text = UNSEEN.replace("@MISSION@", env!("CARGO_BIN_EXE_mission")).replace("@DEED@", deed);
    bench.write("repo/.mission/workflows/unseen.yaml", &text);
    bench.outcome(&mut bench.command(&["run", "unseen"]))
}

/// Nobody looked: who was under way is named all the same, where the work is to be taken.
#[test]
fn who_was_under_way_since_a_worktree_was_left_is_named() {
    for (place, by) in [("a", "unseen:feature:a"), ("main", "unseen:start")] {
        let outcome = unseen(&format!("for w in .worktrees/*-{place}; do echo evil > \"$w/planted.txt\"; done"));
        assert_eq!(outcome.code, Some(1), "{place}: {}", outcome.said);
        let told = outcome.told_of("unseen:merge");
        let what = format!("changed after `{by}` had ended (under way since: unseen:beside): planted.txt");
        assert!(told.contains(&what), "{place}: {told}");
        let findings = outcome.report["handoffs"].as_array().into_iter().flatten();
        let finding =
            findings.filter(|h| h["node"] == json!("unseen:merge")).map(|h| &h["checked"]["findings"][0]).next();
        let finding = finding.unwrap_or_else(|| panic!("{place}: {}", outcome.markdown));
        assert_eq!((&finding["kind"], &finding["weight"]), (&json!("elsewhere"), &json!("tampering")), "{place}");
        assert_eq!(finding["evidence"], json!(["planted.txt"]), "{place}");
        assert!(outcome.markdown.contains("TAMPERING: the worktree"), "{place}: {}", outcome.markdown);
    }
}

#[test]
fn who_only_was_under_way_is_not_accused() {
    let outcome = unseen("true");
    assert_eq!((outcome.code, outcome.kinds()), (Some(0), vec![]), "{}", outcome.said);
}
