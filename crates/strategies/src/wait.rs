//! How long is waited before the next try.

use chance::uniform_below;
use limits::Span;
use wire::{Hint, Shows};

use crate::backoff::{Backoff, Retry};

/// A rule for the wait before a retry: the server's hint first, the formula where it says nothing
/// that the client goes by.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Wait {
    /// What the client makes of `retry-after`.
    pub hint: HintRule,
    /// What it does without.
    pub backoff: Backoff,
    /// A drawn wait is a whole number of these, rounded down, so that it never exceeds what the
    /// formula can give. [`Wait::FINEST`] changes nothing; zero is taken for it. Hints, and waits
    /// that are not drawn, stay as they are.
    pub grain: Span,
}

/// What a client makes of the server's hint.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct HintRule {
    /// Which forms of it it reads.
    pub reads: Reads,
    /// What it makes of a hint of zero.
    pub zero: Zero,
    /// The longest hint that it takes as it is; `None` for any.
    pub most: Option<Span>,
    /// What it does with a longer one.
    pub beyond: Beyond,
    /// A random part of this comes on top of a hint that is taken.
    pub jitter: Span,
}

/// Which forms of a hint a client can read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// None: it does not look.
    Nothing,
    /// `retry-after` in whole seconds.
    WholeSeconds,
    /// `retry-after` in seconds with or without decimals, and its kin in milliseconds.
    RetryAfter,
    /// The same, and `x-ratelimit-reset` where there is no such header.
    OrReset,
}

/// What a client makes of a hint of zero.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Zero {
    /// It tries again at once.
    AtOnce,
    /// It is as good as none.
    Formula,
}

/// What a client does with a hint that is longer than it likes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Beyond {
    /// It goes by its own formula.
    Formula,
    /// It waits the longest that it likes.
    Clamped,
    /// It gives the job up.
    GiveUp,
    /// It takes it if its own formula would make it wait longer still.
    IfShorterThanFormula,
    /// It takes every hint, but never waits less than its formula says, and never more than that
    /// and this. `most` has no part in it.
    WithinFormulaPlus(Span),
}

/// What a client does before it tries again.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Pause {
    /// It waits so long because the server said so.
    Hinted(Span),
    /// It waits so long by its own formula.
    Formula(Span),
    /// It does not try again: the server asked for more patience than it has.
    TooLong,
}

impl Wait {
    /// The grain of time itself. A coarser one is for clients whose clock is coarser.
    pub const FINEST: Span = Span::from_nanos(1);

    /// The wait before a retry, given what the answer showed and 64 bits of chance, the same
    /// whenever they are asked for.
    #[must_use]
    #[inline]
    pub fn before(&self, retry: Retry, shows: &Shows, draw: impl Fn() -> u64) -> Pause {
        let formula = || self.backoff.before(retry, self.grain, &draw);
        match self.hint.reads.read(shows) {
            None => Pause::Formula(formula()),
            Some(said) => self.hint.makes_of(said, formula, &draw),
        }
    }
}

impl HintRule {
    /// It is not looked at.
    pub const IGNORE: Self = Self {
        reads: Reads::Nothing,
        zero: Zero::Formula,
        most: None,
        beyond: Beyond::Formula,
        jitter: Span::ZERO,
    };

    /// It is waited exactly so long, zero included.
    pub const HONOUR: Self = Self { reads: Reads::RetryAfter, zero: Zero::AtOnce, ..Self::IGNORE };

    /// It is waited exactly so long if that is above zero and at most this; else the formula holds.
    #[must_use]
    pub const fn up_to(most: Span) -> Self {
        Self { reads: Reads::RetryAfter, most: Some(most), ..Self::IGNORE }
    }

    /// Whether it goes by a hint at all.
    #[must_use]
    pub const fn heeds_any(&self) -> bool {
        !matches!(self.reads, Reads::Nothing)
    }

