//! One run in real time: clients on one side, a transport on the other, a pacer between them.

use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use limits::Instant;
use run_record::{AttemptOutcome, Dense, JobOutcome, LastWord, Recorder, Unbalanced};
use scenario::{Arrival, Loops, Row, Switch, Timeline, Wanted};
use strategies::{Action, AttemptId, Ended, Event, JobId, Outcome};
use strategies::{Route, SharedBucket, Timeouts, Timer};
use tokio::task::unconstrained;
use wire::{Status, Usage};

use crate::agenda::{Agenda, Entry, Kind, Turn};
use crate::ask::{Asking, Job};
use crate::exchange::{Exchange, Heard};
use crate::pacer::Pacer;
use crate::plan::{Ending, Plan, Replayed, SoFar, Watch};
use crate::purse::Purse;
use crate::ready::{Place, Ready};
use crate::seat::{Seat, Way, in_flight, seated};
use crate::transport::Transport;
use crate::wants::Wants;

mod closing;
mod restart;
mod shared;

/// Sends a scenario, until its end, a bound of the plan, or `stop`. Whichever it is, every attempt
/// that was sent has an outcome by then, and every job.
///
/// # Errors
/// When the books do not balance: a bug of ours.
pub async fn replay<T: Transport, P: Pacer>(
    plan: &Plan<'_>,
    transport: T,
    pacer: P,
    watch: &impl Watch,
    stop: impl Future<Output = ()>,
) -> Result<Replayed, Unbalanced> {
    let mut stop = pin!(stop);
    let mut drive = Drive::new(plan, transport, pacer);
    let run = poll_fn(|context| {
        let polled = drive.poll(context, stop.as_mut());
        watch.stands(&drive.so_far);
        polled
    });
    // tokio lets a task touch so many of its things before they all pretend not to be ready. This
    // task has everybody's, counts its turns itself, and takes them in an order that must hold.
    let ending = unconstrained(run).await;
    drive.close(ending)
}

/// Turns that are taken before others have theirs: whoever wants to stop the run, or to see how
/// far it is.
const TURNS_AT_ONCE: u32 = 256; // ours: well below a millisecond's work

/// A run under way.
struct Drive<'a, T: Transport, P> {
    plan: &'a Plan<'a>,
    asking: Asking,
    /// What the jobs of each group want.
    wants: Vec<Wants>,
    transport: T,
    pacer: P,
    seats: Vec<Seat<T>>,
    /// Which seats are whose, by group.
    rows: Vec<Row>,
    arrivals: Timeline<'a>,
    /// Who asks for the next job once the last one has ended.
    loops: Loops<'a>,
    /// When clients go down and are up again.
    switches: Vec<Switch>,
    /// Users who think: their next jobs are on the agenda.
    thinking: u64,
    coming: Option<Arrival>,
    agenda: Agenda,
    ready: Arc<Ready>,
    /// Places that were noted and not yet looked at; empty between turns.
    noted: Vec<Place>,
    /// What clients asked for and nobody has done yet; empty between events.
    wishes: Vec<Action>,
    recorder: Recorder,
    late: Dense,
    troubles: BTreeMap<String, u64>,
    starved: u64,
    under_way: u64,
    so_far: SoFar,
    /// When the run is over, drained or not.
    end: Instant,
    bounded: bool,
    purse: Purse,
    /// The buckets that clients share, by group.
    shared: Vec<Option<SharedBucket>>,
}

