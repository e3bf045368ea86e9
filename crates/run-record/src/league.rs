//! The league: strategies ranked under the same conditions.
//!
//! One condition is a tier, a load and what was assumed; in it every strategy met the very same
//! jobs, so that two of them are told apart by their differences, seed by seed. It is made in
//! [`crate::derive::league`].

use serde::Serialize;

use crate::key::CellKey;
use crate::summary::Changed;

/// The strategies under one condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// The rung of the ladder, by the name that cells' keys have.
    #[serde(skip)]
    pub rung: Option<String>,
    /// The tier; null where the edition has none.
    pub tier: Option<String>,
    /// Where the edition has no tiers: successful requests a minute in the past hour; null elsewhere.
    pub past_hour_per_minute: Option<u64>,
    /// Which share of the traffic as it is written fell due.
    pub load: f64,
    /// The assumptions that were changed.
    pub assumed: Vec<Changed>,
    /// In how many replications; with fewer than two there are no intervals, and nobody can say
    /// whether a difference is one of luck.
    pub seeds: u32,
    /// Every strategy, by rank, then by its share in time; of equals first who sends fewer attempts
    /// for a job, then who has fewer of them refused.
    pub rows: Vec<StandingRow>,
}

impl Standing {
    /// The best, and those that cannot be told from it.
    pub fn leaders(&self) -> impl Iterator<Item = &StandingRow> {
        self.rows.iter().filter(|row| row.rank == 1)
    }
}

/// One strategy under one condition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StandingRow {
    /// Its cell.
    #[serde(skip)]
    pub key: CellKey,
    /// The strategy.
    pub strategy: String,
    /// Its rank, from one. The first holds whoever has the largest share of jobs answered in time, and
    /// everybody whose difference to it, seed by seed, may be none at 95 %; the next the same of
    /// those that are left. Whoever shares a rank leaves out as many after it.
    pub rank: u32,
    /// Whether it shares its rank.
    pub tied: bool,
    /// Of the jobs offered in all replications, those answered in time.
    pub in_time: Option<f64>,
    /// Where that share lies, with 95 % confidence, by Student's t over the replications; null with
    /// fewer than two.
    pub in_time_95: Option<[f64; 2]>,
    /// How far it is behind the best; null for that one.
    pub behind: Option<Behind>,
    /// In how many replications it met everything that was expected, and of how many; null where
    /// nothing was.
    pub met_in: Option<[u32; 2]>,
    /// Of the jobs offered, those answered.
    pub answered: Option<f64>,
    /// Of the attempts sent, those answered 429.
    pub status_429: Option<f64>,
    /// Attempts sent for each job offered.
    pub attempts_per_job: Option<f64>,
    /// Jain's index, as in [`crate::FairnessSummary::jain`].
    pub fairness: Option<f64>,
    /// As in [`crate::CellSummary::synchronisation`].
    pub synchronisation: Option<f64>,
    /// Of the attempts sent, retries that could not help.
    pub useless_retries: Option<f64>,
    /// In US dollars, for a thousand jobs in time; null where nobody says a price, or none was.
    pub usd_per_1000_in_time: Option<f64>,
    /// In US dollars, what was paid for and nobody had any use for, in the mean of the replications.
    pub usd_wasted: Option<f64>,
}

/// How far a strategy is behind the best, in jobs in time of jobs offered.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Behind {
    /// The difference of their shares.
    pub by: f64,
    /// Where it lies, with 95 % confidence, by Student's t over the differences of the replications,
    /// each of which had the same jobs for both; null with fewer than two.
    pub by_95: Option<[f64; 2]>,
}
