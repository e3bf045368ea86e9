//! What the charts of this section have in common: a panel for each tier, beside each other where
//! there is room.

use maud::{Markup, PreEscaped, html};

use super::tiers;
use crate::chart::svg::{shortened, width_of};
use crate::decide;
use crate::study::{Outcome, Study};

/// The width that a panel is drawn in; texts are placed for the largest size they are shown in.
pub(super) const PANEL: f64 = 440.0;
/// The same of a panel that stands alone, where there is room.
const ALONE: f64 = 880.0;
/// Where a name begins after its mark.
pub(super) const NAME: f64 = 18.0;
/// Letters of a name that a row has room for.
const LETTERS: usize = 18;
/// How high a row is.
pub(super) const ROW: f64 = 24.0;

/// A row of a panel: its strategy's place, and what came of it there.
pub(super) type Row<'s> = (usize, &'s Outcome);

/// A panel for each tier, drawn in a width and with a class.
pub(super) fn panels(
    study: &Study<'_>,
    draw: impl Fn(usize, f64, &'static str) -> String,
) -> Markup {
    let tiers = tiers(study);
    let alone = tiers.len() == 1;
    html! {
        div.on-tiers.alone[alone] {
            @for tier in tiers {
                div data-t=(tier) {
                    p { b { (study.column(tier)) } " " (decide::tag(study, tier)) }
                    @if alone {
                        (PreEscaped(draw(tier, ALONE, "ch wide")))
                        (PreEscaped(draw(tier, PANEL, "ch narrow")))
                    } @else {
                        (PreEscaped(draw(tier, PANEL, "ch")))
                    }
                }
            }
        }
    }
}

/// A name as a row shows it.
pub(super) fn name(study: &Study<'_>, row: usize) -> String {
    study.strategies.get(row).map_or_else(String::new, |one| shortened(one.name, LETTERS))
}

/// Where the rows of all panels begin after the longest name.
pub(super) fn after_names(study: &Study<'_>) -> f64 {
    let names = study.shown().into_iter().map(|row| width_of(&name(study, row), 12.5));
    NAME + names.fold(40.0, f64::max) + 6.0
}
