//! Laws of chance as they are written: `{ lognormal = { median = 900, p95 = 3000 } }`.
//!
//! The same words are laws of lengths in tokens and laws of times; what their numbers count is the
//! reader's [`Unit`].

use chance::{Family, Law, LawError, share};
use limits::Span;
use rulebook::reading::{Table, Value, nearest};
use run_record::Percentile;

use super::length::MOST_TOKENS;
use super::{Said, said};
use crate::fault::Code;
use crate::lasts::shown;

pub(in crate::written) const BY_PERCENTILES: &[&str] = &["median", "p95", "min", "max", "beyond"];
pub(in crate::written) const BY_MEAN: &[&str] = &["mean", "min", "max", "beyond"];
pub(in crate::written) const BEYOND: &[&str] = &["held", "redrawn"];

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
    /// It in words, by the figures that are written.
    pub(super) says: String,
}

/// Reads the settings of a law by its word.
pub(super) fn read(unit: Unit, word: &str, settings: Value<'_>) -> Option<Drawn> {
    match word {
        "quantiles" => quantiles(unit, settings),
        "exponential" => exponential(unit, &settings.table(BY_MEAN)?),
        "pareto" => by_percentiles(unit, &settings.table(BY_PERCENTILES)?, |median, p95| {
            Family::Pareto { median, p95 }
        }),
        _ => by_percentiles(unit, &settings.table(BY_PERCENTILES)?, |median, p95| {
            Family::Lognormal { median, p95 }
        }),
    }
}

impl Unit {
    fn number(self, value: Value<'_>) -> Option<u64> {
        match self {
            Unit::Tokens => value.whole_up_to(MOST_TOKENS),
            Unit::Time => value.duration_above_zero().map(Span::nanos),
        }
    }

