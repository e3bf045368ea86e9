//! Hardware of one's own.
//!
//! An endpoint's replicas work off its tokens in the order of arrival. A request waits for its
//! turn; where that would take longer than the queue lasts, it is turned away at once. A replica
//! takes its time to start, and works from then on.
//!
//! How many there are follows from the last whole minute: as many as its demand would have kept
//! busy, within the endpoint's bounds. What is asked for and turned away is demand, too. One that
//! is not needed any more stops at once.
//!
//! Each minute that a replica begins is billed whole, from the instant it is ready: not while it
//! starts, but while it idles. One that stops at the instant a minute would begin does not begin
//! it. An hour's price is shared out over its minutes so that sixty of them come to exactly it, and
//! no minute is billed that begins when the books have been closed.

use limits::{Instant, Span};
use money::Money;

use crate::account::Endpoint;
use crate::backlog::{Backlog, Speed};
use crate::capacity::{NoTurn, Turn};
use crate::upstream::Slowed;

/// An endpoint at work.
#[derive(Debug)]
pub(crate) struct Dedicated {
    pub(crate) endpoint: Endpoint,
    life: Life,
    /// When each replica is ready, the earliest first.
    ready: Vec<Instant>,
    backlog: Backlog,
    /// Until when what waits has been run off.
    at: Instant,
    /// Which minute it is, and the tokens asked for in it.
    minute: u64,
    asked: u64,
    /// Minutes that replicas began which have stopped.
    stopped: u64,
    /// The same of the first replica alone, which runs whenever any does.
    first_stopped: u64,
    /// Minutes that have been billed.
    billed: u64,
    /// Minutes of the first replica that have been told.
    told: u64,
    /// When it was started and stopped, as far as nobody has been told.
    news: Vec<(Instant, News)>,
}

/// What an endpoint is doing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Hosted {
    /// It is started later.
    Planned,
    /// Its first replica is not ready yet.
    Starting,
    /// It answers.
    Started,
    /// It does not run any more, or not now, for its account is blocked.
    Stopped,
    /// It was not started, for want of credit.
    Refused,
}

/// Something in the life of an endpoint.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum News {
    Started,
    Stopped,
    /// It was not started, for want of credit.
    Refused,
}

/// What an endpoint is doing.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Life {
    /// It starts later.
    Planned,
    /// It has been started.
    Up,
    /// It was stopped because its account is blocked, and is started again once that is over.
    Blocked,
    /// It runs no more, or never did.
    Over,
}

/// What is billed, and looked back at.
const MINUTE: Span = limits::Per::Minute.span();
const MINUTES_AN_HOUR: u64 = 60;

/// The shortest time there is.
const AN_INSTANT: Span = Span::from_nanos(1);

