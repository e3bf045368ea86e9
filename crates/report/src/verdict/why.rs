//! Why it came out so: what refuses and how hard that is pressed, what fails and whose fault that
//! is, what an event did, and what the service alone would do.

use run_record::EndpointNote;

use crate::account::{self, climb, refused};
use crate::course;
use crate::demand::{Demand, Dimension, Pressure, pressures, window};
use crate::numbers::{self, Share, THIN};
use crate::study::{Cause, Ladder, Outcome, Study, Trouble};

/// A share of attempts from which on what they met is a reason.
const TELLING: f64 = 0.005;

pub(super) fn why(study: &Study<'_>, demand: &[Demand<'_>]) -> Option<String> {
    let (strategy, tier) = study.focus()?;
    let outcome = study.outcome(strategy, tier)?;
    let limits = by_limits(study, demand, (strategy, tier), outcome);
    let fails =
        at_endpoints(study, (strategy, tier), outcome).or_else(|| fails(study, tier, outcome));
    let mut sentences: Vec<String> = refused::sentences(study).collect();
    sentences.extend(gates(study, tier, outcome));
    let crowded = crowded(study, demand, outcome);
    // What no past hour changes is the first reason.
    let (first, last) = if study.is_short_of_room() { (crowded, None) } else { (None, crowded) };
    sentences.extend(first);
    // What meets more attempts is said first.
    let refused = outcome.refused().map_or(0.0, Share::fraction);
    let failed = outcome.share_of(Trouble::Failed).map_or(0.0, Share::fraction);
    if failed > refused {
        sentences.extend(fails);
        sentences.extend(limits);
    } else {
        sentences.extend(limits);
        sentences.extend(fails);
    }
    sentences.extend(refused_for_good(outcome));
    let unpaid = telling(outcome, Trouble::Unpaid).is_some();
    let stopped = || account::stopped(study).or_else(|| account::pictures(study));
    sentences.extend(if unpaid { stopped() } else { None });
    sentences.extend(endpoints(study));
    sentences.extend(last);
    // What an empty account did is no event's doing.
    let event = || course::costliest(study, outcome).or_else(|| course::during(study, outcome));
    sentences.extend(if unpaid { None } else { event() });
    sentences.extend(course::granted(study, outcome));
    sentences.extend(climb::effect(study));
    if sentences.is_empty() {
        sentences = by_limits_of_others(study, demand, tier);
    }
    sentences.extend(without_limit(study));
    Some(sentences.join(" "))
}

/// The limit that causes most 429s, and how hard the run presses on it.
fn by_limits(
    study: &Study<'_>,
    demand: &[Demand<'_>],
    (strategy, tier): (usize, usize),
    outcome: &Outcome,
) -> Vec<String> {
    let Some((cause, share)) = binding(outcome) else { return Vec::new() };
    let there = study.there(tier);
    let whose = if study.strategies.len() > 1 {
        format!(" that {} meets {there}", study.quoted(strategy))
    } else {
        format!(" {there}")
    };
    let part = if share.fraction() < 1.0 {
        format!("{} of the", share.in_sentence(None))
    } else {
        "all the".to_owned()
    };
    let blame = match cause {
        Cause::Dynamic => ": sent above it while the model had no room, so the sender is to blame",
        Cause::Tokens | Cause::Requests | Cause::Model => "",
    };
    let causes = format!("The {} causes {part} 429s{whose}{blame}.", study.limit(cause));
    [Some(causes), pressed(study, demand, tier, cause)].into_iter().flatten().collect()
}

/// What binds where the strategy that is looked at meets nothing: the limit that refuses whoever is
/// refused most.
fn by_limits_of_others(study: &Study<'_>, demand: &[Demand<'_>], tier: usize) -> Vec<String> {
    let refused = (0..study.strategies.len()).filter_map(|row| {
        let outcome = study.outcome(row, tier)?;
        let share = outcome.refused().filter(|share| share.fraction() >= TELLING)?;
        Some((row, outcome, share.fraction()))
    });
    let most = refused.max_by(|(.., a), (.., b)| a.total_cmp(b));
    most.map_or_else(Vec::new, |(row, outcome, _)| by_limits(study, demand, (row, tier), outcome))
}

/// The cause of most refusals with its share of them.
fn binding(outcome: &Outcome) -> Option<(Cause, Share)> {
    let all = outcome.causes().iter().map(|(_, count)| count).sum();
    // The first of equals in stack order.
    let (cause, count) = outcome.causes().iter().rev().max_by_key(|(_, count)| *count)?;
    Some((*cause, Share::new(*count, all)?))
}

