//! How much of the limits was left when the service let something in.
//!
//! At each admission the service knows the least share that any deciding meter has left. Of all of
//! them the least is kept, and of those in the busiest minute how they were spread, in whole
//! percent: whoever has plenty left at the peak needs no larger tier. The busiest minute is that of
//! the whole run, in which most jobs of all groups fell due, so that what groups kept of it adds
//! up; of several it is the first. Nobody knows it before the run is over, so the minute under way
//! is counted beside the busiest one so far.

use limits::{Instant, Span};
use serde::{Deserialize, Serialize};

use crate::leaf::add;
use crate::recorder::Recorder;

/// Shares are kept in whole percent, rounded down, so that they never say more than was left.
const BINS: usize = 101;
const MILLIONTHS_A_PERCENT: u32 = 10_000;
const MINUTE: Span = Span::from_secs(60);

impl Recorder {
    /// The service let an attempt in, and knew that at least so many millionths of each limit were
    /// left then. Admissions and due jobs must come in the order of time; a drive that does not
    /// see them says nothing, and its run has no headroom.
    #[inline]
    pub fn admitted(&mut self, group: u32, now: Instant, millionths_left: u32) {
        self.come_to(now);
        if let Some(group) = self.group(group) {
            group.left.add(millionths_left);
        }
    }

    /// A job fell due: one more in its minute.
    #[inline]
    pub(crate) fn arrived(&mut self, due: Instant) {
        self.come_to(due);
        self.minute.arrivals += 1;
    }

    #[inline]
    fn come_to(&mut self, now: Instant) {
        if now >= self.minute.ends {
            self.end_minute();
            let minute = now.nanos() / MINUTE.nanos();
            self.minute.ends = Instant::START.after(MINUTE.times(minute + 1));
        }
    }

    /// The minute under way is over: the busiest so far, or forgotten.
    #[cold]
    pub(crate) fn end_minute(&mut self) {
        let Minute { arrivals, most, .. } = &mut self.minute;
        let busiest = *arrivals > *most;
        *most = (*most).max(*arrivals);
        *arrivals = 0;
        for group in &mut self.groups {
            group.left.end_minute(busiest);
        }
    }
}

/// The minute under way, and the arrivals of the busiest one before it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Minute {
    ends: Instant,
    arrivals: u64,
    most: u64,
}

/// What was left at the admissions of one group.
#[derive(Clone, Debug)]
pub(crate) struct Left {
    /// In millionths; beyond all shares before the first admission.
    lowest: u32,
    minute: Box<[u64; BINS]>,
    busiest: Box<[u64; BINS]>,
}

impl Left {
    pub(crate) fn new() -> Left {
        Left { lowest: u32::MAX, minute: Box::new([0; BINS]), busiest: Box::new([0; BINS]) }
    }

    #[inline]
    fn add(&mut self, millionths: u32) {
        self.lowest = self.lowest.min(millionths);
        let percent = (millionths / MILLIONTHS_A_PERCENT) as usize;
        self.minute[percent.min(BINS - 1)] += 1;
    }

    fn end_minute(&mut self, busiest: bool) {
        if busiest {
            std::mem::swap(&mut self.minute, &mut self.busiest);
        }
        self.minute.fill(0);
    }

    /// The least, in millionths; none without an admission.
    pub(crate) fn lowest(&self) -> Option<u32> {
        (self.lowest < u32::MAX).then_some(self.lowest)
    }

    /// What the busiest of the minutes that are over kept.
    pub(crate) fn peak(&self) -> Remaining {
        let bins = (0_u8..).zip(self.busiest.iter().copied());
        Remaining { bins: bins.filter(|(_, count)| *count > 0).collect() }
    }

    #[cfg(test)]
    pub(crate) fn allocated(&self) -> usize {
        self.minute.len() + self.busiest.len()
    }
}

/// Admissions by the share of the limits that was left, in whole percent rounded down.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u8, u64)>", into = "Vec<(u8, u64)>")]
pub struct Remaining {
    /// Ascending, without empty ones.
    bins: Vec<(u8, u64)>,
}

impl Remaining {
    /// How many admissions there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.bins.iter().fold(0, |total, (_, count)| total.saturating_add(*count))
    }

    /// Percent left, ascending, each with its number of admissions.
    pub fn iter(&self) -> impl Iterator<Item = (u8, u64)> {
        self.bins.iter().copied()
    }

    /// The percent that the admission of this rank had left, counted from one, the scarcest first;
    /// none when there are not so many.
    #[must_use]
    pub fn at_rank(&self, rank: u64) -> Option<u8> {
        let mut seen = 0;
        self.iter().find_map(|(percent, count)| {
            add(&mut seen, count);
            (seen >= rank.max(1)).then_some(percent)
        })
    }

    pub(crate) fn absorb(&mut self, other: &Remaining) {
        for (percent, count) in other.iter() {
            match self.bins.binary_search_by_key(&percent, |(percent, _)| *percent) {
                Ok(place) => {
                    if let Some((_, mine)) = self.bins.get_mut(place) {
                        add(mine, count);
                    }
                }
                Err(place) => self.bins.insert(place, (percent, count)),
            }
        }
    }

    pub(crate) fn is_none(&self) -> bool {
        self.bins.is_empty()
    }
}