    fn makes_of(
        &self,
        said: Span,
        formula: impl Fn() -> Span,
        draw: impl FnOnce() -> u64,
    ) -> Pause {
        if let Beyond::WithinFormulaPlus(more) = self.beyond {
            let least = formula();
            return if said <= least && (said < least || self.zero == Zero::Formula) {
                Pause::Formula(least)
            } else {
                Pause::Hinted(said.min(least.plus(more)))
            };
        }
        if said.is_zero() && self.zero == Zero::Formula {
            return Pause::Formula(formula());
        }
        let most = self.jitter.nanos();
        let jitter = if most == 0 { 0 } else { uniform_below(draw(), most) };
        let taken = |span: Span| Pause::Hinted(span.plus(Span::from_nanos(jitter)));
        match self.most {
            Some(most) if said > most => match self.beyond {
                Beyond::Clamped => taken(most),
                Beyond::GiveUp => Pause::TooLong,
                Beyond::IfShorterThanFormula if said < formula() => taken(said),
                Beyond::Formula | Beyond::IfShorterThanFormula | Beyond::WithinFormulaPlus(_) => {
                    Pause::Formula(formula())
                }
            },
            _ => taken(said),
        }
    }
}

impl Reads {
    /// The length of time that an answer's headers say, as far as a client that reads these forms
    /// can tell.
    #[inline]
    pub(crate) fn read(self, shows: &Shows) -> Option<Span> {
        let reset = || shows.reset.map(|seconds| Span::from_secs(seconds.into()));
        match (self, shows.hint) {
            (Self::Nothing, _) => None,
            (_, Hint::Seconds(seconds)) => Some(Span::from_secs(seconds.into())),
            (Self::RetryAfter | Self::OrReset, Hint::Millis(millis)) => {
                Some(Span::from_millis(millis.into()))
            }
            (Self::RetryAfter | Self::OrReset, Hint::Fraction(thousandths)) => {
                Some(Span::from_millis(thousandths))
            }
            (Self::OrReset, Hint::Absent) => reset(),
            // A date needs a calendar, which a machine has not; the others say no length of time.
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HALF: u64 = 1 << 63;
    const FIRST: Span = Span::from_secs(1);

    fn hinted(hint: Hint) -> Shows {
        Shows { hint, ..Shows::default() }
    }

    /// What is waited before the first retry, by a formula that says one second.
    fn pause(hint: HintRule, shows: &Shows) -> Pause {
        let backoff = Backoff::Exponential { first: FIRST, cap: Span::from_secs(10) };
        Wait { hint, backoff, grain: Wait::FINEST }.before(Retry::number(0), shows, || HALF)
    }

    fn after(hint: HintRule, said: Hint) -> Option<Span> {
        match pause(hint, &hinted(said)) {
            Pause::Hinted(span) | Pause::Formula(span) => Some(span),
            Pause::TooLong => None,
        }
    }

    #[test]
    fn zero_is_a_hint_for_who_honours_and_none_for_an_sdk() {
        let minute = HintRule::up_to(Span::from_secs(60));
        let after = |rule, hint| after(rule, hint).unwrap();
        assert_eq!(after(HintRule::HONOUR, Hint::Seconds(0)), Span::ZERO);
        assert_eq!(after(minute, Hint::Seconds(0)), FIRST);
        assert_eq!(after(minute, Hint::Seconds(60)), Span::from_secs(60));
        assert_eq!(after(minute, Hint::Seconds(61)), FIRST);
        assert_eq!(after(HintRule::HONOUR, Hint::Absent), FIRST);
        assert_eq!(after(HintRule::HONOUR, Hint::Negative(3)), FIRST);
        assert_eq!(after(HintRule::HONOUR, Hint::Unreadable), FIRST);
        assert_eq!(after(HintRule::HONOUR, Hint::Fraction(1500)), Span::from_millis(1500));
        assert_eq!(after(HintRule::IGNORE, Hint::Seconds(2)), FIRST);
    }

    #[test]
    fn a_hint_beyond_what_is_liked_is_taken_as_each_sort_of_client_takes_it() {
        let two = HintRule::up_to(Span::from_secs(2));
        let long = |beyond| after(HintRule { beyond, ..two }, Hint::Seconds(5));
        assert_eq!(long(Beyond::Formula), Some(FIRST));
        assert_eq!(long(Beyond::Clamped), Some(Span::from_secs(2)));
        assert_eq!(long(Beyond::GiveUp), None);
        assert_eq!(long(Beyond::IfShorterThanFormula), Some(FIRST));
        // Below a formula that is longer, it is taken.
        let short = HintRule { most: Some(Span::from_millis(500)), ..two };
        let vercel = HintRule { beyond: Beyond::IfShorterThanFormula, ..short };
        assert_eq!(after(vercel, Hint::Millis(700)), Some(Span::from_millis(700)));
    }

    #[test]
    fn a_hint_within_the_formula_and_so_much_more_is_moved_to_its_nearer_end() {
        let aws =
            HintRule { beyond: Beyond::WithinFormulaPlus(Span::from_secs(5)), ..HintRule::HONOUR };
        for (said, waited) in [(0, 1), (1, 1), (3, 3), (6, 6), (7, 6), (3600, 6)] {
            assert_eq!(after(aws, Hint::Seconds(said)), Some(Span::from_secs(waited)), "{said}");
        }
        assert_eq!(after(aws, Hint::Absent), Some(FIRST));
    }

    #[test]
    fn a_part_of_the_jitter_comes_on_top_of_a_hint_and_of_nothing_else() {
        let jitter = Span::from_millis(750);
        let rule = HintRule { jitter, ..HintRule::up_to(Span::from_secs(60)) };
        assert_eq!(after(rule, Hint::Seconds(2)), Some(Span::from_millis(2_375)));
        assert_eq!(after(rule, Hint::Seconds(61)), Some(FIRST));
        assert_eq!(after(rule, Hint::Absent), Some(FIRST));
    }

    #[test]
    fn each_client_reads_the_forms_it_knows() {
        let reads = |reads, hint| after(HintRule { reads, ..HintRule::HONOUR }, hint).unwrap();
        let forms = [Hint::Seconds(3), Hint::Millis(30), Hint::Fraction(300)];
        let all = |read| forms.map(|form| reads(read, form).nanos() / 1_000_000);
        assert_eq!(all(Reads::Nothing), [1000; 3]);
        assert_eq!(all(Reads::WholeSeconds), [3000, 1000, 1000]);
        assert_eq!(all(Reads::RetryAfter), [3000, 30, 300]);
        assert_eq!(all(Reads::OrReset), [3000, 30, 300]);
        let reset = |reads| {
            let shows = Shows { reset: Some(4), ..Shows::default() };
            pause(HintRule { reads, ..HintRule::HONOUR }, &shows)
        };
        assert_eq!(reset(Reads::RetryAfter), Pause::Formula(FIRST));
        assert_eq!(reset(Reads::OrReset), Pause::Hinted(Span::from_secs(4)));
    }

    #[test]
    fn a_grain_leaves_hints_and_what_is_not_drawn_alone() {
        let (first, cap) = (Span::from_millis(15), Span::from_secs(1));
        let backoff = Backoff::Exponential { first, cap };
        let wait = Wait { hint: HintRule::HONOUR, backoff, grain: Span::from_millis(10) };
        let before = |wait: Wait, k, hint, draw: u64| match wait.before(
            Retry::number(k),
            &hinted(hint),
            || draw,
        ) {
            Pause::Hinted(span) | Pause::Formula(span) => span,
            Pause::TooLong => panic!("it is patient"),
        };
        assert_eq!(before(wait, 0, Hint::Absent, HALF), first);
        assert_eq!(before(wait, 0, Hint::Millis(7), HALF), Span::from_millis(7));
        let jitter = Wait { backoff: Backoff::FullJitter { first, cap }, ..wait };
        assert_eq!(before(jitter, 0, Hint::Absent, HALF), Span::ZERO, "7.5 ms, rounded down");
        assert_eq!(before(jitter, 2, Hint::Absent, HALF), Span::from_millis(30));
        let sdk = Wait { backoff: Backoff::Sdk { first, cap }, ..wait };
        assert_eq!(before(sdk, 1, Hint::Absent, 0), Span::from_millis(30), "the upper bound");
        assert_eq!(before(sdk, 1, Hint::Absent, u64::MAX), Span::from_millis(20));
    }
}
