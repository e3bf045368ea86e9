//! An edition says by which algorithm each of its meters counts.

use limits::{
    Algorithm, Cost, Debt, Decision, Instant, Limiter, Meter, Policy, Requests, Span, Tokens,
};
use rulebook::{Edition, labels, refused_by};
use wire::{ErrorKind, Hint};

use crate::{LLAMA, R1, edited, edition, with_line};

const WORDS: [(&str, Algorithm); 6] = [
    ("opened", Algorithm::Opened),
    ("aligned", Algorithm::Aligned),
    ("bucket", Algorithm::Bucket),
    ("gcra", Algorithm::Gcra),
    ("sliding-log", Algorithm::SlidingLog),
    ("sliding-counter", Algorithm::SlidingCounter),
];

const ONE: Cost = Cost::new(Requests(1), Tokens(0));

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

/// An edition with one more line in a section, before the one that begins with `key`.
fn with_more(header: &str, key: &str, line: &str) -> Edition {
    edited(header, key, key, &format!("{line}\n{key}"))
}

/// The edition whose requests are all counted so.
fn counting_by(word: &str) -> Edition {
    let line =
        format!("algorithm = {{ value = \"{word}\", source = \"ours\", certainty = \"assumed\" }}");
    with_more("[window]", "length", &line)
}

fn policy(edition: &Edition, tier: &str, model: &str) -> Policy {
    let tier = edition.tier(tier).unwrap();
    edition.policy(&tier, &edition.model(model), &edition.assumptions()).unwrap()
}

fn algorithms(policy: &Policy) -> Vec<(&'static str, Algorithm)> {
    policy.meters().iter().map(|meter| (meter.label().0, meter.algorithm())).collect()
}

#[test]
fn one_line_says_how_all_requests_are_counted() {
    for (word, algorithm) in WORDS {
        let edition = counting_by(word);
        for (model, label) in [(LLAMA, "requests"), (R1, "model")] {
            let before = policy(&crate::edition(), "build-2", model);
            let policy = policy(&edition, "build-2", model);
            let expected =
                [(label, algorithm), ("tokens", Algorithm::Opened), ("shown tokens", algorithm)];
            assert_eq!(algorithms(&policy), expected);
            let quotas =
                |policy: &Policy| -> Vec<_> { policy.meters().iter().map(Meter::quota).collect() };
            assert_eq!(quotas(&policy), quotas(&before), "the same limits, counted otherwise");
            // What is shown of tokens goes with a window that requests open, or by itself.
            let leader = (algorithm == Algorithm::Opened).then_some(0);
            assert_eq!(policy.meters()[2].leader(), leader, "{word}");
            assert!(!policy.meters()[2].decides(), "{word}");
        }
    }
}

#[test]
fn an_edition_that_says_nothing_opens_windows() {
    let (quiet, said) = (policy(&edition(), "build-2", LLAMA), counting_by("opened"));
    assert_eq!(quiet, policy(&said, "build-2", LLAMA));
}

#[test]
fn a_limit_may_say_itself_how_it_is_counted() {
    let text = with_line(
        "[tiers.build-2]",
        "requests",
        "\"1800/min\"",
        "\"1800/min\", algorithm = \"sliding-log\"",
    );
    let edition = Edition::parse("copy.toml", &text).unwrap();
    let of = |tier, model| policy(&edition, tier, model).meters()[0].algorithm();
    assert_eq!(of("build-2", LLAMA), Algorithm::SlidingLog);
    assert_eq!(of("build-3", LLAMA), Algorithm::Opened, "another tier");
    assert_eq!(of("build-2", R1), Algorithm::Opened, "a limit of its own");

    let tier = edition.tier("build-2").unwrap();
    let published = edition.published(&tier, &edition.model(LLAMA), &edition.assumptions());
    let published = published.unwrap();
    let ids = ["requests", "tokens", "requests.algorithm"].map(|id| format!("tiers.build-2.{id}"));
    assert_eq!(published.facts, ids);
    let (rate, by) = (edition.fact(&ids[0]).unwrap(), edition.fact(&ids[2]).unwrap());
    assert_eq!((by.value.as_str(), &by.source), ("sliding-log", &rate.source));
    assert_eq!(by.certainty, rate.certainty);
}

#[test]
fn what_a_limit_says_itself_comes_before_what_is_said_of_all() {
    let rows = format!("[models.\"{R1}\".requests_by.deepseek_r1.tier-row]");
    let own = with_line(&rows, "build-2", "\"60/min\"", "\"60/min\", algorithm = \"aligned\"");
    let all = "algorithm = { value = \"gcra\", source = \"ours\", certainty = \"assumed\" }";
    let both = own.replacen("length     =", &format!("{all}\nlength     ="), 1);
    let edition = Edition::parse("copy.toml", &both).unwrap();
    let of = |tier, model| policy(&edition, tier, model).meters()[0].algorithm();
    assert_eq!(of("build-2", R1), Algorithm::Aligned);
    assert_eq!(of("build-3", R1), Algorithm::Gcra);
    assert_eq!(of("build-2", LLAMA), Algorithm::Gcra);
}

