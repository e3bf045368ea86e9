//! Whatever a file holds, it is read or refused, with a place and in time: good files, wrong files,
//! editions and recordings, mutated by bytes and by what TOML is made of.
//!
//! The mutations of a run follow from its seed, so a failure names what repeats it. `cargo test` runs
//! a fixed number of them; with `TIERLAB_FUZZ_SECONDS` set, as many as fit.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fs;
use std::io::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use limits::Span;
use rulebook::{Edition, Refused, Rulebook, Severity};
use scenario::{Code, Group, Scenario, Timeline, Trace, TraceFormat};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

/// Files that are mutated in a plain `cargo test`.
const FEW: u64 = 150;
/// A file that takes longer than this hangs, whatever else the machine has to do.
const HANGS: Duration = Duration::from_mins(2);
/// Rows and jobs beyond which nobody looks.
const LOOKED_AT: usize = 1_000;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every TOML file of a folder.
fn files(folder: &str) -> Vec<Vec<u8>> {
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// What is mutated, and how it is read.
struct Corpus {
    scenarios: Vec<Vec<u8>>,
    editions: Vec<Vec<u8>>,
    recordings: Vec<(TraceFormat, Vec<u8>)>,
}

impl Corpus {
    fn new() -> Corpus {
        let folders =
            ["scenarios", "crates/scenario/tests/refused", "crates/scenario/tests/warned"];
        let mut scenarios: Vec<Vec<u8>> = folders.into_iter().flat_map(files).collect();
        scenarios.push(include_bytes!("every-key.toml").to_vec());
        // The file with every word is worth more than any other.
        scenarios.extend(vec![include_bytes!("every-key.toml").to_vec(); 20]);
        let rows = |format, text: &str| (format, text.as_bytes().to_vec());
        Corpus {
            scenarios,
            editions: files("crates/rulebook/editions"),
            recordings: vec![
                rows(
                    TraceFormat::AzureLlm2023,
                    "TIMESTAMP,ContextTokens,GeneratedTokens\n2023-11-16 18:15:46.68,374,44\n\
                     2023-11-16 18:15:50.9951690,396,109\n",
                ),
                rows(
                    TraceFormat::Mooncake,
                    "{\"timestamp\": 0, \"input_length\": 6758, \"output_length\": 500, \"hash_ids\": [0, 1]}\n\
                     {\"timestamp\": 3000, \"input_length\": 7, \"output_length\": 5}\n",
                ),
                rows(
                    TraceFormat::BurstGpt,
                    "Timestamp,Model,Request tokens,Response tokens,Total tokens,Log Type\n\
                     5,ChatGPT,472,18,490,Conversation log\n45,GPT-4,1087,0,1087,API log\n",
                ),
                rows(
                    TraceFormat::LiteLlm,
                    "{\"id\":\"a\",\"status\":\"success\",\"startTime\":1700000000.5,\"prompt_tokens\":10,\"completion_tokens\":5,\"cache_hit\":false}\n\
                     {\"id\":\"b\",\"status\":\"failure\",\"startTime\":\"2025-11-03T09:00:00Z\",\"prompt_tokens\":0,\"completion_tokens\":0}\n",
                ),
                rows(
                    TraceFormat::OpenTelemetry,
                    "{\"resourceSpans\":[{\"scopeSpans\":[{\"spans\":[{\"startTimeUnixNano\":\"1700000000000000000\",\"status\":{},\"attributes\":[{\"key\":\"gen_ai.usage.input_tokens\",\"value\":{\"intValue\":\"10\"}},{\"key\":\"gen_ai.usage.output_tokens\",\"value\":{\"intValue\":5}}]}]}]}]}\n",
                ),
                rows(
                    TraceFormat::Attempts,
                    "{\"tier\":\"build-1\",\"strategy\":\"x\",\"replication\":0,\"group\":0,\"job\":0,\"attempt\":0}\n",
                ),
            ],
        }
    }
}

/// Chance of a case: `SplitMix64`.
struct Dice(u64);

impl Dice {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, most: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(most.max(1)).unwrap()).unwrap()
    }

    fn one_of<'t, T>(&mut self, among: &'t [T]) -> &'t T {
        &among[self.below(among.len())]
    }
}

