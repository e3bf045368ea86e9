//! A log as the binary meets it: plain, packed, in an archive, a slice of it, and what it says of
//! its rows.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use run_record::RunRecord;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Four rows in two minutes, the second of them late in the file.
const LOG: &str = "when;in;out;who\r\n\
    2025-11-03T09:00:00Z;100;10;a\r\n\
    2025-11-03T09:02:00Z;400;40;\"b; c\"\r\n\
    2025-11-03T09:00:30Z;200;20;d\r\n\
    2025-11-03T09:01:10Z;300;30;e";

const MAP: &str = "format = { csv = { due = \"when\", unit = \"rfc3339\", prompt = \"in\", answer = \"out\", delimiter = \";\" } }";

fn scenario(trace: &str) -> String {
    format!(
        "title = \"A log\"\nedition = \"2025-11\"\n[account]\ntier = \"build-2\"\n[[group]]\n\
         name = \"log\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         traffic = {{ trace = {{ {trace} }} }}\n\
         [[strategy]]\npreset = \"give-up\"\n[compare]\ntiers = [\"build-2\"]\n"
    )
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS").env("NO_COLOR", "1");
    command.args(words).current_dir(folder).output().unwrap()
}

/// What a record says of its traffic: the words, jobs, tokens of prompts and answers, and for how
/// long jobs fell due; or what stands on stderr.
fn rehearsed(folder: &Path, trace: &str) -> Result<String, String> {
    fs::write(folder.join("log.toml"), scenario(trace)).unwrap();
    let output = run(folder, &["simulate", "log.toml", "--no-gate", "--out", "run.json"]);
    let stderr = String::from_utf8(output.stderr).unwrap();
    if output.status.code() != Some(0) {
        assert_eq!(output.status.code(), Some(104), "{stderr}");
        return Err(stderr);
    }
    let record = RunRecord::read(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap();
    let leaf = record.cells()[0].whole().pooled();
    let header = record.header();
    Ok(format!(
        "{}: {} jobs, {} and {} tokens in {} ns",
        header.groups[0].traffic,
        leaf.jobs.offered,
        leaf.tokens.offered.prompt,
        leaf.tokens.offered.answer,
        header.lasts.nanos(),
    ))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(Vec::new());
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap()
}

#[test]
fn however_a_log_is_packed_its_rows_are_the_same() {
    let folder = TempDir::new().unwrap();
    let zstd = |bytes: &[u8]| compress_to_vec(bytes, CompressionLevel::Fastest);
    let tar = archive(&[("other.csv", "x"), ("logs/monday.csv", LOG)]);
    let forms = [
        (LOG.as_bytes().to_vec(), ""),
        (gzip(LOG.as_bytes()), ""),
        (zstd(LOG.as_bytes()), ""),
        (tar.clone(), "member = \"logs/monday.csv\", "),
        (gzip(&tar), "member = \"logs/monday.csv\", "),
        (zstd(&tar), "member = \"logs/monday.csv\", "),
    ];
    for (bytes, member) in forms {
        fs::write(folder.path().join("log.bin"), &bytes).unwrap();
        let sha256: String = Sha256::digest(&bytes)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect::<Vec<_>>()
            .concat();
        let trace = format!("file = \"log.bin\", sha256 = \"{sha256}\", {member}{MAP}");
        let whole = if member.is_empty() {
            "the rows of log.bin: 4 jobs, 1000 and 100 tokens in 120000000001 ns"
        } else {
            "the rows of logs/monday.csv in log.bin: 4 jobs, 1000 and 100 tokens in 120000000001 ns"
        };
        assert_eq!(rehearsed(folder.path(), &trace).unwrap(), whole);
    }
}

#[test]
fn a_slice_begins_ends_and_runs_as_it_says() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.csv"), LOG).unwrap();
    let told = [
        "from = \"30s\"",
        "from = \"30s\", lasts = \"1m\"",
        "lasts = \"2m\", scale = \"150%\"",
        "scale = \"33.5%\"",
    ]
    .map(|cut| rehearsed(folder.path(), &format!("file = \"log.csv\", {cut}, {MAP}")).unwrap());
    insta::assert_snapshot!(told.join("\n"), @r"
    the rows of log.csv from 30s: 3 jobs, 900 and 90 tokens in 90000000001 ns
    the rows of log.csv from 30s for 1m: 2 jobs, 500 and 50 tokens in 60000000000 ns
    the rows of log.csv for 2m at 150% of their rate: 3 jobs, 600 and 60 tokens in 80000000000 ns
    the rows of log.csv at 33.5% of their rate: 4 jobs, 1000 and 100 tokens in 358208955224 ns
    ");
}

#[test]
fn a_slice_outside_the_log_is_refused_where_it_is_written() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.csv"), LOG).unwrap();
    let told = ["from = \"3m\"", "from = \"1m\", lasts = \"2m\"", "from = \"31s\", lasts = \"9s\""]
        .map(|cut| {
            rehearsed(folder.path(), &format!("file = \"log.csv\", {cut}, {MAP}")).unwrap_err()
        });
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn what_became_of_rows_is_noted_unless_it_shall_be_quiet() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.csv"), LOG).unwrap();
    fs::write(folder.path().join("log.toml"), scenario(&format!("file = \"log.csv\", {MAP}")))
        .unwrap();
    let stderr = |words: &[&str]| String::from_utf8(run(folder.path(), words).stderr).unwrap();
    let note = "note: of the trace log.csv, 2 of 4 rows came after a later one: they were sorted by time\n";
    let said = stderr(&["check", "log.toml"]);
    assert!(said.contains(note), "{said}");
    let said = stderr(&["check", "log.toml", "--quiet"]);
    assert_eq!(said, "");
}

