//! Limiters that have already seen some traffic: the state in which a promise is put to the test.

use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Policy, Quota, Rate, Receipt,
    Requests, Span, Tokens,
};
use proptest::prelude::*;

/// A limiter in use, and the requests that it still has in flight.
#[derive(Debug)]
pub(crate) struct Worn {
    pub(crate) limiter: Limiter,
    pub(crate) meters: Vec<Meter>,
    pub(crate) in_flight: Vec<Receipt>,
    pub(crate) now: Instant,
}

/// How it came to be so.
#[derive(Clone, Debug)]
pub(crate) struct Wear {
    meters: Vec<Meter>,
    traffic: Vec<Step>,
}

/// After so many nanoseconds a request is made, and perhaps the oldest in flight ends.
type Step = (u64, Cost, Option<Cost>);

impl Wear {
    pub(crate) fn build(&self) -> Worn {
        self.build_while(|_, _| {})
    }

    /// The same, with something done before and after every request.
    pub(crate) fn build_while(&self, meanwhile: impl Fn(&Limiter, Instant)) -> Worn {
        let mut limiter = Limiter::new(Policy::new(&self.meters).unwrap());
        let (mut now, mut in_flight) = (Instant::START, Vec::new());
        for &(gap, cost, ends) in &self.traffic {
            now = now.after(Span::from_nanos(gap));
            meanwhile(&limiter, now);
            if let Decision::Admitted(receipt) = limiter.admit(now, cost) {
                in_flight.push(receipt);
            }
            meanwhile(&limiter, now);
            if let Some(spent) = ends
                && !in_flight.is_empty()
            {
                limiter.settle(now, in_flight.remove(0), spent);
            }
        }
        Worn { limiter, meters: self.meters.clone(), in_flight, now }
    }
}

pub(crate) fn worn() -> impl Strategy<Value = Wear> {
    let traffic = prop::collection::vec((nanos(), cost(), prop::option::of(cost())), 0..24);
    let meters = prop::collection::vec(written(), 1..=6).prop_map(|written| {
        const LABELS: [Label; 6] =
            [Label("a"), Label("b"), Label("c"), Label("d"), Label("e"), Label("f")];
        written.iter().zip(LABELS).fold(Vec::new(), |mut meters, (written, label)| {
            meters.push(written.meter(label, &meters));
            meters
        })
    });
    (meters, traffic).prop_map(|(meters, traffic)| Wear { meters, traffic })
}

/// A span or a moment, often a short one.
pub(crate) fn nanos() -> impl Strategy<Value = u64> {
    prop_oneof![2 => 0..=10_u64, 1 => 0..=200_u64]
}

/// What a request asks for or has used: around the capacities of the meters.
pub(crate) fn cost() -> impl Strategy<Value = Cost> {
    let requests = prop_oneof![1 => Just(0), 6 => Just(1), 1 => 2..=6_u64];
    let tokens = prop_oneof![4 => 0..=9_u64, 1 => 0..=60_u64];
    (requests, tokens).prop_map(|(requests, tokens)| Cost::new(Requests(requests), Tokens(tokens)))
}

/// Any number, and often one at an end of its range.
pub(crate) fn extreme() -> impl Strategy<Value = u64> {
    prop_oneof![0..=3_u64, (0..=3_u64).prop_map(|below| u64::MAX - below), any::<u64>()]
}

#[derive(Copy, Clone, Debug)]
enum Kind {
    By(Algorithm),
    AtCompletion(Algorithm),
    CarryingDebt(Algorithm),
    OnlyShown(Algorithm),
    Shown,
}

#[derive(Clone, Debug)]
struct Written {
    kind: Kind,
    counts_tokens: bool,
    capacity: u64,
    amount: u64,
    per: Span,
}

fn written() -> impl Strategy<Value = Written> {
    use Algorithm::{Aligned, Bucket, Concurrency, Gcra, Opened, SlidingCounter, SlidingLog};
    let timed =
        || prop::sample::select(&[Opened, Bucket, Gcra, Aligned, SlidingLog, SlidingCounter]);
    let kind = prop_oneof![
        6 => timed().prop_map(Kind::By),
        1 => Just(Kind::By(Concurrency)),
        4 => timed().prop_map(Kind::AtCompletion),
        2 => prop::sample::select(&[Opened, Aligned]).prop_map(Kind::CarryingDebt),
        1 => timed().prop_map(Kind::OnlyShown),
        2 => Just(Kind::Shown),
    ];
    (kind, any::<bool>(), 1..=40_u64, 1..=9_u64, 1..=90_u64).prop_map(
        |(kind, counts_tokens, capacity, amount, per)| {
            let capacity = if counts_tokens { capacity } else { 1 + capacity / 8 };
            Written { kind, counts_tokens, capacity, amount, per: Span::from_nanos(per) }
        },
    )
}

impl Written {
    /// This meter; shown with the first that opens windows, if it is to be shown and there is one.
    fn meter(&self, label: Label, before: &[Meter]) -> Meter {
        let opens = |meter: &Meter| meter.decides() && meter.algorithm() == Algorithm::Opened;
        match (self.kind, before.iter().position(opens)) {
            (Kind::Shown, Some(leader)) => self.by(label, Algorithm::Opened).shown_with(leader),
            (Kind::Shown, None) => self.by(label, Algorithm::Opened),
            (Kind::By(algorithm), _) => self.by(label, algorithm),
            (Kind::AtCompletion(algorithm), _) => self.by(label, algorithm).at_completion(),
            (Kind::CarryingDebt(algorithm), _) => {
                self.by(label, algorithm).at_completion().carrying_debt()
            }
            (Kind::OnlyShown(algorithm), _) => self.by(label, algorithm).only_shown(),
        }
    }

    fn by(&self, label: Label, algorithm: Algorithm) -> Meter {
        let quota = match algorithm {
            Algorithm::Bucket | Algorithm::Gcra => self.burst(),
            Algorithm::Concurrency => self.at_once(),
            Algorithm::Opened
            | Algorithm::Aligned
            | Algorithm::SlidingLog
            | Algorithm::SlidingCounter => self.per_window(),
        };
        Meter::by(algorithm, label, quota)
    }

    fn at_once(&self) -> Quota {
        let Self { counts_tokens, capacity, .. } = *self;
        let quota = if counts_tokens {
            Quota::tokens_at_once(Tokens(capacity))
        } else {
            Quota::requests_at_once(Requests(capacity))
        };
        quota.unwrap()
    }

    fn per_window(&self) -> Quota {
        let Self { counts_tokens, capacity, per, .. } = *self;
        let quota = if counts_tokens {
            Quota::tokens_per_window(Rate::every(Tokens(capacity), per).unwrap(), per)
        } else {
            Quota::requests_per_window(Rate::every(Requests(capacity), per).unwrap(), per)
        };
        quota.unwrap()
    }

    fn burst(&self) -> Quota {
        let Self { counts_tokens, capacity, amount, per, .. } = *self;
        let quota = if counts_tokens {
            Quota::tokens_burst(Rate::every(Tokens(amount), per).unwrap(), Tokens(capacity))
        } else {
            Quota::requests_burst(Rate::every(Requests(amount), per).unwrap(), Requests(capacity))
        };
        quota.unwrap()
    }
}
