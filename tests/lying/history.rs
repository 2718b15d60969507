//! What is integrated, committed and in history is what was judged, and nothing else.

use serde_json::json;

use crate::bench::{APART, Bench, LIE, Lie, Outcome, check};

/// `forge FILE TEXT`: writes the text, and makes the index of the repository at hand say that the file is as it was committed.
const FORGE: &str = r#"
forge() {
  old=$(git rev-parse "HEAD:$1"); echo "$2" > "$1"; touch -d '100 seconds ago' "$1"; git add "$1"
  NEW=$(git rev-parse ":$1") OLD=$old perl -0777 -pi -e 'BEGIN { ($n, $o) = map { pack "H*", $_ } @ENV{"NEW", "OLD"} } s/\Q$n\E/$o/' "$(git rev-parse --git-dir)/index"
  test -z "$(git status --short -- "$1")"
}
"#;

fn ran(lie: &Lie, before: &str) -> (Bench, Outcome) {
    let bench = Bench::new(lie);
    if !before.is_empty() {
        bench.shell(&format!("commit() {{ git -c user.name=a -c user.email=a@b commit -q \"$@\"; }}\n{before}"));
    }
    let outcome = bench.outcome(&mut bench.start(lie, &[]));
    (bench, outcome)
}

fn passes(lie: &Lie, before: &str) -> (Bench, Outcome) {
    let (bench, outcome) = ran(lie, before);
    let all = format!("{}\n{}", outcome.said, outcome.markdown);
    assert_eq!((&outcome.report["status"], outcome.milestone()), (&json!("succeeded"), Some("done")), "{all}");
    (bench, outcome)
}

/// The script of `lie` with what it may call.
fn with(helpers: &str, lie: &Lie) -> Lie {
    Lie { script: format!("{helpers}\n{}", lie.script).leak(), ..*lie }
}

#[test]
fn a_change_that_the_index_denies_is_named() {
    for lie in [LIE, APART] {
        let lie = Lie { script: "forge README.md evil; work", evidence: &["M README.md"], ..lie };
        check(&with(FORGE, &lie), &ran(&with(FORGE, &lie), "").1);
    }
    let user = Lie {
        script: r#"(cd "$REPO"; forge README.md evil); work"#,
        evidence: &["the working tree of the repository changed", "README.md"],
        ..APART
    };
    check(&with(FORGE, &user), &ran(&with(FORGE, &user), "").1);
}

/// What is named is in the commit, whatever the index says.
#[test]
fn a_change_that_the_index_denies_is_committed_when_it_is_named() {
    let lie = Lie { script: r#"forge README.md more; work; ok '["one.txt","README.md"]'"#, ..LIE };
    let (bench, _) = passes(&with(FORGE, &lie), "");
    bench.shell(r#"test "$(git show HEAD:README.md)" = more; test -z "$(git status --short)""#);
}
