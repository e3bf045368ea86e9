//! A run in every form that it can be written in, as scripts meet them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use tempfile::TempDir;

/// A folder with one scenario, whose names are as awkward as names may be.
struct Checkout {
    folder: TempDir,
}

/// Two strategies on two tiers; the lower one has too little room.
const SCENARIO: &str = r#"
title = "Ask & answer | <fast>"
edition = "2025-11"
ship = "give \"up\" & go"
[account]
tier = "build-1"
[[group]]
name = "chat | <a>"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 1000
answer = 500
deadline = "30s"
traffic = { steady = { rate = "20/s", lasts = "8s" } }
[[strategy]]
name = "give \"up\" & go"
preset = "give-up"
[[strategy]]
preset = "full-jitter"
[compare]
tiers = ["build-1", "build-5"]
seeds = 2
[expect]
answered_in_time = ">= 99%"
status_429 = "<= 60%"
"#;

impl Checkout {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::write(folder.path().join("odd.toml"), SCENARIO).unwrap();
        Self { folder }
    }

    fn run(&self, words: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
        command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS");
        command.args(words).current_dir(self.folder.path()).output().unwrap()
    }

    /// The same, as it must end.
    fn ran(&self, words: &[&str], code: i32) -> Output {
        let output = self.run(words);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {}", stderr(&output));
        output
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    fn has(&self, name: &str) -> bool {
        self.folder.path().join(name).exists()
    }
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

const SIMULATE: [&str; 6] = ["simulate", "odd.toml", "--no-gate", "--out", "run.json", "-q"];

#[test]
fn a_saved_run_gives_the_same_forms_as_the_run_itself() {
    let checkout = Checkout::new();
    let forms = ["md", "html", "xml", "csv", "hlog"];
    let mut words = SIMULATE.to_vec();
    let names: Vec<String> = forms.iter().map(|form| format!("first.{form}")).collect();
    for name in &names {
        words.extend(["--out", name]);
    }
    checkout.ran(&words, 0);
    let mut words = vec!["report", "run.json"];
    let again: Vec<String> = forms.iter().map(|form| format!("again.{form}")).collect();
    for name in &again {
        words.extend(["--out", name]);
    }
    let output = checkout.ran(&words, 0);
    assert_eq!(stdout(&output), format!("wrote {}\n", again.join(", ")));
    for (first, again) in names.iter().zip(&again) {
        assert!(checkout.read(first) == checkout.read(again), "{first}");
    }
    assert!(!checkout.has("run.html"), "only what was named is written");
}

#[test]
fn markdown_goes_to_stdout_where_it_is_asked_for_and_nothing_else_does() {
    let checkout = Checkout::new();
    let mut words = SIMULATE.to_vec();
    words.extend(["--out", "run.md", "--format", "markdown"]);
    let simulated = checkout.ran(&words, 0);
    assert_eq!(stdout(&simulated), checkout.read("run.md"));
    let told = checkout.ran(&["report", "run.json", "--format", "markdown"], 0);
    assert_eq!(stdout(&told), checkout.read("run.md"));
    assert!(checkout.read("run.md").starts_with("## Ask &amp; answer \\| &lt;fast&gt;\n"));
    assert!(!checkout.has("run.html"));
}

#[test]
fn several_runs_share_a_page_and_no_other_form_that_holds_one() {
    let checkout = Checkout::new();
    checkout.ran(&SIMULATE, 0);
    let other = ["simulate", "odd.toml", "--no-gate", "--seed", "9", "--out", "other.json"];
    checkout.ran(&other, 0);
    let both = ["report", "run.json", "other.json", "--out", "both.html", "--out", "both.md"];
    checkout.ran(&both, 0);
    let page = checkout.read("both.html");
    assert!(page.contains("and 1 more · tierlab</title>"));
    assert_eq!(page.matches("<h1>").count(), 2);
    assert_eq!(checkout.read("both.md").matches("\n## ").count(), 1);
    let refused = checkout.ran(&["report", "run.json", "other.json", "--out", "one.json"], 2);
    assert!(stderr(&refused).contains("one.json holds one run"), "{}", stderr(&refused));
    let refused = checkout.ran(&["report", "run.json", "other.json", "--format", "json"], 2);
    assert!(stderr(&refused).contains("one document"));
}

#[test]
fn an_unknown_extension_is_refused_before_anything_runs() {
    let checkout = Checkout::new();
    let refused = checkout.ran(&["simulate", "odd.toml", "--out", "run.pdf"], 2);
    assert!(stderr(&refused).contains(".md (Markdown)"), "{}", stderr(&refused));
    checkout.ran(&["report", "--out", "all.html"], 2);
    assert!(!checkout.has("run.pdf"));
}

#[test]
fn a_build_server_reads_what_was_missed_from_the_strategy_that_ships() {
    let checkout = Checkout::new();
    let mut words = SIMULATE.to_vec();
    words.extend(["--out", "run.xml"]);
    checkout.ran(&words, 0);
    let text = checkout.read("run.xml");
    assert!(text.contains("<testsuite name=\"Ask &amp; answer | &lt;fast&gt;\" tests=\"2\""));
    assert_eq!(text.matches("<testcase ").count(), 2);
    assert!(text.contains("with “give &quot;up&quot; &amp; go” on Tier 1"), "{text}");
}

#[test]
fn the_steps_of_a_simulated_cell_add_up_to_its_summary() {
    let checkout = Checkout::new();
    let mut words = SIMULATE.to_vec();
    words.extend(["--out", "run.csv", "--format", "json"]);
    let summary: serde_json::Value =
        serde_json::from_str(&stdout(&checkout.ran(&words, 0))).unwrap();
    let text = checkout.read("run.csv");
    let mut rows = text.lines().map(|line| line.split(',').collect::<Vec<&str>>());
    let head = rows.next().unwrap();
    let place = |name: &str| head.iter().position(|one| *one == name).unwrap();
    let plain = |row: &&Vec<&str>| row[place("strategy")] == "full-jitter" && row[4].is_empty();
    let rows: Vec<Vec<&str>> = rows.collect();
    for tier in ["build-1", "build-5"] {
        let sum = |name: &str| {
            let of_cell = rows.iter().filter(plain).filter(|row| row[place("tier")] == tier);
            of_cell.map(|row| row[place(name)].parse::<u64>().unwrap()).sum::<u64>()
        };
        let mut cells = summary["cells"].as_array().unwrap().iter();
        let cell = cells
            .find(|cell| cell["tier"] == tier && cell["strategy"] == "full-jitter")
            .expect("the cell");
        assert_eq!(Some(sum("jobs_due")), cell["jobs"]["offered"].as_u64());
        assert_eq!(Some(sum("in_time")), cell["jobs"]["in_time"].as_u64());
        assert_eq!(Some(sum("sent")), cell["attempts"]["sent"].as_u64());
        let refused = cell["attempts"]["by_status"]["429"].as_u64().unwrap_or(0);
        assert_eq!(sum("status_429"), refused);
        assert_eq!(sum("jobs_due"), 320, "two replications of 8 s at 20 jobs a second");
    }
}

#[test]
fn one_chart_is_drawn_by_its_name_and_a_name_that_is_not_there_lists_all() {
    let checkout = Checkout::new();
    checkout.ran(&SIMULATE, 0);
    let printed = checkout.ran(&["report", "run.json", "--chart", "429s-by-tier"], 0);
    assert!(stdout(&printed).starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\""));
    let words = ["report", "run.json", "--chart", "429s-by-tier", "--out", "one.svg"];
    assert_eq!(stdout(&checkout.ran(&words, 0)), "wrote one.svg\n");
    assert_eq!(checkout.read("one.svg"), stdout(&printed));
    let refused = checkout.ran(&["report", "run.json", "--chart", "nothing"], 2);
    assert!(stderr(&refused).contains("429s-by-tier, throughput-by-tier"), "{}", stderr(&refused));
    let refused = checkout.ran(&["report", "run.json", "--out", "one.svg"], 2);
    assert!(stderr(&refused).contains("--chart"), "{}", stderr(&refused));
}

