//! What each preset does, told as histories of events and the actions that answer them.

use std::num::NonZeroU32;

use chance::Seed;
use limits::{Instant, Per, Rate, Requests, Span, Tokens};
use strategies::{
    Action, AttemptId, BucketBurst, Client, ClientId, Ended, Event, FirstSend, FirstSendPart,
    GaveUpBecause, JobId, Known, Offer, Outcome, OwnBucket, Parts, Preset, Route, Share, Stop,
    Timer,
};
use wire::{Hint, Rate10, Reply, Shows, Status, Usage};

/// A client and what it asked for last.
struct Told {
    client: Client,
    parts: Parts,
}

impl Told {
    fn of(preset: &Preset) -> Self {
        Self::with(&preset.parts())
    }

    fn with(parts: &Parts) -> Self {
        Self::among(NonZeroU32::MIN, parts)
    }

    fn among(clients: NonZeroU32, parts: &Parts) -> Self {
        let stack = parts.resolve(Some(&known(clients)));
        Self { client: Client::new(&stack, ClientId { group: 0 }, Seed(7)), parts: *parts }
    }

    fn on(&mut self, millis: u64, event: Event<'_>) -> Vec<Action> {
        let mut actions = Vec::new();
        self.client.on(at(millis), event, &mut |action| actions.push(action));
        actions
    }

    fn offer(&mut self, millis: u64, job: u32) -> Vec<Action> {
        self.on(millis, Event::Offered(offer(millis, job)))
    }

    fn head(&mut self, millis: u64, job: u32, n: u32, reply: &Reply) -> Vec<Action> {
        self.on(millis, Event::Head { at: attempt(job, n), reply })
    }

    fn complete(&mut self, millis: u64, job: u32, n: u32, tokens: u32) -> Vec<Action> {
        let how = Ended::Complete(Usage { prompt: tokens, completion: 0 });
        self.on(millis, Event::Ended { at: attempt(job, n), how })
    }

    fn send(&self, job: u32, n: u32) -> Action {
        Action::Send { at: attempt(job, n), timeouts: self.parts.timeouts, route: Route::Home }
    }
}

/// Ten requests and a thousand tokens a second, for so many clients together.
fn known(clients: NonZeroU32) -> Known {
    Known {
        requests: Rate::new(Requests(600), Per::Minute),
        tokens: Some(Rate::new(Tokens(60_000), Per::Minute)),
        largest_reservation: Tokens(1_500),
        units: 1,
        clients,
    }
}

/// The preset of that name, but for its share.
fn own_bucket(share: Share) -> Parts {
    let first_send = FirstSendPart::OwnBucket { share, burst: BucketBurst::Spread };
    Parts { first_send, ..Preset::OWN_BUCKET.parts() }
}

fn at(millis: u64) -> Instant {
    Instant::START.after(Span::from_millis(millis))
}

fn attempt(job: u32, n: u32) -> AttemptId {
    AttemptId { job: JobId(job), n }
}

fn offer(millis: u64, job: u32) -> Offer {
    Offer {
        job: JobId(job),
        number: u64::from(job),
        due: at(millis),
        deadline: Some(at(millis + 10_000)),
        prompt: 400,
        max_tokens: Some(600),
        expected_answer: 200,
        units: 1,
    }
}

fn reply(status: Status, remaining: u32, reset: u32) -> Reply {
    let shows = Shows {
        limit: Some(Rate10(10 * 10_000_000_000)),
        remaining: Some(remaining),
        reset: Some(reset),
        hint: Hint::Seconds(reset),
        ..Shows::default()
    };
    Reply { status, shows, error: None, usage: Usage::default() }
}

fn refused(reset: u32) -> Reply {
    reply(Status::TOO_MANY_REQUESTS, 0, reset)
}

fn gave_up(job: u32, why: GaveUpBecause) -> Action {
    Action::Finish { job: JobId(job), outcome: Outcome::GaveUp(why) }
}

fn answered(job: u32) -> Action {
    Action::Finish { job: JobId(job), outcome: Outcome::Answered }
}

/// The only action is a wake-up: when, in milliseconds, and the timer.
fn wake(actions: &[Action]) -> (u64, Timer) {
    match actions {
        [Action::WakeAt { at, timer }] => (at.nanos() / 1_000_000, *timer),
        other => panic!("one wake-up expected, got {other:?}"),
    }
}

