//! Batches: whole files of requests, answered when there is room for them.
//!
//! ```text
//!   submit ──► refused: no access, no credit, or a file that is too much
//!      │
//!   accepted: its lines are worked off after those of the files before it, at a pace that no
//!      │      limit on requests has anything to do with
//!      ▼
//!   collect ─► under way, look again then
//!         ├──► ended: each line is done, has failed or has expired with the window of its file
//!   cancel ──► what is over stays so, and stays charged; the rest is nobody's any more
//! ```
//!
//! An organization has a pool for each model. Its tokens run off as a fluid, prompt and answer
//! together, a line after the other and a file after the other. A line is charged in the minute in
//! which it is done; one that failed or expired is not charged. While the account is blocked, files
//! under way go on or rest, as is assumed; their windows run on either way.

mod pool;

use chance::{Purpose, Seed, uniform_below};
use limits::{Instant, Per, Rate, Tokens};
use rulebook::{BatchRules, Millionths, OnBlock};
use wire::{ErrorKind, PairId, Reply, Request, Shows, Usage};

use crate::batch::pool::{Charge, Filed, Pool};
use crate::pair::Pair;
use crate::terms::{Limits, Terms};

/// As good as no time: a thousand tokens in a nanosecond.
const AT_ONCE: Rate<Tokens> = Rate::new(Tokens(1_000_000_000_000), Per::Second);

/// A file that was accepted.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u32);

/// A line of a file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// What it asks for.
    pub request: Request,
    /// Which attempt of its job it is, from one: each has a chance of its own to fail.
    pub attempt: u32,
}

/// What [`crate::Service::submit`] decided about a file.
#[derive(Copy, Clone, Debug, PartialEq)]
#[must_use]
pub enum Submitted {
    /// It is in the queue.
    Accepted {
        /// What to collect it by.
        id: BatchId,
        /// When it will have ended, unless its account is blocked meanwhile.
        ends_at: Instant,
    },
    /// It is not, and none of its lines.
    Refused {
        /// Status and kind of error.
        reply: Reply,
        /// When its client hears of that.
        head_at: Instant,
    },
}

/// What [`crate::Service::collect`] found of a file.
#[derive(Clone, Debug, PartialEq)]
#[must_use]
pub enum Collected {
    /// It has not ended.
    Underway {
        /// When to look again.
        look_at: Instant,
    },
    /// It has, and this is what became of its lines, in their order. It is forgotten now.
    Ended(Vec<LineEnd>),
}

/// What became of a line.
#[derive(Copy, Clone, Debug, PartialEq)]
pub enum LineEnd {
    /// It was answered, and this is what it is charged for.
    Done(Usage),
    /// It failed by itself. It is not charged.
    Failed(Reply),
    /// Its file's window was over before its turn came. It is not charged.
    Expired,
}

/// The files of everybody.
#[derive(Debug)]
pub(crate) struct Batches {
    rules: BatchRules,
    /// Whether files rest while their account is blocked.
    rest: bool,
    pools: Vec<Pool>,
    /// How many files were accepted.
    accepted: u32,
}

impl Batches {
    pub(crate) fn new(terms: &Terms) -> Self {
        let billing = &terms.billing;
        let line_failures = match terms.limits {
            Limits::Published => billing.batch.line_failures,
            Limits::Off => Millionths::NONE,
        };
        let throughput = if terms.is_at_once() { AT_ONCE } else { billing.batch.throughput };
        Self {
            rules: BatchRules { line_failures, throughput, ..billing.batch },
            rest: billing.blocked_batches == OnBlock::Stop,
            pools: Vec::new(),
            accepted: 0,
        }
    }

    /// A file arrives for a pair. All pools have run off until now.
    pub(crate) fn submit(
        &mut self,
        now: Instant,
        terms: &Terms,
        (id, pair): (PairId, &Pair),
        lines: &[Line],
    ) -> Submitted {
        let rules = self.rules;
        let place = self.pools.iter().position(|pool| pool.pair == id).unwrap_or_else(|| {
            self.pools.push(Pool::new(now, id, rules.throughput));
            self.pools.len() - 1
        });
        let Some(pool) = self.pools.get_mut(place) else {
            return refused(now, terms, ErrorKind::Internal);
        };
        let filed = filed(&rules, terms, pair, lines);
        if let Some(kind) = pair.turned_away().or_else(|| too_much(&rules, lines, &filed, pool)) {
            return refused(now, terms, kind);
        }
        let id = BatchId(self.accepted);
        self.accepted += 1;
        Submitted::Accepted { id, ends_at: pool.add(id, now.after(rules.window), filed) }
    }

