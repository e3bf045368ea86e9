//! The sentence: one for each way in which a run can come out.

use run_record::{Expectation, Figure, Judged, Verdict};

use super::{Span, Tone, plain, toned};
use crate::goal;
use crate::numbers;
use crate::study::{Outcome, Standing, Study};

pub(super) fn of(study: &Study<'_>) -> Vec<Span> {
    if study.offered().is_none_or(|(offered, _)| offered == 0) {
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
        Some(Verdict::Unjudged) => unjudged(study, yours),
        Some(Verdict::Missed) | None => missed(study, yours),
    }
}

fn unasked(study: &Study<'_>) -> Vec<Span> {
    let mut sentence = vec![plain("Nothing was asked of this run. ")];
    if let Some((strategy, tier)) = study.focus()
        && let Some(outcome) = study.outcome(strategy, tier)
    {
        let most = if study.ship.is_none() && study.strategies.len() > 1 { "most, " } else { "" };
        sentence.push(plain(format!(
            "On {}, {} answers {most}{} of jobs in time; {} of attempts are refused.",
            study.tiers.get(tier).map_or("", |tier| &tier.title),
            study.quoted(strategy),
            in_time(study, outcome),
            refused(study, outcome)
        )));
    }
    sentence
}

fn not_run(study: &Study<'_>) -> Vec<Span> {
    let tier = study.record.header().tier.as_deref().unwrap_or("the account");
    let mut sentence = vec![
        toned(Tone::Fair, "Not judged"),
        plain(format!(": the account's own tier, {tier}, was not run.")),
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
        return unjudged(study, tier);
    };
    let title = study.title(tier);
    let (in_time, refused) = (in_time(study, outcome), refused(study, outcome));
    let any = study.any_will_do(tier);
    let name = if any { "any strategy".to_owned() } else { study.quoted(strategy) };
    if outcome.standing == Standing::OnAverage {
        let (met, of) = outcome.met_in;
        return vec![
            toned(
                Tone::Fair,
                format!("{title} carries this traffic on average, not in every seed"),
            ),
            plain(format!(
                ": {name} keeps to everything in {met} of {of}, with {in_time} of jobs in time and \
                 {refused} of attempts refused."
            )),
        ];
    }
    vec![
        toned(Tone::Good, format!("{title} carries this traffic")),
        plain(format!(
            " with {name}: {in_time} of jobs in time, {refused} of attempts refused.{}",
            if any { String::new() } else { how_many(study, tier, ".") }
        )),
    ]
}

fn missed(study: &Study<'_>, yours: usize) -> Vec<Span> {
    if let Some((best, outcome)) = study.best(yours)
        && outcome.standing <= Standing::OnAverage
    {
        return met_by_some(study, yours, best);
    }
    match study.enough {
        Some(enough) => another_tier(study, yours, enough),
        None => no_tier(study),
    }
}

fn met_by_some(study: &Study<'_>, tier: usize, best: usize) -> Vec<Span> {
    // What was asked of one strategy by name can fail although another one meets everything.
    let blamed = study.ship.or_else(|| {
        (0..study.strategies.len()).rev().find(|strategy| {
            study.outcome(*strategy, tier).is_some_and(|one| one.standing > Standing::OnAverage)
        })
    });
    let Some((blamed, outcome)) = blamed.and_then(|one| Some((one, study.outcome(one, tier)?)))
    else {
        return unjudged(study, tier);
    };
    let why =
        outcome.missed(study.expectations()).map_or_else(
            String::new,
            |(asked, judged)| match asked.figure {
                Figure::Status429 => {
                    format!(": it is refused {} of the time", refused(study, outcome))
                }
                Figure::AnsweredInTime => {
                    format!(": it answers {} of jobs in time", in_time(study, outcome))
                }
                Figure::Answered
                | Figure::FirstAttempt429
                | Figure::AttemptsPerJob
                | Figure::Time { .. }
                | Figure::CostUsd => format!(": it misses {}", miss(asked, judged)),
            },
        );
    let best = study.quoted(best);
    vec![
        toned(
            Tone::Bad,
            format!("{} is enough, but not with {}", study.title(tier), study.quoted(blamed)),
        ),
        plain(format!("{why}.{}", how_many(study, tier, &format!("; {best} is best.")))),
    ]
}

fn another_tier(study: &Study<'_>, yours: usize, enough: usize) -> Vec<Span> {
    let mut sentence =
        vec![toned(Tone::Bad, format!("On {}, nothing carries this traffic", study.title(yours)))];
    if let Some((strategy, outcome)) = study.best(yours) {
        let (_, of) = study.meeting(yours);
        let who =
            if of > 1 { format!("the best of {of} strategies") } else { study.quoted(strategy) };
        let but = match outcome.missed(study.expectations()) {
            Some((asked, judged)) if !goal::is_about_answers(asked) => {
                format!(", but misses {}", miss(asked, judged))
            }
            Some(_) | None => String::new(),
        };
        let share = in_time(study, outcome);
        sentence.push(plain(format!(": {who} answers {share} of jobs in time{but}. ")));
    } else {
        sentence.push(plain(". "));
    }
    sentence.extend(does(study, enough, "does"));
    sentence
}

