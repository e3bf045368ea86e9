//! What a log says of an edition.

use std::collections::BTreeMap;

use limits::Instant;

use crate::latency::LatencySeen;
use crate::limit_history::InferredLimit;
use crate::reason::{Field, Reason};
use crate::refusals::{RefusalCount, RefusalSeen};
use crate::shares::Shares;

/// How well an edition explains a log.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// How many rows the log has.
    pub rows: u64,
    /// How many of them show rate-limit headers.
    pub rows_with_headers: u64,
    /// How many arrived less than a window after an earlier row of their account and model: all
    /// shares are of these.
    pub rows_in_open_window: u64,
    /// How many came too late to be put in order.
    pub out_of_order: u64,
    /// The number of replicas that explains most above chance.
    pub replicas: u32,
    /// What one counter explains, two, and so on.
    pub figures: Vec<Figures>,
    /// What the best constant rule explains: never refused, each model's usual limit, the whole
    /// window, capacity less one, no tokens used.
    pub baseline: Shares,
    /// The limits that rows showed, by account and model, in the order of time.
    pub limits: Vec<InferredLimit>,
    /// Rows that so many replicas do not explain, as far as they are listed.
    pub unexplained: Vec<Unexplained>,
    /// How many there are.
    pub unexplained_rows: u64,
    /// Rows that were refused or failed, as far as they are listed.
    pub refusals: Vec<RefusalSeen>,
    /// All of them, by status.
    pub refusal_counts: BTreeMap<u16, RefusalCount>,
    /// How long answers took, by model.
    pub latency: Vec<LatencySeen>,
}

/// What so many counters explain.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// How many counters there are.
    pub replicas: u32,
    /// What they explain.
    pub explained: Shares,
    /// What they explain of shuffled answers; counted over several shuffles.
    pub chance: Shares,
}

/// A row that is not explained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexplained {
    /// Which row it is, from one.
    pub row: u64,
    /// The line on which it begins, from one.
    pub line: u64,
    /// When it arrived.
    pub at: Instant,
    /// Whose it is.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// The first field that no counter says together with those before it.
    pub field: Field,
    /// What the nearest counter says, in the field's own unit; of a decision 1 for refused, of a
    /// limit 10⁻¹⁰ requests a second.
    pub expected: Option<u64>,
    /// What the row shows.
    pub seen: Option<u64>,
    /// Why they differ.
    pub reason: Reason,
}

impl Calibration {
    /// What as many replicas explain as there seem to be.
    #[must_use]
    pub fn figures(&self) -> Option<&Figures> {
        self.figures.iter().find(|figures| figures.replicas == self.replicas)
    }

    /// The number of replicas, where what remains tells it: not where no row of it is explained, or
    /// none is judged.
    #[must_use]
    pub fn replicas_told(&self) -> Option<u32> {
        let remaining = self.figures()?.explained.remaining;
        (remaining.hit > 0).then_some(self.replicas)
    }

    /// Whether never refusing explains as many decisions.
    #[must_use]
    pub fn is_as_never_refusing(&self) -> bool {
        let explained = self.figures().map(|figures| figures.explained.decision);
        explained.is_some_and(|decision| self.baseline.decision.hit >= decision.hit)
    }

    /// Whether any row could be held against the edition.
    #[must_use]
    pub fn is_judged(&self) -> bool {
        self.rows_in_open_window > 0
    }
}

/// The number of replicas that explains most of `remaining` above chance; the fewer of equal ones.
pub(crate) fn replicas_of(figures: &[Figures]) -> u32 {
    let above = |figures: &Figures| {
        let explained = figures.explained.remaining.share()?;
        Some(explained - figures.chance.remaining.share()?)
    };
    let mut best = (1, f64::MIN);
    for figures in figures {
        if let Some(above) = above(figures).filter(|above| *above > best.1) {
            best = (figures.replicas, above);
        }
    }
    best.0
}
