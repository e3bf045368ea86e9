//! `first_send`: when may an attempt go?

use limits::{Rate, Requests, Span};
use rulebook::reading::{Table, Takes, Value};
use strategies::{BucketBurst, FirstSendPart, Percent, Share};

use super::super::{Said, said, small};
use super::portion::some_percent;
use crate::fault::Code;

pub(in crate::written) const WORDS: &[(&str, Takes)] = &[
    ("at_once", Takes::Nothing),
    ("pace_by_headers", Takes::Nothing),
    ("own_bucket", Takes::Either),
    ("cap", Takes::Value),
    ("aimd_cap", Takes::Either),
    ("aimd_rate", Takes::Value),
    ("aws_adaptive", Takes::Nothing),
    ("shared_bucket", Takes::Either),
];
pub(in crate::written) const OWN_BUCKET: &[&str] = &["share", "burst"];
pub(in crate::written) const BURSTS: &[&str] = &["spread", "minute"];
pub(in crate::written) const CAP: &[&str] = &["in_flight"];
pub(in crate::written) const AIMD_CAP: &[&str] = &["start", "least", "most", "cut", "slow"];
pub(in crate::written) const AIMD_RATE: &[&str] = &["start", "add", "every", "cut", "least"];
pub(in crate::written) const SHARED_BUCKET: &[&str] = &["share", "delay"];

/// Attempts in flight that make sense.
pub(in crate::written) const MOST_IN_FLIGHT: u64 = 1_000_000;

pub(super) fn read(value: Value<'_>) -> Option<FirstSendPart> {
    let chosen = value.choice(WORDS)?;
    match (chosen.word, chosen.value) {
        ("pace_by_headers", _) => Some(FirstSendPart::PaceByHeaders),
        ("aws_adaptive", _) => Some(FirstSendPart::AwsAdaptive),
        ("own_bucket", None) => {
            Some(FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Spread })
        }
        ("own_bucket", Some(settings)) => own_bucket(&settings.table(OWN_BUCKET)?),
        ("cap", Some(settings)) => {
            let table = settings.table(CAP)?;
            let most = table.need("in_flight", "in_flight = 8").and_then(in_flight);
            Some(FirstSendPart::Cap { most: most? })
        }
        ("aimd_cap", None) => aimd_cap(None),
        ("aimd_cap", Some(settings)) => aimd_cap(Some(&settings.table(AIMD_CAP)?)),
        ("aimd_rate", Some(settings)) => aimd_rate(&settings.table(AIMD_RATE)?),
        ("shared_bucket", None) => shared_bucket(None),
        ("shared_bucket", Some(settings)) => shared_bucket(Some(&settings.table(SHARED_BUCKET)?)),
        _ => Some(FirstSendPart::AtOnce),
    }
}

fn in_flight(value: Value<'_>) -> Option<u32> {
    value.whole_up_to(MOST_IN_FLIGHT).and_then(small)
}

fn own_bucket(table: &Table<'_>) -> Option<FirstSendPart> {
    let share = table.need("share", "share = \"whole\"").and_then(share);
    let burst = said(table.get("burst"), |value| value.word(BURSTS));
    if burst == Said::Wrong {
        return None;
    }
    let minute = burst.this() == Some("minute");
    let burst = if minute { BucketBurst::Minute } else { BucketBurst::Spread };
    Some(FirstSendPart::OwnBucket { share: share?, burst })
}

/// The part of the published limits that each client of a group takes for itself.
fn share(value: Value<'_>) -> Option<Share> {
    const HELP: &str = "\"whole\", \"1/N\" as it stands here (N is the `clients` of each group), \
                        or a whole percentage: \"50%\"";
    let text = value.any_text("a share of the published limits", HELP)?;
    match text {
        "whole" => Some(Share::Whole),
        "1/N" => Some(Share::OneNth),
        text if text.ends_with('%') => part(value).map(Share::Part),
        text => {
            let message = format!("`share` cannot be `{text}`");
            value.fault(Code::UnknownWord.name(), message, "no such share", HELP);
            None
        }
    }
}

fn part(value: Value<'_>) -> Option<Percent> {
    some_percent(value, "a bucket that is never filled lets nothing pass")
}

/// Netflix's usual bounds and cut, unless others are said.
fn aimd_cap(table: Option<&Table<'_>>) -> Option<FirstSendPart> {
    let get = |key| table.and_then(|table| table.get(key));
    let number = |key, usual| get(key).map_or(Some(usual), in_flight);
    let (start, least, most) = (number("start", 20), number("least", 20), number("most", 200));
    let cut = get("cut").map_or(Some(Percent(10)), cut);
    let slow = said(get("slow"), Value::duration_above_zero);
    if slow == Said::Wrong {
        return None;
    }
    let (start, least, most) = (start?, least?, most?);
    between(table, "least", start < least, "it would begin below its least")?;
    between(table, "most", start > most, "it would begin above its most")?;
    Some(FirstSendPart::AimdCap { start, least, most, cut: cut?, slow: slow.this() })
}

fn aimd_rate(table: &Table<'_>) -> Option<FirstSendPart> {
    let rate = |key, example| table.need(key, example).and_then(Value::rate_above_zero);
    let (start, add) = (rate("start", "start = \"5/s\""), rate("add", "add = \"1/s\""));
    let every = table.need("every", "every = \"1s\"").and_then(Value::duration_above_zero);
    let cut = table.need("cut", "cut = \"50%\"").and_then(cut);
    let least = rate("least", "least = \"0.1/s\"");
    let (start, least) = (start?, least?);
    between(Some(table), "least", per_day(start) < per_day(least), "it would begin below it")?;
    Some(FirstSendPart::AimdRate { start, add: add?, every: every?, cut: cut?, least })
}

fn per_day(rate: Rate<Requests>) -> u64 {
    rate.over(Span::from_secs(86_400))
}

/// Refuses a start that is out of bounds.
fn between(table: Option<&Table<'_>>, key: &'static str, out: bool, why: &str) -> Option<()> {
    let bound = table.and_then(|table| table.get("start").or(table.get(key)));
    if let Some(value) = bound.filter(|_| out) {
        let message = format!("`start` and `{key}` do not go together: {why}");
        let help = "`least` may be no more than `start`, and `start` no more than `most`";
        value.fault(Code::MinAboveMax.name(), message, "out of bounds", help);
    }
    (!out).then_some(())
}

/// What a refusal takes off: some, and not all.
fn cut(value: Value<'_>) -> Option<Percent> {
    let cut = some_percent(value, "a client that never slows down learns nothing: \"50%\"")?;
    if cut.0 >= 100 {
        let message = "`cut` must leave something".to_owned();
        let help = "at 100% the first refusal is the end: \"50%\" is usual, Netflix takes 10%";
        value.fault(Code::OutOfRange.name(), message, "all of it", help);
        return None;
    }
    Some(cut)
}

fn shared_bucket(table: Option<&Table<'_>>) -> Option<FirstSendPart> {
    let get = |key| table.and_then(|table| table.get(key));
    let share = get("share").map_or(Some(Share::Whole), share);
    let delay = get("delay").map_or(Some(Span::ZERO), Value::duration);
    let (share, delay) = (share?, delay?);
    if share == Share::OneNth
        && let Some(value) = get("share")
    {
        let message = "the bucket is one for all clients: no one of them has an Nth".to_owned();
        let help = "write \"whole\", or a percentage that leaves some room: \"95%\"";
        value.fault(Code::VainPart.name(), message, "an Nth of what?", help);
        return None;
    }
    Some(FirstSendPart::SharedBucket { share, delay })
}
