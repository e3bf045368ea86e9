//! Laws against their closed forms, and against `rand_distr` as an oracle.

use chance::{Generator, Law, LawError, ONE, Purpose, Seed, scaled};
use proptest::prelude::*;
use rand_distr::{Distribution, Exp1, LogNormal};

/// Likelihoods from one in a thousand million to all but that.
const LIKELIHOODS: [f64; 17] = [
    1e-9,
    1e-7,
    1e-5,
    1e-3,
    0.01,
    0.015,
    0.016,
    0.05,
    0.25,
    0.5,
    0.75,
    0.95,
    0.984,
    0.99,
    0.999,
    0.999_99,
    0.999_999_999,
];

/// The 64 bits whose quantile is that of a likelihood.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a likelihood is neither negative nor above one"
)]
fn bits(likelihood: f64) -> u64 {
    (likelihood * 18_446_744_073_709_551_616.0) as u64
}

/// Likelihood of a standard normal variable being below `z`.
fn normal(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// How far a likelihood is off, measured by the smaller of it and what is left to one.
fn error(found: f64, likelihood: f64) -> f64 {
    (found - likelihood).abs() / likelihood.min(1.0 - likelihood)
}

/// Kolmogorov and Smirnov's distance between samples and a law.
fn distance(law: &Law, mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let count = samples.len() as f64;
    let mut most = 0.0_f64;
    for (below, sample) in samples.iter().enumerate() {
        // The likelihood a law gives to what is below the sample, bit by bit.
        let u = (0..64).rev().fold(0_u64, |u, bit| {
            let further = u | 1 << bit;
            if law.at(further) as f64 <= *sample { further } else { u }
        });
        let likelihood = u as f64 / 18_446_744_073_709_551_616.0;
        let below = below as f64;
        most = most.max(likelihood - below / count).max((below + 1.0) / count - likelihood);
    }
    most
}

/// Whether 20,000 samples of the oracle are as close to the law as nine hundred and ninety-nine of
/// a thousand such sets would be.
fn agrees(law: &Law, oracle: &impl Distribution<f64>, unit: f64) {
    const SAMPLES: usize = 20_000;
    let generator = Generator::new(2_025);
    let samples = oracle.sample_iter(generator).take(SAMPLES).map(|it| it * unit).collect();
    let distance = distance(law, samples);
    assert!(distance < 1.95 / (SAMPLES as f64).sqrt(), "{law:?}: {distance}");
}

#[test]
fn the_exponential_law_is_that_of_rand_distr() {
    agrees(&Law::exponential(), &Exp1, ONE as f64);
}

#[test]
fn noise_is_the_lognormal_law_of_rand_distr() {
    for sigma in [0.05, 0.15, 0.5, 1.0, 2.0] {
        agrees(&Law::noise(sigma), &LogNormal::new(0.0, sigma).unwrap(), ONE as f64);
    }
}

#[test]
fn lengths_are_the_lognormal_law_of_rand_distr() {
    for (median, sigma) in [(20_000.0, 0.3), (40_000.0, 0.86), (60_000.0, 1.36)] {
        let p95 = median * libm::exp(sigma * 1.644_853_626_951_472_2);
        let law = Law::lognormal(median, p95).unwrap();
        agrees(&law, &LogNormal::new(libm::log(median), sigma).unwrap(), 1.0);
    }
}

#[test]
fn the_oracle_notices_a_wrong_law() {
    let found = std::panic::catch_unwind(|| {
        agrees(&Law::noise(0.5), &LogNormal::new(0.0, 0.55).unwrap(), ONE as f64);
    });
    assert!(found.is_err());
}

#[test]
fn exponential_quantiles_are_logarithms() {
    let law = Law::exponential();
    for likelihood in LIKELIHOODS {
        let gap = law.at(bits(likelihood)) as f64 / ONE as f64;
        let found = -libm::expm1(-gap);
        // A unit of the law is a quarter of the smallest of these quantiles.
        let grain = 1.0 / ONE as f64 / likelihood;
        assert!(error(found, likelihood) < 1e-4 + grain, "{likelihood}: {found}");
    }
}

#[test]
fn noise_quantiles_are_those_of_the_normal_law() {
    for sigma in [0.15, 0.5, 1.0, 1.5] {
        let law = Law::noise(sigma);
        for likelihood in LIKELIHOODS {
            let factor = law.at(bits(likelihood)) as f64 / ONE as f64;
            let found = normal(libm::log(factor) / sigma);
            assert!(error(found, likelihood) < 2e-4, "{sigma}, {likelihood}: {found}");
        }
    }
}

#[test]
fn lognormal_quantiles_are_those_of_the_normal_law() {
    // So large that rounding to whole numbers is nothing.
    let (median, sigma) = (1e9, 0.8);
    let law = Law::lognormal(median, median * libm::exp(sigma * 1.644_853_626_951_472_2)).unwrap();
    for likelihood in LIKELIHOODS {
        let found = normal(libm::log(law.at(bits(likelihood)) as f64 / median) / sigma);
        assert!(error(found, likelihood) < 2e-4, "{likelihood}: {found}");
    }
}

#[test]
fn gaps_are_one_in_the_mean() {
    let mean = Law::exponential().mean() as f64 / (ONE as f64 * ONE as f64);
    assert!((mean - 1.0).abs() < 1e-6, "{mean}");
}

#[test]
fn means_are_those_of_the_closed_form() {
    for sigma in [0.05, 0.5, 1.0, 1.5] {
        let closed = libm::exp(sigma * sigma / 2.0);
        let noise = Law::noise(sigma).mean() as f64 / (ONE as f64 * ONE as f64);
        assert!((noise / closed - 1.0).abs() < 2e-5, "{sigma}: {noise}");

        let p95 = 5_000.0 * libm::exp(sigma * 1.644_853_626_951_472_2);
        let lengths = Law::lognormal(5_000.0, p95).unwrap().mean() as f64 / ONE as f64;
        assert!((lengths / 5_000.0 / closed - 1.0).abs() < 2e-5, "{sigma}: {lengths}");
    }
}

#[test]
fn the_mean_is_that_of_what_is_drawn() {
    const DRAWS: u64 = 1 << 18;
    let laws = [
        Law::exponential(),
        Law::noise(0.5),
        Law::lognormal(374.0, 2_000.0).unwrap(),
        // Held up by the smallest length there is.
        Law::lognormal(1.0, 3.0).unwrap(),
        Law::fixed(7),
    ];
    for law in laws {
        let step = 1 << (64 - 18);
        let sum: u128 = (0..DRAWS).map(|i| u128::from(law.at(i * step + step / 2))).sum();
        let drawn = sum as f64 / DRAWS as f64;
        let said = law.mean() as f64 / ONE as f64;
        // A mean of whole numbers differs from that of what they were rounded from.
        assert!((drawn / said - 1.0).abs() < 1e-4 + 0.05 / said, "{law:?}: {drawn}, not {said}");
    }
}

#[test]
fn arrivals_of_a_stream_keep_their_rate() {
    const GAPS: u64 = 200_000;
    let (law, stream) = (Law::exponential(), Seed(3).stream(Purpose::Gap, 0));
    let total: u64 = (0..GAPS).map(|job| scaled(1_000_000, law.at(stream.draw(job)))).sum();
    // Four standard deviations of 200,000 gaps.
    assert!((total as f64 / 1e6 / GAPS as f64 - 1.0).abs() < 0.009, "{total}");
}

#[test]
fn no_law_falls_where_its_steps_meet() {
    let laws = [
        Law::exponential(),
        Law::noise(0.15),
        Law::noise(1e-13),
        Law::lognormal(20.0, 900.0).unwrap(),
    ];
    for law in laws {
        let ends = (26..58).flat_map(|bit| (64..128).map(move |part| part << (bit - 6)));
        let meetings = (1..4096).map(|step| step << 52).chain(ends.flat_map(|at| [at, !at]));
        for at in meetings {
            let around = [at - 1, at, at + 1].map(|u| law.at(u));
            assert!(around.is_sorted(), "{law:?} at {at:#x}: {around:?}");
            // Nor does it jump: the widest step of an end is a 64th of an octave.
            let tolerance = around[0] / 1_000_000 + 1;
            assert!(around[2] - around[0] <= tolerance, "{law:?} at {at:#x}: {around:?}");
        }
    }
}

#[test]
fn the_same_value_is_a_law_too() {
    let law = Law::fixed(512);
    assert_eq!(
        (law.at(0), law.at(u64::MAX), law.largest(), law.quantile(1, 2)),
        (512, 512, 512, 512)
    );
    assert_eq!(law.mean(), 512 << 32);
    assert_eq!(Law::lognormal(511.6, 511.6), Ok(law));
    assert_eq!(Law::lognormal(0.2, 0.2), Ok(Law::fixed(1)));
}

#[test]
fn noise_without_a_spread_is_one() {
    for sigma in [0.0, -0.5, f64::NAN] {
        assert_eq!(Law::noise(sigma), Law::fixed(ONE));
    }
}

#[test]
fn noise_beyond_measure_stays_in_bounds() {
    let law = Law::noise(f64::INFINITY);
    assert_eq!(law.largest() >> 63, 0);
    assert!(law.at(0) <= law.at(1 << 63));
}

#[test]
fn the_rarest_draws_are_finite() {
    // 39 octaves of gaps, and 6.94 standard deviations.
    let gap = Law::exponential().largest() as f64 / ONE as f64;
    assert!((gap - 39.0 * std::f64::consts::LN_2).abs() < 1e-6, "{gap}");
    let factor = Law::noise(1.0).largest() as f64 / ONE as f64;
    assert!((libm::log(factor) - 6.944).abs() < 1e-2, "{factor}");
}

#[test]
fn what_is_no_law_says_why() {
    let wrong = |median, p95| Law::lognormal(median, p95).unwrap_err();
    for median in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(wrong(median, 10.0), LawError::MedianNotPositive);
    }
    for p95 in [9.0, -1.0, f64::NAN, f64::INFINITY] {
        assert_eq!(wrong(10.0, p95), LawError::P95BelowMedian);
    }
    assert_eq!(wrong(10.0, 1e6), LawError::TooSpread);
    assert_eq!(wrong(1e19, 1e19), LawError::TooSpread);
    assert_eq!(wrong(1e19, 1e19).to_string(), "the rarest values would be beyond all measure");
}

