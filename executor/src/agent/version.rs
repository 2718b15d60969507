//! Versions as programs tell them: numbers between dots. Pure.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;

/// A version, such as `2.1.0`. What follows the numbers (`-beta`) does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(try_from = "String")]
pub struct Version(Vec<u64>);

impl Version {
    /// Reads the numbers at the beginning of `text`; `None` if there are none. Zeros at the end say nothing.
    pub fn read(text: &str) -> Option<Self> {
        let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let parts = text[..end].split('.').take_while(|part| !part.is_empty());
        let mut numbers: Vec<u64> = parts.map(|part| part.parse().ok()).collect::<Option<_>>()?;
        if numbers.is_empty() {
            return None;
        }
        while numbers.last() == Some(&0) {
            numbers.pop();
        }
        Some(Self(numbers))
    }
}

impl TryFrom<String> for Version {
    type Error = String;
    fn try_from(text: String) -> Result<Self, String> {
        let is_plain = text.bytes().all(|b| b.is_ascii_digit() || b == b'.');
        let read = Self::read(&text).filter(|_| is_plain);
        read.ok_or_else(|| format!("`{text}` is not a version; expected numbers such as `2.1.0`"))
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let padded = self.0.iter().copied().chain(std::iter::repeat(0)).take(self.0.len().max(3));
        f.write_str(&padded.map(|number| number.to_string()).collect::<Vec<_>>().join("."))
    }
}

impl JsonSchema for Version {
    fn inline_schema() -> bool {
        true
    }
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Version".into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": "string", "pattern": r"^\d+(\.\d+)*$", "description": "A version such as `2.1.0`." })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_number_by_number() {
        let read = |text: &str| Version::read(text).expect("a version");
        let rising = ["0.9", "0.10", "1", "1.0.1", "1.2.0-beta", "1.2.3", "1.10", "2.1.329"];
        assert!(rising.windows(2).all(|pair| read(pair[0]) < read(pair[1])));
        assert_eq!((read("1"), read("1.2.0-beta.4").to_string()), (read("1.0.0"), "1.2.0".to_owned()));
        for none in ["", "v1", ".1", "beta", "99999999999999999999.1"] {
            assert_eq!(Version::read(none), None, "{none}");
        }
        for wrong in ["", "1.x", "v2", "1.2-beta"] {
            Version::try_from(wrong.to_owned()).expect_err(wrong);
        }
    }
}
