//! Prices, books and endpoints for the records made by hand.

use limits::Instant;
use money::Money;
use run_record::{
    AccountLeaf, CellKey, CoursePoint, EndpointNote, FeeLeaf, FundsNote, GroupCell, Header,
    InvoiceLeaf, InvoiceLine, MomentLeaf, PriceNote, ReplicaNote, RunRecord,
};

use super::{MODEL, Told, cell_of_groups, header, launch_with};

pub(crate) fn dollars(text: &str) -> Money {
    Money::parse(text).unwrap()
}

/// So much for a million tokens, of prompt and of answer.
pub(crate) fn price(prompt: &str, answer: &str) -> PriceNote {
    PriceNote {
        request: Money::ZERO,
        prompt: dollars(prompt).of_parts(1, 1_000_000),
        answer: dollars(answer).of_parts(1, 1_000_000),
        facts: vec!["models.llama-3-3-70b.price".to_owned()],
        sources: vec!["recorded GET /v1/models, 2025-12".to_owned()],
        certainty: "observed".to_owned(),
        discount: None,
    }
}

/// The launch, at $0.88 for a million tokens.
pub(crate) fn priced_launch() -> RunRecord {
    launch_with(|header| header.groups[0].price = Some(price("$0.88", "$0.88")))
}

/// A record of cells on the account's tier, each with books: strategy, what it was, and what its
/// account was. Usage is taken from the bills, so that the books balance by what is left.
pub(crate) fn with_books(
    change: impl Fn(&mut Header),
    cells: &[(&str, Vec<Told>, AccountLeaf)],
) -> RunRecord {
    let mut header = header(1);
    header.groups[0].price = Some(price("$0.88", "$0.88"));
    change(&mut header);
    let cells = cells.iter().map(|(strategy, told, books)| {
        let key = CellKey::new(Some("build-2"), strategy);
        let cell = cell_of_groups(&header, key, told);
        let bills = cell.groups().iter().flat_map(GroupCell::leaves);
        let usage: Money = bills.filter_map(|leaf| leaf.bill).map(|bill| bill.usage()).sum();
        let mut books = AccountLeaf { usage, ..books.clone() };
        books.balance = books.opening + books.paid + books.free - usage - books.fees_total();
        books.available = books.balance + books.owed;
        cell.with_account(vec![books]).unwrap()
    });
    let cells = cells.collect();
    RunRecord::new(header, cells).unwrap()
}

pub(crate) fn moment(second: u64, what: &str, amount: Option<&str>, says: &str) -> MomentLeaf {
    MomentLeaf {
        at: at(second),
        what: what.to_owned(),
        amount: amount.map(dollars),
        balance: Money::ZERO,
        says: says.to_owned(),
    }
}

pub(crate) fn course(points: &[(u64, &str)]) -> Vec<CoursePoint> {
    let point = |(second, balance): &(u64, &str)| CoursePoint {
        at: at(*second),
        balance: dollars(balance),
    };
    points.iter().map(point).collect()
}

fn at(second: u64) -> Instant {
    Instant::from_nanos(second * 1_000_000_000)
}

/// An account that runs into its floor at 03:12, is topped up, and climbs a tier.
pub(crate) fn negative() -> RunRecord {
    let funds = |header: &mut Header| {
        header.funds = Some(FundsNote {
            enforced: true,
            purchased: dollars("-$98.50"),
            spent: dollars("$60"),
            card: "accepted".to_owned(),
            floor: dollars("$100"),
            ..FundsNote::default()
        });
    };
    let books = AccountLeaf {
        tier: "build-3".to_owned(),
        enforced: true,
        opening: dollars("-$98.50"),
        paid: dollars("$50"),
        lowest: dollars("-$100.02"),
        lifetime: dollars("$110"),
        blocked: limits::Span::from_secs(160),
        first_blocked: Some(at(192)),
        moments: vec![
            MomentLeaf {
                balance: dollars("-$100.02"),
                ..moment(192, "blocked", None, "the balance is used up")
            },
            moment(292, "bought", Some("$50"), ""),
            moment(352, "credited", Some("$50"), ""),
            moment(352, "unblocked", None, ""),
            moment(500, "promoted", None, "Tier 3"),
            moment(590, "invoiced", Some("$50.20"), ""),
        ],
        course: course(&[
            (0, "-$98.50"),
            (100, "-$99.20"),
            (192, "-$100.02"),
            (352, "-$50.02"),
            (599, "-$49.82"),
        ]),
        invoices: vec![InvoiceLeaf {
            at: at(590),
            month: 1,
            amount: Money::ZERO,
            state: "settled".to_owned(),
            lines: vec![InvoiceLine {
                model: MODEL.to_owned(),
                fee: None,
                prompt: 1_000_000,
                answer: 200_000,
                cost: dollars("$1.056"),
            }],
        }],
        ..AccountLeaf::default()
    };
    let told = Told { in_time: 900, late: 60, abandoned: 20, retried: 30, ..Told::default() };
    let other = AccountLeaf {
        tier: "build-2".to_owned(),
        enforced: true,
        opening: dollars("-$98.50"),
        lowest: dollars("-$99.50"),
        ..AccountLeaf::default()
    };
    let fine = Told { in_time: 700, ..Told::default() };
    with_books(funds, &[("together-py", vec![told], books), ("give-up", vec![fine], other)])
}

