//! What holds whatever a gate meets: bounds on what is in flight, the bucket of a fleet, hedges, and
//! the way elsewhere.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use proptest::prelude::*;
use strategies::{
    Action, AttemptId, BucketBurst, Client, ClientId, Elsewhere, Ended, Event, FirstSendPart,
    JobId, Known, Offer, Outcome, OwnBucket, Parts, Percent, Permit, Preset, Route, Share,
    SharedBucket, SharedStack, Stop, Thousandths, Timer, Wants,
};
use wire::{Reply, Shows, Status, Usage};

const MILLI: u64 = 1_000_000;

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

/// A stack that retries quickly and gives up late.
fn parts(first_send: FirstSendPart, elsewhere: Elsewhere) -> Parts {
    Parts { first_send, elsewhere, ..Preset::FULL_JITTER.parts() }
}

fn known() -> Known {
    Known {
        requests: Rate::new(Requests(600), Per::Minute),
        tokens: Some(Rate::new(Tokens(900_000), Per::Minute)),
        largest_reservation: Tokens(1_000),
        units: 1,
        clients: NonZeroU32::MIN,
    }
}

/// What becomes of an attempt, and after how many milliseconds.
#[derive(Copy, Clone, Debug)]
struct Fate {
    takes: u64,
    how: How,
}

#[derive(Copy, Clone, Debug, PartialEq)]
enum How {
    Refused(u16),
    Cut,
    TimedOut,
    Complete,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let how = prop_oneof![
        2 => Just(How::Refused(429)),
        1 => Just(How::Refused(503)),
        1 => Just(How::Refused(400)),
        1 => Just(How::Cut),
        1 => Just(How::TimedOut),
        4 => Just(How::Complete),
    ];
    prop::collection::vec((1_u64..3_000, how).prop_map(|(takes, how)| Fate { takes, how }), 1..120)
}

fn jobs() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0_u64..8_000, 1..60).prop_map(|mut dues| {
        dues.sort_unstable();
        dues
    })
}

/// A drive as plain as can be: one list of what is to come, searched from end to end, several
/// clients and the bucket that they share.
struct Drive {
    clients: Vec<Client>,
    bucket: Option<SharedBucket>,
    coming: Vec<(u64, u64, usize, What)>,
    order: u64,
    fates: Vec<Fate>,
    log: Vec<(u64, usize, Action)>,
    /// Attempts in flight, by client.
    in_flight: Vec<Vec<AttemptId>>,
    /// The most of them at once.
    most: Vec<usize>,
}

#[derive(Copy, Clone, Debug)]
enum What {
    Offer(Offer),
    Head(AttemptId, Status),
    Ended(AttemptId, Ended),
    Wake(Timer),
}

impl Drive {
    fn new(parts: &Parts, clients: usize, fates: Vec<Fate>, jobs: &[u64]) -> Self {
        let stack = parts.resolve(Some(&known()));
        let mut bucket = None;
        if let strategies::FirstSend::SharedBucket(shared) = &stack.first_send {
            bucket = Some(SharedBucket::new(shared));
        }
        let client = || Client::new(&stack, ClientId { group: 0 }, Seed(3));
        let mut drive = Self {
            clients: (0..clients).map(|_| client()).collect(),
            bucket,
            coming: Vec::new(),
            order: 0,
            fates,
            log: Vec::new(),
            in_flight: vec![Vec::new(); clients],
            most: vec![0; clients],
        };
        for (n, due) in (0_u32..).zip(jobs) {
            let offer = Offer {
                job: JobId(n),
                number: u64::from(n),
                due: at(*due),
                deadline: Some(at(due + 10_000)),
                prompt: 300,
                max_tokens: Some(500),
                expected_answer: 100,
                units: 1,
            };
            drive.put(due * MILLI, n as usize % clients, What::Offer(offer));
        }
        drive
    }

    fn put(&mut self, nanos: u64, client: usize, what: What) {
        self.order += 1;
        self.coming.push((nanos, self.order, client, what));
    }

