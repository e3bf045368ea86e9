//! How well a scenario fits the log it was inferred from: the same sketch of both, side by side.

use super::Sketch;
use super::counts::{dispersion, joined};
use super::histogram::Histogram;
use super::series::Series;

/// Windows in which dispersion is told, in seconds.
const WINDOWS: [i64; 3] = [1, 10, 60];

const SECOND: i64 = 1_000_000_000;

impl Sketch {
    /// A table of figures of the log and of the scenario's own draws, all groups together, and how
    /// far apart their distributions are: the largest distance of two shares (Kolmogorov and
    /// Smirnov).
    #[must_use]
    pub fn beside(&self, drawn: &Sketch) -> Vec<String> {
        let (log, own) = (self.together(), drawn.together());
        let mut lines = vec![format!("{:<34}{:>12}{:>12}", "", "log", "this file")];
        let mut line = |name: &str, of: &dyn Fn(&Series) -> Option<f64>, decimals: usize| {
            let told = |figure: Option<f64>| {
                figure.map_or("-".to_owned(), |figure| format!("{figure:.decimals$}"))
            };
            lines.push(format!("{name:<34}{:>12}{:>12}", told(of(&log)), told(of(&own))));
        };
        line("jobs", &|series| Some(series.jobs as f64), 0);
        line("tokens of a prompt, mean", &|series| Some(series.lengths().prompt.mean()), 0);
        line("tokens of an answer, mean", &|series| Some(series.lengths().answer.mean()), 0);
        for window in WINDOWS {
            let name = format!("index of dispersion at {window} s");
            line(&name, &|series| series.dispersion(window), 2);
        }
        line("busiest minute, of the mean", &Series::busiest_minute, 2);
        line("rank correlation", &|series| Some(series.sample.correlation()), 2);
        let (cv, own_cv) = (self.gaps.variation(), drawn.gaps.variation());
        lines.push(format!("{:<34}{cv:>12.2}{own_cv:>12.2}", "cv of gaps"));
        let (log_lengths, own_lengths) = (log.lengths(), own.lengths());
        let apart = |one: f64| format!("{:.1} %", one * 100.0);
        let lengths_apart = |log: &Histogram, own: &Histogram| {
            // Work without such tokens has none of its own.
            if own.most() == 0 { "-".to_owned() } else { apart(log.distance(own)) }
        };
        lines.push(format!(
            "distance of distributions: prompts {}, answers {}, gaps {}",
            lengths_apart(&log_lengths.prompt, &own_lengths.prompt),
            lengths_apart(&log_lengths.answer, &own_lengths.answer),
            apart(self.gaps.distance(&drawn.gaps)),
        ));
        lines
    }

    fn together(&self) -> Series {
        let mut together = Series::default();
        self.series.values().for_each(|series| together.merge(series));
        together
    }
}

impl Series {
    /// The index of dispersion in windows of so many seconds, where its bins are fine enough.
    fn dispersion(&self, seconds: i64) -> Option<f64> {
        let by = seconds * SECOND / self.counts.width();
        let by = usize::try_from(by).ok().filter(|by| *by > 0)?;
        let (first, end) = self.counts.span();
        dispersion(&self.counts.over(first, end), by)
    }

    fn busiest_minute(&self) -> Option<f64> {
        let by = usize::try_from(60 * SECOND / self.counts.width()).ok().filter(|by| *by > 0)?;
        let (first, end) = self.counts.span();
        let minutes = joined(&self.counts.over(first, end), by);
        let most = *minutes.iter().max()?;
        let mean = minutes.iter().sum::<u64>() as f64 / minutes.len() as f64;
        (mean > 0.0).then(|| most as f64 / mean)
    }
}
