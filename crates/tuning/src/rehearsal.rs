//! Settings rehearsed: the surface that a scenario makes of a strategy.

use run_record::{
    AccountLeaf, Cell, Comparison, Driver, Expectation, Goal, GroupLeaf, Judged, Measured,
    RunRecord, Verdict,
};
use scenario::{Origin, Scenario};
use simulator::{CellPlan, SimulateFault, Watch};
use strategies::Parts;

use crate::parameter::{Parameter, is_sound, parameters};
use crate::surface::{Came, Setting, Surface};

/// What one world left behind.
#[derive(Clone, Debug)]
pub struct World {
    groups: Vec<GroupLeaf>,
    account: Option<AccountLeaf>,
}

/// Why there is nothing to tune.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoGoal {
    /// The scenario has no such strategy; these it has.
    NoStrategy(Vec<String>),
    /// The strategy has no number of its own.
    NoParameter,
    /// Nobody follows the strategy: nobody calls, or every group has another of its own.
    NobodyFollows,
    /// A goal is about a group that the scenario has not; these it has.
    NoGroup(String, Vec<String>),
}

/// Why a world gave nothing.
#[derive(Clone, Debug)]
pub enum RehearsalFault {
    /// It was stopped.
    Stopped,
    /// It could not be simulated.
    Simulate(SimulateFault),
}

/// A strategy of a scenario, on the account's tier, with its numbers as a setting has them.
#[derive(Debug)]
pub struct Rehearsal<'w, W> {
    scenario: Scenario,
    plan: CellPlan,
    watch: &'w W,
    /// The strategy as it is.
    pub parts: Parts,
    /// What may be tuned of it.
    pub parameters: Vec<Parameter>,
    /// Replications that may be judged together.
    most: u32,
}

impl<'w, W: Watch> Rehearsal<'w, W> {
    /// A strategy of a scenario by its name, against these goals. As many as `most` seeds are
    /// judged together.
    pub fn new(
        scenario: &Scenario,
        strategy: &str,
        goals: &[Expectation],
        most: u32,
        watch: &'w W,
    ) -> Result<Self, NoGoal> {
        let named = scenario.strategies.iter().find(|named| named.name == strategy);
        let Some(named) = named else {
            let known = scenario.strategies.iter().map(|known| known.name.clone());
            return Err(NoGoal::NoStrategy(known.collect()));
        };
        let groups = || scenario.groups.iter().map(|group| group.name.clone());
        let asked = goals.iter().filter_map(|goal| goal.group.as_ref());
        if let Some(absent) = asked.into_iter().find(|name| groups().all(|group| group != **name)) {
            return Err(NoGoal::NoGroup(absent.clone(), groups().collect()));
        }
        let follows = |own: Option<&str>| own.is_none_or(|own| own == strategy);
        let own = scenario.groups.iter().map(|group| group.strategy.as_ref());
        if !own.into_iter().any(|own| follows(own.map(|own| own.name.as_str()))) {
            return Err(NoGoal::NobodyFollows);
        }
        let parameters = parameters(&named.parts);
        if parameters.is_empty() {
            return Err(NoGoal::NoParameter);
        }
        let parts = named.parts;
        let mut alone = scenario.clone();
        alone.strategies = vec![named.clone()];
        alone.tiers = vec![scenario.tier.clone()];
        (alone.ship, alone.replications) = (None, most.max(1));
        alone.expectations = goals.to_vec();
        let plan = simulator::cells(&alone).into_iter().find(|plan| plan.key.is_plain());
        let plan = plan.ok_or(NoGoal::NobodyFollows)?;
        Ok(Self { scenario: alone, plan, watch, parts, parameters, most: most.max(1) })
    }

    /// How many goals there are.
    #[must_use]
    pub fn goals(&self) -> usize {
        self.scenario.expectations.len()
    }

    /// The strategy with its numbers so.
    #[must_use]
    pub fn parts_of(&self, setting: &Setting) -> Parts {
        setting.applied(&self.parts, &self.parameters)
    }

    /// The goals on some worlds together, and all of them.
    #[must_use]
    pub fn verdict(&self, worlds: &[&World]) -> (Vec<Judged>, Verdict) {
        let judged = self.judged(worlds).unwrap_or_default();
        let verdict = if judged.is_empty() {
            Verdict::Unjudged
        } else {
            Verdict::worst(judged.iter().map(|judged| judged.verdict))
        };
        (judged, verdict)
    }

