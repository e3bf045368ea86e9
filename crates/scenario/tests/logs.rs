//! Reading logs in the forms that people have them: what each form says, what is wrong with a row,
//! and the published recordings where they are at hand.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use limits::Span;
use proptest::prelude::*;
use rulebook::Rulebook;
use scenario::{Cut, Fields, Reading, Says, Scenario, Trace, TraceFormat, Unit};

fn read(format: &TraceFormat, text: &str) -> Result<Reading, String> {
    Trace::read("log", text.as_bytes(), format).map_err(|fault| fault.to_string())
}

fn fields(due: &str, unit: Unit, prompt: &str, answer: &str) -> Fields {
    let [due, prompt, answer] = [due, prompt, answer].map(str::to_owned);
    Fields { due, unit, prompt, answer, says: Says::default() }
}

fn csv(unit: Unit) -> TraceFormat {
    TraceFormat::Csv { fields: fields("at", unit, "in", "out"), delimiter: ',' }
}

fn jsonl() -> TraceFormat {
    TraceFormat::Jsonl(fields("at", Unit::Nanos, "in", "out"))
}

/// A few rows in every form, all but Azure's out of order.
const MOONCAKE: &str = r#"{"timestamp": 0, "input_length": 6758, "output_length": 500, "hash_ids": [0, 1]}
{"timestamp": 0, "input_length": 7322, "output_length": 490, "hash_ids": [0, 14]}
{"timestamp": 6000, "input_length": 1, "output_length": 2, "hash_ids": []}
{"timestamp": 2999, "input_length": 7236, "output_length": 794, "hash_ids": [0, 28]}
"#;
const BURSTGPT: &str = "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
    45,ChatGPT,1087,230,1317,Conversation log\n\
    5,ChatGPT,472,18,490,Conversation log\n\
    45,GPT-4,417,276,693,API log\n\
    60,GPT-4,0,0,0,Conversation log\n\
    46,ChatGPT,10,20,30,API log\n";
