//! The comparison as scripts read it.
//!
//! As in the summary document, keys stand in one order and are always there, times are seconds and
//! shares fractions of one; what cannot be told is null, never zero. A difference is signed, live
//! less simulated, and rounded away from zero: for shares their difference, for attempts per job a
//! fraction of the simulated figure. What is allowed is in the same unit, rounded down to it.

use serde::Serialize;

use super::{Agreement, ComparedCell, Pair, Tolerances, Withheld};
use crate::agreement::figure::{Compared, Unit, Unjudged, Value};
use crate::derive;
use crate::expectation::Billionths;
use crate::file::RunRecord;
use crate::judge::Verdict;
use crate::key::CellKey;
use crate::leaf::Leaf;
use crate::summary::JobSummary;

/// The document's version.
pub const COMPARISON_SCHEMA: &str = "tierlab/comparison/1";

pub(super) fn json(agreement: &Agreement, pair: &Pair<'_>) -> String {
    let document = Document {
        schema: COMPARISON_SCHEMA,
        simulated: Side::of(pair.simulated()),
        live: Side::of(pair.live()),
        tolerances: Allowed::of(&agreement.tolerances),
        withheld: agreement.withheld.iter().map(Why::of).collect(),
        cells: agreement.cells.iter().map(Row::of).collect(),
        only_simulated: &agreement.only_simulated,
        only_live: &agreement.only_live,
        verdict: agreement.verdict,
    };
    // Writing structs of plain values to memory has no way to fail.
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    simulated: Side<'a>,
    live: Side<'a>,
    tolerances: Allowed,
    withheld: Vec<Why<'a>>,
    cells: Vec<Row<'a>>,
    only_simulated: &'a [CellKey],
    only_live: &'a [CellKey],
    verdict: Verdict,
}

/// What one run was.
#[derive(Serialize)]
struct Side<'a> {
    title: &'a str,
    file: &'a str,
    sha256: &'a str,
    edition: &'a str,
    trace_sha256: Option<&'a str>,
    seed: u64,
    engine: u32,
    lasts_s: f64,
    drain_s: f64,
    cut_short: bool,
    /// Where the requests went; null in virtual time.
    target: Option<&'a str>,
    began_unix_s: Option<u64>,
    /// How late the generator was; null in virtual time.
    late_p50_s: Option<f64>,
    late_p99_s: Option<f64>,
    /// Attempts that its machine had no connection for; null in virtual time.
    starved: Option<u64>,
}

impl<'a> Side<'a> {
    fn of(record: &'a RunRecord) -> Side<'a> {
        let header = record.header();
        let recipe = &header.recipe;
        let live = header.live.as_ref();
        let late = |percent| live.and_then(|note| note.late_at(percent)).map(derive::seconds);
        Side {
            title: &recipe.scenario.title,
            file: &recipe.scenario.file,
            sha256: &recipe.scenario.sha256,
            edition: &recipe.edition.name,
            trace_sha256: recipe.trace.as_ref().map(|trace| trace.sha256.as_str()),
            seed: recipe.seed,
            engine: recipe.engine,
            lasts_s: derive::seconds(header.lasts),
            drain_s: derive::seconds(header.drain),
            cut_short: header.cut_short,
            target: live.map(|note| note.target.as_str()),
            began_unix_s: live.map(|note| note.began_unix_s),
            late_p50_s: late(50),
            late_p99_s: late(99),
            starved: live.map(|note| note.starved),
        }
    }
}

#[derive(Serialize)]
struct Allowed {
    status_429: f64,
    answered: f64,
    attempts_per_job: f64,
    jobs_of_users: f64,
    wait: f64,
    wait_ranks: f64,
    wait_at_least_s: f64,
}

impl Allowed {
    fn of(tolerances: &Tolerances) -> Allowed {
        let fraction = |billionths: Billionths| part(billionths.0, false);
        Allowed {
            status_429: fraction(tolerances.status_429),
            answered: fraction(tolerances.answered),
            attempts_per_job: fraction(tolerances.attempts_per_job),
            jobs_of_users: fraction(tolerances.jobs_of_users),
            wait: fraction(tolerances.wait),
            wait_ranks: fraction(tolerances.wait_ranks),
            wait_at_least_s: part(tolerances.wait_at_least.nanos(), false),
        }
    }
}

/// Why the whole is not judged: a word, and what differs where that is the reason.
#[derive(Serialize)]
struct Why<'a> {
    why: &'static str,
    differs: &'a [&'static str],
}

