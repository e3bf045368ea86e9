//! How accounts pay: tiers by what was spent, credit, debt, and how long things take.

use limits::Span;
use money::Money;
use rulebook::{Billing, Edition, OnBlock, TierDelay};

use crate::{RULEBOOK, edition};

fn dollars(text: &str) -> Money {
    Money::parse(text).unwrap()
}

fn billing(edition: &Edition, name: &str, value: &str) -> Billing {
    edition.billing(&edition.assumptions().with(name, value).unwrap())
}

#[test]
fn every_row_of_the_table_of_spend_buys_its_tier() {
    let edition = edition();
    let rows = [
        ("$5", "build-1", "limited"),
        ("$50", "build-2", "build-1"),
        ("$100", "build-3", "build-2"),
        ("$250", "build-4", "build-3"),
        ("$1000", "build-5", "build-4"),
    ];
    for (spend, tier, below) in rows {
        assert_eq!(edition.spend_of(&edition.tier(tier).unwrap()), Some(dollars(spend)));
        let bought = |spent| edition.tier_for(spent).map(ToString::to_string);
        assert_eq!(bought(dollars(spend)).as_deref(), Some(tier));
        assert_eq!(bought(dollars(spend) - Money::from_pico(1)).as_deref(), Some(below));
    }
    assert_eq!(edition.tier_for(Money::ZERO).map(rulebook::Tier::name), Some("limited"));
    assert_eq!(edition.tier_for(dollars("$1000000")).map(rulebook::Tier::name), Some("build-5"));
}

#[test]
fn where_tiers_are_not_bought_no_spending_moves_them() {
    for name in ["2025-11-operational", "2026-08"] {
        let edition = RULEBOOK.edition(name).unwrap();
        assert_eq!(edition.tier_for(dollars("$1000")), None, "{name}");
        for rung in edition.ladder() {
            assert_eq!(edition.spend_of(rung), None, "{name}");
        }
    }
}

#[test]
fn in_the_age_of_tiers_an_account_may_owe() {
    for name in ["2025-11", "2026-02"] {
        let edition = RULEBOOK.edition(name).unwrap();
        let billing = edition.billing(&edition.assumptions());
        let floors: Vec<String> =
            billing.floors.iter().map(|(tier, floor)| format!("{tier} {floor}")).collect();
        let all = ["build-1 -$100", "build-2 -$100", "build-3 -$100", "build-4 -$100"];
        assert_eq!(floors, [&all[..], &["build-5 -$1000"]].concat());
        assert!(!billing.prepaid && billing.needs_card_for_debt && billing.pictures_need_balance);
        assert_eq!(billing.default_recharge, dollars("$25"));
        assert_eq!(billing.invoice_day, 3);
        assert!(billing.past_due_blocks);
        assert_eq!(billing.tier_delay, TierDelay::Fixed(Span::from_secs(15 * 60)));
        assert_eq!(billing.payment_takes, Span::from_secs(60));
        assert_eq!(billing.metering_lag, Span::ZERO);
    }
}

#[test]
fn without_tiers_an_account_stops_at_zero() {
    let edition = RULEBOOK.edition("2026-08").unwrap();
    let billing = edition.billing(&edition.assumptions());
    assert!(billing.prepaid && billing.floors.is_empty());
    assert_eq!(billing.least_purchase, dollars("$5"));
}

#[test]
fn what_sources_disagree_on_can_be_chosen() {
    let edition = edition();
    let of = |name, value| billing(&edition, name, value);
    let none = Money::ZERO;
    assert_eq!([none, dollars("$1")], ["none", "$1"].map(|v| of("signup_credit", v).signup_credit));
    let least = ["$5", "none"].map(|value| of("minimum_purchase", value).least_purchase);
    assert_eq!(least, [dollars("$5"), none]);
    let delay = ["0s", "7m", "drawn"].map(|value| of("tier_delay", value).tier_delay);
    let minutes = |minutes: u64| Span::from_secs(minutes * 60);
    let fixed = |span| TierDelay::Fixed(span);
    assert_eq!(delay, [fixed(Span::ZERO), fixed(minutes(7)), TierDelay::DrawnUpTo(minutes(15))]);
    assert_eq!(of("payment_takes", "15m").payment_takes, minutes(15));
    assert_eq!(of("metering_lag", "60s").metering_lag, minutes(1));
    assert!(!of("past_due", "goes-on").past_due_blocks);
    let floor = of("postpaid_limit", "$2500.50").floors.pop();
    assert_eq!(floor.map(|(_, floor)| floor), Some(dollars("-$2500.50")));
    let endpoints =
        ["stop", "run-on"].map(|value| of("blocked_endpoints", value).blocked_endpoints);
    assert_eq!(endpoints, [OnBlock::Stop, OnBlock::GoOn]);
    let batches = ["stop", "finish"].map(|value| of("blocked_batches", value).blocked_batches);
    assert_eq!(batches, [OnBlock::Stop, OnBlock::GoOn]);
}

#[test]
fn a_batch_has_the_published_caps() {
    let edition = edition();
    let batch = edition.billing(&edition.assumptions()).batch;
    assert_eq!((batch.lines, batch.bytes), (50_000, 100_000_000));
    assert_eq!(batch.enqueued_tokens, 30_000_000_000);
    assert_eq!(batch.window, Span::from_secs(24 * 3_600));
    assert_eq!(batch.throughput.per_minute(), 300_000);
    let other = billing(&edition, "batch_window", "72h").batch;
    assert_eq!(other.window, Span::from_secs(72 * 3_600));
    let failing = billing(&edition, "batch_line_failures", "1%").batch;
    assert_eq!(failing.line_failures, rulebook::Millionths(10_000));
    assert_eq!(billing(&edition, "batch_bytes_per_token", "6").batch.bytes_per_token, 6);
}

#[test]
fn an_edition_that_says_nothing_of_money_has_none() {
    let edition = edition();
    let text = edition.text();
    let (before, rest) = text.split_once("[billing]").unwrap();
    let (_, after) = rest.split_once("\n[stated]").unwrap();
    let mut text = format!("{before}\n[stated]{after}");
    let of_money = [
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
        "batch_bytes_per_token",
        "batch_line_failures",
        "batch_discount",
    ];
    for name in of_money {
        let (before, rest) = text.split_once(&format!("[assumptions.{name}]")).unwrap();
        text = format!("{before}{}", &rest[rest.find("\n[").unwrap()..]);
    }
    let old = Edition::parse("old", &text).unwrap_or_else(|refused| panic!("{refused}"));
    let billing = old.billing(&old.assumptions());
    assert!(billing.prepaid && billing.floors.is_empty());
    assert_eq!((billing.least_purchase, billing.batch.lines), (Money::ZERO, 0));
    let model = old.model(crate::LLAMA);
    let extent = rulebook::Extent::default();
    let full = old.tariff(&model, &extent, &old.assumptions()).unwrap();
    assert_eq!(old.batch_tariff(&model, &extent, &old.assumptions()), Some(full));
}
