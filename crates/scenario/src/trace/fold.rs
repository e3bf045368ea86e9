//! Attempts folded back into the jobs that they were attempts at.
//!
//! ```text
//!   rows ──► in the order of time, as far as so many rows reach
//!              │
//!              ├─ failed ───► waits for its retry, so long as one may come ──► never answered
//!              └─ answered ─► ends the job that waits for it, or is one by itself
//! ```
//!
//! A row belongs to a waiting job by the id that both have; else by the count of retries, which is
//! one more than the last; else by model, client and prompt; else, where a refused row does not
//! say how long its prompt was, by model and client alone, the one that has waited longest first.
//! The last way is a guess, and how much hangs on it is counted.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use limits::Span;

use super::columns::NoRoom;
use super::need::Attempts;
use super::row::{Outcome, Row, Sink, Skipped};
use super::waiting::{Key, Waiting};

/// So many rows are held back to bring them into order: a log is written when attempts end, so
/// those that overlap stand in any order.
const HELD: usize = 1 << 16;

/// Models that are told apart by name; the rest is one more.
const MOST_MODELS: usize = 256;

/// Jobs without lengths that came before any with them are held back, so many at most.
const MOST_UNFILLED: usize = 1 << 16;

/// A job, as far as a log tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) struct Job {
    /// When it was due: when its first attempt began, in nanoseconds from any moment.
    pub(crate) at: i128,
    /// Tokens of its prompt.
    pub(crate) prompt: u32,
    /// Tokens of its answer.
    pub(crate) answer: u32,
    /// Its model, by position among the names; zero is that of rows which name none.
    pub(crate) model: u32,
}

/// Where jobs go: as soon as they are over, so not in the order of time.
pub(crate) trait Jobs {
    /// Takes a job.
    fn job(&mut self, job: Job) -> Result<(), NoRoom>;
}

/// What became of the rows of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folded {
    /// How many attempts there were.
    pub attempts: u64,
    /// How many jobs they were attempts at.
    pub jobs: u64,
    /// Attempts that were known for a further one by the id of their job.
    pub by_id: u64,
    /// By the count of retries.
    pub by_count: u64,
    /// By model, client and prompt.
    pub by_prompt: u64,
    /// By time, model and client alone, for want of anything better: a guess.
    pub by_time: u64,
    /// Jobs that were never answered.
    pub unanswered: u64,
    /// Of those, the ones that were found by no id and no count: a later row may have been theirs.
    pub unsure: u64,
    /// Jobs whose lengths the log does not say: they have those of the answered job before them.
    pub filled: u64,
    /// Jobs with an answer of one token, for want of any answer in the log.
    pub answerless: u64,
}

impl Folded {
    /// What deserves to be told of the folding, a sentence each; nothing where nothing failed.
    pub(super) fn remarks(&self) -> Vec<String> {
        let Folded { attempts, jobs, by_id, by_count, by_prompt, by_time, unanswered, .. } = *self;
        let again = by_id + by_count + by_prompt + by_time;
        let mut told = Vec::new();
        if again > 0 {
            let ways = [
                (by_id, "by their id"),
                (by_count, "by their count of retries"),
                (by_prompt, "by model, client and prompt"),
                (by_time, "by time alone"),
            ];
            let ways = ways.iter().filter(|(count, _)| *count > 0);
            let ways: Vec<String> = ways.map(|(count, way)| format!("{count} {way}")).collect();
            told.push(format!(
                "{attempts} rows are attempts at {jobs} jobs: {again} of them tried again, told {}",
                ways.join(", ")
            ));
        }
        let (least, most) = self.bounds();
        if least < most {
            told.push(format!(
                "the number of jobs lies between {least} and {most}, by how failed rows belong \
                 together, and is taken for {jobs}; each row as a job would be {attempts}"
            ));
        }
        if unanswered > 0 {
            let filled = self.filled;
            told.push(format!(
                "{unanswered} jobs were never answered; {filled} have lengths of the answered job \
                 before them, as the log says none"
            ));
        }
        if self.answerless > 0 {
            told.push(format!(
                "{} jobs have answers of one token, as no row before them was answered",
                self.answerless
            ));
        }
        told
    }

