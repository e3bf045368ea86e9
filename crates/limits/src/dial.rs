//! A meter at work: what its algorithm keeps, asked and charged as the meter says.

use alloc::boxed::Box;

use crate::aligned::Aligned;
use crate::bucket::Bucket;
use crate::decision::Receipt;
use crate::in_flight::InFlight;
use crate::meter::{Algorithm, Charge, Label, Meter};
use crate::policy::METERS_MAX;
use crate::quota::Counts;
use crate::sliding_counter::SlidingCounter;
use crate::sliding_log::SlidingLog;
use crate::standing::{MeterStanding, Reset};
use crate::time::Instant;
use crate::units::Cost;
use crate::window::Window;

/// A meter of a limiter. Whoever calls promises that `now` never goes back.
#[derive(Clone, Debug)]
pub(crate) struct Dial {
    label: Label,
    counts: Counts,
    /// The largest cost that can ever be admitted; `u64::MAX` where sizes are not compared.
    most: u64,
    /// Its place among the openings.
    place: Openings,
    state: State,
}

/// What an algorithm keeps of what was used.
pub(crate) trait Tally {
    /// The most that fits.
    fn capacity(&self) -> u64;

    /// What is left of it, in whole units.
    fn left(&self, now: Instant) -> u64;

    /// When all of it is left again, or for windows when the one that is open ends.
    fn resets_at(&self, now: Instant) -> Instant;

    /// When `asked`, which does not exceed the capacity, fits into what is left; the start of time
    /// if it does now. What asks for nothing always fits.
    fn fits_at(&self, now: Instant, asked: u64) -> Instant;

    /// When there is anything left; the start of time if there is now.
    fn any_left_at(&self, now: Instant) -> Instant;

    /// Counts `amount`, whether it fits or not. Says whether that opened a window in which other
    /// meters are shown.
    fn charge(&mut self, now: Instant, amount: u64) -> bool;

    /// Replaces what was charged at `at` by what it should have been, where that still counts.
    fn correct(&mut self, now: Instant, at: Instant, charged: u64, spent: u64);

    /// Starts at `now` with what was used of another one of its kind.
    fn take_over(&mut self, now: Instant, old: Self);
}

/// What responses are made of comes first and is decided in line; the tag is a byte of its own, as
/// it is read for every decision.
#[derive(Clone, Debug)]
#[repr(u8)]
enum State {
    /// A window opened by requests, charged at admission.
    Ahead(Window),
    /// The same, charged at completion.
    After(Window),
    /// Shown with the window of an earlier meter.
    Shown { leader: usize, opens: Openings, capacity: u64, used: u64 },
    /// None of these opens windows in which others are shown. What was admitted before it began
    /// was not charged to it.
    Other { gate: Gate, since: Instant, tally: Other },
}

/// What any other meter keeps.
#[derive(Clone, Debug)]
enum Other {
    Opened(Window),
    Bucket(Bucket),
    Aligned(Aligned),
    SlidingLog(Box<SlidingLog>),
    SlidingCounter(SlidingCounter),
    InFlight(InFlight),
}

/// What a meter asks of a request before it lets it pass, and with that when it is charged.
#[derive(Copy, Clone, Eq, PartialEq, Debug)]
enum Gate {
    /// That it fits; it is charged then.
    Fits,
    /// That there is anything left; it is charged when it ends.
    AnyLeft,
    /// Nothing; it is charged when it ends.
    Open,
}

impl Dial {
    /// The meter with this index in the policy.
    pub(crate) fn of(index: usize, meter: &Meter) -> Self {
        let sizes_compared = meter.decides() && meter.charge() == Charge::AtAdmission;
        let most = if sizes_compared { meter.quota().capacity() } else { u64::MAX };
        let (label, counts) = (meter.label(), meter.quota().counts());
        Self { label, counts, most, place: Openings::of(index), state: State::of(meter) }
    }

    #[inline]
    pub(crate) const fn label(&self) -> Label {
        self.label
    }