impl<'a, T: Transport, P: Pacer> Drive<'a, T, P> {
    fn new(plan: &'a Plan<'a>, transport: T, pacer: P) -> Self {
        let scenario = plan.scenario;
        let (seats, rows) = seated(scenario, &plan.stacks, plan.seed);
        let whole = Instant::START.after(scenario.lasts).after(scenario.drain);
        let most = plan.most_time.map_or(Instant::END, |most| Instant::START.after(most));
        let mut arrivals = Timeline::of(scenario, plan.seed);
        let loops = Loops::of(scenario, plan.seed);
        let first: Vec<Wanted> = loops.first().collect();
        let mut drive = Self {
            asking: Asking::of(plan.target),
            wants: Wants::all(scenario),
            transport,
            pacer,
            seats,
            rows,
            coming: arrivals.next(),
            arrivals,
            loops,
            switches: scenario.switches(),
            thinking: 0,
            agenda: Agenda::default(),
            ready: Arc::default(),
            noted: Vec::new(),
            wishes: Vec::new(),
            recorder: Recorder::new(&scenario.cell_spec()).logging(),
            late: Dense::new(),
            troubles: BTreeMap::new(),
            starved: 0,
            under_way: 0,
            so_far: SoFar::default(),
            end: whole.min(most),
            bounded: false,
            purse: Purse::of(plan),
            shared: shared::buckets(&plan.stacks),
            plan,
        };
        for wanted in first {
            drive.want(wanted);
        }
        drive.switch_next(0);
        drive
    }