    /// Between how many and how many jobs there were.
    #[must_use]
    pub const fn bounds(&self) -> (u64, u64) {
        // Two jobs may be of one length: only an id or a count makes sure.
        (self.jobs.saturating_sub(self.unsure), self.jobs + self.by_prompt + self.by_time)
    }
}

/// What is counted besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(super) folded: Folded,
    pub(super) out_of_order: u64,
    pub(super) failed: u64,
    pub(super) invalid: u64,
    pub(super) cached: u64,
    pub(super) other: u64,
    /// Failed attempts that say an id.
    pub(super) failed_with_id: u64,
}

/// An attempt, with times from the first row of the file.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Attempt {
    pub(super) at: i64,
    /// The place in the file, which settles ties.
    place: u64,
    pub(super) ended: i64,
    pub(super) failed: bool,
    pub(super) prompt: Option<u32>,
    pub(super) answer: Option<u32>,
    pub(super) model: u32,
    pub(super) client: u64,
    pub(super) id: Option<u64>,
    pub(super) retry: Option<u32>,
}

/// Rows on their way to jobs.
pub(super) struct Fold<J> {
    attempts: Attempts,
    jobs: J,
    tally: Tally,
    models: Vec<String>,
    first: Option<i128>,
    latest: i64,
    rows: u64,
    held: BinaryHeap<Reverse<Attempt>>,
    waiting: Waiting,
    /// The lengths of the answered job before, by model, and whatever the model.
    lengths: BTreeMap<u32, (u32, u32)>,
    last: Option<(u32, u32)>,
    unfilled: Vec<(i64, Option<u32>, u32)>,
}

impl<J: Jobs> Fold<J> {
    pub(super) fn new(attempts: Attempts, jobs: J) -> Fold<J> {
        let within = match attempts {
            Attempts::Fold { within } => within,
            Attempts::LeaveOut | Attempts::AsJobs => Span::ZERO,
        };
        Fold {
            attempts,
            jobs,
            tally: Tally::default(),
            models: vec![String::new()],
            first: None,
            latest: i64::MIN,
            rows: 0,
            held: BinaryHeap::new(),
            waiting: Waiting::new(within),
            lengths: BTreeMap::new(),
            last: None,
            unfilled: Vec::new(),
        }
    }

    /// No row is left: what waits is never answered. The names of models begin with that of none.
    pub(super) fn finish(mut self) -> Result<(J, Tally, Vec<String>), NoRoom> {
        while let Some(Reverse(attempt)) = self.held.pop() {
            self.settle(attempt)?;
        }
        for waited in self.waiting.all() {
            self.never_answered(&waited)?;
        }
        // Nothing was ever answered, so nobody knows how long anything was.
        let unfilled = core::mem::take(&mut self.unfilled);
        if self.attempts == Attempts::AsJobs {
            for (due, prompt, model) in unfilled {
                self.give_unanswered(due, prompt, model)?;
            }
        } else if !unfilled.is_empty() {
            self.tally.failed += core::mem::take(&mut self.tally.folded.attempts);
        }
        Ok((self.jobs, self.tally, self.models))
    }

    fn model(&mut self, name: Option<&str>) -> u32 {
        let Some(name) = name else { return 0 };
        let known = self.models.iter().position(|known| known == name);
        let position = known.unwrap_or_else(|| {
            if self.models.len() < MOST_MODELS {
                self.models.push(name.to_owned());
            }
            self.models.len() - 1
        });
        u32::try_from(position).unwrap_or(0)
    }

    /// The next attempt in the order of time.
    fn settle(&mut self, attempt: Attempt) -> Result<(), NoRoom> {
        for waited in self.waiting.until(attempt.at) {
            self.never_answered(&waited)?;
        }
        let found = self.waiting.find(&attempt);
        if let Some((key, _)) = &found {
            let folded = &mut self.tally.folded;
            match key {
                Key::Id(_) => folded.by_id += 1,
                Key::Count { .. } => folded.by_count += 1,
                Key::Alike { prompt: Some(_), .. } => folded.by_prompt += 1,
                Key::Alike { prompt: None, .. } => folded.by_time += 1,
            }
        }
        let before = found.map(|(_, before)| before);
        if attempt.failed {
            self.waiting.wait(&attempt, before);
            return Ok(());
        }
        let due = before.as_ref().map_or(attempt.at, |before| before.due);
        let prompt = attempt.prompt.or(before.and_then(|before| before.prompt));
        self.give(due, prompt, attempt.answer, attempt.model)
    }

