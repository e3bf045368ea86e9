//! What good files mean: every key of the language, what may be left out, and what replaces it.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

use std::fmt::Write as _;
use std::sync::{Arc, LazyLock};

use limits::{Requests, Span};
use rulebook::{Rulebook, Severity};
use run_record::{Billionths, Comparison, Goal};
use scenario::{Code, Length, Overrides, Phase, Scenario, Timeline, Trace, Traffic};
use strategies::{FirstSend, Parts, Preset, RetryOn};

/// Read once: the tests read many scenarios.
static RULEBOOK: LazyLock<Rulebook> = LazyLock::new(|| Rulebook::embedded().unwrap());

const MODEL: &str = "meta-llama/Llama-3.3-70B-Instruct-Turbo";

const EVERY_KEY: &str = include_str!("every-key.toml");

fn parsed(text: &str) -> Scenario {
    Scenario::parse("test.toml", text, &RULEBOOK).unwrap_or_else(|refused| panic!("{refused}"))
}

/// A small file with lines of its own before and after the one group.
fn with(head: &str, group: &str, tail: &str) -> String {
    format!(
        "title = \"Small\"\n{head}\n[account]\ntier = \"build-2\"\n[[group]]\nname = \"chat\"\n\
         model = \"{MODEL}\"\n{group}\n{tail}\n"
    )
}

const LENGTHS: &str = "prompt = 900\nanswer = 220\n";

fn small(head: &str, tail: &str) -> String {
    let traffic = "traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }";
    with(head, &format!("{LENGTHS}{traffic}"), tail)
}

#[test]
fn every_key_is_understood() {
    let scenario = parsed(EVERY_KEY);
    assert_eq!(scenario.title, "Every key");
    assert_eq!(scenario.edition.name(), "2025-11");
    assert_eq!((scenario.seed, scenario.replications), (7, 20));
    assert_eq!(scenario.lasts, Span::from_secs(480));
    assert_eq!(scenario.drain, Span::from_secs(90));
    assert_eq!(scenario.tier.name(), "build-2", "tier2 is another word for it");
    let tiers: Vec<&str> = scenario.tiers.iter().map(rulebook::Tier::name).collect();
    assert_eq!(tiers, ["build-1", "build-2", "build-3"], "in the order of the edition");
    let names: Vec<&str> = scenario.strategies.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, ["together-py", "by hand"], "in the order of the file");
    assert_eq!(scenario.ship, Some(1));
    let grains = [&scenario.strategies[0], &scenario.strategies[1]].map(|one| one.parts.wait.grain);
    assert_eq!(grains, [Span::from_nanos(1), Span::from_millis(1)], "the finest unless it is said");
    assert_eq!(scenario.assumptions.get("token_gate").unwrap().value, "window-2x");
    assert_eq!(scenario.loads().iter().map(ToString::to_string).collect::<Vec<_>>(), ["200%"]);
    let besides = [("gateway_replicas", "2"), ("refusal_takes", "1s")];
    let besides = besides.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(scenario.assumed_besides, besides, "but for what holds anyway");
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
}

#[test]
fn groups_have_lengths_traffic_and_perhaps_a_strategy_of_their_own() {
    let scenario = parsed(EVERY_KEY);
    let [chat, batch, ..] = scenario.groups.as_slice() else { panic!("some groups") };
    assert!(matches!(chat.prompt, Length::Drawn { min: 10, max: 8_000, .. }));
    assert!(matches!(batch.prompt, Length::Fixed(4_000)));
    assert_eq!((chat.max_tokens, chat.stream, batch.stream), (Some(1_000), true, false));
    assert_eq!((chat.deadline, batch.deadline), (Some(Span::from_secs(15)), None));
    assert_eq!((chat.clients.get(), batch.clients.get()), (1, 4), "one unless it is said");
    let Traffic::Phases(phases) = &chat.traffic else { panic!("phases") };
    let words: Vec<String> = phases.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        ["Poisson 2/s for 3m", "ramp 2/s to 5/s over 1m", "steady 0.6/min for 4m"],
        "the last phase takes what is left of the run"
    );
    let own = scenario.stack(1, 1, &scenario.tier, &scenario.assumptions);
    assert_eq!(own.retry_on, RetryOn::NOTHING, "the group's own strategy holds in every cell");
    let cell = scenario.stack(1, 0, &scenario.tier, &scenario.assumptions);
    assert!(matches!(cell.first_send, FirstSend::OwnBucket(_)), "the other takes the cell's");
}

