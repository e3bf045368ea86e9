//! The limiter against a plain list of what happened, over random policies and random histories:
//! same decision, same label, same instant to come back at, same standing of every meter, after
//! every step.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

#[path = "oracle/naive.rs"]
mod naive;

use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Peek, Policy, Quota, Rate, Receipt,
    Requests, Span, Tokens,
};
use naive::{Naive, Reading};
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]

    #[test]
    fn the_limiter_agrees_with_a_list_of_timestamps(history in history()) {
        prop_assert_eq!(history.disagreement(Reading::AsWritten), None);
    }
}

/// Every other way to read the rules is found out by some history; otherwise the agreement above
/// would say nothing about that rule.
#[test]
fn every_wrong_reading_disagrees_somewhere() {
    let mut runner = TestRunner::deterministic();
    let strategy = history();
    let histories: Vec<_> =
        (0..600).map(|_| strategy.new_tree(&mut runner).unwrap().current()).collect();
    let unnoticed: Vec<_> = Reading::WRONG
        .into_iter()
        .filter(|&wrong| histories.iter().all(|history| history.disagreement(wrong).is_none()))
        .collect();
    assert_eq!(unnoticed, []);
}

/// Meters, and what happens to them. Times are small numbers of ticks, so that steps often end
/// exactly where a window does, and a tick is one nanosecond or about a millisecond.
#[derive(Clone, Debug)]
struct History {
    tick: u64,
    meters: Vec<Written>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug)]
struct Written {
    kind: Kind,
    tokens: bool,
    capacity: u64,
    amount: u64,
    ticks: u64,
}

#[derive(Copy, Clone, Debug)]
enum Kind {
    Opened,
    OpenedAtCompletion { carrying_debt: bool },
    By(Algorithm),
    AtCompletion(Algorithm),
    OnlyShown(Algorithm),
    AlignedCarryingDebt,
    Shown,
}

#[derive(Clone, Debug)]
enum Step {
    /// The clock moves, backwards when it is less than zero, and a request is made.
    Ask { ticks: i64, cost: Cost },
    /// A request is made when the last refusal said to, or one nanosecond before.
    AskAgain { too_early: bool, cost: Cost },
    /// The clock moves, and one of the requests in flight ends.
    Settle { ticks: i64, which: usize, spent: Cost },
    /// The clock moves, and one of the requests in flight is given back.
    Refund { ticks: i64, which: usize },
}

fn history() -> impl Strategy<Value = History> {
    let tick = prop_oneof![Just(1), Just(1_000_003)];
    let meters = prop::collection::vec(written(), 1..=4);
    let steps = prop::collection::vec(step(), 1..=36);
    (tick, meters, steps).prop_map(|(tick, meters, steps)| History { tick, meters, steps })
}

fn written() -> impl Strategy<Value = Written> {
    use Algorithm::{Aligned, Bucket, Concurrency, Gcra, SlidingCounter, SlidingLog};
    let by =
        prop::sample::select(&[Bucket, Gcra, Aligned, SlidingLog, SlidingCounter, Concurrency]);
    let kind = prop_oneof![
        3 => Just(Kind::Opened),
        3 => any::<bool>().prop_map(|carrying_debt| Kind::OpenedAtCompletion { carrying_debt }),
        2 => Just(Kind::Shown),
        1 => Just(Kind::AlignedCarryingDebt),
        9 => by.clone().prop_map(Kind::By),
        4 => by.clone().prop_filter("ends", |by| *by != Concurrency).prop_map(Kind::AtCompletion),
        1 => by.prop_filter("ends", |by| *by != Concurrency).prop_map(Kind::OnlyShown),
    ];
    (kind, any::<bool>(), 1..=12_u64, 1..=5_u64, 1..=12_u64).prop_map(
        |(kind, tokens, capacity, amount, ticks)| Written { kind, tokens, capacity, amount, ticks },
    )
}

