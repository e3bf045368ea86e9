//! The record as a file: what is written is read again, and what is no record is refused with its
//! place and a remedy.

#![expect(clippy::unwrap_used, reason = "a test whose scene cannot be set has failed")]

mod scene;

use std::num::NonZeroU32;

use limits::{Instant, Span};
use run_record::{
    AttemptEnd, AttemptOutcome, CellKey, CellSpec, Counted, JobEnd, JobOutcome, PairLimits,
    RecordFault, Recorder, RunRecord, Rung, TraceNote, derive,
};
use scene::{JOB, Job, USAGE, expect};

fn record() -> RunRecord {
    let jobs = |count| (0..count).map(|n| Job { due: n * 40, refused: 1, wait: Some(n), ..JOB });
    let mut header = scene::header(&["chat"], &["give up"], 2);
    header.recipe.trace =
        Some(TraceNote { file: "trace.csv.gz".to_owned(), sha256: "beef".to_owned() });
    header.ship = Some("give up".to_owned());
    header.expectations = vec![expect("wait_p95", "<=", 500), expect("status_429", "<=", 20)];
    header.ladder = vec![Rung {
        tier: "build-2".to_owned(),
        title: "Tier 2".to_owned(),
        past_hour_rpm: None,
        gates: Vec::new(),
        reach: None,
        limits: vec![PairLimits {
            model: "llama".to_owned(),
            rpm: 1_800,
            images: false,
            tpm: Some(250_000),
            own: false,
            counted: Counted::Opened,
            window_requests: 60,
            window: Span::from_secs(2),
            hard: true,
        }],
    }];
    let runs = vec![scene::run(&header, jobs(300)), scene::run(&header, jobs(7))];
    let cell = scene::cell("give up", runs);
    RunRecord::new(header, vec![cell]).unwrap()
}

#[test]
fn what_is_written_is_read_again() {
    let record = record();
    let text = record.write();
    let read = RunRecord::read(&text).unwrap();
    assert_eq!(read, record);
    assert_eq!(read.write(), text);
    assert_eq!(derive::summary(&read), derive::summary(&record));
}

#[test]
fn a_record_says_that_it_was_cut_short_and_one_that_is_silent_about_it_is_refused() {
    let (mut header, cells) = (record().header().clone(), record().cells().to_vec());
    header.cut_short = true;
    let text = RunRecord::new(header, cells).unwrap().write();
    assert!(RunRecord::read(&text).unwrap().header().cut_short);
    let silent = text.replace("\"cut_short\":true,", "");
    assert_ne!(silent, text);
    assert!(matches!(RunRecord::read(&silent), Err(RecordFault::Malformed { .. })));
}

#[test]
fn a_group_of_several_clients_says_how_many_and_one_client_says_nothing() {
    let (mut header, cells) = (record().header().clone(), record().cells().to_vec());
    let told = record().write();
    assert!(!told.split("\"summary\"").next().unwrap().contains("\"clients\""));
    header.groups[0].clients = NonZeroU32::new(40).unwrap();
    let text = RunRecord::new(header, cells).unwrap().write();
    assert!(text.contains("\"clients\":40"));
    assert_eq!(RunRecord::read(&text).unwrap().header().groups[0].clients.get(), 40);
    let nobody = text.replace("\"clients\":40", "\"clients\":0");
    assert!(matches!(RunRecord::read(&nobody), Err(RecordFault::Malformed { .. })));
}

#[test]
fn the_summary_in_the_file_is_the_document_itself() {
    let text = record().write();
    let line = text.lines().find(|line| line.starts_with("\"summary\":")).unwrap();
    let line = line.trim_start_matches("\"summary\":").trim_end_matches(',');
    let document = derive::summary(&record()).json();
    // The same keys in the same order, without the spaces between them.
    let squeezed: String = document.lines().map(str::trim_start).collect();
    assert_eq!(line.replace("\": ", "\":"), squeezed.replace("\": ", "\":"));
}

