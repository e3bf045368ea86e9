//! What was asked for, against what a tier allows.
//!
//! Limits hold for each model by itself, so demand is taken by model. It is counted by due time
//! and in the mean of the replications: every cell was asked alike, whatever became of it.

use run_record::{Counted, GroupCell, GroupNote, PairLimits, Series};

use crate::numbers;
use crate::study::{Study, Tier};

const NANOS: u64 = 1_000_000_000;
const MINUTE: u64 = 60;

/// What was asked of one model.
pub(crate) struct Demand<'r> {
    pub(crate) model: &'r str,
    /// Whether it is the only model of the run.
    pub(crate) alone: bool,
    /// Seconds of a step.
    pub(crate) width: u64,
    /// Tokens of the jobs due in each step, summed over replications.
    pub(crate) tokens: Vec<u64>,
    /// What the jobs due in each step take of the limit on requests, summed over replications.
    pub(crate) units: Vec<u64>,
    /// The same within the windows of that limit; none where nobody kept it.
    pub(crate) windows: Option<Windows>,
    /// What that limit counts.
    pub(crate) counted: Dimension,
    pub(crate) replications: u64,
}

/// What falls due within windows of the limit on requests.
pub(crate) struct Windows {
    /// How long a window is, in nanoseconds.
    pub(crate) length: u64,
    /// Of each step the busiest window, summed over replications; of several groups their peaks
    /// added up, which need not fall into the same window.
    pub(crate) busiest: Vec<u64>,
    /// How many groups that are.
    pub(crate) groups: usize,
}

/// A limit and the most that was asked of it in a minute.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Pressure {
    pub(crate) dimension: Dimension,
    /// In the busiest minute, by due time.
    pub(crate) peak: u64,
    /// Per minute.
    pub(crate) limit: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Dimension {
    Tokens,
    Requests,
    /// The pictures that requests ask for.
    Images,
}

impl Dimension {
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Dimension::Tokens => "TPM",
            Dimension::Requests => "RPM",
            Dimension::Images => "images/min",
        }
    }

    pub(crate) const fn limit_of(self, pair: &PairLimits) -> Option<u64> {
        match self {
            Dimension::Tokens => pair.tpm,
            Dimension::Requests | Dimension::Images => Some(pair.rpm),
        }
    }

    /// What the limit of a model on requests counts.
    pub(crate) const fn counted_by(pair: &PairLimits) -> Dimension {
        if pair.images { Dimension::Images } else { Dimension::Requests }
    }

    /// `requests` and their like, within a sentence.
    pub(crate) const fn noun(self) -> &'static str {
        match self {
            Dimension::Tokens => "tokens",
            Dimension::Requests => "requests",
            Dimension::Images => "images",
        }
    }
}

impl Pressure {
    pub(crate) fn ratio(self) -> f64 {
        self.peak as f64 / self.limit.max(1) as f64
    }
}

impl<'r> Demand<'r> {
    /// The demand on each model; none where the record keeps no series.
    pub(crate) fn of(study: &Study<'r>) -> Vec<Demand<'r>> {
        let header = study.record.header();
        let has_series = |cell: &&run_record::Cell| {
            cell.key().is_plain() && cell.groups().iter().all(|group| group.series().is_some())
        };
        let Some(cell) = study.record.cells().iter().find(has_series) else { return Vec::new() };
        // What goes to an endpoint of its own, or in files, presses on no limit.
        let shares = |note: &&GroupNote| note.endpoint.is_none() && !note.batch;
        let mut models: Vec<&str> =
            header.groups.iter().filter(shares).map(|group| group.model.as_str()).collect();
        models.sort_unstable();
        models.dedup();
        let alone = models.len() == 1;
        models
            .into_iter()
            .filter_map(|model| {
                let asking = header.groups.iter().zip(cell.groups());
                let series: Vec<(&Series, u64)> = asking
                    .filter(|(note, _)| note.model == model && shares(note))
                    .filter_map(|(note, group)| {
                        Some((GroupCell::series(group)?, u64::from(note.units.get())))
                    })
                    .collect();
                let (first, _) = series.first()?;
                let width = (first.width.nanos() / NANOS).max(1);
                let limits = study.tiers.iter().flat_map(|tier| tier.limits);
                let limit = limits.into_iter().find(|pair| pair.model == model);
                Some(Demand {
                    model,
                    alone,
                    width,
                    tokens: sums(series.iter().map(|(one, _)| (one.tokens_due.as_slice(), 1))),
                    units: sums(series.iter().map(|(one, each)| (one.jobs_due.as_slice(), *each))),
                    windows: first.window.map(|length| Windows {
                        length: length.nanos(),
                        busiest: sums(
                            series.iter().map(|(one, each)| (one.busiest_window.as_slice(), *each)),
                        ),
                        groups: series.len(),
                    }),
                    counted: limit.map_or(Dimension::Requests, Dimension::counted_by),
                    replications: u64::from(cell.replications().count().max(1)),
                })
            })
            .collect()
    }

    pub(crate) fn steps(&self, dimension: Dimension) -> &[u64] {
        match dimension {
            Dimension::Tokens => &self.tokens,
            Dimension::Requests | Dimension::Images => &self.units,
        }
    }

    /// What a tier allows for this model.
    pub(crate) fn limits<'t>(&self, tier: &Tier<'t>) -> Option<&'t PairLimits> {
        tier.limits.iter().find(|pair| pair.model == self.model)
    }

    /// What falls due in the busiest minute of one replication; none where a step is longer than
    /// that, for it would tell the mean of a step instead.
    pub(crate) fn peak(&self, dimension: Dimension) -> Option<u64> {
        let steps = self.steps(dimension);
        let minute = usize::try_from(MINUTE / self.width).ok().filter(|steps| *steps > 0)?;
        // Steps after the last job are not kept, so a burst may have fewer than a minute has.
        let window = minute.min(steps.len().max(1));
        let busiest = steps.windows(window).map(|minute| minute.iter().sum()).max().unwrap_or(0);
        Some(self.per_minute(busiest, self.width * minute as u64))
    }

    /// A count over some seconds of all replications, as units per minute of one.
    pub(crate) fn per_minute(&self, count: u64, seconds: u64) -> u64 {
        let of = u128::from(seconds.max(1)) * u128::from(self.replications);
        let rounded = (u128::from(count) * u128::from(MINUTE) * 2 + of) / (of * 2);
        u64::try_from(rounded).unwrap_or(u64::MAX)
    }

    /// How hard the run presses on each limit of a tier.
    pub(crate) fn pressures(&self, tier: &Tier<'_>) -> Vec<Pressure> {
        let Some(limits) = self.limits(tier) else { return Vec::new() };
        [Dimension::Tokens, self.counted]
            .into_iter()
            .filter_map(|dimension| {
                let limit = dimension.limit_of(limits)?;
                Some(Pressure { dimension, peak: self.peak(dimension)?, limit })
            })
            .collect()
    }
}

