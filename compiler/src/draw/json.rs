//! Picture → JSON, for programs.

use super::Picture;

/// Pretty JSON of `picture` with a newline at its end.
pub fn json(picture: &Picture) -> String {
    let mut text = serde_json::to_string_pretty(picture).expect("a picture has text keys and no fallible serializer");
    text.push('\n');
    text
}
