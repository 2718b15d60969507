//! Agents that would steer the run they work for, or take it away. And agents that call `mission` as anybody may.

use crate::bench::{APART, Bench, LIE, Lie, Outcome, check};

/// `script` with the program for `@MISSION@`.
fn outcome(lie: &Lie) -> Outcome {
    let bench = Bench::new(lie);
    bench.write(&format!("ctl/lie/{}", lie.who), &lie.script.replace("@MISSION@", env!("CARGO_BIN_EXE_mission")));
    bench.outcome(&mut bench.start(lie, &[]))
}

/// What is told of somebody who calls a command on its own run: it is refused, with exit code 2.
fn caught(call: &'static str, evidence: &'static str) {
    for base in [LIE, APART, Lie { isolation: "never", ..APART }] {
        let script = format!("work; cd \"$REPO\"; code=0; {call} || code=$?; test $code = 2");
        let script: &'static str = Box::leak(script.into_boxed_str());
        let lie = Lie { script, evidence: &["it tried to steer the run that it works for, and was refused"], ..base };
        let outcome = outcome(&lie);
        check(&lie, &outcome);
        assert!(outcome.told_of("mission:milestone:1:feature:one").contains(evidence), "{}", outcome.said);
        assert_eq!(outcome.kinds(), ["steered"], "{}", outcome.markdown);
    }
}

/// What is told of each command.
macro_rules! calls {
    ($($name:ident: $call:literal, $evidence:literal;)*) => { $(#[test] fn $name() { caught($call, $evidence); })* };
}

calls! {
    it_is_cancelled: "'@MISSION@' cancel $MISSION_RUN_ID --now", "mission cancel";
    it_is_cancelled_by_a_child: "sh -c \"'@MISSION@' cancel $MISSION_RUN_ID & wait \\$!\"", "mission cancel";
    it_is_cancelled_without_the_mark: "env -i HOME=\"$HOME\" PATH=\"$PATH\" '@MISSION@' cancel $MISSION_RUN_ID", "mission cancel";
    it_is_cancelled_in_the_name_of_another: "MISSION_NODE_ID=mission:milestone:1:validate:judge '@MISSION@' cancel $MISSION_RUN_ID", "mission cancel";
    it_is_approved: "'@MISSION@' approve $MISSION_RUN_ID", "mission approve";
    it_is_denied: "'@MISSION@' deny $MISSION_RUN_ID", "mission deny";
    it_is_resumed: "'@MISSION@' resume $MISSION_RUN_ID", "mission resume";
    a_node_is_repeated: "'@MISSION@' retry $MISSION_RUN_ID --node detect", "mission retry";
    what_runs_left_is_removed: "'@MISSION@' gc", "mission gc";
}

/// Whoever leaves its parents behind, too, is refused; then nobody knows who of those under way it was.
#[test]
fn it_is_cancelled_by_an_orphan_without_the_mark() {
    // It waits until whoever started it is gone, at most a few seconds: it may have been gone from the beginning.
    let script = r#"work; cd "$REPO"; run=$MISSION_RUN_ID
alone='n=0; while [ $n -lt 100 ]; do read -r a b c p d < /proc/$$/stat || break; [ $p = $PPID ] || break; n=$((n+1)); sleep 0.05; done'
setsid env -i ALONE="$alone" sh -c "sh -c 'eval \"\$ALONE\"; \"@MISSION@\" cancel $run; echo \$? > ../code' &" > /dev/null 2>&1 < /dev/null
n=0; until [ -s ../code ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done"#;
    let lie = Lie { script, evidence: &["/steered"], isolation: "never", ..APART };
    let outcome = outcome(&lie);
    check(&lie, &outcome);
    assert_ne!(outcome.report["status"], serde_json::json!("cancelled"), "{}", outcome.said);
}

/// They read of the run that they work for, and begin one elsewhere.
#[test]
fn who_reads_and_who_works_elsewhere_passes() {
    let script = r#"work; for what in status events ps why; do (cd "$REPO"; '@MISSION@' $what > /dev/null); done
(cd "$REPO"; '@MISSION@' compile mission > /dev/null; '@MISSION@' gc --dry-run > /dev/null)
mkdir "$REPO/../other"; cd "$REPO/../other"; git init -q .; commit --allow-empty -m start
printf 'mission: 1\nname: other\nnodes:\n  a: { run: "true" }\n' > other.yaml
'@MISSION@' check other.yaml > /dev/null; '@MISSION@' run other.yaml > /dev/null; '@MISSION@' gc > /dev/null"#;
    for base in [LIE, APART, Lie { isolation: "never", ..APART }] {
        let outcome = outcome(&Lie { script, ..base });
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    }
}