    /// Does everything whose time has come, in the order of the agenda.
    fn poll(
        &mut self,
        context: &mut Context<'_>,
        stop: Pin<&mut impl Future<Output = ()>>,
    ) -> Poll<Ending> {
        if stop.poll(context).is_ready() {
            return Poll::Ready(Ending::Stopped);
        }
        for _ in 0..TURNS_AT_ONCE {
            let now = self.pacer.now();
            self.so_far.now = now;
            self.hear(now, context);
            let next = self.next_turn();
            match next {
                // What is still due after the end comes too late, however late the generator is.
                Some(turn) if turn.at <= now && now <= self.end => self.happen(now),
                _ if self.is_over() || now >= self.end => return Poll::Ready(self.ending()),
                _ => {
                    let until = next.map_or(self.end, |turn| turn.at.min(self.end));
                    if self.pacer.poll_until(until, context).is_pending() {
                        return Poll::Pending;
                    }
                }
            }
        }
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Puts whatever may have something to say on the agenda.
    fn hear(&mut self, now: Instant, context: &Context<'_>) {
        self.ready.take(&mut self.noted, context.waker());
        for Place { seat, slot, n } in self.noted.drain(..) {
            let flight = in_flight(&mut self.seats, seat, slot, n);
            if let Some((group, flight)) = flight {
                let turn =
                    Turn { at: now, group, job: flight.arrival.job, attempt: n, kind: Kind::Heard };
                self.agenda.push(Entry { turn, seat, slot, mark: n });
            }
        }
    }

    fn next_turn(&self) -> Option<Turn> {
        let due = self.coming.as_ref().map(turn_of);
        match (due, self.agenda.next()) {
            (Some(due), Some(next)) => Some(due.min(next)),
            (due, next) => due.or(next),
        }
    }

    /// Whether nothing is left to wait for.
    fn is_over(&self) -> bool {
        let sealed = self.bounded && self.under_way == 0;
        sealed || (self.coming.is_none() && self.thinking == 0 && self.so_far.in_hand == 0)
    }

    fn ending(&self) -> Ending {
        let whole = self.plan.scenario.lasts.plus(self.plan.scenario.drain);
        let cut = self.end < Instant::START.after(whole) && !self.is_over();
        if self.bounded || cut { Ending::Bounded } else { Ending::Complete }
    }

    /// Takes the next turn.
    fn happen(&mut self, now: Instant) {
        if let Some(arrival) = self.coming
            && self.agenda.next().is_none_or(|next| turn_of(&arrival) < next)
        {
            self.coming = self.arrivals.next();
            self.arrive(now, arrival);
            // Once nothing more may be sent, nothing more falls due either.
            self.coming = self.coming.filter(|_| !self.bounded);
            return;
        }
        let Some(entry) = self.agenda.pop() else { return };
        let Entry { turn, seat, slot, mark } = entry;
        if matches!(turn.kind, Kind::Heard | Kind::TimeOut) && !self.is_current(entry) {
            return;
        }
        match turn.kind {
            Kind::Switch => self.switch(now, entry),
            Kind::Arrival => {
                self.thinking -= 1;
                let wanted = Wanted { due: turn.at, group: turn.group, job: turn.job };
                if let Some(arrival) = self.loops.arrival(wanted) {
                    self.arrive(now, arrival);
                }
            }
            Kind::Heard => self.listen(now, seat, slot, mark),
            Kind::TimeOut => self.time_out(now, entry),
            Kind::JobTimer => {
                self.late.add(now.since(turn.at).nanos());
                let timer = Timer::Job { job: JobId(slot), generation: mark };
                self.tell(now, seat, Event::Wake(timer));
            }
            Kind::Denied => {
                let timer = Timer::Denied { job: JobId(slot), generation: mark };
                self.tell(now, seat, Event::Wake(timer));
            }
            Kind::QueueTimer => {
                self.late.add(now.since(turn.at).nanos());
                let timer = Timer::Queue { generation: mark };
                self.tell(now, seat, Event::Wake(timer));
            }
        }
    }

    /// Whether an entry is about the job that has its place now: places are used again.
    fn is_current(&mut self, Entry { turn, seat, slot, mark }: Entry) -> bool {
        let flight = in_flight(&mut self.seats, seat, slot, mark);
        flight.is_some_and(|(_, flight)| flight.arrival.job == turn.job)
    }

    /// A user will want a job.
    fn want(&mut self, Wanted { due, group, job }: Wanted) {
        let Some(row) = self.rows.get(group as usize) else { return };
        let turn = Turn { at: due, group, job, attempt: 0, kind: Kind::Arrival };
        self.agenda.push(Entry { turn, seat: row.seat_of(job), slot: 0, mark: 0 });
        self.thinking += 1;
    }

    /// A job is due, unless nothing more may be sent.
    fn arrive(&mut self, now: Instant, arrival: Arrival) {
        self.late.add(now.since(arrival.due).nanos());
        if self.bounded {
            return;
        }
        let Some(row) = self.rows.get(arrival.group as usize) else { return };
        let number = row.seat_of(arrival.job);
        let Some(seat) = self.seats.get_mut(number as usize) else { return };
        self.recorder.offered(arrival.group, arrival.due, arrival.tokens());
        self.so_far.offered += 1;
        self.so_far.in_hand += 1;
        let job = seat.place(arrival);
        if seat.down {
            return;
        }
        let offer = seat.asks.offer(job, &arrival);
        self.tell(now, number, Event::Offered(offer));
    }

    /// Tells a client something and does what it wishes, in its order.
    fn tell(&mut self, now: Instant, seat: u32, event: Event<'_>) {
        let Self { seats, wishes, .. } = self;
        let Some(place) = seats.get_mut(seat as usize) else { return };
        let event = match event {
            Event::Head { at, reply } => Event::Head { at: place.known(at), reply },
            Event::Ended { at, how } => Event::Ended { at: place.known(at), how },
            Event::Offered(_) | Event::Wake(_) | Event::Withdrawn(_) => event,
        };
        place.client.on(now, event, &mut |wish| wishes.push(wish));
        let wishes = std::mem::take(&mut self.wishes);
        for wish in &wishes {
            match *wish {
                Action::Send { at, timeouts, route } => self.send(now, seat, at, timeouts, route),
                Action::Cancel(at) => self.cancel(now, seat, at),
                Action::WakeAt { at, timer } => self.wake_at(seat, at, timer),
                Action::Reserve { job, wants } => self.reserve(now, seat, job, &wants),
                Action::Restore { requests, tokens } => self.restore(now, seat, requests, tokens),
                Action::Finish { job, outcome } => self.finish(now, seat, job, outcome),
            }
        }
        self.wishes = wishes;
        self.wishes.clear();
    }

    fn send(&mut self, now: Instant, seat: u32, at: AttemptId, timeouts: Timeouts, route: Route) {
        let most = self.plan.most_requests.unwrap_or(u64::MAX);
        if self.bounded || self.so_far.sent >= most {
            return;
        }
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let (group, asks, at) = (place.group, place.asks, place.counted(at));
        let way = place.way(at.job, route);
        let Some(flight) = place.jobs.get_mut(at.job.0 as usize) else { return };
        let Some(wants) = self.wants.get(group as usize) else { return };
        let Arrival { prompt, job, .. } = flight.arrival;
        let body = flight.body.get_or_insert_with(|| wants.body(prompt, asks)).clone();
        let told = Job { fate: way.fate(&flight.arrival), caller: seat };
        let request = self.asking.request(wants, (body, asks.stream), told);
        flight.on.exchange = Some(Exchange::new(self.transport.send(request), wants.sound));
        let bell = self.ready.bell(Place { seat, slot: at.job.0, n: at.n });
        let useless = flight.word.makes_useless(now).filter(|_| at.n > 1 && way == Way::Home);
        flight.on.leaves((at.n, way), now, timeouts, bell);
        flight.attempts = at.n;
        self.recorder.sent(group, now, at.n == 1);
        if let Some(why) = useless {
            self.recorder.useless(group, why);
        }
        way.leaves(&mut self.recorder, group);
        self.so_far.sent += 1;
        self.bounded |= self.so_far.sent >= most;
        self.under_way += 1;
        if let Some(at_latest) = flight.on.patience() {
            let turn = Turn { at: at_latest, group, job, attempt: at.n, kind: Kind::TimeOut };
            self.agenda.push(Entry { turn, seat, slot: at.job.0, mark: at.n });
        }
        self.depart(seat, at);
    }

    /// Lets the request leave at once. What is heard that early has its turn like everything else.
    fn depart(&mut self, seat: u32, at: AttemptId) {
        let (slot, n) = (at.job.0, at.n);
        let place = Place { seat, slot, n };
        let Some((_, flight)) = in_flight(&mut self.seats, seat, slot, n) else { return };
        if let Poll::Ready(heard) = flight.on.poll(self.plan.scenario) {
            flight.on.early = heard;
            self.ready.note(place);
        }
    }

    /// Hears an exchange out, as far as it has anything to say now.
    fn listen(&mut self, now: Instant, seat: u32, slot: u32, n: u32) {
        loop {
            let Some((_, flight)) = in_flight(&mut self.seats, seat, slot, n) else { return };
            let heard = match flight.on.early.take() {
                Some(heard) => heard,
                None => match flight.on.poll(self.plan.scenario) {
                    Poll::Ready(Some(heard)) => heard,
                    Poll::Ready(None) | Poll::Pending => return,
                },
            };
            flight.on.heard_at = now;
            self.heard(now, seat, AttemptId { job: JobId(slot), n }, heard);
        }
    }

    fn heard(&mut self, now: Instant, seat: u32, at: AttemptId, heard: Heard) {
        let Some((group, flight)) = in_flight(&mut self.seats, seat, at.job.0, at.n) else {
            return;
        };
        match heard {
            Heard::Bytes => {}
            Heard::FirstToken => flight.on.first_token = Some(now),
            Heard::Head(reply) => {
                flight.on.status = reply.status;
                self.tell(now, seat, Event::Head { at, reply: &reply });
            }
            Heard::TurnedAway { reply, truly } => {
                let limited = reply.status == Status::TOO_MANY_REQUESTS;
                self.so_far.limited += u64::from(limited);
                let end = flight.turned_away(now, &reply, truly);
                flight.word = LastWord::of(now, &reply);
                self.attempt_ended(seat, at, end);
                self.tell(now, seat, Event::Head { at, reply: &reply });
            }
            Heard::Complete(said) => {
                let tokens = self.wants.get(group as usize).is_none_or(|wants| wants.tokens);
                let usual = flight.arrival.tokens();
                let usual = if tokens { usual } else { Usage { completion: 0, ..usual } };
                let usage = said.unwrap_or(usual);
                let (attempt, job) = flight.answered(now, usage);
                let way = flight.on.way;
                self.purse.pay(group, usage);
                self.bounded |= self.purse.is_empty();
                self.attempt_ended(seat, at, attempt);
                self.job_ended(seat, at.job, way, job);
                self.tell(now, seat, Event::Ended { at, how: Ended::Complete(usage) });
            }
            Heard::Broken(how, why) => {
                let end = flight.broken(now);
                self.trouble(format!("an answer broke off: {why}"));
                self.attempt_ended(seat, at, end);
                self.tell(now, seat, Event::Ended { at, how });
            }
            Heard::Nothing(why) => {
                let end = flight.unanswered(now);
                self.starved += u64::from(why.starved);
                self.trouble(format!("no answer: {why}"));
                self.attempt_ended(seat, at, end);
                self.tell(now, seat, Event::Ended { at, how: Ended::NoConnection });
            }
        }
    }

    /// The client hangs up, unless something was heard meanwhile.
    fn time_out(&mut self, now: Instant, entry: Entry) {
        let Entry { turn, seat, slot, mark } = entry;
        let Some((_, flight)) = in_flight(&mut self.seats, seat, slot, mark) else { return };
        if let Some(patience) = flight.on.patience().filter(|patience| *patience > turn.at) {
            self.agenda.push(Entry { turn: Turn { at: patience, ..turn }, ..entry });
            return;
        }
        let end = flight.timed_out(now);
        let answer =
            if end.how == AttemptOutcome::Unanswered { "no answer" } else { "an answer broke off" };
        self.trouble(format!("{answer}: nothing was heard for as long as the client waits"));
        let at = AttemptId { job: JobId(slot), n: mark };
        self.attempt_ended(seat, at, end);
        self.tell(now, seat, Event::Ended { at, how: Ended::TimedOut });
    }

    fn cancel(&mut self, now: Instant, seat: u32, at: AttemptId) {
        let Some(at) = self.seats.get(seat as usize).map(|place| place.counted(at)) else { return };
        let flight = in_flight(&mut self.seats, seat, at.job.0, at.n);
        let Some((_, flight)) = flight else { return };
        let end = flight.cancelled(now);
        self.attempt_ended(seat, at, end);
    }

    fn wake_at(&mut self, seat: u32, at: Instant, timer: Timer) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        let group = place.group;
        let (turn, slot, mark) = match timer {
            Timer::Job { job, generation } | Timer::Denied { job, generation } => {
                let kind = match timer {
                    Timer::Denied { .. } => Kind::Denied,
                    Timer::Job { .. } | Timer::Queue { .. } => Kind::JobTimer,
                };
                let Some(flight) = place.jobs.get(job.0 as usize) else { return };
                let (number, attempt) = (flight.arrival.job, flight.attempts);
                (Turn { at, group, job: number, attempt, kind }, job.0, generation)
            }
            Timer::Queue { generation } => (Turn::of_queue(at, group, place.number), 0, generation),
        };
        self.agenda.push(Entry { turn, seat, slot, mark });
    }

