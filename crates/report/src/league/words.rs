//! The league in sentences: who leads, how sure that is, who leads elsewhere, and where it does not
//! matter.

use super::{Condition, League, Line};
use crate::numbers::{self, Share, THIN};

/// Behind by less, two strategies come to the same for any purpose.
const LITTLE: f64 = 0.005;
/// Behind by more, a strategy loses there.
const MUCH: f64 = 0.05;
/// Sentences of one kind; more would be a table, and there is one.
pub(super) const FEW: usize = 3;

/// A part of the traffic: `150 %`.
pub(super) fn percent(load: f64) -> String {
    format!("{}{THIN}%", (load * 100_000.0).round() / 1_000.0)
}

/// A share of jobs, as sentences write it.
pub(super) fn share(fraction: f64) -> String {
    Share::from_fraction(fraction).map_or_else(|| "none".to_owned(), |one| one.in_sentence(None))
}

/// `70.9 to 71.5 %`.
pub(super) fn between((low, high): (f64, f64)) -> String {
    let end = |value: f64| {
        let share = Share::from_fraction(value.clamp(0.0, 1.0));
        share.map_or_else(String::new, Share::in_table)
    };
    let (low, high) = (end(low), end(high));
    if low == high {
        return high;
    }
    format!("{} to {high}", low.trim_end_matches('%').trim_end_matches(THIN))
}

/// `1.8 to 2.4 points`.
fn apart((low, high): (f64, f64)) -> String {
    format!("{} to {}{THIN}points", tenths(low), tenths(high))
}

/// A difference of shares in points, without the word: `1.8`.
pub(super) fn tenths(difference: f64) -> String {
    let points = numbers::points(difference);
    let number = points.trim_end_matches("points").trim_end_matches(THIN);
    match number {
        // What rounds to nothing from below is nothing.
        "<0.1" if difference < 0.0 => "0".to_owned(),
        number if difference < 0.0 => format!("−{number}"),
        number => number.to_owned(),
    }
}

/// The one that leads at home, in a heading.
pub(super) fn finding(league: &League<'_>) -> String {
    let Some(home) = league.home() else { return "Nothing was compared".to_owned() };
    let there = league.study.there(home.tier);
    let leaders: Vec<&Line> = home.leaders().collect();
    let sure = home.lines.iter().any(|line| line.interval.is_some());
    let next = home.lines.iter().find(|line| line.rank > 1);
    match (leaders.as_slice(), next) {
        ([], _) => "Nothing was compared".to_owned(),
        (all, None) if all.len() > 1 => {
            format!("Nothing tells {} strategies apart {there}", numbers::in_words(all.len()))
        }
        ([one], _) if !sure => {
            format!(
                "{} answers most in time {there}, but one seed proves little",
                league.name(one.row)
            )
        }
        ([one], Some(next)) => format!(
            "{} leads {there}: {} more in time than the next",
            league.name(one.row),
            numbers::points(next.behind)
        ),
        ([one], None) => format!("{} stands alone {there}", league.name(one.row)),
        (few, _) if few.len() <= FEW => {
            format!("{} lead {there}, {}", names(league, few), alike(league, few))
        }
        (many, _) => format!(
            "{} strategies lead {there}, {}",
            crate::study::capital(&numbers::in_words(many.len())),
            alike(league, many)
        ),
    }
}

/// Why several lead: they do the same in print, or the seeds are too few to tell.
fn alike(league: &League<'_>, leaders: &[&Line]) -> String {
    let mut shares = leaders.iter().map(|line| share(line.in_time));
    let first = shares.next();
    if shares.all(|share| Some(share) == first) {
        return "and nothing tells them apart".to_owned();
    }
    let seeds = league.study.replications();
    format!("too close for {seeds} seeds to tell apart")
}

/// What the load does to the only strategy, in a heading: `“x” on Tier 2: 100 % in time at 50 %, 58 %
/// at 150 %`.
pub(super) fn alone(league: &League<'_>) -> String {
    let Some(home) = league.home() else { return "Nothing was compared".to_owned() };
    let here = || league.conditions.iter().filter(|one| one.tier == home.tier);
    let said = |one: &Condition, words: &str| {
        let in_time = one.lines.first().map_or(0.0, |line| line.in_time);
        format!("{}{words} at {}", share(in_time), one.percent())
    };
    let (Some(least), Some(most)) = (here().next(), here().next_back()) else {
        return String::new();
    };
    format!(
        "{} {}: {}, {}",
        league.name(0),
        league.study.there(home.tier),
        said(least, " in time"),
        said(most, "")
    )
}

