//! `tune`: which setting of a strategy's own numbers meets a goal at the least cost.

use run_record::{Comparison, Expectation, Verdict};
use scenario::{NamedStrategy, Scenario, expectation};
use simulator::SimulateFault;
use strategies::Parts;
use tuning::{NoGoal, Parameter, Plan, Rehearsal, RehearsalFault, Study, tune};

use crate::args::{Format, Manners, Overrides, Tune};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::open::{Opened, open_ready};
use crate::progress::Progress;
use crate::{age, out, simulate, tune_json, tune_text};

/// A strategy that was tuned.
pub(crate) struct Tuned {
    pub(crate) scenario: Scenario,
    pub(crate) strategy: String,
    pub(crate) goals: Vec<Expectation>,
    /// The strategy as it was.
    pub(crate) parts: Parts,
    pub(crate) parameters: Vec<Parameter>,
    pub(crate) study: Study,
}

impl Tuned {
    /// Whether the best is the strategy as it was.
    pub(crate) fn is_unchanged(&self) -> bool {
        self.study.parts == self.parts
    }

    /// Whether the best does more for a goal than the strategy as it was, on fresh seeds and by more
    /// than luck, and less for none.
    pub(crate) fn is_better(&self) -> bool {
        let gains = self.goals.iter().zip(&self.study.gains);
        let told = gains.filter_map(|(goal, gain)| {
            let gain = (*gain)?;
            let more = match goal.comparison {
                Comparison::AtLeast => gain.mean > 0.0,
                Comparison::AtMost => gain.mean < 0.0,
            };
            (!gain.may_be_zero()).then_some(more)
        });
        let told: Vec<bool> = told.collect();
        !told.is_empty() && told.iter().all(|more| *more)
    }

    /// The strategy as a file has it, beside the one that it was; nothing where it is the same, or
    /// misses the goal and is no better than it was.
    pub(crate) fn to_paste(&self) -> Option<String> {
        let met = self.study.tuned.verdict == Verdict::Met;
        if self.is_unchanged() || !(met || self.is_better()) {
            return None;
        }
        let was = self.scenario.strategies.iter().find(|named| named.name == self.strategy)?;
        let name = format!("{} tuned", self.strategy);
        let tuned = NamedStrategy { name, parts: self.study.parts, ..was.clone() };
        self.scenario.strategy_toml(&tuned)
    }
}

pub(crate) fn run(said: &Tune, manners: &Manners) -> Result<Ending, Failure> {
    simulate::threads(said.threads)?;
    let goals = said.goals.iter().map(|goal| expectation(goal));
    let goals = goals.collect::<Result<Vec<Expectation>, _>>()?;
    let overrides = Overrides {
        seed: said.seed,
        seeds: None,
        tier: said.tier.iter().cloned().collect(),
        strategy: vec![said.strategy.clone()],
        set: said.set.clone(),
        trace: said.trace.clone(),
    };
    let Opened { scenario, .. } = open_ready(&said.file, &overrides, manners)?;
    age::note(&scenario, manners);
    let goals = if goals.is_empty() { expected(&scenario, said)? } else { goals };
    let tuned = tuned(said, manners, scenario, goals)?;
    let verdict = tuned.study.tuned.verdict;
    out::print(&match said.format {
        Format::Text => tune_text::of(&tuned),
        Format::Json => tune_json::of(&tuned).map_err(|error| Failure::ours(error.to_string()))?,
    })?;
    Ok(match verdict {
        Verdict::Met => Ending::Fine,
        Verdict::Missed => Ending::Missed,
        Verdict::Unjudged => Ending::Unjudged,
    })
}

/// What the file expects of the strategy.
fn expected(scenario: &Scenario, said: &Tune) -> Result<Vec<Expectation>, Failure> {
    let all = scenario.expectations.iter();
    let goals: Vec<Expectation> = all
        .filter(|goal| goal.strategy.as_ref().is_none_or(|name| *name == said.strategy))
        .cloned()
        .collect();
    if goals.is_empty() {
        return Err(Failure::usage(format!(
            "{} expects nothing: say what to reach, as in --for \"answered_in_time >= 99%\"",
            said.file.display()
        )));
    }
    Ok(goals)
}

fn tuned(
    said: &Tune,
    manners: &Manners,
    scenario: Scenario,
    goals: Vec<Expectation>,
) -> Result<Tuned, Failure> {
    let named = scenario.strategies.iter().find(|named| named.name == said.strategy);
    let sizes = named.map_or_else(Vec::new, |named| {
        tuning::parameters(&named.parts).iter().map(|one| one.values.len()).collect()
    });
    let plan = match said.budget {
        Some(budget) => Plan::within(budget, said.seeds, scenario.seed),
        None => Plan::enough(&sizes, said.seeds, scenario.seed),
    };
    // Beside what the search may spend, both sides of the validation.
    let worlds = plan.budget as usize + 2 * said.validate as usize;
    let progress = Progress::new(manners, &format!("tuning {}", said.strategy), worlds);
    let most = said.seeds.max(said.validate);
    let rehearsal = Rehearsal::new(&scenario, &said.strategy, &goals, most, &progress)
        .map_err(|why| refused(&why, said))?;
    let study = tune(&rehearsal, plan, said.validate);
    let study = match study {
        Ok(Some(study)) => study,
        Ok(None) => {
            return Err(Failure::usage(format!(
                "a budget of {} does not last for the strategy as it is: --budget {} or more",
                if plan.budget == 1 {
                    "one world".to_owned()
                } else {
                    format!("{} worlds", plan.budget)
                },
                Plan::least(said.seeds)
            )));
        }
        Err(RehearsalFault::Stopped) => {
            let says = "stopped: nothing was found yet".to_owned();
            return Err(Failure::Said { says, ending: Ending::Stopped });
        }
        Err(RehearsalFault::Simulate(SimulateFault::NoLimits(fault))) => {
            return Err(Failure::invalid(fault.to_string()));
        }
        Err(RehearsalFault::Simulate(fault)) => return Err(Failure::ours(fault.to_string())),
    };
    progress.finish(manners, &format!("tried {} settings", study.found.settings));
    let (parts, parameters) = (rehearsal.parts, rehearsal.parameters.clone());
    let strategy = said.strategy.clone();
    Ok(Tuned { scenario, strategy, goals, parts, parameters, study })
}

/// Why there is nothing to tune, and what to do about it.
fn refused(why: &NoGoal, said: &Tune) -> Failure {
    let (strategy, file) = (&said.strategy, said.file.display());
    match why {
        NoGoal::NoStrategy(names) => Failure::usage(format!(
            "{file} has no strategy “{strategy}”; it has {}",
            names.join(", ")
        )),
        NoGoal::NoParameter => Failure::usage(format!(
            "“{strategy}” has no number of its own that could be another: nothing it does is counted, timed or shared out. Name a strategy with tries, a wait, a cap, a share or a budget"
        )),
        NoGoal::NobodyFollows => Failure::usage(format!(
            "nobody in {file} follows “{strategy}”: without jobs, or where every group has a strategy of its own, there is nothing to tune it by"
        )),
        NoGoal::NoGroup(name, groups) => {
            Failure::usage(format!("{file} has no group “{name}”; it has {}", groups.join(", ")))
        }
    }
}
