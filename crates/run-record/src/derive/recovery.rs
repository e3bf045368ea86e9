//! How a run got over what happened to it.
//!
//! A trigger is an event that ends: an outage, a restart. Its band is what was usual before it, and
//! it is got over from the first moment on from which every ten steps together stay within, until the
//! next trigger or until no more jobs fall due:
//!
//! ```text
//!          before (at most 60 steps)     trigger      got over
//!   ────────────────────────────────────┤■■■■■■■■■├──────┤───────────────── for good
//!   mean ± width of its ten-step windows           every ten steps from here on are within
//! ```
//!
//! What is held against the band is the share of attempts that were answered 429 or failed, and the
//! number of jobs in hand. A band reaches four standard deviations of the windows before above their
//! mean, and at least five points of the share, and half of the jobs in hand and one job a replication.
//! What is under way before anything could be usual, such as failures from the first second on, is
//! part of what was usual before the next trigger.
//! Where more and more jobs were in hand before anything happened, so that the later half of those
//! windows lies above such a band of the earlier, nothing was usual that could come back.

use limits::{Instant, Span};

use crate::cell::GroupCell;
use crate::circumstances::EventNote;
use crate::derive::seconds;
use crate::header::Header;
use crate::series::Series;
use crate::summary::RecoverySummary;

/// Steps that are looked at together.
const TOGETHER: usize = 10;
/// Steps before a trigger that say what was usual.
const BEFORE: usize = 60;
/// How many standard deviations a band is wide.
const DEVIATIONS: f64 = 4.0;
/// The least that a share may be above what is usual.
const SHARE_ABOVE: f64 = 0.05;
/// The least that the jobs in hand may be above what is usual, as a part of it.
const HAND_ABOVE: f64 = 0.5;

/// How a trigger was got over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Recovery<'h> {
    /// What it was.
    pub event: &'h EventNote,
    /// When it was over.
    pub ends: Span,
    /// How long after its end things were as before it, to a step of the series, and stayed so; none
    /// where they never were, and where nobody can tell: too little is known of what was before, or
    /// of what came after.
    pub after: Option<Span>,
    /// Whether they never were again while jobs fell due.
    pub metastable: bool,
}

/// How each trigger of a run was got over, in the order of their beginnings, from what happened when,
/// over so many replications.
#[must_use]
pub fn recovery<'h>(header: &'h Header, series: &Series, replications: u32) -> Vec<Recovery<'h>> {
    let course = Course::of(series, header.lasts, replications);
    let mut triggers: Vec<Trigger<'h>> =
        header.events.iter().filter_map(|event| Trigger::of(event, series.width)).collect();
    triggers.sort_by_key(|trigger| (trigger.event.begins, trigger.ends));
    let bands: Vec<Option<Band>> = bands(&course, &triggers);
    // The last to end first: one that another interrupts is got over when that one is.
    let mut order: Vec<usize> = (0..triggers.len()).collect();
    order.sort_by_key(|index| triggers.get(*index).map(|trigger| core::cmp::Reverse(trigger.ends)));
    let mut found: Vec<Outcome> = vec![Outcome::Unknown; triggers.len()];
    for index in order {
        let Some(trigger) = triggers.get(index) else { continue };
        // One that has been there since before anything was usual interrupts nothing.
        let later = triggers.iter().enumerate().filter(|(_, other)| {
            other.ends > trigger.ends && (other.first > trigger.first || !other.is_given())
        });
        let next = later.min_by_key(|(_, other)| other.event.begins);
        let outcome = course.got_over(
            trigger,
            bands.get(index).copied().flatten(),
            next.map(|(_, other)| other.first),
        );
        let outcome = match (outcome, next) {
            (Outcome::Never, Some((next, _))) => {
                found.get(next).copied().unwrap_or(Outcome::Unknown)
            }
            (outcome, _) => outcome,
        };
        if let Some(place) = found.get_mut(index) {
            *place = outcome;
        }
    }
    let told = |(trigger, outcome): (&Trigger<'h>, Outcome)| Recovery {
        event: trigger.event,
        ends: trigger.ends,
        after: match outcome {
            Outcome::At(step) => {
                let at = Instant::START.after(series.width.times(step as u64));
                Some(at.since(Instant::START.after(trigger.ends)))
            }
            Outcome::Never | Outcome::Unknown => None,
        },
        metastable: outcome == Outcome::Never,
    };
    triggers.iter().zip(found).map(told).collect()
}

/// The same in the summary document; none where nobody kept what happened when.
pub(crate) fn rows(header: &Header, group: &GroupCell) -> Option<Vec<RecoverySummary>> {
    let replications = u32::try_from(group.leaves().len()).unwrap_or(u32::MAX);
    let told = |recovery: Recovery<'_>| RecoverySummary {
        event: recovery.event.says.clone(),
        begins_s: seconds(recovery.event.begins),
        ends_s: seconds(recovery.ends),
        recovered_after_s: recovery.after.map(seconds),
        metastable: recovery.metastable,
    };
    Some(recovery(header, group.series()?, replications).into_iter().map(told).collect())
}

/// An event that ends.
struct Trigger<'h> {
    event: &'h EventNote,
    ends: Span,
    /// The step that it begins in.
    first: usize,
    /// The first whole step after it.
    after: usize,
}

impl<'h> Trigger<'h> {
    fn of(event: &'h EventNote, width: Span) -> Option<Self> {
        let ends = event.ends?;
        let width = width.nanos().max(1);
        let step = |number: u64| usize::try_from(number).unwrap_or(usize::MAX);
        Some(Self {
            event,
            ends,
            first: step(event.begins.nanos() / width),
            after: step(ends.nanos().div_ceil(width)),
        })
    }
}

