//! The sentence: whether the two agree, and if not, where they lie farthest apart.

use run_record::{
    Agreement, AgreementFigure, Compared, ComparedCell, Pair, Verdict as Judged, Withheld,
};

use super::words;
use crate::live;
use crate::numbers;
use crate::verdict::{Fact, Span, Tone, Verdict};

pub(super) fn of(pair: &Pair<'_>, agreement: &Agreement) -> Verdict {
    Verdict { sentence: sentence(pair, agreement), facts: facts(pair, agreement) }
}

fn sentence(pair: &Pair<'_>, agreement: &Agreement) -> Vec<Span> {
    let cells = agreement.wholes().count();
    match agreement.verdict {
        Judged::Met => {
            let first = agreement.wholes().next();
            let place = match (cells, first) {
                (1, Some(cell)) => format!(": {}.", words::title(pair.live().header(), cell)),
                (all, _) => format!(" in {}.", all_of(all)),
            };
            vec![
                span(Tone::Plain, "Simulated and live "),
                span(Tone::Good, "agree"),
                span(Tone::Plain, place),
            ]
        }
        Judged::Missed => missed(pair, agreement, cells),
        Judged::Unjudged => {
            let why = unjudged(pair, agreement, cells);
            vec![span(Tone::Fair, "Not judged"), span(Tone::Plain, format!(": {why}."))]
        }
    }
}

fn missed(pair: &Pair<'_>, agreement: &Agreement, cells: usize) -> Vec<Span> {
    let differing = agreement.wholes().filter(|cell| is_missed(agreement, cell)).count();
    let of = match cells {
        1 => String::new(),
        _ if differing == cells => format!(" in {}", all_of(cells)),
        _ => format!(" in {} of {} cells", numbers::in_words(differing), numbers::in_words(cells)),
    };
    let mut spans = vec![
        span(Tone::Plain, "Simulated and live "),
        span(Tone::Bad, "disagree"),
        span(Tone::Plain, of),
    ];
    if let Some((cell, worst)) = agreement.worst() {
        let most = if differing > 1 { ", most on " } else { " on " };
        let place = words::title(pair.live().header(), cell);
        spans.push(span(Tone::Plain, format!("{most}{place}: {}.", apart(worst))));
    }
    spans
}

/// Whether a cell as a whole, or one of its groups, is missed.
fn is_missed(agreement: &Agreement, whole: &ComparedCell) -> bool {
    let mut same = agreement.cells.iter().filter(|cell| cell.key == whole.key);
    same.any(|cell| cell.verdict == Judged::Missed)
}

/// The two figures side by side: `28.57 % of attempts answered 429 simulated, 31.03 % live`.
fn apart(compared: &Compared) -> String {
    let simulated = words::value(compared.simulated);
    let live = words::value(compared.live);
    let what = match compared.figure {
        AgreementFigure::Offered => "jobs offered",
        AgreementFigure::Status429 => "of attempts answered 429",
        AgreementFigure::Answered => "of jobs answered",
        AgreementFigure::AttemptsPerJob => "attempts per job",
        AgreementFigure::WaitMean => "of waiting in the mean",
        AgreementFigure::WaitP50 => "of waiting in the median",
        AgreementFigure::WaitP95 => "of waiting at p95",
    };
    format!("{simulated} {what} simulated, {live} live")
}

fn unjudged(pair: &Pair<'_>, agreement: &Agreement, cells: usize) -> String {
    let gravest = agreement.withheld.first();
    match gravest {
        Some(Withheld::OtherRun(differs)) => {
            format!(
                "the two runs rehearse different things, their {} differ",
                words::listed(differs)
            )
        }
        Some(Withheld::CutShort) => "the live run was stopped before its end".to_owned(),
        Some(Withheld::GeneratorLate) => {
            "the load generator was late, so the live figures are partly its own".to_owned()
        }
        Some(Withheld::Starved(_)) => {
            format!("the load generator could not send everything, {}", super::starvation(pair))
        }
        Some(Withheld::NothingShared) => "no cell is in both runs".to_owned(),
        Some(Withheld::Unmatched) => {
            let alone = agreement.only_live.len();
            let verb = if alone == 1 { "cell has" } else { "cells have" };
            let alone = numbers::in_words(alone);
            format!("{alone} live {verb} no simulated one, {}", others(agreement, cells))
        }
        None => {
            let none = |cell: &ComparedCell| cell.simulated.jobs.offered == 0;
            let open = agreement.wholes().filter(|cell| !is_judged(agreement, cell)).count();
            let which = match (open, cells) {
                _ if agreement.wholes().all(none) => {
                    return "no job fell due in either run".to_owned();
                }
                (_, 1) => "the only cell has".to_owned(),
                (open, all) if open == all => format!("{} have", all_of(all)),
                (1, all) => format!("one of {} cells has", numbers::in_words(all)),
                (open, all) => {
                    format!("{} of {} cells have", numbers::in_words(open), numbers::in_words(all))
                }
            };
            format!("{which} too few jobs or attempts to tell")
        }
    }
}

