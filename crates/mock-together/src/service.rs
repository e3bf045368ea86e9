//! The service: admits or refuses, and charges.

use limits::{Instant, Standing};
use money::Tariff;
use wire::{ErrorKind, PairId, Reply, Request, Shows, Status, Usage};

use crate::account::Account;
use crate::answer::{Answer, Placed, Ticket};
use crate::batch::{BatchId, Batches, Collected, Line, LineEnd, Submitted};
use crate::books::Books;
use crate::capacity::Fleet;
use crate::course::{Course, Happening};
use crate::dedicated::Dedicated;
use crate::pair::{Pair, Standings, error};
use crate::terms::{NoLimits, Terms};

/// Together, for the accounts that are enrolled with it.
#[derive(Debug)]
pub struct Service {
    pub(crate) pairs: Vec<Pair>,
    /// What everybody's hardware can do, where that has bounds.
    fleets: Vec<Fleet>,
    pub(crate) batches: Batches,
    pub(crate) terms: Terms,
    course: Course,
    /// When something happens next.
    pub(crate) turns_at: Instant,
    /// The books of those organizations that have any.
    pub(crate) books: Vec<Books>,
    /// What requests cost, by number; the first that was quoted is one.
    pub(crate) tariffs: Vec<Tariff>,
}

impl Service {
    /// A service that nobody uses yet and that has nothing to do.
    #[must_use]
    pub fn new(terms: &Terms) -> Self {
        let course = Course::new(&terms.course);
        let turns_at = course.next_at();
        Self {
            pairs: Vec::new(),
            fleets: Vec::new(),
            batches: Batches::new(terms),
            terms: terms.clone(),
            course,
            turns_at,
            books: Vec::new(),
            tariffs: Vec::new(),
        }
    }

    /// Makes an account known, and gives the handle that its requests carry. The same
    /// organization and model get the same handle, and so share their meters; so do those of one
    /// endpoint.
    pub fn enrol(&mut self, terms: &Terms, account: &Account) -> Result<PairId, NoLimits> {
        let known = self.pairs.iter().position(|pair| pair.is_of(account));
        let place = if let Some(place) = known {
            place
        } else {
            let Self { pairs, fleets, course, books, .. } = self;
            let before = fleets.len();
            let mut pair = Pair::new(terms, account, fleets)?;
            for Happening { at, what } in course.past() {
                pair.turn(*at, terms, what);
                for fleet in fleets.iter_mut().skip(before) {
                    fleet.turn(*at, what);
                }
            }
            for books in books.iter().filter(|books| books.organization == account.organization) {
                pair.follow(Instant::START, terms, books);
            }
            pairs.push(pair);
            self.turns_at = self.turns_at.min(self.work_at());
            self.pairs.len() - 1
        };
        Ok(PairId(u32::try_from(place).unwrap_or(u32::MAX)))
    }

    /// A request arrives.
    pub fn receive(&mut self, now: Instant, request: Request) -> Answer {
        if now >= self.turns_at {
            self.turn(now);
        }
        let Self { pairs, fleets, terms, .. } = self;
        let Some(pair) = pairs.get_mut(request.pair.0 as usize) else {
            let reply = error(Status::UNAUTHORIZED, ErrorKind::Unauthorized, Shows::default());
            let head_at = now.after(terms.refusal_takes);
            return Answer::Refused { reply, head_at, placed: Placed::Nowhere };
        };
        let Pair { model, engine, gate, conditions, .. } = pair;
        match conditions {
            None => pair.receive(now, terms, &request),
            Some(conditions) => {
                let mut pair = Standings { model, engine, gate };
                let answer = conditions.receive(now, terms, &mut pair, fleets, &request);
                if let Some(dedicated) = conditions.dedicated() {
                    // It may have started a replica.
                    self.turns_at = self.turns_at.min(dedicated.due());
                }
                answer
            }
        }
    }

    /// A file of requests arrives, to be answered when there is room.
    pub fn submit(&mut self, now: Instant, pair: PairId, lines: &[Line]) -> Submitted {
        self.work_until(now);
        let Self { pairs, batches, terms, .. } = self;
        let Some(of) = pairs.get(pair.0 as usize) else {
            let reply = error(Status::UNAUTHORIZED, ErrorKind::Unauthorized, Shows::default());
            return Submitted::Refused { reply, head_at: now.after(terms.refusal_takes) };
        };
        let submitted = batches.submit(now, terms, (pair, of), lines);
        self.turns_at = self.turns_at.min(self.batches.due());
        submitted
    }

    /// What became of a file. One that nobody knows, or that was collected, has no lines.
    pub fn collect(&mut self, now: Instant, id: BatchId) -> Collected {
        self.work_until(now);
        self.batches.collect(id)
    }

