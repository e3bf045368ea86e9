//! A log holds attempts, not jobs: which rows belong together, what a job is due and how long, and
//! how much of it is a guess.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;

use limits::Span;
use proptest::prelude::*;
use scenario::{Attempts, Fields, Reading, Says, Trace, TraceFormat, Unit};

/// A table with milliseconds, lengths, a status, and these columns besides.
fn table(more: &str) -> TraceFormat {
    let named = |name: &str| more.split(',').any(|one| one == name).then(|| name.to_owned());
    let [due, prompt, answer] = ["at", "in", "out"].map(str::to_owned);
    let says = Says {
        status: Some("status".to_owned()),
        id: named("id"),
        retry: named("retry"),
        model: named("model"),
        client: named("client"),
    };
    let fields = Fields { due, unit: Unit::Millis, prompt, answer, says };
    TraceFormat::Csv { fields, delimiter: ',' }
}

fn text(more: &str, rows: &[&str]) -> String {
    format!("at,in,out,status,{more}\n{}\n", rows.join("\n"))
}

fn read(more: &str, rows: &[&str]) -> Reading {
    Trace::read("log", text(more, rows).as_bytes(), &table(more)).unwrap()
}

/// Each job: when it was due in milliseconds, its prompt and its answer.
fn jobs(reading: &Reading) -> Vec<(u64, u32, u32)> {
    let Trace { due, prompt, answer } = &reading.trace;
    let lengths = prompt.iter().zip(answer);
    due.iter().zip(lengths).map(|(due, (p, a))| (due / 1_000_000, *p, *a)).collect()
}

#[test]
fn an_id_tells_which_attempts_are_one_job() {
    let rows = [
        "1000,0,0,429,a",
        "1100,,,429,b",
        "1500,,,503,a",
        "1600,20,2,200,b",
        "2500,10,1,200,a",
        "2600,30,3,200,c",
        // What comes after an answer is a job of its own.
        "2700,40,4,200,a",
    ];
    let reading = read("id", &rows);
    assert_eq!(jobs(&reading), [(0, 10, 1), (100, 20, 2), (1_600, 30, 3), (1_700, 40, 4)]);
    assert_eq!((reading.folded.by_id, reading.folded.bounds()), (3, (4, 4)));
}

#[test]
fn a_count_of_retries_tells_how_many_jobs_there_were() {
    let rows = [
        "0,,,429,0",
        "100,,,429,0",
        // A first attempt is nobody's retry.
        "500,50,5,200,0",
        "550,,,429,1",
        "600,20,2,200,1",
        "1600,10,1,200,2",
    ];
    let reading = read("retry", &rows);
    assert_eq!(jobs(&reading), [(0, 10, 1), (100, 20, 2), (500, 50, 5)]);
    assert_eq!((reading.folded.by_count, reading.folded.bounds()), (3, (3, 3)));
}

#[test]
fn model_client_and_prompt_are_a_fingerprint() {
    let rows = [
        "0,900,,429,m,x",
        "100,901,,429,m,x",
        "200,900,,429,m,y",
        "300,900,,429,n,x",
        "500,901,1,200,m,x",
        "600,900,2,200,n,x",
        "700,900,3,200,m,y",
        "800,900,4,200,m,x",
    ];
    let reading = read("model,client", &rows);
    assert_eq!(jobs(&reading), [(0, 900, 4), (100, 901, 1), (200, 900, 3), (300, 900, 2)]);
    assert_eq!((reading.folded.by_prompt, reading.folded.by_time), (4, 0));
}

#[test]
fn where_refused_rows_do_not_say_their_prompt_a_guess_is_made_and_bounded() {
    let rows = ["0,0,0,429,m", "300,0,0,429,m", "500,10,1,200,m", "900,20,2,200,m"];
    let reading = read("model", &rows);
    // The second refusal was taken for the first one's retry: whether it was, nobody can tell.
    assert_eq!(jobs(&reading), [(0, 10, 1), (900, 20, 2)]);
    assert_eq!((reading.folded.by_time, reading.folded.bounds()), (2, (2, 4)));
    insta::assert_snapshot!(reading.remarks().join("\n"));
}

