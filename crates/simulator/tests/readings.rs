//! Points at which two readings of a rehearsal would give two records. Each test names the reading
//! that holds and would fail under the other.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use limits::Instant;
use rulebook::Rulebook;
use run_record::{Cell, CellKey, GroupLeaf, RunRecord, derive};
use scenario::{Origin, Overrides, Scenario};
use simulator::{Unwatched, cells, replicate, simulate};

const EDITION: &str = "2025-11";

/// A scenario on Build Tier 1: `traffic`, `rest` of the group's lines, and what follows it.
fn scenario(traffic: &str, rest: &str, after: &str) -> Scenario {
    let text = format!(
        r#"
title = "A reading"
edition = "{EDITION}"
seed = 5

[account]
tier = "build-1"

[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
traffic = {traffic}
{rest}
{after}
"#
    );
    parsed(&text, &Rulebook::embedded().unwrap())
}

fn parsed(text: &str, rulebook: &Rulebook) -> Scenario {
    Scenario::parse("reading.toml", text, rulebook).unwrap_or_else(|refused| panic!("{refused}"))
}

fn record(scenario: &Scenario) -> RunRecord {
    simulate(scenario, &Origin::default(), &Unwatched).unwrap()
}

fn cell<'a>(record: &'a RunRecord, tier: &str, strategy: &str) -> &'a Cell {
    record.cell(&CellKey::new(Some(tier), strategy)).unwrap()
}

const NO_GROWTH: &str = "[compare]\ngrowth = []\n";
const LENGTHS: &str = "prompt = { lognormal = { median = 900, p95 = 3000 } }\n\
                       answer = { lognormal = { median = 220, p95 = 800 } }";

