//! What requests and hours cost: the edition's prices, less what the account negotiated.

use money::{Money, Tariff};
use rulebook::reading::Share;
use rulebook::{Assumptions, Certainty, Extent, Hardware, Millionths, Priced};

use crate::cast::Group;
use crate::scenario::Scenario;

impl Scenario {
    /// What the requests of a group cost: by the model's price and what each of them asks for, in
    /// a batch by that of batches, on hardware of one's own nothing. `None` where nobody says.
    #[must_use]
    pub fn tariff(&self, group: usize, given: &Assumptions) -> Option<Priced> {
        self.tariff_of(self.groups.get(group)?, given)
    }

    /// The same of a group that may be none of the scenario's, such as one of those elsewhere.
    #[must_use]
    pub fn tariff_of(&self, group: &Group, given: &Assumptions) -> Option<Priced> {
        if let Some(endpoint) = group.endpoint {
            // The machine is paid by the minute, whatever it does.
            return self.endpoint_price(endpoint as usize, given).map(|_| Priced {
                tariff: Tariff::FREE,
                facts: self
                    .hardware_of(endpoint as usize, given)
                    .map(|found| found.fact)
                    .into_iter()
                    .collect(),
                certainty: Certainty::Documented,
            });
        }
        let extent = extent(group);
        let priced = match group.batch {
            None => self.edition.tariff(&group.model, &extent, given),
            Some(_) => self.edition.batch_tariff(&group.model, &extent, given),
        };
        priced.map(|priced| self.discounted(priced))
    }

    /// What a request of a group would cost on the shared fleet and as a line of a batch, wherever
    /// it goes.
    pub(crate) fn priced_elsewhere(
        &self,
        group: &Group,
        given: &Assumptions,
    ) -> [Option<Priced>; 2] {
        let extent = extent(group);
        let shared = self.edition.tariff(&group.model, &extent, given);
        let batch = self.edition.batch_tariff(&group.model, &extent, given);
        [shared, batch].map(|priced| priced.map(|priced| self.discounted(priced)))
    }

    /// Whether what is said of cached prompts makes a group's requests cheaper.
    pub(crate) fn is_cheaper_cached(&self, group: usize, given: &Assumptions) -> bool {
        let priced = |extent: Extent| {
            let group = self.groups.get(group)?;
            Some(self.edition.tariff(&group.model, &extent, given)?.tariff)
        };
        let Some(said) = self.groups.get(group).map(extent) else { return false };
        let plain = Extent { cached: Millionths::NONE, ..said };
        priced(said).is_some_and(|cached| priced(plain).is_some_and(|plain| cached != plain))
    }

    /// What one replica of an endpoint costs an hour, by position: the file's own price, or the
    /// edition's for its hardware less the discount. `None` where nobody says.
    #[must_use]
    pub fn endpoint_price(&self, endpoint: usize, given: &Assumptions) -> Option<Money> {
        let listed = || {
            let (parts, of) = self.left_to_pay();
            Some(self.hardware_of(endpoint, given)?.hourly.of_parts(parts, of))
        };
        self.endpoints.get(endpoint)?.price.or_else(listed)
    }

    /// The edition's hardware of an endpoint that names no price of its own.
    fn hardware_of(&self, endpoint: usize, given: &Assumptions) -> Option<Hardware> {
        let endpoint = self.endpoints.get(endpoint).filter(|endpoint| endpoint.price.is_none())?;
        self.edition.hardware(endpoint.hardware.as_deref()?, given)
    }

    /// The account's negotiated discount, in parts per billion; none where it has none.
    #[must_use]
    pub fn discount(&self) -> Option<Share> {
        self.funds.discount
    }

    /// A price less the discount.
    pub(crate) fn discounted(&self, priced: Priced) -> Priced {
        let (parts, of) = self.left_to_pay();
        Priced { tariff: priced.tariff.scaled(parts, of), ..priced }
    }

    /// What the discount leaves, as so many parts of so many.
    pub(crate) fn left_to_pay(&self) -> (u64, u64) {
        let off = self.funds.discount.map_or(0, Share::parts_per_billion);
        (Share::WHOLE - off, Share::WHOLE)
    }
}

/// What a request of the group asks for beyond its tokens.
fn extent(group: &Group) -> Extent {
    Extent { pictures: group.count.get(), ..group.extent }
}
