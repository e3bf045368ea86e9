//! Who sends what, when, in today's rehearsal.
//!
//! A scenario is a TOML file. Reading one finds everything that is wrong with it at once, each
//! fault with its place and its remedy; a good one says who sends what, and when:
//!
//! ```text
//!   text ── written ── resolve ──► Scenario ──► Timeline   every arrival, by seed
//!            keys,      names,        │    ├──► Loops      what users want next, once answered
//!            places     an edition    │    └──► check      which limit binds, without running
//!                                     │
//!                                   Trace                  rows of real traffic, in columns
//! ```
//!
//! ```
//! use chance::Seed;
//! use rulebook::Rulebook;
//! use scenario::{Scenario, Timeline};
//!
//! let text = r#"
//!     title = "A minute of chat"
//!     account = { tier = "build-1" }
//!
//!     [[group]]
//!     name = "chat"
//!     model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
//!     prompt = { lognormal = { median = 900, p95 = 3000 } }
//!     answer = 200
//!     traffic = { steady = { rate = "2/s", lasts = "1m" } }
//! "#;
//! let scenario = Scenario::parse("minute.toml", text, &Rulebook::embedded()?)?;
//! assert_eq!(Timeline::of(&scenario, Seed(scenario.seed)).count(), 120);
//! # Ok::<(), rulebook::Refused>(())
//! ```

mod account;
mod affordable;
mod asked;
mod asking;
mod asks;
mod batch;
mod bills;
mod calendar;
mod cast;
mod check;
mod circumstances;
mod client_set;
mod context;
mod correlation;
mod course;
mod created;
mod doubts;
mod drift;
mod elsewhere;
mod endpoint;
mod ends;
mod event;
mod fault;
mod fine_tune;
mod funds;
mod gaps;
mod given;
mod growth;
mod happenings;
mod header;
mod infer;
mod jobs;
mod ladder;
mod lasts;
mod league;
mod length;
mod load;
mod merged;
mod notes;
mod paste;
mod phase;
mod price_notes;
mod pricing;
mod recordings;
mod resolve;
mod row;
mod rules;
mod scenario;
mod schema;
mod service_event;
mod stretch;
mod supposed;
mod timeline;
mod times;
mod to_service;
mod trace;
mod users;
mod ways;
mod work;
mod written;

pub use account::Account;
pub use asked::expectation;
pub use asking::{Asking, asking};
pub use asks::Asks;
pub use batch::BatchWays;
pub use calendar::{Date, DaysOff, Starts, TimeOfDay};
pub use cast::{Day, Group, Length, NamedStrategy, Phase, RateCurve, Surge, Traffic};
pub use check::{
    Binds, CapacityCheck, CostCheck, DynamicCheck, EndpointCheck, HourlyCheck, TierCheck, check,
    check_costs, check_endpoints, check_hours,
};
pub use client_set::{ClientSet, ClientSetNeed, ClientSetReader, LengthsNeed, Part};
pub use drift::Drift;
pub use elsewhere::Target;
pub use endpoint::{Endpoint, Kind};
pub use event::{Restart, Switch};
pub use fault::Code;
pub use fine_tune::{Evaluation, FineTune};
pub use funds::{Card, Decline, Funds, Recharge, Transaction};
pub use gaps::{Gaps, Variation};
pub use happenings::{Change, Happening};
pub use header::Origin;
pub use infer::{Heading, Inferred, Sketch, Without};
pub use load::Load;
pub use row::Row;
pub use scenario::{NOBODY, Overrides, Scenario};
pub use schema::schema;
pub use timeline::{Arrival, Timeline};
pub use times::Times;
pub use trace::{
    Attempts, Cut, Fields, Folded, Reading, Response, Says, Trace, TraceFault, TraceFormat,
    TraceNeed, Unit, read_responses,
};
pub use users::{Loops, Users, Wanted};
