//! What foreign and broken headers read as. Nothing makes reading panic, and every broken form
//! has one meaning, named here.

use proptest::prelude::*;
use wire::{Fate, Hint, Rate10, Shows, Words, text};

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

/// One header with this value.
fn read(header: &str, value: &str) -> Shows {
    text::read(&WORDS, |name| (name == header).then_some(value))
}

fn hint(value: &str) -> Hint {
    read("hint", value).hint
}

#[test]
fn no_headers_show_nothing() {
    assert_eq!(text::read(&WORDS, |_| None), Shows::default());
}

#[test]
fn zero_is_a_value() {
    assert_eq!(hint("0"), Hint::Seconds(0));
    assert_eq!(read("reset", "0").reset, Some(0));
    assert_eq!(read("limit", "0").limit, Some(Rate10(0)));
}

#[test]
fn a_negative_hint_is_less_than_nothing() {
    assert_eq!(hint("-3"), Hint::Negative(3));
    assert_eq!(hint("-0"), Hint::Negative(0));
    assert_eq!(hint("-2.75"), Hint::Negative(2));
    assert_eq!(hint("-99999999999"), Hint::Negative(u32::MAX));
}

#[test]
fn a_negative_number_elsewhere_is_none() {
    assert_eq!(read("remaining", "-1"), Shows::default());
    assert_eq!(read("reset", "-1"), Shows::default());
    assert_eq!(read("limit", "-0.5"), Shows::default());
}

#[test]
fn a_date_is_the_second_it_names() {
    assert_eq!(hint("Sun, 06 Nov 1994 08:49:37 GMT"), Hint::Date(784_111_777));
    // The name of the day is not checked against the calendar.
    assert_eq!(hint("Mon, 06 Nov 1994 08:49:37 GMT"), Hint::Date(784_111_777));
    // A leap second is the first of the next minute.
    assert_eq!(hint("Sat, 31 Dec 2016 23:59:60 GMT"), Hint::Date(1_483_228_800));
}

#[test]
fn what_only_resembles_a_date_is_unreadable() {
    for text in [
        "Sun, 6 Nov 1994 08:49:37 GMT",
        "Sun, 06 Nov 94 08:49:37 GMT",
        "Sunday, 06-Nov-94 08:49:37 GMT",
        "Sun Nov  6 08:49:37 1994",
        "Sun, 06 nov 1994 08:49:37 GMT",
        "Sun, 31 Feb 2024 00:00:00 GMT",
        "Sun, 29 Feb 2100 00:00:00 GMT",
        "Sun, 00 Jan 2024 00:00:00 GMT",
        "Sun, 06 Nov 1994 24:00:00 GMT",
        "Sun, 06 Nov 1994 08:60:00 GMT",
        "Sun, 06 Nov 1994 08:49:61 GMT",
        "Sun, 06 Nov 1994 08:49 GMT",
        "Sun, 06 Nov 1994 08:49:37:00 GMT",
        "Sun, 06 Nov 1994 08:49:37 CET",
        "Sun, 06 Nov 1994 08:49:37 GMT GMT",
        "Sun, 06 Nov 1994 08:49:37",
        "Wed, 31 Dec 1969 23:59:59 GMT",
        "Sat, 01 Jan 02000 00:00:00 GMT",
        "Sat, 01 Jan 9999999999999999999 00:00:00 GMT",
        "2025-11-30T23:59:59Z",
    ] {
        assert_eq!(hint(text), Hint::Unreadable, "{text}");
    }
}

#[test]
fn a_fraction_is_read_to_the_thousandth() {
    assert_eq!(hint("1.5"), Hint::Fraction(1_500));
    assert_eq!(hint("2.0"), Hint::Fraction(2_000));
    assert_eq!(hint("0.0004"), Hint::Fraction(0));
    assert_eq!(hint("0.0005"), Hint::Fraction(1));
    assert_eq!(hint("1.9999999999999999999999"), Hint::Fraction(2_000));
}

#[test]
fn a_fraction_where_whole_numbers_belong_is_none() {
    assert_eq!(read("reset", "1.5"), Shows::default());
    assert_eq!(read("remaining", "2.0"), Shows::default());
}

#[test]
fn an_empty_header_says_nothing() {
    assert_eq!(hint(""), Hint::Unreadable);
    assert_eq!(hint(" \t"), Hint::Unreadable);
    for header in ["limit", "remaining", "reset", "limited", "limit-tokens", "remaining-tokens"] {
        assert_eq!(read(header, ""), Shows::default());
    }
}

#[test]
fn a_huge_number_is_the_largest_there_is() {
    let huge = "99999999999999999999999999";
    assert_eq!(hint(huge), Hint::Seconds(u32::MAX));
    assert_eq!(hint(&format!("{huge}.5")), Hint::Fraction(u64::MAX));
    assert_eq!(read("hint-millis", huge).hint, Hint::Millis(u32::MAX));
    assert_eq!(read("remaining", huge).remaining, Some(u32::MAX));
    assert_eq!(read("reset", "4294967296").reset, Some(u32::MAX));
    assert_eq!(read("limit", huge).limit, Some(Rate10(u64::MAX)));
    assert_eq!(read("limit-tokens", "1844674408").limit_tokens, Some(Rate10(u64::MAX)));
}

