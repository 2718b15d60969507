//! Figures as lines of a table, printed as soon as they are known.

use std::io::{self, Write as _};
use std::time::Duration;

/// What one figure is compared with.
pub(crate) struct Against<'a> {
    /// Its name.
    pub(crate) name: &'a str,
    /// Its figure; `None` if the program is not there.
    pub(crate) figure: Option<f64>,
    /// The ratio wanted, at most.
    pub(crate) goal: Option<f64>,
}

/// What a figure counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    /// Seconds.
    Time,
    /// Bytes.
    Size,
}

/// The table.
#[derive(Debug, Default)]
pub(crate) struct Table {
    begun: bool,
    /// What the line before was about: a comparison stands below its figure.
    about: String,
    missed: Vec<String>,
}

impl Table {
    /// Goals that were missed.
    pub(crate) fn missed(&self) -> &[String] {
        &self.missed
    }
    /// A figure of its own, and the most it may be.
    pub(crate) fn figure(&mut self, what: &str, unit: Unit, figure: f64, goal: Option<f64>) -> io::Result<()> {
        let verdict = goal.map(|goal| (format!("<= {}", unit.show(goal)), figure <= goal));
        self.line(what, &unit.show(figure), "", "", "", verdict)
    }
    /// A figure beside others of the same kind.
    pub(crate) fn compare(&mut self, what: &str, unit: Unit, figure: f64, others: &[Against]) -> io::Result<()> {
        self.line(what, &unit.show(figure), "", "", "", None)?;
        for Against { name, figure: other, goal } in others {
            let ratio = other.map(|other| figure / other);
            let shown = ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            let verdict = goal.map(|goal| (format!("<= {goal:.2}"), ratio.is_some_and(|ratio| ratio <= goal)));
            let verdict = verdict.filter(|_| ratio.is_some());
            self.line("", "", name, &other.map_or("–".to_owned(), |other| unit.show(other)), &shown, verdict)?;
        }
        Ok(())
    }
    fn line(
        &mut self,
        what: &str,
        figure: &str,
        other: &str,
        others: &str,
        ratio: &str,
        verdict: Option<(String, bool)>,
    ) -> io::Result<()> {
        let mut out = io::stdout().lock();
        if !std::mem::replace(&mut self.begun, true) {
            writeln!(out, "{:<44} {:>10}  {:<8} {:>10} {:>7}  goal", "what", "mission", "beside", "", "ratio")?;
        }
        if !what.trim().is_empty() {
            what.trim().clone_into(&mut self.about);
        }
        if let Some((goal, false)) = &verdict {
            self.missed.push(format!("{}: {}, goal {goal}", self.about, if ratio.is_empty() { figure } else { ratio }));
        }
        let (goal, met) = verdict.unwrap_or_default();
        let met = if goal.is_empty() { "" } else { ["MISSED", "met"][usize::from(met)] };
        writeln!(out, "{what:<44} {figure:>10}  {other:<8} {others:>10} {ratio:>7}  {goal:<12} {met}")?;
        out.flush()
    }
}

impl Unit {
    fn show(self, figure: f64) -> String {
        match self {
            Self::Time if figure >= 1.0 => format!("{figure:.2} s"),
            Self::Time => format!("{:.1} ms", figure * 1e3),
            Self::Size if figure >= f64::from(1 << 20) => format!("{:.1} MiB", figure / f64::from(1 << 20)),
            Self::Size => format!("{:.1} KiB", figure / 1024.0),
        }
    }
}

/// The middle of `figures`, which must be some.
pub(crate) fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

/// As seconds.
pub(crate) fn seconds(times: &[Duration]) -> Vec<f64> {
    times.iter().map(Duration::as_secs_f64).collect()
}
