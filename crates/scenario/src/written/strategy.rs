//! `[[strategy]]` as it is written: a preset, or its parts by hand.
//!
//! Each key answers one question, and every preset can be written with them:
//!
//! | key | asks | answers |
//! |---|---|---|
//! | `first_send` | when may an attempt go? | `at_once`, `pace_by_headers`, `own_bucket` |
//! | `retry_on` | what is tried again? | `nothing`, `limits_and_failures` |
//! | `hint` | what of the server's `retry-after`? | `ignore`, `honour`, `{ up_to = "60s" }` |
//! | `wait` | how long is waited without a hint? | `none`, `exponential`, `full_jitter`, `sdk` |
//! | `grain` | of what is a drawn wait a whole number? | a length of time |
//! | `tries` | how often in all? | a whole number |
//! | `stop` | when is it enough besides? | `deadline`, `never` |
//! | `timeout` | how long may the service be silent? | a length of time, `never` |

use limits::Span;
use rulebook::reading::{Table, Takes, Value};
use strategies::{
    Backoff, BucketBurst, Elsewhere, FirstSendPart, HintRule, Parts, Preset, RetryOn, Share, Stop,
    Timeouts, Wait,
};

use super::{Placed, Said, placed_text, said, small};
use crate::doubts::Places;
use crate::fault::Code;
use crate::lasts::shown;

