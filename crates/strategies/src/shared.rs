//! A bucket that a fleet shares.
//!
//! It stands in a store that the clients reach over the network, so it is no client's: whoever
//! carries out their actions keeps one for each group and answers [`crate::Action::Reserve`] from
//! it. It schedules rather than refuses: a permit has the instant at which the bucket will hold
//! what it asks for, and the bucket is then charged from that instant on, so that permits are given
//! in the order in which they were asked for and nobody asks twice. A permit does not move once it is
//! given: what others give back helps those who ask later. Both of its meters are two numbers,
//! whatever the fleet and its queue.

use limits::{Instant, Rate, Span, Unit};

use crate::event::Wants;
use crate::first_send::OwnBucket;

/// A fleet's bucket, resolved for one tier and model.
#[derive(Clone, Debug, PartialEq)]
pub struct SharedStack {
    /// How it fills, and what it can save up.
    pub bucket: OwnBucket,
    /// From a client's asking to the store's answer.
    pub delay: Span,
}

/// What a store answers to a client that asks for a permit.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Permit {
    /// It may send at this instant; no answer comes before the way to the store and back.
    At(Instant),
    /// Not as early as it would have to; nothing is taken. The answer is there at this instant.
    TooLate(Instant),
}

/// A fleet's bucket at work.
#[derive(Clone, Debug)]
pub struct SharedBucket {
    requests: Filling,
    tokens: Option<Filling>,
    delay: Span,
    /// The instant of the last permit: the meters stand as they will then.
    at: Instant,
}

impl SharedBucket {
    /// A full bucket. A rate of zero cannot be written down; one that still is fills nothing, and
    /// its permits lie at the end of time.
    #[must_use]
    pub fn new(shared: &SharedStack) -> Self {
        let OwnBucket { requests, request_burst, tokens, token_burst, .. } = shared.bucket;
        Self {
            requests: Filling::full(requests, request_burst.0),
            tokens: tokens.map(|rate| Filling::full(rate, token_burst.0)),
            delay: shared.delay,
            at: Instant::START,
        }
    }

    /// Sets so much aside for a client that asks now, unless it could only send later than it wants to. What
    /// is more than the bucket can save up is set aside as soon as the bucket is full, and paid off
    /// afterwards.
    pub fn reserve(&mut self, now: Instant, wants: &Wants) -> Permit {
        let Wants { requests, tokens, latest, .. } = *wants;
        let from = self.at.max(now);
        let passed = from.since(self.at);
        self.requests.refill(passed);
        let wait = self.requests.wait(requests.into());
        let wait = match &mut self.tokens {
            None => wait,
            Some(meter) => {
                meter.refill(passed);
                meter.wait(tokens).max(wait)
            }
        };
        self.at = from;
        let (at, answer) = (from.after(wait), now.after(self.delay));
        if at.max(answer) > latest {
            return Permit::TooLate(answer);
        }
        self.at = at;
        self.requests.take(wait, requests.into());
        if let Some(meter) = &mut self.tokens {
            meter.take(wait, tokens);
        }
        Permit::At(at.max(answer))
    }

    /// Puts back what was set aside and not used; tokens below zero were used beyond that. What does
    /// not fit runs over.
    pub fn restore(&mut self, now: Instant, requests: u32, tokens: i64) {
        let passed = now.since(self.at);
        self.at = self.at.max(now);
        self.requests.refill(passed);
        self.requests.put_back(requests.into());
        if let Some(meter) = &mut self.tokens {
            meter.refill(passed);
            match u64::try_from(tokens) {
                Ok(unused) => meter.put_back(unused),
                Err(_) => meter.take(Span::ZERO, tokens.unsigned_abs()),
            }
        }
    }
}

/// One meter, in *grains* as in the buckets of `limits`: a unit is `per` grains, every nanosecond
/// brings `amount` of them, and nothing is ever rounded but the instant that is asked for.
#[derive(Clone, Debug)]
struct Filling {
    /// Grains missing to a full bucket.
    missing: u128,
    amount: u128,
    per: u128,
    capacity: u128,
}

impl Filling {
    fn full<U: Unit>(rate: Rate<U>, burst: u64) -> Self {
        let rate = rate.scaled(1, 1);
        let per = u128::from(rate.per_span().nanos());
        let capacity = u128::from(burst.max(1)) * per;
        Self { missing: 0, amount: rate.amount().count().into(), per, capacity }
    }

    fn refill(&mut self, passed: Span) {
        let brought = u128::from(passed.nanos()).saturating_mul(self.amount);
        self.missing = self.missing.saturating_sub(brought);
    }

    /// How long until there are so many units, or as many as there can be.
    fn wait(&self, units: u64) -> Span {
        let asked = u128::from(units).saturating_mul(self.per).min(self.capacity);
        let lacks = self.missing.saturating_sub(self.capacity - asked);
        let wait = lacks.checked_add(self.amount.saturating_sub(1));
        let wait = wait.and_then(|grains| grains.checked_div(self.amount));
        match wait {
            Some(wait) => Span::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX)),
            None if lacks == 0 => Span::ZERO,
            None => Span::MAX,
        }
    }

    /// Takes so many units out after a wait, below empty if need be.
    fn take(&mut self, wait: Span, units: u64) {
        self.refill(wait);
        self.missing = self.missing.saturating_add(u128::from(units).saturating_mul(self.per));
    }

    fn put_back(&mut self, units: u64) {
        self.missing = self.missing.saturating_sub(u128::from(units).saturating_mul(self.per));
    }
}