#[test]
fn give_up_sends_once_and_leaves_a_refusal_at_that() {
    let mut told = Told::of(Preset::GIVE_UP);
    assert_eq!(told.offer(0, 0), [told.send(0, 1)]);
    assert_eq!(told.head(100, 0, 1, &refused(2)), [gave_up(0, GaveUpBecause::NotRetried)]);
}

#[test]
fn an_answer_finishes_its_job_at_the_last_byte_and_not_before() {
    let mut told = Told::of(Preset::GIVE_UP);
    told.offer(0, 0);
    assert_eq!(told.head(300, 0, 1, &reply(Status::OK, 19, 2)), []);
    assert_eq!(told.complete(900, 0, 1, 500), [answered(0)]);
}

#[test]
fn full_jitter_tries_six_times_in_all_and_each_wait_stays_below_its_ceiling() {
    let mut told = Told::of(Preset::FULL_JITTER);
    told.offer(0, 0);
    let mut now = 100;
    for (n, ceiling) in (1..).zip([500, 1_000, 2_000, 4_000, 8_000]) {
        let (then, timer) = wake(&told.head(now, 0, n, &refused(2)));
        assert!(then >= now && then < now + ceiling, "wait {} of try {n}", then - now);
        assert_eq!(told.on(then, Event::Wake(timer)), [told.send(0, n + 1)]);
        now = then + 100;
    }
    assert_eq!(told.head(now, 0, 6, &refused(2)), [gave_up(0, GaveUpBecause::TriesSpent)]);
}

#[test]
fn honouring_waits_exactly_as_told_and_zero_is_a_value() {
    let mut told = Told::of(Preset::HONOUR_RETRY_AFTER);
    told.offer(0, 0);
    let (then, timer) = wake(&told.head(100, 0, 1, &refused(2)));
    assert_eq!(then, 2_100);
    assert_eq!(told.on(then, Event::Wake(timer)), [told.send(0, 2)]);
    let (then, _) = wake(&told.head(2_200, 0, 2, &refused(0)));
    assert_eq!(then, 2_200, "a hint of zero is heeded, not replaced by a formula");
}

#[test]
fn together_py_takes_a_hint_above_zero_as_it_is_and_its_formula_at_zero() {
    let mut told = Told::of(Preset::TOGETHER_PY);
    told.offer(0, 0);
    let (then, timer) = wake(&told.head(100, 0, 1, &refused(2)));
    assert_eq!(then, 2_100);
    told.on(then, Event::Wake(timer));
    let (then, timer) = wake(&told.head(2_200, 0, 2, &refused(0)));
    assert!((3_700..=4_200).contains(&then), "2 s less up to a quarter, not at once: {then}");
    told.on(then, Event::Wake(timer));
    let end = told.head(then + 100, 0, 3, &refused(2));
    assert_eq!(end, [gave_up(0, GaveUpBecause::TriesSpent)], "two retries, no more");
}

#[test]
fn together_py_tries_again_after_silence_and_says_how_long_that_is() {
    let mut told = Told::of(Preset::TOGETHER_PY);
    let [Action::Send { timeouts, .. }] = told.offer(0, 0)[..] else { panic!("not sent") };
    assert_eq!(timeouts.silence, Some(Span::from_secs(60)));
    let silence = Event::Ended { at: attempt(0, 1), how: Ended::TimedOut };
    let (then, _) = wake(&told.on(60_000, silence));
    assert!((60_750..=61_000).contains(&then), "{then}");
}

#[test]
fn a_deadline_ends_waiting_and_never_an_attempt_in_flight() {
    let stop = Stop { at_deadline: true, ..Stop::after(6) };
    let mut told = Told::with(&Parts { stop, ..Preset::HONOUR_RETRY_AFTER.parts() });
    told.offer(0, 0);
    assert_eq!(wake(&told.head(100, 0, 1, &refused(2))).0, 2_100);
    let mut late = Told::with(&Parts { stop, ..Preset::HONOUR_RETRY_AFTER.parts() });
    late.offer(0, 0);
    let end = late.head(9_000, 0, 1, &refused(2));
    assert_eq!(end, [gave_up(0, GaveUpBecause::Deadline)], "the next wait would pass it");
    let mut in_flight = Told::with(&Parts { stop, ..Preset::HONOUR_RETRY_AFTER.parts() });
    in_flight.offer(0, 0);
    assert_eq!(in_flight.head(30_000, 0, 1, &reply(Status::OK, 19, 2)), []);
    assert_eq!(in_flight.complete(40_000, 0, 1, 500), [answered(0)], "answered, if late");
}

