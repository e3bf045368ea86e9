//! One group of one cell in one replication: integers only.
//!
//! A leaf holds what can be added: counts, sums of nanoseconds, sums of tokens, and extremes.
//! Adding leaves is exact and does not depend on the order, so that the groups of a cell, its
//! replications, and the shards of a run all add up by [`Leaf::absorb`].

use std::collections::BTreeMap;

use limits::Instant;
use serde::{Deserialize, Serialize};
use wire::{ErrorKind, Usage};

use crate::bill::{Bill, Tariffs, Used, together};
use crate::exact;
use crate::fleet::{Elsewhere, Fairness, Hedges, Herd, Useless};
use crate::headroom::Remaining;
use crate::histogram::Histogram;
use crate::over_time::OverTime;
use crate::series::Series;
use crate::times::{TimeSum, Times};

/// What a recorder hands out for one group when its books balance.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct GroupLeaf {
    /// Counts and sums.
    pub leaf: Leaf,
    /// How the times were spread.
    pub times: Times<Histogram>,
    /// What was left at the admissions of the busiest minute.
    pub peak: Remaining,
    /// What happened when.
    pub series: Series,
    /// How long answers took, by when their jobs fell due.
    pub over_time: OverTime,
}

impl GroupLeaf {
    /// The leaves of all groups, each with its bill at the tariffs in the same place; without one
    /// where one is missing that it needs.
    #[must_use]
    pub fn billed(groups: Vec<GroupLeaf>, tariffs: &[Tariffs]) -> Vec<GroupLeaf> {
        let billed = |(of, tariffs): (GroupLeaf, &Tariffs)| GroupLeaf {
            leaf: of.leaf.billed(tariffs),
            ..of
        };
        groups.into_iter().zip(tariffs).map(billed).collect()
    }
}

/// Counts and sums of one group in one replication, or of several added up.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Leaf {
    /// Jobs, by how they ended.
    pub jobs: Jobs,
    /// Attempts, by how they ended.
    pub attempts: Attempts,
    /// Tokens, by what became of the job they belong to.
    pub tokens: TokenSums,
    /// What fell inside the run proper, before it drained: what rates are made of.
    pub within: Within,
    /// Sums and extremes of the times.
    pub times: Times<TimeSum>,
    /// From due to giving up, over the jobs that gave up.
    pub gave_up_after: TimeSum,
    /// Jobs by how many attempts they took.
    pub tries: Tries,
    /// Jobs within each bound of the cell, in the order of its bounds.
    pub bounds: Vec<u64>,
    /// When the first 429 reached a client; none when none did. Adding keeps the earliest.
    #[serde(rename = "first_429_ns", with = "exact::instant")]
    pub first_429: Option<Instant>,
    /// The least share of a deciding limit that was left at an admission, in millionths; none where
    /// nothing was limited, or where nobody saw what was left. Adding keeps the least.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowest_remaining: Option<u32>,
    /// How evenly its clients were served.
    #[serde(default, skip_serializing_if = "Fairness::is_none")]
    pub fairness: Fairness,
    /// Its attempts by where they fell after a reset; a run over sockets does not see it.
    #[serde(default, skip_serializing_if = "Herd::is_none")]
    pub herd: Herd,
    /// Its retries that could not help.
    #[serde(default, skip_serializing_if = "Useless::is_none")]
    pub useless: Useless,
    /// Its hedges.
    #[serde(default, skip_serializing_if = "Hedges::is_none")]
    pub hedges: Hedges,
    /// What went elsewhere.
    #[serde(default, skip_serializing_if = "Elsewhere::is_none")]
    pub elsewhere: Elsewhere,
    /// What its attempts cost; none where nobody says what they do. A sum of which a part is not
    /// known is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bill: Option<Bill>,
}

impl Leaf {
    /// The same with its bill at these tariffs; without one where one is missing that it needs.
    #[must_use]
    pub fn billed(self, tariffs: &Tariffs) -> Leaf {
        Leaf { bill: Bill::of(tariffs, &self), ..self }
    }