/// The limits of a tier by how hard the run presses on them, hardest first.
pub(crate) fn pressures(demand: &[Demand<'_>], tier: &Tier<'_>) -> Vec<Pressure> {
    let mut all: Vec<Pressure> = demand.iter().flat_map(|one| one.pressures(tier)).collect();
    all.sort_by(|a, b| b.ratio().total_cmp(&a.ratio()));
    all
}

/// A dynamic rate in three or four digits: it moves from the first minute on, so its last digits
/// say nothing.
pub(crate) const fn rounded(rate: u64) -> u64 {
    let step = match rate {
        1_000_000.. => 10_000,
        10_000.. => 1_000,
        _ => 1,
    };
    (rate + step / 2) / step * step
}

/// How a limit on requests lets them in: `a window of 2 s admits 60`; where it is not counted in
/// windows, it says so. The word before the number may be `only `.
pub(crate) fn window(pair: &PairLimits, only: &str) -> String {
    let time = numbers::setting(pair.window.nanos());
    let count = numbers::count(pair.window_requests);
    match pair.counted {
        Counted::Opened | Counted::Aligned => format!("a window of {time} admits {only}{count}"),
        Counted::Bucket => format!("a bucket holds {only}{count} and fills in {time}"),
        Counted::SlidingLog => format!("any {time} admit {only}{count}"),
        Counted::SlidingCounter => format!("any {time} admit {only}about {count}"),
    }
}

/// The sum of columns, each with what one of its counts is worth.
fn sums<'s>(columns: impl Iterator<Item = (&'s [u64], u64)>) -> Vec<u64> {
    let mut sums: Vec<u64> = Vec::new();
    for (column, each) in columns {
        if sums.len() < column.len() {
            sums.resize(column.len(), 0);
        }
        for (sum, count) in sums.iter_mut().zip(column) {
            *sum += count * each;
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn the_busiest_minute_is_told_per_minute_of_one_replication() {
        // 2,100 jobs of 1,500 tokens; five of every seven fall due in the second half: 5 a second.
        for runs in [1, 3] {
            let told = Told { offered: 2_100, in_time: 2_100, ..Told::default() };
            let record = record_of(&[("build-2", "give-up", vec![told; runs])]);
            let study = Study::of(&record);
            let demand = Demand::of(&study);
            assert_eq!(demand.len(), 1);
            assert_eq!(demand[0].peak(Dimension::Requests), Some(300));
            assert_eq!(demand[0].peak(Dimension::Tokens), Some(450_000));
        }
    }

    #[test]
    fn a_batch_in_one_instant_asks_for_its_own_tokens_and_no_more() {
        let demand = in_steps(1, vec![600 * 2_484]);
        assert_eq!(demand.peak(Dimension::Tokens), Some(1_490_400));
        // And so does one that is spread over half a minute.
        assert_eq!(in_steps(1, vec![100; 30]).peak(Dimension::Tokens), Some(3_000));
    }

    #[test]
    fn steps_longer_than_a_minute_do_not_tell_the_busiest_one() {
        assert_eq!(in_steps(60, vec![7, 9]).peak(Dimension::Tokens), Some(9));
        assert_eq!(in_steps(120, vec![7, 9]).peak(Dimension::Tokens), None);
    }

    #[test]
    fn a_dynamic_rate_is_told_in_the_digits_that_last() {
        assert_eq!([60, 96_940, 1_941_600].map(rounded), [60, 97_000, 1_940_000]);
        assert_eq!(numbers::short(rounded(1_941_600)), "1.94M");
    }

    fn in_steps(width: u64, tokens: Vec<u64>) -> Demand<'static> {
        Demand {
            model: "m",
            alone: true,
            width,
            units: tokens.clone(),
            windows: None,
            tokens,
            counted: Dimension::Requests,
            replications: 1,
        }
    }

    #[test]
    fn the_limit_that_is_pressed_hardest_comes_first() {
        let record = launch();
        let study = Study::of(&record);
        let demand = Demand::of(&study);
        let pressures = pressures(&demand, &study.tiers[study.yours.unwrap()]);
        assert_eq!(
            pressures[0],
            Pressure { dimension: Dimension::Tokens, peak: 450_000, limit: 250_000 }
        );
        assert_eq!(pressures[1].dimension, Dimension::Requests);
    }
}
