//! 429s and failures over time: a small chart for each strategy.

use maud::{Markup, PreEscaped, html};
use run_record::{RefusedBy, Series};

use super::{MINUTE, SECOND, median_first, steps_in_words};
use crate::by_tier::occurring;
use crate::chart::time::{Layer, TimeChart, fold, folded};
use crate::course;
use crate::key;
use crate::numbers::{self, Share, THIN};
use crate::study::{Outcome, Study, Trouble};

/// Steps that a small chart shows legibly.
pub(super) const SMALL: usize = 150;
/// Steps of one that stands behind another.
pub(super) const FEW: usize = 75;

/// 429s over time, a small chart for each strategy; a sentence where there are none.
pub(super) fn figure(study: &Study<'_>, tier: usize, most: usize) -> Option<Markup> {
    let there: Vec<(usize, &Outcome, Series)> = study
        .shown()
        .into_iter()
        .filter_map(|row| {
            let outcome = study.outcome(row, tier)?;
            Some((row, outcome, outcome.whole.series()?.clone()))
        })
        .collect();
    let (_, first, series) = there.first()?;
    let troubles = study.troubles(tier..tier + 1);
    let refused = |(_, outcome, _): &&(usize, &Outcome, Series)| {
        outcome.total.attempts.with_status(429) > 0 || !troubles.is_empty()
    };
    if !there.iter().any(|one| refused(&one)) {
        return None;
    }
    let frame = Frame::of(study, &there, most);
    let step = steps_in_words(frame.step, first.whole.leaves().len() as u64);
    let blank = there.iter().any(|(.., series)| !frame.blank(series).is_empty());
    let drains = frame.end > study.whole_seconds() && series.width.nanos() > 0;
    Some(html! {
        figure {
            figcaption {
                h3 {
                    @if troubles.is_empty() {
                        "429s over time " (study.there(tier)) ": share of attempts refused, % "
                    } @else {
                        "429s and failures over time " (study.there(tier)) ": share of attempts, % "
                    }
                    span.u { "(" (step) ")" }
                }
                ul.key {
                    @for cause in occurring(study, tier..tier + 1) {
                        (key::fill(cause.class(), &format!("by the {}", study.limit(cause))))
                    }
                    @for trouble in &troubles {
                        (key::fill(trouble.class(), &study.ended(*trouble)))
                    }
                    @if blank { (key::fill("no-attempt", "no attempt sent")) }
                    @if drains { (key::line("last-due", "last job due")) }
                    (course::key(study))
                }
            }
            div.panels.three[frame.abreast == 3] {
                @for (row, outcome, series) in &there {
                    div data-s=(row) data-t=(tier) data-over="429" {
                        @if let Some(strategy) = study.strategies.get(*row) {
                            p {
                                (strategy.mark.inline()) b { (strategy.name) }
                                span.u { (in_words(outcome, series)) }
                            }
                        }
                        (PreEscaped(frame.panel(study, (*row, tier), series).draw()))
                    }
                }
            }
        }
    })
}

/// What the small charts of one figure share.
struct Frame {
    /// How many steps of the record one step of the chart takes.
    factor: usize,
    step: u64,
    steps: usize,
    /// Seconds that are shown.
    end: u64,
    last_due: u64,
    /// How many stand side by side.
    abreast: usize,
}

impl Frame {
    fn of(study: &Study<'_>, there: &[(usize, &Outcome, Series)], most: usize) -> Frame {
        let width = there.first().map_or(1, |(.., series)| (series.width.nanos() / SECOND).max(1));
        let last_due = study.whole_seconds();
        let used = there.iter().map(|(.., series)| series.sent.as_slice().len()).max().unwrap_or(0);
        let run = usize::try_from(last_due.div_ceil(width)).unwrap_or(used);
        let factor = fold(width, used.max(run), most);
        let steps = used.max(run).div_ceil(factor).max(1);
        let step = width * factor as u64;
        let abreast = if matches!(there.len(), 3 | 5 | 6 | 9) { 3 } else { 4 };
        Frame { factor, step, steps, end: step * steps as u64, last_due, abreast }
    }

    fn panel(&self, study: &Study<'_>, (row, tier): (usize, usize), series: &Series) -> TimeChart {
        let name = study.strategies.get(row).map_or("", |strategy| strategy.name);
        let sent = folded(series.sent.as_slice(), self.factor, self.steps);
        // Stacked from the last cause down, so that each covers what is above it.
        let mut layers = vec![Layer::Bands("no-attempt", self.blank(series))];
        let mut stacked: Vec<u64> = vec![0; self.steps];
        let mut areas = Vec::new();
        for cause in occurring(study, tier..tier + 1) {
            for by in cause.refused_by() {
                let column = series.refused.get(*by).as_slice();
                for (sum, count) in stacked.iter_mut().zip(folded(column, self.factor, self.steps))
                {
                    *sum += count;
                }
            }
            let shares = stacked.iter().zip(&sent).map(|(sum, sent)| per_mille(*sum, *sent));
            areas.push(Layer::Area(cause.class(), shares.collect()));
        }
        for (class, counts) in others(study, tier, series) {
            for (sum, count) in stacked.iter_mut().zip(folded(&counts, self.factor, self.steps)) {
                *sum += count;
            }
            let shares = stacked.iter().zip(&sent).map(|(sum, sent)| per_mille(*sum, *sent));
            areas.push(Layer::Area(class, shares.collect()));
        }
        layers.extend(areas.into_iter().rev());
        TimeChart {
            // So that its text is as large as that of the other charts.
            size: if self.abreast == 3 { (374, 146) } else { (276, 130) },
            // Room for the larger text of a phone.
            margins: (if self.abreast == 3 { 54 } else { 42 }, 14, 14, 24),
            step: self.step,
            steps: self.steps,
            top: 1_000,
            ticks: vec![(0, "0".to_owned()), (500, "50".to_owned()), (1_000, "100".to_owned())],
            clocks: if self.end > 3_600 { 2 } else { 3 },
            layers,
            levels: Vec::new(),
            marks: course::marks(study),
            last_due: (self.end > self.last_due).then_some(self.last_due),
            class: "ch",
            label: format!("{name}: share of attempts refused with 429, over the run"),
        }
    }

