//! Reading Azure LLM inference traces: the published form, its faults, and the real file.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use scenario::Trace;

const HEAD: &str = "TIMESTAMP,ContextTokens,GeneratedTokens\r\n";

fn read(text: &str) -> Result<Trace, String> {
    Trace::read_azure("trace.csv", text.as_bytes()).map_err(|fault| fault.to_string())
}

#[test]
fn rows_become_columns_in_nanoseconds_from_the_first() {
    let text = format!(
        "{HEAD}2023-11-16 18:15:46.6805900,374,44\r\n2023-11-16 18:15:50.9951690,396,109\r\n\
         2023-11-17 00:00:00.0000000,1,2"
    );
    let trace = read(&text).unwrap();
    assert_eq!(trace.due, [0, 4_314_579_000, 20_653_319_410_000]);
    assert_eq!((trace.prompt, trace.answer), (vec![374, 396, 1], vec![44, 109, 2]));
}

#[test]
fn line_ends_and_a_missing_last_one_make_no_difference() {
    let rows = ["2023-11-16 18:15:46.6805900,374,44", "2023-11-16 18:15:46.6805900,3,4"];
    let unix = format!("{}\n{}\n", HEAD.trim_end(), rows.join("\n"));
    let windows = format!("{HEAD}{}", rows.join("\r\n"));
    assert_eq!(read(&unix), read(&windows));
    assert_eq!(read(&unix).unwrap().due, [0, 0], "equal moments keep their order");
}

/// A head, a good row, and one that is not.
fn fault_of(row: &str) -> String {
    read(&format!("{HEAD}2023-11-16 18:15:46.6805900,374,44\r\n{row}\r\n")).unwrap_err()
}

#[test]
fn a_malformed_row_names_file_line_column_and_what_should_stand_there() {
    let moment = "2023-11-16 18:15:50.9951690";
    let faults = [
        fault_of(&format!("{moment},abc,109")),
        fault_of(&format!("{moment},396,-1")),
        fault_of(&format!("{moment},396,4294967296")),
        fault_of(&format!("{moment},396")),
        fault_of(&format!("{moment},396,109,7")),
        fault_of("yesterday,396,109"),
        fault_of("2023-11-16 18:15:46.6805899,396,109"),
        fault_of(""),
        fault_of(&format!("{moment},396,10é9")),
        read("").unwrap_err(),
        read(HEAD).unwrap_err(),
        read("TIMESTAMP,ContextTokens\r\n").unwrap_err(),
    ];
    insta::assert_snapshot!(faults.join("\n"));
}

#[test]
fn bytes_that_are_no_text_are_named_by_line() {
    let mut bytes = HEAD.as_bytes().to_vec();
    bytes.extend_from_slice(b"2023-11-16 18:15:50,3\xff6,109\n");
    let fault = Trace::read_azure("trace.csv", bytes.as_slice()).unwrap_err().to_string();
    assert!(fault.starts_with("trace.csv:2:22: expected text in UTF-8"), "{fault}");
}

#[test]
fn a_file_without_lines_is_not_read_into_memory() {
    let endless = BufReader::new(std::io::repeat(b'x'));
    let fault = Trace::read_azure("endless", endless).unwrap_err().to_string();
    assert!(fault.starts_with("endless:1:1: expected a row of a trace"), "{fault}");
}

#[test]
fn a_reader_that_fails_is_named() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::Error::other("the disk is gone"))
        }
    }
    let fault = Trace::read_azure("far.csv", BufReader::new(Broken)).unwrap_err();
    assert_eq!(fault.to_string(), "far.csv: cannot be read: the disk is gone");
}

/// The trace of the scenario `azure-conversation`, where it is at hand: the folder that
/// `TIERLAB_DATA` names, else `../shared/data` beside the workspace.
fn real_file() -> Option<PathBuf> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    Some(folder.join("traces/AzureLLMInferenceTrace_conv.csv.gz")).filter(|path| path.is_file())
}

#[test]
fn the_published_conversation_trace_is_read_whole() {
    let Some(path) = real_file() else {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: the Azure trace is not at hand").unwrap();
        return;
    };
    let file = std::fs::File::open(path).unwrap();
    let unpacked = BufReader::new(flate2::read::MultiGzDecoder::new(file));
    let trace = Trace::read_azure("conv", unpacked).unwrap();
    assert_eq!(trace.rows(), 19_366);
    assert_eq!((trace.prompt[0], trace.answer[0]), (374, 44));
    assert_eq!(trace.span().nanos(), 3_501_721_937_000);
    let sum = |column: &[u32]| column.iter().map(|tokens| u64::from(*tokens)).sum::<u64>();
    assert_eq!((sum(&trace.prompt), sum(&trace.answer)), (22_361_870, 4_088_665));
    assert!(trace.due.is_sorted());
}

proptest! {
    /// What is written is read back, whatever the gaps and the ends of lines.
    #[test]
    fn rows_are_read_as_they_were_written(
        rows in prop::collection::vec((0_u64..90_000_000_000, any::<u32>(), any::<u32>()), 1..40),
        crlf in any::<bool>(),
        ended in any::<bool>(),
    ) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("{}{end}", HEAD.trim_end());
        let mut at = 0_u64;
        let mut due = Vec::new();
        for (gap, prompt, answer) in &rows {
            // Hundreds of nanoseconds, as seven decimals tell; within one day.
            at = (at + gap / 100 * 100).min(86_399_999_999_900);
            due.push(at);
            let (second, hundreds) = (at / 1_000_000_000, at % 1_000_000_000 / 100);
            let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
            let moment = format!("2023-11-16 {hour:02}:{minute:02}:{second:02}.{hundreds:07}");
            write!(text, "{moment},{prompt},{answer}{end}").unwrap();
        }
        if !ended {
            text.truncate(text.len() - end.len());
        }
        let trace = read(&text).unwrap();
        let first = due[0];
        prop_assert_eq!(trace.due, due.iter().map(|at| at - first).collect::<Vec<_>>());
        prop_assert_eq!(trace.prompt, rows.iter().map(|row| row.1).collect::<Vec<_>>());
        prop_assert_eq!(trace.answer, rows.iter().map(|row| row.2).collect::<Vec<_>>());
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..300), headed in any::<bool>()) {
        let mut file = if headed { HEAD.as_bytes().to_vec() } else { Vec::new() };
        file.extend(bytes);
        let _ = Trace::read_azure("any", file.as_slice());
    }
}
