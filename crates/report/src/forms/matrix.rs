//! Every tier and every strategy in print, for whoever draws it with letters alone.

use run_record::RunRecord;

use crate::chart::bars::Tag;
use crate::decide;
use crate::numbers::{self, Share, THIN};
use crate::sign;
use crate::study::{Standing, Study};

/// Tiers across, strategies down, the best first.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Matrix {
    /// Which order the rows have: `Best first on Tier 4`; nothing where there is none.
    pub order: String,
    /// The tiers.
    pub columns: Vec<Column>,
    /// Each strategy with what came of it on each tier; none where the cell was not run.
    pub rows: Vec<(String, Vec<Option<Met>>)>,
    /// The signs that occur, each with its meaning; none where nothing was asked.
    pub legend: Vec<(&'static str, &'static str)>,
    /// How many strategies are left out.
    pub left_out: usize,
}

/// A tier at the head of a column.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Column {
    /// `Tier 2`, `300/min`.
    pub title: String,
    /// `yours`, `enough`, both or neither.
    pub tags: Vec<&'static str>,
    /// How many strategies meet everything, and of how many that were asked anything.
    pub meet: (usize, usize),
}

/// What came of one strategy on one tier.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Met {
    /// `✓`, `(✓)`, `△`, `✗`, `–`, or nothing where nothing was asked.
    pub sign: &'static str,
    /// Jobs answered in time, in percent, without the sign: `99.9`; none without jobs.
    pub in_time: Option<String>,
    /// Attempts answered 429, likewise; none where none was sent.
    pub status_429: Option<String>,
}

impl Matrix {
    /// The matrix of a record; none where no cell was run.
    #[must_use]
    pub fn of(record: &RunRecord) -> Option<Matrix> {
        Matrix::drawn(&Study::of(record))
    }

    /// The same of a run that is arranged already.
    pub(crate) fn drawn(study: &Study<'_>) -> Option<Matrix> {
        let tiers = 0..study.tiers.len();
        let ordered = study.enough.or(study.yours).filter(|_| tiers.len() > 1);
        let rows = decide::rows(study).map(|(row, strategy)| {
            let cells = tiers.clone().map(|tier| study.outcome(row, tier).map(met));
            (strategy.name.to_owned(), cells.collect())
        });
        let rows: Vec<(String, Vec<Option<Met>>)> = rows.collect();
        if rows.is_empty() || study.tiers.is_empty() {
            return None;
        }
        Some(Matrix {
            order: ordered
                .map_or_else(String::new, |tier| format!("Best first {}", study.there(tier))),
            columns: tiers.map(|tier| column(study, tier)).collect(),
            left_out: study.strategies.len() - rows.len(),
            rows,
            legend: standings(study).map(|one| (sign::letters(one), sign::words(one))).collect(),
        })
    }
}

/// The standings that occur, the best first.
fn standings(study: &Study<'_>) -> impl Iterator<Item = Standing> {
    let shown = study.shown().into_iter();
    let cells = shown.flat_map(|row| (0..study.tiers.len()).map(move |tier| (row, tier)));
    let mut all: Vec<Standing> = cells
        .filter_map(|(row, tier)| study.outcome(row, tier))
        .map(|outcome| outcome.standing)
        .filter(|standing| *standing != Standing::Unasked)
        .collect();
    all.sort_unstable();
    all.dedup();
    all.into_iter()
}

fn column(study: &Study<'_>, tier: usize) -> Column {
    Column {
        title: study.column(tier).to_owned(),
        tags: tags(study, tier),
        meet: study.meeting(tier),
    }
}

/// How a tier is marked in words.
pub(crate) fn tags(study: &Study<'_>, tier: usize) -> Vec<&'static str> {
    let tag = study.tag(tier);
    let besides = tag == Some(Tag::Enough) && study.yours == Some(tier);
    tag.map(Tag::word).into_iter().chain(besides.then(|| Tag::Yours.word())).collect()
}

fn met(outcome: &crate::study::Outcome) -> Met {
    Met {
        sign: sign::letters(outcome.standing),
        in_time: outcome.in_time().map(Share::in_cell),
        status_429: outcome.refused().map(Share::refused_in_cell),
    }
}

impl Matrix {
    /// That not all strategies are shown: `Shown are ten of 33 strategies.`; nothing where all are.
    #[must_use]
    pub fn choice(&self) -> String {
        if self.left_out == 0 {
            return String::new();
        }
        let shown = self.rows.len();
        let all = shown + self.left_out;
        format!("Shown are {} of {all} strategies.", numbers::in_words(shown))
    }
}

impl Met {
    /// Both shares in one cell: `✓ 99.9 %, 0.1 % 429s`.
    #[must_use]
    pub fn in_words(&self) -> String {
        let Some(in_time) = &self.in_time else { return "no jobs".to_owned() };
        let refused = match &self.status_429 {
            Some(refused) => format!("{refused}{THIN}% 429s"),
            None => "none sent".to_owned(),
        };
        format!("{} {in_time}{THIN}%, {refused}", self.sign).trim_start().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn every_cell_says_what_its_counts_say() {
        let record = launch();
        let matrix = Matrix::of(&record).unwrap();
        assert_eq!(matrix.order, "Best first on Tier 4");
        assert_eq!(matrix.columns.len(), 5);
        assert_eq!(
            (matrix.columns[1].tags.as_slice(), matrix.columns[1].meet),
            (&["yours"][..], (0, 5))
        );
        assert_eq!(matrix.columns[3].tags, ["enough"]);
        let mut seen = 0;
        for (name, cells) in &matrix.rows {
            for (number, met) in cells.iter().enumerate() {
                let key = run_record::CellKey::new(Some(&format!("build-{}", number + 1)), name);
                let leaf = record.cell(&key).unwrap().whole().pooled();
                let met = met.as_ref().unwrap();
                let share = |part, of| Share::new(part, of);
                let in_time = share(leaf.jobs.in_time, leaf.jobs.offered).map(Share::in_cell);
                assert_eq!(met.in_time, in_time, "{name} {number}");
                let refused = share(leaf.attempts.with_status(429), leaf.attempts.sent);
                assert_eq!(met.status_429, refused.map(Share::refused_in_cell), "{name} {number}");
                seen += 1;
            }
        }
        assert_eq!(seen, 25);
    }

    #[test]
    fn a_cell_without_jobs_has_no_share() {
        let none = Told { offered: 0, ..Told::default() };
        let matrix = Matrix::of(&record_of(&[("build-2", "give-up", vec![none])])).unwrap();
        assert_eq!(matrix.rows[0].1[0].as_ref().unwrap().in_words(), "no jobs");
        assert!(Matrix::of(&record_of(&[])).is_none());
    }
}
