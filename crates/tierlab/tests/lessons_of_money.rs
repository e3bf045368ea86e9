//! What the scenarios about money claim in their first lines is what their runs show.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

/// The summary of a scenario's run.
struct Run(Value);

/// Simulates a scenario as it is, but for these words.
fn run(name: &str, words: &[&str]) -> Run {
    let scenarios = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../scenarios");
    let folder = TempDir::new().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_tierlab"))
        .args(["simulate", "--no-gate", "--format", "json", "--out", "run.json"])
        .arg(scenarios.join(format!("{name}.toml")).canonicalize().unwrap())
        // Nothing here is about those, and they take as long again.
        .args(["--set", "compare.growth=[]", "--set", "compare.sensitivity=false"])
        .args(words)
        .current_dir(folder.path())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{name}: {said}");
    Run(serde_json::from_slice(&output.stdout).unwrap())
}

impl Run {
    /// The cell of a strategy and a group, `""` for all of them.
    fn cell(&self, strategy: &str, group: &str) -> &Value {
        let is = |cell: &&Value| {
            cell["strategy"] == strategy && cell["group"].as_str().unwrap_or_default() == group
        };
        let cells = self.0["cells"].as_array().unwrap();
        cells.iter().find(is).unwrap_or_else(|| panic!("no {strategy}, {group}"))
    }

    fn account(&self, strategy: &str) -> &Value {
        &self.cell(strategy, "")["account"]
    }

    /// The moments of one kind, each with when in hours, how much, and the balance.
    fn moments(&self, strategy: &str, what: &str) -> Vec<(f64, f64, f64)> {
        let moments = self.account(strategy)["moments"].as_array().unwrap();
        let of_kind = moments.iter().filter(|moment| moment["what"] == what);
        let number = |value: &Value| value.as_f64().unwrap_or_default();
        of_kind
            .map(|one| {
                (number(&one["at_s"]) / 3_600.0, number(&one["usd"]), number(&one["balance_usd"]))
            })
            .collect()
    }

    fn cost(&self, strategy: &str, group: &str) -> f64 {
        self.cell(strategy, group)["cost_usd"]["total"].as_f64().unwrap()
    }
}

fn near(number: f64, wanted: f64) -> bool {
    (number - wanted).abs() < 0.005
}

#[test]
fn credit_is_there_after_a_minute_and_its_tier_a_quarter_of_an_hour_later() {
    let ran = run("first-purchase", &[]);
    for strategy in ["give-up", "together-py"] {
        let [(credited, amount, _)] = ran.moments(strategy, "credited")[..] else { panic!() };
        let [(promoted, ..)] = ran.moments(strategy, "promoted")[..] else { panic!() };
        assert!(near(amount, 50.0) && near(credited * 60.0, 11.0) && near(promoted * 60.0, 26.0));
        let pictures = &ran.cell(strategy, "pictures")["attempts"];
        let status = |status: &str| pictures["by_status"][status].as_u64().unwrap();
        assert!(status("403") > 140 && status("200") > 110, "{pictures}");
        assert_eq!(pictures["sent"], status("403") + status("200"), "no wait helps");
    }
    let chat = &ran.cell("give-up", "chat")["attempts"]["by_status"];
    assert!(chat["429"].as_u64() > Some(3_000), "as long as it is Limited");
}

#[test]
fn usage_pays_its_way_up_within_five_weeks() {
    let ran = run("climb-the-tiers", &["--strategy", "give-up"]);
    let promoted = ran.moments("give-up", "promoted");
    let days: Vec<f64> = promoted.iter().map(|(at, ..)| at / 24.0).collect();
    assert_eq!(days.len(), 3, "Tiers 2, 3 and 4");
    assert!((3.0..4.0).contains(&days[0]) && (34.0..35.0).contains(&days[2]), "{days:?}");
    let account = ran.account("give-up");
    assert_eq!(account["tier"], "build-4");
    assert!(near(account["lifetime_usd"].as_f64().unwrap(), 405.0));
    let documents = ran.cost("give-up", "documents") / 60.0;
    assert!((5.8..6.2).contains(&documents), "some six dollars a day");
    let export = &ran.cell("give-up", "nightly export")["share"]["in_time"];
    assert!((0.70..0.75).contains(&export.as_f64().unwrap()));
    let rich = run(
        "climb-the-tiers",
        &["--strategy", "give-up", "--tier", "build-4", "--set", "lasts=7d"],
    );
    let export = &rich.cell("give-up", "nightly export")["share"]["in_time"];
    assert!(export.as_f64().unwrap() > 0.999, "on Tier 4 it fits");
}

#[test]
fn zero_is_not_the_end_and_minus_a_hundred_is() {
    let ran = run("negative-balance", &[]);
    let [(_, _, balance)] = ran.moments("together-py", "blocked")[..] else { panic!("once") };
    assert!((-100.1..=-100.0).contains(&balance), "{balance}");
    let lowest = ran.account("together-py")["lowest_usd"].as_f64().unwrap();
    assert!((-100.2..-100.0).contains(&lowest) && lowest < balance, "what was under way finished");
    let [(opened, ..)] = ran.moments("together-py", "unblocked")[..] else { panic!("once") };
    assert!(near(opened, 5.0 + 1.0 / 60.0), "when the hundred dollars are credited");
    let attempts = |strategy: &str| ran.cell(strategy, "")["attempts"]["sent"].clone();
    assert_eq!(attempts("give-up"), attempts("together-py"), "no retry helps");
}

