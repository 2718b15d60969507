//! How much memory this machine has, in the weights of agents. Knows nothing of attempts.

use std::fs;

/// Memory that a weight of 1 stands for, in KiB.
const STEP: u64 = 256 * 1024;

/// What agents may weigh together unless `limits.weight` says otherwise: half of the machine's memory; without bounds where
/// that cannot be told.
pub(super) fn bearable() -> u32 {
    fs::read_to_string("/proc/meminfo").ok().and_then(|text| total(&text)).map_or(u32::MAX, weights)
}

fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.split_whitespace().next()?.parse().ok()
}

fn weights(kib: u64) -> u32 {
    u32::try_from(kib / 2 / STEP).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_of_the_memory_counts() {
        let told = "MemTotal:       16374852 kB\nMemFree:         1 kB\n";
        assert_eq!(total(told).map(weights), Some(31));
        assert_eq!(total("MemFree: 1 kB"), None);
        assert_eq!(weights(1024), 1, "a small machine bears one");
    }
}