#[test]
fn traffic_has_many_shapes_and_words_for_each() {
    let scenario = parsed(EVERY_KEY);
    assert_eq!(scenario.starts.unwrap().to_string(), "2025-11-03T09:00+01:00");
    let Traffic::Phases(phases) = &scenario.groups[2].traffic else { panic!("phases") };
    let words: Vec<String> = phases.iter().map(ToString::to_string).collect();
    assert_eq!(
        words,
        [
            "20 jobs at once",
            "Gamma 2/s with a variation of 3.4 for 1m",
            "Weibull 1/s with a variation of 0.5 for 1m",
            "nothing for 30s",
            "steady 2/s for 30s",
            "10 jobs within 1s every 20s for 1m",
            "Gamma with a variation of 3 at 3 rates from 0/s to 2/s, each for 20s",
            "daily 1/s to 4/s, busiest at 15:30, 40% at weekends and on holidays, for 3m",
        ]
    );
    let usual = "traffic = { daily = { peak = \"4/s\", trough = \"0/s\", lasts = \"1d\" } }";
    let usual = parsed(&with("", &format!("{LENGTHS}{usual}"), ""));
    let Traffic::Phases(phases) = &usual.groups[0].traffic else { panic!("phases") };
    assert_eq!(phases[0].to_string(), "daily 0/s to 4/s, busiest at 14:00, for 1d");
    assert_eq!(usual.starts, None, "a Monday at midnight");
}

#[test]
fn jobs_at_once_take_no_time_unless_they_end_the_traffic() {
    let once = |head: &str, rest: &str| {
        let traffic = format!("traffic = [{{ at_once = {{ jobs = 200 }} }}{rest}]");
        parsed(&with(head, &format!("{LENGTHS}{traffic}"), ""))
    };
    let before = once("", ", { steady = { rate = \"1/s\", lasts = \"10m\" } }");
    assert_eq!(before.lasts, Span::from_secs(600));
    let alone = once("lasts = \"10m\"", "");
    let Traffic::Phases(phases) = &alone.groups[0].traffic else { panic!("phases") };
    assert_eq!(phases[0].to_string(), "200 jobs at once and nothing for 10m");
}

#[test]
fn expectations_compare_exactly() {
    let scenario = parsed(EVERY_KEY);
    let lines: Vec<_> = scenario
        .expectations
        .iter()
        .map(|one| (one.name.as_str(), one.comparison, one.goal))
        .collect();
    let share = |parts| Goal::Billionths(Billionths(parts));
    let time = |span| Goal::Time(span);
    assert_eq!(
        lines,
        [
            ("answered_in_time >= 99%", Comparison::AtLeast, share(990_000_000)),
            ("status_429 < 1%", Comparison::AtMost, share(9_999_999)),
            ("attempts_per_job <= 1.5", Comparison::AtMost, share(1_500_000_000)),
            ("cost_usd <= $5", Comparison::AtMost, share(5_000_000_000)),
            ("time_to_outcome_p95 <= 2m", Comparison::AtMost, time(Span::from_secs(120))),
            ("chat: wait_p95 <= 2s", Comparison::AtMost, time(Span::from_secs(2))),
            (
                "together-py: time_to_first_token_p99 < 10s",
                Comparison::AtMost,
                time(Span::from_nanos(9_999_999_999))
            ),
        ]
    );
    assert_eq!(scenario.expectations[5].group.as_deref(), Some("chat"));
    assert_eq!(scenario.expectations[6].strategy.as_deref(), Some("together-py"));
}