    /// A file goes on that an earlier service of the same terms had accepted: so many of its lines
    /// were over and charged there, and are neither worked off nor charged again. It keeps the end
    /// of its window. `None` where the pair is not enrolled.
    pub fn resume(
        &mut self,
        now: Instant,
        pair: PairId,
        lines: &[Line],
        (over, expires): (usize, Instant),
    ) -> Option<BatchId> {
        self.work_until(now);
        let Self { pairs, batches, terms, .. } = self;
        let of = pairs.get(pair.0 as usize)?;
        let id = batches.resume(now, terms, (pair, of), lines, (over, expires))?;
        self.turns_at = self.turns_at.min(self.batches.due());
        Some(id)
    }

    /// How many lines of a file have ended and, where they are done, were charged; `None` once the
    /// file has ended.
    pub fn over(&mut self, now: Instant, id: BatchId) -> Option<usize> {
        self.work_until(now);
        self.batches.over(id)
    }

    /// Takes a file under way back, and says what became of its first lines, those that were over:
    /// they stay charged. `None` where it has ended already, and can be collected.
    pub fn cancel(&mut self, now: Instant, id: BatchId) -> Option<Vec<LineEnd>> {
        self.work_until(now);
        let over = self.batches.cancel(id);
        self.turns_at = self.next_at();
        over
    }

    /// Status and headers of an admitted request, as its client sees them at
    /// [`Ticket::head_at`].
    #[must_use]
    pub fn head(&self, ticket: &Ticket) -> Reply {
        Reply { status: Status::OK, shows: ticket.shows, error: None, usage: Usage::default() }
    }

    /// The last byte is out: what the request used is charged.
    pub fn finish(&mut self, now: Instant, ticket: Ticket) -> Reply {
        let reply = Reply { usage: ticket.usage, ..self.head(&ticket) };
        self.charge(now, (ticket.usage, true), ticket);
        reply
    }

    /// The client left or gave up waiting: what was generated by now is charged.
    pub fn abandon(&mut self, now: Instant, ticket: Ticket) -> Usage {
        let usage = ticket.used_by(now);
        self.charge(now, (usage, false), ticket);
        usage
    }

    /// How a pair's meters stand, those of the first replica where there are several; `None` for a
    /// pair that is not enrolled.
    #[must_use]
    pub fn standing(&self, now: Instant, pair: PairId) -> Option<Standing<'_>> {
        self.pairs.get(pair.0 as usize).map(|pair| pair.standing(now))
    }

    /// What a request used is charged; beside it stands whether its answer is complete.
    fn charge(&mut self, now: Instant, usage: (Usage, bool), ticket: Ticket) {
        if now >= self.turns_at {
            self.turn(now);
        }
        let Some(pair) = self.pairs.get_mut(ticket.pair.0 as usize) else { return };
        let (place, tariff) = (ticket.pair, ticket.tariff);
        let Pair { model, engine, gate, conditions, .. } = pair;
        match conditions {
            None => gate.settle(now, usage.0, ticket),
            Some(conditions) => {
                let mut pair = Standings { model, engine, gate };
                conditions.charge(now, &mut pair, usage, ticket);
            }
        }
        if !self.books.is_empty() {
            self.bill(now, (place, tariff), usage.0);
        }
    }

    /// Whatever is due by now comes true, each at its own instant; of what is due at one instant, what
    /// the books have set before what is written in the course.
    #[cold]
    pub(crate) fn turn(&mut self, now: Instant) {
        loop {
            let (happens, works, posts) =
                (self.course.next_at(), self.work_at(), self.books_turn_at());
            let next = happens.min(works).min(posts);
            if next > now || next == Instant::END {
                break;
            }
            if posts == next {
                self.turn_books(next);
            } else if works < happens {
                self.work(works);
            } else if let Some(happening) = self.course.due(now) {
                self.happen(&happening);
            }
        }
        self.turns_at = self.next_at();
    }

    /// When anything comes true next.
    pub(crate) fn next_at(&self) -> Instant {
        self.course.next_at().min(self.work_at()).min(self.books_turn_at())
    }

    fn happen(&mut self, Happening { at, what }: &Happening) {
        for fleet in &mut self.fleets {
            fleet.turn(*at, what);
        }
        self.work(*at);
        for (id, pair) in (0..).map(PairId).zip(&mut self.pairs) {
            pair.turn(*at, &self.terms, what);
            self.batches.block(id, pair.is_blocked());
        }
        self.change_books(*at, what);
    }

    /// When batches and endpoints are to be looked at next; the end of time where there are none.
    fn work_at(&self) -> Instant {
        let endpoints = self.pairs.iter().filter_map(Pair::dedicated).map(Dedicated::due);
        endpoints.fold(self.batches.due(), Instant::min)
    }

    /// Everything that is due by now has come true, and batches have run off.
    pub(crate) fn work_until(&mut self, now: Instant) {
        self.move_to(now);
        self.work(now);
    }

    /// Batches and endpoints go on until now, and are charged.
    fn work(&mut self, now: Instant) {
        self.run_batches(now);
        self.run_endpoints(now);
        self.follow(now);
    }
}
