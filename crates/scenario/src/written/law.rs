//! Laws of chance as they are written: `{ lognormal = { median = 900, p95 = 3000 } }`.
//!
//! The same words are laws of lengths in tokens and laws of times; what their numbers count is the
//! reader's [`Unit`].

use chance::{Law, LawError, share};
use limits::Span;
use rulebook::reading::{Table, Value};
use run_record::Percentile;

use super::length::MOST_TOKENS;
use super::{Said, said};
use crate::fault::Code;
use crate::lasts::shown;

const LOGNORMAL: &[&str] = &["median", "p95", "min", "max"];

/// Quantiles that one table may have: machines write them by the hundred, and 257 are every
/// 256th of a law.
const MOST_QUANTILES: usize = 257;

/// What the numbers of a law count.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// Tokens: whole numbers.
    Tokens,
    /// Nanoseconds, written as lengths of time.
    Time,
}

/// A law and the bounds that its draws are held between.
#[derive(Debug)]
pub(super) struct Drawn {
    pub(super) law: Law,
    pub(super) min: u64,
    pub(super) max: u64,
}

/// Reads the settings of a law by its word.
pub(super) fn read(unit: Unit, word: &str, settings: Value<'_>) -> Option<Drawn> {
    match word {
        "quantiles" => quantiles(unit, settings),
        _ => lognormal(unit, &settings.table(LOGNORMAL)?),
    }
}

impl Unit {
    fn number(self, value: Value<'_>) -> Option<u64> {
        match self {
            Unit::Tokens => value.whole_up_to(MOST_TOKENS),
            Unit::Time => value.duration_above_zero().map(Span::nanos),
        }
    }

    /// The most that a law without a bound of its own is held at.
    const fn most(self) -> u64 {
        match self {
            Unit::Tokens => MOST_TOKENS,
            Unit::Time => u64::MAX >> 1,
        }
    }

    fn text(self, number: u64) -> String {
        match self {
            Unit::Tokens => number.to_string(),
            Unit::Time => shown(Span::from_nanos(number)),
        }
    }

    /// One of two ways to say something.
    const fn either(self, of_tokens: &'static str, of_time: &'static str) -> &'static str {
        match self {
            Unit::Tokens => of_tokens,
            Unit::Time => of_time,
        }
    }
}

/// The least and the greatest that may be drawn, as far as they are said.
struct Bounds {
    min: Option<u64>,
    max: Option<u64>,
}

fn bounds(unit: Unit, table: &Table<'_>) -> Option<Bounds> {
    let number = |value: Value<'_>| unit.number(value);
    let least = table.get("min");
    let min = said(least, number);
    let max = said(table.get("max"), number);
    if min == Said::Wrong || max == Said::Wrong {
        return None;
    }
    let bounds = Bounds { min: min.this(), max: max.this() };
    if let (Some(min), Some(max), Some(least)) = (bounds.min, bounds.max, least)
        && min > max
    {
        let what = unit.either("length", "time");
        let (min, max) = (unit.text(min), unit.text(max));
        let message = format!("the least {what}, {min}, is above the greatest, {max}");
        least.fault(Code::MinAboveMax.name(), message, "must not be greater", "");
        return None;
    }
    Some(bounds)
}

impl Bounds {
    fn hold(&self, unit: Unit, law: Law) -> Drawn {
        Drawn { law, min: self.min.unwrap_or(1), max: self.max.unwrap_or(unit.most()) }
    }
}

fn lognormal(unit: Unit, table: &Table<'_>) -> Option<Drawn> {
    let example = unit.either("median = 900", "median = \"20s\"");
    let median = table.need("median", example).and_then(|value| unit.number(value));
    let high = table.need("p95", unit.either("p95 = 3000", "p95 = \"1m\""));
    let p95 = high.and_then(|value| unit.number(value));
    let bounds = bounds(unit, table);
    let (Some(median), Some(p95), Some(high)) = (median, p95, high) else { return None };
    if p95 <= median {
        let (low, high_text) = (unit.text(median), unit.text(p95));
        let message = format!("the 95th percentile, {high_text}, is not above the median, {low}");
        let help = unit.either(
            "half of all lengths are above the median; for one length always, write the number alone",
            "half of all times are above the median; for one time always, write it alone",
        );
        high.fault(Code::P95NotAboveMedian.name(), message, "must be greater", help);
        return None;
    }
    let bounds = bounds?;
    match Law::lognormal(median as f64, p95 as f64) {
        Ok(law) => Some(bounds.hold(unit, law)),
        Err(error) => {
            too_spread(unit, high, error);
            None
        }
    }
}

fn too_spread(unit: Unit, high: Value<'_>, error: LawError) {
    let what = unit.either("lengths", "times");
    let message = format!("there is no such spread of {what}: {error}");
    let help = "bring the two closer together";
    high.fault(Code::TooSpread.name(), message, "too far from the median", help);
}

/// One quantile: its share, the number, and where and under which name it stands.
struct Quantile<'d> {
    /// In ten thousandths; the least is at zero, the greatest at all of them.
    parts: u64,
    number: u64,
    value: Value<'d>,
}

