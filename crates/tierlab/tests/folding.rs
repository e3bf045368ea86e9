//! A log holds attempts, not jobs: what a gateway would have logged of a run is folded back, and
//! held against what the run knows.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Stdio};

use chance::Seed;
use rulebook::Rulebook;
use run_record::{AttemptOutcome, CellKey};
use scenario::{Fields, Reading, Says, Scenario, Timeline, Trace, TraceFormat, Unit};
use serde_json::Value;
use simulator::replicate_logging;

/// One attempt, as the run knows it.
#[derive(Clone, Copy, Debug)]
struct Row {
    job: u64,
    n: u32,
    sent: u64,
    status: u16,
    prompt: u32,
}

/// What a gateway logs beside time, status, model and the tokens of answered rows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Way {
    /// An id that a job's attempts share.
    Id,
    /// The header with the count of retries, which tells no two jobs apart.
    Count,
    /// Tokens of the prompt also where it was refused.
    Prompt,
    /// Nothing.
    Time,
}

/// The log. In place of an answer's tokens stands the row's own number, so that it can be told
/// which row a job was answered by.
fn logged(rows: &[Row], way: Way) -> Reading {
    let mut log = String::from("time,status,in,out,model,id,try\n");
    for (number, row) in (1..).zip(rows) {
        let Row { job, n, sent, status, prompt } = *row;
        let known = status == 200 || way == Way::Prompt;
        let prompt = if known { prompt.to_string() } else { String::new() };
        let answer = if status == 200 { format!("{number}") } else { String::new() };
        writeln!(log, "{sent},{status},{prompt},{answer},m,{job},{}", n - 1).unwrap();
    }
    let [due, prompt, answer] = ["time", "in", "out"].map(str::to_owned);
    let named = |name: &str, is: bool| is.then(|| name.to_owned());
    let says = Says {
        status: Some("status".to_owned()),
        id: named("id", way == Way::Id),
        retry: named("try", way == Way::Count),
        model: Some("model".to_owned()),
        client: None,
    };
    let fields = Fields { due, unit: Unit::Nanos, prompt, answer, says };
    Trace::read("log", log.as_bytes(), &TraceFormat::Csv { fields, delimiter: ',' }).unwrap()
}

/// What was found of the truth.
struct Found {
    jobs: usize,
    truly: usize,
    /// Of the jobs found, the share that is due when a job was; and of those that were, the share
    /// that is found.
    due: (f64, f64),
    /// The same of pairs: a job's first attempt, and the one by which it was answered.
    pairs: (f64, f64),
}

fn held_against_truth(rows: &[Row], reading: &Reading) -> Found {
    let first_row = rows.iter().map(|row| row.sent).min().unwrap();
    let mut firsts: BTreeMap<u64, u64> = BTreeMap::new();
    for row in rows {
        let first = firsts.entry(row.job).or_insert(row.sent);
        *first = row.sent.min(*first);
    }
    let due: BTreeSet<u64> = firsts.values().map(|sent| sent - first_row).collect();
    let answered = (1_u32..).zip(rows).filter(|(_, row)| row.status == 200 && row.n > 1);
    let pairs: BTreeSet<(u64, u32)> =
        answered.map(|(number, row)| (firsts[&row.job] - first_row, number)).collect();
    let Trace { due: found_due, answer, .. } = &reading.trace;
    let right = found_due.iter().filter(|at| due.contains(at)).count() as f64;
    // A job that was never answered borrows its length, and the number with it. Of those that say a
    // number one was answered by that row: the one that is due with it, if there is one, else the
    // right one, if it is among them.
    let mut claims: BTreeMap<u32, Vec<u64>> = BTreeMap::new();
    for (at, number) in found_due.iter().zip(answer) {
        claims.entry(*number).or_default().push(*at);
    }
    let mut found_pairs = BTreeSet::new();
    for (number, claims) in claims {
        let own = rows[usize::try_from(number).unwrap() - 1].sent - first_row;
        let right = claims.iter().find(|at| pairs.contains(&(**at, number)));
        if !claims.contains(&own) {
            found_pairs.insert((*right.unwrap_or(&claims[0]), number));
        }
    }
    let own: BTreeSet<(u64, u32)> = found_pairs.intersection(&pairs).copied().collect();
    let share = |part: usize, of: usize| part as f64 / of.max(1) as f64;
    Found {
        jobs: found_due.len(),
        truly: due.len(),
        due: (right / found_due.len() as f64, right / due.len() as f64),
        pairs: (share(own.len(), found_pairs.len()), share(own.len(), pairs.len())),
    }
}