#[test]
fn what_is_left_out_has_a_usual_value() {
    let scenario = parsed(&small("", ""));
    assert_eq!(scenario.edition.name(), "2025-11", "the newest of the house");
    assert_eq!((scenario.seed, scenario.replications, scenario.ship), (1, 1, None));
    assert_eq!(scenario.lasts, Span::from_secs(240), "as long as its phases");
    assert_eq!(scenario.drain, Span::from_secs(120), "two minutes at least");
    let tiers: Vec<&str> = scenario.tiers.iter().map(rulebook::Tier::name).collect();
    assert_eq!(tiers, ["build-1", "build-2", "build-3", "build-4", "build-5"]);
    let names: Vec<&str> = scenario.strategies.iter().map(|named| named.name.as_str()).collect();
    assert_eq!(names, Preset::USUAL.map(Preset::name), "every preset");
    assert!(scenario.expectations.is_empty());
    let patient = with(
        "",
        &format!(
            "{LENGTHS}deadline = \"5m\"\ntraffic = {{ steady = {{ rate = \"1/s\", lasts = \"1m\" }} }}"
        ),
        "",
    );
    assert_eq!(parsed(&patient).drain, Span::from_secs(300), "as long as the longest deadline");
}

#[test]
fn the_account_s_own_tier_joins_the_ladder() {
    let limited = small("", "").replace("build-2", "limited");
    let tiers: Vec<String> = parsed(&limited).tiers.iter().map(ToString::to_string).collect();
    assert_eq!(tiers.first().map(String::as_str), Some("limited"));
    assert_eq!(tiers.len(), 6);
}

#[test]
fn a_tier_without_a_limit_for_the_model_is_off_the_ladder() {
    let r1 = small("", "").replace(MODEL, "deepseek-ai/DeepSeek-R1");
    let scenario = parsed(&r1);
    assert!(scenario.tiers.iter().all(|tier| tier.name() != "limited"));
    assert_eq!(scenario.tiers.len(), 5);
}

#[test]
fn an_unknown_model_is_allowed_with_a_warning() {
    let typo = small("", "").replace("Turbo", "Turbp");
    let scenario = parsed(&typo);
    let [warning] = scenario.warnings.as_slice() else { panic!("{:?}", scenario.warnings) };
    assert_eq!((warning.code, warning.severity), (Code::UnknownModel.name(), Severity::Warning));
    assert!(warning.help.as_ref().unwrap().contains(MODEL), "{:?}", warning.help);
    assert_eq!(
        typo.get(warning.place.clone().unwrap()),
        Some("\"meta-llama/Llama-3.3-70B-Instruct-Turbp\"")
    );
}

/// The words that write each preset by hand.
fn by_hand(preset: &Preset) -> &'static str {
    match preset.name() {
        "give-up" => "retry_on = \"nothing\"",
        "full-jitter" => {
            "retry_on = \"limits_and_failures\"\ntries = 6\n\
             wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }"
        }
        "honour-retry-after" => {
            "first_send = \"at_once\"\nretry_on = \"limits_and_failures\"\nhint = \"honour\"\ntries = 6\n\
             wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }"
        }
        "together-py" => {
            "retry_on = \"limits_and_failures\"\nhint = { up_to = \"60s\" }\ntries = 3\ntimeout = \"60s\"\n\
             wait = { sdk = { first = \"1s\", cap = \"10s\" } }"
        }
        "pace-by-headers" => {
            "first_send = \"pace_by_headers\"\nretry_on = \"limits_and_failures\"\nhint = \"honour\"\n\
             wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }"
        }
        "own-bucket" => {
            "first_send = \"own_bucket\"\nretry_on = \"limits_and_failures\"\nhint = \"honour\"\n\
             wait = { full_jitter = { first = \"500ms\", cap = \"20s\" } }"
        }
        other => panic!("{other} is written in no words"),
    }
}

