//! Everything that was not answered, with what explains it.

use core::fmt;
use std::collections::BTreeMap;

use limits::{Instant, Label};
use rulebook::Edition;
use wire::{ErrorKind, Status};

use crate::counter::Said;
use crate::row::Row;
use crate::terms::Terms;

/// A row that was refused or failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RefusalSeen {
    /// Which row it is, from one.
    pub row: u64,
    /// The line on which it begins, from one.
    pub line: u64,
    /// When it arrived.
    pub at: Instant,
    /// Whose it is, as far as that is known.
    pub account: String,
    /// The model's id.
    pub model: String,
    /// Its status.
    pub status: Status,
    /// What explains it, or why nothing does.
    pub cause: Cause,
}

/// What explains a refusal, or why nothing does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// A counter refuses it, too, by this meter.
    Limit {
        /// The meter.
        by: Label,
        /// How many requests fit into its window.
        capacity: u64,
    },
    /// No counter refuses it.
    Room {
        /// How many requests the fullest has left.
        left: u64,
        /// How many fit.
        capacity: u64,
    },
    /// Nothing in the log fills its window.
    NothingBefore,
    /// What is above the limit is refused only where capacity lacks.
    Soft,
    /// A limit refused it whose height the log does not show.
    Untold {
        /// The kinds that the edition has for its status.
        kinds: Vec<ErrorKind>,
    },
    /// The edition has such errors.
    Known {
        /// Their kinds.
        kinds: Vec<ErrorKind>,
        /// Whether it shows rate-limit headers, and so took a place in its window.
        counted: bool,
    },
    /// The edition has no error of this status.
    Unknown,
}

impl Cause {
    /// Whether it explains the refusal.
    #[must_use]
    pub const fn explains(&self) -> bool {
        match self {
            Cause::Limit { .. } | Cause::Known { .. } => true,
            Cause::Room { .. }
            | Cause::NothingBefore
            | Cause::Soft
            | Cause::Untold { .. }
            | Cause::Unknown => false,
        }
    }

    /// What explains a row that no limit refused.
    fn of_error(row: &Row, status: Status, edition: &Edition) -> Cause {
        let counted = row.has_headers();
        // What fails before the limiter shows none of its headers.
        let fits = |kind: &ErrorKind| edition.error(*kind).headers || !counted;
        let kinds = kinds_of(row, status, edition);
        let kinds: Vec<ErrorKind> = kinds.into_iter().filter(fits).collect();
        if kinds.is_empty() { Cause::Unknown } else { Cause::Known { kinds, counted } }
    }

    /// What explains a 429 that counters were asked about, as they stand before it.
    pub(crate) fn of_limit(said: &[Said], terms: &Terms) -> Cause {
        if !terms.refuses {
            return Cause::Soft;
        }
        let capacity = terms.capacity;
        if let Some(by) = said.iter().find_map(|said| said.by) {
            return Cause::Limit { by, capacity };
        }
        let left = said.iter().map(|said| said.left).min().unwrap_or(capacity);
        if left == capacity { Cause::NothingBefore } else { Cause::Room { left, capacity } }
    }
}

fn kinds_of(row: &Row, status: Status, edition: &Edition) -> Vec<ErrorKind> {
    if let Some(kind) = row.kind {
        return vec![kind];
    }
    let all = ErrorKind::ALL.into_iter();
    all.filter(|kind| edition.error(*kind).status == status).collect()
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cause::Limit { by, capacity } => {
                write!(f, "a counter refuses it, too, by {by}; its window holds {capacity}")
            }
            Cause::Room { left, capacity } => write!(
                f,
                "not explained: every counter has some left, the fullest {left} of {capacity}, so \
                 requests that are not in the log counted"
            ),
            Cause::NothingBefore => f.write_str(
                "not explained: no earlier request of its window is in the log; perhaps others \
                 counted",
            ),
            Cause::Soft => f.write_str(
                "not explained: a dynamic rate refuses only where capacity lacks, and no log shows \
                 where it does",
            ),
            Cause::Untold { kinds } => {
                write!(f, "not explained: ")?;
                names(kinds, f)?;
                f.write_str(", whose height the log does not show")
            }
            Cause::Known { kinds, counted } => {
                names(kinds, f)?;
                f.write_str(if *counted {
                    ", after the limiter: it counted in its window"
                } else {
                    ", without headers: it counted in no window"
                })
            }
            Cause::Unknown => {
                f.write_str("not explained: the edition has no such error with these headers")
            }
        }
    }
}

fn names(kinds: &[ErrorKind], f: &mut fmt::Formatter<'_>) -> fmt::Result {
    for (index, kind) in kinds.iter().enumerate() {
        write!(f, "{}{}", if index == 0 { "" } else { " or " }, kind.name())?;
    }
    Ok(())
}

/// How many rows ended with a status, and how many of those are explained.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct RefusalCount {
    /// How many.
    pub rows: u64,
    /// Of those.
    pub explained: u64,
}

/// So many are listed; the others are only counted.
const LISTED: usize = 1_000;

/// All of them, each with its cause by as many counters as were tried.
#[derive(Debug, Default)]
pub(crate) struct Refusals {
    listed: Vec<(RefusalSeen, Vec<Cause>)>,
    /// Rows by status, and how many are explained by one counter, two, and so on.
    counts: BTreeMap<u16, (u64, Vec<u64>)>,
}

impl Refusals {
    /// Takes a row unless it was answered; `causes` holds what counters say of it, where they were
    /// asked.
    pub(crate) fn take(
        &mut self,
        (row, account): (&Row, &str),
        causes: Vec<Cause>,
        (edition, most): (&Edition, u32),
    ) {
        let Some(status) = row.status.filter(|status| status.0 >= 400) else { return };
        let causes = if causes.is_empty() {
            let cause = if row.is_refused() {
                Cause::Untold { kinds: kinds_of(row, status, edition) }
            } else {
                Cause::of_error(row, status, edition)
            };
            vec![cause; most as usize]
        } else {
            causes
        };
        let (rows, explained) = self.counts.entry(status.0).or_default();
        *rows += 1;
        explained.resize(most as usize, 0);
        for (count, cause) in explained.iter_mut().zip(&causes) {
            *count += u64::from(cause.explains());
        }
        if self.listed.len() < LISTED {
            let seen = RefusalSeen {
                row: row.number,
                line: row.line,
                at: row.at,
                account: account.to_owned(),
                model: row.model.clone(),
                status,
                cause: Cause::Unknown,
            };
            self.listed.push((seen, causes));
        }
    }

    /// The list and the counts, as so many replicas explain them.
    pub(crate) fn told(self, replicas: u32) -> (Vec<RefusalSeen>, BTreeMap<u16, RefusalCount>) {
        let place = (replicas as usize).saturating_sub(1);
        let listed = self.listed.into_iter().map(|(seen, causes)| {
            let cause = causes.into_iter().nth(place).unwrap_or(Cause::Unknown);
            RefusalSeen { cause, ..seen }
        });
        let counts = self.counts.into_iter().map(|(status, (rows, explained))| {
            let explained = explained.get(place).copied().unwrap_or(0);
            (status, RefusalCount { rows, explained })
        });
        (listed.collect(), counts.collect())
    }
}
