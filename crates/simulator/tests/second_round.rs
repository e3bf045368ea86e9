//! The second round: what is tried besides, on what came of the first, and that it changes nothing
//! of that.

use rulebook::Rulebook;
use run_record::{CellKey, RunRecord, headline};
use scenario::{Origin, Scenario};
use simulator::{Unwatched, Watch, cells, simulate};

fn scenario(compare: &str) -> Scenario {
    let text = format!(
        r#"
        title = "Two rounds"
        edition = "2025-11"
        lasts = "1m"
        ship = "give-up"
        [account]
        tier = "build-1"
        [[group]]
        name = "chat"
        model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
        prompt = 300
        answer = 100
        deadline = "20s"
        traffic = {{ poisson = {{ rate = "12/s" }} }}
        [[strategy]]
        preset = "give-up"
        [[strategy]]
        preset = "full-jitter"
        [compare]
        tiers = ["build-1", "build-2", "build-3"]
        seeds = 2
        {compare}
        [expect]
        answered_in_time = ">= 99%"
    "#
    );
    let rulebook = Rulebook::embedded().unwrap_or_else(|refused| panic!("{refused}"));
    Scenario::parse("t.toml", &text, &rulebook).unwrap_or_else(|refused| panic!("{refused}"))
}

fn record(scenario: &Scenario) -> RunRecord {
    simulate(scenario, &Origin::default(), &Unwatched).unwrap_or_else(|fault| panic!("{fault}"))
}

const FIRST_ONLY: &str = "growth = []\nsensitivity = false";

#[test]
fn what_is_tried_besides_changes_nothing_of_what_was_compared() {
    let (one, two) = (record(&scenario(FIRST_ONLY)), record(&scenario("")));
    assert!(two.cells().len() > one.cells().len());
    for cell in one.cells() {
        assert_eq!(two.cell(cell.key()), Some(cell));
    }
    assert_eq!(one.judge(), two.judge());
    assert_eq!(headline(&one), headline(&two));
}

#[test]
fn every_reading_is_tried_where_the_headline_looks() {
    let run = scenario("growth = []");
    let record = record(&run);
    let found = headline(&record).unwrap_or_else(|| panic!("a headline"));
    assert_eq!((found.yours.as_deref(), found.ship.as_str()), (Some("build-1"), "give-up"));
    let readings = run.assumed().flat_map(|one| one.alternatives.iter().map(|to| (&one.name, to)));
    let mut count = 0;
    for (name, value) in readings {
        count += 1;
        let places = [("build-1", "give-up"), (found.other.as_str(), found.best.as_str())];
        for (tier, strategy) in places {
            let key = CellKey::new(Some(tier), strategy).assuming(name, value);
            let cell = record.cell(&key).unwrap_or_else(|| panic!("{key}"));
            assert_eq!(cell.replications().count(), 2, "as many as without, so that they pair");
        }
    }
    assert!(count > 10, "{count}");
}

#[test]
fn growth_is_tried_on_every_tier_until_it_is_hopeless() {
    let run = scenario("sensitivity = false\ngrowth = [\"50%\", \"200%\", \"2000%\", \"4000%\"]");
    let record = record(&run);
    let at = |tier, load| record.cell(&CellKey::new(Some(tier), "give-up").at_load(load));
    for tier in ["build-1", "build-2", "build-3"] {
        assert!(at(tier, "50%").is_some(), "{tier}");
    }
    assert!(at("build-1", "2000%").is_none(), "fewer than half in time at 200 %");
    assert!(at("build-3", "2000%").is_some());
    assert!(at("build-3", "4000%").is_none());
    let series = |cell: &run_record::Cell| cell.groups().iter().any(|one| one.series().is_some());
    assert!(at("build-3", "200%").is_some_and(|cell| !series(cell)), "only sums are looked at");
}

/// Counts what is told of how much there is to do, and what was done.
#[derive(Default)]
struct Counts {
    done: std::sync::atomic::AtomicUsize,
    of: std::sync::atomic::AtomicUsize,
}

impl Watch for Counts {
    fn world_done(&self) {
        self.done.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
    }

    fn expects(&self, worlds: usize) {
        self.of.store(worlds, std::sync::atomic::Ordering::SeqCst);
    }

    fn stopped(&self) -> bool {
        false
    }
}

#[test]
fn the_last_word_on_how_much_there_is_to_do_is_what_was_done() {
    let run = scenario("");
    let counts = Counts::default();
    let told = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
        let pool = pool.unwrap_or_else(|error| panic!("{error}"));
        pool.install(|| simulate(&run, &Origin::default(), &counts))
    };
    let one = told(1).unwrap_or_else(|fault| panic!("{fault}"));
    let (done, of) = (counts.done.into_inner(), counts.of.into_inner());
    assert_eq!(done, of);
    assert!(done > cells(&run).len() * 2);
    assert_eq!(record(&run), one, "the number of threads changes nothing");
}