/// A law as it was measured: by name, `{ p50 = 900, p99 = 6000 }`, or as a list at evenly spaced
/// shares from the least to the greatest.
fn quantiles(unit: Unit, settings: Value<'_>) -> Option<Drawn> {
    let table = if settings.is_list() { listed(unit, settings)? } else { named(unit, settings)? };
    let law = Law::empirical(&table).ok()?;
    Some(Drawn { law, min: 1, max: unit.most() })
}

fn listed(unit: Unit, settings: Value<'_>) -> Option<Vec<(u64, u64)>> {
    let values = settings.list()?;
    let last = values.len().saturating_sub(1) as u64;
    count(unit, settings, values.len(), values.get(MOST_QUANTILES))?;
    let numbers: Vec<Option<u64>> = values.iter().map(|value| unit.number(*value)).collect();
    let numbers: Vec<u64> = numbers.into_iter().collect::<Option<_>>()?;
    let mut rises = true;
    for (index, (pair, value)) in numbers.windows(2).zip(values.iter().skip(1)).enumerate() {
        let [before, number] = pair else { continue };
        if number < before {
            let (number, before) = (unit.text(*number), unit.text(*before));
            let place = index + 2;
            let message = format!(
                "number {place} of this list, {number}, is below the one before it, {before}"
            );
            falls(*value, message);
            rises = false;
        }
    }
    let shares = (0..).map(|step| share(step, last));
    rises.then(|| shares.zip(numbers).collect())
}

fn named(unit: Unit, settings: Value<'_>) -> Option<Vec<(u64, u64)>> {
    let table = settings.free_table()?;
    let entries = table.entries();
    let known = |word: &str| matches!(word, "min" | "max") || Percentile::parse(word).is_some();
    for entry in entries.iter().filter(|entry| !known(entry.key())) {
        let message = format!("`{}` names no quantile", entry.key());
        let help = format!("quantiles are `min`, `max`, and {}", Percentile::FORM);
        let place = entry.key_place();
        table.fault_at(place, Code::UnknownKey.name(), message, "which one?", &help);
    }
    let all_known = entries.iter().all(|entry| known(entry.key()));
    let read = |value: &Value<'_>| {
        let parts = match value.key() {
            "min" => 0,
            "max" => PARTS,
            word => Percentile::parse(word).map_or(0, |percentile| percentile.rank(PARTS)),
        };
        (parts, unit.number(*value))
    };
    let read: Vec<(u64, Option<u64>)> = entries.iter().map(read).collect();
    let counted = count(unit, settings, entries.len(), entries.get(MOST_QUANTILES));
    if !all_known || counted.is_none() {
        return None;
    }
    let mut quantiles = Vec::with_capacity(entries.len());
    for ((parts, number), value) in read.into_iter().zip(entries) {
        quantiles.push(Quantile { parts, number: number?, value });
    }
    quantiles.sort_by_key(|quantile| (quantile.parts, quantile.value.key_place().start));
    in_order(unit, &quantiles)?;
    Some(quantiles.iter().map(|one| (share(one.parts, PARTS), one.number)).collect())
}

/// A share of all, as percentiles count it.
const PARTS: u64 = 10_000;

/// Refuses two values for one quantile, and values that fall.
fn in_order(unit: Unit, quantiles: &[Quantile<'_>]) -> Option<()> {
    let mut rises = true;
    for pair in quantiles.windows(2) {
        let [before, this] = pair else { continue };
        let (word, other) = (this.value.key(), before.value.key());
        if this.parts == before.parts {
            let message = format!("`{word}` and `{other}` are the same quantile");
            let help = "leave one out";
            this.value.fault(Code::DuplicateName.name(), message, "the second one", help);
            rises = false;
        } else if this.number < before.number {
            let (number, least) = (unit.text(this.number), unit.text(before.number));
            falls(this.value, format!("`{word}`, {number}, is below `{other}`, {least}"));
            rises = false;
        }
    }
    rises.then_some(())
}

fn falls(value: Value<'_>, message: String) {
    let help = "a quantile is what so large a share stays within: a larger share needs no less";
    value.fault(Code::QuantilesFall.name(), message, "must not be smaller", help);
}

/// Refuses too few quantiles, and too many.
fn count(
    unit: Unit,
    settings: Value<'_>,
    count: usize,
    one_more: Option<&Value<'_>>,
) -> Option<()> {
    if count < 2 {
        let message = "a law by its quantiles needs at least two of them".to_owned();
        let help = unit.either(
            "for example `quantiles = { p50 = 900, p99 = 6000 }`; for one length always, write the number alone",
            "for example `quantiles = { p50 = \"20s\", p99 = \"2m\" }`; for one time always, write it alone",
        );
        settings.fault(Code::QuantileCount.name(), message, "not two of them", help);
        return None;
    }
    if let Some(one_more) = one_more {
        let message = format!("{count} quantiles, and {MOST_QUANTILES} are the most");
        let help = "write fewer of them: between two neighbours lies a straight line";
        one_more.fault(Code::QuantileCount.name(), message, "one too many", help);
        return None;
    }
    Some(())
}
