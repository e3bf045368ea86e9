//! What a rehearsal rests on: of everything that its edition supposes, what has a say in it.

use money::Money;
use rulebook::{Assumption, Assumptions, Model, Tier};

use crate::elsewhere;
use crate::funds::Transaction;
use crate::happenings::{Change, Happening};
use crate::scenario::Scenario;
use crate::service_event::Event;

/// These choose words of responses only: no client of ours acts otherwise for them, and nothing
/// that is counted changes.
const OF_WORDS: [&str; 4] = ["limit_type", "dynamic_type", "token_headers", "gateway_page"];

impl Scenario {
    /// What is supposed where it makes a difference here, in the order of the edition: nothing of
    /// models that nobody calls, of endpoints where there are none, or of a capacity that has no
    /// bound.
    pub fn assumed(&self) -> impl Iterator<Item = &Assumption> {
        let mut models: Vec<&Model> = self.groups.iter().map(|group| &group.model).collect();
        models.extend(self.fine_tunes.iter().map(|one| &one.model));
        models.extend(self.evaluations.iter().map(|one| &one.model));
        let concerned = move |name: &str| self.edition.concerns(name, &models);
        self.assumptions.iter().filter(move |assumption| {
            concerned(&assumption.name) && self.hangs_on(&assumption.name)
        })
    }

    /// Whether anything that the scenario has hangs on this assumption.
    fn hangs_on(&self, name: &str) -> bool {
        match name {
            "endpoint_starts" => !self.endpoints.is_empty(),
            "endpoint_queue" => !self.endpoints.is_empty() && self.has_jobs(),
            "capacity_buffer" | "other_tenants" => self.has_bounds(),
            "failure_takes" => {
                self.assumptions.background_failures() != rulebook::Millionths::NONE
                    || self.events(|event| matches!(event, Event::Failing { .. }))
            }
            "signup_credit" => {
                self.funds.free_credit.is_none() && self.rungs().any(|tier| self.is_new(tier))
            }
            "minimum_purchase" => self.buys_little(),
            "payment_takes" => self.pays(),
            "tier_delay" => self.pays() && self.edition.spend_of(&self.tier).is_some(),
            "metering_lag" => self.has_money() && self.has_jobs(),
            "past_due" => self.has_money() && self.may_be_past_due(),
            "postpaid_limit" => self.has_money() && self.moves_a_floor(name),
            "blocked_endpoints" => self.has_money() && !self.endpoints.is_empty(),
            "blocked_batches" => self.has_money() && self.sends_batches(),
            "batch_window"
            | "batch_throughput"
            | "batch_line_failures"
            | "batch_bytes_per_token"
            | "batch_discount" => self.sends_batches(),
            "gpu_prices" => self.endpoints.iter().any(|endpoint| {
                let listed = |id: &str| self.edition.hardware(id, &self.assumptions).is_some();
                endpoint.price.is_none() && endpoint.hardware.as_deref().is_some_and(listed)
            }),
            "grant_takes" => self.events(|event| matches!(event, Event::Grant { .. })),
            "gateway_routing" => self.assumptions.gateway_replicas() > 1,
            "limited" => self.rungs().any(|tier| tier.name() == "limited"),
            // Whatever else is supposed is about requests.
            _ => self.has_jobs() && !OF_WORDS.contains(&name),
        }
    }

    /// The account's own rung, and those that are rehearsed.
    fn rungs(&self) -> impl Iterator<Item = &Tier> {
        core::iter::once(&self.tier).chain(&self.tiers)
    }

    /// Whether something is paid by card.
    pub(crate) fn pays(&self) -> bool {
        let purchase = |event: &Event| matches!(event, Event::Account(Transaction::Purchase(_)));
        self.funds.recharge.is_some() || self.events(purchase)
    }

    /// Whether less is bought at once than usually can be.
    fn buys_little(&self) -> bool {
        let usual = self.edition.billing(&self.edition.assumptions());
        let little = |amount: Money| amount < usual.least_purchase;
        let recharge = self.funds.recharge.map(|one| one.or(usual.default_recharge).amount);
        let event = |event: &Event| matches!(event, Event::Account(Transaction::Purchase(amount)) if little(*amount));
        recharge.is_some_and(little) || self.events(event)
    }

    /// Whether an invoice is unpaid at the start, or may be in the run.
    fn may_be_past_due(&self) -> bool {
        let bills = |happening: &Happening| happening.what == Change::Collects;
        self.funds.past_due.is_some() || self.bills(&self.assumptions).iter().any(bills)
    }

    /// Whether another value of this assumption moves how much an account may owe on a rung here.
    fn moves_a_floor(&self, name: &str) -> bool {
        let floors = |given: &Assumptions| {
            let mut floors = self.edition.billing(given).floors;
            floors.retain(|(tier, _)| self.rungs().any(|rung| rung == tier));
            floors
        };
        let known = self.assumptions.get(name);
        let others = known.map(Assumption::choices).into_iter().flatten();
        let now = floors(&self.assumptions);
        others
            .filter_map(|value| self.assumptions.with(name, value).ok())
            .any(|given| floors(&given) != now)
    }

    /// Whether the capacity of a model that is called has a bound.
    fn has_bounds(&self) -> bool {
        let mut models = self.groups.iter().map(|group| &group.model);
        models.any(|model| self.edition.capacity(model, &self.assumptions).is_some())
    }

    fn sends_batches(&self) -> bool {
        self.groups.iter().any(|group| group.batch.is_some())
            || elsewhere::longest_wait(&self.strategies, &self.groups).is_some()
    }

    fn events(&self, kind: impl Fn(&Event) -> bool) -> bool {
        self.service_events.iter().any(|event| kind(&event.what))
    }
}
