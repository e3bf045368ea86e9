//! The sentence: one for each way in which a run can come out.

use std::fmt::Write as _;

use run_record::{Expectation, Figure, Judged, Verdict};

use super::{Span, Tone, plain, toned, unjudged};
use crate::account::refused;
use crate::cost::words;
use crate::goal;
use crate::numbers;
use crate::study::{Outcome, Standing, Study, Trouble};

pub(super) fn of(study: &Study<'_>) -> Vec<Span> {
    if study.cut_short() {
        return stopped(study);
    }
    if study.offered().is_none_or(|(offered, _)| offered == 0) {
        let refused = refused_work(study);
        if !refused.is_empty() {
            return refused;
        }
        if let Some((claim, rest)) = words::of_no_jobs(study) {
            let idle = !words::idle(study).is_empty();
            let tone = if idle { Tone::Bad } else { Tone::Plain };
            return vec![toned(tone, claim), plain(rest)];
        }
        let lasts = numbers::duration(study.lasts());
        return vec![
            toned(Tone::Fair, "Nothing was sent"),
            plain(format!(": no job fell due in {lasts}.")),
        ];
    }
    if study.expectations().is_empty() {
        return unasked(study);
    }
    let Some(yours) = study.yours else { return not_run(study) };
    match study.record.judge().verdict {
        Some(Verdict::Met) => met(study, yours),
        Some(Verdict::Unjudged) => unjudged::sentence(study, yours),
        Some(Verdict::Missed) | None => missed(study, yours),
    }
}

/// What was to be paid for without jobs, and could not be.
fn refused_work(study: &Study<'_>) -> Vec<Span> {
    let mut all = refused::refused(study).into_iter();
    let Some(first) = all.next() else { return Vec::new() };
    let mut rest = format!(": {}.", first.because);
    for one in all {
        // Writing to a String cannot fail.
        let _ = write!(rest, " {}: {}.", one.claim, one.because);
    }
    rest.push_str(" No figure here includes what that would cost.");
    if let Some((claim, more)) = words::of_no_jobs(study) {
        let _ = write!(rest, " {claim}{more}");
    }
    vec![toned(Tone::Bad, first.claim), plain(rest)]
}

/// What is there, what is not, and a miss that nothing missing could mend.
fn stopped(study: &Study<'_>) -> Vec<Span> {
    let complete = study.completeness();
    let missing = study.not_run();
    let missing = match missing.as_slice() {
        [] => String::new(),
        [tier] => format!("; {tier} was not run"),
        tiers => format!("; {} were not run", numbers::listed(tiers)),
    };
    let judged = match study.record.judge().verdict {
        None => "",
        Some(Verdict::Missed) => "missed already, ",
        Some(Verdict::Met | Verdict::Unjudged) => "not judged, ",
    };
    let claim = toned(Tone::Fair, "Stopped before the end");
    let mut sentence = vec![claim, plain(format!(": {judged}{complete}{missing}."))];
    if let Some(yours) = study.yours
        && study.record.judge().verdict == Some(Verdict::Missed)
    {
        sentence.push(plain(" "));
        sentence.extend(missed(study, yours));
    }
    sentence
}

fn unasked(study: &Study<'_>) -> Vec<Span> {
    let mut sentence = vec![plain("Nothing was asked of this run. ")];
    let Some((strategy, tier)) = study.focus() else { return sentence };
    let Some(outcome) = study.outcome(strategy, tier) else { return sentence };
    let (on, name) = (study.on(tier), study.quoted(strategy));
    let compared = study.ship.is_none() && study.strategies.len() > 1;
    let refused = ends(study, outcome, Verb::Are);
    let jobs = outcome.total.jobs;
    sentence.push(plain(if compared && jobs.answered == 0 {
        format!("{on}, no strategy answers a job{}.", always(&name, outcome))
    } else if compared && jobs.in_time == 0 {
        let late = outcome.answered().map_or_else(String::new, |share| share.in_sentence(None));
        format!(
            "{on}, no strategy answers a job in time; {name} answers most, {late} of jobs too late; \
             {refused}."
        )
    } else {
        let most = if compared { "most, " } else { "" };
        let in_time = in_time(study, outcome);
        let cost = words::for_so_much(study, (strategy, tier));
        format!("{on}, {name} answers {most}{in_time} of jobs in time; {refused}{cost}.")
    }));
    sentence
}

/// The one status that a strategy was ever answered with, if it was but one.
fn always(name: &str, outcome: &Outcome) -> String {
    let attempts = &outcome.total.attempts;
    let mut statuses = attempts.by_status.iter().filter(|(_, count)| **count > 0);
    match (statuses.next(), statuses.next()) {
        (Some((status @ 100.., count)), None) if *count == attempts.sent => {
            format!(": every attempt of {name} is answered {status}")
        }
        _ => String::new(),
    }
}

