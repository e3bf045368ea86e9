//! The client: jobs in, attempts out.

use std::collections::VecDeque;

use chance::{Purpose, Seed, Stream};
use limits::{Instant, Receipt, Span};
use wire::Reply;

use crate::elsewhere::{Elsewhere, Route};
use crate::event::{Action, AttemptId, Ended, Event, GaveUpBecause, JobId, Offer, Outcome, Timer};
use crate::first_send::Passage;
use crate::gate::{Ask, Gate, Over};
use crate::guards::{Ending, Guards};
use crate::hedging::Hedging;
use crate::retry_on::Answer;
use crate::stack::Stack;
use crate::stop::Stop;

mod hedge;
mod permit;
mod retry;

/// Which clients of a rehearsal this one belongs to.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId {
    /// The group whose jobs it does. Jitter is drawn by it and by the job, whose number is the
    /// group's: so it makes no difference to a draw among how many clients jobs are dealt out.
    pub group: u32,
}

/// A program that calls Together, as a machine.
///
/// The drive tells it what happened with [`Client::on`] and carries out the actions it answers,
/// in their order. Each finished job frees its place; its last action names it.
#[derive(Debug)]
pub struct Client {
    stack: Stack,
    /// Of the group's draws, those that spread its retries and those that refuse.
    jitter: Stream,
    shedding: Stream,
    slots: Vec<Slot>,
    gate: Gate,
    /// What is counted over all jobs; none where nothing is.
    guards: Option<Box<Guards>>,
    /// Jobs that wait for the gate, the next one first.
    queue: VecDeque<JobId>,
    /// When the queue is to be looked at again, and which of its timers says so.
    queue_wakes: Option<Instant>,
    queue_generation: u32,
    /// Second attempts, where the client makes any.
    hedging: Option<Box<Hedging>>,
    /// Whether each job is by itself: nothing holds attempts back, nothing is counted over jobs,
    /// and all go home. Such a client, the usual one, is not asked about the rest.
    plain: bool,
}

/// One place in the table of jobs.
#[derive(Debug)]
struct Slot {
    offer: Offer,
    /// Attempts sent so far.
    tries: u32,
    /// Waits so far, over every job that had this place.
    generation: u32,
    state: State,
    /// When the first attempt left, and when the one in flight did.
    first_sent: Instant,
    sent: Instant,
    /// How long it waited by the formula before its last try.
    last_wait: Span,
    /// What its last retry cost.
    paid: Option<u32>,
    receipt: Option<Receipt>,
    /// Whether its last attempt ended in silence.
    timed_out: bool,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Queued,
    /// For the end of a wait, and then for the gate.
    Waiting,
    /// For a turn that the gate has given to it.
    Turn,
    /// For a permit of the bucket that a fleet shares.
    Asked,
    InFlight,
    /// Twice: [`Hedging`] has both.
    Hedged,
}

impl Client {
    /// A client without jobs.
    #[must_use]
    pub fn new(stack: &Stack, id: ClientId, seed: Seed) -> Self {
        let gate = Gate::of(&stack.first_send);
        let (guards, hedging) = (Guards::of(&stack.stop), Hedging::of(stack.elsewhere));
        let home = stack.elsewhere == Elsewhere::Nowhere;
        let plain = gate.is_open() && guards.is_none() && home;
        Self {
            stack: stack.clone(),
            jitter: seed.stream(Purpose::Jitter, id.group),
            shedding: seed.stream(Purpose::Shedding, id.group),
            slots: Vec::new(),
            gate,
            guards,
            queue: VecDeque::new(),
            queue_wakes: None,
            queue_generation: 0,
            hedging,
            plain,
        }
    }

    /// Starts anew, as a program does that was stopped: the jobs it had in hand and whatever it had
    /// learnt or saved up are gone. The timers it had asked for are no longer its own, and an answer
    /// to what it had sent is nobody's.
    pub fn restart(&mut self) {
        self.gate = Gate::of(&self.stack.first_send);
        self.guards = Guards::of(&self.stack.stop);
        self.hedging = Hedging::of(self.stack.elsewhere);
        self.queue.clear();
        self.queue_wakes = None;
        for slot in &mut self.slots {
            // Generations go on, which is what tells a timer of before from one of now.
            slot.state = State::Empty;
            slot.receipt = None;
        }
    }

