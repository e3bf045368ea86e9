//! Random stacks, random histories, and a drive as plain as can be.

use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use proptest::prelude::*;
use strategies::{
    Action, Answer, AttemptId, Backoff, Beyond, Breaker, BucketBurst, Budget, Client, ClientId,
    Elsewhere, Ended, Event, FirstSendPart, HintRule, Hundredths, JobId, Known, Offer, Parts,
    Percent, Reads, RetryOn, Share, Statuses, Stop, Tenths, Thousandths, Throttle, Timeouts, Timer,
    Wait, Zero,
};
use wire::{Hint, Rate10, Reply, Shows, Status, Usage};

/// What the service does to the attempts of a history, in turn.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(crate) enum Fate {
    Refuse(Hint),
    Fail(Hint),
    Invalid,
    Cut,
    TimedOut,
    NoConnection,
    Complete,
}

impl Fate {
    pub(crate) fn status(self) -> Status {
        match self {
            Self::Refuse(_) => Status::TOO_MANY_REQUESTS,
            Self::Fail(_) => Status::UNAVAILABLE,
            Self::Invalid => Status::BAD_REQUEST,
            Self::Cut | Self::TimedOut | Self::NoConnection | Self::Complete => Status::OK,
        }
    }

    /// Whether it is trouble of the service's.
    pub(crate) fn is_failure(self) -> bool {
        !matches!(self, Self::Complete | Self::Invalid)
    }

    pub(crate) fn reply(self) -> Reply {
        let (Self::Refuse(hint) | Self::Fail(hint)) = self else {
            return reply(self.status(), Hint::Absent);
        };
        reply(self.status(), hint)
    }

    /// What its client takes it for, if it is no success.
    pub(crate) fn answer(self, reply: &Reply) -> Answer<'_> {
        match self {
            Self::TimedOut => Answer::TimedOut,
            Self::Cut | Self::NoConnection => Answer::Broken,
            Self::Refuse(_) | Self::Fail(_) | Self::Invalid | Self::Complete => {
                Answer::Replied(reply)
            }
        }
    }
}

fn reply(status: Status, hint: Hint) -> Reply {
    let reset = if let Hint::Seconds(seconds) = hint { seconds } else { 1 };
    let shows = Shows {
        limit: Some(Rate10::whole(10)),
        remaining: Some(u32::from(status.is_success()) * 5),
        reset: Some(reset),
        hint,
        ..Shows::default()
    };
    Reply { status, shows, error: None, usage: Usage::default() }
}

/// What a stack reads of a hint, if it reads it; every refusal here shows a reset of a second where
/// its hint says no whole seconds.
pub(crate) fn said(parts: &Parts, hint: Hint) -> Option<Span> {
    let reads = parts.wait.hint.reads;
    let finer = matches!(reads, Reads::RetryAfter | Reads::OrReset);
    match hint {
        _ if reads == Reads::Nothing => None,
        Hint::Seconds(seconds) => Some(Span::from_secs(seconds.into())),
        Hint::Millis(millis) => finer.then(|| Span::from_millis(millis.into())),
        Hint::Fraction(thousandths) => finer.then(|| Span::from_millis(thousandths)),
        Hint::Absent => (reads == Reads::OrReset).then(|| Span::from_secs(1)),
        Hint::Date(_) | Hint::Negative(_) | Hint::Unreadable => None,
    }
}

fn hints() -> impl Strategy<Value = Hint> {
    prop_oneof![
        4 => (0_u32..4).prop_map(Hint::Seconds),
        1 => (0_u32..3_000).prop_map(Hint::Millis),
        1 => (0_u64..3_000).prop_map(Hint::Fraction),
        1 => Just(Hint::Absent),
        1 => Just(Hint::Negative(2)),
        1 => Just(Hint::Unreadable),
    ]
}

