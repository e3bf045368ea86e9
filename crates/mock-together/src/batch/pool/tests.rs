//! A pool by hand, and against one that goes a nanosecond at a time.

use chance::{Purpose, Seed, uniform_below};
use limits::Rate;
use wire::Reply;

use super::*;

fn at(nanos: u64) -> Instant {
    Instant::from_nanos(nanos)
}

fn second(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

/// Lines of so many tokens; those that fail are negative.
fn lines(tokens: &[i64]) -> Vec<Filed> {
    let mut through = 0;
    let one = |tokens: &i64| {
        let takes = tokens.unsigned_abs();
        through += takes;
        let usage = Usage { prompt: u32::try_from(takes).unwrap(), completion: 0 };
        let end = if *tokens < 0 { failed() } else { LineEnd::Done(usage) };
        Filed { end, tariff: TariffId::FREE, through }
    };
    tokens.iter().map(one).collect()
}

fn failed() -> LineEnd {
    let status = wire::Status::INTERNAL;
    let shows = wire::Shows::default();
    LineEnd::Failed(Reply { status, shows, error: None, usage: Usage::default() })
}

fn done(tokens: u32) -> LineEnd {
    LineEnd::Done(Usage { prompt: tokens, completion: 0 })
}

/// A pool that works off ten tokens a second.
fn pool() -> Pool {
    Pool::new(Instant::START, PairId(0), Rate::new(Tokens(10), Per::Second))
}

fn charged(pool: &mut Pool, now: Instant) -> Vec<(Instant, u32)> {
    let mut charges = Vec::new();
    pool.run_off(now, |charge| charges.push((charge.at, charge.usage.prompt)));
    charges
}

#[test]
fn files_are_worked_off_in_their_order_and_lines_in_theirs() {
    let mut pool = pool();
    let day = second(86_400);
    assert_eq!(pool.add(BatchId(0), day, lines(&[100, 50])), second(15));
    assert_eq!(pool.add(BatchId(1), day, lines(&[200])), second(35));
    assert_eq!(pool.enqueued(), 350);
    assert_eq!(charged(&mut pool, second(12)), [(second(12), 100)]);
    assert_eq!(pool.enqueued(), 250);
    assert_eq!(pool.due(), second(15));
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Underway { look_at: second(15) }));
    let rest = charged(&mut pool, second(40));
    assert_eq!(rest, [(second(15), 50), (second(35), 200)], "each file when it ends");
    let first = Collected::Ended(vec![done(100), done(50)]);
    assert_eq!(pool.collect(BatchId(0)), Some(first));
    assert_eq!(pool.collect(BatchId(0)), None, "once");
    assert_eq!(pool.due(), Instant::END);
}

#[test]
fn what_failed_takes_its_time_and_is_not_charged() {
    let mut pool = pool();
    assert_eq!(pool.add(BatchId(0), second(86_400), lines(&[-100, 50])), second(15));
    assert_eq!(charged(&mut pool, second(15)), [(second(15), 50)]);
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Ended(vec![failed(), done(50)])));
}

#[test]
fn what_is_not_done_by_the_end_of_its_window_expires_and_gives_way() {
    let mut pool = pool();
    let ends = pool.add(BatchId(0), second(60), lines(&[500, 101, 3]));
    assert_eq!(ends, second(60));
    assert_eq!(pool.add(BatchId(1), second(61), lines(&[10])), second(61));
    assert_eq!(charged(&mut pool, second(100)), [(second(60), 500), (second(61), 10)]);
    let ended = vec![done(500), LineEnd::Expired, LineEnd::Expired];
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Ended(ended)));
}

#[test]
fn a_pool_that_rests_goes_on_where_it_was_and_windows_run_on() {
    let mut pool = pool();
    let _ = pool.add(BatchId(0), second(300), lines(&[100, 1_000]));
    assert_eq!(charged(&mut pool, second(20)), [(second(20), 100)]);
    pool.rest(true);
    assert_eq!(charged(&mut pool, second(130)), []);
    // A hundred seconds of work are left, if it goes on at once.
    let look_at = second(220);
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Underway { look_at }));
    pool.rest(false);
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Underway { look_at }));
    pool.rest(true);
    assert_eq!(charged(&mut pool, second(299)), []);
    let look_at = second(300);
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Underway { look_at }));
    assert_eq!(charged(&mut pool, second(300)), []);
    let ended = vec![done(100), LineEnd::Expired];
    assert_eq!(pool.collect(BatchId(0)), Some(Collected::Ended(ended)));
}

/// The same a nanosecond at a time.
struct Naive {
    speed: u64,
    token: u64,
    now: u64,
    rests: bool,
    queue: Vec<(BatchId, u64, Vec<Filed>, u64)>,
    ended: Vec<(BatchId, u64, Vec<LineEnd>)>,
}