    fn run(mut self) -> Self {
        while let Some(next) =
            (0..self.coming.len()).min_by_key(|i| (self.coming[*i].0, self.coming[*i].1))
        {
            let (now, _, whom, what) = self.coming.remove(next);
            let reply = |status| Reply {
                status,
                shows: Shows::default(),
                error: None,
                usage: Usage::default(),
            };
            let read;
            let event = match what {
                What::Offer(offer) => Event::Offered(offer),
                What::Wake(timer) => Event::Wake(timer),
                What::Head(at, status) => {
                    if !self.is_on(whom, at, !status.is_success()) {
                        continue;
                    }
                    read = reply(status);
                    Event::Head { at, reply: &read }
                }
                What::Ended(at, how) => {
                    if !self.is_on(whom, at, true) {
                        continue;
                    }
                    Event::Ended { at, how }
                }
            };
            let mut actions = Vec::new();
            let now_at = Instant::from_nanos(now);
            self.clients[whom].on(now_at, event, &mut |action| actions.push(action));
            for action in actions {
                self.log.push((now, whom, action));
                self.carry_out(now, whom, action);
            }
            assert!(self.log.len() < 100_000, "a flood");
        }
        self
    }

    /// Whether an attempt is still in flight, which it is no more if this ends it.
    fn is_on(&mut self, whom: usize, at: AttemptId, ends: bool) -> bool {
        let there = self.in_flight[whom].contains(&at);
        self.in_flight[whom].retain(|it| !ends || *it != at);
        there
    }

    fn carry_out(&mut self, now: u64, whom: usize, action: Action) {
        match action {
            Action::Send { at, .. } => self.send(now, whom, at),
            Action::WakeAt { at, timer } => {
                assert!(at.nanos() >= now, "a wake-up in the past");
                self.put(at.nanos(), whom, What::Wake(timer));
            }
            Action::Reserve { job, wants } => {
                let bucket = self.bucket.as_mut().unwrap();
                let generation = wants.generation;
                let (at, timer) = match bucket.reserve(Instant::from_nanos(now), &wants) {
                    Permit::At(at) => (at, Timer::Job { job, generation }),
                    Permit::TooLate(at) => (at, Timer::Denied { job, generation }),
                };
                self.put(at.nanos(), whom, What::Wake(timer));
            }
            Action::Restore { requests, tokens } => {
                let bucket = self.bucket.as_mut().unwrap();
                bucket.restore(Instant::from_nanos(now), requests, tokens);
            }
            Action::Cancel(at) => assert!(self.is_on(whom, at, true), "{at:?} is not in flight"),
            Action::Finish { job, .. } => {
                let left = self.in_flight[whom].iter().filter(|at| at.job == job).count();
                assert_eq!(left, 0, "{job:?} leaves an attempt behind");
            }
        }
    }

    fn send(&mut self, now: u64, whom: usize, at: AttemptId) {
        self.in_flight[whom].push(at);
        self.most[whom] = self.most[whom].max(self.in_flight[whom].len());
        let Fate { takes, how } =
            self.fates.pop().unwrap_or(Fate { takes: 100, how: How::Complete });
        let later = now + takes * MILLI;
        let what = match how {
            How::Refused(status) => What::Head(at, Status(status)),
            How::Cut => What::Ended(at, Ended::Cut),
            How::TimedOut => What::Ended(at, Ended::TimedOut),
            How::Complete => {
                self.put(now + takes * MILLI / 2, whom, What::Head(at, Status::OK));
                What::Ended(at, Ended::Complete(Usage { prompt: 300, completion: 90 }))
            }
        };
        self.put(later, whom, what);
    }

    fn finished(&self) -> Vec<u32> {
        let mut finished: Vec<u32> = self
            .log
            .iter()
            .filter_map(|(_, _, action)| match action {
                Action::Finish { job, .. } => Some(job.0),
                Action::Send { .. }
                | Action::Cancel(_)
                | Action::WakeAt { .. }
                | Action::Reserve { .. }
                | Action::Restore { .. } => None,
            })
            .collect();
        finished.sort_unstable();
        finished
    }

    fn sent(&self) -> impl Iterator<Item = (u64, AttemptId, Route)> {
        self.log.iter().filter_map(|(now, _, action)| {
            let Action::Send { at, route, .. } = action else { return None };
            Some((*now, *at, *route))
        })
    }
}

fn gates() -> impl Strategy<Value = FirstSendPart> {
    let rate = |count| Rate::new(Requests(count), Per::Second);
    prop::sample::select(vec![
        FirstSendPart::AtOnce,
        FirstSendPart::Cap { most: 3 },
        FirstSendPart::AimdCap {
            start: 4,
            least: 2,
            most: 6,
            cut: Percent(10),
            slow: Some(Span::from_secs(2)),
        },
        FirstSendPart::AimdRate {
            start: rate(5),
            add: rate(1),
            every: Span::from_secs(1),
            cut: Percent(50),
            least: rate(1),
        },
        FirstSendPart::AwsAdaptive,
        FirstSendPart::OwnBucket { share: Share::Part(Percent(50)), burst: BucketBurst::Minute },
        FirstSendPart::SharedBucket { share: Share::Whole, delay: Span::from_millis(5) },
    ])
}

