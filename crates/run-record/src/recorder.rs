//! Counting while a run happens.
//!
//! This is on the path of every event of a simulation, so it adds integers to places that were
//! allocated once: nothing is allocated per event, nothing is drawn, nothing is formatted, and what
//! is allocated does not depend on the length of the run.

use limits::{Instant, Span};
use wire::{Status, Usage};

use crate::attempt::Attempt;
use crate::books::Unbalanced;
use crate::expectation::Measure;
use crate::fleet::Why;
use crate::headroom::Minute;
use crate::leaf::{GroupLeaf, RefusedBy};
use crate::tally::Tally;

/// What a recorder must know of its cell beforehand.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct CellSpec {
    /// How long jobs keep falling due.
    pub lasts: Span,
    /// How long the run goes on after that.
    pub drain: Span,
    /// How many groups there are.
    pub groups: u32,
    /// Bounds whose jobs are to be counted exactly.
    pub bounds: Vec<Bound>,
    /// How long the windows of the limit on requests are, the shortest of several; none where it is
    /// not counted in windows.
    pub window: Option<Span>,
}

/// Jobs within this bound are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Bound {
    /// The time that is bounded.
    pub measure: Measure,
    /// The longest that is within.
    pub at_most: Span,
    /// Jobs of this group only, by its number.
    pub group: Option<u32>,
}

/// How an attempt ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AttemptEnd {
    /// Its job's number within the group, from zero.
    pub job: u64,
    /// Which attempt of that job it was, from one.
    pub n: u32,
    /// When it was sent.
    pub sent: Instant,
    /// When the client knew.
    pub now: Instant,
    /// What the client received.
    pub how: AttemptOutcome,
}

/// What a client received for an attempt.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AttemptOutcome {
    /// A complete answer.
    Ok(Usage),
    /// A status of 4xx.
    Refused {
        /// The status.
        status: Status,
        /// The cause as the client could read it.
        cause: RefusedBy,
        /// The cause as the service knew it; what the client read where nobody knows better.
        truly: RefusedBy,
    },
    /// A status of 5xx, an error inside a stream, or a stream cut short.
    Failed {
        /// The status of the answer's head.
        status: Status,
    },
    /// Nothing.
    Unanswered,
    /// The client gave it up while it was under way.
    Cancelled,
    /// Still under way when the run ended.
    Open,
}

impl AttemptOutcome {
    /// An answer that is not a success, by its status: a 4xx refuses, any other is a failure.
    #[must_use]
    pub const fn turned_away(status: Status, cause: RefusedBy, truly: RefusedBy) -> Self {
        if status.is_client_error() {
            Self::Refused { status, cause, truly }
        } else {
            Self::Failed { status }
        }
    }
}

/// How a job ended.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct JobEnd {
    /// When it fell due.
    pub due: Instant,
    /// How long after that an answer is still in time; without one, every answer is.
    pub deadline: Option<Span>,
    /// Which of its group's clients had it.
    pub client: u32,
    /// Attempts it took in all.
    pub attempts: u32,
    /// What became of it.
    pub how: JobOutcome,
}

impl JobEnd {
    /// Whether an answer whose last byte came then kept the deadline.
    pub(crate) fn is_in_time(&self, answered: Instant) -> bool {
        self.deadline.is_none_or(|deadline| answered.since(self.due) <= deadline)
    }
}

/// What became of a job.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum JobOutcome {
    /// It was answered completely.
    Answered {
        /// When the successful attempt was sent.
        sent: Instant,
        /// When its first token arrived.
        first_token: Instant,
        /// When its last byte arrived.
        answered: Instant,
        /// Its tokens.
        usage: Usage,
    },
    /// Its strategy gave up.
    GaveUp {
        /// When.
        at: Instant,
    },
    /// The run ended first.
    Unfinished,
}

