//! A server that works off its queue in the order of arrival, also what nobody waits for any more:
//! the world in which retries keep an overload alive that began it (Bronson and others, "Metastable
//! failures in distributed systems", 2021; Brooker, "Fixing retries with token buckets and circuit
//! breakers", 2022).
//!
//! Ten clients share the jobs, 80 a second in all, of a server that does 100. Each waits a second
//! for an answer. From the first minute on the server does 30 a second for ten seconds, and then
//! 100 again; or it answers everything with 503.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};

use chance::{Purpose, Seed};
use limits::{Instant, Span};
use strategies::{
    Action, AttemptId, Backoff, Budget, Client, ClientId, Ended, Event, JobId, Offer, Parts,
    Percent, Thousandths, Timer,
};
use wire::{Reply, Shows, Status, Usage};

use crate::statistics::unit;
use crate::{millis, retrying};

const CLIENTS: u64 = 10;
const JOBS_A_SECOND: f64 = 80.0;
const TIME_OUT: Span = Span::from_secs(1);
const TROUBLE: (u64, u64) = (60, 70);
const END: u64 = 300;

/// What goes wrong.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Server {
    /// Thirty requests a second instead of a hundred, for ten seconds.
    Steps,
    /// 503 to all, from the first minute on.
    Fails,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Arrival(u64),
    /// The request at the head of the queue is done.
    Done,
    Refused(u64, AttemptId),
    TimeOut(u64, AttemptId),
    Wake(u64, Timer),
}

struct World {
    server: Server,
    clients: Vec<Client>,
    agenda: BinaryHeap<Reverse<(Instant, u64, What)>>,
    put: u64,
    queue: VecDeque<(u64, AttemptId)>,
    /// What somebody still waits for.
    awaited: BTreeSet<(u64, AttemptId)>,
    /// By job: when it was due, how often it was sent, and whether it was answered.
    jobs: Vec<(Instant, u32, bool)>,
}

fn run(parts: &Parts, server: Server, seed: Seed) -> World {
    let stack = parts.resolve(None);
    let client = |_| Client::new(&stack, ClientId { group: 0 }, seed);
    let mut world = World {
        server,
        clients: (0..CLIENTS).map(client).collect(),
        agenda: BinaryHeap::new(),
        put: 0,
        queue: VecDeque::new(),
        awaited: BTreeSet::new(),
        jobs: Vec::new(),
    };
    let gaps = seed.stream(Purpose::Gap, 0);
    let mut due = 0.0;
    for job in 0.. {
        due -= libm::log(unit(gaps.draw(job))) / JOBS_A_SECOND;
        if due >= END as f64 {
            break;
        }
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded down")]
        let at = Instant::from_nanos((due * 1e9) as u64);
        world.jobs.push((at, 0, false));
        world.put(at, What::Arrival(job));
    }
    while let Some(Reverse((now, _, what))) = world.agenda.pop() {
        if now >= second(END) {
            break;
        }
        world.happen(now, what);
    }
    world
}

const fn second(second: u64) -> Instant {
    Instant::from_nanos(second * 1_000_000_000)
}

impl World {
    fn happen(&mut self, now: Instant, what: What) {
        match what {
            What::Arrival(number) => {
                let offer = Offer {
                    job: JobId(u32::try_from(number / CLIENTS).unwrap()),
                    number,
                    due: now,
                    deadline: None,
                    prompt: 1,
                    units: 1,
                    max_tokens: None,
                    expected_answer: 1,
                };
                self.tell(now, number % CLIENTS, Event::Offered(offer));
            }
            What::Done => self.done(now),
            What::Refused(client, at) => self.answer(now, (client, at), Status(503)),
            What::TimeOut(client, at) => {
                if self.awaited.remove(&(client, at)) {
                    self.tell(now, client, Event::Ended { at, how: Ended::TimedOut });
                }
            }
            What::Wake(client, timer) => self.tell(now, client, Event::Wake(timer)),
        }
    }

