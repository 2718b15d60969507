//! What is believed of a command that is named, for what ran.

use super::*;

/// What a row expects of the verdict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Is {
    Never,
    Maybe,
    Part,
    Ran,
    Failed,
    Passed,
}
use Is::{Failed, Maybe, Never, Part, Passed, Ran as Only};

fn word(verdict: &Verdict) -> Is {
    match verdict {
        Verdict::Never(_) => Never,
        Verdict::Maybe(_) => Maybe,
        Verdict::Part(_) => Part,
        Verdict::Ran(_) => Only,
        Verdict::Failed(_) => Failed,
        Verdict::Passed => Passed,
    }
}

const OK: Option<bool> = Some(false);
const BAD: Option<bool> = Some(true);

/// Texts, and whether they failed.
type Runs<'r> = &'r [(&'r str, Option<bool>)];

fn runs(all: Runs<'_>) -> Vec<Ran> {
    all.iter().map(|(c, failed)| Ran { command: (*c).to_owned(), failed: *failed, code: None }).collect()
}

/// What is wrong with the verdict, if anything is.
fn differs(named: &str, all: Runs<'_>, expected: Is) -> Option<String> {
    let ran = runs(all);
    let verdict = Record::new(&ran, "/srv/repo").verdict(named);
    (word(&verdict) != expected).then(|| format!("`{named}` for {all:?}: {verdict:?}, not {expected:?}"))
}

#[track_caller]
fn none(wrong: impl Iterator<Item = Option<String>>) {
    let wrong: Vec<String> = wrong.flatten().collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Texts that were run and how they ended, and what that says of `npm test`.
#[test]
fn what_a_text_says_of_a_command_in_it() {
    let table: &[(&str, Option<bool>, Is)] = &[
        // The command, and what agents put around it.
        ("npm test", OK, Passed),
        ("npm test", BAD, Failed),
        ("npm test", None, Only),
        ("npm  test  2>&1", OK, Passed),
        ("npm test > out.log 2>&1 < /dev/null", OK, Passed),
        ("cd app && npm test", OK, Passed),
        ("cd app && npm test", BAD, Failed),
        ("cd app; npm test", OK, Passed),
        ("cd /srv/repo/app && npm test", OK, Passed),
        ("cd /tmp/other && npm test", OK, Maybe),
        ("npm run build && npm test", OK, Passed),
        ("npm run build && npm test", BAD, Maybe),
        ("npm run build; npm test", OK, Passed),
        ("npm test && npm run lint", OK, Passed),
        ("npm test && npm run lint", BAD, Only),
        ("npm test; npm run lint", OK, Only),
        ("set -e; npm test; npm run lint", OK, Passed),
        ("set -euo pipefail\nnpm test | tail -5\nnpm run lint", OK, Passed),
        ("set -e; npm run build; npm test", OK, Passed),
        ("set -e; npm run build; npm test", BAD, Maybe),
        ("set -e; set +e; npm test; npm run lint", OK, Only),
        ("/bin/bash -lc 'npm test'", OK, Passed),
        ("bash -lc \"cd app && npm test\"", OK, Passed),
        ("sh -ceu 'npm test; ls'", OK, Passed),
        ("bash -euo pipefail -c 'npm test | cat; ls'", OK, Passed),
        ("bash -c 'npm test; ls'", OK, Only),
        ("eval 'npm test'", OK, Passed),
        ("bash <<'EOF'\nnpm test\nEOF", OK, Passed),
        ("bash <<< 'npm test'", OK, Passed),
        ("timeout 60 npm test", OK, Passed),
        ("timeout -k 5 60 npm test", OK, Passed),
        ("time npm test", OK, Passed),
        ("time -p npm test", BAD, Failed),
        ("env A=1 npm test", OK, Passed),
        ("CI=1 npm test", OK, Passed),
        ("export CI=1; npm test", OK, Passed),
        ("nice -n 5 nohup npm test", OK, Passed),
        ("sudo -u me npm test", OK, Passed),
        ("exec npm test", OK, Passed),
        ("command npm test", OK, Passed),
        ("/usr/bin/npm test", OK, Passed),
        ("export PATH=\"$HOME/.local/bin:$PATH\"; npm test", OK, Passed),
        ("npm run test", OK, Passed),
        ("npm t", OK, Passed),
        ("npm test --silent", OK, Passed),
        ("npm test -- --color --runInBand", OK, Passed),
        ("{ npm test; }", OK, Passed),
        ("(cd app && npm test)", OK, Passed),
        ("(npm test); exit 0", OK, Only),
        ("if npm test; then echo fine; else exit 1; fi", OK, Passed),
        ("if ! npm test; then exit 1; fi", OK, Passed),
        ("[ -f package.json ] && npm test", OK, Passed),
        ("for i in 1 2 3; do npm test || exit 1; done", OK, Passed),
        ("check() { npm test; }; check", OK, Passed),
        ("npm test || exit 1", OK, Passed),
        ("npm test || exit 1; ls", OK, Passed),
        ("npm test || { echo broken; exit 1; }", OK, Passed),
        ("out=$(npm test 2>&1)", OK, Passed),
        ("npm test; exit $?", OK, Passed),
        ("npm \\\n  test # all of them", OK, Passed),
        ("npm 'test'", OK, Passed),
        ("source .venv/bin/activate && npm test", OK, Passed),
        ("yes | npm test", OK, Passed),
        ("! npm test", BAD, Passed),
        ("! npm test", OK, Failed),
        // It ran, and its answer was lost.
        ("npm test 2>&1 | tail -50", OK, Only),
        ("npm test | cat", OK, Only),
        ("npm test |& tee log", OK, Only),
        ("set -o pipefail; npm test 2>&1 | tail -50", OK, Passed),
        ("npm test || true", OK, Only),
        ("npm test || echo failed", OK, Only),
        ("npm test; true", OK, Only),
        ("npm test; echo \"exit: $?\"", OK, Only),
        ("npm test; exit 0", OK, Only),
        ("npm test &", OK, Only),
        ("npm test & wait", OK, Only),
        ("echo $(npm test)", OK, Only),
        ("trap 'exit 0' EXIT; npm test", OK, Only),
        ("set -e; trap 'exit 0' EXIT; npm test", OK, Only),
        ("if npm test; then :; fi", OK, Only),
        ("while npm test; do break; done", OK, Only),
        ("diff <(npm test) expected", OK, Only),
        // Nobody can tell whether it ran.
        ("if [ -f x ]; then npm test; fi", OK, Maybe),
        ("[ -f x ] || npm test", OK, Maybe),
        ("case $x in a) npm test ;; esac", OK, Maybe),
        ("for f in *.none; do npm test; done", OK, Maybe),
        ("while read l; do npm test; done", OK, Maybe),
        ("alias npm=true\nnpm test", OK, Maybe),
        ("PATH=/tmp/fake:$PATH npm test", OK, Maybe),
        ("export PATH=./fake:$PATH; npm test", OK, Maybe),
        (". ./tricks.sh; npm test", OK, Maybe),
        ("npm_config_script_shell=/bin/true npm test", OK, Maybe),
        ("env npm_config_script_shell=/bin/true npm test", OK, Maybe),
        ("/tmp/npm test", OK, Maybe),
        ("echo npm test | sh", OK, Maybe),
        ("X='npm test'; $X", OK, Maybe),
        ("xargs npm test", OK, Maybe),
        ("docker run image npm test", OK, Maybe),
        ("select x in npm test; do :; done", OK, Maybe),
        // The same with further arguments.
        ("npm test -- nothing-fits-this", OK, Part),
        ("npm test --if-present", OK, Part),
        ("npm --prefix app test", OK, Part),
        // What a shell does where nobody would write it.
        ("return 0; npm test", OK, Maybe),
        ("break; npm test", OK, Passed),
        ("set -e; v=$(npm test; ls)", OK, Only),
        ("set -e; v=$(npm test)", OK, Passed),
        ("(npm test) | exit", OK, Only),
        ("npm test | bash -c 'npm test'", OK, Only),
        ("false && npm() { true; }; npm test", OK, Passed),
        ("check() { true; }; check() { npm test; }; check", OK, Passed),
        ("(check() { npm test; }); check", BAD, Never),
        ("for i in 1 2; do npm test && break; done", OK, Passed),
        ("until npm test; do echo again; done", OK, Passed),
        // It surely did not run.
        ("true || npm test", OK, Never),
        ("false && npm test", BAD, Never),
        ("false && npm test || true", OK, Never),
        ("if false; then npm test; fi", OK, Never),
        ("if true; then :; else npm test; fi", OK, Never),
        ("while false; do npm test; done", OK, Never),
        ("exit 0; npm test", OK, Never),
        ("set -e; false; npm test", BAD, Never),
        ("set -n; npm test", OK, Never),
        ("bash -n -c 'npm test'", OK, Never),
        ("exec true; npm test", OK, Never),
        ("(exit 0); exit 0; npm test", OK, Never),
        ("npm test --help", OK, Never),
        ("npm --version test", OK, Never),
        ("npm test -v", OK, Never),
        ("npm test -- --listTests", OK, Never),
        ("npm test --dry-run", OK, Never),
        ("echo npm test", OK, Never),
        ("printf '%s' 'npm test'", OK, Never),
        ("env echo npm test", OK, Never),
        ("echo 'npm test' && ls", OK, Never),
        ("# npm test", OK, Never),
        (": npm test", OK, Never),
        ("ls # npm test", OK, Never),
        ("cat <<EOF\nnpm test\nEOF", OK, Never),
        ("cat > run.sh <<'EOF'\nnpm test\nEOF", OK, Never),
        ("command -v npm test", OK, Never),
        ("which npm test", OK, Never),
        ("grep -r 'npm test' .", OK, Never),
        ("git commit -m 'npm test passes'", OK, Never),
        ("npm() { true; }; npm test", OK, Never),
        ("function npm { :; }\nnpm test", OK, Never),
        ("check() { npm test; }", OK, Never),
        ("npm testing", OK, Never),
        ("npm install test", OK, Never),
        ("npm run test:unit", OK, Never),
        ("", OK, Never),
    ];
    assert!(table.len() >= 80);
    none(table.iter().map(|(text, failed, expected)| differs("npm test", &[(text, *failed)], *expected)));
}

/// Names and runs of other commands.
#[test]
fn a_command_is_named_in_many_ways() {
    let table: &[(&str, &str, Is)] = &[
        ("`npm  test`", "npm test", Passed),
        ("$ make", "make", Passed),
        ("make (no warnings)", "make", Passed),
        ("`npm test` passed", "npm test", Passed),
        ("npm test — 5 passed", "npm test", Passed),
        ("cd app && npm test", "npm test", Passed),
        ("CI=1 npm test 2>&1 | tail -5", "npm test", Passed),
        ("CI=1 npm test 2>&1 | tail -5", "CI=1 npm test 2>&1 | tail -5", Only),
        ("timeout 60 npm test", "npm test", Passed),
        ("bash -lc 'npm test'", "npm test", Passed),
        ("npm test && npm run lint", "npm test && npm run lint", Passed),
        ("npm test && npm run lint", "npm test", Never),
        ("npm test; npm run lint", "npm test; npm run lint", Only),
        ("pytest", "python3 -m pytest -q", Passed),
        ("pytest -q", "pytest", Passed),
        ("python -m pytest tests", "uv run pytest tests", Passed),
        ("pytest", "CI=1 timeout 60 pytest -q -n 4", Passed),
        ("pytest", "pytest --collect-only", Never),
        ("pytest", "pytest -k nothing", Part),
        ("pytest", "PYTEST_ADDOPTS=--co pytest", Maybe),
        ("pytest --collect-only", "pytest --collect-only", Passed),
        ("cargo test", "cargo  test -p x", Part),
        ("cargo test -p x", "cargo test", Never),
        ("cargo test", "cargo test --no-run", Never),
        ("cargo test", "cargo test -- --list", Never),
        ("cargo test", "cargo test -- --nocapture", Passed),
        ("cargo test --workspace", "cargo --locked test --workspace -j 4", Passed),
        ("go test ./...", "go test -count=1 -race ./...", Passed),
        ("go test ./...", "go test -run XXX ./...", Part),
        ("go test ./...", "go test -list . ./...", Never),
        ("make test", "make -n test", Never),
        ("make test", "make test -j4", Passed),
        ("make test", "make -C /tmp test", Part),
        ("sh test.sh", "sh ./test.sh", Passed),
        ("sh test.sh", "sh /srv/repo/test.sh", Passed),
        ("sh test.sh", "sh -n test.sh", Never),
        ("sh test.sh", "cat test.sh", Never),
        ("./gradlew test", "/srv/repo/gradlew test", Passed),
        ("./gradlew test", "gradlew test", Maybe),
        ("jest", "npx --no-install jest", Passed),
        ("jest", "node_modules/.bin/jest", Passed),
        ("ls -l", "ls -l", Passed),
        ("for f in a b; do sh $f; done", "for f in a b; do sh $f; done", Passed),
        ("for f in a b; do sh $f; done", "for f in a; do sh $f; done", Never),
        ("true || npm test", "true || npm test", Passed),
        ("npm tes", "npm test", Never),
        ("go vet", "echo go vet; printf 'rake'", Never),
        ("I ran all the tests", "npm test", Never),
        ("   ", "npm test", Never),
        ("\"", "npm test", Never),
    ];
    none(table.iter().map(|(named, text, expected)| differs(named, &[(text, OK)], *expected)));
}

/// Of several runs the last counts.
#[test]
fn the_last_run_counts() {
    let table: &[(Runs<'_>, Is)] = &[
        (&[("npm test", BAD), ("npm test", OK)], Passed),
        (&[("npm test", OK), ("npm test", BAD)], Failed),
        (&[("npm test", OK), ("cd . && npm test", BAD)], Failed),
        (&[("npm test", OK), ("npm run build && npm test", BAD)], Passed),
        (&[("npm test", OK), ("npm test -- --watch=0 one", OK)], Passed),
        (&[("npm test", OK), ("npm test -- one", BAD)], Part),
        (&[("npm test", BAD), ("npm test -- one", OK)], Part),
        (&[("npm test -- one", BAD)], Failed),
        (&[("npm test", OK), ("true || npm test", OK)], Passed),
        (&[("npm test", BAD), ("true || npm test", OK)], Failed),
        (&[("npm test", BAD), ("npm test || true", OK)], Only),
        (&[("npm test", OK), ("npm test | tail", OK)], Only),
        (&[("npm test | tail", OK), ("npm test", OK)], Passed),
        (&[("npm test", BAD), ("if [ -f x ]; then npm test; fi", OK)], Maybe),
    ];
    none(table.iter().map(|(all, expected)| differs("npm test", all, *expected)));
    let both = [("npm run build && npm test", BAD), ("npm run build", OK)];
    let mended = [both[0], both[1], ("npm test", OK)];
    none(
        [(&both[..], Failed), (&mended[..], Passed)]
            .map(|(all, is)| differs("npm run build && npm test", all, is))
            .into_iter(),
    );
}

#[test]
fn what_ran_instead_is_told() {
    let ran = runs(&[("true || npm test", OK), ("ls", OK)]);
    let verdict = Record::new(&ran, "").verdict("npm test");
    assert_eq!(verdict, Verdict::Never(Some("true || npm test".to_owned())));
    assert_eq!(Record::new(&ran, "").verdict("make"), Verdict::Never(None));
}

/// Nothing takes long, and nothing overflows.
#[test]
fn hostile_texts_are_read_within_bounds() {
    let texts = [
        "f() { f; f; }; f; npm test".to_owned(),
        "set -o pipefail; ".to_owned() + &"a | ".repeat(2_000) + "npm test",
        "(".repeat(5_000) + "npm test" + &")".repeat(5_000),
        "$(".repeat(5_000),
        "if a; then ".repeat(2_000),
        "a && ".repeat(9_000) + "npm test",
        "while a; do while b; do while c; do npm test; done; done; done".to_owned(),
        "while a; do ".repeat(20) + "npm test" + &"; done".repeat(20),
        "for a in *; do ".repeat(20) + "npm test | a" + &"; done".repeat(20),
        "x=$(".repeat(20) + "npm test | a" + &")".repeat(20),
        "f() { g; g; }; g() { h; h; }; h() { f; npm test; }; f".to_owned(),
        "case a in ".to_owned() + &"b) npm test ;; ".repeat(3_000) + "esac",
        "\\".to_owned(),
        "a <<E".to_owned(),
        "a <<E\nnpm test".to_owned(),
        "${".to_owned(),
        "npm test".to_owned() + &"\0\u{feff}é".repeat(100),
    ];
    for text in texts {
        let ran = runs(&[(text.as_str(), OK)]);
        let verdict = Record::new(&ran, "").verdict("npm test");
        assert_ne!(verdict, Verdict::Passed, "{text}");
    }
}
