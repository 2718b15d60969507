//! Digests that stay the same whoever computes them: canonical JSON and SHA-256 in hex. Pure; knows no file and no store.

#![deny(clippy::disallowed_methods, clippy::disallowed_types, clippy::iter_over_hash_type)]

use serde::Serialize;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

/// SHA-256 of `bytes`, 64 lower-case hex digits.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex(&sha256(&[bytes]))
}

/// SHA-256 of the parts one after the other.
pub(crate) fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut sha = Sha256::new();
    for part in parts {
        sha.update(part);
    }
    sha.finalize().into()
}

/// Lower-case hex digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|b| [DIGITS[usize::from(b >> 4)], DIGITS[usize::from(b & 15)]]).collect()
}

/// JSON without white space, the keys of every object sorted by their UTF-8 bytes.
///
/// Like RFC 8785 (JSON Canonicalization Scheme), but numbers keep the form in which `serde_json` prints them, and keys
/// are sorted as UTF-8, not as UTF-16.
pub fn canonical(value: &Value) -> String {
    let mut text = String::new();
    write(value, &mut text);
    text
}

/// SHA-256 in hex of the canonical JSON of `value`.
pub fn of_json(value: &Value) -> String {
    sha256_hex(canonical(value).as_bytes())
}

fn write(value: &Value, out: &mut String) {
    match value {
        Value::Array(items) => {
            out.push('[');
            for (i, item) in items.iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                write(item, out);
            }
            out.push(']');
        }
        Value::Object(map) => {
            let mut entries: Vec<_> = map.iter().collect();
            entries.sort_unstable_by_key(|(key, _)| key.as_str());
            out.push('{');
            for (i, (key, item)) in entries.into_iter().enumerate() {
                if i > 0 {
                    out.push(',');
                }
                out.push_str(&json(key));
                out.push(':');
                write(item, out);
            }
            out.push('}');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => out.push_str(&json(value)),
    }
}

fn json<T: Serialize + ?Sized>(leaf: &T) -> String {
    serde_json::to_string(leaf).expect("a text, number or truth value is always JSON")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn known_digests() {
        // FIPS 180-4 examples
        assert_eq!(sha256_hex(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(sha256_hex(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(&[b"a", b"", b"bc"]), sha256(&[b"abc"]));
    }

    #[test]
    fn canonical_form() {
        for (value, text) in [
            (json!(null), "null"),
            (
                json!({"b": 1, "a": [true, {"z": null, "y": "\u{7}\"\n"}]}),
                "{\"a\":[true,{\"y\":\"\\u0007\\\"\\n\",\"z\":null}],\"b\":1}",
            ),
            (json!({"é": 1, "z": 2, "": 3, "Z": 4}), "{\"\":3,\"Z\":4,\"z\":2,\"é\":1}"),
            (json!([]), "[]"),
            (json!({}), "{}"),
            (json!([1, -1, 1.5, 18_446_744_073_709_551_615_u64]), "[1,-1,1.5,18446744073709551615]"),
        ] {
            assert_eq!(canonical(&value), text);
            let again: Value = serde_json::from_str(text).expect("canonical JSON is JSON");
            assert_eq!(of_json(&again), of_json(&value));
        }
    }

    #[test]
    fn order_of_keys_does_not_matter_but_everything_else_does() {
        let base = of_json(&json!({"a": 1, "b": [1, 2]}));
        assert_eq!(base, of_json(&json!({"b": [1, 2], "a": 1})));
        for other in
            [json!({"a": 1, "b": [2, 1]}), json!({"a": "1", "b": [1, 2]}), json!({"a": 1, "b": [1, 2], "c": null})]
        {
            assert_ne!(base, of_json(&other), "{other}");
        }
    }
}