fn ways() -> impl Strategy<Value = Elsewhere> {
    prop::sample::select(vec![
        Elsewhere::Nowhere,
        Elsewhere::After { tries: 2 },
        Elsewhere::Hedge { after: Span::from_millis(400), most: Thousandths(200) },
    ])
}

proptest! {
    #[test]
    fn every_job_ends_once_and_leaves_nothing_in_flight(
        gate in gates(), way in ways(), at_deadline: bool, fates in fates(), jobs in jobs(),
    ) {
        let mut parts = parts(gate, way);
        parts.stop = Stop { at_deadline, ..parts.stop };
        let drive = Drive::new(&parts, 2, fates.clone(), &jobs).run();
        let all: Vec<u32> = (0_u32..).take(jobs.len()).collect();
        prop_assert_eq!(drive.finished(), all);
        prop_assert!(drive.in_flight.iter().all(Vec::is_empty));
        let again = Drive::new(&parts, 2, fates, &jobs).run();
        prop_assert_eq!(drive.log, again.log, "the same history, the same actions");
    }

    #[test]
    fn no_more_are_in_flight_than_the_cap(
        most in 1_u32..6, way in ways(), fates in fates(), jobs in jobs(),
    ) {
        let home = |drive: &Drive| drive.most.clone();
        let way = if matches!(way, Elsewhere::After { .. }) { Elsewhere::Nowhere } else { way };
        let drive = Drive::new(&parts(FirstSendPart::Cap { most }, way), 2, fates.clone(), &jobs);
        prop_assert!(home(&drive.run()).into_iter().all(|at_once| at_once <= most as usize));
        let aimd = FirstSendPart::AimdCap {
            start: 1,
            least: 1,
            most,
            cut: Percent(10),
            slow: None,
        };
        let drive = Drive::new(&parts(aimd, way), 2, fates, &jobs).run();
        prop_assert!(drive.most.into_iter().all(|at_once| at_once <= most as usize));
    }

    #[test]
    fn hedges_stay_within_their_bound_and_within_the_tries(
        gate in gates(), most in 0_u32..500, fates in fates(), jobs in jobs(),
    ) {
        let hedge = Elsewhere::Hedge { after: Span::from_millis(300), most: Thousandths(most) };
        let drive = Drive::new(&parts(gate, hedge), 1, fates, &jobs).run();
        let (mut firsts, mut hedges) = (0_u32, 0_u32);
        let mut on: BTreeMap<JobId, u32> = BTreeMap::new();
        let mut ended: BTreeMap<JobId, u32> = BTreeMap::new();
        for (_, at, route) in drive.sent() {
            prop_assert_eq!(route, Route::Home);
            prop_assert!(at.n <= 6);
            prop_assert_eq!(at.n, on.get(&at.job).map_or(1, |n| n + 1), "numbers have no gaps");
            on.insert(at.job, at.n);
            firsts += u32::from(at.n == 1);
        }
        for (_, _, action) in &drive.log {
            if let Action::Cancel(at) = action {
                *ended.entry(at.job).or_default() += 1;
                hedges += 1;
            }
        }
        prop_assert!(ended.values().all(|count| *count == 1), "one of two is let go");
        prop_assert!(u64::from(hedges) * 1_000 <= u64::from(firsts) * u64::from(most));
    }

    #[test]
    fn elsewhere_is_where_a_job_goes_after_so_many_bad_ends_and_then_stays(
        gate in gates(), tries in 1_u32..5, fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(&parts(gate, Elsewhere::After { tries }), 1, fates, &jobs).run();
        for (_, at, route) in drive.sent() {
            let expected = if at.n > tries { Route::Elsewhere } else { Route::Home };
            prop_assert_eq!(route, expected, "{:?}", at);
        }
    }

    /// The oracle is a list of what was granted when: over any window that begins and ends with a
    /// permit no more than the burst and what the rate brings in between.
    #[test]
    fn a_shared_bucket_never_grants_more_than_it_had_and_what_its_rate_brings(
        asks in prop::collection::vec((0_u64..2_000, 1_u32..3, 0_u64..3_000, any::<bool>()), 1..80),
        latest in prop_oneof![Just(None), (0_u64..5_000).prop_map(Some)],
    ) {
        let mut bucket = SharedBucket::new(&shared(Span::ZERO));
        let mut granted: Vec<(u64, i64, i64)> = Vec::new();
        let mut now = 0;
        for (later, requests, tokens, restores) in asks {
            now += later * MILLI;
            let at = Instant::from_nanos(now);
            let latest = latest.map_or(Instant::END, |within| at.after(Span::from_millis(within)));
            let wants = Wants { requests, tokens, latest, generation: 0 };
            let before = bucket.clone();
            match bucket.reserve(at, &wants) {
                Permit::At(then) => {
                    prop_assert!(then >= at && then <= latest);
                    let last = granted.last().map_or(0, |last| last.0);
                    prop_assert!(then.nanos() >= last, "in the order of asking");
                    granted.push((then.nanos(), requests.into(), tokens.cast_signed()));
                    if restores {
                        bucket.restore(at, 1, 700);
                        granted.push((then.nanos(), -1, -700));
                    }
                }
                Permit::TooLate(answer) => {
                    prop_assert_eq!(answer, at);
                    let mut patient = before;
                    let any = Wants { latest: Instant::END, ..wants };
                    let Permit::At(then) = patient.reserve(at, &any) else { panic!("some day") };
                    prop_assert!(then > latest, "it would have been too late");
                }
            }
        }
        let largest = granted.iter().map(|(_, _, tokens)| *tokens).max().unwrap_or(0).max(2_000);
        for from in 0..granted.len() {
            let (mut requests, mut tokens) = (0, 0);
            for (then, one, of) in &granted[from..] {
                (requests, tokens) = (requests + one, tokens + of);
                let millis = (then - granted[from].0).div_ceil(MILLI).cast_signed();
                prop_assert!(requests <= 2 + millis / 100 + 1, "{requests} in {millis} ms");
                prop_assert!(tokens <= largest + millis + 1, "{tokens} in {millis} ms");
            }
        }
    }
}

