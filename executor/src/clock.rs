//! The only place that reads the wall clock. Time leaves here as data on records and inputs.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use crate::event::Timestamp;

/// Tells the time; never goes backwards.
pub trait Clock: Send + Sync {
    /// The present moment; never before any moment told earlier.
    fn now(&self) -> Timestamp;
    /// From here on no moment before `floor` is told, and time runs on from there. A resumed run starts from its last record.
    fn at_least(&self, floor: Timestamp);
}

/// The machine's clock: the wall clock when this was made, plus what the monotonic clock counted since.
///
/// Steps of the wall clock (NTP, a person, daylight saving) are not followed, so that no time limit fires early or late;
/// nor is the time for which the machine slept.
#[derive(Debug)]
pub struct SystemClock {
    since: Instant,
    /// The moment of `since`; only ever raised.
    base: AtomicU64,
}

impl SystemClock {
    /// Reads the wall clock, for the only time.
    pub fn new() -> Self {
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { since: Instant::now(), base: AtomicU64::new(millis(wall)) }
    }
    fn elapsed(&self) -> u64 {
        millis(self.since.elapsed())
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.base.load(Ordering::Acquire).saturating_add(self.elapsed()))
    }
    fn at_least(&self, floor: Timestamp) {
        self.base.fetch_max(floor.0.saturating_sub(self.elapsed()), Ordering::AcqRel);
    }
}

/// The zone in which people here read the clock.
pub fn zone() -> jiff::tz::TimeZone {
    jiff::tz::TimeZone::system()
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A clock that moves only when told to; for tests and simulations.
#[derive(Debug, Default)]
pub struct ManualClock(AtomicU64);

impl ManualClock {
    /// Stands at `at`.
    pub fn new(at: Timestamp) -> Self {
        Self(AtomicU64::new(at.0))
    }
    /// Moves forward by `millis` milliseconds.
    pub fn advance(&self, millis: u64) {
        self.0.fetch_add(millis, Ordering::Relaxed);
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(Ordering::Relaxed))
    }
    fn at_least(&self, floor: Timestamp) {
        self.0.fetch_max(floor.0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_system_clock_is_in_this_century_and_never_goes_back() {
        let clock = SystemClock::new();
        let mut last = clock.now();
        assert!(last.0 > 1_700_000_000_000, "{last:?}");
        for _ in 0..1_000 {
            let now = clock.now();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn time_runs_on_from_a_floor_in_the_future() {
        let clock = SystemClock::new();
        let future = Timestamp(clock.now().0 + 3_600_000);
        clock.at_least(future);
        assert!(clock.now() >= future);
        clock.at_least(Timestamp(0));
        assert!(clock.now() >= future);
        while clock.now() == future {
            std::thread::yield_now();
        }
        assert!(clock.now() > future, "it does not stand still until the wall catches up");
    }

    #[test]
    fn threads_see_one_order() {
        let clock = SystemClock::new();
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    let mut last = Timestamp(0);
                    for _ in 0..10_000 {
                        let now = clock.now();
                        assert!(now >= last);
                        last = now;
                    }
                });
            }
        });
    }

    #[test]
    fn the_manual_clock_moves_when_told() {
        let clock = ManualClock::new(Timestamp(5));
        clock.advance(7);
        assert_eq!(clock.now(), Timestamp(12));
        clock.at_least(Timestamp(10));
        assert_eq!(clock.now(), Timestamp(12));
        clock.at_least(Timestamp(20));
        assert_eq!(clock.now(), Timestamp(20));
    }
}
