//! The stage on which two drives must leave one record: rules, traffic and strategies under which
//! everything falls on whole milliseconds, the grain of tokio's timers.
//!
//! The rules are those of the house but for a few lines: answers take what their lengths say and
//! no noise, and a tier refuses by requests and by tokens about as often. The traffic is a trace of
//! bursts and lulls which two groups replay at once, so that no job falls due alone.

use std::sync::Arc;

use chance::{Purpose, Seed, Stream, uniform_below};
use limits::Span;
use rulebook::Rulebook;
use scenario::{Scenario, Timeline, Trace};
use simulator::{CellPlan, cells};
use strategies::Preset;

/// The grain of everything that happens here.
pub(crate) const GRAIN: Span = Span::from_millis(1);

/// Jobs in all; each row of the trace is one for either group.
pub(crate) const JOBS: usize = 20_000;

/// How long the last strategy waits for a head: not as long as the longest prompts take, nor the
/// longest answers that are not streamed, and to the millisecond as long as some of either.
pub(crate) const SILENCE: Span = Span::from_millis(374);

/// From the sending of an admitted request to its first token, but for a millisecond each token of
/// its prompt.
pub(crate) const FIRST_TOKEN: Span = Span::from_millis(300);

const EDITION: &str = "whole-milliseconds.toml";

/// Lines of the edition that are different here: section, key, value.
///
/// Ten requests and 500 tokens a second are a request every 100 ms and a token every two, and so are
/// 500 tokens a second of an answer.
const CHANGED: [(&str, &str, &str); 4] = [
    ("[tiers.build-1]", "requests", "600/min"),
    ("[tiers.build-1]", "tokens", "30000/min"),
    ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "first_token", "300ms"),
    ("[models.\"meta-llama/Llama-3.3-70B-Instruct-Turbo\"]", "speed", "500/s"),
];

/// A file but for its length and its strategies. The groups share a model, and so its limits; one
/// has the lengths of the trace, the other prompts of its own and answers that are cut, and three
/// clients.
const SCENARIO: &str = r#"
title = "The same house"
edition = "whole-milliseconds.toml"
seed = 20251121
drain = "2s"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
stream = true
deadline = "15s"
traffic = { trace = { file = "generated" } }
[[group]]
name = "batch"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = 20
max_tokens = 29
deadline = "40s"
traffic = { trace = { file = "generated" } }
[assume]
token_gate = "window-2x"
refusal_takes = "100ms"
first_token_noise = "0"
speed_noise = "0"
prefill_per_token = "1ms"
[compare]
tiers = ["build-1"]
[expect]
wait_p95 = "<= 2s"
time_to_first_token_p95 = "<= 1s"
"#;

/// Strategies by hand, for what no preset does: a bucket that three clients share out among
/// themselves, so that a token comes every six milliseconds to each; doubling without a draw, waits
/// that are drawn beside a hint that is bounded, a deadline that ends waiting, and silence that
/// hangs up.
const BY_HAND: &str = r#"
[[strategy]]
name = "own bucket of an nth"
first_send = { own_bucket = { share = "1/N" } }
retry_on = "limits_and_failures"
hint = "honour"
wait = { full_jitter = { first = "500ms", cap = "20s" } }
grain = "1ms"
[[strategy]]
name = "exponential that honours"
retry_on = "limits_and_failures"
hint = "honour"
wait = { exponential = { first = "250ms", cap = "4s" } }
tries = 5
stop = "deadline"
[[strategy]]
name = "sdk up to a second"
retry_on = "limits_and_failures"
hint = { up_to = "1s" }
wait = { sdk = { first = "400ms", cap = "8s" } }
grain = "1ms"
tries = 5
stop = "deadline"
"#;

/// Users who wait for their answers, beside jobs that nobody waits for: those of the first group
/// come all at once, and think so long that their jobs tie with the open ones and with one another.
/// Clients restart: all at once, one after the other so that one goes down as another is up again,
/// and in the very instants in which jobs fall due.
const USERS: &str = r#"
title = "The same house, with users"
edition = "whole-milliseconds.toml"
seed = 20251121
lasts = "4m"
drain = "5s"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = { lognormal = { median = 20, p95 = 60, max = 90 } }
answer = { lognormal = { median = 12, p95 = 40, max = 60 } }
stream = true
deadline = "15s"
traffic = { users = { count = 25, think = "1500ms" } }
[[group]]
name = "agents"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 4
prompt = 20
answer = 15
max_tokens = 29
deadline = "40s"
traffic = { users = { count = 6, think = "500ms" } }
[[group]]
name = "batch"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 20
answer = 10
clients = 2
traffic = { burst = { jobs = 5, every = "2s", within = "100ms" } }
[[event]]
at = "1m"
restart = { group = "chat", takes = "2s" }
[[event]]
at = "100s"
restart = { group = "agents", takes = "1500ms", apart = "700ms" }
[[event]]
at = "2m"
restart = { group = "batch", takes = "4s" }
[[event]]
at = "120060ms"
restart = { group = "chat", takes = "250ms", apart = "250ms" }
[assume]
token_gate = "window-2x"
refusal_takes = "100ms"
first_token_noise = "0"
speed_noise = "0"
prefill_per_token = "1ms"
[compare]
tiers = ["build-1"]
"#;

