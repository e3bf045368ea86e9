//! Where the jobs go that a strategy sends elsewhere: another model, an endpoint, or the next file
//! of a batch.
//!
//! The strategy only says when. Where that is the file says, and each group has a place there of
//! its own: its jobs as they are, asked of somebody else.

use core::ops::Range;

use limits::Span;
use rulebook::{Edition, Model, Work};

use crate::batch::BatchWays;
use crate::cast::{Group, NamedStrategy};
use crate::endpoint::Endpoint;
use crate::fault::Code;
use crate::lasts::shown;
use crate::league::League;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::{WrittenEndpoint, WrittenStrategy, WrittenTarget};

/// Where a strategy sends what does not get through at home.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// To another model on the shared fleet, within its own limits.
    Model(Model),
    /// To an endpoint, by position in the scenario, and the model that it serves.
    Endpoint(u32, Model),
    /// Into a file of lines for the same model, handed in so often.
    Batch(Span),
}

impl Scenario {
    /// The group as its jobs are when its strategy in a cell sends them elsewhere: with another
    /// model, at an endpoint, or in batches. `None` where it sends none.
    #[must_use]
    pub fn elsewhere(&self, strategy: usize, group: usize) -> Option<Group> {
        let home = self.groups.get(group).filter(|group| group.batch.is_none())?;
        let named = home.strategy.as_ref().or_else(|| self.strategies.get(strategy))?;
        let there = home.clone();
        Some(match named.elsewhere.clone()? {
            Target::Model(model) => Group { model, endpoint: None, ..there },
            Target::Endpoint(number, model) => Group { model, endpoint: Some(number), ..there },
            Target::Batch(every) => {
                // How often a job is tried its strategy says.
                let batch = Some(BatchWays { every, ..BatchWays::USUAL });
                Group { endpoint: None, batch, ..there }
            }
        })
    }
}

/// How long a job may wait for the next file at most that a strategy of these groups sends it into;
/// `None` where none does.
pub(crate) fn longest_wait(strategies: &[NamedStrategy], groups: &[Group]) -> Option<Span> {
    let followed = |group| followed(group, strategies);
    let waits = groups.iter().flat_map(followed).filter_map(|named| match named.elsewhere {
        Some(Target::Batch(every)) => Some(every),
        Some(Target::Model(_) | Target::Endpoint(..)) | None => None,
    });
    waits.max()
}

/// The strategies that have a say in a group's jobs.
fn followed<'a>(group: &'a Group, compared: &'a [NamedStrategy]) -> &'a [NamedStrategy] {
    match &group.strategy {
        _ if group.batch.is_some() => &[],
        Some(own) => core::slice::from_ref(own),
        None => compared,
    }
}

/// Lets endpoints that a strategy falls back to be called by it, and refuses those that are not
/// there.
pub(crate) fn join(
    strategies: &[WrittenStrategy],
    endpoints: &mut [WrittenEndpoint],
    notes: &Notes<'_>,
) {
    for strategy in strategies {
        let Some(WrittenTarget::Endpoint(word)) = &strategy.elsewhere else { continue };
        let mut found = false;
        for endpoint in endpoints.iter_mut() {
            if endpoint.name.as_ref().is_some_and(|name| name.value == word.value) {
                (endpoint.stands_in, found) = (true, true);
            }
        }
        let names: Option<Vec<&str>> =
            endpoints.iter().map(|one| Some(one.name.as_ref()?.value.as_str())).collect();
        if let Some(names) = names.filter(|_| !found) {
            let message = format!("unknown endpoint `{}`", word.value);
            let help = if names.is_empty() {
                "describe it in an [[endpoint]] of its own".to_owned()
            } else {
                rulebook::reading::known(&word.value, &names)
            };
            let place = Some(word.place.clone());
            notes.add(Code::UnknownEndpoint, place, message, "no such endpoint", &help);
        }
    }
}

/// Finds each strategy its target.
pub(crate) fn resolve(
    written: &[WrittenStrategy],
    league: &mut League,
    edition: &Edition,
    endpoints: &[Endpoint],
) {
    for strategy in written {
        let target = match &strategy.elsewhere {
            None => continue,
            Some(WrittenTarget::Model(word)) => {
                Some(Target::Model(edition.model_for(&word.value, Work::Chat)))
            }
            Some(WrittenTarget::Endpoint(word)) => {
                let found = endpoints.iter().find(|one| one.name == word.value);
                found.map(|one| Target::Endpoint(one.number, one.model.clone()))
            }
            Some(WrittenTarget::Batch(every)) => Some(Target::Batch(every.value)),
        };
        league.send_elsewhere(&strategy.name.value, target.as_ref());
    }
}

