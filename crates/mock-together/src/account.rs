//! Who calls.

use rulebook::{Model, Tier};

/// An organization. Its keys share its limits.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrganizationId(pub u32);

/// An organization's use of one model.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Whose it is.
    pub organization: OrganizationId,
    /// The tier it is on.
    pub tier: Tier,
    /// The model it calls.
    pub model: Model,
}
