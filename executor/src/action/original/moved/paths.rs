//! Paths in a repository, and texts that name them. Pure.

/// What stands behind the last dot of the name, or nothing.
pub(super) fn extension(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or("", |(_, extension)| extension)
}

/// The name without its ending.
pub(super) fn stem(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or_default();
    name.rsplit_once('.').filter(|(stem, _)| !stem.is_empty()).map_or(name, |(stem, _)| stem)
}

/// The path without the ending of its name.
pub(super) fn bare(path: &str) -> &str {
    match extension(path) {
        "" => path,
        extension => &path[..path.len() - extension.len() - 1],
    }
}

/// The path without its ending, or the folder that a file stands for.
pub(super) fn module(path: &str) -> &str {
    let bare = bare(path);
    ["/__init__", "/index", "/mod"].iter().find_map(|name| bare.strip_suffix(name)).unwrap_or(bare)
}

/// Is `part` the end of the path `whole`?
pub(super) fn is_end(whole: &str, part: &str) -> bool {
    !part.is_empty() && whole.strip_suffix(part).is_some_and(|rest| rest.is_empty() || rest.ends_with('/'))
}

/// The folder that it lies in; of a file at the top, nothing.
pub(super) fn folder(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// What `spec` names, seen from `folder`; `None`: it leads out.
pub(super) fn resolved(folder: &str, spec: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in spec.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// How `path` is named from `folder`: it begins with `./` or `../`.
pub(super) fn relative(folder: &str, path: &str) -> String {
    let (from, to): (Vec<&str>, Vec<&str>) =
        (folder.split('/').filter(|part| !part.is_empty()).collect(), path.split('/').collect());
    let shared = from.iter().zip(&to[..to.len() - 1]).take_while(|(a, b)| a == b).count();
    let up = "../".repeat(from.len() - shared);
    let down = to[shared..].join("/");
    if up.is_empty() { format!("./{down}") } else { up + &down }
}

/// `text` with `to` wherever it names the file `from`. A name without a folder or an ending may be any word.
pub(super) fn renamed(text: &str, from: &str, to: &str) -> String {
    if !from.contains(['/', '.']) {
        return text.to_owned();
    }
    let part = |c: char| c.is_alphanumeric() || "_-/.".contains(c);
    let begins = |before: &str| before.ends_with("./") || !before.ends_with(part);
    let ends = |behind: &str| {
        let mut behind = behind.chars();
        match behind.next() {
            Some('.') => !behind.next().is_some_and(|c| c.is_alphanumeric()),
            Some(c) => !part(c),
            None => true,
        }
    };
    let mut written = String::with_capacity(text.len());
    let mut at = 0;
    for (found, _) in text.match_indices(from) {
        let end = found + from.len();
        if found >= at && begins(&text[..found]) && ends(&text[end..]) {
            written.push_str(&text[at..found]);
            written.push_str(to);
            at = end;
        }
    }
    written + &text[at..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_named_from_a_folder() {
        for (folder, spec, path) in [
            ("test", "../app", "app"),
            ("", "./app.js", "app.js"),
            ("test/unit", "../../src/app.js", "src/app.js"),
            ("src", "./deep/app.js", "src/deep/app.js"),
        ] {
            assert_eq!(resolved(folder, spec).as_deref(), Some(path));
            assert_eq!(relative(folder, path), spec);
        }
        assert_eq!(resolved("test", "../../app"), None);
    }

    #[test]
    fn a_path_is_renamed_where_it_is_the_whole_of_it() {
        let seen = |text: &str| renamed(text, "bin/double", "tools/double");
        assert_eq!(seen("same 4 \"$(bin/double 2)\"; ./bin/double"), "same 4 \"$(tools/double 2)\"; ./tools/double");
        for other in ["sbin/double", "bin/double.sh", "bin/doubles", "bin/double/x", "x/bin/double"] {
            assert_eq!(seen(other), other);
        }
        assert_eq!(renamed("the app", "app", "src/app"), "the app");
    }
}