    /// The server has done a request, whether anybody still waits for it or not.
    fn done(&mut self, now: Instant) {
        let request = self.queue.pop_front();
        self.begin(now);
        if let Some(request) = request {
            self.answer(now, request, Status::OK);
        }
    }

    fn begin(&mut self, now: Instant) {
        if !self.queue.is_empty() {
            let slow = now >= second(TROUBLE.0) && now < second(TROUBLE.1);
            let takes = Span::from_nanos(1_000_000_000 / if slow { 30 } else { 100 });
            self.put(now.after(takes), What::Done);
        }
    }

    fn answer(&mut self, now: Instant, (client, at): (u64, AttemptId), status: Status) {
        if !self.awaited.remove(&(client, at)) {
            return;
        }
        let (shows, usage) = (Shows::default(), Usage::default());
        let reply = Reply { status, shows, error: None, usage };
        self.tell(now, client, Event::Head { at, reply: &reply });
        if status.is_success() {
            self.job(client, at.job).2 = true;
            self.tell(now, client, Event::Ended { at, how: Ended::Complete(usage) });
        }
    }

    fn tell(&mut self, now: Instant, client: u64, event: Event<'_>) {
        let mut wishes = Vec::new();
        let place = usize::try_from(client).unwrap();
        self.clients[place].on(now, event, &mut |wish| wishes.push(wish));
        for wish in wishes {
            // It has no gate and nobody takes a job back: it asks for nothing else.
            if let Action::Send { at, .. } = wish {
                self.send(now, client, at);
            } else if let Action::WakeAt { at, timer } = wish {
                self.put(at, What::Wake(client, timer));
            }
        }
    }

    fn send(&mut self, now: Instant, client: u64, at: AttemptId) {
        self.job(client, at.job).1 += 1;
        self.awaited.insert((client, at));
        self.put(now.after(TIME_OUT), What::TimeOut(client, at));
        if self.server == Server::Fails && now >= second(TROUBLE.0) {
            self.put(now.after(millis(10)), What::Refused(client, at));
            return;
        }
        self.queue.push_back((client, at));
        if self.queue.len() == 1 {
            self.begin(now);
        }
    }

    fn job(&mut self, client: u64, job: JobId) -> &mut (Instant, u32, bool) {
        &mut self.jobs[usize::try_from(u64::from(job.0) * CLIENTS + client).unwrap()]
    }

    fn put(&mut self, at: Instant, what: What) {
        self.put += 1;
        self.agenda.push(Reverse((at, self.put, what)));
    }

    /// Of the jobs due from one second to another: the share that was answered, and attempts each.
    fn between(&self, from: u64, to: u64) -> (f64, f64) {
        let due = self.jobs.iter().filter(|(due, ..)| *due >= second(from) && *due < second(to));
        let (mut jobs, mut attempts, mut answered) = (0_u32, 0, 0_u32);
        for (_, tries, is_answered) in due {
            jobs += 1;
            attempts += tries;
            answered += u32::from(*is_answered);
        }
        (f64::from(answered) / f64::from(jobs), f64::from(attempts) / f64::from(jobs))
    }

    /// Seconds from the end of the trouble until 99 % of the jobs of each five seconds are answered
    /// again, to the end; none where they never are.
    fn recovered_after(&self) -> Option<u64> {
        let bad = |from: &u64| self.between(*from, from + 5).0 < 0.99;
        // Those of the last seconds are not over yet.
        let last = (TROUBLE.1..END - 10).step_by(5).filter(bad).last();
        let again = last.map_or(TROUBLE.1, |last| last + 5);
        (again < END - 60).then_some(again - TROUBLE.1)
    }
}

/// Three retries, each a tenth of a second after the last try failed.
const FIXED: Backoff = Backoff::Exponential { first: millis(100), cap: millis(100) };
const JITTER: Backoff = Backoff::FullJitter { first: millis(200), cap: millis(2_000) };

fn within(budget: Budget) -> Parts {
    let mut parts = retrying(FIXED, Some(4));
    parts.stop.budget = budget;
    parts
}

