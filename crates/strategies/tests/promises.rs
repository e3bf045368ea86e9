//! What holds for every strategy, whatever happens to it.

use std::collections::BTreeMap;
use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use proptest::prelude::*;
use strategies::{
    Action, AttemptId, Client, ClientId, Ended, Event, HintRule, JobId, Known, Offer, Preset, Stop,
};
use wire::{Hint, Rate10, Reply, Shows, Status, Usage};

/// What the service does to the attempts of a history, in turn.
#[derive(Copy, Clone, Debug)]
enum Fate {
    Refuse { reset: u32 },
    Fail,
    Cut,
    Complete,
}

fn fates() -> impl Strategy<Value = Vec<Fate>> {
    let fate = prop_oneof![
        3 => (0_u32..4).prop_map(|reset| Fate::Refuse { reset }),
        1 => Just(Fate::Fail),
        1 => Just(Fate::Cut),
        3 => Just(Fate::Complete),
    ];
    prop::collection::vec(fate, 1..80)
}

/// A drive as plain as can be: one list of what is to come, searched from end to end.
struct Drive {
    client: Client,
    coming: Vec<(u64, u64, What)>,
    order: u64,
    fates: Vec<Fate>,
    log: Vec<(u64, Action)>,
    hints: BTreeMap<JobId, u64>,
}

#[derive(Copy, Clone, Debug)]
enum What {
    Offer(Offer),
    Reply(AttemptId, Reply),
    Ended(AttemptId, Ended),
    Wake(strategies::Timer),
}

const DEADLINE: u64 = 8_000_000_000;

/// Tries in all for a preset that has no bound of its own, so that histories end.
const PATIENCE: u32 = 5;

