//! What a rehearsal expects of the run, as values.
//!
//! An expectation names a figure, a comparison and a goal. Shares, ratios and times are integers
//! here, so that judging compares exactly. How one is judged stands in the `judge` module.

use limits::Span;
use serde::{Deserialize, Serialize};

use crate::exact;
use crate::recorder::Bound;

/// One expectation.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// As written, with its scope if it has one: `answered_in_time >= 99%`.
    pub name: String,
    /// What is compared.
    pub figure: Figure,
    /// How.
    pub comparison: Comparison,
    /// With what.
    pub goal: Goal,
    /// Only jobs of this group count; all do when none is named.
    pub group: Option<String>,
    /// It is asked of this strategy only; of the judged ones when none is named.
    pub strategy: Option<String>,
}

impl Expectation {
    /// The bounds that a recorder must count for these expectations, in their order: one for each
    /// that is about a time. `groups` are the groups' names in the order of their numbers.
    #[must_use]
    pub fn bounds(expectations: &[Expectation], groups: &[&str]) -> Vec<Bound> {
        expectations.iter().filter_map(|expectation| expectation.bound(groups)).collect()
    }

    fn bound(&self, groups: &[&str]) -> Option<Bound> {
        let (Figure::Time { measure, .. }, Goal::Time(goal)) = (self.figure, self.goal) else {
            return None;
        };
        let group = self.group.as_ref().map(|name| {
            let position = groups.iter().position(|group| group == name);
            // A group that does not exist has no jobs, and so none within the bound.
            position.and_then(|index| u32::try_from(index).ok()).unwrap_or(u32::MAX)
        });
        Some(Bound { measure, at_most: self.comparison.counted_to(goal), group })
    }

    /// Whether a recorder counts a bound for it.
    pub(crate) const fn has_bound(&self) -> bool {
        matches!((self.figure, self.goal), (Figure::Time { .. }, Goal::Time(_)))
    }
}

/// What an expectation can be about.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Figure {
    /// Share of offered jobs that were answered.
    Answered,
    /// Share of offered jobs that were answered in time.
    AnsweredInTime,
    /// Share of attempts that were answered 429.
    Status429,
    /// Share of offered jobs whose first attempt was answered 429.
    FirstAttempt429,
    /// Attempts sent for each job offered.
    AttemptsPerJob,
    /// A percentile of a time.
    Time {
        /// Which time.
        measure: Measure,
        /// Which percentile.
        percentile: Percentile,
    },
    /// US dollars in all.
    CostUsd,
}

impl Figure {
    /// The figures that take no percentile, as scenarios write them.
    pub const WORDS: [&'static str; 6] = [
        "answered",
        "answered_in_time",
        "status_429",
        "first_attempt_429",
        "attempts_per_job",
        "cost_usd",
    ];

    /// Reads `answered_in_time` or `wait_p95`; none for a word that names no figure.
    #[must_use]
    pub fn parse(word: &str) -> Option<Figure> {
        Some(match word {
            "answered" => Figure::Answered,
            "answered_in_time" => Figure::AnsweredInTime,
            "status_429" => Figure::Status429,
            "first_attempt_429" => Figure::FirstAttempt429,
            "attempts_per_job" => Figure::AttemptsPerJob,
            "cost_usd" => Figure::CostUsd,
            _ => {
                let (measure, percentile) = word.rsplit_once('_')?;
                Figure::Time {
                    measure: Measure::parse(measure)?,
                    percentile: Percentile::parse(percentile)?,
                }
            }
        })
    }

    /// The figure as scenarios write it.
    #[must_use]
    pub fn word(self) -> String {
        match self {
            Figure::Answered => "answered".to_owned(),
            Figure::AnsweredInTime => "answered_in_time".to_owned(),
            Figure::Status429 => "status_429".to_owned(),
            Figure::FirstAttempt429 => "first_attempt_429".to_owned(),
            Figure::AttemptsPerJob => "attempts_per_job".to_owned(),
            Figure::Time { measure, percentile } => {
                format!("{}_{}", measure.name(), percentile.name())
            }
            Figure::CostUsd => "cost_usd".to_owned(),
        }
    }

