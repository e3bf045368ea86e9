//! The meters that a limit is enforced by.

use core::fmt;

use limits::{Algorithm, Debt, Meter, Policy, PolicyError, Quota, QuotaError, Rate, Tokens};

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Published, labels};
use crate::rows::Gate;
use crate::shows::REQUESTS;

/// Why limits do not make a policy.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Unbuildable {
    Requests(QuotaError),
    Tokens(QuotaError),
    /// A sliding log with room for `capacity` instants.
    Log {
        /// Whether it is the one of the tokens that decide.
        of_tokens: bool,
        capacity: u64,
    },
    Policy(PolicyError),
}

impl fmt::Display for Unbuildable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unbuildable::Requests(why) | Unbuildable::Tokens(why) => why.fmt(f),
            Unbuildable::Log { capacity, .. } => {
                write!(f, "a sliding log of {capacity} instants is too long")
            }
            Unbuildable::Policy(why) => why.fmt(f),
        }
    }
}

impl Edition {
    /// The meters of a limit, in their order.
    pub(crate) fn policy_of(
        &self,
        published: &Published,
        given: &Assumptions,
    ) -> Result<Policy, Unbuildable> {
        let label = if published.own { labels::MODEL } else { labels::REQUESTS };
        let requests = Quota::requests_per_window(published.requests, published.window)
            .map_err(Unbuildable::Requests)?;
        let mut meters = vec![Meter::by(published.algorithm, label, requests)];
        if let Some(window) = given.requests_window_too() {
            let minute = Quota::requests_per_window(published.requests, window)
                .map_err(Unbuildable::Requests)?;
            meters.push(Meter::by(Algorithm::Opened, label, minute));
        }
        if let Some(tokens) = published.tokens {
            meters.extend(self.gate_of(published, tokens, given)?);
            meters.push(self.shown_of(published, tokens)?);
        }
        if let Some(most) = published.concurrent {
            let most = Quota::requests_at_once(most).map_err(Unbuildable::Requests)?;
            meters.push(Meter::by(Algorithm::Concurrency, labels::CONCURRENT, most));
        }
        Policy::new(&meters).map_err(|why| match why {
            PolicyError::LogTooLong { meter, capacity } => {
                let of = meters.get(meter).map(Meter::label);
                Unbuildable::Log { of_tokens: of == Some(labels::TOKENS), capacity }
            }
            PolicyError::TooManyMeters { .. }
            | PolicyError::LeaderNotEarlier { .. }
            | PolicyError::LeaderOpensNothing { .. }
            | PolicyError::CannotCarryDebt { .. }
            | PolicyError::NothingInFlight { .. }
            | PolicyError::NoRate { .. } => Unbuildable::Policy(why),
        })
    }

    /// The meter of the tokens that decide, unless none do.
    fn gate_of(
        &self,
        published: &Published,
        tokens: Rate<Tokens>,
        given: &Assumptions,
    ) -> Result<Option<Meter>, Unbuildable> {
        let gate = self.gates.iter().find(|(gate, _)| *gate == given.token_gate());
        let Some((_, gate)) = gate else { return Ok(None) };
        let by = published.token_algorithm.or(gate.by).unwrap_or(Algorithm::Opened);
        let meter = Meter::by(by, labels::TOKENS, gate.quota(tokens)?).at_completion();
        // Of the others some always carry it, and some have no end to carry it over.
        let windows = by == Algorithm::Opened || by == Algorithm::Aligned;
        Ok(Some(match given.token_debt() {
            Debt::Carried if windows => meter.carrying_debt(),
            Debt::Carried | Debt::Forgotten => meter,
        }))
    }

    /// The meter of the tokens that are shown: with the windows that requests open, else counted
    /// as requests are.
    fn shown_of(&self, published: &Published, tokens: Rate<Tokens>) -> Result<Meter, Unbuildable> {
        let shown = Gate { window: published.window, allows: self.shown.tokens, by: None };
        let meter = Meter::by(published.algorithm, labels::SHOWN_TOKENS, shown.quota(tokens)?);
        let opened = published.algorithm == Algorithm::Opened;
        Ok(if opened { meter.shown_with(REQUESTS) } else { meter.only_shown() })
    }
}

impl Gate {
    /// The quota of a window that holds the tokens of `allows`.
    fn quota(self, tokens: Rate<Tokens>) -> Result<Quota, Unbuildable> {
        let rate = tokens.scaled(self.allows.nanos(), self.window.nanos());
        Quota::tokens_per_window(rate, self.window).map_err(Unbuildable::Tokens)
    }
}
