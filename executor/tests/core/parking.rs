//! Agents that refuse work: nodes wait without paying for it, others take over, a person is asked to log in.

use mission_executor::decide::explain;
use mission_executor::decide::port::{Broken, Exit, Onward};
use mission_executor::event::{FailureClass, RunStatus, Usage};
use mission_executor::run::Phase;

use crate::scripted::{Scripted, candidate};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 3_600_000;

/// Two nodes beside each other, a third behind the first.
fn pair(limits: &str, runner: &str, more: &str) -> String {
    format!(
        "
mission: 1
name: t
limits: {{ {limits} }}
agents: {{ worker: {{ runner: {runner} }} }}
nodes:
  one: {{ agent: worker, prompt: go, {more} }}
  two: {{ agent: worker, prompt: go }}
  other: {{ run: other }}
"
    )
}

fn retries(run: &Scripted, node: &str) -> (u32, u32, usize) {
    let run = run.core.run();
    let state = run.state(run.graph().find(node).expect("node"));
    (state.retries, state.reasks, state.attempts.len())
}

#[test]
fn a_quota_parks_its_node_until_the_time_that_was_told() {
    let mut run =
        Scripted::begin(&pair("wall: 1h, agentRuns: 2", "[alpha]", "retry: { max: 1, on: [crash, rate-limit] }"));
    let until = run.now() + 5 * HOUR;
    run.fails("t:one", FailureClass::Quota, Some(until));
    assert_eq!(run.phase("t:one"), Phase::Parked);
    assert_eq!(run.under_way(), ["t:two", "t:other"], "other work goes on");
    run.ends("t:two", 0, "well");
    run.ends("t:other", 0, "");
    assert_eq!(run.core.run().status(), RunStatus::Parked);
    assert_eq!(run.core.at_rest(), None, "the executor waits");
    assert_eq!(run.core.next_deadline().map(|at| at.0), Some(until));
    run.at(until - 10);
    assert!(run.under_way().is_empty(), "not before the time");
    run.resumed();
    assert_eq!(run.core.run().status(), RunStatus::Parked, "a new executor waits as well");
    assert!(run.under_way().is_empty());
    run.at(until);
    assert_eq!(run.under_way(), ["t:one"]);
    assert_eq!(retries(&run, "t:one"), (0, 0, 2));
    run.ends("t:one", 0, "well");
    assert_eq!(run.ending(), (RunStatus::Succeeded, vec![]), "neither wall nor agentRuns was used up by waiting");
}

#[test]
fn what_is_parked_says_until_when_and_why() {
    let mut run = Scripted::begin(&pair("", "[alpha]", ""));
    run.fails("t:one", FailureClass::Quota, Some(7_200_000));
    let state = run.core.run();
    let told = explain(state, state.graph().find("t:one").expect("node"));
    assert_eq!(
        (told.state.as_str(), told.because.as_str()),
        ("waiting", "parked until 1970-01-01T02:00:00Z: refused: quota")
    );
}

#[test]
fn a_limit_of_the_account_holds_for_every_node() {
    let mut run = Scripted::begin(&pair("concurrency: 1", "[alpha]", ""));
    let until = run.now() + HOUR;
    run.ends("t:other", 0, "");
    run.fails("t:one", FailureClass::Quota, Some(until));
    assert_eq!(run.phase("t:two"), Phase::Parked, "it would be refused as well");
    assert_eq!(retries(&run, "t:two"), (0, 0, 0), "no attempt was made to find that out");
    run.at(until);
    assert_eq!(run.under_way(), ["t:one"]);
    run.ends("t:one", 0, "well");
    run.ends("t:two", 0, "well");
    assert_eq!(run.ending().0, RunStatus::Succeeded);
}

#[test]
fn the_next_agent_of_the_profile_takes_over() {
    for runner in ["[alpha, beta]", "auto"] {
        let mut run = Scripted::begin(&pair("", runner, ""));
        assert_eq!(run.runner("t:one"), Some("alpha"));
        let until = run.now() + HOUR;
        run.fails("t:one", FailureClass::RateLimit, Some(until));
        assert_eq!(run.runner("t:one"), Some("beta"));
        run.fails("t:one", FailureClass::Quota, Some(until + HOUR));
        assert_eq!(run.phase("t:one"), Phase::Parked);
        run.ends("t:two", 0, "well");
        run.ends("t:other", 0, "");
        assert_eq!(run.core.next_deadline().map(|at| at.0), Some(until), "the first that works again is asked");
        run.at(until);
        assert_eq!((run.runner("t:one"), retries(&run, "t:one")), (Some("alpha"), (0, 0, 3)));
        run.ends("t:one", 0, "well");
        assert_eq!(run.ending().0, RunStatus::Succeeded);
    }
}