impl From<Remaining> for Vec<(u8, u64)> {
    fn from(remaining: Remaining) -> Self {
        remaining.bins
    }
}

impl TryFrom<Vec<(u8, u64)>> for Remaining {
    type Error = String;

    fn try_from(bins: Vec<(u8, u64)>) -> Result<Self, String> {
        let mut last = None;
        for (percent, count) in &bins {
            if *percent > 100 || *count == 0 || last.is_some_and(|last| last >= *percent) {
                return Err(format!("{count} admissions with {percent} % left are out of order"));
            }
            last = Some(*percent);
        }
        Ok(Remaining { bins })
    }
}

#[cfg(test)]
mod tests {
    use wire::Usage;

    use super::*;
    use crate::recorder::CellSpec;

    fn recorder() -> Recorder {
        let lasts = Span::from_secs(300);
        Recorder::new(&CellSpec { lasts, drain: lasts, groups: 2, ..CellSpec::default() })
    }

    fn at(seconds: u64) -> Instant {
        Instant::START.after(Span::from_secs(seconds))
    }

    /// The least that was left, and how the busiest minute's were spread.
    type Kept = (Option<u32>, Vec<(u8, u64)>);

    /// What each group has kept by the end.
    fn kept(mut recorder: Recorder) -> [Kept; 2] {
        recorder.end_minute();
        let of = |group: usize| {
            let left = &recorder.groups[group].left;
            (left.lowest(), left.peak().into())
        };
        [of(0), of(1)]
    }

    #[test]
    fn the_least_is_of_the_whole_run_and_the_spread_of_its_busiest_minute() {
        let mut recorder = recorder();
        let usage = Usage::default();
        // Minute 0: two jobs; minute 1: three, of both groups; minute 3: one.
        for (group, due, left) in [
            (0, 1, 990_000),
            (0, 59, 400_000),
            (0, 60, 309_999),
            (1, 61, 1_000_000),
            (0, 62, 300_000),
            (0, 180, 129_999),
        ] {
            recorder.offered(group, at(due), usage);
            recorder.admitted(group, at(due), left);
        }
        // An attempt of a job that fell due before counts where it is let in.
        recorder.admitted(0, at(181), 250_000);
        assert_eq!(
            kept(recorder),
            [(Some(129_999), vec![(30, 2)]), (Some(1_000_000), vec![(100, 1)])]
        );
    }

    #[test]
    fn of_two_equally_busy_minutes_the_first_counts_and_the_last_may_be_the_busiest() {
        let usage = Usage::default();
        let mut twice = recorder();
        for (due, left) in [(0, 500_000), (60, 200_000)] {
            twice.offered(0, at(due), usage);
            twice.admitted(0, at(due), left);
        }
        let mut third = twice.clone();
        assert_eq!(kept(twice)[0], (Some(200_000), vec![(50, 1)]));
        for left in [700_000, 690_000] {
            third.offered(0, at(240), usage);
            third.admitted(0, at(240), left);
        }
        assert_eq!(kept(third)[0], (Some(200_000), vec![(69, 1), (70, 1)]));
    }

    #[test]
    fn without_an_admission_nothing_was_left_or_taken() {
        let mut recorder = recorder();
        recorder.offered(0, at(0), Usage::default());
        assert_eq!(kept(recorder), [(None, Vec::new()), (None, Vec::new())]);
    }

    #[test]
    fn shares_add_up_and_ranks_begin_with_the_scarcest() {
        let mut all = Remaining::try_from(vec![(10, 2), (50, 1)]).unwrap();
        all.absorb(&Remaining::try_from(vec![(0, 1), (50, 3), (100, 1)]).unwrap());
        assert_eq!(all.iter().collect::<Vec<_>>(), [(0, 1), (10, 2), (50, 4), (100, 1)]);
        assert_eq!((all.count(), all.at_rank(1), all.at_rank(3)), (8, Some(0), Some(10)));
        assert_eq!((all.at_rank(4), all.at_rank(8), all.at_rank(9)), (Some(50), Some(100), None));
    }

    #[test]
    fn written_shares_must_be_in_order_and_at_most_all() {
        assert!(Remaining::try_from(vec![(0, 1), (100, 1)]).is_ok());
        assert!(Remaining::try_from(vec![(101, 1)]).is_err());
        assert!(Remaining::try_from(vec![(3, 0)]).is_err());
        assert!(Remaining::try_from(vec![(3, 1), (3, 1)]).is_err());
    }
}
