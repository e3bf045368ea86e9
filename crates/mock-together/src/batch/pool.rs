//! The queue of one organization's files for one model: tokens that run off, line after line.

use std::collections::VecDeque;

use limits::{Instant, Per, Rate, Span, Tokens};
use wire::{PairId, TariffId, Usage};

use super::{BatchId, Collected, LineEnd};
use crate::backlog::Speed;

/// How often whoever waits for a file that rests looks at it.
const LOOK_AGAIN: Span = Per::Minute.span();

/// The queue of one organization's files for one model.
#[derive(Debug)]
pub(crate) struct Pool {
    pub(crate) pair: PairId,
    throughput: Rate<Tokens>,
    /// Files under way in the order in which they came. What runs off is always of the first.
    queue: VecDeque<Batch>,
    /// Files that have ended and that nobody has collected.
    ended: Vec<Batch>,
    /// Until when it has run off.
    at: Instant,
    /// Whether nothing runs off, because the account is blocked.
    rests: bool,
}

/// A file under way, or its end.
#[derive(Debug)]
struct Batch {
    id: BatchId,
    expires: Instant,
    lines: Vec<Filed>,
    /// Grains in a token: so many that the throughput is a whole number of them in a nanosecond.
    token: u128,
    /// Grains that have run off.
    done: u128,
    /// How many lines have ended.
    over: usize,
}

/// A line as the pool has it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Filed {
    /// What becomes of it unless it expires.
    pub(crate) end: LineEnd,
    /// What it is charged by.
    pub(crate) tariff: TariffId,
    /// The tokens of its file up to its end.
    pub(crate) through: u64,
}

/// A line that is to be paid for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Charge {
    pub(crate) at: Instant,
    pub(crate) tariff: TariffId,
    pub(crate) usage: Usage,
}

impl Pool {
    /// An empty queue, from now on.
    pub(crate) fn new(now: Instant, pair: PairId, throughput: Rate<Tokens>) -> Self {
        let (queue, ended) = (VecDeque::new(), Vec::new());
        Self { pair, throughput, queue, ended, at: now, rests: false }
    }

    /// The tokens that wait, of lines that have not ended.
    pub(crate) fn enqueued(&self) -> u64 {
        self.queue.iter().map(Batch::left).fold(0, u64::saturating_add)
    }

    /// A file joins the queue; says when it will have ended. The pool has run off until now.
    pub(crate) fn add(&mut self, id: BatchId, expires: Instant, lines: Vec<Filed>) -> Instant {
        let token = self.throughput.per_span().nanos().into();
        self.queue.push_back(Batch { id, expires, lines, token, done: 0, over: 0 });
        self.ends_at(id).unwrap_or(expires)
    }

    /// A file joins the queue of which so many lines were over before, and paid for.
    pub(crate) fn add_from(
        &mut self,
        (id, over): (BatchId, usize),
        expires: Instant,
        lines: Vec<Filed>,
    ) {
        let token: u128 = self.throughput.per_span().nanos().into();
        let over = over.min(lines.len());
        let last = over.checked_sub(1).and_then(|last| lines.get(last));
        let done = last.map_or(0, |line| u128::from(line.through) * token);
        self.queue.push_back(Batch { id, expires, lines, token, done, over });
    }

    /// How many lines of a file under way are over. The pool has run off until now.
    pub(crate) fn over(&self, id: BatchId) -> Option<usize> {
        self.queue.iter().find(|batch| batch.id == id).map(|batch| batch.over)
    }

    /// Takes a file under way off the queue; what became of its lines that are over. The pool has
    /// run off until now.
    pub(crate) fn cancel(&mut self, id: BatchId) -> Option<Vec<LineEnd>> {
        let place = self.queue.iter().position(|batch| batch.id == id)?;
        let Batch { lines, over, .. } = self.queue.remove(place)?;
        Some(lines.into_iter().take(over).map(|line| line.end).collect())
    }