#[test]
fn a_repeated_header_is_unreadable() {
    assert_eq!(hint("2, 2"), Hint::Unreadable);
    assert_eq!(read("remaining", "2, 2"), Shows::default());
    assert_eq!(read("limit", "10, 10;w=1"), Shows::default());
}

#[test]
fn other_notations_of_numbers_are_unreadable() {
    for text in [
        "+2", "1e3", "0x10", "2s", "1m30s", ".5", "2.", "1.2.3", "1,5", "1_000", "- 3", "--3",
        "inf", "NaN", "٢", "２", "soon",
    ] {
        assert_eq!(hint(text), Hint::Unreadable, "{text}");
        assert_eq!(read("limit", text), Shows::default(), "{text}");
        assert_eq!(read("reset", text), Shows::default(), "{text}");
    }
}

#[test]
fn leading_zeros_and_surrounding_blanks_do_not_count() {
    assert_eq!(hint(" 002\t"), Hint::Seconds(2));
    assert_eq!(read("limit", " 010.10 ").limit, Some(Rate10(101_000_000_000)));
    assert_eq!(read("limited", " true").limited, Some(true));
}

#[test]
fn a_limit_finer_than_the_wire_is_rounded() {
    assert_eq!(read("limit", "0.16666666666666666").limit, Some(Rate10(1_666_666_667)));
    assert_eq!(read("limit", "0.33333333333333333").limit, Some(Rate10(3_333_333_333)));
    assert_eq!(read("limit", "0.99999999999").limit, Some(Rate10::ONE));
    assert_eq!(read("limit", "0.1666666666x"), Shows::default());
    assert_eq!(read("limit", "0.16666666666x"), Shows::default());
}

#[test]
fn only_true_and_false_are_truths() {
    assert_eq!(read("limited", "true").limited, Some(true));
    assert_eq!(read("limited", "False").limited, Some(false));
    for text in ["1", "0", "yes", "no", "t"] {
        assert_eq!(read("limited", text), Shows::default(), "{text}");
    }
}

#[test]
fn milliseconds_go_before_seconds_when_they_can_be_read() {
    let both = |millis, seconds| {
        text::read(&WORDS, |name| match name {
            "hint-millis" => Some(millis),
            "hint" => seconds,
            _ => None,
        })
        .hint
    };
    assert_eq!(both("250", Some("2")), Hint::Millis(250));
    assert_eq!(both("250.5", Some("2")), Hint::Millis(251));
    assert_eq!(both("soon", Some("2")), Hint::Seconds(2));
    assert_eq!(both("-250", Some("2")), Hint::Seconds(2));
    assert_eq!(both("soon", None), Hint::Unreadable);
}

#[test]
fn what_is_no_fate_is_refused() {
    for text in [
        "",
        "answer=1",
        "answer=; draw=0000000000000000",
        "answer=1; draw=0",
        "answer=1; draw=00000000000000000",
        "answer=1; draw=000000000000000g",
        "answer=+1; draw=0000000000000000",
        "answer=1; draw=+000000000000000",
        "answer=a; draw=0000000000000000",
        "answer=4294967296; draw=0000000000000000",
        "draw=0000000000000000; answer=1",
    ] {
        assert!(text.parse::<Fate>().is_err(), "{text}");
    }
    let fault = "".parse::<Fate>().unwrap_err();
    assert_eq!(fault.to_string(), "a fate reads `answer=TOKENS; draw=SIXTEEN HEX DIGITS`");
}

/// Texts that come close to being read, so that the property below gets past the first letter.
fn near_misses() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-+]?[0-9]{0,30}[.,]?[0-9]{0,30}[a-z]?",
        "(Sun|Thu|Fun), [0-9]{1,3} (Jan|Feb|Nov|Foo) [0-9]{1,25} [0-9:]{0,9} (GMT|CET)",
        "answer=[0-9]{0,12}; draw=[0-9a-f]{14,18}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_text_makes_reading_panic(values in proptest::collection::vec(near_misses(), 10)) {
        let names = [
            WORDS.limit, WORDS.remaining, WORDS.reset, WORDS.hint, WORDS.hint_millis,
            WORDS.limited, WORDS.limit_tokens, WORDS.remaining_tokens, WORDS.limit_dynamic,
            WORDS.remaining_dynamic,
        ];
        let shows = text::read(&WORDS, |name| {
            names.iter().position(|it| *it == name).map(|at| values[at].as_str())
        });
        // Whatever was made of them, it can be said and is then understood the same.
        let mut head = Vec::new();
        text::write(&shows, &WORDS, &mut |name, value| head.push((name.to_owned(), value.to_owned())));
        let again = text::read(&WORDS, |name| {
            head.iter().find(|it| it.0 == name).map(|it| it.1.as_str())
        });
        prop_assert_eq!(again, shows);
        if let Ok(fate) = values[0].parse::<Fate>() {
            prop_assert_eq!(fate.to_string().parse(), Ok(fate));
        }
    }
}
