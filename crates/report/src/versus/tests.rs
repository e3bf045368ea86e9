//! The sentence, the facts and the page of two runs.

use run_record::{Driver, Header, LiveNote, Pair, RunRecord, Tolerances, Verdict as Judged};

use super::*;
use crate::numbers::THIN;
use crate::sample::{Told, record_with};

/// Cells of one replication on two tiers, with so many refusals each.
fn record(change: impl Fn(&mut Header), cells: &[(&str, &str, u64)]) -> RunRecord {
    seeds(change, cells, 1)
}

fn seeds(
    change: impl Fn(&mut Header),
    cells: &[(&str, &str, u64)],
    replications: usize,
) -> RunRecord {
    let told = |refused| Told { in_time: 1_000, by_tokens: refused, ..Told::default() };
    let cells: Vec<(&str, &str, Vec<Told>)> = cells
        .iter()
        .map(|(tier, strategy, refused)| (*tier, *strategy, vec![told(*refused); replications]))
        .collect();
    record_with(change, &cells)
}

fn live(header: &mut Header) {
    header.driver = Driver::Live;
    header.live = Some(LiveNote {
        began_unix_s: 1_763_000_000,
        target: "http://127.0.0.1:8429/v1".to_owned(),
        late: run_record::Histogram::of((0..1_000).map(|n| n * 1_000)),
        starved: 0,
    });
}

const CELLS: [(&str, &str, u64); 4] = [
    ("build-1", "give-up", 500),
    ("build-1", "full-jitter", 900),
    ("build-2", "give-up", 200),
    ("build-2", "full-jitter", 0),
];

fn said(simulated: &RunRecord, live: &RunRecord) -> (String, Judged) {
    let pair = Pair::of(simulated, live).unwrap();
    let agreement = pair.agreement(Tolerances::default());
    (lines(&pair, &agreement).sentence_text().replace(THIN, " "), agreement.verdict)
}

fn drawn(simulated: &RunRecord, live: &RunRecord) -> String {
    let pair = Pair::of(simulated, live).unwrap();
    page(&pair, &pair.agreement(Tolerances::default()))
}

#[test]
fn the_sentence_says_that_they_agree_or_where_they_differ_most() {
    let simulated = record(|_| (), &CELLS);
    let all = record(live, &CELLS);
    assert_eq!(
        said(&simulated, &all),
        ("Simulated and live agree in all four cells.".to_owned(), Judged::Met)
    );
    let mut cells = CELLS;
    cells[0].2 = 560;
    cells[2].2 = 320;
    assert_eq!(
        said(&simulated, &record(live, &cells)).0,
        "Simulated and live disagree in two of four cells, most on Tier 2, give-up: 16.67 % of \
         attempts answered 429 simulated, 24.24 % live."
    );
    assert_eq!(
        said(&simulated, &record(live, &CELLS[..1])).0,
        "Simulated and live agree: Tier 1, give-up."
    );
    cells[0].2 = 500;
    assert_eq!(
        said(&simulated, &record(live, &cells[2..3])).0,
        "Simulated and live disagree on Tier 2, give-up: 16.67 % of attempts answered 429 \
         simulated, 24.24 % live."
    );
}

