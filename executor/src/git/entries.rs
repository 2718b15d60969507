//! What an index says of files, in the form in which git writes it: forgotten of those that are too young for it to be true for long.
//! Knows nothing of which files these are.
//!
//! The format is that of `gitformat-index`: versions 2, 3 and 4, without a checksum as with `index.skipHash`.

/// Length of what an index says of a file before its object id.
const ABOUT: usize = 40;
/// Where in it the mode is, which is no matter of time.
const MODE: std::ops::Range<usize> = 24..28;
/// Length of the head of an index.
const HEAD: usize = 12;

/// Forgets what the index in `bytes` says of files, but of those that are old: git reads them again. `oid` is the length of an object id,
/// and `is_old` is told the file system of each file and when it changed. False if that cannot be done.
pub(super) fn forget_young(bytes: &mut [u8], oid: usize, is_old: impl Fn(u32, u32) -> bool) -> bool {
    forget(bytes, oid, is_old).is_some()
}

fn forget(bytes: &mut [u8], oid: usize, is_old: impl Fn(u32, u32) -> bool) -> Option<()> {
    let (version, count) = (number(bytes, 4)?, number(bytes, 8)?);
    if !bytes.starts_with(b"DIRC") || !(2..=4).contains(&version) {
        return None;
    }
    let end = bytes.len().checked_sub(oid)?;
    let mut at = HEAD;
    for _ in 0..count {
        let next = after(bytes.get(at..end)?, oid, version)?;
        if !is_old(number(bytes, at + 16)?, number(bytes, at)?) {
            let about = bytes.get_mut(at..at + ABOUT)?;
            about[..MODE.start].fill(0);
            about[MODE.end..].fill(0);
        }
        at += next;
    }
    if at > end {
        return None;
    }
    // What was a checksum is none any more; this is how git says that there is none.
    bytes.get_mut(end..)?.fill(0);
    Some(())
}

/// Length of the entry at the beginning of `bytes`.
fn after(bytes: &[u8], oid: usize, version: u32) -> Option<usize> {
    let flags = bytes.get(ABOUT + oid)?;
    let fixed = ABOUT + oid + if flags & 0x40 != 0 { 4 } else { 2 };
    let mut name = fixed;
    if version == 4 {
        // How much of the name before it has in common with it.
        while bytes.get(name)? & 0x80 != 0 {
            name += 1;
        }
        name += 1;
    }
    let end = name + bytes.get(name..)?.iter().position(|byte| *byte == 0)?;
    // One zero or more, up to a multiple of eight; of names that are not whole one.
    Some(if version == 4 { end + 1 } else { (end + 8) & !7 })
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
            // A number of two bytes.
            entry.extend([0x80, 0x01]);
        }
        entry.extend(name.as_bytes());
        entry.push(0);
        while version != 4 && entry.len() % 8 != 0 {
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
