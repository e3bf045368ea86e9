//! A strategy written down again: the `[[strategy]]` that has exactly these parts.

use core::fmt::Write as _;

use limits::{Rate, Requests, Span};
use strategies::{
    Backoff, Beyond, BucketBurst, Budget, Elsewhere, FirstSendPart, HintRule, Parts, Reads,
    RetryOn, Share, Statuses, Stop, Wait, Zero,
};

use crate::cast::NamedStrategy;
use crate::elsewhere::Target;
use crate::lasts::shown;
use crate::scenario::Scenario;

impl Scenario {
    /// The lines of this scenario that give a strategy these parts, all by hand; none where the
    /// language has no words for one of them.
    #[must_use]
    pub fn strategy_toml(&self, named: &NamedStrategy) -> Option<String> {
        let there = match &named.elsewhere {
            None => None,
            Some(Target::Model(model)) => Some(("model", "model", quoted(model.name()))),
            Some(Target::Endpoint(number, _)) => {
                let endpoint = self.endpoints.get(usize::try_from(*number).ok()?)?;
                Some(("endpoint", "endpoint", quoted(&endpoint.name)))
            }
            Some(Target::Batch(every)) => Some(("batch", "every", time(*every))),
        };
        strategy_toml(&named.name, &named.parts, there.as_ref())
    }
}

/// The same, with where elsewhere is: the word for it, and what is said there under which key.
fn strategy_toml(
    name: &str,
    parts: &Parts,
    there: Option<&(&str, &str, String)>,
) -> Option<String> {
    let Parts { first_send, retry_on, wait, stop, elsewhere, timeouts } = *parts;
    let mut lines = vec![
        ("name", quoted(name)),
        ("first_send", gate(first_send)?),
        ("retry_on", retried(retry_on)),
    ];
    // Of what is never tried again nothing else is said: it would change nothing.
    if retry_on.tries_again_at_all() {
        lines.extend([("hint", hint(wait.hint)?), ("wait", backoff(wait.backoff))]);
        if wait.grain > Wait::FINEST {
            lines.push(("grain", time(wait.grain)));
        }
        lines.extend(stop.tries.map(|tries| ("tries", tries.to_string())));
        lines.extend(stop.within.map(|within| ("within", time(within))));
        lines.extend(budget(stop.budget).map(|budget| ("budget", budget)));
    }
    lines.extend(bounds(stop));
    match elsewhere {
        Elsewhere::Nowhere => {}
        Elsewhere::After { tries } => {
            let (word, key, target) = there?;
            let value = format!("{{ {word} = {{ {key} = {target}, after = {tries} }} }}");
            lines.push(("elsewhere", value));
        }
        Elsewhere::Hedge { after, most } => {
            let (after, most) = (time(after), quoted(&format!("{}%", decimal(most.0, 10))));
            let hedge = format!("{{ hedge = {{ after = {after}, most = {most} }} }}");
            lines.push(("elsewhere", hedge));
        }
    }
    lines.extend(timeouts.silence.map(|silence| ("timeout", time(silence))));
    Some(lines.iter().fold("[[strategy]]\n".to_owned(), |mut text, (key, value)| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{key:<10} = {value}");
        text
    }))
}

fn gate(part: FirstSendPart) -> Option<String> {
    Some(match part {
        FirstSendPart::AtOnce => quoted("at_once"),
        FirstSendPart::PaceByHeaders => quoted("pace_by_headers"),
        FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Spread } => {
            quoted("own_bucket")
        }
        FirstSendPart::OwnBucket { share: of, burst: BucketBurst::Spread } => {
            format!("{{ own_bucket = {{ share = {} }} }}", share(of))
        }
        FirstSendPart::OwnBucket { share: of, burst: BucketBurst::Minute } => {
            format!("{{ own_bucket = {{ share = {}, burst = \"minute\" }} }}", share(of))
        }
        FirstSendPart::Cap { most } => format!("{{ cap = {{ in_flight = {most} }} }}"),
        FirstSendPart::AimdCap { start, least, most, cut, slow } => {
            let slow = slow.map_or_else(String::new, |slow| format!(", slow = {}", time(slow)));
            format!(
                "{{ aimd_cap = {{ start = {start}, least = {least}, most = {most}, cut = \"{}%\"{slow} }} }}",
                cut.0
            )
        }
        FirstSendPart::AimdRate { start, add, every, cut, least } => {
            let (start, add, least) = (rate(start)?, rate(add)?, rate(least)?);
            let every = time(every);
            format!(
                "{{ aimd_rate = {{ start = {start}, add = {add}, every = {every}, cut = \"{}%\", least = {least} }} }}",
                cut.0
            )
        }
        FirstSendPart::AwsAdaptive => quoted("aws_adaptive"),
        FirstSendPart::SharedBucket { share: of, delay } => {
            format!("{{ shared_bucket = {{ share = {}, delay = {} }} }}", share(of), time(delay))
        }
    })
}