#[test]
fn recharging_buys_until_the_threshold_and_a_declined_card_ends_it() {
    let ran = run("auto-recharge-storm", &[]);
    let recharged = ran.moments("together-py", "recharged");
    let first = recharged.iter().filter(|(at, ..)| *at < 1.0 / 3_600.0).count();

    assert_eq!(first, 12, "from twenty dollars to three hundred");
    assert!(recharged.iter().all(|(_, amount, _)| near(*amount, 25.0)));
    assert_eq!(ran.account("together-py")["tier"], "build-4");
    assert_eq!(
        ran.moments("together-py", "bought").len(),
        2,
        "whoever buys twice has bought twice"
    );
    let [(declined, ..)] = ran.moments("together-py", "declined")[..] else { panic!("once") };
    assert!((4.0..4.1).contains(&declined));
    let quiet = |at: &f64| (declined..7.0).contains(at);
    assert!(!recharged.iter().any(|(at, ..)| quiet(at)), "until there is another card");
}

#[test]
fn credit_does_not_clear_what_is_past_due() {
    let ran = run("past-due", &[]);
    let of = |what: &str| ran.moments("together-py", what);
    let ([(_, invoiced, _)], [(due, unpaid, balance)]) = (&of("invoiced")[..], &of("past_due")[..])
    else {
        panic!("one invoice")
    };
    assert!(near(*invoiced, *unpaid) && near(*due, 5.0 * 24.0), "on the third");
    assert!((49.0..50.0).contains(balance), "{balance}");
    let ([(blocked, ..)], [(opened, ..)]) = (&of("blocked")[..], &of("unblocked")[..]) else {
        panic!("once")
    };
    assert!(near(*blocked, *due) && near(*opened, 7.0 * 24.0 + 9.0 + 1.0 / 60.0));
}

#[test]
fn prepaid_ends_at_zero_until_the_next_purchase_is_credited() {
    let ran = run("prepaid-zero", &[]);
    for strategy in ["together-py", "full-jitter"] {
        let account = ran.account(strategy);
        let lowest = account["lowest_usd"].as_f64().unwrap();
        assert!((-0.02..0.0).contains(&lowest), "what was under way is owed: {lowest}");
        let [(blocked, ..)] = ran.moments(strategy, "blocked")[..] else { panic!("once") };
        assert!((1.2..1.3).contains(&blocked));
        let [(opened, ..)] = ran.moments(strategy, "unblocked")[..] else { panic!("once") };
        assert!(near(opened, 2.0 + 1.0 / 60.0));
    }
}

#[test]
fn a_batch_costs_half_and_meets_no_limit() {
    let ran = run("batch-night-shift", &[]);
    let requests = ran.cell("own-bucket", "as requests");
    let batch = ran.cell("own-bucket", "as a batch");
    let cost = |group: &str| ran.cost("own-bucket", group);
    let (whole, half) = (cost("as requests"), cost("as a batch"));
    assert!(
        (0.48..0.51).contains(&(half / whole)),
        "{half} of {whole}: other draws, half the price"
    );
    let last = |cell: &Value| cell["time_to_outcome_s"]["max"].as_f64().unwrap() / 60.0;
    assert!((70.0..75.0).contains(&last(requests)) && (41.0..46.0).contains(&last(batch)));
    assert_eq!(batch["attempts"]["by_status"]["429"], 0);
    let refused = requests["share"]["status_429"].as_f64().unwrap();
    assert!((0.2..0.27).contains(&refused), "every fourth: {refused}");
}

#[test]
fn two_h100_and_nine_million_tokens_an_hour_cost_the_same() {
    let two_an_hour = |rate: &str| {
        let words = ["0", "1"]
            .map(|phase| format!("group.shared fleet.traffic.{phase}.poisson.rate={rate}"));
        let words: Vec<&str> = words.iter().flat_map(|word| ["--set", word.as_str()]).collect();
        run("dedicated-break-even", &words).cost("together-py", "shared fleet") / 2.0
    };
    assert!((6.0..7.0).contains(&two_an_hour("2/s")) && (12.0..13.5).contains(&two_an_hour("4/s")));
    let ran = run("dedicated-break-even", &[]);
    let own = &ran.account("together-py")["fees"][0];
    let minutes = own["minutes"].as_f64().unwrap();
    assert!(near(own["usd"].as_f64().unwrap(), minutes * 7.98 / 60.0), "{own}");
}

#[test]
fn an_endpoint_that_nobody_stopped_is_paid_for_the_whole_month() {
    let ran = run("idle-endpoint", &[]);
    assert_eq!(ran.0["verdict"], "missed");
    let cells = ran.0["cells"].as_array().unwrap();
    assert_eq!(cells.len(), 1, "nobody calls");
    assert!(near(ran.cost("nobody calls", ""), 2_872.80));
    let spent = &ran.account("nobody calls")["spend_without_requests"][0];
    assert!(near(spent["usd"].as_f64().unwrap(), 2_872.80) && spent["minutes"] == 43_200);
    let credit = run("idle-endpoint", &["--set", "account.balance=$100"]);
    let [(stopped, ..)] = credit.moments("nobody calls", "endpoint_stopped")[..] else { panic!() };
    assert!((50.0..50.3).contains(&stopped), "after fifty hours: {stopped}");
}

#[test]
fn hosting_costs_two_hundred_times_the_training() {
    let ran = run("finetune-estimate", &[]);
    assert_eq!(ran.0["cells"].as_array().unwrap().len(), 1, "nobody calls");
    let fees = ran.account("nobody calls")["fees"].as_array().unwrap();
    let costs: Vec<f64> = fees.iter().map(|fee| fee["usd"].as_f64().unwrap()).collect();
    assert!(costs.iter().zip([2.928, 3.294, 670.32]).all(|(cost, wanted)| near(*cost, wanted)));
    assert!((200.0..240.0).contains(&(costs[2] / costs[0])), "{costs:?}");
    assert!(near(ran.cost("nobody calls", ""), 676.542));
}
