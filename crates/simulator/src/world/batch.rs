//! Groups whose jobs go by files: what falls due is gathered and handed in every so often, or
//! sooner when a file is full.
//!
//! ```text
//!   due ──► gathered ──► handed in, all lines of a file in one instant ──► its end: each line is
//!               ▲                                                              │   answered, or
//!               └────── to the next file, while it has tries left ◄────────────┘
//! ```
//!
//! A line of a file is an attempt of its job, sent when the file is handed in and ended when its
//! client looks at the end of the file. A file that is refused is an attempt of all its jobs. The
//! cell's strategy has no say: there is nothing to pace and nothing to back off from. The one
//! client of such a group never comes up, so that its jobs wait where those of a client do that
//! restarts, and the way of every other job is as short as ever.

use limits::{Instant, Span};
use mock_together::{BatchId, Collected, Line, LineEnd, Submitted};
use rulebook::BatchRules;
use run_record::{AttemptOutcome, JobOutcome, LastWord, RefusedBy};
use scenario::Row;
use strategies::JobId;
use wire::Reply;

use super::World;
use crate::agenda::{Entry, Kind, Turn};
use crate::seat::{Seat, Underway};

/// How a group's jobs go by files.
#[derive(Copy, Clone, Debug)]
pub(crate) struct ByFile {
    /// Which group it is.
    pub(crate) group: u32,
    /// How often what has fallen due is handed in, counted from the beginning.
    pub(crate) every: Span,
    /// How often a job is handed in at most.
    pub(crate) tries: u32,
    /// How much a file holds.
    pub(crate) rules: BatchRules,
}

/// The files of one group.
#[derive(Debug)]
pub(super) struct Outbox {
    ways: ByFile,
    seat: u32,
    /// Jobs that no file has had yet, by their places at the client, in the order in which they fell
    /// due.
    fresh: Vec<u32>,
    /// How large a file they make.
    bytes: u64,
    /// Jobs that go into another file.
    again: Vec<u32>,
    /// Whether the next handing in is on the agenda.
    called: bool,
    /// Every file, while it is under way.
    files: Vec<Option<File>>,
}

/// A file under way.
#[derive(Debug)]
struct File {
    slots: Vec<u32>,
    what: Fate,
}

/// What becomes of a file.
#[derive(Copy, Clone, Debug)]
enum Fate {
    Accepted(BatchId),
    Refused(Reply),
}

/// What came of a line.
#[derive(Copy, Clone, Debug)]
enum Came {
    Refused(Reply),
    Ended(LineEnd),
}

/// The outboxes of the groups that have one. Their clients do not come up.
pub(super) fn outboxes(by_file: &[ByFile], rows: &[Row], seats: &mut [Seat]) -> Vec<Outbox> {
    let one = |ways: &ByFile| {
        let seat = rows.get(ways.group as usize)?.seat_of(0);
        seats.get_mut(seat as usize)?.down = true;
        let (fresh, again, files) = (Vec::new(), Vec::new(), Vec::new());
        Some(Outbox { ways: *ways, seat, fresh, bytes: 0, again, called: false, files })
    };
    by_file.iter().filter_map(one).collect()
}

impl Outbox {
    pub(super) fn is_of(&self, group: u32) -> bool {
        self.ways.group == group
    }

    fn bytes_of(&self, prompt: u32) -> u64 {
        u64::from(prompt).saturating_mul(self.ways.rules.bytes_per_token.into())
    }
}

