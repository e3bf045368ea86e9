//! What a rehearsal rests on: of everything that its edition supposes, what has a say in it.

use rulebook::{Assumption, Model};

use crate::scenario::Scenario;
use crate::service_event::Event;

/// These choose words of responses only: no client of ours acts otherwise for them, and nothing
/// that is counted changes.
const OF_WORDS: [&str; 4] = ["limit_type", "dynamic_type", "token_headers", "gateway_page"];

/// These are of an account's money, which most files say nothing of.
const OF_MONEY: [&str; 8] = [
    "signup_credit",
    "minimum_purchase",
    "payment_takes",
    "tier_delay",
    "metering_lag",
    "past_due",
    "postpaid_limit",
    "blocked_endpoints",
];

/// These are of batches.
const OF_BATCHES: [&str; 5] = [
    "batch_window",
    "batch_throughput",
    "batch_line_failures",
    "batch_bytes_per_token",
    "batch_discount",
];

impl Scenario {
    /// What is supposed where it makes a difference here, in the order of the edition: nothing of
    /// models that nobody calls, of endpoints where there are none, or of a capacity that has no
    /// bound.
    pub fn assumed(&self) -> impl Iterator<Item = &Assumption> {
        let models: Vec<&Model> = self.groups.iter().map(|group| &group.model).collect();
        let concerned = move |name: &str| self.edition.concerns(name, &models);
        self.assumptions.iter().filter(move |assumption| {
            concerned(&assumption.name) && self.hangs_on(&assumption.name)
        })
    }

    /// Whether anything that the scenario has hangs on this assumption.
    fn hangs_on(&self, name: &str) -> bool {
        match name {
            "endpoint_starts" | "endpoint_queue" | "gpu_prices" => !self.endpoints.is_empty(),
            "capacity_buffer" | "other_tenants" => self.has_bounds(),
            "failure_takes" => {
                self.assumptions.background_failures() != rulebook::Millionths::NONE
                    || self.events(|event| matches!(event, Event::Failing { .. }))
            }
            "blocked_batches" => self.has_money() && self.sends_batches(),
            _ if OF_MONEY.contains(&name) => self.has_money(),
            _ if OF_BATCHES.contains(&name) => self.sends_batches(),
            "grant_takes" => self.events(|event| matches!(event, Event::Grant { .. })),
            "gateway_routing" => self.assumptions.gateway_replicas() > 1,
            "limited" => {
                let account = core::iter::once(&self.tier);
                account.chain(&self.tiers).any(|tier| tier.name() == "limited")
            }
            _ => !OF_WORDS.contains(&name),
        }
    }

    /// Whether the capacity of a model that is called has a bound.
    fn has_bounds(&self) -> bool {
        let mut models = self.groups.iter().map(|group| &group.model);
        models.any(|model| self.edition.capacity(model, &self.assumptions).is_some())
    }

    fn sends_batches(&self) -> bool {
        self.groups.iter().any(|group| group.batch.is_some())
    }

    fn events(&self, kind: impl Fn(&Event) -> bool) -> bool {
        self.service_events.iter().any(|event| kind(&event.what))
    }
}
