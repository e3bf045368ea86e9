//! One cell, one replication: both machines on one agenda.
//!
//! Nothing is allocated for an event, but where a client restarts. Tables grow to what is in flight at once and stay.

use chance::Seed;
use limits::Instant;
use mock_together::{Answer, Placed, Service};
use run_record::{AttemptOutcome, JobOutcome, LastWord, Recorder, RefusedBy};
use scenario::{Arrival, Loops, Row, Switch, Timeline, Wanted};
use strategies::{Action, AttemptId, Ended, Event, JobId, Outcome, Route, SharedBucket, Stack};
use strategies::{Timeouts, Timer};

use crate::Watch;
use crate::agenda::{Agenda, Entry, Kind, Turn};
use crate::seat::{Party, Seat, There, Underway, Way, in_flight, seated};
use crate::world::batch::Outbox;

mod batch;
mod closing;
mod deferred;
mod restart;
mod shared;

pub(crate) use batch::ByFile;

/// Events that happen before the watch is asked again whether to stop: about a millisecond.
const EVENTS_UNASKED: u32 = 4_096;

/// A run under way.
#[derive(Debug)]
pub(crate) struct World<'a> {
    service: Service,
    /// Who asks for the next job once the last one has ended.
    loops: Loops<'a>,
    /// When clients go down and are up again.
    switches: Vec<Switch>,
    /// Every client: those of the first group, those of the second, and so on.
    seats: Vec<Seat>,
    /// Which of them are whose, by group.
    rows: Vec<Row>,
    agenda: Agenda,
    recorder: Recorder,
    /// The groups that send files.
    outboxes: Vec<Outbox>,
    /// The buckets that clients share, by group.
    shared: Vec<Option<SharedBucket>>,
    /// What clients asked for and nobody has done yet; empty between events.
    wishes: Vec<Action>,
    /// When the run is over, drained or not.
    end: Instant,
    /// When something was last charged.
    charged_at: Instant,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Over {
    pub(crate) recorder: Recorder,
    pub(crate) service: Service,
    /// When something was last charged.
    pub(crate) charged_at: Instant,
}

impl<'a> World<'a> {
    /// A world before its first event. The groups of its scenario come in their order, each with
    /// the strategy of its clients.
    pub(crate) fn new(
        service: Service,
        (loops, switches): (Loops<'a>, Vec<Switch>),
        parties: &[(Party, &Stack)],
        by_file: &[ByFile],
        seed: Seed,
        recorder: Recorder,
        end: Instant,
    ) -> Self {
        let (mut seats, rows) = seated(parties, seed);
        let outboxes = batch::outboxes(by_file, &rows, &mut seats);
        let (agenda, wishes) = (Agenda::new(), Vec::new());
        let charged_at = Instant::START;
        Self {
            service,
            loops,
            switches,
            seats,
            rows,
            agenda,
            recorder,
            outboxes,
            shared: shared::buckets(parties),
            wishes,
            end,
            charged_at,
        }
    }

    /// Runs to the end and hands over what it left behind; `None` when it was stopped before. What is still
    /// in the agenda after the end is open, and its jobs unfinished.
    pub(crate) fn run(mut self, mut arrivals: Timeline<'_>, watch: &impl Watch) -> Option<Over> {
        let first: Vec<Wanted> = self.loops.first().collect();
        for wanted in first {
            self.want(wanted);
        }
        self.switch_next(0);
        let mut coming = arrivals.next();
        let mut due = coming.as_ref().map_or(Turn::NEVER, turn_of);
        let mut unasked = EVENTS_UNASKED;
        loop {
            unasked -= 1;
            if unasked == 0 {
                if watch.stopped() {
                    return None;
                }
                unasked = EVENTS_UNASKED;
            }
            let next = self.agenda.next().unwrap_or(Turn::NEVER);
            if due < next {
                if let Some(arrival) = coming.take() {
                    self.arrive(arrival);
                }
                coming = arrivals.next();
                due = coming.as_ref().map_or(Turn::NEVER, turn_of);
            } else {
                let Some(entry) = self.agenda.pop() else { break };
                if next.at() > self.end {
                    break;
                }
                self.happen(next.at(), entry);
            }
        }
        self.close();
        let Self { recorder, service, charged_at, .. } = self;
        Some(Over { recorder, service, charged_at })
    }

    fn arrive(&mut self, arrival: Arrival) {
        self.recorder.offered(arrival.group, arrival.due, arrival.tokens());
        let Some(row) = self.rows.get(arrival.group as usize) else { return };
        let number = row.seat_of(arrival.job);
        let Some(seat) = self.seats.get_mut(number as usize) else { return };
        let job = seat.place(arrival);
        if seat.down {
            self.wait(arrival.due, number, job);
            return;
        }
        let offer = seat.party.asks.offer(job, &arrival);
        self.tell(arrival.due, number, Event::Offered(offer));
    }

    /// A user will want a job.
    fn want(&mut self, Wanted { due, group, job }: Wanted) {
        let Some(row) = self.rows.get(group as usize) else { return };
        let turn = Turn::new(due, group, job, 0, Kind::Arrival);
        let (slot, mark) = halves(job);
        self.agenda.push(Entry { turn, kind: Kind::Arrival, seat: row.seat_of(job), slot, mark });
    }

    /// A user wants the job now.
    fn ask(&mut self, now: Instant, Entry { seat, slot, mark, .. }: Entry) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let wanted = Wanted { due: now, group: place.group, job: whole(slot, mark) };
        if let Some(arrival) = self.loops.arrival(wanted) {
            self.arrive(arrival);
        }
    }