    /// Takes note of an event and says what to do about it. An event for a job or timer that is
    /// no longer there is ignored.
    pub fn on(&mut self, now: Instant, event: Event<'_>, out: &mut impl FnMut(Action)) {
        match event {
            Event::Offered(offer) => self.offered(now, offer, out),
            Event::Head { at, reply } => self.head(now, at, reply, out),
            Event::Ended { at, how } => self.ended(now, at, how, out),
            Event::Wake(Timer::Job { job, generation }) => {
                let due = self.slots.get(job.0 as usize).filter(|s| s.generation == generation);
                match due.map_or(State::Empty, |slot| slot.state) {
                    State::Waiting => self.ready(now, job, out),
                    State::Turn | State::Asked => self.turn(now, job, out),
                    State::InFlight => self.hedge(now, job, out),
                    State::Empty | State::Queued | State::Hedged => {}
                }
            }
            Event::Wake(Timer::Denied { job, generation }) => {
                self.denied(job, generation, out);
            }
            Event::Wake(Timer::Queue { generation }) => {
                if self.queue_wakes.is_some() && self.queue_generation == generation {
                    self.queue_wakes = None;
                    self.pump(now, out);
                }
            }
            Event::Withdrawn(job) => self.withdrawn(now, job, out),
        }
    }

    fn offered(&mut self, now: Instant, offer: Offer, out: &mut impl FnMut(Action)) {
        let place = offer.job.0 as usize;
        while self.slots.len() <= place {
            self.slots.push(Slot::vacant(offer));
        }
        let Some(slot) = self.slots.get_mut(place) else { return };
        slot.offer = offer;
        slot.tries = 0;
        slot.last_wait = Span::ZERO;
        slot.paid = None;
        slot.timed_out = false;
        if self.plain {
            self.send(now, offer.job, None, out);
        } else if let Some(because) = self.refuse(now, offer.job) {
            self.finish(offer.job, Outcome::GaveUp(because), out);
        } else if self.gate.is_open() {
            self.send(now, offer.job, None, out);
        } else if self.gate.is_shared() {
            self.ask(now, offer.job, out);
        } else {
            self.enqueue(offer.job);
            self.queue.push_back(offer.job);
            self.pump(now, out);
        }
    }

    fn enqueue(&mut self, job: JobId) {
        if let Some(slot) = self.slots.get_mut(job.0 as usize) {
            slot.state = State::Queued;
        }
    }

    /// Why what is counted over all jobs keeps this one's next attempt back, if it does.
    #[inline]
    fn refuse(&mut self, now: Instant, job: JobId) -> Option<GaveUpBecause> {
        let guards = self.guards.as_mut()?;
        let slot = self.slots.get(job.0 as usize)?;
        let (number, next) = (slot.offer.number, slot.tries + 1);
        guards.enter(now, || self.shedding.draw_attempt(number, next))
    }

    /// A job's wait is over: it goes to the gate before those that have not been tried yet.
    fn ready(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        if self.plain || self.goes_elsewhere(job) {
            self.send(now, job, None, out);
        } else if let Some(because) = self.refuse(now, job) {
            self.finish(job, Outcome::GaveUp(because), out);
        } else if self.gate.is_open() {
            self.send(now, job, None, out);
        } else if self.gate.is_shared() {
            self.ask(now, job, out);
        } else {
            self.enqueue(job);
            self.queue.push_front(job);
            self.pump(now, out);
        }
    }

    fn head(&mut self, now: Instant, at: AttemptId, reply: &Reply, out: &mut impl FnMut(Action)) {
        let Some((sent, units)) = self.in_flight(at) else { return };
        if self.plain {
            if !reply.status.is_success() {
                self.retry_or_give_up(now, (at, sent), Answer::Replied(reply), out);
            }
            return;
        }
        let home = self.stack.elsewhere.route(at.n) == Route::Home;
        if home {
            self.gate.learn(now, sent, units, reply);
        }
        if reply.status.is_success() {
            if let Some(guards) = self.guards.as_mut().filter(|_| home) {
                guards.accepted(now);
            }
            self.is_answering(at.job);
            // Headers may have opened the gate for others while this answer is still coming.
            self.pump(now, out);
        } else {
            self.close_attempt(now, at, Over::Refused(reply.status), out);
            self.retry_or_give_up(now, (at, sent), Answer::Replied(reply), out);
            self.pump(now, out);
        }
    }

