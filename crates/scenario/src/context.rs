//! Whether jobs fit into what their model can hold: prompt and answer share its context, and a
//! request for more is refused before any limit is looked at.

use wire::ErrorKind;

use crate::cast::{Group, Length};
use crate::fault::Code;
use crate::notes::Notes;
use crate::scenario::Scenario;

/// Warns of every group whose largest jobs are longer than the context of its model. Groups that
/// take lengths from a trace are looked at once it is there, the others while it is not.
pub(crate) fn warn(scenario: &Scenario, notes: &Notes<'_>) {
    let traced = scenario.trace().is_some();
    let groups = scenario.groups.iter().zip(&scenario.stated.groups).enumerate();
    for (index, (group, stated)) in groups.filter(|(_, (group, _))| of_trace(group) == traced) {
        let Some(context) = scenario.edition.context(&group.model) else { continue };
        let largest = scenario.largest_reservation(index);
        if largest <= context.0 {
            continue;
        }
        let message = format!(
            "the largest jobs of `{}` need {largest} tokens, the context of {} holds {}",
            group.name, group.model, context.0
        );
        let label = match group.max_tokens {
            Some(_) => "99.9 % of prompts stay below this, with `max_tokens`",
            None => "99.9 % of prompts stay below this, with the 99th percentile of answers",
        };
        let words = scenario.edition.error(ErrorKind::TooLong);
        let help = format!(
            "shorten `prompt` (a law takes `max`) or set a lower `max_tokens`: Together answers \
             such a job {} \"{}\", but the rehearsal does not refuse it: it counts as any other",
            words.status.0, words.message
        );
        notes.warn(Code::BeyondContext, stated.prompt.clone(), message, label, &help);
    }
}

fn of_trace(group: &Group) -> bool {
    matches!(group.prompt, Length::Trace) || matches!(group.answer, Length::Trace)
}
