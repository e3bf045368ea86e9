//! One run as a reader looks at it: tiers across, strategies down, each cell with its standing.
//!
//! Everything here is chosen or ordered, nothing is measured: the counts are the record's.

mod apart;
mod choice;
mod deciding;
mod goals;
mod growth;
mod outcome;
mod room;
mod rung;
mod trouble;

use std::cell::OnceCell;

use run_record::{
    Cell, CellKey, Driver, Expectation, GateNote, PairLimits, ReachNote, RunRecord, Rung, derive,
};

use crate::chart::bars::Tag;
use crate::chart::mark::Mark;
use crate::numbers::{self, Share};

pub(crate) use choice::CARRIED;
pub(crate) use deciding::Deciding;
pub(crate) use growth::{Carried, Growth};
pub(crate) use outcome::{Cause, Outcome, Standing};
pub(crate) use rung::{Ladder, capital, uncapital};
pub(crate) use trouble::{Trouble, unserved};

/// A run, arranged.
pub(crate) struct Study<'r> {
    pub(crate) record: &'r RunRecord,
    /// Smallest first.
    pub(crate) tiers: Vec<Tier<'r>>,
    /// Best first on the tier that is enough, else on the account's.
    pub(crate) strategies: Vec<Strategy<'r>>,
    /// By strategy, then by tier, in the orders above; none where the cell was not run.
    outcomes: Vec<Vec<Option<Outcome>>>,
    /// The account's tier.
    pub(crate) yours: Option<usize>,
    /// The lowest tier on which some strategy meets everything; of past hours, none below the
    /// account's own.
    pub(crate) enough: Option<usize>,
    /// The strategy that is meant to ship.
    pub(crate) ship: Option<usize>,
    /// Jobs in time with nothing limited.
    pub(crate) unlimited: Option<Share>,
    /// What keeps the run from being met.
    pub(crate) deciding: Option<Deciding>,
    /// Computed when they are first asked for.
    standings: OnceCell<Vec<run_record::Standing>>,
    growth: OnceCell<Option<Growth>>,
}

/// One tier.
pub(crate) struct Tier<'r> {
    /// As files write it; none where the edition has no tiers.
    pub(crate) id: Option<&'r str>,
    pub(crate) title: String,
    /// The title at the head of a column.
    pub(crate) column: String,
    pub(crate) short: String,
    /// Requests a minute of the past hour that it stands for, where the edition has no tiers.
    pub(crate) past_hour: Option<u64>,
    pub(crate) limits: &'r [PairLimits],
    /// The models that it may not use.
    pub(crate) gates: &'r [GateNote],
    /// What it takes to come to it.
    pub(crate) reach: Option<&'r ReachNote>,
}

/// One strategy.
pub(crate) struct Strategy<'r> {
    pub(crate) name: &'r str,
    pub(crate) says: &'r str,
    pub(crate) mark: Mark,
}

/// One cell with an assumption changed.
pub(crate) struct Variant<'r> {
    pub(crate) assumption: &'r str,
    pub(crate) value: &'r str,
    pub(crate) strategy: usize,
    pub(crate) tier: usize,
    pub(crate) outcome: Outcome,
}