    #[inline]
    pub(crate) const fn counts(&self) -> Counts {
        self.counts
    }

    /// The largest cost that can ever be admitted; `u64::MAX` where sizes are not compared.
    #[inline]
    pub(crate) const fn most(&self) -> u64 {
        self.most
    }

    /// When it admits `asked`; the start of time if it does now.
    #[inline]
    pub(crate) fn admits_at(&self, now: Instant, asked: u64) -> Instant {
        match &self.state {
            State::Ahead(window) => window.fits_at(now, asked),
            State::After(window) => window.any_left_at(now),
            State::Shown { .. } => Instant::START,
            State::Other { gate, tally, .. } => tally.admits_at(*gate, now, asked),
        }
    }

    /// An admitted request is charged where that happens at admission.
    #[inline]
    pub(crate) fn reserve(&mut self, now: Instant, cost: Cost, opened: &mut Openings) {
        let asked = self.counts.of(cost);
        match &mut self.state {
            State::Ahead(window) => {
                if window.charge(now, asked) {
                    opened.add(self.place);
                }
            }
            State::After(_) => {}
            State::Shown { opens, used, .. } => {
                if opened.has(*opens) {
                    *used = 0;
                }
            }
            State::Other { gate, tally, .. } => tally.reserve(*gate, now, asked),
        }
    }

    /// An ended request is charged, or its charge corrected. A charge of nothing opens nothing.
    #[inline]
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        receipt: &Receipt,
        spent: Cost,
        opened: &mut Openings,
    ) {
        let charged = self.counts.of(receipt.reserved);
        let spent = self.counts.of(spent);
        match &mut self.state {
            State::Ahead(window) => window.correct(now, receipt.at, charged, spent),
            State::After(window) => {
                if spent > 0 && window.charge(now, spent) {
                    opened.add(self.place);
                }
            }
            State::Shown { opens, used, .. } => {
                let before = if opened.has(*opens) { 0 } else { *used };
                *used = before.saturating_add(spent);
            }
            State::Other { gate, since, tally } => {
                if *gate != Gate::Fits || *since <= receipt.at {
                    tally.settle(*gate, now, receipt.at, (charged, spent));
                }
            }
        }
    }

    /// How it stands, as one of `dials`.
    #[inline]
    pub(crate) fn standing(&self, now: Instant, dials: &[Self]) -> MeterStanding {
        let (capacity, remaining, resets_at) = match &self.state {
            State::Ahead(window) | State::After(window) => stands(window, now),
            State::Shown { leader, capacity, used, .. } => {
                let leader = dials.get(*leader).and_then(Self::window);
                let resets_at = leader.map_or(now, |window| window.resets_at(now));
                (*capacity, capacity.saturating_sub(*used), resets_at)
            }
            State::Other { tally, .. } => tally.standing(now),
        };
        MeterStanding { label: self.label, capacity, remaining, resets_at }
    }

    /// What is left of it in millionths of its capacity, if it can refuse: a standing without its
    /// end, which is more work.
    #[inline]
    pub(crate) fn headroom(&self, now: Instant) -> Option<u64> {
        let (capacity, left) = match &self.state {
            State::Ahead(window) | State::After(window) => (window.capacity(), window.left(now)),
            State::Shown { .. } | State::Other { gate: Gate::Open, .. } => return None,
            State::Other { tally, .. } => {
                let (capacity, left, _) = tally.standing(now);
                (capacity, left)
            }
        };
        Some(left.saturating_mul(1_000_000) / capacity.max(1))
    }

    /// Whether it can refuse, and counts in windows.
    #[inline]
    pub(crate) const fn refuses_by_windows(&self) -> bool {
        match &self.state {
            State::Ahead(_) | State::After(_) => true,
            State::Shown { .. } | State::Other { gate: Gate::Open, .. } => false,
            State::Other { tally, .. } => matches!(tally, Other::Opened(_) | Other::Aligned(_)),
        }
    }

    /// When a window of it ended last.
    #[inline]
    pub(crate) fn last_reset(&self, now: Instant) -> Option<Reset> {
        match &self.state {
            State::Ahead(window)
            | State::After(window)
            | State::Other { tally: Other::Opened(window), .. } => window.last_reset(now),
            State::Other { tally: Other::Aligned(windows), .. } => windows.last_reset(now),
            State::Shown { .. } | State::Other { .. } => None,
        }
    }

    /// The same meter under other numbers: what was used of the old one counts against this. Not so
    /// if they count something else, or are charged at another time.
    pub(crate) fn take_over(&mut self, now: Instant, old: Self) -> bool {
        if self.counts != old.counts {
            return false;
        }
        match (&mut self.state, old.state) {
            (State::Ahead(new), State::Ahead(old)) | (State::After(new), State::After(old)) => {
                new.take_over(now, old);
                true
            }
            (State::Shown { used: new, .. }, State::Shown { used, .. }) => {
                *new = used;
                true
            }
            (
                State::Other { gate, since, tally },
                State::Other { gate: gated, since: began, tally: old },
            ) => {
                *since = began;
                *gate == gated && tally.take_over(now, old)
            }
            _ => false,
        }
    }

    /// Nothing that was admitted before now was charged to it.
    pub(crate) fn begin(&mut self, now: Instant) {
        if let State::Other { since, .. } = &mut self.state {
            *since = now;
        }
    }

    /// Its window, if requests open it.
    #[inline]
    fn window(&self) -> Option<&Window> {
        match &self.state {
            State::Ahead(window) | State::After(window) => Some(window),
            State::Shown { .. } | State::Other { .. } => None,
        }
    }
}

