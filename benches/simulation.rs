//! How many requests a second does one core simulate?
//!
//! An hour at the Build 5 limit of a chat model, from the arrivals to the leaves of the record, on
//! one thread. Criterion's "elements" are jobs offered.

mod hour;

use std::error::Error;

use criterion::{Criterion, Throughput};
use simulator::replicate;

const HOUR: u64 = 3_600;

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    let scenario = hour::of(HOUR)?;
    let cell = hour::cell(&scenario)?;
    let jobs = replicate(&scenario, &cell, 0)?.iter().map(|group| group.leaf.jobs.offered).sum();
    let mut group = criterion.benchmark_group("simulation");
    group.throughput(Throughput::Elements(jobs));
    group.bench_function("an hour of build-5", |bencher| {
        bencher.iter(|| replicate(&scenario, &cell, 0).is_ok());
    });
    group.finish();
    criterion.final_summary();
    Ok(())
}
