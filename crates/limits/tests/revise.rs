//! Limits that move while requests are in flight: by hand, and against a list of what happened.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Policy, Quota, Rate, Receipt,
    Requests, Span, Tokens,
};
use proptest::prelude::*;

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

fn ask(requests: u64, tokens: u64) -> Cost {
    Cost::new(Requests(requests), Tokens(tokens))
}

fn requests(most: u64, ticks: u64) -> Quota {
    let lasts = Span::from_nanos(ticks);
    Quota::requests_per_window(Rate::every(Requests(most), lasts).unwrap(), lasts).unwrap()
}

fn tokens(most: u64, ticks: u64) -> Quota {
    let lasts = Span::from_nanos(ticks);
    Quota::tokens_per_window(Rate::every(Tokens(most), lasts).unwrap(), lasts).unwrap()
}

fn of(meters: &[Meter]) -> Policy {
    Policy::new(meters).unwrap()
}

fn admitted(limiter: &mut Limiter, now: u64, cost: Cost) -> Receipt {
    match limiter.admit(at(now), cost) {
        Decision::Admitted(receipt) => receipt,
        other @ (Decision::Refused(_) | Decision::TooLarge { .. }) => panic!("at {now}: {other:?}"),
    }
}

fn left(limiter: &Limiter, now: u64, index: usize) -> u64 {
    limiter.standing(at(now)).of(index).unwrap().remaining
}

const A: Label = Label("a");
const B: Label = Label("b");

#[test]
fn what_was_used_of_an_open_window_stays_used_and_never_leaves_less_than_nothing() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, requests(10, 100))]));
    for _ in 0..6 {
        let _ = admitted(&mut limiter, 0, ask(1, 0));
    }
    limiter.revise(at(20), &of(&[Meter::opened(A, requests(20, 100))]));
    assert_eq!(left(&limiter, 20, 0), 14, "20 less 6");
    limiter.revise(at(30), &of(&[Meter::opened(A, requests(4, 100))]));
    assert_eq!(left(&limiter, 30, 0), 0, "4 less 6");
    let Decision::Refused(refusal) = limiter.admit(at(40), ask(1, 0)) else { panic!() };
    assert_eq!(refusal.retry_at, at(100), "the window keeps its end");
    let _ = admitted(&mut limiter, 100, ask(1, 0));
    assert_eq!(left(&limiter, 100, 0), 3);
}

#[test]
fn an_open_window_keeps_its_end_and_the_next_has_the_new_length() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, requests(1, 1_000))]));
    let _ = admitted(&mut limiter, 0, ask(1, 0));
    limiter.revise(at(10), &of(&[Meter::opened(A, requests(2, 50))]));
    let _ = admitted(&mut limiter, 20, ask(1, 0));
    let Decision::Refused(refusal) = limiter.admit(at(30), ask(1, 0)) else { panic!() };
    assert_eq!(refusal.retry_at, at(1_000));
    let _ = admitted(&mut limiter, 1_000, ask(2, 0));
    let Decision::Refused(refusal) = limiter.admit(at(1_001), ask(1, 0)) else { panic!() };
    assert_eq!(refusal.retry_at, at(1_050));
}

#[test]
fn limits_that_move_shift_no_window() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, requests(5, 100))]));
    let _ = admitted(&mut limiter, 0, ask(1, 0));
    limiter.revise(at(100), &of(&[Meter::opened(A, requests(9, 100))]));
    let _ = admitted(&mut limiter, 100, ask(9, 0));
    let Decision::Refused(refusal) = limiter.admit(at(100), ask(1, 0)) else { panic!() };
    assert_eq!(refusal.retry_at, at(200), "it opened at the instant at which they moved");
}

