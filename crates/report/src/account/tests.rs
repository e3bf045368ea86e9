//! The life of an account.

use limits::Span;
use run_record::AccountLeaf;

use super::*;
use crate::sample::Told;
use crate::sample::money::{course, dollars, moment, negative, with_books};

/// The finding about an account with these moments and this course.
fn finding(
    moments: Vec<MomentLeaf>,
    points: &[(u64, &str)],
    change: impl Fn(&mut AccountLeaf),
) -> String {
    let mut books = AccountLeaf {
        tier: "build-2".to_owned(),
        enforced: true,
        opening: dollars("$20"),
        moments,
        course: course(points),
        ..AccountLeaf::default()
    };
    change(&mut books);
    let told = Told { in_time: 100, ..Told::default() };
    let record = with_books(|_| (), &[("give-up", vec![told], books)]);
    let study = Study::of(&record);
    words::finding(&study, &Life::of(&study).unwrap()).replace(numbers::THIN, " ")
}

#[test]
fn what_stops_an_account_is_said_with_when_how_long_and_why() {
    let at_floor = |second| MomentLeaf {
        balance: dollars("-$100"),
        ..moment(second, "blocked", None, "the balance is used up")
    };
    let blocked = |says: &str| MomentLeaf { says: says.to_owned(), ..at_floor(192) };
    let points = [(0, "-$99"), (192, "-$100")];
    let long = |books: &mut AccountLeaf| books.blocked = Span::from_secs(150);
    assert_eq!(
        finding(vec![blocked(""), moment(312, "unblocked", None, "")], &points, long),
        "The account is blocked from 03:12 for 2 min: balance −$100.00 reached"
    );
    assert_eq!(
        finding(vec![blocked("an invoice is past due")], &points, long),
        "The account is blocked from 03:12 to the end: an invoice is past due"
    );
    let twice = vec![
        blocked(""),
        moment(312, "unblocked", None, ""),
        at_floor(400),
        moment(430, "unblocked", None, ""),
    ];
    assert_eq!(
        finding(twice, &points, long),
        "The account is blocked two times, first from 03:12, for 150 s in all: balance −$100.00 \
         reached"
    );
}

#[test]
fn a_declined_card_a_climb_and_an_even_life_are_told_apart() {
    let points = [(0, "$20"), (300, "$3.20")];
    let declined = |books: &mut AccountLeaf| books.declined = 3;
    assert_eq!(
        finding(Vec::new(), &points, declined),
        "The card is declined three times, and nothing is bought"
    );
    let climbed = |books: &mut AccountLeaf| {
        books.tier = "build-4".to_owned();
        books.paid = dollars("$250");
    };
    let moments =
        vec![moment(120, "promoted", None, "Tier 3"), moment(360, "promoted", None, "Tier 4")];
    assert_eq!(
        finding(moments, &points, climbed),
        "The account climbs from Tier 2 to Tier 4 by 06:00, with $250 paid"
    );
    let even = |books: &mut AccountLeaf| books.lowest = dollars("$3.20");
    assert_eq!(
        finding(Vec::new(), &points, even),
        "Nothing stops the account: it holds $3.20 at its lowest (05:00)"
    );
}

#[test]
fn blocked_spans_are_hatched_and_floors_are_drawn_and_named() {
    let record = negative();
    let study = Study::of(&record);
    let life = Life::of(&study).unwrap();
    assert_eq!(life.blocked(), [(192 * SECOND, 352 * SECOND)]);
    let drawn = chart(&life).draw();
    assert_eq!(drawn.matches("f-blocked").count(), 1);
    assert!(drawn.contains(">floor −$100<"), "{drawn}");
}

#[test]
fn every_kind_of_moment_has_a_letter_of_its_own() {
    let whats = ["bought", "blocked", "batch_ended", "job", "endpoint_started", "bought"];
    let moments: Vec<MomentLeaf> = whats.iter().map(|what| moment(1, what, None, "")).collect();
    let letters: Vec<char> = lettered(&moments).into_iter().map(|(letter, _)| letter).collect();
    assert_eq!(letters, ['P', 'B', 'Z', 'Y', 'X']);
}

#[test]
fn books_that_are_only_kept_have_no_life_to_tell() {
    let books = AccountLeaf { tier: "build-2".to_owned(), ..AccountLeaf::default() };
    let told = Told { in_time: 100, ..Told::default() };
    let record = with_books(|_| (), &[("give-up", vec![told], books)]);
    assert!(section(&Study::of(&record)).is_none());
}
