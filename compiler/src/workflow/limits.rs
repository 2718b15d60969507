//! What a run may use, and for how long.

use super::Setting;

/// What a run may use; absent means unlimited (`concurrency`: 4).
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Nodes that run at the same time.
    pub concurrency: Option<Setting<i64>>,
    /// Working time in milliseconds.
    pub wall: Option<Setting<Millis>>,
    /// Money in USD.
    pub usd: Option<Setting<f64>>,
    /// Agent attempts.
    pub agent_runs: Option<Setting<i64>>,
    /// Nodes in the graph.
    pub nodes: Option<Setting<i64>>,
    /// Milliseconds for which a node waits for its agents' limits (24 hours if absent).
    pub parked: Option<Setting<Millis>>,
    /// What agents that run at the same time weigh together (what the machine can bear, if absent).
    pub weight: Option<Setting<i64>>,
    /// What happens then.
    pub on_exceeded: OnExceeded,
}

/// `limits.onExceeded`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum OnExceeded {
    /// Start nothing more; the run can be resumed with higher limits.
    #[default]
    Pause,
    /// Cancel the run.
    Stop,
}

/// A duration in milliseconds. As a template result: a text such as `30s`, `15m`, `2h`, `7d`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Millis(pub u64);

impl std::fmt::Display for Millis {
    /// As an author would write it: `30s`, `90m`, `24h`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let units = [("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];
        let whole = |&&(_, scale): &&(&str, u64)| self.0 >= scale && self.0.is_multiple_of(scale);
        let (unit, scale) = units.iter().find(whole).copied().unwrap_or(("s", 1));
        write!(f, "{}{unit}", self.0 / scale)
    }
}

impl Millis {
    /// Parses `500ms`, `30s`, `15m`, `2h`, `7d`; `None` if it is not a duration.
    pub fn parse(text: &str) -> Option<Self> {
        let split = text.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = text.split_at(split);
        let scale = match unit {
            "ms" => 1,
            "s" => 1_000,
            "m" => 60_000,
            "h" => 3_600_000,
            "d" => 86_400_000,
            _ => return None,
        };
        number.parse::<u64>().ok()?.checked_mul(scale).map(Self)
    }
}
