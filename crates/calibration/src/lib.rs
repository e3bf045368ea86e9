//! Holds an edition against a log of real responses.
//!
//! Each row is predicted from the earlier ones alone, by the edition's own limiter; what the log
//! then says is compared, counted, and only then believed.
//!
//! ```text
//!   rows ─► in order ─► whose?  ──► k counters of that account and model
//!           of time     account          │ each says: refused? reset? remaining?   before the row
//!                       and model        ▼
//!                                  compared with what the row shows ──► explained, unexplained
//!                                        │                         └──► shuffled: chance
//!                                        ▼
//!                                  one counter takes the row, and stands where the row says
//! ```
//!
//! **Which instant counts.** A row counts when it reached the gateway (`received`), since a refused
//! one has no other instant; its tokens are charged when its answer ended. Rows without rate-limit
//! headers were turned away before the limiter, or come from elsewhere, and count for nothing.
//!
//! **Whose row it is.** Counters are kept per account and model. Where a log names no account the
//! limits tell: those of tokens are the tier's own whatever the model, and name it; where tokens do
//! not count, the limit on requests does. Two accounts of one tier cannot be told apart so, and
//! look like replicas. *How high* a limit is, is read from earlier rows, never from the row that is
//! predicted; of a pair without earlier rows nothing is predicted. How it is *counted* (windows,
//! what is shown, how a reset is rounded) is the edition's rule.
//!
//! **How k counters are fed.** The log does not say which replica answered. So each of the k
//! counters says what it would answer, and a row is explained when one of them says it: one that
//! decides so; of those that do, one that shows this reset; of those, one that shows so many
//! remaining. The same counter must speak for all of it: where each field may choose its own, two
//! counters of capacity two explain nearly anything. Afterwards the row goes to the counter that
//! says its decision and its `remaining`, else to the nearest: one from which requests are missing
//! before one whose window would have to have ended, fewer before more, sooner before later; among
//! equals the one that says the reset, then the tokens, then the first. There it is charged, and if
//! the counter said otherwise it is put where the row says it stands, with the window's end moved
//! no further than the shown reset asks. Nothing later is ever looked at, and nothing is tuned.
//!
//! **What it is worth.** k counters have k chances. So the very same predictions are also held
//! against the answers of other rows of the same limit, shuffled, which is *chance*; and beside both
//! stands the best constant rule. All three are shares of the same rows: those that arrived less
//! than a window after an earlier row of their account and model, since of others a full counter
//! says everything. The number of replicas is the k that explains most above chance, where it
//! explains any row's `remaining` at all.
//!
//! **Where an age shows nothing.** A number of which the edition shows none is not judged, whatever
//! the row shows. Without tiers limits are dynamic rates: they refuse nothing while capacity
//! suffices, and no log shows when it does not, so no refusal is ever predicted.
//!
//! Memory does not grow with the log: rows are put in order within [`ORDERED`] of them, shuffled in
//! blocks, and listed up to a bound and counted beyond it.

mod accounts;
mod calibration;
mod calibrator;
mod counter;
mod gateway;
mod latency;
mod limit_history;
mod reason;
mod refusals;
mod row;
mod shares;
mod shuffle;
mod terms;

pub use calibration::{Calibration, Figures, Unexplained};
pub use calibrator::{Calibrator, ORDERED, Question};
pub use latency::LatencySeen;
pub use limit_history::InferredLimit;
pub use reason::{Field, Reason};
pub use refusals::{Cause, RefusalCount, RefusalSeen};
pub use row::Row;
pub use shares::{Shares, Tally};
