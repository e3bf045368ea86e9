//! The 429s of both runs over time, the baseline in grey.

use maud::{Markup, PreEscaped, html};
use run_record::Series;

use super::Against;
use crate::chart::time::{Layer, TimeChart, fold, folded};
use crate::key;
use crate::numbers;
use crate::study::Study;

const SECOND: u64 = 1_000_000_000;
/// Steps that a chart shows legibly.
const WIDE: usize = 180;
const NARROW: usize = 60;

/// The strategy that is looked at first; none where either run keeps no steps of it, or others.
pub(super) fn figure(against: &Against<'_, '_>) -> Option<Markup> {
    let (strategy, tier) = against.study.focus()?;
    let before = against.before(strategy, tier)?;
    let now = series(against.study, (strategy, tier))?;
    let then = series(&against.base, before)?;
    if now.width != then.width {
        return None;
    }
    let wide = chart((&now, &then), WIDE, "ch wide", ((1_172, 200), (40, 10, 20, 26), 8));
    let narrow = chart((&now, &then), NARROW, "ch narrow", ((360, 200), (42, 10, 14, 26), 3));
    let step = numbers::setting(wide.step * SECOND);
    Some(html! {
        figure data-s=(strategy) data-t=(tier) {
            figcaption {
                h3 {
                    "429s of " (against.study.quoted(strategy)) " " (against.study.there(tier))
                    ", against the baseline: share of attempts refused, % "
                    span.u { "(steps of " (step) ", mean of the seeds)" }
                }
                ul.key {
                    (key::line("against-now", "this run"))
                    (key::line("against-base", "the baseline"))
                }
            }
            (PreEscaped(wide.draw()))
            (PreEscaped(narrow.draw()))
        }
    })
}

fn series(study: &Study<'_>, (strategy, tier): (usize, usize)) -> Option<Series> {
    study.outcome(strategy, tier)?.whole.series().cloned()
}

/// Size, margins, and labels below.
type Shape = ((i32, i32), (i32, i32, i32, i32), u64);

fn chart(
    (now, then): (&Series, &Series),
    most: usize,
    class: &'static str,
    (size, margins, clocks): Shape,
) -> TimeChart {
    let width = (now.width.nanos() / SECOND).max(1);
    let used = now.sent.as_slice().len().max(then.sent.as_slice().len()).max(1);
    let factor = fold(width, used, most);
    let steps = used.div_ceil(factor).max(1);
    let shares = |series: &Series| {
        let refused = folded(series.status_429.as_slice(), factor, steps);
        let sent = folded(series.sent.as_slice(), factor, steps);
        refused.iter().zip(&sent).map(|(refused, sent)| refused * 1_000 / (*sent).max(1)).collect()
    };
    TimeChart {
        size,
        margins,
        step: width * factor as u64,
        steps,
        top: 1_000,
        ticks: vec![(0, "0".to_owned()), (500, "50".to_owned()), (1_000, "100".to_owned())],
        clocks,
        layers: vec![
            Layer::Outline("against-base", shares(then)),
            Layer::Outline("against-now", shares(now)),
        ],
        levels: Vec::new(),
        marks: Vec::new(),
        last_due: None,
        class,
        label: "share of attempts refused with 429 over the run, and of the baseline’s".to_owned(),
    }
}
