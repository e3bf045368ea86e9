//! Strategies by hand: what each word of a part means.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::sync::LazyLock;

use limits::{Per, Rate, Requests, Span};
use rulebook::Rulebook;
use scenario::Scenario;
use strategies::{
    Backoff, Beyond, Breaker, BucketBurst, Budget, Elsewhere, FirstSendPart, HintRule, Parts,
    Percent, Preset, Reads, RetryOn, Share, Statuses, Tenths, Thousandths, Throttle, Zero,
};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const GROUP: &str = "title = \"t\"\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
    model = \"meta-llama/Llama-3.3-70B-Instruct-Turbo\"\nprompt = 900\nanswer = 220\n\
    traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }\n";

/// The parts of the one strategy that these lines write.
fn parts(lines: &str) -> Parts {
    let text = format!("{GROUP}[[strategy]]\nname = \"one\"\n{lines}\n");
    let scenario = Scenario::parse("stacks.toml", &text, &RULEBOOK);
    let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
    scenario.strategies[0].parts
}

/// The same of one that retries, with one more line.
fn with(line: &str) -> Parts {
    parts(&format!("retry_on = \"anything\"\nwait = \"none\"\ntries = 4\n{line}"))
}

#[test]
fn what_is_listed_is_retried_and_nothing_else() {
    let listed = |lines: &str| parts(&format!("{lines}\nwait = \"none\"\ntries = 2")).retry_on;
    assert_eq!(
        listed("retry_on = { statuses = [\"408\", \"429\", \"5xx\"], time_outs = true }"),
        RetryOn {
            statuses: Statuses::NONE.with(408).with(429).with_range(500, 599),
            time_outs: true,
            connections: false,
            unless_quota: false,
        }
    );
    assert_eq!(listed("retry_on = \"anything\""), RetryOn::ANYTHING);
    let one = listed("retry_on = { statuses = \"429\", unless_quota = true }");
    assert_eq!((one.statuses, one.unless_quota), (Statuses::NONE.with(429), true));
}

#[test]
fn a_hint_is_taken_part_by_part() {
    let taken = |settings: &str| with(&format!("hint = {{ take = {{ {settings} }} }}")).wait.hint;
    assert_eq!(
        taken("reads = \"retry_after\""),
        HintRule { reads: Reads::RetryAfter, ..HintRule::IGNORE }
    );
    assert_eq!(taken("reads = \"retry_after\", zero = \"at_once\""), HintRule::HONOUR);
    assert_eq!(
        taken("reads = \"retry_after\", most = \"60s\""),
        HintRule::up_to(Span::from_secs(60))
    );
    let whole = taken(
        "reads = \"whole_seconds\", most = \"1m\", beyond = \"if_shorter\", jitter = \"750ms\"",
    );
    let expected = HintRule {
        reads: Reads::WholeSeconds,
        zero: Zero::Formula,
        most: Some(Span::from_secs(60)),
        beyond: Beyond::IfShorterThanFormula,
        jitter: Span::from_millis(750),
    };
    assert_eq!(whole, expected);
    let plus = taken("reads = \"or_reset\", beyond = { formula_plus = \"5s\" }");
    assert_eq!(plus.beyond, Beyond::WithinFormulaPlus(Span::from_secs(5)));
    assert_eq!(plus.reads, Reads::OrReset);
}

