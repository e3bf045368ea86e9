//! The two books, and what it means that they balance.
//!
//! A run that loses an attempt or a job between its beginning and its end reports shares of
//! something else than what was offered. So nothing is handed out, written or read unless
//! `sent = ok + refused + failed + unanswered + cancelled + open` and
//! `offered = answered + gave_up + unfinished`.

use crate::leaf::Leaf;

/// A book that does not balance; says which one, and by how much.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum Unbalanced {
    /// Attempts sent and attempts ended differ.
    #[error(
        "group {group}: the book of attempts does not balance: {sent} sent, {ended} ended ({})",
        difference(*.sent, *.ended)
    )]
    Attempts {
        /// The group, by its number.
        group: u32,
        /// Attempts that left.
        sent: u64,
        /// Attempts that came to one of the six ends.
        ended: u64,
    },
    /// Jobs offered and jobs ended differ.
    #[error(
        "group {group}: the book of jobs does not balance: {offered} offered, {ended} ended ({})",
        difference(*.offered, *.ended)
    )]
    Jobs {
        /// The group, by its number.
        group: u32,
        /// Jobs that fell due.
        offered: u64,
        /// Jobs that came to one of the three ends.
        ended: u64,
    },
    /// The causes of refusals, as the client read them or as the service knew them, do not add up
    /// to the refusals.
    #[error("group {group}: {refused} attempts were refused, but {caused} have a cause")]
    Causes {
        /// The group, by its number.
        group: u32,
        /// Attempts refused.
        refused: u64,
        /// Attempts counted under some cause.
        caused: u64,
    },
    /// Parts of a bill are more than the whole, or below zero.
    #[error("group {group}: the parts of its bill are more than the whole of it")]
    Bill {
        /// The group, by its number.
        group: u32,
    },
    /// Something was reported for a group that the cell does not have.
    #[error("{events} events were reported for groups beyond the {groups} of the cell")]
    UnknownGroup {
        /// How many events had no place to go.
        events: u64,
        /// How many groups there are.
        groups: u32,
    },
}

/// Checks both books of one leaf, the causes of its refusals, and its bill.
pub(crate) fn check(group: u32, leaf: &Leaf) -> Result<(), Unbalanced> {
    let attempts = &leaf.attempts;
    let ended = sum([
        attempts.ok,
        attempts.refused,
        attempts.failed,
        attempts.unanswered,
        attempts.cancelled,
        attempts.open,
    ]);
    if attempts.sent != ended {
        return Err(Unbalanced::Attempts { group, sent: attempts.sent, ended });
    }
    let jobs = &leaf.jobs;
    let ended = sum([jobs.answered, jobs.gave_up, jobs.unfinished]);
    if jobs.offered != ended {
        return Err(Unbalanced::Jobs { group, offered: jobs.offered, ended });
    }
    for caused in [attempts.refused_by.total(), attempts.truly.total()] {
        if attempts.refused != caused {
            return Err(Unbalanced::Causes { group, refused: attempts.refused, caused });
        }
    }
    if leaf.bill.is_some_and(|bill| !bill.is_sound()) {
        return Err(Unbalanced::Bill { group });
    }
    Ok(())
}

fn sum<const N: usize>(counts: [u64; N]) -> u64 {
    counts.into_iter().fold(0, u64::saturating_add)
}

fn difference(began: u64, ended: u64) -> String {
    if began > ended {
        format!("{} never ended", began - ended)
    } else {
        format!("{} ended that never began", ended - began)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unbalanced_book_is_named_with_its_difference() {
        let mut leaf = Leaf::default();
        leaf.attempts.sent = 10;
        leaf.attempts.ok = 6;
        leaf.attempts.refused = 3;
        leaf.attempts.refused_by.tokens = 3;
        assert_eq!(
            check(1, &leaf).unwrap_err().to_string(),
            "group 1: the book of attempts does not balance: 10 sent, 9 ended (1 never ended)"
        );
        leaf.attempts.open = 1;
        leaf.jobs.offered = 4;
        leaf.jobs.answered = 3;
        leaf.jobs.gave_up = 2;
        leaf.jobs.unfinished = 1;
        assert_eq!(
            check(0, &leaf).unwrap_err().to_string(),
            "group 0: the book of jobs does not balance: 4 offered, 6 ended \
             (2 ended that never began)"
        );
        leaf.jobs.offered = 6;
        assert_eq!(
            check(0, &leaf).unwrap_err().to_string(),
            "group 0: 3 attempts were refused, but 0 have a cause"
        );
        leaf.attempts.truly.requests = 3;
        assert_eq!(check(0, &leaf), Ok(()));
    }

    #[test]
    fn each_of_the_six_ends_of_an_attempt_balances_one_sent() {
        let ends: [fn(&mut Leaf) -> &mut u64; 6] = [
            |leaf| &mut leaf.attempts.ok,
            |leaf| &mut leaf.attempts.refused,
            |leaf| &mut leaf.attempts.failed,
            |leaf| &mut leaf.attempts.unanswered,
            |leaf| &mut leaf.attempts.cancelled,
            |leaf| &mut leaf.attempts.open,
        ];
        for end in ends {
            let mut leaf = Leaf::default();
            leaf.attempts.sent = 1;
            assert!(check(0, &leaf).is_err());
            *end(&mut leaf) += 1;
            leaf.attempts.refused_by.other = leaf.attempts.refused;
            leaf.attempts.truly.other = leaf.attempts.refused;
            assert_eq!(check(0, &leaf), Ok(()));
        }
    }
}
