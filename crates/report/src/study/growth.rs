//! How far each tier carries the traffic: what came of it at several multiples.

use run_record::{Cell, CellKey, Rank};

use super::{Outcome, Standing, Study};
use crate::numbers::{Share, THIN};

/// The traffic as it is written.
const WHOLE: &str = "100%";

/// Every tier under every multiple of the traffic.
pub(crate) struct Growth {
    /// The smallest first.
    pub(crate) multiples: Vec<Multiple>,
    /// Where the traffic is as it is written.
    pub(crate) own: usize,
    /// By tier, then by multiple: what came of the best strategy there.
    best: Vec<Vec<Option<Point>>>,
}

/// A multiple of the traffic as it is written.
#[derive(Clone, Debug)]
pub(crate) struct Multiple {
    /// As keys of cells carry it.
    load: String,
    pub(crate) percent: f64,
}

/// What came of the best strategy of a tier under a multiple of the traffic.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    pub(crate) standing: Standing,
    pub(crate) in_time: Option<Share>,
}

/// How far a tier carries the traffic.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Carried {
    /// The largest multiple that meets everything and below which none misses anything.
    pub(crate) upto: Option<usize>,
    /// The first multiple above that misses something; none where none tested does, or what lies
    /// between is not known.
    pub(crate) misses: Option<usize>,
}

impl Multiple {
    /// `150 %`.
    pub(crate) fn shown(&self) -> String {
        format!("{}{THIN}%", self.load.trim_end_matches('%'))
    }
}

impl Growth {
    /// None where the traffic was tested as it is written only.
    pub(super) fn of(study: &Study<'_>) -> Option<Growth> {
        let header = study.record.header();
        let mut multiples: Vec<Multiple> = header
            .loads
            .iter()
            .chain(&header.growth)
            .filter_map(|load| {
                let percent = load.trim_end_matches('%').parse().ok()?;
                Some(Multiple { load: load.clone(), percent })
            })
            .collect();
        if multiples.iter().all(|one| one.load != WHOLE) {
            multiples.push(Multiple { load: WHOLE.to_owned(), percent: 100.0 });
        }
        multiples.sort_by(|a, b| a.percent.total_cmp(&b.percent));
        let best: Vec<Vec<Option<Point>>> = (0..study.tiers.len())
            .map(|tier| multiples.iter().map(|one| best_at(study, tier, &one.load)).collect())
            .collect();
        let kept: Vec<bool> = (0..multiples.len())
            .map(|at| best.iter().any(|points| points.get(at).is_some_and(Option::is_some)))
            .collect();
        let told = |at: &usize| kept.get(*at).copied().unwrap_or(false);
        let places: Vec<usize> = (0..multiples.len()).filter(told).collect();
        let multiples: Vec<Multiple> =
            places.iter().filter_map(|at| multiples.get(*at).cloned()).collect();
        let best = best
            .into_iter()
            .map(|points| places.iter().map(|at| points.get(*at).copied().flatten()).collect())
            .collect();
        let own = multiples.iter().position(|one| one.load == WHOLE)?;
        (multiples.len() > 1).then_some(Growth { multiples, own, best })
    }

    /// What came of the best strategy of a tier under a multiple, each by its place.
    pub(crate) fn at(&self, tier: usize, multiple: usize) -> Option<Point> {
        self.best.get(tier)?.get(multiple).copied().flatten()
    }

    /// How far a tier carries the traffic with whatever strategy is best.
    pub(crate) fn carried(&self, tier: usize) -> Carried {
        self.upto(tier, |point| match point.standing {
            Standing::Meets | Standing::OnAverage => Some(true),
            Standing::InTime | Standing::Misses => Some(false),
            Standing::Unjudged | Standing::Unasked => None,
        })
    }

    /// The same by the share of jobs in time alone.
    pub(crate) fn in_time_upto(&self, tier: usize, goal: f64) -> Carried {
        self.upto(tier, |point| Some(point.in_time?.fraction() >= goal))
    }

