//! Families of laws, whole and within bounds, against `rand_distr` drawn again until it is within.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use chance::{Family, Generator, Law, LawError, ONE};
use proptest::prelude::*;
use rand_distr::{Distribution, Exp, LogNormal, Pareto};

const SAMPLES: usize = 20_000;

/// How far the quantiles of 20,000 samples of the oracle are from those of the law: of whole
/// numbers, of which a sample is the nearest, the furthest difference of the shares that are at most
/// so large.
fn distance(law: &Law, samples: impl Iterator<Item = f64>) -> f64 {
    let mut samples: Vec<f64> = samples.map(f64::round).take(SAMPLES).collect();
    samples.sort_by(f64::total_cmp);
    let mut most = 0.0_f64;
    for (below, pair) in samples.windows(2).enumerate() {
        // Only where a run of equal samples ends is it known how many are at most so large.
        if pair[0] < pair[1] {
            let u = (0..64).rev().fold(0_u64, |u, bit| {
                let further = u | 1 << bit;
                if law.at(further) as f64 <= pair[0] { further } else { u }
            });
            let share = u as f64 / 18_446_744_073_709_551_616.0;
            most = most.max((share - (below + 1) as f64 / SAMPLES as f64).abs());
        }
    }
    most
}

/// What nine hundred and ninety-nine of a thousand sets of samples are closer than.
fn near() -> f64 {
    1.95 / (SAMPLES as f64).sqrt()
}

/// What draws one sample.
type Oracle = Box<dyn Fn(&mut Generator) -> f64>;

/// Each family with its oracle.
fn families() -> [(Family, Oracle); 3] {
    let lognormal = LogNormal::new(libm::log(5_000.0), 0.8).unwrap();
    let exponential = Exp::new(1.0 / 5_000.0).unwrap();
    // (least ÷ x)^1.5: a half is above least × 2^⅔.
    let pareto = Pareto::new(2_000.0, 1.5).unwrap();
    let pareto_at = |above: f64| 2_000.0 * libm::pow(above, -2.0 / 3.0);
    [
        (
            Family::Lognormal {
                median: 5_000.0,
                p95: 5_000.0 * libm::exp(0.8 * 1.644_853_626_951_472_2),
            },
            Box::new(move |generator| lognormal.sample(generator)),
        ),
        (
            Family::Exponential { mean: 5_000.0 },
            Box::new(move |generator| exponential.sample(generator)),
        ),
        (
            Family::Pareto { median: pareto_at(0.5), p95: pareto_at(0.05) },
            Box::new(move |generator| pareto.sample(generator)),
        ),
    ]
}

#[test]
fn whole_laws_are_those_of_rand_distr() {
    for (family, oracle) in families() {
        let mut generator = Generator::new(7);
        let samples = core::iter::from_fn(|| Some(oracle(&mut generator)));
        let distance = distance(&family.law(None).unwrap(), samples);
        assert!(distance < near(), "{family:?}: {distance}");
    }
}

#[test]
fn within_bounds_a_law_is_what_is_drawn_again_until_it_is_within() {
    for (family, oracle) in families() {
        for (min, max) in [(4_000, 9_000), (1, 3_000), (20_000, 80_000), (4_990, 5_010)] {
            let law = family.within(min, max).unwrap();
            assert!(law.at(0) >= min && law.largest() <= max, "{law:?}");
            let mut generator = Generator::new(9);
            let within = min as f64..=max as f64;
            let drawn = core::iter::from_fn(|| Some(oracle(&mut generator).round()));
            let distance = distance(&law, drawn.filter(|drawn| within.contains(drawn)));
            assert!(distance < near(), "{family:?} within {min} to {max}: {distance}");
        }
    }
}

#[test]
fn the_oracle_notices_held_draws_for_drawn_again() {
    for (family, oracle) in families() {
        let mut generator = Generator::new(9);
        let held = core::iter::from_fn(|| Some(oracle(&mut generator).clamp(4_000.0, 9_000.0)));
        assert!(distance(&family.within(4_000, 9_000).unwrap(), held) > near(), "{family:?}");
    }
}

#[test]
fn means_are_those_of_the_closed_form() {
    let mean = |law: &Law| law.mean() as f64 / ONE as f64;
    let exponential = Family::Exponential { mean: 5_000.0 };
    assert!((mean(&exponential.law(None).unwrap()) / 5_000.0 - 1.0).abs() < 2e-5);
    // Pareto's is least × k ÷ (k - 1): with k = 1.5 thrice the least; what is rarer than 2⁻³⁸ is
    // missing from the table, (2⁻³⁸)^⅓ of the mean.
    let pareto = Family::Pareto { median: 2_000.0 * 1.587_401_052, p95: 2_000.0 * 7.368_062_997 };
    let found = mean(&pareto.law(None).unwrap());
    assert!((found / 6_000.0 - 1.0).abs() < 5e-4, "{found}");
    // Of an exponential one between a and b, in units of its mean: what is left of its area,
    // (1 + a) e⁻ᵃ - (1 + b) e⁻ᵇ, over what is left of it, e⁻ᵃ - e⁻ᵇ. Half a unit beyond the bounds
    // is still rounded into them.
    let (low, high) = (999.5 / 5_000.0, 9_000.5 / 5_000.0);
    let (a, b) = (libm::exp(-low), libm::exp(-high));
    let closed = 5_000.0 * ((1.0 + low) * a - (1.0 + high) * b) / (a - b);
    let found = mean(&exponential.within(1_000, 9_000).unwrap());
    assert!((found / closed - 1.0).abs() < 1e-5, "{found}, not {closed}");
}

