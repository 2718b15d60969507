//! `mission agents test` on agents of a user's own: one that is sound, and some that are broken on purpose.

use serde_json::Value;

use crate::support::{Place, Said, follows};

/// Twelve lines.
const MINE: &str = r"mine:
  bin: ./mine.sh
  detect: { says: 'mine (?P<version>\d+\.\d+)' }
  args: [--json]
  options: { resume: [--resume, '{session}'] }
  events:
    - { match: { /type: hello }, session: /session }
    - { match: { /type: answer }, text: /text }
    - { match: { /type: error }, failed: true, error: /text }
    - match: { /type: end }
      done: true
      usage: { input: [/in], output: [/out] }
";

/// Remembers the code word of each session in a file, and obeys.
const SCRIPT: &str = r#"#!/bin/sh
[ "$1" = --version ] && { echo 'mine 2.1'; exit; }
session=
while [ $# -gt 0 ]; do
    case "$1" in --resume) session=$2; shift ;; esac
    shift
done
prompt=$(cat)
if [ -n "$session" ] && [ ! -e "memory-$session" ]; then
    echo '{"type":"error","text":"there is no such session"}'; exit 1
fi
: "${session:=s$$}"
echo "{\"type\":\"hello\",\"session\":\"$session\"}"
case "$prompt" in *'tail -f /dev/null'*) sleep 300 ;; esac
word=$(printf '%s' "$prompt" | sed -n 's/.*code word is `\([^`]*\)`.*/\1/p' | tail -n 1)
[ -n "$word" ] || word=$(cat "memory-$session" 2>/dev/null)
echo "$word" > "memory-$session"
count=7; case "$prompt" in *'must be 8'*) count=8 ;; esac
text=ready; case "$prompt" in *'JSON Schema'*) text="{\\\"word\\\":\\\"$word\\\",\\\"count\\\":$count}" ;; esac
echo "{\"type\":\"answer\",\"text\":\"$text\"}"
echo '{"type":"end","in":10,"out":2}'
"#;

fn place(agents: &str, script: &str) -> Place {
    let place = Place::new();
    place.write(".mission/agents.yaml", agents).script("mine.sh", script);
    place
}

/// Tries `mine`; returns what was said, and check, verdict and reason of each cell.
fn tried(agents: &str, script: &str, code: i32) -> (Said, Vec<(String, String, String)>) {
    let place = place(agents, script);
    let said = place.mission(&["agents", "test", "mine", "--yes", "--json"]).exits(code);
    let json = said.json();
    follows(&json, "trial");
    let word = |cell: &Value, key: &str| cell[key].as_str().unwrap_or_default().to_owned();
    let cells = json["cells"].as_array().unwrap().iter();
    let cells = cells.map(|cell| (word(cell, "check"), word(cell, "verdict"), word(cell, "why"))).collect();
    let left: Vec<String> = place.files().into_iter().filter(|file| file.starts_with(".mission/tmp")).collect();
    assert_eq!(left, [""; 0], "nothing of the trial stays");
    (said, cells)
}

/// The checks with this verdict.
fn with<'c>(cells: &'c [(String, String, String)], verdict: &str) -> Vec<&'c str> {
    cells.iter().filter(|(_, v, _)| v == verdict).map(|(check, _, _)| check.as_str()).collect()
}

fn why<'c>(cells: &'c [(String, String, String)], check: &str) -> &'c str {
    &cells.iter().find(|(c, _, _)| c == check).unwrap().2
}

#[test]
fn twelve_lines_make_an_agent_that_is_fit() {
    assert_eq!(MINE.lines().count(), 12);
    let (said, cells) = tried(MINE, SCRIPT, 0);
    assert_eq!(with(&cells, "ok").len(), 13, "{cells:#?}");
    assert_eq!(cells.len(), 13);
    assert_eq!((&said.json()["fit"], &said.json()["version"]), (&Value::Bool(true), &Value::from("2.1")));
}

#[test]
fn what_the_description_excludes_is_not_tried() {
    let text = "mine: { bin: ./mine.sh }\n";
    let script = SCRIPT.replace(
        "echo \"{\\\"type\\\":\\\"answer\\\",\\\"text\\\":\\\"$text\\\"}\"",
        "printf '%s\\n' \"$text\" | tr -d '\\\\'",
    );
    let script = script.lines().filter(|line| !line.contains("hello") && !line.contains("\"end\"")).collect::<Vec<_>>();
    let (_, cells) = tried(text, &script.join("\n"), 0);
    assert_eq!(with(&cells, "not-applicable"), ["resume", "error", "unknown event", "banner", "usage"], "{cells:#?}");
    assert_eq!(why(&cells, "resume"), "it has no `options.resume`");
}

#[test]
fn an_agent_that_ignores_the_schema_is_found_out() {
    let (_, cells) = tried(MINE, &SCRIPT.replace("'JSON Schema'", "'nothing of the kind'"), 1);
    assert!(with(&cells, "failed").starts_with(&["schema", "re-ask", "resume"]), "{cells:#?}");
    assert!(with(&cells, "ok").contains(&"ok") && why(&cells, "schema").contains("JSON"), "{cells:#?}");
}

#[test]
fn an_agent_that_is_asked_for_its_session_in_the_wrong_way_is_found_out() {
    let (_, cells) = tried(&MINE.replace("--resume,", "--go-on,"), SCRIPT, 1);
    assert_eq!(with(&cells, "failed"), ["re-ask", "resume", "error"], "{cells:#?}");
    assert_eq!(why(&cells, "resume"), "it does not remember the session that it was to go on with");
}

