//! A strategy in one sentence, made from its parts.

use limits::Span;

use crate::backoff::Backoff;
use crate::breaker::Breaker;
use crate::budget::Budget;
use crate::elsewhere::Elsewhere;
use crate::first_send::{BucketBurst, FirstSendPart, Share};
use crate::portion::Hundredths;
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::stop::Stop;
use crate::throttle::Throttle;
use crate::wait::{Beyond, HintRule, Reads, Wait, Zero};

impl Parts {
    /// What a client with these parts does, in one sentence.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut says = vec![self.first_send.says()];
        if self.retry_on.tries_again_at_all() {
            says.push(format!("retries {}", self.retry_on.list()));
            says.push(self.waits());
            says.push(match self.stop.tries {
                Some(tries) => format!("{tries} tries in all"),
                None => "as often as it takes".to_owned(),
            });
        } else {
            says.push("never retries".to_owned());
        }
        self.stop.say(&mut says);
        says.extend(self.elsewhere.says());
        if let Some(silence) = self.timeouts.silence {
            says.push(format!("hangs up after {} of silence", span(silence)));
        }
        says.join("; ")
    }

    fn waits(&self) -> String {
        let formula = self.wait.backoff.says();
        let formula = if self.wait.backoff.is_drawn() && self.wait.grain > Wait::FINEST {
            format!("{formula}, in steps of {}", grain(self.wait.grain))
        } else {
            formula
        };
        match self.wait.hint.says() {
            None => formula,
            Some(hint) => format!("after {hint}, else {formula}"),
        }
    }
}

impl RetryOn {
    /// What is tried again, as a list.
    pub(crate) fn list(&self) -> String {
        if !self.tries_again_at_all() {
            return "nothing".to_owned();
        }
        let mut what: Vec<String> = self
            .statuses
            .ranges()
            .map(|range| match range {
                (first, last) if first == last => first.to_string(),
                (first, last) if first + 1 == last => format!("{first}, {last}"),
                (500, 599..) => "5xx".to_owned(),
                (400, 655) => "any status".to_owned(),
                (first, 655) => format!("{first} and above"),
                (first, last) => format!("{first} to {last}"),
            })
            .collect();
        match (self.time_outs, self.connections) {
            (true, true) => what.push("silence".to_owned()),
            (true, false) => what.push("time-outs".to_owned()),
            (false, true) => what.push("broken connections".to_owned()),
            (false, false) => {}
        }
        let end = what.pop().unwrap_or_default();
        let list = if what.is_empty() { end } else { format!("{} and {end}", what.join(", ")) };
        let quota = if self.unless_quota { ", but not when the credit is used up" } else { "" };
        format!("{list}{quota}")
    }
}

impl Backoff {
    fn says(self) -> String {
        let doubled = |cap| format!("doubled each time {}", capped(cap));
        match self {
            Self::None => "at once".to_owned(),
            Self::Exponential { first, cap } => format!("after {}, {}", span(first), doubled(cap)),
            Self::FullJitter { first, cap } => {
                format!("after a random part of {}, {}", span(first), doubled(cap))
            }
            Self::EqualJitter { first, cap } => {
                format!(
                    "after half of {} and a random part of the rest, {}",
                    span(first),
                    doubled(cap)
                )
            }
            Self::DecorrelatedJitter { first, cap } => format!(
                "after a random time between {} and three times the last wait, {}",
                span(first),
                capped(cap)
            ),
            Self::Sdk { first, cap } => {
                format!("after {} less up to a quarter, {}", span(first), doubled(cap))
            }
            Self::PlusJitter { first, cap, jitter } => {
                format!("after {}, {}, plus up to {}", span(first), doubled(cap), span(jitter))
            }
            Self::Randomized { first, cap, times: Hundredths(times), spread } => format!(
                "after {} give or take {} %, {}.{:02} times as long each time {}",
                span(first),
                spread.0,
                times / 100,
                times % 100,
                capped(cap)
            ),
            Self::Clamped { first, least, cap } => {
                format!("after {}, {}, but no less than {}", span(first), doubled(cap), span(least))
            }
            Self::Aws { first, throttled, cap } => format!(
                "after a random part of {} ({} after a 429), {}",
                span(first),
                span(throttled),
                doubled(cap)
            ),
        }
    }
}

