//! What a good file says that its author can hardly mean: each a warning, none a refusal.
//!
//! Only what is certain is warned of. A strategy that heeds the server's hint waits as the server
//! says, so nothing is reckoned of its own waits; one whose waits are drawn from zero may be lucky.

use core::ops::Range;

use limits::Span;
use rulebook::{Fault, Severity, Tier};
use strategies::{Backoff, FirstSendPart, Parts, Reads, Zero};

use crate::cast::Group;
use crate::fault::Code;
use crate::lasts::shown;
use crate::notes::Notes;
use crate::scenario::Scenario;
use crate::service_event::{Event, ServiceEvent};
use crate::written::WrittenStrategy;

/// Tries beyond which nobody reckons how late they are.
const TRIES_RECKONED: u32 = 1_000;

/// Warns of every strategy of the file that waits in vain, or for what never comes.
pub(crate) fn of_strategies(written: &[WrittenStrategy], scenario: &Scenario, notes: &Notes<'_>) {
    for strategy in written {
        let Some(parts) = &strategy.parts else { continue };
        unheard(strategy, parts, scenario, notes);
        if let Some(deadline) = longest_deadline(&strategy.name.value, &scenario.groups) {
            late(strategy, parts, deadline, scenario, notes);
        }
    }
}

impl Scenario {
    /// That the rules which this scenario rehearses no longer hold `today`, a day such as
    /// `2026-11-20`: a warning for whoever reads the file, by the edition's own account.
    #[must_use]
    pub fn past_age(&self, today: &str) -> Option<Fault> {
        let ended = self.edition.ended().filter(|ended| *ended.value <= *today)?;
        let why = ended.note.as_ref().map_or(String::new(), |note| format!("{note}; "));
        Some(Fault {
            code: Code::PastAge.name(),
            message: format!(
                "the rules of edition {} held until {}",
                self.edition.name(),
                ended.value
            ),
            label: "their age is over".to_owned(),
            place: self.stated.edition.clone(),
            help: Some(format!(
                "{why}what was promised until then is what is rehearsed. `edition = \"{today}\"` names \
                 the rules of that day; for limits of your own copy the edition, change its lines and \
                 name the copy (source: {})",
                ended.source
            )),
            severity: Severity::Warning,
        })
    }
}

/// Warns of events that change nothing, and of models that the account has no access to.
pub(crate) fn of_service(scenario: &Scenario, notes: &Notes<'_>) {
    let given = &scenario.assumptions;
    for event in &scenario.service_events {
        let place = event.place.clone();
        if event.is_about_capacity() && unbounded(scenario) {
            let message = format!(
                "capacity is without bound here, so that this `{}` changes nothing",
                event.what.word()
            );
            let assumed = given.get("model_capacity");
            let other = assumed.and_then(|assumed| assumed.alternatives.first());
            let help = other.map_or_else(
                || {
                    format!(
                        "edition {} knows of no capacity; leave it out",
                        scenario.edition.name()
                    )
                },
                |other| format!("suppose one: `[assume] model_capacity = \"{other}\"`"),
            );
            notes.warn(Code::VainEvent, place, message, "nothing lacks", &help);
        } else if let Event::Grant { tier, .. } = &event.what {
            vain_grant(event, tier, scenario, notes);
        }
    }
    let groups = scenario.groups.iter().zip(&scenario.stated.groups);
    for (group, stated) in groups.filter(|(group, _)| group.endpoint.is_none()) {
        let Some(gated) = scenario.edition.gate(&scenario.tier, &group.model, given) else {
            continue;
        };
        let words = scenario.edition.error(gated.kind);
        let attempts = if scenario.pays() {
            "until it has paid for a higher one, attempts"
        } else {
            "every attempt"
        };
        let message = format!(
            "{} has no access to {}: {attempts} of `{}` {} answered {}",
            scenario.tier.title(),
            group.model,
            group.name,
            if scenario.pays() { "are" } else { "is" },
            words.status.0
        );
        let help = format!("it is there from {} on, whatever the balance", gated.needs.title());
        notes.warn(Code::BehindGate, stated.work.clone(), message, "behind a gate", &help);
    }
}

