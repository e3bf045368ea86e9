//! What an edition says beside its limits that a page can use: the ways past them, and how much of
//! them should be left.

use core::fmt::Write as _;

use limits::Span;
use rulebook::{Edition, Fact, Tier, TierDelay};
use run_record::{ReachNote, RuleOfThumb, WayKind, WayNote};

use crate::lasts::shown;
use crate::scenario::Scenario;

/// What is offered beside the ladder, the cheapest first: a fact of the edition, and what we call
/// it. An edition that does not state one does not have it.
const WAYS: [(&str, &str, WayKind); 4] = [
    ("stated.batch", "the batch API", WayKind::Batch),
    ("stated.provisioned", "provisioned throughput", WayKind::Provisioned),
    ("stated.dedicated", "a dedicated endpoint", WayKind::Dedicated),
    ("stated.scale", "the Scale tier", WayKind::Contract),
];
/// How much less a line of a batch costs.
const DISCOUNT: &str = "batch.discount";
/// How an account comes to a tier that is not bought.
const PROMOTION: &str = "stated.promotion";

/// How much should be left at the peak.
const REMAINING: &str = "stated.upgrade_not_needed";

/// The ways past the limits that an edition states.
pub(crate) fn ways(scenario: &Scenario) -> Vec<WayNote> {
    let edition = &scenario.edition;
    let stated =
        WAYS.into_iter().filter_map(|(id, name, kind)| Some((edition.fact(id)?, name, kind)));
    stated
        .map(|(fact, name, kind)| {
            let (says, costs) = match kind {
                WayKind::Batch => (sentence(fact), batch_costs(scenario)),
                // What is stated of it is what it costs, and no more.
                WayKind::Provisioned => {
                    let says = "What a unit of it can do, no source says.".to_owned();
                    (says, Some(fact.value.clone()))
                }
                WayKind::Dedicated => (sentence(fact), dedicated_costs(scenario)),
                WayKind::Contract => (sentence(fact), None),
            };
            let name = name.to_owned();
            WayNote { name, says, costs, source: Some(source(fact)), kind: Some(kind) }
        })
        .collect()
}

fn sentence(fact: &Fact) -> String {
    format!("{}.", capital(&fact.value))
}

/// `50% less where a model’s batches cost less; done within 24h`.
fn batch_costs(scenario: &Scenario) -> Option<String> {
    let discount = scenario.edition.fact(DISCOUNT)?;
    let window = scenario.edition.billing(&scenario.assumptions).batch.window;
    let mut text = format!("{} less where a model’s batches cost less", discount.value);
    if window > Span::ZERO {
        // Writing to a String cannot fail.
        let _ = write!(text, "; done within {}", shown(window));
    }
    Some(text)
}

/// `from $3.99 an hour, on 1x_nvidia_h100_80gb_sxm`: the cheapest that has a price.
fn dedicated_costs(scenario: &Scenario) -> Option<String> {
    let edition = &scenario.edition;
    let (parts, of) = scenario.left_to_pay();
    let ids = edition.hardware_ids();
    let machines = ids.iter().filter_map(|id| edition.hardware(id, &scenario.assumptions));
    let cheapest = machines.min_by_key(|machine| machine.hourly)?;
    Some(format!("from {} an hour, on {}", cheapest.hourly.of_parts(parts, of), cheapest.id))
}

/// What it takes to come to a tier; none of a past hour, or where no source says.
pub(crate) fn reach(scenario: &Scenario, tier: &Tier) -> Option<ReachNote> {
    let edition = &scenario.edition;
    if let Some(paid) = edition.spend_of(tier) {
        let fact = edition.fact(&format!("tiers.{}.spend", tier.name()))?;
        let billing = edition.billing(&scenario.assumptions);
        let delay = match billing.tier_delay {
            TierDelay::Fixed(delay) | TierDelay::DrawnUpTo(delay) => delay,
        };
        let takes = Some(billing.payment_takes.plus(delay)).filter(|takes| *takes > Span::ZERO);
        return Some(ReachNote { paid: Some(paid), says: None, takes, source: source(fact) });
    }
    let is = edition.fact(&format!("stated.{}_is", tier.name()));
    let fact = is.or_else(|| edition.fact(PROMOTION))?;
    Some(ReachNote {
        paid: None,
        says: Some(fact.value.clone()),
        takes: None,
        source: source(fact),
    })
}

fn source(fact: &Fact) -> String {
    format!("{}, {}", fact.source, fact.date)
}

/// The edition's rule of thumb about what is left, where it states one.
pub(crate) fn rule_of_thumb(edition: &Edition) -> Option<RuleOfThumb> {
    let remaining_percent = percent(&edition.fact(REMAINING)?.value)?;
    Some(RuleOfThumb { remaining_percent })
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// The whole number before a `%`: 30 in `remaining above 30 % of the limit`.
fn percent(text: &str) -> Option<u8> {
    let (before, _) = text.split_once('%')?;
    let before = before.trim_end();
    let start = before.rfind(|letter: char| !letter.is_ascii_digit()).map_or(0, |at| at + 1);
    before.get(start..)?.parse().ok().filter(|percent| *percent <= 100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentage_is_read_out_of_a_sentence() {
        assert_eq!(percent("remaining above 30 % of the limit in peak hours"), Some(30));
        assert_eq!(percent("30%"), Some(30));
        assert_eq!(percent("a third of it"), None);
        assert_eq!(percent("300 %"), None);
        assert_eq!(percent("above % of it"), None);
    }
}
