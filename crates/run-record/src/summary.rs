//! The summary document: what a run comes to.
//!
//! These are the words that scripts read (`--format json`), so keys stand in one order and are
//! always there; a figure without samples is null, never zero. Times are seconds, shares fractions
//! of one, rates per second. All of them are made in [`crate::derive`].

use std::collections::BTreeMap;

use serde::Serialize;

use crate::header::Rung;
use crate::judge::Verdict;
use crate::leaf::{Causes, Jobs};
use crate::league::Standing;
use crate::money_summary::{AccountSummary, CostSummary};

/// The document's version.
pub const SUMMARY_SCHEMA: &str = "tierlab/summary/1";

/// What a run comes to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// Always [`SUMMARY_SCHEMA`].
    pub schema: &'static str,
    /// What was rehearsed.
    pub scenario: ScenarioSummary,
    /// By which edition of the rules.
    pub edition: String,
    /// The seed of the first replication.
    pub seed: u64,
    /// `simulated`, `live` or `observed`.
    pub driver: &'static str,
    /// How long jobs kept falling due.
    pub lasts_s: f64,
    /// Every tier and strategy; where there are several groups, each of them after the whole.
    pub cells: Vec<CellSummary>,
    /// The cells with an assumption changed.
    pub variants: Vec<Variant>,
    /// The cells with more or less traffic, where those are there to show how it may grow.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub growth: Vec<CellSummary>,
    /// The strategies ranked, under each tier, load and assumption that several were run under.
    pub league: Vec<Standing>,
    /// The same jobs with nothing limited.
    pub without_limit: WithoutLimit,
    /// What was expected, and what came of it.
    pub expectations: Vec<ExpectationSummary>,
    /// What all expectations come to; null when none was stated.
    pub verdict: Option<Verdict>,
    /// What was assumed where the service's rules are silent.
    pub assumptions: Vec<AssumptionSummary>,
}

impl Summary {
    /// The document as text, one key a line, with a newline at its end.
    #[must_use]
    pub fn json(&self) -> String {
        // Writing structs of plain values to memory has no way to fail.
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

/// What was rehearsed.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct ScenarioSummary {
    /// The scenario's title.
    pub title: String,
    /// Its file.
    pub file: String,
    /// The hash of its text, in hexadecimal digits.
    pub sha256: String,
}

/// One cell, or one group of it, over all its replications.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellSummary {
    /// The tier; null where the edition has none.
    pub tier: Option<String>,
    /// Where the edition has no tiers: successful requests a minute in the past hour; null elsewhere.
    pub past_hour_per_minute: Option<u64>,
    /// The strategy.
    pub strategy: Option<String>,
    /// Which share of the traffic as it is written fell due; 1 but in cells of other loads.
    pub load: f64,
    /// The group; null for the whole cell.
    pub group: Option<String>,
    /// How many replications were added up.
    pub replications: u32,
    /// Whether an expectation was judged on it.
    pub judged: bool,
    /// Jobs by how they ended.
    pub jobs: JobSummary,
    /// Attempts by how they ended.
    pub attempts: AttemptSummary,
    /// Shares of jobs and attempts.
    pub share: ShareSummary,
    /// The lowest and the highest replication of some shares.
    pub spread: SpreadSummary,
    /// What happened per second.
    pub rate: RateSummary,
    /// Attempts sent for each job offered.
    pub attempts_per_job: Option<f64>,
    /// From due to the sending of the successful attempt, over answered jobs.
    pub wait_s: Percentiles,
    /// From due to the last byte, over answered jobs.
    pub time_to_answer_s: Percentiles,
    /// From due to the last byte, over all jobs; those not answered count as never.
    pub time_to_outcome_s: Percentiles,
    /// From due to the first token, over answered jobs.
    pub time_to_first_token_s: Percentiles,
    /// From the sending of the attempt that succeeded to its last byte, over answered jobs; null in
    /// records from before it was measured, as are the two below.
    pub service_time_s: Percentiles,
    /// From the first token to the last byte, for each token after the first, over streamed answers.
    pub time_per_token_s: Percentiles,
    /// From sending to end, over attempts that were answered 4xx or 5xx.
    pub refusal_s: Percentiles,
    /// How evenly clients were served that share the account.
    pub fairness: FairnessSummary,
    /// How much more crowded the first tenth of a window after a reset was than all of it: 1 where
    /// attempts came evenly, 10 where all of them came in it; null where no window ended before an
    /// attempt, and in runs over sockets, which do not see it.
    pub synchronisation: Option<f64>,
    /// How each event was got over that has an end; null where nobody kept what happened when.
    pub recovery: Option<Vec<RecoverySummary>>,
    /// Retries that could not help.
    pub useless_retries: UselessSummary,
    /// Second attempts that left while the first was under way.
    pub hedges: HedgeSummary,
    /// What went elsewhere.
    pub elsewhere: ElsewhereSummary,
    /// How much of a limit was left.
    pub headroom: HeadroomSummary,
    /// What it cost; null where neither a price nor an account is known.
    pub cost_usd: Option<CostSummary>,
    /// The account at its end; null where no books were kept, and for a group.
    pub account: Option<AccountSummary>,
}

