//! Together's own clients.

use limits::Span;

use super::{PLAIN, Preset, What, silence, wait};
use crate::backoff::Backoff;
use crate::retry_on::{RetryOn, Statuses};
use crate::stack::Parts;
use crate::stop::Stop;
use crate::wait::HintRule;

const CONSTANTS: &str = "together 2.42.0 and 3.1.1, _constants.py";
const CLIENT: &str = "together 2.42.0 and 3.1.1, _base_client.py";
const REQUESTOR: &str = "together 1.5.35, abstract/api_requestor.py";
const LEGACY: &str = "together 1.5.35, constants.py and abstract/api_requestor.py";
const TYPESCRIPT: &str = "together-ai 0.52.0, client.js";

pub(super) const PY: Preset = Preset {
    name: "together-py",
    version: "2.42.0, 3.1.1",
    title: "together for Python",
    parts: Parts {
        retry_on: RetryOn::LIMITS_AND_FAILURES,
        wait: wait(
            HintRule::up_to(Span::from_secs(60)),
            Backoff::Sdk { first: Span::from_secs(1), cap: Span::from_secs(10) },
        ),
        stop: Stop::after(3),
        timeouts: silence(60),
        ..PLAIN
    },
    sources: &[
        (&[What::Wait, What::Tries, What::Timeout], CONSTANTS),
        (&[What::RetryOn, What::Hint], CLIENT),
    ],
    note: "a hint of 0 or above 60 s counts for nothing",
};

pub(super) const PY_1: Preset = Preset {
    name: "together-py-1",
    version: "1.5.35",
    title: "together for Python 1.x, synchronous",
    parts: Parts {
        retry_on: RetryOn {
            statuses: Statuses::NONE.with(429).with_range(500, 599),
            time_outs: true,
            connections: true,
            unless_quota: false,
        },
        wait: wait(
            HintRule::up_to(Span::from_secs(60)),
            Backoff::Sdk { first: Span::from_secs(1), cap: Span::from_secs(8) },
        ),
        stop: Stop::after(6),
        timeouts: silence(600),
        ..PLAIN
    },
    sources: &[
        (&[What::RetryOn, What::Hint], REQUESTOR),
        (&[What::Wait, What::Tries, What::Timeout], LEGACY),
    ],
    note: "begins at 1 s, though its constant says 0.5 s: it counts the retry before it reckons",
};

pub(super) const PY_1_ASYNC: Preset = Preset {
    name: "together-py-1-async",
    version: "1.5.35",
    title: "together for Python 1.x, asynchronous",
    parts: Parts { timeouts: silence(600), ..PLAIN },
    sources: &[(&[What::RetryOn, What::Tries], REQUESTOR), (&[What::Timeout], LEGACY)],
    note: "never tries again, whatever max_retries says",
};

pub(super) const TS: Preset = Preset {
    name: "together-ts",
    version: "0.52.0",
    title: "together-ai for TypeScript",
    parts: Parts {
        retry_on: RetryOn {
            statuses: Statuses::NONE.with(408).with(409).with(429).with_range(501, 655),
            time_outs: true,
            connections: true,
            unless_quota: false,
        },
        wait: wait(
            HintRule::HONOUR,
            Backoff::Sdk { first: Span::from_secs(1), cap: Span::from_secs(10) },
        ),
        stop: Stop::after(3),
        timeouts: silence(60),
        ..PLAIN
    },
    sources: &[(&[What::RetryOn, What::Hint, What::Wait, What::Tries, What::Timeout], TYPESCRIPT)],
    note: "not after a 500; a hint of an hour is waited for, and one of 0 is at once",
};
