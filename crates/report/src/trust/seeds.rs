//! Every seed a dot: how far the share of attempts refused moves from seed to seed.

use maud::{Markup, PreEscaped, html};
use run_record::{Comparison, Leaf};

use crate::chart::svg::{Anchor, Svg, px, shortened, width_of, write_to};
use crate::goal;
use crate::key;
use crate::numbers::Share;
use crate::study::{Outcome, Study};

const WIDE: f64 = 1_100.0;
const NARROW: f64 = 400.0;
/// Where a name begins after its mark.
const NAME: f64 = 18.0;
/// Letters of a name that a row has room for.
const LETTERS: usize = 18;
const HEAD: f64 = 10.0;
const ROW: f64 = 24.0;
const FOOT: f64 = 24.0;
/// Room at the right for a row's figure.
const FIGURE: f64 = 62.0;
/// Where a scale may end, in fractions of one, and its steps.
const ENDS: [(f64, u32); 7] =
    [(0.01, 5), (0.02, 4), (0.05, 5), (0.1, 5), (0.2, 4), (0.5, 5), (1.0, 5)];

/// The strip; none of a single seed.
pub(super) fn figure(study: &Study<'_>) -> Option<Markup> {
    let seeds = study.replications();
    let tier = study.other().or(study.yours).filter(|_| seeds > 1)?;
    let rows: Vec<(usize, &Outcome)> = study
        .shown()
        .into_iter()
        .filter_map(|row| Some((row, study.outcome(row, tier)?)))
        .filter(|(_, outcome)| outcome.refused().is_some())
        .collect();
    if rows.is_empty() {
        return None;
    }
    let highest = rows.iter().flat_map(|(_, outcome)| by_seed(outcome)).fold(0.0, f64::max);
    if highest <= 0.0 {
        return Some(html! {
            p.block {
                "In none of " (seeds) " seeds was an attempt refused with 429 " (study.there(tier)) "."
            }
        });
    }
    let goal = study.goal_429().filter(|asked| asked.comparison == Comparison::AtMost);
    let end = f64::max(highest, goal.map_or(0.0, goal::number));
    let scale = ENDS.into_iter().find(|(one, _)| *one >= end).unwrap_or((1.0, 5));
    let strip = Strip { study, tier, rows, scale, goal: goal.map(goal::number) };
    Some(html! {
        figure.block {
            figcaption {
                h3 { "Seed by seed, " (study.there(tier)) ": attempts refused with 429, %" }
                ul.key {
                    (entry("seed", "M9 6h0", "one seed"))
                    (entry("seeds-mean", "M9 0v12", &format!("all {seeds} seeds together")))
                    @if let Some(asked) = goal {
                        (key::line("goal", &format!("expectation: {}", goal::bound(asked))))
                    }
                }
            }
            (PreEscaped(strip.draw(WIDE, "ch wide")))
            (PreEscaped(strip.draw(NARROW, "ch narrow")))
        }
    })
}

fn entry(class: &str, path: &str, words: &str) -> Markup {
    html! {
        li {
            svg.swatch viewBox="0 0 18 12" aria-hidden="true" { path class=(class) d=(path) {} }
            (words)
        }
    }
}

/// The share of attempts refused in each seed that sent any.
fn by_seed(outcome: &Outcome) -> Vec<f64> {
    let refused = |leaf: &Leaf| Share::new(leaf.attempts.with_status(429), leaf.attempts.sent);
    outcome.whole.leaves().iter().filter_map(refused).map(Share::fraction).collect()
}

struct Strip<'s> {
    study: &'s Study<'s>,
    tier: usize,
    rows: Vec<(usize, &'s Outcome)>,
    /// Where it ends, and its steps.
    scale: (f64, u32),
    /// The most that is well.
    goal: Option<f64>,
}

