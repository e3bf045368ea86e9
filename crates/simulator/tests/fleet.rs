//! What clients of one key do to each other and to the service: who herds, who is served, and whose
//! retries are for nothing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use rulebook::Rulebook;
use run_record::{CellSummary, derive};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

/// What the cells of a scenario on Build Tier 1 come to, whose ten requests a second go in windows of
/// two seconds.
fn cells(lines: &str) -> Vec<CellSummary> {
    let text = format!(
        "title = \"t\"\nedition = \"2025-11\"\nseed = 3\ndrain = \"1m\"\n\
         [assume]\ntoken_gate = \"none\"\n[account]\ntier = \"build-1\"\n\
         [compare]\ntiers = [\"build-1\"]\n{lines}"
    );
    let parsed = Scenario::parse("fleet.toml", &text, &Rulebook::embedded().unwrap());
    let scenario = parsed.unwrap_or_else(|refused| panic!("{refused}"));
    derive::summary(&simulate(&scenario, &Origin::default(), &Unwatched).unwrap()).cells
}

fn group(name: &str, clients: u32, rate: &str, more: &str) -> String {
    format!(
        "[[group]]\nname = \"{name}\"\nclients = {clients}\nprompt = 10\nanswer = 10\n\
         model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         traffic = {{ poisson = {{ rate = \"{rate}\", lasts = \"5m\" }} }}\n{more}\n"
    )
}

fn of<'c>(cells: &'c [CellSummary], strategy: &str) -> &'c CellSummary {
    cells.iter().find(|cell| cell.strategy.as_deref() == Some(strategy)).unwrap()
}

#[test]
fn whoever_comes_when_it_suits_is_even_and_whoever_waits_for_the_reset_herds() {
    let herd =
        "[[strategy]]\npreset = \"give-up\"\n[[strategy]]\npreset = \"honour-retry-after\"\n";
    let cells = cells(&format!("{}{herd}", group("workers", 40, "14/s", "")));
    // 4,200 jobs of their own accord: a tenth of them in a tenth of the time, within a few of its
    // standard deviations.
    let even = of(&cells, "give-up").synchronisation.unwrap();
    assert!((0.75..1.25).contains(&even), "{even}");
    let herded = of(&cells, "honour-retry-after").synchronisation.unwrap();
    assert!(herded > 1.3 * even, "{herded}");
}

#[test]
fn a_fleet_of_equals_is_served_evenly_and_a_patient_neighbour_starves() {
    let strategies = "[[strategy]]\npreset = \"give-up\"\n[[strategy]]\npreset = \"full-jitter\"\n";
    let equals = cells(&format!("{}{strategies}", group("workers", 10, "20/s", "")));
    for strategy in ["give-up", "full-jitter"] {
        let fairness = of(&equals, strategy).fairness;
        assert!(fairness.jain.unwrap() > 0.99, "{strategy}: {fairness:?}");
        assert!(fairness.least < fairness.most);
    }
    // One of two groups on the key never asks twice.
    let neighbours = format!(
        "{}{}{strategies}",
        group("eager", 5, "15/s", "strategy = \"full-jitter\""),
        group("shy", 5, "5/s", "strategy = \"give-up\"")
    );
    let cells = cells(&neighbours);
    let fairness = cells[0].fairness;
    assert!(fairness.jain.unwrap() < 0.97, "{fairness:?}");
    let group = |name: &str| cells.iter().find(|cell| cell.group.as_deref() == Some(name)).unwrap();
    assert!(group("shy").share.answered < group("eager").share.answered);
    assert!(group("shy").fairness.jain.unwrap() > fairness.jain.unwrap());
}

#[test]
fn retries_are_useless_before_the_time_is_over_that_the_service_asked_for() {
    let strategies = "[[strategy]]\nname = \"deaf\"\nretry_on = \"limits_and_failures\"\n\
                      hint = \"ignore\"\nwait = \"none\"\ntries = 3\n\
                      [[strategy]]\npreset = \"honour-retry-after\"\n";
    let cells = cells(&format!("{}{strategies}", group("workers", 2, "14/s", "")));
    let useless = of(&cells, "deaf").useless_retries;
    assert!(useless.before_hint > 100 && useless.unmendable == 0, "{useless:?}");
    assert_eq!(of(&cells, "honour-retry-after").useless_retries.before_hint, 0);
}

#[test]
fn an_account_without_credit_is_asked_again_in_vain() {
    let stubborn = "[[strategy]]\nname = \"stubborn\"\nretry_on = { statuses = [\"402\", \"429\"] }\n\
                    hint = \"honour\"\nwait = \"none\"\ntries = 3\n[[strategy]]\npreset = \"give-up\"\n";
    let blocked = "[[event]]\nat = \"0s\"\nblocked = { lasts = \"5m\" }\n";
    let cells = cells(&format!("{}{blocked}{stubborn}", group("workers", 1, "1/s", "")));
    let told = of(&cells, "stubborn");
    assert_eq!(told.useless_retries.unmendable, told.attempts.sent - told.jobs.offered);
    assert!(told.useless_retries.unmendable > 100, "{told:?}");
    assert_eq!(of(&cells, "give-up").useless_retries.unmendable, 0);
}
