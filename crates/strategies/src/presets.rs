//! Strategies with a name: what released clients do, version by version, and what we suggest.
//!
//! A preset is data: its parts, and for each of them where that was read. Its constants are said
//! from the parts themselves, so that none can be printed that is not at work. The families stand
//! in files of their own.

mod aws;
mod constants;
mod langchain;
mod litellm;
mod openai;
mod ours;
mod together;

use limits::Span;

use crate::backoff::Backoff;
use crate::elsewhere::Elsewhere;
use crate::event::Timeouts;
use crate::first_send::FirstSendPart;
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::{HintRule, Wait};

pub use constants::{Constant, What};

/// A stack that people know by name.
#[derive(Debug, PartialEq, Eq)]
pub struct Preset {
    name: &'static str,
    version: &'static str,
    title: &'static str,
    parts: Parts,
    sources: &'static [(&'static [What], &'static str)],
    note: &'static str,
}

impl Preset {
    /// One try and no more.
    pub const GIVE_UP: &'static Self = &ours::GIVE_UP;
    /// Exponential backoff with full jitter, blind to what the service says.
    pub const FULL_JITTER: &'static Self = &ours::FULL_JITTER;
    /// Waits exactly as long as `retry-after` says.
    pub const HONOUR_RETRY_AFTER: &'static Self = &ours::HONOUR_RETRY_AFTER;
    /// What `together` for Python 2.x and 3.x does when nobody configures it.
    pub const TOGETHER_PY: &'static Self = &together::PY;
    /// Sends no faster than the service's headers allow.
    pub const PACE_BY_HEADERS: &'static Self = &ours::PACE_BY_HEADERS;
    /// Keeps a bucket of requests and tokens at the published limits.
    pub const OWN_BUCKET: &'static Self = &ours::OWN_BUCKET;

    /// Those that are compared where a scenario names none, in the order in which they are
    /// explained.
    pub const USUAL: [&'static Self; 6] = [
        Self::GIVE_UP,
        Self::FULL_JITTER,
        Self::HONOUR_RETRY_AFTER,
        Self::TOGETHER_PY,
        Self::PACE_BY_HEADERS,
        Self::OWN_BUCKET,
    ];

    /// Every preset: the usual ones, then released clients by family, then more of ours.
    pub const ALL: [&'static Self; 43] = [
        Self::GIVE_UP,
        Self::FULL_JITTER,
        Self::HONOUR_RETRY_AFTER,
        Self::TOGETHER_PY,
        Self::PACE_BY_HEADERS,
        Self::OWN_BUCKET,
        &together::PY_1,
        &together::PY_1_ASYNC,
        &together::TS,
        &openai::PY_1,
        &openai::PY_2,
        &openai::PY_3,
        &openai::NODE,
        &openai::VERCEL,
        &litellm::COMPLETION,
        &litellm::COMPLETION_1_79,
        &litellm::ROUTER,
        &litellm::ROUTER_1_79,
        &litellm::WITH_RETRIES,
        &langchain::TOGETHER,
        &langchain::BASE_RETRY,
        &langchain::WITH_RETRY,
        &openai::ASYNC_RUST,
        &openai::ASYNC_RUST_0_36,
        &aws::STANDARD,
        &aws::STANDARD_2_1,
        &aws::ADAPTIVE,
        &aws::COOKBOOK_PROCESSOR,
        &ours::EXPONENTIAL,
        &ours::EQUAL_JITTER,
        &ours::DECORRELATED_JITTER,
        &ours::OWN_BUCKET_1_N,
        &ours::SHARED_BUCKET,
        &ours::CONCURRENCY_CAP,
        &ours::AIMD_CAP,
        &ours::AIMD_RATE,
        &ours::FINAGLE_BUDGET,
        &ours::SRE_BUDGET,
        &ours::GRPC_THROTTLE,
        &ours::BROOKER_BUCKET,
        &ours::CIRCUIT_BREAKER,
        &ours::SRE_THROTTLING,
        &ours::HEDGE,
    ];

    /// The word for it in a scenario.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The releases that were read; `ours` where it is nobody's release.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// What it is, in a few words.
    #[must_use]
    pub const fn title(&self) -> &'static str {
        self.title
    }

    /// The parts it is made of.
    #[must_use]
    pub const fn parts(&self) -> Parts {
        self.parts
    }

    /// What catches those who use it; empty where nothing is known to.
    #[must_use]
    pub const fn note(&self) -> &'static str {
        self.note
    }

    /// The preset of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        Self::ALL.into_iter().find(|preset| preset.name == name)
    }

    /// Each constant of its parts, and where it was read.
    #[must_use]
    pub fn constants(&self) -> Vec<Constant> {
        What::ALL
            .into_iter()
            .filter_map(|what| {
                let value = what.said_by(&self.parts)?;
                Some(Constant { what, value, source: self.source(what).unwrap_or_default() })
            })
            .collect()
    }

    fn source(&self, what: What) -> Option<&'static str> {
        let (_, source) = self.sources.iter().find(|(of, _)| of.contains(&what))?;
        Some(source)
    }
}

/// A client that sends at once, never tries again and waits for ever: what the rest is written
/// over.
const PLAIN: Parts = Parts {
    first_send: FirstSendPart::AtOnce,
    retry_on: RetryOn::NOTHING,
    wait: Wait { hint: HintRule::IGNORE, backoff: Backoff::None, grain: Wait::FINEST },
    stop: Stop::after(1),
    elsewhere: Elsewhere::Nowhere,
    timeouts: Timeouts { silence: None },
};

const fn wait(hint: HintRule, backoff: Backoff) -> Wait {
    Wait { hint, backoff, grain: Wait::FINEST }
}

const fn silence(seconds: u64) -> Timeouts {
    Timeouts { silence: Some(Span::from_secs(seconds)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for preset in Preset::ALL {
            assert_eq!(Preset::named(preset.name()), Some(preset), "names are told apart");
        }
        assert_eq!(Preset::named("together-python"), None);
        assert_eq!(Preset::ALL[..Preset::USUAL.len()], Preset::USUAL);
    }

    #[test]
    fn every_constant_of_every_preset_has_one_source_and_every_source_a_constant() {
        for preset in Preset::ALL {
            let name = preset.name();
            for constant in preset.constants() {
                assert!(!constant.source.is_empty(), "{name}: where was {:?} read?", constant.what);
            }
            for (of, source) in preset.sources {
                for what in *of {
                    assert!(what.said_by(&preset.parts).is_some(), "{name} has no {what:?}");
                    assert_eq!(preset.source(*what), Some(*source), "{name}: {what:?} read twice");
                }
            }
        }
    }

    #[test]
    fn a_release_is_named_where_there_is_one() {
        for preset in Preset::ALL {
            let (name, version) = (preset.name(), preset.version());
            assert!(
                version == "ours" || version.starts_with(|c: char| c.is_ascii_digit()),
                "{name}"
            );
            assert!(!preset.title().is_empty(), "{name}");
        }
    }

    #[test]
    fn what_each_preset_does_with_which_constants() {
        let told: Vec<String> = Preset::ALL
            .into_iter()
            .map(|preset| {
                let constants: Vec<String> = preset
                    .constants()
                    .into_iter()
                    .map(|constant| format!("  {}: {}", constant.what.name(), constant.value))
                    .collect();
                format!("{} {}\n{}", preset.name(), preset.version(), constants.join("\n"))
            })
            .collect();
        insta::assert_snapshot!(told.join("\n"));
    }
}