fn share(share: Share) -> String {
    match share {
        Share::Whole => quoted("whole"),
        Share::OneNth => quoted("1/N"),
        Share::Part(percent) => format!("\"{}%\"", percent.0),
    }
}

/// A rate in the shortest unit in which it is whole.
fn rate(rate: Rate<Requests>) -> Option<String> {
    const UNITS: [(u64, &str); 4] = [(1, "s"), (60, "min"), (3_600, "h"), (86_400, "day")];
    let in_unit = |(seconds, unit): (u64, &str)| {
        let over = u128::from(Span::from_secs(seconds).nanos()) * u128::from(rate.amount().0);
        let per = u128::from(rate.per_span().nanos());
        let whole = over.checked_div(per).filter(|whole| *whole > 0 && whole * per == over)?;
        Some(format!("\"{whole}/{unit}\""))
    };
    UNITS.into_iter().find_map(in_unit)
}

fn retried(rule: RetryOn) -> String {
    match rule {
        RetryOn::NOTHING => quoted("nothing"),
        RetryOn::LIMITS_AND_FAILURES => quoted("limits_and_failures"),
        RetryOn::ANYTHING => quoted("anything"),
        RetryOn { statuses, time_outs, connections, unless_quota } => {
            let flags = [
                (time_outs, "time_outs"),
                (connections, "connections"),
                (unless_quota, "unless_quota"),
            ];
            let mut text = format!("{{ statuses = [{}]", listed(statuses).join(", "));
            for (_, word) in flags.into_iter().filter(|(is_set, _)| *is_set) {
                let _ = write!(text, ", {word} = true");
            }
            text + " }"
        }
    }
}

/// Each status, but whole hundreds in one word.
fn listed(statuses: Statuses) -> Vec<String> {
    let has = |code: u16| statuses.contains(wire::Status(code));
    let whole = |hundred: u16| (hundred..hundred + 100).all(has);
    let word = |code: u16| match code {
        400..500 if whole(400) => (code == 400).then(|| quoted("4xx")),
        500..600 if whole(500) => (code == 500).then(|| quoted("5xx")),
        _ => has(code).then(|| quoted(&code.to_string())),
    };
    (400..=655).filter_map(word).collect()
}

fn hint(rule: HintRule) -> Option<String> {
    if rule == HintRule::IGNORE || rule == HintRule::HONOUR {
        let ignored = rule == HintRule::IGNORE;
        return Some(quoted(if ignored { "ignore" } else { "honour" }));
    }
    let HintRule { reads, zero, most, beyond, jitter } = rule;
    if let Some(most) = most.filter(|most| rule == HintRule::up_to(*most)) {
        return Some(format!("{{ up_to = {} }}", time(most)));
    }
    let reads = match reads {
        Reads::Nothing => return None,
        Reads::WholeSeconds => "whole_seconds",
        Reads::RetryAfter => "retry_after",
        Reads::OrReset => "or_reset",
    };
    let zero = match zero {
        Zero::AtOnce => "at_once",
        Zero::Formula => "formula",
    };
    let mut text = format!("{{ take = {{ reads = \"{reads}\", zero = \"{zero}\"");
    if let Some(most) = most {
        let _ = write!(text, ", most = {}", time(most));
    }
    match beyond {
        Beyond::Formula => {}
        Beyond::Clamped => text.push_str(", beyond = \"clamped\""),
        Beyond::GiveUp => text.push_str(", beyond = \"give_up\""),
        Beyond::IfShorterThanFormula => text.push_str(", beyond = \"if_shorter\""),
        Beyond::WithinFormulaPlus(more) => {
            let _ = write!(text, ", beyond = {{ formula_plus = {} }}", time(more));
        }
    }
    if jitter > Span::ZERO {
        let _ = write!(text, ", jitter = {}", time(jitter));
    }
    Some(text + " } }")
}