#[test]
fn what_cannot_be_read_is_named_by_its_place() {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: &[u8]| fs::write(folder.path().join(name), bytes).unwrap();
    write("bad.csv", LOG.replace("300", "three").as_bytes());
    write("bad.tar.gz", &gzip(&archive(&[("a.csv", &LOG.replace("300", "three")), ("b.csv", "")])));
    let mut cut_short = gzip(LOG.as_bytes());
    cut_short.truncate(40);
    write("short.gz", &cut_short);
    let told = [
        "file = \"bad.csv\"",
        "file = \"bad.tar.gz\"",
        "file = \"bad.tar.gz\", member = \"c.csv\"",
        "file = \"bad.tar.gz\", member = \"a.csv\"",
        "file = \"bad.csv\", member = \"a.csv\"",
        "file = \"short.gz\"",
    ]
    .map(|file| rehearsed(folder.path(), &format!("{file}, {MAP}")).unwrap_err());
    insta::assert_snapshot!(told.concat());
    // Another file than the declared one is told of first.
    let hash = "0".repeat(64);
    let other = format!("file = \"bad.csv\", sha256 = \"{hash}\", {MAP}");
    let said = rehearsed(folder.path(), &other).unwrap_err();
    assert!(said.contains("bad.csv is not the trace that the scenario declares"), "{said}");
}

#[test]
fn the_recorded_conversations_of_mooncake_are_rehearsed() {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let data = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    let file = data.join("traces/mooncake_conversation_trace.jsonl.gz");
    if !file.is_file() {
        // Past the runner, which keeps what a passing test prints to itself.
        let mut out = std::io::stdout();
        writeln!(out, "skipped 1 test: the recording of Mooncake is not at hand").unwrap();
        return;
    }
    let folder = TempDir::new().unwrap();
    fs::copy(file, folder.path().join("mooncake.jsonl.gz")).unwrap();
    let told = ["", "from = \"10m\", lasts = \"30m\", scale = \"50%\", "].map(|cut| {
        let trace = format!("file = \"mooncake.jsonl.gz\", {cut}format = \"mooncake\"");
        rehearsed(folder.path(), &trace).unwrap()
    });
    insta::assert_snapshot!(told.join("\n"), @r"
    the rows of mooncake.jsonl.gz: 12031 jobs, 144793823 and 4122048 tokens in 3539567857143 ns
    the rows of mooncake.jsonl.gz from 10m for 30m at 50% of their rate: 6101 jobs, 73085406 and 2105288 tokens in 3600000000000 ns
    ");
}
