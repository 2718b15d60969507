//! What an index says of files, in the form in which git writes it: forgotten of those that are too young for it to be true for long, and
//! read where it is about content. Knows nothing of which files these are.
//!
//! The format is that of `gitformat-index`: versions 2, 3 and 4, without a checksum as with `index.skipHash`.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

/// Length of what an index says of a file before its object id.
const ABOUT: usize = 40;
/// Where in it the mode is, which is no matter of time.
const MODE: Range<usize> = 24..28;
/// Length of the head of an index.
const HEAD: usize = 12;

/// How git stores a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// Its kind, and whether it may be run.
    pub(super) mode: u32,
    /// Id of its content.
    pub(super) oid: Vec<u8>,
}

/// Forgets what the index in `bytes` says of files, but of those that are old: git reads them again. `oid` is the length of an object id,
/// and `is_old` is told the file system of each file and when it changed. False if that cannot be done.
pub(super) fn forget_young(bytes: &mut [u8], oid: usize, is_old: impl Fn(u32, u32) -> bool) -> bool {
    let mut young = Vec::new();
    let end = walk(bytes, oid, |Entry { at, .. }| {
        let about = number(bytes, at + 16).zip(number(bytes, at));
        if !about.is_some_and(|(dev, time)| is_old(dev, time)) {
            young.push(at);
        }
        Some(())
    });
    let Some(end) = end else { return false };
    for at in young {
        bytes[at..at + MODE.start].fill(0);
        bytes[at + MODE.end..at + ABOUT].fill(0);
    }
    // What was a checksum is none any more; this is how git says that there is none.
    bytes[end..].fill(0);
    true
}

/// How the index in `bytes` says that files are stored, those of `paths` that are in no conflict; `None` if that cannot be told.
pub(super) fn stored(bytes: &[u8], oid: usize, paths: &BTreeSet<&[u8]>) -> Option<BTreeMap<Vec<u8>, Stored>> {
    let (mut found, mut name) = (BTreeMap::new(), Vec::new());
    walk(bytes, oid, |Entry { at, other, own }| {
        name.truncate(other.map_or(Some(0), |other| name.len().checked_sub(other))?);
        name.extend(&bytes[own]);
        let id = at + ABOUT..at + ABOUT + oid;
        let stage = bytes[id.end] >> 4 & 3;
        if stage == 0 && paths.contains(&*name) {
            let mode = number(bytes, at + MODE.start)?;
            found.insert(name.clone(), Stored { mode, oid: bytes[id].to_vec() });
        }
        Some(())
    })?;
    Some(found)
}

/// Where something is said of a file.
struct Entry {
    at: usize,
    /// How many bytes at the end of the name before it are others; `None` if names are whole.
    other: Option<usize>,
    /// The rest of its name.
    own: Range<usize>,
}

/// Hands every entry to `each`, and returns where the checksum begins; `None` if this is no index, or `each` says so.
fn walk(bytes: &[u8], oid: usize, mut each: impl FnMut(Entry) -> Option<()>) -> Option<usize> {
    let (version, count) = (number(bytes, 4)?, number(bytes, 8)?);
    if !bytes.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let end = bytes.len().checked_sub(oid)?;
    let mut at = HEAD;
    for _ in 0..count {
        let (entry, next) = entry(bytes.get(..end)?, at, oid, version)?;
        each(entry)?;
        at = next;
    }
    (at <= end).then_some(end)
}

