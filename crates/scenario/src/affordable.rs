//! Words of money held against the rules: what cannot be bought, owed or had is refused.

use core::ops::Range;

use money::Money;
use rulebook::{Assumptions, Billing, Edition, Tier};

use crate::fault::Code;
use crate::funds::{Card, Recharge, Said, Transaction};
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::{Placed, What, WrittenEvent, WrittenFunds};

/// As many purchases may it take at once to reach the threshold of `auto_recharge`. Ours: each is a
/// payment and a line of the account's history, and who writes more of them mistook the amount.
const MOST_RECHARGES: u64 = 1_000;

/// What a file says of the money of its account, once its words are held against the rules.
pub(crate) fn resolve(written: &WrittenFunds) -> Said {
    fn value<T: Copy>(placed: Option<&Placed<T>>) -> Option<T> {
        placed.map(|placed| placed.value)
    }
    Said {
        balance: value(written.balance.as_ref()),
        free_credit: value(written.free_credit.as_ref()),
        spent: value(written.spent.as_ref()),
        card: value(written.card.as_ref()),
        limit: value(written.limit.as_ref()),
        past_due: value(written.past_due.as_ref()),
        discount: value(written.discount.as_ref()),
        recharge: value(written.recharge.as_ref()),
    }
}

/// Refuses what an account under these rules cannot have, and what cannot happen to it.
pub(crate) fn refuse(
    funds: &WrittenFunds,
    events: &[WrittenEvent],
    (edition, given): (&Edition, &Assumptions),
    tier: &Tier,
    notes: &Notes<'_>,
) {
    let rules = Rules { edition, billing: edition.billing(given), notes };
    rules.of_the_account(funds, tier);
    let cards =
        events.iter().any(|event| matches!(event.what, What::Account(Transaction::Card(_))));
    let never = funds.card.as_ref().is_some_and(|card| card.value == Card::None) && !cards;
    if let Some(recharge) = &funds.recharge {
        let Placed { value, place } = recharge;
        let value = value.or(rules.billing.default_recharge);
        rules.least(value.amount, place);
        rules.reached(value, funds, place);
        if never {
            let message = "credit that is bought by itself is paid by card".to_owned();
            let help = "write `card = \"accepted\"`, or leave `auto_recharge` out";
            notes.add(Code::NeedsCard, Some(place.clone()), message, "without a card", help);
        }
    }
    for event in events {
        let What::Account(transaction) = event.what else { continue };
        rules.of_an_event(transaction, &event.place, never);
    }
}

/// The rules of paying, and where faults go.
struct Rules<'r> {
    edition: &'r Edition,
    billing: Billing,
    notes: &'r Notes<'r>,
}

