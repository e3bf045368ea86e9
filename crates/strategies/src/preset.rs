//! Strategies with a name.

use limits::Span;

use crate::backoff::Backoff;
use crate::elsewhere::Elsewhere;
use crate::event::Timeouts;
use crate::first_send::{BucketBurst, FirstSendPart, Share};
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::{HintRule, Wait};

/// A stack that people know by name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Preset {
    /// One try and no more.
    GiveUp,
    /// Exponential backoff with full jitter, blind to what the service says.
    FullJitter,
    /// Waits exactly as long as `retry-after` says.
    HonourRetryAfter,
    /// What `together` for Python 2.x and 3.x does when nobody configures it.
    TogetherPy,
    /// Sends no faster than the service's headers allow.
    PaceByHeaders,
    /// Keeps a bucket of requests and tokens at the published limits.
    OwnBucket,
}

/// Full jitter's first wait, its cap and the tries in all, unless a scenario says otherwise.
const JITTER_FIRST: Span = Span::from_millis(500);
const JITTER_CAP: Span = Span::from_secs(20);
const TRIES: u32 = 6;

impl Preset {
    /// Every preset, in the order in which they are explained.
    pub const ALL: [Self; 6] = [
        Self::GiveUp,
        Self::FullJitter,
        Self::HonourRetryAfter,
        Self::TogetherPy,
        Self::PaceByHeaders,
        Self::OwnBucket,
    ];

    /// The word for it in a scenario.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::GiveUp => "give-up",
            Self::FullJitter => "full-jitter",
            Self::HonourRetryAfter => "honour-retry-after",
            Self::TogetherPy => "together-py",
            Self::PaceByHeaders => "pace-by-headers",
            Self::OwnBucket => "own-bucket",
        }
    }

    /// The preset of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The parts it is made of.
    #[must_use]
    pub const fn parts(self) -> Parts {
        let jitter = Backoff::FullJitter { first: JITTER_FIRST, cap: JITTER_CAP };
        let six_tries = Stop::after(TRIES);
        let jittered = Parts {
            first_send: FirstSendPart::AtOnce,
            retry_on: RetryOn::LIMITS_AND_FAILURES,
            wait: Wait { hint: HintRule::IGNORE, backoff: jitter, grain: Wait::FINEST },
            stop: six_tries,
            elsewhere: Elsewhere::Nowhere,
            timeouts: Timeouts { silence: None },
        };
        let honouring = Wait { hint: HintRule::HONOUR, backoff: jitter, grain: Wait::FINEST };
        // What waits in a queue of its own has no reason to count its tries.
        let patient = Stop::NEVER;
        match self {
            Self::GiveUp => Parts { retry_on: RetryOn::NOTHING, ..jittered },
            Self::FullJitter => jittered,
            Self::HonourRetryAfter => Parts { wait: honouring, ..jittered },
            Self::TogetherPy => together_py(),
            Self::PaceByHeaders => Parts {
                first_send: FirstSendPart::PaceByHeaders,
                wait: honouring,
                stop: patient,
                ..jittered
            },
            Self::OwnBucket => Parts {
                first_send: FirstSendPart::OwnBucket {
                    share: Share::Whole,
                    burst: BucketBurst::Spread,
                },
                wait: honouring,
                stop: patient,
                ..jittered
            },
        }
    }
}

/// Read in the source of `together` 2.42.0 and 3.1.1 as released: two retries,
/// `min(1 s * 2^k, 10 s) * (1 - U/4)`, `retry-after` taken as it is from above 0 to 60 s, and a
/// time-out of 60 s.
const fn together_py() -> Parts {
    Parts {
        first_send: FirstSendPart::AtOnce,
        retry_on: RetryOn::LIMITS_AND_FAILURES,
        wait: Wait {
            hint: HintRule::up_to(Span::from_secs(60)),
            backoff: Backoff::Sdk { first: Span::from_secs(1), cap: Span::from_secs(10) },
            grain: Wait::FINEST,
        },
        stop: Stop::after(3),
        elsewhere: Elsewhere::Nowhere,
        timeouts: Timeouts { silence: Some(Span::from_secs(60)) },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_preset_is_found_by_its_name() {
        for preset in Preset::ALL {
            assert_eq!(Preset::named(preset.name()), Some(preset));
        }
        assert_eq!(Preset::named("together-python"), None);
    }
}
