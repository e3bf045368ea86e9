//! How many retries a client allows itself, over all of its jobs.

use limits::{Instant, Span};

use crate::portion::{Percent, Thousandths};
use crate::recent::Recent;

/// A bound on the retries of one client, whatever job they are for. A retry that finds it spent is
/// not made: the job is given up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Budget {
    /// None: each job has its own tries and that is all.
    None,
    /// Finagle's `RetryBudget`: a balance of what the last `ttl` paid in. A first attempt pays in
    /// one, a retry takes `100 / percent`; as many as `reserve_per_s` pays for in a `ttl` are always
    /// there besides. The `ttl` goes by in tenths of it.
    Finagle {
        /// How long a deposit lasts.
        ttl: Span,
        /// Retries a second that are allowed without any first attempts.
        reserve_per_s: u32,
        /// Retries allowed for each hundred first attempts.
        percent: Percent,
    },
    /// The SRE book's budget per client: a retry is made while retries are less than this part of
    /// the last while's requests.
    Sre {
        /// Retries among requests, retries included.
        percent: Percent,
        /// The while, which goes by in tenths of it.
        over: Span,
    },
    /// gRPC's retry throttling (proposal A6): tokens start at `most`; a failure that is worth a retry
    /// takes one, a success adds `ratio`; a retry is made only while more than half of `most` are
    /// there.
    Grpc {
        /// Tokens at the start, and the most there can be.
        most: u32,
        /// What a success adds.
        ratio: Thousandths,
    },
    /// The AWS SDKs' bucket of retry quota: a retry takes its cost out; a success puts back what its
    /// last retry took, and one at the first try `first_success`.
    Aws {
        /// What the bucket holds at the start and at most.
        capacity: u32,
        /// What a retry costs.
        retry: u32,
        /// What it costs after a refusal by a limit.
        throttled: u32,
        /// What it costs after a time-out or a broken connection.
        time_out: u32,
        /// What a success at the first try puts back.
        first_success: u32,
    },
    /// Brooker's token bucket: each first attempt adds `deposit`, a retry takes one and is made only
    /// while there is more than one.
    Brooker {
        /// What a first attempt adds.
        deposit: Thousandths,
        /// The most there can be, and what there is at the start.
        most: u32,
    },
    /// Brooker's breaker on retries alone: none is made while failures are more than this part of
    /// the last while's first attempts. Failed retries count among the failures.
    RetriesWhileFailuresBelow {
        /// Failures for each hundred first attempts.
        percent: Percent,
        /// The while, which goes by in tenths of it.
        over: Span,
    },
}

/// What made a retry necessary, as far as budgets tell the reasons apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    /// A limit refused.
    Throttled,
    /// No answer came, or none that was whole.
    TimedOut,
    /// Any other failure.
    Other,
}

/// A [`Budget`] at work.
#[derive(Debug)]
pub(crate) struct Purse {
    budget: Budget,
    /// For budgets that are a bucket, in thousandths of a token.
    balance: i64,
    /// For budgets that look back: what came in and what was paid in; retries and requests; or
    /// failures and first attempts.
    recent: Recent,
}

/// Thousandths in a token.
const TOKEN: i64 = 1_000;

impl Purse {
    /// As it is before anything was sent.
    pub(crate) fn new(budget: Budget) -> Self {
        let (full, over) = match budget {
            Budget::None => (0, Span::ZERO),
            Budget::Finagle { ttl, .. } => (0, ttl),
            Budget::Sre { over, .. } | Budget::RetriesWhileFailuresBelow { over, .. } => (0, over),
            Budget::Grpc { most, .. } | Budget::Brooker { most, .. } => (most, Span::ZERO),
            Budget::Aws { capacity, .. } => (capacity, Span::ZERO),
        };
        Self { budget, balance: i64::from(full) * TOKEN, recent: Recent::new(over) }
    }

