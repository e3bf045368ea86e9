//! The league: every strategy under every tier and load, and what that says about which to ship.
//!
//! Ranks, intervals and ties are the record's; here they are arranged and put into words.

mod from;
mod heat;
mod table;
mod words;

use maud::{Markup, html};

use crate::study::Study;

/// What the tables of these sections need beside the style of every page.
pub(crate) const STYLE: &str = include_str!("league/league.css");

/// The strategies of a run, held against each other.
pub(crate) struct League<'s> {
    study: &'s Study<'s>,
    /// As assumed; by tier, then by load.
    conditions: Vec<Condition>,
    /// With an assumption changed, each with what it says, on the home condition alone.
    others: Vec<(String, Condition)>,
    /// The account's tier at the traffic as written, where there is one.
    home: usize,
    /// Rows as they are drawn: best first at home.
    order: Vec<usize>,
}

/// One tier under one load.
pub(crate) struct Condition {
    tier: usize,
    /// The part of the traffic as written: 1 is all of it.
    load: f64,
    /// Best first.
    lines: Vec<Line>,
}

/// What came of one strategy under one condition.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line {
    /// The strategy, by its row.
    row: usize,
    /// The share of jobs in time, in the mean of the seeds.
    in_time: f64,
    /// What 95 of 100 such intervals contain; none with one seed.
    interval: Option<(f64, f64)>,
    /// How much less than the leader's, and between what and what that lies.
    behind: f64,
    between: Option<(f64, f64)>,
    /// From 1; strategies that nothing tells apart share one.
    rank: u32,
    tied: bool,
    /// In how many seeds it met what it met least often, and of how many.
    met: Option<(u32, u32)>,
}

/// The section; none where the charts by tier say all of it.
pub(crate) fn section(study: &Study<'_>) -> Option<Markup> {
    let league = League::of(study)?;
    if league.is_of_one() {
        return Some(html! {
            section.section #league {
                p.question { "And with more traffic, or less?" }
                h2 { (words::alone(&league)) }
                (heat::table(&league))
            }
        });
    }
    Some(html! {
        section.section #league {
            p.question { "Which client strategy should we ship?" }
            h2 { (words::finding(&league)) }
            p.lead { (words::lead(&league)) }
            div.asides { @for said in words::asides(&league) { p { (said) } } }
            (heat::table(&league))
            (table::at_home(&league))
            (table::winners(&league))
            (table::ranks(&league))
        }
    })
}

/// Whether a page has the section.
pub(crate) fn is_told(study: &Study<'_>) -> bool {
    League::of(study).is_some()
}

/// Whether it tells of retries that could not help.
pub(crate) fn is_useless_told(study: &Study<'_>) -> bool {
    League::of(study).is_some_and(|league| table::any_in_vain(&league))
}

impl League<'_> {
    fn name(&self, row: usize) -> String {
        self.study.quoted(row)
    }

    /// Whether there is nobody to compare with, so that only loads differ.
    fn is_of_one(&self) -> bool {
        self.study.strategies.len() == 1
    }

    fn home(&self) -> Option<&Condition> {
        self.conditions.get(self.home)
    }

    /// What came of a row under each condition where it was run.
    fn of_row(&self, row: usize) -> impl Iterator<Item = (&Condition, &Line)> {
        self.conditions.iter().filter_map(move |condition| Some((condition, condition.line(row)?)))
    }

    /// Where a row is furthest behind, and how far.
    fn worst(&self, row: usize) -> Option<(&Condition, &Line)> {
        // The first of equals.
        self.of_row(row).fold(None, |worst: Option<(&Condition, &Line)>, one| match worst {
            Some(worst) if worst.1.behind >= one.1.behind => Some(worst),
            _ => Some(one),
        })
    }

    /// How many loads there are.
    fn loads(&self) -> Vec<f64> {
        let mut loads: Vec<f64> = self.conditions.iter().map(|one| one.load).collect();
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        loads
    }

    /// The tiers, in the order of the ladder.
    fn tiers(&self) -> Vec<usize> {
        let mut tiers: Vec<usize> = self.conditions.iter().map(|one| one.tier).collect();
        tiers.dedup();
        tiers
    }

    /// `on Tier 2 at 150 %`.
    fn there(&self, condition: &Condition) -> String {
        let there = self.study.there(condition.tier);
        if self.loads().len() < 2 { there } else { format!("{there} at {}", condition.percent()) }
    }
}

impl Condition {
    fn line(&self, row: usize) -> Option<&Line> {
        self.lines.iter().find(|line| line.row == row)
    }

    fn leaders(&self) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(|line| line.rank == 1)
    }

    /// Whether nothing tells any of them apart.
    fn is_even(&self) -> bool {
        self.lines.len() > 1 && self.lines.iter().all(|line| line.rank == 1)
    }

    /// Whether leading here sets anybody apart: of those that do there are few, or fewer than half.
    fn is_won(&self) -> bool {
        let leaders = self.leaders().count();
        !self.is_even() && (leaders <= words::FEW || 2 * leaders < self.lines.len())
    }

    fn percent(&self) -> String {
        words::percent(self.load)
    }
}