/// How sure the answer is, and how far it reaches.
pub(super) fn lead(league: &League<'_>) -> String {
    let Some(home) = league.home() else { return String::new() };
    let leaders: Vec<&Line> = home.leaders().collect();
    let mut said: Vec<String> = Vec::new();
    if let [first, ..] = leaders.as_slice() {
        if leaders.len() > FEW && !home.is_even() {
            said.push(format!("They are {}.", names(league, &leaders)));
        }
        said.push(how_sure(league, first, leaders.len()));
        let next = home.lines.iter().find(|line| line.rank > 1);
        said.extend(next.map(|next| {
            let between = next.between.map_or_else(String::new, |one| format!(" ({})", apart(one)));
            let behind = numbers::points(next.behind);
            format!("The next is {}, {behind} behind{between}.", league.name(next.row))
        }));
        said.extend(shipped(league, home));
        if leaders.len() == 1 {
            said.extend(reach(league, first.row));
        } else if !home.is_even() {
            said.extend(breaks(league, &leaders));
        }
    }
    said.extend(steady(league));
    said.join(" ")
}

/// `It answers 71 % in time (95 % interval 70.9 to 71.5 %, 20 seeds) and meets everything in 19 of 20.`
fn how_sure(league: &League<'_>, first: &Line, leaders: usize) -> String {
    let seeds = league.study.replications();
    let who = match leaders {
        1 => "It answers".to_owned(),
        _ => format!("{} answers", league.name(first.row)),
    };
    let sure = match first.interval {
        Some(interval) => {
            format!(" (95{THIN}% interval {} over {seeds} seeds)", between(interval))
        }
        None => String::new(),
    };
    let met = match first.met {
        Some((0, of)) if of > 1 => ", and in no seed meets all that was asked".to_owned(),
        Some((met, of)) if of > 1 => {
            format!(", and meets all that was asked in {met} of {of} seeds")
        }
        Some(_) | None => String::new(),
    };
    let unsure = match first.interval {
        None => " With one seed nobody can say how much of a difference is chance: run several.",
        Some(_) => "",
    };
    format!("{who} {} of jobs in time{sure}{met}.{unsure}", share(first.in_time))
}

/// Where the strategy that is meant to ship stands, unless it leads.
fn shipped(league: &League<'_>, home: &Condition) -> Option<String> {
    let line = home.line(league.study.ship?).filter(|line| line.rank > 1)?;
    let between = line.between.map_or_else(String::new, |one| format!(" ({})", apart(one)));
    Some(format!(
        "{}, which is meant to ship, comes {} of {}, {} behind the leader{between}.",
        league.name(line.row),
        place(line.rank),
        home.lines.len(),
        numbers::points(line.behind)
    ))
}

/// How far a leader at home leads elsewhere.
fn reach(league: &League<'_>, row: usize) -> Option<String> {
    let (led, of) = led(league, row);
    if of < 2 {
        return None;
    }
    let (condition, worst) = league.worst(row)?;
    let elsewhere = match condition.leaders().next() {
        Some(first) if worst.behind >= LITTLE => format!(
            "; it loses most {}, where it is {} behind {}",
            league.there(condition),
            numbers::points(worst.behind),
            league.name(first.row)
        ),
        Some(_) | None => ", and is nowhere half a point behind".to_owned(),
    };
    Some(format!("Of {of} conditions it leads or ties in {led}{elsewhere}."))
}

/// Which of several leaders loses least elsewhere.
fn breaks(league: &League<'_>, leaders: &[&Line]) -> Option<String> {
    let regret = |line: &&&Line| league.worst(line.row).map_or(1.0, |(_, worst)| worst.behind);
    let least = &leaders.iter().min_by(|a, b| regret(a).total_cmp(&regret(b)))?;
    // Where all of them lose as little, it does not matter.
    let differs = leaders.iter().any(|line| regret(&line) - regret(least) >= LITTLE);
    let (condition, worst) = league.worst(least.row).filter(|_| differs)?;
    let at_worst = match worst.behind {
        behind if behind < LITTLE => "nowhere half a point".to_owned(),
        behind => format!("at worst {}, {}", numbers::points(behind), league.there(condition)),
    };
    Some(format!("Of them, {} loses least elsewhere: {at_worst}.", league.name(least.row)))
}

/// Who loses least where the load or the tier is not known, unless that is who leads at home.
fn steady(league: &League<'_>) -> Option<String> {
    if league.conditions.len() < 2 {
        return None;
    }
    let home = league.home()?;
    let complete = |row: &usize| league.of_row(*row).count() == league.conditions.len();
    let regret = |row: usize| league.worst(row).map_or(1.0, |(_, line)| line.behind);
    let rows = league.order.iter().copied().filter(complete);
    let least = rows.min_by(|a, b| regret(*a).total_cmp(&regret(*b)))?;
    let leads = home.leaders().map(|line| regret(line.row)).fold(1.0, f64::min);
    if leads - regret(least) < 0.01 {
        return None;
    }
    let (condition, worst) = league.worst(least)?;
    let at_worst = if worst.behind < LITTLE {
        "nowhere half a point behind the leader".to_owned()
    } else {
        format!(
            "nowhere more than {} behind the leader (there: {})",
            numbers::points(worst.behind),
            name(league, condition)
        )
    };
    Some(format!(
        "Whoever does not know the load or the tier is best off with {}: it is {at_worst}.",
        league.name(least)
    ))
}

