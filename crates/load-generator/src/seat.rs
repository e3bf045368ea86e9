//! A client, and the jobs that it has in hand.

use std::task::{Context, Poll, Waker};

use chance::Seed;
use hyper::body::Bytes;
use limits::{Instant, Span};
use run_record::{AttemptEnd, AttemptOutcome, JobEnd, JobOutcome, LastWord, Recorder, RefusedBy};
use scenario::{Arrival, Asks, Row, Scenario};
use strategies::{AttemptId, Client, ClientId, JobId, Route, Stack, Timeouts};
use wire::{Fate, Reply, Status, Usage};

use crate::exchange::{Exchange, Heard};
use crate::transport::Transport;

/// A client with its table of jobs.
pub(crate) struct Seat<T: Transport> {
    pub(crate) group: u32,
    /// Which of its group's clients it is.
    pub(crate) number: u32,
    pub(crate) asks: Asks,
    pub(crate) client: Client,
    pub(crate) jobs: Vec<Flight<T>>,
    /// The other attempts of jobs that have two under way, with the places of these.
    others: Vec<(u32, Sending<T>)>,
    vacant: Vec<u32>,
    /// Whether it is down: what falls due waits until it is up again.
    pub(crate) down: bool,
}

/// A job in hand.
pub(crate) struct Flight<T: Transport> {
    pub(crate) arrival: Arrival,
    /// Its request's body, made once for all its attempts.
    pub(crate) body: Option<Bytes>,
    /// The attempt under way, or the last one.
    pub(crate) on: Sending<T>,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// Attempts that its client does not know of, because it has restarted since.
    pub(crate) before: u32,
    /// What the service last said of trying again.
    pub(crate) word: LastWord,
    /// Whose it is.
    client: u32,
    pub(crate) present: bool,
}

/// One attempt of a job.
pub(crate) struct Sending<T: Transport> {
    /// What is under way of it.
    pub(crate) exchange: Option<Exchange<T>>,
    /// What its exchange rings when it may have something to say.
    bell: Option<Waker>,
    /// What was heard of it in the moment it left, and has not been told.
    pub(crate) early: Option<Heard>,
    /// Which attempt of its job it is.
    pub(crate) n: u32,
    pub(crate) way: Way,
    sent: Instant,
    timeouts: Timeouts,
    pub(crate) heard_at: Instant,
    /// The status of its head.
    pub(crate) status: Status,
    pub(crate) first_token: Option<Instant>,
}

/// What an attempt is to its job.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The only one under way, to the service that the job is for.
    Home,
    /// One beside another that is slow.
    Hedge,
    /// One to what stands in for that service.
    Elsewhere,
}

impl Way {
    /// What an attempt carries.
    pub(crate) const fn fate(self, arrival: &Arrival) -> Fate {
        match self {
            Self::Hedge => arrival.fate_beside(),
            Self::Home | Self::Elsewhere => arrival.fate(),
        }
    }

    /// Tells of an attempt that leaves what it is beside an attempt.
    pub(crate) fn leaves(self, recorder: &mut Recorder, group: u32) {
        match self {
            Self::Home => {}
            Self::Hedge => recorder.hedged(group),
            Self::Elsewhere => recorder.sent_elsewhere(group),
        }
    }

    /// Tells of an answer whose it was.
    pub(crate) fn answered(self, recorder: &mut Recorder, group: u32, end: &JobEnd) {
        match self {
            Self::Home => {}
            Self::Hedge => recorder.hedge_won(group),
            Self::Elsewhere => recorder.answered_elsewhere(group, end),
        }
    }
}

impl<T: Transport> Seat<T> {
    fn new(group: u32, number: u32, asks: Asks, client: Client) -> Self {
        let (jobs, others, vacant) = (Vec::new(), Vec::new(), Vec::new());
        Self { group, number, asks, client, jobs, others, vacant, down: false }
    }

    /// Gives an arrival a place in the table.
    pub(crate) fn place(&mut self, arrival: Arrival) -> JobId {
        let flight = Flight::new(arrival, self.number);
        if let Some(slot) = self.vacant.pop()
            && let Some(place) = self.jobs.get_mut(slot as usize)
        {
            *place = flight;
            return JobId(slot);
        }
        self.jobs.push(flight);
        JobId(u32::try_from(self.jobs.len() - 1).unwrap_or(u32::MAX))
    }

