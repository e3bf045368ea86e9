//! Optimistic concurrency on one row: the world of the AWS study, with our clients in it.
//!
//! A try is one attempt: the version is read, then written with; a write that comes too late is
//! answered 409. The study's first doubled wait is 10 ms (it counts failures from 1, with a base of
//! 5 ms), and ours begin with `first`, so that it is 10 ms here; the decorrelated waits begin at
//! the base, here as there.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use chance::{Purpose, Seed, Stream};
use limits::{Instant, Span};
use rayon::prelude::*;
use strategies::{Action, AttemptId, Backoff, Client, ClientId, Ended, Event, JobId, Offer, Timer};
use wire::{Reply, Shows, Status, Usage};

use crate::published_study::{Waits, study};
use crate::statistics::{Mean, normal};
use crate::{millis, retrying};

const CAP: Span = millis(2_000);
/// What the formulas that double begin with, and the one that does not.
const FIRST: Span = millis(10);
const BASE: Span = millis(5);
const REPLICATIONS: u32 = 24;
/// One in ten thousand, of eighty comparisons with some forty degrees of freedom.
const MOST_ERRORS_APART: f64 = 4.3;

const fn backoff(waits: Waits) -> Backoff {
    match waits {
        Waits::None => Backoff::None,
        Waits::Exponential => Backoff::Exponential { first: FIRST, cap: CAP },
        Waits::Equal => Backoff::EqualJitter { first: FIRST, cap: CAP },
        Waits::Full => Backoff::FullJitter { first: FIRST, cap: CAP },
        Waits::Decorrelated => Backoff::DecorrelatedJitter { first: BASE, cap: CAP },
    }
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// The question for the row's version reaches the service.
    Read {
        n: u32,
    },
    /// The write with that version reaches the service.
    Write {
        n: u32,
        version: u64,
    },
    /// The write's answer reaches the client.
    Answer {
        n: u32,
        success: bool,
    },
    Wake(Timer),
}

struct World {
    clients: Vec<Client>,
    agenda: BinaryHeap<Reverse<(Instant, usize, What)>>,
    network: Stream,
    delays: u64,
    version: u64,
    calls: u64,
}

/// Calls and completion time in ms of one replication.
fn run(backoff: Backoff, clients: usize, seed: Seed) -> (f64, f64) {
    let stack = retrying(backoff, None).resolve(None);
    let client = |_| Client::new(&stack, ClientId { group: 0 }, seed);
    let mut world = World {
        clients: (0..clients).map(client).collect(),
        agenda: BinaryHeap::new(),
        network: seed.stream(Purpose::FirstToken, 0),
        delays: 0,
        version: 0,
        calls: 0,
    };
    for client in 0..clients {
        let offer = Offer {
            job: JobId(0),
            number: client as u64,
            due: Instant::START,
            deadline: None,
            prompt: 1,
            units: 1,
            max_tokens: None,
            expected_answer: 1,
        };
        world.tell(Instant::START, client, Event::Offered(offer));
    }
    let mut end = Instant::START;
    while let Some(Reverse((now, client, what))) = world.agenda.pop() {
        world.happen(now, client, what);
        end = now;
    }
    (world.calls as f64, end.nanos() as f64 / 1e6)
}

impl World {
    fn happen(&mut self, now: Instant, client: usize, what: What) {
        match what {
            What::Read { n } => {
                // The answer's way, and that of the write which follows it at once.
                let (answered, written) = (self.delay(), self.delay());
                let version = self.version;
                self.put(now.after(answered).after(written), client, What::Write { n, version });
            }
            What::Write { n, version } => {
                self.calls += 1;
                let success = version == self.version;
                self.version += u64::from(success);
                let delay = self.delay();
                self.put(now.after(delay), client, What::Answer { n, success });
            }
            What::Answer { n, success } => {
                let at = AttemptId { job: JobId(0), n };
                let status = if success { Status::OK } else { Status(409) };
                let (shows, usage) = (Shows::default(), Usage::default());
                let reply = Reply { status, shows, error: None, usage };
                self.tell(now, client, Event::Head { at, reply: &reply });
                if success {
                    self.tell(now, client, Event::Ended { at, how: Ended::Complete(usage) });
                }
            }
            What::Wake(timer) => self.tell(now, client, Event::Wake(timer)),
        }
    }

