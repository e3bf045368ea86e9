//! The one place where shares, percentiles, rates and spreads are made.
//!
//! Everything is computed in integers and turned into a number with at most six decimals at the
//! very end, so that the same record gives the same document everywhere. Rounding never says more
//! than is true: a share is written as 0 or 1 only when it is exactly that, and a time is rounded
//! up, so that one past its bound does not read as within.

mod fleet;
mod league;
mod recovery;
mod sensitivity;
mod spending;

use std::collections::BTreeMap;

use limits::Span;

pub use fleet::{fairness, synchronisation};
pub use league::league;
pub use recovery::{Recovery, recovery};
pub use sensitivity::{Effect, Matters, sensitivity};
pub use spending::dollars;

use crate::cell::{Cell, GroupCell};
use crate::expectation::{Figure, Kind, Measure, Percentile};
use crate::file::RunRecord;
use crate::header::Header;
use crate::histogram::Histogram;
use crate::judge::{self, Judged, Judgement, Measured};
use crate::key::CellKey;
use crate::leaf::Leaf;
use crate::summary::{
    AssumptionSummary, AttemptSummary, CellSummary, Changed, ExpectationSummary, HeadroomSummary,
    JobSummary, Percentiles, RateSummary, SUMMARY_SCHEMA, ScenarioSummary, ShareSummary,
    SpreadSummary, Summary, Variant, WithoutLimit,
};
use crate::times::{Latency, TimeSum};

/// Six decimals.
const MILLION: u128 = 1_000_000;
const SECOND: u128 = 1_000_000_000;
/// Statuses that the document always lists.
const STATUSES: [u16; 3] = [200, 429, 503];

/// The summary document of a record.
#[must_use]
pub fn summary(record: &RunRecord) -> Summary {
    let header = record.header();
    let judgement = record.judge();
    let mut cells = Vec::new();
    let mut growth = Vec::new();
    let mut variants: Vec<Variant> = Vec::new();
    for cell in record.cells() {
        if header.is_growth(cell.key()) {
            growth.extend(rows(header, cell, &[]));
        } else if cell.key().is_as_supposed() {
            cells.extend(rows(header, cell, &judgement.judged));
        } else if !cell.key().is_without_limit() {
            let changed = changed(cell);
            let rows = rows(header, cell, &[]);
            match variants.iter_mut().find(|variant| variant.changed == changed) {
                Some(variant) => variant.cells.extend(rows),
                None => variants.push(Variant { changed, cells: rows.collect() }),
            }
        }
    }
    let recipe = &header.recipe;
    Summary {
        schema: SUMMARY_SCHEMA,
        scenario: ScenarioSummary {
            title: recipe.scenario.title.clone(),
            file: recipe.scenario.file.clone(),
            sha256: recipe.scenario.sha256.clone(),
        },
        edition: recipe.edition.name.clone(),
        seed: recipe.seed,
        driver: header.driver.name(),
        lasts_s: seconds(header.lasts),
        cells,
        variants,
        growth,
        league: league(record),
        without_limit: WithoutLimit { in_time: in_time_without_limit(record) },
        expectations: expectations(header, &judgement),
        verdict: judgement.verdict,
        assumptions: header
            .assumptions
            .iter()
            .map(|note| AssumptionSummary {
                name: note.name.clone(),
                value: note.value.clone(),
                certainty: note.certainty.clone(),
            })
            .collect(),
    }
}

/// A percentile of a time over all replications: the upper edge of its bin, which for the last bin
/// is the longest time itself, so that no percentile exceeds the maximum. None with fewer than ten
/// samples beyond it, or when the job of that rank never came to an answer.
#[must_use]
pub fn percentile(group: &GroupCell, measure: Measure, percentile: Percentile) -> Option<Span> {
    percentile_of(group, &group.pooled(), measure, percentile)
}

/// The same for a group that is already added up.
pub(crate) fn percentile_of(
    group: &GroupCell,
    pooled: &Leaf,
    measure: Measure,
    percentile: Percentile,
) -> Option<Span> {
    let samples = judge::samples(measure, pooled);
    if !percentile.is_told(samples) {
        return None;
    }
    let edge = group.histogram(measure).at_rank(percentile.rank(samples))?;
    let longest = times(pooled, measure).most?;
    Some(Span::from_nanos(edge.min(longest)))
}

