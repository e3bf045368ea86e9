//! The AWS SDKs' adaptive mode, as smithy-rs has it: a bucket that is off until the first refusal,
//! then filled at a rate that is cut by refusals and grows along a cubic curve.
//!
//! ```text
//!   each answer   r = answers / time, over whole half seconds;  m = 0.8 r + 0.2 m
//!   a refusal     Wmax = min(m, fill), or m the first time;     fill = 0.7 Wmax
//!   another       fill = 0.4 (t - t0 - K)^3 + Wmax,             K = cbrt(Wmax * 0.3 / 0.4)
//!   either        fill = max(min(fill, 2 m), 0.5), capacity = max(fill, 1)
//! ```
//!
//! Numbers are whole: nanoseconds, and thousand-millionths of a request or of a request a second,
//! rounded down. An attempt takes what it costs at once, into debt if need be, and waits until that
//! is paid: so each has its own turn.

use limits::{Instant, Span};

use crate::first_send::Passage;

/// One request, or one a second.
const ONE: i128 = 1_000_000_000;
const SECOND: i128 = 1_000_000_000;
const HALF_SECOND: u64 = 500_000_000;
const LEAST_FILL: i128 = ONE / 2;
const LEAST_CAPACITY: i128 = ONE;
/// Beyond these thousand seconds the curve is above any rate there is, or below any.
const FAR: i128 = 1_000 * SECOND;

/// What an attempt is, which decides what it costs.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// A job's first.
    First,
    /// One after that.
    Again,
    /// One after a time-out.
    AgainAfterTimeOut,
}

impl Ask {
    const fn cost(self) -> i128 {
        match self {
            Self::First => ONE,
            Self::Again => 5 * ONE,
            Self::AgainAfterTimeOut => 10 * ONE,
        }
    }
}

/// The bucket of one client.
#[derive(Debug)]
pub(crate) struct Adaptive {
    enabled: bool,
    fill: i128,
    capacity: i128,
    /// What is in it; less than nothing is a debt.
    level: i128,
    /// When it was last filled; it has no time before its first refill.
    filled_at: Option<Instant>,
    /// The measured rate of answers.
    measured: i128,
    /// The half second in which it was last measured, and answers since.
    half: u64,
    answers: u32,
    last_max: i128,
    /// `K`, in nanoseconds.
    window: i128,
    throttled_at: Instant,
    started: bool,
}

impl Adaptive {
    pub(crate) fn new() -> Self {
        Self {
            enabled: false,
            fill: 0,
            capacity: i128::MAX,
            level: 0,
            filled_at: None,
            measured: LEAST_FILL,
            half: 0,
            answers: 0,
            last_max: 0,
            window: 0,
            throttled_at: Instant::START,
            started: false,
        }
    }

    /// Takes what an attempt costs and says when its turn is, unless that is after `latest`: then
    /// nothing is taken.
    pub(crate) fn pass(&mut self, now: Instant, ask: Ask, latest: Option<Instant>) -> Passage {
        self.start(now);
        if !self.enabled {
            return Passage::Go(None);
        }
        self.refill(now);
        let lacks = u128::try_from(ask.cost() - self.level).unwrap_or(0);
        let wait = (lacks * SECOND.unsigned_abs()).div_ceil(self.fill.unsigned_abs().max(1));
        let turn = now.after(Span::from_nanos(u64::try_from(wait).unwrap_or(u64::MAX)));
        if latest.is_some_and(|latest| turn > latest) {
            return Passage::TooLate;
        }
        self.level -= ask.cost();
        if turn > now { Passage::Turn(turn) } else { Passage::Go(None) }
    }

