//! How a limiter's standing looks from outside.
//!
//! A policy and what an edition shows of it are compiled once into a [`Wording`]; one response
//! then costs a few integer operations and no text.

use limits::{Instant, MeterStanding, Rate, Refusal, Requests, Span, Standing};
use wire::{Hint, Rate10, Shows};

use crate::assumptions::TokenReset;

/// Nanoseconds in the unit of resets.
const SECOND: u64 = Span::from_secs(1).nanos();

/// The index of the meter of requests in every policy of this crate.
pub(crate) const REQUESTS: usize = 0;

/// What responses show of one policy.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Wording {
    /// Requests allowed, in the edition's unit.
    pub(crate) limit: Rate10,
    /// Tokens allowed, in the edition's unit, rounded half up to whole tokens.
    pub(crate) limit_tokens: Option<Rate10>,
    /// The meter that decides about tokens.
    pub(crate) gate: Option<usize>,
    /// The meter of tokens that is shown.
    pub(crate) shown_tokens: Option<usize>,
    /// What is shown in its place where tokens do not count.
    pub(crate) without_tokens: Option<u32>,
    pub(crate) token_reset: TokenReset,
    pub(crate) rounding: Rounding,
    pub(crate) hint: ShownHint,
    pub(crate) on: ShownOn,
    /// What is shown of dynamic rates; none where there are none.
    pub(crate) dynamic: Option<ShownDynamic>,
}

/// What responses show of dynamic rates.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) struct ShownDynamic {
    /// Whether there are headers for them.
    pub(crate) rates: bool,
    /// The edition's unit of rates.
    pub(crate) unit: Span,
    /// When a refusal for being above them says to come back.
    pub(crate) reset: Span,
    /// Whether it says so in a hint as well.
    pub(crate) hint: bool,
}

/// Which responses show anything.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum ShownOn {
    /// All that got as far as the limiter.
    Every,
    /// Those that a limit refused, and of all headers only when to come back.
    Refusals,
}

impl ShownOn {
    pub(crate) const WORDS: &'static [&'static str] = &["every", "429"];

    pub(crate) fn of_word(word: &str) -> ShownOn {
        if word == "429" { ShownOn::Refusals } else { ShownOn::Every }
    }
}

/// How the time to a reset becomes whole seconds.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Rounding {
    Nearest,
    Up,
    Down,
}

impl Rounding {
    pub(crate) const WORDS: &'static [&'static str] = &["nearest", "up", "down"];

    pub(crate) fn of_word(word: &str) -> Rounding {
        match word {
            "up" => Rounding::Up,
            "down" => Rounding::Down,
            _ => Rounding::Nearest,
        }
    }

    fn seconds(self, span: Span) -> u32 {
        let added = match self {
            Rounding::Nearest => SECOND / 2,
            Rounding::Up => SECOND - 1,
            Rounding::Down => 0,
        };
        u32::try_from(span.nanos().saturating_add(added) / SECOND).unwrap_or(u32::MAX)
    }
}

/// What the hint to come back says.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum ShownHint {
    /// The same as the reset.
    Reset,
    /// There is none.
    Absent,
}

impl ShownHint {
    pub(crate) const WORDS: &'static [&'static str] = &["reset", "absent"];

    pub(crate) fn of_word(word: &str) -> ShownHint {
        if word == "absent" { ShownHint::Absent } else { ShownHint::Reset }
    }
}

