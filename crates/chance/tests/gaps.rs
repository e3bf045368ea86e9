//! Gaps between jobs: against `rand_distr`, and against what their variation says of them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use chance::{Generator, Law, LawError, ONE, Purpose, Seed};
use rand_distr::{Distribution, Gamma, Weibull};

const VARIATIONS: [f64; 10] = [0.1, 0.3, 0.5, 0.9, 1.1, 1.5, 2.0, 3.4, 8.0, 20.0];

/// Mean and coefficient of variation of a law, in units of one.
fn moments(law: &Law) -> (f64, f64) {
    // Straight lines between so many quantiles, most of them where they grow quickly.
    let mut nodes: Vec<u64> = vec![0];
    nodes.extend(
        (26..63).flat_map(|bit| (0..256).map(move |part| (1 << bit) + (part << (bit - 8)))),
    );
    nodes.extend((64..448).map(|part| part << 55));
    nodes.extend(
        (26..63)
            .rev()
            .flat_map(|bit| (0..256).rev().map(move |part| !((1 << bit) + (part << (bit - 8))))),
    );
    nodes.push(u64::MAX);
    nodes.sort_unstable();
    let value = |u: u64| law.at(u) as f64 / ONE as f64;
    let (mut first, mut second) = (0.0, 0.0);
    for pair in nodes.windows(2) {
        let width = (pair[1] - pair[0]) as f64 / 18_446_744_073_709_551_616.0;
        let (a, b) = (value(pair[0]), value(pair[1]));
        first += width * f64::midpoint(a, b);
        second += width * (a * a + a * b + b * b) / 3.0;
    }
    (first, (second / (first * first) - 1.0).sqrt())
}

fn both(cv: f64) -> [Law; 2] {
    [Law::gamma_gaps(cv).unwrap(), Law::weibull_gaps(cv).unwrap()]
}

#[test]
fn gaps_have_the_mean_of_one_and_the_variation_asked_for() {
    for cv in VARIATIONS {
        for law in both(cv) {
            assert!((law.mean() as f64 / (ONE as f64 * ONE as f64) - 1.0).abs() < 1e-6, "{cv}");
            let (mean, found) = moments(&law);
            assert!((mean - 1.0).abs() < 2e-4, "{cv}: {mean}");
            assert!((found / cv - 1.0).abs() < 1e-3, "{cv}: {found}");
        }
    }
}

/// Kolmogorov and Smirnov: √n times the distance stays below 1.95 in 999 of 1,000 sets.
fn agrees(law: &Law, oracle: &impl Distribution<f64>) {
    const SAMPLES: usize = 20_000;
    let generator = Generator::new(2_025);
    let mut samples: Vec<f64> = oracle.sample_iter(generator).take(SAMPLES).collect();
    samples.sort_by(f64::total_cmp);
    let below = |sample: f64| {
        let u = (0..64).rev().fold(0_u64, |u, bit| {
            let further = u | 1 << bit;
            // Gaps below half a unit are drawn as none at all.
            if law.at(further) as f64 <= (sample * ONE as f64).round() { further } else { u }
        });
        u as f64 / 18_446_744_073_709_551_616.0
    };
    let count = SAMPLES as f64;
    let steps = samples.iter().enumerate().filter(|(_, sample)| **sample * ONE as f64 >= 1.0);
    let distance = steps
        .map(|(index, sample)| {
            let (index, expected) = (index as f64, below(*sample));
            (expected - index / count).max((index + 1.0) / count - expected)
        })
        .fold(0.0, f64::max);
    assert!(distance * count.sqrt() < 1.95, "{law:?}: {distance}");
}

#[test]
fn gamma_gaps_are_those_of_rand_distr() {
    for cv in VARIATIONS {
        let square = cv * cv;
        agrees(&Law::gamma_gaps(cv).unwrap(), &Gamma::new(1.0 / square, square).unwrap());
    }
}

