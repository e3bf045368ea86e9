//! The phases of a group's traffic as they are written.

use limits::{Rate, Requests, Span};
use rulebook::reading::{Chosen, Table, Value};

use super::event::time_of_day;
use super::{Said, said, small};
use crate::calendar::{DaysOff, TimeOfDay};
use crate::cast::{Day, Phase};
use crate::fault::Code;
use crate::gaps::Variation;

pub(in crate::written) mod curve;

pub(in crate::written) const STEADY: &[&str] = &["rate", "lasts", "jobs"];
pub(in crate::written) const POISSON: &[&str] = &["rate", "lasts"];
pub(in crate::written) const RAMP: &[&str] = &["from", "to", "lasts"];
pub(in crate::written) const VARIED: &[&str] = &["rate", "cv", "lasts"];
pub(in crate::written) const BURST: &[&str] = &["jobs", "every", "within", "lasts"];
pub(in crate::written) const AT_ONCE: &[&str] = &["jobs", "lasts"];
pub(in crate::written) const PAUSE: &[&str] = &["lasts"];
pub(in crate::written) const DAILY: &[&str] = &["peak", "trough", "busiest", "weekend", "lasts"];

/// Jobs that one phase may count.
pub(in crate::written) const MOST_JOBS: u64 = 1 << 30;

/// A phase, and what it says of its length; a phase that does not say is zero long so far.
pub(super) type WrittenPhase = (Phase, Said<Span>);

/// Reads the settings of a phase by its word.
pub(super) fn read(chosen: &Chosen<'_>) -> Option<WrittenPhase> {
    let settings = chosen.value?;
    match chosen.word {
        "steady" => steady(&settings.table(STEADY)?),
        "ramp" => ramp(&settings.table(RAMP)?),
        "gamma" => {
            varied(&settings.table(VARIED)?, |rate, cv, lasts| Phase::Gamma { rate, cv, lasts })
        }
        "weibull" => {
            varied(&settings.table(VARIED)?, |rate, cv, lasts| Phase::Weibull { rate, cv, lasts })
        }
        "burst" => burst(&settings.table(BURST)?),
        "at_once" => at_once(&settings.table(AT_ONCE)?),
        "pause" => {
            let (span, lasts) = length(&settings.table(PAUSE)?);
            Some((Phase::Pause { lasts: span }, lasts))
        }
        "daily" => daily(&settings.table(DAILY)?),
        "curve" => curve::read(settings),
        _ => {
            let table = settings.table(POISSON)?;
            let rate = rate(&table);
            let (span, lasts) = length(&table);
            Some((Phase::Poisson { rate: rate?, lasts: span }, lasts))
        }
    }
}

fn rate(table: &Table<'_>) -> Option<Rate<Requests>> {
    table.need("rate", "rate = \"5/s\"").and_then(Value::rate_above_zero)
}

fn length(table: &Table<'_>) -> (Span, Said<Span>) {
    let lasts = said(table.get("lasts"), Value::duration_above_zero);
    (lasts.clone().this().unwrap_or(Span::ZERO), lasts)
}

fn jobs(value: Value<'_>) -> Option<u32> {
    value.whole_up_to(MOST_JOBS).and_then(small)
}

/// A steady phase may be as long as a number of jobs takes.
fn steady(table: &Table<'_>) -> Option<WrittenPhase> {
    let rate = rate(table);
    let (span, lasts) = length(table);
    let count = table.get("jobs");
    let counted = said(count, jobs);
    let rate = rate?;
    match (count, counted) {
        (Some(count), _) if lasts != Said::Nothing => {
            let message = "`jobs` and `lasts` both say how long this phase is".to_owned();
            count.fault(Code::OneChoice.name(), message, "the second of them", "keep one of them");
            None
        }
        (_, Said::Wrong) => None,
        (_, Said::This(jobs)) => {
            let per = u128::from(rate.per_span().nanos());
            let nanos = u128::from(jobs) * per / u128::from(rate.amount().0.max(1));
            // What is too long for the machine is too long for a run, and refused as that.
            let span = Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
            Some((Phase::Steady { rate, lasts: span }, Said::This(span)))
        }
        (_, Said::Nothing) => Some((Phase::Steady { rate, lasts: span }, lasts)),
    }
}