    fn finish(&mut self, now: Instant, seat: u32, job: JobId, outcome: Outcome) {
        match outcome {
            // Written down when its last byte arrived.
            Outcome::Answered => {}
            Outcome::GaveUp(_) => {
                self.job_ended(seat, job, Way::Home, JobOutcome::GaveUp { at: now });
            }
        }
        let Some(place) = self.seats.get_mut(seat as usize) else { return };
        let number = place.jobs.get(job.0 as usize).map(|flight| flight.arrival.job);
        place.free(job);
        self.so_far.in_hand -= 1;
        let next = number.and_then(|number| self.loops.next_after(place.group, number, now));
        if let Some(next) = next {
            self.want(next);
        }
    }

    fn trouble(&mut self, why: String) {
        *self.troubles.entry(why).or_default() += 1;
    }

    fn attempt_ended(&mut self, seat: u32, at: AttemptId, end: run_record::AttemptEnd) {
        if let Some((group, flight)) = in_flight(&mut self.seats, seat, at.job.0, at.n) {
            flight.on.exchange = None;
            self.under_way -= 1;
            self.recorder.attempt_ended(group, end);
            if let Some(place) = self.seats.get_mut(seat as usize) {
                place.other(at.job);
            }
        }
    }

    fn job_ended(&mut self, seat: u32, job: JobId, way: Way, how: JobOutcome) {
        let Some(place) = self.seats.get(seat as usize) else { return };
        if let Some(flight) = place.jobs.get(job.0 as usize) {
            let end = flight.job_end(place.asks.deadline, how);
            self.recorder.job_ended(place.group, end);
            way.answered(&mut self.recorder, place.group, &end);
        }
    }
}

fn turn_of(arrival: &Arrival) -> Turn {
    let Arrival { due, group, job, .. } = *arrival;
    Turn { at: due, group, job, attempt: 0, kind: Kind::Arrival }
}