/// The same of a time that no expectation is about.
#[must_use]
pub fn latency(group: &GroupCell, latency: Latency, percentile: Percentile) -> Option<Span> {
    latency_of(group, &group.pooled(), latency, percentile)
}

fn latency_of(
    group: &GroupCell,
    pooled: &Leaf,
    latency: Latency,
    percentile: Percentile,
) -> Option<Span> {
    let longest = latency.of(&pooled.times).most?;
    let edge = spread_at(latency.of(group.times()), percentile)?;
    Some(edge.min(Span::from_nanos(longest)))
}

/// A percentile of some times: the upper edge of its bin; none with fewer than ten beyond it.
#[must_use]
pub fn spread_at(times: &Histogram, percentile: Percentile) -> Option<Span> {
    let samples = times.count();
    let rank = percentile.is_told(samples).then(|| percentile.rank(samples))?;
    times.at_rank(rank).map(Span::from_nanos)
}

/// A share of some whole, with six decimals; none when the whole is nothing. Only nothing is 0,
/// and only everything is 1.
#[must_use]
pub fn share(part: u64, of: u64) -> Option<f64> {
    let exact = rounded(u128::from(part) * MILLION, u128::from(of))?;
    Some(decimal(match part {
        0 => 0,
        _ if part >= of => exact,
        _ => exact.clamp(1, MILLION - 1),
    }))
}

/// So many for each of so many, with six decimals; none when there is nothing to divide by.
#[must_use]
pub fn ratio(part: u64, of: u64) -> Option<f64> {
    rounded(u128::from(part) * MILLION, u128::from(of)).map(decimal)
}

/// How often something happened per second of the run proper, in the mean of its replications.
#[must_use]
pub fn rate(count: u64, replications: u32, lasts: Span) -> Option<f64> {
    let time = u128::from(replications) * u128::from(lasts.nanos());
    rounded(u128::from(count) * MILLION * SECOND, time).map(decimal)
}

/// A time in seconds, rounded up to a microsecond.
#[must_use]
pub fn seconds(time: Span) -> f64 {
    decimal(u128::from(time.nanos()).div_ceil(SECOND / MILLION))
}

/// A whole quotient, rounded half up; none when there is nothing to divide by.
const fn rounded(part: u128, of: u128) -> Option<u128> {
    // A remainder of half or more rounds up; doubling it instead could overflow.
    match (part.checked_div(of), part.checked_rem(of)) {
        (Some(quotient), Some(rest)) => Some(quotient + (rest >= of - rest) as u128),
        _ => None,
    }
}

/// Millionths as a number: the one nearest to those six decimals, which therefore prints as them.
const fn decimal(millionths: u128) -> f64 {
    millionths as f64 / MILLION as f64
}

/// The rows of a cell: the whole, and each group where there are several.
fn rows<'a>(
    header: &'a Header,
    cell: &'a Cell,
    judged: &'a [Judged],
) -> impl Iterator<Item = CellSummary> + 'a {
    let named = header.groups.iter().zip(cell.groups());
    let groups = named
        .filter(|_| cell.groups().len() > 1)
        .enumerate()
        .map(move |(number, (_, group))| row(header, cell, Some(number), group, judged));
    core::iter::once(row(header, cell, None, &cell.whole(), judged)).chain(groups)
}

