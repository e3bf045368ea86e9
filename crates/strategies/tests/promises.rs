//! What holds for every stack of parts, whatever happens to it.

mod histories;

use std::collections::BTreeMap;

use histories::{DEADLINE, Drive, Entry, Fate, fates, jobs, said, stacks, stacks_with_elsewhere};
use limits::Span;
use proptest::prelude::*;
use strategies::{
    Action, Beyond, Budget, FirstSendPart, GaveUpBecause, Outcome, Parts, RetryOn, Stop, Timer,
    Zero,
};

proptest! {
    #[test]
    fn the_same_history_gives_the_same_actions(
        parts in stacks_with_elsewhere(), fates in fates(), jobs in jobs(),
    ) {
        let first = Drive::new(&parts, fates.clone(), &jobs).run();
        let second = Drive::new(&parts, fates, &jobs).run();
        prop_assert_eq!(first.log, second.log);
    }

    #[test]
    fn every_job_is_finished_exactly_once_and_not_touched_after(
        parts in stacks_with_elsewhere(), fates in fates(), jobs in jobs(),
        withdrawn in prop::collection::vec((0_u64..9_000_000_000, 0_u32..30), 0..8),
    ) {
        let drive = Drive::new(&parts, fates, &jobs).withdrawing(&withdrawn).run();
        let mut finished = vec![false; jobs.len()];
        for (_, entry) in &drive.log {
            match entry {
                Entry::Did(Action::Send { at, .. }) => {
                    prop_assert!(!finished[at.job.0 as usize], "{at:?} after its end");
                }
                Entry::Did(Action::Finish { job, .. }) => {
                    let before = std::mem::replace(&mut finished[job.0 as usize], true);
                    prop_assert!(!before, "{job:?} twice");
                }
                Entry::Did(_) | Entry::Heard(..) => {}
            }
        }
        prop_assert!(finished.iter().all(|done| *done), "{finished:?}");
    }

    #[test]
    fn no_job_is_sent_more_often_than_its_tries_nor_when_its_time_is_over(
        parts in stacks_with_elsewhere(), fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(&parts, fates, &jobs).run();
        let Stop { tries, at_deadline, within, .. } = parts.stop;
        let mut first = BTreeMap::new();
        for (now, entry) in &drive.log {
            let over = |job: u32| at_deadline && *now > jobs[job as usize] + DEADLINE;
            match entry {
                Entry::Did(Action::Send { at, .. }) => {
                    prop_assert!(tries.is_none_or(|tries| at.n <= tries), "{at:?} of {tries:?}");
                    prop_assert!(!over(at.job.0), "{at:?} sent after its deadline");
                    let since = now - *first.entry(at.job).or_insert(*now);
                    prop_assert!(within.is_none_or(|within| since <= within.nanos()), "{at:?}");
                }
                Entry::Did(Action::WakeAt { at, timer: Timer::Job { job, .. } }) if at_deadline => {
                    let deadline = jobs[job.0 as usize] + DEADLINE;
                    prop_assert!(at.nanos() <= deadline, "{job:?} waits past its deadline");
                }
                Entry::Did(_) | Entry::Heard(..) => {}
            }
        }
    }

    #[test]
    fn nothing_is_tried_again_that_is_not_to_be(
        parts in stacks(), fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(&parts, fates, &jobs).run();
        let mut ended = BTreeMap::new();
        for (_, entry) in &drive.log {
            match entry {
                Entry::Heard(at, fate) => {
                    ended.insert(at.job, *fate);
                }
                Entry::Did(Action::Send { at, .. }) if at.n > 1 => {
                    let RetryOn { statuses, time_outs, connections, .. } = parts.retry_on;
                    let worth = match ended[&at.job] {
                        Fate::Complete => false,
                        Fate::TimedOut => time_outs,
                        Fate::Cut | Fate::NoConnection => connections,
                        Fate::Refuse(_) | Fate::Fail(_) | Fate::Invalid => {
                            statuses.contains(ended[&at.job].status())
                        }
                    };
                    prop_assert!(worth, "{at:?} after {:?}", ended[&at.job]);
                }
                Entry::Did(_) => {}
            }
        }
    }

    #[test]
    fn none_sends_before_a_hint_that_it_claims_to_honour(
        parts in stacks(), fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(&parts, fates, &jobs).run();
        let mut not_before = BTreeMap::new();
        for (now, entry) in &drive.log {
            match entry {
                Entry::Heard(at, Fate::Refuse(hint) | Fate::Fail(hint)) => {
                    not_before.insert(at.job, now + claimed(&parts, said(&parts, *hint)).nanos());
                }
                Entry::Heard(at, _) => {
                    not_before.remove(&at.job);
                }
                Entry::Did(Action::Send { at, .. }) => {
                    let earliest = not_before.get(&at.job).copied().unwrap_or(0);
                    prop_assert!(*now >= earliest, "{at:?} at {now}, hinted {earliest}");
                }
                Entry::Did(_) => {}
            }
        }
    }

    #[test]
    fn no_retry_is_made_that_the_budget_does_not_hold(
        parts in stacks(), budget in lasting_budgets(), fates in fates(), jobs in jobs(),
    ) {
        let stop = Stop { budget, throttle: None, breaker: None, ..parts.stop };
        let retry_on = RetryOn::LIMITS_AND_FAILURES;
        let parts = Parts { stop, retry_on, first_send: FirstSendPart::AtOnce, ..parts };
        let drive = Drive::new(&parts, fates, &jobs).run();
        let mut seen = Seen::default();
        for (_, entry) in &drive.log {
            match entry {
                Entry::Heard(at, fate) => seen.heard(budget, at.n > 1, *fate),
                Entry::Did(Action::Send { at, .. }) => {
                    seen.firsts += i64::from(at.n == 1);
                    seen.top_up(budget, at.n == 1);
                }
                Entry::Did(Action::WakeAt { timer: Timer::Job { .. }, .. }) => {
                    prop_assert!(seen.holds(budget), "{seen:?}");
                    seen.retries += 1;
                    seen.take(budget);
                }
                Entry::Did(_) => {}
            }
        }
    }

    #[test]
    fn an_open_breaker_sends_nothing_and_a_half_open_one_its_probes(
        parts in stacks(), fates in fates(), jobs in jobs(), probes in 1_u32..4,
    ) {
        let stays = 700_000_000;
        let breaker = strategies::Breaker {
            opens_at: strategies::Percent(50),
            over: Span::from_secs(100_000),
            least: 3,
            stays: Span::from_nanos(stays),
            probes,
        };
        let stop = Stop { breaker: Some(breaker), ..parts.stop };
        let drive = Drive::new(&Parts { stop, ..parts }, fates, &jobs).run();
        // When it opened, and what left since it may have half opened.
        let (mut opened, mut probed) = (None, Vec::new());
        let (mut ended, mut failed, mut sent) = (0, 0, BTreeMap::new());
        for (now, entry) in &drive.log {
            match entry {
                Entry::Did(Action::Send { at, .. }) => {
                    sent.insert(*at, *now);
                    if let Some(since) = opened {
                        prop_assert!(*now >= since + stays, "{at:?} at {now}, open from {since}");
                        probed.push((*at, false));
                        prop_assert!(probed.len() <= probes as usize, "{probed:?}");
                    }
                }
                Entry::Heard(at, fate) => {
                    let bad = fate.is_failure() || parts.retry_on.retries(fate.answer(&fate.reply()));
                    let probe = probed.iter_mut().find(|(probe, _)| probe == at);
                    match (opened, probe) {
                        (None, _) => {
                            (ended, failed) = (ended + 1, failed + u32::from(bad));
                            if ended >= 3 && failed * 2 >= ended {
                                (opened, ended, failed) = (Some(*now), 0, 0);
                            }
                        }
                        (Some(_), Some(_)) if bad && *fate != Fate::Complete => {
                            opened = Some(*now);
                            probed.clear();
                        }
                        (Some(_), Some((_, done))) => {
                            *done = true;
                            let all = probed.iter().filter(|(_, done)| *done).count();
                            if all == probes as usize {
                                opened = None;
                                probed.clear();
                            }
                        }
                        (Some(_), None) => {}
                    }
                }
                Entry::Did(_) => {}
            }
        }
    }

    #[test]
    fn pacing_never_sends_two_attempts_within_the_gap_of_the_limit_it_was_shown(
        parts in stacks(), fates in fates(), jobs in jobs(),
    ) {
        let first_send = FirstSendPart::PaceByHeaders;
        let drive = Drive::new(&Parts { first_send, ..parts }, fates, &jobs).run();
        let mut last = None;
        for (now, entry) in &drive.log {
            match entry {
                Entry::Did(Action::Send { at, .. }) => {
                    let gap = last.map_or(u64::MAX, |last| now - last);
                    prop_assert!(gap >= Span::from_millis(100).nanos(), "{at:?} after {gap}");
                    last = Some(*now);
                }
                // Before the first header no gap is known.
                Entry::Heard(_, Fate::TimedOut | Fate::NoConnection) => last = None,
                Entry::Heard(..) | Entry::Did(_) => {}
            }
        }
    }

    #[test]
    fn a_job_is_given_up_for_a_reason_that_its_stack_has(
        parts in stacks(), fates in fates(), jobs in jobs(),
    ) {
        let drive = Drive::new(&parts, fates, &jobs).run();
        let Stop { tries, at_deadline, within, budget, breaker, throttle } = parts.stop;
        for (_, entry) in &drive.log {
            let Entry::Did(Action::Finish { outcome: Outcome::GaveUp(why), .. }) = entry else {
                continue;
            };
            let has = match why {
                GaveUpBecause::NotRetried => true,
                GaveUpBecause::TriesSpent => tries.is_some(),
                GaveUpBecause::Deadline => at_deadline,
                GaveUpBecause::Elapsed => within.is_some(),
                GaveUpBecause::HintTooLong => parts.wait.hint.beyond == Beyond::GiveUp,
                GaveUpBecause::Budget => budget != Budget::None,
                GaveUpBecause::BreakerOpen => breaker.is_some(),
                GaveUpBecause::Shed => throttle.is_some(),
                GaveUpBecause::Impossible | GaveUpBecause::Withdrawn => false,
            };
            prop_assert!(has, "{why:?}");
        }
    }
}