#[test]
fn a_receipt_from_before_settles_in_the_window_it_was_taken_in() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, tokens(100, 100))]));
    let early = admitted(&mut limiter, 0, ask(1, 60));
    let late = admitted(&mut limiter, 0, ask(1, 20));
    limiter.revise(at(10), &of(&[Meter::opened(A, tokens(200, 100))]));
    limiter.settle(at(20), early, ask(1, 10));
    assert_eq!(left(&limiter, 20, 0), 170, "200 less 10 and 20");
    let _ = admitted(&mut limiter, 100, ask(1, 50));
    limiter.settle(at(110), late, ask(1, 0));
    assert_eq!(left(&limiter, 110, 0), 150, "its window is over");
}

#[test]
fn a_meter_of_another_label_starts_fresh_and_knows_no_receipt_from_before() {
    for algorithm in [
        Algorithm::Opened,
        Algorithm::Aligned,
        Algorithm::Bucket,
        Algorithm::SlidingLog,
        Algorithm::SlidingCounter,
    ] {
        let meter = |label| Meter::by(algorithm, label, tokens(100, 1_000));
        let mut limiter = Limiter::new(of(&[meter(A)]));
        let before = admitted(&mut limiter, 5, ask(1, 70));
        limiter.revise(at(5), &of(&[meter(B)]));
        assert_eq!(left(&limiter, 5, 0), 100, "{algorithm:?}");
        let _ = admitted(&mut limiter, 5, ask(1, 90));
        limiter.settle(at(5), before, ask(1, 0));
        assert_eq!(left(&limiter, 5, 0), 10, "{algorithm:?}: it gives nothing back to this one");
    }
}

#[test]
fn a_cap_that_is_new_counts_only_what_began_under_it() {
    let cap = |label| {
        let most = Quota::requests_at_once(Requests(2)).unwrap();
        Meter::by(Algorithm::Concurrency, label, most)
    };
    let mut limiter = Limiter::new(of(&[cap(A)]));
    let old = admitted(&mut limiter, 0, ask(1, 0));
    limiter.revise(at(0), &of(&[cap(B)]));
    let new = admitted(&mut limiter, 0, ask(1, 0));
    limiter.refund(at(1), old);
    assert_eq!(left(&limiter, 1, 0), 1);
    limiter.refund(at(1), new);
    assert_eq!(left(&limiter, 1, 0), 2);
}

#[test]
fn a_meter_comes_and_another_keeps_what_it_knows_wherever_it_stands() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, requests(5, 100))]));
    let _ = admitted(&mut limiter, 0, ask(2, 0));
    let two = of(&[
        Meter::opened(B, tokens(50, 100)).at_completion(),
        Meter::opened(A, requests(5, 100)),
    ]);
    limiter.revise(at(1), &two);
    assert_eq!((left(&limiter, 1, 0), left(&limiter, 1, 1)), (50, 3));
    limiter.revise(at(2), &of(&[]));
    limiter.revise(at(3), &of(&[Meter::opened(A, requests(5, 100))]));
    assert_eq!(left(&limiter, 3, 0), 5, "what is gone is forgotten");
}

#[test]
fn what_counts_another_thing_or_is_charged_at_another_time_starts_fresh() {
    let mut limiter = Limiter::new(of(&[Meter::opened(A, tokens(50, 100))]));
    let receipt = admitted(&mut limiter, 0, ask(1, 30));
    limiter.revise(at(1), &of(&[Meter::opened(A, tokens(50, 100)).at_completion()]));
    assert_eq!(left(&limiter, 1, 0), 50);
    limiter.settle(at(2), receipt, ask(1, 20));
    assert_eq!(left(&limiter, 2, 0), 30, "charged once, when it ended");
    limiter.revise(at(3), &of(&[Meter::opened(A, requests(50, 100)).at_completion()]));
    assert_eq!(left(&limiter, 3, 0), 50);
}