impl Dedicated {
    pub(crate) fn new(endpoint: &Endpoint) -> Self {
        Self {
            life: Life::Planned,
            ready: Vec::new(),
            backlog: Backlog::new(endpoint.tokens_per_second, 1),
            at: Instant::START,
            minute: 0,
            asked: 0,
            stopped: 0,
            first_stopped: 0,
            billed: 0,
            told: 0,
            news: Vec::new(),
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
        if self.life != Life::Up {
            return Err(NoTurn { heard_at: refused_at });
        }
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

    /// Whether it is to be started by now and has not been. Where its account cannot pay for it, it
    /// is refused instead.
    pub(crate) fn starts(&self, now: Instant) -> bool {
        self.life == Life::Planned && self.endpoint.from <= now
    }

    /// What its account must be able to pay for it to be started: a minute of its fewest replicas,
    /// or of one.
    pub(crate) fn first_minute(&self) -> Money {
        self.price(self.endpoint.replicas.0.max(1).into()).unwrap_or(Money::ZERO)
    }

    /// What so many minutes cost from its beginning on; none where nobody says.
    fn price(&self, minutes: u64) -> Option<Money> {
        self.endpoint.per_hour.map(|hourly| hourly.of_parts(minutes, MINUTES_AN_HOUR))
    }

    /// What the last so many of the billed minutes cost; none where nobody says.
    pub(crate) fn price_of_last(&self, minutes: u64) -> Option<Money> {
        let before = self.price(self.billed.saturating_sub(minutes))?;
        Some(self.price(self.billed)? - before)
    }

    /// It is not started, for want of credit, and will not be.
    pub(crate) fn refuse(&mut self) {
        self.life = Life::Over;
        self.news.push((self.endpoint.from, News::Refused));
    }

    /// What has become of it since this was last asked, in the order of time.
    pub(crate) fn news(&mut self) -> Vec<(Instant, News)> {
        std::mem::take(&mut self.news)
    }

    /// It stops then, and not when it was to: at once where that is over.
    pub(crate) fn end(&mut self, now: Instant, at: Instant) {
        self.move_on(now);
        self.endpoint.until = at.max(now);
        self.move_on(now);
    }

    /// From the end of this minute on it runs within other bounds; where that is more, at once.
    pub(crate) fn resize(&mut self, now: Instant, replicas: (u32, u32)) {
        self.move_on(now);
        self.endpoint.replicas = replicas;
        let least = usize::try_from(replicas.0).unwrap_or(usize::MAX);
        if self.life == Life::Up && self.ready.len() < least {
            self.ready.resize(least, now.after(self.endpoint.starts_in));
        }
    }

    /// What it is doing, once everything until now has come true.
    pub(crate) fn doing(&self, now: Instant) -> Hosted {
        let ready = self.ready.first().is_none_or(|ready| *ready <= now);
        match self.life {
            Life::Planned => Hosted::Planned,
            Life::Up if ready => Hosted::Started,
            Life::Up => Hosted::Starting,
            Life::Over if now < self.endpoint.until => Hosted::Refused,
            Life::Blocked | Life::Over => Hosted::Stopped,
        }
    }

    /// Its account is blocked: it stops. One that was due to start has been looked at by then.
    pub(crate) fn block(&mut self, at: Instant) {
        if self.life == Life::Up {
            self.move_on(at);
        }
        if self.life == Life::Up {
            self.stop(at);
            self.life = Life::Blocked;
        }
    }

    /// Its account is served again: it is started again, from cold.
    pub(crate) fn unblock(&mut self, at: Instant) {
        if self.life == Life::Blocked {
            self.move_on(at);
        }
        if self.life == Life::Blocked {
            self.start(at, false);
        }
    }

    /// When it is to be looked at next, if nobody asks for it before: to be started, billed or
    /// scaled. A minute is looked at once it has begun.
    pub(crate) fn due(&self) -> Instant {
        match self.life {
            _ if !self.news.is_empty() => self.at,
            Life::Planned => self.endpoint.from,
            Life::Blocked | Life::Over => Instant::END,
            Life::Up => {
                let (least, most) = self.endpoint.replicas;
                let scales = if least < most { end_of(self.minute) } else { Instant::END };
                scales.min(self.next_minute().after(AN_INSTANT)).min(self.endpoint.until)
            }
        }
    }

    /// When a replica begins its next minute, if nothing else happens before.
    fn next_minute(&self) -> Instant {
        let begins = |ready: &Instant| {
            let begun = self.at.since(*ready).nanos().div_ceil(MINUTE.nanos());
            ready.after(Span::from_nanos(begun.saturating_mul(MINUTE.nanos())))
        };
        let next = self.ready.iter().map(begins).min();
        next.filter(|next| *next < self.endpoint.billed_until).unwrap_or(Instant::END)
    }

    /// Minutes that its replicas have begun before now, and that this has not told before.
    pub(crate) fn bill(&mut self, now: Instant) -> u64 {
        self.move_on(now);
        let more = self.begun(now).saturating_sub(self.billed);
        self.billed += more;
        more
    }

    /// Minutes of its first replica, begun by now, that this has not told before: how long it ran,
    /// with however many.
    pub(crate) fn ran(&mut self, now: Instant) -> u64 {
        let first = self.ready.first().map_or(0, |ready| self.begun_by(*ready, now));
        let more = self.first_stopped.saturating_add(first).saturating_sub(self.told);
        self.told += more;
        more
    }

    /// Minutes that its replicas have begun before now.
    fn begun(&self, now: Instant) -> u64 {
        let begun = |ready: &Instant| self.begun_by(*ready, now);
        self.ready.iter().map(begun).fold(self.stopped, u64::saturating_add)
    }

    /// Minutes that a replica which is ready then has begun before now.
    fn begun_by(&self, ready: Instant, now: Instant) -> u64 {
        let until = now.min(self.endpoint.billed_until);
        until.since(ready).nanos().div_ceil(MINUTE.nanos())
    }

    /// Whatever its plan says until now comes true, and whatever minutes are over by now decide
    /// about replicas, each at its end.
    fn move_on(&mut self, now: Instant) {
        if self.starts(now) {
            self.start(self.endpoint.from, self.endpoint.ready);
        }
        if self.life == Life::Up {
            self.scale_until(now.min(self.endpoint.until));
        }
        self.run_off(now.min(self.endpoint.until));
        if now >= self.endpoint.until && self.life != Life::Over {
            if self.life == Life::Up {
                self.stop(self.endpoint.until);
            }
            self.life = Life::Over;
        }
    }

    /// Its fewest replicas are started, or run at once.
    fn start(&mut self, at: Instant, ready: bool) {
        let since = if ready { Span::ZERO } else { self.endpoint.starts_in };
        let count = usize::try_from(self.endpoint.replicas.0).unwrap_or(usize::MAX);
        self.ready = vec![at.after(since); count];
        self.life = Life::Up;
        self.at = self.at.max(at);
        self.minute = at.nanos() / MINUTE.nanos();
        self.asked = 0;
        self.news.push((at, News::Started));
    }

    /// No replica runs from here on, and nothing waits for one.
    fn stop(&mut self, at: Instant) {
        self.keep(at, 0);
        self.news.push((at, News::Stopped));
        self.backlog = Backlog::new(self.endpoint.tokens_per_second, 1);
    }

    /// Decides about replicas at the end of each minute until now.
    fn scale_until(&mut self, now: Instant) {
        let minute = now.nanos() / MINUTE.nanos();
        if minute > self.minute {
            self.scale_at(end_of(self.minute));
            if minute > self.minute + 1 {
                // Nothing was asked for in those after it.
                self.scale_at(end_of(self.minute + 1));
            }
            self.minute = minute;
        }
    }

    /// A minute is over, and the next begins.
    fn scale_at(&mut self, at: Instant) {
        self.run_off(at);
        let (least, most) = self.endpoint.replicas;
        let each = self.endpoint.tokens_per_second.over(MINUTE).max(1);
        let busy = u32::try_from(self.asked.div_ceil(each)).unwrap_or(u32::MAX);
        let count = usize::try_from(busy.clamp(least, most.max(least))).unwrap_or(usize::MAX);
        self.asked = 0;
        self.keep(at, count);
        self.ready.resize(count, at.after(self.endpoint.starts_in));
    }

    /// At most so many replicas run from here on: the latest to be ready stop first.
    fn keep(&mut self, at: Instant, count: usize) {
        while self.ready.len() > count
            && let Some(ready) = self.ready.pop()
        {
            let begun = self.begun_by(ready, at);
            self.stopped += begun;
            if self.ready.is_empty() {
                self.first_stopped += begun;
            }
        }
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

/// The end of a minute of the clock.
const fn end_of(minute: u64) -> Instant {
    Instant::from_nanos(minute.saturating_add(1).saturating_mul(MINUTE.nanos()))
}

#[cfg(test)]
mod tests;
