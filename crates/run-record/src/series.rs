//! What happened when: counts per step of the run.
//!
//! The width of a step follows from the length of the run alone, so that every cell and every
//! shard of a run has the same steps, and a run of any length has at most 720 of them. What
//! happens while the run drains has steps of the same width after those; beyond 1,440 in all,
//! one last entry takes the rest, so that a series adds up to the counts of its leaf.
//!
//! Jobs stand at the step they fell due in, attempts at the step they were sent in, so that shares
//! of one step never compare different jobs or attempts.

use limits::{Instant, Span};
use serde::{Deserialize, Serialize};

use crate::exact;
use crate::leaf::{Causes, RefusedBy, add};

/// Steps that the run proper may have.
const MOST_OF_RUN: u64 = 720;
/// Steps that run and drain may have together.
const MOST: u32 = 1_440;
const SECOND: u64 = 1_000_000_000;
/// Every whole second is a multiple of 2^9 ns.
const SECOND_BITS: u32 = SECOND.trailing_zeros();
/// Widths that people read easily, in seconds, up to a day.
const WIDTHS: [u64; 13] =
    [1, 2, 5, 10, 30, 60, 120, 300, 600, 30 * 60, 60 * 60, 6 * 60 * 60, 24 * 60 * 60];

/// The width of a step, and finding the step of a moment without dividing.
///
/// Widths are whole seconds, so 2^9 divides them: with `d` the width over 2^9 and `n` a moment over
/// 2^9, below 2^55, the step is `n / d`. Multiplying by `ceil(2^(64 + log2 d) / d)`, which fits in
/// 64 bits, and shifting back is exact, because its error stays below `n * d < 2^(64 + log2 d)`.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct StepWidth {
    nanos: u64,
    multiplier: u64,
    shift: u32,
}

impl StepWidth {
    /// The width for a run of this length: the first of 1 s, 2 s, 5 s, 10 s, 30 s, 1 min, 2 min,
    /// 5 min, 10 min, 30 min, 1 h, 6 h, 1 d, 2 d, 4 d, … that needs no more than 720 steps.
    #[must_use]
    pub fn of(lasts: Span) -> StepWidth {
        StepWidth::within(lasts, MOST_OF_RUN)
    }

    /// The first of these widths of which a run of this length has no more than so many.
    pub(crate) fn within(lasts: Span, most: u64) -> StepWidth {
        let fits = |seconds: u64| lasts.nanos().div_ceil(seconds * SECOND) <= most;
        let seconds = WIDTHS.into_iter().find(|width| fits(*width)).unwrap_or_else(|| {
            let mut days = 86_400;
            while !fits(days) {
                days *= 2;
            }
            days
        });
        let nanos = seconds * SECOND;
        let divisor = nanos >> SECOND_BITS;
        let shift = divisor.ilog2();
        let multiplier = (1u128 << (64 + shift)).div_ceil(u128::from(divisor));
        // A divisor of 5^9 and something is no power of two, so this is below 2^64.
        StepWidth { nanos, multiplier: u64::try_from(multiplier).unwrap_or(u64::MAX), shift }
    }

    /// The width as a length of time.
    #[must_use]
    pub const fn span(self) -> Span {
        Span::from_nanos(self.nanos)
    }

    /// How many steps run and drain have.
    #[must_use]
    pub fn steps(self, lasts: Span, drain: Span) -> u32 {
        let steps = lasts.plus(drain).nanos().div_ceil(self.nanos);
        u32::try_from(steps).map_or(MOST, |steps| steps.min(MOST))
    }

    /// The step of a moment: its nanoseconds divided by the width.
    pub(crate) const fn step(self, at: Instant) -> u64 {
        let product = (at.nanos() >> SECOND_BITS) as u128 * self.multiplier as u128;
        ((product >> 64) as u64) >> self.shift
    }
}

/// Counts of one kind per step; steps after the last count are zero.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>")]
pub struct Column(Vec<u64>);

impl Column {
    /// The count of a step.
    #[must_use]
    pub fn get(&self, step: u32) -> u64 {
        self.0.get(step as usize).copied().unwrap_or(0)
    }

    /// Counts up to the last one that is not zero.
    #[must_use]
    pub fn as_slice(&self) -> &[u64] {
        &self.0
    }

    /// Whether every count is zero.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// All steps together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().fold(0, |total, count| total.saturating_add(*count))
    }

    fn absorb(&mut self, other: &Column) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            add(mine, *theirs);
        }
    }
}