fn not_run(study: &Study<'_>) -> Vec<Span> {
    let mut sentence = vec![
        toned(Tone::Fair, "Not judged"),
        plain(format!(": the account’s own {}, {}, was not run.", study.rung(), study.account())),
    ];
    if let Some(enough) = study.enough {
        sentence.push(plain(" "));
        sentence.extend(does(study, enough, "meets everything"));
    }
    sentence
}

fn met(study: &Study<'_>, tier: usize) -> Vec<Span> {
    let chosen = study.ship.or_else(|| study.best(tier).map(|(strategy, _)| strategy));
    let Some((strategy, outcome)) =
        chosen.and_then(|strategy| Some((strategy, study.outcome(strategy, tier)?)))
    else {
        return unjudged::sentence(study, tier);
    };
    let (answers, refusals) = (answers(study, outcome, " of jobs"), refusals(study, outcome));
    let cost = words::for_so_much(study, (strategy, tier));
    let any = study.any_will_do(tier);
    let name = if any { "any strategy".to_owned() } else { study.quoted(strategy) };
    if outcome.standing == Standing::OnAverage {
        let (met, of) = outcome.met_in;
        return vec![
            toned(Tone::Fair, format!("{} on average, not in every seed", study.carries(tier))),
            plain(format!(
                ": {name} keeps to everything in {met} of {of}, with {answers} and {refusals}{cost}."
            )),
        ];
    }
    vec![
        toned(Tone::Good, study.carries(tier)),
        plain(format!(
            " with {name}: {answers}, {refusals}{cost}.{}",
            if any { String::new() } else { how_many(study, tier, ".") }
        )),
    ]
}

fn missed(study: &Study<'_>, yours: usize) -> Vec<Span> {
    if let Some(one) = study.deciding.filter(|one| one.by_name)
        && let Some(strategy) = one.strategy
        && let Some(outcome) = study.outcome(strategy, yours)
    {
        return missed_by_name(study, yours, (strategy, outcome), one.expectation);
    }
    let best = study.best(yours);
    if let Some(ship) = study.ship.filter(|_| study.cut_short())
        && let Some(shipped) = study.outcome(ship, yours)
    {
        // What the others would have done is not known.
        let ship = study.quoted(ship);
        let claim = format!("{} with {ship}", study.does_not_carry(yours));
        return vec![toned(Tone::Bad, claim), plain(format!("{}.", why(study, shipped)))];
    }
    if let (Some(ship), Some((best, outcome))) = (study.ship, best)
        && best != ship
        && outcome.standing <= Standing::Unjudged
        && let Some(shipped) = study.outcome(ship, yours)
    {
        return met_by_some(study, yours, (ship, shipped), (best, outcome));
    }
    match study.enough {
        Some(enough) => another_tier(study, yours, enough),
        None => no_tier(study, yours),
    }
}

/// One strategy misses what is asked of it by name, whatever the others do.
fn missed_by_name(
    study: &Study<'_>,
    tier: usize,
    (strategy, outcome): (usize, &Outcome),
    expectation: usize,
) -> Vec<Span> {
    let asked = study.expectations().get(expectation);
    let judged = outcome.judged.iter().find(|one| one.expectation == expectation);
    let miss = asked.zip(judged).map_or_else(String::new, |(asked, one)| miss(asked, one));
    let name = study.quoted(strategy);
    let claim = format!("{}, {name} misses what is asked of it by name", study.on(tier));
    let mut sentence = vec![toned(Tone::Bad, claim), plain(format!(": {miss}."))];
    let meets = |one: &usize| {
        study.outcome(*one, tier).is_some_and(|one| one.standing <= Standing::OnAverage)
    };
    let best = study.best(tier).map(|(best, _)| best);
    if let Some(ship) = study.ship.filter(meets) {
        let ship = study.quoted(ship);
        sentence.push(plain(format!(" {ship}, which is to ship, meets everything.")));
    } else if let Some(best) = best.filter(meets) {
        sentence.push(plain(format!(" {} meets everything.", study.quoted(best))));
    }
    sentence
}

/// The strategy that is to ship misses something, another one does not.
fn met_by_some(
    study: &Study<'_>,
    tier: usize,
    (ship, shipped): (usize, &Outcome),
    (best, outcome): (usize, &Outcome),
) -> Vec<Span> {
    let why = why(study, shipped);
    let (ship, best) = (study.quoted(ship), study.quoted(best));
    if outcome.standing == Standing::Unjudged {
        let claim = format!("{} with {ship}", study.does_not_carry(tier));
        return vec![
            toned(Tone::Bad, claim),
            plain(format!("{why}. {best} misses nothing that could be judged.")),
        ];
    }
    vec![
        toned(Tone::Bad, format!("{}, but not with {ship}", study.is_enough(tier))),
        plain(format!("{why}.{}", how_many(study, tier, &format!("; {best} is best.")))),
    ]
}

