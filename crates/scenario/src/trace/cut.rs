//! A slice of a recording at another rate.

use limits::Span;

use super::Trace;
use super::need::Cut;

/// A slice may be stated up to so much longer than the recording, as a run may be.
const A_SECOND: Span = Span::from_secs(1);

/// Why a recording has no such slice.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoSlice {
    /// It begins after the last row.
    BeginsLate,
    /// It ends a second or more after the last row.
    EndsLate,
    /// No row is due in it.
    Empty,
}

impl Cut {
    /// How long a run over the rows that are left lasts: the slice as stated, else to the
    /// nanosecond after the last row, so that the run holds every row.
    pub(crate) fn run(&self, left: &Trace) -> Span {
        match self.lasts {
            // Upwards, so that a row due just before the slice ends is due before the run does.
            Some(lasts) => Span::from_nanos(self.scaled(lasts.nanos(), u128::from(self.scale) - 1)),
            None => left.span().plus(Span::from_nanos(1)),
        }
    }

    /// Keeps the rows of the slice, the first instant of which becomes zero, and compresses time.
    pub(crate) fn apply(&self, trace: &mut Trace) -> Result<(), NoSlice> {
        let Trace { due, prompt, answer } = trace;
        let last = Span::from_nanos(due.last().copied().unwrap_or(0));
        let end = self.lasts.map(|lasts| self.from.plus(lasts));
        if self.from > last {
            return Err(NoSlice::BeginsLate);
        }
        if end.is_some_and(|end| end > last.plus(Span::from_nanos(1)).plus(A_SECOND)) {
            return Err(NoSlice::EndsLate);
        }
        let from = self.from.nanos();
        let begins = due.partition_point(|due| *due < from);
        let ends = end.map_or(due.len(), |end| due.partition_point(|due| *due < end.nanos()));
        if begins >= ends {
            return Err(NoSlice::Empty);
        }
        keep(due, begins, ends);
        keep(prompt, begins, ends);
        keep(answer, begins, ends);
        for due in due {
            *due = self.scaled(*due - from, 0);
        }
        Ok(())
    }

    /// A distance of the recording in the time of the run, after adding `more` to the dividend.
    fn scaled(&self, nanos: u64, more: u128) -> u64 {
        let product = u128::from(nanos) * u128::from(Cut::AS_RECORDED) + more;
        // Beyond five centuries a run is refused for its length.
        u64::try_from(product / u128::from(self.scale.max(1))).unwrap_or(u64::MAX)
    }
}

fn keep<T>(column: &mut Vec<T>, begins: usize, ends: usize) {
    column.truncate(ends);
    column.drain(..begins);
    column.shrink_to_fit();
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn trace(due: &[u64]) -> Trace {
        let lengths: Vec<u32> = (0..).take(due.len()).collect();
        Trace { due: due.to_vec(), prompt: lengths.clone(), answer: lengths }
    }

    fn cut(from: u64, lasts: Option<u64>, percent: u64) -> Cut {
        let lasts = lasts.map(Span::from_nanos);
        Cut { from: Span::from_nanos(from), lasts, scale: percent * 10_000_000 }
    }

    #[test]
    fn a_slice_begins_at_its_instant_and_not_at_its_first_row() {
        let mut rows = trace(&[0, 10, 25, 40, 60]);
        let slice = cut(20, Some(40), 100);
        assert_eq!(slice.apply(&mut rows), Ok(()));
        assert_eq!((&rows.due[..], &rows.prompt[..]), (&[5, 20][..], &[2, 3][..]));
        assert_eq!(slice.run(&rows), Span::from_nanos(40), "also where its last row is earlier");
    }

    #[test]
    fn a_higher_rate_compresses_time() {
        let mut rows = trace(&[0, 10, 25, 40]);
        let faster = cut(0, None, 200);
        assert_eq!(faster.apply(&mut rows), Ok(()));
        assert_eq!(rows.due, [0, 5, 12, 20]);
        assert_eq!(faster.run(&rows), Span::from_nanos(21));
        let slower = cut(0, Some(20), 50);
        assert_eq!(slower.run(&rows), Span::from_nanos(40));
    }

    #[test]
    fn a_slice_outside_is_refused() {
        const S: u64 = 1_000_000_000;
        for (from, lasts, why) in [
            (100 * S, None, NoSlice::BeginsLate),
            (0, Some(100 * S), NoSlice::EndsLate),
            (S, Some(S), NoSlice::Empty),
        ] {
            let mut rows = trace(&[0, 90 * S]);
            assert_eq!(cut(from, lasts, 100).apply(&mut rows), Err(why));
        }
        let mut rows = trace(&[0, 90 * S]);
        assert_eq!(cut(0, Some(91 * S), 100).apply(&mut rows), Ok(()), "a round number of seconds");
    }

    proptest! {
        /// At any rate the rows stay in order and within the run, and the mean rate is the stated
        /// part of the recorded one.
        #[test]
        fn the_rate_is_scaled_and_the_shape_stays(
            gaps in prop::collection::vec(0_u64..1_000_000, 2..100),
            percent in 1_u64..1_000,
        ) {
            let mut at = 0;
            let due: Vec<u64> = gaps.iter().map(|gap| { at += gap; at }).collect();
            let mut rows = trace(&due);
            let whole = cut(0, Some(at + 1), percent);
            prop_assert_eq!(whole.apply(&mut rows), Ok(()));
            prop_assert!(rows.due.is_sorted());
            prop_assert!(*rows.due.last().unwrap() < whole.run(&rows).nanos());
            for (scaled, due) in rows.due.iter().zip(&due) {
                prop_assert_eq!(*scaled, due * 100 / percent);
            }
        }
    }
}
