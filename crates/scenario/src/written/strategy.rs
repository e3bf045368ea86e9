//! `[[strategy]]` as it is written: a preset, or its parts by hand.
//!
//! Each key answers one question, and every preset can be written with them:
//!
//! | key | asks | read in |
//! |---|---|---|
//! | `first_send` | when may an attempt go? | `first_send` |
//! | `retry_on` | what is tried again? | `retry_on` |
//! | `hint`, `wait`, `grain` | how long is waited before that? | `wait` |
//! | `tries` or `max_retries`, `stop`, `within`, `budget`, `breaker`, `throttle` | when is it enough? | `stop` |
//! | `elsewhere` | where else does it go? | `elsewhere` |
//! | `timeout` | how long may the service be silent? | here |
//!
//! What a preset decides is not decided again beside it; what it leaves open may be. A stack that
//! cannot be meant is refused with the reason, in `nonsense`.

use rulebook::reading::{Table, Value};
use strategies::{
    Backoff, Budget, Elsewhere, FirstSendPart, HintRule, Parts, Preset, Stop, Timeouts, Wait,
};

use super::{Placed, Said, placed_text, said};
use crate::doubts::Places;
use crate::fault::Code;

pub(in crate::written) mod elsewhere;
pub(in crate::written) mod first_send;
mod nonsense;
mod portion;
pub(in crate::written) mod retry_on;
pub(in crate::written) mod stop;
pub(in crate::written) mod wait;

pub(crate) use elsewhere::WrittenTarget;

pub(in crate::written) const KEYS: &[&str] = &[
    "name",
    "preset",
    "first_send",
    "retry_on",
    "hint",
    "wait",
    "grain",
    "tries",
    "max_retries",
    "stop",
    "within",
    "budget",
    "breaker",
    "throttle",
    "elsewhere",
    "timeout",
];

pub(in crate::written) const PRESETS: &[&str] = &{
    let mut names = [""; Preset::ALL.len()];
    let mut index = 0;
    while index < names.len() {
        names[index] = Preset::ALL[index].name();
        index += 1;
    }
    names
};
/// What a preset decides by itself.
const PARTS: [&str; 4] = ["first_send", "retry_on", "hint", "wait"];

/// A strategy with its places. `parts` is absent where they could not be read.
#[derive(Debug)]
pub(crate) struct WrittenStrategy {
    pub(crate) name: Placed<String>,
    pub(crate) parts: Option<Parts>,
    /// Where it sends what does not get through.
    pub(crate) elsewhere: Option<WrittenTarget>,
    pub(crate) places: Places,
}

/// A strategy; nothing where it cannot even be named.
pub(super) fn read(table: &Table<'_>) -> Option<WrittenStrategy> {
    let preset = said(table.get("preset"), |value| value.word(PRESETS));
    let name = match (table.get("name"), &preset) {
        (None, Said::This(preset)) => {
            let place = table.get("preset").map_or(table.place(), |value| value.place());
            Some(Placed { value: (*preset).to_owned(), place })
        }
        (Some(value), _) => placed_text(value),
        // The preset that was meant would have named it.
        (None, Said::Wrong) => None,
        (None, Said::Nothing) => {
            table.need("name", "name = \"two quick retries\"").and_then(placed_text)
        }
    };
    let elsewhere = said(table.get("elsewhere"), elsewhere::read);
    let (way, target) = match elsewhere {
        Said::This((way, target)) => (Said::This(way), target),
        Said::Nothing => (Said::Nothing, None),
        Said::Wrong => (Said::Wrong, None),
    };
    let hedges = matches!(way, Said::This(Elsewhere::Hedge { .. }));
    let parts = parts(table, preset, way);
    let place = |key| table.get(key).map(|value| value.place());
    let places = Places {
        preset: place("preset"),
        first_send: place("first_send"),
        hint: place("hint"),
        wait: place("wait"),
        hedge: table.get("elsewhere").filter(|_| hedges).map(|value| value.place()),
    };
    Some(WrittenStrategy { name: name?, parts, elsewhere: target, places })
}

