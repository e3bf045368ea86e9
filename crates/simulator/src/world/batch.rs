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
//!
//! A strategy may also send into the next file what did not get through otherwise. Such an attempt is
//! sent when the strategy says so, and waits in the outbox; its client is told how its line ended.

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
    /// Whether only those of its jobs go by files that their strategy sends there. It says how often
    /// it tries, too.
    pub(crate) deferred: bool,
    /// How much a file holds.
    pub(crate) rules: BatchRules,
}

/// The files of one group.
#[derive(Debug)]
pub(super) struct Outbox {
    ways: ByFile,
    /// Jobs that no file has had yet, in the order in which they fell due.
    fresh: Vec<Place>,
    /// How large a file they make.
    bytes: u64,
    /// Jobs that go into another file.
    again: Vec<Place>,
    /// Whether the next handing in is on the agenda.
    called: bool,
    /// Every file, while it is under way.
    files: Vec<Option<File>>,
}

/// A file under way.
#[derive(Debug)]
struct File {
    lines: Vec<Place>,
    what: Fate,
}

/// A job, by its client and its place there.
#[derive(Copy, Clone, Debug)]
pub(super) struct Place {
    pub(super) seat: u32,
    pub(super) slot: u32,
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

impl Came {
    /// What was said, where something was.
    const fn reply(self) -> Option<Reply> {
        match self {
            Self::Refused(reply) | Self::Ended(LineEnd::Failed(reply)) => Some(reply),
            Self::Ended(LineEnd::Expired | LineEnd::Done(_)) => None,
        }
    }
}

/// The outboxes of the groups that have one. Their clients do not come up.
pub(super) fn outboxes(by_file: &[ByFile], rows: &[Row], seats: &mut [Seat]) -> Vec<Outbox> {
    let one = |ways: &ByFile| {
        if !ways.deferred {
            let seat = rows.get(ways.group as usize)?.seat_of(0);
            seats.get_mut(seat as usize)?.down = true;
        }
        let (fresh, again, files) = (Vec::new(), Vec::new(), Vec::new());
        Some(Outbox { ways: *ways, fresh, bytes: 0, again, called: false, files })
    };
    by_file.iter().filter_map(one).collect()
}

impl Outbox {
    /// Whether all jobs of this group go by it.
    pub(super) fn is_of(&self, group: u32) -> bool {
        self.ways.group == group && !self.ways.deferred
    }

    fn bytes_of(&self, prompt: u32) -> u64 {
        u64::from(prompt).saturating_mul(self.ways.rules.bytes_per_token.into())
    }
}

/// How long a job's prompt is.
fn prompt_of(seats: &[Seat], Place { seat, slot }: Place) -> u32 {
    let flight = seats.get(seat as usize).and_then(|place| place.jobs.get(slot as usize));
    flight.map_or(0, |flight| flight.arrival.prompt)
}

impl World<'_> {
    /// A job waits, because its client is down: for the next file where its group sends those.
    #[cold]
    pub(super) fn wait(&mut self, now: Instant, seat: u32, job: JobId) {
        let Some(Seat { group, .. }) = self.seats.get(seat as usize) else { return };
        let Some(index) = self.outboxes.iter().position(|outbox| outbox.is_of(*group)) else {
            return;
        };
        self.gather(now, index, Place { seat, slot: job.0 });
    }