const LITELLM: &str = r#"{"id":"a","status":"success","startTime":1700000001.25,"endTime":1700000003.5,"prompt_tokens":30,"completion_tokens":20,"cache_hit":null,"messages":[{"role":"user","content":"{\"startTime\": 5}"}]}
{"id":"b","status":"failure","startTime":1700000000.0,"prompt_tokens":0,"completion_tokens":0}
{"id":"c","status":"success","startTime":1700000002.0,"prompt_tokens":30,"completion_tokens":20,"cache_hit":true}
{"request_id":"d","startTime":"2023-11-14T22:13:20.125000+00:00","prompt_tokens":7,"completion_tokens":8,"cache_hit":"False"}
"#;
const OTEL: &str = r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bot"}}]},"scopeSpans":[{"scope":{"name":"x"},"spans":[{"name":"chat m","startTimeUnixNano":"1544712661000000321","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"120"}},{"key":"gen_ai.usage.output_tokens","value":{"intValue":34}},{"key":"gen_ai.response.finish_reasons","value":{"arrayValue":{"values":[{"stringValue":"stop"}]}}}],"status":{}},{"name":"invoke_agent","startTimeUnixNano":"1544712660000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"invoke_agent"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"120"}}]},{"name":"GET /","startTimeUnixNano":"1544712660000000000"},{"name":"chat m","startTimeUnixNano":"1544712662000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}}],"status":{"code":2}}]}]}]}
{"name":"text_completion m","startTimeUnixNano":1544712660500000321,"attributes":{"gen_ai.usage.prompt_tokens":5,"gen_ai.usage.completion_tokens":6},"status":{"code":"STATUS_CODE_UNSET"}}
{"name":"embeddings m","startTimeUnixNano":"1544712661500000321","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"embeddings"}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"9"}}]}
"#;
const CSV: &str = "\u{feff}\"at\",model,in,out,\"say \"\"why\"\"\"\n\
    2.5,m,10,20,\"first, second\nthird\"\n\
    1,\"m\",\"11\",21.0,\n\
    \n\
    1.000000001,m,12,22,5\" disk\n";

fn samples() -> Vec<(TraceFormat, &'static str)> {
    let azure = "TIMESTAMP,ContextTokens,GeneratedTokens\n\
                 2023-11-16 18:15:46.6805900,374,44\n2023-11-16 18:15:50.9951690,396,109\n";
    let nested = "{\"request\":{\"at\":\"2025-11-03 09:00:00Z\"},\"usage.in\":3,\"usage\":{\"out\":4}}\n\
                  {\"usage\":{\"in\":5,\"out\":6},\"request.at\":\"2025-11-03T10:00:00.5+01:00\"}\n";
    let paths = fields("request.at", Unit::Rfc3339, "usage.in", "usage.out");
    vec![
        (TraceFormat::AzureLlm2023, azure),
        (TraceFormat::Mooncake, MOONCAKE),
        (TraceFormat::BurstGpt, BURSTGPT),
        (TraceFormat::LiteLlm, LITELLM),
        (TraceFormat::OpenTelemetry, OTEL),
        (csv(Unit::Seconds), CSV),
        (TraceFormat::Jsonl(paths), nested),
    ]
}

#[test]
fn every_form_becomes_the_same_columns() {
    let told = |(format, text): &(TraceFormat, &str)| {
        let reading = read(format, text).unwrap();
        let mut told = format!("{}\n", format.name());
        let Trace { due, prompt, answer } = &reading.trace;
        for ((due, prompt), answer) in due.iter().zip(prompt).zip(answer) {
            writeln!(told, "  {due} ns: {prompt}, {answer}").unwrap();
        }
        for remark in reading.remarks() {
            writeln!(told, "  {remark}").unwrap();
        }
        told
    };
    insta::assert_snapshot!(samples().iter().map(told).collect::<String>());
}

#[test]
fn a_scenario_names_the_form_the_slice_and_the_rate() {
    let need = |said: &str| {
        let text = format!(
            "title = \"t\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"g\"\n\
             model = \"m\"\ntraffic = {{ trace = {{ file = \"f\", {said} }} }}\n"
        );
        let scenario = Scenario::parse("s.toml", &text, &Rulebook::embedded().unwrap()).unwrap();
        scenario.trace_need().unwrap().clone()
    };
    for word in ["azure-llm-2023", "mooncake", "burstgpt", "litellm", "otel", "attempts"] {
        let need = need(&format!("format = \"{word}\""));
        assert_eq!((need.format.name(), need.cut), (word, Cut::default()));
    }
    for (word, unit) in Unit::WORDS {
        let map = format!("due = \"at\", unit = \"{word}\", prompt = \"in\", answer = \"out\"");
        let columns = fields("at", unit, "in", "out");
        let named = |said: &str| need(said).format;
        let by_path = named(&format!("format = {{ jsonl = {{ {map} }} }}"));
        assert_eq!(by_path, TraceFormat::Jsonl(columns.clone()));
        let by_name = named(&format!("format = {{ csv = {{ {map}, delimiter = \"\\t\" }} }}"));
        assert_eq!(by_name, TraceFormat::Csv { fields: columns, delimiter: '\t' });
    }
    let cut = need("member = \"a/b\", from = \"10m\", lasts = \"30m\", scale = \"150.5%\"");
    assert_eq!(cut.member.as_deref(), Some("a/b"));
    let (from, lasts) = (Span::from_secs(600), Some(Span::from_secs(1_800)));
    assert_eq!(cut.cut, Cut { from, lasts, scale: 1_505_000_000 });
}

#[test]
fn burstgpt_s_newer_columns_change_nothing() {
    let newer = "Timestamp,Session ID,Elapsed time,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
        45,,1.5,ChatGPT,1087,230,1317,API log\n5,7,2,ChatGPT,472,18,490,Conversation log\n\
        45,,3,GPT-4,417,276,693,API log\n60,8,.1,GPT-4,0,0,0,Conversation log\n\
        46,,,ChatGPT,10,20,30,API log\n";
    assert_eq!(read(&TraceFormat::BurstGpt, newer), read(&TraceFormat::BurstGpt, BURSTGPT));
}

#[test]
fn line_ends_and_a_missing_last_one_make_no_difference() {
    for (format, text) in samples() {
        let usual = read(&format, text).unwrap();
        // Within quotes a line end belongs to the field, so it may become another there, too.
        let windows = text.replace('\n', "\r\n");
        for text in [&windows, text.trim_end(), windows.trim_end()] {
            assert_eq!(read(&format, text).unwrap(), usual, "{}", format.name());
        }
    }
}

#[test]
fn rows_of_one_time_keep_their_order_when_others_are_sorted() {
    let text = "at,in,out\n2,1,0\n1,2,0\n2,3,0\n1,4,0\n3,5,0\n";
    let reading = read(&csv(Unit::Nanos), text).unwrap();
    assert_eq!(reading.trace.prompt, [2, 4, 1, 3, 5]);
    assert_eq!((reading.trace.due, reading.out_of_order), (vec![0, 0, 1, 1, 2], 2));
}

#[test]
fn a_wrong_row_names_file_line_column_and_what_should_stand_there() {
    let good = "{\"at\":1,\"in\":2,\"out\":3}";
    let faults = [
        (csv(Unit::Seconds), "at,in,out\n1,2,3\n2,,3\n".to_owned()),
        (csv(Unit::Seconds), "at,in,out\n1,2,3\n2,3\n".to_owned()),
        (csv(Unit::Seconds), "at,in,out\n1,2,3,4\n".to_owned()),
        (csv(Unit::Millis), "x,at,in,out\n\"a\nb\",soon,2,3\n".to_owned()),
        (csv(Unit::Rfc3339), "at,in,out\n1700000000,2,3\n".to_owned()),
        (csv(Unit::Seconds), "at,in,output\n1,2,3\n".to_owned()),
        (csv(Unit::Seconds), "at,in,out\n1,2,3\n1e12,2,3\n".to_owned()),
        (csv(Unit::Seconds), "at,in,out\n1,2,4294967296\n".to_owned()),
        (csv(Unit::Seconds), "at,in,out\n".to_owned()),
        (csv(Unit::Seconds), String::new()),
        (jsonl(), format!("{good}\n{{\"é\":\"é\",\"at\":1,\"in\":-2,\"out\":3}}\n")),
        (jsonl(), format!("{good}\n{{\"at\":1,\"in\":null,\"out\":3}}\n")),
        (jsonl(), format!("{good}\n{{\"at\":1,\"in\":2\n")),
        (jsonl(), format!("{good}\n{good}{good}\n")),
        (jsonl(), "[\n".to_owned()),
        (jsonl(), "7\n".to_owned()),
        (jsonl(), "\n\n".to_owned()),
        (TraceFormat::Mooncake, "{\"timestamp\":\"x\",\"input_length\":1}".to_owned()),
        (TraceFormat::BurstGpt, "Timestamp,Model,Request tokens\n".to_owned()),
        (
            TraceFormat::BurstGpt,
            BURSTGPT
                .replace("230", "0")
                .replace("18,", "0,")
                .replace("276", "0")
                .replace(",20,", ",0,"),
        ),
        (TraceFormat::LiteLlm, LITELLM.replace("\"completion_tokens\":20", "\"tokens\":20")),
        (TraceFormat::LiteLlm, LITELLM.replace("\"2023-11-14T", "\"14.11.2023 ")),
        (TraceFormat::OpenTelemetry, OTEL.replace("\"intValue\":34", "\"intValue\":\"many\"")),
        (TraceFormat::OpenTelemetry, OTEL.replace("usage.output_tokens", "usage.outputs")),
        (TraceFormat::OpenTelemetry, "{\"resourceMetrics\":[]}\n".to_owned()),
        (TraceFormat::OpenTelemetry, "{\"resourceSpans\":{}}\n".to_owned()),
    ];
    let told = faults
        .map(|(format, text)| format!("{}: {}", format.name(), read(&format, &text).unwrap_err()));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn a_quote_that_is_never_closed_is_not_read_into_memory() {
    let endless = b"at,in,out\n1,2,\"".chain(std::io::repeat(b'x'));
    let fault = Trace::read("log", BufReader::new(endless), &csv(Unit::Seconds)).unwrap_err();
    assert!(fault.to_string().starts_with("log:2:1: expected a row of a trace"), "{fault}");
}

/// Bytes that come a few at a time, as through a pipe.
struct Drops<'t>(&'t [u8], usize);

impl Read for Drops<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let most = buffer.len().min(self.1);
        self.0.read(&mut buffer[..most])
    }
}

