//! What attempts met that is no 429: refusals that waiting does not cure, and failures.

use run_record::Leaf;

use super::{Outcome, Study};
use crate::numbers::Share;

/// An end of an attempt that was answered, but neither well nor with a 429, in stack order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Trouble {
    /// A status of 5xx, or a stream that broke: the service's own side.
    Failed,
    /// 403 or 401: this key may not use this model.
    Barred,
    /// 402: nothing left to pay with.
    Unpaid,
    /// Another 4xx: no later attempt with the same request is answered either.
    Invalid,
}

impl Trouble {
    pub(crate) const ALL: [Trouble; 4] =
        [Trouble::Failed, Trouble::Barred, Trouble::Unpaid, Trouble::Invalid];

    pub(crate) const fn class(self) -> &'static str {
        match self {
            Trouble::Failed => "f-failed",
            Trouble::Barred | Trouble::Unpaid | Trouble::Invalid => "f-barred",
        }
    }

    const fn has(self, status: u16) -> bool {
        match self {
            Trouble::Failed => status >= 500,
            Trouble::Barred => matches!(status, 401 | 403),
            Trouble::Unpaid => status == 402,
            Trouble::Invalid => status >= 400 && status < 500 && !matches!(status, 401..=403 | 429),
        }
    }
}

impl Outcome {
    /// How many attempts met a trouble.
    pub(crate) fn met(&self, trouble: Trouble) -> u64 {
        let attempts = &self.total.attempts;
        if trouble == Trouble::Failed {
            return attempts.failed;
        }
        let statuses = attempts.by_status.iter().filter(|(status, _)| trouble.has(**status));
        statuses.map(|(_, count)| count).sum()
    }

    /// The share of attempts that met a trouble; none where none did.
    pub(crate) fn share_of(&self, trouble: Trouble) -> Option<Share> {
        Share::new(self.met(trouble), self.total.attempts.sent).filter(|_| self.met(trouble) > 0)
    }

    /// The statuses behind a trouble, the most frequent first: `503`, `500 and 503`.
    pub(crate) fn statuses(&self, trouble: Trouble) -> String {
        let by_status = self.total.attempts.by_status.iter();
        let mut of: Vec<(u64, u16)> = by_status
            .filter(|(status, count)| trouble.has(**status) && **count > 0)
            .map(|(status, count)| (*count, *status))
            .collect();
        of.sort_by_key(|(count, status)| (std::cmp::Reverse(*count), *status));
        let words: Vec<String> = of.iter().map(|(_, status)| status.to_string()).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        crate::numbers::listed(&words)
    }
}

impl Study<'_> {
    /// The troubles that any attempt on these tiers met, in stack order; those that fewer than one
    /// in two thousand did are left out.
    pub(crate) fn troubles(&self, tiers: core::ops::Range<usize>) -> Vec<Trouble> {
        let met = |trouble: &Trouble| {
            let cells = (0..self.strategies.len())
                .flat_map(|row| tiers.clone().map(move |tier| (row, tier)))
                .filter_map(|(row, tier)| self.outcome(row, tier));
            cells.filter_map(|outcome| outcome.share_of(*trouble)).any(Share::is_telling)
        };
        Trouble::ALL.into_iter().filter(met).collect()
    }

    /// What became of attempts in trouble: `answered 503`; `failed` where no status tells.
    pub(crate) fn ended(&self, trouble: Trouble) -> String {
        match self.called(trouble) {
            failed if failed == "failed" => failed,
            statuses => format!("answered {}", statuses.replace('s', "")),
        }
    }

    /// What a trouble is called beside 429s: `503s`; `failed` where no status tells.
    pub(crate) fn called(&self, trouble: Trouble) -> String {
        let cells = (0..self.strategies.len())
            .flat_map(|row| (0..self.tiers.len()).map(move |tier| (row, tier)))
            .filter_map(|(row, tier)| self.outcome(row, tier));
        let mut statuses: Vec<u16> = cells
            .flat_map(|outcome| &outcome.total.attempts.by_status)
            .filter(|(status, count)| trouble.has(**status) && **count > 0)
            .map(|(status, _)| *status)
            .collect();
        statuses.sort_unstable();
        statuses.dedup();
        let words: Vec<String> = statuses.iter().map(|status| format!("{status}s")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        if words.is_empty() { "failed".to_owned() } else { crate::numbers::listed(&words) }
    }
}

/// Attempts of a leaf that were refused or failed in any way.
pub(crate) fn unserved(leaf: &Leaf) -> u64 {
    leaf.attempts.refused + leaf.attempts.failed
}
