//! YAML events → [`Tree`] with exact places, under a budget. Must not know what any key means.
//!
//! The events come from the parser inside serde-saphyr: unlike its serde side they tell the style of a scalar, every
//! place to the byte, and both places of a duplicate key. Anchors and aliases are resolved here; tags, merge keys and
//! keys that are not texts are refused.

mod builder;

use std::borrow::Cow;

use serde_yaml::granit_parser::ScanError;

use self::builder::Builder;
use super::explain;
use crate::diagnostic::{Diagnostic, Findings};
use crate::source::Source;
use crate::syntax::Tree;

/// Deepest nesting of lists and maps.
pub(super) const MAX_DEPTH: usize = 64;
/// How many unquoted templates are read as if quoted before giving up.
const MAX_PATCHES: usize = 32;
/// Longest text that is read again because of an unquoted template.
const MAX_PATCHED_BYTES: usize = 1024 * 1024;

/// What was read.
pub(super) struct Loaded {
    /// The document; absent if there is none, or no telling what it is.
    pub(super) tree: Option<Tree>,
    /// Something was left out or replaced.
    pub(super) broken: bool,
}

/// Reads one document; no tree if the text is not YAML, is empty, or breaks a limit, with the reason in `diagnostics`.
pub(super) fn load(source: &Source, diagnostics: &mut Findings) -> Loaded {
    let original = source.text();
    let mut text = Cow::Borrowed(original);
    let mut patches: Vec<(usize, usize)> = Vec::new();
    loop {
        let mut builder = Builder::new(original, &patches);
        let outcome = builder.run(&text);
        let place = builder.place_of_end();
        let (found, broken) = (builder.diagnostics, builder.broken);
        let fatal = match outcome {
            Ok(tree) => {
                diagnostics.absorb(found);
                return Loaded { tree, broken };
            }
            Err(Stop::UnquotedTemplate(start)) => {
                let range = explain::template_extent(original, start, place.in_outer_flow);
                let fault = explain::unquoted_template(original, range);
                if patches.len() < MAX_PATCHES && text.len() <= MAX_PATCHED_BYTES {
                    patches.push(range);
                    text.to_mut().replace_range(range.0..range.1, &"x".repeat(range.1 - range.0));
                    diagnostics.push(fault);
                    continue;
                }
                fault
            }
            Err(Stop::NotYaml(error)) => explain::syntax(original, &error, &place),
            Err(Stop::Refused(diagnostic)) => diagnostic,
        };
        diagnostics.absorb(found);
        diagnostics.push(fatal);
        return Loaded { tree: None, broken: true };
    }
}

/// Why reading ended early.
enum Stop {
    UnquotedTemplate(usize),
    NotYaml(ScanError),
    Refused(Diagnostic),
}

/// What was being read when something went wrong.
pub(super) struct Place {
    /// Inside `{ … }` or `[ … ]`.
    pub(super) in_flow: bool,
    /// The collection around the innermost one is `{ … }` or `[ … ]`.
    pub(super) in_outer_flow: bool,
    /// Where the innermost open bracket stands.
    pub(super) opened: Option<usize>,
    /// Where the last scalar stands.
    pub(super) last: Option<(usize, usize)>,
}
