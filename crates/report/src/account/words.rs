//! The sentences about the account.

use money::Money;
use run_record::{AccountLeaf, MomentLeaf};

use super::{Life, SECOND};
use crate::numbers;
use crate::study::Study;

/// What kind of moment it is, in words.
pub(super) fn kind(what: &str) -> String {
    let known = match what {
        "bought" => "credit bought",
        "recharged" => "credit bought by itself",
        "credited" => "credited",
        "declined" => "payment declined",
        "held" => "waits for the bank’s approval",
        "approved" => "the bank’s hold approved",
        "lapsed" => "purchase lapsed",
        "too_little" => "purchase below the least there is",
        "granted" => "free credit given",
        "blocked" => "blocked",
        "unblocked" => "served again",
        "promoted" => "another tier in force",
        "synced" => "tier forced by support",
        "invoiced" => "invoice written",
        "collected" => "invoice paid",
        "past_due" => "invoice past due",
        "card_changed" => "another card",
        "limit_changed" => "another own limit",
        "job" => "job paid for",
        "job_refused" => "training refused",
        "evaluation_refused" => "evaluation refused",
        "endpoint_started" => "endpoint started",
        "endpoint_stopped" => "endpoint stopped",
        "endpoint_refused" => "endpoint refused",
        "batch_refused" => "batch refused",
        "batch_ended" => "batch ended",
        other => return other.replace(['_', '-'], " "),
    };
    known.to_owned()
}

/// What the section finds.
pub(super) fn finding(study: &Study<'_>, life: &Life<'_>) -> String {
    let unpaid = life.books.paid.is_zero();
    let refused = || super::refused::refused(study).into_iter().next();
    blocked(life)
        .or_else(|| refused().map(|one| format!("{}: {}", one.claim, one.because)))
        .or_else(|| declined(life.books).filter(|_| unpaid))
        .or_else(|| at_once(life))
        .or_else(|| climbs(study, life))
        .or_else(|| declined(life.books))
        .unwrap_or_else(|| stays(life))
}

/// `The account is blocked from 03:12 for 41 min: balance −$100.00 reached`.
pub(super) fn blocked(life: &Life<'_>) -> Option<String> {
    let spans = life.blocked();
    let (from, to) = *spans.first()?;
    let why = reason(life, from).map_or_else(String::new, |why| format!(": {why}"));
    let since = life.when(from);
    let blocked = life.books.blocked.nanos() as f64 / 1e9;
    Some(match spans.len() {
        1 if to / SECOND >= life.lasts => {
            format!("The account is blocked from {since} to the end{why}")
        }
        1 => {
            let long = numbers::duration((to - from) as f64 / 1e9);
            format!("The account is blocked from {since} for {long}{why}")
        }
        times => format!(
            "The account is blocked {} times, first from {since}, for {} in all{why}",
            numbers::in_words(times),
            numbers::duration(blocked)
        ),
    })
}

/// Why requests were refused from then on.
fn reason(life: &Life<'_>, from: u64) -> Option<String> {
    let mut moments = life.books.moments.iter();
    let moment = moments.find(|one| one.what == "blocked" && one.at.nanos() == from)?;
    let balance = numbers::booked(moment.balance);
    Some(match moment.says.as_str() {
        says if says.contains("past due") => says.to_owned(),
        says if says.contains("own limit") => format!("{says}, with {balance}"),
        _ => format!("balance {balance} reached"),
    })
}

/// Many purchases in one instant: `Credit is bought 12 times at once, at 00:00: $300`.
fn at_once(life: &Life<'_>) -> Option<String> {
    const MANY: usize = 3;
    let bought = |moment: &&MomentLeaf| matches!(moment.what.as_str(), "bought" | "recharged");
    let purchases: Vec<&MomentLeaf> = life.books.moments.iter().filter(bought).collect();
    let bursts = purchases.chunk_by(|a, b| a.at == b.at);
    let burst = bursts.filter(|burst| burst.len() >= MANY).max_by_key(|burst| burst.len())?;
    let first = burst.first()?;
    let by_itself = if first.what == "recharged" { " by itself" } else { "" };
    Some(format!(
        "Credit is bought{by_itself} {} times at once, at {}: {}",
        numbers::in_words(burst.len()),
        life.when(first.at.nanos()),
        numbers::dollars(burst.iter().filter_map(|moment| moment.amount).sum())
    ))
}

/// Nothing could be bought.
fn declined(books: &AccountLeaf) -> Option<String> {
    let times = match books.declined {
        0 => return None,
        1 => "once".to_owned(),
        many => format!("{} times", numbers::in_words(many as usize)),
    };
    let rest = if books.paid.is_zero() { ", and nothing is bought" } else { "" };
    Some(format!("The card is declined {times}{rest}"))
}

