//! What holds beside one set of limits, with every count worked out by hand: gateways that each
//! count, limits that move while a run goes on, hardware of one's own, outages, an unpaid bill.
//!
//! On Build Tier 1 a model takes 600 requests a minute, counted by twenty in windows of 2 s that
//! the first request after the last one opens. Even traffic at 20/s has forty in each, and so half
//! of it is refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod hand;

use hand::{LLAMA, MAVERICK, attempts, group, own, record, scenario};
use limits::Instant;
use run_record::CellKey;

const TIER_1: &str = "tier = \"build-1\"";
/// Twice what Build Tier 1 allows, for a minute.
const TWICE: &str = r#"{ steady = { rate = "20/s", lasts = "1m" } }"#;
const ONE_RUNG: &str = "[compare]\ntiers = [\"build-1\"]\n";

#[test]
fn one_gateway_admits_half_of_twice_the_limit_and_two_that_are_kept_to_admit_all() {
    let clients = group("chat", LLAMA, TWICE).replace("prompt", "clients = 2\nprompt");
    let run = |assumed: &str| {
        let rest = format!("{clients}{ONE_RUNG}[assume]\n{assumed}");
        let run = record(&scenario("2025-11", TIER_1, &rest));
        attempts(&run, 0).with_status(429)
    };
    assert_eq!(run(""), 600);
    // Jobs alternate between the two clients, and so between the gateways: each has exactly 10/s.
    let two = "gateway_replicas = \"2\"\n";
    assert_eq!(run(&format!("{two}gateway_routing = \"sticky\"\n")), 0);
    // By chance a gateway has more than its twenty now and then: of forty in a window, half and
    // three more or less. What lies above comes to 1.3 in the mean, for two gateways and thirty
    // windows about 75.
    let by_chance = run(two);
    assert!((40..=120).contains(&by_chance), "{by_chance}");
}

#[test]
fn whoever_reads_headers_is_shown_under_two_gateways() {
    let strategies = "[[strategy]]\npreset = \"give-up\"\n[[strategy]]\npreset = \"together-py\"\n";
    let rest = format!("{}{ONE_RUNG}{strategies}", group("chat", LLAMA, TWICE));
    let record = record(&scenario("2025-11", TIER_1, &rest));
    let two = |strategy| {
        let key = CellKey::new(Some("build-1"), strategy).assuming("gateway_replicas", "2");
        record.cell(&key).map(|cell| cell.whole().pooled().jobs.answered)
    };
    let one = own(&record, "together-py").whole().pooled().jobs.answered;
    assert_eq!(two("give-up"), None);
    assert!(two("together-py").unwrap() > one, "two gateways admit more in sum");
}

#[test]
fn a_grant_moves_the_refusals_of_its_own_model_alone() {
    // Asked for on Monday at nine, it holds on Wednesday at nine, two business days later: 48 h into
    // the run, of which the last minute has 20/s, half of it before and half after. The jobs before
    // that, one an hour, are never refused.
    let traffic = r#"[
  { steady = { rate = "1/h", lasts = "47h59m30s" } },
  { steady = { rate = "20/s", lasts = "1m" } },
]"#;
    let groups = group("granted", LLAMA, traffic) + &group("other", MAVERICK, traffic);
    let grant =
        format!("[[event]]\nat = \"0s\"\ngrant = {{ model = \"{LLAMA}\", tier = \"scale\" }}\n");
    let rest = format!("{groups}{grant}[compare]\ntiers = [\"build\"]\n");
    // 2025-11-03 is a Monday.
    let operational = "2025-11-operational\"\nstarts = \"2025-11-03T09:00Z";
    let run = scenario(operational, "tier = \"build\"", &rest);
    let record = record(&run);
    assert_eq!(attempts(&record, 0).with_status(429), 300);
    assert_eq!(attempts(&record, 1).with_status(429), 600);
}

#[test]
fn limits_that_move_refuse_from_then_on_by_the_new_number() {
    // 600 a minute for half a minute: 300 of 600. Then 1,500 a minute, fifty in a window of 2 s
    // that has forty: nothing.
    let event = format!(
        "[[event]]\nat = \"30s\"\nlimits = {{ model = \"{LLAMA}\", requests = \"1500/min\" }}\n"
    );
    let rest = format!("{}{event}{ONE_RUNG}", group("chat", LLAMA, TWICE));
    let record = record(&scenario("2025-11", TIER_1, &rest));
    assert_eq!(attempts(&record, 0).with_status(429), 300);
}