#[test]
fn an_agent_that_leaves_a_process_behind_is_found_out() {
    let (_, cells) = tried(MINE, &format!("{SCRIPT}setsid sleep 1000 >/dev/null 2>&1 </dev/null &\n"), 1);
    assert_eq!(with(&cells, "failed"), ["no process left"], "{cells:#?}");
    assert_eq!(why(&cells, "no process left"), "`ok` left a process behind (1); a run ends what is left");
}

#[test]
fn an_agent_that_ends_well_after_an_error_is_found_out() {
    let silent = SCRIPT.replace(
        "echo '{\"type\":\"error\",\"text\":\"there is no such session\"}'; exit 1",
        "echo '{\"type\":\"answer\",\"text\":\"sorry\"}'; echo '{\"type\":\"end\"}'; exit 0",
    );
    let (_, cells) = tried(MINE, &silent, 1);
    assert_eq!(with(&cells, "failed"), ["error"], "{cells:#?}");
    assert!(why(&cells, "error").contains("a session that does not exist"), "{cells:#?}");
}

#[test]
fn an_agent_that_does_not_answer_is_not_asked_again_and_again() {
    let (_, cells) = tried(MINE, &SCRIPT.replace("text=ready", "text=what"), 1);
    assert_eq!((with(&cells, "failed"), with(&cells, "ok").len()), (vec!["ok"], 12), "an answer is one: {cells:#?}");
    let (_, cells) =
        tried(MINE, "#!/bin/sh\n[ \"$1\" = --version ] && echo mine 2.1 && exit\necho no key >&2\nexit 3\n", 1);
    assert_eq!((with(&cells, "failed"), with(&cells, "not-applicable").len()), (vec!["ok"], 12), "{cells:#?}");
    assert!(why(&cells, "ok").contains("exit code 3: no key"), "{cells:#?}");
}

#[test]
fn nothing_is_spent_unasked() {
    let place = place(&format!("{MINE}gone: {{ like: mine, bin: no-such-program }}\n"), SCRIPT);
    let said = place.mission(&["agents", "test", "mine"]).exits(2);
    assert_eq!(
        said.err,
        "error: this makes up to 12 calls with the account of `mine`, one of them with a prompt of 160 KB\n  help: say --yes to go on\n"
    );
    let said = place.mission(&["agents", "test", "mime", "--yes"]).exits(2);
    assert!(said.err.contains("did you mean `mine`?"), "{}", said.err);
    let said = place.mission(&["agents", "test", "mine", "--yes"]).exits(0);
    assert!(said.out.starts_with("ok      ok") && said.out.ends_with("fit: runs can rely on it\n"), "{}", said.out);
    let said = place.mission(&["agents", "test", "gone", "--yes"]).exits(2);
    assert!(
        said.err.starts_with("error: `gone` cannot be tried: there is no program `no-such-program`"),
        "{}",
        said.err
    );
}

/// The same by the Agent Client Protocol.
const TALKS: &str = r#"#!/bin/sh
session=
say() { printf '%s\n' "$1"; }
while IFS= read -r line; do
    id=$(say "$line" | sed -n 's/.*"id":\([0-9]*\).*/\1/p')
    case "$line" in
    *'"method":"initialize"'*) say '{"jsonrpc":"2.0","id":'$id',"result":{"protocolVersion":1,"agentCapabilities":{"loadSession":true}}}' ;;
    *'"method":"session/new"'*) session=s$$; say '{"jsonrpc":"2.0","id":'$id',"result":{"sessionId":"'$session'"}}' ;;
    *'"method":"session/load"'*)
        session=$(say "$line" | sed -n 's/.*"sessionId":"\([^"]*\)".*/\1/p')
        say '{"jsonrpc":"2.0","id":'$id',"result":{}}' ;;
    *'"method":"session/cancel"'*) say '{"jsonrpc":"2.0","id":3,"result":{"stopReason":"cancelled"}}' ;;
    *'"method":"session/prompt"'*)
        update='{"jsonrpc":"2.0","method":"session/update","params":{"sessionId":"'$session'","update":'
        case "$line" in *'tail -f /dev/null'*)
            say "$update"'{"sessionUpdate":"tool_call","toolCallId":"t","title":"sleep","status":"in_progress"}}}'
            continue ;;
        esac
        word=$(say "$line" | sed -n 's/.*code word is `\([^`]*\)`.*/\1/p')
        [ -n "$word" ] || word=$(cat "memory-$session")
        case "$word" in '?') word=$(cat "memory-$session") ;; esac
        say "$word" > "memory-$session"
        count=7; case "$line" in *'must be 8'*) count=8 ;; esac
        text=ready; case "$line" in *'JSON Schema'*) text='{\"word\":\"'$word'\",\"count\":'$count'}' ;; esac
        say "$update"'{"sessionUpdate":"agent_message_chunk","content":{"type":"text","text":"'$text'"}}}}'
        say '{"jsonrpc":"2.0","id":'$id',"result":{"stopReason":"end_turn"}}' ;;
    esac
done
"#;

#[test]
fn three_lines_make_an_agent_one_talks_with() {
    let (said, cells) = tried("mine:\n  driver: acp\n  bin: ./mine.sh\n", TALKS, 0);
    assert_eq!(with(&cells, "failed"), [""; 0], "{cells:#?}\n{said:?}");
    assert_eq!(with(&cells, "not-applicable"), ["usage"], "{cells:#?}");
    assert!(why(&cells, "error").contains("offers no choice of model, where `no-such-model` was wanted"), "{cells:#?}");
}
