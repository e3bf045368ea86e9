//! What stands between a job and its sending: one of several, behind one door.

use limits::{Instant, Receipt};
use wire::{Reply, Status, Usage};

use crate::aimd_rate::AimdRate;
use crate::aws_adaptive::Adaptive;
pub(crate) use crate::aws_adaptive::Ask;
use crate::cap::{AimdCap, Cap};
use crate::event::{Action, Offer};
use crate::first_send::{Bucket, FirstSend, Passage};
use crate::pace::Pace;

/// The gate of one client.
#[derive(Debug)]
pub(crate) enum Gate {
    Open,
    Pace(Pace),
    Bucket(Box<Bucket>),
    Cap(Cap),
    AimdCap(AimdCap),
    AimdRate(AimdRate),
    Aws(Box<Adaptive>),
    /// A bucket that is not the client's own: it asks for each permit.
    Shared,
}

/// How an attempt ended, as far as it matters here.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum Over {
    /// With an answer that is not a success.
    Refused(Status),
    /// With a whole answer.
    Complete(Usage),
    /// Before it reached the service.
    NoConnection,
    /// Within the answer.
    Broken,
    /// In silence.
    TimedOut,
    /// Because its answer was no longer wanted.
    LetGo,
}

impl Over {
    /// Whether it says that the service, or the way to it, has more to do than it can.
    pub(crate) const fn is_overload(self) -> bool {
        match self {
            Self::Refused(Status(code)) => code == 429 || code >= 500,
            Self::NoConnection | Self::Broken | Self::TimedOut => true,
            Self::Complete(_) | Self::LetGo => false,
        }
    }

    fn is_limited(self) -> bool {
        self == Self::Refused(Status::TOO_MANY_REQUESTS)
    }

    /// Whether nothing can have been charged for it.
    const fn is_free(self) -> bool {
        matches!(self, Self::Refused(_) | Self::NoConnection)
    }
}

impl Gate {
    pub(crate) fn of(first_send: &FirstSend) -> Self {
        match *first_send {
            FirstSend::AtOnce => Self::Open,
            FirstSend::PaceByHeaders => Self::Pace(Pace::default()),
            FirstSend::OwnBucket(ref own) => Self::Bucket(Box::new(Bucket::new(own))),
            FirstSend::Cap { most } => Self::Cap(Cap::new(most)),
            FirstSend::AimdCap { start, least, most, cut, slow } => {
                Self::AimdCap(AimdCap::new(start, (least, most), cut, slow))
            }
            FirstSend::AimdRate { start, add, every, cut, least } => {
                Self::AimdRate(AimdRate::new([start, add, least], every, cut))
            }
            FirstSend::AwsAdaptive => Self::Aws(Box::new(Adaptive::new())),
            FirstSend::SharedBucket(_) => Self::Shared,
        }
    }

    #[inline]
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self, Self::Open)
    }

    /// Whether it is for others to say when an attempt may go.
    #[inline]
    pub(crate) const fn is_shared(&self) -> bool {
        matches!(self, Self::Shared)
    }

    /// Whether a job may go now; `latest` is when that is of no use to it any more.
    pub(crate) fn pass(
        &mut self,
        now: Instant,
        offer: &Offer,
        ask: Ask,
        latest: Option<Instant>,
    ) -> Passage {
        match self {
            Self::Open => Passage::Go(None),
            Self::Pace(pace) => pace.pass(now),
            Self::Bucket(bucket) => bucket.pass(now, offer),
            Self::Cap(cap) => cap.pass(),
            Self::AimdCap(cap) => cap.pass(),
            Self::AimdRate(rate) => rate.pass(now),
            Self::Aws(adaptive) => adaptive.pass(now, ask, latest),
            Self::Shared => Passage::Hold,
        }
    }

    /// An attempt left that takes so many units of the limit.
    #[inline]
    pub(crate) fn sent(&mut self, now: Instant, units: u32) {
        match self {
            Self::Open | Self::Bucket(_) | Self::Aws(_) | Self::Shared => {}
            Self::Pace(pace) => pace.sent(now, units),
            Self::Cap(cap) => cap.sent(),
            Self::AimdCap(cap) => cap.sent(),
            Self::AimdRate(rate) => rate.sent(now, units),
        }
    }

    /// The head of an answer to an attempt that left at `sent`.
    #[inline]
    pub(crate) fn learn(&mut self, now: Instant, sent: Instant, units: u32, reply: &Reply) {
        if let Self::Pace(pace) = self {
            pace.learn(now, sent, units, reply);
        }
    }

    /// An attempt is over that left at `sent` and brought this receipt.
    pub(crate) fn ended(
        &mut self,
        now: Instant,
        (sent, receipt): (Instant, Option<Receipt>),
        offer: &Offer,
        over: Over,
    ) -> Option<Action> {
        match self {
            Self::Open => {}
            Self::Pace(pace) => pace.ended(),
            Self::Bucket(bucket) => match (receipt, over) {
                (Some(receipt), Over::Complete(usage)) => {
                    bucket.settle(now, receipt, offer, usage);
                }
                (Some(receipt), over) if over.is_free() => bucket.release(now, receipt),
                // What a broken answer cost is not known here: the reservation stands.
                _ => {}
            },
            Self::Cap(cap) => cap.ended(),
            Self::AimdCap(cap) => cap.ended(now, sent, over),
            Self::AimdRate(rate) => {
                if over.is_limited() {
                    rate.refused(now, sent);
                }
            }
            Self::Aws(adaptive) => {
                if over != Over::LetGo {
                    adaptive.answered(now, over.is_limited());
                }
            }
            Self::Shared => return settled(offer, over),
        }
        None
    }
}

/// What goes back to the bucket of a fleet, by the same rules as to one of the client's own.
fn settled(offer: &Offer, over: Over) -> Option<Action> {
    let aside = offer.reservation().cast_signed();
    if let Over::Complete(usage) = over {
        let tokens = aside - usage.total().cast_signed();
        return (tokens != 0).then_some(Action::Restore { requests: 0, tokens });
    }
    over.is_free().then(|| permit(offer))
}

/// The whole of a permit, given back.
pub(crate) fn permit(offer: &Offer) -> Action {
    Action::Restore { requests: offer.units, tokens: offer.reservation().cast_signed() }
}
