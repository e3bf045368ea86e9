//! What `check` says of money: what the mean job costs, what an hour, a day and a month of this
//! shape cost, and when the credit is used up. As if each job were answered at its first attempt.

use std::fmt::Write as _;

use comfy_table::CellAlignment;
use limits::Span;
use money::Money;
use report::numbers;
use scenario::Scenario;
use serde::Serialize;

use crate::summary_text::plain_table;

/// Hours in a month of thirty days.
const MONTH: u64 = 720;
const DAY: u64 = 24;
/// Nanoseconds of an hour.
const HOUR: u64 = 3_600_000_000_000;

/// What is charged over and over, and what once.
struct Costs {
    /// What it is, what one costs, what an hour costs.
    rows: Vec<(String, String, Option<Money>)>,
    hourly: Money,
    /// What an hour costs on average over the run, in which hardware may run for a part only.
    averaged: Money,
    /// Hardware that runs for a part of the run: its name, for how long, what that costs.
    parts: Vec<(String, Span, Money)>,
    once: Vec<(String, Money)>,
}

fn costs(scenario: &Scenario) -> Costs {
    let given = &scenario.assumptions;
    let mut rows = Vec::new();
    for check in scenario::check_costs(scenario) {
        let group = scenario.groups.get(check.group);
        let (name, endpoint) = group.map_or(("", None), |group| (&*group.name, group.endpoint));
        // What is paid by the minute is told of the endpoint.
        if endpoint.is_none() {
            let each = check.each.map_or_else(|| "nobody says".to_owned(), |each| exact(each, 6));
            rows.push((name.to_owned(), format!("{each} a job"), check.hourly));
        }
    }
    let used: Money = rows.iter().filter_map(|(_, _, hourly)| *hourly).sum();
    let (mut averaged, mut parts) = (used, Vec::new());
    for check in scenario::check_hours(scenario) {
        let name = scenario.endpoints.get(check.endpoint).map_or("", |endpoint| &endpoint.name);
        if let Some(whole) = check.whole {
            averaged += whole.of_parts(HOUR, scenario.lasts.nanos());
            if check.runs < scenario.lasts {
                parts.push((name.to_owned(), check.runs, whole));
            }
        }
        let replica = check.replica.map_or_else(|| "nobody says".to_owned(), |one| exact(one, 4));
        rows.push((name.to_owned(), format!("{replica} an hour, each"), check.hourly));
    }
    let fine_tunes = scenario.fine_tunes.iter().filter_map(|one| {
        Some((format!("training {}", one.name), scenario.fine_tune_cost(one, given)?))
    });
    let evaluations = scenario.evaluations.iter().filter_map(|one| {
        Some((format!("judging {}", one.name), scenario.evaluation_cost(one, given)?))
    });
    let hourly = rows.iter().filter_map(|(_, _, hourly)| *hourly).sum();
    let once = fine_tunes.chain(evaluations).collect();
    Costs { rows, hourly, averaged, parts, once }
}

pub(crate) fn text(scenario: &Scenario) -> String {
    let costs = costs(scenario);
    let mut text = String::new();
    if costs.rows.iter().any(|(_, _, hourly)| hourly.is_some()) {
        let mut table = plain_table();
        table.set_header(["what it costs", "each", "an hour", "a day", "30 days"]);
        let row = |name: &str, each: &str, hourly: Option<Money>| {
            let times = |hours| hourly.map_or_else(String::new, |one| exact(one.times(hours), 2));
            [name.to_owned(), each.to_owned(), times(1), times(DAY), times(MONTH)]
        };
        for (name, each, hourly) in &costs.rows {
            table.add_row(row(name, each, *hourly));
        }
        if costs.rows.len() > 1 {
            table.add_row(row("all of it", "", Some(costs.hourly)));
        }
        for column in table.column_iter_mut().skip(1) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        let _ = writeln!(text, "\n{}", table.trim_fmt());
    } else {
        let unpriced: Vec<&str> = costs.rows.iter().map(|(name, _, _)| name.as_str()).collect();
        if !unpriced.is_empty() {
            let edition = scenario.edition.name();
            let names = unpriced.join(", ");
            let _ = writeln!(text, "\nedition {edition} says no price for {names}");
        }
    }
    for (name, runs, cost) in &costs.parts {
        let hours = numbers::rate(runs.nanos() as f64 / HOUR as f64);
        let _ = writeln!(text, "{name} runs for {hours} hours in this file: {}", exact(*cost, 2));
    }
    for (what, cost) in &costs.once {
        let _ = writeln!(text, "{what} costs {}, once", exact(*cost, 2));
    }
    let once: Money = costs.once.iter().map(|(_, cost)| *cost).sum();
    if let Some(lasts) = scenario.credit_lasts(costs.averaged, once) {
        let hours = lasts.nanos() as f64 / HOUR as f64;
        let _ = writeln!(
            text,
            "the credit at the start is used up after {} hours of this; what is bought later, and \
             debt,\nneed a rehearsal",
            numbers::rate(hours)
        );
    }
    if let Some(discount) = scenario.discount() {
        let percent = discount.parts_per_billion() as f64 / 1e7;
        let _ = writeln!(text, "prices are less the discount of {} %", numbers::rate(percent));
    }
    text
}

/// To so many decimals; more where that would be nothing.
fn exact(amount: Money, decimals: usize) -> String {
    let rounded = format!("{amount:.decimals$}");
    let nothing = !rounded.bytes().any(|digit| matches!(digit, b'1'..=b'9'));
    if nothing { amount.to_string() } else { rounded }
}

/// One line of the bill, for the document.
#[derive(Serialize)]
pub(crate) struct Row {
    name: String,
    usd_per_job: Option<f64>,
    /// Of hardware: while it runs.
    usd_per_hour: Option<f64>,
    /// What hardware costs in the whole run, of which it may run for a part only; null of requests.
    usd_in_run: Option<f64>,
    /// Where its price comes from: facts and assumptions by name.
    price_from: Vec<String>,
}

pub(crate) fn rows(scenario: &Scenario) -> Vec<Row> {
    let groups = scenario::check_costs(scenario).into_iter().map(|check| Row {
        name: scenario.groups.get(check.group).map_or_else(String::new, |one| one.name.clone()),
        usd_per_job: check.each.map(usd),
        usd_per_hour: check.hourly.map(usd),
        usd_in_run: None,
        price_from: check.priced.map_or_else(Vec::new, |priced| priced.facts),
    });
    let endpoints = scenario::check_hours(scenario).into_iter().map(|check| Row {
        name: scenario.endpoints.get(check.endpoint).map_or_else(String::new, |e| e.name.clone()),
        usd_per_job: None,
        usd_per_hour: check.hourly.map(usd),
        usd_in_run: check.whole.map(usd),
        price_from: Vec::new(),
    });
    groups.chain(endpoints).collect()
}

/// Dollars to a billionth.
fn usd(amount: Money) -> f64 {
    (amount.in_dollars() * 1e9).round() / 1e9
}