impl<'r> Study<'r> {
    pub(crate) fn of(record: &'r RunRecord) -> Study<'r> {
        let header = record.header();
        let tiers = tiers(record);
        let yours = tiers.iter().position(|tier| tier.id == header.tier.as_deref());
        let names: Vec<&str> = header.strategies.iter().map(|note| note.name.as_str()).collect();
        let marks = Mark::assign(&names);
        let mut rows: Vec<(Strategy<'r>, Vec<Option<Outcome>>)> = header
            .strategies
            .iter()
            .zip(marks)
            .map(|(note, mark)| {
                let outcomes = tiers.iter().map(|tier| Outcome::find(record, tier.id, &note.name));
                (Strategy { name: &note.name, says: &note.says, mark }, outcomes.collect())
            })
            .filter(|(_, outcomes): &(_, Vec<Option<Outcome>>)| {
                outcomes.iter().any(Option::is_some)
            })
            .collect();
        // A tier can be chosen, a past hour only grown into: none below the account's own counts.
        let grown = tiers.iter().any(|tier| tier.past_hour.is_some());
        let lowest = yours.filter(|_| grown).unwrap_or(0);
        let enough = (lowest..tiers.len()).find(|tier| {
            rows.iter().any(|(_, outcomes)| {
                let outcome = outcomes.get(*tier).and_then(Option::as_ref);
                outcome.is_some_and(|outcome| outcome.standing <= Standing::OnAverage)
            })
        });
        if let Some(tier) = enough.or(yours) {
            // A stable sort: strategies that came out alike keep the order of the scenario.
            rows.sort_by_cached_key(|(_, outcomes)| {
                std::cmp::Reverse(outcomes.get(tier).and_then(Option::as_ref).map(Outcome::rank))
            });
        }
        let (strategies, outcomes): (Vec<Strategy<'r>>, Vec<_>) = rows.into_iter().unzip();
        let ship = header
            .ship
            .as_deref()
            .and_then(|ship| strategies.iter().position(|strategy| strategy.name == ship));
        let mut study = Study {
            record,
            tiers,
            strategies,
            outcomes,
            yours,
            enough,
            ship,
            unlimited: unlimited(record),
            deciding: None,
            standings: OnceCell::new(),
            growth: OnceCell::new(),
        };
        study.deciding = Deciding::of(&study);
        if study.is_crowded() {
            study.mark_those_shown_first();
        }
        study
    }

    /// Gives the plainest marks to the strategies that charts have room for.
    fn mark_those_shown_first(&mut self) {
        let shown = self.shown();
        let rest = (0..self.strategies.len()).filter(|place| !shown.contains(place));
        let places: Vec<usize> = shown.iter().copied().chain(rest).collect();
        let names: Vec<&str> = places
            .iter()
            .map(|place| self.strategies.get(*place).map_or("", |one| one.name))
            .collect();
        for (place, mark) in places.iter().zip(Mark::assign(&names)) {
            if let Some(strategy) = self.strategies.get_mut(*place) {
                strategy.mark = mark;
            }
        }
    }

    pub(crate) fn expectations(&self) -> &'r [Expectation] {
        &self.record.header().expectations
    }

    pub(crate) fn outcome(&self, strategy: usize, tier: usize) -> Option<&Outcome> {
        self.outcomes.get(strategy)?.get(tier)?.as_ref()
    }

    /// The cell of a strategy on a tier.
    pub(crate) fn cell(&self, strategy: usize, tier: usize) -> Option<&'r Cell> {
        let key = CellKey::new(self.tiers.get(tier)?.id, self.strategies.get(strategy)?.name);
        self.record.cell(&key)
    }

    /// The best strategy of a tier with what came of it.
    pub(crate) fn best(&self, tier: usize) -> Option<(usize, &Outcome)> {
        let there = (0..self.strategies.len())
            .filter_map(|strategy| Some((strategy, self.outcome(strategy, tier)?)));
        there.min_by(|(_, a), (_, b)| Outcome::compare(a, b))
    }

    /// How many strategies meet everything on a tier, and of how many that were asked anything.
    pub(crate) fn meeting(&self, tier: usize) -> (usize, usize) {
        let there: Vec<&Outcome> = (0..self.strategies.len())
            .filter_map(|index| self.outcome(index, tier))
            .filter(|outcome| outcome.standing != Standing::Unasked)
            .collect();
        let meet = there.iter().filter(|outcome| outcome.standing <= Standing::OnAverage).count();
        (meet, there.len())
    }

    /// The tier beside the account's that a page is about: the one that is enough, else the one
    /// with the cell that comes closest.
    pub(crate) fn other(&self) -> Option<usize> {
        self.enough.or_else(|| self.closest().map(|(_, tier, _)| tier))
    }

    /// The best cell of all: its strategy, its tier, and what came of it. Of equals, the lowest
    /// tier's; the account's own where that is as good in print, and where no past hour makes a
    /// difference.
    pub(crate) fn closest(&self) -> Option<(usize, usize, &Outcome)> {
        let on = |tier| self.best(tier).map(|(strategy, outcome)| (strategy, tier, outcome));
        let closest = (0..self.tiers.len())
            .filter_map(on)
            .min_by(|(.., a), (.., b)| Outcome::compare(a, b))?;
        let own = self.yours.and_then(on).filter(|(.., own)| {
            self.is_short_of_room() || own.is_as_good(closest.2, self.goal_in_time())
        });
        own.or(Some(closest))
    }

    /// How a page marks a tier.
    pub(crate) fn tag(&self, tier: usize) -> Option<Tag> {
        if self.enough == Some(tier) && !self.expectations().is_empty() {
            Some(Tag::Enough)
        } else if self.yours == Some(tier) {
            Some(Tag::Yours)
        } else if self.enough.is_none()
            && self.other() == Some(tier)
            && !self.expectations().is_empty()
        {
            Some(Tag::Closest)
        } else {
            None
        }
    }

    /// The strategy a reader of the account's tier looks at first: the one whose expectation
    /// decides, else the one to ship, else the best.
    pub(crate) fn focus(&self) -> Option<(usize, usize)> {
        let tier = self.yours.or_else(|| self.other())?;
        // Where all miss something, the best of all is looked at.
        let told = self.deciding.filter(|one| one.is_about_one());
        let deciding = told.and_then(|one| one.strategy);
        let strategy =
            deciding.or(self.ship).or_else(|| self.best(tier).map(|(strategy, _)| strategy))?;
        Some((strategy, tier))
    }

    /// The cells with one assumption changed, in the record's order: of the strategies that are
    /// drawn, and of the tiers that the page is about where any are of those.
    pub(crate) fn variants(&self) -> Vec<Variant<'r>> {
        let shown = self.shown();
        let about = [self.yours, self.other()];
        let limited = |key: &CellKey| !key.is_without_limit() && key.is_at_whole_load();
        let cells = self.record.cells().iter().filter(|cell| limited(cell.key()));
        let mut found: Vec<_> = cells
            .filter_map(|cell| {
                let reading = cell.key().assumed().next()?;
                let name = cell.key().strategy()?;
                let strategy = self.strategies.iter().position(|one| one.name == name)?;
                let tier = self.tiers.iter().position(|one| one.id == cell.key().tier())?;
                shown.contains(&strategy).then_some((cell, reading, strategy, tier))
            })
            .collect();
        if found.iter().any(|(.., tier)| about.contains(&Some(*tier))) {
            found.retain(|(.., tier)| about.contains(&Some(*tier)));
        }
        let of = |(cell, (assumption, value), strategy, tier)| Variant {
            assumption,
            value,
            strategy,
            tier,
            outcome: Outcome::new(self.record, cell),
        };
        found.into_iter().map(of).collect()
    }

