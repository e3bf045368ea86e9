//! A client, and the jobs that it has in hand.

use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Span};
use mock_together::Ticket;
use run_record::{AttemptEnd, AttemptOutcome, JobEnd, JobOutcome, LastWord};
use scenario::{Arrival, Asks, Row};
use strategies::{AttemptId, Client, ClientId, JobId, Stack};
use wire::{PairId, Reply, Request, TariffId};

use crate::agenda::Entry;

/// A group of the scenario as a world sees it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Party {
    pub(crate) pair: PairId,
    /// What its requests cost.
    pub(crate) tariff: TariffId,
    pub(crate) asks: Asks,
    pub(crate) clients: NonZeroU32,
}

impl Party {
    /// What one of its clients sends for a job.
    #[inline(always)]
    #[expect(clippy::inline_always, reason = "it is as long as what it makes")]
    pub(crate) fn request(&self, caller: u32, arrival: &Arrival) -> Request {
        Request {
            pair: self.pair,
            prompt: arrival.prompt,
            count: self.asks.count,
            max_tokens: self.asks.max_tokens,
            stream: self.asks.stream,
            caller,
            tariff: self.tariff,
            fate: arrival.fate(),
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
    /// Attempts that its client does not know of, because it has restarted since.
    pub(crate) before: u32,
    pub(crate) sent: Instant,
    /// What the service last said of trying again.
    pub(crate) word: LastWord,
    /// Whose it is.
    client: u32,
    pub(crate) present: bool,
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
        (flight.n, flight.before) = (0, 0);
        flight.sent = arrival.due;
        flight.word = LastWord::NONE;
        flight.present = true;
        JobId(slot)
    }
}

/// The flight that an entry is about, with its group and the group's deadline; `None` when the job
/// has gone on since, or left its place to another.
#[inline]
pub(crate) fn in_flight(
    seats: &mut [Seat],
    entry: Entry,
) -> Option<(u32, Option<Span>, &mut Flight)> {
    let Seat { group, party, jobs, .. } = seats.get_mut(entry.seat as usize)?;
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
        let Self { arrival, client, n, .. } = self;
        JobEnd { due: arrival.due, deadline, client: *client, attempts: *n, how }
    }
}