#[test]
fn a_retry_comes_within_a_time_that_can_be_said() {
    let rows = ["0,10,,429,m", "10001,10,1,200,m", "20000,20,,429,m", "29000,20,2,200,m"];
    let usual = read("model", &rows);
    assert_eq!(jobs(&usual), [(0, 10, 1), (10_001, 10, 1), (20_000, 20, 2)]);
    // A job that was never answered may have been answered later than that, and another may have
    // had as long a prompt.
    assert_eq!((usual.folded.unanswered, usual.folded.bounds()), (1, (2, 4)));
    let longer = Attempts::Fold { within: Span::from_secs(11) };
    let log = text("model", &rows);
    let reading = Trace::read_as("log", log.as_bytes(), &table("model"), longer).unwrap();
    assert_eq!(jobs(&reading), [(0, 10, 1), (20_000, 20, 2)]);
}

#[test]
fn what_was_never_answered_is_a_job_with_lengths_of_the_one_before() {
    let rows = [
        "0,,,429,a,m",
        "100,10,1,200,b,m",
        "200,20,2,200,c,n",
        "300,,,429,d,m",
        "400,33,,timeout,e,n",
    ];
    let reading = read("id,model", &rows);
    let all = [(0, 10, 1), (100, 10, 1), (200, 20, 2), (300, 10, 1), (400, 33, 2)];
    assert_eq!(jobs(&reading), all);
    assert_eq!((reading.folded.unanswered, reading.folded.filled), (3, 3));
    let told = reading.remarks().join("\n");
    assert!(told.contains("no two rows share an id"), "{told}");
}

#[test]
fn wrong_requests_are_no_jobs_and_failures_need_not_be() {
    let rows = ["0,10,1,200,m", "100,,,400,m", "200,,,429,m", "300,20,2,200,m"];
    assert_eq!(jobs(&read("model", &rows)), [(0, 10, 1), (200, 20, 2)]);
    assert_eq!(read("model", &rows).invalid, 1);
    let log = text("model", &rows);
    let of = |attempts| {
        let read = Trace::read_as("log", log.as_bytes(), &table("model"), attempts).unwrap();
        (jobs(&read), read.failed)
    };
    let each = vec![(0, 10, 1), (200, 10, 1), (300, 20, 2)];
    assert_eq!(of(Attempts::AsJobs), (each, 0));
    assert_eq!(of(Attempts::LeaveOut), (vec![(0, 10, 1), (300, 20, 2)], 1));
}

#[test]
fn a_log_where_nothing_was_answered_says_nothing_of_lengths() {
    let log = text("id", &["0,,,429,a", "100,,,429,a"]);
    for attempts in [table("id").usual_attempts(), Attempts::LeaveOut, Attempts::AsJobs] {
        let fault = Trace::read_as("log", log.as_bytes(), &table("id"), attempts).unwrap_err();
        let fault = fault.to_string();
        assert!(fault.starts_with("log: none of its 2 rows is a job: none "), "{fault}");
        assert_eq!(fault.contains("as_jobs"), attempts != Attempts::AsJobs, "{fault}");
    }
}

#[test]
fn rows_that_say_their_prompt_are_jobs_where_each_row_is_one() {
    let log = text("id", &["0,30,0,429,a", "100,,,429,b", "200,40,0,503,a"]);
    let read = |attempts| Trace::read_as("log", log.as_bytes(), &table("id"), attempts);
    let reading = read(Attempts::AsJobs).unwrap();
    assert_eq!(jobs(&reading), [(0, 30, 1), (200, 40, 1)]);
    assert_eq!((reading.folded.answerless, reading.failed, reading.folded.attempts), (2, 1, 2));
    assert!(reading.remarks().join("\n").contains("2 jobs have answers of one token"));
    read(Attempts::LeaveOut).unwrap_err();
}