/// Who leads in one place and loses in another; where nobody differs; what other readings say.
pub(super) fn asides(league: &League<'_>) -> Vec<String> {
    let mut said = losers(league);
    let even: Vec<&Condition> = league.conditions.iter().filter(|one| one.is_even()).collect();
    if !even.is_empty() && even.len() < league.conditions.len() {
        said.push(format!(
            "Under {} of {} conditions nobody differs, whichever ships: {}.",
            even.len(),
            league.conditions.len(),
            conditions(league, &even)
        ));
    } else if even.len() > 1 {
        said.push("Under none of these conditions does anybody differ.".to_owned());
    }
    said.extend(league.others.iter().filter_map(|(under, condition)| {
        let leaders: Vec<&Line> = condition.leaders().collect();
        if condition.is_even() {
            return Some(format!("Under {under}, nobody differs {}.", league.there(condition)));
        }
        let verb = if leaders.len() == 1 { "leads" } else { "lead" };
        let (first, who) = (leaders.first()?, names(league, &leaders));
        Some(format!(
            "Under {under}, {who} {verb} {}, with {} in time.",
            league.there(condition),
            share(first.in_time)
        ))
    }));
    said
}

/// `“x” leads on Tier 4 at 50 %, yet on Tier 1 at 150 % it is 40 points behind “y”.`
fn losers(league: &League<'_>) -> Vec<String> {
    let mut found: Vec<(f64, String)> = Vec::new();
    // Of the only leader at home this is told before.
    let home: Vec<usize> =
        league.home().map_or_else(Vec::new, |home| home.leaders().map(|line| line.row).collect());
    for row in league.order.iter().filter(|row| home != [**row]) {
        let won = league.of_row(*row).find(|(at, line)| line.rank == 1 && at.is_won());
        let (Some((won, line)), Some((lost, worst))) = (won, league.worst(*row)) else { continue };
        let Some(leader) = lost.leaders().next().filter(|_| worst.behind >= MUCH) else { continue };
        found.push((
            worst.behind,
            format!(
                "{} {} {}, yet {} it is {} behind {}.",
                league.name(*row),
                if line.tied { "is among the leaders" } else { "leads" },
                league.there(won),
                league.there(lost),
                numbers::points(worst.behind),
                league.name(leader.row)
            ),
        ));
    }
    found.sort_by(|a, b| b.0.total_cmp(&a.0));
    found.into_iter().take(FEW).map(|(_, said)| said).collect()
}

/// Under how many conditions a row leads or ties, and of how many.
pub(super) fn led(league: &League<'_>, row: usize) -> (usize, usize) {
    let led = league.of_row(row).filter(|(_, line)| line.rank == 1).count();
    (led, league.of_row(row).count())
}

/// A condition as a name: `Tier 2 at 150 %`.
pub(super) fn name(league: &League<'_>, condition: &Condition) -> String {
    let column = league.study.column(condition.tier);
    match (league.loads().len(), league.tiers().len()) {
        (0 | 1, _) => column.to_owned(),
        (_, 0 | 1) => condition.percent(),
        _ => format!("{column} at {}", condition.percent()),
    }
}

/// Several of them: `Tier 4 at 50 % and 100 %; Tier 5 at every load`.
pub(super) fn conditions(league: &League<'_>, all: &[&Condition]) -> String {
    let loads = league.loads().len();
    let tiers = league.tiers();
    let percents = |of: &[&Condition]| {
        let texts: Vec<String> = of.iter().map(|one| one.percent()).collect();
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        numbers::listed(&texts)
    };
    let mut parts: Vec<String> = Vec::new();
    let mut whole: Vec<&str> = Vec::new();
    for tier in &tiers {
        let here: Vec<&Condition> = all.iter().copied().filter(|one| one.tier == *tier).collect();
        let column = league.study.column(*tier);
        match here.len() {
            0 => {}
            _ if tiers.len() == 1 => parts.push(percents(&here)),
            count if count == loads => whole.push(column),
            _ => parts.push(format!("{column} at {}", percents(&here))),
        }
    }
    if !whole.is_empty() {
        let every = if loads > 1 { " at every load" } else { "" };
        parts.push(format!("{}{every}", numbers::listed(&whole)));
    }
    parts.join("; ")
}

/// Names in quotes, one after another; of many, the first few and how many more.
pub(super) fn names(league: &League<'_>, lines: &[&Line]) -> String {
    const MANY: usize = 8;
    let mut names: Vec<String> =
        lines.iter().take(MANY).map(|line| league.name(line.row)).collect();
    if lines.len() > MANY {
        names.push(format!("{} more", lines.len() - MANY));
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    numbers::listed(&names)
}

/// `2nd`.
fn place(rank: u32) -> String {
    let suffix = match (rank % 10, rank % 100) {
        (1, rest) if rest != 11 => "st",
        (2, rest) if rest != 12 => "nd",
        (3, rest) if rest != 13 => "rd",
        _ => "th",
    };
    format!("{rank}{suffix}")
}