    /// A client sends a job into the next file.
    #[cold]
    pub(super) fn defer(&mut self, now: Instant, seat: u32, job: JobId) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let group = place.group;
        if let Some(flight) = place.jobs.get_mut(job.0 as usize) {
            flight.underway = Underway::Filed;
        }
        let of_group = |outbox: &Outbox| outbox.ways.group == group;
        if let Some(index) = self.outboxes.iter().position(of_group) {
            self.gather(now, index, Place { seat, slot: job.0 });
        }
    }

    /// A job waits for the next file, which goes at once where it makes that full.
    fn gather(&mut self, now: Instant, index: usize, place: Place) {
        let prompt = prompt_of(&self.seats, place);
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        let more = outbox.bytes_of(prompt);
        if outbox.bytes.saturating_add(more) > outbox.ways.rules.bytes {
            self.hand_in_fresh(now, index);
        }
        let Some(outbox) = self.outboxes.get_mut(index) else { return };
        outbox.fresh.push(place);
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
        let mut files = vec![Vec::new()];
        let mut bytes = 0_u64;
        for line in waits {
            let more = outbox.bytes_of(prompt_of(&self.seats, line));
            let Some(file) = files.last_mut() else { return };
            let full = file.len() as u64 >= outbox.ways.rules.lines
                || bytes.saturating_add(more) > outbox.ways.rules.bytes;
            if full && !file.is_empty() {
                files.push(vec![line]);
                bytes = more;
            } else {
                file.push(line);
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

    /// One file is handed in: an attempt for each of its jobs. Those that were sent into it are on
    /// their way already.
    fn submit(&mut self, now: Instant, index: usize, places: Vec<Place>) {
        let Self { service, seats, outboxes, recorder, .. } = self;
        let Some(outbox) = outboxes.get_mut(index).filter(|_| !places.is_empty()) else { return };
        let mut lines = Vec::with_capacity(places.len());
        let mut pair = None;
        for Place { seat, slot } in &places {
            let Some(Seat { group, party, jobs, .. }) = seats.get_mut(*seat as usize) else {
                continue;
            };
            let Some(flight) = jobs.get_mut(*slot as usize) else { continue };
            if !outbox.ways.deferred {
                flight.attempts += 1;
                flight.n = flight.attempts;
                flight.sent = now;
                flight.underway = Underway::Filed;
                recorder.sent(*group, now, flight.n == 1);
                if let Some(why) = flight.word.makes_useless(now) {
                    recorder.useless(*group, why);
                }
            }
            let request = party.request(*seat, flight.way, &flight.arrival);
            pair = Some(request.pair);
            lines.push(Line { request, attempt: flight.n });
        }
        let Some(pair) = pair else { return };
        let (what, look_at) = match service.submit(now, pair, &lines) {
            Submitted::Accepted { id, ends_at } => (Fate::Accepted(id), ends_at),
            Submitted::Refused { reply, head_at } => (Fate::Refused(reply), head_at),
        };
        outbox.files.push(Some(File { lines: places, what }));
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
        let Some(File { lines, what }) = file else { return };
        match what {
            Fate::Refused(reply) => {
                for line in lines {
                    self.line_ends(now, index, line, Came::Refused(reply));
                }
            }
            Fate::Accepted(id) => match self.service.collect(now, id) {
                Collected::Underway { look_at } => {
                    let outbox = self.outboxes.get_mut(index);
                    let file = outbox.and_then(|outbox| outbox.files.get_mut(number as usize));
                    if let Some(file) = file {
                        *file = Some(File { lines, what });
                    }
                    self.look_later(look_at, index, number as usize, Kind::FileEnds);
                }
                Collected::Ended(ends) => {
                    self.charged_at = now;
                    for (line, end) in lines.into_iter().zip(ends) {
                        self.line_ends(now, index, line, Came::Ended(end));
                    }
                }
            },
        }
        self.call(now, index);
    }

    /// An attempt ends, and its job with it unless it goes into another file.
    fn line_ends(&mut self, now: Instant, index: usize, line: Place, came: Came) {
        let Self { seats, outboxes, recorder, .. } = self;
        let Place { seat, slot } = line;
        let Some(outbox) = outboxes.get_mut(index) else { return };
        let Some(place) = seats.get_mut(seat as usize) else { return };
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
        if outbox.ways.deferred {
            return self.deferred_ends(now, line, how, came.reply());
        }
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
                    outbox.again.push(line);
                    return;
                }
                JobOutcome::GaveUp { at: now }
            }
        };
        recorder.job_ended(place.group, flight.job_end(deadline, outcome));
        self.freed(now, line);
    }

    /// The job is over: its place is another's from now on.
    pub(super) fn freed(&mut self, now: Instant, Place { seat, slot }: Place) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let Some(flight) = place.jobs.get_mut(slot as usize) else { return };
        flight.present = false;
        place.free.push(slot);
        if let Some(next) = self.loops.next_after(place.group, flight.arrival.job, now) {
            self.want(next);
        }
    }
}