/// Whether none of the models on the shared fleet has a capacity that can lack.
fn unbounded(scenario: &Scenario) -> bool {
    let given = &scenario.assumptions;
    let models = scenario.shared_models();
    models.iter().all(|model| scenario.edition.capacity(model, given).is_none())
}

/// Warns of a grant that comes when the run is over, or of a tier that the account has.
fn vain_grant(event: &ServiceEvent, tier: &Tier, scenario: &Scenario, notes: &Notes<'_>) {
    let place = event.place.clone();
    let at = |tier: &Tier| scenario.edition.tiers().iter().position(|one| one == tier);
    if at(tier) <= at(&scenario.tier) {
        let message = format!("the account is on {} already", scenario.tier.title());
        let help = "ask for a higher tier, or leave it out";
        notes.warn(Code::VainEvent, place, message, "nothing is granted", help);
        return;
    }
    if scenario.assumptions.grant_takes().is_none() {
        let message = format!("edition {} knows of no grants", scenario.edition.name());
        let help = "name an edition that does, or leave it out";
        notes.warn(Code::VainEvent, place, message, "nothing is granted", help);
        return;
    }
    let holds = scenario.granted_at(event.at, &scenario.assumptions);
    if let Some(holds) = holds.filter(|holds| *holds >= scenario.lasts && !scenario.lasts.is_zero())
    {
        let message = format!(
            "this grant holds {} from the start, when the run is over: it lasts {}",
            shown(holds),
            shown(scenario.lasts)
        );
        let help = "ask earlier, let the run last longer, or suppose fewer business days with \
                    `[assume] grant_takes`";
        notes.warn(Code::VainEvent, place, message, "too late to help", help);
    }
}

/// Warns of what is waited for and never sent.
fn unheard(strategy: &WrittenStrategy, parts: &Parts, scenario: &Scenario, notes: &Notes<'_>) {
    let (edition, places) = (&scenario.edition, &strategy.places);
    let hint = &parts.wait.hint;
    let waits_for_hint = if !hint.heeds_any() {
        None
    } else if hint.zero == Zero::AtOnce && hint.most.is_none() {
        places.hint.as_ref().or(places.preset.as_ref())
    } else {
        // The SDK's preset knows what to do without one.
        places.hint.as_ref()
    };
    // A reset shown beside limits is as good to who reads that.
    let heard = edition.hints() || hint.reads == Reads::OrReset && edition.shows_limits();
    if let Some(place) = waits_for_hint.filter(|_| !heard) {
        let message = format!("the service of edition {} never sends a hint", edition.name());
        let help = if places.hint.is_some() {
            "write `hint = \"ignore\"`: every wait is the one that `wait` says"
        } else {
            "take `full-jitter`, which reckons its waits by itself"
        };
        notes.warn(Code::AbsentHint, place.clone(), message, "waits for what never comes", help);
    }
    let paced = parts.first_send == FirstSendPart::PaceByHeaders;
    let place = places.first_send.as_ref().or(places.preset.as_ref());
    if let Some(place) = place.filter(|_| paced && !edition.shows_limits()) {
        let message = format!("the service of edition {} shows no limits", edition.name());
        let help = "without them one attempt is in flight at a time; `own_bucket` knows the limits \
                    beforehand";
        notes.warn(Code::AbsentLimits, place.clone(), message, "nothing to pace by", help);
    }
    let bucket = matches!(
        parts.first_send,
        FirstSendPart::SharedBucket { .. } | FirstSendPart::OwnBucket { .. }
    );
    let nothing =
        |group: usize| scenario.published(&scenario.tier, group, &scenario.assumptions).is_none();
    let by_request = |group: &Group| group.batch.is_none();
    if let Some(place) = place.filter(|_| {
        let groups = || (0..).zip(&scenario.groups).filter(|(_, group)| by_request(group));
        bucket && groups().next().is_some() && groups().all(|(group, _)| nothing(group))
    }) {
        let message =
            "nobody publishes a limit here that this bucket could be filled at".to_owned();
        let help = "jobs are sent at once; a `cap` or an `aimd_rate` needs no limit beforehand";
        notes.warn(Code::AbsentLimits, place.clone(), message, "nothing to fill it at", help);
    }
}