    /// Adds another leaf to this one.
    pub fn absorb(&mut self, other: &Leaf) {
        self.jobs.absorb(&other.jobs);
        self.attempts.absorb(&other.attempts);
        self.tokens.absorb(&other.tokens);
        self.within.absorb(&other.within);
        self.times.absorb_by(&other.times, TimeSum::absorb);
        self.gave_up_after.absorb(&other.gave_up_after);
        for (mine, theirs) in self.tries.0.iter_mut().zip(other.tries.0) {
            add(mine, theirs);
        }
        if self.bounds.len() < other.bounds.len() {
            self.bounds.resize(other.bounds.len(), 0);
        }
        for (mine, theirs) in self.bounds.iter_mut().zip(&other.bounds) {
            add(mine, *theirs);
        }
        self.first_429 = least(self.first_429, other.first_429);
        self.lowest_remaining = least(self.lowest_remaining, other.lowest_remaining);
        self.fairness.absorb(&other.fairness);
        self.herd.absorb(&other.herd);
        self.useless.absorb(&other.useless);
        self.hedges.absorb(&other.hedges);
        self.elsewhere.absorb(&other.elsewhere);
        self.bill = together(self.bill, other.bill);
    }
}

/// Jobs by how they ended: `offered = answered + gave_up + unfinished`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jobs {
    /// Jobs that fell due.
    pub offered: u64,
    /// Jobs that got a complete answer.
    pub answered: u64,
    /// Answered jobs that kept their deadline, or had none.
    pub in_time: u64,
    /// Jobs whose strategy gave up.
    pub gave_up: u64,
    /// Jobs still waiting when the run ended.
    pub unfinished: u64,
    /// Jobs whose first attempt was answered 429.
    pub first_attempt_429: u64,
}

impl Jobs {
    fn absorb(&mut self, other: &Jobs) {
        add(&mut self.offered, other.offered);
        add(&mut self.answered, other.answered);
        add(&mut self.in_time, other.in_time);
        add(&mut self.gave_up, other.gave_up);
        add(&mut self.unfinished, other.unfinished);
        add(&mut self.first_attempt_429, other.first_attempt_429);
    }
}

/// Statuses that say no.
pub(crate) const TURNED_AWAY: core::ops::Range<u16> = 400..600;

/// Attempts by what the client received:
/// `sent = ok + refused + failed + unanswered + cancelled + open`.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Attempts {
    /// Attempts that left a client.
    pub sent: u64,
    /// Complete answers.
    pub ok: u64,
    /// Answers with a status of 4xx.
    pub refused: u64,
    /// A status of 5xx, an error inside a stream, or a stream cut short.
    pub failed: u64,
    /// No answer at all.
    pub unanswered: u64,
    /// Given up by the client while under way.
    pub cancelled: u64,
    /// Under way when the run ended.
    pub open: u64,
    /// First attempts among those sent: jobs that sent any.
    pub first: u64,
    /// Answered attempts by status; a number that is no status counts under 0.
    pub by_status: BTreeMap<u16, u64>,
    /// Refused attempts by the cause that the client could read.
    pub refused_by: Causes<u64>,
    /// Refused attempts by the cause that the service knew.
    pub truly: Causes<u64>,
}

impl Attempts {
    /// Attempts that were answered, but not with a success: a status of 4xx or 5xx.
    #[must_use]
    pub fn turned_away(&self) -> u64 {
        let statuses = self.by_status.range(TURNED_AWAY).map(|(_, count)| *count);
        statuses.fold(0, u64::saturating_add)
    }

    /// Attempts answered with this status.
    #[must_use]
    pub fn with_status(&self, status: u16) -> u64 {
        self.by_status.get(&status).copied().unwrap_or(0)
    }

    fn absorb(&mut self, other: &Attempts) {
        add(&mut self.sent, other.sent);
        add(&mut self.ok, other.ok);
        add(&mut self.refused, other.refused);
        add(&mut self.failed, other.failed);
        add(&mut self.unanswered, other.unanswered);
        add(&mut self.cancelled, other.cancelled);
        add(&mut self.open, other.open);
        add(&mut self.first, other.first);
        for (status, count) in &other.by_status {
            add(self.by_status.entry(*status).or_default(), *count);
        }
        for cause in RefusedBy::ALL {
            add(self.refused_by.get_mut(cause), *other.refused_by.get(cause));
            add(self.truly.get_mut(cause), *other.truly.get(cause));
        }
    }
}

