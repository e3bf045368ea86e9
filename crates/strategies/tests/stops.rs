//! What a client counts over all of its jobs, and what it forgets.

use chance::Seed;
use limits::{Instant, Span};
use strategies::{
    Action, AttemptId, Backoff, Breaker, Budget, Client, ClientId, Elsewhere, Ended, Event,
    FirstSendPart, GaveUpBecause, HintRule, JobId, Offer, Outcome, Parts, Percent, RetryOn, Stop,
    Tenths, Thousandths, Throttle, Timeouts, Timer, Wait,
};
use wire::{Hint, Reply, Shows, Status, Usage};

/// A client that waits as long as it is told and is told to wait a second.
struct Told(Client);

impl Told {
    fn stopping(stop: Stop) -> Self {
        let backoff = Backoff::None;
        let parts = Parts {
            first_send: FirstSendPart::AtOnce,
            retry_on: RetryOn::LIMITS_AND_FAILURES,
            wait: Wait { hint: HintRule::HONOUR, backoff, grain: Wait::FINEST },
            stop,
            elsewhere: Elsewhere::Nowhere,
            timeouts: Timeouts { silence: None },
        };
        Self(Client::new(&parts.resolve(None), ClientId { group: 0 }, Seed(7)))
    }

    fn on(&mut self, millis: u64, event: Event<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        let now = Instant::START.after(Span::from_millis(millis));
        self.0.on(now, event, &mut |action| actions.push(action));
        actions
    }

    fn offer(&mut self, millis: u64, job: u32) -> Vec<Action> {
        self.on(millis, Event::Offered(offer(job)))
    }

    fn refuse(&mut self, millis: u64, job: u32, n: u32) -> Vec<Action> {
        let shows = Shows { hint: Hint::Seconds(1), ..Shows::default() };
        let status = Status::TOO_MANY_REQUESTS;
        let reply = Reply { status, shows, error: None, usage: Usage::default() };
        self.on(millis, Event::Head { at: AttemptId { job: JobId(job), n }, reply: &reply })
    }

    fn complete(&mut self, millis: u64, job: u32, n: u32) -> Vec<Action> {
        let at = AttemptId { job: JobId(job), n };
        let how = Ended::Complete(Usage { prompt: 10, completion: 10 });
        self.on(millis, Event::Ended { at, how })
    }

    fn wake(&mut self, millis: u64, timer: Timer) -> Vec<Action> {
        self.on(millis, Event::Wake(timer))
    }
}

fn offer(job: u32) -> Offer {
    Offer {
        job: JobId(job),
        number: job.into(),
        due: Instant::START,
        deadline: None,
        prompt: 10,
        units: 1,
        max_tokens: None,
        expected_answer: 10,
    }
}

fn gave_up(actions: &[Action]) -> Option<GaveUpBecause> {
    match actions {
        [Action::Finish { outcome: Outcome::GaveUp(because), .. }] => Some(*because),
        _ => None,
    }
}

fn is_sent(actions: &[Action]) -> bool {
    matches!(actions, [Action::Send { .. }])
}

fn timer(actions: &[Action]) -> Timer {
    let [Action::WakeAt { timer, .. }] = actions else { panic!("it does not wait: {actions:?}") };
    *timer
}

const GRPC: Stop =
    Stop { budget: Budget::Grpc { most: 4, ratio: Thousandths(500) }, ..Stop::NEVER };

#[test]
fn a_budget_that_one_job_spends_is_spent_for_all() {
    let mut told = Told::stopping(GRPC);
    for job in 0..3 {
        assert!(is_sent(&told.offer(0, job)));
    }
    let waits = told.refuse(100, 0, 1);
    assert_eq!(gave_up(&told.refuse(100, 1, 1)), Some(GaveUpBecause::Budget), "two of four");
    assert_eq!(gave_up(&told.refuse(100, 2, 1)), Some(GaveUpBecause::Budget));
    // What has been paid for is made.
    assert!(is_sent(&told.wake(1_100, timer(&waits))));
}

