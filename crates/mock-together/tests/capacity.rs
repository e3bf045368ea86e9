//! What everybody's hardware can do: bursts that are smoothed, outages, other tenants, slow answers.

#![expect(clippy::unwrap_used, reason = "a test that cannot set its stage must fail")]

mod house;

use house::{House, LLAMA, MAVERICK, at, count, meets, request};
use limits::{Instant, Span};
use mock_together::{Answer, Change, Happening, Millionths, Ticket};
use wire::{ErrorKind, Fate, PairId, Request, Status};

const FAILED: Option<ErrorKind> = Some(ErrorKind::Unavailable);

/// 5,000 tokens a second with nobody else, a buffer of two seconds, no noise.
const ALONE: [(&str, &str); 5] = [
    ("model_capacity", "5000/s"),
    ("other_tenants", "0%"),
    ("capacity_buffer", "2s"),
    ("first_token_noise", "0"),
    ("speed_noise", "0"),
];

fn happening(millis: u64, what: Change) -> Happening {
    Happening { at: at(millis), what }
}

fn left(millis: u64, share: u32) -> Happening {
    happening(millis, Change::Capacity { model: None, share: Millionths(share) })
}

fn house(changes: &[(&str, &str)], course: &[Happening]) -> (House, PairId) {
    let mut house = House::with_course("2025-11", &[&ALONE, changes].concat(), course);
    let account = house.account(0, "build-5", LLAMA);
    let pair = house.enrol(&account);
    (house, pair)
}

fn of_tokens(pair: PairId, prompt: u32) -> Request {
    Request { prompt, ..request(pair) }
}

#[test]
fn a_burst_within_the_buffer_is_answered_later_and_beyond_it_fails() {
    let (mut house, pair) = house(&[], &[]);
    // Each of 2,500 tokens keeps the model busy for half a second. The first five wait 0 to 2 s;
    // the sixth would wait 2.5 s.
    let tickets: Vec<Ticket> = (0..5).map(|_| house.admitted(0, of_tokens(pair, 2_500))).collect();
    for (place, pair) in (1..).zip(tickets.windows(2)) {
        let later = pair[1].ready_at.since(pair[0].ready_at);
        assert!(later >= Span::from_millis(500), "{place}: {later:?}");
    }
    let (reply, head_at) = house.refused(0, of_tokens(pair, 2_500));
    assert_eq!((reply.status, reply.error), (Status::UNAVAILABLE, FAILED));
    assert_eq!(head_at, at(2_000), "it has waited as long as the buffer is");
    assert_eq!(reply.shows.remaining, Some(194), "and took a request of the limit");
    // Half a second later one has been worked off, and exactly one more fits.
    let met = meets(&mut house, (500, 0, 2), of_tokens(pair, 2_500));
    assert_eq!(met, [None, FAILED]);
}

#[test]
fn a_request_larger_than_the_buffer_waits_for_nobody_but_makes_others_wait() {
    let (mut house, pair) = house(&[], &[]);
    // 100,000 tokens keep the model busy for 20 s: 18 s later those behind wait two.
    let _ = house.admitted(0, of_tokens(pair, 100_000));
    let met = meets(&mut house, (17_999, 1, 2), of_tokens(pair, 1));
    assert_eq!(met, [FAILED, None]);
}

#[test]
fn organizations_share_a_models_capacity_and_models_do_not() {
    let (mut house, ours) = house(&[], &[]);
    let (theirs, other) =
        (house.account(1, "build-5", LLAMA), house.account(0, "build-5", MAVERICK));
    let (theirs, other) = (house.enrol(&theirs), house.enrol(&other));
    let _ = house.admitted(0, of_tokens(theirs, 100_000));
    assert_eq!(meets(&mut house, (0, 0, 1), of_tokens(ours, 1)), [FAILED]);
    let _ = house.admitted(0, of_tokens(other, 1));
}

#[test]
fn in_an_outage_nothing_is_served_and_what_waited_before_waits_on() {
    let (mut house, pair) = house(&[], &[left(1_000, 0), left(61_000, 1_000_000)]);
    // 10,000 tokens are two seconds of work, of which one is done when the outage begins.
    let _ = house.admitted(0, of_tokens(pair, 10_000));
    let met = meets(&mut house, (1_000, 1_000, 60), of_tokens(pair, 1));
    assert_eq!(count(&met, FAILED), 60);
    let ticket = house.admitted(61_000, of_tokens(pair, 1));
    let lone = House::with_course("2025-11", &ALONE, &[]);
    let after = first_token(lone, &ticket);
    assert!(after >= Span::from_secs(1), "a second of work was left: {after:?}");
}

/// How much later than 61 s after the beginning a first token comes, beside what it takes alone.
fn first_token(mut lone: House, ticket: &Ticket) -> Span {
    let account = lone.account(0, "build-5", LLAMA);
    let pair = lone.enrol(&account);
    let alone = lone.admitted(0, of_tokens(pair, 1));
    ticket.first_token_at.since(at(61_000).after(alone.first_token_at.since(Instant::START)))
}

