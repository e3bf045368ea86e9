//! The client: jobs in, attempts out.

use std::collections::VecDeque;

use chance::{Purpose, Seed};
use limits::{Instant, Receipt, Span};
use wire::{Reply, Shows, Status};

use crate::backoff::Retry;
use crate::budget::Cause;
use crate::elsewhere::Route;
use crate::event::{Action, AttemptId, Ended, Event, GaveUpBecause, JobId, Offer, Outcome, Timer};
use crate::first_send::{Bucket, FirstSend, Passage};
use crate::guards::{Ending, Guards};
use crate::pace::Pace;
use crate::retry_on::{Answer, RetryOn};
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
    /// What is counted over all jobs; none where nothing is.
    guards: Option<Box<Guards>>,
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
    /// What its last retry cost.
    paid: Option<u32>,
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
            guards: Guards::of(&stack.stop),
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
        self.guards = Guards::of(&self.stack.stop);
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
        slot.paid = None;
        if let Some(because) = self.refuse(now, offer.job) {
            self.finish(offer.job, Outcome::GaveUp(because), out);
        } else if matches!(self.gate, Gate::Open) {
            self.send(now, offer.job, None, out);
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
        let (id, number, next) = (self.id, slot.offer.number, slot.tries + 1);
        guards.enter(now, || self.seed.draw_attempt(Purpose::Shedding, id.group, number, next))
    }

    /// A job's wait is over: it goes to the gate before those that have not been tried yet.
    fn ready(&mut self, now: Instant, job: JobId, out: &mut impl FnMut(Action)) {
        if let Some(because) = self.refuse(now, job) {
            self.finish(job, Outcome::GaveUp(because), out);
        } else if matches!(self.gate, Gate::Open) {
            self.send(now, job, None, out);
        } else {
            self.enqueue(job);
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
            if let Some(guards) = &mut self.guards {
                guards.accepted(now);
            }
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
                if let Some(slot) = self.slots.get(at.job.0 as usize) {
                    let (sent, paid) = (slot.sent, slot.paid);
                    self.count(now, sent, Ending::Answered(paid));
                }
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
                let sent = slot.sent;
                self.close_attempt(now, job, Spent::Unknown);
                self.count(now, sent, Ending::LetGo);
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
            let first_sent = (slot.tries > 0).then_some(slot.first_sent);
            let ends = |then| self.stack.stop.ends_before(then, slot.offer.deadline, first_sent);
            let open = self.guards.as_mut().is_some_and(|guards| guards.refuses(now));
            let over = if open { Some(GaveUpBecause::BreakerOpen) } else { ends(now) };
            let passage = match &mut self.gate {
                Gate::Open => Passage::Go(None),
                _ if over.is_some() => Passage::Later(now),
                Gate::Pace(pace) => pace.pass(now),
                Gate::Bucket(bucket) => bucket.pass(now, &slot.offer),
            };
            match passage {
                Passage::Go(receipt) => {
                    self.queue.pop_front();
                    self.send(now, job, receipt, out);
                }
                Passage::Later(at) => match over.or_else(|| ends(at)) {
                    Some(because) => {
                        self.queue.pop_front();
                        self.finish(job, Outcome::GaveUp(because), out);
                    }
                    None => return self.wake_queue(at, out),
                },
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
        let first = slot.tries == 1;
        if first {
            slot.first_sent = now;
        }
        if let Some(guards) = &mut self.guards {
            guards.sent(now, first);
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
        let retried = self.stack.retry_on.retries(answer);
        if self.guards.is_some()
            && let Some(slot) = self.slots.get(job.0 as usize)
        {
            let failed = retried || RetryOn::LIMITS_AND_FAILURES.retries(answer);
            let (sent, how) = (slot.sent, if failed { Ending::Failed } else { Ending::Rejected });
            self.count(now, sent, how);
        }
        let next =
            if retried { self.next_try(now, job, answer) } else { Err(GaveUpBecause::NotRetried) };
        match next {
            Err(because) => self.finish(job, Outcome::GaveUp(because), out),
            Ok(Next::Queue) => {
                self.enqueue(job);
                self.queue.push_front(job);
            }
            Ok(Next::Wait { until, generation }) => {
                let timer = Timer::Job { job, generation };
                out(Action::WakeAt { at: until, timer });
            }
        }
    }

    /// When a job is to be tried again after this, or why it is not.
    fn next_try(
        &mut self,
        now: Instant,
        job: JobId,
        answer: Answer<'_>,
    ) -> Result<Next, GaveUpBecause> {
        let Some(slot) = self.slots.get_mut(job.0 as usize) else {
            return Err(GaveUpBecause::Withdrawn);
        };
        let stop = &self.stack.stop;
        if !stop.allows_another(slot.tries) {
            return Err(GaveUpBecause::TriesSpent);
        }
        // A gate that has taken the refusal in does the waiting, for this job and the rest; and the
        // queue looks for itself whether a job's time is over.
        if matches!(self.gate, Gate::Pace(_)) && is_throttled(answer) {
            slot.paid = pay(&mut self.guards, now, answer)?;
            return self.refuse(now, job).map_or(Ok(Next::Queue), Err);
        }
        let wait = match pause_before(&self.stack, self.id, self.seed, slot, answer) {
            Pause::Hinted(span) => span,
            Pause::Formula(span) => {
                slot.last_wait = span;
                span
            }
            Pause::TooLong => return Err(GaveUpBecause::HintTooLong),
        };
        let until = now.after(wait);
        if let Some(because) = stop.ends_before(until, slot.offer.deadline, Some(slot.first_sent)) {
            return Err(because);
        }
        slot.paid = pay(&mut self.guards, now, answer)?;
        slot.state = State::Waiting;
        slot.generation = slot.generation.wrapping_add(1);
        Ok(Next::Wait { until, generation: slot.generation })
    }

    /// Takes note of how an attempt ended that left at `sent`.
    #[inline]
    fn count(&mut self, now: Instant, sent: Instant, how: Ending) {
        if let Some(guards) = &mut self.guards {
            guards.ended(now, sent, how);
        }
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

/// What becomes of a job that is tried again.
#[derive(Copy, Clone)]
enum Next {
    /// It goes back to the head of the queue.
    Queue,
    /// It waits by itself.
    Wait { until: Instant, generation: u32 },
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
            paid: None,
            receipt: None,
        }
    }
}

fn pause_before(stack: &Stack, id: ClientId, seed: Seed, slot: &Slot, answer: Answer<'_>) -> Pause {
    let retry = Retry {
        k: slot.tries.saturating_sub(1),
        last: slot.last_wait,
        throttled: is_throttled(answer),
    };
    let Offer { number, .. } = slot.offer;
    let draw = || seed.draw_attempt(Purpose::Jitter, id.group, number, slot.tries);
    match answer {
        Answer::Replied(reply) => stack.wait.before(retry, &reply.shows, draw),
        Answer::TimedOut | Answer::Broken => stack.wait.before(retry, &Shows::default(), draw),
    }
}

fn is_throttled(answer: Answer<'_>) -> bool {
    matches!(answer, Answer::Replied(reply) if reply.status == Status::TOO_MANY_REQUESTS)
}

/// Pays for a retry after such an answer, where retries cost anything.
#[inline]
fn pay(
    guards: &mut Option<Box<Guards>>,
    now: Instant,
    answer: Answer<'_>,
) -> Result<Option<u32>, GaveUpBecause> {
    let Some(guards) = guards else { return Ok(None) };
    let cause = match answer {
        Answer::TimedOut | Answer::Broken => Cause::TimedOut,
        Answer::Replied(_) if is_throttled(answer) => Cause::Throttled,
        Answer::Replied(_) => Cause::Other,
    };
    guards.pay(now, cause).map(Some).ok_or(GaveUpBecause::Budget)
}
