//! What is mounted, as the system tells it. Mounts nothing.

use std::ffi::OsString;
use std::os::unix::ffi::OsStringExt as _;
use std::path::{Path, PathBuf};

/// Where something is mounted below `folder`, those above others first; `told` is what the system tells of all mounts.
pub(super) fn below(told: &[u8], folder: &Path) -> Vec<PathBuf> {
    // Number, that of the parent, device, what is mounted of it, and where.
    let at = told.split(|b| *b == b'\n').filter_map(|line| line.split(|b| *b == b' ').nth(4)).map(plain);
    let mut inside: Vec<PathBuf> = at.filter(|at| at.starts_with(folder) && at != folder).collect();
    inside.sort();
    inside.dedup();
    inside
}

/// Signs that would end a word are told by number.
fn plain(word: &[u8]) -> PathBuf {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, more)) = rest.split_first() {
        let number = more.get(..3).filter(|_| *first == b'\\').and_then(|digits| std::str::from_utf8(digits).ok());
        match number.and_then(|digits| u8::from_str_radix(digits, 8).ok()) {
            Some(sign) => {
                plain.push(sign);
                rest = &more[3..];
            }
            None => {
                plain.push(*first);
                rest = more;
            }
        }
    }
    OsString::from_vec(plain).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_mounted_below_is_found_by_its_name() {
        let told = b"22 1 254:0 / / rw,relatime - ext4 /dev/vda rw\n\
            30 22 0:5 / /a\\040b/node_modules/x rw - tmpfs none rw\n31 22 0:6 / /a\\040b/node_modules rw shared:1 - tmpfs none rw\n\
            32 22 0:7 / /a\\040b rw - tmpfs none rw\n33 22 0:7 / /a\\040bc rw - tmpfs none rw\n34 22 0:8 / /a\\040b/c\\134d rw - tmpfs none rw\nnonsense\n";
        let found = below(told, Path::new("/a b"));
        let expected = ["/a b/c\\d", "/a b/node_modules", "/a b/node_modules/x"].map(PathBuf::from);
        assert_eq!(found, expected);
    }
}
