//! What is kept of what an attempt prints, and how it becomes its result.

use std::fs;

use mission_compiler::workflow::From;
use mission_executor::decide::port::{Exit, Input};
use mission_executor::event::FailureClass;
use mission_executor::process::Limits;
use mission_executor::reply::extract;
use serde_json::json;

use crate::bench::{Bench, agent, limits, shell};

#[test]
fn both_streams_are_logged_and_the_end_is_told() {
    let mut bench = Bench::new();
    let ended = bench.run(shell("echo out; echo err >&2; sleep 0.05; echo more; exit 3"));
    assert_eq!((ended.exit, ended.reply.text.as_str()), (Exit::Code(3), "out\nmore\n"));
    let mut lines: Vec<&str> = ended.log_tail.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["err", "more", "out"]);
    assert_eq!(bench.log(), ended.log_tail.as_bytes());
    assert!(!bench.run_folder().join("logs/w/n/2.log").exists());
}

#[test]
fn sixty_four_megabytes_leave_a_bounded_log() {
    let mut bench = Bench::new();
    let ended = bench.run(shell("echo first; head -c 67108864 /dev/zero | tr '\\0' x; echo last"));
    assert_eq!(ended.exit, Exit::Code(0));
    assert!(ended.reply.text_cut && ended.reply.text.len() == 1 << 20, "{}", ended.reply.text.len());
    let log = bench.log();
    assert!(log.len() <= 8 << 20, "{}", log.len());
    assert!(log.starts_with(b"first\nxxx") && log.ends_with(b"xxxlast\n"));
    let text = String::from_utf8(log).expect("text");
    let cut: usize =
        text.split("[mission: ").nth(1).and_then(|rest| rest.trim().split(' ').next()?.parse().ok()).expect("a mark");
    let kept = text.len() - "\n[mission: 12345678901234567890 bytes cut here]\n".len();
    assert_eq!(cut + kept, (64 << 20) + "first\nlast\n".len(), "every byte is kept or counted");
    let failure = extract(From::Stdout, false, None, &ended.reply).expect_err("a part is no result");
    assert_eq!(failure.class, FailureClass::NoResult);
    assert!(failure.message.contains("1048576 bytes"), "{}", failure.message);
}

/// Not a test by itself: an executor in a process of its own, whose memory can be looked at.
#[test]
fn helper_flood() {
    let Some(result) = std::env::var_os("TEST_FLOOD") else { return };
    let mut bench = Bench::new();
    for n in 0..4 {
        let mut work = shell("head -c 134217728 /dev/zero");
        work.node = format!("w:n{n}");
        bench.start(work);
    }
    for _ in 0..4 {
        assert_eq!(bench.ended().exit, Exit::Code(0));
    }
    let status = fs::read_to_string("/proc/self/status").expect("status");
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    fs::write(result, peak.trim().trim_end_matches(" kB")).expect("written");
}

#[test]
fn half_a_gigabyte_from_four_at_once_passes_through_little_memory() {
    let dir = tempfile::tempdir().expect("dir");
    let result = dir.path().join("peak");
    let status = std::process::Command::new(std::env::current_exe().expect("this program"))
        .args(["--exact", "output::helper_flood"])
        .env("TEST_FLOOD", &result)
        .stdout(std::process::Stdio::null())
        .status()
        .expect("a flood");
    assert!(status.success());
    let peak: u64 = fs::read_to_string(result).expect("a peak").parse().expect("a number");
    assert!(peak < 32 * 1024, "{peak} KiB");
}

#[test]
fn one_line_of_eight_megabytes_is_a_text_like_any_other() {
    let mut bench = Bench::with(Limits { text: 9 << 20, ..limits() }, &[]);
    let ended = bench.run(shell("head -c 8388608 /dev/zero | tr '\\0' y"));
    assert_eq!((ended.reply.text.len(), ended.reply.text_cut), (8 << 20, false));
    assert_eq!(bench.log().len(), 8 << 20);
}

#[test]
fn bytes_that_are_no_text_are_kept_in_the_log_and_refused_as_a_result() {
    let mut bench = Bench::new();
    let ended = bench.run(shell("printf 'ab\\377\\0c'"));
    assert_eq!(bench.log(), b"ab\xff\0c");
    assert_eq!((ended.reply.text.as_str(), ended.reply.text_broken), ("ab\u{fffd}\0c", Some(2)));
    let failure = extract(From::Stdout, false, None, &ended.reply).expect_err("not UTF-8");
    assert!(failure.message.contains("number 2"), "{}", failure.message);
}

