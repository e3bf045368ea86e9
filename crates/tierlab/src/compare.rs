//! `compare`: a simulated run beside a live one, and whether they agree.

use std::path::{Path, PathBuf};

use limits::Span;
use report::versus;
use rulebook::reading::quantity::{self, Unreadable};
use run_record::{Agreement, Billionths, Pair, Tolerances, Verdict};

use crate::args::{Compare, RunFormat};
use crate::exit::Ending;
use crate::failure::Failure;
use crate::{compare_text, form, out, record_file};

pub(crate) fn run(said: &Compare) -> Result<Ending, Failure> {
    for path in &said.out {
        form_of(path)?;
    }
    let tolerances = tolerances(said);
    let (first, second) = (record_file::read(&said.first)?, record_file::read(&said.second)?);
    let pair = Pair::of(&first, &second).map_err(|fault| Failure::usage(fault.to_string()))?;
    let agreement = pair.agreement(tolerances);
    let written = if said.out.is_empty() {
        let live =
            if std::ptr::eq(pair.live(), &raw const first) { &said.first } else { &said.second };
        vec![beside(live)]
    } else {
        said.out.clone()
    };
    let (written, all) =
        out::each(written, |path| out::put(path, &drawn(form_of(path)?, &pair, &agreement)));
    out::print(&match said.format {
        RunFormat::Json => agreement.json(&pair),
        RunFormat::Markdown => compare_text::markdown(&pair, &agreement),
        RunFormat::Text => compare_text::text(&pair, &agreement, &written),
    })?;
    all?;
    Ok(match agreement.verdict {
        _ if said.no_gate => Ending::Fine,
        Verdict::Met => Ending::Fine,
        Verdict::Unjudged => Ending::Unjudged,
        Verdict::Missed => Ending::Missed,
    })
}

fn tolerances(said: &Compare) -> Tolerances {
    let usual = Tolerances::default();
    Tolerances {
        status_429: said.tolerance_429.unwrap_or(usual.status_429),
        answered: said.tolerance_answered.unwrap_or(usual.answered),
        attempts_per_job: said.tolerance_attempts.unwrap_or(usual.attempts_per_job),
        jobs_of_users: usual.jobs_of_users,
        wait: said.tolerance_wait.unwrap_or(usual.wait),
        wait_ranks: usual.wait_ranks,
        wait_at_least: said.tolerance_wait_least.unwrap_or(usual.wait_at_least),
    }
}

/// The forms that a comparison can be written in.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Form {
    Page,
    Document,
    Markdown,
}

fn form_of(path: &Path) -> Result<Form, Failure> {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("html") => Ok(Form::Page),
        Some("json") => Ok(Form::Document),
        Some("md") => Ok(Form::Markdown),
        _ => Err(form::unknown(path, ".html (the page), .json (every figure) or .md (a table)")),
    }
}

fn drawn(form: Form, pair: &Pair<'_>, agreement: &Agreement) -> String {
    match form {
        Form::Page => versus::page(pair, agreement),
        Form::Document => agreement.json(pair),
        Form::Markdown => compare_text::markdown(pair, agreement),
    }
}

/// The page of a comparison stands beside the live record, which is never committed.
fn beside(live: &Path) -> PathBuf {
    let stem = live.file_stem().unwrap_or_default().to_string_lossy();
    live.with_file_name(format!("{stem}-compared.html"))
}

/// Reads a share as people write it, `1%`.
pub(crate) fn share(text: &str) -> Result<Billionths, String> {
    quantity::share(text)
        .map(|share| Billionths(share.parts_per_billion()))
        .map_err(|fault| says(fault, "a share such as 1% or 0.5%"))
}

/// Reads a length of time as people write it, `50ms`.
pub(crate) fn duration(text: &str) -> Result<Span, String> {
    quantity::duration(text).map_err(|fault| says(fault, "a duration such as 50ms or 1s"))
}

fn says(fault: Unreadable, form: &str) -> String {
    match fault {
        Unreadable::Form => format!("this is not {form}"),
        Unreadable::NoUnit => format!("its unit is missing: write {form}"),
        Unreadable::Range => format!("it is too large or too fine: write {form}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_stands_beside_the_live_record_whatever_dots_its_name_has() {
        assert_eq!(
            beside(Path::new("reports/live/tier2.big.json")),
            Path::new("reports/live/tier2.big-compared.html")
        );
    }

    #[test]
    fn a_tolerance_carries_its_unit() {
        assert_eq!(share("0.5%"), Ok(Billionths(5_000_000)));
        assert_eq!(
            share("1").unwrap_err(),
            "its unit is missing: write a share such as 1% or 0.5%"
        );
        assert_eq!(duration("80ms"), Ok(Span::from_millis(80)));
        assert!(duration("soon").unwrap_err().contains("50ms"));
    }
}
