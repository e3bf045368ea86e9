//! Refused shares against the closed forms of queueing theory.
//!
//! Requests arrive as a Poisson process. Each case is run in independent replications; the mean of
//! their refused shares must lie within 3.9 standard errors of the formula, which with this many
//! replications a right limiter misses about once in a thousand cases. The seeds are fixed, so
//! that it does not miss once in a thousand runs. A standard error that is small compared with the
//! share keeps the check from being satisfied by noise.
#![expect(clippy::unwrap_used, reason = "a cast that cannot be built fails its test")]

use std::collections::BTreeMap;

use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Policy, Quota, Rate, Receipt,
    Requests, Span, Tokens,
};

const REPLICATIONS: u64 = 24;
const ARRIVALS: u32 = 40_000;
/// Arrivals at the beginning that are not counted: the limiter starts with everything left.
const WARM_UP: u32 = 1_000;
const MOST_STANDARD_ERRORS: f64 = 3.9;
const MOST_RELATIVE_ERROR: f64 = 0.007;

/// A window of capacity C opened by its first request: a cycle is a window and the wait for the
/// request that opens the next; it admits that request and at most C - 1 of those within.
#[test]
fn an_opened_window_refuses_what_renewal_theory_says() {
    for (capacity, offered) in [(1, 1.0), (2, 2.0), (2, 0.5), (20, 20.0), (20, 30.0), (40, 44.0)] {
        let window = Case::new(requests_window(capacity), offered / SECONDS);
        window.agrees(opened_window_loss(capacity, offered));
    }
}

/// Charged at completion, with requests that end at once and use the same number of tokens, a gate
/// admits until its capacity is reached: ⌈capacity / tokens⌉ requests a window.
#[test]
fn a_gate_charged_at_completion_refuses_like_a_window_of_requests() {
    for (capacity, tokens, fit) in [(1_000, 300, 4), (1_000, 250, 4), (1_000, 1_001, 1)] {
        let mut gate = Case::new(tokens_gate(capacity), 5.0 / SECONDS);
        gate.tokens = tokens;
        gate.agrees(opened_window_loss(fit, 5.0));
    }
}

/// What a token bucket holds back is the queue of a server with constant service times and room
/// for as many as the burst: M/D/1/b (Brun and Garcia, J. Appl. Prob. 37, 2000).
#[test]
fn a_bucket_refuses_what_a_full_queue_does() {
    for (burst, load) in [(1, 0.8), (2, 0.5), (5, 1.0), (10, 1.05), (20, 1.2)] {
        let bucket = Case::new(requests_bucket(burst), load);
        bucket.agrees(constant_service_loss(burst, load));
    }
}

/// The generic cell rate algorithm is the same server, seen from the end of its queue.
#[test]
fn the_generic_cell_rate_algorithm_refuses_what_a_full_queue_does() {
    for (burst, load) in [(1, 0.8), (3, 1.0), (10, 1.2)] {
        let quota = requests_bucket(burst).quota();
        let cells = Case::new(Meter::by(Algorithm::Gcra, Label("cells"), quota), load);
        cells.agrees(constant_service_loss(burst, load));
    }
}

/// A window of the clock admits the first C of those that arrive in it, and what arrives in the
/// next is independent.
#[test]
fn an_aligned_window_refuses_what_is_beyond_its_capacity() {
    for (capacity, offered) in [(1, 1.0), (2, 2.0), (20, 30.0), (40, 44.0)] {
        let window = Case::new(requests_by(Algorithm::Aligned, capacity), offered / SECONDS);
        window.agrees(1.0 - expected_at_most(capacity, offered) / offered);
    }
}

/// Whoever is in a sliding log holds one of its places for exactly a window: servers with a
/// constant service time and no queue, whose loss is Erlang's whatever the law of the service.
#[test]
fn a_sliding_log_loses_what_erlang_says() {
    for (capacity, offered) in [(1, 1.0), (5, 3.0), (20, 20.0), (40, 44.0)] {
        let log = Case::new(requests_by(Algorithm::SlidingLog, capacity), offered / SECONDS);
        log.agrees(erlang_loss(capacity, offered));
    }
}