#[test]
fn a_baseline_adds_what_changed_since_then_to_the_page() {
    let checkout = Checkout::new();
    checkout.ran(&SIMULATE, 0);
    let words =
        ["simulate", "odd.toml", "--no-gate", "--set", "group.0.deadline=2s", "--out", "base.json"];
    checkout.ran(&words, 0);
    checkout.ran(&["report", "run.json", "--baseline", "base.json"], 0);
    let page = checkout.read("run.html");
    assert!(page.contains("<section class=\"section\" id=\"against\">"));
    assert!(page.contains("href=\"#against\""));
    let words = ["simulate", "odd.toml", "--no-gate", "--tier", "build-3", "--out", "far.json"];
    checkout.ran(&words, 0);
    let refused = checkout.ran(&["report", "run.json", "--baseline", "far.json"], 104);
    assert!(stderr(&refused).contains("an earlier run"), "{}", stderr(&refused));
    let refused = checkout.ran(&["report", "run.json", "--baseline", "odd.toml"], 104);
    assert!(stderr(&refused).contains("odd.toml:"), "{}", stderr(&refused));
}

#[test]
fn a_record_that_cannot_be_read_is_refused_with_its_place_and_its_remedy() {
    let checkout = Checkout::new();
    checkout.ran(&SIMULATE, 0);
    let whole = checkout.read("run.json");
    let write =
        |name: &str, text: &str| fs::write(checkout.folder.path().join(name), text).unwrap();
    write("cut.json", &whole[..whole.len() / 2]);
    write("newer.json", &whole.replacen("tierlab/record/1", "tierlab/record/9", 1));
    write("page.json", "<!DOCTYPE html>");
    write("other.json", "{\"schema\": \"tierlab/summary/1\"}");
    write("empty.json", "");
    let cases = [
        ("cut.json", "record::truncated", "copy it again"),
        ("newer.json", "record::newer", "the version of tierlab"),
        ("page.json", "record::not_json", "tierlab simulate"),
        ("other.json", "record::foreign", "tierlab simulate"),
        ("empty.json", "record::truncated", "copy it again"),
        ("odd.toml", "record::not_json", "tierlab simulate"),
    ];
    for (name, code, remedy) in cases {
        let forms: [&[&str]; 4] = [
            &["report", name],
            &["report", name, "--out", "x.md"],
            &["report", name, "--chart", "429s-by-tier"],
            &["report", "run.json", "--baseline", name],
        ];
        for words in forms {
            let said = stderr(&checkout.ran(words, 104));
            assert!(said.contains(&format!("{name}:")), "{words:?}: {said}");
            assert!(said.contains(code) && said.contains(remedy), "{words:?}: {said}");
        }
    }
    assert!(!checkout.has("x.md") && !checkout.has("run.html"), "nothing is written");
}
