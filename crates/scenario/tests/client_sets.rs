//! Recorded sets of clients: what is read of them, and that what is drawn is what was measured.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;
use std::io::{Read, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use chance::Seed;
use limits::{Per, Rate, Requests, Span};
use rulebook::Rulebook;
use run_record::Driver;
use scenario::{
    Arrival, ClientSet, ClientSetReader, Code, Origin, Part, Phase, Scenario, Surge, Timeline,
    check,
};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const SECOND: u64 = 1_000_000_000;
const WINDOW: u64 = 600 * SECOND;

const LAWS: &str = "prompt = 900\nanswer = 220\n";

fn parsed(group: &str, settings: &str) -> Scenario {
    let text = format!(
        "title = \"Clients\"\n[account]\ntier = \"build-5\"\n[[group]]\nname = \"only\"\n\
         model = \"openai/gpt-oss-20b\"\n{group}\n\
         traffic = {{ client_set = {{ file = \"set.tar.gz\", format = \"servegen\"{settings} }} }}\n"
    );
    Scenario::parse("clients.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn read(files: &[(&str, &str)]) -> Result<ClientSet, String> {
    let mut reader = ClientSetReader::default();
    for (name, text) in files {
        reader.member(name, Part::Both, text.as_bytes()).map_err(|fault| fault.to_string())?;
    }
    reader.finish("set").map_err(|fault| fault.to_string())
}

fn set(files: &[(&str, &str)]) -> Arc<ClientSet> {
    Arc::new(read(files).unwrap_or_else(|fault| panic!("{fault}")))
}

/// Lines of a client with these jobs in each window.
fn rates(jobs: &[u32], cv: &str, family: &str) -> String {
    let mut text = String::new();
    for (window, jobs) in jobs.iter().enumerate() {
        let start = window * 600;
        match jobs {
            0 => writeln!(text, "{start},0,0,,0,0\r").unwrap(),
            _ => writeln!(text, "{start},{},{cv},{family},0.5,0.5\r", f64::from(*jobs) / 600.0)
                .unwrap(),
        }
    }
    text
}

fn arrivals(scenario: &Scenario, seed: u64) -> Vec<Arrival> {
    Timeline::of(scenario, Seed(seed)).collect()
}

fn dues(scenario: &Scenario, seed: u64) -> Vec<u64> {
    arrivals(scenario, seed).iter().map(|arrival| arrival.due.nanos()).collect()
}

/// How many are due in each window.
fn counts(dues: &[u64], windows: usize) -> Vec<u64> {
    let mut counts = vec![0; windows];
    for due in dues {
        counts[usize::try_from(due / WINDOW).unwrap()] += 1;
    }
    counts
}

/// The oracle adds up the files. Of a renewal process the variance of a count is about cv² its
/// mean, and more where that is small; over forty seeds four standard errors are far.
#[test]
fn every_window_has_the_jobs_that_its_clients_had() {
    let files = [
        ("x/chunk-0-trace.csv", rates(&[300, 0, 900, 60, 600], "2.04", "Gamma")),
        ("x/chunk-7-trace.csv", rates(&[0, 0, 120, 1200, 3], "1.52", "Weibull")),
        ("x/chunk-12-trace.csv", rates(&[600, 0, 0, 600, 0], "0.05", "Gamma")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_str()));
    let run = parsed(LAWS, "").with_client_set(set(&files)).unwrap();
    assert_eq!(run.lasts, Span::from_secs(3_000));
    let wanted = [900.0, 0.0, 1_020.0, 1_860.0, 603.0];
    let seeds = 40;
    let mut sums = [0; 5];
    for seed in 0..seeds {
        for (sum, count) in sums.iter_mut().zip(counts(&dues(&run, seed), 5)) {
            *sum += count;
        }
    }
    assert_eq!(sums[1], 0, "nobody had jobs then");
    for (sum, wanted) in sums.into_iter().zip(wanted) {
        let mean = sum as f64 / seeds as f64;
        let error = 2.5 * f64::sqrt(wanted / seeds as f64);
        assert!((mean - wanted).abs() < 4.0 * error + 0.01, "{mean} jobs, {wanted} recorded");
    }
}

fn variation(dues: &[u64]) -> f64 {
    let gaps: Vec<f64> = dues.windows(2).map(|pair| (pair[1] - pair[0]) as f64).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let squares: f64 = gaps.iter().map(|gap| (gap - mean) * (gap - mean)).sum();
    (squares / gaps.len() as f64).sqrt() / mean
}

#[test]
fn gaps_vary_as_they_did_at_any_scale() {
    let windows = [1_200; 48];
    for (family, cv) in [("Gamma", 3.02), ("Weibull", 2.01), ("Gamma", 0.25)] {
        let text = rates(&windows, &cv.to_string(), family);
        let set = set(&[("chunk-3-trace.csv", &text)]);
        for (scale, jobs) in [("", 57_600.0), (", scale = \"25%\"", 14_400.0)] {
            let run = parsed(LAWS, scale).with_client_set(Arc::clone(&set)).unwrap();
            assert_eq!(run.lasts, Span::from_secs(48 * 600), "time is not compressed");
            let dues = dues(&run, 5);
            let count = dues.len() as f64;
            assert!(
                (count - jobs).abs() < 4.0 * cv * f64::sqrt(jobs) + 1.0,
                "{family}: {count} jobs"
            );
            let found = variation(&dues);
            assert!((found / cv - 1.0).abs() < 0.09, "{family}: {found}, {cv} recorded");
        }
    }
}

#[test]
fn a_gap_runs_on_through_windows_of_one_variation() {
    // At one job in six windows a gap that began anew in each would hardly ever end.
    let text = rates(&[1; 600], "1.0", "Gamma");
    let sparse = set(&[("chunk-1-trace.csv", &text)]);
    let run = parsed(LAWS, ", scale = \"16%\"").with_client_set(sparse).unwrap();
    let jobs: usize = (0..20).map(|seed| dues(&run, seed).len()).sum();
    assert!((1_920.0 - jobs as f64).abs() < 4.0 * f64::sqrt(1_920.0), "{jobs} of 1,920 jobs");
}

#[test]
fn a_slice_is_that_part_of_the_recording() {
    let text = rates(&[6_000, 600, 60, 0], "1", "Gamma");
    let whole = set(&[("chunk-0-trace.csv", &text)]);
    let of = |settings: &str| parsed(LAWS, settings).with_client_set(Arc::clone(&whole));
    let part = of(", from = \"5m\", lasts = \"20m\"").unwrap();
    assert_eq!(part.lasts, Span::from_secs(1_200));
    let dues = dues(&part, 1);
    let within = |from: u64, to: u64| {
        dues.iter().filter(|due| (from..to).contains(&(**due / SECOND))).count()
    };
    assert!((2_750..3_250).contains(&within(0, 300)), "half of the first window");
    assert!((500..700).contains(&within(300, 900)));
    assert!((10..60).contains(&within(900, 1_200)), "half of the third");
    for (settings, what) in [
        (", from = \"40m\"", "begins after the last window of the recording, which lasts 40m"),
        (", from = \"30m\", lasts = \"11m\"", "ends after the last window"),
        (", from = \"30m\"", "no client has jobs in this slice"),
    ] {
        let refused = of(settings).map(|_| ()).unwrap_err();
        assert!(refused.to_string().contains(what), "{refused}");
        assert_eq!(refused.faults[0].code, Code::OutsideTrace.name());
    }
}

#[test]
fn a_client_draws_for_itself() {
    let (bursts, calm) = (rates(&[600, 300], "3", "Gamma"), rates(&[60, 900], "1.2", "Weibull"));
    let of = |files: &[(&str, &str)]| {
        let run = parsed(LAWS, "").with_client_set(set(files)).unwrap();
        dues(&run, 9)
    };
    let (one, other) =
        (("chunk-4-trace.csv", bursts.as_str()), ("a/chunk-1-trace.csv", calm.as_str()));
    let mut apart = [of(&[one]), of(&[other])].concat();
    apart.sort_unstable();
    assert_eq!(of(&[one, other]), apart);
    assert_eq!(of(&[other, one]), apart, "in whatever order the archive has them");
}

/// Two windows of six hours with lengths, one between them without, and a client that has none.
const DATASET: &str = r#"{
  "0": {"input_tokens": "{}", "output_tokens": "{}"},
  "21600": {"input_tokens": "{100: 0.5, 300: 0.5}", "output_tokens": "{10: 1.0}", "reason_ratio": "0.3"},
  "43200": {"input_tokens": {}, "output_tokens": {}},
  "64800": {"input_tokens": {"700": 1}, "output_tokens": {"70": 0.25, "80": 0.75}}
}"#;

#[test]
fn lengths_are_those_of_the_window_or_the_nearest_that_has_some() {
    let text = rates(&[60; 144], "1.5", "Gamma");
    let other = rates(&[0, 1], "1.5", "Gamma");
    let files = [
        ("chunk-0-trace.csv", text.as_str()),
        ("chunk-0-dataset.json", DATASET),
        ("chunk-1-trace.csv", &other),
    ];
    let run = parsed(LAWS, "").with_client_set(set(&files)).unwrap();
    let mut halves = [0_u32; 2];
    for arrival in arrivals(&run, 2) {
        let hour = arrival.due.nanos() / SECOND / 3_600;
        match (arrival.prompt, arrival.answer) {
            (100, 10) if hour < 18 => halves[0] += 1,
            (300, 10) if hour < 18 => halves[1] += 1,
            (700, 70 | 80) => assert!(hour >= 18),
            (900, 220) => assert_eq!(arrival.due.nanos() / WINDOW, 1, "the client without lengths"),
            odd => panic!("{odd:?} in hour {hour}"),
        }
    }
    let [low, high] = halves.map(f64::from);
    assert!((low / (low + high) - 0.5).abs() < 0.03, "{halves:?}");
    // Where the set has all lengths, the group needs none; else it does.
    let alone = parsed("", "").with_client_set(set(&files[..2])).unwrap();
    assert_eq!(alone.largest_prompt(0), 700);
    // 18 hours of 200 and 10 tokens, six of 700 and 77.5; a job each ten seconds.
    let peak = &check(&alone)[0];
    assert!((peak.peak_jobs_per_s - 0.1).abs() < 1e-9);
    assert!(
        (peak.peak_tokens_per_s - 77.75).abs() < 0.001,
        "the busiest window, {}",
        peak.peak_tokens_per_s
    );
    let refused = parsed("", "").with_client_set(set(&files)).map(|_| ()).unwrap_err();
    assert_eq!(refused.faults[0].code, Code::LengthNeedsTrace.name());
}

#[test]
fn a_surge_on_clients_borrows_their_lengths() {
    let text = rates(&[600; 36], "1.5", "Gamma");
    let files = [("chunk-0-trace.csv", text.as_str()), ("chunk-0-dataset.json", DATASET)];
    let mut run = parsed("", "").with_client_set(set(&files)).unwrap();
    let before = dues(&run, 3);
    let rate = Rate::new(Requests(10), Per::Second);
    let phase = Phase::Poisson { rate, lasts: Span::from_secs(600) };
    run.groups[0].surges = vec![Surge { at: Span::from_secs(600), phase }];
    let all = arrivals(&run, 3);
    assert!(all.iter().all(|arrival| matches!((arrival.prompt, arrival.answer), (100 | 300, 10))));
    let more = all.len() - before.len();
    assert!((5_650..6_350).contains(&more), "{more}");
}

#[test]
fn same_seed_same_bytes_and_its_header_tells_what_is_replayed() {
    let text = rates(&[600; 6], "2.5", "Weibull");
    let clients = set(&[("chunk-0-trace.csv", text.as_str())]);
    let settings = ", from = \"10m\", lasts = \"40m\", scale = \"12.5%\"";
    let run = parsed(LAWS, settings).with_client_set(clients).unwrap();
    assert_eq!(arrivals(&run, 1), arrivals(&run, 1));
    let header = run.header(&Origin::default(), Driver::Simulated, false);
    let told = "the clients of set.tar.gz from 10m for 40m at 12.5% of their rate";
    assert_eq!(header.groups[0].traffic, told);
    let first: Vec<u64> = dues(&run, 1).into_iter().take(4).collect();
    insta::assert_debug_snapshot!(first);
}

#[test]
fn what_is_wrong_with_a_file_has_its_place_in_the_archive() {
    let rates = |line: &str| read(&[("x/chunk-2-trace.csv", &format!("0,0,0,,0,0\n{line}\n"))]);
    let lengths = |text: &str| {
        read(&[("chunk-2-trace.csv", "0,1,1,Gamma,1,1"), ("chunk-2-dataset.json", text)])
    };
    let faults = [
        rates("0,1,1,Gamma,1,1"),
        rates("650,1,1,Gamma,1,1"),
        rates("600,-1,1,Gamma,1,1"),
        rates("600,1,x,Gamma,1,1"),
        rates("600,1,nan,Weibull,1,1"),
        rates("600,1,1,Pareto,1,1"),
        rates("600,1"),
        rates("600,0,0,,0,0"),
        lengths("[]"),
        lengths(
            "{\"0\": {\n  \"input_tokens\": \"{45: 0.5, x: 0.5}\", \"output_tokens\": \"{}\"}}",
        ),
        lengths("{\"0\": 5}"),
        lengths("{\"zero\": {}}"),
        read(&[
            ("chunk-2-trace.csv", "0,1,1,Gamma,1,1"),
            ("b/chunk-2-trace.csv", "0,1,1,Gamma,1,1"),
        ]),
        read(&[("readme.md", "no client")]),
    ];
    let faults = faults.map(|read| read.map(|_| ()).unwrap_err());
    insta::assert_snapshot!(faults.join("\n"));
}

/// A published archive, where it is at hand, unpacked as the binary does it.
fn published(name: &str) -> Option<Vec<u8>> {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data");
    let folder = std::env::var_os("TIERLAB_DATA").map_or_else(beside, PathBuf::from);
    let file = std::fs::File::open(folder.join("traces").join(name)).ok()?;
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(file).read_to_end(&mut unpacked).unwrap();
    Some(unpacked)
}

/// The files of a tar archive: blocks of 512 bytes, the first of a file with its name and size.
fn members(archive: &[u8]) -> Vec<(String, &[u8])> {
    let mut files = Vec::new();
    let mut at = 0;
    while let Some(head) = archive.get(at..at + 512).filter(|head| head[0] != 0) {
        let text = |range: core::ops::Range<usize>| {
            let bytes = &head[range];
            let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
            String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
        };
        let size = usize::from_str_radix(&text(124..136), 8).unwrap();
        files.push((text(0..100), &archive[at + 512..at + 512 + size]));
        at += 512 + size.div_ceil(512) * 512;
    }
    files
}

fn published_set(archives: &[(&str, Part)]) -> Option<Arc<ClientSet>> {
    let mut reader = ClientSetReader::default();
    for (name, part) in archives {
        let archive = published(name).or_else(|| {
            // Past the runner, which keeps what a passing test prints to itself.
            let mut out = std::io::stdout();
            writeln!(out, "skipped 1 test: {name} is not at hand").unwrap();
            None
        })?;
        for (file, text) in members(&archive) {
            reader.member(&file, *part, text).unwrap();
        }
    }
    Some(Arc::new(reader.finish("published").unwrap()))
}

/// The archive has 462,927 jobs in this hour, summed up by another program.
#[test]
fn the_published_large_set_offers_what_it_recorded() {
    let archives = [("servegen_m-large_rates.tar.gz", Part::Both)];
    let Some(clients) = published_set(&archives) else { return };
    assert_eq!((clients.clients(), clients.span()), (162, Span::from_secs(14 * 86_400)));
    let settings = ", from = \"1d6h\", lasts = \"1h\", scale = \"10%\"";
    let run = parsed(LAWS, settings).with_client_set(clients).unwrap();
    let jobs: usize = (0..4).map(|seed| dues(&run, seed).len()).sum();
    assert!((0.95..1.05).contains(&(jobs as f64 / 4.0 / 46_292.7)), "{jobs} jobs of four seeds");
}

#[test]
fn the_published_sets_with_lengths_have_them_for_every_client_or_say_so() {
    let archives = [("servegen_deepseek-r1_full.tar.gz", Part::Both)];
    if let Some(clients) = published_set(&archives) {
        assert_eq!(clients.clients(), 73);
        let run = parsed(LAWS, ", from = \"9h\", lasts = \"2h\"").with_client_set(clients).unwrap();
        let arrivals = arrivals(&run, 1);
        let mean = |of: fn(&Arrival) -> u32| {
            arrivals.iter().map(|arrival| f64::from(of(arrival))).sum::<f64>()
                / arrivals.len() as f64
        };
        let (prompt, answer) = (mean(|arrival| arrival.prompt), mean(|arrival| arrival.answer));
        // Another program makes 84,993 jobs of it, prompts of 1,153 and answers of 2,892 tokens.
        let close = |found: f64, wanted: f64| (found / wanted - 1.0).abs() < 0.03;
        assert!(close(arrivals.len() as f64, 84_993.0), "{} jobs", arrivals.len());
        assert!(close(prompt, 1_152.9) && close(answer, 2_892.4), "{prompt} and {answer}");
    }
    let archives = [
        ("servegen_m-small_rates.tar.gz", Part::Rates),
        ("servegen_m-small_datasets.tar.gz", Part::Lengths),
    ];
    if let Some(clients) = published_set(&archives) {
        let remarks = [
            "566 of 40095 windows vary beyond 0.1 to 20 and are held to that",
            "5 of 43 clients have no lengths of their own: they take the group's",
        ];
        assert_eq!(clients.remarks(), remarks);
    }
}

#[test]
fn windows_beyond_all_variation_are_held_and_counted() {
    let wild = rates(&[60, 60, 60], "31.4", "Weibull");
    let clients = read(&[("chunk-0-trace.csv", &wild)]).unwrap();
    assert_eq!((clients.clients(), clients.span()), (1, Span::from_secs(1_800)));
    assert_eq!(clients.remarks(), ["3 of 3 windows vary beyond 0.1 to 20 and are held to that"]);
}
