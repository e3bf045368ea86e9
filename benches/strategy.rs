//! How long does one step of a strategy take?
//!
//! A step is an event in and its actions out. One client does one job after another: each is
//! offered, sent, and answered or refused; one in four is refused once, with a hint, and tried again
//! if its strategy does. No clock is read and nothing is sent, so this is what the simulator pays for
//! a strategy, beside the service and the queue of events. The time is that of one step, over all
//! steps of the jobs; on Linux it is what the thread ran, so that other work on the machine does not
//! count as this one's.

use std::hint::black_box;
use std::num::NonZeroU32;
use std::time::Duration;

use chance::Seed;
use criterion::Criterion;
use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use strategies::{
    Action, AttemptId, Backoff, Breaker, BucketBurst, Budget, Client, ClientId, Elsewhere, Ended,
    Event, FirstSendPart, HintRule, JobId, Known, Offer, Parts, Percent, RetryOn, Share, Stop,
    Tenths, Thousandths, Throttle, Timeouts, Timer, Wait,
};
use wire::{Hint, Rate10, Reply, Shows, Status, Usage};

/// From one event to the next.
const STEP: Span = Span::from_millis(7);
const TOO_MANY: u64 = 4;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for (name, parts) in stacks() {
        criterion.bench_function(&format!("strategy/{name}"), |bencher| {
            let mut bench = Bench::new(&parts);
            bencher.iter_custom(|steps| bench.run(steps));
        });
    }
    criterion.final_summary();
}

fn stacks() -> Vec<(&'static str, Parts)> {
    let (first, cap) = (Span::from_millis(500), Span::from_secs(20));
    let full = Backoff::FullJitter { first, cap };
    let jitter = Parts {
        first_send: FirstSendPart::AtOnce,
        retry_on: RetryOn::LIMITS_AND_FAILURES,
        wait: Wait { hint: HintRule::IGNORE, backoff: full, grain: Wait::FINEST },
        stop: Stop::after(6),
        elsewhere: Elsewhere::Nowhere,
        timeouts: Timeouts { silence: None },
    };
    let hinted = |hint, backoff| Parts { wait: Wait { hint, backoff, ..jitter.wait }, ..jitter };
    let sdk = Backoff::Sdk { first: Span::from_secs(1), cap: Span::from_secs(10) };
    let mut stacks = vec![
        ("give up", Parts { retry_on: RetryOn::NOTHING, ..jitter }),
        ("full jitter", jitter),
        (
            "decorrelated jitter",
            hinted(HintRule::IGNORE, Backoff::DecorrelatedJitter { first, cap }),
        ),
        ("sdk", hinted(HintRule::up_to(Span::from_secs(60)), sdk)),
        ("honour", hinted(HintRule::HONOUR, full)),
    ];
    let (percent, over) = (Percent(10), Span::from_secs(10));
    let budgets = [
        (
            "finagle's budget",
            Budget::Finagle { ttl: over, reserve_per_s: 10, percent: Percent(20) },
        ),
        ("sre's budget", Budget::Sre { percent, over: Span::from_secs(120) }),
        ("grpc's budget", Budget::Grpc { most: 10, ratio: Thousandths(100) }),
        (
            "aws's budget",
            Budget::Aws { capacity: 500, retry: 5, throttled: 5, time_out: 10, first_success: 1 },
        ),
        ("brooker's budget", Budget::Brooker { deposit: Thousandths(100), most: 5 }),
        ("breaker on retries", Budget::RetriesWhileFailuresBelow { percent, over }),
    ];
    stacks
        .extend(budgets.map(|(name, budget)| {
            (name, Parts { stop: Stop { budget, ..jitter.stop }, ..jitter })
        }));
    let breaker =
        Breaker { opens_at: Percent(50), over, least: 20, stays: Span::from_secs(5), probes: 3 };
    let throttle = Throttle { k: Tenths(20), over: Span::from_secs(120) };
    let stop = Stop { breaker: Some(breaker), ..jitter.stop };
    stacks.push(("circuit breaker", Parts { stop, ..jitter }));
    let stop = Stop { throttle: Some(throttle), ..jitter.stop };
    stacks.push(("adaptive throttling", Parts { stop, ..jitter }));
    stacks.extend(first_sends().map(|(name, first_send)| (name, Parts { first_send, ..jitter })));
    let elsewhere = Elsewhere::Hedge { after: Span::from_secs(2), most: Thousandths(20) };
    stacks.push(("hedge", Parts { elsewhere, ..jitter }));
    stacks
}