fn step() -> impl Strategy<Value = Step> {
    let ticks = || prop_oneof![4 => 0..=4_i64, 2 => 5..=30_i64, 1 => -6..=-1_i64];
    let cost = |tokens: u64| {
        (prop_oneof![1 => Just(0), 5 => Just(1), 1 => Just(2)], 0..=tokens)
            .prop_map(|(requests, tokens)| Cost::new(Requests(requests), Tokens(tokens)))
    };
    prop_oneof![
        6 => (ticks(), cost(9)).prop_map(|(ticks, cost)| Step::Ask { ticks, cost }),
        2 => (any::<bool>(), cost(9))
            .prop_map(|(too_early, cost)| Step::AskAgain { too_early, cost }),
        4 => (ticks(), any::<usize>(), cost(25))
            .prop_map(|(ticks, which, spent)| Step::Settle { ticks, which, spent }),
        1 => (ticks(), any::<usize>()).prop_map(|(ticks, which)| Step::Refund { ticks, which }),
    ]
}

impl History {
    /// The first thing that the limiter and the naive one say differently.
    fn disagreement(&self, reading: Reading) -> Option<String> {
        let meters = self.meters();
        let limiter = Limiter::new(Policy::new(&meters).unwrap());
        let naive = Naive::new(&meters, reading);
        let mut both = Both { limiter, naive, clock: 0, come_back: 0, in_flight: Vec::new() };
        self.steps.iter().enumerate().find_map(|(number, step)| {
            let told = both.step(number, step, self.tick).or_else(|| both.standing(meters.len()));
            told.map(|difference| format!("step {number}, {step:?}: {difference}"))
        })
    }

    /// The meters; one that has no leader to be shown with decides.
    fn meters(&self) -> Vec<Meter> {
        const LABELS: [Label; 4] = [Label("a"), Label("b"), Label("c"), Label("d")];
        let mut meters: Vec<Meter> = Vec::new();
        for (written, label) in self.meters.iter().zip(LABELS) {
            let leader = meters
                .iter()
                .rposition(|meter| meter.algorithm() == Algorithm::Opened && meter.decides());
            meters.push(match (written.kind, leader) {
                (Kind::By(algorithm), _) => self.by(algorithm, label, written),
                (Kind::AtCompletion(algorithm), _) => {
                    self.by(algorithm, label, written).at_completion()
                }
                (Kind::OnlyShown(algorithm), _) => self.by(algorithm, label, written).only_shown(),
                (Kind::AlignedCarryingDebt, _) => {
                    self.by(Algorithm::Aligned, label, written).at_completion().carrying_debt()
                }
                (Kind::OpenedAtCompletion { carrying_debt }, _) => {
                    let meter = Meter::opened(label, self.window(written)).at_completion();
                    if carrying_debt { meter.carrying_debt() } else { meter }
                }
                (Kind::Shown, Some(leader)) => {
                    Meter::opened(label, self.window(written)).shown_with(leader)
                }
                (Kind::Opened, _) | (Kind::Shown, None) => {
                    Meter::opened(label, self.window(written))
                }
            });
        }
        meters
    }

    fn by(&self, algorithm: Algorithm, label: Label, written: &Written) -> Meter {
        let quota = match algorithm {
            Algorithm::Bucket | Algorithm::Gcra => self.burst(written),
            Algorithm::Concurrency if written.tokens => {
                Quota::tokens_at_once(Tokens(written.capacity)).unwrap()
            }
            Algorithm::Concurrency => Quota::requests_at_once(Requests(written.capacity)).unwrap(),
            Algorithm::Opened
            | Algorithm::Aligned
            | Algorithm::SlidingLog
            | Algorithm::SlidingCounter => self.window(written),
        };
        Meter::by(algorithm, label, quota)
    }

