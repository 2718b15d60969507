//! Make and Just: targets that prove something.

use super::super::text::{Special, Style};
use super::{Block, Language, PLAIN, Path};

const STYLE: Style = Style { line: &["#"], block: &[], strings: &[], special: Special::Shell };

pub(super) const LANGUAGE: Language = Language {
    holds: is_one,
    style: &STYLE,
    block: Block::Indent,
    tests: &[
        r"(?m)^@?((?:[\w.-]*[-_.])?(?:test|tests|check|smoke|lint|verify|e2e)(?:[-_.][\w.-]*)?)[^\n:=]*::?(?:[^=\n]|\n|$)",
    ],
    leaves: r"^\s*@?exit 0\b",
    gives: &[],
    ..PLAIN
};

/// Does it hold targets?
pub(in super::super) fn is_one(path: &Path<'_>) -> bool {
    matches!(path.stem, "Makefile" | "makefile" | "GNUmakefile" | "justfile" | "Justfile" | ".justfile")
        || path.extension == "mk"
}
