//! A rehearsal that is stopped ends soon, and says that it was cut short; what `check` asks of the
//! service alone is bounded.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::sync::atomic::{AtomicUsize, Ordering};

use rulebook::Rulebook;
use run_record::{RunRecord, Verdict, derive};
use scenario::{Origin, Scenario, Timeline};
use simulator::{SimulateFault, Unwatched, Watch, alone, cells, simulate, worlds};

/// In one round.
const ONE: &str = "growth = []\nsensitivity = false\n";

fn scenario(rate: &str, lasts: &str, deadline: &str, after: &str) -> Scenario {
    let text = format!(
        r#"
title = "To be stopped"
seed = 5
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = {{ lognormal = {{ median = 900, p95 = 3000 }} }}
answer = {{ lognormal = {{ median = 220, p95 = 800 }} }}
deadline = "{deadline}"
traffic = {{ poisson = {{ rate = "{rate}", lasts = "{lasts}" }} }}
{after}
"#
    );
    let rulebook = Rulebook::embedded().unwrap();
    Scenario::parse("stop.toml", &text, &rulebook).unwrap_or_else(|refused| panic!("{refused}"))
}

/// Stops once it was asked so often, or once so many worlds are done.
struct Stops {
    at_question: usize,
    at_world: usize,
    questions: AtomicUsize,
    done: AtomicUsize,
}

impl Stops {
    fn new(at_question: usize, at_world: usize) -> Stops {
        Stops { at_question, at_world, questions: AtomicUsize::new(0), done: AtomicUsize::new(0) }
    }
}

impl Watch for Stops {
    fn world_done(&self) {
        self.done.fetch_add(1, Ordering::SeqCst);
    }

    fn stopped(&self) -> bool {
        let question = self.questions.fetch_add(1, Ordering::SeqCst);
        question >= self.at_question || self.done.load(Ordering::SeqCst) >= self.at_world
    }
}

/// Simulates on one thread, so that questions come in a known order.
fn on_one_thread(run: &Scenario, watch: &Stops) -> Result<RunRecord, SimulateFault> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    pool.install(|| simulate(run, &Origin::default(), watch))
}

#[test]
fn a_stop_is_noticed_inside_a_world_and_drops_its_cell() {
    let run = scenario("50/s", "5m", "10s", "[compare]\nseeds = 2");
    // The first question is asked before the first world, the second within it.
    let watch = Stops::new(1, usize::MAX);
    let outcome = on_one_thread(&run, &watch);
    assert!(matches!(outcome, Err(SimulateFault::Stopped)), "{outcome:?}");
    assert_eq!(watch.done.load(Ordering::SeqCst), 0, "the world under way was not finished");
}

#[test]
fn a_run_that_was_stopped_is_cut_short_and_has_met_nothing() {
    let expect = format!("[compare]\n{ONE}[expect]\nanswered = \">= 1%\"");
    let run = scenario("1/min", "2m", "1h", &expect);
    let watch = Stops::new(usize::MAX, 3);
    let record = on_one_thread(&run, &watch).unwrap();
    assert!(record.header().cut_short);
    assert!(!record.cells().is_empty() && record.cells().len() < cells(&run).len());
    assert_eq!(derive::summary(&record).verdict, Some(Verdict::Unjudged));

    let whole = simulate(&run, &Origin::default(), &Unwatched).unwrap();
    assert!(!whole.header().cut_short);
    assert_eq!(derive::summary(&whole).verdict, Some(Verdict::Met));
    // Stopped after the last world: nothing is missing.
    let watch = Stops::new(usize::MAX, worlds(&run));
    assert!(!on_one_thread(&run, &watch).unwrap().header().cut_short);
}

#[test]
fn a_run_that_is_stopped_in_its_second_round_keeps_the_first_and_says_so() {
    let compare = "[compare]\ntiers = \"build-1\"\ngrowth = [\"50%\", \"200%\"]\n";
    let run = scenario("20/min", "2m", "1h", &format!("{compare}[expect]\nanswered = \">= 1%\""));
    let watch = Stops::new(usize::MAX, worlds(&run) + 1);
    let record = on_one_thread(&run, &watch).unwrap();
    let first = cells(&run);
    assert!(first.iter().all(|plan| record.cell(&plan.key).is_some()), "all of the first round");
    assert_eq!(record.cells().len(), first.len() + 1, "and what was done of the second");
    assert!(record.header().cut_short);
    // Stopped once it was complete, it is.
    let whole = simulate(&run, &Origin::default(), &Unwatched).unwrap();
    let watch = Stops::new(usize::MAX, whole.cells().len());
    assert_eq!(on_one_thread(&run, &watch).unwrap(), whole);
}

#[test]
fn the_service_alone_is_the_cell_without_limit() {
    let run = scenario("5/s", "1m", "4s", "[compare]\nseeds = 3");
    let jobs = (0..3).map(|i| Timeline::of(&run, chance::Seed(run.seed + i)).count());
    let told = alone(&run).unwrap();
    assert_eq!((told.jobs as usize, told.all), (jobs.sum(), true));
    let record = simulate(&run, &Origin::default(), &Unwatched).unwrap();
    let free = record.cells().iter().find(|cell| cell.key().is_without_limit()).unwrap();
    let leaf = free.whole().pooled();
    let share = leaf.jobs.in_time as f64 / leaf.jobs.offered as f64;
    assert!(0.1 < share && share < 0.9, "some are in time, some are not: {share}");
    assert_eq!(told.share, Some(share));
}

#[test]
fn the_service_alone_looks_at_a_bounded_number_of_jobs() {
    let run = scenario("1000/s", "1h", "10s", "[compare]\nseeds = 1000000");
    let told = alone(&run).unwrap();
    assert_eq!((told.jobs, told.all), (20_000, false));
    // Replications in which nothing falls due are bounded too.
    let empty = scenario("0.001/day", "1s", "10s", "[compare]\nseeds = 1000000");
    let told = alone(&empty).unwrap();
    assert_eq!((told.share, told.jobs, told.all), (None, 0, false));
}