    /// A file goes on that was accepted before. All pools have run off until now.
    pub(crate) fn resume(
        &mut self,
        now: Instant,
        terms: &Terms,
        (id, pair): (PairId, &Pair),
        lines: &[Line],
        (over, expires): (usize, Instant),
    ) -> Option<BatchId> {
        let rests = pair.is_blocked() && self.rest;
        let place = self.pools.iter().position(|pool| pool.pair == id).unwrap_or_else(|| {
            self.pools.push(Pool::new(now, id, self.rules.throughput));
            self.pools.len() - 1
        });
        let pool = self.pools.get_mut(place)?;
        pool.rest(rests);
        let id = BatchId(self.accepted);
        self.accepted += 1;
        pool.add_from((id, over), expires, filed(&self.rules, terms, pair, lines));
        Some(id)
    }

    /// How many lines of a file under way are over. All pools have run off until now.
    pub(crate) fn over(&self, id: BatchId) -> Option<usize> {
        self.pools.iter().find_map(|pool| pool.over(id))
    }

    /// Somebody takes a file under way back. All pools have run off until now.
    pub(crate) fn cancel(&mut self, id: BatchId) -> Option<Vec<LineEnd>> {
        self.pools.iter_mut().find_map(|pool| pool.cancel(id))
    }

    /// Somebody asks for a file. All pools have run off until now.
    pub(crate) fn collect(&mut self, id: BatchId) -> Collected {
        let found = self.pools.iter_mut().find_map(|pool| pool.collect(id));
        found.unwrap_or(Collected::Ended(Vec::new()))
    }

    /// When pools are to run off next; the end of time where nothing waits.
    pub(crate) fn due(&self) -> Instant {
        self.pools.iter().map(Pool::due).min().unwrap_or(Instant::END)
    }

    /// Lets all pools run off until now; says what is to be paid for, and by whom.
    pub(crate) fn run_off(&mut self, now: Instant, mut charge: impl FnMut(PairId, Charge)) {
        for pool in &mut self.pools {
            let pair = pool.pair;
            pool.run_off(now, |line| charge(pair, line));
        }
    }

    /// Whether a pair's account is blocked from now on, until when all pools have run off.
    pub(crate) fn block(&mut self, pair: PairId, blocked: bool) {
        for pool in self.pools.iter_mut().filter(|pool| pool.pair == pair) {
            pool.rest(blocked && self.rest);
        }
    }
}

fn refused(now: Instant, terms: &Terms, kind: ErrorKind) -> Submitted {
    let reply = terms.error(kind, Shows::default());
    Submitted::Refused { reply, head_at: now.after(terms.refusal_takes) }
}

/// The lines of a file as its pool has them.
fn filed(rules: &BatchRules, terms: &Terms, pair: &Pair, lines: &[Line]) -> Vec<Filed> {
    let mut through = 0_u64;
    let one = |line: &Line| {
        let usage = pair.engine.usage(&line.request);
        let (end, takes) = if pair.engine.too_long(&line.request) {
            (LineEnd::Failed(terms.error(ErrorKind::TooLong, Shows::default())), 0)
        } else if fails(rules.line_failures, line) {
            (LineEnd::Failed(terms.error(ErrorKind::Internal, Shows::default())), usage.total())
        } else {
            (LineEnd::Done(usage), usage.total())
        };
        through = through.saturating_add(takes);
        Filed { end, tariff: line.request.tariff, through }
    };
    lines.iter().map(one).collect()
}

/// Whether a line fails for no reason of its own: the chance of its attempt.
fn fails(share: Millionths, line: &Line) -> bool {
    let luck = Seed(line.request.fate.draw).draw_attempt(Purpose::Failure, 0, 0, line.attempt);
    uniform_below(luck, Millionths::ALL.0.into()) < share.0.into()
}

/// Why a file is more than the service takes, if it is.
fn too_much(rules: &BatchRules, lines: &[Line], filed: &[Filed], pool: &Pool) -> Option<ErrorKind> {
    let prompts = lines.iter().map(|line| u64::from(line.request.prompt));
    let bytes = prompts.fold(0, u64::saturating_add).saturating_mul(rules.bytes_per_token.into());
    let tokens = filed.last().map_or(0, |line| line.through);
    if lines.is_empty() || lines.len() as u64 > rules.lines {
        Some(ErrorKind::Invalid)
    } else if bytes > rules.bytes {
        Some(ErrorKind::TooLarge)
    } else if pool.enqueued().saturating_add(tokens) > rules.enqueued_tokens {
        Some(ErrorKind::TokensLimited)
    } else {
        None
    }
}