fn parts(table: &Table<'_>, preset: Said<&'static str>, way: Said<Elsewhere>) -> Option<Parts> {
    let by_hand = PARTS.iter().find_map(|key| table.get(key));
    let base = match (preset, by_hand) {
        (Said::Wrong, _) => None,
        (Said::This(word), None) => Preset::named(word).map(Preset::parts),
        (Said::This(word), Some(part)) => {
            let key = part.key();
            let message = format!("`preset` and `{key}` at once");
            let help = format!(
                "the preset {word} decides `{key}` itself; beside it stand only grain, tries or max_retries, stop, within, timeout, and a budget, breaker, throttle or elsewhere if it has none. Leave one of the two out"
            );
            table.fault_at(
                part.key_place(),
                Code::PresetAndParts.name(),
                message,
                "decided twice",
                &help,
            );
            None
        }
        (Said::Nothing, Some(_)) => written_by_hand(table),
        (Said::Nothing, None) => {
            let message = "this strategy has neither a preset nor parts".to_owned();
            let help = format!(
                "write `preset = \"…\"` with one of {}; or its parts, beginning with `retry_on`",
                PRESETS.join(", ")
            );
            table.fault(Code::NoParts.name(), message, "what does it do?", &help);
            None
        }
    };
    let stopped = beside(table, base.as_ref());
    let whole = stopped.and_then(|mut parts| {
        open_only(table, "elsewhere", parts.elsewhere == Elsewhere::Nowhere)?;
        parts.elsewhere =
            if way == Said::Wrong { None } else { way.this().or(Some(parts.elsewhere)) }?;
        Some(parts)
    });
    whole.filter(|parts| nonsense::is_none(table, parts))
}

/// What may be said beside a preset as well as beside parts.
fn beside(table: &Table<'_>, base: Option<&Parts>) -> Option<Parts> {
    let grain = said(table.get("grain"), Value::duration_above_zero);
    let tries = stop::tries(table);
    let enough = said(table.get("stop"), |value| value.word(stop::STOPS));
    let within = said(table.get("within"), Value::duration_above_zero);
    let budget = said(table.get("budget"), stop::budget);
    let breaker = said(table.get("breaker"), stop::breaker);
    let throttle = said(table.get("throttle"), stop::throttle);
    let timeout = said(table.get("timeout"), timeouts);
    let wrong = grain == Said::Wrong
        || tries == Said::Wrong
        || enough == Said::Wrong
        || within == Said::Wrong
        || budget == Said::Wrong
        || breaker == Said::Wrong
        || throttle == Said::Wrong
        || timeout == Said::Wrong;
    let mut parts = *base.filter(|_| !wrong)?;
    if let Said::This(grain) = grain {
        parts.wait.grain = wait::fine_enough(table, grain, parts.wait.backoff)?;
    }
    open_only(table, "budget", parts.stop.budget == Budget::None)?;
    open_only(table, "breaker", parts.stop.breaker.is_none())?;
    open_only(table, "throttle", parts.stop.throttle.is_none())?;
    let said = &mut parts.stop;
    said.tries = tries.this().or(said.tries);
    said.at_deadline = enough.this().map_or(said.at_deadline, |word| word == "deadline");
    said.within = within.this().or(said.within);
    said.budget = budget.this().unwrap_or(said.budget);
    said.breaker = breaker.this().or(said.breaker);
    said.throttle = throttle.this().or(said.throttle);
    parts.timeouts = timeout.this().unwrap_or(parts.timeouts);
    Some(parts)
}

/// Refuses a part that the preset has already.
fn open_only(table: &Table<'_>, key: &'static str, open: bool) -> Option<()> {
    let Some(value) = table.get(key).filter(|_| !open) else { return Some(()) };
    let message = format!("`preset` and `{key}` at once");
    let help = format!("this preset has a `{key}` of its own: leave one of the two out");
    let (place, code) = (value.key_place(), Code::PresetAndParts.name());
    table.fault_at(place, code, message, "decided twice", &help);
    None
}

fn written_by_hand(table: &Table<'_>) -> Option<Parts> {
    let first_send = said(table.get("first_send"), first_send::read);
    let retry_on = table.need("retry_on", "retry_on = \"limits_and_failures\"");
    let retry_on = retry_on.and_then(retry_on::read);
    let hint = said(table.get("hint"), wait::hint);
    let wait = match (table.get("wait"), &retry_on) {
        (None, Some(retry_on)) if retry_on.tries_again_at_all() => {
            let _ =
                table.need("wait", "wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }");
            Said::Wrong
        }
        (value, _) => said(value, wait::backoff),
    };
    if first_send == Said::Wrong || hint == Said::Wrong || wait == Said::Wrong {
        return None;
    }
    Some(Parts {
        first_send: first_send.this().unwrap_or(FirstSendPart::AtOnce),
        retry_on: retry_on?,
        wait: Wait {
            hint: hint.this().unwrap_or(HintRule::IGNORE),
            backoff: wait.this().unwrap_or(Backoff::None),
            grain: Wait::FINEST,
        },
        stop: Stop::NEVER,
        elsewhere: Elsewhere::Nowhere,
        timeouts: Timeouts { silence: None },
    })
}

/// A time-out, or `never`.
fn timeouts(value: Value<'_>) -> Option<Timeouts> {
    if value.is_text() && value.any_text("", "") == Some("never") {
        return Some(Timeouts { silence: None });
    }
    value.duration_above_zero().map(|silence| Timeouts { silence: Some(silence) })
}