    fn upto(&self, tier: usize, keeps: impl Fn(&Point) -> Option<bool>) -> Carried {
        let mut carried = Carried { upto: None, misses: None };
        for multiple in 0..self.multiples.len() {
            match self.at(tier, multiple).as_ref().and_then(&keeps) {
                Some(true) => carried.upto = Some(multiple),
                Some(false) => {
                    carried.misses = Some(multiple);
                    break;
                }
                None => {}
            }
        }
        carried
    }

    /// The lowest tier from one on that meets everything at a multiple and below it.
    pub(crate) fn carries(&self, from: usize, multiple: usize) -> Option<usize> {
        (from..self.best.len())
            .find(|tier| self.carried(*tier).upto.is_some_and(|upto| upto >= multiple))
    }

    /// The tier that carries most, the lowest of equals, and how far; none where none carries any.
    pub(crate) fn furthest(&self) -> Option<(usize, usize)> {
        let carried =
            (0..self.best.len()).filter_map(|tier| Some((tier, self.carried(tier).upto?)));
        carried.fold(None, |most: Option<(usize, usize)>, one| match most {
            Some(most) if most.1 >= one.1 => Some(most),
            _ => Some(one),
        })
    }

    /// A multiple in print.
    pub(crate) fn shown(&self, multiple: usize) -> String {
        self.multiples.get(multiple).map_or_else(String::new, Multiple::shown)
    }
}

impl<'r> Study<'r> {
    /// How far each tier carries the traffic; none where only the traffic as it is written was run.
    pub(crate) fn growth(&self) -> Option<&Growth> {
        self.growth.get_or_init(|| Growth::of(self)).as_ref()
    }

    /// The cells of a tier under a multiple of the traffic.
    fn loaded<'s>(&'s self, tier: usize, load: &'s str) -> impl Iterator<Item = &'r Cell> + 's {
        self.strategies.iter().filter_map(move |strategy| {
            let key = CellKey::new(self.tiers.get(tier)?.id, strategy.name).at_load(load);
            self.record.cell(&key)
        })
    }
}

fn best_at(study: &Study<'_>, tier: usize, load: &str) -> Option<Point> {
    let outcomes = study.loaded(tier, load).map(|cell| {
        let outcome = Outcome::new(study.record, cell);
        let point = Point { standing: outcome.standing, in_time: outcome.in_time() };
        (outcome.rank(), point)
    });
    // The first of equals.
    let best = outcomes.fold(None, |best: Option<(Rank, Point)>, one| match best {
        Some(best) if best.0 >= one.0 => Some(best),
        _ => Some(one),
    });
    best.map(|(_, point)| point)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::growing;

    #[test]
    fn a_tier_carries_up_to_the_multiple_below_which_nothing_is_missed() {
        let record = growing("build-2", &[40, 75, 100, 150, 400]);
        let study = Study::of(&record);
        let growth = study.growth().unwrap();
        let upto: Vec<Option<String>> = (0..study.tiers.len())
            .map(|tier| growth.carried(tier).upto.map(|upto| growth.shown(upto)))
            .collect();
        let percent = |value: &str| Some(format!("{value}{THIN}%"));
        assert_eq!(
            upto,
            [percent("25"), percent("75"), percent("100"), percent("150"), percent("400")]
        );
        assert_eq!(growth.carried(2).misses.map(|at| growth.shown(at)), percent("125"));
        assert_eq!(growth.carried(4).misses, None);
        assert_eq!(growth.carries(0, growth.own), Some(2));
        assert_eq!(growth.furthest().map(|(tier, _)| tier), Some(4));
    }

    #[test]
    fn traffic_as_it_is_written_alone_tells_nothing_of_growth() {
        assert!(Study::of(&crate::sample::launch()).growth().is_none());
    }
}
