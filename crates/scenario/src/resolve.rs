//! What the written words mean under an edition: tiers, models, strategies, assumptions by name.

use core::ops::Range;

use limits::Span;
use rulebook::reading::{Faults, known, nearest};
use rulebook::{Assumptions, Edition, Model, Rulebook, Work};
use run_record::Expectation;

use crate::affordable;
use crate::batch;
use crate::cast::{Group, Length};
use crate::context;
use crate::correlation;
use crate::created::{self, Created};
use crate::doubts;
use crate::drift::Drift;
use crate::elsewhere;
use crate::endpoint::{self, Endpoint};
use crate::event::{self, Happens};
use crate::fault::Code;
use crate::gaps::AllGaps;
use crate::given;
use crate::ladder::{Rungs, Standing};
use crate::lasts::{Stated, StatedGroup};
use crate::league::League;
use crate::load;
use crate::notes::Notes;
use crate::recordings;
use crate::rules::{compared, edition_of, supposed};
use crate::scenario::Scenario;
use crate::to_service::{self, Concerned};
use crate::work;
use crate::written::{
    Placed, Said, Written, WrittenAccount, WrittenGroup, WrittenLimits, WrittenStrategy,
    WrittenTarget, WrittenTraffic,
};

/// The seed of a file that names none.
const SEED: u64 = 1;
/// How long a run drains at least, unless the file says otherwise.
const DRAIN: Span = Span::from_secs(120);

/// A word of the file with its place, or one of the command line without.
pub(crate) type Word<'w> = (&'w str, Option<Range<usize>>);

/// The scenario of a file, still without name and text; nothing where a part of it is missing,
/// which is then noted.
pub(crate) fn draft(
    mut written: Written,
    rulebook: &Rulebook,
    faults: &Faults,
) -> Option<Scenario> {
    let notes = Notes::beside(faults);
    let mut league = League::of(&written, &notes);
    let ship = written.ship.as_ref().and_then(|word| league.position_of(word, &notes));
    fit_together(&mut written, &league, &notes);
    let edition = edition_of(&written, rulebook, &notes)?;
    let (edition, assumptions) = supposed(&written.assume, &edition, &notes);
    let assumed_besides = compared(&written.assumed_besides, &assumptions, &notes);
    let rules = (edition.as_ref(), &assumptions);
    let rungs = fit_to_rules(&written, rules, &notes);
    let groups_written = written.groups.len();
    let happens = Happens::of(&written, &notes);
    let mut stated = Stated::of(&written);
    let (called, on) = (&written.groups, (&happens, &notes));
    let endpoints = endpoint::resolve(written.endpoints, called, rules, on, &mut stated);
    elsewhere::resolve(&written.strategies, &mut league, &edition, &endpoints);
    let concerned = Concerned::of(&written.groups, &edition, &assumptions);
    let (mut groups, in_file) = groups_of(written.groups, &edition, &league, &endpoints, &notes);
    let whole = groups.len() == groups_written && written.lasts != Said::Wrong;
    stated.groups = in_file;
    happens.keep_holidays(&mut groups);
    let restarts = happens.resolve(&written.events, &mut groups, &mut stated, &notes);
    let coming = to_service::resolve(&written.events, &concerned, &happens, &mut stated, &notes);
    let created = (&written.fine_tunes[..], &written.evaluations[..]);
    let (fine_tunes, evaluations) = created::resolve(created, &edition, on, &mut stated);
    let (Standing { tier, past_hour }, tiers) = rungs.rehearsed(&edition, &assumptions)?;
    let mut scenario = Scenario {
        title: written.title?,
        name: String::new(),
        text: String::new(),
        seed: written.seed.unwrap_or(SEED),
        starts: written.starts,
        lasts: Span::ZERO,
        drain: written.drain.unwrap_or_else(|| drain_of(&groups, &league, rules)),
        tiers,
        tier,
        gaps: AllGaps::of(&groups),
        groups,
        strategies: league.compared,
        assumptions,
        loads: stated.loads.iter().map(|(load, _)| *load).collect(),
        growth: Vec::new(),
        sensitivity: written.sensitivity.unwrap_or(true),
        traces_at: Vec::new(),
        assumed_besides: values(&assumed_besides),
        replications: written.seeds.unwrap_or(1),
        expectations: written.expect.into_iter().map(|expectation| expectation.value).collect(),
        ship,
        warnings: Vec::new(),
        trace: None,
        client_set: None,
        stated,
        restarts,
        endpoints,
        past_hour,
        funds: affordable::resolve(&written.account.funds),
        fine_tunes,
        evaluations,
        service_events: coming,
        holidays: happens.holidays(),
        edition,
    };
    hold(&mut scenario, whole, created, &written.account, &notes);
    warn(&scenario, &written.strategies, &written.limits, &assumed_besides, &notes);
    Some(scenario)
}

