//! What tuning came to, for scripts: one document.

use run_record::Verdict;
use serde::Serialize;
use tuning::{Came, Estimate, SliceRow, Validated};

use crate::tune::Tuned;

const SCHEMA: &str = "tierlab/tuning/1";

/// The document. Shares are fractions of one, times seconds; what cannot be told is null.
pub(crate) fn of(tuned: &Tuned) -> Result<String, serde_json::Error> {
    let mut text = serde_json::to_string_pretty(&document(tuned))?;
    text.push('\n');
    Ok(text)
}

#[derive(Serialize)]
struct Document {
    schema: &'static str,
    title: String,
    file: String,
    edition: String,
    tier: String,
    strategy: String,
    goals: Vec<String>,
    search: Search,
    parameters: Vec<ParameterRow>,
    validation: Validation,
    /// Null where nothing is to be changed, where the goal is missed and what was found is no better,
    /// and where the language has no words for a part.
    strategy_toml: Option<String>,
}

#[derive(Serialize)]
struct Search {
    /// The first and the last.
    seeds: [u64; 2],
    worlds: u32,
    settings: usize,
    /// Those tried under all seeds, and those of them not told from the best.
    settings_with_all_seeds: usize,
    not_told_from_the_best: usize,
    /// Whether the budget lasted for every value of each parameter around the best.
    finished: bool,
}

#[derive(Serialize)]
struct ParameterRow {
    name: &'static str,
    was: String,
    tuned: String,
    /// Around the best, the other parameters as tuned.
    values: Vec<ValueRow>,
}

#[derive(Serialize)]
struct ValueRow {
    value: String,
    measured: Vec<Option<f64>>,
    attempts_per_job: f64,
    not_told_from_the_best: bool,
}

#[derive(Serialize)]
struct Validation {
    /// The first and the last.
    seeds: [u64; 2],
    tuned: Side,
    untuned: Side,
    /// Tuned less untuned, seed by seed.
    difference: Figures,
}

#[derive(Serialize)]
struct Side {
    verdict: Verdict,
    met_in: Vec<[u32; 2]>,
    #[serde(flatten)]
    figures: Figures,
}

#[derive(Serialize)]
struct Figures {
    goals: Vec<Option<Interval>>,
    attempts_per_job: Option<Interval>,
}

#[derive(Serialize)]
struct Interval {
    mean: f64,
    /// 95 %, by Student's t over seeds.
    interval: Option<[f64; 2]>,
}

fn document(tuned: &Tuned) -> Document {
    let Tuned { scenario, study, .. } = tuned;
    let seeds = |range: &core::ops::Range<u32>| {
        [range.start, range.end.saturating_sub(1)].map(|at| scenario.seed.wrapping_add(at.into()))
    };
    Document {
        schema: SCHEMA,
        title: scenario.title.clone(),
        file: scenario.name.clone(),
        edition: scenario.edition.name().to_owned(),
        tier: scenario.tier.name().to_owned(),
        strategy: tuned.strategy.clone(),
        goals: tuned.goals.iter().map(|goal| goal.name.clone()).collect(),
        search: Search {
            seeds: seeds(&study.searched),
            worlds: study.found.worlds,
            settings: study.found.settings,
            settings_with_all_seeds: study.found.tried.len(),
            not_told_from_the_best: study.found.flat().len(),
            finished: study.found.is_finished,
        },
        parameters: parameters(tuned),
        validation: Validation {
            seeds: seeds(&study.fresh),
            tuned: side(&study.tuned),
            untuned: side(&study.own),
            difference: figures(&study.gains, study.cost_gain),
        },
        strategy_toml: tuned.to_paste(),
    }
}

fn parameters(tuned: &Tuned) -> Vec<ParameterRow> {
    let rows = tuned.parameters.iter().enumerate().map(|(place, parameter)| {
        let knob = parameter.knob;
        let text = |parts| knob.read(parts).map_or_else(String::new, |value| knob.text(value));
        let slice = tuned.study.slices.iter().find(|slice| slice.parameter == place);
        let value = |row: &SliceRow| {
            let Came { values, cost, .. } = row.tried.pooled.clone();
            Some(ValueRow {
                value: knob.text(*parameter.values.get(row.value)?),
                measured: values,
                attempts_per_job: cost,
                not_told_from_the_best: row.is_as_good,
            })
        };
        ParameterRow {
            name: knob.name(),
            was: text(&tuned.parts),
            tuned: text(&tuned.study.parts),
            values: slice.iter().flat_map(|slice| &slice.rows).filter_map(value).collect(),
        }
    });
    rows.collect()
}

fn side(side: &Validated) -> Side {
    Side {
        verdict: side.verdict,
        met_in: side.judged.iter().map(|judged| [judged.met, judged.of]).collect(),
        figures: figures(&side.values, side.cost),
    }
}

fn figures(goals: &[Option<Estimate>], cost: Option<Estimate>) -> Figures {
    let interval = |estimate: Option<Estimate>| {
        let Estimate { mean, within, .. } = estimate?;
        Some(Interval { mean, interval: within.map(|within| [mean - within, mean + within]) })
    };
    Figures {
        goals: goals.iter().copied().map(interval).collect(),
        attempts_per_job: interval(cost),
    }
}
