//! How long prompts and answers are, in tokens.

use chance::Law;

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
            Length::Drawn { law, min, max } => {
                mean_of_held(law, u64::from(*min), u64::from((*max).min(most)))
            }
            Length::Trace => {
                let sum: u128 = column.iter().map(|tokens| u128::from((*tokens).min(most))).sum();
                (sum << 32).checked_div(column.len() as u128).unwrap_or(0)
            }
        }
    }
}

#[inline]
fn held(tokens: u64, min: u32, max: u32) -> u32 {
    u32::try_from(tokens).unwrap_or(u32::MAX).max(min).min(max)
}

/// The mean of a law between two bounds, times 2^32. Where the bounds cut nothing it is the law's
/// own; else the mean over evenly spaced quantiles, fine enough for planning.
pub(crate) fn mean_of_held(law: &Law, min: u64, max: u64) -> u128 {
    const STEPS: u64 = 1 << 16;
    if law.at(0) >= min && law.largest() <= max {
        return law.mean();
    }
    let width = u64::MAX / STEPS;
    let held = |step: u64| law.at(step * width + width / 2).max(min).min(max);
    let sum: u128 = (0..STEPS).map(|step| u128::from(held(step))).sum();
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
