//! What the written words mean under an edition: tiers, models, strategies, assumptions by name.

use core::ops::Range;
use std::sync::Arc;

use limits::Span;
use rulebook::reading::{Faults, known, nearest};
use rulebook::{AssumptionError, Assumptions, Edition, Model, Rulebook, Tier};
use run_record::Expectation;
use strategies::Preset;

use crate::cast::{Group, Length, NamedStrategy};
use crate::context;
use crate::correlation;
use crate::doubts;
use crate::drift::Drift;
use crate::event::Happens;
use crate::fault::Code;
use crate::gaps::AllGaps;
use crate::lasts::{Stated, StatedGroup};
use crate::notes::Notes;
use crate::recordings;
use crate::scenario::Scenario;
use crate::work;
use crate::written::{Placed, Said, Written, WrittenGroup, WrittenStrategy, WrittenTraffic};

/// The seed of a file that names none.
const SEED: u64 = 1;
/// How long a run drains at least, unless the file says otherwise.
const DRAIN: Span = Span::from_secs(120);

/// A word of the file with its place, or one of the command line without.
pub(crate) type Word<'w> = (&'w str, Option<Range<usize>>);

/// The scenario of a file, still without name and text; nothing where a part of it is missing,
/// which is then noted.
pub(crate) fn draft(written: Written, rulebook: &Rulebook, faults: &Faults) -> Option<Scenario> {
    let notes = Notes::beside(faults);
    let league = League::of(&written, &notes);
    let ship = written.ship.as_ref().and_then(|word| league.position_of(word, &notes));
    unique(written.groups.iter().filter_map(|group| group.name.as_ref()), "groups", &notes);
    recordings::only_one(&written.groups, &notes);
    scopes(&written.expect, &written.groups, &league, &notes);
    let edition = edition_of(written.edition.as_ref(), rulebook, &notes)?;
    let assumptions = assumptions_of(&written.assume, &edition, &notes);
    work::refuse_unfit(&written.groups, &edition, &notes);
    let models: Vec<Model> = models_of(&written.groups, &edition, &notes);
    let tier = written.tier.as_ref().and_then(|tier| tier_of(&word(tier), &edition, &notes));
    if let Some(tier) = &tier {
        limits_of_account(tier, &written.groups, &edition, &assumptions, &notes);
    }
    let named = written.tiers.as_ref().map(|tiers| {
        let words: Vec<Word<'_>> = tiers.iter().map(word).collect();
        tiers_named(&words, &edition, &models, &assumptions, &notes)
    });
    let groups_written = written.groups.len();
    let happens = Happens::of(&written, &notes);
    let (mut groups, stated): (Vec<Group>, Vec<StatedGroup>) = written
        .groups
        .into_iter()
        .filter_map(|group| group_of(group, &edition, &league, &notes))
        .unzip();
    let whole = groups.len() == groups_written && written.lasts != Said::Wrong;
    let lasts = written.lasts.this().map(|lasts| (lasts.value, lasts.place));
    let longest = groups.iter().filter_map(|group| group.deadline).max().unwrap_or(Span::ZERO);
    let stated_edition =
        written.edition.as_ref().or(written.tier.as_ref()).map(|word| word.place.clone());
    let mut stated = Stated { edition: stated_edition, lasts, groups: stated, events: Vec::new() };
    happens.keep_holidays(&mut groups);
    let restarts = happens.resolve(&written.events, &mut groups, &mut stated, &notes);
    let tier = tier?;
    let tiers = named.unwrap_or_else(|| usual_tiers(&tier, &edition, &models, &assumptions));
    let gaps = AllGaps::of(&groups);
    let mut scenario = Scenario {
        title: written.title?,
        name: String::new(),
        text: String::new(),
        seed: written.seed.unwrap_or(SEED),
        starts: written.starts,
        lasts: Span::ZERO,
        drain: written.drain.unwrap_or(longest.max(DRAIN)),
        tiers: in_order(&edition, &tiers),
        tier,
        groups,
        strategies: league.compared,
        assumptions,
        replications: written.seeds.unwrap_or(1),
        expectations: written.expect.into_iter().map(|expectation| expectation.value).collect(),
        ship,
        warnings: Vec::new(),
        trace: None,
        client_set: None,
        gaps,
        stated,
        restarts,
        edition,
    };
    if whole {
        scenario.settle(&notes);
    }
    context::warn(&scenario, &notes);
    doubts::of_strategies(&written.strategies, &scenario, &notes);
    work::warn(&scenario, &notes);
    Some(scenario)
}

