//! The client: jobs in, attempts out.

use std::collections::VecDeque;

use chance::{Purpose, Seed};
use limits::{Instant, Receipt, Span};
use wire::{Reply, Shows, Status};

use crate::backoff::Retry;
use crate::elsewhere::Route;
use crate::event::{Action, AttemptId, Ended, Event, GaveUpBecause, JobId, Offer, Outcome, Timer};
use crate::first_send::{Bucket, FirstSend, Passage};
use crate::pace::Pace;
use crate::retry_on::Answer;
use crate::stack::Stack;
use crate::wait::Pause;

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
    id: ClientId,
    seed: Seed,
    slots: Vec<Slot>,
    gate: Gate,
    /// Jobs that wait for the gate, the next one first.
    queue: VecDeque<JobId>,
    /// When the queue is to be looked at again, and which of its timers says so.
    queue_wakes: Option<Instant>,
    queue_generation: u32,
}

/// What stands between a job and its sending.
#[derive(Debug)]
enum Gate {
    Open,
    Pace(Pace),
    Bucket(Box<Bucket>),
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
    receipt: Option<Receipt>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum State {
    Empty,
    Queued,
    Waiting,
    InFlight,
}

impl Client {
    /// A client without jobs.
    #[must_use]
    pub fn new(stack: &Stack, id: ClientId, seed: Seed) -> Self {
        let gate = Gate::of(&stack.first_send);
        Self {
            stack: stack.clone(),
            id,
            seed,
            slots: Vec::new(),
            gate,
            queue: VecDeque::new(),
            queue_wakes: None,
            queue_generation: 0,
        }
    }

    /// Starts anew, as a program does that was stopped: the jobs it had in hand and whatever it had
    /// learnt or saved up are gone. The timers it had asked for are no longer its own, and an answer
    /// to what it had sent is nobody's.
    pub fn restart(&mut self) {
        self.gate = Gate::of(&self.stack.first_send);
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
                let due = self.slots.get(job.0 as usize);
                if due.is_some_and(|s| s.state == State::Waiting && s.generation == generation) {
                    self.ready(now, job, out);
                }
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
        if matches!(self.gate, Gate::Open) {
            self.send(now, offer.job, None, out);
        } else {
            slot.state = State::Queued;
            self.queue.push_back(offer.job);
            self.pump(now, out);
        }
    }

    /// A job's wait is over: it goes to the gate before those that have not been tried yet.
    fn ready(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        if matches!(self.gate, Gate::Open) {
            self.send(now, job, None, out);
        } else {
            if let Some(slot) = self.slots.get_mut(job.0 as usize) {
                slot.state = State::Queued;
            }
            self.queue.push_front(job);
            self.pump(now, out);
        }
    }

    fn head(&mut self, now: Instant, at: AttemptId, reply: &Reply, out: &mut impl FnMut(Action)) {
        let Some(slot) = self.in_flight(at) else { return };
        let (sent, units) = (slot.sent, slot.offer.units);
        if let Gate::Pace(pace) = &mut self.gate {
            pace.learn(now, sent, units, reply);
        }
        if reply.status.is_success() {
            // Headers may have opened the gate for others while this answer is still coming.
            self.pump(now, out);
        } else {
            self.close_attempt(now, at.job, Spent::Nothing);
            self.retry_or_give_up(now, at.job, Answer::Replied(reply), out);
            self.pump(now, out);
        }
    }

    fn ended(&mut self, now: Instant, at: AttemptId, how: Ended, out: &mut impl FnMut(Action)) {
        if self.in_flight(at).is_none() {
            return;
        }
        match how {
            Ended::Complete(usage) => {
                self.close_attempt(now, at.job, Spent::Usage(usage));
                self.finish(at.job, Outcome::Answered, out);
            }
            Ended::NoConnection => {
                self.close_attempt(now, at.job, Spent::Nothing);
                self.retry_or_give_up(now, at.job, Answer::Broken, out);
            }
            Ended::ErrorInStream(_) | Ended::Cut => {
                self.close_attempt(now, at.job, Spent::Unknown);
                self.retry_or_give_up(now, at.job, Answer::Broken, out);
            }
            Ended::TimedOut => {
                self.close_attempt(now, at.job, Spent::Unknown);
                self.retry_or_give_up(now, at.job, Answer::TimedOut, out);
            }
        }
        self.pump(now, out);
    }

