//! A client, and the jobs that it has in hand.

use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Span};
use mock_together::Ticket;
use run_record::{AttemptEnd, AttemptOutcome, JobEnd, JobOutcome, LastWord, Recorder};
use scenario::{Arrival, Asks, Row};
use strategies::{AttemptId, Client, ClientId, JobId, Route, Stack};
use wire::{PairId, Reply, Request, TariffId, Usage};

use crate::agenda::Entry;

/// A group of the scenario as a world sees it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Party {
    pub(crate) pair: PairId,
    /// What its requests cost.
    pub(crate) tariff: TariffId,
    pub(crate) there: There,
    pub(crate) asks: Asks,
    pub(crate) clients: NonZeroU32,
}

/// Where the jobs of a group go that its strategy sends elsewhere.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum There {
    /// It sends none.
    Nowhere,
    /// To another model, or an endpoint, at its own price.
    Pair(PairId, TariffId),
    /// Into the group's next file, at the price of a line.
    File(PairId, TariffId),
}

impl Party {
    /// What one of its clients sends for a job.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is as long as what it makes")]
    pub(crate) fn request(&self, caller: u32, way: Way, arrival: &Arrival) -> Request {
        let (pair, tariff) = match (way, self.there) {
            (Way::Elsewhere, There::Pair(pair, tariff) | There::File(pair, tariff)) => {
                (pair, tariff)
            }
            _ => (self.pair, self.tariff),
        };
        Request {
            pair,
            prompt: arrival.prompt,
            count: self.asks.count,
            max_tokens: self.asks.max_tokens,
            stream: self.asks.stream,
            caller,
            tariff,
            fate: if way == Way::Hedge { arrival.fate_beside() } else { arrival.fate() },
        }
    }
}

/// A client with its table of jobs.
#[derive(Debug)]
pub(crate) struct Seat {
    pub(crate) group: u32,
    /// Which of its group's clients it is.
    pub(crate) number: u32,
    pub(crate) party: Party,
    pub(crate) client: Client,
    pub(crate) jobs: Vec<Flight>,
    /// The other attempts of jobs that have two in flight, with the places of these.
    others: Vec<(u32, Other)>,
    pub(crate) free: Vec<u32>,
    /// Whether it is down: what falls due waits until it is up again.
    pub(crate) down: bool,
}

/// A job in hand.
#[derive(Debug)]
pub(crate) struct Flight {
    pub(crate) arrival: Arrival,
    pub(crate) underway: Underway,
    /// The attempt in flight, or the last one.
    pub(crate) n: u32,
    pub(crate) way: Way,
    /// Attempts so far.
    pub(crate) attempts: u32,
    /// Attempts that its client does not know of, because it has restarted since.
    pub(crate) before: u32,
    pub(crate) sent: Instant,
    /// What the service last said of trying again.
    pub(crate) word: LastWord,
    /// Whose it is.
    client: u32,
    pub(crate) present: bool,
}

/// What an attempt is to its job.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// The only one in flight, to the service that the job is for.
    Home,
    /// One beside another that is slow.
    Hedge,
    /// One to what stands in for that service.
    Elsewhere,
}

impl Way {
    /// Tells of an attempt that leaves what it is beside an attempt.
    #[inline]
    pub(crate) fn leaves(self, recorder: &mut Recorder, group: u32) {
        match self {
            Self::Home => {}
            Self::Hedge => recorder.hedged(group),
            Self::Elsewhere => recorder.sent_elsewhere(group),
        }
    }

    /// Tells of an answer whose it was.
    #[inline]
    pub(crate) fn answered(self, recorder: &mut Recorder, group: u32, end: &JobEnd) {
        match self {
            Self::Home => {}
            Self::Hedge => recorder.hedge_won(group),
            Self::Elsewhere => recorder.answered_elsewhere(group, end),
        }
    }

    /// Tells of an attempt that its client left where that was.
    pub(crate) fn abandoned(self, recorder: &mut Recorder, group: u32, used: Usage) {
        if self == Self::Elsewhere {
            recorder.abandoned_elsewhere(group, used);
        }
    }
}

/// An attempt in flight beside the one that its job has in hand.
#[derive(Debug)]
struct Other {
    underway: Underway,
    n: u32,
    way: Way,
    sent: Instant,
}

/// What the attempt in flight is waiting for.
#[derive(Debug)]
pub(crate) enum Underway {
    Nothing,
    Refusal(Reply),
    Answer(Ticket),
    /// A line of a file, whose end will tell.
    Filed,
}

/// Every client, those of the first group first, and which of them are whose.
pub(crate) fn seated(parties: &[(Party, &Stack)], seed: Seed) -> (Vec<Seat>, Vec<Row>) {
    let rows: Vec<Row> = Row::all(parties.iter().map(|(party, _)| party.clients)).collect();
    let mut seats = Vec::new();
    for (group, &(party, stack)) in (0..).zip(parties) {
        seats.extend((0..party.clients.get()).map(|number| Seat {
            group,
            number,
            party,
            client: Client::new(stack, ClientId { group }, seed),
            jobs: Vec::new(),
            others: Vec::new(),
            free: Vec::new(),
            down: false,
        }));
    }
    (seats, rows)
}