#[test]
fn a_bucket_lacks_what_it_lacked_to_a_grain() {
    let burst = |amount: u64, per: u64, most: u64| {
        let rate = Rate::every(Requests(amount), Span::from_nanos(per)).unwrap();
        of(&[Meter::bucket(A, Quota::requests_burst(rate, Requests(most)).unwrap())])
    };
    let mut limiter = Limiter::new(burst(1, 3, 10));
    let _ = admitted(&mut limiter, 0, ask(8, 0));
    // Revised at 9 ns, when eight less three are missing: two a nanosecond bring five in 2.5 ns.
    limiter.revise(at(9), &burst(2, 1, 10));
    assert_eq!(left(&limiter, 9, 0), 5);
    assert_eq!(limiter.standing(at(9)).of(0).unwrap().resets_at, at(12));
    // Four fifths of a token are missing; in thirds those are less than three, and no fewer.
    let mut limiter = Limiter::new(burst(1, 5, 10));
    let _ = admitted(&mut limiter, 0, ask(1, 0));
    limiter.revise(at(1), &burst(1, 3, 10));
    assert_eq!(limiter.standing(at(1)).of(0).unwrap().resets_at, at(1 + 3));
}

#[test]
fn debt_that_is_carried_is_what_is_owed_by_then() {
    let meter = |most| Meter::opened(A, tokens(most, 100)).at_completion().carrying_debt();
    let mut limiter = Limiter::new(of(&[meter(10)]));
    limiter.spend(at(0), ask(0, 45));
    // The window ended at 100 with 35 owed; at 250 one more has gone by: 25. Under 20 a window,
    // the next leaves nothing, and the one after it 15.
    limiter.revise(at(250), &of(&[meter(20)]));
    assert_eq!(left(&limiter, 251, 0), 0);
    assert_eq!(left(&limiter, 351, 0), 15);
    assert_eq!(left(&limiter, 451, 0), 20);
}

#[test]
fn what_nobody_asked_for_is_charged_where_ends_are() {
    let meters = of(&[
        Meter::opened(A, requests(5, 100)),
        Meter::opened(B, tokens(50, 100)).at_completion(),
    ]);
    let mut limiter = Limiter::new(meters);
    limiter.spend(at(0), ask(0, 20));
    assert_eq!((left(&limiter, 0, 0), left(&limiter, 0, 1)), (5, 30));
}

/// One meter, and what happens to it.
#[derive(Clone, Debug)]
struct History {
    kind: Kind,
    first: (u64, u64),
    steps: Vec<(u64, Step)>,
}

#[derive(Copy, Clone, Debug, PartialEq)]
enum Kind {
    Opened,
    AtCompletion,
    Log,
    InFlight,
    Bucket,
}

#[derive(Clone, Debug)]
enum Step {
    Ask(u64),
    Settle { which: usize, spent: u64 },
    Revise { most: u64, ticks: u64 },
}

fn history() -> impl Strategy<Value = History> {
    let kind = prop::sample::select(
        &[Kind::Opened, Kind::AtCompletion, Kind::Log, Kind::InFlight, Kind::Bucket][..],
    );
    let numbers = || (1..=9_u64, 1..=9_u64);
    let step = prop_oneof![
        5 => (0..=4_u64).prop_map(Step::Ask),
        3 => (any::<usize>(), 0..=6_u64)
            .prop_map(|(which, spent)| Step::Settle { which, spent }),
        2 => numbers().prop_map(|(most, ticks)| Step::Revise { most, ticks }),
    ];
    let steps = prop::collection::vec((1..=4_u64, step), 1..=40);
    (kind, numbers(), steps).prop_map(|(kind, first, steps)| History { kind, first, steps })
}

impl Kind {
    fn policy(self, (most, ticks): (u64, u64)) -> Policy {
        let meter = match self {
            Kind::Opened => Meter::opened(A, tokens(most, ticks)),
            Kind::AtCompletion => Meter::opened(A, tokens(most, ticks)).at_completion(),
            Kind::Log => Meter::by(Algorithm::SlidingLog, A, tokens(most, ticks)),
            Kind::InFlight => {
                let most = Quota::tokens_at_once(Tokens(most)).unwrap();
                Meter::by(Algorithm::Concurrency, A, most)
            }
            Kind::Bucket => {
                let rate = Rate::every(Tokens(ticks), Span::from_nanos(ELEVEN)).unwrap();
                Meter::bucket(A, Quota::tokens_burst(rate, Tokens(most)).unwrap())
            }
        };
        of(&[meter])
    }
}