impl HintRule {
    /// What is waited for before the formula has its turn.
    fn says(&self) -> Option<String> {
        let header = match self.reads {
            Reads::Nothing => return None,
            Reads::WholeSeconds => "retry-after in whole seconds",
            Reads::RetryAfter => "retry-after",
            Reads::OrReset => "retry-after or the reset shown",
        };
        if let Beyond::WithinFormulaPlus(more) = self.beyond {
            return Some(format!("{header}, but between the formula and {} more", span(more)));
        }
        let bounds = match (self.zero, self.most) {
            (Zero::AtOnce, None) => " to the letter".to_owned(),
            (Zero::Formula, None) => " if above 0".to_owned(),
            (Zero::AtOnce, Some(most)) => format!(" if {}", bounded(most)),
            (Zero::Formula, Some(most)) => format!(" if above 0 and {}", bounded(most)),
        };
        let beyond = match self.beyond {
            _ if self.most.is_none() => "",
            Beyond::Formula | Beyond::WithinFormulaPlus(_) => "",
            Beyond::Clamped => " (for a longer one that long)",
            Beyond::GiveUp => " (giving up on a longer one)",
            Beyond::IfShorterThanFormula => " or less than the formula",
        };
        let jitter = if self.jitter.is_zero() {
            String::new()
        } else {
            format!(" plus up to {}", span(self.jitter))
        };
        Some(format!("{header}{bounds}{beyond}{jitter}"))
    }
}

impl Stop {
    fn say(&self, says: &mut Vec<String>) {
        if self.at_deadline {
            says.push("gives up a waiting job at its deadline".to_owned());
        }
        if let Some(within) = self.within {
            says.push(format!("gives a job up {} after its first try", span(within)));
        }
        says.extend(self.budget.says());
        says.extend(self.breaker.map(|breaker| breaker.says()));
        says.extend(self.throttle.map(|throttle| throttle.says()));
    }
}

impl Breaker {
    pub(crate) fn says(&self) -> String {
        format!(
            "sends nothing for {} once {} % of at least {} attempts within {} failed, then {} to see",
            span(self.stays),
            self.opens_at.0,
            self.least,
            span(self.over),
            self.probes
        )
    }
}

impl Throttle {
    pub(crate) fn says(&self) -> String {
        format!(
            "refuses by itself a random part of what is more than {}.{} times what was accepted \
             within {}",
            self.k.0 / 10,
            self.k.0 % 10,
            span(self.over)
        )
    }
}

impl Budget {
    pub(crate) fn says(self) -> Option<String> {
        Some(match self {
            Self::None => return None,
            Self::Finagle { ttl, reserve_per_s, percent } => format!(
                "retries at most {} in a hundred jobs of the last {} and {reserve_per_s} a second \
                 besides",
                percent.0,
                span(ttl)
            ),
            Self::Sre { percent, over } => format!(
                "retries make at most {} % of its requests of the last {}",
                percent.0,
                span(over)
            ),
            Self::Grpc { most, ratio } => format!(
                "retries while more than half of {most} tokens are left, of which a failure takes one \
                 and a success gives {} back",
                thousandths(ratio.0)
            ),
            Self::Aws { capacity, retry, throttled, time_out, first_success } => format!(
                "retries while a bucket of {capacity} has {retry} for it ({throttled} after a 429, \
                 {time_out} after a time-out), which success returns, {first_success} at the first try"
            ),
            Self::Brooker { deposit, most } => format!(
                "retries while a bucket of {most} has more than one token, of which each job adds {}",
                thousandths(deposit.0)
            ),
            Self::RetriesWhileFailuresBelow { percent, over } => format!(
                "retries nothing while more than {} failures come on a hundred jobs of the last {}",
                percent.0,
                span(over)
            ),
        })
    }
}

