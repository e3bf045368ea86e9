//! How the clients of one account fared beside each other, and what their retries were worth.
//!
//! All of it is counts that add up, like the rest of a leaf; what people read of them is made in
//! [`crate::derive`].

use limits::{Instant, Span};
use serde::{Deserialize, Serialize};
use wire::{Hint, Reply, Status};

use crate::bill::Used;
use crate::leaf::add;

/// What one share counts for: shares are whole millionths.
const WHOLE: u64 = 1_000_000;

/// How evenly clients were served that share an account: sums over the answered share of each, in
/// millionths, of those that had any job.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fairness {
    /// How many clients had jobs.
    pub clients: u64,
    /// Their shares added up.
    pub sum: u64,
    /// The squares of their shares added up.
    pub squares: u64,
    /// The share of the one that was served worst; none without clients.
    pub least: Option<u32>,
    /// The share of the one that was served best.
    pub most: Option<u32>,
}

impl Fairness {
    /// One more client: of so many jobs so many were answered. Without jobs it has no share.
    pub fn count(&mut self, answered: u64, offered: u64) {
        let Some(share) = (u128::from(answered) * u128::from(WHOLE)).checked_div(offered.into())
        else {
            return;
        };
        // More answered than offered is nobody's books.
        let share = u32::try_from(share.min(WHOLE.into())).unwrap_or(u32::MAX);
        self.absorb(&Fairness {
            clients: 1,
            sum: share.into(),
            squares: u64::from(share) * u64::from(share),
            least: Some(share),
            most: Some(share),
        });
    }

    pub(crate) fn absorb(&mut self, other: &Fairness) {
        add(&mut self.clients, other.clients);
        add(&mut self.sum, other.sum);
        add(&mut self.squares, other.squares);
        self.least = self.least.into_iter().chain(other.least).min();
        self.most = self.most.max(other.most);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.clients == 0
    }
}

/// Attempts by where they fell in the window after a reset: the window's length from the last end
/// of a window of the meter that they met, whether another was opened by then or not. What met no
/// window, or came later than that, is in neither.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Herd {
    /// In the first tenth of it.
    pub first_tenth: u64,
    /// In all of it.
    pub whole: u64,
}

impl Herd {
    pub(crate) const fn count(&mut self, first_tenth: bool) {
        self.first_tenth += first_tenth as u64;
        self.whole += 1;
    }

    pub(crate) fn absorb(&mut self, other: &Herd) {
        add(&mut self.first_tenth, other.first_tenth);
        add(&mut self.whole, other.whole);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.whole == 0
    }
}

/// Retries that could not help. One that is both counts as unmendable.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Useless {
    /// Of what waiting does not mend: the attempt before was answered with a status of 4xx other
    /// than 408, 409, 425 and 429.
    pub unmendable: u64,
    /// Sent before the time was over that the server's `retry-after` had asked for.
    pub early: u64,
}

impl Useless {
    pub(crate) const fn count(&mut self, why: Why) {
        match why {
            Why::Unmendable => self.unmendable += 1,
            Why::Early => self.early += 1,
        }
    }

    pub(crate) fn absorb(&mut self, other: &Useless) {
        add(&mut self.unmendable, other.unmendable);
        add(&mut self.early, other.early);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.unmendable == 0 && self.early == 0
    }

    /// Both kinds.
    #[must_use]
    pub const fn total(&self) -> u64 {
        self.unmendable.saturating_add(self.early)
    }
}

/// Why a retry is useless.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Why {
    /// Waiting does not mend what the service said.
    Unmendable,
    /// The service asked to wait longer.
    Early,
}

/// What the service last said about trying a job again. Whoever drives clients keeps it with the job
/// and asks it when a retry leaves.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct LastWord {
    /// When the time is over that it asked for.
    until: Instant,
    unmendable: bool,
}

impl LastWord {
    /// Nothing was said yet.
    pub const NONE: LastWord = LastWord { until: Instant::START, unmendable: false };

