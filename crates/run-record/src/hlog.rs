//! Times of a run as an interval log of `HdrHistogram`, which many tools draw and compare: `.hlog`.
//!
//! One interval as long as the run for each time of each group of each cell, over all replications,
//! in nanoseconds as those tools expect. Its tag says whose it is:
//! `tier=build-2;strategy=full-jitter;group=chat;time=wait`. Letters that no tag may have are written
//! as `%20`. A sample stands at the upper edge of its bin, as percentiles do everywhere else, and
//! three digits of it are kept. What has no samples has no interval.

use std::fmt::Write as _;
use std::time::Duration;

use hdrhistogram::serialization::V2DeflateSerializer;
use hdrhistogram::serialization::interval_log::{IntervalLogWriterBuilder, Tag};

use crate::cell::{Cell, GroupCell};
use crate::file::RunRecord;
use crate::histogram::Histogram;
use crate::times::Times;

/// Digits that survive.
const DIGITS: u8 = 3;
const SECOND: f64 = 1e9;

/// Why times could not be written as an interval log.
#[derive(Debug, thiserror::Error)]
#[error("the times of {tag} cannot be written: {says}")]
pub struct HlogFault {
    tag: String,
    says: String,
}

impl RunRecord {
    /// The times of all cells as an interval log.
    ///
    /// # Errors
    /// [`HlogFault`] when the format cannot hold a time; no run's can be so long.
    pub fn hlog(&self) -> Result<String, HlogFault> {
        let lasts = Duration::from_nanos(self.header().lasts.nanos());
        let fault = |tag: &str, error: &dyn std::fmt::Display| HlogFault {
            tag: tag.to_owned(),
            says: error.to_string(),
        };
        let mut log: Vec<u8> = Vec::new();
        let mut serializer = V2DeflateSerializer::new();
        let mut builder = IntervalLogWriterBuilder::new();
        builder.add_comment(
            "tierlab: nanoseconds of answered jobs, and of refusals; the maximum in seconds",
        );
        builder.with_max_value_divisor(SECOND);
        let mut writer = builder
            .begin_log_with(&mut log, &mut serializer)
            .map_err(|error| fault("the head", &error))?;
        for (cell, group, name) in groups(self) {
            for (time, histogram) in times(group).into_iter().filter(|(_, one)| one.count() > 0) {
                let text = format!("{};group={};time={time}", key(cell), escaped(name));
                let samples = samples(histogram).map_err(|error| fault(&text, &error))?;
                writer
                    .write_histogram(&samples, Duration::ZERO, lasts, Tag::new(&text))
                    .map_err(|error| fault(&text, &format!("{error:?}")))?;
            }
        }
        String::from_utf8(log).map_err(|error| fault("the log", &error))
    }
}

/// Every group of every cell, with its name.
fn groups(record: &RunRecord) -> impl Iterator<Item = (&Cell, &GroupCell, &str)> {
    let names = &record.header().groups;
    record.cells().iter().flat_map(move |cell| {
        let groups = cell.groups().iter().zip(names);
        groups.map(move |(group, note)| (cell, group, note.name.as_str()))
    })
}

/// The times that a group keeps, by name.
fn times(group: &GroupCell) -> Vec<(&'static str, &Histogram)> {
    let Times { wait, answer, first_token, service, per_token, refusal } = group.times();
    vec![
        ("wait", wait),
        ("time_to_answer", answer),
        ("time_to_first_token", first_token),
        ("service_time", service),
        ("time_per_token", per_token),
        ("refusal", refusal),
    ]
}

fn samples(histogram: &Histogram) -> Result<hdrhistogram::Histogram<u64>, String> {
    let most = histogram.iter().map(|bin| bin.most).max().unwrap_or(0).max(2);
    let mut samples = hdrhistogram::Histogram::new_with_bounds(1, most, DIGITS)
        .map_err(|error| error.to_string())?;
    for bin in histogram.iter() {
        samples.record_n(bin.most, bin.count).map_err(|error| error.to_string())?;
    }
    Ok(samples)
}

/// What sets a cell apart, tier and strategy first.
fn key(cell: &Cell) -> String {
    let first = ["tier", "strategy"];
    let key = &cell.key().0;
    let begin = first.iter().filter_map(|name| Some((*name, key.get(*name)?)));
    let rest = key.iter().map(|(name, value)| (name.as_str(), value));
    let rest = rest.filter(|(name, _)| !first.contains(name));
    let words = begin.chain(rest).map(|(name, value)| format!("{name}={}", escaped(value)));
    words.collect::<Vec<String>>().join(";")
}

/// A word without what ends a tag, or a word of ours within it.
fn escaped(word: &str) -> String {
    let mut escaped = String::with_capacity(word.len());
    let mut bytes = [0; 4];
    for letter in word.chars() {
        if letter.is_whitespace() || letter.is_control() || ",;=%".contains(letter) {
            for byte in letter.encode_utf8(&mut bytes).bytes() {
                // Writing to a String cannot fail.
                let _ = write!(escaped, "%{byte:02X}");
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}
