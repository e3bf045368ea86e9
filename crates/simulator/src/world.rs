//! One cell, one replication: both machines on one agenda.
//!
//! Nothing is allocated for an event. Tables grow to what is in flight at once and stay.

use limits::{Instant, Span};
use mock_together::{Answer, Service, Ticket};
use run_record::{AttemptEnd, AttemptOutcome, JobEnd, JobOutcome, Recorder};
use scenario::{Arrival, Timeline};
use strategies::{Action, AttemptId, Client, Ended, Event, JobId, Offer, Outcome, Timeouts, Timer};
use wire::{Fate, PairId, Reply, Request, Usage};

use crate::agenda::{Agenda, Entry, Kind, Turn};
use crate::cause::refused_by;

/// A group of the scenario as a world sees it.
#[derive(Clone, Debug)]
pub(crate) struct Party {
    pub(crate) pair: PairId,
    pub(crate) max_tokens: Option<u32>,
    pub(crate) expected_answer: u32,
    pub(crate) stream: bool,
    pub(crate) deadline: Option<Span>,
}

/// A run under way.
#[derive(Debug)]
pub(crate) struct World {
    service: Service,
    seats: Vec<Seat>,
    agenda: Agenda,
    recorder: Recorder,
    /// What clients asked for and nobody has done yet; empty between events.
    wishes: Vec<Action>,
    /// When the run is over, drained or not.
    end: Instant,
}

/// A client, and the jobs that it has in hand.
#[derive(Debug)]
struct Seat {
    group: u32,
    party: Party,
    client: Client,
    jobs: Vec<Flight>,
    free: Vec<u32>,
}

/// A job in hand.
#[derive(Debug)]
struct Flight {
    arrival: Arrival,
    underway: Underway,
    /// The attempt in flight, or the last one.
    n: u32,
    sent: Instant,
    /// The first token of the attempt in flight.
    first_token: Instant,
    present: bool,
}

/// What the attempt in flight is waiting for.
#[derive(Debug)]
enum Underway {
    Nothing,
    Refusal(Reply),
    Answer(Ticket),
}

impl World {
    pub(crate) fn new(
        service: Service,
        clients: Vec<(Party, Client)>,
        recorder: Recorder,
        end: Instant,
    ) -> Self {
        let seats = (0..)
            .zip(clients)
            .map(|(group, (party, client))| Seat {
                group,
                party,
                client,
                jobs: Vec::new(),
                free: Vec::new(),
            })
            .collect();
        Self { service, seats, agenda: Agenda::default(), recorder, wishes: Vec::new(), end }
    }

    /// Runs to the end and hands the record over. What is still in the agenda after the end is
    /// open, and its jobs unfinished.
    pub(crate) fn run(mut self, arrivals: Timeline<'_>) -> Recorder {
        let mut arrivals = arrivals.peekable();
        loop {
            let due = arrivals.peek().map(turn_of);
            let next = self.agenda.next();
            match (due, next) {
                (Some(due), next) if next.is_none_or(|next| due < next) => {
                    if let Some(arrival) = arrivals.next() {
                        self.arrive(arrival);
                    }
                }
                (_, Some(next)) if next.at() <= self.end => {
                    if let Some(entry) = self.agenda.pop() {
                        self.happen(next.at(), entry);
                    }
                }
                _ => break,
            }
        }
        self.close();
        self.recorder
    }

    fn arrive(&mut self, arrival: Arrival) {
        let tokens = Usage { prompt: arrival.prompt, completion: arrival.answer };
        self.recorder.offered(arrival.group, arrival.due, tokens);
        let Some(seat) = self.seats.get_mut(arrival.group as usize) else { return };
        let job = seat.place(arrival);
        let offer = Offer {
            job,
            number: arrival.job,
            due: arrival.due,
            deadline: seat.party.deadline.map(|deadline| arrival.due.after(deadline)),
            prompt: arrival.prompt,
            max_tokens: seat.party.max_tokens,
            expected_answer: seat.party.expected_answer,
        };
        self.tell(arrival.due, arrival.group, Event::Offered(offer));
    }

    fn happen(&mut self, now: Instant, entry: Entry) {
        let Entry { kind, seat, slot, mark, .. } = entry;
        let job = JobId(slot);
        if matches!(kind, Kind::Head | Kind::LastByte | Kind::TimeOut) && self.is_stale(entry) {
            return;
        }
        match kind {
            Kind::Arrival => {}
            Kind::Head => self.head(now, seat, AttemptId { job, n: mark }),
            Kind::LastByte => self.last_byte(now, seat, AttemptId { job, n: mark }),
            Kind::TimeOut => self.time_out(now, seat, AttemptId { job, n: mark }),
            Kind::JobTimer => {
                let timer = Timer::Job { job, generation: mark };
                self.tell(now, seat, Event::Wake(timer));
            }
            Kind::QueueTimer => {
                self.tell(now, seat, Event::Wake(Timer::Queue { generation: mark }));
            }
        }
    }