/// `The account climbs from Tier 1 to Tier 4 in 33 d, for $265 paid`.
fn climbs(study: &Study<'_>, life: &Life<'_>) -> Option<String> {
    let last = life.books.moments.iter().rfind(|moment| moment.what == "promoted")?;
    let to = study.title_of(&life.books.tier);
    let from = study.record.header().tier.as_deref().map(|tier| study.title_of(tier))?;
    (from != to).then(|| {
        format!(
            "The account climbs from {from} to {to} by {}, with {} paid",
            life.when(last.at.nanos()),
            numbers::dollars(life.books.paid)
        )
    })
}

/// Nothing stopped it.
fn stays(life: &Life<'_>) -> String {
    let lowest = life.books.lowest;
    let course = life.books.course.iter();
    let when = course.min_by_key(|point| point.balance).map(|point| life.when(point.at.nanos()));
    let when = when.map_or_else(String::new, |when| format!(" ({when})"));
    format!("Nothing stops the account: it holds {} at its lowest{when}", numbers::booked(lowest))
}

/// What came, what went, and what is left, with enough decimals for the sum to come out.
pub(super) fn lead(study: &Study<'_>, life: &Life<'_>) -> String {
    let books = life.books;
    let fees: Money = books.fees_total();
    let told =
        decimals(&[books.opening, books.paid, books.free], &[books.usage, fees], books.balance);
    let amount = |amount: Money| exactly(amount, told);
    let mut came = Vec::new();
    if !books.paid.is_zero() {
        came.push(format!("{} is paid in", amount(books.paid)));
    }
    if !books.free.is_zero() {
        came.push(format!("{} is given", amount(books.free)));
    }
    if !books.usage.is_zero() {
        came.push(format!("requests use {}", amount(books.usage)));
    }
    if !fees.is_zero() {
        came.push(format!("{} goes for what is paid by the minute or once", amount(fees)));
    }
    let came: Vec<&str> = came.iter().map(String::as_str).collect();
    let came =
        if came.is_empty() { "nothing comes or goes".to_owned() } else { numbers::listed(&came) };
    let mut sentences = vec![format!(
        "It begins with {}; {came}; {} is left.",
        amount(books.opening),
        amount(books.balance)
    )];
    if !books.owed.is_zero() {
        sentences.push(format!(
            "{} of the debt stands on invoices, which later credit does not clear.",
            numbers::booked(books.owed)
        ));
    }
    if !books.outstanding.is_zero() {
        sentences.push(format!(
            "{} more was used and not posted yet.",
            numbers::booked(books.outstanding)
        ));
    }
    if !books.uncollected.is_zero() {
        sentences.push(format!(
            "{} of what was used is for lines of files that nobody has back yet.",
            numbers::booked(books.uncollected)
        ));
    }
    if !books.pending.is_zero() {
        sentences
            .push(format!("{} is paid for and not credited yet.", numbers::booked(books.pending)));
    }
    sentences.extend(in_seeds(study));
    sentences.join(" ")
}

/// In how many seeds it was blocked, where there are several.
fn in_seeds(study: &Study<'_>) -> Option<String> {
    let all = study.money_cell()?.account()?;
    let blocked = all.iter().filter(|books| books.first_blocked.is_some()).count();
    (all.len() > 1)
        .then(|| format!("It is blocked in {} of {} seeds.", numbers::in_words(blocked), all.len()))
}

/// The fewest decimals, from two on, with which a sum comes out in print.
fn decimals(came: &[Money], went: &[Money], left: Money) -> usize {
    let comes_out = |decimals: &usize| {
        let cut = |amount: &Money| Money::parse(&format!("{amount:.decimals$}")).unwrap_or(*amount);
        let came: Money = came.iter().map(cut).sum();
        let went: Money = went.iter().map(cut).sum();
        came - went == cut(&left)
    };
    (2..12).find(comes_out).unwrap_or(12)
}

/// An amount with so many decimals: `$1,204.50`.
fn exactly(amount: Money, decimals: usize) -> String {
    if decimals == 2 {
        return numbers::booked(amount);
    }
    format!("{amount:.decimals$}").replace('-', "−")
}

/// Of which cell and seed the picture is.
pub(super) fn whose(study: &Study<'_>) -> Option<String> {
    let seed = study.record.header().recipe.seed;
    let cell = study.money_cell()?;
    let seed = (cell.replications().count() > 1).then(|| format!("seed {seed}"));
    let with = study.focus().map(|(strategy, tier)| {
        if study.strategies.len() > 1 {
            format!("{}, {}", study.quoted(strategy), study.there(tier))
        } else {
            study.there(tier)
        }
    });
    let parts: Vec<String> = with.into_iter().chain(seed).collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// What something costs and what there is for it, in cents unless both would print the same.
pub(super) fn short_of(cost: Money, has: Money) -> (String, String) {
    let (needs, there) = (numbers::booked(cost), numbers::booked(has));
    if needs == there { (numbers::price(cost), numbers::price(has)) } else { (needs, there) }
}
