//! A model as the service's own list of models shows it: its type, and what a million of what it counts
//! cost in dollars.

use money::Money;

use crate::assumptions::Assumptions;
use crate::edition::{Edition, Model};
use crate::listed::{Amount, Price};
use crate::prices::Extent;
use crate::work::Work;

/// What is counted by the million.
const MILLION: u64 = 1_000_000;

/// What the list of models shows of one.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub struct Listing {
    /// Its type, in the list's word.
    pub kind: &'static str,
    /// A million tokens of prompts, or characters that are spoken. Zero for pictures, films and what is
    /// charged by the minute, as recorded.
    pub input: Money,
    /// A million tokens of answers.
    pub output: Money,
    /// A million tokens of prompts that the service has met before, where they have a price.
    pub cached: Option<Money>,
}

impl Edition {
    /// What the list of models shows of one.
    #[must_use]
    pub fn listing(&self, model: &Model, given: &Assumptions) -> Listing {
        let facts = self.models.get(model.name());
        let prices = facts.map(|facts| &facts.prices);
        let price = prices.and_then(|prices| prices.price.as_ref());
        let price = price.and_then(|price| price.under(given)).map(|(price, _)| price);
        let amount = match price {
            Some(Price::Same(amount)) => Some(amount.value),
            Some(Price::Apart { .. }) | None => None,
        };
        let of_million = |each: Money| each.times(MILLION);
        let (input, output) = match amount {
            // The list says the same of both, where answers cost nothing too.
            Some(Amount::Token(each)) => (of_million(each), of_million(each)),
            Some(Amount::Character(each)) => (of_million(each), Money::ZERO),
            Some(Amount::Pixel(_) | Amount::Minute(_) | Amount::Video(_)) => Default::default(),
            None => {
                let tariff = self.tariff(model, &Extent::default(), given);
                let tariff = tariff.map(|priced| priced.tariff).unwrap_or_default();
                (of_million(tariff.prompt), of_million(tariff.answer))
            }
        };
        let cached = prices.and_then(|prices| prices.cached.as_ref());
        let cached = cached.map(|cached| of_million(cached.value));
        let work = self.work(model.name()).unwrap_or(model.work());
        let written_down = matches!(amount, Some(Amount::Minute(_)));
        Listing { kind: kind(work, written_down), input, output, cached }
    }
}

/// The list's word for what a model does.
const fn kind(work: Work, written_down: bool) -> &'static str {
    match work {
        Work::Chat => "chat",
        Work::Completion => "language",
        Work::Embedding => "embedding",
        Work::Rerank => "rerank",
        Work::Image => "image",
        Work::Video => "video",
        Work::Audio if written_down => "transcribe",
        Work::Audio => "audio",
    }
}