#[test]
fn every_preset_can_be_written_by_hand() {
    let mut tail = String::new();
    for preset in Preset::USUAL {
        write!(tail, "[[strategy]]\nname = \"{}\"\n{}\n", preset.name(), by_hand(preset)).unwrap();
    }
    let scenario = parsed(&small("", &tail));
    for (named, preset) in scenario.strategies.iter().zip(Preset::USUAL) {
        let by_hand = if named.parts.retry_on.tries_again_at_all() {
            named.parts
        } else {
            // How it would wait if it did has no words.
            Parts { wait: preset.parts().wait, stop: preset.parts().stop, ..named.parts }
        };
        assert_eq!(by_hand, preset.parts(), "{}", named.name);
    }
}

#[test]
fn a_preset_keeps_what_is_not_said_beside_it() {
    let tail = "[[strategy]]\nname = \"hurried\"\npreset = \"own-bucket\"\nstop = \"deadline\"\ntries = 4\n";
    let scenario = parsed(&small("", tail));
    let mut expected = Preset::OWN_BUCKET.parts();
    expected.stop.at_deadline = true;
    expected.stop.tries = Some(4);
    assert_eq!(scenario.strategies[0].parts, expected);
}

#[test]
fn a_grain_may_stand_beside_every_preset() {
    let mut tail = String::new();
    for preset in Preset::USUAL {
        write!(tail, "[[strategy]]\npreset = \"{}\"\ngrain = \"499ms\"\n", preset.name()).unwrap();
    }
    let scenario = parsed(&small("", &tail));
    assert!(scenario.warnings.is_empty(), "{:?}", scenario.warnings);
    for (named, preset) in scenario.strategies.iter().zip(Preset::USUAL) {
        let mut expected = preset.parts();
        expected.wait.grain = Span::from_millis(499);
        assert_eq!(named.parts, expected, "{}", named.name);
    }
}

#[test]
fn a_stack_is_told_the_limits_of_its_tier_and_model() {
    let scenario = parsed(&small("", "[[strategy]]\npreset = \"own-bucket\""));
    let bucket_on = |word: &str| {
        let tier = scenario.edition.tier(word).unwrap();
        match scenario.stack(0, 0, &tier, &scenario.assumptions).first_send {
            FirstSend::OwnBucket(bucket) => bucket,
            FirstSend::AtOnce
            | FirstSend::PaceByHeaders
            | FirstSend::Cap { .. }
            | FirstSend::AimdCap { .. }
            | FirstSend::AimdRate { .. }
            | FirstSend::AwsAdaptive
            | FirstSend::SharedBucket(_) => panic!("no bucket"),
        }
    };
    assert_eq!(bucket_on("build-2").requests.over(Span::from_secs(1)), 30);
    assert_eq!(
        bucket_on("build-2").token_burst,
        limits::Tokens(8_333),
        "two seconds of 250,000 a minute"
    );
    assert_eq!(bucket_on("build-1").requests, limits::Rate::new(Requests(10), limits::Per::Second));
    let large = small("", "[[strategy]]\npreset = \"own-bucket\"")
        .replace("prompt = 900", "prompt = 20000");
    let scenario = parsed(&large);
    let FirstSend::OwnBucket(bucket) =
        scenario.stack(0, 0, &scenario.tier, &scenario.assumptions).first_send
    else {
        panic!("a bucket")
    };
    assert_eq!(
        bucket.token_burst,
        limits::Tokens(20_220),
        "the largest reservation, if that is more"
    );
}