#[test]
fn every_tier_and_strategy_meets_the_very_same_jobs() {
    let run = scenario(r#"{ poisson = { rate = "5/s", lasts = "1m" } }"#, LENGTHS, NO_GROWTH);
    let record = record(&run);
    let offered = |cell: &Cell| {
        let leaf = cell.whole().pooled();
        (leaf.jobs.offered, leaf.tokens.offered.prompt, leaf.tokens.offered.answer)
    };
    let first = offered(&record.cells()[0]);
    assert!(first.0 > 200, "{first:?}");
    for cell in record.cells() {
        assert_eq!(offered(cell), first, "{:?}", cell.key());
    }
}

#[test]
fn replication_i_is_the_run_of_the_seed_plus_i() {
    let run = scenario(
        r#"{ poisson = { rate = "12/s", lasts = "20s" } }"#,
        LENGTHS,
        "[compare]\nseeds = 3",
    );
    let plan = &cells(&run)[1];
    let third = replicate(&run, plan, 2).unwrap();
    let shifted = Overrides { seed: Some(7), ..Overrides::default() };
    let seventh = run.clone().with(&shifted).unwrap();
    assert_eq!(third, replicate(&seventh, &cells(&seventh)[1], 0).unwrap());
    assert_ne!(third, replicate(&run, plan, 0).unwrap(), "replications differ");
}

#[test]
fn arrivals_end_at_the_end_and_the_run_drains() {
    let run = scenario(
        r#"{ steady = { rate = "1/s", lasts = "10s" } }"#,
        "prompt = 100\nanswer = 2000\ndeadline = \"60s\"",
        "",
    );
    let leaf = &replicate(&run, &cells(&run)[0], 0).unwrap()[0].leaf;
    assert_eq!((leaf.jobs.offered, leaf.jobs.in_time, leaf.jobs.unfinished), (10, 10, 0));
    assert!(leaf.within.ok < 10, "answers of over twenty seconds ended in the drain");
    assert_eq!(leaf.within.sent, 10);
}

#[test]
fn what_the_drain_does_not_finish_is_open_and_unfinished() {
    let run = scenario(
        r#"{ steady = { rate = "1/s", lasts = "10s" } }"#,
        "prompt = 100\nanswer = 20000",
        "",
    );
    assert_eq!(run.drain.nanos(), 120_000_000_000, "two minutes without a deadline");
    let leaf = &replicate(&run, &cells(&run)[0], 0).unwrap()[0].leaf;
    assert_eq!((leaf.jobs.unfinished, leaf.attempts.open, leaf.jobs.answered), (10, 10, 0));
}

#[test]
fn rates_divide_by_replications_times_the_length_without_the_drain() {
    let run = scenario(
        r#"{ steady = { rate = "2/s", lasts = "10s" } }"#,
        "prompt = 10\nanswer = 10",
        "[compare]\nseeds = 4\ntiers = [\"build-1\"]",
    );
    let record = record(&run);
    let summary = derive::summary(&record);
    let give_up = summary.cells.iter().find(|c| c.strategy.as_deref() == Some("give-up")).unwrap();
    assert_eq!(give_up.jobs.offered, 80, "counts are sums");
    assert_eq!(give_up.rate.offered_jobs_per_s, Some(2.0), "rates are means");
}

#[test]
fn there_is_no_warm_up_and_the_service_is_idle_at_the_start() {
    let run =
        scenario(r#"{ steady = { rate = "1000/s", lasts = "1s" } }"#, "prompt = 1\nanswer = 1", "");
    let give_up = &replicate(&run, &cells(&run)[0], 0).unwrap()[0];
    assert_eq!(give_up.leaf.attempts.ok, 20, "the whole window is there from the first instant");
    assert_eq!(give_up.leaf.jobs.offered, 1_000, "and every job counts");
    let told = Instant::from_nanos(20_000_000 + 100_000_000);
    assert_eq!(give_up.leaf.first_429, Some(told), "the 21st, once its refusal has arrived");
}

#[test]
fn a_groups_own_strategy_is_the_same_in_every_cell() {
    let run = scenario(
        r#"{ steady = { rate = "30/s", lasts = "10s" } }"#,
        "prompt = 1\nanswer = 1\nstrategy = \"jitter\"",
        r#"
[[group]]
name = "others"
model = "meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8"
prompt = 1
answer = 1
traffic = { steady = { rate = "30/s", lasts = "10s" } }

[[strategy]]
name = "jitter"
preset = "full-jitter"

[[strategy]]
name = "once"
preset = "give-up"
"#,
    );
    let groups = |strategy: &str| {
        let plans = cells(&run);
        let plan = plans.iter().find(|plan| plan.key.strategy() == Some(strategy)).unwrap();
        replicate(&run, plan, 0).unwrap()
    };
    let (jitter, once) = (groups("jitter"), groups("once"));
    assert_eq!(jitter[0], once[0], "its own, whatever the cell's");
    assert_ne!(jitter[1].leaf, once[1].leaf, "the cell's");
    assert_eq!(once[1].leaf.attempts.sent, once[1].leaf.jobs.offered);
}

#[test]
fn groups_on_one_model_compete_for_its_limits() {
    let group = |name: &str| {
        format!(
            "[[group]]\nname = \"{name}\"\n\
             model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\nprompt = 1\nanswer = 1\n\
             traffic = {{ steady = {{ rate = \"8/s\", lasts = \"10s\" }} }}\n"
        )
    };
    let head = "title = \"t\"\nedition = \"2025-11\"\n[account]\ntier = \"build-1\"\n";
    let rulebook = Rulebook::embedded().unwrap();
    let refused = |groups: &[&str]| -> u64 {
        let groups: String = groups.iter().map(|name| group(name)).collect();
        let run = parsed(&format!("{head}{groups}"), &rulebook);
        let leaves = replicate(&run, &cells(&run)[0], 0).unwrap();
        leaves.iter().map(|group| group.leaf.attempts.refused).sum()
    };
    assert_eq!(refused(&["one"]), 0, "8 of 10 a second");
    assert!(refused(&["one", "two"]) > 30, "16 of 10 a second");
}

#[test]
fn changing_one_fact_changes_only_the_tier_it_belongs_to() {
    let embedded = Rulebook::embedded().unwrap();
    let edition = embedded.edition(EDITION).unwrap();
    let ours = edition.text();
    let line = ours.lines().find(|line| line.contains("\"1800/min\"")).unwrap();
    assert_eq!(ours.matches(line).count(), 1, "one fact, one line");
    let theirs = ours.replace(line, &line.replace("1800/min", "300/min"));
    let mut rulebook = Rulebook::embedded().unwrap();
    rulebook.add("changed.toml", &theirs).unwrap();
    let text = |edition: &str| {
        format!(
            "title = \"t\"\nedition = \"{edition}\"\nseed = 5\n[account]\ntier = \"build-1\"\n\
             [[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
             prompt = 100\nanswer = 20\n\
             traffic = {{ poisson = {{ rate = \"12/s\", lasts = \"30s\" }} }}\n"
        )
    };
    let before = record(&parsed(&text(EDITION), &rulebook));
    let after = record(&parsed(&text("changed.toml"), &rulebook));
    for (was, is) in before.cells().iter().zip(after.cells()) {
        assert_eq!(was.key(), is.key());
        let moved = was.whole().pooled() != is.whole().pooled();
        let own = was.key().tier() == Some("build-2");
        assert_eq!(moved, own, "{:?}", was.key());
    }
}

#[test]
fn other_readings_of_the_token_gate_are_tried_for_who_ships_and_two_gateways_for_who_reads_headers()
{
    let run = scenario(
        r#"{ poisson = { rate = "5/s", lasts = "2m" } }"#,
        LENGTHS,
        "[[strategy]]\npreset = \"together-py\"\n[[strategy]]\npreset = \"give-up\"\n\
         [compare]\nsensitivity = false\n",
    );
    let gates = |run: &Scenario| {
        let varied = cells(run).into_iter().filter(|plan| plan.key.assumed().count() > 0);
        varied
            .map(|plan| {
                let (name, value) = plan.key.assumed().next().unwrap();
                format!("{} {name}={value}", plan.key.strategy().unwrap())
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(gates(&run).len(), 6 + 1, "every strategy where none ships: {:?}", gates(&run));
    let mut ships = run;
    ships.ship = Some(1);
    assert_eq!(
        gates(&ships),
        [
            "give-up token_gate=window-2x",
            "give-up token_gate=window-1x",
            "give-up token_gate=none",
            // Whatever ships: this one goes by the headers of whichever gateway answers.
            "together-py gateway_replicas=2",
        ]
    );
    let shares: Vec<Option<f64>> = derive::summary(&record(&ships))
        .variants
        .iter()
        .flat_map(|variant| variant.cells.iter().map(|cell| cell.share.status_429))
        .collect();
    assert_eq!(shares.len(), 4);
    assert!(shares.contains(&Some(0.0)), "without a gate no token refuses: {shares:?}");
}

#[test]
fn one_thread_and_two_leave_the_same_record() {
    let run = scenario(
        r#"{ poisson = { rate = "9/s", lasts = "20s" } }"#,
        LENGTHS,
        "[compare]\nseeds = 3",
    );
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| record(&run).write())
    };
    assert_eq!(on(1), on(2));
}

#[test]
fn nothing_is_refused_where_nothing_is_limited() {
    let run = scenario(r#"{ poisson = { rate = "50/s", lasts = "10s" } }"#, LENGTHS, "");
    let record = record(&run);
    let free = record.cells().iter().find(|cell| cell.key().is_without_limit()).unwrap();
    let leaf = free.whole().pooled();
    assert_eq!((leaf.attempts.refused, leaf.jobs.answered), (0, leaf.jobs.offered));
    assert!(cell(&record, "build-1", "give-up").whole().pooled().attempts.refused > 0);
    let share = simulator::alone(&run).unwrap().share;
    assert_eq!(share, Some(1.0), "without a deadline every answer is in time");
}

#[test]
fn leaves_of_one_replication_are_one_for_each_group() {
    let run =
        scenario(r#"{ steady = { rate = "1/s", lasts = "2s" } }"#, "prompt = 1\nanswer = 1", "");
    let leaves: Vec<GroupLeaf> = replicate(&run, &cells(&run)[0], 0).unwrap();
    assert_eq!(leaves.len(), run.groups.len());
}

#[test]
fn the_service_alone_answers_queues_as_it_answers_those_who_send_at_once() {
    let traffic = r#"{ poisson = { rate = "30/s", lasts = "1m" } }"#;
    let lengths = "prompt = 40\nanswer = 4\ndeadline = \"20s\"";
    for queue in ["pace-by-headers", "own-bucket"] {
        let after =
            format!("[[strategy]]\npreset = \"give-up\"\n[[strategy]]\npreset = \"{queue}\"\n");
        let alone = |ship: &str| {
            let mut run = scenario(traffic, lengths, &after);
            run.ship = run.strategies.iter().position(|named| named.name == ship);
            let record = record(&run);
            let free = record.cells().iter().find(|cell| cell.key().is_without_limit()).unwrap();
            free.whole().pooled().jobs
        };
        assert_eq!(alone(queue), alone("give-up"), "{queue}: it waits for what is not there");
    }
}

#[test]
fn a_restart_is_none_of_the_services_doing() {
    let traffic = r#"{ poisson = { rate = "1/s", lasts = "5m" } }"#;
    let lengths = "prompt = 40\nanswer = 4\ndeadline = \"10s\"";
    let restart =
        "[[event]]\nat = \"1m\"\nrestart = { group = \"chat\", takes = \"1m\" }\n[compare]\n";
    let in_time = |after: &str| {
        let record = record(&scenario(traffic, lengths, after));
        let free = record.cells().iter().find(|cell| cell.key().is_without_limit()).unwrap();
        let held = cell(&record, "build-1", "give-up").whole().pooled().jobs;
        (free.whole().pooled().jobs, held.in_time)
    };
    let ((free, held), (undisturbed, _)) = (in_time(restart), in_time(""));
    assert_eq!(free, undisturbed);
    assert!(held < free.in_time, "what fell due while they were down comes too late");
}