/// How the busiest minute compares with the limit behind a cause.
fn pressed(study: &Study<'_>, demand: &[Demand<'_>], tier: usize, cause: Cause) -> Option<String> {
    // The busiest minute of an account that climbs may fall under another tier's limits.
    let rung = study.tiers.get(tier).filter(|_| climb::of(study, tier).is_none())?;
    let of_tokens = match cause {
        Cause::Tokens => true,
        Cause::Requests | Cause::Model => false,
        // Whichever of the two is pressed harder.
        Cause::Dynamic => {
            let soft = rung.is_dynamic().then(|| pressures(demand, rung).into_iter().next());
            return soft.flatten().filter(|one| one.ratio() >= 1.0).map(|one| {
                format!("The busiest minute {}.", asks(one, "the ", &study.allowed(tier)))
            });
        }
    };
    let is_meant = |one: &Pressure| (one.dimension == Dimension::Tokens) == of_tokens;
    let pressure = pressures(demand, rung).into_iter().find(is_meant)?;
    let your = if study.yours == Some(tier) { "your " } else { "its " };
    let asks = asks(pressure, your, "");
    let requests = rung.limits.first().filter(|_| !of_tokens);
    Some(match requests {
        Some(pair) if pressure.ratio() < 1.0 => {
            format!("The busiest minute {asks}, but {}.", window(pair, "only "))
        }
        Some(_) | None => format!("The busiest minute {asks}."),
    })
}

/// `asks for 1.8 times your 250,000 TPM`; `… the 60 RPM that a launch begins with`.
pub(super) fn asks(pressure: Pressure, whose: &str, after: &str) -> String {
    let unit = pressure.dimension.unit();
    let after = if after.is_empty() { String::new() } else { format!(" {after}") };
    let limit = format!("{whose}{}{THIN}{unit}{after}", numbers::count(pressure.limit));
    if pressure.ratio() >= 1.0 {
        format!("asks for {} times {limit}", numbers::times(pressure.ratio()))
    } else {
        let share = Share::from_fraction(pressure.ratio());
        let share = share.map_or_else(String::new, |share| share.in_sentence(None));
        format!("asks for {share} of {limit}")
    }
}

/// What fails on the service's side, and why no sender is to blame for it.
fn fails(study: &Study<'_>, tier: usize, outcome: &Outcome) -> Option<String> {
    let share = telling(outcome, Trouble::Failed)?.in_sentence(None);
    let attempts = outcome.total.attempts.with_status(503);
    let mostly_503 = attempts * 2 > outcome.total.attempts.failed;
    let dynamic = study.tiers.get(tier).is_some_and(|tier| {
        tier.is_dynamic() || outcome.causes().iter().any(|(cause, _)| *cause == Cause::Dynamic)
    });
    Some(if !mostly_503 {
        let status = match outcome.statuses(Trouble::Failed) {
            none if none.is_empty() => String::new(),
            some => format!(" with {some}"),
        };
        format!("{share} of attempts fail{status}, on the service’s own side.")
    } else if study.ladder() == Ladder::Endpoints && none_started(study) {
        format!("{share} of attempts fail with 503: nothing is there to answer them.")
    } else if study.ladder() == Ladder::Endpoints {
        format!("{share} of attempts fail with 503: the endpoint had no room for them.")
    } else if dynamic || study.ladder() == Ladder::PastHours {
        format!(
            "{share} of attempts fail with 503: at or below the dynamic rate, so the platform is to \
             blame, which had no room."
        )
    } else if !study.record.header().capacity.is_empty() {
        format!("{share} of attempts fail with 503: the model had no room for them.")
    } else {
        format!("{share} of attempts fail with 503, on the service’s own side.")
    })
}

/// What fails, where most of it does so at endpoints beside the shared fleet.
fn at_endpoints(
    study: &Study<'_>,
    (strategy, tier): (usize, usize),
    outcome: &Outcome,
) -> Option<String> {
    let share = telling(outcome, Trouble::Failed)?.in_sentence(None);
    let apart = study.apart(strategy, tier)?;
    if apart.own.failed <= apart.shared.failed {
        return None;
    }
    let part = if apart.shared.failed == 0 {
        String::new()
    } else {
        let part = Share::new(apart.own.failed, apart.own.failed + apart.shared.failed)?;
        format!(", {} of them", part.in_sentence(None))
    };
    let status = outcome.statuses(Trouble::Failed);
    let why = if none_started(study) {
        "which was never started"
    } else {
        "whose hardware had not started or was full"
    };
    let endpoints = study.endpoints();
    Some(format!("{share} of attempts fail with {status}{part} at {endpoints}, {why}."))
}

