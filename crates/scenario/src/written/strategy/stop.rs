//! `tries`, `max_retries`, `stop`, `within`, `budget`, `breaker`, `throttle`: when is it enough?
//!
//! What a budget says where a file says only its name is what its source says.

use limits::Span;
use rulebook::reading::{Table, Takes, Value};
use strategies::{Breaker, Budget, Percent, Tenths, Thousandths, Throttle};

use super::super::{Said, said, small};
use super::portion::{percent, some_percent, tenths, thousandths};
use crate::fault::Code;

pub(in crate::written) const STOPS: &[&str] = &["deadline", "never"];
pub(in crate::written) const BUDGETS: &[(&str, Takes)] = &[
    ("finagle", Takes::Either),
    ("sre", Takes::Either),
    ("grpc", Takes::Either),
    ("aws", Takes::Either),
    ("brooker", Takes::Either),
    ("failures_below", Takes::Either),
];
/// The settings of a budget.
pub(in crate::written) fn settings_of(word: &str) -> &'static [&'static str] {
    match word {
        "finagle" => &["share", "reserve", "ttl"],
        "grpc" => &["most", "ratio"],
        "aws" => &["capacity", "retry", "throttled", "time_out", "first_success"],
        "brooker" => &["deposit", "most"],
        _ => &["share", "over"],
    }
}
pub(in crate::written) const BREAKER: &[&str] = &["opens_at", "over", "least", "stays", "probes"];
pub(in crate::written) const THROTTLE: &[&str] = &["k", "over"];

/// Tries in all that make sense.
pub(in crate::written) const MOST_TRIES: u64 = 1_000;
/// Tokens in a bucket, and attempts in a window, that make sense.
pub(in crate::written) const MOST_TOKENS: u64 = 1_000_000;

/// Tries in all, by either of the two words for them.
pub(super) fn tries(table: &Table<'_>) -> Said<u32> {
    let tries = said(table.get("tries"), |value| value.whole_up_to(MOST_TRIES).and_then(small));
    let retries = said(table.get("max_retries"), retries);
    if let (Some(second), Some(_)) = (table.get("max_retries"), table.get("tries")) {
        let message = "`tries` and `max_retries` say the same twice".to_owned();
        let help = "leave one of them out: `max_retries = 2` is `tries = 3`";
        let place = second.key_place();
        table.fault_at(place, Code::PresetAndParts.name(), message, "decided twice", help);
        return Said::Wrong;
    }
    if tries == Said::Nothing { retries } else { tries }
}

fn retries(value: Value<'_>) -> Option<u32> {
    let retries = value.whole()?;
    if retries >= MOST_TRIES {
        let message = "`max_retries` is out of range".to_owned();
        let help = format!("write less than {MOST_TRIES}");
        value.fault(Code::OutOfRange.name(), message, "more than makes sense", &help);
        return None;
    }
    small(retries + 1)
}

pub(super) fn budget(value: Value<'_>) -> Option<Budget> {
    let chosen = value.choice(BUDGETS)?;
    let table = match chosen.value {
        Some(settings) => Some(settings.table(settings_of(chosen.word))?),
        None => None,
    };
    let of = Settings { table };
    match chosen.word {
        "finagle" => finagle(&of, value),
        "sre" => sre(&of),
        "grpc" => {
            let ratio = of.other("ratio", Thousandths(100), |value| {
                thousandths(value, "what a success adds: gRPC takes 0.1")
            });
            Some(Budget::Grpc { most: of.whole("most", 10)?, ratio: ratio? })
        }
        "aws" => aws(&of, value),
        "brooker" => {
            let deposit = of.other("deposit", Thousandths(100), |value| {
                thousandths(value, "what a first attempt adds: Brooker takes 0.1")
            });
            let most = of.whole("most", 5)?;
            let why = "a retry is made while there is more than one: write 2 at least";
            never_any(value, most < 2, why)?;
            Some(Budget::Brooker { deposit: deposit?, most })
        }
        _ => {
            let percent = of.other("share", Percent(10), percent);
            let over = of.time("over", Span::from_secs(60));
            Some(Budget::RetriesWhileFailuresBelow { percent: percent?, over: over? })
        }
    }
}

fn finagle(of: &Settings<'_>, value: Value<'_>) -> Option<Budget> {
    let percent = of.other("share", Percent(20), percent);
    let reserve = of.other("reserve", 10, per_second);
    let ttl = of.time("ttl", Span::from_secs(10));
    let (percent, reserve_per_s, ttl) = (percent?, reserve?, ttl?);
    let why = "give it a `share` or a `reserve`";
    never_any(value, percent.0 == 0 && reserve_per_s == 0, why)?;
    Some(Budget::Finagle { ttl, reserve_per_s, percent })
}