/// Pairs without their places.
fn values(pairs: &[(Placed<String>, Placed<String>)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect()
}

/// Holds a scenario against prices, the calendar and its own end, as far as it is whole.
fn hold(
    scenario: &mut Scenario,
    whole: bool,
    created: Created<'_>,
    account: &WrittenAccount,
    notes: &Notes<'_>,
) {
    scenario.state_months(&account.place);
    created::refuse_unpriced(scenario, created, notes);
    if whole {
        scenario.settle(notes);
    }
    affordable::warn(scenario, &account.funds, notes);
}

/// Refuses what does not fit to the rules, and finds the rungs.
fn fit_to_rules(
    written: &Written,
    (edition, given): (&Edition, &Assumptions),
    notes: &Notes<'_>,
) -> Rungs {
    work::refuse_unfit(&written.groups, edition, notes);
    warn_of_unknown(written, edition, notes);
    batch::refuse_unfit(&written.groups, edition, notes);
    let rungs = Rungs::of(written, edition, given, notes);
    if let Some(tier) = rungs.own() {
        let funds = &written.account.funds;
        affordable::refuse(funds, &written.events, (edition, given), tier, notes);
    }
    rungs
}

/// How long a run may go on after its last job, where the file does not say it.
fn drain_of(groups: &[Group], league: &League, (edition, given): (&Edition, &Assumptions)) -> Span {
    let longest = groups.iter().filter_map(|group| group.deadline).max();
    let sent = elsewhere::longest_wait(&league.compared, groups);
    let batch = batch::ends_within(groups, sent, &edition.billing(given));
    longest.unwrap_or_default().max(DRAIN).max(batch)
}

/// Refuses what does not fit together whatever the rules are: names, endpoints, recordings.
fn fit_together(written: &mut Written, league: &League, notes: &Notes<'_>) {
    unique(written.groups.iter().filter_map(|group| group.name.as_ref()), "groups", notes);
    elsewhere::join(&written.strategies, &mut written.endpoints, notes);
    endpoint::join(&written.endpoints, &mut written.groups, notes);
    recordings::only_one(&written.groups, notes);
    scopes(&written.expect, &written.groups, league, notes);
}

/// Refuses ways elsewhere that some jobs cannot go, and warns of whatever a good file says that its
/// author can hardly mean.
fn warn(
    scenario: &Scenario,
    strategies: &[WrittenStrategy],
    limits: &[WrittenLimits],
    besides: &[(Placed<String>, Placed<String>)],
    notes: &Notes<'_>,
) {
    load::warn(scenario, besides, notes);
    elsewhere::refuse_unfit(strategies, scenario, notes);
    context::warn(scenario, notes);
    doubts::of_strategies(strategies, scenario, notes);
    work::warn(scenario, notes);
    given::warn(limits, scenario, notes);
    doubts::of_service(scenario, notes);
}

/// Warns of models that the edition has never heard of, called by a group or by a strategy that goes
/// elsewhere. They are allowed, since each may be a new one, but it may be a slip as well.
fn warn_of_unknown(written: &Written, edition: &Edition, notes: &Notes<'_>) {
    let called = written.groups.iter().filter_map(|group| {
        let model = work::model_of(group, edition)?;
        Some((group.model.as_ref()?, model, group.endpoint().is_some()))
    });
    let elsewhere = written.strategies.iter().filter_map(|strategy| match &strategy.elsewhere {
        Some(WrittenTarget::Model(word)) => {
            Some((word, edition.model_for(&word.value, Work::Chat), false))
        }
        Some(WrittenTarget::Endpoint(_) | WrittenTarget::Batch(_)) | None => None,
    });
    let known_models = edition.models();
    let names: Vec<&str> = known_models.iter().map(Model::name).collect();
    for (word, model, has_endpoint) in called.chain(elsewhere) {
        if names.contains(&model.name()) {
            continue;
        }
        let message = format!("edition {} knows nothing of the model `{model}`", edition.name());
        let near = nearest_model(&word.value, &names);
        let help = near.map_or_else(
            || "its latency is that of no model in particular".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        let label = if has_endpoint {
            "one of your own, perhaps".to_owned()
        } else {
            format!("the tier's own limits for {} are taken", model.work())
        };
        notes.warn(Code::UnknownModel, word.place.clone(), message, &label, &help);
    }
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

/// The groups whose every part could be read.
fn groups_of(
    written: Vec<WrittenGroup>,
    edition: &Edition,
    league: &League,
    endpoints: &[Endpoint],
    notes: &Notes<'_>,
) -> (Vec<Group>, Vec<StatedGroup>) {
    let found = written.into_iter();
    found.filter_map(|group| group_of(group, edition, league, endpoints, notes)).unzip()
}

/// A group whose every part could be read.
fn group_of(
    written: WrittenGroup,
    edition: &Edition,
    league: &League,
    endpoints: &[Endpoint],
    notes: &Notes<'_>,
) -> Option<(Group, StatedGroup)> {
    let strategy = match &written.strategy {
        None => Said::Nothing,
        Some(word) => league.find(word, notes).map_or(Said::Wrong, Said::This),
    };
    let traced = written.traffic.as_ref().is_some_and(WrittenTraffic::is_recorded);
    let starts = event::starts(&written, notes);
    let work = work::work_of(&written, edition);
    let count = work::count_of(&written, work);
    let model = work::model_of(&written, edition);
    let (said_at, images) = work::said_at(&written);
    let denied = work::denied(&written, edition).is_some();
    let of = Lengths { traced, known: written.traffic.is_some() };
    let prompt_place = written.prompt.said().map(|placed| placed.place.clone());
    let prompt = of.length(written.prompt, "prompt", work.counts_tokens(), notes);
    let answer = of.length(written.answer, "answer", work.answers_in_tokens(), notes);
    let (traffic, stated) = written.traffic?.resolved(prompt_place, said_at, images);
    let stated = StatedGroup { cached: written.extent.cached, ..stated };
    let endpoint = match &written.endpoint {
        Said::Nothing => None,
        Said::Wrong => return None,
        Said::This(name) => Some(endpoints.iter().find(|one| one.name == name.value)?.number),
    };
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
        endpoint,
        work,
        count,
        clients: written.clients,
        starts: starts?,
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
        batch: written.batch.map(|batch| batch.value),
        extent: written.extent.extent,
        size: written.extent.size,
    };
    Some((group, stated))
}

/// Where the lengths of a group may come from.
struct Lengths {
    /// Whether its traffic is a recording, which brings its own.
    traced: bool,
    /// Whether its traffic could be read.
    known: bool,
}

impl Lengths {
    /// What is said of one of them, or comes along.
    fn length(
        &self,
        said: Said<Placed<Length>>,
        what: &str,
        counts: bool,
        notes: &Notes<'_>,
    ) -> Option<Length> {
        match said {
            // What a class does not count is refused where it is said, and nothing where it is not.
            _ if !counts => Some(Length::Fixed(0)),
            Said::This(Placed { value: Length::Trace, place }) if self.known && !self.traced => {
                let message = format!("`{what}` comes from a trace, but this group replays none");
                let help =
                    "write a number, or a law such as { lognormal = { median = 900, p95 = 3000 } }";
                notes.add(Code::LengthNeedsTrace, Some(place), message, "which trace?", help);
                None
            }
            Said::This(length) => Some(length.value),
            Said::Nothing if self.traced => Some(Length::Trace),
            Said::Nothing | Said::Wrong => None,
        }
    }
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
pub(crate) fn unique<'w>(
    words: impl Iterator<Item = &'w Placed<String>>,
    what: &str,
    notes: &Notes<'_>,
) {
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

pub(crate) fn word(placed: &Placed<String>) -> Word<'_> {
    (&placed.value, Some(placed.place.clone()))
}