#[test]
fn a_share_is_an_nth_of_the_limits_for_each_of_the_groups_clients() {
    let strategy = |share: &str| {
        format!(
            "[[strategy]]\nname = \"bucket\"\nretry_on = \"nothing\"\n\
             first_send = {{ own_bucket = {{ share = \"{share}\" }} }}\n"
        )
    };
    let a_minute = |clients: &str, share: &str| {
        let traffic = "traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }";
        let scenario =
            parsed(&with("", &format!("{clients}\n{LENGTHS}{traffic}"), &strategy(share)));
        match scenario.stack(0, 0, &scenario.tier, &scenario.assumptions).first_send {
            FirstSend::OwnBucket(bucket) => {
                (bucket.requests.per_minute(), bucket.tokens.unwrap().per_minute(), bucket.most.0)
            }
            FirstSend::AtOnce
            | FirstSend::PaceByHeaders
            | FirstSend::Cap { .. }
            | FirstSend::AimdCap { .. }
            | FirstSend::AimdRate { .. }
            | FirstSend::AwsAdaptive
            | FirstSend::SharedBucket(_) => panic!("no bucket"),
        }
    };
    let published = (1_800, 250_000, 250_000);
    assert_eq!(a_minute("clients = 40", "1/N"), (45, 6_250, 250_000));
    assert_eq!(a_minute("clients = 40", "whole"), published, "each takes all");
    assert_eq!(a_minute("", "1/N"), published, "one client is all there are");
}

#[test]
fn clients_begin_one_after_the_other() {
    let traffic = "traffic = { poisson = { rate = \"2/s\", lasts = \"4m\" } }";
    let group = |starts: &str| format!("clients = 4\n{starts}\n{LENGTHS}{traffic}");
    let spread = parsed(&with("", &group("starts = { within = \"1m\" }"), ""));
    let told = |switches: Vec<scenario::Switch>| -> Vec<(u64, u32, bool)> {
        let of = |one: scenario::Switch| (one.at.nanos() / 1_000_000_000, one.client, one.up);
        switches.into_iter().map(of).collect()
    };
    let expected =
        [(0, 1, false), (0, 2, false), (0, 3, false), (15, 1, true), (30, 2, true), (45, 3, true)];
    assert_eq!(told(spread.switches()), expected, "the first is there from the beginning");
    for at_once in ["starts = \"at_once\"", ""] {
        assert!(parsed(&with("", &group(at_once), "")).switches().is_empty());
    }
}

#[test]
fn overrides_replace_words_of_the_file() {
    let tail = "ship";
    let text = small("ship = \"full-jitter\"", "").replace(tail, "ship");
    let scenario = parsed(&text);
    let overrides = Overrides {
        seed: Some(9),
        replications: Some(3),
        tiers: vec!["build-4".to_owned(), "tier3".to_owned()],
        strategies: vec!["full-jitter".to_owned(), "give-up".to_owned()],
    };
    let changed = scenario.clone().with(&overrides).unwrap();
    assert_eq!((changed.seed, changed.replications), (9, 3));
    let tiers: Vec<&str> = changed.tiers.iter().map(rulebook::Tier::name).collect();
    assert_eq!(tiers, ["build-3", "build-4"]);
    assert_eq!(changed.tier.name(), "build-4", "the account is put on the first that was named");
    let names: Vec<&str> = changed.strategies.iter().map(|named| named.name.as_str()).collect();
    assert_eq!((names, changed.ship), (vec!["give-up", "full-jitter"], Some(1)));
    let kept = scenario.clone().with(&Overrides {
        tiers: vec!["build-5".into(), "build-2".into()],
        ..Overrides::default()
    });
    assert_eq!(kept.unwrap().tier.name(), "build-2", "an account that is among them stays");
    let unshipped = scenario
        .clone()
        .with(&Overrides { strategies: vec!["give-up".into()], ..Overrides::default() });
    assert_eq!(unshipped.unwrap().ship, None, "what is not compared cannot ship");
    let file = parsed(&small("", "[[strategy]]\nname = \"mine\"\npreset = \"give-up\""));
    let more =
        Overrides { strategies: vec!["own-bucket".into(), "mine".into()], ..Overrides::default() };
    let names: Vec<String> =
        file.with(&more).unwrap().strategies.into_iter().map(|named| named.name).collect();
    assert_eq!(names, ["mine", "own-bucket"], "a preset needs no words in the file");
    let wrong = Overrides {
        tiers: vec!["build-9".into()],
        strategies: vec!["nobody".into()],
        ..Overrides::default()
    };
    let refused = scenario.with(&wrong).expect_err("neither exists");
    let codes: Vec<&str> = refused.faults.iter().map(|fault| fault.code).collect();
    assert_eq!(codes, [Code::UnknownTier.name(), Code::UnknownStrategy.name()]);
}

