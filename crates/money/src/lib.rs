//! Money, exactly.
//!
//! An amount is a whole number of pico-dollars, 10⁻¹² of a dollar: the cheapest token that was ever
//! listed, $0.008 a million, is 8,000 of them, so that no price per token has to be rounded and a
//! sum of charges is the charge of the sums, whatever their order.
//!
//! ```
//! use money::{Money, Tariff};
//!
//! let per_token = Money::parse("$0.88")?.of_parts(1, 1_000_000);
//! let tariff = Tariff { request: Money::ZERO, prompt: per_token, answer: per_token };
//! let charge = tariff.of(1, 1_000_000, 200_000);
//! assert_eq!(charge.to_string(), "$1.056");
//! assert_eq!(tariff.scaled(1, 2).of(1, 1_000_000, 200_000).to_string(), "$0.528");
//! # Ok::<(), money::Unreadable>(())
//! ```

mod amount;
mod tariff;
mod text;

pub use amount::Money;
pub use tariff::Tariff;
pub use text::Unreadable;
