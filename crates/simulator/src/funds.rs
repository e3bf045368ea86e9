//! The money of a scenario's account in the service's own words.

use chance::Seed;
use mock_together::{Card, Change, Dealing, Decline, Funds, Recharge};
use rulebook::{Assumptions, Tier};
use scenario::{Scenario, Transaction};

use crate::ORGANIZATION;

/// The account's money when a world begins; `None` where no books are kept. What the delays of its
/// tiers are drawn by is the world's own seed.
#[must_use]
pub fn funds(scenario: &Scenario, tier: &Tier, given: &Assumptions, seed: Seed) -> Option<Funds> {
    let funds = scenario.funds(tier, given)?;
    let recharge = funds
        .recharge
        .map(|scenario::Recharge { threshold, amount }| Recharge { threshold, amount });
    Some(Funds {
        organization: ORGANIZATION,
        tier: funds.tier,
        spent: funds.spent,
        purchased: funds.purchased,
        free: funds.free,
        card: card(funds.card),
        limit: funds.limit,
        recharge,
        past_due: funds.past_due,
        enforced: funds.enforced,
        seed: seed.0,
    })
}

/// What happens to the account's money, as the service is told of it.
pub(crate) fn dealing(dealing: Dealing) -> Change {
    Change::Money { organization: ORGANIZATION, dealing }
}

/// A line of the scenario about the account's money.
pub(crate) fn transaction(transaction: Transaction) -> Change {
    dealing(match transaction {
        Transaction::Purchase(amount) => Dealing::Purchase(amount),
        Transaction::Card(linked) => Dealing::Card(card(linked)),
        Transaction::OwnLimit(limit) => Dealing::OwnLimit(limit),
        Transaction::Synced => Dealing::Synced,
        Transaction::Approved => Dealing::Approved,
        Transaction::FreeCredit(amount) => Dealing::Granted(amount),
    })
}

const fn card(card: scenario::Card) -> Card {
    match card {
        scenario::Card::None => Card::None,
        scenario::Card::Accepted => Card::Accepted,
        scenario::Card::Held => Card::Held,
        scenario::Card::Declined(why) => Card::Declined(match why {
            scenario::Decline::Prepaid => Decline::Prepaid,
            scenario::Decline::Virtual => Decline::Virtual,
            scenario::Decline::NotRecurring => Decline::NotRecurring,
            scenario::Decline::AddressMismatch => Decline::AddressMismatch,
        }),
    }
}
