//! Stacks whose parts can each be written, and that nobody can mean together.

use limits::Span;
use rulebook::reading::Table;
use strategies::{Backoff, Elsewhere, FirstSendPart, Parts, Stop};

use crate::fault::Code;
use crate::lasts::shown;

/// What has no say where nothing is tried again.
const OF_RETRIES: [&str; 4] = ["hint", "wait", "within", "budget"];

/// Whether a stack can be meant; whatever cannot is noted, all of it.
pub(super) fn is_none(table: &Table<'_>, parts: &Parts) -> bool {
    let retries = parts.retry_on.tries_again_at_all();
    let tried = if retries { is_ever_tried(table, parts) } else { says_nothing_of(table) };
    let sent = goes_elsewhere(table, parts, retries);
    ends(table, parts) && tried && sent
}

/// Refuses a way elsewhere that is never taken.
fn goes_elsewhere(table: &Table<'_>, parts: &Parts, retries: bool) -> bool {
    let tries = parts.stop.tries;
    let (message, help) = match parts.elsewhere {
        Elsewhere::After { .. } if !retries => (
            "this strategy tries nothing again, so that nothing goes elsewhere".to_owned(),
            "write `retry_on = \"limits_and_failures\"`: what is worth another try goes there",
        ),
        Elsewhere::After { tries: after } if tries.is_some_and(|tries| tries <= after) => (
            format!(
                "after {after} tries at home there is none left: there are {} in all",
                tries.unwrap_or_default()
            ),
            "allow more tries, or go elsewhere `after` fewer",
        ),
        Elsewhere::Hedge { .. } if tries == Some(1) => (
            "a hedge is one of a job\'s tries, and there is one in all".to_owned(),
            "allow more tries",
        ),
        Elsewhere::Hedge { after, .. } if parts.timeouts.silence.is_some_and(|t| t <= after) => (
            format!("an attempt is left before a hedge goes, after {}", shown(after)),
            "let the hedge go earlier, or `timeout` be longer",
        ),
        Elsewhere::Nowhere | Elsewhere::After { .. } | Elsewhere::Hedge { .. } => return true,
    };
    let value = table.get("elsewhere").or(table.get("tries")).or(table.get("max_retries"));
    let place = value.or(table.get("timeout")).map_or(table.place(), |value| value.place());
    table.fault_at(place, Code::VainPart.name(), message, "never taken", help);
    false
}

/// Refuses what is said of retries where there are none. Tries are warned of only: whoever tries
/// presets in turn leaves them in.
fn says_nothing_of(table: &Table<'_>) -> bool {
    if table.get("tries").or(table.get("max_retries")).is_some() {
        in_vain(table);
    }
    let mut good = true;
    for value in OF_RETRIES.iter().filter_map(|key| table.get(key)) {
        let idle = value.is_text() && matches!(value.any_text("", ""), Some("ignore" | "none"));
        if idle {
            continue;
        }
        let message = format!("this strategy tries nothing again, so `{}` has no say", value.key());
        let help = if table.get("preset").is_some() {
            "leave it out, or take a preset that tries again, such as `preset = \"full-jitter\"`"
        } else {
            "leave it out, or write `retry_on = \"limits_and_failures\"`"
        };
        let (place, code) = (value.key_place(), Code::NothingRetried.name());
        table.fault_at(place, code, message, "of no retry", help);
        good = false;
    }
    good
}

/// Refuses retries that never come about: by one try in all, or a first wait beyond the time.
fn is_ever_tried(table: &Table<'_>, parts: &Parts) -> bool {
    let mut good = true;
    if parts.stop.tries == Some(1) {
        for value in ["budget", "within"].iter().filter_map(|key| table.get(key)) {
            let message = format!("with one try in all, `{}` has no say", value.key());
            let help = "leave it out, or allow more tries";
            let (place, code) = (value.key_place(), Code::NothingRetried.name());
            table.fault_at(place, code, message, "of no retry", help);
            good = false;
        }
    }
    let least = least_wait(parts);
    if let Some((within, least)) = parts.stop.within.zip(least).filter(|(w, least)| least > w)
        && let Some(value) = table.get("within").or(table.get("preset"))
    {
        let message = format!(
            "no retry comes about: the first is waited for {}, and none leaves after {}",
            shown(least),
            shown(within)
        );
        let help = "wait less, or allow more time";
        value.fault(Code::NothingRetried.name(), message, "shorter than the first wait", help);
        good = false;
    }
    good
}

/// The least that the first retry is waited for, where no hint can make it less.
fn least_wait(parts: &Parts) -> Option<Span> {
    if parts.wait.hint.heeds_any() {
        return None;
    }
    match parts.wait.backoff {
        Backoff::Exponential { first, .. }
        | Backoff::DecorrelatedJitter { first, .. }
        | Backoff::PlusJitter { first, .. } => Some(first),
        Backoff::Clamped { first, least, .. } => Some(first.max(least)),
        Backoff::EqualJitter { first, .. } => Some(Span::from_nanos(first.nanos() / 2)),
        Backoff::Sdk { first, .. } => Some(Span::from_nanos(first.nanos() / 4 * 3)),
        Backoff::None
        | Backoff::FullJitter { .. }
        | Backoff::Randomized { .. }
        | Backoff::Aws { .. } => None,
    }
}

/// Whether a strategy that retries at once stops some time; without that it is a loop, not a plan.
fn ends(table: &Table<'_>, parts: &Parts) -> bool {
    let at_once = !parts.wait.hint.heeds_any() && parts.wait.backoff == Backoff::None;
    let endless = at_once
        && parts.stop == Stop::NEVER
        && parts.first_send == FirstSendPart::AtOnce
        && parts.retry_on.tries_again_at_all();
    if endless {
        let message = "this strategy retries at once and for ever".to_owned();
        let help = "add `tries = 6`, `stop = \"deadline\"`, or a `wait`";
        table.fault(Code::EndlessRetry.name(), message, "nothing ends it", help);
    }
    !endless
}

/// Warns of tries where nothing is tried again.
fn in_vain(table: &Table<'_>) {
    let Some(tries) = table.get("tries").or(table.get("max_retries")) else { return };
    let only = u64::from(tries.key() == "tries");
    if tries.whole() == Some(only) {
        return;
    }
    let message =
        format!("this strategy tries nothing again, so `{}` changes nothing", tries.key());
    let help = if table.get("preset").is_some() {
        "leave it out, or take a preset that tries again, such as `preset = \"full-jitter\"`"
    } else {
        "leave it out, or write `retry_on = \"limits_and_failures\"`"
    };
    tries.warn(Code::VainTries.name(), message, "never reached", help);
}
