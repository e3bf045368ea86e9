//! What happened over time, in as many points as a chart of it has.

use serde::Serialize;

use crate::chart::time::{fold, folded};
use crate::demand::{Demand, Dimension};
use crate::latency::{self, over_time};
use crate::study::{Outcome, Study};
use crate::when::throughput;

const SECOND: u64 = 1_000_000_000;
/// Points of a small chart and of a wide one.
const SMALL: usize = 150;
const WIDE: usize = 180;

/// One measure over time, from the beginning of the run in steps of one length.
#[derive(Debug, Default, Serialize)]
pub(super) struct Line {
    /// What it is: `429`, `tokens`, `requests`, `jobs` or `latency`.
    of: &'static str,
    /// Strategy and tier, by their places.
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    t: Option<usize>,
    /// The model, by its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    m: Option<usize>,
    step_s: u64,
    /// Attempts sent in each step, and those of them that were answered 429, over all seeds.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    sent: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status_429: Vec<u64>,
    /// What falls due in each step, as so many a minute of one seed.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    per_minute: Vec<u64>,
    /// Where a step is made of shorter ones, how long those are.
    #[serde(skip_serializing_if = "Option::is_none")]
    parts_s: Option<u64>,
    /// The lowest and highest of those of a step: of what falls due a minute, or of 429s as so many
    /// of a thousand attempts, where any were sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    low: Vec<Option<u64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    high: Vec<Option<u64>>,
    /// Jobs due in each step, over all seeds; those of them that were answered, where not all were;
    /// and in time, where not all of those.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    due: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    answered: Vec<u64>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    in_time: Vec<u64>,
    /// Milliseconds from due to the last byte of half and of nineteen of twenty answers, where
    /// there are enough to tell.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    p50_ms: Vec<Option<u64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    p95_ms: Vec<Option<u64>>,
}

/// Every line of a page: what is asked of each model, the 429s of the strategies that are drawn on
/// the account's tier and on the one beside it, the jobs of the best strategy of each tier, and how
/// long the answers took of the strategy that is looked at.
pub(super) fn all(study: &Study<'_>, demand: &[Demand<'_>]) -> Vec<Line> {
    let mut lines = Vec::new();
    for (model, one) in demand.iter().enumerate() {
        for (of, dimension) in [("tokens", Dimension::Tokens), ("requests", one.counted)] {
            let line = asked(study, one, dimension);
            lines.extend(line.map(|line| Line { of, m: Some(model), ..line }));
        }
    }
    let mut tiers: Vec<usize> = [study.yours, study.other()].into_iter().flatten().collect();
    tiers.dedup();
    for tier in tiers {
        lines.extend(refused(study, tier));
    }
    if !demand.is_empty() {
        lines.extend(throughput::steps(study).into_iter().map(jobs));
    }
    if let Some((focus, _)) = study.focus() {
        let all = over_time::lines(study, focus, &latency::tiers(study)).into_iter();
        lines.extend(all.map(|(tier, line)| took(focus, tier, line)));
    }
    lines
}

fn jobs(steps: throughput::Steps) -> Line {
    let throughput::Steps { tier, row, step, due, answered, in_time } = steps;
    let unless = |same: bool, counts| if same { Vec::new() } else { counts };
    let all = [due == answered, answered == in_time];
    Line {
        of: "jobs",
        s: Some(row),
        t: Some(tier),
        step_s: step,
        in_time: unless(all[1], in_time),
        answered: unless(all[0], answered),
        due,
        ..Line::default()
    }
}

fn took(row: usize, tier: usize, line: over_time::Lines) -> Line {
    Line {
        of: "latency",
        s: Some(row),
        t: Some(tier),
        step_s: line.step,
        p50_ms: line.half,
        p95_ms: line.tail,
        ..Line::default()
    }
}

