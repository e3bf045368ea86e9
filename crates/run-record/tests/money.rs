//! What runs cost: bills from sums, books that balance, and figures of both.

mod scene;

use limits::{Instant, Span};
use money::{Money, Tariff};
use proptest::prelude::*;
use run_record::{
    AccountLeaf, AttemptEnd, AttemptOutcome, Cell, CellFault, CellKey, CellSpec, CellSummary, Cost,
    EndpointNote, FeeLeaf, GroupLeaf, Header, JobEnd, JobOutcome, Measured, MomentLeaf, Recorder,
    RunRecord, Verdict, derive, idle,
};
use scene::{JOB, Job, expect};
use wire::Usage;

/// $1 a thousand prompts' tokens and $2 a thousand answers', a cent a request.
fn tariff() -> Tariff {
    let a_thousandth = |dollars| Money::from_dollars(dollars).of_parts(1, 1_000);
    Tariff { request: Money::from_cents(1), prompt: a_thousandth(1), answer: a_thousandth(2) }
}

fn priced(mut groups: Vec<GroupLeaf>) -> Vec<GroupLeaf> {
    for group in &mut groups {
        group.leaf = group.leaf.clone().billed(&Some(tariff()).into());
    }
    groups
}

/// Books that hold what these groups were billed for, and these fees.
fn books(groups: &[GroupLeaf], fees: Vec<FeeLeaf>) -> AccountLeaf {
    let usage = groups.iter().filter_map(|group| group.leaf.bill).map(|bill| bill.usage()).sum();
    let opening = Money::from_dollars(100);
    let charged: Money = fees.iter().map(|fee| fee.amount).sum();
    let balance = opening - usage - charged;
    let tier = "build-2".to_owned();
    AccountLeaf {
        tier,
        opening,
        usage,
        fees,
        balance,
        available: balance,
        ..AccountLeaf::default()
    }
}

fn fee(name: &str, dollars: i64, minutes: Option<u64>) -> FeeLeaf {
    let (kind, amount) = ("endpoint".to_owned(), Money::from_dollars(dollars));
    FeeLeaf { kind, name: name.to_owned(), amount, minutes, ran: None }
}

fn key() -> CellKey {
    CellKey::new(Some("build-2"), "give up")
}

/// Jobs of 14 cents in two replications: two of three in time, then one of two.
fn runs(header: &Header) -> Vec<Vec<GroupLeaf>> {
    let (late, gone) = (Job { wait: Some(2_500), ..JOB }, Job { wait: None, refused: 1, ..JOB });
    let again = Job { refused: 1, ..JOB };
    [vec![JOB, again, late], vec![JOB, gone]]
        .into_iter()
        .map(|jobs| priced(scene::run(header, jobs)))
        .collect()
}

fn whole(record: &RunRecord) -> CellSummary {
    derive::summary(record).cells.remove(0)
}

#[test]
fn figures_are_those_of_one_run_and_counted_over_all() {
    let header = scene::header(&["chat"], &["give up"], 2);
    let cell = Cell::new(key(), 0, runs(&header)).unwrap();
    let record = RunRecord::new(header, vec![cell]).unwrap();
    let cost = whole(&record).cost_usd.unwrap();
    // A job: 1 ct + 100 tokens at 0.1 ct + 20 at 0.2 ct = 15 ct. Four were answered, one late, one
    // at its second attempt.
    assert_eq!((cost.total, cost.usage, cost.fees), (Some(0.3), Some(0.3), Some(0.0)));
    assert_eq!((cost.late, cost.abandoned, cost.wasted), (Some(0.075), Some(0.0), Some(0.075)));
    assert_eq!(cost.retries_share, Some(0.25));
    assert_eq!((cost.per_1000_answered, cost.per_1000_in_time), (Some(150.0), Some(200.0)));
    // The run lasts 100 s: a month is 25,920 of them.
    let month = cost.month.unwrap();
    assert_eq!((month.usage, month.total, month.days), (Some(7_776.0), Some(7_776.0), 30));
}