    /// Whether an entry was made for a job that has left its place to another since.
    fn is_stale(&self, entry: Entry) -> bool {
        let place = self.seats.get(entry.seat as usize);
        let flight = place.and_then(|place| place.jobs.get(entry.slot as usize));
        place.zip(flight).is_none_or(|(place, flight)| {
            let job = flight.arrival.job;
            Turn::new(entry.turn.at(), place.group, job, entry.mark, entry.kind) != entry.turn
        })
    }

    /// Tells a client something and does what it wishes, in its order.
    fn tell(&mut self, now: Instant, seat: u32, event: Event<'_>) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let mut wishes = std::mem::take(&mut self.wishes);
        place.client.on(now, event, &mut |wish| wishes.push(wish));
        for wish in wishes.drain(..) {
            match wish {
                Action::Send { at, timeouts } => self.send(now, seat, at, timeouts),
                Action::Cancel(at) => self.cancel(now, seat, at),
                Action::WakeAt { at, timer } => self.wake_at(seat, at, timer),
                Action::Finish { job, outcome } => self.finish(now, seat, job, outcome),
            }
        }
        self.wishes = wishes;
    }

    fn send(&mut self, now: Instant, seat: u32, at: AttemptId, timeouts: Timeouts) {
        let Self { service, seats, agenda, recorder, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let Seat { group, party, jobs, .. } = place;
        let Some(flight) = jobs.get_mut(at.job.0 as usize) else { return };
        flight.n = at.n;
        flight.sent = now;
        recorder.sent(*group, now, at.n == 1);
        let request = Request {
            pair: party.pair,
            prompt: flight.arrival.prompt,
            max_tokens: party.max_tokens,
            stream: party.stream,
            fate: Fate { answer: flight.arrival.answer, draw: flight.arrival.fate_draw },
        };
        let job = flight.arrival.job;
        let mut put = |when: Instant, kind: Kind| {
            let turn = Turn::new(when, *group, job, at.n, kind);
            agenda.push(Entry { turn, kind, seat, slot: at.job.0, mark: at.n });
        };
        let patience = timeouts.silence.map_or(Instant::END, |silence| now.after(silence));
        match service.receive(now, request) {
            Answer::Refused { reply, head_at } => {
                flight.underway = Underway::Refusal(reply);
                if head_at <= patience {
                    put(head_at, Kind::Head);
                } else {
                    put(patience, Kind::TimeOut);
                }
            }
            Answer::Underway(ticket) => {
                if ticket.head_at() > patience {
                    put(patience, Kind::TimeOut);
                } else {
                    if ticket.stream {
                        put(ticket.first_token_at, Kind::Head);
                    }
                    put(ticket.ready_at, Kind::LastByte);
                }
                flight.first_token = ticket.head_at();
                flight.underway = Underway::Answer(ticket);
            }
        }
    }

    /// Status and headers arrive: the end of a refused attempt, the beginning of a stream.
    fn head(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Some(flight) = self.flight(seat, at) else { return };
        let refusal = match &flight.underway {
            Underway::Nothing => return,
            Underway::Refusal(reply) => Some(*reply),
            Underway::Answer(_) => None,
        };
        if let Some(reply) = refusal {
            flight.underway = Underway::Nothing;
            let cause = refused_by(&reply);
            let how = if reply.status.is_server_error() {
                AttemptOutcome::Failed { status: reply.status }
            } else {
                AttemptOutcome::Refused { status: reply.status, cause, truly: cause }
            };
            self.attempt_ended(now, seat, at, how);
            self.tell(now, seat, Event::Head { at, reply: &reply });
        } else if let Some(reply) = self.reply_underway(seat, at) {
            self.tell(now, seat, Event::Head { at, reply: &reply });
        }
    }

    fn reply_underway(&mut self, seat: u32, at: AttemptId) -> Option<Reply> {
        let flight = self.seats.get(seat as usize)?.jobs.get(at.job.0 as usize)?;
        match &flight.underway {
            Underway::Answer(ticket) => Some(self.service.head(ticket)),
            Underway::Nothing | Underway::Refusal(_) => None,
        }
    }

    /// The last byte arrives; without a stream, status and headers with it.
    fn last_byte(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Some(flight) = self.flight(seat, at) else { return };
        let Underway::Answer(ticket) = std::mem::replace(&mut flight.underway, Underway::Nothing)
        else {
            return;
        };
        let streamed = ticket.stream;
        let head = self.service.head(&ticket);
        let usage = self.service.finish(now, ticket).usage;
        self.attempt_ended(now, seat, at, AttemptOutcome::Ok(usage));
        if !streamed {
            self.tell(now, seat, Event::Head { at, reply: &head });
        }
        self.answered(now, seat, at, usage);
        self.tell(now, seat, Event::Ended { at, how: Ended::Complete(usage) });
    }

    fn answered(&mut self, now: Instant, seat: u32, at: AttemptId, usage: Usage) {
        let Some(flight) = self.flight(seat, at) else { return };
        let (arrival, attempts) = (flight.arrival, flight.n);
        let how = JobOutcome::Answered {
            sent: flight.sent,
            first_token: flight.first_token,
            answered: now,
            usage,
        };
        self.job_ended(seat, &arrival, attempts, how);
    }

    /// The client hangs up; the service charges what it had generated.
    fn time_out(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Some(flight) = self.flight(seat, at) else { return };
        match std::mem::replace(&mut flight.underway, Underway::Nothing) {
            Underway::Nothing => return,
            Underway::Refusal(_) => {}
            Underway::Answer(ticket) => {
                self.service.abandon(now, ticket);
            }
        }
        self.attempt_ended(now, seat, at, AttemptOutcome::Unanswered);
        self.tell(now, seat, Event::Ended { at, how: Ended::TimedOut });
    }

    fn cancel(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Some(flight) = self.flight(seat, at) else { return };
        if let Underway::Answer(ticket) = std::mem::replace(&mut flight.underway, Underway::Nothing)
        {
            self.service.abandon(now, ticket);
        }
        self.attempt_ended(now, seat, at, AttemptOutcome::Cancelled);
    }

    fn wake_at(&mut self, seat: u32, when: Instant, timer: Timer) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let (turn, kind, slot, mark) = match timer {
            Timer::Job { job, generation } => {
                let Some(flight) = place.jobs.get(job.0 as usize) else { return };
                let number = flight.arrival.job;
                let turn = Turn::new(when, place.group, number, flight.n, Kind::JobTimer);
                (turn, Kind::JobTimer, job.0, generation)
            }
            Timer::Queue { generation } => {
                (Turn::of_queue(when, place.group), Kind::QueueTimer, 0, generation)
            }
        };
        self.agenda.push(Entry { turn, kind, seat, slot, mark });
    }