/// Nanoseconds in which a bucket of the property gets as many tokens as its policy has ticks: a
/// prime, so that the grain of every rate is the same.
const ELEVEN: u64 = 11;

/// What happened, in its order; every question walks the list again.
#[derive(Debug)]
enum Fact {
    Began { at: u64, id: usize, asked: u64 },
    Ended { at: u64, id: usize, spent: u64 },
    Moved { at: u64, most: u64, ticks: u64 },
}

struct List {
    kind: Kind,
    first: (u64, u64),
    facts: Vec<Fact>,
}

impl List {
    /// The limits in force after the first `upto` facts.
    fn limits(&self, upto: usize) -> (u64, u64) {
        let mut moved = self.facts[..upto].iter().filter_map(|fact| match fact {
            Fact::Moved { most, ticks, .. } => Some((*most, *ticks)),
            Fact::Began { .. } | Fact::Ended { .. } => None,
        });
        moved.next_back().unwrap_or(self.first)
    }

    /// What a request counts for, as far as is known.
    fn counts(&self, wanted: usize, asked: u64) -> u64 {
        let ended = self.facts.iter().find_map(|fact| match fact {
            Fact::Ended { id, spent, .. } if *id == wanted => Some(*spent),
            Fact::Ended { .. } | Fact::Began { .. } | Fact::Moved { .. } => None,
        });
        ended.unwrap_or(asked)
    }

    fn used(&self, now: u64) -> u64 {
        match self.kind {
            Kind::Opened | Kind::AtCompletion => self.used_of_window(now),
            Kind::Log => self.used_of_log(now),
            Kind::InFlight => self.in_flight(),
            Kind::Bucket => unreachable!("a bucket is walked through by itself"),
        }
    }

    fn used_of_window(&self, now: u64) -> u64 {
        let (mut end, mut used) = (0, 0);
        for (number, fact) in self.facts.iter().enumerate() {
            let (at, amount) = match (fact, self.kind) {
                (Fact::Began { at, id, asked }, Kind::Opened) => (*at, self.counts(*id, *asked)),
                (Fact::Ended { at, spent, .. }, Kind::AtCompletion) if *spent > 0 => (*at, *spent),
                _ => continue,
            };
            if at >= end {
                (end, used) = (at + self.limits(number).1, 0);
            }
            used += amount;
        }
        if now < end { used } else { 0 }
    }

    /// An entry counts unless it is over, or was when the limits moved.
    fn used_of_log(&self, now: u64) -> u64 {
        let mut used = 0;
        for (number, fact) in self.facts.iter().enumerate() {
            let Fact::Began { at, id, asked } = fact else { continue };
            let over = (number + 1..self.facts.len()).any(|later| match self.facts[later] {
                Fact::Moved { at: moved, .. } => at + self.limits(later).1 <= moved,
                Fact::Began { .. } | Fact::Ended { .. } => false,
            });
            if !over && at + self.limits(self.facts.len()).1 > now {
                used += self.counts(*id, *asked);
            }
        }
        used
    }

    fn in_flight(&self) -> u64 {
        let ended = |wanted: usize| {
            self.facts.iter().any(|fact| matches!(fact, Fact::Ended { id, .. } if *id == wanted))
        };
        let held = self.facts.iter().map(|fact| match fact {
            Fact::Began { id, asked, .. } if !ended(*id) => *asked,
            Fact::Began { .. } | Fact::Ended { .. } | Fact::Moved { .. } => 0,
        });
        held.sum()
    }

