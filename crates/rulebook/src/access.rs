//! Which tier has access to which model.

use wire::ErrorKind;

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Model};
use crate::tier::Tier;

/// A model that a tier has no access to.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Gated {
    /// The lowest tier that has; the account's own where none would help, because its key cannot be
    /// used at all.
    pub needs: Tier,
    /// How it is refused.
    pub kind: ErrorKind,
    /// The fact that says so, by id; the assumption's name where that does.
    pub fact: String,
}

impl Edition {
    /// Why a tier has no access to a model, whatever its balance; `None` where it has.
    ///
    /// An account on the lowest tier of all is told that it is on the free tier, one above it that
    /// its tier is not enough. Where the assumption `limited` says so, the key of the lowest tier
    /// cannot be used at all.
    #[must_use]
    pub fn gate(&self, tier: &Tier, model: &Model, given: &Assumptions) -> Option<Gated> {
        let lowest = self.tiers.first() == Some(tier);
        if lowest && given.limited_has_no_key() {
            let needs = self.tiers.get(1).unwrap_or(tier).clone();
            let fact = "limited".to_owned();
            return Some(Gated { needs, kind: ErrorKind::Unauthorized, fact });
        }
        let from = self.models.get(model.name())?.from.as_ref()?;
        let rung = |name: &str| self.tiers.iter().position(|tier| tier.name() == name);
        let (has, needs) = (rung(tier.name())?, rung(&from.value)?);
        if has >= needs {
            return None;
        }
        let kind = if lowest { ErrorKind::FreeTier } else { ErrorKind::NoAccess };
        let needs = self.tiers.get(needs)?.clone();
        Some(Gated { needs, kind, fact: from.fact.clone() })
    }
}
