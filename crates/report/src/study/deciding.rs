//! What decides a verdict that is not met: which expectation, of which strategy.

use run_record::{Expectation, Judged, Verdict};

use super::{Outcome, Study};

/// The expectation that keeps a run from being met.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Deciding {
    /// Missed or unjudged.
    pub(crate) verdict: Verdict,
    /// By its place in the header.
    pub(crate) expectation: usize,
    /// The strategy it was judged on; none where that one was not run.
    pub(crate) strategy: Option<usize>,
    /// Whether it is asked of that strategy by name, so that no other one can meet it instead.
    pub(crate) by_name: bool,
}

impl Deciding {
    /// Whether one strategy is what the verdict is about, whatever the best one does.
    pub(crate) fn is_about_one(self) -> bool {
        self.by_name || self.verdict == Verdict::Unjudged
    }

    /// None where all is met, nothing was asked, or the account's tier was not run.
    pub(super) fn of(study: &Study<'_>) -> Option<Deciding> {
        let tier = study.yours?;
        let judgement = study.record.judge();
        let verdict = judgement.verdict.filter(|verdict| *verdict != Verdict::Met)?;
        common(study, tier, verdict).or_else(|| named(study, &judgement.judged, verdict))
    }
}

/// Of what is asked of all strategies, where that is what decides.
fn common(study: &Study<'_>, tier: usize, verdict: Verdict) -> Option<Deciding> {
    let header = study.record.header();
    let asked_of_all = |one: &&Judged| !is_scoped(study.expectations(), one);
    let ships = |strategy: &usize| header.ship.is_none() || study.ship == Some(*strategy);
    let there: Vec<(usize, &Outcome, Verdict)> = (0..study.strategies.len())
        .filter(ships)
        .filter_map(|strategy| Some((strategy, study.outcome(strategy, tier)?)))
        .map(|(strategy, outcome)| {
            let all = outcome.judged.iter().filter(asked_of_all).map(|one| one.verdict);
            (strategy, outcome, Verdict::worst(all))
        })
        .collect();
    // A strategy that was not reached might have met everything.
    let unreached =
        header.cut_short && header.ship.is_none() && there.len() < header.strategies.len();
    let unknown = unreached.then_some(Verdict::Unjudged);
    let best = there.iter().map(|(.., of_all)| *of_all).chain(unknown).min()?;
    if best != verdict {
        return None;
    }
    let (strategy, outcome, _) = there
        .iter()
        .filter(|(.., of_all)| *of_all == verdict)
        .min_by(|(_, a, _), (_, b, _)| Outcome::compare(a, b))?;
    let one = outcome.judged.iter().filter(asked_of_all).find(|one| one.verdict == verdict)?;
    let strategy = Some(*strategy);
    Some(Deciding { verdict, expectation: one.expectation, strategy, by_name: false })
}

/// Of what is asked of one strategy by name, or of a cell that was not run.
fn named(study: &Study<'_>, judged: &[Judged], verdict: Verdict) -> Option<Deciding> {
    let expectations = study.expectations();
    let one = judged
        .iter()
        .find(|one| one.verdict == verdict && (one.of == 0 || is_scoped(expectations, one)))?;
    let name = one.strategy.as_deref().filter(|_| one.of > 0);
    Some(Deciding {
        verdict,
        expectation: one.expectation,
        strategy: name.and_then(|name| study.strategies.iter().position(|row| row.name == name)),
        by_name: is_scoped(expectations, one),
    })
}

fn is_scoped(expectations: &[Expectation], one: &Judged) -> bool {
    expectations.get(one.expectation).is_some_and(|asked| asked.strategy.is_some())
}