    /// A job's first attempt leaves.
    pub(crate) fn first_attempt(&mut self, now: Instant) {
        match self.budget {
            Budget::None
            | Budget::Grpc { .. }
            | Budget::Aws { .. }
            | Budget::Finagle { percent: Percent(0), .. } => {}
            // Finagle's own grain: a thousand for a deposit, so that a share may be above a whole.
            Budget::Finagle { .. } => self.recent.add(now, [TOKEN, 0]),
            Budget::Sre { .. } | Budget::RetriesWhileFailuresBelow { .. } => {
                self.recent.add(now, [0, 1]);
            }
            Budget::Brooker { deposit, most } => {
                self.put(i64::from(deposit.0), most);
            }
        }
    }

    /// An attempt failed in a way that is worth a retry.
    pub(crate) fn failed(&mut self, now: Instant) {
        match self.budget {
            Budget::Grpc { .. } => self.balance = (self.balance - TOKEN).max(0),
            Budget::RetriesWhileFailuresBelow { .. } => self.recent.add(now, [1, 0]),
            Budget::None
            | Budget::Finagle { .. }
            | Budget::Sre { .. }
            | Budget::Aws { .. }
            | Budget::Brooker { .. } => {}
        }
    }

    /// An attempt succeeded; `paid` is what its job's last retry had taken, if it had one.
    pub(crate) fn succeeded(&mut self, paid: Option<u32>) {
        match self.budget {
            Budget::Grpc { most, ratio } => self.put(i64::from(ratio.0), most),
            Budget::Aws { capacity, first_success, .. } => {
                self.put(i64::from(paid.unwrap_or(first_success)) * TOKEN, capacity);
            }
            Budget::None
            | Budget::Finagle { .. }
            | Budget::Sre { .. }
            | Budget::Brooker { .. }
            | Budget::RetriesWhileFailuresBelow { .. } => {}
        }
    }

    /// Takes what a retry costs, in whole tokens, and says how many; `None` where there is not
    /// enough, and then nothing is taken.
    pub(crate) fn pay(&mut self, now: Instant, cause: Cause) -> Option<u32> {
        match self.budget {
            Budget::None => Some(0),
            Budget::Finagle { ttl, reserve_per_s, percent } => {
                // Without a share first attempts pay in nothing, and there is the reserve alone.
                let cost = match percent.0 {
                    0 => 1,
                    percent => TOKEN * 100 / i64::from(percent),
                };
                let seconds = i64::try_from(ttl.nanos() / 1_000_000_000).unwrap_or(i64::MAX);
                let reserve = i64::from(reserve_per_s).saturating_mul(seconds).saturating_mul(cost);
                let [balance, _] = self.recent.sums(now);
                (balance.saturating_add(reserve) >= cost).then(|| {
                    self.recent.add(now, [-cost, 0]);
                    1
                })
            }
            Budget::Sre { percent, .. } => {
                let [retries, requests] = self.recent.sums(now);
                (retries * 100 < requests * i64::from(percent.0)).then(|| {
                    self.recent.add(now, [1, 1]);
                    1
                })
            }
            Budget::Grpc { most, .. } => (self.balance * 2 > i64::from(most) * TOKEN).then_some(0),
            Budget::Aws { retry, throttled, time_out, .. } => {
                let cost = match cause {
                    Cause::Throttled => throttled,
                    Cause::TimedOut => time_out,
                    Cause::Other => retry,
                };
                let rest = self.balance - i64::from(cost) * TOKEN;
                (rest >= 0).then(|| {
                    self.balance = rest;
                    cost
                })
            }
            Budget::Brooker { .. } => (self.balance > TOKEN).then(|| {
                self.balance -= TOKEN;
                1
            }),
            Budget::RetriesWhileFailuresBelow { percent, .. } => {
                let [failures, calls] = self.recent.sums(now);
                (failures * 100 <= calls * i64::from(percent.0)).then_some(0)
            }
        }
    }

    fn put(&mut self, thousandths: i64, most: u32) {
        self.balance = (self.balance + thousandths).min(i64::from(most) * TOKEN);
    }
}

#[cfg(test)]
mod tests;
