//! The edges of what a page can be drawn of: a run with nothing in it, one tier, one strategy, no
//! refusal, no price, no expectation, one seed, a run that was stopped, a record that cannot be read.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::fs;
use std::process::{Command, Output};

use serde_json::{Value, json};
use tempfile::TempDir;

/// Two strategies on two tiers, of which the lower one has too little room.
const SCENARIO: &str = r#"
title = "Edge"
edition = "2025-11"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 1000
answer = 500
deadline = "30s"
traffic = { steady = { rate = "20/s", lasts = "8s" } }
[[strategy]]
preset = "give-up"
[[strategy]]
preset = "full-jitter"
[compare]
tiers = ["build-1", "build-5"]
seeds = 2
sensitivity = false
growth = ["50%", "200%"]
[expect]
answered_in_time = ">= 99%"
status_429 = "<= 60%"
"#;

const TIERS: &str = r#"tiers = ["build-1", "build-5"]"#;
const SECOND: &str = "[[strategy]]\npreset = \"full-jitter\"\n";
const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

struct Checkout {
    folder: TempDir,
}

impl Checkout {
    /// A folder with the scenario, changed so, and its run.
    fn of(changes: &[(&str, &str)]) -> Self {
        let text = changes.iter().fold(SCENARIO.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        let checkout = Self { folder: TempDir::new().unwrap() };
        checkout.write("edge.toml", &text);
        checkout.ran(&["simulate", "edge.toml", "--no-gate", "--out", "run.json"], 0);
        checkout
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.folder.path().join(name), text).unwrap();
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).unwrap()
    }

    /// Runs the tool, which must end with this code.
    fn ran(&self, words: &[&str], code: i32) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tierlab"));
        command.env_remove("TIERLAB_TRACES").env_remove("TIERLAB_THREADS");
        let output = command.args(words).current_dir(self.folder.path()).output().unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{words:?}: {said}");
        output
    }

    /// The page of the run, of which what holds for every page holds.
    fn page(&self) -> Page {
        self.ran(&["report", "run.json", "--out", "run.html"], 0);
        let page = Page { html: self.read("run.html") };
        page.is_sound();
        page
    }

    /// Changes the record before its page is drawn.
    fn edit(&self, change: impl FnOnce(&mut Value)) {
        let mut record: Value = serde_json::from_str(&self.read("run.json")).unwrap();
        change(&mut record);
        self.write("run.json", &record.to_string());
    }
}

struct Page {
    html: String,
}

/// All that a page may have, in its order.
const SECTIONS: [&str; 9] =
    ["by-tier", "when", "strategies", "cost", "moving", "latency", "trust", "appendix", "league"];

impl Page {
    /// What stands on it for a reader: no style, no script, no tags.
    fn text(&self) -> String {
        let mut text = String::new();
        let mut rest = self.html.as_str();
        while let Some((before, tag)) = rest.split_once('<') {
            text.push_str(before);
            let close = ["style", "script"].into_iter().find(|name| tag.starts_with(name));
            let end = close.map_or(Some(0), |name| tag.find(&format!("</{name}>"))).unwrap();
            let (name, after) = tag[end..].split_once('>').unwrap();
            let inline = ["b", "/b", "span", "/span", "a ", "/a", "button", "/button"];
            if !inline.iter().any(|word| name.starts_with(word)) {
                text.push('\n');
            }
            rest = after;
        }
        text
    }

    fn has(&self, section: &str) -> bool {
        self.html.contains(&format!("<section class=\"section\" id=\"{section}\""))
    }

    /// These sections in any order, and no other.
    fn has_only(&self, sections: &[&str]) {
        for section in SECTIONS {
            assert_eq!(self.has(section), sections.contains(&section), "{section}");
            let linked = self.html.contains(&format!("href=\"#{section}\""));
            assert!(!linked || self.has(section), "a link to {section}, which is not there");
        }
    }

    fn says(&self, words: &str) {
        let text = self.text().replace('\u{202f}', " ");
        assert!(text.contains(words), "{words:?} is not in {text}");
    }

    fn says_not(&self, words: &str) {
        let text = self.text().replace('\u{202f}', " ");
        assert!(!text.contains(words), "{words:?} is in {text}");
    }

    /// No cell is empty and no figure is of nothing.
    fn is_sound(&self) {
        let text = self.text().replace('\u{202f}', " ");
        // The words at the end explain what figures there are, not this run's.
        let text = text.split("The same run again").next().unwrap();
        for wrong in ["NaN", "inf ", " 0 of 0", "-0 ", "null", "undefined"] {
            assert!(!text.contains(wrong), "{wrong:?} is in {text}");
        }
        for cell in self.html.split("<td").skip(1) {
            let cell = cell.split("</td>").next().unwrap();
            let (attributes, shown) = cell.split_once('>').unwrap();
            // The corner above the names of rows says nothing.
            let corner = attributes.is_empty() && shown.is_empty();
            assert!(corner || !shown.trim().is_empty(), "an empty cell: <td{cell}");
        }
        for head in ["<h1></h1>", "<h2></h2>", "<h3></h3>", "<caption></caption>"] {
            assert!(!self.html.contains(head), "{head}");
        }
    }
}

const WHOLE: [&str; 8] =
    ["by-tier", "when", "strategies", "cost", "moving", "latency", "trust", "appendix"];

#[test]
fn a_run_with_everything_in_it_has_every_section_and_growth_is_no_league() {
    let page = Checkout::of(&[]).page();
    page.has_only(&WHOLE);
    page.says("Answered in time by tier, % of jobs");
    page.says("429s by tier: share of attempts refused, %");
    page.says("Refused against answered");
}