    /// Whether every strategy of a tier meets everything and none is meant to ship, so that it
    /// does not matter which one is taken.
    pub(crate) fn any_will_do(&self, tier: usize) -> bool {
        let (_, of) = self.meeting(tier);
        let sure = |row: usize| {
            let outcome = self.outcome(row, tier);
            outcome.is_none_or(|outcome| outcome.standing == Standing::Meets)
        };
        self.ship.is_none() && of > 1 && (0..self.strategies.len()).all(sure)
    }

    /// A strategy's name in quotes.
    pub(crate) fn quoted(&self, strategy: usize) -> String {
        format!("“{}”", self.strategies.get(strategy).map_or("", |strategy| strategy.name))
    }

    /// A tier's title.
    pub(crate) fn title(&self, tier: usize) -> &str {
        self.tiers.get(tier).map_or("", |tier| &tier.title)
    }

    /// The limit that refuses, in words: that on requests by what it counts.
    pub(crate) fn limit(&self, cause: Cause) -> &'static str {
        let mut limits = self.tiers.iter().flat_map(|tier| tier.limits);
        let images = limits.clone().any(|pair| pair.images);
        match cause {
            Cause::Requests if images && limits.any(|pair| !pair.images) => {
                "request or image limit"
            }
            Cause::Requests if images => "image limit",
            Cause::Requests | Cause::Tokens | Cause::Model | Cause::Dynamic => cause.limit(),
        }
    }

    pub(crate) fn replications(&self) -> u32 {
        self.record.cells().iter().map(|cell| cell.replications().count()).max().unwrap_or(0)
    }

    /// Whether the best of some tier misses nothing and yet is not known to meet everything.
    pub(crate) fn any_unjudged(&self) -> bool {
        let bests = (0..self.tiers.len()).filter_map(|tier| self.best(tier));
        bests.map(|(_, one)| one.standing).any(|standing| standing == Standing::Unjudged)
    }

    /// Cells that were to be compared and are complete, and how many were to be.
    fn complete(&self) -> (usize, usize) {
        let header = self.record.header();
        let done = self.record.cells().iter().filter(|cell| cell.key().is_plain()).count();
        (done, header.ladder.len() * header.strategies.len())
    }

    /// The same in words: `5 of 30 cells complete`. Of a live run the last one is there, and cut.
    pub(crate) fn completeness(&self) -> String {
        let (done, of) = self.complete();
        if self.record.header().driver == Driver::Live {
            return match (done, of) {
                (0, _) => format!("none of {of} cells begun"),
                (1, 1) => "the only cell was cut off".to_owned(),
                (1, _) => format!("1 of {of} cells begun, and cut off"),
                _ => format!("{done} of {of} cells begun, the last one cut off"),
            };
        }
        format!("{done} of {of} cells complete")
    }

    /// The tiers that a run which was stopped did not come to.
    pub(crate) fn not_run(&self) -> Vec<&'r str> {
        let run = |tier: &str| self.tiers.iter().any(|one| one.id == Some(tier));
        let ladder = self.record.header().ladder.iter().filter(|_| self.cut_short());
        ladder.filter(|rung| !run(&rung.tier)).map(|rung| rung.title.as_str()).collect()
    }

    pub(crate) fn cut_short(&self) -> bool {
        self.record.header().cut_short
    }

    /// The account's tier in print, also where it was not run.
    pub(crate) fn account(&self) -> String {
        match self.record.header().tier.as_deref() {
            Some(id) => self.title_of(id),
            None => "the account’s".to_owned(),
        }
    }

    /// Any tier in print, by its name in files.
    pub(crate) fn title_of(&self, id: &str) -> String {
        if let Some(past_hour) = rung::of_past_hour(id) {
            return past_hour;
        }
        let rung = self.record.header().ladder.iter().find(|rung| rung.tier == id);
        match (rung, id.strip_prefix("build-")) {
            (Some(rung), _) => rung.title.clone(),
            (None, Some(number)) => format!("Tier {number}"),
            (None, None) => capital(id),
        }
    }

    /// Seconds during which jobs fell due.
    pub(crate) fn lasts(&self) -> f64 {
        derive::seconds(self.record.header().lasts)
    }

    /// The same, rounded up to whole seconds.
    pub(crate) fn whole_seconds(&self) -> u64 {
        self.record.header().lasts.nanos().div_ceil(1_000_000_000)
    }

    pub(crate) fn is_simulated(&self) -> bool {
        self.record.header().driver == Driver::Simulated
    }

    /// Whether there is nobody to ask anything, so that the run is about money alone.
    pub(crate) fn asks_nothing(&self) -> bool {
        self.record.header().groups.is_empty()
    }

    /// Jobs offered in one replication of a cell; the same in all, as every cell is asked alike.
    pub(crate) fn offered(&self) -> Option<(u64, u64)> {
        let any = self.outcomes.iter().flatten().flatten().next()?;
        Some((any.total.jobs.offered, u64::from(any.met_in.1.max(1))))
    }
}

