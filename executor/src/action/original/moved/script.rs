//! Scripts of CommonJS as modules: the lines that bring something in are written otherwise, and nothing else. Pure.

use std::sync::LazyLock;

use regex::{Captures, Regex};

/// `const { add, double: twice } = require('../app');`
static REQUIRE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r#"(?m)^(?:const|let|var)[ \t]+(\{[\w\s:,$]*\}|[\w$]+)[ \t]*=[ \t]*require\([ \t]*(['"][^'"\n]+['"])[ \t]*\)(?:\.([\w$]+))?[ \t]*;?[ \t]*$"#,
    )
});
/// `require('./setup');`
static LOAD: LazyLock<Regex> =
    LazyLock::new(|| pattern(r#"(?m)^require\([ \t]*(['"][^'"\n]+['"])[ \t]*\)[ \t]*;?[ \t]*$"#));
/// A line of a module.
static IMPORT: LazyLock<Regex> = LazyLock::new(|| pattern(r#"(?m)^import\b[^(\n]*['"]"#));

fn pattern(text: &str) -> Regex {
    Regex::new(text).expect("a constant pattern")
}

/// Is the script at `path` a module?
pub(super) fn is_module(path: &str, text: &str) -> bool {
    path.ends_with(".mjs") || path.ends_with(".mts") || IMPORT.is_match(text)
}

/// A script of CommonJS as a module; `None`: it is one, or brings something in on its way.
pub(super) fn as_module(text: &str) -> Option<String> {
    if !text.contains("require(") || IMPORT.is_match(text) {
        return None;
    }
    let brought = REQUIRE.replace_all(text, |found: &Captures<'_>| {
        let (names, from) = (&found[1], &found[2]);
        let all = names.starts_with('{').then(|| names.replace(':', " as ").replace("  ", " "));
        match (all, found.get(3)) {
            (Some(names), None) => format!("import {names} from {from};"),
            (None, None) if from[1..].starts_with('.') => format!("import * as {names} from {from};"),
            (None, None) => format!("import {names} from {from};"),
            (None, Some(part)) => format!("import {{ {} as {names} }} from {from};", part.as_str()),
            // A part of a part.
            (Some(_), Some(_)) => found[0].to_owned(),
        }
    });
    let loaded = LOAD.replace_all(&brought, "import $1;").into_owned();
    (!loaded.contains("require(")).then_some(loaded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_brought_in_is_written_otherwise() {
        let old = "'use strict';\nconst assert = require('assert').strict;\nconst { add, double: twice } = require('../app.js')\nconst app = require('../app.js');\nconst fs = require(\"fs\");\nrequire('./setup');\n\ntest('a', () => { assert.equal(app.x, 1); });\n";
        let expected = "'use strict';\nimport { strict as assert } from 'assert';\nimport { add, double as twice } from '../app.js';\nimport * as app from '../app.js';\nimport fs from \"fs\";\nimport './setup';\n\ntest('a', () => { assert.equal(app.x, 1); });\n";
        assert_eq!(as_module(old).as_deref(), Some(expected));
    }

    #[test]
    fn what_is_brought_in_on_the_way_stays() {
        assert_eq!(as_module("test('a', () => { require('../app'); });\n"), None);
        assert_eq!(as_module("import a from 'a';\nconst b = require('b');\n"), None);
        assert_eq!(as_module("test('a', () => {});\n"), None);
    }
}
