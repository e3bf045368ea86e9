//! What happens to the account's money while the run goes on, in the order of time: months that
//! end, purchases, jobs of the service's own.

use core::ops::Range;

use limits::{Instant, Span};
use rulebook::Assumptions;

use crate::ends::{Once, StatedEvent};
use crate::happenings::{Change, Happening};
use crate::scenario::Scenario;
use crate::service_event::Event;

impl Scenario {
    /// Months end at midnight by the wall on which the run begins, and their invoices are charged
    /// some days later; where nothing says when it begins, it begins with a month.
    pub(crate) fn bills(&self, given: &Assumptions) -> Vec<Happening> {
        let Some(starts) = self.starts.filter(|_| self.keeps_books()) else { return Vec::new() };
        let billing = self.edition.billing(given);
        let ends = starts.days_of_month(1, self.lasts);
        let mut bills: Vec<Happening> =
            ends.into_iter().map(|at| happening(at, Change::MonthEnds)).collect();
        if !billing.prepaid {
            let collected = starts.days_of_month(billing.invoice_day, self.lasts);
            bills.extend(collected.into_iter().map(|at| happening(at, Change::Collects)));
        }
        bills
    }

    /// Lets the end of the run be held against the calendar, where bills need one.
    pub(crate) fn state_months(&mut self, account: &Range<usize>) {
        if self.starts.is_none() && self.keeps_books() {
            let (what, place) = (Once::Months, account.clone());
            self.stated.events.push(StatedEvent { what, moment: None, place });
        }
    }

    pub(crate) fn transactions(&self) -> impl Iterator<Item = Happening> {
        self.service_events.iter().filter_map(|event| match &event.what {
            Event::Account(transaction) => Some(happening(event.at, Change::Account(*transaction))),
            Event::Outage { .. }
            | Event::Capacity { .. }
            | Event::Others { .. }
            | Event::Grant { .. }
            | Event::Limits { .. }
            | Event::Blocked { .. }
            | Event::Failing { .. } => None,
        })
    }

    /// Fine-tunes and evaluations whose price somebody says.
    pub(crate) fn created(&self, given: &Assumptions) -> Vec<Happening> {
        let fine_tunes = self.fine_tunes.iter().filter_map(|one| {
            let cost = self.fine_tune_cost(one, given)?;
            Some(happening(one.at, Change::FineTune { name: one.name.clone(), cost }))
        });
        let evaluations = self.evaluations.iter().filter_map(|one| {
            let cost = self.evaluation_cost(one, given)?;
            Some(happening(one.at, Change::Evaluation { name: one.name.clone(), cost }))
        });
        fine_tunes.chain(evaluations).collect()
    }
}

fn happening(at: Span, what: Change) -> Happening {
    Happening { at: Instant::START.after(at), what }
}