/// The tiers that have at least one cell.
fn tiers(record: &RunRecord) -> Vec<Tier<'_>> {
    let run = |tier: Option<&str>| {
        record.cells().iter().any(|cell| cell.key().is_plain() && cell.key().tier() == tier)
    };
    let mut tiers: Vec<Tier<'_>> = record
        .header()
        .ladder
        .iter()
        .filter(|rung| run(Some(&rung.tier)))
        .map(|rung| Tier {
            id: Some(&rung.tier),
            title: rung.title.clone(),
            column: column(rung),
            short: short(rung),
            past_hour: rung.past_hour_rpm,
            limits: &rung.limits,
            gates: &rung.gates,
            reach: rung.reach.as_ref(),
        })
        .collect();
    let groups = &record.header().groups;
    if !groups.is_empty() && groups.iter().all(|group| group.endpoint.is_some()) {
        // Whatever tier the account has, it says nothing about an endpoint of its own: one stands
        // for all of them.
        let yours = tiers.iter().position(|tier| tier.id == record.header().tier.as_deref());
        if !tiers.is_empty() {
            tiers = vec![tiers.swap_remove(yours.unwrap_or(0))];
        }
        for tier in &mut tiers {
            "Dedicated endpoint".clone_into(&mut tier.title);
            "endpoint".clone_into(&mut tier.column);
            "own".clone_into(&mut tier.short);
        }
    }
    if run(None) {
        let title = "This account".to_owned();
        tiers.push(Tier {
            id: None,
            column: title.clone(),
            short: "limits".to_owned(),
            title,
            past_hour: None,
            limits: &[],
            gates: &[],
            reach: None,
        });
    }
    tiers
}