#[test]
fn a_group_without_a_price_makes_the_whole_unknown_and_no_other_group() {
    let header = scene::header(&["chat", "other"], &["give up"], 1);
    let mut groups = scene::run(&header, [JOB, Job { group: 1, ..JOB }]);
    groups[0].leaf = groups[0].leaf.clone().billed(&Some(tariff()).into());
    let cell = Cell::new(key(), 0, vec![groups]).unwrap();
    let record = RunRecord::new(header, vec![cell]).unwrap();
    let cells = derive::summary(&record).cells;
    let totals: Vec<_> =
        cells.iter().map(|cell| cell.cost_usd.and_then(|cost| cost.total)).collect();
    assert_eq!(totals, [None, Some(0.15), None]);
}

#[test]
fn what_is_paid_by_the_minute_while_nobody_calls_it_is_told() {
    let mut header = scene::header(&["chat", "own"], &["give up"], 1);
    let (name, says) = ("spare".to_owned(), String::new());
    header.groups[1].endpoint = Some(EndpointNote { name, says, replica: None });
    let told = |jobs: &[Job]| {
        let groups = priced(scene::run(&header, jobs.iter().copied()));
        let fees = vec![fee("spare", 4, Some(60)), fee("tuned", 2, Some(30)), fee("job", 3, None)];
        let account = books(&groups, fees);
        let cell = Cell::new(key(), 0, vec![groups]).unwrap().with_account(vec![account]).unwrap();
        let names: Vec<String> = idle(&header, &cell).into_iter().map(|one| one.name).collect();
        (names.join(" "), Cost::of(&header, &cell, Some(1)).unwrap().fees())
    };
    let four = Some(Money::from_dollars(4));
    assert_eq!(told(&[JOB]), ("spare tuned".to_owned(), four));
    assert_eq!(told(&[JOB, Job { group: 1, ..JOB }]), ("tuned".to_owned(), four));
}

#[test]
fn an_endpoint_that_a_strategy_falls_back_to_is_idle_until_it_does() {
    let mut header = scene::header(&["chat"], &["give up"], 1);
    header.strategies[0].falls_back_to = Some("spare".to_owned());
    let told = |header: &Header, strayed: u64| {
        let mut groups = scene::run(header, [JOB]);
        groups[0].leaf.elsewhere.sent = strayed;
        let groups = priced(groups);
        let account = books(&groups, vec![fee("spare", 4, Some(60)), fee("tuned", 2, Some(30))]);
        let cell = Cell::new(key(), 0, vec![groups]).unwrap().with_account(vec![account]).unwrap();
        let names: Vec<String> = idle(header, &cell).into_iter().map(|one| one.name).collect();
        names.join(" ")
    };
    assert_eq!(told(&header, 0), "spare tuned");
    assert_eq!(told(&header, 1), "tuned");
    // A group that keeps a strategy of its own goes where that one does.
    header.groups[0].strategy = Some("own".to_owned());
    assert_eq!(told(&header, 1), "spare tuned");
    header.groups[0].falls_back_to = Some("tuned".to_owned());
    assert_eq!(told(&header, 1), "spare");
}

#[test]
fn a_scenario_without_groups_has_a_cell_whose_cost_is_its_fees() {
    let header = scene::header(&[], &[], 1);
    let account = books(&[], vec![fee("spare", 4, Some(60)), fee("job", 3, None)]);
    let cell = Cell::new(CellKey::new(Some("build-2"), "nobody calls"), 0, vec![Vec::new()]);
    let cell = cell.unwrap().with_account(vec![account]).unwrap();
    let record = RunRecord::new(header, vec![cell]).unwrap();
    let text = record.write();
    assert_eq!(RunRecord::read(&text).unwrap().write(), text);
    let cell = whole(&record);
    let cost = cell.cost_usd.unwrap();
    assert_eq!((cost.total, cost.usage, cost.fees), (Some(7.0), Some(0.0), Some(7.0)));
    assert_eq!((cost.per_1000_answered, cost.retries_share), (None, None));
    // Thirty days of $4 an hour, and what is paid once.
    let month = cost.month.unwrap();
    assert_eq!((month.fees, month.once, month.total), (Some(2_880.0), Some(3.0), Some(2_883.0)));
    let account = cell.account.unwrap();
    assert_eq!((account.fees_usd, account.balance_usd), (7.0, 93.0));
    assert_eq!(account.spend_without_requests.len(), 1);
}

