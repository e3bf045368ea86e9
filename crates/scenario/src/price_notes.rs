//! What a record says about money before its first number: what each group's requests cost, and
//! what the account begins with.

use money::Money;
use rulebook::Priced;
use rulebook::reading::Share;
use run_record::{FundsNote, PriceNote, RechargeNote};

use crate::cast::Group;
use crate::funds::Recharge;
use crate::scenario::Scenario;

/// What the requests of a group cost, and who says so; none where nobody does.
pub(crate) fn price(scenario: &Scenario, number: u32, group: &Group) -> Option<PriceNote> {
    let given = &scenario.assumptions;
    let Priced { tariff, facts, certainty } = scenario.tariff(number as usize, given)?;
    let negotiated = scenario.discount().filter(|_| group.endpoint.is_none()).map(|off| {
        let percent = decimal(off.parts_per_billion(), Share::WHOLE / 100);
        format!("{percent} % negotiated")
    });
    let discount: Vec<String> =
        group.batch.iter().map(|_| "batch".to_owned()).chain(negotiated).collect();
    Some(PriceNote {
        request: tariff.request,
        prompt: tariff.prompt,
        answer: tariff.answer,
        facts,
        certainty: certainty.to_string(),
        discount: (!discount.is_empty()).then(|| discount.join(", ")),
    })
}

/// What the account has when the run begins; none where no books are kept.
pub(crate) fn funds(scenario: &Scenario) -> Option<FundsNote> {
    let funds = scenario.funds(&scenario.tier, &scenario.assumptions)?;
    let billing = scenario.edition.billing(&scenario.assumptions);
    let listed = billing.floors.iter().find(|(tier, _)| *tier == funds.tier);
    let may_owe = !billing.needs_card_for_debt || funds.card != crate::funds::Card::None;
    let floor = listed.filter(|_| may_owe && !billing.prepaid).map_or(Money::ZERO, |(_, at)| *at);
    Some(FundsNote {
        enforced: funds.enforced,
        purchased: funds.purchased,
        free: funds.free,
        spent: funds.spent,
        card: funds.card.word().to_owned(),
        floor,
        limit: funds.limit,
        recharge: funds
            .recharge
            .map(|Recharge { threshold, amount }| RechargeNote { threshold, amount }),
        past_due: funds.past_due,
    })
}

/// `part / of` in as few decimals as say it exactly, nine at most.
fn decimal(part: u64, of: u64) -> String {
    let (whole, rest) = (part / of, u128::from(part % of));
    if rest == 0 {
        return whole.to_string();
    }
    let digits = format!("{:09}", rest * 1_000_000_000 / u128::from(of));
    format!("{whole}.{}", digits.trim_end_matches('0'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_discount_is_told_as_people_say_it() {
        let percent = |parts| decimal(parts, Share::WHOLE / 100);
        assert_eq!(percent(100_000_000), "10");
        assert_eq!(percent(125_000_000), "12.5");
        assert_eq!(percent(1), "0.0000001");
    }
}
