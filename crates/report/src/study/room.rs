//! Whether a model's room is what lacks, whatever the past hour was.

use super::{Cause, Ladder, Standing, Study, Trouble};
use crate::numbers::Share;

/// Shares of jobs in time that differ by less stand alike.
const ALIKE: f64 = 0.01;

impl Study<'_> {
    /// Whether every past hour tested comes to the same, and attempts meet a model without room:
    /// then it is not the dynamic rate that decides, which only says who is to blame.
    pub(crate) fn is_short_of_room(&self) -> bool {
        if self.ladder() != Ladder::PastHours || self.tiers.len() < 2 || self.enough.is_some() {
            return false;
        }
        let bests = || (0..self.tiers.len()).filter_map(|tier| self.best(tier));
        let in_time = || bests().filter_map(|(_, one)| one.in_time()).map(Share::fraction);
        let most = in_time().fold(0.0, f64::max);
        let least = in_time().fold(1.0, f64::min);
        let crowded = bests().all(|(_, one)| {
            let refused = one.causes().iter().any(|(cause, _)| *cause == Cause::Dynamic);
            let failed = one.share_of(Trouble::Failed).is_some_and(Share::is_telling);
            one.standing == Standing::Misses && (refused || failed)
        });
        crowded && most - least < ALIKE
    }
}
