//! What pages say about money: every sentence with its numbers, and the numbers against the record.

use std::collections::BTreeSet;

use money::Money;
use run_record::{Cost, Header, PriceNote, RunRecord};

use super::tests::{page, text, values, with_rules};
use crate::numbers;
use crate::sample::money::{
    beside, climbing, dollars, fee, jobless, negative, price, priced_launch, refused,
};
use crate::sample::{Told, launch, launch_with, record_of_groups, record_with};

/// A day of an endpoint that nobody calls.
fn idle() -> RunRecord {
    jobless(vec![fee("endpoint", "h100", "$95.76", Some(1_440))])
}

/// A training that is paid once, and the hosting of what came of it.
fn trained() -> RunRecord {
    let training = fee("fine_tune", "support-v2", "$12.40", None);
    jobless(vec![training, fee("hosting", "support-v2", "$57.456", Some(864))])
}

/// What a page says between two of its headings.
fn between(said: &str, from: &str, to: &str) -> String {
    let after = said.split_once(from).map_or("", |(_, after)| after);
    let part = after.split_once(to).map_or(after, |(part, _)| part);
    format!("{from}{part}")
}

const COST: &str = "What does it cost?";
const ACCOUNT: &str = "What becomes of the account?";
const TRUST: &str = "What does this rest on?";

#[test]
fn what_the_cost_section_of_a_launch_says() {
    insta::assert_snapshot!(between(&text(&page(&priced_launch())), COST, TRUST));
}

#[test]
fn what_the_page_of_an_account_says_about_money() {
    insta::assert_snapshot!(between(&text(&page(&negative())), COST, TRUST));
}

#[test]
fn what_work_sent_to_two_places_costs_is_told_side_by_side() {
    insta::assert_snapshot!(between(&text(&page(&beside())), COST, TRUST));
}

#[test]
fn what_the_whole_page_of_an_endpoint_says_that_nobody_calls() {
    insta::assert_snapshot!(text(&page(&idle())));
}

#[test]
fn what_a_training_costs_is_paid_once_and_its_hosting_by_the_minute() {
    let said = text(&page(&trained()));
    insta::assert_snapshot!(between(&said, "tierlab", TRUST));
    let once = text(&page(&jobless(vec![fee("fine_tune", "support-v2", "$12.40", None)])));
    assert!(once.contains("Training “support-v2” costs $12.40.\n"), "{once}");
    assert!(!once.contains("A month at this shape:") && !once.contains("Spend without"), "{once}");
}

#[test]
fn every_page_about_money_is_whole() {
    for record in [priced_launch(), negative(), beside(), idle(), trained()] {
        let html = page(&record);
        assert!(html.len() < 500_000, "{} bytes", html.len());
        let ids = values(&html, "id");
        let names: BTreeSet<&str> = ids.iter().copied().collect();
        assert_eq!(ids.len(), names.len());
        for href in values(&html, "href") {
            assert!(names.contains(href.strip_prefix('#').unwrap()), "{href}");
        }
        let known = with_rules(&html);
        for class in values(&html, "class").iter().flat_map(|all| all.split_whitespace()) {
            assert!(known.contains(class), "no rule for .{class}");
        }
    }
}

#[test]
fn the_bill_of_every_strategy_is_the_records() {
    let record = priced_launch();
    let said = text(&page(&record));
    let table = between(&said, "Dollars of one run", "A month at this shape,");
    for (tier, title) in [("build-2", "Tier 2\n"), ("build-4", "Tier 4\n")] {
        let rows = table.split_once(title).unwrap().1;
        for note in &record.header().strategies {
            let key = run_record::CellKey::new(Some(tier), &note.name);
            let cell = record.cell(&key).unwrap();
            let cost = Cost::of(record.header(), cell, None).unwrap();
            let month = cost.month(record.header().lasts).unwrap();
            let row = rows.lines().find(|line| line.starts_with(&note.name)).unwrap();
            let told: Vec<&str> = row.split(' ').collect();
            assert_eq!(told[1], numbers::dollars(cost.total().unwrap()), "{row}");
            assert_eq!(told[3], numbers::dollars(cost.late().unwrap()), "{row}");
            assert_eq!(told[9], numbers::dollars(cost.per_1000_answered().unwrap()), "{row}");
            assert_eq!(told[10], numbers::dollars(cost.per_1000_in_time().unwrap()), "{row}");
            assert_eq!(told[11], numbers::dollars(month.total().unwrap()), "{row}");
        }
    }
}

