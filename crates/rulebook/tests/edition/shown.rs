//! What responses show: units, rounding, and what a refusal says.

use limits::{Cost, Decision, Instant, Limiter, Refusal, Requests, Span, Tokens};
use proptest::prelude::*;
use rulebook::{Edition, Wording, labels};
use wire::{Hint, Rate10, Shows};

use crate::{LLAMA, R1, TEN_A_MINUTE, edited, edition};

/// A limiter with its wording, asked and answered as a service would.
struct Counter {
    limiter: Limiter,
    wording: Wording,
}

impl Counter {
    fn new(edition: &Edition, tier: &str, model: &str, set: &[(&str, &str)]) -> Counter {
        let mut given = edition.assumptions();
        for (name, value) in set {
            given = given.with(name, value).unwrap();
        }
        let (tier, model) = (edition.tier(tier).unwrap(), edition.model(model));
        let policy = edition.policy(&tier, &model, &given).unwrap();
        let wording = edition.wording(&tier, &model, &given).unwrap();
        Counter { limiter: Limiter::new(policy), wording }
    }

    fn usual(tier: &str, model: &str) -> Counter {
        Counter::new(&edition(), tier, model, &[])
    }

    /// What the response to a request at this millisecond shows, and its refusal if it was one.
    /// With `tokens`, it is answered at once and they are charged.
    fn ask(&mut self, millis: u64, tokens: Option<u64>) -> (Shows, Option<Refusal>) {
        let now = Instant::START.after(Span::from_millis(millis));
        let refusal = match self.limiter.admit(now, Cost::new(Requests(1), Tokens(0))) {
            Decision::Refused(refusal) => Some(refusal),
            Decision::Admitted(receipt) => {
                let shows = self.wording.shows(now, &self.limiter.standing(now), None);
                if let Some(tokens) = tokens {
                    self.limiter.settle(now, receipt, Cost::new(Requests(1), Tokens(tokens)));
                }
                return (shows, None);
            }
            Decision::TooLarge { .. } => panic!("one request always fits"),
        };
        (self.wording.shows(now, &self.limiter.standing(now), refusal), refusal)
    }
}

#[test]
fn the_first_response_of_a_window() {
    let (shows, _) = Counter::usual("build-2", LLAMA).ask(500, None);
    let expected = Shows {
        limit: Some(Rate10::whole(30)),
        remaining: Some(59),
        reset: Some(2),
        hint: Hint::Seconds(2),
        limited: Some(false),
        limit_tokens: Some(Rate10::whole(4_167)),
        remaining_tokens: Some(4_167),
        limit_dynamic: None,
        remaining_dynamic: None,
    };
    assert_eq!(shows, expected);
}

#[test]
fn limits_are_shown_per_second_with_ten_decimals() {
    let limit = |tier, model| {
        let (shows, _) = Counter::usual(tier, model).ask(0, None);
        (shows.limit.unwrap().to_string(), shows.limit_tokens.unwrap().to_string())
    };
    assert_eq!(limit("build-1", LLAMA), ("10".to_owned(), "3000".to_owned()));
    assert_eq!(limit("limited", LLAMA), ("1".to_owned(), "1000".to_owned()));
    assert_eq!(limit("limited", TEN_A_MINUTE), ("0.1666666667".to_owned(), "1000".to_owned()));
    assert_eq!(limit("build-1", R1), ("0.05".to_owned(), "3000".to_owned()));
    assert_eq!(limit("build-5", LLAMA), ("100".to_owned(), "33333".to_owned()));
}

#[test]
fn the_unit_of_shown_limits_is_a_fact() {
    let edition = edited("[shown]", "unit", "1s", "60s");
    let (shows, _) = Counter::new(&edition, "build-2", LLAMA, &[]).ask(0, None);
    assert_eq!(shows.limit, Some(Rate10::whole(1_800)));
    assert_eq!(shows.limit_tokens, Some(Rate10::whole(250_000)));
    assert_eq!(shows.remaining_tokens, Some(4_167), "what the counter holds is another fact");
}

#[test]
fn a_recorded_burst_on_a_limited_account() {
    let mut counter = Counter::usual("limited", LLAMA);
    let seen: Vec<(Option<u32>, Option<u32>, Option<bool>)> = [0, 190, 210, 350]
        .map(|millis| counter.ask(millis, None).0)
        .map(|shows| (shows.remaining, shows.reset, shows.limited))
        .to_vec();
    let recorded = [(1, false), (0, false), (0, true), (0, true)];
    assert_eq!(seen, recorded.map(|(left, limited)| (Some(left), Some(2), Some(limited))));
}

#[test]
fn a_reset_rounds_to_nearest_and_zero_is_shown_as_zero() {
    let reset_at = |millis| {
        let mut counter = Counter::usual("build-1", LLAMA);
        let _ = counter.ask(0, None);
        let (shows, _) = counter.ask(millis, None);
        assert_eq!(shows.hint, Hint::Seconds(shows.reset.unwrap()));
        shows.reset.unwrap()
    };
    assert_eq!([1, 500, 501, 1_500, 1_501, 1_999].map(reset_at), [2, 2, 1, 1, 0, 0]);
    assert_eq!(reset_at(2_000), 2, "the next window");
}

