//! Pages from records.
//!
//! A page is drawn from what a run recorded and from nothing else: it never simulates, reads no
//! file, and knows no date.
//!
//! ```text
//!   RunRecord ── Study: tiers across, strategies down, each cell with its standing
//!                  │
//!                  ├── verdict: the sentence and its facts, for the terminal and the page
//!                  └── Page: verdict, matrix, charts, assumptions, balance, appendix
//!                        └── chart: bars and lines as SVG
//! ```

mod chart;
mod demand;
mod goal;
pub mod numbers;
#[cfg(test)]
mod sample;
mod study;
pub mod verdict;
