//! Invoices: one a month, by model, also where it asks for nothing.

use maud::{Markup, html};
use run_record::InvoiceLeaf;

use super::Life;
use crate::glossary::term;
use crate::numbers;

/// All invoices; none where none was written.
pub(super) fn block(life: &Life<'_>) -> Option<Markup> {
    let invoices = &life.books.invoices;
    if invoices.is_empty() {
        return None;
    }
    Some(html! {
        div.block {
            h3 { (term("invoice", "Invoices")) }
            div.scroll tabindex="0" {
                table.data.slim {
                    thead {
                        tr {
                            th scope="col" { "Model" }
                            th.n scope="col" { "Prompt tokens" }
                            th.n scope="col" { "Answer tokens" }
                            th.n scope="col" { "Used" }
                            th.n scope="col" { "To pay" }
                        }
                    }
                    tbody {
                        @for invoice in invoices {
                            tr.part {
                                th scope="rowgroup" colspan="4" { (heading(life, invoice)) }
                                td.n { (numbers::booked(invoice.amount)) }
                            }
                            @for line in &invoice.lines {
                                tr {
                                    th scope="row" { (line.model) }
                                    @if line.fee.is_some() {
                                        td.n { "no tokens" }
                                        td.n { "no tokens" }
                                    } @else {
                                        td.n { (numbers::count(line.prompt)) }
                                        td.n { (numbers::count(line.answer)) }
                                    }
                                    td.n { (numbers::booked(line.cost)) }
                                    td {}
                                }
                            }
                        }
                    }
                }
            }
            p.note {
                "An invoice asks for what a month used beyond credit, so that most ask for $0. It is \
                collected on the 3rd."
            }
        }
    })
}

/// `Month 1, written on day 31, 00:00: paid`.
fn heading(life: &Life<'_>, invoice: &InvoiceLeaf) -> String {
    let whose = match invoice.month {
        0 => "From before".to_owned(),
        month => format!("Month {month}"),
    };
    let state = match invoice.state.as_str() {
        "settled" => "nothing to pay".to_owned(),
        other => other.replace(['_', '-'], " "),
    };
    format!("{whose}, written {}: {state}", life.when(invoice.at.nanos()))
}