fn first_sends() -> [(&'static str, FirstSendPart); 7] {
    let rate = |count| Rate::new(Requests(count), Per::Second);
    let (share, delay) = (Share::Whole, Span::from_millis(5));
    let (cut, slow) = (Percent(10), Some(Span::from_secs(5)));
    [
        ("pace by headers", FirstSendPart::PaceByHeaders),
        ("own bucket", FirstSendPart::OwnBucket { share, burst: BucketBurst::Spread }),
        ("cap", FirstSendPart::Cap { most: 8 }),
        ("aimd cap", FirstSendPart::AimdCap { start: 20, least: 1, most: 200, cut, slow }),
        (
            "aimd rate",
            FirstSendPart::AimdRate {
                start: rate(50),
                add: rate(1),
                every: Span::from_secs(1),
                cut: Percent(50),
                least: rate(1),
            },
        ),
        ("aws adaptive", FirstSendPart::AwsAdaptive),
        ("shared bucket", FirstSendPart::SharedBucket { share, delay }),
    ]
}

/// What comes next to a client that has one job.
#[derive(Copy, Clone)]
enum Next {
    Offer,
    Answer(AttemptId),
    LastByte(AttemptId),
    Wake(Instant, Timer),
}

struct Bench {
    client: Client,
    now: Instant,
    next: Next,
    job: u64,
    ok: Reply,
    refused: Reply,
}

impl Bench {
    fn new(parts: &Parts) -> Self {
        let known = Known {
            requests: Rate::new(Requests(6_000), Per::Minute),
            units: 1,
            tokens: Some(Rate::new(Tokens(2_000_000), Per::Minute)),
            largest_reservation: Tokens(1_000),
            clients: NonZeroU32::MIN,
        };
        let client = Client::new(&parts.resolve(Some(&known)), ClientId { group: 0 }, Seed(1));
        let shows = Shows {
            limit: Some(Rate10::whole(100)),
            remaining: Some(150),
            reset: Some(2),
            hint: Hint::Seconds(2),
            ..Shows::default()
        };
        let ok = Reply { status: Status::OK, shows, error: None, usage: Usage::default() };
        let refused = Reply { status: Status::TOO_MANY_REQUESTS, ..ok };
        Self { client, now: Instant::START, next: Next::Offer, job: 0, ok, refused }
    }

    /// How long so many steps take.
    fn run(&mut self, steps: u64) -> Duration {
        let start = ran();
        for _ in 0..steps {
            self.step();
        }
        ran().saturating_sub(start)
    }

    #[inline]
    fn step(&mut self) {
        self.now = self.now.after(STEP);
        let next = self.next;
        let event = match next {
            Next::Offer => {
                self.job += 1;
                Event::Offered(self.offer())
            }
            Next::Answer(at) if at.n == 1 && self.job.is_multiple_of(TOO_MANY) => {
                Event::Head { at, reply: &self.refused }
            }
            Next::Answer(at) => Event::Head { at, reply: &self.ok },
            Next::LastByte(at) => {
                let usage = Usage { prompt: 300, completion: 90 };
                Event::Ended { at, how: Ended::Complete(usage) }
            }
            Next::Wake(at, timer) => {
                self.now = self.now.max(at);
                Event::Wake(timer)
            }
        };
        let (mut sent, mut finished, mut wakes) = (None, false, None);
        self.client.on(self.now, black_box(event), &mut |action| match action {
            Action::Send { at, .. } => sent = Some(at),
            Action::WakeAt { at, timer } => wakes = Some((at, timer)),
            Action::Reserve { job, wants } => {
                let timer = Timer::Job { job, generation: wants.generation };
                wakes = Some((Instant::START, timer));
            }
            Action::Finish { .. } => finished = true,
            Action::Cancel(_) | Action::Restore { .. } => {}
        });
        self.next = match (next, sent, wakes) {
            (_, Some(at), _) => Next::Answer(at),
            _ if finished => Next::Offer,
            (_, _, Some((at, timer))) => Next::Wake(at, timer),
            (Next::Answer(at), None, None) => Next::LastByte(at),
            // A gate that waits for what no history here holds.
            (Next::Offer | Next::LastByte(_) | Next::Wake(..), None, None) => Next::Offer,
        };
    }

    fn offer(&self) -> Offer {
        Offer {
            job: JobId(0),
            number: self.job,
            due: self.now,
            deadline: None,
            prompt: 300,
            units: 1,
            max_tokens: Some(500),
            expected_answer: 100,
        }
    }
}

/// How long this thread has run.
#[cfg(target_os = "linux")]
fn ran() -> Duration {
    let ran = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::try_from(ran).unwrap_or_default()
}

/// How long it has been since the first call.
#[cfg(not(target_os = "linux"))]
fn ran() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}