/// Ten minutes of the Python SDK on Build Tier 2, as every attempt ended.
fn run_at(rate: &str) -> Vec<Row> {
    let text = format!(
        "title = \"Retries\"\nedition = \"2025-11\"\naccount = {{ tier = \"build-2\" }}\n[[group]]\n\
         name = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         prompt = {{ lognormal = {{ median = 900, p95 = 3000 }} }}\n\
         answer = {{ lognormal = {{ median = 220, p95 = 800 }} }}\n\
         traffic = {{ poisson = {{ rate = \"{rate}\", lasts = \"10m\" }} }}\n\
         [[strategy]]\npreset = \"together-py\"\n"
    );
    let scenario = Scenario::parse("run.toml", &text, &Rulebook::embedded().unwrap()).unwrap();
    let prompts: Vec<u32> =
        Timeline::of(&scenario, Seed(scenario.seed)).map(|arrival| arrival.prompt).collect();
    let key = CellKey::new(Some("build-2"), "together-py");
    let plan = simulator::cells(&scenario).into_iter().find(|plan| plan.key == key).unwrap();
    let (_, attempts) = replicate_logging(&scenario, &plan, 0).unwrap();
    let row = |attempt: &run_record::Attempt| {
        let end = attempt.end;
        let status = match end.how {
            AttemptOutcome::Ok(_) => 200,
            AttemptOutcome::Refused { status, .. } | AttemptOutcome::Failed { status } => status.0,
            AttemptOutcome::Unanswered | AttemptOutcome::Cancelled | AttemptOutcome::Open => 0,
        };
        let prompt = prompts[usize::try_from(end.job).unwrap()];
        Row { job: end.job, n: end.n, sent: end.sent.nanos(), status, prompt }
    };
    attempts.iter().map(row).collect()
}

/// From a few refusals to nine in ten. What a gateway would have to log is the first thing to learn
/// here: with an id, or the count of retries beside the prompt, nothing is lost.
#[test]
fn jobs_are_found_again_as_well_as_the_log_allows() {
    let mut table = String::from(
        "rate   429     way      jobs  of    bounds       due: precision, recall  pairs: precision, recall\n",
    );
    for rate in ["2/s", "3/s", "4/s", "8/s"] {
        let rows = run_at(rate);
        let refused = rows.iter().filter(|row| row.status == 429).count() as f64;
        let share = refused / rows.len() as f64 * 100.0;
        for way in [Way::Id, Way::Count, Way::Prompt, Way::Time] {
            let reading = logged(&rows, way);
            let Found { jobs, truly, due, pairs } = held_against_truth(&rows, &reading);
            let (least, most) = reading.folded.bounds();
            let bounds = format!("{least}–{most}");
            let way = format!("{way:?}");
            writeln!(
                table,
                "{rate:<6}{share:>4.1} %  {way:<8}{jobs:>5}  {truly:<6}{bounds:<13}{:>13.3}{:>8.3}{:>18.3}{:>8.3}",
                due.0, due.1, pairs.0, pairs.1
            )
            .unwrap();
            assert!((least..=most).contains(&(truly as u64)), "beyond the bounds:\n{table}");
        }
    }
    insta::assert_snapshot!(table);
}

/// Sent for real, with retries on: the log of its attempts tells its jobs exactly, and what a
/// gateway would have had of it nearly so.
#[test]
fn a_live_run_s_attempts_are_folded_back_into_its_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let text = "title = \"Live\"\ndrain = \"10s\"\naccount = { tier = \"build-1\" }\n[[group]]\n\
         name = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         prompt = { lognormal = { median = 900, p95 = 3000 } }\nanswer = 5\n\
         traffic = { poisson = { rate = \"14/s\", lasts = \"6s\" } }\n\
         [[strategy]]\npreset = \"together-py\"\n";
    fs::write(folder.path().join("live.toml"), text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.args(["load", "live.toml", "--with-mock", "--no-gate", "-q"]);
    command.args(["--out", "run.jsonl"]).current_dir(folder.path());
    let output = command.stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let log = fs::read_to_string(folder.path().join("run.jsonl")).unwrap();
    let scenario = Scenario::parse("live.toml", text, &Rulebook::embedded().unwrap()).unwrap();
    let prompts: Vec<u32> =
        Timeline::of(&scenario, Seed(scenario.seed)).map(|arrival| arrival.prompt).collect();
    let row = |line: &str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let number = |key: &str| line[key].as_u64().unwrap_or(0);
        let job = number("job");
        let sent = line["sent_ns"].as_str().unwrap().parse().unwrap();
        let n = u32::try_from(number("attempt")).unwrap();
        let status = u16::try_from(number("status")).unwrap();
        Row { job, n, sent, status, prompt: prompts[usize::try_from(job).unwrap()] }
    };
    let rows: Vec<Row> = log.lines().map(row).collect();
    let retries = rows.iter().filter(|row| row.n > 1).count();
    assert!(retries > 10, "{retries} retries");

    let exact = Trace::read("run.jsonl", log.as_bytes(), &TraceFormat::Attempts).unwrap();
    let jobs: BTreeSet<u64> = rows.iter().map(|row| row.job).collect();
    let by_id = usize::try_from(exact.folded.by_id).unwrap();
    assert_eq!((exact.trace.rows(), by_id), (jobs.len(), retries));

    // Without job numbers, as a gateway has it. Two attempts may leave in the same nanosecond.
    let held = |way: Way| {
        let reading = logged(&rows, way);
        let (least, most) = reading.folded.bounds();
        let found = held_against_truth(&rows, &reading);
        assert!((least..=most).contains(&(jobs.len() as u64)), "{way:?}: {least} to {most}");
        found
    };
    let found = held(Way::Id);
    assert_eq!(found.jobs, jobs.len());
    assert!(found.due.1 > 0.99 && found.pairs.1 > 0.99, "{:?} {:?}", found.due, found.pairs);
    assert_eq!(held(Way::Count).jobs, jobs.len());
    let found = held(Way::Prompt);
    assert!(found.due.0 > 0.8 && found.due.1 > 0.8, "{:?}", found.due);
    assert!(found.pairs.0 > 0.8 && found.pairs.1 > 0.8, "{:?}", found.pairs);
    held(Way::Time);
}
