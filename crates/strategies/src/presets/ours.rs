//! What we suggest, and what textbooks do: nobody's release.

use limits::{Per, Rate, Requests, Span};

use super::{PLAIN, Preset, What, wait};
use crate::backoff::Backoff;
use crate::breaker::Breaker;
use crate::budget::Budget;
use crate::elsewhere::Elsewhere;
use crate::first_send::{BucketBurst, FirstSendPart, Share};
use crate::portion::{Percent, Tenths, Thousandths};
use crate::retry_on::RetryOn;
use crate::stack::Parts;
use crate::stop::Stop;
use crate::throttle::Throttle;
use crate::wait::HintRule;

const OURS: &str = "ours";
/// The blog's simulator has the formula; which waits and how many tries is our choice.
const JITTER: &str = "AWS architecture blog, exponential backoff and jitter; constants ours";

const HALF_A_SECOND: Span = Span::from_millis(500);
const TWENTY_SECONDS: Span = Span::from_secs(20);

/// Full jitter's first wait and its cap, unless a scenario says otherwise.
const JITTERED: Backoff = Backoff::FullJitter { first: HALF_A_SECOND, cap: TWENTY_SECONDS };

const BLIND: Parts = Parts {
    retry_on: RetryOn::LIMITS_AND_FAILURES,
    wait: wait(HintRule::IGNORE, JITTERED),
    stop: Stop::after(6),
    ..PLAIN
};

/// What waits in a queue of its own has no reason to count its tries.
const PATIENT: Parts = Parts { wait: wait(HintRule::HONOUR, JITTERED), stop: Stop::NEVER, ..BLIND };

pub(super) const GIVE_UP: Preset = Preset {
    name: "give-up",
    version: OURS,
    title: "one try and no more",
    parts: Parts { retry_on: RetryOn::NOTHING, ..BLIND },
    sources: &[(&[What::RetryOn, What::Tries], OURS)],
    note: "",
};

pub(super) const FULL_JITTER: Preset = Preset {
    name: "full-jitter",
    version: OURS,
    title: "exponential backoff with full jitter",
    parts: BLIND,
    sources: &[(&[What::Wait], JITTER), (&[What::RetryOn, What::Hint, What::Tries], OURS)],
    note: "blind to what the service says: it comes back before a reset as often as after it",
};

pub(super) const HONOUR_RETRY_AFTER: Preset = Preset {
    name: "honour-retry-after",
    version: OURS,
    title: "waits as long as the server says",
    parts: Parts { wait: wait(HintRule::HONOUR, JITTERED), ..BLIND },
    sources: &[(&[What::Wait], JITTER), (&[What::RetryOn, What::Hint, What::Tries], OURS)],
    note: "whoever was refused in one window comes back in the same instant",
};

pub(super) const PACE_BY_HEADERS: Preset = Preset {
    name: "pace-by-headers",
    version: OURS,
    title: "sends no faster than the headers allow",
    parts: Parts { first_send: FirstSendPart::PaceByHeaders, ..PATIENT },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "sees one gateway's count: with several, or several clients, it sees too little",
};

