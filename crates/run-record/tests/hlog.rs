//! Times of a run as other tools read them: with the reader of `hdrhistogram` itself.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod scene;

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use hdrhistogram::serialization::Deserializer;
use hdrhistogram::serialization::interval_log::{IntervalLogIterator, LogEntry};
use limits::Span;
use run_record::{CellKey, GroupCell, Latency, Leaf, Measure, Percentile, RunRecord, derive};
use scene::{JOB, Job, LASTS, cell, header, run};

/// Every interval by its tag, each as long as the run.
fn read(log: &str) -> BTreeMap<String, Histogram<u64>> {
    use base64::Engine as _;
    let mut read = BTreeMap::new();
    for entry in IntervalLogIterator::new(log.as_bytes()) {
        let LogEntry::Interval(interval) = entry.unwrap() else { continue };
        assert_eq!(interval.start_timestamp(), Duration::ZERO);
        assert_eq!(interval.duration(), Duration::from_nanos(LASTS.nanos()));
        let engine = base64::engine::general_purpose::STANDARD;
        let bytes = engine.decode(interval.encoded_histogram()).unwrap();
        let histogram = Deserializer::new().deserialize(&mut bytes.as_slice()).unwrap();
        let tag = interval.tag().unwrap().as_str().to_owned();
        assert!(read.insert(tag.clone(), histogram).is_none(), "{tag} is there twice");
    }
    read
}

/// Two groups in two replications, whose jobs wait and take longer and longer.
fn record(groups: [&str; 2], strategy: &str) -> RunRecord {
    let header = header(&groups, &[strategy], 2);
    let jobs = |seed: u64| {
        (0..600).map(move |number| Job {
            group: u32::from(number % 3 == 0),
            refused: 1,
            due: number * 100,
            wait: (number % 5 > 0).then_some(if number % 2 == 0 { 0 } else { number * 7 + seed }),
            takes: 40 + number * number / 9,
            ..JOB
        })
    };
    let cells = vec![cell(strategy, vec![run(&header, jobs(0)), run(&header, jobs(13))])];
    RunRecord::new(header, cells).unwrap()
}

#[test]
fn another_reader_finds_the_same_samples_and_percentiles() {
    let record = record(["chat", "batch"], "give-up");
    let read = read(&record.hlog().unwrap());
    let cell = record.cell(&CellKey::new(Some("build-2"), "give-up")).unwrap();
    let kept = kept();
    for (group, note) in cell.groups().iter().zip(&record.header().groups) {
        for time in &kept {
            let tag =
                format!("tier=build-2;strategy=give-up;group={};time={}", note.name, time.name);
            let told = &read[&tag];
            assert_eq!(told.len(), (time.samples)(&group.pooled()), "{tag}");
            for percentile in [Percentile::P50, Percentile::P90, Percentile::P95] {
                let ours = (time.at)(group, percentile).unwrap().nanos();
                let quantile = match percentile.name().as_str() {
                    "p50" => 0.5,
                    "p90" => 0.9,
                    _ => 0.95,
                };
                let theirs = told.value_at_quantile(quantile);
                // The record knows the longest exactly; a log has the edge of its bin.
                let longest = theirs == told.max() && (ours..=ours + ours / 128).contains(&theirs);
                let same = longest || told.equivalent(ours, theirs);
                assert!(same, "{tag}: {ours} is {theirs}");
            }
        }
    }
    assert_eq!(read.len(), cell.groups().len() * kept.len());
}

/// A time that a log has, and what the record says of it.
struct Kept {
    name: &'static str,
    samples: fn(&Leaf) -> u64,
    at: Box<At>,
}

type At = dyn Fn(&GroupCell, Percentile) -> Option<Span>;

fn kept() -> Vec<Kept> {
    let measures = [Measure::Wait, Measure::TimeToAnswer, Measure::TimeToFirstToken];
    let of_jobs = measures.map(|measure| Kept {
        name: measure.name(),
        samples: |leaf| leaf.jobs.answered,
        at: Box::new(move |group, percentile| derive::percentile(group, measure, percentile)),
    });
    let answered: fn(&Leaf) -> u64 = |leaf| leaf.jobs.answered;
    let turned_away: fn(&Leaf) -> u64 = |leaf| leaf.attempts.with_status(429);
    let of_attempts = [
        ("service_time", Latency::Service, answered),
        ("time_per_token", Latency::PerToken, answered),
        ("refusal", Latency::Refusal, turned_away),
    ];
    let of_attempts = of_attempts.map(|(name, latency, samples)| Kept {
        name,
        samples,
        at: Box::new(move |group, percentile| derive::latency(group, latency, percentile)),
    });
    of_jobs.into_iter().chain(of_attempts).collect()
}

#[test]
fn names_that_a_tag_may_not_have_are_written_so_that_they_can_be_told_again() {
    let odd = "a, b=c;d %20\n<e> & \"f\" | é\u{2028}";
    let log = record(["chat", odd], "give up").hlog().unwrap();
    let read = read(&log);
    let groups: Vec<&str> = read
        .keys()
        .filter_map(|tag| tag.strip_prefix("tier=build-2;strategy=give%20up;group="))
        .filter_map(|rest| rest.strip_suffix(";time=wait"))
        .collect();
    assert_eq!(groups.len(), 2, "{:?}", read.keys());
    let mut names: Vec<String> = groups.into_iter().map(told).collect();
    names.sort_unstable();
    assert_eq!(names, [odd, "chat"]);
}

/// The name behind what a tag has of it.
fn told(word: &str) -> String {
    let mut pieces = word.split('%');
    let mut bytes = pieces.next().unwrap().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).unwrap());
        bytes.extend(rest.as_bytes());
    }
    String::from_utf8(bytes).unwrap()
}

#[test]
fn what_has_no_samples_has_no_interval() {
    let header = header(&["chat"], &["give up"], 1);
    let nobody = run(&header, [Job { wait: None, ..JOB }]);
    let record = RunRecord::new(header, vec![cell("give up", vec![nobody])]).unwrap();
    assert_eq!(read(&record.hlog().unwrap()).len(), 0);
}