impl From<Vec<u64>> for Column {
    fn from(mut counts: Vec<u64>) -> Column {
        let used = counts.iter().rposition(|count| *count != 0).map_or(0, |last| last + 1);
        counts.truncate(used);
        counts.shrink_to_fit();
        Column(counts)
    }
}

/// Counts per step of one group or cell, over one replication or several.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Series {
    /// How long a step is.
    #[serde(rename = "width_ns", with = "exact::span")]
    pub width: Span,
    /// How many steps run and drain have; a column's entry of this number, one past the last
    /// step, holds what came later.
    pub steps: u32,
    /// Jobs that fell due.
    pub jobs_due: Column,
    /// Tokens of prompt and answer of the jobs that fell due.
    pub tokens_due: Column,
    /// How long the windows of the limit on requests are, the shortest of several; none where it is
    /// not counted in windows, or nobody asked.
    #[serde(
        rename = "window_ns",
        default,
        with = "exact::optional_span",
        skip_serializing_if = "Option::is_none"
    )]
    pub window: Option<Span>,
    /// Of the slices of the clock as long as such a window that begin in the step, the most jobs
    /// that fell due within one. Added up over replications it is their mean times their number; over
    /// groups, whose busiest slices need not be the same, it is at least what they come to.
    #[serde(default, skip_serializing_if = "Column::is_empty")]
    pub busiest_window: Column,
    /// Of the jobs due in the step, those answered.
    pub answered: Column,
    /// Of the jobs due in the step, those answered in time.
    pub in_time: Column,
    /// Of the jobs due in the step, those that gave up.
    pub gave_up: Column,
    /// Jobs that were answered or given up in the step, whenever they fell due: what fell due by its
    /// end, less what ended by then, is in hand.
    #[serde(default, skip_serializing_if = "Column::is_empty")]
    pub ended: Column,
    /// Attempts sent.
    pub sent: Column,
    /// Of the attempts sent in the step, those answered 429.
    pub status_429: Column,
    /// Of the attempts sent in the step, those that failed: a status of 5xx, or a stream that
    /// broke; written down where any did.
    #[serde(default, skip_serializing_if = "Column::is_empty")]
    pub failed: Column,
    /// Of the attempts sent in the step, those refused, by the cause that the service knew.
    pub refused: Causes<Column>,
}

impl Series {
    /// When a step begins.
    #[must_use]
    pub fn starts(&self, step: u32) -> Span {
        self.width.times(u64::from(step))
    }

    /// Whether the other series has the same steps and windows.
    #[must_use]
    pub fn matches(&self, other: &Series) -> bool {
        self.width == other.width && self.steps == other.steps && self.window == other.window
    }

    /// Adds another series of the same steps.
    pub fn absorb(&mut self, other: &Series) {
        self.jobs_due.absorb(&other.jobs_due);
        self.tokens_due.absorb(&other.tokens_due);
        self.busiest_window.absorb(&other.busiest_window);
        self.answered.absorb(&other.answered);
        self.in_time.absorb(&other.in_time);
        self.gave_up.absorb(&other.gave_up);
        self.ended.absorb(&other.ended);
        self.sent.absorb(&other.sent);
        self.status_429.absorb(&other.status_429);
        self.failed.absorb(&other.failed);
        for cause in RefusedBy::ALL {
            self.refused.get_mut(cause).absorb(other.refused.get(cause));
        }
    }
}

/// What a recorder counts in one step.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Step {
    pub(crate) jobs_due: u64,
    pub(crate) tokens_due: u64,
    pub(crate) busiest_window: u64,
    pub(crate) answered: u64,
    pub(crate) in_time: u64,
    pub(crate) gave_up: u64,
    pub(crate) ended: u64,
    pub(crate) sent: u64,
    pub(crate) status_429: u64,
    pub(crate) failed: u64,
    pub(crate) refused: [u64; 8],
}

/// A recorder's series: all steps there may be, allocated once, whatever the length of the run.
#[derive(Clone, Debug)]
pub(crate) struct DenseSteps {
    width: StepWidth,
    steps: u32,
    rows: Vec<Step>,
    /// Where an event goes if there were no row for it, which there always is.
    spill: Step,
}

impl DenseSteps {
    pub(crate) fn new(lasts: Span, drain: Span) -> DenseSteps {
        let width = StepWidth::of(lasts);
        let rows = vec![Step::default(); MOST as usize + 1];
        DenseSteps { width, steps: width.steps(lasts, drain), rows, spill: Step::default() }
    }