/// Counts one replication of one cell, per group.
///
/// ```
/// use limits::{Instant, Span};
/// use run_record::{AttemptEnd, AttemptOutcome, CellSpec, JobEnd, JobOutcome, Recorder};
/// use wire::Usage;
///
/// let lasts = Span::from_secs(60);
/// let mut recorder =
///     Recorder::new(&CellSpec { lasts, groups: 1, ..CellSpec::default() });
///
/// let (due, answered) = (Instant::START, Instant::START.after(Span::from_secs(2)));
/// let usage = Usage { prompt: 900, completion: 300 };
/// recorder.offered(0, due, usage);
/// recorder.sent(0, due, true);
/// let how = AttemptOutcome::Ok(usage);
/// recorder.attempt_ended(0, AttemptEnd { job: 0, n: 1, sent: due, now: answered, how });
/// let how = JobOutcome::Answered { sent: due, first_token: answered, answered, usage };
/// recorder.job_ended(0, JobEnd { due, deadline: None, client: 0, attempts: 1, how });
///
/// let groups = recorder.finish().unwrap();
/// assert_eq!(groups[0].leaf.jobs.in_time, 1);
/// assert_eq!(groups[0].leaf.tokens.in_time.total(), 1_200);
/// ```
#[derive(Clone, Debug)]
pub struct Recorder {
    pub(crate) groups: Vec<Tally>,
    /// What is known of the minute under way.
    pub(crate) minute: Minute,
    /// Every attempt that ended, in the order of their ends, where somebody wants them.
    log: Option<Vec<Attempt>>,
    /// Events of groups that do not exist.
    strays: u64,
}

impl Recorder {
    /// A recorder for one replication of a cell; all that it will ever need is allocated here.
    #[must_use]
    pub fn new(spec: &CellSpec) -> Recorder {
        let groups = (0..spec.groups).map(|group| Tally::new(spec, group)).collect();
        Recorder { groups, minute: Minute::default(), log: None, strays: 0 }
    }

    /// The same, which also keeps every attempt; that grows with the run.
    #[must_use]
    pub fn logging(self) -> Recorder {
        Recorder { log: Some(Vec::new()), ..self }
    }

    /// A job fell due, with the tokens it will have once it is answered.
    #[inline]
    pub fn offered(&mut self, group: u32, due: Instant, tokens: Usage) {
        self.arrived(due);
        if let Some(group) = self.group(group) {
            group.offered(due, tokens);
        }
    }

    /// An attempt leaves a client; `first` when it is its job's first.
    #[inline]
    pub fn sent(&mut self, group: u32, now: Instant, first: bool) {
        if let Some(group) = self.group(group) {
            group.sent(now, first);
        }
    }

    /// An attempt arrived in the window after a reset, whether it was let in or not; `first_tenth`
    /// when it was in the first tenth of it.
    #[inline]
    pub fn after_reset(&mut self, group: u32, first_tenth: bool) {
        if let Some(group) = self.group(group) {
            group.herd.count(first_tenth);
        }
    }

    /// A retry leaves that cannot help, as [`LastWord::makes_useless`] has it.
    ///
    /// [`LastWord::makes_useless`]: crate::LastWord::makes_useless
    pub fn useless(&mut self, group: u32, why: Why) {
        if let Some(group) = self.group(group) {
            group.useless.count(why);
        }
    }

    /// An attempt leaves while another of its job is under way.
    pub fn hedged(&mut self, group: u32) {
        if let Some(group) = self.group(group) {
            group.hedges.sent += 1;
        }
    }

    /// Such an attempt answered its job.
    pub fn hedge_won(&mut self, group: u32) {
        if let Some(group) = self.group(group) {
            group.hedges.won += 1;
        }
    }

    /// An attempt goes elsewhere; that it leaves is told apart, as any other's.
    pub fn sent_elsewhere(&mut self, group: u32) {
        if let Some(group) = self.group(group) {
            group.elsewhere.sent += 1;
        }
    }

    /// A job was answered from elsewhere; that it ended is told apart, with the same end.
    pub fn answered_elsewhere(&mut self, group: u32, end: &JobEnd) {
        if let Some(group) = self.group(group) {
            group.answered_elsewhere(end);
        }
    }

    /// An attempt that its client left elsewhere had used this by then; that it was abandoned is
    /// told apart, as any other's.
    pub fn abandoned_elsewhere(&mut self, group: u32, used: Usage) {
        if let Some(group) = self.group(group) {
            group.elsewhere.abandoned.add(used);
        }
    }