    /// An answer came, or none did; `throttled` when a limit refused.
    pub(crate) fn answered(&mut self, now: Instant, throttled: bool) {
        self.start(now);
        self.measure(now);
        let wanted = if throttled {
            let most = if self.enabled { self.measured.min(self.fill) } else { self.measured };
            self.last_max = most;
            // 0.3 / 0.4 of it, and a request is 1e9, a cubic second 1e27.
            self.window = cube_root(most.unsigned_abs().saturating_mul(75 * 10_u128.pow(16)));
            self.throttled_at = now;
            self.enabled = true;
            most * 7 / 10
        } else {
            self.last_max + self.cubic(now)
        };
        self.refill(now);
        let fill = wanted.min(2 * self.measured);
        self.fill = fill.max(LEAST_FILL);
        self.capacity = fill.max(LEAST_CAPACITY);
        self.level = self.level.min(self.capacity);
    }

    fn start(&mut self, now: Instant) {
        if !self.started {
            self.started = true;
            self.throttled_at = now;
            self.half = now.nanos() / (2 * HALF_SECOND) * 2;
        }
    }

    fn measure(&mut self, now: Instant) {
        self.answers += 1;
        let half = now.nanos() / HALF_SECOND;
        if half > self.half {
            let rate = 2 * ONE * i128::from(self.answers) / i128::from(half - self.half);
            self.measured = (8 * rate + 2 * self.measured) / 10;
            (self.half, self.answers) = (half, 0);
        }
    }

    /// `0.4 (t - t0 - K)^3`
    fn cubic(&self, now: Instant) -> i128 {
        let since = i128::from(now.since(self.throttled_at).nanos()) - self.window;
        let since = since.clamp(-FAR, FAR);
        (since * since * since / (SECOND * SECOND)) * 4 / 10
    }

    fn refill(&mut self, now: Instant) {
        if let Some(last) = self.filled_at {
            let brought = i128::from(now.since(last).nanos()) * self.fill / SECOND;
            self.level = self.capacity.min(self.level + brought);
        }
        self.filled_at = Some(now);
    }
}

