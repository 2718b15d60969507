//! The guard on small trees: what must be found, and what must not.

mod around;
mod bypass;
mod grown;

mod honest;
mod inside;
mod languages;
mod overlooked;
mod settings;
mod trees;
mod unheard;
mod weaker;

use super::tree::Tree;
use super::{Check, Judged, judge};

/// What is found from `base` to `now`: `kind file`, sorted.
pub(super) fn found(base: &[(&str, &str)], now: &[(&str, &str)]) -> Vec<String> {
    let judged = judged(base, now, &[], &[]);
    let kinds = judged.findings.iter().map(|finding| format!("{} {}", finding.kind.word(), finding.file));
    kinds.map(|text| text.trim_end().to_owned()).collect()
}

pub(super) fn judged(base: &[(&str, &str)], now: &[(&str, &str)], checks: &[(&str, &str)], allow: &[&str]) -> Judged {
    let checks: Vec<Check> = checks.iter().map(|(name, run)| Check::of(name, run)).collect();
    let allow: Vec<String> = allow.iter().map(|glob| (*glob).to_owned()).collect();
    judge(&Tree::of(base), &Tree::of(now), &checks, &allow)
}
