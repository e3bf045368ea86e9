//! What money means in a file: funds, prices, months, and what is charged without a request.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

use std::sync::LazyLock;

use limits::{Instant, Span};
use money::Money;
use rulebook::Rulebook;
use scenario::{
    BatchWays, Card, Change, NOBODY, Recharge, Scenario, Transaction, check_costs, check_hours,
};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const GROUP: &str = "[[group]]\nname = \"chat\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
                     prompt = 1000\nanswer = 200\ntraffic = { steady = { rate = \"1/s\" } }\n";

fn parsed(text: &str) -> Scenario {
    let text = format!("title = \"t\"\nedition = \"2025-11\"\n{text}");
    Scenario::parse("t.toml", &text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

fn dollars(text: &str) -> Money {
    Money::parse(text).unwrap()
}

#[test]
fn a_file_without_money_has_no_books_and_its_prices_all_the_same() {
    let plain = parsed(&format!("lasts = \"1m\"\naccount = {{ tier = \"build-2\" }}\n{GROUP}"));
    assert_eq!(plain.funds(&plain.tier, &plain.assumptions), None);
    assert!(!plain.keeps_books() && plain.has_jobs());
    let tariff = plain.tariff(0, &plain.assumptions).unwrap().tariff;
    assert_eq!(tariff.of(1, 1_000_000, 200_000), dollars("$1.056"));
}

#[test]
fn what_is_not_said_of_funds_is_what_is_usual() {
    let text = |account: &str| {
        format!("lasts = \"1m\"\naccount = {{ tier = \"build-2\", {account} }}\n{GROUP}")
    };
    let scenario = parsed(&text("balance = \"$40\", auto_recharge = { threshold = \"$10\" }"));
    let funds = scenario.funds(&scenario.tier, &scenario.assumptions).unwrap();
    assert!(funds.enforced);
    assert_eq!((funds.spent, funds.purchased), (dollars("$50"), dollars("$40")));
    assert_eq!((funds.free, funds.past_due), (Money::ZERO, Money::ZERO));
    assert_eq!((funds.card, funds.limit), (Card::Accepted, None));
    let recharge = Recharge { threshold: dollars("$10"), amount: dollars("$25") };
    assert_eq!(funds.recharge, Some(recharge), "the documented amount");
    let other = scenario.edition.tier("build-4").unwrap();
    let elsewhere = scenario.funds(&other, &scenario.assumptions).unwrap();
    assert_eq!(elsewhere.spent, dollars("$250"), "on another rung what that costs");
    let said = parsed(&text("spent = \"$60\""));
    assert_eq!(said.funds(&said.tier, &said.assumptions).unwrap().spent, dollars("$60"));
}

#[test]
fn a_new_account_has_what_signing_up_gives() {
    let free = |assume: &str| {
        let account = "account = { tier = \"limited\", card = \"none\" }";
        let scenario = parsed(&format!(
            "lasts = \"1m\"\n{account}\n{GROUP}\n[[event]]\nat = \"5s\"\ngrant_credit = \"$1\"\n{assume}"
        ));
        let names: Vec<&str> = scenario.assumed().map(|one| one.name.as_str()).collect();
        assert!(names.contains(&"signup_credit"), "{names:?}");
        scenario.funds(&scenario.tier, &scenario.assumptions).unwrap().free
    };
    assert_eq!(free(""), Money::ZERO);
    assert_eq!(free("[assume]\nsignup_credit = \"$1\""), dollars("$1"));
}

#[test]
fn a_discount_is_off_every_listed_price_and_off_none_of_ones_own() {
    let text = format!(
        "lasts = \"1m\"\naccount = {{ tier = \"build-2\", discount = \"10%\" }}\n{GROUP}\
         [[endpoint]]\nname = \"listed\"\nmodel = \"openai/gpt-oss-20b\"\n\
         hardware = \"2x_nvidia_h100_80gb_sxm\"\n\
         [[endpoint]]\nname = \"own\"\nmodel = \"openai/gpt-oss-20b\"\nprice = \"$0.05/min\"\n"
    );
    let scenario = parsed(&text);
    let given = &scenario.assumptions;
    let tariff = scenario.tariff(0, given).unwrap().tariff;
    assert_eq!(tariff.of(1, 1_000_000, 0), dollars("$0.792"));
    assert_eq!(scenario.endpoint_price(0, given), Some(dollars("$7.182")));
    assert_eq!(scenario.endpoint_price(1, given), Some(dollars("$3")));
    let funds = scenario.funds(&scenario.tier, given).unwrap();
    assert!(!funds.enforced, "what is charged by the minute is kept, and blocks nobody");
}

#[test]
fn a_batch_is_half_the_price_and_an_endpoint_charges_no_token() {
    let text = format!(
        "lasts = \"1m\"\naccount = {{ tier = \"build-2\" }}\n{GROUP}batch = true\n\
         [[endpoint]]\nname = \"own\"\nmodel = \"openai/gpt-oss-20b\"\nprice = \"$3.99/hour\"\n\
         throughput = \"2500/s\"\n\
         [[group]]\nname = \"own\"\nendpoint = \"own\"\nprompt = 10\nanswer = 10\n\
         traffic = {{ steady = {{ rate = \"1/s\" }} }}\n"
    );
    let scenario = parsed(&text);
    assert_eq!(scenario.groups[0].batch, Some(BatchWays::USUAL));
    let tariff = |group| scenario.tariff(group, &scenario.assumptions).unwrap().tariff;
    assert_eq!(tariff(0).of(1, 1_000_000, 200_000), dollars("$0.528"));
    assert!(tariff(1).is_free());
}

#[test]
fn what_a_request_asks_for_is_in_its_price() {
    let text = |size: &str| {
        format!(
            "lasts = \"1m\"\naccount = {{ tier = \"build-2\" }}\n[[group]]\nname = \"p\"\n\
             model = \"black-forest-labs/FLUX.1-schnell\"\nimages = 2\n{size}\
             traffic = {{ steady = {{ rate = \"1/s\" }} }}\n"
        )
    };
    let each = |size: &str| {
        let scenario = parsed(&text(size));
        scenario.tariff(0, &scenario.assumptions).unwrap().tariff.of(1, 0, 0)
    };
    assert_eq!(each("size = \"1000x1000\"\nsteps = 8\n"), dollars("$0.0108"), "twice the steps");
    assert_eq!(each("size = \"1000x1000\"\n"), dollars("$0.0054"));
    assert_eq!(each(""), each("size = \"1024x1024\"\n"));
}

#[test]
fn months_end_by_the_wall_and_are_collected_on_the_third() {
    let text = |head: &str| {
        format!("{head}\naccount = {{ tier = \"build-2\", balance = \"$40\" }}\n{GROUP}")
    };
    let bills = |head: &str| -> Vec<(u64, Change)> {
        let scenario = parsed(&text(head));
        let course = scenario.course(&scenario.tier, &scenario.assumptions);
        let hours = |at: Instant| at.nanos() / 3_600_000_000_000;
        course.into_iter().map(|happening| (hours(happening.at), happening.what)).collect()
    };
    let two_months = bills("starts = \"2025-11-29T12:00+01:00\"\nlasts = \"36d\"");
    assert_eq!(
        two_months,
        [
            (36, Change::MonthEnds),
            (84, Change::Collects),
            (36 + 744, Change::MonthEnds),
            (84 + 744, Change::Collects)
        ]
    );
    assert_eq!(bills("lasts = \"28d\""), [], "without a date it begins with a month");
    let year = bills("starts = \"2025-01-01T00:00Z\"\nlasts = \"366d\"");
    assert_eq!(year.iter().filter(|(_, what)| *what == Change::MonthEnds).count(), 12);
}

#[test]
fn without_jobs_there_is_one_cell_and_its_cost() {
    let scenario = parsed(
        "starts = \"2025-11-01T00:00Z\"\nlasts = \"30d\"\naccount = { tier = \"build-2\" }\n\
         [[endpoint]]\nname = \"idle\"\nmodel = \"openai/gpt-oss-20b\"\n\
         hardware = \"1x_nvidia_h100_80gb_sxm\"\nfrom = \"15d\"\n\
         [[fine_tune]]\nname = \"voice\"\nmodel = \"meta-llama/Meta-Llama-3.1-8B-Instruct-Turbo\"\n\
         method = \"lora\"\ntokens = 2e6\nepochs = 3\nvalidation_tokens = 100_000\nat = \"1d\"\n\
         [[evaluation]]\nname = \"judged\"\nmodel = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\n\
         rows = 1e3\nprompt = 1000\nanswer = 200\n",
    );
    assert!(!scenario.has_jobs() && scenario.keeps_books() && !scenario.has_money());
    assert_eq!(scenario.lasts, Span::from_secs(30 * 86_400));
    assert_eq!((scenario.strategies.len(), scenario.tiers.len()), (1, 1));
    assert_eq!(scenario.strategies[0].name, NOBODY);
    let given = &scenario.assumptions;
    let cost = scenario.fine_tune_cost(&scenario.fine_tunes[0], given);
    assert_eq!(cost, Some(dollars("$2.928")), "6.1 million tokens at $0.48");
    let judged = scenario.evaluation_cost(&scenario.evaluations[0], given);
    assert_eq!(judged, Some(dollars("$1.056")));
    let hours = check_hours(&scenario);
    assert_eq!(hours[0].replica, Some(dollars("$3.99")));
    assert_eq!(hours[0].hourly, Some(dollars("$3.99")), "while it runs");
    assert_eq!(hours[0].whole, Some(dollars("$1436.4")), "half of the run");
    let text =
        "edition = \"2025-11\"\nlasts = \"1d\"\ntitle = \"t\"\naccount = { tier = \"build-1\" }";
    let refused = Scenario::parse("t.toml", text, &RULEBOOK).map(drop).unwrap_err().to_string();
    assert!(refused.contains("scenario::no_group"), "{refused}");
}

#[test]
fn transactions_come_in_the_order_of_time_and_twice_is_twice() {
    let event = |at: &str, what: &str| format!("[[event]]\nat = \"{at}\"\n{what}\n");
    let text = [
        "lasts = \"1h\"\naccount = { tier = \"build-2\", card = \"held\" }\n".to_owned(),
        GROUP.to_owned(),
        event("20m", "approve = true"),
        event("10m", "purchase = \"$50\""),
        event("10m", "purchase = \"$50\""),
        event("30m", "own_limit = \"none\""),
    ];
    let scenario = parsed(&text.concat());
    let course = scenario.course(&scenario.tier, &scenario.assumptions);
    let told: Vec<Change> = course.into_iter().map(|happening| happening.what).collect();
    let bought = Change::Account(Transaction::Purchase(dollars("$50")));
    let then = [Transaction::Approved, Transaction::OwnLimit(None)].map(Change::Account);
    assert_eq!(told, [bought.clone(), bought, then[0].clone(), then[1].clone()]);
}

#[test]
fn the_cost_of_a_mean_job_is_told_without_a_run_and_when_credit_ends() {
    let text =
        format!("lasts = \"10m\"\naccount = {{ tier = \"build-2\", balance = \"$0.1\" }}\n{GROUP}");
    let scenario = parsed(&text);
    let [check] = &check_costs(&scenario)[..] else { panic!("one group") };
    assert_eq!(check.each, Some(dollars("$0.001056")));
    assert_eq!(check.hourly, Some(dollars("$3.8016")), "3,600 of them");
    let lasts = scenario.credit_lasts(check.hourly.unwrap(), Money::ZERO).unwrap();
    assert_eq!(lasts.nanos() / 1_000_000_000, 94, "$0.10 at $3.80 an hour");
    assert_eq!(scenario.credit_lasts(dollars("$0.5"), Money::ZERO), None, "longer than the run");
}

/// What an edition supposes of money.
const OF_MONEY: [&str; 13] = [
    "signup_credit",
    "minimum_purchase",
    "payment_takes",
    "tier_delay",
    "metering_lag",
    "past_due",
    "postpaid_limit",
    "blocked_endpoints",
    "blocked_batches",
    "batch_window",
    "batch_throughput",
    "batch_line_failures",
    "gpu_prices",
];

#[test]
fn only_money_that_has_a_say_is_supposed() {
    let names = |more: &str| -> Vec<String> {
        let head = "starts = \"2025-11-03T00:00Z\"\nlasts = \"1h\"\n";
        let scenario = parsed(&format!("{head}{more}"));
        scenario.assumed().map(|assumption| assumption.name.clone()).collect()
    };
    let of_money = |more: &str| -> Vec<String> {
        let all = names(more).into_iter();
        all.filter(|name| OF_MONEY.contains(&name.as_str())).collect()
    };
    let account = |more: &str| format!("account = {{ tier = \"build-5\"{more} }}\n{GROUP}");
    assert_eq!(of_money(&account("")), [""; 0]);
    assert_eq!(of_money(&account(", discount = \"5%\"")), [""; 0]);
    assert_eq!(of_money(&account(", balance = \"$5\"")), ["metering_lag", "postpaid_limit"]);
    let recharged = account(", auto_recharge = { threshold = \"$5\" }");
    assert_eq!(
        of_money(&recharged),
        ["payment_takes", "tier_delay", "metering_lag", "postpaid_limit"]
    );
    let batched = account("") + "batch = true\n";
    assert_eq!(of_money(&batched), ["batch_window", "batch_throughput", "batch_line_failures"]);
    let own = "[[endpoint]]\nname = \"e\"\nmodel = \"openai/gpt-oss-20b\"\n\
               hardware = \"1x_nvidia_h100_80gb_sxm\"\n";
    assert_eq!(of_money(&(account("") + own)), ["gpu_prices"]);
}