    fn ended(&mut self, now: Instant, at: AttemptId, how: Ended, out: &mut impl FnMut(Action)) {
        let Some((sent, _)) = self.in_flight(at) else { return };
        let (over, answer) = match how {
            Ended::Complete(_) if self.plain => {
                return self.finish(at.job, Outcome::Answered, out);
            }
            Ended::Complete(usage) => {
                self.close_attempt(now, at, Over::Complete(usage), out);
                let paid = self.slots.get(at.job.0 as usize).and_then(|slot| slot.paid);
                self.count(now, (at, sent), Ending::Answered(paid));
                self.let_go(now, at.job, out);
                self.finish(at.job, Outcome::Answered, out);
                return self.pump(now, out);
            }
            Ended::NoConnection => (Over::NoConnection, Answer::Broken),
            Ended::ErrorInStream(_) | Ended::Cut => (Over::Broken, Answer::Broken),
            Ended::TimedOut => (Over::TimedOut, Answer::TimedOut),
        };
        self.close_attempt(now, at, over, out);
        self.retry_or_give_up(now, (at, sent), answer, out);
        self.pump(now, out);
    }

    fn withdrawn(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        let Some(slot) = self.slots.get(job.0 as usize) else { return };
        match slot.state {
            State::Empty => return,
            State::InFlight => {
                let (at, sent) = (AttemptId { job, n: slot.tries }, slot.sent);
                out(Action::Cancel(at));
                self.close_attempt(now, at, Over::LetGo, out);
                self.count(now, (at, sent), Ending::LetGo);
            }
            State::Hedged => self.let_go(now, job, out),
            State::Queued => self.queue.retain(|queued| *queued != job),
            // A turn or a permit that nobody takes is lost.
            State::Waiting | State::Turn | State::Asked => {}
        }
        self.finish(job, Outcome::GaveUp(GaveUpBecause::Withdrawn), out);
        self.pump(now, out);
    }

    /// Lets the head of the queue through the gate for as long as it opens.
    #[inline]
    fn pump(&mut self, now: Instant, out: &mut impl FnMut(Action)) {
        if !self.queue.is_empty() {
            self.pump_queue(now, out);
        }
    }

    fn pump_queue(&mut self, now: Instant, out: &mut impl FnMut(Action)) {
        while let Some(&job) = self.queue.front() {
            let Some(slot) = self.slots.get(job.0 as usize) else { return };
            let ends = |then| slot.ends_before(&self.stack.stop, then);
            let open = self.guards.as_mut().is_some_and(|guards| guards.refuses(now));
            let over = if open { Some(GaveUpBecause::BreakerOpen) } else { ends(now) };
            let passage = if over.is_some() {
                Passage::Later(now)
            } else {
                let latest = slot.latest(&self.stack.stop);
                self.gate.pass(now, &slot.offer, slot.asks(), latest)
            };
            let because = match passage {
                Passage::Later(at) => over.or_else(|| ends(at)),
                Passage::TooLate => Some(slot.too_late(&self.stack.stop)),
                Passage::Never => Some(GaveUpBecause::Impossible),
                Passage::Go(_) | Passage::Turn(_) | Passage::Hold => None,
            };
            match (passage, because) {
                (_, Some(because)) => {
                    self.queue.pop_front();
                    self.finish(job, Outcome::GaveUp(because), out);
                }
                (Passage::Go(receipt), None) => {
                    self.queue.pop_front();
                    self.send(now, job, receipt, out);
                }
                (Passage::Turn(at), None) => {
                    self.queue.pop_front();
                    self.wait_until(at, job, State::Turn, out);
                }
                (Passage::Later(at), None) => return self.wake_queue(at, out),
                (Passage::Hold | Passage::TooLate | Passage::Never, None) => return,
            }
        }
    }

    /// Asks to be woken for the queue, unless an earlier wake-up is on its way already: that one
    /// will look again.
    fn wake_queue(&mut self, at: Instant, out: &mut impl FnMut(Action)) {
        if self.queue_wakes.is_some_and(|already| already <= at) {
            return;
        }
        self.queue_wakes = Some(at);
        self.queue_generation = self.queue_generation.wrapping_add(1);
        out(Action::WakeAt { at, timer: Timer::Queue { generation: self.queue_generation } });
    }

    fn send(
        &mut self,
        now: Instant,
        job: JobId,
        receipt: Option<Receipt>,
        out: &mut impl FnMut(Action),
    ) {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else { return };
        slot.tries += 1;
        slot.state = State::InFlight;
        slot.sent = now;
        let first = slot.tries == 1;
        if first {
            slot.first_sent = now;
        }
        if self.plain {
            let at = AttemptId { job, n: slot.tries };
            let timeouts = self.stack.timeouts;
            return out(Action::Send { at, timeouts, route: Route::Home });
        }
        slot.receipt = receipt;
        let (n, route) = (slot.tries, self.stack.elsewhere.route(slot.tries));
        if route == Route::Home {
            if let Some(guards) = &mut self.guards {
                guards.sent(now, first);
            }
            self.gate.sent(now, slot.offer.units);
        }
        out(Action::Send { at: AttemptId { job, n }, timeouts: self.stack.timeouts, route });
        if self.hedging.is_some() && first {
            self.hedge_later(now, job, out);
        }
    }