#[test]
fn what_was_refused_may_go_on_in_its_session() {
    for class in [FailureClass::RateLimit, FailureClass::Quota, FailureClass::Auth] {
        let mut run = Scripted::begin(&pair("", "[alpha]", "retry: { max: 1, on: [crash] }"));
        assert_eq!(run.onward("t:one"), None);
        let until = (class != FailureClass::Auth).then(|| run.now() + HOUR);
        run.fails("t:one", class, until);
        run.ends("t:two", 0, "well");
        run.ends("t:other", 0, "");
        match until {
            Some(until) => run.at(until),
            None => run.resumed(),
        }
        assert_eq!(run.onward("t:one"), Some(Onward { attempt: 1, after: Broken::Refused }), "{class:?}");
        run.resumed();
        assert_eq!(run.onward("t:one"), Some(Onward { attempt: 2, after: Broken::Lost }), "{class:?}");
        run.ends_with("t:one", Exit::NoSession("gone".to_owned()), "", Usage::default());
        assert_eq!(
            run.onward("t:one"),
            Some(Onward { attempt: 3, after: Broken::Lost }),
            "of an attempt that has none"
        );
        run.ends("t:one", 1, "");
        let at = run.core.next_deadline().map_or(run.now(), |at| at.0);
        run.at(at);
        assert_eq!((run.onward("t:one"), retries(&run, "t:one").0), (None, 1), "a crash is another thing");
        run.ends("t:one", 0, "well");
        assert_eq!(run.ending().0, RunStatus::Succeeded, "{class:?}");
    }
}

#[test]
fn without_a_time_the_wait_doubles_up_to_an_hour_and_ends_after_a_day() {
    let mut run = Scripted::begin(&pair("", "[alpha]", ""));
    run.ends("t:two", 0, "well");
    run.ends("t:other", 0, "");
    let mut waits = Vec::new();
    let began = run.now();
    while run.phase("t:one") != Phase::Failed {
        run.fails("t:one", FailureClass::RateLimit, None);
        if let Some(at) = run.core.next_deadline() {
            waits.push((at.0 - run.now()).div_ceil(MINUTE));
            run.at(at.0);
        }
    }
    assert_eq!(waits[..8], [1, 2, 4, 8, 16, 32, 60, 60]);
    assert!((22 * HOUR..=24 * HOUR).contains(&(run.now() - began)), "{} h", (run.now() - began) / HOUR);
    let state = run.core.run();
    let failure = state.state(state.graph().find("t:one").expect("node")).failure.clone().expect("failed");
    assert_eq!(failure.class, FailureClass::RateLimit);
    assert!(failure.reasons[0].contains("`limits.parked` allows 24h"), "{:?}", failure.reasons);
    assert_eq!(run.ending().0, RunStatus::Failed);
}

#[test]
fn a_time_that_proves_wrong_is_not_believed_for_ever() {
    let mut run = Scripted::begin(&pair("", "[alpha]", ""));
    let mut waits = Vec::new();
    for _ in 0..4 {
        let soon = run.now() + 1_000;
        run.fails("t:one", FailureClass::RateLimit, Some(soon));
        let at = run.core.next_deadline().expect("parked").0;
        waits.push((at - run.now()).div_ceil(1_000));
        run.at(at);
    }
    assert_eq!(waits, [1, 60, 120, 240]);
}

#[test]
fn refusals_at_the_same_time_count_once_and_success_begins_anew() {
    let mut run = Scripted::begin(&pair("", "[alpha]", ""));
    run.fails("t:one", FailureClass::RateLimit, None);
    run.fails("t:two", FailureClass::RateLimit, None);
    let at = run.core.next_deadline().expect("parked").0;
    assert!(at <= run.now() + MINUTE);
    run.at(at);
    assert_eq!(run.under_way(), ["t:other", "t:one", "t:two"]);
    run.ends("t:one", 0, "well");
    run.fails("t:two", FailureClass::RateLimit, None);
    let again = run.core.next_deadline().expect("parked").0;
    assert_eq!((again - run.now()).div_ceil(MINUTE), 1, "it worked in between");
}