fn ramp(table: &Table<'_>) -> Option<WrittenPhase> {
    let from = table.need("from", "from = \"2/s\"").and_then(Value::rate);
    let last = table.need("to", "to = \"5/s\"");
    let to = last.and_then(Value::rate);
    let (span, lasts) = length(table);
    let (Some(from), Some(to), Some(last)) = (from, to, last) else { return None };
    let nothing = |rate: Rate<Requests>| rate.amount() == Requests(0);
    if nothing(from) && nothing(to) {
        let message = "a ramp from nothing to nothing sends nothing".to_owned();
        let help = "leave the phase out, or raise one end";
        last.fault(Code::Zero.name(), message, "this is zero, too", help);
        return None;
    }
    Some((Phase::Ramp { from, to, lasts: span }, lasts))
}

fn varied(
    table: &Table<'_>,
    phase: impl FnOnce(Rate<Requests>, Variation, Span) -> Phase,
) -> Option<WrittenPhase> {
    let rate = rate(table);
    let cv = table.need("cv", "cv = 3").and_then(variation);
    let (span, lasts) = length(table);
    Some((phase(rate?, cv?, span), lasts))
}

fn variation(value: Value<'_>) -> Option<Variation> {
    let number = value.number()?;
    let variation = Variation::of(number);
    if variation.is_none() {
        let message = format!("gaps cannot have a coefficient of variation of {number}");
        let help = "from 0.1 to 20 with three decimals at most: 1 is Poisson, above it jobs come in bursts";
        value.fault(Code::OutOfRange.name(), message, "not such a number", help);
    }
    variation
}

fn burst(table: &Table<'_>) -> Option<WrittenPhase> {
    let jobs = table.need("jobs", "jobs = 50").and_then(jobs);
    let every = table.need("every", "every = \"5m\"").and_then(Value::duration_above_zero);
    let spread = table.get("within");
    let within = said(spread, Value::duration);
    let (span, lasts) = length(table);
    let (jobs, every) = (jobs?, every?);
    let within = match (within, spread) {
        (Said::Wrong, _) => return None,
        (Said::This(within), Some(place)) if within > every => {
            let message = "a burst takes longer than it is to the next".to_owned();
            let help = "shorten `within`, or use `steady` for jobs that never stop";
            place.fault(Code::BurstsOverlap.name(), message, "more than `every`", help);
            return None;
        }
        (within, _) => within.this().unwrap_or(Span::ZERO),
    };
    Some((Phase::Burst { jobs, every, within, lasts: span }, lasts))
}

fn at_once(table: &Table<'_>) -> Option<WrittenPhase> {
    let jobs = table.need("jobs", "jobs = 200").and_then(jobs);
    let (span, lasts) = length(table);
    Some((Phase::AtOnce { jobs: jobs?, lasts: span }, lasts))
}

fn daily(table: &Table<'_>) -> Option<WrittenPhase> {
    let peak = table.need("peak", "peak = \"40/s\"").and_then(Value::rate_above_zero);
    let least = table.need("trough", "trough = \"4/s\"");
    let trough = least.and_then(Value::rate);
    let busiest = said(table.get("busiest"), time_of_day);
    let weekend = said(table.get("weekend"), Value::share);
    let (span, lasts) = length(table);
    let (Some(peak), Some(trough), Some(least)) = (peak, trough, least) else { return None };
    let product = |a: Rate<Requests>, b: Rate<Requests>| {
        u128::from(a.amount().0) * u128::from(b.per_span().nanos())
    };
    if product(trough, peak) > product(peak, trough) {
        let message = "the trough of this day is above its peak".to_owned();
        let help = "swap the two, or move `busiest` by twelve hours";
        least.fault(Code::TroughAbovePeak.name(), message, "must not be greater", help);
        return None;
    }
    if busiest == Said::Wrong || weekend == Said::Wrong {
        return None;
    }
    let busiest = busiest.this().unwrap_or(TimeOfDay::EARLY_AFTERNOON);
    let day = Day { peak, trough, busiest, weekend: weekend.this(), holidays: DaysOff::NONE };
    Some((Phase::Daily { day, lasts: span }, lasts))
}
