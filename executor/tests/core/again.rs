//! Several attempts at the same piece of work, with others in the same tree in between: each answers for what it did.

use std::collections::BTreeMap;

use mission_executor::decide::port::{Exit, Seen};
use mission_executor::event::{Contents, FailureClass, Finding, FindingKind, How, Touched, Weight};

use crate::scripted::Scripted;

/// `one` is tried again, or asked, and `two` and `three` work in between; `more` stands in the definition of each.
fn begun(more: &str) -> Scripted {
    let node = format!(
        "{{ agent: w, prompt: go, retry: {{ max: 2, on: [crash], backoff: 1s }}, output: {{ schema: {{ type: object }}, repair: 1 }}, {more} }}"
    );
    let two = node.replace("agent: w", "agent: v");
    let three = format!("{{ needs: [two], {}", two.trim_start_matches("{ "));
    Scripted::begin(&format!(
        "{{ mission: 1, name: t, limits: {{ concurrency: 1 }}, agents: {{ w: {{ runner: [alpha], access: write }}, \
         v: {{ runner: [beta], access: write }} }}, nodes: {{ one: {node}, two: {two}, three: {three} }} }}"
    ))
}

/// Who changes files names them.
const NAMES: &str = "handoff: { files: output.files, changes: any }";

fn contents(all: &[&str]) -> BTreeMap<String, Contents> {
    let id = |text: &str| Some(format!("100644 {text}")).filter(|_| text != "-");
    let parts = all.iter().map(|line| line.split(' ').collect::<Vec<_>>());
    parts.map(|p| (p[0].to_owned(), Contents { before: id(p[1]), after: id(p[2]), ..Contents::default() })).collect()
}

/// What is seen of an attempt: what is otherwise than when the work began (`PATH BEFORE AFTER`), and than when this attempt began.
fn seen(since_first: &[&str], again: Option<&[&str]>) -> Seen {
    let contents_of = contents(since_first);
    let how = |c: &Contents| match (&c.before, &c.after) {
        (None, _) => How::Added,
        (_, None) => How::Deleted,
        _ => How::Modified,
    };
    let changed = contents_of.iter().map(|(path, c)| Touched { path: path.clone(), how: how(c) }).collect();
    Seen { place: "/srv".to_owned(), changed, contents: contents_of, again: again.map(contents), ..Seen::default() }
}

/// What is told of `node`, by weight.
fn told(run: &Scripted, node: &str, least: Weight) -> Vec<String> {
    let state = run.core.run();
    let checked = state.state(state.graph().find(node).expect("a node")).checked.clone().unwrap_or_default();
    let heavy = checked.findings.iter().filter(|finding| finding.weight >= least);
    heavy.map(|finding| format!("{} {}", finding.kind.word(), finding.evidence.join(" "))).collect()
}

const CRASH: Exit = Exit::Code(1);
const WELL: Exit = Exit::Code(0);