impl Wording {
    /// What the response decided at `now` shows, for good: `standing` is the limiter's after the
    /// decision, `limited` the refusal if it was one.
    ///
    /// The reset is that of the request window as it stands, zero where none is open, in whole
    /// seconds; the hint equals it. A refusal by tokens shows no tokens left, and the reset that
    /// the assumption `token_reset` says; the requests left stay those of the request window.
    ///
    /// Where requests are counted without windows, the reset says when all of them are left again,
    /// or if none is left when one more may go. A refusal that no time ends, because only the end
    /// of another request does, shows neither reset nor hint.
    ///
    /// Where only refusals show anything, all others show nothing, and they only when to come back.
    #[must_use]
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "whoever asks knows whether it was a refusal")]
    pub fn shows(&self, now: Instant, standing: &Standing<'_>, limited: Option<Refusal>) -> Shows {
        if self.on == ShownOn::Refusals && limited.is_none() {
            return Shows::default();
        }
        let requests = standing.of(REQUESTS);
        let by_tokens = limited.is_some_and(|refusal| Some(refusal.meter) == self.gate);
        let shown = match self.token_reset {
            TokenReset::Gate if by_tokens => self.gate,
            TokenReset::Gate | TokenReset::RequestWindow => Some(REQUESTS),
        };
        let ends = match limited {
            Some(refusal) if refusal.retry_at == Instant::END => None,
            Some(refusal) if Some(refusal.meter) == shown => Some(refusal.retry_at),
            Some(_) | None => requests.and_then(|meter| match meter.remaining {
                0 => standing.admits_at(REQUESTS, 1),
                _ => Some(meter.resets_at),
            }),
        };
        let reset = ends.map(|ends| self.rounding.seconds(ends.since(now)));
        let hint = match (self.hint, reset) {
            (ShownHint::Reset, Some(seconds)) => Hint::Seconds(seconds),
            (ShownHint::Reset, None) | (ShownHint::Absent, _) => Hint::Absent,
        };
        if self.on == ShownOn::Refusals {
            return Shows { reset, hint, ..Shows::default() };
        }
        let tokens = self.shown_tokens.and_then(|index| standing.of(index)).map(left);
        let tokens = tokens.or(self.without_tokens);
        Shows {
            limit: Some(self.limit),
            remaining: requests.map(left),
            reset,
            hint,
            limited: Some(limited.is_some()),
            limit_tokens: self.limit_tokens,
            remaining_tokens: if by_tokens { tokens.map(|_| 0) } else { tokens },
            limit_dynamic: None,
            remaining_dynamic: None,
        }
    }
}

impl Wording {
    /// What a response shows, with the dynamic rate of requests and what is left of it where the
    /// edition has headers for them.
    #[must_use]
    pub fn with_dynamic(&self, shows: Shows, rate: Rate<Requests>, remaining: u32) -> Shows {
        let Some(ShownDynamic { rates: true, unit, .. }) = self.dynamic else { return shows };
        if self.on == ShownOn::Refusals {
            return shows;
        }
        let per_unit = rate.scaled(unit.nanos(), SECOND);
        Shows {
            limit_dynamic: Some(Rate10(per_unit.in_1e10_per_second())),
            remaining_dynamic: Some(remaining),
            ..shows
        }
    }

    /// What the refusal of a request above the dynamic rate shows; `shows` is what was shown of the
    /// limits when it was received.
    #[must_use]
    pub fn blamed(&self, shows: Shows) -> Shows {
        let Some(ShownDynamic { reset, hint, .. }) = self.dynamic else { return shows };
        let seconds = self.rounding.seconds(reset);
        let hint = if hint { Hint::Seconds(seconds) } else { Hint::Absent };
        let shows = match self.on {
            ShownOn::Every => Shows { limited: Some(true), ..shows },
            ShownOn::Refusals => Shows::default(),
        };
        Shows { reset: Some(seconds), hint, ..shows }
    }
}

fn left(meter: MeterStanding) -> u32 {
    u32::try_from(meter.remaining).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_is_rounded_to_nearest_and_zero_is_a_value() {
        let nearest = |millis| Rounding::Nearest.seconds(Span::from_millis(millis));
        assert_eq!([2_000, 1_500, 1_499, 500, 499, 1, 0].map(nearest), [2, 2, 1, 1, 0, 0, 0]);
        assert_eq!(Rounding::Up.seconds(Span::from_nanos(1)), 1);
        assert_eq!(Rounding::Down.seconds(Span::from_nanos(SECOND - 1)), 0);
        assert_eq!(Rounding::Nearest.seconds(Span::MAX), u32::MAX);
    }

    #[test]
    fn words_name_what_they_say() {
        let roundings: Vec<Rounding> =
            Rounding::WORDS.iter().map(|w| Rounding::of_word(w)).collect();
        assert_eq!(roundings, [Rounding::Nearest, Rounding::Up, Rounding::Down]);
        let hints: Vec<ShownHint> =
            ShownHint::WORDS.iter().map(|w| ShownHint::of_word(w)).collect();
        assert_eq!(hints, [ShownHint::Reset, ShownHint::Absent]);
    }
}
