//! Scenarios whose every count follows by hand: even traffic, fixed lengths, no noise, and clients
//! that ask once.

#![allow(dead_code, reason = "each test uses what it needs")]

use rulebook::Rulebook;
use run_record::{Attempts, Cell, CellKey, RunRecord};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

pub(crate) const LLAMA: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
pub(crate) const MAVERICK: &str = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8";

/// A scenario under an edition: the account's lines, then the rest, groups first. Answers take what
/// the medians say, and whoever is refused gives up unless `rest` has strategies of its own.
pub(crate) fn scenario(edition: &str, account: &str, rest: &str) -> Scenario {
    let strategy =
        if rest.contains("[[strategy]]") { "" } else { "[[strategy]]\npreset = \"give-up\"\n" };
    let assume = if rest.contains("[assume]") { "" } else { "[assume]\n" };
    let noise = "first_token_noise = \"0\"\nspeed_noise = \"0\"\n";
    let text = format!(
        "title = \"By hand\"\nedition = \"{edition}\"\nseed = 6\n[account]\n{account}\n\
         {strategy}{rest}{assume}{noise}"
    );
    Scenario::parse("by-hand.toml", &text, &Rulebook::embedded().unwrap())
        .unwrap_or_else(|refused| panic!("{refused}"))
}

/// A group of jobs with five tokens of prompt and five of answer.
pub(crate) fn group(name: &str, model: &str, traffic: &str) -> String {
    format!(
        "[[group]]\nname = \"{name}\"\nmodel = \"{model}\"\nprompt = 5\nanswer = 5\n\
         traffic = {traffic}\n"
    )
}

pub(crate) fn record(scenario: &Scenario) -> RunRecord {
    simulate(scenario, &Origin::default(), &Unwatched).unwrap()
}

/// The cell of the account's own rung.
pub(crate) fn own<'r>(record: &'r RunRecord, strategy: &str) -> &'r Cell {
    let tier = record.header().tier.as_deref();
    record.cell(&CellKey::new(tier, strategy)).unwrap()
}

/// What came of the attempts of a group under the strategy that gives up.
pub(crate) fn attempts(record: &RunRecord, group: usize) -> Attempts {
    own(record, "give-up").groups()[group].pooled().attempts
}
