//! `mission doctor --probe NAME` on real agents: one short call, told as it went, and nothing left behind.

use serde_json::Value;

use crate::bench::Bench;
use crate::real::{Real, Script};

/// What the doctor found about `real`, whose server plays `scenario`; `code` is how the doctor ends.
fn probed(bench: &Bench, scenario: &str, code: i32) -> Value {
    bench.lead(&Script::always(scenario));
    bench.start(&["doctor", "--probe", bench.real.name, "--json"]).wait().exits(code);
    bench.is_clean();
    let text = bench.read("out");
    let said: Value = serde_json::from_str(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
    let about = format!("probe {}", bench.real.name);
    let mut found = said["findings"].as_array().cloned().unwrap_or_default();
    found.retain(|one| one["about"] == about.as_str());
    assert_eq!(found.len(), 1, "{said:#}");
    found.remove(0)
}

/// It answers, and tells what the server counted; refused, it is told to log in.
fn tried(name: &str) {
    let Some(real) = Real::find(name) else { return };
    let bench = Bench::new(real);
    let found = probed(&bench, "trial", 0);
    assert_eq!(found["state"], "ok", "{found:#}\n{}", bench.heard());
    let ledger = bench.server.ledger();
    let all = ledger.all().values().fold((0, 0), |(input, output), one| (input + one.input, output + one.output));
    let told = found["probe"]["inputTokens"].as_u64().zip(found["probe"]["outputTokens"].as_u64());
    assert_eq!(told, Some(all).filter(|_| real.tells_tokens), "{found:#}\n{ledger:#?}");
    assert_eq!(bench.git(&["status", "--porcelain"]), "", "nothing is left in the repository");

    let found = probed(&bench, "401", 1);
    let class = if real.tells_status { "auth" } else { "provider" };
    assert_eq!((&found["state"], &found["probe"]["failed"]), (&"wrong".into(), &class.into()), "{found:#}");
    assert!(found["help"].as_str().is_some_and(|help| !help.is_empty()), "{found:#}");
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            tried(&stringify!($name).replace('_', "-"));
        })*
    };
}

tests! { claude codex opencode gemini goose codex_acp goose_acp }
