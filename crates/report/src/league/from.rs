//! The record’s standings, arranged for a page.

use run_record::{Cell, CellKey, Standing, StandingRow};

use super::{Condition, League, Line};
use crate::numbers::Share;
use crate::study::{CARRIED, Study};

impl<'s> League<'s> {
    /// None where the sections by tier carry all there is.
    pub(crate) fn of(study: &'s Study<'s>) -> Option<League<'s>> {
        let record = study.record;
        // Growth is tried with a few strategies only, and makes no tournament.
        let compared = |key: &CellKey| !key.is_at_whole_load() && !record.header().is_growth(key);
        let loads = record.cells().iter().any(|cell| compared(cell.key()));
        if !loads && study.strategies.len() <= CARRIED {
            return None;
        }
        let mut conditions = Vec::new();
        let mut others = Vec::new();
        for standing in study.standings() {
            let Some(condition) = Condition::of(study, standing) else { continue };
            if standing.assumed.is_empty() {
                conditions.push(condition);
            } else {
                let under: Vec<String> = standing
                    .assumed
                    .iter()
                    .map(|changed| format!("{} {}", changed.assumption, changed.to))
                    .collect();
                others.push((under.join(", "), condition));
            }
        }
        if study.strategies.len() == 1 {
            conditions = alone(study);
        }
        conditions.sort_by(|a: &Condition, b| a.tier.cmp(&b.tier).then(a.load.total_cmp(&b.load)));
        let tier = study.yours.or_else(|| study.other()).unwrap_or(0);
        let is_home = |one: &Condition| one.tier == tier && (one.load - 1.0).abs() < 1e-9;
        let home = conditions.iter().position(is_home)?;
        others.retain(|(_, condition)| is_home(condition));
        let mut league = League { study, conditions, others, home, order: Vec::new() };
        league.order = league.in_order();
        Some(league)
    }

    /// Best at home first; of equals the one that does more in the mean of all conditions.
    fn in_order(&self) -> Vec<usize> {
        let mean = |row: usize| {
            let (sum, count) = self
                .of_row(row)
                .fold((0.0, 0.0), |(sum, count), (_, line)| (sum + line.in_time, count + 1.0));
            sum / f64::max(count, 1.0)
        };
        let rank = |row: usize| {
            self.home().and_then(|home| home.line(row)).map_or(u32::MAX, |line| line.rank)
        };
        let mut rows: Vec<usize> = (0..self.study.strategies.len()).collect();
        rows.sort_by(|a, b| rank(*a).cmp(&rank(*b)).then_with(|| mean(*b).total_cmp(&mean(*a))));
        rows
    }
}

/// What came of the only strategy, which the record ranks against nobody.
fn alone(study: &Study<'_>) -> Vec<Condition> {
    let cells = study.record.cells().iter().filter(|cell| cell.key().is_as_supposed());
    let of = |cell: &Cell| {
        let jobs = cell.whole().pooled().jobs;
        let in_time = Share::new(jobs.in_time, jobs.offered)?.fraction();
        let percent: f64 = cell.key().load().strip_suffix('%')?.parse().ok()?;
        let line = Line {
            row: 0,
            in_time,
            interval: None,
            behind: 0.0,
            between: None,
            rank: 1,
            tied: false,
            met: None,
        };
        let tier = study.tiers.iter().position(|tier| tier.id == cell.key().tier())?;
        Some(Condition { tier, load: percent / 100.0, lines: vec![line] })
    };
    cells.filter_map(of).collect()
}

impl Condition {
    fn of(study: &Study<'_>, standing: &Standing) -> Option<Condition> {
        let tier = study.tiers.iter().position(|tier| tier.id == standing.rung.as_deref())?;
        let mut lines: Vec<Line> =
            standing.rows.iter().filter_map(|row| Line::of(study, row)).collect();
        lines.sort_by_key(|line| line.rank);
        Some(Condition { tier, load: standing.load, lines })
    }
}

impl Line {
    fn of(study: &Study<'_>, row: &StandingRow) -> Option<Line> {
        Some(Line {
            row: study.strategies.iter().position(|one| one.name == row.strategy)?,
            in_time: row.in_time?,
            interval: row.in_time_95.map(|[low, high]| (low, high)),
            behind: row.behind.map_or(0.0, |behind| behind.by),
            between: row.behind.and_then(|behind| behind.by_95).map(|[low, high]| (low, high)),
            rank: row.rank,
            tied: row.tied,
            met: row.met_in.map(|[met, of]| (met, of)),
        })
    }
}