fn asked(study: &Study<'_>, demand: &Demand<'_>, dimension: Dimension) -> Option<Line> {
    let counts = demand.steps(dimension);
    if counts.iter().all(|count| *count == 0) {
        return None;
    }
    let folding = Folding::of(study, demand.width, counts.len(), WIDE);
    let rate = |counts: &[u64], seconds: u64| demand.per_minute(counts.iter().sum(), seconds);
    let per_minute = folded(counts, folding.factor, folding.steps);
    let per_minute = per_minute.into_iter().map(|count| demand.per_minute(count, folding.step()));
    let parts = |counts: &[u64]| Some(rate(counts, demand.width * folding.part as u64));
    let (low, high) = folding.extremes(counts.len(), |part| parts(counts.get(part)?));
    Some(Line {
        step_s: folding.step(),
        per_minute: per_minute.collect(),
        parts_s: folding.parts(),
        low,
        high,
        ..Line::default()
    })
}

/// The 429s of a tier, a line for each strategy that met any.
fn refused(study: &Study<'_>, tier: usize) -> Vec<Line> {
    let there: Vec<(usize, &Outcome)> = study
        .shown()
        .into_iter()
        .filter_map(|row| Some((row, study.outcome(row, tier)?)))
        .collect();
    let series = || there.iter().filter_map(|(_, outcome)| outcome.whole.series());
    let Some(width) = series().next().map(|one| (one.width.nanos() / SECOND).max(1)) else {
        return Vec::new();
    };
    let used = series().map(|one| one.sent.as_slice().len()).max().unwrap_or(0);
    let folding = Folding::of(study, width, used, SMALL);
    let met = there.iter().filter(|(_, one)| one.total.attempts.with_status(429) > 0);
    met.filter_map(|(row, outcome)| {
        let series = outcome.whole.series()?;
        let (sent, met) = (series.sent.as_slice(), series.status_429.as_slice());
        let share = |part: std::ops::Range<usize>| {
            let sum =
                |counts: &[u64]| -> u64 { counts.iter().skip(part.start).take(part.len()).sum() };
            per_mille(sum(met), sum(sent))
        };
        let (low, high) = folding.extremes(sent.len(), share);
        Some(Line {
            of: "429",
            s: Some(*row),
            t: Some(tier),
            step_s: folding.step(),
            sent: folded(sent, folding.factor, folding.steps),
            status_429: folded(met, folding.factor, folding.steps),
            parts_s: folding.parts(),
            low,
            high,
            ..Line::default()
        })
    })
    .collect()
}

/// How a record's steps become a chart's.
pub(super) struct Folding {
    /// Seconds of a step of the record.
    width: u64,
    /// How many of those a step of the chart takes, and how many a part of it whose extremes are
    /// kept.
    factor: usize,
    part: usize,
    steps: usize,
}

impl Folding {
    pub(super) fn of(study: &Study<'_>, width: u64, used: usize, most: usize) -> Folding {
        let width = width.max(1);
        let run = usize::try_from(study.whole_seconds().div_ceil(width)).unwrap_or(used);
        let all = used.max(run);
        let factor = fold(width, all, most);
        let part = fold(width, all, usize::MAX).min(factor);
        Folding { width, factor, part, steps: all.div_ceil(factor).max(1) }
    }

    const fn step(&self) -> u64 {
        self.width * self.factor as u64
    }

    fn parts(&self) -> Option<u64> {
        (self.part < self.factor).then_some(self.width * self.part as u64)
    }

    /// The lowest and highest figure of the parts of each step that has any; nothing where a step is
    /// its only part.
    pub(super) fn extremes(
        &self,
        counts: usize,
        figure: impl Fn(std::ops::Range<usize>) -> Option<u64>,
    ) -> (Vec<Option<u64>>, Vec<Option<u64>>) {
        if self.part >= self.factor {
            return Default::default();
        }
        let of_step = |step: usize| {
            let (from, to) = (step * self.factor, ((step + 1) * self.factor).min(counts));
            let parts = (from..to).step_by(self.part);
            parts.filter_map(|start| figure(start..(start + self.part).min(to))).fold(
                (None, None),
                |(low, high): (Option<u64>, Option<u64>), value| {
                    let low = low.map_or(value, |low| low.min(value));
                    (Some(low), Some(high.map_or(value, |high| high.max(value))))
                },
            )
        };
        (0..self.steps).map(of_step).unzip()
    }
}

fn per_mille(part: u64, of: u64) -> Option<u64> {
    (of > 0).then(|| (part * 2_000 + of) / (of * 2))
}