/// Fees for an endpoint and a training, and nobody who asks anything.
pub(crate) fn jobless(fees: Vec<FeeLeaf>) -> RunRecord {
    let mut header = header(1);
    header.groups.clear();
    header.strategies.truncate(1);
    header.expectations.clear();
    header.lasts = limits::Span::from_secs(86_400);
    for rung in &mut header.ladder {
        rung.limits.clear();
    }
    let key = CellKey::new(Some("build-2"), &header.strategies[0].name);
    let mut books = AccountLeaf { tier: "build-2".to_owned(), fees, ..AccountLeaf::default() };
    books.balance = -books.fees_total();
    books.available = books.balance;
    let cell = run_record::Cell::new(key, 0, vec![Vec::new()]).unwrap();
    let cell = cell.with_account(vec![books]).unwrap();
    RunRecord::new(header, vec![cell]).unwrap()
}

/// An account of Tier 2 that is on Tier 4 from the third minute on, which is enough for its jobs.
pub(crate) fn climbing() -> RunRecord {
    let change = |header: &mut Header| {
        header.events = vec![run_record::EventNote {
            says: "a purchase of $255".to_owned(),
            begins: limits::Span::from_secs(60),
            ends: Some(limits::Span::from_secs(180)),
        }];
    };
    let books = AccountLeaf {
        tier: "build-4".to_owned(),
        enforced: true,
        opening: dollars("$5"),
        paid: dollars("$255"),
        moments: vec![moment(180, "promoted", Some("$255"), "build-4")],
        ..AccountLeaf::default()
    };
    let told = Told { in_time: 940, outage: true, ..Told::default() };
    with_books(change, &[("give-up", vec![told], books)])
}

/// A training that an account of one dollar cannot pay.
pub(crate) fn refused() -> RunRecord {
    let record = jobless(Vec::new());
    let books = AccountLeaf {
        tier: "build-2".to_owned(),
        enforced: true,
        opening: dollars("$1"),
        balance: dollars("$1"),
        available: dollars("$1"),
        lowest: dollars("$1"),
        moments: vec![MomentLeaf {
            balance: dollars("$1"),
            ..moment(0, "job_refused", Some("$2.90"), "f")
        }],
        ..AccountLeaf::default()
    };
    let cells = record.cells().iter().cloned();
    let cells = cells.map(|cell| cell.with_account(vec![books.clone()]).unwrap()).collect();
    RunRecord::new(record.header().clone(), cells).unwrap()
}

/// A fee of so many minutes, or one that is paid once.
pub(crate) fn fee(kind: &str, name: &str, amount: &str, minutes: Option<u64>) -> FeeLeaf {
    let (kind, name) = (kind.to_owned(), name.to_owned());
    FeeLeaf { kind, name, amount: dollars(amount), minutes, ran: None }
}

/// One group on the shared fleet and one on an endpoint that is paid by the minute.
pub(crate) fn beside() -> RunRecord {
    let change = |header: &mut Header| {
        let mut own = header.groups[0].clone();
        own.name = "own hardware".to_owned();
        own.price = Some(price("$0", "$0"));
        own.endpoint = Some(EndpointNote {
            name: "h100".to_owned(),
            says: "1 to 3 replicas of 2,500 tokens/s each".to_owned(),
            replica: Some(ReplicaNote {
                most: 3,
                tokens_per_hour: 9_000_000,
                hourly: dollars("$3.99"),
                shared: Some(price("$0.88", "$0.88")),
                batch: Some(price("$0.44", "$0.44")),
            }),
        });
        header.groups.push(own);
    };
    let books = AccountLeaf {
        tier: "build-2".to_owned(),
        fees: vec![fee("endpoint", "h100", "$0.665", Some(10))],
        ..AccountLeaf::default()
    };
    let told = Told { in_time: 1_000, ..Told::default() };
    with_books(change, &[("together-py", vec![told.clone(), told], books)])
}