fn row(
    header: &Header,
    cell: &Cell,
    number: Option<usize>,
    group: &GroupCell,
    judged: &[Judged],
) -> CellSummary {
    let name = number.and_then(|number| header.groups.get(number)).map(|note| note.name.as_str());
    let pooled = group.pooled();
    let Leaf { jobs, attempts, within, .. } = &pooled;
    let replications = cell.replications().count();
    let tier = cell.key().tier();
    let strategy = cell.key().strategy();
    let per_second = |count| rate(count, replications, header.lasts);
    let (named, past_hour_per_minute) = axis(header, tier);
    CellSummary {
        tier: named,
        past_hour_per_minute,
        strategy: strategy.map(str::to_owned),
        load: load(cell.key()),
        group: name.map(str::to_owned),
        replications,
        judged: judged.iter().any(|judged| {
            cell.key().is_plain()
                && judged.tier.as_deref() == tier
                && judged.strategy.as_deref() == strategy
                && judged.group.as_deref() == name
        }),
        jobs: JobSummary::of(jobs),
        attempts: attempt_summary(&pooled),
        share: shares(&pooled),
        spread: SpreadSummary {
            status_429: spread(group, |leaf| shares(leaf).status_429),
            answered: spread(group, |leaf| shares(leaf).answered),
            in_time: spread(group, |leaf| shares(leaf).in_time),
        },
        rate: RateSummary {
            offered_jobs_per_s: per_second(jobs.offered),
            attempts_per_s: per_second(within.sent),
            ok_per_s: per_second(within.ok),
            goodput_jobs_per_s: per_second(within.in_time),
            goodput_tokens_per_s: per_second(within.in_time_tokens),
        },
        attempts_per_job: ratio(attempts.sent, jobs.offered),
        wait_s: percentiles(group, &pooled, Measure::Wait),
        time_to_answer_s: percentiles(group, &pooled, Measure::TimeToAnswer),
        time_to_outcome_s: percentiles(group, &pooled, Measure::TimeToOutcome),
        time_to_first_token_s: percentiles(group, &pooled, Measure::TimeToFirstToken),
        service_time_s: latencies(group, &pooled, Latency::Service),
        time_per_token_s: latencies(group, &pooled, Latency::PerToken),
        refusal_s: latencies(group, &pooled, Latency::Refusal),
        fairness: fairness(group),
        synchronisation: synchronisation(&pooled),
        recovery: recovery::rows(header, group),
        useless_retries: fleet::useless(&pooled),
        hedges: fleet::hedges(&pooled),
        elsewhere: fleet::elsewhere(&pooled),
        headroom: headroom_of(group, &pooled),
        cost_usd: spending::cost(header, cell, number),
        account: number.is_none().then(|| spending::account(header, cell)).flatten(),
    }
}

/// Which share of the traffic a cell had, as a number: `150%` is 1.5. One that nobody can read is
/// all of it.
pub(crate) fn load(key: &CellKey) -> f64 {
    let (whole, rest) = key
        .load()
        .trim_end_matches('%')
        .split_once('.')
        .unwrap_or((key.load().trim_end_matches('%'), ""));
    let digits: String = whole.chars().chain(rest.chars().chain("0000".chars()).take(4)).collect();
    digits.parse().map_or(1.0, |millionths: u64| decimal(millionths.into()))
}

/// Where a rung stands on the ladder; one that is not on it comes first.
fn ladder_place(header: &Header, rung: Option<&str>) -> Option<usize> {
    header.ladder.iter().position(|known| Some(known.tier.as_str()) == rung)
}

/// What the document says of a rung: its tier, or the past hour where there are no tiers.
fn axis(header: &Header, rung: Option<&str>) -> (Option<String>, Option<u64>) {
    let known = header.ladder.iter().find(|known| Some(known.tier.as_str()) == rung);
    let past_hour = known.and_then(|known| known.past_hour_rpm);
    (rung.filter(|_| past_hour.is_none()).map(str::to_owned), past_hour)
}

fn attempt_summary(leaf: &Leaf) -> AttemptSummary {
    let attempts = &leaf.attempts;
    let mut by_status = BTreeMap::from(STATUSES.map(|status| (status, 0)));
    by_status.extend(&attempts.by_status);
    AttemptSummary {
        sent: attempts.sent,
        ok: attempts.ok,
        refused: attempts.refused,
        failed: attempts.failed,
        unanswered: attempts.unanswered,
        cancelled: attempts.cancelled,
        open: attempts.open,
        by_status,
        refused_by: attempts.refused_by,
    }
}

/// The shares of one leaf.
#[must_use]
pub fn shares(leaf: &Leaf) -> ShareSummary {
    let Leaf { jobs, attempts, .. } = leaf;
    ShareSummary {
        status_429: share(attempts.with_status(429), attempts.sent),
        first_attempt_429: share(jobs.first_attempt_429, jobs.offered),
        answered: share(jobs.answered, jobs.offered),
        in_time: share(jobs.in_time, jobs.offered),
    }
}

/// The lowest and the highest replication that has the figure.
fn spread(group: &GroupCell, figure: impl Fn(&Leaf) -> Option<f64>) -> Option<[f64; 2]> {
    group.leaves().iter().filter_map(figure).fold(None, |range, figure| {
        let [low, high] = range.unwrap_or([figure, figure]);
        Some([low.min(figure), high.max(figure)])
    })
}