/// Why an attempt was refused.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum RefusedBy {
    /// The limit on requests.
    Requests,
    /// The limit on tokens.
    Tokens,
    /// The model's own limit.
    Model,
    /// A dynamic limit on requests.
    DynamicRequests,
    /// A dynamic limit on tokens.
    DynamicTokens,
    /// No credit is left.
    Balance,
    /// This key may not use this model.
    Access,
    /// Anything else, or nothing that could be read.
    Other,
}

impl RefusedBy {
    /// Every cause, in the order in which documents list them.
    pub const ALL: [RefusedBy; 8] = [
        RefusedBy::Requests,
        RefusedBy::Tokens,
        RefusedBy::Model,
        RefusedBy::DynamicRequests,
        RefusedBy::DynamicTokens,
        RefusedBy::Balance,
        RefusedBy::Access,
        RefusedBy::Other,
    ];

    /// The cause that an error's kind stands for; what cannot be told is [`RefusedBy::Other`].
    #[must_use]
    pub const fn of(error: Option<ErrorKind>) -> Self {
        match error {
            Some(ErrorKind::RequestsLimited) => Self::Requests,
            Some(ErrorKind::TokensLimited) => Self::Tokens,
            Some(ErrorKind::ModelLimited) => Self::Model,
            Some(ErrorKind::DynamicRequestsLimited) => Self::DynamicRequests,
            Some(ErrorKind::DynamicTokensLimited) => Self::DynamicTokens,
            Some(ErrorKind::NoCredit) => Self::Balance,
            Some(ErrorKind::NoAccess | ErrorKind::FreeTier | ErrorKind::Unauthorized) => {
                Self::Access
            }
            Some(
                ErrorKind::Invalid
                | ErrorKind::TooLong
                | ErrorKind::TooLarge
                | ErrorKind::UnknownModel
                | ErrorKind::Internal
                | ErrorKind::Unavailable
                | ErrorKind::GatewayTimeout
                | ErrorKind::GatewayPage,
            )
            | None => Self::Other,
        }
    }

    /// The cause as documents write it, `dynamic_requests`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            RefusedBy::Requests => "requests",
            RefusedBy::Tokens => "tokens",
            RefusedBy::Model => "model",
            RefusedBy::DynamicRequests => "dynamic_requests",
            RefusedBy::DynamicTokens => "dynamic_tokens",
            RefusedBy::Balance => "balance",
            RefusedBy::Access => "access",
            RefusedBy::Other => "other",
        }
    }
}

/// One value for each cause of refusal.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Causes<T> {
    /// For the limit on requests.
    pub requests: T,
    /// For the limit on tokens.
    pub tokens: T,
    /// For the model's own limit.
    pub model: T,
    /// For a dynamic limit on requests.
    pub dynamic_requests: T,
    /// For a dynamic limit on tokens.
    pub dynamic_tokens: T,
    /// For missing credit.
    pub balance: T,
    /// For missing access.
    pub access: T,
    /// For anything else.
    pub other: T,
}

impl<T> Causes<T> {
    /// The value for one cause.
    #[must_use]
    pub const fn get(&self, cause: RefusedBy) -> &T {
        match cause {
            RefusedBy::Requests => &self.requests,
            RefusedBy::Tokens => &self.tokens,
            RefusedBy::Model => &self.model,
            RefusedBy::DynamicRequests => &self.dynamic_requests,
            RefusedBy::DynamicTokens => &self.dynamic_tokens,
            RefusedBy::Balance => &self.balance,
            RefusedBy::Access => &self.access,
            RefusedBy::Other => &self.other,
        }
    }

