//! The league for people: every strategy on the account's own tier, ranked, and for each other
//! condition who leads there.

use std::fmt::Write as _;

use report::numbers::{self, Share};
use run_record::{Header, RunRecord, Rung, Standing, StandingRow, Summary};

use crate::summary_text::{NO_SAMPLES, WIDTH, finish, on, only_endpoints, plain_table};

/// More strategies than this are read from the league alone.
const MANY: usize = 8;

/// More of them in a line are counted.
const NAMED: usize = 3;

/// Whether a run has more strategies than anybody reads in several tables.
pub(crate) fn is_long(record: &RunRecord) -> bool {
    record.header().strategies.len() > MANY
}

/// The league of a run; nothing for a single seed, load and a handful of strategies, whose table says
/// as much.
pub(crate) fn of(record: &RunRecord, summary: &Summary) -> String {
    let header = record.header();
    let loads = summary.league.iter().any(|standing| !is_whole(standing));
    if header.replications < 2 && !loads && !is_long(record) {
        return String::new();
    }
    let mut text = String::new();
    let account = |standing: &&Standing| {
        is_whole(standing) && standing.assumed.is_empty() && standing.rung == header.tier
    };
    let own = summary.league.iter().find(account).or(summary.league.first());
    if let Some(own) = own {
        text.push_str(&table(record, own));
        text.push_str(&apart(own));
    }
    let others = summary
        .league
        .iter()
        .filter(|standing| own.is_none_or(|own| !std::ptr::eq(own, *standing)))
        .map(|standing| (condition(header, standing), standing));
    let others = without_difference(others.collect());
    if !others.is_empty() {
        text.push_str("  Who leads under other conditions, with jobs in time in %\n");
    }
    let wide = others.iter().map(|(named, _)| named.chars().count()).max().unwrap_or(0);
    for (named, standing) in &others {
        let _ = writeln!(text, "  {named:wide$}  {}", leaders(standing, WIDTH - wide - 4));
    }
    if !others.is_empty() {
        text.push('\n');
    }
    text
}

fn is_whole(standing: &Standing) -> bool {
    (standing.load - 1.0).abs() < 1e-9
}

/// The conditions, one after another of the same that are led by the same crowd as one.
fn without_difference(conditions: Vec<(String, &Standing)>) -> Vec<(String, &Standing)> {
    let mut told: Vec<(String, &Standing)> = Vec::new();
    for (named, standing) in conditions {
        let same = told.last_mut().filter(|(_, last)| {
            crowd(last).is_some() && crowd(last) == crowd(standing) && last.rung == standing.rung
        });
        match (same, named.split_once(", ")) {
            (Some((before, _)), Some((_, rest))) => {
                before.push_str("; ");
                before.push_str(rest);
            }
            _ => told.push((named, standing)),
        }
    }
    told
}

/// What is said of more leaders than anybody names.
fn crowd(standing: &Standing) -> Option<String> {
    let (tied, all) = (standing.leaders().count(), standing.rows.len());
    if tied <= NAMED {
        return None;
    }
    let behind: Vec<&str> =
        standing.rows.iter().filter(|row| row.rank > 1).map(|row| row.strategy.as_str()).collect();
    Some(match behind.as_slice() {
        [] => format!("no difference between all {all}"),
        few if few.len() <= NAMED => {
            format!("no difference between {tied} of {all}; behind: {}", few.join(", "))
        }
        _ => format!("no difference between {tied} of {all}"),
    })
}

/// Every strategy under one condition, the best first.
fn table(record: &RunRecord, standing: &Standing) -> String {
    let header = record.header();
    let rung = rung(header, standing);
    let shared = standing.rows.iter().any(|row| row.fairness.is_some());
    let met = standing.rows.iter().any(|row| row.met_in.is_some());
    let mut table = plain_table();
    let there = match rung {
        _ if only_endpoints(record) => "League on the endpoint".to_owned(),
        Some(rung) => format!("League {}", low(&on(rung))),
        None => "League".to_owned(),
    };
    let mut head = vec![there];
    head.extend(["in time, %\n± 95 %", "behind,\npoints"].map(str::to_owned));
    head.extend(met.then(|| "all\nmet in".to_owned()));
    head.extend(["429s of\nattempts", "attempts\nper job"].map(str::to_owned));
    if shared {
        head.extend(["fair", "herd"].map(str::to_owned));
    }
    table.set_header(head);
    for row in &standing.rows {
        let mark = if row.tied { '=' } else { ' ' };
        let mut cells = vec![format!("{:>2}{mark} {}", row.rank, row.strategy)];
        cells.push(in_time(row));
        cells.push(behind(row));
        if met {
            cells.push(row.met_in.map_or_else(String::new, |[met, of]| format!("{met} of {of}")));
        }
        let refused = row.status_429.and_then(Share::from_fraction);
        cells.push(refused.map_or_else(none, Share::in_table));
        cells.push(row.attempts_per_job.map_or_else(none, |value| format!("{value:.2}")));
        if shared {
            cells.push(row.fairness.map_or_else(none, |index| format!("{index:.2}")));
            cells.push(row.synchronisation.map_or_else(none, |times| format!("{times:.1}")));
        }
        table.add_row(cells);
    }
    finish(table)
}