fn backoff(formula: Backoff) -> String {
    let (word, first, cap, more) = match formula {
        Backoff::None => return quoted("none"),
        Backoff::Exponential { first, cap } => ("exponential", first, cap, String::new()),
        Backoff::FullJitter { first, cap } => ("full_jitter", first, cap, String::new()),
        Backoff::EqualJitter { first, cap } => ("equal_jitter", first, cap, String::new()),
        Backoff::DecorrelatedJitter { first, cap } => {
            ("decorrelated_jitter", first, cap, String::new())
        }
        Backoff::Sdk { first, cap } => ("sdk", first, cap, String::new()),
        Backoff::PlusJitter { first, cap, jitter } => {
            ("plus_jitter", first, cap, format!(", jitter = {}", time(jitter)))
        }
        Backoff::Randomized { first, cap, times, spread } => {
            let (times, spread) = (decimal(times.0, 100), spread.0);
            ("randomized", first, cap, format!(", times = {times}, spread = \"{spread}%\""))
        }
        Backoff::Clamped { first, least, cap } => {
            ("clamped", first, cap, format!(", least = {}", time(least)))
        }
        Backoff::Aws { first, throttled, cap } => {
            ("aws", first, cap, format!(", throttled = {}", time(throttled)))
        }
    };
    format!("{{ {word} = {{ first = {}, cap = {}{more} }} }}", time(first), time(cap))
}

fn budget(budget: Budget) -> Option<String> {
    Some(match budget {
        Budget::None => return None,
        Budget::Finagle { ttl, reserve_per_s, percent } => format!(
            "{{ finagle = {{ share = \"{}%\", reserve = \"{reserve_per_s}/s\", ttl = {} }} }}",
            percent.0,
            time(ttl)
        ),
        Budget::Sre { percent, over } => {
            format!("{{ sre = {{ share = \"{}%\", over = {} }} }}", percent.0, time(over))
        }
        Budget::Grpc { most, ratio } => {
            format!("{{ grpc = {{ most = {most}, ratio = {} }} }}", decimal(ratio.0, 1_000))
        }
        Budget::Aws { capacity, retry, throttled, time_out, first_success } => format!(
            "{{ aws = {{ capacity = {capacity}, retry = {retry}, throttled = {throttled}, time_out = {time_out}, first_success = {first_success} }} }}"
        ),
        Budget::Brooker { deposit, most } => {
            format!("{{ brooker = {{ deposit = {}, most = {most} }} }}", decimal(deposit.0, 1_000))
        }
        Budget::RetriesWhileFailuresBelow { percent, over } => format!(
            "{{ failures_below = {{ share = \"{}%\", over = {} }} }}",
            percent.0,
            time(over)
        ),
    })
}

/// The bounds on all that a client sends, and the deadline.
fn bounds(stop: Stop) -> Vec<(&'static str, String)> {
    let mut lines = Vec::new();
    if stop.at_deadline {
        lines.push(("stop", quoted("deadline")));
    }
    lines.extend(stop.breaker.map(|breaker| {
        let (opens_at, least, probes) = (breaker.opens_at.0, breaker.least, breaker.probes);
        let (over, stays) = (time(breaker.over), time(breaker.stays));
        let value = format!(
            "{{ opens_at = \"{opens_at}%\", over = {over}, least = {least}, stays = {stays}, probes = {probes} }}"
        );
        ("breaker", value)
    }));
    lines.extend(stop.throttle.map(|throttle| {
        let (k, over) = (decimal(throttle.k.0, 10), time(throttle.over));
        ("throttle", format!("{{ k = {k}, over = {over} }}"))
    }));
    lines
}

