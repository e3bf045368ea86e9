//! Draws look independent wherever their addresses differ, however little.

use std::collections::BTreeSet;

use chance::{Generator, Purpose, Seed, split, uniform_below};
use proptest::prelude::*;
use rand::{Rng, SeedableRng};

/// An address of a draw, as numbers whose bits can be flipped.
#[derive(Copy, Clone)]
struct Address {
    seed: u64,
    group: u32,
    job: u64,
    attempt: u32,
}

impl Address {
    fn draw(self) -> u64 {
        Seed(self.seed).draw_attempt(Purpose::Jitter, self.group, self.job, self.attempt)
    }

    /// One of its 64 + 32 + 64 + 32 bits the other way round.
    fn flipped(mut self, bit: u32) -> Self {
        match bit {
            0..64 => self.seed ^= 1 << bit,
            64..96 => self.group ^= 1 << (bit - 64),
            96..160 => self.job ^= 1 << (bit - 96),
            _ => self.attempt ^= 1 << (bit - 160),
        }
        self
    }
}

#[test]
fn every_bit_of_an_address_moves_every_bit_of_the_draw_half_of_the_time() {
    const SAMPLES: u32 = 2_000;
    for bit in 0..192 {
        let mut moved = [0_u32; 64];
        for sample in 0..SAMPLES {
            // Plain counters: the weakest addresses there are, and the ones in use.
            let address =
                Address { seed: 1, group: 0, job: u64::from(sample), attempt: sample % 3 };
            let difference = address.draw() ^ address.flipped(bit).draw();
            for (position, count) in moved.iter_mut().enumerate() {
                *count += u32::from(difference >> position & 1 == 1);
            }
        }
        // Five standard deviations and a half of 2,000 coins.
        let off = |count: u32| count.abs_diff(SAMPLES / 2);
        assert!(moved.iter().all(|count| off(*count) < 123), "input bit {bit}: {moved:?}");
    }
}

/// Chi-squared of pairs on a board of 16 by 16, 255 degrees of freedom.
fn chi_squared(pairs: impl Iterator<Item = (u64, u64)>) -> f64 {
    let mut board = [[0_u32; 16]; 16];
    let mut count = 0_u32;
    let of_16 = |draw: u64| (draw >> 60) as usize;
    for (a, b) in pairs {
        board[of_16(a)][of_16(b)] += 1;
        count += 1;
    }
    let expected = f64::from(count) / 256.0;
    board
        .as_flattened()
        .iter()
        .map(|n| (f64::from(*n) - expected) * (f64::from(*n) - expected) / expected)
        .sum()
}

type Pair<'a> = &'a dyn Fn(u64) -> (u64, u64);