/// Refuses targets that a group which may send there cannot use, and hedges of what is paid by the
/// piece.
pub(crate) fn refuse_unfit(written: &[WrittenStrategy], scenario: &Scenario, notes: &Notes<'_>) {
    for strategy in written {
        let name = &strategy.name.value;
        let follows = |group: &&Group| {
            let mut followed = followed(group, &scenario.strategies).iter();
            followed.any(|named| named.name == *name)
        };
        if let Some(place) = strategy.places.hedge.clone()
            && let Some(group) = scenario.groups.iter().filter(follows).find(|one| by_piece(one))
        {
            let message =
                format!("a hedge would ask for the {} of `{}` twice", group.work, group.name);
            let help = "give that group a `strategy` of its own, which sends once";
            notes.add(Code::UnfitElsewhere, Some(place), message, "paid for by the piece", help);
        }
        let Some(said) = &strategy.elsewhere else { continue };
        let target = scenario
            .strategies
            .iter()
            .chain(scenario.groups.iter().filter_map(|group| group.strategy.as_ref()))
            .find(|named| named.name == *name)
            .and_then(|named| named.elsewhere.as_ref());
        let Some(target) = target else { continue };
        let mut groups = scenario.groups.iter().filter(follows);
        let why = groups
            .find_map(|group| unfit(target, group).or_else(|| unlimited(target, group, scenario)))
            .or_else(|| too_late(target, scenario.groups.iter().filter(follows)));
        if let Some((message, help)) = why {
            let place = Some(said.place());
            notes.add(Code::UnfitElsewhere, place, message, "not for these jobs", help);
        }
    }
}

/// Whether a group asks for what no stream begins and each attempt is paid for as a whole.
fn by_piece(group: &Group) -> bool {
    matches!(group.work, Work::Image | Work::Video | Work::Audio)
}

/// Why the jobs of a group cannot go there.
fn unfit(target: &Target, group: &Group) -> Option<(String, &'static str)> {
    let name = &group.name;
    match target {
        Target::Model(model) if *model == group.model && group.endpoint.is_none() => {
            let message = format!("`{name}` calls {model} already: its limits are used up there");
            Some((message, "name another model"))
        }
        Target::Endpoint(number, _) if group.endpoint == Some(*number) => {
            let message = format!("`{name}` sends its jobs to that endpoint already");
            Some((message, "name another endpoint, or a model of the shared fleet"))
        }
        Target::Model(model) | Target::Endpoint(_, model) => {
            let chats = |work| matches!(work, Work::Chat | Work::Completion);
            let fits = group.work == model.work() || chats(group.work) && chats(model.work());
            let message =
                format!("`{name}` asks for {} work, and {model} does {}", group.work, model.work());
            (!fits).then_some((message, "name a model that does the same"))
        }
        Target::Batch(_) => {
            let taken = matches!(group.work, Work::Chat | Work::Completion | Work::Embedding);
            let message = format!("batches take no {} work, which `{name}` asks for", group.work);
            let help = "they take chat, completions and embeddings; give that group a `strategy` of \
                        its own";
            (!taken).then_some((message, help))
        }
    }
}

/// Why no job of these groups is answered in time by a file.
fn too_late<'a>(
    target: &Target,
    groups: impl Iterator<Item = &'a Group>,
) -> Option<(String, &'static str)> {
    let Target::Batch(every) = *target else { return None };
    let deadlines: Option<Vec<Span>> = groups.map(|group| group.deadline).collect();
    let longest = deadlines?.into_iter().max().filter(|longest| *longest < every)?;
    let (every, longest) = (shown(every), shown(longest));
    let message = format!("jobs wait up to {every} for the next file, and may take {longest}");
    Some((message, "hand in more often with `every`, or give them a longer deadline"))
}

/// Why a model of the shared fleet cannot be called on some rung that is rehearsed.
fn unlimited(
    target: &Target,
    group: &Group,
    scenario: &Scenario,
) -> Option<(String, &'static str)> {
    let model = match target {
        Target::Model(model) => model,
        Target::Endpoint(..) => return None,
        Target::Batch(_) => &group.model,
    };
    let given = &scenario.assumptions;
    let rungs = scenario.tiers.iter().chain([&scenario.tier]);
    let without =
        rungs.into_iter().find(|tier| scenario.published_for(tier, model, given).is_none())?;
    let message = format!("nobody says how much of {model} {} may have", without.title());
    Some((message, "name another model, compare other tiers, or say its `[[limits]]`"))
}

impl WrittenTarget {
    fn place(&self) -> Range<usize> {
        match self {
            WrittenTarget::Model(word) | WrittenTarget::Endpoint(word) => word.place.clone(),
            WrittenTarget::Batch(every) => every.place.clone(),
        }
    }
}