fn time(span: Span) -> String {
    quoted(&shown(span))
}

/// So many parts of one, as a decimal number.
fn decimal(parts: u32, of: u32) -> String {
    (f64::from(parts) / f64::from(of)).to_string()
}

/// A text as TOML has it.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            _ if character.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(character));
            }
            _ => quoted.push(character),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;
    use strategies::{Breaker, Hundredths, Percent, Preset, Tenths, Thousandths, Throttle};

    use super::*;

    const FILE: &str = r#"
title = "One"
edition = "2025-11"
[account]
tier = "build-1"
[[group]]
name = "chat"
model = "meta-llama/Llama-3.3-70B-Instruct-Turbo"
prompt = 100
answer = 50
traffic = { steady = { rate = "1/s", lasts = "2s" } }
"#;

    fn read_back(name: &str, parts: &Parts) -> Parts {
        let text = format!("{FILE}{}", strategy_toml(name, parts, None).unwrap());
        let scenario = Scenario::parse("one.toml", &text, &Rulebook::embedded().unwrap());
        let scenario = scenario.unwrap_or_else(|refused| panic!("{text}\n{refused:?}"));
        assert_eq!(scenario.strategies[0].name, name);
        scenario.strategies[0].parts
    }

    #[test]
    fn every_preset_is_read_back_as_it_was() {
        for preset in Preset::USUAL {
            let mut parts = preset.parts();
            let read = read_back(preset.name(), &parts);
            if !parts.retry_on.tries_again_at_all() {
                // How long it would wait for what it never does is not said.
                (parts.wait, parts.stop) = (read.wait, read.stop);
            }
            assert_eq!(read, parts, "{}", preset.name());
        }
    }

    #[test]
    fn a_wait_without_a_cap_is_read_back_as_it_was() {
        for name in ["vercel-ai", "langchain-with-retry"] {
            let parts = Preset::named(name).unwrap().parts();
            let written = strategy_toml(name, &parts, None).unwrap();
            assert!(written.contains("cap = \"365d\""), "{written}");
            assert_eq!(read_back(name, &parts), parts);
        }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let parts = Preset::USUAL[0].parts();
        read_back("say \"no\" \\ and\ttab", &parts);
    }

    fn usual() -> Parts {
        Preset::named("full-jitter").unwrap().parts()
    }

    #[test]
    fn every_wait_is_read_back_as_it_was() {
        let (first, cap) = (Span::from_millis(250), Span::from_secs(90));
        let more = Span::from_millis(1_500);
        let (times, spread) = (Hundredths(175), Percent(40));
        for formula in [
            Backoff::Exponential { first, cap },
            Backoff::FullJitter { first, cap },
            Backoff::EqualJitter { first, cap },
            Backoff::DecorrelatedJitter { first, cap },
            Backoff::Sdk { first, cap },
            Backoff::PlusJitter { first, cap, jitter: more },
            Backoff::Randomized { first, cap, times, spread },
            Backoff::Clamped { first, least: more, cap },
            Backoff::Aws { first, throttled: more, cap },
        ] {
            let mut parts = usual();
            parts.wait.backoff = formula;
            assert_eq!(read_back("a wait", &parts), parts);
        }
    }

    #[test]
    fn every_gate_and_hedge_is_read_back_as_it_was() {
        let (percent, delay) = (Percent(70), Span::from_millis(5));
        let share = Share::Part(percent);
        let a_second = |count| Rate::new(Requests(count), limits::Per::Second);
        let (start, add, every) = (a_second(5), a_second(1), Span::from_secs(2));
        let (slow, cut) = (Some(Span::from_secs(5)), Percent(40));
        for gate in [
            FirstSendPart::AtOnce,
            FirstSendPart::PaceByHeaders,
            FirstSendPart::OwnBucket { share, burst: BucketBurst::Spread },
            FirstSendPart::OwnBucket { share: Share::OneNth, burst: BucketBurst::Minute },
            FirstSendPart::Cap { most: 12 },
            FirstSendPart::AimdCap { start: 8, least: 2, most: 64, cut, slow },
            FirstSendPart::AimdRate { start, add, every, cut, least: a_second(1) },
            FirstSendPart::AwsAdaptive,
            FirstSendPart::SharedBucket { share, delay },
        ] {
            let parts = Parts { first_send: gate, ..usual() };
            assert_eq!(read_back("a gate", &parts), parts);
        }
        let (after, most) = (Span::from_secs(3), Thousandths(25));
        let parts = Parts { elsewhere: Elsewhere::Hedge { after, most }, ..usual() };
        assert_eq!(read_back("a hedge", &parts), parts);
    }

    #[test]
    fn where_elsewhere_is_is_read_back_as_it_was() {
        let file = format!(
            "{FILE}[[endpoint]]\nname = \"own\"\nmodel = \"openai/gpt-oss-20b\"\nthroughput = \"500/s\"\n"
        );
        let read = |text: &str| {
            Scenario::parse("one.toml", text, &Rulebook::embedded().unwrap())
                .unwrap_or_else(|refused| panic!("{text}\n{refused:?}"))
        };
        for there in [
            "model = { model = \"openai/gpt-oss-20b\"",
            "endpoint = { endpoint = \"own\"",
            "batch = { every = \"10m\"",
        ] {
            let written = format!(
                "{file}[[strategy]]\nname = \"there\"\nretry_on = \"limits_and_failures\"\n\
                 wait = \"none\"\ntries = 4\nelsewhere = {{ {there}, after = 3 }} }}\n"
            );
            let first = read(&written);
            let again = first.strategy_toml(&first.strategies[0]).unwrap();
            assert_eq!(read(&format!("{file}{again}")).strategies, first.strategies);
        }
    }

    #[test]
    fn every_hint_and_rule_of_retrying_is_read_back_as_it_was() {
        let most = Some(Span::from_secs(60));
        let taken = HintRule { reads: Reads::OrReset, zero: Zero::AtOnce, ..HintRule::IGNORE };
        let more = Span::from_millis(750);
        for rule in [
            HintRule { most, beyond: Beyond::Clamped, jitter: more, ..taken },
            HintRule { most, beyond: Beyond::GiveUp, reads: Reads::WholeSeconds, ..taken },
            HintRule { most, beyond: Beyond::IfShorterThanFormula, ..taken },
            HintRule { beyond: Beyond::WithinFormulaPlus(more), ..taken },
        ] {
            let mut parts = usual();
            parts.wait.hint = rule;
            assert_eq!(read_back("a hint", &parts), parts);
        }
        let statuses = Statuses::NONE.with(409).with_range(428, 430).with_range(500, 600);
        let rule = RetryOn { statuses, time_outs: false, connections: true, unless_quota: true };
        for rule in [RetryOn::ANYTHING, rule] {
            let parts = Parts { retry_on: rule, ..usual() };
            assert_eq!(read_back("a rule", &parts), parts);
        }
    }

    #[test]
    fn every_bound_is_read_back_as_it_was() {
        let over = Span::from_secs(45);
        let (percent, ratio) = (Percent(15), Thousandths(125));
        for budget in [
            Budget::Finagle { ttl: over, reserve_per_s: 0, percent },
            Budget::Sre { percent, over },
            Budget::Grpc { most: 20, ratio },
            Budget::Aws { capacity: 90, retry: 4, throttled: 6, time_out: 9, first_success: 2 },
            Budget::Brooker { deposit: ratio, most: 7 },
            Budget::RetriesWhileFailuresBelow { percent, over },
        ] {
            let mut parts = usual();
            parts.stop.budget = budget;
            parts.stop.within = Some(over);
            assert_eq!(read_back("a budget", &parts), parts);
        }
        let mut parts = usual();
        let (stays, opens_at) = (Span::from_secs(20), Percent(60));
        parts.stop.breaker = Some(Breaker { opens_at, over, least: 12, stays, probes: 3 });
        assert_eq!(read_back("a breaker", &parts), parts);
        parts.stop.breaker = None;
        parts.stop.throttle = Some(Throttle { k: Tenths(15), over });
        parts.stop.at_deadline = true;
        assert_eq!(read_back("a throttle", &parts), parts);
    }
}
