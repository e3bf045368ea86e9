//! Hardware of one's own.
//!
//! An endpoint's replicas work off its tokens in the order of arrival. A request waits for its
//! turn; where that would take longer than the queue lasts, it is turned away at once. A replica
//! takes its time to start, and works from then on.
//!
//! How many there are follows from the last whole minute: as many as its demand would have kept
//! busy, within the endpoint's bounds. What is asked for and turned away is demand, too. One that
//! is not needed any more stops at once; hardware is billed by the minute.

use limits::{Instant, Span};

use crate::account::Endpoint;
use crate::backlog::{Backlog, Speed};
use crate::capacity::{NoTurn, Turn};
use crate::upstream::Slowed;

/// An endpoint at work.
#[derive(Debug)]
pub(crate) struct Dedicated {
    endpoint: Endpoint,
    /// When each replica is ready, the earliest first.
    ready: Vec<Instant>,
    backlog: Backlog,
    /// Until when what waits has been run off.
    at: Instant,
    /// Which minute it is, and the tokens asked for in it.
    minute: u64,
    asked: u64,
}

/// What is billed, and looked back at.
const MINUTE: Span = limits::Per::Minute.span();

impl Dedicated {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        let since = if endpoint.ready { Span::ZERO } else { endpoint.starts_in };
        let count = usize::try_from(endpoint.replicas.0).unwrap_or(usize::MAX);
        Self {
            ready: vec![Instant::START.after(since); count],
            backlog: Backlog::new(endpoint.tokens_per_second, 1),
            at: Instant::START,
            minute: 0,
            asked: 0,
            endpoint: endpoint.clone(),
        }
    }

    /// A request for so many tokens takes its turn; `refused_at` is when it would hear that there
    /// is none.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        tokens: u64,
        refused_at: Instant,
    ) -> Result<Turn, NoTurn> {
        self.move_on(now);
        self.asked = self.asked.saturating_add(tokens);
        if self.ready.is_empty() && self.endpoint.replicas.1 > 0 {
            self.ready.push(now.after(self.endpoint.starts_in));
        }
        match self.turn_at().filter(|at| at.since(now) <= self.endpoint.queue) {
            None => Err(NoTurn { heard_at: refused_at }),
            Some(at) => {
                self.backlog.add(tokens);
                Ok(Turn { at, slowed: Slowed::NOT })
            }
        }
    }

    /// Whatever minutes are over by now decide about replicas, each at its end.
    fn move_on(&mut self, now: Instant) {
        let minute = now.nanos() / MINUTE.nanos();
        if minute > self.minute {
            self.scale_at(self.minute + 1);
            if minute > self.minute + 1 {
                // Nothing was asked for in those after it.
                self.scale_at(self.minute + 2);
            }
            self.minute = minute;
        }
        self.run_off(now);
    }

    /// A minute is over, and the next begins.
    fn scale_at(&mut self, next: u64) {
        let at = Instant::from_nanos(next.saturating_mul(MINUTE.nanos()));
        self.run_off(at);
        let (least, most) = self.endpoint.replicas;
        let each = self.endpoint.tokens_per_second.over(MINUTE).max(1);
        let busy = u32::try_from(self.asked.div_ceil(each)).unwrap_or(u32::MAX);
        let count = usize::try_from(busy.clamp(least, most.max(least))).unwrap_or(usize::MAX);
        self.asked = 0;
        // The latest to be ready stop first, and new ones are later still.
        self.ready.resize(count, at.after(self.endpoint.starts_in));
    }

    /// So much runs off until now, as replicas become ready.
    fn run_off(&mut self, now: Instant) {
        while let Some(next) = self.ready_after(self.at).filter(|next| *next <= now) {
            self.backlog.run_off(next, self.speed_at(self.at));
            self.at = next;
        }
        self.backlog.run_off(now, self.speed_at(self.at));
        self.at = self.at.max(now);
    }

    /// When all that waits has run off, if nothing else comes; `None` where it never does.
    fn turn_at(&self) -> Option<Instant> {
        let (mut at, mut backlog) = (self.at, self.backlog);
        loop {
            let speed = self.speed_at(at);
            let done = backlog.wait(speed).map(|wait| at.after(wait));
            match (done, self.ready_after(at)) {
                (Some(done), next) if next.is_none_or(|next| done <= next) => return Some(done),
                (_, next) => {
                    at = next?;
                    backlog.run_off(at, speed);
                }
            }
        }
    }

    /// The next instant at which a replica becomes ready.
    fn ready_after(&self, at: Instant) -> Option<Instant> {
        self.ready.iter().copied().find(|ready| *ready > at)
    }

    /// What the replicas that are ready do together.
    fn speed_at(&self, at: Instant) -> Speed {
        let ready = self.ready.partition_point(|ready| *ready <= at);
        Speed(u128::from(self.endpoint.tokens_per_second.amount().0) * ready as u128)
    }
}
