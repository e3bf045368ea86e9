//! The counters of one group while a run happens.

use std::collections::BTreeMap;

use limits::{Instant, Span};
use wire::{Status, Usage};

use crate::books::{self, Unbalanced};
use crate::expectation::Measure;
use crate::fleet::{Elsewhere, Fairness, Hedges, Herd, Useless};
use crate::headroom::Left;
use crate::histogram::{Dense, bin};
use crate::leaf::{
    Attempts, Causes, GroupLeaf, Jobs, Leaf, RefusedBy, TURNED_AWAY, TokenSums, Tries, Within,
};
use crate::over_time::DenseStretches;
use crate::recorder::{AttemptEnd, AttemptOutcome, CellSpec, JobEnd, JobOutcome};
use crate::series::DenseSteps;
use crate::slices::Slices;
use crate::times::{TimeSum, Times};

/// Statuses have three digits; anything else is counted under 0.
const STATUSES: usize = 1_000;

/// Everything a recorder counts for one group.
#[derive(Clone, Debug)]
pub(crate) struct Tally {
    /// When the run proper ends: events from then on are part of the drain.
    ends: Instant,
    jobs: Jobs,
    attempts: AttemptCounts,
    tokens: TokenSums,
    within: Within,
    times: Times<Timing>,
    gave_up_after: Extent,
    tries: Tries,
    bounds: Vec<BoundCount>,
    first_429: Option<Instant>,
    pub(crate) left: Left,
    pub(crate) herd: Herd,
    pub(crate) useless: Useless,
    pub(crate) hedges: Hedges,
    pub(crate) elsewhere: Elsewhere,
    /// Jobs offered to each client, and of those the answered ones.
    clients: Vec<(u64, u64)>,
    by_status: Box<[u64; STATUSES]>,
    steps: DenseSteps,
    slices: Slices,
    stretches: DenseStretches,
}

impl Tally {
    /// Empty counters for the group of this number.
    pub(crate) fn new(spec: &CellSpec, group: u32) -> Tally {
        let bounds = spec.bounds.iter().map(|bound| BoundCount {
            measure: bound.measure,
            at_most: bound.at_most,
            mine: bound.group.is_none_or(|of| of == group),
            jobs: 0,
        });
        Tally {
            ends: Instant::START.after(spec.lasts),
            jobs: Jobs::default(),
            attempts: AttemptCounts::default(),
            tokens: TokenSums::default(),
            within: Within::default(),
            times: Times::<()>::default().map(|()| Timing::new()),
            gave_up_after: Extent::new(),
            tries: Tries::default(),
            bounds: bounds.collect(),
            first_429: None,
            left: Left::new(),
            herd: Herd::default(),
            useless: Useless::default(),
            hedges: Hedges::default(),
            elsewhere: Elsewhere::default(),
            clients: Vec::new(),
            by_status: Box::new([0; STATUSES]),
            steps: DenseSteps::new(spec.lasts, spec.drain),
            slices: Slices::new(spec.window),
            stretches: DenseStretches::new(spec.lasts),
        }
    }

    /// A job fell due.
    pub(crate) fn offered(&mut self, due: Instant, tokens: Usage) {
        self.jobs.offered += 1;
        self.tokens.offered.add(tokens);
        self.slices.offered(due, &mut self.steps);
        let step = self.steps.at(due);
        step.jobs_due += 1;
        step.tokens_due += tokens.total();
    }

    /// An attempt left.
    pub(crate) fn sent(&mut self, now: Instant, first: bool) {
        self.attempts.sent += 1;
        self.attempts.first += u64::from(first);
        self.within.sent += u64::from(now < self.ends);
        self.steps.at(now).sent += 1;
    }

    /// An attempt ended.
    pub(crate) fn attempt_ended(&mut self, end: &AttemptEnd) {
        match end.how {
            AttemptOutcome::Ok(usage) => {
                self.attempts.ok += 1;
                self.within.ok += u64::from(end.now < self.ends);
                self.tokens.delivered.add(usage);
                if end.n > 1 {
                    self.tokens.retried.add(usage);
                }
                self.answered_with(Status::OK, end);
            }
            AttemptOutcome::Refused { status, cause, truly } => {
                self.attempts.refused += 1;
                self.attempts.refused_by[cause as usize] += 1;
                self.attempts.truly[truly as usize] += 1;
                self.steps.at(end.sent).refused[truly as usize] += 1;
                self.answered_with(status, end);
            }
            AttemptOutcome::Failed { status } => {
                self.attempts.failed += 1;
                self.steps.at(end.sent).failed += 1;
                self.answered_with(status, end);
            }
            AttemptOutcome::Unanswered => self.attempts.unanswered += 1,
            AttemptOutcome::Cancelled => self.attempts.cancelled += 1,
            AttemptOutcome::Open => self.attempts.open += 1,
        }
    }

