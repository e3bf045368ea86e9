//! The record of a run equals what a second, naive event loop counts.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod naive;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use limits::Instant;
use naive::{How, JobLine, Line, Log};
use rulebook::Rulebook;
use run_record::{Leaf, RefusedBy, RunRecord};
use scenario::{Origin, Scenario, Trace};
use simulator::{CellPlan, Unwatched, cells, simulate};
use strategies::Outcome;

/// Two groups on one model and one on another, every preset, deadlines that bite, both kinds of
/// limit, streams and whole answers, a run that ends with work in hand.
const SCENARIO: &str = r#"
title = "Everything at once"
edition = "2025-11"
seed = 11
lasts = "40s"
drain = "25s"

[account]
tier = "build-1"

[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = { lognormal = { median = 900, p95 = 3000 } }
answer = { lognormal = { median = 220, p95 = 800 } }
max_tokens = 600
deadline = "15s"
stream = true
traffic = [
  { poisson = { rate = "4/s", lasts = "10s" } },
  { ramp = { from = "4/s", to = "14/s", lasts = "30s" } },
]

[[group]]
name = "nightly"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 2500
answer = 100
traffic = { steady = { rate = "1/s", lasts = "40s" } }

[[group]]
name = "reasoning"
model = "deepseek-ai/DeepSeek-R1"
prompt = 400
answer = { lognormal = { median = 2000, p95 = 6000 } }
deadline = "2m"
traffic = { poisson = { rate = "30/min", lasts = "40s" } }

[[strategy]]
name = "give up"
preset = "give-up"

[[strategy]]
name = "jitter"
preset = "full-jitter"

[[strategy]]
name = "honour"
preset = "honour-retry-after"
stop = "deadline"

[[strategy]]
name = "sdk"
preset = "together-py"

[[strategy]]
name = "pace"
preset = "pace-by-headers"

[[strategy]]
name = "bucket"
preset = "own-bucket"

[compare]
tiers = ["build-1", "build-2"]
seeds = 1
"#;

/// Groups of several clients: one whose jobs come several at an instant, so that queues of several
/// clients come to their turns at one, and one whose clients are more than its jobs in flight.
const FLEET: &str = r#"
title = "Several clients with one key"
edition = "2025-11"
seed = 12
lasts = "54500ms"
drain = "40s"

[account]
tier = "build-1"

[[group]]
name = "workers"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 4
deadline = "20s"
stream = true
traffic = { trace = { file = "generated" } }

[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 40
prompt = { lognormal = { median = 300, p95 = 900 } }
answer = { lognormal = { median = 200, p95 = 700 } }
max_tokens = 300
traffic = { poisson = { rate = "3/s" } }

[[strategy]]
name = "jitter"
preset = "full-jitter"

[[strategy]]
name = "pace"
preset = "pace-by-headers"

[[strategy]]
name = "bucket"
preset = "own-bucket"
stop = "deadline"

[[strategy]]
name = "shared out"
first_send = { own_bucket = { share = "1/N" } }
retry_on = "limits_and_failures"
hint = "honour"
wait = { full_jitter = { first = "500ms", cap = "20s" } }

[compare]
tiers = ["build-1"]
"#;

/// Users beside jobs that nobody waits for: they come all at once, and those of the second group one
/// by one, with so many clients that some have no user.
const USERS: &str = r#"
title = "Users who wait"
edition = "2025-11"
seed = 13
lasts = "90s"
drain = "20s"

[account]
tier = "build-1"

[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 3
prompt = { lognormal = { median = 900, p95 = 3000 } }
answer = { lognormal = { median = 220, p95 = 800 } }
deadline = "20s"
stream = true
traffic = { users = { count = 20, think = "2s" } }

[[group]]
name = "agents"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
clients = 9
prompt = 400
answer = 60
traffic = { users = { count = 7, think = { exponential = { mean = "1s" } }, starts = { within = "30s" } } }

[[group]]
name = "open"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 400
answer = 60
traffic = { steady = { rate = "1/s" } }

[[strategy]]
preset = "give-up"

[[strategy]]
preset = "together-py"

[[strategy]]
preset = "pace-by-headers"

[[strategy]]
preset = "own-bucket"
stop = "deadline"

[compare]
tiers = ["build-1"]
seeds = 2
"#;

/// Bursts of rows at one instant each, one a client and the first client's second, and lulls in
/// which everybody catches up.
fn bursts() -> Trace {
    let mut trace = Trace::default();
    for burst in (0..60).filter(|burst| burst % 20 < 15) {
        for row in 0..5_u32 {
            trace.due.push(burst * 1_000_000_000);
            trace.prompt.push(200);
            trace.answer.push(50 + row);
        }
    }
    trace
}

#[test]
fn every_count_of_every_cell_and_replication_is_the_naive_loops() {
    let scenario = Scenario::parse("everything.toml", SCENARIO, &Rulebook::embedded().unwrap());
    let scenario = scenario.unwrap();
    let record = simulate(&scenario, &Origin::default(), &Unwatched).unwrap();
    let mut compared = 0;
    for plan in of_one_gateway(&scenario) {
        for replication in 0..scenario.replications {
            let log = naive::run(&scenario, &plan, replication);
            compared += compare(&scenario, &record, &plan, replication, &log);
        }
    }
    assert_eq!(compared, (2 * 6 + 3 * 6 + 1) * 3);
    let mut all = Leaf::default();
    for cell in record.cells() {
        all.absorb(&cell.whole().pooled());
    }
    // What never happened was not compared.
    for (name, value) in columns(&all) {
        assert!(value > 0, "the scenario never met `{name}`");
    }
}

#[test]
fn clients_of_one_group_with_state_of_their_own_are_the_naive_loops_too() {
    let scenario = Scenario::parse("fleet.toml", FLEET, &Rulebook::embedded().unwrap()).unwrap();
    let scenario = scenario.with_trace(Arc::new(bursts())).unwrap();
    let record = simulate(&scenario, &Origin::default(), &Unwatched).unwrap();
    let (mut compared, mut ties) = (0, 0);
    for plan in of_one_gateway(&scenario) {
        let log = naive::run(&scenario, &plan, 0);
        compared += compare(&scenario, &record, &plan, 0, &log);
        ties += ties_of_queues(&log);
    }
    assert_eq!(compared, (4 + 3 * 4 + 1) * 2);
    assert!(ties > 20, "{ties} instants at which several queues let a job go");
}

#[test]
fn users_who_wait_are_the_naive_loops_too() {
    let scenario = Scenario::parse("users.toml", USERS, &Rulebook::embedded().unwrap()).unwrap();
    let record = simulate(&scenario, &Origin::default(), &Unwatched).unwrap();
    let mut compared = 0;
    for plan in of_one_gateway(&scenario) {
        for replication in 0..2 {
            let log = naive::run(&scenario, &plan, replication);
            compared += compare(&scenario, &record, &plan, replication, &log);
        }
        let pooled = |group: usize| record.cell(&plan.key).unwrap().groups()[group].pooled().jobs;
        assert!(pooled(0).offered > 100 && pooled(1).offered > 50, "{:?}", plan.key);
    }
    assert_eq!(compared, (4 + 3 * 4 + 1) * 3 * 2);
}

/// The cells that the naive loop knows: it has one gateway.
fn of_one_gateway(scenario: &Scenario) -> impl Iterator<Item = CellPlan> {
    let one = |plan: &CellPlan| plan.key.assumed().all(|(name, _)| name != "gateway_replicas");
    cells(scenario).into_iter().filter(one)
}

/// Instants at which several clients of the first group send jobs that have waited in their queues.
fn ties_of_queues(log: &Log) -> usize {
    let mut sent: BTreeMap<Instant, BTreeSet<u64>> = BTreeMap::new();
    for line in log.attempts.iter().filter(|line| (line.group, line.n) == (0, 1)) {
        let mut jobs = log.jobs.iter().filter(|job| job.group == 0);
        let job = jobs.find(|job| job.arrival.job == line.job).unwrap();
        if line.sent > job.arrival.due {
            sent.entry(line.sent).or_default().insert(line.job % 4);
        }
    }
    sent.values().filter(|clients| clients.len() > 1).count()
}

/// Holds every group of a cell against what was counted of the log; returns how many there are.
fn compare(
    scenario: &Scenario,
    record: &RunRecord,
    plan: &CellPlan,
    replication: u32,
    log: &Log,
) -> usize {
    let cell = record.cell(&plan.key).unwrap();
    for (number, group) in cell.groups().iter().enumerate() {
        let counted = count(scenario, log, number);
        let recorded = columns(&group.leaves()[replication as usize]);
        assert_eq!(recorded, counted, "{:?}, seed {replication}, group {number}", plan.key);
    }
    cell.groups().len()
}

/// The figures of a leaf under names, so that a difference says what differs.
fn columns(leaf: &Leaf) -> BTreeMap<&'static str, u128> {
    let (jobs, attempts) = (&leaf.jobs, &leaf.attempts);
    [
        ("offered", u128::from(jobs.offered)),
        ("answered", u128::from(jobs.answered)),
        ("in time", u128::from(jobs.in_time)),
        ("gave up", u128::from(jobs.gave_up)),
        ("unfinished", u128::from(jobs.unfinished)),
        ("first 429", u128::from(jobs.first_attempt_429)),
        ("sent", u128::from(attempts.sent)),
        ("ok", u128::from(attempts.ok)),
        ("refused", u128::from(attempts.refused)),
        ("unanswered", u128::from(attempts.unanswered)),
        ("open", u128::from(attempts.open)),
        ("by requests", u128::from(*attempts.refused_by.get(RefusedBy::Requests))),
        ("by tokens", u128::from(*attempts.refused_by.get(RefusedBy::Tokens))),
        ("by model", u128::from(*attempts.refused_by.get(RefusedBy::Model))),
        ("sent within", u128::from(leaf.within.sent)),
        ("ok within", u128::from(leaf.within.ok)),
        ("in time within", u128::from(leaf.within.in_time)),
        ("offered tokens", u128::from(leaf.tokens.offered.total())),
        ("answered tokens", u128::from(leaf.tokens.answered.total())),
        ("wait", leaf.times.wait.sum),
        ("answer", leaf.times.answer.sum),
        ("first token", leaf.times.first_token.sum),
    ]
    .into()
}

fn count(scenario: &Scenario, log: &Log, number: usize) -> BTreeMap<&'static str, u128> {
    let end = Instant::START.after(scenario.lasts);
    let deadline = scenario.groups[number].deadline;
    let attempts: Vec<&Line> = log.attempts.iter().filter(|line| line.group == number).collect();
    let jobs: Vec<&JobLine> = log.jobs.iter().filter(|line| line.group == number).collect();
    let answers: Vec<(&JobLine, &Line)> = jobs
        .iter()
        .filter_map(|job| {
            let answers =
                |line: &&&Line| line.job == job.arrival.job && matches!(line.how, How::Ok(_));
            Some((*job, *attempts.iter().find(answers)?))
        })
        .collect();
    let in_time = |(job, line): &&(&JobLine, &Line)| {
        deadline.is_none_or(|deadline| line.ended <= job.arrival.due.after(deadline))
    };
    let refused = |line: &&&Line| matches!(line.how, How::Refused(_));
    let by = |kind| {
        attempts
            .iter()
            .filter(|line| matches!(line.how, How::Refused(reply) if reply.error == Some(kind)))
            .count()
    };
    let gave_up = |job: &&&JobLine| matches!(job.outcome, Some(Outcome::GaveUp(_)));
    let sum = |span: &dyn Fn(&JobLine, &Line) -> limits::Span| {
        answers.iter().map(|(job, line)| u128::from(span(job, line).nanos())).sum::<u128>()
    };
    let tokens = |job: &JobLine| u128::from(job.arrival.prompt) + u128::from(job.arrival.answer);
    [
        ("offered", jobs.len() as u128),
        ("answered", answers.len() as u128),
        ("in time", answers.iter().filter(in_time).count() as u128),
        ("gave up", jobs.iter().filter(gave_up).count() as u128),
        ("unfinished", jobs.iter().filter(|job| job.outcome.is_none()).count() as u128),
        ("first 429", attempts.iter().filter(|l| l.n == 1).filter(refused).count() as u128),
        ("sent", attempts.len() as u128),
        ("ok", attempts.iter().filter(|l| matches!(l.how, How::Ok(_))).count() as u128),
        ("refused", attempts.iter().filter(refused).count() as u128),
        ("unanswered", attempts.iter().filter(|l| l.how == How::Unanswered).count() as u128),
        ("open", attempts.iter().filter(|l| l.how == How::Open).count() as u128),
        ("by requests", by(wire::ErrorKind::RequestsLimited) as u128),
        ("by tokens", by(wire::ErrorKind::TokensLimited) as u128),
        ("by model", by(wire::ErrorKind::ModelLimited) as u128),
        ("sent within", attempts.iter().filter(|l| l.sent < end).count() as u128),
        ("ok within", answers.iter().filter(|(_, l)| l.ended < end).count() as u128),
        (
            "in time within",
            answers.iter().filter(in_time).filter(|(_, l)| l.ended < end).count() as u128,
        ),
        ("offered tokens", jobs.iter().map(|job| tokens(job)).sum()),
        ("answered tokens", answers.iter().map(|(job, _)| tokens(job)).sum()),
        ("wait", sum(&|job, line| line.sent.since(job.arrival.due))),
        ("answer", sum(&|job, line| line.ended.since(job.arrival.due))),
        ("first token", sum(&|job, line| line.first_token.unwrap().since(job.arrival.due))),
    ]
    .into()
}