/// Values of every type, most of them out of place everywhere.
const VALUES: &[&str] = &[
    "0",
    "-1",
    "1",
    "7",
    "1.5",
    "-0.0",
    "nan",
    "inf",
    "1e308",
    "18446744073709551615",
    "18446744073709551616",
    "999999999999999999999999999999",
    "0x7fffffffffffffff",
    "0b1",
    "1_0",
    "true",
    "\"\"",
    "\" \"",
    "\"5\"",
    "\"0s\"",
    "\"1ns\"",
    "\"366d\"",
    "\"584y\"",
    "\"1e40s\"",
    "\"999999999999999999999h\"",
    "\"0/s\"",
    "\"1e-9/day\"",
    "\"1e18/s\"",
    "\"2/s\"",
    "\"1/day\"",
    "\"-1/s\"",
    "\"0%\"",
    "\"100%\"",
    "\"1e9%\"",
    "\"0.0000001%\"",
    "\"never\"",
    "\"poisson\"",
    "\"trace\"",
    "\"build-2\"",
    "\"give-up\"",
    "\"own-bucket\"",
    "\"é\u{1f980}\u{200b}\"",
    "\"\\u0000\"",
    "'''\n'''",
    "[]",
    "[[]]",
    "[1, \"two\", {}]",
    "{}",
    "{ a = {} }",
    "{ poisson = {} }",
    "{ lognormal = { median = 1, p95 = 2 } }",
    "{ lognormal = { median = 1, p95 = 100000000 } }",
    "{ exponential = { mean = 100000000 } }",
    "{ pareto = { median = 1, p95 = 2, min = 100, max = 101, beyond = \"redrawn\" } }",
    "{ quantiles = [1, 1] }",
    "{ quantiles = { p50 = 1, max = 100000000 } }",
    "{ steady = { rate = \"1e9/s\", jobs = 1000000 } }",
    "{ at_once = { jobs = 1073741824 } }",
    "{ burst = { jobs = 1000000, every = \"1ns\" } }",
    "{ gamma = { rate = \"2/s\", cv = 0.1 } }",
    "{ weibull = { rate = \"1e6/s\", cv = 20 } }",
    "{ ramp = { from = \"0/s\", to = \"1e9/s\" } }",
    "{ daily = { peak = \"1e6/s\", trough = \"0/s\" } }",
    "{ curve = { every = \"1ns\", rates = [\"1/s\", \"0/s\"] } }",
    "{ users = { count = 100000, think = \"1ms\" } }",
    "{ trace = { file = \"t\", scale = \"1e9%\", from = \"584d\" } }",
    "2025-11-03",
    "2025-11-03T09:00:00Z",
    "\"2025-02-30T09:00Z\"",
    "\"9999-12-31T23:59:59-23:59\"",
    "{ full_jitter = { first = \"1ns\", cap = \"584d\" } }",
    "\">= 100%\"",
    "\"< 0ns\"",
];

/// Bytes that mean something to a reader.
const PIECES: &[&str] = &[
    "[",
    "]",
    "{",
    "}",
    "=",
    "\"",
    "'",
    ",",
    ".",
    "#",
    "\n",
    "\r",
    "\t",
    " ",
    "0",
    "9",
    "-",
    "_",
    "e",
    "%",
    "/s",
    "\u{0}",
    "\u{feff}",
    "\u{202e}",
    "\\",
    "[[group]]\n",
    "[expect]\n",
    "é",
    "null",
];

fn mutate(bytes: &mut Vec<u8>, others: &[Vec<u8>], dice: &mut Dice) {
    let length = bytes.len();
    let at = dice.below(length + 1);
    let end = (at + 1 + dice.below(30)).min(length);
    match dice.below(14) {
        0 => bytes.truncate(at),
        1 if at < length => bytes[at] = u8::try_from(dice.below(256)).unwrap(),
        2 if at < length => drop(bytes.drain(at..end)),
        3 => {
            let piece = dice.one_of(PIECES).bytes();
            bytes.splice(at..at, piece);
        }
        4 if at < length => {
            let piece: Vec<u8> = bytes[at..end].to_vec();
            let to = dice.below(length);
            bytes.splice(to..to, piece);
        }
        5 => {
            let depth = 1 << dice.below(14);
            let (open, close) =
                *dice.one_of(&[("[", "]"), ("{a=", "}"), ("a.", "b = 1"), ("[a.", "b]")]);
            let deep = format!("\ndeep = {}1{}\n", open.repeat(depth), close.repeat(depth));
            bytes.splice(at..at, deep.into_bytes());
        }
        6..=10 => *bytes = with_other_value(bytes, dice),
        11 => *bytes = with_other_key(bytes, others, dice),
        _ => *bytes = with_other_lines(bytes, others, dice),
    }
}

/// The lines of a text, and one of them that has an `=`.
fn lines_with_entry(bytes: &[u8], dice: &mut Dice) -> (Vec<String>, Option<usize>) {
    let text = String::from_utf8_lossy(bytes).into_owned();
    let lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let entries: Vec<usize> = (0..lines.len()).filter(|line| lines[*line].contains('=')).collect();
    let entry = (!entries.is_empty()).then(|| *dice.one_of(&entries));
    (lines, entry)
}

