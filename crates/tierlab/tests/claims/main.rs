//! Whatever a page's first screen claims, its record says: fifty scenarios made by chance are
//! simulated and drawn, and every claim is read back from the page and held against the counts.

#![expect(clippy::print_stdout, reason = "which scenario it was, shown where a claim fails")]

mod claim;
mod draft;
mod drawn;
mod sure;
mod tables;
mod text;
mod truth;

use std::collections::{BTreeMap, BTreeSet};

use report::Page;
use rulebook::Rulebook;
use run_record::{RunRecord, Verdict};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

use crate::draft::Draft;
use crate::drawn::Drawn;
use crate::text::Text;
use crate::truth::Truth;

const SCENARIOS: u64 = 50;

fn record(draft: &Draft) -> RunRecord {
    let rulebook = Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("draft.toml", &draft.text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    simulate(&scenario, &Origin::default(), &Unwatched).unwrap_or_else(|fault| panic!("{fault}"))
}

#[test]
fn every_claim_of_the_first_screen_is_what_the_record_says() {
    let (mut sentences, mut facts) = (BTreeMap::<&str, u32>::new(), BTreeSet::new());
    let mut firsts = 0;
    for number in 0..SCENARIOS {
        let draft = draft::draft(number);
        let record = record(&draft);
        let drawn = Drawn::read(&Page::from_runs(std::slice::from_ref(&record)).to_html());
        let truth = Truth::of(&record, &draft);
        println!("{number}: {}\n{:?}\n{}", drawn.sentence, drawn.facts, draft.text);
        *sentences.entry(claim::sentence(&drawn.sentence, &truth)).or_default() += 1;
        for (name, said) in &drawn.facts {
            claim::fact(name, said, &truth, &mut facts);
        }
        cells(&drawn, &truth);
        tables::meeting(&drawn, &truth);
        tables::best(&drawn, &truth);
        tables::expected(&drawn, &truth);
        firsts += u32::from(tables::first(&drawn, &truth));
        headline(&record, &truth);
    }
    assert!(firsts > 20, "the first 429 is told on {firsts} pages alone");
    let all = [
        "another tier meets",
        "met",
        "met by another",
        "none meets",
        "not judged",
        "nothing asked",
    ];
    for kind in all {
        assert!(sentences.contains_key(kind), "no scenario came out as “{kind}”: {sentences:?}");
    }
}

/// What other readings and other amounts of traffic are tried on is what the page is about.
fn headline(record: &RunRecord, truth: &Truth<'_>) {
    let found = run_record::headline(record).unwrap_or_else(|| panic!("there are cells"));
    let tier = |number: u32| format!("build-{number}");
    assert_eq!(found.yours, Some(tier(truth.draft.yours)));
    if truth.draft.goals.is_empty() {
        return;
    }
    assert_eq!(found.enough, truth.enough().map(tier));
    let unjudged = record.judge().verdict == Some(Verdict::Unjudged);
    if let Some(ship) = truth.draft.ship.filter(|_| !unjudged) {
        assert_eq!(found.ship, ship);
    }
    if let Some(enough) = truth.enough() {
        assert_eq!(truth.meets(enough, &found.best), Some(true), "the best there meets everything");
    }
}

/// Every cell of the matrix.
fn cells(drawn: &Drawn, truth: &Truth<'_>) {
    assert_eq!(drawn.matrix.len(), truth.draft.strategies.len(), "a row for each strategy");
    let tiers = truth.tiers();
    for (strategy, row) in &drawn.matrix {
        assert_eq!(row.len(), tiers.len(), "a cell for each tier");
        for (tier, said) in tiers.iter().zip(row) {
            let [refused, in_time] = said.as_slice() else { panic!("{said:?}") };
            let mut in_time = Text(in_time);
            truth.in_time(*tier, strategy, in_time.share_number());
            let mut refused = Text(refused);
            truth.refused(*tier, strategy, refused.share_number());
        }
    }
}