    fn finish(&mut self, now: Instant, seat: u32, job: JobId, outcome: Outcome) {
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let Some(flight) = place.jobs.get_mut(job.0 as usize) else { return };
        let (arrival, attempts) = (flight.arrival, flight.n);
        flight.present = false;
        place.free.push(job.0);
        match outcome {
            // Written down when its last byte arrived.
            Outcome::Answered => {}
            Outcome::GaveUp(_) => {
                self.job_ended(seat, &arrival, attempts, JobOutcome::GaveUp { at: now });
            }
        }
    }

    /// What the end of the run finds: attempts in flight are open, jobs in hand unfinished.
    fn close(&mut self) {
        for seat in 0..self.seats.len() {
            let jobs = std::mem::take(&mut self.seats[seat].jobs);
            let seat = u32::try_from(seat).unwrap_or(u32::MAX);
            for flight in jobs.iter().filter(|flight| flight.present) {
                match flight.underway {
                    Underway::Nothing => {}
                    Underway::Refusal(_) | Underway::Answer(_) => {
                        let group = self.seats[seat as usize].group;
                        self.recorder.attempt_ended(
                            group,
                            AttemptEnd {
                                sent: flight.sent,
                                now: self.end,
                                how: AttemptOutcome::Open,
                                first: flight.n == 1,
                            },
                        );
                    }
                }
                self.job_ended(seat, &flight.arrival, flight.n, JobOutcome::Unfinished);
            }
        }
    }

    fn attempt_ended(&mut self, now: Instant, seat: u32, at: AttemptId, how: AttemptOutcome) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let Some(flight) = place.jobs.get(at.job.0 as usize) else { return };
        let end = AttemptEnd { sent: flight.sent, now, how, first: at.n == 1 };
        self.recorder.attempt_ended(place.group, end);
    }

    fn job_ended(&mut self, seat: u32, arrival: &Arrival, attempts: u32, how: JobOutcome) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let deadline = place.party.deadline;
        self.recorder.job_ended(place.group, JobEnd { due: arrival.due, deadline, attempts, how });
    }

    /// The job whose attempt this is, unless it has gone on since.
    fn flight(&mut self, seat: u32, at: AttemptId) -> Option<&mut Flight> {
        let flight = self.seats.get_mut(seat as usize)?.jobs.get_mut(at.job.0 as usize)?;
        (flight.present && flight.n == at.n).then_some(flight)
    }
}

impl Seat {
    /// Gives an arrival a place in the table.
    fn place(&mut self, arrival: Arrival) -> JobId {
        let flight = Flight {
            arrival,
            underway: Underway::Nothing,
            n: 0,
            sent: arrival.due,
            first_token: arrival.due,
            present: true,
        };
        if let Some(slot) = self.free.pop() {
            self.jobs[slot as usize] = flight;
            JobId(slot)
        } else {
            self.jobs.push(flight);
            JobId(u32::try_from(self.jobs.len() - 1).unwrap_or(u32::MAX))
        }
    }
}

fn turn_of(arrival: &Arrival) -> Turn {
    Turn::new(arrival.due, arrival.group, arrival.job, 0, Kind::Arrival)
}