#[test]
fn a_time_beyond_the_limit_on_parking_fails_the_node_at_once() {
    let mut run = Scripted::begin(&pair("parked: 2h", "[alpha]", ""));
    let until = run.now() + 3 * HOUR;
    run.fails("t:one", FailureClass::Quota, Some(until));
    assert_eq!(run.phase("t:one"), Phase::Failed);
    let mut run = Scripted::begin(&pair("parked: 2h", "[alpha, beta]", ""));
    run.fails("t:one", FailureClass::Quota, Some(until));
    assert_eq!(run.runner("t:one"), Some("beta"), "not while another can work");
}

#[test]
fn with_parked_of_zero_the_words_of_retry_hold() {
    let retry = "retry: { max: 1, on: [rate-limit], backoff: 10s }";
    let mut run = Scripted::begin(&pair("parked: 0s", "[alpha]", retry));
    run.fails("t:one", FailureClass::RateLimit, None);
    assert_eq!(run.phase("t:one"), Phase::Backoff);
    let at = run.core.next_deadline().expect("backoff").0;
    run.at(at);
    run.fails("t:one", FailureClass::RateLimit, None);
    assert_eq!(run.phase("t:one"), Phase::Failed);
}

#[test]
fn an_agent_that_does_not_let_the_run_in_pauses_it_when_nothing_else_is_left() {
    let mut run = Scripted::begin(&pair("usd: 5", "[alpha]", ""));
    run.ends_with(
        "t:two",
        mission_executor::decide::port::Exit::Code(0),
        "well",
        Usage { usd: Some(1.0), ..Usage::default() },
    );
    run.fails("t:one", FailureClass::Auth, None);
    assert_eq!(run.phase("t:one"), Phase::Parked);
    assert_eq!(run.core.at_rest(), None, "other work goes on");
    run.ends("t:other", 0, "");
    assert_eq!(run.core.at_rest(), Some(RunStatus::Paused));
    assert_eq!(run.core.run().paused(), Some("refused: auth"));
    run.resumed();
    assert_eq!(run.under_way(), ["t:one"], "a resume asks again");
    assert_eq!(run.core.run().spent().usd, 1.0, "it is no leave to spend the same again");
    assert_eq!(retries(&run, "t:one"), (0, 0, 2));
    run.ends("t:one", 0, "well");
    assert_eq!(run.ending().0, RunStatus::Succeeded);
}

#[test]
fn of_two_agents_one_that_lets_the_run_in_is_enough() {
    let mut run = Scripted::begin(&pair("", "[alpha, beta]", ""));
    run.fails("t:one", FailureClass::Auth, None);
    assert_eq!(run.runner("t:one"), Some("beta"));
    let until = run.now() + HOUR;
    run.fails("t:one", FailureClass::Quota, Some(until));
    run.ends("t:two", 0, "well");
    run.ends("t:other", 0, "");
    assert_eq!(run.core.run().status(), RunStatus::Parked, "time helps, without a person");
    run.at(until);
    assert_eq!(run.runner("t:one"), Some("beta"));
}