/// The same for a cap on what is in flight, whether requests take a constant time, an exponential
/// one, or mostly a short one and rarely a very long one: only the mean counts.
#[test]
fn a_cap_on_what_is_in_flight_loses_what_erlang_says_whatever_the_law() {
    for takes in [Takes::Constant, Takes::Exponential, Takes::ShortOrLong] {
        for (capacity, offered) in [(4, 3.0), (20, 20.0)] {
            let quota = Quota::requests_at_once(Requests(capacity)).unwrap();
            let meter = Meter::by(Algorithm::Concurrency, Label("cap"), quota);
            let mut cap = Case::new(meter, offered / SECONDS);
            cap.takes = takes;
            cap.agrees(erlang_loss(capacity, offered));
        }
    }
}

/// What no closed form was found for lies between two that have one: a sliding counter refuses
/// less than a log that forgets nothing early, and more than windows that forget all at once.
#[test]
fn a_sliding_counter_lies_between_a_log_and_aligned_windows() {
    let (capacity, offered) = (20, 20.0);
    let counter = Case::new(requests_by(Algorithm::SlidingCounter, capacity), offered / SECONDS);
    let (share, error) = counter.refused();
    let aligned = 1.0 - expected_at_most(capacity, offered) / offered;
    let log = erlang_loss(capacity, offered);
    assert!(aligned + 4.0 * error < share && share < log - 4.0 * error, "{share} ± {error}");
}

/// With room for one, all but aligned windows are a counter that is dead for a while after each
/// count.
#[test]
fn the_closed_forms_agree_where_both_hold() {
    for offered in [0.1, 1.0, 5.0] {
        let dead_time = offered / (1.0 + offered);
        assert!((opened_window_loss(1, offered) - dead_time).abs() < 1e-12);
        assert!((constant_service_loss(1, offered) - dead_time).abs() < 1e-12);
        assert!((erlang_loss(1, offered) - dead_time).abs() < 1e-12);
    }
}

/// 1 - (1 + E[min(N, C - 1)]) / (1 + m), where N is Poisson with mean m, the arrivals expected in
/// one window.
fn opened_window_loss(capacity: u64, mean: f64) -> f64 {
    1.0 - (1.0 + expected_at_most(capacity - 1, mean)) / (1.0 + mean)
}

/// E[min(N, C)], where N is Poisson with mean m.
fn expected_at_most(capacity: u64, mean: f64) -> f64 {
    let (mut probability, mut below, mut expected) = (exp(-mean), 0.0, 0.0);
    for arrivals in 0..capacity {
        below += probability;
        expected += arrivals as f64 * probability;
        probability *= mean / (arrivals + 1) as f64;
    }
    expected + capacity as f64 * (1.0 - below)
}

/// Erlang's B: the share lost by so many servers that are offered so much, by recursion over the
/// servers.
fn erlang_loss(servers: u64, offered: f64) -> f64 {
    (1..=servers).fold(1.0, |lost, servers| {
        let offered_and_lost = offered * lost;
        offered_and_lost / (servers as f64 + offered_and_lost)
    })
}

/// 1 - b / (1 + r b), where b = Σ (-1)^k / k! · (K - 1 - k)^k · e^((K - 1 - k) r) · r^k over
/// k < K, K is the room and r the load.
fn constant_service_loss(room: u32, load: f64) -> f64 {
    let mut sum = 0.0;
    for k in 0..room {
        let rest = f64::from(room - 1 - k);
        let powers = (1..=k).fold(1.0, |product, i| product * -rest * load / f64::from(i));
        sum += powers * exp(rest * load);
    }
    1.0 - sum / (1.0 + load * sum)
}

/// The windows last this long, and a bucket gives one request a second.
const SECONDS: f64 = 2.0;

fn requests_window(capacity: u64) -> Meter {
    let lasts = Span::from_secs(2);
    let rate = Rate::every(Requests(capacity), lasts).unwrap();
    Meter::opened(Label("window"), Quota::requests_per_window(rate, lasts).unwrap())
}

fn requests_by(algorithm: Algorithm, capacity: u64) -> Meter {
    Meter::by(algorithm, Label("by"), requests_window(capacity).quota())
}

fn tokens_gate(capacity: u64) -> Meter {
    let lasts = Span::from_secs(2);
    let rate = Rate::every(Tokens(capacity), lasts).unwrap();
    Meter::opened(Label("gate"), Quota::tokens_per_window(rate, lasts).unwrap()).at_completion()
}

fn requests_bucket(burst: u32) -> Meter {
    let rate = Rate::every(Requests(1), Span::from_secs(1)).unwrap();
    let burst = Requests(burst.into());
    Meter::bucket(Label("bucket"), Quota::requests_burst(rate, burst).unwrap())
}