    fn happen(&mut self, now: Instant, entry: Entry) {
        match entry.kind {
            Kind::Switch => self.switch(now, entry.slot),
            Kind::HandIn => self.hand_in(now, entry.seat as usize),
            Kind::FileEnds => self.look_at_file(now, entry.seat as usize, entry.slot),
            Kind::Arrival => self.ask(now, entry),
            Kind::Head => self.head(now, entry),
            Kind::LastByte => self.last_byte(now, entry),
            Kind::TimeOut => self.time_out(now, entry),
            Kind::JobTimer => {
                let timer = Timer::Job { job: JobId(entry.slot), generation: entry.mark };
                self.tell(now, entry.seat, Event::Wake(timer));
            }
            Kind::Denied => {
                let timer = Timer::Denied { job: JobId(entry.slot), generation: entry.mark };
                self.tell(now, entry.seat, Event::Wake(timer));
            }
            Kind::QueueTimer => {
                let timer = Timer::Queue { generation: entry.mark };
                self.tell(now, entry.seat, Event::Wake(timer));
            }
        }
    }

    /// Tells a client something and does what it wishes, in its order.
    fn tell(&mut self, now: Instant, seat: u32, event: Event<'_>) {
        let Self { seats, wishes, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        place.client.on(now, event, &mut |wish| wishes.push(wish));
        self.grant(now, seat);
    }

    /// Does what a client wishes, in its order.
    fn grant(&mut self, now: Instant, seat: u32) {
        let mut next = 0;
        // Nothing that is done for a client tells it anything, so this list is not added to.
        while let Some(&wish) = self.wishes.get(next) {
            match wish {
                Action::Send { at, timeouts, route } => self.send(now, seat, at, timeouts, route),
                Action::Cancel(at) => self.cancel(now, seat, at),
                Action::WakeAt { at, timer } => self.wake_at(seat, at, timer),
                Action::Reserve { job, wants } => self.reserve(now, seat, job, &wants),
                Action::Restore { requests, tokens } => self.restore(now, seat, requests, tokens),
                Action::Finish { job, outcome } => self.finish(now, seat, job, outcome),
            }
            next += 1;
        }
        self.wishes.clear();
    }

    // Inlined it would make room on the stack for each wish, whatever that is.
    #[inline(never)]
    fn send(&mut self, now: Instant, seat: u32, at: AttemptId, timeouts: Timeouts, route: Route) {
        let Self { service, seats, agenda, recorder, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let Some(way) = place.leaves(now, at, route) else { return };
        let Seat { group, party, jobs, .. } = place;
        let Some(flight) = jobs.get_mut(at.job.0 as usize) else { return };
        let n = flight.n;
        recorder.sent(*group, now, n == 1);
        if n > 1
            && way == Way::Home
            && let Some(why) = flight.word.makes_useless(now)
        {
            recorder.useless(*group, why);
        }
        way.leaves(recorder, *group);
        if way == Way::Elsewhere && matches!(party.there, There::File(..)) {
            return self.defer(now, seat, at.job);
        }
        let request = party.request(seat, way, &flight.arrival);
        let job = flight.arrival.job;
        let mut put = |when: Instant, kind: Kind| {
            let turn = Turn::new(when, *group, job, n, kind);
            agenda.push(Entry { turn, kind, seat, slot: at.job.0, mark: n });
        };
        let patience = timeouts.silence.map_or(Instant::END, |silence| now.after(silence));
        match service.receive(now, request) {
            Answer::Refused { reply, head_at, placed } => {
                place_of(placed, recorder, *group);
                flight.underway = Underway::Refusal(reply);
                if head_at <= patience {
                    put(head_at, Kind::Head);
                } else {
                    put(patience, Kind::TimeOut);
                }
            }
            Answer::Underway(ticket) => {
                place_of(ticket.placed, recorder, *group);
                if let Some(left) = ticket.headroom {
                    recorder.admitted(*group, now, left);
                }
                if ticket.head_at() > patience {
                    put(patience, Kind::TimeOut);
                } else {
                    if ticket.stream {
                        put(ticket.first_token_at, Kind::Head);
                    }
                    put(ticket.ready_at, Kind::LastByte);
                }
                flight.underway = Underway::Answer(ticket);
            }
        }
    }

    /// Status and headers arrive: the end of a refused attempt, the beginning of a stream.
    fn head(&mut self, now: Instant, entry: Entry) {
        let Self { service, seats, recorder, .. } = self;
        let Some((group, _, flight)) = in_flight(seats, entry) else { return };
        let at = flight.attempt(entry.slot);
        let reply = match &flight.underway {
            Underway::Nothing | Underway::Filed => return,
            Underway::Answer(ticket) => service.head(ticket),
            Underway::Refusal(reply) => {
                let reply = *reply;
                flight.underway = Underway::Nothing;
                flight.word = LastWord::of(now, &reply);
                let cause = RefusedBy::of(reply.error);
                let how = AttemptOutcome::turned_away(reply.status, cause, cause);
                recorder.attempt_ended(group, flight.attempt_end(now, how));
                self.over(entry);
                reply
            }
        };
        self.tell(now, entry.seat, Event::Head { at, reply: &reply });
    }

    /// The last byte arrives; without a stream, status and headers with it.
    fn last_byte(&mut self, now: Instant, entry: Entry) {
        let Self { service, seats, recorder, charged_at, .. } = self;
        let Some((group, deadline, flight)) = in_flight(seats, entry) else { return };
        let Underway::Answer(ticket) = std::mem::replace(&mut flight.underway, Underway::Nothing)
        else {
            return;
        };
        let (streamed, first_token) = (ticket.stream, ticket.head_at());
        let reply = service.finish(now, ticket);
        *charged_at = now;
        let usage = reply.usage;
        recorder.attempt_ended(group, flight.attempt_end(now, AttemptOutcome::Ok(usage)));
        let how = JobOutcome::Answered { sent: flight.sent, first_token, answered: now, usage };
        let end = flight.job_end(deadline, how);
        recorder.job_ended(group, end);
        flight.way.answered(recorder, group, &end);
        let at = flight.attempt(entry.slot);
        self.over(entry);
        let Self { seats, wishes, .. } = self;
        let Some(place) = seats.get_mut(entry.seat as usize) else { return };
        let mut wish = |wish| wishes.push(wish);
        // Doing what it wishes tells it nothing, so it may as well hear all there is before.
        if !streamed {
            place.client.on(now, Event::Head { at, reply: &reply }, &mut wish);
        }
        place.client.on(now, Event::Ended { at, how: Ended::Complete(usage) }, &mut wish);
        self.grant(now, entry.seat);
    }

    /// The client hangs up; the service charges what it had generated.
    fn time_out(&mut self, now: Instant, entry: Entry) {
        let Self { service, seats, recorder, charged_at, .. } = self;
        let Some((group, _, flight)) = in_flight(seats, entry) else { return };
        match std::mem::replace(&mut flight.underway, Underway::Nothing) {
            Underway::Nothing | Underway::Filed => return,
            Underway::Refusal(_) => {}
            Underway::Answer(ticket) => {
                let used = service.abandon(now, ticket);
                recorder.abandoned(group, flight.n, used);
                flight.way.abandoned(recorder, group, used);
                *charged_at = now;
            }
        }
        recorder.attempt_ended(group, flight.attempt_end(now, AttemptOutcome::Unanswered));
        let at = flight.attempt(entry.slot);
        self.over(entry);
        self.tell(now, entry.seat, Event::Ended { at, how: Ended::TimedOut });
    }

    fn cancel(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Self { service, seats, recorder, charged_at, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let before = place.jobs.get(at.job.0 as usize).map_or(0, |flight| flight.before);
        place.in_hand(at.job.0, Some(before + at.n));
        let Some(flight) = place.jobs.get_mut(at.job.0 as usize) else { return };
        if let Underway::Answer(ticket) = std::mem::replace(&mut flight.underway, Underway::Nothing)
        {
            let used = service.abandon(now, ticket);
            recorder.abandoned(place.group, flight.n, used);
            flight.way.abandoned(recorder, place.group, used);
            *charged_at = now;
        }
        recorder.attempt_ended(place.group, flight.attempt_end(now, AttemptOutcome::Cancelled));
        place.other(at.job.0);
    }

    /// The attempt in hand of a job is over.
    #[inline]
    fn over(&mut self, Entry { seat, slot, .. }: Entry) {
        if let Some(place) = self.seats.get_mut(seat as usize) {
            place.other(slot);
        }
    }

    fn wake_at(&mut self, seat: u32, when: Instant, timer: Timer) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let (turn, kind, slot, mark) = match timer {
            Timer::Job { job, generation } | Timer::Denied { job, generation } => {
                let kind = match timer {
                    Timer::Denied { .. } => Kind::Denied,
                    Timer::Job { .. } | Timer::Queue { .. } => Kind::JobTimer,
                };
                let Some(flight) = place.jobs.get(job.0 as usize) else { return };
                let number = flight.arrival.job;
                let turn = Turn::new(when, place.group, number, flight.attempts, kind);
                (turn, kind, job.0, generation)
            }
            Timer::Queue { generation } => {
                let turn = Turn::of_queue(when, place.group, place.number);
                (turn, Kind::QueueTimer, 0, generation)
            }
        };
        self.agenda.push(Entry { turn, kind, seat, slot, mark });
    }

    fn finish(&mut self, now: Instant, seat: u32, job: JobId, outcome: Outcome) {
        let Self { seats, recorder, loops, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let Some(flight) = place.jobs.get_mut(job.0 as usize) else { return };
        flight.present = false;
        place.free.push(job.0);
        match outcome {
            // Written down when its last byte arrived.
            Outcome::Answered => {}
            Outcome::GaveUp(_) => {
                let how = JobOutcome::GaveUp { at: now };
                recorder.job_ended(place.group, flight.job_end(place.party.asks.deadline, how));
            }
        }
        if !loops.are_none()
            && let Some(next) = loops.next_after(place.group, flight.arrival.job, now)
        {
            self.want(next);
        }
    }
}

/// Notes where an attempt fell in the window after a reset.
#[inline]
fn place_of(placed: Placed, recorder: &mut Recorder, group: u32) {
    match placed {
        Placed::Nowhere => {}
        Placed::FirstTenth => recorder.after_reset(group, true),
        Placed::Later => recorder.after_reset(group, false),
    }
}

fn turn_of(arrival: &Arrival) -> Turn {
    Turn::new(arrival.due, arrival.group, arrival.job, 0, Kind::Arrival)
}

/// A job's number in the two places of an entry that jobs which are not there yet leave empty.
#[expect(clippy::cast_possible_truncation, reason = "each half is kept")]
const fn halves(job: u64) -> (u32, u32) {
    (job as u32, (job >> 32) as u32)
}

fn whole(low: u32, high: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}