impl Rules<'_> {
    fn of_the_account(&self, funds: &WrittenFunds, tier: &Tier) {
        for (key, said) in [("limit", &funds.limit), ("past_due", &funds.past_due)] {
            if let Some(said) = said {
                self.debt(key, &said.place);
            }
        }
        let Some(spent) = &funds.spent else {
            return self.paid_for(funds, tier);
        };
        if !self.sells_tiers() {
            self.absent("spent", "no tier is bought there", &spent.place);
            return;
        }
        if let Some(balance) = funds.balance.as_ref().filter(|it| it.value > spent.value) {
            let message = format!(
                "{} of purchased credit is left, and no more than {} was ever paid",
                balance.value, spent.value
            );
            let help = "lower `balance`, raise `spent`, or write what was given as `free_credit`";
            let place = Some(balance.place.clone());
            self.notes.add(Code::NeverPaid, place, message, "who paid the rest?", help);
        }
        let (bought, own) = (self.edition.tier_for(spent.value), self.edition.spend_of(tier));
        if let (Some(bought), Some(own)) = (bought, own)
            && bought != tier
        {
            let message = format!(
                "who has paid {} is on {}, this account on {}",
                spent.value,
                bought.title(),
                tier.title()
            );
            let help = format!(
                "write `tier = \"{}\"`, or leave `spent` out: {} takes {own}",
                bought.name(),
                tier.title()
            );
            let place = Some(spent.place.clone());
            self.notes.add(Code::SpendDisagrees, place, message, "another tier", &help);
        }
    }

    /// Refuses purchased credit that must have bought a higher tier than the account is on.
    fn paid_for(&self, funds: &WrittenFunds, tier: &Tier) {
        let Some(balance) = &funds.balance else { return };
        let costs = |tier: &Tier| self.edition.spend_of(tier);
        let Some(bought) = self.edition.tier_for(balance.value) else { return };
        let (Some(own), Some(least)) = (costs(tier), costs(bought)) else { return };
        if least > own {
            let message = format!(
                "{} of purchased credit was paid, and who has paid that is on {}, this account on {}",
                balance.value,
                bought.title(),
                tier.title()
            );
            let dearer = self.edition.tiers().iter().filter_map(costs).filter(|it| *it > own);
            let next = dearer.min().unwrap_or(least);
            let help = format!(
                "have less than {next}, write `tier = \"{}\"`, or write what was given as \
                 `free_credit`",
                bought.name()
            );
            let place = Some(balance.place.clone());
            self.notes.add(Code::SpendDisagrees, place, message, "another tier", &help);
        }
    }

    fn of_an_event(&self, transaction: Transaction, place: &Range<usize>, never: bool) {
        match transaction {
            Transaction::Purchase(amount) => {
                self.least(amount, place);
                if never {
                    let message =
                        "credit is paid by card, and this account never has one".to_owned();
                    let help = "leave `card = \"none\"` out, or link one in an event before";
                    let place = Some(place.clone());
                    self.notes.add(Code::NeedsCard, place, message, "by which card?", help);
                }
            }
            Transaction::Card(Card::None) => {
                let message = "a linked card can be replaced, and not be removed".to_owned();
                let help = "name the card that takes its place, such as `card = \"accepted\"`";
                self.notes.add(Code::CardRemoved, Some(place.clone()), message, "by none", help);
            }
            Transaction::OwnLimit(_) => self.debt("own_limit", place),
            Transaction::Synced if !self.sells_tiers() => {
                self.absent("support", "no tier is bought there", place);
            }
            Transaction::Card(_)
            | Transaction::Synced
            | Transaction::Approved
            | Transaction::FreeCredit(_) => {}
        }
    }

    /// Refuses debt where nobody has any.
    fn debt(&self, key: &str, place: &Range<usize>) {
        if self.billing.prepaid {
            self.absent(key, "everything is paid beforehand there", place);
        }
    }

    fn absent(&self, key: &str, why: &str, place: &Range<usize>) {
        let message = format!("edition {} has no `{key}`: {why}", self.edition.name());
        let help = "leave it out, or name an edition of the tiers that were bought, \"2025-11\"";
        let place = Some(place.clone());
        self.notes.add(Code::NoSuchMoney, place, message, "no such thing there", help);
    }

    fn sells_tiers(&self) -> bool {
        self.edition.tiers().iter().any(|tier| self.edition.spend_of(tier).is_some())
    }

    /// Refuses a threshold that is too many purchases away.
    fn reached(&self, recharge: Recharge, funds: &WrittenFunds, place: &Range<usize>) {
        let said = |said: &Option<Placed<Money>>| said.as_ref().map_or(Money::ZERO, |it| it.value);
        let gap = recharge.threshold - said(&funds.balance) - said(&funds.free_credit);
        let times = gap.times_to_reach(recharge.amount);
        if times.is_none_or(|times| times > MOST_RECHARGES) {
            let message = format!(
                "from what is there to {} it takes more than {MOST_RECHARGES} purchases of {}",
                recharge.threshold, recharge.amount
            );
            let help = "lower `threshold`, or buy a larger `amount` at a time";
            let place = Some(place.clone());
            self.notes.add(Code::TooManyPurchases, place, message, "all of them at once", help);
        }
    }

    fn least(&self, amount: Money, place: &Range<usize>) {
        let least = self.billing.least_purchase;
        if amount < least {
            let message = format!("{amount} of credit is less than can be bought, {least}");
            let mut help = format!("buy {least} or more");
            let minimum = self.edition.assumptions();
            if let Some(minimum) = minimum.get("minimum_purchase")
                && let Some(other) = minimum.alternatives.first()
            {
                help =
                    format!("{help}, or suppose `minimum_purchase = \"{other}\"` under [assume]");
            }
            let place = Some(place.clone());
            self.notes.add(Code::LeastPurchase, place, message, "too little", &help);
        }
    }
}

/// Warns of an account that can pay for nothing at the start, and of prompts that cost no less for
/// having been met before.
pub(crate) fn warn(scenario: &Scenario, written: &WrittenFunds, notes: &Notes<'_>) {
    let given = &scenario.assumptions;
    let places = [
        written.balance.as_ref().map(|said| &said.place),
        written.card.as_ref().map(|said| &said.place),
        written.spent.as_ref().map(|said| &said.place),
    ];
    let place = places.into_iter().flatten().next();
    let (funds, billing) = (scenario.funds(&scenario.tier, given), scenario.edition.billing(given));
    if let (Some(funds), Some(place)) = (funds.filter(|funds| funds.enforced), place) {
        let floor = billing.floors.iter().find(|(tier, _)| *tier == funds.tier);
        let card = funds.card.allows_debt() || !billing.needs_card_for_debt;
        let owes = floor.is_some_and(|(_, floor)| floor.is_negative()) && card;
        let buys = funds.recharge.is_some() || scenario.buys();
        if (funds.purchased + funds.free).is_zero() && !owes && !buys {
            let message =
                "this account has neither credit nor debt that it may make, and buys none"
                    .to_owned();
            let help = "give it `balance = \"$40\"`, a card, or an event with a `purchase`";
            let label = "everything is refused with 402";
            notes.warn(Code::NothingToSpend, place.clone(), message, label, help);
        }
    }
    for (index, stated) in scenario.stated.groups.iter().enumerate() {
        let Some(place) = &stated.cached else { continue };
        let Some(group) = scenario.groups.get(index) else { continue };
        if group.work.answers_in_tokens() && !scenario.is_cheaper_cached(index, given) {
            let message =
                format!("nobody says that {} costs less for prompts it has met", group.model);
            let help = "leave `cached` out, or name a model with a price for them";
            notes.warn(Code::NoCachedPrice, place.clone(), message, "as any other", help);
        }
    }
}
