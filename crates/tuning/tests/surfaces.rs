//! The search on surfaces whose best is known beforehand.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use chance::{Purpose, Seed, uniform_below};
use proptest::prelude::*;
use tuning::{Came, Found, Plan, Setting, Surface, search};

/// Two parameters. The goal is met better the closer a setting is to `meets`, the cost grows with
/// the distance from `cheap`, and every seed adds the same luck to all settings and a little of its
/// own to each.
#[derive(Debug)]
struct Hill {
    sizes: (usize, usize),
    meets: (usize, usize),
    /// How far from there the goal is still met.
    reach: f64,
    cheap: (usize, usize),
    /// Of the luck that differs from setting to setting.
    noise: f64,
}

fn away(setting: &Setting, from: (usize, usize)) -> f64 {
    let of = |place: usize, from: usize| setting.0[place].abs_diff(from) as f64;
    of(0, from.0) + of(1, from.1)
}

/// Uniform in -1 to 1.
fn luck(seed: u64, of: u64) -> f64 {
    let draw = Seed(seed).stream(Purpose::Jitter, 0).draw(of);
    uniform_below(draw, 2_000_001) as f64 / 1e6 - 1.0
}

impl Surface for Hill {
    type World = Came;
    type Fault = ();

    fn sizes(&self) -> Vec<usize> {
        vec![self.sizes.0, self.sizes.1]
    }

    fn start(&self) -> Setting {
        Setting(vec![0, 0])
    }

    fn is_sound(&self, _: &Setting) -> bool {
        true
    }

    fn world(&self, setting: &Setting, seed: u32) -> Result<Came, ()> {
        let identity = (setting.0[0] * 1_000 + setting.0[1]) as u64;
        let own = self.noise * luck(seed.into(), identity + 1);
        let margin = (self.reach - away(setting, self.meets)) / 10.0 + own;
        let common = 0.3 * luck(seed.into(), 0);
        let cost = 1.0 + 0.1 * away(setting, self.cheap) + common + own / 10.0;
        Ok(Came { margin: Some(margin), cost, values: vec![Some(margin)] })
    }

    fn judge(&self, worlds: &[&Came]) -> Came {
        let n = worlds.len() as f64;
        let margin = worlds.iter().filter_map(|came| came.margin).sum::<f64>() / n;
        let cost = worlds.iter().map(|came| came.cost).sum::<f64>() / n;
        Came { margin: Some(margin), cost, values: vec![Some(margin)] }
    }
}

fn hill() -> impl Strategy<Value = Hill> {
    ((4_usize..12, 4_usize..12), (0.0..0.02), any::<(u8, u8, u8, u8)>(), 1_u8..4).prop_map(
        |(sizes, noise, (a, b, c, d), reach)| {
            let within = |one: u8, of: usize| usize::from(one) % of;
            Hill {
                sizes,
                meets: (within(a, sizes.0), within(b, sizes.1)),
                reach: f64::from(reach) + 0.5,
                cheap: (within(c, sizes.0), within(d, sizes.1)),
                noise,
            }
        },
    )
}

const PLAN: Plan = Plan { budget: 1_500, first: 900, seeds: 16, seed: 1 };

fn found(hill: &Hill, plan: Plan) -> Found {
    search(hill, plan).unwrap().unwrap()
}

/// What a setting costs without any luck, where it meets the goal.
fn true_cost(hill: &Hill, setting: &Setting) -> Option<f64> {
    (away(setting, hill.meets) <= hill.reach).then(|| 1.0 + 0.1 * away(setting, hill.cheap))
}

fn least_cost(hill: &Hill) -> f64 {
    let places = (0..hill.sizes.0).flat_map(|a| (0..hill.sizes.1).map(move |b| vec![a, b]));
    places.filter_map(|at| true_cost(hill, &Setting(at))).fold(f64::INFINITY, f64::min)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_cheapest_that_meets_the_goal_is_among_those_not_told_from_the_best(hill in hill()) {
        let found = found(&hill, PLAN);
        let best = found.flat().iter().filter_map(|tried| true_cost(&hill, &tried.setting))
            .fold(f64::INFINITY, f64::min);
        prop_assert!(best <= least_cost(&hill) + 1e-9, "{best} for {}", least_cost(&hill));
    }

    #[test]
    fn what_is_chosen_truly_meets_the_goal_where_anything_does(hill in hill()) {
        let found = found(&hill, PLAN);
        let best = &found.tried[0];
        prop_assert!(best.is_clear());
        prop_assert!(true_cost(&hill, &best.setting).is_some(), "{best:?}");
    }

    #[test]
    fn a_search_spends_no_more_than_its_budget(hill in hill(), budget in 4_u32..400, seeds in 1_u32..20) {
        let plan = Plan::within(budget, seeds, 3);
        if let Some(found) = search(&hill, plan).unwrap() {
            prop_assert!(found.worlds <= budget);
            prop_assert!(found.tried.iter().all(|tried| tried.each.len() <= seeds as usize));
        }
    }

    #[test]
    fn where_nothing_meets_the_goal_the_closest_is_found(hill in hill()) {
        let hill = Hill { reach: -5.0, noise: 0.0, ..hill };
        let found = found(&hill, PLAN);
        prop_assert_eq!(&found.tried[0].setting.0, &vec![hill.meets.0, hill.meets.1]);
    }
}

#[test]
fn more_threads_change_nothing() {
    let hill = Hill { sizes: (9, 7), meets: (6, 2), reach: 2.5, cheap: (1, 6), noise: 0.01 };
    let alone = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| found(&hill, PLAN))
    };
    assert_eq!(alone(1), alone(4));
}

/// The same everywhere, and one begins in the middle.
struct Even(Hill);
impl Surface for Even {
    type World = Came;
    type Fault = ();
    fn sizes(&self) -> Vec<usize> {
        self.0.sizes()
    }
    fn start(&self) -> Setting {
        Setting(vec![2, 3])
    }
    fn is_sound(&self, _: &Setting) -> bool {
        true
    }
    fn world(&self, _: &Setting, seed: u32) -> Result<Came, ()> {
        self.0.world(&Setting(vec![0, 0]), seed)
    }
    fn judge(&self, worlds: &[&Came]) -> Came {
        self.0.judge(worlds)
    }
}

#[test]
fn where_nothing_matters_the_start_is_kept_and_each_of_its_values_was_tried() {
    let even = Hill { sizes: (5, 6), meets: (0, 0), reach: 99.0, cheap: (0, 0), noise: 0.0 };
    let even = Even(even);
    let plan = Plan::enough(&even.sizes(), 8, 1);
    let found = search(&even, plan).unwrap().unwrap();
    assert_eq!(found.tried[0].setting, Setting(vec![2, 3]));
    assert!(found.is_finished && found.worlds <= plan.budget);
    assert_eq!(found.flat().len(), found.tried.len());
}

#[test]
fn what_is_said_to_be_the_least_budget_is_the_least() {
    let hill = Hill { sizes: (9, 7), meets: (6, 2), reach: 2.5, cheap: (1, 6), noise: 0.01 };
    for seeds in [1, 2, 3, 16] {
        let least = Plan::least(seeds);
        assert!(search(&hill, Plan::within(least, seeds, 1)).unwrap().is_some());
        assert!(search(&hill, Plan::within(least - 1, seeds, 1)).unwrap().is_none());
    }
}