impl Strip<'_> {
    fn draw(&self, width: f64, class: &str) -> String {
        let names = self.rows.iter().map(|(row, _)| width_of(&self.name(*row), 12.5));
        let left = NAME + names.fold(40.0, f64::max) + 12.0;
        let (end, steps) = self.scale;
        let x = |share: f64| left + (width - FIGURE - left) * share / end;
        let bottom = HEAD + ROW * self.rows.len() as f64;
        let mut svg = Svg::new();
        for step in 0..=steps {
            let tick = end * f64::from(step) / f64::from(steps);
            svg.line(if step > 0 { "grid" } else { "axis" }, (x(tick), HEAD), (x(tick), bottom));
            svg.text("t s", Anchor::Middle, (x(tick), bottom + 16.0), &percent(tick));
        }
        if let Some(goal) = self.goal.filter(|goal| *goal <= end) {
            svg.line("goal", (x(goal), HEAD - 4.0), (x(goal), bottom));
        }
        for (index, (row, outcome)) in self.rows.iter().enumerate() {
            let y = HEAD + ROW * (index as f64 + 0.5);
            svg.open_strategy(*row);
            svg.open_tier(self.tier);
            if let Some(strategy) = self.study.strategies.get(*row) {
                svg.raw(&strategy.mark.shape((7.0, y)));
            }
            svg.text("t", Anchor::Start, (NAME, y + 4.0), &self.name(*row));
            svg.raw(&dots(&by_seed(outcome), y, x));
            if let Some(mean) = outcome.refused() {
                let at = x(mean.fraction());
                svg.line("seeds-mean", (at, y - 8.0), (at, y + 8.0));
                svg.text("t num", Anchor::End, (width, y + 4.0), &mean.in_table());
            }
            svg.close();
            svg.close();
        }
        let label = format!(
            "Share of attempts refused with 429 {}, a dot for each seed of each strategy: {}",
            self.study.there(self.tier),
            self.spoken()
        );
        svg.finish(class, (width, bottom + FOOT), &label)
    }

    fn name(&self, row: usize) -> String {
        let strategy = self.study.strategies.get(row);
        strategy.map_or_else(String::new, |one| shortened(one.name, LETTERS))
    }

    /// From where to where the seeds of each strategy lie.
    fn spoken(&self) -> String {
        let range = |(row, outcome): &(usize, &Outcome)| {
            let seeds = by_seed(outcome);
            let shown = |share: f64| Share::from_fraction(share).map(Share::in_table);
            let low = shown(seeds.iter().copied().fold(1.0, f64::min))?;
            let high = shown(seeds.iter().copied().fold(0.0, f64::max))?;
            Some(format!("{} {low} to {high}", self.study.quoted(*row)))
        };
        self.rows.iter().filter_map(range).collect::<Vec<_>>().join(", ")
    }
}

/// Each seed a dot, those that lie on one another once: a stroke without length has round ends.
fn dots(seeds: &[f64], y: f64, x: impl Fn(f64) -> f64) -> String {
    let mut places: Vec<String> = seeds.iter().map(|share| px(x(*share))).collect();
    places.sort_unstable();
    places.dedup();
    let mut path = String::new();
    for place in places {
        write_to(&mut path, format_args!("M{place} {}h0", px(y)));
    }
    format!(r#"<path class="seed" d="{path}"/>"#)
}

/// `0`, `2.5`, `5`: the title says of what they are per cent.
fn percent(share: f64) -> String {
    let text = format!("{:.1}", share * 100.0);
    text.strip_suffix(".0").unwrap_or(&text).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{Told, launch, record_of};

    #[test]
    fn every_seed_of_every_strategy_has_a_dot_on_the_tier_that_is_enough() {
        let record = launch();
        let study = Study::of(&record);
        let drawn = figure(&study).unwrap().into_string();
        assert!(drawn.contains("Seed by seed, on Tier 4"), "{drawn}");
        let (_, drawn) = drawn.split_once("</figcaption>").unwrap();
        let (wide, _) = drawn.split_once("ch narrow").unwrap();
        assert_eq!(wide.matches("class=\"seed\" d=").count(), study.strategies.len());
        assert_eq!(wide.matches("class=\"seeds-mean\"").count(), study.strategies.len());
        assert!(wide.contains("“give-up” "), "each is told in words");
    }

    #[test]
    fn seeds_that_differ_have_dots_of_their_own() {
        let told = |by_tokens| Told { in_time: 900, by_tokens, ..Told::default() };
        let runs = [100, 200, 100, 150].map(told);
        let record = record_of(&[("build-2", "give-up", runs.into())]);
        let drawn = figure(&Study::of(&record)).unwrap().into_string();
        let (_, drawn) = drawn.split_once("</figcaption>").unwrap();
        let (_, path) = drawn.split_once("class=\"seed\" d=\"").unwrap();
        let (path, _) = path.split_once('"').unwrap();
        assert_eq!(path.matches("h0").count(), 3, "two of four lie on one another: {path}");
    }

    #[test]
    fn one_seed_has_no_spread_and_no_refusal_no_strip() {
        let told = |by_tokens| Told { in_time: 900, by_tokens, ..Told::default() };
        let one = record_of(&[("build-2", "give-up", vec![told(100)])]);
        assert!(figure(&Study::of(&one)).is_none());
        let none = record_of(&[("build-2", "give-up", vec![told(0), told(0)])]);
        let said = figure(&Study::of(&none)).unwrap().into_string();
        assert!(said.contains("In none of 2 seeds was an attempt refused with 429 on Tier 2."));
        assert!(!said.contains("<svg"), "{said}");
    }
}
