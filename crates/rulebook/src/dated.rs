//! Limits that moved: an edition as it was on one day, and the days on which it changes.

use limits::Unit;
use wire::days_in;

use crate::edition::Edition;
use crate::fact::Fact;
use crate::rows::{Limit, OwnLimits};

/// A limit that becomes another one.
#[derive(Clone, Debug, Eq, PartialEq, Ord, PartialOrd)]
pub struct Move {
    /// The day from which the new one holds: `2025-05-18`.
    pub date: String,
    /// The row that moves: a tier by name, `ladder` for every tier on the ladder, or `any`.
    pub row: String,
    /// The model whose own limit it is; `None` for that of a whole class of work.
    pub model: Option<String>,
    /// The fact with all its days, by id.
    pub fact: String,
}

/// Whether a text is a day such as `2026-04-22`.
#[must_use]
pub fn is_day(text: &str) -> bool {
    let number = |range, length: usize| -> Option<u64> {
        let part: &str = text.get(range)?;
        let digits = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        digits.then(|| part.parse().ok()).flatten()
    };
    let dashes = text.get(4..5) == Some("-") && text.get(7..8) == Some("-") && text.len() == 10;
    let (Some(year), Some(month), Some(day)) = (number(0..4, 4), number(5..7, 2), number(8..10, 2))
    else {
        return false;
    };
    dashes && (1..=12).contains(&month) && (1..=days_in(year, month)).contains(&day)
}

impl Edition {
    /// The edition with the limits of one day, `2025-05-18`; without a day those that held last.
    #[must_use]
    pub fn as_of(&self, day: Option<&str>) -> Edition {
        Edition { day: day.map(str::to_owned), ..self.clone() }
    }

    /// The day whose limits it has; none where it has those that held last.
    #[must_use]
    pub fn day(&self) -> Option<&str> {
        self.day.as_deref()
    }

    /// The fact that its rules began to hold, with the day as its value; none where nobody says
    /// when they did.
    #[must_use]
    pub fn began(&self) -> Option<&Fact> {
        self.fact(&self.began.as_ref()?.fact)
    }

    /// The fact that its rules ceased to hold, with the day as its value, `2026-04-22`; none where
    /// nobody says that they did.
    #[must_use]
    pub fn ended(&self) -> Option<&Fact> {
        self.fact(&self.ended.as_ref()?.fact)
    }

    /// Whether its rules held on a day. One that nobody dates held on none, nor any on what is no
    /// day.
    #[must_use]
    pub fn held_on(&self, day: &str) -> bool {
        let begun = self.began.as_ref().is_some_and(|began| began.value.as_str() <= day);
        is_day(day) && begun && self.ended.as_ref().is_none_or(|ended| day < ended.value.as_str())
    }

    /// The limits that become others after the day `from` and up to the day `to`, in their order.
    #[must_use]
    pub fn moves(&self, from: &str, to: &str) -> Vec<Move> {
        let mut moves = self.all_moves();
        moves.retain(|one| from < one.date.as_str() && one.date.as_str() <= to);
        moves
    }

    /// Every day on which a limit becomes another one, with what it is.
    pub(crate) fn all_moves(&self) -> Vec<Move> {
        let mut moves = Vec::new();
        for (tier, row) in &self.rows {
            moves_of(&mut moves, None, tier, row.requests.as_ref());
            moves_of(&mut moves, None, tier, row.tokens.as_ref());
        }
        for works in self.works.values() {
            moves_of_rows(&mut moves, None, &works.requests);
            moves_of_rows(&mut moves, None, works.tokens.as_deref().unwrap_or_default());
        }
        for (model, facts) in &self.models {
            match &facts.limits {
                Some(OwnLimits::Rows(rows)) => moves_of_rows(&mut moves, Some(model), rows),
                Some(OwnLimits::By { variants, .. }) => {
                    for (_, rows) in variants {
                        moves_of_rows(&mut moves, Some(model), rows);
                    }
                }
                None => {}
            }
            moves_of_rows(&mut moves, Some(model), facts.tokens.as_deref().unwrap_or_default());
        }
        moves.sort();
        moves
    }
}

fn moves_of_rows<U: Unit>(
    moves: &mut Vec<Move>,
    model: Option<&String>,
    rows: &[(String, Limit<U>)],
) {
    for (row, limit) in rows {
        moves_of(moves, model, row, Some(limit));
    }
}

fn moves_of<U: Unit>(
    moves: &mut Vec<Move>,
    model: Option<&String>,
    row: &str,
    limit: Option<&Limit<U>>,
) {
    let Some(limit) = limit else { return };
    moves.extend(limit.steps.iter().filter_map(|step| {
        Some(Move {
            date: step.from.clone()?,
            row: row.to_owned(),
            model: model.cloned(),
            fact: limit.fact.clone(),
        })
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_is_a_year_a_month_and_a_day() {
        assert!(is_day("2026-04-22"));
        assert!(is_day("2024-02-29") && !is_day("2026-02-29") && !is_day("2026-04-31"));
        for text in ["2026-4-22", "2026-13-01", "2026-01-32", "22.4.2026", "2026-04-22T00", ""] {
            assert!(!is_day(text), "{text}");
        }
    }
}