/// A rung at the head of a column: its title, of a past hour its rate alone.
fn column(rung: &Rung) -> String {
    match rung.past_hour_rpm {
        Some(0) => "launch".to_owned(),
        Some(rpm) => format!("{}/min", numbers::count(rpm)),
        None => rung.title.clone(),
    }
}

/// A rung where there is no room: `T2` for `Tier 2`, `300` for 300/min.
fn short(rung: &Rung) -> String {
    match (rung.past_hour_rpm, rung.title.strip_prefix("Tier ")) {
        (Some(rpm), _) => numbers::short(rpm),
        (None, Some(number)) => format!("T{number}"),
        (None, None) => crate::chart::svg::shortened(&rung.title, 6),
    }
}

/// The best in-time share of the cells in which nothing was limited.
fn unlimited(record: &RunRecord) -> Option<Share> {
    let free = record.cells().iter().filter(|cell| cell.key().is_without_limit());
    let counts = free.map(|cell| cell.whole().pooled().jobs).filter(|jobs| jobs.offered > 0);
    let best = counts.max_by(|a, b| {
        let left = u128::from(a.in_time) * u128::from(b.offered);
        left.cmp(&(u128::from(b.in_time) * u128::from(a.offered)))
    })?;
    Share::new(best.in_time, best.offered)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    fn order(study: &Study<'_>) -> Vec<String> {
        study.strategies.iter().map(|strategy| strategy.name.to_owned()).collect()
    }

    #[test]
    fn strategies_stand_best_first_on_the_lowest_tier_that_is_enough() {
        let record = launch();
        let study = Study::of(&record);
        assert_eq!(study.tiers[study.enough.unwrap()].title, "Tier 4");
        assert_eq!(
            order(&study),
            ["pace-by-headers", "own-bucket", "together-py", "full-jitter", "give-up"]
        );
    }

    #[test]
    fn tiers_without_cells_are_left_out() {
        let record = record_of(&[("build-2", "give-up", vec![Told::default()])]);
        let titles: Vec<String> =
            Study::of(&record).tiers.iter().map(|tier| tier.title.clone()).collect();
        assert_eq!(titles, ["Tier 2"]);
    }
}
