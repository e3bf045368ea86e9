//! The account, as the service knows it: on which rung, and for each group on which fleet.

use limits::Span;
use rulebook::{Assumptions, Model, Published, Tier};

use crate::endpoint::Endpoint;
use crate::scenario::Scenario;

/// What the service must know of an account before a group calls.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Account<'s> {
    /// The tier it is on.
    pub tier: &'s Tier,
    /// The model that the group calls.
    pub model: &'s Model,
    /// Where the group's jobs go, if not to the fleet that everybody shares.
    pub endpoint: Option<&'s Endpoint>,
}

impl Scenario {
    /// The account as a group calls it, on a tier of this scenario or another; none where there is
    /// no such group.
    #[must_use]
    pub fn account<'s>(&'s self, tier: &'s Tier, group: usize) -> Option<Account<'s>> {
        let group = self.groups.get(group)?;
        let endpoint = group.endpoint.and_then(|number| self.endpoints.get(number as usize));
        Some(Account { tier, model: &group.model, endpoint })
    }

    /// What the requests of each group name as their model, in the order of the groups: an endpoint
    /// is called by its own name.
    pub fn called(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| {
            let endpoint = group.endpoint.and_then(|number| self.endpoints.get(number as usize));
            endpoint.map_or(group.model.name(), |endpoint| &endpoint.name)
        })
    }

    /// What a tier publishes for the model of a group; none where no limit is published, as for an
    /// endpoint of one's own.
    #[must_use]
    pub fn published(&self, tier: &Tier, group: usize, given: &Assumptions) -> Option<Published> {
        let group = self.groups.get(group).filter(|group| group.endpoint.is_none())?;
        self.edition.published(tier, &group.model, given)
    }

    /// When what is asked for at this time is granted; none where nothing says on which day.
    pub(crate) fn granted_at(&self, asked: Span, given: &Assumptions) -> Option<Span> {
        let starts = self.starts?.after(asked);
        let takes = given.get("grant_takes")?.value.parse().ok()?;
        let days = starts.days_until(takes, &self.holidays)?;
        Some(asked.plus(days))
    }
}