/// How long a stack claims to wait at least, after a hint that it read so.
fn claimed(parts: &Parts, said: Option<Span>) -> Span {
    let (rule, Some(said)) = (parts.wait.hint, said) else { return Span::ZERO };
    let ignored = said.is_zero() && rule.zero == Zero::Formula;
    match (rule.beyond, rule.most) {
        _ if ignored => Span::ZERO,
        // No longer than this beyond its formula, which may say nothing.
        (Beyond::WithinFormulaPlus(more), _) => said.min(more),
        (Beyond::Clamped, Some(most)) => said.min(most),
        (_, Some(most)) if said > most => Span::ZERO,
        _ => said,
    }
}

/// Budgets that forget nothing as long as a history here lasts.
fn lasting_budgets() -> impl Strategy<Value = Budget> {
    let over = Span::from_secs(1_000_000);
    (0..6, 1_u32..60, 2_u32..12, 0_u32..800).prop_map(move |(which, percent, most, part)| {
        let (percent, part) = (strategies::Percent(percent), strategies::Thousandths(part));
        match which {
            0 => Budget::Finagle { ttl: over, reserve_per_s: 0, percent },
            1 => Budget::Sre { percent, over },
            2 => Budget::Grpc { most, ratio: part },
            3 => Budget::Aws {
                capacity: 5 * most,
                retry: 5,
                throttled: 5,
                time_out: 5,
                first_success: 1,
            },
            4 => Budget::Brooker { deposit: part, most },
            _ => Budget::RetriesWhileFailuresBelow { percent, over },
        }
    })
}