/// The shapes are those of a published table (1/k = 2 has a variation of √5, k = 2 is Rayleigh's).
#[test]
fn weibull_gaps_are_those_of_rand_distr() {
    let rayleigh = (4.0 / std::f64::consts::PI - 1.0_f64).sqrt();
    for (cv, shape) in [(5.0_f64.sqrt(), 0.5), (rayleigh, 2.0), (19.0_f64.sqrt(), 1.0 / 3.0)] {
        let scale = 1.0 / libm::tgamma(1.0 + 1.0 / shape);
        agrees(&Law::weibull_gaps(cv).unwrap(), &Weibull::new(scale, shape).unwrap());
    }
}

#[test]
fn the_oracle_notices_another_variation() {
    let found = std::panic::catch_unwind(|| {
        agrees(&Law::gamma_gaps(2.0).unwrap(), &Gamma::new(1.0 / 4.4, 4.4).unwrap());
    });
    assert!(found.is_err());
}

#[test]
fn a_variation_of_one_is_exponential() {
    assert_eq!(both(1.0), [Law::exponential(), Law::exponential()]);
}

#[test]
fn the_shapes_of_a_variation_near_one_are_nearly_exponential() {
    for law in both(1.000_001) {
        for parts in 1..1_000 {
            let exact = Law::exponential().quantile(parts, 1_000);
            assert!(law.quantile(parts, 1_000).abs_diff(exact) < exact / 10_000, "{parts}");
        }
    }
}

#[test]
fn variations_out_of_hand_are_refused() {
    for cv in [0.0, -1.0, 0.099, 20.001, f64::NAN, f64::INFINITY] {
        assert_eq!(Law::gamma_gaps(cv), Err(LawError::CvOutOfRange));
        assert_eq!(Law::weibull_gaps(cv), Err(LawError::CvOutOfRange));
    }
    let words = LawError::CvOutOfRange.to_string();
    assert_eq!(words, "the coefficient of variation must be between 0.1 and 20");
}

/// The mean of what is left is the mean square over twice the mean.
#[test]
fn what_is_left_of_a_gap_grows_with_its_variation() {
    for cv in VARIATIONS {
        for law in both(cv) {
            let (_, drawn) = moments(&law);
            let rest = law.rest().mean() as f64 / (ONE as f64 * ONE as f64);
            assert!(
                (rest / (f64::midpoint(1.0, drawn * drawn)) - 1.0).abs() < 5e-4,
                "{cv}: {rest}"
            );
        }
    }
}

#[test]
fn what_is_left_of_gaps_without_memory_is_a_whole_gap() {
    let (whole, rest) = (Law::exponential(), Law::exponential().rest());
    for parts in 1..10_000 {
        let exact = whole.quantile(parts, 10_000);
        let tolerance = exact / 5_000 + ONE / 1_000_000;
        assert!(rest.quantile(parts, 10_000).abs_diff(exact) < tolerance, "{parts}");
    }
    assert_eq!(Law::fixed(0).rest().largest(), 0);
}

/// The sum over a run of jobs drawn as they will be: begun with a rest, a process of any variation
/// keeps its rate from the first moment on.
#[test]
fn a_process_that_began_long_ago_offers_what_its_rate_says() {
    for cv in [0.3, 2.0, 3.4] {
        for law in both(cv) {
            let rest = law.rest();
            let (seeds, length) = (4_000_u64, 40 * u128::from(ONE));
            let counts: Vec<f64> = (0..seeds)
                .map(|seed| {
                    let draws = Seed(seed * 7_919).stream(Purpose::Gap, 0);
                    let mut at = u128::from(rest.at(draws.draw(0)));
                    let mut jobs = 0;
                    while at < length {
                        jobs += 1;
                        at += u128::from(law.at(draws.draw(jobs)));
                    }
                    jobs as f64
                })
                .collect();
            let count = seeds as f64;
            let mean = counts.iter().sum::<f64>() / count;
            let squares: f64 = counts.iter().map(|one| (one - mean) * (one - mean)).sum();
            let error = (squares / (count - 1.0) / count).sqrt();
            assert!((mean - 40.0).abs() < 3.9 * error, "{cv}: {mean} ± {error}");
        }
    }
}