impl Drive {
    fn new(preset: Preset, at_deadline: bool, fates: Vec<Fate>, jobs: &[u64]) -> Self {
        let known = Known {
            requests: Rate::new(Requests(600), Per::Minute),
            tokens: Some(Rate::new(Tokens(120_000), Per::Minute)),
            largest_reservation: Tokens(1_000),
            units: 1,
            clients: NonZeroU32::MIN,
        };
        let mut parts = preset.parts();
        parts.stop = Stop { at_deadline, ..Stop::after(parts.stop.tries.unwrap_or(PATIENCE)) };
        let client = Client::new(&parts.resolve(Some(&known)), ClientId { group: 0 }, Seed(3));
        let mut drive = Self {
            client,
            coming: Vec::new(),
            order: 0,
            fates,
            log: Vec::new(),
            hints: BTreeMap::new(),
        };
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

    fn put(&mut self, at: u64, what: What) {
        self.order += 1;
        self.coming.push((at, self.order, what));
    }

    fn run(mut self) -> Self {
        while let Some(next) =
            (0..self.coming.len()).min_by_key(|i| (self.coming[*i].0, self.coming[*i].1))
        {
            let (now, _, what) = self.coming.remove(next);
            let mut actions = Vec::new();
            let event = match &what {
                What::Offer(offer) => Event::Offered(*offer),
                What::Reply(at, reply) => Event::Head { at: *at, reply },
                What::Ended(at, how) => Event::Ended { at: *at, how: *how },
                What::Wake(timer) => Event::Wake(*timer),
            };
            self.client.on(Instant::from_nanos(now), event, &mut |action| actions.push(action));
            for action in actions {
                self.log.push((now, action));
                self.carry_out(now, action);
            }
            assert!(self.log.len() < 100_000, "a flood");
        }
        self
    }

    fn carry_out(&mut self, now: u64, action: Action) {
        match action {
            Action::Send { at, .. } => {
                let fate = self.fates.pop().unwrap_or(Fate::Complete);
                let later = now + 100_000_000;
                let what = match fate {
                    Fate::Refuse { reset } => {
                        let hinted = later + u64::from(reset) * 1_000_000_000;
                        self.hints.insert(at.job, hinted);
                        What::Reply(at, reply(Status::TOO_MANY_REQUESTS, reset))
                    }
                    Fate::Fail => What::Reply(at, reply(Status(503), 1)),
                    Fate::Cut => What::Ended(at, Ended::Cut),
                    Fate::Complete => {
                        self.put(later, What::Reply(at, reply(Status::OK, 1)));
                        let usage = Usage { prompt: 300, completion: 90 };
                        What::Ended(at, Ended::Complete(usage))
                    }
                };
                self.put(later, what);
            }
            Action::WakeAt { at, timer } => {
                assert!(at.nanos() >= now, "a wake-up in the past");
                self.put(at.nanos(), What::Wake(timer));
            }
            Action::Cancel(_)
            | Action::Reserve { .. }
            | Action::Restore { .. }
            | Action::Finish { .. } => {}
        }
    }
}

fn reply(status: Status, reset: u32) -> Reply {
    let shows = Shows {
        limit: Some(Rate10(10 * 10_000_000_000)),
        remaining: Some(u32::from(status.is_success()) * 5),
        reset: Some(reset),
        hint: Hint::Seconds(reset),
        ..Shows::default()
    };
    Reply { status, shows, error: None, usage: Usage::default() }
}

fn jobs() -> impl Strategy<Value = Vec<u64>> {
    prop::collection::vec(0_u64..5_000_000_000, 1..30).prop_map(|mut dues| {
        dues.sort_unstable();
        dues
    })
}

fn presets() -> impl Strategy<Value = Preset> {
    prop::sample::select(Preset::ALL.to_vec())
}

proptest! {
    #[test]
    fn the_same_history_gives_the_same_actions(
        preset in presets(), at_deadline: bool, fates in fates(), jobs in jobs(),
    ) {
        let first = Drive::new(preset, at_deadline, fates.clone(), &jobs).run();
        let second = Drive::new(preset, at_deadline, fates, &jobs).run();
        prop_assert_eq!(first.log, second.log);
    }

    #[test]
    fn every_job_is_finished_exactly_once(
        preset in presets(), at_deadline: bool, fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(preset, at_deadline, fates, &jobs).run();
        let mut finished: Vec<u32> = drive
            .log
            .iter()
            .filter_map(|(_, action)| match action {
                Action::Finish { job, .. } => Some(job.0),
                Action::Send { .. }
                | Action::Cancel(_)
                | Action::WakeAt { .. }
                | Action::Reserve { .. }
                | Action::Restore { .. } => None,
            })
            .collect();
        finished.sort_unstable();
        let all: Vec<u32> = (0_u32..).take(jobs.len()).collect();
        prop_assert_eq!(finished, all);
    }

    #[test]
    fn no_job_is_sent_more_often_than_its_tries_or_after_a_stop_at_its_deadline(
        preset in presets(), fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(preset, true, fates, &jobs).run();
        let most = preset.parts().stop.tries.unwrap_or(PATIENCE);
        for (now, action) in &drive.log {
            if let Action::Send { at, .. } = action {
                prop_assert!(at.n <= most, "{at:?} of {most}");
                let due = jobs[at.job.0 as usize];
                prop_assert!(*now <= due + DEADLINE, "{at:?} sent after its deadline");
            }
        }
    }

    #[test]
    fn none_sends_before_a_hint_that_it_honours(fates in fates(), jobs in jobs()) {
        let honours = Preset::HonourRetryAfter;
        prop_assert_eq!(honours.parts().wait.hint, HintRule::HONOUR);
        let drive = Drive::new(honours, false, fates, &jobs).run();
        let mut last: BTreeMap<JobId, u64> = BTreeMap::new();
        for (now, action) in &drive.log {
            match action {
                Action::WakeAt { at, timer: strategies::Timer::Job { job, .. } } => {
                    last.insert(*job, at.nanos());
                }
                Action::Send { at, .. } if at.n > 1 => {
                    prop_assert_eq!(Some(now), last.get(&at.job), "sent at its own wake-up");
                }
                Action::Send { .. }
                | Action::Cancel(_)
                | Action::WakeAt { .. }
                | Action::Reserve { .. }
                | Action::Restore { .. }
                | Action::Finish { .. } => {}
            }
        }
    }

    #[test]
    fn pacing_never_sends_two_attempts_within_the_gap_of_the_limit_it_was_shown(
        fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(Preset::PaceByHeaders, false, fates, &jobs).run();
        let sent: Vec<u64> = drive
            .log
            .iter()
            .filter(|(_, action)| matches!(action, Action::Send { .. }))
            .map(|(now, _)| *now)
            .collect();
        for pair in sent.windows(2) {
            prop_assert!(pair[1] - pair[0] >= Span::from_millis(100).nanos());
        }
    }
}
