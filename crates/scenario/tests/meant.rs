//! Whoever mistypes a word of a closed set is told which one was probably meant, at its place.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use rulebook::Rulebook;
use scenario::Scenario;

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const EVERY_KEY: &str = include_str!("every-key.toml");

/// The file with every key, one word of it mistyped: what stands there, what was typed instead, and
/// what must be proposed.
const SLIPS: &[(&str, &str, &str)] = &[
    // Keys, of every table.
    ("seed = 7", "sede = 7", "seed"),
    ("tier = \"tier2\"", "teir = \"tier2\"", "tier"),
    ("max_tokens = 1000", "max-tokens = 1000", "max_tokens"),
    ("correlation = -0.4", "corelation = -0.4", "correlation"),
    ("drift = {", "drfit = {", "drift"),
    ("every = \"2m\", prompt", "evry = \"2m\", prompt", "every"),
    ("p95 = 3000", "P95 = 3000", "p95"),
    ("mean = 200", "maen = 200", "mean"),
    ("rate = \"6/min\"", "rates = \"6/min\"", "rate"),
    ("cv = 3.4", "vc = 3.4", "cv"),
    ("within = \"1s\"", "wihtin = \"1s\"", "within"),
    ("busiest = \"15:30\"", "busyest = \"15:30\"", "busiest"),
    ("rates = [", "rate = [", "rates"),
    ("think = {", "thinks = {", "think"),
    ("retry_on = \"limits", "retry-on = \"limits", "retry_on"),
    ("cap = \"10s\"", "caps = \"10s\"", "cap"),
    ("seeds = 20", "seed = 20", "seeds"),
    ("free_credit = ", "free_credits = ", "free_credit"),
    ("auto_recharge = {", "auto-recharge = {", "auto_recharge"),
    ("threshold = \"$10\"", "treshold = \"$10\"", "threshold"),
    ("purchase = \"$50\"", "purchases = \"$50\"", "purchase"),
    ("validation_tokens = ", "validation = ", "validation_tokens"),
    ("batch = { every", "batch = { evry", "every"),
    // Choices.
    ("{ lognormal = { median = 900", "{ log_normal = { median = 900", "lognormal"),
    ("{ quantiles = {", "{ quantile = {", "quantiles"),
    ("{ poisson = { rate = \"2/s\", lasts", "{ Poisson = { rate = \"2/s\", lasts", "poisson"),
    ("{ at_once = {", "{ at-once = {", "at_once"),
    ("{ users = { count = 30", "{ user = { count = 30", "users"),
    ("gaps = { gamma = 3 }", "gaps = { gama = 3 }", "gamma"),
    ("{ own_bucket = {", "{ own-bucket = {", "own_bucket"),
    ("{ up_to = \"60s\" }", "{ upto = \"60s\" }", "up_to"),
    ("wait = { sdk", "wait = { sdks", "sdk"),
    // Words.
    ("beyond = \"redrawn\"", "beyond = \"redrawm\"", "redrawn"),
    ("preset = \"give-up\"", "preset = \"give_up\"", "give-up"),
    ("\"limits_and_failures\"", "\"limits-and-failures\"", "limits_and_failures"),
    ("card = \"accepted\"", "card = \"acepted\"", "accepted"),
    ("support = \"sync\"", "support = \"synch\"", "sync"),
    ("kind = \"fine-tune\"", "kind = \"finetune\"", "fine-tune"),
    ("method = \"lora\"", "method = \"Lora\"", "lora"),
    ("stop = \"deadline\"", "stop = \"dedline\"", "deadline"),
    ("starts = \"at_once\"", "starts = \"at once\"", "at_once"),
    // Names of the file.
    ("ship = \"by hand\"", "ship = \"by-hand\"", "by hand"),
    ("strategy = \"one try\"", "strategy = \"one-tri\"", "one try"),
    ("[expect.group.chat]", "[expect.group.caht]", "chat"),
    ("[expect.strategy.together-py]", "[expect.strategy.together]", "together-py"),
    // Names of the edition.
    ("edition = \"2025-11\"", "edition = \"2025-10\"", "2025-11"),
    ("tier = \"tier2\"", "tier = \"biuld-2\"", "build-2"),
    ("tiers = [\"tier3\"", "tiers = [\"buld-3\"", "build-3"),
    ("1x_nvidia_h100_80gb_sxm", "1x_nvidia_h100_80gb", "1x_nvidia_h100_80gb_sxm"),
    ("token_gate = \"window-2x\"", "tokengate = \"window-2x\"", "token_gate"),
    ("token_gate = \"window-2x\"", "token_gate = \"window2x\"", "window-2x"),
    // Figures.
    ("answered_in_time = ", "answerd_in_time = ", "answered_in_time"),
    ("status_429 = ", "status429 = ", "status_429"),
    ("attempts_per_job = ", "atempts_per_job = ", "attempts_per_job"),
];

#[test]
fn every_closed_set_of_words_says_which_one_was_meant() {
    let mut missed = Vec::new();
    for (written, typed, meant) in SLIPS {
        assert!(EVERY_KEY.contains(written), "{written} stands nowhere");
        let text = EVERY_KEY.replacen(written, typed, 1);
        let refused = Scenario::parse("slip.toml", &text, &RULEBOOK).map(drop).unwrap_err();
        let proposed = format!("did you mean `{meant}`?");
        let mut helps = refused.faults.iter().filter_map(|fault| fault.help.as_deref());
        if !helps.any(|help| help.contains(&proposed)) {
            missed.push(format!("{typed}, meaning {meant}:\n{refused}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

/// Words that stand in no file with every key, because only one of them can.
#[test]
fn formats_of_recordings_too() {
    let with = |traffic: &str| {
        let text = format!(
            "title = \"x\"\naccount = {{ tier = \"build-2\" }}\n[[group]]\nname = \"x\"\n\
             model = \"openai/gpt-oss-20b\"\ntraffic = {{ trace = {{ file = \"t\", {traffic} }} }}\n"
        );
        Scenario::parse("slip.toml", &text, &RULEBOOK).map(drop).unwrap_err().to_string()
    };
    let fields = "due = \"a\", prompt = \"b\", answer = \"c\"";
    for (typed, meant) in [
        ("formats = \"otel\"", "format"),
        ("format = \"moon-cake\"", "mooncake"),
        ("format = \"BurstGPT2\"", "burstgpt"),
        ("format = { cvs = {} }", "csv"),
        (&format!("format = {{ csv = {{ {fields}, unit = \"rfc-3339\" }} }}"), "rfc3339"),
        (
            &format!("format = {{ csv = {{ {fields}, unit = \"s\", delimeter = \";\" }} }}"),
            "delimiter",
        ),
        ("attempts = \"leave-out\"", "leave_out"),
    ] {
        let said = with(typed);
        assert!(said.contains(&format!("did you mean `{meant}`?")), "{typed}: {said}");
    }
}
