//! A picture in the format asked for, to standard output or a file. Shared by `compile` and `graph`.

use mission_compiler::draw::{self, Picture};

use crate::args::{Drawing, Format};
use crate::failure::Failure;
use crate::{files, page};

/// Writes `picture` as `wanted` says.
pub(crate) fn write(wanted: &Drawing, picture: &Picture) -> Result<(), Failure> {
    let text = match wanted.format() {
        Format::Text => draw::text(picture),
        Format::Dot => draw::dot(picture),
        Format::Mermaid => draw::mermaid(picture),
        Format::Svg => draw::svg(picture),
        Format::Json => page::json(picture, true) + "\n",
    };
    match &wanted.output {
        Some(path) => std::fs::write(path, text).map_err(|source| files::io("write", path, source)),
        None => page::print_document(&text),
    }
}