pub(crate) fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        6 => hints().prop_map(Fate::Refuse),
        2 => hints().prop_map(Fate::Fail),
        1 => Just(Fate::Invalid),
        1 => Just(Fate::Cut),
        1 => Just(Fate::TimedOut),
        1 => Just(Fate::NoConnection),
        6 => Just(Fate::Complete),
    ];
    prop::collection::vec(fate, 1..80)
}

pub(crate) fn jobs() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0_u64..5_000_000_000, 1..30).prop_map(|mut dues| {
        dues.sort_unstable();
        dues
    })
}

pub(crate) fn stacks() -> impl Strategy<Value = Parts> {
    (first_sends(), retry_ons(), waits(), stops()).prop_map(|(first_send, retry_on, wait, stop)| {
        let timeouts = Timeouts { silence: None };
        Parts { first_send, retry_on, wait, stop, elsewhere: Elsewhere::Nowhere, timeouts }
    })
}

/// The same, with somewhere else to go.
pub(crate) fn stacks_with_elsewhere() -> impl Strategy<Value = Parts> {
    let elsewhere = prop_oneof![
        1 => Just(Elsewhere::Nowhere),
        1 => (0_u32..4).prop_map(|tries| Elsewhere::After { tries }),
        2 => (0_u64..150, 0_u32..1_200).prop_map(|(after, most)| Elsewhere::Hedge {
            after: Span::from_millis(after),
            most: Thousandths(most),
        }),
    ];
    (stacks(), elsewhere).prop_map(|(parts, elsewhere)| Parts { elsewhere, ..parts })
}

fn first_sends() -> impl Strategy<Value = FirstSendPart> {
    let (whole, half) = (Share::Whole, Share::Part(Percent(50)));
    let rate = |count| Rate::new(Requests(count), Per::Second);
    let (cut, slow) = (Percent(30), Some(Span::from_millis(80)));
    prop::sample::select(vec![
        FirstSendPart::AtOnce,
        FirstSendPart::AtOnce,
        FirstSendPart::AtOnce,
        FirstSendPart::PaceByHeaders,
        FirstSendPart::OwnBucket { share: whole, burst: BucketBurst::Spread },
        FirstSendPart::OwnBucket { share: half, burst: BucketBurst::Minute },
        FirstSendPart::Cap { most: 2 },
        FirstSendPart::AimdCap { start: 3, least: 1, most: 5, cut, slow },
        FirstSendPart::AimdRate {
            start: rate(8),
            add: rate(2),
            every: Span::from_secs(1),
            cut,
            least: rate(1),
        },
        FirstSendPart::AwsAdaptive,
        FirstSendPart::SharedBucket { share: whole, delay: Span::from_millis(5) },
    ])
}

fn retry_ons() -> impl Strategy<Value = RetryOn> {
    let limits = Statuses::NONE.with(429);
    let usual = RetryOn::LIMITS_AND_FAILURES;
    prop::sample::select(vec![
        RetryOn::NOTHING,
        usual,
        usual,
        RetryOn::ANYTHING,
        RetryOn { statuses: limits, time_outs: true, ..RetryOn::NOTHING },
        RetryOn { time_outs: false, unless_quota: true, ..usual },
    ])
}

fn waits() -> impl Strategy<Value = Wait> {
    let span = |most: u64| (1..most).prop_map(Span::from_millis);
    let grain = prop::sample::select(vec![Wait::FINEST, Span::from_millis(10)]);
    (hint_rules(), 0..10, span(2_000), span(2_000), grain).prop_map(
        |(hint, which, first, other, grain)| {
            let cap = first.plus(Span::from_secs(4));
            let backoff = match which {
                0 => Backoff::None,
                1 => Backoff::Exponential { first, cap },
                2 => Backoff::FullJitter { first, cap },
                3 => Backoff::EqualJitter { first, cap },
                4 => Backoff::DecorrelatedJitter { first, cap },
                5 => Backoff::Sdk { first, cap },
                6 => Backoff::PlusJitter { first, cap, jitter: other },
                7 => {
                    Backoff::Randomized { first, cap, times: Hundredths(150), spread: Percent(50) }
                }
                8 => Backoff::Clamped { first, least: other, cap },
                _ => Backoff::Aws { first, throttled: other, cap },
            };
            Wait { hint, backoff, grain }
        },
    )
}