impl Naive {
    fn settle(&mut self) {
        while let Some((id, expires, lines, done)) = self.queue.first().cloned() {
            let total = lines.last().map_or(0, |line| line.through) * self.token;
            if done < total && self.now < expires {
                break;
            }
            let end = |line: &Filed| {
                if line.through * self.token <= done { line.end } else { LineEnd::Expired }
            };
            self.ended.push((id, self.now, lines.iter().map(end).collect()));
            self.queue.remove(0);
        }
    }

    /// What the lines of a file under way that are done cost.
    fn charged(&self, (_, _, lines, done): &(BatchId, u64, Vec<Filed>, u64)) -> u64 {
        let over = lines.iter().filter(|line| line.through * self.token <= *done);
        paid(&over.map(|line| line.end).collect::<Vec<_>>())
    }

    fn step(&mut self) {
        self.settle();
        let (speed, token) = (self.speed, self.token);
        if let Some((_, _, lines, done)) = self.queue.first_mut().filter(|_| !self.rests) {
            let total = lines.last().map_or(0, |line| line.through) * token;
            *done = (*done + speed).min(total);
        }
        self.now += 1;
        self.settle();
    }
}

/// A few lines, of which some fail.
fn drawn(draw: &mut impl FnMut(u64) -> u64) -> Vec<i64> {
    let mut one = || {
        let tokens = i64::try_from(draw(40)).unwrap();
        if draw(5) == 0 { -tokens } else { tokens }
    };
    let more = [one(), one(), one(), one()];
    let count = usize::try_from(1 + draw(4)).unwrap();
    more.into_iter().take(count).collect()
}

/// The tokens that are to be paid for.
fn paid(ends: &[LineEnd]) -> u64 {
    let of = |end: &LineEnd| match end {
        LineEnd::Done(usage) => usage.total(),
        LineEnd::Failed(_) | LineEnd::Expired => 0,
    };
    ends.iter().map(of).sum()
}

/// Every line ends once, and as a nanosecond at a time has it, however often somebody looks;
/// what is charged is what was done, not before it was.
#[test]
fn a_pool_runs_off_as_a_nanosecond_at_a_time_does() {
    let (mut expired, mut rested) = (0, 0);
    for seed in 0..300 {
        let mut n = 0;
        let mut draw = |bound: u64| {
            n += 1;
            uniform_below(Seed(seed).draw(Purpose::Gap, 0, n), bound)
        };
        let (speed, token) = (1 + draw(7), 1 + draw(9));
        let rate = Rate::every(Tokens(speed), Span::from_nanos(token)).unwrap();
        let (speed, token) = (rate.amount().0, rate.per_span().nanos());
        let window = 40 + draw(200);
        let mut pool = Pool::new(at(0), PairId(0), rate);
        let (queue, ended) = (Vec::new(), Vec::new());
        let mut naive = Naive { speed, token, now: 0, rests: false, queue, ended };
        let (mut files, mut promised, mut collected) = (0, Vec::new(), Vec::new());
        let mut charges = 0_u64;
        let mut rests_at = Vec::new();
        for now in 0..600 {
            let run = |charge: Charge| {
                assert!(charge.at <= at(now));
                charges += u64::from(charge.usage.prompt);
            };
            match draw(30) {
                0 => {
                    pool.run_off(at(now), run);
                    let tokens = drawn(&mut draw);
                    let id = BatchId(files);
                    files += 1;
                    let ends = pool.add(id, at(now + window), lines(&tokens));
                    promised.push((id, ends));
                    naive.queue.push((id, now + window, lines(&tokens), 0));
                }
                1 => {
                    pool.run_off(at(now), run);
                    naive.rests = draw(2) == 0;
                    pool.rest(naive.rests);
                    rests_at.push(now);
                    rested += u32::from(naive.rests);
                }
                2 => pool.run_off(at(now), run),
                _ => {}
            }
            naive.step();
        }
        pool.run_off(at(600), |charge| charges += u64::from(charge.usage.prompt));
        for (id, ended_at, ends) in &naive.ended {
            let undisturbed = rests_at.iter().all(|rest| rest >= ended_at);
            if undisturbed {
                assert!(promised.contains(&(*id, at(*ended_at))), "{seed} {id:?}");
            }
            assert_eq!(pool.collect(*id), Some(Collected::Ended(ends.clone())), "{seed}");
            collected.extend(ends.iter().copied());
        }
        let underway: u64 = naive.queue.iter().map(|file| naive.charged(file)).sum();
        assert_eq!(charges, paid(&collected) + underway, "{seed}");
        expired += collected.iter().filter(|end| **end == LineEnd::Expired).count();
    }
    assert!(expired > 100 && rested > 100, "{expired} and {rested}");
}
