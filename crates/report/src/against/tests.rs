//! Two runs against each other.

use run_record::{CellKey, RunRecord};

use crate::numbers::{Share, THIN};
use crate::page::Page;
use crate::sample::{Told, launch, launch_with, record_with};

fn section(run: &RunRecord, base: &RunRecord) -> String {
    let html = Page::against(run, base).to_html();
    let from = html.find("<section class=\"section\" id=\"against\">").expect("the section");
    html[from..].split("</section>").next().unwrap().replace(THIN, " ")
}

/// The words of the row of a strategy, cell by cell.
fn row(section: &str, name: &str) -> Vec<String> {
    let mut rows = section.split("<tr ").skip(1).map(|row| row.split("</tr>").next().unwrap());
    let row = rows.find(|row| row.contains(&format!("{name}</th>"))).unwrap();
    let cells = row.split("<td").skip(1).map(|cell| cell.split("</td>").next().unwrap());
    let plain = |cell: &str| {
        cell.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text).collect()
    };
    cells.map(|cell| plain(&format!("<td{cell}"))).collect()
}

fn told(in_time: u64, by_tokens: u64) -> Vec<Told> {
    (0..3).map(|seed| Told { in_time: in_time + seed, by_tokens, ..Told::default() }).collect()
}

fn run(in_time: u64, by_tokens: u64, seed: u64) -> RunRecord {
    record_with(
        |header| header.recipe.seed = seed,
        &[("build-2", "give-up", told(in_time, by_tokens))],
    )
}

#[test]
fn a_run_against_itself_shows_no_difference() {
    let section = section(&launch(), &launch());
    assert!(section.contains("<h2>No difference from the baseline</h2>"), "{section}");
    assert!(!section.contains(">better<") && !section.contains(">worse<"));
    assert!(section.contains("so what differs is no chance"));
}

#[test]
fn the_figures_of_both_are_the_records_own_and_every_change_has_its_word() {
    let (base, now) = (run(600, 300, 7), run(700, 500, 7));
    let section = section(&now, &base);
    let share = |record: &RunRecord, of_jobs: bool| {
        let leaf = record.cell(&CellKey::new(Some("build-2"), "give-up")).unwrap().whole().pooled();
        let share = if of_jobs {
            Share::new(leaf.jobs.in_time, leaf.jobs.offered)
        } else {
            Share::new(leaf.attempts.with_status(429), leaf.attempts.sent)
        };
        share.unwrap().in_table().replace(THIN, " ")
    };
    let cells = row(&section, "give-up");
    let both = |of_jobs| format!("{} → {}", share(&base, of_jobs), share(&now, of_jobs));
    assert!(cells[0].starts_with(&both(true)) && cells[0].ends_with("better"), "{cells:?}");
    assert!(cells[1].starts_with(&both(false)) && cells[1].ends_with("worse"), "{cells:?}");
}

#[test]
fn with_other_jobs_only_what_no_seed_shares_is_a_difference() {
    let near = section(&run(601, 300, 8), &run(600, 300, 7));
    assert!(near.contains("did not meet the same jobs"), "{near}");
    assert!(row(&near, "give-up")[0].ends_with("no difference"), "{near}");
    let far = section(&run(700, 300, 8), &run(600, 300, 7));
    assert!(row(&far, "give-up")[0].ends_with("better"), "{far}");
}

#[test]
fn a_faulty_baseline_is_said_and_one_without_a_shared_cell_has_no_section() {
    let cut = launch_with(|header| header.cut_short = true);
    assert!(section(&launch(), &cut).contains("Of the baseline: "));
    let other = record_with(|_| (), &[("build-9", "give-up", told(1, 1))]);
    assert!(!super::shares_a_cell(&launch(), &other));
    assert!(!Page::against(&launch(), &other).to_html().contains("id=\"against\""));
}