#[test]
fn a_step_down_halves_what_is_served_of_one_model_alone() {
    let half = Change::Capacity { model: Some(LLAMA.to_owned()), share: Millionths(500_000) };
    let (mut house, llama) = house(&[], &[happening(0, half)]);
    let other = house.account(0, "build-5", MAVERICK);
    let maverick = house.enrol(&other);
    // In 100 s one comes every 100 ms, each of 1,000 tokens: 200 ms of a whole model and 400 ms of
    // half of one. What is served in that time and the two seconds that may wait is 102 s of work,
    // and the one begun last: 102 ÷ 0.2 + 1 and 102 ÷ 0.4 + 1, of which the last is still to come.
    let met = meets(&mut house, (0, 100, 1_000), of_tokens(maverick, 1_000));
    assert_eq!(count(&met, None), 510);
    let met = meets(&mut house, (0, 100, 1_000), of_tokens(llama, 1_000));
    assert_eq!(count(&met, None), 255);
}

#[test]
fn other_tenants_take_their_share_of_the_capacity() {
    let others =
        |millis, share| happening(millis, Change::Others { model: None, share: Millionths(share) });
    let course = [others(0, 800_000), others(10_000, 1_000_000)];
    let (mut house, pair) = house(&[], &course);
    // A fifth of 5,000 a second: 2,000 tokens are two seconds of work, and one more waits too long.
    let met = meets(&mut house, (0, 0, 3), of_tokens(pair, 2_000));
    assert_eq!(met, [None, None, FAILED]);
    let met = meets(&mut house, (10_000, 1_000, 5), of_tokens(pair, 1));
    assert_eq!(count(&met, FAILED), 5, "nothing is left");
}

#[test]
fn answers_are_slower_the_fuller_the_model_is() {
    let fate = Fate { answer: 101, draw: 1 << 63 };
    let ticket = |changes: &[(&str, &str)]| {
        let (mut house, pair) = house(changes, &[]);
        house.admitted(0, Request { fate, ..request(pair) })
    };
    let alone = ticket(&[("model_capacity", "unlimited")]);
    assert_eq!(ticket(&[]).ready_at, alone.ready_at, "an idle model is as fast as ever");
    let busy = ticket(&[("other_tenants", "50%")]);
    // Half of the highest throughput lies between 32 at once, 361,928 millionths of it, and 64,
    // 583,333: at 0.62362 of the way. The first token gains 110 ms at the one and 350 ms at the
    // other, so 259.668 ms; 755,973 and 609,215 millionths of the speed are left, so 664,452.
    let added = busy.first_token_at.since(alone.first_token_at);
    assert_eq!(added.nanos() / 1_000, 259_668);
    let rest = |ticket: &Ticket| ticket.ready_at.since(ticket.first_token_at).nanos();
    assert_eq!(rest(&alone) * 1_000_000 / rest(&busy), 664_452);
}

#[test]
fn ones_own_load_slows_answers_too() {
    let (mut house, pair) = house(&[], &[]);
    let first = house.admitted(0, of_tokens(pair, 5_000));
    // A second later the model is idle, and half of the last two seconds' throughput is ours.
    let second = house.admitted(1_000, of_tokens(pair, 5_000));
    let took = |ticket: &Ticket, from: u64| ticket.first_token_at.since(at(from)).nanos();
    let added = took(&second, 1_000) - took(&first, 0);
    assert_eq!(added / 1_000, 259_668, "as with other tenants at half");
}

/// Over random requests under a capacity that moves: never more is let in than has been worked off
/// by then, than may wait, and the one that came last.
#[test]
fn a_model_never_serves_more_tokens_than_it_has() {
    for seed in 0..40 {
        let draw = |n: u64, bound: u64| {
            chance::uniform_below(chance::Seed(seed).draw(chance::Purpose::Gap, 0, n), bound)
        };
        let steps: Vec<(u64, u32)> =
            (0..8).map(|n| (n * 5_000, u32::try_from(draw(n, 5)).unwrap() * 250_000)).collect();
        let course: Vec<Happening> =
            steps.iter().map(|&(millis, share)| left(millis, share)).collect();
        let (mut house, pair) = house(&[], &course);
        let speed_at = |millis: u64| {
            steps
                .iter()
                .rev()
                .find(|(from, _)| *from <= millis)
                .map_or(0, |(_, share)| *share / 200)
        };
        let (mut let_in, mut largest, mut done, mut now) = (0, 0, 0_u64, 0);
        for n in 0..400 {
            let until = now + draw(1_000 + n, 200);
            done += (now..until).map(|millis| u64::from(speed_at(millis))).sum::<u64>();
            now = until;
            let tokens = draw(2_000 + n, 4_000);
            let asked = of_tokens(pair, u32::try_from(tokens).unwrap());
            if let Answer::Underway(_) = house.service.receive(at(now), asked) {
                let waits = u64::from(speed_at(now)) * 2_000;
                // In thousandths of a token: so many a second are so many of those a millisecond.
                let_in += tokens * 1_000;
                largest = largest.max(tokens * 1_000);
                assert!(let_in <= done + waits + largest, "seed {seed}, request {n} at {now} ms");
            }
        }
        assert!(let_in > 0, "seed {seed}: something is served");
    }
}