/// The strategies of a file.
struct League {
    /// All of them.
    all: Vec<NamedStrategy>,
    /// Those that are compared.
    compared: Vec<NamedStrategy>,
    /// Whether each could be read as far as its name: else another may be one of the unread.
    complete: bool,
}

impl League {
    fn of(written: &Written, notes: &Notes<'_>) -> League {
        unique(written.strategies.iter().map(|strategy| &strategy.name), "strategies", notes);
        let mut all: Vec<NamedStrategy> = written.strategies.iter().map(named).collect();
        if written.strategies.is_empty() && written.strategies_are_named {
            let preset = |preset: Preset| NamedStrategy {
                name: preset.name().to_owned(),
                parts: preset.parts(),
            };
            all = Preset::ALL.into_iter().map(preset).collect();
        }
        let complete = written.strategies_are_named;
        let compared = match &written.compared {
            Some(names) if complete => {
                let names: Vec<Word<'_>> = names.iter().map(word).collect();
                strategies_named(&names, &all, notes)
            }
            Some(_) | None => all.clone(),
        };
        League { all, compared, complete }
    }

    /// Where a strategy stands among those that are compared.
    fn position_of(&self, word: &Placed<String>, notes: &Notes<'_>) -> Option<usize> {
        let position = self.compared.iter().position(|named| named.name == word.value);
        if position.is_none() && self.complete {
            no_such_strategy(word, &self.compared, notes);
        }
        position
    }

    fn find(&self, word: &Placed<String>, notes: &Notes<'_>) -> Option<NamedStrategy> {
        let found = self.all.iter().find(|named| named.name == word.value).cloned();
        if found.is_none() && self.complete {
            no_such_strategy(word, &self.all, notes);
        }
        found
    }
}

/// A strategy by its name; where its parts are noted as a fault, something stands in for them.
fn named(written: &WrittenStrategy) -> NamedStrategy {
    let parts = written.parts.unwrap_or_else(|| Preset::GiveUp.parts());
    NamedStrategy { name: written.name.value.clone(), parts }
}

