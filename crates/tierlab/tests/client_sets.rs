//! Archives of recorded clients as the binary meets them: found, hashed, put together, or missing.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use flate2::Compression;
use flate2::write::GzEncoder;
use run_record::RunRecord;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

/// Two clients in an hour: one at a job a second, one in the second half.
const ONE: &str = "0,1,1.5,Gamma,1,1\r\n600,1,1.5,Gamma,1,1\r\n1200,1,1.5,Gamma,1,1\r\n\
    1800,1,1.5,Gamma,1,1\r\n2400,1,1.5,Gamma,1,1\r\n3000,1,1.5,Gamma,1,1\r\n";
const OTHER: &str =
    "0,0,0,,0,0\n1800,0.5,2,Weibull,1,1\n2400,0.5,2,Weibull,1,1\n3000,0.5,2,Weibull,1,1";

const LENGTHS: &str = r#"{"0": {"input_tokens": "{100: 1.0}", "output_tokens": "{10: 1.0}"}}"#;

fn archive(members: &[(&str, &str)]) -> Vec<u8> {
    let mut builder = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, text) in members {
        let mut header = tar::Header::new_gnu();
        header.set_size(text.len() as u64);
        header.set_mode(0o644);
        builder.append_data(&mut header, name, text.as_bytes()).unwrap();
    }
    builder.into_inner().unwrap().finish().unwrap()
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().fold(String::new(), |mut digits, byte| {
        write!(digits, "{byte:02x}").unwrap();
        digits
    })
}

fn scenario(laws: &str, settings: &str) -> String {
    format!(
        "title = \"Clients\"\nedition = \"2025-11\"\n[account]\ntier = \"build-2\"\n[[group]]\n\
         name = \"clients\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n{laws}\n\
         traffic = {{ client_set = {{ file = \"set.tar.gz\", format = \"servegen\"{settings} }} }}\n\
         [[strategy]]\npreset = \"give-up\"\n[compare]\ntiers = [\"build-2\"]\n"
    )
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
    command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS").env("NO_COLOR", "1");
    command.args(words).current_dir(folder).output().unwrap()
}

fn simulated(folder: &Path, text: &str, more: &[&str]) -> Result<RunRecord, String> {
    fs::write(folder.join("clients.toml"), text).unwrap();
    let words = ["simulate", "clients.toml", "--no-gate", "--out", "run.json"];
    let output = run(folder, &[&words, more].concat());
    if output.status.code() != Some(0) {
        assert_eq!(output.status.code(), Some(104));
        return Err(String::from_utf8(output.stderr).unwrap());
    }
    Ok(RunRecord::read(&fs::read_to_string(folder.join("run.json")).unwrap()).unwrap())
}

fn jobs(record: &RunRecord) -> (u64, u64) {
    let leaf = record.cells()[0].whole().pooled();
    (leaf.jobs.offered, leaf.tokens.offered.prompt)
}

#[test]
fn an_archive_is_rehearsed_and_known_by_its_hash() {
    let folder = TempDir::new().unwrap();
    let members = [
        ("language/set/", ""),
        ("language/set/chunk-0-trace.csv", ONE),
        ("language/set/README.md", "not a client"),
        ("language/set/chunk-17-trace.csv", OTHER),
    ];
    let packed = archive(&members[1..]);
    fs::write(folder.path().join("set.tar.gz"), &packed).unwrap();
    let hash = sha256(&packed);
    let text = scenario("prompt = 100\nanswer = 10", &format!(", sha256 = \"{hash}\""));
    let record = simulated(folder.path(), &text, &[]).unwrap();
    // 4,500 on average, standard deviation some 110.
    let (offered, prompts) = jobs(&record);
    assert!((4_050..4_950).contains(&offered), "{offered}");
    assert_eq!(prompts, offered * 100);
    let header = record.header();
    assert_eq!(header.lasts.nanos(), 3_600_000_000_000);
    assert_eq!(header.groups[0].traffic, "the clients of set.tar.gz");
    let trace = header.recipe.trace.as_ref().unwrap();
    assert_eq!((trace.file.as_str(), &trace.sha256), ("set.tar.gz", &hash));
    let again = simulated(folder.path(), &text, &[]).unwrap();
    assert_eq!(jobs(&again), (offered, prompts));
    // Packed with another order of files it is another archive of the same clients.
    let turned = [members[3], members[1]];
    fs::write(folder.path().join("turned.tar.gz"), archive(&turned)).unwrap();
    let foreign = simulated(folder.path(), &text, &["--trace", "turned.tar.gz"]).unwrap();
    assert_eq!(jobs(&foreign), (offered, prompts));
    assert_ne!(foreign.header().recipe.trace.as_ref().unwrap().sha256, hash);
}

