//! Names of runs: they sort by time and are easy to say. `20261121-0602-kosame` is minute, then a word of three
//! syllables: the second, its sixtieth part, and one left to chance.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use crate::event::Timestamp;

/// Consonants in alphabetical order; with [`VOWELS`] sixty syllables that sort like the numbers they stand for.
const CONSONANTS: &[u8; 12] = b"bdfghklmnrst";
const VOWELS: &[u8; 5] = b"aeiou";
const SYLLABLES: u64 = 60;
const PER_MINUTE: u64 = SYLLABLES * SYLLABLES * SYLLABLES;

/// Name of a run: `[a-z0-9-]`, in the order of time also as text.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(String);

impl RunId {
    /// An id for a run that begins at `now`, after `last`.
    pub(super) fn fresh(now: Timestamp, last: Option<&Self>) -> Self {
        let sixtieths = now.0 % 60_000 * SYLLABLES * SYLLABLES / 60_000;
        let chance = RandomState::new().hash_one(now.0) % SYLLABLES;
        let fresh = now.0 / 60_000 * PER_MINUTE + sixtieths * SYLLABLES + chance;
        // a clock that was set back must not bring the order of runs into disorder
        Self::from_ordinal(fresh.max(last.map_or(0, |id| id.ordinal() + 1)))
    }

    /// Reads an id; anything that is not exactly one is none.
    pub fn parse(text: &str) -> Option<Self> {
        let id = Self(text.to_owned());
        (text.len() == 20 && text.is_ascii() && id.try_ordinal().is_some_and(|n| Self::from_ordinal(n) == id))
            .then_some(id)
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn from_ordinal(ordinal: u64) -> Self {
        let ms = i64::try_from(ordinal / PER_MINUTE * 60_000).unwrap_or(i64::MAX);
        let minute = jiff::Timestamp::from_millisecond(ms).unwrap_or(jiff::Timestamp::MAX);
        let word = [SYLLABLES * SYLLABLES, SYLLABLES, 1].map(|unit| syllable(ordinal % PER_MINUTE / unit % SYLLABLES));
        Self(format!("{}-{}", minute.strftime("%Y%m%d-%H%M"), word.concat()))
    }

    fn ordinal(&self) -> u64 {
        self.try_ordinal().expect("made by `from_ordinal` or checked by `parse`")
    }

    fn try_ordinal(&self) -> Option<u64> {
        let (minute, word) = self.0.split_at_checked(13)?;
        let at = jiff::civil::DateTime::strptime("%Y%m%d-%H%M", minute).ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        let minutes = u64::try_from(at.timestamp().as_second()).ok()? / 60;
        let syllables = word.strip_prefix('-')?.as_bytes().chunks_exact(2);
        let number = syllables.map(number).try_fold(0, |sum, n| Some(sum * SYLLABLES + n?))?;
        Some(minutes * PER_MINUTE + number)
    }
}

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn syllable(n: u64) -> String {
    let n = usize::try_from(n).expect("below 60");
    [CONSONANTS[n / VOWELS.len()], VOWELS[n % VOWELS.len()]].map(char::from).iter().collect()
}

fn number(syllable: &[u8]) -> Option<u64> {
    let &[c, v] = syllable else { return None };
    let c = CONSONANTS.iter().position(|&x| x == c)?;
    let v = VOWELS.iter().position(|&x| x == v)?;
    u64::try_from(c * VOWELS.len() + v).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-11-21 06:02:00 UTC.
    const MINUTE: u64 = 1_795_240_920_000;

    #[test]
    fn ids_say_their_time() {
        assert_eq!(&RunId::fresh(Timestamp(MINUTE), None).as_str()[..18], "20261121-0602-baba");
        assert_eq!(&RunId::fresh(Timestamp(MINUTE + 59_999), None).as_str()[..18], "20261121-0602-tutu");
        assert_eq!(&RunId::fresh(Timestamp(MINUTE + 28_750), None).as_str()[..18], "20261121-0602-kora");
        assert_eq!(&RunId::fresh(Timestamp(0), None).as_str()[..14], "19700101-0000-");
    }

    #[test]
    fn ids_sort_by_time_as_text() {
        let mut last = None;
        for step in 0..5_000_u64 {
            // 17 ms is the next sixtieth; the clock is set back once
            let now = MINUTE + step * 17 - if step > 2_500 { 120_000 } else { 0 };
            let id = RunId::fresh(Timestamp(now), last.as_ref());
            assert!(last.as_ref().is_none_or(|l: &RunId| l.as_str() < id.as_str()), "{last:?} {id}");
            last = Some(id);
        }
    }

    #[test]
    fn a_full_second_flows_into_the_next() {
        let mut last = RunId::parse("20261231-2359-tututu").expect("an id");
        last = RunId::fresh(Timestamp(0), Some(&last));
        assert_eq!(last.as_str(), "20270101-0000-bababa");
        assert_eq!(RunId::fresh(Timestamp(0), Some(&last)).as_str(), "20270101-0000-bababe");
    }

    #[test]
    fn only_ids_are_ids() {
        assert!(RunId::parse("20261121-0602-kosame").is_some());
        for wrong in [
            "",
            ".",
            "..",
            "20261121-0602-kosam",
            "20261121-0602-kosamee",
            "20261121-0602-kosaxe",
            "20261121-0602-KOSAME",
            "20261321-0602-kosame",
            "20261121-2560-kosame",
            "20261121-060x-kosame",
            "2026112a-0602-kosame",
            "20261121/0602/kosame",
            "20261121-0602-kosamé",
            "-0261121-0602-kosame",
            "+0261121-0602-kosame",
            "18991121-0602-kosame",
            "20261121-0602_kosame",
        ] {
            assert_eq!(RunId::parse(wrong), None, "{wrong}");
        }
    }
}