/// Warns of tries and waits that no deadline leaves room for.
fn late(
    strategy: &WrittenStrategy,
    parts: &Parts,
    deadline: Span,
    scenario: &Scenario,
    notes: &Notes<'_>,
) {
    let heeds = parts.wait.hint.heeds_any() && scenario.edition.hints();
    if heeds || parts.stop.at_deadline || !parts.retry_on.tries_again_at_all() {
        return;
    }
    let Some(place) = strategy.places.wait().filter(|_| parts.wait.backoff != Backoff::None) else {
        return;
    };
    let waits = Waits(parts.wait.backoff);
    let tries = parts.stop.tries.unwrap_or(TRIES_RECKONED);
    let help = "wait less, try less often, or write `stop = \"deadline\"`: a job that can no longer \
                be in time is then given up";
    if let Some((number, least)) = waits.first_late_try(deadline).filter(|(n, _)| *n <= tries) {
        let message = format!(
            "from try {number} on no answer is in time: the waits before it take {} at least, the \
             longest deadline is {}",
            shown(least),
            shown(deadline)
        );
        notes.warn(Code::LateTries, place.clone(), message, "waits too long for that", help);
    } else if tries >= 2 && waits.longest(tries) > deadline && strategy.places.wait.is_some() {
        let message = format!(
            "a wait of up to {} is longer than any job may take: the longest deadline is {}",
            shown(waits.longest(tries)),
            shown(deadline)
        );
        notes.warn(Code::LateWait, place.clone(), message, "longer than the deadline", help);
    }
}

/// The longest deadline among the groups that may run this strategy; none where a job of theirs
/// has all the time there is, or where nobody runs it.
fn longest_deadline(name: &str, groups: &[Group]) -> Option<Span> {
    let runs = |group: &&Group| group.strategy.as_ref().is_none_or(|own| own.name == name);
    let deadlines: Option<Vec<Span>> =
        groups.iter().filter(runs).map(|group| group.deadline).collect();
    deadlines?.into_iter().max()
}

/// The waits of a strategy, at their shortest and longest.
struct Waits(Backoff);

impl Waits {
    /// The longest that is waited among so many tries.
    fn longest(&self, tries: u32) -> Span {
        self.0.most(tries.saturating_sub(2))
    }

    /// The first try, from 1, that certainly comes after the deadline, and how much is waited
    /// before it at least.
    fn first_late_try(&self, deadline: Span) -> Option<(u32, Span)> {
        let mut least: u64 = 0;
        for k in 0..TRIES_RECKONED {
            least = least.saturating_add(self.0.least(k).nanos());
            if least > deadline.nanos() {
                return Some((k + 2, Span::from_nanos(least)));
            }
        }
        None
    }
}

/// Where a strategy says what is doubted.
#[derive(Debug, Default)]
pub(crate) struct Places {
    pub(crate) preset: Option<Range<usize>>,
    pub(crate) first_send: Option<Range<usize>>,
    pub(crate) hint: Option<Range<usize>>,
    pub(crate) wait: Option<Range<usize>>,
    /// Of a hedge alone.
    pub(crate) hedge: Option<Range<usize>>,
}

impl Places {
    fn wait(&self) -> Option<&Range<usize>> {
        self.wait.as_ref().or(self.preset.as_ref())
    }
}