/// Ten requests and a thousand tokens a second; two requests and two thousand tokens saved up.
fn shared(delay: Span) -> SharedStack {
    let bucket = OwnBucket {
        requests: Rate::new(Requests(10), Per::Second),
        request_burst: Requests(2),
        tokens: Some(Rate::new(Tokens(1_000), Per::Second)),
        token_burst: Tokens(2_000),
        most: Tokens(60_000),
    };
    SharedStack { bucket, delay }
}

fn asks(requests: u32, tokens: u64) -> Wants {
    Wants { requests, tokens, latest: Instant::END, generation: 0 }
}

#[test]
fn a_shared_bucket_gives_permits_in_their_order_each_at_its_instant() {
    let mut bucket = SharedBucket::new(&shared(Span::from_millis(5)));
    assert_eq!(bucket.reserve(at(0), &asks(1, 500)), Permit::At(at(5)), "no sooner than the store");
    assert_eq!(bucket.reserve(at(0), &asks(1, 500)), Permit::At(at(5)), "two requests saved up");
    assert_eq!(bucket.reserve(at(0), &asks(1, 1_000)), Permit::At(at(100)));
    assert_eq!(bucket.reserve(at(0), &asks(1, 1_000)), Permit::At(at(1_000)), "a thousand tokens");
    assert_eq!(bucket.reserve(at(0), &asks(1, 0)), Permit::At(at(1_000)), "not before the others");
    bucket.restore(at(500), 0, 400);
    assert_eq!(bucket.reserve(at(500), &asks(1, 600)), Permit::At(at(1_200)), "200 had to come");
    bucket.restore(at(600), 0, -300);
    assert_eq!(
        bucket.reserve(at(600), &asks(1, 100)),
        Permit::At(at(1_600)),
        "what was used beyond"
    );
    let denied = Wants { latest: at(1_650), ..asks(1, 100) };
    assert_eq!(bucket.reserve(at(700), &denied), Permit::TooLate(at(705)));
    assert_eq!(
        bucket.reserve(at(9_000), &asks(1, 3_000)),
        Permit::At(at(9_005)),
        "once it is full"
    );
    assert_eq!(bucket.reserve(at(9_000), &asks(1, 1)), Permit::At(at(10_001)), "and pays it off");
}