    /// An attempt whose client left it had used this by then.
    pub(crate) fn abandoned(&mut self, n: u32, used: Usage) {
        self.tokens.abandoned.add(used);
        if n > 1 {
            self.tokens.retried.add(used);
        }
    }

    /// A job was answered from elsewhere.
    pub(crate) fn answered_elsewhere(&mut self, end: &JobEnd) {
        if let JobOutcome::Answered { answered, usage, .. } = end.how {
            self.elsewhere.answered.add(usage);
            if end.is_in_time(answered) {
                self.elsewhere.in_time.add(usage);
            }
        }
    }

    /// A job ended.
    pub(crate) fn job_ended(&mut self, end: &JobEnd) {
        self.tries.0[Tries::class(end.attempts)] += 1;
        let is_answered = matches!(end.how, JobOutcome::Answered { .. });
        let client = self.client(end.client);
        client.0 += 1;
        client.1 += u64::from(is_answered);
        match end.how {
            JobOutcome::Answered { sent, first_token, answered, usage } => {
                let wait = sent.since(end.due);
                let answer = answered.since(end.due);
                let first_token = first_token.since(end.due);
                self.times.wait.add(wait);
                self.times.service.add(answered.since(sent));
                let took = self.times.answer.add(answer);
                let began = self.times.first_token.add(first_token);
                // An answer that is not streamed comes all at once.
                let streamed = first_token < answer;
                self.stretches.add(end.due, took, streamed.then_some(began));
                if streamed && usage.completion > 1 {
                    let gaps = u64::from(usage.completion - 1);
                    let streaming = answer.nanos() - first_token.nanos();
                    self.times.per_token.add(Span::from_nanos(streaming / gaps));
                }
                for bound in &mut self.bounds {
                    bound.count(wait, answer, first_token);
                }
                let in_time = end.is_in_time(answered);
                self.jobs.answered += 1;
                self.jobs.in_time += u64::from(in_time);
                self.tokens.answered.add(usage);
                if in_time {
                    self.tokens.in_time.add(usage);
                    if answered < self.ends {
                        self.within.in_time += 1;
                        self.within.in_time_tokens += usage.total();
                    }
                }
                let step = self.steps.at(end.due);
                step.answered += 1;
                step.in_time += u64::from(in_time);
                self.steps.at(answered).ended += 1;
            }
            JobOutcome::GaveUp { at } => {
                self.jobs.gave_up += 1;
                self.gave_up_after.add(at.since(end.due));
                self.steps.at(end.due).gave_up += 1;
                self.steps.at(at).ended += 1;
            }
            JobOutcome::Unfinished => self.jobs.unfinished += 1,
        }
    }

    /// The group's leaf, when both its books balance.
    pub(crate) fn finish(mut self, group: u32) -> Result<GroupLeaf, Unbalanced> {
        let by_status = (0u16..)
            .zip(self.by_status.iter())
            .filter(|(_, count)| **count > 0)
            .map(|(status, count)| (status, *count))
            .collect::<BTreeMap<u16, u64>>();
        let count = &self.attempts;
        let leaf = Leaf {
            jobs: self.jobs,
            attempts: Attempts {
                sent: count.sent,
                ok: count.ok,
                refused: count.refused,
                failed: count.failed,
                unanswered: count.unanswered,
                cancelled: count.cancelled,
                open: count.open,
                first: count.first,
                by_status,
                refused_by: by_cause(count.refused_by),
                truly: by_cause(count.truly),
            },
            tokens: self.tokens,
            within: self.within,
            times: self.times.map(|timing| timing.extent.sum()),
            gave_up_after: self.gave_up_after.sum(),
            tries: self.tries,
            bounds: self.bounds.iter().map(|bound| bound.jobs).collect(),
            first_429: self.first_429,
            lowest_remaining: self.left.lowest(),
            fairness: self.fairness(),
            herd: self.herd,
            useless: self.useless,
            hedges: self.hedges,
            elsewhere: self.elsewhere,
            bill: None,
        };
        books::check(group, &leaf)?;
        Ok(GroupLeaf {
            leaf,
            times: self.times.map(|timing| timing.spread.sparse()),
            peak: self.left.peak(),
            series: self.slices.series(&mut self.steps),
            over_time: self.stretches.over_time(),
        })
    }

