//! What distinguishes one cell from another.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

const TIER: &str = "tier";
const STRATEGY: &str = "strategy";
const LIMIT: &str = "limit";
const LOAD: &str = "load";
const ASSUME: &str = "assume.";
/// The traffic as it is written.
const WHOLE_LOAD: &str = "100%";

/// The conditions of a cell, by name: `tier`, `strategy`, for a changed assumption `assume.NAME`,
/// `load` where the traffic was not as it is written, and `limit = "none"` where nothing was limited. Whatever else a run varies is one more name.
#[derive(Clone, Debug, Default, Eq, Ord, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct CellKey(pub BTreeMap<String, String>);

impl CellKey {
    /// The cell of a tier (none where the edition has no tiers) and a strategy.
    #[must_use]
    pub fn new(tier: Option<&str>, strategy: &str) -> CellKey {
        let mut key = BTreeMap::from([(STRATEGY.to_owned(), strategy.to_owned())]);
        if let Some(tier) = tier {
            key.insert(TIER.to_owned(), tier.to_owned());
        }
        CellKey(key)
    }

    /// The same with an assumption changed.
    #[must_use]
    pub fn assuming(mut self, assumption: &str, value: &str) -> CellKey {
        self.0.insert(format!("{ASSUME}{assumption}"), value.to_owned());
        self
    }

    /// The same with nothing limited: what the service alone would do.
    #[must_use]
    pub fn without_limit(mut self) -> CellKey {
        self.0.insert(LIMIT.to_owned(), "none".to_owned());
        self
    }

    /// The same under a share of the traffic as it is written, `150%`. All of it is what a cell has
    /// that says nothing of it.
    #[must_use]
    pub fn at_load(mut self, load: &str) -> CellKey {
        if load == WHOLE_LOAD {
            self.0.remove(LOAD);
        } else {
            self.0.insert(LOAD.to_owned(), load.to_owned());
        }
        self
    }

    /// The tier.
    #[must_use]
    pub fn tier(&self) -> Option<&str> {
        self.get(TIER)
    }

    /// The strategy.
    #[must_use]
    pub fn strategy(&self) -> Option<&str> {
        self.get(STRATEGY)
    }

    /// The share of the traffic as it is written, `150%`.
    #[must_use]
    pub fn load(&self) -> &str {
        self.get(LOAD).unwrap_or(WHOLE_LOAD)
    }

    /// Whether the traffic was as it is written.
    #[must_use]
    pub fn is_at_whole_load(&self) -> bool {
        self.get(LOAD).is_none()
    }

    /// The assumptions that were changed, each with its value.
    pub fn assumed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().filter_map(|(name, value)| Some((name.strip_prefix(ASSUME)?, value.as_str())))
    }

    /// Whether nothing was limited.
    #[must_use]
    pub fn is_without_limit(&self) -> bool {
        self.get(LIMIT) == Some("none")
    }

    /// Whether nothing beyond tier and strategy sets the cell apart.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.beyond().next().is_none()
    }

    /// Whether no assumption was changed and something was limited: it is a cell of the tiers,
    /// strategies and loads that were compared.
    #[must_use]
    pub fn is_as_supposed(&self) -> bool {
        self.beyond().all(|(name, _)| name == LOAD)
    }

    /// What sets the cell apart beyond tier and strategy.
    pub(crate) fn beyond(&self) -> impl Iterator<Item = (&String, &String)> {
        self.0.iter().filter(|(name, _)| *name != TIER && *name != STRATEGY)
    }

    fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl core::fmt::Display for CellKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        for (index, (name, value)) in self.0.iter().enumerate() {
            let comma = if index > 0 { ", " } else { "" };
            write!(f, "{comma}{name} = \"{value}\"")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_what_sets_its_cell_apart() {
        let plain = CellKey::new(Some("build-2"), "give up");
        assert_eq!((plain.tier(), plain.strategy()), (Some("build-2"), Some("give up")));
        assert!(plain.is_plain());

        let assumed = plain.clone().assuming("token_gate", "none");
        assert_eq!(assumed.assumed().collect::<Vec<_>>(), [("token_gate", "none")]);
        assert!(!assumed.is_plain() && !assumed.is_without_limit());

        let half = plain.clone().at_load("50%");
        assert_eq!((half.load(), plain.load()), ("50%", "100%"));
        assert!(!half.is_plain() && half.is_as_supposed() && !assumed.is_as_supposed());
        assert_eq!(half.at_load("100%"), plain);

        let free = plain.without_limit();
        assert!(free.is_without_limit() && !free.is_plain());
        assert_eq!(
            free.to_string(),
            "limit = \"none\", strategy = \"give up\", tier = \"build-2\""
        );
    }
}