    fn window(&self, Written { tokens, capacity, ticks, .. }: &Written) -> Quota {
        let lasts = Span::from_nanos(ticks * self.tick);
        if *tokens {
            let rate = Rate::every(Tokens(*capacity), lasts).unwrap();
            Quota::tokens_per_window(rate, lasts).unwrap()
        } else {
            let rate = Rate::every(Requests(*capacity), lasts).unwrap();
            Quota::requests_per_window(rate, lasts).unwrap()
        }
    }

    fn burst(&self, Written { tokens, capacity, amount, ticks, .. }: &Written) -> Quota {
        let per = Span::from_nanos(ticks * self.tick);
        if *tokens {
            let rate = Rate::every(Tokens(*amount), per).unwrap();
            Quota::tokens_burst(rate, Tokens(*capacity)).unwrap()
        } else {
            let rate = Rate::every(Requests(*amount), per).unwrap();
            Quota::requests_burst(rate, Requests(*capacity)).unwrap()
        }
    }
}

/// The limiter and the naive one, side by side.
struct Both {
    limiter: Limiter,
    naive: Naive,
    clock: u64,
    come_back: u64,
    in_flight: Vec<(usize, Receipt)>,
}

impl Both {
    fn step(&mut self, number: usize, step: &Step, tick: u64) -> Option<String> {
        match *step {
            Step::Ask { ticks, cost } => {
                self.turn(ticks, tick);
                self.ask(number, cost)
            }
            Step::AskAgain { too_early, cost } => {
                // Who is refused for good by time asks again now.
                if self.come_back < u64::MAX {
                    self.clock = self.come_back.saturating_sub(u64::from(too_early));
                }
                self.ask(number, cost)
            }
            Step::Settle { ticks, which, spent } => {
                self.turn(ticks, tick);
                let (id, receipt) = self.take(which)?;
                self.limiter.settle(self.now(), receipt, spent);
                self.naive.end(self.clock, id, spent);
                None
            }
            Step::Refund { ticks, which } => {
                self.turn(ticks, tick);
                let (id, receipt) = self.take(which)?;
                self.limiter.refund(self.now(), receipt);
                self.naive.end(self.clock, id, Cost::default());
                None
            }
        }
    }

    fn ask(&mut self, id: usize, cost: Cost) -> Option<String> {
        let peeked = self.limiter.peek(self.now(), cost);
        let expected = self.naive.admit(self.clock, id, cost);
        let decided = match self.limiter.admit(self.now(), cost) {
            Decision::Admitted(receipt) => {
                self.in_flight.push((id, receipt));
                Peek::Admits
            }
            Decision::Refused(refusal) => {
                self.come_back = refusal.retry_at.nanos();
                Peek::Refused(refusal)
            }
            Decision::TooLarge { by, most } => Peek::TooLarge { by, most },
        };
        let differs = decided != expected || peeked != expected;
        differs.then(|| format!("{decided:?}, peeked {peeked:?}, expected {expected:?}"))
    }

    fn standing(&self, meters: usize) -> Option<String> {
        let standing = self.limiter.standing(self.now());
        assert_eq!(standing.iter().count(), meters);
        (0..meters).find_map(|meter| {
            let shown = standing.of(meter).unwrap();
            let shown = (shown.remaining, shown.resets_at.nanos());
            let expected = self.naive.standing(meter, self.clock);
            let differs = shown != expected;
            differs.then(|| format!("meter {meter} stands at {shown:?}, expected {expected:?}"))
        })
    }

    fn take(&mut self, which: usize) -> Option<(usize, Receipt)> {
        let place = which.checked_rem(self.in_flight.len())?;
        Some(self.in_flight.swap_remove(place))
    }

    fn turn(&mut self, ticks: i64, tick: u64) {
        let by = ticks.unsigned_abs() * tick;
        self.clock = if ticks < 0 { self.clock.saturating_sub(by) } else { self.clock + by };
    }

    fn now(&self) -> Instant {
        Instant::from_nanos(self.clock)
    }
}