impl Elsewhere {
    pub(crate) fn says(self) -> Option<String> {
        match self {
            Self::Nowhere => None,
            Self::After { tries } => Some(format!("goes elsewhere after {tries} bad tries")),
            Self::Hedge { after, most } => Some(format!(
                "sends a second attempt beside a first that has not begun to answer after {}, for at \
                 most {}.{} % of them",
                span(after),
                most.0 / 10,
                most.0 % 10
            )),
        }
    }
}

impl FirstSendPart {
    /// The same where there is anything to say.
    pub(crate) fn said(self) -> Option<String> {
        (self != Self::AtOnce).then(|| self.says())
    }

    fn says(self) -> String {
        match self {
            Self::AtOnce => "sends when due".to_owned(),
            Self::PaceByHeaders => {
                "sends no faster than the limit shown, and not while nothing remains".to_owned()
            }
            Self::OwnBucket { share, burst } => {
                let full = match burst {
                    BucketBurst::Spread => "",
                    BucketBurst::Minute => " and holding a minute's worth at the start",
                };
                format!(
                    "sends when a bucket of its own, filled at {}{full}, has a request and the tokens \
                     of the prompt and the longest answer",
                    share.says()
                )
            }
            Self::Cap { most } => format!("sends while fewer than {most} attempts are in flight"),
            Self::AimdCap { start, least, most, cut, slow } => format!(
                "sends while fewer attempts are in flight than a bound of {start}, one more while it \
                 is used and {} % less after a refusal{}, from {least} to {most}",
                cut.0,
                slow.map_or_else(String::new, |slow| format!(" or {} of waiting", span(slow)))
            ),
            Self::AimdRate { start, add, every, cut, least } => format!(
                "sends at a rate of {} a minute, {} more every {} and {} % less after a refusal, no \
                 less than {}",
                start.per_minute(),
                add.per_minute(),
                span(every),
                cut.0,
                least.per_minute()
            ),
            Self::AwsAdaptive => {
                "sends when due until the first refusal, then at a rate that it finds for itself"
                    .to_owned()
            }
            Self::SharedBucket { share, delay } => format!(
                "sends when a bucket that all clients share, filled at {} and {} away, has a request \
                 and the tokens of the prompt and the longest answer",
                share.says(),
                span(delay)
            ),
        }
    }
}

impl Share {
    fn says(self) -> String {
        match self {
            Self::Whole => "the published limits".to_owned(),
            Self::OneNth => {
                "one Nth of the published limits where N clients share the key".to_owned()
            }
            Self::Part(part) => format!("{} % of the published limits", part.0),
        }
    }
}

