//! Which replications something was added up over.

use serde::{Deserialize, Serialize};

/// Replications by number, as ascending ranges that do not touch: `[[0, 20]]` is the first twenty.
#[derive(Clone, Debug, Default, Eq, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<(u32, u32)>")]
pub struct Replications(Vec<(u32, u32)>);

impl Replications {
    /// Those from `first` up to, not including, `end`; none when there is nothing between.
    #[must_use]
    pub fn range(first: u32, end: u32) -> Replications {
        Replications(if first < end { vec![(first, end)] } else { Vec::new() })
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.iter().map(|(first, end)| end - first).sum()
    }

    /// Their numbers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> {
        self.0.iter().flat_map(|(first, end)| *first..*end)
    }

    /// The number after the last; zero when there are none.
    #[must_use]
    pub fn end(&self) -> u32 {
        self.0.last().map_or(0, |(_, end)| *end)
    }

    /// Whether a replication is in both.
    #[must_use]
    pub fn overlaps(&self, other: &Replications) -> bool {
        self.0.iter().any(|(first, end)| other.0.iter().any(|(from, to)| first < to && from < end))
    }

    /// Those of both, which must not overlap.
    #[must_use]
    pub(crate) fn and(&self, other: &Replications) -> Replications {
        let mut ranges: Vec<(u32, u32)> = self.0.iter().chain(&other.0).copied().collect();
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::with_capacity(ranges.len());
        for (first, end) in ranges {
            match joined.last_mut() {
                Some((_, last)) if *last == first => *last = end,
                _ => joined.push((first, end)),
            }
        }
        Replications(joined)
    }
}

impl TryFrom<Vec<(u32, u32)>> for Replications {
    type Error = String;

    fn try_from(ranges: Vec<(u32, u32)>) -> Result<Replications, String> {
        let mut last = None;
        for (first, end) in &ranges {
            if first >= end || last.is_some_and(|last| last >= *first) {
                return Err(format!("replications {first} to {end} are empty or out of order"));
            }
            last = Some(*end);
        }
        Ok(Replications(ranges))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_join_and_gaps_stay() {
        let joined = Replications::range(0, 5).and(&Replications::range(5, 8));
        assert_eq!(joined, Replications::range(0, 8));
        let gap = Replications::range(10, 12).and(&joined);
        assert_eq!(gap.iter().collect::<Vec<u32>>(), [0, 1, 2, 3, 4, 5, 6, 7, 10, 11]);
        assert_eq!((gap.count(), gap.end()), (10, 12));
        assert_eq!(gap.and(&Replications::range(8, 10)), Replications::range(0, 12));
        assert_eq!(Replications::range(3, 3).count(), 0);
    }

    #[test]
    fn ranges_that_only_touch_do_not_overlap() {
        let gap = Replications::range(0, 5).and(&Replications::range(8, 9));
        assert!(!gap.overlaps(&Replications::range(5, 8)));
        assert!(gap.overlaps(&Replications::range(5, 9)));
        assert!(gap.overlaps(&Replications::range(4, 5)));
        assert!(!gap.overlaps(&Replications::default()));
    }

    #[test]
    fn written_ranges_must_ascend_without_touching() {
        assert!(Replications::try_from(vec![(0, 2), (3, 4)]).is_ok());
        assert!(Replications::try_from(vec![(0, 2), (2, 4)]).is_err());
        assert!(Replications::try_from(vec![(2, 2)]).is_err());
        assert!(Replications::try_from(vec![(3, 4), (0, 2)]).is_err());
    }
}