#[test]
fn the_sentence_says_why_nothing_is_judged() {
    let simulated = record(|_| (), &CELLS);
    let other = |header: &mut Header| {
        live(header);
        header.recipe.seed = 8;
        header.recipe.scenario.sha256 = "11".repeat(32);
    };
    assert_eq!(
        said(&simulated, &record(other, &CELLS)),
        (
            "Not judged: the two runs rehearse different things, their scenarios and seeds differ."
                .to_owned(),
            Judged::Unjudged
        )
    );
    let html = drawn(&simulated, &record(other, &CELLS));
    assert!(html.contains("These are not the same rehearsal: their scenarios and seeds differ."));
    assert!(!html.contains("within its tolerance") && !html.contains("into the same second"));
    let stopped = |header: &mut Header| {
        live(header);
        header.cut_short = true;
    };
    assert_eq!(
        said(&simulated, &record(stopped, &CELLS)).0,
        "Not judged: the live run was stopped before its end."
    );
    let starved = |header: &mut Header| {
        live(header);
        header.live.iter_mut().for_each(|note| note.starved = 45);
    };
    let of_starved = record(starved, &CELLS);
    let told = "the load generator could not send everything, its machine ran out of open files or \
                ports, so 45 attempts never left it.";
    assert_eq!(said(&simulated, &of_starved).0, format!("Not judged: {told}"));
    let html = drawn(&simulated, &of_starved);
    assert!(html.contains("45 attempts never left it. What stands below is not judged."));
    assert!(html.contains("Raise `ulimit -n`, or send less at once."));
    let elsewhere = [("build-3", "give-up", 0)];
    assert_eq!(
        said(&simulated, &record(live, &elsewhere)).0,
        "Not judged: no cell is in both runs."
    );
    let more = [CELLS[0], CELLS[1], ("build-3", "give-up", 0)];
    assert_eq!(
        said(&simulated, &record(live, &more)).0,
        "Not judged: one live cell has no simulated one, the other two agree."
    );
}

#[test]
fn with_few_jobs_or_none_the_sentence_counts_the_cells_as_people_do() {
    use std::slice::from_ref;
    let few = |in_time: u64, refused: u64| Told {
        offered: 9,
        in_time,
        by_tokens: refused,
        ..Told::default()
    };
    let of = |driver: fn(&mut Header), cells: &[Told]| {
        let strategies = ["give-up", "full-jitter", "own-bucket"];
        let cells: Vec<_> = cells
            .iter()
            .zip(strategies)
            .map(|(told, strategy)| ("build-1", strategy, vec![told.clone()]))
            .collect();
        record_with(driver, &cells)
    };
    let sentence =
        |simulated: &[Told], lived: &[Told]| said(&of(|_| (), simulated), &of(live, lived)).0;
    let (a, b) = (few(9, 0), few(8, 0));
    let one = "Not judged: the only cell has too few jobs or attempts to tell.";
    assert_eq!(sentence(from_ref(&a), from_ref(&b)), one);
    let both = "Not judged: both cells have too few jobs or attempts to tell.";
    assert_eq!(sentence(&[a.clone(), a.clone()], &[b.clone(), b.clone()]), both);
    let some = "Not judged: one of three cells has too few jobs or attempts to tell.";
    assert_eq!(sentence(&[a.clone(), a.clone(), a.clone()], &[b, a.clone(), a]), some);
    let none = Told { offered: 0, ..Told::default() };
    let nothing = "Not judged: no job fell due in either run.";
    assert_eq!(sentence(from_ref(&none), from_ref(&none)), nothing);
}

#[test]
fn the_facts_say_over_which_seeds_against_what_and_what_is_left_out() {
    let pooled = seeds(|_| (), &CELLS, 4);
    let some = record(live, &CELLS[..2]);
    let pair = Pair::of(&pooled, &some).unwrap();
    let verdict = lines(&pair, &pair.agreement(Tolerances::default()));
    let facts: Vec<(&str, String)> =
        verdict.facts.iter().map(|fact| (fact.name, fact.text.replace(THIN, " "))).collect();
    assert_eq!(
        facts,
        [
            (
                "Compared",
                "The one seed that both runs have, job for job. Percentiles of waiting and the \
                 429s per second are kept over all 4 seeds of the simulated run, so the first are \
                 not compared; simulate with --seeds 1 to have them compared."
                    .to_owned()
            ),
            (
                "Live",
                "Against http://127.0.0.1:8429/v1; the load generator was at most 0.99 ms late, 99 \
                 times of 100."
                    .to_owned()
            ),
            ("Left out", "2 simulated cells were not run live.".to_owned()),
        ]
    );
}