#[test]
fn a_tail_of_a_law_keeps_its_shape() {
    // Beyond its 99.98th percentile an exponential law is the same law, moved.
    let mean = 1_000_000.0;
    let from = 8_500_000;
    let tail = Family::Exponential { mean }.within(from, 1 << 40).unwrap();
    let whole = Family::Exponential { mean }.law(None).unwrap();
    for parts in [1, 10, 50, 90, 99] {
        let moved = whole.quantile(parts, 100) + from;
        assert!(tail.quantile(parts, 100).abs_diff(moved) < 500, "{parts} %");
    }
}

#[test]
fn what_leaves_too_little_is_refused() {
    for (family, _) in families() {
        assert_eq!(family.within(90_000_000, 100_000_000), Err(LawError::LittleLeft));
        assert_eq!(family.within(6_000, 5_000), Err(LawError::LittleLeft));
    }
    assert_eq!(Family::Exponential { mean: 1e9 }.within(1, 1_000), Err(LawError::LittleLeft));
    let never = Family::Pareto { median: 100.0, p95: 400.0 }.within(1, 20);
    assert_eq!(never, Err(LawError::LittleLeft), "the least is 50");
}

#[test]
fn a_tail_without_a_mean_must_be_held() {
    let heavy = Family::Pareto { median: 20.0, p95: 200.0 };
    assert_eq!(heavy.law(None), Err(LawError::NoMean));
    assert_eq!(heavy.law(Some(5_000)).unwrap().quantile(95, 100), 200);
    assert!(Family::Pareto { median: 20.0, p95: 199.0 }.law(None).is_ok());
    // The table is bounded, and what it cannot tell is held anyway.
    let worst = Family::Pareto { median: 1.0, p95: 1e6 }.law(Some(1_000)).unwrap();
    assert!(worst.quantile(60, 100) < worst.quantile(95, 100));
    assert!(worst.quantile(95, 100).abs_diff(1_000_000) < 100);
}

#[test]
fn times_in_nanoseconds_are_drawn_by_the_same_laws() {
    let second = 1e9;
    let law = Family::Lognormal { median: 20.0 * second, p95: 60.0 * second }.law(None).unwrap();
    assert!(law.quantile(1, 2).abs_diff(20_000_000_000) < 1_000_000);
    assert!(law.quantile(95, 100).abs_diff(60_000_000_000) < 1_000_000);
    // So wide that no bits of a fraction are left.
    let law = Family::Lognormal { median: second, p95: 100.0 * second }.law(None).unwrap();
    assert!(law.quantile(95, 100).abs_diff(100_000_000_000) < 10_000_000);
    assert!(law.largest() > 1 << 47);
}

#[test]
fn figures_of_no_law_are_refused() {
    for wrong in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let law = Family::Exponential { mean: wrong }.law(None);
        assert_eq!(law, Err(LawError::MeanNotPositive));
        let law = Family::Pareto { median: wrong, p95: 10.0 }.law(None);
        assert_eq!(law, Err(LawError::MedianNotPositive));
    }
    assert_eq!(Family::Pareto { median: 10.0, p95: 9.0 }.law(None), Err(LawError::P95BelowMedian));
    assert_eq!(Family::Exponential { mean: 1e18 }.law(None), Err(LawError::TooSpread));
    assert!(Family::Exponential { mean: 1e18 }.law(Some(1_000)).is_ok());
    assert_eq!(Family::Exponential { mean: 1e18 }.within(1, u64::MAX), Err(LawError::TooSpread));
}

proptest! {
    // Each case compiles a law.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn percentiles_are_met(median in 1.0..100_000.0, spread in 1.01..9.9) {
        let p95 = median * spread;
        let near = |found: u64, asked: f64| (found as f64 - asked).abs() <= 0.5 + asked * 1e-4;
        let law = Family::Pareto { median, p95 }.law(None).unwrap();
        prop_assert!(near(law.quantile(1, 2), median.max(1.0)), "{:?}", law);
        prop_assert!(near(law.quantile(95, 100), p95), "{:?}", law);
        prop_assert!(law.at(0) >= 1);
    }

    #[test]
    fn nothing_leaves_its_bounds(
        mean in 1.0..1e6, min in 1_u64..100_000, width in 0_u64..100_000, u: u64
    ) {
        if let Ok(law) = (Family::Exponential { mean }).within(min, min + width) {
            prop_assert!((min..=min + width).contains(&law.at(u)));
            prop_assert!((min..=min + width).contains(&law.largest()));
        }
    }
}
