//! What is written is read back, to the last digit.

use proptest::prelude::*;
use wire::{
    ErrorKind, Fate, Hint, PairId, Rate10, Reply, Request, Shows, Status, TariffId, Usage, Words,
    text,
};

const WORDS: Words<'static> = Words {
    limit: "limit",
    remaining: "remaining",
    reset: "reset",
    hint: "hint",
    hint_millis: "hint-millis",
    limited: "limited",
    limit_tokens: "limit-tokens",
    remaining_tokens: "remaining-tokens",
    limit_dynamic: "limit-dynamic",
    remaining_dynamic: "remaining-dynamic",
};

/// The headers that were written, in their order.
fn written(shows: &Shows, words: &Words<'_>) -> Vec<(String, String)> {
    let mut head = Vec::new();
    text::write(shows, words, &mut |name, value| head.push((name.into(), value.into())));
    head
}

fn read(words: &Words<'_>, head: &[(String, String)]) -> Shows {
    text::read(words, |name| head.iter().find(|it| it.0 == name).map(|it| it.1.as_str()))
}

fn hint() -> impl Strategy<Value = Hint> {
    prop_oneof![
        Just(Hint::Absent),
        any::<u32>().prop_map(Hint::Seconds),
        any::<u32>().prop_map(Hint::Millis),
        any::<u64>().prop_map(Hint::Fraction),
        any::<u64>().prop_map(Hint::Date),
        // Dates of our age are a corner of all dates.
        (0..300_000_000_000_u64).prop_map(Hint::Date),
        any::<u32>().prop_map(Hint::Negative),
        Just(Hint::Unreadable),
    ]
}

fn rate() -> impl Strategy<Value = Rate10> {
    prop_oneof![
        any::<u64>().prop_map(Rate10),
        any::<u32>().prop_map(Rate10::whole),
        (0..20_000_000_000_u64).prop_map(Rate10),
    ]
}

fn shows() -> impl Strategy<Value = Shows> {
    (
        proptest::option::of(rate()),
        any::<Option<u32>>(),
        any::<Option<u32>>(),
        hint(),
        any::<Option<bool>>(),
        (proptest::option::of(rate()), any::<Option<u32>>()),
        (proptest::option::of(rate()), any::<Option<u32>>()),
    )
        .prop_map(|(limit, remaining, reset, hint, limited, tokens, dynamic)| Shows {
            limit,
            remaining,
            reset,
            hint,
            limited,
            limit_tokens: tokens.0,
            remaining_tokens: tokens.1,
            limit_dynamic: dynamic.0,
            remaining_dynamic: dynamic.1,
        })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn what_is_written_is_read_back(shows in shows()) {
        prop_assert_eq!(read(&WORDS, &written(&shows, &WORDS)), shows);
    }

    #[test]
    fn a_header_is_written_exactly_when_there_is_a_value(shows in shows()) {
        let fields = [
            shows.limit.is_some(),
            shows.remaining.is_some(),
            shows.reset.is_some(),
            shows.hint != Hint::Absent,
            shows.limited.is_some(),
            shows.limit_tokens.is_some(),
            shows.remaining_tokens.is_some(),
            shows.limit_dynamic.is_some(),
            shows.remaining_dynamic.is_some(),
        ];
        let there = fields.iter().filter(|field| **field).count();
        prop_assert_eq!(written(&shows, &WORDS).len(), there);
    }

    #[test]
    fn a_header_the_edition_does_not_have_is_neither_written_nor_read(shows in shows()) {
        let words = Words { limit: "", hint: "", ..WORDS };
        let head = written(&shows, &words);
        prop_assert!(head.iter().all(|(name, _)| !name.is_empty()));
        let back = text::read(&words, |name| {
            assert!(!name.is_empty());
            head.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
        });
        let hint = if matches!(shows.hint, Hint::Millis(_)) { shows.hint } else { Hint::Absent };
        prop_assert_eq!(back, Shows { limit: None, hint, ..shows });
    }

    #[test]
    fn a_fate_survives_its_header(answer: u32, draw: u64) {
        let fate = Fate { answer, draw };
        prop_assert_eq!(fate.to_string().parse(), Ok(fate));
    }

    #[test]
    fn a_rate_keeps_its_distance(rate in 1_u64..) {
        // Never closer than the rate allows, and by less than a nanosecond farther.
        let apart = u128::from(Rate10(rate).nanos_apart().unwrap());
        let second = 10_000_000_000_u128 * 1_000_000_000;
        prop_assert!(apart * u128::from(rate) >= second);
        prop_assert!((apart - 1) * u128::from(rate) < second);
    }
}

