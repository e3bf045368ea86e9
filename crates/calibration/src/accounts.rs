//! Whose a row is.

use std::collections::BTreeMap;

use rulebook::{Model, Tier};
use wire::Rate10;

use crate::row::Row;
use crate::terms::{Rules, Shown};

/// Names accounts by what they are called in the log, or else by the tier that their limits tell.
#[derive(Debug)]
pub(crate) struct Accounts {
    /// The tier that the user says the account is on.
    said: Option<Tier>,
    known: BTreeMap<(Model, Shown), String>,
}

impl Accounts {
    pub(crate) const fn new(said: Option<Tier>) -> Accounts {
        Accounts { said, known: BTreeMap::new() }
    }

    /// The account of a row; nothing where neither the log nor its headers tell.
    pub(crate) fn of(&mut self, row: &Row, model: &Model, rules: &Rules) -> String {
        if let Some(name) = &row.account {
            return name.clone();
        }
        let Some(shown) = Shown::of(&row.shows) else {
            return self.said.as_ref().map_or_else(String::new, |tier| tier.name().to_owned());
        };
        let key = (model.clone(), shown);
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let name = self.named(shown, model, rules);
        self.known.insert(key, name.clone());
        name
    }

    /// The name of an account by what it is shown; limits that are not the same are never called
    /// the same.
    fn named(&self, shown: Shown, model: &Model, rules: &Rules) -> String {
        let name = told(shown, model, rules, four_decimals);
        let is_tier = rules.edition.tier(&name).is_some();
        let is_taken = |((of, _), known): (&(Model, Shown), &String)| of == model && *known == name;
        if !is_tier && self.known.iter().any(is_taken) {
            return told(shown, model, rules, |rate| rate);
        }
        name
    }

    /// The tier of an account by its name, where it is one; else the one that the user said.
    pub(crate) fn tier(&self, account: &str, rules: &Rules) -> Option<Tier> {
        rules.edition.tier(account).or_else(|| self.said.clone())
    }
}

/// The tier whose tokens these are; where tokens do not count, whose requests. Else the limit
/// itself is the name, written so.
fn told(shown: Shown, model: &Model, rules: &Rules, written: fn(Rate10) -> Rate10) -> String {
    let tokens = shown.tokens.filter(|tokens| *tokens != Rate10(0));
    let is_it = |tier: &&Tier| {
        let published = rules.published(tier, model);
        published.is_some_and(|published| match tokens {
            Some(_) => published.tokens == tokens,
            None => published.requests == shown.requests,
        })
    };
    let tier = rules.edition.tiers().iter().find(is_it);
    match (tier, tokens) {
        (Some(tier), _) => tier.name().to_owned(),
        (None, Some(tokens)) => format!("the account shown {} tokens/s", written(tokens)),
        (None, None) => format!("the account shown {} requests/s", written(shown.requests)),
    }
}

/// A rate of at most four decimals; one that is less than they tell stays whole.
fn four_decimals(rate: Rate10) -> Rate10 {
    const LAST: u64 = Rate10::ONE.0 / 10_000;
    match (rate.0.saturating_add(LAST / 2) / LAST).saturating_mul(LAST) {
        0 => rate,
        rounded => Rate10(rounded),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rulebook::Rulebook;

    use super::*;

    #[test]
    fn an_account_that_only_its_limit_tells_apart_is_called_by_it_and_by_no_other() {
        let edition = Rulebook::embedded().unwrap().edition("2025-11").unwrap().clone();
        let given = edition.assumptions();
        let rules = Rules::new(Arc::new(edition), given);
        let model = rules.edition.model("a/model");
        let mut accounts = Accounts::new(None);
        let mut named = |requests, tokens: Option<u64>| {
            let shown = Shown { requests: Rate10(requests), tokens: tokens.map(Rate10) };
            let name = accounts.named(shown, &model, &rules);
            accounts.known.insert((model.clone(), shown), name.clone());
            name
        };
        assert_eq!(named(1_666_666_667, Some(0)), "the account shown 0.1667 requests/s");
        assert_eq!(named(1_666_666_668, None), "the account shown 0.1666666668 requests/s");
        assert_eq!(named(20_000_000_000, Some(7 * Rate10::ONE.0)), "the account shown 7 tokens/s");
        assert_eq!(named(1_000, None), "the account shown 0.0000001 requests/s");
    }
}