    /// What a reply said that reached its client now.
    #[must_use]
    pub fn of(now: Instant, reply: &Reply) -> LastWord {
        let asked = match reply.shows.hint {
            Hint::Seconds(seconds) => Span::from_secs(u64::from(seconds)),
            Hint::Millis(millis) => Span::from_millis(u64::from(millis)),
            Hint::Fraction(thousandths) => Span::from_millis(thousandths),
            // None of these says a length of time.
            Hint::Absent | Hint::Date(_) | Hint::Negative(_) | Hint::Unreadable => Span::ZERO,
        };
        LastWord { until: now.after(asked), unmendable: is_unmendable(reply.status) }
    }

    /// Why a retry to the same place that leaves now is useless; none if it may help.
    #[must_use]
    #[inline]
    pub fn makes_useless(self, now: Instant) -> Option<Why> {
        if self.unmendable {
            Some(Why::Unmendable)
        } else if now < self.until {
            Some(Why::Early)
        } else {
            None
        }
    }
}

/// Whether a request with such an answer meets the same again, however long it waits.
const fn is_unmendable(status: Status) -> bool {
    status.is_client_error() && !matches!(status.0, 408 | 409 | 425 | 429)
}

/// Second attempts that left while the first was still under way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hedges {
    /// How many left.
    pub sent: u64,
    /// How many of them answered their job.
    pub won: u64,
}

impl Hedges {
    pub(crate) fn absorb(&mut self, other: &Hedges) {
        add(&mut self.sent, other.sent);
        add(&mut self.won, other.won);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.sent == 0 && self.won == 0
    }
}

/// What went elsewhere: to another model, an endpoint, or a file. All of it is in the leaf's other
/// counts too, and costs what is asked there.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Elsewhere {
    /// Attempts that were sent there.
    pub sent: u64,
    /// Whole answers from there, each of a job.
    pub answered: Used,
    /// Those of them that were in time.
    pub in_time: Used,
    /// What was generated there for attempts that their clients had left.
    pub abandoned: Used,
}

impl Elsewhere {
    pub(crate) fn absorb(&mut self, other: &Elsewhere) {
        add(&mut self.sent, other.sent);
        self.answered.absorb(&other.answered);
        self.in_time.absorb(&other.in_time);
        self.abandoned.absorb(&other.abandoned);
    }

    pub(crate) const fn is_none(&self) -> bool {
        self.sent == 0
            && self.answered.is_none()
            && self.in_time.is_none()
            && self.abandoned.is_none()
    }
}

#[cfg(test)]
mod tests {
    use wire::{Shows, Usage};

    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn reply(status: u16, hint: Hint) -> Reply {
        let shows = Shows { hint, ..Shows::default() };
        Reply { status: Status(status), shows, error: None, usage: Usage::default() }
    }

    #[test]
    fn a_retry_before_the_hint_is_over_is_early_and_one_at_its_end_is_not() {
        for (hint, asked) in
            [(Hint::Seconds(2), 2_000), (Hint::Millis(1_500), 1_500), (Hint::Fraction(250), 250)]
        {
            let word = LastWord::of(at(1_000), &reply(429, hint));
            assert_eq!(word.makes_useless(at(999 + asked)), Some(Why::Early), "{hint:?}");
            assert_eq!(word.makes_useless(at(1_000 + asked)), None, "{hint:?}");
        }
        for hint in [Hint::Absent, Hint::Unreadable, Hint::Negative(3), Hint::Seconds(0)] {
            let word = LastWord::of(at(1_000), &reply(429, hint));
            assert_eq!(word.makes_useless(at(1_000)), None, "{hint:?}");
        }
        assert_eq!(LastWord::NONE.makes_useless(at(0)), None);
    }

    #[test]
    fn waiting_mends_what_is_busy_and_not_what_is_wrong() {
        let useless =
            |status| LastWord::of(at(0), &reply(status, Hint::Absent)).makes_useless(at(60_000));
        for status in [400, 401, 402, 403, 404, 413, 422] {
            assert_eq!(useless(status), Some(Why::Unmendable), "{status}");
        }
        for status in [408, 409, 425, 429, 500, 503, 529] {
            assert_eq!(useless(status), None, "{status}");
        }
        // Whoever may not come back at all is not merely early.
        let both = LastWord::of(at(0), &reply(403, Hint::Seconds(9)));
        assert_eq!(both.makes_useless(at(1)), Some(Why::Unmendable));
    }
}