    /// The value for one cause, to be changed.
    pub const fn get_mut(&mut self, cause: RefusedBy) -> &mut T {
        match cause {
            RefusedBy::Requests => &mut self.requests,
            RefusedBy::Tokens => &mut self.tokens,
            RefusedBy::Model => &mut self.model,
            RefusedBy::DynamicRequests => &mut self.dynamic_requests,
            RefusedBy::DynamicTokens => &mut self.dynamic_tokens,
            RefusedBy::Balance => &mut self.balance,
            RefusedBy::Access => &mut self.access,
            RefusedBy::Other => &mut self.other,
        }
    }

    /// Each cause with its value, in the order in which documents list them.
    pub fn iter(&self) -> impl Iterator<Item = (RefusedBy, &T)> {
        RefusedBy::ALL.into_iter().map(|cause| (cause, self.get(cause)))
    }
}

impl Causes<u64> {
    /// All causes together.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.iter().fold(0, |total, (_, count)| total.saturating_add(*count))
    }
}

/// Tokens of prompt and of answer.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenPair {
    /// Tokens of prompt.
    pub prompt: u64,
    /// Tokens of answer.
    pub answer: u64,
}

impl TokenPair {
    /// Prompt and answer together, as limits on tokens count them.
    #[must_use]
    pub const fn total(self) -> u64 {
        self.prompt.saturating_add(self.answer)
    }

    pub(crate) const fn add(&mut self, usage: Usage) {
        self.prompt += usage.prompt as u64;
        self.answer += usage.completion as u64;
    }

    fn absorb(&mut self, other: &TokenPair) {
        add(&mut self.prompt, other.prompt);
        add(&mut self.answer, other.answer);
    }
}

/// Tokens, by what became of the job or attempt they belong to.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenSums {
    /// Of all jobs, as they fell due.
    pub offered: TokenPair,
    /// Of all attempts that were answered completely.
    pub delivered: TokenPair,
    /// Of all answered jobs.
    pub answered: TokenPair,
    /// Of the jobs answered in time.
    pub in_time: TokenPair,
    /// Generated for attempts that their clients had left; a run over sockets does not see it.
    #[serde(default, skip_serializing_if = "Used::is_none")]
    pub abandoned: Used,
    /// Of those delivered and abandoned, of attempts after a job's first.
    #[serde(default, skip_serializing_if = "Used::is_none")]
    pub retried: Used,
}

impl TokenSums {
    fn absorb(&mut self, other: &TokenSums) {
        self.offered.absorb(&other.offered);
        self.delivered.absorb(&other.delivered);
        self.answered.absorb(&other.answered);
        self.in_time.absorb(&other.in_time);
        self.abandoned.absorb(&other.abandoned);
        self.retried.absorb(&other.retried);
    }
}

/// What fell inside the run proper, from its start up to (not including) its length.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Within {
    /// Attempts sent.
    pub sent: u64,
    /// Complete answers received.
    pub ok: u64,
    /// Jobs answered in time.
    pub in_time: u64,
    /// Tokens of prompt and answer of those jobs.
    pub in_time_tokens: u64,
}

impl Within {
    fn absorb(&mut self, other: &Within) {
        add(&mut self.sent, other.sent);
        add(&mut self.ok, other.ok);
        add(&mut self.in_time, other.in_time);
        add(&mut self.in_time_tokens, other.in_time_tokens);
    }
}

/// Jobs by how many attempts they took: none, 1, 2, 3, 4 or 5, 6 or more.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
pub struct Tries(pub [u64; 6]);

impl Tries {
    /// The six classes in words, in order.
    pub const NAMES: [&'static str; 6] = ["none", "1", "2", "3", "4 or 5", "6 or more"];

    /// The class of a job that took so many attempts.
    #[must_use]
    pub const fn class(attempts: u32) -> usize {
        match attempts {
            0 => 0,
            1 => 1,
            2 => 2,
            3 => 3,
            4 | 5 => 4,
            _ => 5,
        }
    }
}

/// The lesser of two that are there.
pub(crate) fn least<T: Ord>(mine: Option<T>, theirs: Option<T>) -> Option<T> {
    mine.into_iter().chain(theirs).min()
}

/// Adds a count. What a run counts never comes near the end of 64 bits; what a file claims may, and
/// must not bring anyone down.
pub(crate) const fn add(mine: &mut u64, theirs: u64) {
    *mine = mine.saturating_add(theirs);
}
