//! What happened.
//!
//! A drive tells a [`Recorder`] what it sees; at the end the recorder closes its two books and
//! hands out one [`GroupLeaf`] per group, integers only. Leaves of one cell and several
//! replications make a [`Cell`], cells and a [`Header`] make a [`RunRecord`], and every share,
//! percentile, rate and spread that anyone prints is made from it by [`derive::summary`].
//!
//! ```text
//!   offered, sent, attempt_ended, job_ended
//!                    │
//!                Recorder ── books balance, or nothing leaves it
//!                    │
//!      GroupLeaf (one group, one replication)
//!                    │  added up
//!                  Cell ─── RunRecord ─── write, read, merge
//!                                │
//!                        derive::summary, judge
//! ```
//!
//! Where prices are known, each leaf carries its [`Bill`], and where books of the account are kept,
//! each replication has an [`AccountLeaf`]; [`Cost`] is made of both.
//!
//! The two books: every attempt that was sent ended in one of six ways, and every job that was
//! offered was answered, gave up, or was unfinished when the run ended. They are checked when a
//! recorder finishes and again when a record is read, as are those of an account.

mod account;
mod agreement;
mod attempt;
mod bill;
mod books;
mod cell;
mod circumstances;
mod cost;
pub mod derive;
mod exact;
mod expectation;
mod file;
mod fleet;
mod header;
mod headline;
mod headroom;
mod histogram;
mod hlog;
mod judge;
mod key;
mod leaf;
mod league;
mod merge;
mod money_summary;
mod over_time;
mod price;
mod recorder;
mod replications;
mod series;
mod slices;
mod standing;
mod summary;
mod tally;
mod times;

pub use account::{
    AccountFault, AccountLeaf, CoursePoint, FeeLeaf, InvoiceLeaf, InvoiceLine, MomentLeaf,
};
pub use agreement::{
    Agreement, AgreementFigure, COMPARISON_SCHEMA, Compared, ComparedCell, Difference, NotAPair,
    Pair, Tolerances, Unit, Unjudged, Value, Withheld,
};
pub use attempt::Attempt;
pub use bill::{Bill, Tariffs, Used};
pub use books::Unbalanced;
pub use cell::{Cell, CellFault, GroupCell};
pub use circumstances::{
    CapacityNote, Counted, EndpointNote, EventNote, GateNote, ReachNote, ReplicaNote, RuleOfThumb,
    WayKind, WayNote,
};
pub use cost::{Cost, Idle, MONTH_DAYS, MONTH_MINUTES, Month, idle, refused};
pub use expectation::{
    Billionths, Comparison, Expectation, Figure, Goal, Kind, Measure, Percentile,
};
pub use file::{Misfit, RECORD_SCHEMA, RecordFault, RunRecord};
pub use fleet::{Elsewhere, Fairness, Hedges, Herd, LastWord, Useless, Why};
pub use header::{
    AssumptionNote, Driver, ENGINE, EditionNote, GroupNote, Header, LiveNote, PairLimits, Recipe,
    Rung, ScenarioNote, StrategyNote, TraceNote,
};
pub use headline::{Headline, headline};
pub use headroom::Remaining;
pub use histogram::{Bin, Dense, Histogram};
pub use hlog::HlogFault;
pub use judge::{Judged, Judgement, Measured, Verdict};
pub use key::CellKey;
pub use leaf::{
    Attempts, Causes, GroupLeaf, Jobs, Leaf, RefusedBy, TokenPair, TokenSums, Tries, Within,
};
pub use league::{Behind, Standing, StandingRow};
pub use merge::MergeFault;
pub use money_summary::{
    AccountSummary, CostSummary, FeeSummary, IdleSummary, MomentSummary, MonthSummary,
};
pub use over_time::OverTime;
pub use price::{FundsNote, PriceNote, RechargeNote};
pub use recorder::{AttemptEnd, AttemptOutcome, Bound, CellSpec, JobEnd, JobOutcome, Recorder};
pub use replications::Replications;
pub use series::{Column, Series, StepWidth};
pub use standing::{Assessment, CellStanding, Rank};
pub use summary::{
    AssumptionSummary, AttemptSummary, CellSummary, Changed, ElsewhereSummary, ExpectationSummary,
    FairnessSummary, HeadroomSummary, HedgeSummary, JobSummary, Percentiles, RateSummary,
    RecoverySummary, SUMMARY_SCHEMA, ScenarioSummary, ShareSummary, SpreadSummary, Summary,
    UselessSummary, Variant, WithoutLimit,
};
pub use times::{Latency, TimeSum, Times};
