//! The numbers that a strategy has of its own.

use limits::Span;
use strategies::{
    Backoff, Budget, Elsewhere, FirstSendPart, Parts, Percent, Share, Tenths, Thousandths,
};

/// A number of a strategy that may as well be another.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Knob {
    /// The share of the published limits that a bucket is filled at: what it leaves is headroom.
    BucketShare,
    /// How many attempts may be in flight.
    InFlight,
    /// The same of a cap that learns, at the start.
    FirstInFlight,
    /// The most such a cap can be.
    MostInFlight,
    /// What a refusal takes off a cap or a rate that learns.
    Cut,
    /// How often a rate that learns is raised.
    RaisedEvery,
    /// How often a job is tried in all.
    Tries,
    /// The first wait, or the most that it can be.
    First,
    /// The longest wait.
    Cap,
    /// The longest hint of the server's that is taken.
    LongestHint,
    /// How long after its first attempt a job may still be tried.
    Within,
    /// Retries among requests, as a budget has it.
    BudgetShare,
    /// What a bucket of retry quota holds.
    BudgetCapacity,
    /// The share of failures at which a breaker opens.
    OpensAt,
    /// How long it stays open.
    StaysOpen,
    /// How many times what was accepted may be sent.
    Throttle,
    /// How many tries at home before the next goes elsewhere.
    ElsewhereAfter,
    /// How long the first attempt has before a second is sent beside it.
    HedgeAfter,
    /// For what part of first attempts, at most.
    HedgeShare,
    /// How long the service may be silent.
    Timeout,
}

