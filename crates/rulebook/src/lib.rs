//! What Together promises, with sources.
//!
//! A rule of the service lives in one line of an edition: its value, where it was read, when, and
//! how sure it is. No number of a rule stands in code; the code knows only what kinds of rules
//! there are. So changing what Build Tier 2 allows is an edit of one line, and a user who knows
//! better copies an edition, edits it and names it by path.
//!
//! ```text
//!    editions/2025-11.toml ──► Edition ──► policy    what a limiter decides by
//!     id, value, source,          │   ├──► wording   what responses show of its standing
//!     date, certainty             │   ├──► latency   how long answers take
//!                                 │   └──► error     how refusals are worded
//!                                 │
//!                            Assumptions             what is supposed where nobody says,
//!                                                    each by name, with what else may be true
//! ```
//!
//! ```
//! use rulebook::Rulebook;
//!
//! let rulebook = Rulebook::embedded()?;
//! let edition = rulebook.edition("2025-11").ok_or("no such edition")?;
//! let tier = edition.tier("tier2").ok_or("no such tier")?;
//! let model = edition.model("meta-llama/Llama-3.3-70B-Instruct-Turbo");
//! let published = edition.published(&tier, &model, &edition.assumptions()).ok_or("off the ladder")?;
//! assert_eq!(published.requests.per_minute(), 1_800);
//! assert_eq!(edition.fact(&published.facts[0]).map(|fact| fact.value.as_str()), Some("1800/min"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod assumptions;
mod edition;
mod errors;
mod fact;
mod fault;
mod meters;
mod promised;
pub mod reading;
mod seen;
mod shows;
mod work;
mod written;

pub use assumptions::{Assumption, AssumptionError, Assumptions, TokenGate, TokenReset};
pub use edition::{Edition, Latency, Model, Published, Tier, labels};
pub use errors::{ErrorWords, HeaderWords, refused_by};
pub use fact::{Certainty, Fact, Source};
pub use fault::{Fault, Refused, Severity, line_column};
pub use shows::Wording;
pub use work::{Unit, Work};

/// The editions that come with the house: name and text, oldest first.
const EMBEDDED: [(&str, &str); 1] = [("2025-11", include_str!("../editions/2025-11.toml"))];

/// Every edition at hand.
#[derive(Clone, Debug)]
pub struct Rulebook {
    editions: Vec<Edition>,
}

impl Rulebook {
    /// The editions that come with the house.
    pub fn embedded() -> Result<Rulebook, Refused> {
        let mut rulebook = Rulebook { editions: Vec::new() };
        for (name, text) in EMBEDDED {
            rulebook.add(name, text)?;
        }
        Ok(rulebook)
    }

    /// Adds an edition read from a user's file, known by `name`, its path. One that goes by the
    /// same name already is replaced.
    pub fn add(&mut self, name: &str, text: &str) -> Result<(), Refused> {
        let edition = Edition::parse(name, text)?;
        self.editions.retain(|known| known.name() != name);
        self.editions.push(edition);
        Ok(())
    }

    /// The edition with this name.
    #[must_use]
    pub fn edition(&self, name: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.name() == name)
    }

    /// The names of all editions: those of the house oldest first, then those that were added.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.editions.iter().map(Edition::name).collect()
    }
}