/// `: it is refused 9 % of the time`.
fn why(study: &Study<'_>, outcome: &Outcome) -> String {
    let Some((asked, judged)) = outcome.missed(study.expectations()) else { return String::new() };
    if asked.figure == Figure::Status429 && asked.group.is_none() {
        format!(": it is refused {} of the time", refused(study, outcome))
    } else if says_in_time(asked) {
        format!(": it answers {} of jobs in time", in_time(study, outcome))
    } else {
        format!(": it misses {}", miss(asked, judged))
    }
}

fn another_tier(study: &Study<'_>, yours: usize, enough: usize) -> Vec<Span> {
    let mut sentence = nothing_here(study, yours);
    sentence.extend(does(study, enough, "does"));
    sentence
}

/// `On Tier 2, nothing carries this traffic: the best of 8 strategies answers 42 % of jobs in
/// time. `
fn nothing_here(study: &Study<'_>, yours: usize) -> Vec<Span> {
    let claim = format!("{}, nothing carries this traffic", study.on(yours));
    let best = study.best(yours).map_or_else(String::new, |(strategy, outcome)| {
        let (_, of) = study.meeting(yours);
        let who =
            if of > 1 { format!("the best of {of} strategies") } else { study.quoted(strategy) };
        let but = match outcome.missed(study.expectations()) {
            Some((asked, judged)) if !says_in_time(asked) => {
                format!(", but misses {}", miss(asked, judged))
            }
            Some(_) | None => String::new(),
        };
        format!(": {who} answers {} of jobs in time{but}", in_time(study, outcome))
    });
    vec![toned(Tone::Bad, claim), plain(format!("{best}. "))]
}

fn no_tier(study: &Study<'_>, yours: usize) -> Vec<Span> {
    let open = (0..study.tiers.len())
        .find(|tier| study.best(*tier).is_some_and(|(_, one)| one.standing == Standing::Unjudged));
    if open.is_some() || !study.not_run().is_empty() {
        let mut sentence = nothing_here(study, yours);
        sentence.extend(open.map(|tier| unjudged::elsewhere(study, tier)).into_iter().flatten());
        return sentence;
    }
    if study.is_lost_at_endpoints() {
        return lost_at_endpoints(study);
    }
    let alone = study.tiers.len() == 1;
    let claim = if alone {
        format!("{}.", study.does_not_carry(0))
    } else {
        study.none_carries().to_owned()
    };
    let mut sentence = vec![toned(Tone::Bad, claim)];
    if let Some((strategy, tier, outcome)) = study.closest() {
        let name = study.quoted(strategy);
        let closest = if alone {
            format!("{name} comes closest")
        } else {
            study.with(tier, &name, "comes closest")
        };
        let miss = outcome.missed(study.expectations()).map_or_else(String::new, |missed| {
            let (asked, judged) = missed;
            if says_in_time(asked) {
                format!(", not {}", goal::value(asked))
            } else {
                format!("; it misses {}", self::miss(asked, judged))
            }
        });
        let share = in_time(study, outcome);
        sentence.push(plain(format!(" {closest}: {share} of jobs in time{miss}.")));
    }
    sentence
}

/// No tier changes an endpoint, so the ladder is not to blame.
fn lost_at_endpoints(study: &Study<'_>) -> Vec<Span> {
    let endpoints = study.endpoints();
    let claim = format!("No {} carries this traffic: none changes {endpoints}.", study.rung());
    let mut sentence = vec![toned(Tone::Bad, claim)];
    let closest = study.closest().and_then(|(strategy, tier, _)| {
        let goal = study.goal_in_time();
        let apart = study.apart(strategy, tier)?;
        let own = apart.own.in_time()?.in_sentence(goal);
        let shared = apart.shared.in_time()?.in_sentence(goal);
        let with = study.with(tier, &study.quoted(strategy), "comes closest");
        Some(format!(" {with}: {own} of the endpoint’s jobs in time, {shared} of all others."))
    });
    sentence.extend(closest.map(plain));
    sentence
}

/// Whether the share of a cell's jobs in time is the very figure that was asked for.
fn says_in_time(asked: &Expectation) -> bool {
    goal::is_about_time(asked) && asked.group.is_none()
}