    /// A number that was measured: no time at all can be, no text is empty.
    fn measured(self, value: Value<'_>) -> Option<u64> {
        match self {
            Unit::Tokens => self.number(value),
            Unit::Time => value.duration().map(Span::nanos),
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

/// The least and the greatest that may be drawn, as far as they are said, with their places.
struct Bounds<'d> {
    min: Option<(u64, Value<'d>)>,
    max: Option<(u64, Value<'d>)>,
    /// Whether what lies outside is drawn again; else it is held at the bound.
    redrawn: bool,
}

fn bounds<'d>(unit: Unit, table: &Table<'d>) -> Option<Bounds<'d>> {
    let number = |value: Value<'d>| Some((unit.number(value)?, value));
    let min = said_at(table.get("min"), number);
    let max = said_at(table.get("max"), number);
    let beyond = table.get("beyond");
    let word = said(beyond, |value| value.word(BEYOND));
    let (min, max, false) = (min?, max?, word == Said::Wrong) else { return None };
    if let (Some((min, least)), Some((max, _))) = (min, max)
        && min > max
    {
        let what = unit.either("length", "time");
        let (min, max) = (unit.text(min), unit.text(max));
        let message = format!("the least {what}, {min}, is above the greatest, {max}");
        least.fault(Code::MinAboveMax.name(), message, "must not be greater", "swap the two");
        return None;
    }
    let redrawn = word == Said::This("redrawn");
    if let (true, None, None, Some(beyond)) = (redrawn, min, max, beyond) {
        let message = "nothing is drawn again without a bound to lie beyond".to_owned();
        let help = unit.either("add `max = 8000`, or `min`", "add `max = \"2m\"`, or `min`");
        beyond.fault(Code::MissingKey.name(), message, "beyond which bound?", help);
        return None;
    }
    Some(Bounds { min, max, redrawn })
}

impl Bounds<'_> {
    /// `, 1s at least and 2m at most`; nothing where there are none.
    fn text(&self, unit: Unit) -> String {
        let min = self.min.map(|(min, _)| format!("{} at least", unit.text(min)));
        let max = self.max.map(|(max, _)| format!("{} at most", unit.text(max)));
        match (min, max) {
            (None, None) => String::new(),
            (Some(one), None) | (None, Some(one)) => format!(", {one}"),
            (Some(min), Some(max)) => format!(", {min} and {max}"),
        }
    }
}

/// What is said under a key that may be absent; nothing at all if it is noted as a fault.
#[expect(clippy::option_option, reason = "absent is no fault")]
fn said_at<'d, T>(
    value: Option<Value<'d>>,
    read: impl FnOnce(Value<'d>) -> Option<T>,
) -> Option<Option<T>> {
    value.map_or(Some(None), |value| read(value).map(Some))
}

/// The law of a family within its bounds; `last` is the figure that makes it spread.
fn law(
    unit: Unit,
    family: Family,
    bounds: &Bounds<'_>,
    last: Value<'_>,
    figures: &str,
) -> Option<Drawn> {
    let min = bounds.min.map_or(1, |(min, _)| min);
    let max = bounds.max.map_or(unit.most(), |(max, _)| max);
    let law = if bounds.redrawn {
        family.within(min, max)
    } else {
        family.law(bounds.max.map(|(max, _)| max))
    };
    match law {
        Ok(law) => {
            if !bounds.redrawn {
                mostly_held(unit, &law, bounds);
            }
            Some(Drawn { law, min, max, says: format!("{figures}{}", bounds.text(unit)) })
        }
        Err(error) => {
            no_law(unit, bounds, last, error);
            None
        }
    }
}

/// Warns of a bound at which most draws are held.
fn mostly_held(unit: Unit, law: &Law, bounds: &Bounds<'_>) {
    let half = law.quantile(1, 2);
    let above = bounds.max.filter(|(max, _)| half > *max);
    let below = bounds.min.filter(|(min, _)| half < *min);
    if let Some((bound, value)) = above.or(below) {
        let what = unit.either("lengths", "times");
        let (key, bound) = (value.key(), unit.text(bound));
        let message = format!("more than half of these {what} are held at `{key}`, {bound}");
        let help = "move it, or say `beyond = \"redrawn\"` to draw within the bounds only";
        value.warn(Code::MostlyHeld.name(), message, "cuts most of the law", help);
    }
}

/// Says why there is no such law.
fn no_law(unit: Unit, bounds: &Bounds<'_>, last: Value<'_>, error: LawError) {
    let what = unit.either("lengths", "times");
    if error == LawError::LittleLeft {
        let place = bounds.max.or(bounds.min).map_or(last, |(_, value)| value);
        let message = "less than one in ten thousand draws of this law is within its bounds";
        let help = "widen the bounds, or move the law between them";
        let code = Code::LittleLeft.name();
        place.fault(code, message.to_owned(), "leaves next to nothing", help);
    } else if error == LawError::NoMean {
        let message = format!("the mean of these {what} has no bound, so heavy is their tail");
        let help = "add `max`, or stay below ten times the median";
        last.fault(Code::NoMean.name(), message, "ten times the median or more", help);
    } else {
        let message = format!("there is no such spread of {what}: {error}");
        let help = "bring the two closer together, or add `max`";
        last.fault(Code::TooSpread.name(), message, "too far from the median", help);
    }
}

fn exponential(unit: Unit, table: &Table<'_>) -> Option<Drawn> {
    let value = table.need("mean", unit.either("mean = 200", "mean = \"20s\""));
    let mean = value.and_then(|value| unit.number(value));
    let bounds = bounds(unit, table)?;
    let mean = mean?;
    let figures = format!("{} on average", unit.text(mean));
    law(unit, Family::Exponential { mean: mean as f64 }, &bounds, value?, &figures)
}

/// A family of which the median and the 95th percentile are known.
fn by_percentiles(
    unit: Unit,
    table: &Table<'_>,
    family: impl FnOnce(f64, f64) -> Family,
) -> Option<Drawn> {
    let example = unit.either("median = 900", "median = \"20s\"");
    let median = table.need("median", example).and_then(|value| unit.number(value));
    let high = table.need("p95", unit.either("p95 = 3000", "p95 = \"1m\""));
    let p95 = high.and_then(|value| unit.number(value));
    let bounds = bounds(unit, table);
    let (Some(median), Some(p95), Some(high)) = (median, p95, high) else { return None };
    let (low, top) = (unit.text(median), unit.text(p95));
    if p95 <= median {
        let message = format!("the 95th percentile, {top}, is not above the median, {low}");
        let help = unit.either(
            "half of all lengths are above the median; for one length always, write the number alone",
            "half of all times are above the median; for one time always, write it alone",
        );
        high.fault(Code::P95NotAboveMedian.name(), message, "must be greater", help);
        return None;
    }
    let figures = format!("{low} at the median and {top} at the 95th percentile");
    law(unit, family(median as f64, p95 as f64), &bounds?, high, &figures)
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
    let (least, most) = (unit.text(law.at(0)), unit.text(law.largest()));
    let says = format!("{least} to {most} as measured");
    let min = u64::from(unit == Unit::Tokens);
    Some(Drawn { law, min, max: unit.most(), says })
}

fn listed(unit: Unit, settings: Value<'_>) -> Option<Vec<(u64, u64)>> {
    let values = settings.list()?;
    let last = values.len().saturating_sub(1) as u64;
    count(unit, settings, values.len(), values.get(MOST_QUANTILES))?;
    let numbers: Vec<Option<u64>> = values.iter().map(|value| unit.measured(*value)).collect();
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
        let meant = meant(entry.key()).map(|word| format!("did you mean `{word}`? "));
        let meant = meant.unwrap_or_default();
        let help = format!("{meant}quantiles are `min`, `max`, and {}", Percentile::FORM);
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
        (parts, unit.measured(*value))
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

/// The quantile that another word for one probably means.
fn meant(word: &str) -> Option<String> {
    match (word, word.strip_prefix('p').and_then(|digits| digits.parse().ok())) {
        ("median", _) => Some("p50".to_owned()),
        (_, Some(0)) => Some("min".to_owned()),
        (_, Some(digit @ 1..=9_u8)) => Some(format!("p0{digit}")),
        (_, Some(100)) => Some("max".to_owned()),
        _ => nearest(word, &["min", "max"]).map(str::to_owned),
    }
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
