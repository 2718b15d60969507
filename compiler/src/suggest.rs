//! "Did you mean": the nearest known name to a misspelt one.

/// Most candidates that are looked at: a file with thousands of mistakes and names is answered as quickly as any other.
const MOST: usize = 300;

/// The candidate nearest to `word`, if one is near enough to be meant.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let wanted = squeezed(word);
    let mut best: Option<((usize, bool), &str)> = None;
    for candidate in candidates.into_iter().take(MOST) {
        let candidate_squeezed = squeezed(candidate);
        let longest = wanted.len().max(candidate_squeezed.len());
        let allowed = (longest / 3).clamp(1, 3);
        if candidate_squeezed.len().abs_diff(wanted.len()) > allowed {
            continue;
        }
        let distance = strsim::osa_distance(&wanted, &candidate_squeezed);
        if distance > allowed {
            continue;
        }
        // Of equally near words the one with the same letters is meant: they were only typed in another order.
        let distance = (distance, letters(&wanted) != letters(&candidate_squeezed));
        if best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The letters of a word in the order of the alphabet.
fn letters(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

/// Without what people mix up or do not see: case, `-`, `_`, hidden characters.
fn squeezed(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// ``did you mean `x`?``, or what there is, if that is little.
pub(crate) fn help<'c>(word: &str, what: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<String> {
    let candidates: Vec<&str> = candidates.into_iter().take(MOST).collect();
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

/// `a`, `b` or `c`, for messages.
pub(crate) fn one_of(words: &[&str]) -> String {
    let quoted: Vec<String> = words.iter().map(|w| format!("`{w}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} or {last}", rest.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(nearest("tset", ["build", "test"]), Some("test"));
        assert_eq!(nearest("maxparts", ["maxItems", "max_parts"]), Some("max_parts"));
        assert_eq!(nearest("nedes", ["nodes", "needs"]), Some("needs"));
        assert_eq!(nearest("deploy", ["build", "test"]), None);
        assert_eq!(nearest("ab", ["xy"]), None);
    }
}
