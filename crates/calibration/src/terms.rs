//! What an edition makes of one limit: the policy that counts it and what responses show of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use limits::{Cost, Decision, Instant, Limiter, Per, Policy, Rate, Requests, Span, Tokens};
use rulebook::{Assumptions, Edition, Model, Tier, TokenReset, Wording, Work, labels};
use wire::{Rate10, Shows};

/// One request; what its tokens are is charged when it ends.
pub(crate) const ONE: Cost = Cost::new(Requests(1), Tokens(0));

const SECOND: Span = Span::from_secs(1);

/// A limit as responses show it: requests and tokens per second.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) requests: Rate10,
    pub(crate) tokens: Option<Rate10>,
}

impl Shown {
    pub(crate) fn of(shows: &Shows) -> Option<Shown> {
        Some(Shown { requests: shows.limit?, tokens: shows.limit_tokens })
    }
}

/// The rules by which a limit is counted.
#[derive(Debug)]
pub(crate) struct Terms {
    pub(crate) shown: Shown,
    /// What headers tell of: requests, and the tokens that are shown.
    pub(crate) counted: Policy,
    /// What decides about tokens by itself, so that a counter which is put right forgets nothing of
    /// it.
    pub(crate) gate: Option<Policy>,
    pub(crate) wording: Wording,
    /// How long requests are counted together, and how many fit.
    pub(crate) window: Span,
    pub(crate) capacity: u64,
    /// How many tokens are shown where none were used.
    pub(crate) tokens: Option<u64>,
    /// The least rest of a window that shows as a second: what the edition's rounding comes to.
    pub(crate) rounds_at: Span,
    /// Whether a refusal by tokens shows the end of its own window.
    pub(crate) gate_resets: bool,
    /// Whether it refuses what is above it; a dynamic rate refuses nothing while capacity suffices.
    pub(crate) refuses: bool,
    /// What an admitted request is shown, from which it follows what can be held against a row.
    pub(crate) expects: Shows,
}

/// An edition and its assumptions, and the terms that they came to so far.
#[derive(Debug)]
pub(crate) struct Rules {
    pub(crate) edition: Arc<Edition>,
    pub(crate) given: Assumptions,
    /// The same where no tokens decide: what is then left of a policy is what headers tell of.
    ungated: Assumptions,
    known: BTreeMap<(Shown, Work), Option<Arc<Terms>>>,
}

impl Rules {
    pub(crate) fn new(edition: Arc<Edition>, given: Assumptions) -> Rules {
        let ungated = given.with("token_gate", "none").unwrap_or_else(|_| given.clone());
        Rules { edition, given, ungated, known: BTreeMap::new() }
    }

    /// The terms of a limit that was shown for a model; none where it counts nothing.
    pub(crate) fn of(&mut self, shown: Shown, model: &Model) -> Option<Arc<Terms>> {
        let key = (shown, model.work());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let terms = self.make(shown, model).map(Arc::new);
        self.known.insert(key, terms.clone());
        terms
    }

    /// The limit that the edition has for a model on a tier, as it would be shown.
    pub(crate) fn published(&self, tier: &Tier, model: &Model) -> Option<Shown> {
        let published = self.edition.published(tier, model, &self.given)?;
        let tokens = published.tokens.map(shown_tokens);
        let none = (!model.work().counts_tokens()).then_some(Rate10(0));
        let requests = Rate10(published.requests.in_1e10_per_second());
        Some(Shown { requests, tokens: tokens.or(none) })
    }

    fn make(&self, shown: Shown, model: &Model) -> Option<Terms> {
        let requests = requests_of(shown.requests)?;
        let tokens = shown.tokens.and_then(|tokens| self.tokens_of(tokens, model));
        let edition = &self.edition;
        let (counted, wording) = edition.as_seen(model, requests, tokens, &self.ungated)?;
        let (whole, _) = edition.as_seen(model, requests, tokens, &self.given)?;
        let gate = whole.meters().iter().find(|meter| meter.label() == labels::TOKENS);
        let quota = counted.meters().first()?.quota();
        let of_tokens = counted.meters().iter().find(|m| m.label() == labels::SHOWN_TOKENS);
        let rounds_at = rounds_at(&counted, &wording, quota.window());
        let fresh = Limiter::new(counted.clone());
        let expects = wording.shows(Instant::START, &fresh.standing(Instant::START), None);
        Some(Terms {
            shown,
            gate: gate.and_then(|gate| Policy::new(&[*gate]).ok()),
            window: quota.window(),
            capacity: quota.capacity(),
            tokens: of_tokens.map(|meter| meter.quota().capacity()),
            counted,
            wording,
            rounds_at,
            gate_resets: self.given.token_reset() == TokenReset::Gate,
            refuses: edition.has_tiers(),
            expects,
        })
    }

