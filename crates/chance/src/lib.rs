//! How a seed is split by identity, and laws of chance as integer quantile tables.
//!
//! Same seed, same bytes: on every machine, with any number of threads, whatever else is drawn.
//! Two habits buy that.
//!
//! **A draw has an address, not a place in a queue.** It is a hash of seed, purpose, group and
//! job, so that a draw added in one place moves nothing elsewhere, and the same job meets the
//! same luck under every tier and every strategy. See [`Seed`].
//!
//! **Floating point ends before the first draw.** A [`Law`] is compiled once, with `libm`, into a
//! table of quantiles; drawing from it is integer arithmetic, with the same bits everywhere and
//! no logarithm on the way.
//!
//! ```text
//!   Seed ── purpose, group ──► Stream ── job, attempt ──► 64 bits ──► Law::at ──► tokens, gaps, noise
//!                                                            └── split(purpose) ──► more bits of the same job
//! ```
//!
//! ```
//! use chance::{Law, Purpose, Seed};
//!
//! let prompts = Law::lognormal(1020.0, 2735.0)?;
//! let of_group_0 = Seed(1).stream(Purpose::Prompt, 0);
//! let lengths: Vec<u64> = (0..3).map(|job| prompts.at(of_group_0.draw(job))).collect();
//! assert_eq!(lengths, [2262, 2172, 1352]);
//! # Ok::<(), chance::LawError>(())
//! ```

mod copula;
mod family;
mod gaps;
mod generator;
mod incomplete;
mod knots;
mod law;
mod seed;
mod standard;
mod table;

pub use copula::Copula;
pub use family::{Family, LEAST_LEFT};
pub use generator::Generator;
pub use knots::share;
pub use law::{Law, LawError, ONE, scaled};
pub use seed::{Purpose, Seed, Stream, split, uniform_below};
