//! Minutes by hand, and against a list of replicas.

use chance::{Purpose, Seed, uniform_below};
use limits::{Per, Rate, Tokens};

use super::*;

fn second(seconds: u64) -> Instant {
    Instant::START.after(Span::from_secs(seconds))
}

/// A thousand tokens a second each, started in 90 seconds.
fn endpoint(replicas: (u32, u32)) -> Endpoint {
    Endpoint {
        starts_in: Span::from_secs(90),
        queue: Span::from_secs(10),
        ..Endpoint::new(0, Rate::new(Tokens(1_000), Per::Second), replicas)
    }
}

#[test]
fn each_minute_that_begins_is_billed_though_nobody_asks_for_anything() {
    let mut idle = Dedicated::new(&endpoint((2, 2)));
    assert_eq!(idle.due(), Instant::START);
    assert_eq!(idle.bill(Instant::START), 0);
    let _ = idle.news();
    assert_eq!(idle.due(), Instant::from_nanos(1));
    assert_eq!(idle.bill(second(1)), 2);
    assert_eq!(idle.bill(second(60)), 0, "no minute begins where the last one ends");
    assert_eq!(idle.bill(second(61)), 2);
    assert_eq!(idle.bill(second(60 * 86_400)), 2 * (86_400 - 2));
}

#[test]
fn nothing_is_billed_while_it_starts_or_once_it_has_stopped() {
    let plan = Endpoint { ready: false, from: second(30), until: second(300), ..endpoint((1, 1)) };
    let mut cold = Dedicated::new(&plan);
    assert_eq!(cold.due(), second(30));
    assert_eq!(cold.bill(second(120)), 0);
    assert_eq!(cold.bill(second(299)), 3, "from 120 s on");
    assert_eq!(cold.bill(second(1_000)), 0);
    assert_eq!(cold.news(), [(second(30), News::Started), (second(300), News::Stopped)]);
    assert_eq!(cold.due(), Instant::END);
    let soon = second(1_001);
    let turned_away = Err(NoTurn { heard_at: soon });
    assert_eq!(cold.take(second(1_000), 1, soon), turned_away);
}

#[test]
fn a_blocked_account_begins_no_minute_and_starts_again_from_cold() {
    let mut dedicated = Dedicated::new(&endpoint((1, 1)));
    assert_eq!(dedicated.bill(second(10)), 1);
    dedicated.block(second(120));
    dedicated.block(second(150));
    assert_eq!(dedicated.bill(second(1_000)), 1);
    dedicated.unblock(second(1_000));
    dedicated.unblock(second(1_050));
    assert_eq!(dedicated.bill(second(1_090)), 0);
    assert_eq!(dedicated.bill(second(1_091)), 1);
}

#[test]
fn what_was_not_paid_for_never_runs() {
    let price = Some(Money::from_cents(420));
    let plan = Endpoint { per_hour: price, from: second(60), ..endpoint((0, 3)) };
    let mut refused = Dedicated::new(&plan);
    assert_eq!(refused.first_minute(), Money::from_cents(7));
    assert!(!refused.starts(second(59)) && refused.starts(second(60)));
    refused.refuse();
    assert_eq!(refused.bill(second(1_000)), 0);
    assert_eq!(refused.news(), [(second(60), News::Refused)]);
}

/// A replica as somebody keeps it in a list.
struct Kept {
    ready: Instant,
    stopped: Option<Instant>,
}

/// The minutes that replicas of a list begin before now, counted one by one.
fn begun(kept: &[Kept], now: Instant) -> u64 {
    let of = |replica: &Kept| {
        let until = replica.stopped.map_or(now, |stopped| stopped.min(now));
        (0..40).filter(|n| replica.ready.after(MINUTE.times(*n)) < until).count() as u64
    };
    kept.iter().map(of).sum()
}