    fn tell(&mut self, now: Instant, client: usize, event: Event<'_>) {
        let mut wishes = Vec::new();
        self.clients[client].on(now, event, &mut |wish| wishes.push(wish));
        for wish in wishes {
            // It has no gate and nobody takes a job back: it asks for nothing else.
            if let Action::Send { at, .. } = wish {
                let delay = self.delay();
                self.put(now.after(delay), client, What::Read { n: at.n });
            } else if let Action::WakeAt { at, timer } = wish {
                self.put(at, client, What::Wake(timer));
            }
        }
    }

    fn put(&mut self, at: Instant, client: usize, what: What) {
        self.agenda.push(Reverse((at, client, what)));
    }

    fn delay(&mut self) -> Span {
        self.delays += 2;
        let (first, second) = (self.network.draw(self.delays), self.network.draw(self.delays + 1));
        let nanos = normal(10.0e6, 2.0e6, first, second).abs();
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "rounded down")]
        Span::from_nanos(nanos as u64)
    }
}

/// Calls and completion time in ms.
fn ours(backoff: Backoff, clients: usize) -> (Mean, Mean) {
    let ran = |replication| run(backoff, clients, Seed(7).replication(replication));
    let ran: Vec<(f64, f64)> = (0..REPLICATIONS).into_par_iter().map(ran).collect();
    let (calls, times): (Vec<f64>, Vec<f64>) = ran.into_iter().unzip();
    (Mean::of(&calls), Mean::of(&times))
}

const ALL: [Waits; 5] =
    [Waits::None, Waits::Exponential, Waits::Equal, Waits::Full, Waits::Decorrelated];
const SIZES: [usize; 7] = [10, 40, 70, 100, 130, 160, 190];

#[test]
fn jitter_on_a_contended_row_gives_the_tables_of_the_aws_study() {
    let cases: Vec<(Waits, usize)> =
        ALL.into_iter().flat_map(|waits| SIZES.map(|size| (waits, size))).collect();
    let measured: Vec<_> = cases
        .into_par_iter()
        .map(|(waits, size)| {
            let ours = ours(backoff(waits), size);
            (waits, size, ours, study(waits, size, REPLICATIONS.into()))
        })
        .collect();
    let mut lines = vec![format!(
        "{:<13}{:>8}{:>16}{:>16}{:>18}{:>18}",
        "waits", "clients", "calls", "study", "ms", "study"
    )];
    for (waits, size, (calls, time), (calls_there, time_there)) in &measured {
        for (what, here, there) in [("calls", calls, calls_there), ("ms", time, time_there)] {
            let apart = here.apart(*there);
            let said = format!("{waits:?}, {size} clients, {what}: {here:?} against {there:?}");
            assert!(apart <= MOST_ERRORS_APART, "{said}: {apart:.1} errors apart");
            assert!(here.error <= 0.08 * here.mean, "{said}: too coarse to say anything");
        }
        let shown = |mean: &Mean| format!("{:.0} ±{:.0}", mean.mean, mean.error);
        lines.push(format!(
            "{:<13}{size:>8}{:>16}{:>16}{:>18}{:>18}",
            format!("{waits:?}"),
            shown(calls),
            shown(calls_there),
            shown(time),
            shown(time_there)
        ));
    }
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn at_a_hundred_clients_full_jitter_makes_less_than_half_the_calls_of_plain_backoff() {
    let calls = |waits| ours(backoff(waits), 100).0.mean;
    let (plain, full) = (calls(Waits::Exponential), calls(Waits::Full));
    assert!(full < plain / 2.0, "{full} calls against {plain}");
}