#[test]
fn shares_beyond_all_are_the_largest() {
    let law = Law::lognormal(100.0, 300.0).unwrap();
    assert_eq!(law.quantile(1, 1), law.largest());
    assert_eq!(law.quantile(3, 2), law.largest());
    assert_eq!(law.quantile(1, 0), law.largest());
    assert_eq!(law.quantile(0, 1), law.at(0));
    assert_eq!(law.quantile(1, 4), law.at(1 << 62));
}

proptest! {
    #[test]
    fn more_likelihood_is_never_a_smaller_value(a: u64, b: u64, sigma in 0.001..2.0) {
        let (law, gaps) = (Law::noise(sigma), Law::exponential());
        prop_assert!(law.at(a.min(b)) <= law.at(a.max(b)));
        prop_assert!(gaps.at(a.min(b)) <= gaps.at(a.max(b)));
    }

    #[test]
    fn a_lognormal_law_meets_the_percentiles_it_was_asked_for(
        median in 1.0..100_000.0, spread in 1.0..20.0
    ) {
        let p95 = median * spread;
        let law = Law::lognormal(median, p95).unwrap();
        // Half a token of rounding, and a line in place of a curve.
        let near = |found: u64, asked: f64| (found as f64 - asked).abs() <= 0.5 + asked * 1e-5;
        prop_assert!(near(law.quantile(1, 2), median), "{:?}", law);
        prop_assert!(near(law.quantile(95, 100), p95), "{:?}", law);
        prop_assert!(law.at(0) >= 1);
    }

    #[test]
    fn a_factor_scales_as_exactly_as_rounding_allows(amount: u64, factor: u64) {
        let exact = (u128::from(amount) * u128::from(factor) + (1 << 31)) >> 32;
        prop_assert_eq!(u128::from(scaled(amount, factor)), exact.min(u128::from(u64::MAX)));
    }
}