#[test]
fn the_page_draws_both_runs_of_every_cell_that_was_refused_and_names_the_others() {
    let html = drawn(&record(|_| (), &CELLS), &record(live, &CELLS));
    assert!(html.contains("<h1>Simulated and live <span class=\"yes\">agree</span> in all four"));
    // A line for the live run in each chart, and one in the key.
    assert_eq!(html.matches("class=\"live\"").count(), 3 + 1);
    assert!(html.contains("No 429 in either run: Tier 2, full-jitter."));
    assert!(!html.contains("role=\"alert\""));
    for id in ["when", "figures", "books", "appendix"] {
        assert!(html.contains(&format!("id=\"{id}\"")) && html.contains(&format!("#{id}\"")));
    }
    // Seven figures of four cells.
    assert_eq!(html.matches(", agrees</span>").count(), 7 * 4);
    assert!(html.contains(&format!("<h2>100{THIN}% of the 429s fall into the same second")));
}

#[test]
fn every_class_has_a_rule_and_every_link_leads_somewhere() {
    let html = drawn(&seeds(|_| (), &CELLS, 2), &record(live, &CELLS));
    let style = format!("{}{STYLE}", page::STYLE);
    let values = |attribute: &str| -> Vec<String> {
        let begin = format!(" {attribute}=\"");
        let rests = html.split(begin.as_str()).skip(1);
        rests.filter_map(|rest| Some(rest.split('"').next()?.to_owned())).collect()
    };
    for class in values("class").iter().flat_map(|classes| classes.split_whitespace()) {
        assert!(style.contains(&format!(".{class}")), "no rule for .{class}");
    }
    let ids = values("id");
    for href in values("href") {
        assert!(ids.iter().any(|id| href == format!("#{id}")), "{href} leads nowhere");
    }
    for foreign in ["<script ", "https:", "src=", "@import", "<link"] {
        assert!(!html.contains(foreign), "{foreign}");
    }
}

#[test]
fn the_page_says_at_its_head_what_keeps_it_from_judging() {
    let late = |header: &mut Header| {
        live(header);
        if let Some(note) = &mut header.live {
            note.late = run_record::Histogram::of([6_000_000; 10]);
        }
    };
    let html = drawn(&record(|_| (), &CELLS), &record(late, &CELLS[..1]));
    assert!(html.contains("role=\"alert\""));
    assert!(html.contains("The load generator was late"));
    // One cell needs no matrix, and its chart takes the whole width.
    assert!(!html.contains("class=\"matrix\""));
    assert!(html.contains("class=\"ch wide\"") && html.contains("class=\"ch narrow\""));
}

#[test]
fn a_mean_of_several_seeds_is_drawn_per_seed_and_said_to_be_one() {
    let html = drawn(&seeds(|_| (), &CELLS, 4), &record(live, &CELLS));
    assert!(html.contains("simulated, mean of 4 seeds"));
    // The same jobs in every seed: area and line have the same corners.
    let shape = |class: &str, from: &str| {
        let at = html.find(&format!("<polyline class=\"{class}\"")).unwrap();
        let rest = &html[at..];
        let points = &rest[rest.find(from).unwrap() + from.len()..];
        points[..points.find('"').unwrap()].to_owned()
    };
    assert_eq!(shape("outline", "points=\""), shape("live", "points=\""));
    assert!(!html.contains("wait, p95"), "what cannot be compared is not listed");
    assert!(!html.contains("fall into the same second"), "nor can one seed among four");
}

#[test]
fn the_page_says_that_users_may_ask_for_more_or_fewer_jobs() {
    const SAYS: &str = "users ask again when they are answered";
    let users = |header: &mut Header| header.groups[0].users = core::num::NonZeroU32::new(30);
    let (simulated, all) = (record(|_| (), &CELLS), record(live, &CELLS));
    assert!(!drawn(&simulated, &all).contains(SAYS));
    let simulated = record(users, &CELLS);
    let all = record(|header| (live(header), users(header)).0, &CELLS);
    let html = drawn(&simulated, &all);
    assert!(html.contains(SAYS) && !html.contains("may differ by nothing"));
}
