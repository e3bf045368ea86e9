//! Whether jobs fit into what their model can hold: prompt and answer share its context, and a
//! request for more is refused before any limit is looked at.

use limits::{Rate, Tokens};
use wire::ErrorKind;

use crate::cast::{Group, Length, Traffic};
use crate::fault::Code;
use crate::lasts::StatedGroup;
use crate::notes::Notes;
use crate::scenario::Scenario;

/// Warns of every group whose largest jobs are longer than the context of its model, or use up the
/// tokens of a minute by themselves. Groups that take lengths from a trace are looked at once it is
/// there, the others while it is not.
pub(crate) fn warn(scenario: &Scenario, notes: &Notes<'_>) {
    let traced = scenario.trace().is_some() || scenario.client_set().is_some();
    let groups = scenario.groups.iter().zip(&scenario.stated.groups).enumerate();
    for (index, (group, stated)) in groups.filter(|(_, (group, _))| of_trace(group) == traced) {
        let largest = scenario.largest_reservation(index);
        // Of several texts each has the context to itself.
        let alone = match group.inputs() {
            1 => largest,
            _ => scenario.largest_input(index).into(),
        };
        let context = scenario.edition.context(&group.model);
        match context.filter(|context| alone > context.0) {
            Some(context) => beyond(context, alone, group, stated, scenario, notes),
            None => fills(largest, index, stated, scenario, notes),
        }
    }
}

/// Warns of a group whose largest jobs are longer than the context of its model.
fn beyond(
    context: Tokens,
    largest: u64,
    group: &Group,
    stated: &StatedGroup,
    scenario: &Scenario,
    notes: &Notes<'_>,
) {
    let (what, or_else) = if group.work.answers_in_tokens() {
        ("jobs", " or set a lower `max_tokens`")
    } else {
        ("texts", "")
    };
    let message = format!(
        "the largest {what} of `{}` need {largest} tokens, the context of {} holds {}",
        group.name, group.model, context.0
    );
    let words = scenario.edition.error(ErrorKind::TooLong);
    let here = match (group.work.answers_in_tokens(), group.max_tokens) {
        (true, Some(_)) => "as it is here",
        (true, None) => "as it is here if its prompt alone is too long",
        (false, _) => "but the rehearsal does not refuse it: it counts as any other",
    };
    let help = format!(
        "shorten `prompt` (a law takes `max`){or_else}: Together answers such a job {} \"{}\", {here}",
        words.status.0, words.message
    );
    notes.warn(Code::BeyondContext, stated.prompt.clone(), message, largest_of(group), &help);
}

/// Warns of a group whose largest jobs leave nothing of a minute's tokens to any other.
fn fills(largest: u64, index: usize, stated: &StatedGroup, scenario: &Scenario, notes: &Notes<'_>) {
    let tier = &scenario.tier;
    let published = scenario.published(tier, index, &scenario.assumptions);
    let minute = published.and_then(|published| published.tokens).map(Rate::per_minute);
    let Some((minute, group)) = minute.zip(scenario.groups.get(index)) else { return };
    if largest < minute {
        return;
    }
    let message = format!(
        "the largest jobs of `{}` need {largest} tokens, {} allows {minute} a minute",
        group.name,
        tier.title()
    );
    let less = match (group.work.answers_in_tokens(), group.inputs()) {
        (true, _) => ", set a lower `max_tokens`,",
        (false, 1) => "",
        (false, _) => ", send fewer `inputs`,",
    };
    let help = format!(
        "after such a job nothing else passes for the rest of its minute, and a bucket of the \
         client's own gives up what is larger; shorten `prompt`{less} or take a tier that allows \
         more"
    );
    notes.warn(Code::FillsMinute, stated.prompt.clone(), message, largest_of(group), &help);
}

const fn largest_of(group: &Group) -> &'static str {
    match group.max_tokens {
        _ if !group.work.answers_in_tokens() => "99.9 % of texts stay below this",
        Some(_) => "99.9 % of prompts stay below this, with `max_tokens`",
        None => "99.9 % of prompts stay below this, with the 99th percentile of answers",
    }
}

fn of_trace(group: &Group) -> bool {
    matches!(group.traffic, Traffic::ClientSet(_))
        || matches!(group.prompt, Length::Trace)
        || matches!(group.answer, Length::Trace)
}
