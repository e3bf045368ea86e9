//! Pages from records.
//!
//! A page is drawn from what a run recorded and from nothing else: it never simulates, reads no
//! file, and knows no date.
//!
//! ```text
//!   RunRecord ── Study: tiers across, strategies down, each cell with its standing
//!                  │
//!                  ├── verdict: the sentence and its facts, for the terminal and the page
//!                  └── Page: verdict, matrix, league, charts, fleet, recovery, cost, account,
//!                        │     assumptions, balance, appendix
//!                        └── chart: bars, lines, a balance, a break-even, as SVG
//!                  └── forms: the same for a pull request, a build, a spreadsheet
//!   two of them ── versus: a simulated run beside a live one, its sentence, words and page
//! ```
//!
//! Drawing is pure: the same records give the same bytes on every machine.

mod account;
mod against;
mod alarm;
mod appendix;
mod by_tier;
mod chart;
mod cost;
mod course;
mod data;
mod decide;
mod demand;
mod fleet;
pub mod forms;
mod glossary;
mod goal;
mod headroom;
mod index;
mod key;
mod latency;
mod league;
pub mod live;
mod moving;
pub mod numbers;
mod page;
mod readings;
mod recovery;
#[cfg(test)]
mod sample;
mod sign;
mod strategies;
mod study;
mod trust;
pub mod verdict;
pub mod versus;
mod when;

pub use against::shares_a_cell;
pub use index::{Entry, index};
pub use page::Page;