    /// Each goal as these worlds, at most so many, come out; none where they do not make a cell.
    fn judged(&self, worlds: &[&World]) -> Option<Vec<Judged>> {
        let worlds = worlds.get(..worlds.len().min(self.most as usize))?;
        let runs = worlds.iter().map(|world| world.groups.clone()).collect();
        let mut cell = Cell::new(self.plan.key.clone(), 0, runs).ok()?;
        let books: Option<Vec<AccountLeaf>> =
            worlds.iter().map(|world| world.account.clone()).collect();
        if let Some(books) = books {
            cell = cell.with_account(books).ok()?;
        }
        let header = self.scenario.header(&Origin::default(), Driver::Simulated, false);
        let record = RunRecord::new(header, vec![cell]).ok()?;
        record.cells().first().map(|cell| record.judge_cell(cell))
    }

    /// What is measured of a goal, in its own unit: a share, a ratio, seconds or dollars.
    #[must_use]
    pub fn value(measured: Measured) -> f64 {
        match measured {
            Measured::Fraction { part, of } => part as f64 / (of.max(1)) as f64,
            Measured::Time(span) => span.nanos() as f64 / 1e9,
            Measured::Money(money) => money.pico() as f64 / 1e12,
        }
    }

    /// How far a goal is met, as a part of it.
    fn margin(&self, judged: &Judged) -> Option<f64> {
        let goal = self.scenario.expectations.get(judged.expectation)?;
        let measured = Self::value(judged.measured?);
        let asked = match goal.goal {
            Goal::Billionths(billionths) => billionths.0 as f64 / 1e9,
            Goal::Time(span) => span.nanos() as f64 / 1e9,
        };
        let better = match goal.comparison {
            Comparison::AtMost => asked - measured,
            Comparison::AtLeast => measured - asked,
        };
        let margin = if asked > 0.0 { better / asked } else { better };
        // Judging compares whole numbers; a rounded margin must not contradict it.
        match judged.verdict {
            Verdict::Met => Some(margin.max(0.0)),
            Verdict::Missed => Some(margin.min(-f64::EPSILON)),
            Verdict::Unjudged => None,
        }
    }
}

impl<W: Watch> Surface for Rehearsal<'_, W> {
    type World = World;
    type Fault = RehearsalFault;

    fn sizes(&self) -> Vec<usize> {
        self.parameters.iter().map(|parameter| parameter.values.len()).collect()
    }

    fn start(&self) -> Setting {
        Setting::own(&self.parameters)
    }

    fn is_sound(&self, setting: &Setting) -> bool {
        is_sound(&self.parts_of(setting))
    }

    fn world(&self, setting: &Setting, seed: u32) -> Result<World, RehearsalFault> {
        let parts = self.parts_of(setting);
        let mut scenario = self.scenario.clone();
        let name = scenario.strategies.first().map(|named| named.name.clone());
        let own = scenario.groups.iter_mut().filter_map(|group| group.strategy.as_mut());
        let own = own.filter(|own| Some(&own.name) == name.as_ref());
        for named in scenario.strategies.iter_mut().chain(own) {
            named.parts = parts;
        }
        match simulator::world(&scenario, &self.plan, seed, self.watch) {
            Ok(Some((groups, account))) => {
                self.watch.world_done();
                Ok(World { groups, account })
            }
            Ok(None) => Err(RehearsalFault::Stopped),
            Err(fault) => Err(RehearsalFault::Simulate(fault)),
        }
    }

    fn judge(&self, worlds: &[&World]) -> Came {
        let judged = self.judged(worlds).unwrap_or_default();
        let (mut sent, mut offered) = (0, 0);
        for leaf in worlds.iter().flat_map(|world| &world.groups).map(|group| &group.leaf) {
            sent += leaf.attempts.sent;
            offered += leaf.jobs.offered;
        }
        let margins: Option<Vec<f64>> = judged.iter().map(|judged| self.margin(judged)).collect();
        let least = margins.and_then(|margins| margins.into_iter().reduce(f64::min));
        Came {
            margin: least,
            cost: sent as f64 / u64::max(offered, 1) as f64,
            values: judged.iter().map(|judged| judged.measured.map(Self::value)).collect(),
        }
    }
}
