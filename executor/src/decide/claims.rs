//! Which path globs may be written at the same time. Pure.

/// May two nodes that claim these globs run together? Nothing claimed is unknown, and excludes nobody.
pub(super) fn compatible(a: &[String], b: &[String]) -> bool {
    !a.iter().any(|x| b.iter().any(|y| overlap(x, y)))
}

/// Could some path match both globs? Errs on the side of yes: only what stands before the first wildcard is compared.
fn overlap(a: &str, b: &str) -> bool {
    let (a, b) = (literal(a), literal(b));
    match (a.1, b.1) {
        (false, false) => a.0 == b.0 || inside(a.0, b.0) || inside(b.0, a.0),
        (true, false) => below(a.0, b.0),
        (false, true) => below(b.0, a.0),
        (true, true) => a.0.starts_with(b.0) || b.0.starts_with(a.0),
    }
}

/// Could something that begins with `start` be `path`, lie below it, or hold it?
fn below(start: &str, path: &str) -> bool {
    let folder = start.trim_end_matches('/');
    path.starts_with(start) || folder == path.trim_end_matches('/') || inside(folder, path)
}

/// Is `path` below the folder `folder`?
fn inside(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
}

/// The part before the first wildcard, and whether there is one.
fn literal(glob: &str) -> (&str, bool) {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    match glob.find(['*', '?', '[', '{']) {
        Some(at) => (&glob[..at], true),
        None => (glob, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn overlaps_are_found_and_disjoint_paths_are_not_held_back() {
        let table = [
            ("src/a.rs", "src/a.rs", true),
            ("src/a.rs", "src/b.rs", false),
            ("src/**", "src/b.rs", true),
            ("src/*.rs", "src/*.md", true),
            ("src", "src/a.rs", true),
            ("src/", "src/a.rs", true),
            ("docs/**", "src/**", false),
            ("**", "anything", true),
            ("./src/a", "src/a", true),
            ("src/ab", "src/a", false),
            ("src/x/*", "src/x", true),
        ];
        for (a, b, expected) in table {
            assert_eq!(overlap(a, b), expected, "{a} ~ {b}");
            assert_eq!(overlap(b, a), expected, "{b} ~ {a}");
        }
        assert!(compatible(&[], &["src/**".to_owned()]));
    }
}
