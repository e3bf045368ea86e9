//! Money at both ends of a world: what requests are quoted at when it begins, and what the books
//! of the account say when it is over.

use limits::Instant;
use mock_together::{Fee, Invoice, InvoiceLine as Line, Moment, Service, Statement};
use money::Money;
use run_record::{
    AccountLeaf, CoursePoint, FeeLeaf, GroupLeaf, InvoiceLeaf, InvoiceLine, MomentLeaf, Tariffs,
};
use scenario::Scenario;

use crate::plan::CellPlan;

/// What the requests of each group cost in a cell, at home and where its strategy sends what does not
/// get through there; none where nobody says.
pub(crate) fn tariffs(scenario: &Scenario, plan: &CellPlan) -> Vec<Tariffs> {
    let given = &plan.assumptions;
    let groups = 0..scenario.groups.len();
    let priced = |group| scenario.tariff(group, given).map(|priced| priced.tariff);
    let there = |group| {
        let there = scenario.elsewhere(plan.strategy, group)?;
        scenario.tariff_of(&there, given).map(|priced| priced.tariff)
    };
    groups.map(|group| Tariffs { home: priced(group), elsewhere: there(group) }).collect()
}

/// The books of the account when a world is over: at the end of its scenario, or when the last
/// request was charged after it. None where no books were kept. What happened and when is kept of
/// the first replication only.
pub(crate) fn books(
    service: &mut Service,
    (at, replication): (Instant, u32),
    (scenario, plan): (&Scenario, &CellPlan),
    leaves: &[GroupLeaf],
) -> Option<AccountLeaf> {
    let statement = service.statement(at, crate::ORGANIZATION)?;
    let bills = leaves.iter().filter_map(|group| group.leaf.bill);
    let billed: Money = bills.map(|bill| bill.usage()).sum();
    // Lines of a file are charged as they are done, and nobody has them before the file has ended.
    let in_files = !plan.by_file(scenario).is_empty();
    let charged = statement.usage + statement.unmetered;
    let uncollected = if in_files { charged - billed } else { Money::ZERO };
    let books = leaf(statement, scenario.has_money(), uncollected);
    Some(if replication == 0 { books } else { books.without_course() })
}

fn leaf(statement: Statement, enforced: bool, uncollected: Money) -> AccountLeaf {
    AccountLeaf {
        tier: statement.tier.name().to_owned(),
        enforced,
        opening: statement.opening,
        paid: statement.paid,
        free: statement.free,
        usage: statement.usage,
        outstanding: statement.unmetered,
        uncollected,
        fees: statement.fees.into_iter().map(fee).collect(),
        balance: statement.balance,
        owed: statement.owed,
        available: statement.available,
        free_left: statement.free_left,
        pending: statement.pending,
        lowest: statement.lowest,
        lifetime: statement.lifetime,
        blocked: statement.blocked,
        first_blocked: statement.first_blocked,
        declined: statement.declined,
        moments: statement.moments.into_iter().map(moment).collect(),
        moments_left_out: statement.moments_left_out,
        course: statement.course.into_iter().map(point).collect(),
        invoices: statement.invoices.into_iter().map(invoice).collect(),
    }
}

fn fee(Fee { kind, name, amount, minutes, ran }: Fee) -> FeeLeaf {
    let kind = kind.name().to_owned();
    let minutes = (minutes > 0).then_some(minutes);
    FeeLeaf { kind, name, amount, minutes, ran: Some(ran).filter(|_| minutes > Some(ran)) }
}

fn moment(Moment { at, kind, amount, balance, words }: Moment) -> MomentLeaf {
    let amount = (!amount.is_zero()).then_some(amount);
    MomentLeaf { at, what: kind.name().to_owned(), amount, balance, says: words }
}

const fn point((at, balance): (Instant, Money)) -> CoursePoint {
    CoursePoint { at, balance }
}

fn invoice(Invoice { at, month, amount, lines, state }: Invoice) -> InvoiceLeaf {
    let lines = lines.into_iter().map(line).collect();
    InvoiceLeaf { at, month, amount, state: state.name().to_owned(), lines }
}

fn line(Line { name, fee, prompt, answer, cost }: Line) -> InvoiceLine {
    let fee = fee.map(|kind| kind.name().to_owned());
    InvoiceLine { model: name, fee, prompt, answer, cost }
}
