//! How many jobs fell due within a window of the limit on requests.
//!
//! The clock is cut into slices as long as such a window; jobs come in the order of their due times,
//! so that one count suffices. Windows that a request opens lie otherwise, but what a slice
//! holds is what one of them meets.

use limits::{Instant, Span};

use crate::series::{DenseSteps, Series};

/// The slice under way.
#[derive(Clone, Debug)]
pub(crate) struct Slices {
    window: Option<Span>,
    begins: Instant,
    ends: Instant,
    jobs: u64,
}

impl Slices {
    /// Slices of this length; without one nothing is kept.
    pub(crate) fn new(window: Option<Span>) -> Slices {
        let window = window.filter(|window| !window.is_zero());
        let ends = if window.is_some() { Instant::START } else { Instant::END };
        Slices { window, begins: Instant::START, ends, jobs: 0 }
    }

    /// A job fell due.
    #[inline]
    pub(crate) fn offered(&mut self, due: Instant, steps: &mut DenseSteps) {
        if due >= self.ends {
            self.turn(due, steps);
        }
        self.jobs += 1;
    }

    /// The series of these steps, once the last slice is over.
    pub(crate) fn series(mut self, steps: &mut DenseSteps) -> Series {
        self.close(steps);
        Series { window: self.window, ..steps.series() }
    }

    #[inline(never)]
    fn turn(&mut self, due: Instant, steps: &mut DenseSteps) {
        self.close(steps);
        if let Some(window) = self.window {
            self.begins = Instant::from_nanos(due.nanos() - due.nanos() % window.nanos());
            self.ends = self.begins.after(window);
        }
    }

    fn close(&mut self, steps: &mut DenseSteps) {
        if self.window.is_some() && self.jobs > 0 {
            let step = steps.at(self.begins);
            step.busiest_window = step.busiest_window.max(self.jobs);
        }
        self.jobs = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The busiest slice of each step of a run of `lasts` seconds, jobs falling due at these
    /// milliseconds.
    fn busiest(lasts: u64, window: Option<u64>, due: &[u64]) -> Vec<u64> {
        let mut steps = DenseSteps::new(Span::from_secs(lasts), Span::ZERO);
        let mut slices = Slices::new(window.map(Span::from_millis));
        for due in due {
            slices.offered(Instant::START.after(Span::from_millis(*due)), &mut steps);
        }
        let series = slices.series(&mut steps);
        assert_eq!(series.window, window.map(Span::from_millis));
        series.busiest_window.as_slice().to_vec()
    }

    #[test]
    fn a_slice_counts_in_the_step_that_it_begins_in() {
        let due = [0, 1_999, 2_000, 3_999, 3_999, 9_000];
        assert_eq!(busiest(60, Some(2_000), &due), [2, 0, 3, 0, 0, 0, 0, 0, 1]);
        // Steps of five seconds: slices begin at 0, 2, 4 in the first, at 6 and 8 in the second.
        assert_eq!(busiest(3_000, Some(2_000), &due), [3, 1]);
        assert_eq!(busiest(3_000, Some(60_000), &due), [6]);
    }

    #[test]
    fn without_windows_nothing_is_kept() {
        assert_eq!(busiest(60, None, &[0, 1, 2]), Vec::<u64>::new());
        assert_eq!(busiest(60, Some(2_000), &[]), Vec::<u64>::new());
    }
}