#[test]
fn lengths_may_lie_in_a_second_archive() {
    let folder = TempDir::new().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    let lengths =
        archive(&[("a/chunk-0-dataset.json", LENGTHS), ("a/chunk-17-dataset.json", LENGTHS)]);
    fs::write(elsewhere.join("lengths.tar.gz"), &lengths).unwrap();
    fs::write(
        elsewhere.join("set.tar.gz"),
        archive(&[("chunk-0-trace.csv", ONE), ("chunk-17-trace.csv", OTHER)]),
    )
    .unwrap();
    let settings =
        format!(", lengths = {{ file = \"lengths.tar.gz\", sha256 = \"{}\" }}", sha256(&lengths));
    let text = scenario("", &settings);
    let of = |place: &str| simulated(folder.path(), &text, &["--trace", place]);
    let (offered, prompts) = jobs(&of("elsewhere").unwrap());
    assert_eq!(prompts, offered * 100);
    let recorded = |text: &str| {
        let record = simulated(folder.path(), text, &["--trace", "elsewhere"]).unwrap();
        assert_eq!(jobs(&record), (offered, prompts));
        record.header().recipe.trace.as_ref().unwrap().sha256.clone()
    };
    let set = sha256(&fs::read(elsewhere.join("set.tar.gz")).unwrap());
    assert_eq!(recorded(&text), set);
    let undeclared = scenario("", ", lengths = { file = \"lengths.tar.gz\" }");
    let both = sha256(format!("{set}{}", sha256(&lengths)).as_bytes());
    assert_eq!(recorded(&undeclared), both, "the record knows which lengths they were");
    let by_file = jobs(&of("elsewhere/set.tar.gz").unwrap());
    assert_eq!(by_file, (offered, prompts), "the other lies beside it");
    fs::remove_file(elsewhere.join("lengths.tar.gz")).unwrap();
    let missing = of("elsewhere").unwrap_err();
    assert!(missing.contains("the trace lengths.tar.gz is missing; sha256 "), "{missing}");
}

#[test]
fn what_is_missing_or_wrong_is_said() {
    let folder = TempDir::new().unwrap();
    let write = |bytes: &[u8]| fs::write(folder.path().join("set.tar.gz"), bytes).unwrap();
    let laws = "prompt = 100\nanswer = 10";
    let source = format!(
        ", sha256 = \"{}\", bytes = 5, source = \"https://github.com/alibaba/ServeGen\"",
        "0".repeat(64)
    );
    let refused = |settings: &str, laws: &str| {
        simulated(folder.path(), &scenario(laws, settings), &[]).map(|_| ()).unwrap_err()
    };
    let mut told = vec![refused(&source, laws)];
    write(ONE.as_bytes());
    told.push(refused("", laws));
    write(&archive(&[("a/chunk-0-trace.csv", &ONE.replace("1200,1", "1200,one"))]));
    told.push(refused("", laws));
    write(&archive(&[("a/chunk-0-trace.csv", ONE)]));
    told.push(refused("", ""));
    told.push(refused(", from = \"2h\"", laws));
    insta::assert_snapshot!(told.concat());
    let other = refused(&source, laws);
    assert!(other.contains("set.tar.gz is not the trace that the scenario declares"), "{other}");
}