impl CellSummary {
    /// Whether all of the traffic as it is written fell due.
    #[must_use]
    pub fn is_at_whole_load(&self) -> bool {
        (self.load - 1.0).abs() < 1e-9
    }

    /// Whether it is a cell of this rung.
    #[must_use]
    pub fn is_on(&self, rung: &Rung) -> bool {
        match rung.past_hour_rpm {
            Some(past_hour) => self.past_hour_per_minute == Some(past_hour),
            None => self.tier.as_deref() == Some(rung.tier.as_str()),
        }
    }
}

/// Jobs by how they ended, over all replications.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize)]
pub struct JobSummary {
    /// Jobs that fell due.
    pub offered: u64,
    /// Jobs answered.
    pub answered: u64,
    /// Jobs answered in time.
    pub in_time: u64,
    /// Jobs that gave up.
    pub gave_up: u64,
    /// Jobs still waiting at the end.
    pub unfinished: u64,
}

impl JobSummary {
    /// The jobs of one leaf.
    #[must_use]
    pub const fn of(jobs: &Jobs) -> JobSummary {
        JobSummary {
            offered: jobs.offered,
            answered: jobs.answered,
            in_time: jobs.in_time,
            gave_up: jobs.gave_up,
            unfinished: jobs.unfinished,
        }
    }
}

/// Attempts by how they ended, over all replications.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AttemptSummary {
    /// Attempts sent.
    pub sent: u64,
    /// Complete answers.
    pub ok: u64,
    /// A status of 4xx.
    pub refused: u64,
    /// A status of 5xx, an error inside a stream, or a stream cut short.
    pub failed: u64,
    /// No answer.
    pub unanswered: u64,
    /// Given up by the client.
    pub cancelled: u64,
    /// Under way at the end.
    pub open: u64,
    /// By status: 200, 429 and 503 always, any other that occurred.
    pub by_status: BTreeMap<u16, u64>,
    /// By the cause that the client could read.
    pub refused_by: Causes<u64>,
}

/// Shares of jobs and of attempts; null where there are none of them.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ShareSummary {
    /// Of the attempts sent, those answered 429.
    pub status_429: Option<f64>,
    /// Of the jobs offered, those whose first attempt was answered 429.
    pub first_attempt_429: Option<f64>,
    /// Of the jobs offered, those answered.
    pub answered: Option<f64>,
    /// Of the jobs offered, those answered in time.
    pub in_time: Option<f64>,
}

/// The lowest and the highest replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpreadSummary {
    /// Of the share of attempts answered 429.
    pub status_429: Option<[f64; 2]>,
    /// Of the share of jobs answered.
    pub answered: Option<[f64; 2]>,
    /// Of the share of jobs answered in time.
    pub in_time: Option<[f64; 2]>,
}

/// What happened per second of the run proper, in the mean of its replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RateSummary {
    /// Jobs that fell due.
    pub offered_jobs_per_s: Option<f64>,
    /// Attempts sent.
    pub attempts_per_s: Option<f64>,
    /// Complete answers received.
    pub ok_per_s: Option<f64>,
    /// Jobs answered in time.
    pub goodput_jobs_per_s: Option<f64>,
    /// Tokens of prompt and answer of the jobs answered in time.
    pub goodput_tokens_per_s: Option<f64>,
}