#[test]
fn an_endpoint_has_no_limit_but_what_its_hardware_can_do() {
    // A replica works off ten tokens a second, a job has ten: one job a second, and 2/s fall due.
    // Job k comes at k/2 s, before it lie k s of work if all were taken, so that it would wait k/2 s.
    // Up to job 10 that is 5 s at the most, which is what may wait. From then on every other one
    // is: 11, 13, … 119 are turned away, 55 of 120.
    let own = "[[endpoint]]\nname = \"mine\"\nmodel = \"our/model\"\nthroughput = \"10/s\"\n\
               replicas = 1\nstarts = \"ready\"\n";
    let jobs = "[[group]]\nname = \"chat\"\nendpoint = \"mine\"\nprompt = 5\nanswer = 5\n\
                traffic = { steady = { rate = \"2/s\", lasts = \"1m\" } }\n";
    let rest = format!("{own}{jobs}{ONE_RUNG}[assume]\nendpoint_queue = \"5s\"\n");
    let record = record(&scenario("2025-11", TIER_1, &rest));
    let attempts = attempts(&record, 0);
    assert_eq!((attempts.sent, attempts.ok, attempts.failed), (120, 65, 55));
    assert_eq!(attempts.with_status(503), 55);
    let leaf = hand::own(&record, "give-up").whole().pooled();
    assert_eq!(leaf.lowest_remaining, None, "nothing limits, so nothing is left of it");
}

#[test]
fn an_unpaid_bill_refuses_while_it_lasts_and_failures_take_their_requests() {
    // At 5/s nothing is refused but for ten seconds: 50 attempts.
    let even = r#"{ steady = { rate = "5/s", lasts = "1m" } }"#;
    let event = "[[event]]\nat = \"20s\"\nblocked = { lasts = \"10s\" }\n";
    let rest = format!("{}{event}{ONE_RUNG}", group("chat", LLAMA, even));
    let blocked = attempts(&record(&scenario("2025-11", TIER_1, &rest)), 0);
    assert_eq!((blocked.sent, blocked.ok), (300, 250));
    assert_eq!((blocked.with_status(402), blocked.refused_by.balance), (50, 50));

    // Where all fail for as long, 50 attempts have the service's own status.
    let event = "[[event]]\nat = \"20s\"\nfailing = { share = \"100%\", lasts = \"10s\" }\n";
    let rest = format!("{}{event}{ONE_RUNG}", group("chat", LLAMA, even));
    let failing = attempts(&record(&scenario("2025-11", TIER_1, &rest)), 0);
    assert_eq!((failing.with_status(500), failing.failed, failing.ok), (50, 50, 250));
}

#[test]
fn headroom_is_what_even_traffic_leaves_of_its_window() {
    // 5/s is ten of twenty in each window, so that the tenth leaves ten of them: 50 %. Of the 300
    // admissions of the minute, thirty leave no more than that.
    let even = r#"{ steady = { rate = "5/s", lasts = "1m" } }"#;
    let rest = format!("{}{ONE_RUNG}", group("chat", LLAMA, even));
    let record = record(&scenario("2025-11", TIER_1, &rest));
    let leaf = own(&record, "give-up").whole();
    assert_eq!(leaf.pooled().lowest_remaining, Some(500_000));
    assert_eq!(leaf.peak().iter().next(), Some((50, 30)));
    assert_eq!(leaf.peak().count(), 300);
    let headroom = run_record::derive::summary(&record).cells[0].headroom;
    assert_eq!(headroom.lowest_remaining_share, Some(0.5));
    // All but these thirty leave 55 % or more.
    assert_eq!(headroom.peak_p10_remaining_share, Some(0.55));
    assert!(leaf.pooled().first_429.is_none_or(|at| at == Instant::END));
}

#[test]
fn what_surrounds_a_run_is_the_same_on_one_thread_and_two() {
    let traffic = r#"{ poisson = { rate = "15/s", lasts = "1m" } }"#;
    let own = "[[endpoint]]\nname = \"mine\"\nmodel = \"our/model\"\nthroughput = \"60/s\"\n\
               replicas = { min = 1, max = 3 }\nstarts = \"cold\"\n\
               [[group]]\nname = \"own\"\nendpoint = \"mine\"\nprompt = 5\nanswer = 5\n\
               traffic = { poisson = { rate = \"9/s\", lasts = \"1m\" } }\n";
    let events = format!(
        "[[event]]\nat = \"10s\"\noutage = {{ lasts = \"5s\", left = \"20%\" }}\n\
         [[event]]\nat = \"20s\"\nothers = {{ every = \"5s\", shares = [\"50%\", \"90%\"] }}\n\
         [[event]]\nat = \"30s\"\nfailing = {{ share = \"10%\", lasts = \"10s\" }}\n\
         [[event]]\nat = \"40s\"\nlimits = {{ model = \"{LLAMA}\", requests = \"900/min\" }}\n"
    );
    let strategies = "[[strategy]]\npreset = \"together-py\"\n[[strategy]]\npreset = \"give-up\"\n";
    let assumed = "[assume]\ngateway_replicas = \"2\"\nmodel_capacity = \"300/s\"\n\
                   endpoint_starts = \"30s\"\n";
    let rest = format!(
        "{}{own}{events}{strategies}{ONE_RUNG}seeds = 2\n{assumed}",
        group("chat", LLAMA, traffic)
    );
    let run = scenario("2025-11", TIER_1, &rest);
    let on = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| record(&run))
    };
    let one = on(1);
    assert_eq!(one.write(), on(2).write());
    let attempts = hand::own(&one, "together-py").whole().pooled().attempts;
    for status in [200, 429, 500, 503] {
        assert!(attempts.with_status(status) > 0, "{status} never happened");
    }
}
