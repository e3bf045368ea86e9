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
//! The two books: every attempt that was sent ended in one of six ways, and every job that was
//! offered was answered, gave up, or was unfinished when the run ended. They are checked when a
//! recorder finishes and again when a record is read.

mod agreement;
mod attempt;
mod books;
mod cell;
mod circumstances;
pub mod derive;
mod exact;
mod expectation;
mod file;
mod header;
mod headroom;
mod histogram;
mod judge;
mod key;
mod leaf;
mod merge;
mod recorder;
mod replications;
mod series;
mod summary;
mod tally;

pub use agreement::{
    Agreement, AgreementFigure, COMPARISON_SCHEMA, Compared, ComparedCell, Difference, NotAPair,
    Pair, Tolerances, Unit, Unjudged, Value, Withheld,
};
pub use attempt::Attempt;
pub use books::Unbalanced;
pub use cell::{Cell, CellFault, GroupCell};
pub use circumstances::{
    CapacityNote, Counted, EndpointNote, EventNote, GateNote, RuleOfThumb, WayNote,
};
pub use expectation::{
    Billionths, Comparison, Expectation, Figure, Goal, Kind, Measure, Percentile,
};
pub use file::{Misfit, RECORD_SCHEMA, RecordFault, RunRecord};
pub use header::{
    AssumptionNote, Driver, ENGINE, EditionNote, GroupNote, Header, LiveNote, PairLimits, Recipe,
    Rung, ScenarioNote, StrategyNote, TraceNote,
};
pub use headroom::Remaining;
pub use histogram::{Bin, Dense, Histogram};
pub use judge::{Judged, Judgement, Measured, Verdict};
pub use key::CellKey;
pub use leaf::{
    Attempts, Causes, GroupLeaf, Jobs, Leaf, RefusedBy, TimeSum, Times, TokenPair, TokenSums,
    Tries, Within,
};
pub use merge::MergeFault;
pub use recorder::{AttemptEnd, AttemptOutcome, Bound, CellSpec, JobEnd, JobOutcome, Recorder};
pub use replications::Replications;
pub use series::{Column, Series, StepWidth};
pub use summary::{
    AssumptionSummary, AttemptSummary, CellSummary, Changed, CostSummary, ExpectationSummary,
    HeadroomSummary, JobSummary, Percentiles, RateSummary, SUMMARY_SCHEMA, ScenarioSummary,
    ShareSummary, SpreadSummary, Summary, Variant, WithoutLimit,
};
