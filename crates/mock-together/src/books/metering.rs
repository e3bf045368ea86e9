//! Usage on its way to the books: what a request cost is known there a little later than the
//! request has ended, and is owed all the same.

use std::collections::VecDeque;

use limits::Instant;
use money::Money;
use wire::Usage;

use super::Books;
use super::invoices::Month;
use super::ledger::Book;

/// What has been used and not been metered yet, in the order in which it was used.
#[derive(Clone, Debug, Default)]
pub(crate) struct Meter {
    used: VecDeque<Used>,
    cost: Money,
    /// The models of what is there, by number.
    models: Vec<String>,
}

/// What a request used.
#[derive(Copy, Clone, Debug)]
struct Used {
    metered_at: Instant,
    model: usize,
    usage: Usage,
    cost: Money,
}

impl Meter {
    /// When the next is metered; the end of time where nothing is to be.
    pub(crate) fn next_at(&self) -> Instant {
        self.used.front().map_or(Instant::END, |used| used.metered_at)
    }

    /// What is not metered yet.
    pub(crate) const fn waiting(&self) -> Money {
        self.cost
    }

    /// The next that is metered by `now` goes into its month; what it cost is to be charged.
    pub(crate) fn due(&mut self, now: Instant, month: &mut Month) -> Option<(Instant, Money)> {
        let Used { metered_at, model, usage, cost } =
            self.used.pop_front_if(|used| used.metered_at <= now)?;
        self.cost -= cost;
        month.usage(self.models.get(model).map_or("", String::as_str), usage, cost);
        Some((metered_at, cost))
    }

    fn number(&mut self, model: &str) -> usize {
        let known = self.models.iter().position(|known| known == model);
        known.unwrap_or_else(|| {
            self.models.push(model.to_owned());
            self.models.len() - 1
        })
    }
}

impl Books {
    /// A request has ended, and cost so much.
    pub(crate) fn used(&mut self, now: Instant, model: &str, usage: Usage, cost: Money) {
        let lag = self.rules.metering_lag;
        if lag.is_zero() {
            self.month.usage(model, usage, cost);
            self.ledger.charge(Book::Usage, cost);
            self.posted(now);
        } else {
            let model = self.meter.number(model);
            let metered_at = now.after(lag);
            self.meter.used.push_back(Used { metered_at, model, usage, cost });
            self.meter.cost += cost;
        }
    }
}