#[test]
fn what_was_asked_again_is_asked_again_after_the_wait() {
    let more = "output: { schema: { type: object, required: [ok], properties: { ok: { type: boolean } } }, repair: 1 }";
    let mut run = Scripted::begin(&format!(
        "
mission: 1
name: t
agents: {{ worker: {{ runner: [alpha] }} }}
nodes: {{ one: {{ agent: worker, prompt: go, {more} }} }}
"
    ));
    run.ends("t:one", 0, "{}");
    let until = run.now() + HOUR;
    run.fails("t:one", FailureClass::Quota, Some(until));
    run.resumed();
    run.at(until);
    let task = run.task("t:one");
    let reask = task.expect("asked again");
    assert_eq!(reask.attempt, 1, "the session of the attempt whose result was refused");
    assert!(reask.errors[0].contains("ok"), "{:?}", reask.errors);
    assert_eq!(retries(&run, "t:one"), (0, 1, 3));
    run.ends("t:one", 0, r#"{"ok": true}"#);
    assert_eq!(run.ending().0, RunStatus::Succeeded);
}

#[test]
fn a_cancel_ends_the_wait() {
    let mut run = Scripted::begin(&pair("", "[alpha]", ""));
    let until = run.now() + HOUR;
    run.fails("t:one", FailureClass::Quota, Some(until));
    run.ends("t:two", 0, "well");
    run.ends("t:other", 0, "");
    let (by, comment) = ("ada".to_owned(), None);
    run.input(mission_executor::decide::port::Input::Cancel { by, comment, now: false });
    assert_eq!((run.ending().0, run.phase("t:one")), (RunStatus::Cancelled, Phase::Cancelled));
}

/// What follows when an attempt fails.
#[derive(Debug, PartialEq, Eq)]
enum Follows {
    /// It is tried again, which costs a retry.
    Retry,
    /// It is asked again, which costs a re-ask.
    Reask,
    /// The node waits, which costs nothing.
    Parked,
    /// Nothing: the node has failed.
    Failure,
}

fn policy(class: FailureClass) -> Follows {
    use FailureClass as C;
    match class {
        C::Exit | C::Signal | C::StartFailed | C::Provider | C::Timeout | C::Idle => Follows::Retry,
        C::NoResult | C::InvalidOutput => Follows::Reask,
        C::RateLimit | C::Quota | C::Auth => Follows::Parked,
        C::ContextOverflow | C::Budget | C::Contradicted => Follows::Failure,
        // Not of agents.
        C::Verdict | C::Expression | C::Body | C::Action => Follows::Failure,
    }
}

const CLASSES: [FailureClass; 14] = [
    FailureClass::Exit,
    FailureClass::Signal,
    FailureClass::StartFailed,
    FailureClass::Timeout,
    FailureClass::Idle,
    FailureClass::NoResult,
    FailureClass::InvalidOutput,
    FailureClass::Contradicted,
    FailureClass::Auth,
    FailureClass::RateLimit,
    FailureClass::Quota,
    FailureClass::Provider,
    FailureClass::ContextOverflow,
    FailureClass::Budget,
];

#[test]
fn every_class_has_its_policy_and_is_documented() {
    let documented: Vec<&str> =
        include_str!("../../../docs/agents.md").lines().filter(|line| line.starts_with("| `")).collect();
    let more = "output: { schema: { type: object }, repair: 1 }, retry: { max: 1, on: [crash, timeout], backoff: 10s }";
    for class in CLASSES {
        let mut run = Scripted::begin(&pair("", "[alpha]", more));
        run.fails("t:one", class, Some(HOUR));
        let (retried, asked, _) = retries(&run, "t:one");
        let follows = match (run.phase("t:one"), retried, asked) {
            (Phase::Backoff, 1, 0) => Follows::Retry,
            (Phase::Running, 0, 1) => Follows::Reask,
            (Phase::Parked, 0, 0) => Follows::Parked,
            (Phase::Failed, 0, 0) => Follows::Failure,
            other => panic!("{class:?}: {other:?}"),
        };
        assert_eq!(follows, policy(class), "{class:?}");
        let word = format!("`{}`", class.word());
        let has_row = documented.iter().any(|row| row.split('|').nth(1).is_some_and(|cell| cell.contains(&word)));
        assert!(has_row, "docs/agents.md has no row for {word}");
    }
}

#[test]
fn heavy_agents_run_one_after_the_other() {
    let heavy = |weight| mission_executor::decide::port::Candidate { weight, ..candidate("alpha") };
    for (limits, weight, together) in [
        ("concurrency: 9", 4, 2),
        ("concurrency: 9", 5, 1),
        ("concurrency: 9", 99, 1),
        ("weight: 99", 9, 2),
        ("weight: 9", 5, 1),
    ] {
        let mut run = Scripted::begin_where(&pair(limits, "[alpha]", ""), None, vec![heavy(weight)]);
        let agents = run.under_way().iter().filter(|node| **node != "t:other").count();
        assert_eq!(agents, together, "{limits}, weight {weight}");
        run.ends("t:one", 0, "well");
        run.ends("t:two", 0, "well");
    }
}

#[test]
fn the_first_attempt_of_an_agent_that_must_warm_up_begins_alone() {
    let cold = mission_executor::decide::port::Candidate { warmup: true, ..candidate("alpha") };
    let mut run = Scripted::begin_where(&pair("", "[alpha]", ""), None, vec![cold]);
    assert_eq!(run.under_way(), ["t:one", "t:other"]);
    run.input(mission_executor::decide::port::Input::Progress { node: "t:one".to_owned(), attempt: 1, usage: None });
    assert_eq!(run.under_way(), ["t:one", "t:other"], "a worktree that is set up is no event of the agent");
    run.tells("t:one", Usage::default());
    assert_eq!(run.under_way(), ["t:one", "t:other", "t:two"]);
}
