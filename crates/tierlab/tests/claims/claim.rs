//! The grammar of verdicts, and what each of its claims means for a record.

use std::collections::BTreeSet;

use crate::draft::Goal;
use crate::sure;
use crate::text::{Printed, Text};
use crate::truth::Truth;

/// Reads the whole sentence and proves each of its claims; says which kind it was.
pub(crate) fn sentence(said: &str, truth: &Truth<'_>) -> &'static str {
    let mut text = Text(said);
    let kind = whole(&mut text, truth);
    assert!(text.0.is_empty(), "nobody has read {:?}", text.0);
    kind
}

fn whole(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    let yours = truth.draft.yours;
    if text.eat("No tier tested carries this traffic. ") {
        assert_eq!(truth.enough(), None, "no tier");
        closest(text, truth);
        return "none meets";
    }
    if text.eat("On ") {
        assert_eq!(text.tier(), yours, "on the account’s own tier");
        text.want(", nothing carries this traffic: ");
        assert_eq!(truth.meeting(yours), 0, "nothing here");
        best_here(text, truth);
        text.want(". ");
        let tier = does(text, truth);
        assert_eq!(truth.enough(), Some(tier), "the lowest that is enough");
        return "another tier meets";
    }
    if text.eat("Nothing was asked of this run. ") {
        assert!(truth.draft.goals.is_empty());
        unasked(text, truth);
        return "nothing asked";
    }
    if text.eat("Not judged: ") {
        unjudged(text, truth);
        return "not judged";
    }
    assert_eq!(text.tier(), yours, "the account’s own tier");
    if text.eat(" is enough, but not with ") {
        by_some(text, truth);
        return "met by another";
    }
    text.want(" carries this traffic");
    if text.eat(" on average, not in every seed: ") {
        let name = text.name();
        text.want(" keeps to everything in ");
        let (met, of) = (text.count(), {
            text.want(" of ");
            text.count()
        });
        assert!(met < of);
        text.want(", with ");
        assert_eq!(truth.meets(yours, name), Some(true));
        figures(text, truth, (yours, name), " and ");
        text.want(".");
        return "met on average";
    }
    text.want(" with ");
    let name = &strategy(text, truth, yours);
    text.want(": ");
    assert_eq!(truth.meets(yours, name), Some(true), "{name} meets everything");
    figures(text, truth, (yours, name), ", ");
    text.want(".");
    if text.eat(" ") {
        how_many(text, truth, yours);
        text.want(".");
    }
    "met"
}

/// A strategy by name, or `any strategy`, which must then be true of all of them.
fn strategy(text: &mut Text<'_>, truth: &Truth<'_>, tier: u32) -> String {
    if !text.eat("any strategy") {
        return text.name().to_owned();
    }
    assert_eq!(truth.meeting(tier), truth.draft.strategies.len(), "any strategy will do");
    // Whose figures are told is not said: those of the best.
    let best = truth.on(tier).max_by(|(_, a), (_, b)| {
        a.share.in_time.unwrap_or(0.0).total_cmp(&b.share.in_time.unwrap_or(0.0))
    });
    best.map_or_else(String::new, |(strategy, _)| strategy.to_owned())
}

/// `Tier 4 with “x” does: 99.9 % in time, 0.1 % of attempts refused, for $6.10 in 1 min.`
fn does(text: &mut Text<'_>, truth: &Truth<'_>) -> u32 {
    let tier = text.tier();
    text.want(" with ");
    let name = &strategy(text, truth, tier);
    text.want(" does");
    let _ = text.eat(" on average");
    text.want(": ");
    assert_eq!(truth.meets(tier, name), Some(true), "{name} does");
    figures(text, truth, (tier, name), ", ");
    text.want(".");
    tier
}

/// `99 % of jobs in time, 0 % of attempts refused, for $0.41 in 1 min`.
fn figures(text: &mut Text<'_>, truth: &Truth<'_>, (tier, name): (u32, &str), between: &str) {
    let first = text.share();
    let _ = text.eat(" of jobs");
    if text.eat(" answered") {
        let answered = truth.cell(tier, name).share.answered;
        assert!(answered.is_some_and(|value| first.holds(value)), "{first:?}: {answered:?}");
        if text.0.starts_with(", ") && text.0.contains(" in time, ") {
            text.want(", ");
            truth.in_time(tier, name, text.share());
            text.want(" in time");
        }
    } else {
        text.want(" in time");
        truth.in_time(tier, name, first);
    }
    text.want(between);
    truth.refused(tier, name, text.share());
    text.want(" of attempts refused");
    cost(text, truth, (tier, name));
}

/// `, for the same $0.41 in 1 min`.
fn cost(text: &mut Text<'_>, truth: &Truth<'_>, (tier, name): (u32, &str)) {
    if !text.eat(", for ") {
        return;
    }
    let of = |tier, name| truth.cell(tier, name).cost_usd.and_then(|cost| cost.total);
    let same = text.eat("the same ");
    let said = text.dollars();
    let total = of(tier, name);
    assert!(total.is_some_and(|total| said.holds(total)), "{said:?}: {total:?}");
    if same {
        let there: Vec<_> =
            truth.on(truth.draft.yours).map(|(name, _)| of(truth.draft.yours, name)).collect();
        assert!(there.iter().flatten().any(|total| said.holds(*total)), "the same: {there:?}");
    }
    text.want(" in 1 min");
}

/// `2 of 8 strategies meet everything`.
fn how_many(text: &mut Text<'_>, truth: &Truth<'_>, tier: u32) {
    let meet = text.count();
    text.want(" of ");
    let of = text.count();
    text.want(if meet == 1 {
        " strategies meets everything"
    } else {
        " strategies meet everything"
    });
    assert_eq!(meet, truth.meeting(tier) as u64);
    assert_eq!(of, truth.draft.strategies.len() as u64);
}

/// `the best of 8 strategies answers 42 % of jobs in time`.
fn best_here(text: &mut Text<'_>, truth: &Truth<'_>) {
    let yours = truth.draft.yours;
    let named = if text.eat("the best of ") {
        assert_eq!(text.count(), truth.draft.strategies.len() as u64);
        text.want(" strategies");
        None
    } else {
        Some(text.name())
    };
    text.want(" answers ");
    let said = text.share();
    text.want(" of jobs in time");
    let matches =
        |name: &str| truth.cell(yours, name).share.in_time.is_some_and(|value| said.holds(value));
    let who: Vec<&str> = match named {
        Some(name) => vec![name],
        None => truth.on(yours).map(|(name, _)| name).filter(|name| matches(name)).collect(),
    };
    assert!(who.iter().any(|name| matches(name)), "answers {said:?} of jobs in time");
    if text.eat(", but misses ") {
        miss(text, truth, yours, &who, ". ");
    }
}

/// `Tier 5 with “x” comes closest: 97 % of jobs in time; it misses wait p95, 4.1 s against 3 s.`
fn closest(text: &mut Text<'_>, truth: &Truth<'_>) {
    let (tier, name) = (text.tier(), {
        text.want(" with ");
        text.name()
    });
    text.want(" comes closest: ");
    let said = text.share();
    truth.in_time(tier, name, said);
    text.want(" of jobs in time");
    if text.eat("; it misses ") {
        miss(text, truth, tier, &[name], "");
    } else if text.eat(", not ") {
        let least = text.share();
        let goal = truth.draft.goals.iter().find_map(|goal| match goal {
            Goal::InTime(goal) => Some(*goal),
            Goal::Refused(_) | Goal::WaitP90(_) => None,
        });
        assert!(goal.is_some_and(|goal| least.holds(goal)), "not {least:?}: {goal:?}");
        let value = truth.cell(tier, name).share.in_time;
        assert!(value < goal, "it misses it");
        // Whoever answers more in time comes closer.
        for other in truth.tiers() {
            for (strategy, cell) in truth.on(other) {
                let more = cell.share.in_time > value
                    && !cell.share.in_time.is_some_and(|x| said.holds(x));
                assert!(!more, "“{strategy}” on tier {other} comes closer");
            }
        }
    }
    text.want(".");
}

/// `429s, 12 % against 5 %`, before what ends it, of one of these strategies.
fn miss(text: &mut Text<'_>, truth: &Truth<'_>, tier: u32, who: &[&str], end: &str) {
    let goals = &truth.draft.goals;
    let any =
        |is: &dyn Fn(&str) -> bool| assert!(who.iter().any(|name| is(name)), "a miss of {who:?}");
    if text.eat("429s, ") {
        let said = text.share();
        text.want(", not below ");
        let goal = text.share();
        any(&|name| truth.cell(tier, name).share.status_429.is_some_and(|value| said.holds(value)));
        any(&|name| {
            let value = truth.cell(tier, name).share.status_429;
            goals.iter().any(|one| matches!(one, Goal::Refused(below) if goal.holds(*below) && value >= Some(*below)))
        });
    } else if text.eat("wait p90, ") {
        let said = if text.eat("no samples") { None } else { Some(text.seconds()) };
        text.want(" against ");
        let goal = text.seconds();
        any(&|name| {
            let value = truth.cell(tier, name).wait_s.p90;
            value.zip(said).is_none_or(|(value, said)| said.holds(value) || near(value, said))
        });
        assert!(goals.iter().any(|one| matches!(one, Goal::WaitP90(most) if goal.holds(*most))));
    } else {
        panic!("what is missed here? {:?}", text.0);
    }
    let _ = end;
}

/// A percentile is the upper edge of its bin, 0.8 % wide, and may be rounded either way.
fn near(value: f64, said: Printed) -> bool {
    [value * 0.992, value * 1.008].into_iter().any(|edge| said.holds(edge))
}

/// `“x”: it is refused 9 % of the time. 2 of 8 strategies meet everything; “y” is best.`
fn by_some(text: &mut Text<'_>, truth: &Truth<'_>) {
    let yours = truth.draft.yours;
    let ship = text.name();
    assert_eq!(Some(ship), truth.draft.ship);
    assert_eq!(truth.meets(yours, ship), Some(false), "what ships misses something");
    if text.eat(": it is refused ") {
        truth.refused(yours, ship, text.share());
        text.want(" of the time");
    } else if text.eat(": it answers ") {
        truth.in_time(yours, ship, text.share());
        text.want(" of jobs in time");
    } else {
        text.want(": it misses ");
        miss(text, truth, yours, &[ship], ".");
    }
    text.want(". ");
    how_many(text, truth, yours);
    text.want("; ");
    assert_eq!(truth.meets(yours, text.name()), Some(true), "the best meets everything");
    text.want(" is best.");
}

/// `wait p90 with “x” has 14 samples, needs 100. The rest is met: …`
fn unjudged(text: &mut Text<'_>, truth: &Truth<'_>) {
    text.want("wait p90");
    let name = if text.eat(" with ") { text.name() } else { truth.draft.strategies[0] };
    text.want(" has ");
    let cell = truth.cell(truth.draft.yours, name);
    assert_eq!(cell.wait_s.p90, None, "it has too few samples");
    if text.eat("no samples") {
        assert_eq!(cell.jobs.answered, 0);
    } else {
        assert_eq!(text.count(), cell.jobs.answered);
        let _ = text.until(", needs ");
        let needed = text.count();
        assert!(needed > cell.jobs.answered);
    }
    text.want(". ");
    let rest = text.until(": ");
    assert!(["The rest is met", "Measured"].contains(&rest), "{rest}");
    figures(text, truth, (truth.draft.yours, name), ", ");
    text.want(".");
}

/// `On Tier 2, “x” answers most, 42 % of jobs in time; 3 % of attempts are refused, for $2 in 1 min.`
fn unasked(text: &mut Text<'_>, truth: &Truth<'_>) {
    text.want("On ");
    let tier = text.tier();
    text.want(", ");
    let name = text.name();
    text.want(" answers ");
    let most = text.eat("most, ");
    let said = text.share();
    truth.in_time(tier, name, said);
    text.want(" of jobs in time; ");
    truth.refused(tier, name, text.share());
    text.want(" of attempts are refused");
    cost(text, truth, (tier, name));
    text.want(".");
    if most {
        let own = truth.cell(tier, name).share.in_time;
        assert!(truth.on(tier).all(|(_, cell)| cell.share.in_time <= own), "it answers most");
    }
}

/// Reads a fact and proves each of its claims.
pub(crate) fn fact(name: &str, said: &str, truth: &Truth<'_>, kinds: &mut BTreeSet<String>) {
    let mut text = Text(said);
    while !text.0.is_empty() {
        let _ = text.eat(" ");
        let kind = match name {
            "Why" => why(&mut text, truth),
            "Do" => what_to_do(&mut text, truth),
            "Room" => room(&mut text, truth),
            "How sure" => sure::sentence(&mut text, truth),
            _ => return,
        };
        kinds.insert(format!("{name}: {kind}"));
    }
}

fn why(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    if text.eat("Without any limit ") {
        let _ = text.eat("only ");
        let said = text.share();
        let free = truth.unlimited;
        assert!(free.is_some_and(|value| said.holds(value)), "{said:?}: {free:?}");
        text.want(" would be in time");
        if !text.eat(".") {
            text.want(
                ": the service itself is too slow for these deadlines, and no tier changes that.",
            );
        }
        return "without any limit";
    }
    if text.eat("The busiest minute asks for ") {
        busiest(text, truth);
        return "the busiest minute";
    }
    text.want("The ");
    let by_tokens = text.eat("token limit");
    if !by_tokens {
        text.want("request limit");
    }
    text.want(" causes ");
    let part = if text.eat("all the") {
        None
    } else {
        Some({
            let part = text.share();
            text.want(" of the");
            part
        })
    };
    text.want(" 429s");
    let (name, tier) = if text.eat(" that ") {
        let name = text.name();
        text.want(" meets on ");
        (name, text.tier())
    } else {
        text.want(" on ");
        (truth.draft.strategies[0], text.tier())
    };
    text.want(".");
    let by = &truth.cell(tier, name).attempts.refused_by;
    let (these, all) = (if by_tokens { by.tokens } else { by.requests }, by.tokens + by.requests);
    let share = these as f64 / all as f64;
    match part {
        None => assert_eq!(these, all, "all of them"),
        Some(said) => assert!(said.holds(share), "{said:?}: {share}"),
    }
    assert!(share >= 0.5, "the cause of most");
    "a limit"
}

/// `1.9 times your 250,000 TPM`, `93 % of Tier 3’s 500,000 TPM`: of a run of one minute that is all
/// its tokens or requests, in the mean of its seeds.
fn busiest(text: &mut Text<'_>, truth: &Truth<'_>) {
    let times =
        if text.0.split(' ').nth(1) == Some("times") { Some(text.until(" times ")) } else { None };
    let share = if times.is_none() {
        Some({
            let share = text.share();
            text.want(" of ");
            share
        })
    } else {
        None
    };
    let tier = if text.eat("your ") || text.eat("its ") {
        truth.draft.yours
    } else {
        let tier = text.tier();
        text.want("’s ");
        tier
    };
    let limit = text.count();
    text.want(" ");
    let by_tokens = text.eat("TPM");
    if !by_tokens {
        text.want("RPM");
    }
    let rung =
        truth.record.header().ladder.iter().find(|rung| rung.tier == format!("build-{tier}"));
    let pair = rung.and_then(|rung| rung.limits.first());
    let published = pair.and_then(|pair| if by_tokens { pair.tpm } else { Some(pair.rpm) });
    assert_eq!(published, Some(limit), "the published limit");
    if text.eat(", but a window of 2 s admits only ") {
        assert_eq!(Some(text.count()), pair.map(|pair| pair.window_requests));
    }
    text.want(".");
    let (offered, tokens, seeds) = truth.asked_for();
    let asked = if by_tokens { tokens } else { offered } as f64 / seeds as f64;
    let ratio = asked / limit as f64;
    match (times, share) {
        (Some(times), _) => {
            let digits = times.split_once('.').map_or(0, |(_, digits)| digits.len());
            let grain = 0.1_f64.powi(i32::try_from(digits).unwrap_or(0));
            let value: f64 = times.parse().unwrap_or(f64::NAN);
            assert!((ratio - value).abs() <= grain * 0.51 + 0.01, "{times} times: {ratio}");
        }
        (None, Some(said)) => assert!(said.holds(ratio), "{said:?}: {ratio}"),
        (None, None) => {}
    }
}

/// `Reach Tier 4 ($250 paid in all) and ship “x”. Or Tier 5 with “y” as it is.`
fn what_to_do(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    let yours = truth.draft.yours;
    let meets = |tier: u32, name: &str| assert_eq!(truth.meets(tier, name), Some(true), "{name}");
    if text.eat("Reach ") {
        let tier = text.tier();
        assert_eq!(truth.enough(), Some(tier), "the lowest that is enough");
        if text.eat(" (") {
            assert!(text.until(")").ends_with(" paid in all"));
        }
        if text.eat(", with ") {
            meets(tier, text.name());
            text.want(" as it is.");
        } else if text.eat(" and ship ") {
            meets(tier, text.name());
            text.want(".");
        } else if text.eat("; any strategy will do.") {
            assert_eq!(truth.meeting(tier), truth.draft.strategies.len());
        } else {
            text.want(".");
        }
        return "a tier to reach";
    }
    if text.eat("Or ") {
        let tier = text.tier();
        if text.eat(" (") {
            assert!(text.until(")").ends_with(" paid in all"));
        }
        text.want(" with ");
        meets(tier, text.name());
        text.want(" as it is.");
        return "another tier to reach";
    }
    if text.eat("Nothing. ") {
        let tier = text.tier();
        assert!(tier < yours && truth.meeting(tier) > 0, "a lower tier would do");
        if text.eat(" with ") {
            meets(tier, text.name());
        }
        text.want(" would do as well.");
        return "nothing";
    }
    if text.eat("Ship ") {
        meets(yours, text.name());
        if text.eat(" instead of ") {
            assert_eq!(truth.meets(yours, text.name()), Some(false));
        }
        text.want(".");
        return "a strategy to ship";
    }
    if text.eat("Run more seeds, or longer: wait p90 takes ") {
        assert_eq!(text.count(), 100);
        text.want(" samples.");
        return "more samples";
    }
    text.want("Use ");
    assert_eq!(truth.enough(), None, "no tier is enough");
    let _ = text.until(".");
    "other ways"
}

/// `Tier 4 meets everything at this traffic, not at 125 %; Tier 5 up to 200 %; Tier 2 not even at
/// 25 %.`
fn room(text: &mut Text<'_>, truth: &Truth<'_>) -> &'static str {
    if text.eat("No tier tested meets everything even at ") {
        let percent = percent(text);
        text.want(".");
        assert!(truth.tiers().iter().all(|tier| !truth.carries(*tier, percent)), "none even then");
        return "none even at the least";
    }
    let full = text.eat("None in the busiest minute: it asks for ");
    if full || text.eat("The busiest minute asks for ") {
        busiest(text, truth);
        return "how full a tier is";
    }
    let tier = text.tier();
    text.want(" meets everything ");
    let upto = if text.eat("at this traffic") {
        100
    } else {
        text.want("up to ");
        let upto = percent(text);
        text.want(" of this traffic");
        upto
    };
    upto_and_no_further(truth, tier, upto);
    if text.eat(", not at ") {
        assert!(!truth.carries(tier, percent(text)), "not at that");
    } else if text.eat(", the most tested") {
        assert_eq!(truth.tested(tier).last(), Some(&upto));
    }
    while text.eat("; ") {
        let tier = text.tier();
        if text.eat(" up to ") {
            let upto = percent(text);
            upto_and_no_further(truth, tier, upto);
        } else {
            text.want(" not even at ");
            let least = percent(text);
            assert_eq!(truth.tested(tier).first(), Some(&least));
            assert!(!truth.carries(tier, least), "not even then");
        }
    }
    text.want(".");
    "how far tiers carry"
}

/// A tier carries so much, and the next amount that was tested is too much for it.
fn upto_and_no_further(truth: &Truth<'_>, tier: u32, upto: u32) {
    assert!(truth.carries(tier, upto), "tier {tier} carries {upto} %");
    let next = truth.tested(tier).into_iter().find(|percent| *percent > upto);
    assert!(next.is_none_or(|next| !truth.carries(tier, next)), "tier {tier} carries more");
}

fn percent(text: &mut Text<'_>) -> u32 {
    let percent = text.count();
    text.want(" %");
    u32::try_from(percent).unwrap_or(0)
}
