//! The part of the summary document that is about money: US dollars, rounded to the nearest of six
//! decimals, each figure by itself, so that a sum may differ from its parts in the last; records hold
//! exact amounts. Where nobody says a price, a figure is null.

use serde::Serialize;

/// What a run cost, in US dollars: one run, in the mean of the replications.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CostSummary {
    /// In all: requests and fees.
    pub total: Option<f64>,
    /// Requests.
    pub usage: Option<f64>,
    /// Anything else: endpoints by the minute, fine-tuning.
    pub fees: Option<f64>,
    /// Requests that nobody had any use for: `late` and `abandoned`.
    pub wasted: Option<f64>,
    /// Whole answers that came too late.
    pub late: Option<f64>,
    /// What was generated for attempts that their clients had left; 0 in runs over sockets, which
    /// do not see it.
    pub abandoned: Option<f64>,
    /// Which share of what requests cost went to attempts after a job's first; null where nothing
    /// was spent.
    pub retries_share: Option<f64>,
    /// In all for a thousand answered jobs; null where none was answered.
    pub per_1000_answered: Option<f64>,
    /// In all for a thousand jobs in time; null where none was.
    pub per_1000_in_time: Option<f64>,
    /// What a month of the same would cost; null for a run without length.
    pub month: Option<MonthSummary>,
}

/// What a month at the shape of a run would cost, in US dollars.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MonthSummary {
    /// Requests: those of the run times the month's length over the run's.
    pub usage: Option<f64>,
    /// What is paid by the minute: what a minute of it cost while it ran, times the 43,200 of the
    /// month, whenever it was started and stopped in the run.
    pub fees: Option<f64>,
    /// What is paid once, as it is.
    pub once: Option<f64>,
    /// All three.
    pub total: Option<f64>,
    /// Days in this month.
    pub days: u32,
}

/// The account at the end of the first replication, in US dollars.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AccountSummary {
    /// The tier in force.
    pub tier: String,
    /// Whether the balance decides anything, or books are only kept.
    pub enforced: bool,
    /// Purchased credit at the beginning, less what was past due then.
    pub opening_usd: f64,
    /// Purchases credited since, and invoices paid.
    pub paid_usd: f64,
    /// Free credit, at the beginning and since.
    pub free_usd: f64,
    /// What requests cost.
    pub usage_usd: f64,
    /// What requests cost that was not posted yet.
    pub outstanding_usd: f64,
    /// All fees.
    pub fees_usd: f64,
    /// What is left: opening + paid + free − usage − fees.
    pub balance_usd: f64,
    /// What open invoices ask for.
    pub owed_usd: f64,
    /// What can be spent.
    pub available_usd: f64,
    /// The lowest that the balance ever was.
    pub lowest_usd: f64,
    /// All that was ever paid.
    pub lifetime_usd: f64,
    /// How long requests were refused for want of money.
    pub blocked_s: f64,
    /// When they first were; null where they never were.
    pub first_blocked_s: Option<f64>,
    /// In how many replications they ever were, and of how many.
    pub blocked_in: [u32; 2],
    /// Payments that were declined.
    pub declined: u32,
    /// Each fee.
    pub fees: Vec<FeeSummary>,
    /// What was paid by the minute while no request used it.
    pub spend_without_requests: Vec<IdleSummary>,
    /// What happened, in order.
    pub moments: Vec<MomentSummary>,
}

/// Something that was paid for by anything but requests.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FeeSummary {
    /// What it is for.
    pub kind: String,
    /// Whose.
    pub name: String,
    /// How much.
    pub usd: f64,
    /// For how many minutes; null for what is paid once.
    pub minutes: Option<u64>,
}

/// Something that was paid for while no request used it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IdleSummary {
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: String,
    /// What it cost.
    pub usd: f64,
    /// For how many minutes.
    pub minutes: u64,
}

/// Something that happened to an account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MomentSummary {
    /// When.
    pub at_s: f64,
    /// What, in one word.
    pub what: String,
    /// The amount that it is about; null where it is about none.
    pub usd: Option<f64>,
    /// The balance right after it.
    pub balance_usd: f64,
    /// Which tier, which reason, which endpoint; empty where there is nothing to add.
    pub says: String,
}
