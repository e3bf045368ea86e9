//! What surrounded a run, in words and numbers that a page can use: events, gates, capacity,
//! endpoints, and the ways out that the edition knows.
//!
//! All of it is left out of a record where there is none.

use limits::Span;
use money::Money;
use serde::{Deserialize, Serialize};

use crate::exact;
use crate::price::PriceNote;

/// Something that happened once, at a time that was known beforehand.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventNote {
    /// What it is, as the end of `during …` and of `from 04:00 on: …`, without its time: `an outage
    /// of llama, with 0 % of its capacity left`.
    pub says: String,
    /// When it begins, from the beginning of the run.
    #[serde(rename = "begins_ns", with = "exact::span")]
    pub begins: Span,
    /// When it is over; none where it holds to the end of the run.
    #[serde(rename = "ends_ns", with = "exact::optional_span")]
    pub ends: Option<Span>,
}

/// A way past the limits that the edition knows of, beside a higher rung of its ladder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WayNote {
    /// What it is, as the end of `use …`: `the batch API`.
    pub name: String,
    /// What it changes, in one sentence.
    pub says: String,
    /// What it costs, in a few words; none where no source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub costs: Option<String>,
    /// Where it was read, with the date.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Which it is, where more can be said of it; none in records of before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<WayKind>,
}

/// A way past the limits that more can be said of.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum WayKind {
    /// Files of requests that may wait.
    Batch,
    /// Throughput that is set aside.
    Provisioned,
    /// Hardware of one's own, by the hour.
    Dedicated,
    /// A tier by contract.
    Contract,
}

/// What it takes to come to a rung of the ladder.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReachNote {
    /// What an account must have paid in its life; none where the rung is not bought so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub paid: Option<Money>,
    /// How else an account comes to it, in a few words; none where no source says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
    /// How long after the payment it is in force, at the most; none where it is not bought.
    #[serde(
        rename = "takes_ns",
        default,
        skip_serializing_if = "Option::is_none",
        with = "exact::optional_span"
    )]
    pub takes: Option<Span>,
    /// Where it was read, with the date.
    pub source: String,
}

/// How much of its limits an account should have left, by the edition's own rule of thumb.
#[derive(Clone, Copy, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleOfThumb {
    /// Above this share left at the peak, in percent, no larger tier is needed.
    pub remaining_percent: u8,
}

/// A model that a tier may not use: every attempt is refused there.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GateNote {
    /// The model.
    pub model: String,
    /// The title of the lowest tier that may use it, `Tier 2`.
    pub needs: String,
}

/// What a model can do for everyone, and what of it is left.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacityNote {
    /// The model.
    pub model: String,
    /// Tokens per minute that it can work off for all its tenants together.
    pub tpm: u64,
    /// Tokens per minute that other tenants leave when the run begins.
    pub left_tpm: u64,
}

/// The dedicated endpoint of a group: no limit is shared with anyone, and what its replicas can
/// do is all there is.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EndpointNote {
    /// Its name.
    pub name: String,
    /// What it can do: `1 to 4 replicas of 2,500 tokens/s each, on 1x_nvidia_h100_80gb_sxm`.
    pub says: String,
    /// What one of its replicas costs and can do; none where nobody says what it costs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replica: Option<ReplicaNote>,
}

/// One replica of an endpoint, beside what the same tokens cost elsewhere.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicaNote {
    /// How many there are at most.
    pub most: u32,
    /// Tokens that one works off in an hour, prompt and answer together.
    pub tokens_per_hour: u64,
    /// What one costs an hour.
    pub hourly: Money,
    /// What its model costs on the shared fleet; none where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<PriceNote>,
    /// What it costs in a batch; none where it takes none, or nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub batch: Option<PriceNote>,
}

/// How a limit on requests is counted, in the words of an edition.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Counted {
    /// In windows that their first request opens.
    #[default]
    Opened,
    /// In windows of the clock.
    Aligned,
    /// From a bucket that fills steadily: there is no window.
    Bucket,
    /// Each by itself over the last so many seconds.
    SlidingLog,
    /// Over the last so many seconds, as if windows of the clock had been used evenly.
    SlidingCounter,
}

impl Counted {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks with a reference")]
    pub(crate) const fn is_usual(&self) -> bool {
        matches!(self, Counted::Opened)
    }
}
