//! The block of figures within a page.

use run_record::{Header, RunRecord};

use super::*;
use crate::page::Page as Drawn;
use crate::sample::{Told, launch, launch_with, record_of};

/// The block of a page, taken from the page as anybody would.
fn block(record: &RunRecord) -> Value {
    let html = Drawn::from_runs(std::slice::from_ref(record)).to_html();
    let (_, rest) = html.split_once("<script id=\"data\" type=\"application/json\">").unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[test]
fn every_cell_has_the_counts_of_the_record() {
    let record = launch();
    let block = block(&record);
    assert_eq!(block["schema"], SCHEMA);
    let place = |name: &str| COLUMNS.iter().position(|column| *column == name).unwrap();
    let cells = block["cells"].as_array().unwrap();
    assert_eq!(cells.len(), record.cells().iter().filter(|cell| cell.key().is_plain()).count());
    for cell in cells {
        let at = |name: &str| cell[place(name)].as_u64().unwrap();
        let name = |list: &str, place: &str| -> Value {
            block[list][usize::try_from(at(place)).unwrap()].clone()
        };
        let tier = name("tiers", "tier")["id"].as_str().unwrap().to_owned();
        let strategy = name("strategies", "strategy").as_str().unwrap().to_owned();
        let own = record.cell(&run_record::CellKey::new(Some(&tier), &strategy)).unwrap();
        let total = own.whole().pooled();
        assert_eq!(at("offered"), total.jobs.offered);
        assert_eq!(at("in_time"), total.jobs.in_time);
        assert_eq!(at("sent"), total.attempts.sent);
        assert_eq!(at("status_429"), total.attempts.with_status(429));
        let share = cell[place("in_time_share")].as_f64().unwrap();
        assert!((share - at("in_time") as f64 / at("offered") as f64).abs() < 1e-4);
    }
}

#[test]
fn lines_over_time_add_up_to_their_cells() {
    let record = launch();
    let (block, study) = (block(&record), Study::of(&record));
    let lines = block["lines"].as_array().unwrap();
    let sum = |line: &Value, name: &str| -> u64 {
        line[name].as_array().unwrap().iter().map(|count| count.as_u64().unwrap()).sum()
    };
    let place = |line: &Value, name: &str| usize::try_from(line[name].as_u64().unwrap()).unwrap();
    let refused: Vec<&Value> = lines.iter().filter(|line| line["of"] == "429").collect();
    assert!(!refused.is_empty());
    for line in refused {
        let attempts = &study.outcome(place(line, "s"), place(line, "t")).unwrap().total.attempts;
        assert_eq!(sum(line, "sent"), attempts.sent);
        assert_eq!(sum(line, "status_429"), attempts.with_status(429));
    }
    let tokens = lines.iter().find(|line| line["of"] == "tokens").unwrap();
    assert_eq!(tokens["step_s"], 10);
    assert!(tokens.get("high").is_none(), "a step is not made of shorter ones: {tokens}");
}

#[test]
fn jobs_over_time_add_up_to_the_best_cell_of_each_tier() {
    let record = launch();
    let (block, study) = (block(&record), Study::of(&record));
    let lines = block["lines"].as_array().unwrap();
    let sum = |counts: &Value| -> Option<u64> {
        Some(counts.as_array()?.iter().map(|count| count.as_u64().unwrap()).sum())
    };
    for tier in 0..study.tiers.len() {
        let (row, outcome) = study.best(tier).unwrap();
        let is_it = |line: &&Value| line["of"] == "jobs" && line["t"] == tier;
        let line = lines.iter().find(is_it).unwrap();
        assert_eq!(line["s"], row);
        let jobs = &outcome.total.jobs;
        let due = sum(&line["due"]).unwrap();
        let answered = sum(&line["answered"]).unwrap_or(due);
        assert_eq!(due, jobs.offered);
        assert_eq!(answered, jobs.answered);
        // What is the same as the line before is left out.
        assert_eq!(sum(&line["in_time"]).unwrap_or(answered), jobs.in_time);
    }
}

#[test]
fn folding_keeps_the_extremes_and_no_more_points_than_a_chart_has() {
    let record = record_of(&[("build-2", "give-up", vec![Told::default()])]);
    let study = Study::of(&record);
    // Six hours by the second, with one empty stretch and one sharp peak.
    let counts: Vec<u64> = (0..21_600)
        .map(|second| match second {
            7_000..7_010 => 0,
            14_003..14_013 => 5_000,
            _ => 100,
        })
        .collect();
    let folding = lines::Folding::of(&study, 1, counts.len(), 150);
    let sum = |part: std::ops::Range<usize>| Some(counts[part].iter().sum::<u64>());
    let (low, high) = folding.extremes(counts.len(), sum);
    assert!(low.len() <= 150 && low.len() == high.len());
    let fine: Vec<u64> = counts.chunks(10).map(|part| part.iter().sum()).collect();
    assert_eq!(low.into_iter().flatten().min(), fine.iter().copied().min());
    assert_eq!(high.into_iter().flatten().max(), fine.iter().copied().max());
}

#[test]
fn no_title_ends_the_block() {
    let title = "</script><script>alert(1)</script><!--";
    let record = launch_with(|header: &mut Header| {
        title.clone_into(&mut header.recipe.scenario.title);
    });
    assert_eq!(block(&record)["run"]["title"], title);
    let html = Drawn::from_runs(&[record]).to_html();
    assert!(!html.contains("<script>alert") && !html.contains("<!--"));
}

#[test]
fn a_run_without_jobs_has_a_block_too() {
    let none = Told { offered: 0, ..Told::default() };
    let block = block(&record_of(&[("build-2", "give-up", vec![none])]));
    assert_eq!(block["cells"][0][11], Value::Null);
}
