//! The rate that grows from what succeeded in the past hour.
//!
//! It refuses nothing. While capacity lacks it tells whose fault that is: a request within it
//! meets the service's failure, one above it a refusal. It is kept in sixty parts of the horizon,
//! one minute each for an hour, and moves when one of them is over.

use std::collections::VecDeque;

use limits::{Cost, Decision, Instant, Limiter, Rate, Requests, Span, Tokens};
use rulebook::{Dynamic, Edition, Model, PastHour, Rates, Wording, refused_by};
use wire::{ErrorKind, Shows, Usage};

/// Into how many parts the past is divided.
const PARTS: u64 = 60;

/// The dynamic rates of one pair, and what has succeeded.
#[derive(Debug)]
pub(crate) struct DynamicRate {
    rule: Dynamic,
    /// What succeeded in each part of the horizon before this one, the longest ago first.
    past: VecDeque<Cost>,
    /// What has succeeded in this one.
    present: Cost,
    /// Which part it is, counted from the beginning.
    part: u64,
    rates: Rates,
    /// What tells a request above the rates from one within them.
    blame: Limiter,
}

impl DynamicRate {
    /// As if the past hour had been even.
    pub(crate) fn new(rule: Dynamic, edition: &Edition, model: &Model, before: PastHour) -> Self {
        let requests = before.requests.over(rule.horizon);
        let tokens = before.tokens.over(rule.horizon);
        let up_to = |total: u64, parts: u64| {
            u64::try_from(u128::from(total) * u128::from(parts) / u128::from(PARTS))
                .unwrap_or(total)
        };
        let of = |total: u64, part: u64| up_to(total, part + 1) - up_to(total, part);
        let past = (0..PARTS)
            .map(|part| Cost::new(Requests(of(requests, part)), Tokens(of(tokens, part))))
            .collect();
        let rates = rule.rates(past_hour(&past, rule.horizon));
        let blame = Limiter::new(edition.dynamic_policy(rates, model));
        Self { rule, past, present: Cost::default(), part: 0, rates, blame }
    }

    /// Another rule holds from now on, as on another tier. What has succeeded stays.
    pub(crate) fn revise(&mut self, now: Instant, rule: Dynamic, edition: &Edition, model: &Model) {
        self.move_on(now, edition, model);
        self.rule = rule;
        self.rates_from(now, edition, model);
    }

    /// The parts that are over by now become past, and the rates are what follows from them.
    pub(crate) fn move_on(&mut self, now: Instant, edition: &Edition, model: &Model) {
        let lasts = (self.rule.horizon.nanos() / PARTS).max(1);
        let part = now.nanos() / lasts;
        let over = part.saturating_sub(self.part);
        if over == 0 {
            return;
        }
        for _ in 0..over.min(PARTS) {
            self.past.pop_front();
            self.past.push_back(std::mem::take(&mut self.present));
        }
        self.part = part;
        self.rates_from(Instant::from_nanos(part.saturating_mul(lasts)), edition, model);
    }

    fn rates_from(&mut self, at: Instant, edition: &Edition, model: &Model) {
        self.rates = self.rule.rates(past_hour(&self.past, self.rule.horizon));
        self.blame.revise(at, &edition.dynamic_policy(self.rates, model));
    }

    /// A request is let in: how it is refused if capacity lacks because it is above the rates;
    /// `None` where it is within them, and counts.
    pub(crate) fn above(&mut self, now: Instant, cost: Cost) -> Option<ErrorKind> {
        match self.blame.admit(now, cost) {
            Decision::Admitted(receipt) => {
                self.blame.settle(now, receipt, Cost { tokens: Tokens(0), ..cost });
                None
            }
            Decision::Refused(refusal) => Some(refused_by(refusal.by)),
            Decision::TooLarge { by, .. } => Some(refused_by(by)),
        }
    }

    /// Tokens were used, by an answer that is complete or by one whose client has left.
    pub(crate) fn used(&mut self, now: Instant, requests: Requests, usage: Usage, complete: bool) {
        let tokens = Tokens(usage.total());
        self.blame.spend(now, Cost::new(Requests(0), tokens));
        if complete {
            self.present.requests.0 += requests.0;
            self.present.tokens.0 += tokens.0;
        }
    }

    /// What a response shows of them beside the limits.
    pub(crate) fn shown(&self, now: Instant, wording: Option<&Wording>, shows: Shows) -> Shows {
        let Some(wording) = wording else { return shows };
        let left = self.blame.standing(now).of(0).map_or(0, |meter| meter.remaining);
        let left = u32::try_from(left).unwrap_or(u32::MAX);
        wording.with_dynamic(shows, self.rates.requests, left)
    }
}

/// What succeeded in the horizon, as a rate.
fn past_hour(past: &VecDeque<Cost>, horizon: Span) -> PastHour {
    let requests = past.iter().map(|part| part.requests.0).sum();
    let tokens = past.iter().map(|part| part.tokens.0).sum();
    PastHour {
        requests: Rate::every(Requests(requests), horizon).unwrap_or(PastHour::NOTHING.requests),
        tokens: Rate::every(Tokens(tokens), horizon).unwrap_or(PastHour::NOTHING.tokens),
    }
}