/// `Tier 4 with “x” does: 99.9 % in time, 0.1 % of attempts refused.`
fn does(study: &Study<'_>, tier: usize, verb: &str) -> Vec<Span> {
    let Some((strategy, outcome)) = study.best(tier) else { return Vec::new() };
    let any = study.any_will_do(tier);
    let name = if any { "any strategy".to_owned() } else { study.quoted(strategy) };
    let average = if outcome.standing == Standing::OnAverage { " on average" } else { "" };
    vec![
        toned(Tone::Good, format!("{}{average}", study.with(tier, &name, verb))),
        plain(format!(
            ": {}, {}{}.",
            answers(study, outcome, ""),
            refusals(study, outcome),
            words::for_so_much(study, (strategy, tier))
        )),
    ]
}

/// ` 2 of 8 strategies meet everything` and an end; nothing where one strategy was tested.
fn how_many(study: &Study<'_>, tier: usize, end: &str) -> String {
    match study.meeting(tier) {
        (_, 0 | 1) => String::new(),
        (1, of) => format!(" 1 of {of} strategies meets everything{end}"),
        (meet, of) => format!(" {meet} of {of} strategies meet everything{end}"),
    }
}

/// `wait p95, 4.1 s against 3 s`; `attempts per job, 1.00, not below 1` where the direction is not
/// the usual one or the goal itself is too much.
fn miss(asked: &Expectation, judged: &Judged) -> String {
    let (what, measured) = (goal::phrase(asked), goal::measured(asked, judged));
    if goal::goes_without_saying(asked) {
        format!("{what}, {measured} against {}", goal::value(asked))
    } else {
        format!("{what}, {measured}, not {}", goal::bound(asked))
    }
}

/// `99.9 % of jobs in time`; where nothing was asked about that, answers at all stand first.
pub(super) fn answers(study: &Study<'_>, outcome: &Outcome, of_jobs: &str) -> String {
    let in_time = in_time(study, outcome);
    let jobs = outcome.total.jobs;
    let some = |figure| study.expectations().iter().any(|asked| asked.figure == figure);
    let at_all = some(Figure::Answered) || jobs.answered != jobs.in_time;
    match outcome.answered().filter(|_| at_all && !some(Figure::AnsweredInTime)) {
        Some(share) => {
            let answered = share.in_sentence(study.goal_answered());
            let late = if jobs.answered == jobs.in_time {
                String::new()
            } else {
                format!(", {in_time} in time")
            };
            format!("{answered}{of_jobs} answered{late}")
        }
        None => format!("{in_time}{of_jobs} in time"),
    }
}

/// `0.1 % of attempts refused`; with `, 12 % failed` and what else became of many.
pub(super) fn refusals(study: &Study<'_>, outcome: &Outcome) -> String {
    ends(study, outcome, Verb::None)
}

/// Whether a list of ends has a verb of its own.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Verb {
    None,
    Are,
}

/// The share of attempts that met a 429, then the shares that met something else; where none met a
/// 429 and many met something else, that alone.
fn ends(study: &Study<'_>, outcome: &Outcome, verb: Verb) -> String {
    let (are, failed) = match verb {
        Verb::None => ("", "failed"),
        Verb::Are => ("are ", "fail"),
    };
    let Some(share) = outcome.refused() else {
        return format!("no attempt {}sent", if verb == Verb::Are { "was " } else { "" });
    };
    let others = Trouble::ALL.into_iter().filter_map(|trouble| {
        let share = outcome.share_of(trouble).filter(|share| share.is_telling())?;
        let what = match trouble {
            Trouble::Failed => failed.to_owned(),
            Trouble::Barred | Trouble::Unpaid | Trouble::Invalid => {
                format!("{are}answered {}", outcome.statuses(trouble))
            }
        };
        Some((share.in_sentence(None), what))
    });
    let mut ends: Vec<(String, String)> = others.collect();
    if ends.is_empty() || share.fraction() > 0.0 {
        ends.insert(0, (refused(study, outcome), format!("{are}refused")));
    }
    let said = ends.iter().enumerate().map(|(at, (share, what))| {
        let of = if at == 0 { " of attempts" } else { "" };
        format!("{share}{of} {what}")
    });
    said.collect::<Vec<String>>().join(", ")
}

fn in_time(study: &Study<'_>, outcome: &Outcome) -> String {
    let goal = study.goal_in_time();
    outcome.in_time().map_or_else(|| "none".to_owned(), |share| share.in_sentence(goal))
}

fn refused(study: &Study<'_>, outcome: &Outcome) -> String {
    let goal = study.goal_429().map(goal::number);
    outcome.refused().map_or_else(|| "none".to_owned(), |share| share.in_sentence(goal))
}
