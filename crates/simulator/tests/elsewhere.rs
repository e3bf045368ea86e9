//! A strategy that sends elsewhere what does not get through at home.

use rulebook::Rulebook;
use run_record::Leaf;
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

const HOME: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

/// What became of twenty jobs a second on Tier 1, which allows ten, under these lines of a strategy.
fn leaf(lines: &str) -> Leaf {
    let text = format!(
        "title = \"t\"\nedition = \"2025-11\"\n[account]\ntier = \"build-1\"\n\
         [[endpoint]]\nname = \"own\"\nmodel = \"{HOME}\"\nprice = \"$6/hour\"\n\
         throughput = \"100000/s\"\n\
         [[group]]\nname = \"chat\"\nmodel = \"{HOME}\"\nprompt = 30\nanswer = 10\n\
         traffic = {{ poisson = {{ rate = \"20/s\", lasts = \"1m\" }} }}\n\
         [[strategy]]\nname = \"one\"\nretry_on = \"limits_and_failures\"\nwait = \"none\"\n{lines}\n\
         [compare]\ntiers = \"build-1\"\n"
    );
    let rulebook = Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("t.toml", &text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let record = simulate(&scenario, &Origin::default(), &Unwatched);
    let record = record.unwrap_or_else(|fault| panic!("{fault}"));
    let plain = record.cells().iter().find(|cell| cell.key().is_plain());
    plain.map(|cell| cell.whole().pooled()).unwrap_or_default()
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
