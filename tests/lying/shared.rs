//! Several work in the same tree at once, where nobody can be kept apart: whoever did nothing cannot live by the work of another.

use serde_json::json;

use crate::bench::{Bench, LIE, Lie, Outcome};

/// `one` lies, `two` works beside it, in the user's own tree.
const SHARED: Lie = Lie { features: &["one", "two"], together: 2, check: "test -e two.txt", isolation: "never", ..LIE };

/// Waits until `$1` is there, at most half a minute.
const WAIT: &str = r#"wait_for() { n=0; until [ -e "$1" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; }"#;

fn ran(lie: &Lie, one: &str, two: &str) -> Outcome {
    let bench = Bench::new(lie);
    bench.write("ctl/lie/one", &format!("{WAIT}; : > \"$REPO/../one.there\"; wait_for \"$REPO/../two.there\"; {one}"));
    bench.write("ctl/lie/two", &format!("{WAIT}; : > \"$REPO/../two.there\"; wait_for \"$REPO/../one.there\"; {two}"));
    bench.outcome(&mut bench.start(lie, &[]))
}

/// The milestone did not succeed; somebody failed, and is told with the file and with both.
fn nobody_is_believed(outcome: &Outcome) {
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, &outcome.report["status"] == "succeeded"), (Some(1), false), "{all}");
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    let told = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}"))).concat();
    for part in ["is known to be its work", "two.txt (also named by mission:milestone:1:feature:"] {
        assert!(told.contains(part) && outcome.markdown.replace('\\', "").contains(part), "`{part}`: {all}");
    }
    for id in ["one", "two"] {
        assert!(told.contains(&format!("also named by mission:milestone:1:feature:{id}")), "{id}: {told}\n{all}");
    }
}

/// What the liar says of the work of the other.
const OF_TWO: &str = r#"ok '["two.txt"]'"#;

#[test]
fn the_file_of_the_other_is_named_when_the_other_has_made_it() {
    nobody_is_believed(&ran(&SHARED, &format!("wait_for two.txt; {OF_TWO}"), "work; sleep 1"));
}