/// The scenario with users, under every preset and the strategies by hand.
pub(crate) fn users() -> Scenario {
    parsed(&format!("{USERS}{}", strategies()))
}

/// The jobs of a group that fall due in these milliseconds, by number.
pub(crate) fn arrivals_between(
    scenario: &Scenario,
    group: u32,
    millis: core::ops::Range<u64>,
) -> Vec<u64> {
    let millis = millis.start * GRAIN.nanos()..millis.end * GRAIN.nanos();
    let due = Timeline::of(scenario, Seed(scenario.seed))
        .filter(|arrival| arrival.group == group && millis.contains(&arrival.due.nanos()));
    due.map(|arrival| arrival.job).collect()
}

/// The scenario, its trace handed over: every preset and those by hand on one tier.
pub(crate) fn scenario() -> Scenario {
    let trace = trace();
    let lasts = trace.span().nanos() / GRAIN.nanos() + 1;
    let text = format!("lasts = \"{lasts}ms\"\n{SCENARIO}{}", strategies());
    parsed(&text).with_trace(Arc::new(trace)).unwrap_or_else(|refused| panic!("{refused}"))
}

fn parsed(text: &str) -> Scenario {
    let mut rulebook = Rulebook::embedded().unwrap();
    let edition = edition(&rulebook);
    rulebook.add(EDITION, &edition).unwrap_or_else(|refused| panic!("{refused}"));
    let scenario = Scenario::parse("same-house.toml", text, &rulebook);
    scenario.unwrap_or_else(|refused| panic!("{refused}"))
}

/// The cells of the scenario in which the published limits hold as it assumes: one a strategy, in
/// their order.
pub(crate) fn plans(scenario: &Scenario) -> Vec<CellPlan> {
    let mut plans = cells(scenario);
    plans.truncate(scenario.strategies.len());
    plans
}

/// The rules of the house with the lines of [`CHANGED`].
fn edition(rulebook: &Rulebook) -> String {
    let text = rulebook.edition("2025-11").unwrap().text();
    let mut section = "";
    let mut changed = 0;
    let lines = text.lines().map(|line| {
        if line.starts_with('[') {
            section = line;
        }
        let key = line.split('=').next().unwrap_or_default().trim();
        let change = CHANGED.iter().find(|change| (change.0, change.1) == (section, key));
        let Some((_, _, value)) = change else { return line.to_owned() };
        changed += 1;
        format!("{key} = {{ value = \"{value}\", source = \"ours\", certainty = \"assumed\" }}")
    });
    let edited = lines.collect::<Vec<String>>().join("\n") + "\n";
    assert_eq!(changed, CHANGED.len(), "each change has its line");
    edited
}

fn strategies() -> String {
    let presets = Preset::USUAL
        .map(|preset| format!("[[strategy]]\npreset = \"{}\"\ngrain = \"1ms\"\n", preset.name()));
    let silence = SILENCE.nanos() / 1_000_000;
    // The last by hand is the one that hangs up.
    format!("{}{BY_HAND}timeout = \"{silence}ms\"\n", presets.concat())
}

/// Rows of the trace, and how many of them make a lull and the burst after it.
const ROWS: u64 = JOBS as u64 / 2;
const WAVE: u64 = 100;

/// Bursts of rows above the limits and lulls below, all together below; every third row at the
/// instant of the one before it. It ends in a burst, so that the end of the run cuts some off.
fn trace() -> Trace {
    let [gaps, prompts, answers] =
        [Purpose::Gap, Purpose::Prompt, Purpose::Answer].map(|purpose| Seed(7).stream(purpose, 0));
    let mut trace = Trace::default();
    let mut at = 0;
    for row in 0..ROWS {
        let in_burst = row % WAVE >= WAVE / 2;
        if row % 3 != 0 {
            at += between(gaps, row, 1, if in_burst { 299 } else { 1_399 });
        }
        trace.due.push(GRAIN.times(at).nanos());
        trace.prompt.push(small(between(prompts, row, 10, 80)));
        trace.answer.push(small(between(answers, row, 1, 30)));
    }
    // The first row is where the run begins.
    let start = trace.due[0];
    trace.due.iter_mut().for_each(|due| *due -= start);
    trace
}

/// A whole number from `least` to `most`, every one as likely as the other.
fn between(stream: Stream, row: u64, least: u64, most: u64) -> u64 {
    least + uniform_below(stream.draw(row), most - least + 1)
}

fn small(tokens: u64) -> u32 {
    u32::try_from(tokens).unwrap()
}