    /// What a bucket lacks, in elevenths of a token, nanosecond by nanosecond.
    fn lacks(&self, now: u64) -> u64 {
        let (mut lacks, mut next, mut rate) = (0_u64, 0, self.first.1);
        for nano in 0..=now {
            if nano > 0 {
                lacks = lacks.saturating_sub(rate);
            }
            while let Some(fact) = self.facts.get(next) {
                match fact {
                    Fact::Began { at, asked, .. } if *at == nano => lacks += asked * ELEVEN,
                    Fact::Ended { at, id, spent } if *at == nano => {
                        let asked = self.asked(*id);
                        let corrected = (lacks + spent * ELEVEN).saturating_sub(asked * ELEVEN);
                        lacks = if asked > *spent {
                            corrected
                        } else {
                            lacks + (spent - asked) * ELEVEN
                        };
                    }
                    Fact::Moved { at, ticks, .. } if *at == nano => rate = *ticks,
                    Fact::Began { .. } | Fact::Ended { .. } | Fact::Moved { .. } => break,
                }
                next += 1;
            }
        }
        lacks
    }

    fn asked(&self, wanted: usize) -> u64 {
        let asked = self.facts.iter().find_map(|fact| match fact {
            Fact::Began { id, asked, .. } if *id == wanted => Some(*asked),
            Fact::Began { .. } | Fact::Ended { .. } | Fact::Moved { .. } => None,
        });
        asked.unwrap()
    }

    fn left(&self, now: u64) -> u64 {
        let (most, _) = self.limits(self.facts.len());
        if self.kind == Kind::Bucket {
            return (most * ELEVEN).saturating_sub(self.lacks(now)) / ELEVEN;
        }
        most.saturating_sub(self.used(now))
    }

    fn admits(&self, now: u64, asked: u64) -> bool {
        let (most, _) = self.limits(self.facts.len());
        if self.kind == Kind::AtCompletion {
            return self.left(now) > 0;
        }
        asked <= most && (asked == 0 || asked <= self.left(now))
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn a_limiter_whose_limits_move_agrees_with_a_list_of_what_happened(history in history()) {
        let History { kind, first, steps } = history;
        let mut limiter = Limiter::new(kind.policy(first));
        let mut list = List { kind, first, facts: Vec::new() };
        let mut open: Vec<(usize, Receipt)> = Vec::new();
        let mut now = 0;
        for (id, (ticks, step)) in steps.into_iter().enumerate() {
            now += ticks;
            match step {
                Step::Ask(asked) => {
                    let admits = list.admits(now, asked);
                    match limiter.admit(at(now), ask(1, asked)) {
                        Decision::Admitted(receipt) => {
                            prop_assert!(admits, "{now}: admitted, {:?}", list.facts);
                            list.facts.push(Fact::Began { at: now, id, asked });
                            open.push((id, receipt));
                        }
                        Decision::Refused(_) | Decision::TooLarge { .. } => {
                            prop_assert!(!admits, "{now}: refused, {:?}", list.facts);
                        }
                    }
                }
                Step::Settle { which, spent } if !open.is_empty() => {
                    let (id, receipt) = open.swap_remove(which % open.len());
                    // A log that was overdrawn joins what it cannot keep apart, and once its
                    // capacity grows denies for longer than a list would.
                    let asked = receipt.reserved().tokens.0;
                    let spent = if matches!(kind, Kind::Log) { spent.min(asked) } else { spent };
                    limiter.settle(at(now), receipt, ask(1, spent));
                    list.facts.push(Fact::Ended { at: now, id, spent });
                }
                Step::Settle { .. } => {}
                Step::Revise { most, ticks } => {
                    limiter.revise(at(now), &kind.policy((most, ticks)));
                    list.facts.push(Fact::Moved { at: now, most, ticks });
                }
            }
            prop_assert_eq!(left(&limiter, now, 0), list.left(now), "{}: {:?}", now, list.facts);
        }
    }
}