#[test]
fn a_file_has_one_cell_a_line() {
    let mut header = scene::header(&["chat"], &["a", "b"], 1);
    header.recipe.scenario.text = "title = \"x\"\n".to_owned();
    let cells = ["b", "a"].map(|name| scene::cell(name, vec![scene::run(&header, [JOB])]));
    let text = RunRecord::new(header, cells.into()).unwrap().write();
    let starts: Vec<String> = text.lines().map(|line| line.chars().take(22).collect()).collect();
    assert_eq!(
        starts,
        [
            "{",
            "\"schema\":\"tierlab/reco",
            "\"header\":{\"recipe\":{\"s",
            "\"summary\":{\"schema\":\"t",
            "\"cells\":[",
            "{\"key\":{\"strategy\":\"a\"",
            "{\"key\":{\"strategy\":\"b\"",
            "}"
        ]
    );
}

#[test]
fn a_leaf_is_written_in_integers_that_every_reader_keeps_exact() {
    let lasts = Span::from_secs(100 * 365 * 86_400);
    let mut header = scene::header(&["chat"], &["a"], 1);
    header.lasts = lasts;
    let mut recorder =
        Recorder::new(&CellSpec { lasts, drain: header.drain, groups: 1, ..CellSpec::default() });
    // Seven answers of a hundred years less a nanosecond each: more than 64 bits of nanoseconds.
    let answered = Instant::from_nanos(lasts.nanos() - 1);
    for n in 0..7 {
        let due = Instant::START;
        let how = AttemptOutcome::Ok(USAGE);
        recorder.offered(0, due, USAGE);
        recorder.sent(0, due, true);
        recorder.attempt_ended(0, AttemptEnd { job: n, n: 1, sent: due, now: answered, how });
        let first_token = Instant::from_nanos(n);
        let how = JobOutcome::Answered { sent: due, first_token, answered, usage: USAGE };
        recorder.job_ended(0, JobEnd { due, deadline: None, client: 0, attempts: 1, how });
    }
    let cell = scene::cell("a", vec![recorder.finish().unwrap()]);
    let record = RunRecord::new(header, vec![cell]).unwrap();
    let text = record.write();
    assert!(text.contains(
        r#""answer":{"sum_ns":"22075199999999999993","least_ns":"3153599999999999999","most_ns":"3153599999999999999"}"#
    ));
    assert!(text.contains(r#""lasts_ns":"3153600000000000000""#));
    assert_eq!(RunRecord::read(&text).unwrap(), record);
    let line = text.lines().find(|line| line.starts_with("{\"key\"")).unwrap();
    insta::assert_snapshot!("cell", line);
}

fn fault(text: &str) -> RecordFault {
    RunRecord::read(text).unwrap_err()
}

#[test]
fn a_file_cut_short_is_told_from_one_that_is_none() {
    let text = record().write();
    let lines = text.lines().count();
    for kept in [0, 1, text.len() / 2, text.len() - 3] {
        let fault = fault(&text[..kept]);
        assert_eq!(fault.code(), "record::truncated", "after {kept} bytes");
        assert!(fault.place().0 <= lines);
    }
    assert_eq!(fault(&text[..text.len() - 3]).place().0, lines - 1);
    let not_json = fault("{\"schema\": tierlab}");
    assert_eq!((not_json.code(), not_json.place()), ("record::not_json", (1, 13)));
    assert_eq!(not_json.to_string(), "this is not JSON: expected ident");
}

#[test]
fn json_that_is_no_record_is_foreign() {
    for text in ["[]", "3", "{}", "{\"schema\":3}", "{\"schema\":null}"] {
        assert_eq!(fault(text), RecordFault::Foreign { found: None }, "{text}");
    }
    for schema in ["tierlab/summary/1", "tierlab/record/0", "tierlab/record/one", "other"] {
        let text = format!("{{\"schema\":\"{schema}\"}}");
        let found = Some(schema.to_owned());
        assert_eq!(fault(&text), RecordFault::Foreign { found }, "{text}");
    }
    let summary = fault("{\"schema\":\"tierlab/summary/1\"}");
    assert_eq!(summary.to_string(), "this is not a run record, but `tierlab/summary/1`");
}

#[test]
fn a_record_of_a_later_version_is_told_so_whatever_is_in_it() {
    let newer = fault("{\"schema\":\"tierlab/record/2\",\"cells\":{\"many\":true}}");
    assert_eq!(newer, RecordFault::Newer { version: 2 });
    assert_eq!(newer.to_string(), "this record has version 2, newer than 1");
    assert!(newer.help().contains("the version of tierlab that wrote it"));
}

#[test]
fn a_damaged_record_is_told_with_line_and_column() {
    let text = record().write();
    let damaged = text.replace("\"driver\":\"simulated\"", "\"driver\":\"dreamt\"");
    let fault = fault(&damaged);
    let column = damaged.lines().nth(2).unwrap().find("\"dreamt\"").unwrap() + "\"dreamt\"".len();
    assert_eq!((fault.code(), fault.place()), ("record::malformed", (3, column)));
    assert_eq!(
        fault.to_string(),
        "unknown variant `dreamt`, expected one of `simulated`, `live`, `observed`"
    );
}

#[test]
fn books_that_do_not_balance_are_refused_on_reading() {
    let text = record().write();
    let cooked = text.replacen("\"sent\":600,\"ok\":300", "\"sent\":601,\"ok\":300", 2);
    let unbalanced = fault(&cooked);
    assert_eq!((unbalanced.code(), unbalanced.place().0), ("record::malformed", 6));
    assert_eq!(
        unbalanced.to_string(),
        "replication 0: group 0: the book of attempts does not balance: 601 sent, 600 ended \
         (1 never ended)"
    );
    let cooked = text.replace("\"offered\":7,\"answered\":7", "\"offered\":7,\"answered\":6");
    assert_eq!(
        fault(&cooked).to_string(),
        "replication 1: group 0: the book of jobs does not balance: 7 offered, 6 ended \
         (1 never ended)"
    );
}

#[test]
fn histograms_that_tell_of_other_jobs_than_the_books_are_refused() {
    let text = record().write();
    // A wait of nothing happened in both replications: the first bin holds two.
    let cooked = text.replace("{\"wait\":[[0,2],", "{\"wait\":[[0,3],");
    assert_ne!(cooked, text);
    assert_eq!(
        fault(&cooked).to_string(),
        "group 0: 307 jobs were answered, but the histogram of wait holds 308"
    );
}

#[test]
fn counts_of_a_file_may_be_anything_without_bringing_the_reader_down() {
    let text = record().write();
    let most = u64::MAX.to_string();
    let cooked = text
        .replace("\"in_time\":300,", &format!("\"in_time\":{most},"))
        .replace("\"in_time\":7,", &format!("\"in_time\":{most},"))
        .replace("\"jobs_due\":[25,", &format!("\"jobs_due\":[{most},"))
        .replace("{\"prompt\":30000,", &format!("{{\"prompt\":{most},"));
    let read = RunRecord::read(&cooked).unwrap();
    let whole = derive::summary(&read).cells.remove(0);
    assert_eq!(whole.jobs.in_time, u64::MAX);
    let cooked = text.replace("\"sent\":600,", &format!("\"sent\":{most},"));
    assert_eq!(fault(&cooked).code(), "record::malformed");
    let cooked =
        text.replace("\"ok\":300,\"refused\":300,", &format!("\"ok\":{most},\"refused\":300,"));
    assert_eq!(fault(&cooked).code(), "record::malformed");
    let cooked = text.replace("{\"wait\":[[0,2],", &format!("{{\"wait\":[[0,{most}],"));
    assert_eq!(fault(&cooked).code(), "record::malformed");
}

#[test]
fn a_record_from_before_the_times_of_an_attempt_were_measured_is_read_without_them() {
    let record = record();
    let mut document: serde_json::Value = serde_json::from_str(&record.write()).unwrap();
    for cell in document["cells"].as_array_mut().unwrap() {
        for group in cell["groups"].as_array_mut().unwrap() {
            let group = group.as_object_mut().unwrap();
            group.remove("over_time").unwrap();
            let series = group["series"].as_object_mut().unwrap();
            series.remove("window_ns").unwrap();
            series.remove("busiest_window").unwrap();
            let leaves = group["leaves"].as_array_mut().unwrap().iter_mut();
            let leaves = leaves.map(|leaf| leaf["times"].as_object_mut().unwrap());
            let mut all: Vec<_> = leaves.collect();
            for times in &mut all {
                for name in ["service", "per_token", "refusal"] {
                    times.remove(name).unwrap();
                }
            }
            let times = group["times"].as_object_mut().unwrap();
            for name in ["service", "per_token", "refusal"] {
                times.remove(name).unwrap();
            }
        }
    }
    let old = RunRecord::read(&document.to_string()).unwrap();
    let [before, now] = [&old, &record].map(|record| derive::summary(record).cells.remove(0));
    assert_eq!((before.jobs, before.wait_s), (now.jobs, now.wait_s));
    assert_eq!((before.service_time_s.max, now.service_time_s.max), (None, Some(1.0)));
    let whole = old.cells()[0].whole();
    assert!(whole.over_time().is_none() && whole.series().unwrap().window.is_none());
    // What was not measured in one part is not known of both.
    let merged = RunRecord::merge(vec![old.clone(), record.clone()]);
    assert!(merged.is_err(), "the same replications with and without");
    assert_eq!(RunRecord::read(&old.write()).unwrap(), old);
}

#[test]
fn every_histogram_of_a_time_holds_what_the_counts_say() {
    let says = |place: &str, bins: serde_json::Value| {
        let mut document: serde_json::Value = serde_json::from_str(&record().write()).unwrap();
        *document.pointer_mut(&format!("/cells/0/groups/0/{place}")).unwrap() = bins;
        fault(&document.to_string()).to_string()
    };
    let three = || serde_json::json!([[0, 3]]);
    for (place, told) in [
        ("times/wait", "307 jobs were answered, but the histogram of wait holds 3"),
        ("times/service", "307 jobs were answered, but the histogram of service holds 3"),
        ("times/refusal", "307 attempts were answered 4xx or 5xx, but the histogram of refusals"),
        ("over_time/answer", "the histogram of time to answer over time holds 3"),
    ] {
        let bins = if place.starts_with("over") { [three()].into() } else { three() };
        let says = says(place, bins);
        assert!(says.contains(told), "{says}");
    }
    let many = || serde_json::json!([[0, 308]]);
    assert!(says("times/per_token", many()).contains("of time for each token holds 308"));
    let over_time = says("over_time/first_token", [many()].into());
    assert!(over_time.contains("of time to first token over time holds 308"), "{over_time}");
}

#[test]
fn cells_that_do_not_belong_under_their_header_are_refused() {
    let text = record().write();
    let cooked = text.replace("\"replications\":[[0,2]]", "\"replications\":[[1,3]]");
    let fault = fault(&cooked);
    assert_eq!(
        fault.to_string(),
        "the cell strategy = \"give up\", tier = \"build-2\" has a replication 3, \
         the recipe asks for 2 only"
    );
}

#[test]
fn a_cell_is_found_by_its_key() {
    let record = record();
    assert!(record.cell(&CellKey::new(Some("build-2"), "give up")).is_some());
    assert!(record.cell(&CellKey::new(Some("build-3"), "give up")).is_none());
}