#[test]
fn a_success_at_a_retry_gives_back_what_that_retry_cost() {
    let budget =
        Budget::Aws { capacity: 5, retry: 5, throttled: 5, time_out: 10, first_success: 1 };
    let mut told = Told::stopping(Stop { budget, ..Stop::NEVER });
    for job in 0..2 {
        told.offer(0, job);
    }
    let waits = told.refuse(100, 0, 1);
    assert_eq!(gave_up(&told.refuse(200, 1, 1)), Some(GaveUpBecause::Budget));
    told.wake(1_100, timer(&waits));
    told.complete(1_200, 0, 2);
    told.offer(2_000, 1);
    let again = told.refuse(2_100, 1, 1);
    assert_eq!(gave_up(&again), None, "the five are there again: {again:?}");
}

#[test]
fn a_retry_that_is_not_made_costs_nothing() {
    let within = Some(Span::from_millis(900));
    let budget = Budget::Brooker { deposit: Thousandths(0), most: 2 };
    let mut told = Told::stopping(Stop { within, budget, ..Stop::NEVER });
    for job in 0..3 {
        told.offer(0, job);
        assert_eq!(gave_up(&told.refuse(100, job, 1)), Some(GaveUpBecause::Elapsed));
    }
    let mut patient = Told::stopping(Stop { budget, ..Stop::NEVER });
    patient.offer(0, 0);
    patient.offer(0, 1);
    assert_eq!(gave_up(&patient.refuse(100, 0, 1)), None);
    assert_eq!(gave_up(&patient.refuse(100, 1, 1)), Some(GaveUpBecause::Budget));
}

const BREAKER: Stop = Stop {
    breaker: Some(Breaker {
        opens_at: Percent(100),
        over: Span::from_secs(10),
        least: 2,
        stays: Span::from_secs(3),
        probes: 1,
    }),
    ..Stop::NEVER
};

#[test]
fn an_open_breaker_fails_new_jobs_and_retries_at_once_until_a_probe_succeeds() {
    let mut told = Told::stopping(BREAKER);
    told.offer(0, 0);
    told.offer(0, 1);
    let waits = told.refuse(100, 0, 1);
    told.refuse(100, 1, 1);
    assert_eq!(gave_up(&told.offer(200, 2)), Some(GaveUpBecause::BreakerOpen));
    assert_eq!(gave_up(&told.wake(1_100, timer(&waits))), Some(GaveUpBecause::BreakerOpen));
    assert!(is_sent(&told.offer(3_100, 3)), "the probe");
    assert_eq!(gave_up(&told.offer(3_200, 4)), Some(GaveUpBecause::BreakerOpen), "and only that");
    told.complete(3_300, 3, 1);
    assert!(is_sent(&told.offer(3_400, 5)));
}

#[test]
fn a_restart_forgets_budget_and_breaker() {
    let mut told = Told::stopping(Stop { breaker: BREAKER.breaker, ..GRPC });
    for job in 0..2 {
        told.offer(0, job);
        told.refuse(100, job, 1);
    }
    assert_eq!(gave_up(&told.offer(200, 2)), Some(GaveUpBecause::BreakerOpen));
    told.0.restart();
    assert!(is_sent(&told.offer(300, 2)));
    assert_eq!(gave_up(&told.refuse(400, 2, 1)), None);
}

#[test]
fn what_is_shed_is_drawn_by_job_and_attempt_and_by_nothing_else() {
    let throttle = Some(Throttle { k: Tenths(20), over: Span::from_secs(120) });
    let stop = Stop { throttle, ..Stop::after(1) };
    let shed = |jobs: &[u32]| -> Vec<u32> {
        let mut told = Told::stopping(stop);
        let mut send = |job| {
            let actions = told.offer(0, job);
            if is_sent(&actions) {
                told.refuse(1, job, 1);
            }
            gave_up(&actions) == Some(GaveUpBecause::Shed)
        };
        jobs.iter().copied().filter(|job| send(*job)).collect()
    };
    let jobs: Vec<u32> = (0..400).collect();
    let first = shed(&jobs);
    assert_eq!(first, shed(&jobs));
    // Of a service that accepts none, the n-th is sent with probability 1/n: 6.6 of 400.
    assert!((385..400).contains(&first.len()), "{}", first.len());
    assert!(!first.contains(&0), "nothing is known yet");
}
