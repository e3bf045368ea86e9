//! `check`: what binds, told from means, without running anything.

use std::fmt::Write as _;
use std::path::Path;

use comfy_table::CellAlignment;
use report::numbers::{self, Share};
use rulebook::{Tier, Unit};
use scenario::{Binds, EndpointCheck, Scenario, TierCheck};
use serde::Serialize;
use simulator::Alone;

use crate::args::{Check, Format, Manners};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::open::{Opening, open};
use crate::summary_text::{for_terminal, plain_table};
use crate::{age, check_cost, check_loads, each, out};

pub(crate) fn run(said: &Check, manners: &Manners) -> Result<Ending, Failure> {
    if said.format == Format::Json && said.files.len() > 1 {
        return Err(Failure::usage("--format json prints one document: name one file"));
    }
    Ok(each(&said.files, manners, |file| one(file, said, manners)))
}

fn one(file: &Path, said: &Check, manners: &Manners) -> Result<Ending, Failure> {
    let opened = match open(file, &said.overrides, manners)? {
        Opening::Ready(opened) => opened,
        Opening::TraceMissing(says) => {
            return Err(Failure::invalid(format!("{} is valid, but {says}", file.display())));
        }
    };
    let scenario = &opened.scenario;
    age::warn(scenario, manners);
    let checks = scenario::check(scenario);
    let alone = simulator::alone(scenario).map_err(|fault| Failure::invalid(fault.to_string()))?;
    out::print(&match said.format {
        Format::Text => for_terminal(&text(scenario, &checks, alone)),
        Format::Json => {
            json(scenario, &checks, alone).map_err(|error| Failure::ours(error.to_string()))?
        }
    })?;
    Ok(Ending::Fine)
}

fn text(scenario: &Scenario, checks: &[TierCheck], alone: Alone) -> String {
    let mut text = format!(
        "{}\n{} is valid   edition {}   seed {}\n",
        scenario.title,
        scenario.name,
        scenario.edition.name(),
        scenario.seed
    );
    let mut models: Vec<&str> = checks.iter().map(|check| check.model.name()).collect();
    models.dedup();
    models.sort_unstable();
    models.dedup();
    for model in models {
        let of_model: Vec<&TierCheck> = checks.iter().filter(|c| c.model.name() == model).collect();
        text.push_str(&model_text(scenario, model, &of_model));
        text.push_str(&check_loads::text(scenario, model));
    }
    for endpoint in &scenario::check_endpoints(scenario) {
        text.push_str(&endpoint_text(scenario, endpoint));
    }
    for asking in scenario::asking(scenario) {
        let name = scenario.groups.get(asking.group).map_or("", |group| &group.name);
        let users = if asking.users == 1 { "user" } else { "users" };
        let _ = writeln!(
            text,
            "\n{name}: {} {users} ask for {} jobs/s at the most: {:.1} s of thinking and {:.1} s of answer\n\
             to a job. Who waits asks for less, so a limit below that shows as waits",
            numbers::count(asking.users.into()),
            numbers::rate(asking.jobs_per_s),
            asking.think_s,
            asking.answer_s,
        );
    }
    if let Some(share) = alone.share.and_then(Share::from_fraction) {
        let (share, jobs) = (share.in_table(), numbers::count(alone.jobs.into()));
        let of = if alone.all { "all" } else { "the first" };
        let _ = writeln!(text, "\nwithout any limit {share} of {of} {jobs} jobs would be in time");
    }
    text.push_str(&check_cost::text(scenario));
    let assumed = scenario.assumed().count();
    let _ = writeln!(
        text,
        "note: {assumed} assumptions are in force; this reckons with means, so a mix of many short\n\
         and a few very long jobs, or a burst, needs: cargo xtask simulate {}",
        scenario.name
    );
    text
}