fn sre(of: &Settings<'_>) -> Option<Budget> {
    let zero = "no retry would ever be made: write `retry_on = \"nothing\"` for that";
    let percent = of.other("share", Percent(10), |value| some_percent(value, zero));
    let over = of.time("over", Span::from_secs(120));
    let (percent, over) = (percent?, over?);
    if percent.0 >= 100
        && let Some(value) = of.get("share")
    {
        let message = "retries are never as many as all requests".to_owned();
        let help = "write less than 100%: the SRE book has 10%";
        value.fault(Code::VainPart.name(), message, "binds nothing", help);
        return None;
    }
    Some(Budget::Sre { percent, over })
}

fn aws(of: &Settings<'_>, value: Value<'_>) -> Option<Budget> {
    let capacity = of.whole("capacity", 500);
    let retry = of.whole("retry", 5);
    let throttled = of.whole("throttled", 5);
    let time_out = of.whole("time_out", 10);
    let first_success = of.whole("first_success", 1);
    let (capacity, retry, throttled) = (capacity?, retry?, throttled?);
    let why = "raise `capacity`, or lower what a retry costs";
    never_any(value, capacity < retry.min(throttled), why)?;
    let (time_out, first_success) = (time_out?, first_success?);
    Some(Budget::Aws { capacity, retry, throttled, time_out, first_success })
}

/// Refuses a budget that never holds enough for a retry.
fn never_any(value: Value<'_>, never: bool, help: &str) -> Option<()> {
    if never {
        let message = "this budget never has enough for a retry".to_owned();
        value.fault(Code::VainPart.name(), message, "no retry is ever made", help);
    }
    (!never).then_some(())
}

/// So many a second, whole.
fn per_second(value: Value<'_>) -> Option<u32> {
    let rate = value.rate()?;
    let nanos = rate.per_span().nanos();
    let jobs = u128::from(rate.amount().0) * 1_000_000_000;
    let whole = jobs.checked_div(nanos.into()).filter(|whole| whole * u128::from(nanos) == jobs);
    let whole = whole.and_then(|whole| u32::try_from(whole).ok());
    if whole.is_none() {
        let message = format!("`{}` must be a whole number a second", value.key());
        value.fault(Code::OutOfRange.name(), message, "not whole", "for example \"10/s\"");
    }
    whole
}

/// A circuit breaker.
pub(super) fn breaker(value: Value<'_>) -> Option<Breaker> {
    let table = value.table(BREAKER)?;
    let zero = "at 0% it is open from the first attempt on: \"50%\" is usual";
    let opens_at = table.need("opens_at", "opens_at = \"50%\"");
    let opens_at = opens_at.and_then(|value| some_percent(value, zero));
    let stays = table.need("stays", "stays = \"30s\"").and_then(Value::duration_above_zero);
    let of = Settings { table: Some(table) };
    let over = of.time("over", Span::from_secs(10));
    let (least, probes) = (of.whole("least", 10), of.whole("probes", 1));
    Some(Breaker {
        opens_at: opens_at?,
        over: over?,
        least: least?,
        stays: stays?,
        probes: probes?,
    })
}

/// Adaptive throttling.
pub(super) fn throttle(value: Value<'_>) -> Option<Throttle> {
    let of = Settings { table: Some(value.table(THROTTLE)?) };
    let below = "below 1 a client refuses itself what the service would accept: the SRE book has 2";
    let k = of.other("k", Tenths(20), |value| tenths(value, below));
    let over = of.time("over", Span::from_secs(120));
    Some(Throttle { k: k?, over: over? })
}

/// Settings of which each has a usual value.
struct Settings<'d> {
    table: Option<Table<'d>>,
}

impl<'d> Settings<'d> {
    fn get(&self, key: &'static str) -> Option<Value<'d>> {
        self.table.as_ref().and_then(|table| table.get(key))
    }

    fn other<T>(
        &self,
        key: &'static str,
        usual: T,
        read: impl FnOnce(Value<'d>) -> Option<T>,
    ) -> Option<T> {
        self.get(key).map_or(Some(usual), read)
    }

    fn whole(&self, key: &'static str, usual: u32) -> Option<u32> {
        self.other(key, usual, |value| value.whole_up_to(MOST_TOKENS).and_then(small))
    }

    fn time(&self, key: &'static str, usual: Span) -> Option<Span> {
        self.other(key, usual, Value::duration_above_zero)
    }
}
