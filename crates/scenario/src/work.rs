//! What the jobs of a group are, under an edition: their class of work, and whether what is said of
//! them means something in that class.

use core::num::NonZeroU32;
use core::ops::Range;

use rulebook::{Edition, Model, Refused, Tier, Work};

use crate::cast::Group;
use crate::fault::Code;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::written::{Said, WrittenGroup, WrittenTraffic};

/// The model that a group calls, by the class of work that is said of it or known.
pub(crate) fn model_of(group: &WrittenGroup, edition: &Edition) -> Option<Model> {
    let said = group.work.work.as_ref().map_or(Work::Chat, |work| work.value);
    Some(edition.model_for(&group.model.as_ref()?.value, said))
}

/// The model of every group that calls the shared fleet, as far as it says which.
pub(crate) fn shared_models(groups: &[WrittenGroup], edition: &Edition) -> Vec<Model> {
    let shared = groups.iter().filter(|group| group.endpoint == Said::Nothing);
    shared.filter_map(|group| model_of(group, edition)).collect()
}

/// The work that a group asks for: what is known of its model, else what is said.
pub(crate) fn work_of(group: &WrittenGroup, edition: &Edition) -> Work {
    let said = group.work.work.as_ref().map(|work| work.value);
    let known = group.model.as_ref().and_then(|model| edition.work(&model.value));
    match (said, known) {
        (Some(said), Some(known)) if said.limited_as() != known.limited_as() => known,
        (Some(said), _) => said,
        (None, known) => known.unwrap_or_default(),
    }
}

/// The class that a group says against what is known of its model, which is refused.
pub(crate) fn denied(group: &WrittenGroup, edition: &Edition) -> Option<Work> {
    let said = group.work.work.as_ref()?.value;
    (work_of(group, edition).limited_as() != said.limited_as()).then_some(said)
}

/// Where a group says what its work is, by `work` or by its model, and how many pictures it wants.
pub(crate) fn said_at(group: &WrittenGroup) -> (Range<usize>, Option<Range<usize>>) {
    let work = group.work.work.as_ref().map(|work| &work.place);
    let model = group.model.as_ref().map(|model| &model.place);
    let images = group.work.said.iter().find(|(key, _)| *key == "images");
    let work = work.or(model).unwrap_or(&group.work.place).clone();
    (work, images.map(|(_, place)| place.clone()))
}

/// How many pictures or texts a request of a group has.
pub(crate) fn count_of(group: &WrittenGroup, work: Work) -> NonZeroU32 {
    let said = match work {
        Work::Image => group.work.images,
        Work::Embedding | Work::Rerank => group.work.inputs,
        Work::Chat | Work::Completion | Work::Video | Work::Audio => None,
    };
    said.unwrap_or(NonZeroU32::MIN)
}

/// Refuses, group by group, a class that is not the model's, keys that the class does not have,
/// and lengths that it needs and that are not there.
pub(crate) fn refuse_unfit(groups: &[WrittenGroup], edition: &Edition, notes: &Notes<'_>) {
    for (index, group) in groups.iter().enumerate() {
        refuse_other_class(group, groups.get(..index).unwrap_or_default(), edition, notes);
        let work = work_of(group, edition);
        // One of the two classes is a slip: no more is asked of the other keys than both agree on.
        let other = denied(group, edition).unwrap_or(work);
        for (key, place) in &group.work.said {
            let (Some(why), Some(_)) = (why_not(work, key), why_not(other, key)) else { continue };
            let message = format!("{work} work has no `{key}`");
            notes.add(Code::OtherWork, Some(place.clone()), message, "nothing reads it", why);
        }
        if let Some(WrittenTraffic::ClientSet { place, .. }) = &group.traffic
            && ![work, other].iter().any(|work| work.answers_in_tokens())
        {
            let message = format!("recorded clients have prompts and answers, {work} work has not");
            let help = "take a phase or a trace";
            notes.add(Code::OtherWork, Some(place.clone()), message, "of chat", help);
        }
        let both = |needs: fn(Work) -> bool| needs(work) && needs(other);
        let lengths = [
            ("prompt", &group.prompt, both(Work::counts_tokens), "median = 900, p95 = 3000"),
            ("answer", &group.answer, both(Work::answers_in_tokens), "median = 220, p95 = 800"),
        ];
        for (key, length, needed, law) in lengths {
            if needed && matches!(length, Said::Nothing) && !group.work.may_come_along {
                let example = format!("{key} = {{ lognormal = {{ {law} }} }}");
                notes.missing(group.work.place.clone(), "group", key, &example);
            }
        }
    }
}

