//! The AWS SDKs' retry modes, and the processor of `OpenAI`'s cookbook: clients made for others,
//! whose rules people take over.

use limits::Span;

use super::{PLAIN, Preset, What, silence, wait};
use crate::backoff::Backoff;
use crate::budget::Budget;
use crate::first_send::{BucketBurst, FirstSendPart, Share};
use crate::retry_on::{RetryOn, Statuses};
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::{Beyond, HintRule};

const CLASSIFIERS: &str =
    "aws-smithy-runtime 1.16.2, client/retries/classifiers.rs; 429 as botocore 1.44.5 has it";
const STRATEGY: &str = "aws-smithy-types 1.9.3, retry.rs, and aws-smithy-runtime 1.16.2, client/retries/strategy/standard.rs";
const BUCKET: &str = "aws-smithy-runtime 1.16.2, client/retries/token_bucket.rs";
const COOKBOOK: &str = "openai-cookbook, examples/api_request_parallel_processor.py";

const STANDARD_PARTS: Parts = Parts {
    retry_on: RetryOn {
        statuses: Statuses::NONE.with(429).with(500).with_range(502, 504),
        time_outs: true,
        connections: true,
        unless_quota: false,
    },
    wait: wait(
        HintRule::IGNORE,
        Backoff::FullJitter { first: Span::from_secs(1), cap: Span::from_secs(20) },
    ),
    stop: Stop {
        // Every 5xx that it retries it classes as transient, and charges like a time-out.
        budget: Budget::Aws {
            capacity: 500,
            retry: 10,
            throttled: 5,
            time_out: 10,
            first_success: 1,
        },
        ..Stop::after(3)
    },
    ..PLAIN
};

pub(super) const STANDARD: Preset = Preset {
    name: "aws-standard",
    version: "1.16.2",
    title: "the AWS SDKs' standard mode, version 2.0",
    parts: STANDARD_PARTS,
    sources: &[
        (&[What::RetryOn], CLASSIFIERS),
        (&[What::Hint, What::Wait, What::Tries], STRATEGY),
        (&[What::Budget], BUCKET),
    ],
    note: "reads x-amz-retry-after, which Together does not send; a bucket of 500 lets a hundred retries through after a 429 before it holds any back, and fifty after a 5xx, which it charges like a time-out; botocore charges a 5xx 5",
};

pub(super) const STANDARD_2_1: Preset = Preset {
    name: "aws-standard-2.1",
    version: "1.16.2",
    title: "the AWS SDKs' standard mode, version 2.1",
    parts: Parts {
        wait: wait(
            HintRule { beyond: Beyond::WithinFormulaPlus(Span::from_secs(5)), ..HintRule::HONOUR },
            Backoff::Aws {
                first: Span::from_millis(50),
                throttled: Span::from_secs(1),
                cap: Span::from_secs(20),
            },
        ),
        stop: Stop {
            budget: Budget::Aws {
                capacity: 500,
                retry: 14,
                throttled: 5,
                time_out: 14,
                first_success: 1,
            },
            ..Stop::after(3)
        },
        ..STANDARD_PARTS
    },
    sources: &[
        (&[What::RetryOn], CLASSIFIERS),
        (&[What::Hint, What::Wait, What::Tries], STRATEGY),
        (&[What::Budget], BUCKET),
    ],
    note: "as if retry-after were the x-amz-retry-after that it reads; after a 503 it is back within 50 ms",
};

pub(super) const ADAPTIVE: Preset = Preset {
    name: "aws-adaptive",
    version: "1.16.2",
    title: "the AWS SDKs' adaptive mode",
    parts: Parts { first_send: FirstSendPart::AwsAdaptive, ..STANDARD_PARTS },
    sources: &[
        (&[What::FirstSend], "aws-smithy-runtime 1.16.2, client/retries/client_rate_limiter.rs"),
        (&[What::RetryOn], CLASSIFIERS),
        (&[What::Hint, What::Wait, What::Tries], STRATEGY),
        (&[What::Budget], BUCKET),
    ],
    note: "learns from refusals only: it probes the limit for ever",
};

pub(super) const COOKBOOK_PROCESSOR: Preset = Preset {
    name: "openai-cookbook",
    version: "04a3090",
    title: "the OpenAI cookbook's parallel processor",
    parts: Parts {
        first_send: FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Minute },
        retry_on: RetryOn::ANYTHING,
        stop: Stop::after(5),
        timeouts: silence(300),
        ..PLAIN
    },
    sources: &[
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Wait, What::Tries], COOKBOOK),
        (&[What::Timeout], "aiohttp's own total time-out; the processor sets none"),
    ],
    note: "its pause of 15 s waits for the code \"429\" in the error's body, where Together has null: it never pauses; it begins with a minute's worth at once",
};