#[test]
fn a_cost_is_judged_on_the_mean_and_in_each_replication() {
    let judged = |goal, price: bool| {
        let mut header = scene::header(&["chat"], &["give up"], 2);
        header.expectations = vec![expect("cost_usd", "<=", goal)];
        let mut runs = runs(&header);
        if !price {
            runs[1][0].leaf.bill = None;
        }
        let cell = Cell::new(key(), 0, runs).unwrap();
        let judgement = RunRecord::new(header, vec![cell]).unwrap().judge();
        let one = &judgement.judged[0];
        assert_eq!(judgement.verdict, Some(one.verdict));
        (one.measured, one.verdict, one.met, one.of)
    };
    // 45 cents, then 15: 30 in the mean.
    let mean = Some(Measured::Money(Money::from_cents(30)));
    assert_eq!(judged(300, true), (mean, Verdict::Met, 1, 2));
    assert_eq!(judged(299, true), (mean, Verdict::Missed, 1, 2));
    assert_eq!(judged(450, true), (mean, Verdict::Met, 2, 2));
    assert_eq!(judged(450, false), (None, Verdict::Unjudged, 1, 2));
}

#[test]
fn a_bound_on_cost_is_not_met_by_what_the_account_was_too_poor_to_begin() {
    let judged = |what: &str, fee_dollars: i64| {
        let mut header = scene::header(&[], &[], 1);
        header.expectations = vec![expect("cost_usd", "<=", 5_000)];
        let mut account = books(&[], vec![fee("spare", fee_dollars, Some(60))]);
        account.moments = vec![MomentLeaf {
            at: Instant::from_nanos(0),
            what: what.to_owned(),
            amount: Some(Money::from_dollars(200)),
            balance: account.opening,
            says: "x".to_owned(),
        }];
        let cell = Cell::new(CellKey::new(Some("build-2"), "nobody calls"), 0, vec![Vec::new()]);
        let cell = cell.unwrap().with_account(vec![account]).unwrap();
        RunRecord::new(header, vec![cell]).unwrap().judge().judged[0].verdict
    };
    assert_eq!(judged("job", 4), Verdict::Met);
    for refused in ["job_refused", "evaluation_refused", "endpoint_refused"] {
        assert_eq!(judged(refused, 4), Verdict::Unjudged, "{refused}");
        assert_eq!(judged(refused, 6), Verdict::Missed, "{refused}");
    }
}

#[test]
fn books_that_tell_of_another_bill_make_no_cell() {
    let header = scene::header(&["chat"], &["give up"], 2);
    let runs = runs(&header);
    let books: Vec<AccountLeaf> = runs.iter().map(|run| books(run, Vec::new())).collect();
    let cell = || Cell::new(key(), 0, runs.clone()).unwrap();
    assert!(cell().with_account(books.clone()).is_ok());
    let swapped = cell().with_account(books.iter().rev().cloned().collect());
    assert!(matches!(swapped, Err(CellFault::Account { replication: 0, .. })));
    let fewer = cell().with_account(books.into_iter().take(1).collect());
    assert_eq!(fewer, Err(CellFault::Accounts { found: 1, expected: 2 }));
}

#[test]
fn a_record_without_prices_has_no_key_more_than_before() {
    let record = scene::record(Vec::new(), vec![vec![JOB], vec![JOB]]);
    let text = record.write();
    let cells = text.split_once("\"cells\":[\n").unwrap().1;
    for word in ["bill", "account", "abandoned", "retried"] {
        assert!(!cells.contains(word), "{word}");
    }
    assert_eq!(RunRecord::read(&text).unwrap(), record);
}

/// What becomes of an attempt.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Answered,
    Refused,
    Left,
    Open,
}

/// An attempt: what becomes of it, and the tokens of its prompt and its answer.
type Try = (Fate, u32, u32);

/// Jobs: the group of each, and its attempts.
fn fates() -> impl Strategy<Value = Vec<(u32, Vec<Try>)>> {
    let fate =
        prop_oneof![Just(Fate::Answered), Just(Fate::Refused), Just(Fate::Left), Just(Fate::Open)];
    let attempts = prop::collection::vec((fate, 0..9_000_u32, 0..9_000_u32), 0..5);
    prop::collection::vec((0..2_u32, attempts), 0..30)
}