#[test]
fn clients_that_share_a_bucket_together_stay_at_the_limit() {
    let jobs: Vec<u64> = (0..600).map(|job| job * 10).collect();
    let gate = FirstSendPart::SharedBucket { share: Share::Whole, delay: Span::ZERO };
    for clients in [1, 7, 40] {
        let parts = Parts { stop: Stop::NEVER, ..parts(gate, Elsewhere::Nowhere) };
        let drive = Drive::new(&parts, clients, Vec::new(), &jobs).run();
        let sent: Vec<u64> = drive.sent().map(|(now, _, _)| now).collect();
        assert_eq!(sent.len(), 600);
        let last = *sent.last().unwrap() / MILLI;
        assert!((59_000..63_000).contains(&last), "{clients}: ten a second, to {last} ms");
        let answered = drive.log.iter().filter(|(_, _, action)| {
            matches!(action, Action::Finish { outcome: Outcome::Answered, .. })
        });
        assert_eq!(answered.count(), 600);
    }
}

#[test]
fn who_stops_at_a_deadline_is_told_at_once_that_no_permit_comes_before_it() {
    let gate = FirstSendPart::SharedBucket { share: Share::Whole, delay: Span::from_millis(5) };
    let mut parts = parts(gate, Elsewhere::Nowhere);
    parts.stop = Stop { at_deadline: true, ..Stop::NEVER };
    // Two hundred at once, ten a second, ten seconds for each.
    let drive = Drive::new(&parts, 4, Vec::new(), &[0; 200]).run();
    let sent = drive.sent().count();
    assert!((100..=104).contains(&sent), "{sent}: no permit is wasted on who comes too late");
    let told = drive
        .log
        .iter()
        .filter(|(now, _, action)| *now == 5 * MILLI && matches!(action, Action::Finish { .. }));
    assert_eq!(told.count(), 200 - sent);
}

#[test]
fn a_refused_job_gives_its_permit_back_and_an_answer_what_it_did_not_use() {
    let gate = FirstSendPart::SharedBucket { share: Share::Whole, delay: Span::ZERO };
    let fates =
        vec![Fate { takes: 100, how: How::Complete }, Fate { takes: 100, how: How::Refused(429) }];
    let drive = Drive::new(&parts(gate, Elsewhere::Nowhere), 1, fates, &[0]).run();
    let back: Vec<(u32, i64)> = drive
        .log
        .iter()
        .filter_map(|(_, _, action)| {
            let Action::Restore { requests, tokens } = action else { return None };
            Some((*requests, *tokens))
        })
        .collect();
    assert_eq!(back, [(1, 800), (0, 800 - 390)]);
}

#[test]
fn the_faster_of_two_attempts_wins_and_the_other_is_let_go() {
    let hedge = Elsewhere::Hedge { after: Span::from_millis(300), most: Thousandths(1_000) };
    let slow_then_fast =
        vec![Fate { takes: 100, how: How::Complete }, Fate { takes: 5_000, how: How::Complete }];
    let drive = Drive::new(&parts(FirstSendPart::AtOnce, hedge), 1, slow_then_fast, &[0]).run();
    let told: Vec<(u64, String)> = drive
        .log
        .iter()
        .map(|(now, _, action)| (now / MILLI, format!("{action:?}")))
        .map(|(now, action)| (now, action.split([' ', '(']).next().unwrap().to_owned()))
        .collect();
    let told: Vec<(u64, &str)> = told.iter().map(|(now, action)| (*now, &action[..])).collect();
    assert_eq!(told, [(0, "Send"), (0, "WakeAt"), (300, "Send"), (400, "Cancel"), (400, "Finish")]);
}

#[test]
fn a_refusal_of_one_of_two_ends_that_one_alone() {
    let hedge = Elsewhere::Hedge { after: Span::from_millis(300), most: Thousandths(1_000) };
    let refused = vec![
        Fate { takes: 100, how: How::Refused(429) },
        Fate { takes: 3_000, how: How::Complete },
    ];
    let drive = Drive::new(&parts(FirstSendPart::AtOnce, hedge), 1, refused, &[0]).run();
    assert_eq!(drive.sent().count(), 2, "no third attempt while the first goes on");
    assert!(drive.log.iter().all(|(_, _, action)| !matches!(action, Action::Cancel(_))));
    let both = vec![
        Fate { takes: 100, how: How::Refused(429) },
        Fate { takes: 600, how: How::Refused(503) },
    ];
    let drive = Drive::new(&parts(FirstSendPart::AtOnce, hedge), 1, both, &[0]).run();
    assert_eq!(drive.sent().count(), 3, "once both have ended badly it is tried again");
}