impl State {
    fn of(meter: &Meter) -> Self {
        let (quota, debt) = (meter.quota(), meter.debt());
        let (capacity, lasts) = (quota.capacity(), quota.window());
        if let Some(leader) = meter.leader() {
            return Self::Shown { leader, opens: Openings::of(leader), capacity, used: 0 };
        }
        let gate = match (meter.decides(), meter.charge()) {
            (false, _) => Gate::Open,
            (true, Charge::AtAdmission) => Gate::Fits,
            (true, Charge::AtCompletion) => Gate::AnyLeft,
        };
        let tally = match meter.algorithm() {
            Algorithm::Opened => {
                let window = Window::new(capacity, lasts, debt);
                match gate {
                    Gate::Fits => return Self::Ahead(window),
                    Gate::AnyLeft => return Self::After(window),
                    Gate::Open => Other::Opened(window),
                }
            }
            Algorithm::Bucket | Algorithm::Gcra => Other::Bucket(Bucket::full(&quota)),
            Algorithm::Aligned => Other::Aligned(Aligned::new(capacity, lasts, debt)),
            Algorithm::SlidingLog => Other::SlidingLog(Box::new(SlidingLog::new(capacity, lasts))),
            Algorithm::SlidingCounter => {
                Other::SlidingCounter(SlidingCounter::new(capacity, lasts))
            }
            Algorithm::Concurrency => Other::InFlight(InFlight::new(capacity)),
        };
        Self::Other { gate, since: Instant::START, tally }
    }
}

impl Other {
    #[inline(never)]
    fn admits_at(&self, gate: Gate, now: Instant, asked: u64) -> Instant {
        match self {
            Self::Opened(tally) => gate.admits_at(tally, now, asked),
            Self::Bucket(tally) => gate.admits_at(tally, now, asked),
            Self::Aligned(tally) => gate.admits_at(tally, now, asked),
            Self::SlidingLog(tally) => gate.admits_at(tally.as_ref(), now, asked),
            Self::SlidingCounter(tally) => gate.admits_at(tally, now, asked),
            Self::InFlight(tally) => gate.admits_at(tally, now, asked),
        }
    }

    #[inline(never)]
    fn reserve(&mut self, gate: Gate, now: Instant, asked: u64) {
        match self {
            Self::Opened(tally) => gate.reserve(tally, now, asked),
            Self::Bucket(tally) => gate.reserve(tally, now, asked),
            Self::Aligned(tally) => gate.reserve(tally, now, asked),
            Self::SlidingLog(tally) => gate.reserve(tally.as_mut(), now, asked),
            Self::SlidingCounter(tally) => gate.reserve(tally, now, asked),
            Self::InFlight(tally) => gate.reserve(tally, now, asked),
        }
    }