    /// What there is to say of a file; `None` where there is none by this id, or it has been
    /// collected. The pool has run off until now.
    pub(crate) fn collect(&mut self, id: BatchId) -> Option<Collected> {
        if let Some(place) = self.ended.iter().position(|batch| batch.id == id) {
            let lines = self.ended.swap_remove(place).lines;
            return Some(Collected::Ended(lines.into_iter().map(|line| line.end).collect()));
        }
        let soonest = self.ends_at(id)?;
        let expires = self.queue.iter().find(|batch| batch.id == id)?.expires;
        let look_at =
            if self.rests { soonest.max(self.at.after(LOOK_AGAIN)).min(expires) } else { soonest };
        Some(Collected::Underway { look_at })
    }

    /// Whether it rests from now on. It has run off until now.
    pub(crate) fn rest(&mut self, rests: bool) {
        self.rests = rests;
    }

    /// When it is to run off next, so that its lines are charged in their minute and its files end
    /// when they do; the end of time where nothing waits.
    pub(crate) fn due(&self) -> Instant {
        let Some(first) = self.queue.front() else { return Instant::END };
        let minute = Per::Minute.span().nanos();
        let next = (self.at.nanos() / minute + 1).saturating_mul(minute);
        first.ends_at(self.at, self.speed()).min(Instant::from_nanos(next))
    }

    /// Runs off until now. Lines that were done meanwhile are to be paid for.
    pub(crate) fn run_off(&mut self, now: Instant, mut charge: impl FnMut(Charge)) {
        let speed = self.speed();
        while let Some(first) = self.queue.front_mut() {
            let end = first.ends_at(self.at, speed);
            let until = end.min(now);
            first.run(until.since(self.at), speed);
            for line in first.over_by_now() {
                if let LineEnd::Done(usage) = line.end {
                    charge(Charge { at: until, tariff: line.tariff, usage });
                }
            }
            self.at = self.at.max(until);
            if end > now {
                break;
            }
            if let Some(mut over) = self.queue.pop_front() {
                over.expire();
                self.ended.push(over);
            }
        }
        self.at = self.at.max(now);
    }

    /// When a file will have ended if nothing rests from now on.
    fn ends_at(&self, id: BatchId) -> Option<Instant> {
        let (mut at, speed) = (self.at, self.speed_at_work());
        for batch in &self.queue {
            at = batch.ends_at(at, speed);
            if batch.id == id {
                return Some(at);
            }
        }
        None
    }

    fn speed(&self) -> Speed {
        if self.rests { Speed(0) } else { self.speed_at_work() }
    }

    fn speed_at_work(&self) -> Speed {
        Speed(self.throughput.amount().0.into())
    }
}

impl Batch {
    /// When it will have ended if it runs off from here on: worked off, or at the end of its window.
    fn ends_at(&self, at: Instant, speed: Speed) -> Instant {
        let left = self.total().saturating_sub(self.done);
        let worked_off = match left.checked_add(speed.0.saturating_sub(1)) {
            _ if left == 0 => at,
            Some(rounded) if speed.0 > 0 => {
                let nanos = u64::try_from(rounded / speed.0).unwrap_or(u64::MAX);
                at.after(Span::from_nanos(nanos))
            }
            Some(_) | None => Instant::END,
        };
        worked_off.min(self.expires.max(at))
    }

    fn run(&mut self, lasts: Span, speed: Speed) {
        let more = u128::from(lasts.nanos()).saturating_mul(speed.0);
        self.done = self.done.saturating_add(more).min(self.total());
    }

    /// The lines that are worked off and had not been before.
    fn over_by_now(&mut self) -> &[Filed] {
        let before = self.over;
        let (done, token) = (self.done, self.token);
        let waits = self.lines.get(before..).unwrap_or_default();
        self.over += waits.partition_point(|line| u128::from(line.through) * token <= done);
        self.lines.get(before..self.over).unwrap_or_default()
    }

    /// What is not over is not done any more.
    fn expire(&mut self) {
        for line in self.lines.iter_mut().skip(self.over) {
            line.end = LineEnd::Expired;
        }
    }

    /// All its tokens, in grains.
    fn total(&self) -> u128 {
        self.lines.last().map_or(0, |line| u128::from(line.through) * self.token)
    }

    /// The tokens of its lines that are not over.
    fn left(&self) -> u64 {
        let over = self.over.checked_sub(1).and_then(|last| self.lines.get(last));
        let through = |line: Option<&Filed>| line.map_or(0, |line| line.through);
        through(self.lines.last()) - through(over)
    }
}

#[cfg(test)]
mod tests;
