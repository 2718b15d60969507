//! Cuts a stream of bytes into lines, bounded whatever comes. Pure.

/// Longest line; of a longer one nothing is given.
const LONGEST: usize = 16 << 20;

/// The beginning of a line that has not ended.
#[derive(Debug, Default)]
pub struct Splitter {
    line: Vec<u8>,
    too_long: bool,
}

impl Splitter {
    /// Gives every line that ends in `bytes` to `take`, without its end; empty ones are left out.
    pub fn push(&mut self, bytes: &[u8], mut take: impl FnMut(&[u8])) {
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|b| *b == b'\n') {
            self.add(&rest[..end]);
            self.end(&mut take);
            rest = &rest[end + 1..];
        }
        self.add(rest);
    }
    /// Gives the last line, which has no end.
    pub fn finish(&mut self, mut take: impl FnMut(&[u8])) {
        self.end(&mut take);
    }
    fn add(&mut self, bytes: &[u8]) {
        if self.too_long || self.line.len() + bytes.len() > LONGEST {
            self.too_long = true;
            self.line = Vec::new();
        } else {
            self.line.extend_from_slice(bytes);
        }
    }
    fn end(&mut self, take: &mut impl FnMut(&[u8])) {
        let line = self.line.strip_suffix(b"\r").unwrap_or(&self.line);
        if !self.too_long && !line.is_empty() {
            take(line);
        }
        self.line.clear();
        self.too_long = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_whole_whatever_the_chunks() {
        let text = b"one\r\n\ntwo\nthree";
        for size in 1..text.len() {
            let (mut splitter, mut lines) = (Splitter::default(), Vec::new());
            let mut take = |line: &[u8]| lines.push(String::from_utf8(line.to_vec()).expect("text"));
            text.chunks(size).for_each(|chunk| splitter.push(chunk, &mut take));
            splitter.finish(&mut take);
            assert_eq!(lines, ["one", "two", "three"], "{size}");
        }
    }

    #[test]
    fn a_line_without_end_takes_no_memory() {
        let (mut splitter, mut lines) = (Splitter::default(), 0);
        for _ in 0..40 {
            splitter.push(&[b'x'; 1 << 20], |_| lines += 1);
        }
        assert!(splitter.line.capacity() <= 1 << 20);
        splitter.push(b"\nnext\n", |line| {
            assert_eq!(line, b"next");
            lines += 1;
        });
        assert_eq!(lines, 1);
    }
}