#[test]
fn without_stopping_at_it_a_deadline_only_judges() {
    let mut told = Told::of(Preset::HONOUR_RETRY_AFTER);
    told.offer(0, 0);
    assert_eq!(wake(&told.head(60_000, 0, 1, &refused(2))).0, 62_000);
}

#[test]
fn pacing_puts_a_refused_job_back_at_the_head_and_keeps_the_gap() {
    let mut told = Told::of(Preset::PACE_BY_HEADERS);
    assert_eq!(told.offer(0, 0), [told.send(0, 1)]);
    assert_eq!(told.offer(0, 1), [], "one in flight until the first header");
    assert_eq!(told.offer(0, 2), []);
    assert_eq!(
        told.head(500, 0, 1, &reply(Status::OK, 19, 2)),
        [told.send(1, 1), Action::WakeAt { at: at(600), timer: Timer::Queue { generation: 1 } },]
    );
    assert_eq!(told.head(550, 1, 1, &refused(0)), [], "a wake-up is on its way already");
    let first = Timer::Queue { generation: 1 };
    let (then, timer) = wake(&told.on(600, Event::Wake(first)));
    assert_eq!(then, 650, "closed for one gap where the reset says zero");
    assert_eq!(told.on(then, Event::Wake(timer))[0], told.send(1, 2), "before job 2");
}

#[test]
fn pacing_waits_out_a_hint_that_is_longer_than_the_reset() {
    let mut told = Told::of(Preset::PACE_BY_HEADERS);
    assert_eq!(told.offer(0, 0), [told.send(0, 1)]);
    let mut refusal = refused(2);
    refusal.shows.hint = Hint::Seconds(100);
    let (then, timer) = wake(&told.head(500, 0, 1, &refusal));
    assert_eq!(then, 100_500);
    assert_eq!(told.on(then, Event::Wake(timer)), [told.send(0, 2)]);
}

#[test]
fn an_own_bucket_spaces_requests_and_reserves_prompt_and_longest_answer() {
    let mut told = Told::of(Preset::OWN_BUCKET);
    assert_eq!(told.offer(0, 0), [told.send(0, 1)], "1,000 of the 2,000 tokens saved up");
    let (then, timer) = wake(&told.offer(0, 1));
    assert_eq!(then, 100, "one request saved up, ten a second");
    assert_eq!(told.on(then, Event::Wake(timer)), [told.send(1, 1)]);
    let (then, _) = wake(&told.offer(200, 2));
    assert_eq!(then, 1_000, "2,000 reserved, 1,000 of a thousand a second must refill");
}

#[test]
fn an_own_bucket_settles_at_the_end_and_gives_a_refused_reservation_back() {
    let mut told = Told::of(Preset::OWN_BUCKET);
    told.offer(0, 0);
    let (then, timer) = wake(&told.offer(0, 1));
    told.on(then, Event::Wake(timer));
    assert_eq!(told.complete(150, 0, 1, 400), [answered(0)], "600 of its 1,000 come back");
    let (then, _) = wake(&told.offer(200, 2));
    assert_eq!(then, 400, "2,000 - 400 - 1,000 + 400 refilled by then");
    let mut refusing = Told::of(Preset::OWN_BUCKET);
    refusing.offer(0, 0);
    let (then, _) = wake(&refusing.head(50, 0, 1, &refused(2)));
    assert_eq!(then, 2_050, "it waits as told");
    assert_eq!(refusing.offer(150, 1), [refusing.send(1, 1)], "nothing of it is still reserved");
}

#[test]
fn a_job_above_what_the_service_holds_is_given_up_as_impossible() {
    let mut told = Told::of(Preset::OWN_BUCKET);
    let large = Offer { prompt: 59_500, ..offer(0, 0) };
    let end = told.on(0, Event::Offered(large));
    assert_eq!(end, [gave_up(0, GaveUpBecause::Impossible)]);
    let fits = Offer { prompt: 59_400, ..offer(0, 0) };
    assert_eq!(told.on(0, Event::Offered(fits)), [told.send(0, 1)], "60,000 fit a minute");
}