    /// What kind of goal the figure is compared with.
    #[must_use]
    pub const fn kind(self) -> Kind {
        match self {
            Figure::Answered
            | Figure::AnsweredInTime
            | Figure::Status429
            | Figure::FirstAttempt429 => Kind::Share,
            Figure::AttemptsPerJob => Kind::Ratio,
            Figure::Time { .. } => Kind::Time,
            Figure::CostUsd => Kind::Money,
        }
    }
}

impl TryFrom<String> for Figure {
    type Error = String;

    fn try_from(word: String) -> Result<Figure, String> {
        Figure::parse(&word).ok_or_else(|| format!("`{word}` names no figure"))
    }
}

impl From<Figure> for String {
    fn from(figure: Figure) -> String {
        figure.word()
    }
}

/// What a figure is measured in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Kind {
    /// A share of jobs or attempts, from none to all.
    Share,
    /// So many of one for each of another.
    Ratio,
    /// A length of time.
    Time,
    /// US dollars.
    Money,
}

/// The direction in which an expectation compares.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub enum Comparison {
    /// The figure may be the goal or less.
    #[serde(rename = "<=")]
    AtMost,
    /// The figure may be the goal or more.
    #[serde(rename = ">=")]
    AtLeast,
}

impl Comparison {
    /// `<=` or `>=`.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Comparison::AtMost => "<=",
            Comparison::AtLeast => ">=",
        }
    }

    /// The longest time that is counted to judge a time: the goal, or just less where the time
    /// must reach it.
    pub(crate) const fn counted_to(self, goal: Span) -> Span {
        match self {
            Comparison::AtMost => goal,
            Comparison::AtLeast => Span::from_nanos(goal.nanos().saturating_sub(1)),
        }
    }

    /// Whether a figure that compares so with its goal keeps to it.
    pub(crate) const fn holds(self, figure_to_goal: core::cmp::Ordering) -> bool {
        match self {
            Comparison::AtMost => figure_to_goal.is_le(),
            Comparison::AtLeast => figure_to_goal.is_ge(),
        }
    }
}

/// What a figure is compared with.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Goal {
    /// A share, a ratio, or dollars.
    Billionths(Billionths),
    /// A length of time.
    #[serde(rename = "ns", with = "exact::span")]
    Time(Span),
}

/// A number as a whole count of billionths: 99 % is 990,000,000.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Billionths(pub u64);

impl Billionths {
    /// One whole.
    pub const ONE: Billionths = Billionths(1_000_000_000);
}

/// A time that is measured for jobs, always from the moment the job fell due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Measure {
    /// Until the successful attempt was sent, over answered jobs.
    Wait,
    /// Until the last byte, over answered jobs.
    TimeToAnswer,
    /// Until the last byte, over all jobs: one that gave up or is unfinished counts as never.
    TimeToOutcome,
    /// Until the first token, over answered jobs.
    TimeToFirstToken,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Measure; 4] =
        [Measure::Wait, Measure::TimeToAnswer, Measure::TimeToOutcome, Measure::TimeToFirstToken];

    /// The measure as scenarios write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Measure::Wait => "wait",
            Measure::TimeToAnswer => "time_to_answer",
            Measure::TimeToOutcome => "time_to_outcome",
            Measure::TimeToFirstToken => "time_to_first_token",
        }
    }

    fn parse(word: &str) -> Option<Measure> {
        Measure::ALL.into_iter().find(|measure| measure.name() == word)
    }
}

/// A percentile by nearest rank.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Percentile {
    per_ten_thousand: u16,
}

impl Percentile {
    /// The median.
    pub const P50: Percentile = Percentile { per_ten_thousand: 5_000 };
    /// 90 %.
    pub const P90: Percentile = Percentile { per_ten_thousand: 9_000 };
    /// 95 %.
    pub const P95: Percentile = Percentile { per_ten_thousand: 9_500 };
    /// 99 %.
    pub const P99: Percentile = Percentile { per_ten_thousand: 9_900 };
    /// 99.9 %.
    pub const P999: Percentile = Percentile { per_ten_thousand: 9_990 };
    /// Samples that must lie beyond a percentile for it to be told.
    pub const BEYOND: u64 = 10;

    /// The words that name one, for whoever wrote another.
    pub const FORM: &'static str =
        "p01 to p99, or three or four digits that begin with 9: p999 is 99.9 %, p9995 is 99.95 %";