/// Whether no endpoint that jobs go to was ever started, for want of credit.
fn none_started(study: &Study<'_>) -> bool {
    let groups = study.record.header().groups.iter();
    groups
        .filter_map(|group| group.endpoint.as_ref())
        .all(|endpoint| refused::never_started(study, &endpoint.name))
}

/// Models that the tier may not use.
fn gates(study: &Study<'_>, tier: usize, outcome: &Outcome) -> Vec<String> {
    let Some(share) = telling(outcome, Trouble::Barred) else { return Vec::new() };
    let status = outcome.statuses(Trouble::Barred);
    let gates = study.tiers.get(tier).map_or(&[][..], |tier| tier.gates);
    let of = share.in_sentence(None);
    if gates.is_empty() {
        return vec![format!("{of} of attempts are answered {status}: this key has no access.")];
    }
    let title = study.title(tier);
    let until = account::promoted(study);
    let said = gates.iter().map(|gate| match &until {
        Some(until) => format!(
            "{title} may not use {}: attempts for it are answered {status}, whatever the balance, \
             until {until}.",
            gate.model
        ),
        None => format!(
            "{title} may not use {}: every attempt for it is answered {status}, whatever the \
             balance. It takes {}.",
            gate.model, gate.needs
        ),
    });
    said.collect()
}

/// Refusals that no later attempt with the same request can mend, and those that only money does.
fn refused_for_good(outcome: &Outcome) -> Vec<String> {
    let unpaid = telling(outcome, Trouble::Unpaid).map(|share| {
        let share = share.in_sentence(None);
        format!("{share} of attempts are answered 402: the account could not pay.")
    });
    let invalid = telling(outcome, Trouble::Invalid).map(|share| {
        format!(
            "{} of attempts are answered {}: the request itself is refused, however often it is sent.",
            share.in_sentence(None),
            outcome.statuses(Trouble::Invalid)
        )
    });
    unpaid.into_iter().chain(invalid).collect()
}

/// What dedicated endpoints can do, where jobs go to nothing else.
fn endpoints(study: &Study<'_>) -> Vec<String> {
    if study.ladder() != Ladder::Endpoints {
        return Vec::new();
    }
    let groups = study.record.header().groups.iter();
    let mut notes: Vec<&EndpointNote> =
        groups.filter_map(|group| group.endpoint.as_ref()).collect();
    // What was never started can do nothing.
    notes.retain(|note| !refused::never_started(study, &note.name));
    notes.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    notes.dedup();
    notes
        .iter()
        .map(|note| {
            format!("No limit is shared; “{}” can do what it has: {}.", note.name, note.says)
        })
        .collect()
}

fn telling(outcome: &Outcome, trouble: Trouble) -> Option<Share> {
    outcome.share_of(trouble).filter(|share| share.fraction() >= TELLING)
}

/// How much of what a model has left the busiest minute asks for, where attempts meet its bounds.
fn crowded(study: &Study<'_>, demand: &[Demand<'_>], outcome: &Outcome) -> Option<String> {
    let dynamic = outcome.causes().iter().any(|(cause, _)| *cause == Cause::Dynamic);
    if !dynamic && telling(outcome, Trouble::Failed).is_none() {
        return None;
    }
    let hardest = study.record.header().capacity.iter().filter_map(|note| {
        let one = demand.iter().find(|one| one.model == note.model)?;
        let peak = one.peak(Dimension::Tokens)?;
        Some(Pressure { dimension: Dimension::Tokens, peak, limit: note.left_tpm })
    });
    let hardest = hardest.max_by(|a, b| a.ratio().total_cmp(&b.ratio()));
    let pressure = hardest.filter(|one| one.ratio() >= 1.0)?;
    let has = "that other tenants leave of the model";
    Some(format!("The busiest minute {}.", asks(pressure, "the ", has)))
}

/// A deadline that the service alone cannot keep is no limit's fault.
fn without_limit(study: &Study<'_>) -> Option<String> {
    let share = study.unlimited?;
    let goal = study.goal_in_time();
    let text = share.in_sentence(goal);
    let without = study.without();
    Some(if goal.is_some_and(|goal| share.fraction() < goal) {
        let rung = study.rung();
        format!(
            "{without} only {text} would be in time: the service itself is too slow for these \
             deadlines, and no {rung} changes that."
        )
    } else {
        format!("{without} {text} would be in time.")
    })
}