    /// Stretches of steps in which nothing was sent.
    fn blank(&self, series: &Series) -> Vec<(usize, usize)> {
        let sent = folded(series.sent.as_slice(), self.factor, self.steps);
        let mut blank: Vec<(usize, usize)> = Vec::new();
        for (step, count) in sent.iter().enumerate() {
            match blank.last_mut() {
                _ if *count > 0 => {}
                Some((_, end)) if *end == step => *end = step + 1,
                _ => blank.push((step, step + 1)),
            }
        }
        blank
    }
}

/// Attempts of each step that met something else than an answer or a 429, by class in stack order.
fn others(study: &Study<'_>, tier: usize, series: &Series) -> Vec<(&'static str, Vec<u64>)> {
    let troubles = study.troubles(tier..tier + 1);
    let mut layers = Vec::new();
    if troubles.contains(&Trouble::Failed) {
        layers.push((Trouble::Failed.class(), series.failed.as_slice().to_vec()));
    }
    if let Some(barred) = troubles.iter().find(|trouble| **trouble != Trouble::Failed) {
        let kinds = [RefusedBy::Access, RefusedBy::Balance, RefusedBy::Other];
        let columns = kinds.map(|kind| series.refused.get(kind).as_slice());
        let steps = columns.iter().map(|column| column.len()).max().unwrap_or(0);
        let at = |step: usize| columns.iter().filter_map(|column| column.get(step)).sum();
        layers.push((barred.class(), (0..steps).map(at).collect()));
    }
    layers
}

/// `first 00:06 · worst minute 96 % (09:00)`.
fn in_words(outcome: &Outcome, series: &Series) -> String {
    let Some((first, _)) = median_first(outcome) else {
        let failed = outcome.share_of(Trouble::Failed).filter(|share| share.is_telling());
        let failed = failed.map(|share| format!(" · {}{THIN}% failed", share.in_cell()));
        return format!("no 429{}", failed.unwrap_or_default());
    };
    let first = format!("first {}", numbers::clock(first / SECOND));
    match worst_minute(series) {
        Some((share, at)) => {
            let share = format!("{}{THIN}%", share.refused_in_cell());
            format!("{first} · worst minute {share} ({})", numbers::clock(at))
        }
        None => first,
    }
}

/// The minute with the highest share of 429s, and the second it begins at.
fn worst_minute(series: &Series) -> Option<(Share, u64)> {
    let width = (series.width.nanos() / SECOND).max(1);
    let window = usize::try_from(MINUTE / width).unwrap_or(1).max(1);
    let minutes = |counts: &[u64]| folded(counts, window, counts.len().div_ceil(window));
    let refused = minutes(series.status_429.as_slice());
    let sent = minutes(series.sent.as_slice());
    let shares = refused.iter().zip(&sent).zip(0_u64..).filter_map(|((refused, sent), minute)| {
        Some((Share::new(*refused, *sent)?, minute * width * window as u64))
    });
    // The first of equals.
    shares.fold(None, |worst: Option<(Share, u64)>, one| match worst {
        Some((share, _)) if share.fraction() >= one.0.fraction() => worst,
        _ => Some(one),
    })
}

fn per_mille(part: u64, of: u64) -> u64 {
    if of == 0 { 0 } else { (part * 2_000 + of) / (of * 2) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn the_worst_minute_is_the_one_with_the_highest_share() {
        let told = Told { in_time: 500, by_tokens: 500, ..Told::default() };
        let record = record_of(&[("build-2", "give-up", vec![told])]);
        let study = Study::of(&record);
        let series = study.outcome(0, 0).unwrap().whole.series().unwrap().clone();
        let (share, at) = worst_minute(&series).unwrap();
        // The second half has all the refusals, evenly.
        assert!(at >= 300);
        assert!(share.fraction() > 0.5 && share.fraction() < 0.65, "{share:?}");
    }

    #[test]
    fn stacked_shares_reach_the_share_of_all_causes() {
        let record = launch();
        let study = Study::of(&record);
        let row = study.strategies.iter().position(|one| one.name == "give-up").unwrap();
        let outcome = study.outcome(row, 1).unwrap();
        let series = outcome.whole.series().unwrap();
        let frame = Frame::of(&study, &[(row, outcome, series.clone())], SMALL);
        let panel = frame.panel(&study, (row, 1), series);
        let [Layer::Bands(..), Layer::Area("f-requests", all), Layer::Area("f-tokens", tokens)] =
            panel.layers.as_slice()
        else {
            panic!("unexpected layers: {:?}", panel.layers)
        };
        let last = all.len() - 1;
        assert!(all[last] > tokens[last]);
        let sent = folded(series.sent.as_slice(), frame.factor, frame.steps);
        let refused = folded(series.status_429.as_slice(), frame.factor, frame.steps);
        assert_eq!(all[last], per_mille(refused[last], sent[last]));
    }
}