pub(in crate::written) const KEYS: &[&str] = &[
    "name",
    "preset",
    "first_send",
    "retry_on",
    "hint",
    "wait",
    "grain",
    "tries",
    "stop",
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

pub(in crate::written) const FIRST_SEND: &[(&str, Takes)] = &[
    ("at_once", Takes::Nothing),
    ("pace_by_headers", Takes::Nothing),
    ("own_bucket", Takes::Either),
];
pub(in crate::written) const OWN_BUCKET: &[&str] = &["share"];
pub(in crate::written) const SHARES: &[&str] = &["whole", "1/N"];
pub(in crate::written) const RETRY_ON: &[&str] = &["nothing", "limits_and_failures"];
pub(in crate::written) const HINTS: &[(&str, Takes)] =
    &[("ignore", Takes::Nothing), ("honour", Takes::Nothing), ("up_to", Takes::Value)];
pub(in crate::written) const WAITS: &[(&str, Takes)] = &[
    ("none", Takes::Nothing),
    ("exponential", Takes::Value),
    ("full_jitter", Takes::Value),
    ("sdk", Takes::Value),
];
pub(in crate::written) const BACKOFF: &[&str] = &["first", "cap"];
pub(in crate::written) const STOPS: &[&str] = &["deadline", "never"];

/// Tries in all that make sense.
pub(in crate::written) const MOST_TRIES: u64 = 1_000;

/// A strategy with its places. `parts` is absent where they could not be read.
#[derive(Debug)]
pub(crate) struct WrittenStrategy {
    pub(crate) name: Placed<String>,
    pub(crate) parts: Option<Parts>,
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
    let parts = parts(table, preset);
    let place = |key| table.get(key).map(|value| value.place());
    let places = Places {
        preset: place("preset"),
        first_send: place("first_send"),
        hint: place("hint"),
        wait: place("wait"),
    };
    Some(WrittenStrategy { name: name?, parts, places })
}

fn parts(table: &Table<'_>, preset: Said<&'static str>) -> Option<Parts> {
    let by_hand = PARTS.iter().find_map(|key| table.get(key));
    let base = match (preset, by_hand) {
        (Said::Wrong, _) => None,
        (Said::This(word), None) => Preset::named(word).map(Preset::parts),
        (Said::This(word), Some(part)) => {
            let key = part.key();
            let message = format!("`preset` and `{key}` at once");
            let help = format!(
                "the preset {word} decides `{key}` itself; beside it stand only grain, tries, stop and timeout. Leave one of the two out"
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
    beside(table, base.as_ref()).filter(|parts| ends(table, parts))
}

/// What may be said beside a preset as well as beside parts.
fn beside(table: &Table<'_>, base: Option<&Parts>) -> Option<Parts> {
    let grain = said(table.get("grain"), Value::duration_above_zero);
    let tries = said(table.get("tries"), |value| value.whole_up_to(MOST_TRIES).and_then(small));
    let stop = said(table.get("stop"), |value| value.word(STOPS));
    let timeout = said(table.get("timeout"), timeouts);
    let wrong = grain == Said::Wrong
        || tries == Said::Wrong
        || stop == Said::Wrong
        || timeout == Said::Wrong;
    let mut parts = *base.filter(|_| !wrong)?;
    if let Said::This(grain) = grain {
        parts.wait.grain = fine_enough(table, grain, parts.wait.backoff)?;
    }
    if let Said::This(tries) = tries {
        if tries > 1 && !parts.retry_on.tries_again_at_all() {
            in_vain(table);
        }
        parts.stop.tries = Some(tries);
    }
    if let Said::This(word) = stop {
        parts.stop.at_deadline = word == "deadline";
    }
    if let Said::This(timeouts) = timeout {
        parts.timeouts = timeouts;
    }
    Some(parts)
}

/// The grain, unless it would round the first wait away: a strategy that waits would then not.
fn fine_enough(table: &Table<'_>, grain: Span, backoff: Backoff) -> Option<Span> {
    let (Backoff::FullJitter { first, .. } | Backoff::Sdk { first, .. }) = backoff else {
        return Some(grain);
    };
    if grain < first {
        return Some(grain);
    }
    let message = "the grain is as long as the first wait, or longer".to_owned();
    let help = format!("waits are rounded down to it: write less than {}", shown(first));
    if let Some(value) = table.get("grain") {
        value.fault(Code::OutOfRange.name(), message, "too coarse", &help);
    }
    None
}

/// Whether a strategy that retries at once stops some time; without that it is a loop, not a plan.
fn ends(table: &Table<'_>, parts: &Parts) -> bool {
    let at_once = !parts.wait.hint.heeds_any() && parts.wait.backoff == Backoff::None;
    let patient = parts.stop == Stop::NEVER;
    let endless = at_once
        && patient
        && parts.first_send == FirstSendPart::AtOnce
        && parts.retry_on.tries_again_at_all();
    if endless {
        let message = "this strategy retries at once and for ever".to_owned();
        let help = "add `tries = 6`, `stop = \"deadline\"`, or a `wait`";
        table.fault(Code::EndlessRetry.name(), message, "nothing ends it", help);
    }
    !endless
}

/// Warns of `tries` where nothing is tried again.
fn in_vain(table: &Table<'_>) {
    let Some(tries) = table.get("tries") else { return };
    let message = "this strategy tries nothing again, so `tries` changes nothing".to_owned();
    let help = if table.get("preset").is_some() {
        "leave it out, or take a preset that tries again, such as `preset = \"full-jitter\"`"
    } else {
        "leave it out, or write `retry_on = \"limits_and_failures\"`"
    };
    tries.warn(Code::VainTries.name(), message, "never reached", help);
}

fn written_by_hand(table: &Table<'_>) -> Option<Parts> {
    let first_send = said(table.get("first_send"), first_send);
    let retry_on = table.need("retry_on", "retry_on = \"limits_and_failures\"");
    let retry_on = retry_on.and_then(|value| value.word(RETRY_ON));
    let hint = said(table.get("hint"), hint);
    let wait = match (table.get("wait"), retry_on) {
        (None, Some("limits_and_failures")) => {
            let _ =
                table.need("wait", "wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }");
            Said::Wrong
        }
        (value, _) => said(value, backoff),
    };
    if first_send == Said::Wrong || hint == Said::Wrong || wait == Said::Wrong {
        return None;
    }
    Some(Parts {
        first_send: first_send.this().unwrap_or(FirstSendPart::AtOnce),
        retry_on: match retry_on? {
            "nothing" => RetryOn::NOTHING,
            _ => RetryOn::LIMITS_AND_FAILURES,
        },
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

fn first_send(value: Value<'_>) -> Option<FirstSendPart> {
    let chosen = value.choice(FIRST_SEND)?;
    Some(match chosen.word {
        "pace_by_headers" => FirstSendPart::PaceByHeaders,
        "own_bucket" => {
            let share = match chosen.value {
                Some(settings) => share(&settings.table(OWN_BUCKET)?)?,
                None => Share::Whole,
            };
            FirstSendPart::OwnBucket { share, burst: BucketBurst::Spread }
        }
        _ => FirstSendPart::AtOnce,
    })
}

/// The part of the published limits that each client of a group takes for itself.
fn share(table: &Table<'_>) -> Option<Share> {
    let value = table.need("share", "share = \"whole\"")?;
    let text = if value.is_text() { value.any_text("", "") } else { None };
    if let Some(text) = text
        && text.starts_with("1/")
        && text != "1/N"
    {
        let message = format!("`share` cannot be `{text}`");
        let help = "write `share = \"1/N\"` as it stands here: N is the `clients` of each group";
        value.fault(Code::UnknownWord.name(), message, "no number is written here", help);
        return None;
    }
    Some(if value.word(SHARES)? == "1/N" { Share::OneNth } else { Share::Whole })
}

fn hint(value: Value<'_>) -> Option<HintRule> {
    let chosen = value.choice(HINTS)?;
    Some(match (chosen.word, chosen.value) {
        ("up_to", Some(most)) => HintRule::up_to(most.duration_above_zero()?),
        ("honour", _) => HintRule::HONOUR,
        _ => HintRule::IGNORE,
    })
}

fn backoff(value: Value<'_>) -> Option<Backoff> {
    let chosen = value.choice(WAITS)?;
    let Some(settings) = chosen.value.filter(|_| chosen.word != "none") else {
        return Some(Backoff::None);
    };
    let (first, cap) = first_and_cap(&settings.table(BACKOFF)?)?;
    Some(match chosen.word {
        "exponential" => Backoff::Exponential { first, cap },
        "full_jitter" => Backoff::FullJitter { first, cap },
        _ => Backoff::Sdk { first, cap },
    })
}

fn first_and_cap(table: &Table<'_>) -> Option<(Span, Span)> {
    let start = table.need("first", "first = \"500ms\"");
    let first = start.and_then(Value::duration_above_zero);
    let cap = table.need("cap", "cap = \"20s\"").and_then(Value::duration_above_zero);
    let (Some(first), Some(cap), Some(start)) = (first, cap, start) else { return None };
    if first > cap {
        let message = "the first wait is longer than the longest".to_owned();
        start.fault(
            Code::FirstAboveCap.name(),
            message,
            "longer than `cap`",
            "raise `cap` or lower `first`",
        );
        return None;
    }
    Some((first, cap))
}

/// A time-out, or `never`.
fn timeouts(value: Value<'_>) -> Option<Timeouts> {
    if value.is_text() && value.any_text("", "") == Some("never") {
        return Some(Timeouts { silence: None });
    }
    value.duration_above_zero().map(|silence| Timeouts { silence: Some(silence) })
}