fn hint_rules() -> impl Strategy<Value = HintRule> {
    let reads = [Reads::Nothing, Reads::WholeSeconds, Reads::RetryAfter, Reads::OrReset];
    let beyond = [
        Beyond::Formula,
        Beyond::Clamped,
        Beyond::GiveUp,
        Beyond::IfShorterThanFormula,
        Beyond::WithinFormulaPlus(Span::from_millis(1_500)),
    ];
    let most = prop::option::of((0_u64..4_000).prop_map(Span::from_millis));
    let jitter = prop::sample::select(vec![Span::ZERO, Span::from_millis(750)]);
    let zero = prop::sample::select(vec![Zero::AtOnce, Zero::Formula]);
    (
        prop::sample::select(reads.to_vec()),
        zero,
        most,
        prop::sample::select(beyond.to_vec()),
        jitter,
    )
        .prop_map(|(reads, zero, most, beyond, jitter)| HintRule {
            reads,
            zero,
            most,
            beyond,
            jitter,
        })
}

fn stops() -> impl Strategy<Value = Stop> {
    let over = Span::from_secs(3);
    let budgets = vec![
        Budget::None,
        Budget::None,
        Budget::Finagle { ttl: over, reserve_per_s: 1, percent: Percent(20) },
        Budget::Sre { percent: Percent(30), over },
        Budget::Grpc { most: 6, ratio: Thousandths(100) },
        Budget::Aws { capacity: 50, retry: 14, throttled: 5, time_out: 10, first_success: 1 },
        Budget::Brooker { deposit: Thousandths(200), most: 3 },
        Budget::RetriesWhileFailuresBelow { percent: Percent(60), over },
    ];
    let breaker =
        Breaker { opens_at: Percent(70), over, least: 4, stays: Span::from_millis(900), probes: 2 };
    let throttle = Throttle { k: Tenths(20), over };
    (
        prop::option::weighted(0.8, 1_u32..6),
        any::<bool>(),
        prop::option::weighted(0.3, (0_u64..6_000).prop_map(Span::from_millis)),
        prop::sample::select(budgets),
        prop::option::weighted(0.2, Just(breaker)),
        prop::option::weighted(0.2, Just(throttle)),
    )
        .prop_map(|(tries, at_deadline, within, budget, breaker, throttle)| Stop {
            tries,
            at_deadline,
            within,
            budget,
            breaker,
            throttle,
        })
}

/// What happened, in its order: what the client heard of the end of an attempt, and what it did.
#[derive(Copy, Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Heard(AttemptId, Fate),
    Did(Action),
}

/// One list of what is to come, searched from end to end.
pub(crate) struct Drive {
    client: Client,
    coming: Vec<(u64, u64, What)>,
    order: u64,
    fates: Vec<Fate>,
    pub(crate) log: Vec<(u64, Entry)>,
    cancelled: Vec<AttemptId>,
}

#[derive(Copy, Clone, Debug)]
enum What {
    Offer(Offer),
    Head(AttemptId),
    Ends(AttemptId, Fate),
    Wake(Timer),
    Withdraw(JobId),
}

/// How long after it is due a job is of use, in nanoseconds.
pub(crate) const DEADLINE: u64 = 8_000_000_000;

/// How long an attempt takes.
const TAKES: u64 = 100_000_000;