/// All that a budget goes by, counted from the outside. Tokens are in thousandths.
#[derive(Debug, Default)]
struct Seen {
    firsts: i64,
    retries: i64,
    failures: i64,
    /// What is missing from a full bucket.
    missing: i64,
}

impl Seen {
    fn heard(&mut self, budget: Budget, retry: bool, fate: Fate) {
        self.failures += i64::from(fate.is_failure());
        let change = match (budget, fate) {
            (Budget::Grpc { ratio, .. }, Fate::Complete) => -i64::from(ratio.0),
            (Budget::Grpc { .. }, _) if fate.is_failure() => 1_000,
            (Budget::Aws { .. }, Fate::Complete) => -if retry { 5_000 } else { 1_000 },
            _ => 0,
        };
        let full = if let Budget::Grpc { most, .. } = budget { most } else { u32::MAX };
        self.missing = (self.missing + change).clamp(0, i64::from(full) * 1_000);
    }

    fn top_up(&mut self, budget: Budget, first: bool) {
        if let (Budget::Brooker { deposit, .. }, true) = (budget, first) {
            self.missing = (self.missing - i64::from(deposit.0)).max(0);
        }
    }

    fn take(&mut self, budget: Budget) {
        if matches!(budget, Budget::Aws { .. }) {
            self.missing += 5_000;
        } else if matches!(budget, Budget::Brooker { .. }) {
            self.missing += 1_000;
        }
    }

    fn holds(&self, budget: Budget) -> bool {
        let left = |most: u32| i64::from(most) * 1_000 - self.missing;
        match budget {
            Budget::None => true,
            Budget::Finagle { percent, .. } => {
                let cost = 100_000 / i64::from(percent.0);
                (self.retries + 1) * cost <= self.firsts * 1_000
            }
            Budget::Sre { percent, .. } => {
                self.retries * 100 < (self.retries + self.firsts) * i64::from(percent.0)
            }
            Budget::Grpc { most, .. } => left(most) * 2 > i64::from(most) * 1_000,
            Budget::Aws { capacity, .. } => left(capacity) >= 5_000,
            Budget::Brooker { most, .. } => left(most) > 1_000,
            Budget::RetriesWhileFailuresBelow { percent, .. } => {
                self.failures * 100 <= self.firsts * i64::from(percent.0)
            }
        }
    }
}
