//! How many of how many, for every field of a row.

/// So many of so many.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// How many were explained.
    pub hit: u64,
    /// Of how many.
    pub of: u64,
}

impl Tally {
    /// The share; none of nothing.
    #[must_use]
    pub fn share(self) -> Option<f64> {
        (self.of > 0).then(|| self.hit as f64 / self.of as f64)
    }

    /// One more; a field that a row does not show does not count.
    pub(crate) fn add(&mut self, hit: Option<bool>) {
        if let Some(hit) = hit {
            self.hit += u64::from(hit);
            self.of += 1;
        }
    }
}

/// How many rows are explained, by field.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Shares {
    /// Whether a limit refuses it.
    pub decision: Tally,
    /// The limit that it shows.
    pub limit: Tally,
    /// The seconds to its reset, by a counter that decides so.
    pub reset: Tally,
    /// The requests that remain, by a counter that decides so and shows this reset.
    pub remaining: Tally,
    /// The tokens that remain, by a counter that says all the others.
    pub remaining_tokens: Tally,
}

/// What was explained of one row; nothing where the row does not show it.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Hits {
    pub(crate) decision: Option<bool>,
    pub(crate) limit: Option<bool>,
    pub(crate) reset: Option<bool>,
    pub(crate) remaining: Option<bool>,
    pub(crate) remaining_tokens: Option<bool>,
}

impl Shares {
    pub(crate) fn add(&mut self, hits: Hits) {
        self.decision.add(hits.decision);
        self.limit.add(hits.limit);
        self.reset.add(hits.reset);
        self.remaining.add(hits.remaining);
        self.remaining_tokens.add(hits.remaining_tokens);
    }
}
