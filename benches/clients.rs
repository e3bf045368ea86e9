//! A set of two hundred recorded clients, made up: what the benches replay a part of.
//!
//! The recording is the same however much of it is replayed, so what a longer run allocates more is
//! for its length alone. Each client has four variations that follow one another, so that tables
//! change with the windows as they do in published sets; together they have fifteen jobs a second.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use rulebook::Rulebook;
use scenario::{ClientSetReader, Part, Scenario};

const CLIENTS: u32 = 200;

/// A day of windows.
const WINDOWS: u32 = 144;

/// What a client has at each fourth window, and the next ones.
const GAPS: [(&str, &str); 4] =
    [("1.2", "Gamma"), ("0.8", "Weibull"), ("1.6", "Weibull"), ("1", "Gamma")];

/// So many seconds of them, on the largest tier, with nothing tried again.
pub(crate) fn of(seconds: u64) -> Result<Scenario, Box<dyn Error>> {
    let mut reader = ClientSetReader::default();
    for client in 0..CLIENTS {
        let mut rates = String::new();
        for window in 0..WINDOWS {
            let turn = usize::try_from(client + window)? % GAPS.len();
            let (cv, family) = GAPS.get(turn).ok_or("four families")?;
            writeln!(rates, "{},0.075,{cv},{family},1,1", window * 600)?;
        }
        reader.member(&format!("chunk-{client}-trace.csv"), Part::Both, rates.as_bytes())?;
    }
    let set = reader.finish("clients")?;
    let scenario = Scenario::parse("clients.toml", &text(seconds), &Rulebook::embedded()?)?;
    Ok(scenario.with_client_set(Arc::new(set))?)
}

fn text(seconds: u64) -> String {
    format!(
        r#"
title = "Two hundred clients"
edition = "2025-11"
seed = 1

[account]
tier = "build-5"

[[group]]
name = "clients"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = {{ lognormal = {{ median = 160, p95 = 400 }} }}
answer = {{ lognormal = {{ median = 100, p95 = 250 }} }}
max_tokens = 600
deadline = "1m"
traffic = {{ client_set = {{ file = "clients.tar", format = "servegen", lasts = "{seconds}s" }} }}

[[strategy]]
preset = "give-up"

[compare]
tiers = ["build-5"]
"#
    )
}
