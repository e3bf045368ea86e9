//! The sentences about cost: what the section finds, and what the verdict says of money.

use money::Money;
use run_record::FeeLeaf;

use super::{Cost, month, table};
use crate::numbers::{self, Share};
use crate::study::Study;

/// A share of a bill from which on waste is worth a sentence.
const TELLING: f64 = 0.05;

/// What the section finds.
pub(super) fn finding(study: &Study<'_>, cost: &Cost) -> String {
    let idle = idle(study);
    if !idle.is_empty() {
        let verb = if idle.len() == 1 { "is" } else { "are" };
        let names: Vec<String> = idle.iter().map(|(name, _)| format!("“{name}”")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let all: Money = idle.iter().map(|(_, amount)| *amount).sum();
        return format!(
            "{} {verb} paid for and called by nobody: {}",
            numbers::listed(&names),
            numbers::dollars(all)
        );
    }
    if study.asks_nothing() {
        let total = numbers::dollars(cost.total());
        let running = cost.fees.iter().any(|fee| fee.minutes.is_some());
        return if running {
            format!("{total} in {}", lasts(study))
        } else {
            format!("{total}, paid once")
        };
    }
    if let Some(places) = super::groups::finding(study) {
        return places;
    }
    if most_wasted(study).is_some() {
        return "Refusals are free; answers that nobody waits for are not".to_owned();
    }
    let Some(each) = cost.per_1000_in_time() else {
        return if cost.total().is_zero() {
            "Nothing is answered, and nothing is charged".to_owned()
        } else {
            format!("{}, and not one job in time for it", numbers::dollars(cost.total()))
        };
    };
    let each = numbers::dollars(each);
    let there =
        study.focus().map_or_else(String::new, |(_, tier)| format!(" {}", study.there(tier)));
    if study.strategies.len() > 1 {
        format!("1,000 jobs in time cost {each}{there}, and hardly anything is wasted")
    } else {
        format!("1,000 jobs in time cost {each}")
    }
}

/// The strategy of the shown tiers that wastes the largest share, from five in a hundred on.
fn most_wasted(study: &Study<'_>) -> Option<(usize, usize, Share)> {
    let tiers = super::bars::tiers(study);
    let cells =
        tiers.iter().flat_map(|tier| (0..study.strategies.len()).map(move |row| (row, *tier)));
    let wasted =
        cells.filter_map(|(row, tier)| Some((row, tier, table::wasted(&study.cost(row, tier)?)?)));
    let telling = wasted.filter(|(.., share)| share.fraction() >= TELLING);
    // The first of equals.
    telling.fold(None, |most: Option<(usize, usize, Share)>, one| match most {
        Some(most) if most.2.fraction() >= one.2.fraction() => Some(most),
        _ => Some(one),
    })
}

/// What stands beneath the finding.
pub(super) fn lead(study: &Study<'_>, cost: &Cost) -> Option<String> {
    let mut sentences = Vec::new();
    if let Some((strategy, tier, share)) = most_wasted(study) {
        sentences.push(format!(
            "A refused attempt costs nothing. An answer after its deadline, or one that nobody waits \
             for any longer, costs its full price: {}, {} spends {} of its bill on them.",
            study.there(tier),
            study.quoted(strategy),
            share.in_sentence(None)
        ));
    }
    if let Some((strategy, tier)) = study.focus()
        && !cost.total().is_zero()
        && !study.asks_nothing()
    {
        sentences.push(format!(
            "{} spends {} in {} {}.",
            study.quoted(strategy),
            numbers::dollars(cost.total()),
            lasts(study),
            study.there(tier)
        ));
    }
    sentences.extend(super::groups::times(study));
    if let Some(nobody) = nobody_prices(study, cost) {
        sentences.push(nobody);
    }
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// What no source gives a price for: it is in no figure, and is not free.
fn nobody_prices(study: &Study<'_>, cost: &Cost) -> Option<String> {
    let groups = &study.record.header().groups;
    let names: Vec<String> = cost
        .unpriced
        .iter()
        .filter_map(|number| groups.get(*number))
        .map(|group| match &group.endpoint {
            Some(endpoint) => format!("the endpoint “{}”", endpoint.name),
            None => format!("“{}” ({})", group.name, group.model),
        })
        .collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    (!names.is_empty()).then(|| {
        format!(
            "What {} costs, no source says: it is in no figure here, and not free.",
            numbers::listed(&names)
        )
    })
}

/// Endpoints and hosted models that cost money while nobody called them, each with what.
pub(crate) fn idle(study: &Study<'_>) -> Vec<(String, Money)> {
    let Some(cell) = study.money_cell() else { return Vec::new() };
    let idle = run_record::idle(study.record.header(), cell);
    idle.into_iter().map(|one| (one.name, one.amount)).collect()
}

/// The warning that stands above everything: money went where nobody asked anything.
pub(crate) fn warning(study: &Study<'_>) -> Option<String> {
    let idle = idle(study);
    let told: Vec<String> = idle
        .iter()
        .map(|(name, amount)| format!("“{name}” costs {}", numbers::dollars(*amount)))
        .collect();
    let told: Vec<&str> = told.iter().map(String::as_str).collect();
    (!told.is_empty())
        .then(|| format!("Spend without requests: {} and nobody calls it.", numbers::listed(&told)))
}

/// The length of the run.
fn lasts(study: &Study<'_>) -> String {
    numbers::duration(study.lasts())
}

/// How the verdict ends where prices are known: `, for $2.80 in 10 min`; with `the same` where the
/// account's own tier costs as much.
pub(crate) fn for_so_much(study: &Study<'_>, (strategy, tier): (usize, usize)) -> String {
    let Some(cost) = study.cost(strategy, tier).filter(|cost| cost.unpriced.is_empty()) else {
        return String::new();
    };
    let told = numbers::dollars(cost.total());
    let same = study.yours.filter(|yours| *yours != tier).is_some_and(|yours| {
        let best = study.best(yours).and_then(|(best, _)| study.cost(best, yours));
        best.is_some_and(|best| numbers::dollars(best.total()) == told)
    });
    let the_same = if same { "the same " } else { "" };
    format!(", for {the_same}{told} in {}", lasts(study))
}

/// What runs by the minute, over a month: ` A month of it is $2,873.` Where it did not run all the
/// time, with for how long it did.
fn a_month(study: &Study<'_>, cost: &Cost, fees: &[&FeeLeaf]) -> String {
    let running: Vec<&FeeLeaf> = fees.iter().copied().filter(|fee| fee.minutes.is_some()).collect();
    let month = numbers::dollars(month::by_the_minute(cost));
    match running.as_slice() {
        [one] => {
            let ran = one.ran().unwrap_or_default() as f64 / cost.runs as f64 * 60.0;
            let (short, whose) = if month::runs_throughout(study, cost, one) {
                (String::new(), "it".to_owned())
            } else {
                let name = month::called(one);
                let ran = numbers::duration(ran);
                (format!(" {name} ran for {ran} of this run."), crate::study::uncapital(&name))
            };
            let whose =
                if fees.len() > 1 { crate::study::uncapital(&month::called(one)) } else { whose };
            format!("{short} A month of {whose} is {month}.")
        }
        _ => format!(" A month of all that runs by the minute is {month}."),
    }
}

/// The verdict on a run that nobody asks anything of: `The endpoint “h100” costs $95.76 in 1 d`,
/// and `, and nobody calls it. A month of it is $2,873.`
pub(crate) fn of_no_jobs(study: &Study<'_>) -> Option<(String, String)> {
    let cost = Cost::of(study.record.header(), study.money_cell()?)?;
    let mut fees: Vec<&FeeLeaf> = cost.fees.iter().filter(|fee| !fee.amount.is_zero()).collect();
    fees.sort_by_key(|fee| std::cmp::Reverse(fee.amount));
    let total = numbers::dollars(cost.total());
    let running = fees.iter().any(|fee| fee.minutes.is_some());
    let during = if running { format!(" in {}", lasts(study)) } else { String::new() };
    let claim = match fees.as_slice() {
        [] => return None,
        [one] => format!("{} costs {total}{during}", month::called(one)),
        all => {
            let parts: Vec<String> = all
                .iter()
                .map(|fee| {
                    let name = crate::study::uncapital(&month::called(fee));
                    format!("{} for {name}", numbers::dollars(cost.each(fee.amount)))
                })
                .collect();
            let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
            format!("This costs {total}{during}: {}", numbers::listed(&parts))
        }
    };
    let mut rest = match (fees.len(), idle(study).as_slice()) {
        (_, []) => ".".to_owned(),
        (1, _) => ", and nobody calls it.".to_owned(),
        (_, idle) => {
            let names: Vec<String> = idle.iter().map(|(name, _)| format!("“{name}”")).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            format!(". Nobody calls {}.", numbers::listed(&names))
        }
    };
    if running {
        rest.push_str(&a_month(study, &cost, &fees));
    }
    Some((claim, rest))
}
