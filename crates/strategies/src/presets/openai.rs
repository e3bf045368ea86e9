//! `OpenAI`'s clients, and others for any service of that shape.

use limits::Span;

use super::{PLAIN, Preset, What, silence, wait};
use crate::backoff::Backoff;
use crate::retry_on::{RetryOn, Statuses};
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::{Beyond, HintRule, Reads, Zero};

/// The formula of every client that Stainless made for `OpenAI`.
pub(super) const FORMULA: Backoff =
    Backoff::Sdk { first: Span::from_millis(500), cap: Span::from_secs(8) };

pub(super) const PY_2_PARTS: Parts = Parts {
    retry_on: RetryOn::LIMITS_AND_FAILURES,
    wait: wait(HintRule::up_to(Span::from_secs(60)), FORMULA),
    stop: Stop::after(3),
    timeouts: silence(600),
    ..PLAIN
};

/// Up to two minutes; then its answer is not worth another try.
pub(super) const PY_3_HINT: HintRule =
    HintRule { beyond: Beyond::GiveUp, ..HintRule::up_to(Span::from_secs(120)) };

pub(super) const PY_1: Preset = Preset {
    name: "openai-py-1",
    version: "1.109.1",
    title: "openai for Python 1.x",
    parts: PY_2_PARTS,
    sources: &[
        (&[What::Wait, What::Tries, What::Timeout], "openai 1.109.1, _constants.py"),
        (&[What::RetryOn, What::Hint], "openai 1.109.1, _base_client.py"),
    ],
    note: "ten minutes of silence before it hangs up",
};

pub(super) const PY_2: Preset = Preset {
    name: "openai-py-2",
    version: "2.8.1",
    title: "openai for Python 2.x",
    parts: PY_2_PARTS,
    sources: &[
        (&[What::Wait, What::Tries, What::Timeout], "openai 2.8.1, _constants.py"),
        (&[What::RetryOn, What::Hint], "openai 2.8.1, _base_client.py"),
    ],
    note: "ten minutes of silence before it hangs up",
};

pub(super) const PY_3: Preset = Preset {
    name: "openai-py-3",
    version: "3.54.0",
    title: "openai for Python 3.x",
    parts: Parts { wait: wait(PY_3_HINT, FORMULA), ..PY_2_PARTS },
    sources: &[
        (&[What::Wait, What::Tries, What::Timeout], "openai 3.54.0, _constants.py"),
        (&[What::RetryOn, What::Hint], "openai 3.54.0, _base_client.py"),
    ],
    note: "gives up at once when it is asked for more than two minutes",
};

pub(super) const NODE: Preset = Preset {
    name: "openai-node",
    version: "6.49.0",
    title: "openai for Node",
    parts: Parts { wait: wait(HintRule::HONOUR, FORMULA), ..PY_2_PARTS },
    sources: &[(
        &[What::RetryOn, What::Hint, What::Wait, What::Tries, What::Timeout],
        "openai (npm) 6.49.0, client.js",
    )],
    note: "a hint of an hour is waited for, and one of 0 is at once; its time-out ends with the head",
};

pub(super) const VERCEL: Preset = Preset {
    name: "vercel-ai",
    version: "6.0.326",
    title: "Vercel's AI SDK",
    parts: Parts {
        retry_on: RetryOn { time_outs: false, ..RetryOn::LIMITS_AND_FAILURES },
        wait: wait(
            HintRule {
                reads: Reads::RetryAfter,
                zero: Zero::AtOnce,
                most: Some(Span::from_millis(59_999)),
                beyond: Beyond::IfShorterThanFormula,
                jitter: Span::ZERO,
            },
            Backoff::Exponential { first: Span::from_secs(2), cap: Backoff::NO_CAP },
        ),
        stop: Stop::after(3),
        ..PLAIN
    },
    sources: &[
        (&[What::Hint, What::Wait, What::Tries], "ai 6.0.326, dist/index.js"),
        (
            &[What::RetryOn],
            "@ai-sdk/provider 3.0.19 and @ai-sdk/provider-utils 4.0.66, dist/index.js",
        ),
    ],
    note: "no jitter and no time-out: those refused together come back together",
};

pub(super) const ASYNC_RUST: Preset = Preset {
    name: "async-openai",
    version: "0.41.3",
    title: "async-openai for Rust",
    parts: Parts {
        retry_on: RetryOn {
            statuses: Statuses::NONE.with(429).with_range(500, 599),
            time_outs: false,
            connections: true,
            unless_quota: true,
        },
        wait: wait(
            HintRule { reads: Reads::WholeSeconds, ..HintRule::HONOUR },
            Backoff::Exponential { first: Span::from_millis(100), cap: Span::from_secs(8) },
        ),
        stop: Stop::after(4),
        ..PLAIN
    },
    sources: &[(
        &[What::RetryOn, What::Hint, What::Wait, What::Tries],
        "async-openai 0.41.3, middleware/retry/openai.rs",
    )],
    note: "without a hint its four tries are over in 0.7 s, and nothing spreads them",
};

pub(super) const ASYNC_RUST_0_36: Preset = Preset {
    name: "async-openai-0.36",
    version: "0.36.1",
    title: "async-openai for Rust, up to 0.36",
    parts: Parts {
        retry_on: RetryOn {
            statuses: Statuses::NONE.with(429).with_range(500, 599),
            time_outs: false,
            connections: false,
            unless_quota: true,
        },
        wait: wait(
            HintRule::IGNORE,
            Backoff::Randomized {
                first: Span::from_millis(500),
                cap: Span::from_secs(60),
                times: crate::portion::Hundredths(150),
                spread: crate::portion::Percent(50),
            },
        ),
        stop: Stop { within: Some(Span::from_secs(900)), ..Stop::NEVER },
        ..PLAIN
    },
    sources: &[
        (&[What::RetryOn], "async-openai 0.36.1, client.rs"),
        (
            &[What::Hint, What::Wait, What::Tries, What::Within],
            "backoff 0.4.0, default.rs, by way of async-openai 0.36.1",
        ),
    ],
    note: "tries for a quarter of an hour; what it streams it does not try again at all",
};
