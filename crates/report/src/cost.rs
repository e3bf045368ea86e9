//! What it costs: where the money goes, by strategy, and what a month at this shape comes to.
//!
//! Usage is billed by tokens, so that a bill is a sum of what was answered in time, what came too
//! late for anybody, and what was generated for attempts that nobody waited for. What is paid by
//! the minute is paid whoever calls. Figures are of one run, in the mean of its seeds.

mod bars;
mod groups;
mod month;
mod prices;
mod table;
pub(crate) mod words;

use maud::{Markup, html};
use money::Money;
pub(crate) use prices::of_tariff;
use run_record::{AccountLeaf, Bill, Cell, EndpointNote, FeeLeaf, Header};

use crate::study::Study;

/// What one cell cost, over all its replications.
#[derive(Clone, Debug)]
pub(crate) struct Cost {
    /// Of the groups that have a price.
    pub(crate) bill: Bill,
    /// By the minute or once, added up by what they are for.
    pub(crate) fees: Vec<FeeLeaf>,
    pub(crate) runs: u64,
    /// Jobs of groups that have a price.
    pub(crate) answered: u64,
    pub(crate) in_time: u64,
    /// Numbers of the groups that nobody knows a price of.
    pub(crate) unpriced: Vec<usize>,
}

impl Cost {
    /// None where nothing is known of what anything costs.
    pub(crate) fn of(header: &Header, cell: &Cell) -> Option<Cost> {
        let mut cost = Cost {
            bill: Bill::default(),
            fees: Vec::new(),
            runs: u64::from(cell.replications().count().max(1)),
            answered: 0,
            in_time: 0,
            unpriced: Vec::new(),
        };
        let fees = || cell.account().unwrap_or_default().iter().flat_map(|books| &books.fees);
        for (number, (note, group)) in header.groups.iter().zip(cell.groups()).enumerate() {
            let leaves = group.leaves();
            let unpaid = |endpoint: &EndpointNote| fees().all(|fee| fee.name != endpoint.name);
            let unknown = note.endpoint.as_ref().is_some_and(unpaid);
            if unknown || leaves.iter().any(|leaf| leaf.bill.is_none()) {
                cost.unpriced.push(number);
                continue;
            }
            for (leaf, bill) in leaves.iter().filter_map(|leaf| Some((leaf, leaf.bill?))) {
                cost.bill.delivered += bill.delivered;
                cost.bill.in_time += bill.in_time;
                cost.bill.abandoned += bill.abandoned;
                cost.bill.retried += bill.retried;
                cost.answered += leaf.jobs.answered;
                cost.in_time += leaf.jobs.in_time;
            }
        }
        cost.fees = FeeLeaf::together(fees());
        let known = cost.unpriced.len() < cell.groups().len() || !cost.fees.is_empty();
        known.then_some(cost)
    }

    /// One run's part of a sum over all of them.
    pub(crate) fn each(&self, sum: Money) -> Money {
        sum.of_parts(1, self.runs)
    }

    /// What attempts cost, in one run.
    pub(crate) fn usage(&self) -> Money {
        self.each(self.bill.usage())
    }

    /// All that is paid by the minute or once, over all runs.
    fn fees_of_all(&self) -> Money {
        self.fees.iter().map(|fee| fee.amount).sum()
    }

    /// What is paid by the minute or once, in one run.
    pub(crate) fn all_fees(&self) -> Money {
        self.each(self.fees_of_all())
    }

    /// What one run costs.
    pub(crate) fn total(&self) -> Money {
        self.each(self.bill.usage() + self.fees_of_all())
    }

    /// For a thousand jobs answered; none where none was.
    pub(crate) fn per_1000_answered(&self) -> Option<Money> {
        self.per_1000(self.answered)
    }

    /// For a thousand jobs answered in time; none where none was.
    pub(crate) fn per_1000_in_time(&self) -> Option<Money> {
        self.per_1000(self.in_time)
    }

    fn per_1000(&self, jobs: u64) -> Option<Money> {
        let all = self.bill.usage() + self.fees_of_all();
        (jobs > 0).then(|| all.of_parts(1_000, jobs))
    }
}

impl<'r> Study<'r> {
    /// The cell that the page is about where money is concerned: that of the focus; of a run that
    /// nobody asks anything of, the only one.
    pub(crate) fn money_cell(&self) -> Option<&'r Cell> {
        match self.focus() {
            Some((strategy, tier)) => self.cell(strategy, tier),
            None => self.record.cells().iter().find(|cell| cell.key().is_plain()),
        }
    }

    /// What a strategy costs on a tier.
    pub(crate) fn cost(&self, strategy: usize, tier: usize) -> Option<Cost> {
        Cost::of(self.record.header(), self.cell(strategy, tier)?)
    }

    /// Whether anything is known of what the run costs.
    pub(crate) fn has_cost(&self) -> bool {
        self.record
            .cells()
            .iter()
            .filter(|cell| cell.key().is_plain())
            .any(|cell| Cost::of(self.record.header(), cell).is_some())
    }

    /// The books of the account in the cell that money is about, of the first seed.
    pub(crate) fn books(&self) -> Option<&'r AccountLeaf> {
        self.money_cell()?.account()?.first()
    }
}

/// The section; none where nobody knows what anything costs.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let cost = Cost::of(study.record.header(), study.money_cell()?)?;
    Some(html! {
        section.section #cost {
            p.question { "What does it cost?" }
            h2 { (words::finding(study, &cost)) }
            @if let Some(lead) = words::lead(study, &cost) { p.lead { (lead) } }
            @if let Some(bars) = bars::figure(study) { (bars) }
            @if let Some(table) = table::of(study) { (table) }
            @if let Some(groups) = groups::table(study) { (groups) }
            @if let Some(fees) = month::fees(study, &cost) { (fees) }
            @if let Some(month) = month::of(study, &cost) { (month) }
            @if let Some(prices) = prices::table(study, &cost) { (prices) }
        }
    })
}