/// The amount that a word is.
fn amount(word: &str) -> Money {
    Money::parse(&word.trim_end_matches(['.', ';']).replace('−', "-")).unwrap()
}

#[test]
fn the_arithmetic_of_a_month_comes_out_by_hand() {
    for record in [priced_launch(), negative(), beside(), idle(), trained()] {
        let said = text(&page(&record));
        let sums = said.lines().filter(|line| line.contains(" × ") && line.contains(" = "));
        let mut checked = 0;
        for line in sums {
            let sum = line.rsplit_once(": ").unwrap().1;
            let (sum, result) = sum.trim_end_matches('.').split_once(" = ").unwrap();
            let (product, lasts) = sum.split_once(" ÷ ").unwrap_or((sum, "1"));
            let number = |text: &str| -> u64 {
                text.split(' ').next().unwrap().replace(',', "").parse().unwrap()
            };
            let mut factors = product.split(" × ");
            let run = amount(factors.next().unwrap());
            let by_hand = run.of_parts(factors.map(number).product(), number(lasts));
            assert_eq!(numbers::dollars(by_hand), result, "{line}");
            checked += 1;
        }
        assert!(checked > 0, "{said}");
    }
}

#[test]
fn what_came_and_what_went_of_an_account_is_what_is_left_in_print() {
    let said = text(&page(&negative()));
    let sum = said.lines().find(|line| line.starts_with("It begins with")).unwrap();
    let amounts: Vec<Money> =
        sum.split(' ').filter(|word| word.contains('$')).map(amount).collect();
    let [opening, paid, usage, left] = amounts.as_slice() else { panic!("{sum}") };
    assert_eq!(*opening + *paid - *usage, *left, "{sum}");
}

#[test]
fn without_prices_nothing_is_said_of_money() {
    let said = text(&page(&launch()));
    for word in ["$", COST, ACCOUNT, "Cost", "402"] {
        assert!(!said.contains(word), "{word}: {said}");
    }
}

#[test]
fn what_nobody_prices_is_said_and_never_zero() {
    let change = |header: &mut Header| header.groups[0].price = Some(price("$0.88", "$0.88"));
    let told = Told { in_time: 1_000, ..Told::default() };
    let record = record_of_groups(change, &[("build-2", "give-up", [told.clone(), told])]);
    let said = text(&page(&record));
    assert!(
        said.contains(
            "What “batch” (meta-llama/Llama-3.3-70B-Instruct-Turbo) costs, no source says: it is in \
             no figure here, and not free."
        ),
        "{said}"
    );
    assert!(said.contains("no source says what this model costs"), "{said}");
    // A verdict does not count half of a bill.
    let verdict = said.lines().find(|line| line.contains("carries this traffic")).unwrap();
    assert!(!verdict.contains('$'), "{verdict}");
}

#[test]
fn an_endpoint_without_a_price_is_no_free_one() {
    let record = beside();
    let cells = record.cells().iter().map(|cell| {
        let mut books = cell.account().unwrap()[0].clone();
        books.fees.clear();
        books.balance = -books.usage;
        books.available = books.balance;
        cell.clone().with_account(vec![books]).unwrap()
    });
    let cells = cells.collect();
    let said = text(&page(&RunRecord::new(record.header().clone(), cells).unwrap()));
    assert!(said.contains("What the endpoint “h100” costs, no source says"), "{said}");
    // The jobs that it answers do not make the others cheaper.
    assert!(said.contains("1,000 jobs in time cost $1.32"), "{said}");
}