proptest! {
    #[test]
    fn how_the_bytes_come_changes_nothing(
        sample in 0_usize..7, chunk in 1_usize..40, buffer in 1_usize..40,
    ) {
        let (format, text) = samples().swap_remove(sample);
        let drops = BufReader::with_capacity(buffer, Drops(text.as_bytes(), chunk));
        let read_in_drops = Trace::read("log", drops, &format).unwrap();
        prop_assert_eq!(read_in_drops, read(&format, text).unwrap());
    }

    /// Whatever the rows: written in any order and form they are read back, sorted stably.
    #[test]
    fn what_was_written_is_read(
        rows in prop::collection::vec((0_u64..1_000, any::<u32>(), any::<u32>()), 1..40),
        delimiter in prop::sample::select(vec![',', ';', '\t', '|']),
    ) {
        let mut sorted = rows.clone();
        sorted.sort_by_key(|row| row.0);
        let first = sorted[0].0;
        let expected = Trace {
            due: sorted.iter().map(|row| (row.0 - first) * 1_000).collect(),
            prompt: sorted.iter().map(|row| row.1).collect(),
            answer: sorted.iter().map(|row| row.2).collect(),
        };
        let d = delimiter;
        let mut table = format!("out{d}x{d}at{d}in\n");
        let mut lines = String::new();
        for (at, prompt, answer) in &rows {
            writeln!(table, "{answer}{d}\"{d}\"{d}{at}{d}{prompt}").unwrap();
            writeln!(lines, "{{\"x\":[{at}],\"in\":{prompt},\"a\":{{\"t\":{at}.0}},\"out\":{answer}}}")
                .unwrap();
        }
        let by_name = fields("at", Unit::Micros, "in", "out");
        let table = read(&TraceFormat::Csv { fields: by_name, delimiter }, &table).unwrap();
        prop_assert_eq!(&table.trace, &expected);
        let by_path = fields("a.t", Unit::Micros, "in", "out");
        let lines = read(&TraceFormat::Jsonl(by_path), &lines).unwrap();
        prop_assert_eq!(&lines.trace, &expected);
        let mut latest = 0;
        let back = rows.iter().filter(|row| { latest = latest.max(row.0); row.0 < latest }).count();
        prop_assert_eq!((lines.out_of_order, table.out_of_order), (back as u64, back as u64));
    }

    #[test]
    fn arbitrary_bytes_never_panic(
        sample in 0_usize..7, keep in 0.0..1.0, bytes in prop::collection::vec(any::<u8>(), 0..60),
    ) {
        let (format, text) = samples().swap_remove(sample);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share")]
        let keep = (text.len() as f64 * keep) as usize;
        let mut spoiled = text.as_bytes()[..keep].to_vec();
        spoiled.extend(bytes);
        spoiled.extend(&text.as_bytes()[keep..]);
        let _ = Trace::read("log", spoiled.as_slice(), &format);
    }
}