/// Percentiles of a time, in seconds; null with fewer than ten samples beyond.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Percentiles {
    /// 50 %.
    pub p50: Option<f64>,
    /// 90 %.
    pub p90: Option<f64>,
    /// 95 %.
    pub p95: Option<f64>,
    /// 99 %.
    pub p99: Option<f64>,
    /// 99.9 %.
    pub p999: Option<f64>,
    /// The longest; null without samples, and where some job's time is never.
    pub max: Option<f64>,
}

/// How much of the limits was left when the service let something in; null where nothing was
/// limited, and in runs over sockets, which do not see it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct HeadroomSummary {
    /// The least share of a deciding limit that was left at an admission.
    pub lowest_remaining_share: Option<f64>,
    /// Of the admissions of the busiest minute all but a tenth left at least this share, in whole
    /// percent rounded down; null with fewer than ten of them below.
    pub peak_p10_remaining_share: Option<f64>,
}

/// How evenly clients were served: of the jobs of each, the share that was answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct FairnessSummary {
    /// Jain's index over the clients that had jobs, in the mean of the replications: 1 where all
    /// fared alike, one over their number where one got everything. Null for a single client, and
    /// where nobody was answered.
    pub jain: Option<f64>,
    /// The share of the worst served client of any replication; null for a single client.
    pub least: Option<f64>,
    /// The share of the best served one; null for a single client.
    pub most: Option<f64>,
}

/// How an event was got over that has an end.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RecoverySummary {
    /// What it was, as the header says it.
    pub event: String,
    /// When it began.
    pub begins_s: f64,
    /// When it was over.
    pub ends_s: f64,
    /// How long after its end refusals and jobs in hand were as before it, and stayed so; null where
    /// they never were, and where nobody can tell.
    pub recovered_after_s: Option<f64>,
    /// Whether they never were again while jobs fell due.
    pub metastable: bool,
}

/// Retries that could not help.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct UselessSummary {
    /// Of what waiting does not mend, such as a 400 or a 402.
    pub unmendable: u64,
    /// Sent before the time was over that the service had asked for.
    pub before_hint: u64,
}

/// Second attempts that left while the first was under way.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct HedgeSummary {
    /// How many left.
    pub sent: u64,
    /// How many of them answered their job.
    pub won: u64,
}

/// What went to another model, an endpoint or a file, because it was not answered where it belongs.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
pub struct ElsewhereSummary {
    /// Attempts sent there.
    pub sent: u64,
    /// Jobs answered from there.
    pub answered: u64,
    /// Those of them that were in time.
    pub in_time: u64,
}

/// The cells with one assumption changed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Variant {
    /// What was changed.
    pub changed: Changed,
    /// What came of it.
    pub cells: Vec<CellSummary>,
}

/// A changed assumption.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct Changed {
    /// Its name.
    pub assumption: String,
    /// Its other value.
    pub to: String,
}

/// What the service would do if nothing were limited.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct WithoutLimit {
    /// The share of offered jobs answered in time; null when no such cell was run.
    pub in_time: Option<f64>,
}

/// One expectation on one cell.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ExpectationSummary {
    /// As written.
    pub name: String,
    /// The tier that it was judged on; null where the edition has none.
    pub tier: Option<String>,
    /// Where the edition has no tiers: the past hour that it was judged on; null elsewhere.
    pub past_hour_per_minute: Option<u64>,
    /// The strategy that it was judged on.
    pub strategy: Option<String>,
    /// What was measured: a share, a ratio, or seconds; null without samples, or for never.
    pub measured: Option<f64>,
    /// Whether it was met.
    pub verdict: Verdict,
    /// In how many replications it was met, and of how many.
    pub met_in: [u32; 2],
}

/// One assumption.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
pub struct AssumptionSummary {
    /// Its name.
    pub name: String,
    /// Its value in this run.
    pub value: String,
    /// How sure it is.
    pub certainty: String,
}