    #[inline(never)]
    fn settle(&mut self, gate: Gate, now: Instant, at: Instant, amounts: (u64, u64)) {
        match self {
            Self::Opened(tally) => gate.settle(tally, now, at, amounts),
            Self::Bucket(tally) => gate.settle(tally, now, at, amounts),
            Self::Aligned(tally) => gate.settle(tally, now, at, amounts),
            Self::SlidingLog(tally) => gate.settle(tally.as_mut(), now, at, amounts),
            Self::SlidingCounter(tally) => gate.settle(tally, now, at, amounts),
            Self::InFlight(tally) => gate.settle(tally, now, at, amounts),
        }
    }

    /// Takes over what was used of the other, if it is of this kind.
    fn take_over(&mut self, now: Instant, old: Self) -> bool {
        match (self, old) {
            (Self::Opened(new), Self::Opened(old)) => new.take_over(now, old),
            (Self::Bucket(new), Self::Bucket(old)) => new.take_over(now, old),
            (Self::Aligned(new), Self::Aligned(old)) => new.take_over(now, old),
            (Self::SlidingLog(new), Self::SlidingLog(old)) => new.take_over(now, *old),
            (Self::SlidingCounter(new), Self::SlidingCounter(old)) => new.take_over(now, old),
            (Self::InFlight(new), Self::InFlight(old)) => new.take_over(now, old),
            _ => return false,
        }
        true
    }

    #[inline(never)]
    fn standing(&self, now: Instant) -> (u64, u64, Instant) {
        match self {
            Self::Opened(tally) => stands(tally, now),
            Self::Bucket(tally) => stands(tally, now),
            Self::Aligned(tally) => stands(tally, now),
            Self::SlidingLog(tally) => stands(tally.as_ref(), now),
            Self::SlidingCounter(tally) => stands(tally, now),
            Self::InFlight(tally) => stands(tally, now),
        }
    }
}

/// Capacity, what is left, and until when.
#[inline]
fn stands(tally: &impl Tally, now: Instant) -> (u64, u64, Instant) {
    (tally.capacity(), tally.left(now), tally.resets_at(now))
}

impl Gate {
    /// When a request that asks for so much passes; the start of time if it does now.
    #[inline]
    fn admits_at(self, tally: &impl Tally, now: Instant, asked: u64) -> Instant {
        match self {
            Self::Fits => tally.fits_at(now, asked),
            Self::AnyLeft => tally.any_left_at(now),
            Self::Open => Instant::START,
        }
    }

    /// Charges what is charged at admission.
    #[inline]
    fn reserve(self, tally: &mut impl Tally, now: Instant, asked: u64) {
        if self == Self::Fits {
            tally.charge(now, asked);
        }
    }

    /// Of two amounts the first was asked for and the second spent: corrects what was charged at
    /// admission, or charges it now.
    #[inline]
    fn settle(self, tally: &mut impl Tally, now: Instant, at: Instant, amounts: (u64, u64)) {
        let (charged, spent) = amounts;
        if self == Self::Fits {
            tally.correct(now, at, charged, spent);
        } else if spent > 0 {
            tally.charge(now, spent);
        }
    }
}

/// A set of meters: those that opened a window just now. A policy lets shown meters follow earlier
/// ones only, so one pass over the meters in their order is enough.
#[derive(Copy, Clone, Debug, Default)]
pub(crate) struct Openings(u8);

const _: () = assert!(METERS_MAX <= u8::BITS as usize, "every meter has its bit");

impl Openings {
    fn of(meter: usize) -> Self {
        Self(1 << (meter % METERS_MAX))
    }

    #[inline]
    fn add(&mut self, other: Self) {
        self.0 |= other.0;
    }

    #[inline]
    fn has(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}
