//! Where a test says something that nobody hears: blocks that never run, and blocks whose faults are swallowed.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::text::Source;
use super::Said;
use super::read::indented;

type Ranges = Vec<Range<usize>>;

fn plain(ranges: Ranges) -> Said {
    ranges.into_iter().map(|range| (range, None)).collect()
}

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Does `word` stand nowhere but where it is made?
fn unused(source: &Source, word: &str) -> bool {
    let pattern = Regex::new(&format!(r"\b{}\b", regex::escape(word))).expect("a word is a pattern");
    word.starts_with('_') && word.len() == 1 || pattern.find_iter(&source.code).nth(1).is_none()
}

/// The brackets that matches of `pattern` end with, of those that `counts`.
fn brackets(source: &Source, pattern: &Regex, counts: impl Fn(&Captures<'_>, &Range<usize>) -> bool) -> Ranges {
    let found = pattern.captures_iter(&source.code).filter_map(|captures| {
        let open = captures.get(0)?.end() - 1;
        let range = open..source.closing(open);
        counts(&captures, &range).then_some(range)
    });
    found.collect()
}

/// The first group is a name that nobody uses.
fn is_unused(source: &Source, captures: &Captures<'_>) -> bool {
    captures.iter().skip(1).flatten().next().is_none_or(|name| unused(source, name.as_str()))
}

static PYTHON_NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*(?:(?:if|while)[ \t]+\(?(?:False|0|None|not[ \t]+True)\)?(?:[ \t]+and\b[^\n]*)?|for[ \t]+[\w, ()]+[ \t]+in[ \t]+(?:\[[ \t]*\]|\([ \t]*\)|\{[ \t]*\}|\x22\x22|''|range\([ \t]*0[ \t]*\)|(?:list|tuple|set|dict|iter)\([ \t]*(?:\(\)|\[\])?[ \t]*\)))[ \t]*:",
    )
});
static PYTHON_WITH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*with[ \t]+(?:(?:contextlib\.)?suppress|(?:self|pytest)\.(?:assertRaises|raises))\([^)\n]*\b(?:AssertionError|Exception|BaseException)\b[^\n]*:[ \t]*$",
    )
});
static PYTHON_TRY: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^([ \t]*)try[ \t]*:"));
static PYTHON_EXCEPT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^except\b[ \t]*(?:\(?[^:\n]*\b(?:AssertionError|Exception|BaseException)\b[^:\n]*)?[ \t]*:|^except\*?[ \t]*:",
    )
});
static PYTHON_LEAVES: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*return\b"));
static PYTHON_RAISES: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\braise\b|\bfail\w*\s*\(|\bassert|\bexit\s*\(|\baddFailure|\berrors?\.append"));
static PYTHON_INNER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]+(?:async[ \t]+)?def[ \t]+(\w+)[ \t]*\("));
static PYTHON_LINE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*(?:(?:False|0)[ \t]+and\b|(?:_[ \t]*=[ \t]*)?lambda\b)"));

static PYTHON_TEST: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^([ \t]*)(async[ \t]+)?def[ \t]+test\w*[ \t]*(\()"));
static PYTHON_CLASS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^class[ \t]+\w+[ \t]*\(([^)]*)\)[ \t]*:"));
static PYTHON_YIELD: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*(?:\w+[ \t]*=[ \t]*)?\(?yield\b"));
static PYTHON_DECORATED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*@(\w+)[ \t]*\n(?:[ \t]*@[^\n]*\n)*[ \t]*(?:async[ \t]+)?def[ \t]+test"));

/// Tests that are called, and whose lines are not run: generators, coroutines that nobody awaits, and those behind a
/// decorator that drops them.
fn uncalled(source: &Source) -> Said {
    let mut said = Said::new();
    for found in PYTHON_TEST.captures_iter(&source.code) {
        let Some((whole, open)) = found.get(0).zip(found.get(3)) else { continue };
        let range = indented(source, whole.start(), open.start());
        let body = range.start..range.end;
        if found.get(1).is_some_and(|indent| !indent.as_str().is_empty())
            && stands_in(source, whole.start()) == Some("def")
        {
            said.push((whole.start()..range.end, Some("it stands in a function, where nothing collects it")));
        }
        let inner: Ranges = PYTHON_INNER
            .find_iter(&source.code[body.clone()])
            .map(|inner| indented(source, body.start + inner.start(), body.start + inner.end() - 1))
            .collect();
        let yields = PYTHON_YIELD.find_iter(&source.code[body.clone()]).map(|found| body.start + found.start());
        if yields.into_iter().any(|at| !inner.iter().any(|range| range.contains(&at))) {
            said.push((whole.start()..range.end, Some("with `yield` it is a generator, and none of its lines is run")));
        }
        let class = PYTHON_CLASS.captures_iter(&source.code[..whole.start()]).last();
        let bases = class.and_then(|class| Some(class.get(1)?.as_str().to_owned())).unwrap_or_default();
        let of_case = bases.split(',').any(|base| matches!(base.trim(), "TestCase" | "unittest.TestCase"));
        if found.get(2).is_some() && found.get(1).is_some_and(|indent| !indent.as_str().is_empty()) && of_case {
            said.push((whole.start()..range.end, Some("with `async` in a plain `TestCase` nobody awaits it")));
        }
    }
    for found in PYTHON_DECORATED.captures_iter(&source.code) {
        let Some((whole, name)) = found.get(0).zip(found.get(1)) else { continue };
        let defines = Regex::new(&format!(r"(?m)^def[ \t]+{}[ \t]*\(([ \t]*\w+)[^)\n]*\)", name.as_str()))
            .expect("a word is a pattern");
        let Some(made) = defines.captures(&source.code) else { continue };
        let Some((head, given)) = made.get(0).zip(made.get(1)) else { continue };
        let body = indented(source, head.start(), head.end());
        let word = Regex::new(&format!(r"\b{}\b", given.as_str().trim())).expect("a word is a pattern");
        let uses = source.code[body.clone()].lines().any(|line| word.is_match(line) && !line.contains("wraps"));
        if !uses {
            let end = indented(source, source.line_start(whole.end()), source.line_end(whole.end())).end;
            said.push((whole.start()..end, Some("its decorator drops it")));
        }
    }
    said
}

pub(super) fn python(source: &Source) -> Said {
    let below = |at: usize, end: usize| indented(source, at, end);
    let column = |at: usize| at - source.line_start(at);
    let mut dead: Ranges = Vec::new();
    for header in [&*PYTHON_NEVER, &*PYTHON_WITH] {
        for found in header.find_iter(&source.code) {
            let at = source.line_start(found.end() - 1);
            dead.push(found.start()..below(at, found.end()).end);
        }
    }
    for found in PYTHON_TRY.captures_iter(&source.code) {
        let Some((whole, indent)) = found.get(0).zip(found.get(1)) else { continue };
        let range = below(whole.start(), whole.end());
        if swallows(source, range.end, indent.as_str().len()) {
            dead.push(range);
        }
    }
    for found in PYTHON_INNER.captures_iter(&source.code) {
        let Some((whole, name)) = found.get(0).zip(found.get(1)) else { continue };
        let decorated = source.code[..whole.start()].trim_end().lines().next_back().is_some_and(|line| {
            line.trim_start().starts_with('@')
                && line.len() - line.trim_start().len() == column(whole.end() - 1).min(80)
        });
        let magic = name.as_str().starts_with("test") || name.as_str().starts_with("__");
        if !magic && !decorated && unused(source, name.as_str()) && in_function(source, whole.start()) {
            dead.push(below(whole.start(), name.end()));
        }
    }
    dead.extend(PYTHON_LINE.find_iter(&source.code).map(|found| found.start()..source.line_end(found.end())));
    let mut said = plain(dead);
    said.extend(uncalled(source));
    said
}

/// Is the line at `at` inside of a function, and not of a class alone?
fn in_function(source: &Source, at: usize) -> bool {
    stands_in(source, at).is_some_and(|word| word != "class")
}

/// The first word of the line that the line at `at` stands below.
fn stands_in(source: &Source, at: usize) -> Option<&str> {
    let indent = |line: &str| line.len() - line.trim_start().len();
    let own = indent(&source.code[at..source.line_end(at)]);
    let above = source.code[..at]
        .lines()
        .rev()
        .find(|line| !line.trim().is_empty() && indent(line) < own && !line.trim_start().starts_with('@'));
    above.map(|line| {
        let line = line.trim_start().trim_start_matches("async ");
        line.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
    })
}

/// Do the handlers from `at` on, `indent` deep, let a fault pass for none?
fn swallows(source: &Source, at: usize, indent: usize) -> bool {
    let mut from = at;
    while from < source.code.len() {
        let start = from + usize::from(source.code.as_bytes()[from] == b'\n');
        let line = &source.code[start..source.line_end(start)];
        let bare = line.trim_start();
        if bare.is_empty() && start < source.code.len() && source.line_end(start) > from {
            from = source.line_end(start);
            continue;
        }
        if line.len() - bare.len() != indent {
            return false;
        }
        let body =
            indented(source, start, source.line_end(start).min(start + line.find(':').map_or(line.len(), |c| c + 1)));
        let inside = &source.code[start + line.find(':').unwrap_or(0)..body.end];
        if PYTHON_EXCEPT.is_match(bare) && !PYTHON_RAISES.is_match(inside) {
            return true;
        }
        if bare.starts_with("finally") && PYTHON_LEAVES.is_match(inside) {
            return true;
        }
        if !["except", "finally", "else"].iter().any(|word| bare.starts_with(word)) {
            return false;
        }
        from = body.end;
    }
    false
}

static SCRIPT_NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:if|while)\s*\(\s*(?:false|0|!1|!true|null|undefined)\s*(?:&&[^{;]*)?\)\s*\{|\bfor\s*\(\s*(?:const|let|var)\s+[^()]*?\s+of\s+(?:\[\s*\]|new\s+\w+\(\s*\))\s*\)\s*\{|\[\s*\]\s*\.(?:forEach|map)\s*\(|\bfor\s*\(\s*(?:let|var)\s+(?:\w+)\s*=\s*0\s*;\s*\w+\s*<\s*0\s*;[^)]*\)\s*\{",
    )
});
static SCRIPT_TRY: LazyLock<Regex> = LazyLock::new(|| pattern(r"\btry\s*\{"));
static SCRIPT_CATCH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^\s*catch\s*(?:\([^)]*\))?\s*\{"));
static SCRIPT_RAISES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\bthrow\b|\bfail\s*\(|\bexpect\b|\bassert|\breject\w*\s*\(|\bdone\s*\(|\bt\.\w+\s*\(|\bexit\w*\b|\.push\s*\(",
    )
});
static SCRIPT_CAUGHT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\)\s*\.catch\s*\(\s*(?:\(\s*\w*\s*\)|\w+)\s*=>\s*(?:\{\s*\}|null\b|undefined\b|0\b|void\b|console\.)")
});
static SCRIPT_NAMED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?(?:\([^()]*\)|\w+)\s*=>\s*\{|\b(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s+)?function\b[^({]*\([^()]*\)\s*\{|(?m)^[ \t]*(?:async\s+)?function\s+(\w+)\s*\([^()]*\)\s*\{",
    )
});
static SCRIPT_LATER: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)^[ \t]*(?:setTimeout|setImmediate|queueMicrotask|process\.nextTick)\s*\("));
static SCRIPT_WAITS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\bdone\b|\bawait\b|\bPromise\b|\b[Tt]imers?\b|\bTimers\w*\b|\bclock\b|\bt\.plan\b|\bresolve\b")
});
static SCRIPT_FLOATS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*(?:void[ \t]+)?(?:Promise\b[^;\n]*|\w[\w.]*\([^;\n]*\))\.(?:then|finally)\s*\(|(?m)^[ \t]*;?(?:void[ \t]+)?\(async\b[^{\n]*\{",
    )
});
static SCRIPT_GIVES: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:it|test|specify)\s*\([^\n]*=>\s*(?:async\s*)?\([^()]*\)\s*=>\s*\{|\b(?:it|test|specify)\s*\([^\n]*\bfunction\s*\*\s*\w*\s*\([^()]*\)\s*\{",
    )
});
static SCRIPT_AND: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bfalse\s*&&"));

pub(super) fn javascript(source: &Source) -> Said {
    let mut dead = brackets(source, &SCRIPT_NEVER, |_, _| true);
    dead.extend(brackets(source, &SCRIPT_TRY, |_, range| {
        let behind = &source.code[range.end..];
        SCRIPT_CATCH.find(behind).is_some_and(|found| {
            let open = range.end + found.end() - 1;
            !SCRIPT_RAISES.is_match(&source.code[open..source.closing(open)])
        })
    }));
    for found in SCRIPT_CAUGHT.find_iter(&source.code) {
        dead.extend(opening(source, found.start()).map(|open| open..found.start()));
    }
    dead.extend(brackets(source, &SCRIPT_NAMED, |captures, _| is_unused(source, captures)));
    // A promise that nobody waits for.
    dead.extend(brackets(source, &SCRIPT_FLOATS, |_, range| !source.code[range.clone()].contains("done(")));
    dead.extend(brackets(source, &SCRIPT_GIVES, |_, _| true));
    if !SCRIPT_WAITS.is_match(&source.code) {
        dead.extend(brackets(source, &SCRIPT_LATER, |_, _| true));
    }
    dead.extend(SCRIPT_AND.find_iter(&source.code).map(|found| found.start()..source.line_end(found.end())));
    plain(dead)
}

/// Where the bracket opens that closes at `at`.
fn opening(source: &Source, at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (place, byte) in source.code.bytes().enumerate().take(at + 1).collect::<Vec<_>>().into_iter().rev() {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 1 => return Some(place),
            b'(' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    None
}

static RUST_NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:if|while)\s+(?:false|!\s*true|cfg!\s*\(\s*(?:any\s*\(\s*\)|not\s*\(\s*test\s*\))\s*\))\s*(?:&&[^{;]*)?\{|\bfor\s+\w+\s+in\s+(?:0\s*\.\.\s*0|\[\s*\]|(?:\w+::)*(?:empty|new)(?:::<[^>]*>)?\(\s*\)|(?:Vec|Option)(?:::<[^>]*>)?::(?:new\(\s*\)|None)|None|\x22\x22\.chars\(\))(?:::<[^>]*>)?\s*\{",
    )
});
static RUST_CAUGHT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)(?:^|[;{}])\s*(?:(?:let\s+_\w*\s*=|drop\s*\()\s*)?(?:\w+::)*catch_unwind\s*\("));
static RUST_CLOSURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\blet\s+(_?\w*)\s*=\s*(?:move\s+)?\|[^|]*\|\s*\{"));
static RUST_LATER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\blet\s+_\w*\s*=\s*(?:move\s+)?\|[^|;{]*\|\s*[^{\s|]"));
static RUST_TRIES: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bif\s+(?:\w+::)*catch_unwind\s*\("));
static RUST_FAILS: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bpanic!|\bassert\w*!|\bunreachable!|\bresume_unwind\b|\breturn\s+Err\b|\bexit\b"));
static RUST_THREAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?m)(?:^|[;{}])\s*(?:let\s+_\s*=\s*)?(?:\w+::)*thread::spawn\s*\("));
static RUST_INNER: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]+fn\s+(\w+)\s*\([^)]*\)[^{;]*\{"));
static RUST_EMPTY: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bmacro_rules!\s*(\w+)\s*\{\s*\([^;]*?\)\s*=>\s*\{\s*\}\s*;?\s*\}"));

/// A nested function without attributes is dead where nobody calls it; what is known by an attribute is left alone.
pub(super) fn rust(source: &Source) -> Said {
    let mut dead = brackets(source, &RUST_NEVER, |_, _| true);
    dead.extend(brackets(source, &RUST_CAUGHT, |_, range| {
        let behind = source.code[range.end..].trim_start();
        behind.starts_with(';') || behind.starts_with(')') || behind.starts_with(".ok();")
    }));
    dead.extend(brackets(source, &RUST_CLOSURE, |captures, _| is_unused(source, captures)));
    dead.extend(brackets(source, &RUST_THREAD, |_, range| {
        let behind: String = source.code[range.end..].chars().take(60).filter(|c| !c.is_whitespace()).collect();
        behind.starts_with(';') || behind.starts_with(".join();") || behind.starts_with(".join().ok();")
    }));
    dead.extend(brackets(source, &RUST_INNER, |captures, range| {
        let whole = captures.get(0).map_or(range.start, |whole| whole.start());
        let before = source.code[..whole].trim_end();
        !before.ends_with(']') && is_unused(source, captures)
    }));
    dead.extend(RUST_LATER.find_iter(&source.code).map(|found| {
        found.start()..source.code[found.end()..].find(';').map_or(source.code.len(), |end| found.end() + end)
    }));
    dead.extend(brackets(source, &RUST_TRIES, |_, range| {
        let behind = source.code[range.end..].trim_start();
        let open =
            behind.strip_prefix(".is_err()").and_then(|rest| Some(source.code.len() - rest.len() + rest.find('{')?));
        open.is_some_and(|open| !RUST_FAILS.is_match(&source.code[open..source.closing(open)]))
    }));
    for found in RUST_EMPTY.captures_iter(&source.code) {
        let calls = Regex::new(&format!(r"(?m)^\s*{}!\s*[({{]", &found[1])).expect("a word is a pattern");
        dead.extend(brackets(source, &calls, |_, _| true));
    }
    plain(dead)
}

static GO_NEVER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"\b(?:if|for)\s+(?:false|!true)\b[^{;\n]*\{|\bfor\b[^{;\n]*\brange\s+(?:\[\d*\]|map\[\w+\])[\w.*]*\{\s*\}\s*\{",
    )
});
static GO_CLOSURE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\b(_|\w+)\s*:?=\s*func\s*\([^()]*\)[^{\n]*\{"));
static GO_RECOVERS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bdefer\s+func\s*\(\s*\)\s*\{"));
static GO_FAILS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"\.(?:Error|Fatal|Fail)\w*\s*\(|\bpanic\s*\(|\b(?:assert|require)\.|=\s*fmt\.Errorf|\bok\s*=|=\s*true")
});
static GO_BESIDE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\bgo\s+func\s*\([^()]*\)\s*\{"));
static GO_WAITS: LazyLock<Regex> = LazyLock::new(|| pattern(r"\.Wait\s*\(|<-|\bSleep\b|\bEventually\b|\bselect\b"));

pub(super) fn go(source: &Source) -> Said {
    let mut dead = brackets(source, &GO_NEVER, |_, _| true);
    dead.extend(brackets(source, &GO_CLOSURE, |captures, _| is_unused(source, captures)));
    for deferred in brackets(source, &GO_RECOVERS, |_, _| true) {
        let inside = &source.code[deferred.clone()];
        if inside.contains("recover()") && !GO_FAILS.is_match(inside) {
            dead.push(deferred.end..around_end(source, deferred.start));
        }
    }
    if !GO_WAITS.is_match(&source.code) {
        dead.extend(brackets(source, &GO_BESIDE, |_, _| true));
    }
    plain(dead)
}

/// Where the block ends that `at` stands in.
fn around_end(source: &Source, at: usize) -> usize {
    let mut depth = 0_i32;
    let bytes = source.code.as_bytes();
    (at..bytes.len())
        .find(|place| {
            depth += i32::from(bytes[*place] == b'{') - i32::from(bytes[*place] == b'}');
            depth < 0
        })
        .unwrap_or(bytes.len())
}

static SHELL_OVERLOOKS: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?m)^[ \t]*set[ \t]+\+(?:e|o[ \t]+errexit)\b"));
static SHELL_STOPS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?m)^[ \t]*set[ \t]+-(?:\w*e|o[ \t]+errexit)\b|^\}|\|\|[ \t]*(?:exit|return|fail)|\b(?:exit|return)[ \t]+[1-9$]",
    )
});

/// From where faults are overlooked, to where they are heard again.
pub(super) fn shell(source: &Source) -> Said {
    let found = SHELL_OVERLOOKS.find_iter(&source.code).map(|from| {
        let end =
            SHELL_STOPS.find(&source.code[from.end()..]).map_or(source.code.len(), |stop| from.end() + stop.start());
        from.start()..end
    });
    plain(found.collect())
}

static FAULT_CAUGHT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^\s*catch\s*(?:\([^)]*\b(?:AssertionError|AssertionFailedError|\w*ExpectationFailed\w*|AssertionException|XunitException|Throwable|Error)\b[^)]*\)\s*)?\{|^\s*catch\s*(?:\(\s*(?:\\?Exception|System\.Exception)\b[^)]*\)\s*)\{",
    )
});
static FAULT_RAISED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"\bthrow\b|\bfail\w*\s*\(|\b[aA]ssert\w*|\bFail\b|\bexit\b"));

/// Blocks whose faults are caught and not raised again, where faults of tests are caught with others.
pub(super) fn caught(source: &Source) -> Said {
    let swallowed = brackets(source, &SCRIPT_TRY, |_, range| {
        FAULT_CAUGHT.find(&source.code[range.end..]).is_some_and(|found| {
            let open = range.end + found.end() - 1;
            !FAULT_RAISED.is_match(&source.code[open..source.closing(open)])
        })
    });
    plain(swallowed)
}