pub(super) const OWN_BUCKET: Preset = Preset {
    name: "own-bucket",
    version: OURS,
    title: "a bucket of its own at the published limits",
    parts: Parts {
        first_send: FirstSendPart::OwnBucket { share: Share::Whole, burst: BucketBurst::Spread },
        ..PATIENT
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "as if nobody else used the key",
};

pub(super) const EXPONENTIAL: Preset = Preset {
    name: "exponential",
    version: OURS,
    title: "exponential backoff without jitter",
    parts: Parts {
        wait: wait(
            HintRule::IGNORE,
            Backoff::Exponential { first: HALF_A_SECOND, cap: TWENTY_SECONDS },
        ),
        ..BLIND
    },
    sources: &[(&[What::Wait], JITTER), (&[What::RetryOn, What::Hint, What::Tries], OURS)],
    note: "those refused together come back together, each time",
};

pub(super) const EQUAL_JITTER: Preset = Preset {
    name: "equal-jitter",
    version: OURS,
    title: "exponential backoff with equal jitter",
    parts: Parts {
        wait: wait(
            HintRule::IGNORE,
            Backoff::EqualJitter { first: HALF_A_SECOND, cap: TWENTY_SECONDS },
        ),
        ..BLIND
    },
    sources: &[(&[What::Wait], JITTER), (&[What::RetryOn, What::Hint, What::Tries], OURS)],
    note: "",
};

pub(super) const DECORRELATED_JITTER: Preset = Preset {
    name: "decorrelated-jitter",
    version: OURS,
    title: "exponential backoff with decorrelated jitter",
    parts: Parts {
        wait: wait(
            HintRule::IGNORE,
            Backoff::DecorrelatedJitter { first: HALF_A_SECOND, cap: TWENTY_SECONDS },
        ),
        ..BLIND
    },
    sources: &[(&[What::Wait], JITTER), (&[What::RetryOn, What::Hint, What::Tries], OURS)],
    note: "",
};

pub(super) const OWN_BUCKET_1_N: Preset = Preset {
    name: "own-bucket-1-n",
    version: OURS,
    title: "a bucket of its own at one Nth of the published limits",
    parts: Parts {
        first_send: FirstSendPart::OwnBucket { share: Share::OneNth, burst: BucketBurst::Spread },
        ..PATIENT
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "what one client leaves unused no other may take",
};

pub(super) const SHARED_BUCKET: Preset = Preset {
    name: "shared-bucket",
    version: OURS,
    title: "one bucket for the fleet, 5 ms away",
    parts: Parts {
        first_send: FirstSendPart::SharedBucket {
            share: Share::Part(Percent(95)),
            delay: Span::from_millis(5),
        },
        ..PATIENT
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "needs a store that every client reaches",
};

pub(super) const CONCURRENCY_CAP: Preset = Preset {
    name: "concurrency-cap",
    version: OURS,
    title: "at most eight attempts in flight",
    parts: Parts { first_send: FirstSendPart::Cap { most: 8 }, ..PATIENT },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "bounds what is in flight, not the rate: short answers still flood a limit, and eight that \
           take four seconds are two jobs a second",
};

pub(super) const AIMD_CAP: Preset = Preset {
    name: "aimd-cap",
    version: OURS,
    title: "a bound on attempts in flight that learns",
    parts: Parts {
        first_send: FirstSendPart::AimdCap {
            start: 20,
            least: 1,
            most: 200,
            cut: Percent(10),
            slow: None,
        },
        ..PATIENT
    },
    sources: &[
        (&[What::Wait], JITTER),
        (
            &[What::FirstSend],
            "Netflix concurrency-limits, AIMDLimit; the least and no slowness are ours",
        ),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "",
};

pub(super) const AIMD_RATE: Preset = Preset {
    name: "aimd-rate",
    version: OURS,
    title: "a rate that learns",
    parts: Parts {
        first_send: FirstSendPart::AimdRate {
            start: Rate::new(Requests(60), Per::Minute),
            add: Rate::new(Requests(60), Per::Minute),
            every: Span::from_secs(1),
            cut: Percent(50),
            least: Rate::new(Requests(6), Per::Minute),
        },
        ..PATIENT
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::FirstSend, What::RetryOn, What::Hint, What::Tries], OURS),
    ],
    note: "",
};

pub(super) const FINAGLE_BUDGET: Preset = Preset {
    name: "finagle-budget",
    version: OURS,
    title: "full jitter within a budget of a fifth",
    parts: Parts {
        stop: Stop {
            budget: Budget::Finagle {
                ttl: Span::from_secs(10),
                reserve_per_s: 10,
                percent: Percent(20),
            },
            ..Stop::after(6)
        },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Budget], "Finagle, RetryBudget: its defaults"),
    ],
    note: "its reserve of ten a second is more than a small client sends",
};

pub(super) const SRE_BUDGET: Preset = Preset {
    name: "sre-budget",
    version: OURS,
    title: "full jitter, three tries, within a budget of a tenth",
    parts: Parts {
        stop: Stop {
            budget: Budget::Sre { percent: Percent(10), over: Span::from_secs(120) },
            ..Stop::after(3)
        },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Budget], "the SRE book, handling overload; the two minutes are ours"),
    ],
    note: "",
};

pub(super) const GRPC_THROTTLE: Preset = Preset {
    name: "grpc-throttle",
    version: OURS,
    title: "full jitter within the throttling of gRPC",
    parts: Parts {
        stop: Stop { budget: Budget::Grpc { most: 10, ratio: Thousandths(100) }, ..Stop::after(6) },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Budget], "gRPC proposal A6: its example"),
    ],
    note: "five failures in a row and it retries no more; fifty answers bring it back",
};

pub(super) const BROOKER_BUCKET: Preset = Preset {
    name: "brooker-bucket",
    version: OURS,
    title: "full jitter within a bucket of retries",
    parts: Parts {
        stop: Stop {
            budget: Budget::Brooker { deposit: Thousandths(100), most: 5 },
            ..Stop::after(6)
        },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Budget], "mbrooker/simulator_example"),
    ],
    note: "",
};

pub(super) const CIRCUIT_BREAKER: Preset = Preset {
    name: "circuit-breaker",
    version: OURS,
    title: "full jitter behind a circuit breaker",
    parts: Parts {
        stop: Stop {
            breaker: Some(Breaker {
                opens_at: Percent(50),
                over: Span::from_secs(10),
                least: 10,
                stays: Span::from_secs(5),
                probes: 1,
            }),
            ..Stop::after(6)
        },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Breaker], OURS),
    ],
    note: "a limit is no outage: while it is open, jobs that would pass fail too",
};

pub(super) const SRE_THROTTLING: Preset = Preset {
    name: "sre-throttling",
    version: OURS,
    title: "full jitter behind adaptive throttling",
    parts: Parts {
        stop: Stop {
            throttle: Some(Throttle { k: Tenths(20), over: Span::from_secs(120) }),
            ..Stop::after(6)
        },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Throttle], "the SRE book, handling overload: K = 2, two minutes"),
    ],
    note: "counts a request before its answer: at a cold start it refuses some by itself",
};

pub(super) const HEDGE: Preset = Preset {
    name: "hedge",
    version: OURS,
    title: "full jitter, and a second attempt beside a slow first",
    parts: Parts {
        elsewhere: Elsewhere::Hedge { after: Span::from_secs(2), most: Thousandths(20) },
        ..BLIND
    },
    sources: &[
        (&[What::Wait], JITTER),
        (&[What::RetryOn, What::Hint, What::Tries], OURS),
        (&[What::Elsewhere], "The Tail at Scale: 2 % more; the two seconds are ours"),
    ],
    note: "against a limit a hedge is one more request",
};
