//! A strategy that sends elsewhere what does not get through at home.

use rulebook::Rulebook;
use run_record::{AccountLeaf, Leaf, RunRecord};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

const HOME: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// Twenty jobs a second on Tier 1, which allows ten, under these strategies.
fn record(strategies: &str) -> RunRecord {
    let text = format!(
        "title = \"t\"\nedition = \"2025-11\"\n[account]\ntier = \"build-1\"\n\
         [[endpoint]]\nname = \"own\"\nmodel = \"{HOME}\"\nprice = \"$6/hour\"\n\
         throughput = \"100000/s\"\n\
         [[group]]\nname = \"chat\"\nmodel = \"{HOME}\"\nprompt = 30\nanswer = 10\n\
         traffic = {{ poisson = {{ rate = \"20/s\", lasts = \"1m\" }} }}\n\
         {strategies}\n[compare]\ntiers = \"build-1\"\n"
    );
    let rulebook = Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("t.toml", &text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let record = simulate(&scenario, &Origin::default(), &Unwatched);
    record.unwrap_or_else(|fault| panic!("{fault}"))
}

/// A strategy that tries again at once.
fn strategy(name: &str, lines: &str) -> String {
    format!(
        "[[strategy]]\nname = \"{name}\"\nretry_on = \"limits_and_failures\"\nwait = \"none\"\n\
         {lines}\n"
    )
}

/// What became of the jobs under a strategy with these lines.
fn leaf(lines: &str) -> Leaf {
    let record = record(&strategy("one", lines));
    let plain = record.cells().iter().find(|cell| cell.key().is_plain());
    plain.map(|cell| cell.whole().pooled()).unwrap_or_default()
}

/// The books of the account under a strategy.
fn books<'r>(record: &'r RunRecord, strategy: &str) -> Option<&'r AccountLeaf> {
    let mut cells = record.cells().iter().filter(|cell| cell.key().is_plain());
    cells.find(|cell| cell.key().strategy() == Some(strategy))?.account()?.first()
}

#[test]
fn another_model_answers_what_the_limits_of_the_own_one_refuse() {
    let alone = leaf("tries = 2");
    let helped = leaf(
        "tries = 2\nelsewhere = { model = { model = \"meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo\" } }",
    );
    assert_eq!(alone.elsewhere.sent, 0, "nothing goes anywhere");
    assert!(helped.jobs.answered > alone.jobs.answered * 13 / 10, "{alone:?} {helped:?}");
    assert!(helped.elsewhere.sent > 0, "{:?}", helped.elsewhere);
}

#[test]
fn an_endpoint_of_ones_own_takes_all_that_is_refused() {
    let helped = leaf("tries = 2\nelsewhere = { endpoint = { endpoint = \"own\" } }");
    assert_eq!(helped.jobs.answered, helped.jobs.offered, "it knows no limit");
    // Home allows ten a second, so that about half goes there.
    let (elsewhere, offered) = (helped.elsewhere.sent, helped.jobs.offered);
    assert!(elsewhere * 10 > offered * 3 && elsewhere * 10 < offered * 7, "{elsewhere} {offered}");
}

#[test]
fn a_hedge_stays_at_home_and_is_one_of_a_jobs_tries() {
    let hedged = leaf("tries = 2\nelsewhere = { hedge = { after = \"150ms\", most = \"50%\" } }");
    assert_eq!(hedged.elsewhere.sent, 0);
    assert!(hedged.hedges.sent > 0 && hedged.hedges.won > 0, "{:?}", hedged.hedges);
}

#[test]
fn hardware_that_one_strategy_alone_calls_is_paid_for_by_that_one() {
    let two = strategy("at home", "tries = 2")
        + &strategy("there", "tries = 2\nelsewhere = { endpoint = { endpoint = \"own\" } }");
    let fees = |record: &RunRecord, name| {
        books(record, name).map(|books| books.fees_total().to_string()).unwrap_or_default()
    };
    let both = record(&two);
    assert_eq!((fees(&both, "at home"), fees(&both, "there")), ("$0".into(), "$0.10".into()));
    // What nobody calls runs beside any strategy.
    let alone = record(&strategy("at home", "tries = 2"));
    assert_eq!(fees(&alone, "at home"), "$0.10");
}

#[test]
fn what_only_one_of_two_places_is_priced_at_is_charged_and_on_no_bill() {
    let unpriced = "elsewhere = { model = { model = \"Qwen/Qwen2.5-7B-Instruct-Turb\" } }";
    let record = record(&strategy("one", &format!("tries = 2\n{unpriced}")));
    let cell = record.cells().iter().find(|cell| cell.key().is_plain());
    let leaf = cell.map(|cell| cell.whole().pooled()).unwrap_or_default();
    assert!(leaf.elsewhere.sent > 0 && leaf.bill.is_none(), "{leaf:?}");
    assert!(books(&record, "one").is_some_and(|books| !books.usage.is_zero()));
}