#[test]
fn rounding_and_hint_are_facts() {
    let up = edited("[shown]", "reset", "nearest", "up");
    let mut counter = Counter::new(&up, "build-1", LLAMA, &[]);
    let _ = counter.ask(0, None);
    assert_eq!(counter.ask(1_999, None).0.reset, Some(1));
    let silent = edited("[shown]", "hint", "\"reset\"", "\"absent\"");
    let (shows, _) = Counter::new(&silent, "build-1", LLAMA, &[]).ask(0, None);
    assert_eq!((shows.reset, shows.hint), (Some(2), Hint::Absent));
}

#[test]
fn shown_tokens_belong_to_the_request_window_and_refuse_nobody() {
    let mut counter = Counter::new(&edition(), "limited", LLAMA, &[("token_gate", "none")]);
    assert_eq!(counter.ask(0, Some(2_048)).0.remaining_tokens, Some(1_000), "not its own tokens");
    let (shows, refusal) = counter.ask(100, None);
    assert_eq!((shows.remaining_tokens, refusal), (Some(0), None), "none left, and admitted");
    let (shows, _) = counter.ask(2_000, None);
    assert_eq!(shows.remaining_tokens, Some(1_000), "full with the next request window");
}

#[test]
fn shown_tokens_are_counted_exactly() {
    // As recorded on Build 1: 3000 - (37 + 1652) - (37 + 723) = 551.
    let mut counter = Counter::usual("build-1", LLAMA);
    let _ = counter.ask(0, Some(37 + 1_652));
    let _ = counter.ask(10, Some(37 + 723));
    assert_eq!(counter.ask(20, None).0.remaining_tokens, Some(551));
}

#[test]
fn a_refusal_by_requests_shows_no_requests_left_and_the_tokens_as_they_are() {
    let mut counter = Counter::usual("limited", LLAMA);
    let _ = counter.ask(0, Some(300));
    let _ = counter.ask(1, None);
    let (shows, refusal) = counter.ask(2, None);
    assert_eq!(refusal.unwrap().by, labels::REQUESTS);
    assert_eq!((shows.remaining, shows.remaining_tokens), (Some(0), Some(700)));
    assert_eq!((shows.reset, shows.limited), (Some(2), Some(true)));
}

/// A limited account whose tokens are used up at once, asked again after so many milliseconds.
fn refused_by_tokens(millis: u64, token_reset: &str) -> Shows {
    let mut counter = Counter::new(&edition(), "limited", LLAMA, &[("token_reset", token_reset)]);
    let _ = counter.ask(0, Some(60_000));
    let (shows, refusal) = counter.ask(millis, None);
    assert_eq!(refusal.unwrap().by, labels::TOKENS);
    shows
}

#[test]
fn a_refusal_by_tokens_shows_the_request_window_unless_told_otherwise() {
    let shows = refused_by_tokens(400, "request-window");
    assert_eq!((shows.reset, shows.hint), (Some(2), Hint::Seconds(2)));
    assert_eq!((shows.remaining, shows.remaining_tokens), (Some(1), Some(0)));
    assert_eq!(shows.limited, Some(true));
    let shows = refused_by_tokens(400, "gate");
    assert_eq!((shows.reset, shows.hint), (Some(60), Hint::Seconds(60)));
    assert_eq!((shows.remaining, shows.remaining_tokens), (Some(1), Some(0)));
}

#[test]
fn a_refusal_by_tokens_outside_any_request_window_shows_zero() {
    // A refusal opens no window, so there is none whose end could be shown.
    let shows = refused_by_tokens(30_000, "request-window");
    assert_eq!((shows.reset, shows.hint), (Some(0), Hint::Seconds(0)));
    assert_eq!((shows.remaining, shows.remaining_tokens), (Some(2), Some(0)));
    assert_eq!(refused_by_tokens(30_000, "gate").reset, Some(30));
}

#[test]
fn a_refusal_by_tokens_shows_none_left_whatever_the_shown_counter_holds() {
    let mut counter = Counter::usual("limited", LLAMA);
    let _ = counter.ask(0, Some(59_999));
    let _ = counter.ask(4_000, Some(1)); // a new request window: its shown counter holds 999
    let (shows, refusal) = counter.ask(4_100, None);
    assert_eq!(refusal.unwrap().by, labels::TOKENS);
    assert_eq!((shows.remaining, shows.remaining_tokens), (Some(1), Some(0)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// On any tier, at any moment of a window: the reset is the nearest whole second to its end,
    /// the hint the same, and what is left is the capacity less what was admitted.
    #[test]
    fn headers_agree_with_a_count_on_paper(
        tier in 1_u32..=5,
        mut asked in proptest::collection::vec(0_u64..1_999, 1..300),
    ) {
        asked.sort_unstable();
        let mut counter = Counter::usual(&format!("tier{tier}"), LLAMA);
        let capacity = [20, 60, 100, 150, 200][tier as usize - 1];
        for (before, millis) in (0_u32..).zip(&asked) {
            let (shows, refusal) = counter.ask(*millis, None);
            let to_end = asked[0] + 2_000 - millis;
            prop_assert_eq!(shows.reset, Some(u32::try_from((to_end + 500) / 1_000).unwrap()));
            prop_assert_eq!(shows.hint, Hint::Seconds(shows.reset.unwrap()));
            prop_assert_eq!(refusal.is_some(), before >= capacity);
            prop_assert_eq!(shows.limited, Some(before >= capacity));
            prop_assert_eq!(shows.remaining, Some(capacity.saturating_sub(before + 1)));
        }
    }
}