/// `two` changes a file that `one` had changed, and names it.
fn two_names_it(run: &mut Scripted) {
    run.ends_seen("t:two", WELL, r#"{"files": ["README"]}"#, seen(&["README 1 2"], None));
}

fn wait(run: &mut Scripted) {
    run.at(run.now() + 10_000);
}

/// Beside what an attempt did something may be told that proves nothing.
#[test]
fn what_is_told_of_a_crash_hides_nothing_that_it_did() {
    let mut run = begun(NAMES);
    let aside = Finding::new(FindingKind::Elsewhere, Weight::Unproven, "something changed", vec!["M out".to_owned()]);
    let crashed = Seen { tampered: vec![aside], ..seen(&["README 0 1"], None) };
    run.ends_seen("t:one", CRASH, "", crashed);
    two_names_it(&mut run);
    run.ends_seen("t:three", WELL, r#"{"files": []}"#, seen(&[], None));
    wait(&mut run);
    let again = seen(&["README 0 2", "one - 1"], Some(&["one - 1"]));
    run.ends_seen("t:one", WELL, r#"{"files": ["one"]}"#, again);
    assert_eq!(told(&run, "t:one", Weight::Contradiction), ["not-named M README"]);
}

/// The work of the first attempt is named by the second.
#[test]
fn what_is_told_of_a_crash_takes_nothing_away_from_it() {
    let mut run = begun("handoff: { files: output.files, changes: expected }");
    let aside = Finding::new(FindingKind::Elsewhere, Weight::Unproven, "something changed", vec!["M out".to_owned()]);
    let crashed = Seen { tampered: vec![aside], ..seen(&["one - 1"], None) };
    run.ends_seen("t:one", CRASH, "", crashed);
    run.ends_seen("t:two", WELL, r#"{"files": ["two"]}"#, seen(&["two - 1"], None));
    run.ends_seen("t:three", WELL, r#"{"files": ["three"]}"#, seen(&["three - 1"], None));
    wait(&mut run);
    let again = seen(&["one - 1", "two - 1", "three - 1"], Some(&[]));
    run.ends_seen("t:one", WELL, r#"{"files": ["one"]}"#, again);
    assert_eq!(told(&run, "t:one", Weight::Contradiction), [""; 0]);
}

/// Nobody asks it for files.
#[test]
fn who_is_only_to_look_answers_for_all_its_attempts() {
    let mut run = begun("handoff: { changes: none }");
    run.ends_seen("t:one", CRASH, "", seen(&["README 0 1"], None));
    run.ends_seen("t:two", WELL, "{}", seen(&[], None));
    run.ends_seen("t:three", WELL, "{}", seen(&[], None));
    wait(&mut run);
    run.ends_seen("t:one", WELL, "{}", seen(&["README 0 1"], Some(&[])));
    assert_eq!(told(&run, "t:one", Weight::Contradiction), ["changed-anyway M README"]);
}

/// It goes on in the worktree where it was, which another had, too.
#[test]
fn who_goes_on_in_a_worktree_has_done_what_it_did_there() {
    let place = "worktree: { base: main, path: .worktrees/x, branch: mission/x }";
    let mut run = begun(&format!("{place}, handoff: {{ files: output.files, changes: expected }}"));
    let linked = |seen: Seen| Seen { linked: true, ..seen };
    let failure = mission_executor::event::Failure::new(FailureClass::RateLimit, "slowly");
    let until = Some(mission_executor::event::Timestamp(run.now() + 5_000));
    let limited = Exit::Failed(mission_executor::event::Failure { until, ..failure });
    run.ends_seen("t:one", limited, "", linked(seen(&["one - 1"], None)));
    wait(&mut run);
    while let Some(node) = run.under_way().first().map(|node| (*node).to_owned()) {
        let own = node.trim_start_matches("t:").to_owned();
        let made = format!("{own} - 1");
        let answer = format!(r#"{{"files": ["{own}"]}}"#);
        let all = if own == "one" { seen(&["one - 1"], Some(&[])) } else { seen(&[&made], None) };
        run.ends_seen(&node, WELL, &answer, linked(all));
    }
    assert_eq!(told(&run, "t:one", Weight::Contradiction), [""; 0]);
}

/// What another left in the tree, and was told of, is not told of whoever is tried again.
#[test]
fn what_was_told_of_another_meanwhile_is_not_its_deed() {
    let mut run = begun(NAMES);
    run.ends_seen("t:one", CRASH, "", seen(&[], None));
    let left = |seen: Seen| Seen { links: vec!["out -> /etc".to_owned()], nested: vec!["lib".to_owned()], ..seen };
    for _ in 0..2 {
        run.ends_seen("t:two", WELL, r#"{"files": ["out"]}"#, left(seen(&["out - 1"], None)));
    }
    assert_eq!(told(&run, "t:two", Weight::Contradiction).len(), 2);
    wait(&mut run);
    run.ends_seen("t:one", WELL, r#"{"files": ["one"]}"#, left(seen(&["one - 1", "out - 1"], Some(&["one - 1"]))));
    assert_eq!(told(&run, "t:one", Weight::Contradiction), [""; 0]);
}

/// Of three items the third took back what the second had delivered.
#[test]
fn what_a_third_undid_meanwhile_is_not_its_deed() {
    let mut run = Scripted::begin(
        "{ mission: 1, name: t, limits: { concurrency: 1 }, agents: { w: { runner: [alpha], access: write } }, nodes: { m: { \
         map: { over: \"['one', 'two', 'three']\", as: x, key: x, mode: parallel, join: all_done }, agent: w, prompt: go, \
         retry: { max: 2, on: [crash], backoff: 1s }, output: { schema: { type: object }, repair: 1 }, \
         handoff: { files: output.files, changes: any } } } }",
    );
    run.ends_seen("t:m:one", CRASH, "", seen(&["README 0 1"], None));
    run.ends_seen("t:m:two", WELL, r#"{"files": ["README"]}"#, seen(&["README 1 2"], None));
    for again in [None, Some(&[][..])] {
        run.ends_seen("t:m:three", WELL, r#"{"files": ["README"]}"#, seen(&["README 2 1"], again));
    }
    assert_eq!(told(&run, "t:m:three", Weight::Contradiction), ["undone M README"]);
    wait(&mut run);
    let again = seen(&["README 0 1", "one - 1"], Some(&["one - 1"]));
    run.ends_seen("t:m:one", WELL, r#"{"files": ["README", "one"]}"#, again);
    assert_eq!(told(&run, "t:m:one", Weight::Contradiction), [""; 0]);
}

/// The same, but it was the one that is tried again.
#[test]
fn who_undoes_what_was_done_meanwhile_is_told() {
    let mut run = Scripted::begin(
        "{ mission: 1, name: t, limits: { concurrency: 1 }, agents: { w: { runner: [alpha], access: write } }, nodes: { m: { \
         map: { over: \"['one', 'two']\", as: x, key: x, mode: parallel, join: all_done }, agent: w, prompt: go, \
         retry: { max: 2, on: [crash], backoff: 1s }, output: { schema: { type: object }, repair: 1 }, \
         handoff: { files: output.files, changes: any } } } }",
    );
    run.ends_seen("t:m:one", CRASH, "", seen(&["README 0 1"], None));
    run.ends_seen("t:m:two", WELL, r#"{"files": ["README"]}"#, seen(&["README 1 2"], None));
    wait(&mut run);
    run.ends_seen("t:m:one", CRASH, "", seen(&["README 0 1"], Some(&["README 2 1"])));
    wait(&mut run);
    run.ends_seen("t:m:one", WELL, r#"{"files": ["README"]}"#, seen(&["README 0 1"], Some(&[])));
    assert_eq!(told(&run, "t:m:one", Weight::Contradiction), ["undone M README"]);
}
