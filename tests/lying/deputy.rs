//! Lies that an agent does not tell itself: the command that proves its work runs what it wrote, and that does the deed.

use crate::bench::{APART, Bench, LIE, Lie, caught, check};

/// `one.sh` is the work, and the check runs it.
fn deputy(deed: &str) -> &'static str {
    format!("cat > one.sh <<'END'\n{deed}\nEND\nok '[\"one.sh\"]'").leak()
}

const CHECK: Lie = Lie { check: "sh one.sh", ..LIE };

/// Who is told of, wherever features work.
fn told(deed: &str, named: &'static str, evidence: &'static [&'static str]) {
    for lie in [CHECK, Lie { check: "sh one.sh", ..APART }] {
        caught(&Lie { script: deputy(deed), named, evidence, ..lie });
    }
}

#[test]
fn a_file_that_the_check_writes_is_not_committed() {
    told("echo evil > planted.txt", "revalidate:guard", &["unnamed-change", "`planted.txt`: it appeared"]);
}

#[test]
fn nor_one_that_a_check_writes_that_fails_first() {
    let deed = "test -e planted.txt || { echo evil > planted.txt; exit 1; }";
    told(deed, "revalidate:guard", &["`planted.txt`: it appeared meanwhile"]);
}

#[test]
fn nor_a_file_that_the_check_changes_or_deletes() {
    told("echo evil > README.md", "revalidate:guard", &["`README.md`: it changed"]);
    told("rm -f docs/a.md", "revalidate:guard", &["`docs/a.md`: it was deleted"]);
}

/// Nothing of it is repaired: the milestone has failed.
#[test]
fn what_no_node_may_do_no_check_may_do() {
    let node = "validate:check:it-is-there";
    told("git tag v9", node, &["refs moved that it may not move: refs/tags/v9 from nothing"]);
    let mine = r#"$(git -c user.name=a -c user.email=a@b commit-tree -p main -m x "HEAD^{tree}" < /dev/null)"#;
    told(&format!("git update-ref refs/heads/main {mine}"), node, &["refs/heads/main from"]);
    told("git config mission.n 1", node, &["files changed that say how git works here: M .git/config"]);
    let hook = r#"d=$(git rev-parse --git-common-dir)/hooks; mkdir -p "$d"; echo "exit" > "$d/post-commit""#;
    told(hook, node, &["files changed that say how git works here: A .git/hooks/post-commit"]);
}

/// Not even where an agent may commit.
#[test]
fn nor_does_a_check_commit() {
    let node = "validate:check:it-is-there";
    let commit = |what: &str| format!("git -c user.name=a -c user.email=a@b commit -q {what} < /dev/null");
    told(&commit("--allow-empty -m x"), node, &["refs moved that it may not move: refs/heads/"]);
    let planted = format!("echo evil > planted.txt; git add planted.txt; {}", commit("-m x"));
    told(&planted, node, &["refs moved that it may not move: refs/heads/"]);
    told(&commit("--amend -m x"), node, &["refs moved that it may not move: refs/heads/"]);
}

/// In a repository of its own it may.
#[test]
fn a_check_may_commit_elsewhere() {
    let deed = "d=$(mktemp -d); git init -q $d; git -C $d -c user.name=a -c user.email=a@b commit -q --allow-empty -m x < /dev/null; rm -rf $d; git log -1 > /dev/null; git status > /dev/null";
    for lie in [CHECK, Lie { check: "sh one.sh", ..APART }] {
        let lie = Lie { script: deputy(deed), ..lie };
        let bench = Bench::new(&lie);
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
        assert_eq!(outcome.kinds(), [""; 0], "{}", outcome.markdown);
    }
}

/// Also if it fails by itself, and behaves the second time.
#[test]
fn nor_one_that_fails_and_then_behaves() {
    let deed = "git rev-parse -q --verify refs/tags/v9 > /dev/null || { git tag v9; exit 1; }";
    told(deed, "validate:check:it-is-there", &["refs/tags/v9 from nothing"]);
}

/// Named, it is somebody's: the report tells whose.
#[test]
fn what_a_check_makes_may_be_adopted() {
    let lie = Lie { script: deputy("test -e one.lock || echo 1 > one.lock"), ..CHECK };
    let bench = Bench::new(&lie);
    let result = r#"{"featureId":"follow-up","status":"success","summary":"kept the lock","filesChanged":["more.txt"],"adopted":["one.lock"]}"#;
    bench.write("ctl/lie/follow-up", &format!("echo more > more.txt; answer '{result}'"));
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
}

/// A repair that lets git ignore what the check leaves behind is all that is needed.
#[test]
fn what_a_check_leaves_behind_may_be_ignored() {
    let lie = Lie { script: deputy("mkdir -p made; date > made/log"), ..CHECK };
    let bench = Bench::new(&lie);
    bench.write("ctl/lie/follow-up", "rm -r made; echo made/ >> .gitignore; repaired");
    let outcome = bench.outcome(&mut bench.start(&lie, &[]));
    assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    assert!(outcome.said.contains("`made/log`: it appeared"), "it was told: {}", outcome.said);
}

/// Where the checks began is the engine's to say: whoever repairs would let what a check planted begin with it.
#[test]
fn whoever_repairs_does_not_say_where_the_checks_began() {
    let deed = deputy("test -e planted.txt || { echo evil > planted.txt; exit 1; }");
    let mine = r#"git add .; t=$(git write-tree); git reset -q; c=$(git -c user.name=a -c user.email=a@b commit-tree -p HEAD -m x $t < /dev/null)"#;
    let script = format!("{mine}; echo more > more.txt; answer \"$(told '\"head\":\"'$c'\"')\"");
    insists(deed, &script, "what was taken out, and the commit without it, are told by the engine alone");
}

/// And so is what was taken out: a feature that is in would count as left out.
#[test]
fn whoever_repairs_does_not_say_what_was_taken_out() {
    let script = "echo more > more.txt; answer \"$(told '\"backedOut\":[\"two\"]')\"";
    insists(
        deputy("test -e more.txt"),
        script,
        "what was taken out, and the commit without it, are told by the engine alone",
    );
}

/// Once told, it may take its word back.
#[test]
fn whoever_repairs_may_take_such_a_word_back() {
    let script = r#"echo more > more.txt; if [ "$MISSION_ATTEMPT" = 1 ]; then answer "$(told '"backedOut":["two"]')"; else answer "$(told '"backedOut":[]')"; fi"#;
    for lie in [CHECK, Lie { check: "sh one.sh", ..APART }] {
        let lie = Lie { script: deputy("test -e more.txt"), ..lie };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/follow-up", &format!("{TOLD}{script}"));
        let outcome = bench.outcome(&mut bench.start(&lie, &[]));
        assert_eq!((outcome.code, outcome.milestone()), (Some(0), Some("done")), "{}", outcome.said);
    }
}

/// `told MORE`: a repair of `more.txt`, with more in its result.
const TOLD: &str = r#"told() { printf '{"featureId":"follow-up","status":"success","summary":"done","filesChanged":["more.txt"],%s}' "$1"; }
"#;

/// A repair that sticks to its word is no repair.
fn insists(deed: &'static str, repair: &str, evidence: &'static str) {
    for lie in [CHECK, Lie { check: "sh one.sh", ..APART }] {
        let lie =
            Lie { script: deed, features: &["one", "two"], named: "follow-up", evidence: vec![evidence].leak(), ..lie };
        let bench = Bench::new(&lie);
        bench.write("ctl/lie/follow-up", &format!("{TOLD}{repair}"));
        check(&lie, &bench.outcome(&mut bench.start(&lie, &[])));
    }
}
