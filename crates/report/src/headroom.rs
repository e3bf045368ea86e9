//! How much of the limits was left: whoever has plenty at the peak needs no larger tier.

use maud::{Markup, html};
use run_record::{RuleOfThumb, derive};

use crate::glossary::term;
use crate::numbers::{Share, THIN};
use crate::study::{Outcome, Study};

/// What was left on a tier, by strategy; none where nothing was limited, or where a live run could
/// not see it.
pub(crate) fn table(study: &Study<'_>, tier: usize) -> Option<Markup> {
    let rows = rows(study, tier);
    if rows.is_empty() {
        return None;
    }
    let at_peak = rows.iter().any(|(_, outcome)| peak(outcome).is_some());
    Some(html! {
        div.block {
            h3 { (term("headroom", "Headroom")) " " (study.there(tier)) }
            @if let Some(rule) = study.record.header().rule_of_thumb {
                p { (verdict(study, rule, tier)) }
            }
            div.scroll tabindex="0" {
                table.data.slim {
                    thead {
                        tr {
                            th scope="col" { "Strategy" }
                            th.n scope="col" { "Least ever left" }
                            @if at_peak { th.n scope="col" { "Left at the peak" } }
                        }
                    }
                    tbody {
                        @for (row, outcome) in rows {
                            tr {
                                th scope="row" {
                                    @if let Some(strategy) = study.strategies.get(row) {
                                        (strategy.mark.inline()) (strategy.name)
                                    }
                                }
                                td.n { (shown(lowest(outcome))) }
                                @if at_peak { td.n { (shown(peak(outcome))) } }
                            }
                        }
                    }
                }
            }
        }
    })
}

/// Whether anything is known of a tier's headroom.
pub(crate) fn is_told(study: &Study<'_>, tier: usize) -> bool {
    !rows(study, tier).is_empty()
}

fn rows<'s>(study: &'s Study<'_>, tier: usize) -> Vec<(usize, &'s Outcome)> {
    study
        .shown()
        .into_iter()
        .filter_map(|row| Some((row, study.outcome(row, tier)?)))
        .filter(|(_, outcome)| lowest(outcome).is_some())
        .collect()
}

fn lowest(outcome: &Outcome) -> Option<f64> {
    derive::headroom(&outcome.whole).lowest_remaining_share
}

fn peak(outcome: &Outcome) -> Option<f64> {
    derive::headroom(&outcome.whole).peak_p10_remaining_share
}

fn shown(share: Option<f64>) -> String {
    share.and_then(Share::from_fraction).map_or_else(|| "no samples".to_owned(), Share::in_table)
}

/// What the edition's rule of thumb says about the strategy that is looked at.
fn verdict(study: &Study<'_>, rule: RuleOfThumb, tier: usize) -> String {
    let percent = format!("{}{THIN}%", rule.remaining_percent);
    let said = study.focus().filter(|(_, at)| *at == tier).and_then(|(strategy, _)| {
        let left = peak(study.outcome(strategy, tier)?)?;
        let name = study.quoted(strategy);
        let left_text = shown(Some(left));
        let enough = left * 100.0 > f64::from(rule.remaining_percent);
        let so = if enough { "no larger tier is needed" } else { "a larger tier is due" };
        Some(format!(" {name} leaves {left_text} at the peak: by that rule, {so}."))
    });
    format!(
        "Rule of thumb of this edition: above {percent} left at the peak, no larger tier is needed.{}",
        said.unwrap_or_default()
    )
}