    /// The step of a moment; what comes after the last step goes into the entry after it.
    pub(crate) fn at(&mut self, at: Instant) -> &mut Step {
        let step = self.width.step(at).min(u64::from(self.steps));
        let step = usize::try_from(step).unwrap_or(usize::MAX);
        self.rows.get_mut(step).unwrap_or(&mut self.spill)
    }

    pub(crate) fn series(&self) -> Series {
        let column = |of: &dyn Fn(&Step) -> u64| {
            Column::from(self.rows.iter().map(of).collect::<Vec<u64>>())
        };
        let mut refused = Causes::<Column>::default();
        for (index, cause) in RefusedBy::ALL.into_iter().enumerate() {
            *refused.get_mut(cause) = column(&|step| step.refused.get(index).copied().unwrap_or(0));
        }
        Series {
            width: self.width.span(),
            steps: self.steps,
            jobs_due: column(&|step| step.jobs_due),
            tokens_due: column(&|step| step.tokens_due),
            window: None,
            busiest_window: column(&|step| step.busiest_window),
            answered: column(&|step| step.answered),
            in_time: column(&|step| step.in_time),
            gave_up: column(&|step| step.gave_up),
            ended: column(&|step| step.ended),
            sent: column(&|step| step.sent),
            status_429: column(&|step| step.status_429),
            failed: column(&|step| step.failed),
            refused,
        }
    }

    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        self.rows.capacity()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn seconds_of(lasts: u64) -> u64 {
        StepWidth::of(Span::from_secs(lasts)).nanos / SECOND
    }

    #[test]
    fn the_width_follows_from_the_length_of_the_run() {
        let widths = [
            (1, 1),
            (600, 1),
            (720, 1),
            (721, 2),
            (1_440, 2),
            (1_441, 5),
            (3_600, 5),
            (7_200, 10),
            (21_600, 30),
            (43_200, 60),
            (86_400, 120),
            (30 * 86_400, 3_600),
            (365 * 86_400, 86_400),
            (1_440 * 86_400, 172_800),
            (1_441 * 86_400, 345_600),
        ];
        for (lasts, width) in widths {
            assert_eq!(seconds_of(lasts), width, "a run of {lasts} s");
        }
        assert!(StepWidth::of(Span::MAX).nanos > 0);
    }

    #[test]
    fn the_drain_has_steps_of_its_own_up_to_a_fixed_number() {
        let steps = |lasts, drain| {
            let lasts = Span::from_secs(lasts);
            StepWidth::of(lasts).steps(lasts, Span::from_secs(drain))
        };
        assert_eq!(steps(600, 120), 720);
        assert_eq!(steps(3_600, 120), 744);
        assert_eq!(steps(10, 86_400), 1_440);
    }

    #[test]
    fn what_comes_after_the_last_step_is_kept_beside_it() {
        let mut dense = DenseSteps::new(Span::from_secs(10), Span::from_secs(2));
        dense.at(Instant::from_nanos(0)).sent += 1;
        dense.at(Instant::from_nanos(999_999_999)).sent += 1;
        dense.at(Instant::from_nanos(11 * SECOND)).sent += 1;
        dense.at(Instant::from_nanos(12 * SECOND)).sent += 1;
        dense.at(Instant::END).sent += 1;
        let series = dense.series();
        assert_eq!(series.steps, 12);
        assert_eq!(series.sent.as_slice(), [2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(series.sent.total(), 5);
        assert_eq!(series.starts(11), Span::from_secs(11));
    }

    #[test]
    fn a_column_reads_as_zero_beyond_its_last_count() {
        let column = Column::from(vec![0, 3, 0, 0]);
        assert_eq!(column.as_slice(), [0, 3]);
        assert_eq!((column.get(1), column.get(3), column.get(4_000)), (3, 0, 0));
        assert_eq!(Column::from(vec![0, 0]), Column::default());
    }

    proptest! {
        #[test]
        fn a_step_is_the_quotient(at in any::<u64>(), lasts in any::<u64>(), by in 0u32..60) {
            let width = StepWidth::of(Span::from_nanos(lasts >> by));
            // The moment itself, and the edge of the step it lies in.
            for at in [at, at - at % width.nanos, (at - at % width.nanos).saturating_sub(1)] {
                prop_assert_eq!(width.step(Instant::from_nanos(at)), at / width.nanos);
            }
        }
    }
}