/// The strategies with these names, in the order of `among`.
pub(crate) fn strategies_named(
    names: &[Word<'_>],
    among: &[NamedStrategy],
    notes: &Notes<'_>,
) -> Vec<NamedStrategy> {
    let known_names: Vec<&str> = among.iter().map(|named| named.name.as_str()).collect();
    for (name, place) in names {
        if !known_names.contains(name) {
            unknown_strategy(name, place.clone(), &known_names, notes);
        }
    }
    let is_named = |strategy: &&NamedStrategy| names.iter().any(|(name, _)| *name == strategy.name);
    among.iter().filter(is_named).cloned().collect()
}

fn no_such_strategy(word: &Placed<String>, among: &[NamedStrategy], notes: &Notes<'_>) {
    let names: Vec<&str> = among.iter().map(|named| named.name.as_str()).collect();
    unknown_strategy(&word.value, Some(word.place.clone()), &names, notes);
}

fn unknown_strategy(name: &str, place: Option<Range<usize>>, names: &[&str], notes: &Notes<'_>) {
    let message = format!("unknown strategy `{name}`");
    notes.add(Code::UnknownStrategy, place, message, "no such strategy", &known(name, names));
}

/// The edition that a file names, else the newest of the house.
fn edition_of(
    written: Option<&Placed<String>>,
    rulebook: &Rulebook,
    notes: &Notes<'_>,
) -> Option<Arc<Edition>> {
    let names = rulebook.names();
    let Some(word) = written else {
        // Editions of the house are named by month, those of users by path.
        let of_house = |name: &&&str| name.starts_with(|c: char| c.is_ascii_digit());
        let newest = names.iter().filter(of_house).max().and_then(|name| rulebook.edition(name));
        return newest.cloned().map(Arc::new);
    };
    let found = rulebook.edition(&word.value).cloned().map(Arc::new);
    if found.is_none() {
        let message = format!("unknown edition `{}`", word.value);
        let help = known(&word.value, &names);
        let help = format!("{help}; one of your own is named by its path, with .toml at the end");
        notes.add(
            Code::UnknownEdition,
            Some(word.place.clone()),
            message,
            "no such edition",
            &help,
        );
    }
    found
}

fn assumptions_of(
    written: &[(Placed<String>, Placed<String>)],
    edition: &Edition,
    notes: &Notes<'_>,
) -> Assumptions {
    let mut assumptions = edition.assumptions();
    for (name, value) in written {
        match assumptions.with(&name.value, &value.value) {
            Ok(changed) => assumptions = changed,
            Err(error @ AssumptionError::UnknownName { .. }) => {
                let names: Vec<String> = assumptions.iter().map(|one| one.name.clone()).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let help = known(&name.value, &names);
                let place = Some(name.place.clone());
                notes.add(
                    Code::UnknownAssumption,
                    place,
                    error.to_string(),
                    "no such assumption",
                    &help,
                );
            }
            Err(error) => {
                let place = Some(value.place.clone());
                let near = match &error {
                    AssumptionError::UnknownValue { alternatives, .. } => {
                        let words: Vec<&str> = alternatives.iter().map(String::as_str).collect();
                        nearest(&value.value, &words)
                    }
                    AssumptionError::UnknownName { .. } => None,
                };
                let help = near.map_or_else(
                    || "write one of those, or leave the line out".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                let (message, label) = (error.to_string(), "cannot be this");
                notes.add(Code::AssumptionValue, place, message, label, &help);
            }
        }
    }
    assumptions
}

/// The model of every group that names one. One that the edition has never heard of is allowed,
/// since it may be a new one, but it may be a slip as well.
fn models_of(groups: &[WrittenGroup], edition: &Edition, notes: &Notes<'_>) -> Vec<Model> {
    let known_models = edition.models();
    let names: Vec<&str> = known_models.iter().map(Model::name).collect();
    let mut models = Vec::new();
    for group in groups {
        let Some((word, model)) = group.model.as_ref().zip(work::model_of(group, edition)) else {
            continue;
        };
        if !names.contains(&model.name()) {
            let message =
                format!("edition {} knows nothing of the model `{model}`", edition.name());
            let near = nearest_model(&word.value, &names);
            let help = near.map_or_else(
                || "its latency is that of no model in particular".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            notes.warn(
                Code::UnknownModel,
                word.place.clone(),
                message,
                &format!("the tier's own limits for {} are taken", model.work()),
                &help,
            );
        }
        models.push(model);
    }
    models
}

/// The model that was probably meant, perhaps without whose it is.
fn nearest_model<'n>(word: &str, names: &[&'n str]) -> Option<&'n str> {
    let bare = |name: &'n str| name.rsplit('/').next().unwrap_or(name);
    let without_owner = || {
        let bares: Vec<&str> = names.iter().map(|name| bare(name)).collect();
        let near = nearest(word, &bares)?;
        names.iter().copied().find(|name| bare(name) == near)
    };
    nearest(word, names).or_else(without_owner)
}

