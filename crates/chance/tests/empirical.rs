//! Laws by measured quantiles, against the recordings that they were measured from.

use chance::{Generator, Law, LawError, ONE, share};
use proptest::prelude::*;
use rand::Rng;
use rand_distr::{Distribution, LogNormal};

#[test]
fn a_recording_s_quantiles_draw_what_was_recorded() {
    const SAMPLES: usize = 20_000;
    let oracle = LogNormal::<f64>::new(7.0, 1.2).unwrap();
    let samples = oracle.sample_iter(Generator::new(11)).take(SAMPLES);
    let mut recorded: Vec<f64> = samples.map(|sample| sample.round().max(1.0)).collect();
    recorded.sort_by(f64::total_cmp);
    let knots: Vec<(u64, u64)> = shares_finer_at_the_end()
        .map(|(parts, of)| (share(parts, of), rank(&recorded, parts, of)))
        .collect();
    let law = Law::empirical(&knots).unwrap();
    let mut generator = Generator::new(12);
    let mut drawn: Vec<f64> = (0..SAMPLES).map(|_| law.at(generator.next_u64()) as f64).collect();
    drawn.sort_by(f64::total_cmp);
    // Two sets of one law are closer than this in nine hundred and ninety-nine cases of a thousand.
    let furthest = recorded
        .iter()
        .map(|value| {
            let below = |of: &[f64]| of.partition_point(|other| other <= value) as f64;
            (below(&recorded) - below(&drawn)).abs() / SAMPLES as f64
        })
        .fold(0.0, f64::max);
    assert!(furthest < 1.95 * (2.0 / SAMPLES as f64).sqrt(), "{furthest}");
    let mean = recorded.iter().sum::<f64>() / SAMPLES as f64;
    let said = law.mean() as f64 / ONE as f64;
    assert!((said / mean - 1.0).abs() < 0.01, "{said}, recorded {mean}");
}

/// Every sixty-fourth, and each half of what is left up to one in 8,192: as one straight line from
/// 63/64 to the longest, the far end of such a law would weigh twice what it does.
fn shares_finer_at_the_end() -> impl Iterator<Item = (u64, u64)> {
    let halves = (7..14).map(|power| ((1 << power) - 1, 1 << power));
    (0..64).map(|part| (part, 64)).chain(halves).chain([(1, 1)])
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "whole numbers")]
fn rank(sorted: &[f64], parts: u64, of: u64) -> u64 {
    sorted[(sorted.len() - 1) * parts as usize / of as usize] as u64
}

#[test]
fn two_quantiles_of_one_value_are_an_atom() {
    let (tenth, half, most) = (share(1, 10), share(1, 2), share(9, 10));
    let law = Law::empirical(&[(tenth, 40), (half, 900), (most, 900)]).unwrap();
    assert_eq!((law.at(0), law.at(tenth), law.at(tenth - 1)), (40, 40, 40));
    assert_eq!((law.at(half), law.at(most), law.at(u64::MAX)), (900, 900, 900));
    // 10 % of 40, 40 % of their middle, 50 % of 900.
    let mean = law.mean() as f64 / ONE as f64;
    assert!((mean - (4.0 + 188.0 + 450.0)).abs() < 1e-9, "{mean}");
}

#[test]
fn what_is_no_table_says_why() {
    let why = |quantiles: &[(u64, u64)]| Law::empirical(quantiles).unwrap_err();
    assert_eq!(why(&[]), LawError::FewKnots);
    assert_eq!(why(&[(5, 7)]), LawError::FewKnots);
    assert_eq!(why(&[(5, 7), (5, 7)]), LawError::KnotsFall);
    assert_eq!(why(&[(5, 7), (4, 7)]), LawError::KnotsFall);
    assert_eq!(why(&[(5, 7), (6, 6)]), LawError::KnotsFall);
    assert_eq!(why(&[(5, 7), (6, 1 << 63)]), LawError::TooSpread);
    assert!(Law::empirical(&[(0, 0), (u64::MAX, u64::MAX >> 1)]).is_ok());
}

#[test]
fn what_is_left_of_a_measured_gap_has_the_mean_of_the_closed_form() {
    // Evenly spread from 0 to 2: what is left of one has the mean 2/3.
    let law = Law::empirical(&[(0, 0), (u64::MAX, 2 * ONE)]).unwrap();
    let rest = law.rest().mean() as f64 / (ONE as f64 * ONE as f64);
    assert!((rest - 2.0 / 3.0).abs() < 1e-3, "{rest}");
}

prop_compose! {
    fn tables()(
        steps in prop::collection::vec((1_u64..1 << 56, 0_u64..1 << 40), 2..256),
        first in 0_u64..1 << 56,
    ) -> Vec<(u64, u64)> {
        let mut at = (first, 0);
        steps.into_iter().map(|(on, up)| {
            let knot = at;
            at = (at.0 + on, at.1 + up);
            knot
        }).collect()
    }
}

proptest! {
    #[test]
    fn a_table_is_met_where_it_was_measured_and_never_falls(
        table in tables(), a: u64, b: u64
    ) {
        let law = Law::empirical(&table).unwrap();
        for (share, value) in &table {
            prop_assert_eq!(law.at(*share), *value);
        }
        prop_assert!(law.at(a.min(b)) <= law.at(a.max(b)));
        prop_assert!(law.at(a) >= table[0].1 && law.at(a) <= table[table.len() - 1].1);
    }

    #[test]
    fn between_two_quantiles_lies_the_straight_line(table in tables(), u: u64) {
        let law = Law::empirical(&table).unwrap();
        let after = table.partition_point(|(share, _)| *share <= u);
        prop_assume!(after > 0 && after < table.len());
        let ((start, from), (end, to)) = (table[after - 1], table[after]);
        let line = from as f64 + (to - from) as f64 * ((u - start) as f64 / (end - start) as f64);
        prop_assert!((law.at(u) as f64 - line).abs() <= 0.5 + line * 1e-9);
    }

    #[test]
    fn the_mean_is_that_of_what_is_drawn(table in tables()) {
        const DRAWS: u64 = 1 << 12;
        let law = Law::empirical(&table).unwrap();
        let step = 1 << (64 - 12);
        let sum: u128 = (0..DRAWS).map(|i| u128::from(law.at(i * step + step / 2))).sum();
        let (drawn, said) = (sum as f64 / DRAWS as f64, law.mean() as f64 / ONE as f64);
        // The middle of a step is off by at most its own rise, and all rises are the range.
        let range = (law.largest() - law.at(0)) as f64;
        prop_assert!((drawn - said).abs() <= 1.0 + range / DRAWS as f64, "{drawn}, not {said}");
    }
}