    /// An attempt ended, or the run ended while it was under way.
    #[inline]
    pub fn attempt_ended(&mut self, group: u32, end: AttemptEnd) {
        if let Some(log) = &mut self.log {
            log.push(Attempt { group, end });
        }
        if let Some(group) = self.group(group) {
            group.attempt_ended(&end);
        }
    }

    /// An attempt that its client left had used this by then, and will be charged for it; `n` is
    /// which attempt of its job it was, from one. Its end is told apart, as any other's.
    pub fn abandoned(&mut self, group: u32, n: u32, used: Usage) {
        if let Some(group) = self.group(group) {
            group.abandoned(n, used);
        }
    }

    /// A job ended, or the run ended before it did.
    #[inline]
    pub fn job_ended(&mut self, group: u32, end: JobEnd) {
        if let Some(group) = self.group(group) {
            group.job_ended(&end);
        }
    }

    /// The attempts that ended since this was last asked; none where nobody wanted a log.
    pub fn take_log(&mut self) -> Vec<Attempt> {
        self.log.as_mut().map(std::mem::take).unwrap_or_default()
    }

    /// Closes both books and hands out one leaf per group.
    ///
    /// # Errors
    /// [`Unbalanced`] when an attempt or a job was reported at one of its ends only.
    pub fn finish(mut self) -> Result<Vec<GroupLeaf>, Unbalanced> {
        self.end_minute();
        let groups = u32::try_from(self.groups.len()).unwrap_or(u32::MAX);
        if self.strays > 0 {
            return Err(Unbalanced::UnknownGroup { events: self.strays, groups });
        }
        (0..).zip(self.groups).map(|(number, group)| group.finish(number)).collect()
    }

