//! What a lost attempt did is held against the next one: the beginning is on disk before anything begins. And who was under way when
//! an executor or its record was taken away is named.

use std::process::Stdio;

use crate::bench::{APART, Bench, LIE, Lie};

/// The first attempt moves a ref, tells of it, and waits until it is ended; the second is honest.
const SCRIPT: &str = r#"
if [ "$MISSION_ATTEMPT" = 1 ]; then git tag planted; mkfifo "$REPO/../wait"; : > "$REPO/../ready"; read -r x < "$REPO/../wait"; fi
work
"#;

#[test]
fn a_killed_executor_does_not_forget_how_it_was_before() {
    let lie = Lie { script: SCRIPT, ..LIE };
    let bench = Bench::new(&lie);
    let mut child = bench.start(&lie, &[]).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("mission runs");
    let began = std::time::Instant::now();
    while !bench.path("").join("ready").exists() {
        assert!(began.elapsed().as_secs() < 240, "the first attempt never got so far");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("it is under way");
    child.wait().expect("it is gone");
    let outcome = bench.outcome(&mut bench.command(&["resume"]));
    assert_eq!(outcome.code, Some(1), "{}", outcome.said);
    let note = "`mission:milestone:1:feature:one` (attempt 1) was under way when its executor ended without a word";
    assert!(outcome.report["notes"].to_string().contains(note), "{}", outcome.markdown);
    let told = outcome.told_of("mission:milestone:1:feature:one");
    assert!(told.contains("refs/tags/planted from nothing"), "{told}\n{}", outcome.said);
    // A person has seen it, and goes on: the node begins anew, with what is there now.
    assert_eq!(bench.outcome(&mut bench.command(&["resume"])).code, Some(0));
}

/// Where the record is gone nothing can be reported but by the executor itself.
#[test]
fn who_was_under_way_when_the_record_was_taken_away_is_named() {
    for deed in ["rm -f $MISSION_RUN_DIR/run.db*", "mv $MISSION_RUN_DIR/run.db $MISSION_RUN_DIR/../x"] {
        let lie = Lie { isolation: "never", ..APART };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/one", &format!("work; {deed}"));
        let output = bench.start(&lie, &[]).output().expect("mission runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(5), "{said}");
        assert!(said.contains("under way then: mission:milestone:1:feature:one"), "{deed}: {said}");
    }
}

/// Whoever is kept apart can do nothing to the record, and reads it as before.
#[test]
fn the_record_is_only_to_be_read() {
    let db = "$MISSION_RUN_DIR/run.db";
    for lie in [LIE, APART, Lie { features: &["one", "two"], together: 2, ..LIE }] {
        let bench = Bench::new(&lie);
        let deeds =
            ["rm -f DB*", "mv DB DB.x", "for f in DB DB-wal DB-shm; do test -s $f; : > $f; done", "echo x >> DB-wal"];
        let deeds = deeds.map(|deed| format!("if ({}) 2> /dev/null; then exit 9; fi", deed.replace("DB", db)));
        let reads = format!(
            "'{}' -C \"$REPO\" events | grep -q 'started  *mission:milestone:1:feature:one'",
            env!("CARGO_BIN_EXE_mission")
        );
        bench.write(
            "ctl/lie/one",
            &format!(
                "{}; for f in DB DB-wal DB-shm; do (: > $f) 2> /dev/null || true; done; {reads}; work",
                deeds.join("; ")
            )
            .replace("DB", db),
        );
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.said);
    }
}

/// An attempt that kills its executor is under way when it ends, and says so.
#[test]
fn who_kills_its_executor_is_named() {
    let script = "if [ \"$MISSION_ATTEMPT\" = 1 ]; then kill -9 $PPID; sleep 60; fi; work";
    let lie = Lie { script, ..APART };
    let bench = Bench::new(&lie);
    let output = bench.start(&lie, &[]).output().expect("mission runs");
    assert_eq!(output.status.code(), None, "it was killed");
    let outcome = bench.outcome(&mut bench.command(&["resume"]));
    let note = "`mission:milestone:1:feature:one` (attempt 1) was under way when its executor ended without a word";
    assert!(outcome.report["notes"].to_string().contains(note), "{}", outcome.said);
    assert!(outcome.markdown.contains("ended without a word"), "{}", outcome.markdown);
    assert_eq!(outcome.code, Some(0), "told, and not accused: {}", outcome.said);
}
