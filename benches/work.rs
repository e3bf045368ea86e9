//! How much work is it? Counted by valgrind instead of timed, so that neighbours do not matter.
//!
//! `work --list` names the questions; `work QUESTION SIZE` works and prints how many units it did.
//! `cargo xtask bench instructions` runs each at two sizes and divides the difference.

mod clients;
mod hour;
#[path = "serving/paths.rs"]
mod paths;

use std::error::Error;
use std::future::poll_fn;
use std::hint::black_box;
use std::io::Write;
use std::pin::Pin;

use axum::body::HttpBody as _;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;
use limits::{Cost, Decision, Instant, Limiter, Requests, Span, Tokens};
use paths::Path;
use rulebook::Rulebook;

/// Works at a size, returns the units done.
type Work = fn(u64) -> Result<u64, Box<dyn Error>>;

/// Each question with its work; xtask knows the sizes and the most a unit may cost.
const QUESTIONS: &[(&str, Work)] = &[
    ("admission", admission),
    ("simulation", simulation),
    ("clients", clients),
    ("answer", |requests| asked(&paths::PLAIN, requests)),
    ("refusal", |requests| asked(&paths::REFUSED, requests)),
    ("stream", |requests| asked(&paths::STREAMED, requests)),
];

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let mut out = std::io::stdout().lock();
    match words.as_slice() {
        ["--list"] => {
            for (name, _) in QUESTIONS {
                writeln!(out, "{name}")?;
            }
        }
        [name, size] if !name.starts_with('-') => {
            let known = QUESTIONS.iter().find(|(known, _)| known == name);
            let (_, work) = known.ok_or_else(|| format!("no question `{name}`"))?;
            writeln!(out, "{}", work(size.parse()?)?)?;
        }
        // `cargo bench` calls every target with flags of criterion's.
        _ => {}
    }
    Ok(())
}

/// Decisions under the policy of a chat model on Build Tier 5, each settled at once.
fn admission(decisions: u64) -> Result<u64, Box<dyn Error>> {
    let rulebook = Rulebook::embedded()?;
    let edition = rulebook.edition("2025-11").ok_or("the edition is gone")?;
    let tier = edition.tier("build-5").ok_or("the tier is gone")?;
    let model = edition.model("meta-llama/Llama-3.3-70B-Instruct-Turbo");
    let policy = edition.policy(&tier, &model, &edition.assumptions());
    let mut limiter = Limiter::new(policy.ok_or("the model is off the ladder")?);
    let cost = Cost::new(Requests(1), Tokens(300));
    let mut now = Instant::START;
    for _ in 0..decisions {
        now = now.after(Span::from_millis(20));
        match limiter.admit(now, black_box(cost)) {
            Decision::Admitted(receipt) => limiter.settle(now, receipt, cost),
            Decision::Refused(_) | Decision::TooLarge { .. } => {
                return Err("half of the tier's rate is refused".into());
            }
        }
    }
    Ok(decisions)
}

/// So many seconds at the LLM limit of Build Tier 5, with everything on.
fn simulation(seconds: u64) -> Result<u64, Box<dyn Error>> {
    let scenario = hour::of(seconds)?;
    let plan = hour::cell(&scenario)?;
    let leaves = simulator::replicate(&scenario, &plan, 0)?;
    Ok(leaves.iter().map(|group| group.leaf.jobs.offered).sum())
}

/// So many seconds of two hundred recorded clients.
fn clients(seconds: u64) -> Result<u64, Box<dyn Error>> {
    let scenario = clients::of(seconds)?;
    let plan = hour::cell(&scenario)?;
    let leaves = simulator::replicate(&scenario, &plan, 0)?;
    Ok(leaves.iter().map(|group| group.leaf.jobs.offered).sum())
}

/// So many requests through the mock's router, in process, each answer taken to its end. What it
/// takes to make them is counted too.
fn asked(path: &Path, requests: u64) -> Result<u64, Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    runtime.block_on(async {
        let mock = TowerToHyperService::new(path.router()?);
        let mut as_meant = 0;
        for _ in 0..requests {
            let response = mock.call(path.request()?).await?;
            as_meant += u64::from(response.status().as_u16() == path.status);
            let mut body = response.into_body();
            while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await
            {
                black_box(frame?);
            }
        }
        // The first request of a minute is admitted, whatever the limit.
        if as_meant + 1 >= requests {
            return Ok(requests);
        }
        Err(format!("{}: {as_meant} of {requests} requests ended so", path.name).into())
    })
}
