//! How long does a page take, from the saved run of a million attempts?
//!
//! Two scenarios of this repository: a launch morning on five tiers, which is what most people have,
//! and the league of thirty-three strategies, whose record has more cells than any other. Each is
//! simulated once; measured are reading the record as it lies on a disk, drawing the page, and both.

use std::error::Error;
use std::hint::black_box;
use std::io::Write as _;
use std::path::Path;

use criterion::{Criterion, Throughput};
use report::Page;
use rulebook::Rulebook;
use run_record::RunRecord;
use scenario::{Origin, Scenario};
use simulator::{Unwatched, simulate};

const SCENARIOS: [&str; 2] = ["tier2", "league"];

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().sample_size(10).configure_from_args();
    for name in SCENARIOS {
        let saved = saved(name)?;
        let record = RunRecord::read(&saved)?;
        let attempts: u64 =
            record.cells().iter().map(|cell| cell.whole().pooled().attempts.sent).sum();
        let page = Page::from_runs(std::slice::from_ref(&record)).to_html();
        let (read, drawn) = (saved.len(), page.len());
        writeln!(
            std::io::stdout(),
            "{name}: {attempts} attempts, a record of {read} bytes, a page of {drawn} bytes"
        )?;
        let mut group = criterion.benchmark_group(format!("page of {name}"));
        group.throughput(Throughput::Elements(attempts));
        group.bench_function("read", |bencher| {
            bencher.iter(|| RunRecord::read(black_box(&saved)).is_ok());
        });
        group.bench_function("draw", |bencher| {
            bencher.iter(|| Page::from_runs(std::slice::from_ref(black_box(&record))).to_html());
        });
        group.finish();
    }
    criterion.final_summary();
    Ok(())
}

/// The record of a scenario of this repository, as a file holds it.
fn saved(name: &str) -> Result<String, Box<dyn Error>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../scenarios/{name}.toml"));
    let text = std::fs::read_to_string(&path)?;
    let rulebook = Rulebook::embedded().map_err(|refused| refused.to_string())?;
    let scenario = Scenario::parse(&format!("{name}.toml"), &text, &rulebook)
        .map_err(|refused| refused.to_string())?;
    let record = simulate(&scenario, &Origin::default(), &Unwatched)?;
    Ok(record.write())
}