impl<'a> Why<'a> {
    fn of(withheld: &'a Withheld) -> Why<'a> {
        match withheld {
            Withheld::OtherRun(differs) => Why { why: "other_run", differs },
            Withheld::CutShort => Why { why: "cut_short", differs: &[] },
            Withheld::GeneratorLate => Why { why: "generator_late", differs: &[] },
            Withheld::Starved(_) => Why { why: "starved", differs: &[] },
            Withheld::NothingShared => Why { why: "nothing_shared", differs: &[] },
            Withheld::Unmatched => Why { why: "unmatched", differs: &[] },
        }
    }
}

#[derive(Serialize)]
struct Row<'a> {
    tier: Option<&'a str>,
    strategy: Option<&'a str>,
    key: &'a CellKey,
    group: Option<&'a str>,
    replications: u32,
    same_replications: bool,
    figures: Vec<Line>,
    books: Books,
    verdict: Verdict,
}

impl<'a> Row<'a> {
    fn of(cell: &'a ComparedCell) -> Row<'a> {
        Row {
            tier: cell.key.tier(),
            strategy: cell.key.strategy(),
            key: &cell.key,
            group: cell.group.as_deref(),
            replications: cell.replications,
            same_replications: cell.same_replications,
            figures: cell.figures.iter().map(Line::of).collect(),
            books: Books { simulated: Book::of(&cell.simulated), live: Book::of(&cell.live) },
            verdict: cell.verdict,
        }
    }
}

#[derive(Serialize)]
struct Line {
    figure: &'static str,
    simulated: Option<Number>,
    live: Option<Number>,
    difference: Option<Number>,
    allowed: Number,
    verdict: Verdict,
    unjudged: Option<&'static str>,
}

impl Line {
    fn of(compared: &Compared) -> Line {
        let unit = compared.figure.unit();
        Line {
            figure: compared.figure.name(),
            simulated: compared.simulated.and_then(Number::of),
            live: compared.live.and_then(Number::of),
            difference: compared.difference.map(|difference| {
                let less = difference.live_is.is_lt();
                match unit {
                    Unit::Jobs => Number::signed(difference.size, less),
                    Unit::Shares | Unit::Relative | Unit::Nanos => {
                        let size = part(difference.size, true);
                        Number::Decimal(if less { -size } else { size })
                    }
                }
            }),
            allowed: match unit {
                Unit::Jobs => Number::Whole(compared.allowed),
                Unit::Shares | Unit::Relative | Unit::Nanos => {
                    Number::Decimal(part(compared.allowed, false))
                }
            },
            verdict: compared.verdict,
            unjudged: compared.unjudged.map(|why| match why {
                Unjudged::NoSamples => "no_samples",
                Unjudged::TooFew => "too_few",
                Unjudged::OtherReplications => "other_replications",
            }),
        }
    }
}

/// A count, or a decimal number.
#[derive(Serialize)]
#[serde(untagged)]
enum Number {
    Whole(u64),
    Less(i64),
    Decimal(f64),
}

impl Number {
    fn of(value: Value) -> Option<Number> {
        match value {
            Value::Count(count) => Some(Number::Whole(count)),
            Value::Share { part, of } => derive::share(part, of).map(Number::Decimal),
            Value::Ratio { part, of } => derive::ratio(part, of).map(Number::Decimal),
            Value::Time(time) => Some(Number::Decimal(derive::seconds(time))),
        }
    }

    fn signed(size: u64, less: bool) -> Number {
        if less {
            Number::Less(i64::try_from(size).map_or(i64::MIN, |size| -size))
        } else {
            Number::Whole(size)
        }
    }
}

/// The two books of both runs, over the replications that are compared.
#[derive(Serialize)]
struct Books {
    simulated: Book,
    live: Book,
}

#[derive(Serialize)]
struct Book {
    jobs: JobSummary,
    attempts: Attempts,
}

#[derive(Serialize)]
struct Attempts {
    sent: u64,
    ok: u64,
    refused: u64,
    failed: u64,
    unanswered: u64,
    cancelled: u64,
    open: u64,
}

impl Book {
    const fn of(leaf: &Leaf) -> Book {
        let (jobs, attempts) = (&leaf.jobs, &leaf.attempts);
        Book {
            jobs: JobSummary::of(jobs),
            attempts: Attempts {
                sent: attempts.sent,
                ok: attempts.ok,
                refused: attempts.refused,
                failed: attempts.failed,
                unanswered: attempts.unanswered,
                cancelled: attempts.cancelled,
                open: attempts.open,
            },
        }
    }
}

/// Billionths, or nanoseconds, as a number with six decimals.
fn part(billionths: u64, up: bool) -> f64 {
    const MILLION: f64 = 1e6;
    let millionths = if up { billionths.div_ceil(1_000) } else { billionths / 1_000 };
    millionths as f64 / MILLION
}
