//! The parts of a strategy, put together.

use core::num::NonZeroU32;

use limits::{Rate, Requests, Span, Tokens};

use crate::elsewhere::Elsewhere;
use crate::event::Timeouts;
use crate::first_send::{BucketBurst, FirstSend, FirstSendPart, OwnBucket, Share};
use crate::portion::Percent;
use crate::retry_on::RetryOn;
use crate::shared::SharedStack;
use crate::stop::Stop;
use crate::wait::Wait;

/// How many seconds of its token rate an own bucket may save up.
const TOKENS_SAVED_UP: Span = Span::from_secs(2);

/// A strategy as it is written: not yet for any tier or model.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// When may an attempt go?
    pub first_send: FirstSendPart,
    /// What is tried again?
    pub retry_on: RetryOn,
    /// How long is waited before that?
    pub wait: Wait,
    /// When is it enough?
    pub stop: Stop,
    /// Where else does it go?
    pub elsewhere: Elsewhere,
    /// How long is waited for the service itself?
    pub timeouts: Timeouts,
}

/// The limits of one tier and model that a client was told beforehand.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Requests, as published.
    pub requests: Rate<Requests>,
    /// How much of them a job takes: more than one only where they count pictures.
    pub units: u32,
    /// Tokens, as published.
    pub tokens: Option<Rate<Tokens>>,
    /// The largest reservation that a job is likely to make.
    pub largest_reservation: Tokens,
    /// How many clients share them: the N of a share of one Nth.
    pub clients: NonZeroU32,
}

/// A strategy for one tier and model.
#[derive(Clone, Debug, PartialEq)]
pub struct Stack {
    /// When may an attempt go?
    pub first_send: FirstSend,
    /// What is tried again?
    pub retry_on: RetryOn,
    /// How long is waited before that?
    pub wait: Wait,
    /// When is it enough?
    pub stop: Stop,
    /// Where else does it go?
    pub elsewhere: Elsewhere,
    /// How long is waited for the service itself?
    pub timeouts: Timeouts,
}

impl Parts {
    /// Whether it goes by anything that the service's headers say.
    #[must_use]
    pub fn reads_headers(&self) -> bool {
        self.first_send == FirstSendPart::PaceByHeaders || self.wait.hint.heeds_any()
    }

    /// The stack for a tier and model with these limits. Where none are known, a client that
    /// would keep a bucket of its own, or share one, has nothing to fill it by and sends at once.
    #[must_use]
    pub fn resolve(&self, known: Option<&Known>) -> Stack {
        let first_send = match (self.first_send, known) {
            (FirstSendPart::PaceByHeaders, _) => FirstSend::PaceByHeaders,
            (FirstSendPart::OwnBucket { share, burst }, Some(known)) => {
                FirstSend::OwnBucket(known.own_bucket(share, burst))
            }
            (FirstSendPart::SharedBucket { share, delay }, Some(known)) => {
                let bucket = known.own_bucket(share, BucketBurst::Spread);
                FirstSend::SharedBucket(SharedStack { bucket, delay })
            }
            (FirstSendPart::Cap { most }, _) => FirstSend::Cap { most },
            (FirstSendPart::AimdCap { start, least, most, cut, slow }, _) => {
                FirstSend::AimdCap { start, least, most, cut, slow }
            }
            (FirstSendPart::AimdRate { start, add, every, cut, least }, _) => {
                FirstSend::AimdRate { start, add, every, cut, least }
            }
            (FirstSendPart::AwsAdaptive, _) => FirstSend::AwsAdaptive,
            (
                FirstSendPart::AtOnce
                | FirstSendPart::OwnBucket { .. }
                | FirstSendPart::SharedBucket { .. },
                _,
            ) => FirstSend::AtOnce,
        };
        Stack {
            first_send,
            retry_on: self.retry_on,
            wait: self.wait,
            stop: self.stop,
            elsewhere: self.elsewhere,
            timeouts: self.timeouts,
        }
    }
}

impl Known {
    fn own_bucket(&self, share: Share, burst: BucketBurst) -> OwnBucket {
        let (part, of) = match share {
            Share::Whole => (1, 1),
            Share::OneNth => (1, u64::from(self.clients.get())),
            Share::Part(Percent(hundredths)) => (u64::from(hundredths), 100),
        };
        let requests = self.requests.scaled(part, of);
        let tokens = self.tokens.map(|rate| rate.scaled(part, of));
        let one_job = u64::from(self.units.max(1));
        let (request_burst, saved_up) = match burst {
            BucketBurst::Spread => (one_job, tokens.map(|rate| rate.over(TOKENS_SAVED_UP))),
            BucketBurst::Minute => {
                (requests.per_minute().max(one_job), tokens.map(Rate::per_minute))
            }
        };
        let saved_up = saved_up.unwrap_or(0);
        OwnBucket {
            requests,
            request_burst: Requests(request_burst),
            tokens,
            token_burst: Tokens(saved_up.max(self.largest_reservation.0)),
            most: Tokens(self.tokens.map_or(u64::MAX, Rate::per_minute)),
        }
    }
}