#[test]
fn the_file_of_the_other_is_named_when_the_other_has_ended() {
    let pid = r#"wait_for two.txt; p=$(cat "$REPO/../two.pid"); while kill -0 "$p" 2>/dev/null; do sleep 0.05; done; sleep 1"#;
    nobody_is_believed(&ran(&SHARED, &format!("{pid}; {OF_TWO}"), r#"echo $$ > "$REPO/../two.pid"; work"#));
}

#[test]
fn the_folder_of_the_other_is_named() {
    let lie = Lie { check: "test -e src/two.txt", ..SHARED };
    let two = r#"mkdir src; echo 2 > src/two.txt; ok '["src/two.txt"]'"#;
    nobody_is_believed(&ran(&lie, r#"wait_for src/two.txt; ok '["src"]'"#, two));
}

/// Where claims tell them apart, only the liar has failed.
#[test]
fn who_claims_other_files_is_refused_alone() {
    let lie = Lie { features: &["one:one.txt", "two:two.txt"], ..SHARED };
    let outcome = ran(&lie, &format!("wait_for two.txt; {OF_TWO}"), "work; sleep 1");
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    let [one, two] = ["one", "two"].map(|id| outcome.told_of(&format!("mission:milestone:1:feature:{id}")));
    assert!(one.contains("two.txt") && two.is_empty(), "{all}");
}

/// A file that all write is no reason to doubt those who have something of their own; nor is one that changed when the other had ended.
#[test]
fn honest_agents_that_write_one_file_together_pass() {
    let both = r#"echo "$last" >> log.txt; echo "$last" > "$last.txt"; ok "[\"log.txt\",\"$last.txt\"]""#;
    let outcome = ran(&SHARED, both, both);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
    assert_eq!(outcome.kinds(), [""; 0], "{all}");
}

/// Two that write nothing but the same file, and whose events tell so.
#[test]
fn agents_that_tell_of_writing_the_same_file_pass() {
    let both =
        r#"echo "$last" >> README.md; printf '{"t":"wrote","path":"%s/README.md"}\n' "$PWD"; ok '["README.md"]'"#;
    let lie = Lie { check: "grep -q two README.md", events: true, ..SHARED };
    let outcome = ran(&lie, both, both);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
    assert_eq!(outcome.kinds(), [""; 0], "{all}");
    let liar = ran(
        &lie,
        r#"n=0; until grep -q two README.md; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; ok '["README.md"]'"#,
        both,
    );
    assert_ne!(liar.milestone(), Some("done"), "{}", liar.said);
}

/// A tool that failed wrote nothing: who did nothing else has nothing of its own.
#[test]
fn a_tool_that_failed_is_told_of_as_writing() {
    let lie = Lie { check: "grep -q two README.md", events: true, ..SHARED };
    let two = r#"echo two >> README.md; printf '{"t":"wrote","path":"%s/README.md"}\n' "$PWD"; ok '["README.md"]'"#;
    for (exit, caught) in [(1, true), (0, false)] {
        let one = format!(
            r#"n=0; until grep -q two README.md; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; printf '{{"t":"write","id":"1","path":"%s/README.md"}}\n{{"t":"end","id":"1","exit":{exit}}}\n' "$PWD"; ok '["README.md"]'"#
        );
        let outcome = ran(&lie, &one, two);
        assert_eq!(outcome.milestone() != Some("done"), caught, "{exit}: {}\n{}", outcome.said, outcome.markdown);
        assert_eq!(outcome.kinds().contains(&"contested"), caught, "{exit}: {}", outcome.markdown);
    }
}

/// What nobody can see is said: who could have written into whose files.
#[test]
fn who_shared_a_tree_at_the_same_time_is_told() {
    let evil = r#"work; wait_for two.txt; echo evil > two.txt; : > "$REPO/../evil""#;
    let outcome = ran(&SHARED, evil, r#"work; wait_for "$REPO/../evil""#);
    assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    for (id, other) in [("one", "two"), ("two", "one")] {
        let (node, other) =
            (format!("mission:milestone:1:feature:{id}"), format!("mission:milestone:1:feature:{other}"));
        let all = outcome.report["handoffs"].as_array().expect("a list");
        let checked = &all.iter().find(|h| h["node"] == json!(node)).expect("it was held against the facts")["checked"];
        assert_eq!((&checked["exposed"], &checked["shared"]), (&json!(true), &json!([other])), "{checked}");
        assert!(outcome.markdown.contains(&format!("- `{node}` with {other}")), "{}", outcome.markdown);
    }
    assert!(outcome.markdown.contains("These shared a working tree at the same time"), "{}", outcome.markdown);
    let lie = Lie { script: "work", features: &["one", "two"], ..LIE };
    let bench = Bench::new(&lie);
    let alone = bench.outcome(&mut bench.start(&lie, &[]));
    assert!(!alone.markdown.contains("shared a working tree"), "{}", alone.markdown);
}

/// Whoever ends last has changed what another had made, and says nothing of it.
#[test]
fn the_file_of_the_other_is_written_to_when_the_other_has_ended() {
    let ended = format!(
        r#"n=0; until '{}' -C "$REPO" events | grep -q 'done  *mission:milestone:1:feature:two '; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#,
        env!("CARGO_BIN_EXE_mission")
    );
    for (deed, told) in [("echo evil > two.txt", "M two.txt"), ("rm -f two.txt", "D two.txt")] {
        for features in [&["one", "two"][..], &["one:one.txt", "two:two.txt"]] {
            let lie = Lie { features, check: "true", ..SHARED };
            let outcome = ran(&lie, &format!("work; {ended}; {deed}"), "work");
            let all = format!("{}\n{}", outcome.said, outcome.markdown);
            assert_ne!(outcome.milestone(), Some("done"), "{all}");
            let of_one = outcome.told_of("mission:milestone:1:feature:one");
            assert!(of_one.contains(&format!("{told} (named by mission:milestone:1:feature:two")), "{of_one}: {all}");
        }
    }
}

/// Waits until the engine has settled feature `$1`.
fn settled() -> String {
    format!(
        r#"settled() {{ n=0; until '{}' -C "$REPO" events | grep -qE "(done|failed)  *mission:milestone:1:feature:$1 "; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; }}"#,
        env!("CARGO_BIN_EXE_mission")
    )
}

/// What three features do that begin together.
fn three(one: &str, two: &str, three: &str) -> Outcome {
    let lie = Lie { features: &["one", "two", "three"], together: 3, ..SHARED };
    let bench = Bench::new(&lie);
    let all = r#": > "$REPO/../$last.there"; for f in one two three; do wait_for "$REPO/../$f.there"; done"#;
    for (who, deed) in [("one", one), ("two", two), ("three", three)] {
        bench.write(&format!("ctl/lie/{who}"), &format!("{WAIT}; {}; {all}; {deed}", settled()));
    }
    bench.outcome(&mut bench.start(&lie, &[]))
}

/// A neighbour that returned nothing hides nobody: what it cannot have done itself is held against those who have ended.
#[test]
fn the_file_of_the_other_is_written_to_beside_one_that_failed() {
    for failing in ["answer null", "answer '{}'"] {
        let outcome = three("work; settled two; echo evil > two.txt", "settled three; work", failing);
        let all = format!("{}\n{}", outcome.said, outcome.markdown);
        assert_ne!(outcome.milestone(), Some("done"), "{failing}: {all}");
        let told = outcome.told_of("mission:milestone:1:feature:one");
        assert!(
            told.contains("M two.txt (named by mission:milestone:1:feature:two, which had ended)"),
            "{told}: {all}"
        );
    }
}

/// Who was under way and returned nothing may have done it: it is told, and nobody else is accused.
#[test]
fn the_file_of_the_other_is_written_to_by_one_that_fails() {
    let evil = "settled two; echo evil > two.txt; answer '{}'";
    for (one, two, three_) in [
        (evil, "work", "settled one; work"),
        (evil, "work", "work; settled two"),
        ("work", "work", "settled one; settled two; echo evil > two.txt; answer null"),
        ("settled two; rm -f two.txt; answer '{}'", "work", "settled one; work"),
    ] {
        let outcome = three(one, two, three_);
        let all = format!("{}\n{}", outcome.said, outcome.markdown);
        assert_eq!((outcome.code, &outcome.report["status"] == "succeeded"), (Some(1), false), "{all}");
        let told = outcome.markdown.replace('\\', "");
        for part in ["unproven: files changed after the work had ended that names them", " two.txt (named by"] {
            assert!(told.contains(part), "`{part}`: {all}");
        }
        assert!(!told.contains("CONTRADICTION"), "{all}");
    }
}

/// By one who is not the last to end, before that one began, and after its author had.
#[test]
fn the_file_of_the_other_is_written_to_before_the_last_begins() {
    let lie = Lie { features: &["one", "two", "three", "four"], ..SHARED };
    let bench = Bench::new(&lie);
    for (who, deed) in [
        ("one", r#"work; settled two; echo evil > two.txt; : > "$REPO/../evil"; wait_for "$REPO/../four""#),
        ("two", "wait_for one.txt; work"),
        ("three", r#"wait_for "$REPO/../evil"; work"#),
        ("four", r#": > "$REPO/../four"; settled one; work"#),
    ] {
        bench.write(&format!("ctl/lie/{who}"), &format!("{WAIT}; {}; {deed}", settled()));
    }
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    assert!(outcome.markdown.replace('\\', "").contains("M two.txt (named by"), "{all}");
}

/// Who was told of it and then says nothing has taken nothing back.
#[test]
fn who_wrote_to_the_file_of_the_other_and_then_says_nothing_stays_accused() {
    let one = r#"if [ "$MISSION_ATTEMPT" = 1 ]; then work; settled two; echo evil > two.txt; else answer null; fi"#;
    let one = one.replace("settled two", "settled two; settled three");
    let outcome = three(&one, "work", "work");
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_ne!(outcome.milestone(), Some("done"), "{all}");
    let told = outcome.markdown.replace('\\', "");
    assert!(told.contains("CONTRADICTION: files changed after the work had ended that names them"), "{all}");
}

/// What a feature left behind that then returned nothing acceptable is committed by nobody.
#[test]
fn what_a_refused_feature_leaves_in_a_shared_tree_is_told() {
    for answer in ["answer '{}'", "answer null", "exit 3", ":"] {
        for together in [1, 2] {
            let lie = Lie { together, check: "test -e two.txt", ..SHARED };
            let bench = Bench::new(&lie);
            bench.hurry();
            bench.write("ctl/lie/one", &format!("echo one > one.txt; echo evil > evil.sh; rm -f docs/a.md; {answer}"));
            let outcome = bench.outcome(&mut bench.start(&lie, &[]));
            let all = format!("{}\n{}", outcome.said, outcome.markdown);
            assert_ne!(outcome.milestone(), Some("done"), "{answer}: {all}");
            for file in ["one.txt", "evil.sh", "docs/a.md"] {
                assert!(outcome.markdown.contains(file), "{answer}: {file}: {all}");
            }
        }
    }
}

/// A repair may take it over, or away.
#[test]
fn what_a_refused_feature_leaves_may_be_taken_over() {
    for (deed, adopted) in [(":", r#""one.txt""#), ("rm one.txt", "")] {
        let lie = Lie { check: "test -e two.txt", ..SHARED };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", "echo one > one.txt; answer '{}'");
        let answer = format!(
            r#"{{"featureId":"follow-up","status":"success","summary":"s","filesChanged":[$(all)],"adopted":[{adopted}]}}"#
        );
        let answer = answer.replace('"', "\\\"");
        bench.write("ctl/lie/follow-up", &format!("{deed}; answer \"{answer}\""));
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!(outcome.milestone(), Some("partial"), "{}\n{}", outcome.said, outcome.markdown);
        assert_eq!(outcome.report["status"], json!("partial"), "{}", outcome.markdown);
    }
}

/// Many that come and go, more than work at once: some had ended before others began, though their times overlap.
#[test]
fn many_honest_agents_in_turns_pass() {
    let features = &["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p"];
    for isolation in ["auto", "never"] {
        let lie = Lie { features, together: 8, check: "test -e a.txt && test -e p.txt", isolation, ..LIE };
        let bench = Bench::new(&lie);
        let outcome = bench.outcome(&mut bench.start(&lie, &["-i", "maxFeaturesPerMilestone=20"]));
        assert_eq!(outcome.kinds(), [""; 0], "{}\n{}", outcome.said, outcome.markdown);
        assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{}", outcome.said);
    }
}