/// A recording, where it is at hand: in the folder that `TIERLAB_DATA` names, else beside the
/// workspace.
fn recording(file: &str) -> Option<BufReader<impl Read>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    let Ok(file) = std::fs::File::open(folder.join("traces").join(file)) else {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: the recording {file} is not at hand").unwrap();
        return None;
    };
    Some(BufReader::new(flate2::read::MultiGzDecoder::new(file)))
}

/// Rows, tokens, time, the busiest second, and what became of the rest.
fn told(reading: &Reading) -> String {
    let Trace { due, prompt, answer } = &reading.trace;
    let sum = |column: &[u32]| column.iter().map(|tokens| u64::from(*tokens)).sum::<u64>();
    let mut busiest = 0;
    for row in 0..due.len() {
        let within = due[row..].partition_point(|due| *due < due_of(reading, row) + 1_000_000_000);
        busiest = busiest.max(within);
    }
    format!(
        "{} rows, {} and {} tokens, {} ns, {busiest} in the busiest second, {} out of order, {} left out",
        due.len(),
        sum(prompt),
        sum(answer),
        due.last().unwrap(),
        reading.out_of_order,
        reading.left_out(),
    )
}

fn due_of(reading: &Reading, row: usize) -> u64 {
    reading.trace.due[row]
}

#[test]
fn the_recorded_conversations_of_mooncake_lose_their_ticks() {
    let Some(input) = recording("mooncake_conversation_trace.jsonl.gz") else { return };
    let reading = Trace::read("mooncake", input, &TraceFormat::Mooncake).unwrap();
    let told = told(&reading);
    insta::assert_snapshot!(told, @"12031 rows, 144793823 and 4122048 tokens, 3539567857142 ns, 10 in the busiest second, 0 out of order, 0 left out");
}

#[test]
fn the_synthetic_trace_of_mooncake_keeps_its_stamps() {
    let Some(input) = recording("mooncake_synthetic_trace.jsonl.gz") else { return };
    let reading = Trace::read("mooncake", input, &TraceFormat::Mooncake).unwrap();
    let told = told(&reading);
    insta::assert_snapshot!(told, @"3993 rows, 61194628 and 595432 tokens, 1022025000000 ns, 14 in the busiest second, 0 out of order, 0 left out");
}

#[test]
fn the_code_trace_of_azure_is_read_whole() {
    let Some(input) = recording("AzureLLMInferenceTrace_code.csv.gz") else { return };
    let reading = Trace::read("code", input, &TraceFormat::AzureLlm2023).unwrap();
    let told = told(&reading);
    insta::assert_snapshot!(told, @"8819 rows, 18059974 and 245896 tokens, 3435948056000 ns, 72 in the busiest second, 0 out of order, 0 left out");
}

#[test]
fn a_map_of_azure_s_columns_reads_the_same_rows() {
    let Some(input) = recording("AzureLLMInferenceTrace_conv.csv.gz") else { return };
    let columns = fields("TIMESTAMP", Unit::Rfc3339, "ContextTokens", "GeneratedTokens");
    let map = TraceFormat::Csv { fields: columns, delimiter: ',' };
    let by_map = Trace::read("conv", input, &map).unwrap();
    let input = recording("AzureLLMInferenceTrace_conv.csv.gz").unwrap();
    assert_eq!(by_map, Trace::read("conv", input, &TraceFormat::AzureLlm2023).unwrap());
}
