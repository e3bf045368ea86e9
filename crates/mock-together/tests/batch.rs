//! Files of requests: what they cost, what is too much, and what becomes of their lines.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, at};
use limits::{Instant, Span};
use mock_together::{
    Card, Change, Collected, Funds, Happening, Line, LineEnd, OrganizationId, Submitted,
};
use money::Money;
use rulebook::Extent;
use wire::{ErrorKind, Fate, PairId, Request, Status, TariffId};

const US: OrganizationId = OrganizationId(0);

fn second(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

/// An account of Build Tier 1 with twenty dollars, and what a line of its files costs.
fn house(changes: &[(&str, &str)], course: &[Happening]) -> (House, PairId, TariffId) {
    let mut house = House::with_course("2025-11", changes, course);
    let account = house.account(0, "build-1", LLAMA);
    let purchased = Money::from_dollars(20);
    let funds = Funds { purchased, card: Card::Accepted, ..Funds::none(US, account.tier.clone()) };
    house.service.open(&Funds { enforced: true, ..funds });
    let pair = house.enrol(&account);
    let given = house.edition.assumptions();
    let priced = house.edition.batch_tariff(&account.model, &Extent::default(), &given);
    let tariff = house.service.quote(priced.unwrap().tariff);
    (house, pair, tariff)
}

fn line((pair, tariff): (PairId, TariffId), prompt: u32, answer: u32, n: u64) -> Line {
    let draw = chance::Seed(1).draw(chance::Purpose::Fate, 0, n);
    let fate = Fate { answer, draw };
    let request = Request { prompt, tariff, fate, ..house::request(pair) };
    Line { request, attempt: 1 }
}

fn accepted(submitted: Submitted) -> (mock_together::BatchId, Instant) {
    match submitted {
        Submitted::Accepted { id, ends_at } => (id, ends_at),
        Submitted::Refused { reply, .. } => panic!("refused: {reply:?}"),
    }
}

fn refused(submitted: Submitted) -> (Option<ErrorKind>, Status, Instant) {
    match submitted {
        Submitted::Refused { reply, head_at } => (reply.error, reply.status, head_at),
        Submitted::Accepted { .. } => panic!("accepted"),
    }
}

fn ended(collected: Collected) -> Vec<LineEnd> {
    match collected {
        Collected::Ended(ends) => ends,
        Collected::Underway { look_at } => panic!("under way until {look_at:?}"),
    }
}

fn spent(house: &mut House, now: Instant) -> Money {
    let books = house.service.statement(now, US).unwrap();
    assert_eq!(books.opening + books.paid + books.free - books.usage, books.balance);
    books.usage
}

/// A million tokens of prompts and 200,000 of answers, of Llama 3.3 70B at half of $0.88.
#[test]
fn a_file_costs_half_and_is_charged_line_by_line_as_it_is_worked_off() {
    let (mut house, pair, tariff) = house(&[], &[]);
    let lines: Vec<Line> = (0..10).map(|n| line((pair, tariff), 100_000, 20_000, n)).collect();
    // 1.2 million tokens at 5,000 a second.
    let (id, ends_at) = accepted(house.service.submit(at(0), pair, &lines));
    assert_eq!(ends_at, second(240));
    // A line takes 24 s.
    let each = Money::parse("$0.0528").unwrap();
    assert_eq!(spent(&mut house, second(23)), Money::ZERO);
    assert_eq!(spent(&mut house, second(71)), each.times(2));
    let look_at = second(240);
    assert_eq!(house.service.collect(second(239), id), Collected::Underway { look_at });
    let ends = ended(house.service.collect(second(240), id));
    assert!(ends.iter().all(|end| matches!(end, LineEnd::Done(usage) if usage.total() == 120_000)));
    assert_eq!(spent(&mut house, second(240)), Money::parse("$0.528").unwrap());
    assert_eq!(house.service.collect(second(240), id), Collected::Ended(Vec::new()), "once");
}

#[test]
fn no_limit_on_requests_has_anything_to_do_with_a_file() {
    let (mut house, pair, tariff) = house(&[], &[]);
    let lines: Vec<Line> = (0..50_000).map(|n| line((pair, tariff), 10, 10, n)).collect();
    let _ = accepted(house.service.submit(at(0), pair, &lines));
    let standing = house.service.standing(at(0), pair).unwrap();
    assert!(standing.iter().all(|meter| meter.remaining == meter.capacity));
    for n in 0..20 {
        let _ = house.admitted(0, house::nth(pair, n));
    }
    let (reply, _) = house.refused(0, house::request(pair));
    assert_eq!(reply.error, Some(ErrorKind::RequestsLimited), "as if there were no file");
}

#[test]
fn a_file_that_is_too_much_is_refused_whole() {
    let (mut house, pair, tariff) = house(&[], &[]);
    let mut meets = |lines: &[Line]| {
        let (kind, status, head_at) = refused(house.service.submit(at(5_000), pair, lines));
        assert_eq!(head_at, at(5_100));
        (kind.unwrap(), status.0)
    };
    let small = line((pair, tariff), 1, 1, 0);
    assert_eq!(meets(&[]), (ErrorKind::Invalid, 400));
    assert_eq!(meets(&vec![small; 50_001]), (ErrorKind::Invalid, 400));
    // 192 lines of 520,000 bytes are 99.84 MB, one more is too much.
    let long = line((pair, tariff), 130_000, 1, 0);
    assert_eq!(meets(&vec![long; 193]), (ErrorKind::TooLarge, 413));
    // Six files of five billion tokens are all that may wait.
    let wordy = vec![line((pair, tariff), 1, 99_999, 0); 50_000];
    for _ in 0..6 {
        let _ = accepted(house.service.submit(at(5_000), pair, &wordy));
    }
    let met = refused(house.service.submit(at(5_000), pair, &[small]));
    assert_eq!((met.0, met.1), (Some(ErrorKind::TokensLimited), Status::TOO_MANY_REQUESTS));
    assert_eq!(spent(&mut house, at(5_000)), Money::ZERO);
    // Twenty seconds work off the first line, and then there is room for another.
    let _ = accepted(house.service.submit(second(26), pair, &[small]));
}

#[test]
fn what_the_window_ends_before_is_neither_answered_nor_charged() {
    let (mut house, pair, tariff) = house(&[("batch_throughput", "1000/s")], &[]);
    // A day works off 86.4 million tokens: 864 lines of 100,000.
    let lines: Vec<Line> = (0..900).map(|n| line((pair, tariff), 1_000, 99_000, n)).collect();
    let (id, ends_at) = accepted(house.service.submit(at(0), pair, &lines));
    assert_eq!(ends_at, second(86_400));
    let ends = ended(house.service.collect(ends_at, id));
    let expired = ends.iter().filter(|end| **end == LineEnd::Expired).count();
    assert_eq!((ends.len(), expired), (900, 36));
    let each = Money::parse("$0.044").unwrap();
    assert_eq!(spent(&mut house, second(90_000)), each.times(864));
}

#[test]
fn lines_fail_by_a_chance_of_their_own_at_each_attempt() {
    let (mut house, pair, tariff) = house(&[("batch_line_failures", "10%")], &[]);
    let mut lines: Vec<Line> = (0..10_000).map(|n| line((pair, tariff), 10, 10, n)).collect();
    lines.push(line((pair, tariff), 200_000, 0, 0));
    let mut failed = |lines: &[Line], now: Instant| {
        let (id, ends_at) = accepted(house.service.submit(now, pair, lines));
        let ends = ended(house.service.collect(ends_at, id));
        let at_chance = |end: &LineEnd| match end {
            LineEnd::Failed(reply) => reply.error == Some(ErrorKind::Internal),
            LineEnd::Done(_) | LineEnd::Expired => false,
        };
        let too_long = ends.iter().filter(
            |end| matches!(end, LineEnd::Failed(reply) if reply.error == Some(ErrorKind::TooLong)),
        );
        assert_eq!(too_long.count(), 1, "of the model's context");
        ends.iter().map(at_chance).collect::<Vec<bool>>()
    };
    let first = failed(&lines, at(0));
    assert_eq!(first, failed(&lines, second(1_000)), "the same attempt meets the same");
    let again: Vec<Line> = lines.iter().map(|line| Line { attempt: 2, ..*line }).collect();
    let second_time = failed(&again, second(2_000));
    let count = |met: &[bool]| met.iter().filter(|failed| **failed).count();
    let both = first.iter().zip(&second_time).filter(|(one, other)| **one && **other).count();
    assert!((900..1_100).contains(&count(&first)), "{}", count(&first));
    assert!((900..1_100).contains(&count(&second_time)), "{}", count(&second_time));
    assert!((60..140).contains(&both), "{both}");
    let done = 30_000 - 2 * count(&first) - count(&second_time);
    // Twenty tokens at $0.44 a million.
    let each = Money::parse("$0.0000088").unwrap();
    assert_eq!(spent(&mut house, second(3_000)), each.times(done.try_into().unwrap()));
}

fn blocked(seconds: u64, blocked: bool) -> Happening {
    Happening { at: second(seconds), what: Change::Blocked { organization: US, blocked } }
}

#[test]
fn a_blocked_account_hands_in_nothing_and_what_is_under_way_finishes_or_rests() {
    for (rule, ends_at) in [("finish", 240), ("stop", 300)] {
        let course = [blocked(100, true), blocked(160, false)];
        let (mut house, pair, tariff) = house(&[("blocked_batches", rule)], &course);
        let lines: Vec<Line> = (0..10).map(|n| line((pair, tariff), 100_000, 20_000, n)).collect();
        let (id, promised) = accepted(house.service.submit(at(0), pair, &lines));
        assert_eq!(promised, second(240));
        let (kind, status, _) = refused(house.service.submit(second(120), pair, &lines));
        assert_eq!((kind, status), (Some(ErrorKind::NoCredit), Status::PAYMENT_REQUIRED));
        let look_at = second(ends_at);
        let before = house.service.collect(second(239), id);
        assert_eq!(before, Collected::Underway { look_at }, "{rule}");
        assert_eq!(ended(house.service.collect(look_at, id)).len(), 10, "{rule}");
        assert_eq!(spent(&mut house, look_at), Money::parse("$0.528").unwrap(), "{rule}");
    }
}

#[test]
fn what_is_over_when_a_file_is_taken_back_stays_charged_and_the_rest_costs_nothing() {
    let (mut house, pair, tariff) = house(&[], &[]);
    let lines: Vec<Line> = (0..10).map(|n| line((pair, tariff), 100_000, 20_000, n)).collect();
    let (first, _) = accepted(house.service.submit(at(0), pair, &lines));
    let (next, ends_at) = accepted(house.service.submit(at(0), pair, &lines));
    assert_eq!(ends_at, second(480));
    // Three lines of 24 s, and part of a fourth.
    assert_eq!(house.service.over(second(80), first), Some(3));
    let over = house.service.cancel(second(80), first).unwrap();
    assert!(over.iter().all(|end| matches!(end, LineEnd::Done(usage) if usage.total() == 120_000)));
    assert_eq!(over.len(), 3);
    assert_eq!(house.service.collect(second(80), first), Collected::Ended(Vec::new()), "gone");
    assert_eq!(house.service.cancel(second(80), first), None, "once");
    // The next file has the whole throughput from then on.
    let look_at = second(320);
    assert_eq!(house.service.collect(second(319), next), Collected::Underway { look_at });
    assert_eq!(ended(house.service.collect(look_at, next)).len(), 10);
    assert_eq!(house.service.cancel(look_at, next), None, "it has ended");
    let each = Money::parse("$0.0528").unwrap();
    assert_eq!(spent(&mut house, second(400)), each.times(13));
}

#[test]
fn a_file_goes_on_in_a_later_service_where_it_stood_and_no_line_is_charged_twice() {
    let lines = |pair, tariff| -> Vec<Line> {
        (0..10).map(|n| line((pair, tariff), 100_000, 20_000, n)).collect()
    };
    let (mut before, pair, tariff) = house(&[], &[]);
    let lines = lines(pair, tariff);
    let (id, _) = accepted(before.service.submit(at(0), pair, &lines));
    let over = before.service.over(second(80), id).unwrap();
    let whole = ended(before.service.collect(second(240), id));

    let (mut after, pair, _) = house(&[], &[]);
    let day = second(86_400);
    let id = after.service.resume(second(100), pair, &lines, (over, day)).unwrap();
    let look_at = second(100 + 7 * 24);
    assert_eq!(after.service.collect(second(101), id), Collected::Underway { look_at });
    assert_eq!(ended(after.service.collect(look_at, id)), whole, "as if nothing had been");
    let each = Money::parse("$0.0528").unwrap();
    assert_eq!(spent(&mut after, look_at), each.times(7));

    let id = after.service.resume(look_at, pair, &lines, (usize::MAX, day)).unwrap();
    assert_eq!(ended(after.service.collect(look_at, id)), whole, "all of it was over");
    let id = after.service.resume(look_at, pair, &lines, (4, second(1))).unwrap();
    let ends = ended(after.service.collect(look_at, id));
    let expired = ends.iter().filter(|end| **end == LineEnd::Expired).count();
    assert_eq!(expired, 6, "its window was over before");
    assert_eq!(spent(&mut after, look_at), each.times(7));
    assert_eq!(after.service.resume(look_at, PairId(9), &lines, (0, day)), None);
}