fn model_text(scenario: &Scenario, model: &str, checks: &[&TierCheck]) -> String {
    let Some(first) = checks.first() else { return String::new() };
    let mut text = format!("\n{model}\n{}\n\n", asked(first));
    let requests = match first.unit {
        Unit::Requests => "jobs/s by\nrequests",
        Unit::Images => "jobs/s by\nimages",
    };
    let mut table = plain_table();
    table.set_header(["", requests, "jobs/s by\ntokens", "binds", "asked at\nthe peak"]);
    for check in checks {
        let yours = if check.tier == scenario.tier { " (yours)" } else { "" };
        let by_requests = format!(
            "{} ({} {})",
            numbers::rate(check.jobs_per_s_by_requests),
            numbers::count(check.requests.per_minute()),
            match check.unit {
                Unit::Requests => "RPM",
                Unit::Images => "images/min",
            }
        );
        let by_tokens = check.jobs_per_s_by_tokens.zip(check.tokens).map(|(jobs, tokens)| {
            format!("{} ({} TPM)", numbers::rate(jobs), numbers::short(tokens.per_minute()))
        });
        let none = if check.model.work().counts_tokens() { "no limit" } else { "not counted" };
        let binds = match (&check.gate, check.binds) {
            (Some(gated), _) => format!("no access, needs\n{}", gated.needs.title()),
            (None, Binds::Requests) => check.unit.name().to_owned(),
            (None, Binds::Tokens) => "tokens".to_owned(),
        };
        table.add_row([
            format!("{}{yours}", check.tier.title()),
            by_requests,
            by_tokens.unwrap_or_else(|| none.to_owned()),
            binds,
            format!("{} %", numbers::count(whole(check.share_at_peak * 100.0))),
        ]);
    }
    for column in table.column_iter_mut().skip(1) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    let _ = writeln!(text, "{}", table.trim_fmt());
    text.push_str(&behind(first));
    text
}

/// What stands behind the limits of a model: its capacity, and limits that only say whom a lack of
/// it hits.
fn behind(check: &TierCheck) -> String {
    let mut text = String::new();
    if check.capacity.is_some_and(|capacity| capacity.left_per_s <= 0.0) {
        text.push_str(
            "other tenants leave no room at all, as it is supposed: every attempt fails\n",
        );
    } else if let Some(capacity) = check.capacity {
        let jobs = capacity
            .jobs_per_s
            .map_or_else(String::new, |jobs| format!(", {} jobs/s", numbers::rate(jobs)));
        let _ = writeln!(
            text,
            "beside other tenants it is supposed to work off {} tokens/s{jobs}; at the peak you ask\n             for {} % of that",
            numbers::count(whole(capacity.left_per_s)),
            numbers::count(whole(capacity.share_at_peak * 100.0)),
        );
    }
    if !check.hard {
        text.push_str(
            "these rates refuse nothing while capacity suffices; where it lacks, what is above them\n\
             meets 429, and what is within them 503\n",
        );
    }
    text
}

/// What an endpoint carries of what is sent to it.
fn endpoint_text(scenario: &Scenario, check: &EndpointCheck) -> String {
    let Some(endpoint) = scenario.endpoints.get(check.endpoint) else { return String::new() };
    let jobs = |jobs: Option<f64>| jobs.map(numbers::rate);
    let carries = match (jobs(check.jobs_per_s_by_fewest), jobs(check.jobs_per_s_by_most)) {
        (Some(fewest), Some(most)) if fewest != most => format!("{fewest} to {most} jobs/s"),
        (Some(all), _) | (None, Some(all)) => format!("{all} jobs/s"),
        (None, None) => "any job".to_owned(),
    };
    format!(
        "\n{} ({}) carries {carries}; at the peak you ask for {} jobs/s, {} % of that\n",
        endpoint.name,
        endpoint.model.name(),
        numbers::rate(check.peak_jobs_per_s),
        numbers::count(whole(check.share_at_peak * 100.0)),
    )
}