    /// The counts of a client; there are as many as its group has, and no more.
    #[inline]
    fn client(&mut self, number: u32) -> &mut (u64, u64) {
        let number = number as usize;
        if number >= self.clients.len() {
            self.grow(number);
        }
        &mut self.clients[number]
    }

    #[cold]
    fn grow(&mut self, number: usize) {
        self.clients.resize(number + 1, (0, 0));
    }

    fn fairness(&self) -> Fairness {
        let mut fairness = Fairness::default();
        for (offered, answered) in &self.clients {
            fairness.count(*answered, *offered);
        }
        fairness
    }

    /// Counts the status of an attempt that was answered.
    fn answered_with(&mut self, status: Status, end: &AttemptEnd) {
        let slot = if (status.0 as usize) < STATUSES { status.0 as usize } else { 0 };
        self.by_status[slot] += 1;
        if TURNED_AWAY.contains(&status.0) {
            self.times.refusal.add(end.now.since(end.sent));
        }
        if status == Status::TOO_MANY_REQUESTS {
            self.jobs.first_attempt_429 += u64::from(end.n == 1);
            self.steps.at(end.sent).status_429 += 1;
            self.first_429 = Some(self.first_429.map_or(end.now, |first| first.min(end.now)));
        }
    }

    /// How many entries are allocated.
    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        let Times { wait, answer, first_token, service, per_token, refusal } = &self.times;
        let timings = [wait, answer, first_token, service, per_token, refusal];
        timings.iter().map(|timing| timing.spread.allocated()).sum::<usize>()
            + self.steps.allocated()
            + self.stretches.allocated()
            + self.left.allocated()
            + self.bounds.capacity()
            + self.by_status.len()
    }
}

/// Attempts by end, with causes in the order of [`RefusedBy::ALL`].
#[derive(Clone, Debug, Default)]
struct AttemptCounts {
    sent: u64,
    ok: u64,
    refused: u64,
    failed: u64,
    unanswered: u64,
    cancelled: u64,
    open: u64,
    first: u64,
    refused_by: [u64; RefusedBy::ALL.len()],
    truly: [u64; RefusedBy::ALL.len()],
}

fn by_cause(counts: [u64; RefusedBy::ALL.len()]) -> Causes<u64> {
    let mut causes = Causes::default();
    for (cause, count) in RefusedBy::ALL.into_iter().zip(counts) {
        *causes.get_mut(cause) = count;
    }
    causes
}

/// Sum and extremes of some times.
#[derive(Clone, Copy, Debug)]
struct Extent {
    sum: u128,
    least: u64,
    most: u64,
}

impl Extent {
    const fn new() -> Extent {
        // Without samples the shortest lies beyond the longest, which no sample can undo but its own.
        Extent { sum: 0, least: u64::MAX, most: 0 }
    }

    fn add(&mut self, time: Span) {
        self.sum += u128::from(time.nanos());
        self.least = self.least.min(time.nanos());
        self.most = self.most.max(time.nanos());
    }

    fn sum(self) -> TimeSum {
        let any = self.least <= self.most;
        TimeSum { sum: self.sum, least: any.then_some(self.least), most: any.then_some(self.most) }
    }
}

/// How one time was spread.
#[derive(Clone, Debug)]
struct Timing {
    extent: Extent,
    spread: Dense,
}

impl Timing {
    fn new() -> Timing {
        Timing { extent: Extent::new(), spread: Dense::new() }
    }

    /// Adds a time and tells its bin.
    fn add(&mut self, time: Span) -> usize {
        self.extent.add(time);
        let bin = bin(time.nanos());
        self.spread.add_to(bin);
        bin
    }
}

/// One bound, and this group's jobs within it.
#[derive(Clone, Copy, Debug)]
struct BoundCount {
    measure: Measure,
    at_most: Span,
    /// False when the bound is about another group.
    mine: bool,
    jobs: u64,
}

impl BoundCount {
    fn count(&mut self, wait: Span, answer: Span, first_token: Span) {
        let time = match self.measure {
            Measure::Wait => wait,
            Measure::TimeToAnswer | Measure::TimeToOutcome => answer,
            Measure::TimeToFirstToken => first_token,
        };
        self.jobs += u64::from(self.mine && time <= self.at_most);
    }
}
