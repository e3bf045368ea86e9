//! A scenario from a log: what its traffic is like, in laws that can be read and changed.
//!
//! ```text
//!   rows ── fold ──► jobs ──► Sketch ──► Inferred ──► text of a scenario
//!                              counts by second,        │
//!                              lengths, gaps, a sample  └─► drawn from: Sketch ──► how well it fits
//! ```
//!
//! A log is read once and never held: what is kept of it is bounded, however long it is. Counts
//! by second are joined two by two where a log is longer than a day and a half, lengths are counted
//! in bins of a sixty-fourth of an octave for a hundred stretches of time, and what goes together
//! is told from a sample.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::io::BufRead;

use chance::Seed;

use crate::scenario::Scenario;
use crate::timeline::Timeline;
use crate::trace::{Attempts, Job, Jobs, NoRoom, Reading, TraceFault, TraceFormat, read_jobs};

mod counts;
mod drifting;
mod fit;
mod histogram;
mod sample;
mod series;
mod text;
mod told;

pub use fit::{Inferred, Without};
use histogram::Histogram;
use series::Series;
pub use text::Heading;

/// Models whose jobs are sketched apart; those of further ones are sketched together.
const MOST_SERIES: usize = 16;

/// The place of the models that are sketched together.
const OTHERS: u32 = u32::MAX;

/// So many jobs are held back to bring them into order: they come when they are over.
const HELD: usize = 1 << 16;

/// What a log is like.
#[derive(Debug, Default)]
pub struct Sketch {
    /// Where the clocks of all series begin.
    origin: Option<i128>,
    series: BTreeMap<u32, Series>,
    models: Vec<String>,
    /// From one job to the next, whatever their models, in nanoseconds.
    gaps: Histogram,
    last: Option<i64>,
    held: BinaryHeap<Reverse<Held>>,
    count: u64,
    number: u64,
    /// What a stamp stands for where it stands for more than an instant, in nanoseconds.
    tick: Option<i128>,
    /// Jobs of one stamp, until the next one says how wide theirs is.
    alike: Vec<Held>,
    /// What became of its rows, a sentence each.
    remarks: Vec<String>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Held {
    at: i128,
    number: u64,
    prompt: u32,
    answer: u32,
    model: u32,
}

impl Sketch {
    /// Reads a log to its end. `name` is what faults call it.
    pub fn read(
        name: &str,
        input: impl BufRead,
        format: &TraceFormat,
        attempts: Attempts,
    ) -> Result<Sketch, TraceFault> {
        let is_mooncake = matches!(format, TraceFormat::Mooncake);
        let is_burstgpt = matches!(format, TraceFormat::BurstGpt);
        let tick = is_mooncake.then_some(3_000_000_000);
        let tick = tick.or(is_burstgpt.then_some(1_000_000_000));
        let empty = Sketch { tick, ..Sketch::default() };
        let (mut sketch, tally, models) = read_jobs(name, input, format, attempts, empty)?;
        sketch.all_came();
        sketch.models = models;
        let reading = Reading::of(crate::trace::Trace::default(), tally);
        if sketch.count == 0 {
            return Err(reading.nothing_left(name, format, attempts));
        }
        sketch.remarks = reading.remarks();
        Ok(sketch)
    }

    /// What a scenario's own draws are like, under its first seed: a series for each group.
    #[must_use]
    pub fn of(scenario: &Scenario) -> Sketch {
        let mut sketch = Sketch::default();
        for arrival in Timeline::of(scenario, Seed(scenario.seed)) {
            let at = i128::from(arrival.due.nanos());
            let model = arrival.group + 1;
            sketch.sketch(Job { at, prompt: arrival.prompt, answer: arrival.answer, model });
        }
        let names = scenario.groups.iter().map(|group| group.model.name().to_owned());
        sketch.models = core::iter::once(String::new()).chain(names).collect();
        sketch
    }

    /// What became of the log's rows, a sentence each.
    #[must_use]
    pub fn remarks(&self) -> &[String] {
        &self.remarks
    }

    /// How many models there were, as far as they were told apart.
    #[must_use]
    pub fn models(&self) -> usize {
        self.series.len()
    }

    /// How many jobs there were.
    #[must_use]
    pub const fn jobs(&self) -> u64 {
        self.count
    }

    fn sketch(&mut self, job: Job) {
        self.count += 1;
        let origin = *self.origin.get_or_insert(job.at);
        let known = self.series.contains_key(&job.model) || self.series.len() < MOST_SERIES;
        let place = if known { job.model } else { OTHERS };
        let at = i64::try_from(job.at - origin).unwrap_or(i64::MAX);
        self.series.entry(place).or_default().add(at, job.prompt, job.answer);
        if let Some(last) = self.last {
            // One that comes late, beyond what is held back, has no gap of its own.
            self.gaps.add(u64::try_from(at.saturating_sub(last)).unwrap_or(0));
        }
        self.last = self.last.max(Some(at));
    }

    fn all_came(&mut self) {
        while let Some(Reverse(held)) = self.held.pop() {
            self.take(held);
        }
        self.spread(None);
    }

    /// The next job in the order of time.
    fn take(&mut self, held: Held) {
        if self.tick.is_some() {
            if self.alike.first().is_some_and(|first| first.at != held.at) {
                self.spread(Some(held.at));
            }
            self.alike.push(held);
            return;
        }
        let Held { at, prompt, answer, model, .. } = held;
        self.sketch(Job { at, prompt, answer, model });
    }

    /// Rows of one stamp, evenly up to the next one, or over one tick at a pause.
    fn spread(&mut self, next: Option<i128>) {
        let alike = core::mem::take(&mut self.alike);
        let (Some(first), Some(tick)) = (alike.first(), self.tick) else { return };
        let stamp = first.at;
        let width = next.map(|next| next - stamp).filter(|width| *width < 2 * tick);
        let width = width.unwrap_or(tick);
        let count = i128::try_from(alike.len()).unwrap_or(i128::MAX);
        for (place, held) in (0..).zip(&alike) {
            let at = stamp + width * place / count;
            let Held { prompt, answer, model, .. } = *held;
            self.sketch(Job { at, prompt, answer, model });
        }
    }
}

impl Jobs for Sketch {
    fn job(&mut self, job: Job) -> Result<(), NoRoom> {
        let Job { at, prompt, answer, model } = job;
        let number = self.number;
        self.number += 1;
        self.held.push(Reverse(Held { at, number, prompt, answer, model }));
        if self.held.len() > HELD
            && let Some(Reverse(first)) = self.held.pop()
        {
            self.take(first);
        }
        Ok(())
    }
}