fn percentiles(group: &GroupCell, pooled: &Leaf, measure: Measure) -> Percentiles {
    let at = |which| percentile_of(group, pooled, measure, which).map(seconds);
    Percentiles {
        p50: at(Percentile::P50),
        p90: at(Percentile::P90),
        p95: at(Percentile::P95),
        p99: at(Percentile::P99),
        p999: at(Percentile::P999),
        max: longest(pooled, measure).map(seconds),
    }
}

fn latencies(group: &GroupCell, pooled: &Leaf, latency: Latency) -> Percentiles {
    let at = |which| latency_of(group, pooled, latency, which).map(seconds);
    Percentiles {
        p50: at(Percentile::P50),
        p90: at(Percentile::P90),
        p95: at(Percentile::P95),
        p99: at(Percentile::P99),
        p999: at(Percentile::P999),
        max: latency.of(&pooled.times).most.map(Span::from_nanos).map(seconds),
    }
}

/// The longest time, exactly; none without samples, or when one of them is never.
fn longest(pooled: &Leaf, measure: Measure) -> Option<Span> {
    let never = judge::samples(measure, pooled) > pooled.jobs.answered;
    times(pooled, measure).most.filter(|_| !never).map(Span::from_nanos)
}

/// Sum and extremes of a measure over answered jobs.
const fn times(pooled: &Leaf, measure: Measure) -> &TimeSum {
    match measure {
        Measure::Wait => &pooled.times.wait,
        Measure::TimeToAnswer | Measure::TimeToOutcome => &pooled.times.answer,
        Measure::TimeToFirstToken => &pooled.times.first_token,
    }
}

/// What was left of the limits; null where nothing was limited, and in runs over sockets.
#[must_use]
pub fn headroom(group: &GroupCell) -> HeadroomSummary {
    headroom_of(group, &group.pooled())
}

/// The same for a group that is already added up.
fn headroom_of(group: &GroupCell, pooled: &Leaf) -> HeadroomSummary {
    // The admissions with less left than all but a tenth are the tail here, as the slowest are of a
    // time, and as many of them are asked for.
    let (peak, but_a_tenth) = (group.peak(), Percentile::P90);
    let admissions = peak.count();
    let rank = admissions - but_a_tenth.rank(admissions) + 1;
    let percent = but_a_tenth.is_told(admissions).then(|| peak.at_rank(rank)).flatten();
    HeadroomSummary {
        lowest_remaining_share: pooled.lowest_remaining.map(|left| decimal(left.into())),
        peak_p10_remaining_share: percent
            .map(|percent| decimal(u128::from(percent) * MILLION / 100)),
    }
}

/// What a variant's cell changed; its load is told apart.
fn changed(cell: &Cell) -> Changed {
    let join = |words: Vec<&str>| words.join(", ");
    let (names, values) = cell.key().assumed().unzip();
    Changed { assumption: join(names), to: join(values) }
}

/// The best in-time share of the cells without a limit: what the service alone allows.
fn in_time_without_limit(record: &RunRecord) -> Option<f64> {
    let free = record.cells().iter().filter(|cell| cell.key().is_without_limit());
    free.filter_map(|cell| shares(&cell.whole().pooled()).in_time).reduce(f64::max)
}

fn expectations(header: &Header, judgement: &Judgement) -> Vec<ExpectationSummary> {
    let told = judgement.judged.iter().filter_map(|judged| {
        let expectation = header.expectations.get(judged.expectation)?;
        let (tier, past_hour_per_minute) = axis(header, judged.tier.as_deref());
        Some(ExpectationSummary {
            name: expectation.name.clone(),
            tier,
            past_hour_per_minute,
            strategy: judged.strategy.clone(),
            measured: judged.measured.and_then(|measured| number(measured, expectation.figure)),
            verdict: judged.verdict,
            met_in: [judged.met, judged.of],
        })
    });
    told.collect()
}

/// A measured figure as the document has it.
fn number(measured: Measured, figure: Figure) -> Option<f64> {
    match measured {
        Measured::Fraction { part, of } if figure.kind() == Kind::Share => share(part, of),
        Measured::Fraction { part, of } => ratio(part, of),
        Measured::Time(time) => Some(seconds(time)),
        Measured::Money(amount) => Some(dollars(amount)),
    }
}
