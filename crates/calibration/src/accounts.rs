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
        let name = told(shown, model, rules);
        self.known.insert(key, name.clone());
        name
    }

    /// The tier of an account by its name, where it is one; else the one that the user said.
    pub(crate) fn tier(&self, account: &str, rules: &Rules) -> Option<Tier> {
        rules.edition.tier(account).or_else(|| self.said.clone())
    }
}

/// The tier whose tokens these are; where tokens do not count, whose requests. Else the limit
/// itself is the name.
fn told(shown: Shown, model: &Model, rules: &Rules) -> String {
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
        (None, Some(tokens)) => format!("{tokens} tokens/s"),
        (None, None) => format!("{} requests/s", shown.requests),
    }
}
