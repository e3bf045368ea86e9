//! Why a row is not explained.

use core::fmt;

use limits::{Instant, Span};

use crate::counter::{Said, Word};
use crate::gateway::nearest;
use crate::shares::Hits;
use crate::terms::Terms;

/// A field of a row.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// Whether a limit refused it.
    Decision,
    /// The limit.
    Limit,
    /// The seconds to the reset.
    Reset,
    /// The requests that remain.
    Remaining,
    /// The tokens that remain.
    RemainingTokens,
}

impl Field {
    /// Its name in documents.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Field::Decision => "decision",
            Field::Limit => "limit",
            Field::Reset => "reset",
            Field::Remaining => "remaining",
            Field::RemainingTokens => "remaining_tokens",
        }
    }
}

/// Why a row is not what the counters say.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// The limit moved since the last row.
    LimitMoved,
    /// It was refused while every counter has some left.
    RefusedWithRoom {
        /// What the nearest has left.
        left: u64,
        /// What it holds.
        capacity: u64,
    },
    /// It was refused by a rate that refuses nothing while capacity suffices.
    RefusedBySoft,
    /// It was admitted while every counter is used up.
    AdmittedWhenFull {
        /// How many there are.
        counters: usize,
        /// How long the nearest has to go.
        ends_in: Span,
    },
    /// The window ends at another time.
    OtherEnd {
        /// How far from it the nearest counter's is, where it ends at all.
        off_by: Span,
    },
    /// Fewer remain than on any counter.
    Fewer {
        /// How many fewer than on the nearest.
        missing: u32,
    },
    /// More remain than on any counter whose window ends then.
    More,
    /// Tokens were charged at another time or in another window.
    OtherTokens,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = |span: Span| span.nanos() / 1_000_000;
        match *self {
            Reason::LimitMoved => f.write_str("the limit moved since the row before"),
            Reason::RefusedWithRoom { left, capacity } => write!(
                f,
                "the nearest counter has {left} of {capacity} left: others counted that are not in \
                 the log, or a further replica answered"
            ),
            Reason::RefusedBySoft => f.write_str(
                "a dynamic rate refuses only where capacity lacks, and no log shows where it does",
            ),
            Reason::AdmittedWhenFull { counters, ends_in } => write!(
                f,
                "every counter ({counters}) is used up, the nearest for {} ms more: a further \
                 replica answered",
                millis(ends_in)
            ),
            Reason::OtherEnd { off_by } => write!(
                f,
                "the nearest window ends {} ms off: it was opened by a request that is not in the \
                 log or arrived in another order, or a further replica answered",
                millis(off_by)
            ),
            Reason::Fewer { missing } => write!(
                f,
                "{missing} fewer than expected: requests that are not in the log counted, or some \
                 that arrived later"
            ),
            Reason::More => f.write_str(
                "more than expected: an earlier request counted elsewhere, or a window was opened \
                 unseen",
            ),
            Reason::OtherTokens => {
                f.write_str("tokens were charged at another time, or in another window")
            }
        }
    }
}

/// The first field of a row that is not explained, what the nearest counter says of it, what the
/// row shows, and why they differ.
pub(crate) fn why_not(
    terms: &Terms,
    now: Instant,
    (said, seen): (&[Said], &Word),
    hits: Hits,
) -> Option<(Field, Option<u64>, Option<u64>, Reason)> {
    let not = |hit: Option<bool>| hit == Some(false);
    let nearest = nearest(said, seen, now).and_then(|place| said.get(place))?;
    let word = nearest.word;
    let wide = |value: Option<u32>| value.map(u64::from);
    if not(hits.decision) {
        let reason = if seen.refused && !terms.refuses {
            Reason::RefusedBySoft
        } else if seen.refused {
            Reason::RefusedWithRoom { left: nearest.left, capacity: terms.capacity }
        } else {
            let ends_in = nearest.ends.since(now);
            Reason::AdmittedWhenFull { counters: said.len(), ends_in }
        };
        let refused = |refused: bool| Some(u64::from(refused));
        return Some((Field::Decision, refused(word.refused), refused(seen.refused), reason));
    }
    if not(hits.reset) {
        let rest = nearest.ends.since(now);
        let rest = if rest.is_zero() { terms.window } else { rest };
        let off_by =
            seen.reset.and_then(|reset| terms.rests(reset)).map_or(rest, |(least, most)| {
                let off = least.nanos().saturating_sub(rest.nanos());
                Span::from_nanos(off.max(rest.nanos().saturating_sub(most.nanos())))
            });
        return Some((
            Field::Reset,
            wide(word.reset),
            wide(seen.reset),
            Reason::OtherEnd { off_by },
        ));
    }
    if not(hits.remaining) {
        let agrees = |one: &&Said| one.word.refused == seen.refused && one.word.reset == seen.reset;
        let expected = said.iter().find(agrees).and_then(|one| one.word.remaining);
        let fewer = expected.zip(seen.remaining).and_then(|(said, seen)| said.checked_sub(seen));
        let reason = fewer.map_or(Reason::More, |missing| Reason::Fewer { missing });
        return Some((Field::Remaining, wide(expected), wide(seen.remaining), reason));
    }
    let tokens =
        (Field::RemainingTokens, wide(word.tokens), wide(seen.tokens), Reason::OtherTokens);
    not(hits.remaining_tokens).then_some(tokens)
}
