//! Plain scalars by the YAML 1.2 core schema (YAML 1.2.2, section 10.3.2): `no`, `on`, `1_000` are texts, `0777` is 777.

/// What a plain scalar means.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Resolved {
    /// `null`, `~` or nothing.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction or exponent.
    Float(f64),
    /// `.inf` or `.nan`: a number of YAML that JSON does not have.
    NotFinite,
    /// A whole number that does not fit 64 bits.
    TooLarge,
    /// Text.
    Str,
}

/// Resolves the text of a plain scalar.
pub(super) fn resolve(text: &str) -> Resolved {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Resolved::Null,
        "true" | "True" | "TRUE" => return Resolved::Bool(true),
        "false" | "False" | "FALSE" => return Resolved::Bool(false),
        _ => {}
    }
    if !text.starts_with(|c: char| c.is_ascii_digit() || matches!(c, '+' | '-' | '.')) {
        return Resolved::Str;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if matches!(unsigned, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return Resolved::NotFinite;
    }
    for (prefix, radix) in [("0o", 8), ("0x", 16)] {
        if let Some(digits) = text.strip_prefix(prefix)
            && !digits.is_empty()
            && digits.chars().all(|c| c.is_digit(radix))
        {
            return i64::from_str_radix(digits, radix).map_or(Resolved::TooLarge, Resolved::Int);
        }
    }
    if is_digits(unsigned) {
        return text.parse().map_or(Resolved::TooLarge, Resolved::Int);
    }
    if is_float(unsigned) {
        return match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Resolved::Float(number),
            Ok(_) | Err(_) => Resolved::TooLarge,
        };
    }
    Resolved::Str
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// `(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`
fn is_float(unsigned: &str) -> bool {
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let mantissa_fits = match mantissa.split_once('.') {
        Some(("", fraction)) => is_digits(fraction),
        Some((whole, fraction)) => is_digits(whole) && (fraction.is_empty() || is_digits(fraction)),
        None => is_digits(mantissa),
    };
    mantissa_fits && exponent.is_none_or(|e| is_digits(e.strip_prefix(['+', '-']).unwrap_or(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn core_schema() {
        for text in ["no", "on", "yes", "y", "1_000", "0b11", "1:30", "2026-01-01", "1e", ".", "-", "+", "0x", "1.2.3"]
        {
            assert_eq!(resolve(text), Resolved::Str, "{text}");
        }
        for (text, number) in [("0777", 777), ("0o17", 15), ("0x1F", 31), ("-12", -12), ("+3", 3), ("0", 0)] {
            assert_eq!(resolve(text), Resolved::Int(number), "{text}");
        }
        for (text, number) in [("1.10", 1.1), (".5", 0.5), ("1.", 1.0), ("1e3", 1000.0), ("-2.5E-1", -0.25)] {
            assert_eq!(resolve(text), Resolved::Float(number), "{text}");
        }
        assert_eq!(resolve("~"), Resolved::Null);
        assert_eq!(resolve("True"), Resolved::Bool(true));
        assert_eq!(resolve("-.inf"), Resolved::NotFinite);
        assert_eq!(resolve("99999999999999999999"), Resolved::TooLarge);
        assert_eq!(resolve("1e999"), Resolved::TooLarge);
    }
}
