//! Rungs: those that an edition names, and those that an account's own past makes.

use core::fmt;

use limits::{Rate, Requests};

use crate::edition::Edition;
use crate::reading::quantity;
use crate::rows::TierRow;

/// What the names of past hours begin with.
const PAST: &str = "past-";

/// A rung of the service's ladder, as one edition names it; where it names none, what an account
/// did in the past hour, which its limits grow from.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd, Hash)]
pub struct Tier {
    pub(crate) name: String,
    title: String,
    past_hour: Option<Rate<Requests>>,
}

impl Tier {
    pub(crate) fn new(name: &str, title: &str) -> Tier {
        Tier { name: name.to_owned(), title: title.to_owned(), past_hour: None }
    }

    /// The rung of an account whose requests succeeded at this rate in the past hour.
    pub(crate) fn of_past_hour(rate: Rate<Requests>) -> Tier {
        let text = quantity::rate_text(rate);
        let title = match rate.amount() {
            Requests(0) => "nothing in the past hour".to_owned(),
            Requests(_) => format!("{text} in the past hour"),
        };
        Tier { name: format!("{PAST}{text}"), title, past_hour: Some(rate) }
    }

    /// Its name in files: `build-2`, or `past-300/min`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its name on pages: `Tier 2`, or `300/min in the past hour`.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How fast requests succeeded in the hour before, where that is what the rung stands for.
    #[must_use]
    pub const fn past_hour(&self) -> Option<Rate<Requests>> {
        self.past_hour
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name)
    }
}

impl Edition {
    /// Whether accounts are on tiers. Where they are not, a rung is a past hour.
    #[must_use]
    pub fn has_tiers(&self) -> bool {
        !self.tiers.is_empty()
    }

    /// The tier that a word means: its name, or another word for it, such as `tier2`. Where there
    /// are no tiers, the past hour of that rate: `300/min`, or `past-300/min`.
    #[must_use]
    pub fn tier(&self, word: &str) -> Option<Tier> {
        if !self.has_tiers() {
            let rate = quantity::rate(word.strip_prefix(PAST).unwrap_or(word)).ok()?;
            return self.past_hour(rate);
        }
        let means = |name: &str, row: &TierRow| name == word || row.also.iter().any(|w| w == word);
        let (name, _) = self.rows.iter().find(|(name, row)| means(name, row))?;
        self.tiers.iter().find(|tier| tier.name == *name).cloned()
    }

    /// Whether it has tiers, one that this word means, and a number for that.
    pub(crate) fn has_numbers_for(&self, word: &str) -> bool {
        let tier = if self.has_tiers() { self.tier(word) } else { None };
        let row = tier.and_then(|tier| self.rows.get(&tier.name));
        row.is_some_and(|row| row.requests(&self.assumptions).is_some())
    }

    /// The rung of an account whose requests succeeded at this rate in the past hour; `None` in an
    /// edition of tiers.
    #[must_use]
    pub fn past_hour(&self, rate: Rate<Requests>) -> Option<Tier> {
        (!self.has_tiers() && self.dynamic.is_some()).then(|| Tier::of_past_hour(rate))
    }

    /// What an account must have spent to be on a tier, `$50`; `None` where it is not by spending.
    #[must_use]
    pub fn spend(&self, tier: &Tier) -> Option<&str> {
        Some(self.rows.get(&tier.name)?.spend.as_ref()?.value.as_str())
    }

    /// Every tier, in the order of the text.
    #[must_use]
    pub fn tiers(&self) -> &[Tier] {
        &self.tiers
    }

    /// The tiers that an account climbs by itself, lowest first; past hours where there are none.
    #[must_use]
    pub fn ladder(&self) -> &[Tier] {
        &self.ladder
    }
}
