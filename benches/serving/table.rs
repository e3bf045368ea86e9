//! Rounds as a table: medians, and the ratio of each round's two sides with its spread.

use std::io::{self, Write};
use std::time::Duration;

/// One side in one round.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) requests: u64,
    pub(crate) took: Duration,
    /// How long the server's thread ran; `None` where the system does not tell.
    pub(crate) used: Option<Duration>,
}

/// Both sides in one round.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Pair {
    pub(crate) mock: Measured,
    pub(crate) bare: Measured,
}

impl Measured {
    fn per_second(self) -> f64 {
        self.requests as f64 / self.took.as_secs_f64()
    }

    /// Microseconds a request.
    fn cpu(self) -> f64 {
        self.used.map_or(f64::NAN, |used| used.as_secs_f64() * 1e6 / self.requests as f64)
    }

    /// The share of the round in which the server's thread ran, in percent.
    fn busy(self) -> f64 {
        self.used.map_or(f64::NAN, |used| 100.0 * used.as_secs_f64() / self.took.as_secs_f64())
    }
}

pub(crate) fn head() -> io::Result<()> {
    writeln!(
        io::stdout().lock(),
        "{:<32} {:<6} {:>20} {:>20} {:>6}",
        "path",
        "side",
        "requests/s",
        "CPU µs a request",
        "busy"
    )
}

/// The rows of one path: the median of each side, then the ratio of mock to bare as its median
/// and its extremes.
pub(crate) fn rows(path: &str, pairs: &[Pair]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let side = |pick: fn(&Pair) -> Measured| {
        let of = |figure: fn(Measured) -> f64| middle(pairs.iter().map(pick).map(figure)).median;
        (of(Measured::per_second), of(Measured::cpu), of(Measured::busy))
    };
    for (name, pick) in [("mock", mock as fn(&Pair) -> Measured), ("bare", bare)] {
        let (rate, cpu, busy) = side(pick);
        let (cpu, busy) = (told(cpu, 1, ""), told(busy, 0, " %"));
        writeln!(out, "{path:<32} {name:<6} {rate:>20.0} {cpu:>20} {busy:>6}")?;
    }
    let ratio = |figure: fn(Measured) -> f64| {
        let each = pairs.iter().map(|pair| figure(pair.mock) / figure(pair.bare));
        let Middle { least, median, most } = middle(each);
        let [least, median, most] = [least, median, most].map(|figure| told(figure, 2, ""));
        format!("{median} ({least} – {most})")
    };
    let (rate, cpu) = (ratio(Measured::per_second), ratio(Measured::cpu));
    writeln!(out, "{path:<32} {:<6} {rate:>20} {cpu:>20}", "ratio")
}

/// A figure with its unit, or that the system did not tell.
fn told(figure: f64, places: usize, unit: &str) -> String {
    if figure.is_nan() { "?".to_owned() } else { format!("{figure:.places$}{unit}") }
}

fn mock(pair: &Pair) -> Measured {
    pair.mock
}

fn bare(pair: &Pair) -> Measured {
    pair.bare
}

struct Middle {
    least: f64,
    median: f64,
    most: f64,
}

fn middle(figures: impl Iterator<Item = f64>) -> Middle {
    let mut sorted: Vec<f64> = figures.collect();
    sorted.sort_by(f64::total_cmp);
    let at = |place: usize| sorted.get(place).copied().unwrap_or(f64::NAN);
    let last = sorted.len().saturating_sub(1);
    Middle { least: at(0), median: at(last / 2), most: at(last) }
}
