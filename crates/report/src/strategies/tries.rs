//! Attempts per job: how many jobs took one, how many took six or more.

use maud::{Markup, html};
use run_record::Tries;

use super::panels::{self, NAME, ROW, Row, name, panels};
use super::{run_on, tiers};
use crate::chart::svg::{Anchor, Svg};
use crate::decide;
use crate::glossary::term;
use crate::key;
use crate::numbers::{Share, THIN};
use crate::study::{Outcome, Study};

/// What fills each class of [`Tries`].
const FILLS: [&str; 6] = ["n-none", "n-1", "n-2", "n-3", "n-4", "n-6"];
/// And the number on it.
const ON: [&str; 6] =
    ["t on-none", "t on-light", "t on-light", "t on-light", "t on-dark", "t on-dark"];
const HEAD: f64 = 24.0;
const FOOT: f64 = 24.0;
const BAR: f64 = 15.0;
/// Room for the mean at the right.
const MEAN: f64 = 46.0;
/// A segment this wide carries its number.
const ROOMY: f64 = 26.0;

/// The figure; a sentence where one attempt was enough for every job, none where nothing fell due.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let all = || tiers(study).into_iter().flat_map(|tier| run_on(study, tier));
    let Tries(classes) = all().fold(Tries::default(), |mut sum, (_, outcome)| {
        for (sum, count) in sum.0.iter_mut().zip(outcome.total.tries.0) {
            *sum = sum.saturating_add(count);
        }
        sum
    });
    let occurring = || classes.iter().enumerate().filter(|(_, count)| **count > 0);
    match occurring().map(|(class, _)| class).collect::<Vec<usize>>().as_slice() {
        [] => return None,
        [1] => return Some(html! { p.block { "Every job took exactly one attempt." } }),
        _ => {}
    }
    let named = |class: usize| match Tries::NAMES.get(class) {
        Some(&"none") => "none sent".to_owned(),
        Some(name) => (*name).to_owned(),
        None => String::new(),
    };
    Some(html! {
        figure.strategies {
            figcaption {
                h3 { (term("per-job", "Attempts per job")) ": share of jobs, %" }
                ul.key {
                    @for (class, _) in occurring() {
                        (key::fill(FILLS.get(class).copied().unwrap_or_default(), &named(class)))
                    }
                }
            }
            (panels(study, |tier, width, class| panel(study, tier, (width, class))))
        }
    })
}

fn panel(study: &Study<'_>, tier: usize, (width, class): (f64, &'static str)) -> String {
    let rows: Vec<Row<'_>> = run_on(study, tier).collect();
    let left = panels::after_names(study);
    let room = width - MEAN - left;
    let bottom = HEAD + ROW * rows.len() as f64;
    let mut svg = Svg::new();
    let ticks = [(0.0, "0".to_owned()), (0.5, "50".to_owned()), (1.0, format!("100{THIN}%"))];
    for (at, text) in ticks {
        let x = left + room * at;
        svg.line("grid", (x, HEAD), (x, bottom));
        let anchor = if at < 1.0 { Anchor::Middle } else { Anchor::End };
        svg.text("t s", anchor, (x, bottom + 16.0), &text);
    }
    svg.text("t s", Anchor::End, (width, HEAD - 8.0), "mean");
    for (index, (row, outcome)) in rows.iter().enumerate() {
        let top = HEAD + ROW * index as f64;
        let y = top + ROW / 2.0;
        svg.line("rule", (0.0, top + ROW), (width, top + ROW));
        svg.open_strategy(*row);
        svg.open_tier(tier);
        if let Some(strategy) = study.strategies.get(*row) {
            svg.raw(&strategy.mark.shape((7.0, y)));
        }
        svg.text("t", Anchor::Start, (NAME, y + 4.0), &name(study, *row));
        bar(&mut svg, (left, y), room, outcome);
        svg.text("t num", Anchor::End, (width, y + 4.0), &decide::per_job(outcome));
        svg.close();
        svg.close();
    }
    let label = format!("{}: share of jobs by how many attempts they took", study.column(tier));
    svg.finish(class, (width, bottom + FOOT), &label)
}

fn bar(svg: &mut Svg, (left, y): (f64, f64), room: f64, outcome: &Outcome) {
    let Tries(classes) = outcome.total.tries;
    let all: u64 = classes.iter().sum();
    let mut numbers: Vec<(f64, &str, String)> = Vec::new();
    let mut x = left;
    for ((count, fill), on) in classes.iter().zip(FILLS).zip(ON) {
        let Some(share) = Share::new(*count, all).filter(|share| !share.is_zero()) else {
            continue;
        };
        let wide = room * share.fraction();
        // What is thinner than a tenth of a pixel is not seen.
        if wide >= 0.1 {
            svg.rect(fill, (x, y - BAR / 2.0), (wide, BAR));
        }
        if wide >= ROOMY {
            let number = share.refused_in_cell();
            numbers.push((x + wide / 2.0, on, number));
        }
        x += wide;
    }
    for (middle, class, number) in numbers {
        svg.text(class, Anchor::Middle, (middle, y + 4.0), &number);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, record_of};

    #[test]
    fn a_bar_is_as_long_as_all_jobs_together_and_carries_what_it_has_room_for() {
        let told = Told { in_time: 1_000, by_tokens: 250, ..Told::default() };
        let record = record_of(&[("build-2", "give-up", vec![told])]);
        let study = Study::of(&record);
        let mut svg = Svg::new();
        bar(&mut svg, (0.0, 10.0), 200.0, study.outcome(0, 0).unwrap());
        let drawn = svg.finish("ch", (200.0, 20.0), "");
        assert!(drawn.contains(r#"class="n-1" x="0" y="2.5" width="150""#), "{drawn}");
        assert!(drawn.contains(r#"class="n-2" x="150" y="2.5" width="50""#), "{drawn}");
        assert!(drawn.contains(">75<") && drawn.contains(">25<"), "{drawn}");
    }

    #[test]
    fn where_one_attempt_is_enough_a_sentence_says_so() {
        let told = Told { in_time: 1_000, ..Told::default() };
        let record = record_of(&[("build-2", "give-up", vec![told])]);
        let html = figure(&Study::of(&record)).unwrap().into_string();
        assert!(html.contains("Every job took exactly one attempt."), "{html}");
    }
}