/// One meter and the arrivals it meets.
struct Case {
    meter: Meter,
    arrivals_per_second: f64,
    tokens: u64,
    takes: Takes,
}

/// How long requests take, on average as long as the windows last.
#[derive(Copy, Clone, Debug)]
enum Takes {
    /// They end as soon as they begin.
    Nothing,
    Constant,
    Exponential,
    /// Half the mean in nine of ten cases, else eleven times as much.
    ShortOrLong,
}

impl Case {
    fn new(meter: Meter, arrivals_per_second: f64) -> Self {
        Self { meter, arrivals_per_second, tokens: 1, takes: Takes::Nothing }
    }

    /// The mean refused share, and its standard error.
    fn refused(&self) -> (f64, f64) {
        let shares: Vec<f64> = (0..REPLICATIONS).map(|seed| self.refused_share(seed)).collect();
        let count = REPLICATIONS as f64;
        let mean = shares.iter().sum::<f64>() / count;
        let squares: f64 = shares.iter().map(|share| (share - mean) * (share - mean)).sum();
        (mean, (squares / (count - 1.0) / count).sqrt())
    }

    fn agrees(&self, expected: f64) {
        let (mean, error) = self.refused();
        let name = format!("{:?} at {}/s, {:?}", self.meter, self.arrivals_per_second, self.takes);
        let standard_errors = (mean - expected) / error;
        assert!(
            standard_errors.abs() <= MOST_STANDARD_ERRORS,
            "{name}: {mean} is {standard_errors} standard errors from {expected}"
        );
        assert!(
            error / expected <= MOST_RELATIVE_ERROR,
            "{name}: {mean} ± {error} says too little"
        );
    }

    fn refused_share(&self, seed: u64) -> f64 {
        let mut limiter = Limiter::new(Policy::new(&[self.meter]).unwrap());
        let cost = Cost::new(Requests(1), Tokens(self.tokens));
        let mut chance = SplitMix(self.arrivals_per_second.to_bits() ^ (seed << 40));
        let (mut now, mut refused) = (Instant::START, 0_u32);
        let mut in_flight: BTreeMap<(Instant, u32), Receipt> = BTreeMap::new();
        for arrival in 0..WARM_UP + ARRIVALS {
            now = now.after(chance.gap(self.arrivals_per_second));
            while let Some(ended) = in_flight.first_entry().filter(|next| next.key().0 <= now) {
                let ((at, _), receipt) = ended.remove_entry();
                limiter.settle(at, receipt, cost);
            }
            match limiter.admit(now, cost) {
                Decision::Admitted(receipt) => match self.takes.draw(&mut chance) {
                    Some(takes) => drop(in_flight.insert((now.after(takes), arrival), receipt)),
                    None => limiter.settle(now, receipt, cost),
                },
                Decision::Refused(_) => refused += u32::from(arrival >= WARM_UP),
                Decision::TooLarge { .. } => unreachable!("one request fits"),
            }
        }
        f64::from(refused) / f64::from(ARRIVALS)
    }
}

impl Takes {
    fn draw(self, chance: &mut SplitMix) -> Option<Span> {
        let (mean, twentieth) = (Span::from_secs(2), Span::from_millis(100));
        match self {
            Self::Nothing => None,
            Self::Constant => Some(mean),
            Self::Exponential => Some(chance.gap(1.0 / SECONDS)),
            Self::ShortOrLong if chance.next() % 10 < 9 => Some(twentieth.times(10)),
            Self::ShortOrLong => Some(twentieth.times(110)),
        }
    }
}

/// Sebastiano Vigna's `SplitMix64`.
struct SplitMix(u64);

impl SplitMix {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// An exponential gap, in whole nanoseconds.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive")]
    fn gap(&mut self, per_second: f64) -> Span {
        let above_zero = (1.0 + (self.next() >> 11) as f64) / (1_u64 << 53) as f64;
        Span::from_nanos((-ln(above_zero) / per_second * 1e9).round() as u64)
    }
}

#[expect(clippy::disallowed_methods, reason = "no byte of any record depends on a test's own dice")]
fn ln(x: f64) -> f64 {
    x.ln()
}

#[expect(clippy::disallowed_methods, reason = "compared within standard errors, not by its bits")]
fn exp(x: f64) -> f64 {
    x.exp()
}