#[test]
fn output_that_nobody_wants_is_not_kept() {
    let mut bench = Bench::new();
    let mut work = shell("echo chatter");
    work.from = From::Default;
    let ended = bench.run(work);
    assert_eq!((ended.reply.text.as_str(), bench.log()), ("", b"chatter\n".to_vec()));
    assert_eq!(extract(From::Default, false, None, &ended.reply), Ok(json!(null)));
    let ended = bench.run(shell("true"));
    assert_eq!((ended.exit, ended.log_tail.as_str()), (Exit::Code(0), ""));
}

#[test]
fn a_long_prompt_to_a_process_that_does_not_read_it() {
    let mut bench = Bench::new();
    let prompt = "p".repeat(300 * 1024);
    bench.script("deaf", "#!/bin/sh\nexec <&-\necho '{\"a\": 1}'\n");
    bench.script("lazy", "#!/bin/sh\necho '{\"a\": 2}'\n");
    bench.script("reader", "#!/bin/sh\nwc -c\n");
    for (program, text) in [("./deaf", "{\"a\": 1}\n"), ("./lazy", "{\"a\": 2}\n"), ("./reader", "307200\n")] {
        let ended = bench.run(agent(program, &prompt));
        assert_eq!((ended.exit, ended.reply.text.trim_start()), (Exit::Code(0), text), "{program}");
    }
    bench.assert_clean();
}

#[test]
fn results_are_read_or_refused() {
    let mut bench = Bench::with(Limits { file: 100, ..limits() }, &[]);
    let schema = json!({"type": "object"});
    for (script, result) in [
        ("echo '{\"a\": 1}' >\"$MISSION_OUTPUT\"; echo chatter", Ok(json!({"a": 1}))),
        ("echo 'thinking {'; echo '```json'; echo '{\"a\": 2}'; echo '```'", Ok(json!({"a": 2}))),
        ("echo 'so: {\"a\": 3}.'; echo bye", Ok(json!({"a": 3}))),
        ("echo 'it would be {\"a\": 3} but is not'", Err("amid a sentence")),
        ("true", Err("without saying anything")),
        ("echo all is well", Err("begins: \"all is well\"")),
        (": >\"$MISSION_OUTPUT\"", Err("is empty")),
        ("echo '{\"a\": 1, \"a\": 2}' >\"$MISSION_OUTPUT\"", Err("given twice")),
        ("echo '{\"a\"' >\"$MISSION_OUTPUT\"", Err("the result file is not valid")),
        ("printf '\"\\377\"' >\"$MISSION_OUTPUT\"", Err("number 1, counted from 0")),
        ("head -c 101 /dev/zero >\"$MISSION_OUTPUT\"", Err("longer than the limit of 100 bytes")),
        ("ln -s /etc/hostname \"$MISSION_OUTPUT\"", Err("it is a symbolic link")),
        ("mkdir \"$MISSION_OUTPUT\"", Err("it is not a file")),
        ("mkfifo \"$MISSION_OUTPUT\"", Err("it is not a file")),
    ] {
        bench.script("agent", &format!("#!/bin/sh\n{script}\n"));
        let mut work = agent("./agent", "go");
        work.schema = Some(schema.clone());
        let ended = bench.run(work);
        assert_eq!(ended.exit, Exit::Code(0), "{script}");
        let read = extract(From::Default, true, Some(&schema), &ended.reply);
        match (read, result) {
            (Ok(read), Ok(wanted)) => assert_eq!(read, wanted, "{script}"),
            (Err(failure), Err(part)) => assert!(failure.message.contains(part), "{script}: {}", failure.message),
            (read, _) => panic!("{script}: {read:?}"),
        }
        let output = bench.run_folder().join("attempts/w/n/1/result.json");
        let _ = fs::remove_dir(&output);
    }
}

#[test]
fn every_sign_of_life_is_told_but_not_too_often() {
    let mut bench = Bench::new();
    bench.start(shell("for i in 1 2 3 4 5 6 7 8; do echo $i; sleep 0.2; done"));
    let mut signs = 0;
    let ended = loop {
        match bench.next() {
            Input::Progress { node, attempt, usage: _ } => {
                assert_eq!((node.as_str(), attempt), ("w:n", 1));
                signs += 1;
            }
            Input::Ended(ended) => break *ended,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(ended.exit, Exit::Code(0));
    let millis = ended.usage.millis.expect("a duration");
    assert!(signs >= 2 && signs <= 2 + millis / 1000, "{signs} in {millis} ms");
}
