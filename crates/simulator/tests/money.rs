//! Worlds with money: what they cost by hand, by their logs, and by their account's books.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod hand;

use hand::{LLAMA, own, record};
use money::Money;
use run_record::{AccountLeaf, AttemptOutcome, Cell, derive};
use scenario::Scenario;
use simulator::{cells, replicate_logging};

/// A job a minute for eight minutes, of 100,000 tokens of prompt and 100 of answer: $0.088088 each
/// at $0.88 a million.
fn a_job_a_minute(account: &str, rest: &str) -> Scenario {
    let group = format!(
        "[[group]]\nname = \"chat\"\nmodel = \"{LLAMA}\"\nprompt = 100_000\nanswer = 100\n\
         traffic = {{ steady = {{ rate = \"1/min\", lasts = \"8m\" }} }}\n"
    );
    let account = format!("tier = \"build-1\"\n{account}");
    hand::scenario("2025-11", &account, &format!("{group}{rest}"))
}

fn dollars(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn books(cell: &Cell) -> &AccountLeaf {
    cell.account().unwrap().first().unwrap()
}

#[test]
fn an_empty_balance_refuses_until_a_purchase_is_credited() {
    // Three jobs take $0.20 to -$0.064264: the third was let in while there was credit. $5 bought
    // after four and a half minutes are there a minute later.
    let events = "[[event]]\nat = \"4m30s\"\npurchase = \"$5\"\n[compare]\ntiers = [\"build-1\"]\n";
    let scenario = a_job_a_minute("balance = \"$0.20\"\nlimit = \"$0\"", events);
    let record = record(&scenario);
    let cell = own(&record, "give-up");
    let attempts = cell.whole().pooled().attempts;
    assert_eq!((attempts.sent, attempts.ok, attempts.refused_by.balance), (8, 5, 3));
    let books = books(cell);
    assert_eq!(books.usage, dollars("$0.44044"));
    assert_eq!((books.opening, books.paid), (dollars("$0.20"), dollars("$5")));
    assert_eq!((books.balance, books.lowest), (dollars("$4.75956"), dollars("-$0.064264")));
    let told: Vec<&str> = books.moments.iter().map(|moment| moment.what.as_str()).collect();
    assert_eq!(told, ["blocked", "bought", "credited", "unblocked"]);
    let cost = derive::summary(&record).cells[0].cost_usd.unwrap();
    assert_eq!((cost.total, cost.per_1000_answered), (Some(0.44044), Some(88.088)));
}

#[test]
fn usage_that_is_not_metered_yet_is_owed_all_the_same() {
    let late = "[compare]\ntiers = [\"build-1\"]\n[assume]\nmetering_lag = \"60s\"\n";
    let record = record(&a_job_a_minute("balance = \"$5\"", late));
    let books = books(own(&record, "give-up"));
    // The run is over after eight minutes; the last job's cost is on the account a minute after it.
    assert_eq!(books.outstanding, dollars("$0.088088"));
    assert_eq!(books.usage, dollars("$0.088088").times(7));
}

#[test]
fn what_nobody_can_spend_is_tried_with_other_delays() {
    let assumed = |account, rest| {
        let record = record(&a_job_a_minute(account, rest));
        let mut tried: Vec<String> = derive::summary(&record)
            .variants
            .into_iter()
            .map(|variant| variant.changed.assumption)
            .filter(|name| name == "tier_delay" || name == "metering_lag")
            .collect();
        tried.dedup();
        tried
    };
    let purchase = "[[event]]\nat = \"1m\"\npurchase = \"$5\"\n";
    assert_eq!(assumed("balance = \"$5\"", ""), ["metering_lag"]);
    assert_eq!(assumed("balance = \"$5\"", purchase), ["metering_lag", "tier_delay"]);
    assert!(assumed("", "").is_empty());
}

#[test]
fn a_bill_is_what_the_log_comes_to() {
    let rest = "[[event]]\nat = \"2m\"\nrestart = { group = \"workers\", takes = \"10s\" }\n\
                [[strategy]]\npreset = \"full-jitter\"\n[compare]\ntiers = [\"build-1\"]\n";
    let group = format!(
        "[[group]]\nname = \"workers\"\nmodel = \"{LLAMA}\"\nclients = 3\nprompt = 300\n\
         answer = {{ lognormal = {{ median = 200, p95 = 600 }} }}\n\
         traffic = {{ poisson = {{ rate = \"4/s\", lasts = \"4m\" }} }}\n"
    );
    let account = "tier = \"build-1\"\nbalance = \"$0.30\"\nlimit = \"$0\"";
    let scenario = hand::scenario("2025-11", account, &format!("{group}{rest}"));
    let tariff = scenario.tariff(0, &scenario.assumptions).unwrap().tariff;
    let (leaves, log) = replicate_logging(&scenario, &cells(&scenario)[0], 0).unwrap();
    let of = |again: bool| -> Money {
        log.iter()
            .filter(|attempt| !again || attempt.end.n > 1)
            .filter_map(|attempt| match attempt.end.how {
                AttemptOutcome::Ok(used) => {
                    Some(tariff.of(1, used.prompt.into(), used.completion.into()))
                }
                AttemptOutcome::Refused { .. }
                | AttemptOutcome::Failed { .. }
                | AttemptOutcome::Unanswered
                | AttemptOutcome::Cancelled
                | AttemptOutcome::Open => None,
            })
            .sum()
    };
    let leaf = &leaves[0].leaf;
    let bill = leaf.bill.unwrap();
    assert_eq!(bill.delivered, of(false));
    assert!(bill.retried >= of(true) && of(true) > Money::ZERO);
    // What three clients had under way when they went down was charged as far as it had come.
    let left = leaf.tokens.abandoned;
    assert!(left.attempts > 0 && left.attempts <= leaf.attempts.cancelled);
    assert_eq!(left.prompt, left.attempts * 300);
    assert_eq!(bill.abandoned, left.cost(&tariff));
    // The books hold every attempt: a cell whose account was charged anything else is none.
    let record = record(&scenario);
    let books = books(own(&record, "full-jitter"));
    assert_eq!(books.usage, bill.usage());
    assert!(books.first_blocked.is_some() && books.balance < Money::ZERO);
}

#[test]
fn a_scenario_without_jobs_has_one_cell_whose_cost_is_the_point() {
    let tuned = format!(
        "[[fine_tune]]\nname = \"tone\"\nmodel = \"{LLAMA}\"\ntokens = 2e6\nepochs = 3\nmethod = \"lora\"\n"
    );
    let text = format!(
        "title = \"Estimate\"\nedition = \"2025-11\"\nseed = 6\nlasts = \"1h\"\n\
         [account]\ntier = \"build-3\"\nbalance = \"$100\"\n{tuned}"
    );
    let rulebook = rulebook::Rulebook::embedded().unwrap();
    let scenario = Scenario::parse("estimate.toml", &text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let cost = scenario.fine_tune_cost(&scenario.fine_tunes[0], &scenario.assumptions).unwrap();
    assert!(cost > Money::ZERO);
    let record = record(&scenario);
    let [cell] = record.cells() else { panic!("one cell") };
    assert_eq!(cell.key().strategy(), Some(scenario::NOBODY));
    let books = books(cell);
    assert_eq!((books.fees_total(), books.fees_once()), (cost, cost));
    assert_eq!(books.balance, dollars("$100") - cost);
    let summary = derive::summary(&record);
    let told = summary.cells[0].cost_usd.unwrap();
    assert_eq!((told.total, told.usage), (Some(derive::dollars(cost)), Some(0.0)));
}

#[test]
fn an_endpoint_that_nobody_calls_is_paid_by_the_minute() {
    let text = format!(
        "title = \"Idle\"\nedition = \"2025-11\"\nlasts = \"1h\"\n[account]\ntier = \"build-3\"\n\
         [[endpoint]]\nname = \"spare\"\nmodel = \"{LLAMA}\"\nprice = \"$3/hour\"\n"
    );
    let rulebook = rulebook::Rulebook::embedded().unwrap();
    let scenario = Scenario::parse("idle.toml", &text, &rulebook);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    let record = record(&scenario);
    let [cell] = record.cells() else { panic!("one cell") };
    let books = books(cell);
    assert_eq!((books.fees_total(), books.fees[0].minutes), (dollars("$3"), Some(60)));
    assert!(!books.enforced && books.first_blocked.is_none());
    let summary = derive::summary(&record);
    let month = summary.cells[0].cost_usd.unwrap().month.unwrap();
    assert_eq!((month.fees, month.total), (Some(2_160.0), Some(2_160.0)));
    let account = summary.cells[0].account.as_ref().unwrap();
    let idle = &account.spend_without_requests[0];
    assert_eq!((idle.name.as_str(), idle.usd, idle.minutes), ("spare", 3.0, 60));
}

#[test]
fn a_batch_costs_half_of_the_same_requests() {
    let group = |name: &str, more: &str| {
        format!(
            "[[group]]\nname = \"{name}\"\nmodel = \"{LLAMA}\"\nprompt = 500\nanswer = 100\n\
             {more}traffic = {{ steady = {{ rate = \"1/min\", lasts = \"1h\" }} }}\n"
        )
    };
    let groups = group("requests", "") + &group("batch", "batch = { every = \"10m\" }\n");
    let account = "tier = \"build-2\"\nbalance = \"$5\"";
    let text = format!("{groups}[compare]\ntiers = [\"build-2\"]\n");
    let record = record(&hand::scenario("2025-11", account, &text));
    let cell = own(&record, "give-up");
    let [requests, batch] = cell.groups() else { panic!("two groups") };
    let (requests, batch) = (requests.pooled(), batch.pooled());
    assert_eq!((requests.jobs.answered, batch.jobs.answered), (60, 60));
    let (requests, batch) = (requests.bill.unwrap().usage(), batch.bill.unwrap().usage());
    assert_eq!((requests, batch), (dollars("$0.03168"), dollars("$0.01584")));
    assert_eq!(books(cell).usage, requests + batch);
}