    /// Reads `p50`, `p999`: the digits after a decimal point, so that `p50` is the median and
    /// `p999` 99.9 %. Three or four of them must begin with 9: elsewhere `p100` or `p0500` could as
    /// well be meant as a number of its own.
    #[must_use]
    pub fn parse(word: &str) -> Option<Percentile> {
        let digits = word.strip_prefix('p')?;
        let plain = match digits.len() {
            2 => true,
            3 | 4 => digits.starts_with('9'),
            _ => false,
        };
        if !plain || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return None;
        }
        let per_ten_thousand: u16 = format!("{digits:0<4}").parse().ok()?;
        (per_ten_thousand > 0).then_some(Percentile { per_ten_thousand })
    }

    /// The percentile as scenarios write it.
    #[must_use]
    pub fn name(self) -> String {
        let digits = format!("{:04}", self.per_ten_thousand);
        let (two, rest) = digits.split_at(2);
        format!("p{two}{}", rest.trim_end_matches('0'))
    }

    /// The rank of the sample that has this share of `count` samples at or before it, from one:
    /// the share of `count` rounded up. Zero without samples.
    #[must_use]
    pub fn rank(self, count: u64) -> u64 {
        let rank = (u128::from(count) * u128::from(self.per_ten_thousand)).div_ceil(10_000);
        u64::try_from(rank).unwrap_or(count)
    }

    /// Whether enough of `count` samples lie beyond it.
    #[must_use]
    pub fn is_told(self, count: u64) -> bool {
        count - self.rank(count) >= Percentile::BEYOND
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_as_they_are_written() {
        let words = Figure::WORDS.into_iter().chain([
            "wait_p50",
            "wait_p95",
            "time_to_answer_p99",
            "time_to_outcome_p999",
            "time_to_first_token_p9999",
            "wait_p05",
        ]);
        for word in words {
            assert_eq!(Figure::parse(word).map(Figure::word).as_deref(), Some(word));
        }
        for word in ["wait", "wait_p", "wait_p5", "wait_p00", "wait_95", "p95", "answer_p95", ""] {
            assert_eq!(Figure::parse(word), None, "{word}");
        }
        // Neither the tenth percentile nor the longest wait.
        for word in
            ["wait_p100", "wait_p1000", "wait_p050", "wait_p0999", "wait_p899", "wait_p99999"]
        {
            assert_eq!(Figure::parse(word), None, "{word}");
        }
        assert_eq!(Percentile::parse("p995"), Some(Percentile { per_ten_thousand: 9_950 }));
    }

    #[test]
    fn a_rank_is_the_share_rounded_up() {
        assert_eq!(Percentile::P95.rank(200), 190);
        assert_eq!(Percentile::P95.rank(201), 191);
        assert_eq!(Percentile::P999.rank(10_000), 9_990);
        assert_eq!(Percentile::P50.rank(1), 1);
        assert_eq!(Percentile::P50.rank(0), 0);
        assert_eq!(Percentile::P999.rank(u64::MAX), 18_428_297_329_635_842_064);
    }

    #[test]
    fn a_percentile_is_told_with_ten_samples_beyond_it() {
        assert!(Percentile::P95.is_told(200));
        assert!(!Percentile::P95.is_told(199));
        assert!(Percentile::P50.is_told(20));
        assert!(!Percentile::P50.is_told(19));
        assert!(Percentile::P999.is_told(10_000));
        assert!(!Percentile::P999.is_told(9_999));
        assert!(!Percentile::P50.is_told(0));
    }

    #[test]
    fn only_expectations_of_times_are_counted_as_bounds() {
        let expectation = |figure, goal, group: Option<&str>| Expectation {
            name: String::new(),
            figure,
            comparison: Comparison::AtMost,
            goal,
            group: group.map(str::to_owned),
            strategy: None,
        };
        let wait = Figure::parse("wait_p95").unwrap();
        let three = Span::from_secs(3);
        let all = [
            expectation(Figure::Status429, Goal::Billionths(Billionths(20_000_000)), None),
            expectation(wait, Goal::Time(three), Some("batch")),
            expectation(wait, Goal::Time(three), None),
            expectation(wait, Goal::Time(three), Some("nobody")),
        ];
        let bound = |group| Bound { measure: Measure::Wait, at_most: three, group };
        assert_eq!(
            Expectation::bounds(&all, &["chat", "batch"]),
            [bound(Some(1)), bound(None), bound(Some(u32::MAX))]
        );
    }
}