    fn withdrawn(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        let Some(slot) = self.slots.get(job.0 as usize) else { return };
        match slot.state {
            State::Empty => return,
            State::InFlight => {
                out(Action::Cancel(AttemptId { job, n: slot.tries }));
                self.close_attempt(now, job, Spent::Unknown);
            }
            State::Queued => self.queue.retain(|queued| *queued != job),
            State::Waiting => {}
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
            let passage = match &mut self.gate {
                Gate::Open => Passage::Go(None),
                _ if self.stack.stop.too_late(now, slot.offer.deadline) => Passage::Later(now),
                Gate::Pace(pace) => pace.pass(now),
                Gate::Bucket(bucket) => bucket.pass(now, &slot.offer),
            };
            match passage {
                Passage::Go(receipt) => {
                    self.queue.pop_front();
                    self.send(now, job, receipt, out);
                }
                Passage::Later(at) if self.stack.stop.too_late(at, slot.offer.deadline) => {
                    self.queue.pop_front();
                    self.finish(job, Outcome::GaveUp(GaveUpBecause::Deadline), out);
                }
                Passage::Later(at) => return self.wake_queue(at, out),
                Passage::Hold => return,
                Passage::Never => {
                    self.queue.pop_front();
                    self.finish(job, Outcome::GaveUp(GaveUpBecause::Impossible), out);
                }
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
        if slot.tries == 1 {
            slot.first_sent = now;
        }
        slot.receipt = receipt;
        if let Gate::Pace(pace) = &mut self.gate {
            pace.sent(now, slot.offer.units);
        }
        let at = AttemptId { job, n: slot.tries };
        out(Action::Send { at, timeouts: self.stack.timeouts, route: Route::Home });
    }

    /// Gives back what an attempt that is over had set aside.
    #[inline]
    fn close_attempt(&mut self, now: Instant, job: JobId, spent: Spent) {
        if !matches!(self.gate, Gate::Open) {
            self.tell_gate(now, job, spent);
        }
    }

    fn tell_gate(&mut self, now: Instant, job: JobId, spent: Spent) {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else { return };
        let receipt = slot.receipt.take();
        match (&mut self.gate, receipt, spent) {
            (Gate::Pace(pace), _, _) => pace.ended(),
            (Gate::Bucket(bucket), Some(receipt), Spent::Usage(usage)) => {
                bucket.settle(now, receipt, &slot.offer, usage);
            }
            (Gate::Bucket(bucket), Some(receipt), Spent::Nothing) => bucket.release(now, receipt),
            // What a broken answer cost is not known here: the reservation stands.
            (Gate::Bucket(_) | Gate::Open, _, _) => {}
        }
    }

    fn retry_or_give_up(
        &mut self,
        now: Instant,
        job: JobId,
        answer: Answer<'_>,
        out: &mut impl FnMut(Action),
    ) {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else { return };
        let stop = &self.stack.stop;
        if !self.stack.retry_on.retries(answer) {
            return self.finish(job, Outcome::GaveUp(GaveUpBecause::NotRetried), out);
        }
        if !stop.allows_another(slot.tries) {
            return self.finish(job, Outcome::GaveUp(GaveUpBecause::TriesSpent), out);
        }
        let wait = match (&self.gate, answer) {
            // The gate has taken the refusal in: it does the waiting, for this job and the rest.
            (Gate::Pace(_), Answer::Replied(reply))
                if reply.status == Status::TOO_MANY_REQUESTS =>
            {
                slot.state = State::Queued;
                self.queue.push_front(job);
                return;
            }
            (_, answer) => match pause_before(&self.stack, self.id, self.seed, slot, answer) {
                Pause::Hinted(span) => span,
                Pause::Formula(span) => {
                    slot.last_wait = span;
                    span
                }
                Pause::TooLong => {
                    return self.finish(job, Outcome::GaveUp(GaveUpBecause::HintTooLong), out);
                }
            },
        };
        let then = now.after(wait);
        if stop.too_late(then, slot.offer.deadline) {
            return self.finish(job, Outcome::GaveUp(GaveUpBecause::Deadline), out);
        }
        if stop.too_long(then, slot.first_sent) {
            return self.finish(job, Outcome::GaveUp(GaveUpBecause::Elapsed), out);
        }
        slot.state = State::Waiting;
        slot.generation = slot.generation.wrapping_add(1);
        let timer = Timer::Job { job, generation: slot.generation };
        out(Action::WakeAt { at: then, timer });
    }

    fn finish(&mut self, job: JobId, outcome: Outcome, out: &mut impl FnMut(Action)) {
        if let Some(slot) = self.slots.get_mut(job.0 as usize) {
            slot.state = State::Empty;
        }
        out(Action::Finish { job, outcome });
    }

    fn in_flight(&self, at: AttemptId) -> Option<&Slot> {
        let slot = self.slots.get(at.job.0 as usize)?;
        (slot.state == State::InFlight && slot.tries == at.n).then_some(slot)
    }
}

impl Gate {
    fn of(first_send: &FirstSend) -> Gate {
        match first_send {
            FirstSend::AtOnce => Gate::Open,
            FirstSend::PaceByHeaders => Gate::Pace(Pace::default()),
            FirstSend::OwnBucket(own) => Gate::Bucket(Box::new(Bucket::new(own))),
        }
    }
}

/// What an attempt that is over used, as far as its client can know.
#[derive(Copy, Clone)]
enum Spent {
    Nothing,
    Usage(wire::Usage),
    Unknown,
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
            receipt: None,
        }
    }
}

fn pause_before(stack: &Stack, id: ClientId, seed: Seed, slot: &Slot, answer: Answer<'_>) -> Pause {
    let retry = Retry {
        k: slot.tries.saturating_sub(1),
        last: slot.last_wait,
        throttled: matches!(answer, Answer::Replied(reply) if reply.status == Status::TOO_MANY_REQUESTS),
    };
    let Offer { number, .. } = slot.offer;
    let draw = || seed.draw_attempt(Purpose::Jitter, id.group, number, slot.tries);
    match answer {
        Answer::Replied(reply) => stack.wait.before(retry, &reply.shows, draw),
        Answer::TimedOut | Answer::Broken => stack.wait.before(retry, &Shows::default(), draw),
    }
}
