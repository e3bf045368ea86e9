//! The account's life: what it held over time, what happened to it, and what it was invoiced.

pub(crate) mod climb;
mod invoices;
mod moments;
pub(crate) mod refused;
mod words;

use maud::{Markup, PreEscaped, html};
use run_record::{AccountLeaf, FundsNote, MomentLeaf};

use crate::chart::balance::{Balance, Floor, Happened};
use crate::key;
use crate::numbers;
use crate::study::{Study, Trouble};

/// Nanoseconds of a second.
const SECOND: u64 = 1_000_000_000;

/// The books of an account whose balance decides something, with what the page knows of it.
struct Life<'r> {
    books: &'r AccountLeaf,
    funds: Option<&'r FundsNote>,
    /// Seconds that the run lasts.
    lasts: u64,
    /// Each kind of moment with its letter, in order of its first.
    kinds: Vec<(char, &'r str)>,
    /// Tiers by their names in files, with their titles.
    titles: Vec<(&'r str, String)>,
}

impl<'r> Life<'r> {
    fn of(study: &Study<'r>) -> Option<Life<'r>> {
        let books = study.books().filter(|books| books.enforced)?;
        Some(Life {
            books,
            funds: study.record.header().funds.as_ref(),
            lasts: study.whole_seconds(),
            kinds: lettered(&books.moments),
            titles: books
                .moments
                .iter()
                .filter(|moment| moment.what == "promoted")
                .map(|moment| (moment.says.as_str(), study.title_of(&moment.says)))
                .collect(),
        })
    }

    /// A moment in nanoseconds, in the words of this run.
    fn when(&self, nanos: u64) -> String {
        numbers::moment(nanos / SECOND, self.lasts)
    }

    /// What a moment says, with a tier by its title and what was paid for it.
    fn says(&self, moment: &MomentLeaf) -> String {
        let title = self.titles.iter().find(|(tier, _)| *tier == moment.says);
        match (title, moment.amount) {
            (Some((_, title)), Some(paid)) if moment.what == "promoted" => {
                format!("{title}, for {} paid in all", numbers::booked(paid))
            }
            (Some((_, title)), None) if moment.what == "promoted" => title.clone(),
            _ => moment.says.clone(),
        }
    }

    fn letter(&self, what: &str) -> char {
        self.kinds.iter().find(|(_, kind)| *kind == what).map_or(' ', |(letter, _)| *letter)
    }

    /// Spans in which requests were refused for want of money, in nanoseconds.
    fn blocked(&self) -> Vec<(u64, u64)> {
        let mut spans = Vec::new();
        let mut since: Option<u64> = None;
        for moment in &self.books.moments {
            match moment.what.as_str() {
                "blocked" => since = since.or(Some(moment.at.nanos())),
                "unblocked" => spans.extend(since.take().map(|from| (from, moment.at.nanos()))),
                _ => {}
            }
        }
        let end = self.lasts.saturating_mul(SECOND);
        spans.extend(since.map(|from| (from, end.max(from))));
        spans
    }
}

/// What stopped the account, in a sentence; none where nothing did.
pub(crate) fn stopped(study: &Study<'_>) -> Option<String> {
    Some(format!("{}.", words::blocked(&Life::of(study)?)?))
}

/// Where pictures alone are refused, because they need a balance above zero although the account
/// may have debt: why, in a sentence.
pub(crate) fn pictures(study: &Study<'_>) -> Option<String> {
    let life = Life::of(study)?;
    let since = match without_pictures(study, &life)? {
        0 => "which the account begins without".to_owned(),
        at => format!("and it is used up at {}", life.when(at)),
    };
    Some(format!("Pictures need a balance above zero, {since}."))
}

/// From when on the balance is used up, in nanoseconds, where attempts met a 402 although the
/// account was never blocked.
fn without_pictures(study: &Study<'_>, life: &Life<'_>) -> Option<u64> {
    let (strategy, tier) = study.focus().filter(|_| life.blocked().is_empty())?;
    let groups = study.record.header().groups.iter().zip(study.cell(strategy, tier)?.groups());
    let unpaid = |leaf: &run_record::Leaf| leaf.attempts.with_status(402) > 0;
    let mut asking = groups.filter(|(note, _)| !note.batch);
    asking.find(|(_, group)| group.leaves().iter().any(unpaid))?;
    let used_up = life.books.course.iter().find(|point| point.balance <= money::Money::ZERO)?;
    Some(used_up.at.nanos())
}

/// When the account first comes to another tier: `Tier 2 is in force, at 26:00`.
pub(crate) fn promoted(study: &Study<'_>) -> Option<String> {
    let life = Life::of(study)?;
    let first = life.books.moments.iter().find(|moment| moment.what == "promoted")?;
    let title = study.title_of(&first.says);
    Some(format!("{title} is in force, at {}", life.when(first.at.nanos())))
}

/// What to do where an empty account is what most attempts fail for; none where it is not.
pub(crate) fn remedy(study: &Study<'_>) -> Option<String> {
    let (strategy, tier) = study.focus()?;
    let outcome = study.outcome(strategy, tier)?;
    let unpaid = outcome.met(Trouble::Unpaid);
    let others = [Trouble::Failed, Trouble::Barred, Trouble::Invalid];
    let others: u64 = others.into_iter().map(|trouble| outcome.met(trouble)).sum();
    if unpaid == 0 || unpaid <= others + outcome.total.attempts.with_status(429) {
        return None;
    }
    let life = Life::of(study)?;
    if without_pictures(study, &life).is_some() {
        return Some(
            "Top up before the balance comes to zero, or have it recharge by itself.".to_owned(),
        );
    }
    let blocked = life.books.moments.iter().find(|moment| moment.what == "blocked")?;
    Some(match blocked.says.as_str() {
        says if says.contains("past due") => {
            "Keep a card that the invoice can be collected from; credit bought later does not clear \
             it."
        }
        says if says.contains("own limit") => "Raise the account’s own limit, or top up before it.",
        _ => "Top up before the balance runs out, or have it recharge by itself.",
    }.to_owned())
}

/// The section; none where no balance decides anything.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let life = Life::of(study)?;
    let chart = chart(&life);
    let narrow = Balance {
        size: (360.0, 250.0),
        margins: (52.0, 56.0, 92.0, 26.0),
        clocks: 3,
        class: "ch narrow",
        ..chart.clone()
    };
    Some(html! {
        section.section #account {
            p.question { "What becomes of the account?" }
            h2 { (words::finding(study, &life)) }
            p.lead { (words::lead(study, &life)) }
            @if !life.books.course.is_empty() {
                figure {
                    figcaption {
                        h3 { "What the account holds, in dollars" @if let Some(whose) = words::whose(study) { " " span.u { "(" (whose) ")" } } }
                        (legend(&life, &chart))
                    }
                    (PreEscaped(chart.draw()))
                    (PreEscaped(narrow.draw()))
                }
            }
            @if let Some(table) = moments::strategies(study) { (table) }
            @if let Some(table) = moments::table(&life) { (table) }
            @if let Some(invoices) = invoices::block(&life) { (invoices) }
        }
    })
}

