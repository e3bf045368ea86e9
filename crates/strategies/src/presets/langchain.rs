//! `LangChain`'s three ways to try again.

use limits::Span;

use super::{PLAIN, Preset, What, openai, wait};
use crate::backoff::Backoff;
use crate::event::Timeouts;
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::HintRule;

const LLMS: &str = "langchain-core 1.8.2, language_models/llms.py";
const RETRY: &str = "langchain-core 1.8.2, runnables/retry.py";

pub(super) const TOGETHER: Preset = Preset {
    name: "langchain-together",
    version: "0.4.0",
    title: "LangChain's ChatTogether",
    parts: Parts {
        wait: wait(openai::PY_3_HINT, openai::FORMULA),
        timeouts: Timeouts { silence: None },
        ..openai::PY_2_PARTS
    },
    sources: &[
        (
            &[What::RetryOn, What::Hint, What::Wait],
            "openai 3.54.0, _base_client.py and _constants.py, by way of langchain-together 0.4.0",
        ),
        (&[What::Tries], "langchain-together 0.4.0, chat_models.py; tried"),
    ],
    note: "no time-out at all: it hands the SDK none in place of the SDK's own",
};

pub(super) const BASE_RETRY: Preset = Preset {
    name: "langchain-base-retry",
    version: "1.8.2",
    title: "LangChain's create_base_retry_decorator",
    parts: Parts {
        retry_on: RetryOn::LIMITS_AND_FAILURES,
        wait: wait(
            HintRule::IGNORE,
            Backoff::Clamped {
                first: Span::from_secs(1),
                least: Span::from_secs(4),
                cap: Span::from_secs(10),
            },
        ),
        stop: Stop::after(6),
        ..PLAIN
    },
    sources: &[
        (&[What::Hint, What::Wait], LLMS),
        (&[What::RetryOn, What::Tries], "ours: both are its caller's choice"),
    ],
    note: "its max_retries are tries: the default of 1 tries nothing again; 4, 4, 4, 8, 10 s, and nothing spreads them",
};

pub(super) const WITH_RETRY: Preset = Preset {
    name: "langchain-with-retry",
    version: "1.8.2",
    title: "LangChain's Runnable.with_retry()",
    parts: Parts {
        retry_on: RetryOn::ANYTHING,
        wait: wait(
            HintRule::IGNORE,
            Backoff::PlusJitter {
                first: Span::from_secs(1),
                cap: Backoff::NO_CAP,
                jitter: Span::from_secs(1),
            },
        ),
        stop: Stop::after(3),
        ..PLAIN
    },
    sources: &[
        (&[What::RetryOn, What::Tries], RETRY),
        (&[What::Hint, What::Wait], "tenacity 9.2.1, wait.py, by way of langchain-core 1.8.2"),
    ],
    note: "the SDK inside tries again as well: nine requests for one call, unless its max_retries is 0",
};
