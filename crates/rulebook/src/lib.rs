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

mod access;
mod assumptions;
mod billing;
mod capacity;
mod choices;
mod dated;
mod dynamic;
mod edition;
mod errors;
mod fact;
mod fault;
mod forms;
mod given;
mod listed;
mod listing;
mod meters;
mod prices;
mod promised;
pub mod reading;
mod rows;
mod seen;
mod shows;
mod tier;
mod transport;
mod work;
mod written;

pub use access::Gated;
pub use assumptions::{Assumption, AssumptionError, Assumptions, Routing, TokenGate, TokenReset};
pub use billing::{BatchRules, Billing, OnBlock, TierDelay};
pub use capacity::{Capacity, CongestionStep, Millionths};
pub use dated::{Move, is_day};
pub use dynamic::{Dynamic, PastHour, Rates};
pub use edition::{Edition, Latency, Model, Published, labels};
pub use errors::{ErrorWords, HeaderWords, refused_by};
pub use fact::{Certainty, Fact, Source};
pub use fault::{Fault, Refused, Severity, line_column};
pub use forms::Unheard;
pub use given::{GivenLimit, GivenLimitError, Ungivable};
pub use listing::Listing;
pub use prices::{Extent, Hardware, Method, Priced};
pub use shows::Wording;
pub use tier::Tier;
pub use transport::{CarriedBy, TransportHeader};
pub use work::{Unit, Work};

/// The editions that come with the house: name and text, oldest first.
const EMBEDDED: [(&str, &str); 4] = [
    ("2025-11", include_str!("../editions/2025-11.toml")),
    ("2025-11-operational", include_str!("../editions/2025-11-operational.toml")),
    ("2026-02", include_str!("../editions/2026-02.toml")),
    ("2026-08", include_str!("../editions/2026-08.toml")),
];

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

    /// The edition whose rules held on a day, `2025-12-01`; the first at hand where several did.
    #[must_use]
    pub fn on(&self, day: &str) -> Option<&Edition> {
        self.editions.iter().find(|edition| edition.held_on(day))
    }

    /// The edition that is meant where none is named. With a tier it is the oldest that has numbers
    /// for it, one with dates before one without; without a tier the newest with dates.
    #[must_use]
    pub fn usual(&self, tier: Option<&str>) -> Option<&Edition> {
        let dated = || self.editions.iter().filter(|edition| edition.began.is_some());
        let Some(word) = tier else {
            let began =
                |edition: &&Edition| edition.began.as_ref().map(|noted| noted.value.clone());
            return dated().max_by_key(began).or(self.editions.last());
        };
        let mut by_age: Vec<&Edition> = dated().collect();
        by_age.sort_by_key(|edition| edition.began.as_ref().map(|noted| noted.value.clone()));
        by_age.extend(self.editions.iter().filter(|edition| edition.began.is_none()));
        let numbered = by_age.iter().find(|edition| edition.has_numbers_for(word));
        let known = || by_age.iter().find(|edition| edition.tier(word).is_some());
        numbered.or_else(known).copied()
    }

    /// The names of all editions: those of the house oldest first, then those that were added.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.editions.iter().map(Edition::name).collect()
    }
}