    /// An attempt as the client numbers them, from its number among all of its job.
    pub(crate) fn known(&self, at: AttemptId) -> AttemptId {
        AttemptId { n: at.n - self.before(at.job), ..at }
    }

    /// An attempt's number among all of its job, from the one that the client knows.
    pub(crate) fn counted(&self, at: AttemptId) -> AttemptId {
        AttemptId { n: at.n + self.before(at.job), ..at }
    }

    fn before(&self, job: JobId) -> u32 {
        self.jobs.get(job.0 as usize).map_or(0, |flight| flight.before)
    }

    /// The places of the jobs in hand, in the order of their numbers.
    pub(crate) fn in_hand(&self) -> Vec<u32> {
        let present = self.jobs.iter().zip(0_u32..).filter(|(flight, _)| flight.present);
        let mut numbered: Vec<(u64, u32)> =
            present.map(|(flight, slot)| (flight.arrival.job, slot)).collect();
        numbered.sort_unstable();
        numbered.into_iter().map(|(_, slot)| slot).collect()
    }

    /// What an attempt that leaves now is to its job.
    pub(crate) fn way(&mut self, job: JobId, route: Route) -> Way {
        let busy = self.jobs.get(job.0 as usize).is_some_and(|flight| flight.on.exchange.is_some());
        match route {
            Route::Elsewhere => Way::Elsewhere,
            Route::Home if busy => {
                self.beside(job);
                Way::Hedge
            }
            Route::Home => Way::Home,
        }
    }

    /// Makes room for a second attempt of a job beside the one that is under way.
    fn beside(&mut self, job: JobId) {
        if let Some(flight) = self.jobs.get_mut(job.0 as usize) {
            let sending = Sending::none(flight.on.sent);
            self.others.push((job.0, std::mem::replace(&mut flight.on, sending)));
        }
    }

    /// The attempt in hand of a job is over: if it has another under way, that is in hand now.
    pub(crate) fn other(&mut self, job: JobId) {
        let Some(index) = self.others.iter().position(|(of, _)| *of == job.0) else { return };
        if let Some(flight) = self.jobs.get_mut(job.0 as usize) {
            (_, flight.on) = self.others.swap_remove(index);
        }
    }

    /// Of two attempts under way the earlier one is in hand from now on.
    pub(crate) fn earlier(&mut self, slot: u32) {
        let Self { jobs, others, .. } = self;
        let other = others.iter_mut().find(|(of, _)| *of == slot).map(|(_, on)| on);
        let flight = jobs.get_mut(slot as usize);
        if let (Some(flight), Some(other)) = (flight, other)
            && other.n < flight.on.n
        {
            std::mem::swap(&mut flight.on, other);
        }
    }

    /// The job is done and its place another's.
    pub(crate) fn free(&mut self, job: JobId) {
        if let Some(flight) = self.jobs.get_mut(job.0 as usize) {
            flight.present = false;
            flight.body = None;
            self.vacant.push(job.0);
        }
    }
}

/// Every client, those of the first group first, and which of them are whose.
pub(crate) fn seated<T: Transport>(
    scenario: &Scenario,
    stacks: &[Stack],
    seed: Seed,
) -> (Vec<Seat<T>>, Vec<Row>) {
    let clients = scenario.groups.iter().map(|group| group.clients);
    let rows: Vec<Row> = Row::all(clients).collect();
    let mut seats = Vec::new();
    let groups = rows.iter().zip(scenario.asks()).zip(stacks);
    for (group, ((row, asks), stack)) in (0..).zip(groups) {
        let client = || Client::new(stack, ClientId { group }, seed);
        let numbers = 0..row.clients().get();
        seats.extend(numbers.map(|number| Seat::new(group, number, asks, client())));
    }
    (seats, rows)
}

/// The flight whose attempt `n` is under way in this place, with its group; `None` when the job has
/// gone on since, or left its place to another. Of two attempts under way it is the one in hand
/// then.
pub(crate) fn in_flight<T: Transport>(
    seats: &mut [Seat<T>],
    seat: u32,
    slot: u32,
    n: u32,
) -> Option<(u32, &mut Flight<T>)> {
    let Seat { group, jobs, others, .. } = seats.get_mut(seat as usize)?;
    let flight = jobs.get_mut(slot as usize)?;
    if flight.on.n != n
        && let Some((_, other)) = others.iter_mut().find(|(of, on)| (*of, on.n) == (slot, n))
    {
        std::mem::swap(&mut flight.on, other);
    }
    let same = flight.present && flight.on.n == n && flight.on.exchange.is_some();
    same.then_some((*group, flight))
}