impl World<'_> {
    /// A job waits, because its client is down: for the next file where its group sends those.
    #[cold]
    pub(super) fn wait(&mut self, now: Instant, seat: u32, job: JobId) {
        let Some(Seat { group, jobs, .. }) = self.seats.get(seat as usize) else { return };
        let Some(index) = self.outboxes.iter().position(|outbox| outbox.is_of(*group)) else {
            return;
        };
        let prompt = jobs.get(job.0 as usize).map_or(0, |flight| flight.arrival.prompt);
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        let more = outbox.bytes_of(prompt);
        if outbox.bytes.saturating_add(more) > outbox.ways.rules.bytes {
            self.hand_in_fresh(now, index);
        }
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        outbox.fresh.push(job.0);
        outbox.bytes += more;
        if outbox.fresh.len() as u64 >= outbox.ways.rules.lines {
            self.hand_in_fresh(now, index);
        }
        self.call(now, index);
    }

    /// Puts the next handing in on the agenda where something waits for it.
    fn call(&mut self, now: Instant, index: usize) {
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        if outbox.called || outbox.fresh.is_empty() && outbox.again.is_empty() {
            return;
        }
        outbox.called = true;
        let every = outbox.ways.every.nanos().max(1);
        let at = Instant::from_nanos(now.nanos().div_ceil(every).saturating_mul(every));
        self.look_later(at, index, 0, Kind::HandIn);
    }

    /// Everything that waits goes.
    pub(super) fn hand_in(&mut self, now: Instant, index: usize) {
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        outbox.called = false;
        outbox.bytes = 0;
        let mut waits = std::mem::take(&mut outbox.again);
        waits.append(&mut outbox.fresh);
        let Some(place) = self.seats.get(outbox.seat as usize) else { return };
        let mut files = vec![Vec::new()];
        let mut bytes = 0_u64;
        for slot in waits {
            let prompt = place.jobs.get(slot as usize).map_or(0, |flight| flight.arrival.prompt);
            let more = outbox.bytes_of(prompt);
            let Some(file) = files.last_mut() else { return };
            let full = file.len() as u64 >= outbox.ways.rules.lines
                || bytes.saturating_add(more) > outbox.ways.rules.bytes;
            if full && !file.is_empty() {
                files.push(vec![slot]);
                bytes = more;
            } else {
                file.push(slot);
                bytes += more;
            }
        }
        for file in files {
            self.submit(now, index, file);
        }
    }

    /// What has never been handed in goes, because it fills a file.
    fn hand_in_fresh(&mut self, now: Instant, index: usize) {
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        outbox.bytes = 0;
        let file = std::mem::take(&mut outbox.fresh);
        self.submit(now, index, file);
    }

    /// One file is handed in: an attempt for each of its jobs.
    fn submit(&mut self, now: Instant, index: usize, slots: Vec<u32>) {
        let Self { service, seats, outboxes, recorder, .. } = self;
        let Some(outbox) = outboxes.get_mut(index).filter(|_| !slots.is_empty()) else { return };
        let Some(Seat { group, party, jobs, .. }) = seats.get_mut(outbox.seat as usize) else {
            return;
        };
        let mut lines = Vec::with_capacity(slots.len());
        for slot in &slots {
            let Some(flight) = jobs.get_mut(*slot as usize) else { continue };
            flight.attempts += 1;
            flight.n = flight.attempts;
            flight.sent = now;
            flight.underway = Underway::Filed;
            recorder.sent(*group, now, flight.n == 1);
            if let Some(why) = flight.word.makes_useless(now) {
                recorder.useless(*group, why);
            }
            let request = party.request(outbox.seat, flight.way, &flight.arrival);
            lines.push(Line { request, attempt: flight.n });
        }
        let (what, look_at) = match service.submit(now, party.pair, &lines) {
            Submitted::Accepted { id, ends_at } => (Fate::Accepted(id), ends_at),
            Submitted::Refused { reply, head_at } => (Fate::Refused(reply), head_at),
        };
        outbox.files.push(Some(File { slots, what }));
        let file = outbox.files.len() - 1;
        self.look_later(look_at, index, file, Kind::FileEnds);
    }

    fn look_later(&mut self, at: Instant, index: usize, file: usize, kind: Kind) {
        let group = self.outboxes.get(index).map_or(0, |outbox| outbox.ways.group);
        let number = |index| u32::try_from(index).unwrap_or(u32::MAX);
        let (seat, slot) = (number(index), number(file));
        let turn = Turn::of_file(at, group, slot, kind);
        self.agenda.push(Entry { turn, kind, seat, slot, mark: 0 });
    }

    /// The client looks at a file, whose end has come unless it was held up.
    pub(super) fn look_at_file(&mut self, now: Instant, index: usize, number: u32) {
        let file = self.outboxes.get_mut(index).and_then(|outbox| {
            let file = outbox.files.get_mut(number as usize)?;
            file.take()
        });
        let Some(File { slots, what }) = file else { return };
        match what {
            Fate::Refused(reply) => {
                for slot in slots {
                    self.line_ends(now, index, slot, Came::Refused(reply));
                }
            }
            Fate::Accepted(id) => match self.service.collect(now, id) {
                Collected::Underway { look_at } => {
                    let outbox = self.outboxes.get_mut(index);
                    let file = outbox.and_then(|outbox| outbox.files.get_mut(number as usize));
                    if let Some(file) = file {
                        *file = Some(File { slots, what });
                    }
                    self.look_later(look_at, index, number as usize, Kind::FileEnds);
                }
                Collected::Ended(ends) => {
                    self.charged_at = now;
                    for (slot, end) in slots.into_iter().zip(ends) {
                        self.line_ends(now, index, slot, Came::Ended(end));
                    }
                }
            },
        }
        self.call(now, index);
    }

    /// An attempt ends, and its job with it unless it goes into another file.
    fn line_ends(&mut self, now: Instant, index: usize, slot: u32, came: Came) {
        let Self { seats, outboxes, recorder, .. } = self;
        let Some(outbox) = outboxes.get_mut(index) else { return };
        let Some(place) = seats.get_mut(outbox.seat as usize) else { return };
        let deadline = place.party.asks.deadline;
        let Some(flight) = place.jobs.get_mut(slot as usize) else { return };
        flight.underway = Underway::Nothing;
        let how = match came {
            Came::Refused(reply) | Came::Ended(LineEnd::Failed(reply)) => {
                let cause = RefusedBy::of(reply.error);
                flight.word = LastWord::of(now, &reply);
                AttemptOutcome::turned_away(reply.status, cause, cause)
            }
            Came::Ended(LineEnd::Expired) => AttemptOutcome::Unanswered,
            Came::Ended(LineEnd::Done(usage)) => AttemptOutcome::Ok(usage),
        };
        recorder.attempt_ended(place.group, flight.attempt_end(now, how));
        let outcome = match how {
            AttemptOutcome::Ok(usage) => {
                JobOutcome::Answered { sent: flight.sent, first_token: now, answered: now, usage }
            }
            AttemptOutcome::Refused { .. }
            | AttemptOutcome::Failed { .. }
            | AttemptOutcome::Unanswered
            | AttemptOutcome::Cancelled
            | AttemptOutcome::Open => {
                if flight.n < outbox.ways.tries {
                    outbox.again.push(slot);
                    return;
                }
                JobOutcome::GaveUp { at: now }
            }
        };
        recorder.job_ended(place.group, flight.job_end(deadline, outcome));
        flight.present = false;
        place.free.push(slot);
        let (group, job) = (place.group, flight.arrival.job);
        if let Some(next) = self.loops.next_after(group, job, now) {
            self.want(next);
        }
    }
}