#[test]
fn one_nth_of_a_limit_is_an_nth_of_its_rates_exactly_and_the_whole_of_its_capacity() {
    let (one, seven) = (NonZeroU32::MIN, NonZeroU32::new(7).unwrap());
    let bucket = |clients, share| {
        let stack = own_bucket(share).resolve(Some(&known(clients)));
        let FirstSend::OwnBucket(bucket) = stack.first_send else { panic!("no bucket") };
        bucket
    };
    let seventh = |amount| Span::from_secs(7).times(60).nanos() / amount;
    assert_eq!(
        bucket(seven, Share::OneNth),
        OwnBucket {
            requests: Rate::every(Requests(1), Span::from_nanos(seventh(600))).unwrap(),
            tokens: Rate::every(Tokens(1), Span::from_nanos(seventh(60_000))),
            request_burst: Requests(1),
            token_burst: Tokens(1_500),
            most: Tokens(60_000),
        },
        "two seconds of a seventh are less than the largest reservation"
    );
    assert_eq!(
        bucket(one, Share::OneNth),
        bucket(one, Share::Whole),
        "the only client has all of it"
    );
    assert_eq!(
        bucket(seven, Share::Whole),
        bucket(one, Share::Whole),
        "as if nobody else were there"
    );
}

#[test]
fn a_client_with_a_share_spaces_requests_by_it_and_judges_a_job_by_the_whole() {
    let four = NonZeroU32::new(4).unwrap();
    let mut told = Told::among(four, &own_bucket(Share::OneNth));
    assert_eq!(told.offer(0, 0), [told.send(0, 1)], "one request is saved up, as for anybody");
    told.complete(0, 0, 1, 0);
    let (then, timer) = wake(&told.offer(0, 1));
    assert_eq!(then, 400, "a quarter of ten a second");
    assert_eq!(told.on(then, Event::Wake(timer)), [told.send(1, 1)]);
    told.complete(then, 1, 1, 0);
    let large = Offer { prompt: 59_400, ..offer(10_000, 2) };
    let sent = told.on(10_000, Event::Offered(large));
    assert_eq!(sent, [told.send(2, 1)], "a quarter of the minute would not hold it");
    told.complete(10_000, 2, 1, 59_900);
    let (then, _) = wake(&told.offer(10_000, 3));
    assert_eq!(then, 10_000 + (59_900 - 500) * 4, "paid off at a quarter of a thousand a second");
    let larger = Offer { prompt: 59_501, ..offer(10_000, 4) };
    let mut fresh = Told::among(four, &own_bucket(Share::OneNth));
    let end = fresh.on(10_000, Event::Offered(larger));
    assert_eq!(end, [gave_up(4, GaveUpBecause::Impossible)], "nobody's bucket holds that");
}

#[test]
fn a_timer_of_an_earlier_job_in_the_same_place_is_ignored() {
    let mut told = Told::of(Preset::HONOUR_RETRY_AFTER);
    told.offer(0, 0);
    let (then, stale) = wake(&told.head(100, 0, 1, &refused(2)));
    assert_eq!(told.on(200, Event::Withdrawn(JobId(0))), [gave_up(0, GaveUpBecause::Withdrawn)]);
    assert_eq!(told.offer(300, 0), [told.send(0, 1)], "the place is used again");
    let (later, timer) = wake(&told.head(400, 0, 1, &refused(2)));
    assert_eq!(told.on(then, Event::Wake(stale)), []);
    assert_eq!(told.on(later, Event::Wake(timer)), [told.send(0, 2)]);
}

#[test]
fn a_withdrawn_job_lets_its_attempt_go() {
    let mut told = Told::of(Preset::GIVE_UP);
    told.offer(0, 0);
    let let_go = [Action::Cancel(attempt(0, 1)), gave_up(0, GaveUpBecause::Withdrawn)];
    assert_eq!(told.on(50, Event::Withdrawn(JobId(0))), let_go);
    assert_eq!(told.complete(900, 0, 1, 500), [], "what still arrives is ignored");
}