/// Another value behind some `=`, up to the next comma or bracket.
fn with_other_value(bytes: &[u8], dice: &mut Dice) -> Vec<u8> {
    let (mut lines, entry) = lines_with_entry(bytes, dice);
    if let Some(line) = entry {
        let equals: Vec<usize> = lines[line].match_indices('=').map(|(at, _)| at).collect();
        let from = *dice.one_of(&equals) + 1;
        let whole = dice.below(3) == 0;
        let rest = lines[line][from..].find([',', '}', ']', '#']).filter(|_| !whole);
        let to = rest.map_or(lines[line].len(), |rest| from + rest);
        lines[line].replace_range(from..to, &format!(" {}", dice.one_of(VALUES)));
    }
    lines.join("\n").into_bytes()
}

/// A key exchanged for one of another file, or of another place.
fn with_other_key(bytes: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let key_of = |line: &str| line.split('=').next().map(str::trim).unwrap_or_default().to_owned();
    let (mut lines, entry) = lines_with_entry(bytes, dice);
    let other = dice.one_of(others).clone();
    let (elsewhere, from) = lines_with_entry(&other, dice);
    if let (Some(line), Some(from)) = (entry, from) {
        let (old, new) = (key_of(&lines[line]), key_of(&elsewhere[from]));
        lines[line] = lines[line].replacen(&old, &new, 1);
    }
    lines.join("\n").into_bytes()
}

/// Lines dropped, doubled, moved, or brought from another file.
fn with_other_lines(bytes: &[u8], others: &[Vec<u8>], dice: &mut Dice) -> Vec<u8> {
    let (mut lines, _) = lines_with_entry(bytes, dice);
    let (from, to) = (dice.below(lines.len()), dice.below(lines.len() + 1));
    let foreign = dice.below(3) == 0;
    if foreign {
        let other = dice.one_of(others).clone();
        let (elsewhere, _) = lines_with_entry(&other, dice);
        if !elsewhere.is_empty() {
            lines.insert(to, dice.one_of(&elsewhere).clone());
        }
    } else if from < lines.len() {
        let line = lines[from].clone();
        match dice.below(3) {
            0 => drop(lines.remove(from)),
            1 => lines.insert(to, line),
            _ => {
                lines.remove(from);
                lines.insert(to.min(lines.len()), line);
            }
        }
    }
    lines.join("\n").into_bytes()
}

/// A refusal has a reason, and each of its faults a place and words.
fn is_well_told(refused: &Refused) {
    assert!(refused.faults.iter().any(|fault| fault.severity == Severity::Error), "no reason");
    for fault in &refused.faults {
        let place = fault.place.clone().unwrap_or_else(|| panic!("{fault:?} has no place"));
        assert!(refused.text.get(place).is_some(), "{fault:?} points outside");
        assert!(!fault.message.is_empty() && !fault.label.is_empty(), "{fault:?}");
    }
    assert!(!refused.to_string().is_empty());
}

fn read_scenario(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let _ = Scenario::edition_named(&text);
    match Scenario::parse("mutated.toml", &text, &RULEBOOK) {
        Ok(scenario) => {
            assert!(scenario.lasts >= Span::from_secs(1) || scenario.trace_need().is_some());
            let arrivals = Timeline::of(&scenario, chance::Seed(1)).take(LOOKED_AT);
            assert!(arrivals.is_sorted_by_key(|arrival| (arrival.due, arrival.group, arrival.job)));
            let shares = |group: &Group| group.endpoint.is_none() && group.batch.is_none();
            let pressed = scenario.groups.iter().any(shares);
            assert!(!pressed || scenario::check(&scenario).len() >= scenario.tiers.len());
            for (tier, strategy) in scenario.tiers.iter().zip(0..) {
                let _ = scenario.stack(strategy, 0, tier, &scenario.assumptions);
            }
        }
        Err(refused) => is_well_told(&refused),
    }
}

fn read_edition(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    match Edition::parse("mutated.toml", &text) {
        Ok(edition) => {
            let given = edition.assumptions();
            for (tier, model) in edition.tiers().iter().zip(edition.models()) {
                let _ = edition.policy(tier, &model, &given);
                let _ = edition.wording(tier, &model, &given);
            }
        }
        Err(refused) => is_well_told(&refused),
    }
}

fn read_recording(format: &TraceFormat, bytes: &[u8]) {
    match Trace::read("mutated", bytes, format) {
        Ok(reading) => assert!(reading.trace.due.is_sorted()),
        Err(fault) => assert!(fault.to_string().contains("mutated"), "{fault}"),
    }
}

