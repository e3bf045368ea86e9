//! `LiteLLM`: what its calls do by themselves, and what its router does around them.
//!
//! Its rules for statuses are spread over several files and changed with the message of an error,
//! so they were tried against a server with Together's recorded bodies.

use limits::Span;

use super::{PLAIN, Preset, What, openai, silence, wait};
use crate::backoff::Backoff;
use crate::retry_on::{RetryOn, Statuses};
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::{HintRule, Reads};

const NOW: &str = "litellm 1.109.1, main.py; tried";
const UTILS: &str = "litellm 1.109.1, utils.py and constants.py";
const ROUTER_PY: &str = "litellm 1.109.1, router_python_core.py; tried";

/// A random part of this comes on top of each of the router's waits.
const JITTER: Span = Span::from_millis(750);

const ROUTER_HINT: HintRule =
    HintRule { reads: Reads::WholeSeconds, jitter: JITTER, ..HintRule::up_to(Span::from_secs(60)) };

pub(super) const COMPLETION: Preset = Preset {
    name: "litellm",
    version: "1.109.1",
    title: "LiteLLM's completion",
    parts: Parts { timeouts: silence(600), ..PLAIN },
    sources: &[(&[What::RetryOn, What::Tries, What::Timeout], NOW)],
    note: "no longer tries again by itself; with num_retries it does, at once and without a wait",
};

pub(super) const COMPLETION_1_79: Preset = Preset {
    name: "litellm-1.79",
    version: "1.79.3",
    title: "LiteLLM's completion, as it was",
    parts: openai::PY_2_PARTS,
    sources: &[
        (
            &[What::RetryOn, What::Hint, What::Wait],
            "openai 2.8.1, _base_client.py, by way of litellm 1.79.3; tried",
        ),
        (&[What::Tries], "litellm 1.79.3, llms/openai/openai.py; tried"),
        (&[What::Timeout], "litellm 1.79.3, main.py"),
    ],
    note: "what it does is the SDK's doing",
};

pub(super) const ROUTER: Preset = Preset {
    name: "litellm-router",
    version: "1.109.1",
    title: "LiteLLM's router with one deployment",
    parts: Parts {
        retry_on: RetryOn {
            statuses: Statuses::NONE.with(403).with(408).with(409).with(429).with_range(500, 655),
            time_outs: true,
            connections: true,
            unless_quota: false,
        },
        wait: wait(
            ROUTER_HINT,
            Backoff::PlusJitter {
                first: Span::from_millis(500),
                cap: Span::from_secs(8),
                jitter: JITTER,
            },
        ),
        stop: Stop::after(3),
        timeouts: silence(6_000),
        ..PLAIN
    },
    sources: &[
        (&[What::Hint, What::Wait], UTILS),
        (&[What::RetryOn, What::Tries], ROUTER_PY),
        (&[What::Timeout], "litellm 1.109.1, constants.py"),
    ],
    note: "tries a 403 again, which waiting cannot mend; the first failure's hint holds for every wait, and it waits once more before it tells of the last",
};

pub(super) const ROUTER_1_79: Preset = Preset {
    name: "litellm-router-1.79",
    version: "1.79.3",
    title: "LiteLLM's router with one deployment, as it was",
    parts: Parts {
        retry_on: RetryOn::ANYTHING,
        wait: wait(
            ROUTER_HINT,
            Backoff::PlusJitter {
                first: Span::from_millis(500),
                cap: Span::from_millis(500),
                jitter: JITTER,
            },
        ),
        stop: Stop::after(3),
        timeouts: silence(6_000),
        ..PLAIN
    },
    sources: &[
        (&[What::Hint, What::Wait], "litellm 1.79.3, utils.py, constants.py and router.py; tried"),
        (&[What::RetryOn, What::Tries], "litellm 1.79.3, router.py; tried"),
        (&[What::Timeout], "litellm 1.79.3, constants.py"),
    ],
    note: "tries again what no wait can mend (400, 401, 402, 404); of its two waits the second is no longer than the first",
};

pub(super) const WITH_RETRIES: Preset = Preset {
    name: "litellm-with-retries",
    version: "1.109.1",
    title: "LiteLLM's completion_with_retries, and num_retries",
    parts: Parts {
        retry_on: RetryOn::ANYTHING,
        stop: Stop::after(3),
        timeouts: silence(600),
        ..PLAIN
    },
    sources: &[(&[What::RetryOn, What::Hint, What::Wait, What::Tries, What::Timeout], NOW)],
    note: "three tries within the time of three refusals: in one window all three meet the same limit",
};