/// The entry that begins at `at`, and where the next one begins.
fn entry(bytes: &[u8], at: usize, oid: usize, version: u32) -> Option<(Entry, usize)> {
    let flags = bytes.get(at + ABOUT + oid)?;
    let mut name = at + ABOUT + oid + if flags & 0x40 == 0 { 2 } else { 4 };
    let mut other = None;
    if version == 4 {
        let mut number = 0_usize;
        loop {
            let byte = *bytes.get(name)?;
            name += 1;
            number = number.checked_mul(128)?.checked_add(usize::from(byte & 0x7f))?;
            if byte & 0x80 == 0 {
                break;
            }
            number += 1;
        }
        other = Some(number);
    }
    let end = name + bytes.get(name..)?.iter().position(|byte| *byte == 0)?;
    // One zero or more, up to a multiple of eight; of names that are not whole one.
    let next = if other.is_some() { end + 1 } else { at + ((end - at + 8) & !7) };
    Some((Entry { at, other, own: name..end }, next))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// File system and time of a file that is old.
    const OLD: (u32, u32) = (7, 1_000);

    fn is_old(dev: u32, time: u32) -> bool {
        (dev, time) == OLD
    }

    /// An entry: `about` with what differs from entry to entry at its places, then the rest of it.
    fn entry(version: u32, oid: usize, (dev, time): (u32, u32), name: &str) -> Vec<u8> {
        let mut entry = vec![0xee; ABOUT + oid];
        entry[..4].copy_from_slice(&time.to_be_bytes());
        entry[16..20].copy_from_slice(&dev.to_be_bytes());
        let extended = name.starts_with('x');
        entry.extend([if extended { 0x40 } else { 0 }, 0]);
        entry.extend(if extended { &[0x20, 0][..] } else { &[] });
        if version == 4 {
            // A number of two bytes: 129 in common with none.
            entry.extend([0x80, 0x01]);
        }
        entry.extend(name.as_bytes());
        entry.push(0);
        while version != 4 && !entry.len().is_multiple_of(8) {
            entry.push(0);
        }
        entry
    }

    fn index(version: u32, oid: usize, files: &[((u32, u32), &str)]) -> Vec<u8> {
        let mut index = b"DIRC".to_vec();
        index.extend(version.to_be_bytes());
        index.extend(u32::try_from(files.len()).expect("a few").to_be_bytes());
        index.extend(files.iter().flat_map(|(about, name)| entry(version, oid, *about, name)));
        index
    }

    #[test]
    fn nothing_is_left_of_what_is_said_of_young_files_and_everything_of_the_others() {
        let names = ["a", "xb", "folder/1234567", "folder/12345678", "folder/123456789", "last"];
        for (version, oid) in [(2, 20), (3, 20), (4, 20), (2, 32), (4, 32)] {
            for young in [(7, 1_001), (8, 1_000)] {
                let files = |odd: (u32, u32)| -> Vec<_> {
                    names.iter().enumerate().map(|(at, name)| (if at % 2 == 1 { odd } else { OLD }, *name)).collect()
                };
                let mut bytes = [index(version, oid, &files(young)), vec![0xcc; oid]].concat();
                let mut expected = [index(version, oid, &files((0, 0))), vec![0; oid]].concat();
                let mut at = HEAD;
                for (n, name) in names.iter().enumerate() {
                    if n % 2 == 1 {
                        expected[at..at + MODE.start].fill(0);
                        expected[at + MODE.end..at + ABOUT].fill(0);
                    }
                    at += entry(version, oid, OLD, name).len();
                }
                assert!(forget_young(&mut bytes, oid, is_old), "{version} {oid}");
                assert_eq!(bytes, expected, "{version} {oid} {young:?}");
            }
        }
    }

    #[test]
    fn what_is_stored_is_found_by_name_but_for_files_in_conflict() {
        let names = ["a", "ab/c", "ab/d", "b", "b", "xb"];
        for (version, oid) in [(2, 20), (4, 20), (2, 32)] {
            let (mut bytes, mut last) = (index(version, oid, &[]), "");
            bytes[8..HEAD].copy_from_slice(&6_u32.to_be_bytes());
            for (n, name) in (0_u8..).zip(names) {
                let common = name.bytes().zip(last.bytes()).take_while(|(a, b)| a == b).count();
                let mut entry = entry(version, oid, OLD, name);
                entry[MODE].copy_from_slice(&[0, 0, 0x81, n]);
                entry[ABOUT..ABOUT + oid].fill(n);
                if name == "b" {
                    entry[ABOUT + oid] |= 0x10;
                }
                if version == 4 {
                    // As long a number as before is as short as it can be, and the name only what differs.
                    let rest = entry.len() - name.len() - 3;
                    entry.splice(rest.., [u8::try_from(last.len() - common).expect("a few")]);
                    entry.extend(name[common..].bytes().chain([0]));
                }
                bytes.extend(entry);
                last = name;
            }
            bytes.extend(vec![0; oid]);
            let wanted: BTreeSet<&[u8]> = [&b"ab/d"[..], b"b", b"xb", b"c"].into();
            let found = stored(&bytes, oid, &wanted).expect("it is understood");
            let of = |n: u8| Stored { mode: 0x8100 + u32::from(n), oid: vec![n; oid] };
            assert_eq!(found, [(b"ab/d".to_vec(), of(2)), (b"xb".to_vec(), of(5))].into(), "{version} {oid}");
        }
    }

    #[test]
    fn what_is_no_whole_index_is_not_understood() {
        for version in [2, 4] {
            let whole = [index(version, 20, &[(OLD, "one"), (OLD, "two")]), vec![0xcc; 20]].concat();
            for length in 0..whole.len() {
                assert!(!forget_young(&mut whole[..length].to_vec(), 20, is_old), "{version} {length}");
            }
            assert!(forget_young(&mut whole.clone(), 20, is_old));
        }
        for odd in
            [index(5, 20, &[]), index(1, 20, &[]), b"CRID".iter().chain(&index(2, 20, &[])[4..]).copied().collect()]
        {
            assert!(!forget_young(&mut [odd, vec![0; 20]].concat(), 20, is_old));
        }
    }
}