const TRACED: &str = "traffic = { trace = { file = \"t.csv\" } }";

fn three_rows() -> Arc<Trace> {
    let (due, prompt, answer) =
        (vec![0, 500_000_000, 2_500_000_000], vec![10, 20, 30], vec![5, 6, 7]);
    Arc::new(Trace { due, prompt, answer })
}

#[test]
fn a_trace_brings_times_and_lengths_and_the_length_of_the_run() {
    let scenario = parsed(&with("", TRACED, ""));
    assert_eq!(scenario.trace_need().unwrap().file, "t.csv");
    assert_eq!(Timeline::of(&scenario, chance::Seed(1)).count(), 0, "nothing without the trace");
    let scenario = scenario.with_trace(three_rows()).unwrap();
    assert_eq!(scenario.lasts, Span::from_nanos(2_500_000_001), "so that it holds the last row");
    let arrivals: Vec<_> = Timeline::of(&scenario, chance::Seed(1))
        .map(|arrival| (arrival.due.nanos(), arrival.job, arrival.prompt, arrival.answer))
        .collect();
    assert_eq!(arrivals, [(0, 0, 10, 5), (500_000_000, 1, 20, 6), (2_500_000_000, 2, 30, 7)]);
    assert_eq!(scenario.expected_answer(0), 7);
}

#[test]
fn a_length_that_is_written_replaces_the_trace_s() {
    let group = format!("{TRACED}\nprompt = 100\nanswer = \"trace\"\nmax_tokens = 6\n");
    let scenario = parsed(&with("", &group, "")).with_trace(three_rows()).unwrap();
    let lengths: Vec<_> =
        Timeline::of(&scenario, chance::Seed(1)).map(|a| (a.prompt, a.answer)).collect();
    assert_eq!(lengths, [(100, 5), (100, 6), (100, 6)], "and max_tokens cuts");
}

#[test]
fn phases_and_a_trace_end_together() {
    let other = |lasts: &str| {
        let traffic = format!("traffic = {{ steady = {{ rate = \"1/s\"{lasts} }} }}");
        format!("[[group]]\nname = \"more\"\nmodel = \"{MODEL}\"\n{LENGTHS}{traffic}\n")
    };
    let traced = |head: &str, lasts: &str| parsed(&with(head, TRACED, &other(lasts)));
    let open = traced("", "").with_trace(three_rows()).unwrap();
    let Traffic::Phases(phases) = &open.groups[1].traffic else { panic!("phases") };
    assert_eq!(
        phases[0].lasts(),
        Span::from_nanos(2_500_000_001),
        "an open phase follows the trace"
    );
    let rounded = traced("lasts = \"3s\"", "").with_trace(three_rows()).unwrap();
    assert_eq!(rounded.lasts, Span::from_secs(3), "a stated length may be rounded up to a second");
    for (head, lasts) in [("lasts = \"4s\"", ""), ("lasts = \"2s\"", ""), ("", ", lasts = \"1m\"")]
    {
        let refused = traced(head, lasts).with_trace(three_rows()).expect_err("they end apart");
        assert!(
            refused.faults.iter().all(|fault| fault.code == Code::LastsMismatch.name()),
            "{refused}"
        );
    }
}

#[test]
fn a_trace_for_a_scenario_that_asks_for_none_is_refused() {
    let refused = parsed(&small("", "")).with_trace(three_rows()).expect_err("no group replays it");
    assert_eq!(refused.faults[0].code, Code::TraceNotAsked.name());
}