#[test]
fn known_logs_fold_by_themselves() {
    let litellm = r#"
{"id":"1","trace_id":"t","status":"failure","startTime":5.0,"endTime":5.5,"prompt_tokens":0,"completion_tokens":0,"model_group":"m"}
{"id":"2","trace_id":"t","status":"success","startTime":6.0,"endTime":8.0,"prompt_tokens":30,"completion_tokens":20,"model_group":"m"}
{"id":"3","trace_id":"u","status":"success","startTime":6.5,"endTime":8.0,"prompt_tokens":7,"completion_tokens":8,"model_group":"m"}"#;
    let otel = r#"
{"name":"chat m","traceId":"t","parentSpanId":"p","startTimeUnixNano":"5000000000","endTimeUnixNano":"5500000000","attributes":{"gen_ai.operation.name":"chat","error.type":"429"}}
{"name":"chat m","traceId":"t","parentSpanId":"p","startTimeUnixNano":"6000000000","attributes":{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":30,"gen_ai.usage.output_tokens":20}}
{"name":"chat m","traceId":"t","parentSpanId":"q","startTimeUnixNano":"6500000000","attributes":{"gen_ai.operation.name":"chat","gen_ai.usage.input_tokens":7,"gen_ai.usage.output_tokens":8}}"#;
    let ours = r#"
{"group":0,"job":7,"attempt":1,"sent_ns":"5000000000","ended_ns":"5500000000","outcome":"refused","status":429,"refused_by":"requests","truly":"requests","prompt_tokens":null,"completion_tokens":null}
{"group":0,"job":7,"attempt":2,"sent_ns":"6000000000","ended_ns":"8000000000","outcome":"ok","status":200,"refused_by":null,"truly":null,"prompt_tokens":30,"completion_tokens":20}
{"group":1,"job":7,"attempt":1,"sent_ns":"6500000000","ended_ns":"6900000000","outcome":"ok","status":200,"refused_by":null,"truly":null,"prompt_tokens":7,"completion_tokens":8}"#;
    let logs = [
        (TraceFormat::LiteLlm, litellm),
        (TraceFormat::OpenTelemetry, otel),
        (TraceFormat::Attempts, ours),
    ];
    for (format, log) in logs {
        let reading = Trace::read("log", log.as_bytes(), &format).unwrap();
        assert_eq!(jobs(&reading), [(0, 30, 20), (1_500, 7, 8)], "{}", format.name());
        assert_eq!(reading.folded.by_id, 1, "{}", format.name());
    }
}

#[test]
fn what_a_status_may_be_is_said() {
    let log = text("id", &["0,1,1,perhaps,a"]);
    let fault = Trace::read("log", log.as_bytes(), &table("id")).unwrap_err();
    let expected = "log:2:7: expected a status: a number of HTTP's, or a word such as `success`, \
                    `failure`, found `perhaps`";
    assert_eq!(fault.to_string(), expected);
}

proptest! {
    /// Whatever the jobs, with a shared id or a count of retries and prompts of their own they are
    /// found again: each due at its first attempt, with the lengths of its last.
    #[test]
    fn jobs_are_found_again(
        mut plan in prop::collection::vec((0_u64..60_000, 0_usize..4, 1_u32..9_000), 1..60),
        by_id in any::<bool>(),
    ) {
        // A first refusal needs somebody's lengths only where nothing is ever answered.
        plan.sort_unstable();
        let mut rows: Vec<(u64, String)> = Vec::new();
        let mut expected = Vec::new();
        for (job, (due, retries, answer)) in plan.iter().enumerate() {
            let prompt = u32::try_from(job).unwrap() + 1;
            let mut at = *due;
            for retry in 0..*retries {
                let told = if by_id { String::new() } else { prompt.to_string() };
                let tells = if by_id { format!("j{job}") } else { retry.to_string() };
                rows.push((at, format!("{at},{told},,429,{tells}")));
                at += 500 << retry;
            }
            let tells = if by_id { format!("j{job}") } else { retries.to_string() };
            rows.push((at, format!("{at},{prompt},{answer},200,{tells}")));
            expected.push((due - plan[0].0, prompt, *answer));
        }
        // As a log is written: in some order, here the one of the last digits.
        rows.sort_by_key(|(at, _)| (at / 5_000, at % 7));
        let mut log = format!("at,in,out,status,{}\n", if by_id { "id" } else { "retry" });
        for (_, row) in &rows {
            writeln!(log, "{row}").unwrap();
        }
        let format = table(if by_id { "id" } else { "retry" });
        let reading = Trace::read("log", log.as_bytes(), &format).unwrap();
        let mut found = jobs(&reading);
        found.sort_unstable();
        prop_assert_eq!(found, expected);
        prop_assert_eq!(reading.folded.attempts, rows.len() as u64);
        let jobs = plan.len() as u64;
        prop_assert_eq!(reading.folded.bounds(), (jobs, jobs));
    }
}