#[test]
fn every_formula_has_its_word() {
    let formula = |wait: &str| {
        parts(&format!("retry_on = \"anything\"\nwait = {{ {wait} }}\ntries = 4")).wait.backoff
    };
    let (first, cap) = (Span::from_secs(1), Span::from_secs(10));
    let both = "first = \"1s\", cap = \"10s\"";
    for (word, expected) in [
        ("exponential", Backoff::Exponential { first, cap }),
        ("full_jitter", Backoff::FullJitter { first, cap }),
        ("equal_jitter", Backoff::EqualJitter { first, cap }),
        ("decorrelated_jitter", Backoff::DecorrelatedJitter { first, cap }),
        ("sdk", Backoff::Sdk { first, cap }),
    ] {
        assert_eq!(formula(&format!("{word} = {{ {both} }}")), expected);
    }
    let jitter = Span::from_millis(750);
    assert_eq!(
        formula(&format!("plus_jitter = {{ {both}, jitter = \"750ms\" }}")),
        Backoff::PlusJitter { first, cap, jitter }
    );
    let Backoff::Randomized { times, spread, .. } = formula(&format!("randomized = {{ {both} }}"))
    else {
        panic!("randomized")
    };
    assert_eq!((times.0, spread.0), (150, 50), "unless it is said");
    let least = Span::from_secs(4);
    assert_eq!(
        formula(&format!("clamped = {{ {both}, least = \"4s\" }}")),
        Backoff::Clamped { first, least, cap }
    );
    assert_eq!(
        formula(&format!("aws = {{ {both}, throttled = \"4s\" }}")),
        Backoff::Aws { first, throttled: least, cap }
    );
}

#[test]
fn a_first_send_may_be_held_by_what_a_client_learns_or_a_fleet_shares() {
    let held = |said: &str| with(&format!("first_send = {said}")).first_send;
    assert_eq!(held("{ cap = { in_flight = 8 } }"), FirstSendPart::Cap { most: 8 });
    let usual =
        FirstSendPart::AimdCap { start: 20, least: 20, most: 200, cut: Percent(10), slow: None };
    assert_eq!(held("\"aimd_cap\""), usual, "Netflix's");
    assert_eq!(held("\"aws_adaptive\""), FirstSendPart::AwsAdaptive);
    let rate = |amount, per| Rate::new(Requests(amount), per);
    assert_eq!(
        held(
            "{ aimd_rate = { start = \"5/s\", add = \"1/s\", every = \"2s\", cut = \"50%\", \
             least = \"6/min\" } }"
        ),
        FirstSendPart::AimdRate {
            start: rate(5, Per::Second),
            add: rate(1, Per::Second),
            every: Span::from_secs(2),
            cut: Percent(50),
            least: rate(6, Per::Minute),
        }
    );
    let fleet = |share, delay| FirstSendPart::SharedBucket { share, delay };
    assert_eq!(held("\"shared_bucket\""), fleet(Share::Whole, Span::ZERO));
    assert_eq!(
        held("{ shared_bucket = { share = \"95%\", delay = \"5ms\" } }"),
        fleet(Share::Part(Percent(95)), Span::from_millis(5))
    );
    let minute = FirstSendPart::OwnBucket { share: Share::OneNth, burst: BucketBurst::Minute };
    assert_eq!(held("{ own_bucket = { share = \"1/N\", burst = \"minute\" } }"), minute);
}

#[test]
fn a_group_has_a_place_where_its_strategy_sends_its_jobs() {
    let there = |elsewhere: &str| {
        let lines = format!(
            "retry_on = \"anything\"\nwait = \"none\"\ntries = 4\nelsewhere = {elsewhere}\n\
             [[endpoint]]\nname = \"own\"\nmodel = \"openai/gpt-oss-20b\"\nprice = \"$4/hour\"\n\
             throughput = \"2500/s\""
        );
        let text = format!("{GROUP}[[strategy]]\nname = \"one\"\n{lines}\n");
        let scenario = Scenario::parse("there.toml", &text, &RULEBOOK);
        let scenario = scenario.unwrap_or_else(|refused| panic!("{refused}"));
        (scenario.elsewhere(0, 0), scenario.strategies[0].parts.elsewhere)
    };
    let (model, when) = there("{ model = { model = \"openai/gpt-oss-20b\", after = 2 } }");
    let model = model.unwrap();
    assert_eq!((model.model.name(), model.endpoint), ("openai/gpt-oss-20b", None));
    assert_eq!(when, Elsewhere::After { tries: 2 });
    let (endpoint, when) = there("{ endpoint = { endpoint = \"own\" } }");
    let endpoint = endpoint.unwrap();
    assert_eq!((endpoint.model.name(), endpoint.endpoint), ("openai/gpt-oss-20b", Some(0)));
    assert_eq!(when, Elsewhere::After { tries: 1 }, "unless it is said");
    for (said, every) in [("{ every = \"10m\", after = 3 }", 600), ("{ after = 3 }", 3_600)] {
        let (batch, when) = there(&format!("{{ batch = {said} }}"));
        let batch = batch.unwrap();
        let home = "meta-llama/Llama-3.3-70B-Instruct-Turbo";
        assert_eq!((batch.model.name(), batch.endpoint), (home, None));
        assert_eq!(batch.batch.unwrap().every, Span::from_secs(every), "{said}");
        assert_eq!(when, Elsewhere::After { tries: 3 });
    }
    let (hedge, when) = there("{ hedge = { after = \"2s\" } }");
    assert!(hedge.is_none(), "a hedge stays at home");
    let most = Thousandths(20);
    assert_eq!(when, Elsewhere::Hedge { after: Span::from_secs(2), most });
}

