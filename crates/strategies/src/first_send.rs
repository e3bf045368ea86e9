//! When a job's attempt may go.

use limits::{Cost, Decision, Instant, Limiter, Meter, Policy, Quota, Receipt, Span};
use limits::{Label, Rate, Requests, Tokens};
use wire::Usage;

use crate::event::Offer;
use crate::portion::Percent;
use crate::shared::SharedStack;

/// What holds an attempt back, resolved for one tier and model.
#[derive(Clone, Debug, PartialEq)]
pub enum FirstSend {
    /// Nothing: a job is sent when it is due.
    AtOnce,
    /// What the service's headers say.
    PaceByHeaders,
    /// A bucket of the client's own.
    OwnBucket(OwnBucket),
    /// As in [`FirstSendPart::Cap`].
    Cap {
        /// How many.
        most: u32,
    },
    /// As in [`FirstSendPart::AimdCap`].
    AimdCap {
        /// At the start.
        start: u32,
        /// The least it can be.
        least: u32,
        /// The most it can be.
        most: u32,
        /// What a refusal takes off.
        cut: Percent,
        /// An answer that took longer counts as a refusal; `None` for never.
        slow: Option<Span>,
    },
    /// As in [`FirstSendPart::AimdRate`].
    AimdRate {
        /// At the start.
        start: Rate<Requests>,
        /// How much more.
        add: Rate<Requests>,
        /// How often.
        every: Span,
        /// What a refusal takes off.
        cut: Percent,
        /// The least it can be.
        least: Rate<Requests>,
    },
    /// As in [`FirstSendPart::AwsAdaptive`].
    AwsAdaptive,
    /// A bucket that is not the client's own: it asks for each permit.
    SharedBucket(SharedStack),
}

/// What holds an attempt back, as a scenario writes it.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum FirstSendPart {
    /// Nothing.
    AtOnce,
    /// The service's headers.
    PaceByHeaders,
    /// A bucket of the client's own, filled at a share of the published limits.
    OwnBucket {
        /// Which share.
        share: Share,
        /// What it may save up.
        burst: BucketBurst,
    },
    /// A bound on the attempts in flight.
    Cap {
        /// How many.
        most: u32,
    },
    /// A bound on the attempts in flight that learns: one more after an answer while it is used,
    /// a part less after a refusal.
    AimdCap {
        /// At the start.
        start: u32,
        /// The least it can be.
        least: u32,
        /// The most it can be.
        most: u32,
        /// What a refusal takes off.
        cut: Percent,
        /// An answer that took longer counts as a refusal; `None` for never.
        slow: Option<Span>,
    },
    /// A rate that learns: so much more every while, a part less after a refusal.
    AimdRate {
        /// At the start.
        start: Rate<Requests>,
        /// How much more.
        add: Rate<Requests>,
        /// How often.
        every: Span,
        /// What a refusal takes off.
        cut: Percent,
        /// The least it can be.
        least: Rate<Requests>,
    },
    /// The AWS SDKs' adaptive mode: no bound until the first refusal, then a rate that grows along a
    /// cubic curve.
    AwsAdaptive,
    /// A bucket that all clients of a group share, over a network.
    SharedBucket {
        /// Which share of the published limits it is filled at.
        share: Share,
        /// How long a permit takes to fetch.
        delay: Span,
    },
}

/// The part of the published limits that one client takes for itself.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Share {
    /// All of it, as if nobody else used the key.
    Whole,
    /// One Nth, where N clients share the key: all of them together take the whole.
    OneNth,
    /// So many hundredths of it.
    Part(Percent),
}

/// What an own bucket may save up.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum BucketBurst {
    /// One request, and two seconds' worth of tokens: it spreads its sending evenly.
    Spread,
    /// A whole minute's worth of both, all of it there at the start.
    Minute,
}

/// A client's own bucket of requests and tokens.
///
/// By [`BucketBurst::Spread`] it never has more than one request saved up, so that it spreads its
/// sending evenly: where the limit counts pictures, those of one request. Its tokens may save up two
/// seconds' worth, or as much as one job can need.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct OwnBucket {
    /// How fast requests refill.
    pub requests: Rate<Requests>,
    /// How many may be saved up.
    pub request_burst: Requests,
    /// How fast tokens refill; `None` where nothing is published.
    pub tokens: Option<Rate<Tokens>>,
    /// How many tokens may be saved up.
    pub token_burst: Tokens,
    /// What the service itself can hold, whatever this client's share: a job that needs more is
    /// impossible.
    pub most: Tokens,
}

/// What a gate says to an attempt.
#[derive(Debug)]
pub(crate) enum Passage {
    /// Go, and bring the receipt back.
    Go(Option<Receipt>),
    /// Not before this instant.
    Later(Instant),
    /// At this instant, which is nobody else's turn.
    Turn(Instant),
    /// Not as early as it would have to.
    TooLate,
    /// Not before an attempt in flight has been answered.
    Hold,
    /// Never.
    Never,
}

/// An [`OwnBucket`] at work.
#[derive(Debug)]
pub(crate) struct Bucket {
    limiter: Limiter,
    token_burst: u64,
    most: u64,
    counts_tokens: bool,
}

impl Bucket {
    /// A full bucket. Rates of zero cannot be written down, so one that still is holds nothing
    /// back.
    pub(crate) fn new(own: &OwnBucket) -> Self {
        let requests = Quota::requests_burst(own.requests, own.request_burst);
        let tokens = own.tokens.map(|rate| Quota::tokens_burst(rate, own.token_burst));
        let meters: Vec<Meter> = [
            requests.ok().map(|quota| Meter::bucket(Label("requests"), quota)),
            tokens.and_then(Result::ok).map(|quota| Meter::bucket(Label("tokens"), quota)),
        ]
        .into_iter()
        .flatten()
        .collect();
        let policy = Policy::new(&meters).unwrap_or_else(|_| Policy::unlimited());
        Self {
            limiter: Limiter::new(policy),
            token_burst: own.token_burst.0,
            most: own.most.0,
            counts_tokens: own.tokens.is_some(),
        }
    }

    /// Sets a job's reservation of tokens and its request aside, or says when that can be done. A
    /// job larger than what may be saved up sets the whole bucket aside and settles the truth
    /// later.
    pub(crate) fn pass(&mut self, now: Instant, offer: &Offer) -> Passage {
        let reservation = offer.reservation();
        if self.counts_tokens && reservation > self.most {
            return Passage::Never;
        }
        let requests = Requests(offer.units.into());
        let cost = Cost { requests, tokens: Tokens(reservation.min(self.token_burst)) };
        match self.limiter.admit(now, cost) {
            Decision::Admitted(receipt) => Passage::Go(Some(receipt)),
            Decision::Refused(refusal) => Passage::Later(refusal.retry_at),
            Decision::TooLarge { .. } => Passage::Never,
        }
    }

    /// The attempt is over and used this much, beside its request.
    pub(crate) fn settle(&mut self, now: Instant, receipt: Receipt, offer: &Offer, usage: Usage) {
        let requests = Requests(offer.units.into());
        let spent = Cost { requests, tokens: Tokens(usage.total()) };
        self.limiter.settle(now, receipt, spent);
    }

    /// The attempt was refused and used nothing.
    pub(crate) fn release(&mut self, now: Instant, receipt: Receipt) {
        self.limiter.refund(now, receipt);
    }
}
