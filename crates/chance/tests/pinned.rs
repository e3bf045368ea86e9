//! Draws and tables, pinned: every recorded result hangs on them. If one of these moves, all
//! results move, and that must be meant.

use chance::{Copula, Family, Generator, Law, Purpose, Seed, share, split};
use rand::Rng;

#[test]
fn raw_draws_stay_what_they_were() {
    let (seed, high) = (Seed(1), Seed(u64::MAX));
    assert_eq!(seed.draw(Purpose::Gap, 0, 0), 0xffa6_f3fa_2555_cd30);
    assert_eq!(seed.draw(Purpose::Gap, 0, 1), 0xf696_710d_801a_81e0);
    assert_eq!(seed.draw(Purpose::Gap, 1, 0), 0xa2e1_d0c5_fdfd_2709);
    assert_eq!(seed.draw(Purpose::Prompt, 0, 0), 0xe872_9562_7f23_c5f8);
    assert_eq!(seed.replication(1).draw(Purpose::Gap, 0, 0), 0xe44e_7826_2d7d_ee07);
    assert_eq!(Seed(0).draw(Purpose::Gap, 0, 0), 0x07a3_2e01_580f_bba0);
    assert_eq!(high.draw(Purpose::Replica, u32::MAX, u64::MAX), 0x5c3a_53db_6bb7_92c1);
    assert_eq!(seed.draw_attempt(Purpose::Jitter, 0, 0, 0), 0xd91b_c300_d01b_18be);
    assert_eq!(seed.draw_attempt(Purpose::Jitter, 0, 0, 1), 0x1d0e_423c_b9c8_ddba);
    assert_eq!(
        high.draw_attempt(Purpose::Jitter, u32::MAX, u64::MAX, u32::MAX),
        0x204d_0a90_8b2a_56a2
    );
    assert_eq!(split(0, Purpose::FirstToken), 0x6e7e_b693_6996_ffa3);
    assert_eq!(split(u64::MAX, Purpose::Speed), 0x6551_df74_ccbf_7985);
    assert_eq!(seed.generator(Purpose::Fate, 0).next_u64(), 0xf85c_66e5_f5c6_e9e0);
}

#[test]
fn laws_draw_what_they_drew() {
    let likelihoods = [0, 1 << 30, 1 << 50, 1 << 62, 1 << 63, 3 << 62, !(1 << 50), u64::MAX];
    let drawn = |law: &Law| likelihoods.map(|u| law.at(u));
    assert_eq!(
        drawn(&Law::exponential()),
        [
            0,
            0,
            262_152,
            1_235_585_093,
            2_977_044_472,
            5_954_088_944,
            41_678_622_605,
            116_104_734_401
        ]
    );
    assert_eq!(
        drawn(&Law::noise(0.5)),
        [
            132_941_774,
            171_268_407,
            629_064_552,
            3_065_464_372,
            4_294_967_296,
            6_017_601_849,
            29_324_087_689,
            138_758_070_254
        ]
    );
    assert_eq!(
        drawn(&Law::lognormal(1020.0, 2735.0).unwrap()),
        [16, 21, 102, 681, 1_020, 1_528, 10_212, 65_870]
    );
}

#[test]
fn means_stay_what_they_were() {
    assert_eq!(Law::exponential().mean(), 18_446_752_776_804_062_673);
    assert_eq!(Law::noise(0.5).mean(), 20_902_904_389_106_735_804);
    assert_eq!(Law::lognormal(1020.0, 2735.0).unwrap().mean(), 5_243_735_805_458);
}

#[test]
fn draws_that_go_with_others_stay_what_they_were() {
    let drawn = |rho: f64| {
        let copula = Copula::of_ranks(rho).unwrap();
        [(1 << 63, 1 << 63), (1 << 60, 1 << 40), (u64::MAX, 1 << 62), (3 << 62, 5 << 60)]
            .map(|(other, own)| copula.draw(other, own))
    };
    assert_eq!(
        drawn(0.5),
        [
            9_223_372_036_854_775_807,
            934_895_508_666,
            18_423_490_050_203_095_380,
            8_715_585_283_906_236_951
        ]
    );
    assert_eq!(
        drawn(-0.9),
        [
            9_223_372_036_854_775_807,
            3_772_711_757_327_981_804,
            395_926_372,
            3_816_626_338_248_490_252
        ]
    );
}

/// A hash of a law's value at every node of its table, and at as many places in between.
fn hash(law: &Law) -> u64 {
    let ends = (20..58).flat_map(|bit| (64_u64..128).map(move |part| part << (bit - 6)));
    let nodes = (0..4096).map(|step| step << 52).chain(ends.flat_map(|at| [at, !at]));
    let mut between = Generator::new(0);
    let places: Vec<u64> = nodes.flat_map(|node| [node, between.next_u64()]).collect();
    // FNV-1a, by words.
    places.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, place| {
        (hash ^ law.at(*place)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[test]
fn tables_hold_what_they_held() {
    let laws = [
        Law::exponential(),
        Law::noise(0.15),
        Law::noise(0.5),
        Law::lognormal(1020.0, 2735.0).unwrap(),
        Law::lognormal(129.0, 424.0).unwrap(),
        Law::gamma_gaps(3.4).unwrap(),
        Law::gamma_gaps(3.4).unwrap().rest(),
        Law::weibull_gaps(2.0).unwrap(),
        Law::gamma_gaps(0.5).unwrap(),
        Family::Exponential { mean: 200.0 }.law(None).unwrap(),
        Family::Pareto { median: 100.0, p95: 500.0 }.law(None).unwrap(),
        Family::Lognormal { median: 900.0, p95: 3000.0 }.within(100, 8_000).unwrap(),
        Law::empirical(&[(share(1, 10), 40), (share(1, 2), 900), (share(99, 100), 6_000)]).unwrap(),
    ];
    assert_eq!(
        laws.map(|law| hash(&law)),
        [
            12_713_789_353_019_176_500,
            8_083_222_522_037_902_766,
            8_843_639_546_407_275_580,
            7_694_435_913_223_441_082,
            12_369_023_328_326_690_517,
            5_660_615_231_703_682_309,
            1_035_977_278_087_503_709,
            5_509_993_010_645_806_060,
            15_154_176_666_174_016_680,
            4_903_606_258_675_929_135,
            2_640_609_510_357_356_434,
            16_550_618_534_347_027_495,
            9_954_929_448_276_606_934
        ]
    );
}