/// What a number counts, and which values of it are tried.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Scale {
    /// A whole number.
    Count(&'static [u64]),
    /// Nanoseconds, three round values in a power of ten.
    Time,
    /// Thousandths of a whole.
    Share(&'static [u64]),
    /// Thousandths of one, as a factor.
    Factor(&'static [u64]),
}

const TRIES: &[u64] = &[2, 3, 4, 6, 8, 12, 16, 24];
const IN_FLIGHT: &[u64] = &[1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256];
const FEW: &[u64] = &[1, 2, 3, 4, 6, 8];
const CAPACITY: &[u64] = &[10, 20, 50, 100, 200, 500, 1_000];
const HEADROOM: &[u64] = &[50, 100, 200, 300, 400, 500, 600, 700, 800, 900, 950, 1_000];
const CUTS: &[u64] = &[50, 100, 200, 300, 500, 700];
const RETRIES: &[u64] = &[10, 20, 50, 100, 200, 500];
const FAILURES: &[u64] = &[50, 100, 200, 300, 500, 700];
const ACCEPTED: &[u64] = &[1_100, 1_300, 1_700, 2_000, 3_000, 5_000];
/// Round times, in milliseconds.
const TIMES: &[u64] = &[
    10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000,
    300_000, 600_000,
];
/// The most by which a time is made shorter or longer.
const REACH: u64 = 20;

impl Knob {
    /// Every knob there is, in the order in which they are told.
    pub const ALL: [Self; 20] = [
        Self::BucketShare,
        Self::InFlight,
        Self::FirstInFlight,
        Self::MostInFlight,
        Self::Cut,
        Self::RaisedEvery,
        Self::Tries,
        Self::First,
        Self::Cap,
        Self::LongestHint,
        Self::Within,
        Self::BudgetShare,
        Self::BudgetCapacity,
        Self::OpensAt,
        Self::StaysOpen,
        Self::Throttle,
        Self::ElsewhereAfter,
        Self::HedgeAfter,
        Self::HedgeShare,
        Self::Timeout,
    ];

    /// What it is called.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::BucketShare => "bucket share",
            Self::InFlight => "in flight",
            Self::FirstInFlight => "in flight at first",
            Self::MostInFlight => "in flight at most",
            Self::Cut => "cut by a refusal",
            Self::RaisedEvery => "raised every",
            Self::Tries => "tries",
            Self::First => "first wait",
            Self::Cap => "longest wait",
            Self::LongestHint => "longest hint",
            Self::Within => "within",
            Self::BudgetShare => "retry budget",
            Self::BudgetCapacity => "retry quota",
            Self::OpensAt => "breaker opens at",
            Self::StaysOpen => "breaker stays open",
            Self::Throttle => "throttle",
            Self::ElsewhereAfter => "elsewhere after",
            Self::HedgeAfter => "hedge after",
            Self::HedgeShare => "hedges at most",
            Self::Timeout => "time-out",
        }
    }

    const fn scale(self) -> Scale {
        match self {
            Self::InFlight | Self::FirstInFlight | Self::MostInFlight => Scale::Count(IN_FLIGHT),
            Self::Tries => Scale::Count(TRIES),
            Self::ElsewhereAfter => Scale::Count(FEW),
            Self::BudgetCapacity => Scale::Count(CAPACITY),
            Self::BucketShare => Scale::Share(HEADROOM),
            Self::Cut => Scale::Share(CUTS),
            Self::BudgetShare | Self::HedgeShare => Scale::Share(RETRIES),
            Self::OpensAt => Scale::Share(FAILURES),
            Self::Throttle => Scale::Factor(ACCEPTED),
            Self::RaisedEvery
            | Self::First
            | Self::Cap
            | Self::LongestHint
            | Self::Within
            | Self::StaysOpen
            | Self::HedgeAfter
            | Self::Timeout => Scale::Time,
        }
    }

    /// How it stands: a count, nanoseconds, or thousandths. None for a strategy that has no such
    /// number.
    #[must_use]
    pub fn read(self, parts: &Parts) -> Option<u64> {
        let mut parts = *parts;
        self.place(&mut parts).and_then(|place| place.get())
    }

    /// Sets it, where the strategy has such a number.
    pub fn write(self, parts: &mut Parts, value: u64) {
        if let Some(place) = self.place(parts) {
            place.set(value);
        }
    }

    /// The values that are tried of a number that stands so, the smallest first.
    #[must_use]
    pub fn grid(self, own: u64) -> Vec<u64> {
        let mut values: Vec<u64> = match self.scale() {
            Scale::Count(values) | Scale::Share(values) | Scale::Factor(values) => values.to_vec(),
            Scale::Time => {
                let near = own / REACH..=own.saturating_mul(REACH);
                let round = TIMES.iter().map(|millis| Span::from_millis(*millis).nanos());
                round.filter(|value| near.contains(value)).collect()
            }
        };
        values.push(own);
        values.sort_unstable();
        values.dedup();
        values
    }

    /// A value as people write it.
    #[must_use]
    pub fn text(self, value: u64) -> String {
        match self.scale() {
            Scale::Count(_) => value.to_string(),
            Scale::Time => time(value),
            Scale::Share(_) => format!("{}%", tenths(value)),
            Scale::Factor(_) => format!("x{}", tenths(value / 100)),
        }
    }

    fn place(self, parts: &mut Parts) -> Option<Place<'_>> {
        match self {
            Self::BucketShare
            | Self::InFlight
            | Self::FirstInFlight
            | Self::MostInFlight
            | Self::Cut
            | Self::RaisedEvery => of_gate(self, &mut parts.first_send),
            Self::ElsewhereAfter | Self::HedgeAfter | Self::HedgeShare => {
                of_elsewhere(self, &mut parts.elsewhere)
            }
            Self::Timeout => parts.timeouts.silence.as_mut().map(Place::Time),
            Self::OpensAt => parts.stop.breaker.as_mut().map(|of| Place::Percent(&mut of.opens_at)),
            Self::StaysOpen => parts.stop.breaker.as_mut().map(|of| Place::Time(&mut of.stays)),
            Self::Throttle => parts.stop.throttle.as_mut().map(|of| Place::Tenths(&mut of.k)),
            // What is never tried again has nothing to wait for.
            Self::Tries
            | Self::First
            | Self::Cap
            | Self::LongestHint
            | Self::Within
            | Self::BudgetShare
            | Self::BudgetCapacity
                if !parts.retry_on.tries_again_at_all() =>
            {
                None
            }
            Self::Tries => parts.stop.tries.as_mut().map(Place::Count),
            Self::First => waits(&mut parts.wait.backoff).map(|(first, _)| Place::Time(first)),
            Self::Cap => waits(&mut parts.wait.backoff).map(|(_, cap)| Place::Time(cap)),
            Self::LongestHint => parts.wait.hint.most.as_mut().map(Place::Time),
            Self::Within => parts.stop.within.as_mut().map(Place::Time),
            Self::BudgetShare | Self::BudgetCapacity => of_budget(self, &mut parts.stop.budget),
        }
    }
}

