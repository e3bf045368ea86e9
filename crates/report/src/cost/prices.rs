//! The prices that a bill rests on: what each group pays, who says so, and since when.

use maud::{Markup, html};
use run_record::{GroupNote, PriceNote};

use super::Cost;
use crate::glossary::term;
use crate::numbers;
use crate::study::Study;

/// The table; none where no group has a price or lacks one.
pub(super) fn table(study: &Study<'_>, cost: &Cost) -> Option<Markup> {
    let header = study.record.header();
    let groups: Vec<(usize, &GroupNote)> = header.groups.iter().enumerate().collect();
    if groups.is_empty() {
        return None;
    }
    Some(html! {
        div.block {
            h3 { "Prices, as edition " (header.recipe.edition.name) " has them" }
            div.scroll tabindex="0" {
                table.data.words {
                    thead {
                        tr {
                            th scope="col" { "Group" }
                            th scope="col" { "Model" }
                            th scope="col" { "What it pays" }
                            th scope="col" { "Rests on" }
                            th scope="col" { (term("certainty", "Certainty")) }
                        }
                    }
                    tbody {
                        @for (number, group) in &groups {
                            tr {
                                th scope="row" { (group.name) }
                                td { (group.model) }
                                @match group.price.as_ref().filter(|_| !cost.unpriced.contains(number)) {
                                    Some(price) => {
                                        td { (paid(group, price)) }
                                        td { (rests_on(price)) }
                                        td { (price.certainty) }
                                    }
                                    None => td colspan="3" { (unknown(group, cost, *number)) }
                                }
                            }
                        }
                    }
                }
            }
        }
    })
}

fn unknown(group: &GroupNote, cost: &Cost, number: usize) -> &'static str {
    if group.endpoint.is_some() && cost.unpriced.contains(&number) {
        "no source says what its endpoint costs: it is in no figure here, and not free"
    } else if group.endpoint.is_some() {
        "nothing by the request: its endpoint is paid by the minute"
    } else if cost.unpriced.contains(&number) {
        "no source says what this model costs: it is in no figure here, and not free"
    } else {
        "nothing"
    }
}

/// `$0.88 per 1M tokens`, `$0.60 per 1M tokens of prompt, $1.70 of answer`, with what was taken off.
fn paid(group: &GroupNote, price: &PriceNote) -> String {
    if price.tariff().is_free() && group.endpoint.is_some() {
        return "nothing by the request: its endpoint is paid by the minute".to_owned();
    }
    let taken_off = price
        .discount
        .as_ref()
        .map_or_else(String::new, |off| format!(" ({off}, taken off already)"));
    format!("{}{taken_off}", of_tariff(price))
}

/// A price in words.
pub(crate) fn of_tariff(price: &PriceNote) -> String {
    let mut parts = Vec::new();
    if !price.request.is_zero() {
        parts.push(format!("{} a request", numbers::price(price.request)));
    }
    let (prompt, answer) = (price.prompt, price.answer);
    if prompt == answer && !prompt.is_zero() {
        parts.push(format!("{} per 1M tokens", numbers::per_million(prompt)));
    } else {
        if !prompt.is_zero() {
            parts.push(format!("{} per 1M tokens of prompt", numbers::per_million(prompt)));
        }
        if !answer.is_zero() {
            parts.push(format!("{} per 1M tokens of answer", numbers::per_million(answer)));
        }
    }
    if parts.is_empty() { "nothing".to_owned() } else { parts.join(", ") }
}

fn rests_on(price: &PriceNote) -> Markup {
    html! {
        @if price.facts.is_empty() {
            "the scenario"
        } @else {
            @for (index, source) in price.sources.iter().enumerate() {
                @if index > 0 { "; " }
                (source)
            }
            @if price.sources.is_empty() {
                @for (index, fact) in price.facts.iter().enumerate() {
                    @if index > 0 { ", " }
                    code { (fact) }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use money::Money;

    use super::*;

    #[test]
    fn a_price_is_told_by_the_million_and_apart_where_answers_cost_another() {
        let each = |text: &str| Money::parse(text).unwrap().of_parts(1, 1_000_000);
        let price = |request: &str, prompt: &str, answer: &str| PriceNote {
            request: Money::parse(request).unwrap(),
            prompt: each(prompt),
            answer: each(answer),
            facts: Vec::new(),
            sources: Vec::new(),
            certainty: "documented".to_owned(),
            discount: None,
        };
        let told = |request, prompt, answer| of_tariff(&price(request, prompt, answer));
        assert_eq!(told("$0", "$0.88", "$0.88"), "$0.88 per 1M tokens");
        assert_eq!(
            told("$0", "$0.60", "$1.70"),
            "$0.60 per 1M tokens of prompt, $1.70 per 1M tokens of answer"
        );
        assert_eq!(told("$0", "$0.008", "$0"), "$0.008 per 1M tokens of prompt");
        assert_eq!(told("$0.0027", "$0", "$0"), "$0.0027 a request");
        assert_eq!(told("$0", "$0", "$0"), "nothing");
    }
}
