//! What a stack is made of, in the words of a scenario and with its formulas: said from the parts,
//! never from a table beside them.

use limits::Span;

use crate::backoff::Backoff;
use crate::describe::thousandths;
use crate::portion::Hundredths;
use crate::stack::Parts;
use crate::wait::{Beyond, HintRule, Reads, Zero};

/// A constant of a preset, and where it was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constant {
    /// Which part it belongs to.
    pub what: What,
    /// What it is.
    pub value: String,
    /// The package, its version and the file that say so; or who chose it.
    pub source: &'static str,
}

/// The parts of a strategy that have constants.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// What holds a first attempt back.
    FirstSend,
    /// What is tried again.
    RetryOn,
    /// What is made of the server's hint.
    Hint,
    /// The formula for a wait.
    Wait,
    /// Tries in all.
    Tries,
    /// How long a job may be tried.
    Within,
    /// What all retries draw on.
    Budget,
    /// What stops all sending.
    Breaker,
    /// What refuses a part of all sending.
    Throttle,
    /// Where else a job goes.
    Elsewhere,
    /// How long the service may be silent.
    Timeout,
}

impl What {
    /// Each of them, in the order in which they are told.
    pub const ALL: [Self; 11] = [
        Self::FirstSend,
        Self::RetryOn,
        Self::Hint,
        Self::Wait,
        Self::Tries,
        Self::Within,
        Self::Budget,
        Self::Breaker,
        Self::Throttle,
        Self::Elsewhere,
        Self::Timeout,
    ];

    /// The word for it in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FirstSend => "first_send",
            Self::RetryOn => "retry_on",
            Self::Hint => "hint",
            Self::Wait => "wait",
            Self::Tries => "tries",
            Self::Within => "within",
            Self::Budget => "budget",
            Self::Breaker => "breaker",
            Self::Throttle => "throttle",
            Self::Elsewhere => "elsewhere",
            Self::Timeout => "timeout",
        }
    }

    /// What these parts say of it; nothing where they have no such part, or one that never comes
    /// into play because nothing is tried again.
    #[must_use]
    pub fn said_by(self, parts: &Parts) -> Option<String> {
        let again = parts.retry_on.tries_again_at_all();
        let stop = &parts.stop;
        match self {
            Self::FirstSend => parts.first_send.said(),
            Self::RetryOn => Some(parts.retry_on.list()),
            Self::Hint => again.then(|| parts.wait.hint.rule()),
            Self::Wait => again.then(|| parts.wait.backoff.formula()),
            Self::Tries if !again => Some("1".to_owned()),
            Self::Tries => Some(stop.tries.map_or("no end".to_owned(), |tries| tries.to_string())),
            Self::Within => stop.within.filter(|_| again).map(seconds),
            Self::Budget => stop.budget.says().filter(|_| again),
            Self::Breaker => stop.breaker.map(|breaker| breaker.says()),
            Self::Throttle => stop.throttle.map(|throttle| throttle.says()),
            Self::Elsewhere => parts.elsewhere.says(),
            Self::Timeout => parts.timeouts.silence.map(seconds),
        }
    }
}

impl Backoff {
    /// The wait before retry `k`, counted from 0, as a formula; `U` is uniform from 0 to 1.
    #[must_use]
    pub fn formula(self) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Exponential { first, cap } => doubled(first, cap),
            Self::FullJitter { first, cap } => format!("U * {}", doubled(first, cap)),
            Self::EqualJitter { first, cap } => format!("{} * (1 + U)/2", doubled(first, cap)),
            Self::DecorrelatedJitter { first, cap } => format!(
                "min({cap}, {first} + U * (3 * last - {first}))",
                first = seconds(first),
                cap = seconds(cap)
            ),
            Self::Sdk { first, cap } => format!("{} * (1 - U/4)", doubled(first, cap)),
            Self::PlusJitter { first, cap, jitter } => {
                format!("{} + U * {}", doubled(first, cap), seconds(jitter))
            }
            Self::Randomized { first, cap, times: Hundredths(times), spread } => format!(
                "min({} * {}^k, {}) +-{} %",
                seconds(first),
                thousandths(times.saturating_mul(10)),
                seconds(cap),
                spread.0
            ),
            Self::Clamped { first, least, cap } => {
                format!("max({}, {})", seconds(least), doubled(first, cap))
            }
            Self::Aws { first, throttled, cap } => {
                format!("U * {}, after a 429 U * {}", doubled(first, cap), doubled(throttled, cap))
            }
        }
    }
}

impl HintRule {
    /// What is made of a hint, in a few words.
    #[must_use]
    pub fn rule(&self) -> String {
        let header = match self.reads {
            Reads::Nothing => return "ignored".to_owned(),
            Reads::WholeSeconds => "whole seconds",
            Reads::RetryAfter => "taken",
            Reads::OrReset => "taken, or the reset shown",
        };
        if let Beyond::WithinFormulaPlus(more) = self.beyond {
            return format!("{header}, moved into formula .. formula + {}", seconds(more));
        }
        let mut rule = vec![header.to_owned()];
        if self.zero == Zero::AtOnce {
            rule.push("0 is at once".to_owned());
        } else {
            rule.push("0 is none".to_owned());
        }
        if let Some(most) = self.most {
            let most = seconds(most);
            rule.push(match self.beyond {
                Beyond::Formula | Beyond::WithinFormulaPlus(_) => format!("none above {most}"),
                Beyond::Clamped => format!("at most {most}"),
                Beyond::GiveUp => format!("gives up above {most}"),
                Beyond::IfShorterThanFormula => {
                    format!("above {most} only if below the formula")
                }
            });
        } else {
            rule.push("no cap".to_owned());
        }
        if !self.jitter.is_zero() {
            rule.push(format!("+ U * {}", seconds(self.jitter)));
        }
        rule.join(", ")
    }
}

/// `min(first * 2^k, cap)`; a cap of a year or more is none.
fn doubled(first: Span, cap: Span) -> String {
    match cap {
        cap if cap <= first => seconds(cap),
        cap if cap >= Backoff::NO_CAP => format!("{} * 2^k", seconds(first)),
        cap => format!("min({} * 2^k, {})", seconds(first), seconds(cap)),
    }
}

/// In seconds, with as many places as it needs.
pub(crate) fn seconds(span: Span) -> String {
    let nanos = span.nanos();
    let text = format!("{}.{:09}", nanos / 1_000_000_000, nanos % 1_000_000_000);
    format!("{} s", text.trim_end_matches('0').trim_end_matches('.'))
}
