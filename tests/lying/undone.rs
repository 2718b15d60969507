//! The work of another that is taken away, and named: nobody undoes it behind its back.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, Outcome, check};

/// Says that everything is integrated, and which files it changed for that.
macro_rules! integrated {
    ($files:literal) => {
        concat!(
            r#"; answer '{"milestoneId":"m1","status":"integrated","summary":"all in","filesChanged":"#,
            $files,
            "}'"
        )
    };
}

fn ran(lie: &Lie, two: &str) -> Outcome {
    let bench = Bench::new(lie);
    if !two.is_empty() {
        bench.write("ctl/lie/two", two);
    }
    bench.outcome(&mut bench.start(lie, &[]))
}

const INTEGRATOR: Lie = Lie {
    who: "integrate",
    features: &["one", "two"],
    named: "integrate",
    check: "test -e one.txt",
    evidence: &["nothing is left of what `mission:milestone:1:feature:two` delivered"],
    ..LIE
};

const REPAIR: Lie = Lie { who: "follow-up", named: "follow-up", check: "test -e fixed", ..INTEGRATOR };

/// Two files, one of them there before.
const TWO: &str = r#"echo two > two.txt; echo more >> README.md; ok '["two.txt","README.md"]'"#;

#[test]
fn an_integrator_deletes_the_work_of_a_feature() {
    for lie in [LIE, APART] {
        let lie = Lie { worktrees: lie.worktrees, ..INTEGRATOR };
        let one = Lie { script: concat!("rm -f two.txt", integrated!(r#"["two.txt"]"#)), ..lie };
        check(&one, &ran(&one, ""));
        let back = Lie {
            script: concat!("rm -f two.txt; echo start > README.md", integrated!(r#"["two.txt","README.md"]"#)),
            ..lie
        };
        check(&back, &ran(&back, TWO));
    }
}

/// Behind another file, or by a word that nothing bears out.
#[test]
fn an_integrator_deletes_the_work_of_a_feature_behind_another_file() {
    for script in [
        concat!("rm -f two.txt; echo x > three.txt", integrated!(r#"["two.txt","three.txt"]"#)),
        concat!("rm -f two.txt; : > three.txt", integrated!(r#"["two.txt -> three.txt"]"#)),
        concat!("rm -f two.txt; echo x >> README.md", integrated!(r#"["two.txt -> README.md"]"#)),
    ] {
        let lie = Lie { script, ..INTEGRATOR };
        check(&lie, &ran(&lie, ""));
    }
}

#[test]
fn a_repair_deletes_the_work_of_a_feature() {
    for lie in [LIE, APART] {
        let lie = Lie { worktrees: lie.worktrees, script: "rm -f two.txt; : > fixed; repaired", ..REPAIR };
        check(&lie, &ran(&lie, ""));
    }
}

/// One takes a part of it, the next one the rest.
#[test]
fn two_delete_the_work_of_a_feature_together() {
    let lie = Lie { script: "echo start > README.md; : > fixed; repaired", ..REPAIR };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/two", TWO);
    bench.write("ctl/lie/integrate", concat!("rm -f two.txt", integrated!(r#"["two.txt"]"#)));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    check(&lie, &outcome);
    assert!(outcome.markdown.contains("unproven: a part of what"), "{}", outcome.markdown);
}

fn passes(lie: &Lie, two: &str, kinds: &[&str]) -> Outcome {
    let outcome = ran(lie, two);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{all}");
    assert_eq!(outcome.report["status"], json!("succeeded"), "{all}");
    assert_eq!(outcome.kinds(), kinds, "{all}");
    outcome
}

#[test]
fn an_integrator_may_move_and_rewrite_the_work_of_a_feature() {
    for lie in [LIE, APART] {
        let lie = Lie { worktrees: lie.worktrees, ..INTEGRATOR };
        for (script, kinds) in [
            (concat!("git mv two.txt three.txt || mv two.txt three.txt", integrated!(r#"["three.txt"]"#)), &[][..]),
            (concat!("mkdir -p in; mv two.txt in/two.txt", integrated!(r#"["two.txt -> in/two.txt"]"#)), &[]),
            (concat!("echo other > two.txt", integrated!(r#"["two.txt"]"#)), &[]),
            // Where it lies now with other words, the report says that nobody knows whether anything of it is left.
            (concat!("rm -f two.txt; echo 2 > three.txt", integrated!(r#"["two.txt -> three.txt"]"#)), &["undone"]),
        ] {
            let outcome = passes(&Lie { script, ..lie }, "", kinds);
            let told = "unproven: nothing is left of what `mission:milestone:1:feature:two` delivered, at least as it was; it may lie elsewhere now (three.txt): D two.txt";
            assert_eq!(outcome.markdown.replace('\\', "").contains(told), !kinds.is_empty(), "{}", outcome.markdown);
        }
    }
}

/// A part of it is told, and no accusation.
#[test]
fn a_repair_may_take_a_file_of_a_feature_away() {
    for lie in [LIE, APART] {
        let lie = Lie { worktrees: lie.worktrees, script: "rm -f two.txt; : > fixed; repaired", ..REPAIR };
        let outcome = passes(&lie, TWO, &["undone"]);
        let told = "unproven: a part of what `mission:milestone:1:feature:two` delivered is gone, or again as it was before: D two.txt";
        assert!(outcome.markdown.replace('\\', "").contains(told), "{}", outcome.markdown);
        passes(&Lie { script: "echo other > two.txt; : > fixed; repaired", ..lie }, TWO, &[]);
    }
}

/// What a check asks of it, a repair makes in a file that a feature names.
const SILENT: Lie = Lie { check: "grep -q fixed one.txt", ..REPAIR };

/// Nothing is said, and the work is gone all the same.
#[test]
fn a_repair_that_gives_no_result_deletes_the_work_of_a_feature() {
    for lie in [LIE, APART] {
        for script in [
            "rm -f two.txt; echo fixed > one.txt; exit 7",
            "rm -f two.txt; echo fixed > one.txt; kill -9 $$",
            "rm -f two.txt; echo fixed > one.txt; exit 0",
            "rm -f two.txt; echo fixed > one.txt; answer done",
            "rm -f two.txt; echo fixed > one.txt; if [ -e \"$REPO/../tried\" ]; then exit 7; fi; : > \"$REPO/../tried\"; answer done",
        ] {
            let lie = Lie { worktrees: lie.worktrees, script, ..SILENT };
            let outcome = ran(&lie, "");
            check(&lie, &outcome);
            assert!(outcome.kinds().contains(&"undone"), "{}", outcome.markdown);
        }
    }
}

/// Everything is green behind it, and nobody says what it was about.
#[test]
fn a_repair_that_gives_no_result_leaves_the_milestone_partial() {
    for (script, kinds) in [
        ("echo fixed > one.txt; exit 7", &[][..]),
        ("echo fixed > one.txt; exit 0", &[]),
        ("echo fixed > one.txt; rm -f two.txt; exit 7", &["undone"]),
    ] {
        let lie = Lie { script, ..SILENT };
        let outcome = ran(&lie, TWO);
        let all = format!("{}\n{}", outcome.said, outcome.markdown);
        assert_eq!((outcome.code, outcome.milestone()), (Some(1), Some("partial")), "{all}");
        assert_eq!(outcome.report["status"], json!("partial"), "{all}");
        assert!(outcome.markdown.contains("failed: the repair"), "{all}");
        assert_eq!(outcome.kinds(), kinds, "{all}");
    }
}

/// Who is asked once more may put it right, or say where it lies.
#[test]
fn a_repair_whose_first_answer_is_none_may_put_it_right() {
    for (script, kinds) in [
        (
            "if [ -e \"$REPO/../tried\" ]; then echo two > two.txt; ok '[\"one.txt\"]'; else : > \"$REPO/../tried\"; rm -f two.txt; echo fixed > one.txt; answer done; fi",
            &[][..],
        ),
        (
            "if [ -e \"$REPO/../tried\" ]; then ok '[\"two.txt -> 2.txt\",\"one.txt\"]'; else : > \"$REPO/../tried\"; rm -f two.txt; echo 2 > 2.txt; echo fixed > one.txt; answer done; fi",
            &["undone"],
        ),
    ] {
        passes(&Lie { script, ..SILENT }, "", kinds);
    }
}

/// The features work one after the other in the same tree: `one`, then `two`.
const LATER: Lie = Lie {
    who: "two",
    features: &["one", "two"],
    named: "feature:two",
    check: "test -e two.txt",
    evidence: &["nothing is left of what `mission:milestone:1:feature:one` delivered"],
    ..LIE
};

/// What `one` does: a file of its own, and a line in another.
const ONE: &str = r#"echo one > one.txt; echo more >> README.md; ok '["one.txt","README.md"]'"#;

fn later(lie: &Lie, one: &str) -> Outcome {
    let bench = Bench::new(lie);
    bench.hurry();
    bench.write("ctl/lie/one", one);
    bench.outcome(&mut bench.start(lie, &[]))
}

#[test]
fn a_feature_deletes_the_work_of_another() {
    for (one, script) in [
        ("work", r#"rm -f one.txt; echo two > two.txt; ok '["one.txt","two.txt"]'"#),
        (ONE, r#"rm -f one.txt; echo start > README.md; echo two > two.txt; ok '["one.txt","two.txt","README.md"]'"#),
        (
            ONE,
            r#"rm -f one.txt; git checkout -q README.md; echo two > two.txt; ok '["one.txt","two.txt","README.md"]'"#,
        ),
        (
            r#"rm docs/a.md; ok '["docs/a.md"]'"#,
            r#"echo a > docs/a.md; echo two > two.txt; ok '["docs/a.md","two.txt"]'"#,
        ),
        ("work", "rm -f one.txt; echo two > two.txt; exit 7"),
        ("work", "if [ -e one.txt ]; then rm -f one.txt; exit 7; fi; work"),
    ] {
        let lie = Lie { script, ..LATER };
        check(&lie, &later(&lie, one));
    }
}

/// Three at most two at a time, each in a view: the third begins when the first has ended.
#[test]
fn a_feature_in_a_view_deletes_the_work_of_another() {
    let lie = Lie {
        who: "three",
        features: &["one", "two", "three"],
        named: "feature:three",
        together: 2,
        script: r#"rm -f one.txt; echo 3 > three.txt; : > "$REPO/../there"; ok '["one.txt","three.txt"]'"#,
        ..LATER
    };
    let bench = Bench::new(&lie);
    let wait = r#"n=0; until [ -e "$REPO/../there" ]; do n=$((n+1)); test $n -lt 2400; sleep 0.05; done; work"#;
    bench.write("ctl/lie/two", wait);
    check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
}

#[test]
fn a_feature_may_build_upon_the_work_of_another() {
    for (one, script, kinds) in [
        (ONE, r#"cat one.txt > two.txt; echo two >> README.md; ok '["two.txt","README.md"]'"#, &[][..]),
        ("work", r#"echo other > one.txt; echo two > two.txt; ok '["one.txt","two.txt"]'"#, &[]),
        ("work", r#"mv one.txt two.txt; ok '["one.txt -> two.txt"]'"#, &[]),
        ("work", r#"mv one.txt two.txt; ok '["two.txt"]'"#, &[]),
        (
            "work",
            r#"mkdir in; mv one.txt in; echo more >> in/one.txt; echo 2 > two.txt; ok '["one.txt","in/one.txt","two.txt"]'"#,
            &["undone"],
        ),
        ("work", r#"rm -f one.txt; echo 2 > two.txt; ok '["one.txt -> two.txt"]'"#, &["undone"]),
        (ONE, r#"rm -f one.txt; echo 2 > two.txt; ok '["one.txt","two.txt"]'"#, &["undone"]),
        // It takes back what it did itself.
        (
            "work",
            "if [ -e ../tried ]; then work; else : > ../tried; mv one.txt ../one; exit 7; fi; [ -e one.txt ] || mv ../one one.txt",
            &[],
        ),
    ] {
        let outcome = later(&Lie { script, ..LATER }, one);
        let all = format!("{script}: {}\n{}", outcome.said, outcome.markdown);
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{all}");
        assert_eq!(outcome.kinds(), kinds, "{all}");
    }
}

/// By plan, another time.
#[test]
fn a_later_milestone_may_delete_the_work_of_an_earlier_one() {
    let lie = Lie { who: "two", features: &["one"], check: "test -e README.md", ..LATER };
    let bench = Bench::new(&Lie { script: r#"rm -f one.txt; echo 2 > two.txt; ok '["one.txt","two.txt"]'"#, ..lie });
    let plan = std::fs::read_to_string(bench.path("ctl/plan.json")).expect("a plan");
    let mut plan: serde_json::Value = serde_json::from_str(&plan).expect("a plan");
    let again = plan["milestones"][0].to_string().replace("m1", "m2").replace("a1", "a2").replace("one", "two");
    plan["milestones"].as_array_mut().expect("a list").push(serde_json::from_str(&again).expect("a milestone"));
    bench.write("ctl/plan.json", &plan.to_string());
    let which = r#"case "$MISSION_NODE_ID" in *:1:*) m=1 ;; *) m=2 ;; esac; "#;
    bench.write("ctl/lie/integrate", &format!(r#"{which}answer "{{\"milestoneId\":\"m$m\",\"status\":\"integrated\",\"summary\":\"all in\",\"filesChanged\":[]}}""#));
    bench.write("ctl/lie/judge", &format!(r#"{which}answer "{{\"milestoneId\":\"m$m\",\"passed\":true,\"summary\":\"fine\",\"checks\":[],\"assertions\":[{{\"id\":\"a$m\",\"status\":\"met\",\"evidence\":\"seen\"}}]}}""#));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((outcome.code, &outcome.report["status"]), (Some(0), &json!("succeeded")), "{all}");
    assert_eq!(outcome.kinds(), [""; 0], "{all}");
}