const TEN: Percent = Percent(10);
const FINAGLE: Budget =
    Budget::Finagle { ttl: Span::from_secs(10), reserve_per_s: 0, percent: TEN };
/// With the reserve that it comes with: ten retries a second of each client, whatever it sends.
const FINAGLE_AS_IT_COMES: Budget =
    Budget::Finagle { ttl: Span::from_secs(10), reserve_per_s: 10, percent: Percent(20) };
const SRE: Budget = Budget::Sre { percent: TEN, over: Span::from_secs(120) };
const BROOKER: Budget = Budget::Brooker { deposit: Thousandths(100), most: 5 };
const GRPC: Budget = Budget::Grpc { most: 10, ratio: Thousandths(100) };
const AWS: Budget =
    Budget::Aws { capacity: 500, retry: 5, throttled: 5, time_out: 10, first_success: 1 };

/// Whose load stays above what the server can do, once it is.
const STAY_OVERLOADED: [&str; 3] =
    ["three fixed retries", "three with full jitter", "Finagle as it comes"];

fn cases() -> [(&'static str, Parts); 9] {
    [
        ("no retries", retrying(FIXED, Some(1))),
        ("three fixed retries", retrying(FIXED, Some(4))),
        ("three with full jitter", retrying(JITTER, Some(4))),
        ("10 % budget, Finagle", within(FINAGLE)),
        ("Finagle as it comes", within(FINAGLE_AS_IT_COMES)),
        ("10 % budget, SRE", within(SRE)),
        ("10 % bucket, Brooker", within(BROOKER)),
        ("throttle, gRPC", within(GRPC)),
        ("quota, AWS", within(AWS)),
    ]
}

#[test]
fn after_a_capacity_step_three_retries_stay_overloaded_and_budgets_recover() {
    let head = ["", "before", "attempts", "last minute", "attempts", "recovered after"];
    let row = |cells: [String; 6]| {
        let [name, cells @ ..] = cells;
        cells.iter().fold(format!("{name:<24}"), |line, cell| format!("{line}{cell:>16}"))
    };
    let mut lines = vec![row(head.map(str::to_owned))];
    for (name, parts) in cases() {
        let world = run(&parts, Server::Steps, Seed(1));
        let (before, at_peace) = world.between(30, 55);
        let (last, in_the_end) = world.between(END - 60, END - 10);
        let recovered = world.recovered_after();
        assert!(before > 0.999, "{name}: {before} before anything went wrong");
        assert_eq!(recovered.is_none(), STAY_OVERLOADED.contains(&name), "{name}: {recovered:?}");
        lines.push(row([
            name.to_owned(),
            format!("{:.1} %", before * 100.0),
            format!("{at_peace:.2}"),
            format!("{:.1} %", last * 100.0),
            format!("{in_the_end:.2}"),
            recovered.map_or_else(|| "never".to_owned(), |after| format!("{after} s")),
        ]));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn budgets_hold_the_load_near_a_tenth_more_while_everything_fails() {
    let mut lines = Vec::new();
    for (name, parts) in cases() {
        let (_, attempts) = run(&parts, Server::Fails, Seed(1)).between(120, END - 10);
        let near = match name {
            "no retries" => 1.0..1.000_1,
            "three fixed retries" | "three with full jitter" => 3.999..4.000_1,
            // What a success pays in is not there while everything fails.
            "throttle, gRPC" | "quota, AWS" => 1.0..1.01,
            // A client is asked for 8 a second: a fifth of that more, and its reserve of 10.
            "Finagle as it comes" => 2.4..2.5,
            // A tenth of the last two minutes may be spent at once, and is then spent for two.
            "10 % budget, SRE" => 1.05..1.12,
            _ => 1.08..1.12,
        };
        assert!(near.contains(&attempts), "{name}: {attempts}");
        lines.push(format!("{name:<24}{attempts:>6.3}"));
    }
    insta::assert_snapshot!(lines.join("\n"));
}
