//! The log of one attempt: one file, in order at any time, bounded. Its beginning is kept, and of the rest the end.
//! Knows nothing of what the bytes mean.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt as _;
use std::path::PathBuf;

/// Bytes moved at once when the middle is cut out.
const BLOCK: usize = 64 * 1024;
/// Bytes of the line that stands where bytes were cut.
const MARK: u64 = 48;

/// A file that keeps its beginning and its end.
///
/// Bytes are appended until the file is full; then the older half of its tail is cut out in place, and a line says how many
/// bytes are missing. So the file can be read, followed and understood at any moment, also after a crash.
#[derive(Debug)]
pub(super) struct Log {
    path: PathBuf,
    file: Option<File>,
    head: u64,
    full: u64,
    len: u64,
    cut: u64,
    failed: Option<io::Error>,
}

impl Log {
    /// A log at `path`; there is no file before the first byte. Of `tail` at least the newer half is kept.
    pub(super) fn new(path: PathBuf, head: u64, tail: u64) -> Self {
        Self { path, file: None, head, full: head + tail.max(4 * MARK), len: 0, cut: 0, failed: None }
    }
    /// Appends `bytes`. A log that cannot be written is given up; the attempt goes on.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        if self.failed.is_none()
            && let Err(error) = self.append(bytes)
        {
            self.failed = Some(error);
        }
    }
    /// Why the log is not complete, beyond what was cut.
    pub(super) fn failed(&self) -> Option<&io::Error> {
        self.failed.as_ref()
    }
    fn append(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        if bytes.is_empty() {
            return Ok(());
        }
        if self.file.is_none() {
            self.file = Some(create(&self.path)?);
        }
        while !bytes.is_empty() {
            if self.len >= self.full {
                self.cut_middle()?;
            }
            let room = usize::try_from(self.full - self.len).unwrap_or(usize::MAX);
            let (now, rest) = bytes.split_at(bytes.len().min(room));
            self.open().write_all_at(now, self.len)?;
            self.len += now.len() as u64;
            bytes = rest;
        }
        Ok(())
    }
    /// Moves the newer half of the tail to the front of the tail, behind the mark.
    fn cut_middle(&mut self) -> io::Result<()> {
        let keep = (self.full - self.head - MARK) / 2;
        let (mut from, mut to) = (self.len - keep, self.head + MARK);
        let before = if self.cut == 0 { self.head } else { self.head + MARK };
        self.cut += from - before;
        let mut block = vec![0; BLOCK];
        while from < self.len {
            let size = usize::try_from(self.len - from).unwrap_or(BLOCK).min(BLOCK);
            let part = &mut block[..size];
            self.open().read_exact_at(part, from)?;
            self.open().write_all_at(part, to)?;
            from += size as u64;
            to += size as u64;
        }
        let mark = format!("\n[mission: {:>20} bytes cut here]\n", self.cut);
        debug_assert_eq!(mark.len() as u64, MARK, "the mark has a fixed length, so that it can be renewed in place");
        self.open().write_all_at(mark.as_bytes(), self.head)?;
        self.open().set_len(to)?;
        self.len = to;
        Ok(())
    }
    fn open(&self) -> &File {
        self.file.as_ref().expect("the file is open once a byte was written")
    }
}

fn create(path: &PathBuf) -> io::Result<File> {
    let open = || File::options().read(true).write(true).create(true).truncate(true).open(path);
    match open() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            fs::create_dir_all(path.parent().unwrap_or(path))?;
            open()
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes `total` bytes, all different in runs of 8, in chunks of `chunk`; returns the file.
    fn written(head: u64, tail: u64, total: usize, chunk: usize) -> (Vec<u8>, Vec<u8>) {
        let dir = tempfile::tempdir().expect("dir");
        let path = dir.path().join("logs/a/1.log");
        let all: Vec<u8> = (0..total.div_ceil(8)).flat_map(|n| format!("{n:07}\n").into_bytes()).take(total).collect();
        let mut log = Log::new(path.clone(), head, tail);
        assert!(!path.exists());
        for part in all.chunks(chunk) {
            log.write(part);
        }
        assert!(log.failed().is_none());
        (fs::read(path).unwrap_or_default(), all)
    }

    #[test]
    fn short_output_is_kept_whole() {
        for total in [0, 1, 999, 1000, 5096] {
            let (file, all) = written(1000, 4096, total, 77);
            assert_eq!(file, all, "{total}");
        }
    }

    #[test]
    fn of_long_output_head_and_tail_are_kept_and_the_cut_is_counted() {
        for (total, chunk) in [(5097, 1), (9_000, 9_000), (100_000, 64), (1_000_003, 70_001)] {
            let (file, all) = written(1000, 4096, total, chunk);
            assert!(file.len() <= 5096, "{total}: {}", file.len());
            let text = String::from_utf8(file).expect("text");
            let (head, rest) = text.split_once("\n[mission: ").expect("a mark");
            let (cut, tail) = rest.split_once(" bytes cut here]\n").expect("a mark");
            let cut: usize = cut.trim().parse().expect("a number");
            assert_eq!(head.as_bytes(), &all[..1000]);
            assert!(all.ends_with(tail.as_bytes()), "{total}: the tail is the end");
            assert_eq!(1000 + cut + tail.len(), total, "{total}: every byte is kept or counted");
            assert!(tail.len() >= 1000, "{total}: {}", tail.len());
        }
    }

    #[test]
    fn a_log_that_cannot_be_written_says_so() {
        let dir = tempfile::tempdir().expect("dir");
        fs::write(dir.path().join("logs"), "a file").expect("file");
        let mut log = Log::new(dir.path().join("logs/1.log"), 10, 10);
        log.write(b"x");
        assert!(log.failed().is_some());
    }
}