/// The largest whole number whose cube is no more than this, by halving.
fn cube_root(of: u128) -> i128 {
    // The cube of 2^42 is 2^126.
    let (mut least, mut beyond) = (0_u128, 1 << 42);
    while beyond - least > 1 {
        let middle = least.midpoint(beyond);
        if middle * middle * middle <= of { least = middle } else { beyond = middle }
    }
    least.cast_signed()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::START.after(Span::from_millis(millis))
    }

    fn turn(gate: &mut Adaptive, now: u64, ask: Ask) -> u64 {
        match gate.pass(at(now), ask, None) {
            Passage::Go(_) => now,
            Passage::Turn(at) => at.nanos() / 1_000_000,
            Passage::Later(_) | Passage::TooLate | Passage::Hold | Passage::Never => {
                panic!("each has a turn")
            }
        }
    }

    #[test]
    fn a_cube_root_is_the_largest_whole_number_whose_cube_fits() {
        for (of, root) in
            [(0, 0), (1, 1), (7, 1), (8, 2), (26, 2), (27, 3), (10_u128.pow(36), 10_i128.pow(12))]
        {
            assert_eq!(cube_root(of), root, "{of}");
            assert_eq!(cube_root((root.unsigned_abs() + 1).pow(3) - 1), root, "below the next");
        }
    }

    #[test]
    fn nothing_is_held_back_before_the_first_refusal() {
        let mut gate = Adaptive::new();
        for now in 0..2_000 {
            assert_eq!(turn(&mut gate, now, Ask::First), now);
            gate.answered(at(now), false);
        }
    }

    /// Ten answers a second from the first: by hand, m is 0.5, then 0.8 * 22 + 0.1 after the first
    /// half second (eleven answers in it, the one that ends it included), then 0.8 * 20 + 0.2 m.
    #[test]
    fn the_rate_is_measured_in_half_seconds_cut_by_refusals_and_grows_along_a_cubic_curve() {
        let mut gate = Adaptive::new();
        for answer in 0..10 {
            gate.answered(at(50 * answer), false);
            assert_eq!(gate.measured, ONE / 2, "within the first half second");
        }
        gate.answered(at(500), false);
        assert_eq!(gate.measured, 17_700_000_000, "0.8 * 22 + 0.2 * 0.5");
        for answer in 11..20 {
            gate.answered(at(50 * answer), false);
        }
        gate.answered(at(1_000), true);
        assert_eq!(gate.measured, 19_540_000_000, "0.8 * 20 + 0.2 * 17.7");
        assert_eq!(gate.fill, 13_678_000_000, "0.7 * 19.54, the first time of m alone");
        assert_eq!(gate.window, 2_447_157_608, "the cube root of 14.655");
        // Within the same half second m stays: min(m, fill) is the fill.
        gate.answered(at(1_100), true);
        assert_eq!(gate.last_max, 13_678_000_000);
        assert_eq!(gate.fill, 9_574_600_000);
        assert_eq!(gate.window, 2_172_841_033, "the cube root of 10.2585");
        // 0.9 s later: m = 0.8 * 2 / 0.5 ... of one answer in a whole second before it.
        gate.answered(at(2_000), false);
        assert_eq!(gate.measured, 5_508_000_000, "0.8 * 2 / 1 + 0.2 * 19.54");
        // 0.4 * (0.9 - 2.172841033)^3 + 13.678
        assert_eq!(gate.fill, 11_016_000_000, "12.853 but for twice what is measured");
        assert_eq!(gate.capacity, 11_016_000_000);
    }

    #[test]
    fn each_takes_what_it_costs_into_debt_and_has_a_turn_of_its_own() {
        let mut gate = Adaptive::new();
        gate.answered(at(0), true);
        assert_eq!((gate.fill, gate.capacity), (ONE / 2, ONE), "the floors");
        assert_eq!(turn(&mut gate, 0, Ask::First), 2_000, "one at half a request a second");
        assert_eq!(turn(&mut gate, 0, Ask::Again), 12_000, "five more");
        assert_eq!(turn(&mut gate, 1_000, Ask::AgainAfterTimeOut), 32_000, "ten more");
        let late = gate.pass(at(1_000), Ask::First, Some(at(33_999)));
        assert!(matches!(late, Passage::TooLate), "{late:?}");
        assert_eq!(turn(&mut gate, 1_000, Ask::First), 34_000, "what came too late took nothing");
    }

    proptest! {
        /// The oracle is the formula in floating point.
        #[test]
        fn the_fixed_point_is_the_formula(
            events in prop::collection::vec((1_u64..3_000, prop::bool::weighted(0.2)), 1..200),
        ) {
            let mut gate = Adaptive::new();
            let (mut m, mut fill, mut last_max, mut t0) = (0.5_f64, 0.0_f64, 0.0_f64, 0.0_f64);
            let (mut bucket, mut count, mut on, mut now) = (0.0_f64, 0.0_f64, false, 0_u64);
            for (index, (later, throttled)) in events.into_iter().enumerate() {
                if index > 0 { now += later; }
                gate.answered(at(now), throttled);
                #[expect(clippy::cast_precision_loss, reason = "small")]
                let t = now as f64 / 1_000.0;
                count += 1.0;
                let half = (t * 2.0).floor() / 2.0;
                if half > bucket {
                    m = count / (half - bucket) * 0.8 + m * 0.2;
                    (count, bucket) = (0.0, half);
                }
                let wanted = if throttled {
                    last_max = if on { m.min(fill) } else { m };
                    (t0, on) = (t, true);
                    last_max * 0.7
                } else {
                    let dt = t - t0 - (last_max * 0.3 / 0.4).cbrt();
                    0.4 * dt * dt * dt + last_max
                };
                fill = wanted.min(2.0 * m).max(0.5);
                #[expect(clippy::cast_precision_loss, reason = "a rate has fewer digits")]
                let ours = gate.fill as f64 / 1e9;
                prop_assert!((ours - fill).abs() < 1e-6 * fill.max(1.0), "{ours} {fill}");
            }
        }
    }
}