    /// Gives back what an attempt that is over had set aside.
    #[inline]
    fn close_attempt(
        &mut self,
        now: Instant,
        at: AttemptId,
        over: Over,
        out: &mut impl FnMut(Action),
    ) {
        if !self.gate.is_open() || self.hedging.is_some() {
            self.tell_gate(now, at, over, out);
        }
    }

    fn tell_gate(&mut self, now: Instant, at: AttemptId, over: Over, out: &mut impl FnMut(Action)) {
        let Self { slots, gate, hedging, stack, .. } = self;
        let Some(slot) = slots.get_mut(at.job.0 as usize) else { return };
        let one_of_two = hedging.as_mut().and_then(|hedging| hedging.take(at.job.0, at.n));
        let flown = match one_of_two {
            Some(flown) => (flown.sent, flown.receipt),
            None => (slot.sent, slot.receipt.take()),
        };
        slot.timed_out = over == Over::TimedOut;
        if stack.elsewhere.route(at.n) == Route::Home
            && let Some(action) = gate.ended(now, flown, &slot.offer, over)
        {
            out(action);
        }
    }

    #[inline]
    fn wait_until(&mut self, at: Instant, job: JobId, state: State, out: &mut impl FnMut(Action)) {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else { return };
        slot.state = state;
        slot.generation = slot.generation.wrapping_add(1);
        out(Action::WakeAt { at, timer: Timer::Job { job, generation: slot.generation } });
    }

    /// Takes note of how an attempt at home ended that left at `sent`.
    #[inline]
    fn count(&mut self, now: Instant, (at, sent): (AttemptId, Instant), how: Ending) {
        if let Some(guards) = &mut self.guards
            && self.stack.elsewhere.route(at.n) == Route::Home
        {
            guards.ended(now, sent, how);
        }
    }

    fn finish(&mut self, job: JobId, outcome: Outcome, out: &mut impl FnMut(Action)) {
        if let Some(slot) = self.slots.get_mut(job.0 as usize) {
            slot.state = State::Empty;
        }
        out(Action::Finish { job, outcome });
    }

    /// When an attempt left that is in flight, and how many units of the limit it takes.
    fn in_flight(&self, at: AttemptId) -> Option<(Instant, u32)> {
        let slot = self.slots.get(at.job.0 as usize)?;
        let sent = match slot.state {
            State::InFlight if slot.tries == at.n => slot.sent,
            State::Hedged => self.hedging.as_ref()?.sent(at.job.0, at.n)?,
            State::Empty
            | State::Queued
            | State::Waiting
            | State::Turn
            | State::Asked
            | State::InFlight => return None,
        };
        Some((sent, slot.offer.units))
    }
}

impl Slot {
    fn vacant(offer: Offer) -> Self {
        Self {
            offer,
            tries: 0,
            generation: 0,
            state: State::Empty,
            first_sent: Instant::START,
            sent: Instant::START,
            last_wait: Span::ZERO,
            paid: None,
            receipt: None,
            timed_out: false,
        }
    }

    fn first_sent(&self) -> Option<Instant> {
        (self.tries > 0).then_some(self.first_sent)
    }

    /// Why waiting until then is pointless, if it is.
    fn ends_before(&self, stop: &Stop, then: Instant) -> Option<GaveUpBecause> {
        stop.ends_before(then, self.offer.deadline, self.first_sent())
    }

    /// The last instant at which it is not.
    fn latest(&self, stop: &Stop) -> Option<Instant> {
        stop.latest(self.offer.deadline, self.first_sent())
    }

    /// Which bound an instant after the latest passes.
    fn too_late(&self, stop: &Stop) -> GaveUpBecause {
        let after = self.latest(stop).map(|latest| latest.after(Span::from_nanos(1)));
        let because = after.and_then(|after| self.ends_before(stop, after));
        because.unwrap_or(GaveUpBecause::Deadline)
    }

    /// What its next attempt is.
    fn asks(&self) -> Ask {
        match (self.tries, self.timed_out) {
            (0, _) => Ask::First,
            (_, false) => Ask::Again,
            (_, true) => Ask::AgainAfterTimeOut,
        }
    }
}