fn no_tier(study: &Study<'_>) -> Vec<Span> {
    let alone = study.tiers.len() == 1;
    let claim = match study.tiers.first() {
        Some(tier) if alone => format!("{} does not carry this traffic.", tier.title),
        Some(_) | None => "No tier tested carries this traffic.".to_owned(),
    };
    let mut sentence = vec![toned(Tone::Bad, claim)];
    if let Some((strategy, tier, outcome)) = study.closest() {
        let who = if alone {
            study.quoted(strategy)
        } else {
            format!("{} with {}", study.title(tier), study.quoted(strategy))
        };
        let miss = outcome.missed(study.expectations()).map_or_else(String::new, |missed| {
            let (asked, judged) = missed;
            if asked.figure == Figure::AnsweredInTime && asked.group.is_none() {
                format!(", not {}", goal::value(asked))
            } else {
                format!("; it misses {}", self::miss(asked, judged))
            }
        });
        let share = in_time(study, outcome);
        sentence.push(plain(format!(" {who} comes closest: {share} of jobs in time{miss}.")));
    }
    sentence
}

fn unjudged(study: &Study<'_>, tier: usize) -> Vec<Span> {
    let mut sentence = vec![toned(Tone::Fair, "Not judged")];
    let judgement = study.record.judge();
    let open = judgement.judged.iter().find(|one| one.verdict == Verdict::Unjudged);
    let Some((judged, asked)) =
        open.and_then(|one| Some((one, study.expectations().get(one.expectation)?)))
    else {
        sentence.push(plain("."));
        return sentence;
    };
    let strategy = judged
        .strategy
        .as_deref()
        .and_then(|name| study.strategies.iter().position(|one| one.name == name));
    let outcome = strategy.and_then(|strategy| study.outcome(strategy, tier));
    let Some(outcome) = outcome else {
        sentence.push(plain(format!(
            ": {} was asked of a cell that was not run.",
            goal::phrase(asked)
        )));
        return sentence;
    };
    let samples = samples(asked, outcome);
    sentence.push(plain(format!(": {} has {samples}.", goal::phrase(asked))));
    let others = outcome.judged.iter().filter(|one| one.verdict == Verdict::Met).count();
    let rest = match others {
        0 => "The rest".to_owned(),
        _ => "The rest is met".to_owned(),
    };
    sentence.push(plain(format!(
        " {rest}: {} of jobs in time, {} of attempts refused.",
        in_time(study, outcome),
        refused(study, outcome)
    )));
    sentence
}

/// How many samples an expectation has, and how many it needs.
fn samples(asked: &Expectation, outcome: &Outcome) -> String {
    let Figure::Time { percentile, .. } = asked.figure else { return "no samples".to_owned() };
    let held = outcome.total.jobs.answered;
    if held == 0 {
        return "no samples".to_owned();
    }
    // A percentile has at most four digits, so that a hundred thousand samples tell any.
    let needed = (held..=100_000).find(|count| percentile.is_told(*count)).unwrap_or(held);
    format!("{} samples, needs {}", numbers::count(held), numbers::count(needed))
}

/// `Tier 4 with “x” does: 99.9 % in time, 0.1 % of attempts refused.`
fn does(study: &Study<'_>, tier: usize, verb: &str) -> Vec<Span> {
    let Some((strategy, outcome)) = study.best(tier) else { return Vec::new() };
    let any = study.any_will_do(tier);
    let name = if any { "any strategy".to_owned() } else { study.quoted(strategy) };
    let average = if outcome.standing == Standing::OnAverage { " on average" } else { "" };
    vec![
        toned(Tone::Good, format!("{} with {name} {verb}{average}", study.title(tier))),
        plain(format!(
            ": {} in time, {} of attempts refused.",
            in_time(study, outcome),
            refused(study, outcome)
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

/// `wait p95, 4.1 s against 3 s`.
fn miss(asked: &Expectation, judged: &Judged) -> String {
    format!(
        "{}, {} against {}",
        goal::phrase(asked),
        goal::measured(asked, judged),
        goal::value(asked)
    )
}

fn in_time(study: &Study<'_>, outcome: &Outcome) -> String {
    let goal = study.goal_in_time();
    outcome.in_time().map_or_else(|| "none".to_owned(), |share| share.in_sentence(goal))
}

fn refused(study: &Study<'_>, outcome: &Outcome) -> String {
    let goal = study.goal_429().map(goal::number);
    outcome.refused().map_or_else(|| "none".to_owned(), |share| share.in_sentence(goal))
}