#[test]
fn every_hint_has_the_form_it_has_in_the_world() {
    let form = |hint| written(&Shows { hint, ..Shows::default() }, &WORDS).pop();
    let under = |name: &str, value: &str| Some((name.to_owned(), value.to_owned()));
    assert_eq!(form(Hint::Absent), None);
    assert_eq!(form(Hint::Seconds(0)), under("hint", "0"));
    assert_eq!(form(Hint::Seconds(2)), under("hint", "2"));
    assert_eq!(form(Hint::Millis(250)), under("hint-millis", "250"));
    assert_eq!(form(Hint::Fraction(1_500)), under("hint", "1.500"));
    assert_eq!(form(Hint::Fraction(7)), under("hint", "0.007"));
    assert_eq!(form(Hint::Date(784_111_777)), under("hint", "Sun, 06 Nov 1994 08:49:37 GMT"));
    assert_eq!(form(Hint::Negative(3)), under("hint", "-3"));
    assert_eq!(form(Hint::Unreadable), under("hint", "soon"));
}

#[test]
fn rates_have_the_form_that_was_recorded() {
    // Six a minute, ten a minute, and whole numbers a second.
    assert_eq!(Rate10(1_000_000_000).to_string(), "0.1");
    assert_eq!(Rate10(1_666_666_667).to_string(), "0.1666666667");
    assert_eq!(Rate10::whole(10).to_string(), "10");
    assert_eq!(Rate10(0).to_string(), "0");
    assert_eq!(Rate10(1).to_string(), "0.0000000001");
    assert_eq!(Rate10::whole(u32::MAX), Rate10(u64::MAX));
}

#[test]
fn dates_of_the_calendar_are_met() {
    let dates = [
        (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (951_782_399, "Mon, 28 Feb 2000 23:59:59 GMT"),
        (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"),
        (951_868_800, "Wed, 01 Mar 2000 00:00:00 GMT"),
        (1_764_547_199, "Sun, 30 Nov 2025 23:59:59 GMT"),
        (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"),
        (253_402_300_799, "Fri, 31 Dec 9999 23:59:59 GMT"),
        (253_402_300_800, "Sat, 01 Jan 10000 00:00:00 GMT"),
    ];
    for (seconds, text) in dates {
        let shows = Shows { hint: Hint::Date(seconds), ..Shows::default() };
        assert_eq!(written(&shows, &WORDS), [("hint".to_owned(), text.to_owned())]);
    }
}

#[test]
fn an_answer_is_cut_short_by_what_was_asked_for() {
    let fate = Fate { answer: 100, draw: 0 };
    let asked = |max_tokens| {
        let pair = PairId(0);
        Request {
            pair,
            prompt: 1,
            count: 1,
            max_tokens,
            stream: false,
            caller: 0,
            tariff: TariffId::FREE,
            fate,
        }
        .answer()
    };
    assert_eq!([asked(None), asked(Some(40)), asked(Some(400))], [100, 40, 100]);
}

#[test]
fn what_crosses_the_wire_is_small() {
    assert!(size_of::<Request>() <= 48);
    assert!(size_of::<Reply>() <= 120);
}

#[test]
fn a_reply_can_be_compared_as_a_whole() {
    let reply = Reply {
        status: Status::TOO_MANY_REQUESTS,
        shows: Shows { reset: Some(0), ..Shows::default() },
        error: Some(ErrorKind::RequestsLimited),
        usage: Usage::default(),
    };
    assert_eq!(reply, { reply });
    assert_ne!(reply, Reply { shows: Shows::default(), ..reply });
}

#[test]
fn every_kind_of_error_has_a_name_of_its_own() {
    let mut names = ErrorKind::ALL.map(ErrorKind::name);
    names.sort_unstable();
    assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
    assert_eq!(ErrorKind::ALL.into_iter().filter(|kind| kind.is_limit()).count(), 5);
}

#[test]
fn statuses_fall_into_classes() {
    let classes =
        |status: Status| [status.is_success(), status.is_client_error(), status.is_server_error()];
    assert_eq!(classes(Status::OK), [true, false, false]);
    assert_eq!(classes(Status::TOO_MANY_REQUESTS), [false, true, false]);
    assert_eq!(classes(Status(599)), [false, false, true]);
    assert_eq!(classes(Status(304)), [false; 3]);
    assert_eq!(classes(Status(1_429)), [false; 3]);
}