proptest! {
    #[test]
    fn a_bill_is_the_sum_of_its_attempts(jobs in fates()) {
        let spec = CellSpec {
            lasts: Span::from_secs(60),
            drain: Span::ZERO,
            groups: 2,
            ..CellSpec::default()
        };
        let mut recorder = Recorder::new(&spec).logging();
        let now = Instant::START;
        let (mut left, mut again) = (Money::ZERO, Money::ZERO);
        for (group, attempts) in jobs {
            recorder.offered(group, now, Usage::default());
            for (n, (fate, prompt, completion)) in (1..).zip(&attempts) {
                let usage = Usage { prompt: *prompt, completion: *completion };
                let charge = tariff().of(1, (*prompt).into(), (*completion).into());
                let how = match fate {
                    Fate::Answered => AttemptOutcome::Ok(usage),
                    Fate::Refused => AttemptOutcome::Unanswered,
                    Fate::Left => AttemptOutcome::Cancelled,
                    Fate::Open => AttemptOutcome::Open,
                };
                if let Fate::Left = fate {
                    recorder.abandoned(group, n, usage);
                    left += charge;
                }
                if n > 1 && matches!(fate, Fate::Left | Fate::Answered) {
                    again += charge;
                }
                recorder.sent(group, now, n == 1);
                recorder.attempt_ended(group, AttemptEnd { job: 0, n, sent: now, now, how });
            }
            let attempts = u32::try_from(attempts.len()).unwrap();
            let how = JobOutcome::Unfinished;
            recorder.job_ended(group, JobEnd { due: now, deadline: None, client: 0, attempts, how });
        }
        let log = recorder.take_log();
        let delivered: Money = log
            .iter()
            .filter_map(|attempt| match attempt.end.how {
                AttemptOutcome::Ok(usage) => {
                    Some(tariff().of(1, usage.prompt.into(), usage.completion.into()))
                }
                AttemptOutcome::Refused { .. }
                | AttemptOutcome::Failed { .. }
                | AttemptOutcome::Unanswered
                | AttemptOutcome::Cancelled
                | AttemptOutcome::Open => None,
            })
            .sum();
        let groups = priced(recorder.finish().unwrap());
        let cell = Cell::new(key(), 0, vec![groups]).unwrap();
        let bill = cell.whole().pooled().bill.unwrap();
        prop_assert_eq!(bill.delivered, delivered);
        prop_assert_eq!((bill.abandoned, bill.retried), (left, again));
        prop_assert_eq!(bill.usage(), delivered + left);
        prop_assert_eq!(bill.wasted(), bill.usage(), "no job was answered");
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn shards_with_books_join_to_the_bytes_of_the_whole(cut in 1..6_u32, fees in 0..9_i64) {
        let header = scene::header(&["chat", "batch"], &["give up"], 6);
        let piece = |first: u32, end: u32| {
            let jobs = |n: u32| {
                (0..20_u32).map(move |job| Job {
                    group: job % 2,
                    due: u64::from(job * 3_000 + n * 7),
                    refused: (job + n) % 3,
                    wait: (!(job * n).is_multiple_of(7)).then_some(u64::from(job) * 200),
                    ..JOB
                })
            };
            let runs: Vec<Vec<GroupLeaf>> =
                (first..end).map(|n| priced(scene::run(&header, jobs(n)))).collect();
            let accounts = runs.iter().zip(first..).map(|(run, n)| {
                books(run, vec![fee("spare", fees + i64::from(n), Some(60))])
            });
            let accounts = accounts.collect();
            let cell = Cell::new(key(), first, runs).unwrap().with_account(accounts).unwrap();
            RunRecord::new(header.clone(), vec![cell]).unwrap()
        };
        let whole = piece(0, 6);
        let joined = RunRecord::merge(vec![piece(cut, 6), piece(0, cut)]).unwrap();
        prop_assert_eq!(joined.write(), whole.write());
        prop_assert_eq!(RunRecord::read(&whole.write()).unwrap(), whole);
    }
}
