//! The account, as the service knows it: on which rung, with which past, and for each group on
//! which fleet.

use limits::Span;
use rulebook::{Assumptions, Model, PastHour, Published, Tier};

use crate::cast::Group;
use crate::check;
use crate::endpoint::Endpoint;
use crate::scenario::Scenario;

/// What the service must know of an account before a group calls.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Account<'s> {
    /// The tier it is on.
    pub tier: &'s Tier,
    /// The model that the group calls.
    pub model: &'s Model,
    /// What the account did with that model in the hour before the run: the requests that the file
    /// says, each with the tokens of the model's mean job.
    pub past_hour: PastHour,
    /// Where the group's jobs go, if not to the fleet that everybody shares.
    pub endpoint: Option<&'s Endpoint>,
}

impl Scenario {
    /// The account as a group calls it, on a tier of this scenario or another; none where there is
    /// no such group.
    #[must_use]
    pub fn account<'s>(&'s self, tier: &'s Tier, group: usize) -> Option<Account<'s>> {
        Some(self.account_of(tier, self.groups.get(group)?))
    }

    /// The same of a group that may be none of the scenario's, such as one of those elsewhere.
    #[must_use]
    pub fn account_of<'s>(&'s self, tier: &'s Tier, group: &'s Group) -> Account<'s> {
        let endpoint = group.endpoint.and_then(|number| self.endpoints.get(number as usize));
        let past_hour = self.past_hour_of(tier, &group.model);
        Account { tier, model: &group.model, past_hour, endpoint }
    }

    /// What the requests of each group name as their model, in the order of the groups: an endpoint
    /// is called by its own name.
    pub fn called(&self) -> impl Iterator<Item = &str> {
        self.groups.iter().map(|group| {
            let endpoint = group.endpoint.and_then(|number| self.endpoints.get(number as usize));
            endpoint.map_or(group.model.name(), |endpoint| &endpoint.name)
        })
    }

    /// What a tier publishes for the model of a group, where there are no tiers the dynamic rates
    /// with which it begins; none where no limit is published, as for an endpoint of one's own.
    #[must_use]
    pub fn published(&self, tier: &Tier, group: usize, given: &Assumptions) -> Option<Published> {
        let group = self.groups.get(group).filter(|group| group.endpoint.is_none())?;
        self.published_for(tier, &group.model, given)
    }

    /// The same for a model, on the shared fleet.
    pub(crate) fn published_for(
        &self,
        tier: &Tier,
        model: &Model,
        given: &Assumptions,
    ) -> Option<Published> {
        if tier.past_hour().is_none() {
            return self.edition.published(tier, model, given);
        }
        let past = self.past_hour_of(tier, model);
        self.edition.published_after(tier, past, model, given)
    }

    /// What an account on a tier did with a model in the hour before the run.
    pub(crate) fn past_hour_of(&self, tier: &Tier, model: &Model) -> PastHour {
        let rate = tier.past_hour().or(self.past_hour);
        let rate = rate.filter(|rate| rate.amount().0 > 0);
        rate.map_or(PastHour::NOTHING, |rate| PastHour::of(rate, self.tokens_each(model)))
    }

    /// Tokens of a model's mean job, among all groups that call it on the shared fleet, as they are
    /// mixed at its peak.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a mean of tokens is positive and far below 2^53"
    )]
    fn tokens_each(&self, model: &Model) -> u64 {
        check::mean_tokens_of(self, model).round() as u64
    }

    /// When what is asked for at this time is granted; none where nothing says on which day, or
    /// where nobody grants anything.
    pub(crate) fn granted_at(&self, asked: Span, given: &Assumptions) -> Option<Span> {
        let days = self.starts?.after(asked).days_until(given.grant_takes()?, &self.holidays)?;
        Some(asked.plus(days))
    }
}
