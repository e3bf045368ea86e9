//! Who takes part: groups of clients, what they send, and by which strategy.

use core::num::NonZeroU32;

use chance::Law;
use limits::Span;
use rulebook::Model;
use strategies::Parts;

pub use crate::phase::{Day, Phase};
use crate::trace::TraceNeed;

/// A group of jobs of one kind: one model, one law of lengths, one traffic.
#[derive(Clone, Debug)]
pub struct Group {
    /// Its name in the file.
    pub name: String,
    /// The model it calls.
    pub model: Model,
    /// How many clients do its jobs, all with one key: each has a strategy's state of its own, and
    /// none knows of the others. Its traffic is dealt out among them, job n to client n mod this.
    pub clients: NonZeroU32,
    /// Tokens of a prompt.
    pub prompt: Length,
    /// Tokens of an answer, before `max_tokens` cuts it.
    pub answer: Length,
    /// The longest answer asked for, in tokens; it cuts longer ones.
    pub max_tokens: Option<u32>,
    /// Whether answers are streamed.
    pub stream: bool,
    /// From due to the last byte: later than this is not in time.
    pub deadline: Option<Span>,
    /// When its jobs fall due.
    pub traffic: Traffic,
    /// What comes on top of it for a time.
    pub surges: Vec<Surge>,
    /// A strategy of its own, the same in every cell; the others take the cell's.
    pub strategy: Option<NamedStrategy>,
}

/// A strategy as the file names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStrategy {
    /// Its name in the file.
    pub name: String,
    /// What it is made of.
    pub parts: Parts,
}

/// A number of tokens.
#[derive(Clone, Debug)]
pub enum Length {
    /// Always the same.
    Fixed(u32),
    /// Drawn from a law, then held between two bounds.
    Drawn {
        /// The law.
        law: Law,
        /// The least.
        min: u32,
        /// The greatest.
        max: u32,
    },
    /// As the job's row of the trace says.
    Trace,
}

/// When the jobs of a group fall due.
#[derive(Clone, Debug, PartialEq)]
pub enum Traffic {
    /// Phases, one after the other.
    Phases(Vec<Phase>),
    /// The rows of a trace.
    Trace(Box<TraceNeed>),
}

/// Jobs on top of a group's traffic. They draw for themselves, so that the others fall due when
/// they would have without them, and take the group's lengths: in one that replays a trace, those
/// of a row by chance.
#[derive(Clone, Debug, PartialEq)]
pub struct Surge {
    /// When it begins, from the beginning of the run.
    pub at: Span,
    /// Which jobs, and for how long; it must end with the run at the latest.
    pub phase: Phase,
}

impl Length {
    /// The tokens for one draw of 64 bits and one row's figure.
    #[inline]
    pub(crate) fn tokens(&self, draw: impl FnOnce() -> u64, row: u32) -> u32 {
        match self {
            Length::Fixed(tokens) => *tokens,
            Length::Drawn { law, min, max } => held(law.at(draw()), *min, *max),
            Length::Trace => row,
        }
    }

    /// The tokens that `parts` in ten thousand jobs stay within, after cutting at `most`; `column`
    /// is the trace's.
    pub(crate) fn quantile(&self, parts: u64, most: u32, column: &[u32]) -> u32 {
        match self {
            Length::Fixed(tokens) => (*tokens).min(most),
            Length::Drawn { law, min, max } => {
                held(law.quantile(parts, 10_000), *min, (*max).min(most))
            }
            Length::Trace => quantile_of(column, parts).min(most),
        }
    }

    /// The mean in units of 2^-32 token, after cutting at `most`.
    pub(crate) fn mean(&self, most: u32, column: &[u32]) -> u128 {
        match self {
            Length::Fixed(tokens) => u128::from((*tokens).min(most)) << 32,
            Length::Drawn { law, min, max } => mean_of_held(law, *min, (*max).min(most)),
            Length::Trace => {
                let sum: u128 = column.iter().map(|tokens| u128::from((*tokens).min(most))).sum();
                (sum << 32).checked_div(column.len() as u128).unwrap_or(0)
            }
        }
    }
}

fn held(tokens: u64, min: u32, max: u32) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX).max(min).min(max)
}

/// The mean of a law between two bounds, times 2^32. Where the bounds cut nothing it is the law's
/// own; else the mean over evenly spaced quantiles, fine enough for planning.
fn mean_of_held(law: &Law, min: u32, max: u32) -> u128 {
    const STEPS: u64 = 1 << 16;
    if law.at(0) >= u64::from(min) && law.largest() <= u64::from(max) {
        return law.mean();
    }
    let width = u64::MAX / STEPS;
    let sum: u128 =
        (0..STEPS).map(|step| u128::from(held(law.at(step * width + width / 2), min, max))).sum();
    (sum << 32) / u128::from(STEPS)
}

/// A quantile of a column by nearest rank; zero where it is empty.
fn quantile_of(column: &[u32], parts: u64) -> u32 {
    let mut sorted = column.to_vec();
    let rank = (column.len() as u128 * u128::from(parts)).div_ceil(10_000).saturating_sub(1);
    match usize::try_from(rank) {
        Ok(rank) if rank < sorted.len() => *sorted.select_nth_unstable(rank).1,
        Ok(_) | Err(_) => 0,
    }
}