fn in_time(row: &StandingRow) -> String {
    let share = row.in_time.map_or_else(none, tenths);
    let half = row.in_time.zip(row.in_time_95).map(|(share, [least, most])| {
        // No share is above one or below nothing, so that one side may be cut off.
        (share - least).max(most - share)
    });
    half.map_or_else(|| share.clone(), |half| format!("{share} ± {}", points(half)))
}

fn behind(row: &StandingRow) -> String {
    row.behind.map_or_else(String::new, |behind| match behind.by_95 {
        Some([_, most]) => format!("{} ± {}", points(behind.by), points(most - behind.by)),
        None => points(behind.by),
    })
}

/// A share with a tenth, as all of its column; what is not all is not told as all.
fn tenths(share: f64) -> String {
    if share < 1.0 { points(share.min(0.999)) } else { points(share) }
}

/// A difference of shares, in points.
fn points(difference: f64) -> String {
    format!("{:.1}", difference * 100.0)
}

/// What the ranks are worth.
fn apart(standing: &Standing) -> String {
    let leaders: Vec<&StandingRow> = standing.leaders().collect();
    if standing.seeds < 2 {
        return "  One seed: nobody can say which of these differences are luck. --seeds 20 can.\n\n"
            .to_owned();
    }
    let seeds = format!("{} seeds of the same jobs for all", standing.seeds);
    match leaders.as_slice() {
        [] => String::new(),
        [first] => format!("  {} leads by more than luck: {seeds}.\n\n", first.strategy),
        [_, _] => format!("  The first two cannot be told apart (=): {seeds}.\n\n"),
        [_, others @ ..] => format!(
            "  The {} after the first cannot be told from it (=): {seeds}.\n\n",
            numbers::in_words(others.len())
        ),
    }
}

/// The best under a condition, and who cannot be told from it, in so many columns.
fn leaders(standing: &Standing, wide: usize) -> String {
    let mut leaders = standing.leaders();
    if let (Some(crowd), Some(best)) = (crowd(standing), standing.rows.first()) {
        let text = format!("{:>5}  {crowd}", in_cell(best));
        let short = text.split_once(';').map(|(short, _)| short.to_owned());
        return short.filter(|_| text.chars().count() > wide).unwrap_or(text);
    }
    let Some(first) = leaders.next() else { return none() };
    let rest: Vec<&str> = leaders.map(|row| row.strategy.as_str()).collect();
    tied(format!("{:>5}  {}", in_cell(first), first.strategy), &rest, wide)
}

/// The names of those who are tied, as many as fit.
fn tied(mut text: String, rest: &[&str], wide: usize) -> String {
    for (index, name) in rest.iter().enumerate() {
        let (left, before) = (rest.len() - index, if index == 0 { "; tied: " } else { ", " });
        let more =
            if index == 0 { format!("; tied: {left} more") } else { format!(", {left} more") };
        let longer = text.chars().count() + before.len() + name.chars().count();
        // What follows needs room to be counted.
        let room = if left > 1 { ", 99 more".len() } else { 0 };
        if longer + room > wide {
            text.push_str(&more);
            break;
        }
        text.push_str(before);
        text.push_str(name);
    }
    text
}

fn in_cell(row: &StandingRow) -> String {
    row.in_time.and_then(Share::from_fraction).map_or_else(none, Share::in_cell)
}

/// `Tier 2, 150 % of the traffic, gateway_replicas = 2`.
fn condition(header: &Header, standing: &Standing) -> String {
    let mut words: Vec<String> =
        rung(header, standing).map(|rung| rung.title.clone()).into_iter().collect();
    if !is_whole(standing) {
        words.push(format!("load {} %", (standing.load * 10_000.0).round() / 100.0));
    }
    let assumed = standing.assumed.iter().map(|one| format!("{} = {}", one.assumption, one.to));
    words.extend(assumed);
    words.join(", ")
}

fn rung<'h>(header: &'h Header, standing: &Standing) -> Option<&'h Rung> {
    header.ladder.iter().find(|rung| standing.rung.as_ref() == Some(&rung.tier))
}

/// A heading that goes on: `on Tier 2`.
fn low(heading: &str) -> String {
    let mut letters = heading.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn none() -> String {
    NO_SAMPLES.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_tied_is_named_as_far_as_there_is_room() {
        let of = |wide| tied("100  a".to_owned(), &["one-name", "another", "third"], wide);
        assert_eq!(of(80), "100  a; tied: one-name, another, third");
        assert_eq!(of(37), "100  a; tied: one-name, 2 more");
        assert_eq!(of(20), "100  a; tied: 3 more");
        assert_eq!(tied("100  a".to_owned(), &[], 10), "100  a");
    }

    #[test]
    fn a_share_has_a_tenth_and_is_all_only_where_it_is() {
        assert_eq!([1.0, 0.9999, 0.8704, 0.0].map(tenths), ["100.0", "99.9", "87.0", "0.0"]);
    }

    #[test]
    fn differences_are_points_with_a_tenth() {
        assert_eq!((points(0.0894), points(0.0)), ("8.9".to_owned(), "0.0".to_owned()));
        assert_eq!(low("On Tier 2"), "on Tier 2");
    }
}
