//! What if an assumption is wrong? Every reading that was tried, on the two tiers that the page is
//! about, the one that moves most first.

use maud::{Markup, html};
use run_record::derive::{self, Effect, Matters};

use crate::glossary::term;
use crate::numbers::{self, Share};
use crate::sign;
use crate::study::{Outcome, Standing, Study, capital};

/// With so few readings each strategy is told of by itself.
const FEW: usize = 4;
/// Readings that move the tier and are still named one by one.
const NAMED: usize = 3;
/// Assumptions that are named where few words are wanted.
const LISTED: usize = 4;

/// The readings that a run was tried under.
pub(crate) struct Sensitivity {
    /// Of each reading its effects, the one that moves most first.
    readings: Vec<Vec<Effect>>,
}

impl Sensitivity {
    /// None where few readings were tried, each with strategies of its own.
    pub(crate) fn of(study: &Study<'_>) -> Option<Sensitivity> {
        let mut readings: Vec<Vec<Effect>> = Vec::new();
        for effect in derive::sensitivity(study.record) {
            let same = |one: &&mut Vec<Effect>| {
                one.first().is_some_and(|first| {
                    (&first.assumption, &first.value) == (&effect.assumption, &effect.value)
                })
            };
            match readings.last_mut().filter(|last| same(last)) {
                Some(last) => last.push(effect),
                None => readings.push(vec![effect]),
            }
        }
        (readings.len() > FEW).then_some(Sensitivity { readings })
    }

    /// The readings under which another tier is enough.
    fn moving(&self) -> Vec<&Effect> {
        let firsts = self.readings.iter().filter_map(|of| of.first());
        firsts.filter(|one| one.moves_the_tier()).collect()
    }

    /// The assumptions that another reading of which makes another tier enough, each once, the one
    /// that moves most first.
    fn movers(&self) -> Vec<&str> {
        let mut names: Vec<&str> = Vec::new();
        for one in self.moving() {
            if !names.contains(&one.assumption.as_str()) {
                names.push(&one.assumption);
            }
        }
        names
    }

    /// Of how many readings it is known which tier is enough under them.
    fn known(&self) -> usize {
        self.readings.iter().filter(|of| of.first().is_some_and(|one| one.enough.is_some())).count()
    }

    /// `Tier 4 stays the lowest that is enough under 14 of 22 changed assumptions; token_gate and
    /// gateway_replicas move it.` None where it is not known of any.
    pub(crate) fn in_short(&self, study: &Study<'_>) -> Option<String> {
        let known = self.known();
        if known == 0 {
            return None;
        }
        let what = match study.enough {
            Some(tier) => {
                format!("{} stays the lowest that is enough", capital(&study.subject(tier)))
            }
            None => format!("No {} is enough", study.rung()),
        };
        let held = known - self.moving().len();
        if held == known {
            let any = if study.enough.is_some() { "all" } else { "any of" };
            return Some(format!("{what} under {any} {known} changed assumptions."));
        }
        let movers = self.movers();
        let more = movers.len().saturating_sub(LISTED);
        let rest = format!("{} more", numbers::in_words(more));
        let mut names: Vec<&str> = movers.iter().copied().take(LISTED).collect();
        if more > 0 {
            names.push(&rest);
        }
        let verb = match (names.len(), study.enough.is_some()) {
            (1, true) => "moves it",
            (_, true) => "move it",
            (1, false) => "makes one enough",
            (_, false) => "make one enough",
        };
        let names = numbers::listed(&names);
        Some(format!("{what} under {held} of {known} changed assumptions; {names} {verb}."))
    }

    /// `Tier 4 hangs on gateway_replicas`, or that nothing moves it.
    pub(crate) fn finding(&self, study: &Study<'_>) -> String {
        let mut names = self.movers();
        names.sort_unstable();
        let who =
            study.enough.map_or_else(|| "This".to_owned(), |tier| capital(&study.subject(tier)));
        match (names.as_slice(), study.expectations().is_empty()) {
            ([], true) => match self.largest() {
                Some(name) => format!("What comes of this hangs most on {name}"),
                None => "No other reading of the rules changes much".to_owned(),
            },
            ([], false) => match study.enough {
                Some(_) => format!("{who} is enough under every reading of the rules tried"),
                None => "No other reading of the rules makes a tier enough".to_owned(),
            },
            (names, _) if names.len() <= NAMED => {
                format!("{who} hangs on {}", numbers::listed(names))
            }
            (names, _) => format!("{who} hangs on {} assumptions", numbers::in_words(names.len())),
        }
    }

    /// `Tier 4 stays the lowest that is enough under 21 of 24 changed assumptions. Under …`
    pub(crate) fn sentence(&self, study: &Study<'_>) -> Option<String> {
        let known = self.known();
        if known == 0 {
            return None;
        }
        let moving = self.moving();
        let held = known - moving.len();
        let what = match study.enough {
            Some(tier) => format!("{} is the lowest that is enough", capital(&study.subject(tier))),
            None => format!("no {} is enough", study.rung()),
        };
        let mut said = format!("{} under {held} of {known} changed assumptions", capital(&what));
        let named: Vec<String> = moving.iter().take(NAMED).map(|one| moved(study, one)).collect();
        if !named.is_empty() {
            said.push_str("; ");
            said.push_str(&named.join(", "));
            if moving.len() > NAMED {
                said.push_str(", and others move it too");
            }
        }
        said.push('.');
        Some(said)
    }