impl Trigger<'_> {
    /// Whether it began before anything could be usual.
    const fn is_given(&self) -> bool {
        self.first < TOGETHER
    }
}

/// When a trigger was got over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Outcome {
    At(usize),
    Never,
    Unknown,
}

/// The most that is usual, over ten steps.
#[derive(Clone, Copy, Debug)]
struct Band {
    share: f64,
    in_hand: f64,
}

/// What was usual before each trigger: since the last one was got over. One that comes before that
/// has that one's band.
fn bands(course: &Course, triggers: &[Trigger<'_>]) -> Vec<Option<Band>> {
    let mut bands: Vec<Option<Band>> = Vec::with_capacity(triggers.len());
    for trigger in triggers {
        let before = triggers.iter().zip(&bands).max_by_key(|(other, _)| other.after);
        let own = |free: usize| {
            let from = free.max(trigger.first.saturating_sub(BEFORE));
            course.band(from, trigger.first)
        };
        bands.push(match before {
            None => own(0),
            // What holds since nothing was known is itself what is usual.
            Some((other, None)) if other.is_given() && other.after > trigger.first => own(0),
            Some((other, band)) => match course.got_over(other, *band, Some(trigger.first)) {
                Outcome::At(step) => own(step).or(*band),
                Outcome::Never | Outcome::Unknown => *band,
            },
        });
    }
    bands
}

/// What a series says of each step while jobs fell due.
struct Course {
    sent: Vec<u64>,
    refused: Vec<u64>,
    in_hand: Vec<u64>,
    replications: f64,
}

impl Course {
    fn of(series: &Series, lasts: Span, replications: u32) -> Self {
        let steps = lasts.nanos() / series.width.nanos().max(1);
        let steps = u32::try_from(steps).unwrap_or(u32::MAX).min(series.steps);
        let (mut due, mut ended) = (0_u64, 0_u64);
        let in_hand = (0..steps).map(|step| {
            due = due.saturating_add(series.jobs_due.get(step));
            ended = ended.saturating_add(series.ended.get(step));
            due.saturating_sub(ended)
        });
        let in_hand = in_hand.collect();
        let refused = |step| series.status_429.get(step).saturating_add(series.failed.get(step));
        Self {
            sent: (0..steps).map(|step| series.sent.get(step)).collect(),
            refused: (0..steps).map(refused).collect(),
            in_hand,
            replications: f64::from(replications),
        }
    }

    /// The ten steps from this one on: the share refused, and the jobs in hand in the mean. None
    /// where there are not as many before `end`.
    fn window(&self, from: usize, end: usize) -> Option<(f64, f64)> {
        let until = from.checked_add(TOGETHER).filter(|until| *until <= end)?;
        let sum = |counts: &[u64]| Some(counts.get(from..until)?.iter().sum::<u64>() as f64);
        let (sent, refused, in_hand) = (sum(&self.sent)?, sum(&self.refused)?, sum(&self.in_hand)?);
        let share = if sent > 0.0 { refused / sent } else { 0.0 };
        Some((share, in_hand / TOGETHER as f64))
    }

    /// What was usual from one step up to another; none where that is no more than nothing.
    fn band(&self, from: usize, end: usize) -> Option<Band> {
        let windows: Vec<(f64, f64)> = (from..end).map_while(|at| self.window(at, end)).collect();
        let (share, wide) = spread(windows.iter().map(|window| window.0))?;
        let in_hand = || windows.iter().map(|window| window.1);
        let (hand, tall) = spread(in_hand())?;
        let (early, late) = (in_hand().take(windows.len() / 2), in_hand().skip(windows.len() / 2));
        if let (Some((early, _)), Some((late, _))) = (spread(early), spread(late))
            && late > early + HAND_ABOVE * early + self.replications
        {
            return None;
        }
        Some(Band {
            share: share + (DEVIATIONS * wide).max(SHARE_ABOVE),
            in_hand: hand + (DEVIATIONS * tall).max(HAND_ABOVE * hand + self.replications),
        })
    }

    /// When a trigger was got over, before the step in which another one interrupts.
    fn got_over(&self, trigger: &Trigger<'_>, band: Option<Band>, next: Option<usize>) -> Outcome {
        let end = next.map_or(self.sent.len(), |next| next.min(self.sent.len()));
        let Some(band) = band else { return Outcome::Unknown };
        let within = |at| {
            let (share, in_hand) = self.window(at, end)?;
            Some(share <= band.share && in_hand <= band.in_hand)
        };
        let windows: Vec<bool> = (trigger.after..end).map_while(within).collect();
        match windows.iter().rposition(|within| !within) {
            // Nothing can be seen of it, unless what interrupts it ends.
            None if windows.is_empty() && next.is_none() => Outcome::Unknown,
            None if windows.is_empty() => Outcome::Never,
            None => Outcome::At(trigger.after),
            Some(last) if last + 1 == windows.len() => Outcome::Never,
            Some(last) => Outcome::At(trigger.after + last + 1),
        }
    }
}

/// Mean and standard deviation; none of nothing.
fn spread(values: impl Iterator<Item = f64> + Clone) -> Option<(f64, f64)> {
    let count = values.clone().count();
    if count == 0 {
        return None;
    }
    let count = count as f64;
    let mean = values.clone().sum::<f64>() / count;
    let squares = values.map(|value| (value - mean) * (value - mean)).sum::<f64>();
    Some((mean, (squares / count).sqrt()))
}