#[test]
fn an_account_that_stops_is_the_reason_and_paying_is_the_remedy() {
    let record = negative();
    assert!(!text(&page(&record)).contains("Top up before"));
    let header = record.header().clone();
    let cells = record.cells().iter().map(|cell| {
        let answered = if cell.key().strategy() == Some("together-py") { 600 } else { 500 };
        let told = Told { in_time: answered, unpaid: 1_000 - answered, ..Told::default() };
        let refused = crate::sample::cell(&header, cell.key().clone(), &[told]);
        let mut books = cell.account().unwrap()[0].clone();
        let usage = refused.groups()[0].leaves()[0].bill.unwrap().usage();
        books.balance = books.balance + books.usage - usage;
        books.usage = usage;
        books.available = books.balance;
        refused.with_account(vec![books]).unwrap()
    });
    let cells = cells.collect();
    let said = text(&page(&RunRecord::new(header, cells).unwrap()));
    assert!(
        said.contains(
            "40 % of attempts are answered 402: the account could not pay. The account is blocked \
             from 03:12 for 160 s: balance −$100.02 reached."
        ),
        "{said}"
    );
    assert!(
        said.contains("Top up before the balance runs out, or have it recharge by itself."),
        "{said}"
    );
}

#[test]
fn a_discount_is_named_and_taken_off_already() {
    let record = launch_with(|header| {
        let discount = Some("10 % negotiated".to_owned());
        header.groups[0].price = Some(PriceNote { discount, ..price("$0.792", "$0.792") });
    });
    let said = text(&page(&record));
    assert!(said.contains("$0.792 per 1M tokens (10 % negotiated, taken off already)"), "{said}");
}

#[test]
fn the_verdict_ends_with_what_it_takes_and_says_where_that_is_the_same() {
    let change = |header: &mut Header| header.groups[0].price = Some(price("$0.88", "$0.88"));
    let slow = Told { in_time: 980, late: 20, ..Told::default() };
    let fine = Told { in_time: 1_000, ..Told::default() };
    let cells = [("build-2", "give-up", vec![slow]), ("build-3", "give-up", vec![fine])];
    let said = text(&page(&record_with(change, &cells)));
    assert!(said.contains("0 % of attempts refused, for the same $1.32 in 10 min."), "{said}");
}

#[test]
fn an_endpoint_that_costs_money_while_nobody_calls_it_is_told_before_anything_else() {
    let html = page(&idle());
    let warning = "Spend without requests: “h100” costs $95.76 and nobody calls it.";
    let said = text(&html);
    assert!(said.lines().take(2).any(|line| line == warning), "{said}");
    assert!(html.contains("role=\"alert\""));
    assert!(!text(&page(&beside())).contains("Spend without requests"));
}

#[test]
fn what_the_account_was_too_poor_for_is_told_first_and_no_estimate_is_met() {
    let record = refused();
    let said = text(&page(&record));
    let sentence = "Training “f” is refused: it needs $2.90, the account has $1.00. No figure here \
                    includes what that would cost.";
    assert!(said.contains(sentence), "{said}");
    assert!(said.contains("Top up before it begins: “f” needs $2.90."), "{said}");
    assert!(!said.contains("Nothing stops the account"), "{said}");
}

#[test]
fn an_account_that_climbs_is_judged_as_one_and_what_its_last_tier_did_is_told() {
    let record = climbing();
    let said = text(&page(&record));
    let claim = "An account that begins on Tier 2 and reaches Tier 4 at 03:00 does not carry this \
                 traffic.";
    assert!(said.contains(claim), "{said}");
    let effect =
        "Of the jobs due once Tier 4 is in force, at 03:00, 99.8 % are in time; before, 66 %.";
    assert!(said.contains(effect), "{said}");
    assert!(said.contains("Buy Tier 4 ahead: here it comes at 03:00, for $255 paid in all."));
    assert!(!said.contains("come during a purchase"), "{said}");
}

#[test]
fn dearer_hardware_never_pays_and_that_is_said() {
    let record = beside();
    let mut header = record.header().clone();
    if let Some(replica) = header.groups[1].endpoint.as_mut().and_then(|one| one.replica.as_mut()) {
        replica.hourly = dollars("$9.95");
    }
    let said = text(&page(&RunRecord::new(header, record.cells().to_vec()).unwrap()));
    assert!(
        said.contains(
            "“h100” never pays at this throughput: a replica at its full 9M tokens an hour costs \
             $9.95, and the shared fleet, at $0.88 per 1M tokens, asks $7.92 for as many."
        ),
        "{said}"
    );
}