/// The tier that a word names.
fn tier_of((word, place): &Word<'_>, edition: &Edition, notes: &Notes<'_>) -> Option<Tier> {
    let found = edition.tier(word);
    if found.is_none() {
        let names: Vec<&str> = edition.tiers().iter().map(Tier::name).collect();
        let message = format!("unknown tier `{word}`");
        notes.add(Code::UnknownTier, place.clone(), message, "no such tier", &known(word, &names));
    }
    found
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
        if edition.published(tier, &model, given).is_none() {
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
            let message = format!(
                "edition {} gives no limit for {model} on {}",
                edition.name(),
                tier.title()
            );
            let help = rungs_for(model, edition, given);
            notes.add(Code::NoLimit, word.1.clone(), message, "off the ladder", &help);
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
fn usual_tiers(
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

fn rungs_for(model: &Model, edition: &Edition, given: &Assumptions) -> String {
    let has = |tier: &&Tier| edition.published(tier, model, given).is_some();
    let tiers: Vec<&str> = edition.tiers().iter().filter(has).map(Tier::name).collect();
    if tiers.is_empty() {
        format!("no tier of this edition has one for {} work", model.work())
    } else {
        format!("tiers with a limit for it: {}", tiers.join(", "))
    }
}

/// A group whose every part could be read.
fn group_of(
    written: WrittenGroup,
    edition: &Edition,
    league: &League,
    notes: &Notes<'_>,
) -> Option<(Group, StatedGroup)> {
    let strategy = match &written.strategy {
        None => Said::Nothing,
        Some(word) => league.find(word, notes).map_or(Said::Wrong, Said::This),
    };
    let traced = written.traffic.as_ref().is_some_and(WrittenTraffic::is_recorded);
    let known_traffic = written.traffic.is_some();
    let work = work::work_of(&written, edition);
    let count = work::count_of(&written, work);
    let model = work::model_of(&written, edition);
    let (said_at, images) = work::said_at(&written);
    let denied = work::denied(&written, edition).is_some();
    let length = |said: Said<Placed<Length>>, what: &str, counts: bool| match said {
        // What a class does not count is refused where it is said, and nothing where it is not.
        _ if !counts => Some(Length::Fixed(0)),
        Said::This(Placed { value: Length::Trace, place }) if known_traffic && !traced => {
            let message = format!("`{what}` comes from a trace, but this group replays none");
            let help =
                "write a number, or a law such as { lognormal = { median = 900, p95 = 3000 } }";
            notes.add(Code::LengthNeedsTrace, Some(place), message, "which trace?", help);
            None
        }
        Said::This(length) => Some(length.value),
        Said::Nothing if traced => Some(Length::Trace),
        Said::Nothing | Said::Wrong => None,
    };
    let prompt_place = match &written.prompt {
        Said::This(placed) => Some(placed.place.clone()),
        Said::Nothing | Said::Wrong => None,
    };
    let prompt = length(written.prompt, "prompt", work.counts_tokens());
    let answer = length(written.answer, "answer", work.answers_in_tokens());
    let (traffic, stated) = written.traffic?.resolved(prompt_place, said_at, images);
    if strategy == Said::Wrong || denied {
        return None;
    }
    let lengths = [("prompt", prompt.as_ref()), ("answer", answer.as_ref())];
    let correlation =
        written.correlation.as_ref().and_then(|said| correlation::of_drawn(said, lengths, notes));
    let drift = written
        .drift
        .and_then(|drift| drift_of_laws(drift, [prompt.as_ref(), answer.as_ref()], notes));
    let group = Group {
        name: written.name?.value,
        model: model?,
        work,
        count,
        clients: written.clients,
        prompt: prompt?,
        answer: answer?,
        correlation,
        drift,
        max_tokens: written.max_tokens,
        stream: written.stream,
        deadline: written.deadline,
        traffic,
        surges: Vec::new(),
        strategy: strategy.this(),
    };
    Some((group, stated))
}

/// Refuses lengths that would drift away from those that a trace has.
fn drift_of_laws(
    drift: Placed<Drift>,
    lengths: [Option<&Length>; 2],
    notes: &Notes<'_>,
) -> Option<Drift> {
    if !lengths.iter().any(|length| matches!(length, Some(Length::Trace))) {
        return Some(drift.value);
    }
    let message = "a trace has its own lengths, each at its time".to_owned();
    let help = "leave `drift` out, or give the group laws for both `prompt` and `answer`";
    notes.add(Code::DriftOfTrace, Some(drift.place), message, "drifts away from it", help);
    None
}

/// Refuses every name after the first of its kind.
fn unique<'w>(words: impl Iterator<Item = &'w Placed<String>>, what: &str, notes: &Notes<'_>) {
    let mut seen: Vec<&str> = Vec::new();
    for word in words {
        if seen.contains(&word.value.as_str()) {
            let message = format!("two {what} are called `{}`", word.value);
            let help = "every name is used once";
            notes.add(
                Code::DuplicateName,
                Some(word.place.clone()),
                message,
                "the second one",
                help,
            );
        }
        seen.push(&word.value);
    }
}

/// Holds the scopes of expectations against the names of groups and strategies.
fn scopes(
    expectations: &[Placed<Expectation>],
    groups: &[WrittenGroup],
    league: &League,
    notes: &Notes<'_>,
) {
    let names: Vec<&str> = groups
        .iter()
        .filter_map(|group| group.name.as_ref())
        .map(|name| name.value.as_str())
        .collect();
    for Placed { value: expectation, place } in expectations {
        if let Some(group) = &expectation.group
            && names.len() == groups.len()
            && !names.contains(&group.as_str())
        {
            let message = format!("unknown group `{group}`");
            notes.add(
                Code::UnknownGroup,
                Some(place.clone()),
                message,
                "no such group",
                &known(group, &names),
            );
        }
        if let Some(strategy) = &expectation.strategy {
            league.position_of(&Placed { value: strategy.clone(), place: place.clone() }, notes);
        }
    }
}

fn word(placed: &Placed<String>) -> Word<'_> {
    (&placed.value, Some(placed.place.clone()))
}
