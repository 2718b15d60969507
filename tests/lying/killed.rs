//! What a lost attempt did is held against the next one: the beginning is on disk before anything begins.

use std::process::Stdio;

use crate::bench::{Bench, LIE, Lie};

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
        assert!(began.elapsed().as_secs() < 60, "the first attempt never got so far");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    child.kill().expect("it is under way");
    child.wait().expect("it is gone");
    let outcome = bench.outcome(&mut bench.command(&["resume"]));
    assert_eq!(outcome.code, Some(1), "{}", outcome.said);
    let told = outcome.told_of("mission:milestone:1:feature:one");
    assert!(told.contains("refs/tags/planted from nothing"), "{told}\n{}", outcome.said);
    // A person has seen it, and goes on: the node begins anew, with what is there now.
    assert_eq!(bench.outcome(&mut bench.command(&["resume"])).code, Some(0));
}