impl Drive {
    pub(crate) fn new(parts: &Parts, fates: Vec<Fate>, jobs: &[u64]) -> Self {
        let known = Known {
            requests: Rate::new(Requests(600), Per::Minute),
            tokens: Some(Rate::new(Tokens(120_000), Per::Minute)),
            largest_reservation: Tokens(1_000),
            units: 1,
            clients: NonZeroU32::MIN,
        };
        let client = Client::new(&parts.resolve(Some(&known)), ClientId { group: 0 }, Seed(3));
        let (coming, log, cancelled) = (Vec::new(), Vec::new(), Vec::new());
        let mut drive = Self { client, coming, order: 0, fates, log, cancelled };
        for (n, due) in (0_u32..).zip(jobs) {
            let offer = Offer {
                job: JobId(n),
                number: u64::from(n),
                due: Instant::from_nanos(*due),
                deadline: Some(Instant::from_nanos(due + DEADLINE)),
                prompt: 300,
                max_tokens: Some(500),
                expected_answer: 100,
                units: 1,
            };
            drive.put(*due, What::Offer(offer));
        }
        drive
    }

    /// With jobs that somebody stops wanting; those not there then are passed over.
    pub(crate) fn withdrawing(mut self, withdrawn: &[(u64, u32)]) -> Self {
        for (at, job) in withdrawn {
            self.put(*at, What::Withdraw(JobId(*job)));
        }
        self
    }

    fn put(&mut self, at: u64, what: What) {
        self.order += 1;
        self.coming.push((at, self.order, what));
    }

    pub(crate) fn run(mut self) -> Self {
        while let Some(next) =
            (0..self.coming.len()).min_by_key(|i| (self.coming[*i].0, self.coming[*i].1))
        {
            let (now, _, what) = self.coming.remove(next);
            self.happen(now, what);
            assert!(self.log.len() < 100_000, "a flood");
        }
        self
    }

    fn happen(&mut self, now: u64, what: What) {
        if let What::Ends(at, _) | What::Head(at) = what
            && self.cancelled.contains(&at)
        {
            return;
        }
        if let What::Ends(at, fate) = what {
            self.log.push((now, Entry::Heard(at, fate)));
        }
        let reply = match what {
            What::Ends(_, fate) => fate.reply(),
            What::Offer(_) | What::Head(_) | What::Wake(_) | What::Withdraw(_) => {
                Fate::Complete.reply()
            }
        };
        let usage = Usage { prompt: 300, completion: 90 };
        let event = match what {
            What::Offer(offer) => Event::Offered(offer),
            What::Head(at) => Event::Head { at, reply: &reply },
            What::Wake(timer) => Event::Wake(timer),
            What::Withdraw(job) => Event::Withdrawn(job),
            What::Ends(at, fate) => match fate {
                Fate::Refuse(_) | Fate::Fail(_) | Fate::Invalid => {
                    Event::Head { at, reply: &reply }
                }
                Fate::Cut => Event::Ended { at, how: Ended::Cut },
                Fate::TimedOut => Event::Ended { at, how: Ended::TimedOut },
                Fate::NoConnection => Event::Ended { at, how: Ended::NoConnection },
                Fate::Complete => Event::Ended { at, how: Ended::Complete(usage) },
            },
        };
        let mut actions = Vec::new();
        self.client.on(Instant::from_nanos(now), event, &mut |action| actions.push(action));
        for action in actions {
            self.log.push((now, Entry::Did(action)));
            self.carry_out(now, action);
        }
    }

    fn carry_out(&mut self, now: u64, action: Action) {
        match action {
            Action::Send { at, .. } => {
                let fate = self.fates.pop().unwrap_or(Fate::Complete);
                if matches!(fate, Fate::Cut | Fate::Complete) {
                    self.put(now + TAKES / 2, What::Head(at));
                }
                self.put(now + TAKES, What::Ends(at, fate));
            }
            Action::WakeAt { at, timer } => {
                assert!(at.nanos() >= now, "a wake-up in the past");
                self.put(at.nanos(), What::Wake(timer));
            }
            // A permit for everybody, a little later.
            Action::Reserve { job, wants } => {
                let timer = Timer::Job { job, generation: wants.generation };
                self.put(now + TAKES / 20, What::Wake(timer));
            }
            Action::Cancel(at) => self.cancelled.push(at),
            Action::Restore { .. } | Action::Finish { .. } => {}
        }
    }
}
