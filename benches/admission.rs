//! How long does one decision take?
//!
//! The limiter alone, told the time, under the policy of a chat model on Build Tier 5: requests
//! and tokens decide together, a third meter is only shown. No clock is read and nothing is
//! locked, so this is what the simulator pays, and the floor of what a service would. Then each
//! algorithm by itself, at the same limit of requests.

use std::error::Error;
use std::hint::black_box;

use criterion::Criterion;
use limits::{
    Algorithm, Cost, Decision, Instant, Label, Limiter, Meter, Policy, Quota, Rate, Requests, Span,
    Tokens,
};
use rulebook::Rulebook;

/// Half of the tier's requests and about half of its tokens, so that everything is admitted.
const STEP: Span = Span::from_millis(20);
/// A little more than a hundred a second.
const OFTEN: Span = Span::from_micros(9_900);
const RESERVED: Cost = Cost::new(Requests(1), Tokens(400));
const SPENT: Cost = Cost::new(Requests(1), Tokens(300));

fn main() -> Result<(), Box<dyn Error>> {
    let mut criterion = Criterion::default().configure_from_args();
    let policy = build_5()?;
    admitted(&mut criterion, &policy);
    shown(&mut criterion, &policy);
    refused(&mut criterion, &policy);
    by_each_algorithm(&mut criterion)?;
    criterion.final_summary();
    Ok(())
}

/// The policy as the rulebook has it, so that a changed fact changes what is measured.
fn build_5() -> Result<Policy, Box<dyn Error>> {
    let rulebook = Rulebook::embedded()?;
    let edition = rulebook.edition("2025-11").ok_or("the edition is gone")?;
    let tier = edition.tier("build-5").ok_or("the tier is gone")?;
    let model = edition.model("meta-llama/Llama-3.3-70B-Instruct-Turbo");
    let policy = edition.policy(&tier, &model, &edition.assumptions());
    Ok(policy.ok_or("the model is off the ladder")?)
}

/// A request that goes, and its end.
fn admitted(criterion: &mut Criterion, policy: &Policy) {
    let mut limiter = Limiter::new(policy.clone());
    let mut now = Instant::START;
    criterion.bench_function("admission/admit and settle", |bencher| {
        bencher.iter(|| {
            now = now.after(STEP);
            settle(&mut limiter, now);
        });
    });
}

/// The same, and what a response would say of it.
fn shown(criterion: &mut Criterion, policy: &Policy) {
    let mut limiter = Limiter::new(policy.clone());
    let mut now = Instant::START;
    criterion.bench_function("admission/admit, settle and standing", |bencher| {
        bencher.iter(|| {
            now = now.after(STEP);
            settle(&mut limiter, now);
            // The two meters that a response shows.
            let standing = limiter.standing(now);
            (standing.of(0), standing.of(2))
        });
    });
}

/// A request that has to come back later.
fn refused(criterion: &mut Criterion, policy: &Policy) {
    let mut limiter = Limiter::new(policy.clone());
    let now = Instant::START;
    while let Decision::Admitted(receipt) = limiter.admit(now, RESERVED) {
        // Its end comes later than anything measured here.
        drop(black_box(receipt));
    }
    criterion.bench_function("admission/refuse", |bencher| {
        bencher.iter(|| limiter.admit(black_box(now), RESERVED));
    });
}

/// One meter, admitting and settling: at each instant what came back is a little less than what is
/// asked for, so that the meter is well used and a few are refused.
fn by_each_algorithm(criterion: &mut Criterion) -> Result<(), Box<dyn Error>> {
    let (window, most) = (Span::from_secs(2), Requests(200));
    let rate = Rate::every(most, window).ok_or("the window has no length")?;
    let per_window = Quota::requests_per_window(rate, window)?;
    let meters = [
        ("opened", Algorithm::Opened, per_window),
        ("aligned", Algorithm::Aligned, per_window),
        ("bucket", Algorithm::Bucket, per_window),
        ("sliding log", Algorithm::SlidingLog, per_window),
        ("sliding counter", Algorithm::SlidingCounter, per_window),
        ("concurrency", Algorithm::Concurrency, Quota::requests_at_once(most)?),
    ];
    for (name, algorithm, quota) in meters {
        let policy = Policy::new(&[Meter::by(algorithm, Label(name), quota)])?;
        let mut limiter = Limiter::new(policy);
        let mut now = Instant::START;
        criterion.bench_function(&format!("admission/{name} alone"), |bencher| {
            bencher.iter(|| {
                now = now.after(OFTEN);
                settle(&mut limiter, now);
            });
        });
    }
    Ok(())
}

fn settle(limiter: &mut Limiter, now: Instant) {
    match limiter.admit(now, black_box(RESERVED)) {
        Decision::Admitted(receipt) => limiter.settle(now, receipt, black_box(SPENT)),
        refused @ (Decision::Refused(_) | Decision::TooLarge { .. }) => {
            drop(black_box(refused));
        }
    }
}