/// As a decimal, with as many places as it needs.
pub(crate) fn thousandths(parts: u32) -> String {
    let text = format!("{}.{:03}", parts / 1_000, parts % 1_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// The longest wait of a formula.
fn capped(cap: Span) -> String {
    if cap < Backoff::NO_CAP { format!("up to {}", span(cap)) } else { "without a cap".to_owned() }
}

/// The longest hint that is heeded; a last millisecond less than a whole second was written as
/// "below".
fn bounded(most: Span) -> String {
    let next = most.plus(Span::from_millis(1));
    let whole = !most.is_zero() && next.nanos().is_multiple_of(1_000_000_000);
    if whole { format!("below {}", span(next)) } else { format!("at most {}", span(most)) }
}

fn span(span: Span) -> String {
    let millis = span.nanos() / 1_000_000;
    if millis.is_multiple_of(1_000) {
        format!("{} s", millis / 1_000)
    } else if millis.is_multiple_of(100) {
        format!("{}.{} s", millis / 1_000, millis % 1_000 / 100)
    } else {
        format!("{millis} ms")
    }
}

/// A grain may be finer than any wait that is written, so it is said in the largest unit of which
/// it is a whole number.
fn grain(grain: Span) -> String {
    let nanos = grain.nanos();
    [(1_000_000_000, "s"), (1_000_000, "ms"), (1_000, "us")]
        .into_iter()
        .find(|(unit, _)| nanos.is_multiple_of(*unit))
        .map_or_else(|| format!("{nanos} ns"), |(unit, name)| format!("{} {name}", nanos / unit))
}

#[cfg(test)]
mod tests {
    use limits::{Per, Rate, Requests, Span};

    use super::*;
    use crate::portion::{Percent, Tenths, Thousandths};
    use crate::presets::Preset;
    use crate::retry_on::Statuses;

    #[test]
    fn each_preset_says_what_it_does() {
        let said: Vec<String> = Preset::USUAL
            .into_iter()
            .map(|preset| format!("{}: {}", preset.name(), preset.parts().describe()))
            .collect();
        insta::assert_snapshot!(said.join("\n"), @r"
        give-up: sends when due; never retries
        full-jitter: sends when due; retries 408, 409, 429, 5xx and silence; after a random part of 0.5 s, doubled each time up to 20 s; 6 tries in all
        honour-retry-after: sends when due; retries 408, 409, 429, 5xx and silence; after retry-after to the letter, else after a random part of 0.5 s, doubled each time up to 20 s; 6 tries in all
        together-py: sends when due; retries 408, 409, 429, 5xx and silence; after retry-after if above 0 and at most 60 s, else after 1 s less up to a quarter, doubled each time up to 10 s; 3 tries in all; hangs up after 60 s of silence
        pace-by-headers: sends no faster than the limit shown, and not while nothing remains; retries 408, 409, 429, 5xx and silence; after retry-after to the letter, else after a random part of 0.5 s, doubled each time up to 20 s; as often as it takes
        own-bucket: sends when a bucket of its own, filled at the published limits, has a request and the tokens of the prompt and the longest answer; retries 408, 409, 429, 5xx and silence; after retry-after to the letter, else after a random part of 0.5 s, doubled each time up to 20 s; as often as it takes
        ");
    }

    #[test]
    fn what_has_no_bound_names_none_and_what_is_short_of_a_second_is_below_it() {
        let says = |name| Preset::named(name).map(|preset| preset.parts().describe());
        let vercel = says("vercel-ai").unwrap_or_default();
        assert!(vercel.contains("if below 60 s or less than the formula"), "{vercel}");
        assert!(vercel.contains("after 2 s, doubled each time without a cap; "), "{vercel}");
    }

    #[test]
    fn a_grain_is_told_where_it_can_be_noticed() {
        let told = |preset: &Preset, grain| {
            let mut parts = preset.parts();
            parts.wait.grain = grain;
            parts.describe() != preset.parts().describe()
        };
        assert!(!told(Preset::FULL_JITTER, Span::from_nanos(1)));
        assert!(!told(Preset::GIVE_UP, Span::from_millis(1)), "it never waits");
        let mut parts = Preset::TOGETHER_PY.parts();
        parts.wait.grain = Span::from_micros(1_500);
        let said = parts.describe();
        assert!(said.contains("doubled each time up to 10 s, in steps of 1500 us; "), "{said}");
    }

    /// What a stack says that retries, waits and stops so.
    fn said(change: impl FnOnce(&mut Parts)) -> String {
        let mut parts = Preset::GIVE_UP.parts();
        parts.retry_on = RetryOn::LIMITS_AND_FAILURES;
        change(&mut parts);
        parts.describe()
    }

    #[test]
    fn each_wait_says_what_it_does() {
        let over = Span::from_secs(60);
        let (first, cap) = (Span::from_millis(500), Span::from_secs(8));
        let backoff = |backoff| said(|parts| parts.wait.backoff = backoff);
        let hint = |hint| {
            said(|parts| parts.wait = Wait { hint, backoff: Backoff::None, grain: Wait::FINEST })
        };
        let long = HintRule::up_to(over);
        let all = [
            backoff(Backoff::EqualJitter { first, cap }),
            backoff(Backoff::DecorrelatedJitter { first, cap }),
            backoff(Backoff::PlusJitter { first, cap, jitter: Span::from_millis(750) }),
            backoff(Backoff::Randomized {
                first,
                cap,
                times: Hundredths(150),
                spread: Percent(50),
            }),
            backoff(Backoff::Clamped { first, least: Span::from_secs(4), cap }),
            backoff(Backoff::Aws { first: Span::from_millis(50), throttled: first, cap }),
            hint(HintRule { reads: Reads::WholeSeconds, ..HintRule::HONOUR }),
            hint(HintRule { reads: Reads::OrReset, ..HintRule::HONOUR }),
            hint(HintRule { beyond: Beyond::Clamped, ..long }),
            hint(HintRule { beyond: Beyond::GiveUp, ..long }),
            hint(HintRule { beyond: Beyond::IfShorterThanFormula, zero: Zero::AtOnce, ..long }),
            hint(HintRule { beyond: Beyond::WithinFormulaPlus(over), ..HintRule::HONOUR }),
            hint(HintRule { jitter: Span::from_millis(750), ..long }),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn each_stop_says_what_it_does() {
        let over = Span::from_secs(60);
        let budget = |budget| said(|parts| parts.stop.budget = budget);
        let breaker = Breaker {
            opens_at: Percent(50),
            over,
            least: 20,
            stays: Span::from_secs(5),
            probes: 3,
        };
        let all = [
            budget(Budget::Finagle { ttl: over, reserve_per_s: 10, percent: Percent(20) }),
            budget(Budget::Sre { percent: Percent(10), over }),
            budget(Budget::Grpc { most: 10, ratio: Thousandths(100) }),
            budget(Budget::Aws {
                capacity: 500,
                retry: 14,
                throttled: 5,
                time_out: 14,
                first_success: 1,
            }),
            budget(Budget::Brooker { deposit: Thousandths(100), most: 5 }),
            budget(Budget::RetriesWhileFailuresBelow { percent: Percent(10), over }),
            said(|parts| parts.stop = Stop { within: Some(over), ..Stop::NEVER }),
            said(|parts| parts.stop.breaker = Some(breaker)),
            said(|parts| parts.stop.throttle = Some(Throttle { k: Tenths(20), over })),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn what_is_retried_and_where_is_said() {
        let some = RetryOn {
            statuses: Statuses::NONE.with(429).with_range(501, 599),
            time_outs: false,
            unless_quota: true,
            ..RetryOn::LIMITS_AND_FAILURES
        };
        let hedge = Elsewhere::Hedge { after: Span::from_millis(500), most: Thousandths(20) };
        let all = [
            said(|parts| parts.retry_on = RetryOn::ANYTHING),
            said(|parts| parts.retry_on = some),
            said(|parts| parts.elsewhere = Elsewhere::After { tries: 2 }),
            said(|parts| parts.elsewhere = hedge),
        ];
        insta::assert_snapshot!(all.join("\n"));
    }

    #[test]
    fn each_first_send_says_what_it_does() {
        let rate = |count| Rate::new(Requests(count), Per::Minute);
        let (share, burst) = (Share::Part(Percent(95)), BucketBurst::Minute);
        let all = [
            FirstSendPart::OwnBucket { share, burst },
            FirstSendPart::Cap { most: 8 },
            FirstSendPart::AimdCap {
                start: 20,
                least: 1,
                most: 200,
                cut: Percent(10),
                slow: Some(Span::from_secs(5)),
            },
            FirstSendPart::AimdRate {
                start: rate(300),
                add: rate(60),
                every: Span::from_secs(1),
                cut: Percent(50),
                least: rate(6),
            },
            FirstSendPart::AwsAdaptive,
            FirstSendPart::SharedBucket { share: Share::Whole, delay: Span::from_millis(5) },
        ];
        insta::assert_snapshot!(all.map(FirstSendPart::says).join("\n"));
    }
}
