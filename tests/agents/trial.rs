//! `mission agents test NAME`, the conformance matrix as people run it on their own adapter, on real agents.

use serde_json::Value;

use crate::bench::Bench;
use crate::real::{Real, Script};

/// Every check is passed but those that `excluded` names, which the agent's description excludes.
fn tried(name: &str, excluded: &[&str]) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(real);
    bench.lead(&Script::always("trial"));
    bench.start(&["agents", "test", name, "--yes", "--json"]).wait().exits(0);
    let text = bench.read("out");
    let tried: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let all = tried["cells"].as_array().cloned().unwrap_or_default();
    assert_eq!(all.len(), 13, "{tried:#}");
    for one in all {
        let check = one["check"].as_str().unwrap_or_default();
        let wanted = if excluded.contains(&check) { "not-applicable" } else { "ok" };
        assert_eq!(one["verdict"], wanted, "{check}: {tried:#}\n{}", bench.heard());
    }
}

macro_rules! tests {
    ($($name:ident $excluded:expr;)*) => {
        $(#[test]
        fn $name() {
            tried(&stringify!($name).replace('_', "-"), &$excluded);
        })*
    };
}

tests! {
    claude [];
    codex [];
    opencode [];
    gemini [];
    goose [];
    qwen [];
    pi [];
    codex_acp [];
    goose_acp ["usage"];
}
