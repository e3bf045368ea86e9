//! Draws that go with others: what is measured of their ranks, and what becomes of their laws.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use chance::{Copula, LawError, Purpose, Seed};
use proptest::prelude::*;

const JOBS: usize = 100_000;

/// The draws of 100,000 jobs, each with the one that goes with it.
fn pairs(rho: f64) -> Vec<(u64, u64)> {
    let copula = Copula::of_ranks(rho).unwrap();
    let (others, own) = (Seed(5).stream(Purpose::Prompt, 0), Seed(5).stream(Purpose::Answer, 0));
    (0..JOBS as u64)
        .map(|job| (others.draw(job), copula.draw(others.draw(job), own.draw(job))))
        .collect()
}

/// The place of each among all, in the order of size.
fn ranks(values: &[u64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by_key(|index| values[*index]);
    let mut ranks = vec![0; values.len()];
    for (rank, index) in order.into_iter().enumerate() {
        ranks[index] = rank;
    }
    ranks
}

/// Spearman's ρ: 1 - 6 Σd² ÷ (n³ - n).
fn spearman(pairs: &[(u64, u64)]) -> f64 {
    let (first, second): (Vec<u64>, Vec<u64>) = pairs.iter().copied().unzip();
    let differences = ranks(&first).into_iter().zip(ranks(&second));
    let sum: f64 = differences.map(|(a, b)| (a as f64 - b as f64) * (a as f64 - b as f64)).sum();
    let n = pairs.len() as f64;
    1.0 - 6.0 * sum / (n * n * n - n)
}

#[test]
fn ranks_are_correlated_as_they_are_asked_to_be() {
    for rho in [-1.0, -0.9, -0.5, -0.3, 0.0, 0.1, 0.5, 0.8, 0.95, 1.0] {
        let found = spearman(&pairs(rho));
        // Three standard errors of 100,000 pairs, which are at most 1 ÷ √100,000 each.
        assert!((found - rho).abs() < 0.01 * (1.0 - rho * rho) + 1e-9, "{found}, not {rho}");
    }
}

#[test]
fn what_is_drawn_stays_uniform() {
    for rho in [-1.0, -0.9, -0.3, 0.5, 0.95, 1.0] {
        let mut drawn: Vec<u64> = pairs(rho).into_iter().map(|(_, draw)| draw).collect();
        drawn.sort_unstable();
        let furthest = drawn.iter().enumerate().fold(0.0_f64, |most, (below, draw)| {
            let share = *draw as f64 / 18_446_744_073_709_551_616.0;
            let (below, after) = (below as f64 / JOBS as f64, (below + 1) as f64 / JOBS as f64);
            most.max((share - below).abs()).max((after - share).abs())
        });
        // As close as nine hundred and ninety-nine of a thousand uniform sets.
        assert!(furthest < 1.95 / (JOBS as f64).sqrt(), "{rho}: {furthest}");
    }
}

#[test]
fn far_ends_are_as_rare_as_they_were() {
    let copula = Copula::of_ranks(0.5).unwrap();
    let own = Seed(6).stream(Purpose::Answer, 0);
    let others = Seed(6).stream(Purpose::Prompt, 0);
    let count = 2_000_000;
    let beyond = |limit: u64| {
        (0..count).filter(|job| copula.draw(others.draw(*job), own.draw(*job)) > limit).count()
    };
    // One in a thousand, give or take four standard deviations.
    let found = beyond(u64::MAX - u64::MAX / 1_000);
    assert!(found.abs_diff(2_000) < 180, "{found}");
}

#[test]
fn all_or_nothing_of_the_other_is_the_other_itself() {
    let (together, opposite) = (Copula::of_ranks(1.0).unwrap(), Copula::of_ranks(-1.0).unwrap());
    for bits in 30..64 {
        for other in [1_u64 << bits, (3 << bits) >> 1, !(1 << bits)] {
            let end = other.min(!other);
            let near = end / 5_000 + 4_096;
            assert!(together.draw(other, 77).abs_diff(other) <= near, "{other:#x}");
            assert!(opposite.draw(other, 77).abs_diff(!other) <= near, "{other:#x}");
        }
    }
}

#[test]
fn what_is_no_correlation_is_refused() {
    for wrong in [-1.000_001, 1.000_001, f64::NAN, f64::INFINITY] {
        assert_eq!(Copula::of_ranks(wrong).unwrap_err(), LawError::CorrelationOutOfRange);
    }
}

proptest! {
    #[test]
    fn a_draw_rises_with_its_own_bits_and_goes_the_way_of_the_other(
        rho in 0.01..0.99, other: u64, own: u64, more: u64
    ) {
        let (with, against) = (Copula::of_ranks(rho).unwrap(), Copula::of_ranks(-rho).unwrap());
        let (less, more) = (own.min(more), own.max(more));
        prop_assert!(with.draw(other, less) <= with.draw(other, more));
        prop_assert!(against.draw(other, less) <= against.draw(other, more));
        prop_assert!(with.draw(less, other) <= with.draw(more, other));
        prop_assert!(against.draw(less, other) >= against.draw(more, other));
    }
}
