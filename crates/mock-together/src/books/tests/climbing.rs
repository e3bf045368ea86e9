//! Tiers in the middle of a run: each rule by an example that is worked out by hand.

use limits::{Instant, Span};
use money::Money;
use rulebook::{Billing, TierDelay};
use wire::{ErrorKind, PairId, Request};

use super::{Dealing, Funds, LLAMA, MomentKind, Stage, dollars, edition, funds, minutes, rules};
use crate::account::{Account, OrganizationId};
use crate::answer::Answer;

const PRO: &str = "black-forest-labs/FLUX.1.1-pro";

/// How many of a hundred requests at one instant are let in.
fn admitted(stage: &mut Stage, pair: PairId, at: Instant) -> usize {
    let request = Request { pair, ..stage.request(0) };
    let answers = (0..100).map(|_| stage.service.receive(at, request));
    answers.filter(|answer| matches!(answer, Answer::Underway(_))).count()
}

#[test]
fn each_threshold_is_a_tier() {
    let edition = edition();
    let steps =
        [(5, "build-1"), (45, "build-2"), (50, "build-3"), (150, "build-4"), (750, "build-5")];
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "limited"));
    for (n, (amount, tier)) in (0..).zip(steps) {
        stage.buy(minutes(100 * n), amount);
        let statement = stage.statement(minutes(100 * n + 16));
        assert_eq!(statement.tier.name(), tier, "{}", statement.lifetime);
    }
    assert_eq!(stage.statement(minutes(600)).lifetime, dollars(1_000));
}

#[test]
fn until_the_tier_is_in_force_old_limits_hold_and_the_balance_looks_stale() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    let pair = stage.pair;
    stage.buy(minutes(0), 45);
    // A minute for the payment, and a quarter of an hour for the tier: 600 a minute are 20 in two
    // seconds, 1,800 are 60.
    let just_before = Instant::from_nanos(minutes(16).nanos() - 1);
    let before = stage.statement(just_before);
    assert_eq!((before.balance, before.shown), (dollars(45), Money::ZERO));
    assert_eq!(before.tier.name(), "build-1");
    assert_eq!(admitted(&mut stage, pair, minutes(15)), 20);
    assert_eq!(admitted(&mut stage, pair, minutes(17)), 60);
    let after = stage.statement(minutes(17));
    assert_eq!((after.shown, after.tier.name()), (dollars(45), "build-2"));
    assert_eq!(stage.told(minutes(17), MomentKind::Promoted), [(minutes(16), dollars(50))]);
}

#[test]
fn a_gate_opens_with_the_tier_and_so_does_the_list_of_models() {
    let edition = edition();
    let free = dollars(5);
    let begins = Funds { free, ..funds(&edition, "build-1") };
    let mut stage = Stage::new(rules(&edition), &begins);
    let model = edition.model(PRO);
    let account = Account::new(OrganizationId(0), begins.tier.clone(), model.clone());
    let pro = stage.service.enrol(&stage.terms, &account).unwrap();
    let asks = |stage: &mut Stage, at| {
        let request = Request { pair: pro, ..stage.request(0) };
        match stage.service.receive(at, request) {
            Answer::Underway(_) => None,
            Answer::Refused { reply, .. } => reply.error,
        }
    };
    stage.buy(minutes(0), 50);
    for n in [0, 1, 15] {
        assert_eq!(asks(&mut stage, minutes(n)), Some(ErrorKind::NoAccess), "minute {n}");
        assert!(!stage.service.access(OrganizationId(0), &model));
    }
    assert_eq!(asks(&mut stage, minutes(16)), None);
    assert!(stage.service.access(OrganizationId(0), &model));
    assert!(stage.service.access(OrganizationId(0), &edition.model(LLAMA)));
}

#[test]
fn support_brings_the_tier_at_once() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "limited"));
    stage.deal(minutes(0), Dealing::Synced);
    assert_eq!(stage.statement(minutes(0)).tier.name(), "limited", "it has paid for nothing");
    stage.buy(minutes(0), 5);
    stage.deal(minutes(2), Dealing::Synced);
    assert_eq!(stage.statement(minutes(2)).tier.name(), "build-1");
    assert_eq!(stage.told(minutes(60), MomentKind::Promoted), [(minutes(2), dollars(5))]);
}

#[test]
fn free_credit_buys_no_tier() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "limited"));
    stage.deal(minutes(0), Dealing::Granted(dollars(1_000)));
    assert_eq!(stage.statement(minutes(600)).tier.name(), "limited");
    assert_eq!(stage.spend(minutes(600), 1), Ok(()));
}

#[test]
fn a_drawn_delay_is_the_seeds_own_and_at_most_as_long_as_documented() {
    let edition = edition();
    let most = Span::from_secs(900);
    let drawn = Billing { tier_delay: TierDelay::DrawnUpTo(most), ..rules(&edition) };
    let promoted = |seed: u64| {
        let begins = Funds { seed, ..funds(&edition, "limited") };
        let mut stage = Stage::new(drawn.clone(), &begins);
        stage.buy(minutes(0), 5);
        let told = stage.told(minutes(60), MomentKind::Promoted);
        told.first().unwrap().0
    };
    let all: Vec<Instant> = (0..40).map(promoted).collect();
    assert!(all.iter().all(|at| *at >= minutes(1) && *at <= minutes(16)));
    let early = all.iter().filter(|at| **at < Instant::from_nanos(minutes(17).nanos() / 2)).count();
    assert!((8..=32).contains(&early), "about half of them in the first half: {early}");
    assert_eq!(promoted(7), promoted(7));
}

#[test]
fn a_tier_that_is_enrolled_later_is_the_one_in_force() {
    let edition = edition();
    let mut stage = Stage::new(rules(&edition), &funds(&edition, "build-1"));
    stage.buy(minutes(0), 45);
    stage.service.move_to(minutes(20));
    let other = edition.model("meta-llama/Llama-4-Maverick-17B-128E-Instruct-FP8");
    let account = Account::new(OrganizationId(0), edition.tier("build-1").unwrap(), other);
    let pair = stage.service.enrol(&stage.terms, &account).unwrap();
    assert_eq!(admitted(&mut stage, pair, minutes(21)), 60);
}