/// What the mean job needs and what is asked for at the peak, in what the limits count.
fn asked(check: &TierCheck) -> String {
    let jobs = numbers::rate(check.peak_jobs_per_s);
    let minute = |per_s: f64| numbers::short(whole(per_s * 60.0));
    if check.model.work().counts_tokens() {
        let (mean, tokens) = (whole(check.mean_tokens), minute(check.peak_tokens_per_s));
        let mean = numbers::count(mean);
        return format!(
            "a job needs {mean} tokens on average; at the peak you ask for {jobs} jobs/s, \
             {tokens} tokens/min"
        );
    }
    let units = minute(check.peak_jobs_per_s * check.mean_units);
    match check.unit {
        Unit::Requests => format!("at the peak you ask for {jobs} jobs/s, {units} requests/min"),
        Unit::Images => {
            let mean = numbers::rate(check.mean_units);
            format!(
                "a job needs {mean} images on average; at the peak you ask for {jobs} jobs/s, \
                 {units} images/min"
            )
        }
    }
}

/// A mean, never negative, as a whole number.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a mean of tokens is positive and far below 2^53"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value.round() as u64
}

/// The document of `check --format json`.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    title: &'a str,
    file: &'a str,
    edition: &'a str,
    account_tier: Option<&'a str>,
    account_past_hour_per_minute: Option<u64>,
    in_time_without_limit: Option<f64>,
    checks: Vec<Row<'a>>,
    /// The same at the other loads that the file compares, on the account's tier.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    loads: Vec<check_loads::Row>,
    costs: Vec<check_cost::Row>,
}

#[derive(Serialize)]
struct Row<'a> {
    tier: Option<&'a str>,
    past_hour_per_minute: Option<u64>,
    model: &'a str,
    mean_tokens_per_job: f64,
    requests_per_min: u64,
    tokens_per_min: Option<u64>,
    jobs_per_s_by_requests: f64,
    jobs_per_s_by_tokens: Option<f64>,
    binds: &'static str,
    asked_peak_jobs_per_s: f64,
    asked_share_of_limit: f64,
    /// False where the limits only say whom a lack of capacity hits.
    refuses: bool,
    /// The lowest tier with access, where this one has none.
    needs_tier: Option<&'a str>,
    asked_share_of_capacity: Option<f64>,
}

fn json(
    scenario: &Scenario,
    checks: &[TierCheck],
    alone: Alone,
) -> Result<String, serde_json::Error> {
    let rows = checks.iter().map(|check| Row {
        tier: tier_of(&check.tier),
        past_hour_per_minute: past_hour_of(&check.tier),
        model: check.model.name(),
        mean_tokens_per_job: six(check.mean_tokens),
        requests_per_min: check.requests.per_minute(),
        tokens_per_min: check.tokens.map(limits::Rate::per_minute),
        jobs_per_s_by_requests: six(check.jobs_per_s_by_requests),
        jobs_per_s_by_tokens: check.jobs_per_s_by_tokens.map(six),
        binds: match check.binds {
            Binds::Requests => check.unit.name(),
            Binds::Tokens => "tokens",
        },
        asked_peak_jobs_per_s: six(check.peak_jobs_per_s),
        asked_share_of_limit: six(check.share_at_peak),
        refuses: check.hard,
        needs_tier: check.gate.as_ref().map(|gated| gated.needs.name()),
        asked_share_of_capacity: check.capacity.map(|capacity| six(capacity.share_at_peak)),
    });
    let document = Document {
        schema: "tierlab/check/1",
        title: &scenario.title,
        file: &scenario.name,
        edition: scenario.edition.name(),
        account_tier: tier_of(&scenario.tier),
        account_past_hour_per_minute: past_hour_of(&scenario.tier),
        in_time_without_limit: alone.share.map(six),
        checks: rows.collect(),
        loads: check_loads::rows(scenario),
        costs: check_cost::rows(scenario),
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

/// The name of a tier; nothing where a rung is a past hour.
fn tier_of(tier: &Tier) -> Option<&str> {
    tier.past_hour().is_none().then(|| tier.name())
}

fn past_hour_of(tier: &Tier) -> Option<u64> {
    tier.past_hour().map(limits::Rate::per_minute)
}

/// At most six decimals, as everywhere in our documents.
pub(crate) fn six(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
