//! The rungs that a scenario rehearses: the account's, those that are named, and the ladder.

use core::ops::Range;

use limits::{Per, Rate, Requests};
use rulebook::reading::known;
use rulebook::{Assumptions, Edition, Model, Tier};

use crate::fault::Code;
use crate::notes::Notes;
use crate::resolve::{Word, word};
use crate::work;
use crate::written::{Said, Written, WrittenAccount, WrittenGroup};

/// The tier that a word names; the past hour that it says where there are no tiers.
pub(crate) fn tier_of(
    (word, place): &Word<'_>,
    edition: &Edition,
    notes: &Notes<'_>,
) -> Option<Tier> {
    let found = edition.tier(word);
    if found.is_none() && !edition.has_tiers() {
        no_tiers(edition, place.clone(), "write `past_hours = [\"0/min\", \"300/min\"]`", notes);
    } else if found.is_none() {
        let names: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
        let message = format!("unknown tier `{word}`");
        notes.add(Code::UnknownTier, place.clone(), message, "no such tier", &known(word, &names));
    }
    found
}

/// Notes that the rules know no tiers, and what to write instead.
pub(crate) fn no_tiers(
    edition: &Edition,
    place: Option<Range<usize>>,
    instead: &str,
    notes: &Notes<'_>,
) {
    let message = format!(
        "edition {} has no tiers: what an account may do follows from its past hour",
        edition.name()
    );
    let help = format!("{instead}, or name an edition with tiers");
    notes.add(Code::NoTiers, place, message, "no such thing there", &help);
}

/// The account: its rung, and what it did in the hour before.
#[derive(Clone, Debug)]
pub(crate) struct Standing {
    /// Its tier; where there are none its past hour.
    pub(crate) tier: Tier,
    /// What the file says of that hour under rules with tiers.
    pub(crate) past_hour: Option<Rate<Requests>>,
}

/// The rungs of a file, as far as it names them.
pub(crate) struct Rungs {
    /// The account's own; nothing where it is noted as a fault.
    standing: Option<Standing>,
    /// Those that are compared; nothing where it leaves them to the edition.
    named: Option<Vec<Tier>>,
    /// The models that need a limit on each of them.
    models: Vec<Model>,
    /// Whether nobody sends anything: then one rung is all there is.
    jobless: bool,
}

impl Rungs {
    /// The account's own tier, as far as it is known.
    pub(crate) fn own(&self) -> Option<&Tier> {
        self.standing.as_ref().map(|standing| &standing.tier)
    }

    pub(crate) fn of(
        written: &Written,
        edition: &Edition,
        given: &Assumptions,
        notes: &Notes<'_>,
    ) -> Rungs {
        let models = work::shared_models(&written.groups, edition);
        let standing = account_of(&written.account, edition, notes);
        if let Some(Standing { tier, .. }) = &standing {
            limits_of_account(tier, &written.groups, edition, given, notes);
        }
        let named = compared(written, edition, &models, given, notes);
        Rungs { standing, named, models, jobless: written.jobless.is_some() }
    }

    /// The account's own, and those that are rehearsed, in the order of the edition.
    pub(crate) fn rehearsed(
        self,
        edition: &Edition,
        given: &Assumptions,
    ) -> Option<(Standing, Vec<Tier>)> {
        let mut standing = self.standing?;
        let usual = || usual_tiers(&standing.tier, edition, &self.models, given);
        let tiers = if self.jobless {
            vec![standing.tier.clone()]
        } else {
            self.named.unwrap_or_else(usual)
        };
        // One rung has one name, so that it is found among the others.
        if let Some(tier) = tiers.iter().find(|one| same(one, &standing.tier)) {
            standing.tier.clone_from(tier);
        }
        Some((standing, in_order(edition, &tiers)))
    }
}