    fn never_answered(&mut self, waited: &super::waiting::Waited) -> Result<(), NoRoom> {
        self.tally.folded.unanswered += 1;
        self.tally.folded.unsure += u64::from(matches!(waited.key, Key::Alike { .. }));
        self.give(waited.due, waited.prompt, None, waited.model)
    }

    /// Hands a job on; what is not known of its lengths is taken from the answered job before.
    fn give(
        &mut self,
        due: i64,
        prompt: Option<u32>,
        answer: Option<u32>,
        model: u32,
    ) -> Result<(), NoRoom> {
        if let (Some(prompt), Some(answer)) = (prompt, answer) {
            self.lengths.insert(model, (prompt, answer));
            self.last = Some((prompt, answer));
            for (due, prompt, model) in core::mem::take(&mut self.unfilled) {
                self.give(due, prompt, None, model)?;
            }
            return self.push(due, prompt, answer, model);
        }
        match self.lengths.get(&model).copied().or(self.last) {
            Some((usual_prompt, usual_answer)) => {
                self.tally.folded.filled += 1;
                let (prompt, answer) =
                    (prompt.unwrap_or(usual_prompt), answer.unwrap_or(usual_answer));
                self.push(due, prompt, answer, model)
            }
            None if self.unfilled.len() < MOST_UNFILLED => {
                self.unfilled.push((due, prompt, model));
                Ok(())
            }
            None => self.give_unanswered(due, prompt, model),
        }
    }

    /// Hands on what came before any answer, so far as each row is a job and says its prompt: its
    /// answer has the least length.
    fn give_unanswered(&mut self, due: i64, prompt: Option<u32>, model: u32) -> Result<(), NoRoom> {
        if let (Attempts::AsJobs, Some(prompt)) = (self.attempts, prompt) {
            self.tally.folded.answerless += 1;
            return self.push(due, prompt, 1, model);
        }
        self.tally.failed += 1;
        self.tally.folded.attempts = self.tally.folded.attempts.saturating_sub(1);
        Ok(())
    }

    fn push(&mut self, due: i64, prompt: u32, answer: u32, model: u32) -> Result<(), NoRoom> {
        self.tally.folded.jobs += 1;
        let at = self.first.unwrap_or(0) + i128::from(due);
        self.jobs.job(Job { at, prompt, answer, model })
    }
}

impl<J: Jobs> Sink for Fold<J> {
    fn row(&mut self, row: Row<'_>) -> Result<(), NoRoom> {
        if row.outcome == Outcome::Invalid {
            self.tally.invalid += 1;
            return Ok(());
        }
        let failed = row.outcome == Outcome::Failed;
        if failed && self.attempts == Attempts::LeaveOut {
            self.tally.failed += 1;
            return Ok(());
        }
        let first = *self.first.get_or_insert(row.at);
        let since = |at: i128| at.checked_sub(first).and_then(|at| i64::try_from(at).ok());
        let at = since(row.at).ok_or(NoRoom::FarAway)?;
        let ended = row.ended.and_then(since).unwrap_or(at).max(at);
        self.tally.out_of_order += u64::from(at < self.latest);
        self.latest = self.latest.max(at);
        self.tally.folded.attempts += 1;
        let model = self.model(row.marks.model.as_deref());
        if !matches!(self.attempts, Attempts::Fold { .. }) {
            return self.give(at, row.prompt, row.answer.filter(|_| !failed), model);
        }
        self.tally.failed_with_id += u64::from(failed && row.marks.id.is_some());
        self.rows += 1;
        self.held.push(Reverse(Attempt {
            at,
            place: self.rows,
            ended,
            failed,
            prompt: row.prompt,
            answer: row.answer,
            model,
            client: row.marks.client.unwrap_or(0),
            id: row.marks.id,
            retry: row.marks.retry,
        }));
        match self.held.pop() {
            Some(Reverse(attempt)) if self.held.len() >= HELD => self.settle(attempt),
            Some(early) => {
                self.held.push(early);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn skip(&mut self, why: Skipped) {
        match why {
            Skipped::Failed => self.tally.failed += 1,
            Skipped::Cached => self.tally.cached += 1,
            Skipped::Other => self.tally.other += 1,
        }
    }
}
