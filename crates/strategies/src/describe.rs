//! A strategy in one sentence, made from its parts.

use limits::Span;

use crate::first_send::{FirstSendPart, Share};
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::wait::{Backoff, HintRule, Wait};

impl Parts {
    /// What a client with these parts does, in one sentence.
    #[must_use]
    pub fn describe(&self) -> String {
        let mut says = vec![self.first_send.says().to_owned()];
        match self.retry_on {
            RetryOn::Nothing => says.push("never retries".to_owned()),
            RetryOn::LimitsAndFailures => {
                says.push("retries 408, 409, 429, 5xx and silence".to_owned());
                says.push(self.waits());
                says.push(match self.stop.tries {
                    Some(tries) => format!("{tries} tries in all"),
                    None => "as often as it takes".to_owned(),
                });
            }
        }
        if self.stop.at_deadline {
            says.push("gives up a waiting job at its deadline".to_owned());
        }
        if let Some(silence) = self.timeouts.silence {
            says.push(format!("hangs up after {} of silence", span(silence)));
        }
        says.join("; ")
    }

    fn waits(&self) -> String {
        let formula = match self.wait.backoff {
            Backoff::None => "at once".to_owned(),
            Backoff::Exponential { first, cap } => {
                format!("after {}, doubled each time up to {}", span(first), span(cap))
            }
            Backoff::FullJitter { first, cap } => format!(
                "after a random part of {}, doubled each time up to {}",
                span(first),
                span(cap)
            ),
            Backoff::Sdk { first, cap } => format!(
                "after {} less up to a quarter, doubled each time up to {}",
                span(first),
                span(cap)
            ),
        };
        let formula = if self.wait.backoff.is_drawn() && self.wait.grain > Wait::FINEST {
            format!("{formula}, in steps of {}", grain(self.wait.grain))
        } else {
            formula
        };
        match self.wait.hint {
            HintRule::Ignore => formula,
            HintRule::Honour => format!("after retry-after to the letter, else {formula}"),
            HintRule::UpTo(most) => {
                format!("after retry-after if above 0 and at most {}, else {formula}", span(most))
            }
        }
    }
}

impl FirstSendPart {
    const fn says(self) -> &'static str {
        match self {
            Self::AtOnce => "sends when due",
            Self::PaceByHeaders => {
                "sends no faster than the limit shown, and not while nothing remains"
            }
            Self::OwnBucket { share: Share::Whole } => {
                "sends when a bucket of its own, filled at the published limits, has a request \
                 and the tokens of the prompt and the longest answer"
            }
            Self::OwnBucket { share: Share::OneNth } => {
                "sends when a bucket of its own, filled at one Nth of the published limits where N \
                 clients share the key, has a request and the tokens of the prompt and the longest \
                 answer"
            }
        }
    }
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
    use limits::Span;

    use crate::preset::Preset;

    #[test]
    fn each_preset_says_what_it_does() {
        let said: Vec<String> = Preset::ALL
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
    fn a_grain_is_told_where_it_can_be_noticed() {
        let told = |preset: Preset, grain| {
            let mut parts = preset.parts();
            parts.wait.grain = grain;
            parts.describe() != preset.parts().describe()
        };
        assert!(!told(Preset::FullJitter, Span::from_nanos(1)));
        assert!(!told(Preset::GiveUp, Span::from_millis(1)), "it never waits");
        let mut parts = Preset::TogetherPy.parts();
        parts.wait.grain = Span::from_micros(1_500);
        let said = parts.describe();
        assert!(said.contains("doubled each time up to 10 s, in steps of 1500 us; "), "{said}");
    }
}
