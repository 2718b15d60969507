//! Takes secrets out of a stream of bytes, across the borders of its chunks. Pure.

/// What stands where a secret stood.
const INSTEAD: &[u8] = b"***";
/// Shorter values are not taken out: too much else looks like them.
const SHORTEST: usize = 6;

/// One stream. It holds back the beginning of what may become a secret.
#[derive(Debug, Clone)]
pub(super) struct Redactor {
    /// Forms of the secrets, longest first.
    forms: Vec<Vec<u8>>,
    /// Which bytes begin a form.
    first: [bool; 256],
    held: Vec<u8>,
}

impl Redactor {
    /// Takes `secrets` out, also as JSON text, percent-encoded and in Base64.
    pub(super) fn new<'a>(secrets: impl IntoIterator<Item = &'a [u8]>) -> Self {
        let mut forms: Vec<Vec<u8>> = secrets.into_iter().filter(|s| s.len() >= SHORTEST).flat_map(forms).collect();
        forms.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        forms.dedup();
        let mut first = [false; 256];
        for form in &forms {
            first[usize::from(form[0])] = true;
        }
        Self { forms, first, held: Vec::new() }
    }
    /// True if there is nothing to take out: bytes may pass as they are.
    pub(super) fn is_idle(&self) -> bool {
        self.forms.is_empty()
    }
    /// Appends to `out` what of the stream is certain after `bytes`.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut stream = std::mem::take(&mut self.held);
        stream.extend_from_slice(bytes);
        let rest = self.pass(&stream, out, false);
        self.held = stream.split_off(rest);
    }
    /// Appends to `out` what was held back; the stream has ended.
    pub(super) fn finish(&mut self, out: &mut Vec<u8>) {
        let stream = std::mem::take(&mut self.held);
        self.pass(&stream, out, true);
    }
    /// The whole of `text` without secrets.
    pub(super) fn text(&self, text: &str) -> String {
        let mut out = Vec::with_capacity(text.len());
        self.pass(text.as_bytes(), &mut out, true);
        String::from_utf8_lossy(&out).into_owned()
    }
    /// Returns how many bytes were dealt with.
    fn pass(&self, stream: &[u8], out: &mut Vec<u8>, ended: bool) -> usize {
        let (mut from, mut at) = (0, 0);
        while at < stream.len() {
            if !self.first[usize::from(stream[at])] {
                at += 1;
                continue;
            }
            let rest = &stream[at..];
            if !ended && self.forms.iter().any(|form| form.len() > rest.len() && form.starts_with(rest)) {
                break;
            }
            if let Some(form) = self.forms.iter().find(|form| rest.starts_with(form)) {
                out.extend_from_slice(&stream[from..at]);
                out.extend_from_slice(INSTEAD);
                at += form.len();
                from = at;
            } else {
                at += 1;
            }
        }
        out.extend_from_slice(&stream[from..at]);
        at
    }
}

/// The ways in which `secret` may be written.
fn forms(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec(), base64(secret, b"+/"), base64(secret, b"-_")];
    if let Ok(text) = std::str::from_utf8(secret) {
        let json = serde_json::Value::from(text).to_string().into_bytes();
        forms.push(json[1..json.len() - 1].to_vec());
    }
    let unreserved = |b: &u8| b.is_ascii_alphanumeric() || b"-._~".contains(b);
    forms.push(
        secret.iter().flat_map(|b| if unreserved(b) { vec![*b] } else { format!("%{b:02X}").into_bytes() }).collect(),
    );
    forms
}

/// Base64 without padding and without a last digit that depends on what follows (RFC 4648).
fn base64(bytes: &[u8], last_two: &[u8; 2]) -> Vec<u8> {
    let digit = |six: u32| match six {
        0..=25 => b'A' + six as u8,
        26..=51 => b'a' + (six - 26) as u8,
        52..=61 => b'0' + (six - 52) as u8,
        _ => last_two[(six - 62) as usize],
    };
    let mut out = Vec::with_capacity(bytes.len() * 4 / 3);
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0, |sum, b| sum << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        for i in 0..three.len() * 8 / 6 {
            out.push(digit(bits >> (18 - 6 * i) & 63));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stream(secrets: &[&str], chunks: &[&[u8]]) -> String {
        let mut redactor = Redactor::new(secrets.iter().map(|s| s.as_bytes()));
        let mut out = Vec::new();
        for chunk in chunks {
            redactor.push(chunk, &mut out);
        }
        redactor.finish(&mut out);
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_secret_is_found_wherever_it_is_torn() {
        let text = b"a secret-sauce b secret-sauc secret-sauce";
        for i in 0..text.len() {
            for j in i..text.len() {
                let torn = stream(&["secret-sauce"], &[&text[..i], &text[i..j], &text[j..]]);
                assert_eq!(torn, "a *** b secret-sauc ***", "{i} {j}");
            }
        }
    }

    #[test]
    fn other_forms_are_found() {
        let secret = "pa\"ss/w?rd+é";
        for form in ["pa\"ss/w?rd+é", "pa\\\"ss/w?rd+é", "pa%22ss%2Fw%3Frd%2B%C3%A9", "cGEic3Mvdz9yZCvDqQ=="] {
            let out = stream(&[secret], &[b"x ", form.as_bytes(), b" y"]);
            assert!(out.starts_with("x ***") && out.ends_with(" y") && out.len() <= 11, "{form}: {out}");
        }
    }

    #[test]
    fn the_longest_form_wins_and_short_values_are_left_alone() {
        assert_eq!(stream(&["abcdef", "abcdefgh"], &[b"abcdefgh abcdefg"]), "*** ***g");
        assert_eq!(stream(&["a", ""], &[b"banana"]), "banana");
        assert!(Redactor::new([b"short".as_slice()]).is_idle());
        assert_eq!(Redactor::new([b"abcdef".as_slice()]).text("x abcdef abc"), "x *** abc");
    }
}