fn resize(kept: &mut Vec<Kept>, at: Instant, count: usize, ready: Instant) {
    let mut running: Vec<&mut Kept> =
        kept.iter_mut().filter(|replica| replica.stopped.is_none()).collect();
    running.sort_by_key(|replica| replica.ready);
    let have = running.len();
    for replica in running.into_iter().skip(count) {
        replica.stopped = Some(at);
    }
    kept.extend((have..count).map(|_| Kept { ready, stopped: None }));
}

/// Where none runs and one may, one is started for whoever asks.
fn wake(kept: &mut Vec<Kept>, most: u32, ready: Instant) {
    if most > 0 && kept.iter().all(|replica| replica.stopped.is_some()) {
        kept.push(Kept { ready, stopped: None });
    }
}

/// An endpoint of up to six replicas that runs for some twenty minutes.
fn drawn(draw: &mut impl FnMut(u64) -> u64) -> Endpoint {
    let least = u32::try_from(draw(3)).unwrap();
    let replicas = (least, least + u32::try_from(draw(4)).unwrap());
    Endpoint {
        from: second(draw(200)),
        until: second(1_500 + draw(400)),
        starts_in: Span::from_secs(draw(150)),
        ready: draw(2) == 0,
        ..endpoint(replicas)
    }
}

#[test]
fn minutes_are_what_a_list_of_replicas_comes_to() {
    let (mut most, mut idle) = (0, 0);
    for seed in 0..200 {
        let mut n = 0;
        let mut draw = |bound: u64| {
            n += 1;
            uniform_below(Seed(seed).draw(Purpose::Gap, 0, n), bound)
        };
        let plan = drawn(&mut draw);
        let Endpoint { replicas, from, until, .. } = plan;
        let mut dedicated = Dedicated::new(&plan);
        let mut kept: Vec<Kept> = Vec::new();
        let (mut asked, mut up, mut blocked, mut billed) = (0_u64, false, false, 0);
        let busy = 1 + draw(12);
        for s in 0..2_000 {
            let now = second(s);
            if now == from {
                // It is due, and looked at.
                assert_eq!(dedicated.due(), from);
                billed += dedicated.bill(now);
                let since = if plan.ready { Span::ZERO } else { plan.starts_in };
                resize(&mut kept, now, replicas.0 as usize, now.after(since));
                (up, asked) = (true, 0);
            } else if s % 60 == 0 && up && now < until {
                let count = asked.div_ceil(60_000);
                let count = u32::try_from(count).unwrap().clamp(replicas.0, replicas.1);
                resize(&mut kept, now, count as usize, now.after(plan.starts_in));
                asked = 0;
            }
            if now == until {
                resize(&mut kept, now, 0, now);
                up = false;
            }
            match draw(busy * 10) {
                0..10 if s > 1_000 || draw(3) == 0 => {
                    let tokens = draw(20_000);
                    let _ = dedicated.take(now, tokens, now);
                    if up {
                        asked += tokens;
                        wake(&mut kept, replicas.1, now.after(plan.starts_in));
                    }
                }
                10 if s > from.nanos() / 1_000_000_000 && now < until => {
                    if blocked {
                        dedicated.unblock(now);
                        let ready = now.after(plan.starts_in);
                        resize(&mut kept, now, replicas.0 as usize, ready);
                        (up, asked) = (true, 0);
                    } else {
                        dedicated.block(now);
                        resize(&mut kept, now, 0, now);
                        up = false;
                    }
                    blocked = !blocked;
                }
                11..14 => {
                    billed += dedicated.bill(now);
                    assert_eq!(billed, begun(&kept, now), "{seed} at {s}");
                }
                _ => {}
            }
        }
        billed += dedicated.bill(second(2_000));
        assert_eq!(billed, begun(&kept, second(2_000)), "{seed}");
        most = most.max(billed);
        idle += u32::from(billed == 0);
    }
    assert!(most > 60 && idle < 60, "{most} and {idle}");
}