/// `both cells`, `all four cells`.
fn all_of(cells: usize) -> String {
    match cells {
        2 => "both cells".to_owned(),
        all => format!("all {} cells", numbers::in_words(all)),
    }
}

fn is_judged(agreement: &Agreement, whole: &ComparedCell) -> bool {
    let mut same = agreement.cells.iter().filter(|cell| cell.key == whole.key);
    same.all(|cell| cell.verdict != Judged::Unjudged)
}

fn others(agreement: &Agreement, cells: usize) -> String {
    let open = agreement.wholes().filter(|cell| !is_judged(agreement, cell)).count();
    match (cells, open) {
        (1, 0) => "the other agrees".to_owned(),
        (all, 0) => format!("the other {} agree", numbers::in_words(all)),
        (1, _) => "the other has too few jobs or attempts to tell".to_owned(),
        (all, open) if open == all => "the others have too few jobs or attempts to tell".to_owned(),
        (all, open) if all - open == 1 => "one of the others agrees".to_owned(),
        (all, open) => format!("{} of the others agree", numbers::in_words(all - open)),
    }
}

fn facts(pair: &Pair<'_>, agreement: &Agreement) -> Vec<Fact> {
    let mut facts = Vec::new();
    let mut add = |name, text: Option<String>| {
        facts.extend(text.map(|text| Fact { name, text }));
    };
    add("Compared", compared(agreement));
    add("Live", against(pair));
    add("Do", live::remedy(pair.live().header()));
    add("Left out", left_out(pair, agreement));
    facts
}

/// Over which seeds, and what that leaves out.
fn compared(agreement: &Agreement) -> Option<String> {
    let first = agreement.cells.first()?;
    if super::are_other_runs(agreement) {
        return None;
    }
    if agreement.cells.iter().all(|cell| cell.same_replications) {
        return Some(match first.replications {
            1 => "The same seed, job for job.".to_owned(),
            seeds => format!("The same {seeds} seeds, job for job."),
        });
    }
    let seeds = match first.replications {
        0 => return Some("These runs have no seed in common.".to_owned()),
        1 => "The one seed that both runs have".to_owned(),
        seeds => format!("The {seeds} seeds that both runs have"),
    };
    Some(format!(
        "{seeds}, job for job. Percentiles of waiting and the 429s per second are kept over all {} \
         seeds of the simulated run, so the first are not compared; simulate with --seeds {} to have \
         them compared.",
        first.simulated_replications, first.live_replications
    ))
}

/// Where the requests went, and how late the generator was.
fn against(pair: &Pair<'_>) -> Option<String> {
    let note = pair.live().header().live.as_ref()?;
    let lateness = live::lateness(note);
    let lateness = lateness.map(|late| format!("; the load generator was {late}"));
    Some(format!("Against {}{}.", note.target, lateness.unwrap_or_default()))
}

fn left_out(pair: &Pair<'_>, agreement: &Agreement) -> Option<String> {
    let simulated = match agreement.only_simulated.len() {
        0 => None,
        1 => Some("One simulated cell was not run live.".to_owned()),
        some => Some(format!("{} simulated cells were not run live.", numbers::count(some as u64))),
    };
    let live: Vec<String> =
        agreement.only_live.iter().map(|key| words::key(pair.live().header(), key)).collect();
    let live: Vec<&str> = live.iter().map(String::as_str).collect();
    let live = (!live.is_empty()).then(|| format!("Not simulated: {}.", live.join("; ")));
    let parts: Vec<String> = simulated.into_iter().chain(live).collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn span(tone: Tone, text: impl Into<String>) -> Span {
    Span { text: text.into(), tone }
}