#[test]
fn neighbours_know_nothing_of_each_other() {
    const JOBS: u64 = 50_000;
    let seed = Seed(1);
    let draw = |job| seed.draw(Purpose::Prompt, 0, job);
    let attempt = |job, n| seed.draw_attempt(Purpose::Jitter, 0, job, n);
    let cases: [(&str, Pair<'_>); 9] = [
        ("jobs", &|job| (draw(job), draw(job + 1))),
        ("every other job", &|job| (draw(job), draw(job + 2))),
        ("attempts", &|job| (attempt(job, 0), attempt(job, 1))),
        ("a job and its attempt", &|job| (seed.draw(Purpose::Jitter, 0, job), attempt(job, 0))),
        ("purposes", &|job| (draw(job), seed.draw(Purpose::Answer, 0, job))),
        ("groups", &|job| (draw(job), seed.draw(Purpose::Prompt, 1, job))),
        ("seeds", &|job| (draw(job), Seed(2).draw(Purpose::Prompt, 0, job))),
        ("a job's own bits, split", &|job| {
            (split(draw(job), Purpose::FirstToken), split(draw(job), Purpose::Speed))
        }),
        ("a job's own bits and one part", &|job| (draw(job), split(draw(job), Purpose::Speed))),
    ];
    for (name, pair) in cases {
        let chi_squared = chi_squared((0..JOBS).map(pair));
        // Mean 255, standard deviation 22.6: within five of them, on either side.
        assert!((142.0..368.0).contains(&chi_squared), "{name}: {chi_squared}");
    }
}

#[test]
fn no_two_addresses_share_a_draw() {
    let mut seen = BTreeSet::new();
    let mut drawn = 0;
    for purpose in Purpose::ALL {
        for group in 0..4 {
            for job in 0..500 {
                let own = Seed(1).draw(purpose, group, job);
                seen.extend([own, Seed(2).draw(purpose, group, job)]);
                seen.extend((0..3).map(|n| Seed(1).draw_attempt(purpose, group, job, n)));
                seen.extend(Purpose::ALL.map(|part| split(own, part)));
                drawn += 2 + 3 + Purpose::ALL.len();
            }
        }
    }
    assert_eq!(seen.len(), drawn);
}

#[test]
fn replications_are_the_seeds_that_follow() {
    assert_eq!(Seed(40).replication(0), Seed(40));
    assert_eq!(Seed(40).replication(2), Seed(42));
    assert_eq!(Seed(u64::MAX).replication(1), Seed(0));
}

#[test]
fn purposes_keep_their_numbers() {
    assert!(Purpose::ALL.iter().map(|purpose| *purpose as u64).eq(1..=15));
}

#[test]
fn the_generator_is_splitmix64() {
    let mut generator = Generator::seed_from_u64(1_234_567);
    // The first five of the reference implementation in C (Vigna, 2015) from this state.
    for known in [
        6_457_827_717_110_365_317,
        3_203_168_211_198_807_973,
        9_817_491_932_198_370_423,
        4_593_380_528_125_082_431,
        16_408_922_859_458_223_821,
    ] {
        assert_eq!(generator.next_u64(), known);
    }
}

#[test]
fn the_generator_gives_the_same_bits_in_every_form() {
    let start = Generator::from_seed(7_u64.to_le_bytes());
    let words: Vec<u64> = (0..2).scan(start.clone(), |it, _| Some(it.next_u64())).collect();
    let mut bytes = [0; 12];
    start.clone().fill_bytes(&mut bytes);
    assert_eq!(bytes[..8], words[0].to_le_bytes());
    assert_eq!(bytes[8..], words[1].to_le_bytes()[..4]);
    assert_eq!(u64::from(start.clone().next_u32()), words[0] >> 32);
}

#[test]
fn a_sequence_is_none_of_the_draws_beside_it() {
    let mut sequence = Seed(1).generator(Purpose::Gap, 0);
    let draws: BTreeSet<u64> = (0..2_000).map(|job| Seed(1).draw(Purpose::Gap, 0, job)).collect();
    assert!((0..2_000).all(|_| !draws.contains(&sequence.next_u64())));
    assert_ne!(Seed(1).generator(Purpose::Gap, 0), Seed(1).generator(Purpose::Gap, 1));
}

#[test]
fn every_face_of_a_die_is_as_likely() {
    let mut faces = [0_u32; 6];
    for job in 0..60_000 {
        let face = uniform_below(Seed(1).draw(Purpose::Replica, 0, job), 6);
        faces[usize::try_from(face).unwrap()] += 1;
    }
    // Five standard deviations of 60,000 throws.
    assert!(faces.iter().all(|count| count.abs_diff(10_000) < 457), "{faces:?}");
}

proptest! {
    #[test]
    fn a_number_below_a_bound_is_the_share_of_it(draw: u64, bound: u64) {
        let share = uniform_below(draw, bound);
        prop_assert!(bound == 0 && share == 0 || share < bound);
        let exact = u128::from(draw) * u128::from(bound);
        prop_assert!(u128::from(share) << 64 <= exact && exact < (u128::from(share) + 1) << 64);
    }

    #[test]
    fn a_stream_draws_what_its_seed_draws(seed: u64, group: u32, job: u64, attempt: u32) {
        for purpose in Purpose::ALL {
            let (seed, stream) = (Seed(seed), Seed(seed).stream(purpose, group));
            prop_assert_eq!(stream.draw(job), seed.draw(purpose, group, job));
            prop_assert_eq!(
                stream.draw_attempt(job, attempt),
                seed.draw_attempt(purpose, group, job, attempt)
            );
        }
    }
}
