//! Settings of pytest: which of them choose tests or overlook faults, and which do not. Pure.

use std::sync::LazyLock;

use regex::Regex;

/// Options by which no test is left out and no fault overlooked.
static HARMLESS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^(?:-q+|-v+|-s|-l|-x|-r\w*|-W|error|default|-n|auto|\d+|-p|no:cacheprovider|xdist|--(?:strict\S*|tb\S*|color\S*|verbos\S*|quiet|durations\S*|cov\S*|junit\S*|import-mode\S*|showlocals|no-header|no-summary|maxfail\S*|exitfirst|numprocesses\S*|dist\S*|log-\S*|basetemp\S*|cache-clear|doctest-modules|doctest-glob\S*|timeout\S*|randomly-\S*|asyncio-mode\S*|capture\S*|benchmark-disable|hypothesis-show-statistics))$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Settings that say how something is told or named, and take nothing away.
const NAMES: [&str; 14] = [
    "markers",
    "minversion",
    "console_output_style",
    "junit_",
    "log_",
    "cache_dir",
    "required_plugins",
    "tmp_path_retention_",
    "xfail_strict",
    "strict",
    "asyncio_mode",
    "asyncio_default_",
    "verbosity_",
    "faulthandler_timeout",
];

/// Do these options, as they stand in `addopts`, choose tests or overlook faults?
pub(super) fn narrows(options: &str) -> bool {
    let words = options.split(|c: char| c.is_whitespace() || "\"',[]".contains(c)).filter(|word| !word.is_empty());
    words.into_iter().any(|word| !HARMLESS.is_match(word))
}

/// Does a setting that is new, or says something else, take nothing away?
pub(super) fn is_harmless(key: &str, old: Option<&str>, new: Option<&str>) -> bool {
    let key = key.rsplit('.').next().unwrap_or(key);
    let plain = NAMES.iter().any(|name| key == *name || name.ends_with('_') && key.starts_with(name));
    let rest = |text: Option<&str>| -> Vec<String> {
        let words = text.unwrap_or_default().split(|c: char| c.is_whitespace() || "\"',[]".contains(c));
        words.filter(|word| !word.is_empty() && !HARMLESS.is_match(word)).map(str::to_owned).collect()
    };
    match key {
        // A section that says nothing.
        _ if old.is_none() && new == Some("") => true,
        "addopts" => rest(old) == rest(new),
        "pythonpath" => old.is_none() && rest(new).iter().all(|path| matches!(path.as_str(), "." | "src" | "lib")),
        _ if plain => !(key.starts_with("xfail_strict") || key.starts_with("strict")) || !says_no(new) && new.is_some(),
        _ => false,
    }
}

fn says_no(value: Option<&str>) -> bool {
    value.is_some_and(|value| matches!(value.trim().to_ascii_lowercase().as_str(), "false" | "0" | "no" | "off"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_that_choose_tests_narrow() {
        for (options, expected) in [
            ("-ra -q --strict-markers --tb=short", false),
            ("--cov=app --cov-report=term -n auto", false),
            ("[\"-ra\", \"--import-mode=importlib\"]", false),
            ("-k none", true),
            ("-m 'not slow'", true),
            ("--ignore=tests", true),
            ("--co", true),
            ("-p fake", true),
            ("--deselect tests/test_a.py", true),
            ("-o addopts=", true),
        ] {
            assert_eq!(narrows(options), expected, "{options}");
        }
        assert!(is_harmless("pytest.markers", None, Some("slow")) && !is_harmless("testpaths", None, Some("x")));
        assert!(is_harmless("addopts", Some("-m unit -q"), Some("-m unit -v")));
        assert!(!is_harmless("addopts", Some("-m unit"), Some("-m fast")));
        assert!(!is_harmless("xfail_strict", Some("true"), Some("false")));
    }
}
