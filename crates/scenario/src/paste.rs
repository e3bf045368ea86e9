//! A strategy written down again: the `[[strategy]]` that has exactly these parts.

use core::fmt::Write as _;

use strategies::{Backoff, BucketBurst, FirstSendPart, HintRule, Parts, RetryOn, Share, Wait};

use crate::lasts::shown;

/// The lines of a scenario that give a strategy these parts, all by hand; none where the language
/// has no words for one of them.
#[must_use]
pub fn strategy_toml(name: &str, parts: &Parts) -> Option<String> {
    let mut text = format!("[[strategy]]\nname       = {}\n", quoted(name));
    let mut line = |key: &str, value: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{key:<10} = {value}");
    };
    line("first_send", &first_send(parts.first_send)?);
    line("retry_on", retry_on(parts.retry_on)?);
    line("hint", &hint(parts.wait.hint)?);
    line("wait", &backoff(parts.wait.backoff)?);
    if parts.wait.grain > Wait::FINEST {
        line("grain", &quoted(&shown(parts.wait.grain)));
    }
    if let Some(tries) = parts.stop.tries {
        line("tries", &tries.to_string());
    }
    if parts.stop.at_deadline {
        line("stop", "\"deadline\"");
    }
    if let Some(silence) = parts.timeouts.silence {
        line("timeout", &quoted(&shown(silence)));
    }
    Some(text)
}

fn retry_on(rule: RetryOn) -> Option<&'static str> {
    match rule {
        RetryOn::NOTHING => Some("\"nothing\""),
        RetryOn::LIMITS_AND_FAILURES => Some("\"limits_and_failures\""),
        _ => None,
    }
}

fn first_send(part: FirstSendPart) -> Option<String> {
    Some(match part {
        FirstSendPart::AtOnce => "\"at_once\"".to_owned(),
        FirstSendPart::PaceByHeaders => "\"pace_by_headers\"".to_owned(),
        FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Spread } => {
            "\"own_bucket\"".to_owned()
        }
        FirstSendPart::OwnBucket { share: Share::OneNth, burst: BucketBurst::Spread } => {
            "{ own_bucket = { share = \"1/N\" } }".to_owned()
        }
        FirstSendPart::OwnBucket { .. }
        | FirstSendPart::Cap { .. }
        | FirstSendPart::AimdCap { .. }
        | FirstSendPart::AimdRate { .. }
        | FirstSendPart::AwsAdaptive
        | FirstSendPart::SharedBucket { .. } => return None,
    })
}

fn hint(rule: HintRule) -> Option<String> {
    if rule == HintRule::IGNORE {
        return Some("\"ignore\"".to_owned());
    }
    if rule == HintRule::HONOUR {
        return Some("\"honour\"".to_owned());
    }
    let most = rule.most.filter(|most| rule == HintRule::up_to(*most))?;
    Some(format!("{{ up_to = {} }}", quoted(&shown(most))))
}

fn backoff(formula: Backoff) -> Option<String> {
    let (word, first, cap) = match formula {
        Backoff::None => return Some("\"none\"".to_owned()),
        Backoff::Exponential { first, cap } => ("exponential", first, cap),
        Backoff::FullJitter { first, cap } => ("full_jitter", first, cap),
        Backoff::Sdk { first, cap } => ("sdk", first, cap),
        Backoff::EqualJitter { .. }
        | Backoff::DecorrelatedJitter { .. }
        | Backoff::PlusJitter { .. }
        | Backoff::Randomized { .. }
        | Backoff::Clamped { .. }
        | Backoff::Aws { .. } => return None,
    };
    let (first, cap) = (quoted(&shown(first)), quoted(&shown(cap)));
    Some(format!("{{ {word} = {{ first = {first}, cap = {cap} }} }}"))
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
    use strategies::Preset;

    use super::*;
    use crate::Scenario;

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
        let text = format!("{FILE}{}", strategy_toml(name, parts).unwrap());
        let scenario = Scenario::parse("one.toml", &text, &Rulebook::embedded().unwrap());
        let scenario = scenario.unwrap_or_else(|refused| panic!("{text}\n{refused:?}"));
        assert_eq!(scenario.strategies[0].name, name);
        scenario.strategies[0].parts
    }

    #[test]
    fn every_preset_is_read_back_as_it_was() {
        for preset in Preset::ALL {
            let parts = preset.parts();
            assert_eq!(read_back(preset.name(), &parts), parts, "{}", preset.name());
        }
    }

    #[test]
    fn a_name_may_hold_anything() {
        let parts = Preset::ALL[0].parts();
        read_back("say \"no\" \\ and\ttab", &parts);
    }
}
