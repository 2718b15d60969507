//! `git.head` and `checks.guard` on real repositories: what is in the working directory counts, committed or not.

use serde_json::{Value, json};

use crate::fixture::Fixture;

const TEST: &str = "def test_a():\n    assert f()\n\n\ndef test_b():\n    assert g()\n";

fn fixture() -> Fixture {
    let fixture = Fixture::new();
    fixture.write("tests/test_x.py", TEST);
    fixture.write("check.sh", "python3 -m pytest\n");
    fixture.git(&["add", "-A"]);
    fixture.git(&["commit", "-qm", "tests"]);
    fixture
}

fn head(fixture: &Fixture) -> Value {
    fixture.act("git.head", "w:start", json!({})).unwrap()
}

fn guard(fixture: &Fixture, start: &Value) -> Value {
    let checks = json!([{ "name": "all", "run": "sh check.sh", "source": "declared" }]);
    let with = json!({ "base": start["tree"], "settings": start["settings"], "checks": checks });
    fixture.act("checks.guard", "w:guard", with).unwrap()
}

fn kinds(judged: &Value) -> Vec<&str> {
    judged["findings"].as_array().unwrap().iter().map(|finding| finding["kind"].as_str().unwrap()).collect()
}

#[test]
fn nothing_changed_is_nothing_found() {
    let fixture = fixture();
    let start = head(&fixture);
    assert_eq!((start["head"].as_str(), start["branch"].as_str()), (Some(fixture.oid("HEAD").as_str()), Some("main")));
    let judged = guard(&fixture, &start);
    assert_eq!(judged["passed"], json!(true));
    assert_eq!(judged["tests"], json!({ "before": 2, "after": 2 }));
    assert_eq!(judged["tree"], start["tree"]);
}

#[test]
fn changes_count_whether_they_are_committed_staged_or_neither() {
    let steps: [&[&[&str]]; 3] = [&[], &[&["add", "-A"]], &[&["add", "-A"], &["commit", "-qm", "x"]]];
    for git in steps {
        let fixture = fixture();
        let start = head(&fixture);
        std::fs::remove_file(fixture.root.join("tests/test_x.py")).unwrap();
        fixture.write("check.sh", "true\n");
        git.iter().for_each(|args| drop(fixture.git(args)));
        let index = std::fs::read(fixture.root.join(".git/index")).unwrap();
        let judged = guard(&fixture, &start);
        assert_eq!(judged["passed"], json!(false));
        assert_eq!(kinds(&judged), ["test-file-deleted", "fewer-tests", "command-changed"]);
        assert_eq!(std::fs::read(fixture.root.join(".git/index")).unwrap(), index, "the index is as it was");
        let restore = judged["findings"][0]["restore"].as_str().unwrap();
        let command = restore.split('`').nth(1).unwrap().strip_prefix("git ").unwrap();
        assert_eq!(fixture.git(&command.split(' ').collect::<Vec<_>>()), TEST.trim_end(), "what it says to do works");
    }
}

#[test]
fn what_was_there_before_the_work_began_is_nobodys_doing() {
    let fixture = fixture();
    std::fs::remove_file(fixture.root.join("tests/test_x.py")).unwrap();
    let start = head(&fixture);
    assert_eq!(guard(&fixture, &start)["passed"], json!(true));
    let with = json!({ "base": start["head"] });
    let judged = fixture.act("checks.guard", "w:guard", with).unwrap();
    assert_eq!(kinds(&judged), ["test-file-deleted", "fewer-tests"], "against the commit it is");
}

#[test]
fn what_cannot_be_read_is_found() {
    let fixture = fixture();
    let start = head(&fixture);
    std::fs::write(fixture.root.join("tests/test_x.py"), b"def test_a():\n    assert f()\0\n").unwrap();
    assert_eq!(kinds(&guard(&fixture, &start)), ["fewer-tests", "unreadable"]);
    fixture.write("tests/test_x.py", &format!("{TEST}{}", "#".repeat(5 * 1024 * 1024)));
    assert_eq!(kinds(&guard(&fixture, &start)), ["fewer-tests", "unreadable"]);
    std::fs::remove_file(fixture.root.join("tests/test_x.py")).unwrap();
    std::os::unix::fs::symlink("../README", fixture.root.join("tests/test_x.py")).unwrap();
    assert_eq!(kinds(&guard(&fixture, &start)), ["test-file-emptied", "fewer-tests"], "a link is no test");
    let with = json!({ "base": "0".repeat(40) });
    assert!(fixture.act("checks.guard", "w:guard", with).is_err(), "no such commit");
}

#[test]
fn settings_and_a_named_commit_are_compared() {
    let fixture = fixture();
    let start = head(&fixture);
    fixture.write(".mission/config.yaml", "checks: []\n");
    assert_eq!(kinds(&guard(&fixture, &start)), ["settings-changed"]);
    let later = fixture.commit("tests/test_x.py", "def test_a():\n    assert f()\n");
    fixture.write("tests/test_x.py", TEST);
    let with = json!({ "base": start["head"], "against": later.as_str(), "allow": ["tests/*"] });
    let judged = fixture.act("checks.guard", "w:guard", with).unwrap();
    assert_eq!((kinds(&judged), judged["passed"].clone()), (vec!["test-removed"], json!(true)));
    assert_eq!(judged["findings"][0]["allowed"], json!("tests/*"));
}

