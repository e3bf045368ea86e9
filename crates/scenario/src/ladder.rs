//! The rungs that a scenario rehearses: the account's, those that are named, and the ladder.

use rulebook::reading::known;
use rulebook::{Assumptions, Edition, Model, Tier};

use crate::fault::Code;
use crate::notes::Notes;
use crate::resolve::{Word, word};
use crate::work;
use crate::written::{Said, WrittenAccount, WrittenGroup};

/// The tier that a word names.
pub(crate) fn tier_of(
    (word, place): &Word<'_>,
    edition: &Edition,
    notes: &Notes<'_>,
) -> Option<Tier> {
    let found = edition.tier(word);
    if found.is_none() {
        let names: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
        let message = format!("unknown tier `{word}`");
        notes.add(Code::UnknownTier, place.clone(), message, "no such tier", &known(word, &names));
    }
    found
}

/// The rung of the account.
pub(crate) fn account_of(
    account: &WrittenAccount,
    edition: &Edition,
    notes: &Notes<'_>,
) -> Option<Tier> {
    if account.tier == Said::Nothing {
        let (title, key, example) = if account.is_there {
            ("account", "tier", "tier = \"build-2\"")
        } else {
            ("this file", "account", "account = { tier = \"build-2\" }")
        };
        notes.missing(account.place.clone(), title, key, example);
    }
    tier_of(&word(account.tier.said()?), edition, notes)
}

/// Refuses models without a limit on the account's tier, each at its own place.
pub(crate) fn limits_of_account(
    tier: &Tier,
    groups: &[WrittenGroup],
    edition: &Edition,
    given: &Assumptions,
    notes: &Notes<'_>,
) {
    for group in groups {
        let Some((word, model)) = group.model.as_ref().zip(work::model_of(group, edition)) else {
            continue;
        };
        if group.endpoint == Said::Nothing && edition.published(tier, &model, given).is_none() {
            let message = format!(
                "edition {} gives no limit for this model on {}",
                edition.name(),
                tier.title()
            );
            let help = rungs_for(&model, edition, given);
            notes.add(Code::NoLimit, Some(word.place.clone()), message, "off the ladder", &help);
        }
    }
}

/// The tiers named by these words; each must have a limit for every model.
pub(crate) fn tiers_named(
    words: &[Word<'_>],
    edition: &Edition,
    models: &[Model],
    given: &Assumptions,
    notes: &Notes<'_>,
) -> Vec<Tier> {
    let mut tiers: Vec<Tier> = Vec::new();
    for word in words {
        let Some(tier) = tier_of(word, edition, notes) else { continue };
        let without = models.iter().find(|model| edition.published(&tier, model, given).is_none());
        if let Some(model) = without {
            no_limit(&tier, model, edition, given, word, notes);
        } else if tiers.contains(&tier) {
            let message = format!("{} is named twice", tier.title());
            notes.add(
                Code::DuplicateName,
                word.1.clone(),
                message,
                "the second time",
                "leave one out",
            );
        } else {
            tiers.push(tier);
        }
    }
    tiers
}

/// The account's tier and the ladder, as far as they have a limit for every model.
pub(crate) fn usual_tiers(
    account: &Tier,
    edition: &Edition,
    models: &[Model],
    given: &Assumptions,
) -> Vec<Tier> {
    let mut tiers = edition.ladder().to_vec();
    tiers.retain(|tier| models.iter().all(|model| edition.published(tier, model, given).is_some()));
    if !tiers.contains(account) {
        tiers.push(account.clone());
    }
    tiers
}

/// These tiers in the order of the edition.
pub(crate) fn in_order(edition: &Edition, tiers: &[Tier]) -> Vec<Tier> {
    edition.tiers().iter().filter(|tier| tiers.contains(tier)).cloned().collect()
}

/// Notes that a tier, named by this word, has no limit for a model.
pub(crate) fn no_limit(
    tier: &Tier,
    model: &Model,
    edition: &Edition,
    given: &Assumptions,
    word: &Word<'_>,
    notes: &Notes<'_>,
) {
    let message =
        format!("edition {} gives no limit for {model} on {}", edition.name(), tier.title());
    let help = rungs_for(model, edition, given);
    notes.add(Code::NoLimit, word.1.clone(), message, "off the ladder", &help);
}

fn rungs_for(model: &Model, edition: &Edition, given: &Assumptions) -> String {
    let has = |tier: &&Tier| edition.published(tier, model, given).is_some();
    let tiers: Vec<&str> = edition.tiers().iter().filter(has).map(Tier::name).collect();
    if tiers.is_empty() {
        format!("no tier of this edition has one for {} work", model.work())
    } else {
        format!("tiers with a limit for it: {}", tiers.join(", "))
    }
}
