//! What a record says about money before its first number: what each group's requests cost, and
//! what the account begins with.

use limits::Span;
use money::Money;
use rulebook::Priced;
use rulebook::reading::Share;
use run_record::{FundsNote, PriceNote, RechargeNote, ReplicaNote};

use crate::cast::Group;
use crate::endpoint::Kind;
use crate::funds::Recharge;
use crate::scenario::Scenario;

/// What the requests of a group cost, and who says so; none where nobody does.
pub(crate) fn price(scenario: &Scenario, number: u32, group: &Group) -> Option<PriceNote> {
    let priced = scenario.tariff(number as usize, &scenario.assumptions)?;
    let batch = group.batch.is_some();
    Some(note(scenario, priced, batch, group.endpoint.is_none()))
}

/// What the requests of a group would cost as lines of batches; none where that is no less, where
/// they are lines already, or where they go to an endpoint.
pub(crate) fn batched(scenario: &Scenario, group: &Group) -> Option<PriceNote> {
    if group.batch.is_some() || group.endpoint.is_some() {
        return None;
    }
    let [shared, batch] = scenario.priced_elsewhere(group, &scenario.assumptions);
    let batch = batch.filter(|batch| shared.is_some_and(|shared| shared.tariff != batch.tariff))?;
    Some(note(scenario, batch, true, true))
}

/// One replica of an endpoint that serves the model of a group, beside what the same tokens cost elsewhere; none where
/// nobody says what it costs.
pub(crate) fn replica(scenario: &Scenario, group: &Group, number: u32) -> Option<ReplicaNote> {
    let number = number as usize;
    let endpoint = scenario.endpoints.get(number)?;
    let given = &scenario.assumptions;
    let [shared, batch] = match endpoint.kind {
        Kind::Dedicated => scenario.priced_elsewhere(group, given),
        // The shared fleet has no model of one's own.
        Kind::FineTune => [None, None],
    };
    // What a batch does no cheaper is no other way.
    let cheaper = |batch: &Priced| shared.as_ref().is_some_and(|one| one.tariff != batch.tariff);
    let batch = batch.filter(cheaper);
    Some(ReplicaNote {
        most: endpoint.replicas.1.get(),
        tokens_per_hour: endpoint.throughput.over(Span::from_secs(3_600)),
        hourly: scenario.endpoint_price(number, given)?,
        shared: shared.map(|priced| note(scenario, priced, false, true)),
        batch: batch.map(|priced| note(scenario, priced, true, true)),
    })
}

fn note(scenario: &Scenario, priced: Priced, batch: bool, negotiable: bool) -> PriceNote {
    let Priced { tariff, facts, certainty } = priced;
    let negotiated = scenario.discount().filter(|_| negotiable).map(|off| {
        let percent = decimal(off.parts_per_billion(), Share::WHOLE / 100);
        format!("{percent} % negotiated")
    });
    let discount: Vec<String> =
        batch.then(|| "batch".to_owned()).into_iter().chain(negotiated).collect();
    let mut sources: Vec<String> = facts
        .iter()
        .filter_map(|id| scenario.edition.fact(id))
        .map(|fact| format!("{}, {}", fact.source, fact.date))
        .collect();
    sources.dedup();
    PriceNote {
        request: tariff.request,
        prompt: tariff.prompt,
        answer: tariff.answer,
        facts,
        sources,
        certainty: certainty.to_string(),
        discount: (!discount.is_empty()).then(|| discount.join(", ")),
    }
}

/// What the account has when the run begins; none where no books are kept.
pub(crate) fn funds(scenario: &Scenario) -> Option<FundsNote> {
    let funds = scenario.funds(&scenario.tier, &scenario.assumptions)?;
    let billing = scenario.edition.billing(&scenario.assumptions);
    let listed = billing.floors.iter().find(|(tier, _)| *tier == funds.tier);
    let may_owe = !billing.needs_card_for_debt || funds.card.allows_debt();
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