/// Where a number stands.
enum Place<'p> {
    Count(&'p mut u32),
    Time(&'p mut Span),
    Percent(&'p mut Percent),
    Thousandths(&'p mut Thousandths),
    Tenths(&'p mut Tenths),
    Share(&'p mut Share),
}

impl Place<'_> {
    fn get(&self) -> Option<u64> {
        Some(match self {
            Self::Count(count) => u64::from(**count),
            Self::Time(span) => span.nanos(),
            Self::Percent(percent) => u64::from(percent.0) * 10,
            Self::Thousandths(thousandths) => u64::from(thousandths.0),
            Self::Tenths(tenths) => u64::from(tenths.0) * 100,
            Self::Share(share) => match **share {
                Share::Whole => 1_000,
                Share::Part(percent) => u64::from(percent.0) * 10,
                // It follows from how many there are.
                Share::OneNth => return None,
            },
        })
    }

    fn set(self, value: u64) {
        let small = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        match self {
            Self::Count(count) => *count = small(value),
            Self::Time(span) => *span = Span::from_nanos(value),
            Self::Percent(percent) => *percent = Percent(small(value / 10)),
            Self::Thousandths(thousandths) => *thousandths = Thousandths(small(value)),
            Self::Tenths(tenths) => *tenths = Tenths(small(value / 100)),
            Self::Share(share) => {
                *share = match value {
                    1_000 => Share::Whole,
                    part => Share::Part(Percent(small(part / 10))),
                }
            }
        }
    }
}

fn of_gate(knob: Knob, gate: &mut FirstSendPart) -> Option<Place<'_>> {
    match (knob, gate) {
        (
            Knob::BucketShare,
            FirstSendPart::OwnBucket { share, .. } | FirstSendPart::SharedBucket { share, .. },
        ) => Some(Place::Share(share)),
        (Knob::InFlight, FirstSendPart::Cap { most })
        | (Knob::MostInFlight, FirstSendPart::AimdCap { most, .. }) => Some(Place::Count(most)),
        (Knob::FirstInFlight, FirstSendPart::AimdCap { start, .. }) => Some(Place::Count(start)),
        (Knob::Cut, FirstSendPart::AimdCap { cut, .. } | FirstSendPart::AimdRate { cut, .. }) => {
            Some(Place::Percent(cut))
        }
        (Knob::RaisedEvery, FirstSendPart::AimdRate { every, .. }) => Some(Place::Time(every)),
        _ => None,
    }
}

fn of_elsewhere(knob: Knob, elsewhere: &mut Elsewhere) -> Option<Place<'_>> {
    match (knob, elsewhere) {
        (Knob::ElsewhereAfter, Elsewhere::After { tries }) => Some(Place::Count(tries)),
        (Knob::HedgeAfter, Elsewhere::Hedge { after, .. }) => Some(Place::Time(after)),
        (Knob::HedgeShare, Elsewhere::Hedge { most, .. }) => Some(Place::Thousandths(most)),
        _ => None,
    }
}

fn of_budget(knob: Knob, budget: &mut Budget) -> Option<Place<'_>> {
    match (knob, budget) {
        (
            Knob::BudgetShare,
            Budget::Finagle { percent, .. }
            | Budget::Sre { percent, .. }
            | Budget::RetriesWhileFailuresBelow { percent, .. },
        ) => Some(Place::Percent(percent)),
        (Knob::BudgetShare, Budget::Grpc { ratio, .. }) => Some(Place::Thousandths(ratio)),
        (Knob::BudgetShare, Budget::Brooker { deposit, .. }) => Some(Place::Thousandths(deposit)),
        (Knob::BudgetCapacity, Budget::Aws { capacity, .. }) => Some(Place::Count(capacity)),
        _ => None,
    }
}

/// The first wait of a formula and the longest.
fn waits(backoff: &mut Backoff) -> Option<(&mut Span, &mut Span)> {
    match backoff {
        Backoff::None => None,
        Backoff::Exponential { first, cap }
        | Backoff::FullJitter { first, cap }
        | Backoff::EqualJitter { first, cap }
        | Backoff::DecorrelatedJitter { first, cap }
        | Backoff::Sdk { first, cap }
        | Backoff::PlusJitter { first, cap, .. }
        | Backoff::Randomized { first, cap, .. }
        | Backoff::Clamped { first, cap, .. }
        | Backoff::Aws { first, cap, .. } => Some((first, cap)),
    }
}

/// A length of time as a scenario writes it, in the largest unit of which it is a whole number.
fn time(nanos: u64) -> String {
    let units = [(60_000_000_000, "m"), (1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")];
    let whole = |(unit, _): &(u64, &str)| nanos > 0 && nanos.is_multiple_of(*unit);
    match units.into_iter().find(whole) {
        Some((unit, name)) => format!("{}{name}", nanos / unit),
        None => format!("{nanos}ns"),
    }
}

/// Tenths as a number.
fn tenths(value: u64) -> String {
    match value % 10 {
        0 => (value / 10).to_string(),
        rest => format!("{}.{rest}", value / 10),
    }
}
