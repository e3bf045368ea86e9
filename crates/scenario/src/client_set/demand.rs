//! What a slice of recorded clients asks for: how many jobs, how long they are, and when it is
//! most. All of it is told from the tables, without drawing.

use std::collections::BTreeMap;

use super::{ClientSet, ClientSetNeed, JOB, Pair, SECOND, Table, WINDOW};
use crate::cast::{Group, Length};
use crate::stretch::{Kind, MOST_JOBS, Unfit};

/// A slice of a set as one group replays it.
#[derive(Copy, Clone, Debug)]
pub(crate) struct Demand<'a> {
    set: &'a ClientSet,
    need: &'a ClientSetNeed,
    group: &'a Group,
}

impl<'a> Demand<'a> {
    pub(crate) const fn of(
        set: &'a ClientSet,
        need: &'a ClientSetNeed,
        group: &'a Group,
    ) -> Demand<'a> {
        Demand { set, need, group }
    }

    /// Whether it can be computed exactly, and has no more jobs than a run may have.
    pub(crate) fn fits(self) -> Result<(), Unfit> {
        let end = self.need.end(self.set).nanos();
        let mut all = 0_u128;
        for client in &self.set.clients {
            for (window, _) in client.within(self.set, self.need) {
                if let Kind::Drawn(offered) = window.stretch(self.need, end)?.kind() {
                    all = all.saturating_add(offered);
                }
            }
        }
        if all >> 32 > MOST_JOBS { Err(Unfit::TooMany) } else { Ok(()) }
    }

    /// Whether each client with jobs in the slice has lengths of its own.
    pub(crate) fn has_lengths(self) -> bool {
        self.set.has_lengths(self.need)
    }

    /// The mean job, prompt and answer as it is cut, in units of 2^-32 token.
    pub(crate) fn mean_job(self) -> u128 {
        let weights = self.weights();
        let jobs: u128 = weights.values().sum();
        let tokens = weights.iter().map(|(tables, weight)| weight * self.job(*tables));
        tokens.sum::<u128>().checked_div(jobs).unwrap_or(0)
    }

    /// The tokens of a prompt that `parts` in ten thousand jobs stay within.
    pub(crate) fn prompt(self, parts: u64) -> u32 {
        self.quantile(parts, &self.group.prompt, |(prompt, _)| prompt)
    }

    /// The tokens of an answer that `parts` in ten thousand jobs stay within, before it is cut.
    pub(crate) fn answer(self, parts: u64) -> u32 {
        self.quantile(parts, &self.group.answer, |(_, answer)| answer)
    }

    /// Jobs and tokens a second of the window with the most tokens.
    pub(crate) fn busiest(self) -> (f64, f64) {
        let weights = self.weights();
        let means: BTreeMap<Option<Pair>, u128> =
            weights.keys().map(|tables| (*tables, self.job(*tables))).collect();
        let mut windows: BTreeMap<u32, (u128, u128)> = BTreeMap::new();
        for client in &self.set.clients {
            for (window, (start, _)) in client.within(self.set, self.need) {
                let jobs = u128::from(self.need.scaled(window.jobs));
                let mean = means.get(&client.tables_at(start)).copied().unwrap_or(0);
                let sum = windows.entry(window.number).or_default();
                *sum = (sum.0 + ((jobs * mean) >> 32), sum.1 + jobs);
            }
        }
        let (tokens, jobs) = windows.into_values().max().unwrap_or((0, 0));
        let seconds = WINDOW as f64 / 1e9 * JOB as f64;
        (jobs as f64 / seconds, tokens as f64 / seconds)
    }

    /// How much of the jobs each pair of tables has, in some unit; without a pair those of clients
    /// that have no lengths.
    fn weights(self) -> BTreeMap<Option<Pair>, u128> {
        let mut weights = BTreeMap::new();
        for client in &self.set.clients {
            for (window, (start, end)) in client.within(self.set, self.need) {
                // A part of a window has as large a part of its jobs; seconds are fine enough.
                let weight = u128::from(window.jobs) * u128::from((end - start) / SECOND);
                *weights.entry(client.tables_at(start)).or_default() += weight;
            }
        }
        weights
    }

    /// The mean job with these tables; without them by the laws of the group.
    fn job(self, tables: Option<Pair>) -> u128 {
        let most = self.group.max_tokens.unwrap_or(u32::MAX);
        match tables.and_then(|pair| self.set.pair(pair)) {
            Some((prompt, answer)) => prompt.mean(u32::MAX) + answer.mean(most),
            None => self.group.prompt.mean(u32::MAX, &[]) + self.group.answer.mean(most, &[]),
        }
    }

    /// The least length that so many of ten thousand jobs do not exceed.
    fn quantile(
        self,
        parts: u64,
        usual: &Length,
        of: impl Fn((&'a Table, &'a Table)) -> &'a Table,
    ) -> u32 {
        let weights = self.weights();
        let wanted = weights.values().sum::<u128>() * u128::from(parts);
        let within = |tokens: u32| -> u128 {
            let shares = weights.iter().map(|(tables, weight)| {
                let share = match tables.and_then(|pair| self.set.pair(pair)) {
                    Some(pair) => of(pair).parts_within(tokens),
                    None => usual_within(usual, tokens),
                };
                weight * u128::from(share)
            });
            shares.sum()
        };
        let (mut low, mut high) = (0, u32::MAX);
        while low < high {
            let middle = low + (high - low) / 2;
            if within(middle) < wanted { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// How many in ten thousand draws of a law do not exceed so many tokens.
fn usual_within(law: &Length, tokens: u32) -> u64 {
    let (mut low, mut high) = (0_u64, 10_000);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        if law.quantile(middle, u32::MAX, &[]) <= tokens { low = middle } else { high = middle - 1 }
    }
    low
}