impl<T: Transport> Flight<T> {
    fn new(arrival: Arrival, client: u32) -> Self {
        Self {
            arrival,
            body: None,
            on: Sending::none(arrival.due),
            attempts: 0,
            before: 0,
            word: LastWord::NONE,
            client,
            present: true,
        }
    }

    pub(crate) fn attempt_end(&self, now: Instant, how: AttemptOutcome) -> AttemptEnd {
        let Sending { n, sent, .. } = self.on;
        AttemptEnd { job: self.arrival.job, n, sent, now, how }
    }

    pub(crate) fn job_end(&self, deadline: Option<Span>, how: JobOutcome) -> JobEnd {
        let Self { arrival, client, attempts, .. } = self;
        JobEnd { due: arrival.due, deadline, client: *client, attempts: *attempts, how }
    }

    pub(crate) fn turned_away(&self, now: Instant, reply: &Reply, truly: RefusedBy) -> AttemptEnd {
        let cause = RefusedBy::of(reply.error);
        self.attempt_end(now, AttemptOutcome::turned_away(reply.status, cause, truly))
    }

    /// A whole answer ends both the attempt and the job.
    pub(crate) fn answered(&self, now: Instant, usage: Usage) -> (AttemptEnd, JobOutcome) {
        let Sending { sent, first_token, .. } = self.on;
        let first_token = first_token.unwrap_or(now);
        let how = JobOutcome::Answered { sent, first_token, answered: now, usage };
        (self.attempt_end(now, AttemptOutcome::Ok(usage)), how)
    }

    pub(crate) fn broken(&self, now: Instant) -> AttemptEnd {
        self.attempt_end(now, AttemptOutcome::Failed { status: self.on.status })
    }

    pub(crate) fn unanswered(&self, now: Instant) -> AttemptEnd {
        self.attempt_end(now, AttemptOutcome::Unanswered)
    }

    /// Its client waited long enough. What came of an answer by then decides what it was.
    pub(crate) fn timed_out(&self, now: Instant) -> AttemptEnd {
        let status = self.on.exchange.as_ref().and_then(Exchange::status);
        let broken_off =
            |status| AttemptOutcome::turned_away(status, RefusedBy::Other, RefusedBy::Other);
        self.attempt_end(now, status.map_or(AttemptOutcome::Unanswered, broken_off))
    }

    pub(crate) fn cancelled(&self, now: Instant) -> AttemptEnd {
        self.attempt_end(now, AttemptOutcome::Cancelled)
    }

    pub(crate) fn open(&self, now: Instant) -> AttemptEnd {
        // What a late generator sent after the run's end has no length.
        self.attempt_end(now.max(self.on.sent), AttemptOutcome::Open)
    }
}

impl<T: Transport> Sending<T> {
    /// None has left yet.
    fn none(due: Instant) -> Self {
        Self {
            exchange: None,
            bell: None,
            early: None,
            n: 0,
            way: Way::Home,
            sent: due,
            timeouts: Timeouts::default(),
            heard_at: due,
            status: Status::OK,
            first_token: None,
        }
    }

    /// It leaves.
    pub(crate) fn leaves(
        &mut self,
        (n, way): (u32, Way),
        now: Instant,
        timeouts: Timeouts,
        bell: Waker,
    ) {
        (self.n, self.way) = (n, way);
        self.bell = Some(bell);
        self.sent = now;
        self.heard_at = now;
        self.timeouts = timeouts;
        self.early = None;
        self.first_token = None;
    }

    /// What its exchange says next; nothing more will come where there is none.
    pub(crate) fn poll(&mut self, scenario: &Scenario) -> Poll<Option<Heard>> {
        let (Some(exchange), Some(bell)) = (&mut self.exchange, &self.bell) else {
            return Poll::Ready(None);
        };
        exchange.poll(scenario, &mut Context::from_waker(bell))
    }

    /// When its client has waited long enough, if nothing more is heard.
    pub(crate) fn patience(&self) -> Option<Instant> {
        self.timeouts.silence.map(|silence| self.heard_at.after(silence))
    }
}