    /// Tokens shown per second are rounded: where a tier's come to the same, they are meant.
    fn tokens_of(&self, shown: Rate10, model: &Model) -> Option<Rate<Tokens>> {
        let published = |tier| self.edition.published(tier, model, &self.given)?.tokens;
        let mut tiers = self.edition.tiers().iter().filter_map(published);
        tiers.find(|tokens| shown_tokens(*tokens) == shown).or_else(|| rate_of(shown))
    }
}

impl Terms {
    /// How a rest of time is shown, in whole seconds.
    pub(crate) fn seconds(&self, rest: Span) -> u32 {
        let up = SECOND.nanos().saturating_sub(self.rounds_at.nanos());
        u32::try_from(rest.nanos().saturating_add(up) / SECOND.nanos()).unwrap_or(u32::MAX)
    }

    /// The rests of a window that are shown so, least and greatest; none where no window of this
    /// length ever shows it.
    pub(crate) fn rests(&self, reset: u32) -> Option<(Span, Span)> {
        let at =
            |seconds: u64| SECOND.times(seconds).nanos().saturating_add(self.rounds_at.nanos());
        let least = u64::from(reset).checked_sub(1).map_or(0, at);
        let most = at(u64::from(reset)).saturating_sub(1).min(self.window.nanos());
        (least <= most).then_some((Span::from_nanos(least), Span::from_nanos(most)))
    }
}

fn shown_tokens(tokens: Rate<Tokens>) -> Rate10 {
    Rate10::whole(u32::try_from(tokens.over(SECOND)).unwrap_or(u32::MAX))
}

fn requests_of(shown: Rate10) -> Option<Rate<Requests>> {
    rate_of(shown)
}

/// The rate behind a decimal: what ten places cut off was a whole number a minute or an hour.
fn rate_of<U: limits::Unit>(shown: Rate10) -> Option<Rate<U>> {
    if shown.0 == 0 {
        return None;
    }
    let whole_in = |per: Per| {
        let seconds = per.span().nanos() / SECOND.nanos();
        let amount = (u128::from(shown.0) * u128::from(seconds) + u128::from(Rate10::ONE.0) / 2)
            / u128::from(Rate10::ONE.0);
        let rate = Rate::new(U::of(u64::try_from(amount).ok()?), per);
        (rate.in_1e10_per_second() == shown.0).then_some(rate)
    };
    let exact = || Rate::every(U::of(shown.0), SECOND.times(Rate10::ONE.0));
    whole_in(Per::Minute).or_else(|| whole_in(Per::Hour)).or_else(exact)
}

/// The least rest of a window that is shown as one second, found by asking.
fn rounds_at(policy: &Policy, wording: &Wording, window: Span) -> Span {
    let mut limiter = Limiter::new(policy.clone());
    let opened = Instant::START;
    let Decision::Admitted(_) = limiter.admit(opened, ONE) else { return SECOND };
    let ends = opened.after(window);
    let shows_some = |rest: u64| {
        let now = Instant::from_nanos(ends.nanos().saturating_sub(rest));
        wording.shows(now, &limiter.standing(now), None).reset.is_some_and(|reset| reset > 0)
    };
    let (mut none, mut some) = (0, SECOND.nanos());
    while some - none > 1 {
        let middle = u64::midpoint(none, some);
        if shows_some(middle) { some = middle } else { none = middle }
    }
    Span::from_nanos(some)
}

#[cfg(test)]
mod tests {
    use rulebook::Rulebook;

    use super::*;

    fn rules() -> Rules {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let given = edition.assumptions();
        Rules::new(Arc::new(edition), given)
    }

    #[test]
    fn a_limit_of_ten_places_is_the_whole_number_a_minute_that_it_was() {
        let rate: Rate<Requests> = rate_of(Rate10(1_666_666_667)).unwrap();
        assert_eq!(rate, Rate::new(Requests(10), Per::Minute));
        let odd: Rate<Requests> = rate_of(Rate10(12_345_678_901)).unwrap();
        assert_eq!(odd.in_1e10_per_second(), 12_345_678_901);
        assert_eq!(rate_of::<Requests>(Rate10(0)), None);
    }

    #[test]
    fn rounding_is_found_by_asking_and_every_rest_is_shown_in_its_own_range() {
        let mut rules = rules();
        let model = rules.edition.model("a/model");
        let shown = Shown { requests: Rate10::whole(10), tokens: Some(Rate10::whole(3_000)) };
        let terms = rules.of(shown, &model).unwrap();
        assert_eq!(terms.rounds_at, Span::from_millis(500));
        assert_eq!(
            (terms.window, terms.capacity, terms.tokens),
            (SECOND.times(2), 20, Some(3_000))
        );
        for millis in 0..=2_000 {
            let rest = Span::from_millis(millis);
            let (least, most) = terms.rests(terms.seconds(rest)).unwrap();
            assert!(least <= rest && rest <= most, "{millis} ms");
        }
        assert_eq!(terms.rests(9), None, "no window of two seconds shows nine");
    }
}