    /// How much an assumption matters; none where it was not tried otherwise.
    pub(crate) fn matters(&self, name: &str) -> Option<&'static str> {
        let effects = self.readings.iter().flatten().filter(|one| one.assumption == name);
        effects.map(Effect::matters).max().map(|matters| match matters {
            Matters::High => "high",
            Matters::Medium => "medium",
            Matters::Low => "low",
        })
    }

    fn largest(&self) -> Option<&str> {
        let first = self.readings.first()?.first()?;
        (first.matters() > Matters::Low).then_some(first.assumption.as_str())
    }

    /// The table: readings down, the two tiers across.
    pub(crate) fn table(&self, study: &Study<'_>) -> Markup {
        let places = places(study);
        html! {
            div.block {
                h3 {
                    "What if an assumption is wrong? "
                    span.u { "jobs in time / attempts refused with 429" }
                }
                div.scroll tabindex="0" {
                    table.data {
                        thead {
                            tr {
                                th scope="col" { "Assumption" }
                                th scope="col" { "Instead" }
                                @for (strategy, tier) in &places {
                                    th.n scope="col" {
                                        (study.column(*tier)) ", " (study.quoted(*strategy))
                                    }
                                }
                                @if !study.expectations().is_empty() {
                                    th.n scope="col" { (term("enough", "Enough")) }
                                }
                            }
                        }
                        tbody {
                            (as_assumed(study, &places))
                            @for reading in &self.readings { (row(study, reading, &places)) }
                        }
                    }
                }
            }
        }
    }
}

/// The first row: what the others are changes of.
fn as_assumed(study: &Study<'_>, places: &[(usize, usize)]) -> Markup {
    html! {
        tr {
            th scope="row" { "as assumed" }
            td {}
            @for (strategy, tier) in places {
                td.n {
                    @if let Some(outcome) = study.outcome(*strategy, *tier) { (told(outcome)) }
                }
            }
            @if !study.expectations().is_empty() {
                td.n {
                    (study.enough.map_or("none", |tier| study.column(tier)))
                }
            }
        }
    }
}

/// What is looked at: a strategy on a tier, the account's and the one that is enough or comes closest.
fn places(study: &Study<'_>) -> Vec<(usize, usize)> {
    let Some(headline) = run_record::headline(study.record) else { return Vec::new() };
    let place = |tier: &str, strategy: &str| {
        let tier = study.tiers.iter().position(|one| one.id == Some(tier))?;
        Some((study.strategies.iter().position(|one| one.name == strategy)?, tier))
    };
    let own = headline.yours.as_deref().and_then(|tier| place(tier, &headline.ship));
    let other = place(&headline.other, &headline.best).filter(|other| Some(*other) != own);
    own.into_iter().chain(other).collect()
}

fn row(study: &Study<'_>, reading: &[Effect], places: &[(usize, usize)]) -> Markup {
    let at = |strategy: usize, tier: usize| {
        let id = study.tiers.get(tier).and_then(|tier| tier.id);
        let name = study.strategies.get(strategy).map(|one| one.name);
        reading.iter().find(|one| one.tier.as_deref() == id && Some(one.strategy.as_str()) == name)
    };
    html! {
        @if let Some(first) = reading.first() {
            tr {
                th scope="row" { code { (first.assumption) } }
                td { (first.value) }
                @for (strategy, tier) in places {
                    td.n {
                        @match at(*strategy, *tier) {
                            Some(effect) => (changed(effect)),
                            None => "not run",
                        }
                    }
                }
                @if !study.expectations().is_empty() {
                    td.n {
                        @match &first.enough {
                            Some([_, Some(tier)]) => (study.title_of(tier)),
                            Some([_, None]) => "none",
                            None => "not tried",
                        }
                    }
                }
            }
        }
    }
}

fn changed(effect: &Effect) -> Markup {
    let [_, standing] = effect.standing;
    cell(
        standing,
        Share::from_fraction(effect.in_time[1]),
        Share::from_fraction(effect.status_429[1]),
    )
}

fn told(outcome: &Outcome) -> Markup {
    cell(outcome.standing, outcome.in_time(), outcome.refused())
}

fn cell(standing: Standing, in_time: Option<Share>, refused: Option<Share>) -> Markup {
    let shown = |share: Option<Share>| share.map_or_else(|| "none".to_owned(), Share::in_table);
    html! { (sign::of(standing)) (shown(in_time)) " / " (shown(refused)) }
}

/// `under gateway_replicas 2 Tier 3 is`.
fn moved(study: &Study<'_>, effect: &Effect) -> String {
    let under = format!("under {} {}", effect.assumption, effect.value);
    match &effect.enough {
        Some([_, Some(tier)]) => format!("{under} {} is", study.title_of(tier)),
        Some([_, None]) | None => format!("{under} none is"),
    }
}

#[cfg(test)]
mod tests;