#[test]
fn a_run_in_which_no_job_fell_due_has_its_appendix_and_nothing_else() {
    let none = (
        "steady = { rate = \"20/s\", lasts = \"8s\" }",
        "poisson = { rate = \"0.0001/s\", lasts = \"1s\" }",
    );
    let page = Checkout::of(&[none]).page();
    page.has_only(&["appendix"]);
    page.says("Nothing was sent");
    page.says_not("Which tier, which strategy");
}

#[test]
fn one_tier_has_a_table_of_strategies_and_no_ladder() {
    let page = Checkout::of(&[(TIERS, "tiers = [\"build-1\"]")]).page();
    page.has_only(&WHOLE);
    page.says("Which strategy on Tier 1");
    page.says("Only one tier was compared.");
    page.says_not("Best strategy on each tier");
    page.says_not("Answered in time by tier, % of jobs");
}

#[test]
fn a_tier_alone_by_the_command_line_says_that_there_are_others() {
    let checkout = Checkout::of(&[]);
    let words = ["simulate", "edge.toml", "--no-gate", "--tier", "build-1", "--out", "run.json"];
    checkout.ran(&words, 0);
    let page = checkout.page();
    page.says("Run without --tier to see the other tiers");
    page.says_not("Answered in time by tier, % of jobs");
}

#[test]
fn one_strategy_is_compared_with_nobody() {
    let page = Checkout::of(&[(SECOND, "")]).page();
    page.has_only(&WHOLE);
    page.says("How does the strategy fare?");
    for words in ["Which strategy fixes it?", "Refused against answered", "strategies meet"] {
        page.says_not(words);
    }
    page.says("Answered in time by tier, % of jobs");
}

#[test]
fn one_strategy_on_one_tier_leads_with_what_is_expected_and_with_time() {
    let page = Checkout::of(&[(SECOND, ""), (TIERS, "tiers = [\"build-1\"]")]).page();
    page.has_only(&WHOLE);
    for words in ["Refused against answered", "Answered in time by tier", "Best strategy on each"] {
        page.says_not(words);
    }
    page.says("Expectations of the scenario");
    page.says("Tokens asked for, per minute");
}

#[test]
fn where_there_is_no_429_a_sentence_says_how_near_the_limits_it_came() {
    let page = Checkout::of(&[("20/s", "0.5/s"), ("8s", "40s")]).page();
    page.has_only(&WHOLE);
    page.says(
        "No attempt was answered 429. The busiest minute asks for 17 % of TPM and 3 % of RPM",
    );
    page.says_not("429s by tier: share of attempts refused, %");
    page.says_not("429s over time");
}

#[test]
fn without_prices_there_is_no_section_about_money() {
    let page = Checkout::of(&[(MODEL, "acme/nobody-knows-70B")]).page();
    page.has_only(&["by-tier", "when", "strategies", "moving", "latency", "trust", "appendix"]);
    page.says_not("per 1,000 in time");
    page.says_not("What does it cost?");
}

#[test]
fn where_nothing_is_expected_nothing_is_judged() {
    let expect = &SCENARIO[SCENARIO.find("[expect]").unwrap()..];
    let page = Checkout::of(&[(expect, "")]).page();
    page.has_only(&WHOLE);
    page.says("Nothing was asked of this run");
    for words in ["meets everything", "Expectations of the scenario", "misses", "Carries up to"] {
        let body = page.text();
        let body = body.split("The same run again").next().unwrap();
        assert!(!body.contains(words), "{words:?} is in {body}");
    }
}

#[test]
fn one_seed_has_no_spread_and_says_so() {
    let page = Checkout::of(&[("seeds = 2", "seeds = 1")]).page();
    page.has_only(&WHOLE);
    page.says("one seed: no spread");
    page.says_not("range of 1 seed");
    page.says_not("1 of 1 seeds");
}

#[test]
fn a_stopped_run_says_so_first_and_judges_nothing_that_is_missing() {
    let checkout = Checkout::of(&[]);
    checkout.edit(|record| {
        record["header"]["cut_short"] = json!(true);
        let cells = record["cells"].as_array_mut().unwrap();
        cells.truncate(1);
    });
    let page = checkout.page();
    page.says("This run was stopped before its end");
    let alarm = page.html.find("This run was stopped before its end").unwrap();
    assert!(alarm < page.html.find("<h1>").unwrap(), "the alarm comes first");
    page.says_not("meets everything");
}

#[test]
fn a_record_that_cannot_be_read_names_its_place_and_what_to_do_about_it() {
    let checkout = Checkout::of(&[]);
    let whole = checkout.read("run.json");
    checkout.write("newer.json", &whole.replacen("tierlab/record/1", "tierlab/record/2", 1));
    let newer = checkout.ran(&["report", "newer.json"], 104);
    let said = String::from_utf8_lossy(&newer.stderr).into_owned();
    for words in ["newer.json:", "record::newer", "version 2, newer than 1"] {
        assert!(said.contains(words), "{said}");
    }
    // Wherever a copy broke off.
    for part in [1, whole.len() / 3, whole.len() - 3] {
        checkout.write("cut.json", &whole[..part]);
        let cut = checkout.ran(&["report", "cut.json"], 104);
        let said = String::from_utf8_lossy(&cut.stderr).into_owned();
        for words in ["cut.json:", "record::truncated", "copy it again"] {
            assert!(said.contains(words), "at {part}: {said}");
        }
        assert!(cut.stdout.is_empty(), "nothing is said of it");
    }
    let files = fs::read_dir(checkout.folder.path()).unwrap();
    let pages = files.filter(|file| {
        file.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "html")
    });
    assert_eq!(pages.count(), 0, "no page is written of it");
}
