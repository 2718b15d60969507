//! "Did you mean": the nearest known name to a misspelt one.

/// The candidate nearest to `word`, if one is near enough to be meant.
pub(crate) fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let distance = |c: &str| {
        if c.eq_ignore_ascii_case(word) || squeezed(c) == squeezed(word) {
            0
        } else {
            strsim::damerau_levenshtein(&c.to_lowercase(), &word.to_lowercase())
        }
    };
    let allowed = (word.chars().count() / 3).clamp(1, 3);
    candidates
        .into_iter()
        .map(|c| (distance(c), c))
        .filter(|(d, _)| *d <= allowed)
        .min_by_key(|(d, _)| *d)
        .map(|(_, c)| c)
}

fn squeezed(word: &str) -> String {
    word.chars().filter(|c| !matches!(c, '-' | '_')).flat_map(char::to_lowercase).collect()
}

/// ``did you mean `x`?``, or what there is, if that is little.
pub(crate) fn help<'c>(word: &str, what: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    if let Some(near) = nearest(word, candidates.iter().copied()) {
        return Some(format!("did you mean `{near}`?"));
    }
    match candidates.len() {
        0 => Some(format!("there is no {what} here")),
        1..=12 => Some(format!("known: {}", ticked(&candidates))),
        _ => None,
    }
}

/// `` `a`, `b`, `c` ``
pub(crate) fn ticked<S: AsRef<str>>(words: &[S]) -> String {
    words.iter().map(|w| format!("`{}`", w.as_ref())).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("tset", ["build", "test"]), Some("test"));
        assert_eq!(nearest("maxparts", ["maxItems", "max_parts"]), Some("max_parts"));
        assert_eq!(nearest("deploy", ["build", "test"]), None);
        assert_eq!(nearest("ab", ["xy"]), None);
    }
}