#[test]
fn an_edition_of_one_s_own_is_named_by_its_path() {
    let text = small("edition = \"mine/own.toml\"", "");
    assert_eq!(Scenario::edition_named(&text).as_deref(), Some("mine/own.toml"));
    let mut rulebook = RULEBOOK.clone();
    assert!(Scenario::parse("test.toml", &text, &rulebook).is_err(), "nobody has read it yet");
    let own = rulebook.edition("2025-11").unwrap().text().to_owned();
    rulebook.add("mine/own.toml", &own).unwrap();
    assert_eq!(
        Scenario::parse("test.toml", &text, &rulebook).unwrap().edition.name(),
        "mine/own.toml"
    );
    let unnamed = Scenario::parse("test.toml", &small("", ""), &rulebook).unwrap();
    assert_eq!(unnamed.edition.name(), "2025-11", "a user's own edition is never the usual one");
    assert_eq!(Scenario::edition_named("edition = 3\n[broken"), None);
}

#[test]
fn a_ramp_may_begin_with_nothing() {
    let traffic = "traffic = { ramp = { from = \"0/s\", to = \"4/s\", lasts = \"1m\" } }";
    let scenario = parsed(&with("", &format!("{LENGTHS}{traffic}"), ""));
    let Traffic::Phases(phases) = &scenario.groups[0].traffic else { panic!("phases") };
    assert!(matches!(phases[0], Phase::Ramp { from, .. } if from.amount() == Requests(0)));
}

#[test]
fn events_find_their_time_and_their_group() {
    let scenario = parsed(EVERY_KEY);
    let restart = scenario.restarts[0];
    assert_eq!((scenario.restarts.len(), restart.group), (1, 1));
    assert_eq!((restart.at, restart.apart), (Span::from_secs(60), Span::from_secs(1)));
    let mut switches = scenario.switches();
    // Its clients begin one after the other, all of them within the first minute.
    switches.retain(|switch| switch.at >= limits::Instant::START.after(Span::from_secs(60)));
    let first: Vec<(u64, u32, bool)> = switches
        .iter()
        .map(|switch| (switch.at.nanos() / 1_000_000_000, switch.client, switch.up))
        .collect();
    let expected = [(60, 0, false), (61, 1, false), (62, 2, false), (63, 3, false)];
    assert_eq!(first[..4], expected);
    assert_eq!(first[4..], expected.map(|(at, client, _)| (at + 10, client, true)));
    let surge = &scenario.groups[0].surges[0];
    assert_eq!(surge.at, Span::from_secs(330), "by the clock of `starts`");
    assert_eq!(surge.phase.to_string(), "Poisson 20/s for 1m");
    let header =
        scenario.header(&scenario::Origin::default(), run_record::Driver::Simulated, false);
    let told = [0, 1].map(|group: usize| header.groups[group].traffic.as_str());
    insta::assert_snapshot!(told.join("\n"), @r"
    Poisson 2/s for 3m, then ramp 2/s to 5/s over 1m, then steady 0.6/min for 4m, with Poisson 20/s for 1m on top from 5m30s on
    Poisson 6/min for 8m, its clients restarting at 1m, 1s apart, each down for 10s
    ");
}

#[test]
fn an_event_may_be_so_many_business_days_away() {
    let text = small(
        "starts = \"2025-11-26T10:00Z\"\nlasts = \"7d\"\n[calendar]\nholidays = [\"2025-11-27\"]",
        "[[event]]\nat = { business_days = 2, time = \"09:30\" }\n\
         restart = { group = \"chat\", takes = \"10s\" }",
    );
    let text = text.replace(", lasts = \"4m\"", "").replace("2/s", "2/min");
    // Friday is the first, Monday the second.
    let days = Span::from_secs(5 * 86_400 - 1_800);
    assert_eq!(parsed(&text).restarts[0].at, days);
}
