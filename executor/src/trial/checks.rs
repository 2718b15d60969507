//! The checks, in the order in which people read them: the plain call first, what is derived from all calls last.

use std::time::Duration;

use serde_json::{Value, json};

use super::bench::{Asked, Bench, Heard};
use super::replay::{BANNER, UNKNOWN, same_with};
use super::{Cell, Verdict};
use crate::agent::catalogue::{Channel, Cli, Driver};
use crate::agent::stream::Totals;
use crate::agent::{Session, uuid};
use crate::decide::port::{Broken, Onward, Reask};
use crate::event::Usage;

/// Calls at the same time.
const PARALLEL: usize = 4;
/// Bytes of the long prompt, and of one that is an argument.
const LONG: usize = 160 * 1024;
const LONG_ARGUMENT: usize = 100 * 1024;
/// The calls whose end is told to be normal.
type Calls = Vec<(&'static str, Usage)>;

/// How many calls of its model a trial of `cli` makes, at most.
pub(super) fn calls(cli: &Cli) -> usize {
    // `ok`, `schema`, `re-ask`, `cancel`, `timeout`, `big prompt`, and those at the same time.
    6 + PARALLEL + usize::from(can_resume(cli)) + usize::from(can_fail(cli))
}

/// Bytes of the longest prompt.
pub(super) fn longest(cli: &Cli) -> usize {
    if cli.prompt == Channel::Argument { LONG_ARGUMENT } else { LONG }
}

/// Can it go on with a session?
fn can_resume(cli: &Cli) -> bool {
    cli.takes_up(&cli.name)
}

/// Can something be asked of it that must fail?
fn can_fail(cli: &Cli) -> bool {
    cli.options.resume.is_some() || cli.options.model.is_some() || cli.driver == Driver::Acp
}

/// All checks.
pub(super) async fn perform(bench: &Bench<'_>, tell: &mut dyn FnMut(&Cell)) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut made = Calls::new();
    let mut over = |cell: Cell, cells: &mut Vec<Cell>| {
        tell(&cell);
        cells.push(cell);
    };
    let plain = bench.call(Asked { write: true, ..plain("ok") }).await;
    made.push(("ok", plain.ended.usage.clone()));
    let is_fit = plain.value.is_ok();
    over(ok(&plain), &mut cells);
    if !is_fit {
        // Everything else would only say the same again, and cost as much.
        for check in REST {
            over(excluded(check, "`ok` failed"), &mut cells);
        }
        return cells;
    }
    let word = word();
    let first = bench.call(Asked { schema: Some(schema()), ..ask("word", tell_word(&word)) }).await;
    made.push(("schema", first.ended.usage.clone()));
    over(told("schema", &first, &word, 7), &mut cells);
    let again = asked_again(bench, &word, &first).await;
    made.push(("re-ask", again.ended.usage.clone()));
    over(told("re-ask", &again, &word, 8), &mut cells);
    over(resumed(bench, &word, &mut made).await, &mut cells);
    over(must_fail(bench).await, &mut cells);
    over(stopped(bench, "cancel", false).await, &mut cells);
    over(stopped(bench, "timeout", true).await, &mut cells);
    over(parallel(bench, &mut made).await, &mut cells);
    over(long(bench, &mut made).await, &mut cells);
    over(replayed(bench, "unknown event", UNKNOWN), &mut cells);
    over(replayed(bench, "banner", BANNER), &mut cells);
    over(usage(bench.cli, &made), &mut cells);
    over(processes(&made), &mut cells);
    cells
}

/// The checks behind `ok`.
const REST: [&str; 12] = [
    "schema",
    "re-ask",
    "resume",
    "error",
    "cancel",
    "timeout",
    "4 in parallel",
    "big prompt",
    "unknown event",
    "banner",
    "usage",
    "no process left",
];

fn ask(node: &str, prompt: String) -> Asked {
    Asked { who: (format!("test:{node}"), 1), prompt, write: true, ..Asked::default() }
}

/// As little as can be asked, without leave to write.
pub(super) fn plain(node: &str) -> Asked {
    Asked { write: false, ..ask(node, "Do not use any tools. Reply with the single word: ready".to_owned()) }
}

/// A word that nobody can guess.
fn word() -> String {
    uuid().map_or_else(|_| "halcyon".to_owned(), |id| format!("w{}", &id[..8]))
}

fn tell_word(word: &str) -> String {
    format!(
        "This is a test of how you are called. Do not use any tools. The code word is `{word}`. \
         Reply with a JSON object whose `word` is the code word and whose `count` is 7."
    )
}

fn schema() -> Value {
    json!({
        "type": "object",
        "required": ["word", "count"],
        "additionalProperties": false,
        "properties": { "word": { "type": "string" }, "count": { "type": "integer" } },
    })
}

fn cell(check: &'static str, verdict: Verdict, why: Option<String>) -> Cell {
    Cell { check, verdict, why, millis: None, input_tokens: None, output_tokens: None, usd: None }
}

fn excluded(check: &'static str, why: &str) -> Cell {
    cell(check, Verdict::NotApplicable, Some(why.to_owned()))
}

/// A check by its result: `Ok` with what people should know, or why it failed.
fn judged(check: &'static str, result: Result<Option<String>, String>) -> Cell {
    match result {
        Ok(note) => cell(check, Verdict::Ok, note),
        Err(why) => cell(check, Verdict::Failed, Some(why)),
    }
}

fn with_figures(cell: Cell, took: Duration, usage: &Usage) -> Cell {
    let millis = u64::try_from(took.as_millis()).ok();
    Cell { millis, input_tokens: usage.input_tokens, output_tokens: usage.output_tokens, usd: usage.usd, ..cell }
}

fn ok(heard: &Heard) -> Cell {
    let result = match &heard.value {
        Ok(Value::String(text)) if text.to_lowercase().contains("ready") => Ok(None),
        Ok(other) => Err(format!("it was to say `ready`, and said {}", short(&other.to_string()))),
        Err(why) => Err(why.clone()),
    };
    with_figures(judged("ok", result), heard.took, &heard.ended.usage)
}

/// Is the result the one that was asked for?
fn told(check: &'static str, heard: &Heard, word: &str, count: i64) -> Cell {
    let result = match &heard.value {
        Ok(value) if value["word"] != json!(word) => {
            Err(format!("it does not know the code word: {}", short(&value.to_string())))
        }
        Ok(value) if value["count"] != json!(count) => {
            Err(format!("`count` was to be {count}: {}", short(&value.to_string())))
        }
        Ok(_) => Ok(None),
        Err(why) => Err(why.clone()),
    };
    with_figures(judged(check, result), heard.took, &heard.ended.usage)
}

async fn asked_again(bench: &Bench<'_>, word: &str, first: &Heard) -> Heard {
    let previous = first.ended.reply.text.clone();
    let errors = vec!["/count: it must be 8 now".to_owned()];
    let reask = Some(Reask { attempt: 1, previous, errors: errors.clone() });
    // As a run does it: without a session the whole prompt comes again, with the reasons.
    let prompt = format!("{}\n\nYour last reply was not accepted: {}\n", tell_word(word), errors.concat());
    bench.call(Asked { who: ("test:word".to_owned(), 2), schema: Some(schema()), reask, ..ask("word", prompt) }).await
}

/// The way of a run whose executor was killed.
async fn resumed(bench: &Bench<'_>, word: &str, made: &mut Calls) -> Cell {
    const CHECK: &str = "resume";
    if !can_resume(bench.cli) {
        return excluded(CHECK, "it has no `options.resume`");
    }
    let node = "test:word";
    let Some(before) = bench.session(node, 2).filter(|session| session.id.is_some()) else {
        return judged(CHECK, Err("it told no id of its session".to_owned()));
    };
    let asked = Asked {
        who: (node.to_owned(), 3),
        schema: Some(schema()),
        onward: Some(Onward { attempt: 2, after: Broken::Lost }),
        ..ask("word", tell_word("?"))
    };
    let heard = bench.call(asked).await;
    made.push((CHECK, heard.ended.usage.clone()));
    let after = bench.session(node, 3).and_then(|session| session.id);
    if bench.cli.driver == Driver::Acp && !heard.ended.usage.continued {
        return excluded(CHECK, "it knows no way to go on with a session, or not with this one");
    }
    let result = match &heard.value {
        Ok(value) if value["word"] == json!(word) && (after == before.id) => Ok(None),
        Ok(value) if value["word"] == json!(word) => Ok(Some("it goes on under another id".to_owned())),
        Ok(_) => Err("it does not remember the session that it was to go on with".to_owned()),
        Err(why) => Err(why.clone()),
    };
    with_figures(judged(CHECK, result), heard.took, &heard.ended.usage)
}

/// A call that cannot succeed must not look as if it had.
async fn must_fail(bench: &Bench<'_>) -> Cell {
    const CHECK: &str = "error";
    if !can_fail(bench.cli) {
        return excluded(
            CHECK,
            "nothing that must fail can be asked of it: it has neither `options.resume` nor `options.model`",
        );
    }
    let prompt = "Do not use any tools. Reply with the single word: ready".to_owned();
    let mut asked = ask("error", prompt);
    let what = if bench.cli.options.resume.is_some() {
        let unknown = Session { id: uuid().ok(), begun: true, ..Session::new(&bench.cli.name, Totals::default()) };
        if bench.plant("test:error", 1, &unknown).is_none() {
            return excluded(CHECK, "its files could not be written");
        }
        asked.who.1 = 2;
        asked.reask = Some(Reask { attempt: 1, previous: String::new(), errors: vec!["say it again".to_owned()] });
        "a session that does not exist"
    } else {
        asked.model = Some("no-such-model".to_owned());
        "a model that does not exist"
    };
    let heard = bench.call(asked).await;
    let result = match &heard.value {
        Ok(_) => Err(format!("it was asked for {what}, and ended as if all were well")),
        Err(why) => Ok(Some(short(why))),
    };
    with_figures(judged(CHECK, result), heard.took, &heard.ended.usage)
}

/// Ended in the middle of its work, nothing of it may stay.
async fn stopped(bench: &Bench<'_>, check: &'static str, now: bool) -> Cell {
    let prompt = "Run exactly this command with your tool for commands, in the foreground: `tail -f /dev/null`. It does not end by itself; do nothing else.";
    let stopped = bench.stop(ask(check, prompt.to_owned()), now).await;
    let cell = if stopped.too_early {
        let how = stopped.heard.value.err().unwrap_or_else(|| "it was done".to_owned());
        excluded(check, &format!("it ended before it could be ended: {}", short(&how)))
    } else if stopped.left > 0 {
        judged(check, Err(format!("{} of its processes were left", stopped.left)))
    } else {
        judged(check, Ok(Some(format!("gone after {} ms", stopped.after.as_millis()))))
    };
    with_figures(cell, stopped.heard.took, &stopped.heard.ended.usage)
}

async fn parallel(bench: &Bench<'_>, made: &mut Calls) -> Cell {
    const CHECK: &str = "4 in parallel";
    let words: Vec<String> = (0..PARALLEL).map(|_| word()).collect();
    let asked = |i: usize| Asked { schema: Some(schema()), ..ask(&format!("part-{i}"), tell_word(&words[i])) };
    let (a, b, c, d) =
        tokio::join!(bench.call(asked(0)), bench.call(asked(1)), bench.call(asked(2)), bench.call(asked(3)));
    let mut sum = Usage { input_tokens: Some(0), output_tokens: Some(0), usd: Some(0.0), ..Usage::default() };
    let (mut wrong, mut took) = (Vec::new(), Duration::ZERO);
    for (i, heard) in [a, b, c, d].iter().enumerate() {
        let one = told(CHECK, heard, &words[i], 7);
        wrong.extend(one.why.filter(|_| one.verdict != Verdict::Ok).map(|why| format!("call {}: {why}", i + 1)));
        add(&mut sum, &heard.ended.usage);
        took = took.max(heard.took);
        made.push((CHECK, heard.ended.usage.clone()));
    }
    let result = if wrong.is_empty() { Ok(None) } else { Err(wrong.join("; ")) };
    with_figures(judged(CHECK, result), took, &sum)
}

fn add(sum: &mut Usage, more: &Usage) {
    sum.input_tokens = sum.input_tokens.zip(more.input_tokens).map(|(a, b)| a + b);
    sum.output_tokens = sum.output_tokens.zip(more.output_tokens).map(|(a, b)| a + b);
    sum.usd = sum.usd.zip(more.usd).map(|(a, b)| a + b);
}

async fn long(bench: &Bench<'_>, made: &mut Calls) -> Cell {
    const CHECK: &str = "big prompt";
    let line = "This line stands here so that the prompt is long, and says nothing else at all.\n";
    let (word, filler) = (word(), line.repeat(longest(bench.cli) / line.len()));
    let prompt = format!("{filler}\n{}", tell_word(&word));
    let heard = bench.call(Asked { schema: Some(schema()), ..ask("long", prompt) }).await;
    made.push((CHECK, heard.ended.usage.clone()));
    told(CHECK, &heard, &word, 7)
}

/// What the first call said, once more, with `line` in between.
fn replayed(bench: &Bench<'_>, check: &'static str, line: &str) -> Cell {
    if bench.cli.driver == Driver::Text {
        return excluded(check, "it does not speak in events, one per line");
    }
    judged(check, same_with(bench.cli, &bench.log("test:ok", 1), line).map(|()| None))
}

/// Are the figures there that its description promises?
fn usage(cli: &Cli, made: &Calls) -> Cell {
    const CHECK: &str = "usage";
    if !cli.rules().any(|rule| rule.usage.is_some() || rule.add_usage.is_some()) {
        return excluded(CHECK, "its description names no tokens");
    }
    let is_silent = |usage: &Usage| usage.input_tokens.unwrap_or(0) == 0 || usage.output_tokens.unwrap_or(0) == 0;
    let silent: Vec<&str> = made.iter().filter(|(_, usage)| is_silent(usage)).map(|(check, _)| *check).collect();
    match silent.first() {
        Some(check) => judged(CHECK, Err(format!("no tokens were told by `{check}`"))),
        None => judged(CHECK, Ok(None)),
    }
}

/// Did a call that ended by itself leave something behind?
fn processes(made: &Calls) -> Cell {
    const CHECK: &str = "no process left";
    let left = made.iter().find_map(|(check, usage)| Some((check, usage.leaked.filter(|left| *left > 0)?)));
    match left {
        Some((check, left)) => {
            let what = if left == 1 { "a process" } else { "processes" };
            judged(CHECK, Err(format!("`{check}` left {what} behind ({left}); a run ends what is left")))
        }
        None if made.iter().all(|(_, usage)| usage.leaked.is_none()) => excluded(CHECK, "this system does not tell"),
        None => judged(CHECK, Ok(None)),
    }
}

fn short(text: &str) -> String {
    let line = text.trim().replace('\n', " ");
    let mut short: String = line.chars().take(120).collect();
    if short.len() < line.len() {
        short.push('…');
    }
    short
}
