//! Rows that were stamped once in a while, spread over the time that their stamp stands for.
//!
//! Requests that were recorded with one stamp did not come at one instant; replayed as they stand
//! they would be a burst that never was, of as many jobs as came in a tick.

/// The tick of a recording that has one stamp alone: that of the conversations of Mooncake.
const USUAL: u64 = 3_000_000_000;

/// Spreads rows of equal stamps evenly, the first at its stamp, up to the next stamp; where none
/// follows within two ticks, over one tick. The tick is the least distance between two different
/// stamps, so that a recording with stamps fine enough stays as it is, to that fineness. `due` is
/// sorted and stays so.
pub(super) fn spread(due: &mut [u64]) {
    let distances = due.windows(2).map(|pair| match pair {
        [one, next] => next - one,
        _ => 0,
    });
    let tick = distances.filter(|distance| *distance > 0).min().unwrap_or(USUAL);
    let mut rest = due;
    while let Some(stamp) = rest.first().copied() {
        let alike = rest.partition_point(|due| *due == stamp);
        let (rows, later) = rest.split_at_mut(alike);
        let next = later.first().map(|next| next - stamp);
        let width = next.filter(|distance| distance / 2 < tick).unwrap_or(tick);
        let count = rows.len() as u128;
        for (index, row) in rows.iter_mut().enumerate() {
            let offset = u128::from(width) * index as u128 / count.max(1);
            // Less than the width, which is a distance of two rows.
            *row = stamp.saturating_add(u64::try_from(offset).unwrap_or(width));
        }
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn rows_of_one_stamp_fill_their_tick_evenly() {
        let mut due = vec![0, 0, 0, 2_999, 2_999, 6_000, 18_000, 18_000];
        spread(&mut due);
        assert_eq!(due, [0, 999, 1_999, 2_999, 4_499, 6_000, 18_000, 19_499]);
    }

    #[test]
    fn a_pause_is_kept() {
        let mut due = vec![0, 0, 5, 5, 100, 100];
        spread(&mut due);
        assert_eq!(due, [0, 2, 5, 7, 100, 102], "five is a tick, ninety-five a pause");
    }

    #[test]
    fn a_single_stamp_takes_the_usual_tick() {
        let mut due = vec![0, 0, 0];
        spread(&mut due);
        assert_eq!(due, [0, 1_000_000_000, 2_000_000_000]);
        spread(&mut []);
    }

    proptest! {
        /// However stamps lie: order stays, each row stays within its tick, and spreading what was
        /// never stamped alike changes nothing.
        #[test]
        fn order_stays_and_no_row_leaves_its_tick(gaps in prop::collection::vec(0_u64..5, 1..200)) {
            let mut at = 0;
            let stamps: Vec<u64> = gaps.iter().map(|gap| { at += gap * 1_000; at }).collect();
            let mut due = stamps.clone();
            spread(&mut due);
            prop_assert!(due.is_sorted());
            for (due, stamp) in due.iter().zip(&stamps) {
                let next = stamps.iter().find(|next| *next > stamp);
                prop_assert!(due >= stamp);
                prop_assert!(next.is_none_or(|next| due < next));
            }
            let mut distinct = stamps;
            distinct.dedup();
            let before = distinct.clone();
            spread(&mut distinct);
            prop_assert_eq!(distinct, before);
        }
    }
}