impl Seat {
    /// Gives an arrival a place in the table.
    pub(crate) fn place(&mut self, arrival: Arrival) -> JobId {
        let Some(slot) = self.free.pop() else {
            self.jobs.push(Flight {
                arrival,
                underway: Underway::Nothing,
                n: 0,
                way: Way::Home,
                attempts: 0,
                before: 0,
                sent: arrival.due,
                word: LastWord::NONE,
                client: self.number,
                present: true,
            });
            return JobId(u32::try_from(self.jobs.len() - 1).unwrap_or(u32::MAX));
        };
        // Field by field: a whole flight is copied with all the room that a ticket would take.
        let flight = &mut self.jobs[slot as usize];
        flight.arrival = arrival;
        flight.underway = Underway::Nothing;
        (flight.n, flight.attempts, flight.before) = (0, 0, 0);
        flight.sent = arrival.due;
        flight.word = LastWord::NONE;
        flight.present = true;
        JobId(slot)
    }

    /// An attempt of a job leaves now: what it is to its job.
    #[inline]
    pub(crate) fn leaves(&mut self, now: Instant, at: AttemptId, route: Route) -> Option<Way> {
        let flight = self.jobs.get(at.job.0 as usize)?;
        let way = match (route, &flight.underway) {
            (Route::Elsewhere, _) => Way::Elsewhere,
            (Route::Home, Underway::Nothing) => Way::Home,
            (Route::Home, _) => {
                self.beside(at.job);
                Way::Hedge
            }
        };
        let flight = self.jobs.get_mut(at.job.0 as usize)?;
        flight.n = flight.before + at.n;
        flight.attempts = flight.n;
        (flight.way, flight.sent) = (way, now);
        Some(way)
    }

    /// Makes room for a second attempt of a job beside the one that is in flight.
    #[cold]
    fn beside(&mut self, job: JobId) {
        let Some(flight) = self.jobs.get_mut(job.0 as usize) else { return };
        let underway = std::mem::replace(&mut flight.underway, Underway::Nothing);
        let Flight { n, way, sent, .. } = *flight;
        self.others.push((job.0, Other { underway, n, way, sent }));
    }

    /// The attempt in hand of a job is over: if it has another in flight, that is in hand now.
    #[inline]
    pub(crate) fn other(&mut self, slot: u32) {
        if !self.others.is_empty() {
            self.take_other(slot);
        }
    }

    #[cold]
    fn take_other(&mut self, slot: u32) {
        let Some(index) = self.others.iter().position(|(of, _)| *of == slot) else { return };
        if let Some(flight) = self.jobs.get_mut(slot as usize) {
            let (_, Other { underway, n, way, sent }) = self.others.swap_remove(index);
            flight.underway = underway;
            (flight.n, flight.way, flight.sent) = (n, way, sent);
        }
    }

    /// Of two attempts in flight the one with this number is in hand from now on, or without a
    /// number the earlier one.
    #[inline]
    pub(crate) fn in_hand(&mut self, slot: u32, n: Option<u32>) {
        if !self.others.is_empty() {
            self.swap(slot, n);
        }
    }

    #[cold]
    fn swap(&mut self, slot: u32, n: Option<u32>) {
        let Self { jobs, others, .. } = self;
        let Some(flight) = jobs.get_mut(slot as usize) else { return };
        let other = others.iter_mut().map(|(of, other)| (*of, other));
        for (_, other) in other.filter(|(of, _)| *of == slot) {
            if n.map_or(other.n < flight.n, |n| other.n == n) {
                std::mem::swap(&mut flight.underway, &mut other.underway);
                std::mem::swap(&mut flight.n, &mut other.n);
                std::mem::swap(&mut flight.way, &mut other.way);
                std::mem::swap(&mut flight.sent, &mut other.sent);
            }
        }
    }
}

/// The flight that an entry is about, with its group and the group's deadline; `None` when the job
/// has gone on since, or left its place to another. Of two attempts in flight it is the one in hand
/// then.
#[inline]
pub(crate) fn in_flight(
    seats: &mut [Seat],
    entry: Entry,
) -> Option<(u32, Option<Span>, &mut Flight)> {
    let seat = seats.get_mut(entry.seat as usize)?;
    seat.in_hand(entry.slot, Some(entry.mark));
    let Seat { group, party, jobs, .. } = seat;
    let flight = jobs.get_mut(entry.slot as usize)?;
    let same = flight.present && flight.n == entry.mark && entry.turn.is_of(flight.arrival.job);
    same.then_some((*group, party.asks.deadline, flight))
}

impl Flight {
    /// The attempt in flight as its client numbers them.
    #[inline]
    pub(crate) fn attempt(&self, slot: u32) -> AttemptId {
        AttemptId { job: JobId(slot), n: self.n - self.before }
    }

    pub(crate) fn attempt_end(&self, now: Instant, how: AttemptOutcome) -> AttemptEnd {
        AttemptEnd { job: self.arrival.job, n: self.n, sent: self.sent, now, how }
    }

    pub(crate) fn job_end(&self, deadline: Option<Span>, how: JobOutcome) -> JobEnd {
        let Self { arrival, client, attempts, .. } = self;
        JobEnd { due: arrival.due, deadline, client: *client, attempts: *attempts, how }
    }
}
