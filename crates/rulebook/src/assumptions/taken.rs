//! What the code takes from an assumption: the form of its value, when an edition needs it, and the
//! value understood once.

use limits::{Rate, Requests, Span, Tokens};

use super::{Cap, Routing, TokenGate, TokenReset};
use crate::capacity::Millionths;
use crate::reading::{dollars, quantity};
use crate::work::{Unit, Work};

/// The form of a value.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Takes {
    /// One word of a closed set.
    Word(&'static [&'static str]),
    /// A length of time.
    Duration,
    /// The standard deviation of a logarithm.
    Sigma,
    /// A share of one.
    Share,
    /// A whole number from one to this.
    Count(u32),
    /// How many times as much, above zero.
    Factor,
    /// A rate above zero.
    Rate,
    /// A rate above zero, or this word.
    RateOr(&'static str),
    /// An amount of dollars.
    Dollars,
    /// An amount of dollars, or this word.
    DollarsOr(&'static str),
    /// A length of time, or this word.
    DurationOr(&'static str),
    /// Nothing, unless something is chosen by it.
    Nothing,
}

/// When an edition needs an assumption.
#[derive(Copy, Clone, Debug, Eq, PartialEq)]
pub(crate) enum Needed {
    /// Always.
    Always,
    /// Where it has tiers.
    ByTiers,
    /// Where it has dynamic rates.
    ByDynamic,
    /// Where it has limits for this class of work, or models that do it.
    Work(Work),
    /// Where it has another assumption.
    Beside(&'static str),
    /// Where it has this section.
    Section(&'static str),
    /// Where its section of billing has this key.
    Billing(&'static str),
    /// Never: where it is left out there is no such thing.
    Not,
}

/// The widest noise that is meant: at two, one answer in forty takes fifty times the median.
const WIDEST_SIGMA: f64 = 2.0;

/// The most replicas of a gateway, and the most business days.
const MOST_COUNTED: u32 = 100;

/// The assumptions that the code reads by name: what they take, and when an edition needs them.
const READ: [(&str, Takes, Needed); 44] = [
    ("token_gate", Takes::Word(&["minute", "window-2x", "window-1x", "none"]), Needed::ByTiers),
    ("token_debt", Takes::Word(&["forgotten", "carried"]), Needed::ByTiers),
    ("token_reset", Takes::Word(&["request-window", "gate"]), Needed::ByTiers),
    ("refusal_takes", Takes::Duration, Needed::Always),
    ("first_token_noise", Takes::Sigma, Needed::Always),
    ("speed_noise", Takes::Sigma, Needed::Always),
    ("prefill_per_token", Takes::Duration, Needed::Always),
    ("image_unit", Takes::Word(&["image", "request"]), Needed::Work(Work::Image)),
    ("image_takes", Takes::Duration, Needed::Work(Work::Image)),
    ("embedding_takes", Takes::Duration, Needed::Work(Work::Embedding)),
    ("rerank_takes", Takes::Duration, Needed::Work(Work::Rerank)),
    ("video_takes", Takes::Duration, Needed::Work(Work::Video)),
    ("audio_takes", Takes::Duration, Needed::Work(Work::Audio)),
    ("dynamic_factor", Takes::Factor, Needed::ByDynamic),
    ("dynamic_cap", Takes::RateOr("tier"), Needed::ByDynamic),
    ("dynamic_token_cap", Takes::RateOr("tier"), Needed::ByDynamic),
    ("dynamic_reset", Takes::Duration, Needed::ByDynamic),
    ("dynamic_hint", Takes::Word(&["none", "reset"]), Needed::ByDynamic),
    ("model_capacity", Takes::RateOr("unlimited"), Needed::Not),
    ("capacity_buffer", Takes::Duration, Needed::Beside("model_capacity")),
    ("other_tenants", Takes::Share, Needed::Beside("model_capacity")),
    ("gateway_replicas", Takes::Count(MOST_COUNTED), Needed::Not),
    ("gateway_routing", Takes::Word(&["random", "sticky"]), Needed::Beside("gateway_replicas")),
    ("background_failures", Takes::Share, Needed::Not),
    ("failure_takes", Takes::Duration, Needed::Beside("background_failures")),
    ("grant_takes", Takes::Count(MOST_COUNTED), Needed::Not),
    ("endpoint_starts", Takes::Duration, Needed::Not),
    ("endpoint_queue", Takes::Duration, Needed::Beside("endpoint_starts")),
    ("limited", Takes::Word(&["60-rpm", "no-key"]), Needed::Not),
    ("requests_per_minute_too", Takes::Word(&["no", "yes"]), Needed::Not),
    ("signup_credit", Takes::DollarsOr("none"), Needed::Section("billing")),
    ("minimum_purchase", Takes::DollarsOr("none"), Needed::Section("billing")),
    ("payment_takes", Takes::Duration, Needed::Section("billing")),
    ("metering_lag", Takes::Duration, Needed::Section("billing")),
    ("blocked_endpoints", Takes::Word(&["stop", "run-on"]), Needed::Section("billing")),
    ("tier_delay", Takes::DurationOr("drawn"), Needed::Billing("tier_delay")),
    ("past_due", Takes::Word(&["blocks", "goes-on"]), Needed::Billing("invoice_day")),
    ("postpaid_limit", Takes::Dollars, Needed::Billing("debt")),
    ("blocked_batches", Takes::Word(&["finish", "stop"]), Needed::Section("batch")),
    ("batch_window", Takes::Duration, Needed::Section("batch")),
    ("batch_throughput", Takes::Rate, Needed::Section("batch")),
    ("batch_bytes_per_token", Takes::Count(MOST_COUNTED), Needed::Section("batch")),
    ("batch_line_failures", Takes::Share, Needed::Section("batch")),
    ("batch_discount", Takes::Word(&["all", "named"]), Needed::Section("batch")),
];

impl Needed {
    /// When an edition needs the assumption of this name.
    pub(crate) fn of(name: &str) -> Needed {
        READ.iter().find(|(known, ..)| *known == name).map_or(Needed::Not, |(_, _, needed)| *needed)
    }

    /// Every assumption that an edition may need, with when it does.
    pub(crate) fn all() -> impl Iterator<Item = (&'static str, Needed)> {
        READ.into_iter().map(|(name, _, needed)| (name, needed))
    }
}

impl Takes {
    /// What the assumption of this name takes.
    pub(crate) fn of(name: &str) -> Takes {
        READ.iter()
            .find(|(known, ..)| *known == name)
            .map_or(Takes::Nothing, |(_, takes, _)| *takes)
    }

    /// Whether the code understands this value.
    pub(crate) fn takes(self, value: &str) -> bool {
        match self {
            Takes::Word(words) => words.contains(&value),
            Takes::RateOr(word) | Takes::DollarsOr(word) | Takes::DurationOr(word) => {
                value == word || self.is_amount(value)
            }
            Takes::Nothing => true,
            Takes::Duration
            | Takes::Sigma
            | Takes::Share
            | Takes::Count(_)
            | Takes::Factor
            | Takes::Rate
            | Takes::Dollars => self.is_amount(value),
        }
    }

    /// Whether it is an amount of this form, and so may be any.
    pub(crate) fn is_amount(self, value: &str) -> bool {
        match self {
            Takes::Duration | Takes::DurationOr(_) => quantity::duration(value).is_ok(),
            Takes::Dollars | Takes::DollarsOr(_) => dollars::dollars(value).is_ok(),
            Takes::Sigma => sigma(value).is_some(),
            Takes::Share => quantity::share(value).is_ok(),
            Takes::Count(most) => count(value).is_some_and(|number| (1..=most).contains(&number)),
            Takes::Factor => quantity::billionths(value).is_ok_and(|factor| factor > 0),
            Takes::Rate | Takes::RateOr(_) => rate(value).is_some(),
            Takes::Word(_) | Takes::Nothing => false,
        }
    }

    /// The form of an amount, in words.
    pub(crate) fn form(self) -> Option<&'static str> {
        match self {
            Takes::Duration | Takes::DurationOr(_) => Some("a length of time such as \"100ms\""),
            Takes::Dollars | Takes::DollarsOr(_) => Some("an amount such as \"$5\""),
            Takes::Sigma => Some("a number from 0 to 2"),
            Takes::Share => Some("a share such as \"1%\""),
            Takes::Count(_) => Some("a whole number from 1 to 100 in quotes"),
            Takes::Factor => Some("a number above zero such as \"1.5\""),
            Takes::Rate | Takes::RateOr(_) => Some("a rate such as \"6000/min\""),
            Takes::Word(_) | Takes::Nothing => None,
        }
    }
}

fn sigma(value: &str) -> Option<f64> {
    quantity::billionths(value).ok()?;
    value.trim().parse::<f64>().ok().filter(|sigma| *sigma <= WIDEST_SIGMA)
}

pub(super) fn count(value: &str) -> Option<u32> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    value.parse().ok().filter(|_| digits)
}

fn rate(value: &str) -> Option<Rate<Requests>> {
    quantity::rate(value).ok().filter(|rate| rate.amount() != Requests(0))
}

/// A share in millionths, to the nearest.
pub(super) fn share(value: &str) -> Millionths {
    let parts = quantity::share(value).map_or(0, quantity::Share::parts_per_billion);
    Millionths::of(parts.into(), quantity::Share::WHOLE.into())
}

/// The values that the code reads, understood once.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one assumption of two values")]
pub(super) struct Read {
    pub(super) token_gate: TokenGate,
    pub(super) debt_carried: bool,
    pub(super) token_reset: TokenReset,
    pub(super) refusal_takes: Span,
    pub(super) first_token_noise: f64,
    pub(super) speed_noise: f64,
    pub(super) prefill_per_token: Span,
    pub(super) image_unit: Unit,
    pub(super) dynamic_factor: u64,
    pub(super) dynamic_cap: Cap,
    pub(super) dynamic_token_cap: Cap,
    pub(super) dynamic_reset: Span,
    pub(super) dynamic_hint: bool,
    pub(super) model_capacity: Option<Rate<Tokens>>,
    pub(super) capacity_buffer: Span,
    pub(super) other_tenants: Millionths,
    pub(super) gateway_replicas: u32,
    pub(super) routing: Routing,
    pub(super) background_failures: Millionths,
    pub(super) failure_takes: Span,
    pub(super) grant_takes: Option<u32>,
    pub(super) endpoint_starts: Span,
    pub(super) endpoint_queue: Span,
    pub(super) limited_has_no_key: bool,
    pub(super) requests_per_minute_too: bool,
}

impl Read {
    /// Nothing read yet.
    pub(super) fn nothing() -> Read {
        Read { gateway_replicas: 1, ..Read::default() }
    }

    /// Takes one value; the caller has asked [`Takes`] whether it is understood.
    pub(super) fn take(&mut self, name: &str, value: &str) {
        let span = || quantity::duration(value).unwrap_or_default();
        let width = || sigma(value).unwrap_or_default();
        let cap = || rate(value).map_or(Cap::Tier, Cap::At);
        match name {
            "token_gate" => self.token_gate = TokenGate::of_word(value),
            "token_debt" => self.debt_carried = value == "carried",
            "token_reset" => {
                let gate = value == "gate";
                self.token_reset = if gate { TokenReset::Gate } else { TokenReset::RequestWindow };
            }
            "refusal_takes" => self.refusal_takes = span(),
            "first_token_noise" => self.first_token_noise = width(),
            "speed_noise" => self.speed_noise = width(),
            "prefill_per_token" => self.prefill_per_token = span(),
            "image_unit" => {
                let images = value == "image";
                self.image_unit = if images { Unit::Images } else { Unit::Requests };
            }
            "dynamic_factor" => {
                self.dynamic_factor = quantity::billionths(value).unwrap_or_default();
            }
            "dynamic_cap" => self.dynamic_cap = cap(),
            "dynamic_token_cap" => self.dynamic_token_cap = cap(),
            "dynamic_reset" => self.dynamic_reset = span(),
            "dynamic_hint" => self.dynamic_hint = value == "reset",
            "model_capacity" => {
                let tokens = |rate: Rate<Requests>| Tokens(rate.amount().0);
                let read = rate(value);
                self.model_capacity =
                    read.and_then(|rate| Rate::every(tokens(rate), rate.per_span()));
            }
            "capacity_buffer" => self.capacity_buffer = span(),
            "other_tenants" => self.other_tenants = share(value),
            _ => self.take_more(name, value),
        }
    }

    /// The same, of what has nothing to do with limits.
    fn take_more(&mut self, name: &str, value: &str) {
        let span = || quantity::duration(value).unwrap_or_default();
        match name {
            "gateway_replicas" => self.gateway_replicas = count(value).unwrap_or(1),
            "gateway_routing" => {
                let sticky = value == "sticky";
                self.routing = if sticky { Routing::Sticky } else { Routing::Random };
            }
            "background_failures" => self.background_failures = share(value),
            "failure_takes" => self.failure_takes = span(),
            "grant_takes" => self.grant_takes = count(value),
            "endpoint_starts" => self.endpoint_starts = span(),
            "endpoint_queue" => self.endpoint_queue = span(),
            "limited" => self.limited_has_no_key = value == "no-key",
            "requests_per_minute_too" => self.requests_per_minute_too = value == "yes",
            _ => {}
        }
    }
}
