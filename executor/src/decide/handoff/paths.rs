//! Paths as results name them, and the globs that claims are made of. Pure.

/// A path as somebody wrote it, below the top of the tree `place`: without quotes, `./` and what leads to the top.
fn plain(written: &str, place: &str) -> String {
    let bare = written.trim().trim_matches(['`', '"', '\'']).trim();
    let bare = bare.strip_prefix(place).filter(|rest| rest.starts_with('/')).unwrap_or(bare);
    let mut bare = bare.trim_start_matches('/');
    while let Some(rest) = bare.strip_prefix("./") {
        bare = rest.trim_start_matches('/');
    }
    bare.to_owned()
}

/// Words behind a file, in brackets, that say what became of it.
const FATES: [&str; 12] = [
    "new", "new file", "added", "created", "deleted", "removed", "gone", "modified", "changed", "updated", "renamed",
    "moved",
];

/// A name as somebody wrote it, in every way in which it may be meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Name(Vec<String>);

impl Name {
    /// The name `written` of something below the top of the tree `place`: as it stands, and, for `a -> b` and `a (new)`, also what
    /// these say.
    pub(crate) fn new(written: &str, place: &str) -> Self {
        let mut readings = vec![plain(written, place)];
        let sides = arrow(written).map_or_else(|| vec![written], |(from, to)| vec![from, to]);
        for side in sides {
            let reading = bare(side, place);
            if !readings.contains(&reading) {
                readings.push(reading);
            }
        }
        Self(readings)
    }
    /// The two sides of `old -> new`.
    pub(super) fn sides(written: &str, place: &str) -> Option<(String, String)> {
        arrow(written).map(|(from, to)| (bare(from, place), bare(to, place)))
    }
    /// The name as it stands.
    pub(crate) fn as_written(&self) -> &str {
        &self.0[0]
    }
    /// Does it cover `path`, in one of these ways?
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.0.iter().any(|name| covers(name, path))
    }
}

/// What stands before and behind an arrow.
fn arrow(written: &str) -> Option<(&str, &str)> {
    [" -> ", " => ", " → "].iter().find_map(|arrow| written.split_once(arrow))
}

/// The path, without a word behind it that says what became of it.
fn bare(side: &str, place: &str) -> String {
    let bare = side.trim();
    let fate = bare.strip_suffix(')').and_then(|rest| rest.rsplit_once(" ("));
    let fate = fate.filter(|(_, word)| FATES.contains(&word.to_lowercase().as_str()));
    plain(fate.map_or(bare, |(path, _)| path), place)
}

