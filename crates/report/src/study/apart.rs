//! What endpoints of an account's own met, apart from what the shared fleet did: no tier changes an
//! endpoint, and what it cannot do is no limit's fault.

use run_record::{CellKey, GroupNote};

use super::{Ladder, Study};
use crate::numbers::Share;

/// What came of the jobs of a cell that go to endpoints, or of those that do not.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Part {
    offered: u64,
    in_time: u64,
    pub(crate) failed: u64,
}

/// The two parts of a cell.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Apart {
    pub(crate) own: Part,
    pub(crate) shared: Part,
}

impl Part {
    pub(crate) fn in_time(self) -> Option<Share> {
        Share::new(self.in_time, self.offered)
    }
}

impl Study<'_> {
    /// The jobs at endpoints apart from all others; none where all go the same way.
    pub(crate) fn apart(&self, strategy: usize, tier: usize) -> Option<Apart> {
        let groups = &self.record.header().groups;
        let at_own = |group: &GroupNote| group.endpoint.is_some();
        if self.ladder() == Ladder::Endpoints || !groups.iter().any(at_own) {
            return None;
        }
        let key = CellKey::new(self.tiers.get(tier)?.id, self.strategies.get(strategy)?.name);
        let mut apart = Apart::default();
        for (note, group) in groups.iter().zip(self.record.cell(&key)?.groups()) {
            let leaf = group.pooled();
            let part = if at_own(note) { &mut apart.own } else { &mut apart.shared };
            part.offered += leaf.jobs.offered;
            part.in_time += leaf.jobs.in_time;
            part.failed += leaf.attempts.failed;
        }
        Some(apart)
    }

    /// Whether in every cell endpoints alone lose more jobs than the goal for all of them allows,
    /// so that no tier can mend it.
    pub(crate) fn is_lost_at_endpoints(&self) -> bool {
        let Some(goal) = self.goal_in_time() else { return false };
        let lost = |(strategy, tier): (usize, usize)| {
            let Apart { own, shared } = self.apart(strategy, tier)?;
            let lost = own.offered.saturating_sub(own.in_time);
            Some(Share::new(lost, own.offered + shared.offered)?.fraction() > 1.0 - goal)
        };
        let rows = 0..self.strategies.len();
        let cells = rows.flat_map(|row| (0..self.tiers.len()).map(move |tier| (row, tier)));
        let mut run = cells.filter_map(lost).peekable();
        run.peek().is_some() && run.all(|lost| lost)
    }
}
