//! A configuration of Jest that is new and leaves no test out. Pure.

use std::sync::LazyLock;

use regex::Regex;

use super::language;
use super::tree::Tree;

/// The whole file: settings that choose no tests and load nothing.
static PLAIN: LazyLock<Regex> = LazyLock::new(|| {
    let text = r#"(?:'[^'"\n\\]*'|"[^'"\n\\]*")"#;
    let setting = format!(
        r#"(?:testEnvironment:(?:'(?:node|jsdom)'|"(?:node|jsdom)")|(?:verbose|clearMocks|restoreMocks|collectCoverage):(?:true|false)|coverageDirectory:{text}|(?:roots|coverageReporters):\[{text}(?:,{text})*,?\])"#
    );
    let type_of = r"(?:/\*\*@type\{import\('jest'\)\.Config\}\*/)?";
    let pattern = format!(
        r"^{type_of}(?:module\.exports=|exportdefault)\{{(?:{setting}(?:,{setting})*,?)?\}};?$|^{type_of}const(?P<name>config)=\{{(?:{setting}(?:,{setting})*,?)?\}};?(?:module\.exports=|exportdefault)config;?$"
    );
    Regex::new(&pattern).expect("a constant pattern")
});

static ROOTS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"roots:\[([^\]]*)\]").expect("a constant pattern"));

/// Is the file at `path` new, and says only what changes nothing of which tests are run?
pub(super) fn is_harmless(path: &str, says: Option<&str>, base: &Tree<'_>) -> bool {
    let named = ["jest.config.js", "jest.config.cjs", "jest.config.mjs", "jest.config.ts"].contains(&path);
    let Some(says) = says.filter(|_| named && base.paths().all(|path| !path.contains("jest.config"))) else {
        return false;
    };
    let bare: String = says.split_whitespace().collect();
    if !PLAIN.is_match(&bare) || says.contains("//") {
        return false;
    }
    ROOTS.captures_iter(&bare).all(|found| holds_all(&found[1], base))
}

/// Do these folders hold every test that there was?
fn holds_all(roots: &str, base: &Tree<'_>) -> bool {
    let folders: Option<Vec<String>> = roots
        .split(',')
        .map(|root| root.trim_matches(['\'', '"']))
        .filter(|root| !root.is_empty())
        .map(|root| root.strip_prefix("<rootDir>").map(|rest| rest.trim_matches('/').to_owned()))
        .collect();
    let Some(folders) = folders else { return false };
    let script = |path: &&str| {
        let extension = language::Path::new(path).extension;
        language::of(path).is_some() && (extension.contains("js") || extension.contains("ts"))
    };
    let inside = |path: &str| {
        folders.iter().any(|folder| {
            folder.is_empty() || path.strip_prefix(folder.as_str()).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    base.paths().filter(script).all(inside)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn harmless(path: &str, says: &str) -> bool {
        let base = Tree::of(&[("package.json", "{}"), ("test/a.test.js", "x"), ("src/b.test.js", "x")]);
        is_harmless(path, Some(says), &base)
    }

    #[test]
    fn what_chooses_no_tests_may_be_new() {
        for says in [
            "module.exports = {\n  testEnvironment: 'node',\n};\n",
            "/** @type {import('jest').Config} */\nmodule.exports = { testEnvironment: \"jsdom\", verbose: true };\n",
            "module.exports = { roots: ['<rootDir>/test', '<rootDir>/src'], clearMocks: true };\n",
            "const config = {\n  roots: ['<rootDir>'],\n};\n\nmodule.exports = config;\n",
            "export default { collectCoverage: true, coverageDirectory: 'coverage' };\n",
        ] {
            assert!(harmless("jest.config.js", says), "{says}");
        }
    }

    #[test]
    fn what_leaves_tests_out_or_loads_something_may_not() {
        for says in [
            "module.exports = { roots: ['<rootDir>/test'] };\n",
            "module.exports = { roots: ['<rootDir>/tes', '<rootDir>/src'] };\n",
            "module.exports = { roots: ['/elsewhere'] };\n",
            "module.exports = { testMatch: ['**/x.js'] };\n",
            "module.exports = { testEnvironment: './fake.js' };\n",
            "module.exports = { testEnvironment: 'node', testPathIgnorePatterns: ['a'] };\n",
            "module.exports = { setupFiles: ['./fake.js'] };\n",
            "module.exports = { moduleNameMapper: { app: './fake' } };\n",
            "module.exports = { bail: true, passWithNoTests: true };\n",
            "require('./fake');\nmodule.exports = { testEnvironment: 'node' };\n",
            "module.exports = { testEnvironment: 'node' };\nprocess.exit(0);\n",
            "module.exports = { coverageReporters: [fake()] };\n",
        ] {
            assert!(!harmless("jest.config.js", says), "{says}");
        }
        assert!(!harmless("test/jest.config.js", "module.exports = {};\n"));
    }
}