fn legend(life: &Life<'_>, chart: &Balance) -> Markup {
    html! {
        ul.key {
            (key::line("balance", "balance"))
            @if !chart.floors.is_empty() { (key::line("limit-yours", "where it stops")) }
            @if !chart.blocked.is_empty() { (key::fill("f-blocked", "requests are refused with 402")) }
            @for (letter, what) in &life.kinds {
                @let count = life.books.moments.iter().filter(|moment| moment.what == *what).count();
                li.event-key {
                    b { (letter) } " " (words::kind(what))
                    @if count > 1 { ", " (count) " times" }
                }
            }
        }
    }
}

fn chart(life: &Life<'_>) -> Balance {
    let seconds = |nanos: u64| nanos as f64 / 1e9;
    let books = life.books;
    Balance {
        size: (1_172.0, 300.0),
        margins: (64.0, 56.0, 104.0, 26.0),
        lasts: life.lasts,
        course: books
            .course
            .iter()
            .map(|point| (seconds(point.at.nanos()), point.balance.in_dollars()))
            .collect(),
        floors: floors(life),
        blocked: life
            .blocked()
            .into_iter()
            .map(|(from, to)| (seconds(from), seconds(to)))
            .collect(),
        happened: books
            .moments
            .iter()
            .map(|moment| Happened {
                at: seconds(moment.at.nanos()),
                letter: life.letter(&moment.what),
            })
            .collect(),
        clocks: 8,
        class: "ch wide",
        label: "what the account holds over the run, in dollars".to_owned(),
    }
}

/// Where the balance stops: at the tier's floor, at nothing, or at the user's own limit.
fn floors(life: &Life<'_>) -> Vec<Floor> {
    let Some(funds) = life.funds else { return Vec::new() };
    let below = |amount: money::Money, what: &str| Floor {
        at: -amount.abs().in_dollars(),
        label: format!("{what} {}", numbers::dollars(-amount.abs())),
    };
    let mut floors = vec![below(funds.floor, "floor")];
    floors.extend(
        funds
            .limit
            .filter(|limit| limit.abs() != funds.floor.abs())
            .map(|limit| below(limit, "own limit")),
    );
    floors
}

/// The letters that kinds of moments go by wherever they occur.
const OWN: [(&str, char); 14] = [
    ("bought", 'P'),
    ("recharged", 'R'),
    ("credited", 'C'),
    ("declined", 'D'),
    ("held", 'H'),
    ("approved", 'A'),
    ("granted", 'F'),
    ("blocked", 'B'),
    ("unblocked", 'U'),
    ("promoted", 'T'),
    ("invoiced", 'I'),
    ("collected", 'L'),
    ("past_due", 'O'),
    ("synced", 'S'),
];

/// Each kind of moment with its letter, in order of its first; those that have none of their own
/// take what is left.
fn lettered(moments: &[MomentLeaf]) -> Vec<(char, &str)> {
    let mut kinds: Vec<(char, &str)> = Vec::new();
    let mut free = ('A'..='Z').rev().filter(|letter| OWN.iter().all(|(_, own)| own != letter));
    for moment in moments {
        let what = moment.what.as_str();
        if kinds.iter().any(|(_, kind)| *kind == what) {
            continue;
        }
        let own = OWN.iter().find(|(kind, _)| *kind == what).map(|(_, letter)| *letter);
        kinds.extend(own.or_else(|| free.next()).map(|letter| (letter, what)));
    }
    kinds
}

#[cfg(test)]
mod tests;
