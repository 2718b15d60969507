//! Path globs: `*` within a folder, `**` across folders, `?` one character; a folder means everything in it.

/// Does `glob` name `path`?
pub(super) fn matches(glob: &str, path: &str) -> bool {
    let glob = glob.strip_prefix("./").unwrap_or(glob);
    let folder = glob.trim_end_matches('/');
    let parts: Vec<&str> = folder.split('/').collect();
    let path: Vec<&str> = path.split('/').collect();
    folders(&parts, &path)
}

fn folders(glob: &[&str], path: &[&str]) -> bool {
    match (glob.split_first(), path.split_first()) {
        (None, _) => true,
        (Some((&"**", rest)), _) => {
            (0..=path.len()).any(|skipped| folders(rest, &path[skipped..]) && (!rest.is_empty() || !path.is_empty()))
        }
        (Some(_), None) => false,
        (Some((glob, rest)), Some((name, below))) => part(glob.as_bytes(), name.as_bytes()) && folders(rest, below),
    }
}

fn part(glob: &[u8], name: &[u8]) -> bool {
    match (glob.split_first(), name.split_first()) {
        (None, None) => true,
        (Some((b'*', rest)), _) => (0..=name.len()).any(|skipped| part(rest, &name[skipped..])),
        (Some((b'?', rest)), Some((_, after))) => part(rest, after),
        (Some((a, rest)), Some((b, after))) => a == b && part(rest, after),
        (None, Some(_)) | (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_name_paths() {
        let table = [
            ("tests/a.py", "tests/a.py", true),
            ("tests", "tests/a.py", true),
            ("tests/", "tests/b/a.py", true),
            ("tests/*.py", "tests/a.py", true),
            ("tests/*.py", "tests/b/a.py", false),
            ("tests/**", "tests/b/a.py", true),
            ("**/a.py", "a.py", true),
            ("**/a.py", "x/y/a.py", true),
            ("./x?", "xy", true),
            ("test", "tests/a", false),
            ("*", "a", true),
            ("*.py", "b/a.py", false),
            ("tests/a.py", "tests", false),
        ];
        for (glob, path, expected) in table {
            assert_eq!(matches(glob, path), expected, "{glob} {path}");
        }
    }
}