#[test]
fn a_budget_by_name_is_what_its_source_says() {
    let budget = |said: &str| with(&format!("budget = {said}")).stop.budget;
    let second = |seconds| Span::from_secs(seconds);
    for (word, expected) in [
        ("finagle", Budget::Finagle { ttl: second(10), reserve_per_s: 10, percent: Percent(20) }),
        ("sre", Budget::Sre { percent: Percent(10), over: second(120) }),
        ("grpc", Budget::Grpc { most: 10, ratio: Thousandths(100) }),
        (
            "aws",
            Budget::Aws { capacity: 500, retry: 5, throttled: 5, time_out: 10, first_success: 1 },
        ),
        ("brooker", Budget::Brooker { deposit: Thousandths(100), most: 5 }),
        (
            "failures_below",
            Budget::RetriesWhileFailuresBelow { percent: Percent(10), over: second(60) },
        ),
    ] {
        assert_eq!(budget(&format!("\"{word}\"")), expected, "{word}");
    }
    assert_eq!(
        budget("{ grpc = { most = 100, ratio = 0.025 } }"),
        Budget::Grpc { most: 100, ratio: Thousandths(25) }
    );
    let per_minute = budget("{ finagle = { reserve = \"600/min\" } }");
    assert!(matches!(per_minute, Budget::Finagle { reserve_per_s: 10, .. }), "{per_minute:?}");
}

#[test]
fn breaker_and_throttle_say_when_nothing_is_sent() {
    let breaker = with("breaker = { opens_at = \"50%\", stays = \"30s\" }").stop.breaker;
    let expected = Breaker {
        opens_at: Percent(50),
        over: Span::from_secs(10),
        least: 10,
        stays: Span::from_secs(30),
        probes: 1,
    };
    assert_eq!(breaker, Some(expected));
    let throttle = |said: &str| with(&format!("throttle = {said}")).stop.throttle.unwrap();
    assert_eq!(throttle("{}"), Throttle { k: Tenths(20), over: Span::from_secs(120) });
    assert_eq!(throttle("{ k = 1.1 }").k, Tenths(11));
}

#[test]
fn the_sdks_own_knob_counts_retries_and_stands_beside_a_preset() {
    assert_eq!(parts("preset = \"together-py\"\nmax_retries = 5").stop.tries, Some(6));
    assert_eq!(parts("preset = \"together-py\"\nmax_retries = 0").stop.tries, Some(1));
    let bounded = parts("preset = \"together-py\"\nwithin = \"15m\"\nbudget = \"sre\"");
    let plain = Preset::named("together-py").unwrap().parts();
    assert_eq!(bounded.wait, plain.wait);
    assert_eq!(bounded.stop.within, Some(Span::from_secs(900)));
    assert!(matches!(bounded.stop.budget, Budget::Sre { .. }));
    // Failing fast is a use of a breaker also for who never retries.
    let fast = parts("preset = \"give-up\"\nbreaker = { opens_at = \"50%\", stays = \"30s\" }");
    assert!(fast.stop.breaker.is_some());
}