/// The rung of the account.
fn account_of(account: &WrittenAccount, edition: &Edition, notes: &Notes<'_>) -> Option<Standing> {
    let said = account.past_hour.said();
    if edition.has_tiers() {
        if account.tier == Said::Nothing {
            need_tier(account, notes);
        }
        let tier = tier_of(&word(account.tier.said()?), edition, notes)?;
        let any = edition.model("");
        let looks_at = edition.dynamic(&tier, &any, &edition.assumptions()).is_some();
        if let Some(said) = said.filter(|_| !looks_at) {
            let message = format!("edition {} looks at no past hour", edition.name());
            let help = "leave it out: the tier's limits are all there is";
            let place = Some(said.place.clone());
            notes.add(Code::NoPastHour, place, message, "nothing reads it", help);
        }
        return Some(Standing { tier, past_hour: said.map(|said| said.value) });
    }
    if let Some(tier) = account.tier.said() {
        no_tiers(edition, Some(tier.place.clone()), "write `past_hour = \"300/min\"`", notes);
    }
    // A launch has no past hour.
    let none = Rate::new(Requests(0), Per::Minute);
    let rate = said.map_or(none, |said| said.value);
    Some(Standing { tier: edition.past_hour(rate)?, past_hour: None })
}

fn need_tier(account: &WrittenAccount, notes: &Notes<'_>) {
    if account.is_there {
        notes.missing(account.place.clone(), "account", "tier", "tier = \"build-2\"");
    } else {
        let message = "this edition has tiers, and the file says nothing of its account".to_owned();
        let help = "for example `account = { tier = \"build-2\" }`";
        let place = Some(account.place.clone());
        notes.add(Code::MissingKey, place, message, "missing here", help);
    }
}

/// The rungs to rehearse that a file names.
fn compared(
    written: &Written,
    edition: &Edition,
    models: &[Model],
    given: &Assumptions,
    notes: &Notes<'_>,
) -> Option<Vec<Tier>> {
    if edition.has_tiers() {
        if let Some(first) = written.past_hours.as_ref().and_then(|rates| rates.first()) {
            let message = format!("the rungs of edition {} are tiers", edition.name());
            let help = "write `tiers = [\"build-1\", \"build-2\"]`";
            let place = Some(first.place.clone());
            notes.add(Code::NoPastHour, place, message, "no rung there", help);
        }
        let words: Vec<Word<'_>> = written.tiers.as_ref()?.iter().map(word).collect();
        return Some(tiers_named(&words, edition, models, given, notes));
    }
    if let Some(first) = written.tiers.as_ref().and_then(|tiers| tiers.first()) {
        let instead = "write `past_hours = [\"0/min\", \"300/min\"]`";
        no_tiers(edition, Some(first.place.clone()), instead, notes);
    }
    let rates = written.past_hours.as_ref()?;
    let mut tiers: Vec<Tier> = Vec::new();
    for rate in rates {
        let Some(tier) = edition.past_hour(rate.value) else { continue };
        push_once(tier, &mut tiers, Some(rate.place.clone()), notes);
    }
    Some(tiers)
}

/// Whether two rungs are one, however their rates are written.
fn same(one: &Tier, other: &Tier) -> bool {
    one == other || (one.past_hour().is_some() && one.past_hour() == other.past_hour())
}

fn push_once(tier: Tier, tiers: &mut Vec<Tier>, place: Option<Range<usize>>, notes: &Notes<'_>) {
    if tiers.iter().any(|one| same(one, &tier)) {
        let message = format!("{} is named twice", tier.title());
        notes.add(Code::DuplicateName, place, message, "the second time", "leave one out");
    } else {
        tiers.push(tier);
    }
}

/// Refuses models without a limit on the account's tier, each at its own place.
fn limits_of_account(
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
        } else {
            push_once(tier, &mut tiers, word.1.clone(), notes);
        }
    }
    tiers
}

/// The account's tier and the ladder, as far as they have a limit for every model.
fn usual_tiers(
    account: &Tier,
    edition: &Edition,
    models: &[Model],
    given: &Assumptions,
) -> Vec<Tier> {
    let mut tiers = edition.ladder().to_vec();
    tiers.retain(|tier| models.iter().all(|model| edition.published(tier, model, given).is_some()));
    if !tiers.iter().any(|one| same(one, account)) {
        tiers.push(account.clone());
    }
    tiers
}

/// These tiers in the order of the edition, past hours from the least to the most.
pub(crate) fn in_order(edition: &Edition, tiers: &[Tier]) -> Vec<Tier> {
    if !edition.has_tiers() {
        let mut tiers = tiers.to_vec();
        tiers.sort_by_key(Tier::past_hour);
        return tiers;
    }
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