#[test]
fn the_tokens_that_decide_are_counted_as_their_tier_says_or_as_their_gate_does() {
    let gate = |edition: &Edition, tier, debt| {
        let given = edition.assumptions().with("token_debt", debt).unwrap();
        let tier = edition.tier(tier).unwrap();
        let policy = edition.policy(&tier, &edition.model(LLAMA), &given).unwrap();
        let gate = policy.meters().iter().find(|meter| meter.label() == labels::TOKENS);
        gate.map(|gate| (gate.algorithm(), gate.debt())).unwrap()
    };
    let key = "\"250000/min\"";
    for (word, algorithm) in WORDS {
        let said = format!("{key}, algorithm = \"{word}\"");
        let edition = edited("[tiers.build-2]", "tokens", key, &said);
        let windows = [Algorithm::Opened, Algorithm::Aligned].contains(&algorithm);
        let refills = [Algorithm::Bucket, Algorithm::Gcra].contains(&algorithm);
        let paid = |carried| if carried { Debt::Carried } else { Debt::Forgotten };
        assert_eq!(gate(&edition, "build-2", "carried"), (algorithm, paid(windows || refills)));
        assert_eq!(gate(&edition, "build-2", "forgotten"), (algorithm, paid(refills)));
        assert_eq!(gate(&edition, "build-3", "forgotten").0, Algorithm::Opened);
    }
    let window = "allows = \"60s\"";
    let edition =
        edited("[token_gates]", "minute", window, &format!("{window}, algorithm = \"bucket\""));
    assert_eq!(gate(&edition, "build-3", "forgotten").0, Algorithm::Bucket);
    let fact = edition.fact("token_gates.minute").unwrap();
    assert_eq!(fact.value, "the tokens of 60s in a window of 60s, bucket");
}

#[test]
fn a_bucket_shows_when_it_is_full_and_an_empty_one_when_one_may_go() {
    // 600 a minute, of which two seconds' worth is saved up: one more every tenth of a second.
    let edition = counting_by("bucket");
    let tier = edition.tier("build-1").unwrap();
    let (model, given) = (edition.model(LLAMA), edition.assumptions());
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let mut limiter = Limiter::new(policy(&edition, "build-1", LLAMA));
    for left in (0..20).rev() {
        let Decision::Admitted(_) = limiter.admit(at(0), ONE) else { panic!("{left} left") };
        let shows = wording.shows(at(0), &limiter.standing(at(0)), None);
        assert_eq!(shows.remaining, Some(left));
        // To nearest: 0.4 s is none, 1.9 s are two. The last one leaves nothing: 0.1 s.
        let fills = if left == 0 { 1 } else { 20 - left };
        assert_eq!(shows.reset, Some((fills + 5) / 10));
    }
    let Decision::Refused(refusal) = limiter.admit(at(0), ONE) else { panic!("it is empty") };
    assert_eq!(refusal.retry_at, at(100));
    let shows = wording.shows(at(0), &limiter.standing(at(0)), Some(refusal));
    assert_eq!((shows.remaining, shows.reset, shows.hint), (Some(0), Some(0), Hint::Seconds(0)));
}

#[test]
fn a_cap_on_what_is_in_flight_stands_beside_the_rates_and_names_no_time() {
    let line = "concurrent = { value = 2, source = \"ours\", certainty = \"assumed\" }";
    let edition = with_more("[tiers.build-2]", "requests", line);
    let policy = policy(&edition, "build-2", LLAMA);
    let expected = [
        ("requests", Algorithm::Opened),
        ("tokens", Algorithm::Opened),
        ("shown tokens", Algorithm::Opened),
        ("concurrent", Algorithm::Concurrency),
    ];
    assert_eq!(algorithms(&policy), expected);
    assert_eq!(self::policy(&edition, "build-3", LLAMA).meters().len(), 3);
    let tier = edition.tier("build-2").unwrap();
    let (model, given) = (edition.model(LLAMA), edition.assumptions());
    let published = edition.published(&tier, &model, &given).unwrap();
    assert_eq!(published.concurrent, Some(Requests(2)));
    assert_eq!(published.facts.last().unwrap(), "tiers.build-2.concurrent");

    let mut limiter = Limiter::new(policy);
    let Decision::Admitted(first) = limiter.admit(at(0), ONE) else { panic!("the first") };
    let Decision::Admitted(_) = limiter.admit(at(0), ONE) else { panic!("the second") };
    let Decision::Refused(refusal) = limiter.admit(at(60_000), ONE) else { panic!("the third") };
    assert_eq!(
        (refusal.by, refused_by(refusal.by)),
        (labels::CONCURRENT, ErrorKind::RequestsLimited)
    );
    let wording = edition.wording(&tier, &model, &given).unwrap();
    let shows = wording.shows(at(60_000), &limiter.standing(at(60_000)), Some(refusal));
    assert_eq!((shows.remaining, shows.reset, shows.hint), (Some(60), None, Hint::Absent));
    limiter.settle(at(60_001), first, ONE);
    let Decision::Admitted(_) = limiter.admit(at(60_001), ONE) else { panic!("one has ended") };
}