    #[inline]
    pub(crate) fn group(&mut self, group: u32) -> Option<&mut Tally> {
        let found = self.groups.get_mut(group as usize);
        if found.is_none() {
            self.strays += 1;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::histogram::Histogram;
    use crate::leaf::{Leaf, TokenPair, Tries, Within};
    use crate::series::Column;
    use crate::times::TimeSum;

    const SECOND: u64 = 1_000_000_000;

    fn at(seconds: u64) -> Instant {
        Instant::START.after(Span::from_secs(seconds))
    }

    fn spec(lasts: u64, bounds: Vec<Bound>) -> CellSpec {
        let (lasts, drain) = (Span::from_secs(lasts), Span::from_secs(60));
        CellSpec { lasts, drain, groups: 2, bounds, window: Some(Span::from_secs(2)) }
    }

    fn usage(prompt: u32, completion: u32) -> Usage {
        Usage { prompt, completion }
    }

    /// Five jobs of group 0 in a run of 100 s:
    ///
    /// | due | attempts | end |
    /// |---|---|---|
    /// | 0 | 429, then ok at 10 | answered at 14, in time (20 s) |
    /// | 2 | ok at once | answered at 30, late (20 s) |
    /// | 80 | 503, then ok at 90 | answered at 101, without a deadline |
    /// | 81 | 429, 402, cut with 200, none | gave up at 120 |
    /// | 99 | 429, then one open, one cancelled | unfinished |
    fn five_jobs(recorder: &mut Recorder) {
        let deadline = Some(Span::from_secs(20));
        for due in [0, 2, 80, 81, 99] {
            recorder.offered(0, at(due), usage(100, 10));
        }
        let (other, balance) = (RefusedBy::Other, RefusedBy::Balance);
        let too_many =
            AttemptOutcome::turned_away(Status::TOO_MANY_REQUESTS, other, RefusedBy::Tokens);
        let no_credit = AttemptOutcome::turned_away(Status(402), balance, balance);
        for (job, n, sent, now, how) in [
            (0, 1, 0, 1, too_many),
            (0, 2, 10, 14, AttemptOutcome::Ok(usage(100, 10))),
            (1, 1, 2, 30, AttemptOutcome::Ok(usage(100, 20))),
            (2, 1, 80, 81, AttemptOutcome::turned_away(Status(503), other, other)),
            (2, 2, 90, 101, AttemptOutcome::Ok(usage(100, 30))),
            (3, 1, 81, 82, too_many),
            (3, 2, 83, 84, no_credit),
            (3, 3, 100, 101, AttemptOutcome::Failed { status: Status::OK }),
            (3, 4, 102, 110, AttemptOutcome::Unanswered),
            (4, 1, 99, 100, too_many),
            (4, 2, 130, 160, AttemptOutcome::Open),
            (4, 3, 131, 132, AttemptOutcome::Cancelled),
        ] {
            let (sent, now) = (at(sent), at(now));
            recorder.sent(0, sent, n == 1);
            recorder.attempt_ended(0, AttemptEnd { job, n, sent, now, how });
        }
        let answered = |sent, first_token, answered, completion| JobOutcome::Answered {
            sent: at(sent),
            first_token: at(first_token),
            answered: at(answered),
            usage: usage(100, completion),
        };
        for (due, deadline, attempts, how) in [
            (0, deadline, 2, answered(10, 11, 14, 10)),
            (2, deadline, 1, answered(2, 5, 30, 20)),
            (80, None, 2, answered(90, 91, 101, 30)),
            (81, deadline, 4, JobOutcome::GaveUp { at: at(120) }),
            (99, deadline, 3, JobOutcome::Unfinished),
        ] {
            recorder.job_ended(0, JobEnd { due: at(due), deadline, client: 0, attempts, how });
        }
    }

    fn finished() -> GroupLeaf {
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        five_jobs(&mut recorder);
        recorder.finish().unwrap().remove(0)
    }

    #[test]
    fn jobs_and_attempts_are_counted_by_how_they_ended() {
        let Leaf { jobs, attempts, tries, first_429, .. } = finished().leaf;
        assert_eq!((jobs.offered, jobs.answered, jobs.in_time), (5, 3, 2));
        assert_eq!((jobs.gave_up, jobs.unfinished, jobs.first_attempt_429), (1, 1, 3));
        assert_eq!((attempts.sent, attempts.ok, attempts.refused), (12, 3, 4));
        assert_eq!((attempts.failed, attempts.unanswered), (2, 1));
        assert_eq!((attempts.cancelled, attempts.open, attempts.first), (1, 1, 5));
        assert_eq!(
            attempts.by_status.into_iter().collect::<Vec<_>>(),
            [(200, 4), (402, 1), (429, 3), (503, 1)]
        );
        assert_eq!(tries, Tries([0, 1, 2, 1, 1, 0]));
        assert_eq!(first_429, Some(at(1)));
    }

    #[test]
    fn a_refusal_is_counted_by_what_the_client_read_and_by_what_the_service_knew() {
        let attempts = finished().leaf.attempts;
        assert_eq!((attempts.refused_by.other, attempts.refused_by.balance), (3, 1));
        assert_eq!((attempts.refused_by.tokens, attempts.refused_by.total()), (0, 4));
        assert_eq!((attempts.truly.tokens, attempts.truly.balance), (3, 1));
        assert_eq!((attempts.truly.other, attempts.truly.total()), (0, 4));
    }

    #[test]
    fn times_run_from_due_and_add_up() {
        let GroupLeaf { leaf, times, .. } = finished();
        // Waits 10, 0 and 10 s; answers 14, 28 and 21 s; first tokens 11, 3 and 11 s.
        let sum = |sum: u128, least, most| TimeSum {
            sum: sum * u128::from(SECOND),
            least: Some(least * SECOND),
            most: Some(most * SECOND),
        };
        assert_eq!(leaf.times.wait, sum(20, 0, 10));
        assert_eq!(leaf.times.answer, sum(63, 14, 28));
        assert_eq!(leaf.times.first_token, sum(25, 3, 11));
        assert_eq!(leaf.gave_up_after, sum(39, 39, 39));
        let of = |seconds: [u64; 3]| Histogram::of(seconds.map(|s| s * SECOND));
        assert_eq!(times.wait, of([0, 10, 10]));
        assert_eq!(times.answer, of([14, 21, 28]));
        assert_eq!(times.first_token, of([3, 11, 11]));
    }

    #[test]
    fn times_of_an_attempt_run_from_its_sending_and_refusals_stand_apart() {
        let GroupLeaf { leaf, times, over_time, .. } = finished();
        let nanos = |sum, least, most| TimeSum { sum, least: Some(least), most: Some(most) };
        let whole =
            |sum: u64, least, most| nanos(u128::from(sum * SECOND), least * SECOND, most * SECOND);
        assert_eq!(leaf.times.service, whole(43, 4, 28));
        // Three seconds for nine more tokens, 25 s for nineteen, 10 s for twenty-nine.
        assert_eq!(leaf.times.per_token, nanos(1_993_950_392, 333_333_333, 1_315_789_473));
        // Three 429s, a 402 and a 503; the stream that was cut had begun with 200.
        assert_eq!(leaf.times.refusal, whole(5, 1, 1));
        assert_eq!((times.refusal.count(), leaf.attempts.turned_away()), (5, 5));
        assert_eq!((times.service.count(), times.per_token.count()), (3, 3));
        // Stretches of 5 s: jobs answered fell due in the first and the seventeenth.
        let counts = |of: &[Histogram]| of.iter().map(Histogram::count).collect::<Vec<u64>>();
        let mut expected = vec![0; 17];
        (expected[0], expected[16]) = (2, 1);
        assert_eq!(over_time.width, Span::from_secs(5));
        assert_eq!(counts(&over_time.answer), expected);
        assert_eq!(counts(&over_time.first_token), expected);
    }

    #[test]
    fn an_answer_that_comes_all_at_once_and_one_of_one_token_have_no_time_for_each() {
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        for (first_token, completion) in [(2, 10), (1, 1), (1, 0), (1, 2)] {
            let (usage, first_token) = (usage(1, completion), at(first_token));
            let how = JobOutcome::Answered { sent: at(0), first_token, answered: at(2), usage };
            recorder.offered(0, at(0), usage);
            let end = JobEnd { due: at(0), deadline: None, client: 0, attempts: 0, how };
            recorder.job_ended(0, end);
        }
        let GroupLeaf { times, over_time, .. } = recorder.finish().unwrap().remove(0);
        assert_eq!(times.per_token, Histogram::of([SECOND]));
        assert_eq!(over_time.counts(), [4, 3]);
    }

    #[test]
    fn the_busiest_window_of_each_step_is_kept() {
        let GroupLeaf { series, .. } = finished();
        assert_eq!(series.window, Some(Span::from_secs(2)));
        let counts = series.busiest_window.as_slice().iter().copied().enumerate();
        let counts: Vec<(usize, u64)> = counts.filter(|(_, count)| *count > 0).collect();
        assert_eq!(counts, [(0, 1), (2, 1), (80, 2), (98, 1)]);
    }

    #[test]
    fn tokens_add_up_by_what_became_of_their_job() {
        let tokens = finished().leaf.tokens;
        assert_eq!(tokens.offered, TokenPair { prompt: 500, answer: 50 });
        assert_eq!(tokens.delivered, TokenPair { prompt: 300, answer: 60 });
        assert_eq!(tokens.answered, TokenPair { prompt: 300, answer: 60 });
        assert_eq!(tokens.in_time, TokenPair { prompt: 200, answer: 40 });
        assert_eq!(tokens.in_time.total(), 240);
    }

    #[test]
    fn rates_count_what_happened_before_the_drain() {
        // Eight attempts left before 100 s, the one at 100 s not among them; two answers came
        // before it, one of them in time with 110 tokens.
        assert_eq!(
            finished().leaf.within,
            Within { sent: 8, ok: 2, in_time: 1, in_time_tokens: 110 }
        );
    }

    #[test]
    fn a_series_puts_jobs_where_they_fell_due_and_attempts_where_they_were_sent() {
        let GroupLeaf { leaf, series, .. } = finished();
        assert_eq!((series.width, series.steps), (Span::from_secs(1), 160));
        let counts = |column: &Column| -> Vec<(usize, u64)> {
            let all = column.as_slice().iter().copied().enumerate();
            all.filter(|(_, count)| *count > 0).collect()
        };
        assert_eq!(counts(&series.jobs_due), [(0, 1), (2, 1), (80, 1), (81, 1), (99, 1)]);
        assert_eq!(series.tokens_due.get(80), 110);
        assert_eq!(counts(&series.answered), [(0, 1), (2, 1), (80, 1)]);
        assert_eq!(counts(&series.in_time), [(0, 1), (80, 1)]);
        assert_eq!(counts(&series.gave_up), [(81, 1)]);
        assert_eq!(counts(&series.status_429), [(0, 1), (81, 1), (99, 1)]);
        assert_eq!(counts(&series.refused.tokens), [(0, 1), (81, 1), (99, 1)]);
        assert_eq!(counts(&series.refused.balance), [(83, 1)]);
        assert_eq!(counts(&series.refused.other), []);
        assert_eq!(series.sent.total(), leaf.attempts.sent);
        assert_eq!(series.tokens_due.total(), leaf.tokens.offered.total());
    }

    #[test]
    fn a_deadline_is_kept_to_the_nanosecond() {
        let second = Span::from_nanos(SECOND);
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        for (late, deadline) in [(0, Some(second)), (1, Some(second)), (1, None)] {
            let answered = Instant::from_nanos(SECOND + late);
            let usage = usage(1, 1);
            let how = JobOutcome::Answered { sent: at(0), first_token: answered, answered, usage };
            recorder.offered(0, at(0), usage);
            recorder.job_ended(0, JobEnd { due: at(0), deadline, client: 0, attempts: 0, how });
        }
        assert_eq!(recorder.finish().unwrap()[0].leaf.jobs.in_time, 2);
    }

    #[test]
    fn bounds_count_the_jobs_within_them_exactly() {
        let bound =
            |measure, seconds, group| Bound { measure, at_most: Span::from_secs(seconds), group };
        let mut recorder = Recorder::new(&spec(
            100,
            vec![
                bound(Measure::Wait, 10, None),
                bound(Measure::Wait, 9, Some(0)),
                bound(Measure::Wait, 10, Some(1)),
                bound(Measure::TimeToAnswer, 21, None),
                bound(Measure::TimeToOutcome, 28, None),
                bound(Measure::TimeToFirstToken, 3, None),
            ],
        ));
        five_jobs(&mut recorder);
        let groups = recorder.finish().unwrap();
        assert_eq!(groups[0].leaf.bounds, [3, 1, 0, 2, 3, 1]);
        assert_eq!(groups[1].leaf.bounds, [0, 0, 0, 0, 0, 0]);
    }

    #[test]
    fn a_recorder_that_lost_an_end_refuses() {
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        five_jobs(&mut recorder);
        recorder.sent(0, at(5), true);
        recorder.sent(1, at(5), true);
        let ended = Unbalanced::Attempts { group: 0, sent: 13, ended: 12 };
        assert_eq!(recorder.finish(), Err(ended));

        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        five_jobs(&mut recorder);
        let how = JobOutcome::Unfinished;
        recorder.job_ended(1, JobEnd { due: at(0), deadline: None, client: 0, attempts: 0, how });
        let ended = Unbalanced::Jobs { group: 1, offered: 0, ended: 1 };
        assert_eq!(recorder.finish(), Err(ended));
    }

    #[test]
    fn events_of_a_group_that_does_not_exist_are_not_lost_in_silence() {
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        recorder.offered(2, at(0), usage(1, 1));
        recorder.sent(7, at(0), true);
        assert_eq!(recorder.finish(), Err(Unbalanced::UnknownGroup { events: 2, groups: 2 }));
    }

    #[test]
    fn a_number_that_is_no_status_counts_under_zero() {
        let mut recorder = Recorder::new(&spec(100, Vec::new()));
        for status in [999, 1_000, u16::MAX] {
            let how = AttemptOutcome::Failed { status: Status(status) };
            recorder.sent(0, at(0), true);
            recorder.attempt_ended(0, AttemptEnd { job: 0, n: 1, sent: at(0), now: at(1), how });
        }
        let attempts = recorder.finish().unwrap().remove(0).leaf.attempts;
        assert_eq!(attempts.by_status.into_iter().collect::<Vec<_>>(), [(0, 2), (999, 1)]);
    }

    #[test]
    fn a_longer_run_allocates_no_more() {
        let allocated = |lasts| Recorder::new(&spec(lasts, Vec::new())).groups[0].allocated();
        assert_eq!(allocated(60), allocated(3_600));
        assert_eq!(allocated(3_600), allocated(30 * 86_400));
    }
}