fn refuse_other_class(
    group: &WrittenGroup,
    before: &[WrittenGroup],
    edition: &Edition,
    notes: &Notes<'_>,
) {
    let (Some(said), Some(model)) = (&group.work.work, &group.model) else { return };
    let other = |work: &Work| work.limited_as() != said.value.limited_as();
    let place = Some(said.place.clone());
    if let Some(known) = edition.work(&model.value) {
        if other(&known) {
            let message = format!("edition {} knows this model for {known} work", edition.name());
            let of_that_work = |model: &&Model| model.work() == said.value.limited_as();
            let models = edition.models();
            let such_as = models.iter().find(of_that_work);
            let such_as = such_as.map_or(String::new(), |model| format!(", such as `{model}`"));
            let help =
                format!("leave `work` out, or name a model for {} work{such_as}", said.value);
            notes.add(Code::WorkDisagrees, place, message, "another class", &help);
        }
        return;
    }
    let same_model =
        |one: &&WrittenGroup| one.model.as_ref().is_some_and(|named| named.value == model.value);
    let earlier = before.iter().find(same_model).map(|one| work_of(one, edition));
    if let Some(earlier) = earlier.filter(other) {
        let message = format!("another group says that this model does {earlier} work");
        let help = "a model has one class, and its groups share its limits";
        notes.add(Code::WorkDisagrees, place, message, "another class", help);
    }
}

/// Why a class of work does not have a key, where it has not.
fn why_not(work: Work, key: &str) -> Option<&'static str> {
    let (has, why) = match key {
        "answer" | "correlation" | "max_tokens" => {
            (work.answers_in_tokens(), "its answers are no tokens")
        }
        "endpoint" => {
            (work.answers_in_tokens(), "an endpoint here has the throughput of a chat model")
        }
        "stream" => (work.streams(), "its answers come in one piece"),
        "prompt" => (work.counts_tokens(), "its limits count no tokens"),
        "images" | "size" | "steps" => (work == Work::Image, "only image work makes pictures"),
        "characters" | "seconds" => (work == Work::Audio, "only audio work is heard"),
        "cached" => (work.answers_in_tokens(), "only prompts of chat and completions are kept"),
        "inputs" => (work.takes_inputs(), "only embedding and re-rank work takes several texts"),
        _ => (true, ""),
    };
    (!has).then_some(why)
}

impl Scenario {
    /// Refuses a scenario that asks for films, or hands in batches: a load over HTTP sends each job as
    /// one request, and an answer ends it. Nothing is sent of a scenario without jobs.
    pub fn over_http(&self) -> Result<(), Refused> {
        let notes = Notes::default();
        let groups = self.groups.iter().zip(&self.stated.groups);
        for (group, stated) in groups.filter(|(group, _)| group.work == Work::Video) {
            let message = format!(
                "a load waits for each answer, the films of `{}` are looked for later",
                group.name
            );
            let help = "rehearse it with `simulate`, which waits for them";
            notes.add(Code::NotOverHttp, Some(stated.work.clone()), message, "films", help);
        }
        let groups = self.groups.iter().zip(&self.stated.groups);
        for (group, stated) in groups.filter(|(group, _)| group.batch.is_some()) {
            let message = format!("a load sends requests, `{}` goes in batches", group.name);
            let help = "rehearse it with `simulate`";
            notes.add(Code::NotOverHttp, Some(stated.work.clone()), message, "no request", help);
        }
        let own = self.groups.iter().filter_map(|group| group.strategy.as_ref());
        for named in self.strategies.iter().chain(own).filter(|named| named.elsewhere.is_some()) {
            let message = format!("a load stays at home, “{}” sends jobs elsewhere", named.name);
            let help = "rehearse it with `simulate`, or name others with `--strategy`";
            notes.add(Code::NotOverHttp, None, message, "elsewhere", help);
        }
        if !self.has_jobs() {
            let message = "a load has nothing to send: this scenario has no jobs".to_owned();
            let help = "reckon its cost with `simulate`";
            notes.add(Code::NotOverHttp, self.stated.jobless.clone(), message, "no jobs", help);
        }
        if notes.are_none() { Ok(()) } else { Err(self.refusal(notes)) }
    }
}

/// Warns of requests for more pictures than the window of a tier holds: none is ever admitted.
pub(crate) fn warn(scenario: &Scenario, notes: &Notes<'_>) {
    let groups = scenario.groups.iter().zip(&scenario.stated.groups);
    for (group, stated) in groups.filter(|(group, _)| group.endpoint.is_none()) {
        let asked = u64::from(scenario.units(group));
        let too_small =
            |tier: &&Tier| holds(scenario, tier, group).is_some_and(|most| most < asked);
        let Some(tier) = scenario.tiers.iter().find(too_small) else { continue };
        let most = holds(scenario, tier, group).unwrap_or_default();
        let message = format!(
            "a request of `{}` asks for {asked} pictures, the window of {} on {} holds {most}",
            group.name,
            group.model,
            tier.title()
        );
        let help = "ask for fewer with `images`; the rehearsal answers it as bad input";
        notes.warn(Code::BeyondWindow, stated.images.clone(), message, "never admitted", help);
    }
}

/// What one window of a tier holds of what a group asks for.
fn holds(scenario: &Scenario, tier: &Tier, group: &Group) -> Option<u64> {
    let policy = scenario.edition.policy(tier, &group.model, &scenario.assumptions)?;
    policy.meters().first().map(|meter| meter.quota().capacity())
}