/// Flags of the index that hide changes from `git status`.
#[test]
fn a_change_that_git_was_told_to_overlook_is_found() {
    for flag in ["--assume-unchanged", "--skip-worktree"] {
        let fixture = fixture();
        let start = head(&fixture);
        fixture.git(&["update-index", flag, "tests/test_x.py"]);
        fixture.write("tests/test_x.py", "");
        assert_eq!(fixture.git(&["status", "--porcelain"]), "", "git overlooks it");
        assert_eq!(kinds(&guard(&fixture, &start)), ["test-file-emptied", "fewer-tests"], "{flag}");
    }
}

/// A guard of what only some brought, beside one of everything.
#[test]
fn only_what_is_asked_for_is_compared_and_what_is_known_is_not_told_again() {
    let fixture = fixture();
    fixture.write("tests/test_y.py", "def test_c():\n    assert h() == 1\n");
    fixture.write("tests/test_z.py", "def test_d():\n    assert i()\n");
    let built = head(&fixture);
    let judged = |only: Value, more: Value| {
        let mut with = json!({ "base": built["tree"], "only": only });
        with.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        fixture.act("checks.guard", "w:kept", with).unwrap()
    };
    std::fs::remove_file(fixture.root.join("tests/test_z.py")).unwrap();
    fixture.write("tests/test_x.py", "");
    assert_eq!(kinds(&judged(json!(["tests/test_y.py"]), json!({}))), [""; 0], "nothing of what it names");
    assert_eq!(judged(json!([]), json!({}))["passed"], json!(true));
    let all = judged(json!(null), json!({}));
    assert_eq!(kinds(&all), ["test-file-deleted", "test-file-emptied", "fewer-tests"]);
    assert_eq!(kinds(&judged(json!(null), json!({ "known": all["findings"] }))), [""; 0]);

    std::fs::rename(fixture.root.join("tests/test_y.py"), fixture.root.join("tests/test_w.py")).unwrap();
    assert_eq!(kinds(&judged(json!(["tests/test_y.py"]), json!({}))), [""; 0], "it has moved");
    fixture.write("tests/test_w.py", "def test_c():\n    assert h() == 2\n");
    let other = judged(json!(["tests"]), json!({ "known": all["findings"] }));
    assert_eq!((kinds(&other), other["passed"].clone()), (vec!["expected-changed"], json!(false)));
    let told = judged(json!(["old -> tests/test_y.py"]), json!({ "tell": ["expected-changed"] }));
    assert_eq!((kinds(&told), told["passed"].clone()), (vec!["expected-changed"], json!(true)));
    assert_eq!(told["findings"][0]["weight"], json!("told"));
}

/// Tests may go into a file that was there, as they were; what others make of that file is their own affair.
#[test]
fn what_went_into_a_file_that_was_there_is_not_gone() {
    const OWN: &str =
        "def test_c():\n    assert h() == 1\n\n\ndef test_d():\n    assert i() == 2\n    assert i() > 1\n";
    const THERE: &str = "def test_a():\n    assert f() == 1\n    assert f() < 2\n";
    let half = OWN.split("\n\n\n").next().unwrap();
    let (both, weaker) = (format!("{THERE}\n\n{OWN}"), THERE.replace("    assert f() < 2\n", ""));
    let none: [&str; 0] = [];
    for (own, there, expected) in [
        (None, both.clone(), &none[..]),
        (Some(half), both.replace(half, ""), &none),
        // The others' own test asks less: that is not asked here.
        (None, format!("{weaker}\n\n{OWN}"), &none),
        (None, weaker, &["test-file-deleted", "fewer-tests"]),
        (None, THERE.to_owned(), &["test-file-deleted", "fewer-tests"]),
        (None, format!("{THERE}\n\n{half}\n"), &["test-file-deleted", "fewer-tests"]),
        (Some(half), THERE.to_owned(), &["test-removed", "fewer-tests"]),
        // It went there, and is not what it was.
        (None, both.replace("    assert i() > 1\n", ""), &["assertions-removed"]),
        (None, both.replace("h() == 1", "h() == 3"), &["expected-changed"]),
        (None, both.replace("def test_c", "@unittest.skip\ndef test_c"), &["test-skipped", "fewer-tests"]),
        (Some(half), both.replace(half, "").replace("i() == 2", "i()"), &["assertion-weakened"]),
    ] {
        let fixture = fixture();
        fixture.write("tests/test_own.py", OWN);
        fixture.write("tests/test_there.py", THERE);
        let built = head(&fixture);
        match own {
            Some(text) => fixture.write("tests/test_own.py", text),
            None => std::fs::remove_file(fixture.root.join("tests/test_own.py")).unwrap(),
        }
        fixture.write("tests/test_there.py", &there);
        let with = json!({ "base": built["tree"], "only": ["tests/test_own.py"] });
        let judged = fixture.act("checks.guard", "w:kept", with).unwrap();
        assert_eq!(kinds(&judged), expected, "{own:?} {there}: {}", judged["told"]);
    }
}