/// One case, wholly decided by its number.
fn case(number: u64, corpus: &Corpus) -> Vec<u8> {
    let mut dice = Dice(number);
    let kind = dice.below(10);
    let among = match kind {
        0 => &corpus.editions,
        1 => &corpus.recordings.iter().map(|(_, bytes)| bytes.clone()).collect(),
        _ => &corpus.scenarios,
    };
    let which = dice.below(among.len());
    let mut bytes = among[which].clone();
    for _ in 0..=dice.below(6) {
        mutate(&mut bytes, among, &mut dice);
    }
    let read = catch_unwind(AssertUnwindSafe(|| match kind {
        0 => read_edition(&bytes),
        1 => read_recording(&corpus.recordings[which].0, &bytes),
        _ => read_scenario(&bytes),
    }));
    if read.is_err() {
        // Past the runner, which would cut it short.
        let told = String::from_utf8_lossy(&bytes);
        let mut stderr = std::io::stderr();
        let _ = writeln!(stderr, "case {number}, kind {kind}:\n{told}\n--- end of case {number}");
        panic!("case {number} panicked");
    }
    bytes
}

#[test]
#[expect(clippy::disallowed_methods, reason = "what is read is told no time, but this ends by it")]
fn whatever_a_file_holds_it_is_read_or_refused_with_a_place_and_in_time() {
    let seconds = std::env::var("TIERLAB_FUZZ_SECONDS").ok().map(|said| said.parse().unwrap());
    let first: u64 = std::env::var("TIERLAB_FUZZ_FROM").map_or(1, |said| said.parse().unwrap());
    let (began, done) = channel();
    let worker = std::thread::spawn(move || {
        let corpus = Corpus::new();
        let until = seconds.map(|seconds| Instant::now() + Duration::from_secs(seconds));
        let mut number = first;
        while until.map_or(number < first + FEW, |until| Instant::now() < until) {
            began.send(number).unwrap();
            case(number, &corpus);
            number += 1;
        }
        number - first
    });
    let mut last = first;
    loop {
        match done.recv_timeout(HANGS) {
            Ok(number) => last = number,
            Err(RecvTimeoutError::Disconnected) => break,
            Err(RecvTimeoutError::Timeout) => panic!("case {last} hangs"),
        }
    }
    let cases = worker.join().unwrap_or_else(|_| panic!("case {last} went wrong"));
    writeln!(std::io::stdout(), "{cases} mutated files, {first} to {last}").unwrap();
}

/// Single faults of the file with every key, far from one another.
const FAULTS: &[(&str, &str, Code)] = &[
    ("seed = 7", "seed = \"7\"", Code::WrongType),
    ("drain = \"1m30s\"", "drain = \"90\"", Code::BadUnit),
    ("starts = \"2025-11-03", "starts = \"2025-11-33", Code::BadMoment),
    ("stream = true", "streem = true", Code::UnknownKey),
    ("name = \"batch\"\n", "", Code::MissingKey),
    ("answer = 100", "answer = 0", Code::Zero),
    ("clients = 4", "clients = 4000", Code::OutOfRange),
    ("cv = 3.4", "cv = 34", Code::OutOfRange),
    ("trough = \"1/s\"", "trough = \"8/s\"", Code::TroughAbovePeak),
    ("within = \"1s\"", "within = \"21s\"", Code::BurstsOverlap),
    ("retry_on = \"limits_and_failures\"", "retry_on = \"all\"", Code::UnknownWord),
    ("first = \"1s\"", "first = \"11s\"", Code::FirstAboveCap),
    ("token_gate = \"window-2x\"", "token_gate = \"hour\"", Code::AssumptionValue),
    ("seeds = 20", "seeds = 0", Code::Zero),
    ("status_429 = \"< 1%\"", "status_429 = \"1%\"", Code::BadExpectation),
];

#[test]
fn two_faults_of_a_file_are_both_told() {
    let good = include_str!("every-key.toml");
    let codes = |text: &str| -> Vec<&'static str> {
        let refused = Scenario::parse("two.toml", text, &RULEBOOK).map(drop).unwrap_err();
        refused.faults.iter().map(|fault| fault.code).collect()
    };
    for (index, (from, to, code)) in FAULTS.iter().enumerate() {
        assert!(good.contains(from), "{from}");
        let one = good.replacen(from, to, 1);
        assert!(codes(&one).contains(&code.name()), "{to}: {:?}", codes(&one));
        for (other_from, other_to, other) in &FAULTS[index + 1..] {
            let found = codes(&one.replacen(other_from, other_to, 1));
            let times = |code: &Code| found.iter().filter(|found| **found == code.name()).count();
            let both = if code == other {
                times(code) >= 2
            } else {
                times(code) + times(other) >= 2 && times(code) >= 1 && times(other) >= 1
            };
            assert!(both, "{to} and {other_to}: {found:?}");
        }
    }
}
