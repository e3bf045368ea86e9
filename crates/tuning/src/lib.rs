//! Which setting of a strategy's own parameters meets a goal at the least cost.
//!
//! ```text
//!   strategy ── its numbers ──► grid of settings ──► a few seeds each ── keep the better half ─┐
//!                                     ▲                  ▲                                     │
//!                                     │                  └───────── twice as many seeds ◄──────┤
//!                                     └── one parameter at a time, around the best ◄───────────┘
//!                                                        │
//!                            fresh seeds: the best beside the strategy as it was
//! ```
//!
//! Every setting meets the same arrivals under a seed, so that differences are paired and a few
//! seeds go far. A setting that barely meets a goal on the seeds that chose it will often miss it on
//! others; hence one counts as meeting it only two standard errors clear of it, among those the
//! cheapest is taken, and what is told in the end is measured on seeds that the search never saw.
//!
//! The search knows nothing of scenarios: it is made over a [`Surface`], of which a [`Rehearsal`]
//! is one.

mod knob;
mod pairs;
mod parameter;
mod rehearsal;
mod sample;
mod search;
mod study;
mod surface;

pub use knob::Knob;
pub use pairs::{Estimate, Mean};
pub use parameter::{Parameter, parameters};
pub use rehearsal::{NoGoal, Rehearsal, RehearsalFault, World};
pub use search::{Found, Plan, Tried, search};
pub use study::{Slice, SliceRow, Study, Validated, tune};
pub use surface::{Came, Setting, Surface};