/// Does the name, of a file or a folder, cover `path`?
fn covers(name: &str, path: &str) -> bool {
    let folder = name.trim_end_matches('/');
    path == folder || path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

/// Does the glob match `path`, or a folder above it? `*` and `?` stay within a name, `**` does not; `[…]` is one of these
/// characters, `{a,b}` one of these words.
pub(super) fn fits(glob: &str, path: &str) -> bool {
    let glob = plain(glob, "\0");
    let whole = glob.trim_end_matches('/');
    let above = path.match_indices('/').map(|(at, _)| &path[..at]).chain([path]);
    let paths: Vec<&str> = above.collect();
    // A path that is spelled out is itself, whatever its letters mean in a glob.
    whole == path
        || spelled_out(whole).iter().any(|glob| {
            let pattern: Vec<char> = glob.chars().collect();
            paths.iter().any(|path| matches(&pattern, &path.chars().collect::<Vec<_>>()))
        })
}

/// Most words that braces are spelled out into.
const MOST: usize = 256;

/// `a{b,c}` as `ab` and `ac`.
fn spelled_out(glob: &str) -> Vec<String> {
    let mut open = vec![glob.to_owned()];
    let mut done = Vec::new();
    while let Some(glob) = open.pop() {
        let braces = glob.find('{').and_then(|from| Some((from, from + glob[from..].find('}')?)));
        match braces {
            Some((from, to)) if open.len() + done.len() < MOST => {
                open.extend(glob[from + 1..to].split(',').map(|w| format!("{}{w}{}", &glob[..from], &glob[to + 1..])));
            }
            _ => done.push(glob),
        }
    }
    done
}

/// Matches by what can follow: each step keeps the places of the pattern that may come next, so no pattern is slow.
fn matches(pattern: &[char], path: &[char]) -> bool {
    let mut here = vec![false; pattern.len() + 1];
    here[0] = true;
    skip_stars(pattern, &mut here);
    for &c in path {
        let mut next = vec![false; pattern.len() + 1];
        for at in (0..pattern.len()).filter(|at| here[*at]) {
            match pattern[at] {
                '*' if c != '/' || is_double(pattern, at) => next[at] = true,
                '*' => {}
                '?' if c != '/' => next[at + 1] = true,
                '[' => match class(pattern, at) {
                    Some((fits, to)) if c != '/' && fits(c) => next[to] = true,
                    Some(_) => {}
                    None if c == '[' => next[at + 1] = true,
                    None => {}
                },
                own if own == c && own != '?' => next[at + 1] = true,
                _ => {}
            }
        }
        skip_stars(pattern, &mut next);
        here = next;
    }
    here[pattern.len()]
}

/// A star may stand for nothing; `**/` for no folder at all.
fn skip_stars(pattern: &[char], here: &mut [bool]) {
    for at in 0..pattern.len() {
        if here[at] && pattern[at] == '*' {
            here[at + 1] = true;
            let folder = is_double(pattern, at) && (at == 0 || pattern[at - 1] == '/');
            if folder && pattern.get(at + 1) == Some(&'*') && pattern.get(at + 2) == Some(&'/') {
                here[at + 3] = true;
            }
        }
    }
}

fn is_double(pattern: &[char], at: usize) -> bool {
    pattern.get(at + 1) == Some(&'*') || at > 0 && pattern[at - 1] == '*'
}

/// The class that begins at `at`, and where the pattern goes on behind it.
fn class(pattern: &[char], at: usize) -> Option<(impl Fn(char) -> bool + '_, usize)> {
    let not = matches!(pattern.get(at + 1), Some('!' | '^'));
    let from = at + 1 + usize::from(not);
    let to = (from + 1..pattern.len()).find(|i| pattern[*i] == ']')?;
    let of = &pattern[from..to];
    let fits = move |c: char| {
        let ranges = of.windows(3).any(|w| w[1] == '-' && (w[0]..=w[2]).contains(&c));
        (ranges || of.contains(&c)) != not
    };
    Some((fits, to + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_as_they_are_meant() {
        for (written, expected) in [
            ("src/a.rs", "src/a.rs"),
            ("./src/a.rs", "src/a.rs"),
            (" `src/a.rs` ", "src/a.rs"),
            ("/srv/repo/src/a.rs", "src/a.rs"),
            ("/srv/repository/a", "srv/repository/a"),
            (".//./a", "a"),
            ("src/", "src/"),
        ] {
            assert_eq!(plain(written, "/srv/repo"), expected, "{written}");
        }
        assert!(covers("src/", "src/a/b.rs") && covers("src", "src/a") && covers("src/a", "src/a"));
        assert!(!covers("src/a", "src/ab") && !covers("src/a/b", "src/a"));
    }

    #[test]
    fn a_name_is_read_in_every_way_in_which_it_may_be_meant() {
        for (written, covered) in [
            ("src/a.rs", "src/a.rs"),
            ("src/a.rs (new)", "src/a.rs"),
            ("`src/a.rs` (Deleted)", "src/a.rs"),
            ("src/a.rs -> src/b.rs", "src/a.rs"),
            ("src/a.rs -> src/b.rs", "src/b.rs"),
            ("./a.rs => /srv/repo/b.rs (renamed)", "b.rs"),
            ("a -> b", "a -> b"),
            ("a (new)", "a (new)"),
        ] {
            assert!(Name::new(written, "/srv/repo").covers(covered), "{written}");
        }
        for (written, other) in [("notes (draft)", "notes"), ("a-> b", "a"), ("a (new) b", "a"), ("a -> b", "b (new)")]
        {
            assert!(!Name::new(written, "/srv/repo").covers(other), "{written}");
        }
    }

    #[test]
    fn globs_match_whole_names() {
        let table = [
            ("src/a.rs", "src/a.rs", true),
            ("src/a.rs", "src/a.rs.bak", false),
            ("src", "src/a/b.rs", true),
            ("src/", "src/a/b.rs", true),
            ("src/*.rs", "src/a.rs", true),
            ("src/*.rs", "src/x/a.rs", false),
            ("src/**", "src/x/a.rs", true),
            ("src/**/a.rs", "src/a.rs", true),
            ("src/**/a.rs", "src/x/y/a.rs", true),
            ("src/**/a.rs", "src/x/b.rs", false),
            ("**/a.rs", "a.rs", true),
            ("**/a.rs", "x/a.rs", true),
            ("**", "anything/at/all", true),
            ("*", "a", true),
            ("*.md", "docs/a.md", false),
            ("a?.rs", "ab.rs", true),
            ("a?.rs", "a/.rs", false),
            ("[a-c]x", "bx", true),
            ("[!a-c]x", "bx", false),
            ("[a-c", "[a-c", true),
            ("{src,tests}/*.rs", "tests/a.rs", true),
            ("{src,tests}/*.rs", "docs/a.rs", false),
            ("./src/a", "src/a", true),
            ("src", "srcs", false),
        ];
        for (glob, path, expected) in table {
            assert_eq!(fits(glob, path), expected, "{glob} ~ {path}");
        }
    }

    #[test]
    fn no_glob_is_slow() {
        let glob = format!("{}b", "*a".repeat(200));
        assert!(!fits(&glob, &"a".repeat(4_000)));
        assert!(!fits(&"{a,b}".repeat(60), "x"));
    }
}
